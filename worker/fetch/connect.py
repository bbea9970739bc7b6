"""Which addresses are dialled, and how many at once: the only place that makes an HTTP client.

No connection goes to an address that `addresses.allowed` refuses. Names are looked up and checked here, and the address
actually dialled is checked again, so a name with changing answers cannot get through.
"""

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import cast

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler

from worker.fetch.addresses import is_allowed
from worker.fetch.http1 import MOST_HEAD_BYTES, Answers
from worker.fetch.policy import FetchPolicy, ForbiddenAddress, Lookup, in_networks, resolve

_LOOKUP_THREADS = 32


@asynccontextmanager
async def session(
    policy: FetchPolicy, lookup: Lookup = resolve, before_dialling: Callable[[str], None] = lambda _: None
) -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client with guarded connections, and without proxies, cookies and .netrc.

    lookup: returns the addresses of a name or raises OSError; runs in a thread. before_dialling: gets each address, and
    may raise.
    """
    connector = Connector(policy, lookup, before_dialling)
    try:
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # aiohttp accepts a truncated gzip body as complete
            trust_env=False,
            # `Answers` limits the head as a whole.
            max_line_size=MOST_HEAD_BYTES,
            max_field_size=MOST_HEAD_BYTES,
            max_headers=MOST_HEAD_BYTES,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # `fetch` sets one deadline for everything
        ) as client:
            yield client
    finally:
        # A name server that never answers may block a thread, but not this process.
        connector.threads.shutdown(wait=False, cancel_futures=True)


class Connector(aiohttp.TCPConnector):
    """Dials only allowed addresses, and holds the turns of a session's fetches."""

    def __init__(self, policy: FetchPolicy, lookup: Lookup, before_dialling: Callable[[str], None]) -> None:
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(policy.per_host))
        self.slots = asyncio.Semaphore(policy.concurrency)
        self.threads = ThreadPoolExecutor(min(policy.concurrency, _LOOKUP_THREADS), "seedfeed-dns")
        allow = policy.allow

        def open_socket(info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
            # The last check, on the address actually dialled: literal addresses never reach the resolver.
            family, kind, protocol, _, address = info
            permit(str(address[0]), allow)
            if policy.ports and address[1] not in policy.ports and not in_networks(str(address[0]), allow):
                raise ForbiddenAddress(f"port {address[1]} of {address[0]}")
            before_dialling(str(address[0]))
            return socket.socket(family, kind, protocol)

        super().__init__(
            resolver=Resolver(lookup, allow, self.threads),
            socket_factory=open_socket,
            use_dns_cache=False,
            limit=policy.concurrency,
            limit_per_host=policy.per_host,
        )
        # aiohttp has no other place for the protocol of its connections.
        self._factory = cast("partial[ResponseHandler]", partial(Answers, self._loop))

    def turns(self, host: str) -> asyncio.Semaphore:
        """Limits the fetches in flight to one host."""
        return self._turns[host]


class Resolver(AbstractResolver):
    """Refuses a name if any of its addresses is forbidden, so that it does not matter which one is dialled."""

    def __init__(
        self, lookup: Lookup, allow: tuple[IPv4Network | IPv6Network, ...], threads: ThreadPoolExecutor
    ) -> None:
        self._lookup = lookup
        self._allow = allow
        self._threads = threads

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 aiohttp's signature
    ) -> list[ResolveResult]:
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, self._lookup, host)
        except UnicodeError as error:  # raised by getaddrinfo, which encodes names, for labels that are too long
            raise OSError(socket.EAI_NONAME, "not a name that can be looked up") from error
        if not found:
            raise OSError(socket.EAI_NONAME, "a name without addresses")
        results = []
        for address in found:
            permit(address, self._allow)
            own = socket.AF_INET6 if ":" in address else socket.AF_INET
            flags = socket.AI_NUMERICHOST
            results.append(ResolveResult(hostname=host, host=address, port=port, family=own, proto=0, flags=flags))
        return results

    async def close(self) -> None:
        """Nothing to close; the threads belong to the session."""


def permit(address: str, allow: tuple[IPv4Network | IPv6Network, ...]) -> None:
    if not is_allowed(ip_address(address), allow):
        raise ForbiddenAddress(address)
