"""Any search, and any search as a feed: what strangers may find, newest first.

A query that means the same has the same feed: its id is a version 5 UUID of the site's id and the query as it was
understood, and its address holds that query. Such a feed is made when it is asked for and kept by nobody, so that no
hub tells of its changes and only its ETag tells whether it has changed.
"""

from dataclasses import dataclass
from urllib.parse import quote

from feeds.automatic import feed_id
from feeds.errors import QueryError
from feeds.http.answers import Prepared
from feeds.model import Feed, FeedHead, FeedKind
from feeds.publish import assembly
from feeds.search.query import Everything, Query, parse, written
from feeds.serve.shelf import Shelf

LONGEST = 200
MOST_FOUND = 50

# What strangers may find is what `all` would hold, even where that feed is not published.
_PUBLIC = Feed("all", "", "", FeedKind.ALL)


@dataclass(frozen=True, slots=True)
class Search:
    """text: the query as it was understood, "" for one that asks for nothing."""

    text: str
    query: Query

    @classmethod
    def of(cls, query: str) -> "Search":
        """QueryError for one that cannot be read, or that is too long."""
        if len(query) > LONGEST:
            raise QueryError(query[:LONGEST], LONGEST, f"a search has at most {LONGEST} characters")
        tree = parse(query)
        return cls("" if isinstance(tree, Everything) else written(tree), tree)

    def path(self, suffix: str) -> str:
        """Of its feed, with the query; "" as the suffix is its page."""
        return f"/search{'.' if suffix else ''}{suffix}?q={quote(self.text, safe='')}"


def entries(shelf: Shelf, search: Search) -> list[int]:
    """Numbers of the entries that it finds; folded ones are not shown twice."""
    if not search.text:
        return []
    return [match.n for match in shelf.store().listings.matching(search.query, _PUBLIC, MOST_FOUND)]


def document(shelf: Shelf, search: Search, suffix: str) -> Prepared:
    """What it finds, as a feed in the format with this suffix. Takes a while."""
    format_ = assembly.BY_SUFFIX[suffix]
    site, store = shelf.site(), shelf.store()
    with shelf.snapshot():
        found = entries(shelf, search)
        feed = Feed("search", feed_id(site.id, f"search {search.text}"), f"{site.title}: {search.text}", FeedKind.QUERY)
        updated = assembly.moment_of(store, found, ())
        head = FeedHead(feed, site, updated, self_path=search.path(suffix), page_path=search.path(""))
        listed = store.listings.lines_of(found)
        body = assembly.assemble(store, head, format_, listed)
    path, moment = search.path(suffix), updated.replace(microsecond=0)
    max_age = assembly.max_age_of([line.listed_at for line in listed])
    made = assembly.representation(path, format_.media_type, body, moment, max_age)
    return Prepared(made, ((f"{site.base_url}{path}", "self"),))
