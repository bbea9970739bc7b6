"""Sanitises foreign HTML for publishing: only what is known to be harmless stays.

`worker.entries.substitutes` first saves what a reader would miss. nh3 (ammonia, html5ever) builds the tree a browser
would build and serialises only the elements and attributes listed here; every URL becomes absolute, and of a scheme
that runs nothing. nh3 takes quadratic time and memory for deep nesting and aborts
the process when memory runs out, so a linear scan measures the markup first, reading it as the HTML tokeniser does
(WHATWG HTML §13.2.5). In doubt it overcounts; markup over a limit becomes text. The elements are among those that the
W3C feed validator accepts.
"""

import re
from functools import lru_cache
from html import unescape

import nh3

from feeds.text.plaintext import as_html_paragraphs, language_tag, plain, shorten, with_whole_characters, xml_safe
from feeds.text.urls import SCHEMES, absolute, of_program
from worker.entries.substitutes import PICTURES_LOST, PICTURES_TOLD, Report, substituted

DEEPEST = 256
MOST_TAGS = 50_000
LONGEST_TAG = 64 * 1024  # characters between "<" and ">"
LARGEST = 512 * 1024  # bytes; a larger body is published as the beginning of its text
SHORTENED = 100_000  # characters
# Formatting elements left open are rebuilt in every following block: their number, summed over the tags.
_MOST_REBUILT = 250_000

