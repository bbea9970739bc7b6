"""What all changes to an entry share."""

import json
import sqlite3
from collections.abc import Sequence
from uuid import UUID, uuid5

from feeds.store.transaction import Transaction
from feeds.text.urls import page_uuid


def next_change(_: Transaction, connection: sqlite3.Connection) -> int:
    """The number of a new change, from which publishing learns what to render again."""
    row = connection.execute(
        "INSERT INTO facts (name, value) VALUES ('change', '1')"
        " ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value"
    ).fetchone()
    return int(row[0])


def touch_namers_of(transaction: Transaction, connection: sqlite3.Connection, n: int, change: int) -> None:
    """Marks what names an entry for publishing: see `touch_namers`."""
    touch_namers(transaction, connection, "SELECT ?", (n,), change)


def touch_namers(
    _: Transaction, connection: sqlite3.Connection, named: str, values: Sequence[object], change: int
) -> None:
    """Marks what names certain entries as changed. named: a query for their numbers; values: its parameters.

    An entry is named by its lead, which may also show its text; by the entries folded under it or linked with it; and
    by those linked with its lead, since a linked seed names the whole story.
    """
    connection.execute(
        f"""
WITH named (n) AS MATERIALIZED ({named}),
  leads (n) AS MATERIALIZED (
    SELECT e.lead FROM named JOIN entries AS e ON e.n = named.n WHERE e.lead IS NOT NULL
    UNION SELECT x.lead FROM named JOIN stories AS x ON x.entry = named.n WHERE x.lead IS NOT NULL
  )
UPDATE entries SET change = ? WHERE n IN (
  SELECT n FROM leads
  UNION SELECT e.n FROM named CROSS JOIN entries AS e ON e.lead = named.n
  UNION SELECT x.entry FROM named CROSS JOIN stories AS x ON x.lead = named.n
  UNION SELECT x.entry FROM leads CROSS JOIN stories AS x ON x.lead = leads.n JOIN entries AS e ON e.n = x.entry
    WHERE e.lead IS NULL
)""",
        (*values, change),
    )


def note_in_archives(_: Transaction, connection: sqlite3.Connection, n: int, deleted_us: int | None) -> None:
    """Notes where an entry is archived when it was withdrawn, or None if it is back."""
    connection.execute(
        "UPDATE archive_entries SET deleted_us = ?1 WHERE entry = ?2 AND deleted_us IS NOT ?1", (deleted_us, n)
    )


def release(_: Transaction, connection: sqlite3.Connection, lead: int, change: int) -> None:
    """Has the entries under this one compared again, first with each other, except those put there by hand."""
    connection.execute(
        "INSERT OR REPLACE INTO undecided (entry, keys, again, former)"
        " SELECT entry, x'', 1, lead FROM stories WHERE lead = ? AND how <> 'hand'",
        (lead,),
    )
    connection.execute(
        "UPDATE entries SET lead = NULL, change = ?"
        " WHERE n IN (SELECT entry FROM stories WHERE lead = ? AND how <> 'hand')",
        (change, lead),
    )
    connection.execute("DELETE FROM stories WHERE lead = ? AND how <> 'hand'", (lead,))


def recheck(_: Transaction, connection: sqlite3.Connection, lead: int) -> None:
    """Has the entries under this one compared with it again, since its text changed, except those put there by hand."""
    connection.execute(
        "INSERT OR IGNORE INTO undecided (entry, keys, again)"
        " SELECT entry, x'', 1 FROM stories WHERE lead = ? AND how <> 'hand'",
        (lead,),
    )


def end_loans(transaction: Transaction, connection: sqlite3.Connection, lender: int, change: int) -> None:
    """Stops showing an entry's text for others."""
    rows = connection.execute(
        "UPDATE entries SET lender = NULL, change = ? WHERE lender = ? RETURNING n", (change, lender)
    ).fetchall()
    for row in rows:
        recheck(transaction, connection, row["n"])


def hand_over(transaction: Transaction, connection: sqlite3.Connection, n: int, lead: int, change: int) -> None:
    """Moves the entries under a lead that is itself folded: those put there by hand move to its new lead."""
    release(transaction, connection, n, change)
    connection.execute("UPDATE entries SET lead = ?, change = ? WHERE lead = ?", (lead, change, n))
    connection.execute("UPDATE stories SET lead = ? WHERE lead = ?", (lead, n))


def free_uuids(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, str]:
    """The UUIDs of the pages of new entries, by id.

    Different ids may map to the same UUID: urn:uuid in upper and in lower case.
    """
    wanted = {id_: page_uuid(id_) for id_ in ids}
    query = "SELECT uuid FROM entries WHERE uuid IN (SELECT value FROM json_each(?))"
    taken = {row[0] for row in connection.execute(query, (json.dumps(sorted(wanted.values())),))}
    free: dict[str, str] = {}
    for id_, uuid in wanted.items():
        while uuid in taken:
            uuid = str(uuid5(UUID(uuid), id_))
            if connection.execute("SELECT 1 FROM entries WHERE uuid = ?", (uuid,)).fetchone():
                taken.add(uuid)
        taken.add(uuid)
        free[id_] = uuid
    return free
