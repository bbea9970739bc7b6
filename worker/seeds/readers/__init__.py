"""One reader for each kind of seed file; `read` turns a file into a raw entry.

To add a kind of file, add a reader and a line in `worker.seeds.formats`. `worker.seeds.scan` finds the files, and
`worker.seeds.newswire` reads by-lines, dates and credits from running text.
"""

import re
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import PurePosixPath

from feeds.errors import SeedError
from feeds.text import dates
from worker.encoding import decode
from worker.model import Document, Evidence, Reading
from worker.processes import child
from worker.seeds.file_names import dated
from worker.seeds.formats import FORMATS, SeedFormat
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.story import complete_reading
from worker.seeds.readers import front_matter, html
from worker.seeds.readers import text as wire
from worker.seeds.readers.front_matter import Front, Header
from worker.seeds.readers.header_lines import CUT_MAIL
from worker.seeds.readers.remarks import unsure_note, without_remarks

__all__ = ["FORMATS", "SeedFormat", "read", "words_in"]

_EMPTY = "holds no text; nothing is published for it until it does."
_MOST_REMARKS = 20
# Where Ghost and Substack end what everybody may read.
_WALL = re.compile(
    r"<!--\s*members-only\s*-->|kg-gated-block:begin[^>]*nonMember:false|PaywallToDOM|class=[\"']paywall-jump",
    re.IGNORECASE,
)
_PROPERTIES = "the document's properties"
# Notion ends the names of exported files with the page's id.
_PAGE_ID = re.compile(r"[ _-]+[0-9a-f]{32}$")
_LINE_END = re.compile("\r\n?")
# White space in headers, pages and Markdown; the end of a line in plain text.
_PAGE_BREAKS = {ord("\f"): " ", ord("\v"): " "}
_TAG = re.compile(r"<[^<>]*>")
_PICTURE = re.compile(r"<(?:img|picture|video|audio)\b", re.IGNORECASE)


def read(document: Document, context: SeedContext) -> tuple[Reading, Front]:
    """What a seed file says, and what its front matter says besides the entry.

    `document.name` is the path below seeds/: its suffix chooses the reader, its folders are categories, its stem is the
    last resort for a title. Raises SeedError: W_EMPTY (no text), E_ENC (unknown encoding), E_META (front matter, with
    the line), E_DOCX, E_BIG, E_KIND (a suffix without a reader, or no text at all); or `child.Killed` if the reader
    gave no result, which says nothing about the file. Raises nothing else, whatever the bytes.
    """
    path = PurePosixPath(document.name)
    header, reading = _read(document, context)
    day, named = dated(document.name)
    if day:
        reading = _with_day(reading, day, context, first=FORMATS[path.suffix.lower()].task == "markdown")
    raw = reading.entry
    if not raw.title and not _shows(raw.content):
        raise SeedError(document.name, _EMPTY, "W_EMPTY")
    entry, rest, stated = front_matter.overlay(raw, header, path.parts[:-1], context, reading.publication)
    if not entry.title:
        title = named or _PAGE_ID.sub("", path.stem) or path.stem
        entry = replace(entry, title=title)
        stated = (*stated, Evidence("title", title, "the file's name"))
    stated_fields = {one.field for one in stated}
    kept = tuple(one for one in reading.evidence if one.field not in stated_fields or one.field == "categories")
    return replace(reading, entry=entry, evidence=(*stated, *kept)), rest


def words_in(document: Document, context: SeedContext) -> tuple[str, str]:
    """The title and the content of a seed file, whether or not it may be published. Raises as `read` does."""
    try:
        header, reading = _read(document, context)
        return header.word("title") or reading.entry.title, reading.entry.content
    except SeedError as error:
        if error.code not in ("E_HELD", "E_META"):
            raise
        return "", decode.decode(document.body, document.name, "").text


def _read(document: Document, context: SeedContext) -> tuple[Header, Reading]:
    kind = FORMATS.get(PurePosixPath(document.name).suffix.lower())
    if kind is None:
        raise SeedError(document.name, "is of a kind that is not read.", "E_KIND")
    if not document.body.strip():
        raise SeedError(document.name, _EMPTY, "W_EMPTY")
    try:
        return _of_text(document, context, kind) if kind.text else _of_bytes(document, context, kind)
    except SeedError as error:
        raise SeedError(error.name or document.name, error.message, error.code) from error


def _with_day(reading: Reading, day: date, context: SeedContext, *, first: bool) -> Reading:
    """The reading dated with the day in the file's name, noon, if nothing else dates it but a document's properties.

    first: whether the name goes before a day that is read from the text, unless that is the same day.
    """
    stated = dates.parse(reading.entry.published)
    of_properties = any(one.field == "published" and _PROPERTIES in one.source for one in reading.evidence)
    if stated and not of_properties and (not first or stated.astimezone(context.zone).date() == day):
        return reading
    noon = datetime.combine(day, time(12), context.zone)
    begin = datetime.combine(day, time(), context.zone)
    # A day to come is the one from which it is public.
    published = dates.rfc3339(max(begin, min(noon, context.first_seen)))
    kept = tuple(one for one in reading.evidence if one.field != "published")
    entry = replace(reading.entry, published=published)
    return replace(reading, entry=entry, evidence=(*kept, Evidence("published", published, "the file's name")))


def _of_text(document: Document, context: SeedContext, kind: SeedFormat) -> tuple[Header, Reading]:
    fallback = context.encoding if not kind.task else ""
    if kind.task == "page":
        fallback = html.declared_charset(document.body)
    decoded = decode.decode(document.body, document.name, fallback)
    text = _LINE_END.sub("\n", decoded.text)
    header, body = front_matter.split(text.translate(_PAGE_BREAKS), document.name)
    if not kind.task and body and text.translate(_PAGE_BREAKS).endswith(body):
        body = text[-len(body) :]
    markdown = kind.task == "markdown"
    remarks: tuple[str, ...] = ()
    unsure = ""
    if markdown or not kind.task:
        unsure = unsure_note(body)
        body, remarks = without_remarks(body, markdown=markdown)
    title = header.word("title")
    context = replace(context, dated=bool(header.word("date") or header.created(context.zone)[0]))
    if language := header.word("lang"):
        context = replace(context, language=language)
    if kind.task:
        reading = child.read_seed(kind.task, body, title, context)
        reading = complete_reading(reading, title, context, text_first=kind.text_first)
    else:
        reading = wire.read(body, title, context)
    if found := _WALL.search(decoded.text):
        reading = replace(reading, publication=(*reading.publication, ("members only", found[0])))
    if header.cut:
        reading = replace(reading, warnings=(*reading.warnings, CUT_MAIL))
    if unsure:
        reading = replace(reading, publication=(*reading.publication, ("a footnote, or a comment of Word", unsure)))
    if remarks:
        dropped = (
            Evidence("dropped", "a remark for editors", "the text", passage) for passage in remarks[:_MOST_REMARKS]
        )
        reading = replace(reading, evidence=(*reading.evidence, *dropped))
    if decoded.because:
        known = Evidence("encoding", decoded.encoding, decoded.because)
        reading = replace(reading, evidence=(known, *reading.evidence))
    return header, reading


def _of_bytes(document: Document, context: SeedContext, kind: SeedFormat) -> tuple[Header, Reading]:
    reading = child.read_seed(kind.task, document.body, context)
    return Header(document.name), complete_reading(reading, "", context, text_first=kind.text_first)


def _shows(content: str) -> bool:
    """Whether there is anything to read or look at."""
    return decode.visible(_TAG.sub("", content)) or _PICTURE.search(content) is not None
