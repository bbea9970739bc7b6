"""The store: one SQLite file with everything that the worker learned and published. No other package speaks SQL to it.

The worker holds the only read-write connection (`Store.open`); the server reads through `Store.open_readonly`. Writes
run in `Store.transaction`, which begins IMMEDIATE: a deferred transaction that starts writing late fails at once with
SQLITE_BUSY_SNAPSHOT instead of waiting.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feeds.errors import FAULTS, FaultError, NotReadyError, StoreError, describe_fault, lacks_space
from feeds.store.archives import Archives
from feeds.store.connection import SCHEMA_VERSION, OpenedFile, connect, make
from feeds.store.entries import Entries
from feeds.store.facts import Facts
from feeds.store.feeds import PublishedFeeds
from feeds.store.health import HealthLog
from feeds.store.hub_subscriptions import HubSubscriptions
from feeds.store.listings import Listings
from feeds.store.media import MediaRecords
from feeds.store.moments import Moments
from feeds.store.overview import StoreOverview
from feeds.store.polls import Polls
from feeds.store.representations import Representations
from feeds.store.revisions import Revisions
from feeds.store.search import SearchIndex
from feeds.store.seeds import SeedFiles
from feeds.store.sources import Sources
from feeds.store.stories import Stories
from feeds.store.subscribers import Subscribers
from feeds.store.traces import Traces
from feeds.store.traffic import Traffic
from feeds.store.transaction import Transaction
from feeds.store.withdrawals import Withdrawals

__all__ = ["Store", "Transaction"]


class Store:
    """An open store; each table or group of tables is an attribute."""

    def __init__(self, connection: sqlite3.Connection, file: OpenedFile, *, frozen: bool = False) -> None:
        """frozen: it is read without regard to anybody who writes."""
        self.connection = connection
        self.file = file
        self.frozen = frozen
        # Used for every request for a feed: plain rows, and no new cursor each time.
        self._cursor = connection.cursor()
        self._cursor.row_factory = None
        self.facts = Facts(connection)
        self.sources = Sources(connection)
        self.polls = Polls(connection)
        self.search = SearchIndex(connection)
        self.entries = Entries(connection)
        self.withdrawals = Withdrawals(connection)
        self.stories = Stories(connection)
        self.seeds = SeedFiles(connection)
        self.health = HealthLog(connection)
        self.listings = Listings(connection)
        self.representations = Representations(connection)
        self.feeds = PublishedFeeds(connection)
        self.archives = Archives(connection)
        self.revisions = Revisions(connection)
        self.hub_subscriptions = HubSubscriptions(connection)
        self.subscribers = Subscribers(connection)
        self.traces = Traces(connection)
        self.media = MediaRecords(connection)
        self.traffic = Traffic(connection)
        self.moments = Moments(connection)
        self.overview = StoreOverview(connection)

    @classmethod
    def open(cls, path: Path) -> "Store":
        """Opens the worker's connection; creates the file and applies migrations. Raises StoreError if it cannot be
        used.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_not_emptied(path)
            if not path.exists():
                make(path, alone=True)
            connection = connect(path)
            file = OpenedFile(path)
        except FAULTS as error:
            raise FaultError(describe_fault(error, path)) from error
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
                # Most stores are up to date, and sqlite-utils takes longer to import than they take to open.
                from feeds.store.migrations import migrate

                migrate(connection, path)
            # FULL: an entry that was reported as stored survives a power cut, not only a crash.
            connection.execute("PRAGMA synchronous = FULL")
            return cls(connection, file)
        except sqlite3.Error as error:
            connection.close()
            raise FaultError(describe_fault(error, path)) from error
        except BaseException:
            connection.close()
            raise

    @classmethod
    def open_readonly(cls, path: Path) -> "Store":
        """Opens the server's connection. Raises NotReadyError if there is no store yet, StoreError if it cannot be
        read, or not before the worker has brought it up to date.

        Where nothing can be written beside it, or nothing finds room, it is read as it lies there (`frozen`): in WAL
        mode even a reader makes a file.
        """
        try:
            path.stat()
        except FileNotFoundError:
            raise NotReadyError(f"{path}: not there yet; the worker makes it") from None
        except OSError as error:
            raise FaultError(describe_fault(error, path)) from error
        _check_not_emptied(path)
        try:
            return cls._open_for_reading(path, frozen=False)
        except sqlite3.Error as error:
            if os.access(path.parent, os.W_OK) and not lacks_space(error, path):
                raise FaultError(describe_fault(error, path)) from error
        try:
            return cls._open_for_reading(path, frozen=True)
        except sqlite3.Error as error:
            raise FaultError(describe_fault(error, path)) from error

    @classmethod
    def _open_for_reading(cls, path: Path, *, frozen: bool) -> "Store":
        connection = connect(path, readonly=True, frozen=frozen)
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise StoreError(f"{path}: made by a newer Seedfeed; install that version, or restore a backup")
            if not version:
                raise NotReadyError(f"{path}: not made yet; the worker does that")
            if version != SCHEMA_VERSION:
                advice = "start `seedfeed run` or `seedfeed worker` once, which bring it up to date"
                raise StoreError(f"{path}: made by an earlier version; {advice}")
            return cls(connection, OpenedFile(path), frozen=frozen)
        except BaseException:
            connection.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All or nothing. What it hands out goes to functions that must be part of it. Raises ReplacedError if nobody
        can find what it wrote.
        """
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield Transaction()
            self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise
        self.file.check()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Gives all reads in the block the same state of the store, whatever others commit meanwhile."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.rollback()

    def version(self) -> int:
        """A number that changes whenever another connection commits."""
        version: int = self._cursor.execute("PRAGMA data_version").fetchone()[0]
        return version

    def optimise(self) -> None:
        """Refreshes the query planner's statistics and folds the write-ahead log back into the file."""
        # Of each index only a sample is read: all of it would take longer with each entry, once an hour.
        self.connection.execute("PRAGMA analysis_limit = 400")
        self.connection.execute("PRAGMA optimize")
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self.connection.close()


def _check_not_emptied(path: Path) -> None:
    """Raises FaultError for a file without a byte, as a power cut or a broken restore leaves it. SQLite would take it
    for a new one, and what only the store knew would be gone without a word.
    """
    if path.exists() and not path.stat().st_size:
        raise FaultError(
            f"{path}: it is damaged: nothing is left in it; put a sound copy of data/ in its place, or delete the file:"
            " it grows back from seeds/ and the sources, without what was hidden, folded by hand, or is no longer in a"
            " source"
        )
