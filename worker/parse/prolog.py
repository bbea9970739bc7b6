"""Decodes a document into text that any XML parser may see, and refuses entity declarations.

Pure. The text is Unicode without a byte order mark or XML declaration. It holds only characters and character
references that XML 1.0 §2.2 allows; others become U+FFFD, which later steps drop. After `refuse_entities` nothing
before the root element declares an entity, so nothing can expand (XML 1.0 §4.2).

Encoding: valid UTF-8 is UTF-8, whatever is declared. Otherwise the byte order mark decides, then the XML declaration,
then the charset of the header, then windows-1252. UTF-7, UTF-32 and EBCDIC are refused: nobody needs them, and they can
hide markup from checks on the bytes.
"""

import codecs
import re
import unicodedata
from xml.parsers import expat

from feeds.errors import ParseError
from worker.model import Document

_DECLARED = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']\s*([\w.:-]{1,40})", re.IGNORECASE)
_DECLARATION = re.compile(r"<\?xml(?:\s[^>]*)?>", re.IGNORECASE)
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
# Matches every reference to a character that XML forbids, and a few others; few feeds have one, and the search is fast.
_SUSPECT = re.compile(
    "&#(?![xX]0*[9aAdD];|0*(?:9|10|13);)"
    "(?:[xX]0*(?:(?:1?[0-9a-fA-F])?(?![0-9a-fA-F])|[dD][89a-fA-F]|[fF]{3}[eEfF]|[0-9a-fA-F]{6})|"
    "0*(?:[12]?[0-9]?(?![0-9])|3[01](?![0-9])|5[5-7][0-9]{3}|6553[45]|[0-9]{7}))"
)
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_ROOT = re.compile(rb"<\w")

# Labels often name a subset of the actual encoding (WHATWG Encoding §4.2 lists the same supersets).
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "utf-8-sig": "utf-8",
}
# Other codecs of Python (punycode, unicode_escape, …) are not document encodings, and some are slow by design.
_USABLE = re.compile(r"utf-8|cp(?:125\d|437|720|737|775|1125|8\d\d|9\d\d)|iso8859-\d+|koi8-[rut]|kz1048|gb18030|hz|"
                     r"big5hkscs|euc_.+|shift_jis.*|iso2022_.+|johab|mac-.+|ptcp154")  # fmt: skip
# Encodings whose bytes are ASCII: here the label must win over "valid UTF-8".
_SEVEN_BIT = re.compile(r"iso2022_.+|hz")
_REFUSED = re.compile(r"utf[-_]?7|unicode-1-1-utf-7|(?:x-)?utf[-_]?32.*|ucs[-_]?4|iso-10646-ucs-4|.*ebcdic.*|"
                      r"cp(?:037|273|424|500|875|10\d\d|11[4-9]\d)|ibm(?:037|273|424|500|875|10\d\d|11\d\d)",
                      re.IGNORECASE)  # fmt: skip


