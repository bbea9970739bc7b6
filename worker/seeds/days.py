"""Days that a text names, in words of many languages and in digits.

A day is told from a figure by what stands around it: a month's name, a year, brackets, a weekday, or a word such as
"ngày" or "am" before it. Tables of words are in worker/seeds/languages/. Pure, and linear in the length of the text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from worker.seeds.tongue import tables

# Zeros of the decimal digits of other scripts (Unicode, general category Nd); nine more follow each.
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0x1040, 0x17E0)
_DIGITS = {zero + digit: str(digit) for zero in (*_ZEROS, 0xFF10) for digit in range(10)}

_BUDDHIST = 543
_ERAS = {"令和": 2018, "平成": 1988, "民國": 1911, "民国": 1911}
_FULL = (
    re.compile(r"(?<![\w./-])(?P<d>\d{1,2})(?P<s>[./-])\s?(?P<m>\d{1,2})(?P=s)\s?(?P<y>\d{4})(?![\d/-]|\.\d)"),
    re.compile(r"(?<![\w./-])(?P<y>\d{4})(?P<s>[./-])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?![\d/-]|\.\d)"),
    re.compile(
        r"(?:(?:(?P<era>令和|平成|民國|民国)\s?(?P<ey>\d{1,3}|元)|(?<!\d)(?P<y>\d{4}))\s?年\s?)?"
        r"(?<![\d.])(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})\s?[日号號]"
    ),
    re.compile(r"(?:(?<!\d)(?P<y>\d{4})\s?년\s?)?(?<![\d.])(?P<m>\d{1,2})\s?월\s?(?P<d>\d{1,2})\s?일"),
)
# Not before a unit, a percent sign or another number: "3.5 triệu", "2.4%", "3-1".
_SHORT = re.compile(
    r"(?<![\w.,/:-])(?P<d>\d{1,2})(?P<s>[./-])(?P<m>\d{1,2})(?!\d|[./:-]\d|,\d|\s*[%‰°$€£₫]"
    r"|\s*(?:triệu|tỷ|tỉ|nghìn|ngàn|tấn|kg|km|ha|độ|điểm|giờ|phút|lần|mét|người|lượt|million|millions|billion|percent|"
    r"Millionen|Milliarden|Prozent|millones|milioni|milhões|млн|млрд|тыс)\b)"
)
_NAMED_DAY = r"(?<![\w./–-])(?P<d>\d{1,2})(?:st|nd|rd|th|er|[ºª°.]|-?го|-?е)?\s*(?:(?:de|do|of|del|d[’'])\s*)?"
_NAMED_YEAR = r"(?:\.?,?\s*(?:(?:de|del|of|năm|พ\.ศ\.|ค\.ศ\.|عام|سنة|सन्|вересня)\s*)?(?P<y>\d{4})(?!\d))?"
_THAI_YEAR = r"(?:\s*(?:พ\.ศ\.|ค\.ศ\.)?\s*(?P<y>\d{4}|\d{2})(?!\d|[.:]\d))?"
_AROUND = 40


@dataclass(frozen=True, slots=True)
class Day:
    """A day named at text[start:end]. year: None where none is stated. weekday: 0 is Monday, None where none is stated.

    time: the word for the time of the day that stands before it, or "". elsewhere: a word says that it is another day
    than that of the story ("since", "until").
    """

    start: int
    end: int
    year: int | None
    month: int
    day: int
    weekday: int | None = None
    time: str = ""
    elsewhere: bool = False


def find(text: str, language: str) -> list[Day]:
    """Every day that `text` names, in order. language: whose words go first, "" for unknown."""
    plain = text.translate(_DIGITS)
    found: dict[int, Day] = {}
    taken: list[tuple[int, int]] = []
    for match, month, year in (*_digits(plain), *_named(plain, language)):
        start, end, day = match.start(), match.end(), int(match["d"])
        if not (1 <= month <= 12 and 1 <= day <= 31) or any(a < end and start < b for a, b in taken):
            continue
        taken.append((start, end))
        found[start] = _around(plain, language, start, end, year, month, day)
    for match in _SHORT.finditer(plain):
        start, end, day, month = match.start(), match.end(), int(match["d"]), int(match["m"])
        if any(a < end and start < b for a, b in taken):
            continue
        if language == "en":
            # 3/5 is in May or in March; who cannot tell should not.
            if month <= 12 and day <= 12 and month != day:
                continue
            day, month = (month, day) if month > 12 else (day, month)
        if 1 <= month <= 12 and 1 <= day <= 31 and _marked(plain, language, start, end):
            found[start] = _around(plain, language, start, end, None, month, day)
    return [found[start] for start in sorted(found)]


def _digits(plain: str) -> Iterator[tuple[re.Match[str], int, int | None]]:
    for pattern in _FULL:
        for match in pattern.finditer(plain):
            stated = match.groupdict()
            year = int(stated["y"]) if stated["y"] else None
            if stated.get("era"):
                year = _ERAS[stated["era"]] + (1 if stated["ey"] == "元" else int(stated["ey"]))
            yield match, int(stated["m"]), _gregorian(year)


def _named(plain: str, language: str) -> Iterator[tuple[re.Match[str], int, int | None]]:
    """With a month's name: in the words of the text's own language first, then of all the others."""
    for code in sorted(tables(), key=lambda code: (code != language, code != "en", code)):
        words = _words(code)
        if not words.months or not words.month_hint.search(plain):
            continue
        for pattern in words.months:
            for match in pattern.finditer(plain):
                # A short name of another language's month may be any word.
                if code == language or len(match["mon"]) > 3 or (code == "en" and match["y"]):
                    year = int(match["y"]) if match["y"] else None
                    if year is not None and year < 100:
                        year += 2500
                    yield match, words.month_of[match["mon"].casefold().rstrip(".")], _gregorian(year)


def _gregorian(year: int | None) -> int | None:
    """Thai years count from 543 BC."""
    return year - _BUDDHIST if year and 2480 <= year <= 2680 else year


def _around(plain: str, language: str, start: int, end: int, year: int | None, month: int, day: int) -> Day:
    words = _words(language)
    before, after = plain[max(0, start - _AROUND) : start], plain[end : end + _AROUND]
    weekday, before = _weekday(words, before, after)
    elsewhere = bool(words.not_after.search(before) or words.not_before.match(after))
    time = words.time.search(words.before.sub(" ", before))
    return Day(start, end, year, month, day, weekday, time[1] if time else "", elsewhere)


def _weekday(words: "_Words", before: str, after: str) -> tuple[int | None, str]:
    """The weekday beside a day, and what stands before the two."""
    for found in (words.weekday_before.search(before), words.weekday_after.match(after)):
        if found:
            rest = before[: found.start()] if found.string is before else before
            return words.weekday_of[found[1].casefold()], rest
    return None, before


def _marked(plain: str, language: str, start: int, end: int) -> bool:
    """Whether something tells digits such as 16.12 from a figure."""
    words = _words(language)
    before, after = plain[max(0, start - _AROUND) : start], plain[end : end + _AROUND]
    bracketed = before[-1:] in {"(", "（"} and after.lstrip(". ")[:1] in {")", "）", ",", ";"}
    return bool(
        bracketed
        or words.before.search(before)
        or words.time.search(before)
        or words.weekday_before.search(before)
        or words.weekday_after.match(after)
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """One language's table as patterns. before, time, not_after: at the end of what stands before a day."""

    months: tuple[re.Pattern[str], ...]
    month_hint: re.Pattern[str]
    month_of: Mapping[str, int]
    weekday_before: re.Pattern[str]
    weekday_after: re.Pattern[str]
    weekday_of: Mapping[str, int]
    before: re.Pattern[str]
    time: re.Pattern[str]
    times: str
    not_after: re.Pattern[str]
    not_before: re.Pattern[str]


