"""The store: what is written comes back, decisions are carried out, words are found, polling is remembered."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeds.errors import FaultError, NotReadyError, StoreError
from feeds.model import (
    Enclosure,
    Entry,
    Feed,
    FeedKind,
    FetchState,
    Known,
    Origin,
    Person,
    Source,
    SourceKind,
    Status,
    Verdict,
)
from feeds.search.match import matches as let_through
from feeds.search.query import parse
from feeds.store import Store, Transaction
from feeds.store.connection import SCHEMA_VERSION, connect
from feeds.store.inbox import MOST_BYTES, MOST_REQUESTS, Inbox
from feeds.store.seeds import SeedProblem
from feeds.text.dates import distinct
from feeds.text.urls import page_uuid
from support.builders import (
    HOUR,
    LONG,
    NOW,
    SEEDS,
    bring,
    entry,
    key,
    opened,
    plant,
    record,
    source,
    subscribe,
    withdraw,
)

HILLS = source("hills")
COAST = source("coast")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(opened(tmp_path)) as made:
        subscribe(made, HILLS, COAST)
        yield made


def known(store: Store, *ids: str, of: Source = HILLS, permalink: str = "", text: str = "") -> Known:
    return store.entries.known(of.key, ids, [permalink], [text])


def reasons(store: Store, one: Entry) -> list[tuple[str, str]]:
    rows = store.connection.execute(
        "SELECT d.verdict, d.reason FROM decisions AS d JOIN entries AS e ON e.n = d.entry WHERE e.id = ? ORDER BY d.n",
        (one.id,),
    )
    return [tuple(row) for row in rows]


def leads(store: Store, one: Entry) -> str | None:
    """The id of the entry that another one stands under."""
    (found,) = store.connection.execute(
        "SELECT lead.id FROM entries AS e LEFT JOIN entries AS lead ON lead.n = e.lead WHERE e.id = ?", (one.id,)
    ).fetchone()
    return found if found is None else str(found)


# The file


def test_a_store_is_made_where_there_is_none_and_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "data" / "seedfeed.sqlite"
    for _ in range(2):
        with closing(Store.open(path)) as store:
            (applied,) = store.connection.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()
            (version,) = store.connection.execute("PRAGMA user_version").fetchone()
            assert applied == version == SCHEMA_VERSION
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_every_table_refuses_values_of_the_wrong_type(store: Store) -> None:
    tables = store.connection.execute("PRAGMA table_list").fetchall()
    own = {
        row["name"]: row["strict"]
        for row in tables
        if row["type"] == "table" and not row["name"].startswith(("sqlite_", "_sqlite_", "search"))
    }
    assert "entries" in own
    assert set(own.values()) == {1}
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value in INTEGER column"):
        store.connection.execute("UPDATE sources SET priority = 'high'")


def test_tables_without_rowid_begin_with_their_key(store: Store) -> None:
    """Else quick_check of SQLite before 3.42 reports a whole store as damaged."""
    store.connection.execute("INSERT INTO media_references (seed, key) VALUES ('a.md', 'a.png')")
    assert [tuple(row) for row in store.connection.execute("PRAGMA quick_check")] == [("ok",)]
    tables = [row for row in store.connection.execute("PRAGMA table_list").fetchall() if row["wr"] and row["strict"]]
    assert "media_references" in {row["name"] for row in tables}
    for table in tables:
        columns = store.connection.execute(f"PRAGMA table_info({table['name']})").fetchall()
        assert [row["pk"] for row in columns if row["pk"]] == [row["cid"] + 1 for row in columns if row["pk"]]


def test_a_store_that_a_newer_version_made_is_refused_by_writers_and_readers(tmp_path: Path) -> None:
    path = tmp_path / "seedfeed.sqlite"
    with closing(Store.open(path)) as store:
        store.connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('seedfeed', 'm999_moon', '')"
        )
        store.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer Seedfeed \(m999_moon\); install that version"):
        Store.open(path)
    with pytest.raises(StoreError, match=r"seedfeed\.sqlite"):
        Store.open_readonly(path)
    assert path.read_bytes() == before


def test_a_store_that_was_emptied_is_damaged_and_one_that_was_deleted_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "seedfeed.sqlite"
    with closing(Store.open(path)) as store:
        with store.transaction() as transaction:
            store.facts.put(transaction, "name", "of the former one")
        log = path.with_name("seedfeed.sqlite-wal").read_bytes()
    path.write_bytes(b"")
    for way in (Store.open, Store.open_readonly):
        with pytest.raises(FaultError, match=r"seedfeed\.sqlite: it is damaged: nothing is left in it"):
            way(path)
    assert path.read_bytes() == b""
    path.unlink()
    path.with_name("seedfeed.sqlite-wal").write_bytes(log)
    with closing(Store.open(path)) as store:
        assert store.facts.get("name") == ""
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_store_that_an_earlier_version_made_is_no_empty_one_for_readers(tmp_path: Path) -> None:
    path = tmp_path / "seedfeed.sqlite"
    with closing(Store.open(path)) as store:
        store.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
    with pytest.raises(
        StoreError, match=r"seedfeed\.sqlite: made by an earlier version; start `seedfeed run`"
    ) as caught:
        Store.open_readonly(path)
    assert not isinstance(caught.value, NotReadyError)
    Store.open(path).close()
    Store.open_readonly(path).close()


def _nothing(path: Path) -> None:
    pass


def _directory(path: Path) -> None:
    path.mkdir()


def _no_database(path: Path) -> None:
    path.write_bytes(b"This is no database. " * 100)


def _in_the_making(path: Path) -> None:
    sqlite3.connect(path).close()
    path.touch()


@pytest.mark.parametrize("make", [_nothing, _directory, _no_database, _in_the_making])
def test_a_reader_is_told_that_there_is_no_store_yet(tmp_path: Path, make: Any) -> None:
    path = tmp_path / "seedfeed.sqlite"
    make(path)
    with pytest.raises(StoreError, match=r"seedfeed\.sqlite"):
        Store.open_readonly(path)


@pytest.mark.parametrize("make", [_directory, _no_database])
def test_the_worker_is_told_which_file_cannot_be_its_store(tmp_path: Path, make: Any) -> None:
    path = tmp_path / "seedfeed.sqlite"
    make(path)
    with pytest.raises(
        StoreError, match=r"seedfeed\.sqlite: it (is damaged; .*move data/ away|cannot be opened; look)"
    ):
        Store.open(path)


def test_a_file_where_the_folder_should_be_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(StoreError, match=r"data: it cannot be opened; look"):
        Store.open(tmp_path / "data" / "seedfeed.sqlite")


def test_a_reader_can_write_nothing(store: Store, tmp_path: Path) -> None:
    with (
        closing(Store.open_readonly(tmp_path / "data" / "seedfeed.sqlite")) as reader,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        reader.facts.put(Transaction(), "name", "value")


def test_a_reader_notices_what_another_connection_committed(store: Store, tmp_path: Path) -> None:
    with closing(Store.open_readonly(tmp_path / "data" / "seedfeed.sqlite")) as reader:
        before = reader.version()
        assert reader.version() == before
        with store.transaction() as transaction:
            store.facts.put(transaction, "name", "value")
        assert reader.version() != before
        assert reader.facts.get("name") == "value"


def test_a_transaction_is_all_or_nothing_and_the_next_one_can_begin(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction() as transaction:
        store.facts.put(transaction, "name", "lost")
        raise RuntimeError
    assert store.facts.get("name") == ""
    with store.transaction() as transaction:
        store.facts.put(transaction, "name", "kept")
    assert store.facts.get("name") == "kept"


def test_a_commit_that_fails_leaves_no_transaction_open(store: Store) -> None:
    store.connection.execute("CREATE TABLE pairs (n INTEGER REFERENCES sources (n) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(sqlite3.IntegrityError), store.transaction():
        store.connection.execute("INSERT INTO pairs VALUES (999)")
    with store.transaction() as transaction:
        store.facts.put(transaction, "name", "kept")


# Entries and decisions


def test_an_entry_comes_back_as_it_was_stored(store: Store) -> None:
    full = entry(
        HILLS,
        "a",
        title='Tô Lâm & "đồng chí" <b>',
        authors=(Person("Ada", "ada@example.com", "https://example.com/ada"), Person("Bo")),
        categories=("Politics", "Chính trị"),
        enclosures=(Enclosure("https://example.com/a.mp3", "audio/mpeg", 12), Enclosure("https://example.com/b")),
        language="vi-VN",
        credit="TTXVN",
        comments="https://example.com/c",
        image="https://example.com/i.png",
        origin=Origin("urn:x", "Hills", "https://example.com/f", "https://example.com/", NOW, "All ours"),
        content=LONG,
    )
    bare = entry(HILLS, "b", origin=Origin("urn:x", "Hills", ""), summary="", content="", dated=False)
    bring(store, HILLS, full, bare)
    assert store.entries.get(full.id) == full
    assert store.entries.get(bare.id) == bare
    assert store.entries.get("urn:nobody") is None
    assert store.entries.count() == 2


def test_what_is_known_is_what_was_decided(store: Store) -> None:
    one = entry(HILLS, "a", content=LONG, permalink="https://www.hills.example/a/")
    bring(store, HILLS, one)
    found = known(store, one.id, "urn:nobody").by_id
    assert set(found) == {one.id}
    stored = found[one.id]
    assert (stored.source_id, stored.kind, stored.canonical) == (
        HILLS.key,
        SourceKind.FEED,
        "https://hills.example/a",
    )
    assert (stored.digest, stored.text_digest, stored.updated) == (one.digest, one.text_digest, one.updated)
    assert (stored.shared, stored.deleted) == (True, False)


def test_entries_of_a_source_are_known_by_link_and_text_and_those_of_others_are_not(store: Store) -> None:
    one = entry(HILLS, "a", content=f"<p>{LONG}</p>", permalink="http://www.agency.example/1?utm_source=x")
    other = entry(COAST, "b", content=f"<p>{LONG} Or so.</p>", permalink="https://agency.example/1/")
    bring(store, HILLS, one)
    bring(store, COAST, other)
    own = known(store, permalink="https://agency.example/1", text=one.text_digest)
    assert [mine.id for mine in own.own_by_canonical["https://agency.example/1"]] == [one.id]
    assert [mine.id for mine in own.own_by_text[one.text_digest]] == [one.id]
    theirs = known(store, of=COAST, permalink="https://agency.example/1", text=one.text_digest)
    assert [mine.id for mine in theirs.own_by_canonical["https://agency.example/1"]] == [other.id]
    assert not theirs.own_by_text
    third = known(store, of=source("third"), permalink="https://agency.example/1", text=one.text_digest)
    assert third == Known({}, {}, {}, {})


def test_empty_permalinks_and_digests_make_nothing_known(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a", permalink="", content="Snow."))
    assert known(store) == Known({}, {}, {}, {})


def test_withdrawn_entries_are_known_and_said_to_be_withdrawn(store: Store) -> None:
    one = entry(HILLS, "a", content=LONG)
    bring(store, HILLS, one)
    withdraw(store, one)
    assert known(store, one.id, of=COAST).by_id[one.id].deleted
    own = known(store, permalink=one.permalink, text=one.text_digest)
    assert [mine.deleted for mine in own.own_by_canonical[one.permalink]] == [True]
    assert [mine.deleted for mine in own.own_by_text[one.text_digest]] == [True]


def test_more_ids_than_one_statement_takes_are_known(store: Store) -> None:
    entries = [entry(HILLS, str(n)) for n in range(3)]
    bring(store, HILLS, *entries)
    ids = [f"urn:{n}" for n in range(1200)] + [one.id for one in entries]
    assert len(known(store, *ids).by_id) == 3


def test_unchanged_entries_leave_no_trace(store: Store) -> None:
    one = entry(HILLS, "a")
    bring(store, HILLS, one)
    before = list(store.connection.iterdump())
    bring(store, HILLS, one, now=NOW + HOUR)
    assert list(store.connection.iterdump()) == before


def test_a_change_keeps_the_earlier_revision_and_says_why(store: Store) -> None:
    old = entry(HILLS, "a", content="<p>Old words.</p>")
    new = entry(HILLS, "a", content="<p>New words.</p>", title="Mended")
    bring(store, HILLS, old)
    bring(store, HILLS, new, now=NOW + HOUR)
    bring(store, HILLS, replace(new, title="Mended again", digest="3"), now=NOW + 2 * HOUR)
    rows = store.connection.execute("SELECT revision, title, content FROM revisions ORDER BY revision")
    assert [tuple(row) for row in rows] == [(1, old.title, old.content), (2, "Mended", new.content)]
    assert [verdict for verdict, _ in reasons(store, old)] == ["new", "changed", "changed"]
    (published,) = store.listings.published([1], "https://news.example")
    assert (published.revision, published.entry.title) == (3, "Mended again")
    assert published.page == f"https://news.example/entries/{page_uuid(old.id)}"
    assert published.listed_at >= NOW + 2 * HOUR


def test_a_duplicate_stands_under_the_first_one_and_is_named_there(store: Store) -> None:
    lead, copy, third = (entry(of, "a", content=LONG) for of in (HILLS, COAST, source("third")))
    subscribe(store, source("third"))
    for of, one in ((HILLS, lead), (COAST, copy), (source("third"), third)):
        bring(store, of, one)
    assert [leads(store, one) for one in (lead, copy, third)] == [None, lead.id, lead.id]
    (published,) = store.listings.published([1], "")
    assert [(other.url, other.source) for other in published.related] == [
        (copy.permalink, "Coast"),
        (third.permalink, "Third"),
    ]


@pytest.mark.parametrize("event", ["changed", "withdrawn", "renamed source"])
def test_a_lead_is_published_again_when_what_stands_under_it_changes(store: Store, event: str) -> None:
    lead, copy = entry(HILLS, "a", content=LONG), entry(COAST, "a", content=LONG)
    bring(store, HILLS, lead)
    bring(store, COAST, copy)
    feed = Feed("all", "urn:f", "", FeedKind.ALL)
    (before,) = store.listings.select(feed, HOUR)
    if event == "changed":
        bring(store, COAST, replace(copy, title="Another headline", digest="2"), now=NOW + HOUR)
    elif event == "withdrawn":
        withdraw(store, copy)
    else:
        subscribe(store, replace(COAST, private=True))
    (after,) = store.listings.select(feed, HOUR)
    assert after.change > before.change
    (published,) = store.listings.published([after.n], "")
    assert [other.title for other in published.related] == (["Another headline"] if event == "changed" else [])


def test_entries_stand_for_themselves_when_the_one_above_them_is_withdrawn(store: Store) -> None:
    lead, copy = entry(HILLS, "a", content=LONG), entry(COAST, "a", content=LONG)
    bring(store, HILLS, lead)
    bring(store, COAST, copy)
    withdraw(store, lead)
    assert leads(store, copy) is None
    assert [line.n for line in store.listings.select(Feed("all", "", "", FeedKind.ALL), HOUR)] == [2]


def test_a_withdrawn_entry_is_gone_but_for_its_tombstone_and_the_reason(store: Store) -> None:
    one = entry(SEEDS, "a")
    plant(store, one)
    withdraw(store, one, now=NOW + HOUR)
    assert store.entries.get(one.id) is None
    assert store.entries.count() == 0
    (stone,) = store.listings.tombstones(Feed("all", "", "", FeedKind.ALL))
    assert (stone.id, stone.deleted_at) == (one.id, NOW + HOUR)
    assert reasons(store, one)[-1] == ("withdrawn", "its file is gone")
    with store.transaction() as transaction:
        assert not store.withdrawals.withdraw(transaction, one.id, NOW, "again"), "there is nothing left to withdraw"
        assert not store.withdrawals.withdraw(transaction, "urn:nobody", NOW, "")
    assert store.listings.number_of(page_uuid(one.id)) == (1, False)


def test_a_seed_that_is_put_back_lives_again_under_its_id(store: Store) -> None:
    one = entry(SEEDS, "a")
    plant(store, one)
    withdraw(store, one)
    plant(store, one, now=NOW + HOUR)
    assert store.entries.get(one.id) is not None
    assert reasons(store, one)[-1] == ("changed", "put back")
    feed = Feed("all", "", "", FeedKind.ALL)
    assert store.listings.tombstones(feed) == []
    assert store.listings.select(feed, HOUR)[0].listed_at >= NOW + HOUR
    assert found(store, '"Title of a"') == {"a"}


def test_a_withdrawn_entry_of_a_feed_stays_buried(store: Store) -> None:
    one = entry(HILLS, "a")
    bring(store, HILLS, one)
    withdraw(store, one)
    (decision,) = bring(store, HILLS, replace(one, title="Mended", digest="2"))
    assert decision.verdict is Verdict.BURIED
    assert store.entries.get(one.id) is None


def test_a_tombstone_can_stand_for_an_entry_that_this_store_never_held(store: Store) -> None:
    one = entry(SEEDS, "a")
    for _ in range(2):
        with store.transaction() as transaction:
            store.withdrawals.bury(transaction, one.id, SEEDS.key, "a", NOW - 9 * HOUR, NOW - HOUR)
    (stone,) = store.listings.tombstones(Feed("seeds", "", "", FeedKind.SEEDS))
    assert (stone.id, stone.deleted_at) == (one.id, NOW - HOUR)
    plant(store, one)
    assert store.entries.get(one.id) is not None
    assert reasons(store, one) == [("changed", "put back")]


def test_a_living_entry_cannot_be_buried(store: Store) -> None:
    one = entry(SEEDS, "a")
    plant(store, one)
    with store.transaction() as transaction:
        store.withdrawals.bury(transaction, one.id, SEEDS.key, "a", NOW, NOW)
    assert store.entries.get(one.id) is not None


@pytest.mark.parametrize(
    "other",
    ["urn:uuid:6D0F7A3E-2B1C-5D4E-8F90-123456789ABC", "https://hills.example/1"],
    ids=["upper case", "derived"],
)
def test_ids_whose_pages_would_have_one_address_get_two(store: Store, other: str) -> None:
    """A source that writes such ids must not stop the worker."""
    uuid = page_uuid(other)
    one, two = entry(HILLS, "a", id=other), entry(COAST, "b", id=f"urn:uuid:{uuid}", content="Other words.")
    bring(store, HILLS, one)
    bring(store, COAST, two)
    first, second = (published.page for published in store.listings.published([1, 2], ""))
    assert first == f"/entries/{uuid}"
    assert second != first
    assert store.listings.number_of(second.rpartition("/")[2]) == (2, True)


def test_decisions_about_one_document_are_one_change(store: Store) -> None:
    before = store.entries.change()
    bring(store, HILLS, *(entry(HILLS, name) for name in "abc"))
    assert store.entries.change() == before + 1


# Categories and languages


def test_categories_are_those_that_operators_gave_to_public_sources_and_their_entries(store: Store) -> None:
    plant(store, entry(SEEDS, "a", categories=("Chính trị", "Sport")))
    subscribe(store, replace(HILLS, categories=("World news",)))
    subscribe(store, replace(COAST, categories=("Secret client",), private=True))
    bring(store, HILLS, entry(HILLS, "b", categories=("a tag of theirs",)))
    assert store.sources.categories() == {"chinh-tri": "Chính trị", "sport": "Sport", "world-news": "World news"}
    subscribe(store, HILLS)
    plant(store, entry(SEEDS, "a", categories=("Sport",)))
    assert store.sources.categories() == {"sport": "Sport"}


def test_a_category_stays_while_its_feed_has_a_tombstone_to_show(store: Store) -> None:
    one = entry(SEEDS, "a", categories=("Sport",), language="vi-VN")
    plant(store, one)
    withdraw(store, one)
    assert store.sources.categories() == {"sport": "Sport"}
    assert store.entries.languages() == ["vi"]
    for kind, value in ((FeedKind.CATEGORY, "sport"), (FeedKind.LANG, "vi")):
        assert len(store.listings.tombstones(Feed("", "", "", kind, value))) == 1


def test_languages_are_those_of_shared_public_entries(store: Store) -> None:
    secret = source("secret", private=True)
    subscribe(store, secret)
    bring(store, HILLS, entry(HILLS, "a", language="pt-BR"), entry(HILLS, "b", language="fr"), entry(HILLS, "c"))
    bring(store, secret, entry(secret, "d", language="fi"))
    assert store.entries.languages() == ["en", "fr", "pt"]


# Search


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """For reading only."""
    with closing(opened(tmp_path_factory.mktemp("library"))) as store:
        subscribe(store, replace(HILLS, categories=("World news",)), COAST)
        _fill(store)
        yield store


def _fill(store: Store) -> None:
    plant(
        store,
        entry(
            SEEDS, "lam", title="Chủ tịch nước Tô Lâm dự Hội nghị", content="<p>Đảng bộ tỉnh họp.</p>",
            language="vi", authors=(Person("Nguyễn Văn Đức", "duc@mail.example", "https://duc.example/about"),),
            categories=("Chính trị",), published=datetime(2024, 12, 16, 5, tzinfo=UTC),
        ),
        entry(SEEDS, "thai", title="กินข้าวที่บ้าน", summary="", content="", language="th"),
        entry(SEEDS, "japan", title="東京の天気", summary="", content="<p>ラーメンを食べる。</p>", language="ja"),
        entry(SEEDS, "hindi", title="हिन्दी समाचार", language="hi"),
    )  # fmt: skip
    bring(
        store, HILLS,
        entry(HILLS, "snow", title="Snow in the hills", summary="It fell.", categories=("Winter",), language="en-GB"),
        entry(HILLS, "song", title="A song, in C++ & C#", enclosures=(Enclosure("https://example.com/a.mp3"),)),
    )  # fmt: skip
    bring(store, COAST, entry(COAST, "boats", title="Boats & nets", content="<p>No s<b>no</b>w here.</p>"))


def found(store: Store, query: str) -> set[str]:
    """The names of the entries that a query finds, in the store and, as `[sources] filter` does, one by one."""
    matches = store.listings.matching(parse(query), None, None)
    names = {"Chủ": "lam", "กิน": "thai", "東京": "japan", "हिन": "hindi", "Snow": "snow", "A s": "song", "Boa": "boats"}
    titles = [published.entry.title for published in store.listings.published([match.n for match in matches], "")]
    living = [match.n for match in store.listings.matching(parse(""), None, None)]
    every = store.listings.published(living, "")
    assert {one.entry.title for one in every if let_through(parse(query), one.entry, one.source)} == set(titles)
    return {next((name for start, name in names.items() if title.startswith(start)), title[-1]) for title in titles}


EVERYTHING = {"lam", "thai", "japan", "hindi", "snow", "song", "boats"}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", EVERYTHING),
        ("to lam", {"lam"}),
        ("TÔ LÂM", {"lam"}),
        ("dang", {"lam"}),
        ("Đảng", {"lam"}),
        ("lam to", {"lam"}),
        ('"lam to"', set()),
        ('"tô lâm dự"', {"lam"}),
        ("to lam snow", set()),
        ("nguyen", {"lam"}),
        ("mail", set()),  # addresses of authors are no words of theirs
        ("about", set()),
        ("กิน", {"thai"}),
        ("บ้าน", {"thai"}),
        ("กัน", set()),  # its vowel is another
        ("天", {"japan"}),
        ("東京", {"japan"}),
        ("京東", set()),
        ("ラーメン", {"japan"}),
        ("हिन्दी", {"hindi"}),
        ("हिन्दू", set()),
        ("snow", {"snow", "boats"}),  # mark-up inside a word is not in the word
        ("sno", set()),
        ("Snow, fell!", {"snow"}),
        ('"c"', {"song"}),
        ("c++", {"song"}),
        ("!", EVERYTHING),
        ('"a AND b"', set()),  # FTS5's own syntax has no power here
        ("title^2 NEAR*", set()),
    ],
)
def test_words_are_found_whatever_their_case_diacritics_and_script(library: Store, query: str, names: set[str]) -> None:
    assert found(library, query) == names


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("source:hills", {"snow", "song"}),
        ("source:nobody", set()),
        ("category:winter", {"snow"}),  # a tag of the source's own
        ('category:"Chính trị"', {"lam"}),
        ("category:chinh-tri", {"lam"}),
        ('category:"CHINH TRI"', {"lam"}),
        ('category:"world news"', {"snow", "song"}),
        ("lang:en", {"snow", "song", "boats"}),
        ("lang:en-gb", {"snow"}),
        ("author:duc", {"lam"}),
        ('author:"Nguyễn Văn"', {"lam"}),
        ("author:snow", set()),
        ("is:seed", {"lam", "thai", "japan", "hindi"}),
        ("has:enclosure", {"song"}),
        ("before:2024-12-17", {"lam"}),
        ("before:2024-12-16", set()),
        ("after:2024-12-16 is:seed before:2025-01-01", {"lam"}),
        ("after:2024-12-17", EVERYTHING - {"lam"}),
        ("-is:seed", {"snow", "song", "boats"}),
        ("snow -source:hills", {"boats"}),
        ("-snow -is:seed", {"song"}),
        ("-!", set()),
        ("song OR boats", {"song", "boats"}),
        ("song OR boats source:coast", {"song", "boats"}),  # a space binds closer than OR
        ("(song OR boats) source:coast", {"boats"}),
        ("is:seed (lang:th OR (lang:ja -ramen))", {"thai", "japan"}),
        ("-(snow OR is:seed)", {"song"}),
    ],
)
def test_filters_negation_alternatives_and_groups_select_what_they_say(
    library: Store, query: str, names: set[str]
) -> None:
    assert found(library, query) == names


def test_found_entries_come_newest_in_the_feeds_first_and_only_so_many(store: Store) -> None:
    for hour, name in enumerate("abc"):
        bring(store, HILLS, entry(HILLS, name), now=NOW + hour * HOUR)
    matches = store.listings.matching(parse("title"), None, 2)
    titles = [one.entry.title for one in store.listings.published([match.n for match in matches], "")]
    assert titles == ["Title of c", "Title of b"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that is large for a search for one or two entries. The oldest were edited last."""
    with closing(opened(tmp_path_factory.mktemp("archive"))) as store:
        subscribe(store, HILLS, COAST)
        for n in range(0, 700, 10):
            words = ["even" * (m % 2 == 0) + " third" * (m % 3 == 0) + " rare" * (m == 300) for m in range(n, n + 10)]
            of, language = HILLS if n % 20 else COAST, "vi" if n < 50 else "en"
            batch = [entry(of, f"e{n + i}", content=text, language=language) for i, text in enumerate(words)]
            bring(store, of, *batch, now=NOW + n * HOUR)
        plant(store, entry(SEEDS, "seed", content="rare"))
        for n in (3, 14):
            of = HILLS if n // 10 % 2 else COAST
            bring(store, of, entry(of, f"e{n}", content=f"even edited {n}", digest="2"), now=NOW + 900 * HOUR)
        withdraw(store, entry(HILLS, "e690"))
        # Not indexed yet: found by what it said before, "even third".
        late = entry(COAST, "e24", content="odd", digest="2")
        record(store, COAST, late, now=NOW + 901 * HOUR, indexed=False)
        yield store


