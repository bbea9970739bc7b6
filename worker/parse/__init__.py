"""The parsing room: a document comes in, a `ParsedFeed` or a ParseError goes out.

Which parser reads a document is decided by its text, never by its media type, which is wrong too often. A new format
is one function and one line in `PARSERS`. Nothing here touches disk or network. feedparser is slow on hostile input
and cannot be interrupted, so that `parse` belongs into a process that can be killed.

Errors: E_EMPTY, E_ENC, E_ENTITY, E_MANY, E_NOTFEED, E_PARSE, E_XML. Warnings start with their code: W_CHARS, W_CUT,
W_MANY, W_NOID, W_XML; a document with W_CUT ended early, so its validators must not be kept.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from feeds.errors import ParseError
from worker.model import Document, ParsedFeed
from worker.parse import jsonfeed, lenient, prolog

#: Refused above, cut to the first KEPT above that many.
MOST_ENTRIES = 10_000
KEPT_ENTRIES = 1_000

Parser = Callable[[str, Document], ParsedFeed]

PARSERS: Mapping[str, Parser] = {
    "json": jsonfeed.parse,
    "xml": lenient.parse,
}

_BEFORE_ROOT = re.compile(
    r"(?:[^<]+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)+", re.DOTALL | re.IGNORECASE
)
_ELEMENT = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_FEED_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!DOCTYPE\s+html|html|head|body|title|script|meta)[\s>]", re.IGNORECASE)
_ENTRY = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)


def parse(document: Document) -> ParsedFeed:
    """Read a document. Entries come in document order, at most KEPT_ENTRIES of them."""
    text = prolog.decode(document)
    if not text.strip(" \t\r\n\ufeff"):
        raise ParseError(document.name, "Empty answer.", "E_EMPTY")
    text, illegal = prolog.clean(text)
    form = _form(text, document.name)
    if form == "xml":
        _bounded(sum(1 for _ in _ENTRY.finditer(text)), document.name)
    feed = PARSERS[form](text, document)
    _bounded(len(feed.entries), document.name)
    warnings = list(feed.warnings)
    if illegal:
        warnings.append(f"W_CHARS: {illegal} characters that XML forbids were left out")
    if len(feed.entries) > KEPT_ENTRIES:
        warnings.append(f"W_MANY: of {len(feed.entries):,} entries the first {KEPT_ENTRIES:,} were read")
    return replace(feed, entries=feed.entries[:KEPT_ENTRIES], warnings=tuple(warnings))


def _bounded(entries: int, name: str) -> None:
    if entries > MOST_ENTRIES:
        raise ParseError(name, f"Has {entries:,} entries; the limit is {MOST_ENTRIES:,}.", "E_MANY")


def _form(text: str, name: str) -> str:
    """The key in PARSERS for a text, by its first character or its root element."""
    start = text.lstrip()
    if start[:1] in ("{", "["):
        return "json"
    before = _BEFORE_ROOT.match(text)
    element = _ELEMENT.match(text, before.end() if before else 0)
    if element and element[2].lower() in ("rss", "feed", "rdf", "channel"):
        return "xml"
    if element and element[2].lower() == "html":
        raise ParseError(name, "This is a web page, not a feed.", "E_NOTFEED")
    if _FEED_ROOT.search(text):  # warnings of a server stand before the feed
        return "xml"
    if _PAGE.search(text):
        raise ParseError(name, "This is a web page, not a feed.", "E_NOTFEED")
    what = f"XML with the root element <{element[2]}>" if element else "neither XML nor JSON"
    raise ParseError(name, f"This is no feed, but {what}.", "E_XML")
