"""The output of `seedfeed sources` and `seedfeed entries`, as JSON-ready lines; docs/commands.md lists the keys."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from feeds.errors import FaultError, NotReadyError, SeedError, SeedfeedError
from feeds.model import SourceKind, Status
from feeds.publish.catalogue import feeds_of, site_of
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import Store
from feeds.store.seeds import SeedProblem
from feeds.text.dates import rfc3339
from feeds.text.urls import without_credentials
from worker.cli.terminal import print_message
from worker.health import events
from worker.seeds import ledger, registry

Line = dict[str, Any]


def of_home(home: Home, lines: Callable[[], list[Line]]) -> list[Line]:
    """The lines of a report. Without any, says so if the worker has not begun, and raises what keeps it from that."""
    try:
        if found := lines():
            return found
    except NotReadyError as error:
        print_message(str(error))
    ledger.load(home.ids, home.data / "ids.toml")
    return []


def source_lines(home: Home, settings: Settings) -> list[Line]:
    """Every source with its health, in the sentences of the health feed; those with an error first.

    The home's own articles have kind "seeds". error: what is wrong and what happens next, for "seeds" a line for each
    file; for a source that is ok, "" unless it has fallen silent or files have warnings.

    Raises NotReadyError before the worker has begun.
    """
    store = Store.open_readonly(home.store)
    try:
        problems = sorted(_seed_problems(home, settings, store), key=lambda problem: not problem.failed)
        reports = store.sources.report()
        reported = store.health.newest_of(report.source.key for report in reports)
        lines = []
        for report in reports:
            source, state = report.source, report.state
            error, status, failures = state.error, state.status, state.failures
            silent = events.is_silent(reported.get(source.key, {}))
            if source.kind is SourceKind.SEEDS and problems:
                error = "\n".join(_of_file(problem) for problem in problems)
                failures = sum(problem.failed for problem in problems)
                status = Status.FAILING if failures else status
            elif error:
                error = f"{events.sentence(error)} {events.next_step(state)}"
            elif silent:
                error = silent.text
            lines.append(
                {
                    "url": without_credentials(source.url),
                    "slug": source.slug,
                    "title": source.title,
                    "kind": source.kind.value,
                    "status": status.value,
                    "last_success": _moment(state.last_success),
                    "next_poll": _moment(state.next_poll_at),
                    "failures": failures,
                    "error": error,
                    "entries": report.entries,
                }
            )
        return sorted(lines, key=lambda line: not line["error"])
    finally:
        store.close()


def _seed_problems(home: Home, settings: Settings, store: Store) -> list[SeedProblem]:
    """What was wrong with seeds when they were last looked at, and what keeps the next worker from that now."""
    problems = list(store.seeds.problems())
    try:
        registry.own_ledger(home, settings, store)
    except (SeedError, FaultError) as error:
        found = registry.problem_of(error, home)
        return [found, *(problem for problem in problems if problem.path != found.path)]
    return problems


def _of_file(problem: SeedProblem) -> str:
    line = events.sentence(str(problem))
    return f"{line} What was published of it stays." if problem.failed else line


def entry_lines(home: Home, settings: Settings, query: str, feed_slug: str, limit: int | None) -> list[Line]:
    """The matching entries, in the feeds' order, newest first.

    Raises QueryError, SeedfeedError for an unknown feed, or NotReadyError before the worker has begun.
    """
    from feeds.search.query import parse

    wanted = parse(query)
    store = Store.open_readonly(home.store)
    try:
        site = site_of(settings, store)
        feed = None
        if feed_slug:
            feed = feeds_of(settings, store, site).get(feed_slug)
            if feed is None:
                raise SeedfeedError(f"there is no feed {feed_slug!r}; the home page and /opml list them")
        matches = store.listings.matching(wanted, feed, limit)
        base_url = store.sources.base_url() or site.base_url
        by_number = store.listings.published_by_number([found.n for found in matches], base_url)
        lines = []
        for found in matches:
            published = by_number.get(found.n)
            if published is None:
                continue  # its row is unreadable, which the health feed reports
            entry = published.entry
            lines.append(
                {
                    "id": entry.id,
                    "title": entry.title,
                    "link": entry.permalink or published.page,
                    "published": rfc3339(entry.published),
                    "updated": rfc3339(entry.updated),
                    "source": published.source.slug,
                    "language": entry.language,
                    "authors": [person.name for person in entry.authors] or _fallback_author(entry.origin, site.author),
                    "categories": list(entry.categories),
                    "story": found.story or None,
                    "folded": found.folded,
                    "revision": published.revision,
                }
            )
        return lines
    finally:
        store.close()


def as_listed(lines: Sequence[Line], timezone: str) -> Iterator[str]:
    """What is printed of entries: time, title and source, and below them the link and the id."""
    zone = ZoneInfo(timezone)
    for line in lines:
        published = datetime.fromisoformat(line["published"]).astimezone(zone)
        yield f"{published:%Y-%m-%d %H:%M}  {line['title']}  ({line['source']})"
        for name in dict.fromkeys((line["link"], line["id"])):
            yield f"                  {name}"


def _fallback_author(origin: Any, site_author: str) -> list[str]:
    """The author as in the published documents: an external entry never gets ours."""
    return [origin.title if origin else site_author]


def _moment(moment: datetime | None) -> str | None:
    return rfc3339(moment.replace(microsecond=0)) if moment else None
