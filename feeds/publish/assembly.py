"""Assembles a feed's documents from kept fragments, and from new fragments that are rendered and checked once.

Nothing here decides whether a document is published. The same store gives the same bytes: a document's `updated` is
that of its newest change, and nothing in it depends on when it is made.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from statistics import median_low

from feeds import __version__
from feeds.errors import StoreError, noted
from feeds.http.conditional import etag
from feeds.model import Feed, FeedHead, FeedKind, Published, Representation, Site, Tombstone
from feeds.publish import gate
from feeds.publish.memory import FragmentMemory
from feeds.render import atom, jsonfeed, rss
from feeds.render.complete import entry_id
from feeds.render.frame import Frame
from feeds.settings.schema import Settings
from feeds.store import Store, Transaction, facts
from feeds.store.feeds import Line
from feeds.store.listings import Listed
from feeds.store.representations import Aside, Fragment
from feeds.text.dates import from_us
from feeds.websub.topics import hub_of

UNREADABLE = "its row in the store cannot be read: something else than Seedfeed wrote to it"

# Below the 5 MB limit of a validator; archives and readers also prefer smaller documents.
MOST_BYTES = 4_000_000

# Within these bounds, a copy of a feed stays fresh for a part of the usual time between its newest entries.
LEAST_AGE = timedelta(minutes=1)
MOST_AGE = timedelta(hours=1)
RHYTHM_ENTRIES = 12


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a feed: its suffix in URLs, its media type, and its renderers of an entry and of what surrounds
    entries.
    """

    suffix: str
    media_type: str
    fragment: Callable[[Published, Site], bytes]
    frame: Callable[[FeedHead, Sequence[bytes]], Frame]

    def document(self, head: FeedHead, fragments: Sequence[bytes]) -> bytes:
        """The feed with these fragments, in order."""
        return self.frame(head, fragments).around(fragments)


FORMATS = (
    Format("atom", "application/atom+xml; charset=utf-8", atom.fragment, atom.frame),
    Format("rss", "application/rss+xml; charset=utf-8", rss.fragment, rss.frame),
    Format("json", "application/feed+json", jsonfeed.fragment, jsonfeed.frame),
)
BY_SUFFIX: Mapping[str, Format] = {format_.suffix: format_ for format_ in FORMATS}


@dataclass(frozen=True, slots=True)
class Documents:
    """A feed in all formats. lines: the entries that it lists. bodies: by the format's suffix.

    max_age: how long a copy may be used before it is requested again. fault: why they must not be published, or "".
    """

    feed: Feed
    updated: datetime
    lines: tuple[Line, ...]
    bodies: Mapping[str, bytes]
    max_age: timedelta
    fault: str = ""

    @property
    def entries(self) -> tuple[int, ...]:
        """The numbers of the listed entries."""
        return tuple(line.n for line in self.lines)


def render(store: Store, feed: Feed, site: Site, settings: Settings) -> Documents:
    """A feed's documents as they should be now, without storing anything. Raises StoreError if they must not be
    published.
    """

    documents = documents_of(store, feed, site, listing_of(store, feed, site, settings), hub_of(settings))
    if documents.fault:
        raise StoreError(f"a document cannot be made: {documents.fault}")
    return documents


def newest(store: Store, feed: Feed, site: Site, settings: Settings) -> tuple[list[int], datetime]:
    """The numbers of the entries that a feed's documents list, without those that must not be shown any more, and their
    `updated`.

    Nothing is rendered for a feed without documents: what they would list is known but for faults that rendering would
    show, and for the limit to their bytes.
    """
    updated = store.feeds.updated(feed.slug)
    if updated is not None:
        return store.listings.shown(feed), updated
    faulty = store.representations.faulty(_stamp(site))
    numbers = [line.n for line in store.listings.select(feed, settings.feed_span, faulty)]
    return numbers, _moment(store, feed, numbers, store.listings.tombstones(feed))


@dataclass(frozen=True, slots=True)
class Listing:
    """What a feed lists, newest first, and its fragments: by format, then by the entry's number.

    aside: entries that would be listed, but for a fault that rendering them has just shown.
    """

    listed: tuple[Listed, ...]
    fragments: Mapping[str, Mapping[int, Fragment]]
    aside: tuple[Aside, ...] = ()


def listing_of(
    store: Store,
    feed: Feed,
    site: Site,
    settings: Settings,
    *,
    keep: Transaction | None = None,
    memory: FragmentMemory | None = None,
) -> Listing:
    """Entries whose fragments have a fault leave their place to the next ones."""
    faulty: set[int] = set()
    aside: list[Aside] = []
    while True:
        listed = store.listings.select(feed, settings.feed_span, faulty)
        made = fragments(store, listed, site, FORMATS, keep=keep, memory=memory)
        aside += made.aside
        found = {n for bodies in made.by_format.values() for n, fragment in bodies.items() if fragment.fault}
        if not found:
            break
        faulty |= found
    return Listing(tuple(listed[: _that_fit(listed, made.by_format)]), made.by_format, tuple(aside))


