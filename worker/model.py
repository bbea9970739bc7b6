"""The nouns of one run: values that travel between fetching, parsing and normalising. All of them pickle.

Everything that a source may leave out is optional here; `worker.entries.normalise` ends that.
"""

from dataclasses import dataclass, field
from datetime import datetime

from feeds.errors import SourceError
from feeds.model import Enclosure, Entry, Pace, Person

#: A document of more bytes is large: few of these are in memory at a time, and read where memory has a limit.
LARGE_BYTES = 2**20
#: What was not read, perhaps for a fault of the machine, is told when it was so this often in a row.
UNREAD_TIMES = 3


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
class RawOrigin:
    """Where an entry of an aggregated feed was published first: atom:source, RSS <source>. URLs may be relative."""

    title: str = ""
    id: str = ""
    feed_url: str = ""
    link: str = ""
    updated: str = ""
    rights: str = ""


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as the source says it. Strings are "" when it says nothing.

    guid: atom:id, RSS guid, JSON Feed id. link: the permalink, may be relative to base. title: may hold markup when
    title_html. summary, content: HTML unless summary_text / content_text says plain text. published, updated: the
    date as text that `feeds.text.dates.parse` reads. base: what relative references resolve against. origin: of an
    entry that the source took over from another feed. duration, explicit: of an episode, the first as text. via: the
    page that led the source to it. image_size: width and height in pixels. digest: see `ParsedFeed.items`.
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


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one field of an entry was read from, for `seedfeed why`.

    field: of the entry ("title", "published", "credit", …), or "dropped" for words or marks that left the text.
    value: as the entry has it; of what was dropped, why. source: where that stands, in words ("line 2", "the dateline
    of the lead", "front matter", "<meta name=author>"). passage: the words there that say so, cut if they are long.
    """

    field: str
    value: str
    source: str
    passage: str = ""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file inside a document. name: what its content's src says, "embedded:" and a file name of our making."""

    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a seed file. warnings: what was left out, whole sentences for whoever wrote the file.

    paragraphs: plain running text, which is still to tell its day, by-line and credit; in the content the <p> of each
    bears its number: data-paragraph="0".
    """

    entry: RawEntry
    evidence: tuple[Evidence, ...] = ()
    embedded: tuple[Embedded, ...] = ()
    warnings: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deletion:
    """A tombstone of the source (RFC 6721): the id of the entry that it withdrew, and when, as text."""

    ref: str
    when: str = ""


DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A document, read. kind: e.g. "rss20", "atom10", "json". lane: "strict" or "lenient".

    items: for every item of the document, in its order, DIGEST_BYTES that differ when the item, or what the document
    says of all its items, differs. entries: built from the items that were not seen before.
    ttl: minutes that the source asks for, the longer of RSS ttl and sy:updatePeriod, 0 if none. skip_hours: of the day
    in GMT, 0 to 23; skip_days: Monday is 0. links: (rel, URL) of the feed's own links but for the alternate one: hub,
    self, and those of RFC 5005. complete: fh:complete. deletions: entries that the source withdrew. explicit: whether
    its episodes are, where they say nothing.
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
    warnings: tuple[str, ...] = ()


def split(joined: bytes) -> frozenset[bytes]:
    """The digests that stand in a row."""
    return frozenset(joined[start : start + DIGEST_BYTES] for start in range(0, len(joined), DIGEST_BYTES))


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What came of one poll: exactly one of entries (possibly none), not_modified, error.

    key: of the source. entries: normalised, in document order, ids as `identify.identity` gives them; only those whose
    items were not seen before. unread: how many were. items: digests of the document's items, joined; None: as they
    were. lane: which read it. fresh_for: seconds that the headers ask us to wait, 0 if none. pace: what the document
    says of its rhythm, None if there was none. etag, last_modified: verbatim. moved_to: where a chain of 301 and 308
    ended, or "". delta: the document holds only what is new (RFC 3229, or a push). deletions: ids that the source
    withdrew, and when, as it says. left_out: ids of entries that its filter does not find. hub, topic: where to ask for
    pushes, and under which URL (WebSub).
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
    left_out: tuple[str, ...] = ()
    hub: str = ""
    topic: str = ""
    warnings: tuple[str, ...] = field(default=())
