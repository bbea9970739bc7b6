"""What requests get, asked as a server asks: through ASGI, of a real store."""

import asyncio
import gzip
import json
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import brotli
import pytest
import zstandard
from lxml import etree

from feeds.app import Application
from feeds.errors import FaultError, StoreError
from feeds.http.answers import Answer, Prepared, respond
from feeds.http.conditional import etag
from feeds.model import Representation
from feeds.publish.regenerate import publish
from feeds.render.html.pages import STYLE_HASH
from feeds.serve.pages import unreachable
from feeds.serve.shelf import Shelf
from feeds.settings.schema import Settings
from feeds.store import Store, facts
from feeds.store.inbox import Inbox
from feeds.text.dates import http_date
from feeds.text.urls import page_uuid
from support.asgi import Response, ask, asked
from support.builders import (
    BASE,
    HOUR,
    LONG,
    NOW,
    SEEDS,
    bring,
    entry,
    home,
    opened,
    plant,
    settings,
    source,
    subscribe,
    withdraw,
)
from support.full_disk import disk, no_file_over
from support.site import eventually
from support.validity import check_atom, check_http, check_json, check_opml, check_rss, refused

HILLS = source("hills", categories=("World news",))
COAST = source("coast", url="https://user:word@coast.example/feed")
SECRET = source("secret", private=True, categories=("Secret client",))
SETTINGS = settings(title="Tin & more", feeds={"mine": {"query": "is:seed", "title": "Mine"}})
ARTICLE = entry(SEEDS, "a", title="Chủ tịch nước Tô Lâm", language="vi", categories=("Chính trị",))
SNOW = entry(HILLS, "snow", title="Snow in the hills", content=f"<p>{LONG} The coast got none.</p>")
COPY = entry(COAST, "copy", title="Snow on the coast", content=f"<p>{LONG} The coast got none.</p>")
HIDDEN = entry(SECRET, "hidden", title="A secret")
GONE = entry(SEEDS, "gone")
HTML = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
FEED_TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json",
}


def fill(store: Store, kept: Settings = SETTINGS) -> None:
    subscribe(store, HILLS, COAST, SECRET)
    plant(store, ARTICLE, GONE)
    bring(store, HILLS, SNOW)
    bring(store, COAST, COPY)
    bring(store, SECRET, HIDDEN)
    withdraw(store, GONE)
    publish(store, kept, NOW)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """A site that nothing changes in."""
    root = tmp_path_factory.mktemp("site")
    with closing(opened(root)) as store:
        fill(store)
    made = Application(home(root), SETTINGS)
    with closing(made):
        yield made


@pytest.fixture
def living(tmp_path: Path) -> Iterator[tuple[Application, Store]]:
    """A site with its worker's store at hand. Files replaced are noticed at once."""
    with closing(opened(tmp_path)) as store:
        fill(store)
        made = Application(home(tmp_path), SETTINGS, look_seconds=-1)
        with closing(made):
            yield made, store


# Documents


@pytest.mark.parametrize("suffix", ["atom", "rss", "json"])
@pytest.mark.parametrize("slug", ["all", "seeds", "mine", "source-hills", "category-world-news", "lang-vi"])
def test_a_feed_is_served_valid_with_all_that_readers_and_caches_need(app: Application, slug: str, suffix: str) -> None:
    path = f"/feeds/{slug}.{suffix}"
    got = ask(app, path)
    assert got.status == 200
    assert got.headers["content-type"] == FEED_TYPES[suffix]
    assert got.headers["etag"] == etag(got.body)
    assert got.headers["content-length"] == str(len(got.body))
    assert re.fullmatch(r"\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT", got.headers["last-modified"])
    assert re.fullmatch(
        r"public, max-age=\d+, stale-while-revalidate=\d+, stale-if-error=86400", got.headers["cache-control"]
    )
    assert got.headers["vary"] == "Accept-Encoding, A-IM"
    assert got.headers["link"] == f'<{BASE}/hub>; rel="hub", <{BASE}{path}>; rel="self"'
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert got.headers["access-control-allow-origin"] == "*"
    assert got.headers["access-control-expose-headers"] == "ETag, Link, Last-Modified, IM, Delta-Base"
    check = {"atom": check_atom, "rss": check_rss, "json": check_json}[suffix]
    assert not refused(check(got.body, f"{BASE}{path}", NOW + HOUR))
    assert not refused(check_http(got.headers["content-type"], got.body))


