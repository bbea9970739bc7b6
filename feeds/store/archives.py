"""Archive documents of feeds (RFC 5005 §4): which entry is on which page, permanently.

Pages are filled in the order in which entries came into the store. The last one is open until it is full; a full one
keeps its number and its members, whatever happens to them.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feeds.model import Feed, Tombstone
from feeds.store.listings import Listed, listed_of
from feeds.store.membership import FROM, FROM_CHANGED, public, shown_condition
from feeds.store.transaction import Transaction
from feeds.text.dates import from_us, to_us

# A page is full with this many entries (or the feed's limit, if smaller), or this many characters of text.
PAGE_ENTRIES = 50
PAGE_CHARACTERS = 700_000


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the archive. number: from 1. modified: whole seconds, never goes back."""

    number: int
    full: bool
    modified: datetime


@dataclass(frozen=True, slots=True)
class Leaf:
    """The contents of a page: living entries, newest in the store first, and tombstones of those that left it."""

    entries: tuple[Listed, ...]
    tombstones: tuple[Tombstone, ...]


# As in m011_archives, without the references to other tables.
_PLANNED = (
    "CREATE TEMP TABLE IF NOT EXISTS planned_feeds (feed TEXT PRIMARY KEY, change TEXT, size INTEGER)",
    "CREATE TEMP TABLE IF NOT EXISTS planned_pages (feed TEXT, page INTEGER, entries INTEGER, bytes INTEGER,"
    " full INTEGER, modified_us INTEGER, PRIMARY KEY (feed, page)) WITHOUT ROWID",
    "CREATE TEMP TABLE IF NOT EXISTS planned_entries (feed TEXT, entry INTEGER, page INTEGER,"
    " PRIMARY KEY (feed, entry)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS temp.planned_entries_page ON planned_entries (feed, page)",
    "CREATE INDEX IF NOT EXISTS temp.planned_entries_entry ON planned_entries (entry)",
)


