"""Drops the connections of clients that take no answer, and of those that hold too many.

granian bounds the time in which headers must arrive, but not that in which an answer must be taken, and at its cap it
accepts no more connections. So a thread of the server looks at the connections of this process: one that waits for its
client for `PATIENCE_SECONDS` is dropped, and above a cap those idle for longest go first. This needs Linux, whose
kernel reports how much of an answer was taken (TCP_INFO, tcp(7)); elsewhere only the caps hold.
"""

import fcntl
import os
import resource
import socket
import stat
import struct
import sys
import termios
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from feeds.text.parties import client_party

# Within PATIENCE_SECONDS, a client must take all that was sent, or at least this much: 2 KB a second.
PATIENCE_SECONDS = 30.0
LEAST_BYTES = 64 * 1024
MOST_OPEN = 1_000
# Of one address. Not of this machine's own: a web server in front has the connections of all its clients.
MOST_OF_ADDRESS = 200

_LOOK_SECONDS = 1.0
_LOOK_SECONDS_WHEN_MANY = 0.2
_MANY = MOST_OPEN // 4
# Of a connection: its own, and that of a file that is sent to it. All others come to less than a hundred.
_DESCRIPTORS = 2
_OTHER_DESCRIPTORS = 100
# The offset of tcpi_bytes_acked in struct tcp_info (linux/tcp.h).
_BYTES_ACKED = 120
# Closing sends RST, so that the kernel too forgets what is not taken (SO_LINGER with no time, socket(7)).
_FORGET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Connection:
    """A client's connection, at one moment.

    key: its own for as long as it lasts. client: its address as limits count it, "" on this machine. unread: bytes
    that were sent and not taken yet. taken: bytes taken since it began.
    """

    key: int
    client: str
    unread: int
    taken: int


@dataclass(frozen=True, slots=True)
class _Moved:
    """When a connection last moved, and how much its client had taken by then."""

    at: float
    taken: int


class Patience:
    """Which connections to drop. Pure but for what it remembers of the last look."""

    def __init__(self, most_open: int = MOST_OPEN, most_of_address: int = MOST_OF_ADDRESS) -> None:
        self._most_open = most_open
        self._most_of_address = most_of_address
        self._moved: dict[int, _Moved] = {}

    def exhausted(self, connections: Iterable[Connection], now: float) -> set[Connection]:
        """Those to drop. now: of a clock that never goes back."""
        found = list(connections)
        self._moved = {one.key: _moved(self._moved.get(one.key), one, now) for one in found}
        # Those that wait for their client before those that wait for us, and of each kind the one that moved first.
        found.sort(key=lambda one: (not one.unread, self._moved[one.key].at))
        dropped = {one for one in found if one.unread and now - self._moved[one.key].at >= PATIENCE_SECONDS}
        by_client: dict[str, list[Connection]] = {}
        for one in found:
            if one.client and one not in dropped:
                by_client.setdefault(one.client, []).append(one)
        for theirs in by_client.values():
            dropped.update(_beyond(theirs, self._most_of_address))
        dropped.update(_beyond([one for one in found if one not in dropped], self._most_open))
        return dropped


def _moved(last: _Moved | None, connection: Connection, now: float) -> _Moved:
    if last is None:
        return _Moved(now, connection.taken)
    grown = connection.taken - last.taken
    return _Moved(now, connection.taken) if grown >= (LEAST_BYTES if connection.unread else 1) else last


def _beyond(ordered: list[Connection], most: int) -> list[Connection]:
    return ordered[: max(0, len(ordered) - most)]


def most_accepted() -> int:
    """How many connections the server should accept: twice as many as stay open, so that new ones are accepted while
    the others are looked through, but not more than this process may have descriptors for. Raises its limit if needed.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_OPEN * _DESCRIPTORS + _OTHER_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    had = wanted if soft == resource.RLIM_INFINITY else min(wanted, soft)
    return max(2, (had - _OTHER_DESCRIPTORS) // _DESCRIPTORS)


def keep_watch() -> None:
    """Starts the thread that watches the connections of this process, until the process ends."""
    patience = Patience(most_accepted() // 2)
    threading.Thread(target=_watch, args=(patience,), name="connections", daemon=True).start()


def _watch(patience: Patience) -> None:
    while True:
        found = dict(_connections())
        for connection in patience.exhausted(found, time.monotonic()):
            _drop(connection, found[connection])
        time.sleep(_LOOK_SECONDS if len(found) < _MANY else _LOOK_SECONDS_WHEN_MANY)


def _connections() -> Iterator[tuple[Connection, int]]:
    """The connections that clients have to this process, each with its descriptor at this moment."""
    try:
        names = os.listdir("/dev/fd")  # noqa: PTH208 numbers, not paths
    except OSError:
        return
    for descriptor in map(int, names):
        with suppress(OSError), _copy(descriptor) as ours:
            yield _seen(ours), descriptor


@contextmanager
def _copy(descriptor: int) -> Iterator[socket.socket]:
    """The socket under a descriptor of our own, since the server may close it meanwhile. Raises OSError if it is
    not a client's.
    """
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        raise OSError
    with socket.socket(fileno=os.dup(descriptor)) as ours:
        if ours.family not in (socket.AF_INET, socket.AF_INET6):
            raise OSError
        yield ours


def _seen(ours: socket.socket) -> Connection:
    """Raises OSError for a socket that only listens."""
    client, unread, taken = client_party(ours.getpeername()[0]), 0, 0
    if sys.platform == "linux":
        told = ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_ACKED + 8)
        (taken,) = struct.unpack_from("Q", told, _BYTES_ACKED)
        (unread,) = struct.unpack("i", fcntl.ioctl(ours, termios.TIOCOUTQ, bytes(4)))
    return Connection(_key(ours), client, unread, taken)


def _key(ours: socket.socket) -> int:
    return os.fstat(ours.fileno()).st_ino


def _drop(connection: Connection, descriptor: int) -> None:
    with suppress(OSError), _copy(descriptor) as ours:
        # The descriptor may belong to another by now.
        if _key(ours) == connection.key:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _FORGET)
            ours.shutdown(socket.SHUT_RDWR)
