"""What is told of sources and files that break, recover, move, flood or fall silent; to whom, and in which words."""

import base64
import json
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from feeds.admin import health_feed
from feeds.app import Application
from feeds.errors import FetchError
from feeds.model import Decision, FetchState, HealthEvent, HealthKind, Site, Status, Subscription, Verdict
from feeds.publish.regenerate import publish
from feeds.store.seeds import SeedProblem
from support.asgi import KNOCKS, ask
from support.builders import BASE, NOW, SITE_ID, bring, entry, home, opened, settings, source, subscribe
from support.ingest import Desk
from support.origin import Origin
from support.site import eventually, ids
from support.validity import check_atom, check_json, check_rss
from worker.fetch.policy import fetch_policy
from worker.health import record
from worker.health.events import Polled, next_step, poll_events, seed_events, silence, silence_event, usual_interval
from worker.health.webhook import Webhook
from worker.model import Retrieved

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HILLS = source("hills", url="https://user:secret@hills.example/feed")
LATER = NOW + HOUR
K = HealthKind


def event(kind: HealthKind, at: datetime = NOW - DAY, subject: str = HILLS.key) -> HealthEvent:
    return HealthEvent(at, subject, kind, "A title", "A text.")


def told(*kinds: HealthKind, since: datetime = NOW - DAY) -> dict[HealthKind, HealthEvent]:
    """Told in this order, a minute apart."""
    return {kind: event(kind, since + n * timedelta(minutes=1)) for n, kind in enumerate(kinds)}


def failed(
    code: str = "E_CONNECT",
    http: int = 0,
    failures: int = 1,
    status: Status = Status.FAILING,
    since: timedelta = timedelta(),
) -> Polled:
    message = f"The answer was {http}." if http else "It did not work"
    state = FetchState(
        next_poll_at=None if status is Status.GONE else LATER,
        failures=failures,
        failing_since=NOW - since,
        status=status,
        error=f"{code}: {message}",
    )
    error = FetchError("https://hills.example/feed", message, code, None, http)
    return Polled(Subscription(HILLS, FetchState(polls=5)), state, Retrieved(HILLS.key, error=error))


def worked(failures_before: int = 0, new: int = 0, kept_back: int = 0, polls: int = 5, **more: Any) -> Polled:
    decisions = [Decision(entry(HILLS, str(n)), Verdict.NEW, "", shared=n >= kept_back) for n in range(new)] + [
        Decision(entry(HILLS, "old"), Verdict.UNCHANGED, "", shared=False)
    ]
    state = FetchState(next_poll_at=LATER, last_success=NOW)
    before = FetchState(polls=polls, failures=failures_before)
    return Polled(Subscription(HILLS, before), state, Retrieved(HILLS.key), decisions, **more)


def moving(to: str) -> Polled:
    polled = worked()
    return replace(polled, retrieved=replace(polled.retrieved, moved_to=to))


# Polls


