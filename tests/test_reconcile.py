"""What happened to the seed files: a table of folders before and after. Digests are letters here."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.seeds.ledger import Ledger, mint_seed_id
from worker.seeds.reconcile import Reconciled, SeedChange, apply, reconcile, succeed
from worker.seeds.scan import FileState

SITE = "urn:uuid:6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
AFTER = timedelta(seconds=60)
LATER = NOW + timedelta(minutes=5)


def states(files: dict[str, str]) -> dict[str, FileState]:
    return {path: FileState(1, 1, digest) for path, digest in files.items()}


def look(ledger: Ledger, files: dict[str, str], now: datetime = LATER, **more: Any) -> Reconciled:
    keeps = more.pop("edited", ())
    return reconcile(
        ledger,
        states(files),
        more.pop("missing", {}),
        now,
        AFTER,
        known=more.pop("known", ()),
        keeps_story=lambda record, _: record.path in keeps,
        **more,
    )


def home(files: dict[str, str]) -> Ledger:
    ledger = Ledger(SITE)
    return apply(ledger, look(ledger, files, NOW).actions, NOW)


def without(ledger: Ledger, files: dict[str, str]) -> Ledger:
    """After these are all that is left, and everything else was withdrawn."""
    missing = look(ledger, files, LATER).missing_since
    return apply(ledger, look(ledger, files, LATER + AFTER, missing=missing).actions, LATER + AFTER)


def told(result: Reconciled) -> list[tuple[str, str, str]]:
    return [(action.kind.value, action.path, action.old_path) for action in result.actions]


def paths(ledger: Ledger) -> dict[str, str]:
    return {record.id: record.path for record in ledger.seeds.values()}


@pytest.mark.parametrize(
    ("before", "after", "actions"),
    [
        ({}, {"a": "A"}, [("new", "a", "")]),
        ({"a": "A"}, {"a": "A"}, []),
        ({"a": "A"}, {"a": "B"}, [("edited", "a", "")]),
        ({"a": "A"}, {"b": "A"}, [("moved", "b", "a")]),
        ({"a": "A"}, {"x/a": "A", "b": "A"}, [("copy", "b", ""), ("moved", "x/a", "a")]),
        ({"a": "A"}, {"a": "A", "b": "A"}, [("copy", "b", "")]),
        ({"a": "A"}, {"a": "A", "b": "B"}, [("new", "b", "")]),
        ({}, {"a": "A", "b": "A"}, [("new", "a", ""), ("copy", "b", "")]),
        ({"a": "A"}, {"a": "B", "b": "A"}, [("new", "a", ""), ("moved", "b", "a")]),
        ({"a": "A", "b": "B"}, {"a": "B", "b": "A"}, [("moved", "a", "b"), ("moved", "b", "a")]),
        ({"a": "A", "b": "B"}, {"b": "A", "c": "B"}, [("moved", "b", "a"), ("moved", "c", "b")]),
        ({"a": "A", "b": "B"}, {"a": "B", "b": "B"}, [("copy", "a", "")]),
        ({"a": "A", "b": "B"}, {"a": "C", "b": "C"}, [("edited", "a", ""), ("copy", "b", "")]),
        ({"n/a": "A", "n/b": "B"}, {"m/a": "A", "m/b": "B"}, [("moved", "m/a", "n/a"), ("moved", "m/b", "n/b")]),
    ],
    ids=lambda value: str(value),
)
def test_files_before_and_after_give_actions(
    before: dict[str, str], after: dict[str, str], actions: list[tuple[str, str, str]]
) -> None:
    for known in ((), before):
        result = look(home(before), after, known=known)
        assert told(result) == actions
        assert result.missing_since == {}


@pytest.mark.parametrize("copied", ["ab", "a", "b"])
@pytest.mark.parametrize(
    ("after", "moved"),
    [
        ({"b": "A", "c": "B"}, {"a": "b", "b": "c"}),
        ({"a": "B", "b": "A"}, {"a": "b", "b": "a"}),
        ({"c": "A", "d": "B"}, {"a": "c", "b": "d"}),
    ],
    ids=["a chain", "a swap", "new names"],
)
def test_files_that_are_renamed_keep_their_ids_beside_copies(
    after: dict[str, str], moved: dict[str, str], copied: str
) -> None:
    before = {"a": "A", "b": "B"}
    copies = {f"copies/{path}": before[path] for path in copied}
    ledger = home(before)
    found = look(ledger, after | copies, known={*before, *copies})
    places = {record.key: record.path for record in apply(ledger, found.actions, LATER).seeds.values()}
    assert places == moved
    assert found.missing_since == {}
    assert all("copies/" in problem.name for problem in found.problems)


def test_a_renamed_folder_keeps_every_id() -> None:
    ledger = home({f"old/{number}.txt": f"digest {number}" for number in range(100)})
    renamed = {f"new/{number}.txt": f"digest {number}" for number in range(100)}
    moved = apply(ledger, look(ledger, renamed).actions, LATER)
    assert paths(moved) == {id_: path.replace("old/", "new/") for id_, path in paths(ledger).items()}
    assert look(moved, renamed).actions == ()


def test_a_vanished_file_is_withdrawn_only_after_its_time() -> None:
    ledger = home({"a": "A", "b": "B"})
    first = look(ledger, {"b": "B"})
    (seed_id,) = first.missing_since
    assert (first.actions, first.missing_since[seed_id]) == ((), LATER)
    early = look(ledger, {"b": "B"}, LATER + AFTER - timedelta(seconds=1), missing=first.missing_since)
    assert (early.actions, early.missing_since) == ((), first.missing_since)
    due = look(ledger, {"b": "B"}, LATER + AFTER, missing=early.missing_since)
    assert told(due) == [("vanished", "a", "")]
    gone = apply(ledger, due.actions, LATER + AFTER)
    assert gone.seeds[seed_id].deleted == LATER + AFTER
    assert look(gone, {"b": "B"}).actions == ()


def test_a_file_that_comes_back_in_time_was_never_gone() -> None:
    ledger = home({"a": "A"})
    missing = look(ledger, {}).missing_since
    again = look(ledger, {"a": "A2"}, LATER + AFTER, missing=missing)
    assert (told(again), again.missing_since) == ([("edited", "a", "")], {})


@pytest.mark.parametrize(
    ("back", "old_path"), [({"a": "A"}, "a"), ({"a": "A new text"}, "a"), ({"elsewhere/x": "A"}, "a")]
)
def test_a_deleted_seed_that_is_put_back_has_its_id_again(back: dict[str, str], old_path: str) -> None:
    ledger = home({"a": "A", "b": "B"})
    gone = without(ledger, {"b": "B"})
    (action,) = look(gone, {"b": "B"} | back).actions
    assert (action.kind, action.old_path) == (SeedChange.RESTORED, old_path)
    assert action.record.id == mint_seed_id(SITE, "a")
    assert action.record.deleted is None
    assert action.record.first_seen == NOW


def test_a_deleted_seed_comes_back_once_where_its_text_is() -> None:
    gone = without(home({"a": "A", "z": "Z"}), {"z": "Z"})
    result = look(gone, {"z": "Z", "a": "other", "b": "A"})
    assert told(result) == [("new", "a", ""), ("restored", "b", "a")]
    assert len({action.record.id for action in result.actions}) == 2


def test_a_taken_first_path_gets_a_counter() -> None:
    ledger = home({"a": "A"})
    moved = apply(ledger, look(ledger, {"b": "A"}).actions, LATER)
    (action,) = look(moved, {"b": "A", "a": "C"}).actions
    assert (action.kind, action.record.key, action.record.path) == (SeedChange.NEW, "a#2", "a")
    assert action.record.id == mint_seed_id(SITE, "a#2")


def test_a_copy_is_published_once_it_differs() -> None:
    ledger = home({"a": "A", "b": "A"})
    assert len(ledger.seeds) == 1
    copies = look(ledger, {"a": "A", "b": "A"})
    assert [problem.code for problem in copies.problems] == ["W_SAME"]
    assert str(copies.problems[0]).startswith("b: says the same as a")
    assert told(look(ledger, {"a": "A", "b": "B"})) == [("new", "b", "")]


def test_twins_whose_names_look_alike_are_told_apart() -> None:
    files = dict.fromkeys(("bến.txt", "be\u0302\u0301n.txt"), "A")
    (problem,) = look(home(files), files).problems
    assert (problem.code, "bến" in problem.message) == ("W_SAME", False)
    assert "is there twice" in problem.message
    assert "joined to" in problem.message


def test_a_copy_takes_over_when_the_original_goes() -> None:
    assert told(look(home({"a": "A", "b": "A"}), {"b": "A"})) == [("moved", "b", "a")]


@pytest.mark.parametrize(
    ("folders", "actions"),
    [
        # A copy, and then an edit of the original; the copy goes elsewhere, and back.
        ([{"a": "A", "c": "A"}, {"a": "B", "c": "A"}], [("edited", "a", ""), ("copy", "c", "")]),
        ([{"a": "A", "c": "A"}, {"a": "B", "c": "A"}, {"a": "B", "d": "A"}], [("copy", "d", "")]),
        ([{"a": "B", "c": "A"}, {"a": "C", "c": "A", "d": "B"}, {"a": "C", "x/c": "A", "d": "B"}],
         [("copy", "d", ""), ("copy", "x/c", "")]),
        ([{"a": "B", "c": "A"}, {"a": "A", "c": "A"}], [("edited", "a", ""), ("copy", "c", "")]),
        ([{"a": "B", "c": "A"}, {"a": "B", "c": "C"}], [("new", "c", "")]),
        ([{"a": "B", "c": "A"}, {"c": "A"}], [("copy", "c", "")]),
        # Not edited in place: what is called a draft is the original, and so is what is new.
        ([{"c": "A", "a_DRAFT": "A"}], [("moved", "a_DRAFT", "a"), ("copy", "c", "")]),
        ([{"a": "A", "b": "A"}, {"b": "A", "c": "A"}], [("copy", "b", ""), ("moved", "c", "a")]),
        # A copy alone waits, as long as a file that is deleted; unless the original comes back.
        ([{"a": "A", "b": "A"}, {"b": "A"}], [("copy", "b", "")]),
        ([{"a": "A", "b": "A"}, {"b": "A"}, {"b": "A"}], [("moved", "b", "a")]),
        ([{"a": "A", "b": "A"}, {"b": "A"}, {"b": "A", "c": "C"}], [("copy", "b", ""), ("new", "c", "")]),
        ([{"a": "A", "b": "A"}, {"b": "A"}, {"a": "B", "b": "A"}], [("edited", "a", ""), ("copy", "b", "")]),
    ],
    ids=str,
)  # fmt: skip
def test_copies_of_a_file_publish_nothing_when_that_is_edited_or_renamed(
    folders: list[dict[str, str]], actions: list[tuple[str, str, str]]
) -> None:
    ledger, missing, known, now = home({"a": "A"}), dict[str, datetime](), {"a"}, NOW
    for files in folders:
        now += AFTER
        found = look(ledger, files, now, missing=missing, known=known, edited="a")
        ledger, missing, known = apply(ledger, found.actions, now), dict(found.missing_since), set(files)
    assert told(found) == actions
    assert set(ledger.seeds) >= {mint_seed_id(SITE, "a")}
    assert ledger.seeds[mint_seed_id(SITE, "a")].deleted is None


def test_seeds_that_go_one_after_the_other_are_deleted_however_many() -> None:
    files = {f"{n:02}.txt": f"{n:02}" for n in range(20)}
    ledger, missing, held = home(files), dict[str, datetime](), frozenset[str]()
    for n in range(15):
        found = look(
            ledger, dict(list(files.items())[n + 1 :]), NOW + n * timedelta(seconds=3), missing=missing, held=held
        )
        missing, held = dict(found.missing_since), found.held
    assert held == frozenset()
    last = look(ledger, dict(list(files.items())[15:]), NOW + timedelta(days=1), missing=missing, held=held)
    assert len(last.actions) == 15


@pytest.mark.parametrize(
    ("seeds", "left", "withdrawn"),
    [(40, 9, 0), (10, 4, 0), (10, 5, 5), (40, 29, 11), (40, 28, 12), (40, 27, 0), (5, 0, 5), (1, 0, 1)],
)
def test_many_seeds_gone_at_once_are_a_question_not_a_withdrawal(seeds: int, left: int, withdrawn: int) -> None:
    files = {f"{number:02}.txt": str(number) for number in range(seeds)}
    ledger = home(files)
    rest = dict(list(files.items())[:left])
    first = look(ledger, rest)
    due = look(ledger, rest, LATER + AFTER, missing=first.missing_since)
    assert len(due.actions) == withdrawn
    assert [problem.code for problem in due.problems] == ([] if withdrawn else ["E_SEEDS"])
    if not withdrawn:
        told_plainly = f"{seeds - left} of {seeds} seeds are gone; is the folder mounted? Nothing was withdrawn."
        assert told_plainly in str(due.problems[0])


def test_what_went_in_a_mass_waits_for_a_word_whatever_else_comes_and_goes() -> None:
    files = {f"{number:02}.txt": str(number) for number in range(20)}
    ledger = home(files)
    rest = dict(list(files.items())[:12])
    first = look(ledger, rest)
    assert len(first.held) == 8
    more = {**rest, **{f"new{number}.txt": f"n{number}" for number in range(30)}}
    ledger = apply(ledger, look(ledger, more, missing=first.missing_since, held=first.held).actions, LATER)
    fewer = {path: digest for path, digest in more.items() if path != "00.txt"}
    second = look(ledger, fewer, LATER, missing=first.missing_since, held=first.held)
    third = look(ledger, fewer, LATER + AFTER, missing=second.missing_since, held=second.held)
    assert told(third) == [("vanished", "00.txt", "")]
    assert third.held == first.held
    back = look(ledger, {**fewer, "12.txt": "12"}, LATER + AFTER, missing=second.missing_since, held=second.held)
    assert len(back.held) == 7
    accepted = look(ledger, fewer, LATER + AFTER, missing=second.missing_since, held=second.held, accepted=True)
    assert (len(accepted.actions), accepted.held) == (9, frozenset())


@pytest.mark.parametrize("unread", ["news/a.txt", "news/", ""])
def test_what_is_there_but_unread_is_not_missing(unread: str) -> None:
    result = look(home({"news/a.txt": "A"}), {}, unread=(unread,))
    assert (result.actions, result.missing_since) == ((), {})


def test_a_deleted_data_folder_gives_the_same_ids() -> None:
    files = {"a": "A", "b": "B"}
    ledger = home(files)
    assert look(ledger, files).actions == ()
    assert paths(home(files)) == paths(ledger)


def test_another_story_in_the_same_file_gets_its_own_record_and_the_old_one_lives_on() -> None:
    ledger = home({"a": "A"})
    (edited,) = look(ledger, {"a": "B"}).actions
    two, new = succeed(ledger, edited, LATER)
    old = two.seeds[mint_seed_id(SITE, "a")]
    assert (new.key, new.path, new.digest, new.first_seen) == ("a#2", "a", "B", LATER)
    assert (old.path, old.digest, old.deleted) == ("", "A", None)
    assert look(two, {"a": "B"}).actions == ()
    assert look(two, {"a": "B"}).missing_since == {}
    # Its text turns up again: the same seed, with a file once more.
    assert told(look(two, {"a": "B", "archive/a": "A"})) == [("moved", "archive/a", "")]


@given(
    st.lists(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("ABCD"), max_size=8), min_size=1, max_size=6)
)
def test_whatever_happens_to_the_folder_ids_stay_and_the_second_look_is_quiet(folders: list[dict[str, str]]) -> None:
    ledger, now = Ledger(SITE), NOW
    missing: dict[str, datetime] = {}
    for folder in folders:
        now += timedelta(seconds=90)
        result = look(ledger, folder, now, missing=missing)
        after = apply(ledger, result.actions, now)
        assert all(after.seeds[seed_id].key == record.key for seed_id, record in ledger.seeds.items())
        assert all(after.seeds[seed_id].first_seen == record.first_seen for seed_id, record in ledger.seeds.items())
        living = [record for record in after.seeds.values() if record.deleted is None]
        assert sorted(record.digest for record in living if folder.get(record.path) == record.digest) == sorted(
            set(folder.values())
        )
        again = look(after, folder, now, missing=result.missing_since)
        assert {action.kind for action in again.actions} <= {SeedChange.COPY}
        ledger, missing = after, dict(result.missing_since)
