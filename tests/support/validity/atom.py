"""Atom 1.0 documents: RFC 4287, with RFC 5005 (archives) and RFC 6721 (tombstones)."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from lxml import etree

from support.validity.html import check_element, runs_script
from support.validity.values import (
    Finding,
    canonical_form,
    is_email,
    is_relative,
    language_code,
    mime_code,
    rfc3339,
    uri_code,
    words,
)
from support.validity.xml import (
    ATOM,
    FH,
    XHTML,
    XML,
    Report,
    check_media,
    check_namespaces,
    children,
    elements,
    local_name,
    open_document,
    text_of,
    where,
)

_ATOM03 = "{http://purl.org/atom/ns#}"
_HISTORY = words("current first last next next-archive prev-archive previous")
_RELATIONS = _HISTORY | words(
    """alternate describedby edit edit-media enclosure hub license payment related replies search self service up
    via"""
)
_ALLOWED = {
    "feed": "author category contributor generator icon id link logo rights subtitle title updated entry",
    "entry": "author category content contributor id link published rights source summary title updated",
    "source": "author category contributor generator icon id link logo rights subtitle title updated",
}
_ATTRIBUTES = {
    "link": "href rel type hreflang title length",
    "category": "term scheme label",
    "content": "type src",
    "generator": "uri version",
    **dict.fromkeys(("title", "subtitle", "summary", "rights"), "type"),
}
_SINGLE = "id title updated subtitle rights generator icon logo published summary content source"


def check_atom(body: bytes, url: str = "", now: datetime | None = None) -> list[Finding]:
    """Faults of an Atom document. url: where it is served, "" for unknown. now: None reads the clock."""
    report, refused = open_document(body, now)
    if report is None:
        return refused
    root = report.root
    if root.tag == f"{_ATOM03}feed":
        report.add("ObsoleteNamespace", root, "Atom 0.3; RFC 4287 has another namespace")
        return report.findings
    check_namespaces(report, atom=True)
    if root.tag != f"{ATOM}feed":
        report.add("UndefinedElement", root, "the root is no atom:feed")
        return report.findings
    _structure(report, root)
    _required(report, root, "id title updated")
    entries = root.findall(f"{ATOM}entry")
    authored = root.find(f"{ATOM}author") is not None
    if entries and not authored:
        report.add("MissingAuthor", root, "a feed-level author, which some readers show")
    _feed_links(report, root, url)
    for entry in entries:
        _entry(report, entry, authored)
    _order(report, root)
    _unique(report, entries)
    return report.findings


def _required(report: Report, parent: etree._Element, names: str) -> None:
    for name in names.split():
        if parent.find(ATOM + name) is None:
            report.add("MissingElement", parent, name)


def _structure(report: Report, parent: etree._Element) -> None:
    """Children of a feed, entry or source: which, how often, and each by its own rules."""
    kind = local_name(parent)
    report.once(parent, " ".join(ATOM + name for name in _SINGLE.split()))
    if any(text.strip() for text in (parent.text or "", *(child.tail or "" for child in children(parent)))):
        report.add("UnexpectedText", parent, "text between elements")
    for child in children(parent):
        name = local_name(child)
        if child.tag == name or (child.tag.startswith(ATOM) and name not in _ALLOWED[kind].split()):
            report.add("UndefinedElement", child, f"no <{name}> in a {kind}")
        elif child.tag.startswith(ATOM):
            _attributes(report, child)
            _value(report, child, name)
    by_media = Counter(
        (link.get("type", ""), link.get("hreflang", "")) for link in _links(parent) if _relation(link) == "alternate"
    )
    for media, count in by_media.items():
        if count > 1:
            report.add("DuplicateAtomLink", parent, f"{count} alternate links of (type, hreflang) {media}")


def _attributes(report: Report, element: etree._Element) -> None:
    allowed = _ATTRIBUTES.get(local_name(element), "").split()
    for name in element.attrib:
        if not str(name).startswith("{") and name not in allowed:
            report.add("UnexpectedAttribute", element, str(name))


def _value(report: Report, element: etree._Element, name: str) -> None:
    text = element.text or ""
    if name in ("id", "updated", "published") and text != text.strip():
        report.add("UnexpectedWhitespace", element, repr(text))
    match name:
        case "id":
            _id(report, element, text.strip())
        case "updated" | "published":
            report.date(element, atom=True)
        case "title" | "subtitle" | "rights" | "summary" | "content":
            _text(report, element)
        case "author" | "contributor":
            _person(report, element)
        case "category":
            _category(report, element)
        case "link":
            _link(report, element)
        case "generator":
            _not_blank(report, element, text)
            report.plain(element, text)
        case "icon" | "logo":
            _not_blank(report, element, text)
            report.uri(element, text.strip(), full=False)
        case "source":
            _structure(report, element)
            for needed in ("id", "title", "updated"):
                if element.find(ATOM + needed) is None:
                    report.add("MissingSourceElement", element, needed)


def _not_blank(report: Report, element: etree._Element, value: str) -> None:
    if not value.strip():
        report.add("NotBlank", element, "empty; leave it out")


def _id(report: Report, element: etree._Element, value: str) -> None:
    if not value:
        return _not_blank(report, element, value)
    code = uri_code(value)
    report.add(code, element, f"id {value!r}")
    if not code and canonical_form(value) != value:
        report.add("NonCanonicalURI", element, f"{value} is in its normal form {canonical_form(value)}")


def _text(report: Report, element: etree._Element) -> None:
    """Text constructs (RFC 4287 §3.1) and atom:content (§4.1.3)."""
    kind, value, source = element.get("type", "text"), element.text or "", element.get("src")
    if kind not in ("text", "html", "xhtml"):
        if local_name(element) != "content":
            report.add("InvalidTextType", element, f"type={kind!r}")
        else:
            report.add(mime_code(kind), element, f"type={kind!r}")
    inside = list(children(element))
    if source is not None:
        report.uri(element, source, full=False)
        if "type" not in element.attrib:
            report.add("MissingTypeAttr", element, "content with src needs a type")
        return
    if kind == "xhtml":
        return _xhtml(report, element)
    xml = kind.endswith(("+xml", "/xml"))
    if inside and not xml:
        report.add("UndefinedElement", inside[0], f"elements in {kind} content")
    if not value.strip() and not inside:
        report.add("NotBlank", element, "empty")
    elif kind in ("html", "text/html"):
        report.html(element, value, "RelativeReference")
        if kind == "text/html" and "<html" not in value:
            report.add("HtmlFragment", element, "type=html is for fragments")
    elif not xml:
        report.plain(element, value, "ContainsUndeclaredHTML")


def _xhtml(report: Report, element: etree._Element) -> None:
    inside = list(children(element))
    if len(inside) != 1 or inside[0].tag != f"{XHTML}div" or (element.text or "").strip():
        return report.add("MissingXhtmlDiv", element, "xhtml stands in one div")
    if len(inside[0]) == 0:
        report.plain(inside[0], inside[0].text or "", "NotInline")
    for child in elements(inside[0]):
        namespace, _, name = str(child.tag).rpartition("}")
        html_name = name if namespace == XHTML[:-1] else str(child.tag)
        attributes = {str(key): str(value) for key, value in child.attrib.items()}
        report.findings += check_element(html_name, attributes, where(child), "RelativeReference")


def _person(report: Report, person: etree._Element) -> None:
    report.once(person, f"{ATOM}name {ATOM}email {ATOM}uri")
    _required(report, person, "name")
    for child in children(person):
        text = child.text or ""
        match local_name(child):
            case "name":
                _not_blank(report, child, text)
                report.name(child, text)
            case "email":
                if not is_email(text):
                    report.add("InvalidAddrSpec", child, f"{text!r} is no e-mail address")
            case "uri":
                _not_blank(report, child, text)
                report.uri(child, text.strip(), full=False, iri=True)
                if text.strip() and is_relative(text.strip()):
                    report.add("RelativeAuthorURI", child, f"{text!r}; no reader resolves it")
            case name if child.tag == f"{ATOM}{name}":
                report.add("UndefinedElement", child, f"no <{name}> in a person")


def _category(report: Report, element: etree._Element) -> None:
    if (element.text or "").strip():
        report.add("UnexpectedText", element, "atom:category is empty")
    if "term" not in element.attrib:
        report.add("MissingAttribute", element, "term")
    else:
        _not_blank(report, element, element.get("term", ""))
    if "scheme" in element.attrib:
        report.uri(element, element.get("scheme", ""))
    report.plain(element, element.get("label", ""))


def _links(parent: etree._Element) -> list[etree._Element]:
    return parent.findall(f"{ATOM}link")


def _relation(link: etree._Element) -> str:
    return link.get("rel", "alternate").removeprefix("http://www.iana.org/assignments/relation/")


def _link(report: Report, link: etree._Element) -> None:
    relation, kind, href = _relation(link), link.get("type"), link.get("href")
    if relation not in _RELATIONS and (is_relative(relation) or uri_code(relation)):
        report.add("UnregisteredAtomLinkRel", link, f"rel={relation!r}")
    if relation in _HISTORY and local_name(_parent(link)) == "entry":
        report.add("FeedHistoryRelInEntry", link, f"rel={relation!r} belongs to the feed")
    if kind is not None:
        report.add(mime_code(kind), link, f"type={kind!r}")
        feed_types = ("application/atom+xml", "application/rss+xml", "application/rdf+xml")
        if relation == "self" and kind.partition(";")[0] not in feed_types:
            report.add("SelfNotAtom", link, f"type={kind!r}")
    if "title" in link.attrib:
        _not_blank(report, link, link.get("title", ""))
        report.plain(link, link.get("title", ""))
    if "hreflang" in link.attrib:
        report.add(language_code(link.get("hreflang", "")), link, f"hreflang={link.get('hreflang')!r}")
    if "length" in link.attrib:
        length = link.get("length", "")
        _not_blank(report, link, length)
        if not (length.isascii() and length.isdecimal()):
            report.add("InvalidNonNegativeInteger", link, f"length={length!r}")
    if (link.text or "").strip() or len(link):
        report.add("AtomLinkNotEmpty", link, "atom:link is empty")
    if href is None:
        return report.add("MissingHref", link, "href")
    if not href.strip():
        return report.add("EmptyReference", link, "href is empty")
    report.uri(link, href, full=False, iri=True)
    if runs_script(href):
        report.add("ScriptURL", link, href)


def _parent(element: etree._Element) -> etree._Element:
    parent = element.getparent()
    assert parent is not None
    return parent


def check_self(report: Report, links: Iterable[etree._Element], url: str, missing: str) -> None:
    """The feed's rel=self: there, absolute, and where the document is served. missing: the code if there is none."""
    selves = [link for link in links if _relation(link) == "self"]
    if not selves:
        report.add(missing, report.root, "no atom:link rel=self")
    for link in selves:
        href = link.get("href", "")
        bases = (ancestor.get(f"{XML}base", "") for ancestor in link.iterancestors())
        if is_relative(href) and all(is_relative(base) for base in bases):
            report.add("RelativeSelf", link, href)
        elif url and href.partition("#")[0] != url.partition("#")[0]:
            report.add("SelfDoesntMatchLocation", link, f"{href}, served at {url}")


