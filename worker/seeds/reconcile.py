"""What happened to each seed file: the ledger, the files as they are now and the time give actions. Pure.

Ids stay with the text as it moves: a file that turns up elsewhere with the same bytes is the same seed, so that a
renamed folder keeps every id. A file that was changed in place is the same seed too. Works from the ledger alone, so
that a deleted data/ gives the same ids.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath

from feeds.errors import SeedError
from worker.seeds.ledger import Ledger, SeedRecord, mint_seed_id
from worker.seeds.scan import FileState, within

# So many of the living seeds at once do not vanish by hand: a disk is not mounted, a folder not synchronised yet. What
# went one after the other, over a longer time than this, somebody deleted.
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
    """One change. record: the seed as `apply` will keep it, but for the time of a deletion; of a COPY the original.

    path: the file meant; of one that vanished, where it was. old_path: where a moved or restored one lay before.
    """

    kind: SeedChange
    record: SeedRecord
    path: str
    old_path: str = ""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """actions by path. missing_since: by id, since when a seed's file is gone; to be handed in again next time.

    held: ids of those of them that went in a mass, which are not withdrawn before they are back or somebody accepts it.
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
    """What changed between the ledger and the files. `unread`: what is there but was not read, as `Scan.unread`.

    held: ids as `Reconciled.held` of the time before. accepted: whoever runs the site says that they were deleted.

    The ledger stays as it is: `apply` makes the new one from the actions that the caller carried out. A deleted record
    is one whose file is gone; an entry that expired or was hidden is not deleted here.
    """
    matching = _Matching(ledger, files)
    actions = [*matching.moved(), *matching.edited(), *matching.appeared(now)]
    out_of_sight = within(unread)
    gone = [record for record in matching.waiting.values() if not out_of_sight(record.path)]
    since = {record.id: missing_since.get(record.id, now) for record in gone}
    living = sum(1 for record in ledger.seeds.values() if record.deleted is None and record.path)
    problems = [
        SeedError(action.path, f"says the same as {action.record.path}; it is published once it differs.", "W_SAME")
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


def _gone_in_a_mass(since: Mapping[str, datetime], living: int) -> set[str]:
    """Those of the ids that went together with so many others that nobody can have deleted them by hand."""
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
    """The ledger after these actions. `updated` stays: whether a change is substantive, its reader decides."""
    seeds = dict(ledger.seeds)
    for action in actions:
        if action.kind is not SeedChange.COPY:
            gone = action.kind is SeedChange.VANISHED
            seeds[action.record.id] = replace(action.record, deleted=now) if gone else action.record
    return replace(ledger, seeds=seeds)


def succeed(ledger: Ledger, edited: SeedAction, now: datetime) -> tuple[Ledger, SeedRecord]:
    """The file of an EDITED seed tells another story: a new record for it, and the old one lives on without a file."""
    old = ledger.seeds[edited.record.id]
    new = _minted(ledger, edited.path, edited.record.digest, now, {record.key for record in ledger.seeds.values()})
    return ledger.with_seed(replace(old, path="")).with_seed(new), new


class _Matching:
    """Files and records that belong together, found in passes; each pass takes what it could match.

    waiting: living records without a file yet, by id. free: files without a record yet. holders: by digest, the living
    record that holds these bytes.
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

    def moved(self) -> Iterator[SeedAction]:
        """The bytes of a record whose own file is gone, or holds something else now, at a path that is free.

        Also a chain of renames (a to b, b to c), where every old path exists.
        """
        places = self._free_by_digest()
        for record in list(self.waiting.values()):
            if found := places.get(record.digest):
                path = _likeliest(found, record.path)
                found.remove(path)
                moved = replace(record, path=path)
                self._take(moved, path)
                yield SeedAction(SeedChange.MOVED, moved, path, record.path)
        # What another story once took the file of stays published without one.
        self.waiting = {record.id: record for record in self.waiting.values() if record.path}

    def edited(self) -> Iterator[SeedAction]:
        """Other bytes at a record's path. The bytes of another seed change nothing: they are published already."""
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

    def appeared(self, now: datetime) -> Iterator[SeedAction]:
        """What no living record accounts for: copies, deleted seeds that are back, and new ones.

        A deleted seed is known by its bytes, wherever they are, before it is known by its path.
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
                minted = _minted(self.ledger, path, digest, now, taken)
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
    """Of several places of the same bytes: one of the old name, else in the old folder, else the first."""
    old = PurePosixPath(old_path)
    return min(paths, key=lambda path: (PurePosixPath(path).name != old.name, PurePosixPath(path).parent != old.parent))


def _minted(ledger: Ledger, path: str, digest: str, now: datetime, taken: set[str]) -> SeedRecord:
    key, counter = path, 1
    while key in taken:
        counter += 1
        key = f"{path}#{counter}"
    return SeedRecord(mint_seed_id(ledger.site_id, key), key, path, digest, first_seen=now, updated=now)
