"""The seeds room: the files that the operator writes, from the folder to raw entries.

`scan` sees what lies there, `ledger` remembers under which ids it was published, `reconcile` tells what happened to
each file, and `read` (here) turns one file into one raw entry. `opml` reads and writes the list of subscriptions.
A new kind of file is one reader and one line in FORMATS.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from feeds.errors import SeedError
from worker.model import Document, Reading
from worker.seeds import encoding, front, markdown, page, wire
from worker.seeds.front import Front, SeedContext

__all__ = ["FORMATS", "Front", "Reader", "SeedContext", "read"]

# body without front matter, title from front matter or "", context; the title comes back "" when there is none.
Reader = Callable[[str, str, SeedContext], Reading]

FORMATS: Mapping[str, Reader] = {
    ".txt": wire.read,
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".html": page.read,
    ".htm": page.read,
}

_LINE_END = re.compile("\r\n?")
_TAG = re.compile(r"<[^<>]*>")
_PICTURE = re.compile(r"<(?:img|picture|video|audio)\b", re.IGNORECASE)


def read(document: Document, context: SeedContext) -> tuple[Reading, Front]:
    """What a seed file says, and what its front matter says beside the entry.

    `document.name` is the path below seeds/: its suffix chooses the reader, its folders are categories, its stem is
    the title of last resort. Raises SeedError: W_EMPTY (no text), E_ENC (undecodable), E_META (front matter, with the
    line), E_BIG, E_KIND (a suffix that no reader is for); never anything else, whatever the bytes.
    """
    path = PurePosixPath(document.name)
    suffix = path.suffix.lower()
    reader = FORMATS.get(suffix)
    if reader is None:
        raise SeedError(document.name, "is of a kind that is not read.", "E_KIND")
    fallback = context.encoding if suffix == ".txt" else ""
    if reader is page.read:
        fallback = page.declared_charset(document.body)
    decoded = encoding.decode(document.body, document.name, fallback)
    text = _LINE_END.sub("\n", decoded.text)
    header, body = front.split(text, document.name)
    try:
        reading = reader(body, header.word("title"), context)
    except SeedError as error:
        raise SeedError(error.name or document.name, error.message, error.code) from error
    raw = reading.entry
    if not raw.title and not _shows(raw.content):
        raise SeedError(document.name, "holds no text; nothing is published for it until it does.", "W_EMPTY")
    entry, rest = front.overlay(raw, header, path.parts[:-1], context)
    return replace(reading, entry=entry if entry.title else replace(entry, title=path.stem)), rest


def _shows(content: str) -> bool:
    """Whether there is anything to read or look at."""
    return encoding.visible(_TAG.sub("", content)) or _PICTURE.search(content) is not None
