"""Who is named at the foot and under the headline: the credit line and the by-line.

Both are short lines of their own. What could be a sentence is one: a line that ends with a full stop, a lead-in such as
"Theo" or "By" that no name follows. Words of each language are in worker/seeds/languages/. Pure.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from worker.seeds.dateline import AGENCIES
from worker.seeds.tongue import tables

_LONGEST_CREDIT = 80
_LONGEST_BYLINE = 120
_LONGEST_NAME = 50
_MOST_WORDS = 8
_MOST_NAME_WORDS = 5
# How far from the head and the foot a by-line may stand.
_HEAD, _FOOT = 3, 3
_RUNNING = 60

_END = ".!?…:;,。！？：；，،؛।"
_BRACKETED = re.compile(r"[(（\[【〈]\s*([^()（）\[\]【】]{2,80}?)\s*[)）\]】〉]\.?|/([^/\d]{2,30})/\.?")
_DASHED = re.compile(r"(?:--+|[—–―])\s*([^\s—–―-].{1,60})")
_COLON = re.compile("[:：]")
_URL = re.compile(r"(?i)(?:https?://|www\.)\S+")
_PARTS = re.compile(r"\s*[,;/|，；／、،]\s*|\s+[-–—]\s+")
_PARTICLES = frozenset(
    "af al av ben bin bint da das de dei del della den der di do dos du e el ibn la le les ter ten van von y zu".split()
)
# Beside letters: dots of initials, hyphens, and the vowel signs of scripts that write them apart.
_IN_NAMES = frozenset(" .'’‘-·・\u200c") | {
    chr(code) for code in (*range(0x300, 0x370), *range(0x591, 0x5C8), *range(0x64B, 0x653), *range(0x900, 0x0E4F))
}
_MAIL = re.compile(r"\s*[(<（]?[\w.+-]+@[\w-]+(?:\.[\w-]+)+[)>）]?\s*")


def credit(line: str, language: str) -> str:
    """Who is credited in the last line ("Theo TTXVN", "Source: …", "(Reuters)"), "" if it is no credit."""
    words = line.strip()
    if not 2 <= len(words) <= _LONGEST_CREDIT:
        return ""
    inner = (found[1] or found[2]) if (found := _BRACKETED.fullmatch(words)) else words
    if named := _after_lead_in(inner, language):
        return named if not _ends_sentence(named) else ""
    if _lead_in(inner, language) or _ends_sentence(inner):
        return ""
    alone = inner if found else dash[1] if (dash := _DASHED.fullmatch(words)) else ""
    return alone if alone and _is_outlet(alone, language) else ""


def byline(line: str, language: str) -> tuple[str, ...]:
    """The authors whom a line names, () if it is no by-line."""
    words = line.strip()
    if not 2 <= len(words) <= _LONGEST_BYLINE:
        return ()
    words = found[1] or words if (found := _BRACKETED.fullmatch(words)) else words
    words = _MAIL.sub(" ", words).strip(" *_")
    known = _codes(language)
    # Of other languages only what ends with a colon counts.
    for code in _everywhere(language) if _COLON.search(words) else known:
        table = _lines(code)
        for lead_in in _longest_first(code, "byline"):
            rest = _without(words, lead_in)
            if not rest or (code not in known and lead_in[-1] not in ":："):
                continue
            names = _names(rest, code, sure=lead_in[-1] in ":：")
            if names:
                return names
        for suffix in () if code not in known else _longest_first(code, "after_name"):
            if words.removesuffix("=").rstrip().endswith(suffix):
                name = words.removesuffix("=").rstrip()[: -len(suffix)].strip()
                for lead_in in table.get("byline", ()):
                    stem = lead_in.rstrip(":： ")
                    name = name.removeprefix(stem).strip() if name.startswith(f"{stem} ") else name
                if 2 <= len(name) <= 12 and _is_name(name) and len(name.split()) <= 2:
                    return (name,)
    return ()


@cache
def _labels() -> re.Pattern[str]:
    stems = {re.escape(one.rstrip(":： ")) for code in tables() for one in _lines(code).get("headline", ())}
    return re.compile(rf"(?:{'|'.join(sorted(stems)) or '(?!)'})\s?[:：]\s*(?=\S)", re.IGNORECASE)


def headline_label(line: str) -> re.Match[str] | None:
    """The word that says of a first line that it is the headline: "Title:", "Tiêu đề:"."""
    return _labels().match(line)


def ends(line: str) -> bool:
    """Whether a line only says that the story ends, or is a remark in brackets: "-30-", "(END)", "(Ảnh minh họa)"."""
    words = line.strip()
    if not any(map(str.isalpha, words)):
        return len(words) <= 20 and (not any(map(str.isdigit, words)) or words.strip(" -–—#*") == "30")
    bracketed = _BRACKETED.fullmatch(words)
    inner = ((bracketed[1] or bracketed[2]) if bracketed else words).strip(" -–—*#")
    return remark(inner) and (bracketed is not None or len(inner) <= 7)


def signs(line: str) -> bool:
    """Whether a line is a by-line or a credit in some language."""
    return any(byline(line, code) or credit(line, code) for code in tables())


def foot_name(line: str, language: str) -> str:
    """A last line that is nothing but somebody's name, in a language whose papers sign so; else ""."""
    surnames = {name.casefold() for name in _lines(language).get("surnames", ())}
    words = line.split()
    named = 2 <= len(words) <= 4 and words[0].casefold() in surnames
    return line.strip() if named and all(word.isalpha() and word[0].isupper() for word in words) else ""


