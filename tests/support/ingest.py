"""An `Ingest` over a real home, a real store and a real loopback origin, with a clock that the test moves.

For what takes days: the steps of a cycle run in this process, fetching in threads.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from feeds.settings.load import Home, load_settings
from feeds.settings.schema import Settings
from feeds.store import Store
from support.site import Site
from support.validity.homes import watch
from worker.cli.reports import entry_lines, source_lines
from worker.cli.why import why
from worker.cycle.ingest import Ingest
from worker.cycle.report import CycleReport

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(slots=True)
class Bench:
    """A home under test. settings: TOML beside what every test home needs."""

    home: Home
    ingest: Ingest
    clock: Clock
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = self.ingest.store

    def cycle(self, *, everything: bool = True, **later: float) -> CycleReport:
        """One cycle, so much later than the last one."""
        self.clock.advance(**later)
        return self.ingest.cycle(Event(), everything=everything)

    def subscribe(self, *urls: str) -> None:
        outlines = "".join(f'<outline type="rss" text="{url.rpartition("/")[2]}" xmlUrl="{url}"/>' for url in urls)
        opml = f'<opml version="2.0"><head/><body>{outlines}</body></opml>'
        self.home.subscriptions.write_text(opml, encoding="utf-8")


@contextmanager
def bench(root: Path, settings: str = "", clock: Clock | None = None, executor: str = "threads:2") -> Iterator[Bench]:
    """settings: TOML; keys of the site first, then tables but for [seeds] and [worker]."""
    watch(root)
    home = Home(root)
    home.seeds.mkdir(parents=True, exist_ok=True)
    home.settings_file.write_text(
        f'{settings}\n[seeds]\nsettle = "0s"\ndelete_after = "0s"\n'
        '[worker]\nallow_networks = ["127.0.0.0/8"]\nallow_callbacks = ["127.0.0.0/8"]\n'
        f'executor = "{executor}"\ntimeout = "5s"\n',
        encoding="utf-8",
    )
    clock = clock or Clock()
    with _worker(home, clock) as ingest:
        yield Bench(home, ingest, clock)


@contextmanager
def _worker(home: Home, clock: Callable[[], datetime], environ: Mapping[str, str] | None = None) -> Iterator[Ingest]:
    """The worker of a home as it stands."""
    loaded: Settings = load_settings(home, environ or {})
    with closing(Store.open(home.store)) as store, closing(Ingest(store, home, loaded, clock)) as ingest:
        ingest.start()
        yield ingest


@dataclass(slots=True)
class Desk(Site):
    """A `Site` whose cycles are run here, each by a worker of its own as `seedfeed worker --once --all` is.

    Its commands are real processes still. Between two cycles a few seconds pass. environ: settings of its cycles.
    """

    environ: Mapping[str, str] = field(default_factory=dict)
    ahead: timedelta = timedelta()

    def cycle(self, expect: int = 0) -> str:
        self.ahead += timedelta(seconds=2)
        with _worker(Home(self.root), lambda: datetime.now(UTC) + self.ahead, self.environ) as ingest:
            report = ingest.cycle(Event(), everything=True)
        problems = [str(problem.message) for problem in report.problems if problem.failed]
        told = "\n".join([*report.failures, *problems])
        assert bool(told) is bool(expect), told
        return told

    def entries(self, *words: str) -> list[dict[str, Any]]:
        if words:
            return Site.entries(self, *words)
        home = Home(self.root)
        return entry_lines(home, load_settings(home, {}), "", "", None)

    def why(self, named: str) -> dict[str, Any]:
        home = Home(self.root)
        return why(home, load_settings(home, {}), named, Path.cwd(), datetime.now(UTC) + self.ahead)

    def sources(self) -> dict[str, dict[str, Any]]:
        return {line["slug"]: line for line in source_lines(Home(self.root), load_settings(Home(self.root), {}))}
