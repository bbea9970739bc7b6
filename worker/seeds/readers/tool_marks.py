"""What tools put into Markdown: callouts of Obsidian and GitHub, properties of Logseq, shortcodes of Hugo, Liquid.

Callouts become quotations with a bold title, figures and players of shortcodes pictures and links, listings fences.
What only the tool could fill in is left out; what is between two tags stays. Nothing in code is touched.
"""

import re
from collections.abc import Iterator, Sequence

from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from worker.seeds.readers.header_lines import FENCED

_CALLOUT = re.compile(r"^([ \t]*(?:>[ \t]?)+)\[!([A-Za-z][\w-]*)(?:\|[^\]\n]*)?\][+-]?[ \t]*(.*)$", re.MULTILINE)
# Lower case, and nothing else on the line: "id:: 63f1", "collapsed:: true".
_PROPERTY = re.compile(r"^[ \t]*(?:[-*][ \t]+)?[a-z][a-z0-9._-]*::(?:[ \t]+\S.*)?$\n?", re.MULTILINE)
_LISTING = re.compile(
    r"^(?:\{%-?\s*highlight\s+(\w+)[^%\n]*%\}|\{\{[<%]\s*highlight\s+\"?(\w+)[^>%\n]*[>%]\}\})[ \t]*\n"
    r"((?:(?!highlight).)*?)^(?:\{%-?\s*endhighlight\s*-?%\}|\{\{[<%]\s*/\s*highlight\s*[>%]\}\})[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_REFERENCE = re.compile(r"\]\(\{\{[<%]\s*(?:rel)?ref\s+\"([^\"\n]*)\"\s*[>%]\}\}\)")
# An address of Jekyll or Eleventy: "{{ site.baseurl }}/pier.png", "{{ '/pier.png' | relative_url }}".
_ADDRESS = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`+)(?!`)[^\n]{1,500}?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<before>\]\([ \t]*<?|^ {0,3}\[[^\[\]\n]{1,200}\]:[ \t]*<?|\b(?:src|href|poster)=[\"']?)"
    r"(?P<tags>(?:\{\{[^{}\n]{1,200}\}\}|\{%[^{}\n]{1,200}%\})+)",
    re.MULTILINE,
)
_ADDRESS_TAG = re.compile(
    r"\{\{-?\s*(?:(?P<base>(?:site\.\w+|base_?url|path_?prefix))|(?P<quote>[\"'])(?P<path>[^\"'{}]*)(?P=quote))"
    r"(?P<filters>(?:\s*\|[^{}|]*)*?)\s*-?\}\}"
    r"|\{%-?\s*(?P<kind>post_url|link)\s+[\"']?(?P<file>[^\"'{}%]*?)[\"']?\s*-?%\}"
)
_EACH_TAG = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}")
_JOINED = re.compile(r"\|\s*(prepend|append):\s*[\"']([^\"']*)[\"']")
_TAG = re.compile(
    r"\{\{[<%](?P<name>[^{}]{1,2000}?)[>%]\}\}|\{%-?(?P<liquid>[^{}]{1,2000}?)-?%\}|\{\{(?P<value>[^{}\n]{0,200})\}\}"
)
# Braces of TeX follow what they belong to: "\frac{{a}}{{b}}", "x^{{2}}".
_OF_A_FORMULA = re.compile(r"(?:\\[A-Za-z]+|[_^$])(?:\{\{[^{}]*\}\})*\Z")
_LONGEST_FORMULA = 200
_ARGUMENT = re.compile(r"""(?:([\w-]+)\s*=\s*)?(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\s"'`=]+))""")
_PICTURES = frozenset("figure img image picture figure.html image.html img.html".split())
_PLAYERS = {"youtube": "https://www.youtube.com/watch?v={}", "vimeo": "https://vimeo.com/{}"}
# Tags that stand around text, or say nothing to a reader.
_SILENT = frozenset("raw endraw endcomment comment if endif else unless endunless rawhtml notice".split())


