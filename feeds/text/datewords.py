"""Dates as people and their software write them: month names in many languages, AM and PM, bare digits.

Handles what the regular forms in `feeds.text.dates` do not cover: malformed RFC 822 dates (RFC 5322 §4.3), Vietnamese,
European, American and East Asian habits. It reads only the short texts that `feeds.text.dates` passes on.
"""

import re
import unicodedata
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

Clock = tuple[int, int, int, int]  # hour (24 only at midnight), minute, second (60 is a leap second), microsecond


def utc(year: int, month: int, day: int, clock: Clock, zone: tzinfo, *, lenient: bool = False) -> datetime:
    """The moment in UTC; ValueError or OverflowError if it does not exist. A leap second becomes the second before
    it. lenient: one that does not exist becomes the nearest that does, as `_nearest` says.
    """
    if lenient:
        month, day, clock = _nearest(year, month, day, clock)
    hour, minute, second, micro = clock
    end_of_day = (hour, minute, second) == (24, 0, 0)
    local = datetime(
        year, month, day, 0 if end_of_day else hour, minute, 59 if second == 60 else second, micro, tzinfo=zone
    )
    return (local + timedelta(days=end_of_day)).astimezone(UTC)


def _nearest(year: int, month: int, day: int, clock: Clock) -> tuple[int, int, Clock]:
    """Month, day and clock without what is impossible in them.

    24:12 is twelve past midnight of that day, as clocks that count hours from 1 write it, and 12:60 a second before
    one. Of any other hour only the day counts. The last day of a month stands for one behind it, the first for none;
    2024-16-12 has its day before its month.
    """
    if month > 12 and 1 <= day <= 12:
        month, day = day, month
    if not 0 <= month <= 12:
        raise ValueError(f"no month is {month}")
    month = max(month, 1)
    day = min(max(day, 1), monthrange(year, month)[1]) if day <= 31 else 0
    hour, minute, second, micro = clock
    if hour == 24 and (minute or second):
        hour = 0
    if hour > 24:
        return month, day, (0, 0, 0, 0)
    if minute > 59:
        return month, day, (hour, 59, 59, 0)
    return month, day, (hour, minute, min(second, 60), micro)


def offset(sign: str, hours: int, minutes: int) -> timezone:
    """The zone of "+07:00"; ValueError beyond 15 hours."""
    if hours > 15 or minutes > 59:
        raise ValueError(f"no zone is {sign}{hours}:{minutes}")
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if sign == "-" else ahead)


# Lower case, without diacritics.
_MONTH_NAMES = (
    "jan january januari januar janvier janv enero ene gennaio gen janeiro jaenner janner styczen stycznia sty ocak oca"
    " январь января янв січень січня มกราคม มค",
    "feb february februari februar fevrier fevr fev febrero febbraio fevereiro luty lutego lut subat sub"
    " февраль февраля фев лютии лютого กุมภาพนธ กุมภาพันธ์ กพ",
    "mar march mars marz maerz maart mrt marzo marco maret mac marzec marca mart март марта березень березня มีนาคม มีค",
    "april avril avr abril abr aprile apr kwiecien kwietnia kwi nisan nis апрель апреля апр квітень квітня เมษายน เมย",
    "may mai mayo maggio mag maio mei maj maja mayis маи мая травень травня พฤษภาคม พค",
    "june jun juin junio giugno giu junho juni czerwiec czerwca cze haziran haz июнь июня червень червня มิถุนายน มิย",
    "july jul juillet juil julio luglio lug julho juli lipiec lipca lip temmuz tem июль июля липень липня กรกฎาคม กค",
    "aug august aout agosto ago augusti augustus agustus agu ags ogos sierpien sierpnia sie agustos"
    " август августа авг серпень серпня สิงหาคม สค",
    "sep september sept septembre septiembre settembre setembro set septiembre wrzesien wrzesnia wrz eylul eyl"
    " сентябрь сентября сен вересень вересня กันยายน กย",
    "oct october octobre octubre ottobre ott outubro out oktober okt oktobar pazdziernik pazdziernika paz ekim eki"
    " октябрь октября окт жовтень жовтня ตุลาคม ตค",
    "nov november novembre noviembre novembro listopad listopada lis kasim kas"
    " ноябрь ноября ноя листопад листопада พฤศจิกายน พย",
    "dec december decembre diciembre dic dicembre dezembro dez dezember desember des disember dis grudzien grudnia gru"
    " aralik ara грудень грудня декабрь декабря дек ธันวาคม ธค",
)
_NUMBER_OF_MONTH = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
#: The same, and the days of the week: words of which another one is another day.
DAY_WORDS = frozenset(_NUMBER_OF_MONTH) | frozenset(
    "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag"
    " sonnabend sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miercoles jueves viernes"
    " sabado domingo lunedi martedi mercoledi giovedi venerdi sabato domenica segunda terca quarta quinta sexta"
    " maandag dinsdag woensdag donderdag vrijdag zaterdag zondag mandag tirsdag onsdag torsdag fredag lordag"
    " sondag tisdag poniedzialek wtorek sroda czwartek piatek sobota niedziela pazartesi sali carsamba persembe"
    " cuma cumartesi pazar senin selasa rabu kamis jumat sabtu minggu понедельник вторник среда среду четверг"
    " пятница пятницу суббота субботу воскресенье понеділок вівторок середа середу четвер пятницю субота суботу"
    " неділя неділю today tomorrow heute morgen demain hoy manana oggi domani hoje amanha".split()
)
_VIETNAMESE_NUMBER = {
    "muoi hai": "12", "muoi mot": "11", "muoi": "10", "chin": "9", "tam": "8", "bay": "7", "sau": "6", "nam": "5",
    "tu": "4", "ba": "3", "hai": "2", "mot": "1", "gieng": "1", "chap": "12",
}  # fmt: skip
_VIETNAMESE_WORD = re.compile(rf"\bthang ({'|'.join(_VIETNAMESE_NUMBER)})\b")
_VIETNAMESE_MONTH = re.compile(r"\bth(?:ang|g)?\.? ?(\d{1,2})\b")
# "thứ 2", "T2" and, before a month of its own, "Th 2" mean Monday, not a day of the month or February.
_VIETNAMESE_WEEKDAY = re.compile(
    r"\b(?:(?:thu ?|t)[2-7]\b(?=\D)|th\.? ?[2-7]\b(?=\D.*(?:\bth(?:ang|g)\b|\d ?[/.-] ?\d)))"
)

