"""Entries that leave the feeds and return: withdrawn, hidden by hand, removed with their source. Tombstones stay."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from feeds.store.changes import (
    end_loans,
    free_uuids,
    hand_over,
    next_change,
    note_in_archives,
    release,
    touch_namers_of,
)
from feeds.store.transaction import Transaction
from feeds.text.dates import to_us


class Withdrawals:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def withdraw(self, transaction: Transaction, id_: str, when: datetime, reason: str) -> bool:
        """Takes an entry out of all feeds and leaves a tombstone. False if there was no such living entry."""
        row = self._connection.execute("SELECT n FROM entries WHERE id = ? AND deleted_us IS NULL", (id_,)).fetchone()
        if row is None:
            return False
        change = next_change(transaction, self._connection)
        self._connection.execute(
            "UPDATE entries SET deleted_us = ?, change = ? WHERE n = ?", (to_us(when), change, row["n"])
        )
        note_in_archives(transaction, self._connection, row["n"], to_us(when))
        touch_namers_of(transaction, self._connection, row["n"], change)
        self._release(transaction, row["n"], change)
        self._connection.execute(
            "INSERT INTO decisions (entry, at_us, verdict, reason) VALUES (?, ?, 'withdrawn', ?)",
            (row["n"], to_us(when), reason),
        )
        return True

    def _release(self, transaction: Transaction, lead: int, change: int) -> None:
        """Frees the entries folded under this one to find another lead. Those folded by hand return when it does."""
        release(transaction, self._connection, lead, change)
        self._connection.execute("UPDATE entries SET lead = NULL, change = ? WHERE lead = ?", (change, lead))
        end_loans(transaction, self._connection, lead, change)

    def hide(self, transaction: Transaction, id_: str, when: datetime, reason: str) -> bool:
        """Withdraws an entry by hand, permanently, whatever its source says. False if unknown or already hidden."""
        if not self.withdraw(transaction, id_, when, reason):
            row = self._connection.execute("SELECT 1 FROM entries WHERE id = ? AND hidden_us IS NULL", (id_,))
            if row.fetchone() is None:
                return False
        self._connection.execute("UPDATE entries SET hidden_us = ? WHERE id = ?", (to_us(when), id_))
        return True

    def unhide(self, transaction: Transaction, id_: str, when: datetime, reason: str) -> bool:
        """Brings a hidden entry back to the place that it had. False if there is no such entry."""
        row = self._connection.execute(
            "SELECT n FROM entries WHERE id = ? AND hidden_us IS NOT NULL", (id_,)
        ).fetchone()
        if row is None:
            return False
        self._restore(transaction, [row["n"]], when, reason)
        return True

    def leave_out(self, transaction: Transaction, id_: str, when: datetime, reason: str) -> bool:
        """Withdraws an entry until its source sends it in a form that may be published. False if there is no such
        entry.
        """
        found = self.withdraw(transaction, id_, when, reason)
        self._connection.execute("UPDATE entries SET removed = 1 WHERE id = ? AND ?", (id_, int(found)))
        return found

    def remove_of(self, transaction: Transaction, source_key: str, when: datetime, reason: str) -> int:
        """Withdraws all entries of a source until the source returns. Returns how many."""
        rows = self._connection.execute(
            "SELECT id FROM entries WHERE source = (SELECT n FROM sources WHERE key = ?) AND deleted_us IS NULL",
            (source_key,),
        ).fetchall()
        for row in rows:
            self.withdraw(transaction, row["id"], when, reason)
        self._connection.executemany("UPDATE entries SET removed = 1 WHERE id = ?", [(row["id"],) for row in rows])
        return len(rows)

    def restore_of(self, transaction: Transaction, source_key: str, when: datetime, reason: str) -> int:
        """Brings back the entries that were removed with a source. Returns how many."""
        rows = self._connection.execute(
            "SELECT n FROM entries WHERE source = (SELECT n FROM sources WHERE key = ?) AND removed = 1", (source_key,)
        ).fetchall()
        self._restore(transaction, [row["n"] for row in rows], when, reason)
        return len(rows)

    def _restore(self, transaction: Transaction, entries: Sequence[int], when: datetime, reason: str) -> None:
        if not entries:
            return
        change = next_change(transaction, self._connection)
        self._connection.executemany(
            "UPDATE entries SET deleted_us = NULL, hidden_us = NULL, removed = 0, change = ? WHERE n = ?",
            [(change, n) for n in entries],
        )
        for n in entries:
            note_in_archives(transaction, self._connection, n, None)
            touch_namers_of(transaction, self._connection, n, change)
        self._connection.executemany(
            "UPDATE entries SET lead = ?, change = ? WHERE n IN (SELECT entry FROM stories WHERE lead = ?)"
            " AND lead IS NULL AND source NOT IN (SELECT n FROM sources WHERE kind = 'seeds')",
            [(n, change, n) for n in entries],
        )
        # Another entry may have been published in its place meanwhile.
        self._connection.executemany(
            "INSERT OR IGNORE INTO undecided (entry, keys, again, former) VALUES (?, x'', 1, ?)",
            [(n, n) for n in entries],
        )
        for n in entries:
            back = self._connection.execute("SELECT n FROM entries WHERE lead = ?", (n,)).fetchall()
            for row in back:
                hand_over(transaction, self._connection, row["n"], n, change)
        self._connection.executemany(
            "INSERT INTO decisions (entry, at_us, verdict, reason) VALUES (?, ?, 'restored', ?)",
            [(n, to_us(when), reason) for n in entries],
        )

    def bury(
        self, transaction: Transaction, id_: str, source_key: str, title: str, first_seen: datetime, when: datetime
    ) -> None:
        """Adds a tombstone for an entry that this store never contained, e.g. after data/ was deleted."""
        self._connection.execute(
            "INSERT OR IGNORE INTO entries (id, uuid, source, title, permalink, canonical, summary, content, language,"
            " lang, credit, comments, image, authors, categories, enclosures, origin, published_us, dated, updated_us,"
            " first_seen_us, listed_us, digest, text_digest, change, deleted_us) VALUES (?, ?,"
            " (SELECT n FROM sources WHERE key = ?), ?, '', '', '', '', '', '', '', '', '', '[]', '[]', '[]', '',"
            " ?, 0, ?, ?, ?, '', '', ?, ?)",
            (
                id_,
                free_uuids(self._connection, [id_])[id_],
                source_key,
                title,
                *[to_us(first_seen)] * 4,
                next_change(transaction, self._connection),
                to_us(when),
            ),
        )
