"""Sources in the store: who they are, and when to ask them again."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds.dates import from_us, to_us
from feeds.model import FetchState, Pace, Source, SourceKind, Status, Subscription
from feeds.urls import host

# A lease outlives any poll; a worker that dies leaves its turn to the next one, which frees all leases at its start.
LEASE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One line of `seedfeed sources`."""

    source: Source
    state: FetchState
    active: bool
    entries: int


class Sources:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, source: Source, *, now: datetime, category_slugs: Mapping[str, str]) -> bool:
        """Adds or changes a source; a new one is due at once. True if anything changed.

        category_slugs: the slug of each of its categories.
        """
        row = self._connection.execute("SELECT * FROM sources WHERE key = ?", (source.key,)).fetchone()
        values = (
            source.slug,
            source.kind.value,
            source.title,
            source.url,
            source.link,
            json.dumps(source.categories, ensure_ascii=False),
            source.language,
            source.timezone,
            int(source.private),
            source.priority,
            source.filter,
            source.content,
            int(source.poll.total_seconds()) if source.poll else 0,
        )
        columns = (
            "slug, kind, title, url, link, categories, language, timezone, private, priority, filter, content,"
            " poll_seconds"
        )
        if row is None:
            self._connection.execute(
                f"INSERT INTO sources (key, {columns}, next_poll_us) VALUES (?{', ?' * 14})",
                (source.key, *values, to_us(now) if source.kind is SourceKind.FEED else None),
            )
        elif tuple(row[name] for name in columns.split(", ")) == values and row["active"]:
            return False
        else:
            # One that came back, that lies elsewhere, or whose entries are to be read otherwise, is asked at once, and
            # as if it had never been asked.
            reread = ("url", "language", "timezone", "filter")
            again = not row["active"] or any(row[name] != getattr(source, name) for name in reread)
            self._connection.execute(
                f"UPDATE sources SET ({columns}, active) = (?{', ?' * 13}) WHERE key = ?",
                (*values, 1, source.key),
            )
            if again and source.kind is SourceKind.FEED:
                self.forget_document(source.key, now)
        self._put_categories(source, category_slugs)
        return True

    def forget_document(self, key: str, now: datetime) -> None:
        """The next poll is due, and reads the whole document again; a paused source stays paused."""
        self._connection.execute(
            "UPDATE sources SET etag = '', last_modified = '', body_digest = '', items = x'', failures = 0,"
            " failing_since_us = NULL, gone = 0, gone_since_us = NULL, error = '',"
            " next_poll_us = CASE status WHEN 'paused' THEN NULL ELSE ? END,"
            " status = CASE status WHEN 'paused' THEN 'paused' ELSE 'ok' END WHERE key = ?",
            (to_us(now), key),
        )

    def move(self, key: str, url: str) -> None:
        """The source is asked at another address from now on; all else that is known of it holds."""
        self._connection.execute(
            "UPDATE sources SET url = ?, moved_to = '', moved_polls = 0, moved_since_us = NULL WHERE key = ?",
            (url, key),
        )

    def pause(self, key: str) -> None:
        """Not asked until it is resumed."""
        self._connection.execute(
            "UPDATE sources SET status = 'paused', next_poll_us = NULL, leased_us = NULL WHERE key = ?", (key,)
        )

    def resume(self, key: str, now: datetime) -> None:
        """Asked at once, whether it was paused or gone."""
        self._connection.execute(
            "UPDATE sources SET status = 'ok', error = '', failures = 0, failing_since_us = NULL, gone = 0,"
            " gone_since_us = NULL, next_poll_us = ? WHERE key = ?",
            (to_us(now), key),
        )

    def spread_overdue(self, now: datetime, each: timedelta, most: timedelta) -> None:
        """Spreads what came due while nobody polled, so that a restart is no storm: `each` apart, at `most` so long."""
        rows = self._connection.execute(
            "SELECT n, key FROM sources WHERE active = 1 AND kind = 'feed' AND next_poll_us < ? AND polls > 0",
            (to_us(now),),
        ).fetchall()
        over = min(each * len(rows), most)
        self._connection.executemany(
            "UPDATE sources SET next_poll_us = ? WHERE n = ?",
            [(to_us(now + over * (int(row["key"][:8], 16) / 2**32)), row["n"]) for row in rows],
        )

    def by_url(self, url: str) -> Source | None:
        """The active source that is asked at an address."""
        row = self._connection.execute("SELECT * FROM sources WHERE url = ? AND active = 1", (url,)).fetchone()
        return source_of(row) if row else None

    def by_slug(self, slug: str) -> Source | None:
        row = self._connection.execute("SELECT * FROM sources WHERE slug = ?", (slug,)).fetchone()
        return source_of(row) if row else None

    def _put_categories(self, source: Source, slugs: Mapping[str, str]) -> None:
        n = self.number(source.key)
        self._connection.execute("DELETE FROM source_categories WHERE source = ?", (n,))
        for name in source.categories:
            self._connection.execute(
                "INSERT OR IGNORE INTO source_categories (slug, source) VALUES (?, ?)", (slugs[name], n)
            )
            self.put_category(slugs[name], name)

    def put_category(self, slug: str, name: str) -> None:
        self._connection.execute("INSERT OR IGNORE INTO categories (slug, name) VALUES (?, ?)", (slug, name))

    def categories(self) -> dict[str, str]:
        """Names by slug, of categories that a public source or an entry of one bears."""
        rows = self._connection.execute(
            "SELECT slug, name FROM categories AS c WHERE EXISTS (SELECT 1 FROM entry_categories AS b"
            " JOIN entries AS e ON e.n = b.entry JOIN sources AS s ON s.n = e.source"
            " WHERE b.slug = c.slug AND s.private = 0) OR EXISTS (SELECT 1 FROM source_categories AS b"
            " JOIN sources AS s ON s.n = b.source WHERE b.slug = c.slug AND s.private = 0) ORDER BY slug"
        )
        return {row["slug"]: row["name"] for row in rows}

    def own_key(self) -> str:
        """The key of the home's own articles; "" in a new store."""
        row = self._connection.execute("SELECT key FROM sources WHERE kind = 'seeds'").fetchone()
        return str(row[0]) if row else ""

    def number(self, key: str) -> int:
        return int(self._connection.execute("SELECT n FROM sources WHERE key = ?", (key,)).fetchone()[0])

    def deactivate(self, keys: Iterable[str]) -> None:
        """No longer polled; what they brought stays."""
        self._connection.executemany(
            "UPDATE sources SET active = 0, next_poll_us = NULL, leased_us = NULL WHERE key = ?",
            [(key,) for key in keys],
        )

    def all(self) -> list[Source]:
        """Every source that is active or still has entries, by slug."""
        rows = self._connection.execute(
            "SELECT * FROM sources AS s WHERE active = 1"
            " OR EXISTS (SELECT 1 FROM entries WHERE source = s.n AND deleted_us IS NULL) ORDER BY slug"
        )
        return [source_of(row) for row in rows]

    def active(self) -> list[Source]:
        rows = self._connection.execute("SELECT * FROM sources WHERE active = 1 ORDER BY slug")
        return [source_of(row) for row in rows]

    def get(self, key: str) -> Source | None:
        row = self._connection.execute("SELECT * FROM sources WHERE key = ?", (key,)).fetchone()
        return source_of(row) if row else None

    def report(self) -> list[SourceReport]:
        rows = self._connection.execute(
            "SELECT s.*, (SELECT count(*) FROM entries AS e WHERE e.source = s.n AND e.deleted_us IS NULL) AS entries"
            " FROM sources AS s WHERE active = 1 ORDER BY kind DESC, slug"
        )
        return [SourceReport(source_of(row), _state(row), bool(row["active"]), row["entries"]) for row in rows]

    def due(self, now: datetime, *, limit: int, everything: bool = False) -> list[Subscription]:
        """Leases the longest overdue subscriptions, by host: a crash delays a source, never loses it.

        everything: due or not (but for paused, gone and leased ones).
        """
        moment = to_us(now)
        rows = self._connection.execute(
            "SELECT * FROM sources WHERE active = 1 AND kind = 'feed' AND status NOT IN ('paused', 'gone')"
            " AND (? OR next_poll_us <= ?) AND coalesce(leased_us, 0) <= ? ORDER BY next_poll_us, n LIMIT ?",
            (int(everything), moment, moment, limit),
        ).fetchall()
        until = to_us(now + LEASE)
        self._connection.executemany(
            "UPDATE sources SET leased_us = ? WHERE n = ?", [(until, row["n"]) for row in rows]
        )
        found = [Subscription(source_of(row), _state(row)) for row in rows]
        return sorted(found, key=lambda subscription: host(subscription.source.url))

    def make_due(self, now: datetime) -> None:
        self._connection.execute(
            "UPDATE sources SET next_poll_us = ?"
            " WHERE active = 1 AND kind = 'feed' AND status NOT IN ('paused', 'gone')",
            (to_us(now),),
        )

    def hasten(self, key: str, now: datetime, pause: timedelta) -> None:
        """One source is polled as soon as may be, not within `pause` of its last good answer."""
        self._connection.execute(
            "UPDATE sources SET next_poll_us = min(next_poll_us, max(?, coalesce(last_success_us, 0) + ?))"
            " WHERE key = ? AND active = 1 AND status = 'ok'",
            (to_us(now), pause // timedelta(microseconds=1), key),
        )

    def forget_validators(self, key: str) -> None:
        """The next answer of a source is a document, whatever it sent before."""
        self._connection.execute(
            "UPDATE sources SET etag = '', last_modified = '', body_digest = '' WHERE key = ?", (key,)
        )

    def free_leases(self) -> None:
        """For whoever just took the worker's lock: no other run is alive."""
        self._connection.execute("UPDATE sources SET leased_us = NULL WHERE leased_us IS NOT NULL")

    def save_state(self, key: str, state: FetchState) -> None:
        """What a poll brought; the lease ends."""
        # Paused meanwhile, it stays paused.
        values = ", ".join(
            f"CASE status WHEN 'paused' THEN {name} ELSE ? END" if name in ("status", "next_poll_us") else "?"
            for name in _STATE.split(", ")
        )
        self._connection.execute(
            f"UPDATE sources SET ({_STATE}, leased_us) = ({values}, NULL) WHERE key = ?", (*_state_values(state), key)
        )

    def is_active(self, key: str) -> bool:
        return bool(self._connection.execute("SELECT active FROM sources WHERE key = ?", (key,)).fetchone()[0])

    def state(self, key: str) -> FetchState:
        return _state(self._connection.execute("SELECT * FROM sources WHERE key = ?", (key,)).fetchone())

    def learn(self, key: str, title: str, link: str) -> None:
        """What a source says of itself; it shows where the operator has said nothing."""
        self._connection.execute("UPDATE sources SET own_title = ?, own_link = ? WHERE key = ?", (title, link, key))

    def fact(self, name: str) -> str:
        """A small fact about the whole home, e.g. when the last cycle ended; "" if unknown."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def set_fact(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))


def source_of(row: sqlite3.Row) -> Source:
    return Source(
        key=row["key"],
        slug=row["slug"],
        kind=SourceKind(row["kind"]),
        title=row["title"] or row["own_title"] or host(row["url"]) or row["slug"],
        url=row["url"],
        link=row["link"] or row["own_link"],
        categories=tuple(json.loads(row["categories"])),
        language=row["language"],
        timezone=row["timezone"],
        private=bool(row["private"]),
        priority=row["priority"],
        filter=row["filter"],
        content=row["content"],
        poll=timedelta(seconds=row["poll_seconds"]) if row["poll_seconds"] else None,
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


def _state(row: sqlite3.Row) -> FetchState:
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
