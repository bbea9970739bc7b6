"""Bodies of requests, read up to a limit, and answers in plain text: what the hub and the callback share."""

from starlette.requests import Request
from starlette.responses import Response


async def body_of(request: Request, most: int) -> bytes | None:
    """None if it has more than `most` bytes; then the rest is not read."""
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
    """An answer to a program: text that no browser takes for anything else."""
    headers = {
        "cache-control": "no-store",
        "content-type": "text/plain; charset=utf-8",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(text.encode(), status, headers)
