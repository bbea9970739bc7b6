"""Sends due sources and pushed documents to executors in batches, and records the results as they arrive."""

import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from feeds.model import Decision, Status, Subscription
from feeds.settings.schema import Settings
from feeds.store import Store
from feeds.store.inbox import Inbox
from worker.cycle.batching import SIZE, batches, deadline, fetch_policy, hosts_of, lost_results, split
from worker.cycle.recording import Recording
from worker.cycle.report import CycleReport, failure_of, poll_line
from worker.cycle.retrieve import Batch, retrieve_batch
from worker.health.record import record_polls
from worker.model import Retrieved
from worker.processes.pool import Lost, Pool
from worker.websub import subscriber

log = logging.getLogger("seedfeed")

# How often, while sources are polled, to look for pushes and for sources that have come due.
LOOK_SECONDS = 1.0


class Polling:
    """Polls the sources of one home. Its processes start when they are first needed."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        recording: Recording,
        inbox: Callable[[], Inbox],
        clock: Callable[[], datetime],
    ) -> None:
        self.store = store
        self.settings = settings
        self.recording = recording
        self.inbox = inbox
        self.clock = clock
        self.policy = fetch_policy(settings)
        self._pool: Pool[Batch, list[Retrieved]] | None = None

    def poll(
        self,
        report: CycleReport,
        recorded: Callable[[], None],
        *,
        everything: bool = False,
        look: Callable[[], None] | None = None,
        between: Callable[[], bool] = lambda: True,
    ) -> None:
        """Polls what is due, reads what hubs pushed, and records results as they arrive.

        recorded: called after each batch. between: called while waiting; if it returns False, polling ends and the
        sources that were not reached stay due. look: called every LOOK_SECONDS, after which new pushes and due sources
        join, so that slow sources delay no others; with None, nothing joins.
        """
        unanswered: set[str] = set()
        # By the push's number in the inbox, which its batch carries.
        pushes: dict[int, subscriber.Push] = {}
        alone: list[Batch] = []
        looked = float("-inf")

        def due(*, everything: bool) -> list[Batch]:
            new = self._new_pushes(pushes)
            pushes.update((push.n, push) for push in new)
            found = self._lease_due(everything=everything)
            unanswered.update(subscription.source.key for batch in found for subscription in batch.subscriptions)
            return [*map(self._batch_of, new), *found]

        def more() -> list[Batch]:
            nonlocal looked
            found, alone[:] = list(alone), []
            if look and time.monotonic() - looked >= LOOK_SECONDS:
                looked = time.monotonic()
                look()
                found += due(everything=False)
            return found

        made = due(everything=everything)
        if not made:
            return
        try:
            for batch, retrieved in self._retrieve(made, between, more):
                if batch.pushed:
                    self._record_push(pushes.pop(batch.push), retrieved[0], report)
                else:
                    by_key = {subscription.source.key: subscription for subscription in batch.subscriptions}
                    self._record([(by_key[one.key], one) for one in retrieved], report)
                    answered = {one.key for one in retrieved}
                    unanswered -= answered
                    # Too large to be read while another large document is in memory.
                    left = [one for key, one in by_key.items() if key not in answered]
                    alone += [replace(batch, subscriptions=(one,)) for one in left]
                recorded()
        finally:
            if unanswered:
                with self.store.transaction() as transaction:
                    self.store.polls.free_leases(transaction)

    def _lease_due(self, *, everything: bool) -> list[Batch]:
        """Batches of due sources, each source leased."""
        with self.store.transaction() as transaction:
            due = self.store.polls.due(transaction, self.clock(), limit=sys.maxsize, everything=everything)
        now = self.clock()
        groups = batches(due, SIZE, self.policy.per_host)
        return [Batch(group, self.policy, self.settings.timezone, now) for group in groups]

    def _new_pushes(self, under_way: dict[int, subscriber.Push]) -> list[subscriber.Push]:
        """Pushes that are not being read yet."""
        return [push for push in subscriber.waiting_pushes(self.store, self.inbox()) if push.n not in under_way]

    def _batch_of(self, push: subscriber.Push) -> Batch:
        now = self.clock()
        return Batch((push.subscription,), self.policy, self.settings.timezone, now, (push.document,), push.n)

    def _retrieve(
        self, made: Sequence[Batch], between: Callable[[], bool], more: Callable[[], Sequence[Batch]]
    ) -> Iterator[tuple[Batch, list[Retrieved]]]:
        if self._pool is None:
            # Created on first use: a home without subscriptions starts no processes.
            self._pool = Pool(self.settings.worker.executor, "worker.cycle.retrieve", retrieve_batch)
        for batch, results in self._pool.map_unordered(
            made,
            between,
            deadline=lambda batch: deadline(batch, self.settings),
            split=split,
            apart=hosts_of,
            more=more,
        ):
            yield batch, lost_results(batch) if isinstance(results, Lost) else results

    def _record_push(self, push: subscriber.Push, retrieved: Retrieved, report: CycleReport) -> None:
        """Records the entries of a push, then removes it from the inbox.

        A push that cannot be read makes its source due.
        """
        now, source = self.clock(), push.subscription.source
        decisions: list[Decision] = []
        with self.store.transaction() as transaction:
            if retrieved.error is None:
                decisions, gone = self.recording.take(transaction, push.subscription, retrieved, now)
                report.withdrawn += gone
                subscriber.note_push(self.store, transaction, push)
            else:
                self.store.polls.hasten(transaction, source.key, now, self.settings.worker.poll_min)
        self.inbox().remove_calls([push.n])
        report.add(decisions)
        level, line = poll_line(push.subscription, retrieved, decisions)
        log.log(level, "%s (pushed)", line)

    def _record(self, results: Sequence[tuple[Subscription, Retrieved]], report: CycleReport) -> None:
        """Records all results in one transaction: entries, validators and the time of the next poll belong together."""
        now = self.clock()
        # If two sources bring the same text, the one with the higher priority is shown.
        ranked = sorted(results, key=lambda result: -result[0].source.priority)
        with self.store.transaction() as transaction:
            polls = [
                self.recording.record(transaction, subscription, retrieved, now) for subscription, retrieved in ranked
            ]
            record_polls(self.store, transaction, polls, now, self.settings.worker.burst)
        for polled in polls:
            report.polled += 1
            report.add(polled.decisions)
            report.withdrawn += polled.withdrawn
            level, line = poll_line(polled.subscription, polled.retrieved, polled.decisions)
            log.log(level, "%s", line)
            if polled.retrieved.error and polled.state.status is not Status.OK:
                report.failures.append(failure_of(polled.retrieved.error))
            elif polled.retrieved.error:
                report.unread.append(failure_of(polled.retrieved.error))

    def close(self) -> None:
        if self._pool:
            self._pool.close()
