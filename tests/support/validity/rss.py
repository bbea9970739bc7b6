"""RSS 2.0 documents: the RSS 2.0 specification, the RSS Advisory Board's profile, and the modules that go with it."""

import re
from datetime import datetime

from lxml import etree

from support.validity.atom import check_link, check_self
from support.validity.values import Finding, contact_code, mime_code, uri_code, web_url, words
from support.validity.xml import (
    ATOM,
    DC,
    XHTML,
    Report,
    check_media,
    check_namespaces,
    children,
    local_name,
    open_document,
    text_of,
)

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
_DCTERMS = "{http://purl.org/dc/terms/}"
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_ITUNES_FILES = ("m4a", "mp3", "mov", "mp4", "m4v", "pdf", "epub")
_CHANNEL_ONCE = """title link description language copyright managingEditor webMaster pubDate lastBuildDate generator
    docs cloud ttl image rating textInput skipHours skipDays"""
_CHANNEL = words(f"{_CHANNEL_ONCE} category item")
_ITEM_ONCE = f"title link description author comments guid pubDate source {_CONTENT}encoded"
_ITEM = words("title link description author category comments enclosure guid pubDate source")
_ATTRIBUTES = {
    "rss": "version",
    "guid": "isPermaLink",
    "enclosure": "url length type",
    "source": "url",
    "category": "domain",
    "cloud": "domain port path registerProcedure protocol",
}
# Two words for one thing confuse readers about which to show.
_CHANNEL_PAIRS = (
    ("category", f"{DC}subject"),
    ("managingEditor", f"{DC}creator"),
    ("webMaster", f"{DC}publisher"),
    ("language", f"{DC}language"),
    ("copyright", f"{DC}rights"),
    ("pubDate", f"{DC}date"),
    ("lastBuildDate", f"{_DCTERMS}modified"),
)
_ITEM_PAIRS = (
    ("author", f"{DC}creator"),
    ("category", f"{DC}subject"),
    ("pubDate", f"{DC}date"),
    ("source", f"{DC}source"),
    ("guid", f"{ATOM}id"),
    ("pubDate", f"{ATOM}published"),
)


def check_rss(body: bytes, url: str = "", now: datetime | None = None) -> list[Finding]:
    """Faults of an RSS 2.0 document. url: where it is served, "" for unknown. now: None reads the clock."""
    report, refused = open_document(body, now)
    if report is None:
        return refused
    root = report.root
    check_namespaces(report, atom=False)
    if local_name(root) == "rss" and root.tag != "rss":
        report.add("InvalidNamespace", root, "RSS elements have no namespace")
        return report.findings
    channel = root.find("channel")
    if root.tag != "rss" or channel is None:
        report.add("UndefinedElement", root, "the root is no rss with a channel")
        return report.findings
    version = root.get("version")
    if version is None:
        report.add("MissingAttribute", root, "version")
    elif version != "2.0":
        report.add("InvalidRSSVersion", root, version)
    _attributes(report, root)
    _attributes(report, channel)
    _channel(report, channel, url)
    items = channel.findall("item")
    for item in items:
        _item(report, item)
    _podcast(report, channel, items)
    _order(report, channel)
    guids: set[str] = set()
    for item in items:
        guid = text_of(item.find("guid"))
        if guid and guid in guids:
            report.add("DuplicateValue", item, f"guid {guid} stands in an earlier item too")
        guids.add(guid)
    return report.findings


def _attributes(report: Report, element: etree._Element) -> None:
    allowed = _ATTRIBUTES.get(local_name(element), "").split()
    for name in map(str, element.attrib):
        if name.startswith("{") and "XML/1998/namespace" not in name:
            report.add("UseOfExtensionAttr", element, name)
        elif not name.startswith("{") and name not in allowed:
            report.add("UnexpectedAttribute", element, name)


def _known(report: Report, parent: etree._Element, allowed: frozenset[str]) -> None:
    for child in children(parent):
        if not str(child.tag).startswith("{"):
            _attributes(report, child)
            if child.tag not in allowed:
                report.add("UndefinedElement", child, f"no <{child.tag}> in a {parent.tag}")


def _pairs(report: Report, parent: etree._Element, pairs: tuple[tuple[str, str], ...], code: str) -> None:
    for core, extension in pairs:
        if parent.find(core) is not None and parent.find(extension) is not None:
            report.add(code, parent, f"{core} and {etree.QName(extension).localname} say the same")


