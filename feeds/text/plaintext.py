"""Text prepared to be published, compared and searched: plain words in, plain words out.

Characters: XML 1.0 §2.2, without those that validators flag (C1 controls, U+FFFD, noncharacters). Tags are read as the
HTML tokeniser reads them (WHATWG HTML §13.2.5), language tags as BCP 47 (RFC 5646 §2.1, §2.1.1). Everything here runs
for every entry, so clean and ASCII input takes a short path, and no input takes more than linear time.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from hashlib import blake2b

from feeds.text.languages import PREFERRED, PRIMARY

# The last two code points of every plane are noncharacters.
_ASTRAL = "".join(f"{chr(plane)}-{chr(plane | 0xFFFD)}" for plane in range(0x10000, 0x110000, 0x10000))
_SAFE = "\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffc" + _ASTRAL
_ALL_SAFE = re.compile(f"[{_SAFE}]*+")
_UNSAFE = re.compile(f"[^{_SAFE}]+")
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_C1 = re.compile("[\x80-\x9f]")
_DAMAGE = re.compile("\ufffd+")
_WINDOWS_1252 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}


def xml_safe(text: str) -> str:
    """`text` with only the characters that XML 1.0 and validators take; line feeds and tabs stay.

    C1 controls are windows-1252 read as Latin-1, so they become the character that was meant. Form feeds and other
    controls are white space, so that words stay apart. U+FFFD, which stands for a character that was lost, becomes a
    question mark, so that the loss is seen; NUL and the rest are dropped.
    """
    if _ALL_SAFE.fullmatch(text):
        return text
    text = _DAMAGE.sub("?", _CONTROL.sub(" ", text))
    if _C1.search(text):
        text = text.translate(_WINDOWS_1252)
    return _UNSAFE.sub("", text)


#: Elements of HTML, obsolete ones included, and the two that open another vocabulary.
ELEMENTS = frozenset(
    """
    a abbr acronym address area article aside audio b base basefont bdi bdo big blink blockquote body br button
    canvas caption center cite code col colgroup data dd del details dfn dialog dir div dl dt em embed fieldset
    figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img
    input ins kbd label legend li link main map mark marquee math menu meta meter nav nobr noembed noframes
    noscript object ol optgroup option output p param picture plaintext pre progress q rb rp rt rtc ruby s samp
    script section select slot small source span strike strong style sub summary sup svg table tbody td template
    textarea tfoot th thead time title tr track tt u ul var video wbr xmp
    """.split()
)
# Tags for which a browser breaks the line or separates table cells; any other tag joins the text around it.
_BREAKING = frozenset(
    (
        "address article aside blockquote body br button caption center dd details dialog dir div dl dt "
        "fieldset figcaption figure footer form frame h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe "
        "legend li main menu nav object ol optgroup option p pre script search section select style summary "
        "table tbody td textarea tfoot th thead title tr ul video audio"
    ).split()
)
_UNSHOWN = frozenset(["script", "style", "iframe", "noframes", "noembed"])
# A tag whose attributes contain neither "<" nor ">": in most documents, every tag.
_SIMPLE_TAG = re.compile(r"""</?([a-zA-Z][a-zA-Z0-9]*+)(?=[\s/>])(?:[^<>"']++|"[^"<>]*+"|'[^'<>]*+')*+>""")
_NOT_SIMPLE = re.compile(r"<(?:[!?]|/[^a-zA-Z]|script|style|iframe|noframes|noembed)", re.IGNORECASE)
#: The mark of XML before a text, and how it is misspelt.
CDATA = re.compile(r"<!\[?\s*CDATA\s*\[", re.IGNORECASE)
_TAG_OPEN = re.compile(r"<(?:/?([a-zA-Z][^\s/>]*+)|[!?]|/(?=[^a-zA-Z]))")
_TAG_REST = re.compile(r"""[^>"']*+(?:(?:"[^"]*+"|'[^']*+')[^>"']*+)*+>""")
# Python refuses to convert numbers of thousands of digits, and no character has ten.
_ENDLESS_REFERENCE = re.compile(r"&#(?:[0-9]{10,}|[xX][0-9a-fA-F]{10,});?")


def plain(html: str) -> str:
    """HTML -> one line of plain text, for titles, names and summaries.

    Tags are removed (those that break lines leave a space), script and style together with their contents; references
    are decoded once, white space is collapsed. A "<" that opens no tag is text. The result is text, not HTML: escape it
    again.
    """
    text = html
    if "<" in text:
        text = _without_tags(text)
    if "&" in text:
        text = _unescape(text)
    return " ".join(xml_safe(text).split())


def _unescape(text: str) -> str:
    return html.unescape(_ENDLESS_REFERENCE.sub("", with_whole_characters(text)))


_HALF_REFERENCES = re.compile(
    r"&#(?:([xX])0*([dD][89abAB][0-9a-fA-F]{2})|0*(5(?:5[3-9]|6[0-3])\d\d));"
    r"&#(?:([xX])0*([dD][c-fC-F][0-9a-fA-F]{2})|0*(5(?:6[3-9]|7[0-3])\d\d));"
)


def with_whole_characters(text: str) -> str:
    """The text with one character for two references to its halves in UTF-16, as older programs write them."""
    return _HALF_REFERENCES.sub(_whole, text) if "&#" in text else text


def _whole(halves: re.Match[str]) -> str:
    high, low = (int(halves[n + 1], 16) if halves[n] else int(halves[n + 2]) for n in (1, 4))
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return halves[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _without_tags(text: str) -> str:
    if _NOT_SIMPLE.search(text) is None:
        out = _SIMPLE_TAG.sub(lambda tag: " " if tag[1].lower() in _BREAKING else "", text)
        if "<" not in out:
            return out
    return _scan(text)


def _scan(text: str) -> str:
    """The text between tags, found by scanning from tag to tag as a browser would."""
    if CDATA.search(text):
        text = CDATA.sub("", text).replace("]]>", "")
    out: list[str] = []
    start = 0
    quoted = True  # attribute values are honoured until one never ends; from then on a tag ends at the first ">"
    lower = ""
    while (opening := _TAG_OPEN.search(text, start)) is not None:
        if opening.start() > start:
            out.append(text[start : opening.start()])
        name = (opening[1] or "").lower()
        if text.startswith("<!--", opening.start()):
            end = text.find("-->", opening.start() + 2)
            end = len(text) if end < 0 else end + 3
        else:
            rest = _TAG_REST.match(text, opening.end()) if quoted and name else None
            quoted = quoted and (rest is not None or not name)
            end = rest.end() if rest is not None else text.find(">", opening.end()) + 1
            if not end:  # no further tag ends
                start = opening.start()
                break
        if name in _BREAKING:
            out.append(" ")
        if name in _UNSHOWN and text[opening.start() + 1] != "/":
            lower = lower or _lower_ascii(text)
            closing = lower.find(f"</{name}", end)
            end = len(text) if closing < 0 else closing
        start = end
    out.append(text[start:])
    return "".join(out)


def _lower_ascii(text: str) -> str:
    # str.lower can change the length of a text, but positions must stay.
    return text.translate(_ASCII_LOWER)


_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def as_html_paragraphs(text: str, inline: Callable[[str], str] = _escaped) -> str:
    """Plain text -> HTML: one <p> for each block between blank lines, <br> for a single line break.

    inline: turns the words of a line into HTML.
    """
    blocks: list[list[str]] = [[]]
    for line in xml_safe(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n"):
        stripped = line.strip()
        if stripped:
            blocks[-1].append(inline(stripped))
        elif blocks[-1]:
            blocks.append([])
    return "\n".join(f"<p>{'<br>'.join(block)}</p>" for block in blocks if block)


# Marks that folding removes: diacritics, soft hyphen, zero-width and bidi characters, Arabic vowel marks and kashida.
_MARKS = "\u0300-\u036f\u00ad\u061c\u0640\u064b-\u0652\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_MARK = re.compile(f"[{_MARKS}]+")
_ASCII_AND_MARKS = re.compile(f"[\x00-\x7f{_MARKS}]*+")
# Letters of scripts that put no space between words (Thai, Lao, Burmese, Khmer, kana, Han) …
_UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u103f\u1050-\u1055\u1780-\u17b3\u17d7\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# … and the marks that stay with the letter before them.
_ATTACHED = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u1056-\u1059\u17b4-\u17d3\u17dd"
    "\u3099\u309a"
)
# Marks within words of Hebrew, Arabic and the Indic scripts, which Python's \w leaves out.
_INWARD = "\u0591-\u05c7\u0670\u06d6-\u06ed\u0900-\u0963\u0971-\u0dff\u0f71-\u0f84\u0f8d-\u0fbc" + _ATTACHED
_UNSPACED_LETTER = re.compile(f"[{_UNSPACED}]")
_PIECE = re.compile(rf"[{_UNSPACED}][{_ATTACHED}]*|[^\s{_UNSPACED}]+")
_SPACED_PIECE = re.compile(rf"(?:[{_UNSPACED}][{_ATTACHED}]*|[^\s{_UNSPACED}]+)\s*")
_TOKEN = re.compile(rf"[{_UNSPACED}][{_ATTACHED}]*|[0-9]+|[^\W0-9_{_UNSPACED}]+(?:[{_INWARD}]+[^\W0-9_{_UNSPACED}]*)*")
_NATIVE_DIGIT = re.compile(r"[^\D0-9]")
_BARRED = str.maketrans("ðħıłøŧ", "dhilot")
_HAS_BARRED = re.compile("[ðħıłøŧ]")


def fold(text: str) -> str:
    """`text` for search and comparison: without case, diacritics and compatibility forms, digits as 0-9.

    Letters of scripts without spaces between words (Thai, Han, kana …) are separated by single spaces, each with its
    own marks. Folding twice changes nothing more.
    """
    folded = _folded(text)
    if folded.isascii() or _UNSPACED_LETTER.search(folded) is None:
        return folded
    return " ".join(_PIECE.findall(folded))


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = text.replace("đ", "d").replace("Đ", "D").replace("“", '"').replace("”", '"')
    text = text.replace("‘", "'").replace("’", "'").replace("–", "-").replace("—", "-")
    text = unicodedata.normalize("NFKD", text)
    # U+0345 counts as a letter in case folding.
    if _ASCII_AND_MARKS.fullmatch(text) and "\u0345" not in text:
        return text.encode("ascii", "ignore").decode("ascii").lower()
    # Case folding may recompose what was decomposed, so it comes between two decompositions.
    text = unicodedata.normalize("NFKD", text.casefold())
    text = _MARK.sub("", text)
    if _HAS_BARRED.search(text):
        text = text.translate(_BARRED)
    text = _NATIVE_DIGIT.sub(lambda digit: str(unicodedata.digit(digit[0])), text)
    return unicodedata.normalize("NFC", text)


def pieces(text: str) -> list[str]:
    """The words of a text, each with the white space after it; letters of scripts without spaces count as words."""
    return _SPACED_PIECE.findall(text)


_NOT_WORD = {code: " " for code in range(128) if not chr(code).isalnum()}
_MIXED = re.compile("[0-9](?:(?=[a-z])|(?<=[a-z][0-9]))")
_DIGITS = re.compile("[0-9]+")
_SIGNS = re.compile(rf"[^\x00-\x7f\w{_UNSPACED}{_INWARD}]+")


def tokens(text: str) -> list[str]:
    """The folded words of `text`, runs of digits, and single letters of scripts without spaces, in order.

    "Bão số 3: 1.234 nhà" -> ["bao", "so", "3", "1", "234", "nha"].
    """
    folded = _folded(text)
    if not folded.isascii():
        folded = _SIGNS.sub(" ", folded)
        if not folded.isascii():
            return _TOKEN.findall(folded)
    if _MIXED.search(folded):
        folded = _DIGITS.sub(r" \g<0> ", folded)
    # Splitting at characters that are neither letter nor digit is faster than searching for words.
    return folded.translate(_NOT_WORD).split()


_LIGATURES = str.maketrans({"æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n", "ĸ": "k"})
_SLUG_SOURCE = 500
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def slug(name: str) -> str:
    """`name` as a part of URLs: [a-z0-9-], at most 60 characters, never empty, the same for any case or accents.

    A name without Latin letters or digits gets six hash digits: "日本" -> "x-" and digits, "" -> "x" and digits.
    """
    folded = fold(name[:_SLUG_SOURCE]).translate(_LIGATURES)
    words = _NOT_SLUG.sub("-", folded).strip("-")
    if words:
        return words[:60].rstrip("-")
    digits = blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=3).hexdigest()
    return f"x-{digits}" if folded else f"x{digits}"


def shorten(text: str, limit: int) -> str:
    """`text` in at most `limit` characters, cut after a word if one ends in its second half, with "…" if cut."""
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    end = limit - 1
    if not text[end].isspace():
        space = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end))
        if space >= limit // 2:
            end = space
    while end and (_is_mark(text[end]) or text[end] in _JOINED or text[end - 1] in _JOINING):
        end -= 1
    return text[:end].rstrip(" \n\t,;:-–—(\u00a0") + "…"


