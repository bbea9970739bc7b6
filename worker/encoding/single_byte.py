"""Recognises the encoding of Latin and Cyrillic text with one byte per letter, among about forty.

The encodings differ in few bytes, so a wrong one still looks like words: "Gdañsk" for Gdańsk, "½uvre" for œuvre.
Therefore the sample is read in each of them, even rare ones. A reading is valid if letters and signs are only where
they can occur. The best reading has the fewest letters foreign to its language. It is accepted only if no different
text is as good, and if every different text would change ordinary words, not only names.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from worker.encoding import language

# Likeliest first: if several read the same text, the first gives the name.
_LATIN = (
    *("windows-1252", "windows-1250", "windows-1254", "windows-1257", "iso8859-15", "iso8859-2", "mac-roman", "cp850"),
    *("cp858", "cp852", "cp437", "cp857", "windows-1258", "iso8859-13", "mac-latin2"),
)
_CYRILLIC = ("windows-1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "cp1125", "cp855", "mac-cyrillic")
# Never accepted; but if one of these gives the best reading, the encoding is unknown.
_RARE = frozenset(
    {"cp860", "cp863", "cp865", "cp775", "iso8859-3", "iso8859-4", "iso8859-10", "iso8859-14", "iso8859-16", "kz1048",
     "mac-croatian", "mac-romanian", "mac-turkish", "mac-iceland"}
)  # fmt: skip

# Two shapes of the same letters: windows-1250 has those with a cedilla.
_ROMANIAN = str.maketrans("șțȘȚ", "şţŞŢ")

# Letters beyond ASCII that each language uses.
_LATIN_LETTERS = {
    "fr": "àâæçéèêëîïôœùûüÿ", "de": "äöüß", "es": "áéíóúüñ", "pt": "áâãàçéêíóôõúü", "it": "àèéìíîòóùú",
    "nl": "áéëïóöüèê", "sv": "åäöé", "da": "æøåé", "no": "æøåéòô", "nb": "æøåéòô", "nn": "æøåéòô", "fi": "äöå",
    "is": "áðéíóúýþæö", "ca": "àçèéíïòóúü", "gl": "áéíóúüñ", "en": "", "id": "é", "et": "äõöüšž", "lv": "āčēģīķļņšūž",
    "lt": "ąčęėįšųūž", "pl": "ąćęłńóśźż", "cs": "áčďéěíňóřšťúůýž", "sk": "áäčďéíĺľňóôŕšťúýž", "hu": "áéíóöőúüű",
    "ro": "ăâîșțşţ", "hr": "čćđšž", "bs": "čćđšž", "sr": "čćđšž", "sl": "čšž", "tr": "çğıöşüâîû",
}  # fmt: skip
_CYRILLIC_LETTERS = {
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя", "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш", "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџш",
}  # fmt: skip
# Letters in common loan words (façade, piñata); in names, any letter may occur.
_BORROWED = frozenset("áâàäãçéèêëíîïñóôöøúûü")
_BORROWERS = frozenset({"en", "de", "nl", "sv", "da", "no", "nb"})

_SIGNS = frozenset("«»‹›“”„‘’‚–—…·•€£°§©®™ªº¿¡½¼¾×²³№\u00a0")
_L = r"[^\W\d_]"
# Signs in impossible places: a sign in one encoding is a letter in another.
_MISPLACED = re.compile(
    rf"(?<={_L})[«»‹›“”‘…†](?={_L})|(?<={_L})[„‚•£€§°©¡¿¼½¾×№]|[¼½¾×²³ªº©®™£€•](?={_L})|°(?=[a-zß-ÿ])"
    r"|(?<=[^\W\d_m])[²³]|(?<=[^\W\d_kcmdh])m[²³]|(?<![\d.nNMSDVP])[ªº]|(?<=[^\W\d_])[^\W\d_][ªº]"
    # Multiplication is between digits.
    r"|(?<!\d)(?<!\d )×"
    # A single letter that is not a word in any language, or a letter next to a digit.
    rf"|(?<!{_L})(?![A-Za-zàáâéèêóòôöåøæíúüőûýÀÁÂÉÈÊÓÒÔÖÅØÆÍÚÜŐÛÝªºа-яёіїєґА-ЯЁІЇЄҐ]){_L}(?![^\W\d_]|[.’-])"
    r"|\d(?![A-Za-zªºа-яА-ЯёіїєґЁІЇЄҐ])[^\W\d_]|(?![A-Za-zªºа-яА-ЯёіїєґЁІЇЄҐ])[^\W\d_](?=\d)"
    r"|(?<![lL])·(?=[^\W\d_])|(?<=[^\W\d_])·(?![lL])"
)
# These could also be misread letters and count as such, since they are frequent where they are right.
_DOUBTFUL = re.compile(rf"(?<={_L})[–—\u00a0](?={_L})|(?<=[ \n])\u00a0|\u00a0(?=[ \n.,])")
_OPENING = "«»‹›“”„‘’‚–—…¿¡(\"'"
# "Luís" in one encoding is "Lu’s" in another, so a short name with an apostrophe proves nothing.
_NO_SHORT_NAME = 6
_CONTRACTED = frozenset({"it", "that", "what", "there", "he", "she", "i", "we", "you", "they", "don", "here", "let"})
_ENDINGS = frozenset({"s", "t", "re", "ve", "ll", "d", "m"})
_BEGINNINGS = frozenset(
    {"c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quelqu", "aujourd", "un", "all",
     "dall", "dell", "nell", "sull", "quell", "quest", "com", "dov", "anch", "sant"}
)  # fmt: skip
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_WORD = re.compile(r"[^\W\d_]+")
# Any text has at least this many different letters of its alphabet.
_VARIETY = 10
_OFTEN = "оеаинтсрвлі"
# At least this many ordinary words must contradict every other reading.
_WITNESSES = 2
# This many foreign letters may occur in a text whose own language needs none beyond ASCII.
_NAMES = 3
# In a text of at least this many characters, one contradicting word is enough.
_LONG = 200


@dataclass(frozen=True, slots=True)
class _Found:
    """A reading. tokens: words with letters or signs beyond ASCII. foreign: count of letters that its language does not
    use.

    strange: it has letters that hardly any Western language uses. doubtful: it has too many doubtful ones.
    """

    encoding: str
    text: str
    tokens: frozenset[str]
    tongue: str
    foreign: int
    strange: bool
    doubtful: bool


def latin(sample: bytes) -> tuple[str, str] | None:
    """Encoding and text (NFC) of bytes in Latin letters, None if unknown."""
    return _best(_readings(sample, _LATIN, _LATIN_LETTERS), _LATIN_LETTERS)


def cyrillic(sample: bytes) -> tuple[str, str] | None:
    """Encoding and text (NFC) of bytes in Cyrillic letters, None if unknown."""
    readings = _readings(sample, _CYRILLIC, _CYRILLIC_LETTERS)
    return _best([found for found in readings if _is_cyrillic(found.text)], _CYRILLIC_LETTERS)


def is_western(sample: bytes) -> bool:
    """Whether bytes make sense in windows-1252, in a language that has all letters it needs there.

    Weaker than `latin`, which asks whether they make sense nowhere else.
    """
    found = _reading(sample, "windows-1252", _LATIN_LETTERS)
    if found is None or found.strange:
        return False
    if not found.tongue:  # letters that have the same place in all encodings of Latin letters
        return all(sample.decode(other, "replace") == sample.decode("windows-1252") for other in _LATIN[1:4])
    own = _LATIN_LETTERS.get(found.tongue, "ğ")
    # A dash between words without spaces is an ordinary one here.
    foreign = found.foreign - len(_DOUBTFUL.findall(found.text))
    native = sum(letter.lower() in own for token in found.tokens for letter in token if not letter.isascii())
    return foreign <= max(_NAMES, native // 4) and len(own.encode("windows-1252", "ignore")) == len(own)


def _readings(sample: bytes, encodings: tuple[str, ...], letters: Mapping[str, str]) -> list[_Found]:
    every = (*encodings, *sorted(_RARE))
    return [found for encoding in every if (found := _reading(sample, encoding, letters))]


def _is_cyrillic(text: str) -> bool:
    letters = re.findall("[\u0400-\u04ff]", text)
    if len(letters) < 20 or re.search(r"[\u0400-\u04ff][A-Za-z]|[A-Za-z][\u0400-\u04ff]", text):
        return False
    small = [letter for letter in letters if letter.islower()]
    often = sum(letter.lower() in _OFTEN for letter in letters)
    varied = len({letter.lower() for letter in letters}) >= _VARIETY
    return varied and len(small) * 2 > len(letters) and often * 2 >= len(letters)


def _best(readings: list[_Found], letters: Mapping[str, str]) -> tuple[str, str] | None:
    best = min(readings, key=lambda found: found.foreign, default=None)
    if best is None or best.encoding in _RARE or best.tongue not in letters or best.strange or best.doubtful:
        return None
    # Outside the Windows encodings, a lone dash may be a letter of an encoding not listed here.
    if not best.encoding.startswith("windows") and not any(map(_WORD.search, best.tokens)):
        return None
    if len(set(best.text)) < _VARIETY:
        return None
    short = len(best.text) < _LONG
    for other in readings:
        if other.text.translate(_ROMANIAN) == best.text:
            continue
        if other.foreign <= best.foreign or (short and other.tongue not in ("", best.tongue)):
            return None
        if other.encoding in _RARE:
            continue
        unknown = other.tongue not in letters and other.tongue
        if unknown or _witnesses(best, other) < (_WITNESSES if short else 1):
            return None
    return best.encoding, best.text


def _witnesses(best: _Found, other: _Found) -> int:
    """How many ordinary words would change; names and words in capitals may have any letters."""
    different = best.tokens - other.tokens
    dashes = 2 * len(different & {"–", "—"})
    return dashes + sum(_weight(token.lstrip(_OPENING)) for token in different)


def _weight(word: str) -> int:
    """The weight of a word without quotation marks before it; "" is what remains of a lone sign."""
    if _elided(word):
        before = word.partition("’")[0]
        return 2 if before.islower() or before.lower() in _CONTRACTED else len(before) >= _NO_SHORT_NAME
    return word[:1].islower()


def _elided(token: str) -> bool:
    before, apostrophe, after = token.partition("’")
    after = after.rstrip(".,;:!?)”»“…\"'")
    return bool(apostrophe) and (after in _ENDINGS or (before.lower() in _BEGINNINGS and after[:1].isalpha()))


def _reading(sample: bytes, encoding: str, letters: Mapping[str, str]) -> _Found | None:
    """The sample in this encoding, None if it is invalid there."""
    try:
        text = unicodedata.normalize("NFC", sample.decode(encoding))
    except UnicodeDecodeError:
        return None
    others = set(_BEYOND_ASCII.findall(text))
    if any(not letter.isalpha() and letter not in _SIGNS for letter in others):
        return None
    if any(_MISPLACED.search(line) for line in text.split("\n") if not line.isascii()):
        return None
    tokens = frozenset(token for token in text.split() if not token.isascii())
    if not all(_shaped(word) for token in tokens for word in _WORD.findall(token) if not word.isascii()):
        return None
    tongue = language.main_language(text).partition("-")[0]
    if tongue == "vi":
        return None  # Vietnamese has its own test
    own = letters.get(tongue, "")
    foreign = sum(_foreign(token, tongue, own) for token in tokens) + len(_DOUBTFUL.findall(text))
    native = sum(letter.lower() in own for token in tokens for letter in token if not letter.isascii())
    doubtful = foreign * 4 > native if own else foreign > _NAMES
    small = {letter.lower() for letter in others if letter.isalpha() and letter not in "ªºİ"}
    return _Found(encoding, text, tokens, tongue, foreign, not small <= _BORROWED.union(own, "åæßí"), doubtful)


def _shaped(word: str) -> bool:
    """Whether capitals are only where they belong: é in one encoding is È in another."""
    if word.isupper() or word.islower() or word[1:].islower():
        return True
    for place, letter in enumerate(word):
        if letter.isascii() or letter in "ßªº":
            continue
        if letter.isupper() and (place or word[1].isupper()):
            return False
        if letter.islower() and not place and word[1].isupper():
            return False
        if letter.islower() and (word[:place] + word[place + 1 :]).isupper():
            return False
    return True


def _foreign(token: str, tongue: str, own: str) -> int:
    """How many letters of a token its language does not use; an apostrophe without elision may be a letter."""
    count = 0
    for word in _WORD.findall(token):
        borrows = tongue in _BORROWERS and len(word) > 2 and word[0].islower()
        for letter in word.lower() if "İ" not in word else "":
            count += not (letter.isascii() or letter in own or letter in "ªº" or (borrows and letter in _BORROWED))
    inside = re.search(r"[^\W\d_]’[^\W\d_]", token)
    spanish = ("¿" in token or "¡" in token) and tongue not in {"es", "ca", "gl"}
    return count + spanish + bool(inside and tongue != "uk" and not _elided(token))
