"""Reports to worker.webhook when a source breaks or recovers: one POST with one line of JSON for each event.

Runs beside the cycle, which never waits for it: `look` starts a delivery and collects the result of the last one.
Failed deliveries are retried at growing intervals for a day; a restart may repeat a delivery. The URL may hold a
secret, so messages show only its host.
"""

import asyncio
import json
import logging
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

import aiohttp

from feeds.model import HealthEvent, HealthKind
from feeds.store import Store
from feeds.text.dates import rfc3339
from feeds.text.urls import host
from worker.fetch.connect import FetchPolicy, ForbiddenAddress, Lookup, resolve, session

log = logging.getLogger("seedfeed")

KINDS = (HealthKind.BROKEN, HealthKind.WALLED, HealthKind.BLOCKED, HealthKind.GONE, HealthKind.RECOVERED)
TRIED_FOR = timedelta(days=1)
DEADLINE_SECONDS = 10
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
        self._errand: _Errand | None = None
        self._failures = 0
        self._again_at: datetime | None = None

    def look(self, store: Store, now: datetime) -> None:
        """Records what was delivered and starts what is due; returns at once. Opens its own transactions."""
        if not self._url or (self._errand and self._errand.thread.is_alive()):
            return
        if self._errand:
            self._take_back(store, self._errand, now)
            self._errand = None
        if self._again_at and now < self._again_at:
            return
        unsent = store.health.unsent(KINDS, now - TRIED_FOR, _MOST)
        if unsent:
            lines = [(n, _line(store, event)) for n, event in unsent]
            self._errand = _Errand(self._url, lines, self._policy, self._lookup)

    def finish(self, store: Store, now: datetime) -> None:
        """Runs `look` until nothing is in flight; for a worker that runs a single cycle."""
        self.look(store, now)
        for _ in range(_GOES_AT_THE_END):
            if self._errand is None:
                return
            self._errand.thread.join(DEADLINE_SECONDS + 1)
            self.look(store, now)

    def _take_back(self, store: Store, errand: "_Errand", now: datetime) -> None:
        with store.transaction() as transaction:
            store.health.mark_sent(transaction, errand.delivered)
        if not errand.error:
            self._failures, self._again_at = 0, None
            return
        wait = min(RETRY_FIRST * 2 ** min(self._failures, 10), RETRY_LAST)
        self._failures += 1
        self._again_at = now + wait
        log.warning("webhook at %s: %s; tried again in %s", host(self._url), errand.error, wait)


class _Errand:
    """A thread that delivers lines in order and stops at the first failure. It never delays an exit."""

    def __init__(self, url: str, lines: Sequence[tuple[int, bytes]], policy: FetchPolicy, lookup: Lookup) -> None:
        self.delivered: list[int] = []
        self.error = ""
        self.thread = threading.Thread(target=self._run, args=(url, lines, policy, lookup), daemon=True)
        self.thread.start()

    def _run(self, url: str, lines: Sequence[tuple[int, bytes]], policy: FetchPolicy, lookup: Lookup) -> None:
        try:
            asyncio.run(self._deliver(url, lines, policy, lookup))
        except TimeoutError:
            self.error = f"no answer within {DEADLINE_SECONDS} s"
        except ForbiddenAddress as error:
            self.error = f"{error.address} is not a public address; to allow it, add it to worker.allow_networks"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Only the type: the text of some of these errors contains the URL.
            self.error = f"no connection ({type(error).__name__})"

    async def _deliver(self, url: str, lines: Sequence[tuple[int, bytes]], policy: FetchPolicy, lookup: Lookup) -> None:
        headers = {"User-Agent": policy.user_agent, "Content-Type": "application/json"}
        async with asyncio.timeout(DEADLINE_SECONDS), session(policy, lookup) as client:
            for n, line in lines:
                async with client.post(url, data=line, headers=headers, allow_redirects=False) as response:
                    if not 200 <= response.status < 300:
                        self.error = f"the answer was {response.status}"
                        return
                self.delivered.append(n)


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
