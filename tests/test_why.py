"""`seedfeed why`: what an entry or a file is, and what was read from where. A real home."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from support.ingest import Desk

STORY = """\
Vân Khê khai mạc Hội sách bến sông năm 2025
BSK - Sáng 18.10, tại bến đò cũ, thị trấn Vân Khê khai mạc Hội sách bến sông lần thứ bảy. <
Hội sách có bốn mươi gian, mở cửa đến hết tuần.
Theo Thông tấn xã Khê Giang
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    site = Desk(tmp_path_factory.mktemp("why"), 'timezone = "Asia/Ho_Chi_Minh"')
    site.drop("tin/hoi-sach.txt", STORY)
    site.drop("note.md", "---\ntitle: A note\ntags: [sea]\n---\nIt rained.\n")
    site.drop("later.md", "---\ntitle: Later\ndate: 2099-01-01\n---\nNot yet.\n")
    site.drop("broken.md", "---\ntitle: [\n---\nText.\n")
    site.cycle(expect=1)
    return site


def told(site: Desk, named: str) -> dict[str, Any]:
    return site.why(named)


def test_a_file_and_its_entry_tell_the_same(site: Desk) -> None:
    by_file = told(site, str(site.seeds / "tin" / "hoi-sach.txt"))
    assert by_file == told(site, by_file["id"]) == told(site, by_file["id"][9:])
    assert by_file == told(site, by_file["link"]) == told(site, "tin/hoi-sach.txt")
    assert by_file == json.loads(site.seedfeed("why", by_file["id"], "--json"))
    assert (by_file["file"], by_file["state"], by_file["source"]) == ("tin/hoi-sach.txt", "published", "seeds")
    assert by_file["title"] == "Vân Khê khai mạc Hội sách bến sông năm 2025"
    assert by_file["published"] == "2025-10-18T05:00:00Z"
    assert by_file["credit"] == "Thông tấn xã Khê Giang"
    assert by_file["feeds"] == ["all", "seeds", "category-tin", "lang-vi"]
    assert [one["verdict"] for one in by_file["log"]] == ["new"]
    assert by_file["problem"] is None


@pytest.mark.parametrize("words", [["entries", "--json"], ["why", "note.md", "--json"]])
def test_addresses_are_those_that_were_published_whatever_the_settings_say_by_now(site: Desk, words: list[str]) -> None:
    """As after `seedfeed run --port 9`, of which other commands know nothing."""
    then = site.seedfeed(*words)
    assert f'"link": "{site.base_url}/entries/' in then
    assert site.seedfeed(*words, environ={"SEEDFEED_BASE_URL": "http://127.0.0.1:9"}) == then


def test_each_field_has_its_evidence_and_what_was_dropped_is_told(site: Desk) -> None:
    read = told(site, "tin/hoi-sach.txt")["read"]
    fields = {one["field"]: one for one in read}
    assert {"title", "published", "credit", "language", "summary", "categories", "dropped"} <= fields.keys()
    assert fields["published"]["value"] == "2025-10-18T05:00:00Z"
    assert "18.10" in fields["published"]["passage"]
    assert fields["credit"]["passage"] == "Theo Thông tấn xã Khê Giang"
    assert fields["dropped"]["passage"] == "<"
    assert fields["categories"]["value"] == "tin"
    assert {one["field"] for one in told(site, "note.md")["read"] if one["source"] == "front matter"} == {
        "title",
        "categories",
    }


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("later.md", "it is not public before 2098-12-31T17:00:00Z"),
        ("broken.md", "header line"),
        ("site.toml", "holds the settings"),
    ],
)
def test_a_file_that_is_not_published_says_why(site: Desk, name: str, problem: str) -> None:
    line = told(site, name)
    assert (line["file"], line["state"], line["id"]) == (name, "not published", None)
    assert problem in line["problem"]


def test_a_picture_says_with_which_article_it_is_published(site: Desk) -> None:
    site.drop("tin/hoi-sach.png", b"\x89PNG\r\n\x1a\n")
    site.cycle(expect=1)
    assert told(site, "tin/hoi-sach.png")["problem"] == "is no article; it is published with tin/hoi-sach.txt."
    assert told(site, "tin/hoi-sach.txt")["image"].endswith("/hoi-sach.png")


def test_a_file_that_is_gone_is_known_still(site: Desk) -> None:
    site.drop("gone.txt", "A story that goes\nIt was here for a while.\n")
    site.cycle(expect=1)
    id_ = told(site, "gone.txt")["id"]
    (site.seeds / "gone.txt").unlink()
    line = told(site, "gone.txt")
    assert (line["id"], line["state"]) == (id_, "published")
    assert "is gone" in line["problem"]
    site.cycle(expect=1)
    assert told(site, "gone.txt")["state"] == "withdrawn"


def test_people_get_the_same_in_lines(site: Desk) -> None:
    text = site.seedfeed("why", "tin/hoi-sach.txt")
    assert text.startswith("Vân Khê khai mạc Hội sách bến sông năm 2025\nurn:uuid:")
    assert "Read from the file\n" in text
    assert "What happened\n" in text


def test_what_is_neither_an_entry_nor_a_seed_is_an_error(site: Desk, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.txt").write_text("x")
    for named in ("nothing.txt", "urn:uuid:00000000-0000-0000-0000-000000000000"):
        outcome = site.attempt("why", named)
        assert outcome.returncode == 1
        assert outcome.stderr.startswith(f"seedfeed: {named}: no such entry and no such file")
    assert "does not lie below" in site.attempt("why", str(tmp_path / "elsewhere.txt")).stderr


def test_a_pipe_is_not_waited_for(site: Desk) -> None:
    os.mkfifo(site.seeds / "pipe.txt")
    assert told(site, "pipe.txt")["problem"] == "is not a plain file; skipped."


def test_nothing_is_written(site: Desk) -> None:
    site.seedfeed("why", "note.md")
    before = {path: path.stat().st_mtime_ns for path in site.root.rglob("*") if "sqlite" not in path.name}
    site.seedfeed("why", "note.md")
    assert before == {path: path.stat().st_mtime_ns for path in site.root.rglob("*") if "sqlite" not in path.name}
