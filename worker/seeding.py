"""From the folder seeds/ to recorded entries: the half of a cycle that needs no network.

    scan -> reconcile with the ledger -> read -> normalise -> decide -> save the ledger -> one transaction

The ledger is saved before the store: after a crash between the two the next scan finds the file unknown to the store
and its id, first-seen and updated times in the ledger, and ends where it would have.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from feeds.config import Home, Settings
from feeds.dates import distinct
from feeds.errors import SeedError
from feeds.model import Decision, Entry, KnownEntry, Source, SourceKind, Verdict
from feeds.store import Store
from feeds.store.seeds import SeedProblem
from feeds.text import plain
from feeds.urls import LOCAL, valid_id
from worker import identify
from worker.book import Book
from worker.lists import Lists
from worker.media import Media
from worker.model import Document, Reading
from worker.normalise import Context, normalise
from worker.sanitise import LARGEST
from worker.seeds import Front, SeedContext
from worker.seeds import read as read_seed
from worker.seeds.ledger import Ledger, SeedRecord
from worker.seeds.reconcile import Change, Reconciled, SeedAction, apply, reconcile, succeed
from worker.seeds.scan import FileState, Scan, moment, scan


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What one look at seeds/ brought. withdrawn: ids. settles_at: when a file that was just saved will have rested.

    problems: everything that is wrong with files now; fresh: what was not told before.
    """

    decisions: tuple[Decision, ...] = ()
    withdrawn: tuple[str, ...] = ()
    problems: tuple[SeedProblem, ...] = ()
    fresh: tuple[SeedProblem, ...] = ()
    settles_at: datetime | None = None


@dataclass(slots=True)
class _Plan:
    """What reading the changed files decided, before any of it is written. found_again: ids of seeds whose file was
    gone, and that turned up elsewhere, edited."""

    ledger: Ledger
    decisions: list[Decision] = field(default_factory=list)
    withdrawn: dict[str, str] = field(default_factory=dict)
    again: dict[str, datetime] = field(default_factory=dict)
    problems: dict[str, SeedError] = field(default_factory=dict)
    found_again: set[str] = field(default_factory=set)


