"""Turns what a source says into an `Entry` that the rest of the program trusts.

Pure and total: any RawEntry gives an Entry. The invariants of `feeds.model` are established here and nowhere else: text
XML-safe, titles plain and never empty, content sanitised, URLs absolute, dates in UTC, plausible and not in the future,
language tags valid. Missing values are filled in (RFC 4287 §4.1.2 requires title, updated, id).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import blake2b
from html import unescape
from typing import TypeVar
from urllib.parse import unquote

from feeds.model import Entry, Origin, Person, Source, SourceKind
from feeds.text import dates
from feeds.text.links import with_links
from feeds.text.plaintext import CDATA, as_html_paragraphs, clean_title, language_tag, plain, shorten, tokens, xml_safe
from feeds.text.urls import LOCAL, absolute, canonical, host, parts_of, valid_id
from worker.encoding import language
from worker.entries.enclosures import files
from worker.entries.evidence import FEWEST_TOKENS
from worker.entries.fingerprint import REFERENCE, fingerprint, words_of
from worker.entries.hidden import lost, shown, without_hidden
from worker.entries.markup import lasting, lasting_text, markup_of, shows_the_same
from worker.entries.sanitise import LARGEST, sanitise, text_of_sanitised
from worker.entries.substitutes import Report, substituted
from worker.entries.tags import mended
from worker.model import RawEntry, RawOrigin

SUMMARY_LIMIT = 400  # characters, like all that follow
UNTITLED_LIMIT = 80
NAME_LIMIT = 200
CATEGORY_LIMIT = 100
MOST_AUTHORS = 20
MOST_CATEGORIES = 50
#: How an alteration begins that tells of words that nobody saw.
HIDDEN_WORDS = "hidden words were left out"
HIDDEN_QUOTED = 80

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """What a document says about all its entries.

    base: URL that references resolve against. language, authors, explicit: the feed's own, for entries without them;
    its authors do not apply to entries taken over from other feeds. zone: of dates without one. undated: when this home
    first saw the entry, for entries without a date; None: now.
    """

    source: Source
    base: str
    now: datetime
    language: str = ""
    authors: tuple[Person, ...] = ()
    explicit: bool | None = None
    origin: Origin | None = None
    zone: tzinfo = UTC
    undated: datetime | None = None


def normalise(raw: RawEntry, context: Context, entry_id: str) -> Entry:
    """The entry that `raw` describes. Never raises; reads no clock."""
    base = absolute(raw.base) or context.base
    permalink = absolute(raw.link, base)
    report = Report()
    raw = _unmarked(raw)
    if damaged := sum(text.count("\ufffd") for text in (raw.title, raw.content or raw.summary)):
        report["damaged characters became question marks"] += damaged
    content, given = _content(raw, base, permalink, report, of_feed=context.source.kind is not SourceKind.SEEDS)
    text = text_of_sanitised(content) if content else given
    said = raw.title[:LARGEST]
    if raw.title_html and ("math" in said or "<svg" in said):
        said = substituted(said, Report())
    own_title = clean_title(shown(said) if raw.title_html else said)
    title = own_title or _title_from(text, permalink)
    published, updated, dated = _dates(raw, context)
    announced = None if dated else _announced(raw, context)
    origin = _origin(raw.origin, context, base) if raw.origin else context.origin
    own = origin is context.origin
    authors = _people(raw.authors, base) or (_people(context.authors, base) if own else ())
    seeds = context.source.kind is SourceKind.SEEDS
    terms = (_name(term, CATEGORY_LIMIT) for term in raw.categories)
    categories = _distinct(terms if seeds else _one_spelling(terms), str.casefold, MOST_CATEGORIES)
    enclosures = files(raw.enclosures, base, raw.duration)
    image = absolute(raw.image, base)
    explicit = context.explicit if raw.explicit is None else raw.explicit
    words = tokens(text)
    entry = Entry(
        source_id=context.source.key,
        id=entry_id,
        title=title,
        updated=_distinct_moment(updated, entry_id, context.now),
        published=published,
        dated=dated,
        announced=None if seeds else announced,
        permalink=permalink,
        authors=authors,
        categories=categories,
        enclosures=enclosures,
        summary=shorten(given or text, SUMMARY_LIMIT),
        content=content,
        language=_language(raw, context, title, text),
        credit=_name(raw.credit, NAME_LIMIT),
        comments=absolute(raw.comments, base),
        image=image,
        origin=origin,
        image_size=raw.image_size if image else None,
        rights=_name(raw.rights, NAME_LIMIT),
        via=absolute(raw.via, base) or ("" if own or not context.origin else context.origin.link),
        explicit=explicit if any(one.plays for one in enclosures) else None,
        text_digest=_digest(*words) if len(words) >= FEWEST_TOKENS else "",
        fingerprint=fingerprint(words_of(text) if REFERENCE.search(text) else words),
        altered=tuple(report.items()),
        item=raw.digest,
    )
    if seeds:  # addresses in the operator's own files change on purpose only
        names = _names(entry, canonical)
        digest = _said_digest(title, canonical(permalink), names, _counted_out(words, words, text))
        return replace(entry, digest=digest, markup=markup_of(entry, own_title, given))
    digest, former, steady_title = _said(entry, own_title, text, words)
    markup = markup_of(entry, steady_title, given)
    return replace(entry, digest=digest, former=former if former != digest else "", markup=markup)


def restated(stored: Entry, entry: Entry, named: Entry) -> tuple[str, str]:
    """The digests of what a stored entry of a feed says and shows: as `entry` has them, where these agree as they are
    made now, so that another version of Seedfeed takes nothing for a change; else as they are stored.

    named: `entry` with the language and the names of categories that settings give it, as it is stored. Capitals of
    categories are shown, and say nothing.
    """
    text = text_of_sanitised(stored.content) if stored.content else stored.summary
    own_title = "" if stored.title == _title_from(text, stored.permalink) else stored.title
    if stored.language == named.language:
        stored = replace(stored, language=entry.language)
    here, there = sorted(stored.categories), sorted(named.categories)
    alike = replace(stored, categories=entry.categories)
    folded = sorted(map(str.casefold, here)) == sorted(map(str.casefold, there))
    digest, _, _ = _said(alike if folded else stored, own_title, text, tokens(text))
    shown = alike if here == there else stored
    same = shows_the_same(markup_of(shown, shown.title, shown.summary), entry.markup)
    return digest if digest == entry.digest else stored.digest, entry.markup if same else stored.markup


def _said(entry: Entry, own_title: str, text: str, words: list[str]) -> tuple[str, str, str]:
    """The digest of what an entry of a feed says, the one that earlier versions made, and its title without counters.

    Sources shuffle lists, count in titles, and let addresses rotate.
    """
    body = lasting_text(text, entry.content)
    lasting_words = words if body == text else tokens(body)
    heading = steady_title = own_title
    if own_title:
        heading = lasting_text(own_title, entry.content)
    else:
        heading = _title_from(body, lasting_text(entry.permalink, ""))
    kept = _counted_out(lasting_words, words, text)
    link, names = lasting(entry.permalink), _names(entry, lasting)
    former = digest = _said_digest(heading, link, names, kept)
    counted = tokens(heading)
    steady, in_order = heading, tuple(tuple(sorted(one)) for one in names)
    if not _PASSING.isdisjoint(counted):
        steady = " ".join(_lasting(counted))
        steady_title = steady if own_title else ""
    if (steady, in_order) != (heading, names):
        digest = _said_digest(steady, link, in_order, kept)
    return digest, former, steady_title


def _names(entry: Entry, address: Callable[[str], str]) -> tuple[tuple[str, ...], ...]:
    authors = tuple(author.name for author in entry.authors)
    return authors, entry.categories, tuple(address(one.url) for one in entry.enclosures)


def _counted_out(lasting_words: list[str], words: list[str], text: str) -> list[str]:
    return lasting_words if _PASSING.isdisjoint(words) and not _STAMPED.search(text) else _lasting(lasting_words)


# Text.


def _unmarked(raw: RawEntry) -> RawEntry:
    """The entry without CDATA marks around its texts, which were escaped once too often: what they mark is HTML."""
    texts = (raw.title, raw.summary, raw.content)
    if not any(text.startswith("<!") and CDATA.match(text) for text in texts):
        return raw
    title, summary, content = (CDATA.sub("", text, 1).strip().removesuffix("]]>").strip() for text in texts)
    return replace(
        raw,
        title=title,
        title_html=raw.title_html or title != raw.title,
        summary=summary,
        summary_text=raw.summary_text and summary == raw.summary,
        content=content,
        content_text=raw.content_text and content == raw.content,
    )


def _content(raw: RawEntry, base: str, page: str, report: Report, *, of_feed: bool) -> tuple[str, str]:
    """Sanitised content, and the summary if it was plain text, at full length.

    Without content, a summary with markup, lines or links, or one longer than a summary should be, becomes the content.
    """

    def html(text: str, is_text: bool) -> str:
        if is_text:
            return as_html_paragraphs(_unescaped(text[:LARGEST]), with_links)
        return sanitise(text, base, page, report)

    raw = _without_hidden(raw, report, of_feed=of_feed)
    content = html(raw.content, raw.content_text) if raw.content else ""
    if not raw.summary or (raw.summary, raw.summary_text) == (raw.content, raw.content_text):
        return content, ""
    if not content and not raw.summary_text and "<" in raw.summary:
        return html(raw.summary, False), ""
    # Only the beginning is needed, and tokens take ten times the memory of their text.
    beginning = raw.summary[:LARGEST]
    given = " ".join(_unescaped(xml_safe(beginning)).split()) if raw.summary_text else plain(beginning)
    lines_count = raw.summary_text and (_LINES.search(raw.summary.strip()) or "://" in given)
    if not content and (len(given) > SUMMARY_LIMIT or lines_count):
        content = html(raw.summary, raw.summary_text)
    return content, given


# A line break that is not the indentation of an XML document.
_LINES = re.compile(r"\n(?:[^ \t]|[ \t]*\r?\n)")


def _without_hidden(raw: RawEntry, report: Report, *, of_feed: bool) -> RawEntry:
    """The entry without hidden parts; they are judged once, by a reader that knows the whole page."""

    def shown_of(text: str, is_text: bool) -> tuple[str, tuple[str, ...]]:
        return (text, ()) if is_text else without_hidden(mended(text, report), of_feed=of_feed)

    words = raw.unseen
    if words is None:
        content, of_content = shown_of(raw.content, raw.content_text)
        summary, of_summary = shown_of(raw.summary, raw.summary_text)
        taken = *of_content, *of_summary
        words = lost(f"{content} {summary}", taken, of_feed=of_feed) if taken else ()
        if len(taken) > len(words):
            report["hidden parts were left out"] += len(taken) - len(words)
        if (content, summary) != (raw.content, raw.summary):
            raw = replace(raw, content=content, summary=summary)
    for one in words:
        report[f"{HIDDEN_WORDS}: {shorten(one, HIDDEN_QUOTED)}"] += len(tokens(one))
    return raw


def _unescaped(text: str) -> str:
    """Decodes references in plain text: "&nbsp;" there, as Blogger writes, was escaped once too often."""
    return unescape(text) if "&nbsp;" in text else text


def _title_from(text: str, permalink: str) -> str:
    if text:
        return clean_title(shorten(text, UNTITLED_LIMIT)) or "Untitled"
    parts = parts_of(permalink.removeprefix(LOCAL))
    return clean_title(shorten(parts.netloc + unquote(parts.path).rstrip("/"), UNTITLED_LIMIT)) or "Untitled"


def _name(text: str, limit: int) -> str:
    """A name as one line of plain text."""
    return shorten(clean_title(plain(text[:2000])), limit) if text else ""


def _language(raw: RawEntry, context: Context, title: str, text: str) -> str:
    """The language set by the operator, else the entry's, else the feed's; guessed only without any of them."""
    for stated in (context.source.language, raw.language, context.language):
        if stated and (tag := language_tag(stated)):
            return tag
    return language.guess(f"{title}. {text[: language.LOOKED_AT]}")


def _origin(stated: RawOrigin, context: Context, base: str) -> Origin | None:
    """The source that an aggregating source took the entry from; without a name, the document's own origin."""
    title, feed_url = _name(stated.title, NAME_LIMIT), absolute(stated.feed_url, base)
    if not title or not (feed_url or stated.id or stated.link):
        return context.origin
    updated = _moment(stated.updated, context)
    return Origin(
        id=stated.id if valid_id(stated.id) else feed_url,
        title=title,
        feed_url=feed_url,
        link=absolute(stated.link, base),
        updated=updated or (context.origin.updated if context.origin else None),
        rights=_name(stated.rights, NAME_LIMIT),
    )


