"""Finds days in running text: "16/12/2024", "Sáng 16.12", "March 3, 2025", "令和7年3月5日", "5 มี.ค. 68".

Words come from worker/seeds/newswire/languages/ (section [dates]); digits may be of any script. A number alone is no
day: a day without a year needs the name of a month, an introducing word, or brackets. Reads only the opening that
`dateline` passes.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from worker.seeds.newswire.tables import tables


@dataclass(frozen=True, slots=True)
class Day:
    """A day and its place in the text. year: 0 if missing. weekday: Monday is 0, None if missing.

    times: words for the time of day before it.
    """

    start: int
    end: int
    day: int
    month: int
    year: int = 0
    weekday: int | None = None
    times: tuple[str, ...] = ()


_LIKE = (
    {ord(c): "'" for c in "’ʼ＇"}
    | {ord(c): "-" for c in "‐‑‒–—―−－﹣"}
    | {ord(c): " " for c in "\u00a0\u202f\u3000\u2009\t"}
)
_HAN = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911, "中華民國": 1911}
_ANY_NUMBER = re.compile(r"[\d〇○零一二三四五六七八九十元]")
_NUMBER = r"(?:\d{1,4}|元|[〇○零一二三四五六七八九十]{1,4})"
_EAST_ASIAN = re.compile(
    rf"(?<![\d.])(?:(?P<era>{'|'.join(_ERAS)})?(?P<y>{_NUMBER}) ?[年년] ?)?(?P<m>(?:\d{{1,2}}|[一二三四五六七八九十]{{1,3}})) ?[月월] ?"  # noqa: E501
    r"(?P<d>(?:\d{1,2}|[一二三四五六七八九十]{1,3})) ?[日號号일]"
)
_YEAR_FIRST = re.compile(
    r"(?<![\w./-])(?P<y>\d{4})(?:(?P<s>[-/])(?P<m>\d{1,2})(?P=s)|\. ?(?P<m2>\d{1,2})\. ?)(?P<d>\d{1,2})(?![\d/-])"
)
_DAY_FIRST = re.compile(
    r"(?<![\w./,-])(?:(?P<d>\d{1,2}) ?(?P<s>[./-]) ?(?P<m>\d{1,2}) ?(?P=s) ?(?P<y>\d{4}))(?![\d/-]|[.,]\d)"
)
_SHORT_YEAR = re.compile(r"(?<![\w./,-])(?P<d>\d{1,2})(?P<s>[./])(?P<m>\d{1,2})(?P=s)(?P<y>\d{2})(?![\w/%-]|[.,]\d)")
# "16-18/12" counts as its first day.
_FIGURES = re.compile(
    r"(?<![\w./,-])(?P<d>\d{1,2})(?:-\d{1,2})?(?P<s>[./-])(?P<m>\d{1,2})(?![\w/%-]|[.,]\d| ?%"
    r"| ?(?:triệu|tỷ|tỉ|nghìn|ngàn|tấn|kg|km|ha|độ|điểm|million|billion|percent|millions|millionen"
    r"|prozent|grad|of|de|di|des|von)\b)"
)
_HALF = re.compile(r"\d ?[ap]\.?m\b")


def lookup_form(text: str) -> str:
    """`text` for look-ups, of the same length: lower case, ASCII digits, one kind of dash and apostrophe."""
    return "".join(map(_folded, text.translate(_LIKE)))


@cache
def _folded(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if "\uff01" <= character <= "\uff5e":
        character = chr(ord(character) - 0xFEE0)
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _bare(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _choice(words: Sequence[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", " ") for word in sorted(set(words), key=lambda w: (-len(w), w)))


class Tongue:
    """One language's table, compiled.

    Thai and Hindi words contain marks that are not \\w, so word ends are found accordingly.
    """

    def __init__(self, code: str, table: Mapping[str, Any]) -> None:
        self.code = code
        latin = code not in {"th", "hi", "ar", "he", "ru", "uk"}
        self.months = _numbered(table.get("months", ()), bare=latin and code != "vi")
        self.full = frozenset(lookup_form(names[0]) for names in table.get("months", ()) if names)
        self.weekdays = _numbered(table.get("weekdays", ()), bare=False)
        word = r"[\w\u0300-\u036f\u0900-\u097f]"
        end = "" if code in {"th", "ja", "zh", "ko"} else rf"(?!{word})"
        start = "" if code in {"th", "ja", "zh", "ko", "ar", "he"} else rf"(?<!{word})"
        labels = [lookup_form(label) for label in (*table.get("labels", ()), *table.get("times", ()))]
        #: What may accompany a date on a line of its own.
        self.labels = re.compile(rf"(?<!\w)(?:{_choice([*labels, *self.weekdays])})(?!\w)")
        self.leading = frozenset(map(lookup_form, table.get("before", ()))) | self.weekdays.keys()
        times = _choice([lookup_form(word) for word in table.get("times", ())])
        self.times = re.compile(rf"{start}(?:{times}){end}") if times else None
        between = _choice([lookup_form(word) for word in table.get("between", ())])
        before = _choice([lookup_form(word) for word in (*table.get("before", ()), *table.get("times", ()))])
        self.before = re.compile(rf"{start}(?:{before})[ ,(]*(?:nay[ ,(]*)?$") if before else None
        days, long = (_choice([name for name in self.weekdays if len(name) > least]) for least in (0, 1))
        gap = rf"[ ,.(]*(?:(?:{before})[ ,(]+)?[ (]*" if before else "[ ,.(]*"
        self.weekday_before = re.compile(rf"{start}(?P<w>{long})\.?{gap}$") if days else None
        self.weekday_after = re.compile(rf" ?(?:\((?P<w>{days})\.?\)|,? ?(?P<v>{long}){end})") if days else None
        self.named: tuple[re.Pattern[str], ...] = ()
        if self.months:
            month = "|".join(
                re.escape(name).replace(r"\ ", " +").replace(r"\.", r"\.? ?")
                for name in sorted(self.months, key=lambda n: (-len(n), n))
            )
            if code == "th":
                between = r"พ\.?ศ\.?|ค\.?ศ\.?|" + between
            link = rf"(?:(?:{between})\.? ?){{0,2}}" if between else ""
            ordinals = _choice([lookup_form(word) for word in table.get("ordinals", ())])
            ordinal = rf"(?:{ordinals})?" if ordinals else ""
            short = r"|[2-9]\d" if code == "th" else ""
            year = rf"(?: ?[,/-]? ?{link}(?P<y>\d{{4}}{short})(?![\d%]|[.,]\d))?"
            self.named = (
                re.compile(
                    rf"(?<![\w.,/])(?<!\d-)(?P<d>\d{{1,2}}){ordinal}(?: ?- ?\d{{1,2}}{ordinal})?"
                    rf"\.?[ /-]?{link}(?P<m>{month}){end}\.?"
                    rf"(?:/(?:{month}){end})?{year}"
                ),
                re.compile(
                    rf"{start}(?P<m>{month}){end}\.? ?(?P<d>\d{{1,2}}){ordinal}(?: ?- ?\d{{1,2}}{ordinal})?"
                    rf"(?![\w%:]|[.,]\d){year}"
                ),
            )


def _numbered(groups: Sequence[Sequence[str]], bare: bool) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, names in enumerate(groups):
        for name in names:
            found.setdefault(lookup_form(name), number)
            if bare:
                found.setdefault(_bare(lookup_form(name)), number)
    return found


@cache
def tongue(code: str) -> Tongue:
    """The table of a primary language subtag; empty if there is none."""
    return Tongue(code, tables().get(code, {}).get("dates", {}))


@cache
def codes() -> tuple[str, ...]:
    """The languages that have a table."""
    return tuple(code for code, table in tables().items() if "dates" in table)


def find_days(text: str, language: str) -> tuple[Day, ...]:
    """The days in `text`, in order. language: BCP 47, "" if unknown; tables of other languages supplement it."""
    if not _ANY_NUMBER.search(text):
        return ()
    low = lookup_form(text)
    own = tongue(language.partition("-")[0].lower())
    found = list(_in_figures(low, own)) + list(_named(low, text, own))
    if not any(day.year for day in found):
        known = own.code in codes()
        for other in map(tongue, codes()):
            # An abbreviation in another language may be a word in this one: "mar", "may", "set".
            found += [day for day in _named(low, text, other, plain=True) if day.year or not (known or found)]
            if not known and not found:
                found += _in_figures(low, other)
    return tuple(sorted(_longest(found), key=lambda day: day.start))


def _overlaps(day: Day, others: Sequence[Day]) -> bool:
    return any(day.start < other.end and other.start < day.end for other in others)


def _longest(days: Sequence[Day]) -> list[Day]:
    kept: list[Day] = []
    for day in sorted(days, key=lambda day: (-bool(day.year), day.start - day.end, day.start)):
        if not _overlaps(day, kept):
            kept.append(day)
    return kept


def _named(low: str, text: str, own: Tongue, plain: bool = False) -> Iterator[Day]:
    """plain: only months by the first name in the table."""
    for number, pattern in enumerate(own.named):
        for match in pattern.finditer(low):
            name = re.sub(" +", " ", match["m"])
            month = own.months.get(name)
            if month is None:  # written without full stops, or with spaces around them
                month = {key.replace(".", ""): value for key, value in own.months.items()}.get(re.sub("[. ]", "", name))
            if month is None or (plain and name not in own.full):
                continue
            if own.code == "en" and not text[match.start("m")].isupper():
                continue
            # "In May 12 people": the number counts something else.
            if number and not match["y"] and low[: match.start()].endswith(("in ", "im ", "en ", "since ")):
                continue
            yield _day(match, low, own, int(match["d"]), month + 1, match["y"] or "")


def _in_figures(low: str, own: Tongue) -> Iterator[Day]:
    for match in _EAST_ASIAN.finditer(low):
        count = _han(match["y"] or "")
        if match["era"]:
            count += _ERAS[match["era"]]
        yield _day(match, low, own, _han(match["d"]), _han(match["m"]), str(count or ""))
    for match in _YEAR_FIRST.finditer(low):
        yield _day(match, low, own, int(match["d"]), int(match["m"] or match["m2"]), match["y"])
    american = own.code in {"en", ""} and bool(_HALF.search(low))
    for match in _DAY_FIRST.finditer(low):
        day, month = int(match["d"]), int(match["m"])
        # Day first, as in most of the world; month first if the digits allow nothing else, or beside AM or PM.
        if (month > 12 >= day) or (american and match["s"] == "/" and day <= 12):
            day, month = month, day
        yield _day(match, low, own, day, month, match["y"])
    for pattern in (_SHORT_YEAR, _FIGURES):
        for match in pattern.finditer(low):
            if _marked(match, low, own):
                year = match.groupdict().get("y") or ""
                yield _day(match, low, own, int(match["d"]), int(match["m"]), f"20{year}" if year else "")


def _marked(match: re.Match[str], low: str, own: Tongue) -> bool:
    """Whether digits are marked as a day: by a word before them, brackets, or their place in a dateline."""
    before, after = low[max(0, match.start() - 40) : match.start()], low[match.end() : match.end() + 4]
    if before.endswith("(") and after.startswith((")", ",", " ")):
        return True
    if any(pattern and pattern.search(before) for pattern in (own.before, own.weekday_before)):
        return True
    return match.start() < 40 and before.endswith((", ", "، ")) and after.lstrip(" .").startswith(("(", "-"))


def _han(number: str) -> int:
    if not number or number == "元":
        return len(number)
    if number[0].isdigit():
        return int(number)
    if "十" in number:
        tens, _, ones = number.partition("十")
        return 10 * _HAN.get(tens, 1) + _HAN.get(ones, 0)
    return int("".join(str(_HAN[c]) for c in number))


def _day(match: re.Match[str], low: str, own: Tongue, day: int, month: int, year: str) -> Day:
    number = int(year or 0)
    if own.code == "th" and len(year) == 2:
        number += 2500
    if 2513 <= number <= 2643:
        number -= 543  # Thai calendars count from 543 BC.
    before, after = low[max(0, match.start() - 40) : match.start()], low[match.end() : match.end() + 20]
    weekday: int | None = None
    if own.weekday_before and (found := own.weekday_before.search(before)):
        weekday = own.weekdays[found["w"]]
    elif own.weekday_after and (behind := own.weekday_after.match(after)):
        weekday = own.weekdays[behind["w"] or behind["v"]]
    times = tuple(one[0] for one in own.times.finditer(before[-25:])) if own.times else ()
    return Day(match.start(), match.end(), day, month, number, weekday, times)
