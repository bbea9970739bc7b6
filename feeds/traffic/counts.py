"""Counts of requests for feeds: requests, responses and bytes per day, feed and client.

Pure: no clock, no disk. No address and no query string is kept. However many names strangers invent, a day and feed has
at most those of known products and MOST_STRANGERS more, and a batch MOST_ROWS; the rest counts as OTHER. So totals are
always right, and only names are lost.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace

from feeds.traffic.clients import KNOWN, OTHER, Client

# Days that are kept and shown in charts.
DAYS = 90
SHOWN_DAYS = 30
# Days for which clients are listed, and in which the subscribers that they state count.
OF_LATE = 7
# In place of a client's name: all clients of a feed.
ALL = ""
MOST_STRANGERS = 20
MOST_ROWS = 3_000
# Topics of one client and day: services fetch a feed in each of its formats, and once for each of their own ids.
MOST_TOPICS = 16

# Names in place of a slug; a slug cannot contain brackets.
SEARCHES = "(search)"
NOWHERE = "(no such feed)"

DOCUMENTS = (".atom", ".rss", ".json")


@dataclass(frozen=True, slots=True)
class Counts:
    """Responses by kind: the full document (200), a delta (226), a part (206), nothing new (304), an error.

    sent: bytes of bodies as transferred. bare: requests without validators, whatever the response. subscribers: the
    largest sum stated at one time.
    """

    full: int = 0
    delta: int = 0
    partial: int = 0
    unmodified: int = 0
    failed: int = 0
    sent: int = 0
    bare: int = 0
    subscribers: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """The sum; subscribers is the maximum, since a client states the same ones again and again."""
        return Counts(
            self.full + other.full,
            self.delta + other.delta,
            self.partial + other.partial,
            self.unmodified + other.unmodified,
            self.failed + other.failed,
            self.sent + other.sent,
            self.bare + other.bare,
            max(self.subscribers, other.subscribers),
        )

    @property
    def requests(self) -> int:
        return self.full + self.delta + self.partial + self.unmodified + self.failed

    @property
    def unmodified_share(self) -> float:
        """The share of 304 among all responses but errors, 0 to 1."""
        answered = self.requests - self.failed
        return self.unmodified / answered if answered else 0.0

    @property
    def ignores_caching(self) -> bool:
        """Whether it made enough requests to know validators, and never sent one."""
        return self.requests >= 10 and self.bare == self.requests


COLUMNS = tuple(field.name for field in fields(Counts))
_AT = {name: place for place, name in enumerate(COLUMNS)}
_OF_STATUS = {200: _AT["full"], 226: _AT["delta"], 206: _AT["partial"], 304: _AT["unmodified"]}
_FAILED, _SENT, _BARE, _SUBSCRIBERS = _AT["failed"], _AT["sent"], _AT["bare"], _AT["subscribers"]


@dataclass(frozen=True, slots=True)
class Row:
    """day: since 1970, UTC."""

    day: int
    feed: str
    client: str
    counts: Counts


def feed_of(path: str) -> str:
    """The feed that a document's path names, SEARCHES for a search as a feed; "" for anything else."""
    if not path.endswith(DOCUMENTS):
        return ""
    if path.startswith("/feeds/"):
        return path[len("/feeds/") :].partition("/")[0].partition(".")[0]
    return SEARCHES if path.startswith("/search.") else ""


def name_to_count(name: str, present: Iterable[str]) -> str:
    """The name under which a client is counted, given those already present for one day and feed."""
    if name in KNOWN or name in present:
        return name
    return name if sum(one not in KNOWN for one in present) < MOST_STRANGERS else OTHER


