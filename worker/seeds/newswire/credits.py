"""Finds the names at the foot and under the headline: the credit line and the by-line.

Both are short lines of their own. A line that could be a sentence counts as one: it ends with a full stop, or a lead-in
such as "Theo" or "By" is not followed by a name. The words of each language are in worker/seeds/newswire/languages/.
Pure.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

from worker.seeds.newswire import names
from worker.seeds.newswire.dateline import AGENCIES, only_date
from worker.seeds.newswire.names import any_of, caseless, is_title, line_words, longest_first, people
from worker.seeds.newswire.tables import tables

_LONGEST_CREDIT = 80
_PARTS = re.compile(r"\s+[–—-]\s+|\s*[|•·:;/]\s+|\s*[：｜、]\s*")
_ISSUE = re.compile(r"(?i)(?:\b(?:nr|no|num|số|so|n°|nº)\.?\s*|[№#]\s*)?\b\d[\d/.-]*$")
_AROUND_MARK = " \t*_#[](){}<>!.:：“”\"'-–—=【】"
_LONGEST_BYLINE = 120
_LONGEST_ALONE = 50
_MOST_WORDS = 8
# How far a by-line may be from the head and the foot.
_HEAD, _FOOT = 3, 3
_RUNNING = 60

_END = ".!?…:;,。！？：；，،؛।"
_SIGNS = ":：/／"
_BRACKETED = re.compile(r"[(（\[【〈]\s*([^()（）\[\]【】]{2,80}?)\s*[)）\]】〉]\.?|/([^/\d]{2,30})/\.?")
_DASHED = re.compile(r"(?:--+|[—–―])\s*([^\s—–―-].{1,60})")
_RIGHTS = re.compile(r"(?i)(?:©|\(c\)|copyright(?:\s+©)?)\s*(?:(?:19|20)\d{2}(?:[-–]\d{2,4})?,?\s+)?([^\d\W].{1,60})")
_SIGN = re.compile(r"[:：/／]")
_URL = re.compile(r"(?i)(?:https?://|www\.)\S+")
_MAIL = re.compile(r"\s*[(<（]?[\w.+-]+@[\w-]+(?:\.[\w-]+)+[)>）]?\s*")
# Direction marks around a name, which do not change it.
_MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_NAME_AND_CREDIT = re.compile(r"([^()（）]{4,40}?)\s*[(（]([^()（）]{4,60})[)）]")


def credit(line: str, language: str) -> str:
    """The credit in the last line ("Theo TTXVN", "Source: …", "(Reuters)"), "" if it is not a credit."""
    words = line.strip().strip(_MARKS)
    if not 2 <= len(words) <= _LONGEST_CREDIT:
        return ""
    if words.casefold() in AGENCIES:
        return words
    if (rights := _RIGHTS.fullmatch(words)) and names.is_capitalised(rights[1]) and not _ends_sentence(rights[1]):
        return rights[1].strip()
    inner = (found[1] or found[2]) if (found := _BRACKETED.fullmatch(words)) else words
    if named := _after_lead_in(inner, language, bracketed=found is not None):
        return named if not _ends_sentence(named) else ""
    if _lead_in(inner, language) or _ends_sentence(inner):
        return ""
    if not found and (both := _NAME_AND_CREDIT.fullmatch(words)) and foot_name(both[1], language):
        return _after_lead_in(both[2], language, bracketed=True)
    alone = inner if found else dash[1] if (dash := _DASHED.fullmatch(words)) else ""
    return alone if alone and not byline(line, language) and _is_outlet(alone, language) else ""


def byline(line: str, language: str) -> tuple[str, ...]:
    """The authors named in a by-line, () if the line is not a by-line."""
    return _byline(line, _codes(language))


def _byline(line: str, known: Sequence[str]) -> tuple[str, ...]:
    """known: the languages whose words all count."""
    words = line.strip().strip(_MARKS)
    if not 2 <= len(words) <= _LONGEST_BYLINE:
        return ()
    found = _BRACKETED.fullmatch(words)
    words = found[1] or words if found else words
    words = _MAIL.sub(" ", words).strip(" *_")
    # From other languages, only lead-ins with a colon count.
    lead_ins = _lead_ins(words, "byline")
    for code in dict.fromkeys((*known, *tables())) if _SIGN.search(words) else known:
        for lead_in in lead_ins.get(code, ()):
            rest = _without(words, lead_in)
            if not rest or (code not in known and lead_in[-1] not in ":："):
                continue
            if named := people(rest, code, sure=lead_in[-1] in _SIGNS):
                return named
        if code in known and (named := _before_title(words, code)):
            return named
    if "ja" in known and found and names.is_name(words, "ja", sure=False) and not names.is_house(words, "ja"):
        return (words,)
    return ()


def _before_title(words: str, language: str) -> tuple[str, ...]:
    """The names before a word such as 기자 or "(thực hiện)", or after an outlet's reporter: "海岸社记者 …"."""
    words = words.removesuffix("=").rstrip()
    for suffix in longest_first(language, "after_name"):
        if words.endswith(suffix):
            before = words[: -len(suffix)].strip()
            for lead_in in line_words(language).get("byline", ()):
                stem = lead_in.rstrip(":： ")
                before = before.removeprefix(stem).strip() if before.startswith(f"{stem} ") else before
            if caseless(before[:1] or "a"):
                return names.names_before_sign(before, language)
            return (before,) if names.is_name(before, language) and len(before.split()) > 1 else ()
    if language == "zh":
        for lead_in in longest_first(language, "byline"):
            place = words.find(lead_in)
            if 2 <= place <= 10 and names.is_house(words[:place], language):
                return people(words[place + len(lead_in) :].strip(), language, sure=False)
    return ()


