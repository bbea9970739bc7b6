"""The steps of a cycle in their order; decisions are made elsewhere.

    seeds:  scan -> reconcile with the ledger -> read -> normalise -> decide -> ledger -> apply
    pushes: pushed -> read on executors -> known -> decide -> apply
    feeds:  due (leased) -> fetch in a thread -> read on executors -> known -> decide -> apply, and the state of polls
    then:   put copies under their leads, publish what is stale, push it, ask the hubs that are due

Each transaction is complete in itself: an origin's validators commit together with the entries that they vouch for.
"""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Event

from feeds.errors import FAULTS, SeedfeedError, StoreError
from feeds.publish import regenerate
from feeds.settings import token
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import Store, facts
from feeds.store.inbox import Inbox
from feeds.store.seeds import OF_ALL_SEEDS, SeedProblem
from feeds.text.dates import from_us, to_us
from worker.cycle.clock import A_DAY, OLDEST, Belief, Grounds, HomeClock, belief_in, describe
from worker.cycle.polls import Polling
from worker.cycle.publishing import Publishing
from worker.cycle.recording import Recording
from worker.cycle.report import CycleReport
from worker.health.record import record_seeds, record_silences
from worker.health.webhook import Webhook
from worker.seeds.seeding import Seeding, SeedReport
from worker.websub.distribution import Notifier
from worker.websub.subscriber import Hubs

log = logging.getLogger("seedfeed")

# Sources that came due while no worker ran are polled this far apart after a start, all within SPREAD_OVER.
SPREAD_EACH = timedelta(seconds=0.1)
SPREAD_OVER = timedelta(minutes=5)

_REGROWN = (
    "was not there and is made anew: entries come back from seeds/ and the sources, yours under the same ids. What was"
    " hidden, split or merged by hand, what entries said before they were edited, and entries that their sources no"
    " longer give were only in it. If you have a copy of data/, stop Seedfeed and put it back"
)

Clock = Callable[[], datetime]


