"""Stored moments, and what becomes of them after a clock that was ahead.

A machine whose clock was once ahead has written moments that have not come yet. Sources would not be asked before them,
entries would stay on top of every feed, and documents would have been modified in the future. Whether the clock is
right that says so is decided by the caller.
"""

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta

from feeds.store import facts
from feeds.store.changes import next_change
from feeds.store.facts import Facts
from feeds.store.transaction import Transaction
from feeds.text.dates import from_us, to_us

# Clocks are set back by moments all the time.
TOLERATED = timedelta(minutes=1)
_SECOND_US = 1_000_000
_DAY_US = 86_400 * _SECOND_US
# Days of which the last cycle is remembered.
_DAYS = 30

# Columns of what has happened, which cannot lie in the future.
PAST: Mapping[str, tuple[str, ...]] = {
    "archive_entries": ("deleted_us",),
    "archive_pages": ("modified_us",),
    "decisions": ("at_us",),
    "entries": ("published_us", "updated_us", "first_seen_us", "listed_us", "deleted_us", "hidden_us"),
    "feed_entries": ("updated_us",),
    "feeds": ("updated_us",),
    "former_feeds": ("since_us",),
    "health": ("at_us",),
    "held": ("since_us",),
    "hubs": ("pushed_us", "missed_us"),
    "pings": ("owed_us",),
    "representations": ("last_modified_us",),
    "revisions": ("recorded_us",),
    "seeds_missing": ("since_us",),
    "sources": ("last_success_us", "failing_since_us", "gone_since_us", "moved_since_us"),
    "subscribers": ("since_us", "delivered_us", "owed_us"),
}
# Columns of what is to be done, and when. Articles have dates of their own, so all files are read again.
DUE: Mapping[str, str] = {
    "hubs": "next_us",
    "pings": "next_us",
    "seed_files": "again_us",
    "sources": "next_poll_us",
    "subscribers": "next_us",
}
# Ends of terms. That one lasts longer for a clock's sake harms nobody: hubs are asked, which say their own.
TERMS: Mapping[str, str] = {
    "entries": "quiet_us",
    "hubs": "until_us",
    "prints": "until_us",
    "sources": "leased_us",
    "subscribers": "until_us",
}


class Moments:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._facts = Facts(connection)

    def newest(self) -> datetime:
        """The newest moment at which something happened here; 1970 in a new store."""
        row = self._connection.execute(
            "SELECT max(coalesce((SELECT CAST(value AS INTEGER) FROM facts WHERE name = ?), 0),"
            " coalesce((SELECT max(listed_us) FROM entries), 0),"
            " coalesce((SELECT max(last_success_us) FROM sources), 0))",
            (facts.CYCLE_US,),
        ).fetchone()
        return from_us(int(row[0]))

    def cycled_after(self, now: datetime) -> bool:
        """Whether the last cycle was later than that."""
        return int(self._facts.get(facts.CYCLE_US) or 0) > to_us(now + TOLERATED)

    def history(self) -> list[datetime]:
        """Moments at which something happened here, in no order: of each day the first and the last."""
        rows = self._connection.execute(
            "SELECT min(first_seen_us), max(first_seen_us) FROM entries GROUP BY first_seen_us / ?", (_DAY_US,)
        )
        return [from_us(us) for us in (*(us for row in rows for us in row), *self._days())]

    def note_day(self, transaction: Transaction, now: datetime) -> None:
        """Remembers a cycle of a clock that is right, as the last one of its day."""
        moment = to_us(now)
        days = [us for us in self._days() if us <= moment and us // _DAY_US != moment // _DAY_US]
        self._facts.put(transaction, facts.DAYS_US, json.dumps([*days, moment][-_DAYS:]))

    def _days(self) -> list[int]:
        return list(json.loads(self._facts.get(facts.DAYS_US) or "[]"))

    def make_due(self, transaction: Transaction, now: datetime, longest: timedelta) -> None:
        """Makes due what waits for a moment that only a clock that was ahead could think near.

        longest: how long a source may wait for its next poll; one that was polled by the wrong clock does not wait.
        """
        moment = to_us(now)
        self._connection.execute(
            "UPDATE sources SET next_poll_us = ?1 WHERE next_poll_us > ?1 + max(?2, poll_seconds * 1000000)"
            " OR next_poll_us > ?1 AND (last_success_us > ?1 OR failing_since_us > ?1)",
            (moment, longest // timedelta(microseconds=1)),
        )
        for table in ("hubs", "pings", "subscribers"):
            self._connection.execute(f"UPDATE {table} SET {DUE[table]} = ?1 WHERE {DUE[table]} > ?1", (moment,))
        self._connection.execute("UPDATE seed_files SET again_us = ?", (moment,))
        self._connection.execute(
            "UPDATE facts SET value = ?1 WHERE name IN (?2, ?3) AND CAST(value AS INTEGER) > ?1",
            (str(moment), facts.CYCLE_US, facts.CYCLE_DUE_US),
        )
        self._lower(transaction, "sources", moment)

    def set_back(self, transaction: Transaction, now: datetime, longest: timedelta) -> None:
        """Moves what has happened in the future to now, in its order, and makes due what waits for the future; see
        `make_due`. now: by a clock that is right, since what is moved cannot be moved back.
        """
        moment = to_us(now)
        self.make_due(transaction, now, longest)
        # The documents are made again, since what they say of their own age is wrong.
        self._connection.execute("UPDATE feeds SET definition = '' WHERE updated_us > ?", (moment,))
        # What an entry keeps of its source's feed holds when that was updated.
        origin = "origin <> '' AND json_extract(origin, '$[4]') > ?1"
        wrong = " OR ".join([*(f"{column} > ?1" for column in PAST["entries"]), f"({origin})"])
        self._connection.execute(
            f"UPDATE entries SET change = ?2 WHERE {wrong}", (moment, next_change(transaction, self._connection))
        )
        self._connection.execute(f"UPDATE entries SET origin = json_set(origin, '$[4]', ?1) WHERE {origin}", (moment,))
        for table in PAST:
            self._lower(transaction, table, moment)
        self._connection.execute(
            "UPDATE facts SET value = ?1 WHERE name = ?2 AND CAST(value AS INTEGER) > ?1",
            (str(moment), facts.BORN_US),
        )
        self._facts.put(transaction, facts.DAYS_US, json.dumps([us for us in self._days() if us <= moment]))

    def _lower(self, _: Transaction, table: str, moment: int) -> None:
        # The fraction of a second orders entries, or tells them apart.
        past = (moment // _SECOND_US - 1) * _SECOND_US
        for column in PAST[table]:
            self._connection.execute(
                f"UPDATE {table} SET {column} = ?1 + {column} % {_SECOND_US} WHERE {column} > ?2", (past, moment)
            )
