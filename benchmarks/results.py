"""Results as lines of JSON, the table of a run, and the page that is made of the newest lines.

A line is one figure beside one baseline. Ratios are how many times less we take than the baseline, of the value and of
wall time; they, and not the values, are compared between runs and machines.
"""

import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.figures import FIGURES, Figure, Measured

FILE = Path(__file__).parent / "results" / "figures.jsonl"
LIBRARIES = ("aiohttp", "feedgen", "feedparser", "granian", "lxml")
#: A figure that became so much worse against its baseline is marked.
WORSE = 1.2


@dataclass(frozen=True, slots=True)
class Line:
    """at: the moment, in UTC. ratio, wall_ratio: None without a baseline. load: of the machine as the run began."""

    at: str
    commit: str
    machine: str
    versions: str
    load: float
    command: str
    corpus: str
    form: str
    figure: str
    unit: str
    value: float
    wall: float | None
    baseline: str
    baseline_value: float | None
    baseline_wall: float | None
    ratio: float | None
    wall_ratio: float | None

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What lines must have in common to be compared."""
        return self.figure, self.baseline, self.form, self.corpus, self.machine


def line(measured: Measured, run: Mapping[str, Any]) -> Line:
    """run: the fields that all lines of a run have in common."""
    numbers: dict[str, Any] = {
        name: _rounded(number) if isinstance(number, float) else number for name, number in asdict(measured).items()
    }
    return Line(
        **run,
        **numbers,
        unit=FIGURES[measured.figure].unit,
        ratio=_ratio(measured.value, measured.baseline_value),
        wall_ratio=_ratio(measured.wall, measured.baseline_wall),
    )


def _rounded(number: float) -> float:
    """Three digits: more is noise."""
    return float(f"{number:.3g}")


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return _rounded(theirs / ours) if ours and theirs else None


def append(file: Path, lines: Iterable[Line]) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8", newline="\n") as out:
        out.writelines(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in lines)


def read(file: Path = FILE) -> list[Line]:
    """All lines, oldest first."""
    if not file.is_file():
        return []
    return [Line(**json.loads(one)) for one in file.read_text("utf-8").splitlines()]


# What a run was


def commit(root: Path) -> str:
    """The newest commit that changed the code, with + if the code differs from it."""
    code = ("--", "feeds", "worker", "pyproject.toml")
    try:
        name, changed = (
            subprocess.run(["git", "-C", str(root), *words, *code], capture_output=True, text=True, check=True).stdout
            for words in (("log", "-1", "--format=%h", "--abbrev=9"), ("status", "--porcelain"))
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name.strip() + ("+" if changed.strip() else "")


def machine() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = found[1].strip() if found else platform.machine()
    return f"{name}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GB"


def versions() -> str:
    """Of Python, of the libraries, and of the programs that are compared with."""
    found = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in LIBRARIES)]
    for name, option in (("newsboat", "-V"), ("nginx", "-v")):
        if shutil.which(name):
            told = subprocess.run([name, option], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
            if number := re.search(r"\d+(?:\.\d+)+", told.stdout + told.stderr):
                found.append(f"{name} {number[0]}")
    return ", ".join(found)


# Tables


def newest(lines: Iterable[Line]) -> list[Line]:
    """The newest line of each figure and baseline, in the order of the registry; a long run counts as a short one."""
    kept = {(one.figure, one.baseline): one for one in lines if one.figure in FIGURES and one.form != "smallest"}
    order = list(FIGURES)
    return sorted(kept.values(), key=lambda one: order.index(one.figure))


def table(lines: Iterable[Line], before: Iterable[Line] = ()) -> Iterator[str]:
    """Markdown. before: earlier lines; what became worse against its baseline since the last of them is marked."""
    earlier = {one.key: one for one in before}
    last = " | since" if earlier else ""
    yield f"| figure | value | wall | beside | value | wall | times less | times faster | goal{last} |"
    yield f"|---|---:|---:|---|---:|---:|---:|---:|---{'|---' if earlier else ''}|"
    for one in lines:
        figure = FIGURES[one.figure]
        cells = [
            one.figure,
            f"{_number(one.value)} {one.unit}",
            _number(one.wall),
            one.baseline,
            _number(one.baseline_value),
            _number(one.baseline_wall),
            _number(one.ratio),
            _number(one.wall_ratio),
            goal(figure, one),
        ]
        yield f"| {' | '.join((*cells, *([_since(one, earlier.get(one.key))] if earlier else [])))} |"


def _number(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def goal(figure: Figure, one: Line) -> str:
    """The goals of a figure, and whether this line meets them."""
    said = []
    if figure.most is not None:
        said.append(_met(f"{figure.most:g} {figure.unit}", one.value / figure.most))
    if figure.against not in ("", one.baseline):
        return "; ".join(said)
    if figure.faster is not None and one.wall_ratio:
        said.append(_met(f"{figure.faster:g} times faster", figure.faster / one.wall_ratio))
    if figure.cheaper is not None and one.ratio:
        less = figure.cheaper >= 1
        aim = f"{figure.cheaper:.2g} times less" if less else f"at most {1 / figure.cheaper:.2g} times as much"
        said.append(_met(aim, figure.cheaper / one.ratio))
    return "; ".join(said)


def _met(goal: str, excess: float) -> str:
    return f"{goal}: met" if excess <= 1 else f"{goal}: missed by a factor of {excess:.3g}"


def _since(one: Line, earlier: Line | None) -> str:
    if earlier is None:
        return ""
    ratios = (earlier.ratio, one.ratio) if one.ratio and earlier.ratio else (one.value, earlier.value)
    if not ratios[0] or not ratios[1]:
        return ""
    change = ratios[0] / ratios[1]
    mark = " **worse**" if change > WORSE else ""
    return f"{earlier.commit}: {change:.2f}{mark}"


_PAGE = """\
# Performance

Made by docs/make.py from the newest lines of benchmarks/results/; `make bench` measures anew. What each figure means,
and how to measure one alone, is in [benchmarks/README.md](../benchmarks/README.md).

Everything that users get is switched on: sanitising, stories, the search index, all formats, the gate. Values in s, ms
and µs are CPU time of all processes together, and the wall time beside them is in the same unit. Each figure was
measured beside its baseline in one run on one machine, where other work may have gone on: trust the ratios, not the
seconds. A ratio over 1 is in our favour.
"""


def page(lines: Iterable[Line]) -> str:
    """docs/performance.md."""
    kept = newest(lines)
    machines: dict[str, dict[str, dict[str, None]]] = {}
    for one in kept:
        runs = machines.setdefault(f"{one.machine}; {one.versions}; {one.corpus}", {})
        run = f"{one.at[:10]} at {one.commit}, load {one.load:.1f} before"
        runs.setdefault(run, {})[FIGURES[one.figure].bench] = None
    parts = [_PAGE]
    for words, runs in machines.items():
        parts.append(f"\n{words}:\n\n")
        parts += [f"- {', '.join(benches)}: {run}\n" for run, benches in runs.items()]
    for bench in dict.fromkeys(FIGURES[one.figure].bench for one in kept):
        parts.append(f"\n## {bench.capitalize()}\n\n")
        parts += [f"{row}\n" for row in table(one for one in kept if FIGURES[one.figure].bench == bench)]
    return "".join(parts)