# Dates.


def _dates(raw: RawEntry, context: Context) -> tuple[datetime, datetime, bool]:
    """published, updated, and whether the source gave a date. Implausible dates are ignored."""
    published, updated = (_moment(text, context) for text in (raw.published, raw.updated))
    first = published or updated
    if first is None:
        seen = min(context.undated or context.now, context.now).replace(microsecond=0)
        return seen, seen, False
    return first, max(updated or first, first), True


def _announced(raw: RawEntry, context: Context) -> datetime | None:
    """The date of an entry without a believable one, if it lies in the future."""
    moments = (dates.parse(text, context.zone, lenient=True) for text in (raw.published, raw.updated) if text)
    return next((moment for moment in moments if moment and moment > context.now), None)


def _moment(text: str, context: Context) -> datetime | None:
    """The date in a text; None if it is implausible: in the future, or before feeds existed."""
    moment = dates.parse(text, context.zone, lenient=True) if text else None
    return moment if moment and moment <= context.now and dates.plausible(moment, context.now) else None


def _distinct_moment(updated: datetime, entry_id: str, now: datetime) -> datetime:
    """Makes `updated` unique within a document, and never later than now."""
    moment = dates.distinct(updated, entry_id)
    return moment if moment <= now else moment - timedelta(seconds=1)


