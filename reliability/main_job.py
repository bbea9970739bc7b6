"""The main job, many times: a fresh home, files of all kinds, one cycle; all of it must be published.

python reliability/main_job.py [--runs N] [--files N] [--load LOOPS] [--kill N] [--seed N]
"""

import argparse
import http.server
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from articles import KINDS, PNG, Article
from homes import Killer, busy, command, environment, fresh_home, published

_PATIENCE_SECONDS = 600
_SETTINGS = '[worker]\nallow_networks = ["127.0.0.0/8"]\n'


def _item(source: str, n: int) -> str:
    return (
        f"<item><title>{source} reports {n}</title><guid>https://origin.example/{source}/{n}</guid>"
        f"<link>https://origin.example/{source}/{n}</link><description>Message {n} of {source}.</description></item>"
    )


_HEAD = "<rss version='2.0'><channel><title>"
# Read by the strict lane, by the lenient one in a child, and as JSON.
_SOURCES = {
    "Strict": f"{_HEAD}Strict</title>{_item('Strict', 1)}{_item('Strict', 2)}</channel></rss>",
    "Lenient": f"{_HEAD}Lenient & more</title>{_item('Lenient', 1)}{_item('Lenient', 2)}",
    "Json": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Json",
            "items": [{"id": f"json-{n}", "title": f"Json reports {n}", "content_text": f"Note {n}."} for n in (1, 2)],
        }
    ),
}


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = _SOURCES[self.path.strip("/")].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _origin() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def _fill(home: Path, files: int, origin: str) -> set[str]:
    """Saves the files; gives the titles that must be published."""
    seeds = home / "seeds"
    (seeds / "news").mkdir()
    rested = time.time() - 60
    articles = [Article(n, KINDS[n % len(KINDS)]) for n in range(files)]
    for one in articles:
        picture = f"{one.n}-quay.png" if one.kind in ("md", "html") else ""
        made = {f"{one.n}.{one.kind}": one.body(picture), **({picture: PNG + bytes([one.n])} if picture else {})}
        for name, body in made.items():
            (seeds / "news" / name).write_bytes(body)
            os.utime(seeds / "news" / name, (rested, rested))
    lines = "".join(f'<outline text="{name}" xmlUrl="{origin}/{name}"/>' for name in _SOURCES)
    list_ = seeds / "subscriptions.opml"
    list_.write_text(f'<opml version="2.0"><head/><body>{lines}</body></opml>', encoding="utf-8")
    os.utime(list_, (rested, rested))
    return {one.title for one in articles} | {f"{name} reports {n}" for name in _SOURCES for n in (1, 2)}


def run(files: int, kills: int, chance: random.Random) -> int:
    """One run; gives how many readers were killed. Raises Lost."""
    with _origin() as origin, fresh_home(_SETTINGS) as home:
        wanted = _fill(home, files, origin)
        began = subprocess.Popen(
            command(home, "worker", "--once"),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        killer = Killer(began.pid, kills, chance)
        try:
            _, told = began.communicate(timeout=_PATIENCE_SECONDS)
        finally:
            began.kill()
            killer.end()
        items = published(home)
        found = set(items)
        pictures = [title for title, item in items.items() if "<img" in item.get("content_html", "")]
        wrong = [f"not published: {title}" for title in sorted(wanted - found)]
        wrong += [f"not expected: {title}" for title in sorted(found - wanted)]
        if len(pictures) != sum(KINDS[n % len(KINDS)] in ("md", "html") for n in range(files)):
            wrong.append(f"{len(pictures)} articles show their picture")
        if told or began.returncode:
            wrong.append(f"exit {began.returncode}, told: {told.strip()}")
        if wrong:
            raise Lost(f"{home}: {'; '.join(wrong)}")
    return killer.killed


class Lost(Exception):
    """Something was not published, or something was told that is not so; names the home."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--load", type=int, default=0, metavar="LOOPS")
    parser.add_argument("--kill", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    lost = killed = 0
    with busy(options.load):
        for number in range(1, options.runs + 1):
            try:
                killed += run(options.files, options.kill, chance)
            except Lost as error:
                lost += 1
                print(f"run {number}: {error}", flush=True)
            if number % 10 == 0:
                print(f"{number - lost} of {number} runs published everything; {killed} readers killed", flush=True)
    print(f"{options.runs - lost} of {options.runs} runs published everything; {killed} readers killed")
    sys.exit(bool(lost))


if __name__ == "__main__":
    main()
