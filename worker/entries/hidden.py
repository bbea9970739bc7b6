"""Takes out of HTML what no browser shows: `hidden`, `display: none`, and what a page's own style sheet hides so.

Writers hide notes and earlier versions so, newsletters the words that only an inbox shows, and pages the copy for
another screen. But scripts show much that is hidden at first: answers, tabs, slides, the rest of a text. `_Page.opens`
looks for signs of it, since losing words is worse than showing a few too many; for fewer signs on an editor's page,
whose notes must not get out. Attributes do not survive sanitising, so this happens before. Pure, and linear: elements
are judged in a tree, and cut out of the markup, which is read as tokens with a stack of what is open that follows the
HTML Standard closely enough to find where an element ends (§13.2.6.4.7).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from itertools import chain, islice
from typing import TYPE_CHECKING

from lxml import etree

from feeds.text.plaintext import plain, tokens
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
# Not within brackets.
_COMMA = re.compile(r",(?![^(\[]*[)\]])")
_NAMED = re.compile(r"[.#][A-Za-z_][\w-]*")
# Of rules that fit by name; of elements times compound selectors that a tree is searched for; of a selector's letters;
# of elements, beyond which nothing that counts siblings or looks at descendants is searched for.
_MOST_RULES, _MOST_SEARCHED, _LONGEST_SELECTOR, _MANY_TAGS = 1000, 1_000_000, 300, 2000
_MOST_NESTED = 50  # selectors of a rule within another
_COUNTS = re.compile(r":(?:has|nth|first|last|only|empty)", re.IGNORECASE)
# In all tags that hide themselves.
_HINT = re.compile(r"(?i)hidden|popover|style|<dialog|<datalist|<ac:placeholder")
_PLACE = "data-place"
# What scripts and readers give an element, and take from it.
_STATE = re.compile(
    r":(?:checked|target|hover|focus(?:-within|-visible)?|active|open)(?![\w(-])"
    r"|\[\s*(?:open|aria-(?:expanded|selected|checked|pressed))\b[^\]]*\]"
    r"|\.(?:is-|has-)?(?:active|open(?:ed)?|current|selected|expanded|checked|toggled|visible|show|in)(?![\w-])",
    re.IGNORECASE,
)
_ALONE = re.compile(r"(?:^|[\s>+~(,])$")
_NEGATED = re.compile(r":not\(([^()]*)\)", re.IGNORECASE)
_OPENS = re.compile(r"(?:^|;)\s*(?:max-)?height\s*:\s*(?!0+(?:\.0+)?(?:[a-z%]+)?\s*(?:!|;|$))", re.IGNORECASE)
_CLICKABLE = re.compile(
    r"""<(?:button|input|label|summary|script)\b|\sonclick\s*=|\shref\s*=\s*["']?#|\srole\s*=\s*["']?(?:button|tab)\b""",
    re.IGNORECASE,
)
# What is clicked on. A link within a page is such a thing only if it is nothing else.
_PRESSED = frozenset({"button", "label", "summary", "input", "script"})
_PRESSES = re.compile(
    r"""(?:on|@|\(|x-on:|v-on:|ng-)click|\brole\s*=\s*["']?(?:button|tab)\b|aria-(?:expanded|controls)|data-(?:bs-)?toggle"""
    r"""|\bhref\s*=\s*(?:"#?[!0]?"|'#?[!0]?'|#?(?=\s|\Z)|["']?javascript:)""",
    re.IGNORECASE,
)
_WITHIN_PAGE = re.compile(r"""\bhref\s*=\s*["']?#""", re.IGNORECASE)
# Ids that links, buttons and labels lead to, and what scripts name.
_LEADS_TO = re.compile(r"""(?:href=["']?#|(?:aria-controls|data-(?:bs-)?target|for)=["']?#?)([\w-]+)""", re.IGNORECASE)
_CALLS = re.compile(r"""click\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)
_CALLED = re.compile(r"""["'.#(]([A-Za-z_][\w-]*)""")
_SCRIPT = re.compile(r"<script\b[^<>]*>(.*?)</script", re.IGNORECASE | re.DOTALL)
# Attributes of frameworks, and roles, of what a script shows.
_SCRIPTED = re.compile(
    r"""(?:^|[\s"'])(?:x-[a-z]|v-[a-z]|ng-[a-z]|[\w-]*\bcloak\b|aria-labelledby|aria-expanded)"""
    r"""|\brole\s*=\s*["']?(?:tabpanel|region)\b|\bclass\s*=[^=<>]*cloak""",
    re.IGNORECASE,
)
# Words in names of what a script shows.
_SHOWN_LATER = re.compile(
    r"accord|collaps|carousel|\bslid(?:e|ing)|slick|swiper|splide|glide|flickity|\btabs?\b|tabcontent|\bpanel?s?\b|spoiler"
    r"|toggl|expand|reveal|fold|\bmore\b|faq|answer|solution|hint|transcript|lazy|\bjs\b|\bwow\b|animat|fade|invisible",
    re.IGNORECASE,
)
_WORDS_OF_NAMES = re.compile(r"[-_]+|(?<=[a-z])(?=[A-Z])")
_BOXES = frozenset("article dd div figure img li section ul".split())
# What stands over a part that is hidden, also in a box with few words.
_HEADS = frozenset("dt h1 h2 h3 h4 h5 h6 legend".split())
_SHORT_HEADS = frozenset("b div span strong".split())
_SHORT_HEAD = 12
_SKIPPED = frozenset({"br", "hr", "style", "link", "meta"})
# Of hidden words: fewer are hardly a part of a text, and so are those that make less than a quarter of the whole.
_MANY_WORDS, _SHARE = 50, 4
_FEW_WORDS = 20  # more than the line of a letter that only an inbox shows
_PHRASE = 3  # words
_WORD = re.compile(r"\w+")
_SHOWS = re.compile(r"<(?:img|picture|video|audio|iframe|svg|object|embed)\b", re.IGNORECASE)
_LINK = re.compile(r"<a\s[^<>]*>.*?</a", re.IGNORECASE | re.DOTALL)
# Elements whose content is text to the parser, whatever is in it.
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "noframes", "noembed", "iframe"})
_ENDS_PARAGRAPH = frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hgroup hr main menu nav ol p pre section summary table ul".split()
)
_FORMULA = re.compile(r"<(\w+)[^<>]*>\s*<math\b(?:(?!</math).)*</math>\s*</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG_END = re.compile(r"[\s/]*+>")
_PICTURE = re.compile(r"\s*(?:<(?:meta|link)\b[^<>]*>\s*)?<(?:img|svg)\b", re.IGNORECASE)
# What Confluence shows to whoever edits a page.
_PLACEHOLDER = "ac:placeholder"
# A page that hides its whole body shows it with a script.
_NEVER = frozenset({"html", "body"})

# Importance, specificity and place of a rule of a style sheet.
_Weight = tuple[bool, int, int, int, int]


def without_hidden(html: str, *, of_feed: bool = False) -> tuple[str, tuple[str, ...]]:
    """The markup without what is hidden for good, and the markup that was taken out.

    Unchanged if all that it says is hidden: then a script was to show it. of_feed: names and many words count as well
    as signs of a script, since readers of feeds know neither sheets nor scripts; on an editor's page they prove none.
    """
    page = _Page.of(html)
    if page is None or not page.hidden:
        return html, ()
    spans = dict(_spans(html, {page.places[number] for number in page.hidden}))
    whole = _words(_cut(html, spans.items()))
    said = _phrases(whole)
    taken: list[tuple[int, int]] = []
    doubtful: list[tuple[tuple[int, int], int]] = []
    for number in page.hidden:
        span = page.places[number], spans.get(page.places[number], -1)
        part = html[span[0] : max(span)]
        if not part or _is_pictured_formula(html, *span):
            continue
        words = _words(part)
        if not words and not _SHOWS.search(part):
            taken.append(span)
            continue
        phrases = _phrases(words)
        repeats = _repeats(phrases, said)
        if not repeats and page.opens(number, of_feed=of_feed, has_words=bool(words)):
            said |= phrases
        elif of_feed and words and not repeats and not _is_links(part):
            doubtful.append((span, len(words)))
        else:
            taken.append(span)
    many = sum(count for _, count in doubtful)
    if many < _MANY_WORDS or many * _SHARE < len(whole):
        taken += [span for span, _ in doubtful]
    rest = _cut(html, sorted(taken))
    return (rest, tuple(html[begin:end] for begin, end in sorted(taken))) if taken and _shows(rest) else (html, ())


def lost(rest: str, taken: Iterable[str]) -> tuple[str, ...]:
    """The words of each part that was taken out, if they are as many as sentences have and not shown elsewhere."""
    telling = [plain(part) for part in taken if not _is_links(part)]
    telling = [words for words in telling if len(tokens(words)) >= _FEW_WORDS]
    said = _phrases(_words(rest)) if telling else set()
    return tuple(words for words in telling if not _repeats(_phrases(tokens(words)), said))


def shown(html: str) -> str:
    """The words of markup that are shown, as one line of plain text; no script shows a title that is hidden."""
    page = _Page.of(html) if "<" in html else None
    if page is None:
        return plain(html)
    return plain(_cut(html, _spans(html, {page.places[number] for number in page.hidden})))


def _cut(html: str, spans: Iterable[tuple[int, int]]) -> str:
    kept, start = [], 0
    for begin, end in spans:
        kept.append(html[start:begin])
        start = end
    return "".join((*kept, html[start:]))


def _words(html: str) -> list[str]:
    return tokens(plain(html))


def _phrases(words: Sequence[str]) -> set[tuple[str, ...]]:
    return set(zip(*(words[start:] for start in range(_PHRASE)), strict=False))


def _repeats(phrases: AbstractSet[tuple[str, ...]], said: AbstractSet[tuple[str, ...]]) -> bool:
    """Whether nearly all is said, as in a copy for another screen."""
    return len(phrases & said) * 5 > len(phrases) * 4


def _is_links(part: str) -> bool:
    return 2 * len(_words(" ".join(_LINK.findall(part)))) > len(_words(part))


def _is_pictured_formula(html: str, begin: int, end: int) -> bool:
    """Whether a hidden element is a formula whose picture is shown, as in Wikipedia: its words are meant for all."""
    return _PICTURE.match(html, end) is not None and _FORMULA.fullmatch(html, begin, end) is not None


@dataclass(frozen=True)
class _Page:
    """Markup as a tree. elements: in order. places: where their tags begin, -1 for what libxml2 adds. parents, befores:
    the number of the parent and of the sibling before, -1 for none. tags: attributes as they are written.
    """

    html: str
    elements: Sequence[etree._Element]
    places: Sequence[int]
    parents: Sequence[int]
    befores: Sequence[int]
    tags: Sequence[str]
    known: dict[str, frozenset[int]] = field(default_factory=dict)
    kinds: dict[int, AbstractSet[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, html: str) -> "_Page | None":
        """None for markup that hides nothing."""
        lower = html.lower()
        if not any(word in lower for word in _HIDING) or not _SUSPICIOUS.search(lower):
            return None
        if not _SHEET.search(html) and not any(
            _HINT.search(token[0]) and _hidden(token[2].lower(), _stated(token[3]))
            for token in TOKEN.finditer(html)
            if token[2] and not token[1]
        ):
            return None
        tags: dict[int, str] = {}

        def placed(token: re.Match[str]) -> str:
            if token[2] is None or token[1]:
                return token[0]
            tags[token.start()] = token[3]
            return f'<{token[2]} {_PLACE}="{token.start()}"{html[token.end(2) : token.end()]}'

        marked = TOKEN.sub(placed, html)
        try:
            root = etree.fromstring(
                marked.encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8", huge_tree=True)
            )
        except etree.LxmlError:
            return None
        if root is None:
            return None
        elements = list(root.iter(etree.Element))
        numbers = {element: number for number, element in enumerate(elements)}
        places = [int(element.get(_PLACE) or -1) for element in elements]
        return cls(
            html,
            elements,
            places,
            [numbers.get(element.getparent(), -1) for element in elements],
            [numbers.get(next(element.itersiblings(etree.Element, preceding=True), None), -1) for element in elements],
            [tags.get(place, "") for place in places],
        )

    @cached_property
    def hidden(self) -> Mapping[int, None]:
        """The outermost elements that are hidden, in order."""
        within = [False] * len(self.elements)
        found: dict[int, None] = {}
        for number, parent in enumerate(self.parents):
            within[number] = parent >= 0 and within[parent]
            if not within[number] and self.places[number] >= 0 and self._hides(number):
                within[number] = True
                found[number] = None
        return found

    def _hides(self, number: int) -> bool:
        name, stated = self.name(number), _stated(self.tags[number])
        by_sheet = self.sheet.get(number)
        if by_sheet is not None and "hidden" not in stated and name not in _NEVER:
            (important, *_), hides = by_sheet
            if important or _hides(stated.get("style", "")) is None:
                return hides and not _is_loaded(name, stated)
        return _hidden(name, stated)

    def name(self, number: int) -> str:
        return str(self.elements[number].tag).lower()

    @cached_property
    def numbers(self) -> Mapping[etree._Element, int]:
        return {element: number for number, element in enumerate(self.elements)}

    @cached_property
    def named(self) -> Mapping[str, set[int]]:
        """The elements of each name, class (".x") and id ("#x"), and all of them ("*")."""
        found: defaultdict[str, set[int]] = defaultdict(set)
        for number, element in enumerate(self.elements):
            for key in ("*", self.name(number), *_names_of(element)):
                found[key].add(number)
        return found

    # What hides and shows.

    @cached_property
    def overruled(self) -> AbstractSet[int]:
        """The elements that a rule hides, even if another shows them."""
        return self._fitting([one for one in self._rules() if one[1]] if self.sheet else []).keys()

    @cached_property
    def sheet(self) -> Mapping[int, tuple[_Weight, bool]]:
        """For each element that style sheets hide or show the weightiest rule, and whether it hides; rules for other
        media than screens do not count, nor what a state of the page shows.
        """
        if not _SHEET.search(self.html):
            return {}
        stated = [one for one in self._rules() if not (one[1] and _is_of_state(one[0]))]
        if not any(hides for _, hides, _ in stated):
            return {}
        found = self._fitting(stated)
        # On an editor's page without anything to click on, no script gives the class that would show what is hidden.
        selectors = _opening(self.html, classes=_CLICKABLE.search(self.html) is not None)
        opened = self._fitting([(one, False, False) for one in islice(selectors, _MOST_RULES)])
        return {number: rule for number, rule in found.items() if number not in opened}

    def _rules(self) -> Iterator[tuple[str, bool, bool]]:
        """Selectors that may fit something, whether they hide it, and whether that is important."""
        found = 0
        for selectors, body in _blocks(self.html):
            hides = _hides(body)
            for selector in _COMMA.split(selectors) if hides is not None else ():
                plain = selector.strip()
                if not plain or not ("(" in plain or all(name in self.named for name in _NAMED.findall(plain))):
                    continue
                found += 1
                if found > _MOST_RULES:
                    return
                yield plain, bool(hides), _IMPORTANT.search(body) is not None

    def _fitting(self, rules: Sequence[tuple[str, bool, bool]]) -> dict[int, tuple[_Weight, bool]]:
        """For each element that selectors fit, the weightiest rule."""
        from cssselect import SelectorError, parse

        found: dict[int, tuple[_Weight, bool]] = {}
        for place, (selector, hides, important) in enumerate(rules):
            if len(selector) > _LONGEST_SELECTOR or (len(self.places) > _MANY_TAGS and _COUNTS.search(selector)):
                continue
            try:
                (read,) = parse(selector)
                fitting = frozenset[int]() if read.pseudo_element else self._search(read.parsed_tree)
                rule = (important, *read.specificity(), place), hides
            except (SelectorError, etree.XPathError, RecursionError, ValueError):
                continue  # a browser passes it over, too, or it is of a kind that is not known here
            for number in fitting:
                found[number] = max(found.get(number, rule), rule)
        return found

    def _search(self, selector: "Tree") -> AbstractSet[int]:
        """The elements that a parsed selector fits: in linear time, which XPath would not be for combinators."""
        from cssselect import HTMLTranslator
        from cssselect.parser import CombinedSelector

        if isinstance(selector, CombinedSelector):
            fitting, left = self._search(selector.subselector), self._search(selector.selector)
            near = self.parents if selector.combinator in (" ", ">") else self.befores
            behind: list[bool] = []
            for other in near if fitting and left else ():
                far = selector.combinator in (" ", "~") and other >= 0 and behind[other]
                behind.append(other >= 0 and (other in left or far))
            return {number for number in fitting if behind and behind[number]}
        if names := _simple(selector):
            return set[int].intersection(*(self.named.get(name, set()) for name in names))
        path = f"descendant-or-self::{HTMLTranslator().xpath(selector)}"
        if path not in self.known:
            if len(self.known) * len(self.places) > _MOST_SEARCHED:
                raise ValueError("too much to search for")
            found = etree.XPath(path)(self.elements[0])
            fit = frozenset(found) if isinstance(found, list) else frozenset()
            self.known[path] = frozenset(number for number, element in enumerate(self.elements) if element in fit)
        return self.known[path]

    # What scripts open.

    def opens(self, number: int, *, of_feed: bool, has_words: bool) -> bool:
        """Whether there are signs that a script, or a press on something, shows a hidden element."""
        if self.name(number) == _PLACEHOLDER:
            return False
        around = self._alone(number)
        outer = self.parents[around[-1]], self.parents[self.parents[around[-1]]]
        names = {name for one in (*around, *filter(self._is_box, outer)) for name in _names_of(self.elements[one])}
        if any(_SCRIPTED.search(self.tags[one]) for one in around) or not self.called.isdisjoint(names):
            return True
        # On an editor's page too if nothing is said, so that it is no note.
        if (of_feed or not has_words) and any(_SHOWN_LATER.search(_WORDS_OF_NAMES.sub(" ", name)) for name in names):
            return True
        if self._is_alike(number, inline=of_feed):
            return True
        found = [self.openers[one] for one in around if one in self.openers] if has_words else ()
        return True in found or (of_feed and False in found)

    def _alone(self, number: int) -> Sequence[int]:
        """An element, and the boxes around it that have nothing else in them."""
        found = [number]
        while self._is_box(parent := self.parents[found[-1]]) and len(self.elements[parent]) == 1:
            found.append(parent)
        return found

    def _is_box(self, number: int) -> bool:
        """Whether an element is there, and neither the root nor the body."""
        return number >= 0 and self.places[number] >= 0 and self.name(number) not in _NEVER

    @cached_property
    def called(self) -> AbstractSet[str]:
        """Ids and classes that links, controls and scripts name."""
        found = {f"#{name}" for tag in self.tags for name in _LEADS_TO.findall(tag)}
        scripts = [*_SCRIPT.findall(self.html), *(called for tag in self.tags for called in _CALLS.findall(tag))]
        for name in chain.from_iterable(map(_CALLED.findall, scripts)):
            found |= {f"#{name}", f".{name}"}
        return found

    @cached_property
    def openers(self) -> Mapping[int, bool]:
        """Hidden elements, and boxes around them alone, whose neighbours open them. True: what is clicked on is beside
        them. False: they are all that a heading has below it, or all of several things in a box.
        """
        has_control = [
            self.name(number) in _PRESSED or _PRESSES.search(tag) is not None for number, tag in enumerate(self.tags)
        ]
        for number in range(len(has_control) - 1, 0, -1):
            has_control[self.parents[number]] |= has_control[number]
        covered = {one for number in self.hidden for one in self._alone(number)}
        found: dict[int, bool] = {}
        for parent in {self.parents[one] for one in covered}:
            run: list[int] = []
            before = -1
            children = (self.numbers[child] for child in self.elements[parent].iterchildren(etree.Element))
            for number in (*children, -1):
                if number in covered:
                    run.append(number)
                elif self.name(number) not in _SKIPPED or number < 0:
                    beside = [one for one in (before, number) if one >= 0]
                    if any(has_control[one] or self._leads_within(one) for one in beside):
                        found |= dict.fromkeys(run, True)
                    elif self._is_all_below(before, run, number):
                        found |= dict.fromkeys(run, False)
                    run, before = [], number
        return found

    def _leads_within(self, number: int) -> bool:
        return self.name(number) == "a" and _WITHIN_PAGE.search(self.tags[number]) is not None

    def _is_all_below(self, before: int, run: Sequence[int], after: int) -> bool:
        """Whether there is nothing between two heads, or a head and the end of a box, but what is hidden."""
        parent = self.elements[self.parents[run[0]]] if run else None
        texts = [self.elements[one].tail for one in (before, *run) if one >= 0]
        if parent is None or any(_WORD.search(text or "") for text in (*texts, parent.text if before < 0 else "")):
            return False
        if before < 0:
            return after < 0 and len(run) > 1 and self._is_box(self.parents[run[0]])
        return self._is_head(before) and (after < 0 or self._is_head(after))

    def _is_head(self, number: int) -> bool:
        element = self.elements[number]
        if self.name(number) in _HEADS:
            return True
        short = self.name(number) in _SHORT_HEADS and len(element) < _SHORT_HEAD and self._is_box(self.parents[number])
        return (
            short and 0 < len(_WORD.findall(" ".join(map(str, islice(element.itertext(), _SHORT_HEAD))))) < _SHORT_HEAD
        )

    def _is_alike(self, number: int, *, inline: bool) -> bool:
        """Whether a sibling that is shown is of the same kind, so that each has its turn: one that a rule hides and
        another shows, or that a rule tells apart by its place alone. inline: also if no sheet hides the element.
        """
        parent, by_sheet = self.parents[number], number in self.sheet
        if self.name(number) not in _BOXES or parent < 0 or not (inline or by_sheet):
            return False
        if parent not in self.kinds:
            self.kinds[parent] = {
                kind
                for child in self.elements[parent].iterchildren(etree.Element)
                if (one := self.numbers[child]) not in self.hidden
                for kind in self._kinds(one, in_turn=one in self.overruled or "display" in child.get("style", ""))
            }
        return not self.kinds[parent].isdisjoint(self._kinds(number, in_turn=True, by_place=by_sheet))

    def _kinds(self, number: int, *, in_turn: bool, by_place: bool = True) -> Iterator[str]:
        element = self.elements[number]
        if by_place:
            yield f"{element.tag}{sorted(one for one in element.items() if one[0] not in ('style', _PLACE))}"
        if in_turn:
            yield from (f"{element.tag}.{one}" for one in element.get("class", "").split())


def _names_of(element: etree._Element) -> Iterator[str]:
    yield from (f".{one}" for one in element.get("class", "").split())
    if name := element.get("id", "").strip():
        yield f"#{name}"


def _simple(selector: "Tree") -> Sequence[str]:
    """The name, classes and ids that a compound selector asks for; none if it asks for more."""
    from cssselect.parser import Class, Element, Hash

    names = []
    while isinstance(selector, Class | Hash):
        names.append(f".{selector.class_name}" if isinstance(selector, Class) else f"#{selector.id}")
        selector = selector.selector
    if not isinstance(selector, Element) or selector.namespace:
        return ()
    return (*names, (selector.element or "*").lower())


def _stated(attributes: str) -> dict[str, str]:
    stated: dict[str, str] = {}
    for key, value in _ATTRIBUTE.findall(attributes):
        stated.setdefault(key.lower(), unescape(value.strip("\"'")) if value else "")
    return stated


def _is_loaded(name: str, stated: Mapping[str, str]) -> bool:
    """Whether an element is a picture that the script shows that loads it."""
    return name == "img" and any(stated.get(key) for key in LAZY)


def _hidden(name: str, stated: Mapping[str, str]) -> bool:
    """Whether an element is hidden by itself."""
    if name in _NEVER:
        return False
    if "hidden" in stated or name in ("datalist", _PLACEHOLDER):
        return True
    inline = None if _is_loaded(name, stated) else _hides(stated.get("style", ""))
    return bool(inline) or (inline is None and ((name == "dialog" and "open" not in stated) or "popover" in stated))


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


def _is_of_state(selector: str) -> bool:
    """Whether a rule fits only in one of the states of an element, or only without one."""
    if any(_STATE.search(negated) for negated in _NEGATED.findall(selector)):
        return True
    return any(not found[0].startswith(".") for found in _STATE.finditer(selector))


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


def _spans(html: str, places: Collection[int]) -> Iterator[tuple[int, int]]:
    """Where the elements that begin at these places end too, in order."""
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
        end, name, _ = token.groups()
        if name is None:
            continue
        name = name.lower()
        if rest := _TAG_END.match(html, position):
            position = rest.end()
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
            if name == "textarea" and begin < 0 and token.start() in places:
                yield token.start(), position
            continue
        if name in _ENDS_PARAGRAPH and opened["p"]:
            place = len(stack) - 1
            while stack[place] != "p":
                place -= 1
            yield from close(place, token.start())
        while stack and stack[-1] in CLOSES.get(name, ()):
            yield from close(len(stack) - 1, token.start())
        hidden = begin < 0 and token.start() in places
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
