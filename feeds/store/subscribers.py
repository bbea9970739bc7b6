"""Subscribers to our feeds and the deliveries that each is owed; only the worker writes here, after a callback has
confirmed.

A change is owed from the transaction that publishes it until the subscriber has accepted it, so that a crash loses
none. What is delivered is the topic as it is at that moment: several changes become one delivery.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from feeds.store.transaction import Transaction
from feeds.text.dates import from_us, to_us
from feeds.text.urls import host
from feeds.websub.topics import HubRequest

# After this many failures in a row a further change of the topic no longer shortens the back-off.
PATIENT_TRIES = 5
# A delivery that keeps failing is given up after this time; the next change is tried again.
OWED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription at our hub. etag: of the document that it has, "" if unknown. tries: failures since the last
    success.
    """

    n: int
    callback: str
    path: str
    topic: str
    secret: str = field(repr=False)
    until: datetime
    etag: str
    tries: int


@dataclass(frozen=True, slots=True)
class Ping:
    """A changed topic that another hub has to be notified of."""

    path: str
    tries: int


class Subscribers:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # The subscribers

    def put(self, _: Transaction, asked: HubRequest, now: datetime) -> None:
        """Adds a subscriber, or renews its lease and secret as requested last (WebSub §5.1)."""
        until = now + asked.lease
        self._connection.execute(
            "INSERT INTO subscribers (callback, path, topic, host, secret, since_us, until_us)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (callback, path) DO UPDATE SET topic = excluded.topic,"
            # It may have lost what it had. It answers again, so what it is owed need not wait.
            " secret = excluded.secret, until_us = excluded.until_us, etag = '', tries = 0,"
            " next_us = CASE WHEN owed_us IS NOT NULL THEN ? END",
            (
                asked.callback,
                asked.path,
                asked.topic,
                host(asked.callback),
                asked.secret,
                to_us(now),
                to_us(until),
                to_us(now),
            ),
        )

    def get(self, callback: str, path: str) -> Subscriber | None:
        row = self._connection.execute(
            "SELECT * FROM subscribers WHERE callback = ? AND path = ?", (callback, path)
        ).fetchone()
        return _subscriber(row) if row else None

    def remove(self, _: Transaction, callback: str, path: str) -> None:
        self._connection.execute("DELETE FROM subscribers WHERE callback = ? AND path = ?", (callback, path))

    def end(self, _: Transaction, numbers: Iterable[int]) -> None:
        self._connection.executemany("DELETE FROM subscribers WHERE n = ?", [(n,) for n in numbers])

    def expired(self, now: datetime) -> list[Subscriber]:
        """Subscribers whose lease is over: nothing more is delivered to them."""
        rows = self._connection.execute("SELECT * FROM subscribers WHERE until_us <= ?", (to_us(now),))
        return [_subscriber(row) for row in rows]

    def stranded(self) -> list[Subscriber]:
        """Subscribers whose topic is not kept fresh: it was only just requested, or is no longer published."""
        rows = self._connection.execute(
            "SELECT * FROM subscribers WHERE NOT EXISTS"
            " (SELECT 1 FROM representations AS r WHERE r.path = subscribers.path)"
        )
        return [_subscriber(row) for row in rows]

    def by_host(self) -> dict[str, int]:
        """How many there are at each host."""
        return dict(self._connection.execute("SELECT host, count(*) FROM subscribers GROUP BY host").fetchall())

    def of_topic(self, path: str) -> int:
        row = self._connection.execute("SELECT count(*) FROM subscribers WHERE path = ?", (path,)).fetchone()
        return int(row[0])

    # What they are owed

    def owe(self, _: Transaction, paths: Iterable[str], now: datetime) -> None:
        """Owes every subscriber of these topics their change, in the transaction that changes them."""
        self._connection.executemany(
            "UPDATE subscribers SET owed_us = coalesce(owed_us, ?1),"
            " next_us = CASE WHEN owed_us IS NULL OR tries < ?2 THEN ?1 ELSE next_us END WHERE path = ?3",
            [(to_us(now), PATIENT_TRIES, path) for path in paths],
        )

    def due(self, now: datetime) -> list[Subscriber]:
        """Subscribers that are due a delivery; those that accepted their last one come first."""
        rows = self._connection.execute(
            "SELECT * FROM subscribers WHERE next_us <= ?1 AND until_us > ?1 ORDER BY tries, delivered_us IS NULL, n",
            (to_us(now),),
        )
        return [_subscriber(row) for row in rows]

    def note_delivery(self, _: Transaction, n: int, etag: str, now: datetime) -> None:
        """Records that a subscriber has the document with this ETag; later changes are still owed."""
        self._connection.execute(
            "UPDATE subscribers SET etag = ?1, delivered_us = ?2, tries = 0,"
            " owed_us = CASE WHEN etag_now = ?1 THEN NULL ELSE owed_us END,"
            " next_us = CASE WHEN etag_now = ?1 THEN NULL ELSE ?2 END"
            " FROM (SELECT s.n AS which, coalesce(r.etag, ?1) AS etag_now FROM subscribers AS s"
            " LEFT JOIN representations AS r ON r.path = s.path WHERE s.n = ?3) WHERE n = which",
            (etag, to_us(now), n),
        )

    def note_failure(self, _: Transaction, n: int, wait: timedelta, now: datetime) -> None:
        """Records a failed delivery: it is tried again after `wait`, or given up after a day."""
        self._connection.execute(
            "UPDATE subscribers SET tries = tries + 1,"
            " next_us = CASE WHEN owed_us IS NULL OR owed_us <= ?1 THEN NULL ELSE ?2 END,"
            " owed_us = CASE WHEN owed_us <= ?1 THEN NULL ELSE owed_us END WHERE n = ?3",
            (to_us(now + wait - OWED_FOR), to_us(now + wait), n),
        )

    # Pings to another hub

    def owe_pings(self, _: Transaction, paths: Iterable[str], now: datetime) -> None:
        """Owes the other hub a ping for each of these topics, in the transaction that changes them."""
        self._connection.executemany(
            "INSERT INTO pings (path, owed_us, next_us) VALUES (?1, ?2, ?2) ON CONFLICT (path) DO UPDATE SET"
            " next_us = excluded.next_us",
            [(path, to_us(now)) for path in paths],
        )

    def due_pings(self, now: datetime) -> list[Ping]:
        rows = self._connection.execute("SELECT * FROM pings WHERE next_us <= ? ORDER BY tries, owed_us", (to_us(now),))
        return [Ping(row["path"], row["tries"]) for row in rows]

    def note_ping(self, _: Transaction, path: str, sent_at: datetime) -> None:
        """Records that the hub was notified; a later change is still owed."""
        self._connection.execute("DELETE FROM pings WHERE path = ? AND next_us <= ?", (path, to_us(sent_at)))

    def note_ping_failure(self, _: Transaction, path: str, wait: timedelta, now: datetime) -> None:
        self._connection.execute(
            "UPDATE pings SET tries = tries + 1, next_us = ? WHERE path = ?", (to_us(now + wait), path)
        )
        self._connection.execute(
            "DELETE FROM pings WHERE path = ? AND owed_us <= ?", (path, to_us(now + wait - OWED_FOR))
        )

    def forget_pings(self, _: Transaction) -> None:
        """Removes all pings, for a home whose settings no longer name another hub."""
        self._connection.execute("DELETE FROM pings")


def _subscriber(row: sqlite3.Row) -> Subscriber:
    return Subscriber(
        n=row["n"],
        callback=row["callback"],
        path=row["path"],
        topic=row["topic"],
        secret=row["secret"],
        until=from_us(row["until_us"]),
        etag=row["etag"],
        tries=row["tries"],
    )
