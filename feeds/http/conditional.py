"""Conditional requests: strong validators and precondition checks.

Pure: bytes and header values in, answers out. RFC 9110 §8.8.3 (ETag) and §13.1 (If-None-Match goes before
If-Modified-Since); RFC 3229 for which clients accept deltas.
"""

import hashlib
import re
from datetime import datetime

from feeds.http.codings import CODINGS
from feeds.text.dates import parse_http_date

# A weak or strong entity tag in a list; the quotes may contain commas.
_TAG = re.compile(r'(W/)?"([^"]*)"')
_SUFFIXES = tuple(f"-{coding}" for coding in CODINGS)
_ZERO = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")


def etag(body: bytes) -> str:
    """A strong validator, with its quotes: the same for the same bytes on any day and any machine."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def coded_etag(tag: str, coding: str) -> str:
    """The strong validator of the same representation in a content coding, which has different bytes."""
    return f'{tag[:-1]}-{coding}"' if coding else tag


def not_modified(if_none_match: str, if_modified_since: str, tag: str, last_modified: datetime, now: datetime) -> bool:
    """Whether a GET or HEAD gets 304. Header values are "" when absent; an invalid date counts as absent, and so does
    one in the future: our clock, or the client's, was ahead.

    If-None-Match compares weakly (§13.1.2), and a tag that we sent with another coding matches too.
    """
    if if_none_match:
        own = _base(tag.strip('"'))
        return if_none_match.strip() == "*" or own in {_base(found[2]) for found in _TAG.finditer(if_none_match)}
    since = parse_http_date(if_modified_since) if if_modified_since else None
    return since is not None and last_modified.replace(microsecond=0) <= since <= now


def held(if_none_match: str, tag: str) -> set[str]:
    """The codings in which a client has the representation with this tag, "" for none, by the tags that it names."""
    own = tag.strip('"')
    found = [found[2] for found in _TAG.finditer(if_none_match)]
    return {opaque.removeprefix(own).removeprefix("-") for opaque in found if _base(opaque) == own}


def bases(if_none_match: str) -> list[tuple[str, str]]:
    """The strong tags of a list, each as sent and without our coding's name. A weak tag cannot be a base."""
    return [(found[0], f'"{_base(found[2])}"') for found in _TAG.finditer(if_none_match) if not found[1]]


def takes_delta(a_im: str) -> bool:
    """Whether an A-IM header accepts `feed`: names it without q=0 (RFC 3229 §10.5.3)."""
    for part in a_im.lower().split(","):
        manipulation, _, parameters = part.partition(";")
        if manipulation.strip() == "feed":
            return not _ZERO.fullmatch(parameters)
    return False


def _base(opaque: str) -> str:
    for suffix in _SUFFIXES:
        if opaque.endswith(suffix):
            return opaque.removesuffix(suffix)
    return opaque
