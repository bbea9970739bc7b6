"""Conditional requests: strong validators and precondition checks.

Pure: bytes and header values in, answers out. RFC 9110 §8.8.3 (ETag) and §13.1 (If-None-Match goes before
If-Modified-Since).
"""

import hashlib
import re
from datetime import datetime

from feeds.dates import parse_http_date

# A weak or strong entity tag in a list; commas may stand inside the quotes.
_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_CODING_SUFFIXES = ("-gzip",)


def etag(body: bytes) -> str:
    """A strong validator, with its quotes: the same bytes have the same one on any day and any machine."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def coded(tag: str, coding: str) -> str:
    """The strong validator of the same representation under a content coding, whose bytes are others."""
    return f'{tag[:-1]}-{coding}"' if coding else tag


def not_modified(if_none_match: str, if_modified_since: str, tag: str, last_modified: datetime) -> bool:
    """Whether a GET or HEAD gets 304. Header values are "" when absent; a date that cannot be read counts as absent.

    If-None-Match compares weakly (§13.1.2), and a tag that we gave out under another coding is as good.
    """
    if if_none_match:
        return if_none_match.strip() == "*" or _opaque(tag) in {_base(found) for found in _TAG.findall(if_none_match)}
    since = parse_http_date(if_modified_since) if if_modified_since else None
    return since is not None and last_modified.replace(microsecond=0) <= since


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether gzip may be sent (RFC 9110 §12.5.3): named, or covered by `*`, and not with q=0."""
    weights = {}
    for part in accept_encoding.lower().split(","):
        coding, _, parameters = part.partition(";")
        weight = re.search(r"q\s*=\s*([0-9.]+)", parameters)
        weights[coding.strip()] = _weight(weight.group(1)) if weight else 1.0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _opaque(tag: str) -> str:
    return _base(tag.strip('"'))


def _base(opaque: str) -> str:
    for suffix in _CODING_SUFFIXES:
        opaque = opaque.removesuffix(suffix)
    return opaque