@pytest.mark.parametrize(
    "query",
    [
        "even", "rare", "edited", "nothing", "even third", "third -even", "-even", "rare OR edited", "even rare",
        '"edited 3"', "lang:vi", "lang:vi even", "is:seed", "-is:seed", "source:coast third", "! even", "author:nobody",
        "(rare OR edited) -is:seed", "https://hills.example/e14", "even -https://hills.example/e14",
    ],
)  # fmt: skip
@pytest.mark.parametrize("feed", [None, Feed("all", "", "", FeedKind.ALL)], ids=["anywhere", "in all"])
def test_the_newest_that_are_found_are_the_first_of_all(archive: Store, query: str, feed: Feed | None) -> None:
    everything = archive.listings.matching(parse(query), feed, None)
    for limit in (1, 2, 5, 60):
        assert archive.listings.matching(parse(query), feed, limit) == everything[:limit], limit


def test_a_search_within_a_feed_finds_what_the_feed_lists(store: Store) -> None:
    secret = source("secret", private=True)
    subscribe(store, secret)
    bring(store, HILLS, entry(HILLS, "a", content=LONG))
    bring(store, COAST, entry(COAST, "a", content=LONG))
    bring(store, secret, entry(secret, "b"))
    everything = store.listings.matching(parse(""), None, None)
    assert {match.n: (match.story, match.folded) for match in everything} == {
        1: ("https://hills.example/a", False),
        2: ("https://hills.example/a", True),
        3: ("", False),
    }
    in_all = store.listings.matching(parse(""), Feed("all", "", "", FeedKind.ALL), None)
    assert [match.n for match in in_all] == [1]


