"""Decodes a document into text that any XML parser may see, and refuses entity declarations.

Pure. The text is Unicode without a byte order mark or XML declaration. It holds only characters and character
references that XML 1.0 §2.2 allows: controls become white space, as everywhere, halves of a character one character,
and what is left U+FFFD, which later steps show. After `refuse_entities` nothing before the root element declares an
entity, so nothing can expand (XML 1.0 §4.2).

Encoding: a byte order mark of UTF-16 decides; ASCII with the escape sequences of ISO 2022 or HZ is that; valid UTF-8
is UTF-8, whatever is declared; UTF-8 with a few strays is UTF-8 too, and a character that was cut proves it as a whole
one does. A few strays in ASCII cost those letters at most. Aggregators mix encodings, so that each text of a document
may have its own. Otherwise the text decides (`worker.encoding.charsets`): a declaration of UTF-8 is false then, and
labels of Western encodings are what programs write without knowing. Another label is believed if letter statistics
bear it out (`worker.encoding.fitness`), which needs fewer words than to prove an encoding that nobody states. A
document of which neither is certain is refused, since readers would get words without their letters. UTF-7, UTF-32
and EBCDIC are refused: nobody needs them, and they can hide markup from checks on the bytes.
"""

import codecs
import re
import unicodedata
from collections.abc import Collection
from html.entities import html5
from itertools import islice
from xml.parsers import expat

from feeds.errors import ParseError
from feeds.text.plaintext import CDATA, with_whole_characters
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
    if body.isascii() and (b"\x1b" in body or b"~{" in body) and (found_in := _seven_bit(body, labels)):
        return found_in
    try:
        return _without_marks(body.decode("utf-8")), ()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":  # the lenient lane says that the document ends early
            return _without_marks(body[: error.start].decode()), ()
    return _mended(body, labels) or _mixed(body, _SURELY_UTF8) or _proved(document, labels)


_ISO_2022 = re.compile(rb"\x1b\$(?:[@B]|\([@BD]|\)C)")
_HZ = re.compile(rb"~\{((?:[\x21-\x77][\x21-\x7e])+)~\}")
_EVERYDAY = 4  # characters of everyday Chinese that prove HZ


def _seven_bit(body: bytes, labels: list[str]) -> tuple[str, tuple[str, ...]] | None:
    """The text of bytes that are ASCII only by their looks; None if they are ASCII.

    No text has the escape sequences of ISO 2022 by chance. What looks like HZ has to be Chinese in it.
    """
    for codec in labels:
        if _SEVEN_BIT.fullmatch(codec):
            return body.decode(codec, "replace"), ()
    says = f"it says {labels[0]}" if labels else "it does not say so"
    if _ISO_2022.search(body):
        name, codec = ("iso-2022-kr", "iso2022_kr") if b"\x1b$)C" in body else ("iso-2022-jp", "iso2022_jp_ext")
        told = f"W_ENC: read as {name}, though {says}: it has the escape sequences of it"
        return body.decode(codec, "replace"), (told,)
    chinese = "".join(run.decode("hz", "replace") for run in (found[0] for found in _HZ.finditer(body)))
    if fitness.everyday_chinese(chinese) < _EVERYDAY:
        return None
    text = _HZ.sub(lambda run: run[0].decode("hz", "replace").encode(), body).decode().replace("~~", "~")
    return text, (f"W_ENC: read as hz, though {says}: what it marks is Chinese",)


# Two halves of a character beyond U+FFFF, each written as if it were a character (CESU-8), as some databases do.
_HALVES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_STRAY = re.compile("[\udc80-\udcff]+(?=([A-Za-z])?)")  # and the letter after it
_NON_ASCII = re.compile("[^\x00-\x7f]")
_LONGEST_CUT = 3  # bytes that are left of a character
# Characters of UTF-8 for each stray: in no other encoding do bytes form such sequences by chance.
_GOOD_FOR_A_STRAY = 4
# The beginning of a character, without its last byte or bytes (Unicode §3.9, table 3-7).
_CUT = re.compile(
    rb"(?:\xe2\x80)*(?:[\xc2-\xdf]|\xe0[\xa0-\xbf]?|[\xe1-\xec\xee\xef][\x80-\xbf]?|\xed[\x80-\x9f]?"
    rb"|\xf0(?:[\x90-\xbf][\x80-\xbf]?)?|[\xf1-\xf3](?:[\x80-\xbf]{1,2})?|\xf4(?:[\x80-\x8f][\x80-\xbf]?)?)"
)
# Quotation marks, dashes and the like that lost their first byte (\xe2), among ASCII.
_HEADLESS = re.compile(rb"(?<![\x80-\xff])(?:\x80[\x93\x94\x98\x99\x9c\x9d\xa2\xa6])+(?![\x80-\xff])")
# What else such bytes may be: a letter of windows-1252, and signs that follow a letter there (é… à» û”).
_LETTER_AND_SIGNS = re.compile(rb"[\xc0-\xff][\x85\x91-\x94\x96\x97\x99\xa0\xab\xae\xb0\xb2\xb3\xb7\xbb]*")
# The same as a whole character of UTF-8.
_BY_CHANCE = re.compile(rb"[\xc4-\xff][\x85\x91-\x94\x96\x97\x99\xa0\xab\xae\xb0\xb2\xb3\xb7\xbb]+")
_CAPITAL = re.compile(rb"[\xc0-\xd6\xd8-\xde]")


