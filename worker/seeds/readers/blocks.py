"""Turns the lines of a plain text into blocks (paragraphs, lists, quotations, sub-headings) and into HTML.

Drops only marks without meaning: a lone "<" at the end of a line, a `<br>` left by copying. Each line is a paragraph
unless lines were wrapped at a width; lists, quotations and sub-headings are recognised by their shape. Pure, and linear
in the length of the text.
"""

import html
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from feeds.text.links import LINK, with_links
from worker.encoding.decode import LINE_END, visible
from worker.seeds.readers import shapes, wrapping
from worker.seeds.readers.shapes import TABLE
from worker.seeds.readers.wrapping import UNSPACED

PARAGRAPH, HEADING, QUOTE, ROW = "paragraph", "heading", "quote", "row"
ITEM, NUMBERED, LETTERED = "item", "numbered", "lettered"
_LISTS = (ITEM, NUMBERED, LETTERED)

_LONGEST_HEADING = 90
# Twice as many as elements are published. The rest becomes one paragraph, so that millions of lines do not take memory
# each.
_MOST_LINES = 100_000
_RUNNING = 100
_BULLET = re.compile(r"[-*+•·▪◦‣●○■–—]\s+(?=\S)")
_NUMBER = re.compile(r"(\d{1,3})[.)]\s+(?=\S)")
_LETTER = re.compile(r"([a-z])\)\s+(?=\S)")
# Bounded, since a line may hold a megabyte of spaces or of such tags.
_TAG = r"<\s{0,3}/?\s{0,3}(?:br|p)\s{0,3}/?\s{0,3}>"
_TAGS_BEFORE = re.compile(rf"(?:{_TAG}\s*)+", re.IGNORECASE)
_TAG_BEHIND = re.compile(rf"{_TAG}$", re.IGNORECASE)
_LONGEST_STRAY_TAG = 18
_END = ".!?…。！？।؟۔:;"
_CLOSING = "\"'”’»›」』)）]】"
# Invisible characters that no script needs; those that join or separate Arabic, Indic or emoji characters stay.
_HIDDEN = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
_ENTITY = re.compile(r"&(?:nbsp|amp|quot|apos|#39|#160);")
_ANY_TAG = re.compile(r"</?(?!(?:br|p)\b)[a-z][^<>\n]{0,200}>", re.IGNORECASE)
_RULE = re.compile(r"([=_*~#-])\1{2,}")
_RTL = frozenset(("R", "AL"))


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its kind, and its plain text on one line. number: of a numbered item. line: in the file, from 1.

    cells: of a row of a table; of what keeps its shape, the lines.
    """

    kind: str
    text: str
    number: int = 0
    line: int = 0
    cells: tuple[str, ...] = ()


@dataclass(slots=True)
class Lines:
    """The lines of a text without stray marks. whole: with what they are indented by, tabs as spaces. dropped: what was
    removed, and from which line. tabbed: the cells of lines that hold tabs, by number.
    """

    lines: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    indented: list[bool] = field(default_factory=list)
    dropped: list[tuple[int, str]] = field(default_factory=list)
    tabbed: dict[int, tuple[str, ...]] = field(default_factory=dict)


def lines_of(body: str) -> Lines:
    """The lines of a text, stripped; accepts any system's line ends, U+2028 and vertical tabs."""
    found = Lines()
    # A text that contains tags is about them.
    unescape = not _ANY_TAG.search(body)
    for number, raw in enumerate(LINE_END.split(body, maxsplit=_MOST_LINES), 1):
        line = raw if raw.isascii() else raw.translate(_HIDDEN)
        indented = line[:1] in {" ", "\t", "\u3000", "\u00a0"}
        if unescape and "&" in line:
            found.dropped.extend((number, entity) for entity in _ENTITY.findall(line))
            line = _ENTITY.sub(lambda entity: html.unescape(entity[0]), line)
        if "\t" in line.strip():
            found.tabbed[number - 1] = tuple(cell.strip() for cell in line.split("\t"))
        before = line[: len(line) - len(line.lstrip())]
        line, stray = _without_tags(line.strip())
        found.dropped.extend((number, tags) for tags in stray)
        if line[-1:] in {"<", ">"} and (len(line) == 1 or line[-2].isspace()):
            found.dropped.append((number, line[-1]))
            line = line[:-1].rstrip()
        found.lines.append(line)
        found.whole.append(f"{before}{line}".expandtabs(4))
        found.indented.append(indented)
    return found


