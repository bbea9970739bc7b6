"""The public site as static files: what the server would send, written where any web server finds it.

Every file has the bytes that the server sends for its URL; only the search form is left out of pages, since static
files cannot search. Pages are written as `index.html` in a folder of their name, so that `/feeds/all` works everywhere;
feed documents are at their exact URLs and never redirect. Withdrawn entries and dropped feeds are removed. The store is
read as of one moment and never written.
"""

import contextlib
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from feeds.errors import MirrorError
from feeds.export.mirror import Mirror, mirror
from feeds.http.answers import Prepared
from feeds.http.codings import forms
from feeds.publish.assembly import FORMATS, archive_path
from feeds.render.html.pages import without_search
from feeds.serve import pages
from feeds.serve.access import Refusal
from feeds.serve.problems import MISSING, Problems
from feeds.serve.shelf import Shelf
from feeds.settings.load import Home
from feeds.settings.schema import Settings

# By coding, as expected by nginx's gzip_static and brotli_static, Caddy's `precompressed` and similar.
SUFFIXES = {"br": ".br", "gzip": ".gz", "zstd": ".zst"}


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did, in files without their coded forms. problems: what could not be written, and why."""

    written: int
    unchanged: int
    removed: int
    problems: tuple[str, ...]


def export(home: Home, settings: Settings, root: Path, progress: Callable[[int, int], None]) -> Exported:
    """Brings `root` up to date. Raises MirrorError if it is not a suitable directory, StoreError if nothing is
    published yet.

    progress: called with the number of finished addresses and their total.
    """
    for folder in (home.seeds, home.data):
        if root.resolve().is_relative_to(folder.resolve()):
            raise MirrorError(f"{root} lies in {folder}, which Seedfeed reads or writes itself; name another directory")
    shelf = _Snapshot(home, settings, look_seconds=float("inf"), most_bytes=0)
    try:
        with shelf.store().snapshot(), mirror(root, shelf.site().id, tuple(SUFFIXES.values())) as files:
            return _Export(home, shelf, files).run(progress)
    finally:
        shelf.close()


class _Snapshot(Shelf):
    """The store as of the start of the export."""

    def snapshot(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()


class _Export:
    def __init__(self, home: Home, shelf: Shelf, files: Mirror) -> None:
        self._home, self._shelf, self._files = home, shelf, files
        base = re.escape(shelf.settings.base_url.encode())
        self._media = re.compile(base + rb"/media/([0-9a-f]{32})/([a-z0-9][a-z0-9.-]{0,80})")
        # The date of pages that have none of their own.
        self._newest = shelf.store().representations.newest_document() or datetime.fromtimestamp(0, UTC)
        self._copied: set[str] = set()
        self._elsewhere = 0
        self._problems: list[str] = []

    def run(self, progress: Callable[[int, int], None]) -> Exported:
        steps = self._steps()
        for done, step in enumerate(steps):
            progress(done, len(steps))
            step()
        progress(len(steps), len(steps))
        files = self._files
        files.sweep()
        if self._elsewhere:
            notice = f"{self._elsewhere} documents were made for another base_url"
            self._problems.append(f"{notice}; run `seedfeed publish` and export again")
        self._problems += [f"{path}: another file stands there; move it away" for path in files.foreign]
        return Exported(files.written, files.unchanged, files.removed, tuple(self._problems))

    def _steps(self) -> list[Callable[[], None]]:
        """One step for each address. Link targets precede the pages that link to them, since the directory may be
        live.
        """
        shelf, store, feeds = self._shelf, self._shelf.store(), self._shelf.feeds()
        slugs = list(feeds)
        archives = [
            archive_path(slug, number) for slug in slugs for number in store.archives.of(feeds[slug]).pages(slug)
        ]
        newest = [f"/feeds/{slug}.{format_.suffix}" for slug in slugs for format_ in FORMATS]
        return [
            *(lambda uuid=uuid: self._page(pages.entry_page(shelf, uuid)) for uuid in store.listings.pages()),
            *(
                lambda uuid=uuid: self._page(pages.revisions_page(shelf, uuid))
                for uuid in (store.revisions.uuids_of_edited() if shelf.settings.revisions == "public" else ())
            ),
            *(lambda slug=slug: self._feed_pages(slug) for slug in slugs),
            *(lambda path=path: self._document(path) for path in [*archives, *newest]),
            lambda: self._page(pages.opml(shelf)),
            lambda: self._page(pages.sources_opml(shelf)),
            lambda: self._page(pages.icon(shelf)),
            lambda: self._write("/404.html", Problems(shelf.settings).page(MISSING)),
            lambda: self._page(pages.home_page(shelf)),
        ]

    def _feed_pages(self, slug: str) -> None:
        """All pages of a feed, the last one first, since each links to the next."""
        found = [pages.feed_page(self._shelf, slug)]
        while isinstance(found[-1], Prepared):
            found.append(pages.feed_page(self._shelf, slug, str(len(found) + 1)))
        for page in reversed(found):
            self._page(page)

    def _page(self, page: Prepared | Refusal) -> None:
        """Writes a page, if there is one."""
        if isinstance(page, Prepared):
            self._write(page.found.path, page.found.body)

    def _write(self, path: str, page: bytes) -> None:
        self._put(path, without_search(page), self._newest)

    def _document(self, path: str) -> None:
        document = self._shelf.document(path) or self._shelf.first_time(path)
        if document is None:
            self._files.keep(_file_of(path))
            self._problems.append(f"{path}: it cannot be made; what was exported before stays")
            return
        found = document.found
        # Every document names its own address.
        self._elsewhere += f"{self._shelf.settings.base_url}{path}".encode() not in found.body
        self._put(path, found.body, found.last_modified)

    def _put(self, path: str, body: bytes, moment: datetime) -> None:
        for digest, name in self._media.findall(body):
            self._copy(digest.decode(), name.decode())
        self._files.put(_file_of(path), body, moment, partial(_coded_files, body))

    def _copy(self, digest: str, name: str) -> None:
        path = f"media/{digest}/{name}"
        source = self._home.media / digest / name
        if path not in self._copied and source.is_file():
            self._copied.add(path)
            self._files.copy(path, source, digest)


def _coded_files(body: bytes) -> Mapping[str, bytes]:
    return {SUFFIXES[coding]: form for coding, form in forms(body).items()}


def _file_of(path: str) -> str:
    """The file below the directory for a path."""
    inner = path.strip("/")
    if not inner:
        return "index.html"
    return inner if inner == "opml" or "." in inner.rpartition("/")[2] else f"{inner}/index.html"
