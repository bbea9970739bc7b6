"""What a million subscriptions would ask of one home, on paper and by simulation; and choosing what is due of 100,000.

The subscriptions have the rhythms, the sizes and the share of feeds without validators of the corpus. On paper each is
polled as often as the policy (`worker/fetch/polling.py`) says of it at one moment; in the simulation the policy decides
after every poll of two days, of which the second counts, for a sample that stands for all. A poll and an entry cost
what the cycles of the same run found: the writer's part is one thread and cannot be shared, the rest can.

In a real store a worker takes in a list of 100,000 subscriptions, and chooses what is due once a second. The least that
takes is a query over a table of two columns.
"""

import gzip
import heapq
import random
import sqlite3
import statistics
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, cycle, islice, pairwise
from pathlib import Path

from benchmarks.corpus import feeds_of
from benchmarks.figures import Measured, Options, beside
from benchmarks.homes import clock, ingesting, make_home, temporary
from benchmarks.processes import Cost, fresh
from feeds.model import FetchState
from feeds.settings.schema import Settings
from feeds.text.dates import parse as parse_date
from feeds.text.dates import to_us
from worker.cycle.report import CycleReport
from worker.fetch.polling import RECENT, PollPolicy, next_state, rhythm
from worker.model import Document, Retrieved
from worker.parse import parse

