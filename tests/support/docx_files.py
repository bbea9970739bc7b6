"""Builders of Word documents for tests: by python-docx, and by hand where a document must be odd."""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import docx
from docx.document import Document as WordDocument

from worker.model import Reading
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.story import complete_reading
from worker.seeds.readers import docx as reader

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
RELS = (
    f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" '
    f'Type="{_REL}/officeDocument" Target="word/document.xml"/></Relationships>'
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def made(build: Callable[[WordDocument], object], **core: Any) -> bytes:
    """What python-docx saves. core: core properties."""
    document = docx.Document()
    document.core_properties.author = core.pop("author", "python-docx")
    for name, value in core.items():
        setattr(document.core_properties, name, value)
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def packed(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def by_hand(body: str, main: str = "word/document.xml", **parts: str) -> bytes:
    """A document of this body; parts: more of them below word/, by their stem."""
    xml = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return packed(
        {
            "_rels/.rels": RELS.replace("word/document.xml", main),
            main: xml,
            **{f"word/{name}.xml": part for name, part in parts.items()},
        }
    )


def p(words: str, style: str = "", run: str = "") -> str:
    mark = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{mark}<w:r><w:rPr>{run}</w:rPr><w:t xml:space='preserve'>{words}</w:t></w:r></w:p>"


def styles(*sheets: tuple[str, str, str]) -> str:
    """styles.xml of (id, name, id of what it is based on)."""
    inside = "".join(
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/><w:basedOn w:val="{base}"/></w:style>'
        for key, name, base in sheets
    )
    return f'<w:styles xmlns:w="{W}">{inside}</w:styles>'


SEEN = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
LONG_AGO = datetime(2025, 5, 4, 8, 30, tzinfo=UTC)


def reading(body: bytes) -> Reading:
    """The reading of a document, in the process of the test."""
    context = SeedContext(zone=ZoneInfo("Asia/Ho_Chi_Minh"), first_seen=SEEN)
    return complete_reading(reader.read(body, context), "", context, text_first=True)


def content(inside: str, related: Mapping[str, tuple[str, str]] | None = None, **parts: str | bytes) -> str:
    """The content of a document whose text is a title and these blocks.

    related: the kind and the target of relations by their ids; external if it is a URL. parts: by their paths below
    word/, with "__" for "/" and without ".xml".
    """
    spaces = "".join(f' xmlns:{prefix}="{name}"' for prefix, name in NAMESPACES.items())
    relations = "".join(
        f'<Relationship Id="{key}" Type="{_REL}/{kind}" Target="{escape(target)}"'
        f"{' TargetMode=' + chr(34) + 'External' + chr(34) if '://' in target else ''}/>"
        for key, (kind, target) in (related or {}).items()
    )
    files: dict[str, str | bytes] = {
        "_rels/.rels": RELS,
        "word/document.xml": f"<w:document{spaces}><w:body>{p('T')}{inside}</w:body></w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{relations}</Relationships>',
    }
    for name, part in parts.items():
        place = f"word/{name.replace('__', '/')}"
        files[place if isinstance(part, bytes) else f"{place}.xml"] = part
    return reading(packed(files)).entry.content


NAMESPACES = {
    "w": W,
    "r": _REL,
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "wpg": "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
}
