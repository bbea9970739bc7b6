"""Fetches sources in a thread of its own: many at once, each answer handed over as soon as it is there."""

import asyncio
import threading
from collections import defaultdict
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
        self._loop.call_soon_threadsafe(self._slots.release)

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
        self._slots = asyncio.Semaphore(self._policy.concurrency)
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(self._policy.per_host))
        self._tasks: set[asyncio.Task[None]] = set()
        async with session(self._policy) as self._client:
            self._ready.set()
            await self._stop.wait()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, subscriptions: Iterable[Subscription], now: datetime) -> None:
        for subscription in subscriptions:
            task = self._loop.create_task(self._fetch(subscription, now))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _fetch(self, subscription: Subscription, now: datetime) -> None:
        state = subscription.state
        answer: Answer = None
        # First the turn at the host, so that a host with many sources takes no places while they wait for each other.
        async with self._turns[host(subscription.source.url)]:
            await self._slots.acquire()
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
            finally:
                if not (isinstance(answer, Fetched) and answer.document):
                    self._slots.release()
        self._arrived.put((subscription, answer))
        self._wake()
