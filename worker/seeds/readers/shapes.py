"""Finds what has a shape of its own in a plain text: tables aligned by spaces, drawn tables, indented code, verse.

Conservative: what may be prose that was wrapped or indented is prose. Pure, and linear in the length of the text.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from worker.seeds.readers.wrapping import is_ended, is_wrapped

TABLE, PRE, VERSE = "table", "pre", "verse"

# As between columns; behind the end of a sentence two spaces are usual.
_GAP = re.compile(r"(?<=[^\s.!?:;…])\s{2,}(?=\S)|(?<=\S)\s{4,}(?=\S)")
# Wider than what justifies lines.
_WIDE_GAP = re.compile(r"\S\s{4,}\S")
_SPACE, _LETTER = re.compile(r"\s"), re.compile(r"\S")
_DRAWN = re.compile(r"\s*(?:\|.*\||\+[-=+]+\+|[┌├└│┃╔╠╚║].*)\s*")
_RULED = re.compile(r"[\s=_─━-]+")
_CODE = re.compile(r"[{};=\\]|\)[:,;]?$|^\s*(?:[#$<@]|//)|\w\(")
_FEWEST_ROWS, _FEWEST_VERSES, _FEWEST_IN_STANZA = 3, 4, 3
_LONGEST_VERSE, _LONGEST = 60, 400


@dataclass(frozen=True, slots=True)
class Shape:
    """Lines that keep their shape. numbers: of the lines. cells: of a table, for each of them, () for a rule."""

    kind: str
    numbers: tuple[int, ...]
    cells: tuple[tuple[str, ...], ...] = ()


def shapes_of(lines: Sequence[str], groups: Sequence[Sequence[int]], is_free: Callable[[int], bool]) -> list[Shape]:
    """The shapes in a text. lines: as they are in the file, without tabs. groups: numbers of the lines between blank
    ones; the first line is the headline. is_free: whether a line is not known to be something else.
    """
    found: list[Shape] = []
    for place, group in enumerate(groups):
        for free, run in groupby(group[not place :], lambda number: is_free(number) and len(lines[number]) <= _LONGEST):
            numbers = tuple(run)
            if not free:
                continue
            tables = list(_tables(lines, numbers))
            found += tables
            texts = [lines[number] for number in numbers]
            if not tables and _is_code(texts):
                found.append(Shape(PRE, numbers))
            elif not tables and _is_stanza(texts):
                found.append(Shape(VERSE, numbers))
    verses = sum(len(one.numbers) for one in found if one.kind == VERSE)
    return [one for one in found if one.kind != VERSE or verses >= _FEWEST_VERSES]


def kept_shape(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines without what all are indented by."""
    indent = min(len(line) - len(line.lstrip()) for line in lines)
    return tuple(line[indent:].rstrip() for line in lines)


def _tables(lines: Sequence[str], numbers: Sequence[int]) -> Iterator[Shape]:
    def kind(number: int) -> str:
        if _DRAWN.fullmatch(lines[number]):
            return PRE
        return TABLE if _GAP.search(lines[number].strip()) else ""

    for drawn, run in groupby(numbers, kind):
        rows = tuple(run)
        if len(rows) >= _FEWEST_ROWS and drawn:
            texts = [lines[number] for number in rows]
            if drawn == TABLE and (cells := _cells(texts)):
                yield Shape(TABLE, rows, cells)
            elif drawn == PRE or all(_WIDE_GAP.search(text.strip()) for text in texts):
                yield Shape(PRE, rows)


def _cells(rows: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The cells of lines that have gaps at the same places, () if they have not."""
    width = max(map(len, rows))
    padded = [row.ljust(width) for row in rows]
    shown = 1 << width
    for row in padded:
        shown |= int(_SPACE.sub("0", _LETTER.sub("1", row)), 2)
    columns = [column.span() for column in re.finditer("1(?:0?1)*", f"{shown:b}"[1:])]
    if len(columns) < 2:
        return ()
    return tuple(
        () if _RULED.fullmatch(row) else tuple(row[start:end].strip() for start, end in columns) for row in padded
    )


def _is_code(lines: Sequence[str]) -> bool:
    """Whether these are indented lines, most of which have signs that prose has not."""
    return (
        len(lines) > 1
        and all(line[:2].isspace() for line in lines)
        and sum(_CODE.search(line.rstrip()) is not None for line in lines) * 2 >= len(lines)
    )


def _is_stanza(lines: Sequence[str]) -> bool:
    """Whether these are short lines that were broken where the writer wanted, not where a width was full."""
    if len(lines) < _FEWEST_IN_STANZA or max(map(len, lines)) > _LONGEST_VERSE:
        return False
    stripped = [line.strip() for line in lines]
    begun = sum(line[0].isupper() for line in stripped)
    ends = list(map(is_ended, stripped))
    set_in = [number for number, line in enumerate(lines) if line[0].isspace()]
    if set_in[:1] == [0] and 1 < len(set_in) < len(lines) and all(ends[number - 1] for number in set_in[1:]):
        return False  # paragraphs, which begin with a line that is set in
    # Of verse a sentence takes lines, of paragraphs a line takes sentences.
    runs_over = sum(end and not before for before, end in pairwise(ends))
    return runs_over * 2 >= sum(ends) <= len(lines) / 2 and (
        begun * 5 >= len(lines) * 4 or not is_wrapped(stripped, list(pairwise(range(len(lines)))))
    )
