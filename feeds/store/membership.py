"""Which entries belong to a feed, and which of them it shows, as conditions over FROM.

The conditions refer to entries AS e and their sources AS s.
"""

import re

from feeds.model import Feed, FeedKind
from feeds.search.query import parse, sources_named
from feeds.store.search import Condition, condition

FROM = "entries AS e JOIN sources AS s ON s.n = e.source"
# The same for conditions on e.change that few entries meet: SQLite would rather read all entries of a source.
FROM_CHANGED = "entries AS e INDEXED BY entries_change CROSS JOIN sources AS s ON s.n = e.source"


def prefix_tables(where: str, prefix: str) -> str:
    """A condition over e, s and x, rewritten for a second set of these in the same query: prefix_e, prefix_s and
    prefix_x.
    """
    return re.sub(r"\b([esx])\.", rf"{prefix}_\1.", where)


def shown_condition(feed: Feed) -> Condition:
    """Which entries a feed shows: of each story its lead or, if that is not a living member, the earliest folded entry
    that is.
    """
    where, values = members(feed)
    if feed.duplicates != "fold":
        return where, values
    # CROSS JOIN: start from the few of the story, never from all members.
    return (
        f"{where} AND (e.lead IS NULL OR NOT EXISTS (SELECT 1 FROM (SELECT e.lead AS n UNION ALL"
        " SELECT copy.n FROM entries AS copy WHERE copy.lead = e.lead"
        " AND (copy.first_seen_us, copy.n) < (e.first_seen_us, e.n)) AS earlier"
        " CROSS JOIN entries AS before_e ON before_e.n = earlier.n CROSS JOIN sources AS before_s"
        f" ON before_s.n = before_e.source WHERE before_e.deleted_us IS NULL AND {prefix_tables(where, 'before')}))",
        (*values, *values),
    )


def members(feed: Feed) -> Condition:
    """Which entries belong to a feed, including folded and withdrawn ones, as a condition over FROM."""
    open_, slugs = public(feed)
    shared = f"{open_} AND e.shared = 1"
    match feed.kind:
        case FeedKind.ALL:
            return shared, ()
        case FeedKind.SEEDS:
            # By the source's number, which has an index, not by its kind.
            return "e.source = (SELECT n FROM sources WHERE kind = 'seeds')", ()
        case FeedKind.SOURCE:
            return f"{open_} AND e.source = (SELECT n FROM sources WHERE slug = ?)", (feed.value,)
        case FeedKind.CATEGORY:
            return (
                f"{shared} AND (e.n IN (SELECT entry FROM entry_categories WHERE slug = ?)"
                " OR e.source IN (SELECT source FROM source_categories WHERE slug = ?))",
                (feed.value, feed.value),
            )
        case FeedKind.LANG:
            return f"{shared} AND e.lang = ?", (feed.value,)
        case FeedKind.QUERY:
            where, values = condition(parse(feed.value))
            return f"{shared} AND {where}", (*slugs, *values)


def public(feed: Feed) -> Condition:
    """Whether entries of a source may appear in a feed: a private one's only if the operator's query names it."""
    slugs = tuple(sorted(sources_named(parse(feed.value)))) if feed.kind is FeedKind.QUERY else ()
    named = f" OR s.slug IN ({', '.join('?' * len(slugs))})" if slugs else ""
    return f"(s.private = 0{named})", slugs