def _channel(report: Report, channel: etree._Element, url: str) -> None:
    _known(report, channel, _CHANNEL)
    report.once(channel, _CHANNEL_ONCE)
    _pairs(report, channel, _CHANNEL_PAIRS, "DuplicateSemantics")
    for name, code in (("title", "MissingTitle"), ("link", "MissingLink"), ("description", "MissingDescription")):
        if channel.find(name) is None:
            report.add(code, channel, name)
    check_self(report, channel.findall(f"{ATOM}link"), url, "MissingAtomSelfLink")
    for child in children(channel):
        text = child.text or ""
        match child.tag:
            case "title":
                _plain_title(report, child)
            case "description" | "copyright":
                report.plain(child, text, rss=True)
            case "link" | "docs":
                report.uri(child, text.strip())
            case "language" | "{http://purl.org/dc/elements/1.1/}language":
                report.language(child, text.strip())
            case "managingEditor" | "webMaster":
                report.add(contact_code(text.strip()), child, f"{text!r}; write mail (Name)")
            case "category":
                _category(report, child)
            case "ttl":
                if not (text.strip().isdecimal() and int(text) > 0):
                    report.add("InvalidPositiveInteger", child, f"ttl {text!r}")
            case "image":
                _image(report, child, channel)
            case "skipHours":
                _hours(report, child)
            case _:
                _shared(report, child)


def _shared(report: Report, element: etree._Element) -> None:
    """Elements that mean the same in channel and item."""
    if element.tag in ("pubDate", "lastBuildDate"):
        report.date(element, atom=False)
    elif element.tag in (f"{ATOM}updated", f"{ATOM}published"):
        report.date(element, atom=True)
    elif element.tag == f"{ATOM}link":
        check_link(report, element)
    elif element.tag == f"{DC}date":
        w3c = r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?"
        if not re.fullmatch(w3c, element.text or ""):
            report.add("InvalidW3CDTFDate", element, repr(element.text))


def _plain_title(report: Report, element: etree._Element) -> None:
    if not text_of(element):
        report.add("NotBlank", element, "empty; leave it out")
    report.plain(element, element.text or "", rss=True)


def _category(report: Report, element: etree._Element) -> None:
    if not text_of(element):
        report.add("NotBlank", element, "empty; leave it out")
    report.plain(element, element.text or "", rss=True)


def _image(report: Report, image: etree._Element, channel: etree._Element) -> None:
    for name in ("url", "title", "link"):
        if image.find(name) is None:
            report.add("MissingElement", image, name)
    address = text_of(image.find("url"))
    report.uri(image, address)
    if not address.lower().endswith((".png", ".jpg", ".jpeg", ".gif")):
        report.add("ImageUrlFormat", image, f"{address} is no png, jpg or gif")
    for name, code in (("title", "ImageTitleDoesntMatch"), ("link", "ImageLinkDoesntMatch")):
        if image.find(name) is not None and text_of(image.find(name)) != text_of(channel.find(name)):
            report.add(code, image, f"the image's {name} is not the channel's")
    for name, most, code in (("width", 144, "InvalidWidth"), ("height", 400, "InvalidHeight")):
        size = image.find(name)
        if size is not None and not (text_of(size).isdecimal() and 0 < int(text_of(size)) <= most):
            report.add(code, size, f"{size.text!r}; 1 to {most}")


def _hours(report: Report, element: etree._Element) -> None:
    for hour in element.iterchildren("hour"):
        if text_of(hour) == "24":
            report.add("UseZeroForMidnight", hour, "0 to 23")
        elif not (text_of(hour).isdecimal() and int(text_of(hour)) < 24):
            report.add("InvalidHour", hour, f"{hour.text!r}")


def _item(report: Report, item: etree._Element) -> None:
    _known(report, item, _ITEM)
    report.once(item, _ITEM_ONCE)
    report.once(item, "enclosure", "DuplicateEnclosure")
    _pairs(report, item, _ITEM_PAIRS, "DuplicateItemSemantics")
    tags = [child.tag for child in children(item)]
    if "title" not in tags and "description" not in tags:
        report.add("ItemMustContainTitleOrDescription", item, "title or description")
    if "guid" not in tags:
        report.add("MissingGuid", item, "guid")
    encoded = f"{_CONTENT}encoded"
    if encoded in tags and "description" not in tags[: tags.index(encoded)]:
        report.add("NeedDescriptionBeforeContent", item, "description goes before content:encoded")
    for rival in (f"{ATOM}summary", f"{ATOM}content", f"{XHTML}body"):
        if rival in tags:
            report.add("DuplicateDescriptionSemantics", item, f"{etree.QName(rival).localname} beside description")
    check_media(report, item)
    for child in children(item):
        text = child.text or ""
        match child.tag:
            case "title":
                _plain_title(report, child)
            case "description" | "{http://purl.org/rss/1.0/modules/content/}encoded":
                report.html(child, text, "ContainsRelRef")
            case "link" | "comments":
                report.uri(child, text.strip())
            case "guid":
                _guid(report, child)
            case "author":
                report.add(contact_code(text.strip()), child, f"{text!r}; use dc:creator or mail (Name)")
            case "category":
                _category(report, child)
            case "enclosure":
                _enclosure(report, child)
            case "source":
                _source(report, child)
            case "{http://purl.org/dc/elements/1.1/}language":
                report.language(child, text.strip())
            case "{http://purl.org/dc/elements/1.1/}creator":
                report.name(child, text)
            case _:
                _shared(report, child)


