"""Executors under bad inputs: what hangs or dies costs itself, never its neighbours, and never the worker."""

import os
import resource
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import forkserver

import pytest

from support.site import eventually
from worker.processes.pool import Lost, Pool, workers


def work(values: tuple[str, ...]) -> list[str]:
    """One batch; runs in a process of the pool."""
    for value in values:
        if value == "hang":
            time.sleep(600)
        if value == "die":
            os.kill(os.getpid(), signal.SIGKILL)
    return [value.upper() for value in values]


def results(setting: str, *batches: tuple[str, ...], deadline: float = 20.0) -> dict[tuple[str, ...], object]:
    pool: Pool[tuple[str, ...], list[str]] = Pool(setting, "worker.model", work)
    try:
        found = pool.map_unordered(
            batches,
            lambda: True,
            deadline=lambda _: deadline,
            split=lambda batch: [(value,) for value in batch],
        )
        return {batch: "lost" if isinstance(result, Lost) else result for batch, result in found}
    finally:
        pool.close()


@pytest.mark.parametrize("setting", ["processes:2", "threads:2"])
def test_every_input_gets_its_result(setting: str) -> None:
    assert results(setting, ("a", "b"), ("c",)) == {("a", "b"): ["A", "B"], ("c",): ["C"]}


def test_a_batch_whose_process_dies_is_tried_again_in_parts_and_only_the_culprit_is_lost() -> None:
    found = results("processes:1", ("a",), ("b", "die", "c"), ("d",))
    parts = {value: result for batch, result in found.items() for value in batch}
    assert found[("die",)] == "lost"
    assert set(parts) == {"a", "b", "c", "d", "die"}
    assert [value for value, result in parts.items() if result == "lost"] == ["die"]


def test_a_batch_that_hangs_is_ended_at_its_deadline() -> None:
    found = results("processes:2", ("hang", "a"), ("b",), deadline=1.0)
    assert found == {("hang",): "lost", ("a",): ["A"], ("b",): ["B"]}


@pytest.mark.parametrize("victim", ["executor", "fork server"])
def test_a_process_that_ends_while_nothing_is_under_way_costs_nothing(victim: str) -> None:
    pool: Pool[tuple[str, ...], list[str]] = Pool("processes:2", "worker.model", work)

    def ask(word: str) -> list[object]:
        return [
            result
            for _, result in pool.map_unordered(
                [(word,)], lambda: True, deadline=lambda _: 20.0, split=lambda batch: [batch]
            )
        ]

    try:
        assert ask("a") == [["A"]]
        running = pool._executor
        assert isinstance(running, ProcessPoolExecutor)
        (executor, *_) = running._processes
        pid = executor if victim == "executor" else forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
        os.kill(pid, signal.SIGKILL)
        assert ask("b") == [["B"]]
        eventually(lambda: ask("c") == [["C"]], "a pool that works")
        assert ask("d") == [["D"]]
    finally:
        pool.close()


def test_a_machine_without_descriptors_loses_an_input_and_not_the_caller() -> None:
    pool: Pool[tuple[str, ...], list[str]] = Pool("processes:1", "worker.model", work)

    def ask(word: str) -> list[object]:
        found = pool.map_unordered([(word,)], lambda: True, deadline=lambda _: 20.0, split=lambda batch: [batch])
        return ["lost" if isinstance(result, Lost) else result for _, result in found]

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        found = ask("a")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        assert found == ["lost"]
        assert ask("b") == [["B"]]
    finally:
        pool.close()


def test_what_was_not_reached_when_it_is_time_to_stop_is_left_out() -> None:
    pool: Pool[tuple[str, ...], list[str]] = Pool("threads:1", "worker.model", work)
    try:
        found = list(
            pool.map_unordered([("a",), ("b",)], lambda: False, deadline=lambda _: 9.0, split=lambda batch: [batch])
        )
        assert len(found) < 3
    finally:
        pool.close()


@pytest.mark.parametrize(("setting", "count"), [("processes:5", 5), ("threads:3", 3), ("threads", 4)])
def test_the_setting_says_how_many_run_at_once(setting: str, count: int) -> None:
    assert workers(setting) == count