def _mended(body: bytes, labels: list[str]) -> tuple[str, tuple[str, ...]] | None:
    """A text that is UTF-8 except for a few bytes; None if it is not.

    A stray byte is a letter of windows-1252, pasted from elsewhere, or the rest of a character that was cut.
    """
    headed = _HEADLESS.sub(lambda found: found[0].replace(b"\x80", b"\xe2\x80"), body)
    text = _HALVES.sub(lambda found: _whole(found[0]), headed).decode("utf-8", "surrogateescape")
    kept = _STRAY.sub("", text)
    letters = {letter.encode() for letter in set(_NON_ASCII.findall(kept))}
    leads = {letter[:1] for letter in letters} if any(not _BY_CHANCE.fullmatch(one) for one in letters) else set()
    leads |= {stray[:1] for found in _STRAY.finditer(text) if (stray := _bytes(found)) and _is_cut(found, frozenset())}
    # Whoever states another encoding than those that are stated unknowingly may have meant its letters.
    unsure = {"utf-8", *_WRITTEN_UNKNOWINGLY}.issuperset(labels)
    strays, good = 0, len(kept) - len(kept.encode("ascii", "ignore"))
    for found in _STRAY.finditer(text):
        if unsure and _is_cut(found, leads):
            good += 1
        else:
            strays += -(-len(found[0]) // _LONGEST_CUT)
    if strays * _GOOD_FOR_A_STRAY > good:
        return None
    text, told = _with_strays(text, leads)
    if headless := len(headed) - len(body):
        told = (f"W_ENC: {headless} characters that had lost their first byte were completed", *told)
    return text, told


def _is_cut(found: re.Match[str], leads: Collection[bytes]) -> bool:
    """Whether stray bytes are certainly what is left of a character.

    leads: first bytes of the other characters of the text. Without such a character, only what makes no sense in
    windows-1252 is certain: other signs after a letter, or a capital within a word in small letters or at its end.
    """
    stray = _bytes(found)
    after_small = "a" <= found.string[max(0, found.start() - 1) : found.start()] <= "z"
    if not _CUT.fullmatch(stray) or (found[1] and not (after_small and found[1].islower())):
        return False
    if not found[1] and (stray[:1] in leads or not _LETTER_AND_SIGNS.fullmatch(stray)):
        return True
    return after_small and _CAPITAL.fullmatch(stray) is not None


def _bytes(stray: re.Match[str]) -> bytes:
    return stray[0].encode("utf-8", "surrogateescape")


def _with_strays(text: str, leads: Collection[bytes]) -> tuple[str, tuple[str, ...]]:
    """Text in which stray bytes are read as windows-1252, or stand for damage."""
    read, lost = 0, text.count("\ufffd")

    def meant(found: re.Match[str]) -> str:
        nonlocal read, lost
        stray = _bytes(found)
        cut = _is_cut(found, leads) or (stray[:1] in leads and not found[1])
        # 0xFF stands for damage far more often than for ÿ.
        letters = "\ufffd" if cut else stray.decode("cp1252", "replace").replace("ÿ", "\ufffd")
        lost += letters.count("\ufffd")
        read += len(letters) - letters.count("\ufffd")
        return letters

    text = _STRAY.sub(meant, text)
    return _without_marks(text), _told(read, lost)


_TEXT = re.compile(rb"[^<>\n\"]+")  # between tags, or a string of JSON
# Characters in one text that no other encoding gives by chance.
_SURELY_UTF8 = 8
# The same where the encoding of the other texts is unknown, so that the document would be held back for them.
_KEPT_ALONE = 3


def _mixed(body: bytes, fewest: int) -> tuple[str, tuple[str, ...]] | None:
    """The text of a document of which some texts are UTF-8, and the others in one other encoding that they prove.

    fewest: characters of UTF-8 that one of its texts must have at least. None: it is no such document.
    """
    pieces = {piece: _in_utf8(piece) for piece in set(_TEXT.findall(body)) if not piece.isascii()}
    others = [piece for piece, good in pieces.items() if good is None]
    best = max((good or 0 for good in pieces.values()), default=0)
    if not others or best < fewest:
        return None
    verdict = charsets.detect_in_markup(b"\n".join(sorted(others, key=body.index)))
    if verdict.text is None:
        if best < _KEPT_ALONE or fewest == _SURELY_UTF8:
            return None
        # The others must not silence what is certain.
        return _with_strays(_STRAY.sub("\ufffd", body.decode("utf-8", "surrogateescape")), frozenset())
    foreign = {piece: charsets.decoded(piece, verdict.encoding) for piece in others}
    if None in foreign.values():
        return None
    whole = _TEXT.sub(lambda found: (foreign.get(found[0]) or "").encode() or found[0], body)
    text, told = _with_strays(whole.decode("utf-8", "surrogateescape"), frozenset())
    note = f"W_ENC: {len(others)} texts were read as {verdict.encoding}, the others as UTF-8: {verdict.because}"
    return text, (note, *told)


def _in_utf8(piece: bytes) -> int | None:
    """How many characters a text in UTF-8 has that are not likely to be letters and signs of another encoding; None if
    it is in another encoding.
    """
    text = piece.decode("utf-8", "surrogateescape")
    letters = [letter.encode() for letter in _NON_ASCII.findall(_STRAY.sub("", text))]
    cut = others = 0
    for found in _STRAY.finditer(text):
        if _is_cut(found, frozenset()):
            cut += 1
        else:
            others += len(found[0])
    if others > len(letters):
        return None
    return sum(_BY_CHANCE.fullmatch(letter) is None for letter in letters) + cut


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
    if verdict.text is None and (mixed := _mixed(document.body, 1)):
        return mixed
    if verdict.text is None and (spared := _spared(document.body)):
        return spared
    if verdict.text is None:
        likely = rival or verdict.encoding
        looks = f" It looks like {likely}, but that is a guess." if likely else ""
        message = f"This feed is not UTF-8, and its encoding cannot be told for certain.{looks} It is not read."
        raise ParseError(document.name, message, "E_ENC")
    if verdict.text == stated:
        return stated, ()
    says = f"it says {labels[0]}" if labels else "it does not say so"
    return verdict.text, (f"W_ENC: read as {verdict.encoding}, though {says}: {verdict.because}",)


_TAG = re.compile(rb"<[^<>]*>")
_ASCII_LETTER = re.compile(rb"[A-Za-z]")
_OTHER_BYTE = re.compile(rb"[\x80-\xff]")
# Letters of ASCII for each other byte, which no language with letters of its own has: a text in one is held back.
_SPARED = 20
# What a byte is in windows-1252, if it is there what it may be at its place: a small letter in a word, or a sign.
_LIKELY = re.compile(
    r"(?<=[a-z])[ß-öø-þ]|[ß-öø-þ](?=[a-z])|(?<![A-Za-z])[À-ÖØ-Þ](?=[a-z])|[€…‘’“”•–—™©®]|[£§°½](?![A-Za-z])"
)


def _spared(body: bytes) -> tuple[str, tuple[str, ...]] | None:
    """The text of a document that is ASCII except for a few bytes; None if they may be letters of its language."""
    words = _TAG.sub(b"", body)
    if len(_OTHER_BYTE.findall(words)) * _SPARED > len(_ASCII_LETTER.findall(words)):
        return None
    read = lost = 0

    def likely(found: re.Match[str]) -> str:
        nonlocal read, lost
        stray = _bytes(found)
        before, after = found.string[max(0, found.start() - 1) : found.start()], found[1] or ""
        western = before + stray.decode("cp1252", "replace") + after
        places = (
            {one.start() for one in _LIKELY.finditer(western)} if len(stray) == 1 or not _CUT.fullmatch(stray) else ()
        )
        letters = [
            western[place] if place in places else "\ufffd" for place in range(len(before), len(western) - len(after))
        ]
        read += len(places)
        lost += len(letters) - len(places)
        return re.sub("\ufffd+", "\ufffd", "".join(letters))

    text = _STRAY.sub(likely, body.decode("utf-8", "surrogateescape"))
    return _without_marks(text), _told(read, lost)


def _told(read: int, lost: int) -> tuple[str, ...]:
    told = [f"W_ENC: {read} bytes that are not UTF-8 were read as windows-1252"] if read else []
    told += [f"W_ENC: {lost} damaged characters became question marks"] if lost else []
    return tuple(told)


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
    """The text with everything that XML forbids replaced, and the number of replacements (XML 1.0 §2.2, §4.1)."""
    text, characters = _ILLEGAL.subn(lambda found: _legal(ord(found[0])), with_whole_characters(text))
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
        return _legal(number)

    if "&#" in text:
        text = _REFERENCE.sub(legal, text)
    return text, characters + references


def _legal(code: int) -> str:
    """What stands for a character that XML forbids: white space for a control, as in files, and nothing for what is
    none.
    """
    if code < 0x20:
        return " " if code else ""
    return "" if code in (0xFFFE, 0xFFFF) else "\ufffd"


def suspicious(text: str) -> bool:
    """Whether a character reference may be forbidden in XML; looks into CDATA too, where no parser complains."""
    return _SUSPECT.search(text) is not None


_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)"
    r"(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|\w*)(;?)|<(?=[\s\d=]|[A-Za-z][^<>=\"'/]*<)",
    re.DOTALL,
)


