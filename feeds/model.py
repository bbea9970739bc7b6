"""The nouns: what is stored and what is published.

Frozen values that know nothing of files, sockets or SQL. Invariants are established once, in
`worker.entries.normalise`, and trusted from then on: datetimes are aware and UTC, URLs absolute http(s), titles plain
text and never empty, content sanitised HTML, all text XML-safe. Lengths are bytes, durations `timedelta`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

# The longest duration of an enclosure, in seconds; itunes:duration has two digits for hours.
LONGEST_PLAY = 100 * 3600


@dataclass(frozen=True, slots=True)
class Person:
    """An Atom person construct (RFC 4287 §3.2): a plain name, and an address and page if they are valid."""

    name: str
    email: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an entry. `length` in bytes, None if unknown; `type` is type/subtype or "".

    duration: seconds. bitrate: kilobits per second. width, height: pixels. All are positive, or None if unknown. title:
    its caption, plain text. group: files with the same number above 0 are one thing in several forms.
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
        """Whether it is audio or video, which makes an entry an episode."""
        return self.type.startswith(("audio/", "video/"))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an external entry was first published: becomes atom:source (RFC 4287 §4.2.11) and RSS <source>.

    `id` is the origin feed's own id or, if that is not usable, its URL; `updated` is frozen with the entry.
    """

    id: str
    title: str
    feed_url: str
    link: str = ""
    updated: datetime | None = None
    rights: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One published item, whatever its source.

    id: absolute ASCII URI, never changes. permalink: the origin's page, "" for a seed without `link`. published: as the
    source says; if it says nothing (`dated` False), the moment it was first seen, frozen. updated: moves only for a
    substantive change. summary: plain text. content: sanitised HTML, may be "". language: BCP 47. credit: the agency or
    outlet named at the foot. origin: None for seeds. image_size: width and height in pixels, None if unknown. rights:
    as stated by the entry itself. via: the page through which the source found it. explicit: whether an episode is,
    None if unknown. digest: of everything it says (without dates, counters, tracking parameters and white space), hex.
    markup: of all that is shown of it, see `worker.entries.markup`. text_digest: of its folded text alone; "" under 20
    tokens, where equality proves nothing. announced: a date in the future, as that of an event: not believed
    as `published`, it tells entries apart. Only until it is stored: former, the digest that also
    counts the order of lists and counters in titles, "" if it is the same; fingerprint, the keys by which repeats of
    its text are found (`worker.entries.fingerprint`); altered, what its content had to leave out or has in another
    form, each with its number, for the log; item, the digest of the item that it was read from.
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
    markup: str = ""
    announced: datetime | None = None
    former: str = field(default="", compare=False, repr=False)
    fingerprint: bytes = field(default=b"", compare=False, repr=False)
    altered: tuple[tuple[str, int], ...] = field(default=(), compare=False, repr=False)
    item: bytes = field(default=b"", compare=False, repr=False)

    @property
    def stated(self) -> datetime | None:
        """The date that the source gives it, if any."""
        return self.published if self.dated else self.announced


class SourceKind(StrEnum):
    SEEDS = "seeds"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class Source:
    """Where entries come from: the home's own seeds, or a remote feed.

    key: a UUID created when the source was added; entry ids derive from it, so it never changes. slug: the name of its
    feed, frozen too. url: where the feed is polled, "" for seeds. link: its site. categories: set by the operator (OPML
    folders, settings), so they make feeds. filter: a query that its entries must match. content: how much of them is
    published, "full", "summary" or "link". poll: the interval between polls; None to follow its own rhythm.
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
    """The state of a source in `seedfeed sources`."""

    OK = "ok"
    FAILING = "failing"
    GONE = "gone"
    BLOCKED = "blocked"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a document asks to be polled: ttl, and hours (0 to 23, GMT) and days (Monday is 0) to skip."""

    ttl: timedelta = timedelta()
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FetchState:
    """What a subscription remembers between polls. etag and last_modified are kept verbatim (RFC 9110 §8.8).

    items: digests of the items of the last document, joined. pace: of the last document. polls: successful ones so far
    (0: the next one is the first). failures: in a row, since failing_since. gone: 410 responses in a row, since
    gone_since. moved_to: where 301 and 308 led on the last moved_polls polls, since moved_since. error: of the last
    poll, or "".
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
    """What happened to a source, a seed file or a published feed. BROKEN to GONE are breaks, which end with RECOVERED.

    FLOOD: more new entries at once than shared feeds accept. REGUID: the source changed the ids of its entries.
    FEED_HELD: the publish gate keeps the last good documents of a feed. ENTRY_ASIDE: it keeps one entry out of all
    feeds.
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
    SEED_WARNED = "seed-warned"
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
    """A published feed. value: the source's slug, the category's slug, the language code or the query, by kind.

    duplicates: "fold" leaves out entries that are folded under another entry, "all" shows them.
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
    """What a decision needs of a stored entry. source_id: its source's key.

    deleted: withdrawn. hidden: withdrawn by hand, so it stays so. removed: withdrawn with its source, or by its filter,
    so it returns when its source sends it. first_seen: None if nobody asks.
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
    markup: str = ""
    quiet_until: datetime | None = None
    announced: datetime | None = None
    first_seen: datetime | None = None

    @property
    def stated(self) -> datetime | None:
        """The date that the source gave it, if any."""
        return self.published if self.dated else self.announced


