"""The public site as static files: what the server would answer, written where any web server finds it.

Every file holds the bytes that the server sends for its URL, since the server's own application is asked for them; only
the search form is left out of pages, for a file cannot search. Pages are written as `index.html` of a folder of their
name, so that `/feeds/all` is found everywhere; feed documents stand at their very URLs and never redirect.
Withdrawn entries and dropped feeds leave. The store is read as it stood at one moment; nothing is written into it.
"""

import asyncio
import gzip
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feeds.app import Application
from feeds.config import Home, Settings
from feeds.dates import parse_http_date
from feeds.errors import MirrorError
from feeds.mirror import Mirror, mirror
from feeds.model import Representation
from feeds.publish import FORMATS, archive_path
from feeds.render import pages
from feeds.shelf import Shelf

# By the suffix of the file: for nginx's gzip_static, Caddy's `precompressed` and the like.
ENCODE: Mapping[str, Callable[[bytes], bytes]] = {".gz": lambda body: gzip.compress(body, 9, mtime=0)}
_LISTS = ("/opml", "/sources.opml")
NOT_FOUND = "404.html"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did, in files without their coded forms. problems: what could not be written, and why."""

    written: int
    unchanged: int
    removed: int
    problems: tuple[str, ...]


def export(home: Home, settings: Settings, root: Path, progress: Callable[[int, int], None]) -> Exported:
    """Brings `root` up to date. MirrorError if it is no place for that; StoreError if nothing is published yet.

    progress: told how many of how many addresses are done.
    """
    for folder in (home.seeds, home.data):
        if root.resolve().is_relative_to(folder.resolve()):
            raise MirrorError(f"{root} lies in {folder}, which Seedfeed reads or writes itself; name another directory")
    shelf = _Snapshot(home, settings)
    try:
        shelf.store().connection.execute("BEGIN")
        with mirror(root, shelf.site().id, ENCODE) as files:
            return asyncio.run(_Export(home, shelf, files, progress).run())
    finally:
        shelf.close()


class _Snapshot(Shelf):
    """The store as it stands when it is opened; what is asked for is not noted as wanted."""

    LOOK_SECONDS = float("inf")

    def document(self, path: str) -> Representation | None:
        # Each is asked for once: none is kept, for all archives together may be large.
        found = super().document(path)
        self._documents.clear()
        return found

    def _want(self, _slug: str) -> None:
        return


class _Export:
    def __init__(self, home: Home, shelf: Shelf, files: Mirror, progress: Callable[[int, int], None]) -> None:
        self._application = Application(home, shelf.settings, shelf)
        self._home, self._shelf, self._files, self._progress = home, shelf, files, progress
        base = re.escape(shelf.settings.base_url.encode())
        self._media = re.compile(base + rb"/media/([0-9a-f]{32})/([a-z0-9][a-z0-9.-]{0,80})")
        self._newest = datetime.fromtimestamp(0, UTC)
        self._copied: set[str] = set()
        self._problems: list[str] = []

    async def run(self) -> Exported:
        store, feeds = self._shelf.store(), list(self._shelf.feeds())
        entries = store.publications.pages()
        formats = [format_.suffix for format_ in FORMATS]
        documents = [archive_path(slug, number) for slug in feeds for number in store.archives.pages(slug)]
        documents += [f"/feeds/{slug}.{suffix}" for slug in feeds for suffix in formats]
        shown = [f"/entries/{uuid}" for uuid in entries] + [f"/feeds/{slug}" for slug in feeds]
        # What is linked to goes before what links to it, since the directory is served meanwhile.
        self._newest = store.publications.newest_document() or self._newest
        paths = [*shown, *documents, *_LISTS, "/"]
        for done, path in enumerate(paths):
            self._progress(done, len(paths))
            await self._take(path)
        await self._take(f"/{NOT_FOUND}", status=404)
        self._progress(len(paths), len(paths))
        self._files.sweep()
        self._problems += [f"{path}: another file stands there; move it away" for path in self._files.foreign]
        return Exported(self._files.written, self._files.unchanged, self._files.removed, tuple(self._problems))

    async def _take(self, path: str, status: int = 200) -> None:
        """One address."""
        self._put(path, await _ask(self._application, path), status)

    def _put(self, path: str, answer: "_Answer", status: int) -> None:
        file, body = _file_of(path), answer.body
        if answer.status != status:
            self._files.keep(file)
            self._problems.append(f"{path}: the server answers {answer.status}; what was exported before stays")
            return
        if answer.headers["content-type"].startswith("text/html"):
            body = pages.without_search(body)
        for digest, name in self._media.findall(body):
            self._copy(digest.decode(), name.decode())
        moment = parse_http_date(answer.headers.get("last-modified", ""))
        self._files.put(file, body, moment or self._newest)

    def _copy(self, digest: str, name: str) -> None:
        path = f"media/{digest}/{name}"
        source = self._home.media / digest / name
        if path not in self._copied and source.is_file():
            self._copied.add(path)
            self._files.copy(path, source, digest)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


async def _ask(application: Application, path: str) -> _Answer:
    """What the application answers to a browser's GET, without a coding."""
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"accept", b"text/html,*/*")],
        "client": None,
        "server": ("localhost", 80),
    }
    status, headers, body = 0, {}, b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, headers, body
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]}
        else:
            body += message.get("body", b"")

    await application(scope, receive, send)
    return _Answer(status, headers, body)


def _file_of(path: str) -> str:
    """Where the answer of a path stands below the directory."""
    inner = path.strip("/")
    if not inner:
        return "index.html"
    return inner if path in _LISTS or "." in inner.rpartition("/")[2] else f"{inner}/index.html"
