"""How long after a change every subscriber of `seedfeed run` has been pushed it, beside a plain fan-out with aiohttp.

    python benchmarks/hub.py --subscribers 1000 --hang 0 --changes 3

Subscribes so many callbacks on the loopback, then saves one article after the other and waits for the last push of
each. The plain fan-out posts the same bytes to the same callbacks, signed too, with 64 requests in flight; it knows no
store, no leases and no retries. --hang: percent of the callbacks that never answer; nobody waits for theirs.
Everything is bounded in time; the home goes at the end.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from running import free_address, make_home, save, seedfeed_run

SETTLE_SECONDS = 1
PATIENCE_SECONDS = 120.0
SECRET = "a secret of the benchmark"
AT_ONCE = 64


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


async def subscribe(base_url: str, callbacks: list[str], receiver: Receiver) -> float:
    """Seconds until all are confirmed."""
    topic = f"{base_url}/feeds/all.atom"
    async with aiohttp.ClientSession() as client:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                async with client.get(topic) as response:
                    if response.status == 200:
                        break
            except aiohttp.ClientConnectionError:
                pass
            if time.monotonic() > deadline:
                raise SystemExit("the server did not come up")
            await asyncio.sleep(0.05)
        began = time.monotonic()
        for callback in callbacks:
            form = {"hub.mode": "subscribe", "hub.topic": topic, "hub.callback": callback, "hub.secret": SECRET}
            async with client.post(
                f"{base_url}/hub", data=urlencode(form), headers={"Content-Type": "application/x-www-form-urlencoded"}
            ) as response:
                if response.status != 202:
                    raise SystemExit(f"the hub answered {response.status}: {await response.text()}")
        await receiver.until(receiver.confirmed, len(callbacks))
        return time.monotonic() - began


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


async def plain(callbacks: list[str], body: bytes, directory: Path) -> float:
    """Seconds that a process of its own takes for it, once it has started."""
    (directory / "callbacks").write_text(json.dumps(callbacks), encoding="utf-8")
    (directory / "body").write_bytes(body)
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--fan-out", str(directory), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    return float(told)


async def measure(subscribers: int, hang: int, changes: int) -> None:
    receiver = Receiver(subscribers * hang // 100)
    application = web.Application()
    application.router.add_route("*", "/cb/{n}", receiver.serve)
    # Hanging callbacks are not waited for at the end.
    runner = web.AppRunner(application, shutdown_timeout=0.1, handler_cancellation=True, access_log=None)
    await runner.setup()
    server = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await server.start()
    port = runner.addresses[0][1]
    callbacks = [f"http://127.0.0.1:{port}/cb/{n}" for n in range(subscribers)]
    healthy = callbacks[receiver.hanging :]
    try:
        with tempfile.TemporaryDirectory(prefix="seedfeed-bench-") as directory:
            home = Path(directory) / "home"
            home.mkdir()
            base_url = free_address()
            make_home(home, base_url, SETTLE_SECONDS, '[worker]\nallow_callbacks = ["127.0.0.0/8"]\n')
            for n in range(50):
                save(home, -n)
            with seedfeed_run(home, base_url):
                took = await subscribe(base_url, callbacks, receiver)
                print(f"{subscribers} subscribers confirmed in {took:.1f} s")
                firsts, lasts, plains = [], [], []
                for n in range(1, changes + 1):
                    # By then those that hang have been given up for now.
                    await asyncio.sleep(12 if receiver.hanging else 2)
                    receiver.forget()
                    changed = save(home, n)[0] + SETTLE_SECONDS
                    await receiver.until(receiver.pushed, len(healthy))
                    firsts.append(min(receiver.pushed.values()) - changed)
                    lasts.append(max(receiver.pushed.values()) - changed)
                    size = max(map(len, receiver.bodies))
                    plains.append(await plain(healthy, max(receiver.bodies, key=len), Path(directory)))
                    print(f"change {n}: {size:,} bytes; first push after {firsts[-1]:.2f} s,", end=" ")
                    print(f"last after {lasts[-1]:.2f} s; plain fan-out to {len(healthy)} in {plains[-1]:.2f} s")
        spread = statistics.median(last - first for first, last in zip(firsts, lasts, strict=True))
        print(f"median: last push {statistics.median(lasts):.2f} s after the article had settled,", end=" ")
        print(f"from first to last {spread:.2f} s, {spread / statistics.median(plains):.1f} times the plain fan-out")
        print(f"wrong signatures: {receiver.faults}")
    finally:
        await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--hang", type=int, default=0, help="percent of the callbacks that never answer")
    parser.add_argument("--changes", type=int, default=3)
    parser.add_argument("--fan-out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    if options.fan_out:
        callbacks = json.loads((options.fan_out / "callbacks").read_text("utf-8"))
        body = (options.fan_out / "body").read_bytes()
        began = time.perf_counter()
        asyncio.run(fan_out(callbacks, body))
        print(time.perf_counter() - began)
        return
    asyncio.run(measure(options.subscribers, options.hang, options.changes))


if __name__ == "__main__":
    main()
