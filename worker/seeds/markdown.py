"""Markdown (CommonMark with tables and ~~strikethrough~~) as an entry.

HTML in it is kept: `worker.normalise` sanitises whatever comes from a seed, as it does for feeds.
"""

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from feeds.errors import SeedError
from worker.model import RawEntry, Reading
from worker.seeds.front import SeedContext

# Odd markup takes up to 15 s at this size; an article of 80,000 words fits.
LIMIT_CHARACTERS = 512 * 1024

_COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def read(body: str, title: str, context: SeedContext) -> Reading:  # noqa: ARG001  # every reader takes the context
    """An entry of Markdown. `title`: from front matter, "" to take the first heading, which then leaves the content.

    A heading that stands below other text and is no `#` heading gives the title too, but stays: it heads a section.
    Raises SeedError E_BIG (with no name; `worker.seeds.read` knows it).
    """
    if len(body) > LIMIT_CHARACTERS:
        raise SeedError("", "holds over 524,288 characters of Markdown; split it, or save it as .txt.", "E_BIG")
    environment: dict[str, object] = {}
    tokens = _COMMONMARK.parse(body, environment)
    start, heading = _first_heading(tokens)
    opens = start == 0 or (start > 0 and tokens[start].tag == "h1")
    if start >= 0 and (heading == title if title else opens):
        tokens = tokens[:start] + tokens[start + 3 :]
    content = _COMMONMARK.renderer.render(tokens, _COMMONMARK.options, environment)
    return Reading(RawEntry(title=title or heading, title_html=False, content=str(content).strip()))


def _first_heading(tokens: Sequence[Token]) -> tuple[int, str]:
    """Index of the first heading of the document itself (none in a quotation or list) and its words; (-1, "")."""
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0:
            words = _words(tokens[index + 1].children or ())
            if words:
                return index, words
    return -1, ""


def _words(tokens: Sequence[Token]) -> str:
    """Inline tokens as plain text on one line; an image is its description."""
    parts = (
        " " if token.type in {"softbreak", "hardbreak"} else "" if token.type == "html_inline" else token.content
        for token in tokens
    )
    return " ".join("".join(parts).split())
