"""Judges published feed documents: what W3C's feed validator complains about, and what it should.

It shares no code with the project, so that a mistake there is not repeated here. `check_atom`, `check_rss`,
`check_json` and `check_opml` take the bytes of a document and, when known, the URL that serves them; they answer with
all faults, none for a good document. Codes are the validator's own where it has one (`OWN` names the others).

RFC 4287, RFC 5005, RSS 2.0, JSON Feed 1.1, OPML 2.0.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from support.validity.atom import check_atom
from support.validity.html import HTML_TAGS, check_html
from support.validity.rss import check_rss
from support.validity.values import (
    OWN,
    Finding,
    bad_character,
    finding,
    language_code,
    markup_in,
    mime_code,
    rfc3339_code,
    uri_code,
    words,
)
from support.validity.xml import Report, check_namespaces, children, open_document

__all__ = ["ACCEPTED", "OWN", "Finding", "check_atom", "check_http", "check_json", "check_opml", "check_rss", "refused"]

# Left as they are on purpose: ids of other publishers stand byte for byte, and tombstones (RFC 6721) have a namespace
# that validators do not know. Podcast tags make validators ask for what Apple's directory wants of a channel, an
# owner's e-mail address and a category, which nobody gave us, and for files by their last letters.
ACCEPTED = (
    "NonCanonicalURI",
    "UnknownNamespace",
    "MissingItunesElement",
    "MissingItunesEmail",
    "UnsupportedItunesFormat",
)
_MAX_BYTES = 5_000_000


def refused(findings: Iterable[Finding]) -> list[Finding]:
    """Those that are not in ACCEPTED: a test wants none."""
    return [found for found in findings if found.code not in ACCEPTED]


_MEDIA_TYPES = {
    "feed": ("application/atom+xml", "application/xml", "text/xml"),
    "rss": ("application/rss+xml", "application/xml", "text/xml"),
    "opml": ("text/x-opml", "application/xml", "text/xml"),
    "json": ("application/feed+json", "application/json"),
}


def check_http(media_type: str, body: bytes) -> list[Finding]:
    """How a document is served. media_type: the whole Content-Type, parameters included."""
    kind, _, parameters = media_type.partition(";")
    kind, found = kind.strip().lower(), []
    head = body[:4096].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    root = re.search(r"<([a-z]\w*)[\s>]", re.sub(r"<!--.*?(-->|$)|<[?!][^>]*>", "", head, flags=re.S))
    name = "json" if head.startswith("{") else root[1] if root else ""
    if kind not in _MEDIA_TYPES.get(name, ()):
        found.append(finding("UnexpectedContentType", "Content-Type", f"a {name or 'document'} as {kind!r}"))
    elif kind in ("application/xml", "text/xml") and f"<{name}".encode() not in body[:512]:
        found.append(finding("NonSpecificMediaType", "Content-Type", f"{kind}, and the root begins after 512 bytes"))
    charset = re.search(r"charset\s*=\s*\"?([\w.:-]+)", parameters)
    declared = re.search(r"<\?xml[^>]*encoding\s*=\s*['\"]([^'\"]+)", head)
    if charset and charset[1].lower() != (declared[1].lower() if declared else "utf-8"):
        found.append(finding("EncodingMismatch", "Content-Type", f"charset={charset[1]}, the document says otherwise"))
    if len(body) > _MAX_BYTES:
        found.append(finding("ValidatorLimit", "body", f"{len(body)} bytes; page the feed"))
    return found


_OUTLINE = words(
    "text type title description xmlUrl htmlUrl url category created language version isComment isBreakpoint"
)


def check_opml(body: bytes, url: str = "", now: datetime | None = None) -> list[Finding]:
    """Faults of an OPML 2.0 document; url is ignored, OPML does not say where it lives."""
    report, unread = open_document(body, now)
    if report is None:
        return unread
    root = report.root
    check_namespaces(report, atom=False)
    if root.tag != "opml":
        report.add("UndefinedElement", root, "the root is no opml")
        return report.findings
    if "version" not in root.attrib:
        report.add("MissingAttribute", root, "version")
    elif root.get("version") != "2.0":
        report.add("InvalidOPMLVersion", root, root.get("version", ""))
    for name in ("head", "body"):
        if root.find(name) is None:
            report.add("MissingElement", root, name)
    for element in root.iterfind("head/*"):
        if element.tag in ("dateCreated", "dateModified"):
            report.date(element, atom=False)
        elif element.tag in ("ownerId", "docs"):
            report.uri(element, (element.text or "").strip())
    report.once(root, "head body")
    outlines = list(root.iterfind("body//outline"))
    if root.find("body") is not None and not outlines:
        report.add("MissingElement", root, "outline")
    for outline in outlines:
        _outline(report, outline)
    return report.findings


def _outline(report: Report, outline: etree._Element) -> None:
    kind = outline.get("type", "").lower()
    needed = {"rss": ("text", "xmlUrl"), "link": ("text", "url"), "include": ("text", "url")}.get(kind, ("text",))
    for name in needed:
        if name not in outline.attrib:
            code = {"xmlUrl": "MissingXmlURL", "url": "MissingUrlAttr"}.get(name, "MissingAttribute")
            report.add(code, outline, name)
    if kind == "rss" and "title" not in outline.attrib:
        report.add("MissingTitleAttr", outline, "title")
    if not kind and {"xmlUrl", "htmlUrl", "title", "description", "language"} & set(map(str, outline.attrib)):
        report.add("MissingOutlineType", outline, "an outline with a feed has type=rss")
    for name in ("text", "title", "description"):
        report.findings += check_html(str(outline.get(name, "")), f"outline {name}", "ContainsRelRef")
    for attribute, value in outline.attrib.items():
        if attribute in ("xmlUrl", "htmlUrl", "url"):
            report.uri(outline, str(value))
        elif attribute == "language":
            report.language(outline, str(value))
        elif attribute not in _OUTLINE and not str(attribute).startswith("{"):
            report.add("UnexpectedAttribute", outline, str(attribute))
    if (outline.text or "").strip() or any((child.tail or "").strip() for child in children(outline)):
        report.add("UnexpectedText", outline, "text belongs in the attribute")


_FEED_KEYS = words(
    """version title home_page_url feed_url description user_comment next_url icon favicon authors language expired hubs
    items"""
)
_ENTRY_KEYS = words(
    """id url external_url title content_html content_text summary image banner_image date_published date_modified
    authors tags language attachments"""
)
_AUTHOR_KEYS = words("name url avatar")
_URL_KEYS = words("home_page_url feed_url next_url icon favicon url external_url image banner_image avatar")
_TEXT_KEYS = words("version title description id content_html content_text summary name language")


def check_json(body: bytes, url: str = "", now: datetime | None = None) -> list[Finding]:
    """Faults of a JSON Feed 1.1 document. url: where it is served, "" for unknown. now: None reads the clock."""
    moment = now or datetime.now(UTC)
    try:
        feed = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        return [finding("UnicodeError", f"byte {error.start}", "not UTF-8")]
    except ValueError as error:
        return [finding("JSONError", "document", str(error))]
    if not isinstance(feed, dict):
        return [finding("JSONError", "document", "the document is no object")]
    found = _json_object(feed, "feed", _FEED_KEYS, moment)
    if feed.get("version") != "https://jsonfeed.org/version/1.1":
        found.append(finding("InvalidVersion", "feed/version", repr(feed.get("version"))))
    if not str(feed.get("title") or "").strip():
        found.append(finding("MissingTitle", "feed", "title"))
    if "feed_url" not in feed:
        found.append(finding("MissingSelf", "feed", "feed_url"))
    elif url and feed["feed_url"] != url:
        found.append(finding("SelfDoesntMatchLocation", "feed/feed_url", f"{feed['feed_url']}, served at {url}"))
    if not isinstance(feed.get("items"), list):
        return [*found, finding("MissingElement", "feed", "items")]
    for hub in feed.get("hubs", []):
        found += [finding("MissingAttribute", "feed/hubs", key) for key in ("type", "url") if not hub.get(key)]
    seen: set[str] = set()
    for number, entry in enumerate(feed["items"], 1):
        place = f"feed/items[{number}]"
        found += _json_object(entry, place, _ENTRY_KEYS, moment) + _json_entry(entry, place)
        if entry.get("id") in seen:
            found.append(finding("DuplicateEntries", place, f"id {entry['id']} stands in an earlier item too"))
        seen.add(str(entry.get("id")))
    return found


def _json_object(value: Mapping[str, Any], place: str, keys: frozenset[str], now: datetime) -> list[Finding]:
    """Keys and the types and forms of their values, for a feed or an entry, with its authors."""
    found: list[Finding] = []
    for key, part in value.items():
        at = f"{place}/{key}"
        if key in _TEXT_KEYS and not isinstance(part, str):
            found.append(finding("InvalidType", at, f"{type(part).__name__}, a string is due"))
        elif key not in keys and not (key.startswith("_") and isinstance(part, dict)):
            found.append(finding("UndefinedElement", at, "unknown key; extensions are objects whose key begins with _"))
        elif key in _URL_KEYS:
            code = uri_code(part) if isinstance(part, str) else "InvalidFullLink"
            found += [finding(code, at, repr(part))] if code else []
        elif key in ("date_published", "date_modified"):
            code = rfc3339_code(str(part), now)
            found += [finding(code, at, repr(part))] if code else []
        elif key == "language" and language_code(part):
            found.append(finding("InvalidLanguage", at, repr(part)))
        elif key == "title" and (markup := _markup(part)):
            found.append(finding("ContainsHTML", at, f"{markup} in plain text"))
        if isinstance(part, str) and bad_character(part):
            found.append(finding("BadCharacters", at, bad_character(part)))
    for number, author in enumerate(value.get("authors", []), 1):
        at = f"{place}/authors[{number}]"
        if not any(author.get(key) for key in ("name", "url", "avatar")):
            found.append(finding("MissingElement", at, "name, url or avatar"))
        found += _json_object(author, at, _AUTHOR_KEYS, now)
    return found


def _markup(text: str) -> str:
    """JSON says that texts are plain: "&amp;" means just that. A title with tags came from HTML all the same."""
    markup = markup_in(text, HTML_TAGS)
    return markup if markup.endswith(">") else ""


def _json_entry(entry: Mapping[str, Any], place: str) -> list[Finding]:
    found: list[Finding] = []
    if not entry.get("id"):
        found.append(finding("MissingElement", place, "id"))
    if not entry.get("content_html") and not entry.get("content_text"):
        found.append(finding("MissingTextualContent", place, "content_html or content_text"))
    if isinstance(entry.get("content_html"), str):
        found += check_html(entry["content_html"], f"{place}/content_html", "RelativeReference")
    if any(not isinstance(tag, str) or not tag.strip() for tag in entry.get("tags", [])):
        found.append(finding("NotBlank", f"{place}/tags", "an empty tag"))
    for number, attachment in enumerate(entry.get("attachments", []), 1):
        at = f"{place}/attachments[{number}]"
        found += [finding("MissingAttribute", at, key) for key in ("url", "mime_type") if not attachment.get(key)]
        codes = [uri_code(attachment.get("url") or "x:y"), mime_code(attachment.get("mime_type") or "a/b")]
        size = attachment.get("size_in_bytes", 0)
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            codes.append("InvalidNonNegativeInteger")
        if not isinstance(attachment.get("duration_in_seconds", 0), int | float):
            codes.append("InvalidFloat")
        found += [finding(code, at, repr(attachment)) for code in codes if code]
    return found
