"""What a cycle over many feeds costs Seedfeed, and what it costs others in the same run.

    python benchmarks/cycles.py --feeds 500 --runs 3

Every program runs four cycles over the same loopback origin (`origin.py`), from an empty database on: `first`, then
`unchanged`, then `next` (one feed in twenty has one new entry), then `all new` (every entry is another). Seedfeed is
timed twice: as a whole command, `seedfeed worker --once --all`, and as a cycle in a worker that runs already
(`warm.py`). The others are `plain.py` and, where it is installed, newsboat. Medians of the runs; only ratios mean
something on a machine that does other work. Every subprocess is bounded in time.
"""

import argparse
import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Protocol

from origin import ENTRIES, Origin, running

HERE = Path(__file__).resolve().parent
STEPS = ("first", "unchanged", "next", "all new")
STEERING = {"first": "reset", "next": "next", "all new": "all"}
# Enough batches for every process of the executor, whichever starts first.
WARM_UP_FEEDS = 48 * (os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Cost:
    """One cycle of one program. wall, cpu: seconds. peak_mb: of its largest process. new: entries that it found."""

    wall: float
    cpu: float
    peak_mb: float
    new: int


class Program(Protocol):
    """Something that polls feeds. It keeps what it knows in the directory that it was made for."""

    def cycle(self) -> Cost: ...


class Commands:
    """A program that is started for every cycle."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.environment = {**os.environ, "HOME": str(directory), "PYTHONPATH": str(HERE.parent)}

    def run(self, *command: str) -> tuple[dict[str, float], str]:
        """What it cost, and its output. SystemExit with its messages if it failed."""
        timed = [sys.executable, str(HERE / "timed.py"), *command]
        done = subprocess.run(timed, capture_output=True, text=True, env=self.environment, cwd=self.directory)
        *lines, last = done.stdout.splitlines() or [""]
        if done.returncode or json.loads(last)["status"]:
            raise SystemExit(f"{' '.join(command)}: failed\n{done.stdout}{done.stderr[-2000:]}")
        return json.loads(last), "\n".join(lines)


class Seedfeed(Commands):
    """The command `seedfeed worker --once --all`, as cron would start it."""

    def __init__(self, directory: Path, urls: Sequence[str], _still: Sequence[str]) -> None:
        super().__init__(directory)
        make_home(directory, urls)

    def cycle(self) -> Cost:
        command = (sys.executable, "-m", "worker.cli", "worker", "--once", "--all", "--home", str(self.directory))
        cost, output = self.run(*command)
        return _cost(cost, int(re.findall(r"(\d+) new", output)[0]))


class Warm:
    """Cycles of a Seedfeed worker that runs already. still: feeds to begin with, so that everything is loaded."""

    def __init__(self, directory: Path, urls: Sequence[str], still: Sequence[str]) -> None:
        make_home(directory, still)
        command = [sys.executable, str(HERE / "warm.py"), str(directory)]
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self._answer()
        subscribe(directory, urls)

    def _answer(self) -> dict[str, float]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("warm.py failed; its message stands above")
        answer: dict[str, float] = json.loads(line)
        return answer

    def cycle(self) -> Cost:
        assert self._process.stdin
        self._process.stdin.write("cycle\n")
        self._process.stdin.flush()
        cost = self._answer()
        if cost["failures"]:
            raise SystemExit(f"warm.py: {cost['failures']} sources failed")
        _tell(f"then {cost['index']:.2f} s for the search index; the worker's own CPU {cost['parent_cpu']:.2f} s")
        return _cost(cost, int(cost["new"]))

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()


class Plain(Commands):
    """The plain loop of `plain.py`."""

    def __init__(self, directory: Path, urls: Sequence[str], _still: Sequence[str]) -> None:
        super().__init__(directory)
        (directory / "urls").write_text("\n".join(urls), encoding="utf-8")

    def cycle(self) -> Cost:
        cost, output = self.run(sys.executable, str(HERE / "plain.py"), "urls", "plain.sqlite")
        return _cost(cost, int(output.split()[0]))


class Newsboat(Commands):
    """newsboat with 20 threads, as its users set it up for many feeds."""

    def __init__(self, directory: Path, urls: Sequence[str], _still: Sequence[str]) -> None:
        super().__init__(directory)
        (directory / "urls").write_text("\n".join(urls) + "\n", encoding="utf-8")
        (directory / "config").write_text("reload-threads 20\n", encoding="utf-8")
        self._seen = 0

    def cycle(self) -> Cost:
        cost, _ = self.run("newsboat", "-u", "urls", "-c", "cache", "-C", "config", "-x", "reload")
        with closing(sqlite3.connect(self.directory / "cache")) as cache:
            seen = cache.execute("SELECT coalesce(max(id), 0) FROM rss_item").fetchone()[0]
        self._seen, before = seen, self._seen
        return _cost(cost, seen - before)


PROGRAMS: Mapping[str, type[Warm | Seedfeed | Plain | Newsboat]] = {
    "seedfeed, running": Warm,
    "seedfeed worker --once": Seedfeed,
    "plain loop": Plain,
    "newsboat": Newsboat,
}


def make_home(root: Path, urls: Sequence[str]) -> None:
    """A home with these subscriptions, which may lie on the loopback; all else is left as it comes."""
    (root / "seeds").mkdir()
    settings = 'title = "Benchmark"\n[worker]\nallow_networks = ["127.0.0.0/8"]\n'
    (root / "seeds" / "site.toml").write_text(settings, encoding="utf-8")
    subscribe(root, urls)


def subscribe(root: Path, urls: Sequence[str]) -> None:
    """Makes these the only subscriptions of a home, in a file that seems to have rested already."""
    outlines = "".join(f'<outline type="rss" text="Paper {n}" xmlUrl="{url}"/>' for n, url in enumerate(urls))
    opml = f'<opml version="2.0"><head><title>Feeds</title></head><body>{outlines}</body></opml>'
    path = root / "seeds" / "subscriptions.opml"
    path.write_text(opml, encoding="utf-8")
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))


def _cost(measured: Mapping[str, float], new: int) -> Cost:
    return Cost(measured["wall"], measured["cpu"], measured["peak_mb"], new)


@contextmanager
def temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="seedfeed-bench-") as directory:
        yield Path(directory)


@contextmanager
def started(name: str, directory: Path, origin: Origin) -> Iterator[Program]:
    origin.tell("reset")
    program = PROGRAMS[name](directory, origin.urls, origin.still)
    try:
        yield program
    finally:
        if isinstance(program, Warm):
            program.close()


def measure(names: Sequence[str], feeds: int, hosts: int, runs: int) -> dict[str, dict[str, list[Cost]]]:
    """The costs of every run, by program and step. Programs take turns, so that a busy minute hits all alike."""
    costs: dict[str, dict[str, list[Cost]]] = {name: {step: [] for step in STEPS} for name in names}
    with running(feeds, hosts, WARM_UP_FEEDS) as origin:
        for run, name in product(range(runs), names):
            with temporary() as directory, started(name, directory, origin) as program:
                for step in STEPS:
                    origin.tell(STEERING.get(step, "counts"))
                    cost = program.cycle()
                    costs[name][step].append(cost)
                    answered = origin.tell("counts")
                    _tell(f"run {run + 1}: {name}, {step}: {cost.wall:.2f} s, {cost.new} new, {answered}")
    return costs


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def table(costs: Mapping[str, Mapping[str, Sequence[Cost]]], feeds: int) -> Iterator[str]:
    """Medians and ratios, as Markdown."""
    yield f"| program | {' | '.join(f'{step}: s / CPU s / feeds/s' for step in STEPS)} | peak MB |"
    yield f"|---|{'---|' * len(STEPS)}---|"
    walls = {name: {step: _median(steps[step], "wall") for step in STEPS} for name, steps in costs.items()}
    for name, steps in costs.items():
        cells = [
            f"{walls[name][step]:.2f} / {_median(steps[step], 'cpu'):.2f} / {feeds / walls[name][step]:.0f}"
            for step in STEPS
        ]
        peak = max(cost.peak_mb for step in STEPS for cost in steps[step])
        yield f"| {name} | {' | '.join(cells)} | {peak:.0f} |"
    ours = [name for name in costs if name.startswith("seedfeed")]
    for name in ours:
        for other in (other for other in costs if other not in ours):
            ratios = (f"{walls[other][step] / walls[name][step]:.1f}" for step in STEPS)
            yield f"| {name}: times faster than {other} | {' | '.join(ratios)} | |"


def _median(costs: Sequence[Cost], what: str) -> float:
    return statistics.median(float(getattr(cost, what)) for cost in costs)


def losses(costs: Mapping[str, Mapping[str, Sequence[Cost]]], feeds: int) -> Iterator[str]:
    """Who did not find all that was new, which would make it look faster than it is."""
    expected = dict(zip(STEPS, (feeds * ENTRIES, 0, max(1, feeds // 20), feeds * ENTRIES), strict=True))
    for name, steps in costs.items():
        for step, step_costs in steps.items():
            if wrong := [cost.new for cost in step_costs if cost.new != expected[step]]:
                yield f"{name}, {step}: found {wrong[0]} new entries, there were {expected[step]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--hosts", type=int, default=50, help="loopback addresses that they are spread over")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", action="append", choices=tuple(PROGRAMS), help="leave out the others; repeatable")
    options = parser.parse_args()
    names = options.only or [name for name in PROGRAMS if name != "newsboat" or shutil.which("newsboat")]
    costs = measure(names, options.feeds, options.hosts, options.runs)
    print(f"{options.feeds} feeds of {ENTRIES} entries on {options.hosts} hosts, medians of {options.runs}\n")
    for line in (*table(costs, options.feeds), "", *losses(costs, options.feeds)):
        print(line)


if __name__ == "__main__":
    main()
