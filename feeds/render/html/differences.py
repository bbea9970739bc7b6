"""What an edit changed, word by word, for people.

Pure. Texts are compared by paragraphs first, then differing paragraphs by words; letters of scripts without spaces
count as words. Both comparisons use Python's difflib within a bound that holds for any input: what exceeds it counts as
rewritten. Long unchanged passages are left out, except a few words beside each change.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from feeds.text.plaintext import pieces, plain

# Pairs of positions with the same word that difflib may have to examine in one comparison of two texts: a tenth of a
# second. A rewritten newspaper page takes half of it.
MOST_PAIRS = 300_000
# Words kept beside a change.
CONTEXT = 12
# Two changes with at most this many words between them are read as one.
_ISLAND = 2
# Paragraphs that share less than this count as rewritten: a patchwork of "the" and "of" would say nothing.
_LEAST_SHARED = 0.3

_BLOCK_TAG = re.compile(
    r"</?(?:address|article|aside|audio|blockquote|br|caption|center|dd|details|div|dl|dt|figcaption|figure|footer|"
    r"h[1-6]|header|hgroup|hr|li|main|menu|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul|video)"
    r"(?=[\s/>])[^>]*>"
)


class Kind(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one kind in a row; a line feed among them ends a paragraph. LEFT_OUT has a number instead of words."""

    kind: Kind
    words: str = ""
    count: int = 0


def paragraphs_of_html(html: str) -> list[str]:
    """The paragraphs of sanitised HTML, as plain text."""
    return [text for block in _BLOCK_TAG.split(html) if (text := plain(block))]


def differences(old: Sequence[str], new: Sequence[str]) -> tuple[Run, ...]:
    """How the paragraphs `old` changed into `new`; empty if no word changed."""
    before, after = (_words(paragraphs_) for paragraphs_ in (old, new))
    if [word.strip() for word in before] == [word.strip() for word in after]:
        return ()
    return tuple(_runs(list(_abridged(_joined(_Comparison().parts(old, new))))))


# A change of `before` words into `after` words; `same` if nothing changed.
@dataclass(frozen=True, slots=True)
class _Part:
    same: bool
    before: list[str]
    after: list[str]


def _words(paragraphs_: Sequence[str]) -> list[str]:
    """Words with the white space that follows them; the last one of a paragraph has a line feed."""
    found: list[str] = []
    for paragraph in paragraphs_:
        words = pieces(paragraph)
        if words:
            words[-1] = words[-1].rstrip() + "\n"
        found += words
    return found


class _Comparison:
    """One comparison of two texts, with what is left of its cost limit."""

    def __init__(self) -> None:
        self._pairs = MOST_PAIRS

    def parts(self, old: Sequence[str], new: Sequence[str]) -> Iterator[_Part]:
        for same, before, after in self._opcodes(old, new):
            if not same and len(before) == len(after):
                # As many paragraphs as before: most likely each was edited in place.
                for pair in zip(before, after, strict=True):
                    yield from self._edited(pair[:1], pair[1:])
            elif same:
                yield _Part(True, _words(before), _words(after))
            else:
                yield from self._edited(before, after)

    def _edited(self, old: Sequence[str], new: Sequence[str]) -> Iterator[_Part]:
        """The differing paragraphs, compared by words."""
        left, right = _words(old), _words(new)
        parts = list(self._opcodes([word.rstrip() for word in left], [word.rstrip() for word in right]))
        shared = sum(len(words) for same, words, _ in parts if same)
        if 2 * shared < _LEAST_SHARED * (len(left) + len(right)):
            yield _Part(False, left, right)
            return
        at_left = at_right = 0
        for same, gone, come in parts:
            yield _Part(same, left[at_left : at_left + len(gone)], right[at_right : at_right + len(come)])
            at_left, at_right = at_left + len(gone), at_right + len(come)

    def _opcodes(self, old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
        """(same, of old, of new) in order. Everything between a common beginning and a common end is one change if
        comparing it would cost too much.
        """
        first = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        last = 0
        while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
            last += 1
        a, b = old[first : len(old) - last], new[first : len(new) - last]
        yield True, old[:first], new[:first]
        cost = _pairs(a, b)
        if cost > self._pairs:
            yield False, a, b
        else:
            self._pairs -= cost
            for tag, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
                yield tag == "equal", a[a1:a2], b[b1:b2]
        yield True, old[len(old) - last :], new[len(new) - last :]


def _pairs(a: Sequence[str], b: Sequence[str]) -> int:
    """How many pairs of positions in `a` and `b` have the same item."""
    left, right = Counter(a), Counter(b)
    return sum(count * right[word] for word, count in left.items())


def _joined(parts: Iterator[_Part]) -> Iterator[_Part]:
    """Merges neighbours of one kind, and changes that only a word or two separate."""
    joined: list[_Part] = []
    for part in parts:
        if not part.before and not part.after:
            continue
        if not part.same and _is_island(joined):
            _append(joined[-2], joined.pop())
        if joined and joined[-1].same == part.same:
            _append(joined[-1], part)
        else:
            joined.append(_Part(part.same, [*part.before], [*part.after]))
    yield from joined


def _append(to: _Part, part: _Part) -> None:
    to.before.extend(part.before)
    to.after.extend(part.after)


def _is_island(parts: Sequence[_Part]) -> bool:
    """Whether the last part is a word or two after a change, in the same paragraph."""
    if len(parts) < 2 or not parts[-1].same or len(parts[-1].after) > _ISLAND:
        return False
    return not any(word.endswith("\n") for word in parts[-1].after)


def _abridged(parts: Iterator[_Part]) -> Iterator[_Part | int]:
    """The parts, with a number of words in place of passages that are far from any change."""
    held = list(parts)
    for number, part in enumerate(held):
        words = part.after
        head = 0 if number == 0 else CONTEXT
        tail = 0 if number == len(held) - 1 else CONTEXT
        if not part.same or len(words) <= head + tail + CONTEXT:
            yield part
            continue
        if head:
            yield _Part(True, words[:head], words[:head])
        yield len(words) - head - tail
        if tail:
            yield _Part(True, words[-tail:], words[-tail:])


def _runs(parts: Sequence[_Part | int]) -> Iterator[Run]:
    starts = True  # whether a paragraph begins here
    for part in parts:
        if isinstance(part, int):
            yield Run(Kind.LEFT_OUT, count=part)
            starts = False
            continue
        after = "".join(part.after)
        if part.same:
            yield Run(Kind.SAME, after)
        else:
            before = "".join(part.before)
            if after.endswith("\n") and not starts:
                # Both end the same paragraph, which ends once.
                before = before.removesuffix("\n")
            if before:
                yield Run(Kind.REMOVED, before)
            if after:
                yield Run(Kind.ADDED, after)
        starts = (after or "".join(part.before)).endswith("\n")
