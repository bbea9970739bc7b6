"""Parsing: takes a document, returns a `ParsedFeed` or raises ParseError.

The text decides which parser reads a document, never the media type, which is wrong too often: `jsonfeed` for JSON, the
strict lane for well-formed feeds, and the lenient lane for whatever the strict one declines. Nothing here touches disk
or network. The lenient lane is a parameter, since feedparser behind it is slow on hostile input and cannot be
interrupted, and so belongs in a process that can be killed.

Errors: E_EMPTY, E_ENC, E_ENTITY, E_MANY, E_NOTFEED, E_PARSE, E_XML. Warnings start with their code: W_CHARS, W_CUT,
W_DRAFT, W_ENC, W_MANY, W_NOID, W_XML; a document with W_CUT ended early, so its validators must not be kept.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import replace

from feeds.errors import ParseError
from worker.model import Document, ParsedFeed
from worker.parse import bounds, digests, jsonfeed, lenient, prolog, strict

Parser = Callable[[str, Document], ParsedFeed]

_BEFORE_ROOT = re.compile(
    r"(?:[^<]+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)+", re.DOTALL | re.IGNORECASE
)
_ELEMENT = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_FEED_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!DOCTYPE\s+html|html|head|body|title|script|meta)[\s>]", re.IGNORECASE)
_ENTRY = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)


def parse(document: Document, seen: Collection[bytes] = frozenset(), lenient: Parser = lenient.parse) -> ParsedFeed:
    """Parses a document: digests of its first KEPT_ENTRIES items, and entries for those that are not in `seen`.

    seen: `ParsedFeed.items` of the source's last document. Items that share their guid (or, without one, their link or
    title) with another are built even if seen, since they can only be distinguished together. lenient: the lenient
    lane.
    """
    text, warnings = prolog.decoded_text(document)
    if not text.strip(" \t\r\n\ufeff"):
        raise ParseError(document.name, "Empty answer.", "E_EMPTY")
    form = _form(text, document.name)
    feed, illegal = None, 0
    suspicious = prolog.suspicious(text)
    if form == "xml":
        text, ended = prolog.mend_sections(prolog.without_declaration(text))
        if ended:
            warnings = (*warnings, f"W_XML: {ended}")
        feed = None if suspicious else strict.parse(text, document, seen)
    if feed is None:
        # Only now, since a parsed tree proves that the text had no forbidden character, and most texts parse.
        text, illegal = prolog.clean(text)
        if form == "json":
            feed = _only_unseen(jsonfeed.parse(text, document), document, seen)
        elif illegal or suspicious:
            feed = strict.parse(text, document, seen)
    if feed is None:
        text, mended = prolog.mend_references(text)
        if mended:
            warnings = (*warnings, f"W_XML: {mended}")
            feed = strict.parse(text, document, seen)
    if feed is None:
        # Count first: feedparser takes a second for 4,000.
        bounds.refuse_many(sum(1 for _ in _ENTRY.finditer(text)), document.name)
        feed = _only_unseen(lenient(text, document), document, seen)
    if illegal:
        warnings = (*warnings, f"W_CHARS: {illegal} characters that XML forbids were replaced")
    return replace(feed, warnings=(*feed.warnings, *warnings)) if warnings else feed


def _only_unseen(feed: ParsedFeed, document: Document, seen: Collection[bytes]) -> ParsedFeed:
    """A feed whose parser built all its entries: adds digests and drops entries already seen."""
    total = len(feed.entries)
    bounds.refuse_many(total, document.name)
    feed = replace(feed, entries=feed.entries[: bounds.KEPT_ENTRIES], warnings=(*feed.warnings, *bounds.cut(total)))
    items = digests.of_entries(feed)
    named = [
        (entry.guid or entry.link.partition("#")[0] or entry.title, digest)
        for entry, digest in zip(feed.entries, items, strict=True)
    ]

    def place(number: int) -> str:
        entry = feed.entries[number]
        return digests.place(entry.link, entry.title)

    entries = tuple(replace(feed.entries[n], digest=items[n]) for n in digests.unseen(named, seen, place))
    return replace(feed, entries=entries, items=tuple(items))


# How files of other kinds begin, whatever encoding their bytes were read in.
_SIGNATURES = (
    ("PK\x03\x04", "a ZIP archive or an Office document"),
    ("%PDF-", "a PDF document"),
    ("GIF8", "a picture"),
    ("ID3", "a sound file"),
    ("Rar!", "a RAR archive"),
    ("7z", "a 7-Zip archive"),
)


def _form(text: str, name: str) -> str:
    """The form of a text, "json" or "xml", by its first character or root element."""
    start = text.lstrip()
    if start[:1] in ("{", "["):
        return "json"
    before = _BEFORE_ROOT.match(text)
    element = _ELEMENT.match(text, before.end() if before else 0)
    if element and element[2].lower() in ("rss", "feed", "rdf", "channel"):
        return "xml"
    if element and element[2].lower() == "html":
        raise ParseError(name, "This is a web page, not a feed.", "E_NOTFEED")
    if _FEED_ROOT.search(text):  # a server's warnings precede the feed
        return "xml"
    if element and element[2].lower() == "opml":
        message = (
            "This is a list of subscriptions (OPML), not a feed; save it, and `seedfeed import` follows its feeds."
        )
        raise ParseError(name, message, "E_NOTFEED")
    if kind := next((kind for start, kind in _SIGNATURES if text.startswith(start)), ""):
        raise ParseError(name, f"This is {kind}, not a feed.", "E_NOTFEED")
    if _PAGE.search(text):
        raise ParseError(name, "This is a web page, not a feed.", "E_NOTFEED")
    what = f"but XML with the root element <{element[2]}>" if element else "since it is neither XML nor JSON"
    raise ParseError(name, f"This is no feed, {what}.", "E_XML")
