"""One cycle, in its order; nothing is decided here.

    seeds:  scan -> reconcile with the ledger -> read -> normalise -> decide -> ledger -> apply
    pushes: pushed -> retrieve_batch on executors -> known -> decide -> apply
    feeds:  due (leased) -> retrieve_batch on executors -> known -> decide -> apply, with the state of polling
    then:   put copies under their leads, publish what is stale, push it, ask the hubs that are due

What a transaction records is whole: an origin's validators commit with the entries that they vouch for.
"""

import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event

from feeds.errors import OrderError, SeedfeedError
from feeds.model import Decision, HealthKind, Status, Subscription
from feeds.publish import regenerate
from feeds.settings import token
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import Store, facts
from feeds.store.inbox import Inbox
from feeds.text.dates import to_us
from worker.cycle.batching import SIZE, batches, deadline, fetch_policy, hosts_of, lost, split
from worker.cycle.orders import ORDERS, carry_out
from worker.cycle.recording import Recording
from worker.cycle.report import CycleReport, failure_of, poll_line
from worker.cycle.retrieve import Batch, retrieve_batch
from worker.health import record as witness
from worker.health.webhook import Webhook
from worker.model import Retrieved
from worker.processes.pool import Lost, Pool
from worker.seeds.seeding import Seeding, SeedReport
from worker.stories.folding import Folding
from worker.websub import subscriber
from worker.websub.distribution import Notifier

log = logging.getLogger("seedfeed")

# While sources are polled, how often others are looked for that have come due, and pushes.
LOOK_SECONDS = 1.0
# Documents change at most once a second, or Last-Modified could not tell two versions apart.
PUBLISH_EVERY = timedelta(seconds=1)
# Entries that the search index takes in with one transaction.
INDEXED_AT_ONCE = 200
# What came due while no worker ran is asked so far apart after its start, and within this time.
SPREAD_EACH = timedelta(seconds=0.1)
SPREAD_OVER = timedelta(minutes=5)

Clock = Callable[[], datetime]