ALL = 1_000_000
START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
# A request and an answer without a body, with TLS kept out of it.
HEADERS_BYTES = 700
# As of the origin of the other benchmarks, and of real feeds.
VALIDATED = 0.7
SHAPE = "no text repeats"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A kind of feed. gaps: seconds between its entries, which go round. packed: bytes of its document as gzip."""

    gaps: tuple[float, ...]
    packed: int


@dataclass(frozen=True, slots=True)
class Load:
    """In a second, of all subscriptions: polls, of these with news, entries, and bytes."""

    polls: float
    news: float
    entries: float
    bytes: float


def measure(options: Options) -> Iterator[Measured]:
    subscriptions = options.size("subscriptions", 300, 100_000, 100_000)
    with temporary() as directory:
        chosen, whole = fresh(choose, directory / "home", subscriptions, memory=True)
        least, _ = fresh(choose_plainly, subscriptions)
    figure = "choosing what is due of 100,000 subscriptions"
    yield beside(figure, Cost(*chosen), "a query of two columns", Cost(*least), 1000)
    yield Measured("memory of a worker with 100,000 subscriptions", whole.peak_mb)
    sample = options.size("sample", 20, 1_500, 100_000)
    loads, _ = fresh(simulate, str(options.corpus or ""), sample)
    paper, simulated = (Load(*loads[name]) for name in ("paper", "simulated"))
    yield Measured("polls a second of 1,000,000 subscriptions", simulated.polls, None, "on paper", paper.polls)
    figure = "traffic of 1,000,000 subscriptions"
    yield Measured(figure, simulated.bytes / 1e6, None, "on paper", paper.bytes / 1e6)
    shares = [_cores(options, load) for load in (simulated, paper)]
    if shares[0] and shares[1]:
        (writer, others), (writer_on_paper, others_on_paper) = shares[0], shares[1]
        figure = "the writer's share of one core with 1,000,000 subscriptions"
        yield Measured(figure, 100 * writer, None, "on paper", 100 * writer_on_paper)
        figure = "cores that fetch and read for 1,000,000 subscriptions"
        yield Measured(figure, others, None, "on paper", others_on_paper)


def _cores(options: Options, load: Load) -> tuple[float, float] | None:
    """Cores that the writer and all others would use, by what the cycles cost; None if these were not measured."""
    names = [
        f"{figure}, {SHAPE}{part}"
        for figure in ("a poll without news", "first cycle")
        for part in ("", ": the worker's part")
    ]
    if any(name not in options.measured for name in names):
        print("  without cycles in the same run nothing is said of cores", file=sys.stderr, flush=True)
        return None
    poll, poll_writer, entry, entry_writer = (options.measured[name].value / 1000 for name in names)
    writer = load.polls * poll_writer + load.entries * entry_writer
    return writer, load.polls * poll + load.entries * entry - writer


# A million


def simulate(corpus: str, sample: int) -> dict[str, tuple[float, float, float, float]]:
    """The loads, as tuples, on paper and as simulated."""
    kinds = rhythms(Path(corpus) if corpus else None)
    paper, simulated = on_paper(kinds), by_simulation(kinds, sample)
    return {
        name: (load.polls, load.news, load.entries, load.bytes)
        for name, load in (("paper", paper), ("simulated", simulated))
    }


def rhythms(folder: Path | None) -> list[Rhythm]:
    """Of feeds with two dated entries or more; made-up ones lie between one every few minutes and one a month."""
    found = []
    rng = random.Random(3)
    for n, (_, body) in enumerate(feeds_of(folder)):
        if folder is None:
            usual = rng.lognormvariate(9.9, 1.7)  # half of them have more than one entry in 5.5 hours
            gaps = tuple(usual * rng.expovariate(1) for _ in range(RECENT))
        else:
            gaps = _gaps(n, body)
        if gaps and sum(gaps):
            found.append(Rhythm(gaps, len(gzip.compress(body, 6))))
    return found


def _gaps(n: int, body: bytes) -> tuple[float, ...]:
    try:
        entries = parse(Document(name=f"feed {n}", body=body, retrieved_at=START, url="https://site.example/")).entries
    except Exception:
        return ()
    moments = sorted(moment for one in entries if (moment := parse_date(one.published)))
    return tuple((later - earlier).total_seconds() for earlier, later in pairwise(moments))


def on_paper(kinds: Sequence[Rhythm]) -> Load:
    policy = _policy()
    polls = news = entries = traffic = 0.0
    for kind in kinds:
        _, moments = _history(kind, 0.5, START)
        wait = rhythm(moments, START, policy).total_seconds()
        rate = min(1 / wait, len(kind.gaps) / sum(kind.gaps))
        polls += 1 / wait
        news += rate
        entries += len(kind.gaps) / sum(kind.gaps)
        full = rate + (1 / wait - rate) * (1 - VALIDATED)
        traffic += HEADERS_BYTES / wait + full * kind.packed
    each = ALL / len(kinds)
    return Load(polls * each, news * each, entries * each, traffic * each)


def by_simulation(kinds: Sequence[Rhythm], sample: int) -> Load:
    rng = random.Random(7)
    policy = _policy()
    drawn = [kinds[n % len(kinds)] for n in range(sample)]
    histories = [_history(kind, rng.random(), START + 2 * DAY) for kind in drawn]
    states = [FetchState(last_success=START, polls=1) for _ in drawn]
    # The list was taken in long ago: polls are spread already.
    waiting = [(START + DAY * rng.random() * 0.5, n) for n in range(sample)]
    heapq.heapify(waiting)
    polls = news = entries = traffic = 0
    while waiting and waiting[0][0] < START + 2 * DAY:
        now, n = heapq.heappop(waiting)
        stamps, moments = histories[n]
        until = bisect_right(stamps, now.timestamp())
        since = bisect_right(stamps, (states[n].last_success or START).timestamp())
        new = until - since
        outcome = Retrieved(key=f"source {n}", not_modified=not new and rng.random() < VALIDATED)
        states[n] = state = next_state(
            states[n], outcome, now, policy, moments[max(0, until - 2 * RECENT) : until], overlaps=True
        )
        assert state.next_poll_at
        heapq.heappush(waiting, (state.next_poll_at, n))
        if now >= START + DAY:
            polls += 1
            news += new > 0
            entries += new
            traffic += HEADERS_BYTES + (0 if outcome.not_modified else drawn[n].packed)
    each = ALL / sample / DAY.total_seconds()
    return Load(polls * each, news * each, entries * each, traffic * each)


def _policy() -> PollPolicy:
    worker = Settings().worker
    return PollPolicy(worker.poll_min, worker.poll_max)


def _history(kind: Rhythm, phase: float, until: datetime) -> tuple[list[float], list[datetime]]:
    """When a feed of this kind publishes: what the policy looks back at, and on to `until`."""
    period = sum(kind.gaps)
    rounds = int((until - START).total_seconds() / period) + 2 * RECENT // len(kind.gaps) + 3
    last = until.timestamp() + phase * period / len(kind.gaps)
    back = accumulate(islice(cycle(kind.gaps), rounds * len(kind.gaps)))
    stamps = sorted(stamp for gap in back if (stamp := last - gap) > 0)
    stamps = stamps[bisect_right(stamps, START.timestamp()) - 2 * RECENT if len(stamps) > 2 * RECENT else 0 :]
    return stamps, [datetime.fromtimestamp(stamp, UTC) for stamp in stamps]


# A hundred thousand


def choose(root: str, subscriptions: int) -> tuple[float, float]:
    """CPU and wall seconds of choosing what comes due in one second."""
    home = Path(root)
    make_home(home, [f"http://host{n % (subscriptions // 3)}.example/{n}.atom" for n in range(subscriptions)])
    with ingesting(home) as ingest:
        ingest.read_seeds(CycleReport())
        store, now = ingest.store, clock()
        sources = [one for one in store.sources.active() if one.url]
        if len(sources) != subscriptions:
            raise SystemExit(f"{len(sources)} of {subscriptions} subscriptions were taken in")
        rng = random.Random(11)
        for start in range(0, subscriptions, 5_000):
            with store.transaction() as transaction:
                for source in sources[start : start + 5_000]:
                    at = now + timedelta(hours=2) * rng.random()
                    state = FetchState(etag='"0123456789abcdef"', next_poll_at=at, last_success=now, polls=3)
                    store.polls.save_state(transaction, source.key, state)
        del sources
        costs = []
        for second in range(1, 31):
            began, spent = time.perf_counter(), time.process_time()
            with store.transaction() as transaction:
                due = store.polls.due(transaction, now + timedelta(seconds=second), limit=sys.maxsize)
            costs.append((time.process_time() - spent, time.perf_counter() - began))
            for one in due:
                later = replace(one.state, next_poll_at=now + timedelta(hours=3))
                with store.transaction() as transaction:
                    store.polls.save_state(transaction, one.source.key, later)
        return _middle(costs)


def choose_plainly(subscriptions: int) -> tuple[float, float]:
    now, rng, costs = clock(), random.Random(11), []
    with temporary() as directory, closing(sqlite3.connect(directory / "plain.sqlite")) as database:
        database.execute("CREATE TABLE sources (n INTEGER PRIMARY KEY, next_us INTEGER)")
        database.execute("CREATE INDEX next ON sources (next_us)")
        rows = [(n, to_us(now + timedelta(hours=2) * rng.random())) for n in range(subscriptions)]
        database.executemany("INSERT INTO sources VALUES (?, ?)", rows)
        database.commit()
        for second in range(1, 31):
            began, spent = time.perf_counter(), time.process_time()
            moment = to_us(now + timedelta(seconds=second))
            query = "SELECT n FROM sources WHERE next_us <= ? ORDER BY next_us"
            due = database.execute(query, (moment,)).fetchall()
            later = to_us(now + timedelta(hours=3))
            database.executemany("UPDATE sources SET next_us = ? WHERE n = ?", [(later, n) for (n,) in due])
            database.commit()
            costs.append((time.process_time() - spent, time.perf_counter() - began))
    return _middle(costs)


def _middle(costs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(cpu for cpu, _ in costs), statistics.median(wall for _, wall in costs)
