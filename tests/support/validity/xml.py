"""What Atom, RSS and OPML share: reading the bytes, namespaces, languages, stray characters, Media RSS.

XML 1.0 (fifth edition), Namespaces in XML, Media RSS 1.5.1. Entities are not resolved and nothing is fetched.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.parsers import expat

from lxml import etree

from support.validity.html import HTML_TAGS, check_html
from support.validity.values import (
    Finding,
    bad_character,
    finding,
    holds_email,
    language_code,
    markup_in,
    mime_code,
    rfc822_code,
    rfc3339_code,
    uri_code,
    words,
)

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
FH = "{http://purl.org/syndication/history/1.0}"
MEDIA = "{http://search.yahoo.com/mrss/}"
XHTML = "{http://www.w3.org/1999/xhtml}"
XML = "{http://www.w3.org/XML/1998/namespace}"
_KNOWN = words(
    """http://backend.userland.com/creativeCommonsRssModule http://a9.com/-/spec/opensearch/1.1/
    http://purl.org/dc/elements/1.1/ http://purl.org/dc/terms/
    http://purl.org/rss/1.0/modules/content/ http://purl.org/rss/1.0/modules/slash/
    http://purl.org/rss/1.0/modules/syndication/ http://purl.org/rss/1.0/modules/threading/
    http://purl.org/syndication/history/1.0 http://purl.org/syndication/thread/1.0
    http://rssnamespace.org/feedburner/ext/1.0 http://search.yahoo.com/mrss/ http://web.resource.org/cc/
    http://webns.net/mvcb/ http://wellformedweb.org/CommentAPI/ http://www.georss.org/georss
    http://www.itunes.com/dtds/podcast-1.0.dtd http://www.opengis.net/gml http://www.w3.org/1998/Math/MathML
    http://www.w3.org/1999/02/22-rdf-syntax-ns# http://www.w3.org/1999/xhtml http://www.w3.org/1999/xlink
    http://www.w3.org/2000/svg http://www.w3.org/2003/01/geo/wgs84_pos# http://www.w3.org/2005/Atom
    http://www.w3.org/2007/app http://www.w3.org/XML/1998/namespace https://podcastindex.org/namespace/1.0"""
)


@dataclass(slots=True)
class Report:
    """A document under examination. raws: the text of each element as it stands in the source, markup included."""

    now: datetime
    root: etree._Element
    findings: list[Finding] = field(default_factory=list)
    raws: dict[etree._Element, str] = field(default_factory=dict)

    def add(self, code: str, element: etree._Element, message: str) -> None:
        """Nothing for the code "", so that `add(rule(value), …)` reads as one step."""
        if code:
            self.findings.append(finding(code, where(element), message))

    def date(self, element: etree._Element, *, atom: bool) -> None:
        value = element.text or ""
        self.add((rfc3339_code if atom else rfc822_code)(value.strip(), self.now), element, f"date {value!r}")

    def uri(self, element: etree._Element, value: str, *, full: bool = True, iri: bool = False) -> None:
        self.add(uri_code(value, full=full, iri=iri), element, f"URI {value!r}")

    def plain(self, element: etree._Element, value: str, code: str = "ContainsHTML", *, rss: bool = False) -> None:
        """Text that is to be plain. `&#x26;` and `&#x3C;` in the source say that it is meant (RSS profile)."""
        if "&#x" in self.raws.get(element, "") and not re.search(r"</\w+>", value):
            return
        markup = markup_in(value, HTML_TAGS)
        if markup:
            self.add(code, element, f"{markup} in plain text {value[:80]!r}")
        elif rss and re.search(r"<[/a-zA-Z]|&#[x0-9]", value):
            self.add("CharacterData", element, f"write < as &#x3C; and & as &#x26; in {value[:80]!r}")

    def name(self, element: etree._Element, value: str) -> None:
        self.plain(element, value)
        if holds_email(value):
            self.add("ContainsEmail", element, f"an e-mail address in the name {value!r}")

    def html(self, element: etree._Element, value: str, relative: str) -> None:
        self.findings += check_html(value, where(element), relative)

    def language(self, element: etree._Element, value: str) -> None:
        if value:
            self.add(language_code(value), element, f"language {value!r}")

    def once(self, parent: etree._Element, names: str, code: str = "DuplicateElement") -> None:
        """names: of Atom elements when parent is one, else of elements without a namespace; split by spaces."""
        for name in names.split():
            same = parent.findall(name)
            for element in same[1:]:
                self.add(code, element, f"{len(same)} {etree.QName(element).localname} elements, one may stand here")


