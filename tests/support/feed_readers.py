"""Feed readers that people use, driven without a person: newsboat, sfeed and Liferea, each with files of its own.

A reader subscribes when it is made, asks for its feed in `reload`, and tells what it would show in `shown`. `Relay`
stands between it and the server, and counts what was asked and answered.
"""

import http.client
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.origin import Origin, Request, Response
from support.site import PATIENCE_SECONDS, environment, eventually


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as a reader has it. text: with whatever markup it keeps."""

    title: str
    link: str
    text: str
    author: str
    enclosure: str


def tool(name: str) -> str:
    """The path of a system program; without it the test is skipped, or fails where CI says that it must be there."""
    found = shutil.which(name)
    if not found:
        if os.environ.get("REQUIRE_SYSTEM_TOOLS"):
            pytest.fail(f"{name} is not installed, and REQUIRE_SYSTEM_TOOLS is set")
        pytest.skip(f"{name} is not installed")
    return found


class Relay(Origin):
    """Passes one path on to the server of a port as it came. statuses: of the answers, in their order."""

    def __init__(self, port: int, path: str) -> None:
        super().__init__()
        self._port = port
        self.feed = self.url(path)
        self.statuses: list[int] = []
        self.put(path, script=self._forward)

    def _forward(self, request: Request) -> Response:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)) as connection:
            headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
            connection.request(request.method, request.path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        self.statuses.append(answer.status)
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in ("content-length", "date")}
        return Response(answer.status, body, kept)


class Newsboat:
    """Sends validators from its third request on."""

    programs = ("newsboat",)
    follows_edits = True

    def __init__(self, folder: Path, feed: str) -> None:
        self._cache = folder / "cache.db"
        (folder / "urls").write_text(f"{feed}\n", encoding="utf-8")
        (folder / "config").write_text("", encoding="utf-8")
        self._command = [tool("newsboat"), "-u", str(folder / "urls"), "-c", str(self._cache)]
        self._command += ["-C", str(folder / "config"), "-x", "reload"]

    def __enter__(self) -> "Newsboat":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def reload(self) -> None:
        subprocess.run(self._command, env=environment(), check=True, capture_output=True, timeout=PATIENCE_SECONDS)

    def shown(self) -> list[Shown]:
        with closing(sqlite3.connect(self._cache)) as cache:
            rows = cache.execute("SELECT title, url, content, author, enclosure_url FROM rss_item")
            return [Shown(*row) for row in rows]


class Sfeed:
    """Sends no validators by itself; with the `fetch` of its README it does.

    An edited entry stands beside what it was, unless only its text has changed: then it stays as it was.
    """

    programs = ("sfeed_update", "curl")
    follows_edits = True

    def __init__(self, folder: Path, feed: str) -> None:
        self._folder = folder
        (folder / "etags").mkdir()
        (folder / "feeds").mkdir()
        (folder / "sfeedrc").write_text(
            f'sfeedpath="{folder}/feeds"\nfeeds() {{\n\tfeed "own" "{feed}"\n}}\n'
            f'fetch() {{\n\tetag="{folder}/etags/$(basename "$3")"\n'
            '\tcurl -L --max-redirs 0 -H "User-Agent:" -f -s -m 15 --compressed \\\n'
            '\t\t--etag-save "${etag}" --etag-compare "${etag}" -z "${etag}" "$2" 2>/dev/null\n}\n',
            encoding="utf-8",
        )

    def __enter__(self) -> "Sfeed":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def reload(self) -> None:
        command = [tool("sfeed_update"), str(self._folder / "sfeedrc")]
        done = subprocess.run(
            command, env=environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
        )
        assert "FAIL" not in done.stdout + done.stderr, done.stdout + done.stderr

    def shown(self) -> list[Shown]:
        lines = (self._folder / "feeds" / "own").read_text(encoding="utf-8").splitlines()
        fields = [line.split("\t") for line in lines]  # sfeed(5)
        return [Shown(row[1], row[2], row[3], row[6], row[7]) for row in fields]


class Liferea:
    """A program with a window: it gets a display and a message bus of its own, and is told over that bus to reload.

    It sends validators as long as it runs. What it has once it never changes: it looks at the id alone.
    """

    programs = ("liferea", "Xvfb", "dbus-daemon", "dbus-send")
    follows_edits = False

    def __init__(self, folder: Path, feed: str) -> None:
        self._folder, self._running = folder, ExitStack()
        for name in ("config/liferea", "config/glib-2.0/settings", "data", "cache", "run"):
            (folder / name).mkdir(parents=True, mode=0o700)
        (folder / "config/liferea/feedlist.opml").write_text(
            '<opml version="1.0"><head><title>Feeds</title></head><body>'
            f'<outline title="Own" text="Own" type="atom" id="ownfeed" updateInterval="-1" xmlUrl="{feed}"/>'
            "</body></opml>",
            encoding="utf-8",
        )
        # 1: nothing is asked for before it is told to.
        (folder / "config/glib-2.0/settings/keyfile").write_text("[net/sf/liferea]\nstartup-feed-action=1\n")
        self._environment = environment(
            {
                "HOME": str(folder),
                "XDG_CONFIG_HOME": str(folder / "config"),
                "XDG_DATA_HOME": str(folder / "data"),
                "XDG_CACHE_HOME": str(folder / "cache"),
                "XDG_RUNTIME_DIR": str(folder / "run"),
                "GSETTINGS_BACKEND": "keyfile",
                "NO_AT_BRIDGE": "1",
                "GDK_BACKEND": "x11",
                "LIBGL_ALWAYS_SOFTWARE": "1",
                # What shows web pages in it refuses to run as root, in a container, with its sandbox.
                "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            }
        )

    def __enter__(self) -> "Liferea":
        with ExitStack() as stack:
            display = self._started(stack, ["Xvfb", "-displayfd", "1", "-nolisten", "tcp"])
            bus = self._started(stack, ["dbus-daemon", "--session", "--nofork", "--print-address=1"])
            self._environment |= {"DISPLAY": f":{display}", "DBUS_SESSION_BUS_ADDRESS": bus}
            with (self._folder / "log").open("wb") as log:
                program = subprocess.Popen([tool("liferea")], env=self._environment, stdout=log, stderr=log)
            stack.callback(_end, program)
            eventually(lambda: self._told("Ping"), f"Liferea on its bus; see {self._folder}/log")
            self._running = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def _started(self, stack: ExitStack, command: list[str]) -> str:
        """Keeps a program running; gives the first line that it says."""
        command[0] = tool(command[0])
        program = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        stack.callback(_end, program)
        assert program.stdout
        stack.callback(program.stdout.close)
        return program.stdout.readline().strip()

    def _told(self, word: str) -> bool:
        command = [tool("dbus-send"), "--session", "--print-reply", "--dest=org.gnome.feed.Reader"]
        command += ["/org/gnome/feed/Reader", f"org.gnome.feed.Reader.{word}"]
        return subprocess.run(command, env=self._environment, capture_output=True, check=False).returncode == 0

    def reload(self) -> None:
        """Asks for the feed; the answer comes later."""
        assert self._told("Refresh"), (self._folder / "log").read_text(errors="replace")

    def shown(self) -> list[Shown]:
        database = self._folder / "data/liferea/liferea.db"
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as store:
            rows = store.execute("SELECT item_id, title, source, description FROM items").fetchall()
            facts = store.execute("SELECT item_id, key, value FROM metadata").fetchall()
            return [
                Shown(
                    title,
                    link,
                    text,
                    _fact(facts, n, "author") or _fact(facts, n, "creator"),
                    _fact(facts, n, "enclosure").split(":", 4)[-1],  # enc:0:TYPE:LENGTH:URL
                )
                for n, title, link, text in rows
            ]
        return []


def _fact(facts: list[tuple[int, str, str]], n: int, key: str) -> str:
    return next((value for item, name, value in facts if (item, name) == (n, key)), "")


def _end(program: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    program.terminate()
    try:
        program.wait(timeout=5)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


READERS: Mapping[str, type[Newsboat | Sfeed | Liferea]] = {"newsboat": Newsboat, "sfeed": Sfeed, "liferea": Liferea}
