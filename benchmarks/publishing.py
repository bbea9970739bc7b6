"""What one new entry costs the publication of a feed, beside feedgen rendering the whole feed as Atom and RSS.

A feed that holds so many entries of 5 KB is published; then entries come one by one. Everything that publishing does is
timed: fragments, documents, the gate, and what is written to the store.
"""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

from benchmarks.figures import Measured, Options, beside
from benchmarks.homes import temporary
from benchmarks.processes import Cost, fresh
from feeds.model import Decision, Entry, Person, Published, Source, SourceKind, Verdict
from feeds.publish import catalogue, regenerate
from feeds.publish.memory import FragmentMemory
from feeds.settings.schema import Settings
from feeds.store import Store
from feeds.text.dates import distinct

NOW = datetime(2026, 3, 20, tzinfo=UTC)
SOURCE = Source(str(uuid5(NAMESPACE_DNS, "wire")), "wire", SourceKind.FEED, "Wire", "https://wire.example/feed")
OWN = Source(str(uuid5(NAMESPACE_DNS, "site")), "seeds", SourceKind.SEEDS, "Site")
PARAGRAPH = "<p>The harbour board met on Thursday and put off the vote on the new quay for another month. </p>"


def measure(options: Options) -> Iterator[Measured]:
    rounds = options.size("rounds", 1, 10, 50)
    for entries in (50, 500):
        with temporary() as directory:
            ours, _ = fresh(publications, directory, entries, rounds)
            theirs, _ = fresh(renderings, directory, entries, rounds)
        yield beside(f"a new entry in a feed of {entries}", Cost(*ours), "feedgen, whole feed", Cost(*theirs), 1000)


def entry(number: int) -> Entry:
    """5 KB of HTML, like no other."""
    id_, moment = f"https://wire.example/{number}", NOW + timedelta(seconds=number)
    return Entry(
        source_id=SOURCE.key,
        id=id_,
        title=f"Report number {number}",
        updated=distinct(moment, id_),
        published=moment,
        dated=True,
        permalink=id_,
        authors=(Person("Ada Night"),),
        summary=f"What report number {number} says.",
        content=f"<p>Number {number}.</p>" + PARAGRAPH * 52,
        language="en",
        digest=str(number),
    )


def publications(root: str, entries: int, rounds: int) -> tuple[float, float]:
    """CPU and wall seconds of the publication of one more entry."""
    settings, memory = _settings(entries), FragmentMemory()
    cpu, wall = [], []
    with closing(Store.open(Path(root) / "store.sqlite")) as store:
        with store.transaction() as transaction:
            regenerate.mark_born(store, transaction, f"urn:uuid:{OWN.key}", NOW)
            for source in (OWN, SOURCE):
                store.sources.put(transaction, source, now=NOW, category_slugs={})
        _bring(store, [entry(number) for number in range(entries)])
        regenerate.publish(store, settings, NOW, memory=memory)
        for number in range(entries, entries + rounds):
            _bring(store, [entry(number)])
            began, spent = time.perf_counter(), time.process_time()
            regenerate.publish(store, settings, NOW, memory=memory)
            wall.append(time.perf_counter() - began)
            cpu.append(time.process_time() - spent)
    return statistics.median(cpu), statistics.median(wall)


def renderings(root: str, entries: int, rounds: int) -> tuple[float, float]:
    """The same of feedgen, over the entries that `publications` has left in the store."""
    settings = _settings(entries)
    cpu, wall = [], []
    with closing(Store.open(Path(root) / "store.sqlite")) as store:
        feed = catalogue.feeds_of(settings, store, catalogue.site_of(settings, store))["all"]
        listed = store.listings.published([line.n for line in store.listings.select(feed, timedelta())], "")
    for _ in range(rounds):
        began, spent = time.perf_counter(), time.process_time()
        _with_feedgen(listed)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - spent)
    return statistics.median(cpu), statistics.median(wall)


def _settings(entries: int) -> Settings:
    said = {"title": "All", "base_url": "https://news.example", "feed_limit": entries, "feed_span": "0s"}
    return Settings.of(said)


def _bring(store: Store, entries: Sequence[Entry]) -> None:
    with store.transaction() as transaction:
        decisions = [Decision(one, Verdict.NEW, "", listed_at=one.published) for one in entries]
        store.entries.apply(transaction, decisions, entries[-1].published, {})


def _with_feedgen(entries: Sequence[Published]) -> None:
    """As feedgen's README has it."""
    from feedgen.feed import FeedGenerator

    made = FeedGenerator()
    made.id("urn:feed")
    made.title("All")
    made.link(href="https://news.example/", rel="alternate")
    made.description("All")
    for one in entries:
        out = made.add_entry(order="append")
        out.id(one.entry.id)
        out.title(one.entry.title)
        out.link(href=one.entry.permalink)
        out.updated(one.entry.updated)
        out.published(one.entry.published)
        out.author(name="Ada Night")
        out.summary(one.entry.summary)
        out.content(one.entry.content, type="html")
    made.atom_str()
    made.rss_str()
