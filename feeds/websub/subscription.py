"""The subscriber's side of WebSub: requests to a hub, a hub's calls to us, and the life of a subscription.

Pure except for random tokens and secrets. W3C Recommendation WebSub, 23 January 2018.

    asked ──verified──> active ──lease ended──> asked
      └─────denied──> refused ──a day later──> asked          any of them ──left──> leaving ──> over
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qs, urlencode

from feeds.text.urls import absolute

# The lease that we request; a hub may grant less or more.
LEASE = timedelta(days=10)
LONGEST_LEASE = timedelta(days=366)
# How long before a lease ends it is renewed, so that a hub that is down for an hour loses nothing.
RENEW_BEFORE = timedelta(days=1)
# The shortest time to a renewal, even if a hub grants a lease of seconds.
RENEW_AT_MOST_EVERY = timedelta(minutes=1)
RETRY_MIN, RETRY_MAX = timedelta(hours=1), timedelta(hours=24)
# Unsubscribing is given up after three unanswered requests: the hub learns from 410 or the end of the lease.
MOST_FAREWELLS = 3
# A poll so soon after a push may well find what another push is about to bring.
GRACE = timedelta(hours=1)

LONGEST_QUERY = 16 * 1024
LONGEST_CHALLENGE = 4096
LONGEST_REASON = 200

_METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})
_SIGNATURE = re.compile(r"\s*([A-Za-z0-9]{1,10})=([0-9A-Fa-f]{40,128})\s*")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Standing(StrEnum):
    """The state of a subscription. asked: not confirmed yet, or its lease ended. over: kept to answer 410."""

    ASKED = "asked"
    ACTIVE = "active"
    REFUSED = "refused"
    LEAVING = "leaving"
    OVER = "over"


LIVE = frozenset({Standing.ASKED, Standing.ACTIVE, Standing.REFUSED})


@dataclass(frozen=True, slots=True)
class HubSubscription:
    """Our subscription at a hub, for one source.

    token: identifies the callback, and is known only to the hub. secret: signs pushes; "" if it could not be sent
    confidentially. failures: requests since the hub last confirmed. ask_at: when to ask (again). until: end of the
    lease or, once over, of the time that it is remembered. pushed_at: of the last push. missed_at: when a poll last
    found something that no push brought. ignored: how many pushes with a wrong signature, or none, were found in the
    inbox. error: of the last request, or why the hub refused.
    """

    source_key: str
    token: str
    hub: str
    topic: str
    secret: str = field(default="", repr=False)
    standing: Standing = Standing.ASKED
    failures: int = 0
    ask_at: datetime | None = None
    until: datetime | None = None
    pushed_at: datetime | None = None
    missed_at: datetime | None = None
    ignored: int = 0
    error: str = ""


def advertised(
    headers: Sequence[tuple[str, str, str]], document: Sequence[tuple[str, str]], base: str
) -> tuple[str, str]:
    """The hub and the topic that a feed names, each "" if missing (WebSub §4).

    headers: (URL, rel, type) of the Link headers, which take precedence. document: (rel, URL) of the feed's own links,
    relative to base. Of several hubs, the first one with https.
    """
    named = [(rel, url) for url, rel, _ in headers] + [(rel, absolute(url, base)) for rel, url in document]
    hubs = [url for rel, url in named if "hub" in rel.lower().split() and url]
    topics = [url for rel, url in named if "self" in rel.lower().split() and url]
    return next((url for url in hubs if url.startswith("https:")), (hubs or [""])[0]), (topics or [""])[0]


def new_subscription(source_key: str, hub: str, topic: str, now: datetime) -> HubSubscription:
    return HubSubscription(source_key, secrets.token_urlsafe(24), hub, topic, ask_at=now)


def new_secret() -> str:
    """A secret far below the 200 bytes that a hub must accept (WebSub §5.1)."""
    return secrets.token_hex(32)


def request_body(subscription: HubSubscription, callback: str) -> bytes:
    """The form that asks the hub to subscribe or, for a subscription being left, to unsubscribe (WebSub §5.1)."""
    leaving = subscription.standing is Standing.LEAVING
    fields = {
        "hub.mode": "unsubscribe" if leaving else "subscribe",
        "hub.topic": subscription.topic,
        "hub.callback": callback,
    }
    if not leaving:
        fields["hub.lease_seconds"] = str(int(LEASE.total_seconds()))
        if subscription.secret:
            fields["hub.secret"] = subscription.secret
    return urlencode(fields).encode()


@dataclass(frozen=True, slots=True)
class Call:
    """A hub's GET of our callback (WebSub §5.2, §5.3). lease: as granted; LEASE if the hub does not say."""

    mode: str
    topic: str
    challenge: str = ""
    lease: timedelta = LEASE
    reason: str = ""


