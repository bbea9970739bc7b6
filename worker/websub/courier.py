"""Requests to subscribers and hubs, in a thread of their own: many at once, and nobody waits for who is slow.

To one host few requests go at the same time, more where many are due. Whoever has not answered within a fifth of a
second keeps its connection, but no longer holds a turn, so that those behind it do not wait for its deadline.
Deliveries, deliveries to who failed before, and questions have turns and connections of their own. Redirects are not
followed, every address is judged when it is dialled, and of an answer no more is read than a challenge has. What goes
wrong is a sentence, never an error.
"""

import asyncio
import errno
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from io import BytesIO
from queue import Empty, SimpleQueue

import aiohttp
from yarl import URL

from feeds.errors import FetchError
from feeds.text.urls import host
from feeds.websub.subscription import sign
from worker.fetch.addresses import check_url
from worker.fetch.connect import FetchPolicy, ForbiddenAddress, Lookup, resolve, session

log = logging.getLogger("seedfeed")

PATIENCE = timedelta(seconds=10)
# How long a request may hold up those behind it.
QUICK_SECONDS = 0.2
# The rest of an answer is waited for so long, for the connection to be used again.
REST_SECONDS = 0.5
MOST_READ = 1024
# Turns of each lane: of one host (for every so many that are due there another one, up to a limit), and in all.
HOST_TURNS, HOST_SHARE, MOST_HOST_TURNS = 2, 4, 64
TURNS = 96
_CLOSING_SECONDS = 3.0
# This machine has no descriptors, no memory, or no network.
_OURS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EAGAIN, errno.ENETDOWN, errno.EADDRNOTAVAIL}
)

# A level of `logging`, and what is told.
Line = tuple[int, str]


class Lane(StrEnum):
    """Errands of one lane wait for each other alone. LATE: they failed before. ASKED: verifications and denials."""

    PROMPT = "prompt"
    LATE = "late"
    ASKED = "asked"


# With what a process has open besides, all of them are fewer than the 1024 that systems let it open.
CONNECTIONS = {Lane.PROMPT: 448, Lane.LATE: 96, Lane.ASKED: 256}


@dataclass(frozen=True, slots=True)
class Errand:
    """One request. key: names it among those under way. reads: the answer's body is wanted.

    secret: signs the body (WebSub §7.1), "" does not. to_hub: it goes to a hub that the operator named.
    """

    key: Hashable
    url: str
    headers: Mapping[str, str]
    body: bytes | None = field(default=None, repr=False)
    secret: str = field(default="", repr=False)
    lane: Lane = Lane.PROMPT
    reads: bool = False
    to_hub: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """What came of an errand: status 0 and an error if there was no answer. body: its first bytes, if it was read.

    ours: no request was made, for a fault of this machine, which says nothing about whoever was to be asked.
    """

    errand: Errand
    status: int = 0
    body: bytes = b""
    error: str = ""
    ours: bool = False

    @property
    def well(self) -> bool:
        return 200 <= self.status < 300

    @property
    def reason(self) -> str:
        return self.error or f"answered {self.status}"


