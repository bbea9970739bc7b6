"""Published feeds: which documents are stale, what they last contained, and which are held back."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from feeds.automatic import automatic_slug
from feeds.model import Feed, FeedKind, Representation
from feeds.store.membership import FROM, FROM_CHANGED, members, shown_condition
from feeds.store.transaction import Transaction
from feeds.text.dates import from_us, to_us

# A client whose copy is more versions old than this gets the whole document.
KEPT_VERSIONS = 200


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as a feed's documents contain it. digest: of its fragments in all formats, hex."""

    n: int
    id: str
    updated: datetime
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of a feed's documents. change: the newest change that it includes."""

    version: int
    change: int


@dataclass(frozen=True, slots=True)
class FormerFeed:
    """A feed that is no longer published. title: "" if it must not be disclosed."""

    slug: str
    title: str
    since: datetime


class PublishedFeeds:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # Which feeds are stale

    def wanted(self) -> set[str]:
        """Slugs of feeds whose documents are kept fresh."""
        return {row[0] for row in self._connection.execute("SELECT slug FROM feeds")}

    def definitions(self) -> dict[str, str]:
        """What each feed's documents were made from apart from entries, by slug; "" before there are any."""
        return dict(self._connection.execute("SELECT slug, definition FROM feeds").fetchall())

    def touched(self) -> set[str]:
        """Slugs of automatic feeds to which recently changed entries belong, and of feeds that contained them before.

        Derived from the changed entries alone: each names its source, categories and language. "" stands for a change
        that may affect a query.
        """
        # unlikely: SQLite cannot know that few entries are so new, and would rather read all of them.
        since = self._connection.execute(
            "SELECT min(seen_change) FROM feeds WHERE slug NOT IN (SELECT feed FROM held)"
        ).fetchone()[0]
        rows = self._connection.execute(
            """
WITH changed (n) AS MATERIALIZED (SELECT n FROM entries WHERE unlikely(change > ?1)),
  concerned (n) AS MATERIALIZED (
    SELECT n FROM changed
    UNION SELECT other.n FROM changed CROSS JOIN entries AS copy ON copy.n = changed.n
      CROSS JOIN entries AS other ON other.lead = copy.lead
  )
SELECT 'archived' AS kind, a.feed AS value FROM changed CROSS JOIN archive_entries AS a ON a.entry = changed.n
UNION SELECT s.kind, s.slug FROM concerned CROSS JOIN entries AS e ON e.n = concerned.n
  JOIN sources AS s ON s.n = e.source
UNION SELECT 'lang', e.lang FROM concerned CROSS JOIN entries AS e ON e.n = concerned.n
UNION SELECT 'category', c.slug FROM concerned CROSS JOIN entry_categories AS c ON c.entry = concerned.n
UNION SELECT 'category', c.slug FROM concerned CROSS JOIN entries AS e ON e.n = concerned.n
  JOIN source_categories AS c ON c.source = e.source""",
            (since if since is not None else -1,),
        ).fetchall()
        found = {row["value"] for row in rows if row["kind"] == "archived"}
        for row in rows:
            match row["kind"]:
                case "seeds":
                    found.add(FeedKind.SEEDS.value)
                case "feed":
                    found.add(automatic_slug(FeedKind.SOURCE, row["value"]))
                case "lang" | "category":
                    found.add(automatic_slug(FeedKind(row["kind"]), row["value"]))
        return found | {FeedKind.ALL.value, ""} if rows else found

    def stale(self, feed: Feed, definition: str) -> bool:
        """Whether a feed's documents may differ from what they should be."""
        row = self._connection.execute("SELECT definition FROM feeds WHERE slug = ?", (feed.slug,)).fetchone()
        return row is None or row["definition"] != definition or self.moved(feed)

    def moved(self, feed: Feed, *, announced: bool = False) -> bool:
        """Whether an entry changed that the feed's documents contain or should contain; False if there are no documents
        yet. announced: only changes that subscribers are told of.

        Looks only at entries that changed since the documents were made: those once published in them, those that
        belong to the feed, and those that share a lead with one that belongs.
        """
        row = self._connection.execute("SELECT seen_change FROM feeds WHERE slug = ?", (feed.slug,)).fetchone()
        if row is None:
            return False
        seen = row["seen_change"]
        of_change = " AND {}.change <> {}.quiet_change" if announced else ""
        archived = self._connection.execute(
            "SELECT 1 FROM entries AS e CROSS JOIN archive_entries AS a ON a.entry = e.n AND a.feed = ?"
            f" WHERE unlikely(e.change > ?){of_change.format('e', 'e')} LIMIT 1",
            (feed.slug, seen),
        ).fetchone()
        if archived:
            return True
        where, values = members(feed)
        found = self._connection.execute(
            f"SELECT 1 FROM {FROM_CHANGED} WHERE e.change > ?{of_change.format('e', 'e')} AND {where} LIMIT 1",
            (seen, *values),
        ).fetchone()
        if found or feed.duplicates != "fold":
            return found is not None
        # If the lead of a story is not a member, another of its copies may now be the one that is shown.
        found = self._connection.execute(
            "SELECT 1 FROM (SELECT other.n FROM entries AS copy CROSS JOIN entries AS other ON other.lead = copy.lead"
            f" WHERE unlikely(copy.change > ?){of_change.format('copy', 'copy')}) AS copies CROSS JOIN entries AS e"
            f" ON e.n = copies.n CROSS JOIN sources AS s ON s.n = e.source WHERE {where} LIMIT 1",
            (seen, *values),
        ).fetchone()
        return found is not None

    def note_seen(self, _: Transaction, slugs: Iterable[str], change: int) -> None:
        """These feeds are fresh up to a change: the next look begins there."""
        self._connection.executemany(
            "UPDATE feeds SET seen_change = ? WHERE slug = ? AND seen_change < ?",
            [(change, slug, change) for slug in slugs],
        )

    def updated(self, slug: str) -> datetime | None:
        row = self._connection.execute("SELECT updated_us FROM feeds WHERE slug = ?", (slug,)).fetchone()
        return from_us(row[0]) if row and row[0] else None

    def begin(self, _: Transaction, slug: str, definition: str) -> int:
        """The change up to which a feed's documents are fresh; -1 if they are new or were made with other settings."""
        self._connection.execute(
            "INSERT OR IGNORE INTO feeds (slug, definition, updated_us, seen_change) VALUES (?, '', 0, -1)", (slug,)
        )
        row = self._connection.execute("SELECT definition, seen_change FROM feeds WHERE slug = ?", (slug,)).fetchone()
        return int(row["seen_change"]) if row["definition"] == definition else -1

    # What they contain

    def lines(self, slug: str) -> dict[int, Line]:
        """What a feed's documents contain, by the entry's number."""
        rows = self._connection.execute(
            "SELECT entry, id, updated_us, digest FROM feed_entries WHERE feed = ?", (slug,)
        )
        return {row["entry"]: Line(row["entry"], row["id"], from_us(row["updated_us"]), row["digest"]) for row in rows}

    def unexplained(self, feed: Feed, definition: str, lost: Collection[int]) -> int:
        """How many of the entries that a feed's documents would lose are lost for no known reason.

        An entry that was withdrawn, hidden, folded or edited has changed since; new settings make another definition;
        an entry that gave way to newer ones still belongs to the feed.
        """
        row = self._connection.execute(
            "SELECT definition, seen_change FROM feeds WHERE slug = ?", (feed.slug,)
        ).fetchone()
        if row is None or not lost:
            return 0
        marks = ", ".join("?" * len(lost))
        there = self._connection.execute(
            f"SELECT n, change, deleted_us FROM entries WHERE n IN ({marks})", tuple(lost)
        ).fetchall()
        count = len(lost) - len(there)
        quiet = [one["n"] for one in there if one["change"] <= row["seen_change"] and one["deleted_us"] is None]
        if not quiet or row["definition"] != definition:
            return count
        where, values = shown_condition(feed)
        marks = ", ".join("?" * len(quiet))
        still = self._connection.execute(
            f"SELECT count(*) FROM {FROM} WHERE e.n IN ({marks}) AND {where}", (*quiet, *values)
        ).fetchone()
        return count + len(quiet) - int(still[0])

    def put(
        self,
        _: Transaction,
        slug: str,
        definition: str,
        updated: datetime,
        change: int,
        before: Mapping[int, Line],
        lines: Sequence[Line],
        representations: Sequence[Representation],
        tags: Mapping[str, str],
    ) -> None:
        """A feed's documents. before: its lines until now. representations: those whose bytes are new. tags: the ETag
        of every format, by its suffix.
        """
        row = self._connection.execute("SELECT version FROM feeds WHERE slug = ?", (slug,)).fetchone()
        version = (row["version"] if row else 0) + bool(representations)
        self._connection.execute(
            "INSERT INTO feeds (slug, definition, updated_us, seen_change, version) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (slug) DO UPDATE SET definition = excluded.definition, updated_us = excluded.updated_us,"
            " seen_change = excluded.seen_change, version = excluded.version",
            (slug, definition, to_us(updated), change, version),
        )
        self._connection.execute("DELETE FROM held WHERE feed = ?", (slug,))
        left = before.keys() - {line.n for line in lines}
        self._connection.executemany(
            "DELETE FROM feed_entries WHERE feed = ? AND entry = ?", [(slug, entry) for entry in left]
        )
        self._connection.executemany(
            "INSERT INTO feed_entries (feed, entry, id, updated_us, digest, version) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (feed, entry) DO UPDATE SET id = excluded.id, updated_us = excluded.updated_us,"
            " version = CASE digest WHEN excluded.digest THEN version ELSE excluded.version END,"
            " digest = excluded.digest",
            [
                (slug, line.n, line.id, to_us(line.updated), line.digest, version)
                for line in lines
                if line != before.get(line.n)
            ],
        )
        noted = self._connection.execute(
            "INSERT OR REPLACE INTO feed_departures (feed, entry, version)"
            " SELECT ?, n, ? FROM entries WHERE n IN (SELECT value FROM json_each(?))",
            (slug, version, json.dumps(sorted(left))),
        ).rowcount
        if noted < len(left):
            # A row was lost, by a hand or a damage. What left with it cannot be said, so no delta reaches across.
            self._connection.execute("DELETE FROM feed_versions WHERE feed = ?", (slug,))
        self._connection.executemany(
            "INSERT OR REPLACE INTO feed_versions (feed, format, etag, version, change) VALUES (?, ?, ?, ?, ?)",
            [(slug, suffix, tag, version, change) for suffix, tag in tags.items()],
        )
        for table in ("feed_versions", "feed_departures"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE feed = ? AND version <= ?", (slug, version - KEPT_VERSIONS)
            )
        self._connection.executemany(
            "INSERT OR REPLACE INTO representations"
            " (path, feed, media_type, body, etag, last_modified_us, max_age) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    item.path,
                    slug,
                    item.media_type,
                    item.body,
                    item.etag,
                    to_us(item.last_modified),
                    int(item.max_age.total_seconds()),
                )
                for item in representations
            ],
        )
        self._connection.execute("DELETE FROM former_feeds WHERE slug = ?", (slug,))

    def drop(self, _: Transaction, titles: Mapping[str, str], now: datetime) -> None:
        """Removes feeds that are no longer published. titles: what may be disclosed of them, by slug."""
        gone = [(slug,) for slug in titles]
        self._connection.executemany("DELETE FROM feeds WHERE slug = ?", gone)
        self._connection.executemany("DELETE FROM held WHERE feed = ?", gone)
        self._connection.executemany(
            "INSERT OR REPLACE INTO former_feeds (slug, title, since_us) VALUES (?, ?, ?)",
            [(slug, title, to_us(now)) for slug, title in titles.items()],
        )

    def former(self, slug: str) -> FormerFeed | None:
        """A feed that was once published and no longer is."""
        row = self._connection.execute("SELECT * FROM former_feeds WHERE slug = ?", (slug,)).fetchone()
        return FormerFeed(row["slug"], row["title"], from_us(row["since_us"])) if row else None

    # Versions

    def edition(self, slug: str, suffix: str, tag: str) -> Edition | None:
        """The version of a feed's documents that had this ETag; None if it is no longer known."""
        row = self._connection.execute(
            "SELECT version, change FROM feed_versions WHERE feed = ? AND format = ? AND etag = ?", (slug, suffix, tag)
        ).fetchone()
        return Edition(row["version"], row["change"]) if row else None

    # Held back

    def hold(self, _: Transaction, slug: str, reason: str, now: datetime) -> bool:
        """The last good documents of a feed stay; True if that is news."""
        row = self._connection.execute("SELECT reason FROM held WHERE feed = ?", (slug,)).fetchone()
        if row and row["reason"] == reason:
            return False
        self._connection.execute(
            "INSERT INTO held (feed, reason, since_us) VALUES (?, ?, ?) ON CONFLICT (feed) DO UPDATE SET reason = ?",
            (slug, reason, to_us(now), reason),
        )
        return row is None

    def held(self) -> dict[str, tuple[str, datetime]]:
        """Why and since when feeds keep their last good documents, by slug."""
        rows = self._connection.execute("SELECT feed, reason, since_us FROM held ORDER BY feed")
        return {row["feed"]: (row["reason"], from_us(row["since_us"])) for row in rows}