def names_others(line: str, authors: Sequence[str], language: str) -> bool:
    """Whether a by-line also names somebody who is no author: "Reporting by …; Editing by …"."""
    for name in authors:
        line = line.replace(name, " ", 1)
    return any(people(found[2].strip(), language, sure=not found[1][-1].isalpha()) for found in _by().finditer(line))


@cache
def _by() -> re.Pattern[str]:
    """The last word of a lead-in of any language, or a colon, and what is named behind it."""
    words = {
        word for code in tables() for lead_in in line_words(code).get("byline", ()) for word in lead_in.split()[-1:]
    }
    bare = sorted(re.escape(word) for word in words if word[-1] not in ":：" and not caseless(word[0]))
    return re.compile(rf"(\b(?:{'|'.join(bare)})\s|[:：])([^,;|/()（）；，、:：]+)", re.IGNORECASE)


def date_after_byline(line: str) -> str:
    """The text with digits after the names of a by-line, which may be a date; "" if there is none."""
    found = re.search(r"(?:[|,;·(（]|\s[-–—])\s*([^|;]*\d[^|;]*)$", line)
    return found[1].strip(" )）") if found and not _MAIL.search(line) else ""


@cache
def _labels() -> re.Pattern[str]:
    stems = {re.escape(one.rstrip(":： ")) for code in tables() for one in line_words(code).get("headline", ())}
    return re.compile(rf"(?:{'|'.join(sorted(stems)) or '(?!)'})\s?[:：]\s*(?=\S)", re.IGNORECASE)


def headline_label(line: str) -> re.Match[str] | None:
    """A label that marks a first line as the headline: "Title:", "Tiêu đề:"."""
    return _labels().match(line)


def beside_release(line: str) -> str | None:
    """What a line says beside that a press release follows, a date or a number: "" for nothing, None if it is no such
    line: "FOR IMMEDIATE RELEASE", "Pressemitteilung Nr. 12/2025".
    """
    parts = [part.strip(_AROUND_MARK) for part in _PARTS.split(line)] if len(line) <= _LONGEST_BYLINE else []
    marked, beside = False, list[str]()
    for part in filter(None, parts):
        number = _ISSUE.search(part)
        if _folded_mark(part) in _releases():
            marked = True
        elif number and _folded_mark(part[: number.start()]) in _releases():
            marked = True
            beside.append(number[0])
        elif only_date(part, ""):
            beside.append(part)
        else:
            return None
    return " ".join(beside) if marked else None


def _folded_mark(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words.casefold().replace("ı", "i"))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).strip(_AROUND_MARK).split())


@cache
def _releases() -> frozenset[str]:
    return frozenset(_folded_mark(word) for code in tables() for word in line_words(code).get("release", ()))


