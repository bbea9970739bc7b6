"""From stored entries to published bytes: which feeds are stale, what stands in them, and whether their bytes changed.

Work is in proportion to what changed: a feed is looked at only if an entry that it lists or that belongs to it has
changed, and of its entries only those whose kept fragment is out of date are rendered. The same store gives the same
bytes: a document's `updated` is that of its newest change. What does not pass the gate (`feeds.gate`) stays inside: one
bad entry is set aside, and a feed that would lose what it held keeps its last good documents.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

from feeds import __version__, gate
from feeds.codings import forms
from feeds.conditional import etag
from feeds.config import Settings
from feeds.dates import from_us, to_us
from feeds.model import Feed, FeedHead, FeedKind, Published, Representation, Site, Tombstone
from feeds.render import atom, jsonfeed, rss
from feeds.render.complete import entry_id
from feeds.selection import automatic_feeds, configured_feeds
from feeds.store import Store
from feeds.store.publications import Aside, Fragment, Listed
from feeds.store.published import Line
from feeds.topics import hub_of

# A validator's limit is 5 MB; archives and readers are happier below it.
MOST_BYTES = 4_000_000

# Within these, a copy of a feed is good for a part of the time between its newest entries.
LEAST_AGE = timedelta(minutes=1)
MOST_AGE = timedelta(hours=1)
RHYTHM_ENTRIES = 12

# The fact that a store has been published from. Before, a feed without entries would be no feed but a fault: a store
# that is being made again must not look empty to subscribers.
PUBLISHED = "published"
# Of a feed, the fact that an operator released what the gate held back, until it is out.
ACCEPTED = "accepted:"

# These are always fresh; the others from when they are first asked for.
_ALWAYS = {FeedKind.ALL, FeedKind.SEEDS, FeedKind.QUERY}


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a feed: its suffix in URLs, its media type, and its two renderers."""

    suffix: str
    media_type: str
    fragment: Callable[[Published, Site], bytes]
    document: Callable[[FeedHead, Iterable[bytes]], bytes]


FORMATS = (
    Format("atom", "application/atom+xml; charset=utf-8", atom.fragment, atom.document),
    Format("rss", "application/rss+xml; charset=utf-8", rss.fragment, rss.document),
    Format("json", "application/feed+json", jsonfeed.fragment, jsonfeed.document),
)


@dataclass(frozen=True, slots=True)
class Documents:
    """A feed in all formats. lines: what it lists. bodies: by the format's suffix.

    max_age: how long a copy may be used before it is asked for again.
    """

    feed: Feed
    updated: datetime
    lines: tuple[Line, ...]
    bodies: Mapping[str, bytes]
    max_age: timedelta

    @property
    def entries(self) -> tuple[int, ...]:
        """The numbers of those that it lists."""
        return tuple(line.n for line in self.lines)


@dataclass(frozen=True, slots=True)
class Outcome:
    """changed: paths whose bytes are new. held: why feeds keep their last good documents, by slug. newly_held: those of
    which that is news. released: feeds that were held back until now. aside: entries that were set aside just now.
    """

    changed: tuple[str, ...]
    held: Mapping[str, str]
    newly_held: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    aside: tuple[Aside, ...] = ()


def site_of(settings: Settings, store: Store) -> Site:
    """Whose home this is; its id is minted by the worker."""
    return Site(
        id=store.sources.fact("site_id"),
        title=settings.title,
        subtitle=settings.subtitle,
        author=settings.author or settings.title,
        base_url=settings.base_url,
        language=settings.language,
    )


def feeds_of(settings: Settings, store: Store, site: Site) -> dict[str, Feed]:
    """Every feed that this home publishes, by slug."""
    automatic = automatic_feeds(
        site_id=site.id,
        site_title=site.title,
        sources=store.sources.all(),
        categories=store.sources.categories(),
        languages=store.entries.languages(),
        settings=settings,
    )
    return {feed.slug: feed for feed in (*automatic, *configured_feeds(settings, site.id))}


