"""Puts what a person could read or see into the place of elements that sanitising removes with their content.

Frames, objects and players become links, formulas (MathML Core) and drawings (SVG) their text, pictures get the address
that a script or another format would have given them, fields of forms become lists and text. Validators accept neither
MathML nor SVG inside feeds, so that formulas are written with <sub> and <sup>. Pure, and linear in the length of the
markup. What comes out is no safer than what went in: `worker.entries.sanitise` comes after it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape, unescape
from itertools import islice

from lxml import etree

from feeds.text.plaintext import CDATA, ELEMENTS, plain
from worker.entries.formulas import formula_line
from worker.entries.tags import mended

#: What was altered or left out, as it is told after its number: {"frames became links": 2}.
Report = Counter[str]

FRAMES = "frames became links"
FORMULAS = "formulas became text"
DRAWINGS = "drawings became their words"
UNDRAWN = "drawings without words were left out"
FRAMED = "frames became their words"
UNSCRIPTED = "notes for readers without scripts were left out"
FIELDS = "fields of forms became text"
UNENDED = "scripts without an end were left out with what follows"
TEMPLATES = "templates for scripts were left out"
PICTURES_TOLD = "pictures without an address of the web became their words"
PICTURES_LOST = "pictures without an address of the web were left out"

# Elements that are left alone, and with them whatever looks like markup in them: a browser shows none of it.
_UNSHOWN = "script|style|title|template|noembed|noframes"
_ENDED = f"{_UNSHOWN}|svg|iframe|noscript|textarea|object|picture|xmp"
# Players of scripts that everybody has, by what they say of the film.
_PLAYERS = {
    "lite-youtube": "https://www.youtube.com/watch?v=",
    "amp-youtube": "https://www.youtube.com/watch?v=",
    "lite-vimeo": "https://vimeo.com/",
    "amp-vimeo": "https://vimeo.com/",
    "amp-dailymotion": "https://www.dailymotion.com/video/",
    "amp-twitter": "https://twitter.com/i/status/",
}
_BOGUS = r"<(?=[!?](?!--|doctype\b|\[(?:end)?if\b|\[else|xml\b)|/(?![a-zA-Z]))"
# Elements that need nothing here. All texts are searched for others, so that this must be quick.
_ORDINARY = ELEMENTS - frozenset(
    "area button dialog dir embed fieldset form frame frameset iframe input legend math noembed noframes noscript"
    " object optgroup option picture plaintext script search select style svg template textarea title xmp".split()
)
_QUICKLY_KNOWN = _ORDINARY | {name.upper() for name in _ORDINARY}
_NAME = re.compile(r"<([a-zA-Z][^\s/>]*)")
_NO_TAG = re.compile(r"<(?:[!?](?!--)|/(?![a-zA-Z]))")
_ANY_TAG = re.compile(r"</?([a-zA-Z][^\s/<>]*+)[^<>]*+>")
# No tag, but words between two signs: x<y then z; if y>x
_COMPARED = re.compile(r"<[^\s/<>:-]+\s+[^\s/<>=\"'][^<>=\"']*>")
_TEX = "math/tex"
_ELEMENT = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    rf"|<(?:(?:\w{{1,9}}:)?(math)|({_ENDED}|embed|area|input|frame|amp-iframe|{'|'.join(_PLAYERS)}"
    r"|/?(?:amp-audio|amp-video|button|dialog|dir|fieldset|form|frameset|legend|optgroup|option|plaintext|search|select)"
    r"|/object))(?=[\s/>])([^<>]*)>"
    rf"|({_BOGUS})",
    re.IGNORECASE | re.DOTALL,
)
_ENDS = {
    name: re.compile(rf"</(?:\w{{1,9}}:)?{name}\s*>" if name == "math" else rf"</{name}\s*>", re.IGNORECASE)
    for name in ("math", *_ENDED.split("|"))
}
# Elements that break the line, so that words would run together without them.
_INSTEAD = {
    **dict.fromkeys(("dialog", "fieldset", "form", "frameset", "search"), "<div>"),
    **dict.fromkeys(("/dialog", "/fieldset", "/form", "/frameset", "/search"), "</div>"),
    "legend": "<p>",
    "/legend": "</p>",
    "button": " ",
    "/button": " ",
    "dir": "<ul>",
    "/dir": "</ul>",
    "select": "<ul>",
    "/select": "</ul>",
    "option": "<li>",
    "/option": "</li>",
}
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?:)?//[^\s/]", re.IGNORECASE)
_LONGEST_FORMULA = 64 * 1024
_MOST_LOOKED_FOR = 100


def substituted(html: str, report: Report) -> str:
    """The markup with substitutes; each one is counted in the report."""
    html = mended(html, report)
    names = set(_NAME.findall(html))
    strange = names - _QUICKLY_KNOWN
    if strange or _NO_TAG.search(html) or _TEX in html or "gist.github" in html:
        if "srcdoc" in html:
            html = _SRCDOC.sub(lambda frame: frame[1] + _quoted(frame[2] or frame[3] or ""), html)
        if CDATA.search(html):  # marks that were escaped once too often
            html = CDATA.sub("", html).replace("]]>", "")
        if strange == names:  # only <T> and the like
            html = _with_words(html)
        html = "".join(_parts(_without_glyphs(html), report))
        html = _without_tags("".join(_with_listings(html)), strange)
    elif "<pre" in html or "<code" in html:
        html = "".join(_with_listings(html))
    if "data-oembed-url" in html or "data-href" in html:
        html = _EMBEDDED.sub(lambda place: _embedded(place[0], place[1], html, report), html, count=_MOST_LOOKED_FOR)
    if "data-src" in html:
        html = _PLAYED.sub(r"<\1 src=\3\2", html)
    if "background" in html or "data-bg" in html or "aria-label" in html:
        html = _BOX.sub(lambda box: _with_background(box, report), html)
    if strange or any(sign in html for sign in _LATER):
        html = loaded(html)
    return html


_BRACKETED = re.compile(r"<([a-zA-Z][^\s/<>:-]*)>")


_END_TAG = re.compile(r"</([a-zA-Z][^\s/>]*)")


def _with_words(html: str) -> str:
    """A text without elements in which <T> is text, too; a tag of another vocabulary has an end."""
    ended = set(_END_TAG.findall(html))
    return _BRACKETED.sub(
        lambda tag: tag[0] if tag[1] in ended or tag[1].lower() in ELEMENTS else f"&lt;{tag[1]}&gt;", html
    )


_LISTING = re.compile(r"(</?(?:pre|code)\b[^<>]*>)", re.IGNORECASE)
# What looks like a tag in code: vector<int>, map<std::string,int>, template<typename T>, a<b && c>d; the words after
# its name are no attributes.
_PARAMETER = re.compile(r"<(/?)([a-zA-Z][^\s<>\"']*+)([^<>]*+)>")
# The same outside of listings, right after a word, if its name is none that elements have: List<String>, map<K,V>.
_GLUED = re.compile(r"(?<=[\w:])<()((?=[^\s<>]*[A-Z,:*&\[])[a-zA-Z][^\s<>\"'=]*+)()>")
# Elements of Word and of widgets, which are no code.
_PREFIXED = re.compile(r"(?:o|w|v|m|st1|fb|g|mml|svg|amp|x):[\w-]+|\w+-[\w-]+", re.IGNORECASE)
_OPERATORS = re.compile(r"[&|;,+*(){}\[\]]")


def _with_listings(html: str) -> Iterator[str]:
    """The markup in which <stdio.h> and vector<int> are text: in listings whatever is no element, nor of Word."""
    depth, ended = 0, set(_END_TAG.findall(html))

    def kept(tag: re.Match[str]) -> str:
        name, is_bare = tag[2].rstrip("/"), "=" not in tag[3]
        if name.lower() in ELEMENTS:
            is_text = is_bare and _OPERATORS.search(tag[3]) is not None
        elif ":" in name and depth:
            is_text = not _PREFIXED.fullmatch(name)
        else:
            is_text = is_bare and name not in ended and not _PREFIXED.fullmatch(name)
        return f"&lt;{tag[0][1:-1]}&gt;" if is_text else tag[0]

    for part in _LISTING.split(html):
        if _LISTING.fullmatch(part):
            depth = max(0, depth + (-1 if part[1] == "/" else 1))
        yield (_PARAMETER if depth else _GLUED).sub(kept, part)


def _without_tags(html: str, strange: set[str]) -> str:
    """The markup without tags of elements unknown to HTML, whose words stay.

    nh3 removes the words too if SVG or MathML has an element of that name: <text>, <list>, <set>, <share>.
    """
    names = {name.lower() for name in strange} - _ORDINARY - {"amp-anim", "amp-img", "image", *_ENDS}
    if not names:
        return html

    def left(tag: re.Match[str]) -> str:
        if tag[1].lower() not in names:
            return tag[0]
        is_address = "@" in tag[1] or tag[1].endswith(":")  # <an@example.vn>, <https://...>
        return escape(tag[0]) if is_address or _COMPARED.fullmatch(tag[0]) else ""

    return _ANY_TAG.sub(left, html)


def _parts(html: str, report: Report) -> Iterator[str]:
    start = noscripts = 0
    endless: set[str] = set()
    while found := _ELEMENT.search(html, start):
        name = (found[1] or found[2] or "").lower()
        before = html[start : found.start()]
        start = found.end()
        attributes = _attributes(found[3] or "")
        end = None
        if name in _ENDS and name not in endless and not found[0].endswith("/>"):
            end = _ENDS[name].search(html, start)
            if end is None:
                endless.add(name)
        inner = html[start : end.start()] if end else ""
        after = end.end() if end else start
        match name:
            case "":  # a comment, or what is taken for one
                yield before + (escape(found[4]) if found[4] else found[0])
            case "math" if end:
                report[FORMULAS] += 1
                yield before + _formula(found[0] + inner + "</math>", attributes)
                start = after
            case "svg" if end:
                words = _words_drawn(inner) or attributes.get("aria-label", "").strip()
                words = "" if attributes.get("aria-hidden") == "true" else escape(words)
                drawn = " ".join(filter(None, (words, *_linked_in(inner))))
                report[DRAWINGS if drawn else UNDRAWN] += 1
                yield f"{before} {drawn} " if drawn else before
                start = after
            case "iframe" | "embed" | "amp-iframe":
                yield before + (_link(attributes, report) or _framed(attributes, report))
                start = after
            case "frame":
                report[FRAMES] += 1
                yield f"{before}<p>{_named_link(attributes.get('src', ''), attributes.get('title', ''))}</p>"
            case "noframes" if end and _FRAMESET.search(html):
                yield before + "".join(_parts(inner, report))
                start = after
            case "amp-audio" | "amp-video" | "/amp-audio" | "/amp-video":
                yield before + found[0].replace(found[2], found[2].lower().replace("amp-", ""), 1)
            case "area":
                yield before + _named_link(attributes.get("href", ""), attributes.get("alt", ""))
            case "input":
                is_picture = attributes.get("type", "").lower() == "image"
                yield before + (f"<img{found[3].rstrip('/')}>" if is_picture else found[0])
            case "xmp" if end:
                yield f"{before}<pre>{escape(inner, quote=False)}</pre>"
                start = after
            case player if player in _PLAYERS:
                said = (attributes.get(key, "") for key in ("videoid", "data-videoid", "data-tweetid"))
                film = next(filter(re.compile(r"[\w-]+").fullmatch, said), "")
                yield before
                if film:
                    report[FRAMES] += 1
                    yield _named_link(_PLAYERS[player] + film, attributes.get("title", ""))
            case "script" if end and _GIST.match(attributes.get("src", "")):
                report[FRAMES] += 1
                yield before + _named_link(attributes["src"].partition(".js")[0], "")
                start = after
            case "object":
                shows = re.search(r"<(?:a|img|embed|iframe|video|audio)\b", inner, re.IGNORECASE)
                yield before + ("" if shows else _link(attributes, report))
            case "noscript" if end:
                noscripts += 1
                shown = _without_script(html, inner, report) if noscripts <= _MOST_LOOKED_FOR else ""
                yield (_PLACEHOLDER_BEFORE.sub("", before) if shown else before) + shown
                start = after
            case "picture" if end:
                yield before + found[0] + _with_source(inner) + "</picture>"
                start = after
            case "textarea" if end:
                report[FIELDS] += 1
                yield f"{before}<pre>{escape(unescape(inner), quote=False)}</pre>"
                start = after
            case "style" if end is None:  # no rule has a tag, so that one ends it
                tag = _NAME.search(html, start)
                yield before
                start = tag.start() if tag else len(html)
            case "title" if end is None and found[3].strip() and "=" not in found[3]:
                yield before + escape(found[0])  # no element, but words: the <title tag is> good
            case "template" if end is None or "shadowrootmode" in attributes:
                yield before  # its end tag has no meaning alone
            case "template" if plain(inner):
                report[TEMPLATES] += 1
                yield before
                start = after
            case "script" if end is None and "src" in attributes:
                yield before
            case "script" if end is None:
                if plain(html[start:]):
                    report[UNENDED] += 1
                yield before
                return
            case "script" if end and attributes.get("type", "").startswith(_TEX) and "<math" not in html:
                report[FORMULAS] += 1
                yield before + escape(inner.strip())
                start = after
            case (
                "/object" | "math" | "svg" | "noscript" | "textarea" | "xmp" | "plaintext" | "/plaintext"
            ):  # what nothing ends must not hide what follows
                yield before
            case "title" | "noembed" | "noframes" if end is None:
                yield before
            case _ if name in _INSTEAD or name.endswith("optgroup"):
                if name == "select":
                    report[FIELDS] += 1
                yield before + _INSTEAD.get(name, "")
            case _:
                yield before + found[0] + html[start:after]
                start = after
    yield html[start:]


def _attributes(text: str) -> dict[str, str]:
    """The attributes of a tag by name; of two with one name the first counts, as for a browser."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), unescape(double or single or bare))
    return found


