"""The child process: what it is given comes back, and whatever happens in it has one clear outcome."""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from feeds.errors import FetchError, ParseError, UnforeseenError
from support import child_tasks
from support.site import eventually
from worker.model import Document
from worker.parse import lenient, parse
from worker.processes import child
from worker.processes.child import Child, Killed

NAMES = [name for name, value in vars(child_tasks).items() if getattr(value, "__module__", "") == child_tasks.__name__]
TASKS = {name: f"{child_tasks.__name__}:{name}" for name in NAMES}
PATIENT = 30.0
DOCUMENT = Document("http://a.test/feed", b"", datetime(2026, 3, 1, tzinfo=UTC), url="http://a.test/feed")
FEED = '<rss version="2.0"><channel><title>A</title><item><title>B</title><guid>1</guid></item></channel></rss>'


@pytest.fixture
def one() -> Iterator[Child]:
    made = Child(TASKS)
    yield made
    made.close()


def alive(pid: int) -> bool:
    """Whether it runs; one that ended and was not yet waited for does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def children(pid: int) -> list[int]:
    """The processes that a process started, in whatever thread."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # a thread that has just ended
            found += map(int, (task / "children").read_text().split())
    return found


def readers_at_work() -> list[int]:
    """The children of this process that read documents."""
    found = []
    for pid in children(os.getpid()):
        with suppress(OSError):  # it has just ended
            found += [pid] if b"confined" in Path(f"/proc/{pid}/cmdline").read_bytes() else []
    return found


def killed(one: Child, task: str, *args: object, seconds: float = PATIENT) -> Killed:
    with pytest.raises(Killed) as found:
        one.call(task, *args, seconds=seconds)
    return found.value


def test_values_go_in_and_out_through_one_warm_process(one: Child) -> None:
    assert one.pid is None
    values: tuple[object, ...] = ("ü😀", b"x" * 3_000_000, {"a": (1, None)}, frozenset({2.5}))
    assert one.call("echo", *values, seconds=PATIENT) == values
    first = one.pid
    assert one.call("echo", 1, seconds=PATIENT) == (1,)
    assert one.pid == first != os.getpid()


# A machine that gives a child no processor stops it by the clock before it has used its time.
TOO_LONG = ("time", "stalled")


@pytest.mark.parametrize(
    ("task", "args", "seconds", "reason", "detail"),
    [
        ("hang", (), 1.0, "stalled", ""),
        ("spin", (), 1.0, "stalled", ""),
        ("processor_time", (60.0,), 3.0, "time", ""),
        ("eat", (), PATIENT, "memory", ""),
        ("eat_and_wrap", (), PATIENT, "memory", ""),
        ("exit_now", (3,), PATIENT, "died", "exit code 3"),
        ("exit_now", (0,), PATIENT, "died", "exit code 0"),
        ("kill", (signal.SIGSEGV,), PATIENT, "died", "SIGSEGV"),
        ("kill", (signal.SIGABRT,), PATIENT, "died", "SIGABRT"),
        ("kill", (signal.SIGKILL,), PATIENT, "died", "SIGKILL"),  # anybody's way, and the kernel's without memory
        ("kill", (signal.SIGXCPU,), PATIENT, "time", ""),
        ("unpicklable", (), PATIENT, "died", "no answer that can be sent: "),
        ("foreign", (), PATIENT, "died", "junk for an answer: UnpicklingError"),
        ("junk", (5,), PATIENT, "died", "junk for an answer: ValueError"),
        ("junk", (5000,), PATIENT, "died", "junk for an answer: ValueError"),
    ],
)
def test_what_goes_wrong_in_a_child_is_told_and_the_next_task_is_done(
    one: Child, task: str, args: tuple[object, ...], seconds: float, reason: str, detail: str
) -> None:
    assert one.call("echo", seconds=PATIENT) == ()
    error = killed(one, task, *args, seconds=seconds)
    assert error.reason in TOO_LONG if reason == "time" else error.reason == reason
    assert error.detail.startswith(detail), error.detail
    assert one.call("echo", "again", seconds=PATIENT) == ("again",)


def test_a_child_that_was_killed_is_gone_and_leaves_no_descriptor(one: Child) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(3):
        one.call("echo", seconds=PATIENT)
        pid = one.pid
        assert killed(one, "hang", seconds=0.05).reason == "stalled"
        assert pid is not None and not Path(f"/proc/{pid}").exists()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_an_error_of_the_source_travels_as_itself(one: Child) -> None:
    with pytest.raises(FetchError) as found:
        one.call("refuse", seconds=PATIENT)
    assert found.value.args == ("http://x/", "No.", "E_HTTP", 120.0, 503)


