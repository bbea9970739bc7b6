"""Handlers for elements of items and entries: all versions of RSS, Atom, and modules about single entries."""

from typing import Any

from worker.parse.gather import COMMON, Gatherer, Handler, Table, attributes, link, misplaced, reference, text, title
from worker.parse.markup import sole_text


def description(g: Gatherer, element: Any) -> None:
    _summary(g, element, "text/html")


def media_description(g: Gatherer, element: Any) -> None:
    """Plain text unless it says otherwise (Media RSS 1.5.1)."""
    _summary(g, element, "text/plain")


def summary(g: Gatherer, element: Any) -> None:
    _summary(g, element, "text/plain")


def _summary(g: Gatherer, element: Any, default: str) -> None:
    if "summary" in g.context and not g.has_content:
        content(g, element)
        return
    detail = g.construct(element, default)
    g.store("summary", detail["value"])
    g.context["summary_detail"] = detail


def content(g: Gatherer, element: Any) -> None:
    _content(g, element, "text/plain")


def encoded(g: Gatherer, element: Any) -> None:
    _content(g, element, "text/html")


def _content(g: Gatherer, element: Any, default: str) -> None:
    g.has_content = True
    detail = g.construct(element, default)
    if source := element.get("src"):
        detail["src"] = source.strip()
    g.context.setdefault("content", []).append(detail)
    if detail["type"] in ("text/plain", "text/html", "application/xhtml+xml"):
        g.context.setdefault("summary", detail["value"])


def enclosure(g: Gatherer, element: Any) -> None:
    said = attributes(element)
    said["href"] = said.get("url") or said.get("uri") or said.get("href") or ""
    said["rel"] = "enclosure"
    g.context.setdefault("links", []).append(said)


def category(g: Gatherer, element: Any) -> None:
    said = attributes(element) if element.attrib else {}
    _tag(g, said.get("term"), said.get("scheme", said.get("domain")), said.get("label"))
    _category_text(g, element)


def media_category(g: Gatherer, element: Any) -> None:
    said = attributes(element)
    scheme = said.get("scheme", "http://search.yahoo.com/mrss/category_schema")
    _tag(g, said.get("term"), scheme, said.get("label"))
    _category_text(g, element)


def itunes_category(g: Gatherer, element: Any) -> None:
    _tag(g, element.get("text", "").strip(), "http://www.itunes.com/", None)
    if len(element):
        g.walk(element)
    else:
        _category_text(g, element)


def _category_text(g: Gatherer, element: Any) -> None:
    value = sole_text(element)
    tags = g.context.get("tags")
    if value and tags and not tags[-1]["term"]:
        tags[-1]["term"] = value
    elif value:
        _tag(g, value, None, None)


def _tag(g: Gatherer, term: str | None, scheme: str | None, label: str | None) -> None:
    if term or scheme or label:
        tag = {"term": term, "scheme": scheme, "label": label}
        tags = g.context.setdefault("tags", [])
        if tag not in tags:
            tags.append(tag)


def keywords(scheme: str | None) -> Handler:
    def handler(g: Gatherer, element: Any) -> None:
        for term in sole_text(element).split(","):
            _tag(g, term.strip(), scheme, None) if term.strip() else None

    return handler


def media_title(g: Gatherer, element: Any) -> None:
    before = g.title_depth
    title(g, element)
    g.title_depth = before


def media_content(g: Gatherer, element: Any) -> None:
    said = attributes(element)
    g.context.setdefault("media_content", []).append(said)
    if len(element):
        said["title"] = _caption(element)
        g.walk(element)


def _caption(element: Any) -> str:
    """The title of a file; feedparser keeps it only for the entry."""
    for name in ("title", "description"):
        for child in element:
            if child.tag in (f"{{http://search.yahoo.com/mrss/}}{name}", f"{{http://search.yahoo.com/mrss}}{name}"):
                return sole_text(child)
    return ""


def media_group(g: Gatherer, element: Any) -> None:
    """Several forms of the same thing; each media:content is marked with the number of its group."""
    before = len(g.context.get("media_content", ()))
    g.walk(element)
    forms = g.context.get("media_content", ())[before:]
    if len(forms) > 1:
        g.context["groups"] = number = g.context.get("groups", 0) + 1
        for said in forms:
            said["group"] = str(number)


def media_thumbnail(g: Gatherer, element: Any) -> None:
    said = attributes(element)
    said.setdefault("url", sole_text(element))
    g.context.setdefault("media_thumbnail", []).append(said)


def itunes_image(g: Gatherer, element: Any) -> None:
    if href := element.get("href") or element.get("url"):
        g.context["image"] = {"href": href.strip()}


def plain_text(key: str) -> Handler:
    """The text of an element whose name others use for other things, with elements inside."""

    def handler(g: Gatherer, element: Any) -> None:
        if len(element):
            g.walk(element)
        else:
            g.store(key, sole_text(element))

    return handler


def source(g: Gatherer, element: Any) -> None:
    entry, table, depths = g.context, g.table, g.depths
    g.context, g.table, g.depths, g.title_depth = {}, SOURCE, None, -1
    if url := attributes(element).get("url"):
        g.context["href"] = url
    if len(element):
        g.walk(element)
    elif value := sole_text(element):
        g.context["title"] = value
    entry["source"] = g.context
    g.context, g.table, g.depths = entry, table, depths


ENTRY = Table(
    COMMON
    | {
        "summary": summary,
        "itunes:summary": summary,
        "description": description,
        "dc:description": description,
        "media:description": media_description,
        "content": content,
        "content:encoded": encoded,
        "fullitem": encoded,
        "abstract": misplaced,
        "enclosure": enclosure,
        "category": category,
        "keywords": category,
        "dc:subject": category,
        "media:category": media_category,
        "itunes:category": itunes_category,
        "itunes:keywords": keywords("http://www.itunes.com/"),
        "media:keywords": keywords(None),
        "tags": keywords(None),
        "media:title": media_title,
        "media:content": media_content,
        "media:group": media_group,
        "itunes:duration": text("itunes_duration"),
        "itunes:explicit": text("itunes_explicit"),
        "media:thumbnail": media_thumbnail,
        "itunes:image": itunes_image,
        "itunes:link": itunes_image,
        "source": source,
        "comments": reference("comments"),
        "feedburner:origlink": text("feedburner_origlink"),
        **{name: plain_text(name.replace(":", "_")) for name in ("app:draft", "oldapp:draft", "draft")},
        **{name: plain_text(name.replace(":", "_")) for name in ("wp:status", "blogger:status", "status")},
        "wp:post_password": text("wp_post_password"),
    }
)
SOURCE = Table(COMMON | {"link": link})