# People.

_MAIL = re.compile(r"(?:mailto:)?([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*)")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|<\s*>|\[\s*\]|&lt;\s*&gt;")


def _people(people: Iterable[Person], base: str) -> tuple[Person, ...]:
    named = (_person(person, base) for person in people)
    return _distinct(named, lambda person: person.name.casefold(), MOST_AUTHORS)


def _person(person: Person, base: str) -> Person | None:
    """Separates name and address: "mail (Name)", "Name <mail>", "Name (mail)", or an address alone."""
    name, uri = person.name[:1000], absolute(person.uri, base)
    stated = _MAIL.fullmatch(person.email.strip()[:254])
    email = stated[1] if stated else ""
    if "@" in name and (within := _MAIL.search(name)):
        email = email or within[1]
        name = _EMPTY_BRACKETS.sub(" ", _MAIL.sub(" ", name)).strip(" \t\r\n\"',;:")
        if name[:1] in "(<[" and name[-1:] in ")>]":
            name = name[1:-1]
    name = _name(name, NAME_LIMIT) or email.partition("@")[0] or host(uri.removeprefix(LOCAL))
    return Person(name, email, uri) if name else None


def _distinct(values: Iterable[T | None], key: Callable[[T], object], most: int) -> tuple[T, ...]:
    """The values that are not empty, each key once, in order, up to `most`."""
    found: dict[object, T] = {}
    for value in values:
        if value and len(found) < most:
            found.setdefault(key(value), value)
    return tuple(found.values())


