"""What a line says of not being for readers, or not yet: "DRAFT v2 - do not share", "EDS: Embargoed until Monday".

Words are in the tables, section [keys]. Such a line holds nothing but what says so (`unready`, `embargo`, `embargoed`,
and at the very top `top`), what may stand beside it (`beside`, months, days of the week, times), and figures. One word
more makes it a line of a text, as in "Draft law passes" or "Embargo on coal until 2030". Only what can be said of
nothing but a text (`embargoed`, with a moment or a word of `until`) may have others behind it, and words for the text
(`own`) before it: "Material in this release is embargoed until 6 p.m., when the minister speaks". So may what a note
to editors (`notes`) begins with. An embargo that is over says nothing. Pure.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby

from feeds.text import dates
from worker.seeds.newswire import days
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.tables import tables
from worker.seeds.readers import header_keys

# Lists of verbs for what is done to a text.
_VERBS = ("publishing", "using")
_SAYING = ("unready", "embargo", "embargoed")
_MOST_WORDS, _LONGEST = 12, 150
# As much of a line as may say so.
_NEAR = 400
# Written without spaces between words, or with endings at them.
_JOINED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
# Units at figures, and the endings of Turkish.
_UNIT = re.compile(r"(?<=\d)(?:\s*[年月日時时分点點号號년월일시분]|'[^\W\d_]{1,4}\b)")
_HALF = re.compile(r"\b([ap])(\.\s?)m\b(\.?)")
_WORD = re.compile(r"[^\W_]+")
_GAP = re.compile(r"[\W_]+")
_STOP = re.compile(r"\s*(?:[^\w\s]|$)")
_FIGURE = re.compile(r"(?:\d+[^\W\d_]{0,3})+|(?:[vr]|rev|adv)\d+|q[1-4]|[hr]")
# As of a release of software.
_NUMBER = re.compile(r"[vV]?\d+(?:\.\d+)*")
_SHORT_YEAR = re.compile(r"\d[-./]\d{1,2}[-./]\d\d\b")
_SPACES = " \t*_#[](){}<>!.:|-–—“”\"'"


def verdict(line: str, context: SeedContext, *, top: bool = False) -> str:
    """What a line says: "unready" (it is not finished, or not for the public), "embargo" (not yet), or "".

    top: it is the first line of a text, or stands apart in capitals, so that words count that may mean much else.
    """
    line = line[:_NEAR]
    folded = _folded(line)
    if not _telling().search(folded):
        return "unready" if header_keys.unready(line.strip(_SPACES)) else ""
    found = _embargo(folded)
    sections = ("unready", "top") if top else ("unready",)
    if header_keys.unready(line.strip(_SPACES)) or _holds_only(found.rest if found else folded, *sections):
        return "unready"
    if found:
        return "" if _is_over(line, folded, found, context) else "embargo"
    return "unready" if _is_noted(line, folded) else ""


def names_embargo(line: str, *, sure: bool = True) -> bool:
    """Whether a line names an embargo, over or not. sure: it can be said of nothing but a text."""
    found = _embargo(_folded(line[:_NEAR]))
    return found is not None and (found.sure or not sure)


def without_own(name: str) -> str:
    """A folder's name without figures and words for what lies in it: "Pending" of "02 Pending stories"."""
    words = _GAP.split(_phrases("own").sub(" ", _folded(name)))
    return " ".join(word for word in words if not _FIGURE.fullmatch(word)).strip()


def of_time(value: str) -> bool:
    """Whether a value names some time, if no date that can be read: "tomorrow", "Monday 10:00", "Q1"."""
    return bool(value.strip()) and len(value) <= _LONGEST and not (_NUMBER.fullmatch(value) or _left(_folded(value)))


def goes_beside(word: str) -> bool:
    """Whether a word may stand beside one that says so: "final", "version", "2"."""
    return not _left(_folded(word))


def is_figure(word: str) -> bool:
    """Whether a word is a figure: "2026", "v2"."""
    return _FIGURE.fullmatch(_folded(word)) is not None


@dataclass(frozen=True, slots=True)
class _Embargo:
    """An embargo in a folded line. start, end: where the moment may stand. rest: what else the line says. sure: it can
    be said of nothing but a text.
    """

    start: int
    end: int
    rest: str
    sure: bool


