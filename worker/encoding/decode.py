"""Decodes a seed's bytes: as Unicode, in a declared encoding, or in one that the text proves.

Unicode with a mark, and UTF-8 without one, are read as such. Anything else is read in the encoding named by the file's
front matter, its own markup, or `seeds.encoding` for plain text; without a name, in the one that `charsets` proves. If
none is certain, the file is refused, since a wrong guess would be published. The text is in normal form C (Unicode
§3.11): windows-1258 stores Vietnamese decomposed.
"""

import codecs
import re
import unicodedata
from dataclasses import dataclass

from feeds.errors import SeedError
from worker.encoding import charsets, vietnamese

# Line separators of all systems, including Word's vertical tab and U+2028.
LINE_END = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")

_DECLARED = re.compile(rb"""^[ \t]*["']?encoding["']?[ \t]*[:=][ \t]*["']?([A-Za-z0-9._:-]+)""", re.MULTILINE)
_FRONT_BYTES = 16 * 1024
# Bytes to examine for further damage.
_MENDABLE = 256 * 1024

# Codecs that are not text encodings, or that turn harmless bytes into markup (UTF-7).
REFUSED = frozenset({"utf-7", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"})
_UTF16 = frozenset({"utf-16", "utf-16-le", "utf-16-be"})
# Labels that programs use although they write a larger encoding: https://encoding.spec.whatwg.org/#names-and-labels
_WIDER = {
    "iso8859-1": "windows-1252", "ascii": "windows-1252", "iso8859-9": "windows-1254", "shift_jis": "cp932",
    "euc_kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "tis-620": "cp874",
}  # fmt: skip
# The escape sequences of these are plain ASCII, so that they pass for UTF-8.
_SEVEN_BIT = ("iso2022", "hz")


# Controls are white space, as form feeds are in HTML, so that words on both sides stay apart. NUL and noncharacters are
# nothing. Line ends stay.
_CLEAN: dict[int, str] = {
    **dict.fromkeys((*range(1, 9), *range(0x0E, 0x20), 0x7F), " "),
    **dict.fromkeys((0, 0xFFFE, 0xFFFF), ""),
}
_C1 = re.compile("[\x80-\x9f]")
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1a")
# The first bytes of files that are not text, whatever their name.
_NO_TEXT = (
    (b"%PDF-", "a PDF"), (b"PK\x03\x04", "a zip archive, or an office document"), (b"{\\rtf", "a Rich Text file"),
    (b"\xd0\xcf\x11\xe0", "an old Word file"), (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"), (b"\x7fELF", "a program"), (b"MZ\x90", "a program"), (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"), (b"Rar!", "a compressed file"), (b"SQLite format 3", "a database"),
    (b"ID3", "a sound"), (b"RIFF", "a sound or a film"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text in NFC, its encoding, and the evidence for that in words. It holds no controls but line ends and tabs."""

    text: str
    encoding: str
    because: str = ""


def decode(body: bytes, name: str, fallback: str = "") -> Decoded:
    """The text of a seed. fallback: encoding for files that are not Unicode and declare none, or "".

    Raises SeedError: W_EMPTY if nothing in it is visible, E_ENC if no encoding fits or several do, E_KIND if it is not
    text.
    """
    for beginning, kind in _NO_TEXT:
        if body.startswith(beginning):
            message = f"is {kind} in spite of its name; save it as .docx or .txt. It is not published."
            raise SeedError(name, message, "E_KIND")
    found = _decode(body, name, fallback)
    text = unicodedata.normalize("NFC", found.text.lstrip("\ufeff")).translate(_CLEAN)
    if not visible(text):
        raise SeedError(name, "holds no text; nothing is published for it until it does.", "W_EMPTY")
    return Decoded(text, found.encoding, found.because)


def visible(text: str) -> bool:
    """Whether a reader would see anything."""
    return any(unicodedata.category(letter)[0] not in "ZC" for letter in text)


def _decode(body: bytes, name: str, fallback: str) -> Decoded:
    if body.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise SeedError(name, "is UTF-32, which is not read; save it as UTF-8.", "E_ENC")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode_as(body, "utf-16", name, "its byte order mark")
    declared = _declared_encoding(body)
    named, because = (declared, "its header says so") if declared else (fallback, "the settings or the page say so")
    if declared and _seven_bit(declared, name):
        return _decode_as(body, declared, name, because)
    # A file that declares UTF-16 in ASCII is not UTF-16, nor is one without a NUL byte.
    if (
        named
        and not vietnamese.known(named)
        and b"\0" not in body
        and codecs.lookup(_known_codec(named, name)).name in _UTF16
    ):
        named = ""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        if named:
            return _decode_as(body, _known_codec(named, name), name, because)
        return _decode_by_proof(body, name)
    # English text in UTF-16 without a mark is valid UTF-8 in which every second byte is NUL.
    if text.count("\0") * 8 > len(text):
        return _decode_as(body, _known_codec(named, name), name, because) if named else _decode_by_proof(body, name)
    return Decoded(text, "utf-8")


def _decode_by_proof(body: bytes, name: str) -> Decoded:
    """Decodes in the encoding that the text itself proves."""
    if wide := _utf16(body):
        return _decode_as(body, wide, name, "every second byte is of a letter")
    if damage := _damage_to_utf8(body):
        raise SeedError(name, f"is UTF-8, but {damage}. It is not published until it is saved again as UTF-8.", "E_ENC")
    if len(body.translate(None, _CONTROLS)) * 50 < len(body) * 49:
        raise SeedError(name, "is no text file; it is not published. Save it as .txt in UTF-8.", "E_ENC")
    verdict = charsets.detect_encoding(body)
    if verdict.text is not None:
        return Decoded(verdict.text, verdict.encoding, verdict.because)
    looks = f" It looks like {verdict.encoding}, but that is a guess." if verdict.encoding else ""
    example = verdict.encoding or "windows-1258"
    raise SeedError(
        name,
        f"is not UTF-8, and its encoding cannot be told for certain.{looks} It is not published: save it as UTF-8, or"
        f" name its encoding in the file's header (encoding: {example}) or, for .txt, as seeds.encoding in"
        " seeds/site.toml.",
        "E_ENC",
    )


def _damage_to_utf8(body: bytes) -> str:
    """What is wrong with a text that is UTF-8 except for a few bytes; "" for other encodings.

    In no other encoding do bytes form lead and continuation sequences by chance.
    """
    sample = body[:_MENDABLE]
    text = sample.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for letter in text if letter > "\x7f") - bad
    if good < 4 or bad * 4 > good:
        return ""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return "ends within a character, as if it were cut off"
        return f"{_place(body, error.start)} is not"
    return ""


def _utf16(body: bytes) -> str:
    """The byte order of UTF-16 without a mark, or "": line ends and spaces appear only in the right order."""
    sample = body[: 8192 // 2 * 2]
    if len(body) % 2 or len(sample) < 8 or b"\0" not in sample:
        return ""
    for codec, turned in (("utf-16-le", "utf-16-be"), ("utf-16-be", "utf-16-le")):
        text, other = (sample.decode(name, "replace") for name in (codec, turned))
        spaces, strange = sum(map(text.count, " \n\r。")), sum(map(text.count, "\u0a00\u0d00\u2000"))
        seen = sum(unicodedata.category(letter)[0] in "LMNPZ" or letter in "\r\n\t" for letter in text)
        if spaces and not strange and "\0" not in text and seen * 20 >= len(text) * 19 and not other.count("\n"):
            return codec
    return ""


def _declared_encoding(body: bytes) -> str:
    """The encoding declared in front matter, read before decoding, since keys and codec names are ASCII."""
    start = body.removeprefix(codecs.BOM_UTF8)[:_FRONT_BYTES]
    if not start.startswith((b"---", b"+++")):
        return ""
    end = start.find(b"\n" + start[:3], 3)
    found = _DECLARED.search(start, 0, end) if end > 0 else None
    return found[1].decode("ascii") if found else ""


def _seven_bit(encoding: str, name: str) -> bool:
    known = vietnamese.known(encoding)
    return not known and codecs.lookup(_known_codec(encoding, name)).name.startswith(_SEVEN_BIT)


def _known_codec(encoding: str, name: str) -> str:
    if vietnamese.known(encoding):
        return encoding
    try:
        found = codecs.lookup(encoding)
        # Some codecs turn text into text or bytes into bytes, which CodecInfo shows only in a private attribute.
        codec = found.name if getattr(found, "_is_text_encoding", True) else "undefined"
        # EBCDIC and UTF-32: their letters are not at ASCII's positions.
        if codec not in _UTF16 and "az 09".encode(codec) != b"az 09":
            codec = "undefined"
    except (LookupError, UnicodeError):
        codec = "undefined"
    if codec in REFUSED:
        raise SeedError(name, f"encoding {encoding!r} is not one that can be read; save the file as UTF-8.", "E_ENC")
    return encoding


def _decode_as(body: bytes, encoding: str, name: str, because: str) -> Decoded:
    if table := vietnamese.known(encoding):
        return Decoded(vietnamese.as_nfc(body, table), table, because)
    codec = codecs.lookup(encoding).name
    try:
        text = body.decode(codec)
        if codec == "iso8859-1" and _C1.search(text):
            text = body.decode(_WIDER[codec])
        return Decoded(text, encoding, because)
    except UnicodeDecodeError as error:
        if codec in _WIDER and _WIDER[codec] != encoding and codec != "iso8859-1":
            return _decode_as(body, _WIDER[codec], name, because)
        place = _place(body, error.start)
        raise SeedError(name, f"is not {encoding}: {place}. Save it as UTF-8.", "E_ENC") from error
    except (LookupError, UnicodeError) as error:
        raise SeedError(name, f"cannot be read as {encoding}; save the file as UTF-8.", "E_ENC") from error


def _place(body: bytes, position: int) -> str:
    line = len(re.split(rb"\r\n|[\r\n]", body[:position]))
    return f"byte 0x{body[position]:02X} in line {line}"
