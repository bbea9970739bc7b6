"""Requests to the application, asked as a server asks: through ASGI."""

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from feeds.app import Application

Headers = Mapping[str, str] | Sequence[tuple[str, str]]


# Of what is private, for a home whose token is "hush": headers of a request, and the status that they get.
KNOCKS: Sequence[tuple[dict[str, str], int]] = [
    ({"host": "localhost"}, 401),
    ({"host": "localhost", "authorization": "Bearer no"}, 401),
    ({"host": "evil.example", "authorization": "Bearer hush"}, 421),
    ({"host": "news.example", "authorization": "Bearer hush"}, 200),
    ({"host": "[::1]:80", "authorization": "Basic " + base64.b64encode(b"any:hush").decode()}, 200),
]


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"] == "application/problem+json"
        found: dict[str, Any] = json.loads(self.body)
        return found


def ask(
    app: Application,
    path: str,
    headers: Headers = (),
    method: str = "GET",
    *,
    chunks: Sequence[bytes] = (b"",),
    client: str = "127.0.0.1",
) -> Response:
    """One request; path as written in a request line, its query included. chunks: its body. client: who asks."""
    return asyncio.run(asked(app, path, headers, method, chunks=chunks, client=client))


async def asked(
    app: Application,
    path: str,
    headers: Headers = (),
    method: str = "GET",
    *,
    chunks: Sequence[bytes] = (b"",),
    client: str = "127.0.0.1",
) -> Response:
    """The same, for many at once."""
    parts = urlsplit(path)
    given = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
    if not any(name == "host" for name, _ in given):
        given.append(("host", "news.example"))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in given],
        "client": (client, 50000),
        "server": ("127.0.0.1", 8080),
    }
    sent: list[Any] = []
    waiting = list(chunks)

    async def receive() -> dict[str, Any]:
        if not waiting:
            # The client says nothing more, and stays.
            await asyncio.Event().wait()
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *rest = sent
    names = [name.decode() for name, _ in start["headers"]]
    assert len(set(names)) == len(names), f"a header twice: {names}"
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return Response(start["status"], found, b"".join(message.get("body", b"") for message in rest))
