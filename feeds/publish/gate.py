"""The publish gate: nothing goes out that a reader could not read, and no feed loses what it held without a reason.

Pure. A new fragment is parsed back in a document that holds nothing else: well-formed, with all that the format asks
for, and nothing that would do harm (`fragment_fault`). A document of such fragments is well-formed if what surrounds
them is, so that is parsed (`document_fault`), and the whole only where it must be read again (`reading_fault`). Then it
is compared with the last good documents (`comparison_fault`). Rules: RFC 4287 §4.1.2, RSS 2.0, JSON Feed 1.1, and what
W3C's validator and eight readers were seen to reject. The test suite also reads
every published document with feedparser.
"""

import json
import re
from collections.abc import Mapping, Sequence

import lxml.html
from lxml import etree

from feeds.store.feeds import Line
from feeds.text.plaintext import xml_safe
from feeds.text.urls import SCHEMES, absolute, parts_of, valid_id

# A validator's limit; readers and archives prefer far smaller documents.
LARGEST_DOCUMENT = 5_000_000
COMPARED = "against the last good documents, "

_ATOM = "{http://www.w3.org/2005/Atom}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_DATE = re.compile(r"(?:199\d|[2-9]\d{3})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_RFC822 = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)
_ACTIVE = frozenset("script style iframe object embed applet base meta link form svg math frame frameset".split())
_ADDRESSES = frozenset("href src poster cite action formaction background longdesc data".split())


class _Fault(Exception):
    """args: what is wrong."""


def fragment_fault(suffix: str, document: bytes, id_: str) -> str:
    """What is wrong with the only entry of a document, or "". id_: the id that it must have when read back."""
    try:
        _CHECKS[suffix](document, id_)
    except _Fault as fault:
        return str(fault)
    return ""


def document_fault(suffix: str, body: bytes, frame: bytes, ids: Sequence[str]) -> str:
    """Why an assembled document must not be published, or "". frame: the document without its fragments. ids: those of
    its entries, as the document has them.
    """
    if len(body) > LARGEST_DOCUMENT:
        return f"the {suffix} document has {len(body):,} bytes, more than the {LARGEST_DOCUMENT:,} that readers take"
    if len(set(ids)) < len(ids):
        twice = next(id_ for place, id_ in enumerate(ids) if id_ in ids[:place])
        return f"the {suffix} document holds {twice} twice"
    return reading_fault(suffix, frame, ())


def reading_fault(suffix: str, document: bytes, ids: Sequence[str]) -> str:
    """What is wrong with a document that is read back, or "". ids: those that it must contain, in order."""
    try:
        if suffix == "json":
            found = [item["id"] for item in json.loads(document)["items"]]
        else:
            path = f"{_ATOM}entry/{_ATOM}id" if suffix == "atom" else "channel/item/guid"
            found = [element.text or "" for element in _parse_xml(document).iterfind(path)]
    except (_Fault, ValueError, KeyError, TypeError) as error:
        return f"the {suffix} document is not well-formed ({error})"
    return "" if found == list(ids) else f"the {suffix} document does not contain the entries that it should"


def acceptable(reason: str) -> bool:
    """Whether an operator may release what is held back for this reason: an invalid document stays invalid."""
    return reason.startswith(COMPARED)


