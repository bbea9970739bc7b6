"""What the last scan of seeds/ found: enough to read only what changed."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from feeds.search.match import search_words
from feeds.store.transaction import Transaction
from feeds.text.dates import from_us, to_us

# How many runs of how many words of a text are looked up, and how many texts that have one are compared.
_RUNS, _RUN, _LIKELY = 16, 5, 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that could not be read for reasons outside itself. digest: of its bytes. tries: failures in a row."""

    digest: str
    tries: int
    again: datetime


def seed_place(path: str) -> str:
    """Where a file is, for people. path: as in a problem, where "seeds" stands for the folder itself."""
    return "seeds/" if path == "seeds" else f"seeds/{path}"


#: Codes of problems with all seeds at once. They are told in each cycle, as long as they last.
OF_ALL_SEEDS = frozenset({"E_IDS", "E_SEEDS"})


@dataclass(frozen=True, slots=True)
class SeedProblem:
    """What is wrong with one file. reading: the fault is in the file's content, so it lasts until the file changes."""

    path: str
    message: str
    code: str
    reading: bool

    @property
    def place(self) -> str:
        return seed_place(self.path)

    @property
    def failed(self) -> bool:
        """Whether this is a fault that keeps something from being published; a warning is only reported."""
        return self.code.startswith("E_")

    @property
    def unpublished(self) -> bool:
        """Whether the file is not published. One of a kind that is never read may lie there on purpose: no fault."""
        return self.failed or self.code == "W_KIND"

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class SeedFiles:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def files(self, now: datetime) -> dict[str, tuple[int, int, str]]:
        """(size, mtime in ns, digest) by path, without files that are due to be read again."""
        rows = self._connection.execute(
            "SELECT path, size, mtime_ns, digest FROM seed_files WHERE again_us IS NULL OR again_us > ?", (to_us(now),)
        )
        return {row["path"]: (row["size"], row["mtime_ns"], row["digest"]) for row in rows}

    def due(self, now: datetime) -> list[str]:
        """Paths of the files that must be read again by now, which `files` leaves out."""
        rows = self._connection.execute("SELECT path FROM seed_files WHERE again_us <= ?", (to_us(now),))
        return [row["path"] for row in rows]

    def next_again(self) -> datetime | None:
        """When the next unchanged file has to be read again, e.g. because its `publish_at` is due."""
        row = self._connection.execute("SELECT min(again_us) FROM seed_files").fetchone()
        return from_us(row[0]) if row[0] is not None else None

    def put(
        self,
        _: Transaction,
        path: str,
        size: int,
        mtime_ns: int,
        digest: str,
        again: datetime | None = None,
        tries: int = 0,
    ) -> None:
        """Records a file. again: when to read it next even if it has not changed. tries: see `Waiting`."""
        self._connection.execute(
            "INSERT OR REPLACE INTO seed_files (path, size, mtime_ns, digest, again_us, tries)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (path, size, mtime_ns, digest, to_us(again) if again else None, tries),
        )

    def waiting(self) -> dict[str, Waiting]:
        """Files that could not be read, by path."""
        rows = self._connection.execute("SELECT path, digest, tries, again_us FROM seed_files WHERE tries > 0")
        return {row["path"]: Waiting(row["digest"], row["tries"], from_us(row["again_us"] or 0)) for row in rows}

    def read_again(self, _: Transaction, id_: str, now: datetime) -> None:
        """Has the next scan read the file of an entry, changed or not."""
        self._connection.execute("UPDATE seed_files SET again_us = ? WHERE id = ?", (to_us(now), id_))

    def read_paths_again(self, _: Transaction, paths: Iterable[str], now: datetime) -> None:
        """Has the next scan read these files, changed or not."""
        self._connection.executemany(
            "UPDATE seed_files SET again_us = ? WHERE path = ?", [(to_us(now), path) for path in paths]
        )

    def name(self, _: Transaction, ids: Mapping[str, str]) -> None:
        """Records which entry each file holds: ids by path, "" for none."""
        self._connection.executemany(
            "UPDATE seed_files SET id = ? WHERE path = ?", [(id_, path) for path, id_ in ids.items()]
        )

    def ids(self) -> dict[str, str]:
        """The id of the entry in each file, by path; "" for none."""
        return {row["path"]: row["id"] for row in self._connection.execute("SELECT path, id FROM seed_files")}

    def was_elsewhere(self, id_: str, path: str, digest: str) -> bool:
        """Whether this entry was last read from the same bytes at another path."""
        row = self._connection.execute(
            "SELECT 1 FROM seed_files WHERE id = ? AND path <> ? AND digest = ?", (id_, path, digest)
        )
        return row.fetchone() is not None

    def withdrawn_like(self, title: str, text: str) -> list[str]:
        """The ids of withdrawn seeds that share the title or a run of words with a text, the likeliest first."""
        words, named = search_words(text), " ".join(search_words(title))
        starts = range(0, max(1, len(words) - _RUN + 1), max(1, len(words) // _RUNS))
        runs = [" ".join(words[start : start + _RUN]) for start in starts]
        phrases = [f'"{run}"' for run in runs if run] + ([f'title : "{named}"'] if named else [])
        rows = self._connection.execute(
            "SELECT e.id FROM search CROSS JOIN entries AS e ON e.n = search.rowid JOIN sources AS s ON s.n = e.source"
            " WHERE search MATCH ? AND s.kind = 'seeds' AND e.deleted_us IS NOT NULL ORDER BY search.rank LIMIT ?",
            (" OR ".join(phrases), _LIKELY),
        )
        return [row["id"] for row in rows] if phrases else []

    def living(self) -> set[str]:
        """The ids of all seeds that are published."""
        rows = self._connection.execute(
            "SELECT e.id FROM entries AS e JOIN sources AS s ON s.n = e.source"
            " WHERE s.kind = 'seeds' AND e.deleted_us IS NULL"
        )
        return {row["id"] for row in rows}

    def published(self) -> list[tuple[str, str, str, datetime, datetime]]:
        """(id, path, digest, first seen, updated) of every seed that has a file or is published without one.

        path, digest: "" without a file.
        """
        rows = self._connection.execute(
            "SELECT e.id, coalesce(f.path, '') AS path, coalesce(f.digest, '') AS digest, e.first_seen_us, e.updated_us"
            " FROM entries AS e JOIN sources AS s ON s.n = e.source LEFT JOIN seed_files AS f ON f.id = e.id"
            " WHERE s.kind = 'seeds' AND (e.deleted_us IS NULL OR f.path IS NOT NULL) ORDER BY f.path, e.n"
        )
        return [
            (row["id"], row["path"], row["digest"], from_us(row["first_seen_us"]), from_us(row["updated_us"]))
            for row in rows
        ]

    def forget(self, _: Transaction, paths: Iterable[str]) -> None:
        self._connection.executemany("DELETE FROM seed_files WHERE path = ?", [(path,) for path in paths])

    def missing(self) -> dict[str, datetime]:
        """When the file of each of these entries was first found missing, by id."""
        rows = self._connection.execute("SELECT id, since_us FROM seeds_missing")
        return {row["id"]: from_us(row["since_us"]) for row in rows}

    def set_missing(self, _: Transaction, missing: Mapping[str, datetime]) -> None:
        self._connection.execute("DELETE FROM seeds_missing")
        self._connection.executemany(
            "INSERT INTO seeds_missing (id, since_us) VALUES (?, ?)",
            [(id_, to_us(since)) for id_, since in missing.items()],
        )

    def problems(self) -> tuple[SeedProblem, ...]:
        """What is wrong with files, ordered by path."""
        rows = self._connection.execute("SELECT path, message, code, reading FROM seed_problems ORDER BY path")
        return tuple(SeedProblem(row["path"], row["message"], row["code"], bool(row["reading"])) for row in rows)

    def set_problems(self, _: Transaction, problems: Iterable[SeedProblem]) -> None:
        """Replaces all known problems."""
        self._connection.execute("DELETE FROM seed_problems")
        self._connection.executemany(
            "INSERT OR REPLACE INTO seed_problems (path, message, code, reading) VALUES (?, ?, ?, ?)",
            [(problem.path, problem.message, problem.code, int(problem.reading)) for problem in problems],
        )
