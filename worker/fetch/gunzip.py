"""Unpacks gzip (RFC 1952) within limits: a body of 200 KB may unpack to 200 MB."""

import zlib


class Gunzip:
    """Unpacks gzip (RFC 1952) incrementally, including several members in a row; ignores what follows the last one."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)
        self._rest = b""

    @property
    def complete(self) -> bool:
        return self._inflate.eof

    def feed(self, chunk: bytes, budget: int) -> bytes:
        """The unpacked `chunk`, at most `budget` + 1 bytes; the extra byte shows that there is more."""
        out = bytearray()
        chunk = self._rest + chunk
        self._rest = b""
        while chunk and len(out) <= budget:
            if self._inflate.eof:
                if not chunk.startswith(b"\x1f\x8b"):
                    self._rest = chunk if chunk == b"\x1f" else b""
                    break
                self._inflate = zlib.decompressobj(wbits=31)
            out += self._inflate.decompress(chunk, budget + 1 - len(out))
            chunk = self._inflate.unconsumed_tail or self._inflate.unused_data
        return bytes(out)
