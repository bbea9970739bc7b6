"""What could not be read or done, for no fault of the document: tried again, and noted as neither done nor refused.

Readers are killed from outside; disks fail. For the readers themselves see test_child; for many runs, reliability/.
"""

import errno
import hashlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from test_child import readers_at_work

from feeds.model import Published, Site
from feeds.publish.assembly import BY_SUFFIX, fragments
from feeds.publish.catalogue import feeds_of, site_of
from feeds.websub.topics import HubRequest
from support import docx_files
from support.builders import SEEDS, entry, opened, plant, settings, source
from support.ingest import START, Bench, Clock, bench
from support.origin import Origin
from support.websub_subscriber import Subscriber
from worker.cycle.answers import failed
from worker.cycle.retrieve import entries_of
from worker.fetch.policy import fetch_policy
from worker.model import Document, ParsedFeed, RawEntry
from worker.processes import child
from worker.processes.child import Killed
from worker.run.faults import keeping_faults
from worker.seeds.planning import unread_problem
from worker.seeds.readers import FORMATS, SeedFormat
from worker.websub.distribution import Notifier

ROOT = Path(__file__).parents[1]
STORY = "The ferry runs again\n\nThe ferry left the pier at seven this morning with eleven people on board.\n"
KINDS = {
    "md": f"# {STORY}".encode(),
    "markdown": f"# {STORY}".encode(),
    "html": f"<html><title>The ferry runs again</title><article><h1>The ferry runs again</h1><p>{STORY}</p>".encode(),
    "htm": f"<h1>The ferry runs again</h1><p>{STORY}</p>".encode(),
    "docx": docx_files.by_hand(
        docx_files.p("The ferry runs again") + docx_files.p("The ferry left the pier at seven this morning.")
    ),
}
LENIENT = b"<rss version='2.0'><channel><title>A & B</title><item><title>Told</title><guid>1</guid></item></channel>"
LARGE = LENIENT.replace(b"</item>", b"<description>" + b"words " * 200_000 + b"</description></item>")


@dataclass(slots=True)
class Hurrying(Clock):
    """Goes on by seven seconds whenever it is looked at, so that nobody waits for what is due soon."""

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=7)
        return self.now


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, "[stories]\nenabled = false", clock=Hurrying(START)) as made:
        (made.home.seeds / "calm.txt").write_text("A calm day\n\nNothing happened in the harbour at all.\n")
        made.cycle()
        yield made


