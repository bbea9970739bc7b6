"""What a look at seeds/ costs when nothing has changed, and when one file has.

    python benchmarks/idle_scan.py --files 10000

Makes a home with so many articles in a hundred folders, takes them in once, and then times looks at it in turns:
an idle one, one after a single file was edited, and a bare walk that does no more than ask the system for every name,
size and time. Files opened are counted by Python's own audit events. The home goes at the end.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from feeds.settings.load import Home, load_settings
from feeds.store import Store
from worker.cycle.ingest import Ingest
from worker.cycle.report import CycleReport

FOLDERS = 100
WORDS = "The ferry to Little Hollow left at seven with eleven people and a cello on board. " * 12

_opened: set[str] = set()
_counting = False


def _audit(event: str, args: tuple[object, ...]) -> None:
    if _counting and event == "open" and isinstance(args[0], str) and args[0].endswith(".txt"):
        _opened.add(args[0])


def _clock() -> datetime:
    return datetime.now(UTC)


def _write(home: Home, number: int, version: int = 0) -> None:
    folder = home.seeds / f"folder-{number % FOLDERS:03}"
    folder.mkdir(exist_ok=True)
    text = f"Story {number} of the ferry\n{WORDS}\nBy its number it is {number}, and its version {version}.\n"
    (folder / f"story-{number:05}.txt").write_text(text, encoding="utf-8")


@contextmanager
def _ingest(root: Path) -> Iterator[tuple[Home, Ingest]]:
    home = Home(root)
    home.seeds.mkdir()
    home.settings_file.write_text('[seeds]\nsettle = "0s"\n', encoding="utf-8")
    store = Store.open(home.store)
    ingest = Ingest(store, home, load_settings(home, {}), _clock)
    try:
        ingest.start()
        yield home, ingest
    finally:
        ingest.close()
        store.close()


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _walk(folder: Path) -> int:
    """Every file's name, size and time, and nothing else."""
    return sum(1 for path in folder.rglob("*") if path.lstat().st_mtime_ns)


def main() -> None:
    global _counting
    parser = argparse.ArgumentParser(description="What a look at seeds/ costs.")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--looks", type=int, default=9)
    options = parser.parse_args()
    sys.addaudithook(_audit)
    with tempfile.TemporaryDirectory() as root, _ingest(Path(root)) as (home, ingest):
        for number in range(options.files):
            _write(home, number)
        taken_in = _timed(lambda: _until_settled(ingest))
        ingest.publish(CycleReport())
        ingest.index()
        rows: dict[str, list[float]] = {"bare walk": [], "idle look": [], "one file edited": []}
        opened: dict[str, set[str]] = {name: set() for name in rows}
        for turn in range(options.looks):
            for name in rows:
                if name == "one file edited":
                    _write(home, turn, version=turn + 1)
                    time.sleep(0.01)
                _counting = True
                work = (lambda: _walk(home.seeds)) if name == "bare walk" else lambda: ingest.read_seeds(CycleReport())
                rows[name].append(_timed(work))
                _counting = False
                opened[name] |= _opened
                _opened.clear()
        print(f"{options.files} files, taken in once in {taken_in:.1f} s; medians of {options.looks}")
        base = statistics.median(rows["bare walk"])
        for name, seconds in rows.items():
            middle = statistics.median(seconds)
            each = len(opened[name]) / options.looks
            print(f"{name:16} {middle * 1000:8.1f} ms {middle / base:6.2f} times the walk   {each:.1f} files opened")


def _until_settled(ingest: Ingest) -> None:
    """Looks until every file has been read: one look reads so many bytes at most."""
    while True:
        report = CycleReport()
        ingest.read_seeds(report)
        if not report.settles_at:
            return


if __name__ == "__main__":
    main()
