"""The list of subscriptions in OPML, as the operator edits it and as other programs export it.

Reads OPML 1.0, 1.1 and 2.0 (opml.org/spec2.opml): folders and the category attribute are categories. An edit changes
only what it must; every other byte stays, except what `worker.opml.outlines` repaired.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from feeds.text import plaintext
from feeds.text.urls import absolute, without_credentials, without_feed_scheme
from worker.opml.outlines import Node, Tree, parse, walk

_EMPTY = b"""\
<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head>
    <title>Subscriptions</title>
  </head>
  <body>
  </body>
</opml>
"""
# Types whose url attribute is the feed's, in lists without xmlUrl.
_FEED_TYPES = frozenset({"rss", "rss1", "rss2", "atom", "feed", "pie", "rdf", "json"})
_FEED_LIKE = re.compile(r"(?:\.(?:rss|atom|rdf|xml)|/(?:feed|rss|atom))/?(?:\?|\Z)", re.IGNORECASE)
_ESCAPES = {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
    ord("\n"): "&#10;",
    ord("\r"): "&#13;",
    ord("\t"): "&#9;",
}


@dataclass(frozen=True, slots=True)
class Outline:
    """One subscription. url: the feed's, as written. link: its site. categories: outermost folder first."""

    url: str
    title: str = ""
    link: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubscriptionList:
    """A list as read. All messages include their line.

    mended: repaired mistakes. skipped: outlines that should be subscriptions or lists but are not. links: outlines that
    only name a page.
    """

    outlines: tuple[Outline, ...]
    mended: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def read(body: bytes, name: str) -> SubscriptionList:
    """Reads every subscription, each URL once, in document order. Raises SeedError E_OPML with line and column."""
    tree = parse(body, name)
    found: dict[str, Outline] = {}
    skipped: list[str] = []
    links: list[str] = []
    for node, folders in _outlines(tree.root):
        url = _url(node)
        if not url:
            (links if _kind(node) == "link" else skipped).extend(_reason(node))
            continue
        if not absolute(url):
            shown = plaintext.shorten(without_credentials(url), 200)
            skipped.append(f"line {node.line}: {_quoted(node)} is left out: {shown} is no address of the web")
            continue
        outline = _outline(node, url, folders)
        known = found.get(url)
        merged = tuple(dict.fromkeys(known.categories + outline.categories)) if known else outline.categories
        found[url] = replace(known or outline, categories=merged)
    return SubscriptionList(tuple(found.values()), tree.mended, tuple(skipped), tuple(links))


def add(body: bytes | None, outline: Outline, name: str = "subscriptions.opml") -> bytes:
    """The document with one more subscription; None makes a new document. A known URL stays unchanged."""
    return merge(body, (outline,), name)


def merge(body: bytes | None, outlines: Iterable[Outline], name: str = "subscriptions.opml") -> bytes:
    """The document with all of these whose URL it does not have yet. Raises SeedError E_OPML."""
    body = body or _EMPTY
    tree = parse(body, name)
    if _body(tree.root) is None:
        edit = _append_lines(tree, tree.root, ["<body>", "</body>"])
        body = tree.edit([edit])
        tree = parse(body, name)
    place = _body(tree.root)
    assert place is not None
    known = {url for node, _ in _outlines(tree.root) if (url := _url(node))}
    growing = _Growing(place)
    for outline in outlines:
        if outline.url not in known:
            known.add(outline.url)
            growing.put(outline)
    if not growing.fresh:
        return body
    return tree.edit([_append_lines(tree, node, list(_lines(fresh))) for node, fresh in growing.fresh.items()])


def remove(body: bytes, url: str, name: str = "subscriptions.opml") -> bytes | None:
    """The document without that URL and the folders that this empties; None if it does not have the URL."""
    tree = parse(body, name)
    doomed = {node for node, _ in _outlines(tree.root) if _url(node) == url}
    for node in tuple(doomed):
        parent = node.parent
        while parent is not None and parent.outline and not _url(parent) and _emptied(tree, parent, doomed):
            doomed.add(parent)
            parent = parent.parent
    whole = {node for node in doomed if not any(_url(each) for each in walk(node) if each not in doomed)}
    cuts: list[tuple[int, int]] = []
    for node in doomed:
        if node not in whole:  # outlines nested inside it stay
            cuts += [(node.start, node.opened), (node.closing, node.end)]
        elif whole.isdisjoint(_around(node)):
            cuts.append(_stretch(tree.text, node))
    return tree.edit([(*cut, b"") for cut in cuts]) if doomed else None


