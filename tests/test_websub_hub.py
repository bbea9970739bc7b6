"""Our own hub as subscribers and checkers see it: what the Recommendation asks of a hub, through `seedfeed run` and
callbacks on the loopback; then what takes days, what strangers must not be able to do, and crashes.
"""

import asyncio
import json
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlencode

import pytest

from feeds.app import Application
from feeds.serve.rates import Rate
from feeds.store import Store
from feeds.store.inbox import MOST_SUBSCRIBING, Inbox
from feeds.websub.topics import (
    LEASE,
    LEASE_MAX,
    LEASE_MIN,
    HubRequest,
    RequestFault,
    hub_of,
    is_unreachable,
    request_of,
)
from support import asgi
from support.builders import BASE, HOUR, NOW, home, opened, settings
from support.ingest import Bench, Clock, bench
from support.origin import Origin, Request, Response
from support.site import Answer, Site, eventually, ids
from support.websub_subscriber import FORM, Subscriber, post, wanting
from worker.cli.app import open_home, open_listening
from worker.fetch.connect import session
from worker.fetch.policy import ForbiddenAddress, fetch_policy
from worker.websub.courier import PATIENCE, Courier, Errand, Lane
from worker.websub.distribution import PORTS, Notifier
from worker.websub.exchanges import CrowdedAddress, Dials
from worker.websub.verification import MOST_OF_DOMAIN

BEHAVIOURS = {
    1: "MUST: a topic names its hub and itself",
    2: "SHOULD: at least one rel=hub and exactly one rel=self in Link headers",
    3: "SHOULD: the documents name them too",
    4: "header and document say the same",
    5: "HEAD says the same as GET",
    6: "the self URL can be fetched, and names itself",
    7: "one representation for each self URL, whatever Accept says",
    8: "MUST: the hub is told of changes",
    9: "MUST: a request to subscribe is accepted with 202",
    10: "202 never depends on how verification ends",
    11: "202 for unsubscribing, also for what never was subscribed",
    12: "MUST: unknown parameters are ignored",
    13: "4xx without hub.mode",
    14: "4xx for another hub.mode",
    15: "4xx without hub.topic",
    16: "4xx for a topic that is not ours",
    17: "4xx without hub.callback",
    18: "4xx for a callback that is no http(s) URL",
    19: "4xx for a secret of 200 bytes, and none for one of 199",
    20: "SHOULD: the error is said as plain text",
    21: "verification is a GET",
    22: "MUST: with hub.mode as it was asked for",
    23: "MUST: with hub.topic as it was given",
    24: "MUST: with a random hub.challenge",
    25: "MUST: with a positive hub.lease_seconds",
    26: "MUST: the callback's own query is kept, and the parameters are appended with &",
    27: "an exact echo with 2xx subscribes",
    28: "MUST: another echo does not",
    29: "MUST: 404 does not",
    30: "MUST: 5xx does not",
    31: "MUST: 3xx does not, and is not followed",
    32: "no answer does not",
    33: "each request makes the callback be asked once",
    34: "MUST: subscribing again overrides: the new secret, one delivery",
    35: "MUST: subscribing again in vain changes nothing",
    36: "MUST: unsubscribing in vain changes nothing",
    37: "MUST: unsubscribing is verified",
    38: "MUST: silence follows",
    39: "MUST: leases are enforced",
    40: "MUST: no lease is perpetual",
    41: "MAY: the lease that is asked for is granted",
    42: "MUST: a push is a POST",
    43: "MUST: with the topic's Content-Type",
    44: "MUST: with the full content at first",
    45: "MAY: Atom and RSS without the entries that were delivered already; other formats in full",
    46: "MUST: with the hub and the topic in Link headers",
    47: "SHOULD: in one combined Link header",
    48: "MUST: X-Hub-Signature over the body if a secret was given",
    49: "SHOULD: by a stronger method than SHA-1, written method=hex",
    50: "no signature where no secret was given",
    51: "MUST: any 2xx is success",
    52: "MUST: what is neither 2xx nor 410 is a failure; 3xx too",
    53: "SHOULD: a failed delivery is tried again",
    54: "the subscription stays to the end of its lease, and the next update is tried again",
    55: "MAY: 410 ends the subscription",
    56: "MAY: a subscription that cannot be is denied with a GET",
    57: "only a topic that changed is pushed",
    58: "a slow subscriber delays nobody",
}
HELD: set[int] = set()
LONGEST_SECRET = "s" * 199
FORMATS = ("atom", "rss", "json")


