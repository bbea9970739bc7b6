"""From the folder seeds/ to recorded entries: the half of a cycle that needs no network.

    scan -> reconcile with the ledger -> read -> normalise -> decide -> save the ledger -> one transaction

The ledger is saved before the store: after a crash between the two the next scan finds the file unknown to the store
and its id, first-seen and updated times in the ledger, and ends where it would have.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from feeds.errors import SeedError
from feeds.model import Decision, Source, SourceKind, Verdict
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import Store, facts
from feeds.store.seeds import SeedProblem
from worker.model import UNREAD_TIMES
from worker.seeds.ledger import SeedRecord
from worker.seeds.lists import Lists
from worker.seeds.planning import Plan, Planner
from worker.seeds.reconcile import Change, Reconciled, reconcile
from worker.seeds.registry import Registry
from worker.seeds.scan import FileState, Scan, scan, within

# What could not be read is waited for as for a file that has not rested, if it is tried again within this.
SOON = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What one look at seeds/ brought. withdrawn: ids. settles_at: when a file that was just saved will have rested.

    problems: everything that is wrong with files now; fresh: what was not told before. unread: what could not be read
    just now, as sentences; until it is tried again soon, it counts as settling.
    """

    decisions: tuple[Decision, ...] = ()
    withdrawn: tuple[str, ...] = ()
    problems: tuple[SeedProblem, ...] = ()
    fresh: tuple[SeedProblem, ...] = ()
    unread: tuple[str, ...] = ()
    settles_at: datetime | None = None


class Seeding:
    """The home's own articles; `lists` are its subscriptions. `start` comes before anything else."""

    def __init__(self, store: Store, home: Home, settings: Settings) -> None:
        self.store = store
        self.home = home
        self.settings = settings
        self.book = Registry(home, settings, store)
        self.lists = Lists(store, settings, self.book)
        self.planner = Planner(store, self.book, settings, self._own_source())
        self.media = self.planner.media
        self._looked_at = datetime.min.replace(tzinfo=UTC)

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
        now = self._looked_at = now.replace(microsecond=0)
        missing = self.store.seeds.missing()
        after = self.settings.seeds.delete_after
        held, accepted = self._held()
        found = reconcile(self.book.ledger, seen.files, missing, now, after, seen.unread, held, accepted)
        waiting = self.store.seeds.waiting()
        if copies := _unread_moves(found, seen) - (waiting.keys() & known.keys()):
            # What was a copy holds the only text now: it is the seed's file, and has to be read as such.
            alone = {path: state for path, state in known.items() if path not in copies}
            seen = scan(self.home.seeds, alone, self.settings.seeds.settle, now)
            found = reconcile(self.book.ledger, seen.files, missing, now, after, seen.unread, held, accepted)
        plan = self.planner.plan(seen, found, waiting, now)
        gone = self.lists.gone(seen, missing, now)
        self.lists.read(seen, gone, now, plan.problems)
        # Sources that the lists brought are in the book already; the plan knows the seeds.
        self.book.ledger = replace(self.book.ledger, seeds=plan.ledger.seeds)
        self.book.mint_categories([name for decision in plan.decisions for name in decision.entry.categories])
        self.book.save()
        problems = (*seen.problems, *found.problems)
        # What articles refer to is published with them, whatever kind it is of.
        scanning = {one.name: one for one in problems if one.code != "E_KIND" or not self.media.wanted(one.name)}
        if unknown := self.lists.unknown():
            scanning["site.toml"] = SeedError("site.toml", "; ".join(unknown), "W_SOURCE")
        missing = {id_: since for id_, since in found.missing_since.items() if id_ not in plan.found_again}
        fresh = self._write(seen, plan, scanning, {**missing, **gone}, known, now)
        if accepted or found.held != held:
            with self.store.transaction():
                self.store.facts.put(facts.SEEDS_HELD, json.dumps(sorted(found.held)))
                self.store.facts.put(facts.SEEDS_ACCEPTED, "")
        came = {one.entry.id for one in plan.decisions if one.verdict is Verdict.NEW or one.reason == "put back"}
        moved = came | plan.withdrawn.keys()
        paths = [one.path or one.key for one in self.book.ledger.seeds.values() if one.id in moved] if moved else []
        report = SeedReport(
            decisions=tuple(plan.decisions),
            withdrawn=tuple(plan.withdrawn),
            fresh=tuple(fresh),
            problems=self.store.seeds.problems(),
            unread=tuple(f"{path}: {reason}" for path, reason in plan.unread.items()),
            settles_at=min([*([seen.settles_at] if seen.settles_at else []), *self._tried_soon(now)], default=None),
        )
        return report, paths

    def _tried_soon(self, now: datetime) -> list[datetime]:
        """When files are tried again for which others may wait."""
        found = self.store.seeds.waiting().values()
        return [one.again for one in found if one.tries < UNREAD_TIMES and now < one.again <= now + SOON]

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
        held, _ = self._held()
        missing = [since for id_, since in self.store.seeds.missing().items() if id_ not in held]
        moments = [since + self.settings.seeds.delete_after for since in missing]
        # What was due with the last look, and was kept, waits for another file.
        moments = [moment for moment in moments if moment > self._looked_at]
        again = self.store.seeds.next_again()
        return min([*moments, *([again] if again else [])], default=None)

    def _held(self) -> tuple[frozenset[str], bool]:
        """Seeds that went in a mass, and whether it was accepted that they are deleted."""
        held = frozenset(json.loads(self.store.facts.get(facts.SEEDS_HELD) or "[]"))
        return held, bool(self.store.facts.get(facts.SEEDS_ACCEPTED))

    # Writing

    def _write(
        self,
        seen: Scan,
        plan: Plan,
        scanning: Mapping[str, SeedError],
        missing: Mapping[str, datetime],
        known: Mapping[str, FileState],
        now: datetime,
    ) -> list[SeedProblem]:
        """One transaction, and none if nothing is new. Gives the problems that were not told before."""
        files = {**seen.files, **seen.outlines}
        read = {document.name for document in (*seen.changed, *seen.changed_outlines)}
        out_of_sight = within(seen.unread)
        seen_before = (*known, *self.store.seeds.due(now))
        gone = [path for path in seen_before if path not in files and not out_of_sight(path)]
        touched = {path for path, state in files.items() if known.get(path) != state} | read
        problems = [
            *(SeedProblem(path, error.message, error.code, False) for path, error in scanning.items()),
            *(SeedProblem(path, error.message, error.code, True) for path, error in plan.problems.items()),
        ]
        told = {problem.path for problem in problems}
        before = self.store.seeds.problems()
        # What a file says stays wrong until it is read again.
        over = told | (read - plan.unread.keys())
        problems += [old for old in before if old.reading and old.path in files and old.path not in over]
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
                again, tries = plan.again.get(path), plan.tries.get(path, 0)
                self.store.seeds.put(path, state.size, state.mtime_ns, state.digest, again, tries)
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


def _unread_moves(found: Reconciled, seen: Scan) -> set[str]:
    """Where seeds moved to files that were known already, so that nobody has read them now."""
    read = {document.name for document in seen.changed}
    return {action.path for action in found.actions if action.kind is Change.MOVED} - read
