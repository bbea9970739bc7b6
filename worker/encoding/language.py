"""Detects the language of a text whose source does not state it.

Letters decide where they can: Vietnamese by its vowels, and scripts used by (nearly) one language. Plain English, which
most texts without a stated language are in, is told by its small words. The rest goes to py3langid, a statistical model
loaded on first use; its answer counts only if it is sure and matches the script. Answers are BCP 47 tags (RFC 5646), or
"" rather than a doubtful guess.
"""

import io
import lzma
import os
import re
import shutil
import struct
import tempfile
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from math import sqrt
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
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
    language, confidence = _model().classify(sample[:_STRETCH])
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


@dataclass(frozen=True, slots=True)
class _Table:
    """An array of two dimensions in a file, which is read by rows. read: from a place on, so many bytes."""

    read: Callable[[int, int], bytes]
    start: int
    kind: "np.dtype[Any]"
    columns: int

    def rows(self, numbers: Iterable[int]) -> "NDArray[Any]":
        import numpy as np

        size = self.columns * self.kind.itemsize
        found = [self.read(size, self.start + number * size) for number in numbers]
        return np.frombuffer(b"".join(found), self.kind).reshape(-1, self.columns)


@dataclass(frozen=True, slots=True)
class _Model:
    """py3langid's model, a naive Bayes classifier over sequences of bytes, with the same answers from less memory.

    py3langid holds the next state for each state and byte, 37 MB, and the weight of each sequence in each language,
    27 MB. But a state is nothing but the longest known sequence that ends at a byte, so the tree of these sequences
    does, in 1 MB; and the weights of those that were found are read from a file.

    edges: state * 256 + byte, sorted; targets: the state that each leads to. State 0 is the empty sequence. features:
    the row of weights of each state, or -1. languages: of the columns of weights. twice: pairs of columns of one
    language.
    """

    edges: "NDArray[Any]"
    targets: "NDArray[Any]"
    features: "NDArray[Any]"
    weights: _Table
    prior: "NDArray[Any]"
    languages: list[str]
    twice: list[tuple[int, int]]

    def classify(self, text: str) -> tuple[str, float]:
        """The likeliest language, and how likely it is."""
        import numpy as np

        content = text.encode("utf-8", "surrogatepass")
        features = self.features[self._states(content)]
        visits = Counter(features[features >= 0].tolist())
        scores = np.zeros(len(self.prior), np.float32)
        if visits:
            counts = np.fromiter(visits.values(), np.float32)
            scores = np.log1p(counts) @ self.weights.rows(visits) + self.prior
        scores *= 1.0 / sqrt(len(content) or 1)
        np.exp(scores - scores.max(), out=scores)
        scores /= scores.sum()
        for first, second in self.twice:
            scores[first] += scores[second]
            scores[second] = 0.0
        best = int(scores.argmax())
        return self.languages[best], float(scores[best])

    def _states(self, content: bytes) -> "NDArray[Any]":
        """The state after each byte: sequences begin at every place, and grow by a byte a round."""
        import numpy as np

        letters = np.frombuffer(content, np.uint8).astype(np.uint32)
        states = np.zeros(len(letters), np.uint32)
        places, reached = np.arange(len(letters)), np.zeros(len(letters), np.uint32)
        while len(places):
            edges = _edge(reached, letters[places])
            found = np.searchsorted(self.edges, edges)
            known = self.edges[np.minimum(found, len(self.edges) - 1)] == edges
            places, reached = places[known], self.targets[found[known]]
            # Over what an earlier round put there: this sequence is longer.
            states[places] = reached
            within = places < len(letters) - 1
            places, reached = places[within] + 1, reached[within]
        return states


def _edge(states: "NDArray[Any]", letters: "NDArray[Any]") -> "NDArray[Any]":
    edges: NDArray[Any] = (states << 8) | letters
    return edges


