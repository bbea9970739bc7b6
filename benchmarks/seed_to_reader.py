"""How long after a seed file has settled its article stands in the published feed, with `seedfeed run`.

    python benchmarks/seed_to_reader.py --files 20

Saves one file after the other into a temporary home and asks for /feeds/all.json, with the validator of the answer
before, until the article is in it. The time that a file must rest first (seeds.settle, counted from its modification
time) is not part of the result. Everything is bounded in time; the home goes at the end.
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SETTLE_SECONDS = 1.0
PATIENCE_SECONDS = 30.0
ASK_EVERY_SECONDS = 0.01


class Reader:
    """Asks for one document again and again, as a reader in a hurry would."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._etag = ""

    def finds(self, words: bytes) -> bool:
        """Whether the document has changed and holds these words."""
        request = urllib.request.Request(self._url, headers={"If-None-Match": self._etag} if self._etag else {})
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                self._etag = response.headers["ETag"]
                return words in response.read()
        except urllib.error.HTTPError as error:
            error.close()
            if error.code not in (304, 404):
                raise
            return False
        except (urllib.error.URLError, ConnectionError):
            return False  # the server is still starting

    def wait_for(self, words: bytes) -> float:
        """The moment at which they were there, in seconds since the epoch, as file times are."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self.finds(words):
                return time.time()
            time.sleep(ASK_EVERY_SECONDS)
        raise SystemExit(f"{words.decode()} was not published within {PATIENCE_SECONDS:g} s")


@contextmanager
def seedfeed_run(home: Path) -> Iterator[str]:
    """`seedfeed run` on a free port; gives the address of the site."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base_url = f"http://127.0.0.1:{port}"
    settings = f'title = "Benchmark"\nbase_url = "{base_url}"\n[seeds]\nsettle = "{SETTLE_SECONDS:g}s"\n'
    (home / "seeds").mkdir()
    (home / "seeds" / "site.toml").write_text(settings, encoding="utf-8")
    command = [sys.executable, "-m", "worker.cli", "run", "--home", str(home), "--port", str(port)]
    with (home / "log").open("wb") as log:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        try:
            yield base_url
        except SystemExit:
            sys.stderr.write((home / "log").read_text(encoding="utf-8", errors="replace")[-4000:])
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def save(home: Path, n: int) -> tuple[float, bytes]:
    """Saves one article; gives the moment at which it will have rested, and words that only it holds."""
    title = f"The {n} lamps of quay number {n}"
    path = home / "seeds" / f"article-{n}.md"
    paragraph = f"The keeper of house {n} has trimmed the wick again and notes the wind. " * 8
    path.write_text(f"# {title}\n\n{paragraph}\n\n{paragraph}\n", encoding="utf-8")
    return path.stat().st_mtime + SETTLE_SECONDS, title.encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="seedfeed-bench-") as directory, seedfeed_run(Path(directory)) as base_url:
        reader = Reader(f"{base_url}/feeds/all.json")
        # The first article waits for start-up and imports too.
        reader.wait_for(save(Path(directory), 0)[1])
        delays = []
        for n in range(1, options.files + 1):
            settled, title = save(Path(directory), n)
            delays.append(reader.wait_for(title) - settled)
            # Another place in the second for each, so that a beat of one second is met at all of its phases.
            time.sleep(n * 0.37 % 1)
    print(f"{options.files} files, seconds from settled to served: median {statistics.median(delays):.2f},", end=" ")
    print(f"least {min(delays):.2f}, most {max(delays):.2f}")


if __name__ == "__main__":
    main()
