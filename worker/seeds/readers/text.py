"""Plain text in the form agencies use: headline, lead with outlet and day, paragraphs, credit line.

Authors need no markup, and no word is lost: each is in the title, the content or the authors, except for stray marks at
line ends. `blocks` finds the paragraphs; `story` reads facts out of the text, conservatively.
"""

import re
from dataclasses import replace

from worker.model import Evidence, RawEntry, Reading
from worker.seeds.newswire import credits
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.dateline import only_date
from worker.seeds.newswire.story import RTL, read_story
from worker.seeds.readers import blocks, shapes
from worker.seeds.readers.blocks import Block
from worker.seeds.readers.headline import LONGEST_HEADLINE, cut_headline, is_headline

_HEADLINE_MARK = re.compile(r"#{1,6}\s+(?=\S)")
_MOST_TOLD = 20


def read(body: str, title: str, context: SeedContext) -> Reading:
    """The entry of a plain text. title: from front matter; "" to take the first line."""
    lines = blocks.without_underline(blocks.lines_of(body))
    found = blocks.blocks_of(lines, _apart(lines))
    evidence = [
        Evidence("dropped", "a stray mark", f"line {number}", mark) for number, mark in lines.dropped[:_MOST_TOLD]
    ]
    if (more := len(lines.dropped) - _MOST_TOLD + 1) > 1:
        evidence[-1] = Evidence("dropped", f"{more} stray marks more", "the lines below", lines.dropped[-1][1])
    headline, rest, origin = _headline(found, title)
    prose = [block for block in rest if block.kind not in (blocks.ROW, shapes.PRE)]
    facts = read_story(headline, [block.text for block in prose], context)
    leaving = {prose[number].line for number in (*facts.bylines, facts.dated) if number >= 0}
    credited = prose[facts.credited].line if facts.credited >= 0 else -1
    kept = [block for block in rest if block.line not in leaving]
    primary = facts.language.partition("-")[0].lower()
    return Reading(
        RawEntry(
            title=headline,
            title_html=False,
            summary=facts.summary,
            summary_text=True,
            content=blocks.as_html(_with_headings(kept, credited), "rtl" if primary in RTL else ""),
            published=facts.published,
            authors=facts.authors,
            credit=facts.credit,
            language=facts.language,
        ),
        (*evidence, *origin, *facts.evidence),
    )


def _apart(lines: blocks.Lines) -> frozenset[int]:
    """Numbers of lines near the head and the foot that sign the story in any language, whatever is around them."""
    shown = [number for number, line in enumerate(lines.lines) if line]
    ends = {*shown[1:5], *shown[-4:]} - set(shown[:1])
    return frozenset(number for number in ends if credits.signs(lines.lines[number]))


def _with_headings(kept: list[Block], credited: int) -> list[Block]:
    """The blocks with sub-headings marked; never the credit line, the lines after it, or a caption.

    credited: the line of the credit, -1 without one.
    """
    foot = next((number for number, one in enumerate(kept) if one.line == credited), len(kept))
    headed = blocks.headings(kept[:foot])
    captions = {
        one.line for one in headed if one.kind == blocks.HEADING and ":" in one.text and credits.remark(one.text)
    }
    plain = [replace(one, kind=blocks.PARAGRAPH) if one.line in captions else one for one in headed]
    return [*plain, *kept[foot:]]


def _headline(found: list[Block], title: str) -> tuple[str, list[Block], list[Evidence]]:
    """The title, the blocks below it, and where the title comes from. Lines above it that say that a press release
    follows leave the text, if they say nothing else.
    """
    kept: list[Block] = []
    evidence: list[Evidence] = []
    while not title and len(found) > 1 and (beside := credits.beside_release(found[0].text)) is not None:
        if beside:
            kept.append(found[0])
        else:
            evidence.append(Evidence("dropped", "the mark of a press release", f"line {found[0].line}", found[0].text))
        found = found[1:]
    headline, rest, origin = _first_line(found, title)
    return headline, [*kept, *rest], [*evidence, *origin]


def _first_line(found: list[Block], title: str) -> tuple[str, list[Block], list[Evidence]]:
    """The title, the blocks below it, and where the title comes from."""
    if not found:
        return title, [], []
    evidence: list[Evidence] = []
    first = found[0]
    marked = _HEADLINE_MARK.match(first.text) or credits.headline_label(first.text)
    if marked and not title and len(first.text) <= LONGEST_HEADLINE:
        evidence.append(Evidence("dropped", "a mark before the headline", f"line {first.line}", marked[0].strip()))
        first = replace(first, text=first.text[marked.end() :])
        found = [first, *found[1:]]
    if not title and len(found) > 2 and only_date(first.text, "") and is_headline(found[1].text):
        # A date above the headline.
        evidence.append(Evidence("title", found[1].text, f"line {found[1].line}"))
        return found[1].text, [first, *found[2:]], evidence
    if title:
        return title, found[first.text == title :], evidence
    if first.kind != blocks.ROW and is_headline(first.text):
        evidence.append(Evidence("title", first.text, f"line {first.line}"))
        if len(found) > 2 and found[1].text == first.text:
            evidence.append(Evidence("dropped", "the headline once more", f"line {found[1].line}", first.text))
            found = found[1:]
        return first.text, found[1:], evidence
    cut = cut_headline(first.text)
    source = f"cut from the paragraph in line {first.line}, which stays"
    evidence.append(Evidence("title", cut, source, first.text[:60]))
    return cut, found, evidence
