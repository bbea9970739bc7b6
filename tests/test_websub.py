"""Subscribing at WebSub hubs: what is asked and believed, the callback as hubs see it, and a hub on the loopback."""

import asyncio
import hashlib
import hmac
import http.client
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from builders import BASE, HOUR, NOW, home, opened, settings, source, subscribe
from homes import Site, eventually
from hypothesis import given
from hypothesis import strategies as st
from origin import Origin, Request, Response

from feeds import websub
from feeds.app import Application
from feeds.callback import MOST_BYTES
from feeds.errors import FetchError
from feeds.store import Store
from feeds.store.inbox import MOST_CALL_BYTES, MOST_CALLS, SHARE, CallKind, Inbox
from feeds.websub import HubSubscription, Standing
from worker.ingest import CycleReport, Ingest, fetch_policy
from worker.model import Retrieved
from worker.websub import MOST_CHANGES, Hubs, arrived, confidential, heard, pushed, reachable

DAY = timedelta(days=1)
HILLS = source("hills")
TOPIC = HILLS.url
HUB = "https://hub.example/"
LOOPBACK = (ip_network("127.0.0.0/8"),)
BODY = b"<feed xmlns='http://www.w3.org/2005/Atom'><title>Hills</title></feed>"
ASKED = HubSubscription("key", "token", HUB, TOPIC, "secret", failures=1, ask_at=NOW + HOUR)
ACTIVE = replace(ASKED, standing=Standing.ACTIVE, failures=0, until=NOW + 10 * DAY, ask_at=NOW + 9 * DAY)
LEAVING = replace(ASKED, standing=Standing.LEAVING)
OVER = replace(ASKED, standing=Standing.OVER, ask_at=None, until=NOW + DAY)
REFUSED = replace(ASKED, standing=Standing.REFUSED)


# What is asked


def test_a_hub_is_asked_with_the_parameters_of_the_specification() -> None:
    body = dict(parse_qsl(websub.request_body(ASKED, f"{BASE}/websub/token").decode()))
    assert body == {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.callback": f"{BASE}/websub/token",
        "hub.secret": "secret",
        "hub.lease_seconds": "864000",
    }
    assert "hub.secret" not in websub.request_body(replace(ASKED, secret=""), "").decode()
    assert dict(parse_qsl(websub.request_body(LEAVING, "https://x.example/").decode())) == {
        "hub.mode": "unsubscribe",
        "hub.topic": TOPIC,
        "hub.callback": "https://x.example/",
    }


def test_tokens_and_secrets_are_long_and_never_twice_the_same_and_a_secret_is_never_shown() -> None:
    made = [websub.new_subscription("key", HUB, TOPIC, NOW).token for _ in range(50)]
    assert len(set(made)) == 50
    assert all(len(token) == 32 for token in made)
    assert 32 <= len(websub.new_secret()) < 200
    assert "secret" not in repr(ASKED).replace("secret=", "")


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


# What is believed


@pytest.mark.parametrize(
    ("query", "call"),
    [
        (
            "hub.mode=subscribe&hub.topic=t&hub.challenge=c%20d&hub.lease_seconds=60&other=1",
            websub.Call("subscribe", "t", "c d", timedelta(seconds=60)),
        ),
        ("hub.mode=unsubscribe&hub.topic=t&hub.challenge=c", websub.Call("unsubscribe", "t", "c", websub.LEASE)),
        ("hub.mode=denied&hub.topic=t&hub.reason=no%0Away", websub.Call("denied", "t", reason="no way")),
        ("hub.mode=denied&hub.topic=t", websub.Call("denied", "t")),
        ("", None),
        ("hub.mode=publish&hub.topic=t&hub.challenge=c", None),
        ("hub.mode=subscribe&hub.topic=t", None),
        ("hub.mode=subscribe&hub.topic=t&hub.challenge=", None),
        ("hub.mode=subscribe&hub.topic=t&hub.challenge=a&hub.challenge=b", None),
        ("hub.mode=subscribe&hub.topic=t&hub.challenge=a%0D%0AX-Y:%20z", None),
        ("hub.mode=subscribe&hub.topic=t&hub.challenge=a%00", None),
        ("hub.mode=subscribe&hub.topic=t&hub.challenge=" + "a" * 4097, None),
        ("hub.mode=subscribe&hub.topic=t&hub.challenge=a&" + "x=1&" * 100, None),
        ("hub.mode=subscribe&hub.topic=t&hub.challenge=a&x=" + "1" * 20_000, None),
    ],
)
def test_what_a_hub_wants_confirmed_is_read_or_refused(query: str, call: websub.Call | None) -> None:
    assert websub.read_call(query) == call


