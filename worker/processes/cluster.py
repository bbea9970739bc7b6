"""A Dask cluster as an executor: `dask://HOST:PORT`, `dask+tls://HOST:PORT`, or `dask`, a cluster in this process.

All that concerns it happens in a thread of its own, so that a scheduler that does not answer delays no cycle. Workers
get what they need with each batch, the documents and what is known of their sources; they open no store. One of another
version or with other code gets no work: it might read documents otherwise, or not understand what it is sent.

Whoever can reach the scheduler can run any code on the workers and, by their answers, here (docs/scale.md).
"""

import asyncio
import hashlib
import importlib
import logging
import os
import pickle
import threading
import time
import warnings
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar
from uuid import uuid4

from feeds.errors import SeedfeedError
from worker.processes.executors import Gone, Outcomes, perform

In = TypeVar("In")
Out = TypeVar("Out")

# How often the scheduler is asked for its workers, and how often it is looked for while it is away.
_LOOK_SECONDS, _AGAIN_SECONDS = 1.0, 5.0
# A scheduler that takes longer for an answer is away. A first cycle waits for one of its answers.
_ANSWER_SECONDS = 3.0
# A worker tells its scheduler every second that it lives. One that does not for so long hangs, and gets no documents.
_SILENT_SECONDS = 15.0
# How long a farewell may take.
_CLOSE_SECONDS = 3.0
_LOGGERS = ("distributed", "distributed.client", "distributed.gc", "tornado.application")
# What must be the same everywhere, by the names of Dask, and the number of parts that count.
_SAME = {"python": ("Python", 2), "distributed": ("distributed", 9), "seedfeed": ("Seedfeed", 9)}


def check(setting: str) -> None:
    """Raises SeedfeedError if Dask is not installed, which this `worker.executor` needs."""
    if find_spec("distributed") is None:
        raise SeedfeedError(
            f'worker.executor = "{setting}" needs Dask, which is not installed: in your checkout of Seedfeed run'
            ' .venv/bin/pip install -e ".[dask]", or what you installed it with, pipx install --force ".[dask]" or'
            ' uv tool install --force ".[dask]"'
        )


class _Away(Exception):
    """The cluster cannot be used. args: (the reason, as the end of a sentence,)."""


