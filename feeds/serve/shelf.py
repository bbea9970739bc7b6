"""The store as the server sees it: opened once it exists, and read again only after it has changed.

Documents are kept prepared in memory with their coded forms, up to a limit in bytes: a request for one costs a question
to SQLite whether anything was committed, and a look-up. Pages and searches are kept like that until anything is. A feed
that is requested for the first time is made on the spot, and the worker is asked to keep it fresh from then on.
"""

import sqlite3
import time
from collections.abc import Hashable
from contextlib import AbstractContextManager, suppress
from math import inf
from typing import Any

from feeds.errors import NotReadyError
from feeds.http.answers import Delta, Links, Prepared
from feeds.http.codings import form
from feeds.model import Feed, Site
from feeds.publish import assembly, catalogue, history, regenerate
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import Store
from feeds.websub.topics import hub_of, links

# How often to check whether the file has been replaced, e.g. after data/ was deleted.
LOOK_SECONDS = 1.0
MOST_BYTES = 64 * 2**20
MOST_KEPT = 2_000
# Of pages and feeds of searches, which anybody can think up without end.
MOST_SEARCHES = 500
SEARCH_BYTES = 16 * 2**20


class _Kept:
    """Values by key, up to a limit in bytes and perhaps in number; those that nobody asked for longest make space."""

    def __init__(self, most_bytes: int, most: float = inf) -> None:
        self._most_bytes, self._most = most_bytes, most
        self._values: dict[Hashable, tuple[Any, int]] = {}
        self._bytes = 0

    def get(self, key: Hashable) -> Any:
        """None if there is no such value."""
        held = self._values.pop(key, None)
        if held is None:
            return None
        self._values[key] = held
        return held[0]

    def put(self, key: Hashable, value: object, size: int) -> None:
        """Keeps a value, also one that is kept already and has another size now."""
        self.drop(key)
        while self._values and (self._bytes + size > self._most_bytes or len(self._values) >= self._most):
            self.drop(next(iter(self._values)))
        self._values[key] = (value, size)
        self._bytes += size

    def drop(self, key: Hashable) -> None:
        self._bytes -= self._values.pop(key, (None, 0))[1]

    def clear(self) -> None:
        self._values.clear()
        self._bytes = 0


