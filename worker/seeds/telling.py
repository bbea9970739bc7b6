"""What running text tells of its entry: language, day, author, credit, lead. For every kind of file that holds any."""

from collections.abc import Sequence
from dataclasses import dataclass

from feeds import dates
from feeds.model import Person
from worker import language
from worker.model import Evidence
from worker.seeds import dateline, signing
from worker.seeds.front import SeedContext


@dataclass(frozen=True, slots=True)
class Told:
    """What was read from the text. published: RFC 3339, "" for no date. summary: the lead, "" without one.

    bylines: which paragraphs are by-lines, so that they leave the body; everything else stays. lead: which paragraph
    is the lead, -1 without one. credited: which one is the credit line, -1 without one.
    """

    language: str = ""
    published: str = ""
    authors: tuple[Person, ...] = ()
    credit: str = ""
    summary: str = ""
    bylines: frozenset[int] = frozenset()
    lead: int = -1
    credited: int = -1
    evidence: tuple[Evidence, ...] = ()


def tell(headline: str, paragraphs: Sequence[str], context: SeedContext) -> Told:
    """headline: the title. paragraphs: plain text below it, one line each, in their order."""
    evidence: list[Evidence] = []
    tongue = context.language
    if not tongue:
        tongue = language.whole("\n".join((headline, *paragraphs)))
        if tongue:
            evidence.append(Evidence("language", tongue, "the letters and words of the text"))
    primary = tongue.partition("-")[0].lower()
    signed = signing.bylines(paragraphs, primary)
    for number, names in signed.items():
        evidence.append(Evidence("authors", ", ".join(names), "a by-line, which leaves the text", paragraphs[number]))
    kept = [number for number in range(len(paragraphs)) if number not in signed]
    credit, credited = "", -1
    if len(kept) > 1 and (credit := signing.credit(paragraphs[kept[-1]], primary)):
        credited = kept[-1]
        evidence.append(Evidence("credit", credit, "the last line", paragraphs[credited]))
    told = kept[:-1] if credited >= 0 else kept
    opening = dateline.read(headline, [paragraphs[number] for number in told], primary, context)
    lead = told[opening.lead] if told else -1
    summary = paragraphs[lead][opening.summary_from :] if told else ""
    if opening.outlet:
        outlet = f"without the outlet “{opening.outlet}”"
        evidence.append(Evidence("summary", outlet, "the lead", paragraphs[lead][: opening.summary_from + 40]))
    elif summary:
        evidence.append(Evidence("summary", "as it stands", "the lead", summary[:60]))
    authors = tuple(Person(name) for names in signed.values() for name in names)
    return Told(
        language=tongue,
        published=dates.rfc3339(opening.published) if opening.published else "",
        authors=tuple(dict.fromkeys(authors)),
        credit=credit,
        summary=summary,
        bylines=frozenset(signed),
        lead=lead,
        credited=credited,
        evidence=(*opening.evidence, *evidence),
    )