def head_name(paragraphs: Sequence[str], language: str) -> str:
    """A line under the headline that is nothing but somebody's name, above running text; else ""."""
    if len(paragraphs[1]) < _RUNNING:
        return ""
    return foot_name(paragraphs[0], language) or bare_name(paragraphs[0], paragraphs[1:], language)


def bare_name(line: str, others: Sequence[str], language: str) -> str:
    """A line of two or three words with capitals, which no other paragraph has: a place or a topic would come again."""
    words = line.split()
    table = _lines(language)
    shaped = 2 <= len(words) <= 3 and all(re.fullmatch(r"[^\W\d_]\w*(?:[-'’.][^\W\d_]\w*)*\.?", word) for word in words)
    if language == "vi" or language not in tables() or not shaped or not all(word[0].isupper() for word in words):
        return ""
    if any(map(str.isupper, words)) or _is_title(line, table) or remark(line) or _ends_sentence(line):
        return ""
    return "" if any(word in other for other in others for word in words if len(word) > 2) else line.strip()


def bylines(paragraphs: Sequence[str], language: str) -> dict[int, tuple[str, ...]]:
    """Which paragraphs are by-lines, and whom they name: within three of the head or the foot."""
    count = len(paragraphs)
    places = [number for number in range(count) if number < _HEAD or number >= count - _FOOT]
    found = {number: names for number in places if (names := byline(paragraphs[number], language))}
    if not found and count > 2 and (name := head_name(paragraphs, language)):
        found[0] = (name,)
    last = max((number for number in range(count) if number not in found), default=-1)
    if not found and last >= 2:
        signed = [foot_name(part, language) for part in re.split(r"\s+[-–—]\s+", paragraphs[last])]
        if all(signed) and len(signed) <= 3:
            found[last] = tuple(signed)
    return found if len(found) < count else {}


# Names


def _names(words: str, language: str, *, sure: bool) -> tuple[str, ...]:
    """The names in a by-line behind its lead-in. sure: a colon stands before, so that small letters are names too."""
    if not words or (words[-1] in _END and not re.search(r"\b[^\W\d_]\.$", words)):
        return ()
    table = _lines(language)
    pieces = [re.sub(r"\s*[(（][^()（）]*[)）]\s*", " ", piece) for piece in _split(words, table.get("joined", ()))]
    names = []
    for number, piece in enumerate(pieces):
        for lead_in in (*table.get("byline", ()), *table.get("beside", ())):
            if lead_in[-1] in ":：" and (rest := _without(piece.strip(), lead_in)):
                piece = rest
                break
        name = " ".join(piece.split())
        if not name or (number and _is_title(name, table)):
            continue
        if not (_is_name(name) or (sure and 2 <= len(name) <= _LONGEST_NAME)) or _is_title(name, table):
            return ()
        names.append(name)
    return tuple(dict.fromkeys(names))


def _split(words: str, joined: Iterable[str]) -> list[str]:
    spaced = [word for word in joined if word.isalnum() or word == "&"]
    signs = [word for word in joined if word not in spaced]
    pattern = "|".join([rf"\s+{re.escape(word)}\s+" for word in spaced] + [re.escape(word) for word in signs])
    return [part for piece in _PARTS.split(words) for part in (re.split(pattern, piece) if pattern else [piece])]


def _is_name(words: str) -> bool:
    """Whether this could be somebody's name: a few words, each with a capital where the script has any."""
    if not 2 <= len(words) <= _LONGEST_NAME or not all(letter.isalpha() or letter in _IN_NAMES for letter in words):
        return False
    parts = words.split()
    if len(parts) > _MOST_NAME_WORDS:
        return False
    cased = [part for part in parts if part[0].islower() or part[0].isupper()]
    return all(part[0].isupper() or part.casefold() in _PARTICLES for part in cased) and (
        not cased or parts[0][0].isupper() or (len(parts) > 1 and parts[-1][0].isupper() and parts[0] in _PARTICLES)
    )


