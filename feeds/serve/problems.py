"""Errors: problem+json (RFC 9457) for programs, a page for people, by what they accept; never a feed with status 200.

They never repeat any part of a request.
"""

import json
import sqlite3
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from feeds.errors import NotReadyError, StoreError
from feeds.model import Site
from feeds.render.html import pages
from feeds.serve.access import Refusal
from feeds.settings.schema import Settings

RETRY_SECONDS = 5

# Headers of every page: a browser runs nothing in it, loads no frame and sends no referrer.
PAGE_SAFETY = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    (
        "content-security-policy",
        f"default-src 'none'; style-src {pages.STYLE_HASH}; img-src http: https: data:; media-src http: https:;"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
)


MISSING = Refusal(404, "Not found", "There is nothing at this address.")


class Problems:
    """The errors of one site. They need no store, since there may be none."""

    def __init__(self, settings: Settings) -> None:
        self._site = Site("", settings.title, "", "", settings.base_url, "en")

    def error(
        self, request: Request, status: int, title: str, message: str, headers: Mapping[str, str] | None = None
    ) -> Response:
        """title, message: plain text, for people."""
        sent = {"cache-control": "no-store", "vary": "Accept", "x-content-type-options": "nosniff"}
        if status == 503:
            sent["retry-after"] = str(RETRY_SECONDS)
        sent |= headers or {}
        if wants_page(request):
            page = self.page(Refusal(status, title, message))
            return Response(page, status, sent | dict(PAGE_SAFETY), "text/html")
        problem = json.dumps({"title": title, "status": status, "detail": message})
        return Response(problem, status, sent, "application/problem+json")

    def page(self, refusal: Refusal) -> bytes:
        return pages.error(self._site, refusal.status, refusal.title, refusal.message)

    def missing(self, request: Request) -> Response:
        return self.refusal_page(request, MISSING)

    def unread(self, request: Request, error: StoreError | sqlite3.Error) -> Response:
        """The answer while the store cannot be read."""
        if isinstance(error, NotReadyError):
            message = "Nothing is published yet: the worker has not finished its first cycle. Try again in a moment."
            return self.error(request, 503, "Not ready yet", message)
        message = "What is published here cannot be read just now. Try again later."
        return self.error(request, 503, "Out of order", message)

    def refusal_page(self, request: Request, refusal: Refusal) -> Response:
        return self.error(request, refusal.status, refusal.title, refusal.message, refusal.headers)


def wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