class Ingest:
    """The steps of a cycle over one home. The caller holds the worker's lock and calls from one thread at a time."""

    def __init__(self, store: Store, home: Home, settings: Settings, clock: Clock) -> None:
        self.store = store
        self.home = home
        self.settings = settings
        self.clock = clock
        self.seeding = Seeding(store, home, settings)
        self.recording = Recording(store, settings, self.seeding.book, self.seeding.lists)
        self.folding = Folding(store, settings)
        self.webhook = Webhook(settings.worker.webhook, fetch_policy(settings))
        self._published_at = float("-inf")
        self._published_in = 0.0
        self._published_change = -1
        self._inbox: Inbox | None = None
        self._hubs = subscriber.Hubs(store, settings, fetch_policy(settings))
        self._notifier = Notifier(store, settings, fetch_policy(settings))
        self._pool: Pool[Batch, list[Retrieved]] | None = None

    def start(self) -> None:
        """Once after the lock is taken: frees what a dead run held, and mints what a new home needs."""
        now = self.clock()
        if aside := Inbox.set_aside_if_damaged(self.home.inbox):
            log.error("%s was damaged and is now %s; what waited in it is lost", self.home.inbox, aside.name)
        self.seeding.start(now)
        with self.store.transaction():
            regenerate.mark_born(self.store, self.seeding.book.ledger.site_id, now)
            self.store.polls.free_leases()
            self.folding.start()
        if not self.settings.server.admin_token:
            with suppress(SeedfeedError):  # told by the server, which needs it
                token.mint(self.home.token)

    def spread(self) -> None:
        """For a worker that stays: what came due while none ran is asked over a while, not in one storm."""
        now = self.clock()
        with self.store.transaction():
            self.store.polls.spread_overdue(now, SPREAD_EACH, min(SPREAD_OVER, self.settings.worker.poll_min))

    def cycle(self, stop: Event, *, everything: bool = False) -> CycleReport:
        """One full cycle: seeds, waiting until they have settled; every due source; publish.

        everything: polls every source, due or not. stop: ends it early, with everything recorded that has arrived.
        """
        report = CycleReport()
        self.read_seeds(report)
        patience = time.monotonic() + 30 + 10 * self.settings.seeds.settle.total_seconds()
        while report.settles_at and not stop.is_set() and time.monotonic() < patience:
            stop.wait(max(0.01, (report.settles_at - self.clock()).total_seconds()))
            self.read_seeds(report)
        self.poll(report, everything=everything, between=lambda: not stop.is_set())
        self.publish(report)
        _tell(self._notifier.finish(self.inbox(), self.clock(), stop))
        self.mind_hubs(wait=True)
        self.look_for_silence()
        self.webhook.finish(self.store, self.clock())
        self.index()
        return report

    def make_due(self) -> None:
        """Every source is polled as soon as may be."""
        with self.store.transaction():
            self.store.polls.make_due(self.clock())

    def read_seeds(self, report: CycleReport) -> SeedReport:
        """Reads what changed below seeds/ and records it."""
        seen = self.seeding.read(self.clock())
        with self.store.transaction():
            witness.tell_seeds(self.store, seen.problems, self.clock())
        report.add(seen.decisions)
        report.withdrawn += len(seen.withdrawn)
        report.settles_at = seen.settles_at
        report.problems = seen.problems
        for problem in seen.fresh:
            log.warning("%s", problem)
        for line in seen.unread:
            log.info("%s", line)
        return seen

    def poll(
        self,
        report: CycleReport,
        *,
        everything: bool = False,
        follow: bool = False,
        between: Callable[[], bool] = lambda: True,
    ) -> None:
        """Polls what is due, reads what hubs pushed, and records results as they arrive.

        between: called while waiting; False ends the polling, and sources that were not reached stay due. follow: what
        comes due or is pushed meanwhile is taken in too, so that slow sources delay nobody else.
        """
        self.webhook.look(self.store, self.clock())
        unanswered: set[str] = set()
        pushes: dict[int, subscriber.Push] = {}
        alone: list[Batch] = []
        looked = float("-inf")

        def more() -> list[Batch]:
            nonlocal looked
            found, alone[:] = list(alone), []
            if follow and time.monotonic() - looked >= LOOK_SECONDS:
                looked = time.monotonic()
                self.mind_hubs()
                found += self._pushed(pushes) + self._due(unanswered, everything=False)
            return found

        made = self._pushed(pushes) + self._due(unanswered, everything=everything)
        if not made:
            return
        for batch, retrieved in self._retrieved(made, between, more):
            if batch.pushed:
                self.record_push(pushes.pop(id(batch.pushed[0])), retrieved[0], report)
            else:
                by_key = {subscription.source.key: subscription for subscription in batch.subscriptions}
                self.record([(by_key[one.key], one) for one in retrieved], report)
                answered = {one.key for one in retrieved}
                unanswered -= answered
                # Too large to be read beside another large one.
                alone += [replace(batch, subscriptions=(one,)) for key, one in by_key.items() if key not in answered]
            self.publish_soon(report)
        if unanswered:
            with self.store.transaction():
                self.store.polls.free_leases()

    def _due(self, unanswered: set[str], *, everything: bool) -> list[Batch]:
        """Batches of what is due, leased; their keys are noted."""
        with self.store.transaction():
            due = self.store.polls.due(self.clock(), limit=sys.maxsize, everything=everything)
        unanswered |= {subscription.source.key for subscription in due}
        policy, now = fetch_policy(self.settings), self.clock()
        groups = batches(due, SIZE, policy.per_host)
        return [Batch(group, policy, self.settings.timezone, now) for group in groups]

    def _pushed(self, pushes: dict[int, subscriber.Push]) -> list[Batch]:
        """Batches of what hubs pushed and nobody reads yet; the pushes are noted by their document."""
        under_way = {push.n for push in pushes.values()}
        found = [push for push in subscriber.pushed(self.store, self.inbox()) if push.n not in under_way]
        pushes |= {id(push.document): push for push in found}
        policy, zone, now = fetch_policy(self.settings), self.settings.timezone, self.clock()
        return [Batch((push.subscription,), policy, zone, now, (push.document,)) for push in found]

    def _retrieved(
        self, made: Sequence[Batch], between: Callable[[], bool], more: Callable[[], Sequence[Batch]]
    ) -> Iterator[tuple[Batch, list[Retrieved]]]:
        if self._pool is None:
            # Made when first needed: a home without subscriptions starts no processes.
            self._pool = Pool(self.settings.worker.executor, "worker.cycle.retrieve", retrieve_batch)
        for batch, results in self._pool.map_unordered(
            made,
            between,
            deadline=lambda batch: deadline(batch, self.settings),
            split=split,
            apart=hosts_of,
            more=more,
        ):
            yield batch, lost(batch) if isinstance(results, Lost) else results

    def record_push(self, push: subscriber.Push, retrieved: Retrieved, report: CycleReport) -> None:
        """The entries of a push, then its end in the inbox. One that cannot be read makes the source be polled."""
        now, source = self.clock(), push.subscription.source
        decisions: list[Decision] = []
        with self.store.transaction():
            if retrieved.error is None:
                decisions, gone = self.recording.take(push.subscription, retrieved, now)
                report.withdrawn += gone
                subscriber.arrived(self.store, push)
            else:
                self.store.polls.hasten(source.key, now, self.settings.worker.poll_min)
        self.inbox().done([push.n])
        report.add(decisions)
        level, line = poll_line(push.subscription, retrieved, decisions)
        log.log(level, "%s (pushed)", line)

    def mind_hubs(self, *, wait: bool = False) -> None:
        """Takes in what hubs said and asks those that are due. wait: until those have answered."""
        if not self.published:
            return  # the server has nothing to look into, and could confirm no subscription
        lines = self._hubs.step(self.inbox(), self.clock())
        _tell(lines + (self._hubs.finish(self.inbox()) if wait else []))

    def on_answers(self, heard: Callable[[], None]) -> None:
        """heard: called by another thread when subscribers answered; `notify` takes it in."""
        self._notifier.on_answers(heard)

    def notify(self) -> None:
        """Takes in what subscribers answered, and sends them what is due."""
        if self.published:
            _tell(self._notifier.step(self.inbox(), self.clock()))

    def record(self, results: Sequence[tuple[Subscription, Retrieved]], report: CycleReport) -> None:
        """One transaction for what has arrived: entries, validators and the next poll belong together."""
        now = self.clock()
        # Of two that bring one text, the first is shown.
        ranked = sorted(results, key=lambda result: -result[0].source.priority)
        with self.store.transaction():
            polls = [self.recording.record(subscription, retrieved, now) for subscription, retrieved in ranked]
            witness.tell_polls(self.store, polls, now, self.settings.worker.burst)
        for polled in polls:
            report.polled += 1
            report.add(polled.decisions)
            report.withdrawn += polled.withdrawn
            level, line = poll_line(polled.subscription, polled.retrieved, polled.decisions)
            log.log(level, "%s", line)
            if polled.retrieved.error and polled.state.status is not Status.OK:
                report.failures.append(failure_of(polled.retrieved.error))

    def publish(self, report: CycleReport, *, everything: bool = False) -> None:
        """Carries out what was ordered, publishes what is stale, and answers who asked."""
        requests = self.inbox().waiting()
        answers = {n: self._carried_out(kind, argument) for n, kind, argument in requests if kind in ORDERS}
        if self.settings.feeds:
            # Feeds by a search hold what the index finds.
            self.index()
        now, began = self.clock(), time.monotonic()
        copies = self.folding.fold(now)
        report.new = max(0, report.new - copies)
        report.duplicates += copies
        change = self.store.entries.change()
        wanted = [argument for _, kind, argument in requests if kind == "want"]
        everything = everything or any(kind == "publish" and argument == "all" for _, kind, argument in requests)
        outcome = regenerate.publish(self.store, self.settings, now, wanted=wanted, everything=everything)
        self._published_at, self._published_change = time.monotonic(), change
        self._published_in = self._published_at - began
        told = witness.tell_publishing(self.store, outcome, now)
        kept = (f"feed {slug}: {reason}; the last good documents stay" for slug, reason in outcome.held.items())
        faults = (*kept, *(str(one) for one in outcome.aside))
        report.published += outcome.changed
        report.failures += faults
        for path in outcome.changed:
            log.info("published %s", path)
        for event in told:
            log.log(logging.INFO if event.kind is HealthKind.FEED_RELEASED else logging.ERROR, "%s", event.text)
        answer = "\n".join((*outcome.changed, *(f"! {line}" for line in faults)))
        for n, _, _ in requests:
            self.inbox().answer(n, answers.get(n, answer))

    def _carried_out(self, kind: str, argument: str) -> str:
        """The answer to an order that was left in the inbox; a line that begins with "! " is a refusal."""
        try:
            if kind == "remove-entries":
                self.seeding.read_lists(self.clock())
            return carry_out(self.store, kind, argument, self.clock())
        except OrderError as error:
            return f"! {error}"

    @property
    def published(self) -> bool:
        """Whether anything was ever published from this store."""
        return regenerate.is_published(self.store)

    def publish_soon(self, report: CycleReport) -> None:
        """Publishes if anything changed or was asked for; at most once a second, and for a tenth of the time.

        While a thousand new entries arrive, each second's newest would be rendered to be displaced by the next.
        """
        pause = max(PUBLISH_EVERY.total_seconds(), 10 * self._published_in)
        if time.monotonic() - self._published_at < pause:
            return
        if self.store.entries.change() != self._published_change or self.inbox().waiting():
            self.publish(report)
            self.notify()

    def index(self, budget: float = float("inf")) -> None:
        """Brings the search index up to date, for so many seconds; what is left waits for the next call."""
        began = time.monotonic()
        while time.monotonic() - began < budget and self.store.search.waiting():
            with self.store.transaction():
                self.store.search.catch_up(INDEXED_AT_ONCE)

    def expect(self, next_cycle: timedelta) -> None:
        """Notes by when the next cycle should have run: /healthz tells when it did not. Takes in what was counted."""
        now = self.clock()
        with self.inbox().handing_over() as batches, self.store.transaction():
            self.store.facts.put(facts.CYCLE_US, str(to_us(now)))
            self.store.facts.put(facts.CYCLE_DUE_US, str(to_us(now + next_cycle)))
            self.store.traffic.take(batches, to_us(now) // 86_400_000_000)

    def upkeep(self) -> None:
        """What keeps the store small and quick; costs nothing when there is nothing to do."""
        self.inbox().sweep(self.clock() - timedelta(hours=1))
        self.look_for_silence()
        self.seeding.media.sweep()
        self.store.optimise()

    def look_for_silence(self) -> None:
        with self.store.transaction():
            witness.tell_silences(self.store, self.clock())

    def inbox(self) -> Inbox:
        if self._inbox is None:
            self._inbox = Inbox(self.home.inbox)
        return self._inbox

    def close(self) -> None:
        self._notifier.close(self._inbox, self.clock())
        if self._pool:
            self._pool.close()
        if self._inbox:
            self._inbox.close()


def _tell(lines: Iterable[tuple[int, str]]) -> None:
    for level, line in lines:
        log.log(level, "%s", line)
