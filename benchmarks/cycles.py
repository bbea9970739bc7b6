"""Polling many feeds: a first cycle, one in which 5 % have a new entry, and one in which nothing has changed.

Every program starts with an empty database and polls the same origin. Seedfeed's worker runs already, as it does the
whole day: it has polled other feeds before, so that imports and the start of processes are behind it. Its wall time
ends when all is published; the search index, which follows in pauses, counts as CPU time. `worker --once` is timed as
the whole command. A cycle that is not timed goes before the second, since newsboat sends validators only from its
third poll on.
"""

import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from benchmarks import corpus
from benchmarks.figures import SHAPES, Measured, Options, beside
from benchmarks.homes import ingesting, make_home, seedfeed, subscribe, temporary
from benchmarks.origin import Origin, running
from benchmarks.processes import ROOT, Cost, cpu_with_ended, fresh, median, run, tree
from feeds.settings.load import Home
from worker.cycle.ingest import Ingest
from worker.cycle.report import CycleReport

HOSTS = 50
FEW = 50
PLAIN, NEWSBOAT = "aiohttp + feedparser + sqlite3", "newsboat"
# Enough batches for every process of the executor, whichever starts first.
STILL = 48 * (os.cpu_count() or 1)

Costs = dict[str, Cost]


def measure(options: Options) -> Iterator[Measured]:
    feeds, runs = options.size("feeds", 6, 500, 500), options.size("runs", 1, 1, 5)
    still = min(STILL, 10 * feeds)
    for shape, repeat in SHAPES.items():
        with temporary() as folder:
            counts, _ = fresh(corpus.prepare, folder, feeds, still, repeat, options.corpus or "")
            with running(folder, min(HOSTS, feeds)) as origin:
                yield from _shape(shape, origin, feeds, runs, counts["entries"])
                if not repeat:
                    yield _few(origin, feeds)


def _shape(shape: str, origin: Origin, feeds: int, runs: int, entries: int) -> Iterator[Measured]:
    ours: list[Costs] = []
    others: dict[str, list[Costs]] = {NEWSBOAT: [], PLAIN: []}
    bytes_of: dict[str, float] = {}
    for _ in range(runs):
        with temporary() as directory:
            costs, bytes_of["ours"] = _seedfeed(directory, origin, feeds)
            ours.append(costs)
        for name, program in ((NEWSBOAT, _newsboat), (PLAIN, _plain)):
            if name == NEWSBOAT and not shutil.which("newsboat"):
                continue
            with temporary() as directory:
                costs, bytes_of[name] = program(directory, origin, feeds)
                others[name].append(costs)
    we = _medians(ours)
    for name, found in others.items():
        if not found:
            continue
        they, each = _medians(found), 1000 / entries
        yield beside(f"first cycle, {shape}", we["first"], name, they["first"], each)
        yield beside(f"next cycle, 5 % changed, {shape}", we["next"], name, they["next"])
        yield beside(f"worker --once, nothing changed, {shape}", we["once"], name, they["unchanged"])
        yield beside(f"a poll without news, {shape}", we["unchanged"], name, they["unchanged"], 1000 / feeds)
        most = max(cost.peak_mb for cost in they.values())
        yield Measured(f"memory while polling, {shape}", we["all"].peak_mb, None, name, most)
        if name == PLAIN:
            stored = bytes_of[name] / 1024 / entries
            yield Measured(f"store, {shape}", bytes_of["ours"] / 1024 / entries, None, name, stored)
    first, unchanged = we["first, worker"].cpu, we["unchanged, worker"].cpu
    yield Measured(f"first cycle, {shape}: the worker's part", first * 1000 / entries)
    yield Measured(f"a poll without news, {shape}: the worker's part", unchanged * 1000 / feeds)


def _few(origin: Origin, feeds: int) -> Measured:
    """What a home with few sources takes."""
    # It never has more, not even of those that it polls before.
    few = Origin(origin.urls[:FEW] + origin.urls[feeds:][:FEW])
    count = min(FEW, feeds)
    with temporary() as directory:
        ours, _ = _seedfeed(directory, few, count)
    with temporary() as directory:
        theirs, _ = _plain(directory, few, count)
    most = max(cost.peak_mb for cost in theirs.values())
    return Measured("memory while polling 50 sources", ours["all"].peak_mb, None, PLAIN, most)


