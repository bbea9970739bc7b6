"""Guards against folding different stories whose wording is alike; any one guard keeps two entries apart.

Pure: takes two texts side by side and returns a phrase for the decision log. The guards look for the ways in which
different texts come to share wording: templates filled anew (weather, prices, accidents, appointments), numbered
series, follow-ups that quote, running reports, digests.
"""

import re
from collections import Counter
from difflib import SequenceMatcher

from feeds.text.plaintext import fold
from worker.entries.fingerprint import WORDS
from worker.stories import names as naming
from worker.stories.wording import Cover, Pairing, Words

# Outlets correct a number now and then, but fill a bulletin with other ones. Up to _FEW_NUMBERS of the numbers at the
# same places may differ if three or more do, less than _SOME_NUMBERS if two do; in texts under _SHORT words the only
# number may not differ.
_FEW_NUMBERS, _SOME_NUMBERS, _SHORT = 0.15, 0.25, 70
# If the names that differ, spelling aside, are at least this share of those at the same places, the stories differ.
_NAMES = 0.2
# Titles this alike, ignoring numbers, belong to one series; or are the same title.
_SERIES, _SAME_TITLE = 0.55, 0.8
# Different numbers in the titles are ignored if this share of the text is the same, or this share of the shingles of a
# long text.
_MOSTLY, _NUMBERED_SAME, _NUMBERED_LONG = 0.75, 0.9, 150
# A follow-up shares less than _NEW of its text and begins with new words: _MOSTLY_NEW of it, and at least _FIRST.
_NEW, _MOSTLY_NEW, _FIRST = 0.65, 0.35, 25
# The same with fewer new words if both texts share less, and with more of them if the earlier entry is the follow-up.
_SHARED_HALF, _SHARED_OF_OTHER, _PARTLY_NEW, _OTHER_NEW = 0.5, 0.7, 0.2, 0.5
# A single shared passage behind new words is a quotation if it is less than this share of the text.
_PIECE = 0.56
# New words before an announced quotation: this many, or this share; fewer if it begins with the other text's first
# words.
_QUOTE_BEFORE, _QUOTE_SHARE, _AT_ONCE = 12, 0.12, 4
# Two posts of a running report share less than _RUNNING; a post and another text, less than _RUNNING_ONE.
_RUNNING, _RUNNING_ONE = 0.85, 0.57
# A digest shares less than _PART with one of its stories; two editions of one digest share more than _SAME_DIGEST.
_PART, _SAME_DIGEST = 0.6, 0.6


def against(pairing: Pairing, share: float) -> str:
    """The first guard that objects, as the end of a sentence, or ""."""
    return (
        _numbers(pairing, share)
        or _names(pairing)
        or _titles(pairing, share)
        or _follow_up(pairing)
        or _running(pairing)
        or _digest(pairing, share)
    )


def for_it(pairing: Pairing) -> str:
    """What agrees, as the end of a sentence, or ""."""
    told = []
    if pairing.equal or pairing.unequal:
        told.append(f"{pairing.equal} of {pairing.equal + len(pairing.unequal)} numbers agree")
    if pairing.same_names or pairing.names:
        told.append(f"{pairing.same_names} of {pairing.same_names + len(pairing.names)} names agree")
    return ", ".join(told)


def _numbers(pairing: Pairing, share: float) -> str:
    unequal = len(pairing.unequal)
    compared = pairing.equal + unequal
    short = min(pairing.one.weight(), pairing.other.weight()) < _SHORT and share < 0.9
    if (
        (unequal >= 3 and unequal > _FEW_NUMBERS * compared)
        or (unequal == 2 and unequal >= _SOME_NUMBERS * compared)
        or (unequal and not pairing.equal and short)
    ):
        return f"other numbers stand in the same wording ({unequal} of {compared}: {_listed(pairing.unequal)})"
    return ""


def _names(pairing: Pairing) -> str:
    names = len(pairing.names)
    telling = names >= 2 or pairing.unequal or pairing.early_names or not pairing.same_names
    if names and telling and names >= _NAMES * (names + pairing.same_names):
        return f"other names stand in the same wording ({_listed(pairing.names)})"
    if pairing.titled:
        return "what their titles name is another thing in the same wording"
    if _named_apart(pairing.one, pairing.other):
        return "their titles name what the other does not speak of"
    return ""


