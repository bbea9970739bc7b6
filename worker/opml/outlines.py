"""An OPML document as a tree whose elements know their positions, so that an edit touches nothing else.

Mistakes with only one possible meaning (a bare "&", HTML's entities, a wrong encoding name) are repaired before
parsing, and reported. Entities that the document declares itself are refused before anything is expanded.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5
from xml.parsers import expat
from xml.sax.saxutils import escape

from feeds.errors import SeedError
from worker.encoding.decode import REFUSED

DEPTH_MAX = 200

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]+)""")
_DECLARATION = re.compile(r"(\s+)(<\?xml\s[^>]{0,300}\?>)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Comments, CDATA and processing instructions contain no markup; each runs to its end, or to the document's.
_AMPERSAND = re.compile(
    r"<!--(?:.*?-->|.*)|<!\[CDATA\[(?:.*?\]\]>|.*)|<\?(?:.*?\?>|.*)"
    r"|&(#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};|[A-Za-z][A-Za-z0-9]*;|)",
    re.DOTALL,
)
_OF_XML = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
_TAG = re.compile(rb"""<[^"'>]*+(?:"[^"]*+"[^"'>]*+|'[^']*+'[^"'>]*+)*+>""")

_EXPLAINED = {
    expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]: (
        "this is not well-formed XML (in a value, a quotation mark is written &quot; and < is written &lt;)"
    ),
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN]: "a tag, comment or value that begins here never ends",
    expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]: "something follows the end of the document",
    expat.errors.codes[expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE]: "an attribute stands here twice",
}


@dataclass(eq=False, slots=True)
class Node:
    """An element. start, opened, closing, end: byte positions of its start tag and end tag in the tree's text.

    closing equals end for an element without an end tag.
    """

    tag: str
    attributes: dict[str, str]
    line: int
    start: int
    opened: int
    parent: "Node | None"
    closing: int = 0
    end: int = 0
    children: list["Node"] = field(default_factory=list)

    def attribute(self, name: str) -> str:
        """An attribute by its name, ignoring case: xmlurl, xmlURL and xmlUrl all occur."""
        exact = self.attributes.get(name)
        if exact is None:
            exact = next((value for key, value in self.attributes.items() if key.lower() == name.lower()), "")
        return exact.strip()

    @property
    def outline(self) -> bool:
        return self.tag.lower() == "outline"


@dataclass(frozen=True, slots=True)
class Tree:
    """text: the document in UTF-8, repaired. codec, mark: its encoding. mended: mistakes, each with its line."""

    root: Node
    text: bytes
    codec: str
    mark: bytes
    mended: tuple[str, ...]

    def encode(self, text: bytes) -> bytes:
        """Other text in this document's encoding."""
        if self.codec == "utf-8":
            return self.mark + text
        return self.mark + text.decode().encode(self.codec, "xmlcharrefreplace")

    def edit(self, edits: list[tuple[int, int, bytes]]) -> bytes:
        """The document with these stretches of its text replaced; they must not overlap."""
        pieces, done = [], 0
        for start, end, replacement in sorted(edits):
            pieces += [self.text[done:start], replacement]
            done = end
        return self.encode(b"".join((*pieces, self.text[done:])))


def parse(body: bytes, name: str) -> Tree:
    """Parses a document. Raises SeedError E_OPML with line, column and reason."""
    text, codec, mark, mended = _decode(body, name)
    text, also_mended, undefined = _mend(text)
    root = _parse(text.encode(), name)
    if root.tag.rpartition(":")[2].lower() != "opml":
        raise _error(name, root.line, 1, f"<{root.tag}> is no OPML document")
    if undefined:
        raise _error(name, *undefined)
    return Tree(root, text.encode(), codec, mark, (*mended, *also_mended))