class Cluster(Generic[In, Out]):
    """The workers of one scheduler, in the terms of `Executor`. setting, module, function, wake: see `Pool`.

    away: whether it was looked for in vain, or lost since. workers: threads of all workers that may be used.
    """

    def __init__(self, setting: str, module: str, function: Callable[[In], Out], wake: Callable[[], None]) -> None:
        scheme, _, place = setting.partition("://")
        self.address = place and f"{'tls' if scheme == 'dask+tls' else 'tcp'}://{place}"
        self.away = False
        self.workers = 0
        self._name = f'worker.executor = "{setting}": the {"scheduler" if place else "cluster in this process"}'
        self._module = module
        self._function = function
        self._wake = wake
        self._thread: threading.Thread | None = None
        self._told_away = ""
        self._told: set[str] = set()
        self._news: SimpleQueue[tuple[str, bool]] = SimpleQueue()

    def start(self) -> None:
        """Begins to look for the cluster, unless that goes on already."""
        if self._thread is None:
            self.away, self.workers = False, 0
            self._client: Any = None
            self._faults: dict[str, str] = {}
            # When each worker was heard last: by the scheduler's clock, and by ours when that changed.
            self._heard: dict[str, tuple[float, float]] = {}
            self._silent: set[str] = set()
            self._admitted: Mapping[str, int] = {}
            self._under_way: dict[Future[Outcomes[Out]], tuple[asyncio.Task[Outcomes[Out]], frozenset[str]]] = {}
            self._stop = asyncio.Event()
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._run, args=(self._loop,), name="dask", daemon=True)
            self._thread.start()

    def submit(self, values: Sequence[In]) -> "Future[Outcomes[Out]]":
        batch: Future[Outcomes[Out]] = Future()
        packed = pickle.dumps((self._function, values), protocol=pickle.HIGHEST_PROTOCOL)
        self._loop.call_soon_threadsafe(self._begin, batch, packed)
        return batch

    def end(self, batch: "Future[Outcomes[Out]]") -> None:
        def cancel() -> None:
            if batch in self._under_way:
                self._under_way[batch][0].cancel()

        self._loop.call_soon_threadsafe(cancel)

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._stop.set)
            thread.join(_CLOSE_SECONDS)

    def news(self) -> list[tuple[str, bool]]:
        """What is to be told since the last call, and whether it is bad; each trouble once, until it is over."""
        news = []
        with suppress(Empty):
            while True:
                news.append(self._news.get_nowait())
        return news

    # In the thread

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(self._attend())

    async def _attend(self) -> None:
        while not self._stop.is_set():
            try:
                async with self._connected() as (client, ours):
                    self._client = client
                    while True:
                        await self._look(client, ours)
                        if await self._stopped(_LOOK_SECONDS):
                            break
            except _Away as error:
                self._lose(str(error))
            except OSError as error:
                self._lose(f"does not answer ({_said(error)})")
            except Exception:  # Dask meets what is no scheduler, or one of another version, with any error
                other = "without TLS (dask://)" if self.address.startswith("tls") else "with TLS (dask+tls://)"
                answers = f"what answers there is no Dask scheduler, or one {other}"
                self._lose(f"cannot be used: {answers}" if self.address else "does not work")
            await self._stopped(_AGAIN_SECONDS)

    async def _stopped(self, seconds: float) -> bool:
        """Waits so long, or until it is to end; and whether it is."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
        return self._stop.is_set()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[Any, Mapping[str, Any]]]:
        """A client of a scheduler with our versions, and these."""
        distributed = _distributed()
        async with AsyncExitStack() as stack:
            place: Any = self.address
            if place.startswith("tls") and not distributed.Security().get_connection_args("client")["ssl_context"]:
                raise _Away("asks for certificates, and none are set (docs/scale.md)")
            if place:
                host, _, port = place.partition("://")[2].rpartition(":")
                # Dask would try for as long as it may to reach what refuses connections.
                async with asyncio.timeout(_ANSWER_SECONDS):
                    _, probe = await asyncio.open_connection(host.strip("[]"), int(port))
                probe.close()
            else:
                place = await stack.enter_async_context(_own_cluster(distributed))
            client = distributed.Client(place, asynchronous=True, timeout=_ANSWER_SECONDS, set_as_default=False)
            stack.push_async_callback(_leave, client)
            async with asyncio.timeout(2 * _ANSWER_SECONDS):
                await client
                ours = distributed.versions.get_versions([*_SAME])
                ours["code"] = code()
                if fault := difference(ours, await client.scheduler.versions(packages=[*_SAME])):
                    raise _Away(fault)
            yield client, ours

    async def _look(self, client: Any, ours: Mapping[str, Any]) -> None:
        """Finds out which workers there are, and gives up on batches that none may run any more."""
        async with asyncio.timeout(_ANSWER_SECONDS):
            found = (await client.scheduler.identity(n_workers=-1))["workers"]
        if client.status != "running":
            raise ConnectionError("connection lost")
        newcomers = [address for address in found if address not in self._faults]
        self._faults = {address: fault for address, fault in self._faults.items() if address in found}
        # Each by itself: one that hangs keeps no other from work.
        for judged in await asyncio.gather(*(_judged(client, ours, address) for address in newcomers)):
            self._faults |= judged
        for address, fault in self._faults.items():
            said_once = f"{address.rpartition(':')[0]} {fault}"
            if fault and said_once not in self._told:
                self._told.add(said_once)
                self._news.put((f"the Dask worker at {address} {fault}; until then it gets no documents", True))
        await self._leave_silent(client, {address: worker["last_seen"] for address, worker in found.items()})
        self._admit(
            {
                address: worker["nthreads"]
                for address, worker in found.items()
                if self._faults.get(address) == "" and address not in self._silent and worker["status"] == "running"
            }
        )

    async def _leave_silent(self, client: Any, seen: Mapping[str, float]) -> None:
        """Takes their batches from workers that hang."""
        now, heard = time.monotonic(), self._heard
        self._heard = {
            address: heard[address] if address in heard and heard[address][0] == last else (last, now)
            for address, last in seen.items()
        }
        silent = {address for address, (_, since) in self._heard.items() if now - since > _SILENT_SECONDS}
        for address in sorted(silent - self._silent):
            said = f"has said nothing for {_SILENT_SECONDS:.0f} s; until it does it gets no documents"
            self._news.put((f"the Dask worker at {address} {said}", True))
        self._silent = silent
        if silent and self._under_way:
            async with asyncio.timeout(_ANSWER_SECONDS):
                processing = await client.scheduler.processing()
            stuck = {key for address in silent for key in processing.get(address, ())}
            for task, _ in list(self._under_way.values()):
                if task.get_name() in stuck:
                    task.cancel()

    def _admit(self, workers: Mapping[str, int]) -> None:
        self._admitted, self.workers = workers, sum(workers.values())
        for task, allowed in list(self._under_way.values()):
            if not allowed & workers.keys():
                task.cancel()
        if not workers:
            self._tell_away("has no workers that can be used")
        elif self.away or self._told_away:
            self._told_away, self.away = "", False
            self._told.add(self._name)
            self._news.put((f"{self._name} is used again: documents are read there, {self.workers} at a time", False))
        elif self._name not in self._told:
            self._told.add(self._name)
            self._news.put((f"{self._name} is used: documents are read there, {self.workers} at a time", False))
        self._wake()

    def _lose(self, reason: str) -> None:
        self._client, self._admitted, self.workers = None, {}, 0
        for task, _ in list(self._under_way.values()):
            task.cancel()
        self._tell_away(reason)
        self._wake()

    def _tell_away(self, reason: str) -> None:
        """Tells of it when it begins, and when it becomes another; details in brackets change by themselves."""
        self.away = True
        if self._told_away.partition(" (")[0] != reason.partition(" (")[0]:
            self._told_away = reason
            self._news.put((f"{self._name} {reason}; meanwhile documents are read on this machine", True))

    def _begin(self, batch: "Future[Outcomes[Out]]", packed: bytes) -> None:
        allowed = frozenset(self._admitted)
        if self._client and allowed:
            key = f"read-{uuid4().hex}"
            task = self._loop.create_task(self._perform(self._client, packed, allowed, key), name=key)
            self._under_way[batch] = task, allowed
            task.add_done_callback(partial(self._settle, batch))
        else:
            batch.set_exception(Gone())

    async def _perform(self, client: Any, packed: bytes, allowed: Collection[str], key: str) -> Outcomes[Out]:
        answer = await client.submit(read, self._module, packed, workers=[*allowed], key=key)
        outcomes: Outcomes[Out] = pickle.loads(answer)  # noqa: S301  the cluster is ours
        return outcomes

    def _settle(self, batch: "Future[Outcomes[Out]]", task: "asyncio.Task[Outcomes[Out]]") -> None:
        del self._under_way[batch]
        # Dask cancels what it can give no result of, for lack of a connection.
        if task.cancelled() or isinstance(task.exception(), CancelledError):
            batch.set_exception(Gone())
        elif error := task.exception():
            # Several workers died with the batch, or Dask is at fault, or a module that a worker lacks.
            batch.set_exception(error)
        else:
            batch.set_result(task.result())


def read(module: str, packed: bytes) -> bytes:
    """Runs a batch on a worker of the cluster."""
    importlib.import_module(module)
    function, values = pickle.loads(packed)  # noqa: S301  from the home that the worker works for
    return pickle.dumps(perform(function, values), protocol=pickle.HIGHEST_PROTOCOL)


@cache
def code() -> str:
    """A digest of the code that this process runs, since checkouts of one version differ; here and on workers."""
    digest = hashlib.sha256()
    root = Path(__file__).parents[2]
    for package in ("feeds", "worker"):
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".toml"):
                body = path.read_bytes()
                digest.update(f"{path.relative_to(root).as_posix()} {len(body)}\n".encode() + body)
    return digest.hexdigest()


async def _judged(client: Any, ours: Mapping[str, Any], address: str) -> dict[str, str]:
    """What keeps the worker at this address from reading for us, or ""; nothing if it does not answer."""
    question = {"op": "versions", "packages": [*_SAME]}
    with suppress(TimeoutError, KeyError):
        async with asyncio.timeout(_ANSWER_SECONDS):
            said = await client.scheduler.broadcast(msg=question, workers=[address], on_error="ignore")
            if fault := difference(ours, said[address]):
                return {address: fault}
            # Code from before there was this question answers with an error.
            codes = await client.run(code, workers=[address], on_error="return")
            return {address: difference(ours, said[address] | {"code": codes[address]})}
    return {}


def _distributed() -> Any:
    """Dask's module, which is to say nothing itself: what is told are sentences of ours."""
    distributed = importlib.import_module("distributed")
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", category=distributed.versions.VersionMismatchWarning)
    warnings.filterwarnings("ignore", message="Sending large graph")
    return distributed


