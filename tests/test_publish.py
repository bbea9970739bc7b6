"""Publishing: which documents change, what stands in them, and that they are valid whatever came in."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import etree

from feeds.automatic import feed_id
from feeds.http.conditional import etag
from feeds.model import Enclosure, Entry, FeedKind, Person
from feeds.publish.assembly import FORMATS, MOST_BYTES, render
from feeds.publish.catalogue import feeds_of, site_of
from feeds.publish.memory import FragmentMemory
from feeds.publish.regenerate import Outcome, mark_born, publish
from feeds.settings.schema import Settings
from feeds.store import Store, facts
from feeds.store.representations import Fragment
from feeds.text.dates import parse, rfc3339
from feeds.text.plaintext import xml_safe
from feeds.text.urls import absolute
from support.builders import (
    BASE,
    HOUR,
    LONG,
    NOW,
    SEEDS,
    SITE_ID,
    bring,
    changed_paths,
    entry,
    fold,
    opened,
    plant,
    settings,
    source,
    subscribe,
    withdraw,
)
from support.validity import check_atom, check_json, check_rss, refused
from worker.entries.identify import Brake
from worker.entries.ids import identity
from worker.entries.normalise import Context, normalise
from worker.model import RawEntry

HILLS = source("hills")
COAST = source("coast")
SECRET = source("secret", private=True, categories=("Secret client",))
SETTINGS = settings()
SECOND = timedelta(seconds=1)
ATOM = "{http://www.w3.org/2005/Atom}"
CHECKS = {"atom": check_atom, "rss": check_rss, "json": check_json}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(opened(tmp_path)) as made:
        subscribe(made, HILLS, COAST)
        yield made


def body(store: Store, slug: str = "all", suffix: str = "atom") -> bytes:
    found = store.representations.of(f"/feeds/{slug}.{suffix}")
    assert found is not None, f"{slug} is not published"
    return found.body


def modified(store: Store, slug: str = "all", suffix: str = "atom") -> datetime:
    found = store.representations.of(f"/feeds/{slug}.{suffix}")
    assert found is not None
    return found.last_modified


def titles(store: Store, slug: str = "all") -> list[str]:
    return [item["title"] for item in json.loads(body(store, slug, "json"))["items"]]


def updated(store: Store, slug: str = "all") -> datetime:
    found = parse(etree.fromstring(body(store, slug)).findtext(f"{ATOM}updated") or "")
    assert found is not None
    return found


def tombstones(store: Store, slug: str = "all") -> dict[str, str]:
    """When each withdrawn entry left, by id."""
    root = etree.fromstring(body(store, slug))
    stones = root.iterfind("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    return {stone.get("ref", ""): stone.get("when", "") for stone in stones}


def documents(store: Store) -> dict[str, tuple[bytes, str, datetime]]:
    """Everything that is published, by path."""
    rows = store.connection.execute("SELECT path FROM representations").fetchall()
    found = [store.representations.of(row["path"]) for row in rows]
    return {one.path: (one.body, one.etag, one.last_modified) for one in found if one}


def fragments(store: Store) -> dict[tuple[int, str], int]:
    """By entry and format; the value is another one once a fragment was rendered again."""
    rows = store.connection.execute("SELECT entry, format, rowid AS row FROM fragments")
    return {(row["entry"], row["format"]): row["row"] for row in rows}


def seen(store: Store) -> dict[str, int]:
    """Up to which change each feed was looked at."""
    return {row["slug"]: row["seen_change"] for row in store.connection.execute("SELECT * FROM feeds")}


# Nothing changed


def test_nothing_changed_is_not_a_byte_changed(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a"))
    first = publish(store, SETTINGS, NOW, wanted=["source-hills", "lang-en"])
    assert set(first.changed) == changed_paths(["all", "seeds", "source-hills", "lang-en"])
    before, looked_at = documents(store), seen(store)
    bring(store, HILLS, entry(HILLS, "a"), now=NOW + HOUR)
    assert publish(store, SETTINGS, NOW + HOUR) == Outcome((), {})
    assert seen(store) == looked_at, "no feed was even looked at"
    assert publish(store, SETTINGS, NOW + 2 * HOUR, everything=True) == Outcome((), {})
    assert documents(store) == before


def test_documents_do_not_depend_on_kept_fragments(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a", content=LONG), entry(HILLS, "b"))
    bring(store, COAST, entry(COAST, "c", content=LONG))
    publish(store, SETTINGS, NOW)
    before = documents(store)
    damaged = "UPDATE fragments SET body = CAST(replace(CAST(body AS TEXT), 'hills', 'hill') AS BLOB)"
    for what in ("DELETE FROM fragments", damaged):
        store.connection.execute(what)
        assert publish(store, SETTINGS, NOW + HOUR, everything=True).changed == ()
        assert documents(store) == before


def test_what_is_kept_in_memory_is_not_read_again_and_never_out_of_date(store: Store) -> None:
    memory = FragmentMemory()
    bring(store, HILLS, entry(HILLS, "a"), entry(HILLS, "b"))
    publish(store, SETTINGS, NOW, memory=memory)
    store.connection.execute("DELETE FROM fragments")
    bring(store, HILLS, entry(HILLS, "b", title="Edited"), entry(HILLS, "c"), now=NOW + HOUR)
    publish(store, SETTINGS, NOW + HOUR, memory=memory)
    rendered = {(number, format_.suffix) for number in (2, 3) for format_ in FORMATS}
    assert fragments(store).keys() == rendered, "the first came from memory"
    assert b"Edited" in documents(store)["/feeds/all.json"][0]
    for kept in (SETTINGS, settings(title="Other")):
        publish(store, kept, NOW + 2 * HOUR, memory=memory)
        assert publish(store, kept, NOW + 3 * HOUR, everything=True).changed == ()


def test_memory_has_a_limit_and_what_came_first_makes_space() -> None:
    memory = FragmentMemory(most_bytes=10)
    for number in (1, 2, 3):
        memory.keep({number: "new"}, "atom", {number: Fragment(b"1234")})
    everything = {1: "new", 2: "new", 3: "new"}
    assert set(memory.recall(everything, "atom")) == {2, 3}
    assert set(memory.recall(everything | {3: "newer"}, "atom")) == {2}
    assert memory.recall(everything, "rss") == {}
    memory.keep({3: "newer"}, "atom", {3: Fragment(b"123456")})
    assert set(memory.recall(everything | {3: "newer"}, "atom")) == {2, 3}, "the former one counts no more"


def test_the_same_entries_in_another_store_give_the_same_bytes(store: Store, tmp_path: Path) -> None:
    with closing(opened(tmp_path / "other")) as other:
        subscribe(other, HILLS)
        for one, moment in ((store, NOW), (other, NOW + 9 * HOUR)):
            plant(one, entry(SEEDS, "b"))
            bring(one, HILLS, entry(HILLS, "a"))
            publish(one, SETTINGS, moment)
        bodies = [{path: found[0] for path, found in documents(one).items()} for one in (store, other)]
        assert bodies[0] == bodies[1]


def test_what_is_published_can_be_served_as_it_is(store: Store) -> None:
    bring(store, HILLS, *(entry(HILLS, name) for name in "abc"))
    publish(store, SETTINGS, NOW)
    for format_ in FORMATS:
        found = store.representations.of(f"/feeds/all.{format_.suffix}")
        assert found is not None
        assert found.media_type == format_.media_type
        assert found.etag == etag(found.body)
        assert found.last_modified == NOW


# Work in proportion


def test_one_new_entry_writes_as_many_rows_in_a_long_feed_as_in_a_short_one(store: Store) -> None:
    written = []
    for number in (5, 45):
        bring(store, HILLS, *(entry(HILLS, f"{number}-{n}") for n in range(number)))
        publish(store, SETTINGS, NOW + HOUR, wanted=["source-hills"])
        bring(store, HILLS, entry(HILLS, f"{number}-new"), now=NOW + 2 * HOUR)
        before = store.connection.total_changes
        assert publish(store, SETTINGS, NOW + 2 * HOUR).changed
        written.append(store.connection.total_changes - before)
    assert written[1] == written[0]


def test_new_entries_cost_as_much_in_a_large_store_as_in_a_small_one(store: Store) -> None:
    """In hundreds of steps of SQLite's machine, which has statistics as a store has after its first cycle."""
    short, counted, steps = settings(feed_span="0s"), [], list[int]()
    several = [HILLS, COAST]
    for number in (60, 600):
        moments = [NOW - timedelta(hours=number + n) for n in range(number)]
        for one in several:
            bring(store, one, *(entry(one, f"{number}-{at}", language="en", published=at) for at in moments))
        publish(store, short, NOW + HOUR, wanted=["source-hills", "lang-en"])
        store.connection.execute("ANALYZE")
        bring(store, HILLS, *(entry(HILLS, f"{number}-new-{n}", language="en") for n in range(9)), now=NOW + 2 * HOUR)
        before = len(steps)
        store.connection.set_progress_handler(lambda: steps.append(1), 100)
        publish(store, short, NOW + 2 * HOUR)
        # There is nothing new any more.
        publish(store, short, NOW + 3 * HOUR)
        store.connection.set_progress_handler(None, 100)
        counted.append(len(steps) - before)
    assert counted[1] < 1.2 * counted[0]


