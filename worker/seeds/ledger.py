"""The ledger `ids.toml`: the id that each seed was published under, and when it was first seen.

Everything else can be rebuilt from seeds and sources, but not this, so it is kept beside the operator's files, sorted
and with one value a line for version control. An unreadable ledger is an error, never a reason to mint new ids: every
subscriber would get every entry again.
"""

import glob
import hashlib
import json
import os
import tempfile
import time
import tomllib
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feeds.errors import FaultError, SeedError, describe_fault
from feeds.store.moments import TOLERATED
from feeds.text import dates, plaintext, urls

_HEADER = """\
# Seedfeed keeps here under which ids your seeds and sources were first published, and when.
# It is written by the program: keep it, back it up, put it under version control. Without it
# every entry would get a new id, and every subscriber would see everything again.
"""
_KEPT_SLUGS = frozenset({"seeds"})
_LONGEST_STEM = 53
# In the names of files that take the place of others once they are complete.
_DRAFT = ".seedfeed-draft-"
_ABANDONED_SECONDS = 3600
_NOTHING_READ = "Nothing is read until then, since every entry would get a new id without it"


@dataclass(frozen=True, slots=True)
class SeedRecord:
    """One seed. id: urn:uuid, from the site's id and the key. key: its first path, with a counter if that was taken.

    path: where the file is now, "" if another story has taken it. digest: SHA-256 of the file. first_seen: never
    changes. updated: time of the last substantive change. deleted: since when the file is gone, None while it exists.
    earlier: digests that the file had before, as far as other files had them when it was edited: they are copies of it.
    """

    id: str
    key: str
    path: str
    digest: str
    first_seen: datetime
    updated: datetime
    deleted: datetime | None = None
    earlier: tuple[str, ...] = ()

    def moments(self) -> list[datetime]:
        return [self.first_seen, self.updated, *([self.deleted] if self.deleted else [])]

    def without_future(self, now: datetime) -> "SeedRecord":
        if max(self.moments()) <= now + TOLERATED:
            return self
        deleted = min(self.deleted, now) if self.deleted else None
        return replace(self, first_seen=min(self.first_seen, now), updated=min(self.updated, now), deleted=deleted)


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One source. slug: names its feed. key: minted when it was added; the ids of its entries derive from it.

    url: as written in the list of subscriptions. adopted: where it has moved since, or "".
    """

    slug: str
    key: str
    url: str
    adopted: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Seeds by id, sources by slug, category slugs by name. Ids, keys and slugs never change once published."""

    site_id: str
    seeds: Mapping[str, SeedRecord] = field(default_factory=dict)
    sources: Mapping[str, SourceRecord] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)

    def with_seed(self, record: SeedRecord) -> "Ledger":
        return replace(self, seeds={**self.seeds, record.id: record})

    def with_source(self, record: SourceRecord) -> "Ledger":
        return replace(self, sources={**self.sources, record.slug: record})

    def with_category(self, name: str, slug: str) -> "Ledger":
        return replace(self, categories={**self.categories, name: slug})

    def without_future(self, now: datetime) -> "Ledger":
        """The ledger with `now` in place of moments that have not come yet: a clock was ahead when it was written."""
        seeds = {id_: record.without_future(now) for id_, record in self.seeds.items()}
        return self if seeds == self.seeds else replace(self, seeds=seeds)

    def moments(self) -> Iterator[datetime]:
        """The moments at which something happened to seeds."""
        for record in self.seeds.values():
            yield from record.moments()

    def category_slug(self, name: str) -> str:
        """The slug of a category, a free one if the name is new. Names that differ only in case share a slug."""
        folded = {known.casefold(): slug for known, slug in self.categories.items()}
        taken = frozenset(self.categories.values())
        return folded.get(name.casefold()) or _free(plaintext.slug(name), name, lambda slug: slug in taken)


