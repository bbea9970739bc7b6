"""Everything shown to the operator, gathered from the store and the inbox, for the page and for Prometheus alike.

It contains no secrets: no user names and passwords of sources, no address at all of a private one, and no client's
address. It is correct whether the worker runs or not, and in whichever process.
"""

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feeds.errors import StoreError
from feeds.model import FetchState, HealthEvent, Site, Source, SourceKind, Status
from feeds.serve.shelf import Shelf
from feeds.store import Store
from feeds.store.inbox import Inbox
from feeds.store.overview import HubNumbers, KeptDocuments
from feeds.store.representations import Aside
from feeds.store.seeds import SeedProblem
from feeds.text.dates import from_us, to_us
from feeds.text.urls import without_credentials
from feeds.traffic import counts as traffic
from feeds.traffic.counts import Counts, Row

EVENTS = 30
_DAY = timedelta(days=1)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s<>\"']+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source. url: "" for a private one and for seeds. error: "" if nothing is wrong."""

    slug: str
    title: str
    url: str
    kind: SourceKind
    status: Status
    last_success: datetime | None
    next_poll: datetime | None
    failures: int
    failing_since: datetime | None
    error: str
    entries: int


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One feed. published: False for a slug that is requested although no such feed exists (any more).

    documents: None until they are first requested. days: its requests, a row for each day that had some. clients:
    recent ones, a row for each day and client. counts: of all days. hub: its WebSub subscribers.
    """

    slug: str
    title: str
    published: bool
    documents: KeptDocuments | None
    days: Sequence[Row]
    clients: Sequence[Row]
    counts: Counts
    subscribers: int
    hub: int


@dataclass(frozen=True, slots=True)
class Worker:
    """cycle: when it last reported. due: when it said that it would report again. poll: when the next source is
    polled.
    """

    cycle: datetime | None
    due: datetime | None
    poll: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """feeds: those with most requests first; the last lines may be of traffic.SEARCHES and traffic.NOWHERE.

    totals: requests since each feed was created. held: why a feed still has its earlier documents, by slug. aside:
    entries that are in no document. waiting: items in the inbox, by kind.
    """

    now: datetime
    site: Site
    worker: Worker
    sources: tuple[SourceLine, ...]
    problems: tuple[SeedProblem, ...]
    events: tuple[HealthEvent, ...]
    reported: Mapping[str, datetime]
    feeds: tuple[FeedLine, ...]
    totals: Mapping[str, Counts]
    entries: int
    withdrawn: int
    waiting: Mapping[str, int]
    hub: HubNumbers
    held: Mapping[str, str]
    aside: Sequence[Aside]

    @property
    def day(self) -> int:
        """Today, in days since 1970 UTC, as rows of traffic count."""
        return day_of(self.now)


def day_of(moment: datetime) -> int:
    return to_us(moment) // (_DAY // timedelta(microseconds=1))


def gather(shelf: Shelf, now: datetime, unwritten: Iterable[Row] = ()) -> Overview:
    """The overview. unwritten: counts that the inbox has not accepted. StoreError while there is no store."""
    site, store = shelf.site(), shelf.store()
    # The inbox first: a batch that the worker takes meanwhile is recognised by its number, and counted once.
    batches, waiting = _inbox(shelf)
    day = day_of(now)
    known = {feed.slug: feed.title for feed in shelf.feeds().values()}
    with store.snapshot():
        taken = store.traffic.taken()
        fresh = [row for n, rows in batches if n > taken for row in rows] + list(unwritten)
        since, late = day - traffic.SHOWN_DAYS + 1, day - traffic.OF_LATE + 1
        of_all = (replace(row, client=traffic.ALL) for row in fresh if row.day >= since)
        days = traffic.add_rows(store.traffic.days(since), of_all)
        clients = traffic.add_rows(store.traffic.since(late), (row for row in fresh if row.day >= late))
        sources, private = _sources(store)
        living, withdrawn = store.overview.entries()
        hub = store.overview.hub(now)
        return Overview(
            now=now,
            site=site,
            worker=_worker(store, sources, now),
            sources=sources,
            problems=store.seeds.problems(),
            events=tuple(_discreet(event, private) for event in store.health.newest(EVENTS)),
            reported=store.overview.last_reported(),
            feeds=_feeds(known, store.overview.documents(), days, clients, hub, day),
            totals=traffic.merge_totals(store.traffic.totals(), fresh),
            entries=living,
            withdrawn=withdrawn,
            waiting=waiting,
            hub=hub,
            held={slug: _bare(reason, False) for slug, (reason, _) in store.feeds.held().items()},
            aside=tuple(replace(one, reason=_bare(one.reason, False)) for one in store.representations.aside()),
        )


def _inbox(shelf: Shelf) -> tuple[list[tuple[int, list[Row]]], dict[str, int]]:
    if not shelf.home.inbox.exists():
        return [], {}
    try:
        with closing(Inbox(shelf.home.inbox)) as inbox:
            return inbox.waiting_counts(), inbox.waits()
    except (StoreError, sqlite3.Error):
        return [], {}


def _worker(store: Store, sources: Iterable[SourceLine], now: datetime) -> Worker:
    cycle, due = (_fact(store, name) for name in ("cycle_us", "cycle_due_us"))
    polls = [line.next_poll for line in sources if line.next_poll and line.status is not Status.PAUSED]
    return Worker(cycle, due, min(polls, default=None), due is None or due < now)


def _fact(store: Store, name: str) -> datetime | None:
    value = store.facts.get(name)
    return from_us(int(value)) if value else None


def _sources(store: Store) -> tuple[tuple[SourceLine, ...], frozenset[str]]:
    """Every source, and the keys of the private ones. The home's own articles count as failing if one of their files
    does.
    """
    broken = sum(problem.failed for problem in store.seeds.problems())
    lines, private = [], set()
    for report in store.sources.report():
        source, state = report.source, report.state
        if source.private:
            private.add(source.key)
        line = _line(source, state, report.entries)
        if source.kind is SourceKind.SEEDS and broken:
            line = replace(line, status=Status.FAILING, failures=broken, error=_files(broken))
        lines.append(line)
    return tuple(lines), frozenset(private)


def _line(source: Source, state: FetchState, entries: int) -> SourceLine:
    return SourceLine(
        slug=source.slug,
        title=source.title,
        url="" if source.private else without_credentials(source.url),
        kind=source.kind,
        status=state.status,
        last_success=state.last_success,
        next_poll=state.next_poll_at,
        failures=state.failures,
        failing_since=state.failing_since,
        error=_bare(state.error, source.private),
        entries=entries,
    )


def _files(count: int) -> str:
    return "A file cannot be read." if count == 1 else f"{count} files cannot be read."


def _discreet(event: HealthEvent, private: frozenset[str]) -> HealthEvent:
    hidden = event.subject in private
    link = "" if hidden else without_credentials(event.link)
    return replace(event, title=_bare(event.title, hidden), text=_bare(event.text, hidden), link=link)


def _bare(text: str, private: bool) -> str:
    """Text without access data: user names and passwords and, for a private source, its address."""
    if "://" not in text:
        return text
    return _URL.sub("(its address)" if private else lambda url: without_credentials(url[0]), text)


def _feeds(
    titles: Mapping[str, str],
    documents: Mapping[str, KeptDocuments],
    days: Sequence[Row],
    clients: Sequence[Row],
    hub: HubNumbers,
    day: int,
) -> tuple[FeedLine, ...]:
    asked, askers = traffic.by_feed(days), traffic.by_feed(clients)
    # Removed feeds are still requested: the operator sees by which clients.
    slugs = dict.fromkeys([*titles, *documents, *asked])
    lines = []
    for slug in slugs:
        of_feed, of_late = asked.get(slug, []), askers.get(slug, [])
        lines.append(
            FeedLine(
                slug=slug,
                title=titles.get(slug, slug),
                published=slug in titles,
                documents=documents.get(slug),
                days=of_feed,
                clients=of_late,
                counts=traffic.sum_counts(of_feed),
                subscribers=traffic.stated_subscribers(of_late, day),
                hub=hub.subscribers.get(slug, 0),
            )
        )
    lines.sort(key=lambda line: (line.slug.startswith("("), -line.counts.requests, line.slug))
    return tuple(lines)
