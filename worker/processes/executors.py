"""What runs batches of inputs: processes or threads of this machine. A Dask cluster is in `worker.processes.cluster`.

Each process is a child that limits itself (`worker.processes.confined`), and a thread of ours waits for it. So what
dies or is killed takes nothing else with it, and what an input must be confined for is done in the process itself.
"""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from math import inf
from typing import Generic, Protocol, TypeVar

from worker.processes.child import MEMORY_MB, Child, Killed

In = TypeVar("In")
Out = TypeVar("Out")
_In = TypeVar("_In", contravariant=True)

_TASK = "input"
# Processes that had nothing to do for this long end. A start costs most of a second of processor time.
IDLE_SECONDS = 120.0
# How often an input is handed to a process that dies; the last one is new.
_TRIES = 2


class Lost(Exception):
    """There is no result: the process ended before it, or `reason` was raised, which the function should not do. A
    process that was stopped for what the input takes is such a reason, too (`Killed.of_size`).
    """

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


class Local(Generic[In, Out]):
    """Processes or threads of this machine.

    setting: `worker.executor`. module: imported in every process at its start.
    """

    def __init__(self, setting: str, module: str, function: Callable[[In], Out]) -> None:
        self.workers = workers(setting)
        self._in_threads = setting.startswith("threads")
        self._module = module
        self._function = function
        # Made with the first batch: a machine that has no room for it loses that batch, not the caller.
        self._threads: ThreadPoolExecutor | None = None
        self._free: list[Child] = []
        self._running: dict[Future[Outcomes[Out]], Child] = {}

    @property
    def pids(self) -> list[int]:
        return [child.pid for child in (*self._free, *self._running.values()) if child.pid]

    def submit(self, values: Sequence[In]) -> "Future[Outcomes[Out]]":
        self._threads = self._threads or ThreadPoolExecutor(self.workers, thread_name_prefix="retrieve")
        batch: Future[Outcomes[Out]] = Future()
        self._threads.submit(self._run, batch, values)
        return batch

    def end(self, batch: "Future[Outcomes[Out]]") -> None:
        if child := self._running.get(batch):
            child.end()
        elif not self._in_threads:
            batch.cancel()

    def close(self) -> None:
        threads, self._threads = self._threads, None
        if threads:
            threads.shutdown(wait=False, cancel_futures=True)
        for child in list(self._running.values()):
            child.end()
        while self._free:
            self._free.pop().close()

    def _run(self, batch: "Future[Outcomes[Out]]", values: Sequence[In]) -> None:
        """Runs a batch, in a thread."""
        if not batch.set_running_or_notify_cancel():
            return
        try:
            batch.set_result(perform(self._function, values) if self._in_threads else self._confined(batch, values))
        except BaseException as error:
            batch.set_exception(error)

    def _confined(self, batch: "Future[Outcomes[Out]]", values: Sequence[In]) -> Outcomes[Out]:
        child = self._running[batch] = self._free.pop() if self._free else self._new_child()
        began = time.monotonic()
        try:
            outcomes = [self._outcome(child, value) for value in values]
            return time.monotonic() - began, outcomes
        finally:
            del self._running[batch]
            if not child.ended:
                self._free.append(child)

    def _new_child(self) -> Child:
        name = f"{self._function.__module__}:{self._function.__qualname__}"
        return Child({_TASK: name}, MEMORY_MB, IDLE_SECONDS, self._module)

    def _outcome(self, child: Child, value: In) -> Out | Lost:
        for _ in range(_TRIES):
            try:
                result: Out = child.call(_TASK, value, seconds=inf)
                return result
            except Killed as error:
                if child.ended:
                    raise Gone from error
                if error.of_size:
                    return Lost(error)
                child.close()
            except Exception as error:
                return Lost(error)
        return Lost()
