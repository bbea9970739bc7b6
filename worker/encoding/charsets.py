"""Finds the encoding of bytes without a declaration, but only if the text leaves no doubt.

For each encoding, the bytes are decoded and checked: are the letters in the shape of words, does the language use these
signs, do the words prove the language? If exactly one text passes, it is the answer; if none passes, or several that
differ, the encoding is unknown. A wrong text would be published, so "unknown" is an answer too.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from worker.encoding import language, single_byte, vietnamese

# Bytes to examine; a text that passes is then decoded to its end.
_SAMPLE = 48 * 1024
_AROUND = 160
_ASCII_BYTES = bytes(range(0x80))
_FEWEST_LETTERS = 40
# Latin letters identify a language only in a longer sample.
_FEWEST_LATIN = 60
_ASCII_LETTERS = tuple(bytes([code]) for code in b"abcdefghijklmnopqrstuvwxyz")

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")


@dataclass(frozen=True, slots=True)
class EncodingVerdict:
    """text: None if unknown. encoding: of the text, else the likeliest, or "". because: the reason in words."""

    text: str | None
    encoding: str
    because: str = ""


def detect_encoding(body: bytes) -> EncodingVerdict:
    """The verdict on bytes that are not Unicode. Takes bounded time for any bytes."""
    sample = _sample(body)
    passed = [(encoding, text, why) for encoding, text, why in _candidates(sample)]
    texts = {text for _, text, _ in passed}
    if len(texts) == 1:
        encoding, _, why = passed[0]
        whole = decoded(body, encoding)
        if whole is not None and not _CONTROL.search(whole):
            return EncodingVerdict(whole, encoding, why)
    return EncodingVerdict(None, passed[0][0] if passed else _likely(sample))


# Parts of a feed that are not text of a language: markup, addresses, dates and character references.
_NO_WORDS = re.compile(
    rb"<!\[CDATA\[|\]\]>|&lt;[^&<>]{0,300}&gt;|&#?\w{1,10};|<[^<>]*>|[a-z]+://[^\s<>\"']+"
    rb"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d[\w: ]*|\d{4}-\d\d-\d\d[\w:+.-]*|\\[nrtu\"/]"
)
# Encodings of files that no server writes; a few bytes may make sense in them by chance.
_OFF_THE_WEB = frozenset(
    ("mac-roman", "mac-latin2", "mac-cyrillic", "cp437", "cp850", "cp852", "cp855", "cp857", "cp858", "cp866", "cp1125")
)


def detect_in_markup(body: bytes) -> EncodingVerdict:
    """The verdict on a feed, whose markup, addresses and dates would count as words of a language.

    Text between tags is asked first, then only that with bytes beyond ASCII, then all of it with its tags. Where none
    of them proves anything, windows-1252 is taken for a few letters of a Western language, as browsers take it.
    """
    words = _NO_WORDS.sub(b"\n", body)
    beyond = b"\n".join(line for line in words.split(b"\n") if not line.isascii())
    for sample in dict.fromkeys((words, beyond, body)):
        verdict = detect_encoding(sample)
        if verdict.text is None or verdict.encoding in _OFF_THE_WEB:
            continue
        if (whole := decoded(body, verdict.encoding)) is not None:
            return EncodingVerdict(whole, verdict.encoding, verdict.because)
    if fits_windows_1252(body) and (whole := decoded(body, "windows-1252")) is not None:
        return EncodingVerdict(whole, "windows-1252", "its few accents are those of a Western language")
    return EncodingVerdict(None, verdict.encoding)


def fits_windows_1252(body: bytes) -> bool:
    """Whether a feed makes sense in windows-1252, in a language that has all letters it needs there."""
    return single_byte.is_western(_sample(_NO_WORDS.sub(b"\n", body)))


def _sample(body: bytes) -> bytes:
    """The beginning, plus a piece around each byte beyond ASCII that occurs only later.

    Pieces begin and end at lines or spaces, so that no character is cut.
    """
    if len(body) <= _SAMPLE:
        return body
    start = body[:_SAMPLE]
    end = max(start.rfind(b"\n"), start.rfind(b"\r"))
    pieces = [start[:end] if end > _SAMPLE // 4 else start[: max(start.rfind(b" "), 1)]]
    for code in sorted(set(body.translate(None, _ASCII_BYTES + bytes(set(pieces[0]))))):
        place = body.index(code)
        around = body[max(place - _AROUND, 0) : place + _AROUND]
        words = re.split(rb"[ \t\r\n]+", around)
        pieces.append(b" ".join(words[1:-1]) if len(words) > 2 else around)
    return b"\n".join(pieces)


def _likely(sample: bytes) -> str:
    """A statistical detector's guess; good enough for a message, never for publishing."""
    for encoding in ("windows-1258", "tcvn3", "viscii"):
        if (text := decoded(sample, encoding)) and not _CONTROL.search(text) and vietnamese.all_possible(text):
            return encoding
    # Few bytes beyond ASCII, all of them Western European letters: most such files are windows-1252.
    western = decoded(sample, "windows-1252")
    others = [letter.lower() for letter in western or "" if not letter.isascii()]
    if others and len(others) * 4 < len(sample) and all(letter in _WESTERN for letter in others):
        return "windows-1252"
    from charset_normalizer import from_bytes

    own = [*(encoding for encoding, _, _ in _TESTS if not vietnamese.known(encoding)), *_OFTEN_SEEN]
    best = from_bytes(sample[:8192], cp_isolation=own).best()
    return best.encoding.replace("_", "-") if best and best.encoding != "ascii" else ""