def test_words_of_an_earlier_revision_and_of_withdrawn_entries_are_not_found(store: Store) -> None:
    one, other = entry(HILLS, "a", content="Glacier."), entry(HILLS, "b", content="Avalanche.")
    bring(store, HILLS, one, other)
    bring(store, HILLS, replace(one, content="Thaw.", digest="2"))
    withdraw(store, other)
    assert found(store, "glacier") == set()
    assert found(store, "avalanche") == set()
    assert found(store, "thaw") == {"a"}


def test_an_entry_that_was_edited_often_is_found_by_its_last_words_alone(store: Store) -> None:
    one = entry(HILLS, "a", content="Glacier.")
    bring(store, HILLS, one, entry(HILLS, "b", content="Moraine."))
    for edit, word in enumerate(("thaw", "flood", "thaw", "frost"), 2):
        bring(store, HILLS, replace(one, content=f"{word.title()}.", digest=str(edit)), now=NOW + edit * HOUR)
        assert found(store, word) == {"a"}
    for word in ("glacier", "thaw", "flood"):
        assert found(store, word) == set()
    assert found(store, "moraine OR frost") == {"a", "b"}
    assert found(store, "-frost") == {"b"}


def test_until_an_edit_is_indexed_an_entry_is_found_by_what_it_said_before(store: Store) -> None:
    def numbers(query: str) -> list[int]:
        return [match.n for match in store.listings.matching(parse(query), None, None)]

    one = entry(HILLS, "a", content="Sponsored glacier.")
    bring(store, HILLS, one, entry(HILLS, "b", content="Moraine."))
    before = "glacier"
    for hour, word in enumerate(("thaw", "flood", "frost", "scree"), 1):
        late = replace(one, content=f"Sponsored {word}.", digest=word)
        indexed = word == "flood"
        record(store, HILLS, late, now=NOW + hour * HOUR, indexed=indexed)
        before = word if indexed else before
        assert [numbers(query) for query in ("sponsored", "-sponsored", before, f"-{before}")] == [[1], [2], [1], [2]]
        assert numbers(word) == ([1] if indexed else [])
    withdraw(store, one)
    assert numbers("sponsored") == numbers(before) == []


