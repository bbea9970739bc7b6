"""Everything for people and programs besides the feeds: home, feed, entry and search pages, lists of feeds.

Each is a function of the store and of its address, and of nothing else: no clock, no cookie, no header. So one that was
made is what everybody gets until the store changes. They run in one of the `threads`, never in the event loop that
answers feeds.
"""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

from feeds.errors import QueryError
from feeds.http.answers import Prepared
from feeds.model import FeedKind, Published, SourceKind
from feeds.publish import assembly
from feeds.render import opml as outlines
from feeds.render.html import pages
from feeds.serve import search as searching
from feeds.serve.access import Refusal
from feeds.serve.problems import MISSING, PAGE_SAFETY
from feeds.serve.search import Search
from feeds.serve.shelf import Shelf
from feeds.settings.schema import Settings
from feeds.text.urls import parts_of, without_secrets
from feeds.websub.topics import is_unreachable

MAX_AGE_SECONDS = 60
NEWEST_ON_HOME = 20
HTML = "text/html; charset=utf-8"
_OPML = "text/x-opml; charset=utf-8"
_NOT_FOR_ROBOTS = ("/search", "/admin", "/metrics", "/feeds/health", "/hub", "/websub/")

HEADERS = {
    "cache-control": f"public, max-age={MAX_AGE_SECONDS}",
    "vary": "Accept-Encoding, Accept",
    **dict(PAGE_SAFETY),
}
_SENT = tuple((name.encode(), value.encode()) for name, value in HEADERS.items())
# A page has no date: If-Modified-Since is ignored.
_UNDATED = datetime.fromtimestamp(0, UTC)


def unreachable(settings: Settings) -> str:
    """The warning for a server that listens for other machines while its URLs point to the local one; otherwise ""."""
    if is_unreachable(settings):
        return (
            f"base_url is {settings.base_url}, which other machines cannot reach: what they subscribe to will not"
            " work. Set base_url in seeds/site.toml to the address of this site."
        )
    return ""


# Each raises StoreError while there is no store.


def home_page(shelf: Shelf) -> Prepared:
    site, feeds, store = shelf.site(), shelf.feeds(), shelf.store()
    newest: list[int] = []
    if "all" in feeds:
        listed = store.listings.select(feeds["all"], shelf.settings.feed_span, most=NEWEST_ON_HOME)
        newest = [line.n for line in listed]
    sources = [source for source in store.sources.active() if source.kind is SourceKind.FEED]
    body = pages.home(
        site,
        [feed for feed in feeds.values() if feed.kind is not FeedKind.SOURCE],
        store.listings.published(newest, site.base_url),
        sources,
        notice=unreachable(shelf.settings),
    )
    return _page("/", body)


def feed_page(shelf: Shelf, slug: str, number: str = "") -> Prepared | Refusal:
    """A page of a feed. number: as the address states it, "" for the first one."""
    found = shelf.feeds().get(slug)
    if found is None:
        return absent(shelf, slug)
    site, store = shelf.site(), shelf.store()
    listed, updated = assembly.newest(store, found, site, shelf.settings)
    last = pages.page_count(len(listed))
    page = _number(number, last)
    if page is None:
        return MISSING
    shown = listed[(page - 1) * pages.PER_PAGE : page * pages.PER_PAGE]
    entries = store.listings.published(shown, site.base_url)
    body = pages.page_of_feed(site, found, entries, updated, number=page, last=last)
    return _page(f"/feeds/{slug}/page/{number}" if number else f"/feeds/{slug}", body)


def absent(shelf: Shelf, slug: str, **_: str) -> Refusal:
    """404, or 410 for a feed that is no longer published: its documents, its archives and its page. slug: perhaps with
    a suffix.
    """
    for format_ in assembly.FORMATS:
        slug = slug.removesuffix(f".{format_.suffix}")
    former = None if slug in shelf.feeds() else shelf.store().feeds.former(slug)
    # A program on another site that follows the feed may learn this.
    headers = {"access-control-allow-origin": "*"}
    if former is None:
        return replace(MISSING, headers=headers)
    message = (
        f"The feed {former.title or former.slug} was published here once and is no more."
        f" The home page, {shelf.settings.base_url}/, shows the feeds that there are."
    )
    return Refusal(410, "Published no more", message, headers)


