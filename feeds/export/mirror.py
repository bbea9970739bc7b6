"""A directory that is updated repeatedly, touching only what changed.

Files are written under a temporary name and moved into place, so that a web server never sees a partial one; beside
each are its coded forms (`.gz`, …) if they are smaller. Each file is noted in `.seedfeed-export` before it is written,
one JSON line per file, so that after a crash none of our files is taken for someone else's. Files that are not noted
there are never overwritten and never removed.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from feeds.errors import MirrorError

NOTES = ".seedfeed-export"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Note:
    """One file as written. digest: of its bytes. mtime: whole seconds. coded: size of each coded form by its suffix; 0
    for a form that was left out because it would not be smaller.
    """

    path: str
    digest: str
    size: int
    mtime: int
    coded: Mapping[str, int] = field(default_factory=dict)


class Mirror:
    """One update of a directory: `put` and `copy` its contents, then `sweep`.

    written, unchanged and removed count files without their coded forms; foreign: paths at which there are other
    people's files.
    """

    def __init__(self, root: Path, owner: str, notes: dict[str, Note], suffixes: tuple[str, ...]) -> None:
        self.written, self.unchanged, self.removed = 0, 0, 0
        self.foreign: list[str] = []
        self._root, self._owner, self._notes, self._suffixes = root, owner, notes, suffixes
        self._seen: set[str] = set()
        self._journal: IO[str] | None = None

    def put(self, path: str, body: bytes, moment: datetime, coded: Callable[[], Mapping[str, bytes]]) -> None:
        """Writes a file with these bytes. moment: its mtime, unless the existing file is as new or newer.

        coded: makes its coded forms, by suffix; called only if the file is written.
        """
        digest = hashlib.sha256(body).hexdigest()
        if self._settled(path, digest):
            return
        made = coded()
        mtime = self._later(path, digest, int(moment.timestamp()))
        sizes = {suffix: len(made.get(suffix, b"")) for suffix in self._suffixes}
        self._note(Note(path, digest, len(body), mtime, sizes))
        for suffix in self._suffixes:
            if suffix in made:
                self._write(path + suffix, mtime, made[suffix])
            else:
                (self._root / (path + suffix)).unlink(missing_ok=True)
        self._write(path, mtime, body)

    def copy(self, path: str, source: Path, digest: str) -> None:
        """Copies `source`, whose bytes never change under this digest; without coded forms."""
        if self._settled(path, digest):
            return
        status = source.stat()
        self._note(Note(path, digest, status.st_size, int(status.st_mtime)))
        self._write(path, int(status.st_mtime), source)

    def keep(self, path: str) -> None:
        """Keeps whatever is at this path."""
        self._seen.add(path)

    def sweep(self) -> None:
        """Removes files that were written earlier but are no longer wanted, and folders that this empties."""
        for path in sorted(self._notes.keys() - self._seen):
            note = self._notes.pop(path)
            for suffix in ("", *note.coded):
                file = self._root / (path + suffix)
                file.unlink(missing_ok=True)
                _beside(file).unlink(missing_ok=True)
            for folder in list((self._root / path).parents)[: path.count("/")]:
                with contextlib.suppress(OSError):
                    folder.rmdir()
            self.removed += 1
        if self.written or self.removed:
            lines = "".join(_line(self._notes[path]) for path in sorted(self._notes))
            self._write(NOTES, None, (_header(self._owner) + lines).encode())

    def close(self) -> None:
        if self._journal:
            self._journal.close()

    def _settled(self, path: str, digest: str) -> bool:
        """Whether there is nothing to do: the file is already as it should be, or it is not ours to write."""
        self._seen.add(path)
        note = self._notes.get(path)
        if note is None:
            if os.path.lexists(self._root / path):
                self.foreign.append(path)
                return True
            return False
        if note.digest != digest or not self._stands(note):
            return False
        self.unchanged += 1
        return True

    def _stands(self, note: Note) -> bool:
        sizes = {"": note.size, **note.coded}
        if note.coded and note.coded.keys() != set(self._suffixes):
            return False
        return all(
            self._is(note.path + suffix, size, note.mtime) for suffix, size in sizes.items() if size or not suffix
        )

    def _is(self, path: str, size: int, mtime: int) -> bool:
        try:
            status = (self._root / path).lstat()
        except OSError:
            return False
        return (status.st_size, status.st_mtime_ns) == (size, mtime * 1_000_000_000)

    def _later(self, path: str, digest: str, mtime: int) -> int:
        """A modification time for new bytes, never that of earlier ones: servers make validators from size and
        mtime.
        """
        note = self._notes.get(path)
        if note is None:
            return mtime
        return note.mtime if note.digest == digest else max(mtime, note.mtime + 1)

    def _note(self, note: Note) -> None:
        if self._journal is None:
            self._journal = (self._root / NOTES).open("a", encoding="utf-8")
            self._journal.write("\n")  # the last line of an interrupted export may be incomplete
        self._journal.write(_line(note))
        self._journal.flush()
        self._notes[note.path] = note
        self.written += 1

    def _write(self, path: str, mtime: int | None, content: bytes | Path) -> None:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = _beside(target)
        if isinstance(content, Path):
            shutil.copyfile(content, beside)
        else:
            beside.write_bytes(content)
        if mtime is not None:
            os.utime(beside, ns=(mtime * 1_000_000_000, mtime * 1_000_000_000))
        beside.replace(target)


@contextmanager
def mirror(root: Path, owner: str, suffixes: tuple[str, ...] = ()) -> Iterator[Mirror]:
    """Opens the directory for one update at a time. Raises MirrorError if it is not ours to fill.

    owner: whose files they are; a directory filled by another owner is refused. suffixes: of coded forms.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise MirrorError(f"{root}: {(error.strerror or str(error)).lower()}; nothing was written") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise MirrorError(f"{root}: another export is writing there") from error
        filling = Mirror(root, owner, _read(root, owner), suffixes)
        try:
            yield filling
        except OSError as error:
            place = error.filename or root
            raise MirrorError(f"{place}: {(error.strerror or str(error)).lower()}; the export is not whole") from error
        finally:
            filling.close()
    finally:
        os.close(descriptor)


def _read(root: Path, owner: str) -> dict[str, Note]:
    path = root / NOTES
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        if any(not name.startswith(".") for name in os.listdir(root)):  # noqa: PTH208  # names are enough
            raise MirrorError(f"{root} is not empty and holds no earlier export; name a new directory") from None
        path.write_text(_header(owner), encoding="utf-8")
        return {}
    notes = {}
    try:
        header = json.loads(lines[0])
        if header["export"] != _FORMAT:
            raise MirrorError(f"{root} was exported by another version of Seedfeed; name a new directory")
        if header["site"] != owner:
            raise MirrorError(f"{root} holds the export of another site; name a new directory")
        for line in lines[1:]:
            with contextlib.suppress(json.JSONDecodeError):  # the last line of an interrupted export
                note = Note(**json.loads(line))
                notes[note.path] = note
    except (ValueError, LookupError, TypeError) as error:
        raise MirrorError(f"{path} cannot be read ({error}); remove the directory and export again") from error
    return notes


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def _header(owner: str) -> str:
    return json.dumps({"export": _FORMAT, "site": owner}) + "\n"


def _line(note: Note) -> str:
    return json.dumps(asdict(note), ensure_ascii=False) + "\n"
