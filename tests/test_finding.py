"""`seedfeed add`, `import` and `export-opml` through the front door: what is found, chosen, known and refused."""

import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.text.urls import feed_key
from support.origin import Origin, Request, Response
from support.site import PATIENCE_SECONDS, Site, environment
from worker.cli.choosing import feed_line
from worker.subscribe.finding import Found, likely_urls


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as made:
        yield made


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def rss(title: str, entries: int = 1, body: str = "") -> bytes:
    items = "".join(
        f"<item><title>Story {n}</title><link>https://a.example/{n}</link><description>In short.</description>{body}"
        f"<pubDate>{n:02} Mar 2026 10:00:00 GMT</pubDate></item>"
        for n in range(1, entries + 1)
    )
    xmlns = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f'<rss version="2.0" {xmlns}><channel><title>{title}</title>{items}</channel></rss>'.encode()


FULL = "<content:encoded>&lt;p&gt;At length.&lt;/p&gt;</content:encoded>"


def page(*links: str) -> bytes:
    found = "".join(f'<link rel="alternate" type="application/rss+xml" href="{link}">' for link in links)
    return f"<html><head><title>A page</title>{found}</head><body>Words.</body></html>".encode()


def put_three(origin: Origin) -> None:
    origin.put("/", page("/empty.rss", "/comments/feed", "/main.rss", "/other.rss", "/gone.rss"), "text/html")
    origin.put("/empty.rss", rss("Empty", 0))
    origin.put("/comments/feed", rss("Comments", 9))
    origin.put("/main.rss", rss("The Main", 3))
    origin.put("/other.rss", rss("Other", 1))


def test_of_several_feeds_the_best_is_taken_and_all_are_listed(site: Site, origin: Origin) -> None:
    put_three(origin)
    done = site.attempt("add", origin.url("/"))
    assert (done.returncode, done.stdout.strip()) == (0, origin.url("/main.rss"))
    lines = done.stderr.splitlines()
    assert lines == [
        "seedfeed: 4 feeds here, the best first:",
        f"  1  The Main - {origin.url('/main.rss')} - RSS 2.0, 3 entries, newest 2026-03-03",
        f"  2  Other - {origin.url('/other.rss')} - RSS 2.0, 1 entry, newest 2026-03-01",
        f"  3  Empty - {origin.url('/empty.rss')} - RSS 2.0, no entries",
        f"  4  Comments - {origin.url('/comments/feed')} - RSS 2.0, 9 entries, newest 2026-03-09",
        "seedfeed: took 1; `seedfeed add` with the URL of another takes that one",
    ]