def holds(*numbers: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    HELD.update(numbers)
    return lambda test: test


# A hub with many subscribers, of whom each does something else


@dataclass
class Story:
    """What happened. said: the hub's answers, by subscriber. In parts: everybody subscribes; a change; some subscribe
    again, leave, or fail to; a change.
    """

    site: Site
    origin: Origin
    people: dict[str, Subscriber] = field(default_factory=dict)
    said: dict[str, Answer] = field(default_factory=dict)
    trapped: list[Request] = field(default_factory=list)
    documents: list[dict[str, bytes]] = field(default_factory=list)

    def topic(self, slug: str = "all", suffix: str = "atom") -> str:
        return f"{self.site.base_url}/feeds/{slug}.{suffix}"

    def ask(self, mode: str, name: str, topic: str = "", **more: object) -> Answer:
        return post(f"{self.site.base_url}/hub", wanting(mode, topic or self.topic(), self.people[name], **more))

    def subscribes(self, name: str, topic: str = "", more: dict[str, object] | None = None, **about: Any) -> None:
        self.people[name] = Subscriber(self.origin, name, **about)
        self.said[name] = self.ask("subscribe", name, topic, **(more or {}))

    def stored(self) -> dict[str, tuple[str, str]]:
        """(path, secret) of those whom the worker wrote down, by name."""
        with closing(sqlite3.connect(f"file:{self.site.root / 'data' / 'seedfeed.sqlite'}?mode=ro", uri=True)) as store:
            rows = store.execute("SELECT callback, path, secret FROM subscribers").fetchall()
        names = {one.callback: name for name, one in self.people.items()}
        return {names[callback]: (path, secret) for callback, path, secret in rows}

    def trap(self, request: Request) -> Response:
        """Where redirects lead; it would confirm anything."""
        self.trapped.append(request)
        challenge = re.search(r"hub\.challenge=([^&]*)", request.path)
        return Response(200, challenge[1].encode() if challenge else b"")


CONFIRMED = (
    *("atom", "rss", "json", "plain", "forever", "harbour", "once", "gone", "failing", "redirecting", "slow", "greedy"),
    *("again", "steady", "loyal", "leaver"),
)
# Whom the first change is delivered to, and takes it.
SERVED = ("atom", "rss", "json", "plain", "forever", "once", "greedy", "again", "steady", "loyal", "leaver")


def article(n: int) -> str:
    return f"# The lamp of quay {n}\n\nThe keeper of house {n} has trimmed the wick again and notes the wind.\n"


def echo(query: dict[str, str]) -> Response:
    return Response(200, query["hub.challenge"].encode())


def refuse_from_second(query: dict[str, str], asked: list[dict[str, str]]) -> Response:
    return echo(query) if len(asked) < 2 else Response(404)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    site = Site(tmp_path_factory.mktemp("hub"))
    for n in (1, 2):
        site.drop(f"{n}.md", article(n))
    site.drop("harbour/pier.md", article(3))
    with Origin() as origin, site.running():
        told = Story(site, origin)
        eventually(lambda: len(ids(site.documents()["/feeds/all.atom"])) == 3, "all articles to be published")
        _first_part(told)
        _second_part(told)
        yield told


def _first_part(told: Story) -> None:
    """Everybody subscribes, and an article comes that is not of the harbour."""
    origin = told.origin
    origin.put("/trap", script=told.trap)
    astray = {"Location": origin.url("/trap")}
    told.subscribes("atom", more={"secret": LONGEST_SECRET, "lease_seconds": 86_400, "unknown": "x"})
    told.subscribes("rss", told.topic(suffix="rss"), {"secret": "é long"})
    told.subscribes("json", told.topic(suffix="json"))
    told.subscribes("plain", query="?token=a%2Fb&x=1")
    told.subscribes("forever", more={"lease_seconds": 10**9})
    told.subscribes("harbour", told.topic("category-harbour"))
    told.subscribes("once", takes=[Response(201, b"thanks")])
    told.subscribes("gone", takes=[Response(410)])
    told.subscribes("failing", takes=[Response(500)])
    told.subscribes("redirecting", takes=[Response(307, headers=astray)])
    told.subscribes("slow", takes=[Response(204, delay=60)])
    told.subscribes("greedy", takes=[Response(200, b"x" * 3_000_000)])
    told.subscribes("again", more={"secret": "old"})
    for name in ("steady", "loyal"):
        told.subscribes(name, more={"secret": "old"})
        one = told.people[name]
        one.confirms = partial(refuse_from_second, asked=one.asked)
    told.subscribes("leaver")
    told.subscribes("liar", confirms=lambda query: Response(200, query["hub.challenge"].encode() + b"\n"))
    told.subscribes("absent", confirms=lambda query: Response(404, query["hub.challenge"].encode()))
    told.subscribes("broken", confirms=lambda query: Response(500, query["hub.challenge"].encode()))
    told.subscribes(
        "moved", confirms=lambda query: Response(302, headers={"Location": f"{astray['Location']}?{urlencode(query)}"})
    )
    told.subscribes("endless", confirms=lambda query: Response(200, query["hub.challenge"].encode() + b" " * 2_000_000))
    told.subscribes("mute", confirms=lambda query: Response(200, query["hub.challenge"].encode(), delay=60))
    told.people["stranger"] = Subscriber(origin, "stranger")
    told.said["stranger"] = told.ask("unsubscribe", "stranger")
    eventually(lambda: all(one.asked for one in told.people.values()), "everybody to be asked")
    eventually(lambda: set(told.stored()) >= set(CONFIRMED), "those who confirmed to be written down")
    told.documents.append(told.site.documents())
    told.site.drop("4.md", article(4))
    eventually(lambda: any(told.people[name].pushes for name in SERVED), "the first push")
    eventually(lambda: all(told.people[name].pushes for name in SERVED), "the first pushes")
    told.documents.append(told.site.documents())
    eventually(lambda: "gone" not in told.stored(), "410 to be taken for an answer")


def _second_part(told: Story) -> None:
    """Some subscribe again or leave, some try to in vain; and another article comes."""
    told.said["again, anew"] = told.ask("subscribe", "again", secret="new")
    told.said["steady, in vain"] = told.ask("subscribe", "steady", secret="new")
    told.said["loyal, in vain"] = told.ask("unsubscribe", "loyal")
    told.said["leaver, leaving"] = told.ask("unsubscribe", "leaver")
    eventually(lambda: all(len(told.people[name].asked) == 2 for name in ("steady", "loyal")), "two refusals")
    eventually(lambda: told.stored()["again"][1] == "new" and "leaver" not in told.stored(), "two confirmations")
    told.site.drop("5.md", article(5))
    eventually(
        lambda: all(len(told.people[name].pushes) >= 2 for name in SERVED if name != "leaver"), "the second pushes"
    )
    # Whatever else was going to be pushed.
    time.sleep(1.2)
    told.documents.append(told.site.documents())


# Publisher

TARGET = re.compile(r'<([^>]*)>; rel="([^"]*)"')


@holds(1, 2, 3, 4, 5, 6)
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_topic_names_its_hub_and_itself_in_header_and_document(story: Story, suffix: str) -> None:
    path, topic, hub = f"/feeds/all.{suffix}", story.topic(suffix=suffix), f"{story.site.base_url}/hub"
    got, head = story.site.get(path), story.site.get(path, method="HEAD")
    assert TARGET.findall(got.headers["link"]) == [(hub, "hub"), (topic, "self")]
    assert head.headers["link"] == got.headers["link"]
    assert story.site.get(path, {"If-None-Match": got.headers["etag"]}).headers["link"] == got.headers["link"]
    if suffix == "json":
        document = json.loads(got.body)
        assert (document["feed_url"], document["hubs"]) == (topic, [{"type": "WebSub", "url": hub}])
        return
    found = re.findall(r'<(?:atom:)?link [^>]*rel="(hub|self)"[^>]*>', got.body.decode().partition("<entry")[0])
    assert sorted(found) == ["hub", "self"]
    for rel, url in (("hub", hub), ("self", topic)):
        assert re.search(rf'<(?:atom:)?link (?=[^>]*rel="{rel}")(?=[^>]*href="{re.escape(url)}")', got.body.decode())


@holds(7)
def test_a_topic_is_one_representation_whatever_accept_says(story: Story) -> None:
    bodies = {
        story.site.get("/feeds/all.atom", {"Accept": accept}).body for accept in ("*/*", "text/html", "image/png")
    }
    assert len(bodies) == 1


# The request


@holds(9, 12)
def test_a_request_is_accepted_whatever_else_it_says(story: Story) -> None:
    answer = story.said["atom"]
    assert (answer.status, answer.headers["content-type"]) == (202, "text/plain; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"


@holds(10, 11)
def test_202_never_tells_how_verification_ends(story: Story) -> None:
    assert {answer.status for answer in story.said.values()} == {202}
    assert len({answer.body for answer in story.said.values()}) == 1
    # Somebody who is waited for, such as "mute" for a minute, would have been more than `post` has patience for.


VALID = {"hub.mode": "subscribe", "hub.topic": f"{BASE}/feeds/all.atom", "hub.callback": "https://reader.example/cb"}
SETTINGS = settings()


@holds(13, 14, 15, 16, 17, 18, 19)
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"hub.mode": None}, "hub.mode"),
        ({"hub.mode": ""}, "hub.mode"),
        ({"hub.mode": "Subscribe"}, "hub.mode"),
        ({"hub.topic": None}, "hub.topic"),
        ({"hub.topic": ""}, "hub.topic"),
        ({"hub.topic": "https://other.example/feeds/all.atom"}, "hub.topic"),
        ({"hub.topic": f"{BASE}/feeds/all"}, "hub.topic"),
        ({"hub.topic": f"{BASE}/feeds/none.atom"}, "hub.topic"),
        ({"hub.topic": f"{BASE}/feeds/health.atom"}, "hub.topic"),
        ({"hub.topic": f"{BASE}/feeds/all.atom?x"}, "hub.topic"),
        ({"hub.topic": f"{BASE}/feeds/all/archive/1.atom"}, "hub.topic"),
        ({"hub.topic": f"{BASE}/"}, "hub.topic"),
        ({"hub.topic": "/feeds/all.atom"}, "hub.topic"),
        ({"hub.callback": None}, "hub.callback"),
        ({"hub.callback": "ftp://reader.example/"}, "hub.callback"),
        ({"hub.callback": "//reader.example/"}, "hub.callback"),
        ({"hub.callback": "javascript:alert(1)"}, "hub.callback"),
        ({"hub.callback": "https://"}, "hub.callback"),
        ({"hub.callback": "https://[::1"}, "hub.callback"),
        ({"hub.callback": "https://2130706433/"}, "hub.callback"),
        ({"hub.callback": "https://reader.example:99999/"}, "hub.callback"),
        ({"hub.callback": "https://reader.example/ x"}, "hub.callback"),
        ({"hub.callback": "https://reader.example/\r\nX: y"}, "hub.callback"),
        ({"hub.callback": "https://lêcteur.example/"}, "hub.callback"),
        ({"hub.callback": "https://user:word@reader.example/"}, "hub.callback"),
        ({"hub.callback": "https://reader.example/#x"}, "hub.callback"),
        ({"hub.callback": "https://reader.example/" + "x" * 2048}, "hub.callback"),
        ({"hub.callback": f"{BASE}/websub/token"}, "hub.callback"),
        ({"hub.secret": "s" * 200}, "hub.secret"),
        ({"hub.secret": "é" * 100}, "hub.secret"),
        ({"hub.secret": "s", "hub.callback": "http://reader.example/"}, "hub.secret"),
        ({"hub.secret": "s", "hub.callback": "http://127.0.0.1/"}, "hub.secret"),
        ({"hub.lease_seconds": "soon"}, "hub.lease_seconds"),
        ({"hub.lease_seconds": "-1"}, "hub.lease_seconds"),
        ({"hub.lease_seconds": "1.5"}, "hub.lease_seconds"),
        ({"hub.lease_seconds": "٣٦٠٠"}, "hub.lease_seconds"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(changes: dict[str, str | None], named: str) -> None:
    form = {name: value for name, value in {**VALID, **changes}.items() if value is not None}
    with pytest.raises(RequestFault, match=f"^{re.escape(named)}: "):
        request_of(form, SETTINGS, {"all"})


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("", LEASE),
        ("86400", timedelta(days=1)),
        ("1", LEASE_MIN),
        ("0", LEASE_MIN),
        ("0000000000086400", timedelta(days=1)),
        ("9" * 5000, LEASE_MAX),
        (str(31 * 86_400), LEASE_MAX),
    ],
)
def test_leases_are_granted_as_asked_for_between_an_hour_and_thirty_days(asked: str, granted: timedelta) -> None:
    assert request_of({**VALID, "hub.lease_seconds": asked}, SETTINGS, {"all"}).lease == granted