def publish(
    store: Store, settings: Settings, now: datetime, *, wanted: Iterable[str] = (), everything: bool = False
) -> Outcome:
    """Regenerates the documents of stale feeds, a transaction each.

    wanted: slugs that were asked for and are kept fresh from now on. everything: stale or not.
    """
    site = site_of(settings, store)
    feeds = feeds_of(settings, store, site)
    kept = store.feeds.wanted()
    gone = kept - feeds.keys()
    if gone or not is_published(store):
        with store.transaction():
            store.feeds.drop({slug: _told(store, slug) for slug in gone}, now)
            store.sources.set_fact(PUBLISHED, "1")
    newest = store.entries.change()
    common = _common(site, settings)
    touched, before, asked = store.feeds.touched(), store.feeds.held(), set(wanted)
    changed: list[str] = []
    held: dict[str, str] = {}
    quiet: list[str] = []
    aside: list[Aside] = []
    newly_held: list[str] = []
    for feed in feeds.values():
        if feed.kind not in _ALWAYS and feed.slug not in kept | asked:
            continue
        definition = _definition(feed, common)
        looked_at = everything or feed.slug in before or (feed.kind is FeedKind.QUERY and "" in touched)
        if not looked_at and feed.slug not in touched and store.feeds.defined(feed.slug) == definition:
            quiet.append(feed.slug)
            continue
        if not everything and feed.slug not in before and not store.feeds.stale(feed, definition):
            quiet.append(feed.slug)
            continue
        with store.transaction():
            fault = _regenerate(store, feed, site, settings, now, definition, changed, aside)
            if fault:
                held[feed.slug] = f"feed {feed.slug}: {fault}; the last good documents stay"
                if store.feeds.hold(feed.slug, fault, now):
                    newly_held.append(feed.slug)
    with store.transaction():
        store.feeds.saw(quiet, newest)
    released = tuple(slug for slug in before if slug not in held)
    return Outcome(
        tuple(changed), held, tuple(newly_held), released, tuple({one.id: one for one in reversed(aside)}.values())
    )


def _regenerate(
    store: Store,
    feed: Feed,
    site: Site,
    settings: Settings,
    now: datetime,
    definition: str,
    changed: list[str],
    aside: list[Aside],
) -> str:
    """Puts a feed's documents in the place of the last ones; gives what speaks against it, or ""."""
    change, moved = store.entries.change(), store.feeds.moved(feed)
    since = store.feeds.begin(feed.slug, definition)
    listing = _listing(store, feed, site, settings, aside, keep=True)
    store.archives.fill(feed, [line.n for line in listing.listed], since, now)
    documents = _documents(store, feed, site, listing, hub_of(settings))
    before = store.feeds.lines(feed.slug)
    fault = gate.document_fault(documents.bodies)
    if not fault and not store.sources.fact(f"{ACCEPTED}{feed.slug}"):
        lost = before.keys() - set(documents.entries)
        unexplained = store.feeds.unexplained(feed, definition, lost)
        fault = gate.comparison_fault(before, documents.lines, unexplained)
    if fault:
        return fault
    store.sources.set_fact(f"{ACCEPTED}{feed.slug}", "")
    tags = {suffix: etag(body) for suffix, body in documents.bodies.items()}
    fresh, bare = _representations(store, documents, tags, now)
    changed += [item.path for item in fresh]
    store.feeds.put(feed.slug, definition, documents.updated, change, documents.lines, fresh, tags, bare)
    if moved:
        _owe(store, settings, [item.path for item in fresh], now)
    return ""


def _owe(store: Store, settings: Settings, paths: Sequence[str], now: datetime) -> None:
    """Has subscribers pushed what changed. Not what reads otherwise only for other settings, as for a new base_url."""
    if settings.server.hub == "own":
        store.subscribers.owe(paths, now)
    elif hub_of(settings):
        store.subscribers.owe_pings(paths, now)


def _told(store: Store, slug: str) -> str:
    """The title of a feed that goes, if it is one from [feeds]: other names may be those of what is private now."""
    definition = store.feeds.defined(slug)
    feed = Feed(*json.JSONDecoder().raw_decode(definition)[0]) if definition else None
    return feed.title if feed and feed.kind == FeedKind.QUERY else ""


def is_published(store: Store) -> bool:
    """Whether a store has been published from."""
    return bool(store.sources.fact(PUBLISHED))


def render(store: Store, feed: Feed, site: Site, settings: Settings) -> Documents:
    """A feed's documents as they should be now; nothing is kept of them."""
    listing = _listing(store, feed, site, settings, [], keep=False)
    return _documents(store, feed, site, listing, hub_of(settings))


@dataclass(frozen=True, slots=True)
class _Listing:
    """What a feed lists, newest first, and its fragments: by format, then by the entry's number."""

    listed: tuple[Listed, ...]
    fragments: Mapping[str, Mapping[int, Fragment]]


