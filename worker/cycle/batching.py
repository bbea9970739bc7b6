"""How work is split for executors: which sources share a batch, how long a batch may take, what a lost one records."""

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
# How many sources of one host that is known to answer may share each of its connections in a batch.
REUSED = 4
# Seconds to parse and sanitise one document; after that its process is killed and the document counts as unread.
READ_SECONDS = 30.0


def fetch_policy(settings: Settings) -> FetchPolicy:
    """The policy for requests to origins: user agent, timeout, size limit, allowed networks, concurrency."""
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
    """Splits subscriptions into small batches, so that no source waits long for others.

    A batch holds at most `per_host` sources of one host, or REUSED times as many if the host is known to answer, since
    they share its connections. Sources that failed last time come last, in batches of their own.
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
    # In turns, so that consecutive batches ask different hosts and can run at the same time.
    for failing, turn, chunk in sorted(chunks, key=lambda chunk: chunk[:2]):
        full = len(current) + len(chunk) > size
        if current and (full or failing is not before or turn != at):
            made.append(tuple(current))
            current = []
        current += chunk
        before, at = failing, turn
    return [*made, tuple(current)] if current else made


def hosts_of(batch: Batch) -> frozenset[str]:
    """The hosts that a batch asks. No other batch may ask them meanwhile, or worker.per_host would be exceeded."""
    return frozenset() if batch.pushed else frozenset(host(one.source.url) for one in batch.subscriptions)


def deadline(batch: Batch, settings: Settings) -> float:
    """Seconds that a batch may take: sources of one host wait for each other, and each document has
    its reading time.
    """
    hosts = Counter(host(one.source.url) for one in batch.subscriptions)
    turns = -(-max(hosts.values()) // settings.worker.per_host)
    return turns * settings.worker.timeout.total_seconds() + READ_SECONDS * (1 + len(batch.subscriptions))


def split(batch: Batch) -> list[Batch]:
    return [replace(batch, subscriptions=(subscription,)) for subscription in batch.subscriptions]


def lost_results(batch: Batch) -> list[Retrieved]:
    """Errors to record for sources whose process died or ran out of time twice; they are polled again later."""
    said = f"Reading this feed took too long, or its process ended. {LATER}"
    return [
        Retrieved(one.source.key, error=UnreadError(without_credentials(one.source.url), said, "E_READER"))
        for one in batch.subscriptions
    ]