def test_a_secret_may_go_with_https_or_into_a_network_that_the_operator_named() -> None:
    near = settings(worker={"allow_callbacks": ["127.0.0.0/8"]})
    for callback in (
        "http://127.0.0.1:9000/",
        "http://localhost:9000/",
        "https://reader.example/",
        "HTTPS://a.example/",
    ):
        form = {**VALID, "hub.secret": "word", "hub.callback": callback}
        assert request_of(form, near, {"all"}).secret == "word"
        assert "word" not in repr(request_of(form, near, {"all"}))


def test_unsubscribing_asks_for_neither_lease_nor_secret() -> None:
    form = {**VALID, "hub.mode": "unsubscribe", "hub.lease_seconds": "soon", "hub.secret": "s" * 300}
    assert request_of(form, SETTINGS, {"all"}).secret == ""


# Verification of intent


@holds(21, 22, 23, 24, 25, 27, 33)
def test_the_callback_is_asked_once_with_all_that_it_needs(story: Story) -> None:
    one = story.people["atom"]
    (query,) = one.asked
    assert query.keys() == {"hub.mode", "hub.topic", "hub.challenge", "hub.lease_seconds"}
    assert (query["hub.mode"], query["hub.topic"]) == ("subscribe", story.topic())
    challenges = {one.asked[0]["hub.challenge"] for one in story.people.values()}
    assert len(challenges) == len(story.people)
    assert min(map(len, challenges)) >= 43  # 32 random bytes
    asked = {name: len(one.asked) for name, one in story.people.items()}
    twice = {"again", "steady", "loyal", "leaver"}
    # "steady" subscribed twice at the beginning; what waited was asked once.
    assert {name for name, count in asked.items() if count != 1} == twice
    assert story.stored()["atom"] == ("/feeds/all.atom", LONGEST_SECRET)


@holds(26)
def test_the_query_of_a_callback_is_kept(story: Story) -> None:
    (line,) = story.people["plain"].lines
    assert line.startswith("/plain?token=a%2Fb&x=1&hub.mode=subscribe&hub.topic=")
    assert story.people["plain"].pushes[0].path == "/plain?token=a%2Fb&x=1"


@holds(28, 29, 30, 31, 32)
@pytest.mark.parametrize("name", ["liar", "absent", "broken", "moved", "endless", "mute", "stranger"])
def test_who_does_not_echo_exactly_is_not_subscribed(story: Story, name: str) -> None:
    assert story.people[name].asked
    assert name not in story.stored()
    assert not story.people[name].pushes
    assert not story.trapped


@holds(34)
def test_subscribing_again_overrides(story: Story) -> None:
    assert len(story.people["again"].pushes) == 2
    assert story.people["again"].signed_with("old") == [True, False]
    assert story.people["again"].signed_with("new") == [False, True]


@holds(35)
def test_subscribing_again_in_vain_changes_nothing(story: Story) -> None:
    assert story.people["steady"].signed_with("old") == [True, True]


@holds(36)
def test_unsubscribing_in_vain_changes_nothing(story: Story) -> None:
    assert [query["hub.mode"] for query in story.people["loyal"].asked] == ["subscribe", "unsubscribe"]
    assert len(story.people["loyal"].pushes) == 2


