"""What a web page says about itself: <meta> elements, JSON-LD, microdata, <time>. Fetches nothing.

Uses names of the Open Graph protocol, Dublin Core, schema.org (NewsArticle and the like) and common ones of newspapers.
The first statement of the most precise vocabulary counts.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from worker.model import Evidence
from worker.seeds.readers import header_keys, header_lines

_PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "date", "dc.date.issued",
    "dcterms.issued", "dc.date", "dcterms.date", "dcterms.created", "pubdate", "publishdate", "publish-date",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "citation_publication_date",
)  # fmt: skip
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified")
_DESCRIPTION = ("og:description", "description", "dc.description", "dcterms.description", "twitter:description")
_AUTHOR = ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl")
_TITLE = ("og:title", "twitter:title", "dc.title", "dcterms.title", "parsely-title")
_ARTICLES = re.compile(r"(?:News|Blog|Reportage|Opinion|Analysis|Review)?(?:Article|Posting)|LiveBlogPosting|Report")
_NO_NAME = re.compile(r"(?i)https?:|www\.|^@|\sby\s|^(?:admin(?:istrator)?|editor|staff|user|root|webmaster|guest)$")
_CALLED = re.compile(r"\s*(?:기자|특파원|記者|记者)$")
_WRITTEN_BY = r"\b(?:by|von|par|por|di|bởi|автор)\b[:\s]"
_SIGNED_AND_DATED = re.compile(
    rf"(?is)(?:.{{0,20}})(?P<names>{_WRITTEN_BY}.{{2,80}}?)\s*(?:[,|•·–—-]|\bon\b)\s*(?P<date>.*\d.*)"
)
_META = re.compile(r"(?i)(?:^|[\s_-])(?:submitted|meta|byline|by-line|author|posted|info|credits?)(?:[\s_-]|$)")
_DIGIT = re.compile(r"\d")
_BY = re.compile(r"(?i)^(?:by|von|par|por|di|bởi|автор)\b[:\s]\s*")
_SIGNED = re.compile(r"(?i)(?:^|\s)(?:byline|by-line|author|author-name|post-author|entry-author|tac-?gia)(?:\s|$)")
_DATED = re.compile(
    r"(?i)(?:^|[\s_-])(?:date|datetime|pub-?date|publish-?date|published|posted-on|time|ngay|thoi-?gian)(?:[\s_-]|$)"
)
_LABEL = re.compile(r"^[^\d:]{2,25}:\s*")
_LONGEST_SIGN = 80
_DEEPEST = 6
_LARGEST_JSON = 512 * 1024


@dataclass(slots=True)
class Metadata:
    """titles: all stated titles, most precise first. published, modified: as written. evidence: for each field."""

    titles: list[str] = field(default_factory=list)
    site_name: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""
    description: str = ""
    language: str = ""
    image: str = ""
    url: str = ""
    evidence: list[Evidence] = field(default_factory=list)

    def take(self, name: str, value: Any, source: str) -> None:
        """Keeps a field's first value."""
        if value and not getattr(self, name):
            setattr(self, name, value)
            if name not in _FIELDS:
                return
            shown = ", ".join(value) if isinstance(value, tuple) else value
            self.evidence.append(Evidence(_FIELDS[name], shown, source))


_FIELDS = {"published": "published", "authors": "authors", "description": "summary", "image": "image"}


def of(root: etree._Element) -> Metadata:
    """The metadata of a page."""
    found = Metadata()
    for article, known in _json_ld(root):
        _from_json(article, known, found)
    meta = _meta(root)
    for name in _TITLE:
        if name in meta:
            found.titles.append(meta[name])
    found.site_name = meta.get("og:site_name", "")
    for name, keys in (("published", _PUBLISHED), ("modified", _MODIFIED), ("description", _DESCRIPTION)):
        for key in keys:
            found.take(name, meta.get(key, ""), f"<meta {key}>")
    for key in _AUTHOR:
        found.take("authors", names_of_people([meta.get(key, "")]), f"<meta {key}>")
    found.take("image", meta.get("og:image", "") or meta.get("twitter:image", ""), "<meta og:image>")
    found.url = meta.get("og:url", "")
    _from_markup(root, found)
    stated = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    stated = stated or meta.get("content-language", "") or meta.get("og:locale", "") or found.language
    found.language = stated.partition(",")[0].strip().replace("_", "-")
    return found


