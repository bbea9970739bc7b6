"""Reads an entry's language, day, author, credit and lead from running text, for every kind of file with text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from feeds.model import Person
from feeds.text import dates
from worker.encoding import language
from worker.model import Evidence, Reading
from worker.seeds.newswire import credits, dateline, names
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.mails import lines_of_mails

_SENTENCE_END = tuple(".!?…。！？।؟۔")
_CLOSING = "\"'”’»›」』)）]】"
_RUNNING = 120
_HEAD = 3


@dataclass(frozen=True, slots=True)
class StoryFacts:
    """The facts read from the text. published: RFC 3339, or "". summary: the lead, or "".

    bylines: paragraphs that name authors alone, and leave the body. dated: the one that is nothing but the date of
    publication and leaves with it, or -1. All others stay. credited: the credit line, or -1.
    """

    language: str = ""
    published: str = ""
    authors: tuple[Person, ...] = ()
    credit: str = ""
    summary: str = ""
    bylines: frozenset[int] = frozenset()
    dated: int = -1
    credited: int = -1
    evidence: tuple[Evidence, ...] = ()


def read_story(headline: str, paragraphs: Sequence[str], context: SeedContext) -> StoryFacts:
    """Reads the facts. headline: the title. paragraphs: plain text below it, one line each, in order."""
    evidence: list[Evidence] = []
    tongue = context.language
    if not tongue:
        tongue = language.main_language("\n".join((headline, *paragraphs)))
        if tongue:
            evidence.append(Evidence("language", tongue, "the letters and words of the text"))
    primary = tongue.partition("-")[0].lower()
    quoted = lines_of_mails(paragraphs)
    signed = {number: group for number, group in credits.bylines(paragraphs, primary).items() if number not in quoted}
    # An editor or a photographer is named nowhere else.
    stays = {number for number, group in signed.items() if credits.names_others(paragraphs[number], group, primary)}
    for number, group in signed.items():
        source = "a by-line" if number in stays else "a by-line, which leaves the text"
        evidence.append(Evidence("authors", ", ".join(group), source, paragraphs[number]))
    kept = [number for number in range(len(paragraphs)) if number not in signed]
    credit, credited = _credit(kept, paragraphs, primary)
    if credit:
        evidence.append(Evidence("credit", credit, "the last line", paragraphs[credited]))
    foot = credits.foot_author(paragraphs[credited], primary) if credit and not signed else ""
    if foot:
        evidence.append(Evidence("authors", foot, "the name before the credit", paragraphs[credited]))
    told = [number for number in kept if number != credited and number not in quoted]
    story = _without_deck(told, paragraphs)
    # A date after the names of a by-line counts like a line of its own above the lead.
    dates_above = [
        day for number in signed if number < _HEAD and (day := credits.date_after_byline(paragraphs[number]))
    ][:1]
    opening = dateline.read(headline, [*dates_above, *(paragraphs[number] for number in story)], primary, context)
    lead = story[max(0, opening.lead - len(dates_above))] if story else -1
    summary = paragraphs[lead][opening.summary_from :] if story else ""
    if opening.outlet:
        outlet = f"without the outlet “{opening.outlet}”"
        evidence.append(Evidence("summary", outlet, "the lead", paragraphs[lead][: opening.summary_from + 40]))
    elif summary:
        evidence.append(Evidence("summary", "as it stands", "the lead", summary[:60]))
    inline = names.reporter(paragraphs[lead], primary) if story and not signed and not foot else ()
    if inline:
        evidence.append(Evidence("authors", ", ".join(inline), "the dateline of the lead", paragraphs[lead][:60]))
    dated = -1
    found = opening.evidence
    if opening.dated >= len(dates_above) and not context.dated:
        dated = story[opening.dated - len(dates_above)]
        found = tuple(
            replace(one, source=f"{one.source}, which leaves the text") if one.field == "published" else one
            for one in found
        )
    authors = tuple(Person(name) for group in (*signed.values(), (foot,), inline) for name in group if name)
    return StoryFacts(
        language=tongue,
        published=dates.rfc3339(opening.published) if opening.published else "",
        authors=tuple(dict.fromkeys(authors)),
        credit=credit,
        summary=summary,
        bylines=frozenset(signed.keys() - stays),
        dated=dated,
        credited=credited,
        evidence=(*found, *evidence),
    )


def _credit(kept: Sequence[int], paragraphs: Sequence[str], tongue: str) -> tuple[str, int]:
    """The credit and its paragraph: the last one, or the last above a remark or end mark."""
    for number in kept[:0:-1][:3]:
        if name := credits.credit(paragraphs[number], tongue):
            return name, number
        if not credits.ends(paragraphs[number]):
            break
    return "", -1


def _without_deck(numbers: list[int], paragraphs: Sequence[str]) -> list[int]:
    """The paragraphs without the deck (non-sentences between headline and lead); digits stay, as they may be a date."""
    for place, number in enumerate(numbers[:4]):
        words = paragraphs[number].rstrip(_CLOSING)
        if words[-1:] in _SENTENCE_END or len(words) >= _RUNNING:
            above = [one for one in numbers[:place] if not _is_deck(paragraphs[one])]
            return [*above, *numbers[place:]]
    return numbers


def _is_deck(line: str) -> bool:
    return line[-1:] not in ",،，:：" and not any(map(str.isdigit, line))


# Languages that are recognisable by their letters, whatever a page's template says.
_PROVED = frozenset("vi th ja zh ko he el hi ar ru uk ka hy bn ta te km lo my".split())
RTL = frozenset({"ar", "he", "fa", "ur", "ps", "ug", "yi", "dv", "ckb", "sd"})
_NUMBERED = re.compile(r' data-paragraph="(\d+)"')


def complete_reading(reading: Reading, title: str, context: SeedContext, *, text_first: bool) -> Reading:
    """A reading completed from its paragraphs where the file states nothing. title: from front matter, or "".

    text_first: author and day in the text override those that the file states, since a document's properties are often
    its template's.
    """
    raw = reading.entry
    facts = read_story(title or raw.title, reading.paragraphs, context)
    spoken = _language(raw.language, facts.language)
    published = (facts.published or raw.published) if text_first else (raw.published or facts.published)
    authors = (facts.authors or raw.authors) if text_first else (raw.authors or facts.authors)
    leaving = facts.bylines | ({facts.dated} if published == facts.published else set())
    stated = {one.field for one in reading.evidence}
    read_fields = {one.field for one in facts.evidence}
    entry = replace(
        raw,
        summary=raw.summary or facts.summary,
        summary_text=True,
        content=mark_direction(_numberless(raw.content, leaving), spoken),
        published=published,
        authors=authors,
        language=spoken,
        credit=raw.credit or facts.credit,
    )
    evidence = (
        *(one for one in reading.evidence if not (text_first and one.field in read_fields)),
        *(one for one in facts.evidence if text_first or one.field not in stated or one.field == "dropped"),
    )
    return replace(reading, entry=entry, evidence=evidence, paragraphs=())


def _language(stated: str, read: str) -> str:
    """The stated language, unless the letters of the text contradict it."""
    primary = stated.partition("-")[0].lower()
    # "en" is often a template's default.
    return read if read and read != primary and (read in _PROVED or primary in {"", "en"}) else stated or read


def _numberless(content: str, leaving: frozenset[int]) -> str:
    """The content without the paragraphs that leave, and without the numbers of all."""
    for number in leaving:
        content = re.sub(
            rf'<p(?=[ >])[^<>]* data-paragraph="{number}"[^<>]*>.*?</p>\s*', "", content, count=1, flags=re.S
        )
    return _NUMBERED.sub("", content).strip()


def mark_direction(content: str, language: str) -> str:
    """HTML of top-level blocks, marked as right-to-left if the language is."""
    if language.partition("-")[0].lower() not in RTL and "-arab" not in language.lower():
        return content
    return re.sub(r"(?m)^<(p|h[1-6]|ul|ol|table|blockquote|div)(?=[ >])(?![^<>]* dir=)", r'<\1 dir="rtl"', content)
