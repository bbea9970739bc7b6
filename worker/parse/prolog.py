"""Decodes a document into text that any XML parser may see, and refuses entity declarations.

Pure. The text is Unicode without a byte order mark or XML declaration. It holds only characters and character
references that XML 1.0 §2.2 allows; others become U+FFFD, which later steps drop. After `refuse_entities` nothing
before the root element declares an entity, so nothing can expand (XML 1.0 §4.2).

Encoding: a byte order mark of UTF-16 decides; valid UTF-8 is UTF-8, whatever is declared; UTF-8 with a few strays is
UTF-8 too. Otherwise the text decides (`worker.encoding.charsets`): a declaration of UTF-8 is false then, and labels of
Western encodings are what programs write without knowing. Another label is believed if letter statistics bear it out
(`worker.encoding.fitness`), which needs fewer words than to prove an encoding that nobody states. A document of which
neither is certain is refused, since readers would get words without their letters. UTF-7, UTF-32 and EBCDIC are
refused: nobody needs them, and they can hide markup from checks on the bytes.
"""

import codecs
import re
import unicodedata
from html.entities import html5
from xml.parsers import expat

from feeds.errors import ParseError
from worker.encoding import charsets, fitness
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
_FEED = re.compile(rb"<(?:[\w.-]+:)?(?:rss|feed|rdf|channel)[\s>]|\A\s*[{\[]", re.IGNORECASE)

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


def decoded_text(document: Document) -> tuple[str, tuple[str, ...]]:
    """The text of a document, and a warning if its encoding is not what it says. Raises ParseError E_ENC."""
    body = document.body
    found = _DECLARED.match(body[:400])
    declared = found[1].decode("ascii", "replace") if found else ""
    for label in (declared, document.charset):
        if _REFUSED.fullmatch(label.strip()):
            raise _refusal(document, label)
    if body[:4] in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, b"\0\0\0<", b"<\0\0\0"):
        raise _refusal(document, "UTF-32")
    if body[:4] == b"\x4c\x6f\xa7\x94":  # "<?xm" in EBCDIC
        raise _refusal(document, "EBCDIC")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _without_marks(body.decode("utf-16", "replace")), ()
    if body[:2] in (b"<\0", b"\0<", b"{\0", b"\0{"):
        return _without_marks(body.decode("utf-16-le" if body[1:2] == b"\0" else "utf-16-be", "replace")), ()
    labels = [codec for codec in (_codec(declared), _codec(document.charset)) if codec]
    for codec in labels:
        if _SEVEN_BIT.fullmatch(codec) and body.isascii() and (b"\x1b" in body or b"~{" in body):
            return body.decode(codec, "replace"), ()
    try:
        return _without_marks(body.decode("utf-8")), ()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":  # the lenient lane says that the document ends early
            return _without_marks(body[: error.start].decode()), ()
    return _mended(body) or _proved(document, labels)


# Two halves of a character beyond U+FFFF, each written as if it were a character (CESU-8), as some databases do.
_HALVES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_STRAY = re.compile("[\udc80-\udcff]+(?=([A-Za-z])?)")
_LONGEST_CUT = 3  # bytes that are left of a character
# Characters of UTF-8 for each stray: in no other encoding do bytes form such sequences by chance.
_GOOD_FOR_A_STRAY = 4