def test_a_known_document_is_not_sent_again(app: Application) -> None:
    first = ask(app, "/feeds/all.atom")
    for headers in (
        {"if-none-match": first.headers["etag"]},
        {"if-none-match": "W/" + first.headers["etag"]},
        {"if-modified-since": first.headers["last-modified"]},
        {"if-none-match": first.headers["etag"], "if-modified-since": "Mon, 01 Jan 1990 00:00:00 GMT"},
    ):
        got = ask(app, "/feeds/all.atom", headers)
        assert (got.status, got.body) == (304, b"")
        for name in ("etag", "last-modified", "cache-control", "vary"):
            assert got.headers[name] == first.headers[name], "what a cache keeps, RFC 9110 §15.4.5"
        assert "content-length" not in got.headers


def test_a_validator_in_any_of_several_lines_counts(app: Application) -> None:
    tag = ask(app, "/feeds/all.atom").headers["etag"]
    lines = [("if-none-match", '"x"'), ("if-none-match", tag), ("if-none-match", '"y"')]
    assert ask(app, "/feeds/all.atom", lines).status == 304


def test_another_tag_gets_the_document_whatever_its_date(app: Application) -> None:
    headers = {"if-none-match": '"other"', "if-modified-since": http_date(NOW + 9 * HOUR)}
    assert ask(app, "/feeds/all.atom", headers).status == 200


@pytest.mark.parametrize(
    ("coding", "unpack"),
    [("gzip", gzip.decompress), ("br", brotli.decompress), ("zstd", zstandard.ZstdDecompressor().decompress)],
)
def test_a_coded_document_is_the_same_under_a_strong_tag_of_its_own(
    app: Application, coding: str, unpack: Callable[[bytes], bytes]
) -> None:
    plain = ask(app, "/feeds/all.atom")
    packed = ask(app, "/feeds/all.atom", {"accept-encoding": f"deflate, {coding}"})
    assert packed.headers["content-encoding"] == coding
    assert packed.headers["content-length"] == str(len(packed.body))
    assert unpack(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)
    assert packed.headers["etag"] != plain.headers["etag"]
    assert not packed.headers["etag"].startswith("W/")
    again = ask(
        app, "/feeds/all.atom", {"accept-encoding": coding, "if-none-match": packed.headers["etag"]}
    )  # fmt: skip
    assert (again.status, again.headers["etag"]) == (304, packed.headers["etag"])
    assert ask(app, "/feeds/all.atom", {"if-none-match": packed.headers["etag"]}).status == 304


def test_who_refuses_every_form_gets_no_document(app: Application) -> None:
    got = ask(app, "/feeds/all.atom", {"accept-encoding": "identity;q=0, deflate"})
    assert (got.status, got.problem["status"]) == (406, 406)
    assert ask(app, "/feeds/all.atom", {"accept-encoding": "*;q=0, gzip"}).status == 200


