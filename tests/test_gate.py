"""The publish gate: what may not go out, and that the rest does."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feeds.errors import OrderError
from feeds.model import Published
from feeds.model import Site as Home
from feeds.publish import assembly, catalogue, gate, history, regenerate
from feeds.publish.assembly import FORMATS
from feeds.publish.regenerate import Outcome
from feeds.render import atom, jsonfeed, rss
from feeds.settings.schema import Settings
from feeds.store import Store, facts
from feeds.store.feeds import Line
from support.builders import HOUR, LONG, NOW, SEEDS, bring, entry, opened, plant, settings, source, subscribe, withdraw
from support.site import Site
from support.validity.homes import read_back
from worker.cycle.orders import carry_out

HILLS = source("hills")
COAST = source("coast")
SETTINGS = settings()
HOME = Home("urn:uuid:0b61d4a4-6c3f-5b0e-9a52-6a2c1d1f0a01", "Site", "", "Ada", "https://news.example", "en")
SHOWN = Published(entry(HILLS, "a"), "https://news.example/entries/1", HILLS, NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(opened(tmp_path)) as made:
        subscribe(made, HILLS, COAST)
        yield made


def alone(suffix: str) -> bytes:
    format_ = next(format_ for format_ in FORMATS if format_.suffix == suffix)
    return format_.document(assembly.alone(HOME), [format_.fragment(SHOWN, HOME)])


def out(store: Store, hours: int = 1) -> Outcome:
    return regenerate.publish(store, SETTINGS, NOW + hours * HOUR)


def ids(store: Store, slug: str = "all") -> list[str]:
    found = store.representations.of(f"/feeds/{slug}.json")
    assert found is not None
    return [item["id"] for item in json.loads(found.body)["items"]]


# One fragment

BAD: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("atom", lambda body: body.replace(b"</entry>", b""), "not well-formed"),
    ("atom", lambda body: body.replace(b"<title>Title of a</title>", b"<title> </title>"), "title is empty"),
    ("atom", lambda body: body.replace(b"hills.example/a</id>", b"hills.example/b</id>"), "id is not what it was"),
    ("atom", lambda body: body.replace(b"<author><name>Ada Night</name></author>", b""), "no author"),
    ("atom", lambda body: body.replace(b'href="https://hills.example/a"', b'href="javascript:x"'), "no absolute http"),
    ("atom", lambda body: body.replace(b'rel="alternate"', b'rel="via"'), "no alternate link"),
    ("atom", lambda body: body.replace(b"<updated>2025", b"<updated>1970"), "no date after 1990"),
    ("atom", lambda body: body.replace(b"Content of", b"&lt;script&gt;x&lt;/script&gt;"), "a <script>"),
    ("atom", lambda body: body.replace(b"&lt;p&gt;C", b'&lt;p onclick="x"&gt;C'), "an attribute onclick"),
    ("atom", lambda body: body.replace(b"Content of", b'&lt;a href="a.html"&gt;x&lt;/a&gt;'), "points to 'a.html'"),
    ("atom", lambda body: body.replace(b"Content of", "\x85 of".encode()), "characters that readers reject"),
    ("rss", lambda body: body.replace(b"hills.example/a</guid>", b"b</guid>"), "guid is not its id"),
    ("rss", lambda body: body.replace(b"<link>https://hills.example/a</link>", b""), "0 elements link"),
    ("rss", lambda body: body.replace(b"description>", b"comments>"), "no description"),
    ("rss", lambda body: body.replace(b"</item>", b"</item><item/>"), "2 items"),
    ("json", lambda body: body.replace(b'"content_html"', b'"text"'), "content is empty"),
    ("json", lambda body: body.replace(b'"id":"https', b'"id":"x'), "id is not what it was"),
    ("json", lambda body: body[:-4], "not well-formed"),
]


@pytest.mark.parametrize(("suffix", "spoil", "told"), BAD, ids=[f"{suffix} {told}" for suffix, _, told in BAD])
def test_a_fragment_that_no_reader_could_take_is_told(suffix: str, spoil: Callable[[bytes], bytes], told: str) -> None:
    good = alone(suffix)
    spoiled = spoil(good)
    assert spoiled != good, "the case says nothing"
    assert told in gate.fragment_fault(suffix, spoiled, SHOWN.entry.id)


@pytest.mark.parametrize("suffix", ["atom", "rss", "json"])
def test_a_good_fragment_passes(suffix: str) -> None:
    assert gate.fragment_fault(suffix, alone(suffix), SHOWN.entry.id) == ""
    if suffix != "json":
        assert read_back(alone(suffix), [SHOWN.entry.id]) == []


@pytest.mark.parametrize(
    ("spoil", "refused", "told"),
    [
        (lambda body: body.replace(b"<id>https://hills", b"<id>https://other"), "id is not what it was", "another id"),
        (lambda body: body.replace(b"</entry>", b"</entry><entry><title>x</title></entry>"), "2 entries", "2 entries"),
        (lambda body: body.replace(b"</feed>", b""), "not well-formed", "cannot read it"),
    ],
)
def test_the_gate_refuses_what_feedparser_would_misread(
    spoil: Callable[[bytes], bytes], refused: str, told: str
) -> None:
    spoiled = spoil(alone("atom"))
    assert refused in gate.fragment_fault("atom", spoiled, SHOWN.entry.id)
    assert told in read_back(spoiled, [SHOWN.entry.id])[0]


def test_the_judge_of_test_homes_tells_what_feedparser_finds_empty() -> None:
    bare = alone("rss").replace(b"description>", b"comments>").replace(b"encoded>", b"other>")
    assert read_back(bare, [SHOWN.entry.id]) == [f"feedparser finds no summary of {SHOWN.entry.id}"]


# One document, and what it would replace


def line(n: int, id_: str = "", days: int = 0) -> Line:
    return Line(n, id_ or f"https://hills.example/{n}", NOW + timedelta(days=days))


@pytest.mark.parametrize(
    ("before", "after", "unexplained", "told"),
    [
        ([], [line(1)], 0, ""),
        ([line(1), line(2)], [line(2), line(3)], 0, ""),
        ([line(1), line(2)], [line(2)], 1, "1 of 2 entries would vanish"),
        ([line(1), line(2)], [line(1, "urn:x"), line(2)], 0, "1 of 2 entries would change their ids"),
        ([line(1), line(2), line(3)], [line(1, days=-1), line(2, days=-1), line(3)], 0, "dates of 2 of 3"),
        ([line(1), line(2), line(3)], [line(1, days=-1), line(2), line(3)], 0, ""),
        ([line(1)], [line(1, days=-1)], 0, ""),
        ([line(1)], [line(1, days=1)], 0, ""),
    ],
)
def test_documents_are_compared_with_the_last_good_ones(
    before: list[Line], after: list[Line], unexplained: int, told: str
) -> None:
    found = gate.comparison_fault({one.n: one for one in before}, after, unexplained)
    assert told in found if told else found == ""


def test_a_document_over_five_megabytes_or_with_one_id_twice_is_no_document() -> None:
    empty = b'{"items":[]}'
    assert "bytes, more than" in gate.document_fault("json", empty + b" " * gate.LARGEST_DOCUMENT, empty, [])
    assert "holds b twice" in gate.document_fault("json", empty, empty, ["a", "b", "b"])


@pytest.mark.parametrize("suffix", ["atom", "rss", "json"])
def test_what_surrounds_entries_is_parsed_and_the_whole_when_it_is_read_back(suffix: str) -> None:
    format_ = assembly.BY_SUFFIX[suffix]
    fragment = format_.fragment(SHOWN, HOME)
    frame = format_.frame(assembly.alone(HOME), [fragment])
    whole, bare, ids = alone(suffix), frame.around(()), [SHOWN.entry.id]
    assert gate.document_fault(suffix, whole, bare, ids) == gate.reading_fault(suffix, whole, ids) == ""
    assert "not well-formed" in gate.document_fault(suffix, whole, bare[:-5], ids)
    assert "not well-formed" in gate.reading_fault(suffix, whole[:-5], ids)
    for others in ([], ["x"], [*ids, *ids]):
        assert "does not contain the entries" in gate.reading_fault(suffix, whole, others)


# In a store


def test_one_entry_that_cannot_be_published_is_set_aside_by_name_and_the_rest_goes_out(store: Store) -> None:
    for name in ("a", "b", "c"):
        bring(store, HILLS, entry(HILLS, name))
    # What only a fault of ours, or a hand in the store, could bring about.
    store.connection.execute("UPDATE entries SET content = '<p>x</p><script>y</script>' WHERE n = 2")
    outcome = out(store)
    assert [one.id for one in outcome.aside] == ["https://hills.example/b"]
    assert "<script>" in outcome.aside[0].reason
    assert sorted(ids(store)) == ["https://hills.example/a", "https://hills.example/c"]
    assert [one.id for one in store.representations.aside()] == ["https://hills.example/b"]
    assert out(store, 2).aside == (), "it is told once"
    bring(store, HILLS, entry(HILLS, "b", content="<p>Good words this time.</p>"), now=NOW + 3 * HOUR)
    out(store, 3)
    assert len(ids(store)) == 3
    assert store.representations.aside() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("authors", "{broken"), ("enclosures", "[{}]"), ("origin", "x"), ("categories", ""), ("published_us", 2**62)],
)
def test_an_entry_whose_row_cannot_be_read_is_set_aside_and_the_rest_goes_out(
    store: Store, column: str, value: object
) -> None:
    bring(store, HILLS, entry(HILLS, "a", content=LONG), entry(HILLS, "b"))
    bring(store, COAST, entry(COAST, "c", content=LONG))
    store.connection.execute(f"UPDATE entries SET {column} = ? WHERE n = 2", (value,))
    outcome = out(store)
    assert [(one.id, one.title) for one in outcome.aside] == [("https://hills.example/b", "Title of b")]
    assert "row in the store cannot be read" in outcome.aside[0].reason
    assert ids(store) == ["https://hills.example/a"]
    assert store.listings.published([2], "https://news.example") == []


def test_what_is_made_for_whoever_asks_trusts_no_damaged_fragment(store: Store) -> None:
    bring(store, HILLS, *(entry(HILLS, str(number)) for number in range(30)))
    narrow = settings(feed_limit=10, feed_span="0s")
    regenerate.publish(store, narrow, NOW)
    good = _made_on_the_spot(store, narrow)
    store.connection.execute("UPDATE fragments SET body = CAST('<entry><bad' AS BLOB)")
    assert _made_on_the_spot(store, narrow) == good


def _made_on_the_spot(store: Store, narrow: Settings) -> list[bytes]:
    site = catalogue.site_of(narrow, store)
    feeds = catalogue.feeds_of(narrow, store, site)
    page = history.archive(store, feeds["all"], site, 1)
    assert page is not None
    return [page.body, *assembly.render(store, feeds["source-hills"], site, narrow).bodies.values()]


def test_nothing_makes_an_invalid_document_valid(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a"))
    out(store)
    with store.transaction() as transaction:
        store.feeds.hold(transaction, "all", "the atom document is not well-formed", NOW)
    with pytest.raises(OrderError, match="cannot be released"):
        carry_out(store, "accept", "all", NOW)


def test_an_entry_set_aside_leaves_its_place_to_the_next_one(store: Store) -> None:
    for number in range(4):
        bring(store, HILLS, entry(HILLS, str(number)), now=NOW + number * HOUR)
    store.connection.execute("UPDATE entries SET content = '<style>x</style>' WHERE n = 4")
    regenerate.publish(store, settings(feed_limit=3, feed_span="0s"), NOW + 5 * HOUR)
    assert len(ids(store)) == 3


def test_pages_list_what_documents_do_without_those_set_aside_or_beyond_their_size(store: Store) -> None:
    snow = "snow " * (assembly.MOST_BYTES // 12)
    bring(store, HILLS, *(entry(HILLS, name, content=f"{name} {snow}") for name in "abcd"), entry(HILLS, "e"))
    store.connection.execute("UPDATE entries SET content = '<style>x</style>' WHERE id LIKE '%/b'")
    out(store)
    site = catalogue.site_of(SETTINGS, store)
    feeds = catalogue.feeds_of(SETTINGS, store, site)
    pages = {slug: assembly.newest(store, feeds[slug], site, SETTINGS) for slug in ("all", "source-hills")}
    listed = {slug: [line.id[-1] for line in store.listings.lines_of(numbers)] for slug, (numbers, _) in pages.items()}
    assert [one[-1] for one in ids(store)] == listed["all"]
    assert len(listed["all"]) < 4, "the document is full"
    assert sorted(listed["source-hills"]) == ["a", "c", "d", "e"], "there is no document of it"
    assert pages["all"][1] == pages["source-hills"][1] == store.feeds.updated("all")


def test_entries_that_vanish_from_the_store_hold_the_feed_back_until_it_is_accepted(store: Store) -> None:
    for name in ("a", "b", "c"):
        bring(store, HILLS, entry(HILLS, name))
    out(store)
    before = ids(store)
    store.connection.execute("PRAGMA foreign_keys = OFF")
    store.connection.execute("DELETE FROM entries WHERE n = 2")
    bring(store, COAST, entry(COAST, "new"), now=NOW + HOUR)
    outcome = out(store, 2)
    assert "1 of 3 entries would vanish" in outcome.held["all"]
    assert outcome.newly_held == ("all",)
    assert ids(store) == before, "the last good documents stay"
    assert out(store, 3).newly_held == (), "it is told once"
    with store.transaction() as transaction:
        store.facts.put(transaction, f"{facts.ACCEPTED}all", "1")
    outcome = out(store, 4)
    assert (outcome.held, outcome.released) == ({}, ("all",))
    assert len(ids(store)) == 3
    assert store.feeds.held() == {}


def test_ids_that_change_hold_the_feed_back(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a"), entry(HILLS, "b"))
    out(store)
    store.connection.execute("UPDATE entries SET id = id || '?new', change = change + 1")
    store.connection.execute("UPDATE facts SET value = value + 1 WHERE name = 'change'")
    assert "2 of 2 entries would change their ids" in out(store, 2).held["all"]


def explained(what: str, store: Store) -> None:
    """What takes entries out of feeds and is no fault."""
    match what:
        case "withdrawn":
            withdraw(store, entry(HILLS, "a"), now=NOW + HOUR)
        case "hidden":
            with store.transaction() as transaction:
                store.withdrawals.hide(transaction, "https://hills.example/a", NOW + HOUR, "by hand")
        case "removed with its source":
            with store.transaction() as transaction:
                store.sources.deactivate(transaction, [HILLS.key])
                store.withdrawals.remove_of(transaction, HILLS.key, NOW + HOUR, "removed")
        case "private from now on":
            subscribe(store, replace(HILLS, private=True))
        case "overflow":
            bring(store, COAST, *(entry(COAST, str(n)) for n in range(20)), now=NOW + 30 * HOUR)
        case "folded by hand":
            with store.transaction() as transaction:
                store.stories.fold(transaction, 1, 2, "hand")
        case "another category":
            subscribe(store, replace(HILLS, categories=("Local",)))


@pytest.mark.parametrize(
    "what",
    [
        "withdrawn",
        "hidden",
        "removed with its source",
        "private from now on",
        "overflow",
        "folded by hand",
        "another category",
    ],
)
def test_losses_that_are_explained_are_no_fault(store: Store, what: str) -> None:
    narrow = settings(feed_limit=5, feed_span="0s")
    subscribe(store, replace(HILLS, categories=("World",)))
    subscribe(store, replace(COAST, categories=("World",)))
    for name in ("a", "b", "c"):
        bring(store, HILLS, entry(HILLS, name, content=f"<p>Words about {name}, and nothing else.</p>"))
        bring(store, COAST, entry(COAST, name, content=f"<p>Other things, by {name}.</p>"))
    regenerate.publish(store, narrow, NOW, wanted=["category-world"])
    explained(what, store)
    assert regenerate.publish(store, narrow, NOW + 40 * HOUR).held == {}


def test_a_smaller_limit_is_no_fault(store: Store) -> None:
    for n in range(5):
        bring(store, HILLS, entry(HILLS, str(n)), now=NOW + n * HOUR)
    out(store, 5)
    assert regenerate.publish(store, settings(feed_limit=2, feed_span="0s"), NOW + 6 * HOUR).held == {}
    assert len(ids(store)) == 2


def test_a_seed_whose_date_is_set_back_is_no_fault(store: Store) -> None:
    plant(store, entry(SEEDS, "a"), entry(SEEDS, "b"))
    out(store)
    plant(store, entry(SEEDS, "a", content="<p>Other words now.</p>", updated=NOW - 100 * HOUR), now=NOW + HOUR)
    assert out(store, 2).held == {}


def test_an_operator_is_told_what_is_held_back_and_releases_it(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for name in ("One", "Two", "Three"):
        site.drop(f"{name}.txt", f"{name} story\n\nWords about {name}, which nobody else has told.\n")
    site.cycle()
    with closing(sqlite3.connect(site.root / "data" / "seedfeed.sqlite")) as hand:
        hand.execute("DELETE FROM entries WHERE n = (SELECT max(n) FROM entries)")
        hand.commit()
    site.drop("Four.txt", "Four story\n\nWords about four, which nobody else has told.\n")
    done = site.attempt("worker", "--once")
    assert done.returncode == 1
    assert "feed all: against the last good documents, 1 of 3 entries would vanish" in done.stderr
    assert len(json.loads(site.documents()["/feeds/all.json"])["items"]) == 3
    assert "all is released" in site.seedfeed("publish", "all", "--accept", expect=1), "seeds is held back still"
    assert "seeds is released" in site.seedfeed("publish", "seeds", "--accept")
    assert site.seedfeed("publish") == ""


def test_the_three_renderers_are_the_ones_that_the_gate_knows() -> None:
    assert [format_.fragment for format_ in FORMATS] == [atom.fragment, rss.fragment, jsonfeed.fragment]
