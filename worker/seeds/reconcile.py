"""What happened to each seed file: compares the ledger with the files and gives actions. Pure.

An id follows its text: a file that turns up elsewhere with the same bytes is the same seed, so a renamed folder keeps
every id. A file edited in place is the same seed too, and what others have of its former bytes are copies, of which
nothing is published. Works from the ledger alone, so the ids survive a deleted data/.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath

from feeds.errors import SeedError
from worker.seeds.ledger import Ledger, SeedRecord, mint_seed_id
from worker.seeds.scan import FileState, within

# If this share of the published seeds vanishes together, nobody deleted them by hand: a disk is not mounted, or a
# folder is not synchronised yet. Files that vanish one by one over a longer time were deleted.
_MASS_SHARE = 0.3
_MASS_COUNT = 5
_MASS_WITHIN = timedelta(seconds=5)


class SeedChange(StrEnum):
    NEW = "new"
    EDITED = "edited"
    MOVED = "moved"
    RESTORED = "restored"
    COPY = "copy"
    VANISHED = "vanished"


@dataclass(frozen=True, slots=True)
class SeedAction:
    """One change. record: the seed as `apply` will keep it, except for the time of a deletion; for a COPY, the
    original.

    path: the file; for a vanished one, where it was. old_path: where a moved or restored file was before.
    """

    kind: SeedChange
    record: SeedRecord
    path: str
    old_path: str = ""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """actions: by path. missing_since: when each missing seed's file vanished, by id; pass it in again next time.

    held: ids that vanished in a mass; they are not withdrawn until the operator accepts it.
    """

    actions: tuple[SeedAction, ...]
    missing_since: Mapping[str, datetime]
    problems: tuple[SeedError, ...] = ()
    held: frozenset[str] = frozenset()


def reconcile(
    ledger: Ledger,
    files: Mapping[str, FileState],
    missing_since: Mapping[str, datetime],
    now: datetime,
    delete_after: timedelta,
    unread: Iterable[str] = (),
    held: Collection[str] = (),
    accepted: bool = False,
    *,
    known: Collection[str],
    keeps_story: Callable[[SeedRecord, str], bool],
) -> Reconciled:
    """What changed between the ledger and the files. unread: what exists but was not read, as `Scan.unread`.

    known: the paths of the previous scan. keeps_story: whether a record's file, which has other bytes now, still tells
    its story, of which a file at another path has the bytes of before.

    held: `Reconciled.held` of the previous scan. accepted: the operator confirmed that those were deleted.

    The ledger is not changed: `apply` makes the new one from the actions that the caller carried out. Here "deleted"
    means that the file is gone; entries that expired or were hidden are not deleted.
    """
    out_of_sight = within(unread)

    def is_due(record: SeedRecord) -> bool:
        return not out_of_sight(record.path) and now - missing_since.get(record.id, now) >= delete_after

    matching = _Matching(ledger, files, known)
    actions = [
        *matching.find_moved(keeps_story),
        *matching.find_taken_over(is_due),
        *matching.find_edited(),
        *matching.find_new(now),
    ]
    gone = [record for record in matching.waiting.values() if not out_of_sight(record.path)]
    since = {record.id: missing_since.get(record.id, now) for record in gone}
    living = sum(1 for record in ledger.seeds.values() if record.deleted is None and record.path)
    problems = [
        SeedError(action.path, said, "W_SAME")
        for action in actions
        if (said := _of_a_copy(action, files, matching.copies))
    ]
    kept = frozenset() if accepted else frozenset(held) & since.keys()
    # What a copy is left of is never withdrawn: that takes its place.
    left = {
        action.record.id
        for action in actions
        if action.kind is SeedChange.COPY and files[action.path].digest == action.record.digest
    }
    fresh = [record for record in gone if record.id not in kept | left]
    if not accepted:
        kept |= _gone_in_a_mass({record.id: since[record.id] for record in fresh}, living - len(kept))
    if kept:
        reason = (
            f"{len(kept)} of {living} seeds are gone; is the folder mounted? Nothing was withdrawn. If you deleted"
            " them: seedfeed publish seeds --accept"
        )
        problems.append(SeedError("seeds", reason, "E_SEEDS"))
    actions.extend(
        SeedAction(SeedChange.VANISHED, record, record.path)
        for record in fresh
        if record.id not in kept and now - since[record.id] >= delete_after
    )
    return Reconciled(tuple(sorted(actions, key=lambda action: action.path)), since, tuple(problems), kept)


def _of_a_copy(action: SeedAction, files: Mapping[str, FileState], copies: Collection[str]) -> str:
    """What is to be told of a copy, or of one that takes the place of its original; "" for any other change.

    Two names that look alike differ in how systems write accents in them.
    """
    path, original = action.path, action.record.path
    if action.kind is SeedChange.MOVED and path in copies and action.old_path and action.old_path not in files:
        return (
            f"said the same as {action.old_path}, which is gone, and is the file of that entry now. To withdraw the"
            " entry, delete this one, too."
        )
    if action.kind is not SeedChange.COPY:
        return ""
    if files[path].digest != action.record.digest:
        return f"says what {original} said before it was edited. It is not published; delete it, or change it."
    if unicodedata.normalize("NFC", path) != unicodedata.normalize("NFC", original):
        return f"says the same as {original}, and is read once it differs."
    this, that = ("joined to", "apart from") if unicodedata.is_normalized("NFC", path) else ("apart from", "joined to")
    return (
        f"is there twice: a second file has a name that looks the same and says the same. Here the accents are {this}"
        f" their letters, there {that} them (another system wrote it). One of the two is published; delete the other."
    )


def _gone_in_a_mass(since: Mapping[str, datetime], living: int) -> set[str]:
    """The ids that vanished together with so many others that nobody can have deleted them by hand."""
    ids = sorted(since, key=lambda id_: since[id_])
    mass: set[str] = set()
    first = 0
    for last, id_ in enumerate(ids):
        while since[id_] - since[ids[first]] > _MASS_WITHIN:
            first += 1
        if last + 1 - first > max(_MASS_COUNT, _MASS_SHARE * living):
            mass.update(ids[first : last + 1])
    return mass


def apply(ledger: Ledger, actions: Iterable[SeedAction], now: datetime) -> Ledger:
    """The ledger after these actions. `updated` stays: the reader decides whether a change is substantive."""
    seeds = dict(ledger.seeds)
    for action in actions:
        if action.kind is not SeedChange.COPY:
            gone = action.kind is SeedChange.VANISHED
            seeds[action.record.id] = replace(action.record, deleted=now) if gone else action.record
    return replace(ledger, seeds=seeds)


def succeed(ledger: Ledger, edited: SeedAction, now: datetime) -> tuple[Ledger, SeedRecord]:
    """A new record for the story that an EDITED seed's file now holds; the old record stays, without a file."""
    old = ledger.seeds[edited.record.id]
    new = _mint_record(ledger, edited.path, edited.record.digest, now, {record.key for record in ledger.seeds.values()})
    return ledger.with_seed(replace(old, path="")).with_seed(new), new


