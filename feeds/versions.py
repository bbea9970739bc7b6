"""Who gets `/entries/UUID/revisions`, what each edit of an entry changed: those whom `revisions` in site.toml allows.

Where that is the operator alone, nothing between here and there keeps a copy.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from feeds.admin import Gate, Refusal
from feeds.readers import Readers
from feeds.settings.schema import Settings
from feeds.shelf import Shelf


def routed(
    readers: Readers,
    gate: Gate,
    settings: Settings,
    refuse: Callable[[Request, Refusal], Response],
    page: Callable[[Shelf, Request], Response],
) -> Callable[[Request], Awaitable[Response]]:
    """Answers with the page where the setting says "public", else only for whoever has the token."""

    async def answer(request: Request) -> Response:
        if settings.revisions == "public":
            return await readers.run(lambda shelf: page(shelf, request))
        if refusal := gate.judge(request):
            return refuse(request, refusal)
        response = await readers.run(lambda shelf: page(shelf, request))
        response.headers["cache-control"] = "private, no-store"
        response.headers["vary"] = "Authorization, Accept-Encoding, Accept"
        return response

    return answer
