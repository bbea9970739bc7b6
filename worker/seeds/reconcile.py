"""What happened to each seed file: compares the ledger with the files and gives actions. Pure.

An id follows its text: a file that turns up elsewhere with the same bytes is the same seed, so a renamed folder keeps
every id. A file edited in place is the same seed too. Works from the ledger alone, so the ids survive a deleted data/.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
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
) -> Reconciled:
    """What changed between the ledger and the files. unread: what exists but was not read, as `Scan.unread`.

    held: `Reconciled.held` of the previous scan. accepted: the operator confirmed that those were deleted.

    The ledger is not changed: `apply` makes the new one from the actions that the caller carried out. Here "deleted"
    means that the file is gone; entries that expired or were hidden are not deleted.
    """
    matching = _Matching(ledger, files)
    actions = [*matching.find_moved(), *matching.find_edited(), *matching.find_new(now)]
    out_of_sight = within(unread)
    gone = [record for record in matching.waiting.values() if not out_of_sight(record.path)]
    since = {record.id: missing_since.get(record.id, now) for record in gone}
    living = sum(1 for record in ledger.seeds.values() if record.deleted is None and record.path)
    problems = [
        SeedError(action.path, _same_as(action.path, action.record.path), "W_SAME")
        for action in actions
        if action.kind is SeedChange.COPY
    ]
    kept = frozenset() if accepted else frozenset(held) & since.keys()
    fresh = [record for record in gone if record.id not in kept]
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


def _same_as(path: str, original: str) -> str:
    """What a copy says the same as. Two names that look alike differ in how systems write accents in them."""
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
    bytes, by digest.
    """

    def __init__(self, ledger: Ledger, files: Mapping[str, FileState]) -> None:
        self.ledger = ledger
        self.files = files
        self.free = dict.fromkeys(sorted(files))
        self.holders: dict[str, SeedRecord] = {}
        living = sorted((r for r in ledger.seeds.values() if r.deleted is None), key=lambda record: record.key)
        self.waiting = {record.id: record for record in living}
        for record in living:
            if record.path in files and files[record.path].digest == record.digest:
                self._take(record, record.path)

    def find_moved(self) -> Iterator[SeedAction]:
        """Finds the bytes of a record at a free path, when its own file is gone or has other content now.

        Handles chains of renames too (a to b, b to c), where every old path still exists.
        """
        places = self._free_by_digest()
        for record in list(self.waiting.values()):
            if found := places.get(record.digest):
                path = _likeliest(found, record.path)
                found.remove(path)
                moved = replace(record, path=path)
                self._take(moved, path)
                yield SeedAction(SeedChange.MOVED, moved, path, record.path)
        # A story whose file was taken by another one stays published without a file.
        self.waiting = {record.id: record for record in self.waiting.values() if record.path}

    def find_edited(self) -> Iterator[SeedAction]:
        """Finds other bytes at a record's path. Bytes of another seed change nothing: they are already published."""
        for record in list(self.waiting.values()):
            if record.path not in self.free:
                continue
            digest = self.files[record.path].digest
            if original := self.holders.get(digest):
                del self.free[record.path], self.waiting[record.id]
                yield SeedAction(SeedChange.COPY, original, record.path)
            else:
                edited = replace(record, digest=digest)
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
        for path in list(self.free):
            digest = self.files[path].digest
            record = back.get(path) or by_path.get(path)
            if original := self.holders.get(digest):
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

    def _take(self, record: SeedRecord, path: str) -> None:
        self.holders.setdefault(record.digest, record)
        self.waiting.pop(record.id, None)
        self.free.pop(path, None)

    def _free_by_digest(self) -> dict[str, list[str]]:
        places: dict[str, list[str]] = defaultdict(list)
        for path in self.free:
            places[self.files[path].digest].append(path)
        return places


def _likeliest(paths: list[str], old_path: str) -> str:
    """Of several places with the same bytes: one with the old name, else one in the old folder, else the first."""
    old = PurePosixPath(old_path)
    return min(paths, key=lambda path: (PurePosixPath(path).name != old.name, PurePosixPath(path).parent != old.parent))


def _mint_record(ledger: Ledger, path: str, digest: str, now: datetime, taken: set[str]) -> SeedRecord:
    key, counter = path, 1
    # A record that was rebuilt from the store may have the id of another key.
    while key in taken or mint_seed_id(ledger.site_id, key) in ledger.seeds:
        counter += 1
        key = f"{path}#{counter}"
    return SeedRecord(mint_seed_id(ledger.site_id, key), key, path, digest, first_seen=now, updated=now)
