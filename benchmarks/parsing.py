"""What reading feeds costs each lane, beside feedparser and a bare lxml tree, over the same documents in the same run.

    python benchmarks/parsing.py [DIRECTORY] [--runs 5]

DIRECTORY holds feeds as files (.rss, .atom, .rdf, .xml); without one, made-up feeds of `origin.py` are read. One
process, one core; the engines take turns, and of each the median of its runs counts. Only documents that the strict
lane and lxml read as they stand are timed, since the others go to feedparser anyway; how many these are is told.
"""

import argparse
import io
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import feedparser
from lxml import etree
from origin import document as made_up

from worker.model import Document
from worker.parse import lenient, parse, prolog

NOW = datetime(2026, 11, 24, tzinfo=UTC)
MADE_UP = 200
SUFFIXES = (".rss", ".atom", ".rdf", ".xml")


def bodies(directory: Path | None) -> list[bytes]:
    if directory is None:
        return [made_up(n, 0) for n in range(MADE_UP)]
    return [
        path.read_bytes() for path in sorted(directory.iterdir()) if path.suffix in (".rss", ".atom", ".rdf", ".xml")
    ]


def documents(directory: Path | None) -> tuple[list[Document], int]:
    """The documents that are timed, and how many there are in all."""
    every = [
        Document(name=f"feed {n}", body=body, retrieved_at=NOW, url=f"https://site.example/{n}")
        for n, body in enumerate(bodies(directory))
    ]
    strict = []
    for one in every:
        try:
            if parse(one).lane == "strict":
                bare_tree(one, frozenset())
                strict.append(one)
        except Exception as error:
            print(f"{one.name} is left out: {error}")
    return strict, len(every)


def bare_tree(one: Document, _seen: frozenset[bytes]) -> None:
    etree.fromstring(one.body, etree.XMLParser(resolve_entities=False, no_network=True))


def strict_lane(one: Document, _seen: frozenset[bytes]) -> None:
    parse(one)


def nothing_new(one: Document, seen: frozenset[bytes]) -> None:
    parse(one, seen)


def lenient_lane(one: Document, _seen: frozenset[bytes]) -> None:
    lenient.parse(prolog.clean(prolog.decoded_text(one)[0])[0], one)


def feedparser_as_it_comes(one: Document, _seen: frozenset[bytes]) -> None:
    feedparser.parse(io.BytesIO(one.body))


ENGINES: dict[str, Callable[[Document, frozenset[bytes]], None]] = {
    "lxml, a tree and no entries": bare_tree,
    "strict lane": strict_lane,
    "strict lane, nothing new": nothing_new,
    "lenient lane": lenient_lane,
    "feedparser as it comes": feedparser_as_it_comes,
}


def measure(found: Sequence[Document], runs: int) -> dict[str, float]:
    """Median milliseconds of CPU for each feed, by engine."""
    seen = [frozenset(parse(one).items) for one in found]
    spent: dict[str, list[float]] = {name: [] for name in ENGINES}
    for _ in range(runs):
        for name, engine in ENGINES.items():
            began = time.process_time()
            for one, known in zip(found, seen, strict=True):
                engine(one, known)
            spent[name].append((time.process_time() - began) * 1000 / len(found))
    return {name: statistics.median(times) for name, times in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", nargs="?", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    found, every = documents(options.directory)
    costs = measure(found, options.runs)
    megabytes = sum(len(one.body) for one in found) / 1e6
    print(f"{len(found)} of {every} feeds, {megabytes:.1f} MB, medians of {options.runs}\n")
    print("| engine | ms/feed | times feedparser's speed | times the bare tree's time |\n|---|---|---|---|")
    slowest, tree = costs["feedparser as it comes"], costs["lxml, a tree and no entries"]
    for name, cost in costs.items():
        print(f"| {name} | {cost:.2f} | {slowest / cost:.1f} | {cost / tree:.1f} |")


if __name__ == "__main__":
    main()