def _named_apart(one: Words, other: Words) -> bool:
    """Whether each title names something that its own text mentions and the other entry does not."""
    return _names_another(one, other) and _names_another(other, one)


def _names_another(one: Words, other: Words) -> bool:
    said = f" {' '.join((*other.title_tokens, *other.tokens))} "
    flat = said.replace(" ", "")
    return any(
        f" {name} " not in said and (name.isascii() or name not in flat) for name in naming.titled(one.title, one.text)
    )


def _listed(pairs: list[tuple[str, str]]) -> str:
    shown = list(dict.fromkeys(f"{one} for {other}" for one, other in pairs))
    return ", ".join(shown[:3]) + (" …" if len(shown) > 3 else "")


def _titles(pairing: Pairing, share: float) -> str:
    if _corrects(pairing.one) != _corrects(pairing.other):
        return "one corrects what the other says"
    if not numbered_apart(pairing.one, pairing.other):
        return ""
    # A headline may give a number that the other lacks, but issues of a series have their numbers in the same place.
    series = _likeness(pairing.one, pairing.other) >= _SAME_TITLE or _counted_apart(pairing.one, pairing.other)
    agree = not pairing.unequal and pairing.equal >= 3 and pairing.most >= _MOSTLY
    same = share > _NUMBERED_SAME and len(pairing.one.hashes) > _NUMBERED_LONG
    return "" if (agree or same) and not series else "their titles are numbered differently"


_CORRECTION = re.compile(
    r"\b(?:correction|corrected|retraction|retracted|dinh chinh|cai chinh|berichtigung|rectificatif)\b|แก้ข่าว"
)


def _corrects(words: Words) -> bool:
    return bool(_CORRECTION.search(_flat(words.title)))


_NUMBERED = re.compile(r"([^\W\d]+)[\s.#№:–-]*(\d+)")


def numbered_apart(one: Words, other: Words) -> bool:
    """Whether two titles are alike except for their numbers, or have different numbers after the same word."""
    numbers, their_numbers = (Counter(filter(naming.is_place, of.title_tokens)) for of in (one, other))
    differ = numbers - their_numbers and their_numbers - numbers
    return bool(differ and _likeness(one, other) >= _SERIES) or _counted_apart(one, other)


def _counted_apart(one: Words, other: Words) -> bool:
    """Whether the titles number the same word differently, as in "Episode 12" and "Episode 13"."""
    pairs, their_pairs = (dict(_NUMBERED.findall(fold(words.title))) for words in (one, other))
    return any(their_pairs.get(word, number) != number for word, number in pairs.items())


def _likeness(one: Words, other: Words) -> float:
    """How alike two titles are, ignoring numbers, from 0 to 1."""
    words, their_words = ([word for word in of.title_tokens if not naming.is_place(word)] for of in (one, other))
    return SequenceMatcher(None, words, their_words, autojunk=False).ratio()


# Words that announce something reported earlier.
_BEFORE = re.compile(
    r"\b(?:earlier|previous|previously|background|recap|truoc do|bai (?:viet )?truoc|nhac lai|nhu da (?:dua|thong tin)"
    r"|da dua tin|rappel|zuvor|anteriormente)\b|ก่อนหน้านี้|ย้อน|รายงานก่อน"
)


def _follow_up(pairing: Pairing) -> str:
    """Objects if one text begins with something new and then repeats part of the other: a quotation is no copy."""
    one, other = pairing.one, pairing.other
    cover, other_cover = pairing.cover, pairing.other_cover
    weight, other_weight = one.weight(), other.weight()
    quoting = (
        (cover < _NEW and pairing.before > max(_FIRST, _MOSTLY_NEW * weight))
        or (
            cover < _SHARED_HALF
            and other_cover < _SHARED_OF_OTHER
            and pairing.before > max(_FIRST, _PARTLY_NEW * weight)
        )
        or (other_cover < _NEW and pairing.other_before > max(_FIRST, _OTHER_NEW * other_weight))
        or (
            max(cover, other_cover) < _RUNNING
            and pairing.before > max(_FIRST, _PARTLY_NEW * weight)
            and pairing.other_before > max(_FIRST, _PARTLY_NEW * other_weight)
        )
        or _in_one_piece(pairing)
        or _announced(one, pairing.mine, cover, whole=pairing.other_before < _AT_ONCE)
        or _announced(other, pairing.theirs, other_cover, whole=pairing.before < _AT_ONCE)
    )
    return "one tells something else first and repeats a part of the other" if quoting else ""


