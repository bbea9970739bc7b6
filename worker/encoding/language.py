"""Detects the language of a text whose source does not state it.

Letters decide where they can: Vietnamese by its vowels, and scripts used by (nearly) one language. Plain English, which
most texts without a stated language are in, is told by its small words. The rest goes to py3langid, a statistical model
loaded on first use; its answer counts only if it is sure and matches the script. Answers are BCP 47 tags (RFC 5646), or
"" rather than a doubtful guess.
"""

import io
import lzma
import mmap
import re
import shutil
import struct
import tempfile
import unicodedata
import zipfile
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from math import prod
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Characters examined: the beginning indicates the language as well as the whole does.
LOOKED_AT = 1_000
_FEWEST_LETTERS = {"Latn": 20}  # shorter texts are ambiguous; 12 of the other alphabets, 2 of one language's own
_SURE = 0.7
# The model takes a microsecond per letter and gains no certainty after this many.
_MODEL_LOOKS_AT = 300

_LETTERS = re.compile(r"[^\W\d_]+")
_NON_ASCII = re.compile("[^\x00-\x7f]")
_NOISE = re.compile(r"https?://\S+|#\w+|&\w+;|[\d_]+")
_MAIL = re.compile(r"\S+@\S+|@\w+")

# First code point of a script's block, last one, name; in the order of the code points.
_SCRIPTS = (
    (0x0041, 0x024F, "Latn"), (0x0370, 0x03FF, "Grek"), (0x0400, 0x052F, "Cyrl"), (0x0530, 0x058F, "Armn"),
    (0x0590, 0x05FF, "Hebr"), (0x0600, 0x077F, "Arab"), (0x0900, 0x097F, "Deva"), (0x0980, 0x09FF, "Beng"),
    (0x0A00, 0x0A7F, "Guru"), (0x0A80, 0x0AFF, "Gujr"), (0x0B00, 0x0B7F, "Orya"), (0x0B80, 0x0BFF, "Taml"),
    (0x0C00, 0x0C7F, "Telu"), (0x0C80, 0x0CFF, "Knda"), (0x0D00, 0x0D7F, "Mlym"), (0x0D80, 0x0DFF, "Sinh"),
    (0x0E00, 0x0E7F, "Thai"), (0x0E80, 0x0EFF, "Laoo"), (0x0F00, 0x0FFF, "Tibt"), (0x1000, 0x109F, "Mymr"),
    (0x10A0, 0x10FF, "Geor"), (0x1100, 0x11FF, "Hang"), (0x1200, 0x139F, "Ethi"), (0x1780, 0x17FF, "Khmr"),
    (0x1E00, 0x1EFF, "Latn"), (0x1F00, 0x1FFF, "Grek"), (0x3040, 0x30FF, "Kana"), (0x3400, 0x4DBF, "Hani"),
    (0x4E00, 0x9FFF, "Hani"), (0xAC00, 0xD7A3, "Hang"), (0xF900, 0xFAFF, "Hani"), (0x20000, 0x3FFFF, "Hani"),
)  # fmt: skip

# Scripts whose texts are nearly always in one language.
_LANGUAGE_OF_SCRIPT = {
    "Grek": "el", "Armn": "hy", "Hebr": "he", "Beng": "bn", "Guru": "pa", "Gujr": "gu", "Orya": "or", "Taml": "ta",
    "Telu": "te", "Knda": "kn", "Mlym": "ml", "Sinh": "si", "Thai": "th", "Laoo": "lo", "Tibt": "bo", "Mymr": "my",
    "Geor": "ka", "Hang": "ko", "Ethi": "am", "Khmr": "km", "Kana": "ja", "Hani": "zh",
}  # fmt: skip

# Letters that tell languages of one script apart. Those that several have stand where the others are told already.
_TELLING = {
    "Cyrl": (
        ("uk", "їєґ"),
        ("mk", "ѓќѕ"),
        ("sr", "јљњђћџ"),
        ("tg", "ҷӣӯ"),
        ("uz", "ҳ"),
        ("be", "ў"),
        ("cv", "ӑӗӳ"),
        ("ba", "ҡҙҫ"),
        ("os", "ӕ"),
        ("sah", "ҕҥ"),
        ("kk", "құғ"),
        ("tt", "әҗ"),
        ("ky", "ң"),
        ("mn", "өү"),
        ("ru", "ыэё"),
    ),
    "Arab": (
        ("ur", "ٹڈڑےں"),
        ("ug", "ۈۋڭ"),
        ("ku-Arab", "ێڕڵۆ"),
        ("ps", "ټډړږښځڼۍ"),
        ("sd", "ٿڀٻٽٺڄڃڏڌڍڊڦڳڱڻ"),
        ("fa", "پچژگ"),
    ),
    "Deva": (("mr", "ळ"),),
    "Beng": (("as", "ৰৱ"),),
    "Hebr": (("yi", "ײװױ"),),
    "Ethi": (("ti", "ቐቑቒቓቔቕቖኽ"),),
    "Mymr": (("shn", "ၵၶၸၼႁ"),),
}
# What the model may answer for scripts of several languages, likeliest first.
_SHARED = {
    "Cyrl": ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "tg", "mn", "tt", "ba"),
    "Arab": ("ar", "fa", "ur", "ps", "ug"),
    "Deva": ("hi", "mr", "ne"),
}

