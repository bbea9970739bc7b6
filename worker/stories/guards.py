"""What speaks against one story although the words are alike: each guard alone keeps two entries apart.

Pure: two texts side by side in, a phrase for the decision log out. What they look for are the ways in which texts that
are no copies come to share their wording: templates that are filled anew (weather, prices, accidents, appointments),
numbered series, follow-ups that quote, running reports, digests.
"""

import re
from collections import Counter
from difflib import SequenceMatcher

from feeds.text.plaintext import fold
from worker.entries.fingerprint import WORDS
from worker.stories import names as naming
from worker.stories.wording import Cover, EntryWords, Pairing

# Outlets correct a number now and then; a bulletin is filled with others. Of the numbers at the same places so many may
# differ: three or more, exactly two; in texts of so few words none, if it is the only one.
_FEW_NUMBERS, _SOME_NUMBERS, _SHORT = 0.15, 0.25, 70
# So many of the names at the same places, where more than the spelling differs.
_NAMES = 0.2
# From this likeness on, their numbers left out, titles are of one series; or the same title.
_SERIES, _SAME_TITLE = 0.55, 0.8
# Of other titles numbers count less when so much of the text is the same, or so many shingles are.
_MOSTLY, _NUMBERED_SAME, _NUMBERED_LONG = 0.75, 0.9, 150
# A follow-up: less than this of it is shared, and so much of it stands before, at least so many words.
_NEW, _MOSTLY_NEW, _FIRST = 0.65, 0.35, 25
# The same where less of both is shared, with less before; and for the entry that was there first, with more.
_SHARED_HALF, _SHARED_OF_OTHER, _PARTLY_NEW, _OTHER_NEW = 0.5, 0.7, 0.2, 0.5
# Less than this is shared, in one piece, behind new words.
_PIECE = 0.56
# New words before an announced quotation: so many, or this share; of one from the other's first words on, fewer.
_QUOTE_BEFORE, _QUOTE_SHARE, _AT_ONCE = 12, 0.12, 4
# Two posts of a running report share less than this; so does a post and what is none.
_RUNNING, _RUNNING_ONE = 0.85, 0.57
# A digest has less than this in common with one of its stories; two prints of one digest share more than this.
_PART, _SAME_DIGEST = 0.6, 0.6


def against(pairing: Pairing, share: float) -> str:
    """The first guard that speaks against one story, as the end of a sentence, or ""."""
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


def _named_apart(one: EntryWords, other: EntryWords) -> bool:
    """Whether the title of each names something that its own text speaks of, and the other entry nowhere."""
    return _names_another(one, other) and _names_another(other, one)


def _names_another(one: EntryWords, other: EntryWords) -> bool:
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
    # A headline may count what another does not; an issue of a series has its number at the same place.
    series = _likeness(pairing.one, pairing.other) >= _SAME_TITLE or _counted_apart(pairing.one, pairing.other)
    agree = not pairing.unequal and pairing.equal >= 3 and pairing.most >= _MOSTLY
    same = share > _NUMBERED_SAME and len(pairing.one.hashes) > _NUMBERED_LONG
    return "" if (agree or same) and not series else "their titles are numbered differently"


_CORRECTION = re.compile(
    r"\b(?:correction|corrected|retraction|retracted|dinh chinh|cai chinh|berichtigung|rectificatif)\b|แก้ข่าว"
)


def _corrects(words: EntryWords) -> bool:
    return bool(_CORRECTION.search(_flat(words.title)))


_NUMBERED = re.compile(r"([^\W\d]+)[\s.#№:–-]*(\d+)")


def numbered_apart(one: EntryWords, other: EntryWords) -> bool:
    """Whether two titles are alike but for their numbers, or one word stands before different numbers in them."""
    numbers, their_numbers = (Counter(filter(naming.is_place, of.title_tokens)) for of in (one, other))
    differ = numbers - their_numbers and their_numbers - numbers
    return bool(differ and _likeness(one, other) >= _SERIES) or _counted_apart(one, other)


def _counted_apart(one: EntryWords, other: EntryWords) -> bool:
    """ "Episode 12" and "Episode 13", whatever else the titles say."""
    pairs, their_pairs = (dict(_NUMBERED.findall(fold(words.title))) for words in (one, other))
    return any(their_pairs.get(word, number) != number for word, number in pairs.items())


def _likeness(one: EntryWords, other: EntryWords) -> float:
    """How much alike two titles are but for their numbers, 0 to 1."""
    words, their_words = ([word for word in of.title_tokens if not naming.is_place(word)] for of in (one, other))
    return SequenceMatcher(None, words, their_words, autojunk=False).ratio()


# Words that announce what was told before.
_BEFORE = re.compile(
    r"\b(?:earlier|previous|previously|background|recap|truoc do|bai (?:viet )?truoc|nhac lai|nhu da (?:dua|thong tin)"
    r"|da dua tin|rappel|zuvor|anteriormente)\b|ก่อนหน้านี้|ย้อน|รายงานก่อน"
)


def _follow_up(pairing: Pairing) -> str:
    """Something new first, then what the other told: a quotation is no copy."""
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
    """Whether the one passage that both have is a quotation within new text: a copy has more, or begins with it."""
    return len(pairing.passages) == 1 and pairing.cover < _PIECE and pairing.before > _FIRST


def _announced(words: EntryWords, covered: Cover, cover: float, *, whole: bool) -> bool:
    """Whether what is shared begins behind words like "as reported earlier". whole: with the other text's beginning."""
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
    """In small letters and without accents; letters of scripts without spaces side by side, as they are written."""
    return " ".join(re.sub(r"(?<=[\u0e00-\u9fff]) (?=[\u0e00-\u9fff])", "", fold(title)).split())
