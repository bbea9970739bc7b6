"""Every document of every test home is judged when its test ends: newest documents, archives and deltas.

It must be valid, and feedparser, which many readers use, must find in it every entry that it holds.
A home reports itself with `watch`; `judge` looks into its store. What was judged once is not judged again.
"""

import contextlib
import io
import re
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import feedparser
from lxml import etree

from feeds.errors import SeedfeedError
from feeds.publish import catalogue
from feeds.publish.history import archive, delta
from feeds.settings.load import Home, load_settings
from feeds.settings.schema import Settings
from feeds.store import Store
from support.validity import check_atom, check_http, check_json, check_rss, refused

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


def read_back(body: bytes, ids: Sequence[str]) -> list[str]:
    """What feedparser misses or misreads in an Atom or RSS document. ids: of its entries, in their order."""
    parsed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    if parsed.bozo:
        return [f"feedparser cannot read it: {parsed.bozo_exception}"]
    if len(parsed.entries) != len(ids):
        return [f"feedparser finds {len(parsed.entries)} entries in it, not {len(ids)}"]
    faults = []
    for entry, id_ in zip(parsed.entries, ids, strict=True):
        if entry.get("id") != id_:
            faults.append(f"feedparser reads another id: {entry.get('id')!r}, not {id_!r}")
        missing = [name for name in ("title", "link", "summary") if not entry.get(name)]
        if missing:
            faults.append(f"feedparser finds no {' and no '.join(missing)} of {id_}")
    return faults


def _ids(suffix: str, body: bytes) -> list[str]:
    """The ids of a document's entries; none of one that is not well-formed, which has that fault already."""
    with contextlib.suppress(etree.XMLSyntaxError):
        path = "{*}entry/{*}id" if suffix == "atom" else "channel/item/guid"
        return [element.text or "" for element in etree.fromstring(body).iterfind(path)]
    return []


def _faults(path: str, media_type: str, body: bytes, base_url: str, now: datetime, judged: set[bytes]) -> list[str]:
    digest = sha256(f"{path}\n{base_url}\n".encode() + body).digest()
    if digest in judged:
        return []
    judged.add(digest)
    suffix = path.rpartition(".")[2]
    findings = check_http(media_type, body) + _CHECKS[suffix](body, base_url + path, now + timedelta(minutes=1))
    unread = [] if suffix == "json" else read_back(body, _ids(suffix, body))
    return [*map(str, refused(findings)), *unread]


def _settings(root: Path) -> Settings:
    """Of the home as it stands; what a test left broken decides nothing here."""
    with contextlib.suppress(SeedfeedError, sqlite3.Error):
        return load_settings(Home(root), {})
    return Settings.of({})
