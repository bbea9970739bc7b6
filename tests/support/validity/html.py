"""HTML inside feeds: is it a well-formed, harmless fragment whose links are absolute?

Judged by an HTML5 parser (html5lib, every parse error counts) and by lists: element and attribute names of the HTML
Standard, obsolete ones included, less those that load, run or restyle things. Only for text that is to be HTML.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html.parser import HTMLParser

import html5lib

from support.validity.values import Finding, finding, is_relative, uri_code, words

_VOID = words("area base br col embed hr img input link meta param source track wbr")
ACCEPTED_TAGS = words(
    """a abbr acronym address area article aside audio b bdi big blockquote br button canvas caption center cite
    code col colgroup data datalist dd del details dfn dialog dir div dl dt em fieldset figcaption figure font
    footer form h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd label legend li main map mark menu meter
    nav noscript ol optgroup option output p picture pre progress q rp rt ruby s samp section select small
    source span strike strong sub summary sup table tbody td template textarea tfoot th thead time tr track tt u
    ul var video wbr"""
)
_RISKY_TAGS = words(
    """applet base basefont body embed frame frameset head html iframe isindex link listing meta noframes object param
    plaintext script slot style title xmp"""
)
HTML_TAGS = ACCEPTED_TAGS | _RISKY_TAGS
_ATTRIBUTES = words(
    """abbr accept accept-charset accesskey action align alt autocomplete autofocus autoplay axis background bgcolor
    border cellpadding cellspacing char charoff charset checked cite class clear color cols colspan compact content
    contenteditable controls coords crossorigin data datetime decoding default dir dirname disabled download draggable
    enctype face for form frame headers height hidden high href hreflang hspace id inputmode is ismap itemid itemprop
    itemref itemscope itemtype kind label lang list loading longdesc loop low max maxlength media method min minlength
    multiple muted name nohref noshade nowrap open optimum pattern placeholder playsinline poster preload readonly
    referrerpolicy rel required rev reversed rows rowspan rules scope selected shape size sizes span spellcheck src
    srclang srcset start step summary tabindex target title translate type usemap valign value vspace width
    wrap"""
)
_URL_ATTRIBUTES = words("action background cite data formaction href longdesc poster src")
_STYLES = words(
    """background background-color border border-collapse border-color border-spacing border-style border-width clear
    color direction display float font font-family font-size font-style font-variant font-weight height letter-spacing
    line-height list-style-type margin margin-bottom margin-left margin-right margin-top padding padding-bottom
    padding-left padding-right padding-top text-align text-decoration text-indent vertical-align white-space
    width"""
)


def check_html(html: str, where: str, relative: str) -> list[Finding]:
    """Faults of an HTML fragment. relative: the code for relative references, which differs by feed format."""
    errors, elements, unclosed = _read(html)
    found = [finding("NotHtml", where, error) for error in errors[:1]]
    for namespace, name, attributes in elements:
        if namespace.endswith("xhtml"):
            found += check_element(name, attributes, where, relative)
        elif name in ("svg", "math"):
            found.append(finding("NotHtml", where, f"<{name}> is no element of HTML"))
    if not errors:
        found += [finding("UnclosedTag", where, f"<{name}> is not closed") for name in unclosed]
    return found


@lru_cache(maxsize=4096)  # one text stands in many documents
def _read(html: str) -> tuple[list[str], list[tuple[str, str, dict[str, str]]], list[str]]:
    """Errors, elements as (namespace, name, attributes), and elements that stand open."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"))
    tree = parser.parseFragment(html)
    # An invalid code point is told as BadCharacters, by whoever checks the text.
    errors = [
        f"{error} {variables.get('name', '')}".strip() + f" at line {line}, column {column}"
        for (line, column), error, variables in parser.errors
        if error != "invalid-codepoint"
    ]
    elements = []
    for element in tree.iter():
        if isinstance(element.tag, str) and element.tag != "DOCUMENT_FRAGMENT":
            namespace, _, name = element.tag.rpartition("}")
            elements.append((namespace, name, dict(element.attrib)))
    return errors, elements, _unclosed(html)


def check_element(name: str, attributes: Mapping[str, str], where: str, relative: str) -> Iterator[Finding]:
    """Faults of one element of HTML or XHTML; `name` without the XHTML namespace."""
    if name.lower() not in HTML_TAGS:
        yield finding("NotHtml", where, f"<{name}> is no element of HTML")
        return
    if name.lower() in _RISKY_TAGS:
        yield finding("SecurityRisk", where, f"<{name}> loads or runs something")
        return
    for attribute, value in attributes.items():
        if attribute == "style":
            if not _harmless_style(value):
                yield finding("DangerousStyleAttr", where, f"style={value!r}")
        elif attribute not in _ATTRIBUTES and not attribute.startswith(("data-", "{", "xml:")):
            yield finding("SecurityRiskAttr", where, f"{attribute}={value[:60]!r} on <{name}>")
        if attribute in _URL_ATTRIBUTES or attribute == "srcset":
            references = [value]
            if attribute == "srcset":
                references = [candidate.split()[0] for candidate in re.split(r",\s+", value) if candidate.split()]
            for reference in references:
                code = _reference_code(reference, relative)
                if code:
                    yield finding(code, where, f"{attribute}={reference[:80]!r} on <{name}>")


def runs_script(url: str) -> bool:
    # Browsers drop tabs, line ends and leading controls before they look at the scheme (WHATWG URL §4.4).
    bare = re.sub(r"[\t\r\n]|^[\x00-\x20]+", "", url).lower()
    data = bare.startswith("data:") and not re.match(r"data:(image/(png|gif|jpeg|webp|avif)|audio/|video/)", bare)
    return data or bare.startswith(("javascript:", "vbscript:", "livescript:"))


def _reference_code(reference: str, relative: str) -> str:
    if not reference.strip():
        return "EmptyReference"
    if runs_script(reference):
        return "ScriptURL"
    if is_relative(reference.strip()):
        return relative
    # RSS has no IRIs, in its HTML neither.
    code = uri_code(reference) if relative == "ContainsRelRef" else ""
    return code if code in ("InvalidUriChar", "UriNotIri") else ""


def _harmless_style(style: str) -> bool:
    if not re.fullmatch(r"[\w\s:;,.#%!'\"-]*", re.sub(r"rgba?\([\d\s,.%]+\)", "", style)):
        return False
    declarations = [declaration.partition(":") for declaration in style.split(";") if declaration.strip()]
    return all(colon and name.strip().lower() in _STYLES for name, colon, _ in declarations)


def _unclosed(html: str) -> list[str]:
    """Elements that HTML lets stand open (p, li, td, …) and that swallow what a page puts after them."""
    parser = _OpenTags()
    parser.feed(html)
    parser.close()
    return parser.unclosed + parser.stack


class _OpenTags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.unclosed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.stack:
            while (name := self.stack.pop()) != tag:
                self.unclosed.append(name)