@holds(37, 38)
def test_who_unsubscribes_is_asked_and_then_left_alone(story: Story) -> None:
    query = story.people["leaver"].asked[1]
    assert (query["hub.mode"], query["hub.topic"]) == ("unsubscribe", story.topic())
    assert len(story.people["leaver"].pushes) == 1


@holds(40, 41)
def test_leases_are_as_asked_for_but_never_perpetual(story: Story) -> None:
    granted = {name: int(story.people[name].asked[0]["hub.lease_seconds"]) for name in ("atom", "forever", "plain")}
    assert granted == {"atom": 86_400, "forever": 30 * 86_400, "plain": 10 * 86_400}


# Pushes


@holds(8, 42, 43, 44, 51)
@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [
        ("atom", "application/atom+xml; charset=utf-8"),
        ("rss", "application/rss+xml; charset=utf-8"),
        ("json", "application/feed+json"),
    ],
)
def test_a_push_is_the_document_as_it_is_served(story: Story, suffix: str, media_type: str) -> None:
    push = story.people[suffix].pushes[0]
    assert push.method == "POST"
    assert push.headers["Content-Type"] == media_type
    assert push.body == story.documents[1][f"/feeds/all.{suffix}"]
    assert push.body != story.documents[0][f"/feeds/all.{suffix}"]
    assert len(story.people["once"].pushes) == 2, "201 is taken for an answer, and the next change for another"


@holds(45)
def test_later_pushes_leave_out_what_was_delivered_where_the_format_may(story: Story) -> None:
    whole, rest = story.documents[2], {name: story.people[name].bodies[1] for name in FORMATS}
    assert ids(rest["atom"]) == ids(whole["/feeds/all.atom"])[:1]
    assert b"quay 5" in rest["atom"]
    assert b"quay 5" in rest["rss"]
    assert rest["rss"].count(b"<item>") == 1
    assert rest["json"] == whole["/feeds/all.json"]


@holds(46, 47)
def test_a_push_names_hub_and_topic_in_one_header(story: Story) -> None:
    for suffix in FORMATS:
        (links,) = story.people[suffix].pushes[0].headers.get_all("Link", [])
        named = TARGET.findall(links)
        assert named == [(f"{story.site.base_url}/hub", "hub"), (story.topic(suffix=suffix), "self")]


@holds(48, 49, 50)
def test_a_push_is_signed_if_a_secret_was_given_and_only_then(story: Story) -> None:
    assert story.people["atom"].signed_with(LONGEST_SECRET) == [True, True]
    assert story.people["rss"].signed_with("é long") == [True, True]
    assert re.fullmatch(r"sha256=[0-9a-f]{64}", story.people["atom"].pushes[0].headers["X-Hub-Signature"])
    assert "X-Hub-Signature" not in story.people["plain"].pushes[0].headers


@holds(52)
def test_redirects_of_pushes_are_failures_and_not_followed(story: Story) -> None:
    assert story.people["redirecting"].pushes
    assert not story.trapped
    assert {"redirecting", "failing"} <= story.stored().keys()


@holds(54)
def test_who_failed_is_tried_again_with_the_next_update(story: Story) -> None:
    assert len(story.people["failing"].pushes) >= 2
    assert b"quay 5" in story.people["failing"].bodies[-1]


@holds(55)
def test_410_ends_a_subscription(story: Story) -> None:
    assert len(story.people["gone"].pushes) == 1


@holds(57)
def test_only_a_topic_that_changed_is_pushed(story: Story) -> None:
    assert "harbour" in story.stored()
    assert not story.people["harbour"].pushes
    assert all(len(story.people[name].pushes) == 2 for name in SERVED if name != "leaver")


@holds(58)
def test_who_hangs_delays_nobody(story: Story) -> None:
    assert story.people["slow"].pushes
    assert "slow" in story.stored()


def test_secrets_are_in_no_log_and_no_answer(story: Story) -> None:
    log = (story.site.root / "run.log").read_text("utf-8")
    assert "/feeds/all.atom: confirmed" in log.replace("subscribe /feeds", "/feeds")
    assert LONGEST_SECRET not in log
    assert "token=" not in log
    assert all(LONGEST_SECRET.encode() not in answer.body for answer in story.said.values())


# The hub as strangers find it, through ASGI


def through_asgi(
    app: Application,
    form: dict[str, str] | bytes,
    *,
    method: str = "POST",
    client: str = "127.0.0.1",
    headers: dict[str, str] | None = None,
) -> asgi.Response:
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    given = {"host": "news.example", "content-type": FORM, **(headers or {})}
    return asgi.ask(app, "/hub", given, method, chunks=(body,), client=client)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(opened(tmp_path)) as made:
        yield made


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[Application]:
    made = Application(home(tmp_path), settings(server={"admin_token": "right"}))
    yield made
    made.shelf.close()


@holds(20)
@pytest.mark.parametrize(
    ("form", "how", "status", "said"),
    [
        (VALID, {}, 202, "Accepted"),
        ({**VALID, "hub.mode": "x"}, {}, 400, "hub.mode: "),
        (b"hub.mode=subscribe&hub.mode=unsubscribe", {}, 400, "hub.mode: "),
        (b"hub.mode=subscribe&hub.topic=%ff", {}, 400, "The form cannot be read"),
        (b"\xff", {}, 400, "The form cannot be read"),
        (b"a=1&" * 200, {}, 400, "The form cannot be read"),
        (b"x" * 9000, {}, 413, "A form of more than 8 KiB"),
        (VALID, {"headers": {"content-type": "application/json"}}, 415, "Send a form"),
        (VALID, {"headers": {"content-type": f"{FORM}; charset=utf-8"}}, 202, "Accepted"),
        (VALID, {"headers": {"content-encoding": "gzip"}}, 415, "Send the form as it is"),
        (VALID, {"method": "GET"}, 405, "This is the WebSub hub"),
        (VALID, {"method": "PUT"}, 405, "This is the WebSub hub"),
        (VALID, {"headers": {"host": "evil.example"}}, 421, "This address"),
        (VALID, {"headers": {"host": "localhost:9"}}, 202, "Accepted"),
        (VALID, {"headers": {"origin": "https://evil.example"}}, 403, "Pages of other sites"),
        (VALID, {"headers": {"origin": "null"}}, 403, "Pages of other sites"),
        (VALID, {"headers": {"origin": "https://news.example", "sec-fetch-site": "same-origin"}}, 202, "Accepted"),
        (VALID, {"headers": {"sec-fetch-site": "cross-site"}}, 403, "Pages of other sites"),
        ({"hub.mode": "publish", "hub.url": VALID["hub.topic"]}, {}, 403, "hub.mode: publish is for the operator"),
        (
            {"hub.mode": "publish", "hub.url": VALID["hub.topic"]},
            {"headers": {"authorization": "Bearer wrong"}},
            403,
            "hub.mode: publish is for the operator",
        ),
        (
            {"hub.mode": "publish", "hub.url": VALID["hub.topic"]},
            {"headers": {"authorization": "Bearer right"}},
            202,
            "Accepted",
        ),
        (
            {"hub.mode": "publish", "hub.url": "https://other.example/"},
            {"headers": {"authorization": "Bearer right"}},
            400,
            "hub.topic: ",
        ),
    ],
)
def test_the_hub_answers_in_plain_text(
    app: Application, form: Any, how: dict[str, Any], status: int, said: str
) -> None:
    answer = through_asgi(app, form, **how)
    assert answer.status == status
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.body.decode().startswith(said)
    assert ("allow" in answer.headers) is (status == 405)


