"""WebSub as a subscriber speaks it: what is asked and believed, and what becomes of a subscription."""

import hashlib
import hmac
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.websub import subscription
from feeds.websub.subscription import HubSubscription, Standing
from support.builders import BASE, HOUR, NOW
from support.websub_hub import ACTIVE, ASKED, BODY, DAY, HUB, LEAVING, OVER, PUSHED, REFUSED, SIGNATURE, TOPIC

# What is asked


def test_a_hub_is_asked_with_the_parameters_of_the_specification() -> None:
    body = dict(parse_qsl(subscription.request_body(ASKED, f"{BASE}/websub/token").decode()))
    assert body == {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.callback": f"{BASE}/websub/token",
        "hub.secret": "secret",
        "hub.lease_seconds": "864000",
    }
    assert "hub.secret" not in subscription.request_body(replace(ASKED, secret=""), "").decode()
    assert dict(parse_qsl(subscription.request_body(LEAVING, "https://x.example/").decode())) == {
        "hub.mode": "unsubscribe",
        "hub.topic": TOPIC,
        "hub.callback": "https://x.example/",
    }


def test_tokens_and_secrets_are_long_and_never_twice_the_same_and_a_secret_is_never_shown() -> None:
    made = [subscription.new_subscription("key", HUB, TOPIC, NOW).token for _ in range(50)]
    assert len(set(made)) == 50
    assert all(len(token) == 32 for token in made)
    assert 32 <= len(subscription.new_secret()) < 200
    assert "secret" not in repr(ASKED).replace("secret=", "")


# What is believed


@pytest.mark.parametrize(
    ("query", "call"),
    [
        (
            "hub.mode=subscribe&hub.topic=t&hub.challenge=c%20d&hub.lease_seconds=60&other=1",
            subscription.Call("subscribe", "t", "c d", timedelta(seconds=60)),
        ),
        (
            "hub.mode=unsubscribe&hub.topic=t&hub.challenge=c",
            subscription.Call("unsubscribe", "t", "c", subscription.LEASE),
        ),
        ("hub.mode=denied&hub.topic=t&hub.reason=no%0Away", subscription.Call("denied", "t", reason="no way")),
        ("hub.mode=denied&hub.topic=t", subscription.Call("denied", "t")),
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
def test_what_a_hub_wants_confirmed_is_read_or_refused(query: str, call: subscription.Call | None) -> None:
    assert subscription.read_call(query) == call


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
    call = subscription.read_call("&".join(f"{name}={quote(value, errors='replace')}" for name, value in fields) + rest)
    if call and call.mode != "denied":
        assert 0 < len(call.challenge.encode()) <= subscription.LONGEST_CHALLENGE
        assert call.challenge.isprintable() or not re.search(r"[\x00-\x1f\x7f]", call.challenge)
        assert timedelta() < call.lease <= subscription.LONGEST_LEASE


@given(header=st.text() | st.from_regex(r"sha(1|256|384|512)=[0-9a-f]{40,128}", fullmatch=True), body=st.binary())
def test_no_signature_is_guessed(header: str, body: bytes) -> None:
    assert not subscription.signature_matches(header, "secret", body)


@pytest.mark.parametrize(
    ("seconds", "lease"),
    [
        ("60", timedelta(seconds=60)),
        ("", subscription.LEASE),
        ("0", subscription.LEASE),
        ("-5", subscription.LEASE),
        ("1e9", subscription.LEASE),
        ("٦٠", subscription.LEASE),
        ("9" * 400, subscription.LONGEST_LEASE),
    ],
)
def test_a_lease_is_what_can_be_kept(seconds: str, lease: timedelta) -> None:
    assert subscription.granted(seconds) == lease


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
    assert subscription.is_expected(held, subscription.Call(mode, TOPIC, "c")) is believed
    assert not subscription.is_expected(held, subscription.Call(mode, f"{TOPIC}/", "c"))


def test_signatures_are_those_of_any_hmac() -> None:
    for method in ("sha1", "sha256", "sha384", "sha512"):
        digest = hmac.new(b"secret", BODY, method).hexdigest()
        assert subscription.sign("secret", BODY, method) == f"{method}={digest}"
        assert subscription.signature_matches(f"{method}={digest}", "secret", BODY)
        assert subscription.signature_matches(f"{method.upper()}={digest.upper()}", "secret", BODY)


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
        subscription.sign("other", BODY),
        subscription.sign("secret", BODY + b" "),
        "sha256=" + "é" * 64,
    ],
)
def test_a_signature_that_is_not_exactly_right_is_none(header: str) -> None:
    assert not subscription.signature_matches(header, "secret", BODY)
    assert not subscription.signature_matches(subscription.sign("", BODY), "", BODY)


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
    after = subscription.verified(ASKED, lease, NOW)
    assert (after.standing, after.failures) == (Standing.ACTIVE, 0)
    assert (after.until, after.ask_at) == (NOW + lease, NOW + renewed_after)


