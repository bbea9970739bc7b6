"""Guards against folding different stories whose wording is alike; any one guard keeps two entries apart.

Pure: takes two texts side by side and returns a phrase for the decision log. The guards look for the ways in which
different texts come to share wording: templates filled anew (weather, prices, accidents, appointments), numbered
series, follow-ups that quote, running reports, digests.
"""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from feeds.text.datewords import DAY_WORDS
from feeds.text.plaintext import fold
from worker.entries.fingerprint import WORDS, lengths_of
from worker.stories import names as naming
from worker.stories.wording import Cover, EntryWords, Pairing

# Shares are 0 to 1, tuned together against the labelled entries of `benchmarks/stories.py`.

# Numbers

# An outlet corrects a number or two; filling in a template anew changes at least this many.
_REFILLED_NUMBERS = 3
# Of the numbers compared, the share above which that many are a template, and not corrections in a long report.
_REFILLED_SHARE = 0.15
# Two numbers may both be corrections, unless they are this much of all that are compared.
_TWO_NUMBERS_SHARE = 0.25
# In a text of fewer words, a single number is what it is about.
_SHORT_WORDS = 70
# Above this share of shingles even a short text is a copy, in which the number was corrected.
_SHORT_COPY_SHARE = 0.9

# Names

# One other name may be a slip or another spelling; this many prove another subject without a second sign.
_REFILLED_NAMES = 2
# Of the names compared, the share from which other ones are another subject: a copy may add or drop a few.
_REFILLED_NAMES_SHARE = 0.2

# Titles

# Titles whose words, without numbers, are this much alike belong to one series: outlets write their own headlines.
_SERIES_LIKENESS = 0.55
# From this likeness on it is the same title with another number: no agreement of the texts makes up for that.
_SAME_TITLE_LIKENESS = 0.8
# This many numbers that agree, and none that differs, show that a headline merely counts something else.
_AGREEING_NUMBERS = 3
# For that, this much of one text must stand in the other: less could be the standing words of a series.
_AGREEING_COVER = 0.75
# Or the texts share nearly all shingles, as copies do.
_NUMBERED_COPY_SHARE = 0.9
# That holds for texts with more shingles than this; short issues are nearly all template.
_NUMBERED_COPY_SHINGLES = 150

# Follow-ups

# A copy is shared at least this far; a follow-up that quotes has less in common.
_FOLLOW_UP_COVER = 0.65
# New words at the beginning: a copy has a dateline, a prefix or a lead of its own, and no more than this.
_LEAD_WORDS = 25
# Besides, a follow-up begins with more than this share of its own words.
_FOLLOW_UP_NEW = 0.35
# Where each shares less than this and the next with the other, fewer new words at the beginning suffice.
_HALF_COVER = 0.5
# The other text may go on being quoted further than that, since a follow-up quotes from its beginning.
_HALF_OTHER_COVER = 0.7
# The share of new words at the beginning that then suffices, and if both texts begin with words of their own.
_PARTLY_NEW = 0.2
# Where both begin with words of their own, sharing less than this: two follow-ups of one report.
_OWN_BEGINNINGS_COVER = 0.85
# The entry that was there first is the follow-up only if more of it is new: mostly the later one follows.
_OTHER_NEW = 0.5
# One passage that covers less than this, behind new words, is a quotation; a copy that was cut keeps more.
_QUOTATION_COVER = 0.56
# Words like "earlier" announce a quotation only behind this many new words; a copy may have them in sentence one.
_ANNOUNCED_AFTER = 12
# In a long text, the beginning is this share of it.
_ANNOUNCED_AFTER_SHARE = 0.12
# If the quotation starts with the other's first words, this many new words before it are enough.
_ANNOUNCED_AT_ONCE = 4
# How far before a quotation it is announced, in tokens: a phrase of a few words.
_ANNOUNCING_WORDS = 6
# The same in scripts without spaces, where each letter is a token.
_ANNOUNCING_LETTERS = 24

# Notices

# A notice of a site ("subscribe to read on", "we use cookies") has fewer words than this.
_NOTICE_WORDS = 250
# Most have fewer than this; as short a report tells of every title that it comes under.
_BRIEF_WORDS = 80
# From this share on of each in the other they are one text.
_ONE_TEXT = 0.9
# A text is about a title of which it has more than this share, where it stands under several titles.
_BORNE_OUT = 0.5
# Titles agree if they have this share in common: outlets shorten a headline and change a word.
_TITLES_AGREE = 0.6
# Titles that agree have at least this many words in common: two may be a place and a topic.
_FEWEST_TITLE_WORDS = 3