def _one_spelling(names: Iterable[str]) -> list[str]:
    """Names of which several differ in capitals only, in one spelling, whatever their order."""
    given = list(names)
    spelt: dict[str, str] = {}
    for name in given:
        folded = name.casefold()
        spelt[folded] = min(spelt.get(folded, name), name, key=lambda one: (one.isupper(), one))
    return [spelt[name.casefold()] for name in given]


# Digests.

# Words that change although nothing new is said: "12 comments", "Points: 34", "5 hours ago", a time stamp. Folded.
_COUNTED = frozenset({
    "comment", "comments", "reply", "replies", "view", "views", "like", "likes", "share", "shares", "reads",
    "reactions", "downloads", "comentarios", "commentaires", "kommentare", "luan", "xem", "thich",
})  # fmt: skip
_BEFORE_COUNTED = frozenset({"binh", "luot"})  # 12 bình luận, 12 lượt xem
_LABELS = frozenset({"comments", "replies", "views", "likes", "shares", "points", "votes", "score"})
_UNITS = frozenset({
    "second", "seconds", "minute", "minutes", "min", "mins", "hour", "hours", "day", "days", "week", "weeks", "month",
    "months", "year", "years", "giay", "phut", "gio", "ngay", "tuan", "thang", "nam",
})  # fmt: skip
_AGO = frozenset({"ago", "truoc"})
_PASSING = _COUNTED | _LABELS | _AGO
_STAMPED = re.compile(r"-\d\d-\d\d[T ]\d")
_STAMP = 5  # numbers in a row: year, month, day, hour, minute


def _lasting(words: list[str]) -> list[str]:
    """The words of a text without counters, ages and time stamps."""
    kept: list[str] = []
    numbers = 0  # consecutive, at the end of `kept`
    previous = ""
    for word in words:
        if word.isdigit():
            if previous not in _LABELS:
                kept.append(word)
                numbers += 1
                continue
        elif word in _COUNTED and (numbers or (previous in _BEFORE_COUNTED and kept[-2:-1] and kept[-2].isdigit())):
            if not numbers:
                kept.pop()
            while kept and kept[-1].isdigit():
                kept.pop()
        elif word in _AGO and previous in _UNITS and kept:
            kept.pop()
            while kept and (kept[-1].isdigit() or kept[-1] in ("a", "an")):
                kept.pop()
        elif word == "t" and numbers == 3:  # the T of 2024-12-16T05:00:00Z
            continue
        else:
            if numbers >= _STAMP:
                del kept[-numbers:]
            kept.append(word)
            previous = word
        numbers = 0
    return kept[: len(kept) - numbers] if numbers >= _STAMP else kept


def _said_digest(heading: str, link: str, lists: Iterable[Iterable[str]], words: Iterable[str]) -> str:
    return _digest(heading, link, *(part for names in lists for part in (*names, "")), *words)


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
