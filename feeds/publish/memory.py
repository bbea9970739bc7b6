"""Fragments that the worker keeps in memory from one publication to the next.

A feed that changes is put together from hundreds of fragments, and all but one are those of last time: to read them
from the store, and compare them with their digests, was a third of the work.
"""

from collections.abc import Mapping

from feeds.store.representations import Fragment

# About 1,200 entries of usual length in three formats.
MOST_BYTES = 16 * 2**20


class FragmentMemory:
    """Fragments by entry and format, under the keys that they have in the store: one that is out of date is not found.

    Up to a limit in bytes; what came first makes space.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: dict[tuple[int, str], tuple[str, Fragment]] = {}
        self._bytes = 0

    def recall(self, keys: Mapping[int, str], format_: str) -> dict[int, Fragment]:
        """Those that are kept under the key in `keys`, by the entry's number."""
        found = {n: self._kept.get((n, format_)) for n in keys}
        return {n: kept[1] for n, kept in found.items() if kept and kept[0] == keys[n]}

    def keep(self, keys: Mapping[int, str], format_: str, fragments: Mapping[int, Fragment]) -> None:
        for n, fragment in fragments.items():
            self._drop((n, format_))
            self._kept[n, format_] = (keys[n], fragment)
            self._bytes += len(fragment.body)
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, place: tuple[int, str]) -> None:
        kept = self._kept.pop(place, None)
        if kept:
            self._bytes -= len(kept[1].body)
