"""Identity: which entry is this, and is it already known?

Pure: incoming + known + now gives decisions. The rules, in order:

- An id never changes. Inside a source it is the source's own id if that is valid in a feed, else a UUID (version 5,
  RFC 9562 §5.5) of the source's key and its guid, else its permalink, else its words.
- Entries of one document with the same guid are told apart by their permalinks, titles and words; without guids, so are
  those with the same permalink (`worker.entries.apart`).
- If a source gives all its entries new ids, entries with known links or texts keep their old ones. What an operator has
  hidden is looked for under every id.
- Where ids do not tell, evidence does: what is there at once, dates, words in common (`worker.entries.evidence`).
- The same id or permalink from another source is never a change: a stranger cannot overwrite an entry. It is an entry
  of its own, under an id of its own; whether it repeats the other is decided in `worker.stories.judgement`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from feeds.model import Decision, Entry, Known, KnownEntry, Source, Verdict
from feeds.text.dates import ONE_MOMENT, distinct, from_us, rfc3339, to_us
from feeds.text.plaintext import tokens
from feeds.text.urls import canonical
from worker.entries.apart import is_front, on_one_place, place_of, same_date, told_apart, under_id
from worker.entries.evidence import FEWEST_TOKENS, is_edited, is_nearly, is_restated, still_said, words_said
from worker.entries.ids import own, steady
from worker.entries.markup import lasting, rotated, shows_the_same, unversioned

# In smaller documents a shared link proves little: a picture of the day may link to the site's front page each time.
_WHOLESALE = 3
# Some pages are never the same twice. Each change of its markup alone takes up these hours of an entry's day, and waits
# when it is full. Addresses that only rotate fill no more than half of it, so that they keep no correction waiting.
_QUIET_CHANGE = timedelta(hours=3)
_CORRECTIONS = timedelta(hours=24)
_ROTATIONS = timedelta(hours=12)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Brake:
    """How many new entries of one poll enter shared feeds: at a source's first poll, and at any later one."""

    backlog: int
    burst: int


def place_in_feeds(moment: datetime, published: datetime) -> datetime:
    """The position in feeds of an entry that arrived at `moment`.

    Entries of one second are ordered by their own dates: the fraction of the second counts the hours from 1990 to 2104.
    """
    hours = (to_us(published) - to_us(_FIRST_HOUR)) // 3_600_000_000
    return moment.replace(microsecond=min(max(hours, 0), 999_999))


_FIRST_HOUR = from_us(631_152_000_000_000)


def decide(
    source: Source,
    entries: Iterable[Entry],
    known: Known,
    now: datetime,
    *,
    first: bool,
    brake: Brake,
    unread: int = 0,
    delta: bool = False,
) -> list[Decision]:
    """Decides about the entries of one document of a remote source.

    first: it is the source's first document. unread: how many items were not parsed because they are known; of those
    that share a page with a new one, one was. delta: the document has only what is new, so that nothing has left it.
    """
    decided: dict[str, Decision] = {}
    entries = _as_stored(entries, known)
    distinguished, held = told_apart(source.key, entries, known, unread)
    restated = {} if delta else _restated(distinguished, held, known, unread)
    renamed = _match_new_ids(distinguished, held | restated, known, unread)
    found = held | restated | renamed
    renamed |= _hidden_again([entry for entry in distinguished if entry.id not in found], found, known)
    redated = _redated(distinguished, held, len(distinguished) + unread)
    for entry in distinguished:
        if known_entry := held.get(entry.id):
            decision = _decide_known(entry, known_entry, now, redated=entry.id in redated)
        elif known_entry := restated.get(entry.id):
            decision = _decide_known(under_id(entry, known_entry.id), known_entry, now, redated=False)
            decision = replace(decision, alias=entry.id)
        elif known_entry := renamed.get(entry.id):
            decision = _decide_under_new_id(entry, known_entry)
        else:
            decision = _decide_new(source, entry, known.by_id.get(entry.id))
        name = steady(source.key, entry)
        decision = replace(decision, steady=name) if name and name not in known.by_id else decision
        # A source that copies an id that we minted for it would bring that id twice.
        decided.setdefault(decision.entry.id, decision)
    return _placed(list(decided.values()), now, first=first, brake=brake)