def _is_mark(letter: str) -> bool:
    """Whether it belongs to the letter before it (UAX #29). Thai and Hindi vowel signs do, without combining."""
    return unicodedata.category(letter)[0] == "M" or letter in "\u0e33\u0eb3"


# ZWJ, the viramas of Indic scripts, and the vowels that Thai and Lao write before their consonant.
_JOINING = (
    "\u200d\u094d\u09cd\u0acd\u0bcd\u0c4d\u0ccd\u0d4d\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4"
)
_JOINED = "\u200d\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
TITLE_LIMIT = 1000
_INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]+")
_BLANK_ENDS = " \u00ad\u200b\u200c\u200d\u200e\u200f\u2060"


def clean_title(text: str) -> str:
    """Plain text as a title: one line, no bidi overrides or invisible tags, at most 1,000 characters; may be ""."""
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    line = " ".join(xml_safe(text).split()).strip(_BLANK_ENDS)
    return shorten(line, TITLE_LIMIT)


_LANGTAG = re.compile(
    r"([a-z]{2,3})((?:-[a-z]{3}){0,3})(-[a-z]{4})?(-(?:[a-z]{2}|[0-9]{3}))?"
    r"((?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)((?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?)"
)
_SUBTAGS = re.compile(r"\s*([\w-]+)")


