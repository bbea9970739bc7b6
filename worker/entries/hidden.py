"""Takes out of HTML what no browser shows: `hidden`, `display: none`, and what a page's own style sheet hides so.

Writers hide notes and earlier versions so, newsletters the words that only an inbox shows. Attributes do not survive
sanitising, so this happens before. Pure, and linear: the markup is read as tokens, with a stack of what is open that
follows the HTML Standard closely enough to find where a hidden element ends (§13.2.6.4.7).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from itertools import chain, compress, islice
from typing import TYPE_CHECKING

from lxml import etree

from feeds.text.plaintext import plain
from worker.entries.sanitise import CLOSES, TOKEN, VOID
from worker.entries.substitutes import LAZY

if TYPE_CHECKING:
    from cssselect.parser import Tree

# Of markup in small letters. Each alternative begins with a letter, so that the search runs from one to the next.
_SUSPICIOUS = re.compile(
    r"hidden\b|popover\b|display\b|visibility|max-height|overflow|mso-hide|<dialog|<datalist|<ac:placeholder|style\s*=[^>]{0,200}(?:&|/\*)"
)
# One of these is in all that is suspicious, and looking for them takes a third of the time.
_HIDING = (
    "hidden",
    "popover",
    "display",
    "visibility",
    "max-height",
    "<dialog",
    "<datalist",
    "<ac:placeholder",
    "style",
)
_ATTRIBUTE = re.compile(r"""([^\s/>=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_REMARK = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_UNSEEN = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_DECLARATION = re.compile(r"\s*([a-z-]+)\s*:\s*([^;]*)", re.IGNORECASE)
_IMPORTANT = re.compile(r"!\s*important")
_ON_SCREEN = re.compile(
    r"@(?:media\s+(?:only\s+)?(?:screen|all)|layer\b.*|supports\b(?![\s(]*not\b).*|scope)", re.IGNORECASE | re.DOTALL
)
# A scope that ends somewhere shows only what is around its end.
_SCOPE = re.compile(r"@scope\s*\(([^()]*)\)", re.IGNORECASE)
_STRING = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""", re.DOTALL)
_NO_MARKS = {ord(mark): " " for mark in "{};"}
_PARENT = re.compile(r"(?:(?<=([\w-]))|)(?:&|:scope)")
_SCREEN = re.compile(r"\s*(?:(?:only\s+)?(?:screen|all)\s*)?", re.IGNORECASE)
_ZERO = re.compile(r"0+(?:\.0+)?(?:[a-z%]+)?", re.IGNORECASE)
_SHEET = re.compile(r"<style\b([^<>]*)>", re.IGNORECASE)
_SHEET_END = re.compile(r"</style", re.IGNORECASE)
_SIMPLE = re.compile(r"(?:\*|[a-z][\w-]*)?(?:[.#][A-Za-z_][\w-]*)*", re.IGNORECASE)
# Not within brackets.
_COMMA = re.compile(r",(?![^(\[]*[)\]])")
_NAMED = re.compile(r"[.#]([A-Za-z_][\w-]*)")
# Of rules that fit by name; of elements times compound selectors that a tree is searched for; of a selector's letters;
# of elements, beyond which nothing that counts siblings or looks at descendants is searched for.
_MOST_RULES, _MOST_SEARCHED, _LONGEST_SELECTOR, _MANY_TAGS = 1000, 1_000_000, 300, 2000
_MOST_NESTED = 50  # selectors of a rule within another
_COUNTS = re.compile(r":(?:has|nth|first|last|only|empty)", re.IGNORECASE)
_PLACE = "data-place"
# What scripts and readers give an element, and take from it.
_STATE = re.compile(
    r":(?:checked|target|hover|focus(?:-within|-visible)?|active|open)(?![\w(-])"
    r"|\[\s*(?:open|aria-(?:expanded|selected|checked|pressed))\b[^\]]*\]"
    r"|\.(?:is-|has-)?(?:active|open(?:ed)?|current|selected|expanded|checked|toggled|visible|show|in)(?![\w-])",
    re.IGNORECASE,
)
_STATE_CLASS = re.compile(r"(?:is-|has-)?(?:active|open(?:ed)?|current|selected|expanded|show|in)", re.IGNORECASE)
_ALONE = re.compile(r"(?:^|[\s>+~(,])$")
_NEGATED = re.compile(r":not\(([^()]*)\)", re.IGNORECASE)
_ALL_BUT_ONE = re.compile(r":not\(\s*:(?:first|last|nth|only)|:nth-(?:child|of-type)\(\s*n\s*\+", re.IGNORECASE)
_OPENS = re.compile(r"(?:^|;)\s*(?:max-)?height\s*:\s*(?!0+(?:\.0+)?(?:[a-z%]+)?\s*(?:!|;|$))", re.IGNORECASE)
_CONTROLS = "button a label input nav summary h1 h2 h3 h4 h5 h6 dt script style".split()
_PRESSED = frozenset({"button", "label", "summary"})
_CLICKABLE = re.compile(
    r"""<(?:button|input|label|summary|script)\b|\sonclick\s*=|\shref\s*=\s*["']?#|\srole\s*=\s*["']?(?:button|tab)\b""",
    re.IGNORECASE,
)
_BESIDE_CONTROLS = etree.XPath(f".//text()[not({' or '.join(f'ancestor::{name}' for name in _CONTROLS)})]")
_POINTS_AT = re.compile(
    r"""(?:href=["']?#|(?:aria-controls|data-(?:bs-)?target|for)=["']?#?)([\w-]+)|onclick=["']([^"<>]*)"""
)
# Elements whose content is text to the parser, whatever is in it.
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "noframes", "noembed", "iframe"})
_ENDS_PARAGRAPH = frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hgroup hr main menu nav ol p pre section summary table ul".split()
)
_FORMULA = re.compile(r"<(\w+)[^<>]*>\s*<math\b(?:(?!</math).)*</math>\s*</\1\s*>", re.IGNORECASE | re.DOTALL)
_PICTURE = re.compile(r"\s*(?:<(?:meta|link)\b[^<>]*>\s*)?<(?:img|svg)\b", re.IGNORECASE)
# What Confluence shows to whoever edits a page.
_PLACEHOLDER = "ac:placeholder"
# Elements that are hidden without an attribute, and what is in all attributes that hide.
_OF_THEMSELVES = frozenset({"dialog", "datalist", _PLACEHOLDER})
_OF_A_TAG = re.compile(r"hidden|popover|style", re.IGNORECASE)
# A page that hides its whole body shows it with a script.
_NEVER = frozenset({"html", "body"})


