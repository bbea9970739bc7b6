"""Digests of what is shown of an entry, besides those of its words: another link, picture or mark is a change too.

Addresses rotate: signatures, expiry times, counters and stamps in them change at each poll although nothing else does.
Pure.
"""

import re
from hashlib import blake2b

from feeds.model import Entry
from feeds.text.urls import canonical

_BYTES = 8
_HALF = 2 * _BYTES  # characters
# Parameters that sign an address, date it, or only make it another one.
_ROTATING = re.compile(
    r"(?:x-(?:amz|goog)-[^=]*|expires?|exp|e|signature|sig|hmac|hash|md5|token|auth|verify|policy|key-pair-id|nonce"
    r"|awsaccesskeyid|googleaccessid|hdnea|hdnts|st|se|sv|sr|sp|ts|timestamp|time|cb|cache|cachebuster|rand|rnd|random|_)"
    r"=.*|\d+",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(https?://[^\s\"'<>?#]*)[^\s\"'<>]*")
_STAMP = re.compile(r"\d{6,}|[0-9a-f]{16,}", re.IGNORECASE)


def lasting(url: str) -> str:
    """`feeds.text.urls.canonical` without parameters that rotate."""
    url = canonical(url)
    address, mark, query = url.partition("?")
    if not mark:
        return url
    kept = [pair for pair in query.split("&") if not _ROTATING.fullmatch(pair)]
    return f"{address}?{'&'.join(kept)}" if kept else address


def markup_of(entry: Entry) -> str:
    """Two digests, hex: of everything that is shown of an entry but its dates, and of the same without what rotates."""
    shown = (
        *(entry.title, entry.permalink, entry.summary, entry.content, entry.credit, entry.comments, entry.image),
        *(entry.rights, entry.via, entry.language, repr(entry.image_size), repr(entry.explicit)),
        *(repr(author) for author in entry.authors),
        *(repr(enclosure) for enclosure in entry.enclosures),
        *entry.categories,
    )
    exact = "\x1f".join(shown)
    steady = _ADDRESS.sub(lambda address: _STAMP.sub("0", address[1]), exact)
    return _digest(exact) + _digest(steady)


def rotated(one: str, other: str) -> bool:
    """Whether two results of `markup_of` differ only in what rotates in addresses."""
    return one[_HALF:] == other[_HALF:] != ""


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=_BYTES).hexdigest()