def test_the_index_of_an_earlier_version_finds_the_same_at_once_without_its_copy_of_the_text(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as store:
        subscribe(store, HILLS)
        one = entry(HILLS, "a", content="Glacier.")
        bring(store, HILLS, one, entry(HILLS, "b", content="Moraine."))
        bring(store, HILLS, replace(one, content="Thaw.", digest="2"), entry(HILLS, "c", content="Scree."))
        path = Path(store.connection.execute("PRAGMA database_list").fetchone()["file"])
        columns = "title, summary, content, authors"
        for statement in (
            "DROP TABLE search",
            f"CREATE VIRTUAL TABLE search USING fts5 ({columns},"
            " tokenize = \"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")",
            f"INSERT INTO search (rowid, {columns})"
            " SELECT n, fold(title), fold(summary), fold_html(content), fold_names(authors) FROM entries",
            "INSERT INTO search (search) VALUES ('optimize')",
            "DELETE FROM search_pending",
            "DELETE FROM _sqlite_migrations WHERE name = 'm024_index_without_text'",
            "PRAGMA user_version = 23",
        ):
            store.connection.execute(statement)
    with closing(Store.open(path)) as store:
        assert found(store, "moraine OR scree") == {"b", "c"}
        assert found(store, "thaw") == {"a"}
        assert found(store, "-thaw") == {"b", "c"}
        with store.transaction() as transaction:
            store.search.catch_up(transaction)
        assert found(store, "moraine OR thaw") == {"a", "b"}
        assert found(store, "glacier") == set()
        tables = {row["name"] for row in store.connection.execute("PRAGMA table_list")}
        assert {name for name in tables if name.startswith(("search", "lean"))} == {
            *("search", "search_data", "search_idx", "search_docsize", "search_config", "search_pending")
        }


