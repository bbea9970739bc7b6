"""What every request gets: published documents by one look-up of prepared bytes, all else by Starlette's routes.

Feeds are answered on the event loop, and nothing else that takes time is: pages and searches have `readers`. No URL is
ever made from a request: absolute URLs start with `base_url`, whatever the Host. Feed URLs never redirect.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from feeds import health
from feeds.admin import Gate
from feeds.browsing import Pages
from feeds.callback import Callback
from feeds.config import Home, Settings
from feeds.documents import Answer, respond
from feeds.errors import StoreError
from feeds.media import MediaFiles
from feeds.problems import Problems
from feeds.readers import BusyError, Readers
from feeds.shelf import LOOK_SECONDS, Shelf

Page = Callable[[Shelf, Request], Response]


class Application:
    """The ASGI application of one home."""

    def __init__(self, home: Home, settings: Settings, *, look_seconds: float = LOOK_SECONDS) -> None:
        """look_seconds: how often to ask whether the store's file has been replaced."""
        self.shelf = Shelf(home, settings, look_seconds)
        self._readers = Readers(lambda: Shelf(home, settings, look_seconds))
        self._problems = Problems(settings)
        self._files = MediaFiles(home.media)
        pages = Pages(self._problems)
        told = self._guarded(health.routed(self._readers, Gate(home, settings), self._problems.refused))
        routes = [
            Route("/", self._read(pages.home)),
            Route("/feeds/health", told),
            Route("/feeds/health.atom", told),
            Route("/feeds/health.rss", told),
            Route("/feeds/health.json", told),
            Route("/feeds/{slug}", self._read(pages.feed)),
            Route("/entries/{uuid}", self._read(pages.entry)),
            Route("/search", self._read(pages.search)),
            Route("/opml", self._read(pages.opml)),
            Route("/sources.opml", self._read(pages.sources_opml)),
            Route("/healthz", self._guarded(self._healthz)),
            Route("/media/{hash}/{name}", self._media),
            Route("/websub/{token}", Callback(self.shelf)),
        ]
        handlers: dict[Any, Any] = {404: self._not_found, 405: self._not_allowed, 500: self._fault}
        self._pages: ASGIApp = Starlette(routes=routes, exception_handlers=handlers)
        # A trailing slash is another URL: it is not found, never redirected.
        self._pages.router.redirect_slashes = False

    def close(self) -> None:
        """Lets go of the store."""
        self._readers.close()
        self.shelf.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send, self.close)
            return
        if scope["type"] != "http":
            return
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) > 1:
            # Two Host headers are how requests are smuggled past a proxy (RFC 9112 §3.2).
            message = "There is more than one Host header."
            refusal = self._problems.error(Request(scope), 400, "Bad request", message)
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

    def _read(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        """A page, made by one of the readers."""

        async def read(request: Request) -> Response:
            return await self._readers.run(lambda shelf: page(shelf, request))

        return self._guarded(read)

    def _guarded(self, page: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Without a store yet, every page says so instead of failing."""

        async def guarded(request: Request) -> Response:
            try:
                return await page(request)
            except StoreError:
                return self._problems.early(request)
            except BusyError:
                message = "Too many pages are asked for just now. Try again in a moment."
                return self._problems.error(request, 503, "Busy", message)

        return guarded

    async def _media(self, request: Request) -> Response:
        return await run_in_threadpool(self._files.respond, request) or self._problems.missing(request)

    async def _healthz(self, _: Request) -> Response:
        """503 when the last cycle is older than the worker said that the next one would be."""
        due = self.shelf.store().sources.fact("cycle_due_us")
        late = not due or int(due) < time.time() * 1_000_000
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
        return Response("degraded\n" if late else "ok\n", 503 if late else 200, headers, "text/plain")

    async def _not_found(self, request: Request, _: Exception) -> Response:
        try:
            self.shelf.store()
        except StoreError:
            return self._problems.early(request)
        return self._problems.missing(request)

    async def _not_allowed(self, request: Request, _: Exception) -> Response:
        message = "Only GET and HEAD are answered here."
        return self._problems.error(request, 405, "Method not allowed", message, {"allow": "GET, HEAD"})

    async def _fault(self, request: Request, _: Exception) -> Response:
        return self._problems.error(request, 500, "Something went wrong", "The server could not make this page.")


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
