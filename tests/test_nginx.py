"""The nginx configuration of docs/serving.md, in front of a real server: what passes through, and what is kept."""

import gzip
import http.client
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import brotli
from test_running import STORY

from feeds.http.conditional import etag
from support.feed_readers import tool
from support.ingest import Desk
from support.origin import Origin
from support.site import PATIENCE_SECONDS, Answer, Site, eventually, free_port, ids

DOCS = Path(__file__).parents[1] / "docs" / "serving.md"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Front:
    port: int

    def get(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", body: str = "") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body or None, {"Host": "news.example", **(headers or {})})
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()


def documented() -> str:
    blocks = re.findall(r"^```nginx\n(.*?)^```$", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (found,) = (block for block in blocks if "proxy_pass" in block)
    return str(found)


def configuration(folder: Path, port: int, ours: int) -> str:
    """The documented site with our ports and folders, and without certificates, in the shortest whole configuration."""
    site = documented()
    for there, here in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        ("127.0.0.1:8080", f"127.0.0.1:{ours}"),
        ("/var/cache/nginx/feeds", f"{folder}/cache"),
    ):
        assert site.count(there) == 1
        site = site.replace(there, here)
    site, certificates = re.subn(r"^ *ssl_certificate.*\n", "", site, flags=re.MULTILINE)
    assert certificates == 2
    # A root's nginx would serve as another user, who cannot write here.
    user = "user root;" if os.getuid() == 0 else ""
    paths = "".join(f"{name}_temp_path {folder}/{name};\n" for name in TEMPORARY)
    return (
        f"{user}\nworker_processes 1;\ndaemon off;\npid {folder}/pid;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}\n{site}\n}}\n"
    )


@contextmanager
def nginx(folder: Path, ours: int) -> Iterator[Front]:
    program, port = tool("nginx"), free_port()
    folder.mkdir()
    (folder / "nginx.conf").write_text(configuration(folder, port, ours))
    command = [program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    front = Front(port)

    def answers() -> bool:
        assert process.poll() is None, (folder / "error.log").read_text()
        try:
            return front.get("/healthz").status > 0
        except OSError:
            return False

    try:
        eventually(answers, "nginx")
        yield front
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def test_what_nginx_passes_on_and_what_it_keeps(tmp_path: Path) -> None:
    tool("nginx")
    site = Desk(tmp_path / "home", settings='[feeds.old]\ntitle = "Old"\nquery = "is:seed"\n')
    for n in range(12):
        site.drop(f"{n:02}.txt", STORY.format(n=n))
    site.cycle()
    held = site.documents()["/feeds/all.atom"]
    site.configure("")
    site.drop("later.txt", STORY.format(n="later"))
    site.cycle()
    with nginx(tmp_path / "nginx", site.port) as front:
        assert front.get("/feeds/all.atom").status == 502
        with site.running():
            kept = _passes(site, front, held)
        # A copy outlives a server that is away.
        after = front.get("/feeds/all.atom")
        assert (after.status, after.body) == (200, kept)
        assert front.get("/feeds/all.rss").status == 502


def test_nginx_says_who_asks_and_lets_nobody_ask_the_hub_too_often(tmp_path: Path) -> None:
    tool("nginx")
    with Origin() as behind, nginx(tmp_path / "nginx", urlsplit(behind.url("/")).port or 0) as front:
        behind.put("/hub", b"accepted")
        lied = {"X-Forwarded-For": "192.0.2.1"}
        answers = [front.get("/hub", lied, "POST", "hub.mode=none").status for _ in range(13)]
        assert front.get("/feeds/all.atom", lied).status == 404
        asked = [request for request in behind.requests if request.path == "/hub"]
        assert answers[:11] == [200] * 11
        assert 429 in answers[11:]
        assert {request.headers["X-Forwarded-For"] for request in behind.requests} == {"127.0.0.1"}
        assert {(request.headers["Host"], request.body) for request in asked} == {("news.example", b"hub.mode=none")}


def _passes(site: Site, front: Front, held: bytes) -> bytes:
    """held: an older document. Gives the newest one."""
    path = "/feeds/all.atom"
    direct = site.get(path)

    # Documents, conditional and coded, come through as they were sent.
    first, second = front.get(path), front.get(path)
    assert (first.status, first.body, first.headers["x-cache"]) == (200, direct.body, "MISS")
    assert (second.body, second.headers["x-cache"]) == (direct.body, "HIT")
    for name in (
        "etag",
        "last-modified",
        "cache-control",
        "vary",
        "link",
        "content-type",
        "x-content-type-options",
    ):
        assert first.headers[name] == second.headers[name] == direct.headers[name]
    head = front.get(path, method="HEAD")
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", direct.headers["etag"])
    for condition in (
        {"If-None-Match": direct.headers["etag"]},
        {"If-None-Match": f'"x", W/{direct.headers["etag"]}'},
        {"If-Modified-Since": direct.headers["last-modified"]},
    ):
        known = front.get(path, condition)
        assert (known.status, known.headers["etag"]) == (304, direct.headers["etag"])
    for coding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        for _ in range(2):
            packed = front.get(path, {"Accept-Encoding": coding})
            assert packed.headers["content-encoding"] == coding
            assert unpack(packed.body) == direct.body
        assert not packed.headers["etag"].startswith("W/")
        assert front.get(path, {"Accept-Encoding": coding, "If-None-Match": packed.headers["etag"]}).status == 304

    # Deltas pass the copies by, and leave none.
    old = etag(held)
    for _ in range(2):
        delta = front.get(path, {"A-IM": "feed", "If-None-Match": old})
        assert (delta.status, delta.headers["im"], delta.headers["x-cache"]) == (226, "feed", "BYPASS")
        assert len(ids(delta.body)) < len(ids(direct.body))
        assert front.get(path, {"If-None-Match": old}).status == 200
    assert front.get(path, {"A-IM": "feed", "If-None-Match": direct.headers["etag"]}).status == 304

    # What is gone, and what is for one client alone.
    assert front.get("/feeds/old.atom").status == 410
    assert front.get("/feeds/none.atom").status == 404
    preflight = front.get(path, {"Origin": "https://reader.example"}, "OPTIONS")
    assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (204, "*")
    assert front.get("/feeds/health.atom", {"Host": "localhost"}).status == 401
    assert front.get("/websub/none", method="POST", body="x").status == 404
    assert front.get("/hub", {"Host": "localhost"}, "POST", "hub.mode=none").status == 400
    assert front.get("/").status == 200
    return direct.body
