"""Executors under bad inputs: what hangs or dies costs itself, never its neighbours, and never the worker."""

import os
import resource
import signal
import time
from multiprocessing import forkserver
from pathlib import Path

import pytest

from support.site import Site, eventually
from worker.processes.executors import Lost, end_fork_server, workers
from worker.processes.pool import Pool, batch_size, patience


def work(word: str) -> str:
    """One input; runs in a process of the pool."""
    if word.startswith("hang"):
        time.sleep(600)
    if word == "raise":
        raise KeyError(word)
    if word == "die":
        os.kill(os.getpid(), signal.SIGKILL)
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
    assert isinstance(lost.reason, KeyError)


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


@pytest.mark.parametrize("victim", ["executor", "fork server"])
def test_a_process_that_ends_while_nothing_is_under_way_costs_nothing(victim: str) -> None:
    pool = Pool("processes:2", "worker.model", work)

    def ask(word: str) -> list[tuple[str, str]]:
        pool.submit(word, 20.0)
        return finished(pool)

    try:
        assert ask("a") == [("a", "A")]
        (executor, *_) = pool.local.pids
        pid = executor if victim == "executor" else forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
        os.kill(pid, signal.SIGKILL)
        assert ask("b") == [("b", "B")]
        eventually(lambda: ask("c") == [("c", "C")], "a pool that works")
        assert ask("d") == [("d", "D")]
    finally:
        pool.close()


def test_nothing_is_imported_from_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Site(tmp_path).lay_traps()
    monkeypatch.chdir(tmp_path)
    end_fork_server()
    pool = Pool("processes:1", "worker.model", work)
    try:
        pool.submit("a", 60.0)
        assert finished(pool) == [("a", "A")]
    finally:
        pool.close()
        end_fork_server()


def test_no_process_is_left_of_a_pool_that_ended_and_the_next_one_works() -> None:
    pids: set[int] = set()
    for _ in range(2):
        pool = Pool("processes:2", "worker.model", work)
        pool.submit("a", 60.0)
        assert finished(pool) == [("a", "A")]
        begun = {*pool.local.pids, forkserver._forkserver._forkserver_pid}  # type: ignore[attr-defined]
        assert not begun & pids
        pids |= begun
        pool.close()
        end_fork_server()
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
