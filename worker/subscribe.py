"""Subscriptions as the operator gives them: found behind a URL, and kept in seeds/subscriptions.opml.

The OPML file is the truth; the store follows it. Every change to it is written whole or not at all.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from feeds.config import Home, Settings
from feeds.errors import FetchError, ParseError, SeedError, SeedfeedError
from feeds.render import opml as rendered
from feeds.text import plain
from worker.connect import FetchPolicy, session
from worker.discover import candidates, well_known
from worker.fetch import Fetched, fetch
from worker.model import Document, ParsedFeed
from worker.parse import parse
from worker.seeds import ledger, opml

# A page may name hundreds of links that look like feeds.
MOST_TRIED = 8


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription. new: False if it was there already."""

    url: str
    title: str
    new: bool


def subscribe(home: Home, policy: FetchPolicy, url: str, *, category: str, title: str, now: datetime) -> Subscribed:
    """Finds the feed behind `url` and adds it to the list. SeedfeedError if there is none, or none can be fetched."""
    if "://" not in url:
        url = f"https://{url}"
    known = _known(home)
    if url in known:
        return Subscribed(url, known[url].title, False)
    found_url, parsed = asyncio.run(_find(url, policy, now))
    if found_url in known:
        return Subscribed(found_url, known[found_url].title, False)
    name = title or plain(parsed.title)
    outline = opml.Outline(found_url, name, parsed.link, (category,) if category else ())
    _write(home, opml.add(_body(home.subscriptions), outline))
    return Subscribed(found_url, name, True)


async def _find(url: str, policy: FetchPolicy, now: datetime) -> tuple[str, ParsedFeed]:
    """The feed at a URL, or the best one that its page points to, with the URL it is to be polled at."""
    async with session(policy) as client:

        async def get(address: str) -> Fetched | FetchError:
            return await fetch(client, address, policy, now, once=True)

        first = await get(url)
        if isinstance(first, FetchError):
            raise first
        document = first.document
        assert document is not None, "an unconditional request brings a document"
        try:
            return _address(url, first, document), parse(document)
        except ParseError as error:
            no_feed = error
        pointed = [candidate.url for candidate in candidates(document, first.links)]
        for address in dict.fromkeys((*pointed[:MOST_TRIED], *well_known(document.url or url))):
            fetched = await get(address)
            if isinstance(fetched, FetchError) or fetched.document is None:
                continue
            try:
                return _address(address, fetched, fetched.document), parse(fetched.document)
            except ParseError:
                continue
    raise ParseError(url, f"no feed here, and none that the page points to ({no_feed.message})", no_feed.code)


def _address(asked: str, fetched: Fetched, document: Document) -> str:
    """Where to poll: what was asked for, but for a redirect that is meant to last."""
    return fetched.permanent_url or asked if document.url != asked else asked


def unsubscribe(home: Home, url: str) -> list[str]:
    """Takes a subscription out of every list that names it; gives the lists. SeedfeedError if none does."""
    changed = []
    for path in _lists(home):
        body = opml.remove(path.read_bytes(), url, path.name)
        if body is not None:
            ledger.save(path, body.decode())
            changed.append(path.relative_to(home.root).as_posix())
    if not changed:
        raise SeedfeedError(f"{url}: not subscribed; `seedfeed sources` lists what is")
    return changed


def take_over(home: Home, file: Path) -> tuple[int, int]:
    """Adds the subscriptions of another OPML file; gives how many are new and how many were known."""
    known = _known(home)
    try:
        outlines = opml.read(file.read_bytes(), str(file))
    except OSError as error:
        raise SeedError(str(file), f"cannot be read: {error.strerror}", "E_FILE") from error
    fresh = [outline for outline in outlines if outline.url not in known]
    if fresh:
        _write(home, opml.merge(_body(home.subscriptions), fresh))
    return len(fresh), len(outlines) - len(fresh)


def exported(home: Home, settings: Settings) -> bytes:
    """All subscriptions as one OPML 2.0 document."""
    outlines = [rendered.Outline(one.title, one.url, one.link, one.categories) for one in _known(home).values()]
    return rendered.subscriptions(f"{settings.title}: subscriptions", outlines)


def _known(home: Home) -> dict[str, opml.Outline]:
    """Every subscription of every list, by URL. SeedError if a list cannot be read."""
    found: dict[str, opml.Outline] = {}
    for path in _lists(home):
        for outline in opml.read(path.read_bytes(), path.relative_to(home.seeds).as_posix()):
            found.setdefault(outline.url, outline)
    return found


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
        ledger.save(home.subscriptions, body.decode())
    except OSError as error:
        raise SeedError(str(home.subscriptions), f"cannot be written: {error.strerror}", "E_FILE") from error
