"""The nouns of one run: values that travel between fetching, parsing and normalising. All of them pickle.

Everything that a source may leave out is optional here; `worker.normalise` ends that.
"""

from dataclasses import dataclass, field
from datetime import datetime

from feeds.errors import SourceError
from feeds.model import Enclosure, Entry, Origin, Person


@dataclass(frozen=True, slots=True)
class Document:
    """Retrieved bytes and where they are from. A seed file and a remote feed are alike from here on.

    name: the URL asked for, or the path below seeds/ with forward slashes. url: the final URL after redirects, "" for
    a file: relative references resolve against it. media_type: lower case, without parameters, "" if unknown.
    charset: as the origin's header states it, or "". first_seen: for a seed, when this home saw it first.
    """

    name: str
    body: bytes
    retrieved_at: datetime
    url: str = ""
    media_type: str = ""
    charset: str = ""
    etag: str = ""
    last_modified: str = ""
    first_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as the source says it. Strings are "" when it says nothing.

    guid: atom:id, RSS guid, JSON Feed id. link: the permalink, may be relative to base. title: may hold markup when
    title_html. summary, content: HTML unless summary_text / content_text says plain text. published, updated: the
    date as text that `feeds.dates.parse` reads. base: what relative references resolve against.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    title_html: bool = True
    summary: str = ""
    summary_text: bool = False
    content: str = ""
    content_text: bool = False
    published: str = ""
    updated: str = ""
    authors: tuple[Person, ...] = ()
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    language: str = ""
    credit: str = ""
    comments: str = ""
    image: str = ""
    rights: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A document, read. kind: e.g. "rss20", "atom10", "json". ttl: minutes that the source asks for, 0 if none."""

    kind: str
    entries: tuple[RawEntry, ...]
    id: str = ""
    title: str = ""
    link: str = ""
    language: str = ""
    author: Person | None = None
    rights: str = ""
    updated: str = ""
    ttl: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What came of one poll: exactly one of entries (possibly none), not_modified, error.

    key: of the source. entries: normalised, in document order, ids as `identify.identity` gives them.
    fresh_for: seconds that the origin asks us to wait (ttl, max-age), 0 if none. etag, last_modified: verbatim.
    """

    key: str
    entries: tuple[Entry, ...] = ()
    not_modified: bool = False
    error: SourceError | None = None
    etag: str = ""
    last_modified: str = ""
    body_digest: str = ""
    fresh_for: float = 0.0
    title: str = ""
    link: str = ""
    origin: Origin | None = None
    warnings: tuple[str, ...] = field(default=())
