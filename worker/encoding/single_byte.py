"""Latin and Cyrillic text in a byte for each letter, when nobody says in which of some forty encodings.

Those encodings differ in few bytes, so that a wrong one still looks like words: "Gdañsk" for Gdańsk, "½uvre" for œuvre.
So each of them is asked what it reads, also those that hardly anybody uses. A reading counts if letters and signs stand
where they can stand. The best has the fewest letters that its language does not write; it is believed only if no
other text is as good, and if every other text would change ordinary words of it, not only names.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from worker.entries import language

# The likeliest first: where several read the same text, the first gives the name.
_LATIN = (
    *("windows-1252", "windows-1250", "windows-1254", "windows-1257", "iso8859-15", "iso8859-2", "mac-roman", "cp850"),
    *("cp858", "cp852", "cp437", "cp857", "windows-1258", "iso8859-13", "mac-latin2"),
)
_CYRILLIC = ("windows-1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "cp1125", "cp855", "mac-cyrillic")
# Never believed; but a text that one of these reads better than all others is nobody's guess.
_RARE = frozenset(
    {"cp860", "cp863", "cp865", "cp775", "iso8859-3", "iso8859-4", "iso8859-10", "iso8859-14", "iso8859-16", "kz1048",
     "mac-croatian", "mac-romanian", "mac-turkish", "mac-iceland"}
)  # fmt: skip

# One letter in two shapes: those of windows-1250 are the cedilla's.
_ROMANIAN = str.maketrans("șțȘȚ", "şţŞŢ")

# Letters beyond ASCII that each language writes.
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
# In ordinary words that languages have from their neighbours (façade, piñata), not in names: those come from anywhere.
_BORROWED = frozenset("áâàäãçéèêëíîïñóôöøúûü")
_BORROWERS = frozenset({"en", "de", "nl", "sv", "da", "no", "nb"})

_SIGNS = frozenset("«»‹›“”„‘’‚–—…·•€£°§©®™ªº¿¡½¼¾×²³№\u00a0")
_L = r"[^\W\d_]"
# Signs where none stands: what is a sign in one encoding is a letter in another.
_MISPLACED = re.compile(
    rf"(?<={_L})[«»‹›“”‘…†](?={_L})|(?<={_L})[„‚•£€§°©¡¿¼½¾×№]|[¼½¾×²³ªº©®™£€•](?={_L})|°(?=[a-zß-ÿ])"
    r"|(?<=[^\W\d_m])[²³]|(?<=[^\W\d_kcmdh])m[²³]|(?<![\d.nNMSDVP])[ªº]|(?<=[^\W\d_])[^\W\d_][ªº]"
    # One thing times another: figures.
    r"|(?<!\d)(?<!\d )×"
    # A letter that is no word of any language, alone; a letter at a figure.
    rf"|(?<!{_L})(?![A-Za-zàáâéèêóòôöåøæíúüőûýÀÁÂÉÈÊÓÒÔÖÅØÆÍÚÜŐÛÝªºа-яёіїєґА-ЯЁІЇЄҐ]){_L}(?![^\W\d_]|[.’-])"
    r"|\d(?![A-Za-zªºа-яА-ЯёіїєґЁІЇЄҐ])[^\W\d_]|(?![A-Za-zªºа-яА-ЯёіїєґЁІЇЄҐ])[^\W\d_](?=\d)"
    r"|(?<![lL])·(?=[^\W\d_])|(?<=[^\W\d_])·(?![lL])"
)
# Those could be letters as well, and are counted as such: they are frequent where they are right.
_DOUBTFUL = re.compile(rf"(?<={_L})[–—\u00a0](?={_L})|(?<=[ \n])\u00a0|\u00a0(?=[ \n.,])")
_OPENING = "«»‹›“”„‘’‚–—…¿¡(\"'"
# Luís in one encoding is Lu’s in another; so that a short name with an apostrophe proves nothing.
_NO_SHORT_NAME = 6
_CONTRACTED = frozenset({"it", "that", "what", "there", "he", "she", "i", "we", "you", "they", "don", "here", "let"})
_ENDINGS = frozenset({"s", "t", "re", "ve", "ll", "d", "m"})
_BEGINNINGS = frozenset(
    {"c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quelqu", "aujourd", "un", "all",
     "dall", "dell", "nell", "sull", "quell", "quest", "com", "dov", "anch", "sant"}
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
# Any text has so many different letters of its alphabet.
_VARIETY = 10
_OFTEN = "оеаинтсрвлі"
# So many ordinary words have to speak against any other text.
_WITNESSES = 2
# So many letters of other languages may stand in a text whose own language needs none beyond ASCII.
_NAMES = 3
# In a text of so many characters, one.
_LONG = 200


@dataclass(frozen=True, slots=True)
class _Found:
    """A reading. tokens: those with letters or signs beyond ASCII. foreign: letters that its language does not write;
    strange: some that hardly any language of the West does; doubtful: too many."""

    encoding: str
    text: str
    tokens: frozenset[str]
    tongue: str
    foreign: int
    strange: bool
    doubtful: bool


def latin(sample: bytes) -> tuple[str, str] | None:
    """Encoding and text (NFC) of bytes in Latin letters, None if nobody can tell."""
    return _best(_readings(sample, _LATIN, _LATIN_LETTERS), _LATIN_LETTERS)


def cyrillic(sample: bytes) -> tuple[str, str] | None:
    """Encoding and text (NFC) of bytes in Cyrillic letters, None if nobody can tell."""
    readings = _readings(sample, _CYRILLIC, _CYRILLIC_LETTERS)
    return _best([found for found in readings if _is_cyrillic(found.text)], _CYRILLIC_LETTERS)


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
    # A dash alone in another encoding than those of Windows may be a letter of nobody's.
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
    """How many ordinary words would be others: names and words in capitals come from anywhere."""
    different = best.tokens - other.tokens
    dashes = 2 * len(different & {"–", "—"})
    return dashes + sum(_weight(token.lstrip(_OPENING)) for token in different)


def _weight(word: str) -> int:
    """Of one word, without quotation marks before it; "" is what is left of a sign alone."""
    if _elided(word):
        before = word.partition("’")[0]
        return 2 if before.islower() or before.lower() in _CONTRACTED else len(before) >= _NO_SHORT_NAME
    return word[:1].islower()


def _elided(token: str) -> bool:
    before, apostrophe, after = token.partition("’")
    after = after.rstrip(".,;:!?)”»“…\"'")
    return bool(apostrophe) and (after in _ENDINGS or (before.lower() in _BEGINNINGS and after[:1].isalpha()))


def _reading(sample: bytes, encoding: str, letters: Mapping[str, str]) -> _Found | None:
    """The sample in this encoding, None if that cannot be meant."""
    try:
        text = unicodedata.normalize("NFC", sample.decode(encoding))
    except UnicodeDecodeError:
        return None
    others = {letter for letter in text if not letter.isascii()}
    if any(not letter.isalpha() and letter not in _SIGNS for letter in others) or _MISPLACED.search(text):
        return None
    tokens = frozenset(token for token in text.split() if not token.isascii())
    if not all(_shaped(word) for token in tokens for word in _WORD.findall(token) if not word.isascii()):
        return None
    tongue = language.main_language(text).partition("-")[0]
    if tongue == "vi":
        return None  # Vietnamese has a test of its own
    own = letters.get(tongue, "")
    foreign = sum(_foreign(token, tongue, own) for token in tokens) + len(_DOUBTFUL.findall(text))
    native = sum(letter.lower() in own for token in tokens for letter in token if not letter.isascii())
    doubtful = foreign * 4 > native if own else foreign > _NAMES
    small = {letter.lower() for letter in others if letter.isalpha() and letter not in "ªºİ"}
    return _Found(encoding, text, tokens, tongue, foreign, not small <= _BORROWED.union(own, "åæßí"), doubtful)


def _shaped(word: str) -> bool:
    """Whether capitals stand where capitals stand: what is é in one encoding is È in another."""
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
    """How many letters of a token its language does not write; an apostrophe that elides nothing may be a letter."""
    count = 0
    for word in _WORD.findall(token):
        borrows = tongue in _BORROWERS and len(word) > 2 and word[0].islower()
        for letter in word.lower() if "İ" not in word else "":
            count += not (letter.isascii() or letter in own or letter in "ªº" or (borrows and letter in _BORROWED))
    inside = re.search(r"[^\W\d_]’[^\W\d_]", token)
    spanish = ("¿" in token or "¡" in token) and tongue not in {"es", "ca", "gl"}
    return count + spanish + bool(inside and tongue != "uk" and not _elided(token))