_TAGS = {
    "a", "abbr", "acronym", "address", "article", "aside", "audio", "b", "bdi", "bdo", "big", "blockquote", "br",
    "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "i", "img", "ins",
    "kbd", "li", "main", "mark", "menu", "nav", "ol", "p", "picture", "pre", "q", "rp", "rt", "ruby", "s", "samp",
    "section", "small", "source", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "video", "wbr",
}  # fmt: skip
_DIRECTED = "p div span blockquote ul ol li table td th h1 h2 h3 h4 h5 h6 bdi bdo section article"
_ATTRIBUTES: dict[str, set[str]] = {
    # Without this entry nh3 keeps title everywhere too.
    "*": {"lang"},
    **{tag: {"dir"} for tag in _DIRECTED.split()},
    "a": {"href", "title"},
    "abbr": {"title"},
    "audio": {"src"},
    "blockquote": {"cite", "dir"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "img": {"src", "alt", "title", "width", "height"},
    "ins": {"cite", "datetime"},
    "li": {"dir", "value"},
    "ol": {"dir", "start", "reversed", "type"},
    "q": {"cite"},
    "source": {"src", "type"},
    "td": {"dir", "colspan", "rowspan"},
    "th": {"dir", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "video": {"src", "poster", "width", "height"},
}
_DROPPED_WITH_CONTENT = {
    "embed", "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select", "style", "svg",
    "template", "textarea", "title", "xmp",
}  # fmt: skip

_DATA_URL = re.compile(r"""=\s*(?:"\s*data:[^"]*"|'\s*data:[^']*')""", re.IGNORECASE)
_HREF = re.compile(r"""<a\s[^<>]*?\bhref\s*=\s*["']?\s*([a-z][a-z0-9+.-]*):""", re.IGNORECASE)
# nh3 writes attributes in double quotes without < or >, so these patterns match only elements.
_IMAGE = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')
_ANY_TAG = re.compile(r"<[^>]*>")
_BREAKING_TAG = re.compile(
    r"</?(?:address|article|aside|audio|blockquote|br|caption|center|dd|details|div|dl|dt|figcaption|figure|footer|"
    r"h[1-6]|header|hgroup|hr|li|main|menu|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul|video)"
    r"(?=[ >])[^>]*>"
)
_OTHER_THAN_TEXT = re.compile(r"<(?!/?(?:p|br)[ >/])[a-zA-Z]")
_ALT = re.compile(r' alt="([^"]*[^"\s][^"]*)"')
_MOST_SCHEMES = 5
_TINY = re.compile(r' (?:width|height)="0*[01]"')


def sanitise(html: str, base: str, page: str = "", report: Report | None = None) -> str:
    """Harmless HTML with absolute URLs. base: for its references. page: for links to fragments.

    report: counts what a reader would have seen otherwise.
    """
    report = Report() if report is None else report
    html = substituted(xml_safe(with_whole_characters(html)), report)
    if len(html) > LONGEST_TAG or html.count("<") > DEEPEST:  # otherwise it is within every limit
        html = _DATA_URL.sub('=""', _without_unseen(html))
        if len(html) > LARGEST or len(html.encode()) > LARGEST or too_complex(html):
            # The beginning has all the text that is kept, and tokens take ten times the memory of their text.
            return as_html_paragraphs(shorten(plain(html[: 4 * LARGEST]), SHORTENED))
    # Mostly one cleaner serves all entries of a feed: creating one costs as much as cleaning.
    cleaned = _cleaner(base, page if '"#' in html or "'#" in html or "=#" in html else base).clean(html)
    if "<img" in cleaned:
        cleaned = _IMAGE.sub(lambda image: _seen(image[0], image[1], report), cleaned)
    if ("<a>" in cleaned or "<a title" in cleaned) and (schemes := _schemes_lost(html)):
        named = ", ".join(sorted(set(schemes))[:_MOST_SCHEMES]) + (" and others" * (len(set(schemes)) > _MOST_SCHEMES))
        report[f"links of a kind that is not published ({named}) became text"] += len(schemes)
    if "<bdo" in cleaned:  # the W3C's validator knows no <bdo>; its direction is that of a <span>
        cleaned = cleaned.replace("<bdo", "<span").replace("</bdo>", "</span>")
    # A <source> without src would only offer srcset, which is not checked.
    return xml_safe(cleaned.replace("<source>", "")).strip()


def _schemes_lost(html: str) -> list[str]:
    """The scheme of each link that cannot be published."""
    return [scheme for found in _HREF.findall(html) if (scheme := found.lower()) not in {*SCHEMES, "javascript"}]


def is_reduced(html: str, cleaned: str) -> bool:
    """Whether `sanitise` turned markup over the limits into text; `cleaned` is its result."""
    over = len(html) > LONGEST_TAG or html.count("<") > DEEPEST
    return over and not _OTHER_THAN_TEXT.search(cleaned) and _OTHER_THAN_TEXT.search(html) is not None


def text_of_sanitised(html: str) -> str:
    """The same as `feeds.text.plaintext.plain`, several times faster, but only for HTML from `sanitise`."""
    if "<" in html:
        html = _ANY_TAG.sub("", _BREAKING_TAG.sub(" ", html))
    return " ".join((unescape(html) if "&" in html else html).split())


@lru_cache(maxsize=64)
def _cleaner(base: str, page: str) -> nh3.Cleaner:
    def kept(element: str, attribute: str, value: str) -> str | None:
        if attribute in ("href", "src", "poster", "cite"):
            if value.startswith("#"):
                return absolute(value, page) or None
            return (attribute == "href" and of_program(value)) or absolute(value, base) or None
        if attribute in ("width", "height"):
            digits = value.strip().removesuffix("px")
            return digits if digits.isascii() and digits.isdigit() and len(digits) < 6 else None
        if attribute == "lang":
            return language_tag(value) or None if element != "source" else None
        if attribute == "dir":
            return value.lower() if value.lower() in ("ltr", "rtl", "auto") else None
        return value

    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=kept,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        url_schemes=set(SCHEMES),
        set_tag_attribute_values={"audio": {"controls": ""}, "video": {"controls": ""}},
        link_rel=None,
        strip_comments=True,
    )


def _seen(image: str, attributes: str, report: Report) -> str:
    """The image, "" for a tracking pixel, and the words that describe it if it has no address of the web."""
    if _TINY.search(attributes):
        return ""
    if ' src="' in attributes:
        return image
    words = _ALT.search(attributes)
    report[PICTURES_TOLD if words else PICTURES_LOST] += 1
    return " " + words[1].replace("&quot;", '"') + " " if words else ""


# A token that starts with "<": comment, other declaration, bogus end tag, or a tag with its name and attributes.
TOKEN = re.compile(
    r"<(?:!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|[!?][^>]*>?"
    r"|/(?![a-zA-Z])[^>]*>?"
    r"|(/?)([a-zA-Z][^\s/>]*+)"
    r"""((?:[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'>][^\s>]*+)?+)?+)*+))""",
    re.DOTALL,
)
# Elements whose content is not parsed: nh3 drops them, and comments and tags mean nothing inside.
_UNPARSED = "iframe|noembed|noframes|noscript|script|style|textarea|title|xmp"
_UNSEEN = re.compile(rf"<(svg|math|{_UNPARSED})(?=[\s/>])", re.IGNORECASE)
_UNSEEN_END = {
    name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("svg", "math", *_UNPARSED.split("|"))
}  # fmt: skip
_LEFT_OPEN = re.compile(rf"<(?:plaintext|{_UNPARSED})(?=[\s/>])", re.IGNORECASE)
VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
_VOID_ANYWHERE = frozenset({"br", "embed", "hr", "img", "meta"})
# Elements that a start tag closes when it is directly inside them; unclosed, they nest no deeper (§13.2.6.4.7 to .15).
CLOSES: dict[str, tuple[str, ...]] = {
    "a": ("a",), "dd": ("dd", "dt", "p"), "dt": ("dd", "dt", "p"), "li": ("li", "p"), "option": ("option",),
    "p": ("p",), "td": ("td", "th"), "th": ("td", "th"), "tr": ("td", "th", "tr"),
    "tbody": ("tbody", "td", "tfoot", "th", "thead", "tr"),
}  # fmt: skip
# Elements that end without an end tag when one of the others ends (generate implied end tags, §13.2.6.3).
_IMPLIED = frozenset({"dd", "dt", "li", "option", "p", "tbody", "td", "th", "tr"})
_ENDS_IMPLIED = frozenset({
    "article", "aside", "blockquote", "center", "details", "div", "dl", "figcaption", "figure", "footer", "header",
    "main", "ol", "pre", "section", "select", "summary", "table", "tbody", "td", "th", "tr", "ul",
})  # fmt: skip
_FORMATTING = frozenset({
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
})  # fmt: skip
_FOREIGN = re.compile(r"<(?:svg|math)\b", re.IGNORECASE)


def too_complex(html: str) -> bool:
    """Whether HTML exceeds DEEPEST, MOST_TAGS or LONGEST_TAG, or would make the parser build too much. Linear.

    For HTML from `_without_unseen`; an element that it had to leave open counts as too much.
    """
    # Inside SVG and MathML hardly any element is void or closed implicitly, and CDATA hides end tags.
    foreign = _FOREIGN.search(html) is not None
    if (foreign and "<![CDATA[" in html) or _LEFT_OPEN.search(html):
        return True
    stack: list[str] = []
    tags = formatting = rebuilt = 0
    for token in TOKEN.finditer(html):
        end, name, attributes = token.groups()
        if name is None:
            continue
        tags += 1
        rebuilt += formatting
        if tags > MOST_TAGS or rebuilt > _MOST_REBUILT or len(attributes) > LONGEST_TAG:
            return True
        name = name.lower()
        if end:
            formatting -= _closed(stack, name, implied=not foreign) and name in _FORMATTING
        elif name not in (_VOID_ANYWHERE if foreign else VOID):
            while stack and not foreign and stack[-1] in CLOSES.get(name, ()):
                formatting -= stack.pop() in _FORMATTING
            stack.append(name)
            formatting += name in _FORMATTING
            if len(stack) > DEEPEST:
                return True
    return False


def _closed(stack: list[str], name: str, *, implied: bool) -> bool:
    """Pops the element that an end tag is certain to close.

    The parser may ignore misnested end tags, so this does too.
    """
    place = len(stack) - 1
    if implied and name in _ENDS_IMPLIED:
        while place >= 0 and stack[place] in _IMPLIED and stack[place] != name:
            place -= 1
    if place < 0 or stack[place] != name:
        return False
    del stack[place]
    # Elements with an implied end stay, in case they did not end; but not twice in a row, and neither do paragraphs.
    if 0 < place < len(stack) and stack[place] == stack[place - 1]:
        del stack[place]
    elif stack[-2:] == stack[-4:-2] and "p" in stack[-2:] and _IMPLIED.issuperset(stack[-2:]):
        del stack[-2:]
    return True


def _without_unseen(html: str) -> str:
    """HTML without drawings, formulas, scripts and the like, which nh3 would drop; drawings have many elements."""
    kept: list[str] = []
    start = 0
    while found := _UNSEEN.search(html, start):
        end = _UNSEEN_END[found[1].lower()].search(html, found.end())
        if end is None:
            break
        kept.append(html[start : found.start()])
        start = end.end()
    return "".join((*kept, html[start:]))
