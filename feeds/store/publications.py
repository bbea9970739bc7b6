"""What is published: which entries a feed lists, kept fragments, and the bytes that the server answers."""

import re
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feeds.dates import from_us, to_us
from feeds.model import Entry, Feed, FeedKind, Published, Related, Representation, Source, SourceKind, Tombstone
from feeds.selection import Query, parse, window
from feeds.store.rows import LINKED, entry_of, origin_of, source_of
from feeds.store.search import condition
from feeds.text import plain, shorten
from feeds.urls import LOCAL

# RFC 6721 gives no term. Counted back from the newest tombstone, since a document must not depend on the clock.
TOMBSTONES_FOR = timedelta(days=30)
MOST_TOMBSTONES = 500
# Of a content that may not be published whole, this many characters are.
SUMMARY_LIMIT = 400

_FROM = "entries AS e JOIN sources AS s ON s.n = e.source"

_LIVING = "e.deleted_us IS NULL AND s.private = 0"
# What naming an entry takes.
_NAME = (
    "e.n, e.uuid, e.title, e.permalink, e.origin, e.first_seen_us, e.id, s.title AS source_title, s.own_title, s.slug"
)


def _renamed(where: str, prefix: str) -> str:
    """A condition over e, s and x, for others of these in the same query: prefix_e, prefix_s and prefix_x."""
    return re.sub(r"\b([esx])\.", rf"{prefix}_\1.", where)


