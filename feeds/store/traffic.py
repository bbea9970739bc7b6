"""Requests for feeds, by day and in total, as `feeds.traffic.counts` counted them and the inbox handed them over."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace

from feeds.store.transaction import Transaction
from feeds.traffic.clients import OTHER
from feeds.traffic.counts import ALL, COLUMNS, DAYS, MOST_ROWS, Counts, Row, merge_rows, name_to_count

_TAKEN = "traffic_taken"
_NAMES = ", ".join(COLUMNS)
_MARKS = ", ".join("?" * len(COLUMNS))
_SUMS = ", ".join(f"{name} = {name} + excluded.{name}" for name in COLUMNS[:-1])


class Traffic:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def taken(self) -> int:
        """The newest batch of the inbox that is stored here."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (_TAKEN,)).fetchone()
        return int(row[0]) if row else 0

    def take(self, transaction: Transaction, batches: Iterable[tuple[int, Sequence[Row]]], today: int) -> None:
        """Adds the batches of the inbox, by number, that are not stored yet."""
        taken = self.taken()
        fresh = [(n, rows) for n, rows in batches if n > taken]
        if fresh:
            self.add(transaction, merge_rows(row for _, rows in fresh for row in rows), fresh[-1][0], today)

    def add(self, _: Transaction, rows: Sequence[Row], taken: int, today: int) -> None:
        """Adds what batches up to `taken` hold, and forgets what is too old."""
        self._connection.execute(
            "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (_TAKEN, str(max(taken, self.taken())))
        )
        kept = self._bounded([row for row in rows if row.day > today - DAYS])
        self._connection.executemany(
            f"INSERT INTO traffic (day, feed, client, {_NAMES}) VALUES (?, ?, ?, {_MARKS}) ON CONFLICT DO UPDATE SET"
            f" {_SUMS}, subscribers = max(subscribers, excluded.subscribers)",
            [(row.day, row.feed, row.client, *astuple(row.counts)) for row in kept],
        )
        self._connection.executemany(
            f"INSERT INTO traffic_totals (feed, {_NAMES}) VALUES (?, {_MARKS}) ON CONFLICT DO UPDATE SET {_SUMS}",
            [(row.feed, *astuple(row.counts)) for row in rows],
        )
        forgotten = self._connection.execute("DELETE FROM traffic WHERE day <= ?", (today - DAYS,)).rowcount
        if forgotten:
            # For feeds that nobody has asked for since, so that renamed ones do not pile up.
            self._connection.execute("DELETE FROM traffic_totals WHERE feed NOT IN (SELECT feed FROM traffic)")

    def _bounded(self, rows: Sequence[Row]) -> list[Row]:
        """The rows under the client names to store, bounded in number together with those already there."""
        there: dict[int, dict[str, set[str]]] = {}
        for day in {row.day for row in rows}:
            there[day] = {}
            for feed, client in self._connection.execute("SELECT feed, client FROM traffic WHERE day = ?", (day,)):
                there[day].setdefault(feed, set()).add(client)
        sizes = {day: sum(map(len, feeds.values())) for day, feeds in there.items()}
        found = []
        for row in rows:
            present = there[row.day].setdefault(row.feed, set())
            name = row.client
            if name not in present:
                name = name_to_count(name, present) if sizes[row.day] < MOST_ROWS else OTHER
                sizes[row.day] += name not in present
                present.add(name)
            found.append(replace(row, client=name))
        return found

    def since(self, day: int) -> list[Row]:
        """All rows from a day on."""
        rows = self._connection.execute(
            f"SELECT day, feed, client, {_NAMES} FROM traffic WHERE day >= ? ORDER BY day, feed, client", (day,)
        )
        return [Row(day, feed, client, Counts(*counts)) for day, feed, client, *counts in rows]

    def days(self, day: int) -> list[Row]:
        """All rows from a day on, with the clients of each day and feed summed up in one row."""
        sums = ", ".join(f"sum({name})" for name in COLUMNS[:-1])
        rows = self._connection.execute(
            f"SELECT day, feed, {sums} FROM traffic WHERE day >= ? GROUP BY day, feed ORDER BY day, feed", (day,)
        )
        return [Row(day, feed, ALL, Counts(*counts)) for day, feed, *counts in rows]

    def totals(self) -> dict[str, Counts]:
        """Totals since each feed was first asked for: they only grow."""
        rows = self._connection.execute(f"SELECT feed, {_NAMES} FROM traffic_totals")
        return {feed: Counts(*counts) for feed, *counts in rows}
