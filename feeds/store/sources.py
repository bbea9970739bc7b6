"""Sources in the store: their settings, what they say of themselves, and when they are polled next."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from feeds.model import FetchState, Source, SourceKind
from feeds.store.polls import Polls, state_of
from feeds.store.rows import source_of
from feeds.store.transaction import Transaction
from feeds.text.dates import to_us


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One line of `seedfeed sources`."""

    source: Source
    state: FetchState
    active: bool
    entries: int


class Sources:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def base_url(self) -> str:
        """The base_url with which a worker last ran here, which may follow its --port; "" before the first."""
        (link,) = self._connection.execute("SELECT max(link) FROM sources WHERE kind = 'seeds'").fetchone()
        return str(link or "")

    def put(
        self, transaction: Transaction, source: Source, *, now: datetime, category_slugs: Mapping[str, str]
    ) -> bool:
        """Adds or changes a source; a new one is due at once. True if anything changed.

        category_slugs: the slug of each of its categories.
        """
        values = (
            source.slug,
            source.kind.value,
            source.title,
            source.url,
            source.link,
            json.dumps(source.categories, ensure_ascii=False),
            source.language,
            source.timezone,
            int(source.private),
            source.priority,
            source.filter,
            source.content,
            int(source.poll.total_seconds()) if source.poll else 0,
        )
        columns = (
            "slug, kind, title, url, link, categories, language, timezone, private, priority, filter, content,"
            " poll_seconds"
        )
        query = f"SELECT {columns}, active FROM sources WHERE key = ?"
        row = self._connection.execute(query, (source.key,)).fetchone()
        if row is None:
            self._connection.execute(
                f"INSERT INTO sources (key, {columns}, next_poll_us) VALUES (?{', ?' * 14})",
                (source.key, *values, to_us(now) if source.kind is SourceKind.FEED else None),
            )
        elif tuple(row) == (*values, 1):
            return False
        else:
            # A source that returns, moves, or whose entries are to be read differently is polled at once, as if for the
            # first time.
            reread = ("url", "language", "timezone", "filter")
            again = not row["active"] or any(row[name] != getattr(source, name) for name in reread)
            self._connection.execute(
                f"UPDATE sources SET ({columns}, active) = (?{', ?' * 13}) WHERE key = ?",
                (*values, 1, source.key),
            )
            if again and source.kind is SourceKind.FEED:
                Polls(self._connection).forget_document(transaction, source.key, now)
        self._put_categories(transaction, source, category_slugs)
        return True

    def move(self, _: Transaction, key: str, url: str) -> None:
        """Moves a source to another address; everything else known of it still holds."""
        self._connection.execute(
            "UPDATE sources SET url = ?, moved_to = '', moved_polls = 0, moved_since_us = NULL WHERE key = ?",
            (url, key),
        )

    def by_url(self, url: str) -> Source | None:
        """The active source with this address."""
        row = self._connection.execute("SELECT * FROM sources WHERE url = ? AND active = 1", (url,)).fetchone()
        return source_of(row) if row else None

    def _put_categories(self, transaction: Transaction, source: Source, slugs: Mapping[str, str]) -> None:
        n = self.number(source.key)
        self._connection.execute("DELETE FROM source_categories WHERE source = ?", (n,))
        for name in source.categories:
            self._connection.execute(
                "INSERT OR IGNORE INTO source_categories (slug, source) VALUES (?, ?)", (slugs[name], n)
            )
            self.put_category(transaction, slugs[name], name)

    def put_category(self, _: Transaction, slug: str, name: str) -> None:
        self._connection.execute("INSERT OR IGNORE INTO categories (slug, name) VALUES (?, ?)", (slug, name))

    def categories(self) -> dict[str, str]:
        """Names by slug of the categories of public sources and their entries."""
        rows = self._connection.execute(
            "SELECT slug, name FROM categories AS c WHERE EXISTS (SELECT 1 FROM entry_categories AS b"
            " CROSS JOIN entries AS e ON e.n = b.entry CROSS JOIN sources AS s ON s.n = e.source"
            " WHERE b.slug = c.slug AND s.private = 0) OR EXISTS (SELECT 1 FROM source_categories AS b"
            " JOIN sources AS s ON s.n = b.source WHERE b.slug = c.slug AND s.private = 0) ORDER BY slug"
        )
        return {row["slug"]: row["name"] for row in rows}

    def own_key(self) -> str:
        """The key of the home's own articles; "" in a new store."""
        row = self._connection.execute("SELECT key FROM sources WHERE kind = 'seeds'").fetchone()
        return str(row[0]) if row else ""

    def number(self, key: str) -> int:
        return int(self._connection.execute("SELECT n FROM sources WHERE key = ?", (key,)).fetchone()[0])

    def deactivate(self, _: Transaction, keys: Iterable[str]) -> None:
        """Stops polling sources; their entries stay."""
        self._connection.executemany(
            "UPDATE sources SET active = 0, next_poll_us = NULL, leased_us = NULL WHERE key = ?",
            [(key,) for key in keys],
        )

    def all(self, slugs: Iterable[str] | None = None) -> list[Source]:
        """Every source that is active or still has entries, ordered by slug. slugs: only of these."""
        among = "1" if slugs is None else "slug IN (SELECT value FROM json_each(?))"
        values = () if slugs is None else (json.dumps(list(slugs)),)
        rows = self._connection.execute(
            f"SELECT * FROM sources AS s WHERE {among} AND (active = 1"
            " OR EXISTS (SELECT 1 FROM entries WHERE source = s.n AND deleted_us IS NULL)) ORDER BY slug",
            values,
        )
        return [source_of(row) for row in rows]

    def active(self) -> list[Source]:
        rows = self._connection.execute("SELECT * FROM sources WHERE active = 1 ORDER BY slug")
        return [source_of(row) for row in rows]

    def followed(self) -> set[str]:
        """The keys of the active remote sources."""
        rows = self._connection.execute("SELECT key FROM sources WHERE active = 1 AND kind = 'feed'")
        return {row[0] for row in rows}

    def get(self, key: str) -> Source | None:
        row = self._connection.execute("SELECT * FROM sources WHERE key = ?", (key,)).fetchone()
        return source_of(row) if row else None

    def report(self) -> list[SourceReport]:
        rows = self._connection.execute(
            "SELECT s.*, (SELECT count(*) FROM entries AS e WHERE e.source = s.n AND e.deleted_us IS NULL) AS entries"
            " FROM sources AS s WHERE active = 1 ORDER BY kind DESC, slug"
        )
        return [SourceReport(source_of(row), state_of(row), bool(row["active"]), row["entries"]) for row in rows]

    def is_active(self, key: str) -> bool:
        return bool(self._connection.execute("SELECT active FROM sources WHERE key = ?", (key,)).fetchone()[0])

    def learn(self, _: Transaction, key: str, title: str, link: str) -> None:
        """Stores what a source says of itself, shown where the operator has set nothing."""
        self._connection.execute("UPDATE sources SET own_title = ?, own_link = ? WHERE key = ?", (title, link, key))
