"""Every figure that is measured: its name, its unit and its goal, in the order in which tables list them.

A figure is CPU time, memory or bytes; the wall time beside it is in the same unit. Each has at least one baseline that
is measured in the same run, and what is compared between runs is the ratio to it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import Cost

#: How much is measured: enough to see that a benchmark works, a run of minutes, a run of hours.
FORMS = ("smallest", "short", "long")
SHAPES = {"texts repeat": True, "no text repeats": False}


@dataclass(frozen=True, slots=True)
class Figure:
    """most: the goal of its value. faster, cheaper: the goals of the ratios of wall time and of the value.

    against: the baseline that goals of ratios are about, if there are several.
    """

    bench: str
    name: str
    unit: str
    most: float | None = None
    faster: float | None = None
    cheaper: float | None = None
    against: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure beside one baseline; wall: in the figure's unit, None where there is no time in it."""

    figure: str
    value: float
    wall: float | None = None
    baseline: str = ""
    baseline_value: float | None = None
    baseline_wall: float | None = None


def beside(figure: str, ours: Cost, baseline: str, theirs: Cost | None, factor: float = 1.0) -> Measured:
    """Of CPU and wall time, in seconds times `factor`; without a baseline if its program is missing."""
    cpu, wall = ours.cpu * factor, ours.wall * factor
    if theirs is None:
        return Measured(figure, cpu, wall)
    return Measured(figure, cpu, wall, baseline, theirs.cpu * factor, theirs.wall * factor)


@dataclass(frozen=True, slots=True)
class Options:
    """What a benchmark is given. corpus: a folder of feeds. sizes: numbers by name, in place of those of the form.

    scratch: a folder that is removed after the run, for what several benchmarks can share. measured: the figures of the
    run so far.
    """

    scratch: Path
    form: str = "short"
    corpus: Path | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    measured: dict[str, Measured] = field(default_factory=dict)

    def size(self, name: str, smallest: int, short: int, long: int) -> int:
        return self.sizes.get(name, dict(zip(FORMS, (smallest, short, long), strict=True))[self.form])


def _figures() -> Iterator[Figure]:
    for shape in SHAPES:
        yield Figure("cycles", f"first cycle, {shape}", "ms an entry", most=1, faster=1.5, against="newsboat")
        yield Figure("cycles", f"first cycle, {shape}: the worker's part", "ms an entry")
        yield Figure("cycles", f"next cycle, 5 % changed, {shape}", "s", faster=12, against="newsboat")
        yield Figure("cycles", f"worker --once, nothing changed, {shape}", "s", most=1.2)
        yield Figure("cycles", f"a poll without news, {shape}", "ms")
        yield Figure("cycles", f"a poll without news, {shape}: the worker's part", "ms")
        yield Figure("cycles", f"memory while polling, {shape}", "MB", most=200)
        yield Figure("cycles", f"store, {shape}", "KB an entry", most=5)
    yield Figure("cycles", "memory while polling 50 sources", "MB", most=120)
    yield Figure("idle", "memory of an idle run with three seeds", "MB", most=90)
    for entries, most in ((50, 5), (500, 60)):
        yield Figure("publishing", f"a new entry in a feed of {entries}", "ms", most=most)
    for page in (
        "home page",
        "page of a feed",
        "page of an entry",
        "search for a common word",
        "search for a rare word",
    ):
        yield Figure("pages", f"{page}, nothing changed", "ms", most=1)
        yield Figure("pages", f"{page}, after a change", "ms", most=8)
    for command, limit in (
        ("--help", 0.15),
        ("entries QUERY", 0.35),
        ("why", 0.35),
        ("worker --once, three seeds", 0.5),
    ):
        yield Figure("commands", command, "s", most=limit)
    yield Figure("commands", "entries, 9,000 rows to a pipe", "s", most=1)
    yield Figure("parsing", "strict lane", "ms a feed", cheaper=30)
    yield Figure("parsing", "strict lane beside a bare tree", "ms a feed", cheaper=1 / 2.5)
    yield Figure("parsing", "strict lane, nothing new", "ms a feed")
    yield Figure("parsing", "strict lane, nothing new, beside a bare tree", "ms a feed")
    yield Figure("parsing", "lenient lane", "ms a feed")
    for stream in ("no text repeats anything", "two texts in five repeat one", "every text stands in three feeds"):
        yield Figure("repeats", f"looking for repeats where {stream}", "ms an entry", most=0.5)
    yield Figure("stories", "repeats told from other stories: errors of pairs", "%")
    for answer in ("200, gzip", "200, plain", "304"):
        yield Figure("serving", f"a feed of 100 KB: {answer}", "µs a request", cheaper=0.55)
    yield Figure("scanning", "an idle look at seeds/", "ms")
    yield Figure("scanning", "a look at seeds/ after one edit", "ms")
    yield Figure("arrival", "from a settled file to a reader", "s")
    yield Figure("hub", "from a settled file to the last subscriber", "s")
    for work in ("recording a new entry", "indexing a new entry"):
        yield Figure("growth", f"{work}, against a small store", "ms", cheaper=1 / 1.5)
    for work in ("a publication", "home page", "page of a feed", "worker --once, nothing to do"):
        yield Figure("growth", f"{work}, against a small store", "ms", cheaper=1 / 1.5)
    yield Figure("simulate", "choosing what is due of 100,000 subscriptions", "ms", most=5)
    yield Figure("simulate", "memory of a worker with 100,000 subscriptions", "MB", most=300)
    yield Figure("simulate", "polls a second of 1,000,000 subscriptions", "polls")
    yield Figure("simulate", "traffic of 1,000,000 subscriptions", "MB a second")
    yield Figure("simulate", "the writer's share of one core with 1,000,000 subscriptions", "%")
    yield Figure("simulate", "cores that fetch and read for 1,000,000 subscriptions", "cores")


FIGURES: Mapping[str, Figure] = {figure.name: figure for figure in _figures()}
BENCHES = tuple(dict.fromkeys(figure.bench for figure in FIGURES.values()))
