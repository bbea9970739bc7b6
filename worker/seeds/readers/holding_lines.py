"""Whether a short line says that its text is not for readers, or not yet: "DRAFT v2 - do not share", "Embargo: Monday".

Such a line holds nothing but words of the tables, section [keys]: what says so (`unready`, `embargo`, and at the very
top `top`), and what may stand beside it (`beside`, months, days of the week, times), besides figures. One word more
makes it a line of a text, as in "Draft law passes". Pure.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache

from feeds.text import dates
from worker.seeds.newswire import days
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.tables import tables

_MOST_WORDS, _LONGEST = 12, 150
# Written without spaces between words, or with endings at them.
_JOINED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
# Units at figures, and the endings of Turkish.
_UNIT = re.compile(r"(?<=\d)(?:\s*[年月日時时分点點号號년월일시분]|'[^\W\d_]{1,4}\b)")
_HALF = re.compile(r"\b([ap])\.\s?m\b\.?")
_WORD = re.compile(r"[^\W_]+")
_FIGURE = re.compile(r"(?:\d+[^\W\d_]{0,3})+|[vr]\d+|rev\d+|q[1-4]|[hr]")
# As of a release of software.
_NUMBER = re.compile(r"[vV]?\d+(?:\.\d+)*")
_SPACES = " \t*_#[](){}<>!.:|-–—“”\"'"


def says_unready(line: str) -> bool:
    """Whether a line says that the text is not finished, or not for the public."""
    return _says(line, _phrases("unready"))


def says_at_top(line: str) -> bool:
    """Whether the first line of a text, or a label on its pages, says so in words that may mean much else elsewhere."""
    return says_unready(line) or _says(line, _phrases("top"))


def of_time(value: str) -> bool:
    """Whether a value names some time, if no date that can be read: "tomorrow", "Monday 10:00", "Q1"."""
    return bool(value.strip()) and len(value) <= _LONGEST and not (_NUMBER.fullmatch(value) or _left(_folded(value)))


def goes_beside(word: str) -> bool:
    """Whether a word may stand beside one that says so: "final", "version", "2"."""
    return not _left(_folded(word))


def is_figure(word: str) -> bool:
    """Whether a word is a figure: "2026", "v2"."""
    return _FIGURE.fullmatch(_folded(word)) is not None


def embargo(line: str, context: SeedContext) -> bool:
    """Whether a line names an embargo that has not ended, or whose end cannot be read."""
    folded = _folded(line)
    if len(line) > _LONGEST or not (found := _phrases("embargo").search(folded)):
        return False
    behind = line.strip(_SPACES) if len(folded) != len(line) else line[found.end() :]
    stated = [day for day in days.find_days(line, "") if day.year]
    opens = not folded[: found.start()].strip(_SPACES)
    if not (_says(line, _phrases("embargo")) or (opens and stated)):
        return False
    until = dates.parse(behind.strip(f"{_SPACES},"), context.zone, lenient=True)
    if until and until < dates.EARLIEST:
        until = None  # a figure was taken for a year
    if until is None and stated:
        day = stated[0]
        try:
            until = datetime(day.year, day.month, day.day, tzinfo=context.zone) + timedelta(days=1)
        except ValueError:
            return True
    return until is None or dates.ambiguous(behind) or until > context.first_seen


def _says(line: str, phrases: re.Pattern[str]) -> bool:
    folded = _folded(line)
    if len(line) > _LONGEST or len(folded.split()) > _MOST_WORDS or not phrases.search(folded):
        return False
    return not _left(_phrases("embargo").sub(" ", _phrases("unready").sub(" ", phrases.sub(" ", folded))))


def _left(folded: str) -> bool:
    """Whether there is a word besides those that may be there, and figures."""
    rest = _beside().sub(" ", folded)
    return any(not _FIGURE.fullmatch(word) for word in _WORD.findall(rest))


def _folded(line: str) -> str:
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", line).casefold())
    return _HALF.sub(r"\1m", _UNIT.sub(" ", composed.replace("’", "'").replace("_", " ")))


@cache
def _phrases(section: str) -> re.Pattern[str]:
    return _choice(word for table in tables().values() for word in table.get("keys", {}).get(section, ()))


@cache
def _beside() -> re.Pattern[str]:
    words: list[str] = []
    for table in tables().values():
        dated = table.get("dates", {})
        words += table.get("keys", {}).get("beside", ())
        words += dated.get("times", ())
        words += [name for names in (*dated.get("months", ()), *dated.get("weekdays", ())) for name in names]
    return _choice(word for word in words if len(word) > 1 or not word.isascii())


def _choice(words: Iterable[str]) -> re.Pattern[str]:
    """Any of these words, the longest first; a part of a longer word is none of them."""
    parts: list[str] = []
    for word in sorted({_folded(word) for word in words}, key=lambda word: (-len(word), word)):
        escaped = re.escape(word).replace(r"\ ", r"\s+")
        parts.append(escaped if _JOINED.search(word) else rf"(?<!\w){escaped}(?!\w)")
    return re.compile("|".join(parts))