def open_document(body: bytes, now: datetime | None) -> tuple[Report | None, list[Finding]]:
    """(report, []) or, when there is nothing to examine, (None, why)."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, [finding("UnicodeError", f"byte {error.start}", "not UTF-8")]
    declaration = re.match(r"<\?xml[^>]*\?>", text)
    if declaration and re.search(r"version\s*=\s*['\"](?!1\.0['\"])", declaration[0]):
        return None, [finding("BadXmlVersion", "line 1", declaration[0])]
    # Read as what it is, UTF-8: a declaration of anything else is one finding, not a cascade.
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True, remove_comments=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        return None, [finding("SAXError", f"line {error.lineno}", str(error))]
    report = Report(now or datetime.now(UTC), root)
    encoding = re.search(r"encoding\s*=\s*['\"]([^'\"]*)", declaration[0]) if declaration else None
    if encoding and encoding[1].lower() != "utf-8":
        report.add("ObscureEncoding", root, f"declared as {encoding[1]}, only UTF-8 is safe")
    if re.search(r"<!DOCTYPE[^>\[]*\[[^\]]*<!ENTITY", text):
        report.add("DoctypeEntities", root, "a DOCTYPE with entities, which readers refuse or ignore")
    report.raws = dict(zip(root.iter(etree.Element), _raw_texts(text), strict=False))
    for element in elements(root):
        _common(report, element)
    return report, []


def elements(root: etree._Element) -> Iterator[etree._Element]:
    """The element and all below it, without entity references and the like."""
    return root.iter(etree.Element)


def children(element: etree._Element) -> Iterator[etree._Element]:
    return element.iterchildren(etree.Element)


def text_of(element: etree._Element | None) -> str:
    return "" if element is None else (element.text or "").strip()


def local_name(element: etree._Element) -> str:
    return etree.QName(element).localname


def where(element: etree._Element) -> str:
    steps: list[str] = []
    step: etree._Element | None = element
    while step is not None:
        before = sum(1 for _ in step.itersiblings(step.tag, preceding=True))
        after = any(True for _ in step.itersiblings(step.tag))
        steps.insert(0, local_name(step) + (f"[{before + 1}]" if before or after else ""))
        step = step.getparent()
    return f"{'/'.join(steps)}, line {element.sourceline}"


def _common(report: Report, element: etree._Element) -> None:
    """Characters, xml:lang and xml:base: the same rules for every element."""
    for value in (element.text, element.tail, *element.attrib.values()):
        bad = bad_character(str(value or ""))
        if bad:
            report.add("BadCharacters", element, f"{bad} in {str(value)[:60]!r}")
    report.language(element, element.get(f"{XML}lang", ""))
    base = element.get(f"{XML}base")
    if base is not None:
        report.uri(element, base, full=False, iri=True)


def check_namespaces(report: Report, *, atom: bool) -> None:
    """Each namespace is told once, where it is declared first. atom: Atom and XHTML may have no prefix."""
    seen: set[tuple[str | None, str]] = set()
    unknown: set[str] = set()
    for element in elements(report.root):
        for prefix, uri in element.nsmap.items():
            if not uri or (prefix, uri) in seen:
                continue
            seen.add((prefix, uri))
            if uri == MEDIA[1:-2]:
                report.add("MediaRssNamespace", element, f"{uri} lacks the slash at its end")
            elif uri not in _KNOWN:
                if uri not in unknown:
                    report.add("UnknownNamespace", element, uri)
                unknown.add(uri)
            elif atom and prefix and uri in (ATOM[1:-1], XHTML[1:-1]):
                report.add("AvoidNamespacePrefix", element, f"xmlns:{prefix}; some readers know it as default only")


def check_media(report: Report, entry: etree._Element) -> None:
    """Media RSS below an entry or item."""
    for element in entry.iter(f"{MEDIA}*"):
        name = local_name(element)
        if name == "group" and len(element.findall(f"{MEDIA}content")) < 2:
            report.add("MediaGroupWithoutAlternatives", element, "a media:group needs two media:content")
        if name in ("title", "description", "text"):
            if element.get("type") == "html":
                report.html(element, element.text or "", "RelativeReference")
            else:
                report.plain(element, element.text or "", "ContainsUndeclaredHTML")
        if name not in ("content", "thumbnail", "player"):
            continue
        if "url" in element.attrib:
            report.uri(element, element.get("url", ""))
        elif name != "content":
            report.add("MissingAttribute", element, "url")
        for attribute in ("fileSize", "width", "height"):
            value = element.get(attribute)
            if value is not None and not (value.isdecimal() and int(value) > 0):
                report.add("InvalidPositiveInteger", element, f"{attribute}={value!r}")
        for attribute in ("duration", "bitrate", "framerate", "samplingrate"):
            if not re.match(r"\d+\.?\d*$", element.get(attribute, "0")):
                report.add("InvalidFloat", element, f"{attribute}={element.get(attribute)!r}")
        if element.get("medium", "image") not in ("image", "audio", "video", "document", "executable"):
            report.add("InvalidMediaMedium", element, f"medium={element.get('medium')!r}")
        if "type" in element.attrib:
            report.add(mime_code(element.get("type", "")), element, f"type={element.get('type')!r}")
        report.language(element, element.get("lang", ""))


def _raw_texts(text: str) -> list[str]:
    """What stands between each element's tags in the source, in the order of start tags."""
    body = text.encode()
    parser = expat.ParserCreate("utf-8")
    raws: list[str] = []
    open_tags: list[tuple[int, int]] = []

    def start(name: str, attributes: object) -> None:
        open_tags.append((len(raws), parser.CurrentByteIndex))
        raws.append("")

    def end(name: str) -> None:
        place, begin = open_tags.pop()
        source = body[begin : parser.CurrentByteIndex].decode()
        raws[place] = re.sub(r"""^<([^"'>]|"[^"]*"|'[^']*')*>?""", "", source, count=1)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    # What was read before an error will do: only the spelling of plain text depends on it.
    with contextlib.suppress(expat.ExpatError):
        parser.Parse(body, True)
    return raws
