"""The strict lane: well-formed RSS 0.9x, 1.0 and 2.0 and Atom 1.0, read from an lxml tree.

Returns None for what it cannot read as reliably as feedparser, which leaves it to the lenient lane. The tree is
bounded: libxml2 has its own limits (depth 256, 10 MB per text), resolves no entity and fetches nothing, and the amount
of markup is checked first.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from feeds.text.urls import absolute, joined, parts_of
from worker.model import Deletion, Document, ParsedFeed
from worker.parse import bounds, digests, meaning, prolog
from worker.parse.gather import ABOUT, COMMON, Gatherer, Handler, Table, text
from worker.parse.items import ENTRY
from worker.parse.markup import XML_NAMESPACE, Unsure, sole_text

# An element takes 120 bytes in libxml2, an attribute 96, a text 120: a tree of this much markup stays below 150 MB.
MOST_MARKUP = 500_000

_ATOM = "{http://www.w3.org/2005/Atom}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
_RSS_10 = "http://purl.org/rss/1.0/"
_RSS_090 = "http://my.netscape.com/rdf/simple/0.9/"
_RSS_NAMESPACES = re.compile(r"https?://(?:backend\.userland\.com/rss\w*|blogs\.law\.harvard\.edu/tech/rss)?/?|", re.I)
_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_UNDEFINED = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);|#)")


@dataclass(slots=True)
class _Found:
    """The parts of a tree: elements about the feed, the items, and the elements around both, outermost first."""

    kind: str
    feed: Any
    items: list[Any]
    around: list[Any]


def tree(body: bytes) -> Any:
    """The root element; None if the text is not well-formed or has too much markup."""
    if len(body) > MOST_MARKUP and body.count(b"<") + body.count(b"=") > MOST_MARKUP:
        return None
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if b"<!DOCTYPE" in body and _UNDEFINED.search(body):
        return None
    return root


def parse(text: str, document: Document, seen: Collection[bytes]) -> ParsedFeed | None:
    """The feed, or None if the lenient lane must read it. Raises ParseError E_ENTITY, E_MANY.

    text: as `prolog` returns it, without an XML declaration.
    """
    try:
        body = text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return None
    prolog.refuse_entities(document.name, body)
    root = tree(body)
    try:
        found = _parts(root) if root is not None else None
        return _read(found, body, document, seen) if found is not None else None
    except Unsure:
        return None


def _read(found: _Found, body: bytes, document: Document, seen: Collection[bytes]) -> ParsedFeed:
    total = len(found.items)
    bounds.refuse_many(total, document.name)
    scoped = b"xml:" in body or any(element.get("lang") is not None for element in found.around)
    atom = found.kind.startswith("atom")
    gatherer = Gatherer(atom, scoped, meaning.NO_BASE)
    source: dict[str, Any] = {}
    if scoped and (language := _enter(gatherer, found, document.url)):
        source["language"] = language
    base, lang = gatherer.base, gatherer.lang
    gatherer.context, gatherer.table = source, FEED
    _gather_feed(gatherer, found)
    gatherer.base, gatherer.lang = base, lang
    beside = meaning.Beside(
        hours=tuple(source.get("skip_hours", ())),
        days=tuple(source.get("skip_days", ())),
        complete="complete" in source,
        deletions=tuple(source.get("deletions", ())),
    )
    feed = meaning.feed(source, found.kind, document, beside)
    items = found.items[: bounds.KEPT_ENTRIES]
    namespaces = [sorted((str(k), v) for k, v in element.nsmap.items()) for element in found.around[-1:]]
    around = (feed.kind, base, lang, document.url, feed.language, feed.authors, namespaces)
    made = digests.of_elements(found.items, body, around)[: bounds.KEPT_ENTRIES]
    wanted: Sequence[int] = range(len(items))
    if seen:
        named = list(zip(_names(found, items), made, strict=True))
        wanted = digests.unseen(named, seen, lambda number: _place(items[number]))
    entries = [
        meaning.entry(gatherer.entry(items[number], ENTRY), found.kind, document.url, made[number]) for number in wanted
    ]
    telling, drafts, warnings = meaning.with_content(entries)
    warnings = (*warnings, *bounds.cut(total))
    return replace(feed, entries=telling, drafts=drafts, items=tuple(made), warnings=warnings)


def _enter(gatherer: Gatherer, found: _Found, url: str) -> str:
    """Enters the elements around the items, with their bases and languages; returns the feed's language, or ""."""
    root = found.around[0]
    base = root.get(f"{XML_NAMESPACE}base")
    if base is not None and url and not parts_of(base).scheme:
        # Relative to the document's URL (RFC 3986 §5.1.3).
        base = joined(url, base)
        gatherer.base = base if absolute(base) else meaning.NO_BASE
    else:
        gatherer.enter(root)
    lang = root.get(f"{XML_NAMESPACE}lang") or root.get("lang")
    gatherer.lang = lang.replace("_", "-") if lang else None
    language = gatherer.lang if gatherer.lang and root.tag != _RDF else ""
    for element in found.around[1:]:
        gatherer.enter(element)
    return language


