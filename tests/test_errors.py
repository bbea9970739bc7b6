"""What is said of faults of the machine, and how often."""

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from feeds.errors import describe_fault, lacks_memory
from support.full_disk import disk, no_file_over
from worker.run.schedule import RECOVERED, Faults


def _full(path: Path) -> None:
    with closing(sqlite3.connect(path)) as one:
        one.execute("PRAGMA max_page_count = 3")
        one.execute("CREATE TABLE t(x)")
        one.execute("INSERT INTO t VALUES(zeroblob(100000))")


def _locked(path: Path) -> None:
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(path, timeout=0)) as other:
        one.execute("BEGIN EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")


def _read_only(path: Path) -> None:
    sqlite3.connect(path).close()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as one:
        one.execute("CREATE TABLE t(x)")


def _no_database(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    with closing(sqlite3.connect(path)) as one:
        one.execute("SELECT * FROM sqlite_schema")


def _damaged(path: Path) -> None:
    with closing(sqlite3.connect(path)) as one:
        one.execute("CREATE TABLE t(x)")
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096)
    with closing(sqlite3.connect(path)) as one:
        one.execute("SELECT * FROM t")


@pytest.mark.parametrize(
    ("cause", "advice"),
    [
        (_full, "the disk is full; free some space"),
        (_locked, "another program holds it locked"),
        (_read_only, "it cannot be written; make it writable"),
        (_no_database, "move data/ away"),
        (_damaged, "move data/ away"),
    ],
)
def test_a_fault_that_sqlite_reports_names_what_to_do(
    tmp_path: Path, cause: Callable[[Path], None], advice: str
) -> None:
    with pytest.raises(sqlite3.Error) as caught:
        cause(tmp_path / "a.sqlite")
    said = describe_fault(caught.value, "data/a.sqlite")
    assert said.startswith("data/a.sqlite: ")
    assert advice in said
    assert str(caught.value) in said


def _unwritable_log(path: Path) -> None:
    """SQLITE_IOERR_SHMSIZE or the like, as on a disk without room for the index of the log."""
    with no_file_over(16 * 1024), closing(sqlite3.connect(path)) as one:
        one.execute("PRAGMA journal_mode = WAL")
        one.execute("CREATE TABLE t(x)")


def _no_directory(path: Path) -> None:
    sqlite3.connect(path / "no" / "a.sqlite")


@pytest.mark.parametrize(
    ("cause", "advice"), [(_unwritable_log, "the disk fails"), (_no_directory, "it cannot be opened")]
)
@pytest.mark.parametrize(
    ("free_blocks", "free_files", "full"),
    [(1000, 1000, False), (3, 1000, True), (1000, 0, True)],
    ids=["room", "no room", "no room for another file"],
)
def test_a_fault_that_may_be_a_full_disk_is_one_where_there_is_no_room(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cause: Callable[[Path], None],
    advice: str,
    free_blocks: int,
    free_files: int,
    full: bool,
) -> None:
    with pytest.raises(sqlite3.Error) as caught:
        cause(tmp_path / "a.sqlite")
    monkeypatch.setattr(os, "statvfs", {tmp_path: disk(free_blocks, free_files)}.__getitem__)
    for place in (tmp_path, tmp_path / "a.sqlite" if cause is _no_directory else tmp_path):
        assert ("the disk is full" if full else advice) in describe_fault(caught.value, place)


@pytest.mark.parametrize(("number", "full"), [(errno.EDQUOT, True), (errno.ENOSPC, True), (errno.EACCES, False)])
def test_a_quota_that_is_used_up_is_a_full_disk_to_sqlite_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, full: bool
) -> None:
    with pytest.raises(sqlite3.Error) as caught:
        _unwritable_log(tmp_path / "a.sqlite")

    def refuse(**_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert ("the disk is full" if full else "the disk fails") in describe_fault(caught.value, tmp_path / "a.sqlite")


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EROFS, "make it writable"),
        (errno.EACCES, "make it writable"),
        (errno.EIO, "the disk fails"),
        (errno.EMFILE, "ulimit -n"),
        (errno.ENOMEM, "memory"),
        (errno.ENXIO, os.strerror(errno.ENXIO).lower()),
    ],
)
def test_a_fault_that_the_system_reports_names_its_file_and_what_to_do(number: int, advice: str) -> None:
    assert describe_fault(OSError(number, os.strerror(number), "/x/y"), "data/").startswith("/x/y: ")
    said = describe_fault(OSError(number, os.strerror(number)), "data/")
    assert said.startswith("data/: ")
    assert advice in said


def test_a_fault_that_repeats_is_reported_once_and_its_end_with_a_count() -> None:
    faults, later = Faults(), RECOVERED.total_seconds()
    assert len(faults.failed("a: full (x)", 0)) == 1
    assert faults.failed("b: full (x)", 1) == []
    assert len(faults.failed("a: locked", 2)) == 1
    assert faults.failed("a: full (x)", 3) == []
    # Steps that have nothing to write work all along.
    assert faults.passed(3 + later / 2) == []
    assert sorted(line.partition(":")[0] for line in faults.passed(3 + later)) == [
        "it works again, after 1 failures",
        "it works again, after 3 failures",
    ]
    assert faults.passed(4 + later) == []
    assert len(faults.failed("a: full (x)", 5 + later)) == 1


@pytest.mark.parametrize(
    ("error", "lacks"),
    [
        (MemoryError(), True),
        (ImportError("libz.so.1: failed to map segment from shared object"), True),
        (ImportError("cannot import name 'x'"), False),
        (ValueError("failed to map segment"), False),
    ],
)
def test_a_library_that_finds_no_memory_is_no_bug(error: Exception, lacks: bool) -> None:
    assert lacks_memory(error) is lacks
