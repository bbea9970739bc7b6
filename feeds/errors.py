"""Every error that a user can fix, in one tree. Anything else is a bug.

    SeedfeedError
    ├── SettingsError      a settings file or variable; all errors of a file at once
    │   └── NoHomeError    a directory that is not a home
    ├── QueryError         an invalid search, with the position of the mistake
    ├── StoreError         the store or the inbox cannot be used
    │   ├── FaultError     the machine or a file fails, perhaps not for ever
    │   ├── NotReadyError  there is no store yet, or an empty one
    │   └── ReplacedError  it was replaced or deleted while it was in use
    ├── LockedError        another worker runs in this home
    ├── MirrorError        a directory that `export` cannot fill
    ├── OrderError         a command names something that does not exist
    ├── UnforeseenError    a bug, shown by one file, source or entry
    ├── SeedError          one file below seeds/
    └── SourceError        one remote source
        ├── FetchError     no usable response
        ├── ParseError     the response is not a feed
        └── UnreadError    the response was not read, perhaps through no fault of its own

Messages say which file or URL, what happened and what happens now. `args` equal the constructor's arguments, so that
errors survive a process pool.

`describe_fault` says the same of what SQLite and the system report: a full disk, a locked or damaged file.

A bug costs no more than what it shows itself at: whoever goes through files, sources, entries or feeds one by one makes
an `unforeseen` error the error of that one, and goes on. Everywhere else it propagates.
"""

import errno
import logging
import os
import re
import sqlite3
import traceback
from pathlib import Path


class SeedfeedError(Exception):
    """The root: `str(error)` is one plain sentence or, for settings, one line for each mistake."""


class SettingsError(SeedfeedError):
    """args: (file, (message, …))."""

    def __init__(self, file: str, messages: tuple[str, ...]) -> None:
        super().__init__(file, messages)
        self.file = file
        self.messages = messages

    def __str__(self) -> str:
        return "\n".join(f"{self.file}: {message}" for message in self.messages)


class NoHomeError(SettingsError):
    """args: (directory, message)."""

    def __init__(self, directory: str, message: str) -> None:
        super().__init__(directory, (message,))
        self.args = (directory, message)


class QueryError(SeedfeedError):
    """args: (query, position from 0, message)."""

    def __init__(self, query: str, position: int, message: str) -> None:
        super().__init__(query, position, message)
        self.query = query
        self.position = position
        self.message = message

    def __str__(self) -> str:
        return f"{self.message}\n  {self.query}\n  {' ' * self.position}^"


class StoreError(SeedfeedError):
    """args: (message,)."""


class FaultError(StoreError):
    """args: (message of `describe_fault`,)."""


class NotReadyError(StoreError):
    """args: (message,)."""


class ReplacedError(StoreError):
    """args: (message,)."""


class LockedError(SeedfeedError):
    """args: (message,)."""


class MirrorError(SeedfeedError):
    """args: (message,)."""


