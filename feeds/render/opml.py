"""OPML 2.0 (opml.org/spec2.opml): lists of feeds, ours and those that we read.

The bytes do not depend on when they are written.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from feeds.model import Feed, Site
from feeds.render.complete import one_line
from feeds.text.plaintext import xml_safe
from feeds.text.urls import without_credentials

_AMPERSAND = re.compile(r"\s*&(?=[^\s&<])")


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """One feed in a list. url: of the feed. link: of its site, or "". folders: outermost first."""

    title: str
    url: str
    link: str = ""
    folders: tuple[str, ...] = ()


def subscriptions(title: str, outlines: Iterable[ListedFeed], *, credentials: bool = False) -> bytes:
    """A document of feeds in their folders, both in order of first mention.

    credentials: keep user names and passwords in URLs, for a list that stays with its owner.
    """
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = label(title)
    body = etree.SubElement(root, "body")
    places: dict[tuple[str, ...], etree._Element] = {(): body}
    for outline in outlines:
        folders = tuple(name for folder in outline.folders if (name := label(folder)))
        for depth in range(len(folders)):
            path = folders[: depth + 1]
            if path not in places:
                places[path] = etree.SubElement(places[path[:-1]], "outline", text=path[-1])
        url = outline.url if credentials else without_credentials(outline.url)
        link = outline.link if credentials else without_credentials(outline.link)
        name = label(outline.title) or label(_bare(outline.url))
        attributes = {"type": "rss", "text": name, "title": name, "xmlUrl": xml_safe(url)}
        if link:
            attributes["htmlUrl"] = xml_safe(link)
        etree.SubElement(places[folders], "outline", attributes)
    if not len(body):  # a body has an outline; comments are no subscriptions
        etree.SubElement(body, "outline", text="No feeds yet", isComment="true")
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written


def _bare(url: str) -> str:
    """A URL in place of a title: without what HTML would read as a reference."""
    return without_credentials(url).partition("?")[0].replace("&", "%26")


def label(words: str) -> str:
    """A name that is the same read as text and as HTML, since an outline's text may be either.

    An ampersand stands between spaces ("R & D"), and "<" gives way to a sign that looks like it.
    """
    return _AMPERSAND.sub(" & ", one_line(words)).replace("<", "‹").strip()


def published_feeds(site: Site, feeds: Iterable[Feed]) -> bytes:
    """The feeds of this site, as Atom."""
    outlines = []
    for feed in feeds:
        page = f"{site.base_url}/feeds/{feed.slug}"
        outlines.append(ListedFeed(feed.title or feed.slug, f"{page}.atom", page))
    return subscriptions(site.title, outlines)
