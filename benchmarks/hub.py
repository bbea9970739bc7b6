"""How long after a change every subscriber of `seedfeed run` has been pushed it, beside a plain fan-out with aiohttp.

Subscribes so many callbacks on the loopback, then saves one article after the other and waits for the last push of
each. The plain fan-out posts the same bytes to the same callbacks, signed too, with 64 requests in flight; it knows no
store, no leases and no retries. `hang`: percent of the callbacks that never answer; nobody waits for theirs. The
callbacks are answered by this process, which takes a good part of the time of both.
"""

import asyncio
import hashlib
import hmac
import resource
import statistics
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from benchmarks.figures import Measured, Options, beside
from benchmarks.homes import free_address, make_home, running, save, temporary
from benchmarks.processes import Cost, cpu_with_ended, fresh, tree

SETTLE_SECONDS = 1
PATIENCE_SECONDS = 120.0
SECRET = "a secret of the benchmark"
AT_ONCE = 64


def measure(options: Options) -> Iterator[Measured]:
    subscribers, changes = options.size("subscribers", 5, 200, 1000), options.size("changes", 1, 2, 5)
    costs, _ = fresh(push, subscribers, options.size("hang", 0, 0, 0), changes)
    ours, plain = Cost(*costs["ours"]), Cost(*costs["plain"])
    yield beside("from a settled file to the last subscriber", ours, "a plain fan-out", plain)


def push(subscribers: int, hang: int, changes: int) -> dict[str, tuple[float, float]]:
    """CPU and wall seconds for each change, medians."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    return asyncio.run(_push(subscribers, hang, changes))


class Receiver:
    """The callbacks: /cb/N confirms what it is asked, and notes when it was pushed."""

    def __init__(self, hanging: int) -> None:
        self.hanging = hanging
        self.confirmed: set[int] = set()
        self.pushed: dict[int, float] = {}
        self.bodies: set[bytes] = set()
        self.faults = 0
        self._news = asyncio.Event()

    async def serve(self, request: web.Request) -> web.Response:
        n = int(request.match_info["n"])
        if request.method == "GET":
            self.confirmed.add(n)
            self._news.set()
            return web.Response(text=request.query["hub.challenge"])
        body = await request.read()
        if n < self.hanging:
            await asyncio.sleep(PATIENCE_SECONDS)
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        self.faults += request.headers.get("X-Hub-Signature") != signature
        self.bodies.add(body)
        self.pushed.setdefault(n, time.time())
        self._news.set()
        return web.Response(status=204)

    async def until(self, what: Mapping[int, float] | set[int], count: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(what) < count:
                self._news.clear()
                await self._news.wait()

    def forget(self) -> None:
        self.pushed.clear()
        self.bodies.clear()


async def subscribe(base_url: str, callbacks: list[str], receiver: Receiver) -> None:
    """Until all are confirmed."""
    topic = f"{base_url}/feeds/all.atom"
    async with aiohttp.ClientSession() as client:
        for callback in callbacks:
            form = {"hub.mode": "subscribe", "hub.topic": topic, "hub.callback": callback, "hub.secret": SECRET}
            async with client.post(
                f"{base_url}/hub", data=urlencode(form), headers={"Content-Type": "application/x-www-form-urlencoded"}
            ) as response:
                if response.status != 202:
                    raise SystemExit(f"the hub answered {response.status}: {await response.text()}")
        await receiver.until(receiver.confirmed, len(callbacks))


async def fan_out(callbacks: list[str], body: bytes) -> None:
    """The plain one: what a hub would be that need not remember anything."""
    slots = asyncio.Semaphore(AT_ONCE)
    headers = {"Content-Type": "application/atom+xml; charset=utf-8"}

    async def post(client: aiohttp.ClientSession, callback: str) -> None:
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        async with slots, client.post(callback, data=body, headers=headers | {"X-Hub-Signature": signature}) as answer:
            await answer.read()

    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=10)) as client:
        await asyncio.gather(*(post(client, callback) for callback in callbacks), return_exceptions=True)


def fan(folder: str, callbacks: list[str]) -> tuple[float, float]:
    """The plain one in a process of its own."""
    body = (Path(folder) / "body").read_bytes()
    began, spent = time.perf_counter(), time.process_time()
    asyncio.run(fan_out(callbacks, body))
    return time.process_time() - spent, time.perf_counter() - began


async def _push(subscribers: int, hang: int, changes: int) -> dict[str, tuple[float, float]]:
    receiver = Receiver(subscribers * hang // 100)
    application = web.Application()
    application.router.add_route("*", "/cb/{n}", receiver.serve)
    # Hanging callbacks are not waited for at the end.
    runner = web.AppRunner(application, shutdown_timeout=0.1, handler_cancellation=True, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    callbacks = [f"http://127.0.0.1:{runner.addresses[0][1]}/cb/{n}" for n in range(subscribers)]
    healthy = callbacks[receiver.hanging :]
    try:
        with temporary() as directory:
            home = directory / "home"
            base_url = free_address()
            make_home(home, base_url=base_url, settle=f"{SETTLE_SECONDS}s")
            for n in range(50):
                save(home, -n)
            with running(home) as pid:
                await subscribe(base_url, callbacks, receiver)
                ours, plain = [], []
                for n in range(1, changes + 1):
                    # By then those that hang have been given up for now.
                    await asyncio.sleep(12 if receiver.hanging else 2)
                    receiver.forget()
                    spent = cpu_with_ended({pid, *tree(pid)})
                    changed = save(home, n)[0] + SETTLE_SECONDS
                    await receiver.until(receiver.pushed, len(healthy))
                    wall = max(receiver.pushed.values()) - changed
                    ours.append((cpu_with_ended({pid, *tree(pid)}) - spent, wall))
                    (directory / "body").write_bytes(max(receiver.bodies, key=len))
                    plain.append((await asyncio.to_thread(fresh, fan, directory, healthy))[0])
        if receiver.faults:
            raise SystemExit(f"{receiver.faults} pushes had wrong signatures")
        return {"ours": _middle(ours), "plain": _middle(plain)}
    finally:
        await runner.cleanup()


def _middle(costs: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(cpu for cpu, _ in costs), statistics.median(wall for _, wall in costs)
