"""What is published: which entries a feed lists, kept fragments, and the bytes that the server answers."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds.codings import CODINGS, shortest_first
from feeds.dates import from_us, to_us
from feeds.model import Feed, Published, Representation, Tombstone
from feeds.selection import Query, window
from feeds.store.membership import FROM, members, renamed, shown
from feeds.store.rows import LINKED
from feeds.store.search import condition
from feeds.store.shown import published

# RFC 6721 gives no term. Counted back from the newest tombstone, since a document must not depend on the clock.
TOMBSTONES_FOR = timedelta(days=30)
MOST_TOMBSTONES = 500
# Whether living entries stand under one, or are linked with it.
_LEADS = (
    "(EXISTS (SELECT 1 FROM entries AS led WHERE led.lead = e.n AND led.deleted_us IS NULL)"
    " OR EXISTS (SELECT 1 FROM stories AS led_x JOIN entries AS led_e ON led_e.n = led_x.entry"
    " JOIN sources AS led_s ON led_s.n = led_e.source WHERE led_x.lead = e.n AND led_e.deleted_us IS NULL"
    f" AND {renamed(LINKED, 'led')}))"
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a feed: the entry's number, its place, and the change that its fragments must be as new as."""

    n: int
    listed_at: datetime
    change: int


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that was found, by its number.

    story: id of the entry that leads its story, which it is itself if others stand under it or are linked with it; ""
    if it stands alone. folded: it stands under that entry.
    """

    n: int
    story: str
    folded: bool


@dataclass(frozen=True, slots=True)
class FormerFeed:
    """title: "" unless it may be told."""

    slug: str
    title: str
    since: datetime


class Publications:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # Which entries

    def select(self, feed: Feed, span: timedelta) -> list[Listed]:
        """The entries of a feed's document, newest first (see `feeds.selection.window`)."""
        where, values = shown(feed)
        rows = self._connection.execute(
            f"SELECT e.n, e.listed_us, e.change FROM {FROM} WHERE {where} AND e.deleted_us IS NULL"
            " ORDER BY e.listed_us DESC, e.id LIMIT 500",
            values,
        ).fetchall()
        listed = [Listed(row["n"], from_us(row["listed_us"]), row["change"]) for row in rows]
        return listed[: window([line.listed_at for line in listed], feed.limit, span)]

    def listed(self, entries: Sequence[int]) -> list[Listed]:
        """Entries as lines of a feed, in the order asked for."""
        marks = ", ".join("?" * len(entries))
        query = f"SELECT n, listed_us, change FROM entries WHERE n IN ({marks})"
        rows = self._connection.execute(query, tuple(entries))
        lines = {row["n"]: Listed(row["n"], from_us(row["listed_us"]), row["change"]) for row in rows}
        return [lines[n] for n in entries]

    def tombstones(self, feed: Feed) -> list[Tombstone]:
        """Withdrawn entries of a feed, newest first, from the 30 days before its newest one."""
        where, values = members(feed)
        rows = self._connection.execute(
            f"SELECT e.id, e.deleted_us FROM {FROM} WHERE {where} AND e.deleted_us IS NOT NULL"
            " ORDER BY e.deleted_us DESC, e.id LIMIT ?",
            (*values, MOST_TOMBSTONES),
        ).fetchall()
        found = [Tombstone(row["id"], from_us(row["deleted_us"])) for row in rows]
        return [stone for stone in found if stone.deleted_at >= found[0].deleted_at - TOMBSTONES_FOR]

    def newest_change(self, entries: Sequence[int]) -> datetime | None:
        """The latest moment at which one of these entries changed or took its place in feeds.

        An entry that comes today with yesterday's date changes a feed today. The fraction of a place is no time.
        """
        marks = ", ".join("?" * len(entries))
        row = self._connection.execute(
            f"SELECT max(max(updated_us, listed_us / 1000000 * 1000000)) FROM entries WHERE n IN ({marks})",
            tuple(entries),
        ).fetchone()
        return from_us(row[0]) if row[0] is not None else None

    def published(self, entries: Sequence[int], base_url: str) -> list[Published]:
        """Entries as renderers need them, in the order asked for."""
        return published(self._connection, entries, base_url)

    def matching(self, query: Query, feed: Feed | None, limit: int | None) -> list[Match]:
        """Living entries that a query matches, newest in the feeds first; only those of a feed, if one is named."""
        where, values = condition(query)
        visible, more = shown(feed) if feed else ("1", ())
        # `condition` and `shown` speak of e and s.
        rows = self._connection.execute(
            f"SELECT e.n, e.id, e.lead, coalesce(lead.id, linked.id) AS lead_id, {_LEADS} AS leads"
            f" FROM {FROM} LEFT JOIN entries AS lead ON lead.n = e.lead"
            f" LEFT JOIN stories AS x ON x.entry = e.n AND {LINKED}"
            " LEFT JOIN entries AS linked ON linked.n = x.lead AND linked.deleted_us IS NULL"
            f" WHERE e.deleted_us IS NULL AND {where} AND {visible}"
            " ORDER BY e.listed_us DESC, e.id LIMIT ?",
            (*values, *more, -1 if limit is None else limit),
        ).fetchall()
        return [
            Match(row["n"], row["lead_id"] or (row["id"] if row["leads"] else ""), row["lead"] is not None)
            for row in rows
        ]

    def belongs(self, n: int, feed: Feed) -> bool:
        """Whether an entry may stand in a feed, were the document long enough."""
        where, values = shown(feed)
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

    # Which feeds

    def wanted(self) -> set[str]:
        """Slugs of feeds whose documents are kept fresh."""
        return {row[0] for row in self._connection.execute("SELECT slug FROM feeds")}

    def stale(self, feed: Feed, definition: str) -> bool:
        """Whether a feed's documents may differ from what they should be.

        Looks only at entries that changed since the documents were made: those listed in them, those that belong, and
        those that stand under the same lead as one that belongs.
        """
        row = self._connection.execute(
            "SELECT definition, seen_change FROM feeds WHERE slug = ?", (feed.slug,)
        ).fetchone()
        if row is None or row["definition"] != definition:
            return True
        seen = row["seen_change"]
        listed = self._connection.execute(
            "SELECT 1 FROM entries AS e JOIN feed_entries AS f ON f.entry = e.n AND f.feed = ?"
            " WHERE e.change > ? LIMIT 1",
            (feed.slug, seen),
        ).fetchone()
        if listed:
            return True
        where, values = members(feed)
        found = self._connection.execute(
            f"SELECT 1 FROM {FROM} WHERE e.change > ? AND {where} LIMIT 1",
            (seen, *values),
        ).fetchone()
        if found or feed.duplicates != "fold":
            return found is not None
        # Where the lead of a story is no member, the one of its copies that is shown may have changed places.
        found = self._connection.execute(
            "SELECT 1 FROM (SELECT other.n FROM entries AS copy CROSS JOIN entries AS other ON other.lead = copy.lead"
            " WHERE copy.change > ?) AS copies CROSS JOIN entries AS e ON e.n = copies.n CROSS JOIN sources AS s"
            f" ON s.n = e.source WHERE {where} LIMIT 1",
            (seen, *values),
        ).fetchone()
        return found is not None

    def saw(self, slugs: Iterable[str], change: int) -> None:
        """These feeds are fresh up to a change: the next look begins there. The caller holds the transaction."""
        self._connection.executemany(
            "UPDATE feeds SET seen_change = ? WHERE slug = ? AND seen_change < ?",
            [(change, slug, change) for slug in slugs],
        )

    def updated(self, slug: str) -> datetime | None:
        row = self._connection.execute("SELECT updated_us FROM feeds WHERE slug = ?", (slug,)).fetchone()
        return from_us(row[0]) if row else None

    def put(
        self,
        slug: str,
        definition: str,
        updated: datetime,
        change: int,
        entries: Iterable[int],
        representations: Iterable[Representation],
    ) -> None:
        """A feed's documents, all formats at once; the caller holds the transaction."""
        self._connection.execute(
            "INSERT INTO feeds (slug, definition, updated_us, seen_change) VALUES (?, ?, ?, ?) ON CONFLICT (slug) DO"
            " UPDATE SET definition = excluded.definition, updated_us = excluded.updated_us,"
            " seen_change = excluded.seen_change",
            (slug, definition, to_us(updated), change),
        )
        self._connection.execute("DELETE FROM feed_entries WHERE feed = ?", (slug,))
        self._connection.executemany(
            "INSERT INTO feed_entries (feed, entry) VALUES (?, ?)", [(slug, n) for n in entries]
        )
        self._connection.executemany(
            "INSERT OR REPLACE INTO representations"
            " (path, feed, media_type, body, etag, last_modified_us, max_age, br, gzip, zstd)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    item.path,
                    slug,
                    item.media_type,
                    item.body,
                    item.etag,
                    to_us(item.last_modified),
                    int(item.max_age.total_seconds()),
                    *(item.forms.get(coding, b"") for coding in CODINGS),
                )
                for item in representations
            ],
        )
        self._connection.execute("DELETE FROM former_feeds WHERE slug = ?", (slug,))

    def definition(self, slug: str) -> str:
        """What the feed's documents were made of when they were made last; "" if they were not."""
        row = self._connection.execute("SELECT definition FROM feeds WHERE slug = ?", (slug,)).fetchone()
        return str(row[0]) if row else ""

    def drop(self, titles: Mapping[str, str], now: datetime) -> None:
        """Feeds that are published no more: what may be told of them, by slug."""
        self._connection.executemany("DELETE FROM feeds WHERE slug = ?", [(slug,) for slug in titles])
        self._connection.executemany(
            "INSERT OR REPLACE INTO former_feeds (slug, title, since_us) VALUES (?, ?, ?)",
            [(slug, title, to_us(now)) for slug, title in titles.items()],
        )

    def former(self, slug: str) -> FormerFeed | None:
        """A feed that was published once and is no more."""
        row = self._connection.execute("SELECT * FROM former_feeds WHERE slug = ?", (slug,)).fetchone()
        return FormerFeed(row["slug"], row["title"], from_us(row["since_us"])) if row else None

    # Bytes

    def representation(self, path: str) -> Representation | None:
        row = self._connection.execute("SELECT * FROM representations WHERE path = ?", (path,)).fetchone()
        if row is None:
            return None
        return Representation(
            path=row["path"],
            media_type=row["media_type"],
            body=row["body"],
            etag=row["etag"],
            last_modified=from_us(row["last_modified_us"]),
            forms=shortest_first({coding: row[coding] for coding in CODINGS if row[coding]}),
            max_age=timedelta(seconds=row["max_age"]),
        )

    def validators(self, path: str) -> tuple[str, datetime, timedelta] | None:
        """ETag, Last-Modified and max-age of a document, without its bytes."""
        row = self._connection.execute(
            "SELECT etag, last_modified_us, max_age FROM representations WHERE path = ?", (path,)
        ).fetchone()
        if row is None:
            return None
        return row["etag"], from_us(row["last_modified_us"]), timedelta(seconds=row["max_age"])

    def fragments(self, keys: Mapping[int, str], format_: str) -> dict[int, bytes]:
        """Kept fragments that are still good: those whose key is as asked for, by the entry's number."""
        marks = ", ".join("?" * len(keys))
        rows = self._connection.execute(
            f"SELECT entry, key, body FROM fragments WHERE format = ? AND entry IN ({marks})",
            (format_, *keys),
        )
        return {row["entry"]: row["body"] for row in rows if keys[row["entry"]] == row["key"]}

    def keep_fragments(self, format_: str, fragments: Mapping[int, tuple[str, bytes]]) -> None:
        """fragments: (key, body) by the entry's number."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO fragments (entry, format, key, body) VALUES (?, ?, ?, ?)",
            [(n, format_, key, body) for n, (key, body) in fragments.items()],
        )
