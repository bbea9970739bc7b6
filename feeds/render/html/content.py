"""Sanitised content, adapted for display on one of our pages.

Pure. The words stay; the markup around them is adapted to a narrow screen, a screen reader and a slow connection:

- a page has one h1, its title, so the content's own h1 becomes an h2;
- whatever may be wider than the screen (tables, preformatted text) scrolls in its own box, reachable by keyboard;
- pictures load when they are scrolled to, and their space is reserved until then (no layout shift): in the size that
  the markup states, or else in a frame of a fixed shape (style.css) that links to the picture; not so pictures within
  a sentence, or those that stand for a character;
- every picture and link has a name; an empty link is removed.

In the output of `worker.entries.sanitise`, attributes have double quotes and contain no < or >, and elements nest.
"""

import re
from dataclasses import dataclass

_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:\s+[a-z]+="[^"<>]*")*)\s*/?>')
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_WITHIN_LINES = frozenset(
    "a abbr acronym b bdi bdo big cite code del dfn em i img ins kbd mark picture q rp rt ruby s samp small source span"
    " strike strong sub sup time tt u var wbr".split()
)
_WIDE = {"table": "Table", "pre": "Preformatted text"}
_HELD = frozenset({"img", "audio", "video"})
_LONGEST_SIGN = 8


@dataclass(slots=True)
class _Link:
    """An open link: the position of its tag, and what it contains so far."""

    place: int
    holds: bool = False
    named: bool = False
    unnamed_image: int | None = None


@dataclass(slots=True)
class _Image:
    """An image. place: of its tag. text_before, text_after: whether there is text before and after it on its line."""

    place: int
    attributes: dict[str, str]
    linked: bool
    text_before: bool
    text_after: bool = False


def content_for_page(html: str) -> str:
    """Content for a page, changed as the module says."""
    if "<" not in html:
        return html
    parts: list[str] = []
    images: list[_Image] = []
    line: list[_Image] = []  # images of the current line
    words = False  # whether the line has text yet
    link: _Link | None = None
    nested = wide = start = 0
    for tag in _TAG.finditer(html):
        between = html[start : tag.start()]
        start = tag.end()
        parts.append(between)
        if between.strip():
            words = True
            for image in line:
                image.text_after = True
            if link:
                link.holds = link.named = True
        closes, name, attributes = bool(tag[1]), tag[2], tag[3]
        if name not in _WITHIN_LINES:
            line, words = [], False
        written = tag[0]
        if name == "h1":
            written = f"<{'/' if closes else ''}h2{attributes}>"
        elif name in _WIDE:
            written, wide = _boxed(tag[0], name, closes, wide)
        elif name == "a" and not closes:
            # A table may put a link inside a link; the inner one could not be reached.
            nested += link is not None
            link, written = (link, "") if link else (_Link(len(parts)), written)
        elif name == "a" and nested:
            nested, written = nested - 1, ""
        elif name == "a" and link:
            if not link.holds:
                # An empty link: a screen reader would read its address aloud.
                parts[link.place] = written = ""
            elif not link.named and link.unnamed_image is not None:
                images[link.unnamed_image].attributes["alt"] = "Picture"
            link = None
        elif name == "img":
            image = _Image(len(parts), dict(_ATTRIBUTE.findall(attributes)), link is not None, words)
            if link:
                link.holds = True
                link.named = link.named or bool(image.attributes.get("alt", "").strip())
                link.unnamed_image = len(images)
            images.append(image)
            line.append(image)
        elif name in _HELD and link:
            link.holds = True
        parts.append(written)
    parts.append(html[start:])
    if html[start:].strip():
        for image in line:
            image.text_after = True
    for image in images:
        parts[image.place] = _image(image)
    return "".join(parts)


def _boxed(tag: str, name: str, closes: bool, depth: int) -> tuple[str, int]:
    """The tag of a wide element with its box, and the new nesting depth: only the outermost gets a box."""
    if closes:
        return (f"{tag}</div>" if depth == 1 else tag), max(0, depth - 1)
    box = f'<div class="wide" role="group" tabindex="0" aria-label="{_WIDE[name]}">'
    return (f"{box}{tag}" if depth == 0 else tag), depth + 1


def _image(image: _Image) -> str:
    attributes = {"alt": ""} | image.attributes
    alt = attributes["alt"].strip()
    sized = all(attributes.get(side, "").strip("0") for side in ("width", "height"))
    framed = False
    if alt and len(alt) <= _LONGEST_SIGN and not any(letter.isalnum() for letter in alt):
        attributes["class"] = "sign"
    elif not sized and image.text_before and image.text_after:
        attributes["class"] = "inline"
    else:
        framed = not sized
    attributes |= {"loading": "lazy", "decoding": "async"}
    tag = "<img " + " ".join(f'{name}="{value}"' for name, value in attributes.items()) + ">"
    if not framed or image.linked or "src" not in attributes:
        return tag
    label = "" if alt else ' aria-label="The picture in full size"'
    return f'<a href="{attributes["src"]}"{label}>{tag}</a>'
