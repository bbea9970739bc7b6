"""Executors, which parse and sanitise one document at a time. Values in, values out.

A fork server starts the processes, so that none inherits our store connection. They ignore SIGINT: Ctrl-C is for the
parent, which ends them. A process that dies or misses its deadline takes its pool with it. The pool is then made again;
what may have been at fault is tried once more in a pool of its own and with more time, and everything else just runs
again, so that only the document at fault suffers, not those that a busy machine slowed down.
"""

import importlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import forkserver, get_context
from typing import Any, Generic, TypeVar

from feeds import lifeline, signals
from feeds.errors import SeedfeedError

In = TypeVar("In")
Out = TypeVar("Out")

# An input that is tried once more has this many times its deadline.
_PATIENCE_AGAIN = 4
# How often an input is handed to a pool that turns out to be broken; each time the pool is made again.
_STARTS = 3
# Within this after its processes were killed a pool reports that they are gone.
_NOTICED_SECONDS = 10.0
# Inputs in flight per worker: the one that runs and the ones that follow it.
_DEPTH = 3


class Lost(Exception):
    """There is no result: the process ended before it, or `reason` was raised, which the function should not do."""

    def __init__(self, reason: Exception | None = None) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class _Turn(Generic[In]):
    """An input on its way. seconds: from the start of its turn. slow: see `Pool.submit`. end: by time.monotonic()."""

    value: In
    seconds: float
    slow: bool
    end: float = 0.0


def workers(setting: str) -> int:
    """The number of documents read at once for a `worker.executor`, e.g. "processes:4"."""
    kind, _, count = setting.partition(":")
    if kind in ("processes", "threads") and count:
        return int(count)
    return max(2, os.cpu_count() or 1) if kind == "processes" else 4