def decoded_text(document: Document) -> str:
    """The text of a document; undecodable bytes become U+FFFD. Raises ParseError E_ENC for a refused encoding."""
    body = document.body
    found = _DECLARED.match(body[:400])
    declared = found[1].decode("ascii", "replace") if found else ""
    for label in (declared, document.charset):
        if _REFUSED.fullmatch(label.strip()):
            raise _refused(document, label)
    if body[:4] in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, b"\0\0\0<", b"<\0\0\0"):
        raise _refused(document, "UTF-32")
    if body[:4] == b"\x4c\x6f\xa7\x94":  # "<?xm" in EBCDIC
        raise _refused(document, "EBCDIC")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _without_marks(body.decode("utf-16", "replace"))
    if body[:2] in (b"<\0", b"\0<", b"{\0", b"\0{"):
        return _without_marks(body.decode("utf-16-le" if body[1:2] == b"\0" else "utf-16-be", "replace"))
    labels = [codec for codec in (_codec(declared), _codec(document.charset)) if codec]
    for codec in labels:
        if _SEVEN_BIT.fullmatch(codec) and body.isascii() and (b"\x1b" in body or b"~{" in body):
            return body.decode(codec, "replace")
    try:
        return _without_marks(body.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    if body.startswith(codecs.BOM_UTF8) or "utf-8" in labels[:1] or _mostly_utf8(body):
        return _without_marks(body.decode("utf-8", "replace"))
    codec = next((codec for codec in labels if codec != "utf-8"), "cp1252")
    # windows-1258 writes Vietnamese as letter plus mark; everyone else composes them.
    return unicodedata.normalize("NFC", body.decode(codec, "replace"))


def _refused(document: Document, label: str) -> ParseError:
    return ParseError(document.name, f"The encoding {label} is not read; the feed has to be UTF-8.", "E_ENC")


def _without_marks(text: str) -> str:
    return text.lstrip("\ufeff")


def _codec(label: str) -> str:
    """Python's name for an encoding label, "" if it names no document encoding."""
    try:
        name = codecs.lookup(label.strip().strip("'\"")).name if label.strip() else ""
    except (LookupError, ValueError):
        return ""
    name = _SUPERSETS.get(name, name)
    return name if _USABLE.fullmatch(name) else ""


def _mostly_utf8(body: bytes) -> bool:
    """Whether this is UTF-8 with a few bad bytes: in any other encoding, most sequences would be bad."""
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = len(text) - len(text.encode("ascii", "ignore")) - bad
    return good >= 10 * bad


def clean(text: str) -> tuple[str, int]:
    """The text with everything that XML forbids replaced by U+FFFD, and the number of replacements (XML 1.0 §2.2,
    §4.1).
    """
    text, characters = _ILLEGAL.subn("\ufffd", text)
    references = 0

    def legal(found: re.Match[str]) -> str:
        nonlocal references
        digits, base = (found[1], 16) if found[1] else (found[2], 10)
        # Bounded so that int() is fast: no code point has more than seven digits.
        digits = digits.lstrip("0")
        number = int(digits, base) if 0 < len(digits) < 8 else 0
        if number <= 0x10FFFF and not _ILLEGAL.match(chr(number)):
            return found[0]
        references += 1
        return "\ufffd"

    if "&#" in text:
        text = _REFERENCE.sub(legal, text)
    return text, characters + references


def suspicious(text: str) -> bool:
    """Whether a character reference may be forbidden in XML; looks into CDATA too, where no parser complains."""
    return _SUSPECT.search(text) is not None


def without_declaration(text: str) -> str:
    """The text from its first "<", without XML declarations, which no longer apply to Unicode text."""
    start = text.find("<")
    text = text[start:] if start > 0 else text
    while found := _DECLARATION.match(text):
        text = text[found.end() :].lstrip()
    return text


def refuse_entities(name: str, body: bytes) -> None:
    """Raises ParseError E_ENTITY if anything before the root element declares an entity. Expands nothing.

    Checks twice, as the two parsers see it: with a pattern up to the first apparent element, where feedparser reads
    declarations itself, and with expat, which recognises comments.
    """
    root = _ROOT.search(body)
    if _ENTITY.search(body, 0, root.start() if root else len(body)):
        raise _entities(name)
    parser = expat.ParserCreate()
    parser.StartElementHandler = _stop
    parser.EntityDeclHandler = _found_entity
    try:
        parser.Parse(body, True)
    except _EntityFound:
        raise _entities(name) from None
    except (_RootReached, expat.ExpatError):
        # Ill-formed before the root: the strict parser stops at the same place, and the lenient one sees no
        # declarations but those that the pattern above has checked.
        return


class _EntityFound(Exception):
    """An entity declaration."""


class _RootReached(Exception):
    """The root element starts; no declaration can follow."""


def _stop(_name: str, _attributes: dict[str, str]) -> None:
    raise _RootReached


def _found_entity(*_declaration: object) -> None:
    raise _EntityFound


def _entities(name: str) -> ParseError:
    return ParseError(name, "This feed defines XML entities, which is not allowed.", "E_ENTITY")
