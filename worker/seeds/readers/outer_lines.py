"""The lines at the top of a text, and its last one, which may say that it is not for readers.

What names one part among others says nothing of the whole: an item of a list, a row of a table, a sub-heading. Pure.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape
from itertools import islice

from feeds.text import plaintext
from worker.seeds.readers import header_keys, header_lines, holding_lines

_NEAR, _FIRST_LINES = 4000, 8
_BREAK = re.compile(r"</(?:p|h[1-6]|li|div|t[dh]|blockquote)>|<br\b[^>]*>|\n", re.IGNORECASE)
_CODE = re.compile(r"(?<=.)<pre\b.*?(?:</pre>|\Z)", re.DOTALL | re.IGNORECASE)
_HEADING = re.compile(r"<(h[1-6])\b", re.IGNORECASE)
# Between an item and the paragraph in it, or the next item.
_IN_ITEM = re.compile(r"(?<=<li>)\s*<p\b[^>]*>|</p>\s*(?=</li>)|(?<=</li>)\s+", re.IGNORECASE)
_ITEM_AMONG = re.compile(
    r"(?<=</li>)<li\b[^>]*>|<li\b[^>]*>(?=(?:(?!</?li\b).)*+</li><li\b)", re.DOTALL | re.IGNORECASE
)
_ROW = re.compile(r"<tr\b(?:(?!</?tr\b).)*+(?:</tr>|\Z)", re.DOTALL | re.IGNORECASE)
# A table of one row above a text is its letterhead.
_LETTERHEAD = re.compile(
    r"\A((?:\s|<(?!table\b)[^<>]*>)*+<table\b(?:(?!</?table\b|<tr\b).)*+)<tr\b((?:(?!</?tr\b).)*+</)tr>((?:\s|</?t(?:head|body)>)*+</table>)",
    re.DOTALL | re.IGNORECASE,
)
_CELL = re.compile(r"<t[dh]\b[^>]*>", re.IGNORECASE)
_BLOCK = re.compile(r"<(?:p|div|h[1-6])\b", re.IGNORECASE)
_PART = "<wbr data-part>"


def outer_lines(content: str) -> list[str]:
    """The first lines of HTML and the last one, plain; "" for each that names a part. Code says nothing of its text."""
    headings = Counter(tag.lower() for tag in _HEADING.findall(content))
    top, end = _pieces(content[:_NEAR]), _pieces(content[-_NEAR:])
    return [*islice(_shown(top, headings), _FIRST_LINES), *islice(_shown(reversed(end), headings), 1)]


def _pieces(near: str) -> list[str]:
    """The lines as HTML; those that name a part are marked."""
    marked = _ITEM_AMONG.sub(_PART, _IN_ITEM.sub("", _CODE.sub(" ", near)))
    return _BREAK.split(_ROW.sub(_row, _LETTERHEAD.sub(r"\1<div\2div>\3", marked)))


def _row(found: re.Match[str]) -> str:
    """A row as a line, unless it is the layout of a page: that has one cell, or one of several paragraphs."""
    cells = _CELL.split(found[0])[1:]
    if len(cells) < 2 or any(len(_BLOCK.findall(cell)) > 1 for cell in cells):
        return found[0]
    shown = [" ".join(plaintext.plain(cell).split()) for cell in cells]
    if said := [cell for cell in shown if holding_lines.names_embargo(cell)]:
        return "".join(f"\n{escape(cell)}\n" for cell in said)
    key, value, *more = shown
    of_whole = not more and (
        (header_keys.meaning(key) == "status" and header_keys.unready(value))
        or (header_keys.meaning(key) == "publish_at" and header_lines.holds({key: value}))
    )
    return f"\n{escape(f'{key}: {value}')}\n" if of_whole else f"\n{_PART}{escape(' '.join((key, value, *more)))}\n"


def _shown(pieces: Iterable[str], headings: Counter[str]) -> Iterator[str]:
    """The words of lines that have any, and "" for those of parts. A heading in capitals is none of a part."""
    for piece in pieces:
        if words := " ".join(plaintext.plain(piece).split()):
            heading = _HEADING.search(piece)
            among = heading is not None and headings[heading[1].lower()] > 1 and not words.isupper()
            yield "" if among or (_PART in piece and not _holds(words)) else words


def _holds(line: str) -> bool:
    """Whether an item is a field of a header."""
    field = header_lines.KEY_LINE.fullmatch(line)
    return field is not None and header_lines.holds({field["key"].strip(): field["value"].strip()})