@given(
    fields=st.lists(
        st.tuples(
            st.sampled_from(["hub.mode", "hub.topic", "hub.challenge", "hub.lease_seconds", "hub.reason", "x"]),
            st.text() | st.sampled_from(["subscribe", "denied"]),
        )
    ),
    rest=st.text(),
)
def test_whatever_a_hub_asks_what_is_given_back_is_one_short_line(fields: list[tuple[str, str]], rest: str) -> None:
    call = websub.read_call("&".join(f"{name}={quote(value, errors='replace')}" for name, value in fields) + rest)
    if call and call.mode != "denied":
        assert 0 < len(call.challenge.encode()) <= websub.LONGEST_CHALLENGE
        assert call.challenge.isprintable() or not re.search(r"[\x00-\x1f\x7f]", call.challenge)
        assert timedelta() < call.lease <= websub.LONGEST_LEASE


@given(header=st.text() | st.from_regex(r"sha(1|256|384|512)=[0-9a-f]{40,128}", fullmatch=True), body=st.binary())
def test_no_signature_is_guessed(header: str, body: bytes) -> None:
    assert not websub.signed(header, "secret", body)


@pytest.mark.parametrize(
    ("seconds", "lease"),
    [
        ("60", timedelta(seconds=60)),
        ("", websub.LEASE),
        ("0", websub.LEASE),
        ("-5", websub.LEASE),
        ("1e9", websub.LEASE),
        ("٦٠", websub.LEASE),
        ("9" * 400, websub.LONGEST_LEASE),
    ],
)
def test_a_lease_is_what_can_be_kept(seconds: str, lease: timedelta) -> None:
    assert websub.granted(seconds) == lease


@pytest.mark.parametrize(
    ("held", "mode", "believed"),
    [
        (ASKED, "subscribe", True),
        (ACTIVE, "subscribe", True),  # the hub did not see our answer, or renews
        (replace(ASKED, failures=0), "subscribe", False),  # not asked yet
        (REFUSED, "subscribe", False),
        (LEAVING, "subscribe", False),
        (OVER, "subscribe", False),
        (LEAVING, "unsubscribe", True),
        (ACTIVE, "unsubscribe", False),
        (OVER, "unsubscribe", False),
        (ACTIVE, "denied", True),
        (LEAVING, "denied", False),
    ],
)
def test_only_what_was_asked_for_is_confirmed(held: HubSubscription, mode: str, believed: bool) -> None:
    assert websub.expected(held, websub.Call(mode, TOPIC, "c")) is believed
    assert not websub.expected(held, websub.Call(mode, f"{TOPIC}/", "c"))


def test_signatures_are_those_of_any_hmac() -> None:
    for method in ("sha1", "sha256", "sha384", "sha512"):
        digest = hmac.new(b"secret", BODY, method).hexdigest()
        assert websub.sign("secret", BODY, method) == f"{method}={digest}"
        assert websub.signed(f"{method}={digest}", "secret", BODY)
        assert websub.signed(f"{method.upper()}={digest.upper()}", "secret", BODY)


