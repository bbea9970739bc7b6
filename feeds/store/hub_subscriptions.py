"""Our subscriptions at WebSub hubs: a source has at most one that is live, and some that are being left."""

import sqlite3
from dataclasses import astuple
from datetime import datetime

from feeds.store.transaction import Transaction
from feeds.text.dates import from_us, to_us
from feeds.websub.subscription import LIVE, HubSubscription, Standing

_COLUMNS = "token, hub, topic, secret, state, failures, next_us, until_us, pushed_us, missed_us, ignored, error"
_LIVE = ", ".join(f"'{standing}'" for standing in sorted(LIVE))
_SELECT = "SELECT h.*, s.key FROM hubs AS h JOIN sources AS s ON s.n = h.source"


class HubSubscriptions:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def by_token(self, token: str) -> HubSubscription | None:
        row = self._connection.execute(f"{_SELECT} WHERE h.token = ?", (token,)).fetchone()
        return _subscription(row) if row else None

    def of(self, source_key: str) -> HubSubscription | None:
        """The live subscription of a source, if there is one."""
        row = self._connection.execute(f"{_SELECT} WHERE s.key = ? AND h.state IN ({_LIVE})", (source_key,)).fetchone()
        return _subscription(row) if row else None

    def ended(self, source_key: str) -> int:
        """How many of a source's subscriptions are being left or kept as over."""
        row = self._connection.execute(
            "SELECT count(*) FROM hubs AS h JOIN sources AS s ON s.n = h.source"
            " WHERE s.key = ? AND h.state IN ('leaving', 'over')",
            (source_key,),
        ).fetchone()
        return int(row[0])

    def due(self, now: datetime, limit: int) -> list[HubSubscription]:
        """Subscriptions whose hub is to be asked, longest overdue first."""
        rows = self._connection.execute(
            f"{_SELECT} WHERE h.next_us <= ? ORDER BY h.next_us, h.n LIMIT ?", (to_us(now), limit)
        )
        return [_subscription(row) for row in rows]

    def unwanted(self) -> list[HubSubscription]:
        """Live subscriptions whose source is no longer polled."""
        rows = self._connection.execute(
            f"{_SELECT} WHERE h.state IN ({_LIVE}) AND (s.active = 0 OR s.status IN ('paused', 'gone'))"
        )
        return [_subscription(row) for row in rows]

    def put(self, _: Transaction, subscription: HubSubscription) -> None:
        """Adds a subscription, or saves its new state."""
        places = ", ".join("?" * (_COLUMNS.count(",") + 1))
        changes = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[1:])
        self._connection.execute(
            f"INSERT INTO hubs (source, {_COLUMNS}) SELECT n, {places} FROM sources WHERE key = ?"
            f" ON CONFLICT (token) DO UPDATE SET {changes}",
            (*_values(subscription), subscription.source_key),
        )

    def ask_all_again(self, _: Transaction, now: datetime) -> None:
        """Asks all hubs again, for a home whose address has changed: hubs know the old one."""
        self._connection.execute(f"UPDATE hubs SET next_us = ? WHERE state IN ({_LIVE})", (to_us(now),))

    def forget(self, _: Transaction, now: datetime) -> None:
        """Removes subscriptions that are over, once the hub can no longer push."""
        self._connection.execute("DELETE FROM hubs WHERE state = 'over' AND until_us < ?", (to_us(now),))


def _values(subscription: HubSubscription) -> tuple[object, ...]:
    """The values of _COLUMNS."""
    _, *values = astuple(subscription)
    return tuple(to_us(value) if isinstance(value, datetime) else value for value in values)


def _subscription(row: sqlite3.Row) -> HubSubscription:
    return HubSubscription(
        source_key=row["key"],
        token=row["token"],
        hub=row["hub"],
        topic=row["topic"],
        secret=row["secret"],
        standing=Standing(row["state"]),
        failures=row["failures"],
        ask_at=_moment(row["next_us"]),
        until=_moment(row["until_us"]),
        pushed_at=_moment(row["pushed_us"]),
        missed_at=_moment(row["missed_us"]),
        ignored=row["ignored"],
        error=row["error"],
    )


def _moment(us: int | None) -> datetime | None:
    return from_us(us) if us is not None else None
