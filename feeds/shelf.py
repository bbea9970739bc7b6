"""The store as the server sees it: opened when it is there, looked into again only when it has changed.

A feed that nobody asked for before is made on the spot, and the worker is asked to keep it fresh from then on.
"""

import sqlite3
import time
from datetime import UTC, datetime

from feeds import publish
from feeds.config import Home, Settings
from feeds.errors import StoreError
from feeds.model import Feed, Representation, Site
from feeds.store import Store
from feeds.store.inbox import Inbox

# How often to ask whether the file has been replaced, as after a deleted data/.
LOOK_SECONDS = 1.0


class Shelf:
    """One connection to the store; used by one thread at a time."""

    def __init__(self, home: Home, settings: Settings, look_seconds: float = LOOK_SECONDS) -> None:
        self.home = home
        self._look_seconds = look_seconds
        self.settings = settings
        self._store: Store | None = None
        self._inode = 0
        self._looked = 0.0
        self._version = -1
        self._documents: dict[str, Representation | None] = {}
        self._feeds: dict[str, Feed] | None = None
        self._published = False

    def store(self) -> Store:
        """The open store. StoreError while the worker has not made it, or has not published from it yet."""
        now = time.monotonic()
        if self._store is None or now - self._looked > self._look_seconds:
            self._looked = now
            self._reopen_if_replaced()
        assert self._store is not None
        version = self._store.version()
        if version != self._version:
            self._version = version
            self._documents.clear()
            self._feeds = None
            self._published = publish.is_published(self._store)
        if not self._published:
            raise StoreError(f"{self.home.store}: nothing is published yet")
        return self._store

    def _reopen_if_replaced(self) -> None:
        try:
            inode = self.home.store.stat().st_ino
        except OSError as error:
            self.close()
            raise StoreError(f"{self.home.store}: not there yet; the worker makes it") from error
        if self._store is None or inode != self._inode:
            self.close()
            self._store, self._inode = Store.open_readonly(self.home.store), inode

    def close(self) -> None:
        """Lets go of the store; the next look opens it again."""
        if self._store:
            self._store.close()
        self._store = None
        self._version = -1

    def site(self) -> Site:
        return publish.site_of(self.settings, self.store())

    def feeds(self) -> dict[str, Feed]:
        store = self.store()
        if self._feeds is None:
            self._feeds = publish.feeds_of(self.settings, store, self.site())
        return self._feeds

    def document(self, path: str) -> Representation | None:
        """A published document; one that nobody asked for before is made now, and kept fresh from then on."""
        store = self.store()
        if path not in self._documents:
            found = store.publications.representation(path) or self._first_time(path)
            if found is None:
                return None
            self._documents[path] = found
        return self._documents[path]

    def _first_time(self, path: str) -> Representation | None:
        slug, _, suffix = path.removeprefix("/feeds/").rpartition(".")
        feed = self.feeds().get(slug)
        format_ = next((format_ for format_ in publish.FORMATS if format_.suffix == suffix), None)
        if feed is None or format_ is None:
            return None
        documents = publish.render(self.store(), feed, self.site(), self.settings)
        self._want(slug)
        updated = documents.updated.replace(microsecond=0)
        return publish.representation(path, format_.media_type, documents.bodies[suffix], updated)

    def _want(self, slug: str) -> None:
        try:
            inbox = Inbox(self.home.inbox)
        except StoreError:
            return  # data/ is not ours to write: the feed is made again whenever the store changes
        try:
            inbox.ask("want", slug, datetime.now(UTC))
        except sqlite3.Error:
            return
        finally:
            inbox.close()
