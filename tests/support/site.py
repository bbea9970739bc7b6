"""A home in a temporary directory, driven through the program as an operator would: real processes, real files.

`Site.seedfeed` runs a command to its end, `Site.running` keeps `seedfeed run` alive for a while.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.validity.homes import watch

# What a test waits for comes at once, or as soon as a busy machine lets it; only a failing test waits this long.
PATIENCE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Site:
    """settings: written to seeds/site.toml before each command, beside what every test home needs."""

    root: Path
    settings: str = ""
    port: int = field(default_factory=lambda: free_port())

    def __post_init__(self) -> None:
        watch(self.root)
        self.seeds.mkdir(parents=True, exist_ok=True)
        self.configure(self.settings)

    @property
    def seeds(self) -> Path:
        return self.root / "seeds"

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def configure(self, settings: str) -> None:
        """settings: TOML; keys of the site first, then tables but for [seeds], [worker] and [server]."""
        (self.seeds / "site.toml").write_text(
            f'title = "Test home"\nbase_url = "{self.base_url}"\n{settings}\n'
            '[seeds]\nsettle = "0s"\nscan = "5s"\ndelete_after = "0s"\n'
            '[worker]\nallow_networks = ["127.0.0.0/8"]\nallow_callbacks = ["127.0.0.0/8"]\n'
            'executor = "threads:2"\ntimeout = "5s"\n'
            'poll_min = "1s"\npoll_max = "2s"\n'
            f"[server]\nport = {self.port}\n",
            encoding="utf-8",
        )

    def drop(self, path: str, content: str | bytes) -> Path:
        """Saves a seed file."""
        file = self.seeds / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def command(self, *words: str) -> list[str]:
        # As the script `seedfeed` does, it imports nothing from the current directory (-P).
        return [sys.executable, "-P", "-m", "worker.cli", *words, "--home", str(self.root)]

    def lay_traps(self) -> None:
        """Puts modules into the home that end whatever imports them instead of the real ones."""
        for name in ("json", "lxml", "yaml", "socket", "selectors", "signal", "threading", "worker", "feeds"):
            (self.root / f"{name}.py").write_text("raise SystemExit('imported from the home')\n", encoding="utf-8")

    def seedfeed(self, *words: str, expect: int = 0, environ: Mapping[str, str] | None = None) -> str:
        """Runs a command to its end and gives its stdout; stderr must be what an operator may see: no traceback."""
        done = self.attempt(*words, environ=environ)
        assert done.returncode == expect, f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout

    def attempt(self, *words: str, environ: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*words),
            env=environment(environ),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def cycle(self, expect: int = 0) -> str:
        return self.seedfeed("worker", "--once", "--all", expect=expect)

    def entries(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.seedfeed("entries", *words, "--json").splitlines()]

    def sources(self) -> dict[str, dict[str, Any]]:
        lines = [json.loads(line) for line in self.seedfeed("sources", "--json").splitlines()]
        return {line["slug"]: line for line in lines}

    def get(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, headers=dict(headers or {}))
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    def documents(self) -> dict[str, bytes]:
        """The published documents as they stand in the store, by path."""
        import sqlite3

        store = sqlite3.connect(f"file:{self.root / 'data' / 'seedfeed.sqlite'}?mode=ro", uri=True)
        try:
            return dict(store.execute("SELECT path, body FROM representations"))
        finally:
            store.close()

    @contextmanager
    def running(self, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
        """`seedfeed run` from when it answers until the block ends; it must end well on SIGTERM."""
        log = self.root / "run.log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                self.command("run", *words), env=environment(), stdout=errors, stderr=errors, start_new_session=True
            )
            try:
                eventually(lambda: self._answers(process), f"an answer on port {self.port}; see {log}")
                yield process
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                assert process.wait(PATIENCE_SECONDS) in (0, -signal.SIGKILL), log.read_text()
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        assert "Traceback" not in log.read_text(), log.read_text()

    def _answers(self, process: "subprocess.Popen[bytes]") -> bool:
        assert process.poll() is None, (self.root / "run.log").read_text()
        try:
            return self.get("/feeds/all.atom").status == 200
        except OSError:
            return False


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without any setting of the machine's own."""
    return {key: value for key, value in os.environ.items() if not key.startswith("SEEDFEED_")} | dict(extra or {})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(holds: Callable[[], object], what: str) -> None:
    """Waits until `holds()`; a test says what must become true, not how fast."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"still waiting for {what}"
        time.sleep(0.05)


def ids(document: bytes) -> list[str]:
    """The ids of the entries of an Atom document, in their order."""
    body = document.decode()
    return re.findall(r"<entry[^>]*><id>([^<]*)</id>", body)


def tombstones(document: bytes) -> list[str]:
    return re.findall(r'<at:deleted-entry [^>]*ref="([^"]*)"', document.decode())
