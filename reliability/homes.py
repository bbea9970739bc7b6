"""A home in a temporary directory, the program over it, and ways to make life hard for both."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
#: Readers that are killed one after the other are this far apart, in seconds.
_KILLS_APART = (0.01, 0.4)


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEEDFEED_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


def command(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "worker.cli", *words, "--home", str(home)]


@contextmanager
def fresh_home(settings: str = "") -> Iterator[Path]:
    """Removed at the end, unless the block raises."""
    home = Path(tempfile.mkdtemp(prefix="seedfeed-"))
    (home / "seeds").mkdir()
    (home / "seeds" / "site.toml").write_text(f'title = "Reliability"\n{settings}', encoding="utf-8")
    yield home
    shutil.rmtree(home, ignore_errors=True)


def published(home: Path) -> dict[str, dict[str, Any]]:
    """The items of the feed of everything, by title, as they stand in the store; none if there is no feed yet."""
    try:
        with closing(sqlite3.connect(f"file:{home / 'data' / 'seedfeed.sqlite'}?mode=ro", uri=True)) as store:
            row = store.execute("SELECT body FROM representations WHERE path = '/feeds/all.json'").fetchone()
    except sqlite3.OperationalError:
        return {}
    return {item["title"]: item for item in json.loads(row[0])["items"]} if row else {}


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """So many processes that want the processor for themselves."""
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for one in spinning:
            one.kill()
            one.wait()


class Killer:
    """Kills `kills` processes below `pid` that read documents, each at a random moment, unless it is over before."""

    def __init__(self, pid: int, kills: int, chance: random.Random) -> None:
        self.killed = 0
        self._pid, self._kills, self._chance = pid, kills, chance
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while self.killed < self._kills and not self._over.wait(self._chance.uniform(*_KILLS_APART)):
            if readers := list(_readers(self._pid)):
                with suppress(ProcessLookupError):
                    os.kill(self._chance.choice(readers), signal.SIGKILL)
                    self.killed += 1


def _readers(pid: int) -> Iterator[int]:
    """Processes that read documents, below this one; it reads /proc, which is Linux."""
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                if b"worker.processes.confined" in Path(f"/proc/{child}/cmdline").read_bytes():
                    yield child
                yield from _readers(child)
