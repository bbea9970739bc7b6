"""Files beside the articles: which exist below seeds/, which are copied, and which article refers to which."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from feeds.store.transaction import Transaction
from feeds.text.dates import to_us


@dataclass(frozen=True, slots=True)
class Copy:
    """A file in data/media/HASH/NAME. size, mtime_ns: of the file in seeds/ that it was made from."""

    size: int
    mtime_ns: int
    hash: str
    name: str


class MediaRecords:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def files(self) -> dict[str, tuple[int, int]]:
        """(size, mtime in ns) by path, of every file that the last scan found."""
        rows = self._connection.execute("SELECT path, size, mtime_ns FROM media_files")
        return {row["path"]: (row["size"], row["mtime_ns"]) for row in rows}

    def copies(self) -> dict[str, Copy]:
        """The copied files, by path."""
        rows = self._connection.execute("SELECT * FROM media_files WHERE hash <> ''")
        return {row["path"]: Copy(row["size"], row["mtime_ns"], row["hash"], row["name"]) for row in rows}

    def referring(self, keys: Iterable[str]) -> set[str]:
        """Paths of the seeds that refer to one of these files, whether it exists or not."""
        found: set[str] = set()
        for key in keys:
            rows = self._connection.execute("SELECT seed FROM media_references WHERE key = ?", (key,))
            found.update(row["seed"] for row in rows)
        return found

    def put_files(self, _: Transaction, changed: Mapping[str, tuple[int, int]], gone: Iterable[str]) -> None:
        """Records what the scan found; a file that changed loses its copy."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO media_files (path, size, mtime_ns) VALUES (?, ?, ?)",
            [(path, size, mtime_ns) for path, (size, mtime_ns) in changed.items()],
        )
        self._connection.executemany("DELETE FROM media_files WHERE path = ?", [(path,) for path in gone])

    def put_copies(self, _: Transaction, copies: Mapping[str, Copy]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO media_files (path, size, mtime_ns, hash, name) VALUES (?, ?, ?, ?, ?)",
            [(path, copy.size, copy.mtime_ns, copy.hash, copy.name) for path, copy in copies.items()],
        )

    def put_references(self, _: Transaction, seed: str, keys: Iterable[str]) -> None:
        """Replaces the references of a seed."""
        self._connection.execute("DELETE FROM media_references WHERE seed = ?", (seed,))
        self._connection.executemany(
            "INSERT OR IGNORE INTO media_references (seed, key) VALUES (?, ?)", [(seed, key) for key in keys]
        )

    def forget_copies(self, _: Transaction, hashes: Iterable[str]) -> None:
        """Drops copies that no longer exist: their files count as new."""
        self._connection.executemany("DELETE FROM media_files WHERE hash = ?", [(one,) for one in hashes])

    def read_again(self, _: Transaction, hashes: Iterable[str], now: datetime) -> None:
        """Has the next scan read the seeds whose entries show one of these copies. Another copy is no change of theirs,
        so their digests are forgotten.
        """
        for one in hashes:
            showing = (
                "IN (SELECT id FROM entries WHERE deleted_us IS NULL AND content || ' ' || image || ' ' || enclosures"
                " LIKE ?) AND id <> ''"
            )
            shown = f"%/media/{one}/%"
            self._connection.execute(f"UPDATE seed_files SET again_us = ? WHERE id {showing}", (to_us(now), shown))
            self._connection.execute(f"UPDATE entries SET digest = '' WHERE id {showing}", (shown,))

    def shown(self) -> str:
        """All content of living seed entries that may contain URLs, as one text: a copy that it does not mention is not
        shown.
        """
        rows = self._connection.execute(
            "SELECT e.content || ' ' || e.image || ' ' || e.enclosures AS said FROM entries AS e"
            " JOIN sources AS s ON s.n = e.source WHERE s.kind = 'seeds' AND e.deleted_us IS NULL"
            " AND (e.content LIKE '%/media/%' OR e.image <> '' OR e.enclosures <> '[]')"
        )
        return "\n".join(row["said"] for row in rows)
