"""The part of a cycle that runs on executors: parse and normalise one document. Values in, values out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from zoneinfo import ZoneInfo

from feeds.errors import LATER, FetchError, ParseError, UnforeseenError, UnreadError, unforeseen
from feeds.model import Entry, Origin, Pace, Source
from feeds.search.match import matches
from feeds.search.query import parse as parse_query
from feeds.text import dates
from feeds.text.plaintext import plain
from feeds.text.urls import absolute, host, valid_id, without_credentials
from feeds.websub.subscription import advertised
from worker.cycle.answers import Unread, moved_to, without_document
from worker.entries import warnings
from worker.entries.ids import identity
from worker.entries.normalise import Context, normalise
from worker.model import Document, Fetched, ParsedFeed, RawEntry, Retrieved, split
from worker.parse import parse
from worker.parse.meaning import particulars
from worker.processes.child import SECONDS, Slow, heavy, lenient
from worker.processes.child import parse as parse_confined
from worker.subscribe.discover import not_a_feed

# Seconds of processor time for a first try in a child. What takes longer waits until the quick ones are read.
QUICK_SECONDS = 1.0


def read_unread(unread: Unread) -> Retrieved | None:
    """The result for one document, or None if it was not read in its quick turn; an error is part of the result. A bug
    is raised: the pool knows whether it may be another machine's.
    """
    # A push is no document that knows what came before.
    seen = b"" if unread.push else unread.subscription.state.items
    try:
        return read(
            unread.subscription.source, unread.fetched, unread.zone, seen, SECONDS if unread.slow else QUICK_SECONDS
        )
    except Slow:
        return None


def read(
    source: Source, fetched: Fetched | FetchError, zone: str, seen: bytes = b"", seconds: float = SECONDS
) -> Retrieved:
    """Parses and normalises what was fetched. seen: joined digests of the items in the last document.

    seconds: if less than SECONDS, Slow is raised after them.
    """
    if isinstance(fetched, FetchError) or fetched.document is None:
        return without_document(source, fetched)
    retrieved = read_document(source, fetched.document, zone, seen, fetched.links, seconds)
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
        moved_to=moved_to(source, fetched),
        delta=fetched.delta,
    )


def read_document(
    source: Source,
    document: Document,
    zone: str,
    seen: bytes = b"",
    links: Sequence[tuple[str, str, str]] = (),
    seconds: float = SECONDS,
) -> Retrieved:
    """Parses and normalises a document, fetched or pushed. links: (URL, rel, type) of its Link headers."""
    try:
        # The worst markup takes twenty times its size as a tree, so large documents are parsed in a process with a
        # memory limit.
        known = split(seen)
        if heavy(document):
            parsed = parse_confined(document, known, seconds=seconds)
        else:
            parsed = parse(document, known, partial(lenient, seconds=seconds))
    except UnreadError as error:
        return Retrieved(source.key, error=error)
    except ParseError as error:
        return Retrieved(source.key, error=_later(not_a_feed(document, error, links)))
    every, bugs = entries_of(source, document, parsed, zone)
    entries, left_out = _let_through(source, every)
    read_well = [raw for raw, bug in zip(parsed.entries, bugs, strict=True) if not bug]
    lines = [*parsed.warnings, *warnings.describe_repairs(read_well, every)]
    found = tuple(bug for bug in bugs if bug)
    if found:
        lines.append(f"E_BUG: {len(found)} entries are left out for {found[0]}")
    # They are read again whenever the document changes.
    unread = {raw.digest for raw, bug in zip(parsed.entries, bugs, strict=True) if bug}
    items = [item for item in parsed.items if item not in unread]
    if left_out:
        lines.append(f"{len(left_out)} left out by its filter")
    hub, topic = advertised(links, parsed.links, document.url)
    return Retrieved(
        source.key,
        entries=entries,
        items=b"".join(items),
        unread=len(parsed.items) - len(parsed.entries) if parsed.items else 0,
        lane=parsed.lane,
        pace=Pace(timedelta(minutes=parsed.ttl), parsed.skip_hours, parsed.skip_days),
        title=plain(parsed.title),
        link=absolute(parsed.link, document.url),
        deletions=tuple(
            (identity(source.key, deletion.ref, "", "", ""), dates.parse(deletion.when) if deletion.when else None)
            for deletion in parsed.deletions
        ),
        drafts=_drafts(source, document, parsed, every),
        left_out=left_out,
        hub=hub,
        topic=topic,
        warnings=tuple(lines),
        bugs=found,
    )


def _drafts(source: Source, document: Document, parsed: ParsedFeed, public: Sequence[Entry]) -> tuple[str, ...]:
    """The ids of entries that the source marks as not public, but for those that public ones share."""
    drafts = dict.fromkeys(_id_of(raw, source.key, document.url) for raw in parsed.drafts)
    return tuple(drafts.keys() - {entry.id for entry in public})


def _later(error: ParseError) -> ParseError:
    """The same error, saying that the source is tried again: an origin that sends no feed today may
    send one tomorrow.
    """
    message = error.message if error.message.endswith(LATER) else f"{error.message} {LATER}"
    return ParseError(error.name, message, error.code)


def entries_of(
    source: Source, document: Document, parsed: ParsedFeed, home_zone: str
) -> tuple[tuple[Entry, ...], tuple[UnforeseenError | None, ...]]:
    """The entries of a parsed feed, in document order; and for each raw one the bug that left it out, or None."""
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
    entries: list[Entry] = []
    bugs: list[UnforeseenError | None] = []
    for raw in parsed.entries:
        try:
            entries.append(_entry(raw, context))
        except Exception as error:
            bugs.append(unforeseen(error))
        else:
            bugs.append(None)
    return tuple(entries), tuple(bugs)


def _entry(raw: RawEntry, context: Context) -> Entry:
    return normalise(raw, context, _id_of(raw, context.source.key, context.base))


def _id_of(raw: RawEntry, source_key: str, base: str) -> str:
    """base: the document's URL."""
    link = absolute(raw.link, raw.base or base)
    text = raw.content or raw.summary or ("" if raw.title else particulars(raw))
    return identity(source_key, raw.guid, link, raw.title, text)


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