@asynccontextmanager
async def _own_cluster(distributed: Any) -> AsyncIterator[str]:
    """The address of a scheduler in this process, with one worker. What they serve by HTTP stays on the loopback."""
    own = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
    async with (
        distributed.Scheduler(protocol="inproc://", **own) as scheduler,
        distributed.Worker(scheduler.address, nthreads=max(2, os.cpu_count() or 1), **own),
    ):
        yield scheduler.address


async def _leave(client: Any) -> None:
    with suppress(Exception):  # a scheduler that is away needs no farewell
        await asyncio.wait_for(client.close(), _CLOSE_SECONDS / 2)


def _said(error: OSError) -> str:
    """Why there was no answer."""
    if isinstance(error, TimeoutError):
        return f"nothing for {_ANSWER_SECONDS:.0f} s"
    # Errors of Dask have no number, those of look-ups a negative one.
    number = error.errno or 0
    said = os.strerror(number) if number > 0 else error.strerror or "the connection broke off"
    return said[0].lower() + said[1:]


def difference(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    """What differs first of versions and, where both sides tell of it, code, as the end of a sentence, or ""."""
    for package, (name, parts) in _SAME.items():
        mine, other = (".".join((side["packages"].get(package) or "").split(".")[:parts]) for side in (ours, theirs))
        if mine != other:
            has = f"{name} {other}" if other else f"no {name}"
            return f"has {has} where this home has {mine}, and needs the same"
    # A scheduler is not asked: it hands batches on and looks into none.
    if "code" in theirs and theirs["code"] != ours["code"]:
        version = ours["packages"]["seedfeed"]
        return f"has Seedfeed {version} from another checkout than this home, and needs the same code (and a restart)"
    return ""