def _as_stored(entries: Iterable[Entry], known: Known) -> list[Entry]:
    """The entries with their former digests, where these are stored."""
    groups = (known.own_by_canonical, known.own_by_text, known.own_by_moment)
    stored = {one.digest for one in known.by_id.values()}
    stored |= {one.digest for group in groups for several in group.values() for one in several}
    return [
        replace(entry, digest=entry.former) if entry.former and entry.former in stored else entry for entry in entries
    ]


def may_differ(entry: Entry, known: KnownEntry) -> bool:
    """Whether a known entry may say or show something else, by digests that another version may have made."""
    said = known.digest in (entry.digest, entry.former)
    return not said or not (shows_the_same(entry.markup, known.markup) or rotated(entry.markup, known.markup))


def with_restated(known: Known, mended: Mapping[str, KnownEntry]) -> Known:
    """What is known, with some entries as they are read now, by their ids."""
    if not mended:
        return known

    def each(groups: Mapping[T, tuple[KnownEntry, ...]]) -> dict[T, tuple[KnownEntry, ...]]:
        return {name: tuple(mended.get(one.id, one) for one in several) for name, several in groups.items()}

    return replace(
        known,
        by_id={name: mended.get(one.id, one) for name, one in known.by_id.items()},
        own_by_canonical=each(known.own_by_canonical),
        own_by_text=each(known.own_by_text),
        own_by_moment=each(known.own_by_moment),
    )


def decide_seed(entry: Entry, known: KnownEntry | None, now: datetime, *, substantive: bool) -> Decision:
    """Decides about a seed that was read. `entry` has the id and times from the ledger."""
    if known is None:
        return Decision(entry, Verdict.NEW, "a new file", listed_at=place_in_feeds(entry.updated, entry.published))
    if known.hidden:
        return Decision(entry, Verdict.BURIED, "hidden by hand")
    if substantive or known.deleted:
        reason = "put back" if known.deleted else "edited"
        return Decision(entry, Verdict.CHANGED, reason, listed_at=place_in_feeds(now, entry.published))
    return Decision(entry, Verdict.CHANGED, "moved, or its metadata changed", substantive=False)


def another_story(old_title: str, old_text: str, new_title: str, new_text: str) -> bool:
    """Whether a file was overwritten with another story: new headline, and less than a third of the old text left."""
    if tokens(old_title) == tokens(new_title):
        return False
    old, new = tokens(old_text), tokens(new_text)
    return len(old) >= FEWEST_TOKENS and bool(new) and still_said(old, new) < 1 / 3


def same_story(old_title: str, old_text: str, new_title: str, new_text: str, *, lately: bool = True) -> bool:
    """Whether a new file holds the story of a file that vanished, renamed and edited.

    Nearly all of the old text must be left, or a third of it under the same headline; of a short one, all of both.
    lately: the file has just vanished. If not, two thirds must be left: what is written each week has one headline.
    """
    old, new = tokens(old_text), tokens(new_text)
    titled = tokens(old_title) == tokens(new_title)
    enough = (1 / 3 if lately else 2 / 3) if titled else 0.9
    if titled and old and old == new:
        return True
    return len(old) >= FEWEST_TOKENS and bool(new) and still_said(old, new) >= enough


def _restated(
    entries: Sequence[Entry], held: Mapping[str, KnownEntry], known: Known, unread: int
) -> dict[str, KnownEntry]:
    """Known entries that their source brings anew under other guids, promoted or edited, by these. held: as below.

    Each has left the document, and its page was and is that of no other; without a link, so are its title and date.
    """
    here = {found.id for found in held.values()}
    places = Counter(map(_place, entries))
    found: dict[str, KnownEntry] = {}
    for entry in entries:
        if entry.id in held or places[_place(entry)] > 1:
            continue
        for one in replaced(entry, known):
            said = known.stored.get(one.id)
            among = len(entries) + unread >= _WHOLESALE
            if said and one.id not in here and _takes_place(entry, one, said, among=among):
                found[entry.id] = one
    return found


def replaced(entry: Entry, known: Known) -> list[KnownEntry]:
    """The entry, if any, that may have been where a new one is: the only one of its page, or of its place there, or the
    last of several versions; without a link, the only one of its title and date.
    """
    if entry.permalink:
        page = known.own_by_canonical.get(canonical(entry.permalink), ())
        there = [one for one in page if on_one_place(entry, one)]
    else:
        moment = known.own_by_moment.get(entry.published, ())
        there = [one for one in moment if not one.permalink and _same_head(entry, one)]
    standing = [one for one in there if not one.deleted]
    versions = {one.first_seen: one for one in standing if unversioned(one.id) == unversioned(entry.id)}
    return standing[-1:] if len(standing) == max(len(versions), 1) else []


