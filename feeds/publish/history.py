"""The past of a feed and its recent changes: archive documents and deltas.

Both are assembled from kept fragments on request: the same store gives the same bytes. RFC 5005 §4 for archives, which
are Atom; RFC 3229 §3 with the instance manipulation `feed` for deltas.
"""

import re

from feeds.model import Feed, FeedHead, Representation, Site
from feeds.publish import assembly
from feeds.publish.assembly import BY_SUFFIX, LEAST_AGE, MOST_AGE, archive_path, assemble, moment_of
from feeds.store import Store

_ARCHIVE = re.compile(r"/feeds/([a-z0-9-]+)/archive/([1-9][0-9]{0,8})\.atom")
_ATOM = BY_SUFFIX["atom"]


def archive_of(path: str) -> tuple[str, int] | None:
    """The feed's slug and the page's number from the path of an archive document."""
    found = _ARCHIVE.fullmatch(path)
    return (found[1], int(found[2])) if found else None


def archive(store: Store, feed: Feed, site: Site, number: int) -> Representation | None:
    """An archive document: living entries of its page, newest first, and tombstones in place of the others.

    None if there is no such page. A full page keeps its neighbours: the next page exists even while it is empty.
    """
    archives = store.archives.of(feed)
    page = archives.page(feed.slug, number)
    # A single page has no neighbour until it is full, and nothing links to it: an archive must have one (RFC 5005
    # §4.1).
    if page is None or (number == 1 and not page.full):
        return None
    leaf = archives.leaf(feed, number)
    head = FeedHead(
        feed=feed,
        site=site,
        updated=moment_of(store, [line.n for line in leaf.entries], leaf.tombstones),
        tombstones=leaf.tombstones,
        self_path=archive_path(feed.slug, number),
        archive=True,
        prev_archive=_url(feed, site, number - 1) if number > 1 else "",
        next_archive=_url(feed, site, number + 1) if page.full else "",
    )
    body = assemble(store, head, _ATOM, leaf.entries, whole=True)
    # A full page changes only when one of its entries does, and the newest document then includes that change.
    max_age = MOST_AGE if page.full else LEAST_AGE
    return assembly.representation(archive_path(feed.slug, number), _ATOM.media_type, body, page.modified, max_age)


def delta(store: Store, site: Site, feed: Feed, suffix: str, tag: str, hub: str = "") -> bytes | None:
    """What makes a feed's newest document of its version with the ETag `tag`; None if that version is not
    known, or no delta can say what left since.

    A client puts its entries before those that it has, and drops what it has in an older form. Then it has the newest
    document, followed by what gave way to newer entries and belongs to the feed still. Atom has tombstones for what was
    withdrawn; nothing has a word for an entry that left for another reason.

    tag: strong, with its quotes, without a coding. hub: the hub that documents name.
    """
    edition = store.feeds.edition(feed.slug, suffix, tag)
    updated = store.feeds.updated(feed.slug)
    if edition is None or updated is None:
        return None
    tombstones = tuple(store.listings.tombstones(feed, since=edition.change)) if suffix == "atom" else ()
    if store.listings.departed(feed, edition.version) - {stone.id for stone in tombstones}:
        return None
    listed = store.listings.listed_since(feed.slug, edition.version)
    head = FeedHead(feed=feed, site=site, updated=updated, hub=hub, tombstones=tombstones)
    return assemble(store, head, BY_SUFFIX[suffix], listed, whole=True)


def _url(feed: Feed, site: Site, number: int) -> str:
    return f"{site.base_url}{archive_path(feed.slug, number)}"
