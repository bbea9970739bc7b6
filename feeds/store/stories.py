"""Which entries tell one story: what is still to be compared, how repeats are found, and what was decided.

The worker decides (`worker.stories.folding`); this holds what it needs to know and what it decided. Entries are
identified by their numbers.
"""

import json
import sqlite3
import struct
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from feeds.model import SourceKind
from feeds.store.changes import end_loans, hand_over, next_change, recheck, touch_namers_of
from feeds.store.rows import announced_in
from feeds.store.transaction import Transaction
from feeds.text.dates import from_us, to_us

_ANY = "(SELECT value FROM json_each(?))"  # of a JSON list
# The fact that says whether stories are on; they are if it is missing.
_SWITCH = "stories"


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """An entry as stories see it. source: its number, which is the order of the lists. stated: the date that its source
    gives it, if any. lead: the entry that it is folded under, or None.

    kin: the lead in its story, in force or not. how: the way it was decided: "same", "text", "hand", or "" if it was
    not.
    """

    n: int
    id: str
    source: int
    kind: SourceKind
    private: bool
    priority: int
    shared: bool
    published: datetime
    first_seen: datetime
    title: str
    stated: datetime | None
    canonical: str
    text_digest: str
    deleted: bool
    lead: int | None
    kin: int | None
    how: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """An entry that is to be compared. keys: of its text, as `worker.entries.fingerprint` packs them.

    again: it was compared before; former: the lead that it was folded under then. namesake: the entry that had its id
    first. waits: its id and link were compared while stories were off.
    """

    entry: StoryEntry
    keys: bytes
    again: bool
    former: int | None
    namesake: int | None
    waits: bool


_COLUMNS = (
    "e.n, e.id, e.source, s.kind, s.private, s.priority, e.shared, e.published_us, e.first_seen_us, e.title,"
    " e.dated, e.details, e.canonical, e.text_digest, e.deleted_us, e.lead, t.lead AS kin, t.how"
)
_JOINED = "JOIN sources AS s ON s.n = e.source LEFT JOIN stories AS t ON t.entry = e.n"
_STANDING = f"SELECT {_COLUMNS} FROM entries AS e {_JOINED}"


