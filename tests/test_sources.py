"""Sources as their operator shapes them: followed, moved, paused, filtered, removed, and what is hidden by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.model import Status
from support.ingest import Desk, bench
from support.origin import Origin, Request, Response
from support.site import Site, eventually, ids, tombstones

RSS = "application/rss+xml"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Desk(tmp_path)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as server:
        yield server


def rss(*items: str, head: str = "") -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>Outlet</title>{head}{body}</channel></rss>'.encode()


def item(n: int | str, text: str = "Text.", day: int = 1) -> str:
    link = f"https://outlet.example/{n}"
    date = f"<pubDate>Sun, {day:02} Feb 2026 10:00:00 GMT</pubDate>"
    return f"<title>Story {n}</title><link>{link}</link><guid>{link}</guid><description>{text}</description>{date}"


def subscribe(site: Site, *urls: str) -> None:
    outlines = "".join(f'<outline type="rss" text="{url.rpartition("/")[2]}" xmlUrl="{url}"/>' for url in urls)
    site.drop("subscriptions.opml", f'<opml version="2.0"><head/><body>{outlines}</body></opml>')


# Where a source lies


def moved_to(url: str) -> Response:
    return Response(301, headers={"Location": url})


def test_a_source_that_moved_for_good_is_asked_at_its_new_address_and_stays_the_same(
    tmp_path: Path, origin: Origin
) -> None:
    origin.put("/old", rss(item(1)), RSS)
    with bench(tmp_path) as home:
        home.subscribe(origin.url("/old"))
        home.cycle()
        (before,) = [source for source in home.store.sources.active() if source.url]
        origin.put("/new", rss(item(1), item(2)), RSS)
        origin.put("/old", script=lambda _: moved_to("/new"))
        for hours in (1, 12, 11):
            home.cycle(hours=hours)
            assert home.store.polls.state(before.key).moved_to == origin.url("/new")
        assert home.store.sources.by_url(origin.url("/old")) is not None
        home.cycle(hours=1)
        (after,) = [source for source in home.store.sources.active() if source.url]
        assert (after.key, after.slug, after.url) == (before.key, before.slug, origin.url("/new"))
        assert home.store.entries.count() == 2
        origin.requests.clear()
        home.cycle(hours=1)
        assert [request.path for request in origin.requests] == ["/new"]
    # The list says what its operator wrote; the address outlives the store.
    assert origin.url("/old") in (tmp_path / "seeds" / "subscriptions.opml").read_text()
    for file in (tmp_path / "data").iterdir():
        file.unlink()
    with bench(tmp_path) as home:
        origin.requests.clear()
        home.cycle()
        assert [request.path for request in origin.requests] == ["/new"]
        assert [source.key for source in home.store.sources.active() if source.url] == [before.key]


@pytest.mark.parametrize("case", ["another feed", "a page", "followed already", "for now"])
def test_no_other_redirect_changes_an_address(tmp_path: Path, origin: Origin, case: str) -> None:
    origin.put("/old", rss(item(1)), RSS)
    origin.put("/new", rss(item(1)), RSS)
    with bench(tmp_path) as home:
        home.subscribe(origin.url("/old"), *([origin.url("/new")] if case == "followed already" else []))
        home.cycle()
        if case == "another feed":
            origin.put("/new", rss(item(7), item(8)), RSS)
        elif case == "a page":
            origin.put("/new", b"<!DOCTYPE html><html><body>Back soon</body></html>", "text/html")
        status = 302 if case == "for now" else 301
        origin.put("/old", script=lambda _: Response(status, headers={"Location": "/new"}))
        for day in range(6):
            if case == "another feed":
                # What it holds is known by now, but another one took its place meanwhile.
                origin.put("/new", rss(item(f"{day} a"), item(f"{day} b")), RSS)
            home.cycle(hours=12)
        assert home.store.sources.by_url(origin.url("/old")) is not None


def test_https_in_the_list_makes_no_other_source(tmp_path: Path, origin: Origin) -> None:
    with bench(tmp_path) as home:
        home.subscribe("http://outlet.example/feed")
        home.ingest.seeding.read_lists(home.clock())
        (before,) = [source for source in home.store.sources.active() if source.url]
        home.subscribe("https://outlet.example/feed/")
        home.ingest.seeding.read_lists(home.clock())
        (after,) = [source for source in home.store.sources.active() if source.url]
        assert (after.key, after.slug, after.url) == (before.key, before.slug, "https://outlet.example/feed/")


def test_polling_ends_with_410_and_begins_again_when_it_is_resumed(tmp_path: Path, origin: Origin) -> None:
    origin.put("/feed", rss(item(1)), RSS)
    with bench(tmp_path) as home:
        home.subscribe(origin.url("/feed"))
        home.cycle()
        (source,) = [source for source in home.store.sources.active() if source.url]
        origin.put("/feed", status=410)
        for hours in (1, 36, 36):
            home.cycle(hours=hours)
        assert home.store.polls.state(source.key).status is Status.GONE
        origin.requests.clear()
        home.cycle(hours=1000)
        assert origin.requests == []
        assert home.store.entries.count() == 1


# Pausing


def test_a_paused_source_is_not_asked_until_it_is_resumed(site: Site, origin: Origin) -> None:
    origin.put("/feed", rss(item(1)), RSS)
    subscribe(site, origin.url("/feed"))
    site.cycle()
    said = site.seedfeed("pause", "feed")
    assert "seedfeed resume feed" in said
    assert site.sources()["feed"]["status"] == "paused"
    assert site.sources()["feed"]["next_poll"] is None
    origin.requests.clear()
    site.cycle()
    assert origin.requests == []
    site.seedfeed("resume", "feed")
    site.cycle()
    assert len(origin.requests) == 1
    assert site.sources()["feed"]["status"] == "ok"
    assert "did you mean feed" in site.attempt("pause", "fed").stderr


# What of a source is taken, and shown


def test_only_entries_that_the_filter_finds_are_taken(site: Site, origin: Origin) -> None:
    site.configure('[sources.feed]\nfilter = "harbour -fog"\n')
    origin.put("/feed", rss(item(1, "The harbour."), item(2, "The hills."), item(3, "Fog over the harbour.")), RSS)
    subscribe(site, origin.url("/feed"))
    site.cycle()
    assert [entry["title"] for entry in site.entries()] == ["Story 1"]
    # Another filter counts for what the source still holds.
    site.configure('[sources.feed]\nfilter = "hills OR harbour"\n')
    site.cycle()
    assert {entry["title"] for entry in site.entries()} == {"Story 1", "Story 2", "Story 3"}


@pytest.mark.parametrize(
    ("settings", "content", "summary"),
    [
        ("", True, True),
        ('[publish]\ncontent = "summary"', False, True),
        ('[publish]\ncontent = "link"', False, False),
        ('[publish]\ncontent = "link"\n[sources.feed]\ncontent = "full"', True, True),
        ('[sources.feed]\ncontent = "link"', False, False),
    ],
)
def test_as_much_of_an_entry_is_published_as_its_source_is_set_to(
    site: Site, origin: Origin, settings: str, content: bool, summary: bool
) -> None:
    site.configure(settings)
    text = "<description>In short.</description><content:encoded>&lt;p>At length.&lt;/p></content:encoded>"
    body = rss(item(1).replace("<description>Text.</description>", text)).replace(
        b"<rss ", b'<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    )
    origin.put("/feed", body, RSS)
    subscribe(site, origin.url("/feed"))
    site.cycle()
    for path, document in site.documents().items():
        if "/all." in path:
            assert (b"At length." in document) is content, path
            assert (b"In short." in document) is summary, path
            assert b"https://outlet.example/1" in document, path


# Removing


def test_removed_entries_leave_with_tombstones_and_come_back_under_their_ids(site: Site, origin: Origin) -> None:
    origin.put("/feed", rss(item(1), item(2)), RSS)
    subscribe(site, origin.url("/feed"))
    site.cycle()
    before = ids(site.documents()["/feeds/all.atom"])
    assert len(before) == 2
    said = site.seedfeed("remove", origin.url("/feed"), "--entries")
    assert "2 entries" in said
    document = site.documents()["/feeds/all.atom"]
    assert (ids(document), set(tombstones(document))) == ([], set(before))
    subscribe(site, origin.url("/feed"))
    site.cycle()
    document = site.documents()["/feeds/all.atom"]
    assert (set(ids(document)), tombstones(document)) == (set(before), [])


def test_removing_alone_leaves_the_entries(site: Site, origin: Origin) -> None:
    origin.put("/feed", rss(item(1)), RSS)
    subscribe(site, origin.url("/feed"))
    site.cycle()
    site.seedfeed("remove", origin.url("/feed"))
    site.cycle()
    assert len(ids(site.documents()["/feeds/all.atom"])) == 1


# Hiding, beside a running worker


def test_a_hidden_entry_is_nowhere_and_stays_away_until_it_is_shown_again(site: Site, origin: Origin) -> None:
    link = "https://outlet.example/1"
    answers = [rss(item(1), item(2)), rss(item(1, "Edited."), item(2))]

    def script(request: Request) -> Response:
        return Response(200, answers[min(len(origin.requests), 1)], {"Content-Type": RSS})

    origin.put("/feed", script=script)
    subscribe(site, origin.url("/feed"))
    with site.running():
        eventually(lambda: len(ids(site.get("/feeds/all.atom").body)) == 2, "two entries")
        assert "seedfeed unhide" in site.seedfeed("hide", link)
        document = site.get("/feeds/all.atom").body
        assert (ids(document), tombstones(document)) == (["https://outlet.example/2"], [link])
        asked = len(origin.requests)
        eventually(lambda: len(origin.requests) > asked + 1, "two more polls")
        assert [entry["id"] for entry in site.entries()] == ["https://outlet.example/2"]
        assert f'"{link}"'.encode() not in site.get("/search?q=Story").body
        site.seedfeed("unhide", link)
        assert set(ids(site.get("/feeds/all.atom").body)) == {link, "https://outlet.example/2"}


def test_a_hidden_seed_stays_hidden_when_its_file_is_edited(site: Site) -> None:
    site.drop("story.txt", "A headline\n\nA text.\n")
    site.cycle()
    (entry,) = site.entries()
    site.seedfeed("hide", entry["id"])
    site.drop("story.txt", "A headline\n\nAnother text.\n")
    site.cycle()
    assert site.entries() == []
    site.seedfeed("unhide", entry["link"])
    assert [one["id"] for one in site.entries()] == [entry["id"]]
    site.cycle()
    assert b"Another text." in site.documents()["/feeds/all.atom"]


# What sources say of their own entries


def test_a_source_that_changes_all_its_ids_announces_nothing_again(tmp_path: Path, origin: Origin) -> None:
    origin.put("/feed", rss(*(item(n, f"Text {n}.") for n in range(1, 6))), RSS)
    with bench(tmp_path) as home:
        home.subscribe(origin.url("/feed"))
        home.cycle()
        before = home.store.entries.change()
        changed = rss(*(item(n, f"Text {n}.").replace("<guid>", "<guid isPermaLink='false'>new:") for n in range(1, 6)))
        origin.put("/feed", changed, RSS)
        report = home.cycle(hours=1)
        assert (report.new, report.changed) == (0, 0)
        assert home.store.entries.change() == before
        # An edit under the new id is an edit of the entry that everybody knows.
        origin.put("/feed", changed.replace(b"Text 3.", b"Text 3, corrected."), RSS)
        report = home.cycle(hours=1)
        assert (report.new, report.changed) == (0, 1)
        assert home.store.entries.count() == 5


def test_the_pace_of_a_document_is_kept_when_the_origin_says_that_nothing_changed(
    tmp_path: Path, origin: Origin
) -> None:
    origin.put("/feed", rss(item(1), head="<ttl>600</ttl>"), RSS, etag='"1"')
    with bench(tmp_path) as home:
        home.subscribe(origin.url("/feed"))
        for _ in range(2):
            home.cycle(hours=12)
            (source,) = [source for source in home.store.sources.active() if source.url]
            due = home.store.polls.state(source.key).next_poll_at
            assert due is not None
            assert (due - home.clock()).total_seconds() >= 600 * 60
        assert [request.status for request in origin.requests] == [200, 304]


def test_a_restart_asks_overdue_sources_one_after_the_other(tmp_path: Path, origin: Origin) -> None:
    paths = [f"/feed{n}" for n in range(40)]
    for path in paths:
        origin.put(path, rss(item(1)), RSS)
    with bench(tmp_path) as home:
        home.subscribe(*map(origin.url, paths))
        home.cycle()
        home.clock.advance(days=3)
        home.ingest.spread()
        asked = []
        for _ in range(6):
            origin.requests.clear()
            home.cycle(everything=False, seconds=1)
            asked.append(len(origin.requests))
        assert sum(asked) == 40
        assert max(asked) <= 25
        assert sum(count > 0 for count in asked) >= 3


# What a source withdraws


def atom(*entries: str) -> bytes:
    namespaces = 'xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"'
    return f"<feed {namespaces}>{''.join(entries)}</feed>".encode()


def one(name: str, day: int, text: str = "Text.") -> str:
    return (
        f"<entry><id>urn:test:{name}</id><title>{name}</title><updated>2026-02-{day:02}T10:00:00Z</updated>"
        f"<content>{text}</content></entry>"
    )


def tombstone(name: str, day: int) -> str:
    return f'<at:deleted-entry ref="urn:test:{name}" when="2026-02-{day:02}T10:00:00Z"/>'


def test_a_tombstone_withdraws_its_entry_until_a_later_one_comes(tmp_path: Path, origin: Origin) -> None:
    def living(*entries: str) -> set[str]:
        origin.put("/feed", atom(*entries), "application/atom+xml")
        home.cycle(hours=1)
        return {name for name in "abc" if home.store.entries.get(f"urn:test:{name}")}

    with bench(tmp_path) as home:
        home.subscribe(origin.url("/feed"))
        assert living(one("a", 5), one("b", 5)) == {"a", "b"}
        assert living(one("a", 5), one("b", 5), tombstone("a", 4)) == {"a", "b"}, "it speaks of an earlier life"
        assert living(one("b", 5), tombstone("a", 6)) == {"b"}
        assert living(one("a", 5, "Edited."), one("b", 5), tombstone("a", 6)) == {"b"}
        assert living(one("a", 5), one("b", 5)) == {"b"}
        assert living(one("b", 5), one("c", 5), tombstone("c", 7), tombstone("b", 4)) == {"b"}, "both in one document"


def test_an_entry_that_its_source_publishes_again_lives_again(tmp_path: Path, origin: Origin) -> None:
    with bench(tmp_path) as home:
        home.subscribe(origin.url("/feed"))
        for entries in ((one("a", 5),), (tombstone("a", 6),)):
            origin.put("/feed", atom(*entries), "application/atom+xml")
            home.cycle(hours=1)
        assert home.store.entries.get("urn:test:a") is None
        # The tombstone may stand there still: it is of an earlier day.
        origin.put("/feed", atom(one("a", 8, "Again."), tombstone("a", 6)), "application/atom+xml")
        home.cycle(hours=1)
        entry = home.store.entries.get("urn:test:a")
        assert entry is not None
        assert "Again." in entry.content + entry.summary


def test_an_edit_that_the_filter_no_longer_finds_leaves_and_comes_back(site: Site, origin: Origin) -> None:
    site.configure('[sources.feed]\nfilter = "harbour -fog"\n')
    subscribe(site, origin.url("/feed"))
    for text, titles in (("The harbour.", ["Story 1"]), ("Fog over the harbour.", []), ("The harbour.", ["Story 1"])):
        origin.put("/feed", rss(item(1, text)), RSS)
        site.cycle()
        assert [entry["title"] for entry in site.entries()] == titles


@pytest.mark.parametrize("bad", ["", "<br>"], ids=["well-formed", "broken"])
def test_an_entry_that_its_source_marks_as_not_public_leaves_and_comes_back(
    site: Site, origin: Origin, bad: str
) -> None:
    control = "<app:control xmlns:app='http://www.w3.org/2007/app'><app:draft>{}</app:draft></app:control>"
    wp, exported = "<wp:status>{}</wp:status>", b'<rss xmlns:wp="http://wordpress.org/export/1.2/" '
    subscribe(site, origin.url("/feed"))
    former: dict[str, str] = {}
    for marks, hidden in (
        ("", set[int]()),
        (control.format("yes"), {2}),
        (control.format("no"), set()),
        (wp.format("trash"), {2}),
        (wp.format("private"), {2}),
        (wp.format("publish"), set()),
        ("<wp:post_password>x</wp:post_password>", {2}),
        ("", set()),
    ):
        origin.put("/feed", rss(item(1), item(2) + marks, item(3) + bad).replace(b"<rss ", exported), RSS)
        site.cycle()
        now = {entry["title"]: entry["id"] for entry in site.entries()}
        assert now.keys() == {f"Story {n}" for n in {1, 2, 3} - hidden}, marks
        former = former or now
        assert now.items() <= former.items()
        assert (former["Story 2"] in tombstones(site.documents()["/feeds/all.atom"])) is bool(hidden)


def test_a_draft_under_the_guid_of_a_public_entry_withdraws_nothing(site: Site, origin: Origin) -> None:
    draft = "<draft xmlns='http://www.w3.org/2007/app'>yes</draft>"
    subscribe(site, origin.url("/feed"))
    for second in ("", f"<item>{item(1, 'Of tomorrow.')}{draft}</item>"):
        origin.put("/feed", rss(item(1)).replace(b"</channel>", f"{second}</channel>".encode()), RSS)
        site.cycle()
        assert [entry["title"] for entry in site.entries()] == ["Story 1"]


# What an operator is told


def test_settings_for_a_source_that_there_is_not_are_told(site: Site, origin: Origin) -> None:
    site.configure("[sources.fed]\nprivate = true\n")
    origin.put("/feed", rss(item(1)), RSS)
    subscribe(site, origin.url("/feed"))
    done = site.attempt("worker", "--once")
    assert done.returncode == 0
    assert "[sources.fed] names no source, so that nothing in it counts; did you mean feed?" in done.stderr
    site.configure("[sources.feed]\nprivate = true\n")
    assert "names no source" not in site.attempt("worker", "--once").stderr


def test_a_failure_that_goes_on_is_logged_once(site: Site, origin: Origin) -> None:
    origin.put("/feed", status=403)
    subscribe(site, origin.url("/feed"))
    with site.running():
        eventually(lambda: len(origin.requests) >= 3, "three polls")
    assert (site.root / "run.log").read_text().count("refuses to give it to us") == 1


def test_passwords_lie_in_files_of_their_owner_alone(site: Site, origin: Origin) -> None:
    origin.put("/feed", rss(item(1)), RSS)
    site.seedfeed("add", origin.url("/feed").replace("//", "//ann:secret@"))
    files = [site.seeds / "subscriptions.opml", *(site.root / "data").glob("*.sqlite*")]
    assert len(files) > 1
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
