"""What two texts have in common: shared passages, and what differs at the same place between them.

Pure. All numbers count as equal when passages are searched, so that "same wording, other numbers" shows.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from feeds.text.plaintext import tokens
from worker.entries.fingerprint import (
    HAN,
    NUMBER,
    THAI,
    WORDS,
    Hashes,
    Places,
    codes_of,
    lengths_of,
    shingles_of,
    words_of,
)
from worker.stories import names as naming

# Limits on foreign text, so that none makes a comparison slow; the rest is ignored.
_MOST_CHARACTERS, _MOST_TOKENS, _MOST_PLACES, _MOST_OF_TITLE = 60_000, 5_000, 32, 200
# Up to this many words may differ between two runs of one passage: an edit, not a new passage.
_GAP = 12
# A shorter passage is a stock phrase.
_PASSAGE = 10
# Shorter words tell of nothing alone; of two together this many letters do, since syllables of Vietnamese are short.
_TELLING, _TELLING_PAIR = 5, 7
# Letters of a script without spaces that tell something: about a word, by the length of their shingles.
_TELLING_LETTERS = {HAN: 2, THAI: 4}
# A text tells of its title if it has this many of its telling words.
_FEWEST_BORNE_OUT = 2
# Differences among the first words, up to this many, concern the subject of the story.
_EARLY = 60

Cover = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SharedRun:
    """A run of words in both texts, in the same order: from `start` in one and from `other` in the other."""

    start: int
    other: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length

    @property
    def other_end(self) -> int:
        return self.other + self.length


class EntryWords:
    """The words of an entry, prepared for comparison; only the beginning of a very long text.

    text: plain, without the company's description of itself at the end of a press release.
    """

    def __init__(self, title: str, text: str) -> None:
        self.title = title
        self.text = naming.without_imprint(text[:_MOST_CHARACTERS])
        self.tokens = words_of(self.text)[:_MOST_TOKENS]

    @cached_property
    def _codes(self) -> tuple[Hashes, Places]:
        return codes_of(self.tokens)

    @property
    def spans(self) -> Places:
        """How many tokens make a shingle from each token on: more than WORDS in scripts without spaces."""
        return self._codes[1]

    @cached_property
    def _measure(self) -> NDArray[np.float64]:
        """Approximately how many words come before each token; letters without spaces are parts of a word."""
        return np.concatenate((np.zeros(1), np.cumsum(WORDS / self.spans))) if self.tokens else np.zeros(1)

    def weight(self, start: int = 0, end: int | None = None) -> float:
        """Approximately how many words are between two places."""
        return float(self._measure[len(self.tokens) if end is None else end] - self._measure[start])

    def weight_of(self, covered: Cover) -> float:
        return float(np.diff(self._measure)[covered].sum())

    @cached_property
    def hashes(self) -> Hashes:
        """Of its shingles, each once, in order."""
        found = np.sort(shingles_of(*self._codes)[0])
        return found[np.append(True, found[1:] != found[:-1])] if len(found) else found

    @cached_property
    def masked(self) -> tuple[Hashes, Places]:
        """The hash of each shingle in order, and its place, with all numbers counted as equal."""
        codes, lengths = self._codes
        codes = codes.copy()
        codes[self.number_places] = NUMBER
        hashes, places = shingles_of(codes, lengths)
        order = np.argsort(hashes, kind="stable")
        hashes, places = hashes[order], places[order]
        kept = np.ones(len(hashes), bool)
        kept[_MOST_PLACES:] = hashes[_MOST_PLACES:] != hashes[:-_MOST_PLACES]
        return hashes[kept], places[kept]

    @cached_property
    def number_places(self) -> list[int]:
        return _places(self.tokens, naming.numbers_among(self.tokens))

    @cached_property
    def name_places(self) -> list[int]:
        return _places(self.tokens, self.names)

    @cached_property
    def title_tokens(self) -> list[str]:
        return tokens(self.title)[:_MOST_OF_TITLE]

    def borne_out(self, covered: Cover | None = None) -> float:
        """The share of the title's telling words that the text has too, or its covered part; 1 for a title without any.

        A notice ("subscribe to read on") has none of them, whatever title it comes under.
        """
        if not (title := self._title_telling):
            return 1.0
        if covered is None:
            return len(self._told) / len(title)
        return len(told(title, [self.tokens[place] for place in covered.nonzero()[0].tolist()])) / len(title)

    def tells_of_title(self) -> bool:
        """Whether the text has more of the title than a single word, which any notice may have by chance; of a title
        with two telling words, one.
        """
        return len(self._told) >= min(_FEWEST_BORNE_OUT, (len(self._title_telling) + 1) // 2)

    @cached_property
    def _title_telling(self) -> set[str]:
        return telling(self.title_tokens)

    @cached_property
    def _told(self) -> set[str]:
        """What the title and the text both tell of."""
        return told(self._title_telling, self.tokens)

    @cached_property
    def names(self) -> frozenset[str]:
        """The folded words that are capitalised within a sentence."""
        return naming.proper_names(self.text)

    @cached_property
    def titled(self) -> set[str]:
        """The names in the title."""
        return naming.titled(self.title, self.text)

    @cached_property
    def said(self) -> str:
        """The tokens of title and text, each between spaces."""
        return f" {' '.join((*self.title_tokens, *self.tokens))} "

    def passage(self, start: int, end: int) -> str:
        """A passage as the text writes it, as far as spaces between words are known."""
        pieces = self.text.split()
        counts = [len(words_of(piece)) for piece in pieces]
        if sum(counts) != len(self.tokens) or (self.spans[start:end] != WORDS).any():
            return _written(self, start, end)
        ends = list(accumulate(counts))
        return " ".join(pieces[bisect_right(ends, start) : bisect_left(ends, end) + 1])


def _places(words: Sequence[str], wanted: Collection[str]) -> list[int]:
    return [place for place, word in enumerate(words) if word in wanted] if wanted else []


def _between(places: Sequence[int], start: int, end: int) -> Sequence[int]:
    """Those of some ordered places that are between two others."""
    return places[bisect_left(places, start) : bisect_left(places, end)]


def _written(words: EntryWords, start: int, end: int) -> str:
    """The tokens, with spaces only between words."""
    out = ""
    for place in range(start, end):
        spaced = place > start and words.spans[place] == words.spans[place - 1] == WORDS
        out += f" {words.tokens[place]}" if spaced else words.tokens[place]
    return out


def telling(words: Sequence[str]) -> set[str]:
    """What words tell of: beginnings of long ones, pairs of short ones, a few letters without spaces; no numbers."""
    found = set()
    spans = lengths_of(words).tolist() if words else []
    for place, (word, span) in enumerate(zip(words, spans, strict=True)):
        if span != WORDS:
            if spans[place : place + _TELLING_LETTERS[span]] == [span] * _TELLING_LETTERS[span]:
                found.add(" ".join(words[place : place + _TELLING_LETTERS[span]]))
        elif not naming.is_number(word):
            following = words[place + 1] if spans[place + 1 : place + 2] == [WORDS] else ""
            if len(word) >= _TELLING:
                found.add(word[:_TELLING])
            elif len(following) < _TELLING and len(word + following) >= _TELLING_PAIR:
                found.add(f"{word} {following}")
    return found


def told(wanted: set[str], words: Sequence[str]) -> set[str]:
    """Those of the wanted, as `telling` gives them of other words, that these words tell of too."""
    line = f" {' '.join(words)} "
    long = {word[:_TELLING] for word in set(words) if word[:_TELLING] in wanted and not naming.is_number(word)}
    return long | {one for one in wanted if f" {one} " in line and " " in one}


class Pairing:
    """Two texts side by side. one: the entry in question; other: the one that it may repeat.

    passages: common passages, edits included; runs: the same without edits. mine, theirs: which tokens
    of each text are in a passage. equal, unequal: numbers at the same place of the wording. names: pairs of different
    names at the same place; early_names: how many are near the beginning; same_names: count of equal names. titled: the
    titles differ in the same way as the texts.
    """

    def __init__(self, one: EntryWords, other: EntryWords) -> None:
        self.one, self.other = one, other
        self.mine, self.theirs = np.zeros(len(one.tokens), bool), np.zeros(len(other.tokens), bool)
        self.equal = self.same_names = self.early_names = 0
        self.unequal: list[tuple[str, str]] = []
        self.names: list[tuple[str, str]] = []
        self.titled = False
        self.passages: list[SharedRun] = []
        self.runs: list[SharedRun] = []
        for chain in self._chains(runs(one, other)):
            self._take(chain)

    @cached_property
    def cover(self) -> float:
        """The share of `one` that is also in `other`."""
        return min(1.0, self.one.weight_of(self.mine) / max(self.one.weight(), 1.0))

    @cached_property
    def other_cover(self) -> float:
        """The share of `other` that is also in `one`."""
        return min(1.0, self.other.weight_of(self.theirs) / max(self.other.weight(), 1.0))

    @property
    def most(self) -> float:
        return max(self.cover, self.other_cover)

    def verbatim(self) -> Iterator[SharedRun]:
        """The runs without numbers that differ."""
        for run in self.runs:
            ahead, start = run.other - run.start, run.start
            for place in _between(self.one.number_places, run.start, run.end):
                if self.one.tokens[place] != self.other.tokens[place + ahead]:
                    yield SharedRun(start, start + ahead, place - start)
                    start = place + 1
            yield SharedRun(start, start + ahead, run.end - start)

    @cached_property
    def before(self) -> float:
        """Approximately how many words `one` has before the first common passage."""
        return self.one.weight(0, int(self.mine.argmax()) if self.mine.any() else None)

    @cached_property
    def other_before(self) -> float:
        return self.other.weight(0, int(self.theirs.argmax()) if self.theirs.any() else None)

    def _chains(self, found: Sequence[SharedRun]) -> list[list[SharedRun]]:
        """Runs that follow each other in both texts, with little between them."""
        chains: list[list[SharedRun]] = []
        for run in found:
            if chains and self._follows(chains[-1][-1], run):
                chains[-1].append(run)
            else:
                chains.append([run])
        return [chain for chain in chains if self.one.weight(chain[0].start, chain[-1].end) >= _PASSAGE]

    def _follows(self, run: SharedRun, following: SharedRun) -> bool:
        if following.start < run.end or following.other < run.other_end:
            return False
        gap = self.one.weight(run.end, following.start)
        return max(gap, self.other.weight(run.other_end, following.other)) <= _GAP

    def _take(self, chain: list[SharedRun]) -> None:
        first, last = chain[0], chain[-1]
        self.mine[first.start : last.end] = self.theirs[first.other : last.other_end] = True
        self.passages.append(SharedRun(first.start, first.other, last.end - first.start))
        for run in chain:
            self._same(run)
            self.runs.append(run)
        for run, following in pairwise(chain):
            self._edit(run, following)

    def _same(self, run: SharedRun) -> None:
        """Records a run: equal words, and numbers that may differ."""
        one, other = self.one, self.other
        ahead = run.other - run.start
        pairs = [
            (one.tokens[place], other.tokens[place + ahead])
            for place in _between(one.number_places, run.start, run.end)
        ]
        unequal = [pair for pair in pairs if pair[0] != pair[1]]
        self.unequal += unequal
        self.equal += len(pairs) - len(unequal)
        places = [place for place in _between(one.name_places, run.start, run.end) if one.tokens[place] in other.names]
        # Adjacent words are one name.
        self.same_names += len(places) - sum(later - place == 1 for place, later in pairwise(places))

    def _edit(self, run: SharedRun, following: SharedRun) -> None:
        """Records what differs between two runs."""
        mine, theirs = self.one.tokens[run.end : following.start], self.other.tokens[run.other_end : following.other]
        if not mine or not theirs:
            return
        numbers, their_numbers = (Counter(filter(naming.is_number, words)) for words in (mine, theirs))
        if numbers and their_numbers:
            self.equal += (numbers & their_numbers).total()
            self.unequal += zip(
                (numbers - their_numbers).elements(), (their_numbers - numbers).elements(), strict=False
            )
        if self.one.spans[run.end] == WORDS == self.other.spans[run.other_end]:
            name = " ".join(word for word in mine if word in self.one.names and word not in theirs)
            their_name = " ".join(word for word in theirs if word in self.other.names and word not in mine)
        else:
            before = "".join(self.one.tokens[max(0, run.end - 7) : run.end])
            name, their_name = "".join(mine), "".join(theirs)
            if not naming.differ_unspaced(before, name, their_name):
                name = their_name = ""
        if name and their_name and not naming.spelt_alike(name, their_name):
            self.names.append((name, their_name))
            early = max(self.one.weight(0, run.end), self.other.weight(0, run.other_end)) < _EARLY
            self.early_names += early
        self.titled = self.titled or self._in_titles(mine, theirs)

    def _in_titles(self, mine: Sequence[str], theirs: Sequence[str]) -> bool:
        """Whether each text's words at this place are also in its own title and not in the other."""
        first, second = self.one.title_tokens, self.other.title_tokens
        if self.one.spans[0] != WORDS:
            name, their_name = "".join(mine), "".join(theirs)
            flat, other_flat = "".join(first), "".join(second)
            long = min(len(name), len(their_name)) >= 4
            return long and name in flat and their_name in other_flat and not (name in other_flat or their_name in flat)
        own = {word for word in mine if word in first and word in self.one.names} - set(second) - set(theirs)
        others = {word for word in theirs if word in second and word in self.other.names} - set(first) - set(mine)
        return bool(own and others)