# Whether living entries stand under one, or are linked with it.
_LEADS = (
    "(EXISTS (SELECT 1 FROM entries AS led WHERE led.lead = e.n AND led.deleted_us IS NULL)"
    " OR EXISTS (SELECT 1 FROM stories AS led_x JOIN entries AS led_e ON led_e.n = led_x.entry"
    " JOIN sources AS led_s ON led_s.n = led_e.source WHERE led_x.lead = e.n AND led_e.deleted_us IS NULL"
    f" AND {_renamed(LINKED, 'led')}))"
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


class Publications:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # Which entries

    def select(self, feed: Feed, span: timedelta) -> list[Listed]:
        """The entries of a feed's document, newest first (see `feeds.selection.window`)."""
        where, values = _shown(feed)
        rows = self._connection.execute(
            f"SELECT e.n, e.listed_us, e.change FROM {_FROM} WHERE {where} AND e.deleted_us IS NULL"
            " ORDER BY e.listed_us DESC, e.id LIMIT 500",
            values,
        ).fetchall()
        listed = [Listed(row["n"], from_us(row["listed_us"]), row["change"]) for row in rows]
        return listed[: window([line.listed_at for line in listed], feed.limit, span)]

    def tombstones(self, feed: Feed) -> list[Tombstone]:
        """Withdrawn entries of a feed, newest first, from the 30 days before its newest one."""
        where, values = _members(feed)
        rows = self._connection.execute(
            f"SELECT e.id, e.deleted_us FROM {_FROM} WHERE {where} AND e.deleted_us IS NOT NULL"
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
        marks = ", ".join("?" * len(entries))
        rows = self._connection.execute(
            "SELECT e.*, s.key AS source_key FROM entries AS e JOIN sources AS s ON s.n = e.source"
            f" WHERE e.n IN ({marks})",
            tuple(entries),
        ).fetchall()
        sources = {
            row["n"]: source_of(row)
            for row in self._connection.execute(
                f"SELECT * FROM sources WHERE n IN (SELECT source FROM entries WHERE n IN ({marks}))", tuple(entries)
            )
        }
        related = self._related(entries, base_url)
        lent = self._lent({row["n"]: row["lender"] for row in rows if row["lender"] is not None}, base_url)
        by_number = {}
        for row in rows:
            source = sources[row["source"]]
            entry = _located(entry_of(row), source, base_url)
            lender, content = lent.get(row["n"], (None, "")) if _whole(source) else (None, "")
            by_number[row["n"]] = Published(
                entry=replace(entry, content=content) if lender else _as_allowed(entry, source),
                page=f"{base_url}/entries/{row['uuid']}",
                source=source,
                listed_at=from_us(row["listed_us"]),
                revision=row["revision"],
                related=tuple(related.get(row["n"], ())),
                lender=lender,
            )
        return [by_number[n] for n in entries if n in by_number]

    def _related(self, entries: Sequence[int], base_url: str) -> dict[int, list[Related]]:
        """What entries name of their stories, the first to come first, by the number of the entry that names.

        A lead names what stands under it or is linked with it; what stands under it names the lead; a linked seed names
        all of the story.
        """
        marks = ", ".join("?" * len(entries))
        leads = self._connection.execute(
            f"SELECT e.n AS entry, e.lead, 0 AS linked FROM entries AS e WHERE e.n IN ({marks}) AND e.lead IS NOT NULL"
            f" UNION ALL SELECT e.n, x.lead, 1 FROM {_FROM} JOIN stories AS x ON x.entry = e.n"
            f" WHERE e.n IN ({marks}) AND {LINKED}",
            (*entries, *entries),
        ).fetchall()
        named = {row["n"]: row for row in self._named({row["lead"] for row in leads})}
        led: dict[int, list[sqlite3.Row]] = {}
        for row in self._led({*entries, *(row["lead"] for row in leads if row["linked"])}):
            led.setdefault(row["leader"], []).append(row)
        found = {n: [*led[n]] for n in entries if n in led}
        for row in leads:
            others = [named[row["lead"]]] if row["lead"] in named else []
            if row["linked"]:
                others += [other for other in led.get(row["lead"], ()) if other["n"] != row["entry"]]
            found.setdefault(row["entry"], []).extend(others)
        return {n: _each_once(rows, base_url) for n, rows in found.items()}

    def _named(self, entries: Collection[int]) -> list[sqlite3.Row]:
        marks = ", ".join("?" * len(entries))
        return self._connection.execute(
            f"SELECT {_NAME} FROM {_FROM} WHERE e.n IN ({marks}) AND {_LIVING}", tuple(entries)
        ).fetchall()

    def _led(self, leads: Collection[int]) -> list[sqlite3.Row]:
        """What stands under leads, and what is linked with them: `leader`, and what naming it takes."""
        marks = ", ".join("?" * len(leads))
        return self._connection.execute(
            f"SELECT e.lead AS leader, {_NAME} FROM {_FROM} WHERE e.lead IN ({marks}) AND {_LIVING} UNION ALL"
            f" SELECT x.lead, {_NAME} FROM stories AS x JOIN entries AS e ON e.n = x.entry"
            f" JOIN sources AS s ON s.n = e.source WHERE x.lead IN ({marks}) AND {LINKED} AND {_LIVING}",
            (*leads, *leads),
        ).fetchall()

    def _lent(self, lenders: Mapping[int, int], base_url: str) -> dict[int, tuple[Related, str]]:
        """Who lends its text to an entry, and that text, by the borrower's number. lenders: numbers, by the same.

        Only a public source whose texts are published whole lends one.
        """
        if not lenders:
            return {}
        marks = ", ".join("?" * len(lenders))
        rows = self._connection.execute(
            f"SELECT {_NAME}, e.content, s.kind FROM {_FROM} WHERE e.n IN ({marks}) AND {_LIVING}"
            " AND (s.content = 'full' OR s.kind = 'seeds') AND e.content <> ''",
            tuple(lenders.values()),
        ).fetchall()
        # Only a seed's text refers to files of this home.
        found = {
            row["n"]: (
                _name(row, base_url),
                _here(row["content"], base_url) if row["kind"] == SourceKind.SEEDS else row["content"],
            )
            for row in rows
        }
        return {n: found[lender] for n, lender in lenders.items() if lender in found}

    def matching(self, query: Query, feed: Feed | None, limit: int | None) -> list[Match]:
        """Living entries that a query matches, newest in the feeds first; only those of a feed, if one is named."""
        where, values = condition(query)
        shown, more = _shown(feed) if feed else ("1", ())
        # `condition` and `_shown` speak of e and s.
        rows = self._connection.execute(
            f"SELECT e.n, e.id, e.lead, coalesce(lead.id, linked.id) AS lead_id, {_LEADS} AS leads"
            f" FROM {_FROM} LEFT JOIN entries AS lead ON lead.n = e.lead"
            f" LEFT JOIN stories AS x ON x.entry = e.n AND {LINKED}"
            " LEFT JOIN entries AS linked ON linked.n = x.lead AND linked.deleted_us IS NULL"
            f" WHERE e.deleted_us IS NULL AND {where} AND {shown}"
            " ORDER BY e.listed_us DESC, e.id LIMIT ?",
            (*values, *more, -1 if limit is None else limit),
        ).fetchall()
        return [
            Match(row["n"], row["lead_id"] or (row["id"] if row["leads"] else ""), row["lead"] is not None)
            for row in rows
        ]

    def belongs(self, n: int, feed: Feed) -> bool:
        """Whether an entry may stand in a feed, were the document long enough."""
        where, values = _shown(feed)
        row = self._connection.execute(f"SELECT 1 FROM {_FROM} WHERE e.n = ? AND {where}", (n, *values))
        return row.fetchone() is not None

    def number_of(self, uuid: str) -> tuple[int, bool] | None:
        """An entry's number by its page's UUID, and whether it is still public."""
        row = self._connection.execute(
            f"SELECT e.n, e.deleted_us, s.private FROM {_FROM} WHERE e.uuid = ?",
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
        where, values = _members(feed)
        found = self._connection.execute(
            f"SELECT 1 FROM {_FROM} WHERE e.change > ? AND {where} LIMIT 1",
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
            "INSERT OR REPLACE INTO representations (path, feed, media_type, body, gzip, etag, last_modified_us)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (item.path, slug, item.media_type, item.body, item.gzip, item.etag, to_us(item.last_modified))
                for item in representations
            ],
        )

    def drop(self, slugs: Iterable[str]) -> None:
        """Feeds that are published no more."""
        self._connection.executemany("DELETE FROM feeds WHERE slug = ?", [(slug,) for slug in slugs])

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
            gzip=row["gzip"],
        )

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


def _name(row: sqlite3.Row, base_url: str) -> Related:
    """An entry as others name it: by its outlet, and where it was published first; a seed has a page here at least."""
    origin = origin_of(row["origin"])
    outlet = (origin.title if origin else "") or row["source_title"] or row["own_title"] or row["slug"]
    return Related(row["title"], row["permalink"] or f"{base_url}/entries/{row['uuid']}", outlet)


def _each_once(rows: Iterable[sqlite3.Row], base_url: str) -> list[Related]:
    """The first of each outlet and address, in the order in which they came."""
    ordered = sorted(rows, key=lambda row: (row["first_seen_us"], row["id"]))
    names = [_name(row, base_url) for row in ordered]
    first: dict[tuple[str, str], Related] = {}
    for name in names:
        first.setdefault((name.source, name.url), name)
    return list(first.values())


def _located(entry: Entry, source: Source, base_url: str) -> Entry:
    """The entry with its own files and links where this home is now."""
    if source.kind is not SourceKind.SEEDS or not any(
        LOCAL in text for text in (entry.content, entry.image, *(enclosure.url for enclosure in entry.enclosures))
    ):
        return entry
    return replace(
        entry,
        content=_here(entry.content, base_url),
        image=_here(entry.image, base_url),
        enclosures=tuple(replace(enclosure, url=_here(enclosure.url, base_url)) for enclosure in entry.enclosures),
    )


def _here(text: str, base_url: str) -> str:
    return text.replace(f"{LOCAL}/", f"{base_url}/")


def _whole(source: Source) -> bool:
    """Whether its entries are published with all of their text."""
    return source.kind is SourceKind.SEEDS or source.content == "full"


def _as_allowed(entry: Entry, source: Source) -> Entry:
    """As much of an external entry as its source's `content` lets out."""
    if _whole(source):
        return entry
    summary = entry.summary or shorten(plain(entry.content), SUMMARY_LIMIT)
    return replace(entry, content="", summary=summary if source.content == "summary" else "")


def _shown(feed: Feed) -> tuple[str, tuple[str | int, ...]]:
    """Which entries a feed shows: of a story its lead, if that is a living member, else the first to come of those that
    stand under it and are.
    """
    where, values = _members(feed)
    if feed.duplicates != "fold":
        return where, values
    # CROSS JOIN: the few of the story first, never all that are members.
    return (
        f"{where} AND (e.lead IS NULL OR NOT EXISTS (SELECT 1 FROM (SELECT e.lead AS n UNION ALL"
        " SELECT copy.n FROM entries AS copy WHERE copy.lead = e.lead"
        " AND (copy.first_seen_us, copy.n) < (e.first_seen_us, e.n)) AS earlier"
        " CROSS JOIN entries AS before_e ON before_e.n = earlier.n CROSS JOIN sources AS before_s"
        f" ON before_s.n = before_e.source WHERE before_e.deleted_us IS NULL AND {_renamed(where, 'before')}))",
        (*values, *values),
    )


def _members(feed: Feed) -> tuple[str, tuple[str | int, ...]]:
    """Which entries belong to a feed, whether folded or withdrawn or not, as a condition over `_FROM`."""
    public = "s.private = 0 AND e.shared = 1"
    match feed.kind:
        case FeedKind.ALL:
            return public, ()
        case FeedKind.SEEDS:
            # By the source's number, which has an index, not by its kind.
            return "e.source = (SELECT n FROM sources WHERE kind = 'seeds')", ()
        case FeedKind.SOURCE:
            return "s.private = 0 AND e.source = (SELECT n FROM sources WHERE slug = ?)", (feed.value,)
        case FeedKind.CATEGORY:
            return (
                f"{public} AND (e.n IN (SELECT entry FROM entry_categories WHERE slug = ?)"
                " OR e.source IN (SELECT source FROM source_categories WHERE slug = ?))",
                (feed.value, feed.value),
            )
        case FeedKind.LANG:
            return f"{public} AND e.lang = ?", (feed.value,)
        case FeedKind.QUERY:
            where, values = condition(parse(feed.value))
            return f"e.shared = 1 AND {where}", values
