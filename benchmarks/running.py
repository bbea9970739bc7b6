"""`seedfeed run` for a benchmark: a process of its own on a free port, which ends with the block."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def free_address() -> str:
    """The base_url of a port of the loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def make_home(home: Path, base_url: str, settle: float, settings: str = "") -> None:
    """settle: seconds that a saved file rests. settings: more tables of site.toml."""
    (home / "seeds").mkdir()
    text = f'title = "Benchmark"\nbase_url = "{base_url}"\n[seeds]\nsettle = "{settle:g}s"\n{settings}'
    (home / "seeds" / "site.toml").write_text(text, encoding="utf-8")


@contextmanager
def seedfeed_run(home: Path, base_url: str) -> Iterator[None]:
    """The program over a home that was made; what it logged is shown when a benchmark gives up."""
    command = [sys.executable, "-m", "worker.cli", "run", "--home", str(home), "--port", base_url.rpartition(":")[2]]
    with (home / "log").open("wb") as log:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        try:
            yield
        except (TimeoutError, SystemExit):
            sys.stderr.write((home / "log").read_text(encoding="utf-8", errors="replace")[-4000:])
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def save(home: Path, n: int) -> tuple[float, bytes]:
    """Saves one article; gives the moment of that, as file times are, and words that only it holds."""
    title = f"The {n} lamps of quay number {n}"
    path = home / "seeds" / f"article-{n}.md"
    paragraph = f"The keeper of house {n} has trimmed the wick again and notes the wind. " * 8
    path.write_text(f"# {title}\n\n{paragraph}\n\n{paragraph}\n", encoding="utf-8")
    return path.stat().st_mtime, title.encode()
