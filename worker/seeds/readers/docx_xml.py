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

from worker.seeds.readers import docx_drawings, docx_fields, docx_formulas, docx_numbers, docx_symbols
from worker.seeds.readers.docx_zip import refusal
from worker.seeds.readers.ooxml import NO, PIC, WP, A, M, R, W, detach, text_run, value, words

__all__ = ["Styles", "W", "Word", "mark", "prepare", "take_out", "text_of_paragraph"]

# Strict documents (ISO/IEC 29500-1) use other namespaces for the same elements.
_STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", W[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", M[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", R[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing", WP[1:-1].encode()),
    *(
        (
            b"http://purl.oclc.org/ooxml/drawingml/" + name,
            b"http://schemas.openxmlformats.org/drawingml/2006/" + name,
        )
        for name in (b"chart", b"diagram")
    ),
    (b"http://purl.oclc.org/ooxml/drawingml/main", A[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/drawingml/picture", PIC[1:-1].encode()),
)
# Programs copy these from elsewhere, although XML has no place for them.
_CONTROL = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));", re.IGNORECASE
)
_HEADING = re.compile(r"heading ?([1-9])", re.IGNORECASE)
_NAMED = {"title": "title", "intense quote": "quote", "quote": "quote"}
_LEVELS = 6
# Wrappers that mammoth drops together with their text: directions, ruby.
_TRANSPARENT = tuple(W + name for name in ("dir", "bdo", "ruby", "rubyBase", "rt"))
_OUTER = frozenset(W + name for name in ("body", "sdt", "sdtContent", "customXml"))
_UNSEEN = tuple(W + name for name in ("del", "moveFrom", "instrText", "delText", "pict", "drawing", "object"))


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
    dropped: dict[str, list[str]] = field(default_factory=dict)
    formulas: int = 0

    def drop(self, reason: str, element: etree._Element) -> None:
        """Removes what is not for readers; its words are kept for `seedfeed why`."""
        self.dropped.setdefault(reason, []).append("".join(words(element)))
        detach(element)

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
    for name, tree in ((main, root), *notes.items()):
        relations = docx_drawings.relations_of(trees.get(_relations_name(name)), folder, safe)
        for hidden in docx_drawings.hidden(tree):
            word.drop("hidden text", hidden)
        word.warnings += docx_drawings.flatten(tree, relations, trees)
        _clean(tree, word)
    for kind in ("footnote", "endnote"):
        there = [one.get(W + "id") for one in notes.get(f"{folder}/{kind}s.xml", ())]
        for mark in [one for one in root.iter(f"{W}{kind}Reference") if one.get(W + "id") not in there]:
            detach(mark)  # mammoth stops at a note that is not there
    _number(word, trees, folder)
    if (sheets := trees.get(f"{folder}/styles.xml")) is not None:
        safe[f"{folder}/styles.xml"] = _named_alone(sheets)
    return word


def _named_alone(sheets: etree._Element) -> bytes:
    """The styles with nothing but their names, which is what mammoth reads of them; it builds each element in Python,
    and a template has thousands.
    """
    for sheet in list(sheets):
        if sheet.tag != W + "style":
            sheets.remove(sheet)
        for part in list(sheet):
            if part.tag != W + "name":
                sheet.remove(part)
    return etree.tostring(sheets, encoding="utf-8", xml_declaration=True)


def _relations_name(part: str) -> str:
    return f"{posixpath.dirname(part)}/_rels/{posixpath.basename(part)}.rels"


def _number(word: Word, trees: Mapping[str, etree._Element], folder: str) -> None:
    """Writes the numbers of paragraphs, and in place of the document's own numbering one that mammoth understands."""
    relations = trees.get(_relations_name(word.main))
    targets = [
        posixpath.normpath(posixpath.join("/" + folder, relation.get("Target") or "")).lstrip("/")
        for relation in (relations if relations is not None else ())
        if (relation.get("Type") or "").endswith("/numbering")
    ]
    name = next((target for target in targets if target in trees), "word/numbering.xml")
    numbering = docx_numbers.read(trees.get(name), trees.get(f"{folder}/styles.xml"))
    roots = (word.root, *word.notes.values())
    headed = {paragraph for root in roots for paragraph in root.iter(W + "p") if word.role(paragraph)}
    docx_numbers.number(roots, numbering, word.styles.fonts, headed)
    word.parts[name] = docx_numbers.PLAIN


def text_of_paragraph(paragraph: etree._Element) -> str:
    """The visible text of a paragraph, on one line."""
    return " ".join("".join(_texts(paragraph)).split())


