"""feedgen with its faults mended, in this one place.

What feedgen 1.0 gets wrong: links of entries lose rel, type, title and length and may have only five relations
(lkiesow/python-feedgen#135, #143); RSS keeps no link of a channel but rel=self; dates are written by switching the
locale of the whole process, and default to now; text is always type="text"; atom:source has only a title and a link.
Elements are named without a namespace, as feedgen does: it declares Atom's on the root by hand.
"""

import html
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseExtension
from feedgen.ext.dc import DcEntryExtension, DcExtension
from feedgen.ext.media import MediaExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.model import Entry as Shown
from feeds.model import Origin, Person, Tombstone
from feeds.render import media_rss
from feeds.render.complete import looks_like_html
from feeds.text.dates import plausible, rfc822, rfc3339

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ATOM = "http://www.w3.org/2005/Atom"
_ITEM_LINKS = ("related", "via")
_CHANNEL_LINKS = ("hub", "current", "prev-archive", "next-archive")
_TEXTS = frozenset(["title", "subtitle", "summary", "rights"])
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_HISTORY = "http://purl.org/syndication/history/1.0"
_DC: dict[str, str] = DcExtension().extend_ns()

# Declared by feedgen on the roots of our documents, so that fragments need not declare them.
ATOM_NAMESPACES: Mapping[str, str] = media_rss.MEDIA
RSS_NAMESPACES: Mapping[str, str] = {
    "atom": _ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
    **_DC,
    **media_rss.MEDIA,
    **media_rss.PODCAST,
}


class FeedgenEntry(FeedEntry):  # type: ignore[misc]  # feedgen has no types
    """An entry that keeps every attribute. language, origin: xml:lang and atom:source; "" and None leave them out."""

    def __init__(self) -> None:
        super().__init__()
        self.register_extension("dc", DcEntryExtension, atom=False)
        self.language = ""
        self.origin: Origin | None = None
        self._links: list[dict[str, str]] = []
        self._published: datetime | None = None

    def published(self, published: datetime | None = None) -> datetime | None:
        """Sets the date. Dates before 1990 are left out: validators take them for those of an unset clock."""
        if published is not None and plausible(published, published):
            self._published = published
        return self._published

    def link(self, **attributes: str) -> None:
        """Adds a link with any relation; attributes that are "" are left out."""
        self._links.append({name: value for name, value in attributes.items() if value})
        if attributes.get("rel") in ("alternate", "enclosure"):  # RSS makes elements of these
            super().link(dict(attributes))

    def show(self, entry: Shown) -> None:
        """Adds the files, picture and podcast tags of an entry after `complete`."""
        if entry.enclosures or entry.image or entry.explicit is not None:
            self.register_extension("media", media_rss.EntryMedia)
            self.media.entry = entry
        if media_rss.is_episode(entry):
            self.register_extension("podcast", media_rss.Episode, atom=False)
            self.podcast.entry = entry

    def atom_entry(self, extensions: bool = True) -> etree._Element:
        entry: etree._Element = super().atom_entry(extensions)
        if self.language:
            entry.set(_LANG, self.language)
        for element in list(entry):
            if element.tag == "link":
                entry.remove(element)
        _mend_texts(entry, self.updated())
        if self._published:
            _append(entry, "published", rfc3339(self._published))
        for attributes in self._links:
            etree.SubElement(entry, "link", attributes)
        if self.origin:
            _source(entry, self.origin)
        return entry

    def rss_entry(self, extensions: bool = True) -> etree._Element:
        item: etree._Element = super().rss_entry(extensions)
        if self._published:
            _append(item, "pubDate", rfc822(self._published))
        for attributes in self._links:
            # After the item's own <link>: some readers take the first element with that name, whatever its namespace.
            if attributes["rel"] in _ITEM_LINKS:
                etree.SubElement(item, f"{{{_ATOM}}}link", attributes)
        return item

    def atom_fragment(self) -> bytes:
        """<entry>…</entry> without declarations, for a document that declares ATOM_NAMESPACES."""
        return _fragment(self.atom_entry(), ATOM_NAMESPACES)

    def rss_fragment(self) -> bytes:
        """<item>…</item>, for a document that declares RSS_NAMESPACES."""
        return _fragment(self.rss_entry(), RSS_NAMESPACES)