def mend_references(text: str) -> tuple[str, str]:
    """The text with each & that begins no reference of XML as &amp;, HTML's names of characters as numbers, each < that
    begins no tag as &lt;, and marks of CDATA as they have to be; and where it was mended, in words, "" if nowhere.

    A name without its semicolon is no reference, as before "=" in a URL (WHATWG HTML §13.2.5.73): ?a=1&copy=2.
    """
    places: list[int] = []

    def mended(found: re.Match[str]) -> str:
        if found[0].startswith("<!"):  # CDATA, or a comment
            return found[0]
        places.append(found.start())
        if found[1] is None:
            return "&lt;"
        if found[1].startswith("#"):
            return f"&{found[1].lower()};"
        letters = html5.get(f"{found[1]};") if found[2] else None
        return "".join(f"&#{ord(letter)};" for letter in letters) if letters else f"&amp;{found[1]}{found[2]}"

    marked = CDATA.sub("<![CDATA[", text)
    told = "misspelt marks of CDATA were read as meant" if marked != text else ""
    text = _AMPERSAND.sub(mended, marked)
    if not places:
        return text, told
    before = marked[: places[0]]
    place = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    signs = "&, <" if any(marked[one] == "<" for one in places) else "&"
    found = f"{len(places)} bare {signs} or names that only HTML has, the first at {place}, were read as meant"
    return text, "; ".join(filter(None, (told, found)))


