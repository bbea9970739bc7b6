"""How every connection to one of our SQLite files is set up."""

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from feeds.errors import ReplacedError

# The number of migrations; kept in the store's user_version, so that readers need not count them.
SCHEMA_VERSION = 25


def connect(path: Path, *, readonly: bool = False, frozen: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode, so that only our code begins transactions.

    It may be passed from one thread to another, but never used by two at once. frozen: read the file as nobody changes
    it, without locks, without its log, and without making a file beside it.
    """
    if readonly:
        target = f"file:{quote(str(path.absolute()))}?mode=ro{'&immutable=1' if frozen else ''}"
        connection = sqlite3.connect(target, uri=True, isolation_level=None, check_same_thread=False)
    else:
        if not path.exists():
            make(path)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -16000")
    return connection


class OpenedFile:
    """A file that is open, and was at this path then. It outlives its name: what is written to it once another took its
    place, or none, is lost without any error.
    """

    def __init__(self, path: Path, descriptor: int | None = None) -> None:
        """descriptor: of the open file, if it is at hand."""
        self._path = path
        self._identity = _identity(path.stat() if descriptor is None else os.fstat(descriptor))

    def is_there(self) -> bool:
        """Whether it is what lies at its path."""
        try:
            return _identity(self._path.stat()) == self._identity
        except (FileNotFoundError, NotADirectoryError):
            return False

    def check(self) -> None:
        """Raises ReplacedError if it is not there any more."""
        if not self.is_there():
            raise ReplacedError(
                f"{self._path.parent} was replaced or deleted while Seedfeed ran, which has ended; when it is started"
                " again, it goes on with what is there then"
            )


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def make(path: Path, *, alone: bool = False) -> None:
    """Creates a file without tables that only its owner can read: it will contain passwords of sources and secrets of
    hubs, and the files that SQLite makes beside it get the same mode. alone: nobody else makes or opens it meanwhile;
    then it is not empty at any moment, so that one that is empty must be damaged.

    It is closed before anybody can find it, since closing any descriptor of a file releases all locks that this process
    has on it, including those of SQLite's connections (sqlite.org/howtocorrupt.html §2.2).
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        if alone:
            with closing(sqlite3.connect(draft)) as fresh:
                fresh.execute("PRAGMA journal_mode = WAL")
            # SQLite would take the log of a deleted file for that of the new one.
            for suffix in ("wal", "shm"):
                path.with_name(f"{path.name}-{suffix}").unlink(missing_ok=True)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