def _parts(root: Any) -> _Found | None:
    tag = root.tag
    if tag == f"{_ATOM}feed":
        if _RSS_10 in root.nsmap.values() or _RSS_090 in root.nsmap.values():
            return None
        return _Found("atom10", root, list(root.iterchildren(f"{_ATOM}entry")), [root])
    if tag == _RDF:
        return _rdf(root)
    namespace, brace, name = tag.rpartition("}")
    namespace += brace
    if name != "rss" or not _RSS_NAMESPACES.fullmatch(namespace[1:-1]):
        return None
    channels = list(root)
    if (
        len(channels) != 1
        or channels[0].tag not in (f"{namespace}channel", "channel")
        or _RSS_10 in root.nsmap.values()
    ):
        return None
    version = root.get("version", "")
    kind = _VERSIONS.get(version) or ("rss20" if version.startswith("2.") else "rss")
    namespace = channels[0].tag.removesuffix("channel")
    return _Found(kind, channels[0], list(channels[0].iterchildren(f"{namespace}item")), [root, channels[0]])


def _rdf(root: Any) -> _Found | None:
    namespace = next((uri for uri in (_RSS_10, _RSS_090) if root.nsmap.get(None) == uri), "")
    if not namespace:
        return None
    channels = list(root.iterchildren(f"{{{namespace}}}channel"))
    items = list(root.iterchildren(f"{{{namespace}}}item"))
    if len(channels) != 1:
        return None
    known = {f"{{{namespace}}}{name}" for name in ("channel", "item", "image", "textinput")}
    for child in root:
        if child.tag not in known and (not isinstance(child.tag, str) or child.tag.rpartition("}")[2] == "item"):
            return None
    return _Found("rss10" if namespace == _RSS_10 else "rss090", channels[0], items, [root])


def _gather_feed(gatherer: Gatherer, found: _Found) -> None:
    """Gathers what the feed says about itself; elements without a handler are ignored."""
    item = found.items[0].tag if found.items else None
    for element in found.feed:
        if element.tag == item:
            continue
        handler = FEED.of(element)
        if handler is None:
            continue
        scope = gatherer.base, gatherer.lang
        if gatherer.scoped and element.attrib:
            gatherer.enter(element)
        handler(gatherer, element)
        gatherer.base, gatherer.lang = scope
    owner = gatherer.context.get("owner")
    if owner and not gatherer.context.get("authors"):
        gatherer.context.update(authors=[{"name": owner}], author=owner)


def _texts(key: str) -> Handler:
    def handler(g: Gatherer, element: Any) -> None:
        g.context.setdefault(key, []).extend(sole_text(child) for child in element)

    return handler


def _complete(g: Gatherer, _element: Any) -> None:
    g.context["complete"] = True


def _deletion(g: Gatherer, element: Any) -> None:
    if ref := element.get("ref", "").strip():
        g.context.setdefault("deletions", []).append(Deletion(ref, element.get("when", "").strip()))


def _owner(g: Gatherer, element: Any) -> None:
    for child in element:
        if isinstance(child.tag, str) and child.tag.endswith("}name"):
            g.context["owner"] = sole_text(child)


FEED = Table(
    COMMON
    | {
        "ttl": text("ttl"),
        "sy:updateperiod": text("sy_updateperiod"),
        "sy:updatefrequency": text("sy_updatefrequency"),
        "skiphours": _texts("skip_hours"),
        "skipdays": _texts("skip_days"),
        "fh:complete": _complete,
        "at:deleted-entry": _deletion,
        "itunes:owner": _owner,
        "itunes:explicit": text("itunes_explicit"),
    }
)


def _names(found: _Found, items: Sequence[Any]) -> list[str]:
    """The guid of each item; or its page, since fragments of links may only tell entries apart; or its title."""
    tag = f"{_ATOM}id" if found.kind == "atom10" else "guid"
    names = [element.text or "" for item in items for element in item.iterchildren(tag)]
    return names if len(names) == len(set(names)) == len(items) else [_name(item) for item in items]


def _name(item: Any) -> str:
    name, address, title = _named(item)
    return name or address.partition("#")[0] or title


def _place(item: Any) -> str:
    _, address, title = _named(item)
    return digests.place(address, title)


def _named(item: Any) -> tuple[str, str, str]:
    """The guid, link and title of an item, as they are written."""
    namespace = item.tag[: item.tag.rfind("}") + 1]
    identifiers = (f"{namespace}guid", f"{namespace}id")
    links = (f"{namespace}link", f"{_ATOM}link")
    name: str = item.get(ABOUT) or ""
    address = title = ""
    for child in item:
        if child.tag in identifiers:
            name = (child.text or "").strip()
        elif child.tag in links and not address:
            address = child.get("href") or (child.text or "").strip()
        elif child.tag == f"{namespace}title":
            title = child.text or ""
    return name, address, title