def _candidates(sample: bytes) -> Iterator[tuple[str, str, str]]:
    """Every encoding in which the sample makes sense: its name, the text, and the reason."""
    for encoding, passes, why in _TESTS:
        text = decoded(sample, encoding)
        # windows-932 has more characters than Shift-JIS, and different ones for some dashes.
        if encoding == "cp932" and decoded(sample, "shift_jis") is not None:
            continue
        if text is None or _CONTROL.search(text):
            continue
        letters = sum(1 for letter in text if letter.isalpha())
        if letters >= _FEWEST_LETTERS and passes(text):
            yield encoding, text, why
    if sum(map(sample.count, _ASCII_LETTERS)) >= _FEWEST_LATIN and (found := single_byte.latin(sample)):
        yield *found, "the words and accents of one language"
    if found := single_byte.cyrillic(sample):
        yield *found, "the letters of one Cyrillic alphabet, in words"


def decoded(body: bytes, encoding: str) -> str | None:
    """The text of bytes in an encoding, in normal form C; None if a byte has no meaning there."""
    if vietnamese.known(encoding):
        return vietnamese.as_nfc(body, encoding)
    try:
        return unicodedata.normalize("NFC", body.decode(encoding))
    except UnicodeDecodeError:
        return None


# Plausibility


def _is_vietnamese(text: str) -> bool:
    return vietnamese.all_possible(text) and language.main_language(text) == "vi"


def _is_japanese(text: str) -> bool:
    kana = len(re.findall("[\u3041-\u309f\u30a1-\u30fe]", text))
    han = len(re.findall("[\u4e00-\u9fff\u3005]", text))
    half = len(re.findall("[\uff61-\uff9f]", text))
    hiragana = len(re.findall("[\u3041-\u309f]", text))
    return (
        kana + han >= 20 and hiragana * 5 >= kana + han and half * 20 <= kana + han and _rare(text) * 20 <= kana + han
    )


def _rare(text: str) -> int:
    """Counts signs that are rare in running East Asian text."""
    return len(re.findall("[\u0370-\u04ff\u2500-\u25a1\uac00-\ud7a3\u3400-\u4dbf\u3220-\u33ff\u00a1-\u024f]", text))


_COMMON_HAN = frozenset(
    "的一是在不了有和人这這中大为為上个個国國我以要他时時来來用们們生到作地于於出就分对對成会會可主发發年"
)


def _is_chinese(text: str) -> bool:
    han = [letter for letter in text if "\u4e00" <= letter <= "\u9fff"]
    common = sum(letter in _COMMON_HAN for letter in han)
    kana = len(re.findall("[\u3041-\u30fe]", text))
    return len(han) >= 20 and common * 12 >= len(han) and kana * 20 <= len(han) and _rare(text) * 20 <= len(han)


_COMMON_HANGUL = frozenset("다이는을의에가고하한로지은도를서기사")


def _is_korean(text: str) -> bool:
    hangul = [letter for letter in text if "\uac00" <= letter <= "\ud7a3"]
    common = sum(letter in _COMMON_HANGUL for letter in hangul)
    han = len(re.findall("[\u4e00-\u9fff]", text))
    return (
        len(hangul) >= 20
        and common * 5 >= len(hangul)
        and han * 4 <= len(hangul)
        and text.count(" ") * 8 >= len(hangul)
    )