def _listing(store: Store, feed: Feed, site: Site, settings: Settings, aside: list[Aside], *, keep: bool) -> _Listing:
    """Entries whose fragments have a fault leave their place to the next ones; they are noted in `aside`."""
    faulty: set[int] = set()
    while True:
        listed = store.publications.select(feed, settings.feed_span, faulty)
        made = {format_.suffix: fragments(store, listed, site, format_, aside, keep=keep) for format_ in FORMATS}
        found = {n for bodies in made.values() for n, fragment in bodies.items() if fragment.fault}
        if not found:
            break
        faulty |= found
    return _Listing(tuple(listed[: _that_fit(listed, made)]), made)


def _documents(store: Store, feed: Feed, site: Site, listing: _Listing, hub: str) -> Documents:
    numbers = [line.n for line in listing.listed]
    complete, prev_archive = _history(store, feed, site, numbers)
    tombstones = store.publications.tombstones(feed)
    updated = moment_of(store, numbers, tombstones[:1], store.feeds.updated(feed.slug))
    head = FeedHead(
        feed=feed,
        site=site,
        updated=updated,
        hub=hub,
        tombstones=tuple(tombstones),
        complete=complete,
        prev_archive=prev_archive,
    )
    bodies = {
        format_.suffix: format_.document(head, [listing.fragments[format_.suffix][n].body for n in numbers])
        for format_ in FORMATS
    }
    moments = [line.listed_at for line in listing.listed]
    lines = tuple(_line(line, listing.fragments) for line in listing.listed)
    return Documents(feed, updated, lines, bodies, rhythm(moments))


def assembled(store: Store, head: FeedHead, format_: Format, listed: Sequence[Listed]) -> bytes:
    """A document of any entries, those that fit; nothing is kept."""
    made = fragments(store, listed, head.site, format_, [], keep=False)
    shown = [line for line in listed if not made[line.n].fault]
    room = _that_fit(shown, {format_.suffix: made})
    return format_.document(head, [made[line.n].body for line in shown[:room]])


def _line(listed: Listed, fragments: Mapping[str, Mapping[int, Fragment]]) -> Line:
    digest = "".join(made[listed.n].digest for made in fragments.values())
    return Line(listed.n, listed.id, listed.updated, digest)


def _history(store: Store, feed: Feed, site: Site, listed: Sequence[int]) -> tuple[bool, str]:
    """Whether the newest document holds all entries of a feed, else the URL of the archive that goes on from it."""
    if not store.archives.missing(feed, listed):
        return True, ""
    last = store.archives.last(feed.slug)
    page = store.archives.page(feed.slug, last) if last else None
    if page and not page.full and not store.archives.missing(feed, listed, last):
        last -= 1
    return False, f"{site.base_url}{archive_path(feed.slug, last)}" if last else ""


def archive_path(slug: str, number: int) -> str:
    """Where an archive document is."""
    return f"/feeds/{slug}/archive/{number}.atom"


def moment_of(
    store: Store, entries: Sequence[int], tombstones: Sequence[Tombstone], before: datetime | None = None
) -> datetime:
    """The `updated` of a document: of its newest change, never now. The store's birth for one that holds nothing."""
    moments = [store.publications.newest_change(entries), *(stone.deleted_at for stone in tombstones), before]
    return max((moment for moment in moments if moment), default=from_us(int(store.sources.fact("born_us") or 0)))


def fragments(
    store: Store, listed: Iterable[Listed], site: Site, format_: Format, aside: list[Aside], *, keep: bool
) -> dict[int, Fragment]:
    """Entries in one format, by number: kept ones, or rendered and judged by the gate. aside: those with a fault.

    keep: keep what had to be rendered, and have feedparser read it back.
    """
    stamp = _stamp(site)
    keys = {line.n: f"{line.change}.{stamp}" for line in listed}
    kept = store.publications.fragments(keys, format_.suffix)
    missing = [n for n in keys if n not in kept]
    if not missing:
        return kept
    rendered = {}
    for n, published in zip(missing, store.publications.published(missing, site.base_url), strict=True):
        rendered[n] = _fragment(published, site, format_, thorough=keep)
        if fault := rendered[n].fault:
            aside.append(Aside(published.entry.id, published.entry.title, fault))
    if keep:
        store.publications.keep_fragments(format_.suffix, keys, rendered)
    return kept | rendered


