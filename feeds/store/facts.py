"""Small facts about the whole home: a name and a text each."""

import sqlite3

SITE_ID = "site_id"
# When the store was made; microseconds, as all that ends in _US.
BORN_US = "born_us"
# "1" once the store has been published from. Before, a feed without entries would be no feed but a fault: a store that
# is being made again must not look empty to subscribers.
PUBLISHED = "published"
# When the last cycle ended, and when the next one is due.
CYCLE_US = "cycle_us"
CYCLE_DUE_US = "cycle_due_us"
# Of the feed whose slug follows: "1" if an operator released what the gate held back, until it is out.
ACCEPTED = "accepted:"
# Paths of seed files that are held back, as JSON, and "1" if an operator let them go.
SEEDS_HELD = "seeds_held"
SEEDS_ACCEPTED = "seeds_accepted"
# What OPML lists said when they were read last, as JSON.
OPML = "opml"
# The address under which hubs know us.
WEBSUB_BASE = "websub_base"


class Facts:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str:
        """An empty text if it is unknown."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def put(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))