def _mixed(text: str, script: str) -> bool:
    """Whether a word mixes letters of a script with others, or with signs that no word contains."""
    strange = r"[A-Za-z\u00a1-\u00aa\u00ac-\u00b6\u00b8-\u00ba\u00bc-\u024f]"
    return re.search(rf"[{script}]{strange}|[\u2500-\u25a1]", text) is not None


def _is_thai(text: str) -> bool:
    # A vowel or tone mark above or below needs a base letter.
    return _THAI(text) and not re.search("(?:^|[^\u0e01-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]", text)


def _is_hebrew(text: str) -> bool:
    # Five letters have a form used only at the end of words.
    return _HEBREW(text) and len(re.findall("[םןץףך](?=[א-ת])", text)) * 100 <= len(text)


def _is_greek(text: str) -> bool:
    """Greek words end in a vowel, ς, ν or ρ, and ς occurs nowhere else."""
    ends = re.findall("[\u0386-\u03ce](?![\u0386-\u03ce])", text)
    good = sum(letter in "αειουωηάέίόύώήϊςνρΑΕΙΟΥΩΗΣΝΡ" for letter in ends)
    return _GREEK(text) and good * 20 >= len(ends) * 19 and not re.search("ς[α-ώ]", text)


def _script(script: str, frequent: str, tag: str, share: float) -> Callable[[str], bool]:
    """A check for text in one alphabet: frequent letters have at least this share, and no word mixes scripts."""

    def passes(text: str) -> bool:
        letters = re.findall(f"[{script}]", text)
        others = sum(letter.isalpha() and not letter.isascii() for letter in re.sub(f"[{script}]", "", text))
        if len(letters) < 20 or len(set(letters)) < 8 or others * 20 > len(letters) or _mixed(text, script):
            return False
        return (
            sum(letter in frequent for letter in letters) >= share * len(letters)
            and language.main_language(text) == tag
        )

    return passes


_HEBREW = _script("\u05d0-\u05ea", "יוהלאתרמשב", "he", 0.55)
_GREEK = _script("\u0386-\u03ce", "αοιετσνηυρπκλμά", "el", 0.6)
_THAI = _script("\u0e01-\u0e5b", "านรอกเงมลวยส่้ัิี", "th", 0.4)

# The characters beyond ASCII in most files that have only a few of them.
_WESTERN = frozenset("àâæçéèêëîïôœùûüÿäöüßáíóúñãõìòåøæðýþ«»‹›“”„‘’‚–—…·•€£°§©®™ªº¿¡½¼¾×²³\u00a0")


_OFTEN_SEEN = ("windows-1252", "windows-1250", "iso8859-2", "mac-roman", "cp850", "windows-1251", "koi8-r", "cp866")
_TESTS: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("windows-1258", _is_vietnamese, "every word is a possible Vietnamese syllable"),
    ("tcvn3", _is_vietnamese, "every word is a possible Vietnamese syllable"),
    ("viscii", _is_vietnamese, "every word is a possible Vietnamese syllable"),
    ("shift_jis", _is_japanese, "kana and kanji in the proportions of Japanese"),
    ("cp932", _is_japanese, "kana and kanji in the proportions of Japanese"),
    ("euc-jp", _is_japanese, "kana and kanji in the proportions of Japanese"),
    ("gb18030", _is_chinese, "the frequent signs of Chinese"),
    ("big5hkscs", _is_chinese, "the frequent signs of Chinese"),
    ("cp949", _is_korean, "the frequent syllables of Korean"),
    (
        "windows-1256",
        _script("\u0620-\u064a\u067e\u0686\u0698\u06a9\u06af", "ایرنهدوتمکبي", "fa", 0.5),
        "Persian words",
    ),
    ("windows-1256", _script("\u0620-\u064a\u067e\u0686\u0698\u06a9\u06af", "اليمنوتره", "ar", 0.5), "Arabic words"),
    ("iso8859-6", _script("\u0620-\u064a", "اليمنوتره", "ar", 0.5), "Arabic words"),
    ("windows-1255", _is_hebrew, "Hebrew words"),
    ("windows-1253", _is_greek, "Greek words"),
    ("cp874", _is_thai, "Thai words"),
)
