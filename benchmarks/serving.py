"""What a request for one feed costs `seedfeed serve`, beside nginx with the same bytes as files.

Each has a core to itself where there are two, and the client another. CPU time is that of all processes of a server.
"""

import gzip
import os
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from benchmarks.figures import Measured, Options, beside
from benchmarks.homes import free_address, get, make_home, running, seedfeed, temporary, wait_for
from benchmarks.processes import Cost, cpu_seconds, fresh, median, run, started, tree

BYTES = 100_000
PATH = "/feeds/all.atom"
CONNECTIONS = 32
ANSWERS: Mapping[str, Mapping[str, str]] = {
    "200, gzip": {"Accept-Encoding": "gzip"},
    "200, plain": {},
    "304": {"If-None-Match": "{etag}"},
}
_CONFIGURATION = """
{user} worker_processes 1; daemon off; pid {root}/nginx.pid; error_log {root}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; default_type application/octet-stream; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  types {{ application/atom+xml atom; }}
  client_body_temp_path {root}/body; proxy_temp_path {root}/proxy; fastcgi_temp_path {root}/fcgi;
  uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;
  server {{ listen 127.0.0.1:{port}; root {files}; gzip_static on; gzip_vary on; etag on; }}
}}
"""


def measure(options: Options) -> Iterator[Measured]:
    rounds, milliseconds = options.size("rounds", 1, 3, 9), options.size("milliseconds", 50, 1000, 3000)
    client, server = (0, 1) if len(os.sched_getaffinity(0)) > 1 else (0, 0)
    with temporary() as directory:
        home, files, base = directory / "home", directory / "files", free_address()
        make_home(home, base_url=base)
        _articles(home)
        run(*seedfeed("worker", "--once", home=home))
        with running(home, "serve", core=server) as pid:
            url = f"{base}{PATH}"
            (files / "feeds").mkdir(parents=True)
            (files / "feeds" / "all.atom").write_bytes(get(url)[2])
            packed = get(url, {"Accept-Encoding": "gzip"})[2]
            (files / "feeds" / "all.atom.gz").write_bytes(packed)
            assert gzip.decompress(packed) == get(url)[2]
            ours = _costs(url, pid, rounds, milliseconds, client)
        theirs: Mapping[str, Cost] = {}
        if shutil.which("nginx"):
            address = free_address()
            with nginx(directory / "nginx", files, address, core=server) as pid:
                theirs = _costs(f"{address}{PATH}", pid, rounds, milliseconds, client)
    for name, cost in ours.items():
        yield beside(f"a feed of 100 KB: {name}", cost, "nginx", theirs.get(name), 1e6)


def _articles(home: Path) -> None:
    """Fifty of them, which make a feed of about so many bytes."""
    chance = Random(5)
    words = ["".join(chance.choice("aeioubcdfghklmnprstv") for _ in range(chance.randint(2, 10))) for _ in range(3000)]
    for number in range(50):
        # As often as in a language: few words make most of a text.
        text = [words[min(int(chance.expovariate(1 / 250)), 2999)] for _ in range(BYTES // 50 // 7)]
        head = " ".join(text[:8]).capitalize()
        paragraphs = (" ".join(text[at : at + 45]).capitalize() + "." for at in range(8, len(text), 45))
        (home / "seeds" / f"{number:02}.txt").write_text(f"{head}\n\n" + "\n\n".join(paragraphs) + "\n")


@contextmanager
def nginx(root: Path, files: Path, url: str, core: int | None = None) -> Iterator[int]:
    """The process id of an nginx that serves a folder."""
    root.mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    text = _CONFIGURATION.format(root=root, files=files, port=urlsplit(url).port, user=user)
    (root / "nginx.conf").write_text(text)
    command = ("nginx", "-c", str(root / "nginx.conf"), "-e", str(root / "error.log"))
    first = next(path for path in sorted(files.rglob("*")) if path.is_file() and path.suffix != ".gz")
    with started(command, root / "log", core=core) as pid:
        wait_for(f"{url}/{first.relative_to(files)}")
        yield pid


def _costs(url: str, pid: int, rounds: int, milliseconds: int, core: int) -> dict[str, Cost]:
    """Seconds for each request, by kind of answer."""
    etag = get(url)[1]["etag"]
    pids = {pid, *tree(pid)}
    found = {}
    for name, headers in ANSWERS.items():
        given = {key: value.replace("{etag}", etag) for key, value in headers.items()}
        costs = []
        for _ in range(rounds):
            spent = cpu_seconds(pids)
            (requests, took), _ = fresh(ask, url, given, milliseconds, core, 304 if name == "304" else 200)
            time.sleep(0.05)
            costs.append(Cost((cpu_seconds(pids) - spent) / requests, took / requests))
        found[name] = median(costs)
    return found


def ask(url: str, headers: Mapping[str, str], milliseconds: int, core: int, status: int) -> tuple[int, float]:
    """How many requests were answered on connections that stay open, one on each at a time, in how many seconds."""
    os.sched_setaffinity(0, {core})
    parts = urlsplit(url)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{lines}\r\n".encode()
    connections = [socket.create_connection((parts.hostname, parts.port), timeout=10) for _ in range(CONNECTIONS)]
    answered, began = 0, time.perf_counter()
    until = began + milliseconds / 1000
    while time.perf_counter() < until:
        for connection in connections:
            connection.sendall(request)
        for connection in connections:
            if _status(connection) != status:
                raise SystemExit(f"{url} was not answered with {status}")
        answered += len(connections)
    return answered, time.perf_counter() - began


def _status(connection: socket.socket) -> int:
    """Reads one answer to its end; its status."""
    received = bytearray(connection.recv(65536))
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += connection.recv(65536)
    head = bytes(received[:end]).lower()
    status = int(head[9:12])
    _, _, length = head.partition(b"content-length: ")
    left = 0 if status == 304 else int(length.partition(b"\r\n")[0]) - (len(received) - end - 4)
    while left > 0:
        left -= len(connection.recv(min(left, 262144)))
    return status