_EAST_ASIAN = str.maketrans("年月日년월일時时点시分분秒초−–—", "-- -- ::::::  ---")
_EAST_ASIAN_HALF = re.compile("(上午|午前|오전|凌晨|早上)|(下午|午後|오후|晚上)")
_LOOSE_COLON = re.compile(r":\s*(?!\s*\d)")
_DATE_COLON_TIME = re.compile(r"(\d{4}[-/.]\d\d?[-/.]\d\d?)[:_t](?=\d)")
_THAI_DOT = re.compile("(?<=[\u0e00-\u0e7f])\\.")
_DIACRITICS = re.compile("[\u0300-\u036f]+")

_TIME = re.compile(
    r"(?:\b(?P<before>ante|post) ?)?(?<![\d:/.,-])(?<!\d[+-])(?P<hour>\d{1,2})"
    r"(?:(?: ?: ?| ?(?:h|g|gio) ?)(?P<minute>\d{1,2})(?: ?(?:phut|min|m|p)\b(?!\.? ?m\b))?"
    r"(?: ?: ?(?P<second>\d{1,2})(?:[.,:](?P<fraction>\d{1,9}))?)?"
    r"| ?(?:h|gio|g|uhr)\b|(?= ?[ap]\.?m\b)|\.(?P<minute2>\d\d)(?= uhr))"
    r"(?! ?:)(?: ?(?P<after>[ap]\.? ?m\b\.?|sa\b|ch\b|sang\b|chieu\b|toi\b))?"
)
_ZONE = re.compile(
    r"[ ,(\[]*(?:(?P<utc>gmt|utc|ut|z)?\s?(?P<sign>[+-])(?P<hours>\d\d?)(?::?(?P<minutes>\d\d))?(?![\d/.-])"
    r"|(?P<name>[a-z]{1,5})\b(?![/.])|(?P<place>[a-z]+/[a-z_]+(?:/[a-z_]+)?))"
)
# As agencies write the hour beside a date: "1500 GMT, 2 January 2030", "2 January 2030, 0001 hrs".
_FOUR_FIGURES = re.compile(
    r"(?<![\d:/.,+-])(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?![\d/.-]|:\d) ?(?P<unit>h(?:(?:ou)?rs?)?\b|uhr\b)?"
)
_YEAR_AND_DAY = re.compile(r"(?s)(?=.*(?<!\d)(?:19|20)\d\d(?!\d))(?=.*(?<!\d)\d{1,2}(?!\d))")
_COMMENT = re.compile(r"\([^()]*\)")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4}) ?[-/. ] ?(\d{1,2}) ?[-/. ] ?(\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2}) ?([-/. ]) ?(\d{1,2}) ?[-/., ] ?(?:nam )?(\d{4}|\d\d)(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")
_WORD_OR_NUMBER = re.compile(r"\d+|[^\d\s,.;:/\\()\[\]|+\-'’\"]+")

# A letter that was typed for a figure, as in 2O30, O1/01/2030 and 1O:00; 1o is "the first" in Portuguese.
_MISTYPED = re.compile(
    r"\d[oli]\d|(?<![a-z])[oli]\d|(?:(?<!\b1)(?<=\d)o|(?<=\b1)o(?! [a-z])|(?<=\d)[li])(?![a-z])"
    r"|\d[^\W\dtghmpzo_]\d",
    re.ASCII,
)

# Minutes ahead of UTC. An ambiguous abbreviation means the country whose feeds use it (RFC 5322 §4.3).
_ZONE_MINUTES = {
    name: minutes
    for minutes, names in (
        (0, "z ut utc gmt wet"), (60, "cet mez bst wat"), (120, "cest mesz eet sast cat"), (180, "eest msk eat trt"),
        (210, "irst"), (240, "gst msd"), (300, "pkt uzt"), (330, "ist"), (345, "npt"), (360, "bdt"), (390, "mmt"),
        (420, "ict wib hovt"), (480, "sgt hkt myt pht wita awst"), (540, "jst kst wit"), (570, "acst"), (600, "aest"),
        (630, "acdt"), (660, "aedt"), (720, "nzst"), (780, "nzdt"), (-180, "brt art adt"), (-210, "nst"), (-150, "ndt"),
        (-240, "ast edt"), (-300, "est cdt"), (-360, "cst mdt"), (-420, "mst pdt"), (-480, "pst akdt"),
        (-540, "akst"), (-600, "hst"),
    )
    for name in names.split()
}  # fmt: skip
_ZONE_PLACE = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles",
}  # fmt: skip


