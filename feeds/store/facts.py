"""Small facts about the whole home: a name and a text each."""

import sqlite3

from feeds.store.transaction import Transaction

SITE_ID = "site_id"
# When the store was made; microseconds, as for all names that end in _US.
BORN_US = "born_us"
# "1" once the store has been published from. Before that, a feed without entries means a fault, not an empty feed: a
# store that is being rebuilt must not look empty to subscribers.
PUBLISHED = "published"
# When the last cycle ended and when the next one is due, by the home's time; what the machine's clock said then.
CYCLE_US = "cycle_us"
CYCLE_DUE_US = "cycle_due_us"
CLOCK_US = "clock_us"
# The last cycle of each of the last days on which the clock was right, as JSON.
DAYS_US = "days_us"
# When the clocks of other servers last agreed with this machine's, and since when that is doubted, by itself.
CONFIRMED_US = "confirmed_us"
DOUBTED_US = "doubted_us"
# Followed by a feed's slug: "1" from when an operator released what the gate held back until it is published.
ACCEPTED = "accepted:"
# Paths of seed files that are held back, as JSON; "1" once an operator has released them.
SEEDS_HELD = "seeds_held"
SEEDS_ACCEPTED = "seeds_accepted"
# What OPML lists said when they were last read, as JSON.
OPML = "opml"
# How the copies in data/media were made.
MEDIA_VERSION = "media_version"
# The settings that limited fetches when a worker last started.
FETCH_LIMITS = "fetch_limits"
# The address under which hubs know us.
WEBSUB_BASE = "websub_base"


class Facts:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str:
        """The value of a fact; "" if it is unknown."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def put(self, _: Transaction, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))
