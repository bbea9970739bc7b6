"""A web page, saved or written by hand, whole or in part, as an entry.

libxml2 reads any markup there is; what it cannot read at all is taken as plain text. Sanitising is left to
`worker.normalise`.
"""

import codecs
import html
import re
from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from feeds import dates, text
from feeds.model import Person
from worker.model import RawEntry, Reading
from worker.seeds.encoding import visible
from worker.seeds.front import SeedContext

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]+)""", re.IGNORECASE)
_CHARSET_WITHIN = 4096
# Of a page, not of what it says.
_FURNITURE = ("script", "style", "template", "noscript", "nav", "form", "iframe")
_PUBLISHED = (
    "article:published_time",
    "date",
    "dc.date",
    "dcterms.date",
    "dc.date.issued",
    "dcterms.created",
    "pubdate",
)
_MODIFIED = ("article:modified_time", "last-modified", "dcterms.modified")
_DESCRIPTION = ("description", "og:description", "dc.description")
_AUTHOR = ("author", "dc.creator")


def declared_charset(body: bytes) -> str:
    """The codec that a page's <meta> names, "" if none that exists (WHATWG HTML §4.2.5.4)."""
    found = _CHARSET.search(body, 0, _CHARSET_WITHIN)
    try:
        return codecs.lookup(found[1].decode("ascii")).name if found else ""
    except LookupError:
        return ""


def read(body: str, title: str, context: SeedContext) -> Reading:
    """An entry of HTML. `title`: from front matter, "" to take the <h1>, else the <title>. Never raises.

    The <h1> that gives the title leaves the content.
    """
    root = _tree(body)
    if root is None:
        return Reading(RawEntry(title=title, title_html=False, content=text.paragraphs(body)))
    meta = _meta(root)
    for element in list(root.iter(*_FURNITURE)):
        _remove(element)
    heading = next((element for element in root.iter("h1") if _words(element)), None)
    page_title = next((words for element in root.iter("title") if (words := _words(element))), "")
    chosen = _main(root)
    named = title or (_words(heading) if heading is not None else "") or page_title
    if heading is not None and _words(heading) == named:
        _remove(heading)
    entry = RawEntry(
        title=named,
        title_html=False,
        summary=_first(meta, _DESCRIPTION),
        summary_text=True,
        content=_inner(chosen),
        published=_moment(_first(meta, _PUBLISHED), context),
        updated=_moment(_first(meta, _MODIFIED), context),
        authors=tuple(Person(name) for name in [_first(meta, _AUTHOR)] if name),
        language=_language(root, meta),
    )
    return Reading(entry)


def _tree(body: str) -> etree._Element | None:
    # NUL ends the document for libxml2 before 2.14. huge_tree: a deep or long page would else be cut off silently.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_pis=True, remove_comments=True)
    try:
        return etree.fromstring(body.replace("\0", "").encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None


def _main(root: etree._Element) -> etree._Element:
    """<main>, else the only <article>, else the <body>, else all of it."""
    for tag in ("main", "article"):
        found = [element for element in root.iter(tag) if _words(element)]
        if len(found) == 1:
            return found[0]
    return next(root.iter("body"), root)


def _inner(element: etree._Element) -> str:
    """The markup inside an element."""
    parts = [html.escape(element.text or "", quote=False)]
    parts.extend(
        etree.tostring(child, encoding="unicode", method="html")
        for child in element
        if child.tag not in {"head", "title"}
    )
    return "".join(parts).strip()


def _remove(element: etree._Element) -> None:
    """Out of the tree, but not the text behind it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def _words(element: etree._Element) -> str:
    return " ".join("".join(_texts(element)).split())


def _texts(element: etree._Element) -> Iterator[str]:
    yield from (str(part) for part in element.itertext())


def _meta(root: etree._Element) -> dict[str, str]:
    """Content of <meta> by lower-case name, property or http-equiv; the first of each."""
    meta: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("name") or element.get("property") or element.get("http-equiv") or element.get("itemprop")
        content = " ".join((element.get("content") or "").split())
        if name and visible(content):
            meta.setdefault(name.strip().lower(), content)
    return meta


def _first(meta: dict[str, str], names: tuple[str, ...]) -> str:
    return next((meta[name] for name in names if name in meta), "")


def _language(root: etree._Element, meta: dict[str, str]) -> str:
    return (root.get("lang") or meta.get("content-language", "")).strip()


def _moment(stated: str, context: SeedContext) -> str:
    """A stated date, unless it lies after the file's first sight."""
    moment: datetime | None = dates.parse(stated, context.zone) if stated else None
    return dates.rfc3339(moment) if moment and moment <= context.first_seen else ""
