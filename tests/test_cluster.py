"""Documents that a Dask cluster reads: a real scheduler and real workers, which come late, die, and are of the wrong
version.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.ingest import Bench, bench
from support.origin import Origin
from support.site import Site, environment, eventually, free_port
from worker.cycle.report import CycleReport
from worker.processes import cluster
from worker.processes.cluster import Cluster, difference

FEEDS = 24
PLAIN = ("--host", "127.0.0.1", "--no-dashboard")


@dataclass(slots=True)
class Machines:
    """A cluster whose processes a test starts and kills. They end with the block, and with the process of the test."""

    directory: Path
    port: int = field(default_factory=free_port)
    scheduler: "subprocess.Popen[bytes] | None" = None
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def executor(self) -> str:
        return f"dask://127.0.0.1:{self.port}"

    def start_scheduler(self) -> None:
        known = self.directory / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", str(self.port), "--scheduler-file", str(known))
        eventually(known.exists, "a scheduler")

    def start_worker(self, path: Path | None = None) -> None:
        """path: a folder whose packages it takes for installed."""
        address = f"tcp://127.0.0.1:{self.port}"
        options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(self.directory))
        self.workers.append(self._start("worker", address, *options, path=path))

    def _start(self, *words: str, path: Path | None = None) -> "subprocess.Popen[bytes]":
        with (self.directory / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "feeds.lifeline", "dask", *words, *PLAIN],
                env=environment({"PYTHONPATH": str(path or "")}),
                cwd=self.directory,
                stdout=log,
                stderr=log,
            )

    def end(self) -> None:
        for process in (*self.workers, *([self.scheduler] if self.scheduler else [])):
            process.kill()
            process.wait()


@contextmanager
def machines(directory: Path) -> Iterator[Machines]:
    directory.mkdir()
    found = Machines(directory)
    try:
        yield found
    finally:
        found.end()


def edition(origin: Origin, number: int) -> None:
    """One more entry in each feed."""
    for feed in range(FEEDS):
        items = "".join(
            f"<item><title>Report {n} of {feed}</title><guid>https://outlet.example/{feed}/{n}</guid>"
            f"<description>Words of {feed} on {n}.</description></item>"
            for n in range(number)
        )
        body = f"<rss version='2.0'><channel><title>Outlet {feed}</title>{items}</channel></rss>"
        origin.put(f"/{feed}", body.encode(), media_type="application/rss+xml")


def entries(home: Bench) -> list[tuple[object, ...]]:
    query = (
        "SELECT title, summary, content, language, published_us, updated_us, digest, lead FROM entries ORDER BY title"
    )
    return home.store.connection.execute(query).fetchall()


def cluster_of(home: Bench) -> "Cluster[object, object]":
    pool = home.ingest.polls._pool
    assert pool and pool.cluster
    return pool.cluster  # type: ignore[return-value]


def test_a_cluster_reads_what_processes_read_whatever_becomes_of_its_machines(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO", "seedfeed")
    with (
        Origin() as origin,
        machines(tmp_path / "machines") as dask,
        bench(tmp_path / "home", executor=dask.executor) as home,
        bench(tmp_path / "other", executor="processes:2") as other,
    ):
        scheduler = f'worker.executor = "{dask.executor}": the scheduler'
        for one in (home, other):
            one.subscribe(*(origin.url(f"/{feed}") for feed in range(FEEDS)))

        def told(*reports: CycleReport) -> list[str]:
            return [note for report in reports for note in report.notes]

        def same(number: int) -> bool:
            other.cycle(hours=1)
            return len(entries(home)) == number * FEEDS and entries(home) == entries(other)

        # Away: told once, and read here.
        reports = []
        for number in (1, 2):
            edition(origin, number)
            reports.append(home.cycle(hours=1))
            assert same(number)
        away = f"{scheduler} does not answer (connection refused); meanwhile documents are read on this machine"
        assert told(*reports) == [away]

        # There again, at first without workers, which is another trouble.
        unusable = f"{scheduler} has no workers that can be used; meanwhile documents are read on this machine"
        dask.start_scheduler()
        eventually(lambda: not cluster_of(home)._news.empty(), "a word on its workers")
        assert cluster_of(home).news() == [(unusable, True)]
        dask.start_worker()
        dask.start_worker()
        eventually(lambda: cluster_of(home).workers == 2, "a cluster of two")
        edition(origin, 3)
        assert told(home.cycle(hours=1)) == []
        assert f"{scheduler} is used again: documents are read there, " in caplog.text
        assert same(3)

        # A worker dies in mid-cycle, with batches that it has not read.
        victim, survivor = dask.workers
        for worker in dask.workers:
            worker.send_signal(signal.SIGSTOP)
        edition(origin, 4)
        asked, report = len(origin.requests), CycleReport()
        home.clock.advance(hours=1)

        def kill() -> bool:
            if victim.returncode is None and len(origin.requests) == asked + FEEDS:
                victim.kill()
                victim.wait()
                survivor.send_signal(signal.SIGCONT)
            return True

        home.ingest.make_due()
        home.ingest.poll(report, between=kill)
        assert victim.returncode == -signal.SIGKILL
        assert (report.polled, report.new, report.failures, report.notes) == (FEEDS, FEEDS, [], [])
        assert same(4)

        # One of another version comes, and the last good one goes.
        installed = tmp_path / "another" / "seedfeed-0.0.1.dist-info"
        installed.mkdir(parents=True)
        (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: seedfeed\nVersion: 0.0.1\n")
        dask.start_worker(installed.parent)
        refused: list[str] = []

        def look() -> bool:
            refused.extend(line for line, bad in cluster_of(home).news() if bad)
            return bool(refused)

        eventually(look, "a word on the other version")
        assert " has Seedfeed 0.0.1 where this home has " in refused[0]

        # Then one from another checkout of this version.
        another = tmp_path / "checkout"
        for package in ("feeds", "worker"):
            shutil.copytree(Path(__file__).parents[1] / package, another / package)
        with (another / "worker" / "model.py").open("a") as file:
            file.write("# Changed.\n")
        refused.clear()
        dask.start_worker(another)
        eventually(look, "a word on the other code")
        assert " from another checkout than this home, and needs the same code" in refused[0]

        # The last good one hangs, with documents that it has not read, and wakes up again.
        monkeypatch.setattr(cluster, "_SILENT_SECONDS", 4.0)
        survivor.send_signal(signal.SIGSTOP)
        edition(origin, 5)
        silent, nobody = told(home.cycle(hours=1))
        assert " has said nothing for 4 s; until it does it gets no documents" in silent
        assert nobody == unusable
        assert same(5)
        survivor.send_signal(signal.SIGCONT)
        eventually(lambda: cluster_of(home).workers == 1, "a worker that is heard again")
    assert "Traceback" not in caplog.text


def test_without_dask_the_settings_that_need_it_say_how_to_install_it(tmp_path: Path) -> None:
    # As a machine on which it is not installed.
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['distributed'] = None\n")
    site = Site(tmp_path / "home")
    path = os.pathsep.join([str(tmp_path), *(one for one in sys.path if one)])
    for executor, words in (("dask", ("worker", "--once")), ("dask://127.0.0.1:1", ("run",))):
        done = site.attempt(*words, environ={"PYTHONPATH": path, "SEEDFEED_WORKER__EXECUTOR": executor})
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith(f'seedfeed: worker.executor = "{executor}" needs Dask, which is not installed: ')
        assert '.venv/bin/pip install -e ".[dask]"' in line


def test_what_is_no_scheduler_is_told_in_words_and_as_the_setting_has_it() -> None:
    with Origin() as origin:
        place = origin.url("/").split("/")[2]
        found: Cluster[object, object] = Cluster(f"dask://{place}", "worker.model", repr, lambda: None)
        found.start()
        try:
            eventually(lambda: found.away, "a word on it")
        finally:
            found.close()
    ((line, bad),) = found.news()
    assert bad and line.startswith(f'worker.executor = "dask://{place}": the scheduler ')
    assert line.endswith("; meanwhile documents are read on this machine") and "Error" not in line


OURS = {"python": "3.11.7.final.0", "distributed": "2026.8.0", "seedfeed": "1.2.0"}


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ({}, ""),
        ({"python": "3.11.9.final.0"}, ""),
        ({"python": "3.12.7.final.0"}, "has Python 3.12 where this home has 3.11"),
        ({"distributed": "2026.7.1"}, "has distributed 2026.7.1 where this home has 2026.8.0"),
        ({"seedfeed": "1.2.1"}, "has Seedfeed 1.2.1 where this home has 1.2.0"),
        ({"seedfeed": None}, "has no Seedfeed where this home has 1.2.0"),
    ],
)
def test_who_reads_for_a_home_has_its_versions(theirs: dict[str, str | None], said: str) -> None:
    found = difference({"packages": OURS}, {"packages": {**OURS, **theirs}})
    assert found == (f"{said}, and needs the same" if said else "")


@pytest.mark.parametrize("code", ["another", None])
def test_who_reads_for_a_home_has_its_code(code: str | None) -> None:
    ours = {"packages": OURS, "code": "one"}
    assert difference(ours, {"packages": OURS, "code": "one"}) == ""
    said = difference(ours, {"packages": OURS, "code": code})
    assert said.startswith("has Seedfeed 1.2.0 from another checkout than this home, and needs the same code")