def test_a_feed_of_words_has_tombstones_of_what_they_matched(store: Store) -> None:
    one = entry(HILLS, "a", content="Glacier.")
    bring(store, HILLS, one, entry(HILLS, "b"))
    withdraw(store, one)
    (stone,) = store.listings.tombstones(Feed("ice", "", "", FeedKind.QUERY, "glacier"))
    assert stone.id == one.id


# Sources and polling


def test_a_source_comes_back_as_it_was_put(store: Store) -> None:
    full = source(
        "full", categories=("World news", "Sport"), language="vi", timezone="Asia/Bangkok", private=True, priority=7
    )
    subscribe(store, full)
    assert store.sources.get(full.key) == full
    assert store.sources.get("nobody") is None


def test_putting_a_source_says_whether_anything_changed(store: Store) -> None:
    def put(one: Source) -> bool:
        with store.transaction() as transaction:
            return store.sources.put(transaction, one, now=NOW, category_slugs={})

    assert not put(HILLS)
    assert put(replace(HILLS, title="Other"))
    with store.transaction() as transaction:
        store.sources.deactivate(transaction, [HILLS.key])
    assert put(replace(HILLS, title="Other"))


def test_a_source_without_a_name_shows_the_one_it_gives_itself_and_then_its_host(store: Store) -> None:
    nameless = source("nameless", title="", link="")
    subscribe(store, nameless)
    found = store.sources.get(nameless.key)
    assert found is not None
    assert found.title == "nameless.example"
    with store.transaction() as transaction:
        store.sources.learn(transaction, nameless.key, "Its own name", "https://nameless.example/home")
    found = store.sources.get(nameless.key)
    assert found is not None
    assert (found.title, found.link) == ("Its own name", "https://nameless.example/home")


