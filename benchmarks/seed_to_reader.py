"""How long after a seed file has settled its article stands in the published feed, with `seedfeed run`.

    python benchmarks/seed_to_reader.py --files 20

Saves one file after the other into a temporary home and asks for /feeds/all.json, with the validator of the answer
before, until the article is in it. The time that a file must rest first (seeds.settle, counted from its modification
time) is not part of the result. Everything is bounded in time; the home goes at the end.
"""

import argparse
import statistics
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from running import free_address, make_home, save, seedfeed_run

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
            if error.code not in (304, 404, 503):  # not published yet, or not ready
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20)
    options = parser.parse_args()
    base_url = free_address()
    with tempfile.TemporaryDirectory(prefix="seedfeed-bench-") as directory:
        home = Path(directory)
        make_home(home, base_url, SETTLE_SECONDS)
        with seedfeed_run(home, base_url):
            reader = Reader(f"{base_url}/feeds/all.json")
            # The first article waits for start-up and imports too.
            reader.wait_for(save(home, 0)[1])
            delays = []
            for n in range(1, options.files + 1):
                saved, title = save(home, n)
                delays.append(reader.wait_for(title) - saved - SETTLE_SECONDS)
                # Another place in the second for each, so that a beat of one second is met at all of its phases.
                time.sleep(n * 0.37 % 1)
    print(f"{options.files} files, seconds from settled to served: median {statistics.median(delays):.2f},", end=" ")
    print(f"least {min(delays):.2f}, most {max(delays):.2f}")


if __name__ == "__main__":
    main()
