"""Counting who asks for feeds: what is kept of it, in which bounds, and that nothing is counted twice or lost."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from feeds.admin.counting import RequestCounter
from feeds.serve.shelf import Shelf
from feeds.store import Store
from feeds.store.inbox import MOST_BATCHES, Inbox
from feeds.traffic.clients import KNOWN, OTHER, Client
from feeds.traffic.counts import (
    COLUMNS,
    DAYS,
    MOST_ROWS,
    MOST_STRANGERS,
    NOWHERE,
    SEARCHES,
    Counters,
    Counts,
    Row,
    feed_of,
    merge_rows,
    merge_totals,
    rows_as_lists,
    rows_from_lists,
    stated_subscribers,
    sum_counts,
)
from support.builders import NOW, home, opened, settings
from support.ingest import bench

TODAY = int(NOW.timestamp()) // 86_400
FEEDLY = Client("Feedly", 100)
AGENT = "Reader/1 (me@mail.example)"


def row(client_: str = "Feedly", feed: str = "all", day: int = TODAY, **counts: int) -> Row:
    return Row(day, feed, client_, Counts(**(counts or {"full": 1})))


@pytest.mark.parametrize(
    ("path", "feed"),
    [
        ("/feeds/all.atom", "all"),
        ("/feeds/source-x.json", "source-x"),
        ("/feeds/all/archive/3.atom", "all"),
        ("/search.rss", SEARCHES),
        ("/feeds/all", ""),
        ("/", ""),
        ("/media/1/a.json", ""),
        ("/feeds/.atom", ""),
    ],
)
def test_the_path_names_the_feed(path: str, feed: str) -> None:
    assert feed_of(path) == feed


def test_answers_are_told_apart() -> None:
    counters = Counters()
    for status in (200, 200, 226, 206, 304, 304, 304, 404, 503):
        counters.count(TODAY, "all", FEEDLY, status, 10, bare=status == 200)
    (found,) = counters.take()
    assert found == row(full=2, delta=1, partial=1, unmodified=3, failed=2, sent=90, bare=2, subscribers=100)
    assert found.counts.requests == 9
    assert found.counts.unmodified_share == pytest.approx(3 / 7)
    assert counters.take() == []


def test_a_client_that_never_sends_validators_ignores_caching() -> None:
    assert Counts(full=10, bare=10).ignores_caching
    assert not Counts(full=9, bare=9).ignores_caching
    assert not Counts(full=10, unmodified=1, bare=10).ignores_caching


def test_subscribers_of_one_service_add_up_over_its_feeds_but_not_over_its_requests() -> None:
    counters = Counters()
    for topic, form, said in (("", "atom", 7), ("", "rss", 3), ("", "atom", 8), ("55", "atom", 2)):
        counters.count(TODAY, "all", Client("Feedly", said, topic), 200, 0, bare=True, form=form)
    assert counters.take()[0].counts.subscribers == 13
    # What is not asked again within the next seconds is known still.
    counters.count(TODAY, "all", Client("Feedly", 9), 200, 0, bare=True, form="atom")
    assert counters.take()[0].counts.subscribers == 14
    counters.count(TODAY + 1, "all", Client("Feedly", 1), 200, 0, bare=True, form="atom")
    assert counters.take()[0].counts.subscribers == 1


def test_topics_that_somebody_makes_up_are_bounded() -> None:
    counters = Counters()
    for n in range(1_000):
        counters.count(TODAY, "all", Client("Feedly", 1, str(n)), 200, 0, bare=True)
    assert counters.take()[0].counts.subscribers <= 20


def test_stated_subscribers_are_those_of_each_clients_newest_day_of_late() -> None:
    rows = [
        row("Feedly", day=TODAY - 6, subscribers=50),
        row("Feedly", day=TODAY - 1, subscribers=40),
        row("Feedly", day=TODAY, full=1),
        row("Feedbin", day=TODAY - 3, subscribers=2),
        row("NewsBlur", day=TODAY - 7, subscribers=1_000),
    ]
    assert stated_subscribers(rows, TODAY) == 42
    assert sum_counts(rows).subscribers == 0


def test_names_that_strangers_make_up_are_bounded_and_no_request_is_lost() -> None:
    counters = Counters()
    for n in range(500):
        counters.count(TODAY, "all", Client(f"Evil{n}"), 200, 1, bare=True)
    counters.count(TODAY, "all", FEEDLY, 200, 1, bare=True)
    rows = counters.take()
    assert len(rows) == MOST_STRANGERS + 2
    assert {"Feedly", OTHER} <= {one.client for one in rows}
    assert sum(one.counts.requests for one in rows) == 501


def test_rows_in_memory_are_bounded_and_no_request_is_lost() -> None:
    counters = Counters()
    for feed in range(300):
        for name in sorted(KNOWN)[:30]:
            counters.count(TODAY, f"feed-{feed}", Client(name), 200, 1, bare=True)
    rows = counters.take()
    assert len(rows) <= MOST_ROWS + 300
    assert sum(one.counts.requests for one in rows) == 9_000


def test_merging_adds_what_belongs_together_within_the_bounds() -> None:
    rows = [row(full=1, sent=5, subscribers=3), row(full=2, sent=1, subscribers=2), row(day=TODAY - 90)]
    assert merge_rows(rows, since=TODAY - 1) == [row(full=3, sent=6, subscribers=3)]
    crowd = [row(f"Evil{n}") for n in range(100)]
    assert len(merge_rows(crowd)) == MOST_STRANGERS + 1
    assert sum_counts(merge_rows(crowd)).full == 100
    assert len(merge_rows([row(name) for name in sorted(KNOWN - {OTHER})], most=5)) == 6


def test_rows_survive_their_way_through_the_inbox() -> None:
    rows = [row(full=1, delta=2, partial=3, unmodified=4, failed=5, sent=6, bare=7, subscribers=8)]
    assert list(rows_from_lists(json.loads(json.dumps(rows_as_lists(rows))))) == rows


# From the server to the store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(opened(tmp_path)) as found:
        yield found


def hand_over(inbox: Inbox, store: Store) -> None:
    """As worker.cycle.ingest does."""
    with inbox.handing_over() as batches, store.transaction() as transaction:
        store.traffic.take(transaction, batches, TODAY)


def test_what_is_counted_comes_into_the_store_once(store: Store, inbox: Inbox) -> None:
    for _ in range(3):
        inbox.count([row(full=2)], NOW, store.traffic.taken)
    hand_over(inbox, store)
    hand_over(inbox, store)
    inbox.count([row(full=1)], NOW, store.traffic.taken)
    hand_over(inbox, store)
    assert store.traffic.since(0) == [row(full=7)]
    assert store.traffic.totals() == {"all": Counts(full=7)}
    assert inbox.waiting_counts() == []


def test_a_worker_that_dies_between_the_two_files_counts_nothing_twice(store: Store, inbox: Inbox) -> None:
    def die_between() -> None:
        inbox.count([row(full=2)], NOW, store.traffic.taken)
        with pytest.raises(RuntimeError), inbox.handing_over() as batches:
            with store.transaction() as transaction:
                store.traffic.take(transaction, batches, TODAY)
            raise RuntimeError
        assert len(inbox.waiting_counts()) == 1

    die_between()
    hand_over(inbox, store)
    assert store.traffic.totals() == {"all": Counts(full=2)}
    # Nor when the server has merged what waits meanwhile.
    die_between()
    for _ in range(2 * MOST_BATCHES):
        inbox.count([row(full=1)], NOW, store.traffic.taken)
    hand_over(inbox, store)
    assert store.traffic.totals() == {"all": Counts(full=4 + 2 * MOST_BATCHES)}


def test_a_worker_that_dies_before_it_has_written_loses_nothing(store: Store, inbox: Inbox) -> None:
    inbox.count([row(full=2)], NOW, store.traffic.taken)
    with pytest.raises(RuntimeError), inbox.handing_over() as batches, store.transaction() as transaction:
        store.traffic.take(transaction, batches, TODAY)
        raise RuntimeError
    hand_over(inbox, store)
    assert store.traffic.totals() == {"all": Counts(full=2)}


def test_numbers_go_on_when_the_inbox_is_deleted_or_the_clock_is_set_back(tmp_path: Path, store: Store) -> None:
    for moment in (NOW, NOW + timedelta(minutes=1), NOW - timedelta(days=400)):
        with closing(Inbox(home(tmp_path).inbox)) as inbox:
            inbox.count([row(full=1)], moment, store.traffic.taken)
            hand_over(inbox, store)
        home(tmp_path).inbox.unlink()
    assert store.traffic.totals() == {"all": Counts(full=3)}


def test_without_a_worker_the_inbox_stays_small(store: Store, inbox: Inbox) -> None:
    inbox.count([row(day=TODAY - DAYS)], NOW, store.traffic.taken)
    for n in range(40):
        inbox.count([row(f"Evil{n}", day=TODAY)], NOW + timedelta(seconds=n), store.traffic.taken)
    batches = inbox.waiting_counts()
    assert len(batches) <= MOST_BATCHES
    rows = merge_rows(one for _, batch in batches for one in batch)
    assert len(rows) <= MOST_STRANGERS + 2
    assert sum(one.counts.requests for one in rows if one.day == TODAY) == 40
    assert not any(one.day < TODAY for one in rows)


def test_days_are_forgotten_and_totals_stay(store: Store) -> None:
    def add(*rows: Row, today: int = TODAY) -> None:
        with store.transaction() as transaction:
            store.traffic.add(transaction, rows, today, today)

    add(row(full=1), row(feed="renamed", full=5))
    assert len(store.traffic.since(0)) == 2
    add(row(full=1, day=TODAY + DAYS), today=TODAY + DAYS)
    assert store.traffic.since(0) == [row(full=1, day=TODAY + DAYS)]
    assert store.traffic.totals() == {"all": Counts(full=2)}
    # What comes late is no day any more, but is part of the total.
    add(row(full=1), today=TODAY + DAYS)
    assert store.traffic.totals() == {"all": Counts(full=3)}


def test_a_day_in_the_store_is_bounded_and_no_request_is_lost(store: Store) -> None:
    for batch in range(5):
        with store.transaction() as transaction:
            store.traffic.add(transaction, [row(f"Evil{batch}x{n}") for n in range(20)], batch, TODAY)
    assert len(store.traffic.since(0)) == MOST_STRANGERS + 1
    with store.transaction() as transaction:
        names = sorted(KNOWN - {OTHER})[:40]
        store.traffic.add(transaction, [row(name, feed=f"f{n}") for n in range(200) for name in names], 9, TODAY)
        store.traffic.add(transaction, [row("Feedly", feed="more"), row("Feedbin", feed="more")], 10, TODAY)
    found = store.traffic.since(TODAY)
    assert len(found) <= MOST_ROWS + 200
    assert [one for one in found if one.feed == "more"] == [row(OTHER, feed="more", full=2)]
    assert sum_counts(found).requests == 100 + 8_000 + 2


def test_totals_and_what_waits_are_told_together() -> None:
    assert merge_totals({"all": Counts(full=2)}, [row(full=1), row(feed="new")]) == {
        "all": Counts(full=3),
        "new": Counts(full=1),
    }


def test_the_columns_of_both_tables_are_those_that_are_counted(store: Store) -> None:
    for table, keys in (("traffic", ["day", "feed", "client"]), ("traffic_totals", ["feed"])):
        names = [name for _, name, *_ in store.connection.execute(f"PRAGMA table_info({table})")]
        assert names == [*keys, *COLUMNS]


def test_the_worker_takes_in_what_was_counted(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        one.ingest.cycle(Event())
        day = int(one.clock.now.timestamp()) // 86_400
        one.ingest.inbox().count([row(day=day, full=4)], one.clock.now, lambda: 0)
        one.ingest.expect(timedelta(minutes=3))
        assert one.store.traffic.since(day) == [row(day=day, full=4)]
        assert one.ingest.inbox().waiting_counts() == []
        for table in ("traffic", "traffic_totals"):
            for change in ("INSERT", "UPDATE", "DELETE"):
                one.store.connection.execute(
                    f"CREATE TEMP TRIGGER {table}_{change} BEFORE {change} ON {table}"
                    " BEGIN SELECT RAISE(ABORT, 'written though nothing was counted'); END"
                )
        one.ingest.expect(timedelta(minutes=3))


# In the server


def answer(status: int, *pieces: bytes) -> list[dict[str, Any]]:
    start = {"type": "http.response.start", "status": status, "headers": []}
    bodies = [{"type": "http.response.body", "body": piece, "more_body": True} for piece in pieces[:-1]]
    return [start, *bodies, {"type": "http.response.body", "body": pieces[-1] if pieces else b""}]


async def serve(
    tally: RequestCounter, path: str, messages: list[dict[str, Any]], method: str = "GET", **headers: str
) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    counted = tally.counting({"type": "http", "method": method, "path": path, "headers": raw}, send)
    for message in messages:
        await counted(message)
    assert sent == messages
    return sent


@pytest.fixture
def tally(tmp_path: Path, store: Store) -> Iterator[RequestCounter]:
    made = RequestCounter(Shelf(home(tmp_path), settings()), lambda: {"all": None, "mine": None})
    try:
        yield made
    finally:
        made.close()


def test_requests_are_counted_as_they_are_answered(tally: RequestCounter, inbox: Inbox) -> None:
    async def requests() -> None:
        await serve(tally, "/feeds/all.atom", answer(200, b"12345", b"678"), user_agent="Feedly/1.0 (9 subscribers)")
        await serve(tally, "/feeds/all.atom", answer(304), user_agent="newsboat/2.3", if_none_match='"x"')
        await serve(tally, "/feeds/all.atom", answer(304), user_agent="newsboat/2.3", if_modified_since="then")
        await serve(tally, "/feeds/mine.atom", answer(503, b"later"), user_agent="newsboat/2.3")
        await serve(tally, "/feeds/once.atom", answer(410, b"gone"), user_agent="newsboat/2.3")
        for n in range(50):
            await serve(tally, f"/feeds/guess-{n}.atom", answer(404, b"no"), user_agent="curl/8")
        await serve(tally, "/search.atom", answer(200, b"found"))
        await serve(tally, "/feeds/health.atom", answer(200, b"private"))
        await serve(tally, "/feeds/all", answer(200, b"a page"))
        await serve(tally, "/feeds/all.atom", answer(204), "OPTIONS")
        await tally.flush()

    asyncio.run(requests())
    ((_, rows),) = inbox.waiting_counts()
    assert {(one.feed, one.client): replace(one.counts, bare=0) for one in rows} == {
        ("all", "Feedly"): Counts(full=1, sent=8, subscribers=9),
        ("all", "newsboat"): Counts(unmodified=2),
        ("mine", "newsboat"): Counts(failed=1, sent=5),
        ("once", "newsboat"): Counts(failed=1, sent=4),
        (NOWHERE, "curl"): Counts(failed=50, sent=100),
        (SEARCHES, "(no name)"): Counts(full=1, sent=5),
    }
    assert {one.client: one.counts.bare for one in rows if one.feed == "all"} == {"Feedly": 1, "newsboat": 0}


def test_counts_wait_in_memory_while_the_inbox_cannot_be_written(tally: RequestCounter, tmp_path: Path) -> None:
    async def requests() -> None:
        await serve(tally, "/feeds/all.atom", answer(200, b"1"))
        await tally.flush()
        assert [one.counts.full for one in tally.unwritten()] == [1]
        await serve(tally, "/feeds/all.atom", answer(200, b"1"))
        home(tmp_path).inbox.rmdir()
        await tally.flush()
        assert tally.unwritten() == []

    home(tmp_path).inbox.mkdir()
    asyncio.run(requests())
    with closing(Inbox(home(tmp_path).inbox)) as inbox:
        assert [one.counts.full for _, rows in inbox.waiting_counts() for one in rows] == [2]


def test_what_is_counted_is_written_by_itself_and_at_the_end(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.admin.counting.FLUSH_SECONDS", 0.05)
    made = RequestCounter(Shelf(home(tmp_path), settings()), dict)

    async def requests() -> None:
        await serve(made, "/feeds/all.atom", answer(200, b"1"))
        while not inbox.waiting_counts():
            await asyncio.sleep(0.01)
        await serve(made, "/feeds/all.atom", answer(200, b"1"))
        made.close()

    with closing(Inbox(home(tmp_path).inbox)) as inbox:
        asyncio.run(requests())
        assert [one.counts.full for _, rows in inbox.waiting_counts() for one in rows] == [1, 1]


def test_no_address_and_no_query_is_written(tally: RequestCounter, tmp_path: Path) -> None:
    async def requests() -> None:
        await serve(
            tally,
            "/search.atom",
            answer(200, b"1"),
            user_agent="Reader/1 (me@mail.example)",
            x_forwarded_for="192.0.2.9",
        )
        await tally.flush()

    asyncio.run(requests())
    with closing(sqlite3.connect(home(tmp_path).inbox)) as file:
        dump = "\n".join(file.iterdump())
    assert "Reader" in dump
    assert "mail.example" not in dump
    assert "192.0.2.9" not in dump
