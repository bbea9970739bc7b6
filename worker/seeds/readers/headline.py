"""Headlines: whether a first line is one, and how to cut one from a paragraph.

Pure.
"""

import re
import unicodedata

from feeds.text import plaintext
from worker.seeds.newswire.dateline import outlet_code

# A first line longer than this is a paragraph, and so is a sentence over the shorter limit: the title is then cut from
# the line, which stays in the content.
LONGEST_HEADLINE = 200
_LONGEST_TITLE = 120
_SHORTEST_SENTENCE = 15
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)]*(?=\s)|[。！？]+[」』”）]*|[।۔؟](?=\s)")
_ENDS = re.compile(r"[.!?…。！？।؟۔][\"'”’»」』)）]*$")


def is_headline(line: str) -> bool:
    """Whether a first line is a headline as it is: not too long, or without the end of a sentence."""
    return len(line) <= _LONGEST_TITLE or (len(line) <= LONGEST_HEADLINE and not _ENDS.search(line))


def is_bare_headline(line: str) -> bool:
    """Whether a first line is a headline even if nothing marks it as one: short, and not a sentence."""
    return 2 <= len(line) <= _LONGEST_TITLE and not _ENDS.search(line) and line[-1] not in ":;,"


def cut_headline(paragraph: str) -> str:
    """A headline of at most 120 characters from a paragraph: its first sentence, else as many words as fit."""
    _, length = outlet_code(paragraph, "vi")
    words = paragraph[length:]
    for end in _SENTENCE_END.finditer(words[: _LONGEST_TITLE + 1]):
        if _SHORTEST_SENTENCE <= end.end() <= _LONGEST_TITLE and not _abbreviated(words[: end.end()]):
            return words[: end.end()].strip()
    # Scripts without spaces are cut at the end of a clause.
    clause = max(map(words[: _LONGEST_TITLE - 1].rfind, "，、；：。；"), default=-1)
    if clause >= _LONGEST_TITLE // 3 and len(words) > _LONGEST_TITLE:
        return words[:clause] + "…"
    return plaintext.shorten(words, _LONGEST_TITLE)


def _abbreviated(words: str) -> bool:
    """Whether the full stop belongs to an abbreviation or an initial: "Dr.", "J."."""
    last = words.split()[-1]
    return last.endswith(".") and ((len(last) <= 3 and last[0].isupper()) or unicodedata.category(last[0]) == "Nd")