class _Matching:
    """Matches files with records in passes; each pass takes what it can match.

    waiting: records without a file yet, by id. free: files without a record yet. holders: the record that holds these
    bytes, by digest. copies: known paths that no record had. records: all, as they are after what was matched so far.
    """

    def __init__(self, ledger: Ledger, files: Mapping[str, FileState], known: Collection[str]) -> None:
        self.ledger = ledger
        self.files = files
        self.known = known
        self.records = dict(ledger.seeds)
        self.free = dict.fromkeys(sorted(files))
        self.holders: dict[str, SeedRecord] = {}
        living = sorted((r for r in ledger.seeds.values() if r.deleted is None), key=lambda record: record.key)
        self.waiting = {record.id: record for record in living}
        self.copies = frozenset(known) - {record.path for record in living}
        for record in living:
            if record.path in files and files[record.path].digest == record.digest:
                self._take(record, record.path)

    def find_moved(self, keeps_story: Callable[[SeedRecord, str], bool]) -> Iterator[SeedAction]:
        """Finds the bytes of a record at a free path, when its own file is gone or tells another story now.

        Handles chains of renames too (a to b, b to c), where every old path still exists. A file that was copied and
        then edited has not moved.
        """
        places = self._free_by_digest()
        bytes_of_seeds = {record.digest for record in self.records.values() if record.deleted is None}
        for record in list(self.waiting.values()):
            found, here = places.get(record.digest, []), self.files.get(record.path)
            if found and here and here.digest not in bytes_of_seeds and keeps_story(record, found[0]):
                continue
            # A copy that was there before waits: the original may be renamed and edited, or about to be saved.
            moved = [path for path in found if path not in self.copies]
            if found := moved or (found if here or not record.path else []):
                path = _likeliest(found, record.path)
                places[record.digest].remove(path)
                yield self._move(record, path)
        # A story whose file was taken by another one stays published without a file.
        self.waiting = {record.id: record for record in self.waiting.values() if record.path}

    def find_taken_over(self, is_due: Callable[[SeedRecord], bool]) -> Iterator[SeedAction]:
        """Finds the copy that is left of a seed whose own file is gone for good, unless a new file came just now."""
        if any(path not in self.known for path in self.free):
            return
        places = self._free_by_digest()
        for record in list(self.waiting.values()):
            if record.digest in places and record.path not in self.files and is_due(record):
                yield self._move(record, _likeliest(places.pop(record.digest), record.path))

    def find_edited(self) -> Iterator[SeedAction]:
        """Finds other bytes at a record's path. Bytes of another seed change nothing: they are already published."""
        digests = {state.digest for state in self.files.values()}
        gone = {record.digest: record for record in self.waiting.values() if record.path not in self.files}
        for record in list(self.waiting.values()):
            if record.path not in self.free:
                continue
            digest = self.files[record.path].digest
            if original := self.holders.get(digest) or gone.get(digest):
                del self.free[record.path], self.waiting[record.id]
                yield SeedAction(SeedChange.COPY, original, record.path)
            else:
                edited = with_bytes(record, record.path, digest, digests)
                self._take(edited, record.path)
                yield SeedAction(SeedChange.EDITED, edited, record.path)

    def find_new(self, now: datetime) -> Iterator[SeedAction]:
        """Finds what no current record accounts for: copies, deleted seeds that are back, and new ones.

        A deleted seed is recognised by its bytes anywhere, before it is recognised by its path.
        """
        deleted = [record for record in self.ledger.seeds.values() if record.deleted is not None]
        deleted.sort(key=lambda record: (record.deleted or now, record.key))
        by_digest = {record.digest: record for record in deleted}
        by_path = {record.path: record for record in deleted}
        back = {path: by_digest.pop(digest) for path in self.free if (digest := self.files[path].digest) in by_digest}
        known = {record.id for record in back.values()}
        taken = {record.key for record in self.ledger.seeds.values()}
        copied = {digest: record for record in self.records.values() for digest in record.earlier}
        copied |= {record.digest: record for record in self.waiting.values()}
        for path in list(self.free):
            digest = self.files[path].digest
            record = back.get(path) or by_path.get(path)
            original = self.holders.get(digest) or copied.get(digest)
            # An earlier version under a new name may be all that is left of a seed whose file is gone.
            if original and path not in self.known and (original.deleted or original.id in self.waiting):
                original = None
            if original:
                del self.free[path]
                yield SeedAction(SeedChange.COPY, original, path)
            elif record and (path in back or record.id not in known):
                restored = replace(record, path=path, digest=digest, deleted=None)
                self._take(restored, path)
                yield SeedAction(SeedChange.RESTORED, restored, path, record.path)
            else:
                minted = _mint_record(self.ledger, path, digest, now, taken)
                taken.add(minted.key)
                self._take(minted, path)
                yield SeedAction(SeedChange.NEW, minted, path)

    def _move(self, record: SeedRecord, path: str) -> SeedAction:
        moved = replace(record, path=path)
        self._take(moved, path)
        return SeedAction(SeedChange.MOVED, moved, path, record.path)

    def _take(self, record: SeedRecord, path: str) -> None:
        self.records[record.id] = record
        self.holders.setdefault(record.digest, record)
        self.waiting.pop(record.id, None)
        self.free.pop(path, None)

    def _free_by_digest(self) -> dict[str, list[str]]:
        places: dict[str, list[str]] = defaultdict(list)
        for path in self.free:
            places[self.files[path].digest].append(path)
        return places


