"""The search index, and the search language as SQL.

The index holds folded text of our own making (`feeds.text.plaintext.fold`), so that words match whatever their case and
diacritics, and text without spaces is found character by character. It keeps where words are and not the text itself.
SQLite takes words out of such an index only if it is told exactly what was put in, which another version of `fold` may
not know. So nothing is taken out: each version of an entry has a row number of its own, and those of earlier versions
are passed over as soon as a later one is there. Until then an edited entry is found by what it said before.
"""

import json
import re
import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from feeds.search.match import search_words as index_words
from feeds.search.query import And, Everything, Filter, Not, Or, Phrase, Query
from feeds.store.transaction import Transaction
from feeds.text.dates import to_us
from feeds.text.plaintext import fold, plain, slug
from feeds.text.urls import LOCAL, canonical

# The page of an entry.
_PAGE = re.compile(r"/entries/([0-9a-f-]{36})/?(?:[?#].*)?$")

# A row of the index: how often the entry had been edited, and its number.
_ROW = "n + (coalesce((SELECT max(revision) FROM revisions WHERE entry = n), 0) << 40)"
_ENTRY = "search.rowid & 0xffffffffff"


def edits_indexed(entry: str) -> str:
    """How often an entry had been edited, as SQL, when the newest of its rows was made; 0 if it has none."""
    # search_docsize, a table of FTS5, has a line for each row.
    there = f"EXISTS (SELECT 1 FROM search_docsize WHERE id = ({entry}) + (revision << 40))"
    newest = f"SELECT revision FROM revisions WHERE entry = {entry} AND {there} ORDER BY revision DESC LIMIT 1"
    return f"coalesce(({newest}), 0)"


_FOUND = f"SELECT {_ENTRY} FROM search WHERE search MATCH ? AND search.rowid >> 40 = {edits_indexed(_ENTRY)}"

Value = str | int
Condition = tuple[str, tuple[Value, ...]]