def test_a_hub_that_does_not_confirm_is_asked_again_later_and_later() -> None:
    held, waits = subscription.new_subscription("key", HUB, TOPIC, NOW), []
    for _ in range(8):
        held = subscription.asked(held, "secret", NOW)
        assert held.ask_at
        waits.append((held.ask_at - NOW) / HOUR)
    assert waits == [1, 2, 4, 8, 16, 24, 24, 24]
    assert held.standing is Standing.ASKED


def test_a_renewal_keeps_what_holds_until_the_lease_has_ended() -> None:
    assert subscription.asked(ACTIVE, "secret", NOW + 9 * DAY).standing is Standing.ACTIVE
    assert subscription.asked(ACTIVE, "secret", NOW + 10 * DAY).standing is Standing.ASKED


def test_a_refusal_is_noted_and_asked_about_a_day_later() -> None:
    after = subscription.denied(ACTIVE, "too many", NOW)
    assert (after.standing, after.ask_at, after.error) == (Standing.REFUSED, NOW + DAY, 'The hub refused: "too many".')
    assert subscription.asked(after, "secret", NOW + DAY).standing is Standing.ASKED
    assert subscription.denied(LEAVING, "", NOW) == LEAVING


def test_leaving_is_said_three_times_at_most_and_remembered_while_pushes_may_come() -> None:
    held = subscription.left(ACTIVE, NOW)
    for _ in range(3):
        assert held.standing is Standing.LEAVING
        held = subscription.asked(held, "", NOW)
    held = subscription.asked(held, "", NOW)
    assert (held.standing, held.ask_at, held.secret) == (Standing.OVER, None, "")
    assert held.until == NOW + 10 * DAY
    never_asked = subscription.new_subscription("key", HUB, TOPIC, NOW)
    assert subscription.left(never_asked, NOW).standing is Standing.OVER
    assert subscription.left(OVER, NOW) == OVER
    assert subscription.verified(LEAVING, DAY, NOW) == LEAVING


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
    assert subscription.is_relied_on(held, NOW + timedelta(minutes=1)) is relied


def test_what_a_poll_finds_right_after_a_push_is_not_held_against_the_hub() -> None:
    assert subscription.missed(PUSHED, NOW + HOUR / 2) == PUSHED
    assert not subscription.is_relied_on(subscription.missed(PUSHED, NOW + 2 * HOUR), NOW + 2 * HOUR)
    assert subscription.missed(ASKED, NOW) == ASKED
    # The push came first, but the poll was recorded before it.
    waited = subscription.missed(ACTIVE, NOW + timedelta(minutes=1))
    assert waited.missed_at
    assert subscription.is_relied_on(subscription.after_push(waited, NOW), NOW + HOUR)
    late = replace(ACTIVE, missed_at=NOW + 2 * HOUR)
    assert not subscription.is_relied_on(subscription.after_push(late, NOW), NOW + 3 * HOUR)


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
    assert subscription.advertised(headers, document, "https://hills.example/") == found
