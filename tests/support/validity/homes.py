"""Every document of every test home is judged when its test ends: newest documents, archives and deltas.

A home reports itself with `watch`; `judge` looks into its store. What was judged once is not judged again.
"""

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from feeds.errors import SeedfeedError
from feeds.publish import catalogue
from feeds.publish.history import archive, delta
from feeds.settings.load import Home, load
from feeds.settings.schema import Settings
from feeds.store import Store
from support.validity import Finding, check_atom, check_http, check_json, check_rss, refused

_CHECKS = {"atom": check_atom, "rss": check_rss, "json": check_json}
_homes: list[Path] = []
_judged: set[bytes] = set()


def watch(root: Path) -> None:
    """The home at `root` is judged at the end of the test that runs now."""
    _homes.append(root)


def forget() -> None:
    """No home made so far is judged: its test publishes faults on purpose."""
    _homes.clear()


def judge_all() -> list[str]:
    """The faults in what the watched homes publish now; they are watched no more."""
    roots = list(dict.fromkeys(_homes))
    _homes.clear()
    return [f"{root}: {fault}" for root in roots for fault in judge(root)]


def judge(root: Path) -> list[str]:
    """The faults in what a home publishes."""
    try:
        store = Store.open_readonly(Home(root).store)
    except SeedfeedError:
        return []  # nothing was published there
    with contextlib.closing(store):
        return list(faults(store, _settings(root), _judged))


def faults(store: Store, settings: Settings, judged: set[bytes] | None = None) -> Iterator[str]:
    """The faults in what is published from a store. judged: what need not be looked at, which grows."""
    judged = set() if judged is None else judged
    rows = store.connection.execute("SELECT path, media_type, body, last_modified_us FROM representations").fetchall()
    documents = [store.representations.of(row["path"]) for row in rows]
    now = max((document.last_modified for document in documents if document), default=None)
    if now is None:
        return
    base_url = ""
    for document in documents:
        assert document
        found = re.search(rb'"(https?://[^"]*)%s"' % re.escape(document.path.encode()), document.body)
        base_url = found[1].decode() if found else ""
        for fault in _faults(document.path, document.media_type, document.body, base_url, now, judged):
            yield f"{document.path}: {fault}"
    settings = settings.model_copy(update={"base_url": base_url})
    site = catalogue.site_of(settings, store)
    for slug, feed in catalogue.feeds_of(settings, store, site).items():
        for number in store.archives.pages(slug):
            page = archive(store, feed, site, number)
            assert page
            for fault in _faults(page.path, page.media_type, page.body, base_url, now, judged):
                yield f"{page.path}: {fault}"
        rows = store.connection.execute("SELECT format, etag FROM feed_versions WHERE feed = ?", (slug,)).fetchall()
        for row in rows:
            path = f"/feeds/{slug}.{row['format']}"
            whole = store.representations.of(path)
            body = delta(store, site, feed, row["format"], row["etag"])
            if whole and body:
                for fault in _faults(path, whole.media_type, body, base_url, now, judged):
                    yield f"{path}, what is new since {row['etag']}: {fault}"


def _faults(path: str, media_type: str, body: bytes, base_url: str, now: datetime, judged: set[bytes]) -> list[Finding]:
    digest = sha256(f"{path}\n{base_url}\n".encode() + body).digest()
    if digest in judged:
        return []
    judged.add(digest)
    check = _CHECKS[path.rpartition(".")[2]]
    return refused(check_http(media_type, body) + check(body, base_url + path, now + timedelta(minutes=1)))


def _settings(root: Path) -> Settings:
    """Of the home as it stands; what a test left broken decides nothing here."""
    with contextlib.suppress(SeedfeedError, sqlite3.Error):
        return load(Home(root), {})
    return Settings.of({})