def ends(line: str) -> bool:
    """Whether a line only marks the end of the story, or is a remark in brackets: "-30-", "(END)", "(Ảnh minh họa)"."""
    words = line.strip()
    if not any(map(str.isalpha, words)):
        return len(words) <= 20 and (not any(map(str.isdigit, words)) or words.strip(" -–—#*") == "30")
    bracketed = _BRACKETED.fullmatch(words)
    inner = ((bracketed[1] or bracketed[2]) if bracketed else words).strip(" -–—*#")
    return remark(inner) and (bracketed is not None or len(inner) <= 7)


def signs(line: str) -> bool:
    """Whether a line is a by-line or a credit in any language."""
    return bool(_byline(line, tuple(tables()))) or any(credit(line, code) for code in tables())


def foot_name(line: str, language: str) -> str:
    """The name in a last line that is nothing else, in a language whose papers sign like that; else ""."""
    table = line_words(language)
    if caseless(line[:1] or "1") or line.strip() in table.get("not_names", ()):
        return ""
    surnames = {name.casefold() for name in table.get("surnames", ())}
    words = line.split()
    named = 2 <= len(words) <= 4 and words[0].casefold() in surnames
    return line.strip() if named and all(word.isalpha() and word[0].isupper() for word in words) else ""


def head_name(paragraphs: Sequence[str], language: str) -> str:
    """The name in a line under the headline that is nothing else, above running text; else ""."""
    if len(paragraphs[1]) < _RUNNING:
        return ""
    return foot_name(paragraphs[0], language) or bare_name(paragraphs[0], paragraphs[1:], language)


def bare_name(line: str, others: Sequence[str], language: str) -> str:
    """A line of two or three capitalised words found in no other paragraph: a place or a topic would recur."""
    words = line.split()
    shaped = 2 <= len(words) <= 3 and all(re.fullmatch(r"[^\W\d_]\w*(?:[-'’.][^\W\d_]\w*)*\.?", word) for word in words)
    if language == "vi" or language not in tables() or not shaped or not all(word[0].isupper() for word in words):
        return ""
    if any(map(str.isupper, words)) or is_title(line, language) or remark(line) or _ends_sentence(line):
        return ""
    return "" if any(word in other for other in others for word in words if len(word) > 2) else line.strip()


def bylines(paragraphs: Sequence[str], language: str) -> dict[int, tuple[str, ...]]:
    """The paragraphs that are by-lines, within three of the head or foot, with the names in each."""
    count = len(paragraphs)
    places = [number for number in range(count) if number < _HEAD or number >= count - _FOOT]
    found = {number: named for number in places if (named := byline(paragraphs[number], language))}
    if not found and count > 2 and (name := head_name(paragraphs, language)):
        found[0] = (name,)
    if not found and count > 2:
        last = count - 1
        # There may be a name above the credit as well.
        if credit(paragraphs[last], language) and not foot_names(paragraphs[last], language):
            last -= 1
        signed = foot_names(paragraphs[last], language)
        if signed and last >= 2 and not foot_names(paragraphs[last - 1], language):
            found[last] = signed
    return found if len(found) < count else {}


def foot_names(line: str, language: str) -> tuple[str, ...]:
    """Up to three names in a line with nothing else: "Mai Hoa - Quốc Bảo"."""
    signed = [foot_name(part, language) for part in re.split(r"\s+[-–—]\s+", line)]
    return tuple(signed) if all(signed) and len(signed) <= 3 else ()


def foot_author(line: str, language: str) -> str:
    """The author before the credit in the same line: "Lê Diệp Anh (theo TTXVN)"."""
    both = _NAME_AND_CREDIT.fullmatch(line.strip())
    return foot_name(both[1], language) if both and credit(line, language) else ""


# Credits