SIGNATURE = websub.sign("secret", BODY)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        SIGNATURE[:-1],
        SIGNATURE + "0",
        SIGNATURE.replace("sha256", "sha1"),
        SIGNATURE.replace("sha256", "md5"),
        SIGNATURE.replace("sha256", "new"),
        SIGNATURE.removeprefix("sha256="),
        f"{SIGNATURE}, {SIGNATURE}",
        "md5=" + hmac.new(b"secret", BODY, "md5").hexdigest(),
        "sha256=" + hashlib.sha256(BODY).hexdigest(),
        websub.sign("other", BODY),
        websub.sign("secret", BODY + b" "),
        "sha256=" + "é" * 64,
    ],
)
def test_a_signature_that_is_not_exactly_right_is_none(header: str) -> None:
    assert not websub.signed(header, "secret", BODY)
    assert not websub.signed(websub.sign("", BODY), "", BODY)


# What becomes of a subscription


@pytest.mark.parametrize(
    ("lease", "renewed_after"),
    [
        (10 * DAY, 9 * DAY),
        (30 * DAY, 29 * DAY),
        (DAY, timedelta(hours=21, minutes=36)),
        (timedelta(minutes=10), timedelta(minutes=9)),
        (timedelta(seconds=1), timedelta(minutes=1)),  # a hub that grants seconds is not hammered
    ],
)
def test_a_lease_is_renewed_before_it_ends(lease: timedelta, renewed_after: timedelta) -> None:
    after = websub.verified(ASKED, lease, NOW)
    assert (after.standing, after.failures) == (Standing.ACTIVE, 0)
    assert (after.until, after.ask_at) == (NOW + lease, NOW + renewed_after)


def test_a_hub_that_does_not_confirm_is_asked_again_later_and_later() -> None:
    held, waits = websub.new_subscription("key", HUB, TOPIC, NOW), []
    for _ in range(8):
        held = websub.asked(held, "secret", NOW)
        assert held.ask_at
        waits.append((held.ask_at - NOW) / HOUR)
    assert waits == [1, 2, 4, 8, 16, 24, 24, 24]
    assert held.standing is Standing.ASKED


def test_a_renewal_keeps_what_holds_until_the_lease_has_ended() -> None:
    assert websub.asked(ACTIVE, "secret", NOW + 9 * DAY).standing is Standing.ACTIVE
    assert websub.asked(ACTIVE, "secret", NOW + 10 * DAY).standing is Standing.ASKED


def test_a_refusal_is_noted_and_asked_about_a_day_later() -> None:
    after = websub.denied(ACTIVE, "too many", NOW)
    assert (after.standing, after.ask_at, after.error) == (Standing.REFUSED, NOW + DAY, 'The hub refused: "too many".')
    assert websub.asked(after, "secret", NOW + DAY).standing is Standing.ASKED
    assert websub.denied(LEAVING, "", NOW) == LEAVING


def test_leaving_is_said_three_times_at_most_and_remembered_while_pushes_may_come() -> None:
    held = websub.left(ACTIVE, NOW)
    for _ in range(3):
        assert held.standing is Standing.LEAVING
        held = websub.asked(held, "", NOW)
    held = websub.asked(held, "", NOW)
    assert (held.standing, held.ask_at, held.secret) == (Standing.OVER, None, "")
    assert held.until == NOW + 10 * DAY
    never_asked = websub.new_subscription("key", HUB, TOPIC, NOW)
    assert websub.left(never_asked, NOW).standing is Standing.OVER
    assert websub.left(OVER, NOW) == OVER
    assert websub.verified(LEAVING, DAY, NOW) == LEAVING


PUSHED = replace(ACTIVE, pushed_at=NOW)


@pytest.mark.parametrize(
    ("held", "relied"),
    [
        (None, False),
        (ACTIVE, False),  # nothing came yet
        (PUSHED, True),
        (replace(PUSHED, missed_at=NOW - HOUR), True),
        (replace(PUSHED, missed_at=NOW + HOUR), False),
        (replace(PUSHED, until=NOW), False),
        (replace(PUSHED, standing=Standing.ASKED), False),
        (replace(PUSHED, standing=Standing.REFUSED), False),
        (replace(PUSHED, standing=Standing.LEAVING), False),
    ],
)
def test_polls_slow_down_only_while_pushes_come_and_leave_nothing_out(
    held: HubSubscription | None, relied: bool
) -> None:
    assert websub.relied_on(held, NOW + timedelta(minutes=1)) is relied


