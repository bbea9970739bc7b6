"""Everything for people and programs besides the feeds: home, feed, entry and search pages, lists of feeds.

Each is a function of the store and a request, run in one of the `threads`, never in the event loop that answers feeds.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from feeds.errors import QueryError
from feeds.http.codings import form
from feeds.http.conditional import coded_etag, etag, not_modified
from feeds.model import FeedKind, Published, SourceKind
from feeds.publish import assembly
from feeds.render import opml
from feeds.render.html import pages
from feeds.serve import search as searching
from feeds.serve.access import AdminAccess, Refusal
from feeds.serve.problems import PAGE_SAFETY, Problems, wants_page
from feeds.serve.search import Search
from feeds.serve.shelf import Shelf
from feeds.serve.threads import StoreThreads
from feeds.settings.schema import Settings
from feeds.text.urls import parts_of, without_secrets
from feeds.websub.topics import is_unreachable

MAX_AGE_SECONDS = 60
NEWEST_ON_HOME = 20
_NOT_FOR_ROBOTS = ("/search", "/admin", "/metrics", "/feeds/health", "/hub", "/websub/")

_HEADERS = (
    ("cache-control", f"public, max-age={MAX_AGE_SECONDS}"),
    ("vary", "Accept-Encoding, Accept"),
    *PAGE_SAFETY,
)


def unreachable(settings: Settings) -> str:
    """The warning for a server that listens for other machines while its URLs point to the local one; otherwise ""."""
    if is_unreachable(settings):
        return (
            f"base_url is {settings.base_url}, which other machines cannot reach: what they subscribe to will not"
            " work. Set base_url in seeds/site.toml to the address of this site."
        )
    return ""


class Pages:
    """The pages of one site. Each raises StoreError while there is no store."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def home(self, shelf: Shelf, request: Request) -> Response:
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
        return _page(request, body)

    def feed(self, shelf: Shelf, request: Request) -> Response:
        feed = shelf.feeds().get(request.path_params["slug"])
        if feed is None:
            return self.absent(shelf, request)
        site, store = shelf.site(), shelf.store()
        listed, updated = assembly.newest(store, feed, site, shelf.settings)
        last = pages.page_count(len(listed))
        number = _number(request.path_params.get("number", ""), last)
        if number is None:
            return self._problems.missing(request)
        shown = listed[(number - 1) * pages.PER_PAGE : number * pages.PER_PAGE]
        entries = store.listings.published(shown, site.base_url)
        return _page(request, pages.page_of_feed(site, feed, entries, updated, number=number, last=last))

    def absent(self, shelf: Shelf, request: Request) -> Response:
        """404, or 410 for a feed that is no longer published: its documents, its archives and its page."""
        slug = request.url.path.split("/")[2]
        for format_ in assembly.FORMATS:
            slug = slug.removesuffix(f".{format_.suffix}")
        former = None if slug in shelf.feeds() else shelf.store().feeds.former(slug)
        # A program on another site that follows the feed may learn this.
        headers = {"access-control-allow-origin": "*"}
        if former is None:
            return self._problems.missing(request, headers)
        message = (
            f"The feed {former.title or former.slug} was published here once and is no more."
            f" The home page, {shelf.settings.base_url}/, shows the feeds that there are."
        )
        return self._problems.error(request, 410, "Published no more", message, headers)

    def entry(self, shelf: Shelf, request: Request) -> Response:
        site, store = shelf.site(), shelf.store()
        found = self._published(shelf, request)
        if isinstance(found, Response):
            return found
        n, published = found
        feeds = [feed for feed in shelf.feeds().values() if store.listings.belongs(n, feed)]
        public = shelf.settings.revisions == "public"
        return _page(request, pages.page_of_entry(site, published, feeds, revisions=public))

    def revisions(self, shelf: Shelf, request: Request) -> Response:
        """What each edit of an entry changed. The caller has checked who may see it."""
        found = self._published(shelf, request)
        if isinstance(found, Response):
            return found
        n, published = found
        versions = shelf.store().revisions.newest(n, pages.MOST_REVISIONS + 1)
        return _page(request, pages.revisions(shelf.site(), published, versions))

    def _published(self, shelf: Shelf, request: Request) -> tuple[int, Published] | Response:
        """The entry that an address names, with its number, or the response that says why it is not shown."""
        listings = shelf.store().listings
        named = listings.number_of(request.path_params["uuid"])
        if named is None:
            return self._problems.missing(request)
        n, living = named
        if not living:
            return self._problems.error(request, 410, "Withdrawn", "This entry was withdrawn by its publisher.")
        published = listings.published_by_number([n], shelf.settings.base_url).get(n)
        return self._problems.missing(request) if published is None else (n, published)

    def search(self, shelf: Shelf, request: Request) -> Response:
        """What a query finds, newest first. For an invalid query, the position of the error."""
        query = request.query_params.get("q", "")
        site = shelf.site()
        try:
            search = Search.of(query)
        except QueryError as error:
            if not wants_page(request):
                return self._problems.error(request, 400, "The search cannot be read", str(error))
            return _page(request, pages.search(site, query, (), str(error)), status=400)
        entries = shelf.store().listings.published(searching.entries(shelf, search), site.base_url)
        feeds = {format_.suffix: search.path(format_.suffix) for format_ in assembly.FORMATS} if search.text else None
        return _page(request, pages.search(site, query, entries, feeds=feeds))

    def icon(self, _: Shelf, request: Request) -> Response:
        return _page(request, pages.ICON, "image/x-icon")

    def robots(self, shelf: Shelf, request: Request) -> Response:
        """What robots should leave alone: each search is a page of its own, and the rest is not for them."""
        root = parts_of(shelf.settings.base_url).path.rstrip("/")
        lines = ["User-agent: *", *(f"Disallow: {root}{path}" for path in _NOT_FOR_ROBOTS)]
        return _page(request, "\n".join([*lines, ""]).encode(), "text/plain; charset=utf-8")

    def opml(self, shelf: Shelf, request: Request) -> Response:
        body = opml.published_feeds(shelf.site(), list(shelf.feeds().values()))
        return _page(request, body, "text/x-opml; charset=utf-8")

    def sources_opml(self, shelf: Shelf, request: Request) -> Response:
        outlines = [
            opml.ListedFeed(source.title, without_secrets(source.url), source.link, source.categories)
            for source in shelf.store().sources.active()
            if source.kind is SourceKind.FEED and not source.private
        ]
        title = f"{shelf.site().title}: sources"
        return _page(request, opml.subscriptions(title, outlines), "text/x-opml; charset=utf-8")


