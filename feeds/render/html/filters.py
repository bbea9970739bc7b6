"""Template filters: dates, sizes, text directions, file names, shortened text.

Pure, and the same in every locale. The direction of a language follows the script of its BCP 47 tag.
"""

from collections.abc import Iterable
from datetime import datetime
from posixpath import basename
from urllib.parse import unquote

from feeds.model import Enclosure
from feeds.text import dates, plaintext
from feeds.text.urls import parts_of

_HEADLINE_CHARS = 250
_SUMMARY_CHARS = 300
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# ISO 15924 and ISO 639, in lower case. Kurdish (ku) and Panjabi (pa) are missing: without a script, they are more often
# written in Latin and Gurmukhi than in Arabic.
_RTL_SCRIPTS = frozenset({
    "adlm", "arab", "aran", "hebr", "mand", "mend", "nkoo", "rohg", "samr", "syrc", "thaa", "yezi",
})  # fmt: skip
_RTL_LANGUAGES = frozenset({
    "acm", "acq", "aeb", "afb", "ajp", "apc", "apd", "ar", "arb", "arc", "ars", "ary", "arz", "azb", "bal",
    "bgn", "bqi", "ckb", "dv", "fa", "glk", "he", "iw", "ji", "khw", "ks", "lrc", "luz", "mzn", "nqo", "pes",
    "pnb", "prs", "ps", "rhg", "sd", "sdh", "skr", "syr", "ug", "ur", "yi",
})  # fmt: skip


def moment(moment: datetime) -> str:
    """For people, the same in every locale: "16 December 2024, 05:00 UTC"."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"


def day(moment: datetime) -> str:
    """For people: "16 December"."""
    return f"{moment.day} {_MONTHS[moment.month - 1]}"


def stamp(moment: datetime) -> str:
    """For <time datetime>, in whole seconds: HTML allows three digits of fraction, ours have six."""
    return dates.rfc3339(moment.replace(microsecond=0))


def size(length: int | None) -> str:
    """Bytes for people, in powers of 1000: "980 bytes", "12 KB", "3.4 MB"; "" if unknown or 0."""
    if not length or length < 0:
        return ""
    if length < 1000:
        return f"{length} bytes"
    amount = float(length)
    units = iter(("KB", "MB", "GB"))
    unit = "bytes"
    while amount >= 999.5 and (larger := next(units, "")):
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if amount >= 9.95 else f"{amount:.1f} {unit}"


def direction(language: str) -> str:
    """ "rtl" or "ltr" by the tag's script if it has one (az-Arab, ar-Latn), otherwise by its language."""
    subtags = language.lower().split("-")
    script = next((subtag for subtag in subtags[1:] if len(subtag) == 4 and subtag.isalpha()), "")
    right_to_left = script in _RTL_SCRIPTS if script else subtags[0] in _RTL_LANGUAGES
    return "rtl" if right_to_left else "ltr"


def file_name(url: str) -> str:
    """The last part of the URL's path, decoded for people; without one, the host."""
    parts = parts_of(url)
    return plaintext.xml_safe(unquote(basename(parts.path.rstrip("/")))) or parts.netloc


def own_path(url: str) -> str:
    """The path of one of our own pages."""
    return parts_of(url).path


def excerpt(summary: str) -> str:
    return plaintext.shorten(summary, _SUMMARY_CHARS)


def headline(title: str) -> str:
    """A title as lists show it."""
    return plaintext.shorten(title, _HEADLINE_CHARS)


def facts(enclosure: Enclosure) -> str:
    """The details of a link to a file: "audio/mpeg, 3.4 MB"."""
    known: Iterable[str] = (enclosure.type, size(enclosure.length))
    return ", ".join(filter(None, known))
