"""Runs work that cannot be interrupted in a process that can be killed, so that a hostile document affects only itself.

A child (`worker.processes.confined`) is started on first use, stays warm, does one task at a time, and is replaced
after it was killed. It limits itself: memory, processor time, no files, no core dump. It never outlives its parent,
even in the middle of a task, and ends when idle for IDLE_SECONDS.

A child that ends without a result proves nothing about the document (`Killed`): it may have been killed from outside,
or the machine may be short of memory or time. A document is stopped for the processor time that it uses, never for the
time that passes while other programs use the processor.

Values are pickled behind their length in both directions; an answer may contain only our own types. multiprocessing is
not used, since Dask's workers do not allow it. Tasks are functions by name, from a table fixed at the start.
"""

import atexit
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
from feeds.errors import LATER, SeedError, SourceError, UnforeseenError, UnreadError
from worker.model import LARGE_BYTES, Document, ParsedFeed, Reading
from worker.processes import confined
from worker.processes.confined import LENGTH, NO_MEMORY

#: Limits for one document: processor time, and an address space that keeps resident memory below it.
SECONDS = 30.0
MEMORY_MB = 300
IDLE_SECONDS = 30.0
# A child may take this many times its processor time by the clock, since other programs may keep the machine busy.
_BUSY = 10
# How often to check on a child that has not answered: a fraction of its processor time, and at most this many seconds.
_LOOK_SHARE, _LOOK_SECONDS = 4, 1.0
# An answer is smaller than its document, except for what the formats wrap around it.
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
        """Whether it exceeded a limit for one document, so that reading less of the document may help."""
        return self.reason in ("time", "memory")

    def __str__(self) -> str:
        """How the reading of a document ended, as the end of a sentence."""
        match self.reason:
            case "time":
                return f"took more than {SECONDS:.0f} s of processor time"
            case "memory":
                return f"took more than {MEMORY_MB} MB"
            case "stalled":
                return "got too little processor time; the machine is busy"
        return f"ended before its result ({self.detail})"


class Slow(Exception):
    """A document takes longer than the time that was given for a first try."""


def lenient(text: str, document: Document, seconds: float = SECONDS) -> ParsedFeed:
    """Runs `worker.parse.lenient.parse` in a warm child. Raises UnreadError if the child gave no result.

    seconds: if less than SECONDS, Slow is raised after them.
    """
    return _parse_in_child(document.name, seconds, "lenient", text, document)


def heavy(document: Document) -> bool:
    """Whether parsing it here could take too much memory, so that `parse` must be used."""
    return len(document.body) > LARGE_BYTES


def parse(document: Document, *more: object, seconds: float = SECONDS) -> ParsedFeed:
    """Runs `worker.parse.parse`, with all its lanes, in a warm child. more: its other arguments, in order.

    seconds: as for `lenient`.
    """
    return _parse_in_child(document.name, seconds, "parse", document, *more)


def _parse_in_child(name: str, seconds: float, task: str, *args: object) -> ParsedFeed:
    try:
        feed: ParsedFeed = call(task, *args, seconds=seconds)
    except Killed as error:
        if seconds < SECONDS and error.reason in ("time", "stalled"):
            raise Slow from error
        raise stopped_error(name, error) from error
    return feed


def read_seed(task: str, *args: object) -> Reading:
    """Reads a seed with one of TASKS. Raises the reader's SeedError, UnforeseenError, or Killed."""
    reading: Reading = call(task, *args)
    return reading


def stopped_error(name: str, error: Killed) -> UnreadError:
    """The error for a document that repeatedly gave no result. name: of the document."""
    return UnreadError(name, f"Reading this feed {error}. {LATER}", "E_PARSE" if error.of_size else "E_READER")


