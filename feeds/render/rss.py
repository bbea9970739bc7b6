"""RSS 2.0, within the RSS Advisory Board's profile, with content:encoded, Dublin Core and Media RSS.

An item's description precedes content:encoded, and both are HTML; its other texts are plain, with "<" and "&" written
as the profile requires. Names go into dc:creator, since <author> is for e-mail addresses. Other outlets of a story are
Atom links, for which RSS has no element of its own.
"""

import html
import re
from collections.abc import Sequence

from feeds.model import FeedHead, Published, Site
from feeds.render import feedgen_mended, media_rss
from feeds.render.complete import complete_entry, complete_head, history, own_url, page_url
from feeds.render.frame import Frame

_PLAIN = re.compile(
    rb"<(?:title|category|source|dc:creator|dc:contributor|dc:rights|dc:source|itunes:author)(?: [^>]*)?>[^<]*&[^<]*"
)
_PLAIN_HEAD = re.compile(rb"<(?:title|description|itunes:author)>[^<]*&[^<]*")
_TAG = re.compile("<[A-Za-z/!?]")
_UNKNOWN_TYPE = "application/octet-stream"


def fragment(published: Published, site: Site) -> bytes:
    """<item>…</item>, the same in every feed."""
    shown = complete_entry(published, site)
    entry = shown.entry
    out = feedgen_mended.FeedgenEntry()
    out.id(entry.id)
    out.title(_plain(entry.title))
    out.link(rel="alternate", href=entry.permalink)
    out.description(html.escape(entry.summary, quote=False) or entry.content)
    if entry.summary:
        out.content(entry.content)
    out.published(entry.published)
    out.dc.dc_creator([author.name for author in entry.authors])
    has_source = entry.origin is not None and entry.origin.feed_url
    if has_source:  # validators report dc:source beside <source> as a duplicate
        out.dc.dc_contributor(entry.credit or None)
    elif named := entry.credit or (entry.origin.title if entry.origin else ""):  # <source> requires a feed's address
        out.dc.dc_source(named)
    if entry.language:
        out.dc.dc_language(entry.language)
    if rights := entry.rights or (entry.origin.rights if entry.origin else ""):
        out.dc.dc_rights(rights)
    out.category([{"term": _plain(category)} for category in entry.categories])
    for enclosure in entry.enclosures[:1]:
        out.enclosure(enclosure.url, enclosure.length or 0, enclosure.type or _UNKNOWN_TYPE)
    out.show(entry)
    if entry.comments:
        out.comments(entry.comments)
    if entry.origin and has_source:
        out.source(entry.origin.feed_url, _plain(entry.origin.title))
    for related in shown.related:
        out.link(rel="related", href=related.url, title=related.source)
    for via in shown.via:
        out.link(rel="via", href=via.url, title=via.source)
    return _PLAIN.sub(_in_profile, out.rss_fragment())


def frame(head: FeedHead, fragments: Sequence[bytes]) -> Frame:
    """The feed without these fragments."""
    head = complete_head(head)
    feed, site, page = head.feed, head.site, page_url(head)
    out = feedgen_mended.FeedgenHead(head.updated, "")
    out.title(_plain(feed.title))
    out.description(_plain(site.subtitle or feed.title))
    out.language(feed.language)
    out.link(rel="self", type="application/rss+xml", href=own_url(head, "rss"))
    if head.hub:
        out.link(rel="hub", href=head.hub)
    for relation, url in history(head, "rss").items():
        out.link(rel=relation, type=_document_type(url), href=url)
    if any(media_rss.EPISODE in fragment for fragment in fragments):
        out.air(site.author, explicit=any(media_rss.EXPLICIT in fragment for fragment in fragments))
    out.mark(complete=head.complete, archive=head.archive)
    out.link(rel="alternate", href=page)  # the last one becomes the channel's <link>
    start = _PLAIN_HEAD.sub(_in_profile, out.rss_head()) + b"\n"
    return Frame(start, b"\n", b"\n" * bool(fragments) + feedgen_mended.RSS_END + b"\n")


def _document_type(url: str) -> str:
    """The media type of a document's URL: archives may exist as Atom alone."""
    return "application/atom+xml" if url.endswith(".atom") else "application/rss+xml"


def _plain(words: str) -> str:
    """Plain text as the profile wants it; with what looks like a tag, HTML.

    Most readers with a window take a title for HTML: they would lose `a<b`, and run `<img onerror=…>`, if it were
    escaped once. The others show the second escape.
    """
    return html.escape(words, quote=False) if _TAG.search(words) else words


def _in_profile(element: re.Match[bytes]) -> bytes:
    return element[0].replace(b"&lt;", b"&#x3C;").replace(b"&amp;", b"&#x26;")
