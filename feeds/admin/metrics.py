"""`/metrics`: the numbers of a home for Prometheus, read from the store, so that they hold across processes.

Counters never decrease, even after a restart. Labels are slugs and fixed words, never addresses, titles or what a
client says of itself, so that there are no more series than feeds, and nothing leaks into a monitoring system.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from feeds import __version__
from feeds.admin.overview import Overview
from feeds.model import Status

# Feeds beyond this number get no series of their own: a home with as many sources has a feed for each of them.
MOST_FEEDS = 1_000


def exposition(overview: Overview, accept: str = "") -> tuple[bytes, str]:
    """The numbers in the format that the Accept header asks for, and its media type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(overview))
    encoder, media_type = choose_encoder(accept)
    return encoder(registry), media_type


class _Collector(Collector):
    def __init__(self, overview: Overview) -> None:
        self._overview = overview

    def collect(self) -> Iterator[Metric]:
        yield from _whole(self._overview)
        yield from _each_feed(self._overview)


def _whole(seen: Overview) -> Iterator[Metric]:
    yield InfoMetricFamily("seedfeed_build", "The version of Seedfeed.", value={"version": __version__})
    healthy = "Whether the worker ran when it said that it would (1), or is late (0), as /healthz has it."
    yield GaugeMetricFamily("seedfeed_healthy", healthy, value=0 if seen.worker.late else 1)
    if seen.worker.cycle:
        name, meaning = "seedfeed_worker_last_cycle_timestamp_seconds", "When the worker last said that it runs."
        yield GaugeMetricFamily(name, meaning, value=seen.worker.cycle.timestamp())
    if seen.worker.due:
        name, meaning = "seedfeed_worker_due_timestamp_seconds", "By when the worker said that it will run again."
        yield GaugeMetricFamily(name, meaning, value=seen.worker.due.timestamp())
    statuses = Counter(line.status for line in seen.sources)
    meaning = "Sources by their status; your own articles are one of them."
    yield _gauge("seedfeed_sources", meaning, "status", ((status.value, statuses[status]) for status in Status))
    failed = sum(problem.failed for problem in seen.problems)
    kinds = (("error", failed), ("warning", len(seen.problems) - failed))
    yield _gauge("seedfeed_seed_problems", "What is wrong with seed files.", "severity", kinds)
    states = (("published", seen.entries), ("withdrawn", seen.withdrawn))
    yield _gauge("seedfeed_entries", "Entries of all sources, by whether they are withdrawn.", "state", states)
    made = sum(line.documents is not None for line in seen.feeds)
    yield GaugeMetricFamily("seedfeed_feeds", "Feeds whose documents are kept fresh.", value=made)
    meaning = "Feeds whose newest documents the publish gate holds back."
    yield GaugeMetricFamily("seedfeed_feeds_held", meaning, value=len(seen.held))
    meaning = "Entries that the publish gate has set aside."
    yield GaugeMetricFamily("seedfeed_entries_set_aside", meaning, value=len(seen.aside))
    meaning = "Subscribers of our own hub that wait for a delivery."
    yield GaugeMetricFamily("seedfeed_hub_deliveries_owed", meaning, value=seen.hub.owed)
    meaning = "Subscribers of our own hub whose last delivery failed."
    yield GaugeMetricFamily("seedfeed_hub_subscribers_failing", meaning, value=seen.hub.failing)
    meaning = (
        "What waits in the inbox for the worker: requests of commands, calls of hubs, subscribers, batches of counts."
    )
    yield _gauge("seedfeed_inbox_waiting", meaning, "kind", sorted(seen.waiting.items()))
    meaning = "When something of a kind was last told in the health feed."
    moments = ((kind, at.timestamp()) for kind, at in sorted(seen.reported.items()))
    yield _gauge("seedfeed_health_event_timestamp_seconds", meaning, "kind", moments)


def _each_feed(seen: Overview) -> Iterator[Metric]:
    lines = seen.feeds[:MOST_FEEDS]
    made = [(line.slug, line.documents) for line in lines if line.documents]
    entries = ((slug, documents.entries) for slug, documents in made)
    yield _gauge("seedfeed_feed_entries", "Entries in a feed's documents.", "feed", entries)
    sizes = ((slug, documents.size) for slug, documents in made)
    yield _gauge("seedfeed_feed_size_bytes", "Size of a feed's largest document, uncompressed.", "feed", sizes)
    moments = ((slug, documents.updated.timestamp()) for slug, documents in made)
    yield _gauge("seedfeed_feed_updated_timestamp_seconds", "The newest change of a feed.", "feed", moments)
    meaning = "Subscribers through our own hub, by feed."
    pushed = ((line.slug, line.hub) for line in lines if line.hub)
    yield _gauge("seedfeed_feed_hub_subscribers", meaning, "feed", pushed)
    asked = [line for line in lines if line.days]
    meaning = "Subscribers that clients stated of late, together."
    yield _gauge("seedfeed_feed_stated_subscribers", meaning, "feed", ((line.slug, line.subscribers) for line in asked))
    meaning = "Clients of the last seven days, by the names that they give themselves."
    yield _gauge(
        "seedfeed_feed_clients",
        meaning,
        "feed",
        ((line.slug, len({row.client for row in line.clients})) for line in asked),
    )
    totals = sorted(seen.totals.items(), key=lambda one: (-one[1].requests, one[0]))[:MOST_FEEDS]
    requests = CounterMetricFamily(
        "seedfeed_feed_requests", "Requests for a feed's documents, by what was answered.", labels=("feed", "answer")
    )
    for slug, counts in totals:
        for answer in ("full", "delta", "partial", "unmodified", "failed"):
            requests.add_metric((slug, answer), getattr(counts, answer))
    yield requests
    meaning = "Bytes of answers, as they were sent."
    yield _counter("seedfeed_feed_sent_bytes", meaning, ((slug, counts.sent) for slug, counts in totals))
    meaning = "Requests without If-None-Match and If-Modified-Since, which can get no 304."
    yield _counter("seedfeed_feed_unconditional_requests", meaning, ((slug, counts.bare) for slug, counts in totals))


def _gauge(name: str, meaning: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=(label,))
    for of, value in values:
        family.add_metric((of,), value)
    return family


def _counter(name: str, meaning: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=("feed",))
    for of, value in values:
        family.add_metric((of,), value)
    return family
