"""The nouns: what stands in the store and what is published.

Frozen values that know nothing of files, sockets or SQL. Invariants are made once, in `worker.entries.normalise`, and
trusted from then on: datetimes are aware and UTC, URLs absolute http(s), titles plain text and never empty, content
sanitised HTML, all text XML-safe. Lengths are bytes, durations `timedelta`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

# Seconds of an enclosure that plays; itunes:duration has two digits for hours.
LONGEST_PLAY = 100 * 3600


@dataclass(frozen=True, slots=True)
class Person:
    """An Atom person construct (RFC 4287 §3.2): a plain name, and an address or page if they are valid."""

    name: str
    email: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an entry. `length` in bytes, None when nobody said; `type` is type/subtype or "".

    duration: seconds. bitrate: kilobits per second. width, height: pixels. Positive, None when nobody said. title: its
    caption, plain text. group: files with one number above 0 are the same thing in several forms.
    """

    url: str
    type: str = ""
    length: int | None = None
    duration: int | None = None
    title: str = ""
    bitrate: int | None = None
    width: int | None = None
    height: int | None = None
    group: int = 0

    @property
    def plays(self) -> bool:
        """Whether it is for ears or eyes that wait: what makes an entry an episode."""
        return self.type.startswith(("audio/", "video/"))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an external entry was published first: becomes atom:source (RFC 4287 §4.2.11) and RSS <source>.

    `id` is the origin feed's own id or, without a usable one, its URL; `updated` is frozen with the entry.
    """

    id: str
    title: str
    feed_url: str
    link: str = ""
    updated: datetime | None = None
    rights: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One published thing, whatever it came from.

    id: absolute ASCII URI, never changes. permalink: the origin's page, "" for a seed without `link`.
    published: as the source says; when it says nothing (`dated` False) the moment of first sight, frozen.
    updated: moves for a substantive change only. summary: plain text. content: sanitised HTML, may be "".
    language: BCP 47. credit: the agency or outlet named at the foot. origin: None for seeds.
    image_size: width and height in pixels, None when nobody said. rights: what the entry states of its own. via: the
    page that led its source here. explicit: whether an episode is, None when nobody said.
    digest: what the entry says (dates, counters, tracking parameters and white space left out), hex.
    text_digest: its text alone, folded; "" under 20 tokens, where equality proves nothing. fingerprint: what repeats of
    its text are found by (`worker.entries.fingerprint`), b"" once it is stored.
    """

    source_id: str
    id: str
    title: str
    updated: datetime
    published: datetime
    dated: bool
    permalink: str = ""
    authors: tuple[Person, ...] = ()
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    summary: str = ""
    content: str = ""
    language: str = ""
    credit: str = ""
    comments: str = ""
    image: str = ""
    origin: Origin | None = None
    image_size: tuple[int, int] | None = None
    rights: str = ""
    via: str = ""
    explicit: bool | None = None
    digest: str = ""
    text_digest: str = ""
    fingerprint: bytes = field(default=b"", compare=False, repr=False)


class SourceKind(StrEnum):
    SEEDS = "seeds"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class Source:
    """Where entries come from: the home's own seeds, or a remote feed.

    key: a UUID minted when the source was added; entry ids derive from it, so it never changes.
    slug: names its feed, frozen too. url: where the feed is polled, "" for seeds. link: its site.
    categories: given by the operator (OPML folders, settings), so they make feeds. filter: a query that its entries
    must match. content: how much of them is published, "full", "summary" or "link". poll: how often to ask, None: by
    its own rhythm.
    """

    key: str
    slug: str
    kind: SourceKind
    title: str
    url: str = ""
    link: str = ""
    categories: tuple[str, ...] = ()
    language: str = ""
    timezone: str = ""
    private: bool = False
    priority: int = 0
    filter: str = ""
    content: str = "full"
    poll: timedelta | None = None