def test_only_feeds_that_a_changed_entry_belongs_to_are_looked_at(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a", language="en"))
    bring(store, COAST, entry(COAST, "b", language="vi"))
    wanted = ["source-hills", "source-coast", "lang-en", "lang-vi"]
    publish(store, SETTINGS, NOW, wanted=wanted)
    bring(store, COAST, entry(COAST, "c", language="vi"), now=NOW + HOUR)
    outcome = publish(store, SETTINGS, NOW + HOUR)
    assert set(outcome.changed) == changed_paths(["all", "source-coast", "lang-vi"])
    # The others need not look through what came for these again.
    assert set(seen(store).values()) == {store.entries.change()}


def test_only_fragments_of_changed_entries_are_rendered(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a"), entry(HILLS, "b"))
    publish(store, SETTINGS, NOW)
    before = fragments(store)
    assert set(before) == {(n, format_.suffix) for n in (1, 2) for format_ in FORMATS}
    bring(store, HILLS, entry(HILLS, "b", title="Mended"), entry(HILLS, "c"), now=NOW + HOUR)
    publish(store, SETTINGS, NOW + HOUR, wanted=["source-hills", "lang-en"])
    after = fragments(store)
    assert {key[0] for key in after.keys() - before.keys()} == {3}
    assert {key[0] for key in before if after[key] != before[key]} == {2}


def test_a_feed_asked_for_later_takes_the_kept_fragments(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a"))
    publish(store, SETTINGS, NOW)
    before = fragments(store)
    publish(store, SETTINGS, NOW, wanted=["source-hills"])
    assert fragments(store) == before


def test_a_change_in_an_entry_beyond_the_window_changes_no_bytes(store: Store) -> None:
    small = settings(feed_limit=1, feed_span="0s")
    bring(store, HILLS, entry(HILLS, "a"))
    bring(store, HILLS, entry(HILLS, "b"), now=NOW + HOUR)
    publish(store, small, NOW + HOUR)
    store.connection.execute("UPDATE entries SET change = 99 WHERE n = 1")
    assert publish(store, small, NOW + 2 * HOUR).changed == ()


# Which feeds


def test_source_category_and_language_feeds_wait_until_they_are_asked_for(store: Store) -> None:
    one = entry(SEEDS, "a", categories=("Sport",), language="vi")
    plant(store, one)
    bring(store, HILLS, entry(HILLS, "b", language="vi"))
    publish(store, settings(feeds={"mine": {"query": "is:seed"}}), NOW)
    assert seen(store).keys() == {"all", "seeds", "mine"}
    plant(store, replace(one, title="Mended", digest="2"), now=NOW + HOUR)
    wishes = ["category-sport", "lang-vi", "source-hills", "source-nobody", "lang-xx"]
    outcome = publish(store, settings(feeds={"mine": {"query": "is:seed"}}), NOW + HOUR, wanted=wishes)
    lazy = {"category-sport", "lang-vi", "source-hills"}
    assert set(outcome.changed) == changed_paths({"all", "seeds", "mine"} | lazy)
    plant(store, replace(one, title="Mended again", digest="3"), now=NOW + 2 * HOUR)
    outcome = publish(store, settings(feeds={"mine": {"query": "is:seed"}}), NOW + 2 * HOUR)
    assert set(outcome.changed) == changed_paths({"all", "seeds", "mine", "category-sport", "lang-vi"})


@pytest.mark.parametrize(
    "later",
    [settings(), settings(publish={"automatic": ["all"]}, feeds={"mine": {}})],
    ids=["a configured feed", "an automatic one"],
)
def test_a_feed_that_settings_no_longer_name_is_dropped_with_its_documents(store: Store, later: Settings) -> None:
    publish(store, settings(feeds={"mine": {}}), NOW)
    assert seen(store).keys() == {"all", "seeds", "mine"}
    publish(store, later, NOW + HOUR)
    kept = {"all", "seeds"} if not later.feeds else {"all", "mine"}
    assert seen(store).keys() == kept
    assert documents(store).keys() == changed_paths(kept)


def test_a_changed_definition_changes_its_feed_and_no_other(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a"))
    publish(store, settings(feeds={"mine": {"title": "Mine"}}), NOW)
    outcome = publish(store, settings(feeds={"mine": {"title": "Ours"}}), NOW + HOUR)
    assert set(outcome.changed) == changed_paths(["mine"])


def test_ids_of_feeds_are_of_the_site_and_outlive_its_address(store: Store) -> None:
    publish(store, SETTINGS, NOW)
    publish(store, settings(base_url="https://other.example"), NOW + HOUR)
    assert etree.fromstring(body(store)).findtext(f"{ATOM}id") == feed_id(SITE_ID, "all")


# What stands in them


def test_entries_stand_in_the_order_in_which_they_came_not_of_their_dates(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a", published=NOW - HOUR))
    plant(store, entry(SEEDS, "old", published=NOW - timedelta(days=400)), now=NOW + HOUR)
    publish(store, SETTINGS, NOW + HOUR)
    assert titles(store) == ["Title of old", "Title of a"]
    bring(store, HILLS, entry(HILLS, "a", published=NOW - HOUR, summary="Other."), now=NOW + 2 * HOUR)
    publish(store, SETTINGS, NOW + 2 * HOUR)
    assert titles(store) == ["Title of a", "Title of old"], "what changed goes to the top"


def test_entries_of_one_moment_stand_by_their_own_dates_newest_first(store: Store) -> None:
    entries = [entry(HILLS, str(hour), published=NOW - hour * HOUR) for hour in (2, 3, 1)]
    bring(store, HILLS, *entries)
    publish(store, SETTINGS, NOW)
    assert titles(store) == ["Title of 1", "Title of 2", "Title of 3"]


def test_a_backlog_stands_by_its_own_dates_and_only_its_newest_are_shared(store: Store) -> None:
    plant(store, entry(SEEDS, "own"), now=NOW - 30 * HOUR)
    entries = [entry(HILLS, str(day), published=NOW - timedelta(days=day)) for day in (1, 2, 3)]
    bring(store, HILLS, *entries, first=True, brake=Brake(backlog=2, burst=0))
    publish(store, SETTINGS, NOW, wanted=["source-hills"])
    assert titles(store) == ["Title of 1", "Title of own", "Title of 2"]
    assert titles(store, "source-hills") == ["Title of 1", "Title of 2", "Title of 3"]


@pytest.mark.parametrize(
    ("limit", "span", "count"),
    [(2, "0s", 2), (2, "3h", 4), (1, "0s", 1), (50, "24h", 6)],
)
def test_a_document_holds_the_limit_and_all_within_the_span(store: Store, limit: int, span: str, count: int) -> None:
    for hour in range(6):
        bring(store, HILLS, entry(HILLS, str(hour)), now=NOW + hour * HOUR)
    publish(store, settings(feed_limit=limit, feed_span=span), NOW + 9 * HOUR)
    assert titles(store) == [f"Title of {hour}" for hour in (5, 4, 3, 2, 1, 0)][:count]
    for suffix, entries in (("atom", f"{ATOM}entry"), ("rss", "channel/item")):
        assert len(etree.fromstring(body(store, suffix=suffix)).findall(entries)) == count


def test_a_configured_feed_has_a_limit_and_a_query_of_its_own(store: Store) -> None:
    for hour in range(3):
        bring(store, HILLS, entry(HILLS, str(hour)), now=NOW + hour * HOUR)
    bring(store, COAST, entry(COAST, "c"), now=NOW + 9 * HOUR)
    feeds = {"mine": {"query": "source:hills", "limit": 2}}
    publish(store, settings(feed_span="0s", feeds=feeds), NOW)
    assert titles(store, "mine") == ["Title of 2", "Title of 1"]


def test_an_entry_as_large_as_a_document_may_be_stands_alone(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a"))
    bring(store, HILLS, entry(HILLS, "big", content="snow " * (MOST_BYTES // 5)), now=NOW + HOUR)
    publish(store, SETTINGS, NOW + HOUR)
    assert titles(store) == ["Title of big"]


@pytest.mark.parametrize(("duplicates", "count"), [("fold", 1), ("all", 2)])
def test_duplicates_are_folded_in_all_and_shown_in_the_feeds_of_their_sources(
    store: Store, duplicates: str, count: int
) -> None:
    bring(store, HILLS, entry(HILLS, "a", content=LONG))
    bring(store, COAST, entry(COAST, "b", content=LONG), now=NOW + HOUR)
    with_feed = settings(feeds={"mine": {"duplicates": duplicates}})
    publish(store, with_feed, NOW + HOUR, wanted=["source-hills", "source-coast"])
    assert titles(store) == ["Title of a"]
    assert titles(store, "source-hills") == ["Title of a"]
    assert titles(store, "source-coast") == ["Title of b"]
    assert len(titles(store, "mine")) == count
    (item,) = json.loads(body(store, "all", "json"))["items"]
    related = [{"title": "Title of b", "url": "https://coast.example/b", "source": "Coast"}]
    assert item["_seedfeed"]["related"] == related


def test_a_duplicate_is_shown_where_its_lead_does_not_stand(store: Store) -> None:
    """A feed that lists one outlet only must not lose the story because another outlet was first."""
    bring(store, HILLS, entry(HILLS, "a", content=LONG))
    bring(store, COAST, entry(COAST, "b", content=LONG), now=NOW + HOUR)
    both = settings(feeds={"coast": {"query": "source:coast"}, "both": {"query": "source:coast OR source:hills"}})
    publish(store, both, NOW + HOUR)
    assert titles(store, "coast") == ["Title of b"]
    assert titles(store, "both") == ["Title of a"]


def test_when_a_lead_is_withdrawn_the_next_of_its_story_leads_the_others(store: Store) -> None:
    marsh = source("marsh")
    subscribe(store, marsh)
    lead = entry(HILLS, "a", content=LONG)
    bring(store, HILLS, lead)
    bring(store, COAST, entry(COAST, "b", content=LONG), now=NOW + HOUR)
    bring(store, marsh, entry(marsh, "c", content=LONG), now=NOW + 2 * HOUR)
    withdraw(store, lead, now=NOW + 3 * HOUR)
    fold(store, now=NOW + 3 * HOUR)
    publish(store, settings(), NOW + 3 * HOUR)
    assert titles(store) == ["Title of b"]
    (item,) = json.loads(body(store, "all", "json"))["items"]
    assert [one["title"] for one in item["_seedfeed"]["related"]] == ["Title of c"]


def test_a_link_to_another_outlet_goes_when_its_entry_is_withdrawn(store: Store) -> None:
    copy = entry(COAST, "b", content=LONG)
    bring(store, HILLS, entry(HILLS, "a", content=LONG))
    bring(store, COAST, copy)
    publish(store, SETTINGS, NOW)
    assert copy.permalink.encode() in body(store)
    withdraw(store, copy, now=NOW + HOUR)
    publish(store, SETTINGS, NOW + HOUR)
    assert b"coast.example/b" not in body(store, "all", "json")
    assert list(tombstones(store)) == [copy.id]


def test_private_sources_stand_in_no_automatic_feed(store: Store) -> None:
    subscribe(store, SECRET)
    bring(store, HILLS, entry(HILLS, "a", content=LONG))
    bring(store, SECRET, entry(SECRET, "b", content=LONG), entry(SECRET, "c", language="fi"))
    site = site_of(SETTINGS, store)
    slugs = feeds_of(SETTINGS, store, site).keys()
    assert slugs == {"all", "seeds", "source-hills", "source-coast", "lang-en"}
    publish(store, SETTINGS, NOW, wanted=[*slugs, "source-secret", "category-secret-client", "lang-fi"])
    assert seen(store).keys() == slugs
    assert not [path for path, found in documents(store).items() if b"ecret" in found[0]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("snow", ["a"]),
        ("source:secret", ["b"]),
        ("source:hills OR (source:secret snow)", ["a", "b"]),
        ("snow -source:hills", []),
        ("-source:coast -source:secret", ["a"]),
    ],
)
def test_a_private_source_stands_only_in_feeds_whose_query_names_it(store: Store, query: str, found: list[str]) -> None:
    subscribe(store, SECRET)
    bring(store, HILLS, entry(HILLS, "a", content="<p>Snow on the hills.</p>"))
    bring(store, SECRET, entry(SECRET, "b", content="<p>Snow elsewhere, nobody knows where.</p>"))
    mine = settings(feeds={"mine": {"query": query}})
    publish(store, mine, NOW)
    assert sorted(titles(store, "mine")) == [f"Title of {name}" for name in found]


def test_a_source_that_becomes_private_leaves_every_feed(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a", content=LONG))
    bring(store, COAST, entry(COAST, "b", content=LONG), entry(COAST, "c", language="vi"))
    publish(store, SETTINGS, NOW, wanted=["source-coast", "lang-vi"])
    subscribe(store, replace(COAST, private=True))
    publish(store, SETTINGS, NOW + HOUR)
    assert not [path for path, found in documents(store).items() if b"oast" in found[0]]


# Tombstones


def test_a_withdrawn_entry_leaves_a_tombstone_where_it_stood(store: Store) -> None:
    one, other = entry(SEEDS, "a", categories=("Sport",)), entry(SEEDS, "b")
    plant(store, one, other)
    publish(store, SETTINGS, NOW, wanted=["category-sport", "source-hills"])
    withdraw(store, one, now=NOW + HOUR)
    outcome = publish(store, SETTINGS, NOW + HOUR)
    assert set(outcome.changed) == changed_paths(["all", "seeds", "category-sport"])
    for slug, left in (("all", ["Title of b"]), ("seeds", ["Title of b"]), ("category-sport", [])):
        assert titles(store, slug) == left
        assert tombstones(store, slug) == {one.id: rfc3339(NOW + HOUR)}
        assert updated(store, slug) == NOW + HOUR


def test_a_tombstone_goes_when_its_entry_is_put_back(store: Store) -> None:
    one, other = entry(SEEDS, "a"), entry(SEEDS, "b")
    plant(store, one, other)
    withdraw(store, one, now=NOW + HOUR)
    publish(store, SETTINGS, NOW + HOUR)
    plant(store, one, now=NOW + 2 * HOUR)
    publish(store, SETTINGS, NOW + 2 * HOUR)
    assert tombstones(store) == {}
    assert titles(store) == ["Title of a", "Title of b"]
    assert updated(store) == NOW + 2 * HOUR


def test_tombstones_stay_for_thirty_days_of_the_newest_one(store: Store) -> None:
    ages = {"a": 0, "b": 30, "c": 31}
    entries = {name: entry(SEEDS, name) for name in ages}
    plant(store, *entries.values())
    for name, days in ages.items():
        withdraw(store, entries[name], now=NOW - timedelta(days=days))
    publish(store, SETTINGS, NOW)
    assert list(tombstones(store)) == [entries["a"].id, entries["b"].id]


def test_tombstones_stand_where_an_entry_was_published_until_it_is_back(store: Store) -> None:
    one, other = entry(SEEDS, "a", language="en"), entry(SEEDS, "b", language="en")
    plant(store, one, other)
    short = SETTINGS.model_copy(update={"feed_limit": 1})
    slugs = ("lang-en", "lang-vi", "seeds")
    publish(store, short, NOW, wanted=slugs)
    one = entry(SEEDS, "a", language="vi", content="<p>Bằng tiếng Việt.</p>")
    plant(store, one, now=NOW + HOUR)
    withdraw(store, one, now=NOW + 2 * HOUR)
    publish(store, short, NOW + 2 * HOUR, wanted=slugs)
    for slug in slugs:
        assert list(tombstones(store, slug)) == [one.id]
    plant(store, replace(one, title="Back"), now=NOW + 3 * HOUR)
    publish(store, short, NOW + 3 * HOUR)
    for slug in slugs:
        assert tombstones(store, slug) == {}


def test_tombstones_of_a_feed_are_not_looked_for_among_those_of_others(store: Store) -> None:
    bring(store, HILLS, gone := entry(HILLS, "a", language="en"))
    withdraw(store, gone)
    publish(store, SETTINGS, NOW, wanted=["source-hills", "lang-en"])
    feeds = feeds_of(SETTINGS, store, site_of(SETTINGS, store))

    def steps() -> int:
        counted: list[int] = []
        store.connection.set_progress_handler(lambda: counted.append(1), 10)
        found = [store.listings.tombstones(feeds[slug]) for slug in ("source-hills", "lang-en")]
        store.connection.set_progress_handler(None, 10)
        assert [[stone.id for stone in row] for row in found] == [[gone.id]] * 2
        return len(counted)

    before = steps()
    bring(store, COAST, *(entry(COAST, f"gone-{n}", language="vi") for n in range(300)), now=NOW + HOUR)
    with store.transaction() as transaction:
        store.withdrawals.remove_of(transaction, COAST.key, NOW + HOUR, "no longer followed")
    assert steps() <= before + 1


# Moments


def test_updated_is_the_moment_of_the_newest_change(store: Store) -> None:
    publish(store, SETTINGS, NOW)
    assert updated(store) == NOW - timedelta(days=365), "an empty feed is as old as its store"
    one = entry(SEEDS, "a")
    (planted,) = plant(store, one, now=NOW)
    publish(store, SETTINGS, NOW + HOUR)
    assert updated(store) == planted.entry.updated
    (edited,) = plant(store, replace(one, title="Mended", digest="2"), now=NOW + 2 * HOUR)
    publish(store, SETTINGS, NOW + 9 * HOUR)
    assert updated(store) == edited.entry.updated


def test_an_entry_that_comes_with_an_old_date_changes_the_feed_when_it_comes(store: Store) -> None:
    plant(store, entry(SEEDS, "a"), now=NOW)
    bring(store, HILLS, entry(HILLS, "old", published=NOW - timedelta(days=2)), now=NOW + HOUR)
    publish(store, SETTINGS, NOW + HOUR)
    assert titles(store) == ["Title of old", "Title of a"]
    assert updated(store) == NOW + HOUR


def test_a_changed_base_url_changes_bytes_but_moves_no_updated(store: Store) -> None:
    plant(store, entry(SEEDS, "a"))
    publish(store, SETTINGS, NOW)
    before, was = body(store), updated(store)
    moved = settings(base_url="https://other.example/news")
    outcome = publish(store, moved, NOW + HOUR)
    assert set(outcome.changed) == changed_paths(["all", "seeds"])
    assert BASE.encode() not in body(store)
    assert b"https://other.example/news/feeds/all.atom" in body(store)
    assert updated(store) == was
    publish(store, SETTINGS, NOW + 2 * HOUR)
    assert body(store) == before


def test_updated_and_last_modified_never_run_backwards(store: Store) -> None:
    one = entry(HILLS, "a")
    bring(store, HILLS, one)
    publish(store, SETTINGS, NOW)
    was = updated(store)
    subscribe(store, replace(HILLS, private=True))
    publish(store, SETTINGS, NOW - HOUR)
    assert titles(store) == []
    assert updated(store) >= was
    assert modified(store) == NOW + SECOND


def test_last_modified_moves_by_at_least_a_second_and_only_with_the_bytes(store: Store) -> None:
    publish(store, SETTINGS, NOW.replace(microsecond=900_000))
    assert modified(store) == NOW, "whole seconds"
    for count in (1, 2):
        bring(store, HILLS, entry(HILLS, str(count)))
        publish(store, SETTINGS, NOW)
        assert modified(store) == NOW + count * SECOND
        assert modified(store, "seeds") == NOW
    bring(store, HILLS, entry(HILLS, "later"))
    publish(store, SETTINGS, NOW + HOUR)
    assert modified(store) == NOW + HOUR


def test_a_store_remembers_when_it_was_born_and_whose_it_is(store: Store) -> None:
    born = store.facts.get(facts.BORN_US)
    with store.transaction() as transaction:
        mark_born(store, transaction, "urn:uuid:00000000-0000-4000-8000-000000000000", NOW)
    assert site_of(SETTINGS, store).id.endswith("-000000000000")
    assert store.facts.get(facts.BORN_US) == born


# The gate


def test_a_damaged_fragment_is_rendered_again_and_harms_no_document(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a"))
    publish(store, SETTINGS, NOW)
    bring(store, COAST, entry(COAST, "b"), now=NOW + HOUR)
    # What a disk that forgets would leave: a broken fragment of the new entry, kept as a good one.
    (key,) = store.connection.execute("SELECT key FROM fragments WHERE entry = 1 AND format = 'rss'").fetchone()
    keys = {2: f"{store.entries.change()}.{key.partition('.')[2]}"}
    with store.transaction() as transaction:
        store.representations.keep_fragments(transaction, "rss", keys, {2: Fragment(b"<item>")})
    outcome = publish(store, SETTINGS, NOW + HOUR)
    assert outcome.held == {}
    assert set(outcome.changed) == changed_paths(["all"])
    valid(store, SETTINGS, NOW + HOUR)
    assert titles(store) == ["Title of b", "Title of a"]


# Whatever comes in


def valid(store: Store, site: Settings, now: datetime) -> None:
    """Every published document passes the validator's rules."""
    for path, found in documents(store).items():
        check = CHECKS[path.rpartition(".")[2]]
        faults = refused(check(found[0], f"{site.base_url}{path}", now))
        # A JSON text is plain by its standard, whatever it looks like; there is no type=html to say so.
        assert not [fault for fault in faults if (check, fault.code) != (check_json, "ContainsHTML")], path


def test_a_house_full_of_everything_is_valid(store: Store) -> None:
    subscribe(store, replace(HILLS, categories=("World news",)), SECRET)
    withdrawn = entry(SEEDS, "gone")
    plant(
        store, withdrawn,
        entry(SEEDS, "a", title="Tô Lâm", language="vi", categories=("Chính trị",), credit="TTXVN"),
    )  # fmt: skip
    bring(
        store, HILLS,
        entry(HILLS, "a", content=LONG, authors=(Person("Ada", "a@mail.example", "https://ada.example"), Person("Bo"))),
        entry(HILLS, "b", enclosures=(Enclosure("https://example.com/a.mp3", "audio/mpeg", 12),
                                     Enclosure("https://example.com/b.jpg", "image/jpeg"))),
        entry(HILLS, "c", title="<b> & &copy AT&T", summary="1 < 2 & 3", content="<p>1 &lt; 2</p>"),
    )  # fmt: skip
    bring(store, COAST, entry(COAST, "b", content=LONG))
    withdraw(store, withdrawn)
    rich = settings(subtitle="News & views", author="Toà soạn", feeds={"mine": {"query": "snow OR is:seed"}})
    everything = feeds_of(rich, store, site_of(rich, store))
    publish(store, rich, NOW + HOUR, wanted=everything)
    assert seen(store).keys() == everything.keys()
    valid(store, rich, NOW + HOUR)


def test_an_empty_site_is_valid(store: Store) -> None:
    publish(store, SETTINGS, NOW, wanted=["source-hills"])
    valid(store, SETTINGS, NOW)


ODD = st.sampled_from(
    ["", " ", "Tô Lâm", "<b>x</b>", "&amp;copy", "AT&T <", "]]>", "\x00\x0b", "\x85", "\ud800", "\ufffe", "🙂", "a" * 9]
)  # fmt: skip
TEXT = st.lists(ODD | st.text(max_size=12), max_size=3).map("".join)
# Validators take "R&D2" for HTML in a name, and an Atom name has no type=html to say that it is none.
NAME = TEXT.filter(lambda words: all(name.isalpha() for name in re.findall(r"&(\w+)", xml_safe(words))))
LINK = st.sampled_from(
    ["", "/a b", "https://example.com/?q=[x|y]", "http://", "javascript:alert(1)", "//example.com/ü",
     "mailto:a@b.example", "https://user:word@example.com/", "https://example.com/#a b"]
) | TEXT  # fmt: skip
HTML = st.sampled_from(
    ["", "<p>Text</p>", "<p><a href='/x'>y<i>z</a>", "<script>x</script>", "<img src=x onerror=y>", "<table><td>x",
     "<svg><p>x</svg>", "a < b & c", "<iframe src=//x.example></iframe>", "<p style='x:y'>z", "&nbsp;&#0;&bogus;"]
) | TEXT  # fmt: skip
DATE = st.sampled_from(["", "2024-12-16", "Mon, 16 Dec 2024 05:00:00 GMT", "1970-01-01", "2999-01-01", "soon"])
RAW = st.builds(
    RawEntry,
    guid=st.sampled_from(["", "17", "https://example.com/1", "urn:x:1", "tag:x,2024:1"]) | TEXT,
    link=LINK,
    title=TEXT,
    title_html=st.booleans(),
    summary=HTML,
    summary_text=st.booleans(),
    content=HTML,
    content_text=st.booleans(),
    published=DATE,
    updated=DATE,
    authors=st.lists(st.builds(Person, NAME, TEXT, LINK), max_size=2).map(tuple),
    categories=st.lists(TEXT, max_size=2).map(tuple),
    enclosures=st.lists(
        st.builds(
            Enclosure,
            LINK,
            st.sampled_from(["", "audio/mpeg", "*/*", "x"]),
            st.none() | st.integers(-1, 9),
            st.none() | st.integers(1, 10**6),
            NAME,
            group=st.integers(0, 1),
        ),
        max_size=2,
    ).map(tuple),
    language=st.sampled_from(["", "vi", "en_US", "xx-invalid!"]) | TEXT,
    credit=NAME,
    comments=LINK,
    image=LINK,
    rights=TEXT,
    duration=st.sampled_from(["", "1:02", "x"]),
    explicit=st.none() | st.booleans(),
    via=LINK,
)  # fmt: skip


def normalised(raw: RawEntry) -> Entry:
    base = HILLS.url
    link = absolute(raw.link, raw.base or base)
    id_ = identity(HILLS.key, raw.guid, link, raw.title, raw.content or raw.summary)
    return normalise(raw, Context(HILLS, base, NOW), id_)


@given(st.lists(RAW, max_size=4), st.lists(st.integers(0, 3), max_size=2))
@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_source_says_documents_are_valid_and_the_same_twice(raws: list[RawEntry], gone: list[int]) -> None:
    with TemporaryDirectory() as root, closing(opened(Path(root))) as store:
        subscribe(store, HILLS)
        decisions = bring(store, HILLS, *map(normalised, raws))
        for n in sorted({n for n in gone if n < len(decisions)}):
            withdraw(store, decisions[n].entry)
        plant(store, entry(SEEDS, "a"))
        publish(store, SETTINGS, NOW, wanted=["source-hills", "lang-vi"])
        valid(store, SETTINGS, NOW)
        before = documents(store)
        store.connection.execute("DELETE FROM fragments")
        assert publish(store, SETTINGS, NOW + HOUR, everything=True) == Outcome((), {})
        assert documents(store) == before


STORABLE = NAME.map(lambda words: words.encode("utf-8", "replace").decode())
ENTRY: st.SearchStrategy[Mapping[str, Any]] = st.fixed_dictionaries(
    {
        "title": STORABLE.filter(bool),
        "summary": STORABLE,
        "credit": STORABLE,
        "categories": st.lists(STORABLE, max_size=2).map(tuple),
        "authors": st.lists(st.builds(Person, STORABLE, STORABLE, STORABLE), max_size=2).map(tuple),
        "permalink": STORABLE,
        "language": st.sampled_from(["", "vi", "nonsense!"]),
    }
)


@given(st.lists(ENTRY, min_size=1, max_size=3))
@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_one_bad_text_that_came_through_costs_no_feed(rows: list[Mapping[str, Any]]) -> None:
    """The second line of defence: what normalising should have cleaned is cleaned again."""
    with TemporaryDirectory() as root, closing(opened(Path(root))) as store:
        subscribe(store, HILLS)
        bring(store, HILLS, *(entry(HILLS, str(n), **row) for n, row in enumerate(rows)))
        publish(store, SETTINGS, NOW)
        valid(store, SETTINGS, NOW)


def test_render_gives_what_publish_publishes_and_keeps_nothing_unless_told(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a"))
    site = site_of(SETTINGS, store)
    feed = feeds_of(SETTINGS, store, site)["all"]
    assert feed.kind is FeedKind.ALL
    rendered = render(store, feed, site, SETTINGS)
    assert fragments(store) == {}
    publish(store, SETTINGS, NOW)
    assert rendered.bodies == {suffix: body(store, "all", suffix) for suffix in ("atom", "rss", "json")}
    assert rendered.entries == (1,)