def test_what_a_poll_finds_right_after_a_push_is_not_held_against_the_hub() -> None:
    assert websub.missed(PUSHED, NOW + HOUR / 2) == PUSHED
    assert not websub.relied_on(websub.missed(PUSHED, NOW + 2 * HOUR), NOW + 2 * HOUR)
    assert websub.missed(ASKED, NOW) == ASKED
    # The push came first, but the poll was recorded before it.
    waited = websub.missed(ACTIVE, NOW + timedelta(minutes=1))
    assert waited.missed_at
    assert websub.relied_on(websub.pushed(waited, NOW), NOW + HOUR)
    late = replace(ACTIVE, missed_at=NOW + 2 * HOUR)
    assert not websub.relied_on(websub.pushed(late, NOW), NOW + 3 * HOUR)


# The store: which hub belongs to a source


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(opened(tmp_path)) as made:
        subscribe(made, HILLS)
        yield made


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with closing(Inbox(home(tmp_path).inbox)) as made:
        yield made


@pytest.mark.parametrize(
    ("headers", "document", "found"),
    [
        ((), (), ("", "")),
        ((), (("hub", "https://hub.example/"), ("self", "/feed")), ("https://hub.example/", TOPIC)),
        ((("https://hub.example/", "hub", ""), (TOPIC, "self", "")), (), ("https://hub.example/", TOPIC)),
        # Headers go before the document.
        (((BASE, "self", ""),), (("self", TOPIC), ("hub", HUB)), (HUB, BASE)),
        ((("http://hub.example/", "hub", ""), (HUB, "hub", "")), (), (HUB, "")),
        ((), (("hub", "http://one.example/"), ("hub", "http://two.example/")), ("http://one.example/", "")),
        ((("https://both.example/", "self hub", ""),), (), ("https://both.example/", "https://both.example/")),
        ((), (("hub", "javascript:alert(1)"), ("self", "")), ("", "")),
    ],
)
def test_hub_and_topic_are_those_that_the_feed_names(headers: Any, document: Any, found: tuple[str, str]) -> None:
    assert websub.advertised(headers, document, "https://hills.example/") == found


def poll(store: Store, now: datetime = NOW, new: int = 0, **found: Any) -> HubSubscription | None:
    with store.transaction():
        heard(store, HILLS, Retrieved(HILLS.key, **found), new, now)
    return store.hubs.of(HILLS.key)


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
    with store.transaction():
        heard(store, secretive, Retrieved(HILLS.key, hub=HUB), 0, NOW)
    held = store.hubs.of(HILLS.key)
    assert held
    assert held.topic == "https://hills.example/feed"


@pytest.mark.parametrize("hub", ["", "mailto:a@b.example", "http://[::1", "https://127.1/", "http://hub.example:25/"])
def test_what_is_no_address_of_a_hub_is_none(store: Store, hub: str) -> None:
    assert poll(store, hub=hub) is None


@pytest.mark.parametrize(
    "found", [{"hub": "https://other.example/", "topic": TOPIC}, {"hub": HUB, "topic": "https://new.example/"}]
)
def test_a_changed_hub_or_topic_is_another_subscription_and_the_old_one_is_left(
    store: Store, found: dict[str, str]
) -> None:
    first = poll(store, hub=HUB, topic=TOPIC)
    assert first
    store.hubs.put(replace(ACTIVE, source_key=HILLS.key, token=first.token))
    second = poll(store, **found)
    assert second
    assert second.token != first.token
    old = store.hubs.by_token(first.token)
    assert old
    assert old.standing is Standing.LEAVING


