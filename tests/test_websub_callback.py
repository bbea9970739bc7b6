"""The callback as hubs see it, through ASGI, and what it leaves in the inbox."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from feeds.app import Application
from feeds.serve.websub_callback import MOST_BYTES
from feeds.store import Store
from feeds.store.inbox import MOST_CALL_BYTES, MOST_CALLS, SHARE, CallKind, Inbox
from feeds.websub import subscription
from support.asgi import Response, ask
from support.builders import NOW, home, opened, settings, source, subscribe
from support.websub_hub import ACTIVE, ASKED, BODY, HILLS, LEAVING, OVER, SIGNATURE, TOPIC


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(opened(tmp_path)) as made:
        subscribe(made, HILLS)
        yield made


def call(
    app: Application,
    token: str,
    query: dict[str, str] | None = None,
    *,
    method: str = "GET",
    chunks: Sequence[bytes] = (b"",),
    headers: dict[str, str] | None = None,
) -> Response:
    """What a hub gets."""
    path = f"/websub/{token}?{urlencode(query or {})}"
    return ask(app, path, {"host": "x", **(headers or {})}, method, chunks=chunks)


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Iterator[Application]:
    """Its server knows subscriptions with the tokens "asked", "active", "leaving", "over" and "bare"."""
    town, coast = source("town"), source("coast")
    subscribe(store, town, coast)
    with store.transaction() as transaction:
        for name, held, of in (
            ("asked", ASKED, town),
            ("active", ACTIVE, HILLS),
            ("leaving", LEAVING, HILLS),
            ("over", OVER, HILLS),
            ("bare", replace(ACTIVE, secret=""), coast),
        ):
            store.hub_subscriptions.put(transaction, replace(held, source_key=of.key, token=name))
    made = Application(home(tmp_path), settings())
    yield made
    made.close()


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


@pytest.mark.parametrize("headers", [{}, {"x-hub-signature": subscription.sign("guess", BODY)}])
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
