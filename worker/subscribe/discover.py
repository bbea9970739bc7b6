"""Finds the feed behind a page.

Pure: takes a document, returns URLs; the caller fetches them and checks whether they are feeds. Autodiscovery links
follow https://www.rssboard.org/rss-autodiscovery; the rest follows the habits of the web.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import lxml.etree
import lxml.html

from feeds.errors import ParseError
from feeds.text.plaintext import clean_title
from feeds.text.urls import absolute, host, parts_of, without_credentials, without_feed_scheme
from worker.model import Document
from worker.subscribe.sites import ANYWHERE, feeds_by_rule

CANDIDATES_MAX = 50
# How many candidates a message names, and how long each may be.
NAMED_MAX = 5
_LONGEST_NAMED = 200
# Bytes of a document that are enough to recognise its type.
SNIFFED_BYTES = 4096

_FEED_TYPES = {
    "application/atom+xml",
    "application/rss+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/x-rss+xml",
    "text/rss+xml",
}
# Types used for feeds and for much else: accepted only if the link also looks like a feed.
_VAGUE_TYPES = {"application/json", "application/xml", "text/xml"}
_FEED_LIKE = re.compile(
    r"(?:^|[/._-])(?:feeds?|rss2?|atom|rdf)(?:[/._-]?(?:index|feed|all))?(?:\.(?:xml|json|rss|atom|rdf|php|aspx?))?/?$"
    r"|\.(?:rss|atom|rdf)$|/(?:index|feed)\.xml$|/feed/[\w-]+/?$",
    re.IGNORECASE | re.ASCII,
)
_FEED_QUERY = re.compile(r"(?:^|&)(?:feed|format|type|alt|output)=(?:rss2?|atom|rdf|feed|json-?feed)\b", re.IGNORECASE)
# Texts of links that lead to a feed, or to a page of feeds.
_FEED_NAME = re.compile(r"(?:rss|atom|xml|feeds?|web ?feeds?|(?:rss|atom)[ -]feeds?)", re.IGNORECASE)
_COMMENTS = re.compile(r"\bcomments?\b|/comments?/|replies", re.IGNORECASE)

_WELL_KNOWN = (
    "/feed",
    "/rss.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.xml",
    "/feed.json",
    "/rss",
    "/feed.atom",
    "/index.rdf",
    "/feeds/posts/default",
    "/?feed=rss2",
)

_YOUTUBE = re.compile(r"(?:www\.|m\.)?youtube\.com\Z")
_CHANNEL_IN_PAGE = re.compile(rb'"(?:externalId|channelId)":\s*"(UC[A-Za-z0-9_-]{22})"')
_CHANNEL = "https://www.youtube.com/channel/"

_ROOT = re.compile(r"<(?:[\w.-]+:)?(rss|feed|rdf)(?=[\s>/])|<!doctype\s+html|<html(?=[\s>])", re.IGNORECASE | re.ASCII)
_XML_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_JSON_FEED = re.compile(rb'"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version\\?/')


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible feed. url: absolute. title, type: as the page gives them, or ""; type in lower case."""

    url: str
    title: str = ""
    type: str = ""


def candidate_feeds(document: Document, link_headers: Sequence[tuple[str, str, str]] = ()) -> tuple[Candidate, ...]:
    """The feeds that a page points to, best first; accepts any bytes.

    link_headers: (absolute URL, rel, type). First come the feeds from `worker.subscribe.sites`, then <link
    rel="alternate">, Link headers, and links in the text that look like feeds; feeds of comments come last.
    """
    page = _page(document)
    found: list[Candidate] = list(_of_site(document, page))
    if page is not None:
        base = _base(page, document)
        found += _autodiscovery(page, base)
    found += (Candidate(url, "", type_) for url, rel, type_ in link_headers if _announces(rel, type_, url))
    if page is not None:
        found += _anchors(page, base)
    first: dict[str, Candidate] = {}
    for one in found:
        first.setdefault(one.url.partition("#")[0], one)
    return tuple(sorted(first.values(), key=about_comments)[:CANDIDATES_MAX])


def well_known(url: str) -> tuple[str, ...]:
    """The usual places of a site's feeds, for a page that points to none; places below the page's own folder come
    first.
    """
    parts = parts_of(absolute(url))
    if not parts.hostname:
        return ()
    direct = feeds_by_rule(url) or feeds_by_rule(url, ANYWHERE)
    root = f"{parts.scheme}://{parts.netloc}"
    folder = parts.path.rstrip("/")
    own = [f"{root}{folder}{place}" for place in ("/feed", "/rss.xml", "/atom.xml", "/index.xml")] if folder else []
    return tuple(dict.fromkeys([*direct, *own, *(root + place for place in _WELL_KNOWN)]))


