"""Carries out orders, folds stories, publishes what is stale, and answers the orders."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from feeds.errors import OrderError
from feeds.model import HealthKind
from feeds.publish import regenerate
from feeds.publish.memory import FragmentMemory
from feeds.settings.schema import Settings
from feeds.store import Store
from feeds.store.inbox import Inbox
from worker.cycle.orders import ORDERS, carry_out
from worker.cycle.report import CycleReport
from worker.health.record import record_publishing

if TYPE_CHECKING:
    from worker.stories.folding import Folding

log = logging.getLogger("seedfeed")

# Documents change at most once a second, since Last-Modified cannot distinguish versions within one.
PUBLISH_EVERY = timedelta(seconds=1)
# Entries that one transaction adds to the search index.
INDEXED_AT_ONCE = 200


class Publishing:
    """Publishes one home. read_lists: reads the OPML lists again; called before the entries of a source are removed."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        inbox: Callable[[], Inbox],
        clock: Callable[[], datetime],
        read_lists: Callable[[datetime], object],
    ) -> None:
        self.store = store
        self.settings = settings
        self.inbox = inbox
        self.clock = clock
        self._read_lists = read_lists
        self._memory = FragmentMemory()
        self._at = float("-inf")
        self._took = 0.0
        self._change = -1

    @cached_property
    def folding(self) -> "Folding":
        """Made when there is something to compare: it needs numpy."""
        from worker.stories.folding import Folding

        return Folding(self.store, self.settings)

    @property
    def published(self) -> bool:
        """Whether this store was ever published."""
        return regenerate.is_published(self.store)

    def publish(self, report: CycleReport, *, everything: bool = False) -> None:
        """Carries out orders, publishes what is stale, and answers the commands that left the orders."""
        requests = self.inbox().waiting()
        answers = {n: self._carry_out(kind, argument) for n, kind, argument in requests if kind in ORDERS}
        if self.settings.feeds:
            # Feeds made by a search contain what the index finds.
            self.index()
        now, began = self.clock(), time.monotonic()
        undecided = self.store.stories.is_any_undecided(waiting=self.settings.stories.enabled)
        copies = self.folding.fold(now) if undecided else 0
        report.new = max(0, report.new - copies)
        report.duplicates += copies
        change = self.store.entries.change()
        wanted = [argument for _, kind, argument in requests if kind == "want"]
        everything = everything or any(kind == "publish" and argument == "all" for _, kind, argument in requests)
        outcome = regenerate.publish(
            self.store, self.settings, now, wanted=wanted, everything=everything, memory=self._memory
        )
        self._at, self._change = time.monotonic(), change
        self._took = self._at - began
        events = record_publishing(self.store, outcome, now)
        kept = (f"feed {slug}: {reason}; the last good documents stay" for slug, reason in outcome.held.items())
        faults = (*kept, *(str(one) for one in outcome.aside))
        report.published = tuple(dict.fromkeys((*report.published, *outcome.changed)))
        report.failures += faults
        for path in outcome.changed:
            log.info("published %s", path)
        for event in events:
            log.log(logging.INFO if event.kind is HealthKind.FEED_RELEASED else logging.ERROR, "%s", event.text)
        answer = "\n".join((*outcome.changed, *(f"! {line}" for line in faults)))
        for n, _, _ in requests:
            self.inbox().answer(n, answers.get(n, answer))

    def publish_soon(self, report: CycleReport) -> bool:
        """Publishes if anything changed or was ordered, at most once a second and for at most a tenth of the time.

        Without the limit, while a thousand new entries arrive, each second's newest would be rendered only to be
        displaced in the next.
        """
        pause = max(PUBLISH_EVERY.total_seconds(), 10 * self._took)
        if time.monotonic() - self._at < pause:
            return False
        if self.store.entries.change() == self._change and not self.inbox().waiting():
            return False
        self.publish(report)
        return True

    def index(self, budget: float = float("inf")) -> None:
        """Updates the search index for up to `budget` seconds; the next call continues from there."""
        began = time.monotonic()
        while time.monotonic() - began < budget and self.store.search.waiting():
            with self.store.transaction() as transaction:
                self.store.search.catch_up(transaction, INDEXED_AT_ONCE)

    def _carry_out(self, kind: str, argument: str) -> str:
        """Carries out an order from the inbox and returns the answer; "! " at its start marks a refusal."""
        try:
            if kind == "remove-entries":
                self._read_lists(self.clock())
            return carry_out(self.store, kind, argument, self.clock())
        except OrderError as error:
            return f"! {error}"
