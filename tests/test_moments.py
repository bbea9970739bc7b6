"""A clock that was once ahead: afterwards no stored time in the future is believed, by the worker or in documents."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from feeds.store.moments import DUE, PAST, TERMS
from feeds.text.dates import to_us
from support.builders import opened
from support.ingest import Bench, Clock, bench
from support.origin import Origin

AHEAD = timedelta(days=40)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as server:
        yield server


def columns() -> set[tuple[str, str]]:
    known = {(table, column) for table, columns in PAST.items() for column in columns}
    return known | set(DUE.items()) | set(TERMS.items())


def test_every_stored_time_is_thought_of(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as store:
        tables = [row[0] for row in store.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        stored = {
            (table, row["name"])
            for table in tables
            for row in store.connection.execute(f"SELECT name FROM pragma_table_info('{table}')")
            if row["name"].endswith("_us")
        }
    assert stored == columns()


def future(home: Bench) -> list[tuple[str, str]]:
    """The columns of the past that hold a time which has not come yet."""
    now = to_us(home.clock.now) + 999_999  # a fraction of a second orders entries
    found = [
        (table, column)
        for table, columns in PAST.items()
        for column in columns
        if home.store.connection.execute(f"SELECT 1 FROM {table} WHERE {column} > ?", (now,)).fetchone()
    ]
    stamps = re.findall(r"(?:first_seen|updated|deleted) = (\S+)", home.home.ids.read_text(encoding="utf-8"))
    return [*found, *(("ids.toml", stamp) for stamp in stamps if stamp > f"{home.clock.now:%Y-%m-%dT%H:%M:%SZ}")]


def titles(home: Bench) -> list[str]:
    found = home.store.representations.of("/feeds/all.json")
    return [item["title"] for item in json.loads(found.body)["items"]] if found else []


def rss(*titles: str) -> bytes:
    items = "".join(f"<item><title>{one}</title><guid>{one}</guid></item>" for one in titles)
    return f'<rss version="2.0"><channel><title>Outlet</title>{items}</channel></rss>'.encode()


@pytest.mark.parametrize("restarted", [True, False])
def test_what_a_clock_that_was_ahead_has_written_silences_nothing(
    tmp_path: Path, origin: Origin, restarted: bool
) -> None:
    origin.put("/feed", rss("first"), etag='"1"')
    clock = Clock()
    with bench(tmp_path, clock=clock) as home:
        seeds = home.home.seeds
        home.subscribe(origin.url("/feed"), origin.url("/nothing"))
        (seeds / "plain.txt").write_text("plain\n\nBefore the clock went wrong.\n", encoding="utf-8")
        (seeds / "gone.txt").write_text("gone\n\nUntil it was deleted.\n", encoding="utf-8")
        (seeds / "due.md").write_text("---\npublish_at: 2026-03-11\n---\n# due\n\nIn ten days.\n", encoding="utf-8")
        (seeds / "over.md").write_text("---\nexpires: 2026-03-11\n---\n# over\n\nFor ten days.\n", encoding="utf-8")
        home.cycle(seconds=5)
        assert set(titles(home)) == {"first", "plain", "gone", "over"}
        clock.now += AHEAD
        (seeds / "plain.txt").write_text("plain\n\nEdited while the clock was wrong.\n", encoding="utf-8")
        (seeds / "wrong.txt").write_text("wrong\n\nWritten while the clock was wrong.\n", encoding="utf-8")
        (seeds / "gone.txt").unlink()
        origin.put("/feed", rss("second", "first"), etag='"2"')
        home.cycle(seconds=5)
        home.ingest.expect(timedelta(minutes=3))
        assert set(titles(home)) == {"first", "second", "plain", "wrong", "due"}
        clock.now -= AHEAD
        assert {table for table, _ in future(home)} >= {"entries", "feeds", "representations", "sources", "ids.toml"}
        origin.put("/feed", rss("third", "second", "first"), etag='"3"')
        if not restarted:
            home.ingest.expect(timedelta(minutes=3))
            check(home)
    if restarted:
        with bench(tmp_path, clock=clock) as home:
            check(home)


def check(home: Bench) -> None:
    """Sources that are due are polled, and nothing is due later than settings allow."""
    report = home.cycle(seconds=5, everything=False)
    assert report.polled == 2
    assert future(home) == []
    assert set(titles(home)) == {"first", "second", "third", "plain", "wrong", "over"}
    assert home.store.feeds.held() == {}
    longest = to_us(home.clock.now + home.ingest.settings.worker.poll_max)
    assert home.store.connection.execute("SELECT max(next_poll_us) FROM sources").fetchone()[0] <= longest
    home.cycle(minutes=5, everything=False)
    (home.home.seeds / "last.txt").write_text("last\n\nThe newest of all.\n", encoding="utf-8")
    home.cycle(minutes=5, everything=False)
    assert titles(home)[0] == "last"


def test_a_ledger_from_the_future_dates_nothing_there(tmp_path: Path) -> None:
    clock = Clock()
    with bench(tmp_path, clock=clock) as home:
        clock.now += AHEAD
        (home.home.seeds / "plain.txt").write_text("plain\n\nA text.\n", encoding="utf-8")
        home.cycle(seconds=5)
        clock.now -= AHEAD
        for path in home.home.data.iterdir():
            if path.is_file():
                path.unlink()
    with bench(tmp_path, clock=clock) as home:
        home.cycle(seconds=5)
        assert future(home) == []
        assert titles(home) == ["plain"]
