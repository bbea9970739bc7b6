"""Reads the opening of a story: which paragraph is the lead, outlet code, place, agency, and the stated day.

Conservative: only the headline's year, lines with nothing but a date, and the opening of the lead count. A day later
than the file's first sight is not accepted. Never raises, whatever the text.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.model import Evidence
from worker.seeds.newswire import dating, days
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.dating import CLOCK, Stated, elsewhere
from worker.seeds.newswire.days import Day
from worker.seeds.newswire.tables import tables

# Characters at the start of the lead in which a dateline may be.
_DATELINE_LENGTH = 200
_LONGEST_LINE = 80
_LONGEST_PLACE = 40
_AT_ONCE = 30

_DASH = "[-‐‑‒–—―−－﹣]"
_MARKS = "[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]*"
_BRACKETED = re.compile(
    rf"{_MARKS}\s*(?:\(([^()]{{2,30}})\)|\[([^\[\]]{{2,30}})\]|（([^（）]{{2,30}})）){_MARKS}\s*{_DASH}+{_MARKS}\s*(?=\S)"
)
_CODE = re.compile(rf"{_MARKS}([^\W\d_][\w.&/+]{{1,19}}(?: [^\W\d_]+)?){_MARKS}(\s*)({_DASH}+)(\s*)(?=\S)")
# Names of outlets that are written like a place or a common word.
AGENCIES = frozenset(
    "reuters afp ap dpa efe ansa lusa tass pap upi kna epd apa anp ntb ritzau antara pti ani ians vov vtv vtc vho tto"
    " vna ttxvn xinhua kyodo jiji yonhap interfax ukrinform adnkronos agi unian тасс риа интерфакс укрінформ уніан унн"
    " رويترز"
    " واس وام بترا وفا سانا 新华社 中新社 中央社 共同 時事 연합뉴스 뉴시스 뉴스1 भाषा वार्ता".split()
)
# Places that are written in capitals and look like a code.
_PLACES = frozenset(
    "HUE ULM UFA RIO GAZA PERTH BRNO BONN CORK YORK BATH BERN GENF WIEN KÖLN LINZ GRAZ ESSEN TOKYO SEOUL DELHI LYON"
    " NICE METZ LENS LILLE BREST PRAG ROM LA УФА КИЇВ КИЕВ ОМСК ТОМСК КУРСК ОРЕЛ БРЯНСК МИНСК ЛЬВІВ".split()
)
_AGENCY_AFTER = re.compile(
    rf"[\s.,]*(?:(?:г\.|года|року|р\.)[\s.,]*)?(?:[(（]([^()（）]{{2,40}})[)）]|/([^/()]{{2,40}})/)?\s*\.?\s*({_DASH}|\.|:|=)?"
)
_PLACE_AGENCY = re.compile(
    rf"([^\W\d_][^()（）.!?:;]{{1,38}}?),?\s*(?:[(（]([^()（）]{{2,40}})[)）]|/([^/()]{{2,40}})/)\s*[.]?\s*(?:{_DASH}|\.)"
)
_EAST_ASIAN = (
    re.compile(r"[【(（](?P<place>[^】＝=（）()]{1,30})[＝=](?P<agency>[^】（）()]{1,30})[】)）]"),
    re.compile(
        r"[（(]?(?P<agency>(?:新华社|新華社|中新社|中新网|中央社|本报|本報|[\u4e00-\u9fff]{2,6}社))(?:记者|記者)?(?P<place>[\u4e00-\u9fff]{2,8}?)(?=\d{1,2}月|\d{4}年|\d{1,2}日)"
    ),
)
# A date in digits alone, at the start of the text: "VHO - 16.12, tại Hà Nội".
_AT_THE_START = re.compile(
    r"(?:[^\d.:;!?]{2,40}\s[–—-]\s+)?(\d{1,2})[./](\d{1,2})\.?(?=[,:]|\s+[^\W\d_]{1,3}\s|\s+[–—-]\s)"
)


@dataclass(frozen=True, slots=True)
class Opening:
    """The facts in the opening. lead: index of the lead. summary_from: length of its outlet code and dash.

    published: in UTC, never after first sight; None if no credible day is stated. dated: the paragraph that is nothing
    but this date, or -1.
    """

    lead: int = 0
    outlet: str = ""
    summary_from: int = 0
    place: str = ""
    agency: str = ""
    published: datetime | None = None
    dated: int = -1
    evidence: tuple[Evidence, ...] = ()


def read(headline: str, paragraphs: Sequence[str], language: str, context: SeedContext) -> Opening:
    """headline: the title. paragraphs: plain text below it without by-lines. language: BCP 47, "" if unknown."""
    lead = 0
    stated: list[Stated] = []
    if only_date(headline, language):
        stated += [Stated(0, day, headline, "the headline") for day in days.find_days(headline, language)]
    for number, paragraph in enumerate(paragraphs[:3]):
        if number == len(paragraphs) - 1 or not (only_date(paragraph, language) or _only_place(paragraph)):
            break
        lead = number + 1
        line = paragraph.strip()
        own = number if _bare_date(line, language) else -1
        stated += [Stated(0, day, line, "a line above the lead", own) for day in days.find_days(line, language)]
    text = paragraphs[lead] if paragraphs else ""
    outlet, length = outlet_code(text[:_DATELINE_LENGTH], language)
    opening = text[length : length + _DATELINE_LENGTH]
    found = days.find_days(opening, language)
    if (bare := _AT_THE_START.match(opening)) and not (found and found[0].start <= bare.start(1)):
        begins = Day(bare.start(1), bare.end(), int(bare[1]), int(bare[2]))
        found = (begins, *found) if 1 <= begins.month <= 12 and 1 <= begins.day <= 31 else found
    place, agency, first = _place(opening, found, language)
    for day in found:
        if elsewhere(opening, day, language):
            continue
        rank = 1 if day is first else 2 if day.year else 3
        where = "the dateline of the lead" if day is first or day.start < 60 else "the opening of the lead"
        stated.append(Stated(rank, day, opening, where))
    rest = paragraphs[lead + 1 :]
    published, evidence, dated = dating.date_of_publication(headline, text, rest, stated, context, language)
    # A standfirst may precede the dateline.
    for paragraph in rest[:2] if published is None else ():
        began = _dateline_below(paragraph, language)
        published, more, _ = dating.date_of_publication(headline, paragraph, rest, began, context, language)
        evidence += more
        if published:
            break
    facts = [("outlet", outlet), ("place", place), ("agency", agency)]
    evidence += [
        Evidence("dateline", f"{what} {name}", "the opening of the lead", text[:60]) for what, name in facts if name
    ]
    return Opening(lead, outlet, length, place, agency, published, dated, tuple(evidence))


def _dateline_below(paragraph: str, language: str) -> list[Stated]:
    """The days in a later paragraph, if it opens like a lead: with an outlet's code, or directly with a day."""
    _, length = outlet_code(paragraph[:_DATELINE_LENGTH], language)
    opening = paragraph[length : length + _DATELINE_LENGTH]
    found = [day for day in days.find_days(opening, language) if not elsewhere(opening, day, language)]
    place, agency, _ = _place(opening, tuple(found), language)
    near = [day for day in found if day.start <= _AT_ONCE or place or agency]
    opens = bool(length or place or agency)
    return [Stated(3, day, opening, "a dateline below the lead") for day in near[:1] if opens or day.start <= 12]


