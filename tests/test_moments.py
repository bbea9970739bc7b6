"""Wrong clocks: after one that was ahead no time in the future is believed; one that is behind changes nothing."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.store.moments import DUE, PAST, TERMS
from feeds.text.dates import to_us
from support.builders import opened
from support.ingest import START, Bench, Clock, bench
from support.origin import Origin
from worker.cycle.clock import A_DAY, BELIEVED, Belief, Grounds, HomeClock, belief_in
from worker.run.schedule import Every

HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)
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
    # A fraction of a second orders entries, and what changes within a second again is a second later.
    now = to_us(home.clock.now) + 9_999_999
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
    assert (report.polled, home.ingest.clock.belief) == (2, Belief.RIGHT)
    assert future(home) == []
    assert set(titles(home)) == {"first", "second", "third", "plain", "wrong", "over"}
    assert home.store.feeds.held() == {}
    longest = to_us(home.clock.now + home.ingest.settings.worker.poll_max)
    assert home.store.connection.execute("SELECT max(next_poll_us) FROM sources").fetchone()[0] <= longest
    home.cycle(minutes=5, everything=False)
    (home.home.seeds / "last.txt").write_text("last\n\nThe newest of all.\n", encoding="utf-8")
    home.cycle(minutes=5, everything=False)
    assert titles(home)[0] == "last"


def test_a_home_that_was_made_by_a_wrong_clock_is_mended_once_the_right_one_has_run_on(tmp_path: Path) -> None:
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
        assert "Set the clock" in home.cycle(seconds=5).failures[0]
        assert titles(home) == ["plain"]
        home.ingest.expect(HOUR)
        assert future(home)
    clock.now += BELIEVED
    with bench(tmp_path, clock=clock) as home:
        report = home.cycle(seconds=5)
        assert (report.failures, len(report.notes)) == ([], 1)
        assert future(home) == []
        assert titles(home) == ["plain"]


def test_servers_that_agree_with_a_clock_settle_the_doubt(tmp_path: Path) -> None:
    clock = Clock(START + AHEAD)
    with bench(tmp_path, clock=clock) as home:
        (home.home.seeds / "plain.txt").write_text("plain\n\nA text.\n", encoding="utf-8")
        home.cycle(seconds=5)
        clock.now -= AHEAD
        home.ingest.clock.hear("behind.example", clock.now - YEAR)
        home.ingest.expect(HOUR)
        assert home.ingest.clock.belief is Belief.DOUBTED
        for name in ("one.example", "two.example"):
            home.ingest.clock.hear(name, clock.now)
        home.ingest.expect(HOUR)
        home.cycle(seconds=5)
        assert future(home) == []


def entries(home: Bench) -> list[tuple[object, ...]]:
    rows = home.store.connection.execute(
        "SELECT id, title, published_us, updated_us, first_seen_us, listed_us, dated, deleted_us, revision FROM entries"
        " ORDER BY title"
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize(
    "behind", [2 * HOUR, timedelta(days=2), YEAR, 10 * YEAR, START - datetime(1970, 1, 1, tzinfo=UTC)]
)
def test_a_clock_that_is_behind_changes_nothing_that_is_recorded(
    tmp_path: Path, origin: Origin, behind: timedelta, running: bool
) -> None:
    stated = "<pubDate>Sun, 01 Mar 2026 10:30:00 GMT</pubDate>"
    origin.put("/feed", rss("first").replace(b"</item>", stated.encode() + b"</item>"), etag='"1"')
    clock = Clock()
    with bench(tmp_path, clock=clock) as home:
        seeds = home.home.seeds
        home.subscribe(origin.url("/feed"))
        (seeds / "dated.md").write_text("---\ndate: 2026-03-01\n---\n# dated\n\nOf today.\n", encoding="utf-8")
        (seeds / "edited.txt").write_text("edited\n\nBefore that.\n", encoding="utf-8")
        (seeds / "plain.txt").write_text("plain\n\nA text.\n", encoding="utf-8")
        home.cycle(seconds=5)
        home.ingest.expect(HOUR)
        before, ids = entries(home), home.home.ids.read_bytes()
        newest = to_us(clock.now)
        clock.now -= behind
        if running:
            meddle(home, before, ids, newest)
    if not running:
        with bench(tmp_path, clock=clock) as home:
            meddle(home, before, ids, newest)
    clock.now += behind
    with bench(tmp_path, clock=clock) as home:
        kept = entries(home)
        report = home.cycle(seconds=60)
        assert (report.new, report.changed, report.withdrawn, report.failures, report.notes) == (0, 0, 0, [], [])
        assert entries(home) == kept
        assert future(home) == []
        home.cycle(hours=24, everything=False)
        assert home.store.connection.execute("SELECT max(last_success_us) FROM sources").fetchone()[0] > newest


def meddle(home: Bench, before: list[tuple[object, ...]], ids: bytes, newest: int) -> None:
    """Cycles of a clock that is behind: first nothing has changed, then all files are read again."""
    home.ingest.expect(HOUR)
    report = home.cycle(seconds=5)
    assert (report.new, report.changed, report.withdrawn) == (0, 0, 0)
    assert len(report.failures) + len(report.notes) == 1
    home.store.connection.execute("UPDATE seed_files SET again_us = 0")
    home.cycle(seconds=5)
    assert entries(home) == before
    assert home.home.ids.read_bytes() == ids
    (home.home.seeds / "edited.txt").write_text("edited\n\nAfter that, in other words.\n", encoding="utf-8")
    (home.home.seeds / "new.txt").write_text("new\n\nSeen by a wrong clock.\n", encoding="utf-8")
    report = home.cycle(seconds=5)
    assert (report.new, report.changed, report.withdrawn) == (1, 1, 0)
    rows = home.store.connection.execute("SELECT listed_us, updated_us FROM entries WHERE title IN ('new', 'edited')")
    # The fraction of a second is not of the time.
    assert all(newest - 1_000_000 < us < newest + 60_000_000 for row in rows for us in row)
    home.ingest.expect(HOUR)


def days(*ago: float) -> list[datetime]:
    return sorted(START - timedelta(days=one) for one in ago)


DAILY = tuple(range(1, 40))


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        (Grounds(), Belief.RIGHT),
        (Grounds(days(400)), Belief.RIGHT),  # a long pause
        (Grounds(days(1, 0.001, -0.0005)), Belief.RIGHT),  # set back by seconds
        (Grounds(days(-0.1, -0.05)), Belief.BEHIND),
        (Grounds(days(*DAILY, -0.04)), Belief.BEHIND),  # the last cycle before that is a day ago
        (Grounds(days(*DAILY, 0.001, -0.04)), Belief.RIGHT),  # it was minutes ago
        (Grounds(days(*DAILY, 0.001, -0.9)), Belief.RIGHT),
        (Grounds(days(-0.5, -1.5)), Belief.DOUBTED),
        (Grounds(days(*DAILY, -1, -2, -3)), Belief.DOUBTED),  # the clock stands amid what is recorded
        (Grounds(days(*DAILY, 0.01, -30)), Belief.WAS_AHEAD),
        (Grounds(days(*DAILY, 0.01, -30), confirmed=START + 30 * A_DAY), Belief.DOUBTED),
        (Grounds(days(*DAILY, 0.01, -30), confirmed=START - A_DAY), Belief.WAS_AHEAD),
        (Grounds(days(40, 20, 0.01, -20)), Belief.DOUBTED),  # a gap as others are
        (Grounds(days(0.01, -30, -31, -32)), Belief.DOUBTED),  # most of it lies ahead
        (Grounds(days(10, -20)), Belief.DOUBTED),
        (Grounds(days(-1, -20), agreeing=2, differing=1), Belief.WAS_AHEAD),
        (Grounds(days(-1, -20), agreeing=1, differing=1), Belief.DOUBTED),
        (Grounds(days(-0.5), agreeing=1), Belief.RIGHT),
        (Grounds(days(-75 * 365)), Belief.WAS_AHEAD),  # nobody runs it for so long
        (Grounds(days(-20), since=START - BELIEVED), Belief.WAS_AHEAD),
        (Grounds(days(-20), since=START - BELIEVED + HOUR), Belief.DOUBTED),
    ],
)
def test_what_speaks_for_a_clock_and_against_it(known: Grounds, verdict: Belief) -> None:
    assert belief_in(START, known) is verdict


def test_a_clock_that_says_1970_is_never_believed() -> None:
    assert belief_in(datetime(1970, 1, 1, tzinfo=UTC), Grounds(agreeing=3, since=datetime(1960, 1, 1, tzinfo=UTC))) is (
        Belief.DOUBTED
    )


def test_time_goes_on_while_the_clock_is_behind_and_the_clock_catches_up() -> None:
    system, steady = Clock(), [0.0]
    clock = HomeClock(system, lambda: steady[0])
    assert clock() == START
    system.now -= HOUR
    assert clock() == START
    clock.settle(Belief.BEHIND, START)
    steady[0] += 600
    system.advance(seconds=600)
    assert clock() == START + timedelta(minutes=5)
    system.now += HOUR
    assert clock() == START + timedelta(minutes=10)
    system.now -= YEAR
    clock.settle(Belief.DOUBTED, clock.newest, timedelta(hours=2))
    steady[0] += 600
    # Set right in part: nothing leaps with it.
    system.now += timedelta(days=200)
    assert clock() == START + timedelta(hours=2, minutes=20)
    assert clock.reading(clock(), START + timedelta(days=3)) == START + timedelta(days=3)
    clock.settle(Belief.WAS_AHEAD, clock.newest)
    assert clock() == system.now
    assert clock.reading(clock(), START + timedelta(days=3)) == system.now


def test_what_other_servers_say_of_the_time_goes_on_with_it() -> None:
    system, steady = Clock(), [0.0]
    clock = HomeClock(system, lambda: steady[0])
    clock.hear("right.example", START - timedelta(minutes=1))
    clock.hear("wrong.example", START - HOUR)
    assert clock.heard() == (1, 1)
    system.advance(hours=5)
    steady[0] += 5 * 3600
    assert clock.heard() == (1, 1)
    system.now -= YEAR
    assert clock.heard() == (0, 2)


@pytest.mark.parametrize("leap", [timedelta(), YEAR, 56 * YEAR])
def test_a_clock_that_leaps_ahead_is_one_missed_beat_and_not_millions(leap: timedelta) -> None:
    beat = Every(seconds=1, timezone=UTC)
    assert beat.get_next_fire_time(START, START + leap) == START + leap + timedelta(seconds=1)


def test_a_clock_that_was_an_hour_ahead_has_changed_no_entry(tmp_path: Path) -> None:
    with bench(tmp_path) as home:
        (home.home.seeds / "before.txt").write_text("before\n\nBefore the clock went wrong.\n", encoding="utf-8")
        home.cycle(seconds=5)
        home.ingest.expect(HOUR)
        home.clock.now += HOUR
        (home.home.seeds / "plain.txt").write_text("plain\n\nWritten while the clock was wrong.\n", encoding="utf-8")
        home.cycle(seconds=5)
        home.ingest.expect(HOUR)
        rows = "SELECT id, published_us, updated_us, first_seen_us FROM entries ORDER BY id"
        before = [tuple(row) for row in home.store.connection.execute(rows)]
        home.clock.now -= HOUR
        home.ingest.expect(HOUR)
        assert home.ingest.clock.belief is Belief.RIGHT
        for _ in range(2):
            assert home.cycle(seconds=5).changed == 0
        assert [tuple(row) for row in home.store.connection.execute(rows)] == before
