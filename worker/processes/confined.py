"""The child's side of `worker.processes.child`: a process that does one task at a time, within limits that it sets.

    python -m feeds.lifeline worker.processes.confined MEGABYTES IDLE_SECONDS MODULE NAME=MODULE:FUNCTION …

Requests arrive on standard input, answers leave on the original standard output, both as pickles behind their length.
The process ends with its input, after IDLE_SECONDS without a request, and with its parent, even in the middle of a
task.
"""

import importlib
import io
import os
import pickle
import resource
import select
import struct
import sys
from collections.abc import Mapping
from contextlib import suppress
from math import ceil, inf
from pathlib import Path

from feeds import signals
from feeds.errors import SeedError, SourceError, unforeseen

LENGTH = struct.Struct(">Q")
# Exit code of a process that had no memory left for an answer.
NO_MEMORY = 77
# A process may keep the memory of a large document: one that still holds this much ends after its answer.
_RETIRED_AT_MB = 150


#: Whether this process is such a one.
inside = False


def main(memory_mb: int, idle_seconds: float, module: str, tasks: Mapping[str, str]) -> None:
    """Answers requests until standard input ends or IDLE_SECONDS pass.

    module: imported first, or "". The limits are beyond what that takes.
    """
    global inside
    inside = True
    signals.leave_to_parent()
    before, _ = _held_mb()
    if module:
        importlib.import_module(module)
    memory = int((memory_mb + _held_mb()[0] - before) * 2**20)
    for what, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        within = _within(limit, *resource.getrlimit(what))
        resource.setrlimit(what, (within, within))
    # Moved, so that a stray print cannot corrupt an answer and nothing else can read a request.
    requests, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    while _wait_for_request(requests, idle_seconds):
        request = _read(requests, LENGTH.unpack(_read(requests, LENGTH.size))[0])
        task, args, seconds = pickle.loads(request)  # noqa: S301 our parent's
        del request
        kind, value = perform_within(seconds, tasks[task], args)
        del args
        answer = _dump(kind, value)
        del value
        retires = _held_mb()[1] > _RETIRED_AT_MB
        _write(answers, LENGTH.pack(len(answer) + 1) + bytes([retires]) + answer)
        if retires:
            return


def perform_within(seconds: float, place: str, args: tuple[object, ...]) -> tuple[str, object]:
    """The kind of outcome of a task, and its value. This process ends if it takes more than so much processor time."""
    outer, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if seconds < inf:
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = ceil(used.ru_utime + used.ru_stime)
        resource.setrlimit(resource.RLIMIT_CPU, (_within(spent + ceil(seconds) + 1, outer, hard), hard))
    try:
        return _perform(place, args)
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (outer, hard))


def _within(limit: int, *inherited: int) -> int:
    """A limit that raises none of those that the operator has set for all processes, which is refused."""
    return min((limit, *(one for one in inherited if one != resource.RLIM_INFINITY)))


def _perform(place: str, args: tuple[object, ...]) -> tuple[str, object]:
    module, _, name = place.partition(":")
    try:
        return "result", getattr(importlib.import_module(module), name)(*args)
    except (SourceError, SeedError) as error:
        # A parser that blames the document for every error blames it for a lack of memory too.
        if _out_of_memory(error):
            return "memory", ""
        return "error", type(error)(*error.args)
    except MemoryError:
        return "memory", ""
    except Exception as error:
        if _out_of_memory(error):
            return "memory", ""
        return ("died", type(error).__name__) if isinstance(error, OSError) else ("bug", unforeseen(error))


def _out_of_memory(error: BaseException | None) -> bool:
    """Whether a MemoryError caused this error, through any chain of errors."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _dump(kind: str, value: object) -> bytes:
    try:
        return pickle.dumps((kind, value), protocol=pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return pickle.dumps(("memory", ""))
    except Exception as error:  # pickling calls methods of what it pickles
        return pickle.dumps(("died", f"no answer that can be sent: {type(error).__name__}"))


def _held_mb() -> tuple[float, float]:
    """Address space and resident memory in MB now; 0 if the system does not report them. The peak from getrusage may be
    our parent's.
    """
    try:
        space, resident, *_ = map(int, Path("/proc/self/statm").read_bytes().split())
    except OSError:
        return 0.0, 0.0
    page_mb = resource.getpagesize() / 2**20
    return space * page_mb, resident * page_mb


def _wait_for_request(requests: int, seconds: float) -> bool:
    """Whether a request arrives in time; False at the end of input."""
    return bool(_ready(requests, seconds) & select.POLLIN)


def _ready(requests: int, seconds: float) -> int:
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    found = poll.poll(seconds * 1000)
    return found[0][1] if found else 0


def _read(requests: int, count: int) -> bytes:
    parts = bytearray(count)
    view, done = memoryview(parts), 0
    with io.FileIO(requests, closefd=False) as source:
        while done < count:
            read = source.readinto(view[done:])
            if not read:
                sys.exit(1)
            done += read
    view.release()
    return bytes(parts)


def _write(answers: int, answer: bytes) -> None:
    rest = memoryview(answer)
    with suppress(BrokenPipeError):
        while rest:
            rest = rest[os.write(answers, rest) :]


if __name__ == "__main__":
    try:
        # As the module that tasks import, not as __main__, for them to see that they are inside.
        importlib.import_module("worker.processes.confined").main(
            int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], dict(argument.split("=", 1) for argument in sys.argv[4:])
        )
    except MemoryError:
        os._exit(NO_MEMORY)
