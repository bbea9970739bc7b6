"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/).

Lenient as the specification asks: a numeric id becomes text, a value of the wrong type counts as missing, and an
`author` of version 1.0 is an author. Refused only if it is not JSON or has no items.
"""

import json
import re
from collections.abc import Iterator, Mapping

from feeds.errors import ParseError
from feeds.model import Enclosure, Person
from feeds.text.urls import absolute
from worker.model import Document, ParsedFeed, RawEntry
from worker.parse import meaning, prolog

# The specification wants a URL; some write only the number.
_VERSION = re.compile(r"jsonfeed\.org/version|\A1\.\d\Z")


def parse(text: str, document: Document) -> ParsedFeed:
    """Raises ParseError E_PARSE if it is not JSON, E_NOTFEED if it is not a JSON Feed."""
    try:
        feed = _loaded(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise ParseError(document.name, f"The JSON cannot be read: {_reason(error)}.", "E_PARSE") from error
    if not isinstance(feed, dict) or not _VERSION.search(_text(feed, "version")):
        raise ParseError(document.name, "This is JSON, but not a JSON Feed.", "E_NOTFEED")
    if not isinstance(feed.get("items"), list):
        raise ParseError(document.name, "This JSON Feed has no items.", "E_NOTFEED")
    entries = tuple(_entry(item, document) for item in _objects(feed, "items"))
    named, _, _ = meaning.with_content(entries)
    skipped = len(feed["items"]) - len(named)
    return ParsedFeed(
        kind="json",
        entries=named,
        id=_text(feed, "feed_url"),
        title=_text(feed, "title"),
        link=_text(feed, "home_page_url"),
        language=_text(feed, "language"),
        authors=tuple(_authors(feed)),
        links=tuple(_links(feed, document.url)),
        warnings=(f"W_NOID: {skipped} items that say nothing were left out",) if skipped else (),
    )


# A string, or a comma that a list or an object ends with.
_TRAILING = re.compile(r'("(?:[^"\\]|\\.)*+")|,(?=\s*+[}\]])', re.DOTALL)


def _loaded(text: str) -> object:
    """The value of a JSON text, which may have tabs and line breaks in strings, and a comma behind the last value."""
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return json.loads(_TRAILING.sub(lambda found: found[1] or "", text), strict=False)


def _links(feed: Mapping[str, object], url: str) -> Iterator[tuple[str, str]]:
    said = [("self", _text(feed, "feed_url")), ("next", _text(feed, "next_url"))]
    # Other types of hubs (rssCloud) are not supported.
    said += [("hub", _text(hub, "url")) for hub in _objects(feed, "hubs") if _text(hub, "type").lower() == "websub"]
    yield from ((rel, address) for rel, address in ((rel, absolute(link, url)) for rel, link in said) if address)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it is damaged, or ends early, in line {error.lineno}, column {error.colno}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else "a number in it is too long"


def _entry(item: Mapping[str, object], document: Document) -> RawEntry:
    html = _text(item, "content_html")
    return RawEntry(
        guid=_text(item, "id"),
        link=_text(item, "url") or _text(item, "external_url"),
        title=_text(item, "title"),
        # Plain text by the specification, but publishers put markup in it all the same.
        title_html=True,
        summary=_text(item, "summary"),
        summary_text=True,
        content=html or _text(item, "content_text"),
        content_text=not html,
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        authors=tuple(_authors(item)),
        categories=tuple(tag for tag in map(_string, _list(item, "tags")) if tag),
        enclosures=tuple(_enclosures(item)),
        language=_text(item, "language"),
        image=_text(item, "image") or _text(item, "banner_image"),
        # The page that a link blog writes about.
        via=_text(item, "external_url") if _text(item, "url") else "",
        base=document.url,
    )


def _authors(item: Mapping[str, object]) -> Iterator[Person]:
    single = item.get("author")
    # Version 1.1 may give both, for old readers; they are the same person.
    several = tuple(_objects(item, "authors"))
    for author in several or ([single] if isinstance(single, dict) else []):
        name, uri = _text(author, "name"), _text(author, "url")
        if name or uri:
            yield Person(name=name, uri=uri)


def _enclosures(item: Mapping[str, object]) -> Iterator[Enclosure]:
    titles = [_text(attachment, "title") for attachment in _objects(item, "attachments")]
    for attachment in _objects(item, "attachments"):
        size = attachment.get("size_in_bytes")
        length = int(size) if isinstance(size, (int, float)) and 0 <= size < 2**63 else None
        seconds = attachment.get("duration_in_seconds")
        duration = int(seconds) if isinstance(seconds, (int, float)) and 1 <= seconds < 1_000_000 else None
        title = _text(attachment, "title")
        # Attachments with the same title are forms of the same thing (version 1.1, attachments).
        group = titles.index(title) + 1 if title and titles.count(title) > 1 else 0
        if url := _text(attachment, "url"):
            yield Enclosure(url, _text(attachment, "mime_type"), length, duration, title, group=group)


def _list(item: Mapping[str, object], key: str) -> list[object]:
    value = item.get(key)
    return value if isinstance(value, list) else []


def _objects(item: Mapping[str, object], key: str) -> Iterator[dict[str, object]]:
    return (value for value in _list(item, key) if isinstance(value, dict))


def _text(item: Mapping[str, object], key: str) -> str:
    return _string(item.get(key))


def _string(value: object) -> str:
    # Escapes like \\ud800 make characters that no XML holds, so that these strings are cleaned again.
    if isinstance(value, str):
        return prolog.clean(value)[0].strip()
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
