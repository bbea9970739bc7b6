"""Prepares the XML inside a .docx: removes what is not text and converts what mammoth does not know.

Word translates the names of styles, so headings are recognised by their outline level, their English built-in name
(ECMA-376 part 1 §17.7.4.9) or the style that they are based on.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from worker.seeds.readers.docx_zip import refusal

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# Strict documents (ISO/IEC 29500-1) use other namespaces for the same elements.
_STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", W[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", _M[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", _R[1:-1].encode()),
    (
        b"http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing",
        b"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    ),
    (b"http://purl.oclc.org/ooxml/drawingml/main", _A[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/drawingml/picture", b"http://schemas.openxmlformats.org/drawingml/2006/picture"),
)
_NO = frozenset({"0", "false", "off"})
_HEADING = re.compile(r"heading ?([1-9])", re.IGNORECASE)
_NAMED = {"title": "title", "intense quote": "quote", "quote": "quote"}
_LEVELS = 6
# Wrappers that mammoth drops together with their text: simple fields, directions, ruby.
_TRANSPARENT = tuple(W + name for name in ("fldSimple", "dir", "bdo", "ruby", "rubyBase"))
_OUTER = frozenset(W + name for name in ("body", "sdt", "sdtContent", "customXml"))
_UNSEEN = tuple(W + name for name in ("del", "moveFrom", "instrText", "delText", "rt", "pict", "drawing", "object"))

# TCVN3 (ABC), used by fonts named .Vn…, as the windows-1252 characters at its positions.
_TCVN3 = dict(
    zip(
        map(
            ord,
            "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\xadõö÷øùúûüýþ¡¢£¤¥¦§",
        ),
        "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂÊÔƠƯĐ",
        strict=True,
    )
)


@dataclass(slots=True)
class Styles:
    """roles: "1" to "6" for headings, "title", "quote", "toc", by style id. fonts: by style id, "" for the default.
    hidden: whether text is hidden, for the styles that say it.
    """

    roles: dict[str, str] = field(default_factory=dict)
    fonts: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Word:
    """main: name of the part with the text. body: its tree, changed in place. notes: of footnotes and endnotes."""

    parts: dict[str, bytes]
    main: str
    root: etree._Element
    styles: Styles
    notes: dict[str, etree._Element]
    warnings: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def paragraphs(self) -> list[etree._Element]:
        """The paragraphs with words in the text itself, not in tables or boxes."""
        return [
            paragraph
            for paragraph in self.root.iter(W + "p")
            if all(above.tag in _OUTER for above in paragraph.iterancestors() if above is not self.root)
            and text_of_paragraph(paragraph)
        ]

    def role(self, paragraph: etree._Element) -> str:
        properties = paragraph.find(W + "pPr")
        level = properties.find(W + "outlineLvl") if properties is not None else None
        if level is not None:
            return _level(value(level))
        return self.styles.roles.get(value(paragraph.find(f"{W}pPr/{W}pStyle")), "")

    def pack(self) -> io.BytesIO:
        """The document as a zip again, with only the parts that were checked."""
        for name, root in ((self.main, self.root), *self.notes.items()):
            self.parts[name] = etree.tostring(root, encoding="utf-8", xml_declaration=True)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, part in self.parts.items():
                archive.writestr(name, part)
        out.seek(0)
        return out


def prepare(parts: Mapping[str, bytes]) -> Word:
    """The document from these parts. Raises SeedError E_DOCX if there is none."""
    safe: dict[str, bytes] = {}
    trees: dict[str, etree._Element] = {}
    for name, part in parts.items():
        if not name.endswith((".xml", ".rels")):
            safe[name] = part
        elif (root := _tree(part)) is not None:
            trees[name] = root
            safe[name] = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    main = _main(trees)
    root = trees.get(main)
    if root is None or root.tag != W + "document":
        raise refusal("is not a Word .docx file", "save it as .docx in a word processor")
    folder = posixpath.dirname(main)
    styles = _styles(trees.get(f"{folder}/styles.xml"))
    notes = {
        name: tree for name, tree in trees.items() if name in (f"{folder}/footnotes.xml", f"{folder}/endnotes.xml")
    }
    word = Word(safe, main, root, styles, notes)
    relations = trees.get(f"{folder}/_rels/{posixpath.basename(main)}.rels")
    for tree in (root, *notes.values()):
        _clean(tree, word)
    _pictures(word, relations, folder)
    return word


def text_of_paragraph(paragraph: etree._Element) -> str:
    """The visible text of a paragraph, on one line."""
    return " ".join("".join(_texts(paragraph)).split())


def value(element: etree._Element | None) -> str:
    return (element.get(W + "val") or "") if element is not None else ""


def legacy(font: str, text: str) -> str:
    """Text as a pre-Unicode font shows it: .VnTime and the like; fonts whose names end in H show capitals."""
    if not font.startswith(".Vn"):
        return text
    read = text.translate(_TCVN3)
    return read.upper() if font.endswith("H") else read


def _texts(element: etree._Element) -> Iterator[str]:
    for child in element:
        if child.tag == W + "t":
            yield child.text or ""
        elif child.tag in (W + "br", W + "tab", W + "cr"):
            yield " "
        elif child.tag not in _UNSEEN:
            yield from _texts(child)


def _tree(part: bytes) -> etree._Element | None:
    for strict, usual in _STRICT:
        part = part.replace(strict, usual)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(part, parser)
    except (etree.LxmlError, ValueError):
        return None
    if root.getroottree().docinfo.internalDTD is not None:
        raise refusal("declares entities, which no Word .docx file does", "save it anew in a word processor")
    return root


def _main(trees: Mapping[str, etree._Element]) -> str:
    relations = trees.get("_rels/.rels")
    for relation in relations if relations is not None else ():
        target = (relation.get("Target") or "").lstrip("/")
        if (relation.get("Type") or "").endswith("/officeDocument") and target in trees:
            return target
    return "word/document.xml"


def _styles(root: etree._Element | None) -> Styles:
    found = Styles()
    if root is None:
        return found
    sheets = {sheet.get(W + "styleId") or "": sheet for sheet in root.iter(W + "style")}
    for key, sheet in sheets.items():
        chain: etree._Element | None = sheet
        seen: set[str] = set()
        while chain is not None:
            name = value(chain.find(W + "name")).lower()
            level = chain.find(f"{W}pPr/{W}outlineLvl")
            role = _NAMED.get(name, "") or ("toc" if name.startswith("toc ") else "")
            if heading := _HEADING.fullmatch(name):
                role = str(min(int(heading[1]), _LEVELS))
            role = role or (_level(value(level)) if level is not None else "")
            if role:
                found.roles.setdefault(key, role)
            vanish = chain.find(f"{W}rPr/{W}vanish")
            if vanish is not None:
                found.hidden.setdefault(key, value(vanish) not in _NO)
            font = chain.find(f"{W}rPr/{W}rFonts")
            if font is not None and font.get(W + "ascii"):
                found.fonts.setdefault(key, font.get(W + "ascii") or "")
            above = value(chain.find(W + "basedOn"))
            chain = None if above in seen else sheets.get(above)
            seen.add(above)
        if sheet.get(W + "default") and sheet.get(W + "type") == "paragraph" and key in found.fonts:
            found.fonts[""] = found.fonts[key]
    return found


def _level(outline: str) -> str:
    """Outline levels count from 0; 9 is body text."""
    return str(min(int(outline) + 1, _LEVELS)) if outline in set("012345678") else ""


def _clean(root: etree._Element, word: Word) -> None:
    for choice in list(root.iter(_MC + "AlternateContent")):
        _choose(choice)
    for element in list(root.iter(W + "sdt")):
        gallery = element.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
        if value(gallery) == "Table of Contents":
            detach(element)
    for element in list(root.iter(_M + "oMath")):
        run = etree.Element(W + "r")
        etree.SubElement(run, W + "t").text = "".join(part.text or "" for part in element.iter(_M + "t"))
        parent = element.getparent()
        if parent is not None:
            parent.replace(element, run)
    for element in list(root.iter(_M + "oMathPara")):
        element.tag = W + "smartTag"
    for element in list(root.iter(W + "rt")):
        detach(element)
    for element in list(root.iter(*_TRANSPARENT)):
        element.tag = W + "smartTag"
    for row in list(root.iter(W + "tr")):
        mark = row.find(f"{W}trPr/{W}hidden")
        if mark is not None and value(mark) not in _NO:
            _hide(row, word)
    for run in list(root.iter(W + "r")):
        if _is_hidden(run, word.styles):
            _hide(run, word)
    for paragraph in list(root.iter(W + "p")):
        role = word.role(paragraph)
        if role == "toc":
            detach(paragraph)
        _decode(paragraph, word.styles.fonts)
    if next(root.iter(W + "altChunk"), None) is not None:
        word.warnings.append("A document that was inserted as a file of its own is left out.")


def _is_hidden(run: etree._Element, styles: Styles) -> bool:
    """Whether a run is hidden: by its own properties, else its style, else the style of its paragraph."""
    own = run.find(f"{W}rPr/{W}vanish")
    if own is not None:
        return value(own) not in _NO
    paragraph = next(run.iterancestors(W + "p"), None)
    around = paragraph.find(f"{W}pPr/{W}pStyle") if paragraph is not None else None
    for style in (run.find(f"{W}rPr/{W}rStyle"), around):
        if (hidden := styles.hidden.get(value(style))) is not None:
            return hidden
    return False


def _hide(element: etree._Element, word: Word) -> None:
    word.hidden.append("".join(part.text or "" for part in element.iter(W + "t")))
    detach(element)


def mark(word: Word) -> None:
    """Gives each paragraph with a role a style of that name, which the style map knows."""
    for tree in (word.root, *word.notes.values()):
        for paragraph in tree.iter(W + "p"):
            if role := word.role(paragraph):
                properties = paragraph.find(W + "pPr")
                if properties is None:
                    properties = etree.Element(W + "pPr")
                    paragraph.insert(0, properties)
                style = properties.find(W + "pStyle")
                if style is None:
                    style = etree.SubElement(properties, W + "pStyle")
                style.set(W + "val", f"seed-{role}")


def _decode(paragraph: etree._Element, fonts: Mapping[str, str]) -> None:
    usual = fonts.get(value(paragraph.find(f"{W}pPr/{W}pStyle")), fonts.get("", ""))
    for run in paragraph.iter(W + "r"):
        own = run.find(f"{W}rPr/{W}rFonts")
        font = (own.get(W + "ascii") if own is not None else "") or usual
        if font.startswith(".Vn"):
            for part in list(run.iter(W + "softHyphen")):
                part.tag, part.text = W + "t", "\xad"
            for part in run.iter(W + "t"):
                part.text = legacy(font, part.text or "")


def _choose(choice: etree._Element) -> None:
    """mammoth reads only the fallback; without one, the text of boxes in the choice becomes the fallback."""
    if choice.find(_MC + "Fallback") is None:
        boxes = list(choice.iter(W + "txbxContent"))
        fallback = etree.SubElement(choice, _MC + "Fallback")
        holder = etree.SubElement(fallback, W + "pict") if boxes else fallback
        for part in boxes or [part for option in choice.iterfind(_MC + "Choice") for part in option]:
            holder.append(part)


def _pictures(word: Word, relations: etree._Element | None, folder: str) -> None:
    """Removes references to pictures that are not in the file."""
    inside = {
        relation.get("Id")
        for relation in (relations if relations is not None else ())
        if relation.get("TargetMode") != "External"
        and posixpath.normpath(posixpath.join("/" + folder, relation.get("Target") or "")).lstrip("/") in word.parts
    }
    missing = [blip for blip in word.root.iter(_A + "blip") if blip.get(_R + "embed") not in inside]
    for blip in missing:
        detach(blip)
    if missing:
        word.warnings.append("A picture that is linked, not stored in the document, is left out.")


def take_out(paragraph: etree._Element) -> None:
    """Removes a paragraph whose words are used elsewhere; its pictures stay."""
    if next(paragraph.iter(W + "drawing", W + "pict", W + "object"), None) is None:
        detach(paragraph)
    for part in list(paragraph.iter(W + "t")):
        detach(part)


def detach(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
