"""Entries in the store: what a decision needs to read, how decisions are written, and how readers get entries."""

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from feeds.model import Decision, Entry, Known, KnownEntry, SourceKind, Verdict
from feeds.store.changes import free_uuids, next_change, note_in_archives, touch_namers, touch_namers_of
from feeds.store.rows import COLUMNS, announced_in, entry_of, values
from feeds.store.search import SearchIndex
from feeds.store.sources import Sources
from feeds.store.transaction import Transaction
from feeds.text.dates import ONE_MOMENT, from_us, to_us
from feeds.text.urls import LOCAL, canonical

_KNOWN = """
SELECT e.id, e.title, e.permalink, e.canonical, e.published_us, e.dated, e.updated_us, e.listed_us, e.digest,
  e.text_digest, e.markup, e.quiet_us, e.shared, e.deleted_us, e.hidden_us, e.removed, e.details, e.first_seen_us,
  s.key AS source_key, s.kind
FROM entries AS e JOIN sources AS s ON s.n = e.source
"""
# How many of a source's newest entries are looked at for each that is new, where all of a document may have new ids.
_NEWEST_EACH = 10
_MINUTE = 60_000_000  # microseconds
# Of a JSON list, however long: with a mark for each value SQLite would have to plan nearly every query anew.
_ANY = "(SELECT value FROM json_each(?))"
# A new entry of a source is compared with as many of those that an operator has hidden.
_MOST_HIDDEN = 50


