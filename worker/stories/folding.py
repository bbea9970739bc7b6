"""Compares new entries before anything is published, and puts the copies of a story under its lead.

    undecided -> in order -> candidates -> compare -> fold | link | keep -> log

The order depends on what is known before publishing, not on which source answered first: entries already published
lead, then our own articles, then by priority, publication date and the order of the lists. Every entry is compared with
the lead itself.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations

from feeds.errors import noted
from feeds.model import SourceKind
from feeds.settings.schema import Settings
from feeds.store import Store, Transaction
from feeds.store.stories import StoryEntry, Undecided, pack_keys, unpack_keys
from feeds.text.dates import ONE_MOMENT, to_us
from worker.entries.evidence import FEWEST_TOKENS
from worker.entries.fingerprint import fingerprint
from worker.stories.guards import has_same_title, is_one_notice, is_reworded, speaks_of_neither
from worker.stories.judgement import Judgement, agrees, compare, is_still_story, vouched
from worker.stories.neighbours import Neighbours
from worker.stories.texts import Texts

_ROUNDS = 3
# A refused comparison is logged as a decision only if at least this share of the text was shared.
_WORTH_TELLING = 0.3
# A lead of at most _SUMMARY characters may be only a summary. A copy that contains _CONTAINED of it and is _FULLER
# times as long has the whole text.
_SUMMARY, _FULLER, _CONTAINED = 420, 1.5, 0.8
# A repeat by the same source on another day, in fewer than _FEW_WORDS words, is not a copy even if the words agree.
_ANOTHER_DAY, _FEW_WORDS, _THE_SAME = timedelta(hours=12), 150, 0.9
# An entry is a digest if it repeats less than _PART of one story and more than _OTHER_PART of others, at least _APART
# tokens away.
_PART, _OTHER_PART, _APART = 0.5, 0.1, 15
_NOTICE = "but a source sends the same text under other titles"
_AGAIN = "but its source says so again and again, each time of another date"
_REWORDED = "but its source says other words of it here and there"


class Folding:
    """Folds the entries of one home."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.on = settings.stories.enabled
        self.window = settings.stories.window
        self.texts = Texts(store.stories)

    def fold(self, now: datetime) -> int:
        """Decides about every entry not compared yet. Returns how many of them are new copies."""
        copies = 0
        for number in range(_ROUNDS):
            # One round may part other entries, when a lead tells another story or a lent text is withdrawn.
            waiting = self.on and not number
            if not self.store.stories.is_any_undecided(waiting=waiting):
                break
            with self.store.transaction() as transaction:
                self.store.stories.forget_prints(transaction, now)
                queue = sorted(self.store.stories.undecided(waiting=waiting), key=_order)
                copies += _Round(self, transaction, queue, now).run()
        return copies


def _order(one: Undecided) -> tuple[object, ...]:
    entry = one.entry
    before = one.again or one.waits
    return (
        not before,
        to_us(entry.first_seen) if before else 0,
        entry.kind is not SourceKind.SEEDS,
        not entry.shared,
        -entry.priority,
        entry.published,
        entry.source,
        entry.n,
    )