class Ingest:
    """The steps of a cycle for one home. The caller holds the worker's lock and calls from one thread at a time."""

    def __init__(self, store: Store, home: Home, settings: Settings, clock: Clock) -> None:
        self.store = store
        self.home = home
        self.settings = settings
        self.clock = HomeClock(clock)
        self.seeding = Seeding(store, home, settings)
        recording = Recording(store, settings, self.seeding.registry, self.seeding.lists)
        self.polls = Polling(store, settings, recording, self.inbox, self.clock)
        self.publishing = Publishing(store, settings, self.inbox, self.clock, self.seeding.read_lists)
        self.webhook = Webhook(settings.worker.webhook, self.polls.policy)
        self._inbox: Inbox | None = None
        self._history: list[datetime] | None = None
        self._told: list[str] = []
        self._hubs = Hubs(store, settings, self.polls.policy)
        self._notifier = Notifier(store, settings, self.polls.policy)

    def start(self) -> None:
        """Call once, after taking the lock: frees leases of a dead run, and mints what a new home needs."""
        if aside := Inbox.set_aside_if_damaged(self.home.inbox):
            log.error("%s was damaged and is now %s; what waited in it is lost", self.home.inbox, aside.name)
        last = self._fact_moment(facts.CLOCK_US)
        passed = min(max(self.clock.system() - last, timedelta()), A_DAY) if last else timedelta()
        self._mind_clock(tuple(self.seeding.registry.ledger.moments()), passed)
        if self.seeding.registry.regrown:
            self._tell(f"{self.home.store} {_REGROWN}")
        now = self.clock()
        self.seeding.start(now)
        with self.store.transaction() as transaction:
            regenerate.mark_born(self.store, transaction, self.seeding.registry.ledger.site_id, now)
            self.store.polls.free_leases(transaction)
            self.store.stories.switch(transaction, on=self.settings.stories.enabled)
            limits = repr((self.polls.policy.allow, self.polls.policy.timeout, self.polls.policy.max_body))
            if self.store.facts.get(facts.FETCH_LIMITS) != limits:
                # Otherwise their errors would ask for what has been set until they are due again.
                self.store.polls.retry_limited(transaction, now)
                self.store.facts.put(transaction, facts.FETCH_LIMITS, limits)
        if not self.settings.server.admin_token:
            with suppress(SeedfeedError):  # the server needs the token and reports this itself
                token.mint(self.home.token)

    def spread(self) -> None:
        """Spreads overdue polls over a few minutes, so that a long-running worker does not start with a storm of
        requests.
        """
        now = self.clock()
        with self.store.transaction() as transaction:
            self.store.polls.spread_overdue(
                transaction, now, SPREAD_EACH, min(SPREAD_OVER, self.settings.worker.poll_min)
            )

    def cycle(self, stop: Event, *, everything: bool = False) -> CycleReport:
        """Runs one full cycle: reads seeds once they have settled, polls every due source, publishes.

        everything: polls all sources, due or not. stop: ends the cycle early; what has arrived by then is recorded.
        """
        report = CycleReport()
        self.read_seeds(report)
        patience = time.monotonic() + 30 + 10 * self.settings.seeds.settle.total_seconds()
        while report.settles_at and not stop.is_set() and time.monotonic() < patience:
            stop.wait(max(0.01, (report.settles_at - self.clock()).total_seconds()))
            self.read_seeds(report)
        # Told in each cycle: ids that will be lost with data/ are no state to get used to.
        report.fresh += tuple(one for one in report.problems if one.code in OF_ALL_SEEDS and one not in report.fresh)
        report.unread += self.seeding.unread()
        if not stop.is_set():
            if everything:
                self.make_due()
            self.poll(report, between=lambda: not stop.is_set())
        self._mind_clock()
        (report.failures if self.clock.belief is Belief.DOUBTED else report.notes).extend(self._told)
        self._told.clear()
        self.publish(report)
        _log(self._notifier.finish(self.inbox(), self.clock(), stop))
        self.mind_hubs(wait=True)
        self.look_for_silence()
        self.webhook.finish(self.store, self.clock())
        self.index()
        return report

    def make_due(self) -> None:
        """Makes every source due now."""
        with self.store.transaction() as transaction:
            self.store.polls.make_due(transaction, self.clock())

    def read_seeds(self, report: CycleReport) -> SeedReport:
        """Reads what changed below seeds/ and records it."""
        before = _of_all(self.store.seeds.problems())
        seen = self.seeding.read(self.clock())
        with self.store.transaction() as transaction:
            record_seeds(self.store, transaction, seen.problems, self.clock())
        report.add(seen.decisions)
        report.withdrawn += len(seen.withdrawn)
        report.settles_at = seen.settles_at
        report.problems = seen.problems
        report.fresh = tuple(one for one in (*report.fresh, *seen.fresh) if one in seen.problems)
        for problem in seen.fresh:
            log.warning("%s", problem)
        for place in sorted(before - _of_all(seen.problems)):
            log.info("%s: it is all right again", place)
        for line in seen.unread:
            log.info("%s", line)
        return seen

    def poll(
        self,
        report: CycleReport,
        *,
        follow: bool = False,
        between: Callable[[], bool] = lambda: True,
    ) -> None:
        """Polls what is due, reads what hubs pushed, and publishes each result as it arrives; see `Polling.poll`.

        follow: what comes due or is pushed meanwhile is taken in too.
        """
        self.webhook.look(self.store, self.clock())
        look = self.mind_hubs if follow else None
        self.polls.poll(report, lambda: self.publish_soon(report), look=look, between=between)

    def mind_hubs(self, *, wait: bool = False) -> None:
        """Records what hubs sent and asks those that are due.

        wait: blocks until the hubs that were asked have answered.
        """
        if not self.published:
            return  # before the first publication the server has no store to read and could not confirm a subscription
        lines = self._hubs.step(self.inbox(), self.clock())
        _log(lines + (self._hubs.finish(self.inbox()) if wait else []))

    def on_answers(self, on_result: Callable[[], None]) -> None:
        """Registers a callback that another thread calls when subscribers have answered; `notify`
        records the answers.
        """
        self._notifier.on_answers(on_result)

    def notify(self) -> None:
        """Records the answers of subscribers and sends them what is due."""
        if self.published:
            _log(self._notifier.step(self.inbox(), self.clock()))

    def publish(self, report: CycleReport, *, everything: bool = False) -> None:
        """Carries out orders, publishes what is stale, and answers the commands that left the orders."""
        self.publishing.publish(report, everything=everything)

    def publish_soon(self, report: CycleReport) -> None:
        """Publishes if anything changed or was ordered, at a limited rate, and sends subscribers what is due."""
        if self.publishing.publish_soon(report):
            self.notify()

    @property
    def published(self) -> bool:
        """Whether this store was ever published."""
        return self.publishing.published

    def index(self, budget: float = float("inf")) -> None:
        """Updates the search index for up to `budget` seconds; the next call continues from there."""
        self.publishing.index(budget)

    def expect(self, next_cycle: timedelta) -> None:
        """Records when the next cycle is due, so that /healthz can report an overdue one.

        Also stores the request counts.
        """
        self._mind_clock()
        now, by_clock = self.clock(), self.clock.system()
        agreeing, differing = self.clock.heard()
        with self.inbox().handing_over() as batches, self.store.transaction() as transaction:
            self.store.facts.put(transaction, facts.CYCLE_US, str(to_us(now)))
            self.store.facts.put(transaction, facts.CYCLE_DUE_US, str(to_us(now + next_cycle)))
            self.store.facts.put(transaction, facts.CLOCK_US, str(to_us(by_clock)))
            if self.clock.belief is Belief.RIGHT:
                self.store.moments.note_day(transaction, now)
                if agreeing > differing:
                    self.store.facts.put(transaction, facts.CONFIRMED_US, str(to_us(now)))
            self.store.traffic.take(transaction, batches, to_us(now) // 86_400_000_000)

    def _mind_clock(self, ledger: Iterable[datetime] = (), passed: timedelta = timedelta()) -> None:
        """Finds out whether the clock is right, and mends what was recorded if it was ahead.

        ledger: its moments, which a new store does not have. passed: since the last cycle, as far as the clock is
        believed in that.
        """
        now, before = self.clock.system(), self.clock.belief
        newest = max(self.store.moments.newest(), self.clock.newest, *ledger)
        if newest <= now and now >= OLDEST and before is Belief.RIGHT:
            self._history = None
            return
        if self._history is None:
            self._history = sorted((*self.store.moments.history(), *ledger))
        confirmed, since = (self._fact_moment(name) for name in (facts.CONFIRMED_US, facts.DOUBTED_US))
        since = min(since or now, now)
        belief = belief_in(now, Grounds(sorted((*self._history, newest)), confirmed, *self.clock.heard(), since))
        if told := describe(belief, now, newest) if belief is not before else "":
            self._tell(told)
        with self.store.transaction() as transaction:
            doubted = belief is Belief.DOUBTED
            self.store.facts.put(transaction, facts.DOUBTED_US, str(to_us(since)) if doubted else "")
            if belief is Belief.WAS_AHEAD:
                self.seeding.set_back(now)
                self.store.moments.set_back(transaction, now, self.settings.worker.poll_max)
                self._history = None
            elif belief is Belief.RIGHT and self.store.moments.cycled_after(now):
                self.store.moments.make_due(transaction, now, self.settings.worker.poll_max)
        self.clock.settle(belief, newest, passed)

    def _tell(self, line: str) -> None:
        """Reports what concerns the whole home: in the log, and with the next cycle."""
        log.warning("%s", line)
        self._told.append(line)

    def _fact_moment(self, name: str) -> datetime | None:
        stored = self.store.facts.get(name)
        return from_us(int(stored)) if stored else None

    def upkeep(self) -> None:
        """Keeps the store small and fast; cheap when there is nothing to do."""
        # What is compared with times that others wrote is theirs.
        by_clock = self.clock.system()
        self.inbox().sweep(by_clock - timedelta(hours=1))
        self.look_for_silence()
        self.seeding.media.restore(self.clock())
        self.seeding.media.sweep(by_clock.timestamp())
        self.store.optimise()

    def look_for_silence(self) -> None:
        with self.store.transaction() as transaction:
            record_silences(self.store, transaction, self.clock())

    def inbox(self) -> Inbox:
        if self._inbox and not self._inbox.file.is_there():
            # It may be deleted at any moment, and the server has made another.
            self._inbox.close()
            self._inbox = None
        if self._inbox is None:
            self._inbox = Inbox(self.home.inbox)
        return self._inbox

    def close(self) -> None:
        # What cannot be recorded is sent again by the next worker.
        with suppress(*FAULTS, StoreError):
            self._notifier.close(self._inbox, self.clock())
        self.polls.close()
        if self._inbox:
            self._inbox.close()


def _of_all(problems: Iterable[SeedProblem]) -> set[str]:
    """The places of problems with all seeds at once."""
    return {problem.place for problem in problems if problem.code in OF_ALL_SEEDS}


def _log(lines: Iterable[tuple[int, str]]) -> None:
    for level, line in lines:
        log.log(level, "%s", line)
