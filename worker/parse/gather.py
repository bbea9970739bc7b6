"""Walks a feed or entry for the strict lane: takes elements, returns a dictionary in feedparser's shape.

Of two elements for the same thing, feedparser's rule decides: the later one, unless it is nested deeper; the first
title; a second description is a content. So both lanes agree, and `meaning` reads the result of either.

A tree with elements where no format has them raises `Unsure`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from feedparser.mixin import _FeedParserMixin

from feeds.text.plaintext import ELEMENTS
from feeds.text.urls import absolute, joined
from worker.parse.markup import XML_NAMESPACE, Unsure, sole_text, tidy, xhtml_of
from worker.parse.meaning import NO_BASE, person

Handler = Callable[["Gatherer", Any], None]

_TYPES = {"text": "text/plain", "plain": "text/plain", "html": "text/html", "xhtml": "application/xhtml+xml"}
_TEXTUAL = ("text/plain", "text/html", "application/xhtml+xml")
ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_XML_BASE = f"{XML_NAMESPACE}base"
_XML_LANG = f"{XML_NAMESPACE}lang"
_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)/+")
# The end of an element that may be a block: the words of two of them must not run together.
_FOREIGN_END = re.compile(r"</([^<>]+)>")
_ENTITY = re.compile(r"&([A-Za-z0-9_]+);")


class Gatherer:
    """The position in a tree, and what has been found so far."""

    __slots__ = ("atom", "base", "context", "depth", "depths", "has_content", "lang", "scoped", "table", "title_depth")

    def __init__(self, atom: bool, scoped: bool, base: str) -> None:
        """scoped: whether any element may have xml:base or xml:lang, which are costly to look for."""
        self.atom = atom
        self.scoped = scoped
        self.base = base
        self.lang: str | None = None
        self.context: dict[str, Any] = {}
        self.depth = 0
        self.depths: dict[str, int] | None = None
        self.has_content = False
        self.title_depth = -1
        self.table: Table | None = None

    def enter(self, element: Any) -> None:
        """Adopts the base and language of an element."""
        base = element.get(_XML_BASE) or element.get("base")
        if base:
            base = self.resolve_url(base)
            if absolute(base) or base.startswith("ftp://"):
                self.base = base
        lang = element.get(_XML_LANG)
        lang = element.get("lang") if lang is None else lang
        if lang is not None:
            self.lang = lang.replace("_", "-") or None

    def entry(self, element: Any, table: Table) -> dict[str, Any]:
        """What an item or entry says."""
        self.context = {}
        self.depths = {}
        self.has_content = False
        self.title_depth = -1
        self.table = table
        scope = self.base, self.lang
        if element.attrib:
            if about := element.get(ABOUT):
                self.context["id"] = about
            self.enter(element)
        self.walk(element)
        self.base, self.lang = scope
        return self.context

    def walk(self, parent: Any) -> None:
        """Passes each child to its handler; descends into a child without one."""
        assert self.table is not None
        table = self.table
        self.depth += 1
        for element in parent:
            handler = table.of(element)
            if self.scoped and element.attrib:
                scope = self.base, self.lang
                self.enter(element)
                self._handle(handler, element)
                self.base, self.lang = scope
            elif handler is not None:
                handler(self, element)
            elif len(element):
                self.walk(element)
        self.depth -= 1

    def _handle(self, handler: Handler | None, element: Any) -> None:
        if handler is not None:
            handler(self, element)
        elif len(element):
            self.walk(element)

    def store(self, key: str, value: str) -> None:
        if self.depths is None:
            self.context[key] = value
        elif self.depth <= self.depths.get(key, self.depth):
            self.depths[key] = self.depth
            self.context[key] = value

    def resolve_url(self, uri: str) -> str:
        if ":///" in uri:
            uri = _SLASHES.sub(r"\1", uri)
        if self.base == NO_BASE:
            return uri
        return joined(self.base, uri) or uri

    def construct(self, element: Any, default: str) -> dict[str, Any]:
        """A text that may be markup (RFC 4287 §3.1)."""
        kind = element.get("type")
        kind = default if kind is None else _TYPES.get(kind.lower(), kind.lower())
        if kind == "application/xhtml+xml" or (len(element) and kind.endswith(("+xml", "/xml"))):
            value = xhtml_of(element, self.atom)
            if kind != "application/xhtml+xml":
                value = _FOREIGN_END.sub(lambda end: end[0] + ("" if end[1] in ELEMENTS else " "), value).strip()
        elif len(element) or element.get("mode"):
            raise Unsure
        else:
            value = element.text or ""
            if not kind.startswith("text/") and not kind.endswith(("+xml", "/xml")):
                value = _decode_base64(value)
            value = tidy(value)
            if kind == "text/plain" and not self.atom and _FeedParserMixin.looks_like_html(value):
                kind = "text/html"
        # Without its prefix, lang has no meaning in XML, but senders mean it.
        lang = self.lang if self.scoped else element.get("lang") or self.lang
        return {"type": kind, "language": lang, "base": self.base, "value": value}


class Table:
    """Handlers by feedparser's names for elements, and by tags as they are met."""

    def __init__(self, names: dict[str, Handler | None]) -> None:
        self.names = names
        self._met: dict[Any, Handler | None] = {}

    def of(self, element: Any) -> Handler | None:
        """The handler for an element, None if there is none."""
        try:
            return self._met[element.tag]
        except KeyError:
            return self._resolve(element)

    def _resolve(self, element: Any) -> Handler | None:
        """By namespace, or by prefix if the namespace is unknown."""
        tag = element.tag
        if not isinstance(tag, str):  # a reference to an undeclared entity
            raise Unsure
        namespace, _, name = tag.rpartition("}")
        prefix = prefix_of(namespace[1:])
        # Names invented by a sender must not fill the memory.
        if prefix is not None:
            handler = self.names.get(f"{prefix}{name}".lower())
            if len(self._met) < 2_000:
                self._met[tag] = handler
            return handler
        return self.names.get(f"{element.prefix}:{name}".lower() if element.prefix else name.lower())


