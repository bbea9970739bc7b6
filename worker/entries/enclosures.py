"""The files of an entry: absolute URLs, valid media types, each file once with all that is known of it.

Pure. The duration of an episode (itunes:duration) is moved to its audio or video file.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from mimetypes import MimeTypes
from urllib.parse import unquote

from feeds.model import LONGEST_PLAY, Enclosure
from feeds.text.plaintext import clean_title, plain, shorten
from feeds.text.urls import absolute, parts_of

MOST_ENCLOSURES = 50
TITLE_LIMIT = 400  # characters

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
# Without the machine's own tables, so that the same feed gives the same entries everywhere.
_TYPES = MimeTypes(filenames=())
for _type, _extension in (
    ("image/webp", ".webp"),
    ("image/avif", ".avif"),
    ("audio/mp4", ".m4a"),
    ("audio/ogg", ".ogg"),
    ("audio/opus", ".opus"),
    ("audio/flac", ".flac"),
    ("video/mp4", ".m4v"),
    ("video/webm", ".webm"),
    ("application/epub+zip", ".epub"),
):
    _TYPES.add_type(_type, _extension)


# Nothing plays it any more; YouTube names it still.
_FLASH = "application/x-shockwave-flash"


def files(enclosures: Iterable[Enclosure], base: str, duration: str) -> tuple[Enclosure, ...]:
    """The files of an entry. base: for relative references. duration: of the episode, as the source writes it."""
    return _lasting(_each_once(_usable(enclosures, base)), duration)


def _usable(enclosures: Iterable[Enclosure], base: str) -> Iterator[Enclosure]:
    for enclosure in enclosures:
        if url := absolute(enclosure.url, base):
            kind = enclosure.type.partition(";")[0].strip().lower()
            if not _TYPE.fullmatch(kind):
                kind = _TYPES.guess_type(f"file:{unquote(parts_of(url).path)}")[0] or ""
            if kind == _FLASH:
                continue
            length = enclosure.length
            yield replace(
                enclosure,
                url=url,
                type=kind,
                length=length if length is not None and 0 <= length < 2**63 else None,
                title=shorten(clean_title(plain(enclosure.title)), TITLE_LIMIT) if enclosure.title else "",
            )


def _each_once(enclosures: Iterable[Enclosure]) -> tuple[Enclosure, ...]:
    """Each URL once: media:content may supply what an <enclosure> for the same file leaves out."""
    found: dict[str, Enclosure] = {}
    for one in enclosures:
        if before := found.get(one.url):
            found[one.url] = Enclosure(
                before.url,
                before.type or one.type,
                # RSS writes 0 for an unknown length.
                before.length or (before.length if one.length is None else one.length),
                before.duration or one.duration,
                before.title or one.title,
                before.bitrate or one.bitrate,
                before.width or one.width,
                before.height or one.height,
                before.group or one.group,
            )
        elif len(found) < MOST_ENCLOSURES:
            found[one.url] = one
    return tuple(found.values())


_CLOCK = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,4}):)?(\d{1,6})(?:\.\d*)?", re.ASCII)


def _seconds(duration: str) -> int | None:
    """Seconds, from "1834", "30:34" or "1:30:34"."""
    found = _CLOCK.fullmatch(duration.strip())
    if found is None:
        return None
    hours, minutes, seconds = (int(digits or 0) for digits in found.groups())
    whole = (hours * 60 + minutes) * 60 + seconds
    return whole if 0 < whole < LONGEST_PLAY else None


def _lasting(enclosures: tuple[Enclosure, ...], duration: str) -> tuple[Enclosure, ...]:
    """Gives the episode's duration to its first audio or video file."""
    seconds = _seconds(duration) if duration else None
    first = next((number for number, one in enumerate(enclosures) if one.plays), None)
    if seconds is None or first is None or enclosures[first].duration:
        return enclosures
    timed = replace(enclosures[first], duration=seconds)
    return (*enclosures[:first], timed, *enclosures[first + 1 :])