@pytest.mark.parametrize("coding", ["", "gzip", "br", "zstd"])
def test_head_gets_the_headers_of_get(app: Application, coding: str) -> None:
    headers = {"accept-encoding": coding}
    get, head = ask(app, "/feeds/all.rss", headers), ask(app, "/feeds/all.rss", headers, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers == get.headers


def test_respond_is_pure_and_sends_what_it_is_given() -> None:
    found = Representation("/feeds/x.atom", "application/atom+xml", b"<feed/>", '"abc"', NOW)
    links = (("https://news.example/feeds/x.atom", "self"), ("https://hub.example/", "hub"))
    answer = respond("GET", {"accept-encoding": "gzip"}, Prepared(found, links))
    assert isinstance(answer, Answer)
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    assert (answer.status, answer.body) == (200, b"<feed/>")
    assert "content-encoding" not in headers, "there is no coded form to send"
    assert headers["link"] == '<https://news.example/feeds/x.atom>; rel="self", <https://hub.example/>; rel="hub"'


def test_no_host_and_no_path_gets_into_a_document(app: Application) -> None:
    plain = ask(app, "/feeds/all.atom")
    for host in ("evil.example", "127.0.0.1:9999", "a-b"):
        got = ask(app, "/feeds/all.atom", {"host": host})
        assert (got.status, got.body, got.headers["link"]) == (200, plain.body, plain.headers["link"])


def test_two_hosts_are_none(app: Application) -> None:
    assert ask(app, "/feeds/all.atom", {"host": ""}).status == 400
    two = [("host", "news.example"), ("host", "evil.example")]
    assert ask(app, "/feeds/all.atom", two).status == 400
    assert ask(app, "/", two).problem["status"] == 400
    page = ask(app, "/", [*two, *HTML.items()])
    assert (page.status, page.headers["content-type"]) == (400, "text/html; charset=utf-8")


# Errors


NOWHERE = [
    "/feeds/nobody.atom",
    "/feeds/all.xml",
    "/feeds/ALL.atom",
    "/feeds/nobody",
    "/feeds/.atom",
    "/feeds/",
    "/feeds/all.atom/",
    "/feeds/all/",
    "/feeds/../feeds/all.atom",
    "/feeds//all.atom",
    "/entries/",
    "/entries/nobody",
    "/search/",
    "/opml/",
    "//",
    "/nothing",
    f"/entries/{page_uuid(HIDDEN.id)}",
    "/feeds/source-secret.atom",
    "/feeds/source-secret",
    "/feeds/category-secret-client.atom",
]


@pytest.mark.parametrize("path", NOWHERE)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_not_there_is_404_and_never_a_redirect_or_a_feed(app: Application, path: str, method: str) -> None:
    got = ask(app, path, method=method)
    assert got.status == 404
    assert "location" not in got.headers
    assert got.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/", "/feeds/all.atom", "/feeds/all", "/search", "/opml", "/healthz"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PROPFIND"])
