"""How one entry came to be, as far as the store remembers: its decisions, its state, when it was first seen."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from feeds.store.rows import LINKED
from feeds.text.dates import from_us


@dataclass(frozen=True, slots=True)
class Story:
    """Why an entry is part of another one's story, or stands alone.

    lead: id of the entry that it repeats; "" if an operator split it off. folded: it is folded under that entry;
    otherwise it is a seed, and linked. how: "same", "text" or "hand". share: 0 to 1, the part of its text that is also
    in the lead; 0 if not measured.
    """

    lead: str
    folded: bool
    how: str
    share: float


@dataclass(frozen=True, slots=True)
class Trace:
    """What the store knows of one entry.

    n: number in the store. uuid: of its page. state: published, withdrawn or hidden. story: the decision in force. log:
    time, verdict and reason of each decision, oldest first.
    """

    n: int
    uuid: str
    state: str
    first_seen: datetime
    revision: int
    story: Story | None
    log: tuple[tuple[datetime, str, str], ...]


class Traces:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of(self, id_: str) -> Trace | None:
        """The trace of an entry; None for an id that was never stored."""
        row = self._connection.execute(
            "SELECT n, uuid, first_seen_us, revision, deleted_us, hidden_us FROM entries WHERE id = ?", (id_,)
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
            story=self._story(row["n"]),
            log=tuple((from_us(one["at_us"]), one["verdict"], one["reason"]) for one in log),
        )

    def _story(self, n: int) -> Story | None:
        row = self._connection.execute(
            f"SELECT e.lead, lead.id AS lead_id, x.lead AS kept, x.how, x.share, {LINKED} AS linked"
            " FROM entries AS e JOIN sources AS s ON s.n = e.source LEFT JOIN stories AS x ON x.entry = e.n"
            " LEFT JOIN entries AS lead ON lead.n = coalesce(e.lead, x.lead) AND lead.deleted_us IS NULL WHERE e.n = ?",
            (n,),
        ).fetchone()
        folded = row["lead"] is not None
        if row["how"] == "hand" and row["kept"] is None:
            return Story("", folded=False, how="hand", share=0)
        if row["lead_id"] is None or not (folded or row["linked"]):
            return None
        return Story(row["lead_id"], folded, row["how"] or "same", row["share"] or 0)
