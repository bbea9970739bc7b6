"""Worker and server as processes: which holds the lock, what stops on a signal, and which ends with the other."""

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType

from feeds import server as serving
from feeds.errors import SeedfeedError
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import Store
from feeds.store.connection import OpenedFile
from worker.cycle.ingest import Ingest
from worker.run.lock import worker_lock

Clock = Callable[[], datetime]

# Together with the current transaction, less than the 10 s that a stop may take.
SERVER_ENDS_SECONDS = 7


@contextmanager
def ingesting(home: Home, settings: Settings, clock: Clock) -> Iterator[Ingest]:
    """An `Ingest` over an open store; the caller must hold the worker's lock."""
    store = Store.open(home.store)
    try:
        ingest = Ingest(store, home, settings, clock)
        try:
            ingest.start()
            yield ingest
        finally:
            ingest.close()
    finally:
        store.close()


def stop_on_signals() -> threading.Event:
    """Set by SIGINT and SIGTERM."""
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    return stop


def beat(ingest: Ingest, lock: OpenedFile, stop: threading.Event) -> None:
    """Runs the scheduled worker until `stop`. Raises ReplacedError if data/ was replaced or deleted meanwhile."""
    from worker.run.schedule import Heartbeat

    ingest.spread()
    Heartbeat(ingest, lock, stop).run()


def run_both(home: Home, settings: Settings, host: str, port: int, clock: Clock, welcome: Callable[[], None]) -> None:
    """Runs worker and server until a signal. Raises SeedfeedError if one of them cannot run, after ending the other.

    welcome: called once the server answers.
    """
    stop = stop_on_signals()
    with serving.listen(host, port) as held, worker_lock(home) as lock:
        # Start the server first: it takes a second, and does not need the store for that.
        server = serving.start_server(home, held, host, port)
        try:
            with ingesting(home, settings, clock) as ingest:
                up = serving.wait_until_up(server, host, port, stop)
                if not up and not stop.is_set():
                    raise SeedfeedError(f"the server did not start on {host}:{port}; its message stands above")
                if up:
                    welcome()
                threading.Thread(target=_stop_with, args=(server, stop), daemon=True).start()
                beat(ingest, lock, stop)
            ended_by_itself = server.poll() is not None
        finally:
            _end(server)
    if ended_by_itself:
        raise SeedfeedError("the server ended by itself; the worker has stopped too")


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