# ơ, ư and vowels with two marks exist only in Vietnamese; ạ ẹ ị ọ ụ and ẽ ẻ occur in other languages too.
_VIETNAMESE = frozenset("ơưấầẩẫậắằẳẵặếềểễệốồổỗộớờởỡợứừửữựảỉỏủỷỹỳỵđăĩũ")
_VIETNAMESE_ONLY = frozenset("ơưấầẩẫậắằẳẵặếềểễệốồổỗộớờởỡợứừửữựỷỵ")


#: Samples taken from a whole text, spread over its length.
_STRETCHES = 5
_STRETCH = 800


def main_language(text: str) -> str:
    """The language that most of a whole text is in, "" if unsure. Deterministic, and bounded in time.

    Samples vote, so that a quotation or a foreign headline does not count for more than it is.
    """
    if len(text) <= 2 * _STRETCH:
        return _guess(text, 2 * _STRETCH, thorough=True)
    step = (len(text) - _STRETCH) // (_STRETCHES - 1)
    votes: Counter[str] = Counter()
    for number in range(_STRETCHES):
        start = number * step
        if tag := _guess(text[start : start + _STRETCH], _STRETCH, thorough=True):
            votes[tag] += 2 if number else 1  # the first sample contains a headline and a dateline
    return max(votes, key=lambda tag: (votes[tag], tag)) if votes else ""


def guess(text: str) -> str:
    """The BCP 47 tag of the language of plain text, "" when unsure. Deterministic."""
    return _guess(text[:LOOKED_AT], _MODEL_LOOKS_AT)


def _guess(text: str, model_looks_at: int, *, thorough: bool = False) -> str:
    """thorough: spends the time that a seed deserves and that the many entries of a feed cannot have."""
    sample = _NOISE.sub(" ", _MAIL.sub(" ", text) if "@" in text else text).lower()
    if not sample.isascii():
        sample = unicodedata.normalize("NFC", sample)
    letters = "".join(_LETTERS.findall(sample))
    others = _NON_ASCII.findall(letters)
    scripts = Counter(map(_script, others)) + Counter({"Latn": len(letters) - len(others)})
    script = _main_script(scripts)
    if thorough and script in {"Hani", "Kana"}:
        return _east_asian(letters, scripts)
    if script in _LANGUAGE_OF_SCRIPT:
        return (_told_by_letters(script, letters) or _LANGUAGE_OF_SCRIPT[script]) if scripts[script] >= 2 else ""
    if scripts[script] < _FEWEST_LETTERS.get(script, 12):
        # Letters that no other language has identify even a headline.
        return "vi" if script == "Latn" and len(letters) >= 8 and _is_vietnamese(others, len(letters)) else ""
    if script == "Latn":
        if _is_vietnamese(others, len(letters)):
            return "vi"
        if len(others) * _FEW_ACCENTS <= len(letters) and _is_english(_LETTERS.findall(sample[:model_looks_at])):
            return "en"
        tag = _by_model(sample, (), model_looks_at)
        return tag or (_by_small_words(sample, others) if thorough else "")
    if language := _told_by_letters(script, letters):
        return language
    return _by_model(sample, _SHARED[script], model_looks_at) if script in _SHARED else ""


def _told_by_letters(script: str, letters: str) -> str:
    """The first language of the script of whose own letters there are enough, or ""."""
    for language, telling in _TELLING.get(script, ()):
        if sum(map(letters.count, telling)) * 200 >= len(letters):
            return language
    return ""