def _without_tags(line: str) -> tuple[str, list[str]]:
    """A line without HTML line breaks at its ends, and the tags that were removed."""
    start = before.end() if (before := _TAGS_BEFORE.match(line)) else 0
    end = len(line)
    while end > start and line[end - 1] in "> \t":
        if line[end - 1] != ">":
            end -= 1
        elif tag := _TAG_BEHIND.search(line, max(start, end - _LONGEST_STRAY_TAG), end):
            end = tag.start()
        else:
            break
    return line[start:end].strip(), [tags for tags in (line[:start].strip(), line[end:].strip()) if tags]


def without_underline(found: Lines) -> Lines:
    """The lines without a rule below the first one, which underlines a headline."""
    shown = [number for number, line in enumerate(found.lines[:20]) if line]
    if len(shown) < 2 or not _RULE.fullmatch(rule := found.lines[shown[1]]):
        return found
    lines = [*found.lines[: shown[1]], "", *found.lines[shown[1] + 1 :]]
    return replace(found, lines=lines, dropped=[*found.dropped, (shown[1] + 1, rule[:20])])


def blocks_of(found: Lines, apart: Collection[int] = ()) -> list[Block]:
    """The paragraphs: one for each line, unless lines were wrapped at a width. apart: numbers of lines that always stay
    separate.

    Items and quotations are marked as such and lose their signs; a list needs at least two items in a row, and a table
    two lines with as many columns.
    """
    groups = visible_groups(found.lines)
    rows = dict(_rows(found, groups, apart))
    known = {*apart, *rows}
    kept: dict[int, Block] = {}
    for shape in shapes.shapes_of(found.whole, groups, lambda n: n not in known and not _marked(found.lines[n])):
        if shape.kind == TABLE:
            rows |= dict(zip(shape.numbers, shape.cells, strict=True))
            continue
        lines = shapes.kept_shape([found.whole[number] for number in shape.numbers])
        block = Block(shape.kind, " ".join(" ".join(lines).split()), 0, shape.numbers[0] + 1, lines)
        kept |= dict.fromkeys(shape.numbers, block)
    single = {*apart, *rows, *kept}
    indented = [one and (number in apart or number not in single) for number, one in enumerate(found.indented)]
    runs = wrapping.lines_of_paragraphs(found.lines, indented, groups, single, _marked)
    blocks: list[Block] = []
    for run in runs:
        first = run[0]
        if first in kept:
            blocks += [kept[first]] if kept[first].line == first + 1 else []
        elif first in rows:
            blocks += [_block(found.lines, [one], rows[one]) for one in run if rows[one]]
        else:
            blocks += [_block(found.lines, part, ()) for part in _parts(found.lines, run)]
    return list(_listed(blocks))


