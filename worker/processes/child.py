"""Work that cannot be interrupted, done in a process that can be killed: a hostile document costs its own limits.

A child (`worker.processes.confined`) is started when it is first needed, stays warm, does one task at a time, and is
replaced after it was killed. It sets its own limits: memory, processor time, no files, no core. It never outlives its
parent, not even in the middle of a task, and ends by itself when nobody has asked it for IDLE_SECONDS.

A child that ends without a result says nothing about the document (`Killed`): it may have been killed from outside, or
the machine may have no memory or no time left. A document is stopped for the processor time that it takes, never for
the time that passes while other programs hold the processor.

Values go in and out, pickled behind their length; what comes back may name our own nouns only. There is no
multiprocessing here: workers of Dask allow none. Tasks are functions by name, from a table that is fixed at the start.
"""

import atexit
import builtins
import io
import os
import pickle
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from feeds import lifeline
from feeds.errors import LATER, SeedError, SourceError, UnreadError
from worker.model import LARGE_BYTES, Document, ParsedFeed, Reading
from worker.processes.confined import LENGTH, NO_MEMORY

#: What one document may take: of processor time, and of address space, so that its resident memory stays below.
SECONDS = 30.0
MEMORY_MB = 300
IDLE_SECONDS = 120.0
# By the clock a child may take so many times its processor time, for a machine that is busy with other things.
_BUSY = 10
# How often a child that has not answered is looked at, in a part of its processor time and in seconds at most.
_LOOK_SHARE, _LOOK_SECONDS = 4, 1.0
# An answer is smaller than the document that it was made of, but for what the formats wrap around it.
_LONGEST_ANSWER = 128 * 2**20


TASKS: Mapping[str, str] = {
    "lenient": "worker.parse.lenient:parse",
    "parse": "worker.parse:parse",
    "markdown": "worker.seeds.readers.markdown:read",
    "page": "worker.seeds.readers.html:read",
    "word": "worker.seeds.readers.docx:read",
}


class Killed(Exception):
    """The child gave no result, for a reason that need not be the document's.

    reason: "time" (processor time), "memory", "stalled" (the machine gave it no time) or "died"; detail: how it died.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    @property
    def of_size(self) -> bool:
        """Whether it took more than one document may take: less of it may be read."""
        return self.reason in ("time", "memory")

    def __str__(self) -> str:
        """How the reading of a document went, as the end of a sentence."""
        match self.reason:
            case "time":
                return f"took more than {SECONDS:.0f} s of processor time"
            case "memory":
                return f"took more than {MEMORY_MB} MB"
            case "stalled":
                return "got too little processor time; the machine is busy"
        return f"ended before its result ({self.detail})"


def lenient(text: str, document: Document) -> ParsedFeed:
    """`worker.parse.lenient.parse` in a warm child. UnreadError if the child gave no result."""
    return _parsed(document.name, "lenient", text, document)


def heavy(document: Document) -> bool:
    """Whether reading it in this process could take more memory than it should: then `parse` is the way."""
    return len(document.body) > LARGE_BYTES


def parse(document: Document, *more: object) -> ParsedFeed:
    """`worker.parse.parse`, with all its lanes, in a warm child. more: its other arguments, in their order."""
    return _parsed(document.name, "parse", document, *more)


def _parsed(name: str, task: str, *args: object) -> ParsedFeed:
    try:
        feed: ParsedFeed = call(task, *args)
    except Killed as error:
        raise stopped(name, error) from error
    return feed


def read_seed(task: str, *args: object) -> Reading:
    """A seed read by one of TASKS. Raises the reader's SeedError, or Killed."""
    reading: Reading = call(task, *args)
    return reading


def stopped(name: str, error: Killed) -> UnreadError:
    """What an operator is told of a document whose reading gave no result, again and again. name: the document's."""
    return UnreadError(name, f"Reading this feed {error}. {LATER}", "E_PARSE" if error.of_size else "E_READER")


def call(task: str, *args: object, seconds: float = SECONDS) -> Any:
    """One of TASKS, in a child that is free; as many are kept as were ever busy at once.

    A child that ended without a result is replaced, and the task done once more, in a process that did nothing else.
    seconds: of processor time. Raises Killed, or the error of a source or a seed that the task raised.
    """
    with _lock:
        child = _free.pop() if _free else Child()
    try:
        try:
            return child.call(task, *args, seconds=seconds)
        except Killed as error:
            if error.reason in ("time", "stalled"):
                raise  # it would take as long again
            child.close()
            return child.call(task, *args, seconds=seconds)
    finally:
        with _lock:
            _free.append(child)


_free: list["Child"] = []
_lock = Lock()


@atexit.register
def _close_all() -> None:
    while _free:
        _free.pop().close()


