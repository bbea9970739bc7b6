"""Entries as they are shown: with their source, the related entries of their story, and as much text as may be
published.
"""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from feeds.model import Entry, Published, Related, Source, SourceKind
from feeds.store.membership import FROM
from feeds.store.rows import LINKED, entry_of, origin_of, source_of
from feeds.text.dates import from_us
from feeds.text.plaintext import plain, shorten
from feeds.text.urls import LOCAL

# Raised for a row that something other than Seedfeed wrote to, or that a failing disk damaged.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError)

# How many characters of a content are shown if it may not be published whole.
SUMMARY_LIMIT = 400

_LIVING = "e.deleted_us IS NULL AND s.private = 0"
# The columns needed to name an entry.
_NAME = (
    "e.n, e.uuid, e.title, e.permalink, e.origin, e.first_seen_us, e.id, s.title AS source_title, s.own_title, s.slug,"
    " s.kind"
)


def published_entries(connection: sqlite3.Connection, entries: Sequence[int], base_url: str) -> dict[int, Published]:
    """Entries as renderers need them, by number, in the order asked for; without those whose row cannot be read."""
    marks = ", ".join("?" * len(entries))
    rows = connection.execute(
        f"SELECT e.*, s.key AS source_key FROM entries AS e JOIN sources AS s ON s.n = e.source WHERE e.n IN ({marks})",
        tuple(entries),
    ).fetchall()
    sources = {
        row["n"]: source_of(row)
        for row in connection.execute(
            f"SELECT * FROM sources WHERE n IN (SELECT source FROM entries WHERE n IN ({marks}))", tuple(entries)
        )
    }
    related = _related(connection, entries, base_url)
    lent = _lent(connection, {row["n"]: row["lender"] for row in rows if row["lender"] is not None}, base_url)
    by_number = {}
    for row in rows:
        source = sources[row["source"]]
        try:
            entry = _located(entry_of(row), source, base_url)
        except UNREADABLE:
            continue  # reported when publishing
        lender, content = lent.get(row["n"], (None, "")) if _whole(source) else (None, "")
        by_number[row["n"]] = Published(
            entry=replace(entry, content=content) if lender else as_allowed(entry, source),
            page=f"{base_url}/entries/{row['uuid']}",
            source=source,
            listed_at=from_us(row["listed_us"]),
            revision=row["revision"],
            related=tuple(related.get(row["n"], ())),
            lender=lender,
        )
    return {n: by_number[n] for n in entries if n in by_number}


def _related(connection: sqlite3.Connection, entries: Sequence[int], base_url: str) -> dict[int, list[Related]]:
    """The entries of its story that each entry names, first seen first, by the number of the naming entry.

    A lead names the entries folded under it or linked with it; a folded entry names its lead; a linked seed names the
    whole story.
    """
    marks = ", ".join("?" * len(entries))
    leads = connection.execute(
        f"SELECT e.n AS entry, e.lead, 0 AS linked FROM entries AS e WHERE e.n IN ({marks}) AND e.lead IS NOT NULL"
        f" UNION ALL SELECT e.n, x.lead, 1 FROM {FROM} JOIN stories AS x ON x.entry = e.n"
        f" WHERE e.n IN ({marks}) AND {LINKED}",
        (*entries, *entries),
    ).fetchall()
    named = {row["n"]: row for row in _named(connection, {row["lead"] for row in leads})}
    led: dict[int, list[sqlite3.Row]] = {}
    for row in _led(connection, {*entries, *(row["lead"] for row in leads if row["linked"])}):
        led.setdefault(row["leader"], []).append(row)
    found = {n: [*led[n]] for n in entries if n in led}
    for row in leads:
        others = [named[row["lead"]]] if row["lead"] in named else []
        if row["linked"]:
            others += [other for other in led.get(row["lead"], ()) if other["n"] != row["entry"]]
        found.setdefault(row["entry"], []).extend(others)
    return {n: _each_once(rows, base_url) for n, rows in found.items()}


def _named(connection: sqlite3.Connection, entries: Collection[int]) -> list[sqlite3.Row]:
    marks = ", ".join("?" * len(entries))
    return connection.execute(
        f"SELECT {_NAME} FROM {FROM} WHERE e.n IN ({marks}) AND {_LIVING}", tuple(entries)
    ).fetchall()