def _guid(report: Report, guid: etree._Element) -> None:
    value, permalink = text_of(guid), guid.get("isPermaLink", "true")
    if not value:
        report.add("NotBlank", guid, "empty")
    elif permalink not in ("true", "false"):
        report.add("InvalidBooleanAttribute", guid, f"isPermaLink={permalink!r}")
    elif permalink == "false":
        if value.isdecimal() and len(value) < 9:
            report.add("NotSufficientlyUnique", guid, f"{value}; ids are long")
    elif re.match(r"(?i)(tag|urn):", value):
        report.add("InvalidPermalink", guid, f"{value} is no permalink; isPermaLink=false")
    elif uri_code(value):
        report.add("InvalidHttpGUID", guid, f"{value} is no URL; isPermaLink=false")


def _enclosure(report: Report, enclosure: etree._Element) -> None:
    for name in ("url", "length", "type"):
        if name not in enclosure.attrib:
            report.add("MissingAttribute", enclosure, name)
    address, length, kind = (enclosure.get(name) for name in ("url", "length", "type"))
    if address is not None and not web_url(address):
        report.add("InvalidURLAttribute", enclosure, f"url={address!r}")
    if kind is not None:
        code = mime_code(kind)
        report.add("InvalidMIMEAttribute" if code == "InvalidMIMEType" else code, enclosure, f"type={kind!r}")
    if length is not None and not (length.isascii() and length.isdecimal()):
        integer = re.fullmatch(r"-\d+", length)
        code = "InvalidNonNegativeInteger" if integer else "InvalidIntegerAttribute"
        report.add("UseZeroForUnknown" if length == "-1" else code, enclosure, f"length={length!r}")


def _source(report: Report, source: etree._Element) -> None:
    report.plain(source, source.text or "", rss=True)
    if "url" in source.attrib:
        report.uri(source, source.get("url", ""))
    else:
        report.add("MissingAttribute", source, "url")


def _order(report: Report, channel: etree._Element) -> None:
    last = None
    for child in channel.iterchildren(etree.Element):
        if child.tag == "item":
            last = child
        elif last is not None and (not str(child.tag).startswith("{") or child.tag == f"{ATOM}link"):
            report.add("MisplacedItem", last, f"<{local_name(child)}> comes after it; items stand last")
            last = None


def _podcast(report: Report, channel: etree._Element, items: list[etree._Element]) -> None:
    """One tag of Apple's, and validators ask for all that its directory asks for."""
    told = [item for item in items if item.find(f"{_ITUNES}*") is not None]
    if not told and channel.find(f"{_ITUNES}*") is None:
        return
    for name, code in (("category", "MissingItunesElement"), ("explicit", "MissingItunesElement"),
                       ("owner", "MissingItunesEmail")):  # fmt: skip
        if channel.find(f"{_ITUNES}{name}") is None:
            report.add(code, channel, f"itunes:{name}")
    for parent in (channel, *told):
        report.once(parent, " ".join(f"{_ITUNES}{name}" for name in ("author", "image", "duration", "explicit")))
        for element in parent.iterfind(f"{_ITUNES}*"):
            _podcast_tag(report, element)
    for item in told:
        for enclosure in item.iterfind("enclosure"):
            if enclosure.get("url", "").rpartition(".")[2] not in _ITUNES_FILES:
                report.add("UnsupportedItunesFormat", enclosure, enclosure.get("url", ""))


def _podcast_tag(report: Report, element: etree._Element) -> None:
    text = text_of(element)
    match local_name(element):
        case "author":
            report.plain(element, element.text or "", rss=True)
            if len(text) > 255:
                report.add("TooLong", element, f"{len(text)} characters, 255 at most")
        case "duration":
            if not re.search(r"([0-9]?[0-9]:)?[0-5]?[0-9]:[0-5][0-9]$", text):
                report.add("InvalidDuration", element, repr(text))
        case "explicit":
            if text not in ("true", "false"):
                report.add("InvalidTrueFalse", element, repr(text))
        case "image":
            if not web_url(element.get("href", "")):
                report.add("InvalidURLAttribute", element, f"href={element.get('href')!r}")
