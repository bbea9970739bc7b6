"""Before anything is published: what came is compared, and the copies of a story are put under its lead.

    undecided -> in their order -> what may say the same -> compare -> fold | link | keep -> log

The order is by what is known before publishing, not by who answered first: what was published before leads; then our
own articles; then priority, publication date, the order of the lists. Every entry is held against its lead itself.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from feeds.config import Settings
from feeds.dates import to_us
from feeds.model import SourceKind
from feeds.store import Store
from feeds.store.stories import Standing, Undecided, packed, unpacked
from feeds.text import plain
from worker.fingerprint import fingerprint
from worker.stories import Judgement, agrees, compare, vouched
from worker.wording import Words

#: Candidates that an entry is compared with, those first that share most.
MOST_CANDIDATES = 6
#: What stands in so many entries is a phrase of the trade, or the foot of a page.
COMMON = 40
#: An entry with so few keys is looked at when it shares one, any other when it shares two.
FEW_KEYS = 8
# Of the entries that share keys, the leads of so many are looked for.
_LOOKED_AT = 24
_KEPT_TEXTS = 64
#: Copies that may vouch for an entry which shares little with their lead.
MOST_VOUCHING = 3
# A key that so few others have says enough alone.
RARE = 1
# What is refused and shares less is no news for the decision log.
_WORTH_TELLING = 0.3
# A text of so many characters at most may be a summary alone; a copy that holds it, and is so many times longer, the
# whole.
_SUMMARY, _FULLER, _CONTAINED = 420, 1.5, 0.8
# What one source says in so few words of another day is no repeat, although the words are the same.
_ANOTHER_DAY, _FEW_WORDS, _THE_SAME = timedelta(hours=12), 150, 0.9
# A text of which less than this repeats one story, and this much another, at another place of it, is a digest.
_PART, _OTHER_PART, _APART = 0.5, 0.1, 15


class Folding:
    """Compares what came into one home."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.on = settings.stories.enabled
        self.window = settings.stories.window
        self._texts: dict[int, tuple[Words, ...]] = {}

    def start(self) -> None:
        """Puts in force, or out of force, what was found by text before; the caller holds the transaction."""
        self.store.stories.switch(on=self.on)

    def fold(self, now: datetime) -> int:
        """Decides about everything that was not compared yet, in one transaction. Gives how many are copies."""
        if not self.store.stories.is_any_undecided(waiting=self.on):
            return 0
        with self.store.transaction():
            self.store.stories.forget_prints(now)
            queue = sorted(self.store.stories.undecided(waiting=self.on), key=_order)
            return _Round(self, queue, now).run()

    def words(self, n: int) -> tuple[Words, ...]:
        """What an entry says: its own text, and the longer one that it was lent."""
        if n not in self._texts:
            title, content, summary, lent = self.store.stories.text(n)
            texts = [plain(content) or summary, *([plain(lent)] if lent else [])]
            while len(self._texts) >= _KEPT_TEXTS:
                del self._texts[next(iter(self._texts))]
            self._texts[n] = tuple(Words(title, text) for text in texts)
        return self._texts[n]

    def forget(self, n: int) -> None:
        self._texts.pop(n, None)


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
    """One look at all that is undecided."""

    def __init__(self, folding: Folding, queue: Sequence[Undecided], now: datetime) -> None:
        self.folding = folding
        self.stories = folding.store.stories
        self.queue = queue
        self.now = now
        self.waiting = {one.entry.n for one in queue}
        self.known = {one.entry.n: one.entry for one in queue}
        self.rank = {one.entry.n: rank for rank, one in enumerate(queue)}
        self.leads: dict[int, int] = {}
        self.settled: list[Undecided] = []
        self.unsettled: list[int] = []
        self.printed: dict[int, bytes] = {}
        self.fresh: defaultdict[int, list[int]] = defaultdict(list)
        self.alike: defaultdict[str, set[int]] = defaultdict(set)
        for one in (*self.known.values(), *self.stories.alike([one.entry for one in queue])):
            self.known[one.n] = one
            self._file(one)
        for undecided in queue:
            if undecided.namesake is not None:
                self.alike[f"of {undecided.namesake}"].add(undecided.entry.n)
            if undecided.former is not None:
                self.alike[f"once under {undecided.former}"].add(undecided.entry.n)

    def _file(self, one: Standing) -> None:
        for name in filter(None, (one.canonical, one.text_digest)):
            self.alike[name].add(one.n)

    def run(self) -> int:
        copies = 0
        for one in self.queue:
            copies += self._decide(one)
            self.waiting.discard(one.entry.n)
        self._write()
        return copies

    def _decide(self, one: Undecided) -> bool:
        """Whether it is a copy that nobody saw before."""
        entry, folding = one.entry, self.folding
        if entry.deleted:
            self._settle(one, b"")
            return False
        if one.again:
            folding.forget(entry.n)
        # What was older than the window when it came is compared by link and exact text alone.
        recent = entry.first_seen - entry.published <= folding.window
        keys = b"" if not recent else fingerprint(folding.words(entry.n)[0].tokens) if one.again else one.keys
        if entry.how == "hand" or (one.again and one.former is None and entry.kin is None):
            self._settle(one, keys)
            return False
        if not folding.on and entry.how == "text":
            self.unsettled.append(entry.n)
            return False
        near, keys = self._near(keys)
        lead, judged = self._lead_again(one) if entry.kin is not None else self._lead(one, near)
        if lead is None:
            self._keep(one, keys, judged)
            return False
        self._put_under(one, lead, judged, keys)
        return not one.again and entry.kind is not SourceKind.SEEDS

    # Finding

    def _lead(self, one: Undecided, near: Mapping[int, int]) -> tuple[Standing | None, Judgement | None]:
        """The entry that this one repeats; or None, and what speaks against the one that is most like it."""
        entry = one.entry
        linked = self._linked(one)
        told = linked | self._told_alike(one)
        certain = self._leads_of(entry, dict.fromkeys(told, 1))
        close = self._leads_of(entry, near)
        targets = [*certain, *[one for one in close if one not in certain and self._is_near(entry, one)]]
        found = [(target, self._judge(entry, target, linked, near)) for target in targets]
        judged = [(target, judgement) for target, judgement in found if judgement]
        accepted = [(target, judgement) for target, judgement in judged if judgement.accepted]
        if accepted:
            # One of our own that is linked with another leads only what that one does not.
            lead, best = min(
                accepted, key=lambda pair: (self._kin(pair[0]) is not None, -pair[1].closeness, self._age(pair[0]))
            )
            if not _gathers(best, [judgement for target, judgement in judged if target != lead]):
                return lead, best
            return None, replace(best, accepted=False, reason=f"{best.reason}, but it holds other stories as well")
        refused = [pair for pair in judged if pair[1].vetoed or pair[1].share >= _WORTH_TELLING]
        if not refused:
            return None, None
        other, worst = max(refused, key=lambda pair: pair[1].closeness)
        return None, replace(worst, reason=f"from {other.id}: {worst.reason}")

    def _lead_again(self, one: Undecided) -> tuple[Standing | None, Judgement | None]:
        """The same for an entry that stands under another already, and whose text changed."""
        entry = one.entry
        assert entry.kin is not None
        lead = self._standing([entry.kin])[0]
        judgement = self._judge(entry, lead, self._linked(one), {})
        return (lead if judgement and judgement.accepted else None), judgement

    def _linked(self, one: Undecided) -> set[int]:
        """Entries with its link, or with the id that it came with."""
        found = set(self.alike[one.entry.canonical]) if one.entry.canonical else set()
        found |= self.alike.get(f"of {one.entry.n}", set())
        if one.namesake is not None:
            found |= {one.namesake} | self.alike[f"of {one.namesake}"]
        return found

    def _told_alike(self, one: Undecided) -> set[int]:
        """Entries with its very words, and those that stood under its old lead with it."""
        if not self.folding.on:
            return set()
        found = set(self.alike[one.entry.text_digest]) if one.entry.text_digest else set()
        return found | (self.alike[f"once under {one.former}"] if one.former is not None else set())

    def _near(self, keys: bytes) -> tuple[dict[int, int], bytes]:
        """Entries that share these keys, with how many; and those of the keys that say something."""
        if not keys or not self.folding.on:
            return {}, keys
        numbers = unpacked(keys)
        found = self.stories.by_key(numbers)
        counts: Counter[int] = Counter()
        rare: set[int] = set()
        telling = []
        for key in numbers:
            having = [*found.get(key, ()), *self.fresh.get(key, ())]
            if len(having) >= COMMON:
                continue
            telling.append(key)
            counts.update(having)
            if len(having) <= RARE:
                rare.update(having)
        fewest = 1 if len(numbers) <= FEW_KEYS else 2
        shared = {n: count for n, count in counts.items() if count >= fewest or n in rare}
        return shared, keys if len(telling) == len(numbers) else packed(telling)

    def _is_near(self, entry: Standing, other: Standing) -> bool:
        return abs(entry.published - other.published) <= self.folding.window

    def _leads_of(self, entry: Standing, found: Mapping[int, int]) -> list[Standing]:
        """The leads of what was found, themselves if they stand under none; those that share most.

        Only those that may lead this entry, and are decided about.
        """
        shared: dict[int, int] = {}
        most = sorted(found.keys() - self.waiting - {entry.n}, key=lambda n: (-found[n], n))[:_LOOKED_AT]
        for one in self._standing(most):
            kin = self._kin(one)
            own = [one.n] if kin is None or one.kind is SourceKind.SEEDS else []
            for n in (*own, *([kin] if kin is not None else [])):
                shared[n] = max(shared.get(n, 0), found[one.n])
        leads = [
            one
            for one in self._standing(shared.keys() - self.waiting - {entry.n})
            if not one.deleted and (one.shared or not entry.shared) and (entry.private or not one.private)
        ]
        return sorted(leads, key=lambda one: (-shared[one.n], self._age(one)))[:MOST_CANDIDATES]

    def _judge(
        self, entry: Standing, target: Standing, linked: Collection[int], near: Mapping[int, int]
    ) -> Judgement | None:
        one = self.folding.words(entry.n)[0]
        own, *lent = self.folding.words(target.n)
        if target.n in linked and agrees(one, own):
            return Judgement(True, 1.0, 1.0, "same", "has the same link or id, and the same text", other_share=1.0)
        if not self.folding.on:
            return None
        judgement = compare(one, own)
        if judgement and judgement.accepted and self._is_recurring(entry, target, judgement):
            told = "but its source says so again and again"
            return replace(judgement, accepted=False, vetoed=True, reason=f"{judgement.reason}, {told}")
        if judgement and (judgement.accepted or judgement.vetoed):
            return judgement
        if lent and (fuller := compare(one, lent[0])) and fuller.accepted:
            return replace(fuller, reason=f"{fuller.reason} (the text that it was lent)")
        if judgement and judgement.near:
            for copy in self._copies(target, near):
                if vouch := vouched(judgement, compare(one, self.folding.words(copy.n)[0]), copy.id):
                    return vouch
        return judgement

    def _is_recurring(self, entry: Standing, target: Standing, judgement: Judgement) -> bool:
        """Whether a source tells the same few words of another day: "no warnings are in force"."""
        apart = abs(entry.published - target.published) >= _ANOTHER_DAY
        brief = self.folding.words(entry.n)[0].weight() < _FEW_WORDS
        return entry.source == target.source and apart and brief and judgement.closeness >= _THE_SAME

    def _copies(self, lead: Standing, near: Mapping[int, int]) -> list[Standing]:
        """Those under a lead that share most with what is looked at."""
        found = [one for one in self._standing(near.keys() - self.waiting) if self._kin(one) == lead.n]
        return sorted(found, key=lambda one: (-near[one.n], self._age(one)))[:MOST_VOUCHING]

    # Recording

    def _put_under(self, one: Undecided, lead: Standing, judged: Judgement | None, keys: bytes) -> None:
        assert judged is not None
        entry = one.entry
        self.leads[entry.n] = lead.n
        self.stories.fold(entry.n, lead.n, judged.how, judged.share, judged.passages)
        # What is counted are stories, not printings.
        known = set(unpacked(self.printed.get(lead.n) or self.stories.keys_of(lead.n)))
        self._settle(one, packed(key for key in unpacked(keys) if key not in known))
        verdict = "linked" if entry.kind is SourceKind.SEEDS else "duplicate"
        self.stories.note(entry.n, self.now, verdict, f"of {lead.id}: {judged.reason}")
        if lead.kind is SourceKind.FEED and judged.other_share >= _CONTAINED and self._is_fuller(entry, lead):
            self.stories.lend(entry.n, lead.n)
            self.folding.forget(lead.n)

    def _is_fuller(self, entry: Standing, lead: Standing) -> bool:
        """Whether the lead has a summary alone, and the entry much more of its text."""
        one, (own, *lent) = self.folding.words(entry.n)[0], self.folding.words(lead.n)
        return not lent and len(own.text) <= _SUMMARY and len(one.text) > _FULLER * len(own.text)

    def _keep(self, one: Undecided, keys: bytes, judged: Judgement | None) -> None:
        entry = one.entry
        if entry.kin is not None:
            self.stories.separate(entry.n)
            reason = judged.reason if judged else "nothing of its text stands there"
            self.stories.note(entry.n, self.now, "separated", f"its text changed: {reason}")
        elif judged:
            self.stories.note(entry.n, self.now, "kept apart", judged.reason)
        if self.folding.on:
            self._settle(one, keys)
        else:
            self.unsettled.append(entry.n)

    def _settle(self, one: Undecided, keys: bytes) -> None:
        """Notes that an entry was compared, and from now on finds it by its keys if it is inside the window."""
        self.settled.append(one)
        if keys and one.entry.published + self.folding.window > self.now:
            self.printed[one.entry.n] = keys
            for key in unpacked(keys):
                self.fresh[key].append(one.entry.n)

    def _write(self) -> None:
        self.stories.let_wait(self.unsettled)
        self.stories.settle([one.entry.n for one in self.settled], [one.entry.n for one in self.settled if one.again])
        window = self.folding.window
        self.stories.print((n, keys, self.known[n].published + window) for n, keys in self.printed.items())

    # Knowing

    def _standing(self, entries: Collection[int]) -> list[Standing]:
        missing = [n for n in entries if n not in self.known]
        if missing:
            self.known |= self.stories.standing(missing)
        return [self.known[n] for n in entries if n in self.known]

    def _age(self, one: Standing) -> tuple[object, ...]:
        """Which was there before: what was decided about earlier, then the order in which this round decides."""
        return self.rank.get(one.n, -1), one.first_seen, one.n

    def _kin(self, one: Standing) -> int | None:
        return self.leads.get(one.n, one.kin)


def _gathers(best: Judgement, others: Sequence[Judgement]) -> bool:
    """Whether an entry has passages of several stories, at different places: a digest, which repeats none of them."""
    return best.share < _PART and any(
        other.share > _OTHER_PART and other.share + best.share < 1.1 and abs(other.begins - best.begins) > _APART
        for other in others
    )