def _unseen(attributes: Mapping[str, str]) -> bool:
    """Whether an element shows nothing: hidden, or of one pixel."""
    sizes = (attributes.get(side, "").strip().removesuffix("px") for side in ("width", "height"))
    return any(size in ("0", "1") for size in sizes) or _HIDDEN.search(attributes.get("style", "")) is not None


def _link(attributes: Mapping[str, str], report: Report) -> str:
    """A link to what a frame or player shows, named by its title or host."""
    said = (attributes.get(name, "").strip() for name in ("src", "data", "data-src", "data-lazy-src"))
    address = next((one for one in said if _ADDRESS.match(one) or one.startswith("/")), "")
    if not address or _unseen(attributes):
        return ""
    report[FRAMES] += 1
    return _named_link(address, attributes.get("title", ""))


def _named_link(address: str, title: str) -> str:
    """A link named by a title or its host; the title alone if there is no address, or one of a place in the page."""
    if not address or address.startswith("#"):
        return escape(title)
    host = re.match(r"(?:https?:)?//([^/?#]+)", address, re.IGNORECASE)
    return f' <a href="{escape(address)}">{escape(title.strip() or (host[1] if host else address))}</a> '


_SRCDOC = re.compile(r"(<iframe\s(?:[^<>]*?\s)?srcdoc\s*=\s*)(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)


def _quoted(value: str) -> str:
    """The value of an attribute without what would end a tag."""
    return '"' + value.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;") + '"'


def _framed(attributes: Mapping[str, str], report: Report) -> str:
    """The words of a document that stands in the attribute of a frame."""
    words = "" if _unseen(attributes) else plain(attributes.get("srcdoc", ""))
    if words:
        report[FRAMED] += 1
    return f"<p>{escape(words)}</p>" if words else ""


_GIST = re.compile(r"(?:https?:)?//gist\.github\.com/[\w./-]+\.js(?:\?|\Z)")
# Where scripts put a player or a post: CKEditor, Facebook.
_EMBEDDED = re.compile(
    r"<[a-z][^<>]*?\s(?:data-oembed-url|data-href)\s*=\s*[\"']((?:https?:)?//[^\"'<>\s]+)[\"'][^<>]*+>?", re.IGNORECASE
)
# A player whose script sets the address.
_PLAYED = re.compile(
    r"<(video|audio|source)(?=\s)(?![^<>]*\ssrc\s*=)([^<>]*?\sdata-src\s*=\s*(\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+))",
    re.IGNORECASE,
)


def _embedded(tag: str, address: str, html: str, report: Report) -> str:
    """The tag behind a link to what a script shows in its element, unless there is a link or frame of it."""
    if not tag.endswith(">") or re.match(r"<(?:a|img|iframe)\b", tag, re.IGNORECASE) or html.count(address) > 1:
        return tag
    report[FRAMES] += 1
    return tag + _named_link(unescape(address), "")


_BOX = re.compile(
    r"<(div|span|a|i|section|figure|header|p|td|li)(?=\s)([^<>]*+)>(?:\s|&nbsp;)*+</\1\s*>", re.IGNORECASE
)
_BACKGROUND = re.compile(r"\bbackground(?:-image)?\s*:[^;]*?\burl\(\s*[\"']?([^\"')\s]+)", re.IGNORECASE)
# Where scripts have the background that they load.
_BACKGROUNDS = ("data-bg", "data-background", "data-background-image", "data-bg-image", "data-lazy-bg")
_URL = re.compile(r"""\s*(?:url\()?\s*["']?([^"')\s]+)["']?\s*\)?\s*""", re.IGNORECASE)


def _with_background(box: re.Match[str], report: Report) -> str:
    """An empty box with the picture that is its background, or the words for a picture that none can see."""
    attributes = _attributes(box[2])
    found = _BACKGROUND.search(attributes.get("style", ""))
    later = (told[1] for name in _BACKGROUNDS if (told := _URL.fullmatch(attributes.get(name, ""))))
    address = next(later, found[1] if found else "")
    words = escape(attributes.get("aria-label", "").strip()) if attributes.get("role") == "img" else ""
    if not _PLACEHOLDER.match(address):
        report["backgrounds of empty boxes became pictures"] += 1
        words = f'<img src="{escape(address)}"' + (f' alt="{words}">' if words else ">")
    return f"<{box[1]}{box[2]}>{words}</{box[1]}>" if words else box[0]


# Pictures

_IMAGE = re.compile(r"<(?:amp-anim|amp-img|image|img)(?=[\s/])([^<>]*)>", re.IGNORECASE)
_SOURCE = re.compile(r"<source(?=[\s/])([^<>]*)>", re.IGNORECASE)
_PLACEHOLDER_BEFORE = re.compile(r"<img(?=[\s/])[^<>]*>\s*\Z", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"\s*(?:data:|about:|#|\Z)|.*(?:^|[/_.-])(?:blank|none(?=\.)|whitedot|placeholder|spacer|transparent|pixel|lazy|lazyload|loading|1x1|dummy|spinner|loader|preloader)"
    r"[\w-]*\.(?:gif|png|svg|jpe?g|webp)",
    re.IGNORECASE,
)
#: Where scripts have the address of a picture that they load, by what they are called and who wrote them: Zhihu,
#: Cloudflare, mod_pagespeed, NitroPack, Discuz.
LAZY = (
    "data-lazy-src", "data-src", "data-original", "data-actualsrc", "data-cfsrc", "data-pagespeed-lazy-src",
    "nitro-lazy-src", "file", "zoomfile",
)  # fmt: skip
# One of these is in every picture that is loaded later.
_LATER = ("srcset", "data-", "lazy-src", "file=")
_LAZY_SETS = ("data-lazy-srcset", "data-srcset")
_SETS = (*_LAZY_SETS, "srcset")
_PICTURE_FILE = re.compile(r"(?:https?:/)?/[^\s\"'<>]+\.(?:jpe?g|png|gif|webp|avif)(?:[?#]\S*)?", re.IGNORECASE)
_CANDIDATE = re.compile(r"([^\s,](?:\S*[^\s,])?)(?:\s+([\d.]+)[wxh])?\s*(?:,|\Z)")
_LONGEST_SET = 8192


def loaded(html: str) -> str:
    """The markup whose pictures have the address that a script or a screen would choose."""
    return _IMAGE.sub(lambda image: _loaded(image[0], image[1]), html)


def _loaded(tag: str, text: str) -> str:
    """An <img> with the address that a script would load; the first src of an element counts."""
    later = [sign for sign in _LATER if sign in text]
    if (not later or (later == ["srcset"] and ' src="http' in text)) and tag[3] in "gG":
        return tag
    attributes = _attributes(text)
    address = next((attributes[name] for name in LAZY if attributes.get(name)), "")
    address = address or next((best for name in _LAZY_SETS if (best := _best(attributes.get(name, "")))), "")
    if not address and _PLACEHOLDER.match(attributes.get("src", "")):
        address = next((best for name in _SETS if (best := _best(attributes.get(name, "")))), "")
        address = address or next(
            (
                value
                for name, value in attributes.items()
                if name.startswith("data-") and _PICTURE_FILE.fullmatch(value)
            ),
            "",
        )
    return f'<img src="{escape(address)}"{text}>' if address else f"<img{text}>"


def _best(candidates: str) -> str:
    """The largest picture of a srcset (WHATWG HTML §4.8.4.2.2)."""
    found = [(float(size.strip(".") or 1) if size.count(".") < 2 else 1, address)
             for address, size in _CANDIDATE.findall(candidates[:_LONGEST_SET])]  # fmt: skip
    usable = [one for one in found if not one[1].lower().startswith("data:")]
    return max(usable, key=lambda one: one[0])[1] if usable else ""


def _with_source(picture: str) -> str:
    """The inside of a <picture> whose <img> has an address: of its sources, the one that most readers show."""
    image = _IMAGE.search(picture)
    if image is None:
        made = f"{picture}<img >"
        return _with_source(made) if _SOURCE.search(picture) else picture
    attributes = _attributes(image[1])
    if not _PLACEHOLDER.match(attributes.get("src", "")) or any(attributes.get(name) for name in (*LAZY, *_SETS)):
        return picture
    sources = [_attributes(source[1]) for source in _SOURCE.finditer(picture)]
    offered = [best for one in sources if (best := next((b for name in _SETS if (b := _best(one.get(name, "")))), ""))]
    common = [one for one in offered if not re.search(r"\.(?:webp|avif)\b", one)]
    address = next(iter(common or offered), "")
    made = f'<img src="{escape(address)}"{image[1]}>' if address else image[0]
    return picture[: image.start()] + made + picture[image.end() :]


def _without_script(html: str, noscript: str, report: Report) -> str:
    """The pictures, frames and links that <noscript> has in place of what a script would load, if they are not there
    anyway.
    """
    shown = []
    for image in _IMAGE.finditer(noscript):
        attributes = _attributes(image[1])
        if _only_there(attributes.get("src", ""), attributes, html, noscript):
            shown.append(image[0])
    for frame in islice(_LINKING.finditer(noscript), _MOST_LOOKED_FOR):
        attributes = _attributes(frame[2])
        address = attributes.get("src" if frame[1].lower() == "iframe" else "href", "")
        if _only_there(address, attributes, html, noscript):
            said = plain(frame[3] or "") or attributes.get("title", "")
            if frame[1].lower() == "iframe":
                report[FRAMES] += 1
            shown.append(_named_link(address, said))
    rest = _LINKING.sub(lambda link: "<a" if link[3] is not None else "", noscript) if shown else noscript
    if plain(rest):
        report[UNSCRIPTED] += 1
    return "".join(shown)


_FRAMESET = re.compile(r"<frameset[\s>]", re.IGNORECASE)
_LINKING = re.compile(r"<(iframe|a)(?=\s)([^<>]*)>(?:([^<>]*)</a)?", re.IGNORECASE)


def _only_there(address: str, attributes: Mapping[str, str], html: str, noscript: str) -> bool:
    """Whether an element of <noscript> shows anything that the rest of the markup has not."""
    raw = escape(address) if escape(address) in noscript else address
    return not _PLACEHOLDER.match(address) and not _unseen(attributes) and html.count(raw) == noscript.count(raw)


# Formulas and drawings

_MATH_PREFIX = re.compile(r"(</?)\w{1,9}:")
_NAMED = re.compile(r"&(?!(?:lt|gt|amp|quot|apos);)\w{1,40};")


def _formula(markup: str, attributes: Mapping[str, str]) -> str:
    """The text of a formula that is markup."""
    if len(markup) > _LONGEST_FORMULA:
        return escape(plain(markup))
    markup = _MATH_PREFIX.sub(r"\1", _NAMED.sub(lambda name: unescape(name[0]), markup))
    try:
        root = etree.fromstring(markup, etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True))
    except (etree.LxmlError, ValueError):
        return escape(plain(markup))
    math = next(root.iter("math"), None) if root is not None else None
    if math is None:
        return escape(plain(markup))
    said = formula_line(math)
    notes = " ".join(" ".join(note.itertext()) for note in math.iter("annotation"))
    return said or escape(attributes.get("alttext", "").strip() or " ".join(notes.split()))


