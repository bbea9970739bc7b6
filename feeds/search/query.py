"""The search language: a query as text, as a tree, and as text again.

Pure: text in, frozen values out. The rules are those of "Search language" in docs/commands.md; matching is the store's.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NoReturn, TypeAlias

from feeds.errors import QueryError

MAX_CHARACTERS = 1_000
MAX_TERMS = 50
MAX_NESTING = 20


@dataclass(frozen=True, slots=True)
class Everything:
    """The empty query, which matches everything."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One word, or the words of a quoted phrase, as written: the store folds them. May contain no letter at all.

    link: it is the address or id of an entry as well.
    """

    text: str
    phrase: bool = False

    @property
    def link(self) -> bool:
        return _LINK.fullmatch(self.text) is not None


@dataclass(frozen=True, slots=True)
class Filter:
    """`name:value`. name: one of FILTERS, lower case. value: as normal_form, but lower case if case does not matter.

    day: of `after` (that day and later) and `before` (earlier than that day), otherwise None.
    """

    name: str
    value: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Not:
    term: "Query"


@dataclass(frozen=True, slots=True)
class And:
    """At least two terms, none of them an And."""

    terms: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least two terms, none of them an Or."""

    terms: tuple["Query", ...]


Query: TypeAlias = Everything | Phrase | Filter | Not | And | Or

# The pattern that a value must match once in lower case, and how to describe it.
FILTERS: Mapping[str, tuple[str, str]] = {
    "source": (r"[a-z0-9-]+", "the slug of a source, like source:bbc-news"),
    "category": (r".+", 'the name of a category, like category:politics or category:"Chính trị"'),
    "lang": (r"[a-z]{2,8}(-[a-z0-9]{1,8})*", "a language code, like lang:vi"),
    "author": (r".+", 'a name, like author:"Tô Lâm"'),
    "is": (r"seed", "is:seed"),
    "has": (r"enclosure", "has:enclosure"),
    "after": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date, like after:2024-12-31"),
    "before": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date, like before:2024-12-31"),
}

# A URL with the parentheses that it may contain, or an id that is no URL; pasted by people, so not taken for a filter.
_LINK_PATTERN = (
    r"""(?i:[a-z][a-z0-9+.-]*://|(?:mailto:|urn:|tag:[^\ ()",]+,\d{4})(?=[^\ ()"]))(?:[^\ ()"]|\([^\ ()"]*\))*"""
)
_LINK = re.compile(_LINK_PATTERN)
_TOKEN = re.compile(
    rf"""(?P<space>\ +) | (?P<open>\() | (?P<close>\)) | (?P<minus>-(?=[^\ )])) | (?P<link>{_LINK_PATTERN})
      | (?P<heading>(?!(?i:{"|".join(FILTERS)}):)[A-Za-z]+:(?=[\ )]|\Z))
      | (?P<filter>[A-Za-z]+): (?:"(?P<quoted>[^"]*)" | (?P<value>[^\ ()"]*))
      | "(?P<phrase>[^"]*)"
      | (?P<word>[^\ ()"]+) | (?P<quote>")""",
    re.VERBOSE,
)
_BARE = re.compile(r'[^ ()"]+')


def parse(query: str) -> Query:
    """The query as a tree. White space and control characters separate terms; adjacent terms must all match.

    Raises QueryError with the position of the mistake.
    """
    # One space for each, so that positions in this text are those in the query, and a terminal shows it on one line.
    blanks = (" " if c.isspace() or unicodedata.category(c) in {"Cc", "Cs"} else c for c in query[:MAX_CHARACTERS])
    plain = "".join(blanks)
    if len(query) > MAX_CHARACTERS:
        raise QueryError(plain, MAX_CHARACTERS, f"a search has at most {MAX_CHARACTERS:,} characters")
    return _Parser(plain).query()


def normal_form(query: Query) -> str:
    """The query in normal form: one text for one tree, which `parse` restores; "" for Everything."""
    match query:
        case Everything():
            return ""
        case Phrase(text, phrase):
            return f'"{text}"' if phrase else text
        case Filter(name, value):
            return f"{name}:{value}" if _BARE.fullmatch(value) else f'{name}:"{value}"'
        case Not(term):
            return f"-({normal_form(term)})" if isinstance(term, And | Or) else f"-{normal_form(term)}"
        case And(terms):
            return " ".join(f"({normal_form(term)})" if isinstance(term, Or) else normal_form(term) for term in terms)
        case Or(terms):
            return " OR ".join(normal_form(term) for term in terms)


