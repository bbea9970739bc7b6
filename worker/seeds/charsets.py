"""Which encoding bytes are in that nobody has named: decided where the text itself leaves no doubt, else not at all.

Each encoding is asked what the bytes say in it, and whether that can be meant: letters in the shape of words, the
signs that a language really uses, and a language that the words prove. If exactly one text passes, that is it; if none
or several differ, nobody knows. A wrong text would be published, so that doubt is an answer too.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from worker import language
from worker.seeds import vietnamese

# So much is looked at; a text that passes is then decoded to its end.
_SAMPLE = 48 * 1024
_FEWEST_LETTERS = 40

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
_WORD = re.compile(r"[^\W\d_]+")
# A capital behind a small letter, as where KOI8-R is read as windows-1251.
_SWAPPED = re.compile(r"[^\W\d_A-Z]*[а-яёіїєґ][А-ЯЁІЇЄҐ]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """text: None when nobody can tell. encoding: of the text, else the likeliest, or "". because: why, in words."""

    text: str | None
    encoding: str
    because: str = ""


def decide(body: bytes) -> Verdict:
    """What bytes that are no Unicode say. Bounded in time whatever they are."""
    sample = _sample(body)
    passed = [(encoding, text, why) for encoding, text, why in _candidates(sample)]
    texts = {text for _, text, _ in passed}
    if len(texts) == 1:
        encoding, _, why = passed[0]
        whole = _decoded(body, encoding)
        if whole is not None and not _CONTROL.search(whole):
            return Verdict(whole, encoding, why)
    return Verdict(None, passed[0][0] if passed else _likely(sample))


def _sample(body: bytes) -> bytes:
    """The beginning, to the end of a line, so that no character is cut; spaces do where a line is very long."""
    if len(body) <= _SAMPLE:
        return body
    start = body[:_SAMPLE]
    end = max(start.rfind(b"\n"), start.rfind(b"\r"))
    return start[:end] if end > _SAMPLE // 4 else start[: max(start.rfind(b" "), 1)]


def _likely(sample: bytes) -> str:
    """What a statistical detector thinks; good enough to be told, never to be published."""
    for encoding in ("windows-1258", "tcvn3", "viscii"):
        if (text := _decoded(sample, encoding)) and not _CONTROL.search(text) and vietnamese.all_possible(text):
            return encoding
    # Few bytes beyond ASCII, all of them letters of Western Europe: that is what most such files are.
    western = _decoded(sample, "windows-1252")
    others = [letter.lower() for letter in western or "" if not letter.isascii()]
    if others and len(others) * 4 < len(sample) and all(letter in _WESTERN or letter in _SIGNS for letter in others):
        return "windows-1252"
    from charset_normalizer import from_bytes

    own = [encoding for encoding, _, _ in _TESTS if not vietnamese.known(encoding)]
    best = from_bytes(sample[:8192], cp_isolation=own).best()
    return best.encoding.replace("_", "-") if best and best.encoding != "ascii" else ""


def _candidates(sample: bytes) -> Iterator[tuple[str, str, str]]:
    """Every encoding in which the sample makes sense: its name, the text, and why."""
    for encoding, passes, why in _TESTS:
        text = _decoded(sample, encoding)
        if text is None or _CONTROL.search(text):
            continue
        letters = sum(1 for letter in text if letter.isalpha())
        if letters >= _FEWEST_LETTERS and passes(text):
            yield encoding, text, why


def _decoded(body: bytes, encoding: str) -> str | None:
    if vietnamese.known(encoding):
        return vietnamese.decode(body, encoding)
    try:
        return unicodedata.normalize("NFC", body.decode(encoding))
    except UnicodeDecodeError:
        return None


# What makes sense


def _is_vietnamese(text: str) -> bool:
    return vietnamese.all_possible(text) and language.whole(text) == "vi"


def _is_japanese(text: str) -> bool:
    kana = len(re.findall("[\u3041-\u309f\u30a1-\u30fe]", text))
    han = len(re.findall("[\u4e00-\u9fff\u3005]", text))
    half = len(re.findall("[\uff61-\uff9f]", text))
    hiragana = len(re.findall("[\u3041-\u309f]", text))
    return hiragana * 5 >= kana + han and half * 20 <= kana + han and _rare(text) * 20 <= kana + han


def _rare(text: str) -> int:
    """Signs that no running text of East Asia is full of."""
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


def _cyrillic(languages: frozenset[str]) -> Callable[[str], bool]:
    def passes(text: str) -> bool:
        letters = re.findall("[\u0400-\u04ff]", text)
        if len(letters) < 20 or _SWAPPED.search(text) or _mixed(text, "\u0400-\u04ff"):
            return False
        frequent = sum(letter in "оеаинтсрвлі" for letter in "".join(letters).lower())
        small = sum(letter.islower() for letter in letters)
        return frequent * 10 >= len(letters) * 5 and small * 2 > len(letters) and language.whole(text) in languages

    return passes


def _mixed(text: str, script: str) -> bool:
    """Whether letters of a script stand in one word with others, or with signs that no word has."""
    strange = r"[A-Za-z\u00a1-\u00aa\u00ac-\u00b6\u00b8-\u00ba\u00bc-\u024f]"
    return re.search(rf"[{script}]{strange}|[\u2500-\u25a1]", text) is not None


def _script(script: str, frequent: str, tag: str, share: float) -> Callable[[str], bool]:
    """A text in one alphabet: its frequent letters make up so much of it, and no word mixes it with others."""

    def passes(text: str) -> bool:
        letters = re.findall(f"[{script}]", text)
        others = sum(letter.isalpha() and not letter.isascii() for letter in re.sub(f"[{script}]", "", text))
        if len(letters) < 20 or others * 20 > len(letters) or _mixed(text, script):
            return False
        return sum(letter in frequent for letter in letters) >= share * len(letters) and language.whole(text) == tag

    return passes


# Letters beyond ASCII that each language writes, and the quotation marks and dashes that any may.
_LETTERS = {
    "fr": "àâæçéèêëîïôœùûüÿ", "de": "äöüß", "es": "áéíóúüñ", "pt": "áâãàçéêíóôõúü", "it": "àèéìíîòóùú",
    "nl": "áéëïóöüèê", "sv": "åäöé", "da": "æøåé", "no": "æøåéòô", "nb": "æøåéòô", "nn": "æøåéòô", "fi": "äöå",
    "is": "áðéíóúýþæö", "ca": "àçèéíïòóúü·", "en": "éèêëïôñçàâöüä", "id": "é",
    "pl": "ąćęłńóśźż", "cs": "áčďéěíňóřšťúůýž", "sk": "áäčďéíĺľňóôŕšťúýž", "hu": "áéíóöőúüű", "ro": "ăâîșțşţ",
    "hr": "čćđšž", "sl": "čšž", "tr": "çğıöşüâîû",
}  # fmt: skip
_WESTERN = frozenset("".join(_LETTERS[tag] for tag in ("fr", "de", "es", "pt", "it", "nl", "sv", "da", "is")))
_SIGNS = frozenset("«»‹›“”„‘’‚–—…·•€£°§©®™ªº¿¡½¼¾×²³\u00a0\u00ad")


def _latin(*languages: str) -> Callable[[str], bool]:
    def passes(text: str) -> bool:
        tag = language.whole(text).partition("-")[0]
        if tag not in languages:
            return False
        others = [letter.lower() for letter in text if not letter.isascii()]
        letters = [letter for letter in others if letter.isalpha() and letter not in "ªº"]
        strange = sum(letter not in _LETTERS[tag] for letter in letters)
        signs = sum(letter not in _SIGNS for letter in others if not letter.isalpha())
        swapped = re.search(r"[a-z][À-ÖØ-ÝŸŠŽŒ](?![A-ZÀ-Þ])", text)
        enough = len(letters) >= 3 or (tag in {"en", "id", "nl"} and not letters)
        return enough and strange * 12 <= len(letters) and signs == 0 and not swapped and _lettered(text)

    return passes


def _lettered(text: str) -> bool:
    """Whether signs stand where signs stand: none between two letters, but for what joins words."""
    return re.search(r"[^\W\d_][¿¡«»“”„•§©®°€£½¼¾×²³][^\W\d_]", text) is None


_CYRILLIC = frozenset({"ru", "uk", "be", "bg", "sr", "mk"})
_WEST = ("fr", "de", "es", "pt", "it", "nl", "sv", "da", "no", "nb", "nn", "fi", "is", "ca", "en", "id")
_TESTS: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("windows-1258", _is_vietnamese, "every word is a possible Vietnamese syllable"),
    ("tcvn3", _is_vietnamese, "every word is a possible Vietnamese syllable"),
    ("viscii", _is_vietnamese, "every word is a possible Vietnamese syllable"),
    ("cp932", _is_japanese, "kana and kanji in the proportions of Japanese"),
    ("euc-jp", _is_japanese, "kana and kanji in the proportions of Japanese"),
    ("gb18030", _is_chinese, "the frequent signs of Chinese"),
    ("big5hkscs", _is_chinese, "the frequent signs of Chinese"),
    ("cp949", _is_korean, "the frequent syllables of Korean"),
    ("koi8-r", _cyrillic(_CYRILLIC), "the frequent letters of Cyrillic, in words"),
    ("koi8-u", _cyrillic(_CYRILLIC), "the frequent letters of Cyrillic, in words"),
    ("windows-1251", _cyrillic(_CYRILLIC), "the frequent letters of Cyrillic, in words"),
    ("iso8859-5", _cyrillic(_CYRILLIC), "the frequent letters of Cyrillic, in words"),
    ("cp866", _cyrillic(_CYRILLIC), "the frequent letters of Cyrillic, in words"),
    ("windows-1256", _script("\u0620-\u064a\u067e\u0686\u0698\u06a9\u06af", "اليمنوتره", "ar", 0.5), "Arabic words"),
    ("iso8859-6", _script("\u0620-\u064a", "اليمنوتره", "ar", 0.5), "Arabic words"),
    ("windows-1255", _script("\u05d0-\u05ea", "יוהלאתרמשב", "he", 0.55), "Hebrew words"),
    ("windows-1253", _script("\u0386-\u03ce", "αοιετσνηυρπκλμά", "el", 0.6), "Greek words"),
    ("cp874", _script("\u0e01-\u0e5b", "านรอกเงมลวยส่้ัิี", "th", 0.4), "Thai words"),
    ("windows-1252", _latin(*_WEST), "the words and accents of one language"),
    ("windows-1250", _latin("pl", "cs", "sk", "hu", "ro", "hr", "sl"), "the words and accents of one language"),
    ("iso8859-2", _latin("pl", "cs", "sk", "hu", "ro", "hr", "sl"), "the words and accents of one language"),
    ("windows-1254", _latin("tr"), "the words and accents of one language"),
    ("mac-roman", _latin(*_WEST), "the words and accents of one language"),
    ("cp850", _latin(*_WEST), "the words and accents of one language"),
)
