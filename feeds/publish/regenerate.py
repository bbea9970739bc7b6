"""From stored entries to published bytes: which feeds are stale, what they contain, and whether their bytes changed.

Work is in proportion to what changed: a feed is examined only if an entry changed that it lists or that belongs to it,
and only entries whose kept fragment is out of date are rendered. The same store gives the same bytes: a document's
`updated` is that of its newest change. What does not pass the gate (`feeds.publish.gate`) is not published: a bad entry
is set aside, and a feed that would lose entries keeps its last good documents.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from feeds import __version__
from feeds.errors import noted
from feeds.http.conditional import etag
from feeds.model import Feed, FeedKind, Representation, Site
from feeds.publish.catalogue import feeds_of, site_of
from feeds.publish.memory import FragmentMemory
from feeds.settings.schema import Settings
from feeds.store import Store, Transaction, facts
from feeds.store.representations import Aside
from feeds.text.dates import to_us
from feeds.websub.topics import hub_of

if TYPE_CHECKING:
    from feeds.publish.assembly import Documents

# These are always kept fresh; the others from their first request on.
_ALWAYS = {FeedKind.ALL, FeedKind.SEEDS, FeedKind.QUERY}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a publication did.

    changed: paths whose bytes are new. held: why feeds keep their last good documents, by slug. newly_held: those not
    held before. released: feeds that were held back until now. aside: entries that were set aside just now.
    """

    changed: tuple[str, ...]
    held: Mapping[str, str]
    newly_held: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    aside: tuple[Aside, ...] = ()


def publish(
    store: Store,
    settings: Settings,
    now: datetime,
    *,
    wanted: Iterable[str] = (),
    everything: bool = False,
    memory: FragmentMemory | None = None,
) -> Outcome:
    """Regenerates the documents of stale feeds, one transaction each.

    wanted: slugs of requested feeds, to be kept fresh from now on. everything: regenerate feeds that are not stale too.
    memory: fragments of earlier publications; it may be empty.
    """
    site = site_of(settings, store)
    kept, asked = store.feeds.definitions(), set(wanted)
    feeds = feeds_of(settings, store, site, kept.keys() | asked)
    gone = kept.keys() - feeds.keys()
    if gone or not is_published(store):
        with store.transaction() as transaction:
            store.feeds.drop(transaction, {slug: _public_title(kept[slug]) for slug in gone}, now)
            store.facts.put(transaction, facts.PUBLISHED, "1")
    newest = store.entries.change()
    common = _common(site, settings)
    touched, before = store.feeds.touched(), store.feeds.held()
    changed: list[str] = []
    held: dict[str, str] = {}
    quiet: list[str] = []
    aside: list[Aside] = []
    newly_held: list[str] = []
    for feed in feeds.values():
        if feed.kind not in _ALWAYS and feed.slug not in kept and feed.slug not in asked:
            continue
        definition = _definition(feed, common)
        # Only feeds that may be stale are examined, and only those that are stale or were held back are made again.
        named = feed.slug in touched or (feed.kind is FeedKind.QUERY and "" in touched)
        may_be_stale = named or kept.get(feed.slug) != definition
        anyway = everything or feed.slug in before
        if not anyway and not (may_be_stale and store.feeds.stale(feed, definition)):
            quiet.append(feed.slug)
            continue
        try:
            with store.transaction() as transaction:
                one = _regenerate(
                    store, transaction, feed, site, settings, now, definition, memory, read_back=everything
                )
        except Exception as error:
            one = _Regenerated(f"it cannot be made for {noted(error, feed.slug)}", ())
        changed += one.changed
        aside += one.aside
        if one.fault:
            held[feed.slug] = one.fault
            with store.transaction() as transaction:
                if store.feeds.hold(transaction, feed.slug, one.fault, now):
                    newly_held.append(feed.slug)
    with store.transaction() as transaction:
        store.feeds.note_seen(transaction, quiet, newest)
    released = tuple(slug for slug in before if slug not in held)
    return Outcome(
        tuple(changed),
        held,
        tuple(newly_held),
        released,
        tuple({entry.id: entry for entry in reversed(aside)}.values()),
    )


@dataclass(frozen=True, slots=True)
class _Regenerated:
    """One feed's part of an Outcome. fault: why its last good documents stay, "" if they were replaced."""

    fault: str
    aside: tuple[Aside, ...]
    changed: tuple[str, ...] = ()


