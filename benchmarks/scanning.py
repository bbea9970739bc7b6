"""What a look at seeds/ costs when nothing has changed, and when one file has, beside a bare walk over the folder.

The walk does no more than ask the system for every name, size and time. That an idle look opens no file, and one after
an edit a single one, is checked by Python's own audit events.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.figures import Measured, Options, beside
from benchmarks.homes import ingesting, make_home, temporary
from benchmarks.processes import Cost, fresh
from worker.cycle.ingest import Ingest
from worker.cycle.report import CycleReport

FOLDERS = 100
WORDS = "The ferry to Little Hollow left at seven with eleven people and a cello on board. " * 12
WALK, IDLE, EDITED = "a bare walk", "an idle look at seeds/", "a look at seeds/ after one edit"

_opened: set[str] = set()
_counting = False


def measure(options: Options) -> Iterator[Measured]:
    files, looks = options.size("files", 20, 1000, 20_000), options.size("looks", 1, 5, 20)
    with temporary() as directory:
        costs, _ = fresh(look, directory / "home", files, looks)
    for figure in (IDLE, EDITED):
        yield beside(figure, Cost(*costs[figure]), WALK, Cost(*costs[WALK]), 1000)


def _audit(event: str, args: tuple[object, ...]) -> None:
    if _counting and event == "open" and isinstance(args[0], str) and args[0].endswith(".txt"):
        _opened.add(args[0])


def look(root: str, files: int, looks: int) -> dict[str, tuple[float, float]]:
    """CPU and wall seconds of each kind of look, in turns; medians."""
    global _counting
    home = Path(root)
    make_home(home)
    sys.addaudithook(_audit)
    for number in range(files):
        _write(home, number)
    with ingesting(home) as ingest:
        _until_settled(ingest)
        ingest.publish(CycleReport())
        ingest.index()
        rows: dict[str, list[tuple[float, float]]] = {WALK: [], IDLE: [], EDITED: []}
        for turn in range(looks):
            for name, row in rows.items():
                if name == EDITED:
                    _write(home, turn, version=turn + 1)
                    time.sleep(0.01)
                work = (lambda: _walk(home / "seeds")) if name == WALK else lambda: ingest.read_seeds(CycleReport())
                _counting = True
                row.append(_timed(work))
                _counting = False
                if len(_opened) != (name == EDITED):
                    raise SystemExit(f"{name} opened {len(_opened)} files")
                _opened.clear()
    return {name: _middle(row) for name, row in rows.items()}


def _middle(row: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(cpu for cpu, _ in row), statistics.median(wall for _, wall in row)


def _write(home: Path, number: int, version: int = 0) -> None:
    folder = home / "seeds" / f"folder-{number % FOLDERS:03}"
    folder.mkdir(exist_ok=True)
    text = f"Story {number} of the ferry\n{WORDS}\nBy its number it is {number}, and its version {version}.\n"
    (folder / f"story-{number:05}.txt").write_text(text, encoding="utf-8")


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    began, spent = time.perf_counter(), time.process_time()
    work()
    return time.process_time() - spent, time.perf_counter() - began


def _walk(folder: Path) -> int:
    """Every file's name, size and time, and nothing else."""
    return sum(1 for path in folder.rglob("*") if path.lstat().st_mtime_ns)


def _until_settled(ingest: Ingest) -> None:
    """Looks until every file has been read: one look reads so many bytes at most."""
    while True:
        report = CycleReport()
        ingest.read_seeds(report)
        if not report.settles_at:
            return
