"""Markup as a tree, and what its own style sheets hide in it and show.

Pure, and linear. The tree is made in one walk over the tokens, which follows the HTML Standard closely enough to find
where an element ends (§13.2.6.4.7). cssselect reads selectors; names, classes and combinators are looked up here, which
takes XPath quadratic time, and XPath finds the rest. Rules nest as in CSS Nesting §3.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from typing import TYPE_CHECKING

from lxml import etree

from feeds.text.plaintext import xml_safe
from worker.entries.sanitise import CLOSES, TOKEN, VOID

if TYPE_CHECKING:
    from cssselect.parser import Tree as Selector

_ATTRIBUTE = re.compile(r"""([^\s/>=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_TAG_END = re.compile(r"[\s/]*+>")
#: Elements whose content is text to the parser, whatever is in it.
RAW = frozenset("script style textarea title xmp noframes noembed iframe".split())
_OF_HEAD = frozenset("script style title meta link base".split())
_ENDS_PARAGRAPH = frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hgroup hr main menu nav ol p pre section summary table ul".split()
)
_XML_NAME = re.compile(r"[a-zA-Z_][\w.-]*", re.ASCII)

SHEET = re.compile(r"<style\b([^<>]*)>", re.IGNORECASE)
_SHEET_END = re.compile(r"</style", re.IGNORECASE)
_SCREEN = re.compile(r"\s*(?:(?:only\s+)?(?:screen|all)\s*)?", re.IGNORECASE)
_REMARK = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_UNSEEN = re.compile(rf"{_REMARK.pattern}|<!--|-->", re.DOTALL)
_ON_SCREEN = re.compile(
    r"@(?:media\s+(?:only\s+)?(?:screen|all)|layer\b.*|supports\b(?![\s(]*not\b).*|scope)", re.IGNORECASE | re.DOTALL
)
# A scope that ends somewhere shows only what is around its end.
_SCOPE = re.compile(r"@scope\s*\(([^()]*)\)", re.IGNORECASE)
_STRING = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""", re.DOTALL)
_NO_MARKS = {ord(mark): " " for mark in "{};"}
_PARENT = re.compile(r"(?:(?<=([\w-]))|)(?:&|:scope)")
# Up to a comma that is not within brackets.
_SELECTOR = re.compile(r"(?:[^,(\[]++|\((?:[^()]++|\([^()]*+\))*+\)|\[[^\]\[]*+\]|[(\[])++")
_NAMED = re.compile(r"[.#][A-Za-z_][\w-]*")
_COUNTS = re.compile(r":(?:has|nth|first|last|only|empty)", re.IGNORECASE)
# Of rules that fit by name; of elements times selectors that a tree is searched for; of a selector's letters; of
# elements, beyond which nothing that counts siblings or looks at descendants is searched for; of selectors in another.
_MOST_RULES, _MOST_SEARCHED, _LONGEST_SELECTOR, _MANY_TAGS, _MOST_NESTED = 1000, 1_000_000, 300, 2000, 50

_TELLS = re.compile(r"display|visibility|height|mso-hide", re.IGNORECASE)
_HIDING = {"display": ("none",), "visibility": ("hidden", "collapse"), "content-visibility": ("hidden",)}
_ZERO = re.compile(r"0+(?:\.0+)?(?:[a-z%]+)?")
_GROWS = re.compile(r"(?:^|;)\s*(?:max-)?height\s*:\s*(?!0+(?:\.0+)?(?:[a-z%]+)?\s*(?:!|;|$))", re.IGNORECASE)
_IMPORTANT = re.compile(r"!\s*important", re.IGNORECASE)
# What scripts and readers give an element, and take from it.
STATE_CLASS = re.compile(
    r"\.(?:is-|has-)?(?:active|open(?:ed)?|current|selected|expanded|checked|toggled|visible|show|in)(?![\w-])", re.I
)
_STATE = re.compile(
    r":(?:checked|target|hover|focus(?:-within|-visible)?|active|open)(?![\w(-])"
    rf"|\[\s*(?:open|aria-(?:expanded|selected|checked|pressed))\b[^\]]*\]|{STATE_CLASS.pattern}",
    re.IGNORECASE,
)
_ALONE = re.compile(r"(?:^|[\s>+~(,])$")
_NEGATED = re.compile(r":not\(([^()]*)\)", re.IGNORECASE)


@dataclass(eq=False)
class Element:
    """tag: attributes as they are written. begin, inner, end: where it, its content, and what follows it begin."""

    name: str
    tag: str
    begin: int
    inner: int
    end: int
    parent: "Element | None" = None
    before: "Element | None" = None
    children: "list[Element]" = field(default_factory=list)

    @cached_property
    def stated(self) -> Mapping[str, str]:
        return attributes_in(self.tag)

    @cached_property
    def names(self) -> Sequence[str]:
        """Its classes (".x") and its id ("#x")."""
        classes, ids = self.stated.get("class", "").split(), self.stated.get("id", "").split()
        return (*(f".{one}" for one in classes), *(f"#{one}" for one in ids))

    def boxes(self) -> Iterator["Element"]:
        """The elements around it, from within, without the body and the root."""
        box = self.parent
        while box and box.begin >= 0:
            yield box
            box = box.parent


@dataclass(frozen=True)
class Markup:
    """A tree: elements in order; the first two are <html> and <body>, even if they are not written."""

    html: str
    elements: Sequence[Element]
    searched: dict[str, AbstractSet[Element]] = field(default_factory=dict)

    @classmethod
    def of(cls, html: str) -> "Markup":
        root = Element("html", "", -1, 0, len(html))
        body = Element("body", "", -1, 0, len(html), root)
        root.children.append(body)
        roots, elements, stack, opened = {"html": root, "body": body}, [root, body], [root, body], Counter[str]()
        position = 0

        def close(name: str, end: int, own_end: int) -> None:
            while len(stack) > 2 and opened[name]:
                last = stack.pop()
                last.end = own_end if last.name == name else end
                opened[last.name] -= 1
                if last.name == name:
                    return

        while token := TOKEN.search(html, position):
            position = token.end()
            if token[2] is None:
                continue
            name = token[2].lower()
            if rest := _TAG_END.match(html, position):
                position = rest.end()
            if token[1]:
                close(name, token.start(), position)
            elif name in roots:
                roots[name].tag = token[3]
            elif name != "head":
                if name in _ENDS_PARAGRAPH:
                    close("p", token.start(), token.start())
                while stack[-1].name in CLOSES.get(name, ()):
                    close(stack[-1].name, token.start(), token.start())
                inner, parent = position, stack[-1]
                if name in RAW:
                    end = re.compile(rf"</{name}(?=[\s/>])[^>]*>?", re.IGNORECASE).search(html, position)
                    position = end.end() if end else len(html)
                if name in _OF_HEAD and not body.children:
                    parent = root
                before = parent.children[-1] if parent.children else None
                element = Element(name, token[3], token.start(), inner, position, parent, before)
                elements.append(element)
                parent.children.append(element)
                if name not in VOID and name not in RAW:
                    element.end = len(html)
                    stack.append(element)
                    opened[name] += 1
        return cls(html, elements)

    @cached_property
    def named(self) -> Mapping[str, AbstractSet[Element]]:
        """The elements of each name, class and id, and all of them ("*")."""
        found: defaultdict[str, set[Element]] = defaultdict(set)
        for element in self.elements:
            for key in ("*", element.name, *element.names):
                found[key].add(element)
        return found

    @cached_property
    def nodes(self) -> Mapping[etree._Element, Element]:
        """The same as XPath wants it, with a word in place of each text."""
        found: dict[Element, etree._Element] = {}
        for one in self.elements:
            stated = {key: xml_safe(value) for key, value in one.stated.items() if _XML_NAME.fullmatch(key)}
            node = etree.Element(one.name if _XML_NAME.fullmatch(one.name) else "unknown", stated)
            node.text = "text" if one.inner < one.end and not self.html.startswith("</", one.inner) else None
            if one.parent:
                found[one.parent].append(node)
            found[one] = node
        return {node: one for one, node in found.items()}

    def fitting(self, selector: "Selector") -> AbstractSet[Element]:
        """The elements that a parsed selector fits."""
        from cssselect import HTMLTranslator, parser

        match selector:
            case parser.CombinedSelector():
                left, behind = self.fitting(selector.selector), set[Element]()
                for one in self.elements if left else ():
                    near = one.parent if selector.combinator in (" ", ">") else one.before
                    if near in left or (selector.combinator in (" ", "~") and near in behind):
                        behind.add(one)
                return self.fitting(selector.subselector) & behind
            case parser.Class():
                return self.fitting(selector.selector) & self.named.get(f".{selector.class_name}", frozenset())
            case parser.Hash():
                return self.fitting(selector.selector) & self.named.get(f"#{selector.id}", frozenset())
            case parser.Element(namespace=None):
                return self.named.get((selector.element or "*").lower(), frozenset())
        path = f"descendant-or-self::{HTMLTranslator().xpath(selector)}"
        if path not in self.searched:
            if len(self.searched) * len(self.elements) > _MOST_SEARCHED:
                raise ValueError("too much to search for")
            found = etree.XPath(path)(next(iter(self.nodes)))
            fit = frozenset(found) if isinstance(found, list) else frozenset()
            self.searched[path] = {one for node, one in self.nodes.items() if node in fit}
        return self.searched[path]


def attributes_in(tag: str) -> Mapping[str, str]:
    stated: dict[str, str] = {}
    for key, value in _ATTRIBUTE.findall(tag):
        stated.setdefault(key.lower(), unescape(value.strip("\"'")) if value else "")
    return stated


def hides(style: str) -> bool | None:
    """Whether declarations hide an element; None if they say nothing of it."""
    said: dict[str, tuple[bool, str]] = {}
    for part in _REMARK.sub("", style.lower()).split(";"):
        key, _, value = part.partition(":")
        words, important = _IMPORTANT.subn("", value)
        if important or not said.get(key.strip(), (False, ""))[0]:
            said[key.strip()] = bool(important), words.strip()
    values = {key: value for key, (_, value) in said.items()}
    nothing = {key for key, value in values.items() if _ZERO.fullmatch(value)}
    if (
        any(values.get(key) in hiding for key, hiding in _HIDING.items())
        # Alone, the one hides from Outlook only, and the other is how tables close gaps between pictures.
        or (values.get("mso-hide") == "all" and "font-size" in nothing)
        or (values.get("overflow") == "hidden" and ("max-height" in nothing or {"height", "width"} <= nothing))
    ):
        return True
    return False if "display" in values or "visibility" in values else None


def sheet_of(markup: Markup, *, classes: bool) -> tuple[Mapping[Element, tuple[bool, bool]], AbstractSet[Element]]:
    """For each element that style sheets hide or show the weightiest rule, whether it is important, and whether it
    hides; and the elements that a rule hides, even if another shows them. Rules for other media than screens do not
    count, nor what a state of the page shows. classes: also a state that a class stands for.
    """
    stated: list[tuple[str, bool, bool]] = []
    opening: dict[str, None] = {}
    for selectors, body in _blocks(markup.html):
        hidden = hides(body) if _TELLS.search(body) else None
        grows = hidden is None and _GROWS.search(body)
        for selector in selectors:
            if (grows or hidden is False) and (rest := _without_state(selector, classes=classes)):
                opening[rest] = None
            fits = "(" in selector or all(one in markup.named for one in _NAMED.findall(selector))
            if hidden is not None and fits and not (hidden and _is_of_state(selector)):
                stated.append((selector, hidden, _IMPORTANT.search(body) is not None))
    found: dict[Element, tuple[tuple[bool, int, int, int, int], bool]] = {}
    overruled: set[Element] = set()
    counted = stated[:_MOST_RULES] if any(hidden for _, hidden, _ in stated) else []
    for place, (selector, hidden, important) in enumerate(counted):
        fitting, specificity = _fitting(markup, selector)
        rule = (important, *specificity, place), hidden
        found |= {one: max(found.get(one, rule), rule) for one in fitting}
        overruled.update(fitting if hidden else ())
    opened = {one for selector in list(opening)[:_MOST_RULES] if overruled for one in _fitting(markup, selector)[0]}
    return {one: (weight[0], hidden) for one, (weight, hidden) in found.items() if one not in opened}, overruled


def _fitting(markup: Markup, selector: str) -> tuple[AbstractSet[Element], tuple[int, int, int]]:
    """The elements that a selector fits, and its specificity."""
    from cssselect import SelectorError, parse

    if len(selector) <= _LONGEST_SELECTOR and not (len(markup.elements) > _MANY_TAGS and _COUNTS.search(selector)):
        try:
            (read,) = parse(selector)
            if not read.pseudo_element:
                return markup.fitting(read.parsed_tree), read.specificity()
        except (SelectorError, etree.XPathError, RecursionError, ValueError):
            pass  # a browser passes it over, too, or it is of a kind that is not known here
    return frozenset(), (0, 0, 0)


def _is_of_state(selector: str) -> bool:
    """Whether a rule fits only in one of the states of an element, or only without one."""
    if any(_STATE.search(negated) for negated in _NEGATED.findall(selector)):
        return True
    return any(not found[0].startswith(".") for found in _STATE.finditer(selector))


def _without_state(selector: str, *, classes: bool) -> str:
    """The selector of what a state shows, without that state; "" if it names none, or nothing else."""
    if not _STATE.search(selector) or (not classes and STATE_CLASS.search(selector)):
        return ""
    rest = _STATE.sub(lambda state: "*" if _ALONE.search(state.string[: state.start()]) else "", selector)
    return "" if rest == "*" else rest


def _blocks(html: str) -> Iterator[tuple[Sequence[str], str]]:
    """Selectors and declarations of the rules for screens, in all style sheets of the markup; nested ones unnested."""
    position = 0
    while (start := SHEET.search(html, position)) and (end := _SHEET_END.search(html, start.end())):
        position = end.end()
        if any(map(_SCREEN.fullmatch, attributes_in(start[1]).get("media", "").split(","))):
            yield from _rules(_UNSEEN.sub("", html[start.end() : end.start()]))


# Selectors with those of the rules that it is nested in, None for what does not count, as for printers; declarations.
_Rule = tuple[Sequence[str] | None, list[str]]


def _rules(sheet: str) -> Iterator[tuple[Sequence[str], str]]:
    """Selectors and declarations, those of a rule before those of the rules in it."""
    found: list[_Rule] = []
    around: list[_Rule] = [((), [])]
    for part in re.split(r"(?<=[{}])", _STRING.sub(lambda string: string[0].translate(_NO_MARKS), sheet)):
        opens = part.endswith("{")
        declared, _, prelude = part[:-1].rpartition(";") if opens else (part.rstrip("}"), "", "")
        around[-1][1].append(declared)
        if opens:
            around.append(_within(around[-1], prelude.strip()))
            found.append(around[-1])
        elif part and len(around) > 1:
            around.pop()
    unique = {id(declarations): (selectors, declarations) for selectors, declarations in found if selectors}
    yield from ((selectors, ";".join(declarations)) for selectors, declarations in unique.values() if selectors)


def _within(outer: _Rule, prelude: str) -> _Rule:
    """The rule that begins with this prelude within another; a condition that holds is part of the other."""
    scope = _SCOPE.fullmatch(prelude)
    if outer[0] is None or (prelude.startswith("@") and not scope):
        return outer if outer[0] is not None and _ON_SCREEN.fullmatch(prelude) else (None, [])
    written = [part.strip() for part in _SELECTOR.findall(scope[1] if scope else prelude)]
    fit = [one for one in written if one and len(one) <= _LONGEST_SELECTOR]
    nested = [_nested(one, around) for around in outer[0] for one in fit[:_MOST_NESTED]][:_MOST_NESTED]
    return (fit if not outer[0] else [one for one in nested if len(one) <= _LONGEST_SELECTOR]) or None, []


def _nested(selector: str, outer: str) -> str:
    if not ("&" in selector or ":scope" in selector):
        return f"{outer} {selector}"
    return _PARENT.sub(lambda found: f":is({outer})" if found[1] else outer, selector)