@pytest.mark.parametrize("hub", ["off", "https://hub.example/"])
def test_without_a_hub_of_our_own_there_is_none(store: Store, tmp_path: Path, hub: str) -> None:
    app = Application(home(tmp_path), settings(server={"hub": hub}))
    assert through_asgi(app, VALID).status == 404


def test_a_hub_that_is_not_named_is_not_there(store: Store, tmp_path: Path) -> None:
    for host, status in (("0.0.0.0", 404), ("127.0.0.1", 400)):
        app = Application(home(tmp_path), settings(base_url="http://127.0.0.1:8080", server={"host": host}))
        with closing(app):
            answer = through_asgi(app, b"", headers={"host": "localhost"})
        assert answer.status == status
        assert (answer.body == b"There is no hub here.\n") is (status == 404)


def test_the_options_of_run_and_serve_count_as_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(tmp_path)
    for name in ("SEEDFEED_SERVER__HOST", "SEEDFEED_SERVER__PORT"):
        # Set first, so that what the options leave in the environment goes with the test.
        monkeypatch.setenv(name, "8080")
        monkeypatch.delenv(name)
    _, kept = open_listening(site.root, None, None)
    assert (kept.server.host, kept.server.port) == ("127.0.0.1", site.port)
    _, kept = open_listening(site.root, "0.0.0.0", 8099)
    assert is_unreachable(kept)
    _, of_a_child = open_home(site.root)
    assert (of_a_child.server.host, of_a_child.server.port) == ("0.0.0.0", 8099)


def test_before_the_first_cycle_subscribers_are_told_to_come_back(tmp_path: Path) -> None:
    answer = through_asgi(Application(home(tmp_path), settings()), VALID)
    assert (answer.status, answer.headers["retry-after"]) == (503, "60")


def test_what_waits_is_bounded_and_the_last_request_of_a_callback_counts(
    app: Application, inbox: Inbox, tmp_path: Path
) -> None:
    asked = HubRequest("subscribe", "https://a.example/0", VALID["hub.topic"], "/feeds/all.atom")
    assert inbox.subscribe(asked, NOW)
    with closing(sqlite3.connect(tmp_path / "data" / "inbox.sqlite")) as beside, beside:
        beside.executemany(
            "INSERT INTO subscribing SELECT NULL, mode, ?, topic, path, secret, lease_seconds, at_us FROM subscribing"
            " WHERE callback = ?",
            [(f"https://a.example/{n}", asked.callback) for n in range(1, MOST_SUBSCRIBING)],
        )
    assert inbox.subscribe(replace(asked, mode="unsubscribe"), NOW)
    assert [one.mode for one in inbox.subscribing() if one.callback == asked.callback] == ["unsubscribe"]
    answer = through_asgi(app, VALID)
    assert (answer.status, answer.headers["retry-after"]) == (503, "60")


def test_a_stranger_can_make_us_ask_few_callbacks_and_one_host_is_asked_seldom(app: Application, inbox: Inbox) -> None:
    def ask(callback: str, client: str) -> int:
        return through_asgi(app, {**VALID, "hub.callback": callback}, client=client).status

    hosts = [ask(f"https://reader{n}.example/", "203.0.113.5") for n in range(12)]
    assert hosts == [202] * 10 + [429] * 2
    one_host = [ask(f"https://victim.example/{n}", f"203.0.113.{n}") for n in range(7)]
    assert one_host == [202] * 5 + [429, 429]
    # Whoever has a domain has all names below it.
    for domain in ("wild.example", "wild.co.uk", "wild.github.io"):
        below = [ask(f"https://a{n}.b{n}.{domain}/", f"203.0.113.{20 + n}") for n in range(7)]
        assert below == [202] * 5 + [429, 429], domain
    below = [ask(f"https://a{n}.github.io/", f"203.0.113.{40 + n}") for n in range(7)]
    assert below == [202] * 7
    beside = [ask(f"https://[2001:db8:1::{n:x}]/", f"203.0.113.{50 + n}") for n in range(7)]
    assert beside == [202] * 5 + [429, 429]
    # A web server's clients all come from this machine, unless it says whom it asks for. IPv6 clients have many
    # addresses each.
    assert [ask(f"https://other{n}.example/", "127.0.0.1") for n in range(12)] == [202] * 12
    assert [ask(f"https://more{n}.example/", f"2001:db8::{n:x}") for n in range(12)] == [202] * 10 + [429] * 2
    for n in range(12):
        form = {**VALID, "hub.callback": f"https://behind{n}.example/"}
        stated = {"x-forwarded-for": f"198.51.100.{n}, 203.0.113.77"}
        assert through_asgi(app, form, headers=stated).status == (202 if n < 10 else 429)
    refused = through_asgi(app, {**VALID, "hub.callback": "https://victim.example/x"})
    assert 0 < int(refused.headers["retry-after"]) <= 60


def test_a_rate_counts_within_its_span_and_forgets() -> None:
    rate = Rate(2, 60)
    for now in (0.0, 10.0):
        assert rate.wait("a", now) == 0
        rate.count("a", now)
    assert rate.wait("a", 20.0) == 40
    assert rate.wait("b", 20.0) == 0
    assert rate.wait("a", 60.0) == 0


# Which hub is named


@pytest.mark.parametrize(
    ("keys", "hub"),
    [
        ({}, f"{BASE}/hub"),
        ({"server": {"hub": "off"}}, ""),
        ({"server": {"hub": "https://hub.example/"}}, "https://hub.example/"),
        ({"base_url": "http://127.0.0.1:8080"}, "http://127.0.0.1:8080/hub"),
        ({"base_url": "http://127.0.0.1:8080", "server": {"host": "0.0.0.0"}}, ""),
        ({"base_url": "http://127.0.0.1:8080", "server": {"host": "::", "hub": "https://hub.example/"}}, ""),
        ({"server": {"host": "0.0.0.0"}}, f"{BASE}/hub"),
    ],
)
def test_feeds_name_a_hub_that_their_readers_can_reach(keys: dict[str, Any], hub: str) -> None:
    assert hub_of(settings(**keys)) == hub
    assert is_unreachable(settings(**keys)) is (hub == "" and keys["server"].get("hub") != "off")