def documents_of(
    store: Store, feed: Feed, site: Site, listing: Listing, hub: str, *, read_back: bool = False
) -> Documents:
    """read_back: parse the whole documents, too."""
    numbers = [line.n for line in listing.listed]
    complete, prev_archive = _history(store, feed, site, numbers)
    tombstones = store.listings.tombstones(feed)
    updated = _moment(store, feed, numbers, tombstones)
    head = FeedHead(
        feed=feed,
        site=site,
        updated=updated,
        hub=hub,
        tombstones=tuple(tombstones),
        complete=complete,
        prev_archive=prev_archive,
    )
    bodies, fault, ids = {}, "", _ids(listing.listed)
    for format_ in FORMATS:
        fragments = [listing.fragments[format_.suffix][n].body for n in numbers]
        bodies[format_.suffix], found = _put_together(head, format_, fragments, ids, read_back=read_back)
        fault = fault or found
    moments = [line.listed_at for line in listing.listed]
    digests = zip(*([made[n].digest for n in numbers] for made in listing.fragments.values()), strict=True)
    lines = tuple(
        Line(line.n, line.id, line.updated, "".join(digest))
        for line, digest in zip(listing.listed, digests, strict=True)
    )
    return Documents(feed, updated, lines, bodies, max_age_of(moments), fault)


def assemble(store: Store, head: FeedHead, format_: Format, listed: Sequence[Listed], *, whole: bool = False) -> bytes:
    """A document of any entries, without storing anything. whole: of all of them, otherwise of those that fit.

    Raises StoreError if it must not be published.
    """

    made = fragments(store, listed, head.site, [format_]).by_format[format_.suffix]
    shown = [line for line in listed if not made[line.n].fault]
    room = len(shown) if whole else _that_fit(shown, {format_.suffix: made})
    shown = shown[:room]
    body, fault = _put_together(head, format_, [made[line.n].body for line in shown], _ids(shown))
    if fault:
        raise StoreError(f"a document cannot be made: {fault}")
    return body


def _put_together(
    head: FeedHead, format_: Format, fragments: Sequence[bytes], ids: Sequence[str], *, read_back: bool = False
) -> tuple[bytes, str]:
    """A document, and why it must not be published, or ""."""
    frame = format_.frame(head, fragments)
    body = frame.around(fragments)
    fault = gate.document_fault(format_.suffix, body, frame.around(()), ids)
    if read_back and not fault:
        fault = gate.reading_fault(format_.suffix, body, ids)
    return body, fault


def _ids(listed: Sequence[Listed]) -> list[str]:
    """The ids of entries, as documents have them."""
    return [entry_id(line.id) for line in listed]


def _history(store: Store, feed: Feed, site: Site, listed: Sequence[int]) -> tuple[bool, str]:
    """Whether the newest document contains all entries of a feed and, if not, the URL of the archive with the preceding
    ones.
    """
    archives = store.archives.of(feed)
    if not archives.missing(feed, listed):
        return True, ""
    last = archives.last(feed.slug)
    page = archives.page(feed.slug, last) if last else None
    if page and not page.full and not archives.missing(feed, listed, last):
        last -= 1
    return False, f"{site.base_url}{archive_path(feed.slug, last)}" if last else ""


def archive_path(slug: str, number: int) -> str:
    """The path of an archive document."""
    return f"/feeds/{slug}/archive/{number}.atom"


def _moment(store: Store, feed: Feed, entries: Sequence[int], tombstones: Sequence[Tombstone]) -> datetime:
    """The `updated` of a feed's newest document, which never goes back. tombstones: newest first."""
    return moment_of(store, entries, tombstones[:1], store.feeds.updated(feed.slug))


def moment_of(
    store: Store, entries: Sequence[int], tombstones: Sequence[Tombstone], before: datetime | None = None
) -> datetime:
    """The `updated` of a document: that of its newest change, never now. The store's creation time for an empty
    document.
    """
    moments = [store.listings.newest_change(entries), *(stone.deleted_at for stone in tombstones), before]
    return max((moment for moment in moments if moment), default=from_us(int(store.facts.get(facts.BORN_US) or 0)))


@dataclass(frozen=True, slots=True)
class Fragments:
    """Entries by format, then by number. aside: those in which rendering has just shown a fault."""

    by_format: Mapping[str, Mapping[int, Fragment]]
    aside: tuple[Aside, ...] = ()


