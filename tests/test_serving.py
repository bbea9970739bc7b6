"""Feeds over HTTP beyond the document itself: deltas, other sites' programs, former feeds, searches, many at once."""

import asyncio
import gzip
import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, unquote

import brotli
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as runs
from hypothesis import strategies as st
from lxml import etree

from feeds.app import Application
from feeds.errors import QueryError
from feeds.http.answers import Answer, Delta, Prepared, Unmade, respond, wants_delta
from feeds.http.codings import forms
from feeds.http.conditional import coded_etag, etag
from feeds.model import Representation
from feeds.publish.assembly import FORMATS
from feeds.publish.regenerate import publish
from feeds.search.query import normal_form, parse
from feeds.serve.shelf import MOST_SEARCHES, SEARCH_BYTES, Shelf
from feeds.serve.threads import MOST_WAITING
from feeds.store import Store, facts
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
from support.validity import check_atom, check_json, check_rss, refused

HILLS = source("hills")
COAST = source("coast")
MINE = settings(title="Tin & more", feeds={"mine": {"query": "is:seed", "title": "Mine & yours"}})
LATER = settings(title="Tin & more")
ARTICLE = entry(SEEDS, "a", title="Chủ tịch nước Tô Lâm", language="vi")
SNOW = entry(HILLS, "snow", title="Snow in the hills", content=f"<p>{LONG} The coast got none.</p>")
COPY = entry(COAST, "copy", title="Snow on the coast", content=f"<p>{LONG} The coast got none.</p>")
HTML = {"accept": "text/html,*/*;q=0.8"}
SUFFIXES = ["atom", "rss", "json"]
OLD = etag(b"an older document")


def fill(store: Store) -> None:
    subscribe(store, HILLS, COAST)
    plant(store, ARTICLE)
    bring(store, HILLS, SNOW, *(entry(HILLS, f"n{n}", content=f"<p>Number {n}.</p>") for n in range(20)))
    bring(store, COAST, COPY)
    publish(store, MINE, NOW)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """A site that nothing changes in."""
    root = tmp_path_factory.mktemp("site")
    with closing(opened(root)) as store:
        fill(store)
    with closing(Application(home(root), MINE)) as made:
        yield made


@pytest.fixture
def living(tmp_path: Path) -> Iterator[tuple[Application, Store]]:
    with closing(opened(tmp_path)) as store:
        fill(store)
        with closing(Application(home(tmp_path), MINE, look_seconds=-1)) as made:
            yield made, store


# Deltas


@dataclass(frozen=True)
class Grown:
    """A site whose feeds have grown by one entry; held: the bare tags of the documents before, by path."""

    app: Application
    held: Mapping[str, str]


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown]:
    root = tmp_path_factory.mktemp("grown")
    with closing(opened(root)) as store:
        fill(store)
        with closing(Application(home(root), MINE)) as made:
            held = {f"/feeds/all.{suffix}": ask(made, f"/feeds/all.{suffix}").headers["etag"] for suffix in SUFFIXES}
            bring(store, HILLS, entry(HILLS, "new", content="<p>New in the valley.</p>"), now=NOW + HOUR)
            publish(store, MINE, NOW + HOUR)
            yield Grown(made, held)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("form", ["{}", "br", '"x", {}', "zstd", "gzip"])
def test_who_takes_deltas_gets_what_is_new(grown: Grown, suffix: str, form: str) -> None:
    path = f"/feeds/all.{suffix}"
    tag = grown.held[path]
    sent = form.replace("{}", tag) if "{}" in form else coded_etag(tag, form)
    whole = ask(grown.app, path)
    got = ask(grown.app, path, {"a-im": "vcdiff, FEED", "if-none-match": sent})
    assert got.status == 226
    assert b"New in the valley" in got.body
    assert b"Number 3." in whole.body
    assert b"Number 3." not in got.body
    assert got.headers["im"] == "feed"
    assert got.headers["etag"] == whole.headers["etag"]
    assert got.headers["delta-base"] == sent.split(", ")[-1]
    assert got.headers["cache-control"] == "no-store, im"
    for name in ("vary", "last-modified", "content-type", "link", "access-control-allow-origin"):
        assert got.headers[name] == whole.headers[name]
    assert got.headers["content-length"] == str(len(got.body))
    check = {"atom": check_atom, "rss": check_rss, "json": check_json}[suffix]
    assert not refused(check(got.body, f"{BASE}{path}", NOW + 2 * HOUR))
    head = ask(grown.app, path, {"a-im": "feed", "if-none-match": sent}, "HEAD")
    assert (head.status, head.body, head.headers) == (226, b"", got.headers)
    after = ask(grown.app, path, {"a-im": "feed", "if-none-match": got.headers["etag"]})
    assert after.status == 304


