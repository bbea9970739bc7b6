"""Fetches sources in a thread of its own: many at once, each answer handed over as soon as it is there."""

import asyncio
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import datetime
from queue import Empty, SimpleQueue
from types import TracebackType

from feeds.model import Subscription
from feeds.text.urls import host
from worker.fetch.conditional_get import fetch
from worker.fetch.connect import session
from worker.fetch.policy import Budget, FetchPolicy
from worker.model import Fetched

#: An answer, an error (a FetchError, or a bug), or None for a large document that there is no room for now.
Answer = Fetched | Exception | None


class Fetcher:
    """The requests of one round of polls; use it as a context manager, from one thread.

    budget: see `fetch`. wake: called by the fetcher's thread when an answer has arrived.
    """

    def __init__(self, policy: FetchPolicy, budget: Budget, wake: Callable[[], None]) -> None:
        self._policy = policy
        self._budget = budget
        self._wake = wake
        self._arrived: SimpleQueue[tuple[Subscription, Answer]] = SimpleQueue()
        self._under_way = 0
        self._waiting: deque[tuple[Subscription, datetime]] = deque()
        self._behind: defaultdict[str, deque[tuple[Subscription, datetime]]] = defaultdict(deque)
        self._at = Counter[str]()
        self._places = policy.concurrency
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="fetch", daemon=True)

    def __enter__(self) -> "Fetcher":
        self._thread.start()
        self._ready.wait()
        if self._failure:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def waiting(self) -> int:
        """How many requests wait for a place, and not for their host alone."""
        return len(self._waiting)

    @property
    def busy(self) -> bool:
        """Whether there are requests whose answers were not handed over."""
        return self._under_way > 0

    def start(self, subscriptions: Iterable[Subscription], now: datetime) -> None:
        """Requests these sources, those that failed last time after the others.

        A document keeps its place among the requests that are under way until `release`, so that there are never more
        documents in memory than the policy allows requests.
        """
        ordered = sorted(subscriptions, key=lambda one: one.state.failures > 0)
        self._under_way += len(ordered)
        self._loop.call_soon_threadsafe(self._begin, ordered, now)

    def release(self) -> None:
        """Call once a document was read, or will be later."""
        self._loop.call_soon_threadsafe(self._free_place)

    def arrived(self) -> list[tuple[Subscription, Answer]]:
        """The answers since the last call. Raises what ended the thread."""
        found: list[tuple[Subscription, Answer]] = []
        while True:
            try:
                subscription, answer = self._arrived.get_nowait()
            except Empty:
                if self._failure:
                    raise self._failure from None
                return found
            self._under_way -= 1
            found.append((subscription, answer))

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            # Such as too many open files. Whoever waits for the thread raises it.
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        async with session(self._policy) as self._client:
            self._ready.set()
            await self._stop.wait()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, subscriptions: Iterable[Subscription], now: datetime) -> None:
        self._waiting.extend((subscription, now) for subscription in subscriptions)
        self._go_on()

    def _go_on(self) -> None:
        """Requests what waits while there are places. There is no task for what waits: of thousands, ending them took
        longer than a worker may take to stop.
        """
        while self._places and self._waiting and not self._stop.is_set():
            subscription, now = self._waiting.popleft()
            name = host(subscription.source.url)
            # A host with many sources takes no places while these wait for each other.
            if self._at[name] >= self._policy.per_host:
                self._behind[name].append((subscription, now))
                continue
            self._at[name] += 1
            self._places -= 1
            task = self._loop.create_task(self._fetch(name, subscription, now))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _free_place(self) -> None:
        self._places += 1
        self._go_on()

    def _end_turn(self, name: str) -> None:
        self._at[name] -= 1
        if not self._at[name]:
            del self._at[name]
        if behind := self._behind.get(name):
            self._waiting.appendleft(behind.popleft())
            if not behind:
                del self._behind[name]

    async def _fetch(self, name: str, subscription: Subscription, now: datetime) -> None:
        """name: the host."""
        state = subscription.state
        answer: Answer = None
        try:
            answer = await fetch(
                self._client,
                subscription.source.url,
                self._policy,
                now,
                etag=state.etag,
                last_modified=state.last_modified,
                body_digest=state.body_digest,
                budget=self._budget,
            )
        except Exception as error:
            answer = error
        self._end_turn(name)
        if isinstance(answer, Fetched) and answer.document:
            self._go_on()
        else:
            self._free_place()
        self._arrived.put((subscription, answer))
        self._wake()
