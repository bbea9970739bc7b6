"""Dates and times: read in whatever form feeds write them, written as Atom, RSS and HTTP require.

Written: RFC 3339 §5.6 (Atom) and RFC 5322 §3.3 (RSS), whose fixed form is IMF-fixdate (RFC 9110 §5.6.7). Read: those,
ISO 8601, W3CDTF, C's asctime, seconds since 1970, and the malformed dates of real feeds. Purely numeric dates are day
first (16/12/2024), but month first beside AM or PM, as American software writes them.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import blake2b

from feeds.text.datewords import offset, read, utc

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Dates that are no further apart may be those of one publication, stated twice; no event follows another one as soon.
ONE_MOMENT = timedelta(minutes=2)
# Nothing was published on the web before.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rfc3339(moment: datetime) -> str:
    """ "2024-12-16T05:00:00Z"; with six digits of fraction only if there are microseconds."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def rfc822(moment: datetime) -> str:
    """ "Mon, 16 Dec 2024 05:00:00 GMT", in any locale."""
    utc = moment.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc.year:04} {utc:%H:%M:%S} GMT"


http_date = rfc822  # the same form is IMF-fixdate, RFC 9110 §5.6.7


def to_us(moment: datetime) -> int:
    """Microseconds since 1970 UTC."""
    past = moment - _EPOCH
    return (past.days * 86400 + past.seconds) * 1_000_000 + past.microseconds


def from_us(us: int) -> datetime:
    """The moment `us` microseconds after 1970 UTC."""
    return _EPOCH + timedelta(microseconds=us)


