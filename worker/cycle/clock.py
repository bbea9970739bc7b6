"""The home's time: the machine's clock as long as that can be right, and never behind what the home has recorded.

A clock that is behind now, and one that is right after having been ahead, look alike: moments are stored that have not
come yet. Changing those is the end of true ones in the first case, so it takes evidence that the clock is right; until
then time goes on from the newest moment that was recorded. `belief_in` is pure.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import pairwise

from feeds.store.moments import TOLERATED
from feeds.text.dates import from_us

_NEVER = from_us(0)
# This program did not exist before: clocks without a battery start in 1970, or when their system was built.
OLDEST = datetime(2025, 1, 1, tzinfo=UTC)
# Nobody has run this program for so long.
LONGEST = timedelta(days=30 * 365)
# Moments no further ahead are left alone: time passes them.
A_DAY = timedelta(days=1)
# Clocks of two servers that are right differ by less.
AGREED = timedelta(minutes=5)
# A clock that nobody has set for so long, although each cycle asked for it, is believed.
BELIEVED = timedelta(days=7)
# A stretch of time with nothing in it sets moments apart if it is this many times as long as any other, and if the
# clock stands in the first part of it.
_LONGER, _FIRST = 2, 10
# Time goes on at half its speed while the clock is a little behind, so that the clock catches up.
_SLOW = 0.5
# How far ahead the Date of an answer is believed for the dates within it, while the clock is not.
_A_YEAR = timedelta(days=366)


class Belief(Enum):
    """RIGHT: nothing speaks against the clock. BEHIND: it is up to a day behind what was recorded. DOUBTED: further.

    WAS_AHEAD: it is right, and was over a day ahead when something was recorded.
    """

    RIGHT = "right"
    BEHIND = "behind"
    DOUBTED = "doubted"
    WAS_AHEAD = "was ahead"


@dataclass(frozen=True, slots=True)
class Grounds:
    """What speaks for a clock and against it.

    history: moments that the home has recorded, sorted. confirmed: when the clocks of other servers agreed last.
    agreeing, differing: of how many hosts the clocks do so now. since: when the doubt began, by the same clock.
    """

    history: Sequence[datetime] = ()
    confirmed: datetime | None = None
    agreeing: int = 0
    differing: int = 0
    since: datetime | None = None


def belief_in(now: datetime, known: Grounds) -> Belief:
    """What to think of a clock that says `now`."""
    if now < OLDEST:
        return Belief.DOUBTED
    newest = max(known.history, default=now)
    if newest <= now + TOLERATED:
        return Belief.RIGHT
    little = newest <= now + A_DAY
    if known.agreeing > known.differing:
        return Belief.RIGHT if little else Belief.WAS_AHEAD
    if known.confirmed and now + TOLERATED < known.confirmed:
        return Belief.BEHIND if little else Belief.DOUBTED
    if little:
        # Nothing is changed for it, so less will do.
        return Belief.RIGHT if _stand_apart(now, known.history, longer=0) else Belief.BEHIND
    waited = known.since is not None and now - known.since >= BELIEVED
    sure = waited or newest > OLDEST + LONGEST or _stand_apart(now, known.history, longer=_LONGER)
    return Belief.WAS_AHEAD if sure else Belief.DOUBTED


def _stand_apart(now: datetime, history: Sequence[datetime], longer: int) -> bool:
    """Whether moments after `now` look like a stretch in which the clock was ahead.

    It has no more days than what came before, and a gap lies between that began not long ago, so many times as long as
    any other. A clock that is behind stands anywhere in what was recorded, or before all of it.
    """
    before = [moment for moment in history if moment <= now + TOLERATED]
    after = history[len(before) :]
    if not before or not after or len(_days(before)) < len(_days(after)):
        return False
    gap = after[0] - before[-1]
    others = max((later - earlier for earlier, later in pairwise(before)), default=timedelta())
    return now - before[-1] <= gap / _FIRST and gap >= longer * others


def _days(moments: Collection[datetime]) -> set[object]:
    return {moment.date() for moment in moments}


def describe(belief: Belief, now: datetime, newest: datetime) -> str:
    """The sentence about a clock that is wrong, or was; "" about one that is right."""
    impossible = now < OLDEST
    reason = (
        "which is before this program was made"
        if impossible
        else f"but entries or cycles are recorded here up to {newest:%Y-%m-%d %H:%M} UTC"
    )
    said = f"the clock of this machine says {now:%Y-%m-%d %H:%M} UTC, {reason}."
    if belief is Belief.BEHIND:
        return f"{said} Until it has caught up, what is new is dated from there on. Look whether it is right."
    if belief is Belief.DOUBTED:
        begin = f"{OLDEST:%Y-%m-%d}" if newest <= OLDEST else "the newest moment that is recorded here"
        told = f"{said} What is recorded stays as it is, and what is new is dated from {begin} on. Set the clock."
        if impossible:
            return told
        return (
            f"{told} If it is right, and was wrong before: it is believed once the servers of your sources confirm it,"
            f" else after {BELIEVED.days} days."
        )
    if belief is Belief.WAS_AHEAD:
        return "the clock was ahead and was set back; what was stored with times in the future is mended"
    return ""


@dataclass(slots=True)
class HomeClock:
    """Gives the home's time. system: the machine's clock. steady: seconds of a clock that nobody sets.

    Between two calls of `settle` a clock that is set back is held, since nothing is known about it yet.
    """

    system: Callable[[], datetime]
    steady: Callable[[], float] = time.monotonic
    belief: Belief = Belief.RIGHT
    _last: datetime = _NEVER
    _from: tuple[float, datetime, float] | None = None
    _heard: dict[str, tuple[float, datetime]] = field(default_factory=dict)

    def __call__(self) -> datetime:
        now = self.system()
        if self._from is None and now + TOLERATED < self._last:
            self._from = (self.steady(), self._last, _SLOW)
        if self._from:
            began, moment, speed = self._from
            moment += timedelta(seconds=(self.steady() - began) * speed)
            if moment <= now:
                self._from = None
            now = max(now, moment)
        self._last = now
        return now

    @property
    def newest(self) -> datetime:
        """The newest moment that it has given."""
        return self._last

    def settle(self, belief: Belief, newest: datetime, passed: timedelta = timedelta()) -> None:
        """Takes a verdict: goes with the machine's clock, or on from `newest`. passed: how long ago that was."""
        if belief in (Belief.BEHIND, Belief.DOUBTED):
            if belief is not self.belief:
                speed = _SLOW if belief is Belief.BEHIND else 1.0
                self._from = (self.steady(), max(newest, OLDEST) + passed * speed, speed)
        else:
            self._from, self._last = None, self.system()
        self.belief = belief

    def hear(self, host: str, date: datetime) -> None:
        """Notes what the clock of another machine says."""
        self._heard[host] = (self.steady(), date)

    def heard(self) -> tuple[int, int]:
        """How many hosts agree with the machine's clock, and how many differ."""
        now, steady = self.system(), self.steady()
        offsets = [abs(date + timedelta(seconds=steady - at) - now) for at, date in self._heard.values()]
        agreeing = sum(offset <= AGREED for offset in offsets)
        return agreeing, len(offsets) - agreeing

    def reading(self, moment: datetime, stated: datetime | None) -> datetime:
        """When a document came that was asked for at `moment`: no date in it may be later.

        stated: what its server says. It counts only while the clock does not, so that no stated date is lost.
        """
        if self._from is None or stated is None:
            return moment
        return max(moment, min(stated, moment + _A_YEAR))