# Characters in shapes used only in Japan, and those used only in Chinese, simplified or not.
_JAPANESE_HAN = frozenset(
    "円圧囲塩応桜仮価絵覚楽観関帰気挙経継県検権験広鉱済歳雑図戦総続対帯択単団遅鉄転伝売発抜辺変弁歩満訳薬様両歴労録込働畑峠駅読拡沢"
    "浜渋渓焼犠獣砕稲穂粋縄繊蔵覧証豊軽郷険陥霊頼顔駆騒髪黒齢戻巻剣圏娯児渇"
)
_CHINESE_HAN = frozenset(
    "们这说对时发为东车动务业经见书长开关门问间话语员记场电运报马鱼鸟题预计观众办欢续图议陈举单产种让认识还进远边过达选级纪组织给统這們"
    "說對發國會來學當點關觀經續氣應總變實從將處兩樣歲廣傳圖區與舉讀吗你她它您哪么麼還沒很"
)
# Shapes that Japan shares with simplified Chinese, and with traditional; only Japanese text has both.
_SHARED_SIMPLE = frozenset("会来国学声体当点区医担独党双号万")
_SHARED_FULL = frozenset("議決書長開館東車場電話語員記報業務運動時間問題門馬魚島選認進過達備設調査")


def _east_asian(letters: str, scripts: Counter[str]) -> str:
    """The language of a text mainly in hangul, kana or Han; character shapes distinguish Japanese from Chinese."""
    kana, han = scripts["Kana"], scripts["Hani"]
    if kana + han + scripts["Hang"] < 2:
        return ""
    if scripts["Hang"] >= 4 and scripts["Hang"] * 3 >= kana + han:
        return "ko"
    japanese = sum(letter in _JAPANESE_HAN for letter in letters)
    chinese = sum(letter in _CHINESE_HAN for letter in letters)
    simple, full = (sum(letter in shapes for letter in letters) for shapes in (_SHARED_SIMPLE, _SHARED_FULL))
    if chinese >= 3 and chinese * 2 > kana and chinese > japanese:
        return "zh"
    if kana * 10 >= han:
        return "ja"
    mixed = min(simple, full) * 25 >= han and not chinese
    return "ja" if (japanese + (kana > 0) > 2 * chinese and (japanese + kana) * 25 >= han) or mixed else "zh"


# Short frequent words of each language, for headlines that the model is unsure about.
_SMALL_WORDS = {
    "en": "the of and to in is for on with will not was by from after at as it that today new",
    "fr": "le la les des du et est une un dans pour sur ne pas au aux sera qui que avec par ce",
    "de": "der die das und ist nicht im den dem ein eine für von mit auf zu heute wird sich des",
    "es": "el la los las del y en un una por con no se al que hoy para su habrá más es",
    "pt": "o a os as do da dos das e em um uma por com não ao no na que hoje para haverá mais é",
    "it": "il lo la gli di del della e in un una per con non si al che oggi sarà è i le nel",
    "nl": "de het een en van in is niet op voor met zal te dat vandaag er wordt aan",
}
_SMALL = {
    word: tuple(tag for tag, small in _SMALL_WORDS.items() if word in small.split())
    for words in _SMALL_WORDS.values()
    for word in words.split()
}
_HALF_SURE = 0.3

# Small words that only English has, and all of its small words. A text of so many words, since fewer may be a title in
# any language, has so many different ones of the first, and one word in five is among the second; foreign names bring
# accents into one letter in fifty at most.
_ONLY_ENGLISH = frozenset(
    "the of and to that with from this are you has have been which their they these will would not were it its by our"
    " your more about when where there".split()
)
_ENGLISH = _ONLY_ENGLISH.union("is in for on as be at he his her an or but what how can who if all she i we us".split())
_FEWEST_WORDS, _FEWEST_ENGLISH, _ENGLISH_SHARE, _FEW_ACCENTS = 12, 2, 5, 50
_NOT_ENGLISH = frozenset(word for word, tags in _SMALL.items() if "en" not in tags and len(word) > 1) - {"do", "no"}


def _is_english(words: list[str]) -> bool:
    """Whether words in Latin letters can only be English; a title or quotation in another text is not enough."""
    told = sum(word in _ENGLISH for word in words)
    return (
        len(words) >= _FEWEST_WORDS
        and len(_ONLY_ENGLISH.intersection(words)) >= _FEWEST_ENGLISH
        and told * _ENGLISH_SHARE >= len(words)
        and sum(word in _NOT_ENGLISH for word in words) * 8 <= told
    )


def _by_small_words(sample: str, others: list[str]) -> str:
    """For headlines that the model is unsure about: the language with most small words in it; the
    model breaks a tie.
    """
    language, confidence = _model().identifier.classify(sample[:_STRETCH])
    if not _VIETNAMESE_ONLY.isdisjoint(others) and language == "vi":
        return "vi"
    found: Counter[str] = Counter(tag for word in set(_LETTERS.findall(sample)) for tag in _SMALL.get(word, ()))
    most = max(found.values(), default=0)
    likely = [tag for tag, count in found.items() if count == most]
    if most >= 2 and len(likely) == 1:
        return likely[0]
    return language if confidence >= _HALF_SURE and language in likely else ""


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    code = ord(letter)
    return next((name for first, last, name in _SCRIPTS if first <= code <= last), "")