def _texts(element: etree._Element) -> Iterator[str]:
    for child in element:
        if child.tag == W + "t":
            yield child.text or ""
        elif child.tag in (W + "br", W + "tab", W + "cr"):
            yield " "
        elif child.tag == W + "r":
            yield docx_formulas.in_plain_text(child, "".join(_texts(child)))
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
        try:
            root = etree.fromstring(_CONTROL.sub(b" ", part), parser)
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
            role = _NAMED.get(name, "") or ("toc" if name.startswith("toc ") or name == "table of figures" else "")
            if heading := _HEADING.fullmatch(name):
                role = str(min(int(heading[1]), _LEVELS))
            role = role or (_level(value(level)) if level is not None else "")
            if role:
                found.roles.setdefault(key, role)
            vanish = chain.find(f"{W}rPr/{W}vanish")
            if vanish is not None:
                found.hidden.setdefault(key, value(vanish) not in NO)
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
    for change in list(root.iter(W + "del", W + "moveFrom")):
        if len(change):  # an empty one marks the paragraph or row around it
            detach(change)
    for element in list(root.iter(W + "sdt")):
        gallery = element.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
        if value(gallery) == "Table of Contents":
            word.drop("the table of contents", element)
    for mark in list(root.iter("{*}checkbox")):
        detach(mark)  # its sign is in the text; mammoth would make a field of a form of it
    for reading in list(root.iter(W + "rt")):
        reading.insert(0, text_run("("))
        reading.append(text_run(")"))
        if (ruby := reading.getparent()) is not None:
            ruby.append(reading)
    for element in list(root.iter(*_TRANSPARENT)):
        element.tag = W + "smartTag"
    for prompt in list(root.iter(W + "sdt")):
        if _is_on(prompt.find(f"{W}sdtPr/{W}showingPlcHdr")):
            word.drop("the prompt of a field to fill in", prompt)
    for cell in list(root.iter(W + "tc")):
        if cell.find(f"{W}tcPr/{W}cellDel") is not None:
            row = cell.getparent()
            word.drop("a deleted cell", cell)
            if row is not None and row.tag == W + "tr" and next(row.iter(W + "tc"), None) is None:
                detach(row)
    for row in list(root.iter(W + "tr")):
        hidden = row.find(f"{W}trPr/{W}hidden")
        if hidden is not None and value(hidden) not in NO:
            word.drop("hidden text", row)
    for run in list(root.iter(W + "r", M + "r")):
        if _is_hidden(run, word.styles):
            word.drop("hidden text", run)
    word.formulas += docx_formulas.show_formulas(root)
    docx_fields.show_fields(root)
    for paragraph in list(root.iter(W + "p")):
        if word.role(paragraph) == "toc":
            word.drop("the table of contents", paragraph)
        _decode(paragraph, word.styles.fonts)
        _break(paragraph)
    if docx_symbols.spell(root):
        word.warnings.append("A sign of a symbol font that Unicode does not have is left out.")
    if next(root.iter(W + "altChunk"), None) is not None:
        word.warnings.append("A document that was inserted as a file of its own is left out.")


def _break(paragraph: etree._Element) -> None:
    """Breaks, tabs and hyphens in the forms that mammoth reads; a page break within words breaks the line."""
    for mark in list(paragraph.iter(W + "cr", W + "ptab", W + "noBreakHyphen")):
        if mark.tag == W + "noBreakHyphen":
            mark.tag, mark.text = W + "t", "\u2011"
        else:
            mark.tag = W + ("br" if mark.tag == W + "cr" else "tab")
    parts = list(paragraph.iter(W + "t", W + "br"))
    said = [place for place, part in enumerate(parts) if (part.text or "").strip()]
    for place, part in enumerate(parts):
        line = part.tag == W + "t" or part.attrib.pop(W + "type", "textWrapping") == "textWrapping"
        if not line and not (said and said[0] < place < said[-1]):
            detach(part)


def _is_on(mark: etree._Element | None) -> bool:
    return mark is not None and value(mark) not in NO


def _is_hidden(run: etree._Element, styles: Styles) -> bool:
    """Whether a run is hidden: by its own properties, else its style, else the style of its paragraph."""
    own = run.find(f"{W}rPr/{W}vanish")
    if own is not None:
        return value(own) not in NO
    paragraph = next(run.iterancestors(W + "p"), None)
    around = paragraph.find(f"{W}pPr/{W}pStyle") if paragraph is not None else None
    for style in (run.find(f"{W}rPr/{W}rStyle"), around):
        if (hidden := styles.hidden.get(value(style))) is not None:
            return hidden
    return False


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
                part.text = docx_symbols.legacy(font, part.text or "")


def take_out(paragraph: etree._Element) -> None:
    """Removes a paragraph whose words are used elsewhere; its pictures stay."""
    if next(paragraph.iter(W + "drawing", W + "pict", W + "object"), None) is None:
        detach(paragraph)
    for part in list(paragraph.iter(W + "t")):
        detach(part)
