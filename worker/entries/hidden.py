"""Takes out of HTML what no browser shows: `hidden`, `display: none`, and what a page's own style sheet hides so.

Writers hide notes and earlier versions so, newsletters the words that only an inbox shows, pages the copy for another
screen; but scripts open much that is hidden at first. On an editor's page a part stays hidden unless an opener refers
to it, by its id, its class or its place, or a framework's attribute does: a note must not get out. In a feed a part
stays unless nothing can open it, since words of an article must not be lost. What repeats the rest leaves in both.
Attributes do not survive sanitising, so this happens before. Pure, and linear.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice, takewhile

from feeds.text.plaintext import plain, tokens
from worker.entries.sanitise import TOKEN
from worker.entries.sheets import RAW, SHEET, STATE_CLASS, Element, Markup, attributes_in, hides, sheet_of
from worker.entries.substitutes import LAZY

# One of these is in all that hides something, or a style attribute in disguise.
_SIGNS = "hidden popover display visibility max-height overflow mso-hide <dialog <datalist <ac:placeholder".split()
_DISGUISED = re.compile(r"style\s*=[^>]{0,200}(?:&|/\*)")
_SIGN_IN_TAG = re.compile(r"hidden|popover|style|<dialog|<datalist|<ac:placeholder", re.IGNORECASE)
# <ac:placeholder> is what Confluence shows to whoever edits a page.
_ALWAYS_HIDDEN = frozenset(("datalist", "ac:placeholder"))
# A page that hides its whole body shows it with a script; what scripts, sheets and frames hold is no text.
_NEVER_HIDDEN = (RAW - {"textarea"}) | {"html", "body"}

# Attributes that name what they open, like any that leads to "#id", and those with code.
_REFERS = frozenset("aria-controls aria-owns for popovertarget commandfor data-target data-bs-target".split())
_MAY_REFER = re.compile(r"#|target|aria-|commandfor|\bfor\b|(?:on|[@(:-])[a-z][\w.-]*\)?\s*=", re.IGNORECASE)
_HANDLER = re.compile(r"on[a-z]+|(?:@|\(|x-on:|v-on:|ng-)[a-z]\S*")
_QUOTED = re.compile(r"""(ClassName\(\s*)?["'`]([^"'`\n<>(){};=]{1,200})["'`]""")
_NAME = re.compile(r"(?<![\w.#-])([.#]?)([A-Za-z_][\w-]*)")
_NEXT = re.compile(r"((?:\.parent(?:Element|Node|\(\))){0,9})\.next(?:(?:Element)?Sibling|\()")
# Attributes with which a framework shows and hides an element.
_BOUND = re.compile(r"(?:x|v|ng|data-ng)-[a-z]|\.?[\w-]*cloak$|\*ng|\[|:")
# What is clicked on, and links that lead within the page.
_PRESSED = frozenset("button label summary input script".split())
_PRESSES = re.compile(
    r"""(?:on|@|\(|x-on:|v-on:|ng-)click|\brole\s*=\s*["']?(?:button|tab)\b|aria-(?:expanded|controls)|data-(?:bs-)?toggle"""
    r"""|\bhref\s*=\s*(?:"#?[!0]?"|'#?[!0]?'|#?(?=\s|\Z)|["']?javascript:)""",
    re.IGNORECASE,
)
_WITHIN_PAGE = re.compile(r"""\bhref\s*=\s*["']?#""", re.IGNORECASE)

# Signs in feeds: attributes and roles of what a script shows, and words in its names.
_SCRIPTED = frozenset("aria-labelledby aria-expanded role=tabpanel role=region".split())
_SHOWN_LATER = re.compile(
    r"accord|collaps|carousel|\bslid(?:e|ing)|slick|swiper|splide|glide|flickity|\btabs?\b|tabcontent|\bpanel?s?\b|spoiler"
    r"|toggl|expand|reveal|fold|\bmore\b|faq|answer|solution|hint|transcript|lazy|\bjs\b|\bwow\b|animat|fade|invisible",
    re.IGNORECASE,
)
_WORDS_OF_NAMES = re.compile(r"[-_]+|(?<=[a-z])(?=[A-Z])")
_BOXES = frozenset("article dd div figure img li section ul".split())
# What is over a part that is hidden, also in a box with few words.
_HEADS, _SHORT_HEADS = frozenset("dt h1 h2 h3 h4 h5 h6 legend".split()), frozenset("b div span strong".split())
_SHORT_HEAD, _SHORT_MARKUP = 12, 500  # words, characters
_SKIPPED = frozenset("br hr style link meta".split())

# Of hidden words: fewer are hardly a part of a text, and so are those that make less than a quarter of the whole.
_MANY_WORDS, _SHARE = 50, 4
_PHRASE = 3  # words
_TOLD_OF_FEED = 20  # words, more than the line of a letter that only an inbox shows
_WORD = re.compile(r"\w")
_SHOWS = re.compile(r"<(?:img|picture|video|audio|iframe|svg|object|embed)\b", re.IGNORECASE)
_WORDLESS = re.compile(r"<(script|style|head|title)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"<a\s[^<>]*>(?:(?!<a\s).)*?</a", re.IGNORECASE | re.DOTALL)
# A formula whose picture is shown, as in Wikipedia: its words are meant for all.
_FORMULA = re.compile(r"<(\w+)[^<>]*>\s*<math\b(?:(?!</math).)*</math>\s*</\1\s*>", re.IGNORECASE | re.DOTALL)
_PICTURE = re.compile(r"\s*(?:<(?:meta|link)\b[^<>]*>\s*)?<(?:img|svg)\b", re.IGNORECASE)


def without_hidden(html: str, *, of_feed: bool = False) -> tuple[str, tuple[str, ...]]:
    """The markup without what is hidden for good, and the markup that was taken out.

    Unchanged if all that it says is hidden: then a script was to show it.
    """
    page = _page_of(html, of_feed=of_feed)
    if page is None or not page.hidden:
        return html, ()
    whole = tokens(plain(_cut(html, page.hidden)))
    said = _phrases(whole)
    taken: list[Element] = []
    doubtful: dict[Element, int] = {}  # words
    for one in page.hidden:
        part = html[one.begin : one.end]
        if _PICTURE.match(html, one.end) and _FORMULA.fullmatch(part):
            continue
        words = tokens(plain(part))
        phrases = _phrases(words)
        if not (words or _SHOWS.search(part)) or _repeats(phrases, said):
            taken.append(one)
        elif page.opens(one, has_words=bool(words)):
            said |= phrases
        elif of_feed and words and not _is_links(part):
            doubtful[one] = len(words)
        else:
            taken.append(one)
    many = sum(doubtful.values())
    if many < _MANY_WORDS or many * _SHARE < len(whole):
        taken = sorted((*taken, *doubtful), key=lambda one: one.begin)
    rest = _cut(html, taken)
    shows = _SHOWS.search(rest) or _WORD.search(TOKEN.sub("", _WORDLESS.sub("", rest)))
    return (rest, tuple(html[one.begin : one.end] for one in taken)) if taken and shows else (html, ())


def lost(rest: str, taken: Iterable[str], *, of_feed: bool = False) -> tuple[str, ...]:
    """The words of each part that was taken out, if there are enough to tell of, and they are not shown elsewhere."""
    fewest = _TOLD_OF_FEED if of_feed else _PHRASE
    telling = [plain(part) for part in taken if not _is_links(part)]
    telling = [words for words in telling if len(tokens(words)) >= fewest]
    said = _phrases(tokens(plain(rest))) if telling else set()
    return tuple(words for words in telling if not _repeats(_phrases(tokens(words)), said))


def shown(html: str) -> str:
    """The words of markup that are shown, as one line of plain text; no script shows a title that is hidden."""
    page = _page_of(html, of_feed=False) if "<" in html else None
    return plain(_cut(html, page.hidden) if page else html)


def _cut(html: str, parts: Iterable[Element], start: int = 0, end: int | None = None) -> str:
    kept = []
    for part in parts:
        kept.append(html[start : part.begin])
        start = part.end
    return "".join((*kept, html[start:end]))


def _phrases(words: Sequence[str]) -> set[tuple[str, ...]]:
    return set(zip(*(words[start:] for start in range(_PHRASE)), strict=False))


def _repeats(phrases: AbstractSet[tuple[str, ...]], said: AbstractSet[tuple[str, ...]]) -> bool:
    """Whether nearly all is said, as in a copy for another screen."""
    return len(phrases & said) * 5 > len(phrases) * 4


def _is_links(part: str) -> bool:
    links = _LINK.findall(part)
    return bool(links) and 2 * len(tokens(plain(" ".join(links)))) > len(tokens(plain(part)))


def _page_of(html: str, *, of_feed: bool) -> "_Page | None":
    """None for markup that hides nothing."""
    lower = html.lower()
    if not any(sign in lower for sign in _SIGNS) and not _DISGUISED.search(lower):
        return None
    if not SHEET.search(html) and not any(
        _SIGN_IN_TAG.search(token[0]) and _is_hidden(token[2].lower(), attributes_in(token[3]), None)
        for token in TOKEN.finditer(html)
        if token[2] and not token[1]
    ):
        return None
    markup = Markup.of(html)
    pressed = {
        one
        for one in markup.elements
        if one.name in _PRESSED or _PRESSES.search(one.tag) or (one.name == "a" and _WITHIN_PAGE.search(one.tag))
    }
    # Without anything to click on, no script gives the class that would show what is hidden.
    return _Page(markup, of_feed, pressed, *sheet_of(markup, classes=bool(pressed)))


def _is_hidden(name: str, stated: Mapping[str, str], rule: tuple[bool, bool] | None) -> bool:
    """Whether an element is hidden by itself, or by the rule of a sheet: whether that is important, and hides."""
    if name in _NEVER_HIDDEN:
        return False
    if "hidden" in stated or name in _ALWAYS_HIDDEN:
        return True
    if name != "img" or not any(stated.get(key) for key in LAZY):  # what loads a picture shows it
        inline = hides(stated["style"]) if "style" in stated else None
        if rule and (rule[0] or inline is None):
            return rule[1]
        if inline is not None:
            return inline
    return (name == "dialog" and "open" not in stated) or "popover" in stated


@dataclass(frozen=True)
class _Page:
    """rules, overruled: what its sheets say, as `sheet_of` has it."""

    markup: Markup
    of_feed: bool
    pressed: AbstractSet[Element]
    rules: Mapping[Element, tuple[bool, bool]]
    overruled: AbstractSet[Element]

    @cached_property
    def hidden(self) -> Mapping[Element, None]:
        """The outermost elements that are hidden, in order."""
        found, end = dict[Element, None](), 0
        for one in self.markup.elements:
            told = one in self.rules or one.name in ("dialog", *_ALWAYS_HIDDEN) or _SIGN_IN_TAG.search(one.tag)
            if told and one.begin >= end and _is_hidden(one.name, one.stated, self.rules.get(one)):
                found[one], end = None, one.end
        return found

    def opens(self, hidden: Element, *, has_words: bool) -> bool:
        """Whether something opens a hidden element: an opener that refers to it, and in a feed any sign of one."""
        around = _alone(hidden)
        stated = dict(chain.from_iterable(one.stated.items() for one in around))
        names = {name for one in around for name in one.names}
        if hidden.name in _ALWAYS_HIDDEN:
            return False
        if any(map(_BOUND.match, (*stated, *names))) or not self.called.isdisjoint((*around, *names)):
            return True
        turns = [self.turns[hidden.parent, kind] for kind in _kinds(hidden) if (hidden.parent, kind) in self.turns]
        if any(turns) or (turns and self.of_feed and hidden in self.rules):
            return True
        if not self.of_feed and has_words:  # where nothing is said, it is no note
            return False
        names.update(name for one in islice(around[-1].boxes(), 2) for name in one.names)
        if any(_SHOWN_LATER.search(_WORDS_OF_NAMES.sub(" ", name)) for name in names):
            return True
        return self.of_feed and (
            not self.called.isdisjoint(names)
            or not _SCRIPTED.isdisjoint((*stated, f"role={stated.get('role')}"))
            or (has_words and not self.beside.isdisjoint(around))
        )

    # What refers to a part.

    @cached_property
    def called(self) -> AbstractSet[str | Element]:
        """Ids ("#x"), classes (".x") and elements that links, controls and scripts lead to."""
        found: set[str | Element] = set()
        calls: list[tuple[Element, str]] = []  # with what behind it they open
        for script in self.markup.named.get("script", ()):
            code = self.markup.html[script.inner : script.end] if "json" not in script.tag.lower() else ""
            names, behind = set(self._named(code)), set(_NEXT.findall(code))
            found |= names
            calls += ((one, around) for around in behind for name in names for one in self.markup.named.get(name, ()))
        for one in self.markup.elements:
            for key, value in one.stated.items() if _MAY_REFER.search(one.tag) else ():
                if key in _REFERS or value.startswith("#"):
                    found.update(name if name[0] in ".#" else f"#{name}" for name in value.split())
                elif _HANDLER.fullmatch(key):
                    found.update(self._named(value), (f"#{name}" for mark, name in _NAME.findall(value) if not mark))
                    calls += ((one, around) for around in _NEXT.findall(value))
        after = {one.before: one for one in self.markup.elements if one.before}
        for one, around in calls:
            place = next(islice(chain((one,), one.boxes()), around.count(".parent"), None), None)
            if place in after:
                found.add(after[place])
        return found

    def _named(self, code: str) -> Iterator[str]:
        for by_class, words in _QUOTED.findall(code):
            for mark, name in _NAME.findall(words):
                if not by_class and mark != ".":
                    yield f"#{name}"
                if by_class or mark == "." or self.of_feed:
                    yield f".{name}"

    @cached_property
    def turns(self) -> Mapping[tuple[Element | None, str], bool]:
        """The kinds of what is shown, and whether it is told to be, as a slide is while others wait for their turn: by
        a class of state on an editor's page, and in a feed by any rule or style.
        """
        found: dict[tuple[Element | None, str], bool] = {}
        for parent in {one.parent for one in self.hidden if one.name in _BOXES}:
            for one in parent.children if parent else ():
                if one not in self.hidden and one.name in _BOXES:
                    told = one in self.overruled and (self.of_feed or any(map(STATE_CLASS.fullmatch, one.names)))
                    told = told or (self.of_feed and "display" in one.stated.get("style", ""))
                    for kind in islice(_kinds(one), None if told else 1):
                        found[parent, kind] = told or found.get((parent, kind), False)
        return found

    # What is beside a part.

    @cached_property
    def beside(self) -> AbstractSet[Element]:
        """Hidden elements, and boxes of them alone, that have beside them what is clicked on, or that are all that a
        heading has below it, or all of several things in a box.
        """
        controls = {one for one in self.pressed if one.name != "a" or _PRESSES.search(one.tag)}
        for one in reversed(self.markup.elements):
            if one in controls and one.parent:
                controls.add(one.parent)
        controls |= self.pressed
        covered = {box for one in self.hidden for box in _alone(one)}
        found: set[Element] = set()
        for parent in {one.parent for one in covered if one.parent}:
            run: list[Element] = []
            before = None
            for after in (*parent.children, None):
                if after in covered:
                    run.append(after)
                elif after is None or after.name not in _SKIPPED:
                    if run and (before in controls or after in controls or self._is_all(parent, before, run, after)):
                        found.update(run)
                    run, before = [], after
        return found

    def _is_all(self, parent: Element, before: Element | None, run: Sequence[Element], after: Element | None) -> bool:
        """Whether there is nothing between two heads, or a head and the end of a box, but what is hidden."""
        if before is None and (after or len(run) == 1 or parent.begin < 0):
            return False
        start, end = before.end if before else parent.inner, after.begin if after else parent.end
        heads = all(one is None or self._is_head(one) for one in (before, after))
        return heads and not _WORD.search(plain(_cut(self.markup.html, run, start, end)))

    def _is_head(self, one: Element) -> bool:
        if one.name in _HEADS or one.name not in _SHORT_HEADS or not any(one.boxes()):
            return one.name in _HEADS
        begun = self.markup.html[one.begin : min(one.end, one.begin + _SHORT_MARKUP)]
        return 0 < len(tokens(plain(begun))) < _SHORT_HEAD


def _alone(one: Element) -> Sequence[Element]:
    """An element, and the boxes around it that have nothing else in them."""
    return (one, *takewhile(lambda box: len(box.children) == 1, one.boxes()))


def _kinds(one: Element) -> Iterator[str]:
    """What makes an element one of several: all but what tells it apart from them, and each of its classes."""
    classes = [name for name in one.names if name[0] == "." and not STATE_CLASS.fullmatch(name)]
    yield " ".join((one.name, *sorted(classes), *sorted(one.stated.keys() - {"class", "id", "style"})))
    yield from (one.name + name for name in classes)