_WEIGHTS = {"Latn": 1, "Hani": 5, "Kana": 5, "Hang": 4}


def _main_script(scripts: Counter[str]) -> str:
    """The script that carries most of the text.

    Latin names and terms occur in any text, so Latin weighs less than other alphabets and far less than signs for
    syllables and words. Han counts as Japanese if there is a tenth as much kana.
    """
    if scripts["Kana"] * 10 >= scripts["Hani"] > 0 < scripts["Kana"]:
        scripts = scripts + Counter({"Kana": scripts["Hani"]})
    weighed = {name: count * _WEIGHTS.get(name, 2) for name, count in scripts.items() if name}
    return max(weighed, key=lambda name: weighed[name], default="")


def _is_vietnamese(others: list[str], letters: int) -> bool:
    """others: the letters beyond ASCII. letters: the number of all letters."""
    marked = sum(letter in _VIETNAMESE for letter in others)
    return marked * 25 >= letters and not _VIETNAMESE_ONLY.isdisjoint(others)


class _Identifier(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...


@dataclass(frozen=True, slots=True)
class _Model:
    """The model over a file that is mapped, not over 70 MB in memory: only pages that are looked at are read, and
    forked processes share them.
    """

    identifier: _Identifier
    content: bytes | mmap.mmap


@cache
def _model() -> _Model:
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

    content, arrays = _unpacked(Path(MODEL_DIR) / MODEL_FILE)
    identifier = LanguageIdentifier(
        arrays["ptc"],
        arrays["pc"],
        arrays["classes"].tolist(),
        # As bytes in between, since they lie in the file at any address.
        arrays["nextmove"].view("u1").data.cast("I"),
        arrays["out_feat"].view("u1").data.cast("i"),
        norm_probs=True,
        tk_row=arrays["nextmove_row"].view("u1").data.cast("H"),
    )
    return _Model(identifier, content)


def load_model() -> None:
    """Loads the model now, for the processes that will be forked from this one."""
    _model()


def release_model() -> None:
    """Gives back the memory of what was looked at of the model; to be called after a document. The next look costs less
    than a millisecond, since the file stays in the system's cache for as long as there is room.
    """
    if _model.cache_info().currsize and isinstance(content := _model().content, mmap.mmap) and _CAN_RELEASE:
        content.madvise(mmap.MADV_DONTNEED)


_CAN_RELEASE = hasattr(mmap, "MADV_DONTNEED")


def _unpacked(model: Path) -> "tuple[bytes | mmap.mmap, dict[str, NDArray[Any]]]":
    """An .npz file that is compressed as a whole, in an unnamed temporary file that holds it unpacked, and its arrays.

    In memory where no file can be written: on a full disk, and in a confined process.
    """
    with lzma.open(model) as packed:
        try:
            with tempfile.TemporaryFile() as file:
                # In small pieces: a page that is looked at is mapped with all that was written together with it.
                shutil.copyfileobj(packed, file, 2**16)
                file.flush()
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                return mapped, _arrays(file, mapped)
        except OSError:
            packed.seek(0)
            whole = packed.read()
            return whole, _arrays(io.BytesIO(whole), whole)


def _arrays(file: IO[bytes], content: bytes | mmap.mmap) -> "dict[str, NDArray[Any]]":
    """The arrays of an .npz file (numpy.savez: members of a ZIP archive, stored as they are), without a copy.

    content: of the same file.
    """
    import numpy as np

    found = {}
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            with archive.open(member) as array:
                np.lib.format.read_magic(array)
                shape, _, kind = np.lib.format.read_array_header_1_0(array)
                # The member follows its local header, whose last fields are the lengths of its name and extra field.
                name, extra = struct.unpack_from("<HH", content, member.header_offset + 26)
                start = member.header_offset + 30 + name + extra + array.tell()
            found[Path(member.filename).stem] = np.frombuffer(content, kind, prod(shape), start).reshape(shape)
    return found


def _by_model(sample: str, possible: tuple[str, ...], looks_at: int) -> str:
    """The model's answer: for a shared script one of `possible`, by default the first; otherwise only if it is sure."""
    language, confidence = _model().identifier.classify(sample[:looks_at])
    if possible:
        return language if language in possible else possible[0]
    return language if confidence >= _SURE and language not in _OTHER_SCRIPTS else ""


# Answers that cannot be right for Latin letters; the model says "la" of filler text and lists of names.
_OTHER_SCRIPTS = frozenset(_LANGUAGE_OF_SCRIPT.values()).union(*_SHARED.values()) - {"sr", "kk", "tt", "mn"} | {"la"}
