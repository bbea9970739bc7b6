"""What runs batches of inputs: processes or threads of this machine. A Dask cluster is in `worker.processes.cluster`.

A fork server starts the processes, so that none inherits our store connection. They ignore SIGINT: Ctrl-C is for the
parent, which ends them. A process that dies or is killed takes all others with it, and the next batch gets new ones.
"""

import importlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures import Executor as Started
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing import forkserver, get_context
from typing import Any, Generic, Protocol, TypeVar

from feeds import lifeline, signals

In = TypeVar("In")
Out = TypeVar("Out")
_In = TypeVar("_In", contravariant=True)

# How often a batch is handed to processes that turn out to be gone; each time there are new ones.
_STARTS = 3


class Lost(Exception):
    """There is no result: the process ended before it, or `reason` was raised, which the function should not do."""

    def __init__(self, reason: Exception | None = None) -> None:
        super().__init__(reason)
        self.reason = reason


class Gone(Exception):
    """The executor ended, and not for this batch: it may run again as if for the first time."""


#: The seconds that a batch took, and what came of each of its inputs.
Outcomes = tuple[float, list[Out | Lost]]


class Executor(Protocol[_In, Out]):
    """What runs batches. It starts with the first one, and after `close` again with the next."""

    @property
    def workers(self) -> int:
        """How many batches run at once; 0 if none can run now."""

    def submit(self, values: Sequence[_In]) -> "Future[Outcomes[Out]]":
        """The future raises Gone, Lost if a process ended with the batch, or what else befell it. Raises OSError,
        EOFError or RuntimeError if the machine has no memory, descriptors or threads left.
        """

    def end(self, batch: "Future[Outcomes[Out]]") -> None:
        """Ends a batch, and perhaps others, which are then Gone. Threads cannot be ended."""

    def close(self) -> None:
        """Ends without waiting for what runs."""


def perform(function: Callable[[In], Out], values: Sequence[In]) -> Outcomes[Out]:
    """Runs a batch, wherever that is. An input at which the function fails costs no other one its result."""
    began = time.monotonic()
    outcomes: list[Out | Lost] = []
    for value in values:
        try:
            outcomes.append(function(value))
        except MemoryError:
            raise
        except Exception as error:
            outcomes.append(Lost(error))
    return time.monotonic() - began, outcomes


def workers(setting: str) -> int:
    """The number of documents read at once for a `worker.executor` of this machine, e.g. "processes:4"."""
    kind, _, count = setting.partition(":")
    if kind in ("processes", "threads") and count:
        return int(count)
    return max(2, os.cpu_count() or 1) if kind == "processes" else 4


@dataclass(slots=True)
class _Run:
    """Processes or threads from their start to their end. ended: whether we ended them."""

    executor: Started
    ended: bool = False

    @property
    def processes(self) -> list[Any]:
        return list((getattr(self.executor, "_processes", None) or {}).values())


class Local(Generic[In, Out]):
    """Processes or threads of this machine.

    setting: `worker.executor`. module: imported in every process at its start.
    """

    def __init__(self, setting: str, module: str, function: Callable[[In], Out]) -> None:
        self.workers = workers(setting)
        self._threads = setting.startswith("threads")
        self._module = module
        self._function = function
        # Made with the first batch: a machine that has no room for it loses that batch, not the caller.
        self._run: _Run | None = None

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._run.processes] if self._run else []

    def submit(self, values: Sequence[In]) -> "Future[Outcomes[Out]]":
        for tries_left in reversed(range(_STARTS)):
            try:
                run = self._run = self._run or _Run(self._start())
                inner = run.executor.submit(perform, self._function, values)
                break
            except (BrokenProcessPool, OSError, EOFError, RuntimeError):
                # A process ended while nothing was under way, or the fork server did while it started one; or the
                # machine lacks something.
                self.close()
                if not tries_left:
                    raise
        batch: Future[Outcomes[Out]] = Future()
        inner.add_done_callback(partial(_hand_over, run, batch))
        return batch

    def end(self, batch: "Future[Outcomes[Out]]") -> None:  # noqa: ARG002  one process takes all others with it
        if self._run:
            self._run.ended = True
            for process in self._run.processes:
                process.kill()

    def close(self) -> None:
        run, self._run = self._run, None
        if run:
            run.ended = True
            processes = run.processes
            run.executor.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.kill()

    def _start(self) -> Started:
        if self._threads:
            return ThreadPoolExecutor(self.workers, thread_name_prefix="retrieve")
        context = get_context("forkserver")
        # Imported once, by the fork server; first the module that makes it end with this process.
        context.set_forkserver_preload(["worker.processes.forked", self._module])
        lifeline.announce()
        lifeline.in_lasting_thread(forkserver.ensure_running)
        return ProcessPoolExecutor(
            self.workers, mp_context=context, initializer=_start_process, initargs=(self._module, os.getpid())
        )


def _hand_over(run: _Run, batch: "Future[Outcomes[Out]]", inner: "Future[Outcomes[Out]]") -> None:
    """Passes on what came of a batch, in our terms."""
    try:
        batch.set_result(inner.result())
    except CancelledError:
        batch.set_exception(Gone())
    except BrokenProcessPool:
        batch.set_exception(Gone() if run.ended else Lost())
    except Exception as error:
        batch.set_exception(error)


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
