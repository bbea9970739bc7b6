"""The operator's subscriptions: found behind a URL, and kept in seeds/subscriptions.opml.

The OPML file is authoritative and the store follows it. Every change to the file is written completely or not at all.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from feeds.errors import SeedError, SeedfeedError
from feeds.render import opml as rendered
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.text.urls import feed_key, without_credentials
from worker.fetch.policy import FetchPolicy
from worker.opml import opml
from worker.seeds import ledger
from worker.seeds.scan import MAX_BYTES
from worker.subscribe.finding import Found, find_feeds, likely_urls

Choose = Callable[[tuple[Found, ...]], Found]


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription. new: False if it existed before. shown: its URL without user and password."""

    url: str
    title: str
    new: bool
    guessed: bool = False

    @property
    def shown(self) -> str:
        return without_credentials(self.url)


def subscribe(
    home: Home, policy: FetchPolicy, url: str, *, category: str, title: str, now: datetime, choose: Choose
) -> Subscribed:
    """Finds the feed behind `url` and adds it to the list. Raises SeedfeedError if no feed is found or can be fetched.

    choose: selects one if there are several, best first.
    """
    known = _all_outlines(home)
    if old := known.get(feed_key(likely_urls(url)[0])):
        return Subscribed(old.url, old.title, False)
    found = tuple(replace(one, known=_existing(known, one) is not None) for one in find_feeds(url, policy, now))
    taken = choose(found) if len(found) > 1 else found[0]
    if old := _existing(known, taken):
        return Subscribed(old.url, old.title, False, taken.guessed)
    name = title or taken.title
    outline = opml.Outline(taken.url, name, taken.link, (category,) if category else ())
    _write(home, opml.add(_body(home.subscriptions), outline))
    return Subscribed(taken.url, name, True, taken.guessed)


def _existing(known: Mapping[str, opml.Outline], found: Found) -> opml.Outline | None:
    """The existing subscription to a feed, or to the URL that it redirects to."""
    return known.get(feed_key(found.url)) or known.get(feed_key(found.final))


def unsubscribe(home: Home, url: str) -> list[str]:
    """Removes a subscription from every list that names it; returns the lists. Raises SeedfeedError if none does.

    If no list has exactly this URL, other spellings of it count, as do URLs that differ only by a password, and a
    source that has since moved to this URL.
    """
    listed = {one.url for path in _lists(home) for one in _reading(home, path).outlines}
    record = record_of_source(home, url)
    names = {url, record.url} if record else {url}
    keys = {feed_key(name) for name in names}
    same = {one for one in listed if feed_key(one) in keys or without_credentials(one) in names}
    doomed = {url} & listed or same
    changed = []
    for path in _lists(home):
        before = body = path.read_bytes()
        for one in doomed:
            body = opml.remove(body, one, path.name) or body
        if body != before:
            ledger.save(path, body)
            changed.append(path.relative_to(home.root).as_posix())
    if not changed:
        raise SeedfeedError(f"{without_credentials(url)}: not subscribed; `seedfeed sources` lists what is")
    return changed


def record_of_source(home: Home, url: str) -> ledger.SourceRecord | None:
    """The ledger's record of the source at a URL, subscribed to or not."""
    known = ledger.load(home.ids, home.data / "ids.toml")
    return ledger.SourceIndex(known.sources).at(without_credentials(url)) if known else None


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The result of an OPML import: subscriptions added, and already known or repeated.

    mended, skipped: what was repaired in the file and what was left out, each with its line.
    """

    added: int
    known: int
    mended: tuple[str, ...]
    skipped: tuple[str, ...]


def take_over(home: Home, file: Path | None) -> TakenOver:
    """Adds the subscriptions of another OPML file, or of stdin. Raises SeedError, and changes nothing, if it cannot be
    read.
    """
    known = set(_all_outlines(home))
    name = str(file or "stdin")
    try:
        with open(file or sys.stdin.fileno(), "rb", closefd=file is not None) as opened:
            body = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise SeedError(name, f"cannot be read: {error.strerror}", "E_FILE") from error
    if len(body) > MAX_BYTES:
        raise SeedError(name, "has more than 20 MiB, which is the limit; nothing is added", "E_BIG")
    reading = opml.read(body, name)
    fresh: dict[str, opml.Outline] = {}
    for outline in reading.outlines:
        key = feed_key(outline.url)
        if key not in known:
            fresh.setdefault(key, outline)
    if fresh:
        _write(home, opml.merge(_body(home.subscriptions), fresh.values()))
    left_out = (*reading.skipped, *reading.links)
    return TakenOver(len(fresh), len(reading.outlines) - len(fresh), reading.mended, left_out)


def export_subscriptions(home: Home, settings: Settings) -> tuple[bytes, int]:
    """All subscriptions as one OPML 2.0 document, and how many URLs lost their user and password."""
    known = _all_outlines(home).values()
    outlines = [rendered.ListedFeed(one.title, one.url, one.link, one.categories) for one in known]
    private = sum(without_credentials(one.url) != one.url for one in known)
    return rendered.subscriptions(f"{settings.title}: subscriptions", outlines), private


def _all_outlines(home: Home) -> dict[str, opml.Outline]:
    """Every subscription of every list by its key, with folders as categories.

    Raises SeedError if a list cannot be read.
    """
    found: dict[str, opml.Outline] = {}
    for path in _lists(home):
        folders = path.relative_to(home.seeds).parts[:-1]
        for outline in _reading(home, path).outlines:
            categories = tuple(dict.fromkeys((*folders, *outline.categories)))
            found.setdefault(feed_key(outline.url), replace(outline, categories=categories))
    return found


def _reading(home: Home, path: Path) -> opml.SubscriptionList:
    return opml.read(path.read_bytes(), path.relative_to(home.seeds).as_posix())


def _lists(home: Home) -> Iterator[Path]:
    for path in sorted(home.seeds.rglob("*")):
        hidden = any(part.startswith((".", "_")) for part in path.relative_to(home.seeds).parts)
        if path.suffix.lower() == ".opml" and path.is_file() and not path.is_symlink() and not hidden:
            yield path


def _body(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _write(home: Home, body: bytes) -> None:
    home.seeds.mkdir(exist_ok=True)
    try:
        secret = any(without_credentials(one.url) != one.url for one in opml.read(body, "subscriptions.opml").outlines)
        ledger.save(home.subscriptions, body, 0o600 if secret else 0o777)
    except OSError as error:
        raise SeedError(str(home.subscriptions), f"cannot be written: {error.strerror}", "E_FILE") from error
