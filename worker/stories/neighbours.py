"""Finds what an entry may repeat: entries with its link, its id, its words, or some of its text's keys.

Combines the store with what the current round has decided but not written yet.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from feeds.model import SourceKind
from feeds.store.stories import Stories, StoryEntry, Undecided, pack_keys, unpack_keys

#: Candidates that an entry is compared with: those that share most.
MOST_CANDIDATES = 6
#: Copies that may vouch for an entry that shares little with their lead.
MOST_VOUCHING = 3
#: A key that this many entries have is a stock phrase, or the foot of a page.
COMMON = 40
#: An entry with up to this many keys needs one in common with a candidate, others need two.
FEW_KEYS = 8
# A key that only this many entries have is enough alone.
_RARE = 1
# Of the entries that share keys, the leads of up to this many are examined.
_LOOKED_AT = 24


class Neighbours:
    """The entries of a round and those around them. queue: in the order of decision.

    on: whether likeness of text alone counts.
    """

    def __init__(self, stories: Stories, queue: Sequence[Undecided], window: timedelta, *, on: bool) -> None:
        self.stories = stories
        self.window = window
        self.on = on
        self.waiting = {one.entry.n for one in queue}
        self.leads: dict[int, int | None] = {}
        self.printed: dict[int, bytes] = {}
        self._known = {one.entry.n: one.entry for one in queue}
        self._rank = {one.entry.n: rank for rank, one in enumerate(queue)}
        self._fresh: defaultdict[int, list[int]] = defaultdict(list)
        self._alike: defaultdict[str, set[int]] = defaultdict(set)
        for one in (*self._known.values(), *stories.alike([one.entry for one in queue])):
            self._known[one.n] = one
            for name in filter(None, (one.canonical, one.text_digest)):
                self._alike[name].add(one.n)
        for undecided in queue:
            if undecided.namesake is not None:
                self._alike[f"of {undecided.namesake}"].add(undecided.entry.n)
            if (lead := _former(undecided)) is not None:
                self._alike[f"once under {lead}"].add(undecided.entry.n)

    def note_decision(self, n: int) -> None:
        """Allows others to repeat this entry from now on."""
        self.waiting.discard(n)

    def put(self, n: int, keys: bytes) -> None:
        """Makes the entry findable by these keys from now on."""
        self.printed[n] = keys
        for key in unpack_keys(keys):
            self._fresh[key].append(n)

    def keys_of(self, n: int) -> bytes:
        """The keys that an entry is found by, from this round or from the store."""
        return self.printed.get(n) or self.stories.keys_of(n)

    def of_same_link(self, one: Undecided) -> set[int]:
        """Entries with the same link, or with the id that this one came with."""
        found = set(self._alike[one.entry.canonical]) if one.entry.canonical else set()
        found |= self._alike.get(f"of {one.entry.n}", set())
        if one.namesake is not None:
            found |= {one.namesake} | self._alike[f"of {one.namesake}"]
        return found

    def of_same_words(self, one: Undecided) -> set[int]:
        """Entries with exactly the same words, and those that were under the same former lead."""
        if not self.on:
            return set()
        found = set(self._alike[one.entry.text_digest]) if one.entry.text_digest else set()
        lead = _former(one)
        return found | (self._alike[f"once under {lead}"] if lead is not None else set())

    def near(self, keys: bytes) -> tuple[dict[int, int], bytes]:
        """Entries that share these keys, with the number of shared keys; and the keys that are not too common."""
        if not keys or not self.on:
            return {}, keys
        numbers = unpack_keys(keys)
        found = self.stories.by_key(numbers)
        counts: Counter[int] = Counter()
        rare: set[int] = set()
        telling = []
        for key in numbers:
            having = [*found.get(key, ()), *self._fresh.get(key, ())]
            if len(having) >= COMMON:
                continue
            telling.append(key)
            counts.update(having)
            if len(having) <= _RARE:
                rare.update(having)
        fewest = 1 if len(numbers) <= FEW_KEYS else 2
        shared = {n: count for n, count in counts.items() if count >= fewest or n in rare}
        return shared, keys if len(telling) == len(numbers) else pack_keys(telling)

    def is_near(self, entry: StoryEntry, other: StoryEntry) -> bool:
        return abs(entry.published - other.published) <= self.window

    def leads_of(self, entry: StoryEntry, found: Mapping[int, int]) -> list[StoryEntry]:
        """The leads of these entries, or the entries themselves if they lead; those that share most come first.

        Only leads that are decided about and may lead this entry.
        """
        shared: dict[int, int] = {}
        most = sorted(found.keys() - self.waiting - {entry.n}, key=lambda n: (-found[n], n))[:_LOOKED_AT]
        for one in self.standing(most):
            kin = self.kin(one)
            own = [one.n] if kin is None or one.kind is SourceKind.SEEDS else []
            for n in (*own, *([kin] if kin is not None else [])):
                shared[n] = max(shared.get(n, 0), found[one.n])
        leads = [
            one
            for one in self.standing(shared.keys() - self.waiting - {entry.n})
            if not one.deleted and (one.shared or not entry.shared) and (entry.private or not one.private)
        ]
        # Of what a source says again and again, the date tells.
        most_alike = sorted(leads, key=lambda one: (-shared[one.n], one.stated != entry.stated, self.age(one)))
        return most_alike[:MOST_CANDIDATES]

    def copies(self, lead: StoryEntry, near: Mapping[int, int]) -> list[StoryEntry]:
        """The copies of a lead that share most with the entry in question."""
        found = [one for one in self.standing(near.keys() - self.waiting) if self.kin(one) == lead.n]
        return sorted(found, key=lambda one: (-near[one.n], self.age(one)))[:MOST_VOUCHING]

    def standing(self, entries: Collection[int]) -> list[StoryEntry]:
        missing = [n for n in entries if n not in self._known]
        if missing:
            self._known |= self.stories.standing(missing)
        return [self._known[n] for n in entries if n in self._known]

    def age(self, one: StoryEntry) -> tuple[object, ...]:
        """A sort key by age: earlier decisions first, then the order of this round."""
        return self._rank.get(one.n, -1), one.first_seen, one.n

    def kin(self, one: StoryEntry) -> int | None:
        """The lead that an entry repeats, if that fold is in force."""
        return self.leads.get(one.n, one.kin if self.on or one.how != "text" else None)


def _former(one: Undecided) -> int | None:
    """The lead that an entry is or was under."""
    return one.former if one.former is not None else one.entry.kin