def check_link(report: Report, link: etree._Element) -> None:
    """An atom:link, in an Atom or RSS document."""
    _attributes(report, link)
    _link(report, link)


def _feed_links(report: Report, feed: etree._Element, url: str) -> None:
    links = _links(feed)
    check_self(report, links, url, "MissingSelf")
    targets = {_relation(link): link.get("href", "") for link in links}
    if feed.find(f"{FH}complete") is not None:
        for relation in sorted(_HISTORY & targets.keys() - {"current"}):
            report.add("FeedRelInCompleteFeed", feed, f"rel={relation} in a complete feed")
        if targets.get("current", targets.get("self")) != targets.get("self"):
            report.add("CurrentNotSelfInCompleteFeed", feed, "rel=current of a complete feed is itself")
    if feed.find(f"{FH}archive") is not None:
        if "current" not in targets:
            report.add("MissingCurrentInArchive", feed, "an archive document needs rel=current")
        if not {"prev-archive", "next-archive"} & targets.keys():
            report.add("ArchiveIncomplete", feed, "an archive document needs prev-archive or next-archive")
    for end, beyond in (("first", "previous"), ("last", "next")):
        if end in targets and targets[end] == targets.get("self") and beyond in targets:
            report.add("LinkPastEnd", feed, f"rel={beyond} on the {end} page")


