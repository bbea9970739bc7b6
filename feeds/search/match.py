"""The search language applied to one entry that is not stored yet, as `[sources.<slug>] filter` needs it.

Pure. It matches what the store's search finds once the entry is stored (`feeds.store.search`).
"""

import unicodedata
from collections.abc import Iterable
from datetime import UTC

from feeds.model import Entry, Source, SourceKind
from feeds.search.query import And, Everything, Filter, Not, Or, Phrase, Query
from feeds.text.plaintext import fold, plain, slug
from feeds.text.urls import canonical


def matches(query: Query, entry: Entry, source: Source) -> bool:
    """Whether the query matches the entry of this source."""
    match query:
        case Everything():
            return True
        case Phrase(text) if query.link and (text == entry.id or canonical(text) == canonical(entry.permalink) != ""):
            return True
        case Phrase(text):
            return any(_has(search_words(text), column) for column in _columns(entry))
        case Not(term):
            return not matches(term, entry, source)
        case And(terms):
            return all(matches(term, entry, source) for term in terms)
        case Or(terms):
            return any(matches(term, entry, source) for term in terms)
        case Filter():
            return _filter(query, entry, source)


def search_words(text: str) -> list[str]:
    """The folded words of a text as the search index holds them: letters, digits, and the marks of Thai or Hindi."""
    folded = fold(text)
    return "".join(character if _in_word(character) else " " for character in folded).split()


def _in_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _columns(entry: Entry) -> Iterable[list[str]]:
    yield search_words(entry.title)
    yield search_words(entry.summary)
    yield search_words(plain(entry.content))
    yield _authors(entry)


def _authors(entry: Entry) -> list[str]:
    return search_words("; ".join(author.name for author in entry.authors))


def _has(phrase: list[str], column: list[str]) -> bool:
    """Whether the words occur side by side; an empty phrase occurs everywhere."""
    return any(column[start : start + len(phrase)] == phrase for start in range(len(column) - len(phrase) + 1))


def _filter(found: Filter, entry: Entry, source: Source) -> bool:
    match found.name:
        case "source":
            return source.slug == found.value
        case "category":
            names = (*entry.categories, *source.categories)
            return any(slug(name) == slug(found.value) or fold(name) == fold(found.value) for name in names)
        case "lang":
            tag = entry.language.lower()
            return found.value == (tag if "-" in found.value else tag.partition("-")[0])
        case "author":
            return _has(search_words(found.value), _authors(entry))
        case "is":
            return source.kind is SourceKind.SEEDS
        case "has":
            return bool(entry.enclosures)
        case "after" | "before":
            assert found.day is not None
            day = entry.published.astimezone(UTC).date()
            return day >= found.day if found.name == "after" else day < found.day
    raise AssertionError(found.name)