def runs(one: EntryWords, other: EntryWords) -> list[SharedRun]:
    """The runs of words common to both texts, numbers aside, in the order of the first text."""
    if one.tokens == other.tokens:
        return [SharedRun(0, 0, len(one.tokens))] if one.tokens else []
    places, theirs = _aligned(one, other)
    if not len(places):
        return []
    starts = np.flatnonzero(np.append(True, (np.diff(places) != 1) | (np.diff(theirs) != 1)))
    ends = np.maximum.reduceat(places + _lengths(one, other, places, theirs), starts)
    found: list[SharedRun] = []
    covered = 0
    aheads = theirs[starts] - places[starts]
    for place, ahead, end in zip(places[starts].tolist(), aheads.tolist(), ends.tolist(), strict=True):
        # A token goes with the first shingle that covers it.
        start, covered = max(place, covered), max(covered, end)
        if start >= end:
            continue
        if found and (found[-1].end, found[-1].other_end) == (start, start + ahead):
            start = found.pop().start
        found.append(SharedRun(start, start + ahead, end - start))
    return found


def _aligned(one: EntryWords, other: EntryWords) -> tuple[Places, Places]:
    """The places of the shingles of `one` that `other` has too, in order, and the place of each there.

    Of several places there it is the one that goes on from the shingle before, else the next.
    """
    (hashes, places), (their_hashes, their_places) = one.masked, other.masked
    first, last = (np.searchsorted(their_hashes, hashes, side) for side in ("left", "right"))
    found = np.flatnonzero(last > first)
    found = found[np.argsort(places[found])]
    places, first, last = places[found], first[found], last[found]
    theirs = their_places[first]
    several = last - first > 1
    if not several.any():
        return places, theirs
    kept = np.ones(len(places), bool)
    # How far the shingles with a single place there reach, up to each.
    reached = np.maximum.accumulate(np.where(several, 0, places + _lengths(one, other, places, theirs)))
    reach = offset = 0
    for n in np.flatnonzero(several).tolist():
        place, choice = int(places[n]), their_places[first[n] : last[n]].tolist()
        if n and not several[n - 1]:
            offset = int(theirs[n - 1] - places[n - 1])
        at = place + offset
        if at not in choice:
            if max(reach, reached[n]) > place:
                kept[n] = False  # within a run, and repeated in the other text: it gives no new place
                continue
            later = bisect_left(choice, at)
            at = choice[later] if later < len(choice) else choice[0]
            offset = at - place
        theirs[n] = at
        reach = max(reach, place + min(int(one.spans[place]), len(other.tokens) - at))
    return places[kept], theirs[kept]


def _lengths(one: EntryWords, other: EntryWords, places: Places, theirs: Places) -> Places:
    """How many tokens each of these shingles has in both texts."""
    return np.minimum(np.minimum(one.spans[places], len(one.tokens) - places), len(other.tokens) - theirs)