def _in_one_piece(pairing: Pairing) -> bool:
    """Whether the only shared passage is a quotation within new text; a copy shares more, or begins with it."""
    return len(pairing.passages) == 1 and pairing.cover < _PIECE and pairing.before > _FIRST


def _announced(words: Words, covered: Cover, cover: float, *, whole: bool) -> bool:
    """Whether the shared part follows words like "as reported earlier".

    whole: it starts with the other text's beginning.
    """
    if not covered.any():
        return False
    start = int(covered.argmax())
    new = words.weight(0, start)
    if not (whole and new > _AT_ONCE) and (cover >= _NEW or new < max(_QUOTE_BEFORE, _QUOTE_SHARE * words.weight())):
        return False
    back = 6 if words.spans[start - 1] == WORDS else 24
    return bool(_BEFORE.search(_flat(" ".join(words.tokens[max(0, start - back) : start]))))


_TIME = r"(?:[01]?\d|2[0-3])(?: ?[:h] ?[0-5]\d|\.[0-5]\d ?น)"
_LIVE = re.compile(
    r"\blive ?blog|\blive (?:updates?|coverage|ticker|report)|^live\b|liveticker|minute by minute|as it happened"
    rf"|truc tiep|cap nhat lien tuc|tuong thuat|^{_TIME}|{_TIME}$|en direct|en directo|ao vivo"
    "|นาทีต่อนาที|อัปเดตล่าสุด|รายงานสด|ถ่ายทอดสด|实时|速報"
)
# A sentence that begins with the time of day.
_CLOCKED = re.compile(rf"(?:^|[.!?»”\"] )\[?{_TIME}(?: ?น\.)?\]? ?[:–-] ?\S")


def _running(pairing: Pairing) -> str:
    live = [
        bool(_LIVE.search(_flat(words.title)) or _CLOCKED.search(words.text)) for words in (pairing.one, pairing.other)
    ]
    if (all(live) and pairing.most < _RUNNING) or (any(live) and pairing.most < _RUNNING_ONE):
        return "they are posts of a running report"
    return ""


_DIGEST = re.compile(
    r"\b(?:digest|round ?up|briefing|at a glance|in brief|stories (?:for|of) (?:today|the day)|top stories|headlines"
    r"|need to know|newsletter|news of the day|diem tin|diem bao|tin van|ban tin|tin dang chu y|tin nong|tin tong hop"
    r"|tin noi bat|en bref|revue de presse|im uberblick|kompakt|resumen|titulares)\b"
    "|สรุปข่าว|ข่าวเด่น|รวมข่าว|ข่าวน่ารู้|ข่าวสั้น|ข่าวประจำวัน|ข่าวประจําวัน|要闻|要聞|简报|早报|晚报|まとめ"
)


def _digest(pairing: Pairing, share: float) -> str:
    marked = [bool(_DIGEST.search(_flat(words.title))) for words in (pairing.one, pairing.other)]
    longer_is_one = pairing.one.weight() >= pairing.other.weight()
    cover = pairing.cover if longer_is_one else pairing.other_cover
    if (all(marked) and share < _SAME_DIGEST) or (not all(marked) and marked[not longer_is_one] and cover < _PART):
        return "one gathers several stories"
    return ""


def _flat(title: str) -> str:
    """Lower case without accents; letters of scripts without spaces are joined again, as they are written."""
    return " ".join(re.sub(r"(?<=[\u0e00-\u9fff]) (?=[\u0e00-\u9fff])", "", fold(title)).split())
