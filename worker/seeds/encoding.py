"""From a seed's bytes to its text, without ever guessing.

Unicode with a mark, or UTF-8 without one, is read as it is. Anything else is read only in a codec that somebody named:
the file's front matter, its own markup, or `seeds.encoding` for plain text. A guess that is wrong would be published,
so there is none. Text comes out in normal form C (Unicode §3.11): windows-1258 holds Vietnamese decomposed.
"""

import codecs
import re
import unicodedata

from feeds.errors import SeedError

# What separates lines in the text files of any system: also the vertical tab that Word writes, and U+2028.
LINE_END = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")

_DECLARED = re.compile(rb"""^[ \t]*["']?encoding["']?[ \t]*[:=][ \t]*["']?([A-Za-z0-9._:-]+)""", re.MULTILINE)
_FRONT_BYTES = 16 * 1024

# Codecs that are no text encoding, or that turn harmless bytes into markup (UTF-7).
REFUSED = frozenset({"utf-7", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"})
# Escape sequences of these are plain ASCII bytes, so that they pass for UTF-8.
_SEVEN_BIT = ("iso2022", "hz")


def decode(body: bytes, name: str, fallback: str = "") -> str:
    """The text of a seed, NFC, without byte order marks. `fallback`: a codec for what is not Unicode, "" for none.

    Raises SeedError: W_EMPTY when nothing in it could be seen, E_ENC when no declared encoding fits.
    """
    text = unicodedata.normalize("NFC", _decoded(body, name, fallback).lstrip("\ufeff"))
    if not visible(text):
        raise SeedError(name, "holds no text; nothing is published for it until it does.", "W_EMPTY")
    return text


def visible(text: str) -> bool:
    """Whether a reader would see anything of it."""
    return any(unicodedata.category(letter)[0] not in "ZC" for letter in text)


def _decoded(body: bytes, name: str, fallback: str) -> str:
    if body.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise SeedError(name, "is UTF-32, which is not read; save it as UTF-8.", "E_ENC")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _with(body, "utf-16", name)
    declared = _declared(body)
    if declared and codecs.lookup(_known(declared, name)).name.startswith(_SEVEN_BIT):
        return _with(body, declared, name)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        if declared or fallback:
            return _with(body, _known(declared or fallback, name), name)
        raise SeedError(
            name,
            f"is not UTF-8: {_place(body, error.start)}. Save it as UTF-8, or name its encoding in the file's header "
            "(encoding: windows-1258) or, for .txt, as seeds.encoding in seeds/site.toml.",
            "E_ENC",
        ) from error
    # UTF-16 without a mark is valid UTF-8 as long as it is English: every second byte is NUL.
    if text.count("\0") * 8 > len(text):
        if declared or fallback:
            return _with(body, _known(declared or fallback, name), name)
        raise SeedError(name, "is no text file, or UTF-16 without a byte order mark; save it as UTF-8.", "E_ENC")
    return text


def _declared(body: bytes) -> str:
    """The encoding that the front matter names, read before anything is decoded: keys and codec names are ASCII."""
    start = body.removeprefix(codecs.BOM_UTF8)[:_FRONT_BYTES]
    if not start.startswith((b"---", b"+++")):
        return ""
    end = start.find(b"\n" + start[:3], 3)
    found = _DECLARED.search(start, 0, end) if end > 0 else None
    return found[1].decode("ascii") if found else ""


def _known(encoding: str, name: str) -> str:
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        codec = "undefined"
    if codec in REFUSED:
        raise SeedError(name, f"encoding {encoding!r} is not one that can be read; save the file as UTF-8.", "E_ENC")
    return encoding


def _with(body: bytes, encoding: str, name: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        place = _place(body, error.start)
        raise SeedError(name, f"is not {encoding}: {place}. Save it as UTF-8.", "E_ENC") from error
    except (LookupError, UnicodeError) as error:
        raise SeedError(name, f"cannot be read as {encoding}; save the file as UTF-8.", "E_ENC") from error


def _place(body: bytes, position: int) -> str:
    line = len(re.split(rb"\r\n|[\r\n]", body[:position]))
    return f"byte 0x{body[position]:02X} in line {line}"
