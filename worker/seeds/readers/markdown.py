"""Markdown (CommonMark with tables, ~~strikethrough~~ and footnotes) as an entry.

HTML in it is kept: `worker.entries.normalise` sanitises all seeds, as it does feeds.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from feeds.errors import SeedError
from feeds.text.links import with_links
from worker.entries.hidden import shown
from worker.model import Evidence, RawEntry, Reading
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.credits import beside_release
from worker.seeds.readers import tool_marks
from worker.seeds.readers.headline import is_bare_headline

# Adverse markup takes up to 15 s at this size; an article of 80,000 words fits.
LIMIT_CHARACTERS = 512 * 1024
_MOST_TOLD = 20
_LEFT_OUT = "{} is for another tool to fill in; such marks were left out."


# [[Note#heading|alias]] and ![[picture.png|300]] of Obsidian and Logseq; no link of CommonMark, and no footnote.
_WIKI = re.compile(r"(!?)\[\[(?!\^)([^\[\]|#\n]*+)(?:#([^\[\]|\n]*+))?+(?:\|([^\[\]\n]*+))?+\]\](?![(:])")
_SHOWN = re.compile(r"(?i).*\.(?:png|jpe?g|gif|webp|avif|svg)")
_SIZE = re.compile(r"\d+(?:x\d+)?")


def _wiki(state: StateInline, silent: bool) -> bool:
    """An inline rule: pictures that are embedded are shown, and of a link to a note its words stay."""
    found = _WIKI.match(state.src, state.pos)
    if found is None or normalizeReference(found[2]) in state.env.get("references", {}):
        return False
    name, heading, alias = ((part or "").strip() for part in found.group(2, 3, 4))
    words = alias or name or heading
    if not words:
        return False
    if silent:
        pass
    elif found[1] and _SHOWN.fullmatch(name):
        token = state.push("image", "img", 0)
        token.content = "" if _SIZE.fullmatch(alias) else alias
        token.attrs = {"src": state.md.normalizeLink(name), "alt": ""}
        token.children = [Token("text", "", 0, content=token.content)]
    else:
        state.push("text", "", 0).content = words
    state.pos = found.end()
    return True


def _parser() -> MarkdownIt:
    """A parser whose footnotes have no links: ids do not survive in feed readers, which show several entries on one
    page.
    """
    made = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).use(footnote_plugin)

    def mark(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _environment: Any) -> str:
        meta = tokens[index].meta
        again = f":{meta['subId']}" if meta.get("subId", 0) > 0 else ""
        return f"<sup>[{meta['id'] + 1}{again}]</sup>"

    made.inline.ruler.before("link", "wiki", _wiki)
    made.inline.ruler.before("link", "shortcode", tool_marks.shortcode)
    made.add_render_rule("footnote_ref", mark)
    made.add_render_rule("footnote_anchor", lambda *_: "")
    made.add_render_rule("footnote_block_open", lambda *_: "<hr>\n<ol>\n")
    made.add_render_rule("footnote_block_close", lambda *_: "</ol>\n")
    made.add_render_rule("footnote_open", lambda *_: "<li>")
    made.add_render_rule("footnote_close", lambda *_: "</li>\n")
    return made


_COMMONMARK = _parser()


def read(body: str, title: str, context: SeedContext) -> Reading:  # noqa: ARG001  # every reader takes the context
    """The entry of a Markdown text. title: from front matter; "" to take the first heading, which then leaves the
    content.

    A heading below other text that is no `#` heading gives the title too but stays, since it heads a section. Raises
    SeedError E_BIG without a file name, which `worker.seeds.readers.read` adds.
    """
    if len(body) > LIMIT_CHARACTERS:
        raise SeedError("", "holds over 524,288 characters of Markdown; split it, or save it as .txt.", "E_BIG")
    environment: dict[str, object] = {}
    body, properties = tool_marks.in_plain_markdown(body)
    tokens = tool_marks.without_void(_COMMONMARK.parse(body, environment))
    evidence = [Evidence("dropped", "a property of Logseq", "the text", line) for line in properties[:_MOST_TOLD]]
    while len(tokens) > 3 and tokens[0].type in ("heading_open", "paragraph_open"):
        words = _words(tokens[1].children or ())
        if title or beside_release(words) != "":
            break
        evidence.append(Evidence("dropped", "the mark of a press release", "the top of the text", words))
        tokens = tokens[3:]
    start, heading = _first_heading(tokens)
    opens = start == 0 or (start > 0 and tokens[start].tag == "h1")
    if heading and not title:
        evidence.append(Evidence("title", heading, f"the heading in line {(tokens[start].map or [0])[0] + 1}"))
    if start >= 0 and (heading == title if title else opens):
        tokens = tokens[:start] + tokens[start + 3 :]
    if not title and not heading and (line := _opening_line(tokens)):
        heading, tokens = line, tokens[3:]
        evidence.append(Evidence("title", line, "the first line"))
    paragraphs: list[str] = []
    for index, token in enumerate(tokens):
        if token.type == "paragraph_open" and token.level == 0 and (words := _words(tokens[index + 1].children or ())):
            token.attrSet("data-paragraph", str(len(paragraphs)))
            paragraphs.append(words)
    _link(tokens)
    content = str(_COMMONMARK.renderer.render(tokens, _COMMONMARK.options, environment)).strip()
    entry = RawEntry(title=title or heading, title_html=False, content=content)
    left_out = environment.get("left out")
    warnings = (_LEFT_OUT.format(left_out[0]),) if isinstance(left_out, list) else ()
    return Reading(entry, tuple(evidence), warnings=warnings, paragraphs=tuple(paragraphs))


def _opening_line(tokens: Sequence[Token]) -> str:
    """A first paragraph that is a headline, as in plain text: one line, no sentence, and with more text below."""
    if len(tokens) <= 3 or tokens[0].type != "paragraph_open" or "\n" in tokens[1].content:
        return ""
    words = _words(tokens[1].children or ())
    return words if is_bare_headline(words) else ""


def _link(tokens: Sequence[Token]) -> None:
    """Turns bare URLs in running text into links, as GitHub does."""
    for token in tokens:
        depth = 0
        for child in token.children or ():
            depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            if child.type == "text" and not depth and (":" in child.content or "@" in child.content):
                made = with_links(child.content)
                if "<a " in made:
                    child.type, child.content = "html_inline", made


def _first_heading(tokens: Sequence[Token]) -> tuple[int, str]:
    """Index and words of the first heading of the document itself, not in a quotation or list; (-1, "") without one."""
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0:
            words = _words(tokens[index + 1].children or ())
            if words:
                return index, words
    return -1, ""


def _words(tokens: Sequence[Token]) -> str:
    """Inline tokens as plain text on one line, as far as it is shown; an image gives its description."""
    marked = any(token.type == "html_inline" for token in tokens)
    parts: list[str] = []
    silent = False
    for token in tokens:
        if token.type == "html_inline":
            silent = _HIDING.match(token.content) is not None or (silent and not token.content.startswith("</"))
            parts.append("" if silent else token.content)
        elif not silent and token.type not in _SILENT:
            words = " " if token.type in {"softbreak", "hardbreak"} else token.content
            parts.append(escape(words) if marked else words)
    text = "".join(parts)
    return shown(text) if marked else " ".join(text.split())


# The content of these elements is not text.
_HIDING = re.compile(r"<(?:script|style|template|textarea|title)\b", re.IGNORECASE)
_SILENT = frozenset({"footnote_ref", "footnote_anchor"})
