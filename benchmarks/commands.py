"""What starting a command costs, beside a Python that does nothing, and a long table beside a loop over the store."""

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Measured, Options, beside
from benchmarks.homes import filled, make_home, save, seedfeed, temporary
from benchmarks.processes import Cost, median, run
from feeds.settings.load import Home

ROWS = 9_000
LOOP = (
    "import sqlite3, sys\n"
    "for row in sqlite3.connect(sys.argv[1]).execute("
    "'SELECT published_us, title, permalink, id FROM entries ORDER BY published_us DESC LIMIT ?', (sys.argv[2],)):\n"
    "    print(*row)"
)


def measure(options: Options) -> Iterator[Measured]:
    runs = options.size("runs", 1, 3, 9)
    bare = _cost((sys.executable, "-c", "pass"), runs)
    with temporary() as directory:
        home = directory / "home"
        make_home(home)
        for n in range(3):
            save(home, n)
        run(*seedfeed("worker", "--once", home=home))
        for name, words in {
            "--help": ("--help",),
            "entries QUERY": ("entries", "lamps"),
            "why": ("why", str(home / "seeds" / "article-1.md")),
            "worker --once, three seeds": ("worker", "--once"),
        }.items():
            ours = _cost(seedfeed(*words, home=None if words == ("--help",) else home), runs)
            yield beside(name, ours, "python -c pass", bare)
    with filled(options, options.size("entries", 60, 20_000, 100_000)) as home:
        ours = _cost(seedfeed("entries", "--limit", str(ROWS), home=home), 1)
        theirs = _cost((sys.executable, "-c", LOOP, str(_store(home)), str(ROWS)), 1)
    yield beside("entries, 9,000 rows to a pipe", ours, "a loop over sqlite3", theirs)


def _cost(command: tuple[str, ...], runs: int) -> Cost:
    return median(run(*command)[0] for _ in range(runs))


def _store(home: Path) -> Path:
    return Home(home).store
