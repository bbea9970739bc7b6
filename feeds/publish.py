"""From stored entries to published bytes: which feeds are stale, what stands in them, and whether their bytes changed.

Work is in proportion to what changed: a feed is looked at only if an entry that it lists or that belongs to it has
changed, and of its entries only those whose kept fragment is out of date are rendered. The same store gives the same
bytes: a document's `updated` is that of its newest change.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

from lxml import etree

from feeds import __version__
from feeds.codings import CODINGS, LEAST_BYTES, forms
from feeds.conditional import etag
from feeds.config import Settings
from feeds.dates import from_us, to_us
from feeds.model import Feed, FeedHead, FeedKind, Published, Representation, Site
from feeds.render import atom, jsonfeed, rss
from feeds.selection import automatic_feeds, configured_feeds
from feeds.store import Store
from feeds.store.publications import Listed

# A validator's limit is 5 MB; archives and readers are happier below it.
MOST_BYTES = 4_000_000

# Within these, a copy of a feed is good for a part of the time between its newest entries.
LEAST_AGE = timedelta(minutes=1)
MOST_AGE = timedelta(hours=1)
RHYTHM_ENTRIES = 12

# The fact that a store has been published from. Before, a feed without entries would be no feed but a fault: a store
# that is being made again must not look empty to subscribers.
PUBLISHED = "published"

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
    """A feed in all formats. entries: numbers of those that it lists. bodies: by the format's suffix.

    max_age: how long a copy may be used before it is asked for again.
    """

    feed: Feed
    updated: datetime
    entries: tuple[int, ...]
    bodies: Mapping[str, bytes]
    max_age: timedelta


@dataclass(frozen=True, slots=True)
class Outcome:
    """changed: paths whose bytes are new. held: why a feed keeps its last good documents, by slug."""

    changed: tuple[str, ...]
    held: Mapping[str, str]


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
    kept = store.publications.wanted()
    gone = kept - feeds.keys()
    if gone or not is_published(store):
        with store.transaction():
            store.publications.drop({slug: _told(store, slug) for slug in gone}, now)
            store.sources.set_fact(PUBLISHED, "1")
    changed: list[str] = []
    held: dict[str, str] = {}
    quiet: list[str] = []
    newest = store.entries.change()
    asked = set(wanted)
    for feed in feeds.values():
        if feed.kind not in _ALWAYS and feed.slug not in kept | asked:
            continue
        definition = _definition(feed, site, settings)
        if not everything and not store.publications.stale(feed, definition):
            quiet.append(feed.slug)
            continue
        with store.transaction():
            change = store.entries.change()
            documents = render(store, feed, site, settings, keep=True)
            if fault := _fault(documents):
                held[feed.slug] = fault
                continue
            fresh, bare = _representations(store, documents, now)
            changed += [item.path for item in fresh]
            put = store.publications.put
            put(feed.slug, definition, documents.updated, change, documents.entries, (*fresh, *bare))
    with store.transaction():
        store.publications.saw(quiet, newest)
    return Outcome(tuple(changed), held)


def _told(store: Store, slug: str) -> str:
    """The title of a feed that goes, if it is one from [feeds]: other names may be those of what is private now."""
    definition = store.publications.definition(slug)
    feed = Feed(*json.loads(definition)[0]) if definition else None
    return feed.title if feed and feed.kind == FeedKind.QUERY else ""


def is_published(store: Store) -> bool:
    """Whether a store has been published from."""
    return bool(store.sources.fact(PUBLISHED))


def render(store: Store, feed: Feed, site: Site, settings: Settings, *, keep: bool = False) -> Documents:
    """A feed's documents as they should be now. keep: keep the fragments that had to be rendered."""
    listed = store.publications.select(feed, settings.feed_span)
    tombstones = store.publications.tombstones(feed)
    moments = [
        store.publications.newest_change([line.n for line in listed]),
        *[stone.deleted_at for stone in tombstones[:1]],
        store.publications.updated(feed.slug),
    ]
    born = from_us(int(store.sources.fact("born_us") or 0))
    updated = max((moment for moment in moments if moment), default=born)
    head = FeedHead(feed=feed, site=site, updated=updated, tombstones=tuple(tombstones))
    fragments = {format_.suffix: _fragments(store, listed, site, format_, keep=keep) for format_ in FORMATS}
    room = _that_fit(listed, fragments)
    entries = tuple(line.n for line in listed[:room])
    bodies = {
        format_.suffix: format_.document(head, [fragments[format_.suffix][n] for n in entries]) for format_ in FORMATS
    }
    return Documents(feed, updated, entries, bodies, rhythm([line.listed_at for line in listed]))


