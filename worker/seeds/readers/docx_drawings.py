"""Words and pictures inside of drawings, text boxes, charts and diagrams, in the places where mammoth finds them.

mammoth reads only pictures directly in a drawing, boxes in some shapes of VML, and of alternatives the oldest. Words go
below the paragraph that the drawing is anchored in; a chart becomes a table of its values, a diagram (SmartArt) its
words.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping

from lxml import etree

from worker.seeds.readers.ooxml import (
    MC,
    NO,
    PIC,
    WP,
    A,
    R,
    V,
    W,
    detach,
    link_runs,
    paragraph,
    replace,
    text_run,
    words,
)

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_BOX = W + "txbxContent"
_SHAPES = frozenset(V + name for name in ("oval", "line", "polyline", "curve", "arc", "image", "background"))
# Parts of a drawing that may be hidden by themselves.
_SHAPED = frozenset({"wsp", "pic", "wgp", "grpSp", "graphicFrame"})
_INVISIBLE = re.compile(r"visibility\s*:\s*hidden", re.IGNORECASE)
_MOST_ROWS, _MOST_SERIES = 200, 20

Relations = Mapping[str, tuple[str, bool]]


def flatten(root: etree._Element, relations: Relations, trees: Mapping[str, etree._Element]) -> list[str]:
    """Rewrites all drawings below `root`; what to tell the author.

    relations: of this part: by id, the name of a part, or what is not in the document and True. trees: the other parts.
    """
    warnings: list[str] = []
    for choice in reversed(list(root.iter(MC + "AlternateContent"))):
        _choose(choice)
    for drawing in reversed(list(root.iter(W + "drawing"))):
        warnings += _drawing(drawing, relations, trees)
    for picture in list(root.iter(W + "pict", W + "object")):
        _shapes(picture)
    return warnings + _stored(root, relations)


def hidden(root: etree._Element) -> list[etree._Element]:
    """What is hidden in the Selection Pane of Word: drawings with both of their forms, and shapes in them."""
    found = [shape for shape in root.iter(f"{V}*") if _INVISIBLE.search(shape.get("style") or "")]
    for named in root.iter("{*}docPr", "{*}cNvPr"):
        if named.get("hidden", "0") not in NO:
            whole = ("drawing",) if etree.QName(named).localname == "docPr" else _SHAPED
            part = next((one for one in named.iterancestors() if etree.QName(one).localname in whole), None)
            above = part.getparent() if part is not None else None
            both = above.getparent() if above is not None and above.tag == MC + "Choice" else None
            found += [one for one in (both if both is not None else part,) if one is not None]
    return list(dict.fromkeys(found))


def _choose(choice: etree._Element) -> None:
    """One of the alternatives: words of the newest that has any, and of the last one what it shows besides."""
    chosen = [part for option in choice.iterfind(MC + "Choice") for part in option]
    fallback = [part for option in choice.iterfind(MC + "Fallback") for part in option]
    shown = fallback or chosen
    known = "".join("".join(words(part)) for part in shown).split()
    boxes = [] if _say(fallback) else [box for part in chosen if fallback for box in _boxes(part)]
    boxes = [box for box in boxes if "".join(words(box)).split() and "".join(words(box)).split() != known]
    replace(choice, [*shown, *_below(boxes)])


def _say(parts: list[etree._Element]) -> bool:
    return any("".join(words(box)).strip() for part in parts for box in _boxes(part))


def _boxes(element: etree._Element) -> list[etree._Element]:
    """The outermost boxes of text in an element."""
    return [element] if element.tag == _BOX else [box for child in element for box in _boxes(child)]


def _below(parts: list[etree._Element]) -> list[etree._Element]:
    """Blocks in the form that mammoth puts below the paragraph."""
    if not parts:
        return []
    holder = etree.Element(W + "pict")
    holder.extend(parts)
    return [holder]


def _drawing(drawing: etree._Element, relations: Relations, trees: Mapping[str, etree._Element]) -> list[str]:
    """Puts pictures that are nested in groups beside the drawing, and all its words below."""
    warnings: list[str] = []
    boxes = _boxes(drawing)
    for box in boxes:
        detach(box)
    boxes += [paragraph(line) for line in _lines(drawing)]
    for chart in drawing.iter(_C + "chart", _CX + "chart"):
        made = _chart(trees.get(relations.get(chart.get(R + "id") or "", ("", False))[0]))
        boxes += made
        kept = "is published as its words and values" if made else "is left out"
        warnings.append(f"A chart {kept}; insert it as a picture to have it shown.")
    for diagram in drawing.iter(_DGM + "relIds"):
        data = trees.get(relations.get(diagram.get(R + "dm") or "", ("", False))[0])
        boxes += [paragraph(line) for line in _lines(data)] if data is not None else []
        warnings.append("A diagram (SmartArt) is published as its words; insert it as a picture to have it shown.")
    data_of = f"{A}graphic/{A}graphicData"
    for around in drawing.iterfind("*"):
        direct = around.findall(f"{data_of}/{PIC}pic")
        properties = around.find(WP + "docPr")
        for nested in [one for one in around.iter(PIC + "pic") if one not in direct]:
            own = nested.find(f"{PIC}nvPicPr/{PIC}cNvPr")
            inline = etree.SubElement(drawing, WP + "inline")
            alt = etree.SubElement(inline, WP + "docPr")
            for source in (properties, own):
                if source is not None and source.get("descr"):
                    alt.set("descr", source.get("descr") or "")
            etree.SubElement(etree.SubElement(inline, A + "graphic"), A + "graphicData").append(nested)
    for holder in _below(boxes):
        drawing.addnext(holder)
    return warnings


def _lines(element: etree._Element) -> Iterator[str]:
    """The paragraphs of DrawingML in an element."""
    for line in element.iter(A + "p"):
        said = " ".join(
            "".join((part.text or "") if part.tag == A + "t" else " " for part in line.iter(A + "t", A + "br")).split()
        )
        if said:
            yield said


def _chart(chart: etree._Element | None) -> list[etree._Element]:
    """The title of a chart, and a table of its series."""
    if chart is None:
        return []
    title = chart.find(f".//{_C}chart/{_C}title")
    boxes = [paragraph(line) for line in _lines(title)] if title is not None else []
    series = list(chart.iter(_C + "ser"))[:_MOST_SERIES]
    if not series:
        return boxes or [paragraph(line) for line in _lines(chart)]
    names = [" ".join(_cached(one.find(_C + "tx")).values()) for one in series]
    categories: dict[int, str] = {}
    for one in series:
        categories = {
            **_cached(one.find(_C + "cat") if one.find(_C + "cat") is not None else one.find(_C + "xVal")),
            **categories,
        }
    values = [
        _cached(one.find(_C + "val") if one.find(_C + "val") is not None else one.find(_C + "yVal")) for one in series
    ]
    places = sorted({*categories, *(place for one in values for place in one)})[:_MOST_ROWS]
    rows = [[categories.get(place, ""), *(one.get(place, "") for one in values)] for place in places]
    return [*boxes, _table([["", *names], *rows])]


def _cached(source: etree._Element | None) -> dict[int, str]:
    """Values that the chart keeps of its sheet, by their place."""
    found: dict[int, str] = {}
    for point in source.iter(_C + "pt") if source is not None else ():
        place = point.get("idx") or ""
        if place.isdecimal() and len(place) < 7:
            found.setdefault(int(place), (point.findtext(_C + "v") or "").strip())
    if not found and source is not None and (literal := source.findtext(_C + "v")):
        found[0] = literal.strip()
    return found


def _table(rows: list[list[str]]) -> etree._Element:
    table = etree.Element(W + "tbl")
    for row in rows:
        line = etree.SubElement(table, W + "tr")
        for cell in row:
            etree.SubElement(line, W + "tc").append(paragraph(cell))
    return table


def _shapes(picture: etree._Element) -> None:
    """VML: shapes that mammoth does not look into, and words that are set as a shape."""
    for shape in list(picture.iter(*_SHAPES)):
        shape.tag = V + "shape"
    for path in list(picture.iter(V + "textpath")):
        if said := " ".join((path.get("string") or "").split()):
            box = etree.Element(_BOX)
            box.append(paragraph(said))
            replace(path, [box])


def _stored(root: etree._Element, relations: Relations) -> list[str]:
    """Removes references that lead nowhere, on which mammoth stops; a picture on the web becomes a link to it."""
    warnings: list[str] = []
    for link in root.iter(W + "hyperlink"):
        if link.get(R + "id") is not None and link.get(R + "id") not in relations:
            del link.attrib[R + "id"]
    for click in list(root.iter(A + "hlinkClick")):
        if click.get(R + "id") not in relations:
            detach(click)
    for blip in list(root.iter(A + "blip", V + "imagedata")):
        target, external = relations.get(blip.get(R + "embed") or blip.get(R + "id") or "", ("", True))
        if not external:
            continue
        address = target or relations.get(blip.get(R + "link") or blip.get(R + "href") or "", ("", True))[0]
        run = next(blip.iterancestors(W + "r"), None)
        detach(blip)
        if run is not None and address.startswith(("https://", "http://")):
            shown = text_run(address)
            before, behind = link_runs(address)
            for other in (behind, shown, before):
                run.addnext(other)
            warnings.append("A picture that is linked, not stored in the document, is published as a link.")
        else:
            warnings.append("A picture that is linked, not stored in the document, is left out.")
    return warnings


def relations_of(tree: etree._Element | None, folder: str, parts: Mapping[str, bytes]) -> Relations:
    """Where the ids of a part lead: to parts that are there, or elsewhere."""
    found: dict[str, tuple[str, bool]] = {}
    for relation in tree if tree is not None else ():
        target = relation.get("Target") or ""
        name = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
        inside = relation.get("TargetMode") != "External" and name in parts
        found[relation.get("Id") or ""] = (name, False) if inside else (target, True)
    return found
