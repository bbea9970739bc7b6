"""Vietnamese: two encodings that Python lacks, and a check whether words can be Vietnamese syllables.

Tables: TCVN 5712:1993 (VN3, of the ".Vn" fonts; separate accents are combining), VISCII (RFC 1456). A syllable has an
onset, a rhyme and a tone; a rhyme that ends in a stop takes only the tones sắc and nặng.
"""

import re
import unicodedata
from functools import lru_cache

from feeds.text.plaintext import vietnamese_encoding

# Bytes 0x80 to 0xFF.
_TCVN = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ"
    "\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịò"
    "ỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
_VISCII = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ"
    "ÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡư"
    "àáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
# VISCII puts six letters among the control characters.
_VISCII_LOW = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}

_ASCII = "".join(map(chr, range(0x80)))
_CHARACTERS = {
    "tcvn3": _ASCII + _TCVN,
    "viscii": "".join(_VISCII_LOW.get(code, letter) for code, letter in enumerate(_ASCII)) + _VISCII,
}

_ONSET = "(?:b|ch|c|d|đ|gh|gi|g|h|kh|k|l|m|ngh|ng|nh|n|ph|p|qu|r|s|th|tr|t|v|x)?"
_OPEN = (
    "a|ai|am|an|ang|anh|ao|au|ay|ăm|ăn|ăng|âm|ân|âng|âu|ây|e|em|en|eng|eo|ê|êm|ên|ênh|êu|i|ia|iêm|iên|iêng|iêu|im|in|inh"
    "|iu|o|oa|oai|oam|oan|oang|oanh|oao|oay|oăm|oăn|oăng|oe|oen|oeo|oi|om|on|ong|oong|ô|ôi|ôm|ôn|ông|ôông|ơ|ơi|ơm|ơn|u"
    "|ua|uân|uâng|uây|uê|uênh|ui|um|un|ung|uôi|uôm|uôn|uông|uơ|uy|uya|uyên|uynh|uyu|ư|ưa|ưi|ưm|ưn|ưng|ươi|ươm|ươn|ương"
    "|ươu|ưu|y|yêm|yên|yêng|yêu|ynh"
)
_STOPPED = (
    "ac|ach|ap|at|ăc|ăp|ăt|âc|âp|ât|ec|ep|et|êch|êp|êt|ich|iêc|iêp|iêt|ip|it|oac|oach|oap|oat|oăc|oăt|oc|oet|ooc|op|ot"
    "|ôc|ôp|ôt|ơp|ơt|uât|uc|uêch|uôc|uôp|uôt|up|ut|uych|uyêt|uyt|uyp|ưc|ươc|ươp|ươt|ưt|ưp|yêt|yt|ych"
)
_SYLLABLE = re.compile(rf"{_ONSET}(?:(?:{_OPEN})[\u0300\u0301\u0303\u0309\u0323]?|(?:{_STOPPED})[\u0301\u0323])")
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_UNTONED_STOP = re.compile(rf"{_ONSET}(?:{_STOPPED})")
_WORD = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*")
# Up to this share of words may be English, French, names or brands.
_FOREIGN = 0.15


def known(encoding: str) -> str:
    """The encoding that a name means: "tcvn3", "viscii", or ""."""
    return vietnamese_encoding(encoding)


def as_nfc(body: bytes, encoding: str) -> str:
    """Bytes in "tcvn3" or "viscii" as NFC text; every byte is valid in both.

    Capital fonts for TCVN3 have capitals at the positions of small letters: if the other letters of a word are
    capitals, the whole word is taken to be in capitals.
    """
    table = _CHARACTERS[encoding]
    text = unicodedata.normalize("NFC", body.decode("latin-1").translate(dict(enumerate(table))))
    return _WORD.sub(_in_capitals, text) if encoding == "tcvn3" else text


def _in_capitals(word: re.Match[str]) -> str:
    letters = word[0]
    ascii_letters = [letter for letter in letters if letter.isascii()]
    capitals = ascii_letters and all(letter.isupper() for letter in ascii_letters)
    if capitals and len(letters) > 1 and not letters.isupper() and (len(ascii_letters) > 1 or letters[0].islower()):
        return letters.upper()
    return letters


@lru_cache(maxsize=8192)
def possible(word: str) -> bool:
    """Whether an NFC word could be a Vietnamese syllable with its tone; ignores case."""
    apart = unicodedata.normalize("NFD", word.lower())
    tone = "".join(_TONES.findall(apart))
    # The tone follows the rhyme; the rest is composed again, so that ă, â and the like are single letters.
    bare = unicodedata.normalize("NFC", _TONES.sub("", apart))
    return len(tone) <= 1 and _SYLLABLE.fullmatch(bare + tone) is not None


def all_possible(text: str) -> bool:
    """Whether a text is certainly Vietnamese.

    Every word with marks is a possible syllable, and so is nearly every other one, except names and abbreviations; at
    least three different words have marks.
    """
    words = set(_WORD.findall(text))
    marked = {word for word in words if not word.isascii()}
    plain = [word for word in words if word.isascii() and word.islower()]
    strange = sum(not (possible(word) or _UNTONED_STOP.fullmatch(word)) for word in plain)
    return len(marked) >= 3 and strange <= _FOREIGN * len(words) and all(map(possible, marked))