def test_a_bug_travels_with_its_place_and_its_traceback(one: Child) -> None:
    with pytest.raises(UnforeseenError) as found:
        one.call("bug", seconds=PATIENT)
    assert found.value.where.startswith("KeyError in worker/processes/confined.py, line ")
    assert "child_tasks.py" in found.value.trace and "KeyError: 'x'" in found.value.trace


def test_prints_are_not_taken_for_answers_and_requests_are_not_read_by_tasks(one: Child) -> None:
    assert one.call("chatter", "said", seconds=PATIENT) == "said"
    assert one.call("read_input", seconds=PATIENT) == ""
    assert one.call("echo", 1, seconds=PATIENT) == (1,)


def test_limits_are_set_and_no_descriptor_but_its_pipes_is_inherited(one: Child, tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        opened: list[str] = one.call("open_files", seconds=PATIENT)
    assert sorted(name.partition(":")[0] for name in opened) == ["/dev/null", "pipe", "pipe"]
    memory = child.MEMORY_MB * 2**20
    assert one.call("limits", seconds=PATIENT) == [(memory, memory), (0, 0), (0, 0)]
    assert one.call("write_file", str(tmp_path / "file"), seconds=PATIENT) == "OSError"
    assert one.call("interrupt", seconds=PATIENT) == "went on"


def test_processor_time_is_counted_for_each_task_alone(one: Child) -> None:
    for _ in range(2):
        one.call("processor_time", 0.7, seconds=PATIENT)
        assert PATIENT <= one.call("processor_time_left", seconds=PATIENT) <= PATIENT + 2


@pytest.mark.parametrize(("most", "meant"), [(36_000, range(5, 60)), (3, range(3, 4))])
def test_limits_that_are_set_for_all_processes_are_not_raised(most: int, meant: range) -> None:
    program = (
        "import json, resource\nfrom worker.processes.confined import perform_within\n"
        f"resource.setrlimit(resource.RLIMIT_CPU, ({most}, {most}))\n"
        "_, within = perform_within(5.0, 'resource:getrlimit', (resource.RLIMIT_CPU,))\n"
        "print(json.dumps([within, resource.getrlimit(resource.RLIMIT_CPU)]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    (soft, hard), after = json.loads(done.stdout)
    assert soft in meant
    assert (hard, after) == (most, [most, most])


def test_a_child_that_does_not_give_memory_back_is_replaced(one: Child) -> None:
    one.call("echo", b"x" * 20_000_000, seconds=PATIENT)
    assert one.pid is not None
    one.call("hoard", 160, seconds=PATIENT)
    assert one.pid is None
    assert one.call("echo", 1, seconds=PATIENT) == (1,)


def test_a_child_that_nobody_asks_ends_and_nobody_notices() -> None:
    one = Child(TASKS, idle_seconds=0.2)
    try:
        assert one.call("echo", 1, seconds=PATIENT) == (1,)
        first = one.pid
        assert first is not None
        eventually(lambda: not alive(first), "the end of a child without work")
        assert one.call("echo", 2, seconds=PATIENT) == (2,)
        assert one.pid != first
    finally:
        one.close()


def test_a_process_of_an_executor_has_a_child_of_its_own_that_ends_with_it() -> None:
    context = get_context("forkserver")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        assert executor.submit(child.lenient, FEED, DOCUMENT).result() == lenient.parse(FEED, DOCUMENT)
        worker = executor.submit(os.getpid).result()
        (pid,) = children(worker)
        assert alive(pid)
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: not alive(pid), "the end of the child")


@pytest.mark.parametrize("task", ["echo", "hang", "spin"])
def test_a_child_does_not_outlive_its_parent(task: str, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    program = (
        "import pathlib, sys, threading\n"
        "from worker.processes.child import Child\n"
        f"one = Child({TASKS!r})\n"
        "one.call('echo', seconds=30)\n"
        f"threading.Thread(target=one.call, args=({task!r},), kwargs={{'seconds': 1000}}, daemon=True).start()\n"
        f"pathlib.Path({str(told)!r}).write_text(str(one.pid))\n"
        "threading.Event().wait()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    parent = subprocess.Popen([sys.executable, "-c", program], env=environment)
    try:
        eventually(lambda: told.exists() and told.read_text(), "the child's pid")
        pid = int(told.read_text())
        time.sleep(0.2)  # so that the task has begun
        assert alive(pid)
    finally:
        parent.kill()
        parent.wait()
    eventually(lambda: not alive(pid), "the end of the child")


def test_a_child_starts_whatever_lies_in_the_current_directory(
    one: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    assert one.call("echo", seconds=PATIENT) == ()


def test_a_child_lives_on_when_the_thread_that_first_asked_it_has_ended(one: Child) -> None:
    """To the kernel the thread that starts a process is its parent."""
    first = threading.Thread(target=one.call, args=("echo",), kwargs={"seconds": PATIENT})
    first.start()
    first.join()
    pid = one.pid
    assert one.call("processor_time", 0.2, seconds=PATIENT) is None
    assert one.pid == pid


def test_what_is_slow_because_the_machine_is_busy_is_not_stopped(one: Child) -> None:
    """It gets a tenth of the processor: by the clock it takes longer than it may take of processor time."""
    one.call("echo", seconds=PATIENT)
    pid, over = one.pid, threading.Event()
    assert pid is not None

    def hold_up() -> None:
        while not over.wait(0.02):
            os.kill(pid, signal.SIGSTOP)
            over.wait(0.18)
            os.kill(pid, signal.SIGCONT)

    slow = threading.Thread(target=hold_up)
    slow.start()
    try:
        began = time.monotonic()
        one.call("processor_time", 0.3, seconds=1.0)
        assert time.monotonic() - began > 1.0
    finally:
        over.set()
        slow.join()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGIO])
def test_a_task_whose_child_is_killed_from_outside_is_done_by_another(number: int) -> None:
    while child._free:
        child._free.pop().close()
    slow = FEED.replace("<guid>", f"<author>{'a' * 15_000}</author><guid>")
    with ThreadPoolExecutor(1) as thread:
        under_way = thread.submit(child.lenient, slow, DOCUMENT)
        eventually(readers_at_work, "a child")
        (pid,) = readers_at_work()
        os.kill(pid, number)
        assert under_way.result().title == "A"
    assert pid not in readers_at_work()


def test_threads_each_have_a_child_of_their_own() -> None:
    with ThreadPoolExecutor(3) as threads:
        feeds = list(threads.map(lambda n: child.lenient(FEED.replace("B", str(n)), DOCUMENT), range(12)))
    assert [feed.entries[0].title for feed in feeds] == [str(n) for n in range(12)]


def test_the_lenient_lane_reads_the_same_in_a_child() -> None:
    assert child.lenient(FEED, DOCUMENT) == lenient.parse(FEED, DOCUMENT)
    with pytest.raises(ParseError) as found:
        child.lenient("<rss><channel>", DOCUMENT)
    assert found.value.code == "E_XML"


def test_a_heavy_document_is_read_the_same_in_a_child_or_stopped() -> None:
    small = replace(DOCUMENT, body=FEED.encode())
    big = replace(DOCUMENT, body=FEED.replace("B", "many words " * 100_000).encode())
    assert [child.heavy(document) for document in (small, big)] == [False, True]
    for document in (small, big):
        assert child.parse(document) == parse(document)
    hostile = replace(DOCUMENT, body=b"<rss version='2.0'><channel>" + b"<a/>" * 3_000_000 + b"</channel></rss>")
    with pytest.raises(Killed) as found:
        child.call("parse", hostile, seconds=2.0)
    assert found.value.reason in TOO_LONG


def test_an_author_that_takes_half_a_minute_to_read_is_stopped() -> None:
    hostile = FEED.replace("<guid>", f"<author>{'a' * 60_000}</author><guid>")
    with pytest.raises(Killed) as found:
        child.call("lenient", hostile, DOCUMENT, seconds=3.0)
    assert found.value.reason in TOO_LONG
    assert child.lenient(FEED, DOCUMENT).title == "A"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (Killed("time"), "E_PARSE: Reading this feed took more than 30 s of processor time."),
        (Killed("memory"), "E_PARSE: Reading this feed took more than 300 MB."),
        (Killed("stalled"), "E_READER: Reading this feed got too little processor time; the machine is busy."),
        (Killed("died", "SIGSEGV"), "E_READER: Reading this feed ended before its result (SIGSEGV)."),
    ],
)
def test_what_stopped_a_reading_is_told_to_the_operator(error: Killed, message: str) -> None:
    told = child.stopped_error("http://a.test/feed", error)
    assert (told.name, f"{told.code}: {told.message}") == ("http://a.test/feed", f"{message} It is asked again later.")
    again: Any = pickle.loads(pickle.dumps(error))
    assert again.args == error.args
