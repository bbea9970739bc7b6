"""Atom 1.0 (RFC 4287), with archives (RFC 5005), tombstones (RFC 6721) and a WebSub hub.

Content is type="html", since readers disagree about xhtml. Every entry names its author, since no reader falls back on
the feed's.
"""

from collections.abc import Sequence
from dataclasses import replace

from feeds.model import FeedHead, Published, Site
from feeds.render import feedgen_mended
from feeds.render.complete import complete_entry, complete_head, entry_id, history, own_url, page_url
from feeds.render.frame import Frame


def fragment(published: Published, site: Site) -> bytes:
    """<entry>…</entry>, the same in every feed."""
    shown = complete_entry(published, site)
    entry = shown.entry
    out = feedgen_mended.FeedgenEntry()
    out.language = entry.language
    out.id(entry.id)
    out.title(entry.title)
    out.updated(entry.updated)
    out.published(entry.published)
    out.author([feedgen_mended.feedgen_person(author) for author in entry.authors])
    if entry.credit:
        out.contributor(name=entry.credit)
    out.link(rel="alternate", type="text/html", href=entry.permalink)
    for enclosure in entry.enclosures:
        length = "" if enclosure.length is None else str(enclosure.length)
        out.link(rel="enclosure", href=enclosure.url, type=enclosure.type, length=length, title=enclosure.title)
    for related in shown.related:
        out.link(rel="related", href=related.url, title=related.source)
    for via in shown.via:
        out.link(rel="via", href=via.url, title=via.source)
    if entry.comments:
        out.link(rel="replies", type="text/html", href=entry.comments)
    out.category([{"term": category} for category in entry.categories])
    if entry.summary:
        out.summary(entry.summary)
    out.content(entry.content, type="html")
    if entry.rights:
        out.rights(entry.rights)
    out.show(entry)
    out.origin = entry.origin
    return out.atom_fragment()


def frame(head: FeedHead, fragments: Sequence[bytes]) -> Frame:
    """The feed without these fragments."""
    head = complete_head(head)
    feed, site, page = head.feed, head.site, page_url(head)
    out = feedgen_mended.FeedgenHead(head.updated, feed.language)
    out.id(feed.id)
    out.title(feed.title)
    out.subtitle(site.subtitle)
    out.author(name=site.author)
    out.link(rel="self", type="application/atom+xml", href=own_url(head, "atom"))
    if head.hub:
        out.link(rel="hub", href=head.hub)
    for relation, url in history(head, "atom").items():
        out.link(rel=relation, type="application/atom+xml", href=url)
    out.link(rel="alternate", type="text/html", href=page)
    out.mark(complete=head.complete, archive=head.archive)
    out.bury(tuple(replace(tombstone, id=entry_id(tombstone.id)) for tombstone in head.tombstones))
    return Frame(out.atom_head() + b"\n", b"\n", b"\n" * bool(fragments) + feedgen_mended.ATOM_END + b"\n")