def assembled(store: Store, head: FeedHead, format_: Format, listed: Sequence[Listed]) -> bytes:
    """A document of any entries, those that fit; nothing is kept."""
    fragments = _fragments(store, listed, head.site, format_, keep=False)
    room = _that_fit(listed, {format_.suffix: fragments})
    return format_.document(head, [fragments[line.n] for line in listed[:room]])


def _fragments(store: Store, listed: Sequence[Listed], site: Site, format_: Format, *, keep: bool) -> dict[int, bytes]:
    stamp = _stamp(site)
    keys = {line.n: f"{line.change}.{stamp}" for line in listed}
    kept = store.publications.fragments(keys, format_.suffix)
    missing = [n for n in keys if n not in kept]
    if not missing:
        return kept
    rendered = {
        n: format_.fragment(published, site)
        for n, published in zip(missing, store.publications.published(missing, site.base_url), strict=True)
    }
    if keep:
        store.publications.keep_fragments(format_.suffix, {n: (keys[n], body) for n, body in rendered.items()})
    return kept | rendered


def _that_fit(listed: Sequence[Listed], fragments: Mapping[str, Mapping[int, bytes]]) -> int:
    """How many of the newest entries fit into MOST_BYTES in every format; at least one."""
    sizes = dict.fromkeys(fragments, 0)
    for count, line in enumerate(listed):
        for suffix, bodies in fragments.items():
            sizes[suffix] += len(bodies[line.n])
        if count and max(sizes.values()) > MOST_BYTES:
            return count
    return len(listed)


def _fault(documents: Documents) -> str:
    """Why documents must not go out, or "". What is published parses, whatever came in."""
    try:
        etree.fromstring(documents.bodies["atom"], _strict())
        etree.fromstring(documents.bodies["rss"], _strict())
        json.loads(documents.bodies["json"])
    except (etree.XMLSyntaxError, ValueError) as error:
        return f"feed {documents.feed.slug}: not well-formed ({error}); the last good documents stay"
    return ""


def _strict() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def _representations(
    store: Store, documents: Documents, now: datetime
) -> tuple[list[Representation], list[Representation]]:
    """The documents whose bytes are new, and those that a former version kept without all their coded forms.

    Last-Modified has whole seconds and never runs backwards.
    """
    fresh, bare = [], []
    for format_ in FORMATS:
        path = f"/feeds/{documents.feed.slug}.{format_.suffix}"
        body = documents.bodies[format_.suffix]
        before = store.publications.representation(path)
        if before and before.body == body:
            if len(before.forms) < len(CODINGS) and len(body) >= LEAST_BYTES:
                bare.append(representation(path, format_.media_type, body, before.last_modified, before.max_age))
            continue
        moment = now.replace(microsecond=0)
        if before:
            moment = max(moment, before.last_modified + timedelta(seconds=1))
        fresh.append(representation(path, format_.media_type, body, moment, documents.max_age))
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


def _definition(feed: Feed, site: Site, settings: Settings) -> str:
    """Everything but entries that a feed's documents are made of; when it changes they are made again."""
    return json.dumps([astuple(feed), astuple(site), settings.feed_span.total_seconds(), __version__])


def _stamp(site: Site) -> str:
    """What a fragment depends on beside its entry."""
    return hashlib.blake2b(json.dumps([astuple(site), __version__]).encode(), digest_size=8).hexdigest()


def mark_born(store: Store, site_id: str, now: datetime) -> None:
    """Notes whose store this is and since when; the caller holds the transaction."""
    if store.sources.fact("site_id") != site_id:
        store.sources.set_fact("site_id", site_id)
    if not store.sources.fact("born_us"):
        store.sources.set_fact("born_us", str(to_us(now.replace(microsecond=0))))
