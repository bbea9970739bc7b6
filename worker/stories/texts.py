"""The words of stored entries, as far as decisions and `seedfeed why` need them."""

from feeds.store.stories import Stories, StoryEntry
from feeds.text.plaintext import plain
from worker.stories.judgement import compare, longest_in_common
from worker.stories.wording import EntryWords

# Of all texts that are kept, with what is computed of them: a token takes about 130 bytes.
_MOST_TOKENS = 60_000
# What a text without tokens takes, in tokens.
_LEAST = 20


class Texts:
    """Reads texts from the store and keeps those that were used last, since a story's copies are decided together.

    Entries with the same title and the same words share one text.
    """

    def __init__(self, stories: Stories) -> None:
        self.stories = stories
        self._kept: dict[tuple[str, str | int], EntryWords] = {}
        self._size = 0

    def of(self, entry: StoryEntry) -> EntryWords:
        """An entry's own title and text."""
        key = _key(entry)
        found = self._kept.pop(key, None)
        if found is None:
            title, content, summary = self.stories.text(entry.n)
            found = EntryWords(title, plain(content) or summary)
            self._size += _LEAST + len(found.tokens)
            while self._kept and self._size > _MOST_TOKENS:
                self._drop(next(iter(self._kept)))
        self._kept[key] = found
        return found

    def lent(self, lead: StoryEntry) -> EntryWords | None:
        """A lead's title with the longer text that a copy lends it, if any."""
        content = self.stories.lent(lead.n)
        return EntryWords(lead.title, plain(content)) if content else None

    def forget(self, entry: StoryEntry) -> None:
        """Drops a text that may have changed."""
        if _key(entry) in self._kept:
            self._drop(_key(entry))

    def _drop(self, key: tuple[str, str | int]) -> None:
        self._size -= _LEAST + len(self._kept.pop(key).tokens)


def _key(entry: StoryEntry) -> tuple[str, str | int]:
    return entry.title, entry.text_digest or entry.n


def passages_of(stories: Stories, n: int) -> tuple[str, ...]:
    """The longest passages that an entry and its lead have in common, as the entry writes them."""
    entry = stories.standing([n])[n]
    lead = stories.standing([entry.kin])[entry.kin] if entry.kin is not None else None
    if lead is None:
        return ()
    texts = Texts(stories)
    one, own = texts.of(entry), texts.of(lead)
    judgement = compare(one, own)
    lent = None if judgement and judgement.accepted else texts.lent(lead)
    return longest_in_common(one, lent or own)
