"""The ledger ids.toml: it comes back as it was written, and is never made anew behind the operator's back."""

import tempfile
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import FaultError, SeedError
from worker.seeds.ledger import (
    Ledger,
    SeedRecord,
    SourceIndex,
    SourceRecord,
    dump,
    load,
    mint_seed_id,
    mint_site_id,
    save,
)

SITE = "urn:uuid:6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
SEEN = datetime(2024, 12, 16, 5, 0, 0, 123456, tzinfo=UTC)


def seed(key: str, **changes: Any) -> SeedRecord:
    made = SeedRecord(id=mint_seed_id(SITE, key), key=key, path=key, digest="ab" * 32, first_seen=SEEN, updated=SEEN)
    return replace(made, **changes)


def loads(content: str) -> Ledger:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ids.toml"
        path.write_text(content, encoding="utf-8", newline="\n")
        ledger = load(path, Path(folder) / "none.toml")
    assert ledger is not None
    return ledger


def ledger_of(*seeds: SeedRecord) -> Ledger:
    return Ledger(SITE, {record.id: record for record in seeds})


FULL = Ledger(
    SITE,
    {
        record.id: record
        for record in (seed("b.txt"), seed("a/Đảng.txt", path="c.txt", deleted=SEEN, earlier=("cd", "ef")))
    },
    {"vho": SourceRecord("vho", str(uuid.UUID(int=7)), "https://vho.example/rss")},
    {"Chính trị": "chinh-tri", "World": "world"},
)

EXPECTED = f"""\
# Seedfeed keeps here under which ids your seeds and sources were first published, and when.
# It is written by the program: keep it, back it up, put it under version control. Without it
# every entry would get a new id, and every subscriber would see everything again.

site = "{SITE}"

[categories]
"Chính trị" = "chinh-tri"
"World" = "world"

[sources."vho"]
key = "00000000-0000-0000-0000-000000000007"
url = "https://vho.example/rss"

[seeds."a/Đảng.txt"]
id = "{mint_seed_id(SITE, "a/Đảng.txt")}"
path = "c.txt"
digest = "{"ab" * 32}"
first_seen = 2024-12-16T05:00:00.123456Z
updated = 2024-12-16T05:00:00.123456Z
deleted = 2024-12-16T05:00:00.123456Z
earlier = "cd ef"

[seeds."b.txt"]
id = "{mint_seed_id(SITE, "b.txt")}"
path = "b.txt"
digest = "{"ab" * 32}"
first_seen = 2024-12-16T05:00:00.123456Z
updated = 2024-12-16T05:00:00.123456Z
"""


def test_the_ledger_is_sorted_text_for_version_control(tmp_path: Path) -> None:
    assert dump(FULL) == EXPECTED
    save(tmp_path / "ids.toml", dump(FULL))
    assert load(tmp_path / "ids.toml", tmp_path / "none.toml") == FULL


@given(st.text(), st.text(), st.text())
def test_any_path_name_or_url_comes_back(key: str, name: str, url: str) -> None:
    key, name, url = (text.encode("utf-8", "replace").decode() for text in (key, name, url))
    ledger = ledger_of(seed(key)).with_source(SourceRecord(name, "k", url)).with_category(name, "x")
    assert dump(ledger) == dump(loads(dump(ledger)))
    assert loads(dump(ledger)) == ledger


def test_without_a_ledger_there_is_none(tmp_path: Path) -> None:
    assert load(tmp_path / "ids.toml", tmp_path / "data" / "ids.toml") is None


def test_while_seeds_cannot_be_written_the_ledger_in_data_is_the_newer_one(tmp_path: Path) -> None:
    kept, spare = tmp_path / "ids.toml", tmp_path / "spare.toml"
    save(kept, dump(ledger_of(seed("a.txt"))))
    save(spare, dump(FULL))
    assert load(kept, spare) == FULL
    assert load(tmp_path / "none.toml", spare) == FULL


