"""Decides which of the days in a story is its date, and in which year.

A day without a year takes it from the headline, the lead, the body or the file's time, in this order: the first year
that makes it no later than the file's first sight and matches the weekday beside it. Without a stated hour it is noon.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache

from feeds.text import dates
from worker.model import Evidence
from worker.seeds.newswire import days
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.days import Day
from worker.seeds.newswire.tables import tables

_FIRST_YEAR = 1990
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?![\d%]|[.,]\d)")
_YEAR_WORD = re.compile(r"(?:năm|the year|l'année|el año|o ano|l'anno|dem Jahr|году?|року?)\s*$", re.IGNORECASE)
CLOCK = re.compile(
    r"(?<![\d:.,+-])(?:[ap]\.?m\.? |上午 ?|下午 ?|午前 ?|午後 ?|오전 ?|오후 ?)?\d{1,2}"
    r"(?:(?::|h|時|时|点|시 ?| giờ ?| h )\d{2}(?:(?::|分|분)(?:\d{2})?)?|\.\d{2}(?= uhr)|h(?!\w)| ?(?=[ap]\.?m\b))"
    r"(?: ?(?:uhr|น\.?|[ap]\.?m\b\.?|sa\b|ch\b))?"
    r"(?: ?\(?(?:(?:gmt|utc) ?(?:[+-]\d{1,2}(?::?\d{2})?)?|[+-]\d{2}:?\d{2}|z\b"
    r"|cet|cest|mez|mesz|est|edt|pst|pdt|bst|ict|wib|jst|kst|msk|мск|ist)\)?)?"
)


@dataclass(frozen=True, slots=True)
class Stated:
    """A day that may be the story's, and its place. text: around it, to find an hour. rank: lower is likelier.

    line: the number of the paragraph that holds nothing else, or -1.
    """

    rank: int
    day: Day
    text: str
    where: str
    line: int = -1


def date_of_publication(
    headline: str, lead: str, rest: Sequence[str], stated: Sequence[Stated], context: SeedContext, language: str
) -> tuple[datetime | None, list[Evidence], int]:
    """The first credible stated day, in UTC, its evidence, and the number of the paragraph that holds nothing else."""
    dropped: list[Evidence] = []
    for candidate in sorted(stated, key=lambda one: (one.rank, not one.day.year, one.day.start)):
        day = candidate.day
        passage = candidate.text[max(0, day.start - 20) : day.end + 20].strip()
        years = [(day.year, "")] if day.year else list(_years(headline, lead, rest, day, context, language))
        if not day.year and day.weekday is None and (named := _named_weekday(lead, language)) is not None:
            # A weekday elsewhere in the lead proves nothing, but may decide between two years.
            years.sort(key=lambda found: _weekday(found[0], day) != named)
        for year, source in years:
            if not day.year and day.weekday is not None and _weekday(year, day) != day.weekday:
                continue
            moment = _moment(year, candidate, context)
            if moment is not None:
                where = candidate.where + (f", year from {source}" if source else "")
                found = [Evidence("published", dates.rfc3339(moment), where, passage)]
                found += [Evidence("time of day", word, candidate.where, passage) for word in day.times]
                return moment, dropped + found, candidate.line
        dropped.append(Evidence("dropped", _why(day, context), candidate.where, passage))
    return None, dropped, -1


def _why(day: Day, context: SeedContext) -> str:
    try:
        moment = datetime(day.year or 2024, day.month, day.day, tzinfo=context.zone)
    except ValueError:
        return "there is no such day"
    if day.year and day.year < _FIRST_YEAR:
        return f"a day before {_FIRST_YEAR} is no day of publication"
    if day.year and moment > context.first_seen:
        return "a day later than first sight is not believed"
    return "no year fits this day and its weekday"


def _weekday(year: int, day: Day) -> int | None:
    try:
        return datetime(year, day.month, day.day, tzinfo=UTC).weekday()
    except ValueError:
        return None


def _named_weekday(lead: str, language: str) -> int | None:
    """The only weekday in the lead; None if there is none or more than one."""
    names = tables().get(language, {}).get("dates", {}).get("weekdays", ())
    low = days.lookup_form(lead)
    found = {
        number
        for number, group in enumerate(names)
        for name in group
        if len(name) > 3 and re.search(rf"(?<!\w){re.escape(days.lookup_form(name))}(?!\w)", low)
    }
    return found.pop() if len(found) == 1 else None


def _years(
    headline: str, lead: str, rest: Sequence[str], day: Day, context: SeedContext, language: str
) -> Iterator[tuple[int, str]]:
    """Years that a day without one may belong to, likeliest first; from a headline, the newest."""
    for year in sorted(_stated(headline, language), reverse=True):
        yield year, "the headline"
    for year in _stated(lead, language):
        yield year, "the lead"
    named = Counter(year for paragraph in rest for year in _stated(paragraph, language))
    for year in sorted(named, key=lambda year: (-named[year], -year)):
        yield year, "the body"
    written = min(context.modified or context.first_seen, context.first_seen).astimezone(context.zone)
    # The latest year that makes the day no later than the file's time; 29 February may be years ago.
    for year in range(written.year, written.year - 8, -1):
        if (year, day.month, day.day) <= (written.year, written.month, written.day):
            yield year, "the file's time"
            if (day.month, day.day) != (2, 29):
                return


def _stated(passage: str, language: str) -> list[int]:
    """The years in a passage, except those after "since" or "until"."""
    before, _ = _other_days(language.partition("-")[0].lower())
    years = [
        int(found[0])
        for found in _YEAR.finditer(passage)
        if not before.search(_YEAR_WORD.sub("", passage[max(0, found.start() - 40) : found.start()]))
    ]
    return list(dict.fromkeys(years))


def _moment(year: int, candidate: Stated, context: SeedContext) -> datetime | None:
    """That day at its stated hour, else at noon; None if there is no such day or it is after first sight."""
    day = candidate.day
    if not _FIRST_YEAR <= year <= 9990:
        return None
    try:
        noon = datetime.combine(datetime(year, day.month, day.day), time(12), context.zone)  # noqa: DTZ001  # the zone follows
        hour = _hour(year, candidate, context)
        if hour is not None:
            return hour if hour <= context.first_seen else None
        if noon.date() > context.first_seen.astimezone(context.zone).date():
            return None
        return min(noon.astimezone(UTC), context.first_seen.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def _hour(year: int, candidate: Stated, context: SeedContext) -> datetime | None:
    """The moment, if an hour is stated beside the day."""
    day = candidate.day
    low = days.lookup_form(candidate.text)
    low = low[: day.start] + "\0" * (day.end - day.start) + low[day.end :]
    for match in CLOCK.finditer(low):
        between = low[match.end() : day.start] if match.end() <= day.start else low[day.end : match.start()]
        if candidate.rank == 0 or (len(between) <= 12 and not re.search(r"\d|[.;] ", between)):
            clock = match[0].replace("мск", "msk").replace("น.", "").replace("น", "")
            clock = re.sub(r"\(|\)", " ", clock)
            return dates.parse(f"{year:04}-{day.month:02}-{day.day:02} {' '.join(clock.split())}", context.zone)
    return None


@cache
def _other_days(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns for words before and after a day that show it is not the story's: "since", "until"."""
    table = tables().get(language, {}).get("dates", {})
    before, behind = ("|".join(map(re.escape, table.get(key, ()))) or "(?!)" for key in ("not_after", "not_before"))
    return re.compile(rf"(?i)(?<!\w)(?:{before})\s*$"), re.compile(rf"(?i)\s*(?:{behind})")


def elsewhere(text: str, day: Day, language: str) -> bool:
    before, behind = _other_days(language.partition("-")[0].lower())
    return bool(before.search(text[max(0, day.start - 40) : day.start]) or behind.match(text[day.end : day.end + 20]))
