"""When to ask a source again, and with which validators.

Pure: what is known and what came of a poll in, the next state out. Retry-After is RFC 9110 §10.2.3, 410 Gone §15.5.11,
freshness RFC 9111 §4.2.1. A source is never given up for failing: only 410, or its operator, ends polling.
"""

import hashlib
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from feeds.errors import SourceError
from feeds.model import FetchState, Status
from worker.model import Retrieved

UNKNOWN_RHYTHM = timedelta(hours=1)
RETRY_AFTER_MAX = timedelta(days=7)
GONE_AFTER = timedelta(hours=72)
GONE_TIMES = 3
# The entries that tell a rhythm: enough to smooth a busy day, few enough to follow a change of habit.
RECENT = 20
# Of a silence, this part counts as an interval: a feed that has ended is asked ever less often.
SILENCE = 0.1
SPREAD = 0.1
# Errors that will not pass by themselves: the URL, or worker.allow_networks, must change.
_BLOCKED = frozenset({"E_ADDR", "E_SCHEME", "E_URL"})


@dataclass(frozen=True, slots=True)
class PollPolicy:
    """The shortest and the longest time between two polls of a source (worker.poll_min, worker.poll_max)."""

    poll_min: timedelta
    poll_max: timedelta


def next_state(
    old: FetchState, outcome: Retrieved, now: datetime, settings: PollPolicy, published: Sequence[datetime]
) -> FetchState:
    """The state to store with what the poll brought. published: when the source's entries appeared, in any order.

    Success: half the usual interval between recent entries, at least what the origin asks for (`fresh_for`), within
    [poll_min, poll_max]; validators verbatim. Failure: poll_min, doubling up to poll_max, never before Retry-After
    (honoured up to 7 days); validators stay those of the last good answer. Either is spread by up to a tenth, by the
    source's key, so that sources do not march in step. 410, three times over 72 hours, ends polling: next_poll_at is
    None. A paused source stays paused.
    """
    if outcome.error is not None:
        new = _after_failure(old, outcome.key, outcome.error, now, settings)
    else:
        new = _after_success(old, outcome, now, settings, published)
    if old.status is Status.PAUSED:
        return replace(new, status=Status.PAUSED, next_poll_at=None)
    return new


def rhythm(published: Sequence[datetime], now: datetime, settings: PollPolicy) -> timedelta:
    """Half the median interval between recent entries, within [poll_min, poll_max]; an hour when nothing tells."""
    seen: list[datetime] = []
    for moment in sorted((moment for moment in published if moment <= now), reverse=True):
        # Entries closer together than any two polls can be appear as one: a weekly digest of ten entries is weekly.
        if not seen or seen[-1] - moment >= settings.poll_min:
            seen.append(moment)
        if len(seen) > RECENT:
            break
    intervals = [(newer - older).total_seconds() for newer, older in pairwise(seen)]
    usual = timedelta(seconds=statistics.median(intervals)) / 2 if intervals else UNKNOWN_RHYTHM
    silence = now - seen[0] if seen else timedelta()
    return _clamp(max(usual, silence * SILENCE / 2), settings.poll_min, settings.poll_max)


def _after_success(
    old: FetchState, outcome: Retrieved, now: datetime, settings: PollPolicy, published: Sequence[datetime]
) -> FetchState:
    # poll_max goes before freshness: a max-age of a year would be the end of the source.
    fresh = _clamp(_seconds(outcome.fresh_for), settings.poll_min, settings.poll_max)
    wait = max(rhythm(published, now, settings), fresh)
    floor = fresh if fresh < settings.poll_max else settings.poll_min
    # A 304 may leave out validators that have not changed (RFC 9110 §15.4.5).
    keep = outcome.not_modified and not outcome.etag and not outcome.last_modified
    return FetchState(
        etag=old.etag if keep else outcome.etag,
        last_modified=old.last_modified if keep else outcome.last_modified,
        body_digest=outcome.body_digest or (old.body_digest if outcome.not_modified else ""),
        next_poll_at=now + _spread(outcome.key, wait, floor, settings.poll_max),
        last_success=now,
        polls=old.polls + 1,
    )


def _after_failure(old: FetchState, key: str, error: SourceError, now: datetime, settings: PollPolicy) -> FetchState:
    failures = old.failures + 1
    asked = min(_seconds(error.retry_after or 0), RETRY_AFTER_MAX)
    wait = max(_backoff(failures, settings), asked)
    new = replace(
        old,
        next_poll_at=now
        + _spread(key, wait, max(settings.poll_min, asked), max(settings.poll_max, asked * (1 + SPREAD))),
        failures=failures,
        status=Status.BLOCKED if error.code in _BLOCKED else Status.FAILING,
        error=f"{error.code}: {error.message}" if error.code else error.message,
    )
    # Another error before this one: the 410 is the first of its kind.
    if error.status == 410 and old.error in ("", new.error) and _gone(old, failures, now, settings):
        return replace(new, status=Status.GONE, next_poll_at=None)
    return new


def _gone(old: FetchState, failures: int, now: datetime, settings: PollPolicy) -> bool:
    """Whether 410 has been the answer often and long enough, as far as the state can tell.

    The state does not hold when failures began: not before the last success and, where there never was one, not later
    than the waits since then add up to.
    """
    if failures < GONE_TIMES:
        return False
    if old.last_success is not None:
        return now - old.last_success >= GONE_AFTER
    waited = sum((_backoff(count, settings) for count in range(1, failures)), timedelta())
    return waited >= GONE_AFTER


def _backoff(failures: int, settings: PollPolicy) -> timedelta:
    # The exponent is capped so that no number of failures overflows: 2^20 times any poll_min is over any poll_max.
    return _clamp(settings.poll_min * 2 ** min(failures - 1, 20), settings.poll_min, settings.poll_max)


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=min(max(0.0, seconds), 366 * 86400.0))  # NaN becomes 0 this way round


def _clamp(value: timedelta, low: timedelta, high: timedelta) -> timedelta:
    return max(low, min(value, high))


def _spread(key: str, wait: timedelta, floor: timedelta, ceiling: timedelta) -> timedelta:
    """`wait` moved by up to a tenth either way, within [floor, ceiling]; the same for the same key every time."""
    low = max(floor, wait * (1 - SPREAD))
    high = max(low, min(ceiling, wait * (1 + SPREAD)))
    place = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest()) / 2**32
    return low + (high - low) * place