def looks_like_feed(document: Document) -> bool:
    """Whether these bytes begin like RSS, RDF, Atom or JSON Feed. Cheap; does not guarantee that they can be parsed."""
    body = document.body
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _JSON_FEED.search(body) is not None
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(body[:2], "latin-1")
    start = _XML_COMMENT.sub("", body[:SNIFFED_BYTES].decode(encoding, "replace"))
    root = _ROOT.search(start)
    return root is not None and root[1] is not None


def not_a_feed(document: Document, error: ParseError, link_headers: Sequence[tuple[str, str, str]] = ()) -> ParseError:
    """For a document that is not a feed (E_NOTFEED), an error that names the feeds it points to; others unchanged.

    Always a new error: the traceback of the old one would keep the document alive.
    """
    if error.code != "E_NOTFEED":
        return ParseError(*error.args)
    urls = [without_credentials(one.url).partition("#")[0] for one in candidate_feeds(document, link_headers)]
    named = list(dict.fromkeys(url for url in urls if len(url) <= _LONGEST_NAMED))[:NAMED_MAX]
    message = f"{error.message} Feed links on it: {', '.join(named)}." if named else error.message
    return ParseError(error.name, message, error.code, error.retry_after, error.status)


def _page(document: Document) -> lxml.html.HtmlElement | None:
    """The parsed page, or None if it cannot be parsed."""
    if not document.body or looks_like_feed(document):
        return None
    try:
        parser = lxml.html.HTMLParser(encoding=_charset(document))
    except (LookupError, ValueError):  # unknown charset
        parser = lxml.html.HTMLParser()
    try:
        return lxml.html.document_fromstring(document.body, parser=parser)
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        return None


def _charset(document: Document) -> str | None:
    """Valid UTF-8 is UTF-8, whatever the header says; otherwise the header decides, then the page's own <meta>."""
    try:
        document.body.decode()
    except UnicodeDecodeError:
        return document.charset or None
    return "utf-8"


def _base(page: lxml.html.HtmlElement, document: Document) -> str:
    own = document.url or document.name
    for element in page.iter("base"):
        return absolute(element.get("href") or "", own) or own
    return own


def _autodiscovery(page: lxml.html.HtmlElement, base: str) -> Iterator[Candidate]:
    for element in page.iter("link"):
        url = _address(element.get("href") or "", base)
        type_ = (element.get("type") or "").partition(";")[0].strip().lower()
        if url and _announces(element.get("rel") or "", type_, url):
            yield Candidate(url, clean_title(element.get("title") or ""), type_)


def _anchors(page: lxml.html.HtmlElement, base: str) -> Iterator[Candidate]:
    for element in page.iter("a"):
        url = _address(element.get("href") or "", base)
        type_ = (element.get("type") or "").partition(";")[0].strip().lower()
        if not url:
            continue
        text = clean_title(element.get("title") or "".join(element.itertext()))
        if type_ in _FEED_TYPES or _feed_like(url) or _FEED_NAME.fullmatch(text):
            yield Candidate(url, text, type_)


def _address(href: str, base: str) -> str:
    return absolute(without_feed_scheme(href), base)


def _announces(rel: str, type_: str, url: str) -> bool:
    rels = rel.lower().split()
    if "feed" in rels:  # rel=feed from HTML 5 drafts
        return True
    return "alternate" in rels and (type_ in _FEED_TYPES or (type_ in _VAGUE_TYPES and _feed_like(url)))


def _feed_like(url: str) -> bool:
    parts = parts_of(url)
    named = _FEED_LIKE.search(parts.path) is not None or _FEED_QUERY.search(parts.query) is not None
    return named or ((parts.hostname or "").startswith(("feeds.", "rss.")) and len(parts.path) > 1)


def about_comments(candidate: Candidate) -> bool:
    """Whether a feed is about comments, judged by its URL and title."""
    parts = parts_of(candidate.url)
    return _COMMENTS.search(f"{parts.path} {parts.query} {candidate.title}") is not None


def _of_site(document: Document, page: lxml.html.HtmlElement | None) -> Iterator[Candidate]:
    """The feeds of a known site. For a YouTube handle, only the canonical link or the page's data names the channel."""
    own = document.url or document.name
    urls = feeds_by_rule(own)
    if page is not None and not urls and _YOUTUBE.match(host(own)):
        canonical = [
            link.get("href") or "" for link in page.iter("link") if (link.get("rel") or "").lower() == "canonical"
        ]
        in_page = _CHANNEL_IN_PAGE.search(document.body)
        places = [*canonical, _CHANNEL + in_page[1].decode() if in_page else ""]
        urls = next((feeds for place in places if (feeds := feeds_by_rule(absolute(place, own)))), ())
    title = clean_title(page.findtext(".//title") or "") if page is not None and len(urls) == 1 else ""
    for url in urls:
        yield Candidate(url, title)