class Shelf:
    """One connection to the store; used by one thread at a time."""

    def __init__(
        self,
        home: Home,
        settings: Settings,
        look_seconds: float = LOOK_SECONDS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """look_seconds: how often to check whether the file has been replaced. most_bytes: of documents in memory."""
        self.home = home
        self.settings = settings
        self._look_seconds = look_seconds
        self._store: Store | None = None
        # Of the file that is open; changes when it is replaced.
        self._identity: tuple[int, ...] = ()
        self._looked = 0.0
        self._version = -1
        self._documents = _Kept(most_bytes)
        # Paths of documents whose validators have been compared since the last commit.
        self._sure: set[str] = set()
        self._kept = _Kept(most_bytes, MOST_KEPT)
        self._searches = _Kept(min(most_bytes, SEARCH_BYTES), MOST_SEARCHES)
        self._feeds: dict[str, Feed] | None = None
        self._published = False

    def store(self) -> Store:
        """The open store. Raises NotReadyError while the worker has not created it, or has not published from it yet;
        StoreError or sqlite3.Error if it cannot be read.
        """
        now = time.monotonic()
        if self._store is None or now - self._looked > self._look_seconds:
            self._looked = now
            self._reopen_if_replaced()
        assert self._store is not None
        version = self._store.version()
        if version != self._version:
            self._forget()
            self._published = regenerate.is_published(self._store)
            self._version = version
        if not self._published:
            raise NotReadyError(f"{self.home.store}: nothing is published yet")
        return self._store

    def _forget(self) -> None:
        self._sure.clear()
        self._kept.clear()
        self._searches.clear()
        self._feeds = None

    def _reopen_if_replaced(self) -> None:
        try:
            replaced = self._store is None or self._identify(self._store) != self._identity
        except OSError as error:
            self.close()
            raise NotReadyError(f"{self.home.store}: not there yet; the worker makes it") from error
        if replaced:
            self.close()
            self._store = Store.open_readonly(self.home.store)
            self._identity = self._identify(self._store)

    def _identify(self, store: Store) -> tuple[int, ...]:
        """Raises OSError if there is no file. A frozen store does not notice who writes to it after all, so the file
        and its log count.
        """
        status = self.home.store.stat()
        if not store.frozen:
            return (status.st_ino,)
        with suppress(FileNotFoundError):
            log = self.home.store.with_name(f"{self.home.store.name}-wal").stat()
            return status.st_ino, status.st_mtime_ns, log.st_mtime_ns, log.st_size
        return status.st_ino, status.st_mtime_ns

    def close(self) -> None:
        """Closes the store; the next access opens it again."""
        if self._store:
            self._store.close()
        self._store = None
        self._version = -1
        self._documents.clear()
        self._forget()

    @property
    def file(self) -> tuple[int, ...]:
        """What tells the file that is open from one that takes its place."""
        return self._identity

    def version(self) -> tuple[int, ...]:
        """Changes whenever the store does."""
        self.store()
        return *self._identity, self._version

    def snapshot(self) -> AbstractContextManager[None]:
        """Reads the store as of this moment for the whole block; cached values may be older."""
        return self.store().snapshot()

    def site(self) -> Site:
        return catalogue.site_of(self.settings, self.store())

    def feeds(self) -> dict[str, Feed]:
        store = self.store()
        if self._feeds is None:
            self._feeds = catalogue.feeds_of(self.settings, store, self.site())
        return self._feeds

    def links(self, path: str) -> Links:
        """The links in the Link header of a document."""
        return links(self.settings, path)

    def document(self, path: str) -> Prepared | None:
        """A document that is kept fresh; None if there is none at this path."""
        try:
            return self._document(path, self.store())
        except sqlite3.Error:
            # The disk or the file has a fault just now: what was good a moment ago is better than nothing.
            known: Prepared | None = self._documents.get(path)
            if known:
                return known
            raise

    def _document(self, path: str, store: Store) -> Prepared | None:
        known: Prepared | None = self._documents.get(path)
        if known and path in self._sure:
            return known
        if known:
            found = known.found
            if store.representations.validators(path) == (found.etag, found.last_modified, found.max_age):
                self._sure.add(path)
                return known
        fresh = store.representations.of(path)
        if fresh is None:
            self._documents.drop(path)
            return None
        document = Prepared(fresh, self.links(path))
        self._documents.put(path, document, document.size)
        self._sure.add(path)
        return document

    def kept(self, key: Hashable) -> Any:
        """The value kept under a key since the last commit, or None."""
        self.store()
        return self._place(key).get(key)

    def keep(self, key: Hashable, value: object, size: int) -> None:
        """Keeps a value made from the store until the store changes. Searches make space for nothing but searches, so
        that no number of them displaces a page that is asked for often.
        """
        self._place(key).put(key, value, size)

    def _place(self, key: Hashable) -> _Kept:
        return self._searches if isinstance(key, str) and key.startswith("/search") else self._kept

    def add_form(self, document: Prepared, coding: str, form: bytes | None) -> None:
        """Adds a coded form to a document (see `Prepared.add`); it is kept as long as that is.

        A document or page that is kept until the store changes has its path as key.
        """
        document.add(coding, form)
        path = document.found.path
        for kept in (self._documents, self._place(path)):
            if kept.get(path) is document:
                kept.put(path, document, document.size)

    def first_time(self, path: str) -> Prepared | None:
        """Makes a document that is not kept fresh, as one that is requested for the first time; None if no such feed
        exists.

        Slow: not for the event loop that answers feeds.
        """
        if place := history.archive_of(path):
            return self._archive(path, *place)
        slug, _, suffix = path.removeprefix("/feeds/").rpartition(".")
        feed = self.feeds().get(slug)
        format_ = assembly.BY_SUFFIX.get(suffix)
        if feed is None or format_ is None:
            return None
        with self.snapshot():
            documents = assembly.render(self.store(), feed, self.site(), self.settings)
        found = assembly.representation(
            path,
            format_.media_type,
            documents.bodies[suffix],
            documents.updated.replace(microsecond=0),
            documents.max_age,
        )
        return Prepared(found, self.links(path))

    def _archive(self, path: str, slug: str, number: int) -> Prepared | None:
        feed = self.feeds().get(slug)
        if feed is None:
            return None
        with self.snapshot():
            found = history.archive(self.store(), feed, self.site(), number)
        return Prepared(found, self.links(path)) if found else None

    def delta(self, path: str, tag: str, accept_encoding: str) -> Delta | None:
        """What is new in a document since the version with this tag; None if that version is no longer known."""
        slug, _, suffix = path.removeprefix("/feeds/").rpartition(".")
        feed = self.feeds().get(slug)
        if feed is None:
            return None
        with self.snapshot():
            store = self.store()
            whole = store.representations.validators(path)
            hub = hub_of(self.settings)
            body = history.delta(store, self.site(), feed, suffix, tag, hub) if whole else None
        return Delta(whole[0], len(body), *form(body, accept_encoding)) if whole and body is not None else None
