"""What processes cost: CPU seconds with all that they start, wall seconds, and memory. Linux only, as /proc is read.

Whatever is measured runs in a process that is new, so that nothing is warm that is cold in use.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Cost:
    """cpu, wall: seconds. peak_mb: the most memory of all processes together, if it was asked for."""

    cpu: float
    wall: float
    peak_mb: float = 0.0


def median(costs: Iterable[Cost]) -> Cost:
    found = list(costs)
    return Cost(*(statistics.median(getattr(one, name) for one in found) for name in ("cpu", "wall", "peak_mb")))


def environment(home: Path | None = None) -> dict[str, str]:
    """That of this process, without settings of Seedfeed. home: the home directory of the user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEEDFEED_")}
    return kept | {"PYTHONPATH": str(ROOT)} | ({"HOME": str(home)} if home else {})


def run(*command: str, directory: Path | None = None, memory: bool = False) -> tuple[Cost, str]:
    """Runs a command to its end; gives its cost and its output. SystemExit with its messages if it failed."""
    timed = [sys.executable, str(ROOT / "benchmarks" / "timed.py"), *command]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            timed,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            cwd=directory or ROOT,
            env=environment(directory),
        )
        try:
            with sampled(process.pid) if memory else _unsampled() as peak:
                process.wait()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        output.seek(0)
        errors.seek(0)
        *lines, last = output.read().decode("utf-8", "replace").splitlines() or [""]
        told = json.loads(last) if not process.returncode else {"status": process.returncode}
        if told["status"]:
            messages = "\n".join((*lines[-20:], errors.read().decode("utf-8", "replace")[-3000:]))
            raise SystemExit(f"{' '.join(command)[:300]}: failed\n{messages}")
        return Cost(told["cpu"], told["wall"], peak()), "\n".join(lines)


def fresh(function: Callable[..., object], *arguments: object, memory: bool = False) -> tuple[Any, Cost]:
    """Calls a function of a module in a new process; its arguments and its result travel as JSON.

    The cost is that of the whole process, with its imports.
    """
    given = json.dumps(arguments, default=str)
    command = (sys.executable, "-m", "benchmarks.fresh", function.__module__, function.__name__, given)
    cost, output = run(*command, memory=memory)
    return json.loads(output.rpartition("\n")[2]), cost


@contextmanager
def started(
    command: Sequence[str], log: Path, *, core: int | None = None, signals: int = signal.SIGTERM
) -> Iterator[int]:
    """The process id of a program that runs as long as the block, on one core if asked for."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment(), cwd=ROOT
        )
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        try:
            yield process.pid
        except BaseException:
            sys.stderr.write(log.read_text("utf-8", "replace")[-3000:])
            raise
        finally:
            process.send_signal(signals)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def tree(pid: int) -> frozenset[int]:
    """The processes that a process has started, with those that they have, without itself."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            # The second field is the name and may hold spaces; after it come the state and the parent (proc(5)).
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    below: set[int] = set()
    new = {pid}
    while new:
        new = {one for one, parent in parents.items() if parent in new} - below
        below |= new
    return frozenset(below)


def cpu_seconds(pids: Iterable[int]) -> float:
    """What living processes have used so far, exact once they wait for something."""
    spent = 0
    for pid in pids:
        for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with suppress(OSError):
                spent += int(path.read_text().split()[0])
    return spent / 1e9


def cpu_with_ended(pids: Iterable[int]) -> float:
    """The same in steps of 10 ms, with the threads and children that have ended."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            # utime to cstime are the 14th to 17th field.
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(pids: Iterable[int]) -> float:
    """Proportional set size of all together: a page that several share counts once."""
    kilobytes = 0
    for pid in pids:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kilobytes += int(line.split()[1])
    return kilobytes / 1024


@contextmanager
def sampled(pid: int) -> Iterator[Callable[[], float]]:
    """Looks ten times a second at the memory of all that a process has started; the most of it, once the block ends."""
    done, most = threading.Event(), 0.0

    def look() -> None:
        nonlocal most
        while not done.wait(SAMPLE_SECONDS):
            most = max(most, memory_mb(tree(pid)))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield lambda: most
    finally:
        done.set()
        thread.join()


@contextmanager
def _unsampled() -> Iterator[Callable[[], float]]:
    yield lambda: 0.0
