"""What a key of front matter means, and what a value of one says: in our words, another tool's, another language's.

The words are in worker/seeds/newswire/languages/, section [keys]. Spelling does not count: `publishAt`, `Publish-At`
and `publish at` are `publish_at`, and accents may be missing. A key that is none of these may still be a slip of one,
or be made of one (`draft_of_mine`): `meant_for` then says which. Pure.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache

from worker.seeds.newswire.tables import tables

KEYS = (
    *("id", "title", "date", "updated", "author", "authors", "tags", "categories", "lang", "link", "summary", "image"),
    *("draft", "publish_at", "expires", "credit", "encoding"),
)
#: Sections of a table that decide whether something is public.
HOLDING = ("draft", "publish", "locked", "publish_at", "not_before", "expires", "status", "stage")
#: What writing tools say of the page that they make (Jekyll, Hugo, Zola, Eleventy, Obsidian): nothing about the entry.
_OF_A_PAGE = frozenset(
    "layout template theme slug permalink aliases alias type weight order toc math mathjax katex mermaid comments"
    " disqus sidebar nav navigation menu pin pinned sticky featured cssclass cssclasses series linktitle markup"
    " outputs sitemap robots canonical canonicalurl readingtime wordcount pagination lightgallery extra".split()
)
_VALUES = frozenset(
    "yes no held shown now unready alone forbidding allowing publishing using before after media freed aside terms top"
    " facts folders embargo embargoed until own notes beside".split()
)
# The first words of a list cannot mean anything else: a value that says neither yes nor no is a question there.
_STRICT = 2
_SHORTEST_BARE, _SHORTEST_NEAR, _SHORTEST_TWO_SLIPS = 4, 4, 8
_NEUTRAL = frozenset(
    "is are my this the a post posts article page entry note blog site item content text file story mode flag state"
    " status meta make set keep currently still".split()
)
_LETTER = re.compile(r"\w\W*")
_BETWEEN = re.compile(r"[\W_]+")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|(?:(?![A-Za-z_])\w)+")


def meaning(key: str) -> str:
    """The key of ours that this one is, or a section of the tables; "" if it is unknown."""
    return _known().get(_squeezed(key)) or _known().get(_loosely(key), "")


def of_a_text(key: str) -> bool:
    """Whether a key is one of a text's header, and not of a mail's."""
    return meaning(key) not in ("", "mail", "subject")


def strict(key: str) -> bool:
    """Whether a key means nothing else, so that a value that cannot be read is a question."""
    return _squeezed(key) in _unmistakable() or _loosely(key) in _unmistakable()


def of_a_page(key: str) -> bool:
    """Whether a key that is unknown here is an ordinary one of a tool that makes pages."""
    return _squeezed(key) in _OF_A_PAGE


def meant_for(key: str) -> tuple[str, str]:
    """What an unknown key may have been meant for: its meaning, and the word as it is written; ("", "") for nothing.

    Either a slip of the pen is between them, or one is a part of the other: `darft`, `draft_of_mine`.
    """
    said = _bare(key)
    # Without a slip it has other accents, and is another word.
    found = [(slips, number) for number, word in enumerate(_candidates()) if (slips := _slips(said, word)) > 0]
    if found:
        word = _candidates()[min(found)[1]]
        return _known()[word], _written()[word]
    parts = [part.lower() for part in _WORD.findall(key)]
    for part in parts if len(parts) > 1 else ():
        if (meant := _known().get(part, "")) in HOLDING and len(part) >= _SHORTEST_BARE:
            others = [other for other in parts if other.lower() != part]
            # Whatever is private, public or hidden of something is no statement about the text.
            if strict(part) or all(other.lower() in _NEUTRAL for other in others):
                return meant, _written()[part]
    return "", ""


def says(value: str) -> str:
    """What a value says: "yes", "no", "held" (a word for what is not public), "shown", "now", or ""."""
    return _said().get(_squeezed(value)) or _said().get(_loosely(value), "")


def settles(key: str, value: str) -> bool:
    """Whether a field is the author's word that the seed is no draft."""
    return key.lower() == "draft" and says(value) == "no"