def due(store: Store, now: datetime = NOW, limit: int = 100) -> set[str]:
    with store.transaction() as transaction:
        found = store.polls.due(transaction, now, limit=limit)
    return {subscription.source.slug for subscription in found}


def test_a_new_subscription_is_due_at_once_and_leased_until_its_state_is_saved(store: Store) -> None:
    assert due(store, NOW - timedelta(seconds=1)) == set()
    assert due(store) == {"hills", "coast"}
    assert due(store) == set(), "they are leased"
    with store.transaction() as transaction:
        store.polls.save_state(transaction, HILLS.key, FetchState(next_poll_at=NOW + HOUR))
    assert due(store, NOW + HOUR / 2) == set()
    assert due(store, NOW + HOUR) == {"hills", "coast"}, "a lease ends too"


def test_a_dead_runs_leases_are_freed(store: Store) -> None:
    assert due(store) == {"hills", "coast"}
    with store.transaction() as transaction:
        store.polls.free_leases(transaction)
    assert due(store) == {"hills", "coast"}


def test_the_longest_overdue_go_first(store: Store) -> None:
    with store.transaction() as transaction:
        store.polls.save_state(transaction, HILLS.key, FetchState(next_poll_at=NOW - 2 * HOUR))
        store.polls.save_state(transaction, COAST.key, FetchState(next_poll_at=NOW - HOUR))
    assert due(store, limit=1) == {"hills"}
    assert due(store, limit=1) == {"coast"}


