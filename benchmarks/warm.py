"""A worker that runs already: cycles without start-up and imports, each on demand.

    python benchmarks/warm.py HOME        a cycle to warm up, {"ready": true}, then a cycle for every line of input

Each is answered by a line of JSON: {"wall": seconds, "index": seconds, "cpu": seconds, "parent_cpu": seconds,
"peak_mb": …, "new": entries, "failures": sources}. wall ends when all is published; index is what the search index took
after that. cpu counts both, and the executor's processes, as read from /proc: Linux only. parent_cpu and peak_mb are
the worker's own. It ends with its input.
"""

import json
import os
import resource
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from feeds.settings.load import Home, load_settings
from feeds.store import Store
from worker.cycle.ingest import Ingest
from worker.cycle.report import CycleReport
from worker.run.lock import worker_lock

_TICKS = os.sysconf("SC_CLK_TCK")


def _clock() -> datetime:
    return datetime.now(UTC)


def cpu_of_descendants() -> float:
    """CPU seconds that all processes below this one have used so far, with those that have ended."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            # The second field is the name and may hold spaces. After it: ppid, then utime to cstime as the 12th to
            # 15th (proc(5)).
            fields = path.read_text().rpartition(")")[2].split()
            pid = int(path.parent.name)
            parents[pid] = int(fields[1])
            used[pid] = sum(map(int, fields[11:15])) / _TICKS
    return sum(seconds for pid, seconds in used.items() if _below(pid, os.getpid(), parents))


def _below(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid := parents.get(pid, 0):
        if pid == ancestor:
            return True
    return False


def measured(ingest: Ingest) -> dict[str, float]:
    others, own, started = cpu_of_descendants(), time.process_time(), time.perf_counter()
    report = CycleReport()
    ingest.read_seeds(report)
    ingest.poll(report, everything=True)
    ingest.publish(report)
    wall = time.perf_counter() - started
    # The search index follows, in the pauses of a running worker.
    ingest.index()
    index = time.perf_counter() - started - wall
    parent_cpu = time.process_time() - own
    return {
        "wall": wall,
        "index": index,
        "cpu": parent_cpu + cpu_of_descendants() - others,
        "parent_cpu": parent_cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "new": report.new,
        "failures": len(report.failures),
    }


def main() -> None:
    home = Home(Path(sys.argv[1]))
    with worker_lock(home):
        store = Store.open(home.store)
        ingest = Ingest(store, home, load_settings(home, {}), _clock)
        try:
            ingest.start()
            ingest.cycle(Event(), everything=True)
            print('{"ready": true}', flush=True)
            for _ in sys.stdin:
                print(json.dumps(measured(ingest)), flush=True)
        finally:
            ingest.close()
            store.close()


if __name__ == "__main__":
    main()
