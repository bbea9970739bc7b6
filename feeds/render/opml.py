"""OPML 2.0 (opml.org/spec2.opml): lists of feeds, ours and those that we read.

The bytes do not depend on when they are written.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from feeds.model import Feed, Site
from feeds.render.complete import one_line
from feeds.text.plaintext import xml_safe
from feeds.text.urls import without_credentials


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
    etree.SubElement(etree.SubElement(root, "head"), "title").text = one_line(title)
    body = etree.SubElement(root, "body")
    places: dict[tuple[str, ...], etree._Element] = {(): body}
    for outline in outlines:
        folders = tuple(name for folder in outline.folders if (name := one_line(folder)))
        for depth in range(len(folders)):
            path = folders[: depth + 1]
            if path not in places:
                places[path] = etree.SubElement(places[path[:-1]], "outline", text=path[-1], title=path[-1])
        url = outline.url if credentials else without_credentials(outline.url)
        link = outline.link if credentials else without_credentials(outline.link)
        name = one_line(outline.title) or xml_safe(without_credentials(outline.url))
        attributes = {"type": "rss", "text": name, "title": name, "xmlUrl": xml_safe(url)}
        if link:
            attributes["htmlUrl"] = xml_safe(link)
        etree.SubElement(places[folders], "outline", attributes)
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written


def published_feeds(site: Site, feeds: Iterable[Feed]) -> bytes:
    """The feeds of this site, as Atom."""
    outlines = []
    for feed in feeds:
        page = f"{site.base_url}/feeds/{feed.slug}"
        outlines.append(ListedFeed(feed.title or feed.slug, f"{page}.atom", page))
    return subscriptions(site.title, outlines)