class SourceIndex:
    """The sources of a ledger by address, so that a list of many is taken in with one look-up for each.

    records: by slug, as they are with those that were put since.
    """

    def __init__(self, records: Mapping[str, SourceRecord]) -> None:
        self.records: dict[str, SourceRecord] = {}
        # Slugs of records that have, or had, an address; whether they still have it is asked of the record.
        self._by_url: defaultdict[str, list[str]] = defaultdict(list)
        # Made for the first address that is not known as it is written: a list that has not changed has none.
        self._by_key: defaultdict[str, list[str]] | None = None
        for record in records.values():
            self.put(record)

    def put(self, record: SourceRecord) -> None:
        """Adds a record, or replaces the one of its slug."""
        self.records[record.slug] = record
        for url in {record.url, record.adopted} - {""}:
            self._by_url[url].append(record.slug)
            if self._by_key is not None:
                self._by_key[urls.feed_key(url)].append(record.slug)

    def at(self, url: str) -> SourceRecord | None:
        """The source that a list refers to by this URL: its original address, where it has moved, or
        another spelling.
        """
        records = [self.records[slug] for slug in self._by_url.get(url, ())]
        exact = next((record for record in records if url == record.url), None)
        moved = next((record for record in records if url == record.adopted), None)
        if exact or moved:
            return exact or moved
        # http instead of https, or a slash at the end, is the same source; as a new one it would bring all its entries
        # again.
        if self._by_key is None:
            self._by_key = defaultdict(list)
            for known, slugs in self._by_url.items():
                self._by_key[urls.feed_key(known)] += slugs
        key = urls.feed_key(url)
        records = [self.records[slug] for slug in self._by_key.get(key, ())]
        return next((one for one in records if key in map(urls.feed_key, (one.url, one.adopted))), None)

    def slug(self, title: str, url: str) -> str:
        """A free slug for a new source, made from its title or else its host."""
        return _free(plaintext.slug(title or urls.host(url) or url), url, lambda slug: slug in self.records)


def mint_site_id() -> str:
    return uuid.uuid4().urn


def mint_seed_id(site_id: str, key: str) -> str:
    """The id of a seed: urn:uuid version 5 (RFC 9562 §5.5) of the site's UUID and the seed's key."""
    return uuid.uuid5(uuid.UUID(site_id), key).urn


def load(path: Path, fallback: Path) -> Ledger | None:
    """The ledger at `path`, or None if there is none yet.

    `fallback` is where it is saved while seeds/ cannot be written, so a fallback of the same site is the newer one.
    Delete it once `path` can be saved again. Raises SeedError E_IDS if either file is damaged or unreadable.
    """
    kept, spare = _read(path), _read(fallback)
    return spare if spare and (kept is None or kept.site_id == spare.site_id) else kept


def dump(ledger: Ledger) -> str:
    """The ledger as TOML; equal ledgers give equal text."""
    tables = [f"{_HEADER}\nsite = {_quoted(ledger.site_id)}"]
    if ledger.categories:
        lines = (f"{_quoted(name)} = {_quoted(slug)}" for name, slug in sorted(ledger.categories.items()))
        tables.append("\n".join(("[categories]", *lines)))
    for source in sorted(ledger.sources.values(), key=lambda record: record.slug):
        table = {"key": source.key, "url": source.url, "adopted": source.adopted or None}
        tables.append(_table(f"sources.{_quoted(source.slug)}", table))
    for seed in sorted(ledger.seeds.values(), key=lambda record: record.key):
        values: dict[str, str | datetime | None] = {
            "id": seed.id,
            "path": seed.path,
            "digest": seed.digest,
            "first_seen": seed.first_seen,
            "updated": seed.updated,
            "deleted": seed.deleted,
            "earlier": " ".join(seed.earlier) or None,
        }
        tables.append(_table(f"seeds.{_quoted(seed.key)}", values))
    return "\n\n".join(tables) + "\n"


