"""Converts entries to rows and back. Lists and records are JSON with short keys, since every row repeats them."""

import json
import sqlite3
from dataclasses import astuple
from datetime import datetime, timedelta
from typing import Any

from feeds.model import Enclosure, Entry, Origin, Person, Source, SourceKind
from feeds.text.dates import from_us, to_us
from feeds.text.urls import canonical, host

COLUMNS = (
    "title, permalink, canonical, summary, content, language, lang, credit, comments, image, authors, categories,"
    " enclosures, origin, published_us, dated, updated_us, digest, text_digest, details, markup"
)

# Fields of an entry that are kept in the column details.
_DETAILS = ("image_size", "rights", "via", "explicit")

# For a row of stories AS x, its entry AS e and that entry's source AS s: whether the entry is linked with the lead of
# its story. Seeds are linked, since they are never folded; a link found by text alone counts only while stories are on.
LINKED = (
    "x.lead IS NOT NULL AND e.lead IS NULL AND s.kind = 'seeds'"
    " AND (x.how <> 'text' OR NOT EXISTS (SELECT 1 FROM facts WHERE name = 'stories' AND value = 'off'))"
)


def values(entry: Entry) -> tuple[Any, ...]:
    """An entry's values for COLUMNS."""
    return (
        entry.title,
        entry.permalink,
        canonical(entry.permalink),
        entry.summary,
        entry.content,
        entry.language,
        primary_language(entry.language),
        entry.credit,
        entry.comments,
        entry.image,
        _json([[person.name, person.email, person.uri] for person in entry.authors]),
        _json(entry.categories),
        _json([_file(enclosure) for enclosure in entry.enclosures]),
        _origin_json(entry.origin),
        to_us(entry.published),
        int(entry.dated),
        to_us(entry.updated),
        entry.digest,
        entry.text_digest,
        _details(entry),
        entry.markup,
    )


def _file(enclosure: Enclosure) -> list[object]:
    """The fields in order, up to the last one with a value; URL, type and length are always there."""
    fields: list[object] = list(astuple(enclosure))
    while len(fields) > 3 and not fields[-1]:
        fields.pop()
    return fields


def _details(entry: Entry) -> str:
    """The fields that few entries have, as a JSON object; "" without any."""
    said = {name: value for name in _DETAILS if (value := getattr(entry, name)) not in (None, "")}
    if entry.announced:
        said["announced"] = to_us(entry.announced)
    return _json(said) if said else ""


def entry_of(row: sqlite3.Row) -> Entry:
    """Reads a row of entries joined with `source_key`."""
    return Entry(
        source_id=row["source_key"],
        id=row["id"],
        title=row["title"],
        updated=from_us(row["updated_us"]),
        published=from_us(row["published_us"]),
        dated=bool(row["dated"]),
        permalink=row["permalink"],
        authors=tuple(Person(*values) for values in json.loads(row["authors"])),
        categories=tuple(json.loads(row["categories"])),
        enclosures=tuple(Enclosure(*values) for values in json.loads(row["enclosures"])),
        summary=row["summary"],
        content=row["content"],
        language=row["language"],
        credit=row["credit"],
        comments=row["comments"],
        image=row["image"],
        origin=origin_of(row["origin"]),
        **_read_details(row["details"]),
        digest=row["digest"],
        text_digest=row["text_digest"],
        markup=row["markup"],
    )


def _read_details(details: str) -> dict[str, Any]:
    if not details:
        return {}
    said: dict[str, Any] = json.loads(details)
    size = said.get("image_size")
    announced = announced_in(details)
    return said | ({"image_size": tuple(size)} if size else {}) | ({"announced": announced} if announced else {})


def announced_in(details: str) -> datetime | None:
    """`Entry.announced` of a row."""
    us = json.loads(details).get("announced") if '"announced"' in details else None
    return None if us is None else from_us(us)


def primary_language(tag: str) -> str:
    """The language of a BCP 47 tag without script and region, as in lang-CODE feeds."""
    return tag.partition("-")[0].lower()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _origin_json(origin: Origin | None) -> str:
    if origin is None:
        return ""
    updated = to_us(origin.updated) if origin.updated else None
    return _json([origin.id, origin.title, origin.feed_url, origin.link, updated, origin.rights])


def origin_of(text: str) -> Origin | None:
    if not text:
        return None
    id_, title, feed_url, link, updated, rights = json.loads(text)
    return Origin(id_, title, feed_url, link, from_us(updated) if updated is not None else None, rights)


def source_of(row: sqlite3.Row) -> Source:
    return Source(
        key=row["key"],
        slug=row["slug"],
        kind=SourceKind(row["kind"]),
        title=row["title"] or row["own_title"] or host(row["url"]) or row["slug"],
        url=row["url"],
        link=row["link"] or row["own_link"],
        categories=tuple(json.loads(row["categories"])),
        language=row["language"],
        timezone=row["timezone"],
        private=bool(row["private"]),
        priority=row["priority"],
        filter=row["filter"],
        content=row["content"],
        poll=timedelta(seconds=row["poll_seconds"]) if row["poll_seconds"] else None,
    )
