"""The heartbeat: APScheduler as a clock, and a watcher that wakes it when a seed file is saved.

What is due is stored in the database (`next_poll_at`) and the folder, never in the scheduler, so a restart loses
nothing. All jobs share one thread, since the store has one connection; the beat goes on while a poll waits for its
results.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import cast

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import ConflictingIdError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from watchfiles import watch

from feeds.errors import FAULTS, ReplacedError, StoreError, describe_fault, noted
from feeds.store.connection import OpenedFile
from worker.cycle.ingest import Ingest
from worker.cycle.report import CycleReport

log = logging.getLogger("seedfeed")

BEAT = timedelta(seconds=1)
POLL = timedelta(seconds=2)
UPKEEP = timedelta(hours=1)
WATCH_AGAIN = timedelta(seconds=1)
# Delay before recording answers of subscribers.
ANSWERS = timedelta(seconds=0.1)
# Time in each beat for the search index, which follows what is published.
INDEXING = timedelta(seconds=0.2)
# A fault is over when all steps have worked for so long; most have nothing to write in most beats.
RECOVERED = timedelta(minutes=1)
# How often the worker reports that it is alive, and how late that may be.
PULSE = timedelta(seconds=30)
LATE = timedelta(minutes=3)


class Faults:
    """Which faults of the machine to report: each kind once, however often it repeats, and its end with their number.

    Times are seconds of any one clock.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._last = 0.0

    def failed(self, fault: str, now: float) -> list[str]:
        """The lines to log when a step failed. fault: "PLACE: KIND"; the place may be another each time."""
        kind = fault.rpartition(": ")[2]
        self._counts[kind] += 1
        self._last = now
        again = self._counts[kind] > 1
        return [] if again else [f"{fault}. Nothing that is stored is lost; it is tried again until it works"]

    def passed(self, now: float) -> list[str]:
        """The lines to log when a step did what it should."""
        if not self._counts or now - self._last < RECOVERED.total_seconds():
            return []
        lines = [
            f"it works again, after {count} failures: {kind.partition('. ')[0]}" for kind, count in self._counts.items()
        ]
        self._counts.clear()
        return lines


class Every(IntervalTrigger):  # type: ignore[misc]  # APScheduler has no types
    """An interval from one run to the next, whatever lies between.

    APScheduler's own counts up all runs that were missed before it leaves them out: for minutes, and gigabytes, when a
    clock leaps ahead by years.
    """

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        begin = max(previous_fire_time, now) if previous_fire_time else None
        return cast("datetime", super().get_next_fire_time(begin, now))


