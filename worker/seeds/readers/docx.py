"""A Word document as an entry: mammoth reads the text; title, properties and what the text says are read here.

A document made to take endless time or memory costs only the child that reads it, and gives a SeedError.
"""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import mammoth
from lxml import etree
from lxml import html as lxml_html

from feeds.model import Person
from feeds.text import dates, plaintext
from worker.entries.substitutes import FORMULAS
from worker.model import Embedded, Evidence, RawEntry, Reading
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.credits import beside_release
from worker.seeds.readers import docx_formulas, docx_marks, docx_xml, docx_zip, html_article
from worker.seeds.readers.headline import cut_headline, is_headline

_STYLE_MAP = "\n".join(
    (
        *(f"p.seed-{level} => h{level}:fresh" for level in range(1, 7)),
        "p.seed-title => h1:fresh",
        "p.seed-quote => blockquote > p:fresh",
        *docx_formulas.STYLES,
        "u => ",
    )
)
_CORE = "docProps/core.xml"
_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_CP = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_SIGNATURES = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"))
# Authors that word processors fill in by default.
_NOBODY = frozenset(
    {
        "python-docx",
        "microsoft office user",
        "admin",
        "administrator",
        "user",
        "author",
        "windows user",
        "unknown",
        "un-named",
        "pc",
        "owner",
        "home",
        "microsoft",
        "hp",
        "dell",
        "asus",
        "acer",
        "lenovo",
        "apache poi",
    }
)
_NO_TITLE = re.compile(
    r"microsoft word - .*|(?:document|dokument|tài liệu|untitled|word document|title)[ _-]?\d*|"
    r".*\.(?:docx?|dotx?|rtf|tmp)",
    re.IGNORECASE,
)
# Creation dates of templates: python-docx's, and Word's own epoch.
_TEMPLATES = frozenset({"2013-12-23T23:15:00Z", "1601-01-01T00:00:00Z", "1970-01-01T00:00:00Z"})
_FIRST_YEAR = 1995
# The most that mammoth reads within the child's memory: half of where it was seen to fail.
_MOST_ELEMENTS = 120_000


def read(body: bytes, context: SeedContext) -> Reading:
    """The entry of a .docx. Raises SeedError E_DOCX, without the file's name."""
    try:
        return _reading(body, context)
    except RecursionError as error:
        raise docx_zip.refusal("is nested too deeply") from error


def _reading(body: bytes, context: SeedContext) -> Reading:
    word = docx_xml.prepare(docx_zip.unpack(body))
    core = _core(word.parts)
    paragraphs = word.paragraphs()
    evidence: list[Evidence] = []
    while len(paragraphs) > 1 and beside_release(line := docx_xml.text_of_paragraph(paragraphs[0])) == "":
        evidence.append(Evidence("dropped", "the mark of a press release", "the first paragraph", line))
        docx_xml.take_out(paragraphs.pop(0))
    found, source, heading = _title(word, paragraphs, core)
    if heading is not None:
        paragraphs.remove(heading)
        docx_xml.take_out(heading)
    evidence += [Evidence("title", found, source)] if found else []
    created, modified = (_moment(core.get(name, ""), context) for name in ("created", "modified"))
    if created:
        evidence.append(Evidence("published", created, "the document's properties (created)"))
    authors: tuple[Person, ...] = ()
    if (name := core.get("creator", "")) and name.lower() not in _NOBODY:
        authors = tuple(Person(part.strip()) for part in name.split(";") if part.strip())
        evidence.append(Evidence("authors", name, "the document's properties (author)"))
    # w:lang is en-US in most documents, whatever their language, so only the language that the author stated counts.
    language = plaintext.language_tag(core.get("language", ""))
    categories = [name for part in re.split("[,;]", core.get("keywords", "")) if (name := part.strip())]
    if name := core.get("category", ""):
        categories.append(name)
    if categories:
        evidence.append(Evidence("categories", ", ".join(categories), "the document's properties (keywords)"))
    for reason, parts in word.dropped.items():
        words = " ".join(" ".join(parts).split())[:60]
        evidence.append(Evidence("dropped", reason, "the document", words))
    if word.formulas:
        evidence.append(Evidence("altered", f"{word.formulas} {FORMULAS}", "the document"))
    publication = tuple(docx_marks.marks(word.parts, core, tuple(categories), context))
    content, embedded = _content(word)
    content, lines = _numbered(content)
    entry = RawEntry(
        title=found,
        title_html=False,
        content=content,
        published=created,
        updated=modified if created and modified > created else "",
        authors=authors,
        categories=tuple(dict.fromkeys(categories)),
        language=language,
    )
    return Reading(entry, tuple(evidence), embedded, tuple(dict.fromkeys(word.warnings)), lines, publication)


