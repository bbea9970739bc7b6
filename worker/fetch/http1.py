"""Reads HTTP/1 answers as browsers do, in front of aiohttp's parser, which refuses whatever is slightly wrong.

`read_head` and `Chunks` (pure) take an answer apart with the rules of browsers and write it anew without its faults;
`Answers` hands that to aiohttp, and no byte beyond the end of the body. A connection carries one request at a time, so
nothing of one answer can be taken for another. RFC 9112 §6.3 (length), §5.2 (folded lines), §7.1 (chunks); what
browsers let pass beyond that is in Chromium's `net/http`.
"""

import re
from asyncio import AbstractEventLoop
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

# As in Chromium; a single header may be as long.
MOST_HEAD_BYTES = 256 * 2**10
_MOST_LINE_BYTES = 16 * 2**10

_END = re.compile(rb"\n\r?\n")
# Chromium skips a few bytes before the version, and takes a missing status for 200.
_STATUS_LINE = re.compile(rb"(?s:.{0,4}?)HTTP(?:/(\d+)\.?(\d*))?[ \t]*(\d*)", re.IGNORECASE)
_STARTS_WITHIN = 8
_FOLD = re.compile(rb"\r?\n[ \t]+")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
_BAD_CHUNKS = "sent its answer in chunks that do not fit together"
# The framing is decided here, and nothing is upgraded.
_LEFT_OUT = frozenset({b"content-length", b"transfer-encoding", b"upgrade", b"sec-websocket-key1"})
_WITHOUT_BODY = frozenset({204, 205, 304})


class BadAnswer(aiohttp.ClientError):
    """An answer that is not HTTP, or does not say where it ends. Its text continues a sentence that names the host."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an answer. text: written anew, with its empty line.

    length: of the body in bytes; None if it is in chunks, or ends with the connection.
    """

    text: bytes
    status: int
    length: int | None
    chunked: bool


def read_head(head: bytes) -> Head:
    """Takes apart the head of an answer: all its lines, with or without the empty one.

    A line that is no header is left out. Raises BadAnswer.
    """
    status_line, _, lines = head.partition(b"\n")
    found = _STATUS_LINE.match(status_line)
    status = int(found[3][:4] or 200) if found else 0
    if not found or not 100 <= status <= 999:
        raise BadAnswer(f"does not answer in HTTP: what it sent begins with {ascii(head[:40].strip())[1:]}")
    headers: list[tuple[bytes, bytes]] = []
    for line in _FOLD.sub(b" ", lines).split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon and _NAME.fullmatch(name := name.rstrip(b" \t")) and b"\0" not in value:
            headers.append((name, value.strip(b" \t\r").replace(b"\r", b" ")))
    # The version decides whether the connection may be used again.
    old = found[1] in (None, b"0") or (found[1] == b"1" and found[2] == b"0")
    chunked = b"chunked" in _listed(headers, b"transfer-encoding")
    length = None if chunked else _stated_length(headers)
    framing = b"Transfer-Encoding: chunked\r\n" if chunked else b""
    framing += b"Content-Length: %d\r\n" % length if length is not None else b""
    kept = b"".join(b"%s: %s\r\n" % header for header in headers if header[0].lower() not in _LEFT_OUT)
    text = b"HTTP/1.%d %d \r\n%s%s\r\n" % (not old, status, kept, framing)
    bodiless = status < 200 or status in _WITHOUT_BODY
    return Head(text, status, 0 if bodiless else length, chunked and not bodiless)


def _stated_length(headers: list[tuple[bytes, bytes]]) -> int | None:
    """Content-Length, repeated or not (RFC 9110 §8.6); None if there is none that could be meant."""
    lengths = {int(stated) for stated in _listed(headers, b"content-length") if stated.isdigit() and len(stated) < 19}
    if len(lengths) > 1:
        first, second, *_ = sorted(lengths)
        raise BadAnswer(f"states two lengths for its answer, {first} and {second} bytes")
    return lengths.pop() if lengths else None