def prefix_of(namespace: str) -> str | None:
    """feedparser's prefix for a namespace, with its colon; None for an unknown one."""
    namespace = namespace.lower()
    if "backend.userland.com/rss" in namespace:
        return ""
    prefix = _PREFIXES.get(namespace)
    return f"{prefix}:" if prefix else prefix


_PREFIXES: dict[str, str] = {
    **{namespace.lower(): prefix for namespace, prefix in _FeedParserMixin.namespaces.items()},
    "https://podcastindex.org/namespace/1.0": "podcast",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "http://purl.org/syndication/history/1.0": "fh",
    "http://purl.org/atompub/tombstones/1.0": "at",
}


def _decode_base64(text: str) -> str:
    try:
        return base64.decodebytes(text.encode()).decode()
    except (binascii.Error, UnicodeError):
        return text


def attributes(element: Any) -> dict[str, str]:
    """The attributes of an element; names in lower case, as are the values of rel and type."""
    found = {}
    for name, value in element.items():
        name = name.lower()
        value = value.strip()
        found[name] = value.lower() if name in ("rel", "type") else value
    return found


# Handlers of elements that feeds, sources and entries share.


def title(g: Gatherer, element: Any) -> None:
    drawn = [one for one in element if isinstance(one.tag, str) and one.tag.rpartition("}")[2] in ("math", "svg")]
    # feedparser ends a title at the one of its drawing.
    detail = g.construct(element, "text/plain" if not drawn else "application/xhtml+xml")
    if not -1 < g.title_depth <= g.depth:
        g.store("title", detail["value"])
        g.context["title_detail"] = detail
    if detail["value"]:
        g.title_depth = g.depth


