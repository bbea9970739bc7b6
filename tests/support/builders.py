"""What tests of the store, of publishing and of serving are made of: sources, entries, a store that took them in.

Everything is real; a builder only spares a test the values that it does not speak of.
"""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from feeds.model import Decision, Entry, Person, Source, SourceKind
from feeds.publish import regenerate
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import Store, facts
from feeds.text.dates import distinct
from feeds.text.plaintext import plain, slug, tokens
from support.validity.homes import watch
from worker.entries.fingerprint import fingerprint
from worker.entries.identify import Brake, decide, decide_seed
from worker.entries.ids import candidate_ids
from worker.stories.folding import Folding

NOW = datetime(2025, 1, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SITE_ID = uuid5(NAMESPACE_DNS, "site").urn
BASE = "https://news.example"
WIDE = Brake(backlog=1000, burst=1000)

# Thirty words: enough for equality to prove something.
LONG = (
    "Snow fell on the northern hills through the night, and by the morning the road over the pass had vanished;"
    " nobody in the valley could remember a winter that had earned that title so early."
)


def key(name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, name))


def source(name: str, **changes: Any) -> Source:
    """A remote feed; the same name gives the same one."""
    made = Source(
        key(name), name, SourceKind.FEED, name.title(), f"https://{name}.example/feed", f"https://{name}.example/"
    )
    return replace(made, **changes)


SEEDS = Source(key("site"), "seeds", SourceKind.SEEDS, "Site", link=BASE)


def entry(of: Source, name: str, **changes: Any) -> Entry:
    """An entry of a source; the same name gives the same one, and changed words give it another digest."""
    seeds = of.kind is SourceKind.SEEDS
    link = f"https://{of.slug}.example/{name}"
    made = Entry(
        source_id=of.key,
        id=uuid5(NAMESPACE_DNS, f"{of.slug} {name}").urn if seeds else link,
        title=f"Title of {name}",
        updated=NOW - HOUR,
        published=NOW - HOUR,
        dated=True,
        permalink="" if seeds else link,
        authors=(Person("Ada Night"),),
        summary=f"Summary of {name}.",
        content=f"<p>Content of {name}.</p>",
        language="en",
    )
    made = replace(made, **changes)
    if "updated" not in changes:
        made = replace(made, updated=distinct(made.published, made.id))
    words = tokens(plain(made.content or made.summary))
    made = replace(made, fingerprint=fingerprint(words))
    said = repr((made.title, made.content, made.summary, made.categories, made.authors, made.enclosures))
    return replace(
        made,
        digest=made.digest or sha256(said.encode("utf-8", "replace")).hexdigest(),
        text_digest=sha256(" ".join(words).encode("utf-8", "replace")).hexdigest() if len(words) >= 20 else "",
    )


def settings(**keys: Any) -> Settings:
    return Settings.of({"title": "Site", "base_url": BASE, **keys})


def home(root: Path) -> Home:
    made = Home(root)
    made.seeds.mkdir(parents=True, exist_ok=True)
    return made


def opened(root: Path) -> Store:
    """The store of a home that has run before: with its own source, born, and published from."""
    watch(root)
    path = home(root).store
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(_started())
    return Store.open(path)


@cache
def _started() -> bytes:
    """Its file; made once, for the schema takes longer to build than most tests to run."""
    with TemporaryDirectory() as root:
        path = Path(root) / "store.sqlite"
        with closing(Store.open(path)) as store:
            with store.transaction() as transaction:
                store.sources.put(transaction, SEEDS, now=NOW, category_slugs={})
                regenerate.mark_born(store, transaction, SITE_ID, NOW - timedelta(days=365))
                store.facts.put(transaction, facts.PUBLISHED, "1")
            store.optimise()
        return path.read_bytes()


def subscribe(store: Store, *sources: Source, now: datetime = NOW) -> None:
    """Adds or changes sources, as a list of subscriptions does."""
    with store.transaction() as transaction:
        for one in sources:
            slugs = {name: slug(name) for name in one.categories}
            if store.sources.put(transaction, one, now=now, category_slugs=slugs):
                store.entries.touch_source(transaction, one.key)


def record(
    store: Store,
    of: Source,
    *entries: Entry,
    now: datetime = NOW,
    first: bool = False,
    brake: Brake = WIDE,
    indexed: bool = True,
) -> list[Decision]:
    """One poll of a source, from its entries to the store, where they wait to be compared, and to be indexed if not
    `indexed`.
    """
    with store.transaction() as transaction:
        known = store.entries.known(
            of.key,
            {id_ for one in entries for id_ in candidate_ids(of.key, one)},
            [one.permalink for one in entries],
            [one.text_digest for one in entries],
        )
        decisions = decide(of, entries, known, now, first=first, brake=brake)
        store.entries.apply(transaction, decisions, now, {})
        if indexed:
            store.search.catch_up(transaction)
    return decisions


def bring(
    store: Store, of: Source, *entries: Entry, now: datetime = NOW, first: bool = False, brake: Brake = WIDE
) -> list[Decision]:
    """The same, and what came is compared."""
    decisions = record(store, of, *entries, now=now, first=first, brake=brake)
    Folding(store, settings()).fold(now)
    return decisions


def plant(store: Store, *entries: Entry, now: datetime = NOW) -> list[Decision]:
    """Seeds, read or edited at `now`. Their categories are the operator's, so they make feeds."""
    decisions = []
    with store.transaction() as transaction:
        for one in entries:
            known = store.entries.known(SEEDS.key, {one.id}, (), ()).by_id.get(one.id)
            substantive = known is not None and known.digest != one.digest
            if known is None or substantive:
                one = replace(one, updated=distinct(now, one.id))
            decisions.append(decide_seed(one, known, now, substantive=substantive))
        names = {name for one in entries for name in one.categories}
        store.entries.apply(transaction, decisions, now, {name: slug(name) for name in names})
        store.search.catch_up(transaction)
    Folding(store, settings()).fold(now)
    return decisions


def fold(store: Store, *, now: datetime = NOW, **stories: Any) -> None:
    """What the worker does before it publishes: everything that came is compared. stories: as in site.toml."""
    folding = Folding(store, settings(stories=stories))
    with store.transaction() as transaction:
        store.stories.switch(transaction, on=folding.on)
    folding.fold(now)


def withdraw(store: Store, *entries: Entry, now: datetime = NOW) -> None:
    with store.transaction() as transaction:
        for one in entries:
            assert store.withdrawals.withdraw(transaction, one.id, now, "its file is gone")


def changed_paths(slugs: Iterable[str]) -> set[str]:
    """The paths of feeds in all formats."""
    return {f"/feeds/{name}.{suffix}" for name in slugs for suffix in ("atom", "rss", "json")}
