"""When to report an event about a source or seed file, and the sentences of the report.

Pure: takes the old state, the result of a poll and earlier events; returns new events. A failure is reported once and
ends with a recovery; a silence is reported once and ends when the source brings something new. A single failed poll is
not reported: a failure is reported at the third in a row or after a day, or at once if waiting will not help.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds.errors import SourceError
from feeds.model import Decision, FetchState, HealthEvent, HealthKind, Source, Status, Subscription, Verdict
from feeds.store.health import SEED, Reported
from feeds.store.seeds import SeedProblem, seed_place
from feeds.text.plaintext import shorten
from feeds.text.urls import without_credentials
from worker.fetch import sentences
from worker.fetch.polling import MOVED_TIMES, intervals, median
from worker.model import Retrieved

BREAKS = frozenset({HealthKind.BROKEN, HealthKind.WALLED, HealthKind.BLOCKED, HealthKind.GONE})

FAILURES = 3
FAILING_FOR = timedelta(hours=24)
# Statuses by which an origin says that another request will not help.
_FINAL = frozenset({401, 403, 404, 410, 451})

# A source is silent after this many of its usual intervals, and not before SILENCE_MIN.
SILENCE = 5
SILENCE_MIN = timedelta(days=2)
# Entries closer together than this count as one appearance.
APART = timedelta(hours=1)
_FEWEST_INTERVALS = 3


@dataclass(frozen=True, slots=True)
class Polled:
    """A recorded poll: the subscription before it, the state after it, and the decisions about its entries.

    moved_to: the new URL if this poll adopted a permanent redirect. remapped: known entries recognised by link or text
    after their ids had changed wholesale. withdrawn: the number of withdrawn entries.
    """

    subscription: Subscription
    state: FetchState
    retrieved: Retrieved
    decisions: Sequence[Decision] = ()
    moved_to: str = ""
    remapped: int = 0
    withdrawn: int = 0


def poll_events(polled: Polled, reported: Reported, now: datetime, burst: int) -> list[HealthEvent]:
    """The events of one poll. told: the newest event of each kind for this source. burst: worker.burst."""
    source = polled.subscription.source
    if polled.retrieved.error is not None:
        return _failure(source, polled, polled.retrieved.error, reported, now)
    events = []
    if _since_recovery(reported) & BREAKS:
        events.append(_recovery(source, polled, reported, now))
    if polled.moved_to:
        old, new = without_credentials(source.url), without_credentials(polled.moved_to)
        text = (
            f"Its address {old} leads for good to {new}. It is asked there from now on; its id, its slug and its"
            " entries stay as they are. You need do nothing."
        )
        events.append(HealthEvent(now, source.key, HealthKind.MOVED, f"{source.title} has moved", text, _link(new)))
    elif moving := _moving(source, polled.retrieved.moved_to, reported, now):
        events.append(moving)
    if polled.remapped:
        text = (
            f"The ids of {_count(polled.remapped, 'known entry', 'known entries')} changed at once. They were known"
            " again by their links or texts and keep the ids that they have here; nothing was published twice."
        )
        events.append(_event(source, HealthKind.REGUID, f"{source.title} gave its entries other ids", text, now))
    kept_back = sum(one.verdict is Verdict.NEW and not one.shared for one in polled.decisions)
    if kept_back and polled.subscription.state.polls > 0:
        new_ones = sum(one.verdict is Verdict.NEW for one in polled.decisions)
        others = "the newest entered the other feeds too" if kept_back < new_ones else "no other feed has them"
        text = (
            f"{_count(new_ones, 'new entry', 'new entries')} came at once, and worker.burst is {burst}."
            f" {_count(kept_back, 'entry stands', 'entries stand')} only in the feed source-{source.slug}; {others}."
            " Later polls are not affected."
        )
        events.append(_event(source, HealthKind.FLOOD, f"{source.title} sent a flood of entries", text, now))
    return events


def _moving(source: Source, to: str, reported: Reported, now: datetime) -> HealthEvent | None:
    """The event of a permanent redirect that is seen for the first time."""
    old, new = without_credentials(source.url), without_credentials(to)
    before = reported.get(HealthKind.MOVED)
    if not new or (before and before.link == _link(new)):
        return None
    then = f"When it has done so at {MOVED_TIMES} polls over a day, it is asked there by itself. You need do nothing."
    if old != source.url:
        then = "Since its URL holds a password, it stays as it is: write the new one into your list, if it is right."
    text = f"Its address {old} leads for good to {new}. {then}"
    return HealthEvent(now, source.key, HealthKind.MOVED, f"{source.title} is moving", text, _link(new))


def _failure(
    source: Source, polled: Polled, error: SourceError, reported: Reported, now: datetime
) -> list[HealthEvent]:
    state = polled.state
    since = _since_recovery(reported)
    if state.status is Status.GONE:
        kind, what = HealthKind.GONE, "is gone"
    elif state.status is Status.BLOCKED:
        kind, what = HealthKind.BLOCKED, "may not be fetched"
    elif error.code == "E_WALL":
        kind, what = HealthKind.WALLED, "is behind a bot wall"
    else:
        kind, what = HealthKind.BROKEN, "cannot be read"
        lasts = state.failures >= FAILURES or now - (state.failing_since or now) >= FAILING_FOR
        if since & BREAKS or not (lasts or error.status in _FINAL):
            return []
    if kind in since:
        return []
    times = f" It has failed {state.failures} times in a row." if state.failures > 1 else ""
    text = f"{sentence(sentences.cause(error))}{times} {next_step(state)}"
    return [_event(source, kind, f"{source.title} {what}", text, now)]


def _recovery(source: Source, polled: Polled, reported: Reported, now: datetime) -> HealthEvent:
    begun = min(event.at for kind, event in reported.items() if kind in _since_recovery(reported) & BREAKS)
    before = polled.subscription.state
    failures = f" after {_count(before.failures, 'failed poll', 'failed polls')}" if before.failures else ""
    text = f"It can be read again{failures}; that it broke was told at {utc_minute(begun)}. {next_step(polled.state)}"
    return _event(source, HealthKind.RECOVERED, f"{source.title} has recovered", text, now)


def _since_recovery(reported: Reported) -> frozenset[HealthKind]:
    recovered = reported.get(HealthKind.RECOVERED)
    return frozenset(kind for kind, event in reported.items() if recovered is None or event.at > recovered.at)


def next_step(state: FetchState) -> str:
    """What happens next with a source, and what its operator can do."""
    match state.status:
        case Status.GONE:
            return (
                "It is polled no more; its entries stay. If it has a new address, add that with `seedfeed add`, and"
                " take the old one out with `seedfeed remove`."
            )
        case Status.PAUSED:
            return "It is paused, and asked again after `seedfeed resume`."
    when = f" at {utc_minute(state.next_poll_at)}" if state.next_poll_at else " with the next cycle"
    if state.status is Status.OK:
        return f"It is asked again{when}."
    advice = _advice(state)
    return f"It is asked again{when}; its entries stay.{f' {advice}' if advice else ''}"


def _advice(state: FetchState) -> str:
    """What helps besides waiting, or "". The error contains its code and an HTTP status."""
    code, _, message = state.error.partition(": ")
    if code == "E_WALL":
        return "Ask its owner to let feed readers in."
    if code in ("E_NOTFEED", "E_REDIRECT", "E_DNS") or "404" in message or "410" in message:
        return "If it has moved, `seedfeed add` with the address of its site finds the new feed."
    return ""


# Silence


def usual_interval(moments: Sequence[datetime]) -> timedelta | None:
    """The median interval between moments when a source brought something; None if there are too few."""
    found = intervals(moments, APART)
    return median(found) if len(found) >= _FEWEST_INTERVALS else None


def silence(moments: Sequence[datetime], reported: Reported, now: datetime) -> HealthKind | None:
    """Whether a readable source has fallen silent or resumed without a report so far. moments: newest first."""
    if not moments or ((silent := is_silent(reported)) and moments[0] <= silent.at):
        return None
    if silent:
        return HealthKind.SPEAKS
    if now < moments[0] + SILENCE_MIN or not usual_interval(moments):
        return None
    return HealthKind.SILENT if silent_since(moments) <= now else None


def silent_since(moments: Sequence[datetime]) -> datetime:
    """From when on a source counts as silent if it publishes nothing more; it must have a usual interval."""
    return moments[0] + max(SILENCE * (usual_interval(moments) or timedelta()), SILENCE_MIN)


def silence_event(
    source: Source, state: FetchState, kind: HealthKind, moments: Sequence[datetime], now: datetime
) -> HealthEvent:
    """kind: the result of `silence`."""
    if kind is HealthKind.SPEAKS:
        text = f"It brought something new at {utc_minute(moments[0])}. {next_step(state)}"
        return _event(source, kind, f"{source.title} speaks again", text, now)
    usual = usual_interval(moments)
    assert usual is not None
    text = (
        f"It can be read, but its newest entry came at {utc_minute(moments[0])};"
        f" usually one comes every {_length(usual)}."
        f" {next_step(state)} Look at its site: it may have ended, or have a new feed."
    )
    return _event(source, kind, f"{source.title} has fallen silent", text, now)


def is_silent(reported: Reported) -> HealthEvent | None:
    """The event of a silence that has not ended."""
    silent, speaks = reported.get(HealthKind.SILENT), reported.get(HealthKind.SPEAKS)
    return silent if silent and (speaks is None or speaks.at < silent.at) else None


# Seeds


def seed_events(reported: Mapping[str, Reported], problems: Iterable[SeedProblem], now: datetime) -> list[HealthEvent]:
    """The events about seed files. reported: earlier events, by path. problems: every current problem with files."""
    events = []
    broken = {problem.path: problem for problem in problems if problem.failed}
    for problem in broken.values():
        open_break = _open_seed_break(reported.get(problem.path, {}))
        text = f"{_named(problem)} What was published of it stays; {_next_look(problem)}."
        if open_break is None or open_break.text != text:
            title = f"{seed_place(problem.path)} cannot be read"
            events.append(HealthEvent(now, SEED + problem.path, HealthKind.SEED_BROKEN, title, text))
    for problem in problems:
        if problem.failed:
            continue
        kind, title, text = _warning(problem)
        before = reported.get(problem.path, {}).get(kind)
        if before is None or before.text != text:
            events.append(HealthEvent(now, SEED + problem.path, kind, title, text))
    for path, of_path in reported.items():
        if path not in broken and _open_seed_break(of_path):
            text = f"{seed_place(path)}: nothing is wrong any more. It was mended, or taken away; you need do nothing."
            title = f"{seed_place(path)} is all right again"
            events.append(HealthEvent(now, SEED + path, HealthKind.SEED_RECOVERED, title, text))
    return events


def _warning(problem: SeedProblem) -> tuple[HealthKind, str, str]:
    """The kind, title and text of the event of a problem that keeps nothing published from staying so."""
    place, text = seed_place(problem.path), _named(problem)
    if problem.code == "W_OTHER":
        kept = f"{text} The old entry stays published under its own address."
        return HealthKind.SEED_REPLACED, f"{place} holds another story", kept
    return HealthKind.SEED_WARNED, f"A warning about {place}", text


def _next_look(problem: SeedProblem) -> str:
    if problem.code in ("E_READER", "E_MEDIA"):
        return "it is tried again by itself, and once it changes"
    return "it is read again once it changes" if problem.reading else "it is looked at again with every scan"


def _open_seed_break(reported: Reported) -> HealthEvent | None:
    broken, recovered = reported.get(HealthKind.SEED_BROKEN), reported.get(HealthKind.SEED_RECOVERED)
    return broken if broken and (recovered is None or recovered.at < broken.at) else None


def _named(problem: SeedProblem) -> str:
    return sentence(f"{seed_place(problem.path)}: {problem.message}")


# Publishing


def held_event(slug: str, reason: str, now: datetime) -> HealthEvent:
    """The event of a feed that the gate holds back. reason: why its last good documents are kept."""
    from feeds.publish.gate import acceptable

    cure = f" If it is as it should be, run `seedfeed publish {slug} --accept`." if acceptable(reason) else ""
    text = f"Feed {slug}: {sentence(reason)} The last good documents stay.{cure}"
    return HealthEvent(now, f"feed:{slug}", HealthKind.FEED_HELD, f"The feed {slug} is held back", text)


def released_event(slug: str, now: datetime) -> HealthEvent:
    text = f"The feed {slug} is published again; you need do nothing."
    return HealthEvent(now, f"feed:{slug}", HealthKind.FEED_RELEASED, f"The feed {slug} is published again", text)


def aside_event(id_: str, title: str, reason: str, now: datetime) -> HealthEvent:
    """The event of an entry that is set aside. reason: what is wrong with its rendered form."""
    text = f'"{shorten(title, 200)}" ({id_}) is published nowhere: {sentence(reason)} Everything else goes out.'
    return HealthEvent(now, f"entry:{id_}", HealthKind.ENTRY_ASIDE, "An entry is set aside", text)


# Words


def utc_minute(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _event(source: Source, kind: HealthKind, title: str, text: str, now: datetime) -> HealthEvent:
    return HealthEvent(now, source.key, kind, title, text, _link(source.url))


def _link(url: str) -> str:
    return without_credentials(url)


def sentence(message: str) -> str:
    """`message` on one line, with a full stop."""
    message = shorten(" ".join(message.split()), 1_000)
    return message if message.endswith((".", "!", "?", "…")) else f"{message}."


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _length(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return _count(round(hours / 24), "day", "days") if hours >= 36 else _count(max(1, round(hours)), "hour", "hours")
