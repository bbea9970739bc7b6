"""Records the events of `worker.health.events` in the store."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from feeds.model import HealthEvent, HealthKind
from feeds.publish.regenerate import Outcome
from feeds.store import Store, Transaction
from feeds.store.seeds import SeedProblem
from worker.fetch.polling import RECENT
from worker.health import events as health

KEEP = timedelta(days=90)


def record_polls(
    store: Store, transaction: Transaction, polls: Sequence[health.Polled], now: datetime, burst: int
) -> list[HealthEvent]:
    """Records the events of the polls in one transaction. burst: worker.burst."""
    reported = store.health.newest_of(polled.subscription.source.key for polled in polls)
    events = [
        event
        for polled in polls
        for event in health.poll_events(polled, reported.get(polled.subscription.source.key, {}), now, burst)
    ]
    store.health.add(transaction, events)
    return events


def record_seeds(
    store: Store, transaction: Transaction, problems: Iterable[SeedProblem], now: datetime
) -> list[HealthEvent]:
    """Records changes of seed problems. problems: every current one; earlier ones are known from their events."""
    events = health.seed_events(store.health.newest_of_seeds(), list(problems), now)
    store.health.add(transaction, events)
    return events


def record_publishing(store: Store, outcome: Outcome, now: datetime) -> list[HealthEvent]:
    """Records what the publish gate now holds back or releases, and which entries it set aside.

    Usually there is nothing, and then no transaction.
    """
    held = [health.held_event(slug, outcome.held[slug], now) for slug in outcome.newly_held]
    released = [health.released_event(slug, now) for slug in outcome.released]
    aside = [health.aside_event(one.id, one.title, one.reason, now) for one in outcome.aside]
    events = [*held, *released, *aside]
    if events:
        with store.transaction() as transaction:
            store.health.add(transaction, events)
    return events


def record_silences(store: Store, transaction: Transaction, now: datetime) -> list[HealthEvent]:
    """Records sources that fell silent or resumed; also deletes old events.

    Called hourly, and in every single cycle.
    """
    spoken = store.health.moments(RECENT + 1, now - health.SILENCE_MIN)
    reported = store.health.newest_of(spoken)
    events = []
    for key, moments in spoken.items():
        kind = health.silence(moments, reported.get(key, {}), now)
        # One that was silent before it was followed has not fallen silent.
        if kind is HealthKind.SILENT and not store.health.is_followed_before(key, health.silent_since(moments)):
            continue
        source = store.sources.get(key) if kind else None
        if kind and source:
            events.append(health.silence_event(source, store.polls.state(key), kind, moments, now))
    store.health.add(transaction, events)
    store.health.sweep(transaction, now - KEEP)
    return events
