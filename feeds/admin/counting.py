"""Counts requests alongside the responses: microseconds for each, and a small transaction every few seconds.

A thread of its own writes the counts to the inbox, from which the worker takes them. When the inbox cannot be written,
counts wait in bounded memory.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

from starlette.types import Message, Scope, Send

from feeds.errors import StoreError
from feeds.serve.shelf import Shelf
from feeds.store.inbox import Inbox
from feeds.traffic.clients import client
from feeds.traffic.counts import NOWHERE, SEARCHES, Counters, Row, feed_of, merge_rows

FLUSH_SECONDS = 5.0
_DAY_SECONDS = 86_400
# Automatic feeds that only the operator can read.
_PRIVATE = frozenset({"health"})
# Statuses that only an existing or former feed can produce.
_FOUND = frozenset({200, 206, 226, 304, 410})


class RequestCounter:
    def __init__(self, shelf: Shelf, known: Callable[[], Mapping[str, object]]) -> None:
        """shelf: used only by the writing thread and not opened yet. known: returns the existing feeds, by slug."""
        self._shelf = shelf
        self._known = known
        self._counters = Counters()
        self._waiting: list[Row] = []
        self._due: asyncio.TimerHandle | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tally")

    def counting(self, scope: Scope, send: Send) -> Send:
        """A `send` that also counts the response; `send` itself if the request is not for a feed."""
        feed = _feed(scope)
        if not feed:
            return send
        status = sent = 0

        async def counted(message: Message) -> None:
            nonlocal status, sent
            await send(message)
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent += len(message.get("body", b""))
                if not message.get("more_body", False):
                    self._count(scope, feed, status, sent)

        return counted

    def note_answer(self, scope: Scope, status: int, sent: int) -> None:
        """Counts a response that has been sent, without the wrapper of `counting`, which prepared responses do not
        need.
        """
        if feed := _feed(scope):
            self._count(scope, feed, status, sent)

    def _count(self, scope: Scope, feed: str, status: int, sent: int) -> None:
        agent, bare = b"", True
        for name, value in scope["headers"]:
            if name == b"user-agent":
                agent = value
            elif name in (b"if-none-match", b"if-modified-since"):
                bare = False
        if feed != SEARCHES and status not in _FOUND:
            try:
                if feed not in self._known():
                    feed = NOWHERE
            except (StoreError, sqlite3.Error):
                return  # unknown which feeds exist
        form = scope["path"].rpartition(".")[2]
        day = int(time.time() // _DAY_SECONDS)
        self._counters.count(day, feed, client(agent), status, sent, bare=bare, form=form)
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._start)

    def _start(self) -> None:
        self._due = None
        rows = self._counters.take()
        self._thread.submit(self._write, rows)

    async def flush(self) -> None:
        """Writes everything counted so far to the inbox, if possible."""
        if self._due:
            self._due.cancel()
            self._due = None
        rows = self._counters.take()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write, rows)

    def unwritten(self) -> list[Row]:
        """Counts that the inbox has not accepted yet."""
        return list(self._waiting)

    def _write(self, rows: list[Row]) -> None:
        """Runs in the thread, so that only one write happens at a time."""
        rows = merge_rows(self._waiting + rows)
        if not rows:
            return
        try:
            with closing(Inbox(self._shelf.home.inbox)) as inbox:
                inbox.count(rows, datetime.now(UTC), self._taken)
        except (StoreError, sqlite3.Error):
            self._waiting = rows
        else:
            self._waiting = []

    def _taken(self) -> int:
        try:
            return self._shelf.store().traffic.taken()
        except StoreError:
            return 0

    def close(self) -> None:
        """Writes the remaining counts."""
        if self._due:
            self._due.cancel()
        self._thread.submit(self._write, self._counters.take())
        self._thread.shutdown()
        self._shelf.close()


def _feed(scope: Scope) -> str:
    """The feed that a request is counted for, "" for none."""
    if scope["method"] not in ("GET", "HEAD"):
        return ""
    feed = feed_of(scope["path"])
    return "" if feed in _PRIVATE else feed
