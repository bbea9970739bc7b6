"""Names and numbers in running text, as far as distinguishing stories needs them. Pure.

In scripts with capitals, a name is a word capitalised within a sentence. Thai has no capitals: there a name follows a
title or a word like "province", or is itself the name of a province.
"""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import groupby

from feeds.text.plaintext import tokens

# Names that share more letters than this are one name in two spellings.
_ALIKE = 0.7
# A word after another word or a comma; the first word of a sentence is capitalised in any case. Small letters are
# passed over before anything is looked at behind.
_WITHIN = re.compile(r"[ \u00a0](?=[^\W\d_a-z])(?:(?<=\w.)|(?<=\w[,;:].))(\w+)")

_WORD = re.compile(r"[^\W\d_]\w*")

_BEFORE_NAMES = "นาย|นาง|คุณ|จังหวัด|อำเภอ|อําเภอ|ตำบล|ตําบล|เทศบาล|บริษัท|สหกรณ์|โรงพยาบาล|โรงเรียน|มหาวิทยาลัย|สถานี|ถนน|บริเวณ"
_CUE = re.compile(_BEFORE_NAMES)
# Two different names may begin with the same letters, so up to two letters may follow the cue.
_CUED = re.compile(rf"(?:{_BEFORE_NAMES}).{{0,2}}$")
_AT = re.compile("(?<!วัน)ที่")
# Thai provinces and a few towns; the vowel "am" has two encodings.
_PLACE = re.compile(
    "กระบี่|กรุงเทพ|กาญจนบุรี|กาฬสินธุ์|กำแพงเพชร|กําแพงเพชร|ขอนแก่น|จันทบุรี|ฉะเชิงเทรา|ชลบุรี|ชัยนาท|ชัยภูมิ|ชุมพร"
    "|เชียงราย|เชียงใหม่|ตรัง|ตราด|ตาก|นครนายก|นครปฐม|นครพนม|นครราชสีมา|โคราช|นครศรีธรรมราช|นครสวรรค์|นนทบุรี|นราธิวาส"
    "|น่าน|บึงกาฬ|บุรีรัมย์|ปทุมธานี|ประจวบคีรีขันธ์|ปราจีนบุรี|ปัตตานี|อยุธยา|พะเยา|พังงา|พัทลุง|พิจิตร|พิษณุโลก"
    "|เพชรบุรี|เพชรบูรณ์|แพร่|ภูเก็ต|มหาสารคาม|มุกดาหาร|แม่ฮ่องสอน|ยโสธร|ยะลา|ร้อยเอ็ด|ระนอง|ระยอง|ราชบุรี|ลพบุรี|ลำปาง"
    "|ลําปาง|ลำพูน|ลําพูน|เลย|ศรีสะเกษ|สกลนคร|สงขลา|สตูล|สมุทรปราการ|สมุทรสงคราม|สมุทรสาคร|สระแก้ว|สระบุรี|สิงห์บุรี"
    "|สุโขทัย|สุพรรณบุรี|สุราษฎร์ธานี|สุรินทร์|หนองคาย|หนองบัวลำภู|หนองบัวลําภู|อ่างทอง|อำนาจเจริญ|อํานาจเจริญ|อุดรธานี"
    "|อุตรดิตถ์|อุทัยธานี|อุบลราชธานี|พัทยา|หาดใหญ่|หัวหิน"
)


# "About Example Ltd: Founded in 1901, …" at the end of a press release is the same in all releases of a company.
_NAME_WORD = r"[^\W\d_][\w&.-]{0,60}"
_IMPRINT = re.compile(
    r"(?<=[.!?»”\"] )(?:About |Về |Über |À propos de |Acerca de |เกี่ยวกับ ?)"
    rf"({_NAME_WORD}(?:\s{_NAME_WORD}){{0,5}})(?::|(?=\s\1))"
)
_AT_LEAST = 120  # characters before it; a match nearer to the start is the text itself


def without_imprint(text: str) -> str:
    """The text without the company's description of itself at the end."""
    found = _IMPRINT.search(text, _AT_LEAST)
    return text[: found.start()].rstrip() if found else text


# Style guides spell out small numbers. "One" rarely counts anything; folded Vietnamese number words are too ambiguous.
_NUMBER_WORDS = frozenset(
    "two three four five six seven eight nine ten eleven twelve zwei drei vier fünf sechs sieben acht neun zehn elf"
    " zwölf deux trois quatre cinq sept huit neuf dix douze dos tres cuatro cinco seis siete ocho nueve diez".split()
)


_PLACES = frozenset("ii iii iv vi vii viii ix xi xii 一 二 三 四 五 六 七 八 九 十".split())


def is_number(word: str) -> bool:
    """Whether a token is a number, in digits or as a word."""
    return word.isdecimal() or word in _NUMBER_WORDS


def numbers_among(words: Iterable[str]) -> set[str]:
    """Those of the tokens that are numbers."""
    distinct = set(words)
    return {*filter(str.isdecimal, distinct), *(distinct & _NUMBER_WORDS)}


def is_place(word: str) -> bool:
    """Whether a token of a title gives its place in a series, like "Part II"."""
    return is_number(word) or word in _PLACES


def proper_names(text: str) -> frozenset[str]:
    """The folded words of plain text that are capitalised within a sentence."""
    return frozenset(tokens(" ".join({word for word in _WITHIN.findall(text) if word[0].isupper()})))


def titled(title: str, text: str) -> set[str]:
    """The names in a title: adjacent words that the text always capitalises, and Thai places."""
    words = tokens(title)
    # A text without capitals, as in Thai, is not taken apart.
    distinct = set(_WORD.findall(text)) if text.lower() != text else set()
    large = {word for word in distinct if word[0].isupper()}
    known = set(words).intersection(tokens(" ".join(large)))
    if known:
        known.difference_update(tokens(" ".join(distinct - large)))
    runs = (" ".join(run) for is_name, run in groupby(words, known.__contains__) if is_name)
    return {*runs, *_PLACE.findall("".join(words))}


def spelt_alike(one: str, other: str) -> bool:
    """Whether two names are one: "Kyiv" and "Kiev", "Thanh Hoá" and "Thanh Hóa"."""
    same = one.replace(" ", "") == other.replace(" ", "")
    return same or SequenceMatcher(None, one, other, autojunk=False).ratio() > _ALIKE


def differ_unspaced(before: str, one: str, other: str) -> bool:
    """Whether two unspaced strings, at the same place behind the same letters, are different names."""
    if min(len(one), len(other)) < 3 or max(len(one), len(other)) > 30:
        return False
    places, other_places = set(_PLACE.findall(one)), set(_PLACE.findall(other))
    if places and other_places:
        return places != other_places
    if min(len(one), len(other)) < 4:
        return False
    if _CUED.search(before) or (_AT.search(one) and _AT.search(other)):
        return True
    return all(_CUED.search(before[-3:] + name[:3]) or _CUE.match(name) for name in (one, other))
