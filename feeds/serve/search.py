"""Any search, and any search as a feed: what strangers may find, newest first.

Queries that mean the same share a feed: its id is a version 5 UUID of the site's id and the query in normal form, and
its address contains that query. Such a feed is made on request and not stored, so no hub announces its changes; only
its ETag shows whether it has changed.
"""

from dataclasses import dataclass
from urllib.parse import quote

from feeds.automatic import feed_id
from feeds.http.answers import Prepared
from feeds.model import Feed, FeedHead, FeedKind
from feeds.publish import assembly
from feeds.search.query import Everything, Query, normal_form, parse
from feeds.serve.shelf import Shelf

MOST_FOUND = 50

# Strangers may find what `all` would contain, even if that feed is not published.
_PUBLIC = Feed("all", "", "", FeedKind.ALL)


@dataclass(frozen=True, slots=True)
class Search:
    """A search. text: the query in normal form, "" for an empty one."""

    text: str
    query: Query

    @classmethod
    def of(cls, query: str) -> "Search":
        """The search of a query. Raises QueryError if it cannot be read."""
        tree = parse(query)
        return cls("" if isinstance(tree, Everything) else normal_form(tree), tree)

    def path(self, suffix: str) -> str:
        """The path of its feed, with the query; with "" as the suffix, of its page."""
        return f"/search{'.' if suffix else ''}{suffix}?q={quote(self.text, safe='')}"


def entries(shelf: Shelf, search: Search) -> list[int]:
    """Numbers of the entries that a search finds; folded ones are not shown twice."""
    if not search.text:
        return []
    return [match.n for match in shelf.store().listings.matching(search.query, _PUBLIC, MOST_FOUND)]


def document(shelf: Shelf, search: Search, suffix: str) -> Prepared:
    """The result as a feed in the format with this suffix. Slow: not for the event loop."""
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