def test_a_ledger_of_another_site_in_data_is_not_ours(tmp_path: Path) -> None:
    kept, spare = tmp_path / "ids.toml", tmp_path / "spare.toml"
    save(kept, dump(FULL))
    save(spare, dump(Ledger(mint_site_id())))
    assert load(kept, spare) == FULL


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "line 1: site"),
        (b'site = "no uuid"\n', "line 1: site"),
        (b"<<<<<<< HEAD\n", "line 1"),
        (EXPECTED.encode().replace(b'"World"', b"World World"), "line 9"),
        (EXPECTED.encode()[:-30], "line 29, the end"),
        (EXPECTED.encode().replace(b'path = "c.txt"', b"path = 3"), 'line 15: [seeds."a/Đảng.txt"] path'),
        (EXPECTED.encode().replace(b"first_seen = 2024-12-16T05:00:00.123456Z", b"first_seen = 2024"), "first_seen"),
        (EXPECTED.encode().replace(b'url = "https', b'uri = "https'), 'line 11: [sources."vho"] url'),
        (EXPECTED.encode().replace("Đ".encode(), b"\xd0"), "line 15: not UTF-8"),
        (f'site = "{SITE}"\nseeds = 3\n'.encode(), "seeds"),
        (f'site = "{SITE}"\nx = '.encode() + b"[" * 5000, "never a ledger"),
    ],
)
def test_a_damaged_ledger_is_an_error_that_says_where_and_what_to_do(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "ids.toml"
    path.write_bytes(content)
    with pytest.raises(SeedError) as caught:
        load(path, tmp_path / "none.toml")
    assert str(path) in str(caught.value)
    assert told in str(caught.value)
    assert "put back an earlier copy" in str(caught.value)
    assert caught.value.code == "E_IDS"
    assert path.read_bytes() == content


def test_a_ledger_that_cannot_be_read_is_not_to_be_replaced_by_an_earlier_one(tmp_path: Path) -> None:
    (tmp_path / "ids.toml").mkdir()
    with pytest.raises(FaultError, match=r"ids\.toml: it is a directory; move that away") as caught:
        load(tmp_path / "ids.toml", tmp_path / "none.toml")
    assert "earlier copy" not in str(caught.value)


def test_a_link_to_a_ledger_elsewhere_stays_one(tmp_path: Path) -> None:
    kept, link = tmp_path / "checkout" / "ids.toml", tmp_path / "ids.toml"
    kept.parent.mkdir()
    link.symlink_to(kept)
    for content in ("one", "two"):
        save(link, content)
        assert (link.is_symlink(), kept.read_text()) == (True, content)
    assert list(kept.parent.iterdir()) == [kept]


def test_a_mark_that_an_editor_adds_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "ids.toml"
    path.write_bytes(b"\xef\xbb\xbf" + EXPECTED.replace("\n", "\r\n").encode())
    assert load(path, tmp_path / "none.toml") == FULL


def test_saving_replaces_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "ids.toml"
    save(path, "old")
    path.chmod(0o640)
    save(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["ids.toml"]


def test_a_folder_that_cannot_be_written_is_the_callers_matter(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"ids\.toml"):
        save(tmp_path / "gone" / "ids.toml", "text")


def test_ids_derive_from_the_site_and_the_key_alone() -> None:
    assert mint_seed_id(SITE, "a.txt") == mint_seed_id(SITE, "a.txt")
    assert mint_seed_id(SITE, "a.txt") != mint_seed_id(SITE, "b.txt")
    assert mint_seed_id(SITE, "a.txt") != mint_seed_id(mint_site_id(), "a.txt")
    assert uuid.UUID(mint_seed_id(SITE, "tin/Đảng.txt")).version == 5


@pytest.mark.parametrize(
    ("title", "url", "slug"),
    [
        ("Văn Hóa", "https://a.example/rss", "van-hoa"),
        ("", "https://news.example/rss", "news-example"),
        ("Taken", "https://a.example/rss", "taken-"),
        ("Seeds", "https://a.example/rss", "seeds-"),
    ],
)
def test_source_slugs_come_from_the_title_or_the_host(title: str, url: str, slug: str) -> None:
    known = SourceIndex({"taken": SourceRecord("taken", "k", "https://b.example/")})
    minted = known.slug(title, url)
    assert minted == slug or (slug.endswith("-") and minted.startswith(slug) and len(minted) == len(slug) + 6)
    assert minted == known.slug(title, url)


def test_a_source_is_found_at_the_addresses_that_it_has_now() -> None:
    known = SourceIndex({"a": SourceRecord("a", "k", "http://a.example/rss", "https://new.example/rss")})
    known.put(SourceRecord("b", "l", "https://b.example/rss"))
    found = {
        "http://a.example/rss": "a",
        "https://a.example/rss/": "a",
        "https://new.example/rss": "a",
        "http://b.example:80/rss": "b",
        "https://c.example/rss": "",
        "": "",
    }
    assert {url: (one.slug if (one := known.at(url)) else "") for url in found} == found
    known.put(SourceRecord("a", "k", "https://c.example/rss"))
    found |= {"https://c.example/rss": "a"} | dict.fromkeys(list(found)[:3], "")
    assert {url: (one.slug if (one := known.at(url)) else "") for url in found} == found
    assert list(known.records) == ["a", "b"]


def test_categories_keep_their_slugs_and_collisions_get_their_own() -> None:
    ledger = Ledger(SITE).with_category("Má", "ma")
    assert ledger.category_slug("Má") == "ma"
    assert ledger.category_slug("má") == "ma"
    assert ledger.category_slug("Mả").startswith("ma-")
    assert ledger.category_slug("Mả") != ledger.category_slug("Mạ")
    assert len(ledger.with_category("y" * 60, "y" * 60).category_slug("y" * 99)) <= 60
