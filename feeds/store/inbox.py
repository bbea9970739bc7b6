"""The inbox: requests to the worker from the server and from commands that run beside it, what hubs sent, and requests
to be pushed our feeds.

A SQLite file of its own, in rollback-journal mode, since it has several writers. It is small and may be deleted.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from feeds.errors import FAULTS, FaultError, describe_fault
from feeds.store.connection import OpenedFile, connect
from feeds.text.dates import from_us, to_us
from feeds.traffic.counts import DAYS, Row, merge_rows, rows_as_lists, rows_from_lists
from feeds.websub.topics import HubRequest

MOST_REQUESTS = 1000
MOST_BYTES = 64 * 1024
# Calls from hubs that the worker has not read yet; one subscription may fill a quarter of this.
MOST_CALLS = 1000
MOST_CALL_BYTES = 64 * 2**20
SHARE = 4
# Requests of subscribers whose callbacks the worker has not verified yet.
MOST_SUBSCRIBING = 1000
# Batches of counts kept apart; beyond that they are merged, into up to this many rows. Without a worker nobody collects
# them.
MOST_BATCHES = 12
MOST_COUNTS = 20_000

_SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS requests (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  argument TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  result TEXT
) STRICT
""",
    """
CREATE TABLE IF NOT EXISTS calls (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  token TEXT NOT NULL,
  kind TEXT NOT NULL,
  argument TEXT NOT NULL,
  body BLOB NOT NULL,
  at_us INTEGER NOT NULL
) STRICT
""",
    """
CREATE TABLE IF NOT EXISTS subscribing (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  mode TEXT NOT NULL,
  callback TEXT NOT NULL,
  topic TEXT NOT NULL,
  path TEXT NOT NULL,
  secret TEXT NOT NULL,
  lease_seconds INTEGER NOT NULL,
  at_us INTEGER NOT NULL,
  UNIQUE (callback, path)
) STRICT
""",
    "CREATE TABLE IF NOT EXISTS counts (n INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT",
)


class CallKind(StrEnum):
    """What a hub called us for.

    verified: argument is the lease in seconds. denied: argument is the reason. left: the hub confirmed that we
    unsubscribed. push: argument is the Content-Type. ping: an unsigned push; its body is not kept. ignored: a push with
    a wrong signature.
    """

    VERIFIED = "verified"
    DENIED = "denied"
    LEFT = "left"
    PUSH = "push"
    PING = "ping"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class HubCall:
    """What a hub sent to the callback of one of our subscriptions."""

    n: int
    token: str
    kind: CallKind
    argument: str
    body: bytes
    at: datetime


