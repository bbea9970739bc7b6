"""Which feeds a site publishes: the automatic ones that its settings enable, and those that it configures."""

import re
from collections.abc import Iterable, Mapping

from feeds.automatic import automatic_slug, feed_id
from feeds.model import Feed, FeedKind, Site, Source, SourceKind
from feeds.settings.schema import Settings
from feeds.store import Store, facts

# English names of common feed languages; any other is shown by its code.
LANGUAGES: Mapping[str, str] = dict(
    re.findall(
        r"(\w+)=(\w+)",
        "ar=Arabic bg=Bulgarian cs=Czech da=Danish de=German el=Greek en=English es=Spanish fa=Persian fi=Finnish "
        "fil=Filipino fr=French he=Hebrew hi=Hindi hu=Hungarian id=Indonesian it=Italian ja=Japanese km=Khmer "
        "ko=Korean lo=Lao ms=Malay my=Burmese nb=Norwegian nl=Dutch no=Norwegian pl=Polish pt=Portuguese ro=Romanian "
        "ru=Russian sv=Swedish th=Thai tr=Turkish uk=Ukrainian vi=Vietnamese zh=Chinese",
    )
)


def automatic_feeds(
    site_id: str,
    site_title: str,
    sources: Iterable[Source],
    categories: Mapping[str, str],
    languages: Iterable[str],
    settings: Settings,
) -> tuple[Feed, ...]:
    """The feeds of the kinds in `publish.automatic`.

    categories: names by their (frozen) slugs. languages: BCP 47 tags of entries; a feed for each primary subtag.
    A private source has no feed of its own; the feed of the home's own source is `seeds`.
    """
    remote = [source for source in sources if not source.private and source.kind is SourceKind.FEED]
    codes = sorted({tag.split("-")[0].lower() for tag in languages if tag})

    def feed(kind: FeedKind, title: str, value: str = "", language: str = "") -> Feed:
        duplicates = "all" if kind is FeedKind.SOURCE else "fold"
        slug = automatic_slug(kind, value)
        return Feed(slug, feed_id(site_id, slug), title, kind, value, settings.feed_limit, duplicates, language)

    feeds = [
        feed(FeedKind.ALL, site_title),
        feed(FeedKind.SEEDS, f"{site_title}: own articles"),
        *(feed(FeedKind.SOURCE, s.title or s.slug, s.slug, s.language) for s in remote),
        *(feed(FeedKind.CATEGORY, f"{site_title}: {categories[c]}", c) for c in sorted(categories)),
        *(feed(FeedKind.LANG, f"{site_title}: {LANGUAGES.get(c, c)}", c, c) for c in codes),
    ]
    return tuple(f for f in feeds if f.kind.value in settings.publish.automatic)


def configured_feeds(settings: Settings, site_id: str) -> tuple[Feed, ...]:
    """The feeds of `[feeds.<slug>]`, in the order of the file."""
    limit = settings.feed_limit
    return tuple(
        Feed(slug, feed_id(site_id, slug), f.title or slug, FeedKind.QUERY, f.query, f.limit or limit, f.duplicates)
        for slug, f in settings.feeds.items()
    )


def site_of(settings: Settings, store: Store) -> Site:
    """The site of this home; the worker creates its id."""
    return Site(
        id=store.facts.get(facts.SITE_ID),
        title=settings.title,
        subtitle=settings.subtitle,
        author=settings.author or settings.title,
        base_url=settings.base_url,
        language=settings.language,
    )


def feeds_of(settings: Settings, store: Store, site: Site, among: Iterable[str] | None = None) -> dict[str, Feed]:
    """Every feed that this home publishes, by slug. among: leaves out feeds of sources that are not named here."""
    named = None if among is None else [slug.removeprefix(f"{FeedKind.SOURCE.value}-") for slug in among]
    automatic = automatic_feeds(
        site_id=site.id,
        site_title=site.title,
        sources=store.sources.all(named),
        categories=store.sources.categories(),
        languages=store.entries.languages(),
        settings=settings,
    )
    return {feed.slug: feed for feed in (*automatic, *configured_feeds(settings, site.id))}
