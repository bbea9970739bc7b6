"""Rewrites markup in which tags, quotations or comments do not end, so that no words are lost in them.

An HTML tokeniser takes all that follows an open quotation or comment for part of it, and a "<" before a letter for a
tag (WHATWG HTML §13.2.5). Where a browser shows the words nevertheless, or the mistake is plain, they become text.
Afterwards no tag has "<" or ">" within it, which the patterns of `worker.entries.substitutes` take for granted. Pure,
and linear in the length of the markup. Nearly all markup costs no more than the search for what is odd.
"""

import re
from collections import Counter
from collections.abc import Iterator

from feeds.text.plaintext import ELEMENTS, plain

ENDLESS = "comments without an end were left out with what follows"
CODE = "pieces of a server's code were left out"

_ATTRIBUTES = r"""(?:[^<>"']++|"[^"<>]*+"|'[^'<>]*+')*+"""
_SIMPLE = re.compile(rf"</?[a-zA-Z]{_ATTRIBUTES}>")
# A comment, or a tag that is not written as nearly all are.
_ODD = re.compile(rf"<(?:!--|/?+[a-zA-Z]{_ATTRIBUTES}(?!>))")
_COMMENT = re.compile(r"<!--(?:-?>|.*?--!?>)", re.DOTALL)
_START = re.compile(r"<(?:!--|(/?)([a-zA-Z][^\s/<>]*+))")
# How comments end that were meant to end: <!--more->, <!-- more --!, <!-- more -- >, and with a typographic dash.
_MEANT_END = re.compile(r"(?<=[^\s-])->|--\s*!?(?=\s*<[a-zA-Z/])|--\s*!?\s*>|[–—]\s*>")
# Elements whose content is text up to their end tag.
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}
_BLANK = re.compile(r"[\s/]*+")
_ATTRIBUTE = re.compile(r"([^\s/<>=]++|=[^\s/<>=]*+)(\s*+=\s*+)?+")
_UNQUOTED = re.compile(r"[^\s<>]*+")
_ADDRESSES = frozenset(("href", "src", "action", "cite", "poster"))
# <img src="a.jpg alt="b">, <img alt="a "b" c">, and <<a>>, which are quotation marks.
# Both begin with what is searched for fast, and look back from there.
_UNCLOSED, _UNCLOSED_SINGLE = (
    re.compile(
        rf"={mark}(?:(?<=\ssrc={mark})|(?<=\shref={mark})|(?<=\sposter={mark}))([^\s{mark}<>]+)\s+([\w-]+={mark})"
        rf"(?=[^{mark}<>]*{mark}[\s/>])",
        re.IGNORECASE,
    )
    for mark in ('"', "'")
)
_QUOTED = re.compile(
    r"""="(?:(?<=\salt=")|(?<=\stitle="))([^"<>=]*(?:"[^"<>=]*)+)"(?=\s*/?>|\s+[\w-]+=)""", re.IGNORECASE
)
_DOUBLED = re.compile(r"<<([a-zA-Z][^<>]*)>>")
_CUT_NAME = re.compile(r"[a-zA-Z]\w*(\.{2,}|…)")  # <a... at the end of an excerpt
_WITHIN = str.maketrans({"<": "&lt;", ">": "&gt;"})

# What a server or an XML parser was to read, with the mark that ends it; or a listing of code, where it is shown.
_CODE = re.compile(
    r"<(?:(/?)(?i:pre|code|textarea|xmp|samp|kbd)(?=[\s>])|(\?)(?:(php\b|=)|(?=\s|(?!xml)[a-zA-Z][^<>]*\?>))|(%)"
    r"|!(?:ENTITY|ELEMENT|ATTLIST|NOTATION)\s[^<>]*>)"
)


def mended(html: str, report: Counter[str]) -> str:
    """The markup, written so that every tag and comment ends, and no tag has "<" or ">" in its attributes.

    Code of a server that never ran is left out, but for listings: it may have passwords.
    """
    if "<?" in html or "<%" in html or "<!E" in html or "<!A" in html or "<!N" in html:
        html = "".join(_without_code(html, report))
    html = _UNCLOSED.sub(r'="\1" \2', html)
    if "='" in html:
        html = _UNCLOSED_SINGLE.sub(r"='\1' \2", html)
    html = _QUOTED.sub(lambda found: f'="{found[1].replace(chr(34), "&quot;")}"', html)
    html = _DOUBLED.sub(lambda word: word[0] if word[1].lower() in ELEMENTS else f"&lt;&lt;{word[1]}&gt;&gt;", html)
    odd = _ODD.search(html)
    while odd and odd[0] == "<!--" and (comment := _COMMENT.match(html, odd.start())):
        odd = _ODD.search(html, comment.end())
    return html if odd is None else "".join(_parts(html, report))


