"""What running text tells of its entry: language, day, author, credit, lead. For every kind of file that holds any."""

from collections.abc import Sequence
from dataclasses import dataclass

from feeds.model import Person
from worker.model import Evidence
from worker.seeds.front import SeedContext


@dataclass(frozen=True, slots=True)
class Told:
    """What was read from the text. published: RFC 3339, "" for no date. summary: the lead, "" without one.

    bylines: which paragraphs are by-lines, so that they leave the body; everything else stays.
    """

    language: str = ""
    published: str = ""
    authors: tuple[Person, ...] = ()
    credit: str = ""
    summary: str = ""
    bylines: frozenset[int] = frozenset()
    evidence: tuple[Evidence, ...] = ()


def tell(headline: str, paragraphs: Sequence[str], context: SeedContext) -> Told:  # noqa: ARG001  # a stub so far
    """headline: the title. paragraphs: plain text below it, one line each, in their order."""
    return Told()
