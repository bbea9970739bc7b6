"""Entries that tell one story, as they are published: who names whom, what a feed shows, whose text is lent."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from feeds.app import Application
from feeds.model import Entry, Feed, FeedKind, Origin
from feeds.publish.assembly import render
from feeds.publish.catalogue import site_of
from feeds.publish.regenerate import publish
from feeds.search.query import parse
from feeds.store import Store
from feeds.text.urls import page_uuid
from support.asgi import ask
from support.builders import (
    BASE,
    HOUR,
    LONG,
    NOW,
    SEEDS,
    bring,
    entry,
    fold,
    home,
    opened,
    plant,
    settings,
    source,
    subscribe,
    withdraw,
)
from worker.cli.reports import entry_lines
from worker.cli.why import as_text, why

HILLS = source("hills", categories=("World",))
COAST = source("coast", categories=("Sea",))
MARSH = source("marsh", categories=("Sea",))
SETTINGS = settings()
TEXT = f"<p>{LONG}</p>"
# A lead, and three that tell its story, in the order in which they came.
FIRST = entry(HILLS, "first", language="en", content=TEXT)
SECOND = entry(COAST, "second", language="vi", content=TEXT)
THIRD = entry(MARSH, "third", language="vi", content=TEXT)
OWN = entry(SEEDS, "own", language="vi", content=TEXT)
SOURCES = {one.key: one for one in (HILLS, COAST, MARSH)}
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(opened(tmp_path)) as made:
        subscribe(made, HILLS, COAST, MARSH)
        for hour, one in enumerate((FIRST, SECOND, THIRD)):
            bring(made, SOURCES[one.source_id], one, now=NOW + hour * HOUR)
        plant(made, OWN, now=NOW + 3 * HOUR)
        yield made


def told_as(store: Store, one: Entry, how: str, share: float = 0.0) -> None:
    """As if a copy had been found in this way."""
    with store.transaction():
        store.connection.execute(
            "UPDATE stories SET (how, share) = (?, ?) WHERE entry = (SELECT n FROM entries WHERE id = ?)",
            (how, share, one.id),
        )


def shown(store: Store, slug: str, **more: Any) -> list[str]:
    """The names of a feed's entries as published now, after looking whether it is stale."""
    outcome = publish(store, settings(**more), NOW + 9 * HOUR, wanted=[slug])
    assert not outcome.held
    found = store.representations.of(f"/feeds/{slug}.json")
    assert found
    names = [item["title"].removeprefix("Title of ") for item in json.loads(found.body)["items"]]
    return sorted(names)


def named(store: Store, one: Entry, feed: str) -> list[tuple[str, str]]:
    """Outlets and addresses that an entry names, the same in all formats."""
    publish(store, SETTINGS, NOW + 9 * HOUR, wanted=[feed])
    atom, rss, item = (store.representations.of(f"/feeds/{feed}.{kind}") for kind in ("atom", "rss", "json"))
    assert atom
    assert rss
    assert item
    (found,) = [line for line in json.loads(item.body)["items"] if line["id"] == one.id]
    told = [(other["source"], other["url"]) for other in found.get("_seedfeed", {}).get("related", [])]
    for tree, path in (
        (etree.fromstring(atom.body), f"a:entry[a:id='{one.id}']"),
        (etree.fromstring(rss.body), f"channel/item[guid='{one.id}']"),
    ):
        links = tree.iterfind(f"{path}/a:link[@rel='related']", ATOM)
        assert [(link.get("title"), link.get("href")) for link in links] == told
    return told


HILLS_NAME = ("Hills", FIRST.permalink)
COAST_NAME = ("Coast", SECOND.permalink)
MARSH_NAME = ("Marsh", THIRD.permalink)
OWN_NAME = ("Site", f"{BASE}/entries/{page_uuid(OWN.id)}")


@pytest.mark.parametrize(
    ("one", "feed", "others"),
    [
        (FIRST, "all", [COAST_NAME, MARSH_NAME, OWN_NAME]),
        (SECOND, "source-coast", [HILLS_NAME]),
        (OWN, "seeds", [HILLS_NAME, COAST_NAME, MARSH_NAME]),
    ],
    ids=["a lead", "a folded entry", "a linked seed"],
)
def test_an_entry_names_the_others_of_its_story_the_first_to_come_first(
    store: Store, one: Entry, feed: str, others: list[tuple[str, str]]
) -> None:
    assert named(store, one, feed) == others


