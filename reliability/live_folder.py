"""A folder in use: files are saved, edited, renamed and deleted at random while `seedfeed run` publishes it.

    python reliability/live_folder.py [--seconds N] [--kill N] [--load LOOPS] [--seed N]

At the end the feed holds exactly what the folder holds, and no article has changed its id.
"""

import argparse
import json
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from articles import KINDS, Article
from homes import Killer, busy, command, environment, fresh_home

_PATIENCE_SECONDS = 180
# At most what a feed must list, so that what is missing there is missing; and so many that a few deletions between
# two looks are no mass.
_FEWEST, _MOST = 40, 70


class Folder:
    """The articles below seeds/, by path, as they should be published."""

    def __init__(self, seeds: Path, chance: random.Random) -> None:
        self.seeds = seeds
        self.chance = chance
        self.files: dict[str, Article] = {}
        self._next = 0

    def change(self) -> None:
        """One thing that an editor may do."""
        few, many = len(self.files) <= _FEWEST, len(self.files) >= _MOST
        any_of = [self.edit, self.edit, self.rename, self.rename_and_edit, self.delete]
        doing = self.chance.choice([self.save] if few else any_of)
        (self.save if not few and not many and self.chance.random() < 0.4 else doing)()

    def save(self) -> None:
        article = Article(self._next, self.chance.choice(KINDS))
        self._next += 1
        folder = self.chance.choice(("", "news/", "news/local/"))
        self._write(f"{folder}{article.n}.{article.kind}", article)

    def edit(self) -> None:
        path = self._any()
        old = self.files[path]
        self._write(path, Article(old.n, old.kind, old.version + 1))

    def rename(self) -> None:
        path = self._any()
        self._move(path, self.files[path])

    def rename_and_edit(self) -> None:
        path = self._any()
        old = self.files[path]
        new = self._move(path, old)
        self._write(new, Article(old.n, old.kind, old.version + 1))

    def delete(self) -> None:
        path = self._any()
        del self.files[path]
        (self.seeds / path).unlink()

    def _any(self) -> str:
        return self.chance.choice(sorted(self.files))

    def _move(self, path: str, article: Article) -> str:
        new = f"moved-{self.chance.randrange(10**9)}.{article.kind}"
        (self.seeds / path).rename(self.seeds / new)
        self.files[new] = self.files.pop(path)
        return new

    def _write(self, path: str, article: Article) -> None:
        """As editors save: all at once, in two parts, or under another name first."""
        file, body = self.seeds / path, article.body()
        file.parent.mkdir(parents=True, exist_ok=True)
        match self.chance.randrange(3):
            case 0:
                file.write_bytes(body)
            case 1:
                with file.open("wb") as half:
                    half.write(body[: len(body) // 2])
                    half.flush()
                    time.sleep(self.chance.uniform(0, 0.3))
                    half.write(body[len(body) // 2 :])
            case _:
                part = file.with_name(f"{file.name}.part")
                part.write_bytes(body)
                part.replace(file)
        self.files[path] = article


def _items(url: str) -> dict[str, dict[str, Any]]:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return {item["title"]: item for item in json.load(answer)["items"]}


def _differences(folder: Folder, items: dict[str, dict[str, Any]]) -> list[str]:
    wanted = {one.title: one for one in folder.files.values()}
    wrong = [f"not published: {title}" for title in sorted(wanted.keys() - items.keys())]
    wrong += [f"published, but not there: {title}" for title in sorted(items.keys() - wanted.keys())]
    wrong += [
        f"not in its last edition: {title}"
        for title, one in sorted(wanted.items())
        if title in items and one.mark not in items[title]["content_html"]
    ]
    return wrong


def _until_equal(folder: Folder, url: str, process: "subprocess.Popen[bytes]") -> list[str]:
    """Waits until the feed holds what the folder holds; gives what differs after a long while."""
    wrong = ["no answer"]
    end = time.monotonic() + _PATIENCE_SECONDS
    while wrong and time.monotonic() < end and process.poll() is None:
        time.sleep(0.5)
        with suppress(OSError, ValueError):
            wrong = _differences(folder, _items(url))
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--kill", type=int, default=10, metavar="N")
    parser.add_argument("--load", type=int, default=0, metavar="LOOPS")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base_url = f"http://127.0.0.1:{port}"
    settings = f'base_url = "{base_url}"\nfeed_limit = 100\n[seeds]\nsettle = "1s"\ndelete_after = "2s"\n'
    chance = random.Random(options.seed)
    ids: dict[str, set[str]] = {}
    with busy(options.load), fresh_home(settings) as home, (home / "log").open("wb") as log:
        program = [*command(home, "run"), "--port", str(port)]
        process = subprocess.Popen(program, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        killer = Killer(process.pid, options.kill, chance)
        folder = Folder(home / "seeds", random.Random(options.seed))
        changes, url = 0, f"{base_url}/feeds/all.json"
        try:
            while len(folder.files) < _FEWEST:
                folder.save()
            _until_equal(folder, url, process)
            end = time.monotonic() + options.seconds
            while time.monotonic() < end and process.poll() is None:
                folder.change()
                changes += 1
                time.sleep(chance.uniform(0, 0.6))
                with suppress(OSError, ValueError):
                    for title, item in _items(url).items():
                        ids.setdefault(title, set()).add(item["id"])
            killer.end()
            wrong = _until_equal(folder, url, process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        wrong += [f"has had several ids: {title}" for title, had in sorted(ids.items()) if len(had) > 1]
        wrong += ["a traceback in the log"] if b"Traceback" in (home / "log").read_bytes() else []
        print(f"{changes} changes, {len(folder.files)} files, {killer.killed} readers killed: {len(wrong)} differences")
        if wrong:
            sys.exit(f"{home}: {'; '.join(wrong)}")


if __name__ == "__main__":
    main()
