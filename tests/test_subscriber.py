"""Subscribing at hubs: which hub belongs to a source, asking it, taking pushes; then all of it through the program."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from feeds.errors import FetchError
from feeds.model import FetchState, Status
from feeds.store import Store
from feeds.store.inbox import CallKind, Inbox
from feeds.websub import subscription
from feeds.websub.subscription import HubSubscription, Standing
from feeds.websub.topics import confidential
from support.builders import BASE, HOUR, NOW, home, opened, settings, source, subscribe
from support.origin import Origin, Response
from support.site import Site, eventually
from support.websub_hub import (
    ACTIVE,
    BODY,
    DAY,
    HILLS,
    HUB,
    LEAVING,
    LOOPBACK,
    PUSHED,
    TOPIC,
    LoopbackHub,
    Publisher,
    document,
)
from worker.cycle.ingest import Ingest
from worker.cycle.report import CycleReport
from worker.fetch.policy import fetch_policy
from worker.model import Retrieved
from worker.websub.hub_reach import reachable
from worker.websub.subscriber import MOST_CHANGES, Hubs, note_poll, note_push, waiting_pushes

# The store: which hub belongs to a source


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(opened(tmp_path)) as made:
        subscribe(made, HILLS)
        yield made


def poll(store: Store, now: datetime = NOW, new: int = 0, **found: Any) -> HubSubscription | None:
    with store.transaction() as transaction:
        note_poll(store, transaction, HILLS, Retrieved(HILLS.key, **found), new, now)
    return store.hub_subscriptions.of(HILLS.key)


def test_a_hub_that_a_poll_finds_is_subscribed_to_once(store: Store) -> None:
    first = poll(store, hub=HUB, topic=TOPIC)
    assert first
    assert (first.hub, first.topic, first.standing, first.ask_at) == (HUB, TOPIC, Standing.ASKED, NOW)
    assert poll(store, hub=HUB, topic=TOPIC) == first
    assert poll(store, not_modified=True) == first
    assert poll(store, error=FetchError(TOPIC, "The answer was 500.")) == first
    assert poll(store, not_modified=True, hub="https://other.example/") == first, "a header that is half the truth"


def test_a_source_without_a_self_link_is_its_own_topic_without_its_password(store: Store) -> None:
    secretive = replace(HILLS, url="https://user:word@hills.example/feed")
    with store.transaction() as transaction:
        note_poll(store, transaction, secretive, Retrieved(HILLS.key, hub=HUB), 0, NOW)
    held = store.hub_subscriptions.of(HILLS.key)
    assert held
    assert held.topic == "https://hills.example/feed"


@pytest.mark.parametrize("hub", ["", "mailto:a@b.example", "http://[::1", "https://127.1/", "http://hub.example:25/"])
def test_what_is_no_address_of_a_hub_is_none(store: Store, hub: str) -> None:
    assert poll(store, hub=hub) is None


@pytest.mark.parametrize(("hub", "topic"), [("https://other.example/", TOPIC), (HUB, "https://new.example/")])
def test_a_changed_hub_or_topic_is_another_subscription_and_the_old_one_is_left(
    store: Store, hub: str, topic: str
) -> None:
    first = poll(store, hub=HUB, topic=TOPIC)
    assert first
    with store.transaction() as transaction:
        store.hub_subscriptions.put(transaction, replace(ACTIVE, source_key=HILLS.key, token=first.token))
    second = poll(store, hub=hub, topic=topic)
    assert second
    assert second.token != first.token
    old = store.hub_subscriptions.by_token(first.token)
    assert old
    assert old.standing is Standing.LEAVING


def test_a_source_that_names_no_hub_any_more_is_left(store: Store) -> None:
    first = poll(store, hub=HUB)
    assert first
    assert poll(store) is None
    with pytest.raises(sqlite3.IntegrityError):
        two = [subscription.new_subscription(HILLS.key, HUB, TOPIC, NOW) for _ in range(2)]
        for one in two:
            with store.transaction() as transaction:
                store.hub_subscriptions.put(transaction, one)


def test_a_feed_that_names_another_hub_each_time_is_not_followed_from_one_to_the_next(store: Store) -> None:
    for n in range(20):
        held = poll(store, hub=f"https://hub{n}.example/", topic=TOPIC)
    assert held
    assert held.hub == f"https://hub{MOST_CHANGES}.example/"
    assert poll(store) is None
    assert poll(store, hub=HUB) is None
    with store.transaction() as transaction:
        store.hub_subscriptions.forget(transaction, NOW + 20 * DAY)
    assert poll(store, hub=HUB)


def test_an_entry_that_only_a_poll_found_marks_the_hub(store: Store) -> None:
    first = poll(store, hub=HUB, topic=TOPIC)
    assert first
    with store.transaction() as transaction:
        store.hub_subscriptions.put(transaction, replace(PUSHED, source_key=HILLS.key, token=first.token))
    held = poll(store, NOW + 2 * HOUR, hub=HUB, topic=TOPIC)
    assert subscription.is_relied_on(held, NOW + 2 * HOUR)
    held = poll(store, NOW + 2 * HOUR, 1, hub=HUB, topic=TOPIC)
    assert not subscription.is_relied_on(held, NOW + 2 * HOUR)


# Whom to ask


@pytest.mark.parametrize(
    ("base_url", "hub", "reached"),
    [
        ("https://news.example", "https://hub.example/", True),
        ("https://news.example:8443/below", "http://hub.example/", True),
        ("http://8.8.8.8", "https://hub.example/", True),
        ("http://127.0.0.1:8080", "https://hub.example/", False),
        ("http://localhost:8080", "https://hub.example/", False),
        ("http://news.localhost", "https://hub.example/", False),
        ("http://[::1]:8080", "https://hub.example/", False),
        ("http://192.168.1.4", "https://hub.example/", False),
        ("http://nas:8080", "https://hub.example/", False),
        ("http://nas.local:8080", "https://hub.example/", False),
        ("http://127.0.0.1:8080", "http://127.0.0.1:9000/hub", True),  # both on a network that is allowed
        ("http://localhost:8080", "http://localhost:9000/hub", True),
        ("http://127.0.0.1:8080", "http://192.168.1.4/hub", False),
    ],
)
def test_a_hub_is_only_asked_if_it_can_call_back(base_url: str, hub: str, reached: bool) -> None:
    assert reachable(base_url, hub, LOOPBACK) is reached


@pytest.mark.parametrize(
    ("hub", "allow", "trusted"),
    [
        ("https://hub.example/", (), True),
        ("http://hub.example/", (), False),
        ("http://127.0.0.1/hub", (), False),
        ("http://127.0.0.1/hub", LOOPBACK, True),
    ],
)
def test_a_secret_is_sent_over_https_or_within_an_allowed_network(hub: str, allow: Any, trusted: bool) -> None:
    assert confidential(hub, allow) is trusted


# A hub on the loopback


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    with Origin() as origin:
        yield LoopbackHub(origin)


def hubs_of(store: Store, base_url: str = "http://127.0.0.1:8080", allow: Sequence[str] = ("127.0.0.0/8",)) -> Hubs:
    found = settings(base_url=base_url, worker={"allow_networks": list(allow)})
    return Hubs(store, found, fetch_policy(found))


def step(hubs: Hubs, inbox: Inbox, now: datetime) -> list[str]:
    """One step, and the end of what it began."""
    return [text for _, text in hubs.step(inbox, now) + hubs.finish(inbox)]


def test_a_subscription_is_asked_for_confirmed_used_renewed_and_left(
    store: Store, inbox: Inbox, hub: LoopbackHub
) -> None:
    hubs = hubs_of(store)
    first = poll(store, hub=hub.url, topic=TOPIC)
    assert first
    assert step(hubs, inbox, NOW) == []
    (asked,) = hub.asked
    assert asked["hub.mode"] == "subscribe"
    assert asked["hub.callback"] == f"http://127.0.0.1:8080/websub/{first.token}"
    inbox.call(first.token, CallKind.VERIFIED, NOW, argument="864000")
    assert step(hubs, inbox, NOW) == ["hills: subscribed at 127.0.0.1 until 2025-01-20 12:00 UTC"]
    assert step(hubs, inbox, NOW + 8 * DAY) == []
    assert len(hub.asked) == 1

    inbox.call(first.token, CallKind.PUSH, NOW, argument="application/atom+xml; charset=utf-8", body=BODY)
    (push,) = waiting_pushes(store, inbox)
    assert (push.subscription.source.key, push.document.body) == (HILLS.key, BODY)
    assert (push.document.name, push.document.url) == (TOPIC, TOPIC)
    assert (push.document.media_type, push.document.charset) == ("application/atom+xml", "utf-8")
    assert [one.n for one in waiting_pushes(store, inbox)] == [push.n], "it waits until it is recorded"
    with store.transaction() as transaction:
        note_push(store, transaction, push)
    inbox.remove_calls([push.n])
    assert waiting_pushes(store, inbox) == []
    assert subscription.is_relied_on(store.hub_subscriptions.of(HILLS.key), NOW + DAY)

    step(hubs, inbox, NOW + 9 * DAY)
    assert hub.asked[1] == asked, "renewed with the same secret, or pushes of the old lease would not hold"
    with store.transaction() as transaction:
        store.sources.deactivate(transaction, [HILLS.key])
    step(hubs, inbox, NOW + 9 * DAY)
    assert hub.asked[2] == {key: asked[key] for key in ("hub.topic", "hub.callback")} | {"hub.mode": "unsubscribe"}
    inbox.call(first.token, CallKind.LEFT, NOW + 9 * DAY)
    step(hubs, inbox, NOW + 9 * DAY)
    held = store.hub_subscriptions.by_token(first.token)
    assert held
    assert held.standing is Standing.OVER
    step(hubs, inbox, NOW + 30 * DAY)
    assert store.hub_subscriptions.by_token(first.token) is None
    assert len(hub.asked) == 3


def test_a_paused_source_is_left_and_found_again_when_it_is_resumed(
    store: Store, inbox: Inbox, hub: LoopbackHub
) -> None:
    hubs = hubs_of(store)
    poll(store, hub=hub.url, topic=TOPIC)
    step(hubs, inbox, NOW)
    with store.transaction() as transaction:
        store.polls.save_state(
            transaction, HILLS.key, FetchState(etag='"1"', body_digest="1", polls=1, status=Status.PAUSED)
        )
    step(hubs, inbox, NOW)
    assert [one["hub.mode"] for one in hub.asked] == ["subscribe", "unsubscribe"]
    assert store.hub_subscriptions.of(HILLS.key) is None
    # Or the origin would answer 304, which names no hub.
    assert (store.polls.state(HILLS.key).etag, store.polls.state(HILLS.key).body_digest) == ("", "")
    assert poll(store, hub=hub.url, topic=TOPIC)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Response(500), "hills: The hub 127.0.0.1 answered 500. It is asked again later."),
        (
            Response(302, headers={"Location": "/hub"}),
            "hills: The hub 127.0.0.1 answered 302. It is asked again later.",
        ),
        (
            Response(307, headers={"Location": "/hub"}),
            "hills: The hub 127.0.0.1 redirects more than 3 times. It is asked again later.",
        ),
        (
            Response(308, headers={"Location": "file:///etc/passwd"}),
            "hills: The hub 127.0.0.1 redirects to an unusable address. It is asked again later.",
        ),
        (
            Response(308, headers={"Location": "http://hub.example/"}),
            "hills: The hub 127.0.0.1 redirects to where the secret cannot be sent. It is asked again later.",
        ),
    ],
)
def test_a_hub_that_does_not_take_the_request_is_asked_again_an_hour_later(
    store: Store, inbox: Inbox, hub: LoopbackHub, answer: Response, sentence: str
) -> None:
    hubs = hubs_of(store)
    poll(store, hub=hub.url, topic=TOPIC)
    hub.answer = answer
    assert step(hubs, inbox, NOW) == [sentence]
    asked = len(hub.asked)
    step(hubs, inbox, NOW + HOUR / 2)
    assert len(hub.asked) == asked
    hub.answer = Response(202)
    assert step(hubs, inbox, NOW + HOUR) == []
    assert len(hub.asked) == asked + 1


def test_many_sources_of_one_hub_do_not_all_try_when_it_is_down(store: Store, inbox: Inbox, hub: LoopbackHub) -> None:
    many = [source(f"many{n}") for n in range(20)]
    subscribe(store, *many)
    with store.transaction() as transaction:
        for one in many:
            note_poll(store, transaction, one, Retrieved(one.key, hub=hub.url, topic=one.url), 0, NOW)
    hub.answer = Response(delay=30)
    policy = replace(fetch_policy(settings()), allow=LOOPBACK, timeout=timedelta(seconds=1))
    hubs = Hubs(store, settings(), policy)
    lines = step(hubs, inbox, NOW)
    assert len(lines) == 20
    assert {line.partition(": ")[2] for line in lines} == {
        "The hub 127.0.0.1 did not answer within 1 s. It is asked again later."
    }
    assert len(hub.asked) == policy.per_host
    hub.answer = Response(202)
    assert step(hubs, inbox, NOW + HOUR) == []
    assert len(hub.asked) == policy.per_host + 20


def test_a_hub_on_a_network_that_is_not_allowed_is_not_asked(store: Store, inbox: Inbox, hub: LoopbackHub) -> None:
    hubs = hubs_of(store, base_url=BASE, allow=())
    poll(store, hub=hub.url, topic=TOPIC)
    assert step(hubs, inbox, NOW) == [
        "hills: The hub 127.0.0.1 was not asked: 127.0.0.1 is not a public address. It is asked again later."
    ]
    assert hub.asked == []


def test_a_home_without_a_public_address_asks_nobody_until_it_has_one(
    store: Store, inbox: Inbox, hub: LoopbackHub
) -> None:
    held = poll(store, hub="https://hub.example/", topic=TOPIC)
    step(hubs_of(store), inbox, NOW)
    after = store.hub_subscriptions.of(HILLS.key)
    assert held and after
    assert (after.failures, after.error) == (0, "")
    step(hubs_of(store, allow=()), inbox, NOW)
    poll(store, hub=hub.url, topic=TOPIC)
    step(hubs_of(store, base_url="http://127.0.0.1:9"), inbox, NOW)
    assert urlsplit(hub.asked[0]["hub.callback"]).port == 9
    step(hubs_of(store, base_url="http://127.0.0.1:10"), inbox, NOW)
    assert urlsplit(hub.asked[1]["hub.callback"]).port == 10, "a home that moved tells hubs at once"


def test_what_a_hub_says_against_us_is_told(store: Store, inbox: Inbox, hub: LoopbackHub) -> None:
    hubs = hubs_of(store)
    first = poll(store, hub=hub.url, topic=TOPIC)
    assert first
    step(hubs, inbox, NOW)
    inbox.call(first.token, CallKind.IGNORED, NOW)
    inbox.call(first.token, CallKind.DENIED, NOW, argument="not for you")
    inbox.call("unknown", CallKind.VERIFIED, NOW)
    assert step(hubs, inbox, NOW) == [
        "hills: a push from 127.0.0.1 was ignored: its signature does not hold",
        'hills: The hub refused: "not for you". It is polled as before.',
    ]
    held = store.hub_subscriptions.of(HILLS.key)
    assert held
    assert (held.ignored, held.standing) == (1, Standing.REFUSED)
    assert not inbox.calls(*CallKind, limit=9)


def test_a_ping_brings_the_next_poll_forward_but_not_below_poll_min(store: Store, inbox: Inbox) -> None:
    first = poll(store, hub="http://hub.example/", topic=TOPIC)
    assert first
    state = replace(store.polls.state(HILLS.key), last_success=NOW, next_poll_at=NOW + DAY)
    with store.transaction() as transaction:
        store.polls.save_state(transaction, HILLS.key, state)
    inbox.call(first.token, CallKind.PING, NOW + timedelta(minutes=1))
    step(hubs_of(store), inbox, NOW)
    assert store.polls.state(HILLS.key).next_poll_at == NOW + timedelta(minutes=5)


def test_a_push_for_a_source_that_was_left_is_dropped(store: Store, inbox: Inbox) -> None:
    first = poll(store, hub=HUB, topic=TOPIC)
    assert first
    inbox.call(first.token, CallKind.PUSH, NOW, body=BODY)
    inbox.call("unknown", CallKind.PUSH, NOW, body=BODY)
    poll(store)
    assert waiting_pushes(store, inbox) == []
    assert not inbox.calls(*CallKind, limit=9)
    second = poll(store, hub=HUB, topic=TOPIC)
    assert second
    with store.transaction() as transaction:
        store.sources.deactivate(transaction, [HILLS.key])
    inbox.call(second.token, CallKind.PUSH, NOW, body=BODY)
    assert waiting_pushes(store, inbox) == [], "removed a moment ago"


def test_a_lease_that_ends_before_the_hub_renews_it_is_told(store: Store, inbox: Inbox, hub: LoopbackHub) -> None:
    first = poll(store, hub=hub.url, topic=TOPIC)
    assert first
    hubs = hubs_of(store)
    step(hubs, inbox, NOW)
    inbox.call(first.token, CallKind.VERIFIED, NOW, argument="3600")
    step(hubs, inbox, NOW)
    hub.answer = Response(503)
    assert step(hubs, inbox, NOW + HOUR * 0.9) == ["hills: The hub 127.0.0.1 answered 503. It is asked again later."]
    hub.answer = Response(202)
    assert step(hubs, inbox, NOW + HOUR * 1.9) == [
        "hills: the subscription at 127.0.0.1 ended. It is asked for again, and polled as before."
    ]
    assert len({one["hub.callback"] for one in hub.asked}) == 1
    inbox.call(first.token, CallKind.VERIFIED, NOW + 2 * HOUR, argument="3600")
    assert step(hubs, inbox, NOW + 2 * HOUR) == ["hills: subscribed at 127.0.0.1 until 2025-01-10 15:00 UTC"]


def test_a_home_that_lost_its_public_address_lets_go_of_what_it_was_leaving(store: Store, inbox: Inbox) -> None:
    first = poll(store, hub=HUB, topic=TOPIC)
    assert first
    with store.transaction() as transaction:
        store.hub_subscriptions.put(transaction, replace(LEAVING, source_key=HILLS.key, token=first.token))
    step(hubs_of(store), inbox, NOW + HOUR)
    held = store.hub_subscriptions.by_token(first.token)
    assert held
    assert held.standing is Standing.OVER


# Through the program


@contextmanager
def running(tmp_path: Path, publisher: Publisher) -> Iterator[Site]:
    site = Site(tmp_path)
    opml = f'<opml version="2.0"><head/><body><outline type="rss" xmlUrl="{publisher.topic}"/></body></opml>'
    site.drop("subscriptions.opml", opml)
    with site.running():
        eventually(lambda: stories(site) == {1}, "the first poll")
        yield site


def stories(site: Site) -> set[int]:
    return {int(name) for name in re.findall(r">Story (\d+)<", site.get("/feeds/all.atom").body.decode())}


def logged(site: Site, text: str) -> bool:
    return text in (site.root / "run.log").read_text("utf-8")


def test_run_subscribes_and_publishes_what_the_hub_pushes_and_signed(tmp_path: Path) -> None:
    with Origin() as origin:
        publisher = Publisher(origin)
        with running(tmp_path, publisher) as site:
            eventually(lambda: logged(site, "subscribed at 127.0.0.1 until"), "the subscription")
            assert publisher.echoes == [(200, b"a challenge")]
            assert publisher.push(document(7), subscription.sign("guess", document(7))) == 202
            assert publisher.push(document(8)) == 202
            assert publisher.push(b"<html>no feed</html>", "") == 202
            assert publisher.push(document(2, 1), "") == 202
            eventually(lambda: stories(site) == {1, 2}, "what was pushed; no poll ever brings it")
            eventually(lambda: logged(site, "its signature does not hold"), "a line about the other pushes")
            secret = publisher.hub.asked[0]["hub.secret"]
            assert not logged(site, secret)
        asked = publisher.hub.asked
        assert [one["hub.mode"] for one in asked] == ["subscribe"]
        # Polls that find nothing new do not end it; a restart asks nobody.
        with site.running():
            assert stories(site) == {1, 2}
        assert len(asked) == 1


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("denied", 'The hub refused: "not today". It is polled as before.'),
        ("down", "The hub 127.0.0.1 answered 500. It is asked again later."),
    ],
)
def test_a_hub_that_refuses_or_is_down_is_not_in_the_way_of_polls(tmp_path: Path, mode: str, said: str) -> None:
    with Origin() as origin:
        publisher = Publisher(origin, mode=mode)
        with running(tmp_path, publisher) as site:
            eventually(lambda: logged(site, said), "what the hub said")
            publisher.put(2, 1)
            eventually(lambda: stories(site) == {1, 2}, "what a poll brings")
        assert len(publisher.hub.asked) == 1


def test_a_worker_that_runs_once_asks_before_it_ends(tmp_path: Path) -> None:
    with Origin() as origin:
        publisher = Publisher(origin)
        publisher.hub.then = None
        site = Site(tmp_path)
        site.drop(
            "subscriptions.opml", f'<opml version="2.0"><body><outline xmlUrl="{publisher.topic}"/></body></opml>'
        )
        site.cycle()
        assert [one["hub.topic"] for one in publisher.hub.asked] == [publisher.topic]


def test_polls_slow_down_to_poll_max_while_pushes_arrive(tmp_path: Path) -> None:
    moment = NOW
    with Origin() as origin, closing(opened(tmp_path)) as store, closing(Inbox(home(tmp_path).inbox)) as inbox:
        publisher = Publisher(origin)
        publisher.hub.then = None
        opml = f'<opml version="2.0"><body><outline type="rss" xmlUrl="{publisher.topic}"/></body></opml>'
        (home(tmp_path).seeds / "subscriptions.opml").write_text(opml, "utf-8")
        found = settings(worker={"allow_networks": ["127.0.0.0/8"], "executor": "threads:1"}, seeds={"settle": "0s"})
        ingest = Ingest(store, home(tmp_path), found, lambda: moment)
        ingest.start()
        try:
            ingest.read_seeds(CycleReport())
            (feed,) = (one for one in store.sources.active() if one.url)

            def polled(after: timedelta, *numbers: int) -> timedelta:
                """How long the next poll waits, when this one finds these stories."""
                nonlocal moment
                moment += after
                publisher.put(*numbers)
                ingest.make_due()
                ingest.poll(CycleReport())
                ingest.mind_hubs(wait=True)
                following = store.polls.state(feed.key).next_poll_at
                assert following
                return following - moment

            own_rhythm = polled(HOUR, 1)
            held = store.hub_subscriptions.of(feed.key)
            assert held
            inbox.call(held.token, CallKind.VERIFIED, moment, argument="864000")
            assert polled(HOUR, 1) < 2 * own_rhythm, "confirmed, but nothing came yet"
            inbox.call(held.token, CallKind.PUSH, moment, argument="application/rss+xml", body=document(2))
            report = CycleReport()
            ingest.poll(report)
            assert report.new == 1
            ingest.poll(report)
            assert report.new == 1
            assert polled(2 * HOUR, 2, 1) >= DAY * 0.9
            assert polled(DAY, 3, 2, 1) < DAY / 2, "no push brought the third story"
            inbox.call(held.token, CallKind.PUSH, moment + HOUR, argument="application/rss+xml", body=document(4))
            ingest.poll(report)
            assert polled(2 * HOUR, 4, 3, 2, 1) >= DAY * 0.9
        finally:
            ingest.close()
