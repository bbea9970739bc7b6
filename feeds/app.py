"""What every request gets: published documents by one look-up of prepared bytes, pages by Starlette's routes.

`respond` is pure. No URL is ever made from a request: absolute URLs start with `base_url`, whatever the Host. Feed URLs
never redirect; errors are never a feed with status 200.
"""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response as StarletteResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from feeds import health, publish
from feeds.admin import Gate, Refusal, is_loopback
from feeds.callback import Callback
from feeds.conditional import accepts_gzip, coded, etag, not_modified
from feeds.config import Home, Settings
from feeds.dates import http_date
from feeds.errors import QueryError, StoreError
from feeds.media import MediaFiles
from feeds.model import Feed, FeedKind, Representation, Site, SourceKind
from feeds.render import opml, pages
from feeds.selection import parse as parse_query
from feeds.shelf import Shelf

MAX_AGE_SECONDS = 60
NEWEST_ON_HOME = 20
LONGEST_SEARCH = 200
MOST_FOUND = 50

# Feeds are documents, not pages: a browser that shows one runs nothing from it.
_FEED_HEADERS = (
    ("cache-control", f"public, max-age={MAX_AGE_SECONDS}"),
    ("vary", "Accept-Encoding, A-IM"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; sandbox"),
    ("access-control-allow-origin", "*"),
)
_PAGE_HEADERS = (
    ("cache-control", f"public, max-age={MAX_AGE_SECONDS}"),
    ("vary", "Accept-Encoding, Accept"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    (
        "content-security-policy",
        f"default-src 'none'; style-src {pages.STYLE_HASH}; img-src http: https: data:; media-src http: https:;"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: header names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


def respond(
    method: str, headers: Mapping[str, str], found: Representation, *, links: tuple[tuple[str, str], ...] = ()
) -> Answer:
    """The answer to GET or HEAD of a published document (RFC 9110 §13.2.2 for the order of preconditions).

    headers: by lower-case name. links: (URL, rel) for the Link header.
    """
    coding = "gzip" if found.gzip and accepts_gzip(headers.get("accept-encoding", "")) else ""
    tag = coded(found.etag, coding)
    common = [
        ("etag", tag),
        ("last-modified", http_date(found.last_modified)),
        *_FEED_HEADERS,
        *((("link", ", ".join(f'<{url}>; rel="{rel}"' for url, rel in links)),) if links else ()),
    ]
    if not_modified(
        headers.get("if-none-match", ""), headers.get("if-modified-since", ""), found.etag, found.last_modified
    ):
        return Answer(304, tuple(common))
    body = found.gzip if coding else found.body
    common += [("content-type", found.media_type), ("content-length", str(len(body)))]
    if coding:
        common.append(("content-encoding", coding))
    return Answer(200, tuple(common), b"" if method == "HEAD" else body)


def unreachable(settings: Settings) -> str:
    """What to tell when the server listens for other machines, but its URLs lead them to themselves; else ""."""
    own = urlsplit(settings.base_url).hostname or ""
    if is_loopback(own) and not is_loopback(settings.server.host):
        return (
            f"base_url is {settings.base_url}, which other machines cannot reach: what they subscribe to will not"
            " work. Set base_url in seeds/site.toml to the address of this site."
        )
    return ""


class Application:
    """The ASGI application of one home."""

    def __init__(self, home: Home, settings: Settings) -> None:
        self.shelf = Shelf(home, settings)
        self._files = MediaFiles(home.media)
        told = self._guarded(health.routed(self.shelf, Gate(home, settings), self._refused))
        routes = [
            Route("/", self._guarded(self._home)),
            Route("/feeds/health", told),
            Route("/feeds/health.atom", told),
            Route("/feeds/health.rss", told),
            Route("/feeds/health.json", told),
            Route("/feeds/{slug}", self._guarded(self._feed_page)),
            Route("/entries/{uuid}", self._guarded(self._entry_page)),
            Route("/search", self._guarded(self._search)),
            Route("/opml", self._guarded(self._opml)),
            Route("/sources.opml", self._guarded(self._sources_opml)),
            Route("/healthz", self._guarded(self._healthz)),
            Route("/media/{hash}/{name}", self._media),
            Route("/websub/{token}", Callback(self.shelf)),
        ]
        handlers: dict[Any, Any] = {404: self._not_found, 405: self._not_allowed, 500: self._fault}
        self._pages: ASGIApp = Starlette(routes=routes, exception_handlers=handlers)
        # A trailing slash is another URL: it is not found, never redirected.
        self._pages.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send, self.shelf.close)
            return
        if scope["type"] != "http":
            return
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) > 1:
            # Two Host headers are how requests are smuggled past a proxy (RFC 9112 §3.2).
            refusal = self._error(Request(scope), 400, "Bad request", "There is more than one Host header.")
            await refusal(scope, receive, send)
            return
        path: str = scope["path"]
        if (
            path.startswith("/feeds/")
            and scope["method"] in ("GET", "HEAD")
            and path.endswith((".atom", ".rss", ".json"))
        ):
            answer = self._document(scope, path)
            if answer:
                await _send(send, answer)
                return
        await self._pages(scope, receive, send)

    def _document(self, scope: Scope, path: str) -> Answer | None:
        try:
            found = self.shelf.document(path)
        except StoreError:
            return None
        if found is None:
            return None
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            # A list may come in several lines (RFC 9110 §5.3).
            before = headers.get(key := name.decode("latin-1"))
            headers[key] = f"{before}, {value.decode('latin-1')}" if before else value.decode("latin-1")
        links = ((f"{self.shelf.settings.base_url}{path}", "self"),)
        return respond(scope["method"], headers, found, links=links)

    def _guarded(
        self, page: Callable[[Request], Awaitable[StarletteResponse]]
    ) -> Callable[[Request], Awaitable[StarletteResponse]]:
        """Without a store yet, every page says so instead of failing."""

        async def guarded(request: Request) -> StarletteResponse:
            try:
                return await page(request)
            except StoreError:
                message = (
                    "Nothing is published yet: the worker has not finished its first cycle. Try again in a moment."
                )
                return self._error(request, 503, "Not ready yet", message)

        return guarded

    async def _home(self, request: Request) -> StarletteResponse:
        shelf = self.shelf
        site, feeds, store = shelf.site(), shelf.feeds(), shelf.store()
        newest: list[int] = []
        if "all" in feeds:
            listed = store.publications.select(feeds["all"], shelf.settings.feed_span)
            newest = [line.n for line in listed[:NEWEST_ON_HOME]]
        sources = [source for source in store.sources.active() if source.kind is SourceKind.FEED]
        body = pages.home(
            site,
            [feed for feed in feeds.values() if feed.kind is not FeedKind.SOURCE],
            store.publications.published(newest, site.base_url),
            sources,
            notice=unreachable(shelf.settings),
        )
        return _page(request, body)

    async def _feed_page(self, request: Request) -> StarletteResponse:
        shelf = self.shelf
        feed = shelf.feeds().get(request.path_params["slug"])
        if feed is None:
            return self._missing(request)
        site, store = shelf.site(), shelf.store()
        documents = publish.render(store, feed, site, shelf.settings)
        entries = store.publications.published(documents.entries, site.base_url)
        return _page(request, pages.feed(site, feed, entries, documents.updated))

    async def _entry_page(self, request: Request) -> StarletteResponse:
        shelf = self.shelf
        site, store = shelf.site(), shelf.store()
        found = store.publications.number_of(request.path_params["uuid"])
        if found is None:
            return self._missing(request)
        n, living = found
        if not living:
            return self._error(request, 410, "Withdrawn", "This entry was withdrawn by its publisher.")
        published = store.publications.published([n], site.base_url)[0]
        feeds = [feed for feed in shelf.feeds().values() if store.publications.belongs(n, feed)]
        return _page(request, pages.entry(site, published, feeds))

    async def _search(self, request: Request) -> StarletteResponse:
        """What a query finds, newest first. A query that cannot be read gets the place where reading stopped."""
        shelf = self.shelf
        query = request.query_params.get("q", "")
        if len(query) > LONGEST_SEARCH:
            message = f"Search text is limited to {LONGEST_SEARCH} characters."
            return self._error(request, 400, "The search is too long", message)
        site, store = shelf.site(), shelf.store()
        try:
            tree = parse_query(query)
        except QueryError as error:
            if not _wants_page(request):
                return self._error(request, 400, "The search cannot be read", str(error))
            return _page(request, pages.search(site, query, (), str(error)), status=400)
        # What strangers may find is what `all` would hold, even where that feed is not published.
        public = Feed("all", "", "", FeedKind.ALL)
        matches = store.publications.matching(tree, public, MOST_FOUND) if query.strip() else ()
        entries = store.publications.published([match.n for match in matches], site.base_url)
        return _page(request, pages.search(site, query, entries))

    async def _opml(self, request: Request) -> StarletteResponse:
        body = opml.published_feeds(self.shelf.site(), list(self.shelf.feeds().values()))
        return _page(request, body, "text/x-opml; charset=utf-8")

    async def _sources_opml(self, request: Request) -> StarletteResponse:
        outlines = [
            opml.Outline(source.title, source.url, source.link, source.categories)
            for source in self.shelf.store().sources.active()
            if source.kind is SourceKind.FEED and not source.private
        ]
        title = f"{self.shelf.site().title}: sources"
        return _page(request, opml.subscriptions(title, outlines), "text/x-opml; charset=utf-8")

    async def _media(self, request: Request) -> StarletteResponse:
        return await run_in_threadpool(self._files.respond, request) or self._missing(request)

    async def _healthz(self, _: Request) -> StarletteResponse:
        """503 when the last cycle is older than the worker said that the next one would be."""
        due = self.shelf.store().sources.fact("cycle_due_us")
        late = not due or int(due) < time.time() * 1_000_000
        headers = {"cache-control": "no-store"}
        return StarletteResponse("degraded\n" if late else "ok\n", 503 if late else 200, headers, "text/plain")

    async def _not_found(self, request: Request, _: Exception) -> StarletteResponse:
        try:
            self.shelf.store()
        except StoreError:
            return self._error(request, 503, "Not ready yet", "Nothing is published yet. Try again in a moment.")
        return self._missing(request)

    def _missing(self, request: Request) -> StarletteResponse:
        return self._error(request, 404, "Not found", "There is nothing at this address.")

    async def _not_allowed(self, request: Request, _: Exception) -> StarletteResponse:
        response = self._error(request, 405, "Method not allowed", "Only GET and HEAD are answered here.")
        response.headers["allow"] = "GET, HEAD"
        return response

    async def _fault(self, request: Request, _: Exception) -> StarletteResponse:
        return self._error(request, 500, "Something went wrong", "The server could not make this page.")

    def _refused(self, request: Request, refusal: Refusal) -> StarletteResponse:
        response = self._error(request, refusal.status, refusal.title, refusal.message)
        response.headers.update(refusal.headers)
        return response

    def _error(self, request: Request, status: int, title: str, message: str) -> StarletteResponse:
        """problem+json (RFC 9457) for programs, a page for people, by what they accept."""
        headers = {"cache-control": "no-store", "vary": "Accept", "x-content-type-options": "nosniff"}
        if status == 503:
            headers["retry-after"] = "5"
        if _wants_page(request):
            try:
                site = self.shelf.site()
            except StoreError:
                site = Site("", self.shelf.settings.title, "", "", self.shelf.settings.base_url, "en")
            headers |= {name: value for name, value in _PAGE_HEADERS if name not in headers}
            return StarletteResponse(pages.error(site, status, title, message), status, headers, "text/html")
        problem = json.dumps({"title": title, "status": status, "detail": message})
        return StarletteResponse(problem, status, headers, "application/problem+json")


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _page(
    request: Request, body: bytes, media_type: str = "text/html; charset=utf-8", status: int = 200
) -> StarletteResponse:
    """A page with a validator of its own bytes; small enough to be sent as it is."""
    tag = etag(body)
    headers = dict(_PAGE_HEADERS) | {"etag": tag}
    match = request.headers.get("if-none-match", "")
    if status == 200 and match and not_modified(match, "", tag, datetime.now(UTC)):
        return StarletteResponse(None, 304, headers)
    response = StarletteResponse(body, status, headers)
    response.headers["content-type"] = media_type
    return response


async def _send(send: Send, answer: Answer) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _lifespan(receive: Receive, send: Send, close: Callable[[], None]) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            close()
            await send({"type": "lifespan.shutdown.complete"})
            return
