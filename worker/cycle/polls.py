"""Fetches due sources, has documents read on executors, and records each result as soon as it is there."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from feeds.errors import LATER, MACHINE, FetchError, UnreadError, faults_log, noted
from feeds.model import Decision, Source, Status, Subscription
from feeds.settings.schema import Settings
from feeds.store import Store
from feeds.store.inbox import Inbox
from feeds.text.urls import host, is_loopback, without_credentials
from worker.cycle.answers import Unread, failed, without_document
from worker.cycle.clock import HomeClock
from worker.cycle.recording import Recording
from worker.cycle.report import CycleReport, failure_of, poll_line
from worker.fetch.policy import Budget, fetch_policy, weight
from worker.health.events import Polled
from worker.health.record import record_polls
from worker.model import Fetched, Retrieved
from worker.processes.child import Killed, stopped_error
from worker.websub import subscriber

if TYPE_CHECKING:
    from worker.cycle.fetching import Fetcher
    from worker.processes.executors import Lost
    from worker.processes.pool import Pool

log = logging.getLogger("seedfeed")

# How often, while sources are polled, to look for pushes and for sources that have come due.
LOOK_SECONDS = 1.0
# Sources leased in one transaction; more of them once less than half as many wait for a place to be requested.
MOST_LEASED = 1000
# How often a wait for results returns, so that seeds and publishing get their turn.
TICK_SECONDS = 0.1
# Results that come within this are recorded in one transaction.
GATHER_SECONDS = 0.05
# Large documents, and those that wait because they are slow, in memory at once; at least one of worker.max_body.
MOST_WAITING_BYTES = 64 * 2**20
# Seconds to parse and sanitise one document, for a first try and for a slow one, which has its own limit in a child;
# after that its process is killed and the document counts as unread.
QUICK_TURN, SLOW_TURN = 45.0, 90.0


@dataclass(slots=True)
class _Round:
    """One call of `Polling.poll`: what is on its way.

    unanswered: keys of sources without a recorded result. pushes: by their number in the inbox. put_off: sources whose
    documents found no room in the budget. slow: keys of sources whose documents are known to be slow. held: by key, the
    bytes of the budget that a document holds. results: to be recorded, since `gathered`. more: whether more was due
    than was leased so far.
    """

    fetcher: "Fetcher"
    report: CycleReport
    unanswered: set[str] = field(default_factory=set)
    pushes: dict[int, subscriber.Push] = field(default_factory=dict)
    put_off: deque[Subscription] = field(default_factory=deque)
    slow: set[str] = field(default_factory=set)
    held: dict[str, int] = field(default_factory=dict)
    results: list[tuple[Subscription, Retrieved]] = field(default_factory=list)
    more: bool = False


class Polling:
    """Polls the sources of one home. Its processes start when they are first needed."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        recording: Recording,
        inbox: Callable[[], Inbox],
        clock: HomeClock,
    ) -> None:
        self.store = store
        self.settings = settings
        self.recording = recording
        self.inbox = inbox
        self.clock = clock
        self.policy = fetch_policy(settings)
        self._budget = Budget(0)
        self._woken = threading.Event()
        self._pool: Pool[Unread, Retrieved | None] | None = None

    def poll(
        self,
        report: CycleReport,
        publish: Callable[[], None],
        *,
        look: Callable[[], None] | None = None,
        between: Callable[[], bool] = lambda: True,
    ) -> None:
        """Polls what is due, reads what hubs pushed, and records each result as soon as it is there.

        publish, between: called every TICK_SECONDS; if `between` returns False, polling ends and the sources that were
        not reached stay due. look: called every LOOK_SECONDS, after which new pushes and due sources join; with None,
        nothing joins.
        """
        began = self.clock()
        pushes, due = self._new_pushes(()), self._lease_due(began)
        if not pushes and not due:
            return
        from worker.cycle.fetching import Fetcher

        self._budget = Budget(max(MOST_WAITING_BYTES, self.settings.worker.max_body))
        under_way: _Round | None = None
        try:
            with Fetcher(self.policy, self._budget, self._woken.set) as fetcher:
                under_way = _Round(fetcher, report)
                self._request(under_way, due)
                self._read_pushes(under_way, pushes)
                self._run(under_way, began, publish, look, between)
        finally:
            if self._pool and self._pool.busy:
                self.close()
            if under_way is None or under_way.unanswered:
                with self.store.transaction() as transaction:
                    self.store.polls.free_leases(transaction)

    def _run(
        self,
        under_way: _Round,
        began: datetime,
        publish: Callable[[], None],
        look: Callable[[], None] | None,
        between: Callable[[], bool],
    ) -> None:
        """Until nothing is on its way any more."""
        ticked = gathered = looked = time.monotonic()
        while under_way.results or under_way.put_off or self._is_busy(under_way):
            self._woken.wait(GATHER_SECONDS if under_way.results else TICK_SECONDS)
            self._woken.clear()
            self._take_answers(under_way)
            self._take_readings(under_way)
            now = time.monotonic()
            if now - gathered >= GATHER_SECONDS:
                gathered = now
                self._record_results(under_way)
            if now - ticked >= TICK_SECONDS:
                ticked = now
                publish()
                if not between():
                    self._record_results(under_way)
                    return
                if under_way.more and self._has_room(under_way):
                    self._request(under_way, self._lease_due(self.clock() if look else began))
            if look and now - looked >= LOOK_SECONDS:
                looked = now
                look()
                if self._has_room(under_way):
                    self._request(under_way, self._lease_due(self.clock()))
                self._read_pushes(under_way, self._new_pushes(under_way.pushes))

    def _is_busy(self, under_way: _Round) -> bool:
        return under_way.more or under_way.fetcher.busy or bool(self._pool and self._pool.busy)

    def _has_room(self, under_way: _Round) -> bool:
        """Whether to lease more: only what is leased is in memory, and too little of it would leave places empty."""
        return under_way.fetcher.waiting < MOST_LEASED / 2

    def _record_results(self, under_way: _Round) -> None:
        results, under_way.results = under_way.results, []
        if results:
            self._record(results, under_way.report)
            under_way.unanswered -= {subscription.source.key for subscription, _ in results}

    def _request(self, under_way: _Round, due: Sequence[Subscription]) -> None:
        under_way.unanswered.update(subscription.source.key for subscription in due)
        under_way.more = len(due) == MOST_LEASED
        under_way.fetcher.start(due, self.clock())

    def _read_pushes(self, under_way: _Round, pushes: Sequence[subscriber.Push]) -> None:
        for push in pushes:
            under_way.pushes[push.n] = push
            # The server that took it in has the machine's clock.
            at = self.clock.reading(push.document.retrieved_at, self.clock())
            fetched = Fetched(replace(push.document, retrieved_at=at), delta=True)
            self._read(Unread(push.subscription, fetched, self.settings.timezone, push=push.n))

    def _take_answers(self, under_way: _Round) -> None:
        """Has documents read that have arrived."""
        for subscription, answer in under_way.fetcher.arrived():
            key = subscription.source.key
            if isinstance(answer, Fetched):
                answer = self._dated(subscription, answer)
            if answer is None:
                under_way.put_off.append(subscription)
            elif isinstance(answer, Fetched) and answer.document:
                under_way.held[key] = weight(len(answer.document.body))
                unread = Unread(subscription, answer, self.settings.timezone)
                if key in under_way.slow or subscription.state.error.startswith("E_PARSE"):
                    self._read_later(under_way, unread)
                else:
                    self._read(unread)
            else:
                under_way.results.append((subscription, self._result(subscription, answer)))
        # What found no room is asked for once more when nothing else needs any.
        if under_way.put_off and not under_way.fetcher.busy and not (self._pool and self._pool.busy):
            under_way.fetcher.start([under_way.put_off.popleft()], self.clock())

    def _result(self, subscription: Subscription, answer: Fetched | Exception) -> Retrieved:
        """The result of an answer that brought no document. Raises what the machine is at fault for."""
        if isinstance(answer, Fetched | FetchError):
            return without_document(subscription.source, answer)
        return failed(subscription.source, answer)

    def _dated(self, subscription: Subscription, answer: Fetched) -> Fetched:
        """The answer with the time of its arrival, by the home's time. An origin on this machine has its clock."""
        name = host(subscription.source.url)
        if answer.date and not is_loopback(name):
            self.clock.hear(name, answer.date)
        if not answer.document:
            return answer
        at = self.clock.reading(answer.document.retrieved_at, answer.date)
        return replace(answer, document=replace(answer.document, retrieved_at=at))

    def _take_readings(self, under_way: _Round) -> None:
        """Takes what executors have read, and tells of a cluster that cannot be used, or can again."""
        for line, bad in self._pool.news() if self._pool else ():
            log.log(logging.WARNING if bad else logging.INFO, "%s", line)
            if bad:
                under_way.report.notes.append(line)
        for unread, result in self._pool.results() if self._pool else ():
            subscription = unread.subscription
            if _slow(result) and not unread.slow:
                self._read_later(under_way, unread)
                continue
            retrieved = result if isinstance(result, Retrieved) else _lost_result(subscription, result)
            if unread.push:
                self._record_push(under_way.pushes.pop(unread.push), retrieved, under_way.report)
                continue
            if not unread.slow:
                under_way.fetcher.release()
            self._let_go(under_way, subscription)
            under_way.results.append((subscription, retrieved))

    def _read(self, unread: Unread) -> None:
        if self._pool is None:
            # Imported and made on first use: most cycles of most homes bring no document.
            from worker.cycle.retrieve import read_unread
            from worker.processes.pool import Pool

            self._pool = Pool(self.settings.worker.executor, "worker.cycle.executor", read_unread, self._woken.set)
        self._pool.submit(unread, SLOW_TURN if unread.slow else QUICK_TURN, slow=unread.slow)

    def _read_later(self, under_way: _Round, unread: Unread) -> None:
        """Puts a slow document behind all others, outside of the places of requests, as long as there is room."""
        key = unread.subscription.source.key
        under_way.slow.add(key)
        if unread.push:
            self._read(replace(unread, slow=True))
            return
        under_way.fetcher.release()
        assert unread.fetched.document
        size = len(unread.fetched.document.body)
        if self._budget.resize(under_way.held[key], size):
            under_way.held[key] = size
            self._read(replace(unread, slow=True))
        else:
            self._let_go(under_way, unread.subscription)
            under_way.put_off.append(unread.subscription)

    def _let_go(self, under_way: _Round, subscription: Subscription) -> None:
        """Gives back what a document holds of the budget; what was put off for want of room is asked for again."""
        held = under_way.held.pop(subscription.source.key, 0)
        self._budget.resize(held, 0)
        if held and under_way.put_off:
            under_way.fetcher.start([under_way.put_off.popleft()], self.clock())

    def _lease_due(self, now: datetime) -> list[Subscription]:
        """The longest overdue sources, each leased."""
        with self.store.transaction() as transaction:
            return self.store.polls.due(transaction, now, limit=MOST_LEASED)

    def _new_pushes(self, under_way: Container[int]) -> list[subscriber.Push]:
        """Pushes that are not being read yet."""
        return [push for push in subscriber.waiting_pushes(self.store, self.inbox()) if push.n not in under_way]

    def _record_push(self, push: subscriber.Push, retrieved: Retrieved, report: CycleReport) -> None:
        """Records the entries of a push, then removes it from the inbox.

        A push that cannot be read makes its source due.
        """
        now, source = self.clock(), push.subscription.source
        decisions: list[Decision] = []
        try:
            if retrieved.error is None:
                with self.store.transaction() as transaction:
                    decisions, gone = self.recording.take(transaction, push.subscription, retrieved, now)
                    subscriber.note_push(self.store, transaction, push)
                report.withdrawn += gone
        except Exception as error:
            retrieved, decisions = failed(source, error), []
        if retrieved.error:
            with self.store.transaction() as transaction:
                self.store.polls.hasten(transaction, source.key, now, self.settings.worker.poll_min)
        _note_bugs(source, retrieved)
        self.inbox().remove_calls([push.n])
        report.add(decisions)
        level, line = poll_line(push.subscription, retrieved, decisions)
        log.log(level, "%s (pushed)", line)

    def _record(self, results: Sequence[tuple[Subscription, Retrieved]], report: CycleReport) -> None:
        """Records all results in one transaction: entries, validators and the time of the next poll belong together."""
        now = self.clock()
        # If two sources bring the same text, the one with the higher priority is shown.
        ranked = sorted(results, key=lambda result: -result[0].source.priority)
        for polled in self._record_all(ranked, now):
            report.polled += 1
            report.add(polled.decisions)
            report.withdrawn += polled.withdrawn
            level, line = poll_line(polled.subscription, polled.retrieved, polled.decisions)
            log.log(level, "%s", line)
            _note_bugs(polled.subscription.source, polled.retrieved)
            if polled.retrieved.error and polled.state.status is not Status.OK:
                report.failures.append(failure_of(polled.retrieved.error))
            elif polled.retrieved.error:
                report.unread.append(failure_of(polled.retrieved.error))

    def _record_all(self, results: Sequence[tuple[Subscription, Retrieved]], now: datetime) -> list[Polled]:
        """Records in one transaction; each in its own if one of them shows a bug, which is its source's error."""
        try:
            with self.store.transaction() as transaction:
                polls = [self.recording.record(transaction, *result, now) for result in results]
                record_polls(self.store, transaction, polls, now, self.settings.worker.burst)
            return polls
        except Exception as error:
            subscription, retrieved = results[0]
            bug = noted(error, without_credentials(subscription.source.url))
            if len(results) > 1:
                return [polled for result in results for polled in self._record_all([result], now)]
            if retrieved.error:
                raise
        return self._record_all([(subscription, failed(subscription.source, bug))], now)

    def close(self) -> None:
        if self._pool:
            self._pool.close()


def _note_bugs(source: Source, retrieved: Retrieved) -> None:
    for bug in retrieved.bugs:
        faults_log.debug("%s: %s\n%s", source.slug, bug.where, bug.trace)


def _slow(result: "Retrieved | Lost | None") -> bool:
    """Whether a document was not read within the time of its quick turn: an executor's child or a process said so."""
    reason = getattr(result, "reason", None)
    return result is None or (isinstance(reason, Killed) and reason.reason == "time")


def _lost_result(subscription: Subscription, lost: "Lost | None") -> Retrieved:
    """The error to record for a source whose reading gave no result. One whose process died or ran out of time twice,
    or lacked something of the machine, is polled again later.
    """
    name = without_credentials(subscription.source.url)
    if lost is not None and isinstance(lost.reason, Killed):
        return Retrieved(subscription.source.key, error=stopped_error(name, lost.reason))
    if lost is not None and lost.reason is not None:
        with suppress(*MACHINE):
            return failed(subscription.source, lost.reason)
    said = f"Reading this feed took too long, or its process ended. {LATER}"
    error = UnreadError(name, said, "E_READER")
    return Retrieved(subscription.source.key, error=error)
