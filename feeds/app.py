"""The entry point of every request: published documents by one look-up of prepared bytes, all else by Starlette's
routes.

The event loop answers feeds and does nothing else that takes time: pages and searches have `threads`, and compression
has one of its own. No URL is ever made from a request: absolute URLs start with `base_url`, whatever the Host. Feed
URLs never redirect.
"""

import asyncio
import re
import sqlite3
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feeds.admin import health_feed
from feeds.admin.counting import RequestCounter
from feeds.admin.page import Operator
from feeds.errors import NotReadyError, QueryError, StoreError
from feeds.http.answers import PREFLIGHT, Answer, Delta, Prepared, Unmade, respond, wants_delta
from feeds.http.codings import CODINGS, choose_coding, encode
from feeds.http.conditional import etag
from feeds.publish import assembly, history
from feeds.serve import pages
from feeds.serve import search as searching
from feeds.serve.access import AdminAccess, Refusal
from feeds.serve.media import MediaFiles
from feeds.serve.problems import Problems, wants_page
from feeds.serve.search import Search
from feeds.serve.shelf import LOOK_SECONDS, Shelf
from feeds.serve.threads import BusyError, InboxThread, StoreThreads
from feeds.serve.websub_callback import Callback
from feeds.serve.websub_hub import Hub
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import facts
from feeds.text.urls import parts_of

Made = TypeVar("Made", bound=Prepared | Delta | Refusal)

# Bytes. A longer body is handed to granian piece by piece, which costs a millisecond for one of a megabyte; most feeds
# are shorter, compressed.
WHOLE = 64 * 1024
PIECE = 16 * 1024

_SUFFIXES = tuple(f".{format_.suffix}" for format_ in assembly.FORMATS)
_DECIDING = {name.encode(): name for name in ("host", "accept-encoding", "if-none-match", "if-modified-since", "a-im")}
# RFC 3986 §3.2.2 and §3.2.3.
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::[0-9]*)?", re.ASCII)


