"""Recognises names of people and outlets by their form and by words from each language's table. Pure.

Anything that could be prose is not a name. In a language with capitals, every word of a name has one, except
particles; in others, a name is short.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from worker.seeds.newswire.dateline import AGENCIES
from worker.seeds.newswire.tables import tables

_LONGEST, _MOST_WORDS = 50, 5
_PARTICLES = frozenset(
    "af al av ben bin bint d' da das de degli dei del dell' della delle den der di do dos du e el ibn la las le les los"
    " of ten ter the und van von y zu zum zur".split()
)
# A word after one of these needs no capital: "La Voix du fleuve".
_LEADING_ON = frozenset("da das de degli dei del della delle der di do dos du of the d' l' dell' la le los".split())
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})
# Characters in names besides letters: dots of initials, hyphens, and separate vowel signs.
_IN_NAMES = frozenset(" .'’‘-·・\u200c") | {
    chr(code) for code in (*range(0x300, 0x370), *range(0x591, 0x5C8), *range(0x64B, 0x653), *range(0x900, 0x0E4F))
}
_PARTS = re.compile(r"\s*[,;/|，；／、،]\s*|\s+[-–—]\s+")
_BRACKETS = re.compile(r"\s*[(（][^()（）]*[)）]\s*")
_ELIDED = re.compile(r"[^\W\d_]{1,5}['’](?=[^\W\d_])")
_EAST_ASIAN = re.compile("[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_LATIN = re.compile("[A-Za-z]")


@cache
def line_words(language: str) -> Any:
    """The section [lines] of a language's table."""
    return tables().get(language, {}).get("lines", {})


@cache
def longest_first(language: str, key: str) -> tuple[str, ...]:
    return tuple(sorted(line_words(language).get(key, ()), key=len, reverse=True))


def small(letter: str) -> bool:
    """Whether a letter is lower case. Georgian uses capitals only in headlines (Unicode §7.7)."""
    return letter.islower() and not "\u10d0" <= letter <= "\u10ff"


def caseless(letter: str) -> bool:
    return not (small(letter) or letter.isupper())


# People


def people(words: str, language: str, *, sure: bool) -> tuple[str, ...]:
    """The names after the beginning of a by-line, () if it is prose. sure: a colon precedes them."""
    if not words or (words[-1] in ".!?…:;,。！？：；，،؛।" and not _ends_like_name(words)):
        return ()
    found: list[str] = []
    for number, piece in enumerate(_pieces(words, language)):
        name = _without_place(_without_title(piece, language), language)
        named = is_name(name, language, sure=sure)
        if name.casefold() in _SUFFIXES and found:
            found[-1] = f"{found[-1]} {name}"
        elif named and not _is_no_person(name, language):
            found.append(name)
        elif number and (any(map(str.isdigit, piece)) or _is_no_person(piece, language)):
            # A date, an outlet, or a profession.
            continue
        elif not number or not _is_aside(name):
            return ()
    several = any(len(name.split()) > 1 for name in found)
    if (several or not sure) and language not in ("ja", "zh", "ko"):
        # After a comma, a single word is a town or an outlet; after a bare "By", it is a day or a holiday.
        found = [name for name in found if len(name.split()) > 1 or caseless(name[0])]
    return tuple(dict.fromkeys(found))


def is_name(words: str, language: str, *, sure: bool = True) -> bool:
    """Whether this could be somebody's name."""
    if not 2 <= len(words) <= _LONGEST or not all(letter.isalpha() or letter in _IN_NAMES for letter in words):
        return False
    parts = words.split()
    if caseless(words[0]):
        return _is_caseless_name(words, parts, language, sure=sure)
    if len(parts) > _MOST_WORDS or parts[0].casefold() in _days(language) or words.casefold() in _months(language):
        return False
    capital = [part for part in parts if part.casefold() not in _PARTICLES or not small(part[0])]
    first = not small(parts[0][0]) or (sure and len(parts) > 1 and parts[0] in _PARTICLES)
    return first and bool(capital) and all(not small(_ELIDED.sub("", part, count=1)[0]) for part in capital)