def comparison_fault(before: Mapping[int, Line], after: Sequence[Line], unexplained: int) -> str:
    """Why documents must not replace the last good ones, or "".

    before: the lines of the last good ones, by the entry's number. unexplained: how many of them would be lost for no
    known reason.
    """
    if unexplained:
        return (
            f"{COMPARED}{unexplained} of {len(before)} entries would vanish without a tombstone and for no known reason"
        )
    both = [(before[line.n], line) for line in after if line.n in before]
    renamed = [old for old, new in both if old.id and old.id != new.id]
    if renamed:
        return (
            f"{COMPARED}{len(renamed)} of {len(both)} entries would change their ids, {renamed[0].id} the first of them"
        )
    backwards = sum(new.updated < old.updated for old, new in both)
    if backwards > max(1, len(both) // 2):
        return f"{COMPARED}the dates of {backwards} of {len(both)} entries would run backwards"
    return ""


def _parse_xml(document: bytes) -> etree._Element:
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        return etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise _Fault(f"not well-formed: {error}") from error


def _need(holds: object, what: str) -> None:
    if not holds:
        raise _Fault(what)


def _only(found: Sequence[etree._Element], what: str) -> etree._Element:
    _need(len(found) == 1, f"there are {len(found)} {what} in its document")
    return found[0]


def _words(parent: etree._Element, name: str) -> str:
    """The text of a child that must occur once and not be empty."""
    found = parent.findall(name)
    short = name.rpartition("}")[2]
    _need(len(found) == 1, f"it has {len(found)} elements {short}")
    words = found[0].text or ""
    _need(words.strip(), f"its {short} is empty")
    return words


def _address(url: str | None, what: str) -> None:
    _need(url and absolute(url) == url, f"its {what} is no absolute http address: {(url or '')[:200]!r}")


def _characters(element: etree._Element) -> None:
    for one in element.iter():
        for words in (one.text, one.tail, *one.attrib.values()):
            _need(not words or xml_safe(str(words)) == words, f"its {_local(one)} has characters that readers reject")


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _harmless(html: str) -> None:
    """Checks that the content runs nothing and has only absolute URLs."""
    if "<" not in html:
        return
    try:
        elements = lxml.html.fragments_fromstring(html)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise _Fault(f"its content cannot be read as HTML: {error}") from error
    for top in elements:
        for element in [] if isinstance(top, str) else top.iter(etree.Element):
            _need(element.tag not in _ACTIVE, f"its content has a <{element.tag}>")
            for name, value in element.attrib.items():
                named = str(name)
                _need(not named.startswith("on"), f"its content has an attribute {named}")
                if named in _ADDRESSES:
                    scheme = parts_of(str(value).strip()).scheme.lower()
                    _need(scheme in SCHEMES, f"its content points to {str(value)[:100]!r}")


def _check_atom(document: bytes, id_: str) -> None:
    entry = _only(_parse_xml(document).findall(f"{_ATOM}entry"), "entries")
    _characters(entry)
    _need(_words(entry, f"{_ATOM}id") == id_ and valid_id(id_), "its id is not what it was, or is no URI")
    _words(entry, f"{_ATOM}title")
    _need(_DATE.fullmatch(_words(entry, f"{_ATOM}updated")), "its updated is no date after 1990")
    _need(entry.findall(f"{_ATOM}author"), "it has no author")
    for author in entry.findall(f"{_ATOM}author"):
        _words(author, f"{_ATOM}name")
    alternates = []
    for link in entry.findall(f"{_ATOM}link"):
        _address(link.get("href"), f"link rel={link.get('rel')}")
        if link.get("rel") == "alternate":
            alternates.append((link.get("type"), link.get("hreflang")))
        _need(_MEDIA_TYPE.fullmatch(link.get("type", "a/b")), "a link has no media type")
    _need(alternates and len(set(alternates)) == len(alternates), "it has no alternate link, or two of one type")
    _harmless(_words(entry, f"{_ATOM}content"))
    for category in entry.findall(f"{_ATOM}category"):
        _need((category.get("term") or "").strip(), "a category has no term")
    for source in entry.findall(f"{_ATOM}source"):
        for name in ("id", "title", "updated"):
            _words(source, f"{_ATOM}{name}")


def _check_rss(document: bytes, id_: str) -> None:
    item = _only(_parse_xml(document).findall("channel/item"), "items")
    _characters(item)
    _need(_words(item, "guid") == id_, "its guid is not its id")
    _words(item, "title")
    _address(_words(item, "link"), "link")
    description = item.find("description")
    content = item.find(_CONTENT)
    _need(description is not None and (description.text or "").strip(), "it has no description")
    assert description is not None
    if content is not None:
        _need(item.index(description) < item.index(content), "its content stands before its description")
        _harmless(content.text or "")
    _harmless(description.text or "")
    _need(item.findall(_CREATOR), "it has no dc:creator")
    for date in item.findall("pubDate"):
        _need(_RFC822.fullmatch(date.text or ""), "its pubDate is no date")
    _need(len(item.findall("enclosure")) <= 1, "it has several enclosures")
    for enclosure in item.findall("enclosure"):
        _address(enclosure.get("url"), "enclosure")
        _need((enclosure.get("length") or "").isdigit(), "its enclosure has no length")
        _need(_MEDIA_TYPE.fullmatch(enclosure.get("type") or ""), "its enclosure has no media type")
    for source in item.findall("source"):
        _address(source.get("url"), "source")


def _check_json(document: bytes, id_: str) -> None:
    try:
        items = json.loads(document)["items"]
    except (ValueError, KeyError) as error:
        raise _Fault(f"not well-formed: {error}") from error
    _need(len(items) == 1, f"there are {len(items)} items in its document")
    item = items[0]
    _need(item.get("id") == id_, "its id is not what it was")
    _address(item.get("url"), "url")
    _need((item.get("title") or "").strip(), "its title is empty")
    _need(item.get("content_html"), "its content is empty")
    for name in ("date_published", "date_modified"):
        _need(name not in item or _DATE.fullmatch(item[name]), f"its {name} is no date after 1990")


_CHECKS = {"atom": _check_atom, "rss": _check_rss, "json": _check_json}
