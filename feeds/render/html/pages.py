"""Pages for people: home, feed, search, entry, its versions and errors as HTML that needs no script.

Pure: the same arguments give the same bytes; nothing here reads a clock, a socket or the store. WHATWG HTML; contrast,
focus, headings and languages follow WCAG 2.2 AA; the text direction of a language follows the script of its BCP 47 tag.

The pages' own words are English (`<html lang="en">`); text of the site and of entries has its own `lang` and `dir`.
Links between pages are paths, so that they work under any host; what is meant to be copied or indexed (feed addresses,
canonical links) is absolute and starts with `site.base_url`.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from feeds.model import Enclosure, Entry, Feed, FeedKind, Published, Revision, Site, Source, SourceKind
from feeds.render.html.content import content_for_page as shown_content
from feeds.render.html.differences import Kind, Run, differences, paragraphs_of_html
from feeds.render.html.filters import day, direction, excerpt, facts, file_name, headline, moment, own_path, size, stamp
from feeds.render.html.subscribing import readers
from feeds.text import plaintext
from feeds.text.urls import parts_of

# Items on one page, which keeps it under 50 KB.
PER_PAGE = 25
MOST_LISTED = 60
MOST_REVISIONS = 10
# Characters of one text in a list of changes.
_MOST_CHANGED = 6_000

_TEMPLATES = Path(__file__).parent / "templates"
_SEARCH = re.compile(rb'<form role="search".*?</form>\n?', re.DOTALL)
_FORMS = (  # name for people, media type, extension
    ("Atom", "application/atom+xml", "atom"),
    ("RSS", "application/rss+xml", "rss"),
    ("JSON Feed", "application/feed+json", "json"),
)


@dataclass(frozen=True, slots=True)
class Address:
    """One form of a feed: `form` is its name for people, `title` that of the feed; `type` its media type; `url`
    absolute.
    """

    title: str
    form: str
    type: str
    url: str


def home(
    site: Site, feeds: Sequence[Feed], newest: Sequence[Published], sources: Sequence[Source], notice: str = ""
) -> bytes:
    """The home page: what to subscribe to, the newest stories, and their sources. Private sources are left out.

    notice: plain text for the operator or the readers, shown above everything; "" for none.
    """
    public = [source for source in sources if not source.private]
    everything = next((_feed_addresses(site, feed) for feed in feeds if feed.kind is FeedKind.ALL), ())
    others = [(feed, _feed_addresses(site, feed)) for feed in feeds if feed.kind is not FeedKind.ALL]
    return _page(
        "home.html",
        site,
        (),
        everything=everything,
        readers=readers(everything[0].url) if everything else (),
        feeds=others[:MOST_LISTED],
        more_feeds=len(others[MOST_LISTED:]),
        newest=newest,
        sources=public[:MOST_LISTED],
        more_sources=len(public[MOST_LISTED:]),
        notice=notice,
    )


def page_count(entries: int) -> int:
    """How many pages a feed with that many entries has."""
    return max(1, -(-entries // PER_PAGE))


def page_of_feed(
    site: Site,
    feed: Feed,
    entries: Sequence[Published],
    updated: datetime,
    *,
    number: int = 1,
    last: int = 1,
    private: bool = False,
) -> bytes:
    """A feed for people: page `number`, counted from 1, of `last`, with some of the entries of its document, in order.

    updated: of the document, never now. private: for the operator alone.
    """
    own = _feed_addresses(site, feed)
    return _page(
        "feed.html",
        site,
        own,
        feed=feed,
        addresses=own,
        readers=() if private else readers(own[0].url),
        entries=entries,
        updated=updated,
        number=number,
        last=last,
        private=private,
    )


def search(
    site: Site, query: str, entries: Sequence[Published], message: str = "", *, feeds: Mapping[str, str] | None = None
) -> bytes:
    """What a search found. message: why the query cannot be read. feeds: paths of its feed by extension."""
    query = plaintext.xml_safe(query).strip()
    title = f"{site.title}: {query}"
    own = [Address(title, form, kind, f"{site.base_url}{feeds[end]}") for form, kind, end in _FORMS] if feeds else []
    return _page(
        "search.html", site, own, addresses=own, query=query, entries=entries, message=plaintext.xml_safe(message)
    )


def page_of_entry(site: Site, published: Published, feeds: Sequence[Feed], *, revisions: bool = False) -> bytes:
    """An entry's page. feeds: those that contain it; its source's feed, or else the first of them, is announced as its
    own. revisions: whether everybody may see its earlier versions.

    An external entry's page is not indexed and names the origin as canonical. A private source's site and feed URL are
    never printed.
    """
    shown, source = published.entry, published.source
    own = next((feed for feed in feeds if _is_feed_of(source, feed)), feeds[0] if feeds else None)
    return _page(
        "entry.html",
        site,
        _feed_addresses(site, own) if own else (),
        published=published,
        entry=shown,
        feeds=feeds,
        categories={name: _category_feed(site, feeds, name) for name in shown.categories},
        external=source.kind is SourceKind.FEED,
        content=_content(shown),
        pictures=_pictures(shown),
        files=[enclosure for enclosure in shown.enclosures if not _is_picture(enclosure)],
        revisions=revisions,
    )


def _category_feed(site: Site, feeds: Sequence[Feed], name: str) -> str:
    """The slug of a category's feed, "" if there is none."""
    title = f"{site.title}: {name}".casefold()
    return next((one.slug for one in feeds if one.kind is FeedKind.CATEGORY and one.title.casefold() == title), "")


