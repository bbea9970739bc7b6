"""Repairs made to the entries of a document, as warnings for the log: W_LONG, W_DUPID, W_DATE, W_COMPLEX,
W_TITLE, W_HIDDEN, W_ALTER.

Pure. `normalise`, `sanitise` and `identify` make the repairs; they are detected here by comparison.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from feeds.model import Entry
from feeds.text.plaintext import TITLE_LIMIT, shorten
from worker.entries.apart import without_repeats
from worker.entries.normalise import HIDDEN_WORDS
from worker.entries.sanitise import is_reduced
from worker.model import RawEntry

_QUOTED = 40
# What FreeMarker, Liquid, Jinja, ERB and mail programs replace, if nothing else is there.
_TEMPLATE = re.compile(
    r"(?:\s*+(?:\$\{[^{}]*+\}|\{\{[^{}]*+\}\}|\{%[^{}%]*+%\}|<%[^%]*+%>|</?#[^<>]*+>|\[/?#(?:if|list|else)[^\[\]]*+\]|%%\w++%%))++\s*"
)


def describe_repairs(raw: Sequence[RawEntry], entries: Sequence[Entry]) -> tuple[str, ...]:
    """One sentence for each kind of repair. entries: what each of `raw` became."""
    return tuple(_repair_sentences(raw, entries))


def _repair_sentences(raw: Sequence[RawEntry], entries: Sequence[Entry]) -> Iterator[str]:
    pairs = list(zip(raw, entries, strict=True))
    if cut := sum(len(one.title) > TITLE_LIMIT <= len(entry.title) for one, entry in pairs):
        yield f"W_LONG: {cut} titles were cut to {TITLE_LIMIT:,} characters"
    if again := entries and len(entries) - len(without_repeats(entries[0].source_id, entries)):
        yield f"W_DUPID: {again} entries repeat another of the same id, link and words; of each the newest counts"
    if dates := [one.published or one.updated for one, entry in pairs if _misdated(one, entry)]:
        yield f"W_DATE: {len(dates)} dates cannot be meant, like {_quoted(dates)}; first sight counts instead"
    if unfilled := [entry.title for entry in entries if _TEMPLATE.fullmatch(entry.title)]:
        yield f"W_TITLE: {len(unfilled)} titles are an unfilled template, like {_quoted(unfilled)}"
    if flat := sum(is_reduced(one.content or one.summary, entry.content) for one, entry in pairs):
        yield f"W_COMPLEX: {flat} texts have more markup than can be read; their words are kept"
    altered: Counter[str] = Counter()
    for entry in entries:
        altered.update(dict(entry.altered))
    if hidden := hidden_words(altered):
        yield f"W_HIDDEN: {hidden}"
    altered = Counter({what: count for what, count in altered.items() if not what.startswith(HIDDEN_WORDS)})
    if altered:
        yield f"W_ALTER: {', '.join(f'{count} {what}' for what, count in altered.items())}"


def hidden_words(altered: Mapping[str, int]) -> str:
    """What was left out of entries since no browser shows it, and how many words; "" if none were."""
    hidden = [(what, count) for what, count in altered.items() if what.startswith(HIDDEN_WORDS)]
    if not hidden:
        return ""
    like = hidden[0][0].removeprefix(f"{HIDDEN_WORDS}: ")
    words = sum(count for _, count in hidden)
    return f"{len(hidden)} hidden parts with words were left out, like {like!r}, {words} words in all"


def _misdated(raw: RawEntry, entry: Entry) -> bool:
    return not entry.dated and bool(raw.published or raw.updated)


def _quoted(texts: Iterable[str]) -> str:
    return ascii(shorten(next(iter(texts)), _QUOTED))
