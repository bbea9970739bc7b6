"""From the folder seeds/ to recorded entries: the half of a cycle that needs no network.

    scan -> reconcile with the ledger -> read -> normalise -> decide -> save the ledger -> one transaction

The ledger is saved before the store, so a crash or a full disk may part them. The first look after a start or a
failure therefore compares them whole: what the ledger knows and the store does not is read again, under the ids and
times of the ledger; what the store still shows and the ledger has given up is withdrawn.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import PurePosixPath

from feeds.errors import SeedError
from feeds.model import Decision, Source, SourceKind, Verdict
from feeds.settings.load import Home
from feeds.settings.schema import Settings
from feeds.store import Store, Transaction, facts
from feeds.store.seeds import SeedProblem
from worker.model import UNREAD_TIMES
from worker.seeds.ledger import Ledger, SeedRecord
from worker.seeds.lists import Lists
from worker.seeds.planning import Plan, Planner
from worker.seeds.reconcile import Reconciled, SeedChange, reconcile
from worker.seeds.registry import Registry
from worker.seeds.scan import FileState, Scan, scan, within

# A file that could not be read counts as settling if it is retried within this time.
SOON = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class SeedReport:
    """The result of one scan of seeds/. withdrawn: ids. settles_at: when a file that was just saved will have settled.

    problems: every current problem with files. fresh: those not reported before. unread: a sentence for each file that
    could not be read just now; a file that is retried soon counts as settling.
    """

    decisions: tuple[Decision, ...] = ()
    withdrawn: tuple[str, ...] = ()
    problems: tuple[SeedProblem, ...] = ()
    fresh: tuple[SeedProblem, ...] = ()
    unread: tuple[str, ...] = ()
    settles_at: datetime | None = None


class Seeding:
    """The home's own articles; `lists` are its subscriptions. Call `start` before anything else."""

    def __init__(self, store: Store, home: Home, settings: Settings) -> None:
        self.store = store
        self.home = home
        self.settings = settings
        self.registry = Registry(home, settings, store)
        self.lists = Lists(store, settings, self.registry)
        self.planner = Planner(store, self.registry, settings, self._own_source())
        self.media = self.planner.media
        # Whether ledger and store are known to agree.
        self._agreed = False
        self._looked_at = datetime.min.replace(tzinfo=UTC)

    def start(self, now: datetime) -> None:
        """Creates the home's own source, and restores tombstones that were lost with a deleted data/."""
        with self.store.transaction() as transaction:
            self.store.sources.put(transaction, self._own_source(), now=now, category_slugs={})
            for record in self.registry.ledger.seeds.values():
                if record.deleted:
                    self._bury(transaction, record, record.deleted)
        self.lists.subscribe(now)
        self.media.restore(now)

    def set_back(self, now: datetime) -> None:
        """Believes no moment in the ledger that has not come yet, after a clock that was ahead."""
        self.registry.ledger = self.registry.ledger.without_future(now.replace(microsecond=0))
        self.registry.save()

    def _own_source(self) -> Source:
        return Source(
            self.registry.own_key, "seeds", SourceKind.SEEDS, self.settings.title, link=self.settings.base_url
        )

    def read(self, now: datetime) -> SeedReport:
        """Reads and records changed files, then rereads articles that link to those that appeared or vanished."""
        try:
            return self._read(now)
        except BaseException:
            self._agreed = False
            raise

    def _read(self, now: datetime) -> SeedReport:
        report, linked = self._look(now)
        if not linked:
            return report
        more, _ = self._look(now)
        return replace(
            more,
            decisions=(*report.decisions, *more.decisions),
            withdrawn=(*report.withdrawn, *more.withdrawn),
            fresh=tuple(problem for problem in (*report.fresh, *more.fresh) if problem in more.problems),
        )

    def _look(self, now: datetime) -> tuple[SeedReport, bool]:
        """Scans once. Also returns whether other articles link to those that appeared or vanished."""
        known = {path: FileState(*values) for path, values in self.store.seeds.files(now).items()}
        disputed = frozenset() if self._agreed else self._disputed()
        seen = scan(self.home.seeds, known, self.settings.seeds.settle, now)
        if again := disputed | self.media.affected(seen, known):
            alone = {path: state for path, state in known.items() if path not in again}
            seen = scan(self.home.seeds, alone, self.settings.seeds.settle, now)
        # The ledger and feeds keep whole seconds, so the recorded time does too.
        now = self._looked_at = now.replace(microsecond=0)
        missing = self.store.seeds.missing()
        after = self.settings.seeds.delete_after
        held, accepted = self._held()
        before = {*known, *self.store.seeds.due(now)}

        def reconciled(ledger: Ledger) -> Reconciled:
            keeps_story = partial(self.planner.keeps_story, seen)
            return reconcile(
                ledger,
                seen.files,
                missing,
                now,
                after,
                seen.unread,
                held,
                accepted,
                known=before,
                keeps_story=keeps_story,
            )

        found = reconciled(self.registry.ledger)
        waiting = self.store.seeds.waiting()
        if copies := _unread_moves(found, seen) - (waiting.keys() & known.keys()):
            # A former copy now holds the only text: it is the seed's file and must be read as such.
            alone = {path: state for path, state in known.items() if path not in copies}
            seen = scan(self.home.seeds, alone, self.settings.seeds.settle, now)
            found = reconciled(self.registry.ledger)
        plan = self.planner.plan(seen, found, waiting, now)
        if plan.found_again:
            # What turned up elsewhere is not gone, nor is it one of those that are gone together.
            now_found = reconciled(plan.ledger)
            found = replace(now_found, actions=found.actions)
        if not self._agreed:
            self._withdraw_strays(plan)
        gone = self.lists.gone(seen, missing, now)
        plan.problems.update(self.lists.read(seen, gone, now))
        # The registry already has the sources from the lists; the plan has the seeds.
        self.registry.ledger = replace(self.registry.ledger, seeds=plan.ledger.seeds)
        self.registry.mint_categories([name for decision in plan.decisions for name in decision.entry.categories])
        self.registry.save()
        problems = (*seen.problems, *found.problems)
        # Files that articles refer to are published with them, whatever their type.
        scanning = {one.name: one for one in problems if one.code != "W_KIND" or not self.media.wanted(one.name)}
        if unknown := self.lists.unknown():
            scanning["site.toml"] = SeedError("site.toml", "; ".join(unknown), "W_SOURCE")
        if unsaved := self.registry.problem():
            scanning[unsaved.name] = unsaved
        newly_held = found.held if accepted or found.held != held else None
        missing = {**found.missing_since, **gone}
        fresh, linked = self._write(seen, plan, scanning, missing, newly_held, known, now)
        self._agreed = True
        report = SeedReport(
            decisions=tuple(plan.decisions),
            withdrawn=tuple(plan.withdrawn),
            fresh=tuple(fresh),
            problems=self.store.seeds.problems(),
            unread=tuple(f"{path}: {reason}" for path, reason in plan.unread.items()),
            settles_at=min([*([seen.settles_at] if seen.settles_at else []), *self._tried_soon(now)], default=None),
        )
        return report, linked

    def _disputed(self) -> frozenset[str]:
        """Files that the ledger, as it was saved, and the store take for different entries: they are read again."""
        self.registry.revert()
        self.registry.complete(self.store)
        ids = {record.path: record.id for record in self.registry.ledger.seeds.values() if not record.deleted}
        return frozenset(path for path, id_ in self.store.seeds.ids().items() if id_ != ids.get(path, ""))

    def _withdraw_strays(self, plan: Plan) -> None:
        """Withdraws what the store still shows and the ledger has given up."""
        kept = {record.id for record in plan.ledger.seeds.values() if not record.deleted}
        for id_ in self.store.seeds.living() - kept:
            plan.withdrawn.setdefault(id_, "its file is gone, or has another id now")

    def unread(self) -> list[str]:
        """A sentence for each file that could not be read, and is tried again before that is a problem."""
        waiting = sorted(path for path, one in self.store.seeds.waiting().items() if one.tries < UNREAD_TIMES)
        return [
            f"{path}: it could not be read just now; it is tried again with one of the next cycles." for path in waiting
        ]

    def _tried_soon(self, now: datetime) -> list[datetime]:
        """When files are retried that others may be waiting for."""
        found = self.store.seeds.waiting().values()
        return [one.again for one in found if one.tries < UNREAD_TIMES and now < one.again <= now + SOON]

    def read_lists(self, now: datetime) -> None:
        """Reads only changed lists of subscriptions, settled or not, since a command has just written one."""
        known = {path: FileState(*values) for path, values in self.store.seeds.files(now).items()}
        seen = scan(self.home.seeds, known, timedelta(), now)
        self.lists.read(seen, {}, now)
        with self.store.transaction() as transaction:
            for document in seen.changed_outlines:
                state = seen.outlines[document.name]
                self.store.seeds.put(transaction, document.name, state.size, state.mtime_ns, state.digest)

    def next_look(self) -> datetime | None:
        """The next time at which something is due without a file changing: a publication, an expiry or a withdrawal."""
        held, _ = self._held()
        missing = [since for id_, since in self.store.seeds.missing().items() if id_ not in held]
        moments = [since + self.settings.seeds.delete_after for since in missing]
        # A deletion that was due at the last scan and was held back waits for another file.
        moments = [moment for moment in moments if moment > self._looked_at]
        again = self.store.seeds.next_again()
        return min([*moments, *([again] if again else [])], default=None)

    def _held(self) -> tuple[frozenset[str], bool]:
        """Seeds that vanished in a mass, and whether the operator accepted their deletion."""
        held = frozenset(json.loads(self.store.facts.get(facts.SEEDS_HELD) or "[]"))
        return held, bool(self.store.facts.get(facts.SEEDS_ACCEPTED))

    # Writing

    def _write(
        self,
        seen: Scan,
        plan: Plan,
        scanning: Mapping[str, SeedError],
        missing: Mapping[str, datetime],
        held: frozenset[str] | None,
        known: Mapping[str, FileState],
        now: datetime,
    ) -> tuple[list[SeedProblem], bool]:
        """Writes everything in one transaction, or nothing if nothing changed. held: None if that is as it was.

        Returns the problems not reported before, and whether articles are read again that link to what changed.
        """
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
        named = {problem.path for problem in problems}
        before = self.store.seeds.problems()
        # A problem with a file's content stays until the file is read again.
        over = named | (read - plan.unread.keys())
        problems += [old for old in before if old.reading and old.path in files and old.path not in over]
        fresh = [problem for problem in problems if problem not in before]
        idle = not (plan.decisions or plan.withdrawn or gone or touched or fresh or self.media.changed)
        if idle and held is None and len(problems) == len(before) and missing == self.store.seeds.missing():
            return [], False
        came = {one.entry.id for one in plan.decisions if one.verdict is Verdict.NEW or one.reason == "put back"}
        moved = came | plan.withdrawn.keys()
        places = (
            [one.path or one.key for one in self.registry.ledger.seeds.values() if one.id in moved] if moved else []
        )
        with self.store.transaction() as transaction:
            self.store.entries.apply(transaction, plan.decisions, now, self.registry.ledger.categories)
            for id_, reason in plan.withdrawn.items():
                self._withdraw(transaction, id_, reason, now)
            self.store.seeds.forget(transaction, gone)
            self.media.save(transaction)
            for path in touched:
                state = files[path]
                again, tries = plan.again.get(path), plan.tries.get(path, 0)
                self.store.seeds.put(transaction, path, state.size, state.mtime_ns, state.digest, again, tries)
            paths = {record.path: record.id for record in self.registry.ledger.seeds.values() if not record.deleted}
            self.store.seeds.name(transaction, {path: paths.get(path, "") for path in touched})
            self.store.seeds.set_missing(transaction, missing)
            self.store.seeds.set_problems(transaction, problems)
            linking = self.media.linking(places)
            self.store.seeds.read_paths_again(transaction, linking, now)
            if held is not None:
                self.store.facts.put(transaction, facts.SEEDS_HELD, json.dumps(sorted(held)))
                self.store.facts.put(transaction, facts.SEEDS_ACCEPTED, "")
        return fresh, bool(linking)

    def _withdraw(self, transaction: Transaction, id_: str, reason: str, now: datetime) -> None:
        found = self.store.withdrawals.withdraw(transaction, id_, now, reason)
        if not found and id_ in self.registry.ledger.seeds:
            self._bury(transaction, self.registry.ledger.seeds[id_], now)

    def _bury(self, transaction: Transaction, record: SeedRecord, when: datetime) -> None:
        """Writes a tombstone for a seed that this store never had."""
        title = PurePosixPath(record.path or record.key).stem or "Untitled"
        self.store.withdrawals.bury(transaction, record.id, self.registry.own_key, title, record.first_seen, when)


def _unread_moves(found: Reconciled, seen: Scan) -> set[str]:
    """Destinations of moved seeds that were known files already and so were not read in this scan."""
    read = {document.name for document in seen.changed}
    return {action.path for action in found.actions if action.kind is SeedChange.MOVED} - read
