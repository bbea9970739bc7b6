"""The life of a seed: what subscribers see when a file is dropped, edited, moved or deleted."""

import re
import shutil
from pathlib import Path

import pytest

from feeds.errors import SeedError
from support.ingest import Desk
from support.site import Site, ids, tombstones
from support.validity import ACCEPTED, check_atom, check_json, check_rss

STORY = """Ferry to Quay Island runs again
HARBOUR NEWS - The ferry left the pier at seven this morning with eleven people on board, three weeks after its \
engine had failed in a storm that nobody on the island will forget.
The captain, who has made the crossing for thirty years, said that the new engine hums a full tone lower than the \
old one.
On the island the baker had opened early, and the school band played on the slipway until the rain came.
Source: Harbour Wire
"""
OTHER = """Library of Lower Marsh lends out telescopes
Since Monday anybody with a library card may borrow one of six telescopes for a fortnight, with a map of the winter \
sky and a woollen blanket against the cold of the marsh.
The librarian hopes that the long queue for the first of them will shorten by spring.
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Desk(tmp_path)


def published(site: Site, feed: str = "all") -> bytes:
    return site.documents()[f"/feeds/{feed}.atom"]


def only(site: Site) -> dict[str, object]:
    (entry,) = site.entries()
    return entry


def test_a_dropped_file_is_an_entry_in_every_format(tmp_path: Path) -> None:
    """Every step a command of its own; the other tests run their cycles here."""
    site = Site(tmp_path)
    site.drop("harbour/ferry.txt", STORY)
    site.cycle()
    entry = only(site)
    assert entry["title"] == "Ferry to Quay Island runs again"
    assert entry["categories"] == ["harbour"]
    assert str(entry["id"]).startswith("urn:uuid:")
    documents = site.documents()
    for feed in ("all", "seeds"):
        for suffix in ("atom", "rss", "json"):
            assert str(entry["id"]).encode() in documents[f"/feeds/{feed}.{suffix}"]


def test_an_edit_keeps_the_id_and_moves_updated(site: Site) -> None:
    site.drop("ferry.txt", STORY)
    site.cycle()
    before = only(site)
    site.drop("ferry.txt", STORY.replace("eleven people", "twelve people"))
    site.cycle()
    after = only(site)
    assert after["id"] == before["id"]
    assert after["published"] == before["published"]
    assert str(after["updated"]) >= str(before["updated"])
    assert after["revision"] == 2
    assert b"twelve people" in published(site)


def test_saving_a_file_again_without_a_change_changes_no_byte(site: Site) -> None:
    file = site.drop("ferry.txt", STORY)
    site.cycle()
    before = site.documents()
    file.unlink()
    site.drop("ferry.txt", STORY)
    site.cycle()
    assert site.documents() == before


def test_a_renamed_and_a_moved_file_keep_their_ids_and_are_not_announced_again(site: Site) -> None:
    site.drop("ferry.txt", STORY)
    site.drop("library.txt", OTHER)
    site.cycle()
    before = {entry["title"]: (entry["id"], entry["updated"], entry["published"]) for entry in site.entries()}
    (site.seeds / "ferry.txt").rename(site.seeds / "ferry-final.txt")
    (site.seeds / "culture").mkdir()
    (site.seeds / "library.txt").rename(site.seeds / "culture" / "library.txt")
    site.cycle()
    after = {entry["title"]: (entry["id"], entry["updated"], entry["published"]) for entry in site.entries()}
    assert after == before
    assert tombstones(published(site)) == []


def test_a_file_that_is_renamed_and_edited_at_once_keeps_its_id(site: Site) -> None:
    site.drop("a.txt", STORY)
    site.cycle()
    before = only(site)
    (site.seeds / "a.txt").unlink()
    site.drop("culture/b.txt", STORY.replace("seven", "eight"))
    site.cycle()
    after = only(site)
    assert (after["id"], after["revision"], after["categories"]) == (before["id"], 2, ["culture"])
    assert tombstones(published(site)) == []
    (site.seeds / "culture" / "b.txt").unlink()
    site.drop("c.txt", OTHER)
    site.cycle()
    assert only(site)["id"] != before["id"]
    assert tombstones(published(site)) == [before["id"]]


def test_a_deleted_file_leaves_a_tombstone_and_lives_again_when_put_back(site: Site) -> None:
    site.drop("ferry.txt", STORY)
    site.drop("library.txt", OTHER)
    site.cycle()
    ferry = next(str(entry["id"]) for entry in site.entries() if "Ferry" in entry["title"])
    (site.seeds / "ferry.txt").unlink()
    site.cycle()
    assert ferry not in ids(published(site))
    assert tombstones(published(site)) == [ferry]
    site.drop("ferry.txt", STORY)
    site.cycle()
    assert ferry in ids(published(site))
    assert tombstones(published(site)) == []


def test_a_copy_is_the_file_of_its_entry_once_the_original_is_gone(site: Site) -> None:
    site.drop("a.txt", STORY)
    site.cycle()
    before = only(site)
    site.drop("news/b.txt", STORY)
    site.cycle()
    (site.seeds / "a.txt").unlink()
    site.cycle()
    after = only(site)
    assert (after["id"], after["categories"]) == (before["id"], ["news"])
    (site.seeds / "news" / "b.txt").unlink()
    site.cycle()
    assert site.entries() == []


def test_an_identical_copy_publishes_nothing_until_it_differs(site: Site) -> None:
    site.drop("ferry.txt", STORY)
    site.cycle()
    site.drop("ferry copy.txt", STORY)
    site.cycle()
    first = only(site)["id"]
    site.drop("ferry copy.txt", STORY + "A second ferry follows in May.\n")
    site.cycle()
    assert {entry["id"] for entry in site.entries()} > {first}


COPIES = ("{0} - Copy.txt", "{0}_old.txt", "archive/{0}-v1.txt", "backup/{0}.txt")


def of_a_boat(name: str) -> str:
    # No two share their words.
    words = " ".join(f"{name}{word}" for word in STORY.split()[:40])
    return f"The {name} is back\n\nThe {name} cost 40,000 euros.\n\n{words}.\n"


@pytest.mark.parametrize("at_once", [False, True], ids=["copied before", "copied just now"])
def test_a_safety_copy_never_takes_the_place_of_what_was_edited_withdrawn_or_renamed(site: Site, at_once: bool) -> None:
    ways = ["edited", "headed", "opened", "named", "moved", "renamed"]
    # What goes in the moment when the copy comes has been renamed.
    ways += [] if at_once else ["rewritten", "removed"]
    names = [f"{way}{number}" for way in ways for number in range(len(COPIES))]
    for name in names:
        site.drop(f"{name}.txt", of_a_boat(name))
    site.cycle()
    ids = {str(entry["title"]).split()[1]: entry["id"] for entry in site.entries()}
    copies = {name: site.seeds / COPIES[int(name[-1])].format(name) for name in names}
    for copy in copies.values():
        copy.parent.mkdir(exist_ok=True)
        shutil.copy2(site.seeds / f"{re.split(r'[ _-]', copy.stem)[0]}.txt", copy)
    if not at_once:
        assert site.attempt("worker", "--once").stderr.count("says the same as") == len(copies)
    for name in names:
        file, text = site.seeds / f"{name}.txt", of_a_boat(name)
        match name[:-1]:
            case "edited":
                site.drop(file.name, text.replace("40,000", "4,000"))
            case "headed":
                site.drop(file.name, f"---\ndraft: true\n---\n{text}")
            case "opened":
                site.drop(file.name, f"DRAFT - do not publish\n\n{text}")
            case "named":
                file.rename(site.seeds / f"{name}_DRAFT.txt")
            case "moved":
                site.drop(f"drafts/{file.name}", text)
                file.unlink()
            case "renamed":
                file.rename(site.seeds / f"{name}-of-the-harbour.txt")
            case "rewritten":
                file.unlink()
                site.drop(f"news/{name}.txt", text.replace("40,000", "4,000"))
            case "removed":
                file.unlink()
    told = site.attempt("worker", "--once").stderr
    public = {name: id_ for name, id_ in ids.items() if name[:-1] in ("edited", "renamed", "rewritten", "removed")}
    for _ in range(2):
        entries = {entry["id"]: str(entry["title"]).split()[1] for entry in site.entries()}
        assert entries == {id_: name for name, id_ in public.items()}
        corrected = re.findall(r"The (\w+)\d cost 4,000", published(site).decode())
        assert set(corrected) == {"edited"} | ({"rewritten"} if "rewritten" in ways else set())
        # The copies go elsewhere.
        for copy in copies.values():
            if copy.exists() and copy.stem[:7] != "removed":
                copy.rename(copy.with_name(f"{copy.stem} 2.txt"))
        told += site.attempt("worker", "--once").stderr
    assert told.count("before it was edited. It is not published") >= 12


def test_a_file_overwritten_with_another_story_is_a_new_entry_and_the_old_one_stays(site: Site) -> None:
    site.drop("today.txt", STORY)
    site.cycle()
    old = only(site)["id"]
    site.drop("today.txt", OTHER)
    site.cycle()
    found = {entry["title"]: entry["id"] for entry in site.entries()}
    assert found["Ferry to Quay Island runs again"] == old
    assert found["Library of Lower Marsh lends out telescopes"] != old
    assert tombstones(published(site)) == []
    again = site.documents()
    site.cycle()
    assert site.documents() == again


def test_an_overwritten_file_that_moves_takes_its_own_id_along(site: Site) -> None:
    site.drop("today.txt", STORY)
    site.cycle()
    site.drop("today.txt", OTHER)
    site.cycle()
    before = {entry["title"]: entry["id"] for entry in site.entries()}
    (site.seeds / "today.txt").rename(site.seeds / "yesterday.txt")
    site.cycle()
    assert {entry["title"]: entry["id"] for entry in site.entries()} == before
    assert tombstones(published(site)) == []


def test_a_lost_ledger_is_made_again_from_the_store(site: Site) -> None:
    site.drop("ferry.txt", STORY)
    site.drop("library.txt", OTHER)
    site.cycle()
    (site.seeds / "library.txt").rename(site.seeds / "telescopes.txt")
    site.cycle()
    before, documents = site.entries(), site.documents()
    (site.seeds / "ids.toml").unlink()
    site.cycle()
    assert site.entries() == before
    assert site.documents() == documents
    site.drop("telescopes.txt", OTHER.replace("six telescopes", "seven telescopes"))
    site.cycle()
    assert {entry["id"] for entry in site.entries()} == {entry["id"] for entry in before}


def test_a_ledger_of_another_home_beside_a_store_is_asked_about(tmp_path: Path) -> None:
    here, there = Desk(tmp_path / "here"), Desk(tmp_path / "there")
    for site in (here, there):
        site.drop("ferry.txt", STORY)
        site.drop("library.txt", OTHER)
        site.cycle()
    before, documents, ledger = here.entries(), here.documents(), here.seeds / "ids.toml"
    foreign, own = (there.seeds / "ids.toml").read_bytes(), ledger.read_bytes()

    def exchange() -> None:
        ledger.write_bytes(foreign)
        with pytest.raises(SeedError, match="does not belong to data/") as asked:
            here.cycle()
        assert asked.value.code == "E_IDS"
        assert "ids.toml: it does not belong to data/" in here.sources()["seeds"]["error"]
        assert ledger.read_bytes() == foreign
        assert (here.entries(), here.documents()) == (before, documents)

    exchange()
    ledger.write_bytes(own)
    here.cycle()
    exchange()
    ledger.unlink()  # made again from data/
    here.cycle()
    assert (here.entries(), here.documents()) == (before, documents)
    exchange()
    shutil.rmtree(here.root / "data")
    here.cycle()
    assert {entry["id"] for entry in here.entries()} == {entry["id"] for entry in there.entries()}


def test_a_damaged_ledger_beside_a_store_is_told_before_a_worker_meets_it(site: Site) -> None:
    site.drop("ferry.txt", STORY)
    site.cycle()
    ledger = site.seeds / "ids.toml"
    own = ledger.read_bytes()
    for damaged in (b"", b"\0" * len(own), own[: len(own) // 2], own + b"garbage = [\n", b"<<<<<<< HEAD\n" + own):
        ledger.write_bytes(damaged)
        told = site.sources()["seeds"]
        assert (told["status"], "Nothing is read until then" in told["error"]) == ("failing", True), damaged
    ledger.unlink()
    ledger.mkdir()
    assert "ids.toml: it is a directory" in site.sources()["seeds"]["error"]
    ledger.rmdir()
    ledger.write_bytes(own)
    assert site.sources()["seeds"]["error"] == ""


def test_an_id_of_the_site_that_is_set_later_asks_nothing(site: Site) -> None:
    site.drop("ferry.txt", STORY)
    site.cycle()
    before = only(site)["id"]
    site.configure('id = "urn:uuid:6f9619ff-8b86-4d01-b42d-00cf4fc964ff"')
    site.cycle()
    site.cycle()
    assert only(site)["id"] == before


def test_a_folder_that_is_not_mounted_withdraws_nothing(site: Site) -> None:
    site.drop("ferry.txt", STORY)
    site.cycle()
    before = site.documents()
    site.seeds.rename(site.root / "elsewhere")
    settings = {"SEEDFEED_TITLE": "Test home", "SEEDFEED_BASE_URL": site.base_url, "SEEDFEED_SEEDS__DELETE_AFTER": "0s"}
    done = site.attempt("worker", "--once", environ=settings)
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
    assert site.documents() == before
    (site.root / "elsewhere").rename(site.seeds)
    site.cycle()
    assert site.documents() == before


def test_deleted_seeds_that_were_held_back_are_withdrawn_when_somebody_says_so(site: Site) -> None:
    for number in range(8):
        site.drop(f"{number}.txt", f"Story {number} of the harbour\nIt has a text of its own, number {number}.\n")
    site.cycle()
    for number in range(7):
        (site.seeds / f"{number}.txt").unlink()
    assert "seedfeed publish seeds --accept" in site.attempt("worker", "--once").stderr
    assert len(site.entries()) == 8
    assert "with the next look" in site.seedfeed("publish", "seeds", "--accept")
    site.cycle()
    assert len(site.entries()) == 1
    assert len(tombstones(published(site))) == 7


def test_an_id_given_to_a_home_that_ran_changes_no_id_of_a_seed(site: Site) -> None:
    site.drop("ferry.txt", STORY)
    site.cycle()
    before = only(site)["id"]
    site.configure('id = "urn:uuid:6f1de9a5-94a1-4a3c-8a7f-0d4f4a6a2f0b"')
    site.cycle()
    assert only(site)["id"] == before


def test_without_data_the_same_ids_times_and_tombstones_come_back(site: Site) -> None:
    site.drop("ferry.txt", STORY)
    site.drop("library.txt", OTHER)
    site.drop("gone.txt", "Gone tomorrow\n\nThis one will not stay for long in this folder.\n")
    site.cycle()
    (site.seeds / "gone.txt").unlink()
    (site.seeds / "library.txt").rename(site.seeds / "telescopes.txt")
    site.cycle()
    before = site.entries()
    feed = published(site)
    shutil.rmtree(site.root / "data")
    site.cycle()
    keys = ("id", "title", "published", "updated")
    assert [[entry[key] for key in keys] for entry in site.entries()] == [
        [entry[key] for key in keys] for entry in before
    ]
    assert ids(published(site)) == ids(feed)
    assert tombstones(published(site)) == tombstones(feed)


def test_a_new_host_name_changes_no_id_and_no_date(site: Site) -> None:
    site.drop("ferry.txt", STORY)
    site.cycle()
    before = only(site)
    site.seedfeed("worker", "--once", environ={"SEEDFEED_BASE_URL": "https://news.example"})
    after = next(iter(site.entries()))
    assert (after["id"], after["updated"]) == (before["id"], before["updated"])
    assert b"https://news.example/feeds/all.atom" in published(site)


def test_drafts_and_future_dates_wait_and_expired_entries_leave(site: Site) -> None:
    site.drop("early.md", "---\ntitle: Early\ndraft: true\n---\nNot yet.\n")
    site.drop("later.md", "---\ntitle: Later\ndate: 2999-01-01\n---\nIn a far year.\n")
    site.drop("over.md", "---\ntitle: Over\nexpires: 2001-01-01\n---\nLong over.\n")
    site.drop("now.md", "---\ntitle: Now\n---\nHere.\n")
    site.cycle()
    assert [entry["title"] for entry in site.entries()] == ["Now"]
    site.drop("now.md", "---\ntitle: Now\ndraft: true\n---\nHere.\n")
    site.drop("early.md", "---\ntitle: Early\n---\nNow it is.\n")
    site.cycle()
    assert [entry["title"] for entry in site.entries()] == ["Early"]
    assert len(tombstones(published(site))) == 1


def test_a_public_entry_in_doubt_stays_and_is_told_and_draft_true_withdraws_it(site: Site) -> None:
    story = "---\ntitle: {0}\n{1}\n---\nThe {0} is near the town, and much is told of it.\n"
    for name in ("Ferry", "Crane", "Beacon", "Bridge"):
        site.drop(f"{name}.md", story.format(name, "lang: en"))
    site.cycle()
    site.drop("Ferry.md", story.format("Ferry", "darft: true"))
    site.drop("Crane.md", story.format("Crane", "embargo: wait for the minister\ndraft: true"))
    site.drop("Beacon.md", story.format("Beacon", "date: nonsense\nexpires: soon\nstatus: draft"))
    site.drop("Bridge.md", story.format("Bridge", "draft: maybe"))
    site.drop("New.md", story.format("New", "darft: true"))
    told = site.attempt("worker", "--once").stderr.splitlines()
    assert sorted(entry["title"] for entry in site.entries()) == ["Bridge", "Ferry"]
    public = [line.split(": ")[1] for line in told if "The version before is still public; `draft: true` in" in line]
    assert sorted(public) == ["Bridge.md", "Ferry.md"]
    said = [site.seedfeed("why", str(site.seeds / name)) for name in ("Ferry.md", "Bridge.md", "New.md")]
    assert ["The version before is still public" in one for one in said] == [True, True, False]
    site.drop("Ferry.md", story.format("Ferry", "darft: true\ndraft: true"))
    site.drop("Bridge.md", "status: private\n\n" + story.format("Bridge", "lang: en").partition("\n---\n")[2])
    site.attempt("worker", "--once")
    assert site.entries() == []


def test_a_public_entry_that_is_called_a_draft_is_withdrawn_and_comes_back_as_the_same(site: Site) -> None:
    story = "The {0} is back\n\nThe {0} is near the town, and much is told of it.\n"
    names = ("ferry", "crane", "bridge", "beacon")
    for name in names:
        site.drop(f"{name}.txt", story.format(name))
    site.cycle()
    ids = {entry["title"]: entry["id"] for entry in site.entries()}
    (site.seeds / "drafts").mkdir()
    (site.seeds / "ferry.txt").rename(site.seeds / "drafts" / "ferry.txt")
    (site.seeds / "crane.txt").rename(site.seeds / "crane_DRAFT.txt")
    site.drop("bridge.txt", f"DRAFT - do not publish\n\n{story.format('bridge')}")
    told = site.attempt("worker", "--once").stderr
    assert [entry["title"] for entry in site.entries()] == ["The beacon is back"]
    assert told.count("Nothing of it is public.") == 3
    (site.seeds / "drafts" / "ferry.txt").rename(site.seeds / "ferry.txt")
    (site.seeds / "crane_DRAFT.txt").rename(site.seeds / "crane.txt")
    site.drop("bridge.txt", story.format("bridge"))
    site.cycle()
    assert {entry["title"]: entry["id"] for entry in site.entries()} == ids


def test_a_draft_that_was_public_keeps_its_id_when_it_is_renamed_and_published(site: Site) -> None:
    story = "The {0} is back\n\nThe {0} is near the town, and much is told of it by all who saw it come this year.\n"
    names = ("ferry", "crane", "bridge", "beacon")
    for name in names:
        site.drop(f"{name}.txt", story.format(name))
    site.drop("pier.txt", "The pier is shut\n\nFor today.\n")
    site.cycle()
    ids = {entry["title"]: entry["id"] for entry in site.entries()}
    site.drop("ferry.txt", f"DRAFT - do not publish\n\n{story.format('ferry')}")
    site.drop("crane.txt", f"---\ndraft: true\n---\n{story.format('crane')}")
    site.drop("pier.txt", "---\ndraft: true\n---\nThe pier is shut\n\nFor today.\n")
    for name in ("bridge", "beacon"):
        (site.seeds / f"{name}.txt").unlink()
        site.drop(f"drafts/{name}.txt", story.format(name))
    site.attempt("worker", "--once")
    assert site.entries() == []
    for name in names:
        for file in (site.seeds / f"{name}.txt", site.seeds / "drafts" / f"{name}.txt"):
            file.unlink(missing_ok=True)
        site.drop(f"{name}-2.txt", story.format(name).replace("town", "village" if name == "bridge" else "town"))
    (site.seeds / "pier.txt").unlink()
    site.drop("pier-2.txt", "The pier is shut\n\nFor today.\n")
    site.cycle()
    assert {entry["title"]: entry["id"] for entry in site.entries()} == ids


def test_a_seed_that_was_deleted_long_ago_keeps_its_id_under_another_name_and_edited(site: Site) -> None:
    chinese = "渡船重新开往码头岛\n\n" + "渡船今天早上七点离开码头，船上有十一人，三周前它的发动机在风暴中坏了。" * 3
    for name, text in (("ferry.txt", STORY), ("library.txt", OTHER), ("pier.txt", "The pier is shut\n\nFor today.\n")):
        site.drop(name, text)
    site.drop("zh.txt", chinese)
    site.cycle()
    before = {entry["title"]: entry["id"] for entry in site.entries()}
    for file in site.seeds.glob("*.txt"):
        file.unlink()
    site.cycle()
    site.cycle()
    assert len(tombstones(published(site))) == 4
    site.drop("old/ferry (backup).txt", STORY.replace("eleven", "twelve"))
    site.drop("old/b.md", f"# Telescopes to borrow\n\n{OTHER.partition(chr(10))[2]}\nAnother line, written since.\n")
    site.drop("old/c.txt", "The pier is shut\r\n\r\nFor today.\r\n")
    site.drop("old/d.txt", chinese.replace("十一人", "十二人", 1))
    site.drop(
        "new.txt", "Ferry to Quay Island runs again\n\nThis is what somebody else has written of it since then.\n"
    )
    site.cycle()
    after = {entry["id"]: entry["title"] for entry in site.entries()}
    assert len(after) == 5
    assert {title for id_, title in after.items() if id_ in before.values()} == {
        "Ferry to Quay Island runs again", "Telescopes to borrow", "The pier is shut", "渡船重新开往码头岛",
    }  # fmt: skip
    assert tombstones(published(site)) == []


def test_a_public_entry_in_doubt_stays_when_its_file_is_renamed(site: Site) -> None:
    story = "---\ntitle: {0}\n{1}---\nA {0} is near the town, and much is told of it by all who see it come in now.\n"
    names = ("Ferry", "Crane", "Bridge", "Beacon")
    for name in names:
        site.drop(f"{name}.md", story.format(name, ""))
    site.cycle()
    before = {entry["title"]: entry["id"] for entry in site.entries()}
    site.drop("Ferry.md", story.format("Ferry", "darft: true\n"))
    site.drop("Crane.md", story.format("Crane", "darft: true\n").replace("near", "far from").replace("much", "little"))
    site.attempt("worker", "--once")
    (site.seeds / "Ferry.md").rename(site.seeds / "Ferry-2.md")
    (site.seeds / "Crane.md").rename(site.seeds / "Crane-2.md")
    (site.seeds / "Bridge.md").unlink()
    site.drop("Bridge-2.md", story.format("Bridge", "darft: true\n"))
    (site.seeds / "Beacon.md").unlink()
    site.drop("Beacon-2.md", story.format("Beacon", "lang: [en\n"))
    for _ in range(2):
        site.attempt("worker", "--once")
        assert {entry["title"]: entry["id"] for entry in site.entries()} == before
    assert site.sources()["seeds"]["error"].count("The version before is still public") == 4
    for name in names:
        (site.seeds / f"{name}-2.md").unlink()
        site.drop(f"{name}-3.md", story.format(name, "lang: en\n"))
    site.cycle()
    assert {entry["title"]: entry["id"] for entry in site.entries()} == before


def test_many_seeds_that_come_back_renamed_and_edited_are_not_gone(site: Site) -> None:
    story = (
        "Story {0} of the harbour\n\nThe crane of quay {0} lifts what comes in at night, when the town of {0} sleeps,"
        " and nobody has ever heard it.\n"
    )
    for number in range(14):
        site.drop(f"{number}.txt", story.format(f"number{number}"))
    site.cycle()
    before = {entry["title"]: entry["id"] for entry in site.entries()}
    for number in range(12):
        (site.seeds / f"{number}.txt").unlink()
        site.drop(f"drafts/{number}.txt", story.format(f"number{number}"))
    assert "are gone" not in site.attempt("worker", "--once").stderr
    assert len(site.entries()) == 2
    for number in range(12):
        (site.seeds / "drafts" / f"{number}.txt").unlink()
        site.drop(f"ready-{number}.txt", story.format(f"number{number}") + "One line more.\n")
    assert "are gone" not in site.attempt("worker", "--once").stderr
    assert {entry["title"]: entry["id"] for entry in site.entries()} == before


def test_two_files_with_one_id_are_an_error_that_names_both(site: Site) -> None:
    site.drop("one.md", "---\nid: tag:example.org,2025:x\n---\n# One\n\nFirst.\n")
    site.drop("two.md", "---\nid: tag:example.org,2025:x\n---\n# Two\n\nSecond.\n")
    done = site.attempt("worker", "--once")
    assert done.returncode == 1
    assert "one.md" in done.stderr
    assert "two.md" in done.stderr
    assert only(site)["id"] == "tag:example.org,2025:x"


def test_an_unreadable_edit_is_told_and_the_published_entry_stays(site: Site) -> None:
    site.drop("ferry.md", "---\ntitle: Ferry\n---\nIt runs.\n")
    site.cycle()
    before = site.documents()
    site.drop("ferry.md", "---\ntitle: [Ferry\n---\nIt runs no more.\n")
    done = site.attempt("worker", "--once")
    assert done.returncode == 1
    assert "ferry.md" in done.stderr
    assert site.documents() == before
    assert "ferry.md" in site.sources()["seeds"]["error"]
    site.drop("ferry.md", "---\ntitle: Ferry\n---\nIt runs no more.\n")
    site.cycle()
    assert only(site)["revision"] == 2
    assert site.sources()["seeds"]["error"] == ""


def test_every_document_of_a_home_is_valid(site: Site) -> None:
    site.drop("ferry.txt", STORY)
    site.drop("culture/library.md", "---\ntitle: Bản tin Văn Khê\nlang: vi\ntags: [sách]\n---\n*Chào* <b>bạn</b>.\n")
    site.drop("page.html", "<html lang=fr><title>Marée</title><body><h1>Marée haute</h1><p>À six heures.</p></html>")
    site.drop("gone.txt", "Gone tomorrow\n\nThis one will not stay.\n")
    site.cycle()
    (site.seeds / "gone.txt").unlink()
    site.cycle()
    for path, body in site.documents().items():
        check = {"atom": check_atom, "rss": check_rss, "json": check_json}[path.rpartition(".")[2]]
        findings = [finding for finding in check(body, site.base_url + path) if finding.code not in ACCEPTED]
        assert findings == [], path


def test_the_real_wire_story_is_read_as_an_editor_would(site: Site, real_seeds: Path) -> None:
    (document,) = real_seeds.glob("*.txt")
    site.configure('timezone = "Asia/Ho_Chi_Minh"')
    site.drop(document.name, document.read_bytes())
    site.cycle()
    entry = only(site)
    lines = document.read_text(encoding="utf-8").splitlines()
    assert entry["title"] == lines[0]
    assert entry["published"] == "2024-12-16T05:00:00Z"
    assert entry["language"] == "vi"
    assert entry["authors"] == ["Test home"]
    body = published(site).decode()
    assert body.count("&lt;p&gt;") == 13
    assert "&lt;p&gt;Theo TTXVN&lt;/p&gt;" in body
    assert "&lt;p&gt;VHO - Sáng 16.12" in body
    assert "<summary>Sáng 16.12, tại Hà Nội" in body
    assert "<contributor><name>TTXVN</name></contributor>" in body
    assert "&amp;lt;" not in body