class FeedgenHead(FeedGenerator):  # type: ignore[misc]  # feedgen has no types
    """A feed without its entries, dated `updated`. language: xml:lang of an Atom document."""

    def __init__(self, updated: datetime, language: str) -> None:
        super().__init__()
        self.updated(updated)
        self.generator("Seedfeed")
        self.docs("")
        self.register_extension("media", MediaExtension)
        self.register_extension("dc", DcExtension, atom=False)
        self.register_extension("podcast", media_rss.Show, atom=False)
        self._lang = language

    def air(self, author: str, *, explicit: bool) -> None:
        """Adds the podcast tags of a channel with episodes."""
        self.podcast.author, self.podcast.explicit = author, explicit

    def bury(self, tombstones: tuple[Tombstone, ...]) -> None:
        """Adds RFC 6721 tombstones. Their namespace, unknown to validators, is declared only if there are any."""
        if tombstones:
            self.register_extension("tombstones", _Tombstones, rss=False)
            self.tombstones.buried = tombstones

    def mark(self, *, complete: bool, archive: bool) -> None:
        """Marks a document as complete or archive (RFC 5005); the namespace is declared only then."""
        if complete or archive:
            self.register_extension("history", _History)
            self.history.mark = "complete" if complete else "archive"

    def atom_head(self) -> bytes:
        """A document up to the place of its entries; `ATOM_END` closes it."""
        whole: bytes = self.atom_str()
        return whole.removesuffix(ATOM_END)

    def rss_head(self) -> bytes:
        """A document up to the place of its items; `RSS_END` closes it."""
        whole: bytes = self.rss_str()
        return whole.removesuffix(RSS_END)

    def _create_atom(self, extensions: bool = True) -> tuple[etree._Element, Any]:
        feed, document = super()._create_atom(extensions)
        if self._lang:
            feed.set(_LANG, self._lang)
        _mend_texts(feed, self.updated())
        return feed, document

    def _create_rss(self, extensions: bool = True) -> tuple[etree._Element, Any]:
        # Without this feedgen switches the process's locale to write the date.
        self._FeedGenerator__rss_lastBuildDate = None
        root, document = super()._create_rss(extensions)
        channel = root[0]
        _append(channel, "lastBuildDate", rfc822(self.updated()))
        for link in self.link():
            # feedgen has already written rel=self.
            if link["rel"] in _CHANNEL_LINKS:
                etree.SubElement(channel, f"{{{_ATOM}}}link", link)
        return root, document


ATOM_END = b"</feed>"
RSS_END = b"</channel></rss>"


class _Tombstones(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    buried: tuple[Tombstone, ...] = ()

    def extend_ns(self) -> dict[str, str]:
        return {"at": _TOMBSTONES}

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        for tombstone in self.buried:
            when = rfc3339(tombstone.deleted_at)
            etree.SubElement(feed, f"{{{_TOMBSTONES}}}deleted-entry", {"ref": tombstone.id, "when": when})
        return feed


class _History(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    mark = ""

    def extend_ns(self) -> dict[str, str]:
        return {"fh": _HISTORY}

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        etree.SubElement(feed, f"{{{_HISTORY}}}{self.mark}")
        return feed

    def extend_rss(self, feed: etree._Element) -> etree._Element:
        etree.SubElement(feed[0], f"{{{_HISTORY}}}{self.mark}")
        return feed


def feedgen_person(who: Person) -> dict[str, str]:
    """A person as feedgen expects it."""
    parts = {"name": who.name, "email": who.email, "uri": who.uri}
    return {key: value for key, value in parts.items() if value}


def _fragment(element: etree._Element, namespaces: Mapping[str, str]) -> bytes:
    # Serialised alone, an element declares all namespaces that it uses; below a root that has them, none.
    root = etree.Element("r", nsmap=dict(namespaces))
    root.append(element)
    whole = etree.tostring(root, encoding="UTF-8")
    return whole[whole.index(b">") + 1 : -len(b"</r>")]


def _source(entry: etree._Element, origin: Origin) -> None:
    """Adds atom:source (RFC 4287 §4.2.11); origin.updated must be set."""
    assert origin.updated is not None
    source = etree.SubElement(entry, "source")
    _append(source, "id", origin.id)
    _append(source, "title", origin.title)
    _append(source, "updated", rfc3339(origin.updated))
    if origin.feed_url:
        etree.SubElement(source, "link", {"rel": "self", "href": origin.feed_url})
    if origin.link:
        etree.SubElement(source, "link", {"rel": "alternate", "type": "text/html", "href": origin.link})
    if origin.rights:
        _append(source, "rights", origin.rights)
    _mend_texts(source, origin.updated)


def _append(parent: etree._Element, name: str, value: str) -> None:
    etree.SubElement(parent, name).text = value


def _mend_texts(parent: etree._Element, updated: datetime) -> None:
    """Writes plain text that looks like markup as equivalent HTML (RFC 4287 §3.1.1.2), and ends dates in Z."""
    for element in parent:
        if element.tag == "updated":
            element.text = rfc3339(updated)
        elif element.tag in _TEXTS and element.text and looks_like_html(element.text):
            element.text = html.escape(element.text, quote=False)
            element.set("type", "html")
