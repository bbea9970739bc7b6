"""Request bodies, read up to a limit, and plain text responses: shared by the hub and the callback."""

from starlette.requests import Request
from starlette.responses import Response


async def body_of(request: Request, most: int) -> bytes | None:
    """The body of a request; None if it is longer than `most` bytes, in which case the rest is not read."""
    stated = request.headers.get("content-length", "")
    if stated.isascii() and stated.isdigit() and int(stated[:20]) > most:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)


def plain_answer(status: int, text: str) -> Response:
    """A response to a program: text that no browser takes for anything else."""
    headers = {
        "cache-control": "no-store",
        "content-type": "text/plain; charset=utf-8",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(text.encode(), status, headers)
