"""The ledger and the store part in a crash or on a full disk, and agree again whatever had changed."""

import os
import shutil
import sqlite3
import tomllib
from pathlib import Path
from typing import Any

import pytest

from feeds.settings.token import mint
from support.articles import ARTICLES
from support.ingest import Bench, Clock, bench
from support.site import Site

ID = 'id = "urn:uuid:6f9619ff-8b86-4d01-b42d-00cf4fc964ff"'
SENTENCES = [sentence for _, paragraphs in ARTICLES.values() for sentence in paragraphs]
NAMES = (
    "edited",
    "other",
    "renamed",
    "renamed-edited",
    "deleted",
    "sketch",
    "back",
    "own-id",
    "copied",
    "left",
    "right",
)


def story(name: str, more: str = "") -> str:
    """An article like no other."""
    place = NAMES.index(name) if name in NAMES else len(NAMES)
    return f"{name}\n\n{SENTENCES[place]}\n{SENTENCES[-1 - place]}\n{more}\n"


def fill(seeds: Path) -> None:
    for name in NAMES:
        (seeds / f"{name}.txt").write_text(story(name), encoding="utf-8")
    (seeds / "copy").mkdir()
    (seeds / "copy" / "copied.txt").write_text(story("copied"), encoding="utf-8")
    (seeds / "linking.md").write_text("# linking\n\n[new](new.txt) [gone](deleted.txt)\n", encoding="utf-8")
    (seeds / "due.md").write_text("---\npublish_at: 2026-03-02\n---\n# due\n\nSoon.\n", encoding="utf-8")
    (seeds / "over.md").write_text("---\nexpires: 2026-03-02\n---\n# over\n\nNot for long.\n", encoding="utf-8")


def change(seeds: Path) -> None:
    """One of everything that may happen to a file, and two that follow from the day."""
    (seeds / "new.txt").write_text("new\n\nNever seen before.\n", encoding="utf-8")
    (seeds / "edited.txt").write_text(story("edited", "With one more sentence."), encoding="utf-8")
    (seeds / "other.txt").write_text(story("quite another story"), encoding="utf-8")
    (seeds / "folder").mkdir()
    (seeds / "renamed.txt").rename(seeds / "folder" / "renamed.txt")
    (seeds / "renamed-edited.txt").unlink()
    (seeds / "elsewhere.txt").write_text(story("renamed-edited", "Edited as well."), encoding="utf-8")
    (seeds / "deleted.txt").unlink()
    (seeds / "sketch.txt").write_text(f"---\ndraft: true\n---\n{story('sketch')}", encoding="utf-8")
    (seeds / "back.txt").write_text(story("back"), encoding="utf-8")
    (seeds / "own-id.txt").write_text(f"---\nid: mine\n---\n{story('own-id')}", encoding="utf-8")
    (seeds / "copied.txt").unlink()
    (seeds / "left.txt").write_text(story("right"), encoding="utf-8")
    (seeds / "right.txt").write_text(story("left"), encoding="utf-8")
    outline = '<outline text="x" type="rss" xmlUrl="http://192.0.2.1/x"/>'
    (seeds / "list.opml").write_text(f'<opml version="2.0"><head/><body>{outline}</body></opml>', encoding="utf-8")


def begin(root: Path) -> None:
    """A home in which one article is gone already."""
    with bench(root, ID) as home:
        fill(home.home.seeds)
        home.cycle(seconds=5)
        (home.home.seeds / "back.txt").unlink()
        home.cycle(seconds=5)
    change(root / "seeds")


def state(home: Bench) -> dict[str, Any]:
    """What is published, and what the ledger says; of times only whether they moved."""
    columns = (
        "id, title, content, categories, deleted_us IS NULL AS living, updated_us / 1000000 > first_seen_us / 1000000"
    )
    rows = home.store.connection.execute(f"SELECT {columns} FROM entries ORDER BY id").fetchall()
    ledger = tomllib.loads(home.home.ids.read_text(encoding="utf-8"))
    seeds = {key: (one["id"], one["path"], one["digest"], "deleted" in one) for key, one in ledger["seeds"].items()}
    sources = [(source.slug, home.store.sources.is_active(source.key)) for source in home.store.sources.all()]
    return {"entries": [tuple(row) for row in rows], "ledger": seeds, "sources": sources}


@pytest.mark.parametrize("restarted", [True, False])
def test_what_a_failed_commit_parted_agrees_again(tmp_path: Path, restarted: bool) -> None:
    begin(tmp_path / "sound")
    with bench(tmp_path / "sound", ID) as home:
        home.cycle(days=2)
        home.cycle(seconds=5)
        expected = state(home)
    assert [one[4] for one in expected["entries"]].count(0) == 4  # deleted, sketch, over, and own-id under its old id
    begin(tmp_path / "parted")
    with bench(tmp_path / "parted", ID) as home:
        break_store(home)
        with pytest.raises(sqlite3.IntegrityError, match="disk"):
            home.cycle(days=2)
        now = home.clock.now
        mend_store(home)
        if not restarted:
            home.cycle(seconds=60)
            home.cycle(seconds=5)
            assert state(home) == expected
            return
    with bench(tmp_path / "parted", ID, Clock(now)) as home:
        home.cycle(seconds=60)
        home.cycle(seconds=5)
        assert state(home) == expected


