"""The scan of seeds/: what is read, when, and what is said of the rest. Real files in a real folder."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from worker.seeds.file_names import ignored, portable
from worker.seeds.scan import MAX_BYTES, FileState, Scan, scan, within

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
SETTLE = timedelta(seconds=1)


def put(path: Path, body: bytes = b"Title\nText\n", age: timedelta = timedelta(hours=1)) -> Path:
    """A file that was last written `age` before NOW."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))
    return path


def look(root: Path, known: dict[str, FileState] | None = None, now: datetime = NOW) -> Scan:
    return scan(root, known or {}, SETTLE, now)


def test_every_seed_file_below_the_folder_is_found_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.MD", "news/Hà Nội/c.html", "news/d.markdown", "e.htm"):
        put(tmp_path / name)
    found = look(tmp_path)
    assert list(found.files) == ["a.MD", "b.txt", "e.htm", "news/Hà Nội/c.html", "news/d.markdown"]
    assert [document.name for document in found.changed] == list(found.files)
    assert {document.retrieved_at for document in found.changed} == {NOW}
    assert found.problems == ()


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.txt",
        "_draft.txt",
        "_drafts/a.txt",
        ".git/a.txt",
        "a.txt.part",
        "a.txt.tmp",
        ".a.txt.swp",
        "a.txt.crdownload",
        "a.txt~",
        "~$a.docx",
        "~WRL0001.txt",
        "Thumbs.db",
        "desktop.ini",
        "@eaDir/a.txt",
        "#recycle/a.txt",
        "a (conflicted copy 2024-12-16 120000).txt",
        "a (Lan's conflicted copy 2024-12-16).txt",
        "a_conflict-20241216-120000.txt",
        "a.sync-conflict-20241216-120000-ABCDEFG.txt",
        "a (SFConflict lan@example.org 2024-12-16).txt",
        "a.Conflict.txt",
    ],
)
def test_drafts_and_what_programs_write_for_themselves_are_left_alone(tmp_path: Path, name: str) -> None:
    put(tmp_path / name)
    found = look(tmp_path)
    assert (dict(found.files), found.problems, found.unread) == ({}, (), ())


@pytest.mark.parametrize("name", ["a conflict of interest.txt", "conflicts.md", "part.txt", "x_y.txt", "temp.txt"])
def test_ordinary_names_that_look_a_little_like_it_are_read(name: str) -> None:
    assert not ignored(name)


@pytest.mark.parametrize(
    ("page", "folder"),
    [
        ("Page.html", "Page_files"), ("Page.htm", "page.files"), ("Doc.HTM", "Doc.fld"), ("Trang.html", "Trang_tệp"),
        ("Bericht.htm", "Bericht-Dateien"), ("L’été.html", "L’e\u0301te\u0301_fichiers"), ("页.html", "页_文件"),
    ],
)  # fmt: skip
def test_what_lies_beside_a_saved_page_belongs_to_it(tmp_path: Path, page: str, folder: str) -> None:
    for name in ("ad.html", "saved_resource.htm", "css/note.txt", "a.png", "old.doc", "list.opml"):
        put(tmp_path / folder / name)
    found = look(tmp_path)
    assert (list(found.files), len(found.outlines)) == ([f"{folder}/css/note.txt"], 1)  # while there is no page
    put(tmp_path / page)
    found = look(tmp_path)
    assert (list(found.files), dict(found.outlines), found.problems) == ([page], {}, ())
    assert f"{folder}/css/note.txt" in found.media


@pytest.mark.parametrize("folder", ["Seite_files", "Seite-Dateien", "Seite.fld", "L’été_fichiers"])
def test_what_a_saved_page_shows_waits_for_the_page(tmp_path: Path, folder: str) -> None:
    for name in ("header.htm", "css/ad.html", "note.txt", "a.png"):
        put(tmp_path / folder / name)
    put(tmp_path / "press files" / "a.html")
    found = look(tmp_path)
    assert list(found.files) == sorted((f"{folder}/note.txt", "press files/a.html"))
    assert set(found.media) == {f"{folder}/{name}" for name in ("a.png", "css/ad.html", "header.htm")}
    ((told, code),) = [(problem.name, problem.code) for problem in found.problems]
    assert (told, code) == (folder, "E_HELD")
    # What was an article before is not lost.
    article = {f"{folder}/header.htm": FileState(1, 1, "x")}
    assert f"{folder}/header.htm" in look(tmp_path, article).files