class Courier:
    """Called by one thread; its own thread begins with the first errand and never holds up an exit.

    heard: called in that thread whenever something came back. callbacks, hubs: how subscribers and hubs are asked, but
    for limits on requests in flight, which are the courier's.
    """

    def __init__(self, callbacks: FetchPolicy, hubs: FetchPolicy, lookup: Lookup = resolve) -> None:
        most = sum(CONNECTIONS.values())
        self._policies = tuple(replace(one, per_host=most, concurrency=most) for one in (callbacks, hubs))
        self._lookup = lookup
        self._returned: SimpleQueue[Returned] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sent: asyncio.Queue[Sequence[Errand] | None]
        self.under_way: set[Hashable] = set()
        self.heard: Callable[[], None] | None = None

    def send(self, errands: Sequence[Errand]) -> None:
        """Begins these, in their order; those whose key is under way are left out."""
        fresh = [one for one in errands if one.key not in self.under_way]
        if not fresh:
            return
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._sent = asyncio.Queue()
            self._thread = threading.Thread(target=self._run, args=(self._loop,), name="seedfeed-push", daemon=True)
            self._thread.start()
        self.under_way |= {one.key for one in fresh}
        self._loop.call_soon_threadsafe(self._sent.put_nowait, fresh)

    def take_returned(self) -> list[Returned]:
        """What came back since the last call."""
        found = []
        with suppress(Empty):
            while True:
                found.append(self._returned.get_nowait())
        self.under_way -= {one.errand.key for one in found}
        if self._thread and not self._thread.is_alive():
            # A bug, which it has told. What it had is sent again.
            self._forget()
        return found

    def close(self) -> None:
        """Breaks off what is under way."""
        if self._loop and self._thread and self._thread.is_alive():
            with suppress(RuntimeError):  # it may end by itself just now
                self._loop.call_soon_threadsafe(self._sent.put_nowait, None)
            self._thread.join(_CLOSING_SECONDS)
        self._forget()

    def _forget(self) -> None:
        self._thread = self._loop = None
        self.under_way.clear()

    def _take(self, came: Returned) -> None:
        self._returned.put(came)
        if self.heard:
            self.heard()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_until_complete(_Round(self._policies, self._lookup, self._take).serve(self._sent))
        except Exception as error:
            # In a thread nobody else would see it.
            log.exception("subscribers cannot be served: %s", error)
        finally:
            loop.close()


class _Round:
    """What lives in the courier's thread."""

    def __init__(self, policies: Sequence[FetchPolicy], lookup: Lookup, take: Callable[[Returned], None]) -> None:
        self._policies = policies
        self._lookup = lookup
        self._take = take
        self._sessions: list[aiohttp.ClientSession] = []
        self._hosts: dict[tuple[str, Lane], _Turns] = {}
        self._all = {lane: asyncio.Semaphore(TURNS) for lane in Lane}
        self._connections = {lane: asyncio.Semaphore(most) for lane, most in CONNECTIONS.items()}

    async def serve(self, sent: "asyncio.Queue[Sequence[Errand] | None]") -> None:
        tasks: set[asyncio.Task[None]] = set()
        async with AsyncExitStack() as stack:
            self._sessions = [
                await stack.enter_async_context(session(policy, self._lookup)) for policy in self._policies
            ]
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
        except FetchError as error:
            came = Returned(errand, error=error.message)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Only the kind: the words of some of these errors hold the URL.
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
        """A connection for as long as it takes, and turns of the host and of all for QUICK_SECONDS at most.

        Whoever waits for its host holds nothing that other hosts wait for.
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
        client = self._sessions[errand.to_hub]
        method = "GET" if errand.body is None else "POST"
        # Compressed, no echo of a challenge would be exact.
        headers = {"Accept-Encoding": "identity", "User-Agent": self._policies[errand.to_hub].user_agent}
        headers |= errand.headers
        if errand.secret and errand.body is not None:
            headers["X-Hub-Signature"] = sign(errand.secret, errand.body)
        try:
            return await self._request(client, method, headers, errand)
        except (aiohttp.ServerDisconnectedError, ConnectionResetError):
            # A connection that was used before may just have been closed; aiohttp asks again for a GET alone.
            if method == "GET":
                raise
            return await self._request(client, method, headers, errand)

    async def _request(
        self, client: aiohttp.ClientSession, method: str, headers: Mapping[str, str], errand: Errand
    ) -> tuple[int, bytes]:
        async with client.request(
            method,
            URL(check_url(errand.url), encoded=True),
            # As a file it is sent piece by piece; a copy of all of it would wait for each who does not read.
            data=None if errand.body is None else BytesIO(errand.body),
            headers=headers,
            allow_redirects=False,
        ) as response:
            if errand.reads:
                return response.status, await _read(response)
            # The status has said it all.
            with suppress(TimeoutError, aiohttp.ClientError, OSError):
                async with asyncio.timeout(REST_SECONDS):
                    await _read(response)
            return response.status, b""


class _Held:
    """Turns that are held until they are given back, or until the end of the block."""

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
    """Those of one host and lane. waiting: errands that have not come back. free: their turns."""

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
    """What it waits in."""
    return host(errand.url), errand.lane


def _is_ours(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in _OURS


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, or its first bytes if it is longer than any that is good for something."""
    body = b""
    while len(body) <= MOST_READ and (part := await response.content.read(MOST_READ + 1 - len(body))):
        body += part
    return body