def fragments(
    store: Store,
    listed: Iterable[Listed],
    site: Site,
    formats: Iterable[Format],
    *,
    keep: Transaction | None = None,
    memory: FragmentMemory | None = None,
) -> Fragments:
    """Kept fragments, and where there is none, none up to date, or a damaged one, new ones that the gate has judged.

    keep: in which to keep what had to be rendered. memory: saves reading what is in it, and gets the rest.
    """
    stamp = _stamp(site)
    keys = {line.n: f"{line.change}.{stamp}" for line in listed}
    made = {format_: _kept(store, keys, format_.suffix, memory) for format_ in formats}
    missing = [n for n in keys if any(n not in kept for kept in made.values())]
    published = store.listings.published_by_number(missing, site.base_url) if missing else {}
    aside: list[Aside] = []
    for format_, kept in made.items():
        rendered = {n: _fragment(published.get(n), site, format_) for n in missing if n not in kept}
        aside += [Aside(*store.listings.title(n), one.fault) for n, one in rendered.items() if one.fault]
        if keep:
            store.representations.keep_fragments(keep, format_.suffix, keys, rendered)
        if memory is not None:
            memory.keep(keys, format_.suffix, rendered)
        kept |= rendered
    return Fragments({format_.suffix: kept for format_, kept in made.items()}, tuple(aside))


def _kept(store: Store, keys: Mapping[int, str], format_: str, memory: FragmentMemory | None) -> dict[int, Fragment]:
    """Undamaged fragments from memory and from the store."""
    known = {} if memory is None else memory.recall(keys, format_)
    unread = {n: key for n, key in keys.items() if n not in known}
    if not unread:
        return known
    stored = store.representations.fragments(unread, format_)
    read = {n: one for n, one in stored.items() if one.fault or one.digest == _digest(one.body)}
    if memory is not None:
        memory.keep(keys, format_, read)
    return known | read


def _digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=8).hexdigest()


def _fragment(published: Published | None, site: Site, format_: Format) -> Fragment:
    if published is None:
        return Fragment(b"", UNREADABLE)
    try:
        body = format_.fragment(published, site)
        single = format_.document(alone(site), [body])
        if len(single) > gate.LARGEST_DOCUMENT:
            return Fragment(b"", f"{format_.suffix}: it has {len(body):,} bytes, more than a document may have")
        if fault := gate.fragment_fault(format_.suffix, single, entry_id(published.entry.id)):
            return Fragment(b"", f"{format_.suffix}: {fault}")
    except ValueError as error:  # raised by lxml and feedgen for text that no document can contain
        return Fragment(b"", f"{format_.suffix}: it cannot be written ({error})")
    except Exception as error:
        return Fragment(b"", f"{format_.suffix}: it cannot be written for {noted(error, published.entry.id)}")
    return Fragment(body, digest=_digest(body))


def alone(site: Site) -> FeedHead:
    """The head of a document for one entry, which only the gate reads."""
    feed = Feed("alone", site.id, "Gate", FeedKind.ALL)
    return FeedHead(feed, replace(site, title="Gate", subtitle=""), from_us(0))


def _that_fit(listed: Sequence[Listed], fragments: Mapping[str, Mapping[int, Fragment]]) -> int:
    """How many of the newest entries fit into MOST_BYTES in every format; at least one."""
    sizes = (accumulate(len(bodies[line.n].body) for line in listed) for bodies in fragments.values())
    fitting = [max(of_formats) <= MOST_BYTES for of_formats in zip(*sizes, strict=True)]
    return max(fitting.count(True), min(len(listed), 1))


def representation(
    path: str, media_type: str, body: bytes, last_modified: datetime, max_age: timedelta = LEAST_AGE
) -> Representation:
    """Bytes with everything that is needed to serve them."""
    return Representation(path, media_type, body, etag(body), last_modified, max_age)


def max_age_of(listed: Sequence[datetime]) -> timedelta:
    """How long a copy of a feed may be used: a quarter of the usual time between its newest entries, in whole seconds.

    listed: their places in the feed, newest first. Computed from these alone, so that the same store gives the same
    answer.
    """
    newest = listed[:RHYTHM_ENTRIES]
    gaps = [newer - older for newer, older in pairwise(newest)]
    if not gaps:
        return LEAST_AGE
    quarter = timedelta(seconds=round(median_low(gaps).total_seconds() / 4))
    return min(max(quarter, LEAST_AGE), MOST_AGE)


def _stamp(site: Site) -> str:
    """What a fragment depends on besides its entry. Its key is the entry's change and this."""
    return hashlib.blake2b(json.dumps([astuple(site), __version__]).encode(), digest_size=8).hexdigest()