def in_plain_markdown(body: str) -> tuple[str, tuple[str, ...]]:
    """The Markdown without callouts, properties and listings of tools, and the properties that were left out."""
    dropped: list[str] = []

    def changed(text: str) -> str:
        text = _CALLOUT.sub(_quotation, text) if "[!" in text else text
        if "::" in text:
            dropped.extend(line.strip() for line in _PROPERTY.findall(text))
            text = _PROPERTY.sub("", text)
        if "highlight" in text:
            text = _LISTING.sub(lambda found: f"```{found[1] or found[2]}\n{found[3]}```", text)
        text = _REFERENCE.sub(r"](<\1>)", text) if "ref" in text else text
        return _ADDRESS.sub(_address, text) if "{{" in text or "{%" in text else text

    parts, start = [], 0
    for fence in FENCED.finditer(body):
        parts += [changed(body[start : fence.start()]), fence[0]]
        start = fence.end()
    return "".join((*parts, changed(body[start:]))), tuple(dropped)


def _address(found: re.Match[str]) -> str:
    """An address without tags, whose site is this one; as it is if only the tool knows what they stand for."""
    if found["code"]:
        return found[0]
    tags = [_ADDRESS_TAG.fullmatch(tag) for tag in _EACH_TAG.findall(found["tags"])]
    path = "".join(_path(tag) for tag in tags if tag)
    return found["before"] + path.replace(" ", "%20") if all(tags) else found[0]


def _path(tag: re.Match[str]) -> str:
    """The path of a file in seeds/ that a tag stands for."""
    if tag["kind"] == "post_url":
        return f"{tag['file']}.md"
    if tag["kind"]:
        # A collection of Jekyll is a folder that begins with "_".
        folder, _, file = tag["file"].partition("/")
        return file if folder.startswith("_") and file else f"/{tag['file'].lstrip('/')}"
    path = tag["path"] or ""
    for filter_, words in _JOINED.findall(tag["filters"]):
        path = f"{words}{path}" if filter_ == "prepend" else f"{path}{words}"
    return path


def _quotation(found: re.Match[str]) -> str:
    mark, kind, title = found.groups()
    # No asterisks, as the title may have some of its own.
    words = title.strip() or kind.replace("-", " ").capitalize()
    return f"{mark}<strong>{words}</strong>\n{mark.rstrip()}"


def shortcode(state: StateInline, silent: bool) -> bool:
    """An inline rule of markdown-it for the tags of Hugo and Liquid. What is left out is noted in the environment."""
    found = _TAG.match(state.src, state.pos) if state.src.startswith("{", state.pos) else None
    if found is None or (found["value"] is not None and _is_of_a_formula(state)):
        return False
    if not silent:
        if state.pending:
            state.pushPending()
        state.tokens.extend(_tokens(found, state))
    state.pos = found.end()
    return True


def _is_of_a_formula(state: StateInline) -> bool:
    return _OF_A_FORMULA.search(state.src[max(0, state.pos - _LONGEST_FORMULA) : state.pos]) is not None


def without_void(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without paragraphs that held nothing but marks that are gone."""
    void = {
        number
        for number, token in enumerate(tokens)
        if token.type == "inline" and token.content.startswith("{") and not token.children
        if tokens[number - 1].type == "paragraph_open"
    }
    return [one for number, one in enumerate(tokens) if void.isdisjoint((number - 1, number, number + 1))]


def _tokens(found: re.Match[str], state: StateInline) -> Iterator[Token]:
    if found["value"] is not None:
        if found["value"].strip():
            yield Token("code_inline", "code", 0, content=found[0], markup="`")
        return
    words = _ARGUMENT.findall((found["name"] or found["liquid"]).strip())
    said = [(key, next(filter(None, rest), "")) for key, *rest in words]
    name = said[0][1] if said else ""
    if name == "include" and len(said) > 1:
        said = said[1:]
        name = said[0][1]
    named = {key: value for key, value in said[1:] if key}
    bare = [value for key, value in said[1:] if not key]
    source = named.get("src") or named.get("url") or named.get("image_path") or next(iter(bare), "")
    if name in _PICTURES and source:
        caption = ". ".join(filter(None, (named.get("title"), named.get("caption"))))
        image = Token("image", "img", 0, content=named.get("alt", ""))
        image.attrs = {"src": state.md.normalizeLink(source), "alt": ""}
        image.children = [Token("text", "", 0, content=named.get("alt", ""))]
        yield image
        if caption:
            yield Token("hardbreak", "br", 0)
            yield from state.md.parseInline(caption)[0].children or ()
    elif name in _PLAYERS and (video := named.get("id") or next(iter(bare), "")):
        yield Token("text", "", 0, content=_PLAYERS[name].format(video))
    elif not (name.startswith(("/", "end")) or name in _SILENT):
        state.env.setdefault("left out", []).append(found[0])
