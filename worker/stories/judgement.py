"""Judges whether two entries tell the same story: how much of one text is in the other, and what objects.

Pure. A false fold is worse than a missed one, so wording alone never decides: every guard (`worker.stories.guards`) has
a veto. `benchmarks/stories.py` measures this on labelled entries.
"""

from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from feeds.text.plaintext import tokens
from worker.entries.fingerprint import FEWEST_TOKENS, WORDS, lengths_of
from worker.stories.guards import against, for_it
from worker.stories.wording import Pairing, Words

# Two texts that share fewer of the shorter one's shingles share a language, not a story.
_LEAST_SHARE, _FEWEST_SHARED = 0.15, 8
# The share of one text that must be in the other, or of each in the other; lower if the titles agree.
_ENOUGH, _ENOUGH_OF_BOTH = 0.48, 0.36
_ENOUGH_TITLED, _ENOUGH_OF_BOTH_TITLED = 0.42, 0.33
# This share in common with the lead is enough if a copy of the lead has _NEAR_COPY in common.
_NEAR, _NEAR_COPY, _NEAR_BEFORE = 0.22, 0.6, 0.18
_PASSAGES, _PASSAGE_WORDS = 3, 40
# Outlets edit what they have published; at least this share remains while it is the same story.
_STILL = 0.3


@dataclass(frozen=True, slots=True)
class Judgement:
    """accepted: the same story. vetoed: a guard objected. how: "same" | "text".

    closeness: share of the shorter text's shingles that the other has; ranks judgements. share: of the text, found in
    the other; other_share: of the other, found in this one. reason: end of a sentence for the decision log. passages:
    the longest in common. near: a copy of the other may vouch for it. begins: place of the first common token.
    """

    accepted: bool
    closeness: float
    share: float
    how: str
    reason: str
    passages: tuple[str, ...] = ()
    vetoed: bool = False
    near: bool = False
    other_share: float = 0.0
    begins: int = 0

    @property
    def most(self) -> float:
        return max(self.share, self.other_share)


def agrees(one: Words, other: Words) -> bool:
    """Whether two texts are equal or one begins with the other; for texts without words, whether their titles agree."""
    shorter, longer = sorted((one.tokens, other.tokens), key=len)
    if longer[: len(shorter)] != shorter or not (len(shorter) >= FEWEST_TOKENS or len(shorter) == len(longer)):
        return False
    return bool(shorter) or tokens(one.title) == tokens(other.title)


def compare(one: Words, other: Words) -> Judgement | None:
    """Compares `one` with the earlier `other`; None if they have next to nothing in common."""
    fewest = min(len(one.hashes), len(other.hashes))
    shared = len(one.hashes & other.hashes)
    if not fewest or shared < min(_FEWEST_SHARED, 0.8 * fewest) or shared < _LEAST_SHARE * fewest:
        return None
    closeness = shared / fewest
    pairing = Pairing(one, other)
    most, least = pairing.most, min(pairing.cover, pairing.other_cover)
    enough, of_both = (_ENOUGH, _ENOUGH_OF_BOTH)
    if _titles_agree(one, other):
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
    return replace(judged, accepted=True, reason=reason, passages=_longest(pairing))


def _shares(pairing: Pairing) -> str:
    told = f"{pairing.cover:.0%} of its text stands there"
    more = pairing.other_cover > pairing.cover + 0.05
    return f"{told}, and {pairing.other_cover:.0%} of that text here" if more else told


def vouched(near: Judgement, copy: Judgement | None, named: str) -> Judgement | None:
    """The judgement about a lead if its copy with the id `named` vouches for it, else None."""
    if not near.near or copy is None or not copy.accepted or copy.most < _NEAR_COPY:
        return None
    reason = f"{near.share:.0%} of its text stands there, {copy.share:.0%} in its copy {named}"
    return replace(near, accepted=True, closeness=copy.closeness, reason=reason, passages=copy.passages)


def still_told(judgement: Judgement | None) -> bool:
    """Whether an entry may stay under its lead after an edit: only a different story separates them."""
    return judgement is not None and (judgement.accepted or judgement.vetoed or judgement.most >= _STILL)


def _titles_agree(one: Words, other: Words) -> bool:
    """Whether most of one title is in the other."""
    first, second = one.title_tokens, other.title_tokens
    if not first or not second or lengths_of(first).max() > WORDS or lengths_of(second).max() > WORDS:
        # Where each letter is a token, any two titles share most of their tokens.
        return SequenceMatcher(None, first, second, autojunk=False).ratio() >= 0.6
    shared = len(set(first) & set(second))
    return shared >= max(3, 0.6 * min(len(set(first)), len(set(second))))


def _longest(pairing: Pairing) -> tuple[str, ...]:
    """The longest passages in common, as the one text writes them, shortened to _PASSAGE_WORDS."""
    longest = sorted(pairing.verbatim, key=lambda run: (-pairing.one.weight(run.start, run.end), run.start))
    return tuple(_cut(pairing.one, run.start, run.end) for run in longest[:_PASSAGES])


def _cut(words: Words, start: int, end: int) -> str:
    last = end
    while last > start and words.weight(start, last) > _PASSAGE_WORDS:
        last -= 1
    return words.passage(start, last) + (" …" if last < end else "")