class Application:
    """The ASGI application of one home."""

    def __init__(self, home: Home, settings: Settings, *, look_seconds: float = LOOK_SECONDS) -> None:
        """look_seconds: how often to check whether the store's file has been replaced."""
        self.shelf = Shelf(home, settings, look_seconds)
        self._readers = StoreThreads(lambda: Shelf(home, settings, look_seconds))
        self._inbox = InboxThread(home.inbox)
        self._settled: dict[str, Prepared] = {}
        self._making: dict[tuple[Hashable, object], asyncio.Task[Any]] = {}
        self._encoder = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        self._encoding: dict[tuple[Prepared, str], asyncio.Task[None]] = {}
        self._problems = Problems(settings)
        self._files = MediaFiles(home.media)
        self._public_edits = settings.revisions == "public"
        gate = self._gate = AdminAccess(home, settings)
        health = self._guard(health_feed.handler(self._readers, gate, self._problems.refusal_page))
        self._tally = RequestCounter(Shelf(home, settings, look_seconds), self.shelf.feeds)
        self._operators = StoreThreads(lambda: Shelf(home, settings, look_seconds))
        operator = Operator(self._operators, gate, self._problems.refusal_page, self._tally)
        routes = [
            Route("/", self._read(pages.home_page)),
            Route("/admin", self._guard(operator.admin)),
            Route("/metrics", self._guard(operator.metrics)),
            Route("/feeds/health", health),
            Route("/feeds/health.atom", health),
            Route("/feeds/health.rss", health),
            Route("/feeds/health.json", health),
            Route("/feeds/{slug}", self._read(pages.feed_page)),
            Route("/feeds/{slug}/page/{number}", self._read(pages.feed_page)),
            Route("/feeds/{slug}/archive/{n}.atom", self._read(pages.absent)),
            *(Route(f"/search{suffix}", self._guard(self._search_feed)) for suffix in _SUFFIXES),
            Route("/entries/{uuid}", self._read(pages.entry_page)),
            Route("/entries/{uuid}/revisions", self._guard(self._edits)),
            Route("/search", self._guard(self._search)),
            Route("/opml", self._read(pages.opml)),
            Route("/sources.opml", self._read(pages.sources_opml)),
            Route("/favicon.ico", self._read(pages.icon)),
            Route("/robots.txt", self._read(pages.robots)),
            Route("/healthz", self._guard(self._healthz)),
            Route("/media/{hash}/{name}", self._media),
            Route("/websub/{token}", Callback(self.shelf, self._inbox)),
            Route("/hub", Hub(self.shelf, self._inbox, gate)),
        ]
        # For a site at /feeds, feeds are below /feeds/feeds: only a prefix before one of our own paths is removed.
        self._prefix = unquote(parts_of(settings.base_url).path.rstrip("/"))
        firsts = {route.path.split("/")[1].partition(".")[0] for route in routes}
        self._beginnings = tuple(f"/{first}" for first in firsts if first)
        handlers: dict[Any, Any] = {404: self._not_found, 405: self._not_allowed, 500: self._fault}
        self._pages: ASGIApp = Starlette(routes=routes, exception_handlers=handlers)
        # A trailing slash is another URL: it is not found, never redirected.
        self._pages.router.redirect_slashes = False

    def close(self) -> None:
        """Closes the store."""
        self._readers.close()
        self._operators.close()
        self._inbox.close()
        self._encoder.shutdown(cancel_futures=True)
        self._tally.close()
        self.shelf.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send, self.close)
            return
        if scope["type"] != "http":
            return
        send = _in_pieces(send)
        headers = _deciding_headers(scope)
        host = headers.get("host", "")
        # For none, granian writes the host of an absolute URL that was asked for, else an empty one. Two, which stand
        # here with a comma and a space between them, are a way to smuggle requests past a proxy (RFC 9112 §3.2).
        if not _HOST.fullmatch(host) if host else scope["http_version"] == "1.1":
            message = "There must be one Host header, with a host's name or address and perhaps a port."
            refusal = self._problems.error(Request(scope), 400, "Bad request", message)
            await refusal(scope, receive, send)
            return
        scope = self._below(scope)
        path: str = scope["path"]
        if _is_document(path):
            method, answer = scope["method"], None
            if method == "OPTIONS":
                answer = PREFLIGHT
            elif path.startswith("/feeds/") and method in ("GET", "HEAD"):
                answer = await self._document(method, path, headers)
            if answer:
                await _send(send, answer)
                self._tally.note_answer(scope, answer.status, len(answer.body))
                return
        await self._pages(scope, receive, self._tally.counting(scope, send))

    def _below(self, scope: Scope) -> Scope:
        """The request without the path of base_url, whether a proxy has already removed it or not."""
        rest = scope["path"].removeprefix(self._prefix)
        if rest == scope["path"] or not (rest in ("", "/") or rest.startswith(self._beginnings)):
            return scope
        return {**scope, "path": rest or "/", "raw_path": quote(rest or "/").encode()}

    async def _document(self, method: str, path: str, headers: Mapping[str, str]) -> Answer | None:
        """The answer to a request for a feed; None if there is no such feed, which the routes then explain."""
        try:
            document = self._settled.get(path) or self._look_up(path)
            if document is None:
                document = await self._make_once(path, partial(self._first_time, path=path))
            if document is None:
                return None
        except (StoreError, BusyError, sqlite3.Error):
            return None
        return await self._answer(method, headers, document, await self._delta(path, headers, document))

    async def _answer(
        self, method: str, headers: Mapping[str, str], document: Prepared, delta: tuple[str, Delta] | None = None
    ) -> Answer:
        """Makes the coded form that the answer needs if it is the first to ask for it, or takes no other one."""
        while isinstance(answer := respond(method, headers, document, delta), Unmade):
            encoding = self._encoding.get((document, answer.coding))
            if encoding and answer.meanwhile:
                return answer.meanwhile
            if encoding is None:
                encoding = asyncio.create_task(self._encode(document, answer.coding))
                self._encoding[document, answer.coding] = encoding
            # A client that disconnects does not cancel it for the others.
            await asyncio.shield(encoding)
        return answer

    async def _encode(self, document: Prepared, coding: str) -> None:
        try:
            loop = asyncio.get_running_loop()
            form = await loop.run_in_executor(self._encoder, encode, document.found.body, coding)
            self.shelf.add_form(document, coding, form)
        finally:
            del self._encoding[document, coding]

    def _first_time(self, shelf: Shelf, path: str) -> Prepared | None:
        """A document that is requested for the first time; the worker is asked to keep it fresh from then on."""
        document = shelf.first_time(path)
        if document and not history.archive_of(path):
            slug, now = path.removeprefix("/feeds/").rpartition(".")[0], datetime.now(UTC)
            # If data/ is not writable, it is made again whenever the store changes.
            self._inbox.soon(lambda inbox: inbox.ask("want", slug, now))
        return document

    def _look_up(self, path: str) -> Prepared | None:
        """A document that is kept fresh. Further requests for it in this turn of the event loop skip the question to
        SQLite.

        All requests answered in this turn arrived before it began, so none of them misses what is committed meanwhile.
        """
        document = self.shelf.document(path)
        if document:
            if not self._settled:
                asyncio.get_running_loop().call_soon(self._settled.clear)
            self._settled[path] = document
        return document

    async def _delta(self, path: str, headers: Mapping[str, str], document: Prepared) -> tuple[str, Delta] | None:
        """The delta from a version that the client names, with its tag, if the client accepts deltas (A-IM) and that
        version is still known; usually None.
        """
        accepted = headers.get("accept-encoding", "")
        for base, tag in wants_delta(headers, document):
            make = partial(Shelf.delta, path=path, tag=tag, accept_encoding=accepted)
            try:
                delta = await self._make_once(("delta", path, tag, choose_coding(accepted, CODINGS)), make)
            except (StoreError, BusyError, sqlite3.Error):
                return None
            if delta:
                return base, delta
        return None

    async def _search_feed(self, request: Request) -> Response:
        """Any search as a feed. If-Modified-Since is ignored, since its date may go back when an entry is withdrawn."""
        try:
            search = Search.of(request.query_params.get("q", ""))
        except QueryError as error:
            return self._problems.error(request, 400, "The search cannot be read", str(error))
        if not search.text:
            return self._problems.error(request, 400, "Nothing is searched for", "Give the words to search for as ?q=")
        suffix = request.url.path.rpartition(".")[2]
        make = partial(searching.document, search=search, suffix=suffix)
        return await self._page(request, search.path(suffix), make)

    async def _search(self, request: Request) -> Response:
        """The page of a search. For an invalid query, the position of the error."""
        query = request.query_params.get("q", "")
        try:
            search = Search.of(query)
        except QueryError as error:
            if not wants_page(request):
                return self._problems.error(request, 400, "The search cannot be read", str(error))
            body = await self._readers.run(partial(pages.unreadable_search, query=query, error=error))
            return Response(body, 400, {**pages.HEADERS, "etag": etag(body)}, pages.HTML)
        return await self._page(
            request, pages.search_path(query), partial(pages.search_page, query=query, found=search)
        )

    async def _edits(self, request: Request) -> Response:
        """The versions of an entry, for those whom `revisions` in site.toml allows: everybody, or the operator. If that
        is the operator alone, neither we nor caches on the way keep a copy.
        """
        page = partial(pages.revisions_page, **request.path_params)
        if self._public_edits:
            return await self._page(request, request.scope["path"], page)
        if refusal := self._gate.judge(request):
            return self._problems.refusal_page(request, refusal)
        response = await self._respond(request, await self._readers.run(page))
        response.headers["cache-control"] = "private, no-store"
        response.headers["vary"] = "Authorization, Accept-Encoding, Accept"
        return response

    async def _page(self, request: Request, path: str, make: Callable[[Shelf], Prepared | Refusal]) -> Response:
        """What is the same for everybody until the store changes. path: under which it is kept."""
        made = await self._make_once(path, make)
        assert made is not None and not isinstance(made, Delta)
        return await self._respond(request, made)

    async def _respond(self, request: Request, made: Prepared | Refusal) -> Response:
        """The answer from something without a date: its ETag alone counts."""
        if isinstance(made, Refusal):
            return self._problems.refusal_page(request, made)
        headers = _deciding_headers(request.scope)
        headers.pop("if-modified-since", None)
        return Ready(await self._answer(request.method, headers, made))

    async def _make_once(self, key: Hashable, make: Callable[[Shelf], Made | None]) -> Made | None:
        """What a reader thread makes from the store, once for all concurrent requests; kept until the store changes.

        key: the path of a document or page.
        """
        version = self.shelf.version()
        kept: Made | None = self.shelf.kept(key)
        if kept is not None:
            return kept
        making: asyncio.Task[Made | None] | None = self._making.get((key, version))
        if making is None:
            making = asyncio.create_task(self._make(key, version, make))
            self._making[key, version] = making
            making.add_done_callback(lambda _: self._making.pop((key, version)))
        # A client that disconnects does not cancel it for the others.
        return await asyncio.shield(making)

    async def _make(self, key: Hashable, version: object, make: Callable[[Shelf], Made | None]) -> Made | None:
        shelf = self.shelf
        made, file = await self._readers.run(lambda read: (make(read), read.file))
        # Nothing was committed between the two checks, and it is one file: the reader thread saw the same store as
        # `shelf`. Of what is not there nothing is kept: there are no bounds to that.
        if made is not None and not isinstance(made, Refusal) and shelf.version() == version and shelf.file == file:
            shelf.keep(key, made, made.size)
        return made

    def _read(self, page: Callable[..., Prepared | Refusal]) -> Callable[[Request], Awaitable[Response]]:
        """A page that takes the parameters of its route."""

        async def read(request: Request) -> Response:
            return await self._page(request, request.scope["path"], partial(page, **request.path_params))

        return self._guard(read)

    def _guard(self, page: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Answers every page with an explanation while the store cannot be read, instead of failing."""

        async def guarded(request: Request) -> Response:
            try:
                return await page(request)
            except (StoreError, sqlite3.Error) as error:
                return self._problems.unread(request, error)
            except BusyError:
                message = "Too many pages are asked for just now. Try again in a moment."
                return self._problems.error(request, 503, "Busy", message)

        return guarded

    async def _media(self, request: Request) -> Response:
        return await run_in_threadpool(self._files.respond, request) or self._problems.missing(request)

    async def _healthz(self, _: Request) -> Response:
        """503 if the next cycle is overdue, according to the time that the worker announced, or if the store cannot be
        read.
        """
        try:
            due = self.shelf.store().facts.get(facts.CYCLE_DUE_US)
        except NotReadyError:
            raise
        except (StoreError, sqlite3.Error):
            due = None
        late = not due or int(due) < time.time() * 1_000_000
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
        return Response("degraded\n" if late else "ok\n", 503 if late else 200, headers, "text/plain")

    async def _not_found(self, request: Request, _: Exception) -> Response:
        try:
            self.shelf.store()
        except (StoreError, sqlite3.Error) as error:
            return self._problems.unread(request, error)
        return self._problems.missing(request)

    async def _not_allowed(self, request: Request, _: Exception) -> Response:
        message = "Only GET and HEAD are answered here."
        allowed = "GET, HEAD, OPTIONS" if _is_document(request.scope["path"]) else "GET, HEAD"
        return self._problems.error(request, 405, "Method not allowed", message, {"allow": allowed})

    async def _fault(self, request: Request, _: Exception) -> Response:
        return self._problems.error(request, 500, "Something went wrong", "The server could not make this page.")


def _is_document(path: str) -> bool:
    return path.endswith(_SUFFIXES) and not path.startswith(health_feed.PATH)


class Ready(Response):
    """A prepared answer as a response for Starlette's routes."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.raw_headers = list(answer.headers)
        self.body = answer.body
        self.background = None


def _deciding_headers(scope: Scope) -> dict[str, str]:
    """The headers that decide about a document, by name; a list may be split over several lines (RFC 9110 §5.3)."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = _DECIDING.get(name)
        if key:
            said = value.decode("latin-1")
            found[key] = f"{found[key]}, {said}" if key in found else said
    return found


def _in_pieces(send: Send) -> Send:
    """A `send` that hands over one piece of a body after the other, as the client takes them: what a connection holds
    of an answer does not grow with the answer.
    """

    async def pieces(message: Message) -> None:
        body = message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) <= (PIECE if more else WHOLE):
            await send(message)
            return
        for start in range(0, len(body), PIECE):
            end = start + PIECE
            await send({**message, "body": body[start:end], "more_body": more or end < len(body)})

    return pieces


async def _send(send: Send, answer: Answer) -> None:
    headers = answer.headers
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