def _mended(body: bytes) -> tuple[str, tuple[str, ...]] | None:
    """A text that is UTF-8 except for a few bytes; None if it is not.

    A stray byte is a letter of windows-1252, pasted from elsewhere, or the rest of a character that was cut: then other
    characters of the text begin with that byte, and no letter follows.
    """
    text = _HALVES.sub(lambda found: _whole(found[0]), body).decode("utf-8", "surrogateescape")
    kept = _STRAY.sub("", text)
    strays = sum(-(-len(found[0]) // _LONGEST_CUT) for found in _STRAY.finditer(text))
    good = len(kept) - len(kept.encode("ascii", "ignore"))
    if strays * _GOOD_FOR_A_STRAY > good:
        return None
    leads = {letter.encode()[:1] for letter in set(kept) if letter > "\x7f"}
    read = lost = 0

    def meant(found: re.Match[str]) -> str:
        nonlocal read, lost
        stray = found[0].encode("utf-8", "surrogateescape")
        cut = stray[:1] in leads and not found[1]
        # 0xFF stands for damage far more often than for ÿ.
        letters = "\ufffd" if cut else stray.decode("cp1252", "replace").replace("ÿ", "\ufffd")
        lost += letters.count("\ufffd")
        read += len(letters) - letters.count("\ufffd")
        return letters

    text = _STRAY.sub(meant, text)
    told = [f"W_ENC: {read} bytes that are not UTF-8 were read as windows-1252"] if read else []
    told += [f"W_ENC: {lost} damaged characters were left out"] if lost else []
    return _without_marks(text), tuple(told)


def _whole(halves: bytes) -> bytes:
    """The bytes of the character that two halves make (Unicode §3.8, D71)."""
    return halves.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass").decode("utf-16-le").encode()


def _proved(document: Document, labels: list[str]) -> tuple[str, tuple[str, ...]]:
    """The text of a document that is not Unicode, in the encoding that fits."""
    stated, rival = None, ""
    for label in (codec for codec in labels if codec != "utf-8"):
        stated = _strictly(document.body, label)
        if stated is None:
            continue
        if label in _WRITTEN_UNKNOWINGLY:
            rival = ""
            if charsets.fits_windows_1252(document.body):
                return stated, ()
        elif _OLD.fullmatch(label) or not (
            (rival := fitness.likelier(document.body, label)) or _otherwise(document.body, label)
        ):
            return stated, ()
    verdict = charsets.detect_in_markup(document.body.removeprefix(codecs.BOM_UTF8))
    if verdict.text is None and stated is not None and not rival and not _strange(stated):
        return stated, ()
    if verdict.text is None and not _FEED.search(document.body):
        return document.body.decode("latin-1"), ()  # not a feed in any encoding, which is reported
    if verdict.text is None:
        likely = rival or verdict.encoding
        looks = f" It looks like {likely}, but that is a guess." if likely else ""
        message = f"This feed is not UTF-8, and its encoding cannot be told for certain.{looks} It is not read."
        raise ParseError(document.name, message, "E_ENC")
    if verdict.text == stated:
        return stated, ()
    says = f"it says {labels[0]}" if labels else "it does not say so"
    return verdict.text, (f"W_ENC: read as {verdict.encoding}, though {says}: {verdict.because}",)


# Labels that servers and programs write without knowing the encoding.
_WRITTEN_UNKNOWINGLY = frozenset({"cp1252", "iso8859-15"})
# Code pages of DOS and of old Macs, which nobody states by mistake.
_OLD = re.compile(r"cp(?:437|7\d\d|85\d|86[0-59]|1125)|mac[-_].*")


def _otherwise(body: bytes, label: str) -> bool:
    """Whether a text is certainly in another encoding of Latin letters than in the one that it states."""
    if label not in _LATIN:
        return False
    sample = fitness.foreign_lines(body, _LATIN_SAMPLE)
    verdict = charsets.detect_encoding(sample)
    return verdict.text is not None and verdict.text != _strictly(sample, label)


_LATIN_SAMPLE = 4096  # bytes, since about twenty encodings are tried
# Labels of encodings in which the text of another looks like words too: letters of one alphabet at other places.
_LATIN = frozenset({"cp1250", "cp1254", "cp1257", "cp1258", "iso8859-2", "iso8859-13"})
_C1 = re.compile("[\x80-\x9f]")


_BEYOND_ASCII = re.compile("[\xa1-\xff]")
_RUN = re.compile("[\xa1-\xff]{3,}")


def _strange(text: str) -> bool:
    """Whether most letters and signs beyond ASCII are in runs, as in no Western language."""
    return 2 * sum(len(run) for run in _RUN.findall(text)) > len(_BEYOND_ASCII.findall(text))


def _strictly(body: bytes, codec: str) -> str | None:
    """The text in an encoding; None if a byte has no meaning there."""
    try:
        # windows-1258 writes Vietnamese as letter plus mark; everyone else composes them.
        text = unicodedata.normalize("NFC", body.decode(codec))
    except UnicodeDecodeError:
        return None
    return None if _C1.search(text) else text


def _refusal(document: Document, label: str) -> ParseError:
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


_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)"
    r"(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|\w*)(;?)",
    re.DOTALL,
)


def mend_references(text: str) -> tuple[str, str]:
    """The text with each & that begins no reference of XML as &amp;, and HTML's names of characters as numbers; and
    where it was mended, in words, "" if nowhere.

    A name without its semicolon is no reference, as before "=" in a URL (WHATWG HTML §13.2.5.73): ?a=1&copy=2.
    """
    places: list[int] = []

    def mended(found: re.Match[str]) -> str:
        if found[1] is None:  # CDATA, or a comment
            return found[0]
        places.append(found.start())
        if found[1].startswith("#"):
            return f"&{found[1].lower()};"
        letters = html5.get(f"{found[1]};") if found[2] else None
        return "".join(f"&#{ord(letter)};" for letter in letters) if letters else f"&amp;{found[1]}{found[2]}"

    text, original = _AMPERSAND.sub(mended, text), text
    if not places:
        return text, ""
    before = original[: places[0]]
    place = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    return text, f"{len(places)} bare & or names that only HTML has, the first at {place}, were read as meant"


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
