"""The part of a cycle that runs on executors: fetch, parse, normalise. Values in, values out.

subscriptions -> fetch (one event loop, concurrently) -> parse -> normalise -> list[Retrieved]
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from feeds.errors import LATER, FetchError, ParseError, UnreadError
from feeds.model import Entry, Origin, Pace, Source, Subscription
from feeds.search.match import matches
from feeds.search.query import parse as parse_query
from feeds.text import dates
from feeds.text.plaintext import plain
from feeds.text.urls import absolute, host, valid_id, without_credentials
from feeds.websub.subscription import advertised
from worker.entries import warnings
from worker.entries.ids import identity
from worker.entries.normalise import Context, normalise
from worker.fetch.conditional_get import Budget, Fetched, fetch
from worker.fetch.connect import FetchPolicy, session
from worker.model import Document, ParsedFeed, Retrieved, split
from worker.parse import parse
from worker.parse.meaning import particulars
from worker.processes.child import heavy, lenient
from worker.processes.child import parse as parse_confined
from worker.subscribe.discover import not_a_feed

# Bodies in memory at once, and how many of them may be large.
WAVE = 16
MOST_LARGE = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """One task for an executor. zone: the time zone of dates without one, unless the source has its own.

    pushed: documents to read instead of fetching, one per subscription. push: the number of the pushed document in the
    inbox.
    """

    subscriptions: tuple[Subscription, ...]
    policy: FetchPolicy
    zone: str
    now: datetime
    pushed: tuple[Document, ...] = ()
    push: int = 0


def retrieve_batch(batch: Batch) -> list[Retrieved]:
    """One result per subscription, in order; an error of a source is part of its result.

    Only the first MOST_LARGE documents over LARGE_BYTES are read. The others are missing from the results and need
    batches of their own.
    """
    if batch.pushed:
        pairs = zip(batch.subscriptions, batch.pushed, strict=True)
        return [replace(read_document(one.source, document, batch.zone), delta=True) for one, document in pairs]
    return asyncio.run(_retrieve_all(batch))


async def _retrieve_all(batch: Batch) -> list[Retrieved]:
    results: list[Retrieved] = []
    budget = Budget(MOST_LARGE)
    async with session(batch.policy) as client:
        for start in range(0, len(batch.subscriptions), WAVE):
            wave = batch.subscriptions[start : start + WAVE]
            fetched = await asyncio.gather(
                *(
                    fetch(
                        client,
                        subscription.source.url,
                        batch.policy,
                        batch.now,
                        etag=subscription.state.etag,
                        last_modified=subscription.state.last_modified,
                        body_digest=subscription.state.body_digest,
                        budget=budget,
                    )
                    for subscription in wave
                )
            )
            # Parse only when the whole wave is fetched: parsing would use up the deadlines of requests still in flight.
            results += [
                read(one.source, got, batch, one.state.items) for one, got in zip(wave, fetched, strict=True) if got
            ]
    return results


def read(source: Source, fetched: Fetched | FetchError, batch: Batch, seen: bytes = b"") -> Retrieved:
    """Parses and normalises what was fetched. seen: joined digests of the items in the last document."""
    if isinstance(fetched, FetchError):
        return Retrieved(source.key, error=fetched)
    moved_to = fetched.permanent_url if fetched.permanent_url != without_credentials(source.url) else ""
    if fetched.document is None:
        return Retrieved(
            source.key,
            not_modified=True,
            etag=fetched.etag,
            last_modified=fetched.last_modified,
            body_digest=fetched.body_digest,
            fresh_for=fetched.fresh_for,
            moved_to=moved_to,
        )
    retrieved = read_document(source, fetched.document, batch.zone, seen, fetched.links)
    if retrieved.error:
        return retrieved
    # The rest of a truncated document must still come: with its validators the origin would answer 304 for ever.
    whole = not any(warning.startswith("W_CUT") for warning in retrieved.warnings)
    return replace(
        retrieved,
        etag=fetched.etag if whole else "",
        last_modified=fetched.last_modified if whole else "",
        body_digest=fetched.body_digest if whole else "",
        fresh_for=fetched.fresh_for,
        moved_to=moved_to,
        delta=fetched.delta,
    )


def read_document(
    source: Source, document: Document, zone: str, seen: bytes = b"", links: Sequence[tuple[str, str, str]] = ()
) -> Retrieved:
    """Parses and normalises a document, fetched or pushed. links: (URL, rel, type) of its Link headers."""
    try:
        # The worst markup takes twenty times its size as a tree, so large documents are parsed in a process with a
        # memory limit.
        known = split(seen)
        parsed = parse_confined(document, known) if heavy(document) else parse(document, known, lenient)
    except UnreadError as error:
        return Retrieved(source.key, error=error)
    except ParseError as error:
        return Retrieved(source.key, error=_later(not_a_feed(document, error, links)))
    every = entries_of(source, document, parsed, zone)
    entries, left_out = _let_through(source, every)
    lines = [*parsed.warnings, *warnings.describe_repairs(parsed.entries, every)]
    if left_out:
        lines.append(f"{len(left_out)} left out by its filter")
    hub, topic = advertised(links, parsed.links, document.url)
    return Retrieved(
        source.key,
        entries=entries,
        items=b"".join(parsed.items),
        unread=len(parsed.items) - len(parsed.entries) if parsed.items else 0,
        lane=parsed.lane,
        pace=Pace(timedelta(minutes=parsed.ttl), parsed.skip_hours, parsed.skip_days),
        title=plain(parsed.title),
        link=absolute(parsed.link, document.url),
        deletions=tuple(
            (identity(source.key, deletion.ref, "", "", ""), dates.parse(deletion.when) if deletion.when else None)
            for deletion in parsed.deletions
        ),
        left_out=left_out,
        hub=hub,
        topic=topic,
        warnings=tuple(lines),
    )


def _later(error: ParseError) -> ParseError:
    """The same error, saying that the source is tried again: an origin that sends no feed today may
    send one tomorrow.
    """
    message = error.message if error.message.endswith(LATER) else f"{error.message} {LATER}"
    return ParseError(error.name, message, error.code)


def entries_of(source: Source, document: Document, parsed: ParsedFeed, home_zone: str) -> tuple[Entry, ...]:
    """The entries of a parsed feed, in document order."""
    now = document.retrieved_at
    zone: tzinfo = ZoneInfo(source.timezone or home_zone) if source.timezone or home_zone else UTC
    context = Context(
        source=source,
        base=document.url,
        now=now,
        language=parsed.language,
        authors=parsed.authors,
        explicit=parsed.explicit,
        origin=_origin(source, document, parsed, now),
        zone=zone,
    )
    entries = []
    for raw in parsed.entries:
        link = absolute(raw.link, raw.base or document.url)
        text = raw.content or raw.summary or ("" if raw.title else particulars(raw))
        id_ = identity(source.key, raw.guid, link, raw.title, text)
        entries.append(normalise(raw, context, id_))
    return tuple(entries)


def _let_through(source: Source, entries: tuple[Entry, ...]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The entries that match the source's filter, and the ids of those that do not."""
    if not source.filter:
        return entries, ()
    query = parse_query(source.filter)
    kept = tuple(entry for entry in entries if matches(query, entry, source))
    found = {entry.id for entry in kept}
    return kept, tuple(entry.id for entry in entries if entry.id not in found)


def _origin(source: Source, document: Document, parsed: ParsedFeed, now: datetime) -> Origin:
    url = without_credentials(source.url)
    stated = dates.parse(parsed.updated) if parsed.updated else None
    return Origin(
        id=parsed.id if valid_id(parsed.id) else absolute(url),
        # The title that the operator gave a source goes before the source's own.
        title=source.title if source.title != host(url) else plain(parsed.title) or source.title,
        feed_url=absolute(url),
        link=absolute(parsed.link, document.url),
        updated=stated if stated and dates.plausible(stated, now) else now,
        rights=plain(parsed.rights),
    )
