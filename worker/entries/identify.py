"""Identity: which entry is this, and do we know it?

Pure: incoming + known + now gives decisions. The rules, in order:

- An id never changes. Inside a source it is the source's own id if that may stand in a feed, else a UUID (version 5,
  RFC 9562 §5.5) of the source's key and its guid, else its permalink, else its words.
- Two entries of one document with one guid are told apart by their permalinks.
- A source that gives all its entries other ids is not believed: where links or texts are known, so are the entries.
- The same id or permalink from another source is never a change: a stranger cannot overwrite an entry. It is an entry
  of its own, under an id of its own; whether it repeats the other is `worker.stories.judgement`' to say.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feeds.model import Decision, Entry, Known, KnownEntry, Source, Verdict
from feeds.text.dates import distinct, from_us, to_us
from feeds.text.plaintext import tokens
from feeds.text.urls import canonical
from worker.entries.fingerprint import FEWEST_TOKENS
from worker.entries.ids import apart, own

# In a document of fewer entries a link says little: the picture of each day may stand under that of the site.
_WHOLESALE = 3


@dataclass(frozen=True, slots=True)
class Brake:
    """How many new entries of one poll enter shared feeds: at a source's first poll, and at any later one."""

    backlog: int
    burst: int


def listed(moment: datetime, published: datetime) -> datetime:
    """The place in feeds of an entry that came at `moment`.

    Entries of one second follow their own dates: the fraction of the second counts the hours from 1990 to 2104.
    """
    hours = (to_us(published) - to_us(_FIRST_HOUR)) // 3_600_000_000
    return moment.replace(microsecond=min(max(hours, 0), 999_999))


_FIRST_HOUR = from_us(631_152_000_000_000)


def decide(
    source: Source, entries: Iterable[Entry], known: Known, now: datetime, *, first: bool, brake: Brake, unread: int = 0
) -> list[Decision]:
    """What becomes of the entries of one document of a remote source.

    first: it is the source's first. unread: how many items of the document were not read, being known.
    """
    decided: dict[str, Decision] = {}
    told = _told_apart(source.key, _without_repeats(entries), known)
    renamed = _reguided(source.key, told, known, unread)
    for entry in told:
        if known_entry := _in_source(source.key, entry, known):
            decision = _again(entry, known_entry, now)
        elif known_entry := renamed.get(entry.id):
            decision = _again_renamed(entry, known_entry)
        else:
            decision = _appeared(source, entry, known.by_id.get(entry.id))
        # A source that copies an id which we minted for it would hold that id twice.
        decided.setdefault(decision.entry.id, decision)
    return _placed(list(decided.values()), now, first=first, brake=brake)


def decide_seed(entry: Entry, known: KnownEntry | None, now: datetime, *, substantive: bool) -> Decision:
    """What becomes of a seed that was read. `entry` has the id and the times that the ledger gave it."""
    if known is None:
        return Decision(entry, Verdict.NEW, "a new file", listed_at=listed(entry.updated, entry.published))
    if known.hidden:
        return Decision(entry, Verdict.BURIED, "hidden by hand")
    if substantive or known.deleted:
        reason = "put back" if known.deleted else "edited"
        return Decision(entry, Verdict.CHANGED, reason, listed_at=listed(now, entry.published))
    return Decision(entry, Verdict.CHANGED, "moved, or its metadata changed", substantive=False)


def another_story(old_title: str, old_text: str, new_title: str, new_text: str) -> bool:
    """Whether a file was overwritten with another story: a new headline, and under a third of the old text left."""
    if tokens(old_title) == tokens(new_title):
        return False
    old, new = tokens(old_text), tokens(new_text)
    return len(old) >= FEWEST_TOKENS and bool(new) and _left(old, new) < 1 / 3


def same_story(old_title: str, old_text: str, new_title: str, new_text: str) -> bool:
    """Whether a new file holds what a file that is gone just held, renamed and edited at once: nearly all of the old
    text is left, or a third under the same headline."""
    old, new = tokens(old_text), tokens(new_text)
    enough = 1 / 3 if tokens(old_title) == tokens(new_title) else 0.9
    return len(old) >= FEWEST_TOKENS and bool(new) and _left(old, new) >= enough


