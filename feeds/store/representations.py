"""The bytes that the server sends, and the fragments of entries that they are made of."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds.model import Representation
from feeds.store.transaction import Transaction
from feeds.text.dates import from_us


@dataclass(frozen=True, slots=True)
class Fragment:
    """An entry in one format. fault: why it is not published, or "". digest: of the body, hex."""

    body: bytes
    fault: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Aside:
    """An entry that the publish gate set aside, and why."""

    id: str
    title: str
    reason: str

    def __str__(self) -> str:
        return f"{self.id} is set aside: {self.reason}; everything else goes out"


class Representations:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of(self, path: str) -> Representation | None:
        row = self._connection.execute("SELECT * FROM representations WHERE path = ?", (path,)).fetchone()
        if row is None:
            return None
        return Representation(
            path=row["path"],
            media_type=row["media_type"],
            body=row["body"],
            etag=row["etag"],
            last_modified=from_us(row["last_modified_us"]),
            max_age=timedelta(seconds=row["max_age"]),
        )

    def validators(self, path: str) -> tuple[str, datetime, timedelta] | None:
        """ETag, Last-Modified and max-age of a document, without its bytes."""
        row = self._connection.execute(
            "SELECT etag, last_modified_us, max_age FROM representations WHERE path = ?", (path,)
        ).fetchone()
        if row is None:
            return None
        return row["etag"], from_us(row["last_modified_us"]), timedelta(seconds=row["max_age"])

    def newest_document(self) -> datetime | None:
        """When any of the documents last changed."""
        row = self._connection.execute("SELECT max(last_modified_us) FROM representations").fetchone()
        return from_us(row[0]) if row[0] is not None else None

    def fragments(self, keys: Mapping[int, str], format_: str) -> dict[int, Fragment]:
        """Kept fragments that are still valid, by the entry's number: those stored under the key in `keys`."""
        marks = ", ".join("?" * len(keys))
        rows = self._connection.execute(
            f"SELECT entry, key, body, fault, digest FROM fragments WHERE format = ? AND entry IN ({marks})",
            (format_, *keys),
        )
        return {
            row["entry"]: Fragment(row["body"], row["fault"], row["digest"])
            for row in rows
            if keys[row["entry"]] == row["key"]
        }

    def faulty(self, stamp: str) -> set[int]:
        """The numbers of entries that have a fault as they are now. stamp: what fragments depend on besides entries."""
        rows = self._connection.execute(
            "SELECT f.entry FROM fragments AS f JOIN entries AS e ON e.n = f.entry"
            " WHERE f.fault <> '' AND f.key = e.change || '.' || ?",
            (stamp,),
        )
        return {row[0] for row in rows}

    def keep_fragments(
        self, _: Transaction, format_: str, keys: Mapping[int, str], fragments: Mapping[int, Fragment]
    ) -> None:
        """Stores fragments with their keys; both mappings are by the entry's number."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO fragments (entry, format, key, body, fault, digest) VALUES (?, ?, ?, ?, ?, ?)",
            [(n, format_, keys[n], one.body, one.fault, one.digest) for n, one in fragments.items()],
        )

    def aside(self) -> list[Aside]:
        """Living entries that are not published anywhere, since their rendered form is not valid."""
        rows = self._connection.execute(
            "SELECT e.id, e.title, min(f.fault) AS fault FROM fragments AS f JOIN entries AS e ON e.n = f.entry"
            " WHERE f.fault <> '' AND e.deleted_us IS NULL GROUP BY e.n ORDER BY e.n"
        )
        return [Aside(row["id"], row["title"], row["fault"]) for row in rows]
