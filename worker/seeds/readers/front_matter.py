"""Front matter: what an author writes above a text, as YAML between `---` lines or TOML between `+++` lines.

Any text file may have it. People write it, so what is not strict YAML or TOML is read line by line as it is meant, and
what cannot be understood is an error with its line; no half-read header is published. Lines of `key: value` without
fences count too (`header_lines`), and so does an object of JSON. Values are read as the words in the file: YAML's own
types would turn the Norwegian `lang: no` into False and a title of 2024 into a number. Aliases, anchors and tags are
refused; a header may have up to 16 KiB.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, tzinfo

import yaml

from feeds.errors import SeedError
from feeds.model import Person
from feeds.text import dates
from worker.model import Evidence, RawEntry
from worker.seeds.newswire.context import SeedContext
from worker.seeds.readers import header_keys, header_lines, holding, holding_lines
from worker.seeds.readers.header_lines import Unclear, Value
from worker.seeds.readers.outer_lines import outer_lines

LIMIT_BYTES = 16 * 1024
KEYS = header_keys.KEYS

_FENCES = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE),
    ";;;": re.compile(r"^;;;[ \t]*$", re.MULTILINE),
}
# What nobody sees at a fence that was pasted from a page or an editor, and the backslash that exports put there.
_UNSEEN = r" \t\u00a0\u2000-\u200f\u202f\u205f-\u2064\u3000\ufeff\u00ad\u061c\u0085\\"
_OPENING = re.compile(
    rf"^[{_UNSEEN}]*(---|\+\+\+|;;;)[{_UNSEEN}]*(?:(?:yaml|yml|toml|json|js)[{_UNSEEN}]*)?\n", re.MULTILINE
)
_REMARKS = re.compile(r"(?:\s|<!--(?:(?!-->).)*-->)*", re.DOTALL)
# Lines of marks that people take for fences.
_RULE = re.compile(rf"^[{_UNSEEN}]*([-–—−=+*_~])[-–—−=+*_~{_UNSEEN}]*$", re.MULTILINE)
_WITHIN_REMARK = re.compile(r"\s*<!--\s*((?:(?!-->).)*?)\s*-->", re.DOTALL)
_KEYED = {
    "---": re.compile(r"""^["']?[A-Za-z_][\w.-]*["']?[ \t]*:(?:[ \t\n]|$)""", re.MULTILINE),
    "+++": re.compile(r"""^["']?[A-Za-z_][\w.-]*["']?[ \t]*=""", re.MULTILINE),
}
_NOTHING = frozenset({"", "~", "null"})
# What templates of Obsidian, Templater, Hugo and others hold until they are filled in.
_PLACEHOLDER = re.compile(r"\{\{.*\}\}|<%.*%>|\$\{.*\}", re.DOTALL)
# What other tools put a date in place of: the time of the file, or the moment at which they read it.
_OF_FILE = re.compile(r"(?:(?:git|file)[ _-]?)?(?:last[ _-]?)?modified(?:[ _-]?(?:date|time))?", re.IGNORECASE)
_MOVING = re.compile(r"(?:(?:git|file) )?created|\\?today|auto|`.*`|[$%\\].*", re.IGNORECASE)
_ADDRESS = re.compile(r"([^<>]+?)\s*<([^<>\s@]+@[^<>\s@]+)>")
_MAX_DEPTH = 4
# Where tools write the address of a picture (Hugo, Jekyll, Eleventy, Astro, Ghost).
_OF_PICTURE = ("url", "src", "path", "file", "filename", "image", "relative", "feature", "thumbnail", "teaser", "href")
_MOVES = "{}: {!r} is no date, but what another tool puts one in place of; it is dated by its file."
_TOP = 4000
# Lines that no heading joins: items of a list, rows of a table, headings.
_APART = re.compile(r"\s*(?:[-*+•]|\d{1,9}[.)]|#{1,6}|\|)(?:\s|\Z)")
_DATES = ("date", "updated")
_TAXONOMIES = frozenset({"tags", "categories", "authors"})


@dataclass(frozen=True, slots=True)
class Front:
    """What front matter says that is not part of the entry.

    id: as written, "" if missing; it replaces the minted one. held: the statement in other words than ours that makes
    it a draft, or sets a moment; "" if there is none. publish_at: not before that moment (the latest of all that are
    stated). expires: withdrawn from then on. warnings: unknown keys.
    """

    id: str = ""
    draft: bool = False
    held: str = ""
    publish_at: datetime | None = None
    expires: datetime | None = None
    updated: datetime | None = None
    warnings: tuple[str, ...] = ()

    def published(self, now: datetime) -> bool:
        """Whether the entry is in the feeds at that moment."""
        early = self.publish_at is not None and now < self.publish_at
        return not (self.draft or early or (self.expires is not None and now >= self.expires))


