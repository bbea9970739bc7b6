"""JSON Feed 1.1 (jsonfeed.org/version/1.1).

What the format has no name for is under `_seedfeed`: credit, source (title, url, rights), rights, comments, explicit,
and related, content_from and via (title, url, source).
"""

import json
from collections.abc import Mapping, Sequence

from feeds.model import Enclosure, Entry, FeedHead, Person, Published, Related, Site
from feeds.render.complete import complete_entry, complete_head, own_url, page_url
from feeds.render.frame import Frame
from feeds.text.dates import plausible, rfc3339

_VERSION = "https://jsonfeed.org/version/1.1"
_UNKNOWN_TYPE = "application/octet-stream"


def fragment(published: Published, site: Site) -> bytes:
    """One JSON object, the same in every feed."""
    shown = complete_entry(published, site)
    entry = shown.entry
    return _bytes(
        {
            "id": entry.id,
            "url": entry.permalink,
            "title": entry.title,
            "content_html": entry.content,
            "summary": entry.summary,
            "image": entry.image,
            # Before 1990 it is the date of an unset clock, which no format shows.
            "date_published": rfc3339(entry.published) if plausible(entry.published, entry.published) else "",
            "date_modified": rfc3339(entry.updated),
            "authors": [_author(author) for author in entry.authors],
            "tags": entry.categories,
            "language": entry.language,
            "attachments": [_attachment(enclosure, entry) for enclosure in entry.enclosures],
            "_seedfeed": _extension(shown),
        }
    )


def frame(head: FeedHead, _: Sequence[bytes]) -> Frame:
    """The feed without these fragments."""
    head = complete_head(head)
    page = page_url(head)
    start = _bytes(
        {
            "version": _VERSION,
            "title": head.feed.title,
            "home_page_url": page,
            "feed_url": own_url(head, "json"),
            "description": head.site.subtitle,
            "language": head.feed.language,
            "authors": [{"name": head.site.author}],
            "hubs": [{"type": "WebSub", "url": head.hub}] if head.hub else [],
        }
    )
    return Frame(start.removesuffix(b"}") + b',"items":[\n', b",\n", b"\n]}\n")


def _author(author: Person) -> Mapping[str, object]:
    return _filled({"name": author.name, "url": author.uri})


def _attachment(file: Enclosure, entry: Entry) -> Mapping[str, object]:
    # Files with the same title count as one thing in several forms (JSON Feed 1.1, attachments).
    forms = [one.title for one in entry.enclosures if one.group == file.group] if file.group else []
    title = next(filter(None, forms), entry.title) if forms else file.title
    length = {} if file.length is None else {"size_in_bytes": file.length}
    more = {"title": title, "duration_in_seconds": file.duration}
    return {"url": file.url, "mime_type": file.type or _UNKNOWN_TYPE, **_filled(more), **length}


def _extension(shown: Published) -> Mapping[str, object]:
    entry, origin = shown.entry, shown.entry.origin
    source = {"title": origin.title, "url": origin.feed_url, "rights": origin.rights} if origin else {}
    said = _filled(
        {
            "credit": entry.credit,
            "source": _filled(source),
            "rights": entry.rights,
            "comments": entry.comments,
            "related": [_outlet(other) for other in shown.related],
            "content_from": _outlet(shown.lender) if shown.lender else {},
            "via": [_outlet(other) for other in shown.via if other != shown.lender],
        }
    )
    return said if entry.explicit is None else {**said, "explicit": entry.explicit}


def _outlet(other: Related) -> Mapping[str, object]:
    return _filled({"title": other.title, "url": other.url, "source": other.source})


def _filled(members: Mapping[str, object]) -> Mapping[str, object]:
    return {name: value for name, value in members.items() if value}


def _bytes(members: Mapping[str, object]) -> bytes:
    return json.dumps(_filled(members), ensure_ascii=False, separators=(",", ":")).encode()
