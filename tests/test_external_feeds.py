"""External feeds through the program, against a scripted origin: what arrives, and what is asked again."""

import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.ingest import Desk
from support.origin import Origin, Request, Response
from support.site import Site, ids
from support.validity import ACCEPTED, check_atom, check_json, check_rss

DOCUMENTS = Path(__file__).parent / "documents" / "feeds"
EXPECTED: dict[str, Any] = json.loads((DOCUMENTS / "expected.json").read_text(encoding="utf-8"))["documents"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Desk(tmp_path)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as server:
        yield server


def subscribe(site: Site, *urls: str) -> None:
    """A list of subscriptions, as an operator would save it."""
    outlines = "".join(f'<outline type="rss" text="{url.rpartition("/")[2]}" xmlUrl="{url}"/>' for url in urls)
    site.drop("subscriptions.opml", f'<opml version="2.0"><head/><body>{outlines}</body></opml>')


def rss(*items: str, title: str = "Outlet") -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>{title}</title>{body}</channel></rss>'.encode()


def item(n: int, text: str, *, host: str = "outlet.example") -> str:
    link = f"https://{host}/{n}"
    return f"<title>Story {n}</title><link>{link}</link><guid>{link}</guid><description>{text}</description>"


WORDS = " ".join(f"word{n}" for n in range(40))


def test_every_entry_of_every_format_arrives_once_and_a_second_cycle_changes_no_byte(
    site: Site, origin: Origin
) -> None:
    for name, document in EXPECTED.items():
        body = (DOCUMENTS / name).read_bytes().replace(b"{origin}", origin.base.encode())
        origin.put(f"/{name}", body, media_type=document["media_type"], etag=f'"{name}"')
    subscribe(site, *(origin.url(f"/{name}") for name in EXPECTED))
    site.cycle()
    found = site.entries()
    json_feed = json.loads(site.documents()["/feeds/all.json"])
    published = {one["id"]: one for one in json_feed["items"]}
    assert len(found) == sum(len(document["entries"]) for document in EXPECTED.values())
    assert len(published) == len(found)
    for name, document in EXPECTED.items():
        for expected in document["entries"]:
            matches = [entry for entry in found if entry["title"] == expected["title"]]
            assert len(matches) == 1, (name, expected["title"], [entry["title"] for entry in found])
            _same(matches[0], published[matches[0]["id"]], expected, origin.base)
    before = site.documents()
    _valid(site)
    origin.requests.clear()
    site.cycle()
    assert site.documents() == before
    assert {request.headers["If-None-Match"] for request in origin.requests} == {f'"{name}"' for name in EXPECTED}
    assert {request.status for request in origin.requests} == {304}


def _same(entry: dict[str, Any], published: dict[str, Any], expected: dict[str, Any], base: str) -> None:
    def here(text: str) -> str:
        return text.replace("{origin}", base)

    assert entry["link"] == here(expected["link"])
    if expected["id"] and expected["id"].startswith(("http", "tag:", "urn:")):
        assert entry["id"] == here(expected["id"])
    if expected["published"]:
        assert entry["published"] == expected["published"]
    if expected["authors"]:
        assert entry["authors"] == [author["name"] for author in expected["authors"]]
    assert {name.casefold() for name in expected["categories"]} <= {name.casefold() for name in entry["categories"]}
    attachments = [(one["url"], one["mime_type"], one.get("size_in_bytes")) for one in published.get("attachments", [])]
    for enclosure in expected["enclosures"]:
        assert (here(enclosure["url"]), enclosure["type"], enclosure["length"]) in attachments
    if expected["content"]:
        assert expected["content"] in published.get("content_html", "") + published.get("summary", "")
    for url in expected.get("content_urls", ()):
        assert here(url) in published["content_html"].replace("&amp;", "&")


def _valid(site: Site) -> None:
    for path, body in site.documents().items():
        check = {"atom": check_atom, "rss": check_rss, "json": check_json}[path.rpartition(".")[2]]
        assert [finding for finding in check(body, site.base_url + path) if finding.code not in ACCEPTED] == [], path


def test_the_same_text_in_two_sources_is_one_entry_and_the_other_outlet_is_named(site: Site, origin: Origin) -> None:
    origin.put("/one.rss", rss(item(1, WORDS), title="One"), media_type="application/rss+xml")
    again = item(1, f"<![CDATA[<p>{WORDS}</p>]]>", host="two.example").replace("Story 1", "Word1 word2 word3")
    origin.put("/two.rss", rss(again, title="Two"), media_type="text/xml")
    subscribe(site, origin.url("/one.rss"))
    site.cycle()
    (lead,) = site.entries()
    subscribe(site, origin.url("/one.rss"), origin.url("/two.rss"))
    site.cycle()
    entries = {entry["source"]: entry for entry in site.entries()}
    assert entries["two-rss"]["folded"] is True
    assert entries["two-rss"]["story"] == lead["id"]
    assert entries["one-rss"]["folded"] is False
    documents = site.documents()
    assert ids(documents["/feeds/all.atom"]) == [lead["id"]]
    assert b"https://two.example/1" in documents["/feeds/all.atom"]


@pytest.mark.parametrize(
    ("link", "text", "folded"),
    [
        ("http://www.outlet.example/1/?utm_source=x", WORDS, True),
        ("https://outlet.example/1", " ".join(WORDS.split()[:25]) + " …", True),
        ("https://outlet.example/1", "Another text altogether, by a stranger, " + WORDS[::-1], False),
    ],
)
def test_the_same_permalink_is_a_duplicate_only_if_the_text_agrees(
    site: Site, origin: Origin, link: str, text: str, folded: bool
) -> None:
    origin.put("/one.rss", rss(item(1, WORDS)), media_type="text/xml")
    stranger = f"<title>Story 1</title><link>{link}</link><description>{text}</description>"
    origin.put("/two.rss", rss(stranger), media_type="text/xml")
    subscribe(site, origin.url("/one.rss"))
    site.cycle()
    subscribe(site, origin.url("/one.rss"), origin.url("/two.rss"))
    site.cycle()
    entries = {entry["source"]: entry for entry in site.entries()}
    assert entries["two-rss"]["folded"] is folded
    assert entries["one-rss"]["title"] == "Story 1"
    assert entries["two-rss"]["id"] != entries["one-rss"]["id"]


def test_one_failing_source_never_stops_the_rest(site: Site, origin: Origin) -> None:
    origin.put("/good.rss", rss(item(1, "All is well here.")), media_type="text/xml")
    origin.put("/broken.rss", b"", status=500)
    origin.put("/page.rss", b"<!DOCTYPE html><html><title>Log in</title></html>", media_type="text/html")
    origin.put("/bomb.rss", b'<!DOCTYPE r [<!ENTITY a "aaaa">]><rss version="2.0"/>', media_type="text/xml")
    urls = [origin.url(f"/{name}.rss") for name in ("good", "broken", "page", "bomb", "missing")]
    subscribe(site, *urls, "http://127.0.0.1:1/refused.rss", "http://10.0.0.1/private.rss")
    done = site.attempt("worker", "--once")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    told = done.stderr.splitlines()
    for url in [*urls[1:], "http://127.0.0.1:1/refused.rss", "http://10.0.0.1/private.rss"]:
        assert sum(url in line for line in told) == 1, (url, told)
    assert [entry["title"] for entry in site.entries()] == ["Story 1"]
    states = {slug: (line["status"], line["failures"]) for slug, line in site.sources().items()}
    assert states["good-rss"] == ("ok", 0)
    assert states["broken-rss"] == ("failing", 1)
    assert states["private-rss"] == ("blocked", 1)


def test_an_etag_is_not_kept_from_an_answer_whose_entries_were_lost(site: Site, origin: Origin) -> None:
    """An ETag saved and its entries lost would be a 304 next time, and the entries gone for good."""
    origin.put("/feed.rss", b"<rss version='2.0'><channel><item>", media_type="text/html", etag='"1"')
    subscribe(site, origin.url("/feed.rss"))
    site.cycle(expect=1)
    origin.put("/feed.rss", rss(item(1, "Here at last.")), media_type="text/xml", etag='"1"')
    site.seedfeed("worker", "--once", "--all")
    assert [entry["title"] for entry in site.entries()] == ["Story 1"]


def test_an_edit_upstream_is_a_change_and_a_counter_is_none(site: Site, origin: Origin) -> None:
    origin.put("/feed.rss", rss(item(1, WORDS), item(2, "Second story, short.")), media_type="text/xml")
    subscribe(site, origin.url("/feed.rss"))
    site.cycle()
    before = {entry["title"]: entry for entry in site.entries()}
    quiet = site.documents()
    origin.put(
        "/feed.rss",
        rss(item(1, WORDS) + "<pubDate>Mon, 16 Dec 2024 05:00:00 GMT</pubDate>", item(2, "Second  story, short.")),
        media_type="text/xml",
    )
    site.cycle()
    assert site.documents() == quiet
    origin.put("/feed.rss", rss(item(1, WORDS + " and more"), item(2, "Second story, short.")), media_type="text/xml")
    site.cycle()
    after = {entry["title"]: entry for entry in site.entries()}
    assert after["Story 1"]["id"] == before["Story 1"]["id"]
    assert after["Story 1"]["revision"] == 2
    assert after["Story 1"]["published"] == before["Story 1"]["published"]
    assert after["Story 2"] == before["Story 2"]


def test_stories_without_guids_on_one_page_all_arrive_and_none_becomes_another(site: Site, origin: Origin) -> None:
    def version(name: str, link: str) -> str:
        return f"<title>{name}</title><link>{link}</link><description>What is new in {name}.</description>"

    links = ("https://outlet.example/changelog#{}", "https://outlet.example/")
    subscribe(site, *(origin.url(f"/{place}.rss") for place in range(len(links))))
    ids: dict[str, str] = {}
    for names in (["charlie", "bravo", "alpha"], ["delta", "charlie", "bravo"], ["echo", "delta"]):
        for place, link in enumerate(links):
            items = (version(f"{name} {place}", link.format(name)) for name in names)
            origin.put(f"/{place}.rss", rss(*items), media_type="text/xml")
        site.cycle()
        now = {entry["title"]: entry["id"] for entry in site.entries()}
        assert now == now | ids
        ids = now
    assert sorted(ids) == [
        f"{name} {place}" for name in ("alpha", "bravo", "charlie", "delta", "echo") for place in (0, 1)
    ]


def test_events_of_the_same_words_are_all_published_and_an_item_that_is_dated_anew_is_none(
    site: Site, origin: Origin
) -> None:
    def event(day: int, name: str) -> str:
        link = {"page": "<link>https://o.example/market</link>", "none": ""}.get(name.partition(" ")[0], "")
        guid = f'<guid isPermaLink="false">{day}</guid>' if "guid" in name else ""
        year = 2099 if "next" in name else 2024
        words = " ".join(f"{name.replace(' ', '')}{n}" for n in range(25))
        text = f"<title>Market</title><description>{words} {name}</description>"
        return f"{text}{link}{guid}<pubDate>{day:02} May {year} 08:00:00 GMT</pubDate>"

    names = ["page", "page next", "page guid", "page next guid", "none", "none next", "page again", "none again"]
    subscribe(site, *(origin.url(f"/{n}.rss") for n in range(len(names))))
    for days in (range(1, 6), range(1, 6), range(2, 7), range(7, 8)):
        for n, name in enumerate(names):
            shown = days[-1:] if "again" in name else days
            origin.put(f"/{n}.rss", rss(*(event(day, name) for day in shown)), media_type="text/xml")
        site.cycle()
    items = json.loads(site.documents()["/feeds/all.json"])["items"]
    found = {name: sum(one["summary"].endswith(f"24 {name}") for one in items) for name in names}
    assert found == {name: 1 if "again" in name else 7 for name in names}


def test_an_article_that_is_promoted_again_is_published_once_and_what_stands_beside_it_is_another_one(
    site: Site, origin: Origin
) -> None:
    def story(n: int, guid: str, hour: int, *, page: int | None = None, more: str = "") -> str:
        words = " ".join(f"story{n}word{k}" for k in range(12))
        link = f"https://o.example/{n if page is None else page}?at_medium=RSS"
        stamp = f"Wed, 01 May 2024 {hour:02}:00:00 GMT"
        return (
            f"<title>Story {n}</title><link>{link}</link><guid>{guid}</guid><description>{words}{more}</description>"
            f"<pubDate>{stamp}</pubDate>"
        )

    def poll(*items: str) -> list[str]:
        origin.put("/feed.rss", rss(*items), media_type="text/xml")
        site.cycle()
        listed = json.loads(site.documents()["/feeds/all.json"])["items"]
        return sorted(one["title"] + one["summary"].partition("word11")[2] for one in listed)

    subscribe(site, origin.url("/feed.rss"))
    others = [story(n, f"https://o.example/{n}", 4) for n in range(4, 7)]
    guids = ["https://o.example/1#{}", "/news/2?174343860061{}", "tag:{}-3"]
    for version, hour in enumerate((5, 7, 9)):
        promoted = [story(n, guid.format(version), hour + n) for n, guid in enumerate(guids, start=1)]
        assert poll(*promoted, *others) == [f"Story {n}" for n in range(1, 7)]
    promoted[0] = story(1, guids[0].format(3), 13, more=" Corrected.")
    assert poll(*promoted, *others) == ["Story 1 Corrected.", *(f"Story {n}" for n in range(2, 7))]
    # What it had the page of is still there, read or not.
    assert poll(story(4, "https://o.example/4#1", 16), *promoted, *others).count("Story 4") == 2


def test_neither_another_order_of_categories_nor_an_upgrade_is_a_change(site: Site, origin: Origin) -> None:
    names = ["zebra", "Apple", "News", "news", "NEWS"]

    def show(order: list[str]) -> None:
        categories = "".join(f"<category>{name}</category>" for name in order)
        items = (item(1, WORDS) + categories, item(2, "Short."), f"<description>{WORDS}</description>{categories}")
        origin.put("/feed.rss", rss(*items), media_type="text/xml")
        site.cycle()

    subscribe(site, origin.url("/feed.rss"))
    show(names)
    before = site.documents()
    show(names[::-1])
    assert site.documents() == before
    by_hand(site, "UPDATE entries SET digest = 'of another version', markup = 'of another version'")
    show(names[2:] + names[:2])
    show(names)
    assert site.documents() == before
    by_hand(site, """UPDATE entries SET categories = '["NEWS", "zebra", "apple"]' WHERE categories <> '[]'""")
    stamps = by_hand(site, "SELECT id, updated_us, listed_us FROM entries")
    show(names[::-1])
    assert by_hand(site, "SELECT id, updated_us, listed_us FROM entries") == stamps


def test_why_says_what_of_an_entry_was_left_out_or_has_another_form(site: Site, origin: Origin) -> None:
    text = "AT&T: <![CDATA[<math><mi>x</mi></math> <svg><path/></svg><iframe src='https://v.example/1'></iframe>]]>"
    origin.put("/feed.rss", rss(item(1, text)).replace(b"Outlet", b"Caf\xe9 du port"), media_type="text/xml")
    subscribe(site, origin.url("/feed.rss"))
    site.cycle()
    (entry,) = site.entries()
    (log,) = json.loads(site.seedfeed("why", entry["id"], "--json"))["log"]
    assert log["reason"].split("; ") == [
        "first seen",
        "1 formulas became text",
        "1 drawings without words were left out",
        "1 frames became links",
        "read by the strict lane",
        "W_ENC: read as windows-1252, though it does not say so: its few accents are those of a Western language",
        "W_XML: 1 bare & or names that only HTML has, the first at 1:173, were read as meant",
    ]


def by_hand(site: Site, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(site.root / "data" / "seedfeed.sqlite")) as hand, hand:
        return hand.execute(statement).fetchall()


def test_corrections_in_markup_are_published_quietly_and_those_too_many_for_a_day_wait(
    site: Site, origin: Origin
) -> None:
    def shown(markup: str) -> str:
        text = f"<![CDATA[<p>{WORDS}</p>{markup}]]>"
        body = rss(item(1, text), item(2, "Second story."))
        origin.put("/feed.rss", body, media_type="text/xml", etag=f'"{hash(markup)}"')
        site.cycle()
        return site.documents()["/feeds/all.atom"].decode()

    origin.put("/feed.rss", rss(item(1, "")), media_type="text/xml")
    subscribe(site, origin.url("/feed.rss"))
    assert "wrong.jpg" in shown('<img src="https://e.example/wrong.jpg">')
    before = {entry["title"]: entry for entry in site.entries()}
    assert "wrong.jpg" not in shown('<hr><img src="https://e.example/right.jpg">')
    after = {entry["title"]: entry for entry in site.entries()}
    assert after["Story 1"] | {"revision": 1} == before["Story 1"]
    assert after["Story 2"] == before["Story 2"]
    assert "right.jpg" not in shown("")  # the same day
    pages = [f'<img src="https://e.example/{n}.jpg">' for n in range(7)]
    assert ["e.example/" in shown(page) and f"{n}.jpg" in shown(page) for n, page in enumerate(pages)] == [
        *[True] * 6,
        False,
    ]
    log = json.loads(site.seedfeed("why", before["Story 1"]["id"], "--json"))["log"]
    assert [one["verdict"] for one in log] == ["new", *["changed"] * 8, "unchanged"]
    assert log[-1]["reason"].startswith(
        "the source changed its markup once more; as it does so often, it waits until 2"
    )
    by_hand(site, "UPDATE entries SET quiet_us = quiet_us - 3 * 3600000000")
    site.cycle()  # the document is what it was, and is read again for what waited
    assert "6.jpg" in site.documents()["/feeds/all.atom"].decode()


def test_addresses_that_only_rotate_are_published_and_pushed_to_nobody(site: Site, origin: Origin) -> None:
    def shown(n: int, picture: str = "a.jpg") -> str:
        text = (
            f'<![CDATA[<p>{WORDS} https://c.example/a.mp3?token={n}</p><img src="https://e.example/{picture}?t={n}">'
            f'<iframe src="https://cdn{n}.e.example/v"></iframe>]]>'
        )
        one = item(1, text).replace("outlet.example/1</link>", f"outlet.example/1?sid={n}</link>")
        origin.put("/feed.rss", rss(one, item(2, "Second story.")), media_type="text/xml")
        site.cycle()
        return site.documents()["/feeds/all.atom"].decode()

    origin.put("/feed.rss", rss(item(2, "Second story.")), media_type="text/xml")
    subscribe(site, origin.url("/feed.rss"))
    shown(0)
    by_hand(
        site,
        "INSERT INTO subscribers (callback, path, topic, host, secret, since_us, until_us, etag) SELECT"
        " 'http://127.0.0.1:9/', path, '', '', '', 0, 9999999999999999, etag FROM representations"
        " WHERE path = '/feeds/all.atom'",
    )
    before = by_hand(site, "SELECT id, updated_us, listed_us FROM entries ORDER BY n")
    assert [f"a.jpg?t={n}" in shown(n) for n in range(1, 11)] == [*[True] * 4, *[False] * 6]
    assert by_hand(site, "SELECT id, updated_us, listed_us FROM entries ORDER BY n") == before
    assert by_hand(site, "SELECT owed_us FROM subscribers") == [(None,)]
    assert "b.jpg?t=11" in shown(11, "b.jpg")  # a correction does not wait for them
    assert by_hand(site, "SELECT id, updated_us, listed_us FROM entries ORDER BY n") == before
    assert by_hand(site, "SELECT owed_us IS NOT NULL FROM subscribers") == [(1,)]


def test_an_entry_that_leaves_the_window_of_its_feed_stays(site: Site, origin: Origin) -> None:
    origin.put("/feed.rss", rss(item(1, "First.")), media_type="text/xml")
    subscribe(site, origin.url("/feed.rss"))
    site.cycle()
    origin.put("/feed.rss", rss(item(2, "Second.")), media_type="text/xml")
    site.cycle()
    assert [entry["title"] for entry in site.entries()] == ["Story 2", "Story 1"]


def test_the_backlog_of_a_new_source_stands_by_its_own_dates(site: Site, origin: Origin) -> None:
    items = [item(n, f"Text of story {n}.") + f"<pubDate>{n:02} Jan 2020 10:00:00 GMT</pubDate>" for n in range(1, 21)]
    origin.put("/feed.rss", rss(*items), media_type="text/xml")
    site.drop("own.txt", "Our own story\n\nIt stands on top, whatever a new source brings.\n")
    subscribe(site, origin.url("/feed.rss"))
    site.cycle()
    titles = [one["title"] for one in json.loads(site.documents()["/feeds/all.json"])["items"]]
    assert titles == ["Our own story", *(f"Story {n}" for n in range(20, 10, -1))]
    assert len(site.entries("--feed", "source-feed-rss")) == 20


def test_add_finds_the_feed_behind_a_page_and_remove_takes_it_out(site: Site, origin: Origin) -> None:
    origin.put("/", b'<html><link rel="alternate" type="application/rss+xml" href="/feed.rss">', media_type="text/html")
    origin.put("/feed.rss", rss(item(1, "Hello."), title="The Outlet"), media_type="application/rss+xml")
    assert site.seedfeed("add", origin.url("/"), "--category", "News").strip() == origin.url("/feed.rss")
    assert site.sources()["the-outlet"]["title"] == "The Outlet"
    assert site.seedfeed("add", origin.url("/feed.rss")).strip() == origin.url("/feed.rss")
    site.cycle()
    assert [entry["title"] for entry in site.entries("category:news")] == ["Story 1"]
    opml = site.seedfeed("export-opml")
    assert origin.url("/feed.rss") in opml
    site.seedfeed("remove", origin.url("/feed.rss"))
    assert "the-outlet" not in site.sources()
    assert [entry["title"] for entry in site.entries()] == ["Story 1"]
    (site.root / "old.opml").write_text(opml, encoding="utf-8")
    assert "1 added" in site.seedfeed("import", str(site.root / "old.opml"))
    line = site.command("import", "-")
    done = subprocess.run(line, input=(site.root / "old.opml").read_bytes(), capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"stdin: 0 added, 1 known already\n")
    endless = site.attempt("import", "/dev/zero")
    assert (endless.returncode, "more than 20 MiB" in endless.stderr) == (1, True)
    site.cycle()
    assert len(site.entries()) == 1


def test_a_source_that_is_added_back_is_polled_again(site: Site, origin: Origin) -> None:
    origin.put("/feed.rss", rss(item(1, "Hello."), title="The Outlet"), media_type="application/rss+xml")
    url = origin.url("/feed.rss")
    for _ in range(2):
        site.seedfeed("add", url)
        site.cycle()
        assert "the-outlet" in site.sources()
        site.seedfeed("remove", url)
        assert "the-outlet" not in site.sources()
    site.seedfeed("add", url)
    origin.requests.clear()
    site.cycle()
    assert len(origin.requests) == 1
    assert len(site.entries()) == 1


def test_add_says_what_is_wrong_and_changes_nothing(site: Site, origin: Origin) -> None:
    origin.put("/", b"<html><title>No feed at all</title>", media_type="text/html")
    for url, words in [
        (origin.url("/"), "no feed"),
        ("http://10.0.0.1/feed", "not a public address"),
        ("file:///etc/passwd", "http"),
    ]:
        done = site.attempt("add", url)
        assert done.returncode == 1
        assert words in done.stderr
    assert not (site.seeds / "subscriptions.opml").exists()


def test_a_slow_origin_ends_at_the_timeout_and_delays_nobody(site: Site, origin: Origin) -> None:
    def drip(request: Request) -> Response:
        return Response(200, rss(item(9, WORDS)), {"Content-Type": "text/xml"}, drip=0.5)

    origin.put("/slow.rss", script=drip)
    origin.put("/good.rss", rss(item(1, "Here.")), media_type="text/xml")
    subscribe(site, origin.url("/slow.rss"), origin.url("/good.rss"))
    done = site.attempt("worker", "--once")
    assert done.returncode == 1
    assert "did not finish within 5 s" in done.stderr
    assert [entry["title"] for entry in site.entries()] == ["Story 1"]