class Seeding:
    """The home's own articles; `lists` are its subscriptions. `start` comes before anything else."""

    def __init__(self, store: Store, home: Home, settings: Settings) -> None:
        self.store = store
        self.home = home
        self.settings = settings
        self.zone = ZoneInfo(settings.timezone)
        self.book = Book(home, settings, store)
        self.lists = Lists(store, settings, self.book)
        self._places: dict[str, SeedRecord] = {}
        self.media = Media(store, home.seeds, home.media, self._page_of)

    def start(self, now: datetime) -> None:
        """Makes the home's own source, and brings back tombstones that a deleted data/ lost."""
        with self.store.transaction():
            self.store.sources.put(self._own_source(), now=now, category_slugs={})
            for record in self.book.ledger.seeds.values():
                if record.deleted:
                    self._bury(record, record.deleted)
        self.lists.subscribe(now)
        self.media.start(now)

    def _own_source(self) -> Source:
        return Source(self.book.own_key, "seeds", SourceKind.SEEDS, self.settings.title, link=self.settings.base_url)

    def read(self, now: datetime) -> SeedReport:
        """Reads what changed and records it; and once more what links to articles that came or went with it."""
        report, paths = self._look(now)
        linking = self.media.linking(paths)
        if not linking:
            return report
        with self.store.transaction():
            self.store.seeds.read_paths_again(linking, now)
        more, _ = self._look(now)
        return replace(
            more,
            decisions=(*report.decisions, *more.decisions),
            withdrawn=(*report.withdrawn, *more.withdrawn),
            fresh=tuple(problem for problem in (*report.fresh, *more.fresh) if problem in more.problems),
        )

    def _look(self, now: datetime) -> tuple[SeedReport, list[str]]:
        """One look, and the paths of articles that came or went."""
        known = {path: FileState(*values) for path, values in self.store.seeds.files(now).items()}
        seen = scan(self.home.seeds, known, self.settings.seeds.settle, now)
        if beside := self.media.affected(seen, known):
            alone = {path: state for path, state in known.items() if path not in beside}
            seen = scan(self.home.seeds, alone, self.settings.seeds.settle, now)
        # What is kept of the moment, in the ledger and in feeds, is kept in whole seconds.
        now = now.replace(microsecond=0)
        missing = self.store.seeds.missing()
        after = self.settings.seeds.delete_after
        found = reconcile(self.book.ledger, seen.files, missing, now, after, seen.unread)
        plan = self._plan(seen, found, now)
        gone = self.lists.gone(seen, missing, now)
        self.lists.read(seen, gone, now, plan.problems)
        # Sources that the lists brought are in the book already; the plan knows the seeds.
        self.book.ledger = replace(self.book.ledger, seeds=plan.ledger.seeds)
        self.book.mint_categories([name for decision in plan.decisions for name in decision.entry.categories])
        self.book.save()
        scanning = {problem.name: problem for problem in (*seen.problems, *found.problems)}
        if unknown := self.lists.unknown():
            scanning["site.toml"] = SeedError("site.toml", "; ".join(unknown), "W_SOURCE")
        waiting = {id_: since for id_, since in found.missing_since.items() if id_ not in plan.found_again}
        fresh = self._write(seen, plan, scanning, {**waiting, **gone}, known, now)
        came = {one.entry.id for one in plan.decisions if one.verdict is Verdict.NEW or one.reason == "put back"}
        moved = came | plan.withdrawn.keys()
        paths = [one.path or one.key for one in self.book.ledger.seeds.values() if one.id in moved] if moved else []
        report = SeedReport(
            decisions=tuple(plan.decisions),
            withdrawn=tuple(plan.withdrawn),
            fresh=tuple(fresh),
            problems=self.store.seeds.problems(),
            settles_at=seen.settles_at,
        )
        return report, paths

    def read_lists(self, now: datetime) -> None:
        """Takes in changed lists of subscriptions alone, settled or not: a command has just written one."""
        known = {path: FileState(*values) for path, values in self.store.seeds.files(now).items()}
        seen = scan(self.home.seeds, known, timedelta(), now)
        self.lists.read(seen, {}, now, {})
        with self.store.transaction():
            for document in seen.changed_outlines:
                state = seen.outlines[document.name]
                self.store.seeds.put(document.name, state.size, state.mtime_ns, state.digest)

    def next_look(self) -> datetime | None:
        """When something is due without any file changing: a date to publish or to expire, a withdrawal."""
        moments = [since + self.settings.seeds.delete_after for since in self.store.seeds.missing().values()]
        again = self.store.seeds.next_again()
        return min([*moments, *([again] if again else [])], default=None)

    # Articles

    def _plan(self, seen: Scan, found: Reconciled, now: datetime) -> _Plan:
        """Decides about every changed file. What could not be read, or is no more than a draft, mints no id."""
        changed = {document.name for document in seen.changed}
        carried_out = [action for action in found.actions if action.kind is Change.VANISHED or action.path in changed]
        by_path = {action.path: action for action in carried_out if action.kind is not Change.VANISHED}
        plan = _Plan(apply(self.book.ledger, carried_out, now))
        records = {record.path: record for record in plan.ledger.seeds.values() if not record.deleted}
        for action in carried_out:
            if action.kind is Change.VANISHED:
                plan.withdrawn[action.record.id] = f"its file {action.record.path} is gone"
        self._places = records
        for document in seen.changed:
            if document.name not in records:
                continue  # a copy of another seed: nothing until it differs
            record, done = records[document.name], by_path.get(document.name)
            try:
                if done and done.kind is Change.NEW and (old := self._elsewhere(document, record, found, seen, plan)):
                    record, done = old, replace(done, kind=Change.EDITED, record=old)
                self._read_one(document, record, done, seen, plan, now)
            except SeedError as error:
                plan.problems[document.name] = error
                # The old bytes stay in the ledger too: mended or not, the next version is an edit of what is published.
                plan.ledger = self._as_before(plan.ledger, record.id)
        return plan

    def _elsewhere(
        self, document: Document, record: SeedRecord, found: Reconciled, seen: Scan, plan: _Plan
    ) -> SeedRecord | None:
        """The seed whose file is gone, if this new one holds its story: renamed and edited before anybody looked.

        Its record is in the plan then, with the new path, and the one that was minted is not.
        """
        gone = [self.book.ledger.seeds[id_] for id_ in found.missing_since if id_ not in plan.found_again]
        if not gone:
            return None
        raw = read_seed(document, self._context(record, seen.files[document.name]))[0].entry
        said = raw.title, plain(raw.content)
        for old in gone:
            stored = self.store.entries.get(old.id)
            if stored and identify.same_story(stored.title, plain(stored.content), *said):
                plan.found_again.add(old.id)
                plan.withdrawn.pop(old.id, None)
                without = {id_: kept for id_, kept in plan.ledger.seeds.items() if id_ != record.id}
                moved = replace(old, path=document.name, digest=record.digest)
                plan.ledger = replace(plan.ledger, seeds=without).with_seed(moved)
                return moved
        return None

    def _as_before(self, ledger: Ledger, id_: str) -> Ledger:
        """The ledger with one record as it was, or without one that is new."""
        if id_ in self.book.ledger.seeds:
            return ledger.with_seed(self.book.ledger.seeds[id_])
        return replace(ledger, seeds={key: record for key, record in ledger.seeds.items() if key != id_})

    def _read_one(
        self, document: Document, record: SeedRecord, action: SeedAction | None, seen: Scan, plan: _Plan, now: datetime
    ) -> None:
        reading, front = read_seed(document, self._context(record, seen.files[document.name]))
        record = self._with_own_id(record, front, document.name, seen, plan)
        if not front.published(now):
            self._hold_back(document.name, record, front, plan, now)
            return
        if front.expires:
            plan.again[document.name] = front.expires
        reading, missing = self.media.attach(document.name, reading)
        self._warn(document.name, front, reading, missing, plan)
        context = Context(
            source=self._own_source(),
            base=f"{self.settings.base_url}/",
            now=now,
            zone=self.zone,
            undated=record.first_seen,
        )
        entry = self.book.categorised(normalise(reading.entry, context, record.id))
        known = self._known(record.id)
        kind = action.kind if action else None
        if action and kind is Change.EDITED and known and not front.id and self._overwritten(entry):
            message = f"holds another story than before: it is published as a new entry, and {known.title!r} stays."
            plan.problems[document.name] = SeedError(document.name, message, "W_OTHER")
            old = self.book.ledger.seeds[record.id]
            plan.ledger, record = succeed(plan.ledger, action, now)
            # The old story keeps its own bytes: those of the file are the new one's, wherever they move.
            plan.ledger = plan.ledger.with_seed(replace(old, path=""))
            entry, known, kind = replace(entry, id=record.id), None, Change.NEW
            if not entry.dated:
                entry = replace(entry, published=now)
        record, decision = self._decide(record, entry, known, kind, front, now)
        plan.ledger = plan.ledger.with_seed(record)
        if decision:
            plan.decisions.append(decision)

    def _warn(self, path: str, front: Front, reading: Reading, missing: list[tuple[str, str]], plan: _Plan) -> None:
        """Keeps what is to be told of a file that is published all the same: one warning, named by the first of all."""
        told = [
            *(one for one in missing if one[0].startswith("E_")),
            *(("W_META", one) for one in front.warnings),
            *(("W_MEDIA", one) for one in reading.warnings),
            *(one for one in missing if not one[0].startswith("E_")),
        ]
        if len(reading.entry.content.encode("utf-8", "replace")) > LARGEST:
            told.append(("W_LONG", "holds more than 512 KiB of text and markup; only its beginning is published."))
        if told:
            plan.problems[path] = SeedError(path, " ".join(one for _, one in told), told[0][0])

    def _page_of(self, path: str) -> str:
        """Where the entry of another seed file is shown; "" if there is none, or it is not public."""
        record = self._places.get(path)
        trace = self.store.traces.of(record.id) if record else None
        return f"{LOCAL}/entries/{trace.uuid}" if trace and trace.state == "published" else ""

    def _context(self, record: SeedRecord, state: FileState) -> SeedContext:
        return SeedContext(
            zone=self.zone,
            first_seen=record.first_seen,
            modified=moment(state.mtime_ns),
            encoding=self.settings.seeds.encoding,
        )

    def _decide(
        self,
        record: SeedRecord,
        entry: Entry,
        known: KnownEntry | None,
        kind: Change | None,
        front: Front,
        now: datetime,
    ) -> tuple[SeedRecord, Decision | None]:
        """The record with its `updated`, and the decision; None when the entry says what the stored one says."""
        # Edited while data/ was away: the ledger alone remembers the old bytes.
        edited_unseen = known is None and record.id in self.book.ledger.seeds and kind is Change.EDITED
        substantive = known is not None and entry.digest != known.digest and kind is not Change.MOVED
        updated = record.updated
        if substantive or edited_unseen:
            updated = front.updated if front.updated and record.updated < front.updated <= now else now
        entry = replace(entry, updated=distinct(updated, record.id))
        stored = self.store.entries.get(record.id)
        if stored and replace(stored, updated=entry.updated) == entry:
            return record, None
        decision = identify.decide_seed(entry, known, now, substantive=substantive)
        return replace(record, updated=updated), decision

    def _with_own_id(self, record: SeedRecord, front: Front, path: str, seen: Scan, plan: _Plan) -> SeedRecord:
        """The record under the id that front matter asks for."""
        if not front.id:
            return record
        wanted = front.id if valid_id(front.id) else uuid5(UUID(self.book.ledger.site_id), f"id:{front.id}").urn
        if wanted == record.id:
            return record
        holder = self._known(wanted)
        if holder and holder.source_id != self.book.own_key:
            raise SeedError(path, "has an id that an entry of another source bears; it is not published.", "E_ID")
        other = plan.ledger.seeds.get(wanted)
        if other and not other.deleted and other.path != path and other.path in seen.files:
            message = f"has the same id as {other.path}; it is not published until one of them changes."
            raise SeedError(path, message, "E_ID")
        if self._known(record.id):
            plan.withdrawn[record.id] = f"front matter gave {path} another id"
        without = {id_: kept for id_, kept in plan.ledger.seeds.items() if id_ != record.id}
        plan.ledger = replace(plan.ledger, seeds=without)
        if other:
            record = replace(record, key=other.key, first_seen=other.first_seen, updated=other.updated)
        return replace(record, id=wanted)

    def _hold_back(self, path: str, record: SeedRecord, front: Front, plan: _Plan, now: datetime) -> None:
        """A draft, or one whose time has not come or is over: nothing stands in the feeds."""
        if front.publish_at and now < front.publish_at:
            plan.again[path] = front.publish_at
        if record.id in self.book.ledger.seeds:
            plan.withdrawn[record.id] = "it is a draft again" if front.draft else "its time is over, or not yet come"
        else:
            plan.ledger = self._as_before(plan.ledger, record.id)

    def _overwritten(self, entry: Entry) -> bool:
        stored = self.store.entries.get(entry.id)
        return stored is not None and identify.another_story(
            stored.title, plain(stored.content), entry.title, plain(entry.content)
        )

    def _known(self, id_: str) -> KnownEntry | None:
        return self.store.entries.known(self.book.own_key, {id_}, (), ()).by_id.get(id_)

    # Writing

    def _write(
        self,
        seen: Scan,
        plan: _Plan,
        scanning: Mapping[str, SeedError],
        missing: Mapping[str, datetime],
        known: Mapping[str, FileState],
        now: datetime,
    ) -> list[SeedProblem]:
        """One transaction, and none if nothing is new. Gives the problems that were not told before."""
        files = {**seen.files, **seen.outlines}
        read = {document.name for document in (*seen.changed, *seen.changed_outlines)}
        gone = [path for path in known if path not in files]
        touched = {path for path, state in files.items() if known.get(path) != state} | read
        problems = [
            *(SeedProblem(path, error.message, error.code, False) for path, error in scanning.items()),
            *(SeedProblem(path, error.message, error.code, True) for path, error in plan.problems.items()),
        ]
        told = {problem.path for problem in problems}
        before = self.store.seeds.problems()
        # What a file says stays wrong until the file changes; it is not read again before.
        problems += [old for old in before if old.reading and old.path in files and old.path not in read | told]
        fresh = [problem for problem in problems if problem not in before]
        idle = not (plan.decisions or plan.withdrawn or gone or touched or fresh or self.media.changed)
        if idle and len(problems) == len(before) and missing == self.store.seeds.missing():
            return []
        with self.store.transaction():
            self.store.entries.apply(plan.decisions, now, self.book.ledger.categories)
            for id_, reason in plan.withdrawn.items():
                self._withdraw(id_, reason, now)
            self.store.seeds.forget(gone)
            self.media.save()
            for path in touched:
                state = files[path]
                self.store.seeds.put(path, state.size, state.mtime_ns, state.digest, plan.again.get(path))
            paths = {record.path: record.id for record in self.book.ledger.seeds.values() if not record.deleted}
            self.store.seeds.name({path: paths.get(path, "") for path in touched})
            self.store.seeds.set_missing(missing)
            self.store.seeds.set_problems(problems)
        return fresh

    def _withdraw(self, id_: str, reason: str, now: datetime) -> None:
        if not self.store.withdrawals.withdraw(id_, now, reason):
            self._bury(self.book.ledger.seeds[id_], now)

    def _bury(self, record: SeedRecord, when: datetime) -> None:
        """A tombstone for a seed that this store never held."""
        title = PurePosixPath(record.path or record.key).stem or "Untitled"
        self.store.withdrawals.bury(record.id, self.book.own_key, title, record.first_seen, when)
