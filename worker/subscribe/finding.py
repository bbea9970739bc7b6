"""Finds the feeds behind what a person typed: fetches and reads each candidate, and returns only feeds.

    URL as given | https, then http | a feed: done | what the page points to | the usual places | pages that list feeds

Each step runs only if those before it found nothing.
"""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

import aiohttp

from feeds.errors import FetchError, ParseError
from feeds.text.dates import parse as date_of
from feeds.text.plaintext import plain
from feeds.text.urls import absolute, feed_key, host, parts_of, without_credentials, without_feed_scheme
from worker.fetch.conditional_get import fetch
from worker.fetch.connect import session
from worker.fetch.policy import FetchPolicy
from worker.model import Document, Fetched, ParsedFeed
from worker.parse import parse
from worker.subscribe.discover import Candidate, about_comments, candidate_feeds, looks_like_feed, well_known
from worker.subscribe.sites import feeds_by_rule

# A page may have hundreds of links that look like feeds; one wave is enough to notice a host that hangs.
MOST_TRIED, WAVE = 16, 4
# Errors that another scheme cannot avoid.
_FINAL = frozenset({"E_ADDR", "E_DNS", "E_SCHEME", "E_URL"})
# After one of these errors, the host gets no further guesses.
_SILENT = frozenset({"E_ADDR", "E_CONNECT", "E_DNS", "E_SLOW", "E_TLS", "E_WALL"})
_HANDLE = re.compile(r"@([\w.-]+)@([\w.-]+(?::[0-9]+)?)", re.ASCII)
_NAMES = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed", "rdf": "RSS", "cdf": "CDF"}


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was read.

    url: where to poll it, with the given credentials. final: where the answer came from. format: for display. newest:
    the latest date of an entry. full: its entries hold more than summaries. links: of its entries. comments: it is
    about comments. known: it is already subscribed to. guessed: no page points to it.
    """

    url: str
    final: str
    title: str
    format: str
    link: str
    entries: int
    newest: datetime | None = None
    full: bool = False
    links: frozenset[str] = frozenset()
    comments: bool = False
    known: bool = False
    guessed: bool = False


def likely_urls(given: str) -> tuple[str, ...]:
    """The URLs that a person may have meant, likeliest first."""
    url = without_feed_scheme(given.strip())
    if handle := _HANDLE.fullmatch(url):  # a handle of the Fediverse
        return (f"https://{handle[2]}/@{handle[1]}",)
    if "://" in url:
        return (url,)
    bare = url.removeprefix("//")
    return (f"https://{bare}", f"http://{bare}")


def find_feeds(given: str, policy: FetchPolicy, now: datetime) -> tuple[Found, ...]:
    """The feeds at or behind a URL, best first, at least one.

    Raises FetchError or ParseError that lists what was tried.
    """
    return asyncio.run(_find(likely_urls(given), policy, now))


async def _find(urls: tuple[str, ...], policy: FetchPolicy, now: datetime) -> tuple[Found, ...]:
    async with session(policy) as client:
        search = _Search(client, policy, now, urls[0])
        url, first = await search.first(urls)
        if isinstance(first, FetchError):
            search.silent.clear()  # a wall before a page often admits requests for its feed
            return await search.each(map(Candidate, feeds_by_rule(url))) or _raise(first)
        document = first.document
        assert document is not None, "an unconditional request brings a document"
        try:
            return (_found(search.url_to_poll(url, first, document), document, parse(document)),)
        except ParseError as error:
            if looks_like_feed(document):
                raise
            no_feed = error
        pointed = [*map(Candidate, feeds_by_rule(url)), *candidate_feeds(document, first.links)]
        usual = well_known(document.url or url)
        found = await search.each(pointed)
        found = found or tuple(replace(one, guessed=True) for one in await search.one_of(usual))
        found = found or await search.each(search.deeper)
    return found or _raise(_nothing(url, no_feed, search, len(usual)))


def _raise(error: FetchError | ParseError) -> tuple[Found, ...]:
    raise error


def _nothing(url: str, no_feed: ParseError, search: "_Search", usual: int) -> ParseError:
    """What was tried without success, in one sentence."""
    pointed = "the page points to none"
    if search.failed:
        # The first that the page names, whichever answered first.
        place = next((url for url in search.named if url in search.failed), next(iter(search.failed)))
        why = search.failed[place]
        others = f" (and {len(search.failed) - 1} more)" if len(search.failed) > 1 else ""
        pointed = f"what the page points to is none: {place}{others}: {_first_sentence(why)}"
    guesses = f"none is at {usual} usual places such as /feed and /rss.xml"
    message = f"no feed here ({_first_sentence(no_feed.message)}); {pointed}; and {guesses}."
    return ParseError(without_credentials(url), message, no_feed.code)


def _first_sentence(message: str) -> str:
    return message.partition(". ")[0].rstrip(".")


@dataclass(slots=True)
class _Search:
    """The state of one search.

    given: the URL to whose origin the credentials are sent. asked: URLs that were fetched. failed: candidates that are
    no feed, with the reason. named: candidates in the order in which pages name them. deeper: candidates from pages
    that were found instead of a feed.
    """

    client: aiohttp.ClientSession
    policy: FetchPolicy
    now: datetime
    given: str
    asked: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)
    deeper: list[Candidate] = field(default_factory=list)

    async def get(self, url: str) -> Fetched | FetchError:
        self.asked.add(url)
        fetched = await fetch(self.client, self.private(url), self.policy, self.now, once=True)
        assert fetched is not None, "without a budget nothing is put off"
        if isinstance(fetched, FetchError) and fetched.code in _SILENT:
            self.silent.add(host(url))
        return fetched

    async def first(self, urls: tuple[str, ...]) -> tuple[str, Fetched | FetchError]:
        """The first of these URLs that answers, or else the error of the first one, naming the others."""
        errors: list[FetchError] = []
        for url in urls:
            fetched = await self.get(url)
            if not isinstance(fetched, FetchError):
                self.given = url
                return url, fetched
            errors.append(fetched)
            if fetched.code in _FINAL:
                break
        if len(errors) == 1:
            return urls[0], errors[0]
        tried = f"{errors[0].message} {without_credentials(urls[1])} was tried too: {errors[1].message}"
        return urls[0], FetchError(errors[0].name, tried, errors[0].code, errors[0].retry_after, errors[0].status)

    async def each(self, pointed: Iterable[Candidate]) -> tuple[Found, ...]:
        """The feeds among the first few candidates, best first."""
        fresh = list({one.url: one for one in pointed if one.url not in self.asked}.values())[:MOST_TRIED]
        self.named += [one.url for one in fresh]
        first: dict[str, Found] = {}
        for start in range(0, len(fresh), WAVE):
            wave = [one for one in fresh[start : start + WAVE] if host(one.url) not in self.silent]
            for found in await asyncio.gather(*map(self.attempt, wave)):
                if found is not None:
                    first.setdefault(feed_key(found.url), found)
        return best_first(first.values())

    async def one_of(self, places: Iterable[str]) -> tuple[Found, ...]:
        """The first of these places that is a feed."""
        failed = dict(self.failed)
        for place in places:
            if place not in self.asked and host(place) not in self.silent:
                found = await self.attempt(Candidate(place))
                if found is not None:
                    return (found,)
        self.failed = failed  # failed guesses of our own are not reported
        return ()

    async def attempt(self, candidate: Candidate) -> Found | None:
        fetched = await self.get(candidate.url)
        if isinstance(fetched, FetchError) or fetched.document is None:
            self.failed[candidate.url] = fetched.message if isinstance(fetched, FetchError) else "Nothing came."
            return None
        document = fetched.document
        try:
            parsed = parse(document)
        except ParseError as error:
            self.failed[candidate.url] = error.message
            self.deeper += candidate_feeds(document, fetched.links)
            return None
        return _found(self.url_to_poll(candidate.url, fetched, document), document, parsed, candidate)

    def url_to_poll(self, asked: str, fetched: Fetched, document: Document) -> str:
        """Where to poll: the requested URL, or the end of a permanent redirect."""
        return self.private(fetched.permanent_url or asked if document.url != asked else asked)

    def private(self, url: str) -> str:
        """The URL with the given credentials if it has the same origin, or is https in place of its http."""
        user, at, _ = parts_of(self.given).netloc.rpartition("@")
        own, parts = parts_of(absolute(self.given)), parts_of(url)
        if not at or "@" in parts.netloc or parts.netloc != own.netloc:
            return url
        if parts.scheme != own.scheme and (own.scheme, own.port) != ("http", None):
            return url
        return parts._replace(netloc=f"{user}@{parts.netloc}").geturl()


def best_first(found: Iterable[Found]) -> tuple[Found, ...]:
    """Orders feeds: those of comments last, empty ones after the others, otherwise as found.

    If the first holds only summaries and another has the same entries in full, that one goes first.
    """
    ordered = sorted(found, key=lambda one: (one.comments, not one.entries))
    for one in ordered[1:]:
        if (
            not ordered[0].full
            and one.full
            and not one.comments
            and 2 * len(one.links & ordered[0].links) > one.entries
        ):
            return (one, *(other for other in ordered if other is not one))
    return tuple(ordered)


def _found(url: str, document: Document, parsed: ParsedFeed, candidate: Candidate | None = None) -> Found:
    dates = [date for one in parsed.entries if (date := date_of(one.published or one.updated)) is not None]
    final = document.url or document.name
    named = candidate or Candidate(url)
    return Found(
        url=url,
        final=final,
        title=plain(parsed.title),
        format=_format(parsed.kind),
        link=absolute(parsed.link, final),
        entries=len(parsed.entries),
        newest=max(dates, default=None),
        full=2 * sum(bool(one.content) for one in parsed.entries) > len(parsed.entries),
        links=frozenset(absolute(one.link, final) for one in parsed.entries if one.link),
        comments=about_comments(named) or about_comments(Candidate(url, parsed.title)),
    )


def _format(kind: str) -> str:
    """E.g. "RSS 2.0" for "rss20"."""
    match = re.match(r"([a-z]+)(?:(\d)(\d*))?", kind)
    if match is None:
        return kind
    version = f" {match[2]}.{match[3] or 0}" if match[2] else ""
    return _NAMES.get(match[1], match[1]) + version
