"""How far apart a source speaks. Pure."""

import statistics
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

#: The entries that tell a rhythm: enough to smooth a busy day, few enough to follow a change of habit.
RECENT = 20


def intervals(moments: Iterable[datetime], apart: timedelta) -> list[timedelta]:
    """The newest intervals between moments, newest first; moments closer than `apart` count as one.

    A weekly digest of ten entries is weekly.
    """
    seen: list[datetime] = []
    for moment in sorted(moments, reverse=True):
        if not seen or seen[-1] - moment >= apart:
            seen.append(moment)
        if len(seen) > RECENT:
            break
    return [newer - older for newer, older in pairwise(seen)]


def median(found: Sequence[timedelta]) -> timedelta:
    """Of at least one interval."""
    return timedelta(seconds=statistics.median(interval.total_seconds() for interval in found))