def _likeliest(paths: list[str], old_path: str) -> str:
    """Of several places with the same bytes: one that is called a draft, as the copy is not to go out then; else one
    with the old name, else one in the old folder, else the first.
    """
    if len(paths) == 1:
        return paths[0]
    from worker.seeds.readers import header_keys

    old = PurePosixPath(old_path)

    def unlikeliness(path: str) -> tuple[bool, bool, bool]:
        file = PurePosixPath(path)
        words = (*file.parts[:-1], *re.split(r"[\W_]+", file.stem))
        return not any(map(header_keys.unready, words)), file.name != old.name, file.parent != old.parent

    return min(paths, key=unlikeliness)


def with_bytes(record: SeedRecord, path: str, digest: str, digests: Collection[str]) -> SeedRecord:
    """The record of a file with other bytes. digests: of all files, which may be copies of what it was."""
    earlier = dict.fromkeys((*record.earlier, *[record.digest][: record.digest in digests]))
    kept = tuple(one for one in earlier if one != digest)
    return replace(record, path=path, digest=digest, deleted=None, earlier=kept)


def _mint_record(ledger: Ledger, path: str, digest: str, now: datetime, taken: set[str]) -> SeedRecord:
    key, counter = path, 1
    # A record that was rebuilt from the store may have the id of another key.
    while key in taken or mint_seed_id(ledger.site_id, key) in ledger.seeds:
        counter += 1
        key = f"{path}#{counter}"
    return SeedRecord(mint_seed_id(ledger.site_id, key), key, path, digest, first_seen=now, updated=now)