def test_other_methods_are_told_which_ones_are_answered(app: Application, path: str, method: str) -> None:
    got = ask(app, path, method=method)
    assert got.status == 405
    assert got.headers["allow"] == ("GET, HEAD, OPTIONS" if path.endswith(".atom") else "GET, HEAD")
    assert got.problem["status"] == 405


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nothing", "GET", 404),
        ("/feeds/nobody.rss", "GET", 404),
        ("/feeds/all.atom", "POST", 405),
        (f"/entries/{page_uuid(GONE.id)}", "GET", 410),
        (f"/search?q={'a' * 1001}", "GET", 400),
        ("/search?q=%28", "GET", 400),
    ],
)
def test_errors_are_problems_for_programs_and_pages_for_people(
    app: Application, path: str, method: str, status: int
) -> None:
    for accept in ({}, {"accept": "*/*"}, {"accept": "application/atom+xml"}):
        got = ask(app, path, accept, method)
        assert got.status == status
        assert got.problem["status"] == status
        assert got.problem["title"]
        assert got.problem["detail"]
    page = ask(app, path, HTML, method)
    assert page.status == status
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>" in page.text
    assert "Accept" in page.headers["vary"]
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_before_the_worker_made_a_store_everything_is_503_and_says_when_to_come_back(tmp_path: Path) -> None:
    early = Application(home(tmp_path), SETTINGS)
    for path in ("/", "/feeds/all.atom", "/feeds/all", "/search?q=x", "/opml", "/sources.opml", "/healthz", "/nothing"):
        got = ask(early, path)
        assert got.status == 503
        assert got.headers["retry-after"] == "5"
        assert got.problem["status"] == 503
        page = ask(early, path, HTML)
        assert (page.status, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert page.headers["cache-control"] == "no-store"


def test_a_store_in_the_making_is_not_ready_either(tmp_path: Path) -> None:
    path = home(tmp_path).store
    path.parent.mkdir()
    sqlite3.connect(path).close()
    path.touch()
    early = Application(home(tmp_path), SETTINGS)
    assert ask(early, "/feeds/all.atom").status == 503
    with closing(opened(tmp_path)) as store:
        publish(store, SETTINGS, NOW)
    assert ask(early, "/feeds/all.atom").status == 200
    early.close()


# A store that changes


def test_a_document_that_changed_is_served_at_once(living: tuple[Application, Store]) -> None:
    app, store = living
    before = ask(app, "/feeds/all.atom")
    bring(store, HILLS, entry(HILLS, "new"), now=NOW + HOUR)
    publish(store, SETTINGS, NOW + HOUR)
    after = ask(app, "/feeds/all.atom", {"if-none-match": before.headers["etag"]})
    assert after.status == 200
    assert b"Title of new" in after.body
    assert after.headers["last-modified"] == http_date(NOW + HOUR)


def test_of_a_store_that_is_damaged_while_it_is_served_stays_what_lies_in_memory(
    living: tuple[Application, Store], tmp_path: Path
) -> None:
    app, store = living
    with store.transaction() as transaction:
        store.facts.put(transaction, facts.CYCLE_DUE_US, str(int((time.time() + 3600) * 1_000_000)))
    before = ask(app, "/feeds/all.atom")
    assert ask(app, "/healthz").status == 200
    store.optimise()
    file = home(tmp_path).store
    with file.open("r+b") as damaged:
        damaged.seek(4096)
        damaged.write(b"\xff" * (file.stat().st_size - 4096))
    # Whoever notices that something was committed reads anew.
    store.connection.execute("PRAGMA application_id = 7")
    for _ in range(2):
        assert ask(app, "/feeds/all.atom").body == before.body
        health = ask(app, "/healthz")
        assert (health.status, health.text) == (503, "degraded\n")
        for path in ("/", "/feeds/all", "/feeds/lang-vi.rss", "/feeds/nothing.atom", "/search?q=x", "/nothing"):
            got = ask(app, path)
            assert (got.status, got.problem["title"]) == (503, "Out of order"), path


def test_a_feed_that_is_new_is_found_and_one_that_is_gone_is_not(living: tuple[Application, Store]) -> None:
    app, store = living
    assert ask(app, "/feeds/lang-fr.atom").status == 404
    assert ask(app, "/feeds/source-coast.atom").status == 200
    bring(store, HILLS, entry(HILLS, "new", language="fr"))
    subscribe(store, replace(COAST, private=True))
    assert ask(app, "/feeds/lang-fr.atom").status == 200
    assert ask(app, "/feeds/source-coast.atom").status == 404


def test_a_feed_asked_for_the_first_time_is_made_and_wished_for(
    living: tuple[Application, Store], tmp_path: Path
) -> None:
    app, store = living
    got = ask(app, "/feeds/lang-vi.json")
    assert [item["title"] for item in json.loads(got.body)["items"]] == [ARTICLE.title]
    ask(app, "/feeds/lang-vi.atom")
    ask(app, "/feeds/all.atom")
    with closing(Inbox(home(tmp_path).inbox)) as inbox:
        eventually(inbox.waiting, "the wish")
        assert [(kind, argument) for _, kind, argument in inbox.waiting()] == [("want", "lang-vi")]
        publish(store, SETTINGS, NOW + HOUR, wanted=[argument for _, _, argument in inbox.waiting()])
    kept = ask(app, "/feeds/lang-vi.json")
    assert (kept.body, kept.headers["etag"]) == (got.body, got.headers["etag"]), "the worker makes the same bytes"
    assert ask(app, "/feeds/lang-vi.json", {"if-none-match": got.headers["etag"]}).status == 304


def test_an_inbox_that_is_locked_delays_only_what_must_write_there(
    living: tuple[Application, Store], tmp_path: Path
) -> None:
    app, _ = living
    file = home(tmp_path).media / ("0" * 32) / "a.txt"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"all of it")

    def form(n: int) -> bytes:
        topic = f"{SETTINGS.base_url}/feeds/all.atom"
        return f"hub.mode=subscribe&hub.topic={topic}&hub.callback=https://one{n}.example{n}/".encode()

    async def crowd() -> tuple[list[Response], int, list[Response]]:
        asking = [
            asyncio.create_task(asked(app, "/hub", {"host": "localhost"}, "POST", chunks=[form(n)])) for n in range(60)
        ]
        await asyncio.sleep(0)
        others = [await asked(app, path) for path in (f"/media/{file.parent.name}/a.txt", "/feeds/lang-vi.atom", "/")]
        done = sum(task.done() for task in asking)
        locking.rollback()
        return others, done, await asyncio.gather(*asking)

    Inbox(home(tmp_path).inbox).close()
    with closing(sqlite3.connect(home(tmp_path).inbox)) as locking:
        locking.execute("BEGIN EXCLUSIVE")
        others, done, accepted = asyncio.run(crowd())
    assert [(answer.status, answer.body) for answer in others[:1]] == [(200, b"all of it")]
    assert {answer.status for answer in others} == {200}
    assert not done
    assert {answer.status for answer in accepted} == {202}


