"""Executors: where fetching, parsing and sanitising happen. Values in, values out.

Processes are made by a fork server, so that none inherits our store connection, and ignore SIGINT: Ctrl-C is for the
parent, which ends them.
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, TypeVar

from feeds.errors import SeedfeedError

In = TypeVar("In")
Out = TypeVar("Out")

# How often a wait for results looks up: seeds and publishing get their turn then.
TICK_SECONDS = 0.1


def workers(setting: str) -> int:
    """How many batches run at once under `worker.executor`, e.g. "processes:4"."""
    kind, _, count = setting.partition(":")
    if kind in ("processes", "threads") and count:
        return int(count)
    return max(2, os.cpu_count() or 1) if kind == "processes" else 4


def executor_of(setting: str, module: str) -> Executor:
    """The executor that `worker.executor` names. module: imported in every process at its start, once."""
    kind = setting.partition(":")[0]
    if kind == "threads":
        return ThreadPoolExecutor(workers(setting), thread_name_prefix="retrieve")
    if kind == "dask":
        return _dask(setting)
    context = get_context("forkserver")
    return ProcessPoolExecutor(workers(setting), mp_context=context, initializer=_start, initargs=(module,))


def _start(module: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    importlib.import_module(module)


def _dask(setting: str) -> Executor:
    try:
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise SeedfeedError(
            f'worker.executor = "{setting}" needs Dask: install it with pip install "seedfeed[dask]"'
        ) from error
    address = setting.removeprefix("dask://") if "://" in setting else None
    client: Any = distributed.Client(f"tcp://{address}") if address else distributed.Client(processes=True)
    executor: Executor = client.get_executor()
    return executor


def map_unordered(
    executor: Executor, function: Callable[[In], Out], inputs: Iterable[In], between: Callable[[], bool]
) -> Iterator[tuple[In, Out | BaseException]]:
    """(input, result) as results arrive; an input whose process died comes with the error.

    between: called at every tick; False ends the waiting, and what has not started is cancelled.
    """
    waiting: dict[Future[Out], In] = {executor.submit(function, value): value for value in inputs}
    while waiting:
        done, _ = wait(waiting, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            value = waiting.pop(future)
            try:
                yield value, future.result()
            except BrokenProcessPool as error:
                yield value, error
        if not between():
            for future in waiting:
                future.cancel()
            return


def shut_down(executor: Executor) -> None:
    """Ends an executor without waiting for what still runs in it."""
    processes = list((getattr(executor, "_processes", None) or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    # A fetch may go on for worker.timeout; its result would have nowhere to go.
    for process in processes:
        process.kill()
    if "distributed" in sys.modules and hasattr(executor, "_client"):
        executor._client.close()