def _regenerate(
    store: Store,
    transaction: Transaction,
    feed: Feed,
    site: Site,
    settings: Settings,
    now: datetime,
    definition: str,
    memory: FragmentMemory | None,
    *,
    read_back: bool,
) -> _Regenerated:
    """Replaces a feed's documents, unless the gate finds a fault in the new ones.

    read_back: parse the new ones as a whole, as is done where they are made with other settings or another version.
    """
    from feeds.publish import gate
    from feeds.publish.assembly import documents_of, listing_of

    change, moved = store.entries.change(), store.feeds.moved(feed, announced=True)
    since = store.feeds.begin(transaction, feed.slug, definition)
    listing = listing_of(store, feed, site, settings, keep=transaction, memory=memory)
    store.archives.fill(transaction, feed, [line.n for line in listing.listed], since, now)
    documents = documents_of(store, feed, site, listing, hub_of(settings), read_back=read_back or since < 0)
    fault, before = documents.fault, store.feeds.lines(feed.slug)
    if not fault and not store.facts.get(f"{facts.ACCEPTED}{feed.slug}"):
        lost = before.keys() - set(documents.entries)
        unexplained = store.feeds.unexplained(feed, definition, lost)
        fault = gate.comparison_fault(before, documents.lines, unexplained)
    if fault:
        return _Regenerated(fault, listing.aside)
    store.facts.put(transaction, f"{facts.ACCEPTED}{feed.slug}", "")
    tags = {suffix: etag(body) for suffix, body in documents.bodies.items()}
    fresh = _representations(store, documents, tags, now)
    changed = tuple(item.path for item in fresh)
    store.feeds.put(transaction, feed.slug, definition, documents.updated, change, before, documents.lines, fresh, tags)
    if moved:
        _owe(store, transaction, settings, changed, now)
    return _Regenerated("", listing.aside, changed)


def _owe(store: Store, transaction: Transaction, settings: Settings, paths: Sequence[str], now: datetime) -> None:
    """Queues changed documents for subscribers, except those that changed only through settings, such as a new
    base_url.
    """
    if settings.server.hub == "own":
        store.subscribers.owe(transaction, paths, now)
    elif hub_of(settings):
        store.subscribers.owe_pings(transaction, paths, now)


def _public_title(definition: str) -> str:
    """The title of a removed feed if it is one from [feeds]; other names may be those of a source that is private
    now.
    """
    feed = Feed(*json.JSONDecoder().raw_decode(definition)[0]) if definition else None
    return feed.title if feed and feed.kind == FeedKind.QUERY else ""


def is_published(store: Store) -> bool:
    """Whether a store has been published from."""
    return bool(store.facts.get(facts.PUBLISHED))


def _representations(
    store: Store, documents: "Documents", tags: Mapping[str, str], now: datetime
) -> list[Representation]:
    """The documents whose bytes are new. Last-Modified has whole seconds and never goes back."""
    from feeds.publish.assembly import FORMATS

    fresh = []
    for format_ in FORMATS:
        path = f"/feeds/{documents.feed.slug}.{format_.suffix}"
        body, tag = documents.bodies[format_.suffix], tags[format_.suffix]
        before = store.representations.validators(path)
        if before and before[0] == tag:
            continue
        moment = now.replace(microsecond=0)
        if before:
            moment = max(moment, before[1] + timedelta(seconds=1))
        fresh.append(Representation(path, format_.media_type, body, tag, moment, documents.max_age))
    return fresh


def _definition(feed: Feed, common: str) -> str:
    """Everything besides entries that a feed's documents are made from; when it changes they are made again."""
    said = (feed.slug, feed.id, feed.title, feed.kind, feed.value, feed.limit, feed.duplicates, feed.language)
    return f"{json.dumps(said)} {common}"


def _common(site: Site, settings: Settings) -> str:
    """The part of the definition that all feeds share."""
    return json.dumps([astuple(site), hub_of(settings), settings.feed_span.total_seconds(), __version__])


def mark_born(store: Store, transaction: Transaction, site_id: str, now: datetime) -> None:
    """Notes whose store this is and since when."""
    if store.facts.get(facts.SITE_ID) != site_id:
        store.facts.put(transaction, facts.SITE_ID, site_id)
    if not store.facts.get(facts.BORN_US):
        store.facts.put(transaction, facts.BORN_US, str(to_us(now.replace(microsecond=0))))
