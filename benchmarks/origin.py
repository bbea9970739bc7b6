"""A server of many feeds on the loopback, fast enough that the reader is what is measured.

    python -m benchmarks.origin FOLDER        prints the URLs, one a line, then an empty line, and answers

FOLDER is what `corpus.prepare` has written. Seven feeds in ten have an ETag and a Last-Modified and answer 304 (RFC
9110 §13.2.2); all are gzipped for a client that accepts it. POST steers, the answer is JSON:

    /-/reset    all as at the beginning
    /-/next     one feed in twenty gets its newest entry
    /-/counts   nothing; every answer tells how many requests were answered by which status since the last POST

It ends when its standard input does, and after an hour at the latest.
"""

import argparse
import asyncio
import gzip
import hashlib
import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.processes import ROOT, environment

LONGEST_RUN = timedelta(hours=1)
TYPES = {".rss": "application/rss+xml", ".atom": "application/atom+xml", ".rdf": "application/rdf+xml"}
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """A feed as it stands: the heads and bodies of a 200, plain and gzipped, and the 304 where it has validators."""

    plain: bytes
    packed: bytes
    unchanged: bytes
    etag: bytes
    modified: bytes


class Feeds:
    """All feeds of a folder, at the state that they have been steered to."""

    def __init__(self, folder: Path) -> None:
        self.counts: Counter[str] = Counter()
        paths = {path.name.split(".")[0]: path for path in folder.glob("*.now.*")}
        self._now = [answer(n, paths[str(n)], 1) for n in range(len(paths))]
        self._before = {
            int(path.name.split(".")[0]): answer(int(path.name.split(".")[0]), path, 0)
            for path in folder.glob("*.before.*")
        }
        self.steer("reset")

    def steer(self, command: str) -> None:
        """Raises KeyError for a command that does not exist."""
        match command:
            case "reset":
                self.answers = [self._before.get(n, now) for n, now in enumerate(self._now)]
            case "next":
                self.answers = list(self._now)
            case _:
                raise KeyError(command)


def answer(n: int, path: Path, hours: int) -> Answer:
    body = path.read_bytes()
    validated = n * 7 % 10 < 7
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"' if validated else ""
    modified = f"{_EPOCH + timedelta(hours=hours, minutes=n % 60):%a, %d %b %Y %H:%M:%S GMT}" if validated else ""
    validators = f"ETag: {etag}\r\nLast-Modified: {modified}\r\n" if validated else ""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {TYPES[path.suffix]}\r\nVary: Accept-Encoding\r\n{validators}"
    packed = gzip.compress(body, 6, mtime=0)
    return Answer(
        plain=f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body,
        packed=f"{head}Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode() + packed,
        unchanged=f"HTTP/1.1 304 Not Modified\r\nVary: Accept-Encoding\r\n{validators}\r\n".encode(),
        etag=etag.encode(),
        modified=modified.encode(),
    )


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, as far as feed readers need it: GET, one header of each kind, no body."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (end := self._unread.find(b"\r\n\r\n")) >= 0:
            head, self._unread = self._unread[:end], self._unread[end + 4 :]
            line, *lines = head.split(b"\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
            self._transport.write(self._answer(line.split(b" ")[1].decode("latin-1"), headers))
            if headers.get(b"connection", b"").lower() == b"close":
                self._transport.close()

    def _answer(self, path: str, headers: dict[bytes, bytes]) -> bytes:
        feeds = self._feeds
        if path.startswith("/-/"):
            command = path.removeprefix("/-/")
            counts = dict(feeds.counts)
            feeds.counts.clear()
            if command != "counts":
                feeds.steer(command)
            body = json.dumps(counts).encode()
            return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        number = path.removeprefix("/feed/").removesuffix(".xml")
        if not number.isdecimal() or int(number) >= len(feeds.answers):
            feeds.counts["404"] += 1
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        found = feeds.answers[int(number)]
        # If-None-Match goes before If-Modified-Since. Our Last-Modified is compared as it was sent, which is allowed.
        wanted = headers.get(b"if-none-match")
        same = wanted == found.etag if wanted else headers.get(b"if-modified-since") == found.modified
        if found.etag and same:
            feeds.counts["304"] += 1
            return found.unchanged
        feeds.counts["200"] += 1
        return found.packed if b"gzip" in headers.get(b"accept-encoding", b"") else found.plain


@dataclass(frozen=True, slots=True)
class Origin:
    """A running origin, seen from a benchmark. urls: one for each feed."""

    urls: tuple[str, ...]

    def tell(self, command: str) -> dict[str, int]:
        """Steers it; gives how many requests it answered by which status since it was steered last."""
        control = self.urls[0].removesuffix("/feed/0.xml")
        request = urllib.request.Request(f"{control}/-/{command}", headers={"Connection": "close"}, method="POST")
        with urllib.request.urlopen(request, timeout=120) as response:
            counts: dict[str, int] = json.load(response)
        return counts


@contextmanager
def running(folder: Path, hosts: int) -> Iterator[Origin]:
    """An origin in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.origin", str(folder), "--hosts", str(hosts)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment()
    )
    assert process.stdin and process.stdout
    try:
        urls = tuple(line.strip() for line in iter(process.stdout.readline, "\n") if line)
        if not urls:
            raise SystemExit("the origin did not start")
        yield Origin(urls)
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


async def _serve(feeds: Feeds, hosts: int) -> None:
    loop = asyncio.get_running_loop()
    # All of 127.0.0.0/8 is this machine on Linux; to a polite reader each address is a host with limits of its own.
    addresses = [f"127.0.{n // 250}.{n % 250 + 1}" for n in range(hosts)]
    server = await loop.create_server(lambda: Connection(feeds), addresses, 0, backlog=128)
    ports = dict(listening.getsockname() for listening in server.sockets)
    for n in range(len(feeds.answers)):
        address = addresses[n % hosts]
        print(f"http://{address}:{ports[address]}/feed/{n}.xml")
    print(flush=True)
    ended = loop.run_in_executor(None, sys.stdin.read)
    await asyncio.wait([ended], timeout=LONGEST_RUN.total_seconds())
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hosts", type=int, default=50, help="loopback addresses that the feeds are spread over")
    options = parser.parse_args()
    asyncio.run(_serve(Feeds(options.folder), options.hosts))


if __name__ == "__main__":
    main()