@dataclass(frozen=True, slots=True)
class Known:
    """One read of the store for the entries of one document.

    by_id: every entry with a requested id, including ids that its source gives it since it changed them. own_…: entries
    of this source, withdrawn ones too, with the same canonical permalink or text_digest, oldest first; own_by_moment:
    by publication date, all of about those requested. hidden: entries of this source that are hidden by hand, the
    newest first. stored: what these say, and those known by id of which an incoming entry may say something else.
    """

    by_id: Mapping[str, KnownEntry]
    own_by_canonical: Mapping[str, tuple[KnownEntry, ...]]
    own_by_text: Mapping[str, tuple[KnownEntry, ...]]
    own_by_moment: Mapping[datetime, tuple[KnownEntry, ...]]
    hidden: tuple[KnownEntry, ...] = ()
    stored: Mapping[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to one incoming entry, and why.

    entry: as it will be stored (its final id, frozen dates). namesake: id of the entry of another source that already
    has the id with which this one came. listed_at: its place in feeds. shared: False keeps it in its own source's feed
    only (backlog beyond the limit). substantive: False if a change moves neither `updated` nor the place in feeds.
    silent: True if a change need not be pushed to subscribers. waits: True if a change is taken over later.
    quiet_until: when the changes of its markup alone, with this one, no longer count.
    alias: the id that its source now gives the entry, if that has changed. steady: a name by which it is
    known whatever token of a visit its id has, if that is not stored yet.
    """

    entry: Entry
    verdict: Verdict
    reason: str
    namesake: str = ""
    listed_at: datetime | None = None
    shared: bool = True
    substantive: bool = True
    silent: bool = False
    waits: bool = False
    quiet_until: datetime | None = None
    alias: str = ""
    steady: str = ""


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
    lender: the outlet whose text is in `entry.content`, if the entry came with only a summary. via: what led to the
    entry or its text; made by `feeds.render.complete`.
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
    """A version of an entry. number: counts from 1. since: when it was stored and replaced the previous one."""

    number: int
    since: datetime
    title: str
    summary: str
    content: str


@dataclass(frozen=True, slots=True)
class Site:
    """The site of this home. id: urn:uuid of the site. base_url: without a slash at its end."""

    id: str
    title: str
    subtitle: str
    author: str
    base_url: str
    language: str


@dataclass(frozen=True, slots=True)
class Representation:
    """Published bytes. path: as in the URL, e.g. "/feeds/all.atom". etag: strong, with its quotes.

    max_age: how long a copy may be used before it is requested again.
    """

    path: str
    media_type: str
    body: bytes
    etag: str
    last_modified: datetime
    max_age: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class FeedHead:
    """A feed document without its entries. updated: of its newest change, never now. hub: WebSub hub URL, or "".

    RFC 5005: complete: it contains all entries that exist (§2). archive: its entries and its URL do not change (§4),
    and it links to the feed's newest document. prev_archive, next_archive: absolute URLs of the documents with the
    entries before and after, for any document that is not complete; "" for none. self_path: the path of the document,
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