def call(task: str, *args: object, seconds: float = SECONDS) -> Any:
    """Runs one of TASKS in a free child; as many children are kept as were ever busy at once. A child runs it itself.

    A child that ended without a result is replaced, and a fresh process tries the task once more. seconds: of processor
    time. Raises Killed, the source's or seed's error that the task raised, or UnforeseenError for any other.
    """
    if confined.inside:
        return _result(*confined.perform_within(seconds, TASKS[task], args))
    with _lock:
        child = _free.pop() if _free else Child()
    try:
        try:
            return child.call(task, *args, seconds=seconds)
        except Killed as error:
            if error.reason in ("time", "stalled"):
                raise  # a second attempt would take as long
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
    """One process, started when it is first called. Used by one thread at a time.

    tasks: "module:function" by name. module: imported at the start, and not counted to memory_mb. ended: for good.
    """

    def __init__(
        self,
        tasks: Mapping[str, str] = TASKS,
        memory_mb: int = MEMORY_MB,
        idle_seconds: float = IDLE_SECONDS,
        module: str = "",
    ) -> None:
        places = [f"{name}={place}" for name, place in tasks.items()]
        self._arguments = [str(memory_mb), str(idle_seconds), module, *places]
        self._process: subprocess.Popen[bytes] | None = None
        self.ended = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def call(self, task: str, *args: object, seconds: float) -> Any:
        """The result of the task. Raises as `call` above raises.

        seconds: of processor time. A child is given up if it gets no processor time for that long, or after _BUSY times
        as long by the clock.
        """
        request = pickle.dumps((task, args, seconds), protocol=pickle.HIGHEST_PROTOCOL)
        warm = self._process is not None
        try:
            kind, value, last = self._ask(request, seconds)
        except _Idle:
            # A warm child may have ended from idleness just now; one that was just started may not.
            if not warm:
                raise Killed("died", "exit code 0") from None
            return self.call(task, *args, seconds=seconds)
        if last:
            self.close()
        return _result(kind, value)

    def end(self) -> None:
        """Kills the process for good, whatever another thread has it do, which gets Killed."""
        self.ended = True
        if process := self._process:
            process.kill()

    def close(self) -> None:
        """Kills the process, whatever it is doing; the next call starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()  # closes the pipes and waits

    def _ask(self, request: bytes, seconds: float) -> tuple[str, Any, bool]:
        try:
            process = self._process = self._process or self._start()
        except OSError as error:
            raise Killed("died", f"it could not be started: {os.strerror(error.errno or 0)}") from None
        if self.ended:
            self.close()
            raise Killed("died", "it was ended")
        try:
            return _load(_exchange(process, request, seconds))
        except TimeoutError:
            self.close()
            raise Killed("stalled") from None
        except EOFError:
            # The pipe may close a moment before the process ends.
            with suppress(subprocess.TimeoutExpired):
                process.wait(1)
            code = process.returncode
            self.close()
            if code == 0:
                raise _Idle from None
            raise _cause_of_death(code) from None
        except Exception as error:  # unpickling what a broken process wrote can raise anything
            self.close()
            raise Killed("died", f"junk for an answer: {type(error).__name__}") from None
        except BaseException:  # after Ctrl-C, the pending answer would be taken for the next one
            self.close()
            raise

    def _start(self) -> "subprocess.Popen[bytes]":
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
            process_group=0,  # keeps Ctrl-C for the parent
        )
        assert process.stdin is not None
        os.set_blocking(process.stdin.fileno(), False)
        return process


def _result(kind: str, value: Any) -> Any:
    match kind:
        case "result":
            return value
        case "error" | "bug":
            raise value
    raise Killed(kind, value)


class _Idle(Exception):
    """The process ended before it got the request."""


class _Patience:
    """How long a process may run: _BUSY times `seconds` while it works, `seconds` while it does not."""

    def __init__(self, pid: int, seconds: float) -> None:
        self._pid = pid
        self._seconds = seconds
        self._worked = _processor_ticks(pid)
        self._worked_at = time.monotonic()
        self._end = self._worked_at + _BUSY * seconds
        self.look = min(seconds / _LOOK_SHARE, _LOOK_SECONDS)

    def check(self) -> None:
        """Raises TimeoutError when the time is up."""
        now, worked = time.monotonic(), _processor_ticks(self._pid)
        if worked != self._worked:
            self._worked, self._worked_at = worked, now
        if now >= self._end or (worked >= 0 and now - self._worked_at >= self._seconds):
            raise TimeoutError


def _processor_ticks(pid: int) -> int:
    """Processor time of a process in system ticks (proc(5)); -1 if the system does not report it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return int(fields[11]) + int(fields[12])
    except (OSError, ValueError, IndexError):
        return -1


def _exchange(process: "subprocess.Popen[bytes]", request: bytes, seconds: float) -> bytes:
    """The answer to a request. Raises EOFError if the process ends first, TimeoutError if it makes no progress."""
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


def _cause_of_death(code: int | None) -> Killed:
    """Interprets an exit code. SIGKILL may come from anyone, including a kernel that is out of memory."""
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


_PLAIN = {
    *(("builtins", name) for name in ("frozenset", "set")),
    *(("datetime", name) for name in ("datetime", "timedelta", "timezone")),
}


class _Answers(pickle.Unpickler):
    """Unpickles answers: only types and errors of Seedfeed, and plain values, so that an answer cannot run code."""

    def find_class(self, module: str, name: str) -> Any:
        if module in ("worker.model", "feeds.model", "feeds.errors") and "." not in name:
            return super().find_class(module, name)
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} in an answer")


def _load(answer: bytes) -> tuple[str, Any, bool]:
    """The kind of outcome, its value, and whether the child ends after it."""
    kind, value = _Answers(io.BytesIO(answer[1:])).load()
    raised = {"error": SourceError | SeedError, "bug": UnforeseenError}
    if kind not in ("result", "time", "memory", "died", *raised) or not isinstance(value, raised.get(kind, object)):
        raise ValueError("not an answer")
    return kind, value, answer[0] != 0