def test_a_folder_beside_a_page_with_another_name_holds_articles(tmp_path: Path) -> None:
    for name in ("Page.html", "Page/a.txt", "Page_2026/a.txt", "Other_files/a.txt", "Page files.txt"):
        put(tmp_path / name)
    assert list(look(tmp_path).files) == [
        "Other_files/a.txt",
        "Page files.txt",
        "Page.html",
        "Page/a.txt",
        "Page_2026/a.txt",
    ]


def test_media_and_settings_are_no_seeds(tmp_path: Path) -> None:
    for name in ("photo.jpg", "site.toml", "ids.toml", "README", "sound.mp3"):
        put(tmp_path / name)
    found = look(tmp_path)
    assert (dict(found.files), found.problems) == ({}, ())


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("a.doc", "save it as .docx or .txt"), ("a.PDF", "save it as .docx or .txt"), ("a.docm", "as .docx or .txt"),
        ("a.eml", "save it as .docx or .txt"), ("a.epub", "save it as .docx or .txt"), ("a.wps", "as .docx or .txt"),
        ("a.mht", "as a complete page, .html"), ("a.mhtml", ".html, or as .txt"), ("a.rst", "as .md, .html"),
        ("a.org", "save it as .md, .html or .txt"), ("a.adoc", "as .md, .html or .txt"), ("a.mdx", "end with .md"),
        ("a.mdown", "let its name end with .md"), ("a.mkd", "end with .md"), ("a.text", "let its name end with .txt"),
        ("a.xhtml", "let its name end with .html"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read_are_refused_with_advice(tmp_path: Path, name: str, advice: str) -> None:
    put(tmp_path / name)
    (problem,) = look(tmp_path).problems
    assert (problem.name, problem.code) == (name, "W_KIND")
    assert "begin with _" in problem.message
    assert advice in str(problem)


def test_subscriptions_are_told_apart_from_articles(tmp_path: Path) -> None:
    put(tmp_path / "subscriptions.opml", b"<opml/>")
    found = look(tmp_path)
    assert dict(found.files) == {}
    assert [document.name for document in found.changed_outlines] == ["subscriptions.opml"]
    assert look(tmp_path, dict(found.outlines)).changed_outlines == ()


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt")
    known = dict(look(tmp_path).files)
    # The same size and time with other bytes: only a file that is opened would show them.
    put(path, b"Title\nTexT\n")
    found = look(tmp_path, known)
    assert (dict(found.files), found.changed) == (known, ())


def test_a_touched_file_with_the_same_bytes_has_not_changed(tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt")
    known = dict(look(tmp_path).files)
    put(path, age=timedelta(minutes=1))
    found = look(tmp_path, known)
    assert found.changed == ()
    assert found.files["a.txt"].digest == known["a.txt"].digest
    assert found.files["a.txt"].mtime_ns != known["a.txt"].mtime_ns


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt")
    known = dict(look(tmp_path).files)
    put(path, b"Title\nOther text\n", age=timedelta(minutes=1))
    (document,) = look(tmp_path, known).changed
    assert document.body == b"Title\nOther text\n"


def test_a_fresh_file_waits_until_it_has_rested(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", age=timedelta(milliseconds=250))
    found = look(tmp_path)
    assert (dict(found.files), found.settling, found.unread) == ({}, ("a.txt",), ("a.txt",))
    assert found.settles_at == NOW + timedelta(milliseconds=750)
    assert list(look(tmp_path, now=found.settles_at).files) == ["a.txt"]


def test_while_an_edited_file_settles_its_old_state_stands(tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt")
    known = dict(look(tmp_path).files)
    put(path, b"half of the new te", age=timedelta(0))
    found = look(tmp_path, known)
    assert (dict(found.files), found.changed, found.settling) == (known, (), ("a.txt",))


def test_a_file_dated_in_the_future_is_read_all_the_same(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", age=timedelta(days=-400))
    assert list(look(tmp_path).files) == ["a.txt"]


def test_links_pipes_and_sockets_are_refused(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside" / "secret.txt")
    root = tmp_path / "seeds"
    put(root / "good.txt")
    (root / "link.txt").symlink_to(outside)
    (root / "folder").symlink_to(outside.parent, target_is_directory=True)
    (root / "dangling.md").symlink_to(tmp_path / "nowhere")
    os.mkfifo(root / "pipe.txt")
    found = look(root)  # a pipe that was opened would never answer
    assert list(found.files) == ["good.txt"]
    assert [(problem.name, problem.code) for problem in found.problems] == [
        (name, "E_FILE") for name in ("dangling.md", "folder", "link.txt", "pipe.txt")
    ]


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    with put(tmp_path / "a.txt").open("r+b") as file:
        file.truncate(MAX_BYTES + 1)
    found = look(tmp_path)
    assert (dict(found.files), found.unread) == ({}, ("a.txt",))
    assert str(found.problems[0]) == "a.txt: has 20.0 MiB; the limit is 20 MiB."


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_keeps_its_known_state(tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt")
    known = dict(look(tmp_path).files)
    put(path, b"Edited\nby somebody else\n", age=timedelta(minutes=1))
    path.chmod(0)
    found = look(tmp_path, known)
    assert dict(found.files) == known
    assert "mode 000" in str(found.problems[0])
    assert found.problems[0].code == "E_PERM"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_lies_in_a_locked_folder_counts_as_still_there(tmp_path: Path) -> None:
    put(tmp_path / "news" / "a.txt")
    known = dict(look(tmp_path).files)
    (tmp_path / "news").chmod(0)
    try:
        found = look(tmp_path, known)
        assert (dict(found.files), found.unread) == (known, ("news/",))
    finally:
        (tmp_path / "news").chmod(0o755)


def test_when_the_whole_folder_is_gone_nothing_counts_as_gone(tmp_path: Path) -> None:
    put(tmp_path / "seeds" / "a.txt")
    known = dict(look(tmp_path / "seeds").files)
    found = look(tmp_path / "elsewhere", known)
    assert (dict(found.files), found.unread) == (known, ("",))
    assert found.problems[0].code == "E_SEEDS"


def test_a_file_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path / "seeds" / "a.txt")
    known = dict(look(tmp_path / "seeds").files)
    (tmp_path / "seeds" / "a.txt").unlink()
    (tmp_path / "seeds" / "a.txt").symlink_to(put(tmp_path / "secret.txt", b"secret"))
    found = look(tmp_path / "seeds", known)
    assert (dict(found.files), found.changed) == (known, ())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("tin tức.txt", "tin tức.txt"),
        ("two\nlines.txt", "two\\nlines.txt"),
        ("evil\u202etxt.exe.txt", "evil\\u202etxt.exe.txt"),
        (os.fsdecode(b"caf\xe9.txt"), "caf\\xe9.txt"),
        ("می‌خواهم.txt", "می‌خواهم.txt"),
        ("x" * 240 + ".txt", "x" * 240 + ".txt"),
    ],
)
def test_strange_names_are_read_and_can_be_written_anywhere(tmp_path: Path, name: str, shown: str) -> None:
    put(tmp_path / name)
    found = look(tmp_path)
    assert (list(found.files), portable(name)) == ([shown], shown)
    shown.encode("utf-8")


def test_bodies_beyond_the_batch_wait_for_the_next_scan(tmp_path: Path) -> None:
    for number in range(4):
        put(tmp_path / f"{number}.txt", b"x" * (MAX_BYTES - number))
    first = look(tmp_path)
    assert (list(first.files), first.settling, first.settles_at) == (["0.txt", "1.txt", "2.txt"], ("3.txt",), NOW)
    second = look(tmp_path, dict(first.files))
    assert [document.name for document in second.changed] == ["3.txt"]


@pytest.mark.parametrize(
    ("path", "inside"), [("a.txt", True), ("news/b.txt", True), ("news", False), ("newsroom/c.txt", False)]
)
def test_places_are_files_or_whole_folders(path: str, inside: bool) -> None:
    assert within(["a.txt", "news/"])(path) is inside
    assert within([""])(path)
    assert not within([])(path)