@contextmanager
def killing(most: int = sys.maxsize, number: int = signal.SIGKILL) -> Iterator[list[int]]:
    """Ends each reader that this process starts, up to so many of them; gives those that it ended."""
    while child._free:
        child._free.pop().close()
    over, killed = threading.Event(), list[int]()

    def kill() -> None:
        while not over.wait(0.005):
            for pid in readers_at_work():
                if pid not in killed and len(killed) < most:
                    with suppress(ProcessLookupError):
                        os.kill(pid, number)
                        killed.append(pid)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def titles(desk: Bench) -> list[str]:
    rows = desk.store.connection.execute("SELECT title FROM entries WHERE deleted_us IS NULL ORDER BY title")
    return [row[0] for row in rows if row[0] != "A calm day"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("times", [1, 3])
def test_a_reader_that_is_killed_costs_a_retry_and_nothing_else(desk: Bench, kind: str, times: int) -> None:
    (desk.home.seeds / f"ferry.{kind}").write_bytes(KINDS[kind])
    with killing(times) as killed:
        report = desk.cycle()
    assert len(killed) == times
    assert titles(desk) == ["The ferry runs again"]
    assert (report.problems, report.failures, report.new) == ((), [], 1)


@pytest.mark.parametrize("kind", ["md", "docx"])
def test_a_reader_that_is_always_killed_is_told_as_that_and_tried_again_for_good(desk: Bench, kind: str) -> None:
    (desk.home.seeds / f"ferry.{kind}").write_bytes(KINDS[kind])
    (desk.home.seeds / "other.txt").write_text("Another story\n\nThe market is open on Sunday, says the mayor.\n")
    with killing():
        (problem,) = desk.cycle().problems
        assert titles(desk) == ["Another story"]
        assert (problem.code, problem.path, problem.failed) == ("E_READER", f"ferry.{kind}", True)
        assert "SIGKILL" in problem.message
        assert "Split" not in problem.message
        assert desk.cycle(minutes=10).problems == (problem,)
    report = desk.cycle(hours=1)
    assert (report.problems, report.new) == ((), 1)
    assert titles(desk) == ["Another story", "The ferry runs again"]


def test_a_cycle_says_what_it_leaves_to_a_later_one(desk: Bench) -> None:
    """What took too long is tried again after a minute at the earliest; a worker that runs once does not wait."""
    (desk.home.seeds / "ferry.md").write_bytes(KINDS["md"])
    with killing(number=signal.SIGXCPU):
        report = desk.cycle()
    assert report.problems == ()
    assert report.unread == ["ferry.md: it could not be read just now; it is tried again with one of the next cycles."]
    report = desk.cycle(minutes=2)
    assert (report.unread, titles(desk)) == ([], ["The ferry runs again"])


def test_what_was_published_stays_while_an_edit_cannot_be_read_and_no_id_changes(desk: Bench) -> None:
    file = desk.home.seeds / "ferry.md"
    file.write_bytes(KINDS["md"])
    desk.cycle()
    ids = desk.store.connection.execute("SELECT id FROM entries ORDER BY id").fetchall()
    with killing():
        file.write_bytes(KINDS["md"].replace(b"eleven", b"twelve"))
        assert desk.cycle(minutes=1).problems
        assert titles(desk) == ["The ferry runs again"]
    assert desk.cycle(hours=1).changed == 1
    assert desk.store.connection.execute("SELECT id FROM entries ORDER BY id").fetchall() == ids
    assert (
        "twelve"
        in desk.store.connection.execute("SELECT content FROM entries WHERE title LIKE '%ferry%'").fetchone()[0]
    )


@pytest.mark.parametrize("times", [2, 4])
def test_a_file_renamed_and_edited_is_not_withdrawn_before_its_new_place_was_read(desk: Bench, times: int) -> None:
    """delete_after is 0 here: without the new file the old entry would go at once."""
    text = KINDS["md"] + b" ".join(b"Passenger %d waited on the quay." % n for n in range(20))
    (desk.home.seeds / "ferry.md").write_bytes(text)
    desk.cycle()
    before = desk.store.connection.execute("SELECT id FROM entries ORDER BY id").fetchall()
    (desk.home.seeds / "ferry.md").unlink()
    with killing(times) as killed:
        (desk.home.seeds / "moved.md").write_bytes(text.replace(b"eleven", b"twelve"))
        report = desk.cycle(minutes=1)
    assert len(killed) == times
    assert (report.withdrawn, report.new) == (0, 0)
    assert desk.store.connection.execute("SELECT id FROM entries ORDER BY id").fetchall() == before
    assert not desk.store.connection.execute("SELECT 1 FROM entries WHERE deleted_us IS NOT NULL").fetchall()


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (Killed("time"), "E_BIG", "reading it took more than 30 s of processor time; it is not published. Split it"),
        (Killed("memory"), "E_BIG", "reading it took more than 300 MB; it is not published. Split it"),
        (Killed("stalled"), "E_READER", "reading it got too little processor time; the machine is busy, 3 times"),
        (
            Killed("died", "SIGIO"),
            "E_READER",
            "reading it ended before its result (SIGIO), 3 times or more. Look at the memory and the load",
        ),
        (OSError(errno.ENOSPC, "x"), "E_READER", "it could not be read or copied (No space left on device), 3 times"),
        (MemoryError(), "E_READER", "there was no memory to read it, 3 times"),
    ],
)
def test_only_what_took_too_much_is_told_to_be_split(error: Killed | OSError, code: str, said: str) -> None:
    problem = unread_problem("ferry.md", error)
    assert problem.code == code
    assert problem.message.startswith(said)
    assert ("Split" in problem.message) is (code == "E_BIG")


