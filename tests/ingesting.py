"""An `Ingest` over a real home, a real store and a real loopback origin, with a clock that the test moves.

For what takes days: the steps of a cycle run in this process, fetching in threads.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from feeds.config import Home, Settings, load
from feeds.store import Store
from worker.ingest import CycleReport, Ingest

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
def bench(root: Path, settings: str = "", clock: Clock | None = None) -> Iterator[Bench]:
    """settings: TOML; keys of the site first, then tables but for [seeds] and [worker]."""
    home = Home(root)
    home.seeds.mkdir(parents=True, exist_ok=True)
    home.settings_file.write_text(
        f'{settings}\n[seeds]\nsettle = "0s"\ndelete_after = "0s"\n'
        '[worker]\nallow_networks = ["127.0.0.0/8"]\nexecutor = "threads:2"\ntimeout = "5s"\n',
        encoding="utf-8",
    )
    clock = clock or Clock()
    loaded: Settings = load(home, {})
    store = Store.open(home.store)
    try:
        ingest = Ingest(store, home, loaded, clock)
        try:
            ingest.start()
            yield Bench(home, ingest, clock)
        finally:
            ingest.close()
    finally:
        store.close()