def _entry(report: Report, entry: etree._Element, authored: bool) -> None:
    _structure(report, entry)
    _required(report, entry, "id title updated")
    check_media(report, entry)
    if entry.find(f"{ATOM}author") is None:
        if authored or entry.find(f"{ATOM}source/{ATOM}author") is not None:
            report.add("MissingAuthor", entry, "no reader takes over the feed's author")
        else:
            report.add("MissingElement", entry, "author")
    content, summary = entry.find(f"{ATOM}content"), entry.find(f"{ATOM}summary")
    alternate = any(_relation(link) == "alternate" for link in _links(entry))
    if content is None and not alternate:
        report.add("MissingContentOrAlternate", entry, "content or an alternate link")
    elif not alternate:
        report.add("MissingAlternate", entry, "without an alternate link there is nothing to open")
    if content is None and summary is None:
        report.add("MissingTextualContent", entry, "content or a summary")
    kind = "" if content is None else content.get("type", "text")
    binary = "/" in kind and not kind.startswith("text/") and not kind.endswith(("+xml", "/xml"))
    if content is not None and summary is None and (content.get("src") is not None or binary):
        report.add("MissingSummary", entry, "content by reference, or not text, needs a summary")


def _order(report: Report, feed: etree._Element) -> None:
    first = feed.find(f"{ATOM}entry")
    late = () if first is None else first.itersiblings(f"{ATOM}*")
    for element in late:
        if local_name(element) != "entry":
            report.add("MisplacedMetadata", element, "stands after the first entry")


def _unique(report: Report, entries: list[etree._Element]) -> None:
    for name, code in (("id", "DuplicateEntries"), ("updated", "DuplicateUpdated")):
        seen: set[object] = set()
        for entry in entries:
            text = text_of(entry.find(ATOM + name))
            value = (rfc3339(text) if name == "updated" else None) or text
            if text and value in seen:
                report.add(code, entry, f"{name} {text} stands in an earlier entry too")
            seen.add(value)