def _left(old: list[str], new: list[str]) -> float:
    """The share of the old text's runs of three words that the new one has still."""
    runs = {tuple(old[i : i + 3]) for i in range(len(old) - 2)}
    return len(runs & {tuple(new[i : i + 3]) for i in range(len(new) - 2)}) / len(runs)


def _renamed(entry: Entry, id_: str) -> Entry:
    """The fraction of `updated` goes with the id, so that it differs within a document."""
    return replace(entry, id=id_, updated=distinct(entry.updated, id_))


def _without_repeats(entries: Iterable[Entry]) -> list[Entry]:
    """One entry for each (id, permalink): that with the newest date, else the first."""
    best: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        key = (entry.id, canonical(entry.permalink))
        if key not in best or (entry.dated and entry.published > best[key].published):
            best[key] = entry
    return list(best.values())


def _told_apart(source_key: str, entries: Sequence[Entry], known: Known) -> list[Entry]:
    """Gives every entry of a document an id that no other entry of it has."""
    links: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        links[entry.id].add(canonical(entry.permalink))
    told = []
    for entry in entries:
        known_apart = known.by_id.get(apart(source_key, entry))
        held = _in_source(source_key, entry, known)
        shares = len(links[entry.id]) > 1 and not (held and held.canonical == canonical(entry.permalink))
        told.append(_renamed(entry, apart(source_key, entry)) if shares or known_apart else entry)
    return told


def _in_source(source_key: str, entry: Entry, known: Known) -> KnownEntry | None:
    for id_ in (entry.id, own(source_key, entry.id)):
        found = known.by_id.get(id_)
        if found and found.source_id == source_key:
            return found
    return None


def _reguided(source_key: str, entries: Sequence[Entry], known: Known, unread: int) -> dict[str, KnownEntry]:
    """Entries whose source gave them other ids, by their new ids.

    One that says the same, of the same moment, under the same link is the same. When most of a document that holds
    nothing known has a link, a text, or the title and date of an entry that is known, and of no other, its ids were
    changed wholesale.
    """
    strange = [entry for entry in entries if _in_source(source_key, entry, known) is None]
    if not strange or not (known.own_by_canonical or known.own_by_text or known.own_by_moment):
        return {}
    here = {found.id for entry in entries if (found := _in_source(source_key, entry, known))}
    links, texts = (
        Counter(canonical(entry.permalink) for entry in strange),
        Counter(entry.text_digest for entry in strange),
    )
    many = len(entries) >= _WHOLESALE
    same: dict[str, KnownEntry] = {}
    likely: dict[str, KnownEntry] = {}
    for entry in strange:
        link = canonical(entry.permalink)
        linked = [one for one in known.own_by_canonical.get(link, ()) if one.id not in here]
        # The weather of each day may stand under the same link: what says and dates otherwise is another entry.
        kin = [one for one in linked if _same_moment(entry, one) or _same_words(entry, one)]
        worded = [one for one in known.own_by_text.get(entry.text_digest, ()) if one.id not in here]
        twins = [one for one in linked if one.digest == entry.digest and _same_moment(entry, one)]
        if len(twins) == 1:
            same[entry.id] = twins[0]
        elif len(linked) == len(kin) == links[link] == 1 and (many or _same_head(entry, kin[0])):
            likely[entry.id] = kin[0]
        elif (
            len(worded) == texts[entry.text_digest] == 1
            and _same_title(entry, worded[0])
            and (many or _same_head(entry, worded[0]))
        ):
            likely[entry.id] = worded[0]
        elif many:
            moment = known.own_by_moment.get(entry.published, ())
            headed = [one for one in moment if one.id not in here and _same_head(entry, one)]
            likely |= {entry.id: headed[0]} if len(headed) == 1 else {}
    wholesale = not unread and not here and 2 * (len(same) + len(likely)) > len(entries)
    renamed = {**likely, **same} if wholesale else same
    # Two ids for one entry: neither is believed.
    times = Counter(one.id for one in renamed.values())
    return {id_: one for id_, one in renamed.items() if times[one.id] == 1}


def _same_words(entry: Entry, known: KnownEntry) -> bool:
    return entry.digest == known.digest or entry.text_digest == known.text_digest != ""