def _outlines(root: Node) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """The outlines that are not comments, with the names of the folders around each, in document order."""
    around: dict[Node, tuple[str, ...]] = {}
    off: set[Node] = set()
    for node in walk(root):
        folders: tuple[str, ...] = ()
        if node.parent is not None:
            folders = around.get(node.parent, ())
            if node.parent in off:
                off.add(node)
        if node.outline:
            if node.attribute("isComment").lower() == "true":
                off.add(node)
            if node not in off:
                yield node, folders
            own = _name(node)
            folders = (*folders, own) if own and not _url(node) else folders
        around[node] = folders


def _url(node: Node) -> str:
    """The feed's address, "" for other outlines."""
    url = node.attribute("xmlUrl")
    if not url:
        kind, own = node.attribute("type").lower(), node.attribute("url")
        if kind in _FEED_TYPES or (kind == "link" and _FEED_LIKE.search(own)):
            url = own
    plain = without_feed_scheme(url.strip().replace(" ", "%20"))
    return f"http:{plain}" if plain != url and plain.startswith("//") else plain


def _reason(node: Node) -> list[str]:
    """Why an outline without a feed's address is skipped; nothing for a folder."""
    kind = _kind(node)
    shown = plaintext.shorten(without_credentials(node.attribute("url")), 200)
    if kind == "include":
        return [f"line {node.line}: {_quoted(node)} includes {shown}, which is not fetched; import that list itself"]
    if kind == "link":
        return [f"line {node.line}: {_quoted(node)} is a link; `seedfeed add {shown}` follows its feed, if it has one"]
    if kind in _FEED_TYPES and not node.children:
        return [f"line {node.line}: {_quoted(node)} is left out: it has no xmlUrl"]
    return []


def _kind(node: Node) -> str:
    """The type in lower case; a link to a list is an "include" (OPML 2.0)."""
    kind, url = node.attribute("type").lower(), node.attribute("url").lower()
    return "include" if kind == "link" and url.partition("?")[0].endswith(".opml") else kind


def _bare(url: str) -> str:
    """A URL as a list shows it in place of a title."""
    return without_credentials(url).partition("?")[0].replace("&", "%26")


def _outline(node: Node, url: str, folders: tuple[str, ...]) -> Outline:
    # OPML 2.0 separates categories by commas and their levels by slashes.
    stated = node.attribute("category").replace("/", ",").split(",")
    names = (*folders, *(" ".join(name.split()) for name in stated))
    title = _name(node)
    return Outline(
        url=url,
        title="" if _bare(title) == _bare(url) else title,
        link=node.attribute("htmlUrl"),
        categories=tuple(dict.fromkeys(name for name in names if name)),
    )


def _name(node: Node) -> str:
    return " ".join((node.attribute("text") or node.attribute("title")).split())


def _quoted(node: Node) -> str:
    name = "".join(char for char in plaintext.shorten(_name(node), 80) if char.isprintable())
    return f'"{name}"' if name else "an outline without a name"


def _body(root: Node) -> Node | None:
    return next((node for node in root.children if node.tag.lower() == "body"), None)


@dataclass(slots=True)
class _Fresh:
    """The new content of a folder. name: if the folder itself is new."""

    name: str = ""
    items: list["Outline | _Fresh"] = field(default_factory=list)
    folders: dict[str, "_Fresh"] = field(default_factory=dict)

    def folder(self, name: str) -> "_Fresh":
        if name not in self.folders:
            self.folders[name] = _Fresh(name)
            self.items.append(self.folders[name])
        return self.folders[name]


