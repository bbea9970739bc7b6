"""Scans seeds/: reads every seed file once it has settled, and again only when it changed.

Anyone may write to the folder at any moment, so files are opened by descriptor, never through a link, never so that a
pipe could block, and are checked before and after reading. A file that cannot be read now is reported and counts as
still there, so that nothing is withdrawn because of it.
"""

import errno
import hashlib
import os
import pwd
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import TypeVar

from feeds.errors import SeedError
from worker.model import Document
from worker.seeds.file_names import KEPT, REFUSED, beside_pages, ignored, is_page, may_be_of_a_page, portable
from worker.seeds.formats import FORMATS

MAX_BYTES = 20 * 1024 * 1024
# Bytes of file content in one Scan, so that a first import of many large files fits in memory; the next Scan reads the
# rest.
BATCH_BYTES = 64 * 1024 * 1024
_MAX_DEPTH = 32

_SUBSCRIPTIONS = ".opml"
_PAGE_AWAY = (
    "has a name as browsers give it to what a saved page shows, and that page is not here. The .html files in it are"
    " not published; if they are articles, give the folder another name."
)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as read: size in bytes, mtime in nanoseconds, digest (hex SHA-256 of its bytes)."""

    size: int
    mtime_ns: int
    digest: str


@dataclass(frozen=True, slots=True)
class Scan:
    """The result of one scan. Paths are relative to seeds/, with forward slashes, sorted.

    files: every seed file whose content is known; a settling or unreadable one has its last known state. changed: files
    whose bytes differ from the known state. unread: files that exist but were never read; a path that ends with "/", or
    "" for the whole folder, stands for everything below it. outlines, changed_outlines: the same for .opml files.
    settling: files for a later scan, not before settles_at. media: (size, mtime in ns) of all other settled plain
    files, which articles may refer to.
    """

    files: Mapping[str, FileState]
    changed: tuple[Document, ...] = ()
    outlines: Mapping[str, FileState] = field(default_factory=dict)
    changed_outlines: tuple[Document, ...] = ()
    unread: tuple[str, ...] = ()
    settling: tuple[str, ...] = ()
    settles_at: datetime | None = None
    media: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    problems: tuple[SeedError, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """A relevant name and its open folder; valid only until `_walk` moves on. page_away: the folder that it lies in,
    if it may be part of a saved page that is not there.
    """

    path: str
    name: str
    folder: int
    status: os.stat_result
    media: bool = False
    page_away: str = ""


@dataclass(frozen=True, slots=True)
class _Obstacle:
    """Something that keeps content from being read. unread: as in `Scan`, None if nothing else is unread for it."""

    problem: SeedError
    unread: str | None = None


class _Settling(Exception):
    """The file changed while it was read."""


def scan(root: Path, known: Mapping[str, FileState], settle: timedelta, now: datetime) -> Scan:
    """Scans everything below `root`; `known` holds the states of the previous scan, of seeds and .opml alike.

    A file with the known size and mtime is not opened. Never raises for anything in the folder.
    """
    states: dict[str, FileState] = {}
    documents: dict[str, Document] = {}
    settling: dict[str, datetime] = {}
    unread: list[str] = []
    problems: list[SeedError] = []
    media: dict[str, tuple[int, int]] = {}
    pages_away: set[str] = set()
    room = BATCH_BYTES
    for found in _tree(root):
        if isinstance(found, _Obstacle):
            problems.append(found.problem)
            if found.unread is not None:
                unread.append(found.unread)
            continue
        path, status = found.path, found.status
        # What is an article already stays one.
        waits = bool(found.page_away) and path not in known
        if waits:
            pages_away.add(found.page_away)
        if found.media or waits:
            if not _rested(status, settle, now):
                settling[path] = max(mtime_of(status.st_mtime_ns) + settle, now)
            elif stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES:
                media[path] = (status.st_size, status.st_mtime_ns)
            continue
        old = known.get(path)
        if old and (old.size, old.mtime_ns) == (status.st_size, status.st_mtime_ns) and stat.S_ISREG(status.st_mode):
            states[path] = old
            continue
        rested_at = mtime_of(status.st_mtime_ns) + settle
        try:
            _check(found)
            if not _rested(status, settle, now):
                raise _Settling
            if room < status.st_size < BATCH_BYTES:
                rested_at = now
                raise _Settling
            body, state = _read(found)
        except _Settling:
            settling[path] = max(rested_at, now)
        except SeedError as error:
            problems.append(error)
        except FileNotFoundError:
            continue
        except OSError as error:
            problems.append(_unreadable(path, error, status))
        else:
            states[path] = state
            if old is None or old.digest != state.digest:
                room -= len(body)
                documents[path] = Document(name=path, body=body, retrieved_at=now)
            continue
        if old:
            states[path] = old
        else:
            unread.append(path)
    problems += [SeedError(folder, _PAGE_AWAY, "E_HELD") for folder in pages_away]
    # Below a folder that could not be opened, everything counts as unchanged.
    out_of_reach = within(unread)
    states.update((path, state) for path, state in known.items() if path not in states and out_of_reach(path))
    return Scan(
        files=_of_kind(states, subscriptions=False),
        changed=tuple(_of_kind(documents, subscriptions=False).values()),
        outlines=_of_kind(states, subscriptions=True),
        changed_outlines=tuple(_of_kind(documents, subscriptions=True).values()),
        unread=tuple(sorted(unread)),
        settling=tuple(sorted(settling)),
        settles_at=min(settling.values(), default=None),
        media=media,
        problems=tuple(sorted(problems, key=lambda problem: problem.name)),
    )


def read_one(root: Path, path: str, now: datetime) -> tuple[Document, FileState]:
    """Reads one file below `root`, settled or not. Raises SeedError if there is no readable file."""
    folder, status = -1, None
    try:
        folder = os.open((root / path).parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        name = PurePosixPath(path).name
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        found = _Found(path, name, folder, status)
        if refusal := REFUSED.get(PurePosixPath(path).suffix.lower()):
            raise SeedError(path, refusal, "W_KIND")
        _check(found)
        body, state = _read(found)
    except _Settling as error:
        raise SeedError(path, "is being written; try again in a moment.", "E_FILE") from error
    except OSError as error:
        raise _unreadable(path, error, status) from error
    finally:
        if folder >= 0:
            os.close(folder)
    return Document(name=path, body=body, retrieved_at=now), state


def within(places: Iterable[str]) -> Callable[[str], bool]:
    """A predicate: whether a path is one of the places, or below one that ends with "/" or is "" (as
    in `Scan.unread`).
    """
    exact = frozenset(places)
    folders = tuple(place for place in exact if place[-1:] in {"", "/"})
    return lambda path: path in exact or path.startswith(folders)


def _tree(root: Path) -> Iterator[_Found | _Obstacle]:
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        reason = f"cannot be opened ({os.strerror(error.errno or 0)}); is it mounted? Nothing was withdrawn."
        yield _Obstacle(SeedError("seeds", reason, "E_SEEDS"), unread="")
        return
    yield from _walk(folder, "")


def _walk(folder: int, prefix: str, *, of_page: bool = False, page_away: str = "") -> Iterator[_Found | _Obstacle]:
    """Yields everything in and below an open folder that is, or is named like, a seed file; closes the folder.

    of_page: it lies beside a saved web page, which may refer to all that is in it; none of that is an article.
    page_away: see `_Found`.
    """
    try:
        with os.scandir(folder) as entries:
            names = sorted((entry for entry in entries if not ignored(entry.name)), key=lambda entry: entry.name)
        of_pages = beside_pages([entry.name for entry in names])
        for entry in names:
            path = prefix + portable(entry.name)
            if entry.is_dir(follow_symlinks=False):
                beside = of_page or entry.name in of_pages
                away = page_away or (path if may_be_of_a_page(entry.name) and not beside else "")
                yield from _descend(folder, entry, path, of_page=beside, page_away=away)
            elif entry.is_symlink() and entry.is_dir():
                problem = SeedError(path, "is a link; move the folder itself here. Skipped.", "E_FILE")
                yield _Obstacle(problem, unread=path + "/")
            elif path not in KEPT:
                if (suffix := PurePosixPath(path).suffix.lower()) in REFUSED and not of_page:
                    # Its text is not read, but an article may still refer to the file.
                    yield _Obstacle(SeedError(path, REFUSED[suffix], "W_KIND"))
                media = of_page or (suffix not in FORMATS and suffix != _SUBSCRIPTIONS)
                try:
                    away = page_away if not media and is_page(entry.name) else ""
                    yield _Found(path, entry.name, folder, entry.stat(follow_symlinks=False), media, away)
                except FileNotFoundError:
                    continue
    except OSError as error:
        yield _Obstacle(_unreadable(prefix or "seeds", error, None), unread=prefix)
    finally:
        os.close(folder)


def _descend(
    folder: int, entry: os.DirEntry[str], path: str, *, of_page: bool, page_away: str
) -> Iterator[_Found | _Obstacle]:
    if path.count("/") >= _MAX_DEPTH:
        problem = SeedError(path, f"lies more than {_MAX_DEPTH} folders deep; skipped.", "E_FILE")
        yield _Obstacle(problem, unread=path + "/")
        return
    try:
        below = os.open(entry.name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError as error:
        yield _Obstacle(_unreadable(path + "/", error, entry.stat(follow_symlinks=False)), unread=path + "/")
        return
    yield from _walk(below, path + "/", of_page=of_page, page_away=page_away)


def read_file(root: Path, path: str) -> bytes:
    """Reads a file below `root` without following a link anywhere on the path. Raises SeedError, OSError, of which
    BlockingIOError while it is being written.
    """
    *folders, name = PurePosixPath(path).parts
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folders:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = below
        found = _Found(path, name, folder, os.stat(name, dir_fd=folder, follow_symlinks=False))
        _check(found)
        return _read(found)[0]
    except _Settling as error:
        raise BlockingIOError(errno.EAGAIN, "is being written", path) from error
    finally:
        os.close(folder)


def _rested(status: os.stat_result, settle: timedelta, now: datetime) -> bool:
    # Without abs(), a file that another clock dated in the future would never settle.
    return abs(now - mtime_of(status.st_mtime_ns)) >= settle


def _check(found: _Found) -> None:
    if stat.S_ISLNK(found.status.st_mode):
        raise SeedError(found.path, "is a link; put the file itself here. Skipped.", "E_FILE")
    if not stat.S_ISREG(found.status.st_mode):
        raise SeedError(found.path, "is not a plain file; skipped.", "E_FILE")
    if found.status.st_size > MAX_BYTES:
        raise SeedError(found.path, f"has {_size(found.status.st_size)}; the limit is 20 MiB.", "E_BIG")


def _read(found: _Found) -> tuple[bytes, FileState]:
    """Raises SeedError, OSError, and _Settling if the file changes while it is read."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(found.name, flags, dir_fd=found.folder)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            raise SeedError(found.path, "is not a plain file; skipped.", "E_FILE") from error
        raise
    with open(descriptor, "rb") as file:  # noqa: PTH123  # a descriptor, not a path
        before = os.fstat(descriptor)
        _check(_Found(found.path, found.name, found.folder, before))
        body = file.read(MAX_BYTES + 1)
        after = os.fstat(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(body) != after.st_size:
        raise _Settling
    return body, FileState(after.st_size, after.st_mtime_ns, hashlib.sha256(body).hexdigest())


def _unreadable(path: str, error: OSError, status: os.stat_result | None) -> SeedError:
    if error.errno in {errno.EACCES, errno.EPERM}:
        return SeedError(path, f"no permission to read{_owner(status)}; left as it was.", "E_PERM")
    return SeedError(path, f"cannot be read ({os.strerror(error.errno or 0)}); left as it was.", "E_FILE")


def _owner(status: os.stat_result | None) -> str:
    if status is None:
        return ""
    try:
        owner = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        owner = str(status.st_uid)
    return f" (owner {owner}, mode {stat.S_IMODE(status.st_mode):03o})"


def _size(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.1f} MiB"


def mtime_of(nanoseconds: int) -> datetime:
    """The datetime of a file's mtime in nanoseconds."""
    # A broken file system may report any number; a time out of range counts as 1970.
    try:
        return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime(1970, 1, 1, tzinfo=UTC)


def _of_kind(values: Mapping[str, _T], *, subscriptions: bool) -> dict[str, _T]:
    return {path: values[path] for path in sorted(values) if path.lower().endswith(_SUBSCRIPTIONS) == subscriptions}
