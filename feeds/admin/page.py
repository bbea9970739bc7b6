"""`/admin` and `/metrics`: who may see them, and what the operator's page shows, in which order.

What needs attention comes first, then who reads the feeds, then every source, in pages, and recent events.
`feeds.serve.access.AdminAccess` requires the token. Both run on their own reader threads, which no visitor can keep
busy.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from feeds.admin import charts, overview
from feeds.admin.counting import RequestCounter
from feeds.admin.overview import FeedLine, Overview, SourceLine
from feeds.model import SourceKind, Status
from feeds.render.html import pages
from feeds.serve.access import AdminAccess, Refusal
from feeds.serve.threads import StoreThreads
from feeds.traffic import counts as traffic
from feeds.traffic.clients import OTHER
from feeds.traffic.counts import Counts, Row

SOURCES_AT_ONCE = 50
FEEDS_AT_ONCE = 25
CLIENTS_AT_ONCE = 25
TROUBLES_AT_ONCE = 12

_HEADERS = {
    "cache-control": "no-store",
    "vary": "Authorization",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
    "referrer-policy": "no-referrer",
}
_PAGE_HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src {pages.STYLE_HASH} {pages.ADMIN_STYLE_HASH};"
    " img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}
_TEXT_HEADERS = {"content-security-policy": "default-src 'none'; sandbox"}
# Statuses that need no attention.
_FINE = frozenset({Status.OK, Status.PAUSED})
# Each unit with its seconds, and the number of seconds up to which it is used.
_UNITS = (("s", 1, 90.0), ("min", 60, 5_400.0), ("h", 3_600, 172_800.0), ("days", 86_400, float("inf")))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Refuse = Callable[[Request, Refusal], Response]
Answer = Callable[[Request], Awaitable[Response]]


class Operator:
    """Answers /admin and /metrics. StoreError while there is no store."""

    def __init__(self, readers: StoreThreads, gate: AdminAccess, refuse: Refuse, tally: RequestCounter) -> None:
        self._readers = readers
        self._gate = gate
        self._refuse = refuse
        self._tally = tally

    async def admin(self, request: Request) -> Response:
        def make(seen: Overview) -> Response:
            body = pages.admin(seen.site, view(seen, request.query_params))
            return Response(body, headers={**_HEADERS, **_PAGE_HEADERS}, media_type="text/html")

        return await self._answer(request, make)

    async def metrics(self, request: Request) -> Response:
        def make(seen: Overview) -> Response:
            # prometheus_client takes longer to import than everything else here; only requests for metrics wait for it.
            from feeds.admin import metrics

            body, media_type = metrics.exposition(seen, request.headers.get("accept", ""))
            return Response(body, headers={**_HEADERS, **_TEXT_HEADERS, "content-type": media_type})

        return await self._answer(request, make)

    async def _answer(self, request: Request, make: Callable[[Overview], Response]) -> Response:
        if refusal := self._gate.judge(request):
            return self._refuse(request, refusal)
        await self._tally.flush()
        unwritten = self._tally.unwritten()
        now = datetime.now(UTC)
        return await self._readers.run(lambda shelf: make(overview.gather(shelf, now, unwritten)))


# What the page shows


@dataclass(frozen=True, slots=True)
class DayLine:
    date: datetime
    counts: Counts


@dataclass(frozen=True, slots=True)
class OfLate:
    """A feed's requests in the last week, and the path of a small chart of all its days."""

    week: Counts
    bars: str


@dataclass(frozen=True, slots=True)
class ClientLine:
    """subscribers: stated for all feeds together. feeds: how many it requested."""

    name: str
    counts: Counts
    subscribers: int
    feeds: int

    @property
    def caching(self) -> str:
        """How it uses validators; "" if that is unknown, as for several clients counted as one."""
        if self.name == OTHER:
            return ""
        if self.counts.ignores_caching:
            return "ignored"
        return "used" if self.counts.bare < self.counts.requests else ""


@dataclass(frozen=True, slots=True)
class ListPart:
    """A part of a list. before, after: the query of the neighbouring pages, "" for none."""

    lines: Sequence[object]
    total: int
    first: int
    before: str
    after: str

    @property
    def last(self) -> int:
        return self.first + len(self.lines) - 1