def _numbered(content: str) -> tuple[str, tuple[str, ...]]:
    """The content with numbered paragraphs, as `Reading.paragraphs` needs it, and their words.

    Links within the document are removed, since they lead nowhere outside it; the numbers of notes stay.
    """
    root = lxml_html.fragment_fromstring(plaintext.xml_safe(content), create_parent="div")
    for link in list(root.iter("a")):
        if (link.get("href") or "#").startswith("#"):
            # mammoth's arrow leads from a note back to its mark.
            link.drop_tree() if link.text == "↑" else link.drop_tag()
    lines: list[str] = []
    for element in root:
        if element.tag == "p" and (words := html_article.text_of(element)):
            element.set("data-paragraph", str(len(lines)))
            lines.append(words)
    parts = (etree.tostring(child, encoding="unicode", method="html").strip() for child in root)
    return "\n".join(parts), tuple(lines)


def _title(
    word: docx_xml.Word, paragraphs: list[etree._Element], core: Mapping[str, str]
) -> tuple[str, str, etree._Element | None]:
    """The title, its place, and the paragraph that leaves the text because it is the title."""
    styled = next((part for part in paragraphs if word.role(part) == "title"), None)
    if styled is not None:
        return docx_xml.text_of_paragraph(styled), "the paragraph in the style Title", styled
    first = paragraphs[0] if paragraphs else None
    line = docx_xml.text_of_paragraph(first) if first is not None else ""
    if first is not None and word.role(first) == "1":
        return line, "the first heading", first
    stated = core.get("title", "")
    if stated and not _NO_TITLE.fullmatch(stated):
        return stated, "core property title", first if line == stated else None
    if first is not None and is_headline(line):
        return line, "the first paragraph", first
    return (cut_headline(line), "cut from the first paragraph, which stays", None) if line else ("", "", None)


def _content(word: docx_xml.Word) -> tuple[str, tuple[Embedded, ...]]:
    """HTML that is not sanitised yet, and the pictures in it."""
    docx_xml.mark(word)
    kept: dict[bytes, Embedded] = {}

    def picture(image: Any) -> list[Any]:
        with image.open() as source:
            body = source.read()
        kind = next((kind for start, kind in _SIGNATURES if body.startswith(start)), "")
        if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
            kind = "webp"
        if not kind:
            word.warnings.append(f"A picture of the kind {image.content_type} is left out; use PNG or JPEG.")
            return []
        name = f"embedded:image{len(kept) + 1}.{kind}"
        file = kept.setdefault(body, Embedded(name, f"image/{kind}", body))
        return [mammoth.html.element("img", {"src": file.name, "alt": image.alt_text or ""})]

    if sum(1 for _ in word.root.iter()) > _MOST_ELEMENTS:
        word.warnings.append("It is too long for its layout to be read; only its plain text is published.")
        return _plain(word), ()
    try:
        made = mammoth.convert_to_html(
            word.pack(), style_map=_STYLE_MAP, include_embedded_style_map=False, convert_image=picture
        )
    except MemoryError:
        raise
    except Exception:  # mammoth raises any exception on junk; the words were read without it
        word.warnings.append("Its layout could not be read; only its plain text is published.")
        return _plain(word), ()
    return str(made.value), tuple(kept.values())


def _plain(word: docx_xml.Word) -> str:
    lines = (docx_xml.text_of_paragraph(paragraph) for paragraph in word.root.iter(f"{docx_xml.W}p"))
    return "\n".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines if line)


def _core(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Core properties by name, on one line each; missing ones are absent."""
    if _CORE not in parts:
        return {}
    found: dict[str, str] = {}
    for element in etree.fromstring(parts[_CORE]):
        tag = str(element.tag)
        said = " ".join((element.text or "").split())
        if said and tag.startswith((_DC, _TERMS, _CP)):
            found.setdefault(tag.rpartition("}")[2], said)
    return found


def _moment(stated: str, context: SeedContext) -> str:
    """A date from the properties, unless it is a template's or later than the file's first sight."""
    moment: datetime | None = dates.parse(stated, context.zone) if stated else None
    if moment is None or moment > context.first_seen or moment.astimezone(UTC).year < _FIRST_YEAR:
        return ""
    said = dates.rfc3339(moment)
    return "" if said in _TEMPLATES else said
