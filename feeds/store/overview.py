"""The store at a glance, for its operator: how much there is of what, in a few passes."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from feeds.text.dates import from_us, to_us
from feeds.traffic.counts import feed_of


@dataclass(frozen=True, slots=True)
class KeptDocuments:
    """A feed as it stands published. size: of its largest document, in bytes."""

    slug: str
    entries: int
    size: int
    updated: datetime


@dataclass(frozen=True, slots=True)
class HubNumbers:
    """subscribers: by slug of the feed. owed: how many of them wait for a delivery. failing: in vain so far."""

    subscribers: Mapping[str, int]
    owed: int
    failing: int


class StoreOverview:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def documents(self) -> dict[str, KeptDocuments]:
        """By slug: the feeds whose documents are kept."""
        rows = self._connection.execute(
            "SELECT slug, updated_us, coalesce(entries, 0) AS entries, coalesce(size, 0) AS size FROM feeds"
            " LEFT JOIN (SELECT feed, count(*) AS entries FROM feed_entries GROUP BY feed) AS e ON e.feed = slug"
            " LEFT JOIN (SELECT feed, max(length(body)) AS size FROM representations GROUP BY feed) AS r"
            " ON r.feed = slug"
        )
        return {
            row["slug"]: KeptDocuments(row["slug"], row["entries"], row["size"], from_us(row["updated_us"]))
            for row in rows
        }

    def entries(self) -> tuple[int, int]:
        """How many live, and how many are withdrawn."""
        row = self._connection.execute(
            "SELECT count(*), count(deleted_us) FROM entries"  # count(x) leaves NULL out
        ).fetchone()
        return row[0] - row[1], row[1]

    def hub(self, now: datetime) -> "HubNumbers":
        """Who is subscribed through our own hub."""
        rows = self._connection.execute(
            "SELECT path, count(*), count(owed_us), sum(tries > 0) FROM subscribers WHERE until_us > ? GROUP BY path",
            (to_us(now),),
        ).fetchall()
        feeds: dict[str, int] = {}
        for path, count, _, _ in rows:
            slug = feed_of(path)
            feeds[slug] = feeds.get(slug, 0) + count
        return HubNumbers(feeds, sum(row[2] for row in rows), sum(row[3] for row in rows))

    def told_at(self) -> dict[str, datetime]:
        """When each kind of thing was last told in health."""
        rows = self._connection.execute("SELECT kind, max(at_us) FROM health GROUP BY kind")
        return {kind: from_us(at) for kind, at in rows}
