"""How work is cut for executors: which sources go together, how long they may take, what is said if they are lost."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from feeds import __version__
from feeds.errors import LATER, UnreadError
from feeds.model import Subscription
from feeds.settings.schema import Settings
from feeds.text.urls import host, without_credentials
from worker.cycle.retrieve import Batch
from worker.fetch.connect import FetchPolicy
from worker.model import Retrieved
from worker.processes.pool import workers

SIZE = 16
# How often a connection to a host that answers may be used in a batch.
REUSED = 4
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


def batches(subscriptions: Sequence[Subscription], size: int, per_host: int) -> list[tuple[Subscription, ...]]:
    """Small batches, so that nobody waits for long for others.

    Of one host, as many are in a batch as can be asked at once if they are not known to answer, else some more, which
    use its connections again. Those that failed last time come last, apart from the others.
    """
    chunks: list[tuple[bool, int, list[Subscription]]] = []
    groups: dict[tuple[bool, bool, str], list[Subscription]] = {}
    for one in subscriptions:
        failing, known = one.state.failures > 0, one.state.polls > 0
        groups.setdefault((failing, known, host(one.source.url)), []).append(one)
    for (failing, known, _), group in groups.items():
        most = min(per_host * (REUSED if known and not failing else 1), size)
        chunks += [(failing, start, group[start : start + most]) for start in range(0, len(group), most)]
    made: list[tuple[Subscription, ...]] = []
    current: list[Subscription] = []
    before, at = False, 0
    # By turns: batches that follow each other are of other hosts, and can run at the same time.
    for failing, turn, chunk in sorted(chunks, key=lambda chunk: chunk[:2]):
        full = len(current) + len(chunk) > size
        if current and (full or failing is not before or turn != at):
            made.append(tuple(current))
            current = []
        current += chunk
        before, at = failing, turn
    return [*made, tuple(current)] if current else made


def hosts_of(batch: Batch) -> frozenset[str]:
    """The hosts that a batch asks: no other one may ask them meanwhile, or worker.per_host would not hold."""
    return frozenset() if batch.pushed else frozenset(host(one.source.url) for one in batch.subscriptions)


def deadline(batch: Batch, settings: Settings) -> float:
    """Seconds that a batch may take: a host's sources wait for each other, and each document may take its time."""
    hosts = Counter(host(one.source.url) for one in batch.subscriptions)
    turns = -(-max(hosts.values()) // settings.worker.per_host)
    return turns * settings.worker.timeout.total_seconds() + READ_SECONDS * (1 + len(batch.subscriptions))


def split(batch: Batch) -> list[Batch]:
    return [replace(batch, subscriptions=(subscription,)) for subscription in batch.subscriptions]


def lost(batch: Batch) -> list[Retrieved]:
    """What is recorded for sources whose process ended, or took too long, twice: they are asked again, later."""
    said = f"Reading this feed took too long, or its process ended. {LATER}"
    return [
        Retrieved(one.source.key, error=UnreadError(without_credentials(one.source.url), said, "E_READER"))
        for one in batch.subscriptions
    ]
