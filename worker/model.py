"""Values that travel between fetching, parsing and normalising. All of them pickle.

Everything that a source may omit is optional here; `worker.entries.normalise` fills it in.
"""

from dataclasses import dataclass, field
from datetime import datetime

from feeds.errors import SourceError, UnforeseenError
from feeds.model import Enclosure, Entry, Pace, Person

#: A document of more bytes is large: few are in memory at a time, and they are parsed in a process with a memory limit.
LARGE_BYTES = 2**20
#: A read that fails, perhaps through a fault of the machine, is reported after this many failures in a row.
UNREAD_TIMES = 3


@dataclass(frozen=True, slots=True)
class Document:
    """Retrieved bytes and where they are from. From here on, a seed file and a remote feed are treated alike.

    name: the URL asked for, or the path below seeds/ with forward slashes. url: the final URL after redirects, against
    which relative references resolve; "" for a file. media_type: lower case, without parameters, "" if unknown.
    charset: as the origin's header states it, or "". first_seen: for a seed, when this home first saw it.
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
class Fetched:
    """A successful answer. document: None if nothing changed, as shown by a 304 or an equal body digest.

    etag, last_modified: verbatim, for the next request; after a 304 without them, those that were sent. body_digest:
    SHA-256 of the decoded body, hex. fresh_for: seconds that the origin declares its answer fresh, 0 if it does not
    say. permanent_url: the end of a chain of only 301 and 308, without credentials, else "". links: (URL, rel, type) of
    the Link headers, in lower case except the URL. delta: the document holds only new entries; its digest is "", since
    nothing is known about the whole document. date: what the origin's clock said.
    """

    document: Document | None
    etag: str = ""
    last_modified: str = ""
    body_digest: str = ""
    fresh_for: float = 0.0
    permanent_url: str = ""
    links: tuple[tuple[str, str, str], ...] = ()
    delta: bool = False
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class RawOrigin:
    """Where an entry of an aggregated feed was first published: atom:source, RSS <source>. URLs may be relative."""

    title: str = ""
    id: str = ""
    feed_url: str = ""
    link: str = ""
    updated: str = ""
    rights: str = ""


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as the source states it; missing strings are "".

    guid: atom:id, RSS guid, JSON Feed id. link: the permalink, possibly relative to base. title: may hold markup if
    title_html. summary, content: HTML unless summary_text / content_text says plain text. published, updated: dates as
    text for `feeds.text.dates.parse`. base: what relative references resolve against. origin: the feed that the source
    took the entry from. duration, explicit: of an episode, the first as text. via: the page that led the source to the
    entry. image_size: width and height in pixels. digest: see `ParsedFeed.items`. draft: the
    source says that it is not public. unseen: the words of parts that its reader left out, since no browser shows them;
    None if nobody has looked for such parts yet.
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
    origin: RawOrigin | None = None
    duration: str = ""
    explicit: bool | None = None
    via: str = ""
    image_size: tuple[int, int] | None = None
    digest: bytes = b""
    draft: bool = False
    unseen: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one field of an entry was read from, for `seedfeed why`.

    field: of the entry ("title", "published", "credit", …), "altered", or "dropped" for words or marks left out of the
    text. value: as the entry has it; for dropped text, the reason. source: the place in words ("line 2", "the dateline
    of the lead", "front matter", "<meta name=author>"). passage: the words found there, shortened if long.
    """

    field: str
    value: str
    source: str
    passage: str = ""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file inside a document. name: the src that its content uses, "embedded:" and a file name of our own."""

    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading a seed file. warnings: what was left out, in whole sentences for the author.

    paragraphs: plain running text, to be searched for day, by-line and credit; the <p> of each has its number in the
    content: data-paragraph="0". publication: what the document says of its own publication outside of front matter, as
    keys and values of one.
    """

    entry: RawEntry
    evidence: tuple[Evidence, ...] = ()
    embedded: tuple[Embedded, ...] = ()
    warnings: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    publication: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Deletion:
    """A tombstone of the source (RFC 6721): the id of the withdrawn entry, and when, as text."""

    ref: str
    when: str = ""


DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A parsed document. kind: e.g. "rss20", "atom10", "json". lane: "strict" or "lenient".

    items: DIGEST_BYTES for each item of the document, in order; they differ if the item, or what the document says
    about all items, differs. entries: built from the items not seen before. ttl: minutes between polls that the source
    asks for, the longer of RSS ttl and sy:updatePeriod, 0 if neither is given. skip_hours: of the day in GMT, 0 to 23;
    skip_days: Monday is 0. links: (rel, URL) of the feed's own links except the alternate one: hub, self, and those of
    RFC 5005. complete: fh:complete. deletions: entries that the source withdrew. drafts: those that it marks as not
    public. explicit: for episodes that do not state it themselves.
    """

    kind: str
    entries: tuple[RawEntry, ...]
    lane: str = "strict"
    items: tuple[bytes, ...] = ()
    id: str = ""
    title: str = ""
    link: str = ""
    language: str = ""
    authors: tuple[Person, ...] = ()
    rights: str = ""
    explicit: bool | None = None
    updated: str = ""
    ttl: int = 0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    links: tuple[tuple[str, str], ...] = ()
    complete: bool = False
    deletions: tuple[Deletion, ...] = ()
    drafts: tuple[RawEntry, ...] = ()
    warnings: tuple[str, ...] = ()


def split(joined: bytes) -> frozenset[bytes]:
    """The digests that are joined in these bytes."""
    return frozenset(split_ordered(joined))


def split_ordered(joined: bytes) -> list[bytes]:
    """The same in their order."""
    return [joined[start : start + DIGEST_BYTES] for start in range(0, len(joined), DIGEST_BYTES)]


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The result of one poll: exactly one of entries (possibly empty), not_modified, error.

    key: of the source. entries: normalised, in document order, with ids from `worker.entries.ids.identity`; only those
    whose items were not seen before. unread: the number of items seen before. items: digests of the document's items,
    joined; None if unchanged. lane: the parser's. fresh_for: seconds that the headers ask us to wait, or 0. pace: the
    rhythm that the document states, or None. etag, last_modified: verbatim. moved_to: the end of a chain of 301 and
    308, or "". delta: the document holds only what is new (RFC 3229, or a push). deletions: ids that the source
    withdrew, and when, as it says. drafts: ids of entries that it marks as not public. left_out: ids of entries that
    its filter does not match. hub, topic: where to subscribe to pushes, and for which URL (WebSub). bugs: those that
    single entries showed, which were left out, or the whole document, with an error.
    """

    key: str
    entries: tuple[Entry, ...] = ()
    not_modified: bool = False
    error: SourceError | None = None
    etag: str = ""
    last_modified: str = ""
    body_digest: str = ""
    items: bytes | None = None
    unread: int = 0
    lane: str = ""
    fresh_for: float = 0.0
    pace: Pace | None = None
    title: str = ""
    link: str = ""
    moved_to: str = ""
    delta: bool = False
    deletions: tuple[tuple[str, datetime | None], ...] = ()
    drafts: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    hub: str = ""
    topic: str = ""
    warnings: tuple[str, ...] = field(default=())
    bugs: tuple[UnforeseenError, ...] = ()
