"""Finds the lines of mails that a story quotes: who wrote to whom, and when, which dates the mail and not the story."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from feeds.text import dates
from worker.seeds.newswire.tables import tables

_LONGEST = 300
_OWN = ("mail", "subject")
_FIELD = re.compile(r"(?<!\w)(?P<key>[^\W\d_]+(?:[ -][^\W\d_]+)?)[ \t]*[:：]")
_DASHED = re.compile(r"\s[–—-]\s")
_NUMBER = re.compile(r"\d")
#: An address within a line.
ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.\w")
# The verb of the line that mail programs write above what is answered.
_WROTE = re.compile(
    r"(?i)\b(?:wrote|writes|schrieb|schreef|écrit|escribió|scritto|escreveu|viết|skrev|skrifaði|kirjoitti|napisał[a-z]*"
    r"|napsala?|írta|scris|написал[аи]?|написав|пише|menulis|yazdı)\b|έγραψε|写道|寫道|작성|كتب|כתב|เขียน"
)


def lines_of_mails(paragraphs: Sequence[str]) -> frozenset[int]:
    """The numbers of such paragraphs: attributions, fields of a header, of which two at least are a mail's own, and a
    moment that one has.
    """
    found = {number for number, paragraph in enumerate(paragraphs) if _is_attribution(paragraph) or _is_sent(paragraph)}
    run: list[int] = []
    kinds: set[str] = set()
    for number, paragraph in enumerate((*paragraphs, "")):
        if (first := _FIELD.match(paragraph)) and first["key"].casefold() in _keys():
            run.append(number)
            kinds.update(one["key"].casefold() for one in _FIELD.finditer(paragraph[:_LONGEST]))
            continue
        if sum(_keys().get(kind, False) for kind in kinds) > 1:
            found.update(run)
        run, kinds = [], set()
    return frozenset(found)


def _is_attribution(paragraph: str) -> bool:
    """Whether a paragraph is "On 4 May 2026, Ann wrote:"; a dateline has a dash."""
    if len(paragraph) > _LONGEST or not paragraph.endswith((":", "：")) or not _NUMBER.search(paragraph):
        return False
    wrote = _WROTE.search(paragraph)
    return bool(ADDRESS.search(paragraph)) or (wrote is not None and not _DASHED.search(paragraph[: wrote.start()]))


def _is_sent(paragraph: str) -> bool:
    """Whether a paragraph is "Sent: 4 May 2026"."""
    field = _FIELD.match(paragraph)
    if field is None or not _keys().get(field["key"].casefold()):
        return False
    return dates.parse(paragraph[field.end() :].strip(), lenient=True) is not None


@cache
def _keys() -> Mapping[str, bool]:
    """What stands before the colons in headers of mails, in any language, and whether it does so in mails alone."""
    named = [table.get("keys", {}) for table in tables().values()]
    dated = {word: False for keys in named for word in keys.get("date", ())}
    return {"date": False, **dated, **{word: True for keys in named for kind in _OWN for word in keys.get(kind, ())}}