def unready(word: str) -> bool:
    """Whether the value of any key, or words in brackets, say by themselves that a text is not for readers yet."""
    return _among("unready", word) or only_alone(word)


def only_alone(word: str) -> bool:
    """Whether a word says so only where nothing is beside it: "nhap" of "nhap khau" is another one with its accents."""
    return _among("alone", word)


def is_spelled(bare: str, word: str) -> bool:
    """Whether a word is one without accents, and has accents with which it says nothing: "Nhập" of "nhap"."""
    return word != bare and _bare(word) == _squeezed(bare) and not unready(word)


def aside(word: str) -> bool:
    """Whether a tag or a folder's name says so, which may be shorter: "private"."""
    return unready(word) or _among("aside", word)


def of_folders(name: str) -> bool:
    """Whether a folder has this name that no articles for readers lie in: "trash", "templates"."""
    return _among("folders", name)


def of_a_term(words: str) -> bool:
    """Whether the words of a name are those of a subject: "private equity"."""
    return _among("terms", words)


def of_facts(key: str) -> bool:
    """Whether the label of a line rather states a fact of what its text is about: "Valid from"."""
    return _among("facts", key)


def embargoes(key: str) -> bool:
    """Whether a key names the end of an embargo, so that a value that is no date is a question."""
    return _among("embargo", key) or _among("embargoed", key)


def _among(section: str, word: str) -> bool:
    squeezed, known = _squeezed(word), _not_yet(section)
    if squeezed in known:
        return True
    bare = _unaccented(squeezed)
    return len(bare) > _SHORTEST_BARE and bare in known and _agrees(squeezed, bare)


def bare_words(text: str) -> str:
    """The words of a text without capitals and accents, each with a space before it."""
    return "".join(f" {_bare(word)}" for word in re.findall(r"\w+", unicodedata.normalize("NFC", text)))


def _words(section: str) -> Iterator[tuple[int, str]]:
    for table in tables().values():
        yield from enumerate(table.get("keys", {}).get(section, ()))


@cache
def _known() -> Mapping[str, str]:
    """Meanings by squeezed word. Our own keys go before all others, and what holds back before what does not."""
    found = {_squeezed(key): key for key in KEYS}
    others = (key for table in tables().values() for key in table.get("keys", {}))
    for section in dict.fromkeys((*HOLDING, *KEYS, *others)):
        if section not in _VALUES:
            for _, word in _words(section):
                found.setdefault(_squeezed(word), section)
    for _, word in (*_words("embargo"), *_words("embargoed")):
        found.setdefault(_squeezed(word), "publish_at")
    for word, section in list(found.items()):
        # "an" is no "ẩn".
        if len(_bare(word)) >= _SHORTEST_BARE:
            found.setdefault(_bare(word), section)
    return found


@cache
def _unmistakable() -> frozenset[str]:
    words = [word for section in HOLDING if section != "stage" for n, word in _words(section) if n < _STRICT]
    found = {_squeezed(word) for word in (*HOLDING, *words) if word != "stage"}
    return frozenset(found | {bare for word in words if len(bare := _bare(word)) >= _SHORTEST_BARE})


@cache
def _written() -> Mapping[str, str]:
    """How the words are written, by squeezed word."""
    written = {_bare(word): word for section in _known().values() for _, word in _words(section)}
    return {word: word for word in _known()} | written | {_bare(key): key for key in KEYS}


@cache
def _candidates() -> tuple[str, ...]:
    """What a slip of the pen is compared with: our own keys, and all that hold back in Latin letters."""
    own = [word for key in KEYS if len(word := _squeezed(key)) >= _SHORTEST_NEAR]
    held = [word for word, section in _known().items() if section in HOLDING and word.isascii()]
    sure = [word for word in held if len(word) > _SHORTEST_NEAR or (len(word) == _SHORTEST_NEAR and strict(word))]
    return tuple(dict.fromkeys((*own, *sure)))