@dataclass(frozen=True, slots=True)
class Header:
    """Front matter as written: fields by key, in the words of the file. source: its text, to find line numbers, and
    first: the line of the file that it begins in. mail: it is the header of a mail. below: the lines of the text up to
    the first blank one, which a heading may join. cut: a mail below the text was cut off, which may have been its own.
    """

    name: str
    fields: Mapping[str, Value] = field(default_factory=dict)
    source: str = ""
    first: int = 2
    mail: bool = False
    below: tuple[str, ...] = ()
    cut: bool = False

    def spelled(self, key: str) -> list[str]:
        """The keys in the file that mean this one of ours, its own spelling first."""
        found = [written for written in self.fields if header_keys.meaning(written) == key]
        return sorted(found, key=lambda written: written.lower() != key)

    def error(self, key: str, message: str, code: str = "E_META") -> SeedError:
        found = re.search(rf"""^[ \t]*["']?{re.escape(key)}["']?[ \t]*[:=：]""", self.source, re.MULTILINE)
        line = self.source.count("\n", 0, found.start()) + self.first if found else self.first
        return SeedError(self.name, f"header line {line}: {key}: {message}", code)

    def word(self, key: str) -> str:
        """A scalar on one line, "" if missing."""
        for written in self.spelled(key):
            value = _address_of(self.fields[written]) if key == "image" else self.fields[written]
            if isinstance(value, str):
                if value not in _NOTHING:
                    return " ".join(value.split())
            elif written.lower() == key:
                raise self.error(key, "one value is expected, not a list or a table.")
        return ""

    def check_filled_in(self) -> None:
        """Raises SeedError E_META for a value that is a placeholder of a template, but of a date."""
        for written, value in self.fields.items():
            meant = header_keys.meaning(written) if isinstance(value, str) and _PLACEHOLDER.fullmatch(value) else ""
            if meant in KEYS and meant not in _DATES:
                raise self.error(written, f"{value} is a placeholder of a template; write what it stands for.")

    def words(self, key: str) -> tuple[str, ...]:
        """A list, or one line with commas."""
        return tuple(part for written in self.spelled(key) for part in self._words(key, written))

    def _words(self, key: str, written: str) -> Iterator[str]:
        parts = header_lines.listed_in(self.fields[written])
        if parts is None:
            if written.lower() != key:
                return
            raise self.error(key, "a list of words is expected.")
        folded = (" ".join(part.split()) for part in parts)
        yield from (part for part in folded if part not in _NOTHING)

    def persons(self, key: str) -> tuple[Person, ...]:
        return tuple(
            person
            for written in self.spelled(key)
            for part in self._parts(key, written)
            if (person := self._person(written, part))
        )

    def _parts(self, key: str, written: str) -> list[Value]:
        value = self.fields[written]
        if isinstance(value, str) and key == "authors":
            return list(value.split(";" if ";" in value else ","))
        return value if isinstance(value, list) else [value]

    def flag(self, key: str) -> bool:
        """Whether a key in our own spelling says yes."""
        written = next((one for one in self.fields if one.lower() == key), "")
        value = self.fields.get(written, "")
        said = header_keys.says(value) if isinstance(value, str) else ""
        if value not in ("", "~", "null") and said not in ("yes", "no"):
            raise self.error(written, "true or false is expected.")
        return said == "yes"

    def moment(self, key: str, zone: tzinfo) -> tuple[datetime | None, bool]:
        """The moment in UTC, and whether an hour was stated; otherwise it is the start of the day in `zone`."""
        for written in self.spelled(key):
            value = self.fields[written]
            own = written.lower() == key
            word = " ".join(value.split()) if isinstance(value, str) else ""
            if not isinstance(value, str) and own:
                raise self.error(written, "one value is expected, not a list or a table.")
            if word in _NOTHING or _is_moving(word) or (not own and not any(map(str.isdigit, word))):
                continue
            unsure = word.isdigit() or (dates.ambiguous(word) and not self.mail)
            moment = None if unsure else dates.parse(word, zone, lenient=self.mail)
            if moment is None:
                raise self.error(written, f"{word!r} is no date; write it as 2024-12-16 or 2024-12-16 08:30.")
            return moment, ":" in word
        return None, False

    def moving(self, key: str) -> list[tuple[str, str]]:
        """The dates for this key that another tool would fill in, with the keys in the file."""
        stated = ((written, self.fields[written]) for written in self.spelled(key))
        return [(written, value) for written, value in stated if isinstance(value, str) and _is_moving(value.strip())]

    def created(self, zone: tzinfo) -> tuple[datetime | None, bool]:
        """The moment at which the file was made, as Obsidian notes it, or None; and whether an hour was stated."""
        stated = (self.fields[key] for key in self.spelled("created"))
        words = [" ".join(value.split()) for value in stated if isinstance(value, str)]
        moments = ((dates.parse(word, zone), ":" in word) for word in words if not word.isdigit())
        return next((one for one in moments if one[0]), (None, False))

    def _person(self, key: str, value: Value) -> Person | None:
        if isinstance(value, dict) and all(isinstance(part, str) for part in value.values()):
            say = {str(name).lower(): " ".join(str(part).split()) for name, part in value.items()}
            person = Person(say.get("name", ""), say.get("email", ""), say.get("uri") or say.get("url", ""))
            return person if person.name else None
        if not isinstance(value, str):
            raise self.error(key, "a name is expected, or a table with name, email and url.")
        name = " ".join(value.split())
        if address := _ADDRESS.fullmatch(name):
            return Person(address[1], address[2])
        return Person(name) if name not in _NOTHING else None


