"""Tasks for the child of tests/test_child.py, each of which goes wrong in its own way. Imported by the child only."""

import ctypes
import os
import resource
import signal
import sys
import time
from pathlib import Path

from feeds.errors import FetchError


def echo(*args: object) -> object:
    return args


def hang() -> None:
    time.sleep(1000)


def spin() -> None:
    """In C, with the interpreter's lock held, as a regular expression is."""
    ctypes.PyDLL(None).sleep(1000)


def eat() -> int:
    """Memory, up to 1 GB if it is let."""
    hoard = [bytearray(2**20) for _ in range(1024)]
    return len(hoard)


def eat_and_wrap() -> None:
    try:
        eat()
    except Exception as error:
        raise FetchError("x", "cannot be read", "E_PARSE") from error


_hoard: list[bytes] = []


def hoard(megabytes: int) -> None:
    """Memory that is never given back."""
    _hoard.append(bytes(range(256)) * 4096 * megabytes)


def exit_now(code: int) -> None:
    os._exit(code)


def kill(number: int) -> None:
    os.kill(os.getpid(), number)


def chatter(answer: str) -> str:
    print("a stray print " * 1000, flush=True)
    print("and to stderr", file=sys.stderr, flush=True)
    os.write(1, b"and below Python")
    return answer


def junk(count: int) -> None:
    """Writes to every descriptor there is, also to the one where answers go."""
    for number in range(3, 20):
        try:
            os.write(number, b"\xff" * count)
        except OSError:
            continue


def unpicklable() -> object:
    return lambda: None


class Foreign:
    """A class that an answer may not name."""


def foreign() -> object:
    return Foreign()


def bug() -> None:
    raise KeyError("x")


def refuse() -> None:
    raise FetchError("http://x/", "No.", "E_HTTP", 120.0, 503)


def read_input() -> str:
    return sys.stdin.read()


def open_files() -> list[str]:
    """What each descriptor above the standard ones leads to."""
    numbers = [int(name) for name in os.listdir("/proc/self/fd") if int(name) > 2]  # noqa: PTH208
    found = []
    for number in numbers:
        try:
            found.append(os.readlink(f"/proc/self/fd/{number}"))  # noqa: PTH115
        except OSError:
            continue
    return found


def write_file(path: str) -> str:
    try:
        Path(path).write_text("x" * 10_000)
    except OSError as error:
        return type(error).__name__
    return "written"


def limits() -> list[tuple[int, int]]:
    return [resource.getrlimit(what) for what in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)]


def processor_time(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def processor_time_left() -> float:
    return resource.getrlimit(resource.RLIMIT_CPU)[0] - time.process_time()


def interrupt() -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return "went on"