class Child:
    """One process, started when it is first called. tasks: "module:function" by name. For one thread at a time."""

    def __init__(
        self, tasks: Mapping[str, str] = TASKS, memory_mb: int = MEMORY_MB, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._arguments = [str(memory_mb), str(idle_seconds), *(f"{name}={place}" for name, place in tasks.items())]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def call(self, task: str, *args: object, seconds: float) -> Any:
        """What the task returns. Raises Killed, or the error of a source or a seed that the task raised.

        seconds: of processor time; by the clock, a child that gets none for as long is given up, or after _BUSY times.
        """
        request = pickle.dumps((task, args, seconds), protocol=pickle.HIGHEST_PROTOCOL)
        warm = self._process is not None
        try:
            kind, value, last = self._asked(request, seconds)
        except _Idle:
            # It ended for want of work just when there was some. One that was just started has no such excuse.
            if not warm:
                raise Killed("died", "exit code 0") from None
            return self.call(task, *args, seconds=seconds)
        if last:
            self.close()
        match kind:
            case "result":
                return value
            case "error":
                raise value
        raise Killed(kind, value)

    def close(self) -> None:
        """Ends the process, whatever it is doing; the next call starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()  # closes the pipes and waits

    def _asked(self, request: bytes, seconds: float) -> tuple[str, Any, bool]:
        try:
            process = self._process = self._process or self._started()
        except OSError as error:
            raise Killed("died", f"it could not be started: {os.strerror(error.errno or 0)}") from None
        try:
            return _loaded(_exchanged(process, request, seconds))
        except TimeoutError:
            self.close()
            raise Killed("stalled") from None
        except EOFError:
            # The pipe may close a moment before the process has ended.
            with suppress(subprocess.TimeoutExpired):
                process.wait(1)
            code = process.returncode
            self.close()
            if code == 0:
                raise _Idle from None
            raise _killed(code) from None
        except Exception as error:  # what a process in ruins has written can raise anything when it is unpickled
            self.close()
            raise Killed("died", f"junk for an answer: {type(error).__name__}") from None
        except BaseException:  # Ctrl-C in the middle: the answer that is still to come would be taken for the next one
            self.close()
            raise

    def _started(self) -> "subprocess.Popen[bytes]":
        # Without our settings, some of which are secret.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SEEDFEED_")}
        process = lifeline.start(
            "worker.processes.confined",
            self._arguments,
            environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            process_group=0,  # Ctrl-C is for the parent
        )
        assert process.stdin is not None
        os.set_blocking(process.stdin.fileno(), False)
        return process


class _Idle(Exception):
    """The process ended well before it was asked."""


class _Patience:
    """How long a process may go on: while it works, _BUSY times `seconds`; while it does not, `seconds`."""

    def __init__(self, pid: int, seconds: float) -> None:
        self._pid = pid
        self._seconds = seconds
        self._worked = _processor_ticks(pid)
        self._worked_at = time.monotonic()
        self._end = self._worked_at + _BUSY * seconds
        self.look = min(seconds / _LOOK_SHARE, _LOOK_SECONDS)

    def check(self) -> None:
        """Raises TimeoutError at its end."""
        now, worked = time.monotonic(), _processor_ticks(self._pid)
        if worked != self._worked:
            self._worked, self._worked_at = worked, now
        if now >= self._end or (worked >= 0 and now - self._worked_at >= self._seconds):
            raise TimeoutError


def _processor_ticks(pid: int) -> int:
    """Processor time that a process has had, in the system's ticks (proc(5)); -1 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return int(fields[11]) + int(fields[12])
    except (OSError, ValueError, IndexError):
        return -1


def _exchanged(process: "subprocess.Popen[bytes]", request: bytes, seconds: float) -> bytes:
    """The answer to a request. EOFError if the process ends first, TimeoutError if it does not get on."""
    assert process.stdin is not None and process.stdout is not None
    into, out = process.stdin.fileno(), process.stdout.fileno()
    rest = memoryview(LENGTH.pack(len(request)) + request)
    answer = bytearray()
    patience = _Patience(process.pid, seconds)
    with selectors.DefaultSelector() as ready:
        ready.register(into, selectors.EVENT_WRITE)
        ready.register(out, selectors.EVENT_READ)
        while True:
            events = ready.select(patience.look)
            if not events:
                patience.check()
            for key, _ in events:
                if key.fd == into:
                    try:
                        rest = rest[os.write(into, rest) :]
                    except BrokenPipeError:
                        raise EOFError from None
                    if not rest:
                        ready.unregister(into)
                    continue
                chunk = os.read(out, 2**20)
                if not chunk:
                    raise EOFError
                answer += chunk
                if len(answer) < LENGTH.size:
                    continue
                (length,) = LENGTH.unpack_from(answer)
                if length > _LONGEST_ANSWER or len(answer) > LENGTH.size + length:
                    raise ValueError("not an answer")
                if len(answer) == LENGTH.size + length:
                    return bytes(memoryview(answer)[LENGTH.size :])


def _killed(code: int | None) -> Killed:
    """What an exit code tells. SIGKILL may come from anybody, also from a kernel without memory for anyone."""
    match code:
        case None | 0:
            return Killed("died", "exit code 0")
        case _ if code == NO_MEMORY:
            return Killed("memory")
        case _ if code == -signal.SIGXCPU:
            return Killed("time")
        case _ if code < 0:
            return Killed("died", signal.Signals(-code).name)
    return Killed("died", f"exit code {code}")


class _Answers(pickle.Unpickler):
    """Reads answers: the nouns and errors of Seedfeed, and plain values. Code in an answer is none that we run."""

    def find_class(self, module: str, name: str) -> Any:
        if module in ("worker.model", "feeds.model", "feeds.errors") and "." not in name:
            return super().find_class(module, name)
        if module == "builtins" and name in ("frozenset", "set"):
            return getattr(builtins, name)
        raise pickle.UnpicklingError(f"{module}.{name} in an answer")


def _loaded(answer: bytes) -> tuple[str, Any, bool]:
    """The kind of outcome, its value, and whether the child ends after it."""
    kind, value = _Answers(io.BytesIO(answer[1:])).load()
    if kind not in ("result", "error", "time", "memory", "died") or (
        kind == "error" and not isinstance(value, SourceError | SeedError)
    ):
        raise ValueError("not an answer")
    return kind, value, answer[0] != 0
