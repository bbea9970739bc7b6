"""The result of a cycle, as commands and the log report it."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from feeds.errors import SeedfeedError, SourceError, UnreadError
from feeds.model import Decision, Subscription, Verdict
from feeds.store.seeds import SeedProblem
from worker.fetch.sentences import cause
from worker.model import UNREAD_TIMES, Retrieved


@dataclass(slots=True)
class CycleReport:
    """What a cycle did. failures: sentences about sources and feeds. problems: every current problem with seed files.

    fresh: those that were not reported before. unread: what could not be read, perhaps for a fault of the machine, and
    is tried again before that counts as a failure. notes: what else to tell. settles_at: when a seed file that was just
    saved will have settled.
    """

    polled: int = 0
    new: int = 0
    changed: int = 0
    duplicates: int = 0
    withdrawn: int = 0
    published: tuple[str, ...] = ()
    failures: list[str] = field(default_factory=list)
    problems: tuple[SeedProblem, ...] = ()
    fresh: tuple[SeedProblem, ...] = ()
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    settles_at: datetime | None = None

    def add(self, decisions: Iterable[Decision]) -> None:
        verdicts = [decision.verdict for decision in decisions]
        self.new += verdicts.count(Verdict.NEW)
        self.changed += verdicts.count(Verdict.CHANGED)


def poll_line(subscription: Subscription, retrieved: Retrieved, decisions: Sequence[Decision]) -> tuple[int, str]:
    """The level and text of the log line about a poll or a push."""
    slug = subscription.source.slug
    if error := retrieved.error:
        # A failure that continues is logged as a warning only once.
        repeated = subscription.state.error == f"{error.code}: {cause(error)}"
        if isinstance(error, UnreadError) and subscription.state.failures + 1 < UNREAD_TIMES:
            return logging.INFO, f"{slug}: {error.message}"
        return logging.DEBUG if repeated else logging.WARNING, f"{slug}: {error.message}"
    told = subscription.state.moved_to
    moved = f"; its address leads for good to {retrieved.moved_to}" if retrieved.moved_to not in ("", told) else ""
    if retrieved.not_modified:
        return logging.INFO if moved else logging.DEBUG, f"{slug}: not modified{moved}"
    counts = {verdict: sum(decision.verdict is verdict for decision in decisions) for verdict in Verdict}
    said = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items() if count) or "empty"
    renamed = sum(bool(decision.alias) for decision in decisions)
    warnings = [*retrieved.warnings, *([f"W_REGUID: {renamed} known entries bear other ids now"] if renamed else [])]
    return logging.INFO, f"{slug}: {said}{moved}{''.join(f'; {warning}' for warning in warnings)}"


def failure_of(error: SourceError) -> str:
    """A failure as a sentence about its source."""
    return str(SeedfeedError(str(error)))
