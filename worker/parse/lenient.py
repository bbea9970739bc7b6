"""The lenient lane: RSS, RDF and Atom of every age, well-formed or not, read by feedparser.

feedparser only turns text into dictionaries here. It gets `io.BytesIO` of our own UTF-8 (a string or bytes it may
open as a file or fetch), sanitises nothing and resolves nothing in HTML: `worker.normalise` does both. What it mixes
up is told apart again below: titles of RSS may hold markup, the second description of an item is no better than the
first, a date that only feedparser can read is handed on as ISO 8601.
"""

import io
import re
import time
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from xml.sax import SAXParseException

import feedparser

from feeds import dates
from feeds.errors import ParseError
from feeds.model import Enclosure, Person
from feeds.urls import absolute
from worker.model import Document, ParsedFeed, RawEntry
from worker.parse import prolog

# A base that is none: feedparser resolves ids against its base too, and one that starts empty leaks from one entry
# into the next. Against this one nothing resolves, and an xml:base takes its place.
_NO_BASE = "about:blank"
_HEADERS = {"content-type": "application/xml; charset=utf-8", "content-location": _NO_BASE}

_HTML_TYPES = ("text/html", "application/xhtml+xml")
_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)")
_MARKUP = re.compile(r"<[A-Za-z/!]|&#?\w+;")
_BLOCK = re.compile(r"\s*<(p|div|h[1-6]|ul|ol|table|blockquote|figure|img|a)\b[^>]*>.*(?:</\1>|/>|<br>)\s*$",
                    re.DOTALL | re.IGNORECASE)  # fmt: skip
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_ROOT_END = re.compile(r"</(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_ENTRY_START = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ENTRY_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ROOT_BASE = re.compile(r"""(<(?:[\w.-]+:)?(?:rss|feed|rdf)\b[^>]*?\sxml:base\s*=\s*)(["'])(.*?)\2""",
                        re.IGNORECASE)  # fmt: skip
# Elements that titles are written with; another name in angle brackets is the title's own text.
_TITLE_TAG = re.compile(
    r"a|abbr|acronym|b|bd[io]|big|br|center|cite|code|del|dfn|div|em|font|h[1-6]|i|img|ins|kbd|mark|p|q|s|samp|script|"
    r"small|span|strike|strong|style|su[bp]|tt|u|var|wbr",
    re.IGNORECASE,
)


def parse(text: str, document: Document) -> ParsedFeed:
    """ParseError E_ENTITY, E_XML (nothing of a feed in it) or E_PARSE (feedparser gave up)."""
    text = _with_absolute_base(prolog.without_declaration(text), document.url)
    body = ('<?xml version="1.0" encoding="utf-8"?>\n' + text).encode("utf-8", "replace")
    prolog.refuse_entities(document.name, body)
    try:
        result = feedparser.parse(
            io.BytesIO(body), response_headers=_HEADERS, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # feedparser raises anything on hostile input; it is the document's fault, not a bug
        reason = type(error).__name__
        raise ParseError(document.name, f"This feed cannot be read ({reason}).", "E_PARSE") from error
    warnings = []
    sources = list(result.entries)
    cut = not _ROOT_END.search(text, max(0, text.rfind("</")))
    if cut:
        warnings.append("W_CUT: the document ends early; the last entry was left out if it was not complete")
        if sources and not _ends_complete(text):
            sources.pop()
    kind = result.get("version") or ""
    every = [_entry(source, kind, document) for source in sources]
    entries = tuple(entry for entry in every if entry.guid or entry.link or entry.title or entry.content)
    if len(entries) < len(every):
        warnings.append(f"W_NOID: {len(every) - len(entries)} entries that say nothing were left out")
    fault = result.get("bozo_exception")
    if isinstance(fault, SAXParseException):
        place = f"{(fault.getLineNumber() or 2) - 1}:{fault.getColumnNumber()}"
        if not any(entry.guid or entry.link for entry in entries):
            raise ParseError(document.name, f"Not well-formed XML ({fault.getMessage()} at {place}).", "E_XML")
        if not cut:
            warnings.append(f"W_XML: not well-formed ({fault.getMessage()} at {place})")
    if not kind and not entries:
        raise ParseError(document.name, "This is XML, but not a feed.", "E_XML")
    return _feed(result.feed, kind, entries, tuple(warnings))


def _with_absolute_base(text: str, url: str) -> str:
    """The text with a relative xml:base of its root made absolute (RFC 3986 §5.1.1, XML Base §4.2)."""
    if not url or "xml:base" not in text[:4000]:
        return text
    root = _ROOT_BASE.search(text, 0, 4000)
    if root is None or urllib.parse.urlsplit(root[3]).scheme:
        return text
    base = urllib.parse.urljoin(url, root[3]).replace(root[2], "%22")
    return f"{text[: root.start(3)]}{base}{text[root.end(3) :]}"


def _ends_complete(text: str) -> bool:
    last_start = max((found.start() for found in _ENTRY_START.finditer(text)), default=0)
    return _ENTRY_END.search(text, last_start) is not None


def _feed(source: Mapping[str, Any], kind: str, entries: tuple[RawEntry, ...], warnings: tuple[str, ...]) -> ParsedFeed:
    ttl = _text(source, "ttl")
    return ParsedFeed(
        kind=kind or "unknown",
        entries=entries,
        id=_text(source, "id"),
        title=_text(source, "title"),
        link=_link(source) or _text(source, "link"),
        language=_text(source, "language"),
        author=next(iter(_authors(source, kind)), None),
        rights=_text(source, "rights"),
        updated=_date(source, "updated") or _date(source, "published"),
        ttl=min(int(ttl), 10_080) if ttl.isascii() and ttl.isdigit() and len(ttl) < 9 else 0,
        warnings=warnings,
    )


def _entry(source: Mapping[str, Any], kind: str, document: Document) -> RawEntry:
    rss = not kind.startswith("atom")
    title = _text(source, "title")
    content, content_text, summary, summary_text, detail = _texts(source, rss)
    media = [item for item in _dicts(source, "media_content") if _text(item, "url")]
    return RawEntry(
        guid=_text(source, "id"),
        link=_text(source, "feedburner_origlink") or _link(source) or _permalink(source) or _text(detail, "src"),
        title=title,
        title_html=_title_is_html(title) if rss else _detail(source, "title").get("type") in _HTML_TYPES,
        summary=summary,
        summary_text=summary_text,
        content=content,
        content_text=content_text,
        published=_date(source, "published") or _date(source, "created"),
        updated=_date(source, "updated"),
        authors=tuple(_authors(source, kind)),
        categories=tuple(_categories(source)),
        enclosures=tuple(_enclosures(source, media)),
        language=_text(source, "language") or _text(detail, "language") or _text(_detail(source, "title"), "language"),
        comments=_text(source, "comments"),
        image=_image(source, media),
        rights=_text(source, "rights"),
        base=_base([detail, _detail(source, "summary"), _detail(source, "title")], document.url),
    )


# Values of feedparser's dictionaries, read with dict.get: their own get() maps `updated` to `published` and warns.


def _value(source: Mapping[str, Any], key: str) -> Any:
    return dict.get(source, key) if isinstance(source, dict) else None


def _text(source: Mapping[str, Any], key: str) -> str:
    value = _value(source, key)
    return value.strip() if isinstance(value, str) else ""


def _dicts(source: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = _value(source, key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _detail(source: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = _value(source, f"{key}_detail")
    return value if isinstance(value, dict) else {}


# What they mean.


def _link(source: Mapping[str, Any]) -> str:
    """The first alternate link, HTML before other types (RFC 4287 §4.2.7.2)."""
    links = [one for one in _dicts(source, "links") if _text(one, "rel") in ("alternate", "") and _text(one, "href")]
    html = [link for link in links if _text(link, "type") in ("", *_HTML_TYPES)]
    return _text((html or links)[0], "href") if links else ""


def _permalink(source: Mapping[str, Any]) -> str:
    """The guid where feedparser took it for the link: a permalink unless said otherwise (RSS 2.0, guid)."""
    link = _text(source, "link")
    return link if link.lower().startswith(("http://", "https://", "/")) else ""


def _title_is_html(title: str) -> bool:
    """RSS says nothing about markup in titles: it is markup if each tag is one that titles have, and one is closed.

    Without any tag it is markup too: entities escaped twice are an accident more often than they are meant.
    """
    tags = _TAG.findall(title)
    return not tags or (
        all(_TITLE_TAG.fullmatch(name) for _, name in tags)
        and any(end or name.lower() in ("br", "img", "wbr") for end, name in tags)
    )


def _texts(source: Mapping[str, Any], rss: bool) -> tuple[str, bool, str, bool, Mapping[str, Any]]:
    """content, whether that is plain text, summary, whether that is, and the content's details."""
    found = [item for item in _dicts(source, "content") if _readable(item)]
    content = max(found, key=lambda item: (_is_html(item, rss), len(item["value"])), default={})
    summary = {**_detail(source, "summary"), "value": _text(source, "summary")}
    if rss and content and not _is_html(content, rss) and len(summary["value"]) >= len(content["value"]):
        content = {}  # a media:description or itunes:summary beside the description, not the item's text
    if not content:
        content = next((item for item in _dicts(source, "content") if _text(item, "src")), {})
    plain, plain_summary = not _is_html(content, rss), not _is_html(summary, rss)
    return _text(content, "value"), plain, summary["value"], plain_summary, content


def _readable(content: Mapping[str, Any]) -> bool:
    kind = _text(content, "type")
    return bool(_text(content, "value")) and (kind.startswith("text/") or kind in ("", *_HTML_TYPES))


def _is_html(detail: Mapping[str, Any], rss: bool) -> bool:
    """Whether a text is markup: as declared, but corrected where senders err alike.

    HTML without one tag or entity but with blank lines is plain text (media:description), and "plain text" that
    opens and ends with one block element is markup that lost its type.
    """
    value = _text(detail, "value")
    if _text(detail, "type") in _HTML_TYPES or (rss and not _text(detail, "type")):
        return bool(_MARKUP.search(value)) or not _BLANK_LINE.search(value)
    return bool(_BLOCK.match(value[:200] + value[-200:] if len(value) > 400 else value))


def _date(source: Mapping[str, Any], key: str) -> str:
    """The date as the source writes it if we can read that, else as feedparser understood it."""
    raw = _text(source, key)
    if raw and dates.parse(raw) is not None:
        return raw
    parsed = _value(source, f"{key}_parsed")
    if not isinstance(parsed, (tuple, time.struct_time)):
        return raw
    year, month, day, hour, minute, second = parsed[:6]
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"


def _authors(source: Mapping[str, Any], kind: str) -> Iterator[Person]:
    people = [Person(_text(one, "name"), _text(one, "email"), _text(one, "href")) for one in _dicts(source, "authors")]
    # feedparser gives an Atom author without e-mail the (cut) one of an author before.
    people = [
        replace(one, email="") if one.email and any(other.email.startswith(one.email) for other in people[:n]) else one
        for n, one in enumerate(people)
    ]
    raw = _text(source, "author")
    if len(people) <= 1 and raw and not kind.startswith("atom"):
        # As written, "mail (Name)": feedparser cuts top-level domains after four letters.
        people = [Person(raw, uri=people[0].uri if people else "")]
    return (person for person in people if person.name or person.email or person.uri)


def _categories(source: Mapping[str, Any]) -> Iterator[str]:
    for tag in _dicts(source, "tags"):
        if term := _text(tag, "term") or _text(tag, "label"):
            yield term


def _enclosures(source: Mapping[str, Any], media: Iterable[Mapping[str, Any]]) -> Iterator[Enclosure]:
    for link in _dicts(source, "links"):
        if _text(link, "rel") == "enclosure" and _text(link, "href"):
            yield Enclosure(_text(link, "href"), _text(link, "type"), _length(link, "length"))
    for content in _dicts(source, "content"):
        if _text(content, "src") and _text(content, "type") not in ("", "text/plain", *_HTML_TYPES):
            yield Enclosure(_text(content, "src"), _text(content, "type"))
    for item in media:
        yield Enclosure(_text(item, "url"), _text(item, "type"), _length(item, "filesize"))


def _length(source: Mapping[str, Any], key: str) -> int | None:
    digits = _text(source, key)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def _image(source: Mapping[str, Any], media: Iterable[Mapping[str, Any]]) -> str:
    for thumbnail in _dicts(source, "media_thumbnail"):
        if url := _text(thumbnail, "url"):
            return url
    own = _value(source, "image")
    if isinstance(own, dict) and _text(own, "href"):
        return _text(own, "href")
    pictures = (i for i in media if _text(i, "medium") == "image" or _text(i, "type").startswith("image/"))
    return next((_text(picture, "url") for picture in pictures), "")


def _base(details: Iterable[Mapping[str, Any]], url: str) -> str:
    """The xml:base of an entry if it is a web address, else the document's.

    It may name any host, as where a feed is served by another one than its site: an entry can link anywhere anyway.
    """
    base = next((base for base in (_text(detail, "base") for detail in details) if base and base != _NO_BASE), "")
    return base if absolute(base) else url
