"""Homes to measure in: with subscriptions, with many stored entries, or with a worker and a server that run."""

import http.client
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.corpus import text_of
from benchmarks.figures import Options
from benchmarks.processes import fresh, started
from feeds.model import Decision, Entry, Source, SourceKind, Verdict
from feeds.settings.load import Home, load_settings
from feeds.store import Store
from worker.cycle.ingest import Ingest
from worker.cycle.report import CycleReport
from worker.entries.normalise import Context, normalise
from worker.model import RawEntry
from worker.run.lock import worker_lock

PATIENCE_SECONDS = 60.0
SEED = "The keeper of house {n} has trimmed the wick again and notes the wind. "
#: Sources of a filled home, and the time between two entries: what a middling home gets.
SOURCES = 20
APART = timedelta(seconds=130)
LANGUAGES = ("en", "de", "fr", "vi")
AT_ONCE = 100


@contextmanager
def temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="seedfeed-bench-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


def free_address() -> str:
    """The base_url of a port of the loopback that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def make_home(root: Path, urls: Sequence[str] = (), *, base_url: str = "", settle: str = "0s", more: str = "") -> None:
    """A home with these subscriptions, which may lie on the loopback. more: settings; all others are the defaults."""
    (root / "seeds").mkdir(parents=True)
    address = f'base_url = "{base_url}"\n[server]\nport = {urlsplit(base_url).port}\n' if base_url else ""
    networks = '[worker]\nallow_networks = ["127.0.0.0/8"]\nallow_callbacks = ["127.0.0.0/8"]\n'
    settings = f'title = "Benchmark"\n{address}[seeds]\nsettle = "{settle}"\n{networks}{more}'
    (root / "seeds" / "site.toml").write_text(settings, encoding="utf-8")
    if urls:
        subscribe(root, urls)


def subscribe(root: Path, urls: Sequence[str]) -> None:
    """Makes these the only subscriptions of a home, in a file that seems to have rested already."""
    outlines = "".join(f'<outline type="rss" text="Paper {n}" xmlUrl="{url}"/>\n' for n, url in enumerate(urls))
    opml = f'<opml version="2.0"><head><title>Feeds</title></head><body>\n{outlines}</body></opml>'
    path = root / "seeds" / "subscriptions.opml"
    path.write_text(opml, encoding="utf-8")
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))


def save(home: Path, n: int) -> tuple[float, bytes]:
    """Saves one article; gives the moment of that, as file times are, and words that only it holds."""
    title = f"The {n} lamps of quay number {n}"
    path = home / "seeds" / f"article-{n}.md"
    paragraph = SEED.format(n=n) * 8
    path.write_text(f"# {title}\n\n{paragraph}\n\n{paragraph}\n", encoding="utf-8")
    return path.stat().st_mtime, title.encode()


def seedfeed(*words: str, home: Path | None = None) -> tuple[str, ...]:
    """The command line of `seedfeed`."""
    return (sys.executable, "-m", "worker.cli", *words, *(("--home", str(home)) if home else ()))


def address_of(home: Path) -> str:
    """The base_url of a home that has one."""
    return load_settings(Home(home), {}).base_url


@contextmanager
def running(home: Path, command: str = "run", core: int | None = None) -> Iterator[int]:
    """`seedfeed run` or `serve` over a home with a base_url, once it answers; its process id."""
    with started(seedfeed(command, home=home), home / "log", core=core, signals=signal.SIGTERM) as pid:
        wait_for(f"{address_of(home)}/feeds/all.atom")
        yield pid


def wait_for(url: str) -> None:
    """Until a server answers with 200."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if get(url)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit(f"{url} did not answer with 200")


def get(url: str, headers: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers by their names in small letters, and body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request("GET", f"{parts.path}{'?' if parts.query else ''}{parts.query}", headers=dict(headers or {}))
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return response.status, names, response.read()
    finally:
        connection.close()


# Filled homes


def clock() -> datetime:
    return datetime.now(UTC)


@contextmanager
def ingesting(root: Path) -> Iterator[Ingest]:
    """The steps of a cycle for a home, in this process."""
    home = Home(root)
    with worker_lock(home):
        store = Store.open(home.store)
        ingest = Ingest(store, home, load_settings(home, {}), clock)
        try:
            ingest.start()
            yield ingest
        finally:
            ingest.close()
            store.close()


@contextmanager
def filled(options: Options, entries: int) -> Iterator[Path]:
    """A copy of a home with that many stored entries, published and indexed; it has a base_url, and nothing is due.

    It is filled once in a run.
    """
    kept = options.scratch / f"filled-{entries}"
    if not kept.is_dir():
        make_home(kept, [f"http://paper{n}.example/feed" for n in range(SOURCES)], base_url=free_address())
        fresh(fill, kept, entries)
    with temporary() as directory:
        home = directory / "home"
        shutil.copytree(kept, home)
        yield home


def fill(root: str, entries: int) -> int:
    with ingesting(Path(root)) as ingest:
        ingest.read_seeds(CycleReport())
        store, now = ingest.store, clock()
        sources = sources_of(store)
        with store.transaction() as transaction:
            for source in sources:
                state = replace(store.polls.state(source.key), next_poll_at=now + timedelta(hours=20), polls=1)
                store.polls.save_state(transaction, source.key, state)
        for start in range(0, entries, AT_ONCE):
            count = min(AT_ONCE, entries - start)
            bring(ingest, articles(sources, range(start, start + count), now - APART * entries))
        ingest.publish(CycleReport())
        ingest.index()
        return store.entries.count()


def sources_of(store: Store) -> list[Source]:
    return [source for source in store.sources.active() if source.kind is SourceKind.FEED]


def articles(sources: Sequence[Source], numbers: range, since: datetime) -> list[Entry]:
    """Entries with texts of many lengths that repeat nothing."""
    found = []
    for n in numbers:
        source, language = sources[n % len(sources)], LANGUAGES[n % len(LANGUAGES)]
        # Three different feeds: two in three have full texts.
        title, summary, html = text_of(n % 3, n, language, "https://site.example")
        published = since + APART * n
        raw = RawEntry(
            title=f"{title} {n}",
            content=html,
            summary=summary,
            published=published.isoformat(),
            link=f"https://site.example/{n}",
            language=language,
        )
        context = Context(source, "https://site.example/", published)
        found.append(normalise(raw, context, f"https://site.example/id/{n}"))
    return found


def bring(ingest: Ingest, entries: Sequence[Entry]) -> None:
    """Records entries as a poll would, and looks for their repeats."""
    store, moment = ingest.store, entries[-1].published
    with store.transaction() as transaction:
        decisions = [Decision(one, Verdict.NEW, "", listed_at=one.published) for one in entries]
        store.entries.apply(transaction, decisions, moment, {})
    ingest.publishing.folding.fold(moment)