# What takes days: cycles of a worker that runs once, with a clock of the test's


TOPIC = "http://127.0.0.1:8080/feeds/all.atom"
PATH = "/feeds/all.atom"


def drop(desk: Bench, n: int) -> None:
    (desk.home.seeds / f"{n}.md").write_text(article(n), encoding="utf-8")


def join(desk: Bench, one: Subscriber, topic: str = TOPIC, **more: Any) -> None:
    """Subscribes, as the server writes it down, and lets the worker ask."""
    path = topic.partition("8080")[2]
    assert desk.ingest.inbox().subscribe(HubRequest("subscribe", one.callback, topic, path, **more), desk.clock())
    desk.cycle()


def owed(desk: Bench) -> list[tuple[str, int, datetime | None]]:
    """(callback's end, tries, when next) of everyone."""
    rows = desk.store.connection.execute("SELECT callback, tries, next_us FROM subscribers ORDER BY n")
    return [(row[0].rpartition("/")[2], row[1], row[2]) for row in rows]


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, clock=Clock(NOW)) as made:
        drop(made, 1)
        made.cycle()
        yield made


@holds(53, 54)
def test_a_failed_delivery_is_tried_again_for_a_day_and_then_with_the_next_update(desk: Bench, origin: Origin) -> None:
    one = Subscriber(origin, "one", takes=[Response(500)])
    join(desk, one, lease=LEASE_MAX)
    drop(desk, 2)
    desk.cycle(minutes=1)
    assert len(one.pushes) == 1
    desk.cycle(seconds=3)
    assert len(one.pushes) == 1, "not before its time"
    waits, last = [], desk.clock()
    while owed(desk)[0][2] is not None:
        desk.cycle(seconds=max(1.0, (datetime_of(owed(desk)[0][2]) - desk.clock()).total_seconds() + 0.001))
        waits.append((desk.clock() - last).total_seconds())
        last = desk.clock()
    assert 8 <= len(one.pushes) <= 12
    assert 0.5 < waits[0] < 4, "five seconds after the first, more or less"
    assert all(later > sooner for sooner, later in pairwise(waits[:6]))
    assert sum(waits) < 86_400
    tried = len(one.pushes)
    desk.cycle(days=5)
    assert len(one.pushes) == tried, "given up"
    one.takes = [Response(204)]
    drop(desk, 3)
    desk.cycle()
    assert len(one.pushes) == tried + 1
    assert b"quay 2" in one.bodies[-1], "what it missed comes with it"
    assert b"quay 3" in one.bodies[-1]
    assert owed(desk) == [("one", 0, None)]


def datetime_of(us: Any) -> datetime:
    return NOW + timedelta(microseconds=us - int(NOW.timestamp() * 1_000_000))


def test_whoever_was_down_gets_all_changes_in_one_delivery(desk: Bench, origin: Origin) -> None:
    one = Subscriber(origin, "one", takes=[Response(503), Response(503), Response(204)])
    join(desk, one)
    for n in (2, 3, 4):
        drop(desk, n)
        desk.cycle(hours=1)
    assert len(one.pushes) == 3
    assert [f"quay {n}".encode() in one.bodies[-1] for n in (2, 3, 4)] == [True] * 3
    desk.cycle(days=1)
    assert len(one.pushes) == 3, "one delivery, when it is up again"


def test_who_fails_for_long_is_asked_in_its_own_time_however_often_the_topic_changes(
    desk: Bench, origin: Origin
) -> None:
    one = Subscriber(origin, "one", takes=[Response(500)])
    join(desk, one)
    for n in range(2, 14):
        drop(desk, n)
        desk.cycle(seconds=2)
    assert 5 <= len(one.pushes) <= 7


@holds(39)
def test_a_lease_ends_and_nothing_is_pushed_after_it(desk: Bench, origin: Origin) -> None:
    one, two = Subscriber(origin, "one"), Subscriber(origin, "two")
    join(desk, one, lease=timedelta(hours=1))
    join(desk, two, lease=timedelta(hours=3))
    drop(desk, 2)
    desk.cycle(minutes=59.9)
    drop(desk, 3)
    desk.cycle(seconds=10)
    assert (len(one.pushes), len(two.pushes)) == (1, 2)
    desk.cycle(minutes=2)
    assert [name for name, *_ in owed(desk)] == ["two"]


def test_a_renewed_lease_goes_on_and_begins_with_the_whole_document(desk: Bench, origin: Origin) -> None:
    one = Subscriber(origin, "one")
    join(desk, one, lease=HOUR)
    drop(desk, 2)
    desk.cycle(minutes=30)
    join(desk, one, lease=HOUR)
    drop(desk, 3)
    desk.cycle(minutes=45)
    assert [len(ids(body)) for body in one.bodies] == [2, 3], "who subscribes anew may have lost what it had"


@holds(56)
def test_subscribers_of_a_feed_that_is_published_no_more_are_told_so(tmp_path: Path, origin: Origin) -> None:
    one = Subscriber(origin, "one", query="?x=1")
    topic = "http://127.0.0.1:8080/feeds/lamps.atom"
    with bench(tmp_path, '[feeds.lamps]\nquery = "lamp"\n', Clock(NOW)) as desk:
        drop(desk, 1)
        desk.cycle()
        join(desk, one, topic)
        assert len(owed(desk)) == 1
    with bench(tmp_path, clock=Clock(NOW + HOUR)) as desk:
        desk.cycle()
        assert owed(desk) == []
        late = Subscriber(origin, "late")
        join(desk, late, topic)
    for told in (one.asked[-1], late.asked[-1]):
        assert told.items() >= {"hub.mode": "denied", "hub.topic": topic}.items()
        assert told["hub.reason"] == "This feed is not published any more."
    assert owed_names(tmp_path) == []


def owed_names(root: Path) -> list[str]:
    with closing(Store.open(home(root).store)) as store:
        return [row[0] for row in store.connection.execute("SELECT callback FROM subscribers")]


def test_a_new_address_of_the_site_pushes_nothing_until_something_changes(tmp_path: Path, origin: Origin) -> None:
    one = Subscriber(origin, "one")
    with bench(tmp_path, clock=Clock(NOW)) as desk:
        drop(desk, 1)
        desk.cycle()
        join(desk, one)
        drop(desk, 2)
        desk.cycle(hours=1)
    with bench(tmp_path, 'title = "Another"\nbase_url = "https://news.example"', Clock(NOW + 2 * HOUR)) as desk:
        report = desk.cycle()
        assert PATH in report.published
        assert len(one.pushes) == 1
        drop(desk, 3)
        desk.cycle(hours=1)
    assert len(one.pushes) == 2
    assert one.pushes[1].headers["Link"] == (
        '<https://news.example/hub>; rel="hub", <https://news.example/feeds/all.atom>; rel="self"'
    )