def _table(language: str) -> Mapping[str, Any]:
    """The words of a language; of one that nobody knows, those of all others, but for the months."""
    if language:
        return tables().get(language, {}).get("dates", {})
    joined: dict[str, list[Any]] = {"weekdays": [[] for _ in range(7)]}
    for table in (one["dates"] for one in tables().values()):
        for key in ("before", "times", "not_after", "not_before"):
            joined.setdefault(key, []).extend(table.get(key, ()))
        for names, more in zip(joined["weekdays"], table["weekdays"], strict=True):
            # Short names of one language are words of another.
            names.extend(name for name in more if len(name) > 3)
    return joined


@cache
def _words(language: str) -> _Words:
    table = _table(language)
    months, weekdays = table.get("months", []), table.get("weekdays", [])
    names = _any(name for group in months for name in group)
    # Where months are written with a capital, a small letter means another word: "march", "may".
    case = "" if months and months[0][0][:1].isupper() else "(?i)"
    year = _THAI_YEAR if language == "th" else _NAMED_YEAR
    month = rf"(?P<mon>{names})(?![^\W\d_])"
    day_names = {name.casefold(): number for number, group in enumerate(weekdays) for name in group}
    named = _any(day_names, plain=[name for group in weekdays for name in group])
    # A single sign is a weekday in brackets only: 3月5日(水).
    long = _any((), plain=[name for group in weekdays for name in group if len(name) > 1])
    return _Words(
        months=tuple(
            re.compile(case + pattern)
            for pattern in (
                rf"{_NAMED_DAY}{month}{year}",
                rf"(?<![^\W\d_]){month}\.?\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\d.:]|[-/–]\d){year}",
            )
        )
        if months
        else (),
        month_hint=re.compile(case + names),
        month_of={name.casefold().rstrip("."): number for number, group in enumerate(months, 1) for name in group},
        weekday_before=re.compile(
            rf"(?i)(?<![^\W\d_])({long})[\s,.]*(?:(?:{_any(table.get('before', ()))})\s*)?[(（]?\s*$"
        ),
        weekday_after=re.compile(rf"(?i)\s*(?:[(（]\s*({named})\s*[)）])"),
        weekday_of=day_names,
        before=re.compile(rf"(?i)(?<![^\W\d_])(?:{_any(table.get('before', ()))})\s*[(（]?\s*$"),
        time=re.compile(rf"(?i)(?<![^\W\d_])({_any(table.get('times', ()))})[\s,]*[(（]?\s*$"),
        times=_any(table.get("times", ())),
        not_after=re.compile(rf"(?i)(?<![^\W\d_])(?:{_any(table.get('not_after', ()))})\s*$"),
        not_before=re.compile(rf"(?i)\s*(?:{_any(table.get('not_before', ()))})"),
    )


def _any(names: Iterable[str], plain: Iterable[str] = ()) -> str:
    """An alternation, the longest first; one that never matches if there is nothing."""
    every = sorted({*names, *plain}, key=lambda name: (-len(name), name))
    return "|".join(re.escape(name) for name in every) or r"(?!)"


def without_words(text: str, language: str) -> str:
    """`text` without names of weekdays, times of the day and words that stand before a day."""
    words = _words(language)
    names = {*words.weekday_of, *_table(language).get("before", ())}
    return re.sub(rf"(?i)(?<![^\W\d_])(?:{_any(names)}|{words.times})(?![^\W\d_])", " ", text)
