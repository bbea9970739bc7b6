"""Threads that read the store for pages and searches, so that none of these delays a feed.

Each has its own connection (SQLite releases the GIL while it works), and they are few: the cost of searches is bounded,
however many are requested. If the queue is too long to be served in time, the response is 503.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from feeds.serve.shelf import Shelf

THREADS = 2
MOST_WAITING = 500

T = TypeVar("T")


class BusyError(Exception):
    """Too many requests wait for another to be answered in time."""


class StoreThreads:
    def __init__(self, shelf: Callable[[], Shelf]) -> None:
        """shelf: called once for each thread."""
        self._make = shelf
        self._own = threading.local()
        self._shelves: list[Shelf] = []
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="reader")
        self._waiting = 0

    async def run(self, read: Callable[[Shelf], T]) -> T:
        """The result of `read`, which has a shelf to itself while it runs. Raises BusyError if too many requests wait
        already.
        """
        if self._waiting >= MOST_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, read)
        finally:
            self._waiting -= 1

    def _read(self, read: Callable[[Shelf], T]) -> T:
        shelf: Shelf | None = getattr(self._own, "shelf", None)
        if shelf is None:
            shelf = self._own.shelf = self._make()
            self._shelves.append(shelf)
        return read(shelf)

    def close(self) -> None:
        """Waits for running reads, then closes the store."""
        self._pool.shutdown(cancel_futures=True)
        for shelf in self._shelves:
            shelf.close()
