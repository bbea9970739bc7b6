"""`/media/HASH/NAME`: files beside the articles, as the worker copied them.

The hash identifies the bytes, so a response never changes and may be cached for ever. Pictures, audio and video are
shown in place if their content matches their name; anything else is offered as a download, and nothing in it runs
(sandbox, nosniff). A single range of a file is sent on request (RFC 9110 §14), since players ask for one.
"""

import os
import re
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from feeds.http.conditional import not_modified
from feeds.text.dates import http_date

_HASH = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,80}")
_RANGE = re.compile(r"[Bb][Yy][Tt][Ee][Ss]=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*")
# By file name extension: the type, and the bytes that such a file has at an offset (any one of these).
_SHOWN: dict[str, tuple[str, int, tuple[bytes, ...]]] = {
    ".png": ("image/png", 0, (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("image/jpeg", 0, (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", 0, (b"\xff\xd8\xff",)),
    ".gif": ("image/gif", 0, (b"GIF87a", b"GIF89a")),
    ".webp": ("image/webp", 8, (b"WEBP",)),
    ".avif": ("image/avif", 4, (b"ftyp",)),
    ".mp3": ("audio/mpeg", 0, (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")),
    ".m4a": ("audio/mp4", 4, (b"ftyp",)),
    ".ogg": ("audio/ogg", 0, (b"OggS",)),
    ".oga": ("audio/ogg", 0, (b"OggS",)),
    ".opus": ("audio/ogg", 0, (b"OggS",)),
    ".flac": ("audio/flac", 0, (b"fLaC",)),
    ".wav": ("audio/wav", 8, (b"WAVE",)),
    ".mp4": ("video/mp4", 4, (b"ftyp",)),
    ".m4v": ("video/mp4", 4, (b"ftyp",)),
    ".mov": ("video/quicktime", 4, (b"ftyp", b"moov", b"wide", b"mdat")),
    ".webm": ("video/webm", 0, (b"\x1aE\xdf\xa3",)),
}


class MediaFiles:
    """The responses for one folder, data/media."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def respond(self, request: Request) -> Response | None:
        """The file, or None if no file has this name."""
        digest, name = request.path_params["hash"], request.path_params["name"]
        if not (_HASH.fullmatch(digest) and _NAME.fullmatch(name)):
            return None
        path = self._folder / digest / name
        try:
            # Only the worker writes here; even so, nothing but a regular file is ever opened.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        with open(descriptor, "rb") as file:  # noqa: PTH123  # a descriptor, not a path
            status = os.fstat(descriptor)
            beginning = file.read(16)
        if not stat.S_ISREG(status.st_mode):
            return None
        media_type, offset, marks = _SHOWN.get(path.suffix, ("application/octet-stream", 0, ()))
        shown = beginning[offset:].startswith(marks) if marks else False
        tag = f'"{digest}"'
        headers = {
            "etag": tag,
            "cache-control": "public, max-age=31536000, immutable",
            "content-security-policy": "default-src 'none'; sandbox",
            "x-content-type-options": "nosniff",
            "access-control-allow-origin": "*",
            "cross-origin-resource-policy": "cross-origin",
        }
        now = datetime.now(UTC)
        modified = min(datetime.fromtimestamp(int(status.st_mtime), UTC), now)
        asked = request.headers
        if not_modified(asked.get("if-none-match", ""), asked.get("if-modified-since", ""), tag, modified, now):
            return Response(None, 304, headers | {"last-modified": http_date(modified)})
        if not shown:
            headers["content-disposition"] = f'attachment; filename="{name}"'
        if_range, span = asked.get("if-range"), None
        if request.method == "GET" and if_range in (None, tag, http_date(modified)):
            span = requested_range(asked.get("range", ""), status.st_size)
        if span and span[0] >= span[1]:
            refusal = {"accept-ranges": "bytes", "content-range": f"bytes */{status.st_size}"}
            return Response(None, 416, headers | refusal)
        return _Sent(
            path,
            span,
            headers=headers,
            media_type=media_type if shown else "application/octet-stream",
            stat_result=status,
        )


def requested_range(header: str, size: int) -> tuple[int, int] | None:
    """The start and end of the part that a Range header asks for (RFC 9110 §14.1.2); (size, size) if it begins beyond
    the end.

    None means the whole file: for headers that cannot be read, and for several ranges at once, which no client needs
    here.
    """
    found = _RANGE.fullmatch(header)
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        return (size - length, size) if length else (size, size)
    first = int(found[1])
    if found[2] and int(found[2]) < first:
        return None
    return (first, min(int(found[2]) + 1, size) if found[2] else size) if first < size else (size, size)


class _Sent(FileResponse):
    """A file or a part of it. Starlette sees only the range that `part` chose, not the client's header."""

    def __init__(self, path: Path, span: tuple[int, int] | None, **how: Any) -> None:
        super().__init__(path, **how)
        self._span = span

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = [(name, value) for name, value in scope["headers"] if name not in (b"range", b"if-range")]
        if self._span:
            kept.append((b"range", f"bytes={self._span[0]}-{self._span[1] - 1}".encode()))
        await super().__call__({**scope, "headers": kept}, receive, send)