_Weight = tuple[bool, int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule of a style sheet for elements of this name, id and classes. weight: its importance, specificity and
    place.
    """

    weight: _Weight
    name: str
    ids: frozenset[str]
    classes: frozenset[str]
    hides: bool


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What style sheets hide and show. rules: by one class or id of theirs.

    places: for selectors that look at more than one element, the weightiest rule for the tag that begins there, and
    whether it hides. unfolded: of tags that a state or a script shows. hiding: of tags that a rule of places hides,
    even if another rule shows them.
    """

    rules: Mapping[str, Sequence[_Rule]] = field(default_factory=dict)
    places: Mapping[int, tuple[_Weight, bool]] = field(default_factory=dict)
    unfolded: frozenset[int] = frozenset()
    hiding: frozenset[int] = frozenset()

    def hides(self, name: str, classes: frozenset[str], ids: frozenset[str], place: int) -> tuple[bool, bool] | None:
        """Whether it hides an element, and is important; None if it says nothing."""
        if place in self.unfolded:
            return None
        fitting = [(one.weight, one.hides) for one in self._fitting(name, classes, ids)]
        if place in self.places:
            fitting.append(self.places[place])
        if not fitting:
            return None
        weight, hides = max(fitting)
        return hides, weight[0]

    def look_of(self, element: etree._Element, place: int) -> "_Look":
        name, style = str(element.tag).lower(), _hides(element.get("style", ""))
        classes, ids = frozenset(element.get("class", "").split()), frozenset({element.get("id", "")})
        said = self.hides(name, classes, ids, place)
        hides = said is not None and said[0] and (style is not False or said[1])
        meant = place in self.hiding or any(one.hides for one in self._fitting(name, classes, ids))
        return _Look(element, name, classes, ids, hides, meant and not hides and style is not True)

    def _fitting(self, name: str, classes: frozenset[str], ids: frozenset[str]) -> Iterator[_Rule]:
        keys = ("", *(f".{one}" for one in classes), *(f"#{one}" for one in ids))
        for one in chain.from_iterable(self.rules.get(key, ()) for key in keys):
            if one.name in ("", "*", name) and one.classes <= classes and one.ids <= ids:
                yield one


@dataclass(frozen=True, slots=True)
class _Look:
    """An element as style sheets show it. hides: they hide it; overrules: they would, but for another rule or style."""

    element: etree._Element
    name: str
    classes: frozenset[str]
    ids: frozenset[str]
    hides: bool
    overrules: bool

    @property
    def is_control(self) -> bool:
        """Whether there is nothing to read or see but what is clicked on."""
        if self.name in _CONTROLS:
            return True
        words = _BESIDE_CONTROLS(self.element)
        assert isinstance(words, list)
        return not any(re.search(r"\w", str(part)) for part in words) and self.element.find(".//img") is None


def without_hidden(html: str, *, of_feed: bool = False) -> tuple[str, tuple[str, ...]]:
    """The markup without what is hidden, and the markup that was taken out.

    Unchanged if all that it says is hidden: then a script was to show it. of_feed: slides, tabs and the like stay,
    which a style sheet hides until a script shows one of them; readers of feeds know neither.
    """
    rest, taken = _parted(html, of_feed=of_feed)
    return (rest, taken) if taken and _shows(rest) else (html, ())


def shown(html: str) -> str:
    """The words of markup that are shown, as one line of plain text; no script shows a title that is hidden."""
    return plain(_parted(html)[0] if "<" in html else html)


def _parted(html: str, *, of_feed: bool = False) -> tuple[str, tuple[str, ...]]:
    """The markup without what is hidden, and what is."""
    lower = html.lower()
    if not any(word in lower for word in _HIDING) or not _SUSPICIOUS.search(lower):
        return html, ()
    spans = [part for part in _spans(html, _sheet(html, of_feed=of_feed)) if not _is_pictured_formula(html, *part)]
    kept, start = [], 0
    for begin, end in spans:
        kept.append(html[start:begin])
        start = end
    return "".join((*kept, html[start:])), tuple(html[begin:end] for begin, end in spans)


def _is_pictured_formula(html: str, begin: int, end: int) -> bool:
    """Whether a hidden element is a formula whose picture is shown, as in Wikipedia: its words are meant for all."""
    return _PICTURE.match(html, end) is not None and _FORMULA.fullmatch(html, begin, end) is not None


def _spans(html: str, sheet: _Sheet) -> Iterator[tuple[int, int]]:
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
            if name == "textarea" and begin < 0 and _hidden(name, attributes, sheet, token.start()):
                yield token.start(), position
            continue
        if name in _ENDS_PARAGRAPH and opened["p"]:
            place = len(stack) - 1
            while stack[place] != "p":
                place -= 1
            yield from close(place, token.start())
        while stack and stack[-1] in CLOSES.get(name, ()):
            yield from close(len(stack) - 1, token.start())
        hidden = begin < 0 and name not in _NEVER and _hidden(name, attributes, sheet, token.start())
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


def _hidden(name: str, attributes: str, sheet: _Sheet, place: int) -> bool:
    if not (sheet.rules or sheet.places or name in _OF_THEMSELVES or _OF_A_TAG.search(attributes)):
        return False
    stated: dict[str, str] = {}
    for key, value in _ATTRIBUTE.findall(attributes):
        stated.setdefault(key.lower(), unescape(value.strip("\"'")) if value else "")
    if "hidden" in stated or name in ("datalist", _PLACEHOLDER):
        return True
    if name == "img" and any(stated.get(key) for key in LAZY):
        return False  # the script that loads it shows it
    inline = _hides(stated.get("style", ""))
    by_sheet = sheet.hides(name, frozenset(stated.get("class", "").split()), frozenset({stated.get("id", "")}), place)
    if inline is not None and not (by_sheet and by_sheet[1]):
        return inline
    if by_sheet:
        return by_sheet[0]
    return (name == "dialog" and "open" not in stated) or "popover" in stated


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


def _sheet(html: str, *, of_feed: bool) -> _Sheet:
    """The rules that show or hide; those for other media than screens do not count."""
    if not _SHEET.search(html):
        return _Sheet()
    rules: defaultdict[str, list[_Rule]] = defaultdict(list)
    searched: list[tuple[str, bool, bool, int]] = []
    for number, (selector, hides, important) in enumerate(_stated(html)):
        if hides and (_is_of_state(selector) or (of_feed and _ALL_BUT_ONE.search(selector))):
            continue
        if not _SIMPLE.fullmatch(selector):
            searched.append((selector, hides, important, number))
            continue
        name = re.split("[.#]", selector, maxsplit=1)[0].lower()
        ids, classes = (frozenset(re.findall(rf"{mark}([\w-]+)", selector)) for mark in ("#", r"\."))
        weight = important, len(ids), len(classes), int(name not in ("", "*")), number
        key = next((found[0] for found in re.finditer(r"[.#][\w-]+", selector)), "")
        rules[key].append(_Rule(weight, name, ids, classes, hides))
    if not any(rule.hides for rule in chain.from_iterable(rules.values())) and not any(
        hides for _, hides, _, _ in searched
    ):
        return _Sheet()
    tree = _Tree.of(html)
    if tree is None:
        return _Sheet(rules)
    hiding = frozenset(_places(tree, [one for one in searched if one[1]]))
    sheet = _Sheet(rules, _places(tree, searched), hiding=hiding)
    return replace(sheet, unfolded=_unfolded(html, tree, sheet, of_feed=of_feed))


def _is_of_state(selector: str) -> bool:
    """Whether a rule fits only in one of the states of an element, or only without one."""
    if any(_STATE.search(negated) for negated in _NEGATED.findall(selector)):
        return True
    return any(not found[0].startswith(".") for found in _STATE.finditer(selector))


def _unfolded(html: str, tree: "_Tree", sheet: _Sheet, *, of_feed: bool) -> frozenset[int]:
    """Places of tags that the sheet hides only until a state, or a script, shows them."""
    looks = [sheet.look_of(element, place) for element, place in zip(tree.elements, tree.places, strict=True)]
    hidden = [number for number, look in enumerate(looks) if look.hides]
    # On an editor's page without anything to click on, no script gives the class that would show what is hidden.
    classes = of_feed or _CLICKABLE.search(html) is not None
    shown = islice(_opening(html, classes=classes), _MOST_RULES) if hidden else ()
    opened = _places(tree, [(one, False, False, 0) for one in shown])
    scripted = frozenset(_named_by_controls(html)) if hidden and of_feed else frozenset()
    families: defaultdict[int, list[_Look]] = defaultdict(list)
    for parent, look in zip(tree.parents, looks, strict=True):
        families[parent].append(look)
    overruled = {(parent, look.name) for parent, look in zip(tree.parents, looks, strict=True) if look.overrules}
    current: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
    for parent, look in zip(tree.parents, looks, strict=True):
        if not look.hides and any(map(_STATE_CLASS.fullmatch, look.classes)):
            current[parent, look.name] |= look.classes
    stages = {parent for parent in {tree.parents[one] for one in hidden} if of_feed and _is_stage(families[parent])}

    def shows(number: int) -> bool:
        look, parent, before = looks[number], tree.parents[number], tree.befores[number]
        if tree.places[number] in opened or not current[parent, look.name].isdisjoint(look.classes):
            return True
        return of_feed and (
            parent in stages
            or (parent, look.name) in overruled
            or (before >= 0 and looks[before].name in _PRESSED)
            or not scripted.isdisjoint(look.ids)
        )

    return frozenset(tree.places[number] for number in hidden if shows(number))


def _is_stage(family: Sequence[_Look]) -> bool:
    """Whether all children of an element are hidden alike, but for what is clicked on: a script shows one of them."""
    hidden = [one for one in family if one.hides]
    parent = family[0].element.getparent()
    if len(hidden) < 2 or len({one.name for one in hidden}) > 1 or parent is None:
        return False
    words = (parent.text, *(one.element.tail for one in family))
    return all(one.hides or one.is_control for one in family) and not any(
        re.search(r"\w", part or "") for part in words
    )


def _opening(html: str, *, classes: bool) -> Iterator[str]:
    """Selectors of what a state shows, without that state. classes: also of one that a class stands for."""
    for selectors, body in _blocks(html):
        if _hides(body) is False or (_hides(body) is None and _OPENS.search(body)):
            for selector in _COMMA.split(selectors):
                plain = selector.strip()
                if not classes and any(state[0].startswith(".") for state in _STATE.finditer(plain)):
                    continue
                rest = _STATE.sub(lambda state: "*" if _ALONE.search(state.string[: state.start()]) else "", plain)
                if rest not in (plain, "*"):
                    yield rest


def _named_by_controls(html: str) -> Iterator[str]:
    """Ids of what links, buttons and labels lead to."""
    for token in TOKEN.finditer(html):
        for name, called in _POINTS_AT.findall(token[3] or ""):
            yield from [name] if name else re.findall(r"[\w-]+", called)


def _stated(html: str) -> Iterator[tuple[str, bool, bool]]:
    """Selectors that may fit something in the markup, whether they hide it, and whether that is important."""
    number, named = 0, _names(html)
    for selectors, body in _blocks(html):
        hides = _hides(body)
        for selector in _COMMA.split(selectors) if hides is not None else ():
            plain = selector.strip()
            if not plain or not ("(" in plain or named.issuperset(_NAMED.findall(plain))):
                continue
            number += 1
            if number > _MOST_RULES:
                return
            yield plain, bool(hides), _IMPORTANT.search(body) is not None


def _names(html: str) -> frozenset[str]:
    """The classes and ids of all elements."""
    found: set[str] = set()
    for token in TOKEN.finditer(html):
        for key, value in _ATTRIBUTE.findall(token[3] or ""):
            if key.lower() in ("class", "id"):
                found.update(unescape(value.strip("\"'")).split())
    return frozenset(found)


def _places(tree: "_Tree", searched: Sequence[tuple[str, bool, bool, int]]) -> Mapping[int, tuple[_Weight, bool]]:
    """For each tag that selectors with combinators, attributes or conditions fit, the weightiest rule."""
    from cssselect import SelectorError, parse

    found: dict[int, tuple[_Weight, bool]] = {}
    for selector, hides, important, number in searched:
        if len(selector) > _LONGEST_SELECTOR or (len(tree.places) > _MANY_TAGS and _COUNTS.search(selector)):
            continue
        try:
            (read,) = parse(selector)
            fitting = tree.fitting(read.parsed_tree) if not read.pseudo_element else ()
            rule = (important, *read.specificity(), number), hides
        except (SelectorError, etree.XPathError, RecursionError, ValueError):
            continue  # a browser passes it over, too, or it is of a kind that is not known here
        for place in compress(tree.places, fitting):
            found[place] = max(found.get(place, rule), rule)
    return found


@dataclass(frozen=True, slots=True)
class _Tree:
    """The elements of the markup in order. places: where their tags begin. parents, befores: the number of the parent
    and of the sibling before, -1 for none. known: which elements fit a compound selector, by its XPath.
    """

    elements: Sequence[etree._Element]
    places: Sequence[int]
    parents: Sequence[int]
    befores: Sequence[int]
    known: dict[str, Sequence[bool]] = field(default_factory=dict)

    @classmethod
    def of(cls, html: str) -> "_Tree | None":
        def placed(token: re.Match[str]) -> str:
            if token[2] is None or token[1]:
                return token[0]
            return f'<{token[2]} {_PLACE}="{token.start()}"{html[token.end(2) : token.end()]}'

        marked = TOKEN.sub(placed, html).encode("utf-8", "replace")
        try:
            root = etree.fromstring(marked, etree.HTMLParser(encoding="utf-8", huge_tree=True))
        except etree.LxmlError:
            return None
        if root is None:
            return None
        elements = list(root.iter(etree.Element))
        numbers = {element: number for number, element in enumerate(elements)}
        return cls(
            elements,
            [int(element.get(_PLACE) or -1) for element in elements],
            [numbers.get(element.getparent(), -1) for element in elements],
            [numbers.get(next(element.itersiblings(etree.Element, preceding=True), None), -1) for element in elements],
        )

    def fitting(self, selector: "Tree") -> Sequence[bool]:
        """Which elements a parsed selector fits: in linear time, which XPath would not be for combinators."""
        from cssselect import HTMLTranslator
        from cssselect.parser import CombinedSelector

        if isinstance(selector, CombinedSelector):
            left, right = self.fitting(selector.selector), self.fitting(selector.subselector)
            near = self.parents if selector.combinator in (" ", ">") else self.befores
            behind: list[bool] = []
            for other in near:
                far = selector.combinator in (" ", "~") and other >= 0 and behind[other]
                behind.append(other >= 0 and (left[other] or far))
            return [one and two for one, two in zip(right, behind, strict=True)]
        path = f"descendant-or-self::{HTMLTranslator().xpath(selector)}"
        if path not in self.known:
            if len(self.known) * len(self.places) > _MOST_SEARCHED:
                raise ValueError("too much to search for")
            found = etree.XPath(path)(self.elements[0])
            fit = frozenset(found) if isinstance(found, list) else frozenset()
            self.known[path] = [element in fit for element in self.elements]
        return self.known[path]


def _blocks(html: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations of the rules for screens, in all style sheets of the markup; nested ones unnested."""
    position = 0
    while start := _SHEET.search(html, position):
        end = _SHEET_END.search(html, start.end())
        if end is None:
            return
        position = end.end()
        stated = {key.lower(): value.strip("\"'") for key, value in _ATTRIBUTE.findall(start[1])}
        if any(map(_SCREEN.fullmatch, stated.get("media", "").split(","))):
            yield from _rules(_UNSEEN.sub("", html[start.end() : end.start()]))


@dataclass(frozen=True, slots=True)
class _Block:
    """A rule of a sheet. selectors: with those of the rules that it is nested in; () outside of all."""

    selectors: tuple[str, ...] = ()
    declarations: list[str] = field(default_factory=list)

    def opened(self, prelude: str) -> "_Block | None":
        """The block that begins with this prelude within this one; None if it does not count, as for printers."""
        scope = _SCOPE.fullmatch(prelude)
        if prelude.startswith("@") and not scope:
            return self if _ON_SCREEN.fullmatch(prelude) else None
        written = [part.strip() for part in _COMMA.split(scope[1] if scope else prelude)]
        nested = [_nested(one, outer) for outer in self.selectors or ("",) for one in written]
        kept = tuple(one for one in nested[:_MOST_NESTED] if len(one) <= _LONGEST_SELECTOR)
        return _Block(kept) if kept else None


def _nested(selector: str, outer: str) -> str:
    """A selector within the rule of another (CSS Nesting §3)."""
    if not outer:
        return selector
    if "&" not in selector and ":scope" not in selector:
        return f"{outer} {selector}"
    return _PARENT.sub(lambda found: f":is({outer})" if found[1] else outer, selector)


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations, those of a rule before those of the rules in it."""
    found: list[_Block] = []
    around: list[_Block | None] = [_Block()]
    for part in re.split(r"(?<=[{}])", _STRING.sub(lambda string: string[0].translate(_NO_MARKS), sheet)):
        block, opens = around[-1], part.endswith("{")
        declared, _, prelude = part[:-1].rpartition(";") if opens else (part.rstrip("}"), "", "")
        if block:
            block.declarations.append(declared)
        if opens:
            inner = block.opened(prelude.strip()) if block else None
            if inner and inner is not block:
                found.append(inner)
            around.append(inner)
        elif part and len(around) > 1:
            around.pop()
    for one in found:
        yield ",".join(one.selectors), ";".join(one.declarations)


def _shows(html: str) -> bool:
    """Whether there is a word or a picture left to see."""
    words = TOKEN.sub("", re.sub(r"(?is)<(script|style|head|title)\b.*?(?:</\1\s*>|\Z)", "", html))
    return (
        re.search(r"\w", words) is not None or re.search(r"(?i)<(?:img|picture|video|audio|iframe)\b", html) is not None
    )