def break_store(home: Bench) -> None:
    """No file can be recorded from now on; the ledger can."""
    for kind in ("INSERT", "DELETE"):
        home.store.connection.execute(
            f"CREATE TRIGGER broken_{kind} BEFORE {kind} ON seed_files BEGIN SELECT RAISE(ABORT, 'disk'); END"
        )


def mend_store(home: Bench) -> None:
    for kind in ("INSERT", "DELETE"):
        home.store.connection.execute(f"DROP TRIGGER broken_{kind}")


def test_a_ledger_that_is_put_back_or_lost_costs_no_id(tmp_path: Path) -> None:
    with bench(tmp_path, ID) as home:
        seeds = home.home.seeds
        (seeds / "edited.txt").write_text(story("edited"), encoding="utf-8")
        (seeds / "renamed.txt").write_text(story("renamed"), encoding="utf-8")
        home.cycle(seconds=5)
        old = home.home.ids.read_bytes()
        (seeds / "renamed.txt").rename(seeds / "deleted.txt")
        home.cycle(seconds=5)
        # A new story at the old place, and one that lost its file to another one.
        (seeds / "renamed.txt").write_text(story("left"), encoding="utf-8")
        (seeds / "edited.txt").write_text(story("right"), encoding="utf-8")
        home.cycle(seconds=5)
        living = home.store.seeds.living()
        assert len(living) == 4
    for lost in (False, True):
        home.home.ids.unlink()
        if not lost:
            home.home.ids.write_bytes(old)
        with bench(tmp_path, ID) as home:
            home.cycle(hours=1)
            home.cycle(seconds=5)
            assert home.store.seeds.living() == living
            assert home.store.connection.execute("SELECT count(*) FROM entries").fetchone()[0] == 4


def test_what_a_killed_worker_left_of_saving_is_removed_by_the_next_one(tmp_path: Path) -> None:
    with bench(tmp_path) as home:
        home.cycle()
        left = [
            home.home.ids.with_name(".ids.toml.seedfeed-draft-k3l_x9qz"),
            home.home.token.with_name("admin.token.0a1b2c3d4e5f6071"),
            home.home.seeds / "more" / ".list.opml.seedfeed-draft-k3l_x9qz",
        ]
        kept = [home.home.seeds / name for name in (".subscriptions.opml.seedfeed-draft-1", ".ids.toml.original")]
    left[-1].parent.mkdir()
    for path in (*left, *kept):
        path.write_text("")
    os.utime(left[-1], (0, 0))
    with bench(tmp_path) as home:
        mint(home.home.token)
        mint(home.home.token)
        # A command may be writing a list just now; and what a person named is that person's.
        assert [path for path in (*left, *kept) if path.exists()] == kept


def test_a_store_that_is_made_anew_is_told_once(tmp_path: Path) -> None:
    for _ in range(2):
        with bench(tmp_path) as home:
            (home.home.seeds / "edited.txt").write_text(story("edited"), encoding="utf-8")
            assert home.cycle(seconds=5).notes == []
            living = home.store.seeds.living()
    home.home.store.unlink()
    with bench(tmp_path) as home:
        report = home.cycle(seconds=5)
        (note,) = report.notes
        assert note.startswith(f"{home.home.store} was not there and is made anew")
        assert (report.failures, home.store.seeds.living()) == ([], living)
        assert home.cycle(seconds=5).notes == []
    with bench(tmp_path) as home:
        assert home.cycle(seconds=5).notes == []


def test_a_folder_that_comes_back_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with bench(tmp_path) as home, caplog.at_level("INFO", "seedfeed"):
        fill(home.home.seeds)
        home.cycle(seconds=5)
        put_away = home.home.seeds.rename(tmp_path / "unmounted")
        home.cycle(seconds=5)
        home.home.seeds.mkdir()
        home.cycle(seconds=5)
        assert "right again" not in caplog.text
        shutil.rmtree(home.home.seeds)
        put_away.rename(home.home.seeds)
        home.cycle(seconds=5)
        home.cycle(seconds=5)
        assert caplog.text.count("seeds/: it is all right again") == 1


def test_a_ledger_that_cannot_be_saved_in_its_place_is_told_until_it_can(tmp_path: Path) -> None:
    with bench(tmp_path) as home:
        put_away = home.home.seeds.rename(tmp_path / "unmounted")
        registry = home.ingest.seeding.registry
        registry.mint_categories(["ferries"])
        registry.save()
        for _ in range(2):
            (told,) = [one for one in home.cycle(seconds=5).fresh if one.code == "E_IDS"]
            assert told.failed
            assert "data/ids.toml" in told.message
        put_away.rename(home.home.seeds)
        assert [one for one in home.cycle(seconds=5).problems if one.failed] == []
        assert "ferries" in home.home.ids.read_text(encoding="utf-8")
        assert not (home.home.data / "ids.toml").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_seeds_folder_ends_each_cycle_with_1(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.drop("edited.txt", story("edited"))
    site.seeds.chmod(0o555)
    try:
        for _ in range(2):
            done = site.attempt("worker", "--once")
            assert (done.returncode, "ids.toml: cannot be saved" in done.stderr) == (1, True)
        assert "E_IDS" not in site.sources()["seeds"]["error"]
        assert "ids.toml" in site.sources()["seeds"]["error"]
    finally:
        site.seeds.chmod(0o755)
