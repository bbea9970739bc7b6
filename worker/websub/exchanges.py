"""The requests of a courier, many at once in one loop; imported with the first errand, for aiohttp is."""

import asyncio
import errno
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from io import BytesIO

import aiohttp
from yarl import URL

from feeds.errors import FetchError
from feeds.serve.rates import Rate
from feeds.text.parties import host_party
from feeds.text.urls import host
from feeds.websub.subscription import sign
from worker.fetch.addresses import check_url
from worker.fetch.connect import session
from worker.fetch.policy import FetchPolicy, ForbiddenAddress, Lookup, in_networks
from worker.websub.courier import CONNECTIONS, PATIENCE, Errand, Lane, Returned

log = logging.getLogger("seedfeed")

# How long a request may hold up those behind it.
QUICK_SECONDS = 0.2
# How long to wait for the rest of an answer, so that the connection can be reused.
REST_SECONDS = 0.5
MOST_READ = 1024
# Turns in each lane: for one host (one more for each HOST_SHARE due there, up to a limit), and for all hosts.
HOST_TURNS, HOST_SHARE, MOST_HOST_TURNS = 2, 4, 64
TURNS = 96
# Verifications and denials that one address may be sent, whatever domains lead to it; for all strangers know, it did
# not ask for any. More than for one domain, since many share the address of a content delivery network.
ADDRESS_PER_MINUTE = 20
ADDRESS_PER_DAY = 400
# Errors of this machine: no descriptors, memory or network.
_OURS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EAGAIN, errno.ENETDOWN, errno.EADDRNOTAVAIL}
)


class CrowdedAddress(Exception):
    """An address was asked as often as it may be. soon: it may be asked again within a minute. Not an OSError, which
    aiohttp would reword.
    """

    def __init__(self, address: str, *, soon: bool) -> None:
        super().__init__(address)
        self.address = address
        self.soon = soon


class Dials:
    """Limits how often one address is asked, except for those that the operator named."""

    def __init__(self, policy: FetchPolicy, clock: Callable[[], float] = time.monotonic) -> None:
        self._allow = policy.allow
        self._clock = clock
        self._by_minute = Rate(ADDRESS_PER_MINUTE, 60)
        self._by_day = Rate(ADDRESS_PER_DAY, 86_400)

    def count(self, address: str) -> None:
        """Counts an address that is about to be dialled. Raises CrowdedAddress."""
        if in_networks(address, self._allow):
            return
        key, now = host_party(address), self._clock()
        for rate in (self._by_day, self._by_minute):
            if rate.wait(key, now):
                raise CrowdedAddress(address, soon=rate is self._by_minute)
        self._by_minute.count(key, now)
        self._by_day.count(key, now)