def _embargo(folded: str) -> _Embargo | None:
    for found in _phrases("embargoed").finditer(folded):
        end, before = _behind(folded, found.end()), folded[: found.start()]
        # "This article must not be published before the court has ruled"
        ends = ("until", "before", "after") if _phrases("own").search(before) else ("until",)
        is_open = any(word.end() == len(found[0]) for word in _phrases(*ends).finditer(found[0]))
        if (is_open or _moments().search(folded, found.end(), end)) and not _left(
            _phrases("notes", "own", "beside").sub(" ", before)
        ):
            return _Embargo(found.end(), end, before, sure=True)
    first = _phrases("embargo", "embargoed").search(folded)
    if first and _holds_only(folded, "embargo", "embargoed"):
        rest = _without(folded, "embargo", "embargoed", "publishing", "freed")
        return _Embargo(first.end(), len(folded), rest, sure=False)
    return None


def _is_over(line: str, folded: str, found: _Embargo, context: SeedContext) -> bool:
    """Whether it is none ("no embargo", "cleared for release"), or its moment can be read, and is past."""
    saying = _phrases("freed", *_SAYING)
    if any(_phrases("freed").fullmatch(said[0]) for said in saying.finditer(folded, 0, found.end)):
        return True
    if header_keys.says(folded[found.start : found.end].strip(_SPACES)) in ("no", "now"):
        return True
    # A line that was folded to another length has its moment wherever it is.
    behind = line[found.start : found.end] if len(folded) == len(line) else line
    until = dates.parse(behind.strip(f"{_SPACES},"), context.zone, lenient=True)
    stated = next((day for day in days.find_days(line, "") if day.year), None)
    if until and not (stated or str(until.astimezone(context.zone).year) in behind or _SHORT_YEAR.search(behind)):
        return False  # a figure was taken for a year
    if stated and (until is None or until < dates.EARLIEST):
        try:
            until = datetime(stated.year, stated.month, stated.day, tzinfo=context.zone) + timedelta(days=1)
        except ValueError:
            return False
    if until is None or until < dates.EARLIEST or dates.ambiguous(behind):
        return False
    return until <= context.first_seen


def _is_noted(line: str, folded: str) -> bool:
    """Whether a note to editors begins with what says so: "EDS: HOLD for quotes", not "Note: Draft law passes"."""
    label = _phrases("notes").search(folded)
    if label is None or _left(folded[: label.start()]):
        return False
    found = _phrases("unready", "top", "embargo", "embargoed").search(folded, label.end())
    if found is None or _left(folded[label.end() : found.start()]):
        return False
    # "Note: hold on to your tickets"
    if _phrases("top").fullmatch(found[0]) and not (
        line[found.start() : found.end()].isupper() or _STOP.match(folded, found.end())
    ):
        return False
    gap = _GAP.match(folded, found.end())
    return _STOP.match(folded, found.end()) is not None or (gap and _beside().match(folded, gap.end())) is not None


def _holds_only(folded: str, *sections: str) -> bool:
    """Whether a line holds one of these phrases, and no word besides but those that may be there."""
    if len(folded) > _LONGEST or len(folded.split()) > _MOST_WORDS or not _phrases(*sections).search(folded):
        return False
    others = ("publishing", "freed") if "embargo" in sections else ()
    return not _left(_without(folded, *sections, *others, "unready", "embargo", "embargoed", "notes"))


def _without(folded: str, *sections: str) -> str:
    return _phrases(*sections).sub(" ", folded)


def _left(folded: str) -> bool:
    """Whether there is a word besides those that may be there, and figures."""
    rest = _beside().sub(" ", folded)
    return any(not _FIGURE.fullmatch(word) for word in _WORD.findall(rest))


def _behind(folded: str, start: int) -> int:
    """Where the first word is, from `start` on, that may not stand beside others."""
    while start < len(folded):
        found = _GAP.match(folded, start) or _beside().match(folded, start)
        if found is None:
            found = _WORD.match(folded, start)
            if found is None or not _FIGURE.fullmatch(found[0]):
                break
        start = found.end()
    return start


