"""What every change to an entry has in common; whoever calls holds the transaction."""

import sqlite3
from collections.abc import Sequence
from uuid import UUID, uuid5

from feeds.text.urls import page_uuid

_CHUNK = 500


def next_change(connection: sqlite3.Connection) -> int:
    """The number of a new change: publishing learns from it what to render again."""
    row = connection.execute(
        "INSERT INTO facts (name, value) VALUES ('change', '1')"
        " ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value"
    ).fetchone()
    return int(row[0])


def touch_namers_of(connection: sqlite3.Connection, n: int, change: int) -> None:
    """What names an entry has to be published again too: see `touch_namers`."""
    touch_namers(connection, "SELECT ?", (n,), change)


def touch_namers(connection: sqlite3.Connection, named: str, values: Sequence[object], change: int) -> None:
    """A change of those that name certain entries. named: a query for the numbers of these; values: its parameters.

    An entry is named by its lead, which may show its text too; by what stands under it or is linked with it; and by
    what is linked with its lead, since a linked seed names all of the story.
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


def release(connection: sqlite3.Connection, lead: int, change: int) -> None:
    """Those that were put under an entry, but not by hand, are compared again, first of all with each other."""
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


def recheck(connection: sqlite3.Connection, lead: int) -> None:
    """What an entry says has changed: those that were put under it, but not by hand, are held against it again."""
    connection.execute(
        "INSERT OR IGNORE INTO undecided (entry, keys, again)"
        " SELECT entry, x'', 1 FROM stories WHERE lead = ? AND how <> 'hand'",
        (lead,),
    )


def end_loans(connection: sqlite3.Connection, lender: int, change: int) -> None:
    """An entry's text is shown for no other any more."""
    rows = connection.execute(
        "UPDATE entries SET lender = NULL, change = ? WHERE lender = ? RETURNING n", (change, lender)
    ).fetchall()
    for row in rows:
        recheck(connection, row["n"])


def hand_over(connection: sqlite3.Connection, n: int, lead: int, change: int) -> None:
    """An entry that leads others stands under another one now: so do those that an operator put under it."""
    release(connection, n, change)
    connection.execute("UPDATE entries SET lead = ?, change = ? WHERE lead = ?", (lead, change, n))
    connection.execute("UPDATE stories SET lead = ? WHERE lead = ?", (lead, n))


def free_uuids(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, str]:
    """The UUIDs of the pages of new entries, by id.

    Ids that differ may ask for the same one: urn:uuid in upper and in lower case.
    """
    wanted = {id_: page_uuid(id_) for id_ in ids}
    uuids = sorted(wanted.values())
    taken: set[str] = set()
    for start in range(0, len(uuids), _CHUNK):
        chunk = uuids[start : start + _CHUNK]
        marks = ", ".join("?" * len(chunk))
        taken |= {row[0] for row in connection.execute(f"SELECT uuid FROM entries WHERE uuid IN ({marks})", chunk)}
    free: dict[str, str] = {}
    for id_, uuid in wanted.items():
        while uuid in taken:
            uuid = str(uuid5(UUID(uuid), id_))
            if connection.execute("SELECT 1 FROM entries WHERE uuid = ?", (uuid,)).fetchone():
                taken.add(uuid)
        taken.add(uuid)
        free[id_] = uuid
    return free
