"""Front matter: what an author writes above a text, as YAML between `---` lines or TOML between `+++` lines.

Any text file may have it. People write it, so a mistake is an error with its line, and no half-read header is
published. Values are read as the words in the file: YAML's own types would turn the Norwegian `lang: no` into False and
a title of 2024 into a number. Aliases, anchors and tags are refused; a header may have up to 16 KiB.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, tzinfo
from typing import TypeAlias

import yaml

from feeds.errors import SeedError
from feeds.model import Person
from feeds.text import dates
from worker.model import Evidence, RawEntry
from worker.seeds.newswire.context import SeedContext

LIMIT_BYTES = 16 * 1024
KEYS = (
    *("id", "title", "date", "updated", "author", "authors", "tags", "categories", "lang", "link", "summary", "image"),
    *("draft", "publish_at", "expires", "credit", "encoding"),
)

Value: TypeAlias = "str | list[Value] | dict[str, Value]"

_YAML_FENCE = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_TOML_FENCE = re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE)
_OPENING = re.compile(r"(---|\+\+\+)[ \t]*\n")
_KEYED = {
    "---": re.compile(r"""^["']?[A-Za-z_][\w.-]*["']?[ \t]*:(?:[ \t\n]|$)""", re.MULTILINE),
    "+++": re.compile(r"""^["']?[A-Za-z_][\w.-]*["']?[ \t]*=""", re.MULTILINE),
}
_NOTHING = frozenset({"", "~", "null"})
_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})
_ADDRESS = re.compile(r"([^<>]+?)\s*<([^<>\s@]+@[^<>\s@]+)>")
_MAX_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Front:
    """What front matter says that is not part of the entry.

    id: as written, "" if missing; it replaces the minted one. publish_at: not before that moment (the later of
    `publish_at` and `date`). expires: withdrawn from then on. warnings: unknown keys.
    """

    id: str = ""
    draft: bool = False
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
    """Front matter as written: fields by key, in the words of the file. source: its text, to find line numbers."""

    name: str
    fields: Mapping[str, Value] = field(default_factory=dict)
    source: str = ""

    def error(self, key: str, message: str) -> SeedError:
        found = re.search(rf"""^["']?{re.escape(key)}["']?[ \t]*[:=]""", self.source, re.MULTILINE)
        line = self.source.count("\n", 0, found.start()) + 2 if found else 1
        return SeedError(self.name, f"header line {line}: {key}: {message}", "E_META")

    def word(self, key: str) -> str:
        """A scalar on one line, "" if missing."""
        value = self.fields.get(key, "")
        if not isinstance(value, str):
            raise self.error(key, "one value is expected, not a list or a table.")
        return "" if value in _NOTHING else " ".join(value.split())

    def words(self, key: str) -> tuple[str, ...]:
        """A list, or one line with commas."""
        value = self.fields.get(key, "")
        parts = value if isinstance(value, list) else value.split(",") if isinstance(value, str) else None
        if parts is None or not all(isinstance(part, str) for part in parts):
            raise self.error(key, "a list of words is expected.")
        folded = (" ".join(part.split()) for part in parts if isinstance(part, str))
        return tuple(part for part in folded if part not in _NOTHING)

    def persons(self, key: str) -> tuple[Person, ...]:
        value = self.fields.get(key, "")
        return tuple(
            person for part in (value if isinstance(value, list) else [value]) if (person := self._person(key, part))
        )

    def flag(self, key: str) -> bool:
        word = self.word(key).lower()
        if word and word not in _YES | _NO:
            raise self.error(key, "true or false is expected.")
        return word in _YES

    def moment(self, key: str, zone: tzinfo) -> tuple[datetime | None, bool]:
        """The moment in UTC, and whether an hour was stated; otherwise it is the start of the day in `zone`."""
        word = self.word(key)
        if not word:
            return None, False
        moment = None if word.isdigit() else dates.parse(word, zone)
        if moment is None:
            raise self.error(key, f"{word!r} is no date; write it as 2024-12-16 or 2024-12-16 08:30.")
        return moment, ":" in word

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


