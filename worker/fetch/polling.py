"""When to poll a source next, with which validators, and at which address.

Pure: takes the old state and the result of a poll, returns the next state. Retry-After is RFC 9110 §10.2.3, 410 Gone
§15.5.11, permanent redirects §15.4.2 and §15.4.9, freshness RFC 9111 §4.2.1. A failing source is never given up: only
410 or the operator ends polling.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from feeds.errors import SourceError, UnreadError
from feeds.model import FetchState, Pace, Status
from worker.fetch import sentences
from worker.model import DIGEST_BYTES, UNREAD_TIMES, Retrieved, split

# Recent entries that determine the rhythm: enough to smooth a busy day, few enough to follow a change of habit.
RECENT = 20
UNKNOWN_RHYTHM = timedelta(hours=1)
RETRY_AFTER_MAX = timedelta(days=7)
# How often, and over what time, an answer must repeat before it changes a source permanently.
GONE_TIMES, GONE_AFTER = 3, timedelta(hours=72)
MOVED_TIMES, MOVED_AFTER = 3, timedelta(hours=24)
# This many recent intervals make a burst: something is happening, and the source is polled at that rate.
BURST = 3
# This share of the time since the last entry counts as an interval, so that a dead feed is polled ever less often.
SILENCE = 0.1
SPREAD = 0.1
# Digests of items to remember per source, newest first: more than a document usually holds.
MOST_ITEMS = 2_000
# Errors that do not pass by themselves: the URL or worker.allow_networks must change.
_BLOCKED = frozenset({"E_ADDR", "E_SCHEME", "E_URL"})


@dataclass(frozen=True, slots=True)
class PollPolicy:
    """How often a source may be polled: worker.poll_min, worker.poll_max.

    poll: the operator's interval, in place of the source's rhythm. pushed: a hub pushes what is new (WebSub).
    """

    poll_min: timedelta
    poll_max: timedelta
    poll: timedelta | None = None
    pushed: bool = False


def next_state(
    old: FetchState,
    outcome: Retrieved,
    now: datetime,
    settings: PollPolicy,
    published: Sequence[datetime],
    *,
    overlaps: bool = True,
) -> FetchState:
    """The state to store after a poll.

    published: when the source's entries appeared, in any order. overlaps: whether the document holds entries known from
    this source, which shows that a redirect leads to the same feed.

    Success: half the usual interval between recent entries, at least what the origin asks for (`fresh_for`, `pace`),
    within [poll_min, poll_max]; validators verbatim. Failure: poll_min, doubling up to poll_max, never before
    Retry-After (honoured up to 7 days); validators stay those of the last good answer. Both vary by up to a tenth,
    depending on the source's key, so that sources do not poll in step. 410, three times over 72 hours, ends polling:
    next_poll_at is None. A paused source stays paused.
    """
    if outcome.error is not None:
        new = _after_failure(old, outcome.key, outcome.error, now, settings)
    else:
        new = _after_success(old, outcome, now, settings, published, overlaps)
    if old.status is Status.PAUSED:
        return replace(new, status=Status.PAUSED, next_poll_at=None)
    return new


def new_address(state: FetchState, now: datetime) -> str:
    """The address to poll from now on: where 301 and 308 led three times over a day, or "" until then."""
    known = state.moved_polls >= MOVED_TIMES and state.moved_since and now - state.moved_since >= MOVED_AFTER
    return state.moved_to if known else ""


def overlap(old: bytes, new: bytes) -> bool:
    """Whether two documents have an item in common, by their joined digests."""
    return not split(old).isdisjoint(split(new))


def rhythm(published: Sequence[datetime], now: datetime, settings: PollPolicy) -> timedelta:
    """The wait that the entries suggest: half the usual interval, within [poll_min, poll_max]."""
    usual = interval(published, now, settings.poll_min)
    silence = now - max((moment for moment in published if moment <= now), default=now)
    return _clamp(max(usual or 2 * UNKNOWN_RHYTHM, silence * SILENCE) / 2, settings.poll_min, settings.poll_max)


def interval(published: Sequence[datetime], now: datetime, poll_min: timedelta) -> timedelta | None:
    """The median interval between recent entries, or the shorter one of a burst; None if there are too few."""
    # Entries closer together than two polls can be count as one.
    found = intervals((moment for moment in published if moment <= now), poll_min)
    return min(median(found), median(found[:BURST])) if found else None


def _after_success(
    old: FetchState,
    outcome: Retrieved,
    now: datetime,
    settings: PollPolicy,
    published: Sequence[datetime],
    overlaps: bool,
) -> FetchState:
    # A 304 does not repeat the document's own pace, which stays in force.
    pace = outcome.pace or old.pace
    # poll_max overrides freshness: a max-age of a year would be the end of the source.
    fresh = _clamp(max(_seconds(outcome.fresh_for), pace.ttl), settings.poll_min, settings.poll_max)
    longest = max(settings.poll_max, settings.poll or timedelta())
    usual = max(settings.poll, settings.poll_min) if settings.poll else rhythm(published, now, settings)
    wait = settings.poll_max if settings.pushed else max(usual, fresh)
    floor = fresh if fresh < settings.poll_max else settings.poll_min
    # A 304 may omit unchanged validators (RFC 9110 §15.4.5).
    keep = outcome.not_modified and not outcome.etag and not outcome.last_modified
    moved = _moved(old, outcome, now) if overlaps else FetchState()
    return FetchState(
        etag=old.etag if keep else outcome.etag,
        last_modified=old.last_modified if keep else outcome.last_modified,
        body_digest=outcome.body_digest or (old.body_digest if outcome.not_modified or outcome.delta else ""),
        next_poll_at=_unskipped(now + _spread(outcome.key, wait, floor, longest), pace),
        last_success=now,
        items=_items(old, outcome),
        pace=pace,
        polls=old.polls + 1,
        moved_to=moved.moved_to,
        moved_polls=moved.moved_polls,
        moved_since=moved.moved_since,
    )


def _items(old: FetchState, outcome: Retrieved) -> bytes:
    """Digests of items that need no parsing again. A delta omits what has not changed, so it adds to the known ones."""
    if outcome.items is None:
        return old.items
    return (outcome.items + old.items if outcome.delta else outcome.items)[: MOST_ITEMS * DIGEST_BYTES]


def _moved(old: FetchState, outcome: Retrieved, now: datetime) -> FetchState:
    """Counts permanent redirects to the same URL, and notes since when."""
    if not outcome.moved_to:
        return FetchState()
    if outcome.moved_to != old.moved_to:
        return FetchState(moved_to=outcome.moved_to, moved_polls=1, moved_since=now)
    return replace(old, moved_polls=old.moved_polls + 1)


def _unskipped(moment: datetime, pace: Pace) -> datetime:
    """The next moment outside the hours and days (GMT) in which the source does not want to be polled."""
    for _ in range(8 * 24):
        if moment.hour not in pace.skip_hours and moment.weekday() not in pace.skip_days:
            return moment
        # Keep the minutes, so that sources with the same quiet hours are not all polled on the hour.
        moment += timedelta(hours=1)
    return moment - timedelta(hours=8 * 24)  # every hour is skipped, which nobody can mean


def _after_failure(old: FetchState, key: str, error: SourceError, now: datetime, settings: PollPolicy) -> FetchState:
    failures = old.failures + 1
    asked = min(_seconds(error.retry_after or 0), RETRY_AFTER_MAX)
    wait = max(_backoff(failures, settings), asked)
    gone = error.status == 410
    new = replace(
        old,
        next_poll_at=now
        + _spread(key, wait, max(settings.poll_min, asked), max(settings.poll_max, asked * (1 + SPREAD))),
        failures=failures,
        failing_since=old.failing_since or now,
        gone=old.gone + 1 if gone else 0,
        gone_since=(old.gone_since or now) if gone else None,
        status=Status.BLOCKED if error.code in _BLOCKED else Status.FAILING,
        error=f"{error.code}: {sentences.cause(error)}" if error.code else sentences.cause(error),
    )
    if isinstance(error, UnreadError) and failures < UNREAD_TIMES:
        return replace(new, status=old.status, error=old.error)
    if new.gone >= GONE_TIMES and new.gone_since and now - new.gone_since >= GONE_AFTER:
        return replace(new, status=Status.GONE, next_poll_at=None)
    return new


def _backoff(failures: int, settings: PollPolicy) -> timedelta:
    # The cap on the exponent avoids overflow: 2^20 times any poll_min exceeds any poll_max.
    return _clamp(settings.poll_min * 2 ** min(failures - 1, 20), settings.poll_min, settings.poll_max)


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=min(max(0.0, seconds), 366 * 86400.0))  # NaN becomes 0 this way round


def _clamp(value: timedelta, low: timedelta, high: timedelta) -> timedelta:
    return max(low, min(value, high))


def _spread(key: str, wait: timedelta, floor: timedelta, ceiling: timedelta) -> timedelta:
    """`wait` changed by up to a tenth either way, within [floor, ceiling]; always the same for the same key."""
    low = max(floor, wait * (1 - SPREAD))
    high = max(low, min(ceiling, wait * (1 + SPREAD)))
    place = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest()) / 2**32
    return low + (high - low) * place


def intervals(moments: Iterable[datetime], apart: timedelta) -> list[timedelta]:
    """The intervals between moments, newest first; moments closer than `apart` count as one.

    A weekly digest of ten entries is therefore weekly.
    """
    seen: list[datetime] = []
    for moment in sorted(moments, reverse=True):
        if not seen or seen[-1] - moment >= apart:
            seen.append(moment)
        if len(seen) > RECENT:
            break
    return [newer - older for newer, older in pairwise(seen)]


def median(found: Sequence[timedelta]) -> timedelta:
    """The median; needs at least one interval."""
    ordered, middle = sorted(found), len(found) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
