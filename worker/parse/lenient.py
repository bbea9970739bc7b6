"""The lenient lane: RSS, RDF and Atom of every version, well-formed or not, read by feedparser.

feedparser only turns text into dictionaries here; `meaning` interprets them. It gets `io.BytesIO` of our own UTF-8,
since it might open a string or bytes as a file or URL. Its sanitising and its resolving of URLs in HTML are off:
`worker.entries.normalise` does both. What it drops is searched in the text.
"""

import html
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from xml.sax import SAXParseException

import feedparser

from feeds.errors import ParseError
from feeds.text.urls import absolute, joined, parts_of
from worker.model import Deletion, Document, ParsedFeed
from worker.parse import meaning, prolog

_HEADERS = {"content-type": "application/xml; charset=utf-8", "content-location": meaning.NO_BASE}

_ROOT_END = re.compile(r"</(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_ENTRY_START = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ENTRY_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
# feedparser knows only two of Apple's values.
_EXPLICIT = re.compile(r"(:explicit\s*>\s*)(true|yes|explicit|false|no|clean)(?=\s*</)", re.IGNORECASE)
# Plain text by Media RSS, and HTML to feedparser.
_UNTYPED = re.compile(r"<media:description(?=[\s>])(?![^<>]*\stype\s*=)", re.IGNORECASE)
# feedparser drops the text of an element that has attributes, if it has no word for it.
_MARK = re.compile(r"<((?:[\w.-]+:)?)(draft|status)\s[^<>]*>\s*(\w[\w-]*)\s*</\1\2\s*>", re.IGNORECASE)
_ROOT_BASE = re.compile(r"""(<(?:[\w.-]+:)?(?:rss|feed|rdf)\b[^>]*?\sxml:base\s*=\s*)(["'])(.*?)\2""",
                        re.IGNORECASE)  # fmt: skip
_LISTS = ("links", "content", "authors", "tags", "media_content", "media_thumbnail")
_DICTIONARIES = ("source", "image", "title_detail", "summary_detail")
_TEXTS = (
    "id link title summary author published updated created language rights comments ttl feedburner_origlink href rel "
    "type length filesize url name email src value medium duration bitrate width height itunes_duration "
    "sy_updateperiod sy_updatefrequency app_draft oldapp_draft draft wp_status blogger_status status "
    "wp_post_password"
).split()
_TYPES: dict[str, type] = {
    **dict.fromkeys(_LISTS, list),
    **dict.fromkeys(_DICTIONARIES, dict),
    **dict.fromkeys(_TEXTS, str),
}
_VOID_END = re.compile(r"</(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)>", re.IGNORECASE)
_HOURS = re.compile(r"<skipHours>(.{1,2000}?)</skipHours>", re.IGNORECASE | re.DOTALL)
_HOUR = re.compile(r"<hour>\s*(\d+)\s*</hour>", re.IGNORECASE)
_DAYS = re.compile(r"<skipDays>(.{1,2000}?)</skipDays>", re.IGNORECASE | re.DOTALL)
_DAY = re.compile(r"<day>\s*(\w+)\s*</day>", re.IGNORECASE)
_HISTORY = "http://purl.org/syndication/history/1.0"
# Harmless if it is the only error: names of HTML's characters.
_UNDEFINED = "undefined entity"
_COMPLETE = re.compile(r"<[\w.-]+:complete\s*/?>")
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_DELETED = re.compile(r"<(?:[\w.-]+:)?deleted-entry(\s[^<>]{0,9000})>")
_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(["'])(.*?)\2""", re.DOTALL)


def parse(text: str, document: Document) -> ParsedFeed:
    """Raises ParseError E_ENTITY, E_XML (nothing of a feed found) or E_PARSE (feedparser gave up)."""
    text = _with_absolute_base(prolog.without_declaration(text), document.url)
    if ":explicit" in text:
        text = _EXPLICIT.sub(lambda said: said[1] + ("yes" if meaning.explicit(said[2]) else "clean"), text)
    if "<media:description" in text:
        text = _UNTYPED.sub(r'\g<0> type="plain"', text)
    if "draft " in text or "status " in text:
        text = _MARK.sub(r"<\2>\3</\2>", text)
    body = ('<?xml version="1.0" encoding="utf-8"?>\n' + text).encode("utf-8", "replace")
    prolog.refuse_entities(document.name, body)
    try:
        result = feedparser.parse(
            io.BytesIO(body), response_headers=_HEADERS, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # feedparser raises anything on hostile input; the document is at fault
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
    every = [meaning.entry(_mend(source), kind, document.url) for source in sources]
    entries, drafts, silent = meaning.with_content(every)
    warnings += silent
    fault = result.get("bozo_exception")
    if isinstance(fault, SAXParseException):
        place = f"{(fault.getLineNumber() or 2) - 1}:{fault.getColumnNumber()}"
        any_content = entries or (_UNDEFINED in fault.getMessage() and result.feed.get("title"))
        if not any_content:
            raise ParseError(document.name, f"Not well-formed XML ({fault.getMessage()} at {place}).", "E_XML")
        if not cut:
            warnings.append(f"W_XML: not well-formed ({fault.getMessage()} at {place})")
    if not kind and not entries and not result.feed.get("title"):
        raise ParseError(document.name, "This is XML, but not a feed.", "E_XML")
    feed = meaning.feed(_mend(result.feed), kind, document, _beside(text))
    return replace(feed, entries=entries, drafts=drafts, lane="lenient", warnings=tuple(warnings))


def _mend(source: Any) -> dict[str, Any]:
    """feedparser's result as plain dictionaries of stripped texts, with two of its defects repaired.

    It writes `<br></br>` for an XHTML `<br/>`, which readers take for two, and resolves an empty href to our base.
    """
    plain: dict[str, Any] = _plain(source)
    for detail in plain.get("content", ()):
        if plain.get("summary") == detail.get("value"):  # copied by feedparser, as there was no summary
            _without_void_ends(detail, plain, "summary")
        _without_void_ends(detail, detail)
    for key in ("title", "summary", "rights"):
        _without_void_ends(plain.get(f"{key}_detail", {}), plain, key)
    origin = plain.get("source", {})
    _without_void_ends(origin.get("title_detail", {}), origin, "title")
    plain["links"] = [link for link in plain.get("links", ()) if link.get("href") != meaning.NO_BASE]
    if plain.get("link") == meaning.NO_BASE:
        plain["link"] = ""
    return plain


def _without_void_ends(detail: dict[str, Any], texts: dict[str, Any], key: str = "value") -> None:
    if detail.get("type") == "application/xhtml+xml" and texts.get(key):
        texts[key] = _VOID_END.sub("", texts[key])


def _plain(value: Any) -> Any:
    """The value as plain types; values of unexpected types count as missing."""
    if isinstance(value, dict):
        # dict.items, since feedparser's own look-ups substitute keys and warn.
        plain = {key: _plain(found) for key, found in dict.items(value)}
        return {key: found for key, found in plain.items() if isinstance(found, _TYPES.get(key, object))}
    if isinstance(value, list):
        return [_plain(one) for one in value if isinstance(one, dict)]
    return value.strip() if isinstance(value, str) else value


def _beside(text: str) -> meaning.Beside:
    """What feedparser drops, or keeps only the last of."""
    return meaning.Beside(
        hours=tuple(_listed(_HOURS.search(text), _HOUR)),
        days=tuple(_listed(_DAYS.search(text), _DAY)),
        complete=_HISTORY in text and _COMPLETE.search(text) is not None,
        deletions=tuple(_deletions(text)) if _TOMBSTONES in text else (),
    )


def _listed(found: re.Match[str] | None, each: re.Pattern[str]) -> Iterable[str]:
    return each.findall(found[1]) if found else ()


def _deletions(text: str) -> Iterator[Deletion]:
    for element in _DELETED.finditer(text):
        said = {name.lower(): html.unescape(value).strip() for name, _, value in _ATTRIBUTE.findall(element[1])}
        if said.get("ref"):
            yield Deletion(said["ref"], said.get("when", ""))


def _with_absolute_base(text: str, url: str) -> str:
    """The text with a relative xml:base on its root made absolute (RFC 3986 §5.1.1, XML Base §4.2), and the document's
    URL in place of one that is no address.
    """
    if not url or "xml:base" not in text[:4000]:
        return text
    root = _ROOT_BASE.search(text, 0, 4000)
    if root is None or absolute(root[3]) or parts_of(root[3]).scheme not in ("", "http", "https"):
        return text
    base = joined(url, root[3])
    base = base.replace(root[2], "%22") if absolute(base) else url
    return f"{text[: root.start(3)]}{base}{text[root.end(3) :]}"


def _ends_complete(text: str) -> bool:
    last_start = max((found.start() for found in _ENTRY_START.finditer(text)), default=0)
    return _ENTRY_END.search(text, last_start) is not None
