"""A pool for documents: batches out, results in, and only the document at fault suffers. Values in, values out.

Inputs travel in batches, of a size that follows from how long the last ones took, and of one while executors idle. What
may be at fault for the end of a process, or misses its deadline, is tried once more by itself on this machine and with
more time; everything else just runs again. A cluster that cannot be used is replaced by processes of this machine until
it can.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Generic, TypeVar

from worker.processes.executors import Executor, Gone, Local, Lost, Outcomes

if TYPE_CHECKING:
    from worker.processes.cluster import Cluster

In = TypeVar("In")
Out = TypeVar("Out")

# An input that is tried once more has this many times its deadline.
_PATIENCE_AGAIN = 4
# How often an input may lose its executor through no fault of its own before it is suspected all the same.
_STARTS = 3
# Within this after a batch was ended its executor reports so.
_NOTICED_SECONDS = 10.0
# Batches in flight per worker: the one that runs and the ones that follow it.
_DEPTH = 3
# With no more inputs than this waiting, one process does: starting another takes the processor as long as reading them.
_FEW = 50
# Unless the one is busy with one batch for this long.
_LONG_SECONDS = 5.0
# What a batch should take: handing it over costs 5 ms on a cluster, and its results come all at once.
_BATCH_SECONDS = 0.1
# Weight of the last batch in the mean time of an input.
_NEWS = 0.25


@dataclass(slots=True)
class _Turn(Generic[In]):
    """An input on its way. seconds: from the start of its turn. slow: see `Pool.submit`. gone: how often its executor
    was.
    """

    value: In
    seconds: float
    slow: bool
    gone: int = 0


@dataclass(slots=True)
class _Batch(Generic[In, Out]):
    """Inputs that run one after another. seconds: that it may take. began, end: by time.monotonic(). late: whether the
    end was missed.
    """

    turns: list[_Turn[In]]
    executor: Executor[In, Out]
    seconds: float
    began: float
    end: float
    late: bool = False


def batch_size(waiting: int, workers: int, seconds_each: float) -> int:
    """How many inputs travel together: as many as take a moment, if that leaves something for each worker."""
    return max(1, min(ceil(waiting / workers), int(_BATCH_SECONDS / max(seconds_each, 1e-6))))


def spread(waiting: int, seconds: float) -> bool:
    """Whether another process of this machine is worth its start. seconds: since the last batch began."""
    return waiting > _FEW or seconds > _LONG_SECONDS


def patience(seconds: float, ahead: Sequence[float], workers: int) -> float:
    """Seconds until a batch is late, if those ahead of it may use their time first."""
    return seconds + max((seconds, *ahead)) * (len(ahead) // workers)


class Pool(Generic[In, Out]):
    """Runs one function on an executor.

    setting: `worker.executor`. module: imported in every process at its start. wake: called by another thread when
    there may be results.
    """

    def __init__(
        self, setting: str, module: str, function: Callable[[In], Out], wake: Callable[[], None] = lambda: None
    ) -> None:
        self._alone = "threads:1" if setting.startswith("threads") else "processes:1"
        self._module = module
        self._function = function
        self._wake = wake
        self._waiting: dict[bool, deque[_Turn[In]]] = {False: deque(), True: deque()}
        self._running: dict[Future[Outcomes[Out]], _Batch[In, Out]] = {}
        self._seconds_each = _BATCH_SECONDS
        self._again: Pool[In, Out] | None = None
        self._last = False
        self.cluster = _cluster(setting, module, function, wake) if setting.startswith("dask") else None
        self.local: Local[In, Out] = Local("processes" if self.cluster else setting, module, function)

    @property
    def busy(self) -> bool:
        """Whether there are inputs without a result."""
        again = self._again is not None and self._again.busy
        return bool(self._running or any(self._waiting.values()) or again)

    def submit(self, value: In, seconds: float, *, slow: bool = False) -> None:
        """Takes an input. seconds: that it may take from the start of its turn.

        slow: it comes after all that are not, by itself, and never takes the last worker if there is more than one.
        """
        self._waiting[slow].append(_Turn(value, seconds, slow))

    def results(self) -> list[tuple[In, Out | Lost]]:
        """What came since the last call, every input once. Starts what may run; call it at least every second."""
        found: list[tuple[In, Out | Lost]] = []
        for future in [future for future in self._running if future.done()]:
            found += self._take(self._running.pop(future), future)
        found += self._end_late()
        while any(self._waiting.values()) and (executor := self._executor()) and (turns := self._take_next(executor)):
            found += self._start(turns, executor)
        if self._again:
            found += self._again.results()
            if not self._again.busy:
                self._again.close()
                self._again = None
        return found

    def news(self) -> list[tuple[str, bool]]:
        """What is to be told of the cluster since the last call, and whether it is bad."""
        return self.cluster.news() if self.cluster else []

    def _executor(self) -> Executor[In, Out] | None:
        """Where the next batch runs; None while a cluster is being looked for."""
        if self.cluster is None:
            return self.local
        self.cluster.start()
        if self.cluster.away:
            return self.local
        return self.cluster if self.cluster.workers else None

    def _take(self, batch: _Batch[In, Out], future: "Future[Outcomes[Out]]") -> list[tuple[In, Out | Lost]]:
        try:
            seconds, outcomes = future.result()
        except Exception as error:
            return [result for turn in batch.turns for result in self._put_again(turn, error, late=batch.late)]
        self._seconds_each += _NEWS * (seconds / len(outcomes) - self._seconds_each)
        found: list[tuple[In, Out | Lost]] = []
        for turn, outcome in zip(batch.turns, outcomes, strict=True):
            # What fails on a cluster may be the fault of its machines.
            if isinstance(outcome, Lost) and batch.executor is self.cluster:
                found += self._put_again(turn, outcome)
            else:
                found.append((turn.value, outcome))
        return found

    def _put_again(self, turn: _Turn[In], error: Exception, *, late: bool = False) -> list[tuple[In, Out | Lost]]:
        """An input that gave no result: it runs again, by itself if it may be at fault."""
        turn.gone += 1
        if isinstance(error, Gone) and not late and turn.gone < _STARTS:
            self._waiting[turn.slow].appendleft(turn)
        elif self._last:
            return [(turn.value, Lost() if late or isinstance(error, Gone | Lost) else Lost(error))]
        else:
            if self._again is None:
                self._again = Pool(self._alone, self._module, self._function, self._wake)
                self._again._last = True
            self._again.submit(turn.value, _PATIENCE_AGAIN * turn.seconds)
        return []

    def _end_late(self) -> list[tuple[In, Out | Lost]]:
        """Ends batches that are late."""
        now = time.monotonic()
        found: list[tuple[In, Out | Lost]] = []
        for future, batch in list(self._running.items()):
            if batch.end < now and not batch.late:
                batch.late = True
                batch.executor.end(future)
            elif batch.late and batch.end + _NOTICED_SECONDS < now and future in self._running:
                # The executor has not noticed that its processes are gone: its own thread may have ended.
                batch.executor.close()
                for other, fellow in list(self._running.items()):
                    if fellow.executor is batch.executor:
                        del self._running[other]
                        for turn in fellow.turns:
                            found += self._put_again(turn, Gone(), late=fellow.late)
        return found

    def _take_next(self, executor: Executor[In, Out]) -> list[_Turn[In]]:
        """The inputs that may run next, if any may now."""
        workers = executor.workers
        # A few more than there are workers, so that none idles while a result is recorded; but the last try is alone.
        if len(self._running) >= (1 if self._last else _DEPTH * workers):
            return []
        waiting, slow_ones = self._waiting[False], self._waiting[True]
        if waiting:
            quick = [batch.began for batch in self._running.values() if not batch.turns[0].slow]
            if executor is self.local and quick and not spread(len(waiting), time.monotonic() - quick[-1]):
                return []
            count = 1 if self._last else batch_size(len(waiting), workers, self._seconds_each)
            return [waiting.popleft() for _ in range(count)]
        slow = sum(batch.turns[0].slow for batch in self._running.values())
        if slow_ones and slow < max(1, workers - 1) and (workers > 1 or not self._running):
            return [slow_ones.popleft()]
        return []

    def _start(self, turns: list[_Turn[In]], executor: Executor[In, Out]) -> list[tuple[In, Out | Lost]]:
        # No more for many than for one: they were put together since they are quick.
        seconds = max(turn.seconds for turn in turns)
        began = time.monotonic()
        end = began + patience(seconds, [one.seconds for one in self._running.values()], executor.workers)
        try:
            future = executor.submit([turn.value for turn in turns])
        except (OSError, EOFError, RuntimeError):
            return [result for turn in turns for result in self._put_again(turn, Lost())]
        self._running[future] = _Batch(turns, executor, seconds, began, end)
        future.add_done_callback(lambda _: self._wake())
        return []

    def close(self) -> None:
        """Ends without waiting for what runs, whose results are no longer wanted. The next input starts anew."""
        if self._again:
            self._again.close()
            self._again = None
        for waiting in self._waiting.values():
            waiting.clear()
        self._running.clear()
        self.local.close()
        if self.cluster:
            self.cluster.close()


def _cluster(setting: str, module: str, function: Callable[[In], Out], wake: Callable[[], None]) -> "Cluster[In, Out]":
    from worker.processes.cluster import Cluster

    return Cluster(setting, module, function, wake)
