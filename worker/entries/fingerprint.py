"""Fingerprints that find near-duplicate texts: hashes of overlapping shingles of words.

Pure, and the same on every machine for ever: a token's hash is its CRC-32, a shingle's is a polynomial of its tokens'
hashes modulo 2^64. A shingle is 5 words, or as many letters as carry about the same meaning in a script without spaces.
"""

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from feeds.text.plaintext import plain, tokens

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

#: Tokens in a shingle: of words, of Han and kana, of Thai, Lao, Khmer and Burmese.
WORDS, HAN, THAI = 5, 8, 12
#: Tokens of the beginning, which gets as many keys as all the rest: copies are shortened at the end.
BEGINNING = 80
_KEYS_OF_BEGINNING = 10
_KEYS_OF_REST = 10
KEY_BYTES = 6

# What may follow the first digits of a number.
_GROUPS = frozenset(f"{number:03}" for number in range(1000))
#: A character reference in plain text, which was escaped twice.
REFERENCE = re.compile(r"&(?:#?\w{2,10});")
# Letters that are tokens of their own, by the length of their shingles (see `feeds.text.plaintext.tokens`).
_RANGES = (
    (HAN, ((0x3005, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))),
    (THAI, ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))),
)
_MULTIPLIER = 0x9E3779B97F4A7C15
_POWERS = np.array([pow(_MULTIPLIER, n, 2**64) for n in range(THAI)], dtype=np.uint64)[::-1]
_MIX = np.uint64(0xBF58476D1CE4E5B9)
#: The code of a number, where all count as equal.
NUMBER = np.uint64(crc32(b"0"))
_MEMO_LIMIT = 200_000
_memo: dict[str, int] = {}


def words_of(text: str) -> list[str]:
    """The tokens of plain text; character references that were escaped twice are decoded."""
    return join_numbers(tokens(plain(text) if REFERENCE.search(text) else text))


def join_numbers(words: list[str]) -> list[str]:
    """The same tokens with the groups of a number joined: 1.234 and 1,234 become 1234."""
    groups = _GROUPS.intersection(words)
    if not groups:
        return words
    out: list[str] = []
    taken = 0
    grouped_at = -1
    for place in [place for place, word in enumerate(words) if word in groups]:
        out += words[taken:place]
        taken = place + 1
        if out and (place == grouped_at or (len(out[-1]) < 4 and out[-1].isdecimal())):
            out[-1] += words[place]
            grouped_at = taken
        else:
            out.append(words[place])
    return out + words[taken:]


def shingles(words: Sequence[str]) -> tuple[Hashes, Places]:
    """The hash of each shingle of a text, and the place of its first token.

    A text shorter than one shingle has a single one with all its tokens.
    """
    return shingles_of(*codes_of(words))


def shingles_of(codes: Hashes, lengths: Places) -> tuple[Hashes, Places]:
    """The same of tokens with these codes, as `codes_of` gives them."""
    count = len(codes)
    if not count:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    found = _rolled(codes, min(WORDS, count))
    if lengths.max() == WORDS:
        return found, np.arange(len(found))
    hashes = np.zeros(count, np.uint64)
    hashes[: len(found)] = found
    for length in (HAN, THAI):
        # A letter carries less meaning than a word, so its shingles are longer.
        longer = _rolled(codes, min(length, count))
        at = np.flatnonzero(lengths[: len(longer)] == length)
        hashes[at] = longer[at]
    places = np.flatnonzero(np.arange(count) + np.minimum(lengths, count) <= count)
    return hashes[places], places


def lengths_of(words: Sequence[str]) -> Places:
    """How many tokens are in the shingle that begins at each token."""
    return codes_of(words)[1]


def keys(hashes: Hashes) -> bytes:
    """The few hashes that a text is found by, 6 little-endian bytes each: the smallest of its beginning and of its
    rest.

    Two texts that share passages share keys however they are cut, since both keep the smallest hashes.
    """
    short = hashes >> np.uint64(16)
    chosen = np.concatenate(
        (_smallest(short[:BEGINNING], _KEYS_OF_BEGINNING), _smallest(short[BEGINNING:], _KEYS_OF_REST))
    )
    return np.unique(chosen).astype("<u8").view(np.uint8).reshape(-1, 8)[:, :KEY_BYTES].tobytes()


def fingerprint(words: list[str]) -> bytes:
    """The keys of a text with these tokens."""
    return keys(shingles(join_numbers(words))[0])


def codes_of(words: Sequence[str]) -> tuple[Hashes, Places]:
    """The hash of each token, and the length of the shingle that begins there."""
    try:
        both = np.fromiter(map(_memo.__getitem__, words), np.uint64, len(words))
    except KeyError:
        if len(_memo) > _MEMO_LIMIT:
            _memo.clear()
        for word in words:
            if word not in _memo:
                _memo[word] = _length(word) << 32 | crc32(word.encode("utf-8", "surrogatepass"))
        both = np.fromiter(map(_memo.__getitem__, words), np.uint64, len(words))
    return both & np.uint64(0xFFFFFFFF), (both >> np.uint64(32)).astype(np.int64)


def _length(word: str) -> int:
    if word.isascii():
        return WORDS
    first = ord(word[0])
    return next((length for length, ranges in _RANGES if any(low <= first <= high for low, high in ranges)), WORDS)


def _rolled(codes: Hashes, length: int) -> Hashes:
    """The hash of each run of `length` tokens, spread over all 64 bits."""
    count = len(codes) - length + 1
    powers = _POWERS[-length:]
    found: Hashes = codes[:count] * powers[0]
    for place in range(1, length):
        found += codes[place : place + count] * powers[place]
    return (found ^ (found >> np.uint64(29))) * _MIX


def _smallest(hashes: Hashes, count: int) -> Hashes:
    """The smallest hashes, each once; at most `count`."""
    if len(hashes) <= count:
        return hashes
    found: Hashes = np.partition(hashes, count - 1)[:count]
    # A text that repeats itself would have fewer keys, and share none with a part of it.
    return found if len(np.unique(found)) == count else np.unique(hashes)[:count]
