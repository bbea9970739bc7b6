"""The automatic feeds: their kinds, names and ids, shared by settings, store and publishing.

Pure. Ids of feeds are version 5 UUIDs of the site's id (RFC 9562 §5.5), so that they survive a new base_url.
`feeds.publish.catalogue` decides which automatic feeds a site has.
"""

import uuid

from feeds.model import FeedKind

MAX_ENTRIES = 500
# The kinds that `publish.automatic` may name.
AUTOMATIC = tuple(kind.value for kind in FeedKind if kind is not FeedKind.QUERY)


def feed_id(site_id: str, slug: str) -> str:
    """urn:uuid of a feed; site_id is a urn:uuid too."""
    return f"urn:uuid:{uuid.uuid5(uuid.UUID(site_id), f'feed:{slug}')}"


def is_automatic(slug: str) -> bool:
    """Whether the name belongs to an automatic feed (or to the health feed), now or once a source is added."""
    return slug in {"all", "seeds", "health"} or slug.startswith(("source-", "category-", "lang-"))


def automatic_slug(kind: FeedKind, value: str = "") -> str:
    """The slug of an automatic feed. value: the source's or category's slug, or the language code, for these kinds."""
    return f"{kind.value}-{value}" if value else kind.value