def link(g: Gatherer, element: Any) -> None:
    said = {"rel": "alternate", **attributes(element)} if element.attrib else {"rel": "alternate"}
    said.setdefault("type", "application/atom+xml" if said["rel"] == "self" else "text/html")
    href = said.get("url") or said.get("uri") or said.get("href")
    g.context.setdefault("links", []).append(said)
    if href:
        said["href"] = g.resolve_url(href).strip()
        if said["rel"] == "alternate" and _TYPES.get(said["type"], said["type"]) in _TEXTUAL[1:]:
            g.context["link"] = said["href"]
        return
    text = sole_text(element)
    if text and "href" not in said:
        # An ampersand escaped twice, and "&b=" that a parser took for an entity.
        text = g.resolve_url(text).replace("&amp;", "&")
        said["href"] = g.context["link"] = _ENTITY.sub(r"&\1", text) if "&" in text else text


def identifier(g: Gatherer, element: Any) -> None:
    is_link = not element.attrib or attributes(element).get("ispermalink", "true") == "true"
    value = sole_text(element)
    if is_link and value:
        value = g.resolve_url(value)
        if not g.context.get("link"):
            g.context["link"] = value
    g.store("id", value)


def author(g: Gatherer, element: Any) -> None:
    said: dict[str, str] = {}
    g.context.setdefault("authors", []).append(said)
    if not len(element):
        g.store("author", sole_text(element))
        said.update(person(g.context["author"]))
        return
    for child in element:
        if not isinstance(child.tag, str):
            raise Unsure
        name = child.tag.rpartition("}")[2].lower()
        if name in ("name", "email"):
            said[name] = sole_text(child)
        elif name in ("uri", "url", "homepage"):
            value = sole_text(child)
            said["href"] = g.resolve_url(value) if value else ""
    name, email = said.get("name", ""), said.get("email", "")
    g.store("author", f"{name} ({email})" if name and email else name or email)


def text(key: str) -> Handler:
    def handler(g: Gatherer, element: Any) -> None:
        g.store(key, sole_text(element))

    return handler


def reference(key: str) -> Handler:
    def handler(g: Gatherer, element: Any) -> None:
        value = sole_text(element)
        g.store(key, g.resolve_url(value) if value else "")

    return handler


def construct(key: str) -> Handler:
    def handler(g: Gatherer, element: Any) -> None:
        g.store(key, g.construct(element, "text/plain")["value"])

    return handler


def skip(_g: Gatherer, _element: Any) -> None:
    """Ignores an element whose content is not about its parent."""


def misplaced(_g: Gatherer, _element: Any) -> None:
    raise Unsure


COMMON: dict[str, Handler | None] = {
    "title": title,
    "dc:title": title,
    "link": link,
    "id": identifier,
    "guid": identifier,
    "author": author,
    "managingeditor": author,
    "dc:author": author,
    "dc:creator": author,
    "itunes:author": author,
    "language": text("language"),
    "dc:language": text("language"),
    "rights": construct("rights"),
    "copyright": construct("rights"),
    "dc:rights": construct("rights"),
    "published": text("published"),
    "issued": text("published"),
    "pubdate": text("published"),
    "dcterms:issued": text("published"),
    "updated": text("updated"),
    "modified": text("updated"),
    "date": text("updated"),
    "lastbuilddate": text("updated"),
    "dc:date": text("updated"),
    "dcterms:modified": text("updated"),
    "created": text("created"),
    "dcterms:created": text("created"),
    "contributor": skip,
    "dc:contributor": skip,
    "image": skip,
    "textinput": skip,
    "item": misplaced,
    "entry": misplaced,
    "channel": misplaced,
    "feed": misplaced,
    "rss": misplaced,
    "body": misplaced,
    "xhtml:body": misplaced,
}
# Elements of this namespace hold titles, links and guids of other things.
COMMON |= {
    f"podcast:{name}": skip
    for name in "liveitem alternateenclosure person location value podroll remoteitem publisher socialinteract".split()
}