class _Parser:
    """Recursive descent: query = any; any = all {"OR" all}; all = term {term}; term = "-" term | "(" any ")" | leaf."""

    def __init__(self, text: str) -> None:
        self.text = text
        # Every character fits some alternative, so finditer leaves no gaps.
        self.tokens = [match for match in _TOKEN.finditer(text) if match.lastgroup != "space"]
        self.place = 0
        self.terms = 0

    def query(self) -> Query:
        if not self.tokens:
            return Everything()
        found = self.any(0)
        if (match := self.next()) is not None:
            self.fail(match.start(), "no parenthesis is open here")
        return found

    def any(self, depth: int) -> Query:
        choices = [self.all(depth)]
        while (match := self.next()) is not None and _is_or(match):
            self.place += 1
            following = self.next()
            if following is None or _is_or(following) or following["close"]:
                self.fail(match.start(), "OR needs a term after it")
            choices.append(self.all(depth))
        return _joined(Or, choices)

    def all(self, depth: int) -> Query:
        terms: list[Query] = []
        while (match := self.next()) is not None and not match["close"]:
            if _is_or(match):
                if not terms:
                    self.fail(match.start(), "OR needs a term before it")
                break
            terms.append(self.term(match, depth))
        if match is not None and not terms:
            self.fail(match.start(), "no parenthesis is open here")
        return _joined(And, terms)

    def term(self, match: re.Match[str], depth: int) -> Query:
        self.place += 1
        if (match["minus"] or match["open"]) and depth == MAX_NESTING:
            self.fail(match.start(), f"groups and negations nest at most {MAX_NESTING} deep")
        if match["minus"]:
            return self.negation(match, depth + 1)
        if match["open"]:
            return self.group(match, depth + 1)
        if match["quote"]:
            self.fail(match.start(), "this quotation mark has no partner")
        self.terms += 1
        if self.terms > MAX_TERMS:
            self.fail(match.start(), f"a search has at most {MAX_TERMS} terms")
        return self.filter(match) if match["filter"] else self.words(match)

    def negation(self, match: re.Match[str], depth: int) -> Query:
        following = self.next()
        if following is None or _is_or(following):
            self.fail(match.start(), 'a "-" needs a term right behind it; put it in quotation marks to search for it')
        return Not(self.term(following, depth))

    def group(self, match: re.Match[str], depth: int) -> Query:
        following = self.next()
        if following is not None and following["close"]:
            self.fail(match.start(), "there is nothing in these parentheses")
        found = self.any(depth) if following is not None else Everything()
        if self.next() is None:
            self.fail(match.start(), "this parenthesis is not closed")
        self.place += 1
        return found

    def words(self, match: re.Match[str]) -> Query:
        if (phrase := match["phrase"]) is None:
            return Phrase(match["link"] or match["heading"] or match["word"])
        if not phrase.strip():
            self.fail(match.start(), "there is nothing between these quotation marks")
        return Phrase(" ".join(phrase.split()), phrase=True)

    def filter(self, match: re.Match[str]) -> Query:
        name = match["filter"].lower()
        if name not in FILTERS:
            hint = f"there are {', '.join(FILTERS)}; put the text in quotation marks to search for it"
            self.fail(match.start(), f'there is no filter "{name}:"; {hint}')
        quoted = match["quoted"] is not None
        value = " ".join((match["quoted"] if quoted else match["value"]).split())
        at = match.start("quoted" if quoted else "value")
        shape, expected = FILTERS[name]
        if not value:
            open_quote = not quoted and self.text.startswith('"', at)
            self.fail(at, "this quotation mark has no partner" if open_quote else f"{name}: needs {expected}")
        if name not in {"category", "author"}:
            value = value.lower()
        if not re.fullmatch(shape, value):
            self.fail(at, f'{name}: needs {expected}, not "{value}"')
        return Filter(name, value, self.day(value, at) if name in {"after", "before"} else None)

    def day(self, value: str, at: int) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(at, f"the calendar has no {value}")

    def next(self) -> re.Match[str] | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def fail(self, position: int, message: str) -> NoReturn:
        raise QueryError(self.text, position, message)


def _is_or(match: re.Match[str]) -> bool:
    return match["word"] == "OR"


def _joined(kind: type[And] | type[Or], terms: list[Query]) -> Query:
    """A single term unchanged; several as one node, which absorbs the terms of inner nodes of the same kind."""
    if len(terms) == 1:
        return terms[0]
    return kind(tuple(leaf for term in terms for leaf in (term.terms if isinstance(term, kind) else (term,))))


def sources_named(query: Query) -> frozenset[str]:
    """The slugs of sources that a query includes by name; excluded ones are left out."""
    match query:
        case Filter(name="source", value=slug):
            return frozenset((slug,))
        case And(terms) | Or(terms):
            return frozenset().union(*map(sources_named, terms))
    return frozenset()