class Archives:
    """The archive pages of all feeds. tables: prefix of the names of the two tables."""

    def __init__(self, connection: sqlite3.Connection, tables: str = "archive") -> None:
        self._connection = connection
        self._pages, self._entries = f"{tables}_pages", f"{tables}_entries"

    def of(self, feed: Feed) -> "Archives":
        """The archives of a feed; if it is not kept fresh yet, the archives that it will have once it is.

        These are planned in temporary tables, private to the connection, which a read-only connection may have too; so
        no transaction is asked for.
        """
        kept = self._connection.execute("SELECT 1 FROM feeds WHERE slug = ?", (feed.slug,)).fetchone()
        if kept:
            return self
        planned = Archives(self._connection, "planned")
        # Tables made within a snapshot vanish when it ends, so the plan is noted beside them.
        for table in _PLANNED:
            self._connection.execute(table)
        mark = "SELECT value, ? FROM facts WHERE name = 'change'"
        now = self._connection.execute(mark, (feed.limit,)).fetchone()
        noted = self._connection.execute("SELECT change, size FROM planned_feeds WHERE feed = ?", (feed.slug,))
        if tuple(noted.fetchone() or ()) != tuple(now or ("", feed.limit)):
            for name in (planned._entries, planned._pages, "planned_feeds"):
                self._connection.execute(f"DELETE FROM {name} WHERE feed = ?", (feed.slug,))
            where, values = shown_condition(feed)
            newest = self._connection.execute(
                f"SELECT max(max(e.updated_us, e.listed_us)) FROM {FROM} WHERE {where} AND e.deleted_us IS NULL", values
            ).fetchone()[0]
            planned._take_in(feed, (), -1, (newest or 0) // 1_000_000 * 1_000_000)
            values = (feed.slug, *(now or ("", feed.limit)))
            self._connection.execute("INSERT INTO planned_feeds (feed, change, size) VALUES (?, ?, ?)", values)
        return planned

    def fill(self, _: Transaction, feed: Feed, listed: Sequence[int], since: int, now: datetime) -> None:
        """Takes in the entries of a feed that no page holds yet, and notes which pages are other ones now.

        listed: numbers of what the newest document holds. since: only entries with a later change can have come to the
        feed; -1 looks at all, and all pages count as changed.
        """
        moment = to_us(now.replace(microsecond=0))
        self._note_changes(feed.slug, since, moment)
        self._take_in(feed, listed, since, moment)
        if self.last(feed.slug) == 1 and self.missing(feed, listed):
            # The only archive document would have no neighbour, so it is closed and another one follows.
            self._connection.execute(f"UPDATE {self._pages} SET full = 1 WHERE feed = ?", (feed.slug,))

    def _take_in(self, feed: Feed, listed: Sequence[int], since: int, moment: int) -> None:
        where, values = shown_condition(feed)
        rows = self._connection.execute(
            "SELECT e.n, length(e.content) + length(e.summary) AS size"
            f" FROM {FROM if since < 0 else FROM_CHANGED} WHERE {where} AND e.deleted_us IS NULL AND e.change > ?"
            f" AND NOT EXISTS (SELECT 1 FROM {self._entries} AS a WHERE a.feed = ? AND a.entry = e.n)"
            # A copy may become visible without a change of its own, when the entry shown in its place is gone.
            " UNION SELECT n, length(content) + length(summary) FROM entries"
            " WHERE n IN (SELECT value FROM json_each(?))"
            f" AND NOT EXISTS (SELECT 1 FROM {self._entries} AS a WHERE a.feed = ? AND a.entry = entries.n)"
            " ORDER BY 1",
            (*values, since, feed.slug, json.dumps(list(listed)), feed.slug),
        ).fetchall()
        if rows:
            self._append(feed, [(row["n"], row["size"]) for row in rows], moment)

    def _note_changes(self, slug: str, since: int, moment: int) -> None:
        which, values = "", tuple[str | int, ...]((moment, slug))
        if since >= 0:
            # CROSS JOIN: start from the few that changed.
            which = (
                f" AND page IN (SELECT a.page FROM entries AS e CROSS JOIN {self._entries} AS a"
                " ON a.entry = e.n AND a.feed = ? WHERE unlikely(e.change > ?))"
            )
            values = (*values, slug, since)
        self._connection.execute(
            f"UPDATE {self._pages} SET modified_us = max(?, modified_us + 1000000) WHERE feed = ?" + which, values
        )

    def _append(self, feed: Feed, entries: Sequence[tuple[int, int]], moment: int) -> None:
        capacity = min(feed.limit, PAGE_ENTRIES)
        row = self._connection.execute(
            f"SELECT page, entries, bytes, full FROM {self._pages} WHERE feed = ? ORDER BY page DESC LIMIT 1",
            (feed.slug,),
        ).fetchone()
        page, count, size, full = tuple(row) if row else (1, 0, 0, 0)
        placed, filled = [], {}
        for n, length in entries:
            if full:
                page, count, size = page + 1, 0, 0
            count, size = count + 1, size + length
            full = int(count >= capacity or size >= PAGE_CHARACTERS)
            placed.append((feed.slug, n, page))
            filled[page] = (feed.slug, page, count, size, full, moment)
        self._connection.executemany(f"INSERT INTO {self._entries} (feed, entry, page) VALUES (?, ?, ?)", placed)
        self._connection.executemany(
            f"INSERT INTO {self._pages} (feed, page, entries, bytes, full, modified_us) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (feed, page) DO UPDATE SET entries = excluded.entries, bytes = excluded.bytes,"
            " full = excluded.full, modified_us = max(excluded.modified_us, modified_us)",
            filled.values(),
        )

    def page(self, slug: str, number: int) -> Page | None:
        """A page that exists. A full page is always followed by another, even an empty one, since it links to it."""
        row = self._connection.execute(
            f"SELECT full, modified_us FROM {self._pages} WHERE feed = ? AND page = ?", (slug, number)
        ).fetchone()
        if row is not None:
            return Page(number, bool(row["full"]), from_us(row["modified_us"]))
        before = self.page(slug, number - 1) if number > 1 else None
        return Page(number, False, before.modified) if before and before.full else None

    def last(self, slug: str) -> int:
        """How many pages contain entries."""
        row = self._connection.execute(f"SELECT max(page) FROM {self._pages} WHERE feed = ?", (slug,)).fetchone()
        return int(row[0] or 0)

    def pages(self, slug: str) -> list[int]:
        """The numbers of all pages that are served; none until the first page is full."""
        last = self.last(slug)
        page = self.page(slug, last) if last else None
        if page and not page.full:
            return [*range(1, last + 1)] if last > 1 else []
        return [*range(1, last + 2)] if page else []

    def leaf(self, feed: Feed, number: int) -> Leaf:
        open_, named = public(feed)
        rows = self._connection.execute(
            "SELECT e.n, e.id, e.updated_us, e.listed_us, e.change, e.deleted_us"
            f" FROM {self._entries} AS a JOIN entries AS e ON e.n = a.entry"
            f" JOIN sources AS s ON s.n = e.source WHERE a.feed = ? AND a.page = ? AND {open_} ORDER BY e.n DESC",
            (feed.slug, number, *named),
        ).fetchall()
        return Leaf(
            tuple(listed_of(row) for row in rows if row["deleted_us"] is None),
            tuple(Tombstone(row["id"], from_us(row["deleted_us"])) for row in rows if row["deleted_us"] is not None),
        )

    def missing(self, feed: Feed, listed: Sequence[int], page: int | None = None) -> bool:
        """Whether there are entries beyond those in a document. page: look only at that page.

        Looks at the entries in the archives or, while these are empty, at those that the feed shows.
        """
        if not self.last(feed.slug):
            where, values = shown_condition(feed)
            return self._more(f"{FROM} WHERE {where}", values, listed)
        which, values = ("", ()) if page is None else (" AND a.page = ?", (page,))
        # CROSS JOIN: search from the newest down, where the first missing one is found soon.
        archived = f"{self._entries} AS a CROSS JOIN entries AS e ON e.n = a.entry JOIN sources AS s ON s.n = e.source"
        open_, named = public(feed)
        some = f"{archived} WHERE a.feed = ?{which} AND {open_}"
        return self._more(some, (feed.slug, *values, *named), listed, "a.entry DESC")

    def _more(self, some: str, values: Sequence[object], listed: Sequence[int], order: str = "e.n DESC") -> bool:
        row = self._connection.execute(
            f"SELECT 1 FROM {some} AND e.deleted_us IS NULL AND e.n NOT IN (SELECT value FROM json_each(?))"
            f" ORDER BY {order} LIMIT 1",
            (*values, json.dumps(list(listed))),
        )
        return row.fetchone() is not None