@dataclass(frozen=True, slots=True)
class VersionChange:
    """What version `number` changed, by paragraphs; empty if no word differs. cut: whether more was left out."""

    number: int
    since: datetime
    title: list[list[Run]]
    text: list[list[Run]]
    cut: bool


def revisions(site: Site, published: Published, versions: Sequence[Revision]) -> bytes:
    """What each version of an entry changed, word by word. versions: newest first; the oldest shows no change."""
    changes = [_change(old, new) for new, old in pairwise(versions[: MOST_REVISIONS + 1])]
    oldest = versions[-1] if versions else None
    return _page(
        "revisions.html",
        site,
        (),
        published=published,
        entry=published.entry,
        changes=changes,
        first=oldest.since if oldest and oldest.number == 1 and len(versions) <= MOST_REVISIONS + 1 else None,
    )


def _change(old: Revision, new: Revision) -> VersionChange:
    title = differences([old.title], [new.title])
    text_ = differences(paragraphs_of_html(old.content), paragraphs_of_html(new.content))
    if not text_:
        text_ = differences([old.summary], [new.summary])
    kept = list(_within(text_, _MOST_CHANGED))
    return VersionChange(new.number, new.since, _paragraphed(title), _paragraphed(kept), len(kept) < len(text_))


def _within(runs: Sequence[Run], most: int) -> Iterable[Run]:
    """The first runs with up to `most` characters in total; a run that alone is longer is cut."""
    for run in runs:
        if most <= 0:
            return
        yield replace(run, words=plaintext.shorten(run.words, most))
        most -= len(run.words)


def _paragraphed(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs split into paragraphs at their line feeds."""
    found: list[list[Run]] = [[]]
    for run in runs:
        if run.kind is Kind.LEFT_OUT:
            found[-1].append(run)
            continue
        for number, words in enumerate(run.words.split("\n")):
            if number:
                found.append([])
            if words:
                found[-1].append(replace(run, words=words))
    return [paragraph for paragraph in found if paragraph]


def error(site: Site, status: int, title: str, message: str) -> bytes:
    """A page that says what went wrong and where to continue. message: plain text, one paragraph."""
    return _page(
        "error.html", site, (), status=status, title=plaintext.xml_safe(title), message=plaintext.xml_safe(message)
    )


def admin(site: Site, view: Mapping[str, object]) -> bytes:
    """The operator's page. view: the values that admin.html shows."""
    return _page("admin.html", site, (), admin_style=Markup(_ADMIN_STYLE), **view)  # noqa: S704 - our own file


def without_search(page: bytes) -> bytes:
    """A page for a server that cannot search."""
    return _SEARCH.sub(b"", page)


def _page(template: str, site: Site, own: Sequence[Address], **values: object) -> bytes:
    """Renders a template. own: the addresses of the page's own feed; those of `all` follow, without repetition."""
    announced = {address.url for address in own}
    everything = _addresses(site.title, f"{site.base_url}/feeds/all")
    page = _environment.get_template(template).render(
        site=site,
        root=parts_of(site.base_url).path.rstrip("/"),
        alternates=(*own, *(address for address in everything if address.url not in announced)),
        style=Markup(_STYLE),  # noqa: S704 - our own file
        **values,
    )
    return page.encode()


def _feed_addresses(site: Site, feed: Feed) -> tuple[Address, ...]:
    return _addresses(feed.title, f"{site.base_url}/feeds/{feed.slug}")


def _addresses(title: str, stem: str) -> tuple[Address, ...]:
    return tuple(Address(title, form, kind, f"{stem}.{extension}") for form, kind, extension in _FORMS)


def _is_feed_of(source: Source, feed: Feed) -> bool:
    if source.kind is SourceKind.SEEDS:
        return feed.kind is FeedKind.SEEDS
    return feed.kind is FeedKind.SOURCE and feed.value == source.slug


def _content(entry: Entry) -> Markup:
    return Markup(shown_content(entry.content))  # noqa: S704 - sanitised by worker.entries.normalise


def _is_picture(enclosure: Enclosure) -> bool:
    return enclosure.type.startswith("image/")


def _pictures(entry: Entry) -> list[Enclosure]:
    """The entry's image and its enclosed images, each once, without those that the content already shows."""
    candidates = [Enclosure(entry.image)] if entry.image else []
    candidates += filter(_is_picture, entry.enclosures)
    # Of two with one URL the later one wins: the enclosure has type and size, the image only a URL.
    pictures = {enclosure.url: enclosure for enclosure in candidates}
    return [enclosure for url, enclosure in pictures.items() if escape(url) not in entry.content]


def _squeeze(css: str) -> str:
    """The CSS without comments and indentation, which help only those who edit the file."""
    return re.sub(r"^\s+", "", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL), flags=re.MULTILINE).strip()


def _hash(style: str) -> str:
    """The source expression that lets an inlined style pass a strict Content-Security-Policy (CSP 3 §2.3.1)."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() + "'"


ICON = (Path(__file__).parent / "favicon.ico").read_bytes()
_STYLE = _squeeze((_TEMPLATES / "style.css").read_text("utf-8"))
_ADMIN_STYLE = _squeeze((_TEMPLATES / "admin.css").read_text("utf-8"))
STYLE_HASH = _hash(_STYLE)
ADMIN_STYLE_HASH = _hash(_ADMIN_STYLE)

_environment = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,  # compiled once, at first use
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    day=day,
    direction=direction,
    excerpt=excerpt,
    facts=facts,
    file_name=file_name,
    headline=headline,
    moment=moment,
    own_path=own_path,
    size=size,
    stamp=stamp,
)