@pytest.mark.parametrize(("coding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_a_delta_is_coded_as_the_document_is(grown: Grown, coding: str, unpack: Callable[[bytes], bytes]) -> None:
    path, headers = "/feeds/all.atom", {"accept-encoding": coding}
    asked = {"a-im": "feed", "if-none-match": grown.held[path]}
    got = ask(grown.app, path, {**headers, **asked})
    assert (got.status, got.headers["content-encoding"]) == (226, coding)
    assert unpack(got.body) == ask(grown.app, path, asked).body
    assert got.headers["etag"] == ask(grown.app, path, headers).headers["etag"]


@pytest.mark.parametrize(
    "headers",
    [
        {"if-none-match": "{}"},  # asks for none
        {"a-im": "feed"},
        {"a-im": "feed;q=0", "if-none-match": "{}"},
        {"a-im": "gzip", "if-none-match": "{}"},
        {"a-im": "feed", "if-none-match": "W/{}"},
        {"a-im": "feed", "if-none-match": '"unknown"'},
        {"a-im": "feed", "if-modified-since": "Mon, 01 Jan 1990 00:00:00 GMT"},
    ],
)
def test_others_get_the_whole(grown: Grown, headers: dict[str, str]) -> None:
    path = "/feeds/all.atom"
    got = ask(grown.app, path, {name: value.replace("{}", grown.held[path]) for name, value in headers.items()})
    assert got.status == 200
    assert "im" not in got.headers
    assert got.body == ask(grown.app, path).body


def test_who_has_the_document_gets_304_and_no_delta(app: Application) -> None:
    tag = ask(app, "/feeds/all.atom").headers["etag"]
    for held in (tag, f"W/{tag}", "*", f"{OLD}, {tag}"):
        assert ask(app, "/feeds/all.atom", {"a-im": "feed", "if-none-match": held}).status == 304


WHOLE = b"<feed>all of it</feed>" * 50


def prepared(*ready: str) -> Prepared:
    """A document that is there in these codings."""
    document = Prepared(Representation("/feeds/x.atom", "application/atom+xml", WHOLE, etag(WHOLE), NOW))
    for coding in ready:
        document.add(coding, forms(WHOLE)[coding])
    return document


def answer(document: Prepared, accepted: str, delta: Delta | None = None, **more: str) -> tuple[int, str] | Unmade:
    """Status and coding; or what must be made first, and the coding of what can be sent meanwhile."""
    headers = {"accept-encoding": accepted, **{name.replace("_", "-"): value for name, value in more.items()}}
    found = respond("GET", headers, document, (OLD, delta) if delta else None)
    if isinstance(found, Unmade):
        return found
    return found.status, dict(found.headers).get(b"content-encoding", b"").decode()


def test_a_delta_that_is_no_shorter_or_leads_elsewhere_is_not_sent() -> None:
    asked = {"a_im": "feed", "if_none_match": OLD}
    document, packed = prepared("gzip"), b"coded"
    assert wants_delta({"a-im": "feed", "if-none-match": OLD}, document) == [(OLD, OLD)]
    new, size = etag(WHOLE), len(WHOLE)
    assert answer(document, "", Delta(new, size - 1, "", WHOLE[1:]), **asked) == (226, "")
    assert answer(document, "", Delta(new, size, "", WHOLE), **asked) == (200, "")
    assert answer(document, "", Delta(etag(b"newer"), size - 1, "", WHOLE[1:]), **asked) == (200, "")
    assert answer(document, "gzip", Delta(new, size - 1, "gzip", packed), **asked) == (226, "gzip")
    assert answer(document, "gzip", Delta(new, size - 1, "br", packed), **asked) == (200, "gzip")
    assert answer(document, "gzip, identity;q=0", Delta(new, 5, "", b"short"), **asked) == (200, "gzip")
    # No form of the whole is made for a client that gets a delta.
    assert answer(document, "br", Delta(new, 5, "br", packed), **asked) == (226, "br")


# Coded forms


@pytest.mark.parametrize(
    ("accepted", "ready", "coding", "meanwhile"),
    [
        ("gzip", [], "gzip", ""),
        ("br, gzip", ["gzip"], "br", "gzip"),
        ("br, gzip, zstd", ["gzip", "zstd"], "br", "zstd"),
        ("br", ["gzip"], "br", ""),
        ("br;q=0.9, gzip;q=0.5, identity;q=0.7", ["gzip"], "br", ""),
        ("gzip, identity;q=0", ["br"], "gzip", None),
    ],
)
def test_while_a_form_is_made_others_get_what_is_there(
    accepted: str, ready: list[str], coding: str, meanwhile: str | None
) -> None:
    document = prepared(*ready)
    found = answer(document, accepted)
    assert isinstance(found, Unmade)
    assert found.coding == coding
    assert (found.meanwhile is None) == (meanwhile is None)
    if found.meanwhile:
        headers = dict(found.meanwhile.headers)
        assert headers.get(b"content-encoding", b"") == (meanwhile or "").encode()
        assert headers[b"etag"] == coded_etag(etag(WHOLE), meanwhile or "").encode()
    document.add(coding, forms(WHOLE)[coding])
    assert answer(document, accepted) == (200, coding)


def test_a_form_that_is_no_shorter_is_offered_no_more() -> None:
    document = prepared("gzip")
    document.add("br", None)
    assert answer(document, "br, gzip") == (200, "gzip")
    assert answer(document, "br") == (200, "")
    assert answer(document, "br, identity;q=0") == (406, "")


@pytest.mark.parametrize(
    ("accepted", "held", "confirmed"),
    [
        ("br, gzip", "br", "br"),
        ("br, gzip", "gzip", "gzip"),
        ("br, gzip", "", ""),  # got while the others were made
        ("br, identity;q=0", "", "br"),
        ("br", "gzip", "br"),
        ("", "gzip", ""),
    ],
)
def test_a_304_confirms_the_form_that_the_client_has(accepted: str, held: str, confirmed: str) -> None:
    """No form is made for it."""
    headers = {"accept-encoding": accepted, "if-none-match": f'"x", {coded_etag(etag(WHOLE), held)}'}
    found = respond("GET", headers, prepared())
    assert isinstance(found, Answer)
    assert (found.status, dict(found.headers)[b"etag"]) == (304, coded_etag(etag(WHOLE), confirmed).encode())


def test_who_first_asks_for_a_form_waits_for_it_and_nobody_else(living: tuple[Application, Store]) -> None:
    app, _ = living

    async def crowd(path: str, coding: str) -> list[Response]:
        asking = [coding, coding, f"{coding}, identity;q=0", ""]
        return await asyncio.gather(*(asked(app, path, {"accept-encoding": one}) for one in asking))

    for path in ("/feeds/all.atom", "/feeds/lang-vi.atom", "/search.atom?q=snow"):
        ask(app, path)
        for coding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
            first, meanwhile, refusing, plain = asyncio.run(crowd(path, coding))
            assert [one.headers.get("content-encoding") for one in (first, refusing)] == [coding, coding]
            assert unpack(first.body) == plain.body
            assert first.body == refusing.body == ask(app, path, {"accept-encoding": coding}).body
            assert meanwhile.body == plain.body
            assert meanwhile.headers["etag"] == plain.headers["etag"] == etag(plain.body)
            assert first.headers["etag"] == coded_etag(etag(plain.body), coding)


# Programs of other sites


@pytest.mark.parametrize("path", ["/feeds/all.atom", "/feeds/lang-vi.json", "/feeds/none.rss", "/search.atom?q=x"])
def test_a_browser_may_ask_for_feeds_with_validators_from_another_site(app: Application, path: str) -> None:
    asked = {
        "origin": "https://reader.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "a-im,if-none-match",
    }
    got = ask(app, path, asked, "OPTIONS")
    assert (got.status, got.body, got.headers["access-control-allow-origin"]) == (204, b"", "*")
    allowed = got.headers["access-control-allow-headers"].lower().split(", ")
    assert {"if-none-match", "if-modified-since", "a-im"} <= set(allowed)
    assert "GET" in got.headers["access-control-allow-methods"]
    assert ask(app, path).headers["access-control-allow-origin"] == "*"


def test_the_private_feed_is_for_no_other_site(app: Application) -> None:
    for method in ("OPTIONS", "GET"):
        got = ask(app, "/feeds/health.atom", {"host": "localhost"}, method)
        assert got.status in (401, 405)
        assert "access-control-allow-origin" not in got.headers


@pytest.mark.parametrize(
    "path", ["/", "/feeds/all", "/feeds/all.atom", "/opml", "/healthz", "/nothing", "/search.atom"]
)
def test_nobody_guesses_what_type_an_answer_is_of(app: Application, path: str) -> None:
    assert ask(app, path).headers["x-content-type-options"] == "nosniff"


# Pages and lists


@pytest.mark.parametrize("path", ["/", "/feeds/all", "/opml", "/search?q=snow"])
@pytest.mark.parametrize(("coding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_pages_and_lists_are_coded_too(
    app: Application, path: str, coding: str, unpack: Callable[[bytes], bytes]
) -> None:
    plain, packed = ask(app, path), ask(app, path, {"accept-encoding": coding})
    assert packed.headers["content-encoding"] == coding
    assert unpack(packed.body) == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "max-age=60" in packed.headers["cache-control"]
    assert "Accept-Encoding" in packed.headers["vary"]
    for held in (plain, packed):
        asked = {"accept-encoding": coding, "if-none-match": held.headers["etag"]}
        assert ask(app, path, asked).status == 304


# Former feeds


@pytest.mark.parametrize(
    "path", ["/feeds/mine.atom", "/feeds/mine.rss", "/feeds/mine.json", "/feeds/mine", "/feeds/mine/archive/1.atom"]
)
def test_a_feed_that_was_published_once_is_gone_and_says_where_to_go_on(tmp_path: Path, path: str) -> None:
    with closing(opened(tmp_path)) as store:
        fill(store)
        with closing(Application(home(tmp_path), LATER, look_seconds=-1)) as app:
            assert ask(app, path).status in (200, 404), "the worker has not dropped it yet"
            publish(store, LATER, NOW + HOUR)
            got = ask(app, path)
            assert (got.status, got.problem["status"]) == (410, 410)
            assert "Mine & yours" in got.problem["detail"]
            assert f"{BASE}/" in got.problem["detail"]
            assert got.headers["access-control-allow-origin"] == "*"
            page = ask(app, path, HTML)
            assert (page.status, page.headers["content-type"]) == (410, "text/html; charset=utf-8")
            assert "Mine &amp; yours" in page.text
            assert ask(app, path.replace("mine", "other")).status == 404
        publish(store, MINE, NOW + 2 * HOUR)
        with closing(Application(home(tmp_path), MINE)) as app:
            assert ask(app, "/feeds/mine.atom").status == 200
            assert ask(app, "/feeds/mine/archive/99.atom").status == 404


def test_a_source_that_became_private_leaves_a_former_feed_without_its_name(living: tuple[Application, Store]) -> None:
    app, store = living
    publish(store, MINE, NOW, wanted=["source-coast"])
    assert ask(app, "/feeds/source-coast.atom").status == 200
    subscribe(store, replace(COAST, private=True, title="Secret client"))
    publish(store, MINE, NOW + HOUR)
    got = ask(app, "/feeds/source-coast.atom")
    assert got.status == 410
    assert "source-coast" in got.problem["detail"]
    assert "Secret" not in got.problem["detail"]
    assert COAST.title not in got.problem["detail"]


def test_the_feed_of_a_removed_source_stays_as_long_as_its_entries(living: tuple[Application, Store]) -> None:
    app, store = living
    publish(store, MINE, NOW, wanted=["source-coast"])
    with store.transaction() as transaction:
        store.sources.deactivate(transaction, [COAST.key])
    publish(store, MINE, NOW + HOUR)
    assert ask(app, "/feeds/source-coast.atom").status == 200
    withdraw(store, COPY)
    publish(store, MINE, NOW + 2 * HOUR)
    assert ask(app, "/feeds/source-coast.atom").status == 410


# Searches as feeds


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("query", ["snow", 'snow "the hills"', "category:x OR to lam", "-snow lang:en", "nothing"])
def test_any_search_is_a_valid_feed(app: Application, suffix: str, query: str) -> None:
    path = f"/search.{suffix}?q={quote(normal_form(parse(query)), safe='')}"
    got = ask(app, path)
    assert (got.status, got.headers["etag"]) == (200, etag(got.body))
    assert got.headers["content-type"] == next(one.media_type for one in FORMATS if one.suffix == suffix)
    assert got.headers["link"] == f'<{BASE}{path}>; rel="self"'
    check = {"atom": check_atom, "rss": check_rss, "json": check_json}[suffix]
    assert not refused(check(got.body, f"{BASE}{path}", NOW + HOUR))
    assert got.body == ask(app, path).body
    assert ask(app, path, {"if-none-match": got.headers["etag"]}).status == 304
    packed = ask(app, path, {"accept-encoding": "gzip"})
    assert packed.status == 200
    assert (gzip.decompress(packed.body) if "content-encoding" in packed.headers else packed.body) == got.body


def test_a_search_feed_holds_what_the_page_shows(app: Application) -> None:
    feed = json.loads(ask(app, "/search.json?q=snow+hills").body)
    page = ask(app, "/search?q=snow+hills").text
    assert [item["title"] for item in feed["items"]][-1] == SNOW.title or SNOW.title in page
    assert COPY.title not in [item["title"] for item in feed["items"]], "it stands under another"
    for item in feed["items"]:
        assert item["title"] in page
    assert feed["title"] == "Tin & more: snow hills"
    assert feed["feed_url"] == f"{BASE}/search.json?q=snow%20hills"
    assert feed["home_page_url"] == f"{BASE}/search?q=snow%20hills"


def test_the_same_question_is_the_same_feed_however_it_is_written(app: Application) -> None:
    one, other = (ask(app, f"/search.atom?q={q}") for q in ("snow++hills", "%20snow%20%28hills%29"))
    assert one.body == other.body
    assert etree.fromstring(one.body).findtext("{*}id") != etree.fromstring(
        ask(app, "/search.atom?q=snow").body
    ).findtext("{*}id")


def test_a_search_page_points_to_its_own_feed_first(app: Application) -> None:
    page = ask(app, "/search?q=snow+%22the+hills%22").text
    alternates = re.findall(r'<link rel="alternate" type="([^"]+)" [^>]*href="([^"]+)"', page)
    assert alternates[0] == ("application/atom+xml", f"{BASE}/search.atom?q=snow%20%22the%20hills%22")
    assert ask(app, alternates[0][1].removeprefix(BASE)).status == 200
    assert "/search.atom" not in ask(app, "/search").text


@pytest.mark.parametrize("query", ["", "+", "snow+%28", "nofilter:x", "a" * 1001, "%22"])
def test_a_search_that_cannot_be_read_is_no_feed(app: Application, query: str) -> None:
    got = ask(app, f"/search.atom?q={query}")
    assert (got.status, got.problem["status"]) == (400, 400)


def test_a_search_feed_changes_with_what_it_finds_whatever_its_date(living: tuple[Application, Store]) -> None:
    app, store = living
    before = ask(app, "/search.atom?q=snow+hills")
    bring(store, HILLS, entry(HILLS, "more", title="More snow hills"), now=NOW + HOUR)
    after = ask(app, "/search.atom?q=snow+hills", {"if-none-match": before.headers["etag"]})
    assert after.status == 200
    assert b"More snow hills" in after.body
    withdraw(store, entry(HILLS, "more"))
    dated = {"if-modified-since": after.headers["last-modified"]}
    assert ask(app, "/search.atom?q=snow+hills", dated).status == 200, "a date that may run backwards proves nothing"


TERMS = st.sampled_from(
    ["snow", "OR", "-", "(", ")", '"the hills"', "lang:vi", 'category:"Đời sống"', "after:2024-01-01", "is:seed", "đ&x"]
)


@given(st.lists(TERMS, max_size=9).map(" ".join) | st.lists(TERMS, max_size=6).map("".join))
@runs(max_examples=300, deadline=None)
def test_a_query_written_out_is_read_as_the_same(query: str) -> None:
    try:
        tree = parse(query)
    except QueryError:
        return
    assert parse(normal_form(tree)) == tree
    assert unquote(quote(normal_form(tree), safe="")) == normal_form(tree)


# Many at once


def test_searches_hold_up_no_feed_however_many_there_are(app: Application) -> None:
    async def crowd() -> tuple[int, list[int]]:
        done: list[int] = []

        async def search(n: int) -> None:
            done.append((await asked(app, f"/search?q=number+OR+snow+OR+nothing{n}")).status)

        tasks = [asyncio.create_task(search(n)) for n in range(200)]
        await asyncio.sleep(0)
        for _ in range(20):
            assert (await asked(app, "/feeds/all.atom")).status == 200
        before = len(done)
        await asyncio.gather(*tasks)
        return before, done

    before, done = asyncio.run(crowd())
    assert done == [200] * 200
    assert before < 100, "feeds waited for searches"


def test_more_searches_than_anyone_waits_for_are_told_to_come_back(app: Application) -> None:
    async def crowd() -> list[Response]:
        return await asyncio.gather(*(asked(app, f"/search?q=number{n}") for n in range(MOST_WAITING + 20)))

    answers = asyncio.run(crowd())
    assert {answer.status for answer in answers} == {200, 503}
    busy = next(answer for answer in answers if answer.status == 503)
    assert busy.headers["retry-after"]
    assert busy.problem["title"] == "Busy"
    assert ask(app, "/search?q=number").status == 200, "it passes"


def test_what_many_ask_for_at_once_is_made_once(living: tuple[Application, Store]) -> None:
    app, _ = living

    async def crowd(path: str) -> set[tuple[int, str]]:
        answers = await asyncio.gather(*(asked(app, path) for _ in range(MOST_WAITING + 100)))
        return {(answer.status, answer.headers.get("etag", "")) for answer in answers}

    for path in ("/feeds/lang-vi.atom", "/search.atom?q=snow"):
        ((status, tag),) = asyncio.run(crowd(path))
        assert status == 200
        assert tag


# What lies in memory


def test_documents_are_read_again_only_when_they_changed_and_within_a_limit(
    living: tuple[Application, Store], tmp_path: Path
) -> None:
    _, store = living
    with closing(Shelf(home(tmp_path), MINE)) as shelf:
        first = shelf.document("/feeds/all.atom")
        assert first
        with store.transaction() as transaction:
            store.facts.put(transaction, facts.CYCLE_DUE_US, "1")
        assert shelf.document("/feeds/all.atom") is first, "something else was committed"
        bring(store, HILLS, entry(HILLS, "new"), now=NOW + HOUR)
        publish(store, MINE, NOW + HOUR)
        assert shelf.document("/feeds/all.atom") is not first
    with closing(Shelf(home(tmp_path), MINE, most_bytes=first.size * 2)) as shelf:
        first = shelf.document("/feeds/all.atom")
        assert shelf.document("/feeds/all.rss")
        assert shelf.document("/feeds/all.json")
        assert shelf.document("/feeds/all.atom") is not first, "it made room"


def test_a_page_is_made_once_until_the_store_changes_and_then_shows_it(living: tuple[Application, Store]) -> None:
    app, store = living
    found = entry(HILLS, "found", title="Found on the hills")
    paths = ["/", "/feeds/all", "/feeds/lang-en", "/search?q=hills", "/opml", f"/entries/{page_uuid(found.id)}"]
    assert [ask(app, path).status for path in paths] == [200, 200, 200, 200, 200, 404]
    kept = [app.shelf.kept(path) for path in paths]
    assert [page is not None for page in kept] == [True] * 5 + [False], "there is no end of what is not there"
    for headers in ({"accept-encoding": "gzip"}, {"if-none-match": '"other"'}, {"if-none-match": "*"}):
        for path in paths:
            ask(app, path, headers)
    assert [app.shelf.kept(path) for path in paths] == kept
    bring(store, HILLS, found, now=NOW + HOUR)
    publish(store, MINE, NOW + HOUR)
    shown = [found.title in ask(app, path).text for path in paths]
    assert shown == [True, True, True, True, False, True]
    withdraw(store, found)
    assert [found.title in ask(app, path).text for path in paths] == [False] * 6, "and before it is published"
    assert ask(app, paths[-1]).status == 410


def test_what_is_not_there_is_told_to_each_in_its_own_way_at_once(living: tuple[Application, Store]) -> None:
    async def both() -> list[Response]:
        kinds = [{"accept": "text/html"}, {"accept": "application/json"}] * 3
        return await asyncio.gather(*(asked(living[0], "/entries/none", kind) for kind in kinds))

    types = [answer.headers["content-type"].partition(";")[0] for answer in asyncio.run(both())]
    assert types == ["text/html", "application/problem+json"] * 3


def test_no_number_of_searches_displaces_a_page(living: tuple[Application, Store], tmp_path: Path) -> None:
    with closing(Shelf(home(tmp_path), MINE)) as shelf:
        assert shelf.kept("/") is None
        shelf.keep("/", "page", 1000)
        for number in range(MOST_SEARCHES + 1):
            shelf.keep(f"/search?q={number}", number, SEARCH_BYTES // MOST_SEARCHES)
            assert shelf.kept("/search?q=0") == 0, "it is asked for often"
        assert shelf.kept("/") == "page"
        assert shelf.kept("/search?q=1") is None
        shelf.keep("/search?q=large", "large", SEARCH_BYTES)
        assert shelf.kept("/search?q=0") is None
        assert shelf.kept("/") == "page"
        with living[1].transaction() as transaction:
            living[1].facts.put(transaction, facts.CYCLE_DUE_US, "1")
        assert shelf.kept("/") is shelf.kept("/search?q=large") is None


def test_coded_forms_count_as_their_document_does(living: tuple[Application, Store], tmp_path: Path) -> None:
    paths = ["/feeds/all.atom", "/feeds/all.rss"]
    with closing(Shelf(home(tmp_path), MINE)) as shelf:
        room = sum(found.size for found in map(shelf.document, paths) if found)
    with closing(Shelf(home(tmp_path), MINE, most_bytes=room)) as shelf:
        atom, rss = map(shelf.document, paths)
        assert atom
        assert rss
        assert (shelf.document(paths[0]), shelf.document(paths[1])) == (atom, rss)
        shelf.add_form(rss, "gzip", b"a form")
        assert shelf.document(paths[1]) is rss
        assert shelf.document(paths[0]) is not atom, "it made room"
        shelf.add_form(atom, "gzip", b"a form")
        assert shelf.document(paths[0]) is not atom, "what is dropped stays dropped"


def test_a_store_that_cannot_be_read_costs_no_feed_that_lies_in_memory(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as store:
        fill(store)
    with closing(Application(home(tmp_path), MINE)) as app:
        before = ask(app, "/feeds/all.atom")
        app.shelf.store().close()
        with pytest.raises(sqlite3.Error):
            app.shelf.store()
        assert ask(app, "/feeds/all.atom").body == before.body


# Clients that believe us


ACTIONS = st.sampled_from(["nothing", "new", "old", "edit", "withdraw", "title", "again"])


@given(st.lists(ACTIONS, min_size=1, max_size=6), st.sampled_from(["", "gzip", "br", "zstd"]))
@runs(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_who_trusts_a_validator_alone_has_what_we_have(
    tmp_path_factory: pytest.TempPathFactory, actions: list[str], coding: str
) -> None:
    """However feeds change, also within one second: by ETag, by date, and by deltas."""
    root, path, kept = tmp_path_factory.mktemp("trust"), "/feeds/all.json", MINE
    accepting = {"accept-encoding": coding} if coding else {}
    with closing(opened(root)) as store:
        fill(store)
        app = Application(home(root), kept, look_seconds=-1)
        first = ask(app, path, accepting)
        by_tag = by_date = by_delta = first
        items = {item["id"]: item for item in json.loads(ask(app, path).body)["items"]}
        for number, action in enumerate(actions):
            match action:
                case "new":
                    bring(store, HILLS, entry(HILLS, f"new{number}", content=f"<p>{number}</p>"))
                case "old":
                    bring(store, HILLS, entry(HILLS, f"old{number}", published=NOW - 90 * HOUR), first=True)
                case "edit":
                    bring(store, HILLS, replace(entry(HILLS, "n3", content=f"<p>Edited {number}.</p>")))
                case "withdraw":
                    withdraw(store, entry(HILLS, f"n{number}"))
                case "title":
                    kept = settings(title=f"Site {number}")
                    app.close()
                    app = Application(home(root), kept, look_seconds=-1)
            publish(store, kept, NOW)
            whole, plain = ask(app, path, accepting), ask(app, path)
            got = ask(app, path, {**accepting, "if-none-match": by_tag.headers["etag"]})
            by_tag = got if got.status == 200 else by_tag
            got = ask(app, path, {**accepting, "if-modified-since": by_date.headers["last-modified"]})
            by_date = got if got.status == 200 else by_date
            assert by_tag.body == by_date.body == whole.body
            got = ask(app, path, {"a-im": "feed", "if-none-match": by_delta.headers["etag"]})
            by_delta = got if got.status != 304 else by_delta
            if got.status == 200:
                items = {}
            items |= {item["id"]: item for item in json.loads(got.body or b'{"items":[]}')["items"]}
            assert all(items[item["id"]] == item for item in json.loads(plain.body)["items"])
        app.close()
