"""`/media/HASH/NAME`: files beside the articles, as the worker copied them.

The hash names the bytes, so that an answer never changes and may be kept for ever. Pictures, sounds and films are shown
in their place if they are what their name says; anything else is saved, and nothing of it runs (sandbox, nosniff).
Parts of a file are sent on request (RFC 9110 §14), since players ask so.
"""

import os
import re
import stat
from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from feeds.conditional import not_modified

_HASH = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,80}")
# By ending: the type, and how such a file begins (an offset, and one of these bytes).
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
    """The answers for one folder, data/media."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def respond(self, request: Request) -> Response | None:
        """The file, or None if there is none of this name."""
        digest, name = request.path_params["hash"], request.path_params["name"]
        if not (_HASH.fullmatch(digest) and _NAME.fullmatch(name)):
            return None
        path = self._folder / digest / name
        try:
            # Nobody but the worker writes here; all the same nothing that is no file is ever opened.
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
        match = request.headers.get("if-none-match", "")
        if match and not_modified(match, "", tag, datetime.fromtimestamp(status.st_mtime, UTC)):
            return Response(None, 304, headers)
        if not shown:
            headers["content-disposition"] = f'attachment; filename="{name}"'
        return FileResponse(
            path, headers=headers, media_type=media_type if shown else "application/octet-stream", stat_result=status
        )
