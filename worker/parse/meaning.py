"""Interprets feed elements, once for both lanes.

Both lanes gather a feed and its entries into dictionaries in feedparser's shape: `strict` from an lxml tree, `lenient`
by feedparser itself. What such a dictionary leaves ambiguous is decided here: titles in RSS may hold markup, the second
description of an item is no better than the first, and a date that only feedparser can read is passed on as ISO 8601.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from feedparser.datetimes import _parse_date
from feedparser.mixin import _FeedParserMixin

from feeds.model import Enclosure, Person
from feeds.text import dates
from feeds.text.plaintext import ELEMENTS
from feeds.text.urls import absolute
from worker.model import Deletion, Document, ParsedFeed, RawEntry, RawOrigin

# A base that resolves nothing. feedparser resolves ids against its base too, and an empty base leaks from one entry
# into the next. An xml:base replaces this one.
NO_BASE = "about:blank"

#: What a feed or entry says, under feedparser's names; texts are stripped, None means missing.
Gathered = Mapping[str, Any]

_NOTHING: Gathered = {}
_HTML_TYPES = ("text/html", "application/xhtml+xml")
# Any other XML is read as markup of which only the words are known (RFC 4287 §4.1.3.3).
_XML_TYPES = ("+xml", "/xml")
# Senders' label for base64 content; decoded, it may turn out to be markup.
_BASE64 = "application/octet-stream"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = frozenset(form for hour in range(25) for form in (str(hour), f"{hour:02}"))
_PERIODS = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
_LONGEST = 10_080
# RFC 5005 says "previous", many feeds say "prev".
_RELS = {
    rel: "previous" if rel == "prev" else rel
    for rel in "self hub first last next prev previous current prev-archive next-archive".split()
}
# Dates that `dates.parse` certainly reads, so that most need no parsing here.
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
_MARKUP = re.compile(rf"</?(?:{'|'.join(sorted(ELEMENTS))})(?=[\s/>])|<[/!?]|&#?\w+;", re.IGNORECASE)
_NO_ELEMENT = re.compile(r"<[A-Za-z]")
_FORMULA = re.compile(r"<((?:\w{1,9}:)?(?:math|svg))(?=[\s>])[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_BLOCK = re.compile(r"\s*<(p|div|h[1-6]|ul|ol|table|blockquote|figure|img|a)\b[^>]*>.*(?:</\1>|/>|<br>)\s*$",
                    re.DOTALL | re.IGNORECASE)  # fmt: skip
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
# Elements used in titles; any other name in angle brackets is part of the title's text.
_TITLE_TAG = re.compile(
    r"a|abbr|acronym|b|bd[io]|big|br|center|cite|code|del|dfn|div|em|font|h[1-6]|i|img|ins|kbd|mark|p|q|s|samp|script|"
    r"small|span|strike|strong|style|su[bp]|tt|u|var|wbr",
    re.IGNORECASE,
)


# An offset that no time zone has: feedparser's date would be wrong.
_NO_ZONE = re.compile(r"[+-](?:1[5-9]|[2-9]\d):?\d\d\s*\Z")


_NOT_PUBLIC = frozenset({"draft", "pending", "private", "future", "trash", "auto-draft", "scheduled", "soft_trashed"})
# Namespaces that feedparser lacks, as it would abbreviate them: whatever prefix a document has, the namespace counts.
_FeedParserMixin.namespaces |= {
    "http://www.w3.org/2007/app": "app",
    "http://purl.org/atom/app#": "oldapp",  # of drafts of RFC 5023
    "http://schemas.google.com/blogger/2018": "blogger",
    **{f"http://wordpress.org/export/{version}/": "wp" for version in ("1.0", "1.1", "1.2")},
}


@dataclass(frozen=True, slots=True)
class Beside:
    """Parts of a feed that feedparser has no place for, as text."""

    hours: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    complete: bool = False
    deletions: tuple[Deletion, ...] = ()


def feed(source: Gathered, kind: str, document: Document, beside: Beside) -> ParsedFeed:
    """A feed without its entries and items, from what was gathered about it."""
    return ParsedFeed(
        kind=kind or "unknown",
        entries=(),
        id=source.get("id", ""),
        title=source.get("title", ""),
        link=_link(source) or _permalink(source),
        language=source.get("language", ""),
        authors=tuple(_authors(source, kind)),
        rights=source.get("rights", ""),
        explicit=explicit(source.get("itunes_explicit")),
        updated=_date(source, "updated") or _date(source, "published"),
        ttl=max(_minutes(source.get("ttl", "")), _period(source)),
        skip_hours=frozenset(int(hour) % 24 for hour in beside.hours if hour in _HOURS),
        skip_days=frozenset(_DAYS.index(day.lower()) for day in beside.days if day.lower() in _DAYS),
        links=tuple(_own_links(source, document.url)),
        complete=beside.complete,
        deletions=beside.deletions,
    )


def _minutes(digits: str) -> int:
    return min(int(digits), _LONGEST) if digits.isascii() and digits.isdigit() and len(digits) < 9 else 0


def _period(source: Gathered) -> int:
    """Minutes between updates (RSS 1.0 syndication module): the period divided by the frequency."""
    minutes = _PERIODS.get(source.get("sy_updateperiod", "").lower(), 0)
    return min(minutes // max(1, _minutes(source.get("sy_updatefrequency", ""))), _LONGEST)


def _own_links(source: Gathered, url: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for link in source.get("links", ()):
        for rel in link.get("rel", "").split():
            found = (_RELS.get(rel, ""), absolute(link.get("href", ""), url))
            if all(found) and found not in seen:
                seen.add(found)
                yield found


def entry(source: Gathered, kind: str, url: str, digest: bytes = b"") -> RawEntry:
    """An entry from what was gathered about it."""
    rss = not kind.startswith("atom")
    get = source.get
    title: str = get("title", "")
    title_detail, summary_detail = get("title_detail", _NOTHING), get("summary_detail", _NOTHING)
    content, content_text, summary, summary_text, detail = _texts(source, summary_detail, rss)
    media = [item for item in get("media_content", ()) if item.get("url")]
    origin = get("source", _NOTHING)
    image, image_size = _image(source, media)
    return RawEntry(
        guid=get("id", ""),
        link=get("feedburner_origlink") or _link(source) or _permalink(source) or detail.get("src", ""),
        title=title,
        title_html=_title_is_html(title) if rss else title_detail.get("type") in _HTML_TYPES,
        summary=summary,
        summary_text=summary_text,
        content=content,
        content_text=content_text,
        published=_date(source, "published") or _date(source, "created"),
        updated=_date(source, "updated"),
        authors=tuple(_authors(source, kind)) or tuple(_authors(origin, kind)),
        categories=tuple(term for tag in get("tags", ()) if (term := tag["term"] or tag["label"])),
        enclosures=tuple(_enclosures(source, media)),
        language=get("language") or detail.get("language") or title_detail.get("language") or "",
        comments=get("comments") or _named(source, "replies"),
        image=image,
        image_size=image_size,
        rights=get("rights", ""),
        base=_base((detail, summary_detail, title_detail), url),
        origin=_origin(origin, rss) if origin else None,
        duration=get("itunes_duration", ""),
        explicit=explicit(get("itunes_explicit")),
        via=_named(source, "via"),
        digest=digest,
        draft=_is_draft(source),
    )


def _is_draft(source: Gathered) -> bool:
    """Whether an entry is not public: RFC 5023 §13.1.1, and as Blogger and WordPress export it.

    Without its namespace, as documents that are not well-formed lose it, an element of that name means the same.
    """
    return bool(
        any(source.get(key, "").lower() in ("yes", "true") for key in ("app_draft", "oldapp_draft", "draft"))
        or source.get("blogger_status", "live").lower() != "live"
        or any(source.get(key, "").lower() in _NOT_PUBLIC for key in ("wp_status", "status"))
        or source.get("wp_post_password")
    )


def with_content(
    entries: Sequence[RawEntry],
) -> tuple[tuple[RawEntry, ...], tuple[RawEntry, ...], tuple[str, ...]]:
    """The entries that are public and have any content, those that are not public, and warnings about what is left
    out.
    """
    public = [one for one in entries if not one.draft]
    drafts = tuple(one for one in entries if one.draft)
    found = tuple(
        one for one in public if one.guid or one.link or one.title or one.content or one.summary or particulars(one)
    )
    warnings = []
    if drafts:
        warnings.append(f"W_DRAFT: {len(drafts)} entries that the source marks as not public were left out")
    if silent := len(public) - len(found):
        warnings.append(f"W_NOID: {silent} entries that say nothing were left out")
    return found, drafts, tuple(warnings)


def particulars(entry: RawEntry) -> str:
    """What identifies an entry without title, link and text: its files, dates, people, tags, source."""
    said = (
        *(enclosure.url for enclosure in entry.enclosures),
        entry.image,
        entry.comments,
        entry.published,
        entry.updated,
        *(part for person in entry.authors for part in (person.name, person.email, person.uri)),
        *entry.categories,
        entry.language,
        repr(entry.origin) if entry.origin else "",
    )
    return "\n".join(part for part in said if part)


def _link(source: Gathered) -> str:
    """The first alternate link, preferring HTML (RFC 4287 §4.2.7.2)."""
    other = ""
    for link in source.get("links", ()):
        href: str = link.get("href", "")
        if href and link.get("rel", "") in ("alternate", ""):
            if link.get("type", "") in ("", *_HTML_TYPES):
                return href
            other = other or href
    return other


def _named(source: Gathered, relation: str) -> str:
    """The page with this relation: replies (RFC 4685 §4), via (RFC 4287 §4.2.7.2)."""
    for link in source.get("links", ()):
        if link.get("rel") == relation and link.get("type", "") in ("", *_HTML_TYPES):
            return str(link.get("href", ""))
    return ""


def explicit(said: object) -> bool | None:
    """The value of itunes:explicit ("true", "yes", "clean" and others); feedparser has converted "yes" and "clean"."""
    if isinstance(said, str):
        return {"true": True, "yes": True, "explicit": True, "false": False, "no": False, "clean": False}.get(
            said.lower()
        )
    return said if isinstance(said, bool) else None


def _origin(source: Gathered, rss: bool) -> RawOrigin | None:
    own = (link.get("href", "") for link in source.get("links", ()) if link.get("rel") == "self")
    origin = RawOrigin(
        title=source.get("title", ""),
        id=source.get("id", ""),
        # For an atom:source, feedparser has the author's page in "href".
        feed_url=next(own, "") or (source.get("href", "") if rss else ""),
        link=_link(source) or _permalink(source),
        updated=_date(source, "updated"),
        rights=source.get("rights", ""),
    )
    return origin if origin != RawOrigin() else None


def _permalink(source: Gathered) -> str:
    """The guid if it serves as the link: a permalink unless the feed says otherwise (RSS 2.0, guid)."""
    link: str = source.get("link", "")
    return link if link.lower().startswith(("http://", "https://", "/")) else ""


def _title_is_html(title: str) -> bool:
    """RSS does not define markup in titles: it is markup if every tag is one used in titles, and one of them is closed.

    A title without tags counts as markup too: entities escaped twice are more often a mistake than intended. Formulas,
    drawings and elements with a prefix (jats:italic) are markup if they are closed.
    """
    if "<" in title:
        title = _FORMULA.sub("", title)
    if "<" not in title:
        return True
    tags = _TAG.findall(title)
    ended = {name for end, name in tags if end} & {name for end, name in tags if not end}
    return not tags or (
        all(_TITLE_TAG.fullmatch(name) or (":" in name and name in ended) for _, name in tags)
        and any(end or name.lower() in ("br", "img", "wbr") for end, name in tags)
    )


def _texts(source: Gathered, summary_detail: Gathered, rss: bool) -> tuple[str, bool, str, bool, Gathered]:
    """content, whether it is plain text, summary, whether that is plain text, and the details of the content."""
    summary: str = source.get("summary", "")
    contents = source.get("content", ())
    kind = summary_detail.get("type", "")
    if not kind and summary:  # copied from a content, as there was no summary
        kind = next((one["type"] for one in contents if one.get("value") == summary and one.get("type")), "")
    plain_summary = not _is_html(summary, kind, rss)
    found = [(_is_html(one["value"], one["type"], rss), one) for one in contents if _readable(one)]
    if not found:
        content = next((one for one in contents if one.get("src")), _NOTHING)
        return content.get("value", ""), _plain(content, rss), summary, plain_summary, content
    html, content = max(found, key=lambda one: (one[0], len(one[1]["value"])))
    if rss and not html and len(summary) >= len(content["value"]):
        # A media:description or itunes:summary beside the description is not the text of the item.
        content = next((one for one in contents if one.get("src")), _NOTHING)
        return content.get("value", ""), _plain(content, rss), summary, plain_summary, content
    return content["value"], not html, summary, plain_summary, content


def _plain(content: Gathered, rss: bool) -> bool:
    return not _is_html(content.get("value", ""), content.get("type", ""), rss)


def _readable(content: Gathered) -> bool:
    kind = content.get("type", "")
    value = content.get("value", "")
    if kind == _BASE64:
        return _MARKUP.search(value) is not None
    return bool(value) and (kind.startswith("text/") or kind == "" or kind.endswith(_XML_TYPES))


def _is_html(value: str, kind: str, rss: bool) -> bool:
    """Whether a text is markup: as declared, corrected for common mistakes.

    HTML without any tag or entity but with blank lines is plain text, and so is one whose only tags are of no element:
    List<String>. "Plain text" that begins and ends with one block element is markup that lost its type.
    """
    if kind in _HTML_TYPES or kind.endswith(_XML_TYPES) or kind == _BASE64 or (rss and not kind):
        return _MARKUP.search(value) is not None or not (_BLANK_LINE.search(value) or _NO_ELEMENT.search(value))
    return _BLOCK.match(value[:200] + value[-200:] if len(value) > 400 else value) is not None


def _date(source: Gathered, key: str) -> str:
    """The date as the source writes it if we can read that, else as feedparser reads it."""
    raw: str = source.get(key, "")
    if not raw or _PLAIN_DATE.fullmatch(raw) or dates.parse(raw, lenient=True) or _NO_ZONE.search(raw):
        return raw
    parsed = source[f"{key}_parsed"] if f"{key}_parsed" in source else _parse_date(raw)
    if not isinstance(parsed, (tuple, time.struct_time)):
        return raw
    year, month, day, hour, minute, second = parsed[:6]
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"


def _authors(source: Gathered, kind: str) -> Sequence[Person]:
    said = source.get("authors")
    if not said:
        return ()
    people = [Person(one.get("name", ""), one.get("email", ""), one.get("href", "")) for one in said]
    raw = source.get("author", "")
    if len(people) == 1:
        if raw and not kind.startswith("atom"):
            # As written, "mail (Name)": feedparser truncates top-level domains after four letters.
            people = [Person(raw, uri=people[0].uri)]
    else:
        # feedparser gives an Atom author without e-mail the (truncated) address of an earlier author.
        people = [
            replace(one, email="")
            if one.email and any(other.email.startswith(one.email) for other in people[:n])
            else one
            for n, one in enumerate(people)
        ]
    return [person for person in people if person.name or person.email or person.uri]


def _enclosures(source: Gathered, media: Iterable[Gathered]) -> Iterator[Enclosure]:
    for link in source.get("links", ()):
        if link.get("rel") == "enclosure" and link.get("href"):
            yield Enclosure(link["href"], link.get("type", ""), _length(link.get("length", "")))
    for content in source.get("content", ()):
        if content.get("src") and content.get("type", "") not in ("", "text/plain", *_HTML_TYPES):
            yield Enclosure(content["src"], content["type"])
    for item in media:
        yield Enclosure(
            item["url"],
            item.get("type", ""),
            _length(item.get("filesize", "")),
            _number(item.get("duration", "")),
            item.get("title", ""),
            _number(item.get("bitrate", "")),
            _number(item.get("width", "")),
            _number(item.get("height", "")),
            _number(item.get("group", "")) or 0,
        )


def _length(digits: str) -> int | None:
    digits = digits.replace(",", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def _number(digits: str) -> int | None:
    """A positive number as in Media RSS; for "12.5" the integer part."""
    whole = digits.partition(".")[0]
    return (int(whole) or None) if whole.isascii() and whole.isdigit() and len(whole) < 10 else None


def _image(source: Gathered, media: Iterable[Gathered]) -> tuple[str, tuple[int, int] | None]:
    """The picture of an entry, and its size if both width and height are given."""
    pictures = (i for i in media if i.get("medium") == "image" or i.get("type", "").startswith("image/"))
    own = {"url": source.get("image", _NOTHING).get("href", "")}
    for picture in (*source.get("media_thumbnail", ()), own, *pictures):
        if picture.get("url"):
            width, height = _number(picture.get("width", "")), _number(picture.get("height", ""))
            return str(picture["url"]), (width, height) if width and height else None
    return "", None


def _base(details: Iterable[Gathered], url: str) -> str:
    """The xml:base of an entry if it is an http(s) URL, else the document's.

    It may name any host, since a feed may be served by another host than its site, and an entry can link anywhere
    anyway.
    """
    for detail in details:
        base = detail.get("base")
        if base and base != NO_BASE:
            return str(base) if absolute(base) else url
    return url


def person(author: str) -> dict[str, str]:
    """Name and e-mail from an RSS author element, in either order."""
    found = _EMAIL.search(author) if "@" in author and len(author) < 1_000 else None
    if found is None:
        return {"name": author} if author else {}
    email = found[0]
    name = author.replace(email, "")
    for empty in ("()", "<>", "&lt;&gt;"):
        name = name.replace(empty, "")
    name = name.strip().removeprefix("(").removesuffix(")").strip()
    return {"name": name, "email": email} if name else {"email": email}