# Days

# In as few words as those of a brief notice, this many other ones are what it tells; more are another wording.
_OTHER_WORDS = 3

# Running reports and digests

# Two posts of a running report repeat the older lines: only what shares more than this is one post in two prints.
_RUNNING_COVER = 0.85
# Of a post and an ordinary report, which share less to begin with, this is enough to be copies.
_RUNNING_ONE_COVER = 0.57
# A digest holds a part of each story only; with this much of the digest in common it is a report under an odd title.
_DIGEST_COVER = 0.6
# Two prints of one digest share more shingles than this; two digests of one day share single stories.
_SAME_DIGEST_SHARE = 0.6


def against(pairing: Pairing, share: float) -> str:
    """The first guard that objects, as the end of a sentence, or ""."""
    return (
        _numbers(pairing, share)
        or _names(pairing)
        or _titles(pairing, share)
        or _days(pairing)
        or _follow_up(pairing)
        or _running(pairing)
        or _digest(pairing, share)
        or _notice(pairing)
    )


def for_it(pairing: Pairing) -> str:
    """What agrees, as the end of a sentence, or ""."""
    agreements = []
    if pairing.equal or pairing.unequal:
        agreements.append(f"{pairing.equal} of {pairing.equal + len(pairing.unequal)} numbers agree")
    if pairing.same_names or pairing.names:
        agreements.append(f"{pairing.same_names} of {pairing.same_names + len(pairing.names)} names agree")
    return ", ".join(agreements)


def _numbers(pairing: Pairing, share: float) -> str:
    unequal = len(pairing.unequal)
    compared = pairing.equal + unequal
    short = min(pairing.one.weight(), pairing.other.weight()) < _SHORT_WORDS and share < _SHORT_COPY_SHARE
    if (
        (unequal >= _REFILLED_NUMBERS and unequal > _REFILLED_SHARE * compared)
        or (unequal == 2 and unequal >= _TWO_NUMBERS_SHARE * compared)
        or (unequal and not pairing.equal and short)
    ):
        return f"other numbers stand in the same wording ({unequal} of {compared}: {_listed(pairing.unequal)})"
    return ""


def _days(pairing: Pairing) -> str:
    """Objects if a few words differ only in the days, months or numbers that they name."""
    mine, theirs = _other_words(pairing.one, pairing.other, pairing.one.tokens, pairing.other.tokens)
    days = [[word for word in words if word in DAY_WORDS or naming.is_number(word)] for words in (mine, theirs)]
    return f"another day stands in the same words ({days[0][0]} for {days[1][0]})" if all(days) else ""


def is_reworded(one: EntryWords, other: EntryWords) -> bool:
    """Whether two brief entries of one source differ in a few words, which then are what they tell."""
    said = ([*words.title_tokens, *words.tokens] for words in (one, other))
    return all(_other_words(one, other, *said))