def _is_moving(word: str) -> bool:
    """Whether a date is one that another tool would fill in: "last-modified", "today", "{{ date }}"."""
    patterns = (_OF_FILE, _MOVING, _PLACEHOLDER)
    return header_keys.says(word) == "now" or any(pattern.fullmatch(word) for pattern in patterns)


def split(text: str, name: str) -> tuple[Header, str]:
    """The front matter and the text below it; an empty header if there is none. Lines end with "\\n".

    A line of `---` without a `key:` line below it is a rule in the text, not front matter. Raises SeedError E_META.
    """
    header, rest = _split(text, name)
    begin = rest[:_TOP].lstrip().partition("\n\n")[0]
    return replace(header, below=tuple(line for line in begin.split("\n") if not _APART.match(line))), rest


def _split(text: str, name: str) -> tuple[Header, str]:
    above = _REMARKS.match(text)
    begin = text.rfind("\n", 0, above.end()) + 1 if above else 0
    opening = _OPENING.match(text, begin)
    if opening is None:
        return _ruled(text, begin, name) or _unfenced(text, name)
    fence, start = opening[1], opening.end()
    first = text.count("\n", 0, start) + 1
    closing = _FENCES[fence].search(text, start) or _like(fence, text, start)
    source = text[start : closing.start() if closing else start + LIMIT_BYTES]
    lines = source.split("\n")
    top = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    if not (fence in _KEYED and _KEYED[fence].match(top)) and not (
        closing
        and (
            not source.strip()
            or _in_braces(source)
            or (fence != ";;;" and header_lines.looks_like_header(lines[: LIMIT_BYTES // 8]))
        )
    ):
        return Header(name), text
    if closing is None:
        raise SeedError(name, f"header line {first - 1}: no line of {fence} ends the header.", "E_META")
    if len(source.encode("utf-8", "replace")) > LIMIT_BYTES:
        raise SeedError(name, f"header line {first - 1}: the header is longer than 16 KiB.", "E_META")
    fields = _fields(source, name, fence, first)
    return Header(name, fields, source, first), text[closing.end() :].removeprefix("\n")


def _like(fence: str, text: str, start: int) -> re.Match[str] | None:
    """The first line that looks like this fence."""
    return re.compile(rf"^[{_UNSEEN}]*{re.escape(fence)}[{_UNSEEN}]*$", re.MULTILINE).search(text, start)


def _ruled(text: str, begin: int, name: str) -> tuple[Header, str] | None:
    """The header and the text below it, if other lines of marks than the usual ones are its fences, and all its keys
    are known.
    """
    opening = _RULE.match(text, begin)
    if opening is None:
        return None
    start = opening.end() + 1
    closing = next((one for one in _RULE.finditer(text, start, start + LIMIT_BYTES) if one[1] == opening[1]), None)
    if closing is None:
        return None
    source = text[start : closing.start()]
    lines = source.split("\n")
    keyed = [found["key"] for line in lines if (found := header_lines.KEY_LINE.fullmatch(line))]
    if not header_lines.looks_like_header(lines) or not all(map(header_keys.of_a_text, keyed)):
        return None
    first = text.count("\n", 0, start) + 1
    return Header(name, _fields(source, name, "---", first), source, first), text[closing.end() :].removeprefix("\n")


def _in_braces(source: str) -> bool:
    """Whether this is one mapping in braces, as JSON or YAML write it, with a key that is known."""
    if not source.strip().startswith("{"):
        return False
    try:
        return any(map(header_keys.meaning, _yaml(source)))
    except (yaml.YAMLError, ValueError, RecursionError):
        return False


def _unfenced(text: str, name: str) -> tuple[Header, str]:
    if (remark := _WITHIN_REMARK.match(text)) and (commented := _commented(remark)):
        # Nikola writes the header so, and people do who do not want to see it.
        with suppress(Unclear):
            fields = header_lines.fields_of(commented)
            return Header(name, fields, "\n".join(commented), text.count("\n", 0, remark.start(1)) + 1), text[
                remark.end() :
            ]
    if text.lstrip()[:1] == "{" and (found := _json(text, name)):
        return found
    markdown = name.lower().endswith((".md", ".markdown"))
    if not markdown and not name.lower().endswith(".txt"):
        return Header(name), text
    try:
        lines = header_lines.above(text, markdown=markdown)
        if lines is None:
            whole, forwarded, cut = header_lines.without_mail_headers(text, mail=False)
            rest = header_lines.without_answers(whole, mail=forwarded)
            return Header(name, mail=rest != text, cut=cut or rest != whole), rest
    except Unclear as error:
        raise SeedError(name, f"{error.reason}. It is not published.", "E_KIND") from error
    source, before = text[lines.start : lines.end], text[: lines.start]
    # What is above is the heading, or the mark of a forwarded mail. The subject of a mail goes before a heading.
    heads = before.strip() and not (lines.mail and (lines.fields.get("title") or before.lstrip()[:1] != "#"))
    rest = before + text[lines.end :] if heads else text[lines.end :]
    if lines.mail:
        rest = header_lines.without_answers(header_lines.without_mail_headers(rest, mail=True)[0], mail=True)
    return Header(name, lines.fields, source, before.count("\n") + 1, lines.mail), rest.lstrip("\n")


def _commented(remark: re.Match[str]) -> list[str]:
    """The lines of a header within an HTML comment, [] if it is none. On one line, only what holds back counts."""
    known = (*KEYS, *header_keys.HOLDING) if "\n" in remark[0].strip() else header_keys.HOLDING
    lines = [line.removeprefix(".. ") for line in remark[1].split("\n")]
    lines = ["" if line.strip() in _FENCES else line for line in lines]
    keys = [found["key"] for line in lines if (found := header_lines.KEY_LINE.fullmatch(line.strip()))]
    return lines if any(header_keys.meaning(key) in known for key in keys) else []


def overlay(
    raw: RawEntry,
    header: Header,
    folders: tuple[str, ...],
    context: SeedContext,
    publication: Sequence[tuple[str, str]] = (),
) -> tuple[RawEntry, Front, tuple[Evidence, ...]]:
    """The entry with front matter's values in place of those from the text, the rest of the front matter, and evidence.

    folders: the names of the folders that contain the file, used as categories. publication: `Reading.publication`.
    Raises SeedError E_META, and E_HELD if it is in doubt whether the seed is for readers.
    """
    draft = header.flag("draft")
    said = _judged(header, raw, context, publication)
    held = "" if draft else said.held
    try:
        entry, front = _overlaid(raw, header, folders, context, said)
    except SeedError:
        if not draft and not held:
            raise
        # Whatever else is wrong with the header must not keep the published entry from being withdrawn.
        return raw, Front(id=header.word("id"), draft=True, held=held), ()
    front = replace(front, draft=draft or bool(held), held="" if draft else held or said.timed)
    return entry, front, tuple(_evidence(header, folders, entry))


def _overlaid(
    raw: RawEntry, header: Header, folders: tuple[str, ...], context: SeedContext, said: holding.Holding
) -> tuple[RawEntry, Front]:
    zone = context.zone
    header.check_filled_in()
    date, date_has_hour = header.moment("date", zone)
    if header.mail and date and date > context.first_seen:
        date = None  # a clock was wrong; a mail schedules nothing
    updated, _ = header.moment("updated", zone)
    day, day_has_hour = date, date_has_hour
    if not date and not said.dated:
        made, day_has_hour = header.created(zone)
        if not made and any(_OF_FILE.fullmatch(value.strip()) for _, value in header.moving("date")):
            made, day_has_hour = min(context.modified or context.first_seen, context.first_seen), True
        day = made if made and made <= context.first_seen else None
    published = day or max(said.dated, default=None)
    if day and not day_has_hour:
        # A day without an hour is dated noon, so that it is the same day in most time zones, unless noon is later than
        # the file's first sight.
        noon = datetime.combine(day.astimezone(zone), time(12), zone).astimezone(UTC)
        published = noon if noon <= context.first_seen else day
    authors = header.persons("author") + header.persons("authors") or raw.authors
    if not authors and context.author:
        authors = (Person(context.author),)
    entry = replace(
        raw,
        title=header.word("title") or raw.title,
        link=header.word("link") or raw.link,
        summary=header.word("summary") or raw.summary,
        summary_text=bool(header.word("summary")) or raw.summary_text,
        published=dates.rfc3339(published) if published else raw.published,
        updated=dates.rfc3339(updated) if updated else raw.updated,
        authors=tuple(dict.fromkeys(authors)),
        categories=_distinct(folders + header.words("categories") + header.words("tags") + raw.categories),
        language=header.word("lang") or raw.language or context.language,
        credit=header.word("credit") or raw.credit,
        image=header.word("image") or raw.image,
    )
    header.word("encoding")
    front = Front(
        id=header.word("id"),
        publish_at=max((moment for moment in (date, *said.not_before) if moment), default=None),
        expires=said.expires,
        updated=updated,
        warnings=(*said.warnings, *(_MOVES.format(*one) for key in _DATES for one in header.moving(key))),
    )
    return entry, front


def _judged(
    header: Header, raw: RawEntry, context: SeedContext, publication: Sequence[tuple[str, str]]
) -> holding.Holding:
    try:
        opening = (raw.title, *outer_lines(raw.content))
        # Of what says so, a line of two capitalised words is taken for names.
        signed = (("by-line", person.name) for person in raw.authors if holding_lines.verdict(person.name, context))
        title = header.word("title") or raw.title
        return holding.judge(header.fields, header.name, title, context, (*publication, *signed), opening, header.below)
    except SeedError as error:
        key, colon, message = error.message.partition(": ")
        if colon and key in header.fields:
            raise header.error(key, message, error.code) from error
        raise SeedError(header.name, error.message, error.code) from error


def _address_of(picture: Value) -> Value:
    """The address in what tools say of a picture: `{url: a.png, alt: A pier}`, or a list of pictures."""
    if isinstance(picture, list) and picture:
        return _address_of(picture[0])
    if isinstance(picture, dict):
        named = {str(name).lower(): part for name, part in picture.items()}
        return next((named[name] for name in _OF_PICTURE if isinstance(named.get(name), str) and named[name]), picture)
    return picture


def _evidence(header: Header, folders: tuple[str, ...], entry: RawEntry) -> Iterator[Evidence]:
    if folders:
        yield Evidence("categories", ", ".join(folders), "the folders that the file lies in")
    source = "the header of the mail" if header.mail else "front matter"
    if header.mail:
        yield Evidence("dropped", "who wrote the mail, and to whom", source)
    for key, words in header.fields.items():
        meant = header_keys.meaning(key)
        if meant == "created" and header.word("date"):
            continue
        field = _FIELDS.get(meant, "draft" if meant in header_keys.HOLDING else "")
        if field and (said := _flat(words)) not in _NOTHING:
            yield Evidence(field, entry.published if field == "published" else said, source, f"{key}: {said}")


# The field of an entry that each key of front matter sets.
_FIELDS = {
    "created": "published", "title": "title", "date": "published", "publish_at": "publish_at", "updated": "updated",
    "author": "authors", "authors": "authors", "tags": "categories", "categories": "categories", "lang": "language",
    "link": "link", "summary": "summary", "image": "image", "credit": "credit", "draft": "draft",
    "expires": "expires", "id": "id",
}  # fmt: skip


def _flat(value: Value) -> str:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return str(value) if parts is None else ", ".join(map(_flat, parts))


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Each name once, ignoring case, as it was first written."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    return tuple(first.values())


def _fields(source: str, name: str, fence: str, first: int) -> Mapping[str, Value]:
    """The fields of a fenced header: as strict YAML or TOML, else line by line as they are meant.

    first: the line of the file that the header begins in.
    """
    try:
        return _without_taxonomies(_toml(source) if fence == "+++" else _yaml(source))
    except _Refused as error:
        raise SeedError(name, f"header line {_line(error) + first}: {error.problem}.", "E_META") from error
    except RecursionError as error:
        raise SeedError(name, f"header line {first}: nested too deeply.", "E_META") from error
    except (yaml.YAMLError, ValueError):
        pass
    try:
        return {key: _storable(value) for key, value in header_lines.fields_of(source.split("\n")).items()}
    except Unclear as error:
        line = error.line + first - 1
        raise SeedError(name, f"header line {line}: {error.reason}.", "E_META") from error


def _without_taxonomies(fields: Mapping[str, Value]) -> Mapping[str, Value]:
    """The fields with tags, categories and authors on their own, which Zola keeps in a table."""
    table = fields.get("taxonomies")
    if not isinstance(table, dict):
        return fields
    known = {key: value for key, value in table.items() if header_keys.meaning(key) in _TAXONOMIES}
    rest = {key: value for key, value in table.items() if key not in known and not header_keys.of_a_page(key)}
    return {
        **known,
        **{key: value for key, value in fields.items() if value is not table},
        **({"taxonomies": rest} if rest else {}),
    }


class _Refused(yaml.MarkedYAMLError):
    """Valid YAML that is not allowed in front matter."""


class _Loader(yaml.BaseLoader):
    """Loads plain mappings, lists and words: nothing that builds objects, uses references or nests deeply."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it untyped
        reason = (
            "aliases (*name) are not read here"
            if isinstance(event, yaml.AliasEvent)
            else "anchors (&name) are not read here"
            if getattr(event, "anchor", None)
            else "tags (!name) are not read here"
            if getattr(event, "tag", None)
            else "nested too deeply"
            if self.depth >= _MAX_DEPTH
            else ""
        )
        if reason:
            raise _Refused(problem=reason, problem_mark=event.start_mark)
        self.depth += 1
        try:
            node = super().compose_node(parent, index)
        finally:
            self.depth -= 1
        if isinstance(node, yaml.MappingNode) and (key := _twice(node)):
            raise _Refused(problem=f"{key.value} is there twice; keep the one that counts", problem_mark=key.start_mark)
        return node


def _twice(node: yaml.MappingNode) -> yaml.Node | None:
    """A key that decides on publication, if it is there a second time."""
    seen: set[str] = set()
    for key, _ in node.value:
        name = str(key.value)  # of a list or a mapping, which may be a key in YAML, no name of ours
        if name in seen and header_keys.meaning(name) in header_keys.HOLDING:
            return key  # type: ignore[no-any-return]  # PyYAML's stubs leave it untyped
        seen.add(name)
    return None


def _line(error: yaml.MarkedYAMLError) -> int:
    return int(error.problem_mark.line) if error.problem_mark else 0


def _yaml(source: str) -> Mapping[str, Value]:
    """Raises YAMLError, RecursionError, and ValueError if it holds no keys."""
    fields = yaml.load(source, _Loader)  # noqa: S506  # a BaseLoader builds str, list and dict only
    if fields in (None, ""):
        return {}
    if not isinstance(fields, dict):
        raise ValueError("no keys")
    return {str(key).strip(): _storable(value) for key, value in fields.items()}


def _toml(source: str) -> Mapping[str, Value]:
    return {key.strip(): _storable(value) for key, value in tomllib.loads(source).items()}


def _json(text: str, name: str) -> tuple[Header, str] | None:
    """The header and the text below it, if an object of JSON with a key of ours opens the text, as Hugo reads it."""
    start = len(text) - len(text.lstrip())
    try:
        found, end = json.JSONDecoder().raw_decode(text[: start + LIMIT_BYTES], start)
    except (ValueError, RecursionError):
        return None
    fields = {key: _storable(value) for key, value in found.items()}
    if not any(map(header_keys.meaning, fields)):
        return None
    return Header(name, fields, text[start:end], text.count("\n", 0, start) + 1), text[end:].lstrip("\n")


def _storable(value: object) -> Value:
    """Strings, lists and tables; other TOML values as they would be written. Lone surrogates ("\\ud800") become "?"."""
    if isinstance(value, dict):
        return {str(key): _storable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_storable(part) for part in value]
    word = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return word.encode("utf-8", "replace").decode("utf-8")