@pytest.mark.parametrize("one", [FIRST, SECOND, OWN], ids=["a lead", "a folded entry", "a linked seed"])
def test_the_page_of_an_entry_lists_the_others(store: Store, tmp_path: Path, one: Entry) -> None:
    publish(store, SETTINGS, NOW + 9 * HOUR)
    app = Application(home(tmp_path), SETTINGS)
    with closing(app):
        page = ask(app, f"/entries/{page_uuid(one.id)}").text
    section = re.search("The same story elsewhere(.*?)</section>", page, re.DOTALL)
    assert section
    links = {unescape(link) for link in re.findall('href="([^"]*)"', section[1])}
    everyone = {FIRST.permalink, SECOND.permalink, THIRD.permalink, OWN_NAME[1]}
    assert links == ({FIRST.permalink} if one == SECOND else everyone - {one.permalink or OWN_NAME[1]})


def test_an_outlet_is_called_as_it_calls_itself_and_named_once_for_an_address(store: Store) -> None:
    origin = Origin("urn:o", "The Shore Post", "https://shore.example/feed")
    fourth, fifth = (
        entry(COAST, name, permalink="https://shore.example/1", origin=origin, content=TEXT) for name in ("4", "5")
    )
    bring(store, COAST, fourth, replace(fifth, id="urn:x:5"))
    assert named(store, FIRST, "all").count(("The Shore Post", "https://shore.example/1")) == 1


@pytest.mark.parametrize(("how", "linked"), [("text", False), ("same", True), ("hand", True)])
def test_a_seed_is_not_linked_by_its_text_while_stories_are_off(store: Store, how: str, linked: bool) -> None:
    told_as(store, OWN, how)
    fold(store, enabled=False)
    assert (OWN_NAME in named(store, FIRST, "all")) is linked
    assert (HILLS_NAME in named(store, OWN, "seeds")) is linked


def test_nobody_names_what_is_withdrawn_or_private(store: Store) -> None:
    withdraw(store, SECOND)
    subscribe(store, replace(MARSH, private=True))
    assert named(store, FIRST, "all") == [OWN_NAME]
    assert named(store, OWN, "seeds") == [HILLS_NAME]


# What a feed shows


@pytest.mark.parametrize(
    ("slug", "names"),
    [
        ("all", ["first", "own"]),
        ("category-world", ["first"]),
        ("category-sea", ["second"]),
        ("lang-vi", ["own", "second"]),
        ("lang-en", ["first"]),
        ("mine", ["second"]),
        ("each", ["second", "third"]),
        ("source-marsh", ["third"]),
        ("seeds", ["own"]),
    ],
)
def test_a_feed_shows_a_story_once_by_its_lead_or_else_by_the_first_copy_that_belongs(
    store: Store, slug: str, names: list[str]
) -> None:
    feeds = {"mine": {"query": "category:sea"}, "each": {"query": "category:sea", "duplicates": "all"}}
    assert shown(store, slug, feeds=feeds) == names


def test_all_shows_a_copy_of_what_did_not_enter_it(store: Store) -> None:
    with store.transaction() as transaction:
        store.connection.execute("UPDATE entries SET shared = 0 WHERE id = ?", (FIRST.id,))
        store.entries.touch_source(transaction, HILLS.key)
    assert shown(store, "all") == ["own", "second"]


@pytest.mark.parametrize("slug", ["category-sea", "lang-vi", "mine"])
def test_when_the_copy_that_a_feed_shows_leaves_the_next_takes_its_place(store: Store, slug: str) -> None:
    feeds = {"mine": {"query": "category:sea"}}
    before = shown(store, slug, feeds=feeds)
    withdraw(store, SECOND)
    after = shown(store, slug, feeds=feeds)
    assert ("second" in before, "third" in before) == (True, False)
    assert ("second" in after, "third" in after) == (False, True)


def test_a_copy_that_stood_behind_an_earlier_one_is_shown_when_that_one_belongs_no_more(store: Store) -> None:
    """Though the earlier one stood too far down to be listed."""
    few = {"feeds": {"mine": {"query": "lang:vi -is:seed", "limit": 1}}, "feed_span": "0s"}
    bring(store, COAST, entry(COAST, "late", language="vi"), now=NOW + 5 * HOUR)
    assert shown(store, "mine", **few) == ["late"]
    withdraw(store, entry(COAST, "late"))
    bring(store, MARSH, entry(MARSH, "later", language="vi"), now=NOW + 6 * HOUR)
    assert shown(store, "mine", **few) == ["later"]
    site = site_of(settings(**few), store)
    mine = Feed("mine", "urn:f", "mine", FeedKind.QUERY, "lang:vi -is:seed")
    assert len(render(store, mine, site, SETTINGS).entries) == 2
    with store.transaction() as transaction:
        store.feeds.note_seen(transaction, ["mine"], store.entries.change())
    bring(store, COAST, replace(SECOND, language="th", digest="2"), now=NOW + 2 * HOUR)
    assert len(render(store, mine, site, SETTINGS).entries) == 2
    assert store.feeds.stale(mine, definition(store, "mine"))


