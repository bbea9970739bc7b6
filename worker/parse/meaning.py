"""What the words of feeds mean, told once for both lanes.

Both gather a feed and its entries into dictionaries of the same shape, feedparser's: `strict` from a tree of lxml,
`lenient` by feedparser itself. What such a dictionary mixes up is told apart here: titles of RSS may hold markup, the
second description of an item is no better than the first, a date that only feedparser can read is handed on as
ISO 8601.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from feedparser.datetimes import _parse_date

from feeds import dates
from feeds.model import Enclosure, Person
from feeds.urls import absolute
from worker.model import Deletion, Document, ParsedFeed, RawEntry, RawOrigin

# A base that is none: feedparser resolves ids against its base too, and one that starts empty leaks from one entry
# into the next. Against this one nothing resolves, and an xml:base takes its place.
NO_BASE = "about:blank"

_HTML_TYPES = ("text/html", "application/xhtml+xml")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = frozenset(form for hour in range(25) for form in (str(hour), f"{hour:02}"))
_PERIODS = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
_LONGEST = 10_080
# RFC 5005 writes "previous", many feeds "prev".
_RELS = {
    rel: "previous" if rel == "prev" else rel
    for rel in "self hub first last next prev previous current prev-archive next-archive".split()
}
# Dates that `dates.parse` surely reads, so that most need no parsing here.
_PLAIN_DATE = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(?:0[1-9]|1\d|2[0-8]) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"20[0-3]\d (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d (?:GMT|[+-]0\d00)|"
    r"20[0-3]\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?(?:Z|[+-]0\d:00)",
    re.ASCII,
)
_EMAIL = re.compile(
    r"[a-zA-Z0-9_.+-]+@(?:\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.|(?:[a-zA-Z0-9-]+\.)+)(?:[a-zA-Z]{2,4}|[0-9]{1,3})\]?"
    r"(?:\?subject=\S+)?"
)
_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)")
_MARKUP = re.compile(r"<[A-Za-z/!]|&#?\w+;")
_BLOCK = re.compile(r"\s*<(p|div|h[1-6]|ul|ol|table|blockquote|figure|img|a)\b[^>]*>.*(?:</\1>|/>|<br>)\s*$",
                    re.DOTALL | re.IGNORECASE)  # fmt: skip
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
# Elements that titles are written with; another name in angle brackets is the title's own text.
_TITLE_TAG = re.compile(
    r"a|abbr|acronym|b|bd[io]|big|br|center|cite|code|del|dfn|div|em|font|h[1-6]|i|img|ins|kbd|mark|p|q|s|samp|script|"
    r"small|span|strike|strong|style|su[bp]|tt|u|var|wbr",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Beside:
    """What a feed says that feedparser has no place for: as text, read here."""

    hours: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    complete: bool = False
    deletions: tuple[Deletion, ...] = ()


def feed(source: Mapping[str, Any], kind: str, document: Document, beside: Beside) -> ParsedFeed:
    """A feed without its entries and items, from what was gathered of it."""
    return ParsedFeed(
        kind=kind or "unknown",
        entries=(),
        id=_text(source, "id"),
        title=_text(source, "title"),
        link=_link(source) or _text(source, "link"),
        language=_text(source, "language"),
        author=next(iter(_authors(source, kind)), None),
        rights=_text(source, "rights"),
        updated=_date(source, "updated") or _date(source, "published"),
        ttl=max(_minutes(_text(source, "ttl")), _period(source)),
        skip_hours=frozenset(int(hour) % 24 for hour in beside.hours if hour in _HOURS),
        skip_days=frozenset(_DAYS.index(day.lower()) for day in beside.days if day.lower() in _DAYS),
        links=tuple(_own_links(source, document.url)),
        complete=beside.complete,
        deletions=beside.deletions,
    )


def _minutes(digits: str) -> int:
    return min(int(digits), _LONGEST) if digits.isascii() and digits.isdigit() and len(digits) < 9 else 0


def _period(source: Mapping[str, Any]) -> int:
    """Minutes between updates (RSS 1.0 syndication module): the period, divided by how often in it."""
    minutes = _PERIODS.get(_text(source, "sy_updateperiod").lower(), 0)
    return min(minutes // max(1, _minutes(_text(source, "sy_updatefrequency"))), _LONGEST)


def _own_links(source: Mapping[str, Any], url: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for link in _dicts(source, "links"):
        for rel in _text(link, "rel").split():
            found = (_RELS.get(rel, ""), absolute(_text(link, "href"), url))
            if all(found) and found not in seen:
                seen.add(found)
                yield found


def entry(source: Mapping[str, Any], kind: str, document: Document) -> RawEntry:
    """An entry from what was gathered of it; its digest is for others to set."""
    rss = not kind.startswith("atom")
    title = _text(source, "title")
    content, content_text, summary, summary_text, detail = _texts(source, rss)
    media = [item for item in _dicts(source, "media_content") if _text(item, "url")]
    said = _value(source, "source")
    origin: Mapping[str, Any] = said if isinstance(said, dict) else {}
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
        authors=tuple(_authors(source, kind)) or tuple(_authors(origin, kind)),
        categories=tuple(_categories(source)),
        enclosures=tuple(_enclosures(source, media)),
        language=_text(source, "language") or _text(detail, "language") or _text(_detail(source, "title"), "language"),
        comments=_text(source, "comments") or _replies(source),
        image=_image(source, media),
        rights=_text(source, "rights"),
        base=_base([detail, _detail(source, "summary"), _detail(source, "title")], document.url),
        origin=_origin(origin, rss),
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


def _replies(source: Mapping[str, Any]) -> str:
    """The page of an entry's comments (RFC 4685 §4)."""
    links = (link for link in _dicts(source, "links") if _text(link, "rel") == "replies")
    return next((_text(link, "href") for link in links if _text(link, "type") in ("", *_HTML_TYPES)), "")


def _origin(source: Mapping[str, Any], rss: bool) -> RawOrigin | None:
    own = (_text(link, "href") for link in _dicts(source, "links") if _text(link, "rel") == "self")
    origin = RawOrigin(
        title=_text(source, "title"),
        id=_text(source, "id"),
        # Of an atom:source, feedparser has the author's page under "href".
        feed_url=next(own, "") or (_text(source, "href") if rss else ""),
        link=_link(source) or _permalink(source),
        updated=_date(source, "updated"),
        rights=_text(source, "rights"),
    )
    return origin if origin != RawOrigin() else None


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
    if not raw or _PLAIN_DATE.fullmatch(raw) or dates.parse(raw) is not None:
        return raw
    parsed = source[f"{key}_parsed"] if f"{key}_parsed" in source else _parse_date(raw)
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
    base = next((base for base in (_text(detail, "base") for detail in details) if base and base != NO_BASE), "")
    return base if absolute(base) else url


def person(author: str) -> dict[str, str]:
    """The name and e-mail in what an RSS author element says, in any order."""
    found = _EMAIL.search(author) if "@" in author and len(author) < 1_000 else None
    if found is None:
        return {"name": author} if author else {}
    email = found[0]
    name = author.replace(email, "")
    for empty in ("()", "<>", "&lt;&gt;"):
        name = name.replace(empty, "")
    name = name.strip().removeprefix("(").removesuffix(")").strip()
    return {"name": name, "email": email} if name else {"email": email}