@cache
def _said() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for value in ("yes", "no", "held", "shown", "now"):
        for _, word in _words(value):
            found.setdefault(_squeezed(word), value)
    for word, value in list(found.items()):
        if len(_bare(word)) >= _SHORTEST_BARE:
            found.setdefault(_bare(word), value)
    return found


@cache
def _not_yet(section: str) -> frozenset[str]:
    words = [word for _, word in _words(section)]
    bare = {_bare(word) for word in words if len(_bare(word)) > _SHORTEST_BARE}
    return frozenset({_squeezed(word) for word in words} | bare)


def _squeezed(word: str) -> str:
    """Letters and digits alone, in one case: "Publish-At" is "publishat"."""
    composed = unicodedata.normalize("NFKC", word).casefold()
    return _BETWEEN.sub(_marks, unicodedata.normalize("NFC", composed))


def _marks(between: re.Match[str]) -> str:
    return "".join(filter(unicodedata.combining, between[0]))


def _bare(word: str) -> str:
    """The same without the accents of Latin letters."""
    return _unaccented(_squeezed(word))


def _unaccented(squeezed: str) -> str:
    apart = squeezed.replace("đ", "d").replace("ı", "i").replace("ł", "l")
    return _BETWEEN.sub("", unicodedata.normalize("NFD", apart))


def _loosely(word: str) -> str:
    """A word without accents, or "" if it has other ones than the words of the tables."""
    squeezed = _squeezed(word)
    bare = _unaccented(squeezed)
    return bare if _agrees(squeezed, bare) else ""


def _agrees(squeezed: str, bare: str) -> bool:
    """Whether a word of the tables has no other accents, but for those that one of the two lacks.

    "Nội bo" lacks one of "nội bộ"; "không đáng" has another than "không đăng", and means something else.
    """
    letters = _letters(squeezed)
    return any(
        all(len(one) == 1 or len(other) == 1 or one == other for one, other in zip(letters, known, strict=False))
        for known in _spelled().get(bare, ())
    )


@cache
def _spelled() -> Mapping[str, frozenset[tuple[str, ...]]]:
    """The letters of all words in the tables, by the word without accents."""
    found: dict[str, set[tuple[str, ...]]] = {}
    sections = {section for table in tables().values() for section in table.get("keys", {})} - {"alone"}
    for word in (*KEYS, *HOLDING, *(word for section in sections for _, word in _words(section))):
        found.setdefault(_bare(word), set()).add(_letters(_squeezed(word)))
    return {bare: frozenset(words) for bare, words in found.items()}


def _letters(squeezed: str) -> tuple[str, ...]:
    """The letters of a word, each with its accents."""
    return tuple(_LETTER.findall(unicodedata.normalize("NFD", squeezed)))


def _slips(one: str, other: str) -> int:
    """How many slips of the pen are between two words, -1 if they are different words.

    A slip is a letter too many, too few or another one, or two that changed places (Damerau 1964). The first
    letter is right, or changed places with the second.
    """
    most = 2 if len(other) >= _SHORTEST_TWO_SLIPS else 1
    if abs(len(one) - len(other)) > most or len(one) < _SHORTEST_NEAR - 1 or one[0] not in other[:2]:
        return -1
    if one[0] != other[0] and one[1] != other[0]:
        return -1
    above: list[int] = []
    row = list(range(len(other) + 1))
    for y, letter in enumerate(one, 1):
        before, above, row = above, row, [y]
        for x, wanted in enumerate(other, 1):
            cost = min(above[x] + 1, row[x - 1] + 1, above[x - 1] + (letter != wanted))
            if before and x > 1 and letter == other[x - 2] and one[y - 2] == wanted:
                cost = min(cost, before[x - 2] + 1)
            row.append(cost)
    return row[-1] if row[-1] <= most else -1
