"""How long after a seed file has settled its article is in the published feed, with `seedfeed run`.

One file after the other is saved, and the feed is asked for, with the validator of the answer before, until the article
is in it. The time for which a file must rest first (`seeds.settle`, counted from its modification time) is not part of
the result. Beside it the same files and one `seedfeed worker --once`, as a timer would start it.
"""

import statistics
import time
from collections.abc import Iterator

from benchmarks.figures import Measured, Options, beside
from benchmarks.homes import address_of, free_address, get, make_home, running, save, seedfeed, temporary
from benchmarks.processes import Cost, cpu_with_ended, run, tree

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
        status, headers, body = get(self._url, {"If-None-Match": self._etag} if self._etag else {})
        if status == 200:
            self._etag = headers["etag"]
        return status == 200 and words in body

    def wait_for(self, words: bytes) -> float:
        """The moment at which they were there, in seconds since the epoch, as file times are."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self.finds(words):
                return time.time()
            time.sleep(ASK_EVERY_SECONDS)
        raise SystemExit(f"{words.decode()} was not published within {PATIENCE_SECONDS:g} s")


def measure(options: Options) -> Iterator[Measured]:
    files = options.size("files", 1, 8, 40)
    with temporary() as directory:
        home = directory / "home"
        make_home(home, base_url=free_address(), settle=f"{SETTLE_SECONDS:g}s")
        save(home, 0)
        time.sleep(SETTLE_SECONDS)
        run(*seedfeed("worker", "--once", home=home))
        with running(home) as pid:
            reader = Reader(f"{address_of(home)}/feeds/all.json")
            delays, spent = [], cpu_with_ended({pid, *tree(pid)})
            for n in range(1, files + 1):
                saved, title = save(home, n)
                delays.append(reader.wait_for(title) - saved - SETTLE_SECONDS)
                # Another place in the second for each, so that a beat of one second is met at all of its phases.
                time.sleep(n * 0.37 % 1)
            spent = (cpu_with_ended({pid, *tree(pid)}) - spent) / files
        save(home, files + 1)
        time.sleep(SETTLE_SECONDS)
        once, _ = run(*seedfeed("worker", "--once", home=home))
    yield beside("from a settled file to a reader", Cost(spent, statistics.median(delays)), "worker --once", once)
