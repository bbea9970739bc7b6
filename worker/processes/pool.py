"""Executors, which fetch, parse and sanitise. Values in, values out.

A fork server starts the processes, so that none inherits our store connection. They ignore SIGINT: Ctrl-C is for the
parent, which ends them. A process that dies or misses its deadline takes its pool with it. The pool is then recreated,
and each lost input is retried once, alone and with more time, so that only the document at fault suffers, not those
that a busy machine slowed down.
"""

import importlib
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver, get_context
from typing import Any, Generic, TypeVar

from feeds import lifeline
from feeds.errors import SeedfeedError

In = TypeVar("In")
Out = TypeVar("Out")

# How often a wait for results returns, so that seeds and publishing get their turn.
TICK_SECONDS = 0.1
# An input that is retried alone has this many times its deadline.
_PATIENCE_ALONE = 4
# How often an input is handed to a pool that turns out to be broken; each time the pool is made again.
_STARTS = 3
# Within this after its processes were killed a pool reports that they are gone.
_NOTICED_SECONDS = 10.0
# Inputs in flight per worker: the one that runs and the ones that follow it.
_DEPTH = 3


class Lost(Exception):
    """The process ended before it gave a result."""


def workers(setting: str) -> int:
    """The number of parallel batches for a `worker.executor`, e.g. "processes:4"."""
    kind, _, count = setting.partition(":")
    if kind in ("processes", "threads") and count:
        return int(count)
    return max(2, os.cpu_count() or 1) if kind == "processes" else 4


class Pool(Generic[In, Out]):
    """Runs one function on an executor. setting: `worker.executor`. module: imported in every process at its start."""

    def __init__(self, setting: str, module: str, function: Callable[[In], Out]) -> None:
        self._setting = setting
        self._module = module
        self._function = function
        self._workers = workers(setting)
        self._client: Any = None
        # Made with the first input: a machine that has no room for it loses that input, not the caller.
        self._executor: Executor | None = None

    def map_unordered(
        self,
        inputs: Iterable[In],
        between: Callable[[], bool],
        *,
        deadline: Callable[[In], float],
        split: Callable[[In], Sequence[In]],
        apart: Callable[[In], frozenset[str]] = lambda _: frozenset(),
        more: Callable[[], Iterable[In]] = lambda: (),
    ) -> Iterator[tuple[In, Out | Lost]]:
        """Yields (input, result) as results arrive; every input once, or once for each part that it was split into.

        between: called at every tick; False ends the wait and cancels what has not started. deadline: seconds that an
        input may take from the start of its turn. split: parts of a lost input, which are retried alone. apart: inputs
        with a common value here never run at the same time. more: called at every tick for inputs to add to the queue,
        so that slow inputs delay nothing else.
        """
        lost: list[In] = []
        for value, result in self._round(list(inputs), between, deadline, apart, more):
            if isinstance(result, Lost):
                lost.append(value)
            else:
                yield value, result
        for part in [part for value in lost for part in split(value)]:
            yield from self._round([part], between, lambda one: _PATIENCE_ALONE * deadline(one), apart, lambda: ())

    def _round(
        self,
        inputs: Sequence[In],
        between: Callable[[], bool],
        deadline: Callable[[In], float],
        apart: Callable[[In], frozenset[str]],
        more: Callable[[], Iterable[In]],
    ) -> Iterator[tuple[In, Out | Lost]]:
        queue = list(inputs)
        running: dict[Future[Out], tuple[In, float]] = {}
        broken = False
        while queue or running:
            for value in self._next(queue, [busy for busy, _ in running.values()], apart):
                # The inputs before it may use their time first.
                ahead = max((end for _, end in running.values()), default=0.0) if len(running) >= self._workers else 0.0
                end = max(time.monotonic(), ahead) + deadline(value)
                if future := self._submit(value):
                    running[future] = (value, end)
                else:
                    broken = True
                    yield value, Lost()
            done, _ = wait(running, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                value, _ = running.pop(future)
                try:
                    yield value, future.result()
                except (BrokenProcessPool, MemoryError):
                    if getattr(self._executor, "_broken", False):
                        self._give_up()
                    broken = True
                    yield value, Lost()
            if not between():
                for future in running:
                    future.cancel()
                return
            # Lost inputs must not wait for ever behind new ones.
            queue += () if broken else more()
            late = max((time.monotonic() - end for _, end in running.values()), default=0.0)
            if late > 0:
                self._kill()
            if late > _NOTICED_SECONDS:
                # The pool has not noticed that its processes are gone: its own thread may have ended.
                self._give_up()
                given_up, running, broken = [value for value, _ in running.values()], {}, True
                yield from ((value, Lost()) for value in given_up)

    def _submit(self, value: In) -> Future[Out] | None:
        """The future of an input; None if no process could be started for it."""
        for _ in range(_STARTS):
            try:
                self._executor = self._executor or self._make_executor()
                return self._executor.submit(self._function, value)
            except (BrokenProcessPool, OSError, EOFError, RuntimeError):
                # A process ended while nothing was under way, or the fork server did while it started one; or the
                # machine has no memory, descriptors or threads left, of which RuntimeError reports the last.
                self._give_up()
        return None

    def _next(self, queue: list[In], busy: Sequence[In], apart: Callable[[In], frozenset[str]]) -> list[In]:
        """Removes from the queue what may run now."""
        held = frozenset[str]().union(*map(apart, busy))
        taken: list[In] = []
        for value in list(queue):
            # A few more than there are workers, so that none idles while a result is recorded.
            if len(busy) + len(taken) >= _DEPTH * self._workers:
                break
            if held.isdisjoint(apart(value)):
                queue.remove(value)
                taken.append(value)
                held |= apart(value)
        return taken

    def _make_executor(self) -> Executor:
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
            workers(self._setting), mp_context=context, initializer=_start, initargs=(self._module, os.getpid())
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
        processes = list((getattr(self._executor, "_processes", None) or {}).values())
        if self._client is not None:
            self._client.close()
            return
        if self._executor:
            self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()


def _start(module: str, worker: int) -> None:
    """Initialises a process of the pool: it ends with the fork server, which ends with the worker."""
    lifeline.end_with_parent(os.getppid())
    try:
        os.kill(worker, 0)
    except ProcessLookupError:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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
