"""The store at a glance, for its operator: the numbers of each thing, in a few queries."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from feeds.text.dates import from_us, to_us
from feeds.traffic.counts import feed_of


@dataclass(frozen=True, slots=True)
class KeptDocuments:
    """A feed as published. size: of its largest document, in bytes."""

    slug: str
    entries: int
    size: int
    updated: datetime


@dataclass(frozen=True, slots=True)
class HubNumbers:
    """Our own hub. subscribers: by slug of the feed. owed: how many wait for a delivery. failing: how many of these
    failed before.
    """

    subscribers: Mapping[str, int]
    owed: int
    failing: int


class StoreOverview:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def documents(self) -> dict[str, KeptDocuments]:
        """The feeds whose documents are kept, by slug."""
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
        """The numbers of living and of withdrawn entries."""
        row = self._connection.execute(
            "SELECT count(*), count(deleted_us) FROM entries"  # count(x) leaves NULL out
        ).fetchone()
        return row[0] - row[1], row[1]

    def hub(self, now: datetime) -> "HubNumbers":
        """The subscribers of our own hub."""
        rows = self._connection.execute(
            "SELECT path, count(*), count(owed_us), sum(tries > 0) FROM subscribers WHERE until_us > ? GROUP BY path",
            (to_us(now),),
        ).fetchall()
        feeds: dict[str, int] = {}
        for path, count, _, _ in rows:
            slug = feed_of(path)
            feeds[slug] = feeds.get(slug, 0) + count
        return HubNumbers(feeds, sum(row[2] for row in rows), sum(row[3] for row in rows))

    def last_reported(self) -> dict[str, datetime]:
        """When each kind of event was last reported in the health log."""
        rows = self._connection.execute("SELECT kind, max(at_us) FROM health GROUP BY kind")
        return {kind: from_us(at) for kind, at in rows}