def split(text: str, name: str) -> tuple[Header, str]:
    """The front matter and the text below it; an empty header if there is none. Lines end with "\\n".

    A line of `---` without a `key:` line below it is a rule in the text, not front matter. Raises SeedError E_META.
    """
    opening = _OPENING.match(text)
    if opening is None:
        return Header(name), text
    fence, start = opening[1], opening.end()
    closing = (_YAML_FENCE if fence == "---" else _TOML_FENCE).search(text, start)
    source = text[start : closing.start() if closing else start + LIMIT_BYTES]
    first = next((line for line in source.split("\n") if line.strip() and not line.startswith("#")), "")
    if not _KEYED[fence].match(first) and not (closing and not source.strip()):
        return Header(name), text
    if closing is None:
        raise SeedError(name, f"header line 1: no line of {fence} ends the header.", "E_META")
    if len(source.encode("utf-8", "replace")) > LIMIT_BYTES:
        raise SeedError(name, "header line 1: the header is longer than 16 KiB.", "E_META")
    fields = _yaml(source, name) if fence == "---" else _toml(source, name)
    return Header(name, fields, source), text[closing.end() :].removeprefix("\n")


def overlay(
    raw: RawEntry, header: Header, folders: tuple[str, ...], context: SeedContext
) -> tuple[RawEntry, Front, tuple[Evidence, ...]]:
    """The entry with front matter's values in place of those from the text, the rest of the front matter, and evidence.

    folders: the names of the folders that contain the file, used as categories. Raises SeedError E_META.
    """
    zone = context.zone
    date, date_has_hour = header.moment("date", zone)
    publish_at, _ = header.moment("publish_at", zone)
    expires, _ = header.moment("expires", zone)
    updated, _ = header.moment("updated", zone)
    published = date or publish_at
    if date and not date_has_hour:
        # A day without an hour is dated noon, so that it is the same day in most time zones, unless noon is later than
        # the file's first sight.
        noon = datetime.combine(date.astimezone(zone), time(12), zone).astimezone(UTC)
        published = noon if noon <= context.first_seen else date
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
    unknown = sorted(set(header.fields).difference(KEYS))
    front = Front(
        id=header.word("id"),
        draft=header.flag("draft"),
        publish_at=max((moment for moment in (date, publish_at) if moment), default=None),
        expires=expires,
        updated=updated,
        warnings=tuple(f"front matter key {key!r} is not known and was ignored." for key in unknown),
    )
    return entry, front, tuple(_evidence(header, folders, entry))


# The field of an entry that each key of front matter sets.
_FIELDS = {
    "title": "title", "date": "published", "publish_at": "publish_at", "updated": "updated", "author": "authors",
    "authors": "authors", "tags": "categories", "categories": "categories", "lang": "language", "link": "link",
    "summary": "summary", "image": "image", "credit": "credit", "draft": "draft", "expires": "expires", "id": "id",
}  # fmt: skip


def _evidence(header: Header, folders: tuple[str, ...], entry: RawEntry) -> Iterator[Evidence]:
    if folders:
        yield Evidence("categories", ", ".join(folders), "the folders that the file lies in")
    for key, words in header.fields.items():
        if key in _FIELDS and (said := _flat(words)) not in _NOTHING:
            field = _FIELDS[key]
            yield Evidence(field, entry.published if field == "published" else said, "front matter", f"{key}: {said}")


def _flat(value: Value) -> str:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return str(value) if parts is None else ", ".join(map(_flat, parts))


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Each name once, ignoring case, as it was first written."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    return tuple(first.values())


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
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def _yaml(source: str, name: str) -> Mapping[str, Value]:
    try:
        fields = yaml.load(source, _Loader)  # noqa: S506  # a BaseLoader builds str, list and dict only
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "no YAML"
        raise SeedError(name, f"header line {mark.line + 2 if mark else 1}: {reason}.", "E_META") from error
    if fields in (None, ""):
        return {}
    if not isinstance(fields, dict):
        raise SeedError(name, "header line 2: lines of the form `key: value` are expected.", "E_META")
    return {str(key).strip().lower(): _storable(value) for key, value in fields.items()}


def _toml(source: str, name: str) -> Mapping[str, Value]:
    try:
        fields = tomllib.loads(source)
    except RecursionError as error:
        raise SeedError(name, "header line 2: nested too deeply.", "E_META") from error
    except ValueError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        reason = re.sub(r" \(at .*", "", str(error))
        raise SeedError(name, f"header line {int(place[1]) + 1 if place else 1}: {reason}.", "E_META") from error
    return {key.strip().lower(): _storable(value) for key, value in fields.items()}


def _storable(value: object) -> Value:
    """Strings, lists and tables; other TOML values as they would be written. Lone surrogates ("\\ud800") become "?"."""
    if isinstance(value, dict):
        return {str(key): _storable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_storable(part) for part in value]
    word = str(value).lower() if isinstance(value, bool) else str(value)
    return word.encode("utf-8", "replace").decode("utf-8")
