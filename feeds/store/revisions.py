"""Versions of an entry: the published one and those that it replaced."""

import sqlite3
from dataclasses import replace

from feeds.model import Revision
from feeds.store.display import as_allowed
from feeds.store.rows import entry_of, source_of
from feeds.text.dates import from_us


class Revisions:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def uuids_of_edited(self) -> list[str]:
        """UUIDs of all entries that have a page and an earlier version."""
        rows = self._connection.execute(
            "SELECT e.uuid FROM entries AS e JOIN sources AS s ON s.n = e.source"
            " WHERE e.revision > 1 AND e.deleted_us IS NULL AND s.private = 0 ORDER BY e.n"
        )
        return [row["uuid"] for row in rows]

    def newest(self, n: int, most: int) -> list[Revision]:
        """The newest versions of a living entry of a public source, newest first; empty for any other entry.

        A text is cut to what its source's `content` setting allows, and is never that of another outlet.
        """
        row = self._connection.execute(
            "SELECT e.*, s.key AS source_key FROM entries AS e JOIN sources AS s ON s.n = e.source"
            " WHERE e.n = ? AND e.deleted_us IS NULL AND s.private = 0",
            (n,),
        ).fetchone()
        if row is None:
            return []
        source = source_of(self._connection.execute("SELECT * FROM sources WHERE n = ?", (row["source"],)).fetchone())
        current = entry_of(row)
        earlier = self._connection.execute(
            "SELECT revision, recorded_us, title, summary, content FROM revisions WHERE entry = ?"
            " ORDER BY revision DESC LIMIT ?",
            (n, most),
        ).fetchall()
        # A version is recorded when the next one replaces it.
        since = [old["recorded_us"] for old in earlier]
        if len(earlier) < most:
            since.append(row["first_seen_us"])
        stored = [(row["revision"], current)] + [
            (old["revision"], replace(current, title=old["title"], summary=old["summary"], content=old["content"]))
            for old in earlier
        ]
        allowed = ((number, as_allowed(entry, source)) for number, entry in stored)
        return [
            Revision(number, from_us(moment), entry.title, entry.summary, entry.content)
            for (number, entry), moment in zip(allowed, since, strict=False)
        ]
