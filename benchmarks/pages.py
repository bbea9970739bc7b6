"""What a request for a page costs the server: when nothing has changed since the last one, and when an entry came.

nginx serves the same bytes as files, the least that a page can cost.
"""

import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.figures import Measured, Options, beside
from benchmarks.homes import (
    APART,
    address_of,
    articles,
    bring,
    clock,
    filled,
    free_address,
    get,
    ingesting,
    running,
    sources_of,
)
from benchmarks.processes import Cost, cpu_seconds, fresh, tree
from benchmarks.serving import nginx
from feeds.settings.load import Home
from feeds.store import Store
from worker.cycle.report import CycleReport

# A word of one language in four, and one that a single entry holds.
COMMON, RARE = "harbour", "1234"
BASELINE = "nginx, the same bytes"


def measure(options: Options) -> Iterator[Measured]:
    entries = options.size("entries", 60, 20_000, 100_000)
    requests, changes = options.size("requests", 2, 30, 200), options.size("changes", 1, 5, 30)
    with filled(options, entries) as home:
        addresses = addresses_of(home)
        files = home / "files"
        files.mkdir()
        with running(home, "serve") as pid:
            unchanged = {name: asked(address, pid, requests) for name, address in addresses.items()}
            for n, address in enumerate(addresses.values()):
                (files / str(n)).write_bytes(get(address)[2])
            changed: dict[str, list[Cost]] = {name: [] for name in addresses}
            for n in range(changes):
                fresh(change, home, entries + n)
                for name, address in addresses.items():
                    changed[name].append(asked(address, pid, 1))
        least: dict[str, Cost | None] = dict.fromkeys(addresses)
        if shutil.which("nginx"):
            url = free_address()
            with nginx(home / "nginx", files, url) as pid:
                least = {name: asked(f"{url}/{n}", pid, 10 * requests) for n, name in enumerate(addresses)}
    for name in addresses:
        costs = sorted(changed[name], key=lambda cost: cost.cpu)
        for words, cost in (("nothing changed", unchanged[name]), ("after a change", costs[len(costs) // 2])):
            yield beside(f"{name}, {words}", cost, BASELINE, least[name], 1000)


def addresses_of(home: Path) -> Mapping[str, str]:
    """The pages that are asked for, by the name of their figure."""
    base = address_of(home)
    store = Store.open_readonly(Home(home).store)
    try:
        uuid = store.connection.execute("SELECT uuid FROM entries ORDER BY n LIMIT 1 OFFSET 7").fetchone()[0]
    finally:
        store.close()
    return {
        "home page": f"{base}/",
        "page of a feed": f"{base}/feeds/all",
        "page of an entry": f"{base}/entries/{uuid}",
        "search for a common word": f"{base}/search?q={COMMON}",
        "search for a rare word": f"{base}/search?q={RARE}",
    }


def asked(url: str, pid: int, requests: int) -> Cost:
    """Seconds of a server for each request, after one that does not count if there are several."""
    if requests > 1:
        _ask(url)
    pids = {pid, *tree(pid)}
    spent, began = cpu_seconds(pids), time.perf_counter()
    for _ in range(requests):
        _ask(url)
    wall = time.perf_counter() - began
    time.sleep(0.02)  # the last threads go to sleep, and then their time is exact
    return Cost((cpu_seconds(pids) - spent) / requests, wall / requests)


def _ask(url: str) -> None:
    status, _, body = get(url, {"Accept-Encoding": "gzip"})
    if status != 200 or not body:
        raise SystemExit(f"{urlsplit(url).path} was answered with {status}")


def change(root: str, number: int) -> None:
    """One new entry, published and indexed."""
    with ingesting(Path(root)) as ingest:
        bring(ingest, articles(sources_of(ingest.store), range(number, number + 1), clock() - APART * number))
        ingest.publish(CycleReport())
        ingest.index()