def test_a_source_that_names_no_hub_any_more_is_left(store: Store) -> None:
    first = poll(store, hub=HUB)
    assert first
    assert poll(store) is None
    with pytest.raises(sqlite3.IntegrityError):
        two = [websub.new_subscription(HILLS.key, HUB, TOPIC, NOW) for _ in range(2)]
        for one in two:
            store.hubs.put(one)


def test_a_feed_that_names_another_hub_each_time_is_not_followed_from_one_to_the_next(store: Store) -> None:
    for n in range(20):
        held = poll(store, hub=f"https://hub{n}.example/", topic=TOPIC)
    assert held
    assert held.hub == f"https://hub{MOST_CHANGES}.example/"
    assert poll(store) is None
    assert poll(store, hub=HUB) is None
    with store.transaction():
        store.hubs.forget(NOW + 20 * DAY)
    assert poll(store, hub=HUB)


def test_an_entry_that_only_a_poll_found_marks_the_hub(store: Store) -> None:
    first = poll(store, hub=HUB, topic=TOPIC)
    assert first
    store.hubs.put(replace(PUSHED, source_key=HILLS.key, token=first.token))
    held = poll(store, NOW + 2 * HOUR, hub=HUB, topic=TOPIC)
    assert websub.relied_on(held, NOW + 2 * HOUR)
    held = poll(store, NOW + 2 * HOUR, 1, hub=HUB, topic=TOPIC)
    assert not websub.relied_on(held, NOW + 2 * HOUR)


# The callback


class Answer:
    def __init__(self, sent: Sequence[Any]) -> None:
        start, *rest = sent
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        self.body = b"".join(message.get("body", b"") for message in rest)


