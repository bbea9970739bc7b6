"""What reading a feed costs each lane, beside feedparser and a bare tree of lxml, over the same documents.

Only documents that the strict lane and lxml read as they stand are timed, since the others go to feedparser anyway.
Each engine reads them all in a process of its own, the first time uncounted.
"""

import io
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import feedparser
from lxml import etree

from benchmarks.corpus import feeds_of
from benchmarks.figures import Measured, Options, beside
from benchmarks.processes import Cost, fresh, median
from worker.model import Document
from worker.parse import lenient, parse, prolog

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TREE, FEEDPARSER = "lxml, a tree and no entries", "feedparser"

Engine = Callable[[Document, frozenset[bytes]], object]


def measure(options: Options) -> Iterator[Measured]:
    feeds, runs = options.size("feeds", 3, 130, 1000), options.size("runs", 1, 1, 9)
    costs = {
        name: median(
            Cost(*fresh(read, name, feeds, str(options.corpus or ""), 1 if name == FEEDPARSER else 3)[0])
            for _ in range(1 if name == FEEDPARSER else runs)
        )
        for name in ENGINES
    }
    for name in ("strict lane", "strict lane, nothing new"):
        yield beside(name, costs[name], FEEDPARSER, costs[FEEDPARSER], 1000)
        comma = "," if "," in name else ""
        yield beside(f"{name}{comma} beside a bare tree", costs[name], TREE, costs[TREE], 1000)
    yield beside("lenient lane", costs["lenient lane"], FEEDPARSER, costs[FEEDPARSER], 1000)


def read(engine: str, feeds: int, corpus: str, rounds: int) -> tuple[float, float]:
    """CPU and wall seconds for each feed."""
    found = documents(Path(corpus) if corpus else None, feeds)
    work = ENGINES[engine]
    known = [frozenset(parse(one).items) if engine.endswith("nothing new") else frozenset() for one in found]
    for one, seen in zip(found[:10], known, strict=False):
        work(one, seen)
    began, spent = time.perf_counter(), time.process_time()
    for _ in range(rounds):
        for one, seen in zip(found, known, strict=True):
            work(one, seen)
    each = 1 / rounds / len(found)
    return (time.process_time() - spent) * each, (time.perf_counter() - began) * each


def documents(folder: Path | None, most: int) -> list[Document]:
    found: list[Document] = []
    for n, (_, body) in enumerate(feeds_of(folder)):
        one = Document(name=f"feed {n}", body=body, retrieved_at=NOW, url=f"https://site.example/{n}")
        try:
            if parse(one).lane == "strict":
                _bare_tree(one, frozenset())
                found.append(one)
        except Exception:
            continue
        if len(found) == most:
            break
    return found


def _bare_tree(one: Document, _: frozenset[bytes]) -> object:
    return etree.fromstring(one.body, etree.XMLParser(resolve_entities=False, no_network=True))


def _lenient(one: Document, _: frozenset[bytes]) -> object:
    return lenient.parse(prolog.clean(prolog.decoded_text(one)[0])[0], one)


ENGINES: dict[str, Engine] = {
    TREE: _bare_tree,
    "strict lane": lambda one, _: parse(one),
    "strict lane, nothing new": parse,
    "lenient lane": _lenient,
    FEEDPARSER: lambda one, _: feedparser.parse(io.BytesIO(one.body)),
}
