"""`seedfeed export`: the site as files. Served by a plain file server every link leads somewhere, and only what changed
is touched."""

import gzip
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from email.message import Message
from functools import partial
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import brotli
import feedparser
import pytest
import zstandard

from feeds.errors import MirrorError
from feeds.export.mirror import NOTES, mirror
from feeds.export.site import SUFFIXES, export
from feeds.render.html.pages import PER_PAGE
from feeds.settings.load import load_settings
from feeds.store.inbox import Inbox
from support.builders import SITE_ID
from support.feed_readers import tool
from support.ingest import Bench, Desk, bench
from support.origin import Origin
from support.site import PATIENCE_SECONDS, eventually, free_port

BASE = "https://news.example"
# There is no hub where files are served.
WITHOUT = '[server]\nhub = "off"\n[sources.secret]\nprivate = true'
CODED = tuple(SUFFIXES.values())
STORY = "The {name} of the harbour\n\nThe {name} was repainted on Monday, and whoever passes by says that it shines.\n"
FEED = """<rss version="2.0"><channel><title>{title}</title><link>https://{title}.example/</link><description>d</description>
<item><title>Story of {title}</title><link>https://{title}.example/1</link><guid>{title}-1</guid>
<description>{title} says that it rained for an hour in the morning.</description></item></channel></rss>"""


def exported(desk: Bench, root: Path) -> tuple[int, int, int, tuple[str, ...]]:
    done = export(desk.home, load_settings(desk.home, {}), root, lambda _done, _total: None)
    return done.written, done.unchanged, done.removed, done.problems


def files(root: Path) -> dict[str, tuple[int, int, int]]:
    """(inode, mtime, size) of every file, by path."""
    found = [path for path in root.rglob("*") if path.is_file()]
    return {
        str(one.relative_to(root)): (state.st_ino, state.st_mtime_ns, state.st_size)
        for one in found
        for state in [one.stat()]
    }


