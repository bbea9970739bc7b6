"""The opening of a wire story: outlet code, place, agency, and the day that it is dated.

A full date wins. A day and month take their year from the headline, the lead, the body and the file's time, in this
order: the first that puts the day no later than the file's first sight, and on the weekday that is stated. Without a
stated hour it is noon in the home's zone. What is dated later than first sight is not believed. Pure.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from feeds import dates
from worker.model import Evidence
from worker.seeds.days import Day, find, without_words
from worker.seeds.front import SeedContext
from worker.seeds.tongue import tables

# Where a day may stand: in the dateline itself, else in the opening of the lead.
_DATELINE_LENGTH = 70
_OPENING_LENGTH = 220
_LONGEST_DATELINE = 140
_LONGEST_DATE_LINE = 100
_MOST_OTHER_LETTERS = 24
_FIRST_YEAR = 1990

_DASH = r"(?:--+|[-–—―])"
_CODE = re.compile(
    rf"(?:([^\W\d_]{{2,6}}(?:[.-][^\W\d_]{{2,5}})?)|([^\W\d_]\w*\.[^\W\d_]{{2,4}})|\(([^()\d=]{{2,30}})\)|【([^【】\d＝=]{{2,20}})】)"
    rf"(?(4)\s*|(?:\s+{_DASH}\s+|\s*[–—―]\s*|{_DASH}\s+))(?=\S)"
)
_SEPARATOR = re.compile(rf"\s{_DASH}\s|[–—―]|\)\s*[:：=-]|[】）)](?=\S*\s)|电\s|電\s|：")
_BRACKETS = re.compile(r"[(（]([^()（）]{2,40})[)）]|/([^/\d]{2,30})/")
_PLACE = re.compile(r"[^\W\d_][^,،、(（/\d:：【】=＝–—―]{1,40}")
_YEAR = re.compile(r"(?<![\d.,/-])(?:(?:19|20)\d{2}|25[3-9]\d)(?![\d%/-]|[.,]\d)")
_HOUR = re.compile(r"\b\d{1,2}(?::|h)\d{2}|\b\d{1,2}\s?(?:[ap]\.?m\b|Uhr\b|giờ\b|h\b)|\d\s?[時时点點시]")
_CLOCK = re.compile(r"\d{1,2}[:h.]\d{2}(?:[:.]\d{2})?|\(?(?:GMT|UTC)\s?[+-]?\d{0,2}(?::?\d\d)?\)?|[+-]\d\d:?\d\d")
_VOWELS = frozenset("AEIOUYÄÖÜÁÉÍÓÚÀÈÌÒÙ")
_AGENCIES = frozenset(
    "AAP AFP AGI ANI ANP ANSA AP APA BNS BTA DPA EFE EPD IANS KNA LUSA MTI NTB PAP PTI RIA TASS TT UNIAN UPI".split()
)
_VI_PLACE = re.compile(r"TP\W?\s?HCM")


@dataclass(frozen=True, slots=True)
class Opening:
    """What the opening says. lead: index of the lead among the paragraphs; lines before it are dates only.

    summary_from: how many characters of the lead are the outlet's code with its dash. published: UTC, None for no date.
    """

    lead: int = 0
    outlet: str = ""
    summary_from: int = 0
    place: str = ""
    agency: str = ""
    published: datetime | None = None
    evidence: tuple[Evidence, ...] = ()


def read(headline: str, paragraphs: Sequence[str], language: str, context: SeedContext) -> Opening:
    """The opening of a story whose by-lines are out. paragraphs: plain text, one line each."""
    number = 0
    while number < min(2, len(paragraphs) - 1) and _only_a_date(paragraphs[number], language):
        number += 1
    lead = paragraphs[number] if paragraphs else ""
    outlet, length = outlet_code(lead, language)
    place, agency = _place(lead[length:], language)
    evidence = [
        Evidence("dateline", f"{kind}: {words}", "the beginning of the lead", lead[:_LONGEST_DATELINE])
        for kind, words in (("outlet", outlet), ("place", place), ("agency", agency))
        if words
    ]
    reading = _Reading(headline, lead, tuple(paragraphs[number + 1 :]), language, context)
    published = reading.published(paragraphs[:number], length)
    return Opening(number, outlet, length, place, agency, published, (*reading.evidence, *evidence))


def outlet_code(lead: str, language: str) -> tuple[str, int]:
    """The outlet that the lead begins with ("VHO - ", "(Dân trí) – "), and how many characters that takes."""
    table = tables().get(language, {}).get("lines", {})
    for name in table.get("outlets", ()):
        if lead.startswith(name) and (dash := re.match(rf"\s*{_DASH}\s+", lead[len(name) :])):
            return name, len(name) + dash.end()
    found = _CODE.match(lead)
    if found is None:
        return "", 0
    code = next(filter(None, found.groups()), "")
    if found[1] and not _is_code(code, language, table.get("places", ())):
        return "", 0
    if found[2] and not (code.rpartition(".")[2].isupper() or code.rpartition(".")[2] in {"vn", "com", "net", "org"}):
        return "", 0
    return code.strip(), found.end()


def _is_code(word: str, language: str, places: Sequence[str]) -> bool:
    """Letters in capitals that are no place: agencies and papers sign so, and places stand so too."""
    letters = word.replace(".", "").replace("-", "")
    if word in places or _VI_PLACE.fullmatch(word):
        return False
    if letters.isupper():
        spoken = not _VOWELS.isdisjoint(letters)
        return language == "vi" or "." in word or len(letters) <= 3 or word in _AGENCIES or not spoken
    # VnExpress, NhanDan: a capital within the word.
    return word[:1].isupper() and any(letter.isupper() for letter in word[1:]) and len(word) >= 4


def _place(lead: str, language: str) -> tuple[str, str]:
    """Place and agency of a dateline; ("", "") where the lead begins with none."""
    opening = lead[:_LONGEST_DATELINE].strip("（(【 ")
    end = _SEPARATOR.search(opening)
    head = opening[: end.end()] if end else ""
    agency = next(
        (name for found in _BRACKETS.finditer(lead[:_LONGEST_DATELINE]) if (name := _name(found, language))), ""
    )
    if not end or not (agency or find(head, language)):
        return "", ""
    place = _PLACE.match(opening)
    words = place[0].strip(" .-") if place else ""
    return (words if len(words) <= 40 and not words[:1].islower() else ""), agency.strip()


def _name(found: re.Match[str], language: str) -> str:
    words = found[1] or found[2]
    return "" if any(letter.isdigit() for letter in words) or find(words, language) else words.rpartition("=")[2]


def _only_a_date(line: str, language: str) -> bool:
    """Whether a line is nothing but a date, perhaps with a place, an hour and a word such as "Published:"."""
    if len(line) > _LONGEST_DATE_LINE:
        return False
    found = [day for day in find(line, language) if day.year or day.weekday is not None or len(line) < 40]
    if not found:
        return False
    rest = line[: found[0].start] + " " + line[found[-1].end :]
    rest = without_words(re.sub(r"^[^:：]{2,25}[:：]", "", _CLOCK.sub("", rest)), language)
    others = re.findall(r"[^\W\d_]+", rest)
    # What remains may be a place.
    return (
        len(others) <= 4
        and sum(map(len, others)) <= _MOST_OTHER_LETTERS
        and not any(word[0].islower() for word in others)
        and not re.search(r"[.!?…]\s*$", line)
    )


class _Reading:
    """Looks for the day of one story; `evidence` grows as it goes."""

    def __init__(self, headline: str, lead: str, rest: tuple[str, ...], language: str, context: SeedContext) -> None:
        self.headline, self.lead, self.rest = headline, lead, rest
        self.language, self.context = language, context
        self.evidence: list[Evidence] = []

    def published(self, date_lines: Sequence[str], skipped: int) -> datetime | None:
        for line in date_lines:
            for day in find(line, self.language):
                if moment := self._believed(day, line, "the line above the lead", hour=True):
                    return moment
        opening = self.lead[:_OPENING_LENGTH]
        days = [day for day in find(opening, self.language) if not day.elsewhere]
        near = min(_DATELINE_LENGTH + skipped, _OPENING_LENGTH)
        if end := _SEPARATOR.search(opening, skipped):
            near = max(near, end.start())
        for day in sorted(days, key=lambda day: (day.start > near, day.year is None, day.start)):
            if moment := self._believed(day, self.lead, "the dateline of the lead"):
                return moment
        for day in find(self.headline[:_OPENING_LENGTH], self.language):
            if day.year and not day.elsewhere and (moment := self._believed(day, self.headline, "the headline")):
                return moment
        return None

    def _believed(self, day: Day, text: str, place: str, *, hour: bool = False) -> datetime | None:
        passage = " ".join(text[max(0, day.start - 20) : day.end + 5].split()) if len(text) > 80 else text
        for year, source in [(day.year, "")] if day.year else self._years(day):
            moment = self._moment(year, day, text if hour and _HOUR.search(text) else "")
            if moment and (day.year or self._on_weekday(year, day)):
                where = f"{place}{f', the year from {source}' if source else ''}"
                self.evidence.append(Evidence("published", dates.rfc3339(moment), where, passage))
                if day.time:
                    self.evidence.append(Evidence("time of day", day.time, f"{place}; no hour is stated: noon"))
                return moment
        reason = "a day that does not exist, lies after the file was first seen, or is no such weekday"
        self.evidence.append(Evidence("dropped", reason, place, passage))
        return None

    def _years(self, day: Day) -> Iterator[tuple[int, str]]:
        """Years that a day without one may belong to, the most telling first, and where each stands."""
        yield from ((year, "the headline") for year in sorted(_stated([self.headline]), reverse=True))
        yield from ((year, "the lead") for year in _stated([self.lead]))
        body = Counter(year for paragraph in self.rest for year in _stated([paragraph]))
        yield from ((year, "the text") for year, _ in body.most_common())
        seen = self.context.first_seen
        written = min(self.context.modified or seen, seen).astimezone(self.context.zone)
        # The day lies before the file was written: in its year, or in the one before.
        late = (day.month, day.day) > (written.month, written.day)
        yield written.year - late, "the file's time"
        yield written.year - late - 1, "the file's time"

    def _on_weekday(self, year: int, day: Day) -> bool:
        return day.weekday is None or datetime(year, day.month, day.day, tzinfo=UTC).weekday() == day.weekday

    def _moment(self, year: int | None, day: Day, line: str) -> datetime | None:
        """Noon of that day, or the hour that `line` states; None for no such day, or one after first sight."""
        if year is None or year < _FIRST_YEAR:
            return None
        zone, seen = self.context.zone, self.context.first_seen
        try:
            noon = datetime.combine(datetime(year, day.month, day.day), time(12), zone)  # noqa: DTZ001  # zone follows
        except ValueError:
            return None
        stated = dates.parse(re.sub(r"^[^:：\d]{2,25}[:：]", "", line).strip(), zone) if line else None
        if stated and abs((stated - noon).total_seconds()) <= 26 * 3600:
            return stated.astimezone(UTC) if stated <= seen else None
        if noon.date() > seen.astimezone(zone).date():
            return None
        return min(noon.astimezone(UTC), seen)


def _stated(passages: Iterable[str]) -> list[int]:
    """Years that stand there, each once, in order."""
    years = (int(found[0]) for passage in passages for found in _YEAR.finditer(passage))
    return list(dict.fromkeys(year - 543 if year > 2500 else year for year in years))