@cache
def _model() -> _Model:
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    with lzma.open(Path(MODEL_DIR) / MODEL_FILE) as packed:
        file: IO[bytes]
        try:
            # Without a name. It stays open.
            file = tempfile.TemporaryFile()  # noqa: SIM115
            shutil.copyfileobj(packed, file, 2**20)
            file.flush()
        except OSError:
            # No file can be written: the disk is full, or this process is confined.
            packed.seek(0)
            file = io.BytesIO(packed.read())
    arrays, tables = _arrays(file)
    edges, targets = _tree(tables["nextmove"], arrays["nextmove_row"])
    languages = arrays["classes"].tolist()
    firsts = map(languages.index, languages)
    twice = [(first, column) for column, first in enumerate(firsts) if first != column]
    return _Model(edges, targets, arrays["out_feat"], tables["ptc"], arrays["pc"], languages, twice)


def load_model() -> None:
    """Loads the model now, since a process that is confined can write no file any more."""
    _model()


# The large arrays of the model, and their columns.
_TABLES = {"nextmove": 256, "ptc": 0}


def _arrays(file: IO[bytes]) -> "tuple[dict[str, NDArray[Any]], dict[str, _Table]]":
    """The arrays of an .npz file (numpy.savez: members of a ZIP archive, stored as they are); large ones as tables."""
    import numpy as np

    def read(size: int, start: int) -> bytes:
        if isinstance(file, io.BytesIO):
            return bytes(file.getbuffer()[start : start + size])
        return os.pread(file.fileno(), size, start)

    arrays, tables = {}, {}
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            name = Path(member.filename).stem
            with archive.open(member) as array:
                if name not in _TABLES:
                    arrays[name] = np.lib.format.read_array(array)
                    continue
                np.lib.format.read_magic(array)
                shape, _, kind = np.lib.format.read_array_header_1_0(array)
                # The member follows its local header, whose last fields are the lengths of its name and extra field.
                lengths = struct.unpack("<HH", read(4, member.header_offset + 26))
                start = member.header_offset + 30 + sum(lengths) + array.tell()
                tables[name] = _Table(read, start, kind, _TABLES[name] or shape[1])
    return arrays, tables


def _tree(moves: _Table, row_of: "NDArray[Any]") -> "tuple[NDArray[Any], NDArray[Any]]":
    """Edges and targets of the tree that the table of all next states was made from.

    moves: the next states, by byte. row_of: the row of each state in it; a state without longer sequences has that of a
    shorter one. From short to long, a move leads into the tree if its state was not met before.
    """
    import numpy as np

    edges, targets = [], []
    met, taken = np.zeros(len(row_of), bool), np.zeros(int(row_of.max()) + 1, bool)
    met[0] = True
    level = np.zeros(1, np.uint32)
    while len(level):
        level = level[~taken[row_of[level]]]
        taken[row_of[level]] = True
        longer = []
        for start in range(0, len(level), _AT_ONCE):
            states = level[start : start + _AT_ONCE]
            reached = moves.rows(row_of[states].tolist())
            which, letters = np.nonzero(~met[reached])
            edges.append(_edge(states[which], letters.astype(np.uint32)))
            longer.append(reached[which, letters])
        level = np.concatenate(longer) if longer else level
        met[level] = True
        targets.append(level)
    order = np.argsort(np.concatenate(edges))
    return np.concatenate(edges)[order], np.concatenate(targets)[order]


# Rows of the table of moves that are in memory at once, 1 MB.
_AT_ONCE = 1_000


def _by_model(sample: str, possible: tuple[str, ...], looks_at: int) -> str:
    """The model's answer: for a shared script one of `possible`, by default the first; otherwise only if it is sure."""
    language, confidence = _model().classify(sample[:looks_at])
    if possible:
        return language if language in possible else possible[0]
    return language if confidence >= _SURE and language not in _OTHER_SCRIPTS else ""


# Answers that cannot be right for Latin letters; the model says "la" of filler text and lists of names.
_OTHER_SCRIPTS = frozenset(_LANGUAGE_OF_SCRIPT.values()).union(*_SHARED.values()) - {"sr", "kk", "tt", "mn"} | {"la"}
