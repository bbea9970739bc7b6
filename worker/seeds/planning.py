"""Decides what becomes of changed seed files: which entry each is, and what to report.

Writes nothing but copies of the files that articles refer to. If reading a file does not finish for a reason that need
not be its own (`child.Killed`, a failing disk), the file counts as unchanged and is retried at growing intervals. The
failure is reported after UNREAD_TIMES in a row.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from feeds.errors import SeedError, noted
from feeds.model import Decision, Entry, KnownEntry, Source
from feeds.settings.schema import Settings
from feeds.store import Store
from feeds.store.seeds import Waiting
from feeds.text.dates import distinct
from feeds.text.plaintext import plain
from feeds.text.urls import LOCAL, valid_id
from worker.entries import identify
from worker.model import UNREAD_TIMES, Document, Reading
from worker.processes.child import Killed
from worker.seeds.ledger import Ledger, SeedRecord
from worker.seeds.media import Media
from worker.seeds.newswire.context import SeedContext
from worker.seeds.reconcile import Reconciled, SeedAction, SeedChange, apply, succeed, with_bytes
from worker.seeds.registry import Registry
from worker.seeds.scan import FileState, Scan, mtime_of

if TYPE_CHECKING:
    from worker.seeds.readers.front_matter import Front

# Waits before the second attempt, the third, and so on. Costly files start at a longer one, since nothing else is read
# meanwhile.
_RETRY = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 60, 300, 1_800, 7_200, 21_600))
_COSTLY = 2
# How long past seeds.delete_after a vanished file is kept while a new file, perhaps the same one, is still being
# written.
_MOVING = timedelta(minutes=1)


@dataclass(slots=True)
class Plan:
    """What was decided about the changed files, before any of it is written.

    found_again: ids of seeds whose file was gone and that turned up elsewhere, edited. again: when a file is read next.
    tries: failed attempts to read a file. unread: why a file was not read, where that is not reported yet.
    """

    ledger: Ledger
    decisions: list[Decision] = field(default_factory=list)
    withdrawn: dict[str, str] = field(default_factory=dict)
    again: dict[str, datetime] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    problems: dict[str, SeedError] = field(default_factory=dict)
    found_again: set[str] = field(default_factory=set)

    def read_later(self, path: str, tries: int, now: datetime, *, costly: bool = False) -> None:
        """tries: failed attempts so far, including this one."""
        self.tries[path] = tries
        when = now + _RETRY[min(tries - 1 + _COSTLY * costly, len(_RETRY) - 1)]
        self.again[path] = min(when, self.again.get(path, when))


class Planner:
    """Decides about the articles of one home. own: the home's own source."""

    def __init__(self, store: Store, registry: Registry, settings: Settings, own: Source) -> None:
        self.store = store
        self.registry = registry
        self.settings = settings
        self.own = own
        self.zone = ZoneInfo(settings.timezone)
        self._places: dict[str, SeedRecord] = {}
        self._tries: Mapping[str, int] = {}
        self.media = Media(store, registry.home.seeds, registry.home.media, self._page_of)

    def plan(self, seen: Scan, found: Reconciled, waiting: Mapping[str, Waiting], now: datetime) -> Plan:
        """Decides about every changed file. An unreadable file or a draft mints no id.

        waiting: files that could not be read before, by path.
        """
        digests = {path: state.digest for path, state in seen.files.items()}
        self._tries = {path: one.tries for path, one in waiting.items() if digests.get(path) == one.digest}
        changed = {document.name for document in seen.changed}
        carried_out = [
            action for action in found.actions if action.kind is SeedChange.VANISHED or action.path in changed
        ]
        by_path = {action.path: action for action in carried_out if action.kind is not SeedChange.VANISHED}
        plan = Plan(apply(self.registry.ledger, carried_out, now))
        records = {record.path: record for record in plan.ledger.seeds.values() if not record.deleted}
        for action in carried_out:
            if action.kind is SeedChange.VANISHED:
                plan.withdrawn[action.record.id] = f"its file {action.record.path} is gone"
        self._places = records
        for document in seen.changed:
            if document.name not in records:
                continue  # a copy of another seed; ignored until it differs
            record, done = records[document.name], by_path.get(document.name)
            ledger = plan.ledger
            try:
                if (
                    done
                    and done.kind is SeedChange.NEW
                    and (old := self._find_renamed(document, record, found, seen, plan))
                ):
                    record, done = old, replace(done, kind=SeedChange.EDITED, record=old)
                self._read_one(document, record, done, seen, plan, now)
            except SeedError as error:
                plan.problems[document.name] = self._of_public(error, record.id)
                # The ledger keeps the old bytes too: whether mended or not, the next version is an edit of the
                # published one, which stays wherever its file is moved.
                plan.ledger = self._restore_record(plan.ledger, record.id, document.name)
            except (Killed, OSError, MemoryError) as error:
                self._not_read(document.name, error, plan, now)
                plan.ledger = self._restore_record(plan.ledger, record.id)
            except Exception as error:
                message = f"cannot be read for {noted(error, document.name)}. What was published of it stays."
                plan.problems[document.name] = SeedError(document.name, message, "E_BUG")
                plan.read_later(document.name, self._tries.get(document.name, 0) + 1, now, costly=True)
                # Nothing that was half decided counts.
                plan.withdrawn.pop(record.id, None)
                plan.ledger = self._restore_record(ledger, record.id)
        self._keep_what_may_have_moved(carried_out, seen, found, plan, now)
        return plan

    def keeps_story(self, seen: Scan, record: SeedRecord, place: str) -> bool:
        """Whether the file of a record still tells its story, though edited. place: a file with the bytes of before.

        A file that cannot be read may.
        """
        from worker.seeds.readers import words_in

        documents = {document.name: document for document in seen.changed}
        try:
            new = words_in(documents[record.path], self._context(record, seen.files[record.path]))
            stored = self.store.entries.words(record.id)
            old = stored or words_in(documents[place], self._context(record, seen.files[place]))
        except (SeedError, KeyError, Killed, OSError, MemoryError):
            return True
        return not identify.another_story(old[0], plain(old[1]), new[0], plain(new[1]))

    def _of_public(self, error: SeedError, id_: str) -> SeedError:
        known = self._known(id_)
        return of_public(error) if known and not known.deleted else error

    def _not_read(self, path: str, error: Killed | OSError | MemoryError, plan: Plan, now: datetime) -> None:
        tries = self._tries.get(path, 0) + 1
        plan.read_later(path, tries, now, costly=isinstance(error, Killed) and error.reason in ("time", "stalled"))
        if tries < UNREAD_TIMES:
            plan.unread[path] = f"{_reason(error)}; it is tried again."
        else:
            plan.problems[path] = unread_problem(path, error)

    def _keep_what_may_have_moved(
        self, carried_out: list[SeedAction], seen: Scan, found: Reconciled, plan: Plan, now: datetime
    ) -> None:
        """Withdraws no seed whose file is gone while a new file is still unread: it may be the same one, renamed and
        edited.
        """
        tried_again = {path for path, tries in {**self._tries, **plan.tries}.items() if tries < UNREAD_TIMES}
        new = {action.path for action in found.actions if action.kind is SeedChange.NEW}
        if not (new & tried_again or set(seen.settling) - seen.files.keys()):
            return
        longest = self.settings.seeds.delete_after + _MOVING
        for action in carried_out:
            id_ = action.record.id
            if (
                action.kind is SeedChange.VANISHED
                and id_ in plan.withdrawn
                and now - found.missing_since[id_] < longest
            ):
                del plan.withdrawn[id_]
                plan.ledger = self._restore_record(plan.ledger, id_)

    def _find_renamed(
        self, document: Document, record: SeedRecord, found: Reconciled, seen: Scan, plan: Plan
    ) -> SeedRecord | None:
        """The seed whose file is gone, now or long since, if this new file holds its story under another name: edited
        between two scans, or put back from a backup. It may have been public, and a draft since.

        The plan then has that seed's record with the new path, and drops the newly minted one.
        """
        waiting = sorted(found.missing_since.keys() - plan.found_again)
        # Bytes that were read before they moved, and are not published: they are in doubt, or broken.
        same = next((id_ for id_ in waiting if self.store.seeds.was_elsewhere(id_, document.name, record.digest)), None)
        id_ = same or self._id_of_same_story(document, record, waiting, seen, plan)
        if id_ is None:
            return None
        plan.found_again.add(id_)
        plan.withdrawn.pop(id_, None)
        without = {key: kept for key, kept in plan.ledger.seeds.items() if key != record.id}
        digests = {state.digest for state in seen.files.values()}
        moved = with_bytes(self.registry.ledger.seeds[id_], document.name, record.digest, digests)
        plan.ledger = replace(plan.ledger, seeds=without).with_seed(moved)
        return moved

    def _id_of_same_story(
        self, document: Document, record: SeedRecord, waiting: Sequence[str], seen: Scan, plan: Plan
    ) -> str | None:
        if not waiting and not any(one.deleted for one in self.registry.ledger.seeds.values()):
            return None
        from worker.seeds.readers import words_in

        title, content = words_in(document, self._context(record, seen.files[document.name]))
        said = title, plain(content)
        deleted = {one.id for one in self.registry.ledger.seeds.values() if one.deleted} - plan.found_again
        buried = (id_ for id_ in self.store.seeds.withdrawn_like(*said) if id_ in deleted)
        for id_ in (*waiting, *buried):
            old_title, old_content = self.store.entries.words(id_) or ("", "")
            if identify.same_story(old_title, plain(old_content), *said, lately=id_ in waiting):
                return id_
        return None

    def _restore_record(self, ledger: Ledger, id_: str, path: str = "") -> Ledger:
        """The ledger with one record restored to its old state, or without it if it is new.

        path: where its file is now, if that is known.
        """
        if old := self.registry.ledger.seeds.get(id_):
            return ledger.with_seed(replace(old, path=path) if path and not old.deleted else old)
        return replace(ledger, seeds={key: record for key, record in ledger.seeds.items() if key != id_})

    def _read_one(
        self, document: Document, record: SeedRecord, action: SeedAction | None, seen: Scan, plan: Plan, now: datetime
    ) -> None:
        from worker.entries.normalise import Context, normalise
        from worker.seeds.readers import read as read_seed

        reading, front = read_seed(document, self._context(record, seen.files[document.name]))
        record = self._with_own_id(record, front, document.name, seen, plan)
        if not front.published(now):
            self._hold_back(document.name, record, front, plan, now)
            return
        if front.expires:
            plan.again[document.name] = front.expires
        tries = self._tries.get(document.name, 0) + 1
        attached = self.media.attach(document.name, reading, record.id, insist=tries < UNREAD_TIMES)
        reading = attached.reading
        if attached.failed:
            plan.read_later(document.name, tries, now)
        context = Context(
            source=self.own,
            base=f"{LOCAL}/",
            # By a clock that was ahead at first sight, what was right then stays so.
            now=max(now, record.first_seen),
            zone=self.zone,
            undated=record.first_seen,
        )
        entry = self.registry.categorised(normalise(reading.entry, context, record.id))
        self._warn(document.name, front, reading, entry, attached.problems, plan)
        known = self._known(record.id)
        kind = action.kind if action else None
        if action and kind is SeedChange.EDITED and known and not front.id and self._overwritten(entry):
            message = f"holds another story than before: it is published as a new entry, and {known.title!r} stays."
            plan.problems[document.name] = SeedError(document.name, message, "W_OTHER")
            old = self.registry.ledger.seeds[record.id]
            plan.ledger, record = succeed(plan.ledger, action, now)
            # The old story keeps its own bytes; the bytes in the file belong to the new story, wherever they move.
            plan.ledger = plan.ledger.with_seed(replace(old, path=""))
            entry, known, kind = replace(entry, id=record.id), self._known(record.id), SeedChange.NEW
            if not entry.dated:
                entry = replace(entry, published=now)
        record, decision = self._decide(record, entry, known, kind, front, now)
        plan.ledger = plan.ledger.with_seed(record)
        if decision:
            plan.decisions.append(decision)

    def _warn(
        self,
        path: str,
        front: "Front",
        reading: Reading,
        entry: Entry,
        missing: Sequence[tuple[str, str]],
        plan: Plan,
    ) -> None:
        """Keeps one warning about a file that is published all the same, under the code of the first reason."""
        from worker.entries.sanitise import LARGEST
        from worker.entries.warnings import hidden_words

        problems = [
            *(one for one in missing if one[0].startswith("E_")),
            *(("W_META", one) for one in front.warnings),
            *(("W_MEDIA", one) for one in reading.warnings),
            *(one for one in missing if not one[0].startswith("E_")),
        ]
        if len(reading.entry.content.encode("utf-8", "replace")) > LARGEST:
            problems.append(("W_LONG", "holds more than 512 KiB of text and markup; only its beginning is published."))
        if hidden := hidden_words(dict(entry.altered)):
            advice = "Nothing opens them; take `hidden` or `display: none` away from what is to be published."
            problems.append(("W_HIDDEN", f"{hidden}. {advice}"))
        if problems:
            plan.problems[path] = SeedError(path, " ".join(one for _, one in problems), problems[0][0])

    def _page_of(self, path: str) -> str:
        """The page of another seed file's entry; "" if there is no such entry or it is not public."""
        record = self._places.get(path)
        trace = self.store.traces.of(record.id) if record else None
        return f"{LOCAL}/entries/{trace.uuid}" if trace and trace.state == "published" else ""

    def _context(self, record: SeedRecord, state: FileState) -> SeedContext:
        return seed_context(self.settings, record.first_seen, state)

    def _decide(
        self,
        record: SeedRecord,
        entry: Entry,
        known: KnownEntry | None,
        kind: SeedChange | None,
        front: "Front",
        now: datetime,
    ) -> tuple[SeedRecord, Decision | None]:
        """The record with `updated` set, and the decision; None if the entry equals the stored one."""
        # Edited while data/ was missing: only the ledger remembers the old bytes.
        edited_unseen = known is None and record.id in self.registry.ledger.seeds and kind is SeedChange.EDITED
        # A migration emptied digests that it could not make anew: then only the file's bytes show a change.
        differs = known is not None and (entry.digest != known.digest if known.digest else kind is SeedChange.EDITED)
        # After a crash the ledger may know of a move already, and the store not yet.
        moved = kind is SeedChange.MOVED or (
            kind is None and self.store.seeds.was_elsewhere(record.id, record.path, record.digest)
        )
        substantive = differs and not moved
        updated = record.updated
        if substantive or edited_unseen:
            updated = front.updated if front.updated and record.updated < front.updated <= now else now
            # The clock may have been set back.
            updated = max(updated, record.updated + timedelta(seconds=1))
        entry = replace(entry, updated=distinct(updated, record.id))
        stored = self.store.entries.get(record.id)
        if stored and replace(stored, updated=entry.updated) == entry:
            return record, None
        decision = identify.decide_seed(entry, known, now, substantive=substantive)
        return replace(record, updated=updated), decision

    def _with_own_id(self, record: SeedRecord, front: "Front", path: str, seen: Scan, plan: Plan) -> SeedRecord:
        """The record under the id that front matter asks for."""
        if not front.id:
            return record
        wanted = front.id if valid_id(front.id) else uuid5(UUID(self.registry.ledger.site_id), f"id:{front.id}").urn
        if wanted == record.id:
            return record
        holder = self._known(wanted)
        if holder and holder.source_id != self.registry.own_key:
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

    def _hold_back(self, path: str, record: SeedRecord, front: "Front", plan: Plan, now: datetime) -> None:
        """Holds back a draft, or an article that is not due yet or has expired: feeds do not contain it."""
        if front.publish_at and now < front.publish_at:
            plan.again[path] = front.publish_at
        if front.held:
            plan.problems[path] = SeedError(
                path, f"is held back, since {front.held}. Nothing of it is public.", "W_HELD"
            )
        if record.id in self.registry.ledger.seeds:
            plan.withdrawn[record.id] = "it is a draft again" if front.draft else "its time is over, or not yet come"
        else:
            plan.ledger = self._restore_record(plan.ledger, record.id)

    def _overwritten(self, entry: Entry) -> bool:
        stored = self.store.entries.get(entry.id)
        return stored is not None and identify.another_story(
            stored.title, plain(stored.content), entry.title, plain(entry.content)
        )

    def _known(self, id_: str) -> KnownEntry | None:
        return self.store.entries.known(self.registry.own_key, {id_}, (), ()).by_id.get(id_)


