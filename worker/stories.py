"""Whether two entries tell one story: how much of the one's text stands in the other, and what speaks against it.

Pure: texts in, a judgement out. The method is that of the project's measurements: shared shingles of the shorter text
decide, and guards veto what only looks alike, for a false fold is worse than a missed one. `benchmarks/stories.py`
holds it against labelled entries.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

import numpy as np

from feeds.text import fold, tokens
from worker.fingerprint import WORDS, Places, lengths_of, shingles, words_of

#: Under this many tokens equal texts prove nothing ("Read more", a headline, an exchange rate).
ENOUGH_TOKENS = 20


@dataclass(frozen=True, slots=True)
class Run:
    """Words that two texts have in common, in one order: from `start` of the one and `other` of the other on."""

    start: int
    other: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length

    @property
    def other_end(self) -> int:
        return self.other + self.length


@dataclass(frozen=True, slots=True)
class Judgement:
    """accepted: one story. share: of the shorter text that stands in the other. how: "same" | "text".

    reason: a sentence for the decision log, "" where there is nothing to tell. passages: the longest that both have.
    """

    accepted: bool
    share: float
    how: str
    reason: str
    passages: tuple[str, ...] = ()
    cover: float = 0.0
    opens: float = 0.0


class Words:
    """The words of an entry as comparing needs them. text: plain, its references decoded."""

    def __init__(self, title: str, text: str) -> None:
        self.title = title
        self.text = text
        self.tokens = words_of(text)

    @cached_property
    def spans(self) -> Places:
        return lengths_of(self.tokens)

    @cached_property
    def weights(self) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        """About how many words each token is: letters of a script without spaces are parts of one."""
        return WORDS / self.spans

    @cached_property
    def weight(self) -> float:
        return float(self.weights.sum())

    @cached_property
    def hashes(self) -> frozenset[int]:
        return frozenset(shingles(self.tokens)[0].tolist())

    @cached_property
    def title_words(self) -> list[str]:
        return tokens(self.title)

    @cached_property
    def proper(self) -> frozenset[str]:
        """The words, folded, that are written large within a sentence."""
        return frozenset(word for name in _PROPER.findall(self.text) if name[0].isupper() for word in tokens(name))

    def name(self, words: Sequence[str]) -> str:
        """These words if they are a name."""
        return " ".join(words) if any(word in self.proper for word in words) else ""

    @cached_property
    def masked(self) -> dict[int, list[int]]:
        """Places of its shingles, all numbers taken for one."""
        hashes, places = shingles(["0" if word.isdecimal() else word for word in self.tokens])
        found: defaultdict[int, list[int]] = defaultdict(list)
        for value, place in zip(hashes.tolist(), places.tolist(), strict=True):
            found[value].append(place)
        return found


def runs(one: Words, other: Words) -> list[Run]:
    """What both texts say in the same words but for numbers, in the order of the first."""
    shared = sorted((place, value) for value in one.masked.keys() & other.masked.keys() for place in one.masked[value])
    spans = one.spans.tolist()
    pair = [-1] * len(spans)
    offset = 0
    for place, value in shared:
        theirs = other.masked[value]
        at = place + offset
        if at not in theirs:
            later = bisect_left(theirs, at)
            at = theirs[later] if later < len(theirs) else theirs[0]
            if pair[place] >= 0 and len(theirs) > 1:
                continue  # within a run; what is said twice leads nowhere else
            offset = at - place
        for step in range(min(spans[place], len(pair) - place)):
            if pair[place + step] < 0 and at + step < len(other.tokens):
                pair[place + step] = at + step
    found: list[Run] = []
    for place, at in enumerate(pair):
        if at < 0:
            continue
        if found and found[-1].end == place and found[-1].other_end == at:
            found[-1] = Run(found[-1].start, found[-1].other, found[-1].length + 1)
        else:
            found.append(Run(place, at, 1))
    return found


# A shorter text must be in the other for the more: what few words have in common says less.
_ENOUGH, _ENOUGH_OF_BRIEF, _BRIEF = 0.3, 0.45, 120
# From one source come series: the share that is wanted there.
_ENOUGH_OF_OWN = 0.5
_FEWEST_SHARED = 8
# Between what two texts share, so many words may differ: an edit, not another passage.
_GAP = 12
_EARLY = 60
F1,F2,F3,F4,F5,F6=.35,.2,.5,.5,.5,.7
T1,T2,T3,T4=.42,.33,.52,.40
NAMES=99
TR=.55
_AT = re.compile("(?<!วัน)ที่")
_PROVINCE = re.compile("กระบี่|กรุงเทพ|กาญจนบุรี|กาฬสินธุ์|กำแพงเพชร|กําแพงเพชร|ขอนแก่น|จันทบุรี|ฉะเชิงเทรา|ชลบุรี|ชัยนาท|ชัยภูมิ|ชุมพร|เชียงราย|เชียงใหม่|ตรัง|ตราด|ตาก|นครนายก|นครปฐม|นครพนม|นครราชสีมา|โคราช|นครศรีธรรมราช|นครสวรรค์|นนทบุรี|นราธิวาส|น่าน|บึงกาฬ|บุรีรัมย์|ปทุมธานี|ประจวบคีรีขันธ์|ปราจีนบุรี|ปัตตานี|อยุธยา|พะเยา|พังงา|พัทลุง|พิจิตร|พิษณุโลก|เพชรบุรี|เพชรบูรณ์|แพร่|ภูเก็ต|มหาสารคาม|มุกดาหาร|แม่ฮ่องสอน|ยโสธร|ยะลา|ร้อยเอ็ด|ระนอง|ระยอง|ราชบุรี|ลพบุรี|ลำปาง|ลําปาง|ลำพูน|ลําพูน|เลย|ศรีสะเกษ|สกลนคร|สงขลา|สตูล|สมุทรปราการ|สมุทรสงคราม|สมุทรสาคร|สระแก้ว|สระบุรี|สิงห์บุรี|สุโขทัย|สุพรรณบุรี|สุราษฎร์ธานี|สุรินทร์|หนองคาย|หนองบัวลำภู|หนองบัวลําภู|อ่างทอง|อำนาจเจริญ|อํานาจเจริญ|อุดรธานี|อุตรดิตถ์|อุทัยธานี|อุบลราชธานี|พัทยา|หาดใหญ่|หัวหิน")
# What stands before names of people and places in Thai.
_CUES = "นาย|นาง|คุณ|จังหวัด|อำเภอ|อําเภอ|ตำบล|ตําบล|เทศบาล|บริษัท|สหกรณ์|โรงพยาบาล|โรงเรียน|มหาวิทยาลัย|สถานี|ถนน|บริเวณ"
_CUE = re.compile(_CUES)
_CUED = re.compile(rf"(?:{_CUES}).{{0,2}}$")
# What so few words have in common is a phrase of the trade.
_PASSAGE = 10
# A word that is written large, but for those that begin a sentence.
_PROPER = re.compile(r"(?:(?<=\w[ \u00a0])|(?<=\w[,;:][ \u00a0]))[^\W\d_]\w*")
_PASSAGES, _PASSAGE_WORDS = 3, 40


def agrees(one: Words, other: Words) -> bool:
    """Whether two texts are the same, or one is the beginning of the other; of texts without words, their titles."""
    shorter, longer = sorted((one.tokens, other.tokens), key=len)
    if longer[: len(shorter)] != shorter or not (len(shorter) >= ENOUGH_TOKENS or len(shorter) == len(longer)):
        return False
    return bool(shorter) or tokens(one.title) == tokens(other.title)


class Pairing:
    """What two texts share: passages, each of runs of words and of what the one has in place of the other's between.

    equal, unequal: numbers that stand in both at one place of the wording. names: those that do, where each is in one
    text only.
    """

    def __init__(self, one: Words, other: Words) -> None:
        self.one, self.other = one, other
        self.mine, self.theirs = np.zeros(len(one.tokens), bool), np.zeros(len(other.tokens), bool)
        self.equal = 0
        self.unequal: list[tuple[str, str]] = []
        self.names: list[tuple[str, str]] = []
        self.same_names = self.early = self.early_names = 0
        self.titled = False
        self.passages: list[Run] = []
        for chain in self._chains(runs(one, other)):
            self._take(chain)

    def _chains(self, found: Sequence[Run]) -> list[list[Run]]:
        chains: list[list[Run]] = []
        for run in found:
            if chains and 0 <= self._gap(chains[-1][-1], run) <= _GAP:
                chains[-1].append(run)
            else:
                chains.append([run])
        return [chain for chain in chains if self.one.weights[chain[0].start : chain[-1].end].sum() >= _PASSAGE]

    def _gap(self, run: Run, following: Run) -> float:
        if following.start < run.end or following.other < run.other_end:
            return -1
        mine = self.one.weights[run.end : following.start].sum()
        return float(max(mine, self.other.weights[run.other_end : following.other].sum()))

    def _take(self, chain: list[Run]) -> None:
        one, other = self.one.tokens, self.other.tokens
        first, last = chain[0], chain[-1]
        self.mine[first.start : last.end] = self.theirs[first.other : last.other_end] = True
        self.passages.append(Run(first.start, first.other, last.end - first.start))
        for place, run in enumerate(chain):
            self._same(run)
            if place + 1 < len(chain):
                following = chain[place + 1]
                self._edit(run, following)

    def _same(self, run: Run) -> None:
        """Words that are the same, but for numbers."""
        within = False
        for step in range(run.length):
            word, their_word = self.one.tokens[run.start + step], self.other.tokens[run.other + step]
            if word != their_word and word.isdecimal():
                self.unequal.append((word, their_word))
                self.early += self._is_early(run.start + step, run.other + step)
            elif word.isdecimal():
                self.equal += 1
            is_name = word in self.one.proper and word in self.other.proper
            self.same_names += is_name and not within
            within = is_name

    def _is_early(self, place: int, other_place: int) -> bool:
        return float(max(self.one.weights[:place].sum(), self.other.weights[:other_place].sum())) < _EARLY

    def _edit(self, run: Run, following: Run) -> None:
        """Between two runs: what stands in the place of what."""
        mine, theirs = self.one.tokens[run.end : following.start], self.other.tokens[run.other_end : following.other]
        early = self._is_early(run.end, run.other_end)
        numbers, their_numbers = (Counter(filter(str.isdecimal, words)) for words in (mine, theirs))
        self.equal += (numbers & their_numbers).total()
        unequal = list(zip((numbers - their_numbers).elements(), (their_numbers - numbers).elements(), strict=False))
        self.unequal += unequal
        self.early += early * len(unequal)
        if not mine or not theirs:
            return
        if self.one.spans[run.end] == WORDS == self.other.spans[run.other_end]:
            name = " ".join(word for word in mine if word in self.one.proper and word not in theirs)
            their_name = " ".join(word for word in theirs if word in self.other.proper and word not in mine)
        else:
            before = "".join(self.one.tokens[max(0, run.end - 7) : run.end])
            name, their_name = "".join(mine), "".join(theirs)
            if not _names_unspaced(before, name, their_name):
                name = their_name = ""
        if name and their_name and not _spelt_alike(name, their_name):
            self.names.append((name, their_name))
            self.early_names += early
        if not self.titled:
            self.titled = _in_titles(mine, theirs, self.one, self.other)

    def quotes(self, words: Words, covered: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> bool:
        """Whether what is shared is announced as a quotation."""
        if not covered.any():
            return False
        start = int(covered.argmax())
        if words.weights[:start].sum() < max(12, 0.12 * words.weight):
            return False
        back = 6 if words.spans[start - 1] == WORDS else 24
        return bool(_QUOTING.search(_flat(" ".join(words.tokens[max(0, start - back) : start]))))

    @cached_property
    def cover(self) -> float:
        """The share of the one text that stands in the other, edits counted as such."""
        return float(self.one.weights[self.mine].sum()) / max(self.one.weight, 1.0)

    @cached_property
    def other_cover(self) -> float:
        return float(self.other.weights[self.theirs].sum()) / max(self.other.weight, 1.0)

    @cached_property
    def before(self) -> float:
        """The words of the one text before anything that the other has."""
        return float(self.one.weights[: int(self.mine.argmax())].sum()) if self.mine.any() else self.one.weight

    @cached_property
    def other_before(self) -> float:
        return float(self.other.weights[: int(self.theirs.argmax())].sum()) if self.theirs.any() else self.other.weight


def compare(one: Words, other: Words, *, same_source: bool = False, later: bool = True) -> Judgement | None:
    """Whether two texts are one story; None where they have next to nothing in common. later: `one` came after."""
    shared = len(one.hashes & other.hashes)
    fewest = min(len(one.hashes), len(other.hashes))
    if not fewest:
        return None
    share = shared / fewest
    if share < 0.15 or shared < min(_FEWEST_SHARED, 0.8 * fewest):
        return None
    pairing = Pairing(one, other)
    if reason := against(pairing, share, later=later):
        return Judgement(False, share, "text", reason)
    cover, least = max(pairing.cover, pairing.other_cover), min(pairing.cover, pairing.other_cover)
    enough, enough_both = (T1, T2) if _alike(one.title, other.title) else (T3, T4)
    if share < 0.15 or not (cover >= enough or least >= enough_both):
        return Judgement(False, share, "text", "too little in common", (), cover, pairing.before / max(1, one.weight))
    return Judgement(True, share, "text", "x", (), cover)


def against(pairing: Pairing, share: float, *, later: bool) -> str:
    """What speaks against one story although the words are alike, or ""."""
    one, other = pairing.one, pairing.other
    shorter = min(one.weight, other.weight)
    unequal = len(pairing.unequal)
    compared = pairing.equal + unequal
    if (
        (unequal >= 3 and unequal > 0.15 * compared)
        or (unequal == 2 and unequal >= 0.25 * compared)
        or (unequal and not pairing.equal and shorter < 70 and share < 0.9)
    ):
        return "numbers"
    names = len(pairing.names)
    if names and names >= 0.25 * (names + pairing.same_names) and (
        names >= 2 or unequal or pairing.early_names or not pairing.same_names
    ):
        return "names"
    if pairing.titled:
        return "titled"
    if _numbered_apart(one.title, other.title) and not (share > 0.9 and len(one.hashes) > 150):
        return "title"
    if pairing.cover < 0.65 and pairing.before > max(25, F1 * one.weight):
        return "followup"
    if pairing.cover < F5 and pairing.other_cover < F6 and pairing.before > max(25, F2 * one.weight):
        return "followup"
    if pairing.other_cover < 0.65 and pairing.other_before > max(25, (F3 if pairing.cover < 0.7 else F4) * other.weight):
        return "followup"
    if pairing.cover < 0.65 and pairing.quotes(one, pairing.mine) or pairing.other_cover < 0.65 and pairing.quotes(other, pairing.theirs):
        return "quotes"
    live = [_LIVE.search(_flat(words.title)) or _CLOCKED.search(words.text) for words in (one, other)]
    most = max(pairing.cover, pairing.other_cover)
    if (all(live) and most < 0.85) or (any(live) and most < 0.57):
        return "live"
    if _is_digest(pairing, share):
        return "digest"
    return ""


def _is_digest(pairing: Pairing, share: float) -> bool:
    """Whether one is a gathering of stories, of which the other is one."""
    one, other = pairing.one, pairing.other
    longer, covered, cover = (one, pairing.mine, pairing.cover)
    if other.weight > one.weight:
        longer, covered, cover = other, pairing.theirs, pairing.other_cover
    marked = [bool(_DIGEST.search(_flat(words.title))) for words in (one, other)]
    if all(marked):
        return share < 0.6
    if cover < 0.6 and _DIGEST.search(_flat(longer.title)):
        return True
    rest = {word for word, is_covered in zip(longer.tokens, covered.tolist(), strict=True) if not is_covered}
    names = longer.proper & {word for word, is_covered in zip(longer.tokens, covered.tolist(), strict=True) if is_covered}
    return cover < 0.45 and longer.weight > 100 and len(names) >= NAMES and not names & rest


_TIME = r"(?:[01]?\d|2[0-3]) ?[:h] ?[0-5]\d"
_LIVE = re.compile(
    r"\blive ?blog|\blive (?:updates?|coverage|ticker|report)|^live\b|liveticker|minute by minute|as it happened"
    rf"|truc tiep|cap nhat lien tuc|tuong thuat|^{_TIME}|{_TIME}$|en direct|en directo|ao vivo|นาทีต่อนาที|รายงานสด|ถ่ายทอดสด|实时|速報"
)
# A paragraph that begins with the time of day, or a title that does.
_CLOCKED = re.compile(rf"(?:^|[.!?»”\"] )\[?{_TIME}(?: ?น\.)?\]? ?[:–-] ?\S")
_QUOTING = re.compile(
    r"\b(?:earlier|previous|previously|background|recap|truoc do|bai (?:viet )?truoc|nhac lai|nhu da (?:dua|thong tin)"
    r"|da dua tin|rappel|zuvor|anteriormente)\b|ก่อนหน้านี้|ย้อน|รายงานก่อน"
)
_DIGEST = re.compile(
    r"\b(?:digest|round ?up|briefing|at a glance|in brief|stories (?:for|of) (?:today|the day)|top stories|headlines"
    r"|need to know|newsletter|news of the day|diem tin|diem bao|tin van|ban tin|tin dang chu y|tin nong|tin tong hop"
    r"|tin noi bat|en bref|revue de presse|im uberblick|kompakt|resumen|titulares)\b"
    r"|สรุปข่าว|ข่าวเด่น|รวมข่าว|ข่าวน่ารู้|ข่าวสั้น|ข่าวประจำวัน|要闻|要聞|简报|早报|晚报|まとめ"
)


def _flat(title: str) -> str:
    """A title in small letters, without accents, its Thai as it is written."""
    return " ".join(re.sub(r"(?<=[\u0e00-\u9fff]) (?=[\u0e00-\u9fff])", "", fold(title)).split())


def _alike(one: str, other: str) -> bool:
    """Whether most of the one title stands in the other."""
    first, second = set(tokens(one)), set(tokens(other))
    return len(first & second) >= max(3, 0.6 * min(len(first), len(second)))


def _spelt_alike(one: str, other: str) -> bool:
    return one.replace(" ", "") == other.replace(" ", "") or SequenceMatcher(None, one, other).ratio() > 0.7


_NUMBERED = re.compile(r"([^\W\d]*)\W*(\d+)")


def _numbered_apart(one: str, other: str) -> bool:
    """Whether two titles are alike but for numbers, or one word stands before different numbers in them."""
    first, second = tokens(one), tokens(other)
    a, b = ({word for word in words if word.isdecimal()} for words in (first, second))
    if a and b and not a & b:
        words, others = ([word for word in said if not word.isdecimal()] for said in (first, second))
        if SequenceMatcher(None, words, others, autojunk=False).ratio() >= TR:
            return True
    pairs, other_pairs = (dict(_NUMBERED.findall(fold(title))) for title in (one, other))
    return any(word and other_pairs.get(word, number) != number for word, number in pairs.items())


def _names_unspaced(before: str, name: str, their_name: str) -> bool:
    """Whether two strings of letters without spaces are names, by what stands before them or by what they are."""
    if min(len(name), len(their_name)) < 3 or max(len(name), len(their_name)) > 30:
        return False
    places, their_places = (set(_PROVINCE.findall(one)) for one in (name, their_name))
    if places and their_places:
        return places != their_places
    if _CUED.search(before) or (_AT.search(name) and _AT.search(their_name)):
        return True
    return all(_CUED.search(before[-3:] + one[:3]) or _CUE.match(one) for one in (name, their_name))


def _in_titles(mine: Sequence[str], theirs: Sequence[str], one: Words, other: Words) -> bool:
    """Whether what the one has in the other's place stands in its title, and so does the other's in its."""
    first, second = one.title_words, other.title_words
    if one.spans[0] != WORDS and mine and theirs:
        name, their_name = "".join(mine), "".join(theirs)
        flat, other_flat = "".join(first), "".join(second)
        return (
            min(len(name), len(their_name)) >= 4 and name in flat and their_name in other_flat
            and name not in other_flat and their_name not in flat
        )
    own = {word for word in mine if word in first and word in one.proper} - set(second) - set(theirs)
    others = {word for word in theirs if word in second and word in other.proper} - set(first) - set(mine)
    return bool(own and others)


_LIVE = re.compile(r"\b(?:live|liveblog|live updates|minute by minute|as it happened|truc tiep|cap nhat|en direct|en directo|liveticker|ao vivo)\b|สด|เกาะติด|อัปเดต|นาทีต่อนาที|ล่าสุด|实时|速報|\b\d{1,2} ?[:h.] ?\d{2}\b")
# A paragraph that begins with the time of day, or a title that does.
_CLOCKED = re.compile(r"(?:^|[.!?»”\"] )\[?\d{1,2}[:h.]\d{2}(?: ?น\.)?\]?[:–-] ?\S")
_QUOTING = re.compile(r"\b(?:earlier|previous|previously|background|as reported|reported|recap|truoc do|bai (?:viet )?truoc|nhac lai|nhu da (?:dua|thong tin)|da dua tin|rappel|zuvor|anteriormente)\b|ก่อนหน้านี้|ย้อน|รายงานก่อน|ตามที่.*(?:รายงาน|เสนอ)")
_DIGEST = re.compile(
    r"\b(?:digest|round ?up|briefing|at a glance|in brief|stories (?:for|of) (?:today|the day)|top stories|headlines"
    r"|need to know|newsletter|news of the day|diem tin|diem bao|tin van|ban tin|tin dang chu y|tin nong|tin tong hop"
    r"|tin noi bat|en bref|revue de presse|im uberblick|kompakt|resumen|titulares)\b"
    r"|สรุปข่าว|ข่าวเด่น|รวมข่าว|ข่าวน่ารู้|ข่าวสั้น|ข่าวประจำวัน|要闻|要聞|简报|早报|晚报|まとめ"
)


def _flat(title: str) -> str:
    """A title in small letters, without accents, its Thai as it is written."""
    return " ".join(re.sub(r"(?<=[\u0e00-\u9fff]) (?=[\u0e00-\u9fff])", "", fold(title)).split())


def _alike(one: str, other: str) -> bool:
    """Whether most of the one title stands in the other."""
    first, second = set(tokens(one)), set(tokens(other))
    return len(first & second) >= max(3, 0.6 * min(len(first), len(second)))


def _spelt_alike(one: str, other: str) -> bool:
    return one.replace(" ", "") == other.replace(" ", "") or SequenceMatcher(None, one, other).ratio() > 0.7


_NUMBERED = re.compile(r"([^\W\d]*)\W*(\d+)")
