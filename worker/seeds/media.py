"""Files that articles refer to: found below seeds/, copied to data/media, and replaced by URLs.

Nothing outside seeds/ is read, nothing through a link, and nothing that the operator keeps private. A missing file is
left out of the article and reported; when it appears, the article is read again. URLs are stored under a host that does
not exist and published under base_url, so a new base_url changes no entry.
"""

import hashlib
import html
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from feeds.errors import SeedError
from feeds.model import Enclosure
from feeds.store import Store, Transaction, facts
from feeds.store.media import Copy
from feeds.text.plaintext import slug
from feeds.text.urls import LOCAL
from worker.model import Reading
from worker.seeds.file_names import KEPT, ignored
from worker.seeds.metadata import Unreadable, without_metadata
from worker.seeds.scan import Scan, read_file, within

MOST_BYTES = 2 * 2**30
# Of how copies are made: copies of another version are made again.
VERSION = "2"
# Days that a copy is kept after the last entry stops showing it: feed readers and caches may still ask for it.
KEPT_DAYS = 7
_HASH_CHARACTERS = 32
_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")
_SOUNDS = (".mp3", ".m4a", ".ogg", ".oga", ".opus", ".flac", ".wav", ".mp4", ".m4v", ".webm", ".mov")
_TAG = re.compile(r"<(img|a|source|video|audio|blockquote|q|ins|del)\s(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_ALT = re.compile(r"""\salt\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+)""", re.IGNORECASE)
_SHOWN = re.compile(r"/media/([0-9a-f]{32})/([a-z0-9.-]+)")
_ATTRIBUTE = re.compile(r"""\s(src|href|poster|data-src|cite)\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+)""", re.IGNORECASE)
_SRC = re.compile(r"""\s(?:data-)?src\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+)""", re.IGNORECASE)
_SET = re.compile(r"""\s(?:[\w-]+-)?srcset\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+)""", re.IGNORECASE)
_ABSOLUTE = re.compile(r"(?i)[a-z][a-z0-9+.-]*:|//|#|\?|$")
_NO_PICTURE = re.compile(
    rf'\ssrc="({re.escape(LOCAL)}/media/[0-9a-f]+/([a-z0-9.-]+?)(?<!\.jpg|\.png|\.gif)(?<!\.jpeg|\.webp|\.avif))"'
)
_MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Attached:
    """An article with its references replaced by URLs. problems: code and sentence for each file that could not be
    attached.

    failed: whether a file could not be copied now but may be later.
    """

    reading: Reading
    problems: tuple[tuple[str, str], ...]
    failed: bool


@dataclass(slots=True)
class Media:
    """The media of one home. Call `affected` first, then `attach` for each article, then `save` in the transaction.

    page_of: the page of the entry made from a seed file, "" if it is not public.
    """

    store: Store
    seeds: Path
    folder: Path
    page_of: Callable[[str], str]
    _seen: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    _before: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    _copies: dict[str, Copy] = field(default_factory=dict)
    _fresh: dict[str, Copy] = field(default_factory=dict)
    _references: dict[str, set[str]] = field(default_factory=dict)
    _by_key: dict[str, str] = field(default_factory=dict)
    _by_stem: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _total: int | None = None

    def restore(self, now: datetime) -> None:
        """Has copies made again that entries show and that are missing, or that an older version made otherwise."""
        shown = set(_SHOWN.findall(self.store.media.shown()))
        gone = {digest for digest, name in shown if not (self.folder / digest / name).is_file()}
        outdated, failed = self.store.facts.get(facts.MEDIA_VERSION) != VERSION, False
        if outdated:
            changed, failed = self._without_metadata()
            gone |= changed
        if gone or outdated:
            with self.store.transaction() as transaction:
                self.store.media.forget_copies(transaction, gone)
                self.store.media.read_again(transaction, gone, now)
                self.store.facts.put(transaction, facts.MEDIA_VERSION, "" if failed else VERSION)

    def _without_metadata(self) -> tuple[set[str], bool]:
        """Takes metadata out of the copies where they are, until articles show others.

        Returns their hashes, and whether the disk failed for one, which is tried again.
        """
        changed, failed = set(), False
        for place in filter(Path.is_file, self.folder.glob("*/*")):
            try:
                body = _published(place.name, place.read_bytes())
                if body is None:
                    place.unlink()
                elif _digest(body) != place.parent.name:
                    _write(place, body)
                else:
                    continue
                changed.add(place.parent.name)
            except OSError:
                failed = True
        return changed, failed

    def affected(self, scan: Scan, known: Iterable[str]) -> set[str]:
        """Known seeds to read again because a file beside them appeared, changed or vanished."""
        self._before = self.store.media.files()
        # A file that is being written or is out of reach counts as unchanged.
        waiting, unseen = frozenset(scan.settling), within(scan.unread)
        kept = {path: state for path, state in self._before.items() if path in waiting or unseen(path)}
        self._seen = seen = {**kept, **scan.media}
        self._fresh.clear()
        self._references.clear()
        self._total = None
        if self._seen == self._before:
            return set()
        self._index()
        changed = {path for path in {*seen, *self._before} if seen.get(path) != self._before.get(path)}
        stems = {_stem(path) for path in changed}
        beside = {path for path in known if _stem(path) in stems}
        return (self.store.media.referring(map(key, changed)) | beside).intersection(known)

    def wanted(self, path: str) -> bool:
        """Whether an article refers to this file."""
        wanted = key(path)
        return any(wanted in keys for keys in self._references.values()) or bool(self.store.media.referring([wanted]))

    def linking(self, paths: Iterable[str]) -> set[str]:
        """Seeds that link to one of these."""
        return self.store.media.referring(map(key, paths)) if paths else set()

    @property
    def changed(self) -> bool:
        """Whether `save` has anything to write."""
        return bool(self._references or self._fresh) or self._seen != self._before

    def save(self, transaction: Transaction) -> None:
        """Writes what was found and copied."""
        if self._seen != self._before:
            changed = {path: state for path, state in self._seen.items() if self._before.get(path) != state}
            self.store.media.put_files(transaction, changed, self._before.keys() - self._seen.keys())
        self.store.media.put_copies(transaction, self._fresh)
        self._copies.update(self._fresh)
        for seed, keys in self._references.items():
            self.store.media.put_references(transaction, seed, keys)
        self._before = self._seen

    def attach(self, seed: str, reading: Reading, id_: str, *, insist: bool = False) -> Attached:
        """The reading with its references replaced by URLs. id_: of its entry, which keeps the copies that it shows of
        files that cannot be copied now. insist: raises OSError for those instead.
        """
        if not self._by_key and self._seen:
            self._index()
        work = _Article(self, seed, reading, id_, insist)
        entry = reading.entry
        content = _TAG.sub(work.tag, entry.content) if "<" in entry.content else entry.content
        image = work.url(entry.image) if entry.image else ""
        enclosures = list(entry.enclosures)
        # Audio and video first: RSS has one enclosure, and for a podcast that must be the sound.
        beside = sorted(self._by_stem.get(_stem(seed), ()), key=lambda path: (_suffix(path) in _PICTURES, path))
        for path in beside:
            if copy := work.copy(path):
                enclosures.append(Enclosure(_url(copy), "", self._path(copy).stat().st_size))
                image = image or (_url(copy) if _suffix(path) in _PICTURES else "")
        self._references[seed] = work.keys
        missing = list(dict.fromkeys(work.missing))
        shown = ", ".join(missing[:_MOST_SHOWN]) + (
            f" and {len(missing) - _MOST_SHOWN} more" if len(missing) > _MOST_SHOWN else ""
        )
        unattached = (
            [("W_MEDIA", f"refers to {shown}, of which there is no plain file up to 20 MiB in seeds/; it is left out.")]
            if missing
            else []
        )
        made = replace(entry, content=content, image=image, enclosures=tuple(enclosures))
        problems = (*dict.fromkeys(work.problems), *unattached)
        return Attached(replace(reading, entry=made, embedded=()), problems, work.failed)

    # Copies

    def _index(self) -> None:
        self._copies = self.store.media.copies()
        self._by_key = {key(path): path for path in sorted(self._seen, reverse=True)}
        self._by_stem = {}
        for path in self._seen:
            if _suffix(path) in (*_PICTURES, *_SOUNDS):
                self._by_stem.setdefault(_stem(path), []).append(path)

    def find(self, path: str) -> str:
        """The file that a path means: the exact name, else one that differs in case or accents; "" if
        neither exists.
        """
        return path if path in self._seen else self._by_key.get(key(path), "")

    def copy_of(self, path: str) -> Copy:
        """The copy of a file below seeds/, made on first use. Raises SeedError, OSError."""
        state = self._seen[path]
        known = self._fresh.get(path) or self._copies.get(path)
        if known and (known.size, known.mtime_ns) == state and self._path(known).is_file():
            return known
        body = read_file(self.seeds, path)
        copy = self.keep(PurePosixPath(path).name, body, state[1])
        self._fresh[path] = copy
        return copy

    def keep(self, name: str, body: bytes, mtime_ns: int = 0) -> Copy:
        """Writes bytes, without what a device noted in them, under their hash; completely or not at all.

        Raises SeedError E_MEDIA if the media budget is used up, W_MEDIA for a picture that cannot be published.
        """
        size, published = len(body), _published(_safe(name), body)
        if published is None:
            message = "may say where and by whom it was made, and that cannot be taken out; it is left out."
            raise SeedError(name, f"{message} Save it anew as JPEG, PNG or WebP.", "W_MEDIA")
        body = published
        copy = Copy(size, mtime_ns, _digest(body), _safe(name))
        place = self._path(copy)
        if place.is_file():
            os.utime(place)
            return copy
        if self._total is None:
            self._total = sum(path.stat().st_size for path in self.folder.glob("*/*") if path.is_file())
        if len(body) + self._total > MOST_BYTES:
            raise SeedError(name, "has no room: data/media holds 2 GiB already.", "E_MEDIA")
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(place, body)
        self._total += len(body)
        return copy

    def has(self, copy: Copy) -> bool:
        return self._path(copy).is_file()

    def _path(self, copy: Copy) -> Path:
        return self.folder / copy.hash / copy.name

    def sweep(self, now: float) -> int:
        """Removes copies that no published entry has shown for KEPT_DAYS; returns how many. now: seconds since 1970."""
        if not self.folder.is_dir():
            return 0
        shown, count, swept = self.store.media.shown(), 0, set()
        oldest = now - KEPT_DAYS * 86400
        for place in self.folder.iterdir():
            if f"/media/{place.name}/" in shown:
                continue
            for path in place.glob("*"):
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    count += 1
                    swept.add(place.name)
            if not any(place.iterdir()):
                place.rmdir()
        if swept:
            with self.store.transaction() as transaction:
                self.store.media.forget_copies(transaction, swept)
        return count


class _Article:
    """The references of one article. keys: of the files that it refers to, existing or not.

    id_, insist: see `attach`.
    """

    def __init__(self, media: Media, seed: str, reading: Reading, id_: str, insist: bool) -> None:
        self.media, self.seed, self.id, self.insist = media, seed, id_, insist
        self.failed = False
        self.embedded = {one.name: one for one in reading.embedded}
        self.elsewhere = bool(reading.entry.base)
        self.keys: set[str] = set()
        self.missing: list[str] = []
        self.problems: list[tuple[str, str]] = []

    def tag(self, tag: re.Match[str]) -> str:
        name, written, missing = tag[1].lower(), tag[0], len(self.missing)
        if name == "img":
            from worker.entries.substitutes import loaded

            written = loaded(written)
            if first := _SRC.search(written):  # of several addresses the first counts
                written = written[: first.end()] + _SRC.sub("", written[first.end() :])
        made = _ATTRIBUTE.sub(self._attribute, written)
        if name in ("img", "source") and not self.elsewhere:
            made = _SET.sub("", made)  # its picture is the src by now
        if name == "img" and (drawn := _NO_PICTURE.search(made)):
            # SVG may contain scripts and is sent as an attachment: it gets a link, since an <img> would stay empty.
            words = alt[1].strip("\"'") if (alt := _ALT.search(made)) else ""
            return f'<a href="{drawn[1]}">{words or drawn[2]}</a>'
        if name == "img" and len(self.missing) > missing and not _SRC.search(made):
            return alt[1].strip("\"'") if (alt := _ALT.search(made)) else ""  # the picture's alternative text
        return made

    def _attribute(self, found: re.Match[str]) -> str:
        name, written = found[1], found[2]
        value = html.unescape(written[1:-1] if written[0] in "\"'" else written).strip()
        if _ABSOLUTE.match(value) and value not in self.embedded:
            return found[0]
        url = self.url(value, link=name.lower() == "href")
        return f' {name}="{html.escape(url)}"' if url else ""

    def url(self, value: str, *, link: bool = False) -> str:
        """What to write for a reference: its URL; the reference itself if it is not a file of ours; "" if the file is
        missing.
        """
        if one := self.embedded.get(value):
            name = one.name.partition(":")[2]
            return self._url_or_nothing(self._copy(lambda: self.media.keep(name, one.body), value, name))
        if _ABSOLUTE.match(value):
            return value
        path = self._below(value)
        found = self.media.find(path) if path else ""
        if path:
            self.keys.add(key(path))
        if found:
            return self._url_or_nothing(self._copy(lambda: self.media.copy_of(found), value, found))
        if link and path and (page := self.media.page_of(path)):
            return page
        if self.elsewhere:
            return value
        self.missing.append(value)
        return ""

    def copy(self, path: str) -> Copy | None:
        return self._copy(lambda: self.media.copy_of(path), path, path)

    def _copy(self, make: Callable[[], Copy], said: str, path: str) -> Copy | None:
        """A copy of a file. If it cannot be made now, the one that the published entry shows, if it does; the failure
        is noted, with what the article says for the file.
        """
        try:
            return make()
        except SeedError as error:
            lasting = error.code != "E_MEDIA"  # there may be space later
            former = None if lasting else self._former(path)
            self.failed |= not lasting
            self.problems.append(("W_MEDIA" if lasting else error.code, f"{said}: {error.message}"))
        except OSError as error:
            if self.insist:
                raise
            former = self._former(path, error)
            stays = "; what was published of it stays, and it is" if former else ";"
            self.failed = True
            message = f"{said}: cannot be copied ({os.strerror(error.errno or 0)}){stays} tried again later."
            self.problems.append(("W_MEDIA", message))
        return former

    def _former(self, path: str, error: OSError | None = None) -> Copy | None:
        """The copy that the entry shows of a file. Raises the error if that may be one of several."""
        entry = self.media.store.entries.get(self.id)
        if entry is None:
            return None
        shown = " ".join((entry.content, entry.image, *(one.url for one in entry.enclosures)))
        name = _safe(PurePosixPath(path).name)
        copies = [Copy(0, 0, digest, name) for digest, found in dict.fromkeys(_SHOWN.findall(shown)) if found == name]
        if len(copies) > 1 and error:
            raise error
        return copies[0] if len(copies) == 1 and self.media.has(copies[0]) else None

    @staticmethod
    def _url_or_nothing(copy: Copy | None) -> str:
        return _url(copy) if copy else ""

    def _below(self, value: str) -> str:
        """The path below seeds/ that a reference means; "" if it leads outside or to a private file."""
        plain = unquote(re.split("[?#]", value, maxsplit=1)[0]).replace("\\", "/")
        parts: list[str] = [] if plain.startswith("/") else list(PurePosixPath(self.seed).parts[:-1])
        for part in plain.split("/"):
            if part == "..":
                if not parts:
                    return ""
                parts.pop()
            elif part not in {"", "."}:
                parts.append(part)
        if not parts or any(ignored(part) for part in parts) or parts[-1].lower() in KEPT:
            return ""
        return "" if parts[-1].lower().endswith(".opml") else "/".join(parts)


def _published(name: str, body: bytes) -> bytes | None:
    """What is published of a file; None if it must not be."""
    try:
        return without_metadata(name, body)
    except Unreadable:
        return None


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:_HASH_CHARACTERS]


def _write(place: Path, body: bytes) -> None:
    unfinished = place.with_name(f".{place.name}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(place)
    except OSError:
        # On a full disk, what is left of a copy would keep it full.
        with suppress(OSError):
            unfinished.unlink()
        raise


def _url(copy: Copy) -> str:
    return f"{LOCAL}/media/{copy.hash}/{copy.name}"


def _safe(name: str) -> str:
    """An ASCII file name for a URL and a header, with its extension."""
    path = PurePosixPath(name)
    suffix = re.sub(r"[^a-z0-9.]", "", path.suffix.lower())[:10]
    return f"{slug(path.stem)[:60] or 'file'}{suffix}"


def key(path: str) -> str:
    """The key that compares file names: Unicode normalisation and case do not matter."""
    return unicodedata.normalize("NFC", path).casefold()


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


def is_beside(path: str, seed: str) -> bool:
    """Whether a file is the picture, audio or video that belongs to an article by its name."""
    return _suffix(path) in (*_PICTURES, *_SOUNDS) and _stem(path) == _stem(seed)


def _stem(path: str) -> tuple[str, str]:
    whole = PurePosixPath(path)
    return str(whole.parent), key(whole.stem)
