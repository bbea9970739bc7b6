"""Worker and server as processes: which holds the lock, what stops on a signal, and which ends with the other."""

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from functools import cache

from feeds import signals
from feeds.errors import FAULTS, FaultError, SeedError, SeedfeedError, describe_fault
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import Store
from feeds.store.connection import OpenedFile
from feeds.store.seeds import SeedProblem
from worker.cycle.ingest import Ingest
from worker.health.record import record_seeds
from worker.run.faults import keeping_faults
from worker.run.lock import worker_lock
from worker.seeds.registry import problem_of

log = logging.getLogger("seedfeed")

Clock = Callable[[], datetime]

# Together with the current transaction, less than the 10 s that a stop may take.
SERVER_ENDS_SECONDS = 7
# Between two tries to start the worker.
RETRY_FIRST, RETRY_MOST = timedelta(seconds=2), timedelta(minutes=1)


@contextmanager
def ingesting(home: Home, settings: Settings, clock: Clock) -> Iterator[Ingest]:
    """An `Ingest` over an open store; the caller must hold the worker's lock."""
    with keeping_faults(home.data), closing(Store.open(home.store)) as store:
        try:
            ingest = Ingest(store, home, settings, clock)
        except (SeedError, FaultError) as error:
            with suppress(*FAULTS):
                _record(problem_of(error, home), store, max(clock(), store.moments.newest()))
            raise
        try:
            ingest.start()
            yield ingest
        finally:
            ingest.close()


def _record(problem: SeedProblem, store: Store, now: datetime) -> None:
    """Records what keeps the worker from reading anything, for the pages and feeds that are served meanwhile."""
    known = store.seeds.problems()
    if problem in known:
        return
    problems = [*(one for one in known if one.path != problem.path), problem]
    with store.transaction() as transaction:
        store.seeds.set_problems(transaction, problems)
        record_seeds(store, transaction, problems, now)


def stop_on_signals() -> threading.Event:
    """Set by SIGINT, SIGTERM, and SIGHUP unless that is ignored."""
    stop = threading.Event()

    signals.on_end(lambda *_: stop.set())
    return stop


def beat(ingest: Ingest, lock: OpenedFile, stop: threading.Event) -> None:
    """Runs the scheduled worker until `stop`. Raises ReplacedError if data/ was replaced or deleted meanwhile."""
    from worker.run.schedule import Heartbeat

    ingest.spread()
    Heartbeat(ingest, lock, stop).run()


def run_both(home: Home, settings: Settings, host: str, port: int, clock: Clock, welcome: Callable[[], None]) -> None:
    """Runs worker and server until a signal; the server alone for as long as no worker can start. Raises
    SeedfeedError if one of them cannot run, after ending the other.

    welcome: called once the server answers.
    """
    from feeds import server as serving

    stop = stop_on_signals()
    with serving.listen(host, port) as held:
        # Start the server first: it takes a second, and does not need the store for that.
        server = serving.start_server(home, held, host, port)

        @cache
        def greet() -> None:
            up = serving.wait_until_up(server, host, port, stop)
            if not up and not stop.is_set():
                raise SeedfeedError(f"the server did not start on {host}:{port}; its message stands above")
            if up:
                welcome()
            threading.Thread(target=_stop_with, args=(server, stop), daemon=True).start()

        try:
            _keep_working(home, settings, clock, stop, greet)
            ended_by_itself = server.poll() is not None
        finally:
            _end(server)
    if ended_by_itself:
        raise SeedfeedError("the server ended by itself; the worker has stopped too")


def _keep_working(
    home: Home, settings: Settings, clock: Clock, stop: threading.Event, tried: Callable[[], None]
) -> None:
    """Runs the worker until `stop`, and begins anew when a fault of the machine, or of the ledger, prevents or ends it.

    tried: called before each wait, for `stop` or for another try.
    """
    from worker.run.schedule import Faults

    faults, pause = Faults(), RETRY_FIRST
    while not stop.is_set():
        try:
            with worker_lock(home) as lock, ingesting(home, settings, clock) as ingest:
                for line in faults.passed(float("inf")):
                    log.info("%s", line)
                tried()
                beat(ingest, lock, stop)
        except (*FAULTS, FaultError, SeedError) as error:
            said = str(error).rstrip(".") if isinstance(error, SeedError) else describe_fault(error, home.data)
            for line in faults.failed(said, time.monotonic()):
                log.error("%s", line)
            tried()
            stop.wait(pause.total_seconds())
            pause = min(2 * pause, RETRY_MOST)


def _stop_with(server: "subprocess.Popen[bytes]", stop: threading.Event) -> None:
    server.wait()
    stop.set()


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(timeout=SERVER_ENDS_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