def _fragment(published: Published, site: Site, format_: Format, *, thorough: bool) -> Fragment:
    try:
        body = format_.fragment(published, site)
        alone = format_.document(_alone(site), [body])
    except ValueError as error:  # what lxml and feedgen say of text that no document can hold
        return Fragment(b"", f"{format_.suffix}: it cannot be written ({error})")
    if len(alone) > gate.LARGEST_DOCUMENT:
        return Fragment(b"", f"{format_.suffix}: it has {len(body):,} bytes, more than a document may have")
    id_ = entry_id(published.entry.id)
    fault = gate.fragment_fault(format_.suffix, alone, id_)
    if not fault and thorough:
        fault = gate.read_back_fault(format_.suffix, alone, id_)
    if fault:
        return Fragment(b"", f"{format_.suffix}: {fault}")
    return Fragment(body, digest=hashlib.blake2b(body, digest_size=8).hexdigest())


def _alone(site: Site) -> FeedHead:
    """The head of a document for one entry, which only the gate sees."""
    feed = Feed("alone", site.id, "Gate", FeedKind.ALL)
    return FeedHead(feed, replace(site, title="Gate", subtitle=""), from_us(0))


def _that_fit(listed: Sequence[Listed], fragments: Mapping[str, Mapping[int, Fragment]]) -> int:
    """How many of the newest entries fit into MOST_BYTES in every format; at least one."""
    sizes = dict.fromkeys(fragments, 0)
    for count, line in enumerate(listed):
        for suffix, bodies in fragments.items():
            sizes[suffix] += len(bodies[line.n].body)
        if count and max(sizes.values()) > MOST_BYTES:
            return count
    return len(listed)


def _representations(
    store: Store, documents: Documents, tags: Mapping[str, str], now: datetime
) -> tuple[list[Representation], list[Representation]]:
    """The documents whose bytes are new, and those that a former version kept without all their coded forms.

    Last-Modified has whole seconds and never runs backwards.
    """
    fresh, bare = [], []
    for format_ in FORMATS:
        path = f"/feeds/{documents.feed.slug}.{format_.suffix}"
        body, tag = documents.bodies[format_.suffix], tags[format_.suffix]
        before = store.publications.validators(path)
        if before and before[0] == tag:
            if store.publications.bare(path):
                bare.append(Representation(path, format_.media_type, body, tag, before[1], forms(body), before[2]))
            continue
        moment = now.replace(microsecond=0)
        if before:
            moment = max(moment, before[1] + timedelta(seconds=1))
        fresh.append(Representation(path, format_.media_type, body, tag, moment, forms(body), documents.max_age))
    return fresh, bare


def representation(
    path: str, media_type: str, body: bytes, last_modified: datetime, max_age: timedelta = LEAST_AGE
) -> Representation:
    """Bytes with all that is needed to serve them."""
    return Representation(path, media_type, body, etag(body), last_modified, forms(body), max_age)


def rhythm(listed: Sequence[datetime]) -> timedelta:
    """How long a copy of a feed may be used: a quarter of the usual time between its newest entries, whole seconds.

    listed: their places in the feed, newest first. Made from these alone, since the same store gives the same answer.
    """
    newest = listed[:RHYTHM_ENTRIES]
    gaps = [newer - older for newer, older in pairwise(newest)]
    if not gaps:
        return LEAST_AGE
    quarter = timedelta(seconds=round(median_low(gaps).total_seconds() / 4))
    return min(max(quarter, LEAST_AGE), MOST_AGE)


def _definition(feed: Feed, common: str) -> str:
    """Everything but entries that a feed's documents are made of; when it changes they are made again."""
    said = (feed.slug, feed.id, feed.title, feed.kind, feed.value, feed.limit, feed.duplicates, feed.language)
    return f"{json.dumps(said)} {common}"


def _common(site: Site, settings: Settings) -> str:
    """The part of every feed's definition that all have in common."""
    return json.dumps([astuple(site), hub_of(settings), settings.feed_span.total_seconds(), __version__])


def _stamp(site: Site) -> str:
    """What a fragment depends on beside its entry."""
    return hashlib.blake2b(json.dumps([astuple(site), __version__]).encode(), digest_size=8).hexdigest()


def mark_born(store: Store, site_id: str, now: datetime) -> None:
    """Notes whose store this is and since when; the caller holds the transaction."""
    if store.sources.fact("site_id") != site_id:
        store.sources.set_fact("site_id", site_id)
    if not store.sources.fact("born_us"):
        store.sources.set_fact("born_us", str(to_us(now.replace(microsecond=0))))
