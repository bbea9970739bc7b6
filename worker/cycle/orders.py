"""Orders of the operator: pause and resume, remove-entries, hide and unhide, split and merge, accept.

A command that gets the worker's lock carries out its order itself. Otherwise it leaves the order in the inbox, and the
running worker carries it out and answers.
"""

import difflib
from collections.abc import Callable, Mapping
from datetime import datetime

from feeds.errors import OrderError
from feeds.model import Source, SourceKind
from feeds.store import Store, Transaction, facts
from feeds.store.stories import StoryEntry

Order = Callable[[Store, Transaction, str, datetime], str]


def carry_out(store: Store, kind: str, argument: str, now: datetime) -> str:
    """Carries out an order in one transaction and returns a sentence about it.

    Raises OrderError if that is impossible.
    """
    with store.transaction() as transaction:
        return ORDERS[kind](store, transaction, argument, now)


def _pause(store: Store, transaction: Transaction, slug: str, _now: datetime) -> str:
    source = _source(store, slug)
    store.polls.pause(transaction, source.key)
    return f"{slug} is paused: it is not polled until `seedfeed resume {slug}`"


def _resume(store: Store, transaction: Transaction, slug: str, now: datetime) -> str:
    source = _source(store, slug)
    store.polls.resume(transaction, source.key, now)
    return f"{slug} is polled again"


def _source(store: Store, slug: str) -> Source:
    """The active subscription with this slug. Raises OrderError if there is no such subscription."""
    slugs = {one.slug: one for one in store.sources.active() if one.kind is SourceKind.FEED}
    if slug in slugs:
        return slugs[slug]
    close = difflib.get_close_matches(slug, slugs, 1)
    meant = f"did you mean {close[0]}?" if close else "`seedfeed sources` lists them"
    if slug == "seeds":
        meant = "seeds/ is not polled, so that it cannot be paused"
    raise OrderError(slug, f"no such source; {meant}")


def _remove_entries(store: Store, transaction: Transaction, key: str, now: datetime) -> str:
    """Removes the entries of a source that is no longer subscribed to."""
    source = store.sources.get(key)
    if source is None or store.sources.is_active(key):
        raise OrderError(source.slug if source else key, "its entries stay: it is followed still")
    count = store.withdrawals.remove_of(transaction, key, now, "removed with its source")
    return f"{count} entries of {source.slug} are withdrawn"


def _hide(store: Store, transaction: Transaction, named: str, now: datetime) -> str:
    id_, hidden = _entry(store, named)
    if hidden or not store.withdrawals.hide(transaction, id_, now, "hidden by hand"):
        return f"{id_} is hidden already"
    return f"{id_} is hidden: it leaves the feeds with a tombstone; `seedfeed unhide` brings it back"


def _unhide(store: Store, transaction: Transaction, named: str, now: datetime) -> str:
    id_, hidden = _entry(store, named)
    if not hidden or not store.withdrawals.unhide(transaction, id_, now, "brought back by hand"):
        raise OrderError(named, "it is not hidden")
    # The entry may have been edited while it was hidden.
    entry = store.entries.get(id_)
    source = store.sources.get(entry.source_id) if entry else None
    if source and source.kind is SourceKind.FEED and store.sources.is_active(source.key):
        store.polls.forget_document(transaction, source.key, now)
    store.seeds.read_again(transaction, id_, now)
    return f"{id_} is shown again"


def _split(store: Store, transaction: Transaction, named: str, now: datetime) -> str:
    """Undoes folds: takes the entry out from under its lead, or takes everything out from under the
    entry if it leads.
    """
    one = _living(store, named)
    parted = [one.n] if one.kin is not None else store.stories.under(one.n)
    if not parted:
        raise OrderError(named, "it stands under no other entry, and none stands under it")
    for n in parted:
        store.stories.separate(transaction, n, by_hand=True)
        store.stories.note(transaction, n, now, "split", "by hand")
    if one.kin is not None:
        return f"{one.id} stands by itself now, and stays so"
    noun = "entry that stood" if len(parted) == 1 else "entries that stood"
    return f"{len(parted)} {noun} under {one.id} now stand by themselves, and stay so"


def _merge(store: Store, transaction: Transaction, argument: str, now: datetime) -> str:
    """Folds the second of two entries, with its own copies, under the first or the lead of the first."""
    first, _, second = argument.partition("\n")
    lead, one = _living(store, first), _living(store, second)
    if lead.lead is not None:
        lead = store.stories.standing([lead.lead])[lead.lead]
    if one.kind is SourceKind.SEEDS and lead.kind is not SourceKind.SEEDS:
        # An own article always leads; it is never folded under another entry.
        lead, one = one, lead
    if one.lead == lead.n and one.how != "hand":
        store.stories.confirm(transaction, one.n)
        store.stories.note(transaction, one.n, now, "merged", f"by hand, as it was found, under {lead.id}")
        return f"{one.id} stands under {lead.id} already, and stays so now"
    linked = one.kin == lead.n if one.kind is SourceKind.SEEDS else one.lead == lead.n
    if lead.n == one.n or linked or lead.kin == one.n:
        raise OrderError(second, "they are one story already")
    if lead.private and not one.private:
        raise OrderError(first, "it is of a private source: nothing public may stand under it")
    for n in (one.n, *store.stories.under(one.n)):
        store.stories.separate(transaction, n)
        store.stories.fold(transaction, n, lead.n, "hand")
        store.stories.note(transaction, n, now, "merged", f"by hand, under {lead.id}")
    if one.kind is SourceKind.SEEDS:
        return f"{one.id} is linked with {lead.id} now; an article of your own is never folded"
    return f"{one.id} stands under {lead.id} now"


def _living(store: Store, named: str) -> StoryEntry:
    """A published entry, with its place in its story."""
    id_, hidden = _entry(store, named)
    trace = store.traces.of(id_)
    assert trace is not None
    if trace.state != "published":
        raise OrderError(named, "it is hidden" if hidden else "it is withdrawn")
    return store.stories.standing([trace.n])[trace.n]


def _entry(store: Store, named: str) -> tuple[str, bool]:
    """The id of an entry, and whether it is hidden."""
    found = store.entries.find(named)
    if found is None:
        raise OrderError(named, "no such entry; `seedfeed entries` lists ids and links")
    return found


def _accept(store: Store, transaction: Transaction, slug: str, _now: datetime) -> str:
    """Releases what the gate holds back of a feed; for `seeds`, confirms that files which vanished together were
    deleted.
    """
    reason = store.feeds.held().get(slug, ("", None))[0]
    from feeds.publish.gate import acceptable

    held = acceptable(reason)
    if reason and not held and slug != "seeds":
        raise OrderError(slug, f"it cannot be released: {reason}")
    if not held and slug != "seeds":
        raise OrderError(slug, "no document of it is held back; the health feed tells which are")
    if held:
        store.facts.put(transaction, f"{facts.ACCEPTED}{slug}", "1")
    said = [f"{slug} is released: it goes out as it is now"] if held else []
    if slug == "seeds":
        store.facts.put(transaction, facts.SEEDS_ACCEPTED, "1")
        said.append("seeds whose files are gone are withdrawn with the next look at seeds/")
    return "\n".join(said)


ORDERS: Mapping[str, Order] = {
    "accept": _accept,
    "pause": _pause,
    "resume": _resume,
    "remove-entries": _remove_entries,
    "hide": _hide,
    "unhide": _unhide,
    "split": _split,
    "merge": _merge,
}