@pytest.mark.parametrize(
    ("polled", "before", "kinds"),
    [
        (worked(), (), ()),
        # One hiccup is nobody's news, and two are none.
        (failed(), (), ()),
        (failed(failures=2), (), ()),
        (failed(failures=3), (), (K.BROKEN,)),
        (failed(failures=4), (), (K.BROKEN,)),
        (failed(failures=2, since=23 * HOUR), (), ()),
        (failed(failures=2, since=DAY), (), (K.BROKEN,)),
        # Told once.
        (failed(failures=4), (K.BROKEN,), ()),
        (failed(failures=40), (K.MOVED, K.BROKEN, K.FLOOD), ()),
        (failed(failures=3), (K.BROKEN, K.RECOVERED), (K.BROKEN,)),
        # What waiting does not mend is told at once.
        (failed("E_HTTP", 404), (), (K.BROKEN,)),
        (failed("E_HTTP", 403), (), (K.BROKEN,)),
        (failed("E_HTTP", 410), (), (K.BROKEN,)),
        (failed("E_HTTP", 429), (), ()),
        (failed("E_HTTP", 503), (), ()),
        (failed("E_WALL", 403), (), (K.WALLED,)),
        (failed("E_WALL", 503), (), (K.WALLED,)),
        (failed("E_ADDR", status=Status.BLOCKED), (), (K.BLOCKED,)),
        (failed("E_HTTP", 410, 9, Status.GONE), (K.BROKEN,), (K.GONE,)),
        # Another kind of break is news, but back to an ordinary one is not.
        (failed("E_WALL", 403), (K.BROKEN,), (K.WALLED,)),
        (failed("E_WALL", 403), (K.WALLED,), ()),
        (failed("E_HTTP", 404), (K.WALLED,), ()),
        (failed("E_WALL", 403), (K.WALLED, K.RECOVERED), (K.WALLED,)),
        # A recovery ends a break that was told, and nothing else.
        (worked(failures_before=2), (), ()),
        (worked(failures_before=3), (K.BROKEN,), (K.RECOVERED,)),
        (worked(), (K.BROKEN,), (K.RECOVERED,)),
        (worked(), (K.WALLED, K.MOVED), (K.RECOVERED,)),
        (worked(), (K.BROKEN, K.RECOVERED), ()),
        (worked(), (K.SILENT, K.FLOOD), ()),
        # Floods, but not the first poll, whose backlog is expected.
        (worked(new=40), (), ()),
        (worked(new=40, kept_back=10), (), (K.FLOOD,)),
        (worked(new=40, kept_back=10), (K.FLOOD,), (K.FLOOD,)),
        (worked(new=40, kept_back=30, polls=0), (), ()),
        (worked(moved_to="https://hills.example/new"), (), (K.MOVED,)),
        # A move is told when it is seen, not only when it has been believed.
        (moving("https://hills.example/new"), (), (K.MOVED,)),
        (worked(remapped=7), (), (K.REGUID,)),
        (worked(3, new=40, kept_back=10), (K.BROKEN,), (K.RECOVERED, K.FLOOD)),
    ],
)
def test_what_of_a_poll_is_told(polled: Polled, before: Sequence[HealthKind], kinds: Sequence[HealthKind]) -> None:
    events = poll_events(polled, told(*before), NOW, burst=30)
    assert [one.kind for one in events] == list(kinds)


@pytest.mark.parametrize(
    ("polled", "before", "title", "sentences"),
    [
        (
            failed(failures=3),
            (),
            "Hills cannot be read",
            "It did not work. It has failed 3 times in a row. It is asked again at 2025-01-10 13:00 UTC;"
            " its entries stay.",
        ),
        (
            failed("E_HTTP", 404),
            (),
            "Hills cannot be read",
            "The answer was 404. It is asked again at 2025-01-10 13:00 UTC; its entries stay."
            " If it has moved, `seedfeed add` with the address of its site finds the new feed.",
        ),
        (
            failed("E_HTTP", 410, 5, Status.GONE),
            (),
            "Hills is gone",
            "The answer was 410. It has failed 5 times in a row. It is polled no more; its entries stay. If it has a"
            " new address, add that with `seedfeed add`, and take the old one out with `seedfeed remove`.",
        ),
        (
            failed("E_WALL", 403),
            (),
            "Hills is behind a bot wall",
            "The answer was 403. It is asked again at 2025-01-10 13:00 UTC; its entries stay."
            " Ask its owner to let feed readers in.",
        ),
        (
            worked(failures_before=4),
            (K.BROKEN,),
            "Hills has recovered",
            "It can be read again after 4 failed polls; that it broke was told at 2025-01-09 12:00 UTC."
            " It is asked again at 2025-01-10 13:00 UTC.",
        ),
        (
            worked(new=40, kept_back=10),
            (),
            "Hills sent a flood of entries",
            "40 new entries came at once, and worker.burst is 30. 10 entries stand only in the feed source-hills;"
            " the newest entered the other feeds too. Later polls are not affected.",
        ),
        (
            worked(new=2, kept_back=2),
            (),
            "Hills sent a flood of entries",
            "2 new entries came at once, and worker.burst is 30. 2 entries stand only in the feed source-hills;"
            " no other feed has them. Later polls are not affected.",
        ),
        (
            worked(moved_to="https://user:secret@hills.example/new"),
            (),
            "Hills has moved",
            "Its address https://hills.example/feed leads for good to https://hills.example/new. It is asked there from"
            " now on; its id, its slug and its entries stay as they are. You need do nothing.",
        ),
        (
            worked(remapped=1),
            (),
            "Hills gave its entries other ids",
            "The ids of 1 known entry changed at once. They were known again by their links or texts and keep the ids"
            " that they have here; nothing was published twice.",
        ),
    ],
)
def test_an_event_says_what_happened_and_what_happens_next(
    polled: Polled, before: Sequence[HealthKind], title: str, sentences: str
) -> None:
    (only,) = poll_events(polled, told(*before), NOW, burst=30)
    assert (only.title, only.text) == (title, sentences)
    assert only.link in ("https://hills.example/feed", "https://hills.example/new")
    assert "secret" not in repr(only)


