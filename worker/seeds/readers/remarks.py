"""Takes out of Markdown and plain text what its author meant for editors: comments, and changes that are only proposed.

Quarto's hidden divs, Obsidian's %%comment%%, CriticMarkup, comments of Liquid, Nunjucks, Handlebars, MDX and Org, and
the comments that Google Docs puts at the end of its exports. Code keeps its text. HTML comments in Markdown leave with
the sanitising. Pure, and linear.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from feeds.errors import SeedError

_PASSAGE = 60
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class _Mark:
    """How a remark opens and closes. keeps: what is published in place of it: nothing, all that is inside, or the part
    behind the arrow of a change. everywhere: in plain text, too.
    """

    opening: str
    closing: str
    keeps: str = "nothing"
    everywhere: bool = False


_MARKS: Mapping[str, _Mark] = {
    "comment": _Mark(r"\{>>", r"<<\}", everywhere=True),
    "deletion": _Mark(r"\{--", r"--\}", everywhere=True),
    "addition": _Mark(r"\{\+\+", r"\+\+\}", "inside", everywhere=True),
    "highlight": _Mark(r"\{==", r"==\}", "inside", everywhere=True),
    "substitution": _Mark(r"\{~~", r"~~\}", "behind", everywhere=True),
    "obsidian": _Mark(r"(?<![\w%])%%(?!%)", r"%%"),
    "liquid": _Mark(r"\{%-?\s*comment\b[^%\n]*%\}", r"\{%-?\s*endcomment\s*-?%\}"),
    "hugo": _Mark(r"\{\{[<%]\s*comment\s*[%>]\}\}", r"\{\{[<%]\s*/\s*comment\s*[%>]\}\}"),
    "nunjucks": _Mark(r"\{#(?=\s)", r"#\}"),
    "handlebars": _Mark(r"\{\{!--", r"--\}\}"),
    "mdx": _Mark(r"\{\{?/\*", r"\*/\}\}?"),
    "org": _Mark(r"^[ \t]*(?:- )?#\+(?i:begin_comment)\b", r"^[ \t]*#\+(?i:end_comment)[^\n]*"),
}
# A whole line, or several, in plain text, where other markup is text.
_HTML = _Mark(r"^[ \t]*<!--", r"-->[ \t]*$", everywhere=True)
_FENCE = re.compile(r"[ ]{0,3}(?P<fence>`{3,}|~{3,})[^`\n]*")
_CODE = r"(?P<ticks>(?<![`\\])`+)"
_INDENTED = re.compile(r"(?: {4}| {0,3}\t)")
_ITEM = re.compile(r"[ \t]+\S|[-*+] |\d{1,9}[.)] |\[\^")
_FLAGS = re.MULTILINE
# Pandoc's divs, of which Quarto hides some: "::: {.content-hidden}" to ":::".
_DIV, _DIV_END = re.compile(r":{3,}[ \t]*[^\s:]"), re.compile(r":{3,}[ \t]*")
_HIDDEN_DIV = re.compile(r":{3,}[ \t]*\{[^}]*\.content-hidden(?![^}]*(?:when|unless)-(?!format=[\"']html))[^}]*\}")
_CODE_LINE = re.compile(r" {0,3}(?:`{3,}|~{3,})")


def _opening(marks: Mapping[str, _Mark], code: str = "") -> re.Pattern[str]:
    return re.compile(
        "|".join([*([code] if code else []), *(f"(?P<{n}>{m.opening})" for n, m in marks.items())]), _FLAGS
    )


_PLAIN_MARKS = {**{name: mark for name, mark in _MARKS.items() if mark.everywhere}, "html": _HTML}
_MARKDOWN, _PLAIN = _opening(_MARKS, _CODE), _opening(_PLAIN_MARKS)
_CLOSING = {name: re.compile(mark.closing, _FLAGS) for name, mark in {**_MARKS, "html": _HTML}.items()}
# Google Docs: "[a]" in the text, and at its end a line for each: "[a]Is this true?".
_NOTE = re.compile(r"^\[([a-z]{1,2})\](?=[^\s(:\[])", re.MULTILINE)

# Word's: "[LP1]" at the words, and at the text's end " [LP1]Is this true?".
_WORD_NOTE = re.compile(
    r"^(?P<before>[ \t\xa0]?)\[(?P<label>[^\W\d_][^\W\d_.]{0,8}(?P<number>\d{1,3}))\](?P<behind>[ \t\xa0]?)\S",
    re.MULTILINE,
)
# Labels that say that they are notes of the text.
_OF_NOTES = re.compile(r"(?i:\w*[注註주]|notes?|nota|anm|ref|fn)\d+")


def without_remarks(text: str, *, markdown: bool) -> tuple[str, tuple[str, ...]]:
    """The text without remarks, and the beginning of each.

    Raises SeedError E_HELD, without the file's name, for one that opens a line and does not end.
    """
    text, dropped = _without_notes(text)
    text, of_word = _without_word_notes(text)
    dropped += of_word
    if markdown and ".content-hidden" in text:
        text, hidden = _without_hidden_divs(text)
        dropped += hidden
    kept: list[str] = []
    start = 0
    for begin, end, instead in _remarks(text, markdown=markdown):
        kept += [text[start:begin], instead]
        dropped.append(text[begin : min(end, begin + _PASSAGE)])
        start = end
    return "".join((*kept, text[start:])), tuple(dropped)


def _without_hidden_divs(text: str) -> tuple[str, list[str]]:
    """The text without the divs that Quarto hides, and the beginning of each. Other divs within them count."""
    kept: list[str] = []
    dropped: list[str] = []
    depth, code = 0, False
    for line in text.split("\n"):
        code ^= _CODE_LINE.match(line) is not None
        if depth and not code:
            depth += -1 if _DIV_END.fullmatch(line) else _DIV.match(line) is not None
        elif not depth and not code and _HIDDEN_DIV.match(line):
            depth = 1
            dropped.append(line[:_PASSAGE])
        elif not depth:
            kept.append(line)
    return "\n".join(kept), dropped


def _remarks(text: str, *, markdown: bool) -> Iterator[tuple[int, int, str]]:
    """Where each remark begins and ends, and what is published in place of it."""
    marks = _MARKS if markdown else _PLAIN_MARKS
    whole, text = text, _without_code(text) if markdown else text
    ends: dict[str, re.Match[str] | None] = {}
    position = paragraph = 0
    while found := (_MARKDOWN if markdown else _PLAIN).search(text, position):
        name, position = str(found.lastgroup), max(found.end(), found.start() + 1)
        if name == "ticks":
            if paragraph < position:
                paragraph = text.find("\n\n", position)
                paragraph = len(text) if paragraph < 0 else paragraph
            position = _behind_span(text, len(found[name]), position, paragraph)
            continue
        # The end that was found for an earlier one counts until it is passed.
        known = ends.get(name)
        if name not in ends or (known and known.start() < position):
            known = ends[name] = _CLOSING[name].search(text, position)
        if known is None or known.start() - position > _LONGEST:
            if (
                name == "obsidian"
                and known is None
                and not text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
            ):
                line = text.count("\n", 0, found.start()) + 1
                ask = f"line {line} opens a comment (%%) that does not end. Nothing of it is published until it does."
                raise SeedError("", ask, "E_HELD")
            continue
        inside = whole[position : known.start()]
        keeps = marks[name].keeps
        instead = inside if keeps == "inside" else inside.partition("~>")[2] if keeps == "behind" else ""
        yield found.start(), known.end(), instead
        position = known.end()


def _without_code(text: str) -> str:
    """The text with nothing in place of its blocks of code, fenced or indented, as long as before.

    A block is indented below a blank line; below an item, that is more of the item.
    """
    kept: list[str] = []
    mark, indented, blank, of_item = "", False, True, False
    for line in text.split("\n"):
        void = not line.strip()
        opened = None if mark or indented else _FENCE.fullmatch(line)
        if mark:
            kept.append(" " * len(line))
            closes = line.strip(" \t")
            mark = "" if closes.strip(mark[0]) == "" and len(closes) >= len(mark) and line[:4].strip() else mark
        elif opened:
            kept.append(" " * len(line))
            mark = opened["fence"]
        elif not void and _INDENTED.match(line) and (indented or (blank and not of_item)):
            kept.append(" " * len(line))
            indented = True
        else:
            kept.append(line)
            indented = indented and void
            if not void and (blank or not of_item or _ITEM.match(line)):
                of_item = _ITEM.match(line) is not None
        blank = void
    return "\n".join(kept)


def _behind_span(text: str, backticks: int, position: int, paragraph: int) -> int:
    """Where a span of code ends: at as many backticks, within its paragraph, which ends there."""
    span = re.compile(rf"(?<!`)`{{{backticks}}}(?!`)").search(text, position, paragraph)
    return span.end() if span else position


def _without_notes(text: str) -> tuple[str, list[str]]:
    """The text without Google Docs' comments, of which each has a mark above."""
    notes = list(_NOTE.finditer(text))
    first = next((number for number, note in enumerate(notes) if note[1] == "a"), len(notes))
    below = notes[first:]
    if not below or [note[1] for note in below] != [_label(number) for number in range(len(below))]:
        return text, []
    body = text[: below[0].start()]
    if not all(f"[{note[1]}]" in body for note in below):
        return text, []
    dropped = [text[note.start() : note.start() + _PASSAGE].split("\n")[0] for note in below]
    for note in below:
        body = body.replace(f"[{note[1]}]", "")
    return body.rstrip() + "\n", dropped