def test_a_withdrawn_entry_is_pushed_as_a_tombstone(desk: Bench, origin: Origin) -> None:
    one = Subscriber(origin, "one")
    join(desk, one)
    drop(desk, 2)
    desk.cycle(minutes=1)
    (desk.home.seeds / "2.md").unlink()
    desk.cycle(minutes=1)
    desk.cycle(minutes=1)
    assert ids(one.bodies[1]) == []
    assert one.bodies[1].count(b"<at:deleted-entry") == 1


def test_a_withdrawal_is_pushed_to_rss_as_the_whole_that_is_left(desk: Bench, origin: Origin) -> None:
    one = Subscriber(origin, "one")
    join(desk, one, "http://127.0.0.1:8080/feeds/all.rss")
    drop(desk, 2)
    desk.cycle(minutes=1)
    (desk.home.seeds / "2.md").unlink()
    desk.cycle(minutes=1)
    desk.cycle(minutes=1)
    assert [body.count(b"<item>") for body in one.bodies] == [2, 1]
    assert b"quay 1" in one.bodies[1]


def test_a_topic_that_was_never_asked_for_is_pushed_from_its_first_change_on(desk: Bench, origin: Origin) -> None:
    one = Subscriber(origin, "one")
    (desk.home.seeds / "harbour").mkdir()
    drop(desk, 2)
    (desk.home.seeds / "2.md").rename(desk.home.seeds / "harbour" / "2.md")
    desk.cycle(minutes=1)
    join(desk, one, "http://127.0.0.1:8080/feeds/category-harbour.atom")
    desk.cycle(minutes=1)
    assert not one.pushes
    (desk.home.seeds / "harbour" / "3.md").write_text(article(3), encoding="utf-8")
    desk.cycle(minutes=1)
    assert [len(ids(body)) for body in one.bodies] == [2]


# Another hub


def test_another_hub_is_told_which_topics_changed_until_it_listens(tmp_path: Path, origin: Origin) -> None:
    told: list[tuple[str, bytes]] = []
    answers = [Response(503), Response(202)]

    def hub(request: Request) -> Response:
        told.append((request.method, request.body))
        return answers[min(len(told) - 1, 1)]

    origin.put("/other", script=hub)
    keys = f'publish.automatic = ["all"]\n[server]\nhub = "{origin.url("/other")}"\n'
    with bench(tmp_path, keys, Clock(NOW)) as desk:
        drop(desk, 1)
        desk.cycle()
        assert not told, "what is published for the first time is no change"
        assert f'rel="hub" href="{origin.url("/other")}"'.encode() in attributes(desk)
        drop(desk, 2)
        desk.cycle(hours=1)
        assert len(told) == 3, "Atom, RSS and JSON"
        desk.cycle(minutes=1)
        desk.cycle(minutes=1)
    sent = [dict(part.split("=") for part in body.decode().split("&")) for _, body in told]
    assert {form["hub.mode"] for form in sent} == {"publish"}
    assert {form["hub.url"] for form in sent} == {
        f"http%3A%2F%2F127.0.0.1%3A8080%2Ffeeds%2Fall.{suffix}" for suffix in FORMATS
    }
    assert len(told) == 4, "only the one that failed is told again"


def attributes(desk: Bench) -> bytes:
    found = desk.store.representations.of(PATH)
    assert found
    return re.sub(rb'href="([^"]*)" rel="hub"', rb'rel="hub" href="\1"', found.body)


# What strangers must not be able to do


def asked_of(notifier: Notifier, inbox: Inbox, callback: str) -> list[str]:
    """What the log says of a subscription."""
    asked = HubRequest("subscribe", callback, f"{BASE}{PATH}", PATH)
    assert inbox.subscribe(asked, NOW)
    lines = notifier.finish(inbox, NOW, Event())
    notifier.close(inbox, NOW)
    assert inbox.subscribing() == []
    return [line for _, line in lines]


@pytest.mark.parametrize(
    "callback", ["https://inside.example/", "http://inside.example:8080/", "http://127.0.0.1/", "http://[::1]:8080/"]
)
def test_no_callback_leads_into_our_own_network(store: Store, inbox: Inbox, callback: str) -> None:
    """Names are judged by the address that they have, and every address again when it is dialled."""
    found = settings(worker={"allow_networks": ["127.0.0.0/8"]})
    notifier = Notifier(store, found, fetch_policy(found), lookup=lambda name: ["127.0.0.1"])
    (line,) = asked_of(notifier, inbox, callback)
    assert "is not public; to allow it, add it to worker.allow_callbacks" in line
    assert store.subscribers.get(callback, PATH) is None


@pytest.mark.parametrize("port", [22, 3000, 6379, 9200])
def test_public_callbacks_are_asked_at_ports_of_the_web_alone(port: int) -> None:
    policy = replace(fetch_policy(settings()), ports=PORTS)

    async def ask() -> None:
        async with session(policy) as client:
            await client.get(f"http://8.8.8.8:{port}/")

    with pytest.raises(ForbiddenAddress, match=f"port {port}"):
        asyncio.run(ask())


def test_an_address_is_asked_only_so_often_whatever_names_lead_to_it() -> None:
    moment = 0.0
    dials = Dials(fetch_policy(settings(worker={"allow_networks": ["10.0.0.0/8"]})), lambda: moment)

    def dial(address: str, times: int) -> list[bool]:
        """Whether a minute helps, for each that is refused."""
        refused = []
        for _ in range(times):
            try:
                dials.count(address)
            except CrowdedAddress as error:
                refused.append(error.soon)
        return refused

    assert dial("192.0.2.1", 22) == [True, True]
    assert dial("192.0.2.2", 20) == []
    assert dial("10.0.0.1", 1000) == []
    for _ in range(19):
        moment += 61
        assert dial("192.0.2.1", 20) == []
    moment += 61
    assert dial("192.0.2.1", 1) == [False]
    moment += 86_400
    assert dial("192.0.2.1", 1) == []


def test_what_counts_is_the_address_that_is_dialled(origin: Origin) -> None:
    origin.put("/", b"well")
    dialled: list[str] = []

    async def ask() -> None:
        policy = fetch_policy(settings(worker={"allow_networks": ["127.0.0.0/8"]}))
        async with session(policy, lambda name: ["127.0.0.1"], dialled.append) as client:
            for name in ("a.example", "b.example"):
                async with client.get(origin.url("/").replace("127.0.0.1", name)) as answer:
                    assert answer.status == 200

    asyncio.run(ask())
    assert dialled == ["127.0.0.1"] * 2


