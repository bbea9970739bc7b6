"""Unpacks bodies within limits: what is packed is seen by its bytes, whatever the headers say. Pure.

RFC 9110 §8.4.1 (content codings), RFC 1950 to 1952 (deflate, gzip), RFC 7932 (Brotli). A body of 200 KB may unpack to
200 MB, and that once more, so each layer is limited, and the number of layers too.
"""

import zlib

import brotli

# A cache and the server behind it may both pack, and the file may have been packed before.
MOST_LAYERS = 3
_GZIP = b"\x1f\x8b"
_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "br"})
_PIECE = 2**13
# https://mimesniff.spec.whatwg.org/#binary-data-byte
_BINARY = bytes({*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)})
# Byte order marks, and how the documents that are wanted here begin.
_TEXT = (b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe", b"<", b"{", b"[")


class TooLarge(Exception):
    """The body unpacks to more than the limit."""


class Incomplete(Exception):
    """The packed body ends early."""


class Damaged(Exception):
    """The body cannot be unpacked. args: (its coding)"""


def unpacked(body: bytes, stated: str, limit: int) -> bytes:
    """The body without its content codings, at most `limit` bytes.

    stated: Content-Encoding, where servers write anything ("utf-8", "none", or gzip for a body that is not packed);
    text is taken as it is. Raises TooLarge, Incomplete or Damaged.
    """
    listed = [name for part in stated.split(",") if (name := part.strip().lower())]
    codings = [name for name in listed if name in _CODINGS]
    for layer in range(MOST_LAYERS + 1):
        coding = codings.pop() if codings else ""
        packed = _is_binary(body)
        if layer == MOST_LAYERS and body.startswith(_GZIP):
            raise Damaged(f"gzip more than {MOST_LAYERS} times over")
        if body.startswith(_GZIP):
            body = _inflated(body, "gzip", limit)
        elif packed and coding == "deflate":
            body = _inflated(body, "deflate", limit)
        elif packed and coding == "br":
            body = _unbrotlied(body, limit)
        elif not coding:
            break
    if listed and _is_binary(body):
        raise Damaged(", ".join(listed))
    return body


def _is_binary(body: bytes) -> bool:
    start = body[:512].lstrip()
    return not start.startswith(_TEXT) and start.translate(None, _BINARY) != start


def _inflated(body: bytes, coding: str, limit: int) -> bytes:
    """Unpacks gzip, one or more members and whatever follows them; or deflate, which servers send with and without the
    wrapper of RFC 1950."""
    wrapped = body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
    wbits = 31 if coding == "gzip" else zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS
    out = bytearray()
    inflate = zlib.decompressobj(wbits)
    # In pieces, since each of many small members leaves a copy of the rest.
    for start in range(0, len(body), _PIECE):
        piece = body[start : start + _PIECE]
        end = start + len(piece)
        while piece:
            if inflate.eof:
                if coding != "gzip" or not body.startswith(_GZIP, end - len(piece)):
                    return bytes(out)
                inflate = zlib.decompressobj(wbits)
            try:
                out += inflate.decompress(piece, limit + 1 - len(out))
            except zlib.error as error:
                raise Damaged(coding) from error
            if len(out) > limit:
                raise TooLarge
            piece = inflate.unused_data
    if not inflate.eof:
        raise Incomplete
    return bytes(out)


def _unbrotlied(body: bytes, limit: int) -> bytes:
    unpack = brotli.Decompressor()
    out = bytearray()
    while not unpack.is_finished():
        try:
            piece = unpack.process(body, output_buffer_limit=_PIECE)
        except brotli.error as error:
            raise Damaged("br") from error
        if not piece and not body:
            raise Incomplete
        out += piece
        body = b""
        if len(out) > limit:
            raise TooLarge
    return bytes(out)