class Round:
    """The state that belongs to the courier's thread."""

    def __init__(self, policies: Sequence[FetchPolicy], lookup: Lookup, take: Callable[[Returned], None]) -> None:
        self._policies = policies
        self._lookup = lookup
        self._take = take
        self._to_callbacks: aiohttp.ClientSession
        self._to_strangers: aiohttp.ClientSession
        self._to_hubs: aiohttp.ClientSession
        self._hosts: dict[tuple[str, Lane], _Turns] = {}
        self._all = {lane: asyncio.Semaphore(TURNS) for lane in Lane}
        self._connections = {lane: asyncio.Semaphore(most) for lane, most in CONNECTIONS.items()}

    async def serve(self, sent: "asyncio.Queue[Sequence[Errand] | None]") -> None:
        tasks: set[asyncio.Task[None]] = set()
        async with AsyncExitStack() as stack:
            callbacks, hubs = self._policies
            self._to_callbacks = await stack.enter_async_context(session(callbacks, self._lookup))
            self._to_strangers = await stack.enter_async_context(
                session(callbacks, self._lookup, Dials(callbacks).count)
            )
            self._to_hubs = await stack.enter_async_context(session(hubs, self._lookup))
            while (errands := await sent.get()) is not None:
                for line, count in Counter(map(_line, errands)).items():
                    self._hosts.setdefault(line, _Turns()).widen(count)
                for errand in errands:
                    task = asyncio.create_task(self._carry(errand))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _carry(self, errand: Errand) -> None:
        try:
            async with self._turn(errand):
                async with asyncio.timeout(PATIENCE.total_seconds()):
                    status, body = await self._exchange(errand)
            came = Returned(errand, status, body)
        except TimeoutError:
            came = Returned(errand, error=f"did not answer within {PATIENCE.total_seconds():g} s")
        except ForbiddenAddress as error:
            named = "worker.allow_networks" if errand.to_hub else "worker.allow_callbacks"
            came = Returned(errand, error=f"{error.address} is not public; to allow it, add it to {named}")
        except CrowdedAddress as error:
            came = Returned(errand, error=f"{error.address} was asked as often as one address may be", ours=error.soon)
        except FetchError as error:
            came = Returned(errand, error=error.message)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Only the type: the text of some of these errors contains the URL.
            came = Returned(errand, error=f"no connection ({type(error).__name__})", ours=_is_ours(error))
        except Exception as error:
            log.exception("a request to %s failed: %s", host(errand.url), type(error).__name__)
            came = Returned(errand, error=f"no request ({type(error).__name__})", ours=True)
        finally:
            self._leave(_line(errand))
        self._take(came)

    def _leave(self, line: tuple[str, Lane]) -> None:
        turns = self._hosts[line]
        turns.waiting -= 1
        if turns.waiting == 0:
            del self._hosts[line]

    @asynccontextmanager
    async def _turn(self, errand: Errand) -> AsyncIterator[None]:
        """Holds a connection for the whole request, and turns of the host and lane for at most QUICK_SECONDS.

        A request that waits for its host holds nothing that requests to other hosts need.
        """
        async with AsyncExitStack() as stack:
            turns = stack.enter_context(_Held())
            await turns.take(self._hosts[_line(errand)].free)
            await stack.enter_async_context(self._connections[errand.lane])
            await turns.take(self._all[errand.lane])
            timer = asyncio.get_running_loop().call_later(QUICK_SECONDS, turns.give_back)
            stack.callback(timer.cancel)
            yield

    async def _exchange(self, errand: Errand) -> tuple[int, bytes]:
        to_callback = self._to_strangers if errand.lane is Lane.ASKED else self._to_callbacks
        client = self._to_hubs if errand.to_hub else to_callback
        method = "GET" if errand.body is None else "POST"
        # A compressed echo of a challenge would not be byte-exact.
        headers = {"Accept-Encoding": "identity", "User-Agent": self._policies[errand.to_hub].user_agent}
        headers |= errand.headers
        if errand.secret and errand.body is not None:
            headers["X-Hub-Signature"] = sign(errand.secret, errand.body)
        try:
            return await self._request(client, method, headers, errand)
        except (aiohttp.ServerDisconnectedError, ConnectionResetError):
            # A reused connection may just have been closed; aiohttp retries only GET.
            if method == "GET":
                raise
            return await self._request(client, method, headers, errand)

    async def _request(
        self, client: aiohttp.ClientSession, method: str, headers: Mapping[str, str], errand: Errand
    ) -> tuple[int, bytes]:
        async with client.request(
            method,
            URL(check_url(errand.url), encoded=True),
            # As a file it is sent in pieces; otherwise each subscriber that does not read would hold a copy of the
            # body.
            data=None if errand.body is None else BytesIO(errand.body),
            headers=headers,
            allow_redirects=False,
        ) as response:
            if errand.reads:
                return response.status, await _read(response)
            # The status is enough.
            with suppress(TimeoutError, aiohttp.ClientError, OSError):
                async with asyncio.timeout(REST_SECONDS):
                    await _read(response)
            return response.status, b""


class _Held:
    """Turns held until they are released, or until the end of the block."""

    def __init__(self) -> None:
        self._turns: list[asyncio.Semaphore] = []

    async def take(self, turns: asyncio.Semaphore) -> None:
        await turns.acquire()
        self._turns.append(turns)

    def give_back(self) -> None:
        while self._turns:
            self._turns.pop().release()

    def __enter__(self) -> "_Held":
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()


class _Turns:
    """The turns of one host and lane. waiting: errands without a result. free: turns not in use."""

    def __init__(self) -> None:
        self.waiting = 0
        self.free = asyncio.Semaphore(HOST_TURNS)
        self._made = HOST_TURNS

    def widen(self, count: int) -> None:
        self.waiting += count
        while self._made < min(self.waiting // HOST_SHARE, MOST_HOST_TURNS):
            self.free.release()
            self._made += 1


def _line(errand: Errand) -> tuple[str, Lane]:
    """The queue that an errand waits in."""
    return host(errand.url), errand.lane


def _is_ours(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in _OURS


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, or its first bytes if it is longer than any valid one."""
    body = b""
    while len(body) <= MOST_READ and (part := await response.content.read(MOST_READ + 1 - len(body))):
        body += part
    return body