_GLYPHS = re.compile(r"<span[^<>]*\b(?:katex-html|mjx-math)\b[^<>]*>", re.IGNORECASE)
# The picture of a formula behind its MathML, as in Wikipedia.
_PICTURED = re.compile(
    r"(</math>(?:\s*+</(?:span|div)>)*+)\s*+<img(?=\s)(?=[^<>]*(?:aria-hidden|class=[^<>]*math))[^<>]*>", re.IGNORECASE
)
_SPAN = re.compile(r"<(/?)span(?=[\s>])[^<>]*>", re.IGNORECASE)


def _without_glyphs(html: str) -> str:
    """The markup without the glyphs and pictures that pages have beside the MathML or TeX of a formula."""
    if "<math" not in html and _TEX not in html:
        return html
    html = _PICTURED.sub(r"\1", html)
    kept: list[str] = []
    start = 0
    while found := _GLYPHS.search(html, start):
        depth, place = 1, found.end()
        while depth and (span := _SPAN.search(html, place)):
            depth += -1 if span[1] else 1
            place = span.end()
        if depth:
            break
        kept.append(html[start : found.start()])
        start = place
    return "".join((*kept, html[start:]))


_DRAWN = re.compile(r"<(title|desc|text|foreignObject)(?=[\s>])[^<>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)


def _words_drawn(svg: str) -> str:
    """The words of a drawing: its title and description, and the text in it."""
    words = (plain(drawn[2]).rstrip(".") for drawn in _DRAWN.finditer(svg[:_LONGEST_FORMULA]))
    return ". ".join(dict.fromkeys(word for word in words if word))


_LINKED = re.compile(r"<(a|image)(?=\s)([^<>]*)>", re.IGNORECASE)


def _linked_in(svg: str) -> Iterator[str]:
    """The links and pictures of a drawing."""
    for element in _LINKED.finditer(svg[:_LONGEST_FORMULA]):
        attributes = _attributes(element[2])
        address = attributes.get("href") or attributes.get("xlink:href", "")
        if element[1].lower() == "a" and _ADDRESS.match(address):
            yield _named_link(address, attributes.get("title", ""))
        elif element[1].lower() == "image" and not _PLACEHOLDER.match(address):
            yield f'<img src="{escape(address)}">'