def call(
    app: Application,
    token: str,
    query: dict[str, str] | None = None,
    *,
    method: str = "GET",
    chunks: Sequence[bytes] = (b"",),
    headers: dict[str, str] | None = None,
) -> Answer:
    """What a hub gets, through ASGI."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": f"/websub/{token}",
        "raw_path": f"/websub/{token}".encode(),
        "query_string": urlencode(query or {}).encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in {"host": "x", **(headers or {})}.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8080),
    }
    sent: list[Any] = []
    waiting = list(chunks)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return Answer(sent)


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[Application]:
    """Its server knows subscriptions with the tokens "asked", "active", "leaving", "over" and "bare"."""
    town, coast = source("town"), source("coast")
    subscribe(store, town, coast)
    with store.transaction():
        for name, held, of in (
            ("asked", ASKED, town),
            ("active", ACTIVE, HILLS),
            ("leaving", LEAVING, HILLS),
            ("over", OVER, HILLS),
            ("bare", replace(ACTIVE, secret=""), coast),
        ):
            store.hubs.put(replace(held, source_key=of.key, token=name))
    made = Application(home(tmp_path), settings())
    yield made
    made.shelf.close()


CHALLENGE = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "<b>5&7", "hub.lease_seconds": "600"}


def test_the_challenge_is_given_back_as_it_is_and_as_plain_text(app: Application, inbox: Inbox) -> None:
    answer = call(app, "asked", CHALLENGE)
    assert (answer.status, answer.body) == (200, b"<b>5&7")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert [(one.token, one.argument) for one in inbox.calls(CallKind.VERIFIED, limit=9)] == [("asked", "600")]
    assert call(app, "leaving", CHALLENGE | {"hub.mode": "unsubscribe"}).status == 200
    assert [one.token for one in inbox.calls(CallKind.LEFT, limit=9)] == ["leaving"]
    denial = call(app, "active", {"hub.mode": "denied", "hub.topic": TOPIC, "hub.reason": "<i>no"})
    assert (denial.status, denial.body) == (200, b"")
    assert [one.argument for one in inbox.calls(CallKind.DENIED, limit=9)] == ["<i>no"]


@pytest.mark.parametrize(
    ("token", "query"),
    [
        ("nobody", CHALLENGE),
        ("h\u00e9", CHALLENGE),
        ("asked", CHALLENGE | {"hub.topic": "https://other.example/"}),
        ("asked", CHALLENGE | {"hub.mode": "unsubscribe"}),
        ("asked", CHALLENGE | {"hub.mode": "publish"}),
        ("asked", CHALLENGE | {"hub.challenge": ""}),
        ("asked", CHALLENGE | {"hub.challenge": "a\r\nb"}),
        ("asked", {}),
        ("leaving", CHALLENGE),
        ("over", CHALLENGE),
    ],
)
def test_what_was_not_asked_for_is_not_found_and_not_given_back(
    app: Application, inbox: Inbox, token: str, query: dict[str, str]
) -> None:
    answer = call(app, token, query)
    assert answer.status == 404
    assert b"5&7" not in answer.body
    assert not inbox.calls(*CallKind, limit=9)


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed(app: Application, inbox: Inbox, method: str) -> None:
    answer = call(app, "asked", CHALLENGE, method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")
    assert not inbox.calls(*CallKind, limit=9)


def test_a_push_with_the_right_signature_waits_in_the_inbox(app: Application, inbox: Inbox) -> None:
    headers = {"x-hub-signature": SIGNATURE, "content-type": "application/atom+xml; charset=UTF-8"}
    answer = call(app, "active", method="POST", chunks=[BODY[:9], BODY[9:]], headers=headers)
    assert (answer.status, answer.body) == (202, b"")
    (kept,) = inbox.calls(CallKind.PUSH, limit=9)
    assert (kept.token, kept.body, kept.argument) == ("active", BODY, headers["content-type"])


@pytest.mark.parametrize("headers", [{}, {"x-hub-signature": websub.sign("guess", BODY)}])
def test_a_push_with_another_signature_is_taken_and_not_used(
    app: Application, inbox: Inbox, headers: dict[str, str]
) -> None:
    for _ in range(3):
        assert call(app, "active", method="POST", chunks=[BODY], headers=headers).status == 202
    (kept,) = inbox.calls(*CallKind, limit=9)
    assert (kept.kind, kept.body) == (CallKind.IGNORED, b"")


def test_a_push_that_nobody_could_sign_only_says_that_there_is_something(app: Application, inbox: Inbox) -> None:
    assert call(app, "bare", method="POST", chunks=[BODY]).status == 202
    (kept,) = inbox.calls(*CallKind, limit=9)
    assert (kept.kind, kept.body) == (CallKind.PING, b"")


@pytest.mark.parametrize(
    ("token", "headers", "chunks", "status"),
    [
        ("nobody", {}, [BODY], 404),
        ("over", {}, [BODY], 410),
        ("leaving", {}, [BODY], 410),
        ("active", {"content-encoding": "gzip"}, [BODY], 415),
        ("active", {"content-length": str(MOST_BYTES + 1)}, [BODY], 413),
        ("active", {}, [b"x" * 2**20] * 5, 413),
    ],
)
def test_pushes_that_are_not_taken_get_the_status_that_says_why(
    app: Application, inbox: Inbox, token: str, headers: dict[str, str], chunks: Sequence[bytes], status: int
) -> None:
    assert call(app, token, method="POST", chunks=chunks, headers=headers).status == status
    assert not inbox.calls(*CallKind, limit=9)


def test_a_full_inbox_asks_the_hub_to_come_again(app: Application, inbox: Inbox) -> None:
    for _ in range(MOST_CALLS // SHARE):
        assert inbox.call("active", CallKind.PUSH, NOW)
    headers = {"x-hub-signature": SIGNATURE}
    answer = call(app, "active", method="POST", chunks=[BODY], headers=headers)
    assert (answer.status, answer.headers["retry-after"]) == (503, "60")
    assert call(app, "asked", CHALLENGE).status == 200


def test_no_subscription_fills_the_inbox_by_itself_and_all_together_not_beyond_its_bounds(inbox: Inbox) -> None:
    piece = b"x" * (MOST_CALL_BYTES // SHARE // 2)
    assert [inbox.call("one", CallKind.PUSH, NOW, body=piece) for _ in range(3)] == [True, True, False]
    others = [inbox.call(str(n // 2), CallKind.PUSH, NOW, body=piece) for n in range(2 * SHARE)]
    assert others == [True] * (2 * SHARE - 2) + [False] * 2
    assert not inbox.call("small", CallKind.PUSH, NOW, body=b"x")
    assert inbox.call("small", CallKind.VERIFIED, NOW)


# A hub on the loopback


class LoopbackHub:
    """Takes requests, and remembers what was asked; tests say what it answers."""

    def __init__(self, origin: Origin) -> None:
        self.url = origin.url("/hub")
        self.asked: list[dict[str, str]] = []
        self.answer = Response(202)
        self.then: Callable[[dict[str, str]], None] | None = None
        origin.put("/hub", script=self._take)

    def _take(self, request: Request) -> Response:
        assert request.method == "POST"
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        self.asked.append(dict(parse_qsl(request.body.decode())))
        if self.then:
            self.then(self.asked[-1])
        return self.answer


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
    (push,) = pushed(store, inbox)
    assert (push.subscription.source.key, push.document.body) == (HILLS.key, BODY)
    assert (push.document.name, push.document.url) == (TOPIC, TOPIC)
    assert (push.document.media_type, push.document.charset) == ("application/atom+xml", "utf-8")
    assert [one.n for one in pushed(store, inbox)] == [push.n], "it waits until it is recorded"
    with store.transaction():
        arrived(store, push)
    inbox.done([push.n])
    assert pushed(store, inbox) == []
    assert websub.relied_on(store.hubs.of(HILLS.key), NOW + DAY)

    step(hubs, inbox, NOW + 9 * DAY)
    assert hub.asked[1] == asked, "renewed with the same secret, or pushes of the old lease would not hold"
    with store.transaction():
        store.sources.deactivate([HILLS.key])
    step(hubs, inbox, NOW + 9 * DAY)
    assert hub.asked[2] == {key: asked[key] for key in ("hub.topic", "hub.callback")} | {"hub.mode": "unsubscribe"}
    inbox.call(first.token, CallKind.LEFT, NOW + 9 * DAY)
    step(hubs, inbox, NOW + 9 * DAY)
    held = store.hubs.by_token(first.token)
    assert held
    assert held.standing is Standing.OVER
    step(hubs, inbox, NOW + 30 * DAY)
    assert store.hubs.by_token(first.token) is None
    assert len(hub.asked) == 3


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
    with store.transaction():
        for one in many:
            heard(store, one, Retrieved(one.key, hub=hub.url, topic=one.url), 0, NOW)
    hub.answer = Response(delay=30)
    policy = replace(fetch_policy(settings()), allow=LOOPBACK, timeout=timedelta(seconds=0.2))
    hubs = Hubs(store, settings(), policy)
    lines = step(hubs, inbox, NOW)
    assert len(lines) == 20
    assert {line.partition(": ")[2] for line in lines} == {
        "The hub 127.0.0.1 did not answer within 0.2 s. It is asked again later."
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
    after = store.hubs.of(HILLS.key)
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
    held = store.hubs.of(HILLS.key)
    assert held
    assert (held.ignored, held.standing) == (1, Standing.REFUSED)
    assert not inbox.calls(*CallKind, limit=9)


def test_a_ping_brings_the_next_poll_forward_but_not_below_poll_min(store: Store, inbox: Inbox) -> None:
    first = poll(store, hub="http://hub.example/", topic=TOPIC)
    assert first
    state = replace(store.sources.state(HILLS.key), last_success=NOW, next_poll_at=NOW + DAY)
    store.sources.save_state(HILLS.key, state)
    inbox.call(first.token, CallKind.PING, NOW + timedelta(minutes=1))
    step(hubs_of(store), inbox, NOW)
    assert store.sources.state(HILLS.key).next_poll_at == NOW + timedelta(minutes=5)


def test_a_push_for_a_source_that_was_left_is_dropped(store: Store, inbox: Inbox) -> None:
    first = poll(store, hub=HUB, topic=TOPIC)
    assert first
    inbox.call(first.token, CallKind.PUSH, NOW, body=BODY)
    inbox.call("unknown", CallKind.PUSH, NOW, body=BODY)
    poll(store)
    assert pushed(store, inbox) == []
    assert not inbox.calls(*CallKind, limit=9)


# Through the program


class Publisher:
    """A feed whose headers name a hub, and the hub, which confirms at once and pushes what a test gives it."""

    def __init__(self, origin: Origin, *, mode: str = "") -> None:
        self.origin = origin
        self.mode = mode
        self.hub = LoopbackHub(origin)
        self.topic = origin.url("/feed.xml")
        self.echoes: list[tuple[int, bytes]] = []
        self.put(1)
        if mode == "down":
            self.hub.answer = Response(500)
        else:
            self.hub.then = self._confirm

    def put(self, *numbers: int) -> None:
        """What polls get."""
        links = f'<{self.hub.url}>; rel="hub", <{self.topic}>; rel="self"'
        self.origin.put("/feed.xml", document(*numbers), "application/rss+xml", headers={"Link": links})

    def _confirm(self, asked: dict[str, str]) -> None:
        """Before its answer to the request, as a hub may."""
        query = {"hub.mode": self.mode or asked["hub.mode"], "hub.topic": asked["hub.topic"]}
        query |= {"hub.challenge": "a challenge", "hub.lease_seconds": "600", "hub.reason": "not today"}
        self.echoes.append(self._send(asked["hub.callback"] + "?" + urlencode(query)))

    def push(self, body: bytes, signature: str | None = None) -> int:
        asked = self.hub.asked[0]
        headers = {"Content-Type": "application/rss+xml"}
        if signature is not None:
            headers["X-Hub-Signature"] = signature or websub.sign(asked["hub.secret"], body, "sha512")
        return self._send(asked["hub.callback"], body, headers)[0]

    def _send(self, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        parts = urlsplit(url)
        with closing(http.client.HTTPConnection(parts.netloc, timeout=20)) as connection:
            method = "GET" if body is None else "POST"
            connection.request(method, f"{parts.path}?{parts.query}", body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()


def document(*numbers: int) -> bytes:
    items = "".join(
        f"<item><title>Story {n}</title><link>https://hills.example/{n}</link>"
        f"<guid>https://hills.example/{n}</guid><description>Text of story {n}.</description></item>"
        for n in numbers
    )
    return f'<rss version="2.0"><channel><title>Hills</title>{items}</channel></rss>'.encode()


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
            assert publisher.push(document(7), websub.sign("guess", document(7))) == 202
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
                ingest.poll(CycleReport(), everything=True)
                ingest.mind_hubs(wait=True)
                following = store.sources.state(feed.key).next_poll_at
                assert following
                return following - moment

            own_rhythm = polled(HOUR, 1)
            held = store.hubs.of(feed.key)
            assert held
            inbox.call(held.token, CallKind.VERIFIED, moment, argument="864000")
            assert polled(HOUR, 1) < 2 * own_rhythm, "confirmed, but nothing came yet"
            inbox.call(held.token, CallKind.PUSH, moment, argument="application/rss+xml", body=document(2))
            report = CycleReport()
            ingest.take_pushes(report)
            assert report.new == 1
            ingest.take_pushes(report)
            assert report.new == 1
            assert polled(2 * HOUR, 2, 1) >= DAY * 0.9
            assert polled(DAY, 3, 2, 1) < DAY / 2, "no push brought the third story"
            inbox.call(held.token, CallKind.PUSH, moment + HOUR, argument="application/rss+xml", body=document(4))
            ingest.take_pushes(report)
            assert polled(2 * HOUR, 4, 3, 2, 1) >= DAY * 0.9
        finally:
            ingest.close()