def definition(store: Store, slug: str) -> str:
    found = store.connection.execute("SELECT definition FROM feeds WHERE slug = ?", (slug,)).fetchone()
    return str(found[0])


# Lent texts


MORE = (
    "The postman went round on skis and left the newspapers with the baker, whose oven was the only warm place between"
    " the church and the mill; towards evening a plough came up from the coast, and the first cars followed it slowly."
)
FULLER = entry(COAST, "second", language="vi", content=f"<p>{LONG} {MORE}</p>")


@pytest.fixture
def lent(store: Store) -> Store:
    bring(store, COAST, FULLER, now=NOW + 4 * HOUR)
    return store


def item_of(store: Store, one: Entry, slug: str = "all") -> dict[str, Any]:
    publish(store, SETTINGS, NOW + 9 * HOUR, wanted=[slug])
    found = store.representations.of(f"/feeds/{slug}.json")
    assert found
    (item,) = [item for item in json.loads(found.body)["items"] if item["id"] == one.id]
    return dict(item)


def test_a_lead_with_a_summary_alone_shows_a_copy_s_text_and_says_whose_it_is(store: Store) -> None:
    before = item_of(store, FIRST)
    bring(store, COAST, FULLER, now=NOW + 4 * HOUR)
    after = item_of(store, FIRST)
    assert after["content_html"] == (
        f'<p>{LONG} {MORE}</p>\n<p>Full text: <a href="{SECOND.permalink}">Coast</a></p>'
        f'\n<p>Source: <a href="{FIRST.permalink}">Hills</a></p>'
    )
    assert after["_seedfeed"]["content_from"] == {
        "title": "Title of second",
        "url": SECOND.permalink,
        "source": "Coast",
    }
    kept = ("date_modified", "date_published", "title", "summary", "url")
    assert [after[key] for key in kept] == [before[key] for key in kept]


