"""What every format says of an entry and of a feed, decided once: no gaps, no text that a format cannot hold.

The store keeps an entry as its source sent it; here it gets what readers need besides: an author (no reader falls back
on the feed's), something to read, a link to open, a visible attribution to where it was first published (RFC 4287 §4.2
says what an entry must have). Entries were cleaned when they came in, perhaps by an earlier version with other rules,
and not all that is rendered came in as an entry: this is a second line of defence, since one bad string must not cost a
whole feed.
"""

import html
import re
from collections import Counter
from dataclasses import replace
from html.entities import name2codepoint

from feeds.model import (
    LONGEST_PLAY,
    Enclosure,
    Entry,
    FeedHead,
    Origin,
    Person,
    Published,
    Related,
    Site,
    Source,
    SourceKind,
)
from feeds.text import plaintext, urls

_EMAIL = re.compile(r"[A-Za-z0-9_+.'-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+")
_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_MEDIA_TYPE = re.compile(f"{_NAME}/{_NAME}")
_TAG = re.compile(r"<[A-Za-z/!?]|&#")
_REFERENCE = re.compile(r"&(\w+)")
# Some feeds escape "&" as "&amp;amp;amp;".
_ESCAPED_AT_MOST = 4


def complete_entry(published: Published, site: Site) -> Published:
    """`published` as all formats show it.

    entry.permalink: what a reader opens, never "". entry.authors: never empty. entry.content: HTML, never "", ending
    with the attribution of an external entry, after that of the outlet that lent the text. entry.origin: None for a
    private source, whose URL is never disclosed; entry.via is then "".
    """
    entry, source = published.entry, published.source
    external = entry.origin is not None or source.kind is SourceKind.FEED
    origin = _origin(entry, source) if entry.origin and not source.private else None
    outlet = one_line(entry.origin.title if entry.origin else "") or one_line(source.title)
    permalink = urls.absolute(entry.permalink)
    summary = plaintext.xml_safe(entry.summary).strip()
    title = plaintext.clean_title(entry.title) or plaintext.clean_title(summary) or entry_id(entry.id)
    content = plaintext.xml_safe(entry.content).strip() or plaintext.as_html_paragraphs(summary or title)
    lender = next(iter(_related((published.lender,))), None) if published.lender else None
    if lender:
        content += _attribution("Full text", lender.url, lender.source or urls.host(lender.url))
    if external and outlet:
        content += _attribution("Source", permalink or (origin.link if origin else ""), outlet)
    shown = replace(
        entry,
        id=entry_id(entry.id),
        title=title,
        permalink=permalink or published.page,
        authors=_authors(entry.authors, outlet if external else "", site),
        categories=tuple(dict.fromkeys(filter(None, map(_one_line, entry.categories)))),
        enclosures=_enclosures(entry.enclosures),
        summary=summary,
        content=content,
        language=plaintext.language_tag(entry.language) or plaintext.language_tag(site.language),
        credit=_name(entry.credit),
        comments=urls.absolute(entry.comments),
        image=urls.absolute(entry.image),
        origin=origin,
        image_size=_size(entry.image_size),
        rights=_one_line(entry.rights),
        # Where a private source found something would identify the source.
        via="" if source.private else urls.absolute(entry.via),
    )
    return replace(
        published,
        entry=shown,
        related=_related(published.related),
        lender=lender,
        via=_via(shown.via, permalink, source, lender),
    )


def complete_head(head: FeedHead) -> FeedHead:
    """`head` as all formats show it: feed.title and site.author are never "", feed.language falls back on the
    site's.
    """
    feed, site = head.feed, head.site
    title = plaintext.clean_title(feed.title) or plaintext.clean_title(site.title) or feed.slug
    language = plaintext.language_tag(feed.language) or plaintext.language_tag(site.language)
    return replace(
        head,
        feed=replace(feed, id=entry_id(feed.id), title=title, language=language),
        site=replace(
            site,
            title=one_line(site.title) or title,
            subtitle=_one_line(site.subtitle),
            author=_name(site.author) or _name(site.title) or _name(title) or "Seedfeed",
        ),
    )


def page_url(head: FeedHead) -> str:
    """The feed's page for people; its documents' URLs are this and a suffix, unless `self_path` says otherwise."""
    return f"{head.site.base_url}{head.page_path or f'/feeds/{head.feed.slug}'}"


def own_url(head: FeedHead, suffix: str) -> str:
    """The URL of the document in the format with this suffix."""
    return f"{head.site.base_url}{head.self_path}" if head.self_path else f"{page_url(head)}.{suffix}"


def history(head: FeedHead, suffix: str) -> dict[str, str]:
    """The links of RFC 5005 by relation. A complete document has none; an archive links to the newest document."""
    if head.complete:
        return {}
    links = {"current": f"{page_url(head)}.{suffix}"} if head.archive else {}
    links |= {"prev-archive": head.prev_archive, "next-archive": head.next_archive}
    return {relation: url for relation, url in links.items() if url}