class _Growing:
    """Places new subscriptions in the folder of their first category, existing or new."""

    def __init__(self, body: Node) -> None:
        self.fresh: dict[Node, _Fresh] = {}
        self._body = body
        self._folders: dict[Node, dict[str, Node]] = {}

    def put(self, outline: Outline) -> None:
        """Adds an outline. Further categories become the category attribute.

        If their names contain its separators, they become folders inside the first one instead.
        """
        nested = [name for name in outline.categories[1:] if "," in name or "/" in name]
        node, fresh = self._body, None
        for folder in (*outline.categories[:1], *nested):
            known = self._known(node).get(folder) if fresh is None else None
            if known is not None:
                node = known
            else:
                fresh = (fresh or self.fresh.setdefault(node, _Fresh())).folder(folder)
        rest = tuple(name for name in outline.categories[1:] if name not in nested)
        (fresh or self.fresh.setdefault(node, _Fresh())).items.append(replace(outline, categories=rest))

    def _known(self, node: Node) -> dict[str, Node]:
        """The folders directly inside an element, by name."""
        if node not in self._folders:
            found: dict[str, Node] = {}
            for child in node.children:
                plain = child.outline and not _url(child) and child.attribute("type").lower() not in ("link", "include")
                if plain and child.attribute("isComment").lower() != "true":
                    found.setdefault(_name(child), child)
            self._folders[node] = found
        return self._folders[node]


def _lines(fresh: _Fresh) -> Iterator[str]:
    """Lines of markup for the content of a folder, each indented within it."""
    for item in fresh.items:
        if isinstance(item, Outline):
            yield _markup(item)
        else:
            yield f'<outline text="{_value(item.name)}">'
            for line in _lines(item):
                yield f"  {line}"
            yield "</outline>"


def _markup(outline: Outline) -> str:
    pairs = {
        "type": "rss",
        "text": outline.title or without_credentials(outline.url),
        "title": outline.title,
        "xmlUrl": outline.url,
        "htmlUrl": outline.link,
        "category": ",".join(outline.categories),
    }
    return "<outline " + " ".join(f'{key}="{_value(value)}"' for key, value in pairs.items() if value) + "/>"


def _value(words: str) -> str:
    return plaintext.xml_safe(words).translate(_ESCAPES)


def _append_lines(tree: Tree, node: Node, lines: list[str]) -> tuple[int, int, bytes]:
    """The edit that adds lines of markup at the end of an element."""
    end_of_line = "\r\n" if b"\r\n" in tree.text else "\n"
    own = _indentation(tree.text, node.start)
    inner = _indentation(tree.text, node.children[-1].start) if node.children else ""
    inner = inner if len(inner) > len(own) else f"{own}  "
    written = "".join(f"{end_of_line}{inner}{line}" for line in lines).encode()
    closing = f"{end_of_line}{own}".encode()
    if node.closing == node.end:
        start = len(tree.text[: node.opened - 2].rstrip())
        return start, node.opened, b">" + written + closing + f"</{node.tag}>".encode()
    start = node.opened + len(tree.text[node.opened : node.closing].rstrip(b" \t\r\n"))
    rest = tree.text[start : node.closing]
    return start, node.closing, written + (rest if b"\n" in rest else closing)


def _indentation(markup: bytes, start: int) -> str:
    """The white space before an element that begins its line, else ""."""
    before = markup[markup.rfind(b"\n", 0, start) + 1 : start]
    return before.decode() if not before.strip(b" \t") else ""


def _emptied(tree: Tree, folder: Node, doomed: set[Node]) -> bool:
    """Whether nothing remains in a folder, not even a comment."""
    place = folder.opened
    for child in folder.children:
        if child not in doomed or tree.text[place : child.start].strip():
            return False
        place = child.end
    return not tree.text[place : folder.closing].strip()


def _around(node: Node) -> Iterator[Node]:
    """The elements around an element, nearest first."""
    while node.parent is not None:
        node = node.parent
        yield node


def _stretch(markup: bytes, node: Node) -> tuple[int, int]:
    """The extent of an element, with the line end before it if it has its lines to itself."""
    start = len(markup[: node.start].rstrip(b" \t"))
    after = markup[node.end : node.end + 200].lstrip(b" \t")[:1]
    if markup[start - 1 : start] != b"\n" or after not in (b"\n", b"\r"):
        return node.start, node.end
    start -= 2 if markup[start - 2 : start] == b"\r\n" else 1
    return start, node.end