def _number(stated: str, last: int) -> int | None:
    """The page number in an address. The first page has none, so that it has one address; None for an invalid
    number.
    """
    if not stated:
        return 1
    named = stated.isascii() and stated.isdigit() and len(stated) < 6 and stated[0] != "0"
    return int(stated) if named and 1 < int(stated) <= last else None


def _page(request: Request, body: bytes, media_type: str = "text/html; charset=utf-8", status: int = 200) -> Response:
    """A page with a validator of its own bytes, in the coding that the client prefers."""
    coding, sent = form(body, request.headers.get("accept-encoding", ""))
    tag = etag(body)
    headers = dict(_HEADERS) | {"etag": coded_etag(tag, coding)}
    match = request.headers.get("if-none-match", "")
    now = datetime.now(UTC)
    if status == 200 and match and not_modified(match, "", tag, now, now):
        return Response(None, 304, headers)
    if coding:
        headers["content-encoding"] = coding
    response = Response(sent, status, headers)
    response.headers["content-type"] = media_type
    return response


def guarded_revisions(
    readers: StoreThreads,
    gate: AdminAccess,
    settings: Settings,
    refuse: Callable[[Request, Refusal], Response],
    page: Callable[[Shelf, Request], Response],
) -> Callable[[Request], Awaitable[Response]]:
    """Answers `/entries/UUID/revisions` for those whom `revisions` in site.toml allows: everybody, or the operator.

    If that is the operator alone, caches on the way keep no copy.
    """

    async def answer(request: Request) -> Response:
        if settings.revisions == "public":
            return await readers.run(lambda shelf: page(shelf, request))
        if refusal := gate.judge(request):
            return refuse(request, refusal)
        response = await readers.run(lambda shelf: page(shelf, request))
        response.headers["cache-control"] = "private, no-store"
        response.headers["vary"] = "Authorization, Accept-Encoding, Accept"
        return response

    return answer