def _other_words(
    one: EntryWords, other: EntryWords, words: Sequence[str], others_words: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Those words of two brief entries that the other does not have in any spelling, if they are few."""
    if max(one.weight(), other.weight()) >= _BRIEF_WORDS:
        return [], []
    mine, theirs = Counter(words), Counter(others_words)
    more, others = list((mine - theirs).elements()), list((theirs - mine).elements())
    if max(len(more), len(others)) > 2 * _OTHER_WORDS:  # a title may repeat the words of the text
        return [], []
    unlike = [word for word in more if not any(_is_one_word(word, another) for another in others)]
    others = [word for word in others if not any(_is_one_word(word, another) for another in more)]
    if max(len(set(unlike)), len(set(others))) > _OTHER_WORDS:
        return [], []
    return unlike, others


def _is_one_word(word: str, other: str) -> bool:
    days = naming.is_number(word) or word in DAY_WORDS or naming.is_number(other) or other in DAY_WORDS
    return word == other if days else naming.spelt_alike(word, other)


def _names(pairing: Pairing) -> str:
    names = len(pairing.names)
    telling = names >= _REFILLED_NAMES or pairing.unequal or pairing.early_names or not pairing.same_names
    if names and telling and names >= _REFILLED_NAMES_SHARE * (names + pairing.same_names):
        return f"other names stand in the same wording ({_listed(pairing.names)})"
    if pairing.titled:
        return "what their titles name is another thing in the same wording"
    if _named_apart(pairing.one, pairing.other):
        return "their titles name what the other does not speak of"
    return ""


def _named_apart(one: EntryWords, other: EntryWords) -> bool:
    """Whether each title names something that its own text mentions and the other entry does not."""
    return _names_another(one, other) and _names_another(other, one)


def _names_another(one: EntryWords, other: EntryWords) -> bool:
    if one.title_tokens == other.title_tokens:
        return False
    unsaid = [name for name in one.titled if f" {name} " not in other.said]
    return any(name.isascii() or name not in other.said.replace(" ", "") for name in unsaid)


def _listed(pairs: list[tuple[str, str]]) -> str:
    shown = list(dict.fromkeys(f"{one} for {other}" for one, other in pairs))
    return ", ".join(shown[:3]) + (" …" if len(shown) > 3 else "")


def _titles(pairing: Pairing, share: float) -> str:
    if pairing.one.title == pairing.other.title:
        return ""
    if _corrects(pairing.one) != _corrects(pairing.other):
        return "one corrects what the other says"
    if not numbered_apart(pairing.one, pairing.other):
        return ""
    # A headline may give a number that the other lacks, but issues of a series have their numbers in the same place.
    series = _likeness(pairing.one, pairing.other) >= _SAME_TITLE_LIKENESS or _counted_apart(pairing.one, pairing.other)
    agree = not pairing.unequal and pairing.equal >= _AGREEING_NUMBERS and pairing.most >= _AGREEING_COVER
    same = share > _NUMBERED_COPY_SHARE and len(pairing.one.hashes) > _NUMBERED_COPY_SHINGLES
    return "" if (agree or same) and not series else "their titles are numbered differently"


_CORRECTION = re.compile(
    r"\b(?:correction|corrected|retraction|retracted|dinh chinh|cai chinh|berichtigung|rectificatif)\b|แก้ข่าว"
)


def _corrects(words: EntryWords) -> bool:
    return bool(_CORRECTION.search(_flat(words.title)))


_NUMBERED = re.compile(r"([^\W\d]+)[\s.#№:–-]*(\d+)")


def numbered_apart(one: EntryWords, other: EntryWords) -> bool:
    """Whether two titles are alike except for their numbers, or have different numbers after the same word."""
    numbers, their_numbers = (Counter(filter(naming.is_place, of.title_tokens)) for of in (one, other))
    differ = numbers - their_numbers and their_numbers - numbers
    return bool(differ and _likeness(one, other) >= _SERIES_LIKENESS) or _counted_apart(one, other)


def _counted_apart(one: EntryWords, other: EntryWords) -> bool:
    """Whether the titles number the same word differently, as in "Episode 12" and "Episode 13"."""
    pairs, their_pairs = (dict(_NUMBERED.findall(fold(words.title))) for words in (one, other))
    return any(their_pairs.get(word, number) != number for word, number in pairs.items())


def _likeness(one: EntryWords, other: EntryWords) -> float:
    """How alike two titles are, ignoring numbers, from 0 to 1."""
    words, their_words = ([word for word in of.title_tokens if not naming.is_place(word)] for of in (one, other))
    return SequenceMatcher(None, words, their_words, autojunk=False).ratio()


# Words that announce something reported earlier.
_BEFORE = re.compile(
    r"\b(?:earlier|previous|previously|background|recap|truoc do|bai (?:viet )?truoc|nhac lai|nhu da (?:dua|thong tin)"
    r"|da dua tin|rappel|zuvor|anteriormente)\b|ก่อนหน้านี้|ย้อน|รายงานก่อน"
)


def _follow_up(pairing: Pairing) -> str:
    """Objects if one text begins with something new and then repeats part of the other: a quotation is not a copy."""
    one, other = pairing.one, pairing.other
    cover, other_cover = pairing.cover, pairing.other_cover
    weight, other_weight = one.weight(), other.weight()
    quoting = (
        (cover < _FOLLOW_UP_COVER and pairing.before > max(_LEAD_WORDS, _FOLLOW_UP_NEW * weight))
        or (
            cover < _HALF_COVER
            and other_cover < _HALF_OTHER_COVER
            and pairing.before > max(_LEAD_WORDS, _PARTLY_NEW * weight)
        )
        or (other_cover < _FOLLOW_UP_COVER and pairing.other_before > max(_LEAD_WORDS, _OTHER_NEW * other_weight))
        or (
            max(cover, other_cover) < _OWN_BEGINNINGS_COVER
            and pairing.before > max(_LEAD_WORDS, _PARTLY_NEW * weight)
            and pairing.other_before > max(_LEAD_WORDS, _PARTLY_NEW * other_weight)
        )
        or _in_one_piece(pairing)
        or _announced(one, pairing.mine, cover, whole=pairing.other_before < _ANNOUNCED_AT_ONCE)
        or _announced(other, pairing.theirs, other_cover, whole=pairing.before < _ANNOUNCED_AT_ONCE)
    )
    return "one tells something else first and repeats a part of the other" if quoting else ""


def _in_one_piece(pairing: Pairing) -> bool:
    """Whether the only shared passage is a quotation within new text; a copy shares more, or begins with it."""
    return len(pairing.passages) == 1 and pairing.cover < _QUOTATION_COVER and pairing.before > _LEAD_WORDS


def _announced(words: EntryWords, covered: Cover, cover: float, *, whole: bool) -> bool:
    """Whether the shared part follows words like "as reported earlier".

    whole: it starts with the other text's beginning.
    """
    if not covered.any():
        return False
    start = int(covered.argmax())
    new = words.weight(0, start)
    least = max(_ANNOUNCED_AFTER, _ANNOUNCED_AFTER_SHARE * words.weight())
    if not (whole and new > _ANNOUNCED_AT_ONCE) and (cover >= _FOLLOW_UP_COVER or new < least):
        return False
    back = _ANNOUNCING_WORDS if words.spans[start - 1] == WORDS else _ANNOUNCING_LETTERS
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
    if pairing.most >= _RUNNING_COVER:
        return ""
    live = [
        bool(_LIVE.search(_flat(words.title)) or _CLOCKED.search(words.text)) for words in (pairing.one, pairing.other)
    ]
    if all(live) or (any(live) and pairing.most < _RUNNING_ONE_COVER):
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
    if (all(marked) and share < _SAME_DIGEST_SHARE) or (
        not all(marked) and marked[not longer_is_one] and cover < _DIGEST_COVER
    ):
        return "one gathers several stories"
    return ""


def titles_agree(one: EntryWords, other: EntryWords) -> bool:
    """Whether most of one title is in the other."""
    first, second = one.title_tokens, other.title_tokens
    if not first or not second or lengths_of(first).max() > WORDS or lengths_of(second).max() > WORDS:
        # Where each letter is a token, any two titles share most of their tokens.
        return SequenceMatcher(None, first, second, autojunk=False).ratio() >= _TITLES_AGREE
    shared = len(set(first) & set(second))
    return shared >= max(_FEWEST_TITLE_WORDS, _TITLES_AGREE * min(len(set(first)), len(set(second))))


def has_same_title(one: EntryWords, other: EntryWords) -> bool:
    """Whether two titles are the same, or agree, so that folding hides none."""
    return one.title_tokens == other.title_tokens or titles_agree(one, other)


def speaks_of_neither(one: EntryWords, other: EntryWords) -> bool:
    """Whether two titles differ, and neither text has anything of its own one: then a site says it under all titles."""
    return not (has_same_title(one, other) or one.borne_out() or other.borne_out())


def is_one_notice(one: EntryWords, other: EntryWords, share: float) -> bool:
    """Whether two entries of one source are the same short text under different titles, and it does not clearly tell of
    both.

    share: of each text that is in the other, at least.
    """
    if share < _ONE_TEXT or not _are_short(one, other) or has_same_title(one, other):
        return False
    return min(one.borne_out(), other.borne_out()) <= _BORNE_OUT


def _notice(pairing: Pairing) -> str:
    """Objects if what two entries share is a notice of a site, which tells of neither title or of one by chance."""
    one, other = pairing.one, pairing.other
    if has_same_title(one, other):
        return ""
    if min(pairing.cover, pairing.other_cover) >= _ONE_TEXT and _are_short(one, other):
        brief = max(one.weight(), other.weight()) < _BRIEF_WORDS
        told = one.tells_of_title() and other.tells_of_title() if brief else not speaks_of_neither(one, other)
        return "" if told else "what they share does not tell of both titles"
    if not (one.borne_out() and other.borne_out()):
        return ""
    shared = one.borne_out(pairing.mine) or other.borne_out(pairing.theirs)
    return "" if shared else "what they share tells of neither title"


def _are_short(one: EntryWords, other: EntryWords) -> bool:
    return max(one.weight(), other.weight()) < _NOTICE_WORDS


def _flat(title: str) -> str:
    """Lower case without accents; letters of scripts without spaces are joined again, as they are written."""
    return " ".join(re.sub(r"(?<=[\u0e00-\u9fff]) (?=[\u0e00-\u9fff])", "", fold(title)).split())