def entry_page(shelf: Shelf, uuid: str) -> Prepared | Refusal:
    site, store = shelf.site(), shelf.store()
    found = _published(shelf, uuid)
    if isinstance(found, Refusal):
        return found
    n, published = found
    feeds = [feed for feed in shelf.feeds().values() if store.listings.belongs(n, feed)]
    public = shelf.settings.revisions == "public"
    return _page(f"/entries/{uuid}", pages.page_of_entry(site, published, feeds, revisions=public))


def revisions_page(shelf: Shelf, uuid: str) -> Prepared | Refusal:
    """What each edit of an entry changed. The caller has checked who may see it."""
    found = _published(shelf, uuid)
    if isinstance(found, Refusal):
        return found
    n, published = found
    versions = shelf.store().revisions.newest(n, pages.MOST_REVISIONS + 1)
    return _page(f"/entries/{uuid}/revisions", pages.revisions(shelf.site(), published, versions))


def _published(shelf: Shelf, uuid: str) -> tuple[int, Published] | Refusal:
    """The entry that an address names, with its number, or why it is not shown."""
    listings = shelf.store().listings
    named = listings.number_of(uuid)
    if named is None:
        return MISSING
    n, living = named
    if not living:
        return Refusal(410, "Withdrawn", "This entry was withdrawn by its publisher.")
    published = listings.published_by_number([n], shelf.settings.base_url).get(n)
    return MISSING if published is None else (n, published)


def search_path(query: str) -> str:
    """The address of the page for a query as somebody wrote it, which the page repeats."""
    return f"/search?q={quote(query, safe='')}"


def search_page(shelf: Shelf, query: str, found: Search) -> Prepared:
    """What a query finds, newest first."""
    site = shelf.site()
    entries = shelf.store().listings.published(searching.entries(shelf, found), site.base_url)
    feeds = {format_.suffix: found.path(format_.suffix) for format_ in assembly.FORMATS} if found.text else None
    return _page(search_path(query), pages.search(site, query, entries, feeds=feeds))


def unreadable_search(shelf: Shelf, query: str, error: QueryError) -> bytes:
    """The page that shows where a query cannot be read."""
    return pages.search(shelf.site(), query, (), str(error))


def icon(_: Shelf) -> Prepared:
    return _page("/favicon.ico", pages.ICON, "image/x-icon")


def robots(shelf: Shelf) -> Prepared:
    """What robots should leave alone: each search is a page of its own, and the rest is not for them."""
    root = parts_of(shelf.settings.base_url).path.rstrip("/")
    lines = ["User-agent: *", *(f"Disallow: {root}{path}" for path in _NOT_FOR_ROBOTS)]
    return _page("/robots.txt", "\n".join([*lines, ""]).encode(), "text/plain; charset=utf-8")


def opml(shelf: Shelf) -> Prepared:
    return _page("/opml", outlines.published_feeds(shelf.site(), list(shelf.feeds().values())), _OPML)


def sources_opml(shelf: Shelf) -> Prepared:
    listed = [
        outlines.ListedFeed(source.title, without_secrets(source.url), source.link, source.categories)
        for source in shelf.store().sources.active()
        if source.kind is SourceKind.FEED and not source.private
    ]
    title = f"{shelf.site().title}: sources"
    return _page("/sources.opml", outlines.subscriptions(title, listed), _OPML)


def _number(stated: str, last: int) -> int | None:
    """The page number in an address. The first page has none, so that it has one address; None for an invalid
    number.
    """
    if not stated:
        return 1
    named = stated.isascii() and stated.isdigit() and len(stated) < 6 and stated[0] != "0"
    return int(stated) if named and 1 < int(stated) <= last else None


def _page(path: str, body: bytes, media_type: str = HTML) -> Prepared:
    """path: its address below the site's, under which it is kept."""
    return Prepared(assembly.representation(path, media_type, body, _UNDATED), page_headers=_SENT)
