"""Finds the paragraphs of a plain text whose lines may have been wrapped.

Usually each line is a paragraph. Mail programs and terminals break lines at a width; then a paragraph runs from blank
line to blank line, or from one indented line to the next. Wrapped text is recognised by filled lines, after which the
next line's first word would have exceeded the width. Pure, linear.
"""

import re
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

# Limits of plausible widths: wider than any terminal or mail program wraps, and narrower.
_WIDEST, _NARROWEST, _NARROWEST_UNSPACED = 100, 35, 12
# This many filled lines show a width even without blank lines; up to three in four may have been broken early by hand.
_MANY = 4
_LONGEST_HEADLINE = 200
_SENTENCE_END = ".!?…。！？।؟۔"
_CLOSING = "\"'”’»›」』)）]】"
# Letters of scripts without spaces between words.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60\uff61-\uff9f]"
)

Break = tuple[int, int]


def lines_of_paragraphs(
    lines: Sequence[str],
    indented: Sequence[bool],
    groups: Sequence[Sequence[int]],
    apart: Collection[int],
    marked: Callable[[str], bool],
) -> list[list[int]]:
    """Numbers of the lines of each paragraph. groups: the lines between blank ones.

    apart: lines known to be separate, such as a by-line or a credit. marked: whether a line begins an item or belongs
    to a quotation; lines in a marked block are joined if the text is wrapped, or if they hang below the mark.
    """
    if not groups:
        return []
    hanging = _hanging(lines, indented, groups, marked)
    inner = [number for group in groups for number in group[1:] if number not in hanging]
    begins = sum(indented[number] for group in groups for number in group if number not in hanging)
    by_indent = begins >= 2 and not all(indented[number] for number in inner)
    breaks = [
        (a, b)
        for group in groups
        for a, b in pairwise(group)
        if not (a in apart or b in apart or marked(lines[b]) or (by_indent and indented[b] and b not in hanging))
    ]
    head = groups[0][0]
    first_indented = next((n for group in groups for n in group if indented[n]), head) if by_indent else head
    body = [(a, b) for a, b in breaks if a != head and a >= first_indented]
    width = _width(lines, body, by_indent=by_indent, many=len(groups) < 2 and not by_indent)
    joined = {pair for pair in body if width and _joins(lines, pair, width)}
    joined |= {pair for pair in breaks if pair[1] in hanging}
    joined |= set(_headline(lines, breaks, groups, width))
    return _runs(groups, joined)


def _runs(groups: Sequence[Sequence[int]], joined: Collection[Break]) -> list[list[int]]:
    runs: list[list[int]] = []
    for group in groups:
        for place, number in enumerate(group):
            if place and (group[place - 1], number) in joined:
                runs[-1].append(number)
            else:
                runs.append([number])
    return runs


def _width(lines: Sequence[str], body: Sequence[Break], *, by_indent: bool, many: bool) -> int:
    """The width at which lines were broken, 0 if they were not.

    by_indent: indented lines mark paragraphs too. many: no blank lines do, so more filled lines are needed.
    """
    if not body:
        return 0
    # A long URL cannot be broken and shows no width.
    lengths = {n: len(lines[n]) for pair in body for n in pair if " " in lines[n] or UNSPACED.search(lines[n])}
    width = max(lengths.values(), default=0)
    narrowest = _NARROWEST_UNSPACED if all(UNSPACED.match(lines[a][-1:]) for a, _ in body) else _NARROWEST
    filled = sum(_filled(lines, pair, width) or (by_indent and _goes_on(lines, pair)) for pair in body)
    ended = sum(is_ended(lines[a]) for a, _ in body)
    enough = (filled == len(body) >= (_MANY if many else 1)) or (filled >= _MANY - 1 and filled * 4 >= len(body) * 3)
    return width if narrowest <= width <= _WIDEST and ended * 2 <= len(body) and enough else 0


def _filled(lines: Sequence[str], pair: Break, width: int) -> bool:
    line, after = lines[pair[0]], lines[pair[1]]
    if UNSPACED.match(after[:1]) and UNSPACED.match(line[-1:]):
        return len(line) >= width - max(3, width // 8)
    return len(line) + 1 + len(after[: width + 1].split(maxsplit=1)[0]) > width


def _joins(lines: Sequence[str], pair: Break, width: int) -> bool:
    """Whether two lines of a wrapped text belong together: the first is filled, or a sentence was broken by hand."""
    return _filled(lines, pair, width) or _goes_on(lines, pair)


def _goes_on(lines: Sequence[str], pair: Break) -> bool:
    return lines[pair[1]][:1].islower() and not is_ended(lines[pair[0]]) and lines[pair[0]][-1:] not in ":;"


def is_wrapped(lines: Sequence[str], breaks: Sequence[Break]) -> bool:
    """Whether most of these breaks are where a plausible width was full."""
    width = max(map(len, lines))
    narrowest = _NARROWEST_UNSPACED if UNSPACED.match(lines[0][-1:]) else _NARROWEST
    return width >= narrowest and sum(_filled(lines, pair, width) for pair in breaks) * 4 >= len(breaks) * 3


def is_ended(line: str) -> bool:
    """Whether a line ends with the end of a sentence."""
    return line[-8:].rstrip(_CLOSING)[-1:] in tuple(_SENTENCE_END)


def _headline(
    lines: Sequence[str], breaks: Sequence[Break], groups: Sequence[Sequence[int]], width: int
) -> Sequence[Break]:
    """Breaks inside a headline of two or three lines above a blank line."""
    first = groups[0]
    breaks = [pair for pair in breaks[:2] if pair[0] in first[:2]]
    if len(groups) < 2 or not 2 <= len(first) <= 3 or len(breaks) != len(first) - 1:
        return ()
    if sum(len(lines[number]) for number in first) > _LONGEST_HEADLINE or any(is_ended(lines[n]) for n in first[:-1]):
        return ()
    whole = all(_goes_on(lines, pair) or (width and _filled(lines, pair, width)) for pair in breaks)
    return breaks if whole else ()


def _hanging(
    lines: Sequence[str], indented: Sequence[bool], groups: Sequence[Sequence[int]], marked: Callable[[str], bool]
) -> set[int]:
    """Indented lines below a less indented item: they belong to it."""
    found: set[int] = set()
    for group in groups:
        item = False
        for number in group:
            if marked(lines[number]):
                item = True
            elif item and indented[number]:
                found.add(number)
            else:
                item = False
    return found