def read(text: str, zone: tzinfo, *, lenient: bool = False) -> datetime | None:
    """The moment that `text` names; ValueError or OverflowError for an impossible one. lenient: see `utc`; and figures
    that belong to no part of a date are passed over.
    """
    if not any(map(str.isdigit, text)):
        return None
    text = _prepare(text)
    if _MISTYPED.search(text):
        return None
    clock = (0, 0, 0, 0)
    american = False
    time = _TIME.search(text)
    if time is not None:
        clock = _clock(time)
        american = (time["after"] or "")[:1] in ("a", "p")
        place, length = _zone(text[time.end() :], lenient=lenient)
        zone = place or zone
        text = f"{text[: time.start()]} | {text[time.end() + length :]}"
    elif figures := _four_figures(text):
        clock = int(figures["hour"]), int(figures["minute"]), 0, 0
        place, length = _zone(text[figures.end() :], lenient=lenient)
        zone = place or zone
        text = f"{text[: figures.start()]} | {text[figures.end() + length :]}"
    date = _date(_COMMENT.sub(" ", text), american, lenient=lenient)
    return utc(*date, clock, zone, lenient=lenient) if date else None


def _prepare(text: str) -> str:
    """`text` in lower case and, where possible, ASCII, with the words around numbers normalised."""
    if not text.isascii():
        text = _EAST_ASIAN_HALF.sub(lambda half: " ante " if half[1] else " post ", text.translate(_EAST_ASIAN))
        text = _LOOSE_COLON.sub(" ", text)
        text = unicodedata.normalize("NFKD", text.replace("Đ", "D").replace("đ", "d").replace("ı", "i"))
        text = _DIACRITICS.sub("", text)
        text = "".join(str(unicodedata.digit(c)) if c > "\x7f" and c.isdecimal() else c for c in text)
        text = _THAI_DOT.sub("", text)
    text = " ".join(text.lower().split())
    text = _VIETNAMESE_WEEKDAY.sub(" ", text)
    text = _VIETNAMESE_WORD.sub(lambda month: f"thang {_VIETNAMESE_NUMBER[month[1]]}", text)
    return _DATE_COLON_TIME.sub(r"\1 ", text)


def _clock(time: re.Match[str]) -> Clock:
    hour, minute, second = int(time["hour"]), int(time["minute"] or time["minute2"] or 0), int(time["second"] or 0)
    half = (time["before"] or time["after"] or "").replace(".", "").replace(" ", "")
    if half in ("pm", "ch", "chieu", "toi", "post") and hour < 12:
        hour += 12
    elif half in ("am", "sa", "sang", "ante") and hour == 12:
        hour = 0
    return hour, minute, second, int((time["fraction"] or "")[:6].ljust(6, "0"))