def _led(connection: sqlite3.Connection, leads: Collection[int]) -> list[sqlite3.Row]:
    """The entries folded under leads or linked with them: `leader`, and the columns that name them."""
    marks = ", ".join("?" * len(leads))
    return connection.execute(
        f"SELECT e.lead AS leader, {_NAME} FROM {FROM} WHERE e.lead IN ({marks}) AND {_LIVING} UNION ALL"
        f" SELECT x.lead, {_NAME} FROM stories AS x JOIN entries AS e ON e.n = x.entry"
        f" JOIN sources AS s ON s.n = e.source WHERE x.lead IN ({marks}) AND {LINKED} AND {_LIVING}",
        (*leads, *leads),
    ).fetchall()


def _lent(connection: sqlite3.Connection, lenders: Mapping[int, int], base_url: str) -> dict[int, tuple[Related, str]]:
    """The entry that lends its text to another, and that text, by the borrower's number. lenders: their numbers,
    likewise.

    Only a public source whose texts are published whole lends one.
    """
    if not lenders:
        return {}
    marks = ", ".join("?" * len(lenders))
    rows = connection.execute(
        f"SELECT {_NAME}, e.content FROM {FROM} WHERE e.n IN ({marks}) AND {_LIVING}"
        " AND (s.content = 'full' OR s.kind = 'seeds') AND e.content <> ''",
        tuple(lenders.values()),
    ).fetchall()
    found = {row["n"]: (_name(row, base_url), _here(row["content"], row["kind"], base_url)) for row in rows}
    return {n: found[lender] for n, lender in lenders.items() if lender in found}


def _name(row: sqlite3.Row, base_url: str) -> Related:
    """An entry as others name it: its outlet, and where it was first published; for a seed at least its page here."""
    try:
        origin = origin_of(row["origin"])
    except UNREADABLE:
        origin = None
    outlet = (origin.title if origin else "") or row["source_title"] or row["own_title"] or row["slug"]
    permalink = _here(row["permalink"], row["kind"], base_url)
    return Related(row["title"], permalink or f"{base_url}/entries/{row['uuid']}", outlet)


def _each_once(rows: Iterable[sqlite3.Row], base_url: str) -> list[Related]:
    """The first entry of each outlet and address, in order."""
    ordered = sorted(rows, key=lambda row: (row["first_seen_us"], row["id"]))
    names = [_name(row, base_url) for row in ordered]
    first: dict[tuple[str, str], Related] = {}
    for name in names:
        first.setdefault((name.source, name.url), name)
    return list(first.values())


def _located(entry: Entry, source: Source, base_url: str) -> Entry:
    """The entry with its URLs of this home at the home's current address."""

    def here(text: str) -> str:
        return _here(text, source.kind, base_url)

    if source.kind is not SourceKind.SEEDS:
        return entry
    return replace(
        entry,
        permalink=here(entry.permalink),
        authors=tuple(replace(author, uri=here(author.uri)) for author in entry.authors),
        enclosures=tuple(replace(enclosure, url=here(enclosure.url)) for enclosure in entry.enclosures),
        content=here(entry.content),
        comments=here(entry.comments),
        image=here(entry.image),
        via=here(entry.via),
    )


def _here(text: str, kind: str, base_url: str) -> str:
    """Text with the URLs of this home at its current address; only seeds hold any."""
    return text.replace(f"{LOCAL}/", f"{base_url}/") if kind == SourceKind.SEEDS else text


def _whole(source: Source) -> bool:
    """Whether the entries of a source are published with their whole text."""
    return source.kind is SourceKind.SEEDS or source.content == "full"


def as_allowed(entry: Entry, source: Source) -> Entry:
    """An external entry, cut to what its source's `content` setting allows."""
    if _whole(source):
        return entry
    if source.content == "summary":
        return replace(entry, content="", summary=entry.summary or shorten(plain(entry.content), SUMMARY_LIMIT))
    # Captions are also text of the source.
    files = tuple(replace(file, title="") for file in entry.enclosures)
    return replace(entry, content="", summary="", enclosures=files)
