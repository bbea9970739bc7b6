"""Executors under bad inputs: what hangs or dies costs itself, never its neighbours, and never the worker."""

import os
import resource
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.errors import UnforeseenError
from support.site import Site, eventually
from worker.model import Document
from worker.processes import child, confined
from worker.processes.executors import Lost, workers
from worker.processes.pool import Pool, batch_size, patience, spread

FEED = "<rss version='2.0'><channel><title>A</title><item><title>B & C</title><guid>1</guid></item></channel></rss>"
DOCUMENT = Document("http://a.test/feed", b"", datetime(2026, 3, 1, tzinfo=UTC), url="http://a.test/feed")


def work(word: str) -> str:
    """One input; runs in a process of the pool."""
    if word.startswith("hang"):
        time.sleep(600)
    if word == "raise":
        raise KeyError(word)
    if word == "elsewhere" and "distributed" in sys.modules:
        raise AttributeError(word)
    if word == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if word == "eat":
        return str(len(bytearray(10**9)))
    if word == "spin":
        return str(confined.perform_within(0.1, "support.child_tasks:processor_time", (60.0,)))
    if word == "parse":
        return str(len(child.lenient(FEED, DOCUMENT).entries) + len(child._free))
    return word.upper()


def finished(pool: Pool[str, str]) -> list[tuple[str, str]]:
    """The results of a pool, in the order in which they came."""
    found = []
    while pool.busy:
        found += [(word, "lost" if isinstance(result, Lost) else result) for word, result in pool.results()]
        time.sleep(0.01)
    return found


def results(setting: str, *words: str) -> dict[str, str]:
    pool = Pool(setting, "worker.model", work)
    try:
        for word in words:
            pool.submit(word, 0.5 if word == "hang" else 60.0)
        return dict(finished(pool))
    finally:
        pool.close()


@pytest.mark.parametrize("setting", ["processes:2", "threads:2", "dask"])
def test_every_input_gets_its_result(setting: str) -> None:
    assert results(setting, "a", "b", "c") == {"a": "A", "b": "B", "c": "C"}


def test_an_input_at_which_the_function_fails_on_a_cluster_is_tried_on_this_machine() -> None:
    assert results("dask", "a", "elsewhere", "raise") == {"a": "A", "elsewhere": "ELSEWHERE", "raise": "lost"}


def test_an_input_whose_process_dies_is_tried_again_and_alone_is_lost() -> None:
    assert results("processes:1", "a", "b", "die", "c", "d") == {"a": "A", "b": "B", "die": "lost", "c": "C", "d": "D"}


def test_an_input_at_which_the_function_fails_is_lost_with_the_reason() -> None:
    pool = Pool("processes:1", "worker.model", work)
    try:
        for word in ("a", "raise", "b"):
            pool.submit(word, 60.0)
        found: dict[str, str | Lost] = {}
        while pool.busy:
            found |= dict(pool.results())
            time.sleep(0.01)
    finally:
        pool.close()
    assert (found["a"], found["b"]) == ("A", "B")
    lost = found["raise"]
    assert isinstance(lost, Lost)
    assert isinstance(lost.reason, UnforeseenError)


def test_an_input_is_confined_in_its_process_and_needs_no_other_one() -> None:
    pool = Pool("processes:1", "worker.model", work)
    found: dict[str, str | Lost] = {}
    try:
        for word in ("eat", "spin", "parse"):
            pool.submit(word, 60.0)
        while pool.busy:
            found |= dict(pool.results())
            time.sleep(0.01)
    finally:
        pool.close()
    assert found.pop("parse") == "1"
    assert {word: str(getattr(lost, "reason", None)) for word, lost in found.items()} == {
        "eat": "took more than 300 MB",
        "spin": "took more than 30 s of processor time",
    }


def test_an_input_that_hangs_is_ended_at_its_deadline_and_alone_is_lost() -> None:
    assert results("processes:2", "hang", "a", "b") == {"hang": "lost", "a": "A", "b": "B"}


