"""Executors under bad inputs: what hangs or dies costs itself, never its neighbours, and never the worker."""

import os
import signal
import time

import pytest

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
    found = results("processes:2", ("hang", "a"), ("b",), deadline=2.0)
    assert found == {("hang",): "lost", ("a",): ["A"], ("b",): ["B"]}


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
