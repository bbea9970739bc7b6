"""OPML: the list of subscriptions, as the operator edits it and as other programs export it.

Reads OPML 1.0 and 2.0 (opml.org/spec2.opml): folders and the category attribute are categories. Writing changes only
what it is asked to: comments and unknown attributes stay. Entities are refused before anything is expanded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from xml.parsers import expat

from lxml import etree

from feeds import text
from feeds.errors import SeedError

_EMPTY = b'<opml version="2.0"><head><title>Subscriptions</title></head><body/></opml>'
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Outline:
    """One subscription. url: the feed's, as it stands there. link: its site. categories: outermost folder first."""

    url: str
    title: str = ""
    link: str = ""
    categories: tuple[str, ...] = ()


def read(body: bytes, name: str) -> tuple[Outline, ...]:
    """Every subscription, each URL once, in document order. Raises SeedError E_OPML that names the line."""
    found: dict[str, Outline] = {}
    for element, folders in _subscriptions(_parse(body, name).getroot()):
        outline = _outline(element, folders)
        known = found.get(outline.url)
        merged = tuple(dict.fromkeys(known.categories + outline.categories)) if known else outline.categories
        found[outline.url] = replace(known or outline, categories=merged)
    return tuple(found.values())


def add(body: bytes | None, outline: Outline, name: str = "subscriptions.opml") -> bytes:
    """The document with one more subscription; None makes a new document. A known URL stays as it is."""
    return merge(body, (outline,), name)


def merge(body: bytes | None, outlines: Iterable[Outline], name: str = "subscriptions.opml") -> bytes:
    """The document with all of these, but for those whose URL is there already. Raises SeedError E_OPML."""
    tree = _parse(body or _EMPTY, name)
    root = tree.getroot()
    known = {_url(element) for element, _ in _subscriptions(root)}
    for outline in outlines:
        if outline.url not in known:
            known.add(outline.url)
            _append(_body(root), outline)
    return _bytes(tree)


def remove(body: bytes, url: str, name: str = "subscriptions.opml") -> bytes | None:
    """The document without that URL and without the folders that this emptied; None if it is not in it."""
    tree = _parse(body, name)
    doomed = [element for element, _ in _subscriptions(tree.getroot()) if _url(element) == url]
    for element in doomed:
        parent = element.getparent()
        while parent is not None:
            _take_out(parent, element)
            if parent.tag != "outline" or len(parent):
                break
            element, parent = parent, parent.getparent()
    return _bytes(tree) if doomed else None


def _parse(body: bytes, name: str) -> etree._ElementTree:
    _refuse_entities(body, name)
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, remove_blank_text=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise SeedError(name, f"line {error.lineno}: {error.msg}.", "E_OPML") from error
    except ValueError as error:
        raise SeedError(name, f"line 1: {error}.", "E_OPML") from error
    if etree.QName(root).localname.lower() != "opml":
        raise SeedError(name, f"line {root.sourceline}: <{root.tag}> is no OPML document.", "E_OPML")
    return root.getroottree()


def _refuse_entities(body: bytes, name: str) -> None:
    """libxml2 expands entities in attributes whatever it is told, so they must not get there."""
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise SeedError(name, f"line {parser.CurrentLineNumber}: declares entities, which are not read.", "E_OPML")

    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise SeedError(name, f"line {error.lineno}: {expat.ErrorString(error.code)}.", "E_OPML") from error
    except (LookupError, ValueError) as error:
        raise SeedError(name, f"line 1: its encoding cannot be read ({error}).", "E_OPML") from error


def _subscriptions(root: etree._Element) -> Iterator[tuple[etree._Element, tuple[str, ...]]]:
    """Outlines with a feed's URL, and the names of the folders around each, in document order."""
    for element in root.iter("outline"):
        around = list(element.iterancestors("outline"))
        if _url(element) and not any(_attribute(each, "isComment").lower() == "true" for each in (element, *around)):
            yield element, tuple(name for folder in reversed(around) if not _url(folder) and (name := _name(folder)))


def _outline(element: etree._Element, folders: tuple[str, ...]) -> Outline:
    # OPML 2.0: categories are separated by commas, their levels by slashes.
    stated = _attribute(element, "category").replace("/", ",").split(",")
    names = (*folders, *(" ".join(name.split()) for name in stated))
    return Outline(
        url=_url(element),
        title=_name(element),
        link=_attribute(element, "htmlUrl"),
        categories=tuple(dict.fromkeys(name for name in names if name)),
    )


def _append(parent: etree._Element, outline: Outline) -> None:
    """Below the folder of its first category; the others become its category attribute, or folders in the first where
    their names hold what separates categories there."""
    nested = [name for name in outline.categories[1:] if "," in name or "/" in name]
    for folder in (*outline.categories[:1], *nested):
        parent = _folder(parent, folder)
    element = etree.SubElement(parent, "outline", type="rss", text=text.xml_safe(outline.title or outline.url))
    if outline.title:
        element.set("title", text.xml_safe(outline.title))
    element.set("xmlUrl", text.xml_safe(outline.url))
    if outline.link:
        element.set("htmlUrl", text.xml_safe(outline.link))
    if others := [text.xml_safe(name) for name in outline.categories[1:] if name not in nested]:
        element.set("category", ",".join(others))


def _folder(parent: etree._Element, name: str) -> etree._Element:
    """The folder of that name, made at the end if there is none."""
    for element in parent.findall("outline"):
        if not _url(element) and _name(element) == name:
            return element
    return etree.SubElement(parent, "outline", text=text.xml_safe(name))


def _body(root: etree._Element) -> etree._Element:
    body = root.find("body")
    return etree.SubElement(root, "body") if body is None else body


def _take_out(parent: etree._Element, element: etree._Element) -> None:
    element.tail = None
    parent.remove(element)


def _url(element: etree._Element) -> str:
    return _attribute(element, "xmlUrl")


def _name(element: etree._Element) -> str:
    return " ".join((_attribute(element, "text") or _attribute(element, "title")).split())


def _attribute(element: etree._Element, name: str) -> str:
    """An attribute by its name in any case: xmlurl, xmlURL and xmlUrl are all met."""
    exact = element.get(name)
    if exact is None:
        exact = next((str(value) for key, value in element.items() if str(key).lower() == name.lower()), "")
    return exact.strip()


def _bytes(tree: etree._ElementTree) -> bytes:
    etree.indent(tree, "  ")
    return _DECLARATION + etree.tostring(tree, encoding="UTF-8", xml_declaration=False) + b"\n"