def test_one_domain_has_only_so_many_subscriptions(store: Store, inbox: Inbox) -> None:
    with store.transaction() as transaction:
        for n in range(MOST_OF_DOMAIN):
            store.subscribers.put(
                transaction, HubRequest("subscribe", f"https://n{n}.many.example/", f"{BASE}{PATH}", PATH), NOW
            )
    unreachable = Notifier(store, settings(), fetch_policy(settings()), lookup=lambda name: [])
    assert asked_of(unreachable, inbox, "https://one-more.many.example/")[-1].endswith("was denied")
    # Another domain, and one that has a subscription already, are asked.
    for callback in ("https://few.example/", "https://n1.many.example/"):
        again = Notifier(store, settings(), fetch_policy(settings()), lookup=lambda name: [])
        assert "was not confirmed" in asked_of(again, inbox, callback)[-1]


# A hub among the unruly


def test_whoever_hangs_gives_its_turn_to_those_behind_it_and_holds_up_no_end(origin: Origin) -> None:
    hanging = [Subscriber(origin, f"hangs{n}", takes=[Response(204, delay=60)]) for n in range(6)]
    well = [Subscriber(origin, f"well{n}") for n in range(12)]
    policy = fetch_policy(settings(worker={"allow_networks": ["127.0.0.0/8"]}))
    courier = Courier(policy, policy)
    began = time.monotonic()
    courier.send([Errand(one.name, one.callback, {}, b"news") for one in [*hanging, *well]])
    came: list[str] = []
    while len(came) < len(well) and time.monotonic() - began < PATIENCE.total_seconds():
        came += [str(one.errand.key) for one in courier.take_returned() if one.well]
        time.sleep(0.02)
    assert sorted(came) == sorted(one.name for one in well)
    assert courier.under_way == {one.name for one in hanging}
    courier.close()
    assert courier.under_way == set()
    assert "seedfeed-push" not in {thread.name for thread in threading.enumerate()}


def test_many_that_hang_at_one_host_give_their_turns_to_the_others_there(origin: Origin) -> None:
    """So do questions that nobody answers, and those who failed before."""
    policy = fetch_policy(settings(worker={"allow_networks": ["127.0.0.0/8"]}))
    courier = Courier(policy, policy)
    hanging = [Subscriber(origin, f"hangs{n}", takes=[Response(204, delay=60)]) for n in range(160)]
    well = [Subscriber(origin, f"well{n}") for n in range(4)]
    errands = [Errand(one.name, one.callback, {}, b"news") for one in hanging]
    others = [replace(one, key=f"{one.key} {lane}", lane=lane) for lane in (Lane.LATE, Lane.ASKED) for one in errands]
    courier.send(others)
    began = time.monotonic()
    courier.send([*errands, *(Errand(one.name, one.callback, {}, b"news") for one in well)])
    came: list[str] = []
    while len(came) < len(well) and time.monotonic() - began < PATIENCE.total_seconds():
        came += [str(one.errand.key) for one in courier.take_returned() if one.well]
        time.sleep(0.02)
    # None of those that hang was waited out, as some would be without lanes and with a quarter of them at once.
    under_way = set(courier.under_way)
    courier.close()
    assert sorted(came) == sorted(one.name for one in well)
    assert under_way == {one.key for one in [*others, *errands]}


def test_who_took_the_last_delivery_is_due_first(store: Store) -> None:
    with store.transaction() as transaction:
        for n in range(4):
            store.subscribers.put(
                transaction, HubRequest("subscribe", f"https://many.example/{n}", f"{BASE}{PATH}", PATH), NOW
            )
        store.subscribers.owe(transaction, [PATH], NOW)
        by_name = {one.callback[-1]: one.n for one in store.subscribers.due(NOW)}
        store.subscribers.note_delivery(transaction, by_name["2"], "tag", NOW)
        store.subscribers.note_failure(transaction, by_name["0"], timedelta(), NOW)
        store.subscribers.owe(transaction, [PATH], NOW)
    assert [one.callback[-1] for one in store.subscribers.due(NOW + HOUR)] == ["2", "1", "3", "0"]


def test_2xx_is_success_whatever_becomes_of_the_rest_of_the_answer(origin: Origin) -> None:
    breaks = Response(200, b"cut short", cut=3)
    closes = Response(200, b"", cut=0)
    drips = Response(200, b"slowly", drip=30)
    one = Subscriber(origin, "one", takes=[breaks, closes, closes, drips, Response(204)])
    policy = fetch_policy(settings(worker={"allow_networks": ["127.0.0.0/8"]}))
    courier = Courier(policy, policy)
    for n in range(5):
        courier.send([Errand(n, one.callback, {}, b"news")])
        while courier.under_way:
            assert all(came.well for came in courier.take_returned())
            time.sleep(0.01)
    courier.close()
    assert len(one.pushes) == 5


def test_the_healthy_are_served_at_once_and_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    """Of forty callbacks some hang, fail, redirect to the loopback or answer with megabytes. Killed in the middle, the
    next worker serves the rest; whoever was served is served again only if it was being served just then.
    """
    site = Site(tmp_path)
    site.drop("1.md", article(1))
    trapped: list[Request] = []

    def trap(request: Request) -> Response:
        trapped.append(request)
        return Response(204)

    unruly: Sequence[Response] = (
        Response(204, delay=60),
        Response(500),
        Response(302, headers={"Location": "http://127.0.0.1:{}/trap"}),
        Response(200, b"x" * 5_000_000),
    )
    with Origin() as origin:
        origin.put("/trap", script=trap)
        people = [Subscriber(origin, f"well{n}", takes=[Response(204, delay=0.2)]) for n in range(24)]
        for n in range(16):
            answer = unruly[n % 4]
            if answer.status == 302:
                answer = replace(answer, headers={"Location": origin.url("/trap")})
            people.append(Subscriber(origin, f"odd{n}", takes=[answer]))
        with site.running() as process:
            for one in people:
                answered = post(f"{site.base_url}/hub", wanting("subscribe", f"{site.base_url}{PATH}", one))
                assert answered.status == 202
            eventually(lambda: len(subscribed(site)) == len(people), "everybody to be subscribed")
            site.drop("2.md", article(2))
            eventually(lambda: sum(bool(one.pushes) for one in people[:24]) >= 6, "a quarter of the pushes")
            process.send_signal(signal.SIGKILL)
            process.wait()
        before = {one.name: len(one.pushes) for one in people[:24]}
        assert min(before.values()) == 0, "it was killed too late to show anything"
        with site.running():
            eventually(lambda: all(one.pushes for one in people[:24]), "the rest of the pushes")
        assert not trapped
        twice = [one for one in people[:24] if len(one.pushes) > 1]
        assert len(twice) < 24
        for one in people[:24]:
            assert {b"quay 2" in body for body in one.bodies} == {True}


def subscribed(site: Site) -> list[str]:
    with closing(sqlite3.connect(f"file:{site.root / 'data' / 'seedfeed.sqlite'}?mode=ro", uri=True)) as store:
        return [row[0] for row in store.execute("SELECT callback FROM subscribers")]


def test_every_behaviour_of_the_table_is_held_by_a_test() -> None:
    assert set(BEHAVIOURS) == HELD