class SearchIndex:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.create_function("fold", 1, fold, deterministic=True)
        connection.create_function("fold_html", 1, lambda html: fold(plain(html)), deterministic=True)
        connection.create_function("fold_names", 1, _names, deterministic=True)

    def mark(self, _: Transaction, entries: Sequence[int]) -> None:
        """Notes entries to be indexed when there is time: indexing is the most expensive part of storing."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO search_pending (entry) VALUES (?)", [(entry,) for entry in entries]
        )

    def waiting(self) -> bool:
        """Whether any noted entry is not yet in the index."""
        return self._connection.execute("SELECT 1 FROM search_pending LIMIT 1").fetchone() is not None

    def catch_up(self, _: Transaction, most: int = -1) -> int:
        """Indexes up to `most` marked entries (-1: all of them) and returns how many."""
        rows = self._connection.execute("SELECT entry FROM search_pending ORDER BY entry LIMIT ?", (most,)).fetchall()
        entries = [row[0] for row in rows]
        for start in range(0, len(entries), 500):
            chunk = entries[start : start + 500]
            marks = ", ".join("?" * len(chunk))
            # One statement for many entries is several times cheaper than one each.
            self._connection.execute(
                "INSERT INTO search (rowid, title, summary, content, authors)"
                f" SELECT {_ROW}, fold(title), fold(summary), fold_html(content), fold_names(authors) FROM entries"
                f" WHERE n IN ({marks}) ORDER BY 1",
                chunk,
            )
            self._connection.execute(f"DELETE FROM search_pending WHERE entry IN ({marks})", chunk)
        return len(entries)


def _names(authors: str) -> str:
    """The searchable part of `entries.authors`: names, without addresses."""
    return fold("; ".join(name for name, *_ in json.loads(authors)))


def condition(query: Query) -> Condition:
    """A query as a condition over entries AS e joined with sources AS s."""
    match query:
        case Everything():
            return "1", ()
        case Phrase(text) if query.link:
            return _link(text)
        case Phrase():
            return _indexed(_expression(query))
        case Not(term):
            inner, values = condition(term)
            return f"NOT ({inner})", values
        case And(terms):
            # Texts are one question to the index, which steps from one entry of the rarest to the next.
            texts = [text for term in terms if (text := _expression(term))]
            rest = [condition(term) for term in terms if not _expression(term)]
            return _joined([*([_indexed(" AND ".join(texts))] if texts else []), *rest], " AND ")
        case Or(terms):
            return _joined([condition(term) for term in terms], " OR ")
        case Filter():
            return _filter(query)


def among_newer(where: str, first: int) -> str:
    """A condition rewritten for entries of which none has a number below `first`, unless an edit of it is indexed: the
    index is read from there on. Rows of edited entries come after all others.
    """
    return where.replace(_FOUND, f"{_FOUND} AND search.rowid >= {first}")


def _joined(conditions: Sequence[Condition], word: str) -> Condition:
    sql = "(" + word.join(inner for inner, _ in conditions) + ")"
    return sql, tuple(value for _, values in conditions for value in values)


def _expression(query: Query) -> str:
    """A query as the index understands it; "" if that is no question of words."""
    match query:
        case Phrase(text) if not query.link:
            return _phrase(text)
        case Filter("author", text):
            return _phrase(text, "authors : ")
    return ""


def _phrase(text: str, column: str = "") -> str:
    """Folded words side by side; "" for a text without a letter or digit."""
    # Quoted, so that no part of it is FTS5 syntax; the quotation mark itself is not alphanumeric.
    words = " ".join(index_words(text))
    return f'{column}"{words}"' if words else ""


def _indexed(expression: str) -> Condition:
    """Words without a letter or digit match everything, like a comma between words."""
    return (f"e.n IN ({_FOUND})", (expression,)) if expression else ("1", ())


def _link(text: str) -> Condition:
    """The entry that a URL leads to or an id names, or the one that it stands under; or the URL's words in any text."""
    uuid = _PAGE.search(text)
    # Links of seeds to our own site are stored without its host.
    own = canonical(f"{LOCAL}/{text.partition('://')[2].partition('/')[2]}")
    # canonical <> '': so that its index serves.
    same = (
        "((canonical = ? AND canonical <> '') OR id = ? OR uuid = ? OR (canonical = ? AND canonical <> '' AND"
        " instr(?, (SELECT max(link) || '/' FROM sources WHERE kind = 'seeds')) = 1))"
    )
    named = (canonical(text), text, uuid[1] if uuid else "", own, text)
    entries = f"SELECT n FROM entries WHERE {same} UNION SELECT lead FROM entries WHERE {same} AND lead IS NOT NULL"
    return f"e.n IN ({_FOUND} UNION {entries})", (_phrase(text), *named, *named)


def _filter(found: Filter) -> Condition:
    match found.name:
        case "source":
            return "s.slug = ?", (found.value,)
        case "category":
            return _category(found.value)
        case "lang":
            language = found.value.partition("-")[0]
            if language == found.value:
                return "e.lang = ?", (language,)
            return "(e.lang = ? AND lower(e.language) = ?)", (language, found.value)
        case "author":
            return _indexed(_expression(found))
        case "is":
            # By the source's number, which has an index, not by its kind.
            return "e.source IN (SELECT n FROM sources WHERE kind = 'seeds')", ()
        case "has":
            return "e.enclosures <> '[]'", ()
        case "after":
            return "e.published_us >= ?", (_midnight(found.day),)
        case "before":
            return "e.published_us < ?", (_midnight(found.day),)
    raise AssertionError(found.name)


def _category(name: str) -> Condition:
    """A category by its name or slug, whether the operator or the source gave it."""
    return (
        "(e.n IN (SELECT entry FROM entry_categories WHERE slug = ?)"
        " OR e.source IN (SELECT source FROM source_categories WHERE slug = ?)"
        " OR EXISTS (SELECT 1 FROM json_each(e.categories) WHERE fold(value) = ?))",
        (slug(name), slug(name), fold(name)),
    )


def _midnight(day: date | None) -> int:
    assert day is not None
    return to_us(datetime.combine(day, time(), UTC))
