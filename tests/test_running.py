"""`seedfeed run` and what surrounds it: served over HTTP, killed in the middle, run twice."""

import contextlib
import ctypes
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from feeds.errors import ReplacedError
from feeds.settings.load import Home
from feeds.store import Store
from support.origin import Origin
from support.site import PATIENCE_SECONDS, Site, environment, eventually, ids
from worker.home import write
from worker.run.lock import worker_lock

HUB = b"POST /hub HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
STORY = "A headline for {n}\n\nThe text of story number {n}, which is long enough to be read with some pleasure.\n"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_run_publishes_serves_and_takes_in_what_is_saved_meanwhile(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.lay_traps()
    monkeypatch.chdir(site.root)
    site.drop("news/one.html", f"<h1>A page</h1><p>{STORY.format(n=1)}</p>")
    with site.running() as process:
        eventually(lambda: len(ids(site.get("/feeds/all.atom").body)) == 1, "the first story")
        _check_http(site)
        site.drop("news/two.txt", STORY.format(n=2))
        eventually(lambda: len(ids(site.get("/feeds/all.atom").body)) == 2, "the second story")
        # Made when it is first asked for, and fresh from then on.
        assert len(ids(site.get("/feeds/category-news.atom").body)) == 2
        (site.seeds / "news" / "two.txt").unlink()
        eventually(lambda: len(ids(site.get("/feeds/category-news.atom").body)) == 1, "the deletion")
        eventually(lambda: len(ids(site.get("/feeds/all.atom").body)) == 1, "the deletion in what is kept fresh")
        second = site.attempt("run")
        assert second.returncode == 1
        assert "listen" in second.stderr or "running" in second.stderr
        worker = site.attempt("worker", "--once")
        assert worker.returncode == 1
        assert f"another Seedfeed worker (pid {process.pid}) is running" in worker.stderr
        assert "/feeds/all.atom" not in site.seedfeed("publish")


def _check_http(site: Site) -> None:
    plain = site.get("/feeds/all.atom")
    assert plain.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert site.get("/feeds/all.rss").headers["content-type"] == "application/rss+xml; charset=utf-8"
    assert site.get("/feeds/all.json").headers["content-type"] == "application/feed+json"
    assert site.get("/feeds/all.atom", {"If-None-Match": plain.headers["etag"]}).status == 304
    assert site.get("/feeds/all.atom", {"If-Modified-Since": plain.headers["last-modified"]}).status == 304
    zipped = site.get("/feeds/all.atom", {"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.headers["etag"] != plain.headers["etag"]
    head = site.get("/feeds/all.atom", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(plain.body))
    for path in ("/", "/feeds/all", "/opml", "/sources.opml", "/healthz", "/search?q=headline"):
        assert site.get(path).status == 200, path
    for path in ("/nothing", "/feeds/nothing.atom", "/feeds/all/", "/entries/none"):
        assert site.get(path, {"Accept": "text/html"}).status == 404, path
    for request, status in (
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /feeds/all.atom HTTP/1.1\r\nHost:\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n", b"400"),
        (b"GET /feeds/all.atom HTTP/1.1\r\nHost: a b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.0\r\n\r\n", b"200"),
        (HUB + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", b"400"),
        (HUB + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello, longer\r\n0\r\n\r\n", b"400"),
        (HUB + b"Content-Length: -5\r\n\r\nhello", b"400"),
    ):
        with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE_SECONDS) as client:
            client.sendall(request)
            assert client.makefile("rb").readline().split()[1] == status, request
    page = site.get("/feeds/all").body.decode()
    entry = page.split("/entries/")[1].split('"')[0]
    assert site.get(f"/entries/{entry}").status == 200


def test_a_worker_killed_in_the_middle_of_a_cycle_loses_and_doubles_nothing(site: Site) -> None:
    """SIGKILL at many moments of a first cycle; the next one completes, with every id as it would have been."""
    with Origin() as origin:
        for feed in range(6):
            items = "".join(
                f"<item><title>Feed {feed}, story {n}</title><guid>https://outlet.example/{feed}/{n}</guid>"
                f"<link>https://outlet.example/{feed}/{n}</link><description>Text {feed} {n}.</description></item>"
                for n in range(10)
            )
            body = f"<rss version='2.0'><channel><title>Feed {feed}</title>{items}</channel></rss>".encode()
            origin.put(f"/{feed}.rss", body, media_type="text/xml", etag=f'"{feed}"', delay=0.05 * feed)
        outlines = "".join(f'<outline type="rss" text="F{n}" xmlUrl="{origin.url(f"/{n}.rss")}"/>' for n in range(6))
        site.drop("subscriptions.opml", f'<opml version="2.0"><head/><body>{outlines}</body></opml>')
        for n in range(12):
            site.drop(f"{n:02}.txt", STORY.format(n=n))
        known: set[str] = set()
        for moment in (0.7, 1.0, 1.2, 1.4, 1.6, 1.9, 2.3):
            process = subprocess.Popen(
                site.command("worker", "--once"),
                # Killed while it writes its coverage, a process would leave a broken file.
                env={key: value for key, value in environment().items() if not key.startswith("COVERAGE_")},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            time.sleep(moment)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            now = {entry["id"] for entry in site.entries()}
            assert known <= now, "an entry that was stored is lost"
            known = now
        site.cycle()
        entries = site.entries()
    assert known <= {entry["id"] for entry in entries}
    titles = sorted(entry["title"] for entry in entries)
    assert titles == sorted(
        [f"A headline for {n}" for n in range(12)] + [f"Feed {feed}, story {n}" for feed in range(6) for n in range(10)]
    )
    store = sqlite3.connect(site.root / "data" / "seedfeed.sqlite")
    assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()
    assert sorted(ids(site.documents()["/feeds/seeds.atom"])) == sorted(
        entry["id"] for entry in entries if entry["source"] == "seeds"
    )


def test_a_source_is_asked_again_when_its_time_comes(site: Site) -> None:
    feed = "<rss version='2.0'><channel><title>F</title>{items}</channel></rss>"
    item = "<item><title>Story {n}</title><guid>https://outlet.example/{n}</guid><description>{n}</description></item>"
    with Origin() as origin:
        origin.put("/feed.rss", feed.format(items=item.format(n=1)).encode(), media_type="text/xml", etag='"1"')
        outline = f'<outline type="rss" text="F" xmlUrl="{origin.url("/feed.rss")}"/>'
        with site.running():
            site.drop("subscriptions.opml", f'<opml version="2.0"><head/><body>{outline}</body></opml>')
            eventually(lambda: b"Story 1" in site.get("/feeds/all.rss").body, "the first poll")
            body = feed.format(items=item.format(n=2) + item.format(n=1)).encode()
            origin.put("/feed.rss", body, media_type="text/xml", etag='"2"')
            eventually(lambda: b"Story 2" in site.get("/feeds/all.rss").body, "the second poll")
        asked = [request.headers["If-None-Match"] for request in origin.requests]
    assert asked[0] is None
    assert '"1"' in asked


def test_no_server_outlives_a_run_that_was_killed(site: Site) -> None:
    with site.running() as process:
        process.kill()
        process.wait()
        eventually(lambda: not _listening(site), "the server to end with its parent")


def test_of_two_servers_that_start_at_once_on_one_port_one_runs_and_the_other_says_why(tmp_path: Path) -> None:
    site = Site(tmp_path / "one")
    commands = [home.command("serve") for home in (site, Site(tmp_path / "other", port=site.port))]
    with contextlib.ExitStack() as ending:
        servers = []
        for command in commands:
            server = subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True)
            servers.append(ending.enter_context(server))
            ending.callback(server.terminate)
        eventually(lambda: any(server.poll() is not None for server in servers), "the end of one of them")
        (ended,) = (server for server in servers if server.poll() is not None)
        assert ended.returncode == 1
        assert ended.stderr
        assert f"cannot listen on 127.0.0.1:{site.port}: address already in use" in ended.stderr.read()
        assert site.get("/healthz").status == 503


def test_what_was_published_is_served_where_data_cannot_be_written(site: Site) -> None:
    site.drop("one.txt", STORY.format(n=1))
    site.cycle()
    data, published = site.root / "data", site.documents()["/feeds/all.atom"]
    # A worker leaves none; the reading just now did.
    for suffix in ("wal", "shm"):
        (data / f"seedfeed.sqlite-{suffix}").unlink(missing_ok=True)
    data.chmod(0o555)
    server = subprocess.Popen(
        site.command("serve"), env=environment(), stderr=subprocess.PIPE, text=True, preexec_fn=_without_roots_powers
    )
    try:
        eventually(lambda: _listening(site), "the server")
        assert site.get("/feeds/all.atom").body == published
        assert site.get("/feeds/seeds").status == site.get("/search.json?q=headline").status == 200
        data.chmod(0o755)
        site.drop("two.txt", STORY.format(n=2))
        site.cycle()
        eventually(lambda: len(ids(site.get("/feeds/all.atom").body)) == 2, "the story of a later cycle")
    finally:
        data.chmod(0o755)
        server.terminate()
        said = server.communicate(timeout=PATIENCE_SECONDS)[1]
    assert said.count(f"{data} cannot be written: what was published is served") == 1
    assert "Traceback" not in said


def test_run_serves_while_its_worker_cannot_start_and_goes_on_once_it_can(site: Site) -> None:
    site.drop("one.txt", STORY.format(n=1))
    site.cycle()
    published = site.documents()["/feeds/all.atom"]
    site.drop("two.txt", STORY.format(n=2))
    lock, log = site.root / "data" / "worker.lock", site.root / "run.log"
    lock.chmod(0o444)
    ledger = site.seeds / "ids.toml"
    sound = ledger.read_bytes()
    ledger.write_bytes(b"<<<<<<< HEAD\n" + sound)
    with (
        log.open("wb") as said,
        subprocess.Popen(
            site.command("run"), env=environment(), stderr=said, preexec_fn=_without_roots_powers
        ) as process,
    ):
        eventually(lambda: "publishes at" in log.read_text(), "the server")
        assert site.get("/feeds/all.atom").body == published
        lock.chmod(0o644)
        eventually(lambda: "put back an earlier copy" in log.read_text(), "a second reason")
        with contextlib.closing(Store.open_readonly(site.root / "data" / "seedfeed.sqlite")) as store:
            assert [(one.path, one.code) for one in store.seeds.problems()] == [("ids.toml", "E_IDS")]
            assert [event.title for event in store.health.newest(9)] == ["seeds/ids.toml cannot be read"]
        assert site.get("/feeds/all.atom").body == published
        ledger.write_bytes(sound)
        eventually(lambda: len(ids(site.get("/feeds/all.atom").body)) == 2, "the second story")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    lines = log.read_text()
    assert f"{lock}: it cannot be written; make it writable" in lines
    assert lines.count("tried again until it works") == lines.count("it works again") == 2
    assert "Traceback" not in lines


def _without_roots_powers() -> None:
    """Permissions hold for root too, in the program that this process becomes (capabilities(7))."""
    drop_from_bounding_set, dac_override, dac_read_search = 24, 1, 2
    for capability in (dac_override, dac_read_search):
        ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0)


def _listening(site: Site) -> bool:
    try:
        site.get("/healthz")
    except OSError:
        return False
    return True


def test_the_server_alone_says_that_nothing_is_published_yet_and_then_serves(site: Site) -> None:
    process = subprocess.Popen(
        site.command("serve"), env=environment(), stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        eventually(lambda: _listening(site), "the server")
        assert site.get("/feeds/all.atom").status == 503
        site.drop("one.txt", STORY.format(n=1))
        site.cycle()
        eventually(lambda: site.get("/feeds/all.atom").status == 200, "the first document")
        shutil.rmtree(site.root / "data")
        site.cycle()
        eventually(lambda: len(ids(site.get("/feeds/all.atom").body)) == 1, "the document of the new store")
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["split", "x"], 1, "no such entry"),
        (["merge", "x", "y"], 1, "no such entry"),
        (["remove", "http://x.example/", "--entries"], 1, "not subscribed"),
        (["pause", "nobody"], 1, "no such source"),
        (["pause", "seeds"], 1, "not polled"),
        (["hide", "nothing"], 1, "no such entry"),
        (["publish", "all", "--accept"], 1, "no document of it is held back"),
        (["entries", "("], 2, "^"),
        (["entries", "--feed", "nonsense"], 1, "nonsense"),
        (["remove", "http://x.example/"], 1, "not subscribed"),
        (["no-such-command"], 2, "No such command"),
        (["serve", "--host", "nosuch.invalid"], 1, "choose another with --host"),
    ],
)
def test_commands_say_what_is_wrong_and_exit_with_its_code(
    site: Site, words: list[str], status: int, said: str
) -> None:
    site.drop("one.txt", STORY.format(n=1))
    if words[0] == "entries":
        site.cycle()
    done = site.attempt(*words)
    assert done.returncode == status
    assert said in done.stderr
    assert done.stdout == ""


def test_a_fault_in_the_midst_of_a_command_is_one_line_and_names_the_home(site: Site) -> None:
    site.cycle()
    store = site.root / "data" / "seedfeed.sqlite"
    with contextlib.closing(sqlite3.connect(store)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'facts'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    whole = store.read_bytes()
    store.write_bytes(whole[: (page - 1) * size] + bytes(size) + whole[page * size :])
    done = site.attempt("entries")
    store.write_bytes(whole)
    assert done.returncode == 1
    assert done.stderr.startswith(f"seedfeed: {site.root / 'data'}: it is damaged")
    assert "The command broke off" in done.stderr
    assert done.stderr.count("\n") == 1


def test_mistakes_in_settings_are_told_all_at_once(site: Site) -> None:
    (site.seeds / "site.toml").write_text('titel = "x"\n[server]\nport = "8080"\n', encoding="utf-8")
    done = site.attempt("worker", "--once", environ={"SEEDFEED_NONSENSE": "1"})
    assert done.returncode == 2
    for word in ("titel", "server.port", "SEEDFEED_NONSENSE", "site.toml"):
        assert word in done.stderr


@pytest.mark.parametrize(
    ("words", "imported", "status"),
    [
        ("worker.cli run", "typer", 0),
        ("worker.cli run", "feeds.store", 0),
        ("worker.cli worker", "typer", 0),
        ("worker.cli sources", "typer", 130),
        ("feeds.server --host 127.0.0.1 --port 9", "granian", 0),
    ],
)
def test_ctrl_c_ends_a_program_that_is_still_being_imported(site: Site, words: str, imported: str, status: int) -> None:
    command = [sys.executable, "-X", "importtime", "-m", *words.split(), "--home", str(site.root)]
    with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        for line in process.stderr:
            if f" {imported}" in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
    assert (process.returncode, "Traceback" in rest) == (status, False), rest


@pytest.mark.parametrize("command", ["serve", "run"])
def test_a_program_ends_with_its_terminal(site: Site, command: str) -> None:
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        site.command(command),
        stdout=theirs,
        stderr=theirs,
        env=environment(),
        start_new_session=True,
        # The tests may run under nohup themselves, which programs they start would inherit.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )
    os.close(theirs)
    try:
        eventually(lambda: _listening(site), "the server")
        os.close(ours)
        os.killpg(process.pid, signal.SIGHUP)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert not _listening(site)
    finally:
        process.kill()


def test_a_server_under_nohup_outlives_its_terminal(site: Site) -> None:
    server = subprocess.Popen(
        ["nohup", *site.command("serve")], env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        eventually(lambda: _listening(site), "the server")
        server.send_signal(signal.SIGHUP)
        assert [site.get("/healthz").status for _ in range(20)] == [503] * 20
        assert server.poll() is None
    finally:
        server.terminate()
    assert server.wait(PATIENCE_SECONDS) == 0


def test_a_second_ctrl_c_changes_nothing_once_a_program_ends() -> None:
    late = (
        "class Late:\n def __del__(self, kill=os.kill, pid=os.getpid()):\n  kill(pid, 2); kill(pid, 15)\nlate = Late()"
    )
    program = f"import os\nfrom feeds import signals\nsignals.on_end(lambda *_: None)\n{late}"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_init_makes_a_home_that_runs_and_refuses_to_overwrite_one(tmp_path: Path) -> None:
    site = Site(tmp_path / "made")
    shutil.rmtree(site.root)
    assert site.attempt("init", str(site.root)).returncode == 0
    assert site.attempt("init", str(site.root)).returncode == 1
    assert site.attempt("worker", "--once").returncode == 0
    assert len(site.entries()) == 1
    # Whoever keeps the home under version control keeps the ids of its articles, and nothing that grows back.
    assert (site.root / ".gitignore").read_text() == "/data/\n"


def test_init_keeps_a_gitignore_that_is_there(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("/mine/\n")
    assert tmp_path / ".gitignore" not in write(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "/mine/\n"


@pytest.mark.parametrize("command", ["run", "worker --once", "sources", "entries"])
def test_a_directory_that_is_no_home_stays_as_it_is(tmp_path: Path, command: str) -> None:
    site = Site(tmp_path / "elsewhere")
    shutil.rmtree(site.seeds)
    done = site.attempt(*command.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert "no home is here" in done.stderr
    assert "seedfeed init" in done.stderr
    assert list(site.root.iterdir()) == []


def test_run_offers_to_make_a_home_on_a_terminal(tmp_path: Path) -> None:
    site = Site(tmp_path / "new")
    shutil.rmtree(site.seeds)
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        site.command("run", "--port", str(site.port)), stdin=theirs, stdout=theirs, stderr=theirs, env=environment()
    )
    os.close(theirs)
    os.write(ours, b"y\n")
    # Published under the port that it listens on, since nobody set a base_url.
    shown, asked = b"", f"Subscribe to {site.base_url}/feeds/all.atom".encode()
    with contextlib.suppress(OSError):  # Linux reports the end of the process as an error
        while more := os.read(ours, 4096):
            if asked in shown + more and asked not in shown:
                process.send_signal(signal.SIGINT)
            shown += more
    os.close(ours)
    assert process.wait() == 0, shown
    assert (site.seeds / "site.toml").exists()
    assert shown.rstrip().endswith(b"Stopped.")


def test_a_disk_that_takes_nothing_more_is_reported_once_and_loses_nothing(site: Site) -> None:
    site.drop("first.txt", STORY.format(n=1))
    log = site.root / "run.log"
    with site.running() as process:
        eventually(lambda: len(ids(site.get("/feeds/all.atom").body)) == 1, "the first story")
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (64 * 1024, hard))
        site.drop("second.txt", STORY.format(n=2) + "Of some length. " * 10_000)
        eventually(lambda: "tried again until it works" in log.read_text(), "a word about the disk")
        assert len(ids(site.get("/feeds/all.atom").body)) == 1
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        eventually(lambda: len(ids(site.get("/feeds/all.atom").body)) == 2, "the second story")
    assert log.read_text().count("tried again until it works") == 1
    assert "Traceback" not in log.read_text()


def test_data_that_is_replaced_under_a_running_worker_ends_it(site: Site) -> None:
    site.drop("first.txt", STORY.format(n=1))
    data, old, log = site.root / "data", site.root / "old", site.root / "run.log"
    with log.open("wb") as said, subprocess.Popen(site.command("run"), env=environment(), stderr=said) as process:
        eventually(lambda: _listening(site) and site.get("/feeds/all.atom").status == 200, "the first story")
        before = ids(site.get("/feeds/all.atom").body)
        data.rename(old)
        shutil.copytree(old, data)
        site.drop("second.txt", STORY.format(n=2))
        assert process.wait(PATIENCE_SECONDS) == 1
    lines = log.read_text()
    assert lines.count(f"{data} was replaced or deleted while Seedfeed ran") == 1
    assert "tried again" not in lines
    assert not _listening(site)
    site.cycle()
    after = ids(site.documents()["/feeds/all.atom"])
    assert set(before) < set(after)
    assert len(after) == 2


def test_a_lock_that_is_deleted_is_noticed_by_its_holder(tmp_path: Path) -> None:
    with worker_lock(Home(tmp_path)) as lock:
        lock.check()
        (tmp_path / "data" / "worker.lock").unlink()
        with worker_lock(Home(tmp_path)) as other:
            other.check()
            with pytest.raises(ReplacedError, match="replaced or deleted"):
                lock.check()


def test_a_store_that_is_damaged_is_one_line(site: Site) -> None:
    site.drop("first.txt", STORY.format(n=1))
    site.cycle()
    store = site.root / "data" / "seedfeed.sqlite"
    store.write_bytes(store.read_bytes()[:4096].ljust(store.stat().st_size, b"\xff"))
    for command in ("worker --once", "entries", "publish --all"):
        done = site.attempt(*command.split())
        assert (done.returncode, done.stdout) == (1, ""), command
        assert "move data/ away" in done.stderr
        assert done.stderr.count("\n") == 1


def test_what_is_wrong_with_files_is_told_once_and_listed_file_by_file(site: Site) -> None:
    site.drop("scan.pdf", b"%PDF-1.7 ...")
    site.drop("one.md", "---\ncolour: red\n---\nThe text of a story.\n")
    first = site.attempt("worker", "--once")
    assert first.returncode == 1
    assert "seedfeed: scan.pdf: is of a kind that is not read" in first.stderr
    assert "let its name begin with _" in first.stderr
    second = site.attempt("worker", "--once")
    assert (second.returncode, second.stderr) == (0, "")
    assert "2 seed files are still as reported before" in second.stdout
    seeds = site.sources()["seeds"]
    assert seeds["status"] == "ok"
    assert [line.partition(": ")[0] for line in seeds["error"].splitlines()] == ["one.md", "scan.pdf"]
    listed = site.seedfeed("sources", "--failing").splitlines()
    assert [line.rpartition("/")[2].split(": ")[:2] for line in listed[:2]] == [
        ["seeds", "one.md"],
        ["seeds", "scan.pdf"],
    ]
    site.drop("broken.md", "---\ndraft: perhaps\n---\nText.\n")
    third = site.attempt("worker", "--once")
    assert third.returncode == 1
    assert "scan.pdf" not in third.stderr
    assert site.sources()["seeds"]["status"] == "failing"


def test_entries_for_people_are_the_newest_with_names_that_commands_take(site: Site) -> None:
    for n in range(3):
        site.drop(f"{n}.txt", STORY.format(n=n).replace("headline", "headline :x:"))
    site.cycle()
    done = site.attempt("entries", "--limit", "2")
    assert "A headline :x: for" in done.stdout
    assert "there are more" in done.stderr
    headline, link, id_ = done.stdout.splitlines()[:3]
    assert headline.endswith("(seeds)")
    for name in (link, id_):
        assert site.attempt("why", name.strip()).returncode == 0, name
    assert len(done.stdout.splitlines()) == 6
    assert len(site.entries()) == 3


def test_output_in_an_encoding_that_lacks_letters_loses_none(site: Site) -> None:
    site.drop("tin.txt", "Tô Lâm thăm Huế\n\nMột đoạn văn ngắn về chuyến thăm.\n")
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    site.seedfeed("worker", "--once", environ=ascii_only)
    assert r"T\xf4 L\xe2m th\u0103m Hu\u1ebf" in site.seedfeed("entries", environ=ascii_only)
    [line] = site.seedfeed("entries", "--json", environ=ascii_only).splitlines()
    assert json.loads(line)["title"] == "Tô Lâm thăm Huế"


def test_a_host_that_drips_delays_no_other_source(site: Site) -> None:
    site.configure("")
    feed = b"<rss version='2.0'><channel><title>F</title><item><guid>g</guid><title>%s</title></item></channel></rss>"
    with Origin() as origin, Origin("127.0.0.2") as other:
        for n in range(12):
            origin.put(f"/slow{n}", feed % b"Slow", media_type="text/xml", drip=0.5)
        other.put("/fast", feed % b"Fast", media_type="text/xml")
        urls = (*(origin.url(f"/slow{n}") for n in range(12)), other.url("/fast"))
        lines = "".join(f'<outline text="{url.rpartition("/")[2]}" xmlUrl="{url}"/>' for url in urls)
        site.drop("subscriptions.opml", f'<opml version="2.0"><head/><body>{lines}</body></opml>')
        with site.running():
            # Twelve that take five seconds each, two at a time, are half a minute; the other one is asked all along.
            eventually(lambda: len(other.requests) >= 4, "four polls of the other host")
            assert 0 < origin.connections < 12


def test_nothing_of_a_killed_worker_stays_behind(site: Site) -> None:
    with Origin() as origin:
        origin.put("/feed", b"<rss version='2.0'><channel><title>F</title></channel></rss>", media_type="text/xml")
        site.drop(
            "subscriptions.opml",
            f'<opml version="2.0"><head/><body><outline xmlUrl="{origin.url("/feed")}"/></body></opml>',
        )
        process = subprocess.Popen(
            site.command("worker"),
            env=environment({"SEEDFEED_WORKER__EXECUTOR": "processes:2"}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        eventually(lambda: origin.requests, "a poll")
        eventually(lambda: len(_group(process.pid)) > 1, "a worker and its executor")
        process.kill()
        process.wait()
        eventually(lambda: not _group(process.pid), "the end of its executor")


def _group(leader: int) -> list[int]:
    """The processes that a leader started in its session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(stat.parent.name))
    return found
