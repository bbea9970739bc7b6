"""How work is cut for executors: which sources go together, how long they may take, what is said if they are lost."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from feeds import __version__
from feeds.config import Settings
from feeds.errors import LATER, FetchError
from feeds.model import Subscription
from feeds.urls import host, without_credentials
from worker.connect import FetchPolicy
from worker.model import Retrieved
from worker.pool import workers
from worker.retrieve import Batch

SIZE = 16
# A document that takes longer to parse and sanitise than this is not read: its process is ended.
READ_SECONDS = 30.0


def fetch_policy(settings: Settings) -> FetchPolicy:
    """How this home asks origins: as who, how long, how much, where to."""
    worker = settings.worker
    return FetchPolicy(
        user_agent=worker.user_agent or f"seedfeed/{__version__} (+{settings.base_url})",
        timeout=worker.timeout,
        max_body=worker.max_body,
        allow=tuple(worker.allow_networks),
        per_host=worker.per_host,
        concurrency=max(1, worker.concurrency // workers(worker.executor)),
    )


def batches(subscriptions: Sequence[Subscription], hosts: Sequence[str], size: int) -> list[tuple[Subscription, ...]]:
    """Small batches, so that nobody waits for the slowest; one host's stay together, or its limit would not hold.

    hosts: of each subscription, which come sorted by it. Sources that failed last time are apart from the others.
    """
    groups: dict[tuple[bool, str], list[Subscription]] = {}
    for subscription, at in zip(subscriptions, hosts, strict=True):
        groups.setdefault((subscription.state.failures > 0, at), []).append(subscription)
    made: list[tuple[Subscription, ...]] = []
    current: list[Subscription] = []
    for failing in (False, True):
        for (failed, _), group in groups.items():
            if failed is not failing:
                continue
            if current and len(current) + len(group) > size:
                made.append(tuple(current))
                current = []
            current += group
        if current:
            made.append(tuple(current))
            current = []
    return made


def deadline(batch: Batch, settings: Settings) -> float:
    """Seconds that a batch may take: a host's sources wait for each other, and each document may take its time."""
    hosts = Counter(host(one.source.url) for one in batch.subscriptions)
    turns = -(-max(hosts.values()) // settings.worker.per_host)
    return turns * settings.worker.timeout.total_seconds() + READ_SECONDS * (1 + len(batch.subscriptions))


def split(batch: Batch) -> list[Batch]:
    return [replace(batch, subscriptions=(subscription,)) for subscription in batch.subscriptions]


def lost(batch: Batch) -> list[Retrieved]:
    """What is recorded for sources whose process died: they are asked again, later."""
    return [
        Retrieved(
            one.source.key,
            error=FetchError(
                without_credentials(one.source.url),
                f"Reading it took more than {READ_SECONDS:.0f} s or all of the memory. {LATER}",
                "E_PARSE",
            ),
        )
        for one in batch.subscriptions
    ]
