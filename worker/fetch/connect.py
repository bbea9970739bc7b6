"""Which addresses are dialled, and how many at once: the only place that makes an HTTP client.

No connection goes to an address that `addresses.allowed` refuses. Names are looked up and checked here, and the address
actually dialled is checked again, so a name with changing answers cannot get through.
"""

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_address
from queue import SimpleQueue
from threading import Semaphore, Thread
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
        connector.lookups.close()


class Connector(aiohttp.TCPConnector):
    """Dials only allowed addresses, and holds the turns of a session's fetches."""

    def __init__(self, policy: FetchPolicy, lookup: Lookup, before_dialling: Callable[[str], None]) -> None:
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(policy.per_host))
        self.slots = asyncio.Semaphore(policy.concurrency)
        self.lookups = Lookups(lookup, min(policy.concurrency, _LOOKUP_THREADS))
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
            resolver=Resolver(self.lookups, allow),
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


class Lookups:
    """Looks names up in threads, up to `most` at once.

    A name server that does not answer blocks a thread, which nothing can end, but not the process: these are daemons,
    while the interpreter waits for the threads of a ThreadPoolExecutor before it ends.
    """

    def __init__(self, lookup: Lookup, most: int) -> None:
        self._lookup = lookup
        self._most = most
        self._asked: SimpleQueue[tuple[str, Future[Sequence[str]]] | None] = SimpleQueue()
        self._started = 0
        self._idle = Semaphore(0)

    async def addresses(self, host: str) -> Sequence[str]:
        """What `lookup` returns or raises."""
        answer: Future[Sequence[str]] = Future()
        self._asked.put((host, answer))
        if not self._idle.acquire(blocking=False) and self._started < self._most:
            Thread(target=self._answer, name="lookup", daemon=True).start()
            self._started += 1
        return await asyncio.wrap_future(answer)

    def close(self) -> None:
        """Ends the threads, each after the name that it is looking up. Call once nobody waits for an answer."""
        for _ in range(self._started):
            self._asked.put(None)

    def _answer(self) -> None:
        while asked := self._asked.get():
            host, answer = asked
            if answer.set_running_or_notify_cancel():
                try:
                    answer.set_result(self._lookup(host))
                except BaseException as error:
                    answer.set_exception(error)
            self._idle.release()


class Resolver(AbstractResolver):
    """Refuses a name if any of its addresses is forbidden, so that it does not matter which one is dialled."""

    def __init__(self, lookups: Lookups, allow: tuple[IPv4Network | IPv6Network, ...]) -> None:
        self._lookups = lookups
        self._allow = allow

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 aiohttp's signature
    ) -> list[ResolveResult]:
        try:
            found = await self._lookups.addresses(host)
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
        """Nothing to close; the lookups belong to the session."""


def permit(address: str, allow: tuple[IPv4Network | IPv6Network, ...]) -> None:
    if not is_allowed(ip_address(address), allow):
        raise ForbiddenAddress(address)
