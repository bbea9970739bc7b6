"""Content codings (RFC 9110 §8.4.1): the coded forms of bytes, and which of them a client gets.

Pure. The same bytes have the same forms: the quality follows from their number. It is just below the point where a
little more would cost much more time: see docs/decisions.md.
"""

import gzip
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import brotli
import zstandard

# The shortest header that names everything is far below this; longer ones are not worth caching a result for.
_LONGEST_KEPT = 200
# Shorter bodies get no coded form: they fit into one packet as they are.
LEAST_BYTES = 512
# From here on, the last step of quality takes a third of the time and saves less than one byte in a hundred.
_LARGE = 512 * 1024
# What makes a form of a body, and the quality for bodies that are not large.
_ENCODERS: Mapping[str, tuple[Callable[[bytes, int], bytes], int]] = {
    "br": (lambda body, quality: brotli.compress(body, mode=brotli.MODE_TEXT, quality=quality), 6),
    "zstd": (lambda body, quality: zstandard.ZstdCompressor(level=quality).compress(body), 7),
    # mtime=0, so that the same bytes have the same form.
    "gzip": (lambda body, quality: gzip.compress(body, quality, mtime=0), 6),
}
# The usually shortest first: the order in which a client that likes several alike gets them.
CODINGS = tuple(_ENCODERS)
_ALIASES = {"x-gzip": "gzip"}
_WEIGHT = re.compile(r"(?:^|;)\s*q\s*=\s*([^\s;]*)")
_NUMBER = re.compile(r"[01](\.[0-9]*)?")


def codings_of(body: bytes) -> tuple[str, ...]:
    """The codings that are worth a try."""
    return CODINGS if len(body) >= LEAST_BYTES else ()


def encode(body: bytes, coding: str) -> bytes | None:
    """The bytes in a coding; None if that makes them no shorter."""
    encoder, quality = _ENCODERS[coding]
    made = encoder(body, quality - (len(body) >= _LARGE))
    return made if len(made) < len(body) else None


def forms(body: bytes) -> dict[str, bytes]:
    """The bytes in each coding that makes them shorter, by its name."""
    made = {coding: encode(body, coding) for coding in codings_of(body)}
    return {coding: form for coding, form in made.items() if form is not None}


def form(body: bytes, accept_encoding: str) -> tuple[str, bytes]:
    """The coding and the bytes of something sent once, like a page; uncoded if no coding is accepted or shorter."""
    coding = choose_coding(accept_encoding, codings_of(body))
    made = encode(body, coding) if coding else None
    return (coding, made) if coding and made else ("", body)


def choose_coding(accept_encoding: str, offered: tuple[str, ...]) -> str | None:
    """The coding to send (RFC 9110 §12.5.3): the first one offered among those that the client prefers most.

    "" means no coding, also for a client that names none; None means that the client refuses even that.
    """
    if len(accept_encoding) > _LONGEST_KEPT:
        return _choose(accept_encoding, offered)
    return _kept(accept_encoding, offered)


def _choose(accept_encoding: str, offered: tuple[str, ...]) -> str | None:
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, _, parameters = part.partition(";")
        name = name.strip()
        weights.setdefault(_ALIASES.get(name, name), _weight(parameters))
    rest = weights.get("*", 0.0)
    # A named coding takes precedence over the star; uncoded bytes are allowed unless refused.
    plain = weights.get("identity", 0.0)
    refused = plain == 0 and ("identity" in weights or weights.get("*") == 0)
    best, best_weight = None if refused else "", plain
    for name in offered:
        weight = weights.get(name, rest)
        if weight > best_weight or (weight == best_weight > 0 and not best):
            best, best_weight = name, weight
    return best


_kept = lru_cache(maxsize=512)(_choose)


def _weight(parameters: str) -> float:
    """The weight; 1 if none is given, 0 if it cannot be read."""
    found = _WEIGHT.search(parameters)
    if not found:
        return 1.0
    return min(float(found[1]), 1.0) if _NUMBER.fullmatch(found[1]) else 0.0
