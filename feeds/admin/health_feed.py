"""The private feed of what breaks and recovers, made from the store on request.

The same renderers as every other feed: an event becomes an entry, whose id is a version 5 UUID of the site's id and of
subject, kind and moment, so that making it again changes nothing. Nothing public links here.
"""

import html
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from starlette.requests import Request
from starlette.responses import Response

from feeds.automatic import feed_id
from feeds.http.codings import form
from feeds.http.conditional import coded_etag, not_modified
from feeds.model import (
    Entry,
    Feed,
    FeedHead,
    FeedKind,
    HealthEvent,
    Published,
    Representation,
    Site,
    Source,
    SourceKind,
)
from feeds.publish import assembly
from feeds.render.html import pages
from feeds.serve.access import AdminAccess, Refusal
from feeds.serve.shelf import Shelf
from feeds.serve.threads import StoreThreads
from feeds.store import Store
from feeds.text.dates import distinct, http_date, to_us

SLUG = "health"
PATH = f"/feeds/{SLUG}."
MOST_EVENTS = 100

_HEADERS = {
    "cache-control": "private, no-cache",
    "vary": "Authorization, Accept-Encoding",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
# A browser that shows the feed runs nothing in it.
_DOCUMENT_HEADERS = {"content-security-policy": "default-src 'none'; sandbox"}
_PAGE_HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src {pages.STYLE_HASH}; img-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}
# A date is a strong validator once its second is over (RFC 9110 §8.8.2.2).
_SETTLED = timedelta(seconds=1)

Refuse = Callable[[Request, Refusal], Response]


def handler(readers: StoreThreads, gate: AdminAccess, refuse: Refuse) -> Callable[[Request], Awaitable[Response]]:
    """Answers /feeds/health and its documents for requests with the admin token. StoreError while there is no store."""

    def read(shelf: Shelf, request: Request) -> Response:
        site, store = shelf.site(), shelf.store()
        suffix = request.url.path.removeprefix(f"/feeds/{SLUG}").lstrip(".")
        if not suffix:
            body = pages.page_of_feed(site, feed_of_health(site), entries(store, site), updated(store), private=True)
            return Response(body, headers={**_HEADERS, **_PAGE_HEADERS}, media_type="text/html")
        return _document_answer(request, document(store, site, suffix), datetime.now(UTC))

    async def answer(request: Request) -> Response:
        if refusal := gate.judge(request):
            return refuse(request, refusal)
        return await readers.run(lambda shelf: read(shelf, request))

    return answer


def feed_of_health(site: Site) -> Feed:
    return Feed(SLUG, feed_id(site.id, SLUG), f"{site.title}: health", FeedKind.QUERY)


def entries(store: Store, site: Site) -> list[Published]:
    """The newest events as entries, newest first."""
    taken: set[datetime] = set()
    listed = []
    for event in reversed(store.health.newest(MOST_EVENTS)):
        one = _published(event, site)
        # Validators want no two alike; what came later gives way, so that the first keeps its own.
        while one.entry.updated in taken:
            one = replace(one, entry=replace(one.entry, updated=one.entry.updated + timedelta(microseconds=1)))
        taken.add(one.entry.updated)
        listed.append(one)
    return listed[::-1]


def updated(store: Store) -> datetime:
    """The moment of the newest event; without any, when the store was created."""
    newest = store.health.newest(1)
    return newest[0].at if newest else assembly.moment_of(store, (), ())


def document(store: Store, site: Site, suffix: str) -> Representation:
    """The health feed as a document. suffix: of a format in `assembly.BY_SUFFIX`."""
    format_ = assembly.BY_SUFFIX[suffix]
    listed = entries(store, site)
    head = FeedHead(feed_of_health(site), site, max([updated(store), *(one.entry.updated for one in listed)]))
    body = format_.document(head, [format_.fragment(one, site) for one in listed])
    return assembly.representation(
        f"/feeds/{SLUG}.{suffix}", format_.media_type, body, head.updated.replace(microsecond=0)
    )


def _published(event: HealthEvent, site: Site) -> Published:
    name = f"health:{event.subject}:{event.kind}:{to_us(event.at)}"
    id_ = uuid5(UUID(site.id), name).urn
    # The home itself is the source: otherwise the entry would be attributed to the source that it reports on.
    source = Source("", SLUG, SourceKind.SEEDS, site.title)
    entry = Entry(
        source_id="",
        id=id_,
        title=event.title,
        updated=distinct(event.at, id_),
        published=event.at,
        dated=True,
        permalink=event.link,
        categories=(event.kind.value,),
        summary=event.text,
        content=_content(event),
        language="en",
    )
    return Published(entry, f"{site.base_url}/feeds/{SLUG}", source, event.at)


def _content(event: HealthEvent) -> str:
    text = f"<p>{html.escape(event.text, quote=False)}</p>"
    if not event.link:
        return text
    return f'{text}\n<p><a href="{html.escape(event.link)}">{html.escape(event.link, quote=False)}</a></p>'


def _document_answer(request: Request, found: Representation, now: datetime) -> Response:
    asked = request.headers
    coding, sent = form(found.body, asked.get("accept-encoding", ""))
    headers = {**_HEADERS, **_DOCUMENT_HEADERS, "etag": coded_etag(found.etag, coding)}
    since = ""
    if now - found.last_modified > _SETTLED:
        since = asked.get("if-modified-since", "")
        headers["last-modified"] = http_date(found.last_modified)
    if not_modified(asked.get("if-none-match", ""), since, found.etag, found.last_modified, now):
        return Response(None, 304, headers)
    if coding:
        headers["content-encoding"] = coding
    headers["content-type"] = found.media_type
    return Response(sent, headers=headers)