def _is_caseless_name(words: str, parts: list[str], language: str, *, sure: bool) -> bool:
    surnames = line_words(language).get("surnames", ())
    if language == "zh" and not ("·" in words or sure):
        return 2 <= len(words) <= 4 and words.startswith(tuple(surnames))
    if language == "zh":
        return len(words) <= 4 or "·" in words
    if language == "ja":
        katakana = all("\u30a0" <= letter <= "\u30ff" or letter in " " for letter in words)
        return 2 <= len(words.replace(" ", "")) <= (20 if katakana else 8) and (
            sure or words.startswith(tuple(surnames))
        )
    if language == "ko":
        return 2 <= len(words) <= 12 and len(parts) <= 3
    return len(parts) <= 4 and (sure or len(parts) > 1)


def names_before_sign(words: str, language: str) -> tuple[str, ...]:
    """The names before a word that turns them into a by-line: "홍길동", "佐藤みどり" before 記者."""
    words = _BRACKETS.sub(" ", words).strip(" ,=/")
    if language == "ko":
        last = words.split(" ")[-1] if words else ""
        before = words[: len(words) - len(last)].rstrip()
        names = ([*before.split(), last] if before.endswith((",", "·")) else [last]) if last else []
        found = [name for part in names for name in re.split("[·ㆍ,]", part) if name]
        return tuple(found) if found and all(2 <= len(name) <= 4 and is_name(name, language) for name in found) else ()
    found = [part.strip() for part in re.split("[、・]", words) if part.strip()]
    if any(_LATIN.search(name) for name in found):
        return tuple(found) if all(is_name(name, language) and len(name.split()) > 1 for name in found) else ()
    return tuple(found) if found and all(is_name(name, language) for name in found) else ()


# How East Asian agencies name the reporter: "（记者 王小明）", "(엘러리=해안통신) 홍길동 기자 =", "【海岸町＝佐藤…】"
_REPORTERS = {
    "zh": re.compile(r"[^（(。]{0,40}[（(](?:[^（()）]{0,6}?)(?:记者|記者)[：:\s]*([^（()）]{2,20})[)）]"),
    "ko": re.compile(r"[(\[【][^()\[\]]{2,30}[=＝][^()\[\]]{2,20}[)\]】]\s*([^=＝.]{2,30}?)(?:기자|특파원)\s*="),
    "ja": re.compile(r"【[^【】＝=]{1,12}[＝=]([^【】＝=]{2,12})】"),
}


def reporter(lead: str, language: str) -> tuple[str, ...]:
    """The authors in the dateline of an East Asian lead; the dateline stays in the text."""
    found = _REPORTERS[language].match(lead[:120]) if language in _REPORTERS else None
    if not found:
        return ()
    return names_before_sign(found[1], language) if language == "ko" else people(found[1], language, sure=False)


def _ends_like_name(words: str) -> bool:
    return bool(re.search(r"(?:\b[^\W\d_]|\b[JS]r)\.$", words))


def _pieces(words: str, language: str) -> list[str]:
    """The parts between separators, words such as "and", and labels such as "Pictures:"."""
    words = _labels(language).sub(", ", words) if ":" in words or "：" in words else words
    pieces = [_BRACKETS.sub(" ", piece) for piece in _joined(language).split(words)]
    if language in ("ar", "he"):
        pieces = [one for piece in pieces for one in _prefixed(piece, language)]
    if language == "zh":
        pieces = [one for piece in pieces for one in piece.split()]
    return [" ".join(piece.split()).strip(" -–—") for piece in pieces if piece.strip(" -–—")]


@cache
def _joined(language: str) -> re.Pattern[str]:
    joined = line_words(language).get("joined", ())
    spaced = [word for word in joined if word == "&" or (not _EAST_ASIAN.match(word) and word[0].isalpha())]
    # "・" occurs inside names in katakana, too.
    signs = [r"(?<![ァ-ヿ])・(?![ァ-ヿ])" if word == "・" else re.escape(word) for word in joined if word not in spaced]
    between = "|".join(map(re.escape, spaced)) or "(?!)"
    behind = rf"(?:(?:{between})\s+)?"
    return re.compile("|".join([rf"(?:{_PARTS.pattern}){behind}", rf"\s+(?:{between})\s+", *signs]), re.IGNORECASE)


@cache
def _labels(language: str) -> re.Pattern[str]:
    """A pattern for "Pictures:" between the names in a line, with the separator before it."""
    labels = [one for key in ("byline", "beside") for one in line_words(language).get(key, ()) if one[-1] in ":："]
    stems = sorted({one.rstrip(":： ") for one in labels}, key=len, reverse=True)
    return re.compile(rf"(?:^|[\s.,;|/-]+)(?:{'|'.join(map(re.escape, stems)) or '(?!)'})\s?[:：]\s*", re.IGNORECASE)


