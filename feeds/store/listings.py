"""What feeds list: which entries, in which order, and what was deleted from them."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from feeds.automatic import MAX_ENTRIES
from feeds.model import Feed, FeedKind, Published, Tombstone
from feeds.search.query import Query
from feeds.store.display import published_entries
from feeds.store.membership import FROM, members, prefix_tables, public, shown_condition
from feeds.store.rows import LINKED
from feeds.store.search import among_newer, condition, edits_indexed
from feeds.text.dates import from_us, to_us

# RFC 6721 gives no term. Counted back from the newest tombstone, since a document must not depend on the clock.
TOMBSTONES_FOR = timedelta(days=30)
MOST_TOMBSTONES = 500
# Indexes of withdrawn entries; of the feeds of other kinds, all are looked through, from the newest on.
_WITHDRAWN = {
    FeedKind.SEEDS: "entries_source_deleted",
    FeedKind.SOURCE: "entries_source_deleted",
    FeedKind.LANG: "entries_lang_deleted",
}
# A search looks for each entry that it is to find among so many of the newest ones at first, and then among more, in
# stores that are several times as large: what many entries say is found there, without a list of all that say it.
_WINDOWS = (20, 160)
_LARGER = 4
# Whether living entries are folded under an entry, or linked with it.
_LEADS = (
    "(EXISTS (SELECT 1 FROM entries AS led WHERE led.lead = e.n AND led.deleted_us IS NULL)"
    " OR EXISTS (SELECT 1 FROM stories AS led_x JOIN entries AS led_e ON led_e.n = led_x.entry"
    " JOIN sources AS led_s ON led_s.n = led_e.source WHERE led_x.lead = e.n AND led_e.deleted_us IS NULL"
    f" AND {prefix_tables(LINKED, 'led')}))"
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a feed: the entry's number, its place, and the change that its fragments must include."""

    n: int
    id: str
    updated: datetime
    listed_at: datetime
    change: int


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that was found, by its number.

    story: id of the entry that leads its story, which is itself if others are folded under it or linked with it; "" if
    it stands alone. folded: it is folded under that entry.
    """

    n: int
    story: str
    folded: bool


class Listings:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def select(
        self, feed: Feed, span: timedelta, without: Collection[int] = (), most: int = MAX_ENTRIES
    ) -> list[Listed]:
        """The entries of a feed's document, newest first (see `window`), up to `most` of them. without: entries that
        were set aside.
        """
        where, values = shown_condition(feed)
        aside = f" AND e.n NOT IN ({', '.join('?' * len(without))})" if without else ""
        rows = self._connection.execute(
            f"SELECT e.n, e.id, e.updated_us, e.listed_us, e.change FROM {FROM}"
            f" WHERE {where} AND e.deleted_us IS NULL{aside} ORDER BY e.listed_us DESC, e.id LIMIT ?",
            (*values, *without, most),
        )
        return window(map(listed_of, rows), feed.limit, span, most)

    def listed(self, slug: str) -> list[Listed]:
        """What a feed's documents contain, newest first."""
        return [line for line, _ in self._versioned(slug)]

    def shown(self, feed: Feed) -> list[int]:
        """The numbers of the entries in a feed's documents, newest first, but for those that it must not show any
        more: since they were published, they may have been withdrawn, or their source have become private.
        """
        where, values = shown_condition(feed)
        rows = self._connection.execute(
            "SELECT e.n FROM feed_entries AS f CROSS JOIN entries AS e ON e.n = f.entry CROSS JOIN sources AS s"
            f" ON s.n = e.source WHERE f.feed = ? AND e.deleted_us IS NULL AND {where}"
            " ORDER BY e.listed_us DESC, e.id",
            (feed.slug, *values),
        )
        return [row[0] for row in rows]

    def listed_since(self, slug: str, version: int) -> list[Listed]:
        """The beginning of a feed's documents, down to the last entry that is new or changed after a version of them.

        The rest is the same in that version, in the same order.
        """
        lines = self._versioned(slug)
        depth = max((number for number, (_, since) in enumerate(lines, 1) if since > version), default=0)
        return [line for line, _ in lines[:depth]]

    def _versioned(self, slug: str) -> list[tuple[Listed, int]]:
        """What a feed's documents contain, newest first, and since which version of them it is as it is."""
        rows = self._connection.execute(
            "SELECT e.n, e.id, e.updated_us, e.listed_us, e.change, f.version FROM feed_entries AS f JOIN entries AS e"
            " ON e.n = f.entry WHERE f.feed = ? AND e.deleted_us IS NULL"
            " ORDER BY e.listed_us DESC, e.id",
            (slug,),
        )
        return [(listed_of(row), row["version"]) for row in rows]

    def departed(self, feed: Feed, version: int) -> set[str]:
        """Ids of entries that left a feed's documents after a version of them, but for those that gave way to newer
        ones.
        """
        shown, values = shown_condition(feed)
        rows = self._connection.execute(
            f"SELECT e.id, e.listed_us, e.deleted_us IS NULL AND ({shown}) AS stays FROM {FROM}"
            " JOIN feed_departures AS d ON d.entry = e.n WHERE d.feed = ? AND d.version > ?"
            " AND e.n NOT IN (SELECT entry FROM feed_entries WHERE feed = d.feed)",
            (*values, feed.slug, version),
        ).fetchall()
        last = self.listed(feed.slug)[-1:]
        older = (to_us(last[0].listed_at), last[0].id) if last else None
        return {row["id"] for row in rows if not (row["stays"] and older and _follows(row, *older))}

    def lines_of(self, entries: Sequence[int]) -> list[Listed]:
        """Entries as lines of a feed, in the order asked for."""
        marks = ", ".join("?" * len(entries))
        query = f"SELECT n, id, updated_us, listed_us, change FROM entries WHERE n IN ({marks})"
        lines = {row["n"]: listed_of(row) for row in self._connection.execute(query, tuple(entries))}
        return [lines[n] for n in entries]

    def tombstones(self, feed: Feed, since: int = -1) -> list[Tombstone]:
        """Tombstones of a feed's withdrawn entries, newest first, from the 30 days before the newest one.

        Includes entries that belong to the feed, and those once published in it. since: of a later change only.
        """
        open_, named = public(feed)
        where, values = members(feed)
        # SQLite does not know that few entries are withdrawn, and would rather read all of a language or a source.
        index = _WITHDRAWN.get(feed.kind, "entries_deleted")
        newest = "ORDER BY e.deleted_us DESC, e.id LIMIT ?"
        rows = self._connection.execute(
            "SELECT * FROM (SELECT e.id, e.deleted_us, e.change"
            f" FROM entries AS e INDEXED BY {index} CROSS JOIN sources AS s ON s.n = e.source"
            f" WHERE e.deleted_us IS NOT NULL AND {where} {newest})"
            " UNION SELECT * FROM (SELECT e.id, a.deleted_us, e.change"
            " FROM archive_entries AS a INDEXED BY archive_entries_deleted CROSS JOIN entries AS e ON e.n = a.entry"
            " CROSS JOIN sources AS s ON s.n = e.source"
            f" WHERE a.feed = ? AND a.deleted_us IS NOT NULL AND {open_} {newest.replace('e.', 'a.', 1)})"
            " ORDER BY deleted_us DESC, id LIMIT ?",
            (*values, MOST_TOMBSTONES, feed.slug, *named, MOST_TOMBSTONES, MOST_TOMBSTONES),
        ).fetchall()
        return [
            Tombstone(row["id"], from_us(row["deleted_us"]))
            for row in rows
            if row["change"] > since and from_us(row["deleted_us"]) >= from_us(rows[0]["deleted_us"]) - TOMBSTONES_FOR
        ]

    def newest_change(self, entries: Sequence[int]) -> datetime | None:
        """The latest moment at which one of these entries changed or took its place in feeds.

        An entry that arrives today with yesterday's date changes a feed today. The fraction of a second in a place only
        orders entries, so it is dropped.
        """
        marks = ", ".join("?" * len(entries))
        row = self._connection.execute(
            f"SELECT max(max(updated_us, listed_us / 1000000 * 1000000)) FROM entries WHERE n IN ({marks})",
            tuple(entries),
        ).fetchone()
        return from_us(row[0]) if row[0] is not None else None

    def published_by_number(self, entries: Sequence[int], base_url: str) -> dict[int, Published]:
        """Entries as renderers need them, without those whose row cannot be read."""
        return published_entries(self._connection, entries, base_url)

    def title(self, n: int) -> tuple[str, str]:
        """An entry's id and title."""
        row = self._connection.execute("SELECT id, title FROM entries WHERE n = ?", (n,)).fetchone()
        return (row["id"], row["title"]) if row else ("", "")

    def published(self, entries: Sequence[int], base_url: str) -> list[Published]:
        """Entries as renderers need them, in the order asked for."""
        return list(self.published_by_number(entries, base_url).values())

    def matching(self, query: Query, feed: Feed | None, limit: int | None) -> list[Match]:
        """Living entries that match a query, in feed order, newest first; only those of `feed` if one is given."""
        where, values = condition(query)
        visible, more = shown_condition(feed) if feed else ("1", ())
        for count in [each * limit for each in _WINDOWS] if limit else []:
            newest = self._newest(count)
            if newest is None:
                break
            since, first = newest
            window = f"{among_newer(where, first)} AND {visible} AND e.listed_us >= ?"
            found = self._first(window, (*values, *more, since), limit)
            if len(found) == limit:
                return found
        return self._first(f"{where} AND {visible}", (*values, *more), limit)

    def _newest(self, count: int) -> tuple[int, int] | None:
        """The place in feeds of the last of so many entries, and the lowest number of those of which no edit is
        indexed; None in a store that is hardly larger.

        An edited entry may have any number, for it takes a new place.
        """
        place = "SELECT listed_us FROM entries ORDER BY listed_us DESC LIMIT 1 OFFSET ?"
        if self._connection.execute(place, (_LARGER * count,)).fetchone() is None:
            return None
        since = self._connection.execute(place, (count,)).fetchone()[0]
        # +n: else SQLite would read all entries from the lowest number on until one is so new.
        first = self._connection.execute(
            f"SELECT coalesce(min(+n), 0) FROM entries AS e WHERE listed_us >= ? AND {edits_indexed('e.n')} = 0",
            (since,),
        ).fetchone()[0]
        return since, first

    def _first(self, where: str, values: Sequence[str | int], limit: int | None) -> list[Match]:
        """Living entries that meet a condition over FROM, in feed order."""
        # Of stories, only those that were found are asked about.
        rows = self._connection.execute(
            f"WITH found (n) AS MATERIALIZED (SELECT e.n FROM {FROM} WHERE e.deleted_us IS NULL AND {where}"
            " ORDER BY e.listed_us DESC, e.id LIMIT ?)"
            f" SELECT e.n, e.id, e.lead, coalesce(lead.id, linked.id) AS lead_id, {_LEADS} AS leads"
            " FROM found CROSS JOIN entries AS e ON e.n = found.n JOIN sources AS s ON s.n = e.source"
            " LEFT JOIN entries AS lead ON lead.n = e.lead"
            f" LEFT JOIN stories AS x ON x.entry = e.n AND {LINKED}"
            " LEFT JOIN entries AS linked ON linked.n = x.lead AND linked.deleted_us IS NULL"
            " ORDER BY e.listed_us DESC, e.id",
            (*values, -1 if limit is None else limit),
        ).fetchall()
        return [
            Match(row["n"], row["lead_id"] or (row["id"] if row["leads"] else ""), row["lead"] is not None)
            for row in rows
        ]

    def belongs(self, n: int, feed: Feed) -> bool:
        """Whether an entry may appear in a feed if the document is long enough."""
        where, values = shown_condition(feed)
        row = self._connection.execute(f"SELECT 1 FROM {FROM} WHERE e.n = ? AND {where}", (n, *values))
        return row.fetchone() is not None

    def number_of(self, uuid: str) -> tuple[int, bool] | None:
        """An entry's number by its page's UUID, and whether it is still public."""
        row = self._connection.execute(
            f"SELECT e.n, e.deleted_us, s.private FROM {FROM} WHERE e.uuid = ?",
            (uuid,),
        ).fetchone()
        if row is None or row["private"]:
            return None
        return row["n"], row["deleted_us"] is None

    def pages(self) -> list[str]:
        """UUIDs of all entries that have a page, in order of arrival."""
        rows = self._connection.execute(
            f"SELECT e.uuid FROM {FROM} WHERE e.deleted_us IS NULL AND s.private = 0 ORDER BY e.n"
        )
        return [row["uuid"] for row in rows]


def listed_of(row: sqlite3.Row) -> Listed:
    return Listed(row["n"], row["id"], from_us(row["updated_us"]), from_us(row["listed_us"]), row["change"])


def _follows(row: sqlite3.Row, listed_us: int, id_: str) -> bool:
    """Whether an entry comes after another one in feeds."""
    return (-row["listed_us"], row["id"]) > (-listed_us, id_)


def window(listed: Iterable[Listed], limit: int, span: timedelta, most: int = MAX_ENTRIES) -> list[Listed]:
    """The entries that a document contains. listed: those that it may contain, newest first; read as far as needed.

    At least `limit` if there are as many, and all within `span` of the newest one, but at most `most`. Counted from the
    newest entry, not from now, since the same store must give the same bytes at any time.
    """
    shown: list[Listed] = []
    for line in islice(listed, most):
        if len(shown) >= limit and shown[0].listed_at - line.listed_at > span:
            break
        shown.append(line)
    return shown