class Counters:
    """The requests since the last `take`. For one thread."""

    def __init__(self) -> None:
        self._days: dict[tuple[int, str], dict[str, list[int]]] = {}
        # Stated subscribers by topic, on the newest day: a client's count is the sum over its topics.
        self._stated: dict[tuple[str, str], dict[str, int]] = {}
        self._newest = -1
        self._size = 0

    def count(self, day: int, feed: str, client: Client, status: int, sent: int, *, bare: bool, form: str = "") -> None:
        """Counts one response. form: the document's format. bare: without validators."""
        clients = self._days.get((day, feed))
        if clients is None:
            clients = self._days[day, feed] = {}
        counts = clients.get(client.name)
        if counts is None:
            name = name_to_count(client.name, clients) if self._size < MOST_ROWS else OTHER
            counts = clients.get(name)
            if counts is None:
                self._size += 1
                counts = clients[name] = [0] * len(COLUMNS)
        counts[_OF_STATUS.get(status, _FAILED)] += 1
        counts[_SENT] += sent
        counts[_BARE] += bare
        if client.subscribers is not None:
            counts[_SUBSCRIBERS] = max(counts[_SUBSCRIBERS], self._sum(day, feed, client, form))

    def _sum(self, day: int, feed: str, client: Client, form: str) -> int:
        if day != self._newest:
            self._newest = day
            self._stated.clear()
        topics = self._stated.setdefault((feed, client.name), {}) if len(self._stated) < MOST_ROWS else {}
        topic = f"{form} {client.topic}"
        if topic in topics or len(topics) < MOST_TOPICS:
            topics[topic] = client.subscribers or 0
        return sum(topics.values())

    def take(self) -> list[Row]:
        """Returns all rows and starts again from zero."""
        rows = [
            Row(day, feed, name, Counts(*counts))
            for (day, feed), clients in self._days.items()
            for name, counts in clients.items()
        ]
        self._days, self._size = {}, 0
        return rows


def add_rows(rows: Sequence[Row], more: Iterable[Row]) -> list[Row]:
    """Distinct rows with further counts added to them."""
    found = {(row.day, row.feed, row.client): row for row in rows}
    for row in more:
        key = (row.day, row.feed, row.client)
        before = found.get(key)
        found[key] = replace(row, counts=before.counts + row.counts) if before else row
    return list(found.values())


def merge_rows(rows: Iterable[Row], since: int = 0, most: int = MOST_ROWS) -> list[Row]:
    """One row for each day, feed and client, from a day on; clients beyond the bounds become OTHER."""
    days: dict[tuple[int, str], dict[str, Counts]] = {}
    size = 0
    for row in rows:
        if row.day < since:
            continue
        clients = days.setdefault((row.day, row.feed), {})
        name = row.client
        if name not in clients:
            name = name_to_count(name, clients) if size < most else OTHER
            size += name not in clients
        before = clients.get(name)
        clients[name] = before + row.counts if before else row.counts
    return [Row(day, feed, name, counts) for (day, feed), of in days.items() for name, counts in of.items()]


def rows_as_lists(rows: Iterable[Row]) -> list[list[int | str]]:
    """The rows as lists, for JSON."""
    return [[row.day, row.feed, row.client, *astuple(row.counts)] for row in rows]


def rows_from_lists(lists: Iterable[list[int | str]]) -> Iterator[Row]:
    for day, feed, client, *counts in lists:
        yield Row(int(day), str(feed), str(client), Counts(*map(int, counts)))


# Summaries


def sum_counts(rows: Iterable[Row]) -> Counts:
    """The sum of all rows, without subscribers: see `stated_subscribers`."""
    total = Counts()
    for row in rows:
        total += row.counts
    return replace(total, subscribers=0)


def stated_subscribers(rows: Iterable[Row], day: int) -> int:
    """The subscribers that all clients of one feed state: for each client, on the last recent day on which it stated
    any.
    """
    newest: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row.counts.subscribers and day - OF_LATE < row.day <= day:
            newest[row.client] = max(newest.get(row.client, (0, 0)), (row.day, row.counts.subscribers))
    return sum(count for _, count in newest.values())


def merge_totals(totals: Mapping[str, Counts], rows: Iterable[Row]) -> dict[str, Counts]:
    """Totals by feed, with rows added that they do not include yet."""
    found = dict(totals)
    for row in rows:
        found[row.feed] = found.get(row.feed, Counts()) + row.counts
    return found


def by_feed(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.feed, []).append(row)
    return found