class Entries:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._search = SearchIndex(connection)
        self._sources = Sources(connection)

    def known(
        self,
        source_key: str,
        ids: Collection[str],
        permalinks: Collection[str],
        texts: Collection[str],
        moments: Collection[datetime] = (),
    ) -> Known:
        """What the store knows about the entries of one document.

        ids: all ids that they may have. permalinks: as the document gives them. texts: their text digests. moments:
        their publication dates, for a document that may contain known entries under other ids.
        """
        by_id = {row["id"]: row for row in self._select("e.id", ids)}
        aliased = self._aliased(source_key, ids)
        by_id |= {id_: row for alias, row in aliased.items() for id_ in (alias, row["id"]) if id_ not in by_id}
        by_canonical = self._own(source_key, "e.canonical", {canonical(link) for link in permalinks} - {""})
        by_text = self._own(source_key, "e.text_digest", set(texts) - {""})
        moments_ = self._of_moments(source_key, moments)
        return Known({id_: _known(row) for id_, row in by_id.items()}, by_canonical, by_text, moments_)

    def hidden(self, source_key: str) -> tuple[KnownEntry, ...]:
        """Entries of a source that are hidden by hand, the newest first."""
        rows = self._connection.execute(
            f"{_KNOWN} WHERE e.deleted_us IS NOT NULL AND e.hidden_us IS NOT NULL AND s.key = ?"
            " ORDER BY e.n DESC LIMIT ?",
            (source_key, _MOST_HIDDEN),
        )
        return tuple(_known(row) for row in rows)

    def stored(self, ids: Collection[str]) -> dict[str, Entry]:
        """Entries as they are stored, withdrawn ones too."""
        joined = "SELECT e.*, s.key AS source_key FROM entries AS e JOIN sources AS s ON s.n = e.source"
        query = f"{joined} WHERE e.id IN {_ANY}"
        rows = self._connection.execute(query, (json.dumps(sorted(ids)),)) if ids else ()
        return {row["id"]: entry_of(row) for row in rows}

    def _own(self, source_key: str, column: str, wanted: Collection[str]) -> dict[str, tuple[KnownEntry, ...]]:
        """Entries of a source, by the value of the column on which they may match."""
        found: defaultdict[str, list[KnownEntry]] = defaultdict(list)
        for row in self._select(column, wanted):
            if row["source_key"] == source_key:
                found[row[column.removeprefix("e.")]].append(_known(row))
        return {value: tuple(entries) for value, entries in found.items()}

    def _of_moments(self, source_key: str, moments: Collection[datetime]) -> dict[datetime, tuple[KnownEntry, ...]]:
        """Entries of a source by dates near these, out of its newest: a document holds no others under new ids."""
        found: defaultdict[datetime, list[KnownEntry]] = defaultdict(list)
        wanted = {to_us(moment) for moment in moments}
        reach = ONE_MOMENT // timedelta(minutes=1)
        minutes = {us // _MINUTE + minute for us in wanted for minute in range(-reach, reach + 1)}
        newest = "SELECT n FROM entries WHERE source = (SELECT n FROM sources WHERE key = ?) ORDER BY listed_us DESC"
        rows = self._connection.execute(
            f"{_KNOWN} WHERE e.n IN ({newest} LIMIT ?) AND e.dated = 1 AND e.published_us / ? IN {_ANY} ORDER BY e.n",
            (source_key, _NEWEST_EACH * len(wanted), _MINUTE, json.dumps(sorted(minutes))),
        )
        for row in rows if minutes else ():
            found[from_us(row["published_us"])].append(_known(row))
        return {moment: tuple(entries) for moment, entries in found.items()}

    def _aliased(self, source_key: str, ids: Collection[str]) -> dict[str, sqlite3.Row]:
        """Entries of a source whose ids it has changed, by the ids that it gives them now."""
        found = self._connection.execute(
            "SELECT a.id, e.id AS entry_id FROM aliases AS a CROSS JOIN entries AS e ON e.n = a.entry"
            f" JOIN sources AS s ON s.n = e.source WHERE s.key = ? AND a.id IN {_ANY}",
            (source_key, json.dumps(sorted(ids))),
        )
        names = {row["id"]: row["entry_id"] for row in found}
        rows = {row["id"]: row for row in self._select("e.id", set(names.values()))} if names else {}
        return {alias: rows[id_] for alias, id_ in names.items()}

    def _select(self, column: str, wanted: Collection[str]) -> list[sqlite3.Row]:
        # The second condition is that of the partial indexes; without it SQLite may not use them.
        query = f"{_KNOWN} WHERE {column} IN {_ANY} AND {column} <> '' ORDER BY e.n"
        return self._connection.execute(query, (json.dumps(sorted(wanted)),)).fetchall() if wanted else []

    def apply(
        self,
        transaction: Transaction,
        decisions: Iterable[Decision],
        now: datetime,
        category_slugs: Mapping[str, str],
        reading: str = "",
    ) -> list[int]:
        """Writes decisions. Gives the numbers of the entries that changed.

        category_slugs: the operator's categories by name; a name that is not in it makes no feed. reading: how the
        document was read, for the log.
        """
        decisions = list(decisions)
        self._note_waiting([decision for decision in decisions if decision.waits], now)
        written = self._distinct(one for one in decisions if one.verdict not in (Verdict.UNCHANGED, Verdict.BURIED))
        touched = self._write(transaction, written, now, category_slugs, reading) if written else []
        self._connection.executemany(
            "INSERT OR REPLACE INTO aliases (id, entry) SELECT ?, n FROM entries WHERE id = ?",
            [(name, one.entry.id) for one in decisions for name in (one.alias, one.steady) if name],
        )
        return touched

    def _write(
        self,
        transaction: Transaction,
        written: Sequence[Decision],
        now: datetime,
        category_slugs: Mapping[str, str],
        reading: str,
    ) -> list[int]:
        change = next_change(transaction, self._connection)
        fresh = [decision for decision in written if decision.verdict is not Verdict.CHANGED]
        numbers = self._insert(fresh, now, change)
        numbers |= {
            decision.entry.id: self._update(transaction, decision, now, change)
            for decision in written
            if decision.verdict is Verdict.CHANGED
        }
        self._put_categories(written, numbers, category_slugs)
        self._queue(written, numbers)
        note = f"; {reading}" if reading else ""
        self._connection.executemany(
            "INSERT INTO decisions (entry, at_us, verdict, reason) VALUES (?, ?, ?, ?)",
            [(numbers[one.entry.id], to_us(now), one.verdict.value, _reason(one) + note) for one in written],
        )
        touched = [numbers[decision.entry.id] for decision in written]
        self._search.mark(transaction, touched)
        return touched

    def _note_waiting(self, decisions: Sequence[Decision], now: datetime) -> None:
        """Logs changes that are taken over later; each poll brings them again."""
        self._connection.executemany(
            "INSERT INTO decisions (entry, at_us, verdict, reason) SELECT n, ?2, ?3, ?4 FROM entries WHERE id = ?1"
            " AND ?4 IS NOT (SELECT reason FROM decisions WHERE entry = entries.n ORDER BY n DESC LIMIT 1)",
            [(one.entry.id, to_us(now), one.verdict.value, one.reason) for one in decisions],
        )

    def _distinct(self, decisions: Iterable[Decision]) -> list[Decision]:
        """Decisions whose entries have an `updated` that no other entry has: the fraction of a second that is derived
        from an id is another one for nearly every id, and validators want it for all.
        """
        made = []
        given: set[int] = set()
        for decision in decisions:
            moment = to_us(decision.entry.updated)
            while moment in given or self._is_taken(moment, decision.entry.id):
                moment += 1
            given.add(moment)
            entry = decision.entry
            if moment != to_us(entry.updated):
                decision = replace(decision, entry=replace(entry, updated=from_us(moment)))
            made.append(decision)
        return made

    def _is_taken(self, updated_us: int, id_: str) -> bool:
        query = "SELECT 1 FROM entries WHERE updated_us = ? AND id <> ?"
        return self._connection.execute(query, (updated_us, id_)).fetchone() is not None

    def _insert(self, decisions: Sequence[Decision], now: datetime, change: int) -> dict[str, int]:
        """Inserts new entries in one statement; returns their numbers by id.

        In the order of their numbers, so that SQLite fills one page after the other; else it splits them.
        """
        if not decisions:
            return {}
        # A number that was published always means that entry, even if someone removed it from the store by hand.
        first = self._connection.execute(
            "SELECT 1 + max(coalesce((SELECT max(n) FROM entries), 0), coalesce((SELECT max(entry) FROM prints), 0),"
            " coalesce((SELECT max(entry) FROM archive_entries), 0))"
        ).fetchone()[0]
        # Oldest first: archives are filled in this order, and are followed from the newest backwards in time.
        ordered = sorted(decisions, key=lambda decision: decision.listed_at or now)
        numbers = {decision.entry.id: first + place for place, decision in enumerate(ordered)}
        uuids = free_uuids(self._connection, list(numbers))
        sources = {key: self._source(key) for key in {decision.entry.source_id for decision in decisions}}
        self._connection.executemany(
            f"INSERT INTO entries (n, id, uuid, source, {COLUMNS}, first_seen_us, listed_us, change, shared)"
            f" VALUES (?{', ?' * 28})",
            [
                (
                    numbers[decision.entry.id],
                    decision.entry.id,
                    uuids[decision.entry.id],
                    sources[decision.entry.source_id],
                    *values(decision.entry),
                    to_us(now),
                    to_us(decision.listed_at or now),
                    change,
                    int(decision.shared),
                )
                for decision in ordered
            ],
        )
        return numbers

    def _source(self, key: str) -> int:
        return int(self._connection.execute("SELECT n FROM sources WHERE key = ?", (key,)).fetchone()[0])

    def _update(self, transaction: Transaction, decision: Decision, now: datetime, change: int) -> int:
        entry = decision.entry
        row = self._connection.execute("SELECT n, revision FROM entries WHERE id = ?", (entry.id,)).fetchone()
        n = int(row["n"])
        self._connection.execute(
            "INSERT INTO revisions SELECT n, revision, ?, title, summary, content FROM entries WHERE n = ?",
            (to_us(now), n),
        )
        listed = to_us(decision.listed_at) if decision.listed_at else None
        self._connection.execute(
            f"UPDATE entries SET ({COLUMNS}) = ({', '.join('?' * 21)}), revision = revision + 1, change = ?,"
            " listed_us = coalesce(?, listed_us), deleted_us = NULL, removed = 0,"
            " quiet_us = coalesce(?, quiet_us), quiet_change = coalesce(?, quiet_change) WHERE n = ?",
            (
                *(*values(entry), change, listed),
                to_us(decision.quiet_until) if decision.quiet_until else None,
                *(change if decision.silent else None, n),
            ),
        )
        note_in_archives(transaction, self._connection, n, None)
        touch_namers_of(transaction, self._connection, n, change)
        self._connection.execute("DELETE FROM entry_categories WHERE entry = ?", (n,))
        return n

    def _put_categories(
        self, decisions: Iterable[Decision], numbers: Mapping[str, int], slugs: Mapping[str, str]
    ) -> None:
        borne = [
            (slugs[name], name, numbers[decision.entry.id])
            for decision in decisions
            for name in decision.entry.categories
            if name in slugs
        ]
        self._connection.executemany(
            "INSERT OR IGNORE INTO categories (slug, name) VALUES (?, ?)", [(slug, name) for slug, name, _ in borne]
        )
        self._connection.executemany(
            "INSERT OR IGNORE INTO entry_categories (slug, entry) VALUES (?, ?)", [(slug, n) for slug, _, n in borne]
        )

    def _queue(self, decisions: Sequence[Decision], numbers: Mapping[str, int]) -> None:
        """Queues entries that are new or whose text changed: they are compared before they are published."""
        self._connection.executemany(
            "INSERT INTO undecided (entry, keys, again, namesake)"
            " VALUES (?, ?, ?, (SELECT n FROM entries WHERE id = ?))"
            " ON CONFLICT (entry) DO UPDATE SET keys = excluded.keys, waits = 0",
            [
                (
                    numbers[decision.entry.id],
                    decision.entry.fingerprint,
                    int(decision.verdict is Verdict.CHANGED),
                    decision.namesake,
                )
                for decision in decisions
            ],
        )

    def touch_source(self, transaction: Transaction, source_key: str) -> None:
        """Marks all entries of a source, and those that name them, for publishing: what they show of the source has
        changed.
        """
        change = next_change(transaction, self._connection)
        own = "source = (SELECT n FROM sources WHERE key = ?)"
        self._connection.execute(f"UPDATE entries SET change = ? WHERE {own}", (change, source_key))
        touch_namers(transaction, self._connection, f"SELECT n FROM entries WHERE {own}", (source_key,), change)

    def change(self) -> int:
        """The number of the newest change to any entry."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = 'change'").fetchone()
        return int(row[0]) if row else 0

    def get(self, id_: str) -> Entry | None:
        """A living entry by its id."""
        row = self._connection.execute(
            "SELECT e.*, s.key AS source_key FROM entries AS e JOIN sources AS s ON s.n = e.source"
            " WHERE e.id = ? AND e.deleted_us IS NULL",
            (id_,),
        ).fetchone()
        return entry_of(row) if row else None

    def words(self, id_: str) -> tuple[str, str] | None:
        """The title and the content of an entry that is public, or was and is not hidden by hand."""
        row = self._connection.execute(
            "SELECT title, content FROM entries WHERE id = ? AND hidden_us IS NULL", (id_,)
        ).fetchone()
        return (row["title"], row["content"]) if row else None

    def published_of(self, source_key: str, most: int) -> list[datetime]:
        """When the newest entries of a source were published; those without a date of their own are left out."""
        rows = self._connection.execute(
            "SELECT published_us FROM entries WHERE source = (SELECT n FROM sources WHERE key = ?) AND dated = 1"
            " ORDER BY listed_us DESC LIMIT ?",
            (source_key, most),
        )
        return [from_us(row[0]) for row in rows]

    def find(self, named: str) -> tuple[str, bool] | None:
        """Finds an entry by its id, its permalink or its page's URL: its id, and whether it is hidden."""
        if re.search("[\ud800-\udfff]", named):  # bytes of a shell that are not UTF-8, which SQLite does not take
            return None
        uuid = re.search(r"(?:^|/entries/)([0-9a-f-]{36})/?$", named)
        own = self._sources.base_url()
        url = f"{LOCAL}/{named.removeprefix(f'{own}/')}" if own and named.startswith(f"{own}/") else named
        for column, value in (("id", named), ("uuid", uuid[1] if uuid else ""), ("canonical", canonical(url))):
            row = self._connection.execute(
                f"SELECT id, hidden_us FROM entries WHERE {column} = ? AND ? <> ''"
                " ORDER BY deleted_us IS NOT NULL, lead IS NOT NULL, n LIMIT 1",
                (value, value),
            ).fetchone()
            if row:
                return str(row["id"]), row["hidden_us"] is not None
        return None

    def languages(self) -> list[str]:
        """Languages of shared public entries, as in lang-CODE feeds; withdrawn ones count, since they leave tombstones
        there.

        Each is looked up as the next one after the last: SQLite's DISTINCT would read the index of all entries.
        """
        rows = self._connection.execute(
            "WITH RECURSIVE known (lang) AS ("
            "SELECT min(lang) FROM entries INDEXED BY entries_lang WHERE lang > ''"
            " UNION ALL SELECT (SELECT min(lang) FROM entries INDEXED BY entries_lang WHERE lang > known.lang)"
            " FROM known WHERE lang IS NOT NULL)"
            " SELECT lang FROM known WHERE EXISTS (SELECT 1 FROM entries AS e INDEXED BY entries_lang"
            " CROSS JOIN sources AS s ON s.n = e.source"
            " WHERE e.lang = known.lang AND e.shared = 1 AND s.private = 0) ORDER BY lang"
        )
        return [row[0] for row in rows]

    def count(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM entries WHERE deleted_us IS NULL").fetchone()[0])


def _reason(decision: Decision) -> str:
    """The reason for a decision, and what the text had to leave out."""
    return "; ".join((decision.reason, *(f"{count} {what}" for what, count in decision.entry.altered)))


def _known(row: sqlite3.Row) -> KnownEntry:
    return KnownEntry(
        id=row["id"],
        source_id=row["source_key"],
        kind=SourceKind(row["kind"]),
        title=row["title"],
        permalink=row["permalink"],
        canonical=row["canonical"],
        published=from_us(row["published_us"]),
        dated=bool(row["dated"]),
        updated=from_us(row["updated_us"]),
        listed_at=from_us(row["listed_us"]),
        digest=row["digest"],
        text_digest=row["text_digest"],
        shared=bool(row["shared"]),
        deleted=row["deleted_us"] is not None,
        hidden=row["hidden_us"] is not None,
        removed=bool(row["removed"]),
        markup=row["markup"],
        quiet_until=from_us(row["quiet_us"]) if row["quiet_us"] is not None else None,
        announced=announced_in(row["details"]),
        first_seen=from_us(row["first_seen_us"]),
    )