def language_tag(text: str) -> str:
    """The BCP 47 tag in `text` in its usual case ("vi_VN.UTF-8" -> "vi-VN"); "" for a language unknown to ISO 639.

    Invalid subtags of a known language are dropped.
    """
    match = _SUBTAGS.match(text[:100])
    if match is None:
        return ""
    tag = match[1].lower().replace("_", "-")
    first, _, rest = tag.partition("-")
    language = PREFERRED.get(first, first)
    primary = language.partition("-")[0]
    if primary not in PRIMARY:
        return ""
    # What the language's own subtags say already would stand there twice.
    parts = (rest and _LANGTAG.fullmatch(f"{language}-{rest}")) or _LANGTAG.fullmatch(language)
    if parts is None:
        return primary
    script, region = parts[3] or "", parts[4] or ""
    region = "-gb" if region == "-uk" else region
    return f"{primary}{parts[2]}{script[:2].upper()}{script[2:]}{region.upper()}{parts[5]}{parts[6]}"


# Vietnamese encodings that Python lacks, by name without punctuation.
_VIETNAMESE = {
    **dict.fromkeys(("tcvn3", "tcvn", "tcvn5712", "tcvn57121", "tcvn57121993", "abc", "vn3", "tcvn3abc"), "tcvn3"),
    **dict.fromkeys(("viscii", "viscii11", "csviscii", "rfc1456"), "viscii"),
}


def vietnamese_encoding(name: str) -> str:
    """The Vietnamese encoding that a name means: "tcvn3", "viscii", or "" for any other."""
    return _VIETNAMESE.get(re.sub(r"[^a-z0-9]", "", name.lower()), "")