class Pool(Generic[In, Out]):
    """Runs one function on an executor.

    setting: `worker.executor`. module: imported in every process at its start. wake: called by another thread when
    there may be results.
    """

    def __init__(
        self, setting: str, module: str, function: Callable[[In], Out], wake: Callable[[], None] = lambda: None
    ) -> None:
        self._setting = setting
        self._module = module
        self._function = function
        self._wake = wake
        self._workers = workers(setting)
        self._waiting: dict[bool, deque[_Turn[In]]] = {False: deque(), True: deque()}
        self._running: dict[Future[Out], _Turn[In]] = {}
        self._late: list[_Turn[In]] = []
        self._again: Pool[In, Out] | None = None
        self._last = False
        self._client: Any = None
        # Made with the first input: a machine that has no room for it loses that input, not the caller.
        self._executor: Executor | None = None

    @property
    def busy(self) -> bool:
        """Whether there are inputs without a result."""
        again = self._again is not None and self._again.busy
        return bool(self._running or any(self._waiting.values()) or again)

    def submit(self, value: In, seconds: float, *, slow: bool = False) -> None:
        """Takes an input. seconds: that it may take from the start of its turn.

        slow: it comes after all that are not, and never takes the last worker if there is more than one.
        """
        self._waiting[slow].append(_Turn(value, seconds, slow))

    def results(self) -> list[tuple[In, Out | Lost]]:
        """What came since the last call, every input once. Starts what may run; call it at least every second."""
        found: list[tuple[In, Out | Lost]] = []
        for future in [future for future in self._running if future.done()]:
            turn = self._running.pop(future)
            try:
                found.append((turn.value, future.result()))
            except (BrokenProcessPool, MemoryError):
                if getattr(self._executor, "_broken", False):
                    self._give_up()
                found += self._put_again(turn)
            except Exception as error:
                found.append((turn.value, Lost(error)))
        found += self._end_late()
        while upcoming := self._take_next():
            found += self._start(upcoming)
        if self._again:
            found += self._again.results()
            if not self._again.busy:
                self._again.close()
                self._again = None
        return found

    def _put_again(self, turn: _Turn[In]) -> list[tuple[In, Out | Lost]]:
        """An input that gave no result: it runs again, by itself if it may be at fault."""
        if self._late and turn not in self._late:
            self._waiting[turn.slow].appendleft(turn)
        elif self._last:
            return [(turn.value, Lost())]
        else:
            if self._again is None:
                setting = "threads:1" if self._setting.startswith("threads") else "processes:1"
                self._again = Pool(setting, self._module, self._function, self._wake)
                self._again._last = True
            self._again.submit(turn.value, _PATIENCE_AGAIN * turn.seconds)
        return []

    def _end_late(self) -> list[tuple[In, Out | Lost]]:
        """Kills the processes when an input is late."""
        now = time.monotonic()
        late = [turn for turn in self._running.values() if turn.end < now]
        if not late:
            return []
        self._late += [turn for turn in late if turn not in self._late]
        self._kill()
        if now - min(turn.end for turn in late) <= _NOTICED_SECONDS:
            return []
        # The pool has not noticed that its processes are gone: its own thread may have ended.
        turns = list(self._running.values())
        self._running.clear()
        found = [result for turn in turns for result in self._put_again(turn)]
        self._give_up()
        return found

    def _take_next(self) -> _Turn[In] | None:
        """The next input, if it may run now."""
        # A few more than there are workers, so that none idles while a result is recorded; but the last try is alone.
        if len(self._running) >= (1 if self._last else _DEPTH * self._workers):
            return None
        if self._waiting[False]:
            return self._waiting[False].popleft()
        slow = sum(turn.slow for turn in self._running.values())
        if self._waiting[True] and slow < max(1, self._workers - 1) and (self._workers > 1 or not self._running):
            return self._waiting[True].popleft()
        return None

    def _start(self, turn: _Turn[In]) -> list[tuple[In, Out | Lost]]:
        # The inputs before it may use their time first.
        ahead = max((one.end for one in self._running.values()), default=0.0)
        full = len(self._running) >= self._workers
        turn.end = (max(time.monotonic(), ahead) if full else time.monotonic()) + turn.seconds
        for _ in range(_STARTS):
            try:
                self._executor = self._executor or self._make_executor()
                future = self._executor.submit(self._function, turn.value)
            except (BrokenProcessPool, OSError, EOFError, RuntimeError):
                # A process ended while nothing was under way, or the fork server did while it started one; or the
                # machine has no memory, descriptors or threads left, of which RuntimeError reports the last.
                self._give_up()
                continue
            self._running[future] = turn
            future.add_done_callback(lambda _: self._wake())
            return []
        return self._put_again(turn)

    def _make_executor(self) -> Executor:
        self._late.clear()
        kind = self._setting.partition(":")[0]
        if kind == "threads":
            return ThreadPoolExecutor(workers(self._setting), thread_name_prefix="retrieve")
        if kind == "dask":
            self._client = _dask_client(self._setting)
            executor: Executor = self._client.get_executor()
            return executor
        context = get_context("forkserver")
        # Imported once, by the fork server; first the module that makes it end with this process.
        context.set_forkserver_preload(["worker.processes.forked", self._module])
        lifeline.announce()
        lifeline.in_lasting_thread(forkserver.ensure_running)
        return ProcessPoolExecutor(
            workers(self._setting), mp_context=context, initializer=_start_process, initargs=(self._module, os.getpid())
        )

    def _give_up(self) -> None:
        """Ends the executor as it is; the next input gets a new one."""
        self._kill()
        if self._executor and self._client is None:
            self._executor.shutdown(wait=False)
            self._executor = None

    def _kill(self) -> None:
        """Kills the processes of the pool, which breaks it; threads cannot be killed."""
        for process in list((getattr(self._executor, "_processes", None) or {}).values()):
            process.kill()

    def close(self) -> None:
        """Ends the pool without waiting for running tasks, whose results are no longer wanted."""
        if self._again:
            self._again.close()
        processes = list((getattr(self._executor, "_processes", None) or {}).values())
        if self._client is not None:
            self._client.close()
            return
        if self._executor:
            self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()


def end_fork_server() -> None:
    """Ends the fork server, after all pools are closed; the next pool starts another."""
    server: Any = forkserver._forkserver
    if server._forkserver_pid:
        os.kill(server._forkserver_pid, signal.SIGKILL)
        server._stop()


def _start_process(module: str, worker: int) -> None:
    """Initialises a process of the pool: it ends with the fork server, which ends with the worker."""
    lifeline.end_with_parent(os.getppid())
    try:
        os.kill(worker, 0)
    except ProcessLookupError:
        os._exit(1)
    signals.leave_to_parent()
    importlib.import_module(module)


def _dask_client(setting: str) -> Any:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError as error:
        raise SeedfeedError(
            f'worker.executor = "{setting}" needs Dask: install it with pip install "seedfeed[dask]"'
        ) from error
    address = setting.removeprefix("dask://") if "://" in setting else None
    return distributed.Client(f"tcp://{address}") if address else distributed.Client(dashboard_address=None)
