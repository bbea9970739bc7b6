"""A Word document (.docx, ECMA-376) as an entry: mammoth makes HTML of it.

The title is the paragraph in the style Title, else a heading at the top, else the title among the properties, else the
first paragraph if it is a headline. Author and day among the properties are given, but for what templates and programs
leave there; what the text tells goes before them. Pictures in it come back as `Embedded`; nothing outside is read.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import mammoth
from lxml import etree, html

from feeds import dates, text
from feeds.errors import SeedError
from feeds.model import Person
from worker.model import Embedded, Evidence, RawEntry, Reading
from worker.seeds import archive
from worker.seeds.front import SeedContext
from worker.seeds.wire import cut_headline, is_headline

_STYLES = """
p[style-name='Title'] => h1.title:fresh
p[style-name='Subtitle'] => p.subtitle:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Block Text'] => blockquote > p:fresh
p[style-name='Caption'] => p.caption > em:fresh
p[style-name='Body Text'] => p:fresh
strike => s
"""
_PICTURES = {
    "image/png": "png", "image/jpeg": "jpg", "image/jpg": "jpg", "image/pjpeg": "jpg", "image/gif": "gif",
    "image/webp": "webp", "image/avif": "avif",
}  # fmt: skip
_NAMES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "terms": "http://purl.org/dc/terms/",
    "cp": "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
}
# What templates and programs write into the properties of every document.
_NO_TITLE = re.compile(
    r"(?i)(?:microsoft word - .*|document ?\d*|dokument ?\d*|untitled.*|title|normal|.*\.(?:docx?|dotx?|odt))"
)
_NO_AUTHOR = re.compile(
    r"(?i)(?:python-docx|microsoft.*|admin(?:istrator)?|(?:windows )?user|utilisateur.*|benutzer|usuario|un-?named|pc"
    r"|hp|dell|acer|asus|lenovo|owner|author|office.*|apache poi|.*\\.*)"
)
_TEMPLATE_DATES = frozenset({datetime(2013, 12, 23, 23, 15, tzinfo=UTC)})  # python-docx


def read(body: bytes, context: SeedContext) -> Reading:
    """An entry of a .docx. Raises SeedError E_DOCX without a name, for `worker.seeds.read` to add."""
    opened = archive.opened(body)
    properties = _properties(archive.read(opened, "docProps/core.xml"))
    embedded: list[Embedded] = []
    warnings: list[str] = []
    try:
        made = mammoth.convert_to_html(
            io.BytesIO(body), style_map=_STYLES, convert_image=mammoth.images.img_element(_keeper(embedded, warnings))
        ).value
    except SeedError:
        raise
    except MemoryError:
        raise
    except RecursionError as error:
        raise SeedError("", "is nested too deeply to be read; it is not published.", "E_DOCX") from error
    except Exception as error:  # whatever is wrong with a document, mammoth says it in its own way
        raise SeedError("", "is a damaged Word file. It is not published; save it anew.", "E_DOCX") from error
    root = html.fragment_fromstring(text.xml_safe(made) or "<p></p>", create_parent="div")
    _without_fragments(root)
    evidence: list[Evidence] = []
    title = _title(root, properties, evidence)
    paragraphs = [element for element in root if element.tag == "p" and _words(element)]
    for number, element in enumerate(paragraphs):
        element.set("data-paragraph", str(number))
    entry = RawEntry(
        title=title,
        title_html=False,
        content=_inner(root),
        categories=tuple(_listed(properties.get("keywords", ""))),
    )
    entry = _with_properties(entry, properties, context, evidence)
    told = tuple(_words(element) for element in paragraphs)
    return Reading(entry, tuple(evidence), tuple(embedded), tuple(warnings), told)


def _with_properties(
    entry: RawEntry, properties: dict[str, str], context: SeedContext, evidence: list[Evidence]
) -> RawEntry:
    """The entry with author and day of the document's own properties, where they can be meant."""
    creator, created = properties.get("creator", ""), dates.parse(properties.get("created", ""), UTC)
    if creator and not _NO_AUTHOR.fullmatch(creator):
        evidence.append(Evidence("authors", creator, "the document's properties (author)"))
        entry = replace(entry, authors=tuple(Person(name) for name in _listed(creator, ";")))
    believed = created and created <= context.first_seen and created.year >= 1990 and created not in _TEMPLATE_DATES
    if created and believed:
        evidence.append(Evidence("published", dates.rfc3339(created), "the document's properties (created)"))
        entry = replace(entry, published=dates.rfc3339(created))
    return entry


def _title(root: Any, properties: dict[str, str], evidence: list[Evidence]) -> str:
    """The title, taken out of the text where it stands there; "" if there is none."""
    styled = next((element for element in root.iter("h1") if element.get("class") == "title" and _words(element)), None)
    shown = [element for element in root if _words(element) or element.find(".//img") is not None]
    top = shown[0] if shown and re.fullmatch("h[1-6]", str(shown[0].tag)) and _words(shown[0]) else None
    stated = properties.get("title", "")
    found = styled if styled is not None else top
    if found is not None:
        source = "the paragraph in the style Title" if styled is not None else "the heading at the top"
    elif stated and not _NO_TITLE.fullmatch(stated):
        evidence.append(Evidence("title", stated, "the document's properties (title)"))
        if shown and _words(shown[0]) == stated:
            shown[0].drop_tree()
        return stated
    elif shown and shown[0].tag == "p" and _words(shown[0]):
        first = _words(shown[0])
        if not (len(shown) > 1 and is_headline(first)):
            evidence.append(Evidence("title", cut_headline(first), "cut from the first paragraph, which stays"))
            return cut_headline(first)
        found, source = shown[0], "the first paragraph"
    else:
        return ""
    words: str = _words(found)
    evidence.append(Evidence("title", words, source))
    found.drop_tree()
    return words


def _keeper(embedded: list[Embedded], warnings: list[str]) -> Any:
    """Keeps the pictures that browsers show, and tells of the others."""

    def keep(image: Any) -> dict[str, str]:
        extension = _PICTURES.get(str(image.content_type).lower())
        if extension is None:
            warnings.append(f"a picture of a kind that browsers do not show ({image.content_type}) is left out.")
            return {"src": ""}
        with image.open() as file:
            body = file.read()
        name = f"embedded:picture-{len(embedded) + 1}.{extension}"
        embedded.append(Embedded(name, str(image.content_type).lower(), body))
        return {"src": name}

    return keep


def _properties(xml: bytes) -> dict[str, str]:
    """The core properties by name (ECMA-376 part 2, §11)."""
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.LxmlError, ValueError):
        return {}
    found = {}
    for path in ("dc:title", "dc:creator", "dc:language", "terms:created", "cp:keywords"):
        words = root.findtext(path, "", _NAMES)
        found[path.partition(":")[2]] = " ".join(text.xml_safe(words).split())
    return found


def _listed(words: str, signs: str = ",;") -> Iterator[str]:
    yield from (part for piece in re.split(f"[{signs}]", words) if (part := piece.strip()))


def _without_fragments(root: Any) -> None:
    """Notes keep their numbers; links within the document lead nowhere outside of it."""
    for link in list(root.iter("a")):
        if (link.get("href") or "#").startswith("#"):
            link.drop_tag()


def _words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _inner(root: Any) -> str:
    parts = [etree.tostring(child, encoding="unicode", method="html") for child in root]
    return "\n".join(part.strip() for part in parts)