@pytest.mark.parametrize(
    ("changed", "of"),
    [
        (replace(COAST, content="summary"), "the lender's text is not published whole"),
        (replace(COAST, private=True), "the lender is private"),
        (replace(HILLS, content="summary"), "the borrower's text is not to be published whole"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_text_that_may_not_be_published_whole_is_not_lent(lent: Store, changed: Any, of: str) -> None:
    assert MORE in item_of(lent, FIRST)["content_html"]
    subscribe(lent, changed)
    item = item_of(lent, FIRST)
    assert MORE not in item["content_html"], of
    assert "content_from" not in item["_seedfeed"]


def test_a_lent_text_changes_with_its_lender_and_goes_with_it(lent: Store) -> None:
    item_of(lent, FIRST)
    bring(lent, COAST, entry(COAST, "second", content=f"<p>{LONG} {MORE} And more.</p>"), now=NOW + 5 * HOUR)
    assert f"{MORE} And more." in item_of(lent, FIRST)["content_html"]
    withdraw(lent, SECOND)
    assert MORE not in item_of(lent, FIRST)["content_html"]


# Publishing again


@pytest.mark.parametrize("one", [FIRST, SECOND, OWN], ids=["a lead", "a folded entry", "a linked seed"])
@pytest.mark.parametrize("event", ["changed", "withdrawn", "hidden and back"])
def test_what_names_an_entry_is_published_again_with_it(store: Store, one: Entry, event: str) -> None:
    """Whatever happens: what was published step by step is what would be published at once."""
    slugs = ["all", "seeds", "source-hills", "source-coast", "source-marsh", "category-sea", "lang-vi"]
    publish(store, SETTINGS, NOW + 8 * HOUR, wanted=slugs)
    later = NOW + 9 * HOUR
    if event == "changed":
        renewed = replace(one, title="Another headline", digest="2")
        if one == OWN:
            plant(store, renewed, now=later)
        else:
            bring(store, SOURCES[one.source_id], renewed, now=later)
    else:
        with store.transaction() as transaction:
            store.withdrawals.hide(transaction, one.id, later, "by hand")
    if event == "hidden and back":
        publish(store, SETTINGS, later)
        with store.transaction() as transaction:
            store.withdrawals.unhide(transaction, one.id, later, "by hand")
    publish(store, SETTINGS, later)
    rows = store.connection.execute("SELECT path, body FROM representations").fetchall()
    stepwise = {row["path"]: row["body"] for row in rows}
    with store.transaction():
        store.connection.execute("DELETE FROM fragments")
    assert publish(store, SETTINGS, later, everything=True).changed == ()
    assert len(stepwise) == 3 * len(slugs)


@pytest.mark.parametrize("renamed", [HILLS, COAST, MARSH])
def test_a_source_s_new_name_stands_wherever_it_is_named(store: Store, renamed: Any) -> None:
    publish(store, SETTINGS, NOW + 8 * HOUR, wanted=["source-hills", "source-coast", "source-marsh"])
    subscribe(store, replace(renamed, title="New name"))
    publish(store, SETTINGS, NOW + 9 * HOUR)
    with store.transaction():
        store.connection.execute("DELETE FROM fragments")
    assert publish(store, SETTINGS, NOW + 9 * HOUR, everything=True).changed == ()
    own = item_of(store, OWN, "seeds")["_seedfeed"]["related"]
    assert "New name" in [other["source"] for other in own]


# What commands tell


def test_entries_tell_their_story_and_which_are_folded(store: Store, tmp_path: Path) -> None:
    bring(store, HILLS, entry(HILLS, "alone"))
    lines = {
        line["id"]: (line["story"], line["folded"]) for line in entry_lines(home(tmp_path), SETTINGS, "", "", None)
    }
    assert lines == {
        FIRST.id: (FIRST.id, False),
        SECOND.id: (FIRST.id, True),
        THIRD.id: (FIRST.id, True),
        OWN.id: (FIRST.id, False),
        entry(HILLS, "alone").id: (None, False),
    }


def told(root: Path, one: Entry) -> dict[str, Any]:
    return why(home(root), SETTINGS, one.id, root, NOW)


def test_why_tells_what_an_entry_repeats_and_how_that_shows(store: Store, tmp_path: Path) -> None:
    told_as(store, SECOND, "text", 0.979)
    told_as(store, OWN, "same", 0.97)
    line = told(tmp_path, SECOND)
    keys = ("duplicate_of", "folded", "how", "share", "passages")
    assert [line[key] for key in keys] == [FIRST.id, True, "text", 0.979, [LONG]]
    text = as_text(line)
    assert f"  story       under {FIRST.id} (97 % of its text stands there)\n" in text
    assert f"“{LONG}”" in text
    line = told(tmp_path, OWN)
    assert [line[key] for key in keys] == [FIRST.id, False, "same", 0.97, []]
    assert f"  story       with {FIRST.id} (97 % of" in as_text(line)
    line = told(tmp_path, FIRST)
    assert [line[key] for key in keys] == [None, False, None, None, []]
    assert "  story " not in as_text(line)


def test_why_tells_what_was_done_by_hand(store: Store, tmp_path: Path) -> None:
    told_as(store, SECOND, "hand")
    line = told(tmp_path, SECOND)
    assert (line["how"], line["share"]) == ("hand", None)
    assert f"  story       under {FIRST.id} (by hand)" in as_text(line).splitlines()
    with store.transaction():
        store.connection.execute("UPDATE stories SET lead = NULL WHERE how = 'hand'")
        store.connection.execute("UPDATE entries SET lead = NULL WHERE id = ?", (SECOND.id,))
    line = told(tmp_path, SECOND)
    assert (line["duplicate_of"], line["how"]) == (None, "hand")
    assert "  story       stands alone, by hand" in as_text(line).splitlines()


# What it costs


@pytest.mark.parametrize(
    "feed",
    [
        Feed("all", "", "", FeedKind.ALL),
        Feed("category-sea", "", "", FeedKind.CATEGORY, "sea"),
        Feed("lang-vi", "", "", FeedKind.LANG, "vi"),
        Feed("q", "", "", FeedKind.QUERY, "snow category:sea"),
    ],
    ids=lambda feed: feed.kind.value,
)
def test_no_story_makes_sqlite_read_all_entries(store: Store, feed: Feed) -> None:
    publish(store, settings(feeds={"q": {"query": feed.value or "snow"}}), NOW, wanted=[feed.slug])
    asked: list[str] = []
    store.connection.set_trace_callback(asked.append)
    assert not store.feeds.stale(feed, definition(store, feed.slug))
    store.listings.belongs(1, feed)
    store.listings.matching(parse("snow"), feed, 10)
    store.listings.published([1, 2, 3, 4], BASE)
    with store.transaction() as transaction:
        store.entries.touch_source(transaction, HILLS.key)
        store.withdrawals.withdraw(transaction, SECOND.id, NOW, "by hand")
    store.connection.set_trace_callback(None)
    plans = [
        (row["detail"], statement)
        for statement in asked
        if re.match("(SELECT|WITH|UPDATE)", statement.strip())
        for row in store.connection.execute(f"EXPLAIN QUERY PLAN {statement}")
    ]
    assert [plan for plan in plans if re.fullmatch(r"SCAN (?!named|leads|earlier|found)\w+", plan[0])] == []
    details = {detail for detail, _ in plans}
    assert "SEARCH copy USING INDEX entries_lead (lead=?)" in details
    assert "SEARCH other USING COVERING INDEX entries_lead (lead=?)" in details or feed.kind is FeedKind.QUERY
    by_number = "SEARCH before_e USING INTEGER PRIMARY KEY (rowid=?)"
    assert {detail for detail in details if "before_e" in detail} == {by_number}