class _Round:
    """One pass over everything undecided."""

    def __init__(self, folding: Folding, transaction: Transaction, queue: Sequence[Undecided], now: datetime) -> None:
        self.folding = folding
        self.texts = folding.texts
        self.transaction = transaction
        self.stories = folding.store.stories
        self.queue = queue
        self.now = now
        self.around = Neighbours(self.stories, queue, folding.window, on=folding.on)
        self.settled: list[Undecided] = []
        self.unsettled: list[int] = []

    def run(self) -> int:
        copies = 0
        for one in self.queue:
            try:
                copies += self._decide(one)
            except Exception as error:
                noted(error, one.entry.id)
                self._settle(one, b"")
            self.around.note_decision(one.entry.n)
        self._write()
        return copies

    def _decide(self, one: Undecided) -> bool:
        """Decides about one entry. True if it is a new copy."""
        entry, folding = one.entry, self.folding
        if entry.deleted:
            self._settle(one, b"")
            return False
        if one.again:
            self._forget(entry)
        # An entry older than the window on arrival is compared only by link and exact text.
        recent = entry.first_seen - entry.published <= folding.window
        keys = b"" if not recent else fingerprint(self.texts.of(entry).tokens) if one.again else one.keys
        if entry.how == "hand" or (one.again and one.former is None and entry.kin is None):
            self.stories.recheck(self.transaction, entry.n)
            self._settle(one, keys)
            return False
        if not folding.on and entry.how == "text":
            self.unsettled.append(entry.n)
            return False
        near, keys = self.around.near(keys)
        if entry.kin is not None and self._stays(one, entry.kin, keys):
            return False
        lead, judged = self._lead(one, near)
        if lead is None or judged is None:
            self._keep(one, keys, judged)
            return False
        self._put_under(one, lead, judged, keys)
        return not one.again and entry.kind is not SourceKind.SEEDS

    def _forget(self, entry: StoryEntry) -> None:
        """Drops what is known of texts that may have changed."""
        self.stories.end_loans(self.transaction, entry.n)
        for one in (entry, *self.around.standing([entry.kin] if entry.kin is not None else [])):
            self.texts.forget(one)

    def _stays(self, one: Undecided, kin: int, keys: bytes) -> bool:
        """Whether an entry stays under its lead after either was edited; if not, it is separated."""
        entry, lead = one.entry, self.around.standing([kin])[0]
        judgement = self._judge(entry, lead, self.around.of_same_link(one), {})
        if judgement and is_still_story(judgement):
            self._put_under(one, lead, replace(judgement, how=entry.how), keys, "still of")
            return True
        self.stories.separate(self.transaction, entry.n)
        self.around.leads[entry.n] = None
        reason = judgement.reason if judgement else "nothing of its text stands there any more"
        self.stories.note(self.transaction, entry.n, self.now, "separated", f"from {lead.id}: {reason}")
        return False

    # Finding

    def _lead(self, one: Undecided, near: Mapping[int, int]) -> tuple[StoryEntry | None, Judgement | None]:
        """The entry that this one repeats; else None and the reason against the closest candidate."""
        entry = one.entry
        linked = self.around.of_same_link(one)
        alike = linked | self.around.of_same_words(one)
        certain = self.around.leads_of(entry, dict.fromkeys(alike, 1))
        close = self.around.leads_of(entry, near)
        targets = [*certain, *[one for one in close if one not in certain and self.around.is_near(entry, one)]]
        if one.again:  # not under an entry that an operator split it from
            targets = [target for target in targets if target.how != "hand" or target.kin is not None]
        found = [(target, self._judge(entry, target, linked, near)) for target in targets]
        judged = [(target, judgement) for target, judgement in found if judgement]
        accepted = [(target, judgement) for target, judgement in judged if judgement.accepted]
        if self._is_notice(accepted):
            target, nearest = accepted[0]
            accepted = [pair for pair in accepted if has_same_title(self.texts.of(entry), self.texts.of(pair[0]))]
            if not accepted:
                return None, _vetoed(replace(nearest, reason=f"from {target.id}: {nearest.reason}"), _NOTICE)
        if _is_series(accepted):
            target, nearest = accepted[0]
            accepted = [pair for pair in accepted if pair[0].stated == entry.stated]
            if not accepted:
                return None, _vetoed(replace(nearest, reason=f"from {target.id}: {nearest.reason}"), _AGAIN)
        if accepted:
            # An own article that is linked with another one leads only what that one does not.
            lead, best = min(
                accepted,
                key=lambda pair: (self.around.kin(pair[0]) is not None, -pair[1].closeness, self.around.age(pair[0])),
            )
            if not _gathers(best, [judgement for target, judgement in judged if target != lead]):
                return lead, best
            return None, replace(best, accepted=False, reason=f"{best.reason}, but it holds other stories as well")
        refused = [pair for pair in judged if pair[1].vetoed or pair[1].share >= _WORTH_TELLING]
        if not refused:
            return None, None
        other, worst = max(refused, key=lambda pair: pair[1].closeness)
        return None, replace(worst, reason=f"from {other.id}: {worst.reason}")

    def _judge(
        self, entry: StoryEntry, target: StoryEntry, linked: Collection[int], near: Mapping[int, int]
    ) -> Judgement | None:
        alone = entry.source == target.source
        if target.n in linked and self._agree(entry, target, alone=alone):
            same = Judgement(True, 1.0, 1.0, "same", "has the same link or id, and the same text", other_share=1.0)
            return _vetoed(same, _AGAIN) if self._is_recurring(entry, target, linked=True) else same
        if not self.folding.on:
            return None
        one, own = self.texts.of(entry), self.texts.of(target)
        judgement = compare(one, own)
        if judgement and judgement.accepted and alone:
            said_again = judgement.closeness >= _THE_SAME and one.title_tokens == own.title_tokens
            if said_again and self._is_recurring(entry, target, linked=target.n in linked):
                return _vetoed(judgement, _AGAIN)
            if is_reworded(one, own):
                return _vetoed(judgement, _REWORDED)
            if is_one_notice(one, own, judgement.least):
                return _vetoed(judgement, _NOTICE)
        if judgement and (judgement.accepted or judgement.vetoed):
            return judgement
        lent = self.texts.lent(target)
        if lent and (fuller := compare(one, lent)) and fuller.accepted:
            return replace(fuller, reason=f"{fuller.reason} (the text that it was lent)")
        if judgement and judgement.near:
            for copy in self.around.copies(target, near):
                if vouch := vouched(judgement, compare(one, self.texts.of(copy)), copy.id):
                    return vouch
        return judgement

    def _agree(self, entry: StoryEntry, other: StoryEntry, *, alone: bool) -> bool:
        """Whether two entries with one link say the same. alone: both are of one source."""
        worded = _has_same_words(entry, other)
        if worded and (not alone or entry.title == other.title):
            return True
        one, own = self.texts.of(entry), self.texts.of(other)
        if alone and is_reworded(one, own):
            return False
        return (worded or agrees(one, own)) and not (alone and speaks_of_neither(one, own))

    def _is_recurring(self, entry: StoryEntry, target: StoryEntry, *, linked: bool) -> bool:
        """Whether a source says the same of another date: of an event each week, or "no warnings are in force".

        On one page any other date is of another event, unless a long text comes again later: that is published anew.
        Elsewhere it takes another day, if the words are more than a few.
        """
        if entry.source != target.source:
            return False
        brief = self.texts.of(entry).weight() < _FEW_WORDS
        if not (entry.stated and target.stated):
            return brief and not linked and abs(entry.published - target.published) >= _ANOTHER_DAY
        if abs(entry.stated - target.stated) <= ONE_MOMENT:
            return False
        if linked:
            return brief or entry.first_seen == target.first_seen
        few = len(self.texts.of(entry).tokens) < FEWEST_TOKENS
        return few or (brief and abs(entry.stated - target.stated) >= _ANOTHER_DAY)

    def _is_notice(self, found: Sequence[tuple[StoryEntry, Judgement]]) -> bool:
        """Whether two of the entries that an entry may repeat are of one source, which sends one text under several
        titles.
        """
        return any(
            target.source == other.source
            and is_one_notice(self.texts.of(target), self.texts.of(other), min(judged.least, others_judged.least))
            for (target, judged), (other, others_judged) in combinations(found, 2)
        )

    # Recording

    def _put_under(
        self, one: Undecided, lead: StoryEntry, judged: Judgement, keys: bytes, relation: str = "of"
    ) -> None:
        entry = one.entry
        self.around.leads[entry.n] = lead.n
        self.stories.fold(self.transaction, entry.n, lead.n, judged.how, judged.share)
        # Keys count stories, not printings: a copy adds only those that its lead does not have.
        known = set(unpack_keys(self.around.keys_of(lead.n)))
        self._settle(one, pack_keys(key for key in unpack_keys(keys) if key not in known))
        verdict = "linked" if entry.kind is SourceKind.SEEDS else "duplicate"
        self.stories.note(self.transaction, entry.n, self.now, verdict, f"{relation} {lead.id}: {judged.reason}")
        lends = lead.kind is SourceKind.FEED and not entry.private
        if lends and judged.other_share >= _CONTAINED and self._is_fuller(entry, lead):
            self.stories.lend(self.transaction, entry.n, lead.n)

    def _is_fuller(self, entry: StoryEntry, lead: StoryEntry) -> bool:
        """Whether the lead has only a summary and the entry much more of its text."""
        if _has_same_words(entry, lead):
            return False
        one, own = self.texts.of(entry), self.texts.of(lead)
        fuller = len(own.text) <= _SUMMARY and len(one.text) > _FULLER * len(own.text)
        return fuller and not self.stories.lent(lead.n)

    def _keep(self, one: Undecided, keys: bytes, judged: Judgement | None) -> None:
        entry = one.entry
        if judged:
            self.stories.note(self.transaction, entry.n, self.now, "kept apart", judged.reason)
        elif one.former is not None:
            self.stories.note(self.transaction, entry.n, self.now, "alone", "it repeats nothing that is published now")
        if self.folding.on:
            self._settle(one, keys)
        else:
            self.unsettled.append(entry.n)

    def _settle(self, one: Undecided, keys: bytes) -> None:
        """Records that an entry was compared; within the window, others now find it by its keys."""
        self.settled.append(one)
        if keys and one.entry.published + self.folding.window > self.now:
            self.around.put(one.entry.n, keys)

    def _write(self) -> None:
        self.stories.let_wait(self.transaction, self.unsettled)
        again = [one.entry.n for one in self.settled if one.again]
        self.stories.settle(self.transaction, [one.entry.n for one in self.settled], again)
        window = self.folding.window
        published = {one.entry.n: one.entry.published for one in self.settled}
        printed = ((n, keys, published[n] + window) for n, keys in self.around.printed.items())
        self.stories.print(self.transaction, printed)


def _vetoed(judgement: Judgement, reason: str) -> Judgement:
    return replace(judgement, accepted=False, vetoed=True, reason=f"{judgement.reason}, {reason}")


def _is_series(found: Sequence[tuple[StoryEntry, Judgement]]) -> bool:
    """Whether two of the entries that an entry may repeat are of one page of one source, which says the same of several
    dates.
    """
    return any(
        target.source == other.source
        and target.canonical == other.canonical
        and target.stated
        and other.stated
        and target.stated != other.stated
        and min(judged.closeness, others_judged.closeness) >= _THE_SAME
        for (target, judged), (other, others_judged) in combinations(found, 2)
    )


def _has_same_words(one: StoryEntry, other: StoryEntry) -> bool:
    return one.text_digest == other.text_digest != ""


def _gathers(best: Judgement, others: Sequence[Judgement]) -> bool:
    """Whether an entry has passages of several stories at different places: a digest, which repeats none of them.

    A single other story is allowed: it may be a part of the same one that came as an entry of its own.
    """
    if best.share >= _PART:
        return False
    places = [best.begins]
    for other in others:
        if other.share > _OTHER_PART and all(abs(other.begins - place) > _APART for place in places):
            places.append(other.begins)
    return len(places) > 2