def test_slow_inputs_come_last_and_never_take_the_last_worker() -> None:
    pool = Pool("processes:2", "worker.model", work)
    try:
        for n in range(6):
            pool.submit(f"hang {n}", 60.0, slow=True)
        for word in "abcdefgh":
            pool.submit(word, 60.0)
        found: list[tuple[str, str | Lost]] = []
        while len(found) < 8:
            found += pool.results()
            time.sleep(0.01)
        assert sorted(word for word, _ in found) == list("abcdefgh")
    finally:
        pool.close()


def test_a_process_that_ends_while_nothing_is_under_way_costs_nothing() -> None:
    pool = Pool("processes:2", "worker.model", work)

    def ask(word: str) -> list[tuple[str, str]]:
        pool.submit(word, 20.0)
        return finished(pool)

    try:
        assert ask("a") == [("a", "A")]
        (executor, *_) = pool.local.pids
        os.kill(executor, signal.SIGKILL)
        assert ask("b") == [("b", "B")]
        eventually(lambda: ask("c") == [("c", "C")], "a pool that works")
        assert ask("d") == [("d", "D")]
    finally:
        pool.close()


def test_nothing_is_imported_from_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Site(tmp_path).lay_traps()
    monkeypatch.chdir(tmp_path)
    pool = Pool("processes:1", "worker.model", work)
    try:
        pool.submit("a", 60.0)
        assert finished(pool) == [("a", "A")]
    finally:
        pool.close()


def test_no_process_is_left_of_a_pool_that_ended_and_the_next_one_works() -> None:
    pids: set[int] = set()
    for _ in range(2):
        pool = Pool("processes:2", "worker.model", work)
        pool.submit("a", 60.0)
        assert finished(pool) == [("a", "A")]
        begun = {*pool.local.pids}
        assert begun
        assert not begun & pids
        pids |= begun
        pool.close()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "the end of all of them")


def test_a_machine_without_descriptors_loses_an_input_and_not_the_caller() -> None:
    pool = Pool("processes:1", "worker.model", work)

    def ask(word: str) -> list[tuple[str, str]]:
        pool.submit(word, 20.0)
        return finished(pool)

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        found = ask("a")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        assert found == [("a", "lost")]
        assert ask("b") == [("b", "B")]
    finally:
        pool.close()


@pytest.mark.parametrize(("setting", "count"), [("processes:5", 5), ("threads:3", 3), ("threads", 4)])
def test_the_setting_says_how_many_run_at_once(setting: str, count: int) -> None:
    assert workers(setting) == count


@pytest.mark.parametrize(
    ("waiting", "workers", "seconds_each", "size"),
    [
        (1, 2, 0.001, 1),
        (2, 2, 0.001, 1),  # one for each
        (60, 2, 0.001, 30),
        (60, 2, 0.01, 10),
        (60, 2, 3.0, 1),
        (60, 2, 0.0, 30),
        (3, 16, 0.001, 1),
    ],
)
def test_as_many_inputs_travel_together_as_take_a_moment_and_leave_some_for_others(
    waiting: int, workers: int, seconds_each: float, size: int
) -> None:
    assert batch_size(waiting, workers, seconds_each) == size


@pytest.mark.parametrize(
    ("waiting", "seconds", "another"), [(1, 0.0, False), (50, 4.0, False), (51, 0.0, True), (1, 6.0, True)]
)
def test_another_process_is_started_for_many_inputs_or_beside_one_that_takes_long(
    waiting: int, seconds: float, another: bool
) -> None:
    assert spread(waiting, seconds) is another


@pytest.mark.parametrize(
    ("seconds", "ahead", "workers", "late_after"),
    [
        (45.0, [], 2, 45.0),
        (45.0, [90.0], 2, 45.0),
        (45.0, [45.0, 45.0], 2, 90.0),
        (45.0, [45.0, 90.0, 45.0], 2, 135.0),
        (0.5, [60.0], 1, 60.5),
    ],
)
def test_a_batch_may_take_its_time_after_those_before_it_have_taken_theirs(
    seconds: float, ahead: list[float], workers: int, late_after: float
) -> None:
    assert patience(seconds, ahead, workers) == late_after