def touched(before: dict[str, tuple[int, int, int]], root: Path) -> set[str]:
    """What has changed since, without coded forms and notes."""
    now = files(root)
    differ = {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
    return {path for path in differ if not path.endswith(CODED) and path != NOTES}


@contextmanager
def home(root: Path, base_url: str = BASE, more: str = "") -> Iterator[Bench]:
    """Two seeds in a category, one with a picture; a public source and a private one."""
    with (
        Origin() as origin,
        bench(root, f'title = "Harbour"\nbase_url = "{base_url}"\n{more}\n{WITHOUT}') as desk,
    ):
        for name in ("open", "secret"):
            origin.put(f"/{name}", FEED.format(title=name).encode(), "application/rss+xml")
        (desk.home.seeds / "port").mkdir()
        (desk.home.seeds / "port" / "lamp.txt").write_text(STORY.format(name="lamp"))
        (desk.home.seeds / "port" / "bell.md").write_text(
            "# The bell\n\n![it](bell.png) rings at noon, [says](b.pdf) she.\n"
        )
        (desk.home.seeds / "port" / "bell.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
        (desk.home.seeds / "port" / "b.pdf").write_bytes(b"%PDF-1.4")
        desk.subscribe(origin.url("/open"), origin.url("/secret"))
        desk.cycle()
        yield desk


@contextmanager
def served(root: Path) -> Iterator[ThreadingHTTPServer]:
    """The simplest server there is."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def get(url: str, headers: Mapping[str, str] | None = None) -> tuple[int, Message, bytes]:
    """Status, headers and body."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", parts.path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_every_link_of_the_site_leads_somewhere_on_a_plain_file_server(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    with served(tmp_path / "www") as server:
        base = f"http://127.0.0.1:{server.server_port}/news"
        with home(tmp_path / "home", base) as desk:
            assert exported(desk, tmp_path / "www" / "news")[3] == ()
        seen: dict[str, bytes] = {}
        waiting = [f"{base}/"]
        while waiting:
            url = waiting.pop().partition("#")[0]
            if url in seen or not url.startswith(f"{base}/"):
                continue
            status, headers, body = get(url)
            if status == 301:  # a page is a folder; a feed document is never one
                assert not re.search(r"\.\w+$", url)
                assert urljoin(url, headers["Location"]) == f"{url}/"
                status, _, body = get(f"{url}/")
            assert status == 200, url
            seen[url] = body
            found = re.findall(r'(?:href|src|url|xmlUrl|htmlUrl)="([^"]+)"', body.decode("utf-8", "replace"))
            waiting += [urljoin(url, link) for link in found]
    paths = {url.removeprefix(base) for url in seen}
    assert {
        "/",
        "/feeds/all",
        "/feeds/all.atom",
        "/feeds/all.rss",
        "/feeds/all.json",
        "/opml",
        "/sources.opml",
        "/favicon.ico",
    } <= paths
    assert {"/feeds/source-open.atom", "/feeds/category-port.rss", "/feeds/lang-en.json"} <= paths
    assert sum(path.startswith("/entries/") for path in paths) == 3
    assert sorted(path.rpartition("/")[2] for path in paths if path.startswith("/media/")) == ["b.pdf", "bell.png"]
    for path in (path for path in (tmp_path / "www").rglob("*") if path.is_file() and path.suffix not in CODED):
        body = path.read_bytes()
        assert b"secret" not in body, path
        assert b"<form" not in body, path
    for form in ("atom", "rss"):
        read = feedparser.parse(seen[f"{base}/feeds/all.{form}"])
        assert not read.bozo
        assert {entry.title for entry in read.entries} == {"The bell", "The lamp of the harbour", "Story of open"}


def test_all_pages_of_a_feed_are_written_and_what_changed_if_everybody_may_see_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for allowed in ("public", "admin"):
        with bench(tmp_path / allowed, f'title = "Harbour"\nbase_url = "{BASE}"\nrevisions = "{allowed}"') as desk:
            for number in range(PER_PAGE + 2):
                (desk.home.seeds / f"n{number}.txt").write_text(STORY.format(name=f"{'abc'[number % 3] * 9}-{number}"))
            desk.cycle()
            (desk.home.seeds / "n1.txt").write_text(STORY.format(name="lamp").replace("Monday", "Sunday"))
            desk.cycle(minutes=1)
            assert exported(desk, out / allowed)[3] == ()
            edited = desk.store.revisions.uuids_of_edited()
        first, second = (out / allowed / "feeds" / "all" / path for path in ("index.html", "page/2/index.html"))
        assert [page.read_text().count("<article") for page in (first, second)] == [PER_PAGE, 2]
        assert len(list((out / allowed / "feeds" / "all").rglob("index.html"))) == 2
        pages = list((out / allowed).rglob("revisions/index.html"))
        assert [page.parent.parent.name for page in pages] == (edited if allowed == "public" else [])
        assert len(edited) == 1


DOCS = Path(__file__).parent.parent / "docs"


@contextmanager
def nginx(folder: Path, root: Path) -> Iterator[str]:
    """The server of docs/serving.md for exported files; its address."""
    program = tool("nginx")
    block = re.search(r"## Static files\n.*?```nginx\n(.*?)```", (DOCS / "serving.md").read_text("utf-8"), re.DOTALL)
    assert block
    port = free_port()
    config = block[1].replace("listen 80;", f"listen 127.0.0.1:{port};").replace("root /srv/news;", f"root {root};")
    folder.mkdir()
    (folder / "conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{ }}\n"
        f"http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};\n"
        f"fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n{config}}}\n"
    )
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([program, "-c", str(folder / "conf"), "-p", str(folder)], stdout=log, stderr=log)
    try:
        eventually(lambda: server.poll() is not None or "pid" in {path.name for path in folder.iterdir()}, "nginx")
        assert server.poll() is None, (folder / "log").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE_SECONDS)
    assert not (folder / "log").read_text()


def test_the_nginx_configuration_of_the_docs_serves_files_as_seedfeed_does(tmp_path: Path) -> None:
    with home(tmp_path / "home") as desk:
        exported(desk, tmp_path / "out")
        entry = desk.store.listings.pages()[0]
    (pdf,) = (tmp_path / "out").rglob("b.pdf")
    (png,) = (tmp_path / "out").rglob("bell.png")
    media = {path.name: f"/{path.relative_to(tmp_path / 'out')}" for path in (pdf, png)}
    with nginx(tmp_path / "nginx", tmp_path / "out") as base:

        def ask(path: str, **headers: str) -> Message:
            status, sent, body = get(base + path, headers)
            sent["Status"] = str(status)
            assert status != 200 or body
            return sent

        types = {
            "/": "text/html; charset=utf-8",
            "/feeds/all": "text/html; charset=utf-8",
            f"/entries/{entry}": "text/html; charset=utf-8",
            "/feeds/all.atom": "application/atom+xml; charset=utf-8",
            "/feeds/all.rss": "application/rss+xml; charset=utf-8",
            "/feeds/all.json": "application/feed+json",
            "/opml": "text/x-opml; charset=utf-8",
            "/sources.opml": "text/x-opml; charset=utf-8",
            "/favicon.ico": "image/x-icon",
            media["bell.png"]: "image/png",
            media["b.pdf"]: "application/octet-stream",
        }
        for path, media_type in types.items():
            sent = ask(path)
            assert (sent["Status"], sent["Content-Type"]) == ("200", media_type), path
        plain, coded = ask("/feeds/all.atom"), ask("/feeds/all.atom", **{"Accept-Encoding": "gzip"})
        assert (plain["Content-Encoding"], coded["Content-Encoding"]) == (None, "gzip")
        assert plain["Vary"] == coded["Vary"] == "Accept-Encoding"
        assert plain["Access-Control-Allow-Origin"] == "*"
        for sent in (plain, coded):
            again = {"If-None-Match": sent["ETag"], "Accept-Encoding": sent["Content-Encoding"] or "identity"}
            assert ask("/feeds/all.atom", **again)["Status"] == "304"
        assert ask(media["b.pdf"])["Content-Disposition"] == "attachment"
        assert ask(media["bell.png"])["Content-Disposition"] is None
        status, _, body = get(f"{base}/feeds/nothing.atom")
        assert (status, b"Not found" in body) == (404, True)


def test_files_hold_the_bytes_and_the_time_that_the_server_sends(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with home(tmp_path / "home") as desk:
        exported(desk, out)
        published = desk.store.connection.execute("SELECT path, body, last_modified_us FROM representations").fetchall()
        assert len(published) >= 6
        for row in published:
            file = out / row["path"].lstrip("/")
            assert file.read_bytes() == row["body"]
            assert file.stat().st_mtime_ns == row["last_modified_us"] * 1000
            decoded = {".gz": gzip.decompress, ".br": brotli.decompress, ".zst": _unzstd}
            for suffix, decode in decoded.items():
                coded = file.with_name(file.name + suffix)
                assert decode(coded.read_bytes()) == row["body"]
                assert coded.stat().st_mtime_ns == file.stat().st_mtime_ns
        with closing(Inbox(desk.home.inbox)) as inbox:
            assert not inbox.waiting()  # what is exported is not kept fresh for that
    assert b"Not found" in (out / "404.html").read_bytes()
    assert not list(out.rglob(".*.part"))


def _unzstd(body: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(body)


def test_a_second_export_touches_nothing_and_a_change_only_the_files_that_show_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with home(tmp_path / "home") as desk:
        exported(desk, out)
        first = files(out)
        written, unchanged, removed, _ = exported(desk, out)
        assert (written, removed) == (0, 0)
        assert unchanged == len([path for path in first if not path.endswith(CODED)]) - 1
        assert files(out) == first

        bell = next(entry for entry in desk.store.listings.pages() if b"The bell" in _page(out, entry))
        others = {f"entries/{entry}/index.html" for entry in desk.store.listings.pages() if entry != bell}
        article = desk.home.seeds / "port" / "bell.md"
        article.write_text(article.read_text() + "\nAt night it is silent.\n")
        desk.cycle(seconds=5)
        exported(desk, out)
        changed = touched(first, out)
        assert f"entries/{bell}/index.html" in changed
        assert {"feeds/all.atom", "feeds/all/index.html", "feeds/category-port.json", "feeds/seeds.rss"} <= changed
        assert not changed & (others | {"opml", "sources.opml", "404.html", "feeds/source-open.atom"})
        assert not {path for path in changed if path.startswith("media/")}
        now = files(out)
        assert all(now[path][1] > first[path][1] for path in changed)


def _page(out: Path, uuid: str) -> bytes:
    return (out / "entries" / uuid / "index.html").read_bytes()


def test_what_is_withdrawn_or_dropped_leaves_and_files_of_others_stay(tmp_path: Path) -> None:
    out = tmp_path / "out"
    query = '[feeds.rain]\ntitle = "Rain"\nquery = "rained"'
    with home(tmp_path / "home", more=query) as desk:
        exported(desk, out)
        assert (out / "feeds" / "rain" / "index.html").exists()
        (out / "robots.txt").write_text("User-agent: *\n")
        (out / "feeds" / "notes.txt").write_text("mine")
        bell = next(entry for entry in desk.store.listings.pages() if b"The bell" in _page(out, entry))
        (desk.home.seeds / "port" / "bell.md").unlink()
        text = desk.home.settings_file.read_text()
        desk.home.settings_file.write_text(text.replace(query, ""))
        desk.cycle(seconds=5)
        removed = exported(desk, out)[2]
        assert removed == 1 + 2 + 4  # the entry's page and its files; a feed in three formats, with its page
    assert not (out / "entries" / bell).exists()
    assert not (out / "feeds" / "rain").exists()
    assert not (out / "feeds" / "rain.atom.gz").exists()
    assert not (out / "media").exists()
    assert (out / "robots.txt").read_text() == "User-agent: *\n"
    assert (out / "feeds" / "notes.txt").read_text() == "mine"
    assert bell.encode() in (out / "feeds" / "all.atom").read_bytes()  # its tombstone


def test_an_export_that_was_cut_off_is_completed_by_the_next_one(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def stop(done: int, _total: int) -> None:
        if done == 9:
            raise KeyboardInterrupt

    with home(tmp_path / "home") as desk:
        settings = load_settings(desk.home, {})
        with pytest.raises(KeyboardInterrupt):
            export(desk.home, settings, out, stop)
        part = {path: one for path, one in files(out).items() if path != NOTES}
        assert part
        with (out / NOTES).open("a") as notes:
            notes.write('{"path": "feeds/al')  # as a full disk leaves it
        assert exported(desk, out)[3] == ()
        assert all(files(out)[path] == one for path, one in part.items())
        whole = files(out)
        assert exported(desk, out)[0] == 0
        assert files(out) == whole
        # A file that somebody spoilt is written again.
        (out / "feeds" / "all.rss").write_text("spoilt")
        (out / "feeds" / "all.json.gz").unlink()
        assert exported(desk, out)[0] == 2
        assert {path: one[2] for path, one in files(out).items()} == {path: one[2] for path, one in whole.items()}


def test_a_file_of_somebody_else_in_the_way_is_told_and_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with home(tmp_path / "home") as desk:
        exported(desk, out)
        (desk.home.seeds / "port" / "horn.txt").write_text(STORY.format(name="horn"))
        desk.cycle(seconds=5)
        new = next(uuid for uuid in desk.store.listings.pages() if not (out / "entries" / uuid).exists())
        mine = out / "entries" / new / "index.html"
        mine.parent.mkdir()
        mine.write_text("mine")
        problems = exported(desk, out)[3]
        assert problems == (f"entries/{new}/index.html: another file stands there; move it away",)
        assert mine.read_text() == "mine"
        mine.unlink()
        assert exported(desk, out)[3] == ()
        assert b"horn" in mine.read_bytes()


def test_documents_that_were_made_for_another_address_are_told(tmp_path: Path) -> None:
    with home(tmp_path / "home") as desk:
        text = desk.home.settings_file.read_text()
        desk.home.settings_file.write_text(text.replace(BASE, "https://moved.example"))
        # Those of `all` and `seeds`; the others are made for the export.
        told = "6 documents were made for another base_url; run `seedfeed publish` and export again"
        assert exported(desk, tmp_path / "out")[3] == (told,)


def test_an_export_shows_one_moment_while_the_worker_writes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with home(tmp_path / "home") as desk:

        def write(done: int, _total: int) -> None:
            if done == 1:
                (desk.home.seeds / "port" / "lamp.txt").unlink()
                desk.cycle(seconds=5)

        done = export(desk.home, load_settings(desk.home, {}), out, write)
        assert done.problems == ()
        pages = [b"The lamp" in page.read_bytes() for page in (out / "entries").rglob("index.html")]
        assert sum(pages) == 1
        assert b"The lamp" in (out / "index.html").read_bytes()
        assert exported(desk, out)[2] == 1


def test_a_directory_is_filled_only_if_it_is_new_or_ours(tmp_path: Path) -> None:
    with home(tmp_path / "home") as desk:
        mine = tmp_path / "mine"
        mine.mkdir()
        (mine / "letter.txt").write_text("dear")
        for place, why in (
            (mine, "is not empty and holds no earlier export"),
            (mine / "letter.txt", "nothing was written"),
            (tmp_path / "home" / "seeds" / "public", "reads or writes itself"),
            (tmp_path / "home" / "data", "reads or writes itself"),
            (tmp_path / "home", "is not empty"),
        ):
            with pytest.raises(MirrorError, match=why):
                exported(desk, place)
        assert (mine / "letter.txt").read_text() == "dear"
        with mirror(tmp_path / "other", SITE_ID) as files, pytest.raises(MirrorError, match="another export"):
            files.put("a", b"a", datetime.now().astimezone(), dict)
            exported(desk, tmp_path / "other")
        with pytest.raises(MirrorError, match="another site"):
            exported(desk, tmp_path / "other")
        hidden = tmp_path / "branch"
        (hidden / ".git").mkdir(parents=True)
        assert exported(desk, hidden)[3] == ()


def test_the_command_says_what_it_did_and_fails_with_a_sentence(tmp_path: Path) -> None:
    site, out = Desk(tmp_path / "home"), tmp_path / "out"
    assert "not there yet" in site.attempt("export", str(out)).stderr
    assert not out.exists()
    site.drop("lamp.txt", STORY.format(name="lamp"))
    site.cycle()
    assert re.fullmatch(r"\d+ files written, 0 unchanged, 0 removed in .*\n", site.seedfeed("export", str(out)))
    done = site.attempt("export", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("is not empty and holds no earlier export; name a new directory\n")
