"""What every change to an entry has in common; whoever calls holds the transaction."""

import sqlite3
from collections.abc import Sequence
from uuid import UUID, uuid5

from feeds.urls import page_uuid

_CHUNK = 500


def next_change(connection: sqlite3.Connection) -> int:
    """The number of a new change: publishing learns from it what to render again."""
    row = connection.execute(
        "INSERT INTO facts (name, value) VALUES ('change', '1')"
        " ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value"
    ).fetchone()
    return int(row[0])


def touch_lead(connection: sqlite3.Connection, n: int, change: int) -> None:
    """The entry that another one stands under names it, so it has to be published again too."""
    connection.execute("UPDATE entries SET change = ? WHERE n = (SELECT lead FROM entries WHERE n = ?)", (change, n))


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