_SECTION = re.compile(r"(?:<([\w.:-]+)[^<>]*>\s*)?<!\[CDATA\[|<!--(?:-?>)?")
_BOUNDARY = re.compile(r"<(/?)(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_NEXT = re.compile(rf"<!\[CDATA\[|{_BOUNDARY.pattern}", re.IGNORECASE)
_ENDS_OF_ENTRIES = ("</item", "</entry", ":item", ":entry")
_MISSPELT_END = re.compile(r"(?:\]\]|\]>)\s*\Z")
_MOST_BOUNDARIES = 100  # that are looked at in a comment


def mend_sections(text: str) -> tuple[str, str]:
    """The text with an end for each comment and each section of CDATA that would swallow entries, for want of its own;
    and what was mended, in words.

    A comment that holds whole entries is meant to.
    """
    endless = text.count("<![CDATA[") > text.count("]]>")
    if not endless and not _swallowing_comment(text):
        return text, ""
    kept: list[str] = []
    ends = {"-->": -1, "]]>": -1}
    mended = start = 0
    while section := _SECTION.search(text, start):
        mark = "-->" if section[0].startswith("<!--") else "]]>"
        if ends[mark] < section.end():  # many sections may have no end before one that is far
            ends[mark] = text.find(mark, section.end()) % (len(text) + 1)
        end = ends[mark]
        if mark == "-->" and _is_torn(text, section.end(), end):
            kept.append(text[start : section.start()])
            end = section.end()
            mended += 1
        elif section[1] and (own := re.compile(rf"</{re.escape(section[1])}\s*>").search(text, section.end(), end)):
            if _NEXT.search(text, own.end(), end):
                end = own.start()
                kept += (_MISSPELT_END.sub("", text[start:end]), "]]>")
                mended += 1
            else:
                kept.append(text[start:end])
        else:
            kept.append(text[start:end])
        start = end
    told = f"{mended} comments or CDATA sections without an end, which would hold entries, were ended" if mended else ""
    return "".join((*kept, text[start:])), told


def _swallowing_comment(text: str) -> bool:
    start = text.find("<!--")
    while start >= 0:
        end = text.find("-->", start + 4) % (len(text) + 1)
        if any(text.find(mark, start, end) >= 0 for mark in _ENDS_OF_ENTRIES):
            return True
        start = text.find("<!--", end)
    return False


def _is_torn(text: str, begin: int, end: int) -> bool:
    """Whether a comment begins or ends within an entry; one that names a single tag only speaks of it."""
    marks = [bool(found[1]) for found in islice(_BOUNDARY.finditer(text, begin, end), 2)]
    if marks == [True, False] or end == len(text):
        return bool(marks)
    if len(marks) < 2:
        return False
    every = [bool(found[1]) for found in islice(_BOUNDARY.finditer(text, begin, end), _MOST_BOUNDARIES)]
    return 2 * sum(every) != len(every)


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
