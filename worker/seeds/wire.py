"""Plain text, written as agencies write it: headline, lead with outlet and day, paragraphs, credit line.

Nothing is asked of the author and nothing is thrown away: every word of the file is in the title or the content, but
for a stray angle bracket at a line's end. What is read out of the text is read conservatively: a day counts only in the
opening of the lead, next to a word that says so, and never when it lies after the file's first sight.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time
from itertools import pairwise

from feeds import dates, text
from worker.model import RawEntry, Reading
from worker.seeds.encoding import LINE_END, visible
from worker.seeds.front import SeedContext

# A first line longer than this is a paragraph: the title is cut from it and the line stays in the content.
_LONGEST_TITLE = 300
_LONGEST_CREDIT = 60
# Where a dateline may stand: the opening of the lead.
_DATELINE_LENGTH = 200
# A day without a year that lies this near to the first sight is that day.
_NEAR_DAYS = 7
_FIRST_YEAR = 1990
# Wider than any terminal or mail program wraps: lines beyond it are paragraphs.
_WIDEST_WRAP = 100

_BULLET = re.compile(r"(?:[-*+•–—]|\d{1,3}[.)])\s")
_OUTLET = re.compile(r"(?:([^\W\d_]{2,6}(?:\.[^\W\d_]{2,3})?)|\([^()]{2,30}\))\s+[-–—]+\s+(?=\S)")

_FULL_DAY = (
    re.compile(r"(?<![\d./-])(?P<d>\d{1,2})(?P<s>[./-])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4})(?![\d/-])"),
    re.compile(r"(?<![\d./-])(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?![\d/-])"),
    re.compile(r"\bngày\s+(?P<d>\d{1,2})\s+tháng\s+(?P<m>\d{1,2})\s+năm\s+(?P<y>\d{4})\b", re.IGNORECASE),
)
# "Sáng 16.12", "ngày 16-12", "(16/12)": the word or brackets tell a day from a figure such as "tăng 3.5".
_NO_FIGURE = r"(?!\d|[./-]\d|\s*%|\s*(?:triệu|tỷ|tỉ|nghìn|ngàn|tấn|kg|km|ha|độ|điểm)\b)"
_DAY_AND_MONTH = (
    re.compile(
        r"\b(?:sáng|trưa|chiều|tối|đêm|khuya|ngày|hôm)\s+(?:nay\s*)?\(?(?:ngày\s+)?"
        r"(?P<d>\d{1,2})[./-](?P<m>\d{1,2})" + _NO_FIGURE,
        re.IGNORECASE,
    ),
    re.compile(r"\((?P<d>\d{1,2})[./-](?P<m>\d{1,2})\)"),
    re.compile(r"\bngày\s+(?P<d>\d{1,2})\s+tháng\s+(?P<m>\d{1,2})\b", re.IGNORECASE),
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?![\d%]|[.,]\d)")

_CREDITS = (
    re.compile(r"\(?\s*(?:Theo\s+|Nguồn(?:\s+tin)?\s*:\s*|Source\s*:\s*)([^()]+?)\s*\)?"),
    re.compile(r"\(\s*([^()]+?)\s*\)"),
)
_KIND_OF_OUTLET = re.compile(r"(?:báo|tạp chí|trang|hãng tin|hãng|đài)\s+")
_THE_END = frozenset({"hết", "end", "the end"})


def read(body: str, title: str, context: SeedContext) -> Reading:
    """An entry of plain text. `title`: from front matter, "" to take the first line. Content is <p> elements."""
    lines = [_without_stray_bracket(line.strip()) for line in LINE_END.split(body)]
    headline, rest = _headline(lines, title)
    paragraphs = tuple(_paragraphs(rest))
    credit = _credit(paragraphs)
    told = paragraphs[:-1] if credit else paragraphs
    lead = told[0] if told else ""
    published = _published(headline, lead, told[1:], context)
    return Reading(
        RawEntry(
            title=headline,
            title_html=False,
            summary=lead[_outlet_length(lead) :],
            summary_text=True,
            content="\n".join(f"<p>{html.escape(paragraph, quote=False)}</p>" for paragraph in paragraphs),
            published=dates.rfc3339(published) if published else "",
            credit=credit,
        )
    )


def _headline(lines: list[str], title: str) -> tuple[str, list[str]]:
    """The title, and the lines below it."""
    first = next((number for number, line in enumerate(lines) if visible(line)), len(lines))
    if first == len(lines):
        return title, []
    if title:
        return title, lines[first + (lines[first] == title) :]
    if len(lines[first]) > _LONGEST_TITLE:
        return text.shorten(lines[first], _LONGEST_TITLE // 2), lines[first:]
    return lines[first], lines[first + 1 :]


def _without_stray_bracket(line: str) -> str:
    """What copying from a web page leaves: a lone "<" or ">" at the end."""
    stray = line[-1:] in {"<", ">"} and (len(line) == 1 or line[-2].isspace())
    return line[:-1].rstrip() if stray else line


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """Each line is one, unless blank lines separate blocks whose lines were wrapped at a width."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if visible(line):
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    blocks = [block for block in blocks if block]
    wrapped = len(blocks) > 1 and _wrapped(blocks)
    for block in blocks:
        yield from [" ".join(block)] if wrapped else block


