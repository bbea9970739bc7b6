"""What the last scan of seeds/ saw: enough to read only what changed."""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime

from feeds.dates import from_us, to_us


class SeedFiles:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def files(self, now: datetime) -> dict[str, tuple[int, int, str]]:
        """(size, mtime in ns, digest) by path, but for files that must be read again by now."""
        rows = self._connection.execute(
            "SELECT path, size, mtime_ns, digest FROM seed_files WHERE again_us IS NULL OR again_us > ?", (to_us(now),)
        )
        return {row["path"]: (row["size"], row["mtime_ns"], row["digest"]) for row in rows}

    def next_again(self) -> datetime | None:
        """When the next unchanged file has to be read again, e.g. because its `publish_at` comes."""
        row = self._connection.execute("SELECT min(again_us) FROM seed_files").fetchone()
        return from_us(row[0]) if row[0] is not None else None

    def put(self, path: str, size: int, mtime_ns: int, digest: str, again: datetime | None = None) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO seed_files (path, size, mtime_ns, digest, again_us) VALUES (?, ?, ?, ?, ?)",
            (path, size, mtime_ns, digest, to_us(again) if again else None),
        )

    def forget(self, paths: Iterable[str]) -> None:
        self._connection.executemany("DELETE FROM seed_files WHERE path = ?", [(path,) for path in paths])

    def missing(self) -> dict[str, datetime]:
        """Since when the file of each of these entries is gone, by id."""
        rows = self._connection.execute("SELECT id, since_us FROM seeds_missing")
        return {row["id"]: from_us(row["since_us"]) for row in rows}

    def set_missing(self, missing: Mapping[str, datetime]) -> None:
        self._connection.execute("DELETE FROM seeds_missing")
        self._connection.executemany(
            "INSERT INTO seeds_missing (id, since_us) VALUES (?, ?)",
            [(id_, to_us(since)) for id_, since in missing.items()],
        )

    def problems(self) -> dict[str, str]:
        """What is wrong with files, by path."""
        rows = self._connection.execute("SELECT path, message FROM seed_problems ORDER BY path")
        return {row["path"]: row["message"] for row in rows}

    def set_problems(self, problems: Mapping[str, str], now: datetime) -> list[str]:
        """Replaces what is known; gives the paths whose problem is new."""
        before = self.problems()
        self._connection.executemany(
            "DELETE FROM seed_problems WHERE path = ?", [(path,) for path in before if path not in problems]
        )
        fresh = [path for path, message in problems.items() if before.get(path) != message]
        self._connection.executemany(
            "INSERT OR REPLACE INTO seed_problems (path, message, since_us) VALUES (?, ?, ?)",
            [(path, problems[path], to_us(now)) for path in fresh],
        )
        return fresh