def entry_id(id_: str) -> str:
    """`id_` byte for byte if it is valid as atom:id, otherwise a UUID that is always the same for it."""
    return id_ if urls.valid_id(id_) else f"urn:uuid:{urls.page_uuid(plaintext.xml_safe(id_))}"


def one_line(words: str) -> str:
    """Plain text on one line, for names: text that validators would take for HTML is read as HTML."""
    words = _one_line(words)
    for _ in range(_ESCAPED_AT_MOST):
        if not looks_like_html(words):
            break
        words = plaintext.plain(words)
    # What still looks like a reference is not one, such as "&4"; a space after the "&" makes that clear.
    return _REFERENCE.sub(r"& \1", words) if looks_like_html(words) else words


def looks_like_html(words: str) -> bool:
    """Whether plain `words` would be taken for markup, by validators or by readers that guess. "AT&T" would not."""
    if "<" not in words and "&" not in words:
        return False
    if _TAG.search(words):
        return True
    names = _REFERENCE.findall(words)
    return any(name in name2codepoint or not name.isalpha() for name in names) or html.unescape(words) != words


def _one_line(words: str) -> str:
    return words and plaintext.shorten(" ".join(plaintext.xml_safe(words).split()), plaintext.TITLE_LIMIT)


def _name(words: str) -> str:
    """A name without an e-mail address in it; for an address alone, the part before the @."""
    name = one_line(words)
    if "@" not in name:
        return name
    bare = " ".join(_EMAIL.sub(" ", name).split()).strip(" <>()[],;:-")
    return bare or name.partition("@")[0].strip(" <>()[]")


def _authors(people: tuple[Person, ...], outlet: str, site: Site) -> tuple[Person, ...]:
    named = []
    for person in people:
        if name := _name(person.name):
            email = person.email if len(person.email) <= 254 and _EMAIL.fullmatch(person.email) else ""
            named.append(Person(name, email, urls.absolute(person.uri)))
    if not named:
        named.append(Person(_name(outlet) or _name(site.author) or _name(site.title) or "Seedfeed"))
    return tuple(dict.fromkeys(named))


def _enclosures(enclosures: tuple[Enclosure, ...]) -> tuple[Enclosure, ...]:
    """Each file once, with numbers that formats can hold; a group counts only while at least two of its files are
    left.
    """
    usable: dict[str, Enclosure] = {}
    for enclosure in enclosures:
        if url := urls.absolute(enclosure.url):
            usable.setdefault(
                url,
                Enclosure(
                    url,
                    enclosure.type if _MEDIA_TYPE.fullmatch(enclosure.type) else "",
                    enclosure.length if enclosure.length is not None and enclosure.length >= 0 else None,
                    _positive(enclosure.duration, LONGEST_PLAY),
                    one_line(enclosure.title),
                    _positive(enclosure.bitrate),
                    _positive(enclosure.width),
                    _positive(enclosure.height),
                    enclosure.group,
                ),
            )
    groups = Counter(enclosure.group for enclosure in usable.values() if enclosure.group)
    if not groups:
        return tuple(usable.values())
    return tuple(
        replace(enclosure, group=0) if groups[enclosure.group] == 1 else enclosure for enclosure in usable.values()
    )


def _positive(number: int | None, below: int = 2**31) -> int | None:
    return number if number and 0 < number < below else None


def _size(size: tuple[int, int] | None) -> tuple[int, int] | None:
    return size if size and all(map(_positive, size)) else None


def _origin(entry: Entry, source: Source) -> Origin:
    """The origin with the id, title and date that validators require of an atom:source."""
    assert entry.origin is not None
    origin = entry.origin
    feed_url = urls.without_secrets(urls.absolute(origin.feed_url))
    stated = urls.without_secrets(origin.id)
    return Origin(
        id=stated if urls.valid_id(stated) else entry_id(feed_url or origin.id or source.key),
        title=one_line(origin.title) or one_line(source.title) or urls.host(feed_url) or source.slug,
        feed_url=feed_url,
        link=urls.absolute(origin.link),
        updated=origin.updated or entry.updated,
        rights=_one_line(origin.rights),
    )


def _attribution(what: str, url: str, outlet: str) -> str:
    name = html.escape(outlet, quote=False)
    return f'\n<p>{what}: <a href="{html.escape(url)}">{name}</a></p>' if url else f"\n<p>{what}: {name}</p>"


def _via(via: str, permalink: str, source: Source, lender: Related | None) -> tuple[Related, ...]:
    """The outlet that lent the text, if any, and where the source found the entry (RFC 4287 §4.2.7.2)."""
    found = [lender] if lender else []
    if via and via != permalink:
        own = urls.host(via) == urls.host(urls.absolute(source.link) or urls.absolute(source.url))
        found.append(Related("", via, (one_line(source.title) if own else "") or urls.host(via)))
    return tuple(found)


def _related(related: tuple[Related, ...]) -> tuple[Related, ...]:
    clean = (Related(one_line(other.title), urls.absolute(other.url), one_line(other.source)) for other in related)
    return tuple({(other.source, other.url): other for other in clean if other.url}.values())
