"""What the store remembers of how one entry came to be: its decisions, its state, when it was first seen."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from feeds.dates import from_us


@dataclass(frozen=True, slots=True)
class Trace:
    """n: number in the store. uuid: of its page. state: published, withdrawn or hidden. lead: id of the entry that it
    is shown under, or "". log: when, verdict and reason of each decision about it, the oldest first."""

    n: int
    uuid: str
    state: str
    first_seen: datetime
    revision: int
    lead: str
    log: tuple[tuple[datetime, str, str], ...]


class Traces:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of(self, id_: str) -> Trace | None:
        """None for an id that was never stored."""
        row = self._connection.execute(
            "SELECT e.n, e.uuid, e.first_seen_us, e.revision, e.deleted_us, e.hidden_us, lead.id AS lead_id"
            " FROM entries AS e LEFT JOIN entries AS lead ON lead.n = e.lead WHERE e.id = ?",
            (id_,),
        ).fetchone()
        if row is None:
            return None
        log = self._connection.execute(
            "SELECT at_us, verdict, reason FROM decisions WHERE entry = ? ORDER BY n", (row["n"],)
        )
        hidden, deleted = row["hidden_us"] is not None, row["deleted_us"] is not None
        return Trace(
            n=row["n"],
            uuid=row["uuid"],
            state="hidden" if hidden else "withdrawn" if deleted else "published",
            first_seen=from_us(row["first_seen_us"]),
            revision=row["revision"],
            lead=row["lead_id"] or "",
            log=tuple((from_us(one["at_us"]), one["verdict"], one["reason"]) for one in log),
        )