def test_a_paused_source_waits_for_its_operator() -> None:
    assert "`seedfeed resume`" in next_step(FetchState(status=Status.PAUSED))


def test_a_move_is_told_once_for_each_address_and_says_what_a_password_means() -> None:
    public = replace(HILLS, url="https://hills.example/feed")
    polled = replace(moving("https://hills.example/new"), subscription=Subscription(public, FetchState()))
    (event,) = poll_events(polled, {}, NOW, burst=30)
    assert event.text == (
        "Its address https://hills.example/feed leads for good to https://hills.example/new. When it has done so at 3"
        " polls over a day, it is asked there by itself. You need do nothing."
    )
    again = {K.MOVED: event}
    assert poll_events(polled, again, NOW, burst=30) == []
    assert len(poll_events(moving("https://hills.example/newer"), again, NOW, burst=30)) == 1
    (event,) = poll_events(moving("https://hills.example/new"), {}, NOW, burst=30)
    assert "write the new one into your list" in event.text and "secret" not in event.text


# Silence


def every(interval: timedelta, count: int = 10, last: datetime = NOW) -> list[datetime]:
    return [last - n * interval for n in range(count)]


@pytest.mark.parametrize(
    ("moments", "interval"),
    [
        ([], None),
        (every(DAY, 3), None),
        (every(DAY, 4), DAY),
        (every(HOUR, 40), HOUR),
        ([NOW] * 10, None),
        # A weekly digest of ten entries is weekly.
        (sorted([one - timedelta(seconds=n) for one in every(7 * DAY, 3) for n in range(7)], reverse=True), None),
        ([one - timedelta(seconds=n) for one in every(7 * DAY, 5) for n in range(2)], 7 * DAY),
    ],
)
def test_the_usual_interval_is_the_median_of_recent_ones(moments: list[datetime], interval: timedelta | None) -> None:
    assert usual_interval(moments) == interval


@pytest.mark.parametrize(
    ("usual", "since", "before", "kind"),
    [
        (DAY, 4 * DAY, (), None),
        (DAY, 5 * DAY, (), K.SILENT),
        (7 * DAY, 34 * DAY, (), None),
        (7 * DAY, 35 * DAY, (), K.SILENT),
        # A news site sleeps at night, and over a holiday.
        (HOUR, 47 * HOUR, (), None),
        (HOUR, 48 * HOUR, (), K.SILENT),
        # Once for each silence.
        (DAY, 50 * DAY, (K.SILENT,), None),
        (DAY, 50 * DAY, (K.SILENT, K.SPEAKS), K.SILENT),
        (DAY, timedelta(), (K.SILENT,), K.SPEAKS),
        (DAY, timedelta(), (K.SILENT, K.SPEAKS), None),
        (DAY, timedelta(), (), None),
        (DAY, timedelta(), (K.BROKEN, K.RECOVERED), None),
    ],
)
def test_a_silence_is_told_after_five_intervals_and_when_it_ends(
    usual: timedelta, since: timedelta, before: Sequence[HealthKind], kind: HealthKind | None
) -> None:
    moments = every(usual, last=NOW - since)
    assert silence(moments, told(*before), NOW) == kind