def _prefixed(piece: str, language: str) -> list[str]:
    """Names joined by a letter prefixed to the second one, as in Arabic and Hebrew; each has two words."""
    parts = piece.split()
    sign = line_words(language).get("prefixed", "")
    for place in range(2, len(parts) - 1):
        word = parts[place]
        if (
            sign
            and word.startswith(sign)
            and len(word) > 2
            and word not in line_words(language).get("prefixed_not", ())
        ):
            return [" ".join(parts[:place]), *_prefixed(" ".join([word[len(sign) :], *parts[place + 1 :]]), language)]
    return [piece]


def _without_place(words: str, language: str) -> str:
    """A name without a place: "Maren Oldcastle in Port Ellery"."""
    return _behind(language).split(words, maxsplit=1)[0]


@cache
def _behind(language: str) -> re.Pattern[str]:
    places = "|".join(map(re.escape, line_words(language).get("behind", ())))
    return re.compile(rf"\s+(?:{places or '(?!)'})\s+")


def _without_title(words: str, language: str) -> str:
    """A name without a title: "Staff Writer Maren Oldcastle"."""
    parts = words.split()
    while len(parts) > 2 and is_title(parts[0], language) and not is_title(" ".join(parts[1:]), language):
        parts = parts[1:]
    while len(parts) > 2 and is_title(parts[0], language):
        parts = parts[1:]
    return " ".join(parts)


def is_title(words: str, language: str) -> bool:
    """Whether the words include a profession."""
    return _titles(language).search(words.casefold()) is not None


@cache
def _titles(language: str) -> re.Pattern[str]:
    titles = "|".join(re.escape(title.casefold()) for title in line_words(language).get("titles", ()))
    return re.compile(rf"(?<!\w)(?:{titles or '(?!)'})")


def _is_no_person(words: str, language: str) -> bool:
    return is_title(words, language) or is_house(words, language) or words.casefold() in AGENCIES


def _is_aside(words: str) -> bool:
    """Whether words after a name can be ignored: "for Harbour Wire", but not half a sentence."""
    return bool(words) and len(words.split()) <= 4 and not small(words[0])


@cache
def _days(language: str) -> frozenset[str]:
    named = tables().get(language, {}).get("dates", {}).get("weekdays", ())
    return frozenset(word.casefold() for forms in named for word in forms if len(word) > 3)


@cache
def _months(language: str) -> frozenset[str]:
    named = tables().get(language, {}).get("dates", {}).get("months", ())
    return frozenset(word.casefold() for forms in named for word in forms)


# Outlets


def is_house(words: str, language: str) -> bool:
    """Whether the words include one that is typical of outlets: "Wire", "Agence", "…通信"."""
    houses = line_words(language).get("houses", ())
    if not houses:
        return False
    folded = words.casefold()
    if _EAST_ASIAN.search(folded):
        return folded.endswith(tuple(houses))
    return any(part.strip(".,") in houses for part in re.split(r"[\s'’-]", folded)) or folded.startswith(
        tuple(f"{house} " for house in houses if " " in house)
    )


def is_known_outlet(words: str, language: str) -> bool:
    """Whether this is an agency, an acronym, a name in the table, or contains a word of `houses`."""
    parts = [part.strip() for part in re.split(r"[/,;&+、，]", words) if part.strip()]
    outlets = {name.casefold() for name in line_words(language).get("outlets", ())}
    return bool(parts) and all(
        part.casefold() in AGENCIES
        or part.casefold() in outlets
        or (part.isupper() and 2 <= len(part) <= 12 and " " not in part)
        or (is_house(part, language) and not small(part[0]))
        for part in parts
    )


def is_capitalised(words: str) -> bool:
    """Whether every word is capitalised (if the script has capitals), except particles and the words after them."""
    before = ""
    for number, word in enumerate(words.split()):
        bare = word.strip("«»\"“”„'’")
        led = (
            bare in _PARTICLES or before in _LEADING_ON or (_ELIDED.match(bare) and not small(_ELIDED.sub("", bare)[0]))
        )
        if bare and small(bare[0]) and not (number and led):
            return False
        before = bare.casefold() if number else ""
    return True


def any_of(words: Iterable[str], text: str) -> bool:
    """Whether a text begins with one of these words, ending at a word boundary."""
    folded = text.casefold()
    return any(
        folded.startswith(word) and (caseless(word[0]) or not folded[len(word) :][:1].isalpha())
        for one in words
        if (word := one.casefold())
    )