def on_a_terminal(site: Site, answers: bytes, *words: str) -> tuple[int, str, str]:
    """Runs a command whose stdin and stderr are a terminal: exit code, stdout, and what the terminal showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        site.command(*words), env=environment(), stdin=theirs, stdout=subprocess.PIPE, stderr=theirs
    )
    os.close(theirs)
    os.write(ours, answers)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(ours)
    assert process.stdout is not None
    with process.stdout as stdout:
        printed = stdout.read().decode()
    return process.wait(PATIENCE_SECONDS), printed.strip(), shown.decode()


@pytest.mark.parametrize(
    ("answers", "taken", "asked"),
    [(b"2\n", "/other.rss", 1), (b"\n", "/main.rss", 1), (b"x\n9\n3\n", "/empty.rss", 3)],
)
def test_on_a_terminal_a_number_chooses(site: Site, origin: Origin, answers: bytes, taken: str, asked: int) -> None:
    put_three(origin)
    code, printed, shown = on_a_terminal(site, answers, "add", origin.url("/"))
    assert (code, printed) == (0, origin.url(taken)), shown
    assert shown.count("Which one, 1 to 4? [1]") == asked


def test_on_a_terminal_nothing_is_added_without_an_answer(site: Site, origin: Origin) -> None:
    put_three(origin)
    code, printed, shown = on_a_terminal(site, b"\x04", "add", origin.url("/"))
    assert (code, printed) == (1, "")
    assert "no feed was chosen; nothing is added" in shown
    assert not (site.seeds / "subscriptions.opml").exists()


def test_full_text_goes_before_summaries_of_the_same_entries(site: Site, origin: Origin) -> None:
    origin.put("/", page("/short.rss", "/full.rss"), "text/html")
    origin.put("/short.rss", rss("Short", 3))
    origin.put("/full.rss", rss("Full", 3, FULL))
    assert site.seedfeed("add", origin.url("/")).strip() == origin.url("/full.rss")


def test_a_feed_on_another_host_a_usual_place_and_a_page_that_lists_feeds_are_found(site: Site, origin: Origin) -> None:
    with Origin() as other:
        other.put("/feed.rss", rss("Elsewhere"))
        origin.put("/elsewhere", page(other.url("/feed.rss")), "text/html")
        origin.put("/usual/", b"<html><p>Nothing.", "text/html")
        origin.put("/usual/feed", rss("Usual"))
        origin.put("/listed", b'<html><a href="/listed/all.html"> RSS</a>', "text/html")
        origin.put("/listed/all.html", b'<html><a href="/news.rss">News</a>', "text/html")
        origin.put("/news.rss", rss("News"))
        origin.put(
            "/header", b"<html>", "text/html", headers={"Link": '</h.rss>; rel="alternate"; type="application/rss+xml"'}
        )
        origin.put("/h.rss", rss("Header"))
        origin.put("/@anna", b"<html>", "text/html")
        origin.put("/@anna.rss", rss("Anna"))
        pages = ("/elsewhere", "/usual/", "/listed", "/header", "/@anna")
        printed = site.seedfeed("add", *map(origin.url, pages)).split()
        assert printed == [
            other.url("/feed.rss"),
            *map(origin.url, ("/usual/feed", "/news.rss", "/h.rss", "/@anna.rss")),
        ]


def test_without_a_scheme_and_with_the_scheme_of_feeds_it_is_found(site: Site, origin: Origin) -> None:
    origin.put("/feed.rss", rss("Plain"))
    bare = origin.url("/feed.rss").removeprefix("http://")
    # A server of plain http does not understand https; the handshake may leave a broken request behind.
    printed = site.seedfeed("add", bare, f"feed://{bare}", f"feed:http://{bare}")
    assert printed.split() == [origin.url("/feed.rss")] * 3
    assert (site.seeds / "subscriptions.opml").read_text().count("xmlUrl") == 1


def test_what_is_followed_already_is_said_and_stays(site: Site, origin: Origin) -> None:
    origin.put("/feed", rss("One"))
    origin.redirect("/old", "/feed", 302)
    origin.redirect("/moved", "/feed", 301)
    origin.put("/", page("/feed"), "text/html")
    site.seedfeed("add", origin.url("/feed"))
    before = (site.seeds / "subscriptions.opml").read_bytes()
    given = [origin.url(path) for path in ("/feed", "/feed/", "/old", "/moved", "/")]
    done = site.attempt("add", *given)
    assert (done.returncode, done.stdout.split()) == (0, [origin.url("/feed")] * len(given))
    assert done.stderr.count("is subscribed to already") == len(given)
    assert (site.seeds / "subscriptions.opml").read_bytes() == before


def test_a_password_is_used_and_kept_and_never_shown(site: Site, origin: Origin) -> None:
    def guarded(request: Request) -> Response:
        if request.headers.get("Authorization") != "Basic bGFuOnNlY3JldA==":
            return Response(401)
        if request.path == "/":
            return Response(200, page("/feed"), {"Content-Type": "text/html"})
        return Response(200, rss("Guarded"), {"Content-Type": "text/xml"})

    origin.put("/", script=guarded)
    origin.put("/feed", script=guarded)
    done = site.attempt("add", origin.base.replace("//", "//lan:secret@") + "/")
    assert (done.returncode, done.stdout.strip()) == (0, origin.url("/feed"))
    assert "user and password stand in seeds/subscriptions.opml" in done.stderr
    assert "lan:secret@" in (site.seeds / "subscriptions.opml").read_text()
    exported = site.attempt("export-opml")
    shown = done.stderr + exported.stdout + exported.stderr + site.seedfeed("sources", "--json") + site.cycle()
    assert "secret" not in shown
    assert "without their user and password" in exported.stderr
    opml, ids = site.seeds / "subscriptions.opml", site.seeds / "ids.toml"
    before = ids.read_text()
    assert "secret" not in before
    opml.write_text(opml.read_text().replace("lan:secret", "lan:another"))
    assert "401" in site.attempt("worker", "--once", "--all").stderr
    assert ids.read_text() == before, "a new password makes no new source"
    site.seedfeed("remove", origin.url("/feed"))
    assert "xmlUrl" not in opml.read_text()


def test_a_page_without_a_feed_is_told_with_what_was_tried(site: Site, origin: Origin) -> None:
    origin.put("/", page("/gone.rss", "/broken.rss"), "text/html")
    origin.put("/broken.rss", b"<html>no", "text/html")
    done = site.attempt("add", origin.url("/"))
    assert (done.returncode, done.stdout) == (1, "")
    line, *others = done.stderr.splitlines()
    assert not others
    for words in (origin.url("/"), "no feed here", "/gone.rss (and 1 more): ", "404", "/feed"):
        assert words in line


def test_what_is_no_address_is_told_and_the_next_is_tried(site: Site, origin: Origin) -> None:
    origin.put("/feed.rss", rss("Plain"))
    wrong = ("http://[::1", "http://[x]/", "feed:http://[::1", "@a@[b", "http://u\u2100@e.org/")
    done = site.attempt("add", *wrong, origin.url("/feed.rss"))
    assert (done.returncode, done.stdout.split()) == (1, [origin.url("/feed.rss")])
    assert [line.partition(": Not a usable address: ")[2] for line in done.stderr.splitlines()] == [
        "its host or port cannot be read."
    ] * len(wrong)


def test_a_terminal_gets_no_commands_from_a_title_and_no_password() -> None:
    url = "https://lan:secret@a.example/"
    shown = feed_line(Found(url, url, "\x1b[2JRed\x9b1m \u202eA", "Atom 1.0", "", 2))
    assert shown == "[2JRed1m A - https://a.example/ - Atom 1.0, 2 entries"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("a.example/x", ("https://a.example/x", "http://a.example/x")),
        ("//a.example", ("https://a.example", "http://a.example")),
        ("feed://a.example/x", ("https://a.example/x", "http://a.example/x")),
        ("@someone@social.example", ("https://social.example/@someone",)),
        ("feed:a.example", ("https://a.example", "http://a.example")),
        (" feed:https://a.example/x", ("https://a.example/x",)),
        ("FEED://http://a.example", ("http://a.example",)),
        ("feeds.example/x", ("https://feeds.example/x", "http://feeds.example/x")),
        ("http://a.example", ("http://a.example",)),
        ("file:///etc/passwd", ("file:///etc/passwd",)),
    ],
)
def test_what_is_typed_means_an_address(given: str, meant: tuple[str, ...]) -> None:
    assert likely_urls(given) == meant


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a.example/x", "https://A.example:443/x/", True),
        ("https://a.example", "http://a.example:80/#top", True),
        ("https://a.example/%7Ex", "https://a.example/%7ex", False),
        ("https://a.example/x?a=1", "https://a.example/x?a=2", False),
        ("https://a.example/x", "https://www.a.example/x", False),
        ("https://a.example:8080/x", "https://a.example/x", False),
        ("https://lan:1@a.example/x", "https://a.example/x", False),
        ("https://a.example/X", "https://a.example/x", False),
    ],
)
def test_only_safe_differences_make_no_other_feed(one: str, other: str, same: bool) -> None:
    assert (feed_key(one) == feed_key(other)) is same


def test_import_says_what_it_did_and_export_gives_it_back(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "reader.opml"
    file.write_text(
        '<opml version="1.0"><body>\n<outline text="Tin &nbsp;tức"><outline text="Văn hóa">\n'
        '<outline text="A &amp; B" XMLURL="http://a.example/feed?x=1&y=2"/>\n'
        '<outline title="C" type="atom" url="feed://c.example/atom" category="/Biển/Cảng,Báo, một"/>\n'
        '</outline></outline>\n<outline text="A again" xmlUrl="https://a.example/feed?x=1&amp;y=2"/>\n'
        '<outline text="Odd" xmlUrl="gopher://odd.example/"/>\n'
        '<outline text="Others" type="include" url="https://c.example/more.opml"/>\n</body></opml>',
        encoding="utf-8",
    )
    done = site.attempt("import", str(file))
    assert done.returncode == 0
    assert done.stdout.strip() == f"{file}: 2 added, 1 known already, 2 left out"
    assert [line.removeprefix(f"seedfeed: {file}: ") for line in done.stderr.splitlines()] == [
        "line 2: an entity of HTML was read as its character",
        "line 3: a bare & was read as &amp;",
        'line 7: "Odd" is left out: gopher://odd.example/ is no address of the web',
        'line 8: "Others" includes https://c.example/more.opml, which is not fetched; import that list itself',
    ]
    titles = {one["url"]: one["title"] for one in site.sources().values() if one["url"]}
    assert titles == {"http://a.example/feed?x=1&y=2": "A & B", "http://c.example/atom": "C"}
    exported = site.seedfeed("export-opml")
    again = Site(tmp_path / "again")
    (tmp_path / "export.opml").write_text(exported, encoding="utf-8")
    again.seedfeed("import", str(tmp_path / "export.opml"))
    assert again.seedfeed("export-opml") == exported


def test_an_odd_list_of_our_own_is_read_and_told(site: Site, origin: Origin) -> None:
    origin.put("/feed.rss", rss("One"))
    url = origin.url("/feed.rss?a=1&b=2")
    site.drop("Press/list.opml", f'<opml><body>\n<outline text="A" xmlUrl="{url}"/><outline xmlUrl="x"/></body></opml>')
    done = site.attempt("worker", "--once")
    assert (done.returncode, "1 new" in done.stdout) == (0, True)
    told = (
        "line 2: a bare & was read as &amp;; line 2: an outline without a name is left out: x is no address of the web"
    )
    assert f"Press/list.opml: {told}." in done.stderr
    assert '<outline text="Press">' in site.seedfeed("export-opml")


def test_a_broken_list_is_told_with_its_place_and_changes_nothing(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "broken.opml"
    file.write_text('<opml><body>\n<outline text="x" xmlUrl="https://a.example/">\n</body></opml>')
    done = site.attempt("import", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"seedfeed: {file}: line 3, column 3: <outline> of line 2 is not closed before this.\n"
    assert not (site.seeds / "subscriptions.opml").exists()