def _place(entry: Entry) -> object:
    return place_of(entry.permalink) if entry.permalink else (entry.title, entry.stated)


def _takes_place(entry: Entry, known: KnownEntry, said: Entry, *, among: bool) -> bool:
    """Whether an entry is the known one in whose place it is. among: the document has other entries, which mostly have
    pages of their own. A date that is still to come is that of an event.
    """
    moved = entry.stated is None or entry.stated != known.stated
    named = unversioned(entry.id) == unversioned(known.id)
    if moved and (entry.announced or known.announced or not (named or among)):
        return False
    if is_front(canonical(entry.permalink)) and not named:
        return False
    if not entry.permalink:
        return is_edited(words_said(said), words_said(entry), moved=False)
    return is_restated(said, entry, moved=moved, named=named)


def _match_new_ids(
    entries: Sequence[Entry], held: Mapping[str, KnownEntry], known: Known, unread: int
) -> dict[str, KnownEntry]:
    """Known entries that this document brings under other ids, by their new ids. held: what it brings by id.

    An entry with the same link, words and date is the same; see `_is_again`. If nothing in the document is known by id,
    and most of its entries have a link, a text, or the title and nearly the date of exactly one known entry, the source
    changed its ids wholesale, or its host with all links.
    """
    strange = [entry for entry in entries if entry.id not in held]
    if not strange or not (known.own_by_canonical or known.own_by_text or known.own_by_moment):
        return {}
    here = {found.id for found in held.values()}
    links, texts = (
        Counter(canonical(entry.permalink) for entry in strange),
        Counter(entry.text_digest for entry in strange),
    )
    many = len(entries) >= _WHOLESALE
    heads: defaultdict[tuple[str, ...], list[KnownEntry]] = defaultdict(list)
    for several in known.own_by_moment.values() if many and not unread and not here else ():
        for one in several:
            heads[tuple(tokens(one.title))].append(one)
    same: dict[str, KnownEntry] = {}
    likely: dict[str, KnownEntry] = {}
    for entry in strange:
        link = canonical(entry.permalink)
        linked = [
            one for one in known.own_by_canonical.get(link, ()) if one.id not in here and on_one_place(entry, one)
        ]
        # Each day's weather may have the same link: with other words and another date it is another entry.
        kin = [one for one in linked if same_date(entry, one) or _same_words(entry, one)]
        worded = [one for one in known.own_by_text.get(entry.text_digest, ()) if one.id not in here]
        twins = [one for one in linked if one.digest == entry.digest and same_date(entry, one)]
        moment = [one for one in known.own_by_moment.get(entry.published, ()) if one.id not in here]
        again = {one.id: one for one in (*linked, *worded, *moment) if _is_again(entry, one, whole=not unread)}
        if len(twins) == 1:
            same[entry.id] = twins[0]
        elif len(again) == 1:
            (same[entry.id],) = again.values()
        elif len(linked) == len(kin) == links[link] == 1 and (many or _same_head(entry, kin[0])):
            likely[entry.id] = kin[0]
        elif (
            len(worded) == texts[entry.text_digest] == 1
            and _same_title(entry, worded[0])
            and (many or _same_head(entry, worded[0]))
        ):
            likely[entry.id] = worded[0]
        elif entry.dated:
            titled = heads[tuple(tokens(entry.title))]
            headed = [one for one in titled if abs(one.published - entry.published) <= ONE_MOMENT]
            likely |= {entry.id: headed[0]} if len(headed) == 1 else {}
    wholesale = not unread and not here and 2 * (len(same) + len(likely)) > len(entries)
    renamed = {**likely, **same} if wholesale else same
    # If two ids claim the same known entry, neither is accepted.
    times = Counter(one.id for one in renamed.values())
    return {id_: one for id_, one in renamed.items() if times[one.id] == 1}


def _is_again(entry: Entry, known: KnownEntry, *, whole: bool) -> bool:
    """Whether an entry is a known one, which it does not name by its id.

    whole: all entries of the document were read, so that the known one is known to have left it.
    """
    linked = canonical(entry.permalink) == known.canonical != "" and on_one_place(entry, known)
    if not _same_head(entry, known):
        return False
    rotated_link = lasting(entry.permalink) == lasting(known.permalink) != ""
    worded = entry.text_digest == known.text_digest != ""
    return (linked and whole) or (rotated_link and (worded or (whole and entry.digest == known.digest)))


