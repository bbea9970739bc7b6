"""Takes out of HTML what no browser shows: `hidden`, `display: none`, and what a page's own style sheet hides so.

Writers hide notes and earlier versions so, newsletters the words that only an inbox shows. Attributes do not survive
sanitising, so this happens before. Pure, and linear: the markup is read as tokens, with a stack of what is open that
follows the HTML Standard closely enough to find where a hidden element ends (§13.2.6.4.7).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

from feeds.text.plaintext import plain
from worker.entries.sanitise import CLOSES, TOKEN, VOID

_SUSPICIOUS = re.compile(
    r"(?i)\bhidden\b|\bdisplay\b|visibility|max-height|overflow|mso-hide|<dialog|<ac:placeholder|style\s*=[^>]{0,200}(?:&|/\*)"
)
# One of these is in all that is suspicious, and looking for them takes a tenth of the time.
_HIDING = ("hidden", "display", "visibility", "max-height", "<dialog", "<ac:placeholder", "style")
_ATTRIBUTE = re.compile(r"""([^\s/>=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_REMARK = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_UNSEEN = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_DECLARATION = re.compile(r"\s*([a-z-]+)\s*:\s*([^;]*)", re.IGNORECASE)
_IMPORTANT = re.compile(r"!\s*important")
_ON_SCREEN = re.compile(r"@media\s+(?:only\s+)?(?:screen|all)\s*\{", re.IGNORECASE)
_ZERO = re.compile(r"0+(?:\.0+)?(?:[a-z%]+)?", re.IGNORECASE)
_SHEET = re.compile(r"<style\b[^<>]*>", re.IGNORECASE)
_SHEET_END = re.compile(r"</style", re.IGNORECASE)
_SIMPLE = re.compile(r"(?:\*|[a-z][\w-]*)?(?:[.#][A-Za-z_][\w-]*)*", re.IGNORECASE)
_MOST_RULES = 300
# Elements whose content is text to the parser, whatever is in it.
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "noframes", "noembed", "iframe"})
_ENDS_PARAGRAPH = frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hgroup hr main menu nav ol p pre section summary table ul".split()
)
# What Confluence shows to whoever edits a page.
_PLACEHOLDER = "ac:placeholder"
# A page that hides its whole body shows it with a script.
_NEVER = frozenset({"html", "body"})


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule of a style sheet for elements of this name, id and classes. weight: its specificity and place."""

    weight: tuple[int, int, int]
    name: str
    ids: frozenset[str]
    classes: frozenset[str]
    hides: bool


def without_hidden(html: str) -> tuple[str, tuple[str, ...]]:
    """The markup without what is hidden, and the markup that was taken out.

    Unchanged if all that it says is hidden: then a script was to show it.
    """
    rest, taken = _parted(html)
    return (rest, taken) if taken and _shows(rest) else (html, ())


def shown(html: str) -> str:
    """The words of markup that are shown, as one line of plain text; no script shows a title that is hidden."""
    return plain(_parted(html)[0] if "<" in html else html)


def _parted(html: str) -> tuple[str, tuple[str, ...]]:
    """The markup without what is hidden, and what is."""
    lower = html.lower()
    if not any(word in lower for word in _HIDING) or not _SUSPICIOUS.search(html):
        return html, ()
    spans = list(_spans(html, tuple(_rules(html))))
    kept, start = [], 0
    for begin, end in spans:
        kept.append(html[start:begin])
        start = end
    return "".join((*kept, html[start:])), tuple(html[begin:end] for begin, end in spans)


def _spans(html: str, rules: Sequence[_Rule]) -> Iterator[tuple[int, int]]:
    """Where hidden elements begin and end, in order."""
    stack: list[str] = []
    opened: Counter[str] = Counter()
    begin, depth = -1, 0  # of the hidden element that is open: its start, and how many elements are around it
    position = 0

    def close(to: int, at: int) -> Iterator[tuple[int, int]]:
        nonlocal begin
        while len(stack) > to:
            opened[stack.pop()] -= 1
        if begin >= 0 and len(stack) <= depth:
            yield begin, at
            begin = -1

    while token := TOKEN.search(html, position):
        position = token.end()
        end, name, attributes = token.groups()
        if name is None:
            continue
        name = name.lower()
        if html[position : position + 1] == ">":
            position += 1
        if end:
            if opened[name]:
                place = len(stack) - 1
                while stack[place] != name:
                    place -= 1
                own = begin >= 0 and place == depth
                yield from close(place, position if own else token.start())
            continue
        if name in _RAW:
            found = re.compile(rf"</{name}(?=[\s/>])[^>]*>?", re.IGNORECASE).search(html, position)
            position = found.end() if found else len(html)
            continue
        if name in _ENDS_PARAGRAPH and opened["p"]:
            place = len(stack) - 1
            while stack[place] != "p":
                place -= 1
            yield from close(place, token.start())
        while stack and stack[-1] in CLOSES.get(name, ()):
            yield from close(len(stack) - 1, token.start())
        hidden = begin < 0 and name not in _NEVER and _hidden(name, attributes, rules)
        if name in VOID:
            if hidden:
                yield token.start(), position
            continue
        if hidden:
            begin, depth = token.start(), len(stack)
        stack.append(name)
        opened[name] += 1
    if begin >= 0:
        yield begin, len(html)


def _hidden(name: str, attributes: str, rules: Sequence[_Rule]) -> bool:
    stated: dict[str, str] = {}
    for key, value in _ATTRIBUTE.findall(attributes):
        stated.setdefault(key.lower(), unescape(value.strip("\"'")) if value else "")
    if "hidden" in stated or name == _PLACEHOLDER:
        return True
    inline = _hides(stated.get("style", ""))
    if inline is not None:
        return inline
    if name == "dialog":
        return "open" not in stated
    classes, ids = frozenset(stated.get("class", "").split()), frozenset({stated.get("id", "")})
    fitting = [rule for rule in rules if rule.name in ("", "*", name) and rule.classes <= classes and rule.ids <= ids]
    return bool(fitting) and max(fitting, key=lambda rule: rule.weight).hides


def _hides(style: str) -> bool | None:
    """Whether declarations hide an element; None if they say nothing of it."""
    said: dict[str, tuple[bool, str]] = {}
    for part in _REMARK.sub("", style).split(";"):
        if found := _DECLARATION.match(part):
            words, important = _IMPORTANT.subn("", found[2].lower())
            if important or not said.get(found[1].lower(), (False, ""))[0]:
                said[found[1].lower()] = bool(important), words.strip()
    values = {key: value for key, (_, value) in said.items()}
    if values.get("display") == "none" or values.get("visibility") in ("hidden", "collapse"):
        return True
    if values.get("content-visibility") == "hidden":
        return True
    # Alone, the one hides from Outlook only, and the other is how tables close gaps between pictures.
    if values.get("mso-hide") == "all" and _ZERO.fullmatch(values.get("font-size", "")):
        return True
    nothing = {key for key in ("max-height", "height", "width") if _ZERO.fullmatch(values.get(key, ""))}
    if values.get("overflow") == "hidden" and ("max-height" in nothing or {"height", "width"} <= nothing):
        return True
    return False if "display" in values or "visibility" in values else None


def _rules(html: str) -> Iterator[_Rule]:
    """Rules that show or hide, for selectors without combinators; those within @media and the like do not count."""
    number = 0
    for selectors, body in _blocks(html):
        hides = _hides(body)
        if hides is None:
            continue
        for selector in selectors.split(","):
            plain = selector.strip()
            if not plain or not _SIMPLE.fullmatch(plain):
                continue
            number += 1
            if number > _MOST_RULES:
                return
            name = re.split("[.#]", plain, maxsplit=1)[0].lower()
            ids, classes = (frozenset(re.findall(rf"{mark}([\w-]+)", plain)) for mark in ("#", r"\."))
            yield _Rule((len(ids), len(classes), number), name, ids, classes, hides)


def _blocks(html: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations of the rules outside of at-rules, in all style sheets of the markup."""
    position = 0
    while start := _SHEET.search(html, position):
        end = _SHEET_END.search(html, start.end())
        if end is None:
            return
        position = end.end()
        selectors, depth = "", 0
        for part in re.split(r"(?<=[{}])", _UNSEEN.sub("", html[start.end() : end.start()])):
            if depth == 0 and _ON_SCREEN.search(part):
                continue  # what is within counts as if it stood alone
            if depth == 1 and part.endswith("}") and "@" not in selectors:
                yield selectors, part[:-1]
            if depth == 0:
                selectors = part[:-1].rpartition(";")[2] if "{" in part else ""
            depth = max(0, depth + part.count("{") - part.count("}"))


def _shows(html: str) -> bool:
    """Whether there is a word or a picture left to see."""
    words = TOKEN.sub("", re.sub(r"(?is)<(script|style|head|title)\b.*?(?:</\1\s*>|\Z)", "", html))
    return (
        re.search(r"\w", words) is not None or re.search(r"(?i)<(?:img|picture|video|audio|iframe)\b", html) is not None
    )