def _wrapped(blocks: list[list[str]]) -> bool:
    """Whether every line was filled: the next line's first word would have passed the width of the longest line."""
    width = max(len(line) for block in blocks for line in block)
    breaks = [pair for block in blocks for pair in pairwise(block)]
    return (
        bool(breaks)
        and width <= _WIDEST_WRAP
        and not any(_BULLET.match(after) for _, after in breaks)
        and all(len(line) + 1 + len(after.split(maxsplit=1)[0]) > width for line, after in breaks)
    )


def _credit(paragraphs: tuple[str, ...]) -> str:
    """Who is credited at the foot ("Theo TTXVN", "Nguồn: …", "Source: …", "(Reuters)"), or ""."""
    last = paragraphs[-1] if paragraphs else ""
    if len(last) > _LONGEST_CREDIT:
        return ""
    named, alone = (pattern.fullmatch(last) for pattern in _CREDITS)
    if named:
        # "Theo đó, …" begins a sentence, "Theo TTXVN" gives credit.
        return named[1] if _is_name(_KIND_OF_OUTLET.sub("", named[1], count=1)) else ""
    # "(Ảnh minh họa)" is a remark, "(Reuters)" a name: there every word is capital.
    return alone[1] if alone and all(map(_is_name, alone[1].split())) and alone[1].lower() not in _THE_END else ""


def _is_name(words: str) -> bool:
    return bool(words) and not words[0].islower() and words[-1] not in ".!?…:;,"


def _outlet_length(lead: str) -> int:
    """How many characters of the lead name the outlet: "VHO - ", "(Dân trí) – "."""
    found = _OUTLET.match(lead)
    return found.end() if found and (found[1] is None or found[1].isupper()) else 0


def _published(headline: str, lead: str, rest: tuple[str, ...], context: SeedContext) -> datetime | None:
    """The day that the dateline states, at noon; on the day of first sight no later than that."""
    dateline = lead[:_DATELINE_LENGTH]
    found = [match for pattern in (*_FULL_DAY, *_DAY_AND_MONTH) for match in pattern.finditer(dateline)]
    for match in sorted(found, key=re.Match.start):
        stated = match.groupdict()
        month, day = int(stated["m"]), int(stated["d"])
        years = [int(stated["y"])] if "y" in stated else _years(headline, lead, rest, month, day, context)
        for year in years:
            if moment := _noon(year, month, day, context):
                return moment
    return None


def _years(
    headline: str, lead: str, rest: tuple[str, ...], month: int, day: int, context: SeedContext
) -> Iterator[int]:
    """Years that a day without one may belong to, likeliest first.

    The headline's; that of the first sight, when the file came within days of that day; the lead's; those that the text
    names most; at last the newest that was possible at first sight.
    """
    seen = context.first_seen.astimezone(context.zone).year
    yield from sorted(_stated(headline), reverse=True)
    for year in (seen, seen - 1):
        moment = _noon(year, month, day, context)
        if moment and (context.first_seen - moment).days < _NEAR_DAYS:
            yield year
    yield from _stated(lead)
    yield from (year for year, _ in Counter(year for paragraph in rest for year in _stated(paragraph)).most_common())
    yield from (seen, seen - 1)


def _stated(passage: str) -> Iterable[int]:
    return dict.fromkeys(int(found[0]) for found in _YEAR.finditer(passage))


def _noon(year: int, month: int, day: int, context: SeedContext) -> datetime | None:
    """Noon of that day, since no hour is stated; None if there is no such day, or it lies after first sight."""
    if year < _FIRST_YEAR:
        return None
    try:
        noon = datetime.combine(datetime(year, month, day), time(12), context.zone)  # noqa: DTZ001  # the zone follows
    except ValueError:
        return None
    if noon.date() > context.first_seen.astimezone(context.zone).date():
        return None
    return min(noon.astimezone(UTC), context.first_seen)