def distinct(moment: datetime, entry_id: str) -> datetime:
    """`moment` with a fraction of a second derived from its entry's id.

    Validators require the `updated` values of a document to differ; a hash keeps them the same after any rebuild.
    """
    digest = blake2b(entry_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return moment.replace(microsecond=int.from_bytes(digest) % 1_000_000)


def plausible(moment: datetime, now: datetime) -> bool:
    """Whether a feed can mean this date: not before 1990 (unset clocks say 1970), at most a day ahead of `now`."""
    return EARLIEST <= moment <= now + timedelta(days=1)


_MONTH_NUMBER = {name: number for number, name in enumerate(_MONTHS, 1)}
_HTTP_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? (?:"
    r"([0-9]{2})[ -]([A-Z][a-z]{2})[ -]([0-9]{4}|[0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
    r"|([A-Z][a-z]{2}) ([ 0-9][0-9]) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([0-9]{4}))"
)


def parse_http_date(text: str) -> datetime | None:
    """One of the three forms of RFC 9110 §5.6.7; None for anything else, since such a header field is to be ignored."""
    match = _HTTP_DATE.fullmatch(text.strip()) if len(text) < 64 else None
    if match is None:
        return None
    if match[1]:
        day, month, year, hour, minute, second = match.groups()[:6]
        if len(year) == 2:
            year = f"{19 if year >= '70' else 20}{year}"
    else:
        month, day, hour, minute, second, year = match.groups()[6:]
    try:
        return utc(int(year), _MONTH_NUMBER.get(month, 0), int(day), (int(hour), int(minute), int(second), 0), UTC)
    except (ValueError, OverflowError):
        return None


_RFC822 = re.compile(
    r"(?:[A-Z][a-z]{2}, )?([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r" (?:GMT|UTC|Z|([+-])([0-9]{2})([0-9]{2}))"
)
_ISO_DATE = re.compile(r"([0-9]{4})-(?:([0-9]{3})|([0-9]{2})(?:-([0-9]{2})(?:(Z)|([+-])([0-9]{2}):([0-9]{2}))?)?)")
_DIGITS = re.compile(r"([0-9]{4,16})(?:\.([0-9]{1,9}))?")
_JSON_DATE = re.compile(r"/Date\((-?[0-9]{1,15})(?:[+-][0-9]{4})?\)/")
_LIMIT = 120
_SHORT_YEAR = re.compile(r"(?:.*[^\d:])?(\d\d)([-/.])(\d{1,2})\2(\d\d)(?:[^\d:].*)?")
# A year of two digits from this one on may be this year, or one to come.
_LATELY = 20


def parse(text: str, zone: tzinfo = UTC, *, lenient: bool = False) -> datetime | None:
    """The moment that `text` names, in UTC; None if it names none or an impossible one (31 February).

    zone: for dates without one; a date without a time means midnight there. Texts over 120 characters are not dates.
    lenient: an impossible part does not make the rest unusable (29 February), and figures that belong to no date are
    passed over. For what programs write, which nobody can ask.
    """
    try:
        if (moment := _parse(text, zone)) or not lenient:
            return moment
    except (ValueError, OverflowError):
        pass
    try:
        return read(" ".join(text.split()), zone, lenient=True) if lenient and len(text) <= _LIMIT else None
    except (ValueError, OverflowError):
        return None


def ambiguous(text: str) -> bool:
    """Whether nobody can tell the year: 30-01-01 may be 30 January 2001 and 1 January 2030.

    With other marks than hyphens the day is first, unless that would be long ago.
    """
    found = _SHORT_YEAR.fullmatch(" ".join(text.split()))
    if found is None:
        return False
    first, month, last = int(found[1]), int(found[3]), int(found[4])
    return first >= _LATELY and 1 <= month <= 12 and 1 <= last <= 31 and (found[2] == "-" or last < _LATELY)


def _parse(text: str, zone: tzinfo) -> datetime | None:
    match = _RFC822.fullmatch(text)
    if match is not None and (number := _MONTH_NUMBER.get(match[2])) is not None:
        day, _, year, hour, minute, second, sign, hours, minutes = match.groups()
        named = offset(sign, int(hours), int(minutes)) if sign else UTC
        return utc(int(year), number, int(day), (int(hour), int(minute), int(second), 0), named)
    text = " ".join(text.strip()[: _LIMIT + 1].split())
    if not 4 <= len(text) <= _LIMIT:
        return None
    if text.isascii() and text[:4].isdigit():
        if (match := _DIGITS.fullmatch(text)) is not None:
            return _from_digits(match[1], match[2] or "", zone)
        if (match := _ISO_DATE.fullmatch(text)) is not None:
            return _from_iso_date(match, zone)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return read(text, zone)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    if (match := _JSON_DATE.fullmatch(text)) is not None:
        return from_us(int(match[1]) * 1000)
    return read(text, zone)


def _from_digits(digits: str, fraction: str, zone: tzinfo) -> datetime | None:
    """YYYY, YYYYMMDD[hhmm[ss]], or seconds, milliseconds or microseconds since 1970."""
    length = len(digits)
    if length in (9, 10):
        return from_us(int(digits + fraction[:6].ljust(6, "0")))
    if length in (13, 16):
        return from_us(int(digits.ljust(16, "0")))
    if length not in (4, 8, 12, 14) or fraction or not "1000" <= digits[:4] <= "2999":
        return None  # six digits may mean YYYYMM or DDMMYY
    full = digits + "YYYY0101000000"[length:]
    year, month, day = int(full[:4]), int(full[4:6]), int(full[6:8])
    return utc(year, month, day, (int(full[8:10]), int(full[10:12]), int(full[12:]), 0), zone)


def _from_iso_date(match: re.Match[str], zone: tzinfo) -> datetime:
    """YYYY-MM, YYYY-MM-DD, YYYY-DDD; the second may have a zone, as in XML Schema."""
    year, ordinal, month, day, zulu, sign, hours, minutes = match.groups()
    if ordinal:
        day_of_year = datetime(int(year), 1, 1, tzinfo=zone) + timedelta(days=int(ordinal) - 1)
        if day_of_year.year != int(year):
            raise ValueError(f"{year} has no day {ordinal}")
        return day_of_year.astimezone(UTC)
    if zulu or sign:
        zone = UTC if zulu else offset(sign, int(hours), int(minutes))
    return utc(int(year), int(month), int(day or 1), (0, 0, 0, 0), zone)