class Heartbeat:
    """Runs an `Ingest` until `stop` is set: seeds as they are saved, sources as they come due, then publishing."""

    def __init__(self, ingest: Ingest, lock: OpenedFile, stop: threading.Event) -> None:
        self.ingest = ingest
        self.lock = lock
        self.stop = stop
        self._replaced: ReplacedError | None = None
        self._look_at: float = 0.0
        self._pulsed_at = self._kept_up_at = self._indexed_at = time.monotonic()
        self._saved = threading.Event()
        self._faults = Faults()
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    def run(self) -> None:
        """Blocks until `stop`, then lets the current write finish. Raises ReplacedError if data/ went meanwhile."""
        now = datetime.now(UTC)

        def every(pause: timedelta, step: Callable[[], object], first: datetime) -> None:
            trigger = Every(seconds=pause.total_seconds(), timezone=UTC)
            self._scheduler.add_job(self._step, trigger, [step], next_run_time=first)

        every(PULSE, self._pulse, now)
        every(BEAT, self._beat, now)
        every(POLL, self._poll, now + BEAT / 2)
        every(UPKEEP, self._upkeep, now + UPKEEP)
        self.ingest.on_answers(self._record_answers_soon)
        watcher = threading.Thread(target=self._watch, daemon=True)
        self._scheduler.start()
        watcher.start()
        ahead = time.time() - time.monotonic()
        while not self.stop.wait(BEAT.total_seconds()):
            before, ahead = ahead, time.time() - time.monotonic()
            if ahead < before - BEAT.total_seconds():
                # The clock was set back. The scheduler would wait until it has caught up.
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
        if not self._replaced:
            log.info("stopping, as soon as what is being written is whole")
        self._scheduler.shutdown(wait=True)
        if self._replaced:
            raise self._replaced

    def _step(self, step: Callable[[], object]) -> None:
        """Does a step; a fault of the machine, or ours, ends the step alone, which comes again."""
        try:
            self._do(step)
        except ReplacedError as error:
            self._replaced = error
            self.stop.set()
        except (*FAULTS, StoreError) as error:
            fault = describe_fault(error, self.ingest.home.data)
            log.debug("the step that failed", exc_info=True)
            for line in self._faults.failed(fault, time.monotonic()):
                log.error("%s", line)
        except Exception as error:
            for line in self._faults.failed(f"the worker: {noted(error, 'a step of the worker')}", time.monotonic()):
                log.error("%s", line)
        else:
            for line in self._faults.passed(time.monotonic()):
                log.info("%s", line)

    def _do(self, step: Callable[[], object]) -> None:
        """Does a step while data/ is there. Raises ReplacedError otherwise, whatever else that looks like."""
        try:
            self._check_data()
            step()
        except (*FAULTS, StoreError):
            self._check_data()
            raise

    def _check_data(self) -> None:
        self.lock.check()
        self.ingest.store.file.check()

    def _beat(self) -> None:
        """Reads seeds if they may have changed, and publishes what is stale."""
        if self.stop.is_set():
            return
        report = CycleReport()
        if self._saved.is_set() or time.monotonic() >= self._look_at:
            self._saved.clear()
            self.ingest.read_seeds(report)
            self._look_at = time.monotonic() + self._until_next_look(report.settles_at)
        if not report.settles_at or self.ingest.published:
            # Publish for the first time only when every file has settled: subscribers must not see an apparently empty
            # home.
            self.ingest.publish_soon(report)
        self.ingest.notify()
        if time.monotonic() - self._indexed_at >= BEAT.total_seconds():
            self.ingest.index(INDEXING.total_seconds())
            self._indexed_at = time.monotonic()

    def _record_answers_soon(self) -> None:
        """Schedules recording of subscribers' answers soon, batched with those that arrive meanwhile."""
        when = datetime.now(UTC) + ANSWERS
        with suppress(ConflictingIdError):
            self._scheduler.add_job(self._step, "date", [self._notify], run_date=when, id="answers")

    def _notify(self) -> None:
        if not self.stop.is_set():
            self.ingest.notify()

    def _until_next_look(self, settles_at: datetime | None) -> float:
        """Seconds until the next scan of the folder, without a notice of changes."""
        now = self.ingest.clock()
        moments = [moment for moment in (settles_at, self.ingest.seeding.next_look()) if moment]
        waits = [max(0.05, (moment - now).total_seconds()) for moment in moments]
        wait = min([self.ingest.settings.seeds.scan.total_seconds(), *waits])
        if wait < BEAT.total_seconds():
            # Before the next beat, so that a saved file is published as soon as it has settled.
            self._wake(timedelta(seconds=wait))
        return wait

    def _poll(self) -> None:
        if not self.stop.is_set():
            self.ingest.poll(CycleReport(), follow=True, between=self._keep_going)
            self.ingest.mind_hubs()

    def _keep_going(self) -> bool:
        """Does the work that must go on during a long poll, since there is only one thread."""
        now = time.monotonic()
        if now - self._pulsed_at >= PULSE.total_seconds():
            self._step(self._pulse)
        if now - self._kept_up_at >= UPKEEP.total_seconds():
            self._step(self._upkeep)
        self._step(self._beat)
        return not self.stop.is_set()

    def _pulse(self) -> None:
        self._pulsed_at = time.monotonic()
        self.ingest.expect(LATE)

    def _upkeep(self) -> None:
        self._kept_up_at = time.monotonic()
        self.ingest.upkeep()

    def _wake(self, wait: timedelta) -> None:
        when = datetime.now(UTC) + wait
        self._scheduler.add_job(self._step, "date", [self._beat], run_date=when, id="wake", replace_existing=True)

    def _watch(self) -> None:
        """Wakes the beat when anything below seeds/ changes; without events, the next scan finds it."""
        logged = False
        while not self.stop.is_set():
            try:
                for _ in watch(
                    self.ingest.home.seeds,
                    stop_event=self.stop,
                    debounce=200,
                    step=50,
                    watch_filter=None,
                    raise_interrupt=False,
                ):
                    self._saved.set()
                    self._wake(timedelta())
            except (OSError, RuntimeError, ValueError) as error:
                # A name that is not UTF-8 ends a watch, and so does the removal of a folder.
                if not logged:
                    advice = "; rename that, so that its name is UTF-8" if "decode" in str(error) else ""
                    log.warning("seeds/ cannot be watched just now (%s%s); it is scanned all the same", error, advice)
                logged = True
                self._saved.set()
                self._wake(timedelta())
                self.stop.wait(WATCH_AGAIN.total_seconds())