def _folded(line: str) -> str:
    """A line for look-ups; of the same length, unless it has letters that are two in one case."""
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", line).casefold())
    plain = _UNIT.sub(lambda unit: " " * len(unit[0]), composed.replace("’", "'").replace("_", " "))
    return _HALF.sub(lambda half: f"{half[1]}m".ljust(len(half[0])), plain)


@cache
def _telling() -> re.Pattern[str]:
    """What no line is without that says so. It is looked for first, in one search: most lines of a text are."""
    never, verb, only = (_choice(_words(*some)).pattern for some in (("forbidding",), _VERBS, ("allowing",)))
    said = _choice(_words("unready", "top", "embargo", "embargoed")).pattern
    return re.compile(rf"(?:{never}|{only})\s+(?:{verb})|{said}")


def _words(*sections: str) -> Iterator[str]:
    return (word for table in tables().values() for one in sections for word in table.get("keys", {}).get(one, ()))


@cache
def _phrases(*sections: str) -> re.Pattern[str]:
    """Any phrase of these sections, and those that are made of verbs."""
    made = [phrase for section in sections for phrase in _made().get(section, ())]
    return re.compile("|".join((*made, _choice(_words(*sections)).pattern)))


@cache
def _made() -> dict[str, tuple[str, ...]]:
    """What says in each language not to publish, "do not publish or broadcast", and not to before a moment, or only
    after one.
    """
    found: dict[str, list[str]] = {"unready": [], "top": [], "embargoed": []}
    for table in tables().values():

        def any_of(*sections: str, keys: Mapping[str, Sequence[str]] = table.get("keys", {})) -> str:
            return f"(?:{_choice(word for one in sections for word in keys.get(one, ())).pattern})"

        # A short word may join them: "or", "và".
        more = rf"(?:[,/]?\s*\(?(?:\w{{1,4}}\s+)?{any_of(*_VERBS)}\)?)*"
        never, where = any_of("forbidding"), rf"(?:\s+{any_of('own', 'media')})*"
        found["unready"].append(rf"{never}\s+{any_of('publishing')}{more}")
        found["top"].append(rf"{never}\s+{any_of('using')}{more}")
        found["embargoed"].append(rf"{never}\s+{any_of(*_VERBS)}{more}{where}\s+{any_of('before')}")
        found["embargoed"].append(rf"{any_of('allowing')}\s+{any_of('publishing')}{more}{where}\s+{any_of('after')}")
    return {section: tuple(phrases) for section, phrases in found.items()}


@cache
def _beside() -> re.Pattern[str]:
    return _choice(word for word in (*_words("beside"), *_names_of_times()) if len(word) > 1 or not word.isascii())


@cache
def _moments() -> re.Pattern[str]:
    """What stands for a moment: a figure, a month, a day of the week. Their short forms are words, too."""
    return re.compile(rf"\d|{_choice(word for word in _names_of_times() if len(word) > 3).pattern}")


def _names_of_times() -> tuple[str, ...]:
    dated = [table.get("dates", {}) for table in tables().values()]
    named = (names for one in dated for names in (*one.get("months", ()), *one.get("weekdays", ())))
    return (*(word for one in dated for word in one.get("times", ())), *(name for names in named for name in names))


def _choice(words: Iterable[str]) -> re.Pattern[str]:
    """Any of these words, the longest first; a part of a longer word is none of them."""
    folded = {_folded(word) for word in words}
    joined = {word for word in folded if _JOINED.search(word)}
    parts = [_one_of(joined), rf"(?<!\w)(?:{_one_of(folded - joined)})(?!\w)"]
    return re.compile("|".join(parts))


def _one_of(words: Iterable[str]) -> str:
    """A pattern for the longest of these words, which passes quickly over what begins with no letter of theirs."""
    firsts, parts = "", []
    for first, group in groupby(sorted(words, key=lambda word: (word[0], -len(word), word)), lambda word: word[0]):
        ends = "|".join(re.escape(word[1:]).replace(r"\ ", r"\s+") for word in group)
        firsts += re.escape(first)
        parts.append(f"{re.escape(first)}(?:{ends})")
    return rf"(?=[{firsts}])(?:{'|'.join(parts)})" if parts else "(?!)"