def only_date(line: str, language: str) -> bool:
    """Whether a line has nothing but a date, its hour, a label such as "Published:", and perhaps a place."""
    return _bare_date(line, language) or _with_place(line.strip(), language)


def _bare_date(line: str, language: str) -> bool:
    line = line.strip()
    if not 4 <= len(line) <= _LONGEST_LINE or not (found := days.find_days(line, language)):
        return False
    low = _around(line, found)
    tongues = [days.tongue(language.partition("-")[0].lower()), *map(days.tongue, days.codes())]
    return any(not any(unicodedata.category(c)[0] in "LN" for c in one.labels.sub(" ", low)) for one in tongues)


def _around(line: str, found: Sequence[Day]) -> str:
    """A line without its days and hours."""
    low = days.lookup_form(line)
    for day in found:
        low = low[: day.start] + " " * (day.end - day.start) + low[day.end :]
    return CLOCK.sub(lambda match: " " * len(match[0]), low)


def _with_place(line: str, language: str) -> bool:
    """Whether the rest of a line with a full date may be a place: a few capitalised words."""
    found = days.find_days(line, language) if 4 <= len(line) <= _LONGEST_LINE else ()
    labels = days.tongue(language.partition("-")[0].lower()).labels
    low = labels.sub(lambda match: " " * len(match[0]), _around(line, found))
    rest = [line[match.start() : match.end()] for match in re.finditer(r"[^\W\d_]+", low)]
    named = len(rest) <= 4 and sum(map(len, rest)) <= _LONGEST_PLACE // 2 and all(word[0].isupper() for word in rest)
    return named and any(day.year for day in found) and line[-1] not in ".!?…"