@pytest.mark.parametrize(("followed", "kinds"), [(NOW - 96 * DAY, [K.SILENT]), (NOW - 95 * DAY, []), (NOW - HOUR, [])])
def test_a_source_that_was_silent_when_it_was_added_has_not_fallen_silent(
    tmp_path: Path, followed: datetime, kinds: list[HealthKind]
) -> None:
    with closing(opened(tmp_path)) as store:
        subscribe(store, HILLS)
        moments = every(DAY, count=6, last=NOW - 100 * DAY)
        bring(store, HILLS, *(entry(HILLS, str(at), published=at) for at in moments), now=followed, first=True)
        with store.transaction() as transaction:
            assert [one.kind for one in record.record_silences(store, transaction, NOW)] == kinds


def test_a_silence_says_since_when_and_how_often_it_spoke() -> None:
    state = FetchState(next_poll_at=LATER)
    found = silence_event(HILLS, state, K.SILENT, every(DAY, last=NOW - 6 * DAY), NOW)
    assert found.text == (
        "It can be read, but its newest entry came at 2025-01-04 12:00 UTC; usually one comes every 24 hours."
        " It is asked again at 2025-01-10 13:00 UTC. Look at its site: it may have ended, or have a new feed."
    )


def test_silences_are_found_in_the_store_and_end_there(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as store:
        subscribe(store, HILLS)
        for n in range(8):
            at = NOW - (20 - n) * DAY
            bring(store, HILLS, entry(HILLS, str(n), published=at), now=at)

        def look(now: datetime) -> list[HealthKind]:
            with store.transaction() as transaction:
                return [one.kind for one in record.record_silences(store, transaction, now)]

        assert look(NOW - 10 * DAY) == []
        assert look(NOW) == [K.SILENT]
        assert look(NOW + HOUR) == []
        bring(store, HILLS, entry(HILLS, "back", published=NOW + 2 * HOUR), now=NOW + 2 * HOUR)
        assert look(NOW + 3 * HOUR) == [K.SPEAKS]
        assert look(NOW + 4 * HOUR) == []
        assert look(NOW + 9 * DAY) == [K.SILENT]


def test_a_look_for_silence_costs_no_more_with_many_entries(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as store:
        subscribe(store, HILLS)
        counted = []
        for number in (60, 600):
            moments = [NOW - (number + n) * HOUR for n in range(number)]
            bring(store, HILLS, *(entry(HILLS, f"{number}-{n}", published=at) for n, at in enumerate(moments)))
            steps: list[None] = []
            store.connection.set_progress_handler(lambda steps=steps: steps.append(None), 10)  # type: ignore[misc]
            with store.transaction() as transaction:
                record.record_silences(store, transaction, NOW)
            store.connection.set_progress_handler(None, 0)
            counted.append(len(steps))
    assert counted[1] <= counted[0] + 5


def test_no_two_entries_of_the_health_feed_have_one_updated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.admin.health_feed.distinct", lambda moment, _id: moment)
    site = Site(SITE_ID, "Test", "", "Test", BASE, "en")
    events = [HealthEvent(NOW, f"seed:{n}.txt", K.SEED_WARNED, f"A warning about {n}", "Text.") for n in range(3)]
    with closing(opened(tmp_path)) as store:
        with store.transaction() as transaction:
            store.health.add(transaction, events)
        before = {one.entry.id: one.entry.updated for one in health_feed.entries(store, site)}
        assert len(set(before.values())) == 3
        with store.transaction() as transaction:
            store.health.add(transaction, [replace(events[0], subject="seed:9.txt")])
        after = {one.entry.id: one.entry.updated for one in health_feed.entries(store, site)}
    assert {id_: after[id_] for id_ in before} == before


# Seeds


BROKEN = SeedProblem("a.txt", "is not text", "E_KIND", True)


@pytest.mark.parametrize(
    ("before", "problems", "kinds"),
    [
        ((), (), ()),
        ((), (BROKEN,), (K.SEED_BROKEN,)),
        ((BROKEN,), (BROKEN,), ()),
        ((BROKEN,), (replace(BROKEN, message="has 21 MiB"),), (K.SEED_BROKEN,)),
        ((BROKEN,), (), (K.SEED_RECOVERED,)),
        ((BROKEN,), (SeedProblem("b.txt", "is not text", "E_KIND", True),), (K.SEED_BROKEN, K.SEED_RECOVERED)),
        ((), (SeedProblem("a.txt", "holds no text", "W_EMPTY", True),), (K.SEED_WARNED,)),
        ((), (SeedProblem("a.txt", "holds another story than before", "W_OTHER", False),), (K.SEED_REPLACED,)),
        (
            (BROKEN,),
            (SeedProblem("a.txt", "holds no text", "W_EMPTY", True),),
            (K.SEED_WARNED, K.SEED_RECOVERED),
        ),
    ],
)
def test_what_of_a_scan_is_told(
    tmp_path: Path, before: Sequence[SeedProblem], problems: Sequence[SeedProblem], kinds: Sequence[HealthKind]
) -> None:
    with closing(opened(tmp_path)) as store, store.transaction() as transaction:
        record.record_seeds(store, transaction, before, NOW)
        assert [one.kind for one in record.record_seeds(store, transaction, problems, LATER)] == list(kinds)
        assert record.record_seeds(store, transaction, problems, LATER + HOUR) == []


def test_a_file_is_named_with_its_folder_and_its_fault() -> None:
    (only,) = seed_events({}, [BROKEN], NOW)
    assert only.title == "seeds/a.txt cannot be read"
    assert only.text == ("seeds/a.txt: is not text. What was published of it stays; it is read again once it changes.")


@pytest.mark.parametrize(
    ("problem", "title", "text"),
    [
        (
            SeedProblem(
                "seeds", "7 of 9 seeds are gone; is the folder mounted? Nothing was withdrawn.", "E_SEEDS", False
            ),
            "seeds/ cannot be read",
            "seeds/: 7 of 9 seeds are gone; is the folder mounted? Nothing was withdrawn. What was published of it"
            " stays; it is looked at again with every scan.",
        ),
        (
            SeedProblem(
                "news/a.txt", "holds another story than before: it is published as a new entry.", "W_OTHER", True
            ),
            "seeds/news/a.txt holds another story",
            "seeds/news/a.txt: holds another story than before: it is published as a new entry. The old entry stays"
            " published under its own address.",
        ),
    ],
)
def test_the_folder_and_replaced_files_have_their_own_words(problem: SeedProblem, title: str, text: str) -> None:
    (only,) = seed_events({}, [problem], NOW)
    assert (only.title, only.text) == (title, text)


# The feed


SETTINGS = settings(title="Tin & more", server={"admin_token": "hush"})
LET_IN = {"authorization": "Bearer hush", "host": "localhost:8080"}
STRANGE = HealthEvent(
    NOW,
    HILLS.key,
    K.BROKEN,
    "Hills & dales cannot be read",
    'A "text" <script> & more.',
    "https://x.example/?a=1&b=2",
)


@pytest.fixture
def app(tmp_path: Path) -> Application:
    with closing(opened(tmp_path)) as store:
        subscribe(store, HILLS)
        with store.transaction() as transaction:
            store.health.add(transaction, [STRANGE, event(K.RECOVERED, NOW), event(K.FLOOD, NOW + HOUR)])
        publish(store, SETTINGS, NOW)
    return Application(home(tmp_path), SETTINGS)


def test_the_feed_is_valid_in_every_format_and_private(app: Application) -> None:
    for suffix, check in (("atom", check_atom), ("rss", check_rss), ("json", check_json)):
        path = f"/feeds/health.{suffix}"
        got = ask(app, path, LET_IN)
        assert got.status == 200
        assert check(got.body, BASE + path) == []
        assert got.headers["cache-control"] == "private, no-cache"
        assert "Authorization" in got.headers["vary"]
        assert "access-control-allow-origin" not in got.headers
        assert b"secret" not in got.body


def test_the_newest_event_stands_first_with_its_kind_and_its_link(app: Application) -> None:
    feed = etree.fromstring(ask(app, "/feeds/health.atom", LET_IN).body)
    atom = "{http://www.w3.org/2005/Atom}"
    entries = feed.findall(f"{atom}entry")
    assert [one.get("term") for one in feed.iterfind(f"{atom}entry/{atom}category")] == ["flood", "recovered", "broken"]
    assert entries[2].findtext(f"{atom}title") == STRANGE.title
    assert '<p>A "text" &lt;script&gt; &amp; more.</p>' in entries[2].findtext(f"{atom}content", "")
    assert [one.get("href") for one in entries[2].iterfind(f"{atom}link")] == [STRANGE.link]
    assert feed.findtext(f"{atom}title") == "Tin & more: health"


def test_the_same_events_give_the_same_bytes_and_304(app: Application, tmp_path: Path) -> None:
    first = ask(app, "/feeds/health.atom", LET_IN)
    with closing(Application(home(tmp_path), SETTINGS).shelf) as shelf:
        again = Application(home(tmp_path), SETTINGS)
        assert ask(again, "/feeds/health.atom", LET_IN) == first
        assert shelf.home == again.shelf.home
    for condition in ("etag", "last-modified"):
        name = {"etag": "if-none-match", "last-modified": "if-modified-since"}[condition]
        got = ask(app, "/feeds/health.atom", {**LET_IN, name: first.headers[condition]})
        assert (got.status, got.body) == (304, b"")
    packed = ask(app, "/feeds/health.atom", {**LET_IN, "accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] != first.headers["etag"]
    head = ask(app, "/feeds/health.atom", LET_IN, "HEAD")
    assert head.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("path", ["/feeds/health", "/feeds/health.atom", "/feeds/health.rss", "/feeds/health.json"])
@pytest.mark.parametrize(("headers", "status"), KNOCKS)
def test_nobody_gets_in_without_the_token(app: Application, path: str, headers: dict[str, str], status: int) -> None:
    got = ask(app, path, headers)
    assert got.status == status
    assert ("www-authenticate" in got.headers) == (status == 401)
    if status != 200:
        assert got.problem["status"] == status
        assert b"<html" in ask(app, path, {**headers, "accept": "text/html"}).body


def test_the_page_shows_what_the_feed_holds(app: Application) -> None:
    page = ask(app, "/feeds/health", LET_IN)
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "private, no-cache"
    assert "Hills &amp; dales cannot be read" in page.text


@pytest.mark.parametrize("path", ["/", "/opml", "/search?q=recovered", "/feeds/all", "/feeds/all.atom"])
def test_nothing_public_points_to_it(app: Application, path: str) -> None:
    assert "health" not in re.sub(r"/healthz", "", ask(app, path).text)


def test_a_home_where_nothing_broke_has_a_valid_empty_feed(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as store:
        publish(store, SETTINGS, NOW)
    got = ask(Application(home(tmp_path), SETTINGS), "/feeds/health.atom", LET_IN)
    assert got.status == 200
    assert check_atom(got.body, f"{BASE}/feeds/health.atom") == []


def test_a_home_without_a_store_says_so_to_whoever_has_the_token(tmp_path: Path) -> None:
    app = Application(home(tmp_path), SETTINGS)
    assert ask(app, "/feeds/health.atom", LET_IN).status == 503
    assert ask(app, "/feeds/health.atom", {"host": "localhost"}).status == 401


def test_what_is_old_is_forgotten_but_for_what_was_told_last(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as store, store.transaction() as transaction:
        store.health.add(
            transaction, [event(K.FLOOD, NOW - n * DAY) for n in (300, 200, 100)] + [event(K.BROKEN, NOW - 400 * DAY)]
        )
        store.health.sweep(transaction, NOW - 90 * DAY)
        assert [one.at for one in store.health.newest(9)] == [NOW - 100 * DAY, NOW - 400 * DAY]


# The webhook


def _deliver(store_root: Path, url: str, events: Sequence[HealthEvent], now: datetime = LATER) -> None:
    policy = fetch_policy(settings(worker={"allow_networks": ["127.0.0.0/8"]}))
    with closing(opened(store_root)) as store:
        subscribe(store, HILLS)
        with store.transaction() as transaction:
            store.health.add(transaction, events)
        hook = Webhook(url, policy)
        hook.finish(store, now)
        hook.finish(store, now)
        left = store.health.unsent(tuple(K), NOW - 9 * DAY, 99)
    (store_root / "left").write_text(json.dumps([one.kind.value for _, one in left]))


def test_breaks_and_recoveries_are_posted_once_as_a_line_of_json_each(tmp_path: Path) -> None:
    with Origin() as origin:
        origin.put("/hook", status=204, media_type="")
        events = [event(K.BROKEN, NOW), event(K.FLOOD, NOW), event(K.SEED_BROKEN, NOW), event(K.RECOVERED, LATER)]
        _deliver(tmp_path, origin.url("/hook"), events)
        bodies = [request.body for request in origin.requests]
        assert [request.method for request in origin.requests] == ["POST", "POST"]
        assert origin.requests[0].headers["Content-Type"] == "application/json"
    assert all(body.endswith(b"\n") and body.count(b"\n") == 1 for body in bodies)
    assert [json.loads(body) for body in bodies] == [
        {
            "at": at,
            "slug": "hills",
            "title": "A title",
            "kind": kind,
            "text": "A text.",
            "url": "",
        }
        for at, kind in (("2025-01-10T12:00:00Z", "broken"), ("2025-01-10T13:00:00Z", "recovered"))
    ]
    assert json.loads((tmp_path / "left").read_text()) == ["flood", "seed-broken"]


@pytest.mark.parametrize("status", [500, 302])
def test_what_is_refused_stays_for_later_and_is_not_asked_at_once(
    tmp_path: Path, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with Origin() as origin:
        origin.put("/hook", status=status, media_type="", headers={"Location": "/other"})
        _deliver(tmp_path, origin.url("/hook?key=secret"), [event(K.BROKEN, NOW), event(K.RECOVERED, NOW)])
        assert len(origin.requests) == 1
    assert json.loads((tmp_path / "left").read_text()) == ["broken", "recovered"]
    assert f"webhook at 127.0.0.1: the answer was {status}; tried again in 0:01:00" in caplog.text
    assert "secret" not in caplog.text


def test_what_was_refused_is_sent_later_and_given_up_after_a_day(tmp_path: Path) -> None:
    policy = fetch_policy(settings(worker={"allow_networks": ["127.0.0.0/8"]}))
    with Origin() as origin, closing(opened(tmp_path)) as store:
        origin.put("/hook", status=500)
        with store.transaction() as transaction:
            store.health.add(transaction, [event(K.BROKEN, NOW - 2 * DAY), event(K.GONE, NOW)])
        hook = Webhook(origin.url("/hook"), policy)
        hook.finish(store, NOW)
        origin.put("/hook")
        hook.finish(store, NOW + timedelta(seconds=59))
        assert [request.status for request in origin.requests] == [500]
        hook.finish(store, NOW + timedelta(seconds=60))
        assert [request.status for request in origin.requests] == [500, 200]
        assert json.loads(origin.requests[1].body)["kind"] == "gone"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://10.0.0.1/hook", "10.0.0.1 is not a public address; to allow it, add it to worker.allow_networks"),
        ("http://127.0.0.1:1/secret", "no connection (ClientConnectorError)"),
    ],
)
def test_the_policy_for_networks_holds_for_the_webhook_too(
    tmp_path: Path, url: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    _deliver(tmp_path, url, [event(K.BROKEN, NOW)])
    assert words in caplog.text
    assert "secret" not in caplog.text


# A home


FEED = b"""<rss version="2.0"><channel><title>Hills</title><link>https://hills.example/</link><description>d</description>
<item><guid>https://hills.example/1</guid><title>One</title><link>https://hills.example/1</link>
<pubDate>Mon, 16 Dec 2024 05:00:00 GMT</pubDate></item></channel></rss>"""


def test_a_source_that_breaks_and_recovers_is_told_by_feed_webhook_and_sources(tmp_path: Path) -> None:
    with Origin() as origin:
        origin.put("/feed.xml", FEED)
        origin.put("/hook", media_type="")
        # Behind the clock of the process that goes on with it below.
        site = Desk(tmp_path, environ={"SEEDFEED_WORKER__WEBHOOK": origin.url("/hook")}, ahead=-timedelta(seconds=15))
        site.drop(
            "subscriptions.opml",
            f'<opml version="2.0"><body><outline xmlUrl="{origin.url("/feed.xml")}"/></body></opml>',
        )
        site.cycle()
        origin.put("/feed.xml", status=500)
        site.cycle(1)
        site.cycle(1)
        assert "hook" not in str(origin.requests)
        site.cycle(1)
        (failing,) = [line for line in site.sources().values() if line["kind"] == "feed"]
        assert failing["status"] == "failing"
        assert "has a fault of its own (500 Internal Server Error). It is asked again at" in failing["error"]
        origin.put("/feed.xml", FEED)
        site.cycle()
        (ok,) = [line for line in site.sources().values() if line["kind"] == "feed"]
        assert (ok["status"], ok["error"]) == ("ok", "")
        posted = [json.loads(one.body) for one in origin.requests if one.path == "/hook"]
        assert [one["kind"] for one in posted] == ["broken", "recovered"]
        assert "(500 Internal Server Error). It has failed 3 times in a row." in posted[0]["text"]

        with site.running():
            token = (tmp_path / "data" / "admin.token").read_text().strip()
            assert site.get("/feeds/health.atom").status == 401
            let_in = {"Authorization": "Basic " + base64.b64encode(f"me:{token}".encode()).decode()}
            assert site.get("/feeds/health.atom", {**let_in, "Host": "evil.example"}).status == 421
            got = site.get("/feeds/health.atom", let_in)
            assert got.status == 200
            assert check_atom(got.body, f"{site.base_url}/feeds/health.atom") == []
            assert len(ids(got.body)) == 2

            site.drop("broken.txt", b"\x00\x01\x02" * 100)
            eventually(lambda: len(ids(site.get("/feeds/health.atom", let_in).body)) == 3, "the broken file")
            assert b"broken.txt cannot be read" in site.get("/feeds/health.atom", let_in).body
            assert "broken.txt" in site.sources()["seeds"]["error"]
            site.drop("broken.txt", "Mended\n\nA text that can be read.\n")
            eventually(lambda: len(ids(site.get("/feeds/health.atom", let_in).body)) == 4, "the mended file")
            assert ids(site.get("/feeds/health.atom", let_in).body)[2:] == ids(got.body)
        log = (tmp_path / "run.log").read_text()
        assert str(tmp_path / "data" / "admin.token") in log
        assert token not in log