class Status(StrEnum):
    """What `seedfeed sources` says of a source."""

    OK = "ok"
    FAILING = "failing"
    GONE = "gone"
    BLOCKED = "blocked"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Pace:
    """What a document says of how often to ask for it: ttl, and hours (0 to 23, GMT) and days (Monday is 0) to skip."""

    ttl: timedelta = timedelta()
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FetchState:
    """What a subscription remembers between polls. etag and last_modified are kept verbatim (RFC 9110 §8.8).

    items: digests of the items of the last document, joined. pace: of the last document.
    polls: successful ones so far (0: the next one is the first). failures: in a row, since failing_since. gone: answers
    410 in a row, since gone_since. moved_to: where 301 and 308 led on the last moved_polls polls, since moved_since.
    error: of the last poll, or "".
    """

    etag: str = ""
    last_modified: str = ""
    body_digest: str = ""
    next_poll_at: datetime | None = None
    last_success: datetime | None = None
    items: bytes = b""
    pace: Pace = Pace()
    polls: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    gone: int = 0
    gone_since: datetime | None = None
    moved_to: str = ""
    moved_polls: int = 0
    moved_since: datetime | None = None
    status: Status = Status.OK
    error: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A remote source and the state of polling it."""

    source: Source
    state: FetchState


class HealthKind(StrEnum):
    """What befell a source, a seed file or a published feed. BROKEN to GONE are breaks, which end with RECOVERED.

    FLOOD: more new entries at once than shared feeds take. REGUID: it gave its entries other ids. FEED_HELD: the
    publish gate keeps the last good documents of a feed. ENTRY_ASIDE: it keeps one entry out of all feeds.
    """

    BROKEN = "broken"
    WALLED = "walled"
    BLOCKED = "blocked"
    GONE = "gone"
    RECOVERED = "recovered"
    MOVED = "moved"
    FLOOD = "flood"
    REGUID = "reguid"
    SILENT = "silent"
    SPEAKS = "speaks-again"
    SEED_BROKEN = "seed-broken"
    SEED_RECOVERED = "seed-recovered"
    SEED_REPLACED = "seed-replaced"
    FEED_HELD = "feed-held"
    FEED_RELEASED = "feed-released"
    ENTRY_ASIDE = "entry-set-aside"


@dataclass(frozen=True, slots=True)
class HealthEvent:
    """One entry of the health feed.

    subject: a source's key, or "seed:" and a path, "feed:" and a slug, "entry:" and an id. text: whole sentences,
    plain. link: the source's URL without credentials, or "".
    """

    at: datetime
    subject: str
    kind: HealthKind
    title: str
    text: str
    link: str = ""


class FeedKind(StrEnum):
    ALL = "all"
    SEEDS = "seeds"
    SOURCE = "source"
    CATEGORY = "category"
    LANG = "lang"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Feed:
    """What we publish. value: the source's slug, the category's slug, the language code or the query, by kind.

    duplicates: "fold" leaves entries out that stand under another entry, "all" shows them.
    """

    slug: str
    id: str
    title: str
    kind: FeedKind
    value: str = ""
    limit: int = 50
    duplicates: str = "fold"
    language: str = ""


class Verdict(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    BURIED = "buried"


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """What deciding needs of a stored entry. source_id: its source's key.

    deleted: withdrawn. hidden: by hand, so that it stays so. removed: with its source, or by its filter, so that it
    comes back when its source brings it.
    """

    id: str
    source_id: str
    kind: SourceKind
    title: str
    permalink: str
    canonical: str
    published: datetime
    dated: bool
    updated: datetime
    listed_at: datetime
    digest: str
    text_digest: str
    shared: bool = True
    deleted: bool = False
    hidden: bool = False
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """One read of the store for the entries of one document.

    by_id: every entry with an id that was asked for, or that its source calls so since it changed its ids.
    own_…: entries of this source, withdrawn ones too, with the same canonical permalink or text_digest, oldest first;
    own_by_moment: by when they were published, if that was asked for.
    """

    by_id: Mapping[str, KnownEntry]
    own_by_canonical: Mapping[str, tuple[KnownEntry, ...]]
    own_by_text: Mapping[str, tuple[KnownEntry, ...]]
    own_by_moment: Mapping[datetime, tuple[KnownEntry, ...]]


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one incoming entry, and why.

    entry: as it will be stored (its final id, frozen dates). namesake: id of the entry of another source that bears the
    id which this one came with. listed_at: its place in feeds. shared: False keeps it in its own source's feed only
    (backlog beyond the limit). substantive: False when a change moves neither `updated` nor the place in feeds. alias:
    the id that its source gives the entry now, where that is another than before.
    """

    entry: Entry
    verdict: Verdict
    reason: str
    namesake: str = ""
    listed_at: datetime | None = None
    shared: bool = True
    substantive: bool = True
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An entry that was withdrawn (RFC 6721)."""

    id: str
    deleted_at: datetime


@dataclass(frozen=True, slots=True)
class Related:
    """The same story at another outlet. source: the outlet's name."""

    title: str
    url: str
    source: str


@dataclass(frozen=True, slots=True)
class Published:
    """An entry as renderers need it: with its page, its source and its story.

    page: absolute URL of our page about it. revision: counts its versions from 1. listed_at: its place in feeds.
    lender: whose text `entry.content` is, where the entry came with a summary alone. via: what led to the entry or its
    text; made by `feeds.render.complete`.
    """

    entry: Entry
    page: str
    source: Source
    listed_at: datetime
    revision: int = 1
    related: tuple[Related, ...] = ()
    lender: Related | None = None
    via: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """A version of an entry. number: counts from 1. since: when it was stored, and took the place of the one before."""

    number: int
    since: datetime
    title: str
    summary: str
    content: str


@dataclass(frozen=True, slots=True)
class Site:
    """Whose home this is. id: urn:uuid of the site. base_url: without a slash at its end."""

    id: str
    title: str
    subtitle: str
    author: str
    base_url: str
    language: str


@dataclass(frozen=True, slots=True)
class Representation:
    """Published bytes. path: as in the URL, e.g. "/feeds/all.atom". etag: strong, with its quotes.

    forms: the same bytes under content codings, by their names (`feeds.http.codings`). max_age: how long a copy may be
    used before it is asked for again.
    """

    path: str
    media_type: str
    body: bytes
    etag: str
    last_modified: datetime
    forms: Mapping[str, bytes] = field(default_factory=dict)
    max_age: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class FeedHead:
    """A feed document but for its entries. updated: of its newest change, never now. hub: WebSub hub URL, or "".

    RFC 5005: complete: it holds all entries that there are (§2). archive: its entries and its URL stay as they are
    (§4), and it names the feed's newest document. prev_archive, next_archive: absolute URLs of the documents with the
    entries before and after, of any document that is not complete; "" for none. self_path: where the document is,
    "" for page_path and the format's suffix. page_path: of the feed's page for people, "" for /feeds/SLUG.
    """

    feed: Feed
    site: Site
    updated: datetime
    hub: str = ""
    tombstones: tuple[Tombstone, ...] = ()
    self_path: str = ""
    page_path: str = ""
    complete: bool = False
    archive: bool = False
    prev_archive: str = ""
    next_archive: str = ""
