"""How much more things cost in a home that has stored many entries than in one that has stored few.

Publications and pages are those after one new entry, so that nothing kept answers for them.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from benchmarks.figures import Measured, Options, beside
from benchmarks.homes import APART, articles, bring, clock, filled, ingesting, running, seedfeed, sources_of
from benchmarks.pages import addresses_of, asked, change
from benchmarks.processes import Cost, fresh, median, run
from worker.cycle.ingest import Ingest
from worker.cycle.report import CycleReport

PAGES = ("home page", "page of a feed")


def measure(options: Options) -> Iterator[Measured]:
    few, many = options.size("few", 40, 2_000, 10_000), options.size("many", 60, 20_000, 100_000)
    rounds = options.size("rounds", 1, 3, 9)
    small, large = (_costs(options, entries, rounds) for entries in (few, many))
    for name, cost in large.items():
        yield beside(f"{name}, against a small store", cost, f"{few:,} stored, not {many:,}", small[name], 1000)


def _costs(options: Options, entries: int, rounds: int) -> dict[str, Cost]:
    """Seconds, by what is done."""
    with filled(options, entries) as home:
        took, _ = fresh(work, home, entries, rounds)
        costs = {name: Cost(*cost) for name, cost in took.items()}
        entries += 100 + rounds
        with running(home, "serve") as pid:
            addresses = addresses_of(home)
            found: dict[str, list[Cost]] = {name: [] for name in PAGES}
            for n in range(rounds + 1):
                fresh(change, home, entries + n)
                for name, row in found.items():
                    row.append(asked(addresses[name], pid, 1))
            # The first of each has to load what later ones find.
            costs |= {name: median(row[1:]) for name, row in found.items()}
        costs["worker --once, nothing to do"] = median(
            run(*seedfeed("worker", "--once", home=home))[0] for _ in range(rounds)
        )
    return costs


def work(root: str, entries: int, rounds: int) -> dict[str, tuple[float, float]]:
    """CPU and wall seconds of recording and indexing one of a hundred new entries, and of publishing a single one."""
    with ingesting(Path(root)) as ingest:
        since = clock() - APART * entries
        made = articles(sources_of(ingest.store), range(entries, entries + 100), since)
        record = _timed(lambda: bring(ingest, made), len(made))
        index = _timed(ingest.index, len(made))
        ingest.publish(CycleReport())
        published = [_publication(ingest, entries + 100 + n, since) for n in range(rounds)]
        return {
            "recording a new entry": record,
            "indexing a new entry": index,
            "a publication": sorted(published)[len(published) // 2],
        }


def _publication(ingest: Ingest, number: int, since: datetime) -> tuple[float, float]:
    bring(ingest, articles(sources_of(ingest.store), range(number, number + 1), since))
    return _timed(lambda: ingest.publish(CycleReport()), 1)


def _timed(work: Callable[[], object], count: int) -> tuple[float, float]:
    began, spent = time.perf_counter(), time.process_time()
    work()
    return (time.process_time() - spent) / count, (time.perf_counter() - began) / count
