"""Evidence: whether an entry is one that is known, edited, or another one.

Pure. An id that a source gives is believed. Where there is none, or another one, these tell, the strongest first:

- Several entries of one document are several, if guids, places on a page, titles, words or stated dates differ.
- The same stated date, or the same words, of an entry that is alone under its name: the same, and so is one of which
  the date alone has moved, since many sources state the moment of each request.
- What took the place of the only entry of a page, under another guid, is that one, published anew: if the guids differ
  only in a version, or the date is the same, or the document has other entries, so that each has a page of its own.
- Words in common: an edited text keeps runs of its words, the next one of a series does not. If the date has moved as
  well, more of them must be left, and most numbers: bulletins of one wording give other numbers each day.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from feeds.model import Entry
from feeds.text.plaintext import plain, tokens
from worker.entries.markup import lasting

#: Texts with fewer tokens may be equal by chance ("Read more", a headline, an exchange rate).
FEWEST_TOKENS = 20

_RUN = 3  # words
# Of the shorter text's runs, the share that an edit leaves, and one that moves the date as well.
_LEFT, _LEFT_MOVED = 1 / 3, 1 / 2
# Of all runs, the share that proves an entry to be the same under another title and link.
_NEARLY_ALL = 0.8
# An edit corrects a number or two; a bulletin is filled in anew.
_FILLED_IN = 3


def words_said(entry: Entry) -> list[str]:
    """The tokens of an entry's text; of its title, if it has no text."""
    return tokens(plain(entry.content) or entry.summary) or tokens(entry.title)


def is_edited(old: Sequence[str], new: Sequence[str], *, moved: bool) -> bool:
    """Whether a text is another version of an old one. moved: its source states another date for it."""
    return share(old, new) >= (_LEFT_MOVED if moved else _LEFT) and not (moved and _is_filled_in(old, new))


def is_nearly(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether a text proves by itself that it is an old one with a few other words."""
    long = min(len(old), len(new)) >= FEWEST_TOKENS
    return long and share(old, new) >= _NEARLY_ALL and not _is_filled_in(old, new)


def is_restated(old: Entry, new: Entry, *, moved: bool, named: bool) -> bool:
    """Whether an entry that took the place of an old one on their page, under another guid, is a version of it.

    moved: as in `is_edited`. named: their guids name one thing. Else the same text under another title and date is
    another entry, and so is another recording under the same words.
    """
    titles = tokens(old.title), tokens(new.title)
    if titles[0] == titles[1] and not moved:
        return True
    if moved and not _has_same_recordings(old, new):
        return False
    titled = named or titles[0] == titles[1] or (not moved and is_edited(*titles, moved=False))
    return titled and is_edited(words_said(old), words_said(new), moved=moved)


def share(one: Sequence[str], other: Sequence[str]) -> float:
    """The share of the shorter text's runs of three words that the longer one has."""
    size = min(_RUN, len(one), len(other))
    if not size:
        return float(len(one) == len(other))
    shorter, longer = sorted((_runs(tuple(one), size), _runs(tuple(other), size)), key=len)
    return len(shorter & longer) / len(shorter)


def still_said(old: Sequence[str], new: Sequence[str]) -> float:
    """The share of an old text's runs of three words that a new one has; the old one has three words at least."""
    runs = _runs(tuple(old), _RUN)
    return len(runs & _runs(tuple(new), _RUN)) / len(runs)


def begins(words: Sequence[str], teaser: Sequence[str]) -> bool:
    """Whether a teaser is the beginning of a longer text; it may be cut within a word."""
    whole = len(teaser) - 1
    return 0 <= whole < len(words) and words[:whole] == teaser[:whole] and words[whole].startswith(teaser[whole])


@lru_cache(maxsize=64)  # an entry is compared with all that are hidden
def _runs(words: tuple[str, ...], size: int) -> frozenset[tuple[str, ...]]:
    return frozenset(words[start : start + size] for start in range(len(words) - size + 1))


def _has_same_recordings(old: Entry, new: Entry) -> bool:
    one, other = (
        {lasting(file.url) for file in entry.enclosures if not file.type.startswith("image/")} for entry in (old, new)
    )
    return not (one and other) or one == other


def _is_filled_in(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether most numbers of a text are others: of a short one, a single number is what it is about."""
    numbers, later = (Counter(filter(str.isdecimal, words)) for words in (old, new))
    changed = min((numbers - later).total(), (later - numbers).total())
    if min(len(old), len(new)) < FEWEST_TOKENS:
        return changed > 0
    return changed >= _FILLED_IN and changed > (numbers & later).total()
