"""When sources are polled next, and what is remembered from one poll to the next."""

import json
import sqlite3
from datetime import datetime, timedelta

from feeds.model import FetchState, Pace, Status, Subscription
from feeds.store.rows import source_of
from feeds.store.transaction import Transaction
from feeds.text.dates import from_us, to_us
from feeds.text.urls import host

# Longer than any poll. If a worker dies, the next one frees all leases when it starts.
LEASE = timedelta(hours=1)


class Polls:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def due(self, _: Transaction, now: datetime, *, limit: int) -> list[Subscription]:
        """Leases the subscriptions that are longest overdue, by host: a crash delays a source but never loses it."""
        moment = to_us(now)
        rows = self._connection.execute(
            "SELECT * FROM sources WHERE active = 1 AND kind = 'feed' AND status NOT IN ('paused', 'gone')"
            " AND next_poll_us <= :moment AND coalesce(leased_us, 0) <= :moment ORDER BY next_poll_us, n LIMIT :limit",
            {"moment": moment, "limit": limit},
        ).fetchall()
        until = to_us(now + LEASE)
        self._connection.executemany(
            "UPDATE sources SET leased_us = ? WHERE n = ?", [(until, row["n"]) for row in rows]
        )
        found = [Subscription(source_of(row), state_of(row)) for row in rows]
        return sorted(found, key=lambda subscription: host(subscription.source.url))

    def make_due(self, _: Transaction, now: datetime) -> None:
        """Makes every source due, except paused and gone ones."""
        self._connection.execute(
            "UPDATE sources SET next_poll_us = ?"
            " WHERE active = 1 AND kind = 'feed' AND status NOT IN ('paused', 'gone')",
            (to_us(now),),
        )

    def retry_limited(self, _: Transaction, now: datetime) -> None:
        """Makes due what failed for a limit that the operator sets: an address, a time or a size."""
        self._connection.execute(
            "UPDATE sources SET next_poll_us = ? WHERE active = 1 AND kind = 'feed'"
            " AND status IN ('failing', 'blocked')"
            " AND (error LIKE 'E_ADDR:%' OR error LIKE 'E_SLOW:%' OR error LIKE 'E_BIG:%')",
            (to_us(now),),
        )

    def hasten(self, _: Transaction, key: str, now: datetime, pause: timedelta) -> None:
        """Polls one source as soon as possible, but not within `pause` of its last good answer."""
        self._connection.execute(
            "UPDATE sources SET next_poll_us = min(next_poll_us, max(?, coalesce(last_success_us, 0) + ?))"
            " WHERE key = ? AND active = 1 AND status = 'ok'",
            (to_us(now), pause // timedelta(microseconds=1), key),
        )

    def spread_overdue(self, _: Transaction, now: datetime, each: timedelta, most: timedelta) -> None:
        """Spreads what came due while nothing polled, to avoid a burst after a restart: `each` apart, over `most` at
        most.
        """
        rows = self._connection.execute(
            "SELECT n, key FROM sources WHERE active = 1 AND kind = 'feed' AND next_poll_us < ? AND polls > 0",
            (to_us(now),),
        ).fetchall()
        over = min(each * len(rows), most)
        self._connection.executemany(
            "UPDATE sources SET next_poll_us = ? WHERE n = ?",
            [(to_us(now + over * (int(row["key"][:8], 16) / 2**32)), row["n"]) for row in rows],
        )

    def free_leases(self, _: Transaction) -> None:
        """Frees all leases. Only for the process that just took the worker's lock: no other is running."""
        self._connection.execute("UPDATE sources SET leased_us = NULL WHERE leased_us IS NOT NULL")

    def save_state(self, _: Transaction, key: str, state: FetchState) -> None:
        """Saves the outcome of a poll and ends the lease."""
        # A source that was paused meanwhile stays paused.
        values = ", ".join(
            f"CASE status WHEN 'paused' THEN {name} ELSE ? END" if name in ("status", "next_poll_us") else "?"
            for name in _STATE.split(", ")
        )
        self._connection.execute(
            f"UPDATE sources SET ({_STATE}, leased_us) = ({values}, NULL) WHERE key = ?", (*_state_values(state), key)
        )

    def state(self, key: str) -> FetchState:
        return state_of(self._connection.execute("SELECT * FROM sources WHERE key = ?", (key,)).fetchone())

    def forget_document(self, _: Transaction, key: str, now: datetime) -> None:
        """Makes the next poll due and has it read the whole document again; a paused source stays paused."""
        self._connection.execute(
            "UPDATE sources SET etag = '', last_modified = '', body_digest = '', items = x'', failures = 0,"
            " failing_since_us = NULL, gone = 0, gone_since_us = NULL, error = '',"
            " next_poll_us = CASE status WHEN 'paused' THEN NULL ELSE ? END,"
            " status = CASE status WHEN 'paused' THEN 'paused' ELSE 'ok' END WHERE key = ?",
            (to_us(now), key),
        )

    def forget_validators(self, _: Transaction, key: str) -> None:
        """Drops a source's validators, so that its next answer is a whole document."""
        self._connection.execute(
            "UPDATE sources SET etag = '', last_modified = '', body_digest = '' WHERE key = ?", (key,)
        )

    def pause(self, _: Transaction, key: str) -> None:
        """Stops polling a source until it is resumed."""
        self._connection.execute(
            "UPDATE sources SET status = 'paused', next_poll_us = NULL, leased_us = NULL WHERE key = ?", (key,)
        )

    def resume(self, _: Transaction, key: str, now: datetime) -> None:
        """Polls a source at once, whether it was paused or gone."""
        self._connection.execute(
            "UPDATE sources SET status = 'ok', error = '', failures = 0, failing_since_us = NULL, gone = 0,"
            " gone_since_us = NULL, next_poll_us = ? WHERE key = ?",
            (to_us(now), key),
        )


_STATE = (
    "etag, last_modified, body_digest, next_poll_us, last_success_us, items, ttl_seconds, skip, polls, failures,"
    " failing_since_us, gone, gone_since_us, moved_to, moved_polls, moved_since_us, status, error"
)


def _state_values(state: FetchState) -> tuple[object, ...]:
    """The values of _STATE."""
    pace = state.pace
    return (
        state.etag,
        state.last_modified,
        state.body_digest,
        _us(state.next_poll_at),
        _us(state.last_success),
        state.items,
        int(pace.ttl.total_seconds()),
        json.dumps([sorted(pace.skip_hours), sorted(pace.skip_days)]) if pace.skip_hours or pace.skip_days else "",
        state.polls,
        state.failures,
        _us(state.failing_since),
        state.gone,
        _us(state.gone_since),
        state.moved_to,
        state.moved_polls,
        _us(state.moved_since),
        state.status.value,
        state.error,
    )


def state_of(row: sqlite3.Row) -> FetchState:
    hours, days = json.loads(row["skip"] or "[[], []]")
    return FetchState(
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_digest=row["body_digest"],
        next_poll_at=_moment(row["next_poll_us"]),
        last_success=_moment(row["last_success_us"]),
        items=row["items"],
        pace=Pace(timedelta(seconds=row["ttl_seconds"]), frozenset(hours), frozenset(days)),
        polls=row["polls"],
        failures=row["failures"],
        failing_since=_moment(row["failing_since_us"]),
        gone=row["gone"],
        gone_since=_moment(row["gone_since_us"]),
        moved_to=row["moved_to"],
        moved_polls=row["moved_polls"],
        moved_since=_moment(row["moved_since_us"]),
        status=Status(row["status"]),
        error=row["error"],
    )


def _us(moment: datetime | None) -> int | None:
    return to_us(moment) if moment else None


def _moment(us: int | None) -> datetime | None:
    return from_us(us) if us is not None else None