def _rows(
    found: Lines, groups: Sequence[Sequence[int]], apart: Collection[int]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The cells of those lines that are rows of a table: two or more in succession, as spreadsheets copy them.

    Not a list with tabs behind its signs, nor pairs such as "Place:" and what it is.
    """
    for group in groups:
        runs: list[list[int]] = [[]]
        for number in group:
            if number in apart or not _is_row(found.tabbed.get(number, ())):
                runs.append([])
            else:
                runs[-1].append(number)
        for run in runs:
            rows = [found.tabbed[number] for number in run]
            # Several tabs in a row may be there to align columns.
            aligned = [tuple(filter(None, row)) for row in rows]
            if len({len(row) for row in rows}) > 1 and len({len(row) for row in aligned}) == 1:
                rows = aligned
            while rows and not any(row[-1] for row in rows if len(row) == max(map(len, rows))):
                longest = max(map(len, rows))
                rows = [row[: longest - 1] for row in rows]
            if len(rows) > 1:
                columns = max(map(len, rows))
                yield from (
                    (number, (*row, *[""] * (columns - len(row)))) for number, row in zip(run, rows, strict=True)
                )


def _is_row(cells: Sequence[str]) -> bool:
    shown = list(filter(None, cells))
    listed = len(shown) == 2 and cells[0] == shown[0] and (_marked(f"{shown[0]} x") or shown[0][-1] in ":：")
    return len(shown) > 1 and not listed


def visible_groups(lines: Sequence[str]) -> list[list[int]]:
    """The numbers of the lines between blank ones."""
    groups: list[list[int]] = [[]]
    for number, line in enumerate(lines):
        if visible(line):
            groups[-1].append(number)
        elif groups[-1]:
            groups.append([])
    return [group for group in groups if group]


def headings(blocks: Sequence[Block]) -> list[Block]:
    """The same blocks with sub-headings marked: short lines without end punctuation between running paragraphs."""
    found = list(blocks)
    for number in range(1, len(blocks) - 1):
        before, block, after = blocks[number - 1 : number + 2]
        if block.kind == PARAGRAPH and _short(block.text) and _running(before) and _running(after):
            found[number] = Block(HEADING, block.text, 0, block.line)
    return found


def as_html(blocks: Sequence[Block], language_direction: str = "") -> str:
    """The blocks as HTML.

    language_direction: "rtl" for a right-to-left text; a block in the other direction is marked.
    """
    parts: list[str] = []
    number = 0
    while number < len(blocks):
        kind = blocks[number].kind
        end = number
        while end < len(blocks) and blocks[end].kind == kind and kind in (*_LISTS, QUOTE, ROW):
            end += 1
        run = blocks[number : max(end, number + 1)]
        match kind:
            case "item" | "numbered" | "lettered":
                tag = "ul" if kind == ITEM else "ol"
                start = ' type="a"' if kind == LETTERED else ""
                start += f' start="{run[0].number}"' if kind != ITEM and run[0].number != 1 else ""
                items = "\n".join(_element("li", block.text, language_direction) for block in run)
                around = f' dir="{language_direction}"' if language_direction else ""
                parts.append(f"<{tag}{start}{around}>\n{items}\n</{tag}>")
            case "row":
                lines = "\n".join(_row(block.cells, language_direction) for block in run)
                around = f' dir="{language_direction}"' if language_direction else ""
                parts.append(f"<table{around}>\n{lines}\n</table>")
            case "pre":
                parts.append(f"<pre>{html.escape(chr(10).join(run[0].cells), quote=False)}</pre>")
            case "verse":
                parts.append(_element("p", run[0].text, language_direction, run[0].cells))
            case "quote":
                inner = "\n".join(_element("p", block.text, language_direction) for block in run)
                parts.append(f"<blockquote>\n{inner}\n</blockquote>")
            case _:
                parts.append(_element("h2" if kind == HEADING else "p", run[0].text, language_direction))
        number += len(run)
    return "\n".join(parts)


def direction_of_text(text: str) -> str:
    """The direction of most letters (Unicode UAX #9): "rtl" or "ltr"; "" without letters."""
    if text.isascii():
        return "ltr" if any(map(str.isalpha, text)) else ""
    right = left = 0
    for letter in text[:300]:
        kind = unicodedata.bidirectional(letter)
        right += kind in _RTL
        left += kind == "L"
    return "rtl" if right > left else "ltr" if left else ""


def _element(tag: str, text: str, around: str, lines: Sequence[str] = ()) -> str:
    """lines: those of the text, if they stay lines."""
    own = direction_of_text(text)
    # Left to right is the default and is not marked.
    said = own if own and own != (around or "ltr") else around
    marked = f' dir="{said}"' if said else ""
    words = "<br>\n".join(map(_verse, lines)) if lines else with_links(text)
    return f"<{tag}{marked}>{words}</{tag}>"


def _verse(line: str) -> str:
    words = line.lstrip()
    return "\u00a0" * (len(line) - len(words)) + with_links(words)


def _row(cells: Sequence[str], around: str) -> str:
    return f"<tr>{''.join(_element('td', cell, around) for cell in cells)}</tr>"


def _parts(lines: Sequence[str], group: Sequence[int]) -> Iterator[list[int]]:
    """In a wrapped block, each item and each change of quotation begins a new block."""
    part: list[int] = []
    for number in group:
        if part and (_marked(lines[number]) and not (_quoted(lines[number]) and _quoted(lines[part[-1]]))):
            yield part
            part = []
        part.append(number)
    if part:
        yield part


def _marked(line: str) -> bool:
    return bool(_BULLET.match(line) or _NUMBER.match(line) or _LETTER.match(line) or _quoted(line))


def _quoted(line: str) -> bool:
    return line.startswith("> ")


def _block(lines: Sequence[str], numbers: Sequence[int], cells: tuple[str, ...]) -> Block:
    first = lines[numbers[0]]
    if cells:
        return Block(ROW, " ".join(filter(None, cells)), 0, numbers[0] + 1, cells)
    quoted = _quoted(first)
    text = ""
    for number in numbers:
        text = _glued(text, lines[number].removeprefix("> ").strip() if quoted else lines[number])
    signs = ((ITEM, _BULLET), (NUMBERED, _NUMBER), (LETTERED, _LETTER))
    kind = QUOTE if quoted else next((kind for kind, sign in signs if sign.match(first)), PARAGRAPH)
    return Block(kind, " ".join(text.split()), 0, numbers[0] + 1)


def _glued(text: str, line: str) -> str:
    if not text:
        return line
    if UNSPACED.match(text[-1]) and UNSPACED.match(line[:1]):
        return text + line
    if text[-1] == "-" and text[-2:-1].isalpha() and line[:1].islower():
        return text + line
    return f"{text} {line}"


# Lists


def _listed(blocks: Sequence[Block]) -> Iterator[Block]:
    """Removes the signs from at least two items in a row; a single item, or dialogue, stays a paragraph."""
    number = 0
    while number < len(blocks):
        kind, end = blocks[number].kind, number + 1
        while end < len(blocks) and blocks[end].kind == kind and kind in _LISTS:
            end += 1
        run = blocks[number:end]
        if kind == ITEM:
            yield from _items(run)
        elif kind in _LISTS:
            yield from _numbered(run)
        else:
            yield from run
        number = end


def _items(run: Sequence[Block]) -> Iterator[Block]:
    dashes = all(block.text[0] in "-–—" for block in run)
    # In many languages a dash opens direct speech.
    spoken = dashes and any(block.text.rstrip(_CLOSING)[-1:] in {"?", "!"} for block in run)
    signs = {block.text[0] for block in run}
    if len(run) < 2 or spoken or len(signs) > 1 or signs <= {"–", "—"}:
        yield from (Block(PARAGRAPH, block.text, 0, block.line) for block in run)
        return
    for block in run:
        yield Block(ITEM, _BULLET.sub("", block.text, count=1), 0, block.line)


def _numbered(run: Sequence[Block]) -> Iterator[Block]:
    """Items with consecutive numbers or letters; a letter counts as its place in the alphabet."""
    sign = _NUMBER if run[0].kind == NUMBERED else _LETTER
    signs = [found[1] for block in run if (found := sign.match(block.text))]
    numbers = [int(one) if one.isdecimal() else ord(one) - ord("a") + 1 for one in signs]
    if len(run) < 2 or any(b - a != 1 for a, b in pairwise(numbers)):
        yield from (Block(PARAGRAPH, block.text, 0, block.line) for block in run)
        return
    for number, block in zip(numbers, run, strict=True):
        yield Block(block.kind, sign.sub("", block.text, count=1), number, block.line)


# Sub-headings


def _short(text: str) -> bool:
    last = text.rstrip(_CLOSING)[-1:]
    # In scripts without end punctuation, a short paragraph would look like a sub-heading.
    if "\u0e00" <= last <= "\u0eff" or "\u1000" <= last <= "\u109f" or "\u1780" <= last <= "\u17ff":
        return False
    limit = _LONGEST_HEADING // 2 if UNSPACED.match(text[-1:]) else _LONGEST_HEADING
    starts = text[:1].isupper() or text[:1].isdigit() or (not text[:1].islower() and text[:1].isalpha())
    return len(text) <= limit and starts and last not in f"{_END},،，、" and not LINK.search(text)


def _running(block: Block) -> bool:
    """Whether a block is prose that may be next to a sub-heading."""
    text = block.text.rstrip(_CLOSING)
    if block.kind != PARAGRAPH:
        return block.kind in (*_LISTS, QUOTE, shapes.PRE, shapes.VERSE)
    enough = _RUNNING // 2 if UNSPACED.match(text[-1:]) else _RUNNING
    return text[-1:] in ".!?…:。！？।؟۔" or len(text) >= enough
