"""Reports to worker.webhook when a source breaks or recovers: one POST with one line of JSON for each event.

Runs beside the cycle, which never waits for it: `look` starts a delivery and collects the result of the last one.
Failed deliveries are retried at growing intervals for a day; a restart may repeat a delivery. The URL may hold a
secret, so messages show only its host.
"""

import json
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from feeds.model import HealthEvent, HealthKind
from feeds.store import Store
from feeds.text.dates import rfc3339
from feeds.text.urls import host
from worker.fetch.policy import FetchPolicy, Lookup, resolve

if TYPE_CHECKING:
    from worker.health.delivery import Delivery

log = logging.getLogger("seedfeed")

KINDS = (HealthKind.BROKEN, HealthKind.WALLED, HealthKind.BLOCKED, HealthKind.GONE, HealthKind.RECOVERED)
TRIED_FOR = timedelta(days=1)
RETRY_FIRST = timedelta(minutes=1)
RETRY_LAST = timedelta(hours=1)
# Events in one delivery, which has DEADLINE_SECONDS; the next call of `look` starts the next.
_MOST = 100
_GOES_AT_THE_END = 3


class Webhook:
    """The webhook of one home; with url "" it does nothing. Call it from the thread that holds the store."""

    def __init__(self, url: str, policy: FetchPolicy, lookup: Lookup = resolve) -> None:
        self._url = url
        self._policy = policy
        self._lookup = lookup
        self._delivery: Delivery | None = None
        self._failures = 0
        self._again_at: datetime | None = None

    def look(self, store: Store, now: datetime) -> None:
        """Records what was delivered and starts what is due; returns at once. Opens its own transactions."""
        if not self._url or (self._delivery and self._delivery.thread.is_alive()):
            return
        if self._delivery:
            self._take_back(store, self._delivery, now)
            self._delivery = None
        if self._again_at and now < self._again_at:
            return
        unsent = store.health.unsent(KINDS, now - TRIED_FOR, _MOST)
        if unsent:
            from worker.health.delivery import Delivery

            lines = [(n, _line(store, event)) for n, event in unsent]
            self._delivery = Delivery(self._url, lines, self._policy, self._lookup)

    def finish(self, store: Store, now: datetime) -> None:
        """Runs `look` until nothing is in flight; for a worker that runs a single cycle."""
        self.look(store, now)
        for _ in range(_GOES_AT_THE_END):
            if self._delivery is None:
                return
            self._delivery.join()
            self.look(store, now)

    def _take_back(self, store: Store, delivery: "Delivery", now: datetime) -> None:
        with store.transaction() as transaction:
            store.health.mark_sent(transaction, delivery.delivered)
        if not delivery.error:
            self._failures, self._again_at = 0, None
            return
        wait = min(RETRY_FIRST * 2 ** min(self._failures, 10), RETRY_LAST)
        self._failures += 1
        self._again_at = now + wait
        log.warning("webhook at %s: %s; tried again in %s", host(self._url), delivery.error, wait)


def _line(store: Store, event: HealthEvent) -> bytes:
    source = store.sources.get(event.subject)
    members = {
        "at": rfc3339(event.at),
        "slug": source.slug if source else "",
        "title": event.title,
        "kind": event.kind.value,
        "text": event.text,
        "url": event.link,
    }
    return json.dumps(members, ensure_ascii=False).encode() + b"\n"
