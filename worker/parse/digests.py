"""Digests of items, which show whether an item was in the last document or is new or changed."""

import re
from collections.abc import Callable, Collection, Sequence
from hashlib import blake2b
from typing import Any

from lxml import etree

from feeds.text.urls import canonical
from worker.model import DIGEST_BYTES, ParsedFeed

#: Increased when the same markup comes to be read differently: everything is then read once more.
VERSION = b"2"

_AFTER_NAME = re.compile(rb"[\s>]")


def of_elements(items: Sequence[Any], body: bytes, around: object) -> list[bytes]:
    """One digest per item element of a document, in order. around: what the document says about all items."""
    key = _key(around)
    slices = _slices(items, body) or [etree.tostring(item, with_tail=False) for item in items]
    return [blake2b(part, digest_size=DIGEST_BYTES, key=key).digest() for part in slices]


def of_entries(feed: ParsedFeed) -> list[bytes]:
    """The same for a document whose markup cannot be split into items: one digest per entry."""
    key = _key((feed.kind, feed.language, feed.authors))
    texts = (repr(entry).encode("utf-8", "backslashreplace") for entry in feed.entries)
    return [blake2b(text, digest_size=DIGEST_BYTES, key=key).digest() for text in texts]


def _key(around: object) -> bytes:
    return blake2b(VERSION + repr(around).encode("utf-8", "backslashreplace"), digest_size=32).digest()


def _slices(items: Sequence[Any], body: bytes) -> list[bytes]:
    """The markup of each item, cut from the document; [] if a cut might not fall between items.

    Each item has a start tag in the document. If there are as many start tags as items, none of them is text in a
    comment or CDATA; the same holds for end tags. Then the cuts agree with the tree.
    """
    if not items:
        return []
    first = items[0].tag
    if any(item.prefix for item in items) or any(item.tag != first for item in items):
        return []
    name = first.rpartition("}")[2].encode()
    start, end = b"<" + name, b"</" + name + b">"
    parts = body.split(start)
    if b"<items" in body and name == b"item":  # the table of contents of RSS 1.0
        parts = [part for index, part in enumerate(parts) if index == 0 or not part.startswith(b"s")]
        if body.count(b"<items") != 1 or body.find(b"<items") > body.find(b"<item "):
            return []
    if len(parts) != len(items) + 1:
        return []
    found = []
    for part in parts[1:]:
        length = part.find(end)
        if length < 0 or not _AFTER_NAME.match(part) or part.find(end, length + 1) >= 0:
            return []
        found.append(part[:length])
    return found


def place(link: str, title: str) -> str:
    """What two items of one place on a page have in common, or of one title without a link."""
    return f"{canonical(link) or link}#{link.partition('#')[2]}" if link else title


def unseen(entries: Sequence[tuple[str, bytes]], seen: Collection[bytes], place: Callable[[int], str]) -> list[int]:
    """The indices of the (name, digest) to build: those not seen, and all that share their name with another.

    Items with the same name can only be distinguished together. name: guid, or link without one, or title. Beside each
    item that was not seen, one more of its place is built, which shows that others have it, too. place: of an item.
    """
    if not seen:
        return list(range(len(entries)))
    known = frozenset(seen)
    counts: dict[str, int] = {}
    for name, _ in entries:
        counts[name] = counts.get(name, 0) + 1
    built = {n for n, (name, digest) in enumerate(entries) if digest not in known or (name and counts[name] > 1)}
    alone = {place(n) for n in built} - {""}
    for n in range(len(entries)) if alone else ():
        if n not in built and (shared := place(n)) in alone:
            built.add(n)
            alone.remove(shared)
    return sorted(built)
