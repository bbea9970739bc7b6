"""Builders of Word documents for tests: by python-docx, and by hand where a document must be odd."""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import docx
from docx.document import Document as WordDocument

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
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


LONG_AGO = datetime(2025, 5, 4, 8, 30, tzinfo=UTC)