def _only_place(line: str) -> bool:
    """Whether a line is only a place: "HÀ NỘI", "PORT ELLERY,"."""
    line = line.strip()
    return 2 <= len(line.rstrip(",")) <= 30 and line.endswith(",") and line[0].isupper() and line.count(",") == 1


def outlet_code(text: str, language: str) -> tuple[str, int]:
    """The outlet code at the start and its length including the dash; ("", 0) without one."""
    table = tables().get(language.partition("-")[0].lower(), {}).get("lines", {})
    for name in table.get("outlets", ()):
        if text.startswith(name) and (dashed := re.match(rf"\s*{_DASH}+\s+", text[len(name) :])):
            return name, len(name) + dashed.end()
    match = _BRACKETED.match(text)
    if match is not None:
        name = match[1] or match[2] or match[3]
        plain = (
            any(map(str.isalpha, name)) and "=" not in name and "＝" not in name and not days.find_days(name, language)
        )
        return (name.strip(), match.end()) if plain else ("", 0)
    match = _CODE.match(text)
    if match is None:
        return "", 0
    name, before, dash, after = match.groups()
    if name in table.get("places", ()):
        return "", 0
    apart = bool(before and after) or dash in "—―" or (after and dash != "-") or (after and name.isupper())
    return (name, match.end()) if apart and _is_outlet(name) else ("", 0)


def _is_outlet(name: str) -> bool:
    if name.casefold() in AGENCIES:
        return True
    if name.upper() in _PLACES or " " in name or name.endswith("."):
        return False
    first, _, last = name.rpartition(".")
    if first:  # "VOV.VN", "vankhe.example"
        return last.isalpha() and len(last) <= 8 and not name[0].isdigit() and (name.isupper() or name.islower())
    if not name.isupper():
        inner = name[1:]  # "VnExpress", "VietNamNet"
        return len(name) > 4 and name[0].isupper() and any(map(str.isupper, inner)) and not name.isupper()
    letters = [c for c in unicodedata.normalize("NFD", name) if c.isalpha()]
    vowels = sum(c in "AEIOUYАЕЄИІЇОУЫЭЮЯ" for c in letters)
    # "LYON – " and "BERLIN - " are places, not codes: they are pronounceable.
    return len(letters) <= 3 or (len(letters) <= 8 and 3 * vowels < len(letters))


def _place(text: str, found: tuple[Day, ...], language: str) -> tuple[str, str, Day | None]:
    """The place, agency and day of a dateline."""
    for pattern in _EAST_ASIAN:
        if match := pattern.match(text):
            near = next((day for day in found if day.start - match.end() < 10), None)
            return match["place"].strip(), match["agency"].strip(), near
    if found and found[0].start <= 60:
        day = found[0]
        head = text[: day.start].strip(" ,،(（.")
        after = _AGENCY_AFTER.match(text, day.end)
        agency = ((after[1] or after[2]) if after else "") or ""
        dashed = bool(after and after[3] and after[3] not in ".")
        if (agency or dashed) and (not head or _is_place(head)):
            return _place_alone(head, language), "" if days.find_days(agency, language) else agency.strip(), day
    if match := _PLACE_AGENCY.match(text):
        head = match[1].strip(" ,،")
        if _is_place(head):
            agency = (match[2] or match[3]).strip()
            if not days.find_days(agency, language):
                return head, agency, None
    return "", "", None


def _place_alone(head: str, language: str) -> str:
    """The place without the word that introduces the day: "Lyon, le", "Vân Khê, ngày". A weekday is not a place."""
    tongue = days.tongue(language.partition("-")[0].lower())
    for _ in range(2):
        first, _, last = head.rpartition(" ")
        if days.lookup_form(last.strip(",،.")) in tongue.leading:
            head = first.strip(" ,،.")
    return head


def _is_place(head: str) -> bool:
    return (
        len(head) <= _LONGEST_PLACE
        and len(head.split()) <= 5
        and not head[0].islower()
        and not re.search(r"[.!?:;]\s", head)
    )