def walk(root: Node) -> Iterator[Node]:
    """Every element, in document order."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def _error(name: str, line: int, column: int, what: str) -> SeedError:
    return SeedError(name, f"line {line}, column {column}: {what}.", "E_OPML")


def _decode(body: bytes, name: str) -> tuple[str, str, bytes, list[str]]:
    """Text, codec, byte order mark, and repaired mistakes."""
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return _strictly(body[len(mark) :], codec, name), codec, mark, []
    if body[:2] in (b"<\0", b"\0<"):
        codec = "utf-16-le" if body[:1] == b"<" else "utf-16-be"
        return _strictly(body, codec, name), codec, b"", []
    match = _DECLARED.match(body[:400])
    label = match[1].decode() if match else "utf-8"
    try:
        codec = codecs.lookup(label).name
        "x".encode(codec)  # raises for codecs that are not text encodings
    except (LookupError, ValueError):
        codec = "undefined"
    if codec.replace("-", "_") in REFUSED or codec in REFUSED:
        raise _error(name, 1, 1, f"its encoding {label} cannot be read; save it as UTF-8")
    if codec.startswith(("utf-16", "utf-32")):  # without a mark and without a zero byte, it is not UTF-16 or 32
        return _strictly(body, "utf-8", name), "utf-8", b"", [f"line 1: it is not {label}, but UTF-8"]
    # The label ISO 8859-1 means windows-1252: https://encoding.spec.whatwg.org/#names-and-labels
    for each in ("cp1252", codec) if codec in ("iso8859-1", "ascii") else (codec,):
        try:
            return body.decode(each), each, b"", []
        except UnicodeDecodeError:
            continue
    mended = [] if codec == "utf-8" else [f"line 1: it is not {label}, but UTF-8"]
    return _strictly(body, "utf-8", name), "utf-8", b"", mended


def _strictly(body: bytes, codec: str, name: str) -> str:
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(codec, "replace")
        line, column = _place(before, len(before))
        what = f"byte 0x{body[error.start]:02X} is not {codec.upper()}; save the file as UTF-8, or name its encoding in"
        raise _error(name, line, column, f'{what} its first line: <?xml version="1.0" encoding="…"?>') from error


def _place(text: str, index: int) -> tuple[int, int]:
    """Line and column, both from 1."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _mend(text: str) -> tuple[str, list[str], tuple[int, int, str] | None]:
    """The text as intended, the repaired mistakes, and the place of the first unknown entity."""
    mended: list[str] = []
    if "\ufeff" in text[:1] or _CONTROL.search(text):
        text, count = _CONTROL.subn("", text.removeprefix("\ufeff"))
        mended += [f"line 1: {count} characters that XML forbids were left out"] if count else []
    if early := _DECLARATION.match(text):
        text = early[2] + early[1] + text[early.end() :]  # keeps the number of lines
        mended.append("line 1: nothing may stand before <?xml")
    lines: dict[str, list[int]] = {}
    undefined: tuple[int, int, str] | None = None
    counted = number = 0

    def replace_reference(match: re.Match[str]) -> str:
        nonlocal undefined, counted, number
        name: str | None = match[1]
        if name is None or name in _OF_XML or name.startswith("#"):
            return match[0]
        number += text.count("\n", counted, match.start())
        counted = match.start()
        if not name:
            lines.setdefault("a bare & was read as &amp;", []).append(number + 1)
            return "&amp;"
        if name in html5:
            lines.setdefault("an entity of HTML was read as its character", []).append(number + 1)
            return escape(html5[name], {'"': "&quot;", "'": "&apos;"})
        undefined = undefined or (*_place(text, match.start()), f"&{name} is defined nowhere")
        return match[0]

    text = _AMPERSAND.sub(replace_reference, text)
    for what, numbers in lines.items():
        more = f" (and {len(numbers) - 1} more)" if len(numbers) > 1 else ""
        mended.append(f"line {numbers[0]}{more}: {what}")
    return text, mended, undefined


def _parse(text: bytes, name: str) -> Node:
    parser = expat.ParserCreate("utf-8")
    top: list[Node] = []
    open_: list[Node] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(open_) >= DEPTH_MAX:
            line, column = parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
            raise _error(name, line, column, f"elements are nested over {DEPTH_MAX} deep")
        place = parser.CurrentByteIndex
        tag_end = _TAG.match(text, place)
        assert tag_end is not None, "expat has seen a whole tag"
        parent = open_[-1] if open_ else None
        node = Node(tag, attributes, parser.CurrentLineNumber, place, tag_end.end(), parent)
        (parent.children if parent else top).append(node)
        open_.append(node)

    def end(_: str) -> None:
        node = open_.pop()
        if text[node.opened - 2 : node.opened] == b"/>":
            node.closing = node.end = node.opened
        else:
            node.closing = parser.CurrentByteIndex
            tag_end = _TAG.match(text, node.closing)
            assert tag_end is not None, "expat has seen a whole tag"
            node.end = tag_end.end()

    def refuse(*_: object) -> None:
        line, column = parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
        raise _error(name, line, column, "declares entities, which are not read")

    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = start, end, refuse
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise _error(name, error.lineno, error.offset + 1, _explain(error.code, open_, bool(top))) from error
    return top[0]


def _explain(code: int, open_: list[Node], begun: bool) -> str:
    if code == expat.errors.codes[expat.errors.XML_ERROR_TAG_MISMATCH] and open_:
        return f"<{open_[-1].tag}> of line {open_[-1].line} is not closed before this"
    if code == expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]:
        if open_:
            return f"it ends before <{open_[-1].tag}> of line {open_[-1].line} is closed"
        return "the document ends early" if begun else "there is no element in it"
    return _EXPLAINED.get(code, expat.ErrorString(code) or "it cannot be read")