def _without_code(html: str, report: Counter[str]) -> Iterator[str]:
    place = listings = 0
    for found in _CODE.finditer(html):
        mark, end = found[2] or found[4], found.end()
        if not mark and html[found.start() + 1] != "!":
            listings = max(0, listings - 1) if found[1] else listings + 1
            continue
        if mark:
            following = html.find(f"<{mark}", end) % (len(html) + 1)
            closed = html.find(f"{mark}>", end, following)
            # PHP needs no mark at the end of a file.
            end = closed + 2 if closed >= 0 else html.find("<", end) % (len(html) + 1) if found[3] else place
        if not listings and end > place <= found.start():
            report[CODE] += 1
            yield html[place : found.start()]
            place = end
    yield html[place:]


def _parts(html: str, report: Counter[str]) -> Iterator[str]:
    place = 0
    endless: set[str] = set()  # what has no end after this place, so that it is not looked for again
    while start := _START.search(html, place):
        yield html[place : start.start()]
        name = (start[2] or "").lower()
        if simple := _SIMPLE.match(html, start.start()):
            yield simple[0]
            place = simple.end()
        elif name:
            text, place = _tag(html, start)
            yield text
            if not text.startswith("<"):
                continue
        elif "" not in endless and (comment := _COMMENT.match(html, start.start())):
            yield comment[0]
            place = comment.end()
        else:
            endless.add("")
            end = _MEANT_END.search(html, start.end())
            if end is None:
                if plain(html[start.end() :]):
                    report[ENDLESS] += 1
                return
            place = end.end()
        if name in _RAW and not start[1] and name not in endless:
            if (end := _RAW[name].search(html, place)) is None:
                endless.add(name)
            else:
                yield html[place : end.start()]
                place = end.start()
    yield html[place:]


def _tag(html: str, start: re.Match[str]) -> tuple[str, int]:
    """What stands for the "<" and what follows it, and the place where that ends."""
    is_end, name, place = bool(start[1]), start[2], start.end()
    attributes: list[str] = []
    bare = 0
    while True:
        blank = _BLANK.match(html, place)
        place = blank.end() if blank else place
        if html[place : place + 1] in (">", "<", ""):
            break
        found = _ATTRIBUTE.match(html, place)
        assert found is not None  # anything else than what ends the loop matches
        key, place = found[1], found.end()
        quote = html[place : place + 1]
        if found[2] is None:
            bare += 1
            value = None
        elif quote in ('"', "'"):
            end, stop = html.find(quote, place + 1), html.find(">", place + 1)
            if stop >= 0 and _is_open(html, key.lower(), place + 1, end, stop):
                end = stop
            if end < 0:
                place = len(html)
                bare = 0
                attributes.append("")
                break
            value = html[place + 1 : end]
            place = end + (end != stop)
        else:
            unquoted = _UNQUOTED.match(html, place)
            value, quote, place = (unquoted[0], '"', unquoted.end()) if unquoted else ("", '"', place)
            value = value.replace('"', "&quot;")
        if value is None and '"' not in key and "'" not in key:
            attributes.append(f" {key}")
        elif value is not None:
            attributes.append(f" {key}={quote}{value.translate(_WITHIN)}{quote}")
    tag = f"</{name}>" if is_end else f"<{name}{''.join(attributes)}>"
    if html[place : place + 1] == ">":
        return tag, place + 1
    if cut := _CUT_NAME.fullmatch(name):
        return f"{cut[1]} ", place
    words = not is_end and bare == len(attributes)
    known = name.lower() in ELEMENTS or "-" in name or ":" in name
    if place < len(html):  # another "<", where an end was forgotten, or where no tag began
        is_text = not is_end and (not known or (words and bare > 0))
    else:  # cut off, mostly within a tag
        is_joined = html[start.start() - 1 : start.start()].isalnum()
        is_name = bare == 0 and not is_joined and any(one.startswith(name.lower()) for one in ELEMENTS)
        is_text = words and not is_name and (is_joined or bare > 1 or not known)
        tag = ""
    return ("&lt;" + html[start.start() + 1 : place].translate(_WITHIN) if is_text else tag), place


def _is_open(html: str, key: str, begin: int, end: int, stop: int) -> bool:
    """Whether the quotation of a value is not closed, so that it goes on in the words after its tag.

    end: of the next quotation mark, stop: of the next ">". A mark that begins another value is followed by it.
    """
    if end < 0 or not stop < end:
        return end < 0
    if "<" in html[begin:stop]:  # markup in a value, like a caption
        return False
    if html[end + 1 : end + 2] not in ("", ">", "/") and not html[end + 1].isspace():
        return True
    value = html[begin:end]
    if key in _ADDRESSES and value.lstrip()[:5].lower() != "data:":
        return "<" in value
    return "<" in value and value.rstrip().endswith("=")