class Stories:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # What is to be compared

    def undecided(self, *, waiting: bool) -> list[Undecided]:
        """What is to be compared. waiting: also what waits for stories to be switched on."""
        # CROSS JOIN: start from the few that are undecided, never from all entries.
        rows = self._connection.execute(
            f"SELECT {_COLUMNS}, u.keys, u.again, u.former, u.namesake, u.waits FROM undecided AS u"
            f" CROSS JOIN entries AS e ON e.n = u.entry {_JOINED} WHERE u.waits <= ? ORDER BY u.entry",
            (int(waiting),),
        )
        return [
            Undecided(
                _standing(row), row["keys"], bool(row["again"]), row["former"], row["namesake"], bool(row["waits"])
            )
            for row in rows
        ]

    def is_any_undecided(self, *, waiting: bool) -> bool:
        row = self._connection.execute("SELECT 1 FROM undecided WHERE waits <= ? LIMIT 1", (int(waiting),)).fetchone()
        return row is not None

    def let_wait(self, _: Transaction, entries: Iterable[int]) -> None:
        """Lets entries whose text is not compared yet wait until stories are switched on."""
        self._connection.executemany("UPDATE undecided SET waits = 1 WHERE entry = ?", [(n,) for n in entries])

    # What an entry may repeat

    def alike(self, entries: Sequence[StoryEntry]) -> list[StoryEntry]:
        """Other living entries with the same canonical link or the same text as one of these."""
        here = {one.n for one in entries}
        found: dict[int, StoryEntry] = {}
        for column, values in (
            ("e.canonical", {one.canonical for one in entries} - {""}),
            ("e.text_digest", {one.text_digest for one in entries} - {""}),
        ):
            rows = self._connection.execute(
                f"{_STANDING} WHERE {column} IN {_ANY} AND {column} <> '' AND e.deleted_us IS NULL",
                (json.dumps(sorted(values)),),
            )
            found |= {row[0]: _standing(row) for row in rows if row[0] not in here}
        return list(found.values())

    def standing(self, entries: Collection[int]) -> dict[int, StoryEntry]:
        rows = self._connection.execute(f"{_STANDING} WHERE e.n IN {_ANY}", (json.dumps(sorted(entries)),))
        return {row["n"]: _standing(row) for row in rows}

    def by_key(self, keys: Sequence[int]) -> dict[int, list[int]]:
        """The entries found under each of these keys."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for key, n in self._connection.execute(
            f"SELECT key, entry FROM passages WHERE key IN {_ANY}", (json.dumps(list(keys)),)
        ):
            found[key].append(n)
        return found

    def keys_of(self, n: int) -> bytes:
        """The keys that an entry is found by; b"" if there are none."""
        row = self._connection.execute("SELECT keys FROM prints WHERE entry = ?", (n,)).fetchone()
        return bytes(row["keys"]) if row else b""

    def text(self, n: int) -> tuple[str, str, str]:
        """What an entry says: title, content, summary."""
        row = self._connection.execute("SELECT title, content, summary FROM entries WHERE n = ?", (n,)).fetchone()
        return row["title"], row["content"], row["summary"]

    def lent(self, n: int) -> str:
        """The content that another entry lends to one, or ""."""
        row = self._connection.execute(
            "SELECT l.content FROM entries AS e JOIN entries AS l ON l.n = e.lender WHERE e.n = ?", (n,)
        ).fetchone()
        return row["content"] if row else ""

    # What was decided

    def settle(self, _: Transaction, entries: Sequence[int], again: Sequence[int]) -> None:
        """Marks entries as compared. again: those compared before, which may still be found by their old keys."""
        self._connection.executemany("DELETE FROM undecided WHERE entry = ?", [(n,) for n in entries])
        self._unprint(again)

    def print(self, _: Transaction, prints: Iterable[tuple[int, bytes, datetime]]) -> None:
        """Stores the keys by which entries are found from now on, each until its own moment."""
        prints = list(prints)
        self._connection.executemany(
            "INSERT INTO prints (entry, keys, until_us) VALUES (?, ?, ?)",
            [(n, packed, to_us(until)) for n, packed, until in prints],
        )
        # In the order of the table, so that neighbouring rows are written together.
        rows = sorted((key, n) for n, packed, _ in prints for key in unpack_keys(packed))
        self._connection.executemany("INSERT INTO passages (key, entry) VALUES (?, ?)", rows)

    def fold(self, transaction: Transaction, n: int, lead: int, how: str, share: float = 0.0) -> None:
        """Records that an entry repeats another: it is folded under it, or linked with it if it is one of our own
        articles.
        """
        self._connection.execute(
            "INSERT OR REPLACE INTO stories (entry, lead, how, share) VALUES (?, ?, ?, ?)", (n, lead, how, share)
        )
        self._put_under(transaction, n, lead)

    def separate(self, transaction: Transaction, n: int, *, by_hand: bool = False) -> None:
        """Makes an entry stand alone. by_hand: permanently."""
        self._touch(transaction, n)
        self._connection.execute("DELETE FROM stories WHERE entry = ?", (n,))
        if by_hand:
            self._connection.execute("INSERT INTO stories (entry, lead, how) VALUES (?, NULL, 'hand')", (n,))
        self.end_loans(transaction, n)
        self._connection.execute("UPDATE entries SET lead = NULL WHERE n = ?", (n,))

    def confirm(self, _: Transaction, n: int) -> None:
        """Makes a decision that was found automatically count as made by hand."""
        self._connection.execute("UPDATE stories SET how = 'hand' WHERE entry = ?", (n,))

    def recheck(self, transaction: Transaction, lead: int) -> None:
        """Has the entries under a lead compared with it again."""
        recheck(transaction, self._connection, lead)

    def end_loans(self, transaction: Transaction, n: int) -> None:
        """Stops showing the text of an entry for others; changes nothing if it was not."""
        if self._connection.execute("SELECT 1 FROM entries WHERE lender = ?", (n,)).fetchone():
            end_loans(transaction, self._connection, n, next_change(transaction, self._connection))

    def lend(self, _: Transaction, lender: int, lead: int) -> None:
        """Shows the longer text of a copy for its lead, on the lead's own page and in all feeds."""
        self._connection.execute("UPDATE entries SET lender = ? WHERE n = ?", (lender, lead))

    def note(self, _: Transaction, n: int, at: datetime, verdict: str, reason: str) -> None:
        """Adds a line to the decision log of an entry."""
        self._connection.execute(
            "INSERT INTO decisions (entry, at_us, verdict, reason) VALUES (?, ?, ?, ?)", (n, to_us(at), verdict, reason)
        )

    def under(self, lead: int) -> list[int]:
        """The entries that repeat another, in force or not, first seen first."""
        rows = self._connection.execute(
            "SELECT t.entry FROM stories AS t JOIN entries AS e ON e.n = t.entry WHERE t.lead = ?"
            " ORDER BY e.first_seen_us, e.n",
            (lead,),
        )
        return [row[0] for row in rows]

    # Maintenance

    def switch(self, transaction: Transaction, *, on: bool) -> None:
        """Sets whether repeats that were found by text are in force."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (_SWITCH,)).fetchone()
        if ((row["value"] if row else "on") == "on") == on:
            return
        self._connection.execute(
            "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (_SWITCH, "on" if on else "off")
        )
        rows = self._connection.execute("SELECT entry, lead FROM stories WHERE how = 'text'").fetchall()
        for row in rows:
            if on:
                self._put_under(transaction, row["entry"], row["lead"])
            else:
                self._touch(transaction, row["entry"])
                self._connection.execute("UPDATE entries SET lead = NULL WHERE n = ?", (row["entry"],))

    def forget_prints(self, _: Transaction, now: datetime) -> None:
        """Removes the keys of entries older than the window, so that they are no longer found by text."""
        rows = self._connection.execute("SELECT entry FROM prints WHERE until_us < ?", (to_us(now),)).fetchall()
        self._unprint([row[0] for row in rows])

    def _unprint(self, entries: Iterable[int]) -> None:
        for n in entries:
            row = self._connection.execute("DELETE FROM prints WHERE entry = ? RETURNING keys", (n,)).fetchone()
            if row:
                self._connection.executemany(
                    "DELETE FROM passages WHERE key = ? AND entry = ?", [(key, n) for key in unpack_keys(row["keys"])]
                )

    def _put_under(self, transaction: Transaction, n: int, lead: int) -> None:
        """Puts the fold in force, except for our own articles, and where the lead is gone or is folded itself."""
        change = next_change(transaction, self._connection)
        # Both in one statement, since each writes the whole row again, with its text.
        put = self._connection.execute(
            "UPDATE entries SET lead = ?, change = ? WHERE n = ?"
            " AND NOT EXISTS (SELECT 1 FROM sources AS s WHERE s.n = entries.source AND s.kind = 'seeds')"
            " AND EXISTS (SELECT 1 FROM entries AS l WHERE l.n = ? AND l.lead IS NULL AND l.deleted_us IS NULL)",
            (lead, change, n, lead),
        )
        if not put.rowcount:
            self._connection.execute("UPDATE entries SET change = ? WHERE n = ?", (change, n))
        touch_namers_of(transaction, self._connection, n, change)
        if put.rowcount and self._leads(n):
            hand_over(transaction, self._connection, n, lead, change)

    def _leads(self, n: int) -> bool:
        """Whether anything is or was put under an entry."""
        row = self._connection.execute(
            "SELECT EXISTS (SELECT 1 FROM stories WHERE lead = ?1) OR EXISTS (SELECT 1 FROM entries WHERE lead = ?1)",
            (n,),
        ).fetchone()
        return bool(row[0])

    def _touch(self, transaction: Transaction, n: int) -> int:
        """Marks an entry, and those that name it, for publishing. Returns the number of the change."""
        change = next_change(transaction, self._connection)
        self._connection.execute("UPDATE entries SET change = ? WHERE n = ?", (change, n))
        touch_namers_of(transaction, self._connection, n, change)
        return change


def unpack_keys(packed: bytes) -> tuple[int, ...]:
    """Keys of 6 little-endian bytes as numbers, which a table stores in 6 bytes too."""
    return tuple(low + (high << 32) for low, high in struct.iter_unpack("<IH", packed))


def pack_keys(keys: Iterable[int]) -> bytes:
    """The same numbers as bytes."""
    return b"".join(key.to_bytes(6, "little") for key in keys)


def _standing(row: sqlite3.Row) -> StoryEntry:
    """From the columns of _STANDING, in order."""
    n, id_, source, kind, private, priority, shared, published, first_seen, title, *more = row
    dated, details, canonical, digest, deleted, lead, kin, how, *_ = more
    return StoryEntry(
        n=n,
        id=id_,
        source=source,
        kind=SourceKind(kind),
        private=bool(private),
        priority=priority,
        shared=bool(shared),
        published=from_us(published),
        first_seen=from_us(first_seen),
        title=title,
        stated=from_us(published) if dated else announced_in(details),
        canonical=canonical,
        text_digest=digest,
        deleted=deleted is not None,
        lead=lead,
        kin=kin,
        how=how or "",
    )
