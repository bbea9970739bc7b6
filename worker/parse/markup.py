"""Text and markup of single lxml elements, in the form that feedparser would give them."""

import re
from typing import Any
from xml.sax.saxutils import escape

from feedparser.html import _cp1252

from feeds.text.urls import absolute, joined

XML_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"
#: HTML elements without an end tag: an XHTML <br/> is written <br>.
VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())

_ANYWHERE = "https://a.invalid/"
_ADDRESSES = frozenset(("href", "src", "poster", "cite"))
_C1 = re.compile("[\x80-\x9f]")
_QUOTE = {'"': "&quot;"}
_KEPT_PREFIXES = {XML_NAMESPACE: "xml:", "{http://www.w3.org/1999/xlink}": "xlink:"}


class Unsure(Exception):
    """The tree holds something that the strict lane does not read as reliably as the lenient one."""


def tidy(text: str) -> str:
    """Strips the text and repairs common mistakes: UTF-8 decoded as ISO 8859-1, and windows-1252 read
    as C1 controls.
    """
    text = text.strip()
    if text.isascii():
        return text
    try:  # noqa: SIM105 contextlib.suppress takes as long as the attempt
        text = text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        pass
    return text.translate(_cp1252) if _C1.search(text) else text


def sole_text(element: Any) -> str:
    """The text of an element; raises Unsure if it has child elements."""
    if len(element):
        raise Unsure
    text = element.text
    return tidy(text) if text else ""


def xhtml_of(element: Any, inside_div: bool) -> str:
    """The children of an element as HTML, without namespaces. inside_div: drops the single div around them.

    Addresses below an xml:base are resolved against it here, since HTML has none.
    """
    base = ""
    if inside_div and len(element) == 1 and not (element.text or "").strip() and not (element[0].tail or "").strip():
        child = element[0]
        if isinstance(child.tag, str) and child.tag.rpartition("}")[2].lower() == "div":
            element = child
            base = _base(child, "")
    pieces: list[str] = []
    _write(element, pieces, base)
    return tidy("".join(pieces))


def _base(element: Any, around: str) -> str:
    """What addresses in an element resolve against, which may be relative; "" if no xml:base is around them."""
    stated = element.get(f"{XML_NAMESPACE}base") or ""
    return joined(around, stated) if stated and absolute(stated, _ANYWHERE) else around


def _write(element: Any, pieces: list[str], base: str) -> None:
    # libxml2 limits the depth of a tree to 256, and with it this recursion.
    if element.text:
        pieces.append(escape(element.text))
    for child in element:
        if not isinstance(child.tag, str):  # a reference to an undeclared entity
            raise Unsure
        name = child.tag.rpartition("}")[2].lower()
        within = _base(child, base)
        pieces.append(f"<{name}{_attributes(child, within)}>")
        _write(child, pieces, within)
        if name not in VOID:
            pieces.append(f"</{name}>")
        if child.tail:
            pieces.append(escape(child.tail))


def _attributes(element: Any, base: str) -> str:
    written = []
    for qualified, value in element.items():
        namespace, brace, name = qualified.rpartition("}")
        name = _KEPT_PREFIXES.get(namespace + brace, "") + name.lower()
        value = value.lower() if name in ("rel", "type") else value
        if base and name in _ADDRESSES and not value.startswith("#"):
            value = joined(base, value) or value
        written.append(f' {name}="{escape(value, _QUOTE)}"')
    return "".join(written)