def _is_title(words: str, table: Any) -> bool:
    folded = words.casefold()
    return any(re.search(rf"(?<!\w){re.escape(title.casefold())}", folded) for title in table.get("titles", ()))


# Credits


def _after_lead_in(words: str, language: str) -> str:
    """What stands behind the words that begin a credit, if it is a name."""
    known = _codes(language)
    for code in _everywhere(language):
        for lead_in in _longest_first(code, "credit"):
            rest = _without(words, lead_in)
            if not rest:
                continue
            bare = rest
            for kind in _longest_first(code, "kinds"):
                if (without := _without(bare, kind)) is not None:
                    bare = without
                    break
            sure = lead_in[-1] in ":："
            if code not in known and not (sure or bare != rest or (bare.isupper() and len(bare) > 2)):
                # "Theo" begins a credit in Vietnamese and is a name elsewhere.
                continue
            if address := _URL.match(rest):
                return address[0].rstrip(".,;)")
            if any(_are_outlets(one, sure=sure) for one in {bare, rest}) or (
                sure and bare and not _ends_sentence(bare) and len(bare.split()) <= 6
            ):
                return rest.strip()
    return ""


def _lead_in(words: str, language: str) -> bool:
    return any(_without(words, lead_in) is not None for lead_in in _lines(language).get("credit", ()))


def _are_outlets(words: str, *, sure: bool) -> bool:
    """Names in a row, each beginning with a capital, a figure, or a letter of a script without capitals."""
    parts = [part for part in re.split(r"\s*[,;/&+，、،]\s*|\s+[-–—]\s+", words) if part]
    if not parts or len(words.split()) > _MOST_WORDS:
        return False
    if not sure and len(parts) > 1 and any(len(part.split()) > 5 for part in parts):
        return False
    return all(part.casefold() in AGENCIES or (not part[0].islower() and part[0].isalnum()) for part in parts)


def _is_outlet(words: str, language: str) -> bool:
    """Whether a bracketed last line names an outlet: "(Reuters)", "(Agence Rive)"; not "(Ảnh minh họa)", "(End)"."""
    # German agencies sign in small letters: "(dpa)".
    if words.casefold() in AGENCIES or (
        language == "de" and re.fullmatch(r"[a-zäöü]{2,5}", words) and not remark(words)
    ):
        return True
    if len(words) > 40 or len(words.split()) > 6 or words[0].islower() or not words[0].isalpha():
        return False
    if remark(words):
        return False
    if language in tables():
        return True
    return all(not part[0].islower() for part in words.split())


def remark(words: str) -> bool:
    """Whether a line begins as remarks do, in any language: "Photo: …", "(Ảnh minh họa)", "End"."""
    folded = words.casefold()
    for code in tables():
        for beginning in _lines(code).get("remarks", ()):
            if folded.startswith(beginning) and (_caseless(beginning) or not folded[len(beginning) :][:1].isalpha()):
                return True
    return False


def _caseless(word: str) -> bool:
    return not (word[0].islower() or word[0].isupper())


def _ends_sentence(words: str) -> bool:
    return words[-1:] in _END


# Tables


@cache
def _lines(language: str) -> Any:
    return tables().get(language, {}).get("lines", {})


@cache
def _longest_first(language: str, key: str) -> tuple[str, ...]:
    return tuple(sorted(_lines(language).get(key, ()), key=len, reverse=True))


def _codes(language: str) -> tuple[str, ...]:
    """Whose words count: the text's own language, and English, in which agencies sign everywhere."""
    return (language, "en") if language != "en" else ("en",)


def _everywhere(language: str) -> tuple[str, ...]:
    """The same, and then all others: what ends with a colon means the same in any text."""
    known = _codes(language)
    return (*known, *(code for code in tables() if code not in known))


def _without(words: str, lead_in: str) -> str | None:
    """`words` behind a lead-in, None if they do not begin with it."""
    colon = lead_in[-1] in ":："
    stem = lead_in.rstrip(":： ") if colon else lead_in
    if words[: len(stem)].lower() != stem.lower():
        return None
    rest = words[len(stem) :]
    if colon:
        found = re.match(r"\s*[:：]\s*", rest)
        return rest[found.end() :] if found else None
    if stem[-1:] in "'’":
        return rest.strip() or None
    if rest[:1].isspace() or (rest and _caseless(rest[0]) and _caseless(stem[-1]) and ord(stem[-1]) > 0x3000):
        return rest.strip()
    return None
