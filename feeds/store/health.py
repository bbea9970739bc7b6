"""What happened to sources and seed files, oldest first; `worker.health.events` has the rules of what is reported."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime

from feeds.model import HealthEvent, HealthKind
from feeds.store.transaction import Transaction
from feeds.text.dates import from_us, to_us

SEED = "seed:"

Reported = Mapping[HealthKind, HealthEvent]

# The newest event of each kind of each subject: the rules learn from these what has been reported.
_NEWEST = "SELECT max(n) FROM health GROUP BY subject, kind"


class HealthLog:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, _: Transaction, events: Iterable[HealthEvent]) -> None:
        self._connection.executemany(
            "INSERT INTO health (at_us, subject, kind, title, text, link) VALUES (?, ?, ?, ?, ?, ?)",
            [(to_us(one.at), one.subject, one.kind.value, one.title, one.text, one.link) for one in events],
        )

    def newest_of(self, subjects: Iterable[str]) -> dict[str, Reported]:
        """The newest event of each kind, by subject; subjects without events are left out."""
        rows = self._connection.execute(
            "SELECT * FROM health WHERE subject IN (SELECT value FROM json_each(?)) ORDER BY at_us, n",
            (json.dumps(list(subjects)),),
        )
        return _by_subject(rows)

    def newest_of_seeds(self) -> dict[str, Reported]:
        """The newest event of each kind, by path."""
        rows = self._connection.execute(
            "SELECT * FROM health WHERE subject >= ? AND subject < ? ORDER BY at_us, n", (SEED, SEED[:-1] + ";")
        )
        return {subject.removeprefix(SEED): told for subject, told in _by_subject(rows).items()}

    def newest(self, limit: int) -> list[HealthEvent]:
        """The newest events, newest first."""
        rows = self._connection.execute("SELECT * FROM health ORDER BY at_us DESC, n DESC LIMIT ?", (limit,))
        return [_event(row) for row in rows]

    def unsent(self, kinds: Iterable[HealthKind], since: datetime, limit: int) -> list[tuple[int, HealthEvent]]:
        """Events that were not sent to worker.webhook yet, with their numbers, oldest first."""
        wanted = json.dumps([kind.value for kind in kinds])
        rows = self._connection.execute(
            "SELECT * FROM health WHERE sent = 0 AND at_us >= ? AND kind IN (SELECT value FROM json_each(?))"
            " ORDER BY n LIMIT ?",
            (to_us(since), wanted, limit),
        )
        return [(row["n"], _event(row)) for row in rows]

    def mark_sent(self, _: Transaction, numbers: Iterable[int]) -> None:
        self._connection.executemany("UPDATE health SET sent = 1 WHERE n = ?", [(n,) for n in numbers])

    def sweep(self, _: Transaction, before: datetime) -> None:
        """Removes older events, except the newest of each kind of each subject: these record what has been reported."""
        self._connection.execute(f"DELETE FROM health WHERE at_us < ? AND n NOT IN ({_NEWEST})", (to_us(before),))

    def moments(self, limit: int, since: datetime) -> dict[str, list[datetime]]:
        """When sources that can be read published, by key: their newest entries' places in feeds, newest first. Only of
        those without a place since a moment, or that were reported silent.
        """
        rows = self._connection.execute(
            "SELECT key, (SELECT json_group_array(listed_us) FROM"
            " (SELECT listed_us FROM entries WHERE source = s.n ORDER BY listed_us DESC LIMIT ?)) AS moments"
            " FROM sources AS s WHERE active = 1 AND kind = 'feed' AND status = 'ok'"
            " AND ((SELECT max(listed_us) FROM entries WHERE source = s.n) <= ?"
            " OR EXISTS (SELECT 1 FROM health WHERE subject = s.key AND kind = ?))",
            (limit, to_us(since), HealthKind.SILENT.value),
        )
        return {row["key"]: sorted(map(from_us, json.loads(row["moments"])), reverse=True) for row in rows}

    def is_followed_before(self, key: str, moment: datetime) -> bool:
        """Whether any entry of a source came in before a moment; reads them from the oldest on until there is one."""
        row = self._connection.execute(
            "SELECT 1 FROM entries WHERE source = (SELECT n FROM sources WHERE key = ?) AND first_seen_us < ?"
            " ORDER BY listed_us LIMIT 1",
            (key, to_us(moment)),
        ).fetchone()
        return row is not None


def _by_subject(rows: Iterable[sqlite3.Row]) -> dict[str, Reported]:
    found: dict[str, dict[HealthKind, HealthEvent]] = {}
    for row in rows:
        event = _event(row)
        found.setdefault(event.subject, {})[event.kind] = event
    return {**found}


def _event(row: sqlite3.Row) -> HealthEvent:
    return HealthEvent(
        from_us(row["at_us"]), row["subject"], HealthKind(row["kind"]), row["title"], row["text"], row["link"]
    )