def test_looking_for_what_is_due_costs_no_more_with_many_that_are_not(store: Store) -> None:
    def steps() -> int:
        counted: list[None] = []
        store.connection.set_progress_handler(lambda: counted.append(None), 10)
        assert due(store, NOW - HOUR) == set()
        store.connection.set_progress_handler(None, 0)
        return len(counted)

    few = steps()
    with store.transaction() as transaction:
        for n in range(300):
            store.sources.put(transaction, source(f"later-{n}"), now=NOW, category_slugs={})
    assert steps() <= few + 1


def test_everything_is_due_on_request_but_what_is_paused_or_gone(store: Store) -> None:
    others = {status: source(status.value) for status in (Status.PAUSED, Status.GONE)}
    subscribe(store, *others.values())
    for status, one in others.items():
        with store.transaction() as transaction:
            store.polls.save_state(transaction, one.key, FetchState(status=status, next_poll_at=NOW - 9 * HOUR))
    for one in (HILLS, COAST):
        with store.transaction() as transaction:
            store.polls.save_state(transaction, one.key, FetchState(next_poll_at=NOW + HOUR))
    assert due(store) == set()
    with store.transaction() as transaction:
        store.polls.make_due(transaction, NOW)
    assert due(store) == {"hills", "coast"}


def test_the_state_of_polling_comes_back_verbatim(store: Store) -> None:
    state = FetchState(
        etag='W/"a, b"',
        last_modified="Mon, 16 Dec 2024 05:00:00 +0700 ",
        body_digest="d1",
        next_poll_at=NOW + timedelta(microseconds=7),
        last_success=NOW,
        polls=3,
        failures=2,
        status=Status.FAILING,
        error="it said 500",
    )
    with store.transaction() as transaction:
        store.polls.save_state(transaction, HILLS.key, state)
    assert store.polls.state(HILLS.key) == state
    (report,) = [one for one in store.sources.report() if one.source.key == HILLS.key]
    assert (report.state, report.active, report.entries) == (state, True, 0)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [({"title": "Other"}, True), ({"private": True}, True), ({"url": "https://hills.example/new"}, False)],
)
def test_only_a_new_url_makes_a_source_forget_its_validators(store: Store, changes: dict[str, Any], kept: bool) -> None:
    state = FetchState(etag='"1"', last_modified="x", body_digest="d", next_poll_at=NOW + 9 * HOUR, polls=5)
    with store.transaction() as transaction:
        store.polls.save_state(transaction, HILLS.key, state)
    subscribe(store, replace(HILLS, **changes), now=NOW + HOUR)
    found = store.polls.state(HILLS.key)
    assert found == (state if kept else FetchState(next_poll_at=NOW + HOUR, polls=5))


def test_a_removed_source_is_not_polled_and_its_entries_stay(store: Store) -> None:
    bring(store, HILLS, entry(HILLS, "a"))
    with store.transaction() as transaction:
        store.sources.deactivate(transaction, [HILLS.key, COAST.key])
        store.polls.make_due(transaction, NOW)
    assert due(store) == set()
    assert [one.slug for one in store.sources.active()] == ["seeds"]
    assert [one.slug for one in store.sources.all()] == ["hills", "seeds"]
    assert store.entries.count() == 1
    subscribe(store, HILLS, now=NOW + HOUR)
    assert due(store, NOW + HOUR) == {"hills"}


# Seeds


def test_files_are_known_by_size_time_and_digest_until_they_must_be_read_again(store: Store) -> None:
    with store.transaction() as transaction:
        store.seeds.put(transaction, "a.txt", 3, 17, "d1")
        store.seeds.put(transaction, "b.txt", 4, 18, "d2", again=NOW + HOUR)
    assert store.seeds.files(NOW) == {"a.txt": (3, 17, "d1"), "b.txt": (4, 18, "d2")}
    assert store.seeds.next_again() == NOW + HOUR
    assert set(store.seeds.files(NOW + HOUR)) == {"a.txt"}
    with store.transaction() as transaction:
        store.seeds.forget(transaction, ["a.txt", "b.txt"])
    assert store.seeds.files(NOW) == {}
    assert store.seeds.next_again() is None


def test_missing_files_and_problems_are_replaced_as_a_whole(store: Store) -> None:
    with store.transaction() as transaction:
        store.seeds.set_missing(transaction, {"urn:a": NOW, "urn:b": NOW})
        store.seeds.set_missing(transaction, {"urn:a": NOW - HOUR})
    assert store.seeds.missing() == {"urn:a": NOW - HOUR}
    problems = (SeedProblem("a.pdf", "save it as .txt", "E_TYPE", True), SeedProblem("b", "a copy", "W_COPY", False))
    with store.transaction() as transaction:
        store.seeds.set_problems(transaction, problems)
    assert store.seeds.problems() == problems
    assert [problem.failed for problem in problems] == [True, False]
    with store.transaction() as transaction:
        store.seeds.set_problems(transaction, problems[1:])
    assert store.seeds.problems() == problems[1:]


# The inbox


def test_a_request_waits_until_it_is_answered_and_its_answer_is_read_once(inbox: Inbox) -> None:
    n = inbox.ask("want", "lang-vi", NOW)
    assert n is not None
    assert inbox.waiting() == [(n, "want", "lang-vi")]
    assert inbox.result(n) is None
    inbox.answer(n, "done")
    assert inbox.waiting() == []
    assert inbox.result(n) == "done"
    assert inbox.result(n) is None