def _reason(error: Killed | OSError | MemoryError) -> str:
    """Why a file was not read, in the words of `Killed` or of the operating system."""
    if isinstance(error, Killed):
        return f"reading it {error}"
    if isinstance(error, OSError):
        return f"it could not be read or copied ({os.strerror(error.errno or 0)})"
    return "there was no memory to read it"


def of_public(error: SeedError) -> SeedError:
    """The problem of a file whose former version is public: it says so, and how to withdraw that."""
    if error.code not in ("E_HELD", "E_META"):
        return error
    way = "`draft: true` in its header, or taking the file out of seeds/, withdraws it"
    return SeedError(error.name, f"{error.message} The version before is still public; {way}.", error.code)


def unread_problem(path: str, error: Killed | OSError | MemoryError) -> SeedError:
    """The problem reported for a file that could not be read UNREAD_TIMES in a row."""
    if isinstance(error, Killed) and error.of_size:
        return SeedError(path, f"{_reason(error)}; it is not published. Split it, or use .txt.", "E_BIG")
    look = "Look at the disk" if isinstance(error, OSError) else "Look at the memory and the load of this machine"
    said = f"{_reason(error)}, {UNREAD_TIMES} times or more. {look}. It is tried again by itself, ever later."
    return SeedError(path, said, "E_READER")


def seed_context(settings: Settings, first_seen: datetime, state: FileState) -> SeedContext:
    """What reading a seed file needs besides its bytes."""
    return SeedContext(
        zone=ZoneInfo(settings.timezone),
        first_seen=first_seen,
        modified=mtime_of(state.mtime_ns),
        encoding=settings.seeds.encoding,
    )