class Inbox:
    """kinds: "want" (argument: a feed's slug), "publish" ("all" or ""), and those of worker.cycle.orders."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connection = connect(path)
            self.file = OpenedFile(path)
        except FAULTS as error:
            raise FaultError(describe_fault(error, path)) from error
        try:
            for table in _SCHEMA:
                self._connection.execute(table)
        except sqlite3.Error as error:
            self._connection.close()
            raise FaultError(describe_fault(error, path)) from error

    @staticmethod
    def set_aside_if_damaged(path: Path) -> Path | None:
        """Moves a damaged inbox out of the way, so that a new one is made; returns where it is then."""
        if not path.exists():
            return None
        try:
            with closing(connect(path)) as connection:
                if connection.execute("PRAGMA quick_check").fetchone()[0] == "ok":
                    return None
        except sqlite3.OperationalError:
            return None  # locked, or not ours to read: reported when it is used
        except sqlite3.DatabaseError:
            pass
        aside = path.with_name(f"{path.name}.damaged")
        path.replace(aside)
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
        return aside

    def ask(self, kind: str, argument: str, now: datetime) -> int | None:
        """Leaves a request and returns its number; None if the inbox is full or the request too long."""
        if len(argument.encode()) > MOST_BYTES:
            return None
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            same = self._connection.execute(
                "SELECT n FROM requests WHERE kind = ? AND argument = ? AND result IS NULL", (kind, argument)
            ).fetchone()
            if same:
                return int(same[0])
            waiting = self._connection.execute("SELECT count(*) FROM requests WHERE result IS NULL").fetchone()[0]
            if waiting >= MOST_REQUESTS:
                return None
            cursor = self._connection.execute(
                "INSERT INTO requests (kind, argument, at_us) VALUES (?, ?, ?)", (kind, argument, to_us(now))
            )
            return cursor.lastrowid
        finally:
            self._connection.commit()

    def waiting(self) -> list[tuple[int, str, str]]:
        """(number, kind, argument) of every request without an answer, oldest first."""
        rows = self._connection.execute("SELECT n, kind, argument FROM requests WHERE result IS NULL ORDER BY n")
        return [(row["n"], row["kind"], row["argument"]) for row in rows]

    def answer(self, n: int, result: str) -> None:
        self._connection.execute("UPDATE requests SET result = ? WHERE n = ?", (result, n))

    def result(self, n: int) -> str | None:
        """The answer to a request, or None before there is one; reading it removes the request."""
        row = self._connection.execute("SELECT result FROM requests WHERE n = ?", (n,)).fetchone()
        if row is None or row["result"] is None:
            return None
        self._connection.execute("DELETE FROM requests WHERE n = ?", (n,))
        return str(row["result"])

    def sweep(self, before: datetime) -> None:
        """Removes answers that were never collected and, a day later, what came in for a hub that was turned off."""
        self._connection.execute("DELETE FROM requests WHERE result IS NOT NULL AND at_us < ?", (to_us(before),))
        stale = to_us(before - timedelta(days=1))
        self._connection.execute("DELETE FROM subscribing WHERE at_us < ?", (stale,))

    def call(self, token: str, kind: CallKind, now: datetime, *, argument: str = "", body: bytes = b"") -> bool:
        """Keeps what a hub sent until the worker has read it; False if the inbox is full.

        Except for pushes, only the last one of a kind counts.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            if kind is not CallKind.PUSH:
                self._connection.execute("DELETE FROM calls WHERE token = ? AND kind = ?", (token, kind.value))
            row = self._connection.execute(
                "SELECT count(*), coalesce(sum(length(body)), 0), coalesce(sum(token = ?1), 0),"
                " coalesce(sum(CASE token WHEN ?1 THEN length(body) END), 0) FROM calls",
                (token,),
            ).fetchone()
            count, size, own_count, own_size = row
            full = count >= MOST_CALLS or size + len(body) > MOST_CALL_BYTES
            if full or own_count >= MOST_CALLS // SHARE or own_size + len(body) > MOST_CALL_BYTES // SHARE:
                return False
            self._connection.execute(
                "INSERT INTO calls (token, kind, argument, body, at_us) VALUES (?, ?, ?, ?, ?)",
                (token, kind.value, argument, body, to_us(now)),
            )
            return True
        finally:
            self._connection.commit()

    def calls(self, *kinds: CallKind, limit: int) -> list[HubCall]:
        """The oldest that wait, in the order of their arrival; they stay until `remove_calls` takes them out."""
        places = ", ".join("?" * len(kinds))
        rows = self._connection.execute(
            f"SELECT * FROM calls WHERE kind IN ({places}) ORDER BY n LIMIT ?", (*map(str, kinds), limit)
        )
        return [
            HubCall(row["n"], row["token"], CallKind(row["kind"]), row["argument"], row["body"], from_us(row["at_us"]))
            for row in rows
        ]

    def remove_calls(self, numbers: Iterable[int]) -> None:
        """Removes calls whose effect is in the store; one that is read twice after a crash changes nothing more."""
        self._connection.executemany("DELETE FROM calls WHERE n = ?", [(n,) for n in numbers])

    # Requests to be pushed our feeds

    def subscribe(self, asked: HubRequest, now: datetime) -> bool:
        """Keeps a subscriber's request until its callback has been verified; False if the inbox is full.

        Only the last request of a callback for a topic counts (WebSub §5.1).
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.execute(
                "DELETE FROM subscribing WHERE callback = ? AND path = ?", (asked.callback, asked.path)
            )
            if self._connection.execute("SELECT count(*) FROM subscribing").fetchone()[0] >= MOST_SUBSCRIBING:
                return False
            self._connection.execute(
                "INSERT INTO subscribing (mode, callback, topic, path, secret, lease_seconds, at_us)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    asked.mode,
                    asked.callback,
                    asked.topic,
                    asked.path,
                    asked.secret,
                    int(asked.lease.total_seconds()),
                    to_us(now),
                ),
            )
            return True
        finally:
            self._connection.commit()

    def subscribing(self) -> list[HubRequest]:
        """What waits, in the order of asking; it stays until `remove_settled` takes it out."""
        rows = self._connection.execute("SELECT * FROM subscribing ORDER BY n")
        return [
            HubRequest(
                row["mode"],
                row["callback"],
                row["topic"],
                row["path"],
                row["secret"],
                timedelta(seconds=row["lease_seconds"]),
                row["n"],
            )
            for row in rows
        ]

    def remove_settled(self, numbers: Iterable[int]) -> None:
        """Removes requests whose outcome is in the store; a request that was repeated meanwhile stays."""
        # One statement, since each would be a transaction of its own.
        gone = json.dumps(list(numbers))
        self._connection.execute("DELETE FROM subscribing WHERE n IN (SELECT value FROM json_each(?))", (gone,))

    # Requests for feeds, counted. A batch counts as stored once the store has recorded it, even if it is still here.

    def count(self, rows: Sequence[Row], now: datetime, taken: Callable[[], int]) -> None:
        """Keeps what the server counted. taken: returns the newest batch that the store has taken."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            done, moment = taken(), to_us(now)
            self._connection.execute("DELETE FROM counts WHERE n <= ?", (done,))
            # From the clock, so that numbers grow although this file may be deleted; max() covers a clock that was set
            # back.
            last = self._connection.execute("SELECT coalesce(max(n), 0), count(*) FROM counts").fetchone()
            n = max(moment, done + 1, last[0] + 1)
            if last[1] >= MOST_BATCHES:
                since = moment // 86_400_000_000 - DAYS + 1
                rows = merge_rows(
                    [row for _, batch in self.waiting_counts() for row in batch] + list(rows), since, MOST_COUNTS
                )
                self._connection.execute("DELETE FROM counts")
            body = json.dumps(rows_as_lists(rows), ensure_ascii=False, separators=(",", ":"))
            self._connection.execute("INSERT INTO counts (n, body) VALUES (?, ?)", (n, body))
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    def waiting_counts(self) -> list[tuple[int, list[Row]]]:
        """The waiting batches by number, oldest first."""
        rows = self._connection.execute("SELECT n, body FROM counts ORDER BY n").fetchall()
        return [(row["n"], list(rows_from_lists(json.loads(row["body"])))) for row in rows]

    @contextmanager
    def handing_over(self) -> Iterator[list[tuple[int, list[Row]]]]:
        """The waiting batches, for the block to write into the store; they are removed here afterwards.

        Nobody merges batches meanwhile. A batch that is in the store but still here after a crash is recognised by its
        number: nothing is counted twice.
        """
        if self._connection.execute("SELECT 1 FROM counts LIMIT 1").fetchone() is None:
            yield []
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.waiting_counts()
            self._connection.execute("DELETE FROM counts")
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    def waits(self) -> dict[str, int]:
        """How many items of each kind are unread."""
        row = self._connection.execute(
            "SELECT (SELECT count(*) FROM requests WHERE result IS NULL) AS requests,"
            " (SELECT count(*) FROM calls) AS calls, (SELECT count(*) FROM subscribing) AS subscribing,"
            " (SELECT count(*) FROM counts) AS counts"
        ).fetchone()
        return dict(row)

    def close(self) -> None:
        self._connection.close()
