"""Records the result of a poll in the store: entries and tombstones, the state of polling, a new address.

All of it commits together or not at all: one transaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from feeds.model import Decision, Entry, FetchState, Known, KnownEntry, Source, Subscription, Verdict
from feeds.settings.schema import Settings
from feeds.store import Store, Transaction
from feeds.text.urls import without_credentials
from feeds.websub.subscription import is_relied_on
from worker.entries import identify
from worker.entries.ids import candidate_ids
from worker.fetch import polling
from worker.fetch.polling import RECENT
from worker.health.events import Polled
from worker.model import Retrieved, split_ordered
from worker.seeds.lists import Lists
from worker.seeds.registry import Registry
from worker.websub import subscriber


class Recording:
    """Records poll results for the sources of one home."""

    def __init__(self, store: Store, settings: Settings, registry: Registry, lists: Lists) -> None:
        self.store = store
        self.settings = settings
        self.registry = registry
        self.lists = lists
        worker = settings.worker
        self._brake = identify.Brake(backlog=worker.backlog, burst=worker.burst)
        self._pace = polling.PollPolicy(worker.poll_min, worker.poll_max)

    def record(
        self, transaction: Transaction, subscription: Subscription, retrieved: Retrieved, now: datetime
    ) -> Polled:
        """Records one poll result and returns what came of it."""
        source = subscription.source
        decisions: list[Decision] = []
        withdrawn = 0
        if not self.store.sources.is_active(source.key):  # it was removed during the poll
            return Polled(subscription, subscription.state, replace(retrieved, error=None))
        if not retrieved.error and not retrieved.not_modified:
            decisions, withdrawn = self.take(transaction, subscription, retrieved, now)
            retrieved = _to_be_read_again(retrieved, decisions)
        new = sum(decision.verdict is Verdict.NEW for decision in decisions)
        subscriber.note_poll(self.store, transaction, source, retrieved, new, now)
        state = self._next_state(subscription, retrieved, decisions, now)
        self.store.polls.save_state(transaction, source.key, state)
        renamed = sum(bool(decision.alias) for decision in decisions)
        return Polled(
            subscription,
            state,
            retrieved,
            decisions,
            moved_to=self._adopt(transaction, source, state, now),
            # A single renamed entry does not mean that the source changed all its ids.
            remapped=renamed if renamed > 1 else 0,
            withdrawn=withdrawn,
        )

    def take(
        self, transaction: Transaction, subscription: Subscription, retrieved: Retrieved, now: datetime
    ) -> tuple[list[Decision], int]:
        """Records the entries of a polled or pushed document.

        Returns the decisions and the number of withdrawn entries.
        """
        if not retrieved.delta:  # a hub may push entries without their feed's title
            self.store.sources.learn(transaction, subscription.source.key, retrieved.title, retrieved.link)
        decisions = self._decide(subscription, retrieved, now)
        self.store.entries.apply(transaction, decisions, now, self.registry.mapped_slugs(), _reading(retrieved))
        # Withdraw last: a document may hold both an entry and its tombstone, and then the later one counts.
        return decisions, self._withdraw(transaction, subscription.source, retrieved, now)

    def _withdraw(self, transaction: Transaction, source: Source, retrieved: Retrieved, now: datetime) -> int:
        """Withdraws this source's entries that it deleted (RFC 6721) or marks as drafts, or that its filter no longer
        matches.
        """
        ids = {*(id_ for id_, _ in retrieved.deletions), *retrieved.drafts, *retrieved.left_out}
        if not ids:
            return 0
        known = self.store.entries.known(source.key, ids, (), ()).by_id
        living = {id_: one for id_, one in known.items() if one.source_id == source.key and not one.deleted}
        gone = 0
        for id_, when in retrieved.deletions:
            # A tombstone older than the entry refers to an earlier publication of it.
            if (one := living.get(id_)) and not (when and when < one.updated.replace(microsecond=0)):
                gone += self.store.withdrawals.withdraw(transaction, one.id, now, "withdrawn by its source")
        for left_out, reason in (
            (retrieved.drafts, "its source marks it as not public now"),
            (retrieved.left_out, "its filter no longer finds it"),
        ):
            for id_ in left_out:
                if one := living.get(id_):
                    gone += self.store.withdrawals.leave_out(transaction, one.id, now, reason)
        return gone

    def _decide(self, subscription: Subscription, retrieved: Retrieved, now: datetime) -> list[Decision]:
        source = subscription.source
        if not retrieved.entries:
            return []
        entries = [self.registry.categorised(entry) for entry in retrieved.entries]
        names = [candidate_ids(source.key, entry) for entry in entries]
        first = subscription.state.polls == 0
        known = self.store.entries.known(
            source.key,
            {id_ for ids in names for id_ in ids},
            [entry.permalink for entry in entries],
            [entry.text_digest for entry in entries],
            # The check for a wholesale change of ids makes sense only if nothing in the document was known. What has
            # no link is found by its title and date.
            [
                entry.published
                for entry in entries
                if entry.dated and not first and not (retrieved.unread and entry.permalink)
            ],
        )
        if not first:
            known = self._with_stored(source.key, retrieved.entries, names, known)
        return identify.decide(
            *(source, entries, known, now),
            first=first,
            brake=self._brake,
            unread=retrieved.unread,
            delta=retrieved.delta,
        )

    def _with_stored(
        self, source_key: str, entries: Sequence[Entry], names: Sequence[Sequence[str]], known: Known
    ) -> Known:
        """What is known, with the stored entries that a decision has to look at. names: the ids that each may have."""
        pairs = [
            (entry, one)
            for entry, ids in zip(entries, names, strict=True)
            for one in {one.id: one for one in map(known.by_id.get, ids) if one}.values()
            if one.source_id == source_key and identify.may_differ(entry, one)
        ]
        wanted = {one.id for _, one in pairs}
        if len(entries) == 1:  # it may be another version of the last one of its page
            wanted |= {several[-1].id for several in known.own_by_canonical.values()}
        new = [entry for entry, ids in zip(entries, names, strict=True) if known.by_id.keys().isdisjoint(ids)]
        wanted |= {one.id for entry in new for one in identify.replaced(entry, known)}
        hidden = self.store.entries.hidden(source_key) if new else ()
        stored = self.store.entries.stored(wanted | {one.id for one in hidden})
        known = replace(known, hidden=hidden, stored=stored)
        if not pairs:
            return known
        from worker.entries.normalise import restated  # only what may have changed needs it

        mended: dict[str, KnownEntry] = {}
        for entry, one in pairs:
            digest, markup = restated(stored[one.id], entry, self.registry.categorised(entry))
            if (digest, markup) != (one.digest, one.markup):
                mended[one.id] = replace(one, digest=digest, markup=markup)
        return identify.with_restated(known, mended)

    def _next_state(
        self, subscription: Subscription, retrieved: Retrieved, decisions: Sequence[Decision], now: datetime
    ) -> FetchState:
        source, old = subscription.source, subscription.state
        known = (Verdict.CHANGED, Verdict.UNCHANGED, Verdict.BURIED)
        overlaps = (
            retrieved.not_modified
            or any(decision.verdict in known for decision in decisions)
            or polling.overlap(old.items, retrieved.items or b"")
        )
        published = self.store.entries.published_of(source.key, 2 * RECENT)
        pushed = retrieved.error is None and is_relied_on(self.store.hub_subscriptions.of(source.key), now)
        pace = replace(self._pace, poll=source.poll, pushed=pushed)
        return polling.next_state(old, retrieved, now, pace, published, overlaps=overlaps)

    def _adopt(self, transaction: Transaction, source: Source, state: FetchState, now: datetime) -> str:
        """The URL to poll from now on if the source has moved permanently, else ""."""
        url = polling.new_address(state, now)
        # Following a redirect to a feed that is already subscribed to would merge two sources. A URL with a password is
        # never replaced.
        if not url or self.store.sources.by_url(url) or without_credentials(source.url) != source.url:
            return ""
        self.lists.adopt(source.key, url)
        self.store.sources.move(transaction, source.key, url)
        return url


def _to_be_read_again(retrieved: Retrieved, decisions: Sequence[Decision]) -> Retrieved:
    """The result without what would keep changes that wait from being read: validators, and digests of their items."""
    waiting = {decision.entry.item for decision in decisions if decision.waits}
    if not waiting:
        return retrieved
    items = b"".join(item for item in split_ordered(retrieved.items or b"") if item not in waiting)
    return replace(retrieved, etag="", last_modified="", body_digest="", items=items)


# Repairs of a whole document that may have altered the text of any entry.
_ALTERING = ("W_CHARS", "W_ENC", "W_XML")


def _reading(retrieved: Retrieved) -> str:
    """How a document was read, as part of a sentence: the lane, and what had to be mended in it."""
    mended = (warning for warning in retrieved.warnings if warning.startswith(_ALTERING))
    return "; ".join((*((f"read by the {retrieved.lane} lane",) if retrieved.lane else ()), *mended))