def view(seen: Overview, asked: Mapping[str, str]) -> dict[str, object]:
    """The values for the template. asked: the query: `status`, `page` and `feeds` choose parts, `feed` one feed."""
    statuses = Counter(line.status for line in seen.sources)
    chosen = next((status for status in Status if status == asked.get("status")), None)
    listed = [line for line in seen.sources if chosen is None or line.status is chosen]
    broken = [line for line in seen.sources if line.status not in _FINE and line.kind is SourceKind.FEED]
    troubled = sorted(broken, key=_newest, reverse=True)
    one = next((line for line in seen.feeds if line.slug == asked.get("feed")), None)
    lines = [one] if one else seen.feeds
    rows = [row for line in lines for row in line.days]
    days = _days(rows, seen.day)
    clients = _clients([row for line in lines for row in line.clients], seen.day)
    return {
        "seen": seen,
        "statuses": [(status, statuses[status]) for status in Status if statuses[status]],
        "chosen": chosen,
        "sources": part_of_list(
            listed, SOURCES_AT_ONCE, asked.get("page", ""), "page", {"status": chosen} if chosen else {}
        ),
        "troubled": troubled[:TROUBLES_AT_ONCE],
        "more_troubled": max(0, len(troubled) - TROUBLES_AT_ONCE),
        "problems": sorted(seen.problems, key=lambda problem: not problem.failed)[:TROUBLES_AT_ONCE],
        "more_problems": max(0, len(seen.problems) - TROUBLES_AT_ONCE),
        "aside": seen.aside[:TROUBLES_AT_ONCE],
        "more_aside": max(0, len(seen.aside) - TROUBLES_AT_ONCE),
        "one": one,
        "days": days,
        "chart": _chart(days),
        "week": _of_late([row for line in seen.feeds for row in line.days], seen.day),
        "subscribers": sum(line.subscribers for line in seen.feeds),
        "clients": clients[:CLIENTS_AT_ONCE],
        "more_clients": max(0, len(clients) - CLIENTS_AT_ONCE),
        "feeds": part_of_list(seen.feeds, FEEDS_AT_ONCE, asked.get("feeds", ""), "feeds", {}),
        "of_late": lambda line: _spark(line, seen.day),
        "ago": lambda moment: ago(moment, seen.now),
    }


def _newest(line: SourceLine) -> datetime:
    """When it broke: the newest come first, since the operator knows of the older ones."""
    return line.failing_since or _EPOCH


def part_of_list(lines: Sequence[object], size: int, number: str, name: str, others: Mapping[str, object]) -> ListPart:
    last = max(1, -(-len(lines) // size))
    page = min(int(number), last) if number.isascii() and number.isdigit() and len(number) < 9 else 1
    page = max(1, page)

    def query(wanted: int) -> str:
        return "?" + urlencode({**others, name: wanted}) if 1 <= wanted <= last else ""

    first = (page - 1) * size
    return ListPart(lines[first : first + size], len(lines), first + 1, query(page - 1), query(page + 1))


def _days(rows: Sequence[Row], today: int) -> list[DayLine]:
    counts = {day: Counts() for day in range(today - traffic.SHOWN_DAYS + 1, today + 1)}
    for row in rows:
        if row.day in counts:
            counts[row.day] += row.counts
    return [DayLine(_EPOCH + timedelta(days=day), of_day) for day, of_day in counts.items()]


def _chart(days: Sequence[DayLine]) -> list[str]:
    """The paths of unmodified responses, of sent documents, and of errors, from the bottom up."""
    return charts.columns(_stacks(days), 600, 120)


def _stacks(days: Sequence[DayLine]) -> list[list[int]]:
    sent = [day.counts.full + day.counts.delta + day.counts.partial for day in days]
    return [[day.counts.unmodified for day in days], sent, [day.counts.failed for day in days]]


def _of_late(rows: Sequence[Row], today: int) -> Counts:
    return traffic.sum_counts(row for row in rows if row.day > today - traffic.OF_LATE)


def _spark(line: FeedLine, today: int) -> OfLate:
    days = _days(line.days, today)
    return OfLate(_of_late(line.days, today), charts.columns([[day.counts.requests for day in days]], 90, 20)[0])


def _clients(rows: Sequence[Row], today: int) -> list[ClientLine]:
    """Clients by name, those with most requests first."""
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(row.client, []).append(row)
    found = []
    for name, of_client in by_name.items():
        by_feed = traffic.by_feed(of_client)
        subscribers = sum(traffic.stated_subscribers(of_feed, today) for of_feed in by_feed.values())
        found.append(ClientLine(name, traffic.sum_counts(of_client), subscribers, len(by_feed)))
    return sorted(found, key=lambda client: (-client.counts.requests, client.name))


def ago(moment: datetime, now: datetime) -> str:
    """A moment relative to now: "3 min ago", "in 2 h"; from two days on, in days."""
    seconds = (moment - now).total_seconds()
    size = abs(seconds)
    unit, length = next((unit, length) for unit, length, below in _UNITS if size < below)
    amount = f"{round(size / length)} {unit}"
    return f"in {amount}" if seconds > 0 else f"{amount} ago"
