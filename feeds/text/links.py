"""Turns bare URLs in plain text into links, without the punctuation of the sentence around them. Pure, linear."""

import html
import re

from feeds.text import urls

_LINK_STOP = '\\s<>"“”„«»‹›「」『』（）【】、。，；：！？\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3'
LINK = re.compile(
    rf"(?i)(?<![A-Za-z0-9_@/.-])(?:(?P<url>(?:https?://|www\.)[^{_LINK_STOP}]+)|(?P<mail>[a-z0-9][\w.+-]{{0,63}}@[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}}){{0,8}}\.[a-z]{{2,24}})(?![\w@-]))"
)


def with_links(text: str) -> str:
    """Plain text as HTML, with bare URLs and addresses as links."""
    parts: list[str] = []
    position = 0
    for found in LINK.finditer(text):
        words = _trimmed(found[0])
        web = "" if found["mail"] else urls.absolute(words if "://" in words else f"https://{words}")
        target = f"mailto:{words}" if found["mail"] else web
        if not target or ("." not in words and "localhost" not in words):
            continue
        parts.append(html.escape(text[position : found.start()], quote=False))
        parts.append(f'<a href="{html.escape(target)}">{html.escape(words, quote=False)}</a>')
        position = found.start() + len(words)
    parts.append(html.escape(text[position:], quote=False))
    return "".join(parts)


def _trimmed(url: str) -> str:
    """The URL without the sentence's punctuation; a closing bracket stays if it was opened inside."""
    while url:
        last = url[-1]
        if last in ".,;:!?'’*_…" or (last in ")]}" and url.count(last) > url.count("([{"[")]}".index(last)])):
            url = url[:-1]
        else:
            break
    return url
