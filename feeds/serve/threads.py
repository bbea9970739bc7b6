"""Threads for what takes time, so that it delays no feed: some read the store for pages and searches, one writes to the
inbox.

Each reader has its own connection (SQLite releases the GIL while it works), and they are few: the cost of searches is
bounded, however many are requested. If the queue is too long to be served in time, the response is 503. The inbox may
be locked by another process for seconds; only what has to write there waits for it.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from feeds.errors import StoreError
from feeds.serve.shelf import Shelf
from feeds.store.inbox import Inbox

THREADS = 2
MOST_WAITING = 500
MOST_WRITING = 200
WRITING_SECONDS = 10.0

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


class InboxThread:
    """Runs what writes to the inbox, one after the other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._waiting = 0

    async def run(self, act: Callable[[Inbox], T]) -> T:
        """The result of `act`. Raises BusyError if it cannot be had soon; then it may happen nonetheless. Raises
        StoreError or sqlite3.Error if the inbox cannot be used.
        """
        if self._waiting >= MOST_WRITING:
            raise BusyError
        self._waiting += 1
        try:
            async with asyncio.timeout(WRITING_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._pool, self._act, act)
        except TimeoutError as error:
            raise BusyError from error
        finally:
            self._waiting -= 1

    def soon(self, act: Callable[[Inbox], object]) -> None:
        """Runs `act` if that is possible, without saying so. For any thread."""

        def try_to() -> None:
            with suppress(StoreError, sqlite3.Error):
                self._act(act)

        # After the end of the server, nothing is asked of the worker any more.
        with suppress(RuntimeError):
            self._pool.submit(try_to)

    def _act(self, act: Callable[[Inbox], T]) -> T:
        # Opened each time, since the file may be deleted at any moment.
        with closing(Inbox(self._path)) as inbox:
            return act(inbox)

    def close(self) -> None:
        """Waits for a write that is under way."""
        self._pool.shutdown(cancel_futures=True)
