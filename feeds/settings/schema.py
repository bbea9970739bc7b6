"""The settings of a site: every key, its type and its default, as docs/settings.md explains them.

`Settings` is one frozen value, typed for its users: durations are `timedelta`, sizes bytes, lists tuples. How it
comes from a file and from variables is `feeds.settings.load`'s; how values are written is `feeds.settings.values`'s.
`worker/home/site.toml` explains the keys to operators, and a test holds the two together.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from feeds.automatic import AUTOMATIC, MAX_ENTRIES
from feeds.settings import values
from feeds.settings.values import Network, choice, expect, list_of, or_nothing, whole

_DURATION = 'a duration like "30s", "5m", "24h" or "1h30m"'
_LANGUAGE = 'a language tag like "vi" or "en-GB"'
_TIMEZONE = 'a time zone like "Asia/Ho_Chi_Minh" or "UTC"'
_EXECUTOR = (
    '"processes", "processes:N", "threads", "threads:N" (N from 1 to 9999), "dask", "dask://HOST:PORT" or'
    ' "dask+tls://HOST:PORT" (both HOST and PORT)'
)
_SLUG = "a name of a-z, 0-9 and hyphens"

Line = Annotated[str, expect("text", values.line)]
Texts = Annotated[tuple[str, ...], expect("a list of texts", list_of(values.nonempty_line))]
Switch = Annotated[bool, expect("true or false", values.switch)]
Pause = Annotated[timedelta, expect(_DURATION, values.pause)]
Duration = Annotated[timedelta, expect(_DURATION, values.duration)]
Networks = Annotated[tuple[Network, ...], expect('a list of networks like ["10.0.0.0/8"]', list_of(values.network))]
Query = Annotated[str, expect('a query like "category:politics lang:vi"', values.query)]
Entries = Annotated[int, whole(1, MAX_ENTRIES)]
Content = Literal["full", "summary", "link"]
SourceSlug = Annotated[str, expect(_SLUG, values.slug)]
FeedSlug = Annotated[str, expect(_SLUG, values.feed_slug)]


def _retention(value: object) -> timedelta | None:
    return None if value == "forever" else values.duration(value)


def _hub(value: object) -> str:
    return str(value) if value in ("own", "off") else values.web_address(value)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServerSettings(_Table):
    host: Annotated[str, expect("a host name or an IP address", values.host_or_address)] = "127.0.0.1"
    port: Annotated[int, whole(1, 65535)] = 8080
    admin_token: Annotated[str, expect("text without control characters", values.token, secret=True)] = Field(
        default="", repr=False
    )
    hub: Annotated[str, expect('"own", "off" or the http(s) URL of a hub', _hub)] = "own"


class SeedsSettings(_Table):
    settle: Pause = timedelta(seconds=1)
    encoding: Annotated[str, expect('an encoding like "windows-1258"', or_nothing(values.encoding))] = ""
    scan: Duration = timedelta(seconds=30)
    delete_after: Pause = timedelta(seconds=60)


class WorkerSettings(_Table):
    """max_body: bytes."""

    poll_min: Duration = timedelta(minutes=5)
    poll_max: Duration = timedelta(hours=24)
    concurrency: Annotated[int, whole(1, 10_000)] = 64
    per_host: Annotated[int, whole(1, 1_000)] = 2
    timeout: Duration = timedelta(seconds=30)
    max_body: Annotated[int, expect('a size like "15MiB" or "4MB"', values.byte_count)] = 15 * 2**20
    user_agent: Annotated[str, expect("printable ASCII text", values.matching(r"|[!-~]|[!-~][ -~]*[!-~]"))] = ""
    allow_networks: Networks = ()
    allow_callbacks: Networks = ()
    executor: Annotated[str, expect(_EXECUTOR, values.executor)] = "processes"
    backlog: Annotated[int, whole(0, 100_000)] = 10
    burst: Annotated[int, whole(0, 100_000)] = 30
    webhook: Annotated[str, expect("an http(s) URL", or_nothing(values.web_address), secret=True)] = Field(
        default="", repr=False
    )

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.poll_min > self.poll_max:
            raise ValueError("expected poll_min to be no longer than poll_max")
        return self


class StoriesSettings(_Table):
    enabled: Switch = True
    window: Duration = timedelta(hours=72)


class RetentionSettings(_Table):
    """entries: None keeps them forever."""

    entries: Annotated[timedelta | None, expect('"forever" or a duration like "90d"', _retention)] = None


class PublishSettings(_Table):
    automatic: Annotated[
        tuple[str, ...],
        expect(f"a list of some of {', '.join(AUTOMATIC)}", list_of(values.matching("|".join(AUTOMATIC)))),
    ] = AUTOMATIC
    content: Annotated[Content, choice("full", "summary", "link")] = "full"


class SourceSettings(_Table):
    """Settings of one source: "" (for poll: None) inherits from the site or from what the source says."""

    title: Line = ""
    categories: Texts = ()
    language: Annotated[str, expect(_LANGUAGE, or_nothing(values.language))] = ""
    timezone: Annotated[str, expect(_TIMEZONE, or_nothing(values.timezone))] = ""
    filter: Query = ""
    content: Annotated[Content | Literal[""], choice("full", "summary", "link", "")] = ""
    poll: Annotated[timedelta | None, expect(_DURATION, or_nothing(values.duration, None))] = None
    private: Switch = False
    priority: Annotated[int, whole(-1_000, 1_000)] = 0


class FeedSettings(_Table):
    """title: "" for the slug. limit: None for the site's feed_limit."""

    title: Line = ""
    query: Query = ""
    duplicates: Annotated[Literal["fold", "all"], choice("fold", "all")] = "fold"
    limit: Entries | None = None


