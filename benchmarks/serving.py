"""How many requests a second `seedfeed serve` answers for one feed, beside nginx with the same bytes as files.

Each gets one core, wrk another; they take turns, and what counts is the median of the ratios. CPU time is that of all
processes of a server, from /proc, so that it says something on a machine that does other work too.
"""

import argparse
import http.client
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.site import environment, eventually, free_port  # noqa: E402

PATH = "/feeds/all.atom"
TICKS = os.sysconf("SC_CLK_TCK")
NGINX = """
{user} worker_processes 1; daemon off; pid {root}/nginx.pid; error_log {root}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; default_type application/octet-stream; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  types {{ application/atom+xml atom; }}
  client_body_temp_path {root}/body; proxy_temp_path {root}/proxy; fastcgi_temp_path {root}/fcgi;
  uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}/files; gzip_static on; gzip_vary on; etag on; }}
}}
"""


def make_home(root: Path, size: int, port: int) -> None:
    """A home whose feed `all` has about `size` bytes."""
    chance = random.Random(5)
    words = ["".join(chance.choice("aeioubcdfghklmnprstv") for _ in range(chance.randint(2, 10))) for _ in range(3000)]
    (root / "seeds").mkdir(parents=True)
    settings = f'base_url = "http://127.0.0.1:{port}"\n[seeds]\nsettle = "0s"\n[server]\nport = {port}\n'
    (root / "seeds" / "site.toml").write_text(settings)
    for number in range(50):
        # As often as in a language: few words make most of a text.
        text = [words[min(int(chance.expovariate(1 / 250)), 2999)] for _ in range(size // 50 // 7)]
        head = " ".join(text[:8]).capitalize()
        paragraphs = (" ".join(text[at : at + 45]).capitalize() + "." for at in range(8, len(text), 45))
        (root / "seeds" / f"{number:02}.txt").write_text(f"{head}\n\n" + "\n\n".join(paragraphs) + "\n")
    command = [sys.executable, "-m", "worker.cli", "worker", "--once", "--home", str(root)]
    subprocess.run(command, env=environment({"PYTHONPATH": str(ROOT)}), check=True, capture_output=True)


@contextmanager
def started(command: list[str], port: int, core: int) -> Iterator[int]:
    """The process id of a server on one core, once it answers."""
    where = ["taskset", "-c", str(core)] if shutil.which("taskset") else []
    process = subprocess.Popen(
        [*where, *command], env=environment({"PYTHONPATH": str(ROOT)}), stderr=subprocess.DEVNULL
    )

    def answers() -> bool:
        assert process.poll() is None, f"{command[0]} ended"
        try:
            return ask(port, {}).status == 200
        except OSError:
            return False

    try:
        eventually(answers, f"{command[0]} on {port}")
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes


def ask(port: int, headers: Mapping[str, str]) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", PATH, headers=dict(headers))
    response = connection.getresponse()
    answer = Answer(response.status, response.headers, response.read())
    connection.close()
    return answer


def cpu_seconds(pid: int) -> float:
    """Of a process and all below it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    found, below = 0, {pid}
    while below:
        found += sum(parents[one][1] for one in below if one in parents)
        below = {one for one, (parent, _) in parents.items() if parent in below}
    return found / TICKS


def load(port: int, headers: Mapping[str, str], seconds: int, core: int, pid: int) -> tuple[float, float]:
    """Requests a second, and CPU microseconds of the server for each."""
    where = ["taskset", "-c", str(core)] if shutil.which("taskset") else []
    asked = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    before = cpu_seconds(pid)
    command = [*where, "wrk", "-t1", "-c64", f"-d{seconds}s", *asked, f"http://127.0.0.1:{port}{PATH}"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    used = cpu_seconds(pid) - before
    requests, rate = re.search(r"(\d+) requests in", told), re.search(r"Requests/sec: +([0-9.]+)", told)
    assert requests and rate, told
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    assert not bad, told
    return float(rate[1]), used / int(requests[1]) * 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="bytes of the feed")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    options = parser.parse_args()
    for program in ("nginx", "wrk"):
        if not shutil.which(program):
            sys.exit(f"{program} is not installed")
    server_core, client_core = (0, 1) if (os.cpu_count() or 1) > 1 else (0, 0)
    with tempfile.TemporaryDirectory() as folder:
        root, port, nginx_port = Path(folder), free_port(), free_port()
        make_home(root / "home", options.size, port)
        serve = [sys.executable, "-m", "worker.cli", "serve", "--home", str(root / "home")]
        with started(serve, port, server_core) as ours:
            plain, packed = ask(port, {}), ask(port, {"Accept-Encoding": "gzip"})
            # Its worker could not read our directory as the user that a root's nginx changes to.
            user = "user root;" if os.getuid() == 0 else ""
            files = root / "nginx" / "files" / "feeds"
            files.mkdir(parents=True)
            (files / "all.atom").write_bytes(plain.body)
            (files / "all.atom.gz").write_bytes(packed.body)
            (root / "nginx.conf").write_text(NGINX.format(root=root / "nginx", port=nginx_port, user=user))
            nginx = ["nginx", "-c", str(root / "nginx.conf"), "-e", str(root / "error.log")]
            with started(nginx, nginx_port, server_core) as theirs:
                print(f"feed: {len(plain.body):,} bytes, {len(packed.body):,} with gzip")
                print(f"{'':12}{'seedfeed/s':>12}{'nginx/s':>12}{'ratio':>8}{'CPU µs':>10}{'nginx':>8}{'ratio':>8}")
                for name, headers in {
                    "200 gzip": {"Accept-Encoding": "gzip"},
                    "200 plain": {},
                    "304": {"If-None-Match": "{tag}"},
                }.items():
                    rows = []
                    for _ in range(options.rounds):
                        row = []
                        for where, pid in ((port, ours), (nginx_port, theirs)):
                            tag = ask(where, {}).headers["ETag"]
                            given = {key: value.replace("{tag}", tag) for key, value in headers.items()}
                            wanted = 304 if "If-None-Match" in given else 200
                            assert ask(where, given).status == wanted
                            row.append(load(where, given, options.seconds, client_core, pid))
                            time.sleep(0.2)
                        rows.append(row)
                    mine, others = ([row[at] for row in rows] for at in (0, 1))
                    rate = statistics.median(one[0] / other[0] for one, other in zip(mine, others, strict=True))
                    cpu = statistics.median(other[1] / one[1] for one, other in zip(mine, others, strict=True))
                    figures = [statistics.median(one[at] for one in side) for at in (0, 1) for side in (mine, others)]
                    print(
                        f"{name:12}{figures[0]:12,.0f}{figures[1]:12,.0f}{rate:8.2f}"
                        f"{figures[2]:10.1f}{figures[3]:8.1f}{cpu:8.2f}"
                    )


if __name__ == "__main__":
    main()
