"""Many made-up feeds on the loopback, answered fast enough that the reader is what is measured.

    python benchmarks/origin.py --feeds 500        prints the URLs, one a line, then an empty line, and answers

Half of the feeds are RSS 2.0, half Atom; seven in ten have an ETag and a Last-Modified and answer 304 (RFC 9110
§13.2.2); all are gzipped for whoever accepts it. They hold 18 entries of about 1 KB, and slide: a step forward brings a
new entry and drops the oldest. POST steers, the answer is JSON:

    /-/reset    all as at the beginning
    /-/next     one feed in twenty goes one entry forward
    /-/all      every feed has new entries only
    /-/counts   nothing; every answer tells how many requests were answered by which status since the last POST

It ends when its standard input does, and after an hour at the latest. The same numbers give the same bytes.
"""

import argparse
import asyncio
import gzip
import hashlib
import json
import random
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

ENTRIES = 18
LONGEST_RUN = timedelta(hours=1)
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS = {
    "en": "the harbour council wrote that a winter ferry would stop at both piers until spring because repairs on"
    " northern quay took longer than planned and nobody had asked small boats to wait engineers found rust in every"
    " second beam while market stalls stayed open late under yellow lamps with soup bread old songs",
    "de": "der Rat der kleinen Stadt hat am Abend beschlossen dass die Brücke über den Fluss im Frühling neu gebaut"
    " wird weil viele Bürger seit Jahren auf einen sicheren Weg zur Schule warten und die alte Straße für Räder zu"
    " schmal geworden ist niemand wollte länger mit dem Bau zögern trotz höherer Kosten",
    "fr": "la commune a décidé de rénover le vieux moulin près de la rivière où chaque été des enfants apprennent à"
    " nager pendant que leurs parents discutent des récoltes et du prix du blé on espère ouvrir une salle de lecture"
    " avant l'hiver avec des chaises neuves et beaucoup de lumière",
    "vi": "ủy ban xã cho biết con đường ven sông sẽ được sửa trước mùa mưa để học sinh đi lại an toàn người dân góp"
    " công làm hàng rào trồng thêm cây bóng mát và dọn sạch kênh mương nhiều gia đình đã nhường đất cho dự án nhà văn"
    " hóa mới có phòng đọc sách sân chơi và một khu vườn nhỏ",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A feed as it stands: the heads and bodies of a 200, plain and gzipped, and the 304 where it has validators."""

    plain: bytes
    packed: bytes
    unchanged: bytes
    etag: bytes
    modified: bytes


class Feeds:
    """All feeds, at the state that they have been steered to. still: how many more there are that never move."""

    def __init__(self, count: int, still: int) -> None:
        self.count = count
        self.all = count + still
        self.counts: Counter[str] = Counter()
        self._first: list[Answer] = []
        self.steer("reset")

    def steer(self, command: str) -> None:
        """Raises KeyError for a command that is none. `next` and `all` go on from where the feeds stand."""
        match command:
            case "reset":
                self.places = [0] * self.all
                self._first = self._first or [answer(n, 0) for n in range(self.all)]
                self.answers = list(self._first)
            case "next":
                for n in random.Random(5).sample(range(self.count), max(1, self.count // 20)):
                    self._forward(n, 1)
            case "all":
                for n in range(self.count):
                    self._forward(n, ENTRIES)
            case _:
                raise KeyError(command)

    def _forward(self, n: int, entries: int) -> None:
        self.places[n] += entries
        self.answers[n] = answer(n, self.places[n])


def answer(n: int, place: int) -> Answer:
    body = document(n, place)
    validated = n * 7 % 10 < 7
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"' if validated else ""
    modified = _rfc822(_moment(n, place + ENTRIES - 1)) if validated else ""
    validators = f"ETag: {etag}\r\nLast-Modified: {modified}\r\n" if validated else ""
    kind = "application/atom+xml" if n % 2 else "application/rss+xml"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}; charset=utf-8\r\nVary: Accept-Encoding\r\n{validators}"
    packed = gzip.compress(body, 6, mtime=0)
    return Answer(
        plain=f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body,
        packed=f"{head}Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode() + packed,
        unchanged=f"HTTP/1.1 304 Not Modified\r\nVary: Accept-Encoding\r\n{validators}\r\n".encode(),
        etag=etag.encode(),
        modified=modified.encode(),
    )


def document(n: int, place: int) -> bytes:
    """The bytes of feed `n` with the entries `place` to `place` + 17, newest first."""
    language = list(_WORDS)[n // 2 % len(_WORDS)]
    site = f"http://site{n}.example"
    updated = _moment(n, place + ENTRIES - 1)
    numbers = range(place + ENTRIES - 1, place - 1, -1)
    # One feed in three leaves its language to be guessed.
    stated = n % 3 > 0
    if n % 2:
        tag = f' xml:lang="{language}"' if stated else ""
        head = f'<feed xmlns="http://www.w3.org/2005/Atom"{tag}><title>Made-up paper {n}</title><id>{site}/</id>'
        head += f'<link href="{site}/"/><updated>{updated:%Y-%m-%dT%H:%M:%SZ}</updated>'
        entries = "".join(_atom_entry(n, number, language, site) for number in numbers)
        return f'<?xml version="1.0" encoding="utf-8"?>\n{head}{entries}</feed>\n'.encode()
    tag = f"<language>{language}</language>" if stated else ""
    head = f"<title>Made-up paper {n}</title><link>{site}/</link><description>News of {n}</description>{tag}"
    head += f"<pubDate>{_rfc822(updated)}</pubDate>"
    items = "".join(_rss_item(n, number, language, site) for number in numbers)
    namespaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    start = f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" {namespaces}><channel>'
    return f"{start}{head}{items}</channel></rss>\n".encode()


def _atom_entry(n: int, number: int, language: str, site: str) -> str:
    title, summary, html = _text(n, number, language, site)
    moment = f"{_moment(n, number):%Y-%m-%dT%H:%M:%SZ}"
    return (
        f"<entry><title>{title}</title><id>tag:site{n}.example,2026:{number}</id>"
        f'<link rel="alternate" type="text/html" href="{site}/story/{number}?utm_source=feed"/>'
        f"<published>{moment}</published><updated>{moment}</updated><author><name>Author {number % 7}</name></author>"
        f'<category term="Section {number % 5}"/><summary>{summary}</summary>'
        f'<content type="html">{_escaped(html)}</content></entry>\n'
    )


def _rss_item(n: int, number: int, language: str, site: str) -> str:
    title, summary, html = _text(n, number, language, site)
    return (
        f"<item><title>{title}</title><link>{site}/story/{number}?utm_source=feed</link>"
        f'<guid isPermaLink="false">{n}-{number}</guid><pubDate>{_rfc822(_moment(n, number))}</pubDate>'
        f"<dc:creator>Author {number % 7}</dc:creator><category>Section {number % 5}</category>"
        f"<description>{summary}</description><content:encoded><![CDATA[{html}]]></content:encoded></item>\n"
    )


def _text(n: int, number: int, language: str, site: str) -> tuple[str, str, str]:
    """Title, summary and HTML of an entry: random words, so that no two entries say the same."""
    rng = random.Random(n * 1_000_003 + number)
    words = rng.choices(_WORDS[language].split(), k=112)
    title = " ".join(words[:8]).capitalize()
    first, second = (f"{' '.join(part).capitalize()}." for part in (words[8:60], words[60:]))
    html = f'<p>{first}</p><p><img src="/images/{number}.jpg" alt="" width="640" height="360"></p>'
    html += f'<p>{second} <a href="/story/{number}/more">{words[0]}</a></p>'
    return title, " ".join(words[8:30]), html.replace('="/', f'="{site}/' if n % 4 else '="/')


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _moment(n: int, number: int) -> datetime:
    return _EPOCH + timedelta(hours=number * 5, minutes=n % 60, seconds=n % 53)


def _rfc822(moment: datetime) -> str:
    return f"{moment:%a, %d %b %Y %H:%M:%S GMT}"


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
        if not number.isdecimal() or int(number) >= feeds.all:
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
    """A running origin, seen from the benchmark. urls: one for each feed. still: those that never move."""

    urls: tuple[str, ...]
    still: tuple[str, ...]

    def tell(self, command: str) -> dict[str, int]:
        """Steers it; gives how many requests it answered by which status since it was steered last."""
        control = self.urls[0].removesuffix("/feed/0.xml")
        request = urllib.request.Request(f"{control}/-/{command}", headers={"Connection": "close"}, method="POST")
        with urllib.request.urlopen(request, timeout=120) as response:
            counts: dict[str, int] = json.load(response)
        return counts


@contextmanager
def running(feeds: int, hosts: int, still: int = 0) -> Iterator[Origin]:
    """An origin in a process of its own."""
    command = [sys.executable, str(Path(__file__).resolve())]
    command += ["--feeds", str(feeds), "--hosts", str(hosts), "--still", str(still)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        urls = tuple(line.strip() for line in iter(process.stdout.readline, "\n") if line)
        if not urls:
            raise SystemExit("the origin did not start")
        yield Origin(urls[:feeds], urls[feeds:])
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
    for n in range(feeds.all):
        address = addresses[n % hosts]
        print(f"http://{address}:{ports[address]}/feed/{n}.xml")
    print(flush=True)
    ended = loop.run_in_executor(None, sys.stdin.read)
    await asyncio.wait([ended], timeout=LONGEST_RUN.total_seconds())
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--hosts", type=int, default=50, help="loopback addresses that the feeds are spread over")
    parser.add_argument("--still", type=int, default=0, help="more feeds, at the end of the list, that never move")
    options = parser.parse_args()
    asyncio.run(_serve(Feeds(options.feeds, options.still), options.hosts))


if __name__ == "__main__":
    main()
