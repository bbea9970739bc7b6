"""Subscribes at the hubs that sources name (WebSub): selects hubs, sends requests, and reads what hubs push.

Requests run in a thread of their own that never uses the store, so no hub delays a poll. An upcoming request is
committed before it is sent, since a hub may confirm before it answers. What hubs push arrives through the inbox.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from multidict import CIMultiDict, CIMultiDictProxy

from feeds.errors import FetchError
from feeds.model import Source, Subscription
from feeds.settings.schema import Settings
from feeds.store import Store, Transaction, facts
from feeds.store.inbox import CallKind, HubCall, Inbox
from feeds.text.urls import absolute, host, without_credentials
from feeds.websub import subscription as websub
from feeds.websub.subscription import HubSubscription, Standing
from feeds.websub.topics import confidential
from worker.fetch.addresses import check_url
from worker.fetch.headers import content_type
from worker.fetch.policy import FetchPolicy
from worker.model import Document, Retrieved
from worker.websub.hub_reach import AT_ONCE, PATIENCE, Request, reachable

# Subscriptions requested in one go.
MOST_ASKED = 64
# A feed that names another hub at each poll must not make us ask one after another.
MOST_CHANGES = 5
# Pushes in memory at a time; the rest wait in the inbox.
MOST_PUSHES = 16
_NEWS = (CallKind.VERIFIED, CallKind.DENIED, CallKind.LEFT, CallKind.PING, CallKind.IGNORED)

Line = tuple[int, str]


# Found by polls


def note_poll(
    store: Store, transaction: Transaction, source: Source, retrieved: Retrieved, new: int, now: datetime
) -> None:
    """Records the hub that a poll found. new: entries that no push had brought before.

    A changed hub or topic makes a new subscription. A document without a hub ends the subscription; an answer without a
    document counts only if its headers name both hub and topic. Not for pushes; see `note_push`.
    """
    if retrieved.error is not None:
        return
    held = store.hub_subscriptions.of(source.key)
    if held and new:
        held = websub.missed(held, now)
        store.hub_subscriptions.put(transaction, held)
    if retrieved.not_modified and not (retrieved.hub and retrieved.topic):
        return
    hub = _usable(retrieved.hub)
    topic = absolute(without_credentials(retrieved.topic or source.url))
    if held and (held.hub, held.topic) == (hub, topic):
        return
    settled = store.hub_subscriptions.ended(source.key) < MOST_CHANGES
    if held and (settled or not hub):
        store.hub_subscriptions.put(transaction, websub.left(held, now))
    if hub and topic and settled:
        store.hub_subscriptions.put(transaction, websub.new_subscription(source.key, hub, topic, now))


def _usable(hub: str) -> str:
    try:
        return check_url(absolute(hub)) if hub else ""
    except FetchError:
        return ""


# Requests


class Hubs:
    """Maintains the subscriptions of a home. Called by one thread, every few seconds."""

    def __init__(self, store: Store, settings: Settings, policy: FetchPolicy) -> None:
        self._store = store
        self._settings = settings
        self._policy = policy
        self._asking: threading.Thread | None = None
        self._said: dict[str, str] = {}

    def step(self, inbox: Inbox, now: datetime) -> list[Line]:
        """Records answers of hubs and starts the requests that are due. Returns lines for the log."""
        lines = self._read(inbox)
        if self._asking is None or not self._asking.is_alive():
            lines += self._note_answers()
            lines += self._begin(now)
        return lines

    def finish(self, inbox: Inbox) -> list[Line]:
        """Waits for requests in flight, at the end of a worker that runs once."""
        if self._asking is None:
            return []
        self._asking.join((MOST_ASKED // AT_ONCE + 1) * PATIENCE.total_seconds())
        lines = self._read(inbox)
        return lines + self._note_answers()

    def _read(self, inbox: Inbox) -> list[Line]:
        calls = inbox.calls(*_NEWS, limit=MOST_ASKED * 10)
        if not calls:
            return []
        lines = []
        with self._store.transaction() as transaction:
            for call in calls:
                held = self._store.hub_subscriptions.by_token(call.token)
                if held is None:
                    continue
                after = after_call(held, call)
                self._store.hub_subscriptions.put(transaction, after)
                if call.kind is CallKind.PING:
                    self._store.polls.hasten(transaction, held.source_key, call.at, self._settings.worker.poll_min)
                if line := _line(call, after):
                    lines.append((line[0], f"{self._slug(held)}: {line[1]}"))
        inbox.remove_calls([call.n for call in calls])
        return lines

    def _begin(self, now: datetime) -> list[Line]:
        """Starts the requests that are due, in a thread."""
        hubs, allow = self._store.hub_subscriptions, self._policy.allow
        requests, lines = [], []
        with self._store.transaction() as transaction:
            self._tidy(transaction, now)
            for held in hubs.due(now, MOST_ASKED):
                if not reachable(self._settings.base_url, held.hub, allow):
                    leaving = held.standing is Standing.LEAVING
                    hubs.put(
                        transaction, websub.over(held, now) if leaving else replace(held, ask_at=now + websub.RETRY_MAX)
                    )
                    continue
                sends = confidential(held.hub, allow)
                after = websub.asked(held, (held.secret or websub.new_secret()) if sends else "", now)
                hubs.put(transaction, after)
                if (held.standing, after.standing) == (Standing.ACTIVE, Standing.ASKED):
                    text = f"the subscription at {host(held.hub)} ended. It is asked for again, and polled as before."
                    lines.append((logging.WARNING, f"{self._slug(held)}: {text}"))
                if after.standing is not Standing.OVER:
                    callback = f"{self._settings.base_url}/websub/{held.token}"
                    requests.append(Request(held.token, held.hub, websub.request_body(after, callback), sends))
        if requests:
            self._asking = threading.Thread(target=self._ask, args=(requests,), name="seedfeed-hubs", daemon=True)
            self._asking.start()
        return lines

    def _tidy(self, transaction: Transaction, now: datetime) -> None:
        hubs, base_url = self._store.hub_subscriptions, self._settings.base_url
        if self._store.facts.get(facts.WEBSUB_BASE) != base_url:
            hubs.ask_all_again(transaction, now)
            self._store.facts.put(transaction, facts.WEBSUB_BASE, base_url)
        for held in hubs.unwanted():
            hubs.put(transaction, websub.left(held, now))
            # The next poll must bring a document, since only that shows whether there still is a hub.
            self._store.polls.forget_validators(transaction, held.source_key)
        hubs.forget(transaction, now)

    def _ask(self, requests: Sequence[Request]) -> None:
        try:
            from worker.websub.hub_requests import ask

            self._said = ask(requests, self._policy)
        except Exception as error:
            # Log it here: an exception in a thread would otherwise be lost. The requests are due again by themselves.
            logging.getLogger("seedfeed").exception("hubs could not be asked: %s", error)

    def _note_answers(self) -> list[Line]:
        said, self._said = self._said, {}
        lines = []
        if said:
            with self._store.transaction() as transaction:
                for token, text in said.items():
                    held = self._store.hub_subscriptions.by_token(token)
                    # A subscription confirmed meanwhile makes a later failure irrelevant.
                    if held and text and held.failures:
                        self._store.hub_subscriptions.put(transaction, replace(held, error=text))
                        lines.append((logging.WARNING, f"{self._slug(held)}: {text} It is asked again later."))
        self._asking = None
        return lines

    def _slug(self, held: HubSubscription) -> str:
        source = self._store.sources.get(held.source_key)
        return source.slug if source else held.source_key


# Calls from hubs


def after_call(held: HubSubscription, call: HubCall) -> HubSubscription:
    """The subscription after a call that the server accepted."""
    match call.kind:
        case CallKind.VERIFIED:
            return websub.verified(held, websub.granted(call.argument), call.at)
        case CallKind.DENIED:
            return websub.denied(held, call.argument, call.at)
        case CallKind.LEFT:
            return websub.over(held, call.at) if held.standing is Standing.LEAVING else held
        case CallKind.IGNORED:
            return replace(held, ignored=held.ignored + 1)
        case CallKind.PUSH | CallKind.PING:
            return websub.after_push(held, call.at)


def _line(call: HubCall, after: HubSubscription) -> Line | None:
    hub = host(after.hub)
    match call.kind:
        case CallKind.VERIFIED if after.until:
            return logging.INFO, f"subscribed at {hub} until {after.until:%Y-%m-%d %H:%M} UTC"
        case CallKind.DENIED:
            return logging.WARNING, f"{after.error} It is polled as before."
        case CallKind.IGNORED:
            return logging.WARNING, f"a push from {hub} was ignored: its signature does not hold"
    return None


@dataclass(frozen=True, slots=True)
class Push:
    """A document that a hub sent. n: its number in the inbox, for `Inbox.remove_calls`."""

    n: int
    subscription: Subscription
    document: Document


def waiting_pushes(store: Store, inbox: Inbox) -> list[Push]:
    """The oldest waiting pushes, as documents. `note_push` marks each as recorded.

    Each stays in the inbox until `Inbox.remove_calls`; if a crash makes it be recorded twice, nothing changes.
    """
    calls = inbox.calls(CallKind.PUSH, limit=MOST_PUSHES)
    if not calls:
        return []
    found, lost = [], []
    # A source that was just removed must not receive entries again.
    unwanted = {held.token for held in store.hub_subscriptions.unwanted()}
    for call in calls:
        held = store.hub_subscriptions.by_token(call.token)
        source = store.sources.get(held.source_key) if held and held.standing in websub.LIVE else None
        if held is None or source is None or held.token in unwanted:
            lost.append(call.n)
            continue
        media_type, charset = content_type(CIMultiDictProxy(CIMultiDict({"Content-Type": call.argument})))
        document = Document(
            name=without_credentials(source.url),
            body=call.body,
            retrieved_at=call.at,
            url=absolute(held.topic),
            media_type=media_type,
            charset=charset,
        )
        found.append(Push(call.n, Subscription(source, store.polls.state(source.key)), document))
    if lost:
        inbox.remove_calls(lost)
    return found


def note_push(store: Store, transaction: Transaction, push: Push) -> None:
    """Marks a push as recorded, in the transaction that records its entries."""
    held = store.hub_subscriptions.of(push.subscription.source.key)
    if held:
        store.hub_subscriptions.put(transaction, websub.after_push(held, push.document.retrieved_at))