def _four_figures(text: str) -> re.Match[str] | None:
    """The hour in four figures: what has a unit or a zone, or else what is farthest from the month, since the year is
    beside it. A whole date is there without it, or it opens the text with its unit or zone.
    """
    months = [word for word in _WORD_OR_NUMBER.finditer(text) if word[0] in _NUMBER_OF_MONTH]
    month = months[-1] if months else _VIETNAMESE_MONTH.search(text)
    hours: list[tuple[bool, int, re.Match[str]]] = []
    for found in _FOUR_FIGURES.finditer(text):
        before, after = text[: found.start()], text[found.end() :]
        marked = bool(found["unit"] or _zone(after, lenient=True)[0])
        opens = not any(map(str.isdigit, before)) and month is not None and month.start() > found.end()
        if _YEAR_AND_DAY.match(f"{before} {after}") or (marked and opens):
            away = max(month.start() - found.end(), found.start() - month.end()) if month else 0
            hours.append((marked, away, found))
    return max(hours, key=lambda hour: hour[:2])[2] if hours else None


def _zone(text: str, *, lenient: bool) -> tuple[tzinfo | None, int]:
    """The zone at the start of `text` and its length in characters; an unknown name is ignored.

    lenient: so is an impossible offset.
    """
    match = _ZONE.match(text)
    if match is None:
        return None, 0
    if match["sign"]:
        if not (match["minutes"] or match["utc"] or match.end() == len(text)):
            return None, 0
        hours, minutes = int(match["hours"]), int(match["minutes"] or 0)
        return None if lenient and (hours > 15 or minutes > 59) else offset(match["sign"], hours, minutes), match.end()
    name = match["name"] or ""
    if name in _ZONE_MINUTES:
        after = _ZONE.match(text[match.end() :]) if name in ("gmt", "utc", "ut") else None
        if after is not None and after["sign"] and after["minutes"]:
            return offset(after["sign"], int(after["hours"]), int(after["minutes"])), match.end() + after.end()
        return timezone(timedelta(minutes=_ZONE_MINUTES[name])), match.end()
    place = _ZONE_PLACE.get(name) or (match["place"] or "").title()
    if not place:
        return None, 0
    try:
        return ZoneInfo(place), match.end()
    except (KeyError, ValueError, OSError):
        return None, match.end() if match["place"] else 0


def _date(text: str, american: bool, *, lenient: bool) -> tuple[int, int, int] | None:
    """Year, month and day from a text without its time."""
    words = _WORD_OR_NUMBER.findall(text)
    # Take the last one: "mar" is Tuesday before "16 déc." in French, and March in "16 mar".
    for place in range(len(words) - 1, -1, -1):
        if (month := _NUMBER_OF_MONTH.get(words[place])) is not None:
            return _around_month(words[:place], month, words[place + 1 :], lenient=lenient)
    named = _VIETNAMESE_MONTH.search(text)
    if named is not None:
        before, after = text[: named.start()], text[named.end() :]
        beside = _WORD_OR_NUMBER.findall(before), _WORD_OR_NUMBER.findall(after)
        return _around_month(beside[0], int(named[1]), beside[1], lenient=lenient)
    match = _YEAR_FIRST.search(text) or _COMPACT.search(text)
    first = match or _DAY_FIRST.search(text)
    if first is None or (not lenient and any(map(str.isdigit, text[: first.start()] + text[first.end() :]))):
        return None
    if match is not None:
        return _gregorian(int(match[1])), int(match[2]), int(match[3])
    day, month, year = int(first[1]), int(first[3]), _year(first[4])
    if month > 12 or (american and first[2] == "/" and day <= 12):
        day, month = month, day
    return year, month, day


def _around_month(before: list[str], month: int, after: list[str], *, lenient: bool) -> tuple[int, int, int] | None:
    """The date around a month's name: the year has four digits or comes last, the day is the number beside the name."""
    if not lenient and sum(word.isdecimal() for word in (*before, *after)) > 2:
        return None
    left = [word for word in before if word.isdecimal() and len(word) <= 4]
    right = [word for word in after if word.isdecimal() and len(word) <= 4]
    numbers = left[-2:] + right[:2]
    year = next((word for word in numbers if len(word) == 4), None)
    if year is not None:
        numbers.remove(year)
        day = next((word for word in numbers if len(word) <= 2), "1")
        return _year(year), month, int(day)
    if len(numbers) < 2:
        return None
    return _year(numbers[1]), month, int(numbers[0])


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) <= 2:
        return year + (2000 if year < 50 else 1900)  # RFC 5322 §4.3
    return _gregorian(year + 1900 if len(digits) == 3 else year)


def _gregorian(year: int) -> int:
    """Converts a year: Thai calendars count from 543 BC."""
    return year - 543 if 2513 <= year <= 2643 else year
