"""Names and small parts of the XML of Word (ECMA-376 part 1), shared by the modules that read a .docx."""

from collections.abc import Iterator

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
PIC = "{http://schemas.openxmlformats.org/drawingml/2006/picture}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
V = "{urn:schemas-microsoft-com:vml}"
NO = frozenset({"0", "false", "off"})


def value(element: etree._Element | None) -> str:
    return (element.get(W + "val") or "") if element is not None else ""


def detach(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def text_run(words: str) -> etree._Element:
    run = etree.Element(W + "r")
    etree.SubElement(run, W + "t").text = words
    return run


def paragraph(words: str) -> etree._Element:
    made = etree.Element(W + "p")
    made.append(text_run(words))
    return made


def replace(element: etree._Element, others: list[etree._Element]) -> None:
    """Puts other elements in the place of one."""
    parent = element.getparent()
    if parent is not None:
        place = parent.index(element)
        parent[place : place + 1] = others


def link_runs(address: str) -> tuple[etree._Element, etree._Element]:
    """The runs before and behind what is a link to this address, in the only form of a field that mammoth reads."""
    before, behind = etree.Element(W + "r"), etree.Element(W + "r")
    etree.SubElement(before, W + "fldChar").set(W + "fldCharType", "begin")
    safe = " ".join(address.split()).replace('"', "%22").replace(" ", "%20")
    etree.SubElement(before, W + "instrText").text = f'HYPERLINK "{safe}"'
    etree.SubElement(before, W + "fldChar").set(W + "fldCharType", "separate")
    etree.SubElement(behind, W + "fldChar").set(W + "fldCharType", "end")
    return before, behind


def words(element: etree._Element) -> Iterator[str]:
    """The text in an element, with a space wherever Word breaks or separates."""
    for child in element.iter(W + "t", M + "t", W + "br", W + "cr", W + "tab", W + "ptab", W + "p"):
        yield (child.text or "") if child.tag in (W + "t", M + "t") else " "
