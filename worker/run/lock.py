"""The worker's lock: one writer per home. The kernel releases it however its holder ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from feeds.errors import LockedError
from feeds.settings.load import Home
from feeds.store.connection import OpenedFile


@contextmanager
def worker_lock(home: Home) -> Iterator[OpenedFile]:
    """Holds the lock of a home, for as long as its file is there. Raises LockedError, with the holder's process id, if
    another worker runs there.
    """
    home.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home.data / "worker.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            raise LockedError(f"another Seedfeed worker (pid {holder}) is running in {home.root}") from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield OpenedFile(path, descriptor)
    finally:
        os.close(descriptor)