def _hidden_again(entries: Sequence[Entry], others: Mapping[str, KnownEntry], known: Known) -> dict[str, KnownEntry]:
    """Those of some new entries that the operator has hidden under another id, by their ids. others: what else the
    document brings.
    """
    here = {one.id for one in others.values()}
    gone = [one for one in known.hidden if one.id not in here]
    if not gone:
        return {}
    pages = Counter(canonical(entry.permalink) for entry in entries)
    said = {id_: words_said(entry) for id_, entry in known.stored.items()}
    found: dict[str, KnownEntry] = {}
    for entry in entries:
        words, link = words_said(entry), canonical(entry.permalink)
        under = known.own_by_canonical.get(link, ())
        shared = pages[link] > 1 or len(under) > 1 or is_front(link)
        for one in gone:
            if _is_hidden_again(entry, one, said.get(one.id, ()), words, recurs=_recurs(one, known), shared=shared):
                found[entry.id] = one
                break
    return found


def _is_hidden_again(
    entry: Entry, hidden: KnownEntry, old: Sequence[str], new: Sequence[str], *, recurs: bool, shared: bool
) -> bool:
    """Whether an entry is one that the operator has hidden, so that it comes back under no other id, date or link.

    old, new: the words of both. recurs: whether the source says the old ones of other dates. shared: whether other
    stories have its link, so that the link and the date prove nothing alone.
    """
    linked = canonical(entry.permalink) == hidden.canonical != "" and on_one_place(entry, hidden)
    worded = entry.digest == hidden.digest or (len(new) > 0 and old == new)
    titled, dated = _same_title(entry, hidden), entry.stated == hidden.stated is not None
    other_date = not same_date(entry, hidden)
    if linked and not other_date and (titled or worded):
        return True
    if linked and not shared and (dated or worded or is_edited(old, new, moved=other_date)):
        return True
    # The same few words of another date, or words that the source repeats under several dates, are of another event.
    if other_date and (len(new) < FEWEST_TOKENS or (worded and recurs)):
        return False
    texts = titled and (entry.content or entry.summary)
    return bool(texts and (worded or is_edited(old, new, moved=other_date))) or is_nearly(old, new)


def _recurs(hidden: KnownEntry, known: Known) -> bool:
    """Whether a source says the same of other dates."""
    return any(
        one.id != hidden.id and one.stated != hidden.stated for one in known.own_by_text.get(hidden.text_digest, ())
    )


def _same_words(entry: Entry, known: KnownEntry) -> bool:
    return entry.digest == known.digest or entry.text_digest == known.text_digest != ""


def _same_head(entry: Entry, known: KnownEntry) -> bool:
    return _same_title(entry, known) and entry.dated and entry.published == known.published


def _decide_under_new_id(entry: Entry, known: KnownEntry) -> Decision:
    """A known entry under a new id; it is not announced again."""
    alias, entry = entry.id, replace(entry, id=known.id)
    if known.deleted:
        return Decision(entry, Verdict.BURIED, "withdrawn here", alias=alias)
    reason = f"its source calls it {alias} now"
    if entry.digest == known.digest:
        return Decision(entry, Verdict.UNCHANGED, reason, alias=alias)
    if not entry.dated or entry.published > known.updated:
        entry = replace(entry, published=known.published, dated=known.dated)
    entry = replace(entry, updated=known.updated)
    return Decision(entry, Verdict.CHANGED, reason, shared=known.shared, substantive=False, alias=alias)


def _decide_known(entry: Entry, known: KnownEntry, now: datetime, *, redated: bool) -> Decision:
    """An entry that this source has brought before."""
    entry = replace(entry, id=known.id)
    if known.deleted and not _comes_back(entry, known):
        return Decision(entry, Verdict.BURIED, "withdrawn here")
    if entry.digest == known.digest and not known.deleted:
        return _decide_markup(entry, known, now, redated=redated)
    if not entry.dated:
        entry = replace(entry, published=known.published, dated=known.dated)
    updated = distinct(entry.updated if known.updated < entry.updated <= now else now, entry.id)
    # The fraction of a second carries no time, and a clock may be set back, so `updated` advances by a second at least.
    entry = replace(entry, updated=max(updated, known.updated + timedelta(seconds=1)))
    reason = "its source brought it back" if known.deleted else "the source changed it"
    return Decision(entry, Verdict.CHANGED, reason, listed_at=place_in_feeds(now, entry.published), shared=known.shared)


