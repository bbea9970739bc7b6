"""Tells apart the entries of one document that bear the same id, and finds each of them among what is known.

Pure. A guid names an entry if no other entry of its document has it, and a link without a guid likewise. Where several
have it, their links tell, then the fragments of these, then titles, then all that they say: the first of these names
that no other has is an entry's own (`worker.entries.ids.names`); stated dates tell those that say the very same. What
is known under one of its names is the entry itself, unless the page is one of several stories and this is another one.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from feeds.model import Entry, Known, KnownEntry
from feeds.text.dates import distinct
from feeds.text.plaintext import plain, tokens
from feeds.text.urls import canonical
from worker.entries.evidence import FEWEST_TOKENS, begins, is_edited, words_said
from worker.entries.ids import fragment, is_of_link, names, own, steady

# The front page of a site, as a canonical URL.
_FRONT = re.compile(r"https://[^/?]*")
_MORE = 3  # words


def told_apart(
    source_key: str, entries: Iterable[Entry], known: Known, unread: int = 0
) -> tuple[list[Entry], dict[str, KnownEntry]]:
    """The entries of a document, each under an id of its own, and what is known of them by these ids."""
    groups: defaultdict[str, list[Entry]] = defaultdict(list)
    kept = _under_steady_ids(source_key, without_repeats(source_key, entries), known)
    for entry in kept:
        groups[entry.id].append(entry)
    if len(groups) == len(kept) and not known.by_id and not known.own_by_canonical:
        # As in a first poll, and as what is new in a later one.
        return [under_id(entry, entry.id) for entry in kept], {}
    single = len(kept) == 1 and not unread
    given = {id_: iter(_of_one_id(source_key, group, known, single=single)) for id_, group in groups.items()}
    pairs = [next(given[entry.id]) for entry in kept]
    return [entry for entry, _ in pairs], {entry.id: found for entry, found in pairs if found}


def _under_steady_ids(source_key: str, entries: Sequence[Entry], known: Known) -> list[Entry]:
    """The entries; those whose ids differ from known ones in the token of a visit alone, under the known ids."""
    named = [steady(source_key, entry) for entry in entries]
    times = Counter(named)

    def held(entry: Entry, name: str) -> KnownEntry | None:
        one = known.by_id.get(name) if times[name] == 1 else None
        # A token may name what it leads to, after all, like the part of a series.
        worded = one and (one.text_digest == entry.text_digest != "" or one.digest == entry.digest)
        dated_otherwise = one and not same_date(entry, one)
        said = one and (
            (one.title == entry.title and (worded or not dated_otherwise)) or (worded and not dated_otherwise)
        )
        return one if said and in_source(source_key, entry.id, known) is None else None

    found = [held(entry, name) if name else None for entry, name in zip(entries, named, strict=True)]
    return [under_id(entry, one.id) if one else entry for entry, one in zip(entries, found, strict=True)]


def without_repeats(source_key: str, entries: Iterable[Entry]) -> list[Entry]:
    """One entry for all that are the same in one document: the one with the newest date, else the first."""
    entries = list(entries)
    times = Counter((entry.id, place_of(entry.permalink)) for entry in entries)
    texts = Counter((entry.id, entry.digest) for entry in entries if not entry.permalink)
    best: dict[object, Entry] = {}
    for entry in entries:
        place = entry.id, place_of(entry.permalink)
        # Without a link, what says the very same of another date is an event of its own.
        event = entry.stated if texts[entry.id, entry.digest] > 1 else None
        key = (place, (_said(source_key, entry), event) if times[place] > 1 else None)
        if key not in best or (entry.dated and entry.published > best[key].published):
            best[key] = entry
    return _without_teasers(source_key, list(best.values()))


def _without_teasers(source_key: str, entries: list[Entry]) -> list[Entry]:
    """The entries without those that are only the beginning of another one of the same link, title and date."""
    alike: defaultdict[object, list[int]] = defaultdict(list)
    for number, entry in enumerate(entries):
        if is_of_link(source_key, entry):
            alike[place_of(entry.permalink), entry.title, entry.stated].append(number)
    teasers = set[int]()
    for numbers in alike.values():
        if len(numbers) == 1:
            continue
        words = {number: tokens(plain(entries[number].content) or entries[number].summary) for number in numbers}
        longest = max(numbers, key=lambda number: len(words[number]))
        teasers |= {number for number in numbers if _begins(words[longest], words[number])}
    return [entry for number, entry in enumerate(entries) if number not in teasers]


def _begins(words: list[str], teaser: list[str]) -> bool:
    """Whether a teaser, which may end with "Read more" or within a word, is the beginning of a longer text."""
    cut = teaser[:-_MORE] if len(teaser) >= FEWEST_TOKENS else teaser
    return len(teaser) <= len(words) and teaser != words and begins(words, cut)


def _said(source_key: str, entry: Entry) -> object:
    """What tells an entry from others of the same id and link.

    A guid stands for several versions of an entry, with another headline or other numbers; a link only for one.
    """
    words = tokens(plain(entry.content) or entry.summary)
    if is_of_link(source_key, entry):
        return entry.title, tuple(words) or entry.content, frozenset(one.url for one in entry.enclosures), entry.stated
    return frozenset(word for word in words if not word.isdecimal()) or entry.title


def under_id(entry: Entry, id_: str) -> Entry:
    """The entry under this id; the fraction of `updated` depends on the id, so that it is unique within a document."""
    return replace(entry, id=id_, updated=distinct(entry.updated, id_))


def in_source(source_key: str, id_: str, known: Known) -> KnownEntry | None:
    """What this source is known to have brought under this id."""
    for name in (id_, own(source_key, id_)):
        found = known.by_id.get(name)
        if found and found.source_id == source_key:
            return found
    return None


def on_one_place(entry: Entry, known: KnownEntry) -> bool:
    """Whether no fragments of their links tell two entries of one page apart."""
    parts = {fragment(entry.permalink), fragment(known.permalink)} - {""}
    return len(parts) < 2


def same_date(entry: Entry, known: KnownEntry) -> bool:
    """Whether a source states no other date than it did."""
    return not (entry.stated and known.stated) or entry.stated == known.stated


def is_front(link: str) -> bool:
    """Whether a canonical link is that of the front page of a site, which all its stories may have."""
    return _FRONT.fullmatch(link) is not None


def place_of(link: str) -> tuple[str, str]:
    """The page of a link, and the place on it."""
    return canonical(link), fragment(link)


def _of_one_id(
    source_key: str, group: Sequence[Entry], known: Known, *, single: bool
) -> list[tuple[Entry, KnownEntry | None]]:
    """Entries of one id, each under an id that no other has, and what is known of it."""
    named = [names(source_key, entry) for entry in group]
    claims = _claims(_Page(source_key, group, known, single=single), source_key, group, named, known)
    borne = Counter(name for ids in named for name in set(ids))
    made: list[tuple[Entry, KnownEntry | None]] = []
    for place, (entry, ids) in enumerate(zip(group, named, strict=True)):
        found = claims.get(place)
        free = (id_ for id_ in ids if borne[id_] == 1 and in_source(source_key, id_, known) is None)
        id_ = found.id if found else next(free, ids[-1])
        made.append((under_id(entry, id_), found or in_source(source_key, id_, known)))
    return made


def _claims(
    page: "_Page", source_key: str, group: Sequence[Entry], named: Sequence[Sequence[str]], known: Known
) -> dict[int, KnownEntry]:
    """What is known of entries of one id, by their places in the group: the likest pairs first, each entry once."""
    pairs = []
    for place, (entry, ids) in enumerate(zip(group, named, strict=True)):
        by_name = {one.id: (one, level) for level, id_ in enumerate(ids) if (one := in_source(source_key, id_, known))}
        found = {one.id: (one, -1) for one in page.alike(entry)} | by_name
        pairs += [
            (_likeness(entry, one), level, place, one)
            for one, level in found.values()
            if page.has_again(entry, one, by_id=level == 0)
        ]
    pairs.sort(key=lambda pair: pair[:2], reverse=True)
    claims: dict[int, KnownEntry] = {}
    taken = set[str]()
    for _, _, place, one in pairs:
        if place not in claims and one.id not in taken:
            claims[place] = one
            taken.add(one.id)
    return claims


def _likeness(entry: Entry, known: KnownEntry) -> tuple[bool, ...]:
    return (
        entry.digest == known.digest,
        place_of(entry.permalink) == place_of(known.permalink),
        entry.title == known.title,
        entry.text_digest == known.text_digest != "",
        entry.stated == known.stated,
    )


class _Page:
    """The page of the entries of one id in a document, which may be that of several stories."""

    def __init__(self, source_key: str, group: Sequence[Entry], known: Known, *, single: bool) -> None:
        link = group[0].permalink
        self._alone = len(group) == 1
        self._by_link = is_of_link(source_key, group[0])
        self._front = self._by_link and is_front(canonical(link))
        self._stored = known.stored
        self._times = Counter(place_of(entry.permalink) for entry in group)
        self._pages = Counter(page for page, _ in self._times.elements())
        self._group = group
        self._digests = Counter(entry.digest for entry in group)
        self._titles = Counter(entry.title for entry in group)
        self._texts = Counter(entry.text_digest for entry in group)
        # Without guids, all that is known under the link.
        before = known.own_by_canonical.get(canonical(link), ()) if self._by_link else ()
        self._last = before[-1] if single and before else None
        self._times_before = Counter(place_of(one.permalink) for one in before)
        self._by_digest = _groups((one.digest, one) for one in before)
        self._by_moment = _groups((one.stated, one) for one in before if one.stated)
        self._by_title = _groups((one.title, one) for one in before)
        self._by_text = _groups((one.text_digest, one) for one in before)

    def alike(self, entry: Entry) -> list[KnownEntry]:
        """What may be this entry, although it is known under no name of it."""
        if not self._is_shared(entry):
            return []
        same = self._by_digest[entry.digest]
        found = [one for one in same if one.stated == entry.stated] or same[-1:]
        found += [self._last] if self._last else []
        moment = self._by_moment[entry.stated] if entry.stated else []
        for several in (self._by_title[entry.title], self._by_text[entry.text_digest], moment):
            found += several if len(several) == 1 else []
        return found

    def has_again(self, entry: Entry, known: KnownEntry, *, by_id: bool) -> bool:
        """Whether a known entry that may be this one is this one, and not another story of the same page."""
        page, part = place_of(entry.permalink)
        elsewhere = part != fragment(known.permalink) and (
            self._pages[page] > 1 or (self._by_link and not on_one_place(entry, known))
        )
        if self._last and not elsewhere:
            return self._goes_on(entry, known, self._last)
        if not elsewhere and not self._is_shared(entry):
            return not by_id or self._alone or page == canonical(known.permalink)
        dated_alike = same_date(entry, known)
        if entry.digest == known.digest and (dated_alike or self._digests[entry.digest] == 1):
            return True
        if not dated_alike:
            return False
        if entry.stated and known.stated and self._is_replaced(entry.stated):
            return True
        titled = entry.title == known.title and self._titles[entry.title] == 1
        worded = entry.text_digest == known.text_digest != "" and self._texts[entry.text_digest] == 1
        return (titled and len(self._by_title[entry.title]) <= 1) or (
            worded and len(self._by_text[entry.text_digest]) <= 1
        )

    def _goes_on(self, entry: Entry, known: KnownEntry, last: KnownEntry) -> bool:
        """Whether the only entry of a document is a known one of its page: the last one, maybe edited, or a former one
        that says the same of the same date.
        """
        if known.id != last.id:
            return entry.digest == known.digest and same_date(entry, known)
        if entry.digest == known.digest:  # dated anew, unless it is known to be said of several dates
            return same_date(entry, known) or len(self._by_digest[entry.digest]) == 1
        if entry.stated and entry.stated == known.stated:
            return True
        said = self._stored.get(known.id)
        if said is None:
            return True
        return is_edited(words_said(said), words_said(entry), moved=not same_date(entry, known))

    def _is_replaced(self, moment: datetime) -> bool:
        """Whether what is known of an entry's moment is no other story of that day: older ones are still there."""
        moments = [one.stated for one in self._group if one.stated]
        several = self._by_moment[moment]
        return moments.count(moment) == len(several) == 1 and min(moments) < moment

    def _is_shared(self, entry: Entry) -> bool:
        """Whether several stories have the link: here, or as far as is known; a site's front page is always shared."""
        place = place_of(entry.permalink)
        return self._times[place] > 1 or self._times_before[place] > 1 or self._front


T = TypeVar("T", bound=Hashable)


def _groups(named: Iterable[tuple[T, KnownEntry]]) -> defaultdict[T, list[KnownEntry]]:
    found: defaultdict[T, list[KnownEntry]] = defaultdict(list)
    for name, one in named:
        found[name].append(one)
    return found
