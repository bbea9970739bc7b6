"""Numbers that Word puts before paragraphs by itself: as a list where a list is numbered the same, else as text.

Layout to mammoth, content to readers: the text refers to them ("Article 2", "point b"), and they hold words
("Điều 1."). They are counted as Word counts (ECMA-376 part 1 §17.9): lists share their counters, deeper levels begin
anew below higher ones, and numbers of styles and of headings count as well. A list keeps its form only if a bare <ol>
shows the same numbers, since feed readers drop `start` and `type`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from worker.seeds.readers import docx_counting, docx_symbols
from worker.seeds.readers.ooxml import NO, W, text_run, value

_LEVELS = 9
# Deeper ones are paragraphs to mammoth.
_LISTED = 5
_PLACE = re.compile("%([1-9])")
_ORDERED, _BULLETS = "1", "2"
#: A numbering part with nothing but a numbered list and one with bullets, which `number` refers to.
PLAIN = (
    f'<w:numbering xmlns:w="{W[1:-1]}">'
    + "".join(
        f'<w:abstractNum w:abstractNumId="{key}">'
        + "".join(f'<w:lvl w:ilvl="{level}"><w:numFmt w:val="{form}"/></w:lvl>' for level in range(_LEVELS))
        + "</w:abstractNum>"
        for key, form in ((_ORDERED, "decimal"), (_BULLETS, "bullet"))
    )
    + "".join(f'<w:num w:numId="{key}"><w:abstractNumId w:val="{key}"/></w:num>' for key in (_ORDERED, _BULLETS))
    + "</w:numbering>"
).encode()


@dataclass(frozen=True, slots=True)
class _Level:
    """One level of a list. restart: the level whose numbers begin this one anew, from 1; 0 for none. legal: numbers of
    all levels in digits. font: of its number.
    """

    form: str = "decimal"
    text: str = ""
    start: int = 1
    suffix: str = " "
    restart: int | None = None
    legal: bool = False
    style: str = ""
    font: str = ""


@dataclass(slots=True)
class _List:
    """A list that paragraphs name. counted: the definition whose counters it shares. restarts: levels that begin anew
    where this list is first used.
    """

    counted: str
    levels: dict[int, _Level]
    restarts: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Numbered:
    """A paragraph with a number. part: which time the list has begun."""

    paragraph: etree._Element
    counted: str
    level: int
    number: int
    label: str
    bullet: bool
    plain: bool
    part: int = 0


@dataclass(frozen=True, slots=True)
class Numbering:
    """lists: by their ids. styles: the list and level that a style of paragraphs has."""

    lists: Mapping[str, _List] = field(default_factory=dict)
    styles: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def read(root: etree._Element | None, sheet: etree._Element | None) -> Numbering:
    """root: the numbering part. sheet: the styles."""
    if root is None:
        return Numbering()
    styles = {one.get(W + "styleId") or "": one for one in sheet.iter(W + "style")} if sheet is not None else {}
    definitions = {one.get(W + "abstractNumId") or "": one for one in root.iterfind(W + "abstractNum")}
    numbers = {one.get(W + "numId") or "": one for one in root.iterfind(W + "num")}
    lists: dict[str, _List] = {}
    for key, number in numbers.items():
        if (found := _list(number, definitions, numbers, styles)) is not None:
            lists[key] = found
    return Numbering(lists, dict(_of_styles(styles, lists)))


def number(
    roots: Sequence[etree._Element], numbering: Numbering, fonts: Mapping[str, str], headed: set[etree._Element]
) -> None:
    """Gives numbered paragraphs their number as text, or a plain list.

    fonts: of paragraphs by style, "" for the usual one. headed: paragraphs that are no items, whatever their number.
    """
    numbered = list(_count(roots, numbering, fonts))
    for root in roots:
        for properties in list(root.iter(W + "numPr")):
            parent = properties.getparent()
            if parent is not None:
                parent.remove(properties)
    runs = list(_runs(one for one in numbered if one.paragraph not in headed))
    texts = {(one.counted, one.part) for run in runs if not _is_numbered_the_same(run) for one in run if not one.bullet}
    items: set[etree._Element] = set()
    for run in runs:
        text = any((one.counted, one.part) in texts for one in run if not one.bullet)
        items |= {one.paragraph for one in run if one.bullet or not text}
    for one in numbered:
        if one.paragraph in items:
            _list_item(one)
        elif one.label and ((filled := _shown(one.paragraph)) or _is_in_table(one.paragraph)):
            place = 1 if one.paragraph.find(W + "pPr") is not None else 0
            one.paragraph.insert(place, text_run(one.label if filled else one.label.strip()))


def _is_in_table(paragraph: etree._Element) -> bool:
    """Whether it is in a cell, where numbers stand alone."""
    return next(paragraph.iterancestors(W + "tc"), None) is not None


# Definitions


def _list(
    number: etree._Element,
    definitions: Mapping[str, etree._Element],
    numbers: Mapping[str, etree._Element],
    styles: Mapping[str, etree._Element],
) -> _List | None:
    key = value(number.find(W + "abstractNumId"))
    for _ in range(_LEVELS):  # styles of lists may lead to others
        definition = definitions.get(key)
        style = styles.get(value(definition.find(W + "numStyleLink"))) if definition is not None else None
        other = numbers.get(value(style.find(f"{W}pPr/{W}numPr/{W}numId"))) if style is not None else None
        if other is None:
            break
        key = value(other.find(W + "abstractNumId"))
    if definition is None:
        return None
    levels = {_number(one.get(W + "ilvl")): _level(one) for one in definition.iterfind(W + "lvl")}
    found = _List(key, levels)
    for override in number.iterfind(W + "lvlOverride"):
        place = _number(override.get(W + "ilvl"))
        if (own := override.find(W + "lvl")) is not None:
            levels[place] = _level(own)
        if (start := override.find(W + "startOverride")) is not None:
            found.restarts[place] = _number(value(start), 1)
    return found


def _level(element: etree._Element) -> _Level:
    # A newer program states a form of its own, and one for others.
    forms = [one for one in element.iter(W + "numFmt") if value(one) != "custom"]
    form = value(forms[-1]) if forms else "decimal"
    said = element.find(W + "lvlText")
    restart = element.find(W + "lvlRestart")
    legal = element.find(W + "isLgl")
    fonts = element.find(f"{W}rPr/{W}rFonts")
    font = (fonts.get(W + "ascii") or fonts.get(W + "hAnsi") or "") if fonts is not None else ""
    return _Level(
        form=form,
        text=value(said),
        start=_number(value(element.find(W + "start")), 1),
        suffix="" if value(element.find(W + "suff")) == "nothing" else " ",
        restart=_number(value(restart)) if restart is not None else None,
        legal=legal is not None and value(legal) not in NO,
        style=value(element.find(W + "pStyle")),
        font=font,
    )


def _of_styles(
    styles: Mapping[str, etree._Element], lists: Mapping[str, _List]
) -> Iterator[tuple[str, tuple[str, int]]]:
    """The list of each style, its own or that of a style it is based on."""
    for key in styles:
        chain: list[str] = []
        above = key
        while above in styles and above not in chain:
            chain.append(above)
            above = value(styles[above].find(W + "basedOn"))
        stated = [styles[one].find(f"{W}pPr/{W}numPr") for one in chain]
        name = next(
            (value(one.find(W + "numId")) for one in stated if one is not None and one.find(W + "numId") is not None),
            "",
        )
        if name not in lists:
            continue
        levels = lists[name].levels
        own = next((place for place, level in levels.items() if level.style == key), None)
        said = next(
            (value(one.find(W + "ilvl")) for one in stated if one is not None and one.find(W + "ilvl") is not None), ""
        )
        inherited = next((place for place, level in levels.items() if level.style in chain), 0)
        yield key, (name, own if own is not None else _number(said, inherited) if said else inherited)


# Counting


def _count(roots: Sequence[etree._Element], numbering: Numbering, fonts: Mapping[str, str]) -> Iterator[_Numbered]:
    counters: dict[str, dict[int, int]] = defaultdict(dict)
    parts: dict[str, int] = defaultdict(int)
    begun: set[tuple[str, int]] = set()
    for root in roots:
        for paragraph in root.iter(W + "p"):
            name, place = _named(paragraph, numbering)
            found = numbering.lists.get(name)
            if found is None or place not in found.levels or _is_gone(paragraph):
                continue
            level, counts = found.levels[place], counters[found.counted]
            if place in found.restarts and (name, place) not in begun:
                counts.pop(place, None)
            begun.add((name, place))
            if place not in counts:
                counts[place] = found.restarts.get(place, level.start)
                parts[found.counted] += place == 0
            else:
                counts[place] += 1
            for deeper in range(place + 1, _LEVELS):
                restart = found.levels[deeper].restart if deeper in found.levels else None
                if restart is None or place < restart:
                    counts.pop(deeper, None)
            style = value(paragraph.find(f"{W}pPr/{W}pStyle"))
            font = level.font or fonts.get(style, fonts.get("", ""))
            label = _label(found.levels, place, counts, font)
            bullet = level.form == "bullet" and not label
            if label or bullet:
                plain = level.form == "decimal" and level.text.strip().rstrip(".)") == f"%{place + 1}"
                yield _Numbered(
                    paragraph, found.counted, place, counts[place], label, bullet, plain, parts[found.counted]
                )


def _named(paragraph: etree._Element, numbering: Numbering) -> tuple[str, int]:
    """The list and the level that a paragraph names, by itself or by its style."""
    properties = paragraph.find(W + "pPr")
    style = numbering.styles.get(value(properties.find(W + "pStyle")), ("", 0)) if properties is not None else ("", 0)
    own = properties.find(W + "numPr") if properties is not None else None
    if own is None:
        return style
    name = own.find(W + "numId")
    level = own.find(W + "ilvl")
    return (value(name) if name is not None else style[0]), (_number(value(level)) if level is not None else style[1])


def _label(levels: Mapping[int, _Level], place: int, counts: Mapping[int, int], font: str) -> str:
    """The number as Word shows it; "" for a sign."""
    level = levels[place]
    if level.form == "bullet":
        return (
            f"{level.text}{level.suffix}"
            if sum(map(str.isalpha, level.text)) > 1 and not docx_symbols.is_of_pictures(font)
            else ""
        )

    def number(other: int) -> str:
        beside = levels.get(other, _Level())
        form = "decimal" if level.legal and beside.form != "none" else beside.form
        return docx_counting.written(counts.get(other, beside.start), form)

    parts = enumerate(_PLACE.split(level.text))
    said = "".join(number(int(part) - 1) if at % 2 else docx_symbols.legacy(font, part) for at, part in parts)
    return f"{said}{level.suffix}" if said.strip() else ""


def _is_gone(paragraph: etree._Element) -> bool:
    """Whether a paragraph without words is deleted or hidden itself, and not counted."""
    mark = paragraph.find(f"{W}pPr/{W}rPr")
    hidden = mark is not None and any(value(one) not in NO for one in mark.iterfind(W + "vanish"))
    deleted = mark is not None and mark.find(W + "del") is not None
    return (hidden or deleted) and not _shown(paragraph)


def _shown(paragraph: etree._Element) -> bool:
    return next(paragraph.iter(W + "drawing", W + "pict", W + "object"), None) is not None or any(
        (part.text or "").strip() for part in paragraph.iter(W + "t")
    )


# Lists


def _runs(numbered: Iterator[_Numbered]) -> Iterator[list[_Numbered]]:
    """Items without other blocks between them."""
    run: list[_Numbered] = []
    for one in numbered:
        if not _shown(one.paragraph):
            continue
        if run and _previous(one.paragraph) is not run[-1].paragraph:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _previous(paragraph: etree._Element) -> etree._Element | None:
    """The block before a paragraph, except empty paragraphs and marks."""
    for before in paragraph.itersiblings(W + "p", W + "tbl", W + "sdt", W + "customXml", preceding=True):
        if before.tag != W + "p" or _shown(before):
            return before
    return None


def _is_numbered_the_same(run: Sequence[_Numbered]) -> bool:
    """Whether nested lists without any attributes show the numbers of these items."""
    opened: list[tuple[bool, int]] = []
    for one in run:
        if not one.bullet and (one.level >= _LISTED or not one.plain):
            return False
        del opened[one.level + 1 :]
        opened += [(True, 0)] * (one.level - len(opened))
        before = opened.pop() if len(opened) > one.level else (one.bullet, 0)
        expected = before[1] + 1 if before[0] == one.bullet else 1
        opened.append((one.bullet, expected))
        if not one.bullet and one.number != expected:
            return False
    return True


def _list_item(one: _Numbered) -> None:
    properties = one.paragraph.find(W + "pPr")
    if properties is None:
        properties = etree.Element(W + "pPr")
        one.paragraph.insert(0, properties)
    number = etree.SubElement(properties, W + "numPr")
    etree.SubElement(number, W + "ilvl").set(W + "val", str(min(one.level, _LISTED - 1)))
    etree.SubElement(number, W + "numId").set(W + "val", _BULLETS if one.bullet else _ORDERED)


def _number(said: str | None, otherwise: int = 0) -> int:
    return int(said) if said and said.isdecimal() and len(said) < 7 else otherwise
