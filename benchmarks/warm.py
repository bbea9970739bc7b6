"""A worker that runs already: cycles without start-up and imports, each on demand.

    python benchmarks/warm.py HOME WARM_UP_HOME     {"ready": true}, then for every line on standard input a cycle

Each cycle is answered by a line of JSON: {"wall": seconds, "cpu": seconds, "parent_cpu": seconds, "peak_mb": …,
"new": entries, "failures": sources}. The cycles over WARM_UP_HOME beforehand import and load what loads once, in the
executor's processes too. CPU time of those is read from /proc: Linux only. peak_mb is the parent's.
"""

import json
import os
import resource
import sys
import time
from concurrent.futures import Executor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from feeds.config import Home, load
from feeds.store import Store
from worker.ingest import CycleReport, Ingest
from worker.lock import worker_lock
from worker.pool import executor_of, shut_down

_TICKS = os.sysconf("SC_CLK_TCK")


def _clock() -> datetime:
    return datetime.now(UTC)


def cpu_of(executor: Executor) -> float:
    """CPU seconds that the processes of an executor have used so far."""
    used = 0.0
    for pid in getattr(executor, "_processes", None) or {}:
        # The second field is the name and may hold spaces; after it, utime and stime are the 12th and 13th (proc(5)).
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used += (int(fields[11]) + int(fields[12])) / _TICKS
    return used


def main() -> None:
    home, warm_up = (Home(Path(path)) for path in sys.argv[1:])
    settings = load(home, {})
    executor = executor_of(settings.worker.executor, "worker.retrieve")
    try:
        with worker_lock(warm_up):
            store = Store.open(warm_up.store)
            # The first cycle may run in the first process alone, while the others are starting.
            for _ in range(2):
                _cycle(Ingest(store, warm_up, settings, executor, _clock))
                _forget_validators(store)
            store.close()
        with worker_lock(home):
            store = Store.open(home.store)
            ingest = Ingest(store, home, settings, executor, _clock)
            ingest.start()
            print('{"ready": true}', flush=True)
            for _ in sys.stdin:
                print(json.dumps(measured(ingest, executor)), flush=True)
            store.close()
    finally:
        shut_down(executor)


def _cycle(ingest: Ingest) -> CycleReport:
    ingest.start()
    return ingest.cycle(Event(), everything=True)


def _forget_validators(store: Store) -> None:
    with store.transaction():
        store.connection.execute("UPDATE sources SET etag = '', last_modified = '', body_digest = ''")


def measured(ingest: Ingest, executor: Executor) -> dict[str, float]:
    parents, children, started = time.process_time(), cpu_of(executor), time.perf_counter()
    report = ingest.cycle(Event(), everything=True)
    wall = time.perf_counter() - started
    parent_cpu = time.process_time() - parents
    return {
        "wall": wall,
        "cpu": parent_cpu + cpu_of(executor) - children,
        "parent_cpu": parent_cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "new": report.new,
        "failures": len(report.failures),
    }


if __name__ == "__main__":
    main()