def _listed(headers: list[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    values = b",".join(value for found, value in headers if found.lower() == name)
    return [part.strip().lower() for part in values.split(b",")]


class Chunks:
    """Takes a chunked body apart, piece by piece, and writes it anew; it ends with the last chunk, without trailers."""

    def __init__(self) -> None:
        self.done = False
        self.rest = b""
        self._left = 0
        self._after_data = False

    def feed(self, data: bytes) -> bytes:
        """The next piece, as chunks without faults. What follows the last chunk is in `rest`. Raises BadAnswer."""
        out = bytearray()
        data, self.rest = self.rest + data, b""
        at = 0
        while at < len(data) and not self.done:
            if self._left:
                part = data[at : at + self._left]
                at += len(part)
                self._left -= len(part)
                self._after_data = not self._left
                out += b"%x\r\n%s\r\n" % (len(part), part)
                continue
            end = data.find(b"\n", at)
            if end < 0:
                break
            self._line(data[at:end].strip())
            at = end + 1
        self.rest = data[at:]
        if len(self.rest) > _MOST_LINE_BYTES and not self.done:
            raise BadAnswer(_BAD_CHUNKS)
        return bytes(out) + (b"0\r\n\r\n" if self.done else b"")

    def _line(self, line: bytes) -> None:
        """The line after a chunk's data, which is empty, or the size of the next chunk."""
        if self._after_data and not line:
            self._after_data = False
            return
        size = line.partition(b";")[0].strip()
        if self._after_data or not _SIZE.fullmatch(size):
            raise BadAnswer(_BAD_CHUNKS)
        self._left = int(size, 16)
        self.done = not self._left


class Answers(ResponseHandler):
    """The protocol of one connection: answers are written anew, and what follows the end of a body is dropped."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        super().__init__(loop)
        self._asked = False
        self._to_head = False
        # While a head is awaited or arrives: what there is of it.
        self._head: bytearray | None = None
        # Bytes of the body that are still to come; None if its chunks, or the connection, say where it ends.
        self._left: int | None = 0
        self._chunks: Chunks | None = None

    def set_response_params(self, *, skip_payload: bool = False, **params: Any) -> None:
        """Called by aiohttp before each request. skip_payload: it is HEAD, and its answer has no body."""
        self._asked, self._to_head, self._head = True, skip_payload, bytearray()
        super().set_response_params(skip_payload=skip_payload, **params)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio with what arrived; by aiohttp with nothing, to go on after a pause."""
        if not self._asked or not data:
            super().data_received(data)
            return
        try:
            while data and self._head is not None:
                data = self._read_head(data)
            if data and self._head is None:
                self._read_body(data)
        except BadAnswer as error:
            self._refuse(error)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._head:
            self._refuse(_unfinished(bytes(self._head)))
        super().connection_lost(exc)

    def _read_head(self, data: bytes) -> bytes:
        """Hands on the head when it is complete; returns what follows it."""
        assert self._head is not None
        seen = max(0, len(self._head) - 2)
        # Empty lines may be left of the answer before.
        self._head += data if self._head else data.lstrip(b"\r\n")
        if len(self._head) >= _STARTS_WITHIN and not _STATUS_LINE.match(self._head):
            raise _unfinished(bytes(self._head))
        found = _END.search(self._head, seen)
        if len(self._head) > MOST_HEAD_BYTES and (not found or found.end() > MOST_HEAD_BYTES):
            raise BadAnswer(f"sent over {MOST_HEAD_BYTES // 2**10} KiB of headers, which is more than browsers take")
        if not found:
            return b""
        head, rest = read_head(bytes(self._head[: found.end()])), bytes(self._head[found.end() :])
        # After 1xx comes the head of the answer itself (RFC 9110 §15.2).
        self._head = bytearray() if head.status < 200 and head.status != 101 else None
        self._left = 0 if self._to_head else head.length
        self._chunks = Chunks() if head.chunked and not self._to_head else None
        if self._left == 0 and rest and self._head is None:
            self.force_close()
        super().data_received(head.text)
        return rest

    def _read_body(self, data: bytes) -> None:
        excess = b""
        if self._chunks:
            data = self._chunks.feed(data) if not self._chunks.done else b""
            excess = self._chunks.rest.strip() if self._chunks.done else b""
        elif self._left is not None:
            data, excess = data[: self._left], data[self._left :]
            self._left -= len(data)
        if excess:
            self.force_close()  # first, since aiohttp gives the connection back with the last byte of a body
        if data:
            super().data_received(data)

    def _refuse(self, error: BadAnswer) -> None:
        self._head, self._left, self._chunks = None, 0, None
        if self.transport is not None:
            self.transport.close()
        # aiohttp leaves a reader of the body waiting when the fault is in the body.
        payload, self._payload = self._payload, None
        if payload is not None:
            payload.set_exception(error)
        self.set_exception(error)


def _unfinished(head: bytes) -> BadAnswer:
    """The error for a head that does not end."""
    try:
        read_head(head)
    except BadAnswer as error:
        return error
    return BadAnswer("broke off in the middle of its headers")
