"""Whether a text fits the encoding that it states, or another one clearly better.

A false statement gives capitals inside of words, letters of two alphabets in one word, signs between letters, or
characters that hardly anybody writes. Weaker than `charsets.detect_encoding`, which proves an encoding out of nothing:
a few words are enough here. Pure; the time is bounded.
"""

import re
import unicodedata
from collections.abc import Sequence

# Another reading has to be better by this much: right readings of short texts differ by less.
_CLEARLY = 0.2
_SAMPLE = 32 * 1024  # bytes
_EAST_ASIAN = ("gb18030", "big5hkscs", "cp950", "cp949", "cp932", "euc_jp")
_RIVALS = (
    *("windows-1251", "koi8-r", "koi8-u", "iso8859-5", "cp866"),
    *("windows-1253", "windows-1255", "windows-1256", "iso8859-6", "cp874", "windows-1252", *_EAST_ASIAN),
)

# Controls, and lines of a drawing beside letters, as letters that one encoding of Cyrillic lacks look.
_IMPOSSIBLE = re.compile(r"[\x80-\x9f]|[\u2500-\u25a1](?=[^\W\d_])|(?<=[^\W\d_])[\u2500-\u25a1]")
_BEYOND = re.compile(r"[^\x00-\xa0\s]")
_WORD = re.compile(r"[^\W\d_]*[^\W\d_\x00-\x7f][^\W\d_]*")
# Signs of prose in any language, which prove nothing unless they are inside of a word.
_SIGNS = re.compile("[«»‹›“”„‘’‚–—…·•€£°§©®™№¿¡、。，・「」『』（）：！？；《》〈〉【】ー％～－]")
_INSIDE = re.compile(r"(?<=[^\W\d_])[«»‹›‚„‘“”…•€£°§©®™№¿¡](?=[^\W\d_])")
_LATIN = re.compile("[ªºÀ-ÖØ-öø-ɏƠ-ưḀ-ỿ\u0300-\u0323]")
_LATIN_RUN = re.compile("(?<![A-Za-z])[À-ÖØ-öø-ɏḀ-ỿ]{3,}(?![A-Za-z])")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HIRAGANA = re.compile("[\u3041-\u3096]")
_HANGUL = re.compile("[\uac00-\ud7a3]")

# Letters that make up at least two thirds of any prose in their script.
_FREQUENT = frozenset("оеаинтсрвлкміαοιετσνηυρπκλμάίόέήיוהלאתרמשבנדاليمنوترهدبعسکیكานรอกเงมลวยส่้ัิีทต")
_TO_WHOLE = 1.4
_FREQUENT_HAN = frozenset(
    "的一是在不了有和人这這中大为為上个個国國我以要他时時来來用们們生到作地于於出就分对對成会會可主发發年"
    "日月新学學本市民公高行经經第文方前后後电電业業政全家长長现現开開美下多部天小事力工动動"
)
_FREQUENT_HANGUL = frozenset(
    "이다는에의가을로하고지한기사은어인나자리정시도서대를스아그제일해장주과부전수성보원상구조동공게국신여무만라면안오경"
    "회유연선소니들관위세비요마우적식습있것으했때된할"
)


def likelier(body: bytes, stated: str) -> str:
    """The encoding that fits clearly better than the stated one, "" if none does."""
    sample = body if len(body) <= _SAMPLE else foreign_lines(body)
    own = _fit_in(sample, stated)
    if own >= 1 - _CLEARLY:
        return ""
    best = max(_RIVALS, key=lambda rival: _fit_in(sample, rival))
    return best if _fit_in(sample, best) > own + _CLEARLY else ""


_LINE = re.compile(rb"[^<>\n]+")


def foreign_lines(body: bytes, most: int = _SAMPLE) -> bytes:
    """Lines and texts between tags that have anything beyond ASCII, up to about so many bytes."""
    pieces: list[bytes] = []
    size = 0
    for line in _LINE.finditer(body):
        if line[0].isascii():
            continue
        pieces.append(line[0])
        size += len(line[0])
        if size > most:
            break
    return b"\n".join(pieces)


def _fit_in(sample: bytes, encoding: str) -> float:
    """How much of what is beyond ASCII looks like words in an encoding, from 0 to 1."""
    try:
        text = unicodedata.normalize("NFC", sample.decode(encoding))
    except UnicodeDecodeError:
        return 0.0
    if _IMPOSSIBLE.search(text):
        return 0.0
    characters = _BEYOND.findall(_SIGNS.sub("", text))
    if not characters:
        return 1.0
    if encoding in _EAST_ASIAN or encoding.startswith(("euc_", "shift_jis")):
        return _east_asian(characters, encoding)
    return min(_of_words(text, characters) / (len(characters) + len(_INSIDE.findall(text))), 1.0)


def _of_words(text: str, characters: Sequence[str]) -> float:
    """How many letters are frequent ones, in words of one alphabet, with capitals only where they belong."""
    latin = sum(map(len, map(_LATIN.findall, characters))) - sum(map(len, _LATIN_RUN.findall(text)))
    frequent = sum(letter.lower() in _FREQUENT for letter in characters)
    for word in _WORD.findall(text):
        own = [letter for letter in word if letter > "\x7f"]
        mixed = len(own) < len(word) and not word.isascii() and not _LATIN.match(own[0])
        if mixed or not (word.islower() or word.isupper() or word[1:].islower() or word.lower() == word.upper()):
            frequent -= sum(letter.lower() in _FREQUENT for letter in own)
    return latin + _TO_WHOLE * frequent


def _east_asian(characters: Sequence[str], encoding: str) -> float:
    """Half for characters of everyday use, as the standards class them, half for the most frequent ones."""
    match encoding:
        case "cp949" | "euc_kr":
            usual = sum(map(bool, map(_HANGUL.match, characters)))
            often = 2 * sum(letter in _FREQUENT_HANGUL for letter in characters)
        case "gb18030":
            usual = sum(_lead(letter, "gb2312", 0xB0, 0xD7) for letter in characters)
            often = 6 * sum(letter in _FREQUENT_HAN for letter in characters)
        case "big5hkscs" | "cp950":
            usual = sum(_lead(letter, "big5", 0xA4, 0xC6) for letter in characters)
            often = 6 * sum(letter in _FREQUENT_HAN for letter in characters)
        case _:
            usual = sum(_KANA.match(letter) is not None or _lead(letter, "euc_jp", 0xB0, 0xCF) for letter in characters)
            often = 3 * sum(map(bool, map(_HIRAGANA.match, characters)))
    return (usual + min(often, len(characters))) / (2 * len(characters))


def everyday_chinese(text: str) -> int:
    """How many characters of everyday Chinese a text has; 0 if most of its characters are others."""
    usual = sum(_lead(letter, "gb2312", 0xB0, 0xD7) for letter in text)
    return usual if 3 * usual >= 2 * len(text) else 0


def _lead(letter: str, encoding: str, first: int, last: int) -> bool:
    """Whether the first byte of a character is in the part of a standard that has the characters of everyday use."""
    code = letter.encode(encoding, "ignore")
    return len(code) == 2 and first <= code[0] <= last