def test_a_feed_can_be_asked_for_where_no_wish_can_be_left(living: tuple[Application, Store], tmp_path: Path) -> None:
    app, _ = living
    home(tmp_path).inbox.mkdir()
    assert ask(app, "/feeds/lang-vi.atom").status == 200


def test_a_deleted_data_folder_is_not_ready_until_it_has_grown_back(
    living: tuple[Application, Store], tmp_path: Path
) -> None:
    app, store = living
    assert ask(app, "/feeds/all.atom").status == 200
    store.close()
    for path in list(home(tmp_path).data.iterdir()):
        path.unlink()
    assert ask(app, "/feeds/all.atom").status == 503
    assert ask(app, "/").status == 503
    with closing(opened(tmp_path)) as fresh:
        publish(fresh, SETTINGS, NOW)
        got = ask(app, "/feeds/all.atom")
        assert got.status == 200
        assert ARTICLE.id.encode() not in got.body


@pytest.mark.parametrize(
    ("status", "hosts"),
    [
        (200, "a|A.example:8080|a.example:|127.0.0.1|[::1]|[::1]:80|my_home|xn--h-sia.vn|h%C3%A0"),
        (400, "|a b|a/b|u@a|a:x|a:1:2|::1|[::1|a]|a#b|a?b|%zz|hà.vn|a, b|a\\b"),
    ],
)
def test_a_request_is_answered_only_for_one_well_formed_host(tmp_path: Path, status: int, hosts: str) -> None:
    with closing(opened(tmp_path)) as store:
        publish(store, SETTINGS, NOW)
    app = Application(home(tmp_path), SETTINGS)
    for path in ("/feeds/all.atom", "/"):
        assert [host for host in hosts.split("|") if ask(app, path, [("host", host)]).status != status] == []
    assert ask(app, "/", [("host", "a"), ("host", "a")]).status == 400
    app.close()


