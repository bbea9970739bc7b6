"""Judges whether two entries tell the same story: how much of one text is in the other, and what objects.

Pure. A false fold is worse than a missed one, so wording alone never decides: every guard (`worker.stories.guards`) has
a veto. `benchmarks/stories.py` measures this on labelled entries.
"""

from dataclasses import dataclass, replace

import numpy as np

from feeds.text.plaintext import tokens
from worker.entries.evidence import FEWEST_TOKENS, begins
from worker.stories.guards import against, for_it, titles_agree
from worker.stories.wording import EntryWords, Pairing

# Shares are 0 to 1, tuned together against the labelled entries of `benchmarks/stories.py`.

# Of the shorter text's shingles: any two texts of one language and subject have less than this in common.
_LEAST_SHARE = 0.15
# Fewer shingles in common may be a single stock phrase.
_FEWEST_SHARED = 8
# A text too short to have that many must share this much of its own.
_FEWEST_SHARED_OF_SHORT = 0.8
# The share of one text that must stand in the other: outlets cut a report by half and add paragraphs.
_ENOUGH = 0.48
# Of each in the other less is enough: both were edited, and neither holds much else.
_ENOUGH_OF_BOTH = 0.36
# Titles that agree are a second sign, so that a little less text is enough.
_ENOUGH_TITLED = 0.42
# The same of each in the other.
_ENOUGH_OF_BOTH_TITLED = 0.33
# This share in common with the lead is enough if a copy of the lead vouches for it: outlets copy from copies.
_NEAR = 0.22
# What such a copy must have in common with the entry.
_NEAR_COPY = 0.6
# An entry with more new words at its beginning, as a share of its own, is not a copy of a copy, but a follow-up.
_NEAR_BEFORE = 0.18
# A beginning of as few tokens is one if the titles are the same, too.
_TITLED_TOKENS = 8
# How many passages `seedfeed why` shows: enough to judge by.
_PASSAGES = 3
# How many words of each.
_PASSAGE_WORDS = 40
# Outlets go on working at what they have published; with this much of it left it is the same story.
_STILL = 0.3
# The reason names the other text's share only if it is more by this: else the numbers look contradictory.
_NOTABLE_DIFFERENCE = 0.05


@dataclass(frozen=True, slots=True)
class Judgement:
    """accepted: the same story. vetoed: a guard objected. how: "same" | "text".

    closeness: share of the shorter text's shingles that the other has; ranks judgements. share: of the text, found in
    the other; other_share: of the other, found in this one. reason: end of a sentence for the decision log. near: a
    copy of the other may vouch for it. begins: place of the first common token.
    """

    accepted: bool
    closeness: float
    share: float
    how: str
    reason: str
    vetoed: bool = False
    near: bool = False
    other_share: float = 0.0
    begins: int = 0

    @property
    def most(self) -> float:
        return max(self.share, self.other_share)

    @property
    def least(self) -> float:
        return min(self.share, self.other_share)


def agrees(one: EntryWords, other: EntryWords) -> bool:
    """Whether two texts are equal or one begins with the other, cut within a word maybe; for texts without words,
    whether their titles agree.
    """
    titled = tokens(one.title) == tokens(other.title)
    shorter, longer = sorted((one.tokens, other.tokens), key=len)
    if shorter == longer:
        return bool(shorter) or titled
    return len(shorter) >= (_TITLED_TOKENS if titled else FEWEST_TOKENS) and begins(longer, shorter)


def compare(one: EntryWords, other: EntryWords) -> Judgement | None:
    """Compares `one` with the earlier `other`; None if they have next to nothing in common."""
    closeness = _closeness(one, other)
    if not closeness:
        return None
    pairing = Pairing(one, other)
    most, least = pairing.most, min(pairing.cover, pairing.other_cover)
    enough, of_both = (_ENOUGH, _ENOUGH_OF_BOTH)
    if titles_agree(one, other):
        enough, of_both = _ENOUGH_TITLED, _ENOUGH_OF_BOTH_TITLED
    judged = Judgement(
        accepted=False,
        closeness=closeness,
        share=pairing.cover,
        other_share=pairing.other_cover,
        how="text",
        reason=_shares(pairing),
        begins=int(pairing.mine.argmax()),
    )
    if reason := against(pairing, closeness):
        return replace(judged, vetoed=True, reason=f"{judged.reason}, but {reason}")
    if most < enough and least < of_both:
        near = most >= _NEAR and pairing.before < _NEAR_BEFORE * one.weight()
        return replace(judged, near=near, reason=f"{judged.reason}, which is too little")
    reason = "; ".join(filter(None, (judged.reason, for_it(pairing))))
    return replace(judged, accepted=True, reason=reason)


def _closeness(one: EntryWords, other: EntryWords) -> float:
    """The share of the shorter text's shingles that the other has; 0 if that is next to nothing."""
    if one.tokens == other.tokens:
        return 1.0 if one.tokens else 0.0
    fewest = min(len(one.hashes), len(other.hashes))
    shared = len(np.intersect1d(one.hashes, other.hashes, assume_unique=True))
    if not fewest or shared < min(_FEWEST_SHARED, _FEWEST_SHARED_OF_SHORT * fewest) or shared < _LEAST_SHARE * fewest:
        return 0.0
    return shared / fewest


def _shares(pairing: Pairing) -> str:
    share = f"{pairing.cover:.0%} of its text stands there"
    more = pairing.other_cover > pairing.cover + _NOTABLE_DIFFERENCE
    return f"{share}, and {pairing.other_cover:.0%} of that text here" if more else share


def vouched(near: Judgement, copy: Judgement | None, named: str) -> Judgement | None:
    """The judgement about a lead if its copy with the id `named` vouches for it, else None."""
    if not near.near or copy is None or not copy.accepted or copy.most < _NEAR_COPY:
        return None
    reason = f"{near.share:.0%} of its text stands there, {copy.share:.0%} in its copy {named}"
    return replace(near, accepted=True, closeness=copy.closeness, reason=reason)


def is_still_story(judgement: Judgement | None) -> bool:
    """Whether an entry may stay under its lead after an edit: only a different story separates them."""
    return judgement is not None and (judgement.accepted or judgement.vetoed or judgement.most >= _STILL)


def longest_in_common(one: EntryWords, other: EntryWords) -> tuple[str, ...]:
    """The longest passages that two texts share, as the one writes them, shortened to _PASSAGE_WORDS."""
    longest = sorted(Pairing(one, other).verbatim(), key=lambda run: (-one.weight(run.start, run.end), run.start))
    return tuple(_cut(one, run.start, run.end) for run in longest[:_PASSAGES])


def _cut(words: EntryWords, start: int, end: int) -> str:
    last = end
    while last > start and words.weight(start, last) > _PASSAGE_WORDS:
        last -= 1
    return words.passage(start, last) + (" …" if last < end else "")
