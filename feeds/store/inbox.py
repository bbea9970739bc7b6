"""The inbox: what the worker is asked to do, by the server and by commands that run beside it.

A SQLite file of its own, in rollback-journal mode, since it has several writers. It is small and may be deleted.
"""

import sqlite3
from datetime import datetime
from pathlib import Path

from feeds.dates import to_us
from feeds.errors import StoreError
from feeds.store.connection import connect

MOST_REQUESTS = 1000
MOST_BYTES = 64 * 1024

_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  argument TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  result TEXT
) STRICT
"""


class Inbox:
    """kinds: "want" (argument: a feed's slug), "publish" ("all" or ""), and those of worker.orders."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connection = connect(path)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{path}: {error}; the inbox cannot be used") from error
        try:
            self._connection.execute(_SCHEMA)
        except sqlite3.Error as error:
            self._connection.close()
            raise StoreError(f"{path}: {error}; the inbox cannot be used") from error

    def ask(self, kind: str, argument: str, now: datetime) -> int | None:
        """Leaves a request and gives its number; None if the inbox is full or the request too long."""
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
        """(number, kind, argument) of every request that has no answer, in the order of asking."""
        rows = self._connection.execute("SELECT n, kind, argument FROM requests WHERE result IS NULL ORDER BY n")
        return [(row["n"], row["kind"], row["argument"]) for row in rows]

    def answer(self, n: int, result: str) -> None:
        self._connection.execute("UPDATE requests SET result = ? WHERE n = ?", (result, n))

    def result(self, n: int) -> str | None:
        """The answer to a request, None while there is none; reading it removes the request."""
        row = self._connection.execute("SELECT result FROM requests WHERE n = ?", (n,)).fetchone()
        if row is None or row["result"] is None:
            return None
        self._connection.execute("DELETE FROM requests WHERE n = ?", (n,))
        return str(row["result"])

    def sweep(self, before: datetime) -> None:
        """Removes answers that nobody came for."""
        self._connection.execute("DELETE FROM requests WHERE result IS NOT NULL AND at_us < ?", (to_us(before),))

    def close(self) -> None:
        self._connection.close()
