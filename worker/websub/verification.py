"""Verification of intent: asks a callback whether it wants the subscription (WebSub §5.2, §5.3).

Each request is verified once. Unless the callback answers 2xx with exactly the challenge, the existing state stays. A
subscription that is not allowed is denied. A verification that this machine could not send stays in the inbox and is
retried.
"""

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from feeds.settings.schema import Settings
from feeds.store import Store, Transaction
from feeds.store.inbox import Inbox
from feeds.text.parties import host_party
from feeds.text.urls import host
from feeds.websub.topics import HubRequest, near, slug_of
from worker.websub.courier import Errand, Lane, Line, Returned

# Limit of subscriptions for callbacks of one registered domain, unless worker.allow_callbacks names it, and for one
# topic.
MOST_OF_DOMAIN = 100
MOST_OF_TOPIC = 10_000
# Random bytes in a challenge.
_CHALLENGE = 32
# Wait before retrying a verification that this machine could not send.
_ASKED_AGAIN = timedelta(seconds=30)

GONE = "This feed is not published any more."


class Intents:
    """Verifications in flight. Used only by the thread that holds the store."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        # By the number in the inbox; the challenge is "" for a denial.
        self._asked: dict[int, tuple[HubRequest, str]] = {}
        # When to retry what could not be sent, by the number in the inbox.
        self._later: dict[int, datetime] = {}

    def __contains__(self, n: int) -> bool:
        return n in self._asked

    def forget(self) -> None:
        """Forgets what was in flight; what still waits in the inbox is verified again."""
        self._asked.clear()

    def begin(self, inbox: Inbox, feeds: Callable[[], Collection[str]], now: datetime) -> list[Errand]:
        """Starts verifying what waits in the inbox. feeds: returns the slugs of the published feeds."""
        waiting = inbox.subscribing()
        self._later = {one.n: self._later[one.n] for one in waiting if one.n in self._later}
        fresh = [one for one in waiting if one.n not in self._asked and self._later.get(one.n, now) <= now]
        if not fresh:
            return []
        errands, slugs = [], feeds()
        under_way = {(asked.callback, asked.path) for asked, _ in self._asked.values()}
        # Verifications in flight count too, or a hundred at once would exceed the limit.
        entering = [asked for asked, challenge in self._asked.values() if challenge and asked.mode == "subscribe"]
        many = Counter(key for asked in entering for key in (asked.path, _party(asked)))
        for name, count in self._store.subscribers.by_host().items():
            many[host_party(name)] += count
        for asked in fresh:
            if (asked.callback, asked.path) in under_way:
                continue
            reason = self._objection(asked, slugs, many)
            challenge = "" if reason else secrets.token_urlsafe(_CHALLENGE)
            self._asked[asked.n] = (asked, challenge)
            under_way.add((asked.callback, asked.path))
            if challenge and asked.mode == "subscribe":
                many.update((asked.path, _party(asked)))
            if reason:
                errands.append(denial(asked.n, asked.callback, asked.topic, reason))
            else:
                errands.append(_verification(asked, challenge))
        return errands

    def _objection(self, asked: HubRequest, slugs: Collection[str], many: Mapping[str, int]) -> str:
        """Why a subscription is not allowed, "" if it is.

        many: how many are being verified, by topic path; how many there are or are being verified, by domain.
        """
        if asked.mode == "unsubscribe":
            return ""
        if slug_of(asked.path) not in slugs:
            return GONE
        if self._store.subscribers.get(asked.callback, asked.path):
            return ""
        if self._store.subscribers.of_topic(asked.path) + many[asked.path] >= MOST_OF_TOPIC:
            return "This feed has as many subscribers as it can serve."
        if near(asked.callback, self._settings.worker.allow_callbacks):
            return ""
        if many[_party(asked)] >= MOST_OF_DOMAIN:
            return "This domain has as many subscriptions as one can have."
        return ""

    def put_off(self, came: Returned, n: int, now: datetime) -> Line:
        """Leaves a request in the inbox that this machine could not verify."""
        asked, _ = self._asked.pop(n)
        self._later[n] = now + _ASKED_AGAIN
        who = f"{host(asked.callback)}: {asked.mode} {asked.path}"
        return logging.WARNING, f"{who} waits: {came.reason}; asked again in {_ASKED_AGAIN.total_seconds():.0f} s"

    def settle(self, transaction: Transaction, came: Returned, n: int, inbox: Inbox, now: datetime) -> Line:
        """Records the result of a verification and returns its log line."""
        asked, challenge = self._asked.pop(n)
        who = f"{host(asked.callback)}: {asked.mode} {asked.path}"
        if not challenge:
            return logging.WARNING, f"{who} was denied"
        if not came.well or came.body != challenge.encode():
            reason = "did not echo the challenge" if came.well else came.reason
            return logging.WARNING if came.error else logging.INFO, f"{who} was not confirmed: {reason}"
        if asked.mode == "unsubscribe":
            self._store.subscribers.remove(transaction, asked.callback, asked.path)
            return logging.INFO, f"{who}: confirmed"
        self._store.subscribers.put(transaction, asked, now)
        if slug_of(asked.path) not in self._store.feeds.wanted():
            inbox.ask("want", slug_of(asked.path), now)
        return logging.INFO, f"{who}: confirmed, until {now + asked.lease:%Y-%m-%d %H:%M} UTC"


def _party(asked: HubRequest) -> str:
    return host_party(host(asked.callback))


def _verification(asked: HubRequest, challenge: str) -> Errand:
    query = {
        "hub.mode": asked.mode,
        "hub.topic": asked.topic,
        "hub.challenge": challenge,
        "hub.lease_seconds": str(int(asked.lease.total_seconds())),
    }
    return Errand(("ask", asked.n), _with_query(asked.callback, query), {}, lane=Lane.ASKED, reads=True)


def denial(n: int, callback: str, topic: str, reason: str) -> Errand:
    """The request that tells a callback that it is not, or no longer, subscribed. n: names the errand."""
    query = {"hub.mode": "denied", "hub.topic": topic, "hub.reason": reason}
    return Errand(("ask", n), _with_query(callback, query), {}, lane=Lane.ASKED)


def _with_query(callback: str, query: Mapping[str, str]) -> str:
    """Adds to the callback's own query without changing it (WebSub §5.3)."""
    joint = "" if callback.endswith(("?", "&")) else "&" if "?" in callback else "?"
    return f"{callback}{joint}{urlencode(query)}"
