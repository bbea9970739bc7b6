"""Archive documents (RFC 5005), deltas (RFC 3229) and tombstones: what a feed said before, and what it says since."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import settings as runs
from hypothesis import strategies as st
from lxml import etree

from feeds.http.conditional import etag
from feeds.model import Decision, Feed, Representation, Verdict
from feeds.publish import history
from feeds.publish.assembly import render
from feeds.publish.catalogue import feeds_of, site_of
from feeds.publish.regenerate import publish
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import Store
from support.builders import BASE, HOUR, NOW, bring, entry, opened, settings, source, subscribe, withdraw
from support.validity import check_atom, refused
from worker.entries.identify import Brake

HILLS = source("hills")
SETTINGS = settings(feed_limit=10, feed_span="1h")
ATOM = "{http://www.w3.org/2005/Atom}"
SUFFIXES = ("atom", "rss", "json")
STONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
FH = "{http://purl.org/syndication/history/1.0}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(opened(tmp_path)) as made:
        subscribe(made, HILLS)
        yield made


def feed(store: Store, slug: str = "all", site: Settings = SETTINGS) -> Feed:
    return feeds_of(site, store, site_of(site, store))[slug]


def archive(store: Store, number: int, slug: str = "all", site: Settings = SETTINGS) -> Representation | None:
    return history.archive(store, feed(store, slug, site), site_of(site, store), number)


def newest(store: Store, slug: str = "all", suffix: str = "atom") -> bytes:
    found = store.representations.of(f"/feeds/{slug}.{suffix}")
    assert found is not None
    return found.body


def delta(store: Store, tag: str, slug: str = "all", suffix: str = "atom") -> bytes | None:
    return history.delta(store, site_of(SETTINGS, store), feed(store, slug), suffix, tag)


def fill(store: Store, first: int, last: int) -> datetime:
    """An entry each hour, published as it comes."""
    for number in range(first, last + 1):
        now = NOW + number * HOUR
        bring(store, HILLS, entry(HILLS, f"e{number}", content=f"<p>Words of number {number}.</p>"), now=now)
        publish(store, SETTINGS, now)
    return NOW + last * HOUR


def names(body: bytes) -> list[str]:
    return [(one.text or "").rpartition("/")[2] for one in etree.fromstring(body).iterfind(f"{ATOM}entry/{ATOM}id")]


def buried(body: bytes) -> list[str]:
    return [str(one.get("ref")).rpartition("/")[2] for one in etree.fromstring(body).iterfind(STONE)]


def links(body: bytes) -> dict[str, str]:
    found = {str(one.get("rel")): str(one.get("href")) for one in etree.fromstring(body).iterfind(f"{ATOM}link")}
    return {rel: url.removeprefix(BASE) for rel, url in found.items() if rel != "alternate"}


def walk(store: Store, body: bytes) -> list[bytes]:
    """The archive documents from the newest document backwards, as a client finds them."""
    found = []
    while url := links(body).get("prev-archive"):
        page = archive(store, int(url.rpartition("/")[2].removesuffix(".atom")))
        assert page is not None
        assert page.path == url
        found.append(body := page.body)
    return found


def test_a_feed_that_fits_into_one_document_is_complete_and_has_no_archive_links(store: Store) -> None:
    fill(store, 1, 10)
    root = etree.fromstring(newest(store))
    assert root.find(f"{FH}complete") is not None
    assert links(newest(store)) == {"self": "/feeds/all.atom", "hub": "/hub"}


def test_newest_document_and_archives_together_hold_every_entry(store: Store) -> None:
    for last in (11, 20, 21, 37):
        fill(store, 1, last)
        documents = [newest(store), *walk(store, newest(store))]
        assert etree.fromstring(documents[0]).find(f"{FH}complete") is None
        held = {name for body in documents for name in names(body)}
        assert held == {f"e{number}" for number in range(1, last + 1)}, last


def test_a_full_archive_keeps_its_bytes_while_entries_come(store: Store) -> None:
    fill(store, 1, 25)
    first, second = archive(store, 1), archive(store, 2)
    assert first and second
    assert names(first.body) == [f"e{number}" for number in range(10, 0, -1)], "in the order of storing"
    fill(store, 26, 50)
    assert (archive(store, 1), archive(store, 2)) == (first, second)


def test_archives_of_a_feed_are_valid_and_link_to_each_other(store: Store) -> None:
    now = fill(store, 1, 30)
    bodies = {number: archive(store, number) for number in store.archives.pages("all")}
    assert list(bodies) == [1, 2, 3, 4], "behind the last full one is an empty one, to which it links"
    for number, page in bodies.items():
        assert page is not None
        assert refused(check_atom(page.body, f"{BASE}{page.path}", now)) == [], number
        told = {"self": page.path, "current": "/feeds/all.atom"}
        if number > 1:
            told["prev-archive"] = f"/feeds/all/archive/{number - 1}.atom"
        if number < 4:
            told["next-archive"] = f"/feeds/all/archive/{number + 1}.atom"
        assert links(page.body) == told
        assert etree.fromstring(page.body).find(f"{FH}archive") is not None
    assert archive(store, 5) is None
    assert links(newest(store))["prev-archive"] == "/feeds/all/archive/3.atom", "the empty one is passed over"


def test_a_single_archive_document_has_a_neighbour(store: Store) -> None:
    """The limit was larger once: all that was stored stands on one page, and the newest document holds less."""
    wide = settings(feed_limit=40, feed_span="1h")
    for number in range(1, 13):
        bring(store, HILLS, entry(HILLS, f"e{number}"), now=NOW + number * HOUR)
    publish(store, wide, NOW + 13 * HOUR)
    publish(store, SETTINGS, NOW + 14 * HOUR)
    (only,) = walk(store, newest(store))
    assert links(only)["next-archive"] == "/feeds/all/archive/2.atom"
    assert refused(check_atom(only, f"{BASE}/feeds/all/archive/1.atom", NOW + 14 * HOUR)) == []


def test_an_edited_entry_is_mended_where_it_stands_and_enters_the_newest_document_again(store: Store) -> None:
    now = fill(store, 1, 25) + HOUR
    before, other = archive(store, 1), archive(store, 2)
    assert before and "e3" not in names(newest(store))
    changed = entry(HILLS, "e3", content="<p>Entirely other words now, many of them.</p>")
    bring(store, HILLS, replace(changed, updated=now), now=now)
    publish(store, SETTINGS, now)
    after = archive(store, 1)
    assert after and b"Entirely other words" in after.body
    assert names(after.body) == names(before.body)
    assert after.last_modified == now.replace(microsecond=0)
    assert names(newest(store))[0] == "e3"
    assert archive(store, 2) == other, "other pages stay as they are"


def test_a_withdrawn_entry_becomes_a_tombstone_where_it_stood(store: Store) -> None:
    now = fill(store, 1, 25) + HOUR
    withdraw(store, entry(HILLS, "e3"), now=now)
    publish(store, SETTINGS, now)
    page = archive(store, 1)
    assert page and "e3" not in names(page.body)
    assert (buried(page.body), buried(newest(store))) == (["e3"], ["e3"])
    # Any warning but that of the namespace would be one too many.
    assert refused(check_atom(page.body, f"{BASE}{page.path}", now)) == []


def test_an_entry_that_leaves_a_feed_leaves_no_tombstone_and_stays_in_its_archive(store: Store) -> None:
    subscribe(store, replace(HILLS, categories=("World",)))
    bring(store, HILLS, entry(HILLS, "a"), now=NOW)
    publish(store, SETTINGS, NOW, wanted=["category-world"])
    subscribe(store, replace(HILLS, categories=("Local",)))
    bring(store, HILLS, entry(HILLS, "b"), now=NOW + HOUR)
    outcome = publish(store, settings(categories={}, feed_limit=10, feed_span="1h"), NOW + HOUR)
    assert outcome.held == {}
    assert store.feeds.wanted() == {"all", "seeds"}, "nobody bears the category any more"
    assert buried(newest(store)) == []


def test_archives_show_nothing_of_a_source_that_became_private(store: Store) -> None:
    now = fill(store, 1, 25)
    subscribe(store, replace(HILLS, private=True))
    publish(store, SETTINGS, now + HOUR)
    page = archive(store, 1)
    assert page and (names(page.body), buried(page.body)) == ([], [])


def test_archives_do_not_depend_on_kept_fragments_nor_on_the_day(store: Store) -> None:
    fill(store, 1, 25)
    before = archive(store, 2)
    store.connection.execute("DELETE FROM fragments")
    assert archive(store, 2) == before


def test_a_feed_that_is_published_for_the_first_time_has_all_its_archives(store: Store) -> None:
    now = fill(store, 1, 25)
    publish(store, SETTINGS, now, wanted=["source-hills"])
    documents = [newest(store, "source-hills")]
    assert links(documents[0])["prev-archive"] == "/feeds/source-hills/archive/2.atom"
    assert store.archives.pages("source-hills") == [1, 2, 3]


# Deltas


@pytest.mark.parametrize("suffix", ["atom", "rss", "json"])
def test_a_delta_holds_what_is_new_or_changed_since_and_nothing_else(store: Store, suffix: str) -> None:
    now = fill(store, 1, 8)
    tag = etag(newest(store, suffix=suffix))
    assert delta(store, tag, suffix=suffix) is not None
    bring(store, HILLS, entry(HILLS, "new"), now=now + HOUR)
    changed = entry(HILLS, "e5", content="<p>Entirely other words now, many of them.</p>")
    bring(store, HILLS, replace(changed, updated=now), now=now + HOUR)
    publish(store, SETTINGS, now + HOUR)
    found = delta(store, tag, suffix=suffix)
    assert found is not None
    held = [name for name in ("new", *(f"e{number}" for number in range(1, 9))) if f"/{name}<".encode() in found
            or f'/{name}"'.encode() in found]  # fmt: skip
    assert held == ["new", "e5"]
    assert len(found) < len(newest(store, suffix=suffix))


def test_a_delta_tells_what_was_withdrawn_since(store: Store) -> None:
    now = fill(store, 1, 8)
    withdraw(store, entry(HILLS, "e1"), now=now)
    publish(store, SETTINGS, now)
    tag = etag(newest(store))
    withdraw(store, entry(HILLS, "e2"), now=now + HOUR)
    publish(store, SETTINGS, now + HOUR)
    found = delta(store, tag)
    assert found is not None
    assert (names(found), buried(found)) == ([], ["e2"])
    assert refused(check_atom(found, f"{BASE}/feeds/all.atom", now + HOUR)) == []


def test_a_delta_never_says_that_it_is_complete(store: Store) -> None:
    fill(store, 1, 3)
    tag = etag(newest(store))
    fill(store, 4, 4)
    found = delta(store, tag)
    assert found is not None and names(found) == ["e4"]
    assert b"complete" in newest(store) and b"complete" not in found


def test_there_is_no_delta_for_a_document_that_nobody_remembers(store: Store) -> None:
    now = fill(store, 1, 3)
    assert delta(store, '"0123456789abcdef"') is None
    first = etag(newest(store))
    for number in range(4, 210):
        bring(store, HILLS, entry(HILLS, f"e{number}"), now=now + number * HOUR)
        publish(store, SETTINGS, now + number * HOUR)
    assert delta(store, first) is None
    assert store.connection.execute("SELECT count(*) FROM feed_versions WHERE feed = 'all'").fetchone()[0] <= 600


def test_an_edit_that_is_taken_back_is_no_news_to_who_saw_neither(store: Store) -> None:
    now = fill(store, 1, 8)
    tag = etag(newest(store))
    publish(store, settings(feed_limit=10, feed_span="1h", subtitle="Another"), now + HOUR)
    found = delta(store, tag)
    assert found is not None and names(found) == [], "a new subtitle changes no entry"


def test_what_a_format_cannot_say_is_sent_as_the_whole_document(store: Store) -> None:
    now = fill(store, 1, 8)
    old = {suffix: etag(newest(store, suffix=suffix)) for suffix in SUFFIXES}
    withdraw(store, entry(HILLS, "e2"), now=now)
    publish(store, SETTINGS, now)
    found = {suffix: delta(store, tag, suffix=suffix) for suffix, tag in old.items()}
    assert (found["rss"], found["json"]) == (None, None), "neither has tombstones"
    assert found["atom"] is not None and buried(found["atom"]) == ["e2"]
    between = {suffix: etag(newest(store, suffix=suffix)) for suffix in SUFFIXES}
    fill(store, 9, 12)
    assert all(delta(store, tag, suffix=suffix) for suffix, tag in between.items()), "giving way is no withdrawal"
    with store.transaction() as transaction:
        store.stories.fold(transaction, number(store, "e8"), number(store, "e9"), "hand")
    publish(store, SETTINGS, now + 5 * HOUR)
    assert [delta(store, tag, suffix=suffix) for suffix, tag in between.items()] == [None] * 3, "it lives on elsewhere"
    fill(store, 13, 13)
    assert delta(store, between["atom"]) is None


def number(store: Store, name: str) -> int:
    (found,) = store.connection.execute("SELECT n FROM entries WHERE id = ?", (entry(HILLS, name).id,)).fetchone()
    return int(found)


def parts(body: bytes, suffix: str) -> dict[str, object]:
    """The entries of a document as they stand in it, by id, in order."""
    if suffix == "json":
        return {str(item["id"]): item for item in json.loads(body)["items"]}
    root, name, id_ = (
        etree.fromstring(body),
        *({"atom": (f"{ATOM}entry", f"{ATOM}id"), "rss": ("item", "guid")}[suffix]),
    )
    return {
        str(one.findtext(id_)): etree.tostring(one, method="c14n", exclusive=True, with_tail=False)
        for one in root.iter(name)
    }


ACTIONS = ["new", "old", "edit", "requote", "withdraw", "hide", "unhide", "fold", "split", "private", "limit"]


@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 7)), min_size=2, max_size=6))
@runs(max_examples=15, deadline=None)
@example([("edit", 0), ("withdraw", 1), ("new", 0)])
@example([("new", 0), ("withdraw", 5), ("new", 1)])
@example([("fold", 1), ("split", 1), ("requote", 2)])
@example([("limit", 2), ("new", 1), ("limit", 7), ("private", 0)])
def test_an_old_document_and_its_delta_give_the_new_one(actions: list[tuple[str, int]]) -> None:
    coast, kept, before = source("coast"), SETTINGS, []
    with TemporaryDirectory() as root, closing(opened(Path(root))) as store:
        subscribe(store, HILLS, coast)
        of = {}
        for n in range(8):
            of[f"e{n}"] = HILLS if n % 2 else coast
            bring(store, of[f"e{n}"], entry(of[f"e{n}"], f"e{n}"), now=NOW + n * HOUR)
        now = NOW + 8 * HOUR
        publish(store, kept, now)
        before.append({suffix: newest(store, suffix=suffix) for suffix in SUFFIXES})
        for step, (action, n) in enumerate(actions):
            now += HOUR
            whose = of[f"e{n}"]
            one = entry(whose, f"e{n}")
            with store.transaction() as transaction:
                numbers = [row[0] for row in store.connection.execute("SELECT n FROM entries WHERE deleted_us IS NULL")]
                match action:
                    case "withdraw":
                        store.withdrawals.withdraw(transaction, one.id, now, "gone")
                    case "hide":
                        store.withdrawals.hide(transaction, one.id, now, "hidden")
                    case "unhide":
                        store.withdrawals.unhide(transaction, one.id, now, "shown")
                    case "fold" if store.stories.standing([numbers[-1]])[numbers[-1]].lead is None and len(numbers) > 2:
                        store.stories.separate(transaction, numbers[n % (len(numbers) - 1)])
                        store.stories.fold(transaction, numbers[n % (len(numbers) - 1)], numbers[-1], "hand")
                    case "split":
                        for other in numbers:
                            store.stories.separate(transaction, other, by_hand=True)
                    case "requote":
                        changed = replace(one, content=f"<p><b>Content</b> of e{n}, {step}.</p>")
                        known = store.entries.known(whose.key, {one.id}, (), ()).by_id[one.id]
                        if not known.deleted:
                            changed = replace(changed, updated=known.updated)
                            decision = Decision(changed, Verdict.CHANGED, "its markup", substantive=False)
                            store.entries.apply(transaction, [decision], now, {})
            match action:
                case "new":
                    bring(store, HILLS, entry(HILLS, f"new{step}"), now=now)
                case "old":
                    bring(store, HILLS, entry(HILLS, f"old{step}", published=NOW + n * HOUR / 2), now=now, first=True)
                case "edit":
                    bring(store, whose, entry(whose, f"e{n}", content=f"<p>Edited at {step}.</p>"), now=now)
                case "private":
                    subscribe(store, replace(coast, private=bool(n % 2)), now=now)
                case "limit":
                    kept = settings(feed_limit=n + 3, feed_span="1h")
            publish(store, kept, now)
            store.connection.execute("DELETE FROM held")
            new = {suffix: newest(store, suffix=suffix) for suffix in SUFFIXES}
            living = {row[0] for row in store.connection.execute("SELECT id FROM entries WHERE deleted_us IS NULL")}
            for documents in before:
                for suffix, old in documents.items():
                    found = delta(store, etag(old), suffix=suffix)
                    if found is None:
                        continue
                    said = parts(found, suffix)
                    gone = (
                        {str(one.get("ref")) for one in etree.fromstring(found).iter(STONE)} if suffix == "atom" else ()
                    )
                    rest = {id_: one for id_, one in parts(old, suffix).items() if id_ not in said and id_ not in gone}
                    whole = parts(new[suffix], suffix)
                    have = [*said.items(), *rest.items()]
                    assert have[: len(whole)] == list(whole.items())
                    assert {id_ for id_, _ in have[len(whole) :]} <= living
            before.append(new)


def test_a_feed_that_nobody_asked_for_before_has_its_archives_at_once(store: Store, tmp_path: Path) -> None:
    """The server makes it of a store that it may only read; the worker keeps the same bytes a moment later."""
    now = fill(store, 1, 35)
    with closing(Store.open_readonly(Home(tmp_path).store)) as reading:
        site, wanted = site_of(SETTINGS, reading), feed(reading, "source-hills")
        documents = render(reading, wanted, site, SETTINGS)
        pages = [history.archive(reading, wanted, site, number) for number in (1, 2, 3, 4, 5)]
    assert links(documents.bodies["atom"])["prev-archive"] == "/feeds/source-hills/archive/3.atom"
    assert [len(names(page.body)) if page else None for page in pages] == [10, 10, 10, 5, None]
    publish(store, SETTINGS, now, wanted=["source-hills"])
    assert {suffix: newest(store, "source-hills", suffix) for suffix in documents.bodies} == documents.bodies
    later = [archive(store, number, "source-hills") for number in (1, 2, 3, 4)]
    assert [page and page.body for page in later] == [page and page.body for page in pages[:4]]


def test_archives_of_one_poll_lead_backwards_in_time(store: Store) -> None:
    fresh = [entry(HILLS, f"e{number}", published=NOW - number * HOUR) for number in range(25)]
    bring(store, HILLS, *fresh, now=NOW, first=True, brake=Brake(backlog=100, burst=100))
    publish(store, SETTINGS, NOW)
    first = archive(store, 1)
    assert first and names(first.body) == [f"e{number}" for number in range(15, 25)], "the oldest, newest first"
