"""Digests of what is shown of an entry, besides those of its words: another link, picture or mark is a change too.

Addresses rotate: signatures, expiry times, counters and stamps in them change at each poll although nothing else does.
Pure.
"""

import re
from hashlib import blake2b

from feeds.model import Entry
from feeds.text.urls import LOCAL, canonical

_BYTES = 8
_HALF = 2 * _BYTES  # characters
# A web address within a text: its scheme, host, path, and query with fragment, which may be signed, dated or counted.
# Words of a script without spaces may follow at once. It begins behind the scheme, where it is found fast.
_ADDRESS = re.compile(
    r"([:wW](?:(?<=(?i:http):)//|(?<=(?i:https):)//|(?<=\b[wW])[wW]{2}\.))"
    r"([^\s\"'<>?#/]*)([^\s\"'<>?#]*)([?#][^\s\"'<>\x7f-\U0010ffff]*)?"
)
# Parameters that name what is shown (and v, as YouTube does; a shorter one is a version).
_NAMING = re.compile(r"[?&;](?:(?:id|p|page_id|post|article|story|item|q)=[^&#]*|v=[\w-]{11}(?![\w-]))")
_STAMP = re.compile(r"[0-9a-f][0-9a-f-]{14,}[0-9a-f]|\d{6,}|;jsessionid=[^/]*", re.IGNORECASE)
_COUNTER = re.compile(r"\d+")  # of a host: cdn1, cdn2
_LINKED = re.compile(r"https?://([^\s\"'<>?#/]++)")
_NAME = re.compile(r"(?<![\w.-])[\w-]++(?:\.[\w-]++)+(?::\d+)?")


def lasting(url: str) -> str:
    """`feeds.text.urls.canonical` without what rotates; addresses of our own files do not."""
    url = canonical(url)
    return url if url.startswith(LOCAL) else _ADDRESS.sub(_steady, url).replace("://www.", "://")


def unversioned(id_: str) -> str:
    """An id without what a source may count or date the versions of one thing by: …/c99#2, /news/c99?1743438600617."""
    address, _, query = id_.partition("#")[0].partition("?")
    return address + "".join(_NAMING.findall(f"?{query}"))


def lasting_text(text: str, content: str) -> str:
    """Plain text without what rotates in its addresses, and in the hosts that `content`, as HTML, links to: a link in
    place of a frame is named by its host.
    """
    if "://" in text or "www." in text:
        text = _ADDRESS.sub(_steady, text)
    hosts = {host for host in _LINKED.findall(content) if _COUNTER.search(host)}
    lower = text.lower() if hosts else ""
    if not any(host in lower for host in hosts):
        return text
    return _NAME.sub(lambda name: _COUNTER.sub("", name[0]) if name[0].lower() in hosts else name[0], text)


def _steady(address: re.Match[str]) -> str:
    named = "".join(_NAMING.findall(address[4] or ""))
    return f"{address[1]}{_COUNTER.sub('', address[2])}{_STAMP.sub('0', address[3])}{named}"


def markup_of(entry: Entry, title: str, summary: str) -> str:
    """Two digests, hex: of everything that is shown of an entry but its dates, and of the same without what rotates;
    authors and categories in one order.

    title, summary: the entry's own; "" if they are cut from its text, since what rotates may have another length.
    """
    rest = "\x1f".join(
        (
            *(entry.content, entry.credit, entry.comments, entry.image),
            *(entry.rights, entry.via, entry.language, repr(entry.image_size), repr(entry.explicit)),
            *sorted(map(repr, entry.authors)),
            *map(repr, entry.enclosures),
            *sorted(entry.categories),
        )
    )
    whole = f"{entry.title}\x1f{entry.permalink}\x1f{entry.summary}\x1f{rest}"
    lasts = f"{title}\x1f{entry.permalink}\x1f{summary}\x1f{rest}"
    return _digest(whole) + _digest(lasting_text(lasts, lasts))


def shows_the_same(one: str, other: str) -> bool:
    """Whether two results of `markup_of` are of the same."""
    return one[:_HALF] == other[:_HALF]


def rotated(one: str, other: str) -> bool:
    """Whether two results of `markup_of` differ only in what rotates in addresses."""
    return one[_HALF:] == other[_HALF:] != ""


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=_BYTES).hexdigest()