class Settings(_Table):
    """Settings(key=value, …) takes values as TOML has them; it never reads the environment or a file.

    base_url: never "".
    """

    id: Annotated[str, expect("urn:uuid:… or nothing", or_nothing(values.urn))] = ""
    title: Annotated[str, expect("text that is not empty", values.nonempty_line)] = "My feeds"
    subtitle: Line = ""
    author: Line = ""
    base_url: Annotated[
        str, expect("an absolute http(s) URL without query, fragment or password", or_nothing(values.base_url))
    ] = ""
    language: Annotated[str, expect(_LANGUAGE, values.language)] = "en"
    timezone: Annotated[str, expect(_TIMEZONE, values.timezone)] = "UTC"
    feed_limit: Entries = 50
    feed_span: Pause = timedelta(hours=24)
    revisions: Annotated[Literal["admin", "public"], choice("admin", "public")] = "admin"
    server: ServerSettings = ServerSettings()
    seeds: SeedsSettings = SeedsSettings()
    worker: WorkerSettings = WorkerSettings()
    stories: StoriesSettings = StoriesSettings()
    retention: RetentionSettings = RetentionSettings()
    publish: PublishSettings = PublishSettings()
    sources: Mapping[SourceSlug, SourceSettings] = {}
    categories: Mapping[Line, Line] = {}
    feeds: Mapping[FeedSlug, FeedSettings] = {}

    @model_validator(mode="after")
    def _reachable_here(self) -> Self:
        """Without a base_url, the address at which this machine reaches the server."""
        if not self.base_url:
            object.__setattr__(self, "base_url", f"http://127.0.0.1:{self.server.port}")  # the model is frozen
        return self

    @classmethod
    def of(cls, *layers: Mapping[str, Any]) -> Self:
        """Settings from layers, of which the first with a key decides it. Raises ValidationError."""
        return cls.model_validate(_laid_over(*layers))


def _laid_over(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """One mapping of the layers: the first with a key decides, and in tables each key does so for itself."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            upper = merged.setdefault(key, value)
            if isinstance(upper, Mapping) and isinstance(value, Mapping):
                merged[key] = _laid_over(upper, value)
    return merged
