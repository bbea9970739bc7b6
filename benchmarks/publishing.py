"""What one new entry costs the publication of a feed, beside rendering the whole feed with feedgen.

    python benchmarks/publishing.py --entries 50 500

For each size a feed that holds so many entries of 5 KB is published; then entries come one by one. In turns with each
of them feedgen, as its README has it, renders the same entries from scratch as Atom and RSS. As Markdown it prints the
CPU milliseconds, medians of all rounds, by part, and how many times less than feedgen's they are.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import NAMESPACE_DNS, uuid5

from feedgen.feed import FeedGenerator

from feeds.http.codings import forms
from feeds.model import Decision, Entry, FeedHead, Person, Published, Source, SourceKind, Verdict
from feeds.publish import assembly, catalogue, gate, regenerate
from feeds.settings.schema import Settings
from feeds.store import Store
from feeds.text.dates import distinct

NOW = datetime(2026, 3, 20, tzinfo=UTC)
SOURCE = Source(str(uuid5(NAMESPACE_DNS, "wire")), "wire", SourceKind.FEED, "Wire", "https://wire.example/feed")
OWN = Source(str(uuid5(NAMESPACE_DNS, "site")), "seeds", SourceKind.SEEDS, "Site")
REFERENCE = "feedgen, whole feed"
PARAGRAPH = "<p>The harbour board met on Thursday and put off the vote on the new quay for another month. </p>"


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


def bring(store: Store, entries: Sequence[Entry]) -> None:
    with store.transaction() as transaction:
        decisions = [Decision(one, Verdict.NEW, "", listed_at=one.published) for one in entries]
        store.entries.apply(transaction, decisions, entries[-1].published, {})


def with_feedgen(entries: Sequence[Published]) -> None:
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


def timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def measure(entries: int, rounds: int) -> dict[str, float]:
    """Milliseconds by what was timed."""
    said = {"title": "All", "base_url": "https://news.example", "feed_limit": entries, "feed_span": "0s"}
    settings = Settings.of(said)
    took: dict[str, list[float]] = {}
    with TemporaryDirectory() as root, closing(Store.open(Path(root) / "store.sqlite")) as store:
        with store.transaction() as transaction:
            regenerate.mark_born(store, transaction, f"urn:uuid:{OWN.key}", NOW)
            for source in (OWN, SOURCE):
                store.sources.put(transaction, source, now=NOW, category_slugs={})
        bring(store, [entry(number) for number in range(entries)])
        regenerate.publish(store, settings, NOW)
        for number in range(entries, entries + rounds):
            bring(store, [entry(number)])
            for name, milliseconds in one_round(store, settings).items():
                took.setdefault(name, []).append(milliseconds)
    return {name: statistics.median(times) for name, times in took.items()}


def one_round(store: Store, settings: Settings) -> dict[str, float]:
    """Of the entry that has just come."""
    site = catalogue.site_of(settings, store)
    feed = catalogue.feeds_of(settings, store, site)["all"]
    head, listed = FeedHead(feed, site, NOW), store.listings.select(feed, timedelta())
    bodies = _bodies(store)
    whole = store.listings.published([line.n for line in listed], settings.base_url)
    return {
        "rendered and assembled": timed(
            lambda: [assembly.assemble(store, head, format_, listed) for format_ in assembly.FORMATS]
        ),
        "strict pass": timed(lambda: gate.document_fault(bodies)),
        "compressed": timed(lambda: [forms(body) for body in bodies.values()]),
        "all of publish": timed(lambda: regenerate.publish(store, settings, NOW)),
        REFERENCE: timed(lambda: with_feedgen(whole)),
    }


def _bodies(store: Store) -> dict[str, bytes]:
    found = (store.representations.of(f"/feeds/all.{one.suffix}") for one in assembly.FORMATS)
    return {one.path.rpartition(".")[2]: one.body for one in found if one}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, nargs="+", default=[50, 500])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    results = {size: measure(size, options.rounds) for size in options.entries}
    print("| one new entry in a feed of | " + " | ".join(f"{size}: ms | times less" for size in results) + " |")
    print("|---|" + "---:|---:|" * len(results))
    for name in next(iter(results.values())):
        cells = [f"{times[name]:.1f} | {times['feedgen, whole feed'] / times[name]:.1f}" for times in results.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