_NOT_PUBLIC = frozenset(
    {"status-draft", "status-private", "status-pending", "status-future", "status-auto-draft", "post-password-required"}
)


def is_article(root: etree._Element) -> bool:
    """Whether the page says that it is an article, and not a mail that was saved."""
    return next(root.iter("article"), None) is not None or _meta(root).get("og:type", "").lower() == "article"


def publication(root: etree._Element) -> list[tuple[str, str]]:
    """What a page says that holds it back, or may: Pelican's <meta>, the properties of a page from Notion, schema.org,
    the classes of WordPress; titles, descriptions and moments.
    """
    said = list(_meta(root).items())
    said += [(named, ", ".join(values)) for _, named, values in _properties(root)]
    said += [("status", _word(article.get("creativeWorkStatus"))) for article, _ in _json_ld(root)]
    held = [(key, value) for key, value in said if value and header_lines.holds({key: value}, timed=False)]
    for name, value in _meta(root).items():
        key = re.split("[:.]", name)[-1]
        if header_keys.meaning(key) == "publish_at" or key in ("title", "description"):
            held.append(("headline" if key == "title" else key, value))
        elif key == "keywords":
            held += [(key, word) for word in value.split(",") if header_keys.unready(word.strip())]
    marked = (
        word for part in root.iter("body", "main", "article", "div") for word in (part.get("class") or "").split()
    )
    return held + [("class", word) for word in marked if word in _NOT_PUBLIC]


def take_properties(root: etree._Element) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Takes the properties of a page of Notion out of it: its tags, and the names of all."""
    found = list(_properties(root))
    for row, _, _ in found:
        if (parent := row.getparent()) is not None:
            parent.remove(row)
    tags = [value for _, named, values in found if header_keys.meaning(named) in ("tags", "categories")
            for value in values]  # fmt: skip
    return tuple(dict.fromkeys(tags)), tuple(named for _, named, _ in found)


def _properties(root: etree._Element) -> Iterator[tuple[etree._Element, str, list[str]]]:
    """The rows of the table of properties that Notion writes above a page, with the name and values of each."""
    for row in list(root.iter("tr")):
        if "property-row" in (row.get("class") or ""):
            cells = list(row.iter("td"))
            marked = [part for cell in cells for part in cell.iter("span") if "selected" in (part.get("class") or "")]
            values = [words for part in marked or cells if (words := _text(part))]
            yield row, " ".join(_text(cell) for cell in row.iter("th")), values


def is_signed_and_dated(words: str) -> bool:
    """Whether words are a by-line with its date: "By Ada Holm | 3 November 2025"."""
    return _SIGNED_AND_DATED.fullmatch(words) is not None


def names_of_people(said: Iterable[str]) -> tuple[str, ...]:
    """Names of people from a page's statements: no addresses, no handles, no "By"."""
    parts = (part for one in said for part in re.split(r"\s*[,;|]\s*|\s+(?:and|và|et|und|y)\s+", one) if part)
    cleaned = (_CALLED.sub("", " ".join(_BY.sub("", part).split())) for part in parts)
    people = (name for name in cleaned if 1 < len(name) <= 80 and not _NO_NAME.search(name))
    # "ines" is a login, "Ines" or "Ines Farrowdale" a name; digits belong to dates.
    people = (name for name in people if not (name.isascii() and name.islower()) and not _DIGIT.search(name))
    return tuple(dict.fromkeys(people))


def _meta(root: etree._Element) -> dict[str, str]:
    """Content of <meta> by lower-case name, property, http-equiv or itemprop; the first of each."""
    meta: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("http-equiv") or element.get("itemprop")
        content = " ".join((element.get("content") or "").split())
        if name and content:
            meta.setdefault(name.strip().lower(), content)
    return meta


# JSON-LD (W3C JSON-LD 1.1 §7), as used for schema.org's articles


