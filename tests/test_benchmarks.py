"""A benchmark gives lines, a table and the page, whatever the times are; no path of a machine gets into results."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.figures import FIGURES, Measured
from benchmarks.results import Line, append, line, newest, page, read, table

ROOT = Path(__file__).parents[1]
RUN = {
    "at": "2026-11-30T12:00:00Z",
    "commit": "abc",
    "machine": "a CPU, 2 cores",
    "versions": "Python 3",
    "load": 0.5,
    "command": "python -m benchmarks",
    "corpus": "made-up feeds",
    "form": "short",
}
LANE, TREE = "strict lane", "lxml, a tree and no entries"


def test_the_smallest_form_of_a_benchmark_works(tmp_path: Path) -> None:
    results = tmp_path / "results" / "lines.jsonl"
    command = [sys.executable, "-m", "benchmarks", "parsing", "--form", "smallest", "--results", str(results)]
    environ = {name: value for name, value in os.environ.items() if name != "SEEDFEED_CORPUS"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environ)
    lines = read(results)
    assert {one.figure for one in lines} == {name for name, one in FIGURES.items() if one.bench == "parsing"}
    assert all(one.value > 0 and one.ratio and one.wall_ratio for one in lines)
    assert {one.command for one in lines} == {"python -m benchmarks parsing --form smallest"}
    assert all(f"| {one.figure} |" in done.stdout for one in lines)


def _line(value: float, other: float, **changes: Any) -> Line:
    measured = Measured(LANE, value, value * 2, "feedparser", other, other)
    return replace(line(measured, RUN), **changes)


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (2.0, 40.0, "30 times less: missed by a factor of 1.5 | abc: 1.00 |"),
        (1.0, 40.0, "30 times less: met | abc: 0.50 |"),
        (4.0, 80.0, "30 times less: missed by a factor of 1.5 | abc: 1.00 |"),  # a slow hour, the same ratio
        (3.0, 40.0, "30 times less: missed by a factor of 2.26 | abc: 1.50 **worse** |"),
    ],
)
def test_a_later_run_says_what_became_slower_against_its_baseline(ours: float, theirs: float, said: str) -> None:
    before = [_line(9.0, 9.0), _line(2.0, 40.0)]
    assert list(table([_line(ours, theirs, commit="def")], before))[-1].endswith(said)


def test_only_runs_of_one_kind_are_compared() -> None:
    for change in ({"form": "long"}, {"corpus": "130 files"}, {"machine": "another"}, {"figure": "lenient lane"}):
        assert list(table([_line(3.0, 40.0)], [_line(2.0, 40.0, **change)]))[-1].endswith("factor of 2.26 |  |")


def test_the_page_has_the_newest_line_of_each_figure_and_baseline(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    append(file, [_line(3.0, 40.0), _line(5.0, 10.0, baseline=TREE), _line(7.0, 7.0, form="smallest")])
    append(file, [_line(2.0, 40.0), _line(1.0, 1.0, figure="no longer measured")])
    kept = newest(read(file))
    assert sorted((one.value, one.baseline) for one in kept) == [(2.0, "feedparser"), (5.0, TREE)]
    assert "| strict lane | 2 ms a feed | 4 | feedparser | 40 | 40 | 20 | 10 |" in page(read(file))


def test_results_hold_no_path_of_a_machine() -> None:
    for one in read():
        assert not {"/", "\\", "~"} & set(f"{one.command}{one.corpus}{one.machine}{one.versions}{one.baseline}")
        assert one.form != "smallest"