def _same_head(entry: Entry, known: KnownEntry) -> bool:
    return _same_title(entry, known) and entry.dated and entry.published == known.published


def _same_moment(entry: Entry, known: KnownEntry) -> bool:
    return not (entry.dated and known.dated) or entry.published == known.published


def _again_renamed(entry: Entry, known: KnownEntry) -> Decision:
    """An entry that this source brought before under another id; it is not announced again."""
    alias, entry = entry.id, replace(entry, id=known.id)
    if known.deleted:
        return Decision(entry, Verdict.BURIED, "withdrawn here", alias=alias)
    reason = f"its source calls it {alias} now"
    if entry.digest == known.digest:
        return Decision(entry, Verdict.UNCHANGED, reason, alias=alias)
    if not entry.dated:
        entry = replace(entry, published=known.published, dated=known.dated)
    entry = replace(entry, updated=known.updated)
    return Decision(entry, Verdict.CHANGED, reason, shared=known.shared, substantive=False, alias=alias)


def _again(entry: Entry, known: KnownEntry, now: datetime) -> Decision:
    """An entry that this source brought before."""
    entry = replace(entry, id=known.id)
    if known.deleted and not _comes_back(entry, known):
        return Decision(entry, Verdict.BURIED, "withdrawn here")
    if entry.digest == known.digest and not known.deleted:
        return Decision(entry, Verdict.UNCHANGED, "says what it said")
    if not entry.dated:
        entry = replace(entry, published=known.published, dated=known.dated)
    updated = distinct(entry.updated if known.updated < entry.updated <= now else now, entry.id)
    # The fraction of a second says nothing of time, and a clock may be set back: `updated` moves all the same.
    entry = replace(entry, updated=max(updated, known.updated + timedelta(seconds=1)))
    reason = "its source brought it back" if known.deleted else "the source changed it"
    return Decision(entry, Verdict.CHANGED, reason, listed_at=listed(now, entry.published), shared=known.shared)


def _comes_back(entry: Entry, known: KnownEntry) -> bool:
    """Whether an entry that its source withdrew was published by it again since (RFC 6721 §2), or may stand here again.

    What was hidden by hand stays hidden.
    """
    if known.hidden:
        return False
    # The fraction of a second says nothing of time.
    newer = entry.updated.replace(microsecond=0) > known.updated.replace(microsecond=0)
    return known.removed or (entry.dated and newer)


def _appeared(source: Source, entry: Entry, namesake: KnownEntry | None) -> Decision:
    """An entry that this source never brought before. namesake: that of another source with its id."""
    if namesake is None:
        return Decision(entry, Verdict.NEW, "first seen")
    entry = _renamed(entry, own(source.key, entry.id))
    return Decision(entry, Verdict.NEW, f"first seen; {namesake.id} is another source's", namesake=namesake.id)


def _same_title(entry: Entry, other: KnownEntry) -> bool:
    return tokens(entry.title) == tokens(other.title)


def _placed(decisions: Sequence[Decision], now: datetime, *, first: bool, brake: Brake) -> list[Decision]:
    """Gives new entries their place in feeds.

    A source's first document is its backlog: its entries stand by their own dates, and only the newest few enter
    shared feeds. So do those of a later poll that are more than a burst.
    """
    fresh = [i for i, decision in enumerate(decisions) if decision.verdict is Verdict.NEW]
    allowance = brake.backlog if first else brake.burst
    placed = list(decisions)
    for rank, i in enumerate(i for i in fresh if not placed[i].entry.dated):
        # Without dates their order is all that a document says of time: the newest comes first.
        entry = placed[i].entry
        if before := rank + first:
            seen = entry.published - timedelta(seconds=before)
            placed[i] = replace(placed[i], entry=replace(entry, published=seen, updated=distinct(seen, entry.id)))
    newest = sorted(fresh, key=lambda i: placed[i].entry.published, reverse=True)
    shared = set(newest[:allowance])
    for i in fresh:
        published = placed[i].entry.published
        place = min(published, now) if first or i not in shared else listed(now, published)
        placed[i] = replace(placed[i], listed_at=place, shared=i in shared)
    return placed
