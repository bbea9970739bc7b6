"""Delivers changed feeds to subscribers, or notifies another hub (WebSub §6, §7).

All work stays recorded in the store and the inbox until it is done, so a crash loses nothing and repeats at most what
was in flight. Only the caller's thread uses the store; the courier's thread sends requests. Each subscriber gets one
delivery at a time, of the current state of the topic.
"""

import logging
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from feeds.model import Feed, Representation
from feeds.publish.catalogue import feeds_of, site_of
from feeds.settings.schema import Settings
from feeds.store import Store, Transaction
from feeds.store.inbox import Inbox
from feeds.store.subscribers import Subscriber
from feeds.text.urls import host
from feeds.websub.topics import hub_of, links, slug_of
from worker.fetch.policy import FetchPolicy, Lookup, resolve
from worker.websub.courier import Courier, Errand, Lane, Line, Returned
from worker.websub.verification import GONE, Intents, denial

# Ports at which callbacks on public addresses may listen.
PORTS = frozenset({80, 443, 8080, 8443})
# Wait after a failed delivery: five seconds, then five times as long each time, up to six hours.
RETRY_MIN, RETRY_MAX = timedelta(seconds=5), timedelta(hours=6)
_JITTER = 0.2
_TIDY_EVERY = timedelta(minutes=1)
# How long a worker that runs once waits at its end for requests in flight.
_FAREWELL_SECONDS = 60.0
_LOOK_SECONDS = 0.02
# How often the log reports progress during a large distribution.
_SUMMARY_SECONDS = 5.0
_SAYS_SOMETHING = re.compile(rb"<(?:item|entry|at:deleted-entry)\b")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A delivery in flight: the document with this ETag."""

    subscriber: Subscriber
    etag: str


class Notifier:
    """The subscribers of one home. Called by one thread, every second and after each publication.

    policy: for requests to hubs. Callbacks use the same, except for the networks and ports that they may be in.
    """

    def __init__(self, store: Store, settings: Settings, policy: FetchPolicy, lookup: Lookup = resolve) -> None:
        self._store = store
        self._settings = settings
        callbacks = replace(policy, allow=tuple(settings.worker.allow_callbacks), ports=PORTS)
        self._courier = Courier(callbacks, policy, lookup)
        self._own = settings.server.hub == "own"
        self._intents = Intents(store, settings)
        self._deliveries: dict[int, _Delivery] = {}
        self._pings: dict[str, datetime] = {}
        self._tidied: datetime | None = None
        # Results of deliveries since the last log line, by path and outcome.
        self._results: Counter[tuple[str, str]] = Counter()
        self._results_since = 0.0

    def step(self, inbox: Inbox, now: datetime) -> list[Line]:
        """Records results and sends what is due. Returns lines for the log."""
        lines = self._record(self._courier.take_returned(), inbox, now)
        if not self._courier.under_way:
            # The errands of a failed courier are due again.
            self._intents.forget()
            self._deliveries.clear()
            self._pings.clear()
        if self._tidied is None or not timedelta() <= now - self._tidied < _TIDY_EVERY:
            self._tidied = now
            lines += self._tidy(now)
        if self._own:
            self._courier.send(self._due(now))
            self._courier.send(self._intents.begin(inbox, self._feeds, now))
        else:
            self._courier.send(self._due_pings(now))
        return lines

    def on_answers(self, on_result: Callable[[], None]) -> None:
        """Registers a callback that another thread calls when there is a result, so that `step` can run at once."""
        self._courier.on_result = on_result

    def finish(self, inbox: Inbox, now: datetime, stop: threading.Event) -> list[Line]:
        """Runs `step` until nothing is in flight, for a worker that runs once."""
        lines = self.step(inbox, now)
        for _ in range(int(_FAREWELL_SECONDS / _LOOK_SECONDS)):
            if not self._courier.under_way or stop.wait(_LOOK_SECONDS):
                break
            lines += self.step(inbox, now)
        return lines

    def close(self, inbox: Inbox | None, now: datetime) -> None:
        """Aborts requests in flight; the next worker sends them again."""
        self._courier.close()
        if inbox and (came := self._courier.take_returned()):
            self._record(came, inbox, now)

    # Delivering (WebSub §7)

    def _due(self, now: datetime) -> list[Errand]:
        due = [one for one in self._store.subscribers.due(now) if one.n not in self._deliveries]
        if not due:
            return []
        errands, feeds = [], self._feeds()
        topics: dict[str, Representation | None] = {}
        bodies: dict[tuple[str, str], bytes] = {}
        has_it = []
        for subscriber in due:
            path, tag = subscriber.path, subscriber.etag
            if path not in topics:
                topics[path] = self._store.representations.of(path)
            topic = topics[path]
            if topic is None or topic.etag == tag:
                has_it.append(subscriber)
                continue
            if (path, tag) not in bodies:
                bodies[path, tag] = self._content(topic, tag, feeds)
            self._deliveries[subscriber.n] = _Delivery(subscriber, topic.etag)
            errands.append(self._delivery(subscriber, topic, bodies[path, tag]))
        if has_it:
            with self._store.transaction() as transaction:
                for subscriber in has_it:
                    self._store.subscribers.note_delivery(transaction, subscriber.n, subscriber.etag, now)
        return errands

    def _content(self, topic: Representation, tag: str, feeds: Mapping[str, Feed]) -> bytes:
        """The content for a subscriber that has the document with this ETag ("" if unknown): the changes since, or
        everything.

        JSON Feed cannot express a withdrawn entry, and WebSub lets only Atom and RSS leave out entries.
        """
        from feeds.publish import history

        feed = feeds.get(slug_of(topic.path)) if tag else None
        suffix = topic.path.rpartition(".")[2]
        if feed is None or suffix == "json":
            return topic.body
        site = site_of(self._settings, self._store)
        hub = f"{site.base_url}/hub"
        delta = history.delta(self._store, site, feed, suffix, tag, hub)
        # Without new entries, send the whole document: RSS has no tombstones, so only that shows a withdrawal.
        return delta if delta and _SAYS_SOMETHING.search(delta) else topic.body

    def _delivery(self, subscriber: Subscriber, topic: Representation, body: bytes) -> Errand:
        named = (f'<{url}>; rel="{rel}"' for url, rel in links(self._settings, subscriber.path, own_hub=True))
        headers = {"Content-Type": topic.media_type, "Link": ", ".join(named)}
        lane = Lane.LATE if subscriber.tries else Lane.PROMPT
        return Errand(("push", subscriber.n), subscriber.callback, headers, body, subscriber.secret, lane)

    def _record_delivery(self, transaction: Transaction, came: Returned, n: int, now: datetime) -> str:
        """Records the result of a delivery and returns its outcome."""
        delivery = self._deliveries.pop(n)
        if came.well:
            self._store.subscribers.note_delivery(transaction, n, delivery.etag, now)
            return "took"
        if came.status == 410:
            self._store.subscribers.end(transaction, [n])
            return "left"
        self._store.subscribers.note_failure(transaction, n, _wait(delivery.subscriber.tries), now)
        return "failed"

    # Another hub

    def _due_pings(self, now: datetime) -> list[Errand]:
        hub = hub_of(self._settings)
        due = self._store.subscribers.due_pings(now)
        if due and not hub:
            with self._store.transaction() as transaction:
                self._store.subscribers.forget_pings(transaction)
            return []
        errands = []
        for ping in due:
            if ping.path not in self._pings:
                topic = f"{self._settings.base_url}{ping.path}"
                form = {"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}
                self._pings[ping.path] = now
                body = urlencode(form).encode()
                errands.append(Errand(("ping", ping.path), hub, {"Content-Type": _FORM}, body, to_hub=True))
        return errands

    def _record_ping(self, transaction: Transaction, came: Returned, path: str, now: datetime) -> list[Line]:
        sent_at = self._pings.pop(path)
        if came.well:
            self._store.subscribers.note_ping(transaction, path, sent_at)
            return [(logging.INFO, f"told {host(came.errand.url)} that {path} changed")]
        tries = next((ping.tries for ping in self._store.subscribers.due_pings(now) if ping.path == path), 0)
        wait = _wait(tries)
        self._store.subscribers.note_ping_failure(transaction, path, wait, now)
        text = f"the hub {host(came.errand.url)} was not told that {path} changed: {came.reason}"
        return [
            (logging.WARNING if not tries else logging.DEBUG, f"{text}; tried again in {wait.total_seconds():.0f} s")
        ]

    # Results, and expiry

    def _record(self, returned: Sequence[Returned], inbox: Inbox, now: datetime) -> list[Line]:
        if not returned:
            return []
        lines: list[Line] = []
        settled: list[int] = []
        with self._store.transaction() as transaction:
            for came in returned:
                match came.errand.key:
                    case ("ask", int(n)) if n in self._intents and came.ours:
                        lines.append(self._intents.put_off(came, n, now))
                    case ("ask", int(n)) if n in self._intents:
                        lines.append(self._intents.settle(transaction, came, n, inbox, now))
                        settled.append(n)
                    case ("push", int(n)) if n in self._deliveries:
                        path = self._deliveries[n].subscriber.path
                        what = self._record_delivery(transaction, came, n, now)
                        self._results_since = self._results_since if self._results else time.monotonic()
                        self._results[path, what] += 1
                        if what == "failed":
                            who = f"{host(came.errand.url)} did not take {path}: {came.reason}"
                            lines.append((logging.DEBUG, who))
                    case ("ping", str(path)) if path in self._pings:
                        lines += self._record_ping(transaction, came, path, now)
        if settled:
            inbox.remove_settled(settled)
        return lines + self._summarise()

    def _summarise(self) -> list[Line]:
        """One line for each topic, once all have answered or after _SUMMARY_SECONDS, rather than one for
        each few answers.
        """
        if self._deliveries and time.monotonic() - self._results_since < _SUMMARY_SECONDS:
            return []
        results, self._results = self._results, Counter()
        lines = []
        for path in dict.fromkeys(path for path, _ in results):
            parts = [f"{results[path, 'took']} took it"]
            parts += [f"{results[path, what]} {text}" for what, text in _OUTCOMES if results[path, what]]
            lines.append((logging.INFO, f"pushed {path}: {', '.join(parts)}"))
        return lines

    def _tidy(self, now: datetime) -> list[Line]:
        """Ends expired leases, and subscriptions to feeds no longer published, whose subscribers are sent a denial
        (§5.2).
        """
        subscribers = self._store.subscribers
        over = subscribers.expired(now)
        lines = [(logging.INFO, f"{host(one.callback)}: the lease of {one.path} ended") for one in over]
        stranded = subscribers.stranded() if self._own else []
        if stranded:
            slugs = self._feeds()
            gone = [one for one in stranded if slug_of(one.path) not in slugs]
            for one in gone:
                self._courier.send([denial(-one.n, one.callback, one.topic, GONE)])
                lines.append((logging.INFO, f"{host(one.callback)}: {one.path} is published no more"))
            over += gone
        if over:
            with self._store.transaction() as transaction:
                subscribers.end(transaction, [one.n for one in over])
        return lines

    def _feeds(self) -> dict[str, Feed]:
        return feeds_of(self._settings, self._store, site_of(self._settings, self._store))


def _wait(tries: int) -> timedelta:
    """Back-off before the next attempt after a failure that `tries` others preceded, with jitter."""
    wait = min(RETRY_MIN * float(5 ** min(tries, 10)), RETRY_MAX)
    return wait * (1 + _JITTER * (2 * random.random() - 1))  # noqa: S311 nothing hangs on its being guessed


_OUTCOMES = (("left", "unsubscribed by 410"), ("failed", "did not, and are tried again"))