@pytest.mark.parametrize("body", [LENIENT, LARGE], ids=["lenient", "large"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_source_whose_reader_is_killed_is_read_all_the_same(desk: Bench, body: bytes, times: int) -> None:
    with Origin() as origin:
        origin.put("/feed", body, media_type="text/xml")
        desk.subscribe(origin.url("/feed"))
        with killing(times) as killed:
            report = desk.cycle()
        assert len(killed) == times
        assert (report.failures, report.polled) == ([], 1)
        report = desk.cycle()
    assert report.failures == []
    assert titles(desk) == ["Told"]


def test_a_source_that_cannot_be_read_is_told_at_the_third_time_and_recovers(desk: Bench) -> None:
    def status() -> tuple[str, str]:
        row = desk.store.connection.execute("SELECT status, error FROM sources WHERE kind = 'feed'").fetchone()
        return row[0], row[1]

    with Origin() as origin:
        origin.put("/feed", LENIENT, media_type="text/xml", etag='"1"')
        desk.subscribe(origin.url("/feed"))
        with killing():
            for _ in range(2):
                assert desk.cycle(hours=1).failures == []
                assert status() == ("ok", "")
            (failure,) = desk.cycle(hours=1).failures
        assert "Reading this feed ended before its result (SIGKILL)." in failure
        assert status()[0] == "failing"
        assert status()[1].startswith("E_READER: ")
        report = desk.cycle(hours=1)
        assert (report.failures, status()) == ([], ("ok", ""))
        assert [request.headers["If-None-Match"] for request in origin.requests] == [None] * 4
    assert titles(desk) == ["Told"]


# Disks that fail


def test_a_picture_that_cannot_be_copied_is_tried_again_without_an_edit(desk: Bench) -> None:
    (desk.home.seeds / "ferry.md").write_text("# The ferry runs again\n\n![Pier](pier.png)\n\nIt left at seven.\n")
    (desk.home.seeds / "pier.png").write_bytes(docx_files.PNG)
    # No folder can be made below a file.
    desk.home.media.write_text("")
    (problem,) = desk.cycle().problems
    assert (problem.code, problem.message) == (
        "W_MEDIA",
        "pier.png: cannot be copied (Not a directory); tried again later.",
    )
    assert titles(desk) == ["The ferry runs again"]
    desk.home.media.unlink()
    assert desk.cycle(hours=1).problems == ()
    content = desk.store.connection.execute("SELECT content FROM entries WHERE title LIKE '%ferry%'").fetchone()[0]
    assert "/media/" in content
    assert [path.name for path in desk.home.media.glob("*/*")] == ["pier.png"]


def test_a_picture_whose_copy_fails_once_is_published_with_its_article(desk: Bench) -> None:
    (desk.home.seeds / "ferry.md").write_text("# The ferry runs again\n\n![Pier](pier.png)\n\nIt left at seven.\n")
    (desk.home.seeds / "pier.png").write_bytes(docx_files.PNG)
    desk.home.media.write_text("")
    seen = desk.ingest.seeding.read(desk.clock())
    assert (seen.problems, seen.decisions) == ((), ())
    assert seen.unread == ("ferry.md: it could not be read or copied (Not a directory); it is tried again.",)
    desk.home.media.unlink()
    report = desk.cycle()
    assert (report.problems, report.new, report.changed) == ((), 1, 0)
    assert "/media/" in desk.store.connection.execute("SELECT content FROM entries ORDER BY n DESC").fetchone()[0]


# A home from before


def test_what_was_published_of_a_file_stays_while_its_next_version_cannot_be_copied(desk: Bench) -> None:
    def said() -> str:
        (content,) = desk.store.connection.execute("SELECT content FROM entries WHERE title LIKE '%ferry%'").fetchone()
        return str(content)

    article, table = desk.home.seeds / "ferry.md", desk.home.seeds / "table.csv"
    article.write_text("# The ferry runs again\n\nIt left at seven. [Table](table.csv)\n")
    table.write_bytes(b"7,8,9\n")
    desk.cycle()
    before = said()
    # No folder can be made where a file is.
    obstacle = desk.home.media / hashlib.sha256(b"7,8,9,10\n").hexdigest()[:32]
    obstacle.write_text("")
    article.write_text("# The ferry runs again\n\nIt left at eight. [Table](table.csv)\n")
    table.write_bytes(b"7,8,9,10\n")
    (problem,) = desk.cycle().problems
    assert "what was published of it stays, and it is tried again later" in problem.message
    assert said() == before.replace("seven", "eight")
    obstacle.unlink()
    assert desk.cycle(hours=1).problems == ()
    assert obstacle.name in said()
    table.unlink()
    desk.cycle(hours=1)
    assert "/media/" not in said()


def test_files_and_sources_that_an_older_version_refused_heal_at_the_next_cycle(tmp_path: Path) -> None:
    with bench(tmp_path) as desk:
        (desk.home.seeds / "ferry.md").write_bytes(KINDS["md"])
        (desk.home.seeds / "bad.md").write_text("---\ndate: next week\n---\n\nText of it.\n")
        desk.cycle()
        desk.subscribe("http://127.0.0.1:9/feed")
        desk.ingest.seeding.read(desk.clock())
        store = tmp_path / "data" / "seedfeed.sqlite"
    # As it was after a reader had been killed: known by its digest, and never read.
    with closing(sqlite3.connect(store)) as old, old:
        old.execute("DELETE FROM _sqlite_migrations WHERE name LIKE 'm016%'")
        old.execute("ALTER TABLE seed_files DROP COLUMN tries")
        old.execute("PRAGMA user_version = 15")
        old.execute(
            "INSERT INTO seed_problems (path, message, code, reading) VALUES"
            " ('ferry.md', 'reading it fails (SIGIO); it is not published. Split it, or use .txt.', 'E_BIG', 1)"
        )
        old.execute(
            "UPDATE sources SET failures = 1, status = 'failing', next_poll_us = 99e15,"
            " error = 'E_PARSE: Reading this feed failed (SIGIO); stopped.' WHERE kind = 'feed'"
        )
        old.execute("DELETE FROM entries WHERE title LIKE '%ferry%'")
    with Origin() as origin, bench(tmp_path, clock=Clock(START + timedelta(minutes=1))) as desk:
        origin.put("/feed", LENIENT, media_type="text/xml")
        desk.store.connection.execute("UPDATE sources SET url = ? WHERE kind = 'feed'", (origin.url("/feed"),))
        report = desk.cycle(everything=False)
        assert titles(desk) == ["The ferry runs again", "Told"]
        assert [problem.path for problem in report.problems] == ["bad.md"]


# The main job and a folder in use, in short: see reliability/


@pytest.mark.parametrize(
    "words",
    [
        ("main_job.py", "--runs", "1", "--files", "24", "--kill", "4"),
        ("live_folder.py", "--seconds", "6", "--kill", "4"),
    ],
    ids=lambda words: words[0],
)
def test_nothing_is_lost_in_many_runs(words: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, ROOT / "reliability" / words[0], *words[1:]], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# Whom our hub was asked to ask


def test_a_callback_that_this_machine_could_not_ask_is_asked_later(tmp_path: Path) -> None:
    """Without descriptors, say: that is no answer of the callback."""
    lookups: list[str] = []

    def lookup(name: str) -> list[str]:
        lookups.append(name)
        if len(lookups) == 1:
            raise OSError(errno.EMFILE, "Too many open files")
        return ["127.0.0.1"]

    with Origin() as origin, bench(tmp_path) as desk:
        desk.cycle()
        one = Subscriber(origin, "one")
        callback, path = one.callback.replace("127.0.0.1", "subscriber.example"), "/feeds/all.atom"
        inbox, now = desk.ingest.inbox(), desk.clock()
        assert inbox.subscribe(HubRequest("subscribe", callback, f"http://127.0.0.1:8080{path}", path), now)
        notifier, stop = (
            Notifier(desk.store, desk.ingest.settings, fetch_policy(desk.ingest.settings), lookup),
            threading.Event(),
        )
        try:
            (line,) = notifier.finish(inbox, now, stop)
            assert line[1].endswith("asked again in 30 s")
            assert (len(inbox.subscribing()), one.asked) == (1, [])
            assert notifier.finish(inbox, now + timedelta(seconds=29), stop) == []
            (line,) = notifier.finish(inbox, now + timedelta(seconds=31), stop)
        finally:
            notifier.close(inbox, now)
        assert "confirmed, until" in line[1]
        assert (len(inbox.subscribing()), len(one.asked)) == (0, 1)
        assert desk.store.subscribers.get(callback, path)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pages are read by a reader with a bug."""
    monkeypatch.setitem(cast(dict[str, str], child.TASKS), "broken", "support.child_tasks:bug")
    monkeypatch.setitem(cast(dict[str, SeedFormat], FORMATS), ".html", SeedFormat("broken"))
    yield
    while child._free:
        child._free.pop().close()


def test_a_bug_in_one_file_is_that_files_error_alone(desk: Bench, request: pytest.FixtureRequest) -> None:
    page = desk.home.seeds / "page.html"
    page.write_text("<h1>A page</h1><p>It is read at first.</p>")
    desk.cycle()
    assert titles(desk) == ["A page"]
    while child._free:
        child._free.pop().close()
    request.getfixturevalue("broken")
    page.write_text("<h1>A page</h1><p>It is edited.</p>")
    (desk.home.seeds / "other.txt").write_text("Another story\n\nIt goes out all the same.\n")
    with keeping_faults(desk.home.data):
        report = desk.cycle()
    (problem,) = report.problems
    assert (problem.path, problem.code) == ("page.html", "E_BUG")
    assert re.fullmatch(
        r"cannot be read for a fault of Seedfeed itself \(TypeError in [\w/]+\.py, line \d+\); please report it, with"
        r" the end of data/faults\.log\. What was published of it stays\.",
        problem.message,
    )
    assert titles(desk) == ["A page", "Another story"]
    noted = (desk.home.data / "faults.log").read_text()
    assert "page.html: TypeError" in noted and "Traceback (most recent call last)" in noted
    # It is tried again by itself, and heals with the next version.
    assert desk.store.seeds.next_again() is not None


def test_a_bug_at_one_entry_leaves_out_that_entry_alone() -> None:
    raw = RawEntry(guid="1", title="Told", content="<p>Words.</p>", digest=b"1" * 8)
    odd = replace(raw, guid="2", title=cast(str, 7), digest=b"2" * 8)
    quay = source("quay")
    document = Document(name=quay.url, body=b"", retrieved_at=START, url=quay.url)
    entries, bugs = entries_of(quay, document, ParsedFeed("rss20", entries=(odd, raw)), "")
    assert [entry.title for entry in entries] == ["Told"]
    assert [bug is not None for bug in bugs] == [True, False]
    result = failed(quay, KeyError("x"))
    assert result.error and result.error.code == "E_BUG" and "KeyError" in result.error.message
    with pytest.raises(OSError):
        failed(quay, OSError(errno.ENOSPC, "full"))


def test_a_bug_in_rendering_sets_one_entry_aside(tmp_path: Path) -> None:
    def fragment(published: Published, site: Site) -> bytes:
        return format_.fragment(published, site) if published.entry.title != "Odd" else b"" + cast(bytes, 7)

    format_, set_ = BY_SUFFIX["atom"], settings()
    with closing(opened(tmp_path)) as store:
        plant(store, entry(SEEDS, "odd", title="Odd"), entry(SEEDS, "fine"))
        site = site_of(set_, store)
        feed = feeds_of(set_, store, site)["all"]
        listed = store.listings.select(feed, timedelta(days=1), set())
        made = fragments(store, listed, site, [replace(format_, fragment=fragment)])
    assert sorted(bool(one.fault) for one in made.by_format["atom"].values()) == [False, True]
    assert "a fault of Seedfeed" in made.aside[0].reason
