"""A scripted origin: a real HTTP/1.1 server on 127.0.0.1, where tests put the documents that a worker fetches.

    with Origin() as origin:
        origin.put("/feed.xml", body, media_type="application/rss+xml", etag='"1"')
        ... fetch origin.url("/feed.xml") ...
        assert [request.status for request in origin.requests] == [200, 304]

Conditional requests follow RFC 9110 §13.2.2, gzip §12.5.3. Misbehaviour is asked for: `delay`, `drip`, `cut`,
`chunked`, or a `script` that answers each request as it likes.
"""

import gzip
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.message import Message
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import Event, Lock, Thread
from types import TracebackType


@dataclass(frozen=True, slots=True)
class Request:
    """One request. path: as in the request line, query included. headers: names in any case. status: our answer."""

    method: str
    path: str
    headers: Message
    body: bytes = b""
    status: int = 0


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, sent as it stands but for Content-Length, Connection and Date, which are added unless given.

    delay: seconds before the status line. drip: seconds before each byte of the body. cut: bytes of the body after
    which the connection breaks, None for never. chunked: sent in chunks, without a Content-Length.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    cut: int | None = None
    chunked: bool = False


Script = Callable[[Request], Response]


class Origin:
    """A server in a thread; use it as a context manager. A path nobody put answers 404. address: on the loopback.

    requests: all that were answered, in that order. connections: how many were opened. An exception in a script answers
    500 and is raised at the end.
    """

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address = address
        self.requests: list[Request] = []
        self.connections = 0
        self._scripts: dict[str, Script] = {}
        self._errors: list[Exception] = []
        self._server = _Server(self)
        # A short interval, so that the end of a test does not wait for it.
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> "Origin":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stopping.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()
        if self._errors and error is None:
            raise self._errors[0]

    @property
    def base(self) -> str:
        """ "http://127.0.0.1:PORT", without a slash at its end."""
        return f"http://{self.address}:{self._server.server_port}"

    def url(self, path: str) -> str:
        return self.base + path

    def put(
        self,
        path: str,
        body: bytes = b"",
        media_type: str = "application/xml",
        *,
        etag: str = "",
        last_modified: str = "",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        delay: float = 0.0,
        drip: float = 0.0,
        cut: int | None = None,
        chunked: bool = False,
        script: Script | None = None,
    ) -> None:
        """Answers requests for `path` from now on, whatever stood there before.

        path: with a query it answers for this query only, without one for all. etag: with its quotes. last_modified:
        an HTTP date. headers: win over those that follow from the other arguments. script: answers in place of all
        these. A body is compressed for whoever accepts gzip, unless it comes with its Content-Encoding; the ETag
        stays as it is.
        """
        own = {"Content-Type": media_type, "ETag": etag, "Last-Modified": last_modified, **(headers or {})}
        response = Response(
            status, body, {name: value for name, value in own.items() if value}, delay, drip, cut, chunked
        )
        self._scripts[path] = script or (lambda request: _negotiated(request, response))

    def redirect(self, path: str, to: str, status: int = 301) -> None:
        """to: stands in Location as it is, absolute or relative."""
        self.put(path, status=status, media_type="", headers={"Location": to})

    def remove(self, path: str) -> None:
        """Answers 404 from now on."""
        self._scripts.pop(path, None)

    def failed(self, error: Exception) -> None:
        """Keeps an error of a server thread for the end of the test."""
        self._errors.append(error)

    def answer(self, request: Request) -> Response:
        """What the path's script says; the server asks, tests need not."""
        script = self._scripts.get(request.path) or self._scripts.get(request.path.partition("?")[0])
        if script is None:
            return Response(404, b"not here\n", {"Content-Type": "text/plain"})
        try:
            return script(request)
        except Exception as error:
            self.failed(error)
            return Response(500, b"the script failed\n", {"Content-Type": "text/plain"})


def _negotiated(request: Request, response: Response) -> Response:
    """304 where a precondition says so, else the document, compressed if asked."""
    headers = dict(response.headers)
    if response.status == 200 and request.method in ("GET", "HEAD") and _unchanged(request.headers, headers):
        kept = {name: headers[name] for name in headers if name.lower() not in ("content-type", "content-encoding")}
        return replace(response, status=304, body=b"", headers=kept, drip=0.0, cut=None, chunked=False)
    if response.body and "content-encoding" not in map(str.lower, headers):
        headers.setdefault("Vary", "Accept-Encoding")
        if _accepts_gzip(request.headers.get("Accept-Encoding", "")):
            # mtime 0: the same document gives the same bytes.
            packed = gzip.compress(response.body, mtime=0)
            return replace(response, body=packed, headers={**headers, "Content-Encoding": "gzip"})
    return replace(response, headers=headers)


def _unchanged(request: Message, headers: Mapping[str, str]) -> bool:
    """If-None-Match decides when it is there, weakly compared; else If-Modified-Since."""
    wanted = request.get("If-None-Match")
    if wanted is not None:
        tags = re.findall(r'(?:W/)?("[^"]*")', wanted)
        return wanted.strip() == "*" or headers.get("ETag", "").removeprefix("W/") in tags
    since, modified = request.get("If-Modified-Since"), headers.get("Last-Modified")
    if not since or not modified:
        return False
    with suppress(ValueError):
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    return False


def _accepts_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        coding, _, quality = part.partition(";")
        if coding.strip() in ("gzip", "x-gzip", "*"):
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", quality)
    return False


class _Server(ThreadingHTTPServer):
    # Threads are waited for at the end: a connection that outlives its test would be somebody else's warning.
    daemon_threads = False
    block_on_close = True

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.stopping = Event()
        self._open: set[socket] = set()
        self._lock = Lock()
        super().__init__((origin.address, 0), _Handler)

    def hang_up(self) -> None:
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(SHUT_RDWR)

    def opened(self, connection: socket) -> None:
        with self._lock:
            self._open.add(connection)
            self.origin.connections += 1
        if self.stopping.is_set():
            self.hang_up()

    def closed(self, connection: socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is its own affair; anything else is a bug, and travels."""
        error = sys.exception()
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self.origin.failed(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        with suppress(ConnectionError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _respond(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(self.command, self.path, self.headers, self.rfile.read(length))
        response = self.server.origin.answer(request)
        if self.server.stopping.wait(response.delay):
            self.close_connection = True
            return
        # Recorded before the first byte leaves: whoever has the answer finds the request in the list.
        self.server.origin.requests.append(replace(request, status=response.status))
        self._head(request, response)
        if self.command != "HEAD" and response.status >= 200 and response.status not in (204, 304):
            self._body(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _respond

    def _head(self, request: Request, response: Response) -> None:
        given = {name.lower() for name in response.headers}
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if "date" not in given:
            self.send_header("Date", self.date_time_string())
        if response.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif "content-length" not in given and response.status not in (204, 304):
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()

    def _body(self, response: Response) -> None:
        body = response.body if response.cut is None else response.body[: response.cut]
        step = 1 if response.drip else max(len(body), 1)
        for start in range(0, len(body), step):
            if response.drip and self.server.stopping.wait(response.drip):
                break
            part = body[start : start + step]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if response.chunked else part)
        else:
            if response.cut is None:
                self.wfile.write(b"0\r\n\r\n" if response.chunked else b"")
                return
        self.close_connection = True
