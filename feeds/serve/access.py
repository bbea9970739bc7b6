"""Access to private pages: the admin token, required for every request, even from the loopback.

Behind a proxy every request comes from the loopback, so an address proves nothing. HTTP Basic with any user name (RFC
7617), or Bearer (RFC 6750). The token is `server.admin_token`; otherwise the first process to start generates one in
data/admin.token. A Host that is neither base_url's nor a loopback name gets 421, so that a name that an attacker points
at this machine (DNS rebinding) reaches nothing.
"""

import base64
import binascii
import hmac
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from feeds.errors import SeedfeedError
from feeds.serve.rates import Rate
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.settings.token import mint, read
from feeds.text.urls import host as host_of
from feeds.text.urls import is_loopback

if TYPE_CHECKING:
    # The worker creates tokens too, and answers no requests.
    from starlette.requests import Request

CHALLENGE = 'Basic realm="Seedfeed", charset="UTF-8"'
# Wrong tokens accepted from one address within a minute. Per address, so that a stranger locks nobody else out.
WRONG_PER_MINUTE = 10
# A correct token of at least this length is accepted nonetheless: behind a proxy, a stranger and the operator share an
# address.
UNGUESSABLE = 20
_MOST_ADDRESSES = 1_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """The response to a request that does not get what it asks for."""

    status: int
    title: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


class AdminAccess:
    """Decides about requests to private addresses. The token file is read again when it changes."""

    def __init__(self, home: Home, settings: Settings) -> None:
        self._path = home.token
        self._set = settings.server.admin_token
        self._own_host = host_of(settings.base_url)
        self._read: tuple[tuple[int, int, int, int], str] | None = None
        self._wrong = Rate(WRONG_PER_MINUTE, 60, _MOST_ADDRESSES)
        if not self._set:
            # At start-up, so that the token exists as soon as the server answers; a failure is reported by requests.
            with suppress(SeedfeedError):
                mint(self._path)

    def judge(self, request: "Request") -> Refusal | None:
        """`refuse`, with the values of a request."""
        headers, address = request.headers, request.client.host if request.client else ""
        return self.refuse(headers.get("host", ""), headers.get("authorization", ""), address)

    def refuse(self, host: str, authorization: str, address: str) -> Refusal | None:
        """None if the request may go on. host, authorization: those headers, "" if absent. address: of the client."""
        if refusal := self.misdirected(host):
            return refusal
        if not authorization:
            return _unauthorised("The admin token is needed here: as the password, with any user name, or as Bearer.")
        now = time.monotonic()
        wait = self._wrong.wait(address, now)
        try:
            token = self._token()
        except (SeedfeedError, OSError):
            message = "data/admin.token cannot be used; `seedfeed serve` says why when it starts."
            return Refusal(503, "No admin token", message)
        right = any(hmac.compare_digest(offered, token.encode()) for offered in _offered(authorization))
        if wait and not (right and len(token) >= UNGUESSABLE):
            after = {"retry-after": str(ceil(wait))}
            return Refusal(429, "Too many wrong tokens", "Wait a minute before you try another token.", after)
        if right:
            self._wrong.forget(address)
            return None
        self._wrong.count(address, now)
        return _unauthorised("That is not the admin token.")

    def misdirected(self, host: str) -> Refusal | None:
        """The refusal of a Host header that is neither that of base_url nor a loopback name; None for these."""
        name = host_of(f"http://{host}").strip("[]")
        if name == self._own_host.strip("[]") or is_loopback(name):
            return None
        message = "This address is answered only under the host of base_url in seeds/site.toml, or under localhost."
        return Refusal(421, "Misdirected request", message)

    def _token(self) -> str:
        if self._set:
            return self._set
        try:
            seen = self._path.stat()
        except FileNotFoundError:
            mint(self._path)
            seen = self._path.stat()
        version = (seen.st_ino, seen.st_mtime_ns, seen.st_size, seen.st_mode)
        if self._read is None or self._read[0] != version:
            self._read = (version, read(self._path))
        return self._read[1]


def _unauthorised(message: str) -> Refusal:
    return Refusal(401, "Admin token needed", message, {"www-authenticate": CHALLENGE})


def _offered(authorization: str) -> tuple[bytes, ...]:
    """The passwords or tokens that an Authorization header may mean, as bytes; empty if it cannot be read."""
    scheme, _, value = authorization.strip().partition(" ")
    match scheme.lower():
        case "bearer":
            # Header values arrive decoded as Latin-1, whatever was sent.
            return (value.strip().encode("latin-1", "replace"),)
        case "basic":
            try:
                password = base64.b64decode(value.strip(), validate=True).partition(b":")[2]
            except (binascii.Error, ValueError):
                return ()
            # Older clients send names and passwords in Latin-1 (RFC 7617 §2.1).
            return (password, password.decode("latin-1").encode())
    return ()