def _decide_markup(entry: Entry, known: KnownEntry, now: datetime, *, redated: bool) -> Decision:
    """An entry whose words are what they were: another link, picture, mark or date is published, and not announced."""
    same = shows_the_same(entry.markup, known.markup)
    if same and not redated:
        return Decision(entry, Verdict.UNCHANGED, "says what it said")
    silent = not redated and rotated(entry.markup, known.markup)
    filled = (known.quiet_until or now) - now
    if not timedelta() < filled <= _CORRECTIONS:  # long ago, or by a clock that was ahead
        filled = timedelta()
    until = now + filled + _QUIET_CHANGE
    if (ready := until - (_ROTATIONS if silent else _CORRECTIONS)) > now:
        what = "addresses in it" if silent else "its date" if same else "its markup"
        reason = f"the source changed {what} once more; as it does so often, it waits until {rfc3339(ready)}"
        return Decision(entry, Verdict.UNCHANGED, reason, waits=True)
    published = entry.published if redated else known.published
    entry = replace(entry, published=published, dated=known.dated, updated=_not_before(published, known))
    reason = "the source changed " + ("addresses in it" if silent else "its date" if same else "its markup")
    return Decision(
        *(entry, Verdict.CHANGED, reason), shared=known.shared, substantive=False, silent=silent, quiet_until=until
    )


def _not_before(published: datetime, known: KnownEntry) -> datetime:
    """`updated` as it is known, which a date of publication that is corrected to a later one may have overtaken."""
    return distinct(published, known.id) if published > known.updated else known.updated


def _redated(entries: Iterable[Entry], held: Mapping[str, KnownEntry], items: int) -> set[str]:
    """The entries whose dates their source corrected, by id. items: how many its document has.

    A date after the entry was first seen is that of a request, or of an edit. A source that dates many entries anew at
    once corrects nothing.
    """
    redated = {entry.id for entry in entries if entry.id in held and _is_redated(entry, held[entry.id])}
    return redated if len(redated) <= max(1, items // 3) else set()


def _is_redated(entry: Entry, known: KnownEntry) -> bool:
    if not (entry.dated and known.dated and known.first_seen) or entry.published == known.published:
        return False
    return entry.published < known.first_seen


def _comes_back(entry: Entry, known: KnownEntry) -> bool:
    """Whether the source has republished a withdrawn entry (RFC 6721 §2), or its filter lets it through again.

    An entry hidden by the operator stays hidden.
    """
    if known.hidden:
        return False
    # The fraction of a second carries no time.
    newer = entry.updated.replace(microsecond=0) > known.updated.replace(microsecond=0)
    return known.removed or (entry.dated and newer)


def _decide_new(source: Source, entry: Entry, namesake: KnownEntry | None) -> Decision:
    """An entry that is new from this source. namesake: an entry of another source with the same id."""
    if namesake is None:
        return Decision(entry, Verdict.NEW, "first seen")
    entry = under_id(entry, own(source.key, entry.id))
    return Decision(entry, Verdict.NEW, f"first seen; {namesake.id} is another source's", namesake=namesake.id)


def _same_title(entry: Entry, other: KnownEntry) -> bool:
    return tokens(entry.title) == tokens(other.title)


def _placed(decisions: Sequence[Decision], now: datetime, *, first: bool, brake: Brake) -> list[Decision]:
    """Assigns new entries their positions in feeds.

    A source's first document is its backlog: entries are placed by their own dates, and only the newest few enter
    shared feeds. In a later poll, the newest up to a burst do.
    """
    fresh = [i for i, decision in enumerate(decisions) if decision.verdict is Verdict.NEW]
    allowance = brake.backlog if first else brake.burst
    placed = list(decisions)
    for rank, i in enumerate(i for i in fresh if not placed[i].entry.dated):
        # For undated entries, document order is the only hint: the newest comes first.
        entry = placed[i].entry
        if before := rank + first:
            seen = entry.published - timedelta(seconds=before)
            placed[i] = replace(placed[i], entry=replace(entry, published=seen, updated=distinct(seen, entry.id)))
    newest = sorted(fresh, key=lambda i: placed[i].entry.published, reverse=True)
    shared = set(newest[:allowance])
    for i in fresh:
        published = placed[i].entry.published
        place = min(published, now) if first or i not in shared else place_in_feeds(now, published)
        placed[i] = replace(placed[i], listed_at=place, shared=i in shared)
    return placed
