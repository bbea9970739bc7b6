"""What looking for repeats costs a new entry, in streams of which none, some or every text repeats another.

Beside it simhash, the cheapest of the usual ways, over the same texts: runs of five words, and a look at every earlier
fingerprint. The texts are those of `newswire/`.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from benchmarks.figures import Measured, Options, beside
from benchmarks.homes import temporary
from benchmarks.newswire import Entry, generate
from benchmarks.processes import Cost, fresh
from benchmarks.stories import METHODS, SIMHASH, fold_with_seedfeed

STREAMS = ("no text repeats anything", "two texts in five repeat one", "every text stands in three feeds")


def measure(options: Options) -> Iterator[Measured]:
    entries = options.size("entries", 60, 1200, 6000)
    for stream in STREAMS:
        ours, _ = fresh(folding, stream, entries)
        theirs, _ = fresh(simhash, stream, entries)
        yield beside(f"looking for repeats where {stream}", Cost(*ours), "simhash", Cost(*theirs), 1000)


def stream_of(name: str, entries: int) -> Sequence[Entry]:
    if name == STREAMS[1]:
        return generate(entries, seed=2)
    wanted = entries if name == STREAMS[0] else entries // 3
    made = [one for one in generate(4 * wanted, seed=2) if one.kind == "original"][:wanted]
    if name == STREAMS[2]:
        minutes = (timedelta(minutes=5 * copy) for copy in range(3))
        made = [
            replace(one, outlet=f"{one.outlet} {copy}", published=one.published + later)
            for copy, later in enumerate(minutes)
            for one in made
        ]
        made.sort(key=lambda one: one.published)
    return [replace(one, n=n) for n, one in enumerate(made)]


def folding(stream: str, entries: int) -> tuple[float, float]:
    """CPU and wall seconds for each entry; its fingerprint is made where it is read, and not counted."""
    made = stream_of(stream, entries)
    with temporary() as directory:
        cpu, wall = 0.0, 0.0
        for _, spent, took in fold_with_seedfeed(made, directory):
            cpu, wall = cpu + spent, wall + took
    return cpu / len(made), wall / len(made)


def simhash(stream: str, entries: int) -> tuple[float, float]:
    made = stream_of(stream, entries)
    method = METHODS[SIMHASH]()
    began, spent = time.perf_counter(), time.process_time()
    method.fold(made)
    each = 1 / len(made)
    return (time.process_time() - spent) * each, (time.perf_counter() - began) * each