def test_the_same_request_twice_is_one_until_it_is_answered(inbox: Inbox) -> None:
    first = inbox.ask("want", "lang-vi", NOW)
    assert first is not None
    assert inbox.ask("want", "lang-vi", NOW) == first
    assert inbox.ask("want", "lang-en", NOW) != first
    inbox.answer(first, "")
    assert inbox.ask("want", "lang-vi", NOW) not in (first, None)


def test_two_connections_share_an_inbox(inbox: Inbox, tmp_path: Path) -> None:
    inbox.ask("publish", "all", NOW)
    with closing(Inbox(tmp_path / "data" / "inbox.sqlite")) as other:
        assert [(kind, argument) for _, kind, argument in other.waiting()] == [("publish", "all")]


def test_a_full_inbox_and_a_long_request_are_refused(inbox: Inbox) -> None:
    assert inbox.ask("want", "é" * (MOST_BYTES // 2 + 1), NOW) is None
    inbox._connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " INSERT INTO requests (kind, argument, at_us) SELECT 'want', i, 0 FROM n",
        (MOST_REQUESTS,),
    )
    assert inbox.ask("want", "one more", NOW) is None
    assert inbox.ask("want", "7", NOW) is not None, "it waits already"


def test_answers_that_nobody_came_for_are_swept(inbox: Inbox) -> None:
    old, waiting = inbox.ask("want", "a", NOW - HOUR), inbox.ask("want", "b", NOW - HOUR)
    fresh = inbox.ask("want", "c", NOW)
    assert old
    assert waiting
    assert fresh
    inbox.answer(old, "x")
    inbox.answer(fresh, "y")
    inbox.sweep(NOW)
    assert inbox.result(old) is None
    assert inbox.result(fresh) == "y"
    assert [n for n, _, _ in inbox.waiting()] == [waiting]


def test_an_inbox_that_cannot_be_used_is_told_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "inbox.sqlite").write_bytes(b"This is no database. " * 100)
    with pytest.raises(StoreError, match=r"inbox\.sqlite: "):
        Inbox(tmp_path / "inbox.sqlite")


@pytest.mark.parametrize("column", ["e.id", "e.canonical", "e.text_digest"])
def test_what_is_known_is_found_by_an_index_however_large_the_store_is(tmp_path: Path, column: str) -> None:
    store = opened(tmp_path)
    plans: list[str] = []
    store.connection.set_trace_callback(plans.append)
    store.entries.known(key("hills"), {"urn:x:1"}, ["https://hills.example/1"], ["0" * 32])
    store.connection.set_trace_callback(None)
    (asked,) = [statement for statement in plans if f"{column} IN" in statement]
    plan = [row["detail"] for row in store.connection.execute(f"EXPLAIN QUERY PLAN {asked}")]
    store.close()
    assert any(line.startswith("SEARCH e ") for line in plan), plan


def test_another_connection_of_the_process_leaves_the_lock_of_a_writer_alone(tmp_path: Path) -> None:
    """To open and close a file by hand would let go of it, and two writers at once would damage the file."""
    path = tmp_path / "inbox.sqlite"
    Inbox(path).close()
    attempt = f"import sqlite3; sqlite3.connect({str(path)!r}, timeout=0).execute('BEGIN IMMEDIATE')"
    with closing(connect(path)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO requests (kind, argument, at_us) VALUES ('want', 'all', 1)")
        connect(path).close()
        other = subprocess.run([sys.executable, "-c", attempt], capture_output=True, text=True, check=False)
        assert "database is locked" in other.stderr
    assert [file.name for file in tmp_path.iterdir() if "journal" not in file.name] == ["inbox.sqlite"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_damaged_inbox_makes_room_for_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "inbox.sqlite"
    with closing(Inbox(path)) as made:
        for number in range(200):
            made.ask("want", f"feed-{number}", NOW)
    content = bytearray(path.read_bytes())
    content[4096:12288] = b"\xff" * 8192
    path.write_bytes(content)
    assert Inbox.set_aside_if_damaged(path) == tmp_path / "inbox.sqlite.damaged"
    with closing(Inbox(path)) as made:
        assert made.waiting() == []


def test_no_two_entries_have_one_updated_whatever_their_ids(store: Store) -> None:
    met: dict[datetime, str] = {}
    for number in range(10_000):
        moment = distinct(NOW, entry(HILLS, f"n{number}").id)
        if moment in met:
            break
        met[moment] = f"n{number}"
    alike = [entry(HILLS, name, published=NOW, updated=moment) for name in (met[moment], f"n{number}")]
    bring(store, HILLS, alike[0])
    bring(store, HILLS, alike[1])
    bring(store, HILLS, *(replace(one, title=f"{one.title}, again", digest="other") for one in alike))
    stored = [store.entries.get(one.id) for one in alike]
    assert len({one.updated for one in stored if one}) == 2
    assert all(one and abs(one.updated - moment) < timedelta(hours=1) for one in stored)


def test_entries_of_one_moment_in_an_older_store_get_their_own(tmp_path: Path) -> None:
    path = tmp_path / "seedfeed.sqlite"
    with closing(opened(tmp_path)) as store:
        subscribe(store, HILLS)
        bring(store, HILLS, *(entry(HILLS, name) for name in ("a", "b", "c")))
        path = Path(store.connection.execute("PRAGMA database_list").fetchone()["file"])
        store.connection.execute("UPDATE entries SET updated_us = 1000000")
        store.connection.execute("DROP INDEX entries_updated")
        store.connection.execute("DELETE FROM _sqlite_migrations WHERE name LIKE 'm021%'")
        store.connection.execute("PRAGMA user_version = 20")
        before = store.entries.change()
    with closing(Store.open(path)) as store:
        rows = store.connection.execute("SELECT updated_us, change FROM entries ORDER BY n").fetchall()
        assert [row["updated_us"] for row in rows] == [1000000, 1000001, 1000002]
        assert [row["change"] > before for row in rows] == [False, True, True]