def _medians(runs: list[Costs]) -> Mapping[str, Cost]:
    return {step: median(one[step] for one in runs) for step in runs[0]}


def _told(name: str, step: str, cost: Cost, new: int) -> Cost:
    print(f"  {name}, {step}: {cost.wall:.2f} s, {cost.cpu:.2f} CPU s, {new} new", file=sys.stderr, flush=True)
    return cost


def _seedfeed(directory: Path, origin: Origin, feeds: int) -> tuple[Costs, float]:
    """The cost of each step, and the bytes of the store for what was polled."""
    home = directory / "home"
    # As the others, it polls the few feeds of one host all at once.
    make_home(home, origin.urls[feeds:])
    result, whole = fresh(cycle, home, origin.urls, feeds, memory=True)
    costs = {"all": whole}
    for step, (cpu, wall, parent, new) in result["steps"].items():
        costs[step] = _told("seedfeed, running", step, Cost(cpu, wall), new)
        costs[f"{step}, worker"] = Cost(parent, wall)
    command = seedfeed("worker", "--once", "--all", home=home)
    cost, _ = run(*command)
    costs["once"] = _told("seedfeed worker --once", "unchanged", cost, 0)
    return costs, result["bytes"]


def cycle(root: str, urls: list[str], feeds: int) -> dict[str, object]:
    """In a process of its own: by step CPU and wall seconds, the worker's own CPU seconds, and entries found."""
    home, origin = Path(root), Origin(tuple(urls))
    origin.tell("reset")
    steps = {}
    with ingesting(home) as ingest:
        _step(ingest)
        subscribe(home, urls[:feeds])
        before = _bytes_of(home, ingest)
        for step in ("first", "unchanged", "next"):
            if step == "next":
                origin.tell("next")
            steps[step] = _step(ingest)
        return {"steps": steps, "bytes": _bytes_of(home, ingest) - before}


def _bytes_of(home: Path, ingest: Ingest) -> int:
    """The size of the store without its log."""
    ingest.store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return Home(home).store.stat().st_size


def _step(ingest: Ingest) -> tuple[float, float, float, int]:
    ingest.make_due()
    own, others, began = time.process_time(), cpu_with_ended(tree(os.getpid())), time.perf_counter()
    report = CycleReport()
    ingest.read_seeds(report)
    ingest.poll(report)
    ingest.publish(report)
    wall = time.perf_counter() - began
    # In a worker that runs, the search index follows in its pauses.
    ingest.index()
    if report.failures:
        raise SystemExit(f"{len(report.failures)} sources failed, the first: {report.failures[0]}")
    parent = time.process_time() - own
    children = cpu_with_ended(tree(os.getpid())) - others
    return parent + children, wall, parent, report.new + report.duplicates


def _newsboat(directory: Path, origin: Origin, feeds: int) -> tuple[Costs, float]:
    """newsboat with 20 threads, as its users set it up for many feeds."""
    (directory / "urls").write_text("\n".join(origin.urls[:feeds]) + "\n", encoding="utf-8")
    (directory / "config").write_text("reload-threads 20\n", encoding="utf-8")
    costs, seen = {}, 0
    origin.tell("reset")
    for step in ("first", "settled", "next", "unchanged"):
        if step == "next":
            origin.tell("next")
        command = ("newsboat", "-u", "urls", "-c", "cache", "-C", "config", "-x", "reload")
        cost, _ = run(*command, directory=directory, memory=True)
        with closing(sqlite3.connect(directory / "cache")) as cache:
            before, seen = seen, cache.execute("SELECT coalesce(max(id), 0) FROM rss_item").fetchone()[0]
        costs[step] = _told(NEWSBOAT, step, cost, seen - before)
    return costs, (directory / "cache").stat().st_size


def _plain(directory: Path, origin: Origin, feeds: int) -> tuple[Costs, float]:
    """The loop of plain.py."""
    (directory / "urls").write_text("\n".join(origin.urls[:feeds]), encoding="utf-8")
    costs = {}
    origin.tell("reset")
    for step in ("first", "next", "unchanged"):
        if step == "next":
            origin.tell("next")
        script = str(ROOT / "benchmarks" / "plain.py")
        cost, output = run(sys.executable, script, "urls", "plain.sqlite", directory=directory, memory=True)
        costs[step] = _told(PLAIN, step, cost, int(output.split()[0]))
    return costs, (directory / "plain.sqlite").stat().st_size
