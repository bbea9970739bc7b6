"""Sentences for the operator about errors below HTTP. Pure.

Apart from the other sentences, which are needed where nothing is fetched: aiohttp takes longer to import than most
commands take.
"""

import os
import socket
import ssl
from ipaddress import ip_address

import aiohttp

from worker.fetch.http1 import BadAnswer
from worker.fetch.policy import ForbiddenAddress
from worker.fetch.sentences import SETTINGS


def below_http(error: Exception, host: str, via: str) -> tuple[str, str]:
    """Code and sentence for an error below HTTP. via: the host that redirected to `host`, or ""."""
    match error:
        case ForbiddenAddress(address=address):
            bare = ip_address(address.partition("%")[0])
            bare = getattr(bare, "ipv4_mapped", None) or bare
            found = "it" if address == host else f"it resolves to {address}, which"
            after = f" (after a redirect from {via})" if via else ""
            advice = f'To allow it, add "{bare}/{bare.max_prefixlen}" to worker.allow_networks in {SETTINGS}.'
            return "E_ADDR", f"Refused {host}{after}: {found} is not a public address. {advice}"
        case aiohttp.ClientConnectorDNSError(os_error=OSError(errno=socket.EAI_AGAIN)):
            return "E_DNS", f"Could not look up {host}: no name server answered."
        case aiohttp.ClientConnectorDNSError():
            return "E_DNS", f"Could not find {host}."
        case aiohttp.ClientConnectorCertificateError(certificate_error=reason):
            text = getattr(reason, "verify_message", "") or "it belongs to another host"
            return "E_TLS", f"The certificate of {host} is not trusted: {text}."
        case aiohttp.ClientSSLError() | ssl.SSLError():
            cause = error.os_error if isinstance(error, aiohttp.ClientSSLError) else error
            text = str(getattr(cause, "reason", None) or "the handshake failed").lower().replace("_", " ")
            return "E_TLS", f"No secure connection to {host}: {text}."
        case aiohttp.ServerDisconnectedError():
            return "E_CONNECT", f"{host} closed the connection without an answer."
        case BadAnswer():
            return "E_HTTP", f"{host} {error}."
        case aiohttp.ClientResponseError():
            return "E_HTTP", f"{host} sent headers that cannot be taken apart."
        case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            return "E_CONNECT", f"{host} refused the connection."
    number = getattr(error, "errno", None)
    text = os.strerror(number).lower() if number else "no address could be reached"
    return "E_CONNECT", f"No connection to {host}: {text}."