def test_a_replaced_store_is_noticed_within_a_moment(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as store:
        publish(store, SETTINGS, NOW)
    shelf = Shelf(home(tmp_path), SETTINGS, look_seconds=-1)
    with closing(shelf):
        before = shelf.document("/feeds/all.atom")
        with closing(opened(tmp_path / "other")) as other:
            bring_one(other)
        os.replace(home(tmp_path / "other").store, home(tmp_path).store)  # noqa: PTH105 what a restore does
        after = shelf.document("/feeds/all.atom")
    assert before is not None
    assert after is not None
    assert before.found.body != after.found.body


def test_a_store_on_a_full_disk_is_read_as_it_lies_there_until_it_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(opened(tmp_path)) as store:
        publish(store, SETTINGS, NOW)
    path = home(tmp_path).store
    with no_file_over(0), pytest.raises(FaultError, match="the disk fails"):
        Store.open_readonly(path)
    monkeypatch.setattr(os, "statvfs", lambda _: disk(0, 1000))
    with closing(Shelf(home(tmp_path), SETTINGS, look_seconds=-1)) as shelf:
        with no_file_over(0):
            before = shelf.document("/feeds/all.atom")
            assert shelf.store().frozen
            assert shelf.store() is shelf.store()
        with closing(opened(tmp_path)) as store:
            plant(store, ARTICLE)
            publish(store, SETTINGS, NOW)
            # It stands in the log alone, which was there before.
            after = shelf.document("/feeds/all.atom")
            assert not shelf.store().frozen
    assert before is not None
    assert after is not None
    assert before.found.body != after.found.body


def bring_one(store: Store) -> None:
    plant(store, ARTICLE)
    publish(store, SETTINGS, NOW)
    store.optimise()


def test_a_closed_shelf_opens_again_when_it_is_asked(tmp_path: Path) -> None:
    shelf = Shelf(home(tmp_path), SETTINGS)
    with pytest.raises(StoreError, match="not there yet"):
        shelf.store()
    opened(tmp_path).close()
    assert shelf.store() is shelf.store()
    shelf.close()
    shelf.close()
    assert shelf.store().entries.count() == 0
    shelf.close()


def test_the_server_says_when_it_is_up_and_lets_go_of_the_store_when_it_ends(tmp_path: Path) -> None:
    opened(tmp_path).close()
    app = Application(home(tmp_path), SETTINGS)
    store = app.shelf.store()
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(app({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        store.version()


# Pages


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", ["Tin &amp; more", ARTICLE.title, SNOW.title, "Hills", "/feeds/all.atom", 'action="/search"']),
        ("/feeds/all", [ARTICLE.title, SNOW.title]),
        ("/feeds/source-coast", [COPY.title]),
        ("/feeds/lang-vi", [ARTICLE.title]),
        (f"/entries/{page_uuid(ARTICLE.id)}", [ARTICLE.title, "/feeds/seeds.atom"]),
        (f"/entries/{page_uuid(SNOW.id)}", [SNOW.title, "noindex", "Snow fell", SNOW.permalink, COPY.permalink]),
        (f"/entries/{page_uuid(COPY.id)}", [COPY.title, COPY.permalink]),
        ("/search?q=to+lam", [ARTICLE.title, 'value="to lam"']),
        ("/search", ["<form"]),
    ],
)
def test_pages_show_what_they_are_about_and_run_nothing(app: Application, path: str, words: list[str]) -> None:
    got = ask(app, path, HTML)
    assert got.status == 200
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    assert got.headers["vary"] == "Accept-Encoding, Accept"
    assert STYLE_HASH in got.headers["content-security-policy"]
    assert "script" not in got.headers["content-security-policy"]
    for word in words:
        assert word in got.text
    assert f'href="{BASE}/feeds/all.atom"' in got.text, "every page points to `all`"
    again = ask(app, path, {"if-none-match": got.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_nothing_private_is_on_any_page_or_list(app: Application) -> None:
    feeds = re.findall(r'href="/feeds/([a-z0-9-]+)"', ask(app, "/").text)
    assert "lang-vi" in feeds
    entries = [page_uuid(one.id) for one in (ARTICLE, SNOW, COPY)]
    paths = ["/", "/opml", "/sources.opml", "/search?q=secret", "/search?q=source:secret", "/search?q=-is:seed"]
    paths += [f"/feeds/{slug}" for slug in feeds] + [f"/feeds/{slug}.json" for slug in feeds]
    paths += [f"/entries/{uuid}" for uuid in entries]
    for path in paths:
        got = ask(app, path)
        assert got.status == 200
        for words in (
            HIDDEN.title,
            page_uuid(HIDDEN.id),
            "Secret client",
            "secret.example",
            "source-secret",
            "user:word",
        ):
            assert words not in got.text, path


def test_search_finds_nothing_private_where_all_is_not_published(tmp_path: Path) -> None:
    without = settings(publish={"automatic": ["seeds"]})
    with closing(opened(tmp_path)) as store:
        fill(store, without)
    app = Application(home(tmp_path), without)
    with closing(app):
        assert HIDDEN.title not in ask(app, "/search?q=title+OR+secret+OR+snow").text
        assert SNOW.title in ask(app, "/search?q=title+OR+secret+OR+snow").text
        assert ask(app, "/").status == 200


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("to lam", [ARTICLE.title]),
        ("snow", [SNOW.title]),  # the copy stands under it
        ("category:chinh-tri OR source:hills", [ARTICLE.title, SNOW.title]),
        ('"title of"', []),  # withdrawn
        (SNOW.permalink, [SNOW.title]),
        (f"{SNOW.permalink}?utm_source=x#top", [SNOW.title]),
        (COPY.permalink, [SNOW.title]),
        (ARTICLE.id, [ARTICLE.title]),
        (f"{BASE}/entries/{page_uuid(ARTICLE.id)}", [ARTICLE.title]),
        (f"{BASE}/entries/{page_uuid(GONE.id)}", []),
        (f"{SNOW.permalink} lam", []),
        ("https://nobody.example/a_(b)?c=d", []),
        ("", []),
        (" ", []),
    ],
)
def test_search_answers_in_the_search_language(app: Application, query: str, titles: list[str]) -> None:
    text = ask(app, f"/search?q={quote(query)}").text
    assert sorted(title for title in (ARTICLE.title, SNOW.title, COPY.title, GONE.title) if title in text) == sorted(
        titles
    )


def test_a_site_has_an_icon_and_tells_robots_what_is_not_for_them(app: Application) -> None:
    (address,) = re.findall(r'<link rel="icon" href="([^"]*)"', ask(app, "/", HTML).text)
    icon = ask(app, address)
    assert (icon.status, icon.headers["content-type"], icon.body[:4]) == (200, "image/x-icon", b"\0\0\1\0")
    robots = ask(app, "/robots.txt")
    assert (robots.status, robots.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "User-agent: *\nDisallow: /search\n" in robots.text


def test_a_search_that_cannot_be_read_points_at_the_place(app: Application) -> None:
    page = ask(app, "/search?q=snow+%28", HTML)
    assert page.status == 400
    assert "this parenthesis is not closed" in page.text
    assert "snow (" in page.text
    assert ask(app, "/search?q=snow+%28").problem["detail"].endswith("^")
    again = ask(app, "/search?q=snow+%28", HTML | {"if-none-match": page.headers["etag"]})
    assert again.status == 400, "an error is no document that one can have already, RFC 9110 §13.2.1"


def test_hostile_words_are_shown_as_words(app: Application) -> None:
    text = ask(app, f"/search?q={quote('<script>alert(1)</script>')}", HTML).text
    assert "<script" not in text


@pytest.mark.parametrize(("path", "outlines"), [("/opml", 9), ("/sources.opml", 2)])
def test_lists_of_feeds_are_valid_opml(app: Application, path: str, outlines: int) -> None:
    got = ask(app, path)
    assert (got.status, got.headers["content-type"]) == (200, "text/x-opml; charset=utf-8")
    assert not refused(check_opml(got.body))
    feeds = etree.fromstring(got.body).findall(".//outline[@type='rss']")
    assert len(feeds) == outlines
    if path == "/opml":
        for feed in feeds:
            url = str(feed.get("xmlUrl"))
            assert url.startswith(BASE)
            assert ask(app, url.removeprefix(BASE)).status == 200


def test_sources_stand_in_their_categories(app: Application) -> None:
    root = etree.fromstring(ask(app, "/sources.opml").body)
    inside = root.findall("body/outline[@text='World news']/outline")
    assert [feed.get("xmlUrl") for feed in inside] == [HILLS.url]


@pytest.mark.parametrize(
    ("due", "status", "word"),
    [(None, 503, "degraded"), (-60, 503, "degraded"), (3600, 200, "ok")],
    ids=["no cycle yet", "late", "in time"],
)
def test_healthz_tells_whether_cycles_come_in_time(
    living: tuple[Application, Store], due: int | None, status: int, word: str
) -> None:
    app, store = living
    if due is not None:
        with store.transaction() as transaction:
            store.facts.put(transaction, facts.CYCLE_DUE_US, str(int((time.time() + due) * 1_000_000)))
    got = ask(app, "/healthz")
    assert (got.status, got.text.strip(), got.headers["cache-control"]) == (status, word, "no-store")


@pytest.mark.parametrize(
    ("host", "base_url", "told"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080", False),
        ("0.0.0.0", "http://127.0.0.1:8080", True),
        ("0.0.0.0", "http://localhost:8080", True),
        ("::", "http://[::1]:8080", True),
        ("192.0.2.7", "http://127.8.9.1", True),
        ("0.0.0.0", "https://news.example", False),
        ("localhost", "http://localhost", False),
        ("::1", "http://localhost", False),
    ],
)
def test_a_server_for_other_machines_whose_urls_lead_them_to_themselves_is_told_so(
    tmp_path: Path, host: str, base_url: str, told: bool
) -> None:
    kept = settings(base_url=base_url, server={"host": host})
    assert bool(unreachable(kept)) is told
    opened(tmp_path).close()
    app = Application(home(tmp_path), kept)
    with closing(app):
        assert ("which other machines cannot reach" in ask(app, "/").text) is told


@pytest.mark.parametrize(
    ("base_path", "path", "status"),
    [
        ("/sub", "/sub/feeds/all.atom", 200),
        ("/sub", "/feeds/all.atom", 200),
        ("/sub", "/sub/", 200),
        ("/sub", "/sub", 200),
        ("/sub", "/", 200),
        ("/sub", "/sub/feeds/all", 200),
        ("/sub", "/sub/sub/feeds/all.atom", 404),
        ("/sub", "/subfeeds/all.atom", 404),
        ("/sub", "/other/feeds/all.atom", 404),
        ("/sub", "/sub/other", 404),
        ("/a/b/", "/a/b/feeds/all.json", 200),
        ("/a/b/", "/b/feeds/all.json", 404),
        ("/feeds", "/feeds/all.atom", 200),
        ("/feeds", "/feeds/feeds/all.atom", 200),
        ("", "/sub/feeds/all.atom", 404),
    ],
)
def test_a_site_below_a_path_is_answered_with_it_and_without(
    tmp_path: Path, base_path: str, path: str, status: int
) -> None:
    kept = settings(base_url=f"https://news.example{base_path}")
    with closing(opened(tmp_path)) as store:
        publish(store, kept, NOW)
    with closing(Application(home(tmp_path), kept)) as app:
        assert ask(app, path).status == status


def test_a_store_that_is_being_filled_does_not_look_like_an_empty_site(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as store:
        with store.transaction() as transaction:
            store.facts.put(transaction, facts.PUBLISHED, "")
        app = Application(home(tmp_path), settings())
        with closing(app):
            assert ask(app, "/feeds/all.atom").status == 503
            publish(store, settings(), NOW)
            assert ask(app, "/feeds/all.atom").status == 200