def unsure_note(text: str) -> str:
    """The first of the notes at a text's end that may be comments of Word or footnotes; "" if there are none."""
    notes, sure = _word_notes(text)
    return _shown(notes[0], text) if notes and not sure else ""


def _without_word_notes(text: str) -> tuple[str, list[str]]:
    """The text without Word's comments, which are numbered, and their marks."""
    notes, sure = _word_notes(text)
    if not sure:
        return text, []
    body = text[: notes[0].start()]
    for note in notes:
        body = body.replace(f"[{note['label']}]", "")
    return f"{body.rstrip()}\n", [_shown(note, text) for note in notes]


def _word_notes(text: str) -> tuple[list[re.Match[str]], bool]:
    """The notes at a text's end that have marks in it, if they may be Word's comments, and whether they are.

    Word puts a space before its labels and none behind. Footnotes have it behind, and references before their marks.
    """
    notes = list(_WORD_NOTE.finditer(text))
    first = next((number for number in range(len(notes) - 1, -1, -1) if int(notes[number]["number"]) == 1), len(notes))
    below = notes[first:]
    if not below or [int(note["number"]) for note in below] != list(range(1, len(below) + 1)):
        return [], False
    body = text[: below[0].start()]
    marks = [(f"[{note['label']}]", body.find(f"[{note['label']}]")) for note in below]
    if any(place < 0 for _, place in marks) or all(map(_OF_NOTES.fullmatch, (note["label"] for note in below))):
        return [], False
    at_words = any(
        not body[place - 1 : place].isspace() or body[place + len(mark) : place + len(mark) + 1].isalnum()
        for mark, place in marks
        if place
    )
    if not at_words and all(note["behind"] and not note["before"] for note in below):
        return [], False
    return below, any(note["before"] and not note["behind"] for note in below)


def _shown(note: re.Match[str], text: str) -> str:
    return text[note.start() : note.start() + _PASSAGE].strip().split("\n")[0]


def _label(number: int) -> str:
    first, second = divmod(number, 26)
    return (chr(96 + first) if first else "") + chr(97 + second)