class OrderError(SeedfeedError):
    """args: (what the command named, message)."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name, message)
        self.name = name
        self.message = message

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


class UnforeseenError(SeedfeedError):
    """args: (what and where it was, such as "TypeError in worker/model.py, line 12"; its traceback)."""

    def __init__(self, where: str, trace: str = "") -> None:
        super().__init__(where, trace)
        self.where = where
        self.trace = trace

    def __str__(self) -> str:
        return f"a fault of Seedfeed itself ({self.where}); please report it, with the end of data/{FAULTS_LOG}"


class _NamedError(SeedfeedError):
    """An error about one named thing; args: (name, message, code).

    code: the stable name of the kind, E_… or W_…, as in docs/errors.md.
    """

    def __init__(self, name: str, message: str, code: str = "") -> None:
        super().__init__(name, message, code)
        self.name = name
        self.message = message
        self.code = code

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


class SeedError(_NamedError):
    """One file: name is its path below seeds/."""


#: The end of a source's error if it is not known when the source is asked again; otherwise that time takes its place.
LATER = "It is asked again later."


class SourceError(_NamedError):
    """One remote source: name is its URL, without credentials.

    retry_after: seconds that the origin asked us to wait, or None. status: the HTTP status, or 0.
    """

    def __init__(
        self, name: str, message: str, code: str = "", retry_after: float | None = None, status: int = 0
    ) -> None:
        Exception.__init__(self, name, message, code, retry_after, status)
        self.name = name
        self.message = message
        self.code = code
        self.retry_after = retry_after
        self.status = status


class FetchError(SourceError):
    """No usable response."""


class ParseError(SourceError):
    """The response is not a feed."""


class UnreadError(SourceError):
    """The response was not read: its reader was killed, or needed too much. The cause may be this machine."""


#: What SQLite and the system raise when the machine fails us.
FAULTS = (sqlite3.Error, OSError)
#: The same, and what we make of it.
MACHINE = (*FAULTS, StoreError, MemoryError)
# What SQLite reports of a value that it was given.
_OF_VALUES = (sqlite3.DataError, sqlite3.IntegrityError, sqlite3.ProgrammingError)

#: The file in data/ with the tracebacks of bugs, and the logger that writes it.
FAULTS_LOG = "faults.log"
faults_log = logging.getLogger("seedfeed.faults")
_OUR_LINE = re.compile(r'File "[^"]*?((?:worker|feeds)/[\w/]+\.py)", line (\d+)')


def unforeseen(error: Exception) -> UnforeseenError:
    """The bug that an error shows. Raises the error itself if the machine is at fault for it."""
    if isinstance(error, MACHINE) and not isinstance(error, _OF_VALUES):
        raise error
    if isinstance(error, UnforeseenError):
        return error
    trace = "".join(traceback.format_exception(error))
    places = _OUR_LINE.findall(trace)
    place = f" in {places[-1][0]}, line {places[-1][1]}" if places else ""
    return UnforeseenError(f"{type(error).__name__}{place}", trace)


def noted(error: Exception, name: str) -> UnforeseenError:
    """As `unforeseen`, with the traceback in the log of faults. name: the file, URL or id that it was at."""
    found = unforeseen(error)
    faults_log.debug("%s: %s\n%s", name, found.where, found.trace)
    return found


_FULL = "the disk is full; free some space"
_LOCKED = "another program holds it locked, perhaps a backup or a database browser; end that"
_CLOSED = "it cannot be written; make it writable for the user that runs Seedfeed"
_UNOPENED = "it cannot be opened; look whether data/ is a directory that the user who runs Seedfeed may write"
_DAMAGED = (
    "it is damaged; put a sound copy of data/ in its place, or move data/ away: it grows back from seeds/ and the"
    " sources, with the same ids for your articles"
)
_FAILING = "the disk fails; look at the log of the system"
_AWAY = "the network share that it lies on has changed; mount it again"
_FILES = "too many files are open; raise the limit (ulimit -n)"
_MEMORY = "there is not enough memory; free some"

# The second is that of a quota.
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_BY_ERRNO = {
    **dict.fromkeys(_NO_SPACE, _FULL),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _CLOSED),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), _FILES),
    **dict.fromkeys((errno.EEXIST, errno.ENOTDIR, errno.EISDIR), _UNOPENED),
    errno.EIO: _FAILING,
    errno.ESTALE: _AWAY,
    errno.ENOMEM: _MEMORY,
}
# By the primary result code (sqlite.org/rescode.html), which the names of extended codes begin with.
_BY_SQLITE = {
    "SQLITE_FULL": _FULL,
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_READONLY": _CLOSED,
    "SQLITE_PERM": _CLOSED,
    "SQLITE_CANTOPEN": _UNOPENED,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_NOTADB": _DAMAGED,
    "SQLITE_IOERR": _FAILING,
    "SQLITE_NOMEM": _MEMORY,
}

# What SQLite reports when a file beside the store finds no room.
_PERHAPS_FULL = ("SQLITE_IOERR", "SQLITE_CANTOPEN")
# SQLite makes the index of its log in pieces of 32 KiB.
_LEAST_FREE = 64 * 1024


def describe_fault(error: sqlite3.Error | OSError | StoreError, place: object) -> str:
    """One sentence without a full stop: where, what, what to do. place: where it was, if the error does not say."""
    if isinstance(error, StoreError):
        return str(error)
    if isinstance(error, OSError):
        said = (error.strerror or str(error) or type(error).__name__).lower()
        advice = _BY_ERRNO.get(error.errno or 0, "")
        place = error.filename if isinstance(error.filename, str) else place
    else:
        said = str(error)
        advice = _FULL if lacks_space(error, place) else _BY_SQLITE.get(_primary(error), "")
    return f"{place}: {advice} ({said})" if advice else f"{place}: {said}"


def lacks_memory(error: BaseException) -> bool:
    """Whether the machine had no memory for something, a library that had to be loaded included."""
    unloaded = isinstance(error, ImportError) and "failed to map segment" in str(error)
    return unloaded or isinstance(error, MemoryError)


def _primary(error: sqlite3.Error) -> str:
    return "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])


def lacks_space(error: sqlite3.Error, place: object) -> bool:
    """Whether a file that SQLite makes beside its own found no room."""
    return _primary(error) in _PERHAPS_FULL and _is_full(place)


def _is_full(place: object) -> bool:
    """Whether the disk of a file or directory has no room for a file that grows, or for another one."""
    path = Path(str(place))
    try:
        disk = os.statvfs(path if path.exists() else path.parent)
    except (OSError, ValueError):
        return False
    # Some file systems count neither blocks nor files.
    no_room = disk.f_blocks > 0 and disk.f_bavail * disk.f_frsize < _LEAST_FREE
    return no_room or (disk.f_files > 0 and disk.f_favail == 0) or _takes_nothing(path)


def _takes_nothing(path: Path) -> bool:
    """Whether a file of this size finds no room beside `path`, as with a quota, which `statvfs` does not know of."""
    import tempfile  # seldom needed, and every command imports this module

    try:
        with tempfile.TemporaryFile(dir=path if path.is_dir() else path.parent) as file:
            file.write(bytes(_LEAST_FREE))
    except OSError as error:
        return error.errno in _NO_SPACE
    return False