def _json_ld(root: etree._Element) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each article that scripts describe, with the other things they describe, by @id."""
    for script in root.iter("script"):
        if (script.get("type") or "").strip().lower() != "application/ld+json":
            continue
        written = (script.text or "").strip()[:_LARGEST_JSON]
        try:
            whole = json.loads(written, strict=False)
            graph = whole.get("@graph", []) if isinstance(whole, dict) else whole
            named = [one for one in graph if isinstance(one, dict)] if isinstance(graph, list) else []
            known = {str(one["@id"]): one for one in named if "@id" in one}
            yield from ((article, known) for article in _articles(whole, 0))
        except (ValueError, RecursionError):
            continue


def _articles(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for part in value:
            yield from _articles(part, depth + 1)
    elif isinstance(value, dict):
        kinds = value.get("@type", "")
        if any(
            isinstance(kind, str) and _ARTICLES.fullmatch(kind)
            for kind in (kinds if isinstance(kinds, list) else [kinds])
        ):
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _articles(value.get(key), depth + 1)


def _from_json(article: dict[str, Any], known: dict[str, Any], found: Metadata) -> None:
    if title := _word(article.get("headline")) or _word(article.get("name")):
        found.titles.append(title)
    found.take("published", _word(article.get("datePublished")), "JSON-LD datePublished")
    found.take("modified", _word(article.get("dateModified")), "JSON-LD dateModified")
    found.take("description", _word(article.get("description")), "JSON-LD description")
    said = article.get("author") or article.get("creator")
    people = said if isinstance(said, list) else [said]
    # {"@id": …} refers to a person described elsewhere in the graph.
    people = [known.get(str(one.get("@id")), one) if isinstance(one, dict) else one for one in people]
    found.take("authors", names_of_people(_word(person) for person in people), "JSON-LD author")
    found.take("language", _word(article.get("inLanguage")), "JSON-LD inLanguage")


def _word(value: Any) -> str:
    """A string, or the name of an object, on one line."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or value.get("alternateName") or ""
    return " ".join(value.split()) if isinstance(value, str) else ""


# Microdata and elements


def _from_markup(root: etree._Element, found: Metadata) -> None:
    for element in root.iter(etree.Element):
        roles = (element.get("itemprop") or "").lower().split()
        if "datepublished" in roles:
            found.take("published", _stated(element), "itemprop=datePublished")
        elif "author" in roles or "author" in (element.get("rel") or "").lower().split():
            named = next((_text(part) for part in element.iter() if part.get("itemprop") == "name"), "")
            found.take(
                "authors",
                names_of_people([named or element.get("content") or _text(element)]),
                "itemprop or rel=author",
            )
        elif element.tag == "time" and element.get("datetime") and (element.get("pubdate") is not None):
            found.take("published", element.get("datetime"), "<time pubdate>")
    if not found.published:
        for element in root.iter("time"):
            words = element.get("datetime") or _text(element)
            if re.search(r"(?:19|20)\d\d", words) and not _of_a_reader(element):
                found.take("published", words, "<time>")
    for element in root.iter(etree.Element):
        named = element.get("class") or ""
        if not named or len(words := _text(element)) > _LONGEST_SIGN:
            continue
        if _META.search(named) and (both := _SIGNED_AND_DATED.fullmatch(words)) and not _of_a_reader(element):
            found.take("authors", names_of_people([both["names"]]), "the by-line of the page")
            dated = both["date"] if re.search(r"\b(?:19|20)\d\d\b", both["date"]) else ""
            found.take("published", dated, "the by-line of the page")
        if not found.authors and _SIGNED.search(named) and not _of_a_reader(element):
            found.take("authors", names_of_people([words]), "the by-line of the page")
        if not found.published and _DATED.search(named) and re.search(r"\b(?:19|20)\d\d\b", words):
            found.take("published", _LABEL.sub("", words), "the date line of the page")


def _of_a_reader(element: etree._Element) -> bool:
    """Whether an element is in the comments of readers."""
    return any("comment" in f"{one.get('class')} {one.get('id')}".lower() for one in element.iterancestors())


def _stated(element: etree._Element) -> str:
    return " ".join((element.get("content") or element.get("datetime") or _text(element)).split())


def _text(element: etree._Element) -> str:
    return " ".join("".join(str(part) for part in element.itertext()).split())