def _after_lead_in(words: str, language: str, *, bracketed: bool) -> str:
    """The words after the lead-in of a credit, if they are a name."""
    known = _codes(language)
    lead_ins, all_weak = _lead_ins(words, "credit"), _lead_ins(words, "weak")
    for code in _everywhere(language) if lead_ins or all_weak else ():
        weak = all_weak.get(code, ())
        for lead_in in (*lead_ins.get(code, ()), *weak):
            rest = _without(words, lead_in)
            if not rest or (names.small(lead_in[0]) and not bracketed):
                continue
            if any_of(line_words(code).get("not_credit", ()), rest):
                return ""
            bare = rest
            for kind in longest_first(code, "kinds"):
                if (without := _without(bare, kind)) is not None:
                    bare = without
                    break
            sure = lead_in[-1] in ":："
            if code not in known and not (sure or bare != rest or (bare.isupper() and len(bare) > 2)):
                # "Theo" begins a credit in Vietnamese and is a name elsewhere.
                continue
            for ending in line_words(code).get("reported", ()):
                rest = rest.removesuffix(ending)
            if address := _URL.match(rest):
                return address[0].rstrip(".,;)")
            if lead_in in weak:
                if bare != rest or names.is_known_outlet(rest, code):
                    return rest.strip()
                continue
            if any(_are_outlets(one, sure=sure) for one in {bare, rest}) or (
                sure and bare and not _ends_sentence(bare) and len(bare.split()) <= 6
            ):
                return rest.strip()
    return ""


def _lead_in(words: str, language: str) -> bool:
    return any(_without(words, lead_in) is not None for lead_in in line_words(language).get("credit", ()))


def _are_outlets(words: str, *, sure: bool) -> bool:
    """Whether the words are names in a row, each beginning with a capital, a digit or a letter without case."""
    parts = [part for part in re.split(r"\s*[,;/&+，、،]\s*|\s+[-–—]\s+", words) if part]
    if not parts or len(words.split()) > _MOST_WORDS:
        return False
    if not sure and len(parts) > 1 and any(len(part.split()) > 5 for part in parts):
        return False
    return all(part.casefold() in AGENCIES or (not part[0].islower() and part[0].isalnum()) for part in parts)


def _is_outlet(words: str, language: str) -> bool:
    """Whether a bracketed last line names an outlet: "(Reuters)", "(Agence Rive)"; not "(Ảnh minh họa)", "(End)"."""
    # German agencies sign in lower case: "(dpa)", "(afp/dpa)".
    agencies = language == "de" and re.fullmatch(r"[a-zäöü]{2,5}(?:/[a-zäöü]{2,5})?", words)
    if remark(words):
        return False
    if agencies or names.is_known_outlet(words, language):
        return True
    many = len(words) > _LONGEST_ALONE or len(words.split()) > 6
    if many or names.small(words[0]) or not words[0].isalpha() or is_title(words, language):
        return False
    if caseless(words[0]):
        return len(words.split()) <= 3
    kinds = any(_without(words, kind) for kind in line_words(language).get("kinds", ()))
    return names.is_capitalised(words) or kinds


def remark(words: str) -> bool:
    """Whether a line begins like a remark in any language: "Photo: …", "(Ảnh minh họa)", "End"."""
    return any(any_of(line_words(code).get("remarks", ()), words) for code in tables())


def _ends_sentence(words: str) -> bool:
    return words[-1:] in _END


# Tables


def _codes(language: str) -> tuple[str, ...]:
    """The languages whose words count: the text's own and English, in which agencies sign everywhere."""
    return (language, "en") if language != "en" else ("en",)


def _everywhere(language: str) -> tuple[str, ...]:
    """The same languages, then all others: a lead-in with a colon means the same in any text."""
    known = _codes(language)
    return (*known, *(code for code in tables() if code not in known))


def _lead_ins(words: str, section: str) -> Mapping[str, Sequence[str]]:
    """The lead-ins that begin with the first letter of these words, by language, the longest first."""
    return _by_letter(section).get(words[:1].lower()[:1], {})


@cache
def _by_letter(section: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for code in tables():
        for lead_in in longest_first(code, section):
            found.setdefault(lead_in[0].lower()[:1], {}).setdefault(code, []).append(lead_in)
    return found


def _without(words: str, lead_in: str) -> str | None:
    """`words` after a lead-in, None if they do not begin with it."""
    colon = lead_in[-1] in ":："
    stem = lead_in.rstrip(":： ") if colon else lead_in
    if words[: len(stem)].lower() != stem.lower():
        return None
    rest = words[len(stem) :]
    if colon:
        found = re.match(r"\s*[:：]\s*", rest)
        return rest[found.end() :] if found else None
    if stem[-1:] in "'’/／":
        return rest.strip() or None
    if rest[:1].isspace() or (rest and caseless(rest[0]) and caseless(stem[-1]) and ord(stem[-1]) > 0x3000):
        return rest.strip()
    return None