def save(path: Path, content: str | bytes, mode: int = 0o777) -> None:
    """Saves the ledger atomically: after a crash either the old or the new version is there, complete. Raises OSError.

    mode: upper limit for the file's permissions. A link stays one: what it points to is replaced.
    """
    path = path.resolve()
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}{_DRAFT}", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123  # a descriptor, not a path
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fchmod(file.fileno(), _mode(path) & mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sweep(path: Path) -> None:
    """Removes what a process that was killed left of saving this ledger. Only for those who alone may save it."""
    path = path.resolve()
    for left in path.parent.glob(f".{glob.escape(path.name)}{_DRAFT}*"):
        left.unlink(missing_ok=True)


def sweep_lists(seeds: Path) -> None:
    """The same for lists of subscriptions, which commands write at any moment: what is fresh may be in use."""
    for left in seeds.rglob(f".*.opml{_DRAFT}*"):
        if time.time() - left.lstat().st_mtime > _ABANDONED_SECONDS:
            left.unlink(missing_ok=True)


def _mode(path: Path) -> int:
    """The permissions of the file being replaced, or those that the folder implies, since mkstemp makes it private."""
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        return path.parent.stat().st_mode & 0o666


def _free(slug: str, hashed: str, taken: Callable[[str], bool]) -> str:
    if slug not in _KEPT_SLUGS and not taken(slug):
        return slug
    stem = slug[:_LONGEST_STEM].rstrip("-")
    return next(minted for minted in (f"{stem}-{digits}" for digits in _digits(hashed)) if not taken(minted))


def _digits(hashed: str) -> Iterator[str]:
    """Six hex digits of the text's hash, then others in case those are taken."""
    while True:
        yield (digest := hashlib.sha256(hashed.encode("utf-8", "replace")).hexdigest())[:6]
        hashed = digest


def _table(name: str, values: Mapping[str, str | datetime | None]) -> str:
    lines = (
        f"{key} = {dates.rfc3339(value) if isinstance(value, datetime) else _quoted(value)}"
        for key, value in values.items()
        if value is not None
    )
    return "\n".join((f"[{name}]", *lines))


def _quoted(value: str) -> str:
    """A TOML basic string (TOML 1.0): escaped as JSON, plus DEL, which JSON does not escape."""
    return json.dumps(value.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")


def _read(path: Path) -> Ledger | None:
    try:
        content = path.read_bytes().decode("utf-8-sig")
        fields = tomllib.loads(content)
    except FileNotFoundError:
        return None
    except OSError as error:
        # The file may be sound: an earlier copy in its place would lose what it holds.
        raise FaultError(f"{_unreadable(path, error)}. {_NOTHING_READ}") from error
    except UnicodeDecodeError as error:
        line = 1 + error.object.count(b"\n", 0, error.start)
        raise _damaged(path, f"line {line}: not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        last = content.count("\n") + 1
        raise _damaged(path, str(error).replace("at end of document", f"at line {last}, the end")) from error
    except (RecursionError, ValueError) as error:
        raise _damaged(path, "this was never a ledger") from error
    return _Tables(path, content).ledger(fields)


def _unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, IsADirectoryError):
        return f"{path}: it is a directory; move that away, and put the file in its place"
    if isinstance(error, PermissionError):
        return f"{path}: it cannot be read; make it readable for the user that runs Seedfeed"
    return describe_fault(error, path)


def _damaged(path: Path, reason: str) -> SeedError:
    mending = "Mend it, or put back an earlier copy (from a backup or version control)"
    return SeedError(str(path), f"{reason}. {mending}. {_NOTHING_READ}.", "E_IDS")


@dataclass(frozen=True, slots=True)
class _Tables:
    """Reads typed values from tables; an error names the line of the table."""

    path: Path
    content: str

    def ledger(self, fields: Mapping[str, Any]) -> Ledger:
        site_id = self._string(fields, "site", "")
        try:
            uuid.UUID(site_id)
        except ValueError as error:
            raise self._error("", f"site: {site_id!r} is no urn:uuid") from error
        seeds = [self._seed(key, table) for key, table in self._tables(fields, "seeds")]
        sources = [
            SourceRecord(
                slug,
                self._string(table, "key", name),
                self._string(table, "url", name),
                self._string(table, "adopted", name) if "adopted" in table else "",
            )
            for slug, table in self._tables(fields, "sources")
            for name in [f"sources.{_quoted(slug)}"]
        ]
        categories = fields.get("categories", {})
        if not isinstance(categories, dict):
            raise self._error("categories", "a table is expected")
        if len({seed.id for seed in seeds}) < len(seeds):
            raise self._error("", "two seeds have the same id")
        return Ledger(
            site_id,
            {seed.id: seed for seed in seeds},
            {source.slug: source for source in sources},
            {name: self._string(categories, name, "categories") for name in categories},
        )

    def _seed(self, key: str, table: Mapping[str, Any]) -> SeedRecord:
        name = f"seeds.{_quoted(key)}"
        return SeedRecord(
            id=self._string(table, "id", name),
            key=key,
            path=self._string(table, "path", name),
            digest=self._string(table, "digest", name),
            first_seen=self._moment(table, "first_seen", name),
            updated=self._moment(table, "updated", name),
            deleted=self._moment(table, "deleted", name) if "deleted" in table else None,
            earlier=tuple(self._string(table, "earlier", name).split()) if "earlier" in table else (),
        )

    def _tables(self, fields: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        tables = fields.get(name, {})
        if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
            raise self._error(name, "tables are expected")
        yield from tables.items()

    def _string(self, table: Mapping[str, Any], key: str, name: str) -> str:
        value = table.get(key)
        if not isinstance(value, str):
            raise self._error(name, f"{key}: a text in quotes is expected")
        return value

    def _moment(self, table: Mapping[str, Any], key: str, name: str) -> datetime:
        value = table.get(key)
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise self._error(name, f"{key}: a moment such as 2024-12-16T05:00:00Z is expected")
        return value.astimezone(UTC)

    def _error(self, name: str, reason: str) -> SeedError:
        place = self.content.find(f"[{name}") if name else 0
        line = 1 + self.content.count("\n", 0, max(place, 0))
        return _damaged(self.path, f"line {line}: [{name}] {reason}" if name else f"line {line}: {reason}")