def read_call(query: str) -> Call | None:
    """The parameters of a verification or denial; None for anything else. Others are ignored."""
    if len(query) > LONGEST_QUERY:
        return None
    try:
        given = parse_qs(query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return None
    # A repeated parameter could mean one thing to us and another to the hub.
    names = ("hub.mode", "hub.topic", "hub.challenge", "hub.lease_seconds", "hub.reason")
    if any(len(given.get(name, ())) > 1 for name in names):
        return None
    mode, topic, challenge, lease, reason = (given.get(name, [""])[0] for name in names)
    if mode == "denied":
        return Call(mode, topic, reason=_CONTROL.sub(" ", reason)[:LONGEST_REASON].strip())
    if mode not in ("subscribe", "unsubscribe"):
        return None
    if not challenge or len(challenge.encode(errors="replace")) > LONGEST_CHALLENGE or _CONTROL.search(challenge):
        return None
    return Call(mode, topic, challenge, granted(lease))


def granted(seconds: str) -> timedelta:
    """The lease from hub.lease_seconds, within what can be stored."""
    if not (seconds.isascii() and seconds.isdigit()) or not int(seconds[:12]):
        return LEASE
    return min(timedelta(seconds=int(seconds[:12])), LONGEST_LEASE)


def is_expected(subscription: HubSubscription, call: Call) -> bool:
    """Whether the hub confirms what we asked it for."""
    if call.topic != subscription.topic:
        return False
    match call.mode:
        case "subscribe":
            # Also after it was confirmed: the hub may not have received our answer and ask again.
            was_asked = subscription.failures > 0 or subscription.until is not None
            return was_asked and subscription.standing in (Standing.ASKED, Standing.ACTIVE)
        case "unsubscribe":
            return subscription.standing is Standing.LEAVING
    return subscription.standing in LIVE


def sign(secret: str, body: bytes, method: str = "sha256") -> str:
    """The value of X-Hub-Signature (WebSub §7)."""
    return f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"


def signature_matches(header: str, secret: str, body: bytes) -> bool:
    """Whether X-Hub-Signature is correct for `body`, by a method that WebSub §7 names."""
    found = _SIGNATURE.fullmatch(header)
    if not found or not secret or found[1].lower() not in _METHODS:
        return False
    method = found[1].lower()
    return hmac.compare_digest(f"{method}={found[2].lower()}", sign(secret, body, method))


def asked(subscription: HubSubscription, secret: str, now: datetime) -> HubSubscription:
    """The subscription to store before the hub is asked, since a hub may confirm before it answers. Counts as a failure
    until the hub confirms.

    secret: to be sent with the request; "" if it cannot be.
    """
    failures = subscription.failures + 1
    after = replace(subscription, failures=failures, ask_at=now + retry(failures), error="")
    if subscription.standing is Standing.LEAVING:
        return after if failures <= MOST_FAREWELLS else over(subscription, now)
    held = subscription.standing is Standing.ACTIVE and subscription.until is not None and subscription.until > now
    return replace(after, secret=secret, standing=Standing.ACTIVE if held else Standing.ASKED)


def retry(failures: int) -> timedelta:
    """Back-off before the next request after `failures` unconfirmed ones: an hour, doubling to a day."""
    return min(RETRY_MIN * (1 << min(max(failures - 1, 0), 10)), RETRY_MAX)


def verified(subscription: HubSubscription, lease: timedelta, at: datetime) -> HubSubscription:
    """Confirmed at `at`; renewed a day before the lease ends, or after nine tenths of a lease of less than ten days."""
    if subscription.standing not in LIVE:
        return subscription
    renew = at + max(lease - min(lease / 10, RENEW_BEFORE), RENEW_AT_MOST_EVERY)
    return replace(subscription, standing=Standing.ACTIVE, failures=0, ask_at=renew, until=at + lease, error="")


def denied(subscription: HubSubscription, reason: str, at: datetime) -> HubSubscription:
    """Refused at `at`; asked again after a day, since hubs also deny what they cannot reach at the moment."""
    if subscription.standing not in LIVE:
        return subscription
    error = f'The hub refused: "{reason}".' if reason else "The hub refused without a reason."
    return replace(subscription, standing=Standing.REFUSED, ask_at=at + RETRY_MAX, until=None, error=error)


def left(subscription: HubSubscription, now: datetime) -> HubSubscription:
    """No longer wanted; a hub that was never asked is not contacted."""
    if subscription.standing not in LIVE:
        return subscription
    if subscription.failures == 0 and subscription.until is None:
        return over(subscription, now)
    return replace(subscription, standing=Standing.LEAVING, failures=0, ask_at=now)


def over(subscription: HubSubscription, now: datetime) -> HubSubscription:
    """Ended. It is remembered as long as the hub may still push, so that 410 tells the hub to stop (WebSub §7)."""
    until = max(subscription.until or now, now + LEASE)
    return replace(subscription, standing=Standing.OVER, ask_at=None, until=until, secret="")


def is_relied_on(subscription: HubSubscription | None, now: datetime) -> bool:
    """Whether polls may slow down: the lease holds, pushes came, and no poll since found an entry that they missed."""
    return (
        subscription is not None
        and subscription.standing is Standing.ACTIVE
        and subscription.until is not None
        and subscription.until > now
        and subscription.pushed_at is not None
        and (subscription.missed_at is None or subscription.missed_at < subscription.pushed_at)
    )


def after_push(subscription: HubSubscription, at: datetime) -> HubSubscription:
    """A push came at `at`. What a poll found while the push waited to be read does not count as missed."""
    missed_at = subscription.missed_at
    return replace(
        subscription,
        pushed_at=max(subscription.pushed_at or at, at),
        missed_at=None if missed_at and missed_at - at < GRACE else missed_at,
    )


def missed(subscription: HubSubscription, now: datetime) -> HubSubscription:
    """A poll found a new entry that a push should have brought while the lease holds."""
    recent = subscription.pushed_at is not None and now - subscription.pushed_at < GRACE
    if subscription.standing is not Standing.ACTIVE or recent:
        return subscription
    return replace(subscription, missed_at=now)
