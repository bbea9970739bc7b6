"""When a source is asked again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import FetchError, ParseError
from feeds.model import FetchState, Pace, Status
from worker.fetch.polling import PollPolicy, new_address, next_state, rhythm
from worker.model import Retrieved

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
POLICY = PollPolicy(5 * MINUTE, DAY)
GOOD = Retrieved("key", etag='"2"', last_modified="Sun, 01 Mar 2026 11:00:00 GMT", body_digest="d2")
OLD = FetchState('"1"', "Sat, 28 Feb 2026 11:00:00 GMT", "d1", NOW, NOW - HOUR, polls=7)


def failed(code: str = "E_CONNECT", retry_after: float | None = None, status: int = 0) -> Retrieved:
    return Retrieved("key", error=FetchError("https://a.example/", "It broke.", code, retry_after, status))


def wait(state: FetchState) -> timedelta:
    assert state.next_poll_at is not None
    return state.next_poll_at - NOW


def every(interval: timedelta, count: int = 10) -> list[datetime]:
    return [NOW - interval * number for number in range(count)]


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ([], HOUR),
        ([NOW], HOUR),
        (every(2 * HOUR), HOUR),
        (every(2 * HOUR)[::-1], HOUR),
        (every(4 * MINUTE), 5 * MINUTE),
        (every(8 * MINUTE), 5 * MINUTE),
        (every(30 * DAY), DAY),
        ([*every(2 * HOUR, 5), NOW - 90 * DAY], HOUR),  # one old entry changes no median
        ([NOW + 300 * DAY, *every(2 * HOUR)], HOUR),  # an announced date is not a rhythm
        # Ten entries at once, every eighth hour.
        ([NOW - 8 * HOUR * week - timedelta(seconds=n) for week in range(4) for n in range(10)], 4 * HOUR),
        # Every two hours, until it fell silent: a twentieth of the silence.
        ([moment - 10 * DAY for moment in every(2 * HOUR)], 12 * HOUR),
        ([moment - 400 * DAY for moment in every(2 * HOUR)], DAY),
    ],
)
def test_the_rhythm_is_half_the_usual_interval_between_entries(published: list[datetime], expected: timedelta) -> None:
    assert rhythm(published, NOW, POLICY) == expected


def test_a_good_answer_clears_the_failures_and_keeps_its_validators_verbatim() -> None:
    failing = replace(OLD, failures=4, status=Status.FAILING, error="E_DNS: Could not find it.")
    state = next_state(failing, GOOD, NOW, POLICY, every(2 * HOUR))
    assert (state.etag, state.last_modified, state.body_digest) == ('"2"', GOOD.last_modified, "d2")
    assert (state.failures, state.status, state.error, state.polls, state.last_success) == (0, Status.OK, "", 8, NOW)
    assert abs(wait(state) - HOUR) <= 0.1 * HOUR


def test_validators_that_an_answer_no_longer_bears_are_forgotten() -> None:
    state = next_state(OLD, Retrieved("key", body_digest="d2"), NOW, POLICY, [])
    assert (state.etag, state.last_modified, state.body_digest) == ("", "", "d2")


def test_not_modified_takes_new_validators_and_keeps_what_it_leaves_out() -> None:
    new = next_state(OLD, replace(GOOD, not_modified=True, body_digest=""), NOW, POLICY, [])
    assert (new.etag, new.last_modified, new.body_digest) == ('"2"', GOOD.last_modified, "d1")
    silent = next_state(OLD, Retrieved("key", not_modified=True), NOW, POLICY, [])
    assert (silent.etag, silent.last_modified, silent.body_digest) == (OLD.etag, OLD.last_modified, "d1")
    assert silent.polls == 8


@pytest.mark.parametrize("not_modified", [False, True])
@pytest.mark.parametrize(
    ("fresh_for", "low", "high"),
    [
        (0, 54 * MINUTE, 66 * MINUTE),
        (3600 * 5, 5 * HOUR, 5.5 * HOUR),
        (3500, timedelta(seconds=3500), 66 * MINUTE),
        (10**12, 0.9 * DAY, DAY),  # a max-age of many years is not the end of the source
        (float("inf"), 0.9 * DAY, DAY),
    ],
)
def test_freshness_is_honoured_within_the_longest_wait(
    not_modified: bool, fresh_for: float, low: timedelta, high: timedelta
) -> None:
    for number in range(50):
        outcome = replace(GOOD, key=str(number), fresh_for=fresh_for, not_modified=not_modified)
        assert low <= wait(next_state(OLD, outcome, NOW, POLICY, every(2 * HOUR))) <= high


@pytest.mark.parametrize("interval", [MINUTE, 2 * HOUR, 100 * DAY])
def test_sources_of_one_rhythm_do_not_march_in_step(interval: timedelta) -> None:
    published = every(interval)
    waits = [wait(next_state(OLD, replace(GOOD, key=f"source {n}"), NOW, POLICY, published)) for n in range(100)]
    usual = rhythm(published, NOW, POLICY)
    assert len(set(waits)) == 100
    assert max(waits) - min(waits) > 0.05 * usual
    assert min(waits) >= max(0.9 * usual, POLICY.poll_min)
    assert max(waits) <= min(1.1 * usual, POLICY.poll_max)


def test_the_same_source_gets_the_same_wait_every_time() -> None:
    assert len({next_state(OLD, GOOD, NOW, POLICY, []).next_poll_at for _ in range(5)}) == 1


@pytest.mark.parametrize(
    ("failures", "expected"),
    [(0, 5 * MINUTE), (1, 10 * MINUTE), (2, 20 * MINUTE), (5, 160 * MINUTE), (9, DAY), (100, DAY), (10**6, DAY)],
)
def test_failures_double_the_wait_up_to_the_longest_and_never_end_it(failures: int, expected: timedelta) -> None:
    state = next_state(replace(OLD, failures=failures), failed(), NOW, POLICY, every(MINUTE))
    assert max(0.9 * expected, POLICY.poll_min) <= wait(state) <= min(1.1 * expected, POLICY.poll_max)
    assert (state.failures, state.status) == (failures + 1, Status.FAILING)


def test_a_failure_keeps_what_the_last_good_answer_left() -> None:
    state = next_state(OLD, replace(failed(), etag='"poison"', body_digest="poison"), NOW, POLICY, [])
    kept = (state.etag, state.last_modified, state.body_digest, state.last_success, state.polls)
    assert kept == (OLD.etag, OLD.last_modified, OLD.body_digest, OLD.last_success, OLD.polls)
    assert state.error == "E_CONNECT: It broke."


@pytest.mark.parametrize("status", [429, 503, 404])
@pytest.mark.parametrize(
    ("retry_after", "at_least", "at_most"),
    [
        (0, 5 * MINUTE, 5.5 * MINUTE),
        (-5, 5 * MINUTE, 5.5 * MINUTE),
        (1800, 30 * MINUTE, 33 * MINUTE),
        (3 * 86400, 3 * DAY, 3.3 * DAY),  # longer than poll_max
        (10**9, 7 * DAY, 7.7 * DAY),
        (float("inf"), 7 * DAY, 7.7 * DAY),
        (None, 5 * MINUTE, 5.5 * MINUTE),
    ],
)
def test_retry_after_is_never_cut_short_up_to_seven_days(
    status: int, retry_after: float | None, at_least: timedelta, at_most: timedelta
) -> None:
    state = next_state(OLD, failed("E_HTTP", retry_after, status), NOW, POLICY, [])
    assert at_least <= wait(state) <= at_most


@pytest.mark.parametrize("code", ["E_ADDR", "E_SCHEME", "E_URL"])
def test_a_source_that_policy_refuses_is_blocked_and_looked_at_again(code: str) -> None:
    state = next_state(OLD, failed(code), NOW, POLICY, [])
    assert state.status is Status.BLOCKED
    assert state.next_poll_at is not None
    assert next_state(state, GOOD, NOW, POLICY, []).status is Status.OK


def test_a_document_that_is_no_feed_is_a_failure_too() -> None:
    error = ParseError("https://a.example/", "This is a web page, not a feed.", "E_NOTFEED")
    assert next_state(OLD, Retrieved("key", error=error), NOW, POLICY, []).status is Status.FAILING


@pytest.mark.parametrize(
    ("times", "over", "gone"),
    [
        (3, 72 * HOUR, True),
        (3, 71 * HOUR, False),
        (2, 90 * DAY, False),
        (40, 90 * DAY, True),
    ],
)
def test_polling_ends_when_410_has_come_three_times_over_72_hours(times: int, over: timedelta, gone: bool) -> None:
    state = OLD
    for number in range(times):
        moment = NOW - over + over * number / (times - 1)
        assert state.status is not Status.GONE or number >= 3
        state = next_state(state, failed("E_HTTP", status=410), moment, POLICY, [])
    assert (state.status is Status.GONE) is gone
    assert (state.next_poll_at is None) is gone


def test_another_answer_between_begins_the_count_of_410_anew() -> None:
    state = OLD
    for hours, status in ((0, 410), (40, 410), (72, 503), (80, 410), (90, 410)):
        state = next_state(state, failed("E_HTTP", status=status), NOW + hours * HOUR, POLICY, [])
    assert (state.status, state.gone, state.gone_since) == (Status.FAILING, 2, NOW + 80 * HOUR)


def test_no_other_status_than_410_ends_polling() -> None:
    old = replace(OLD, failures=50, last_success=NOW - 90 * DAY, error="E_HTTP: It broke.", status=Status.FAILING)
    assert next_state(old, failed("E_HTTP", status=404), NOW, POLICY, []).status is Status.FAILING


@pytest.mark.parametrize("outcome", [GOOD, failed()])
def test_a_source_paused_while_it_was_polled_stays_paused(outcome: Retrieved) -> None:
    state = next_state(replace(OLD, status=Status.PAUSED), outcome, NOW, POLICY, [])
    assert (state.status, state.next_poll_at) == (Status.PAUSED, None)


@given(
    st.lists(st.integers(-40 * 365, 40 * 365).map(lambda days: NOW + days * DAY / 7), max_size=30),
    st.floats(min_value=0) | st.just(float("nan")),
    st.text(),
    st.booleans(),
)
def test_every_wait_lies_between_the_shortest_and_the_longest(
    published: list[datetime], fresh_for: float, key: str, fails: bool
) -> None:
    outcome = replace(failed() if fails else GOOD, key=key, fresh_for=fresh_for)
    assert POLICY.poll_min <= wait(next_state(OLD, outcome, NOW, POLICY, published)) <= POLICY.poll_max


ELSEWHERE = "https://new.example/feed"


@pytest.mark.parametrize(
    ("hours", "url"),
    [
        ((0, 12, 24), ELSEWHERE),
        ((0, 12, 23), ""),
        ((0, 48), ""),  # over a day, but twice only
        ((0, 1, 2, 3, 4, 30), ELSEWHERE),
    ],
)
def test_a_new_address_is_adopted_when_it_was_seen_on_three_polls_over_a_day(hours: tuple[int, ...], url: str) -> None:
    state = OLD
    for hour in hours:
        state = next_state(state, replace(GOOD, moved_to=ELSEWHERE), NOW + hour * HOUR, POLICY, [])
    assert new_address(state, NOW + hours[-1] * HOUR) == url


@pytest.mark.parametrize(
    ("between", "overlaps"),
    [
        (GOOD, True),  # the old address answered again
        (replace(GOOD, moved_to="https://other.example/"), True),
        (replace(GOOD, moved_to=ELSEWHERE), False),  # a page for maintenance, or somebody else's feed
    ],
)
def test_a_move_that_does_not_hold_is_forgotten(between: Retrieved, overlaps: bool) -> None:
    moved = replace(GOOD, moved_to=ELSEWHERE)
    state = next_state(OLD, moved, NOW - 30 * HOUR, POLICY, [])
    state = next_state(state, moved, NOW - 20 * HOUR, POLICY, [])
    state = next_state(state, between, NOW - 10 * HOUR, POLICY, [], overlaps=overlaps)
    state = next_state(state, moved, NOW, POLICY, [])
    assert new_address(state, NOW) == ""


def test_a_failure_says_nothing_of_a_move() -> None:
    moved = replace(GOOD, moved_to=ELSEWHERE)
    state = next_state(OLD, moved, NOW - 30 * HOUR, POLICY, [])
    state = next_state(state, failed(), NOW - 20 * HOUR, POLICY, [])
    state = next_state(state, moved, NOW - 10 * HOUR, POLICY, [])
    assert new_address(next_state(state, moved, NOW, POLICY, []), NOW) == ELSEWHERE


def test_after_a_burst_a_source_is_asked_as_often_as_it_speaks() -> None:
    burst = [NOW - 10 * MINUTE * n for n in range(4)]
    assert rhythm([*burst, *(NOW - 12 * HOUR * n for n in range(1, 15))], NOW, POLICY) == 5 * MINUTE


@pytest.mark.parametrize("not_modified", [False, True])
def test_the_pace_of_a_document_holds_until_another_document_comes(not_modified: bool) -> None:
    first = next_state(OLD, replace(GOOD, pace=Pace(ttl=5 * HOUR)), NOW, POLICY, every(MINUTE))
    assert 5 * HOUR <= wait(first) <= 5.5 * HOUR
    again = replace(GOOD, not_modified=not_modified, pace=None if not_modified else Pace())
    second = next_state(first, again, NOW, POLICY, every(MINUTE))
    assert (wait(second) >= 5 * HOUR) is not_modified


@pytest.mark.parametrize(
    ("pace", "hours", "weekdays"),
    [
        (Pace(skip_hours=frozenset(range(12, 20))), range(20, 24), range(7)),
        (Pace(skip_days=frozenset({6})), range(24), [0]),  # NOW is a Sunday
        (Pace(skip_hours=frozenset(range(24))), [12, 13, 14], [6]),  # nobody means that
        (Pace(skip_days=frozenset(range(7))), [12, 13, 14], [6]),
    ],
)
def test_hours_and_days_that_a_source_skips_are_skipped(pace: Pace, hours: range, weekdays: range) -> None:
    moment = next_state(OLD, replace(GOOD, pace=pace), NOW, POLICY, every(2 * HOUR)).next_poll_at
    assert moment is not None
    assert moment.hour in hours
    assert moment.weekday() in weekdays


@pytest.mark.parametrize(
    ("policy", "low", "high"),
    [
        (replace(POLICY, poll=15 * MINUTE), 13.5 * MINUTE, 16.5 * MINUTE),
        (replace(POLICY, poll=MINUTE), 5 * MINUTE, 5.5 * MINUTE),  # poll_min goes before
        (replace(POLICY, poll=3 * DAY), 2.7 * DAY, 3 * DAY),  # its operator may ask less often than poll_max
        (replace(POLICY, pushed=True), 0.9 * DAY, DAY),
    ],
)
def test_an_operator_and_a_hub_go_before_the_own_rhythm(policy: PollPolicy, low: timedelta, high: timedelta) -> None:
    for number in range(20):
        state = next_state(OLD, replace(GOOD, key=str(number)), NOW, policy, every(2 * HOUR))
        assert low <= wait(state) <= high


def test_what_an_operator_sets_is_no_oftener_than_the_origin_allows() -> None:
    state = next_state(OLD, replace(GOOD, fresh_for=7200), NOW, replace(POLICY, poll=15 * MINUTE), every(MINUTE))
    assert wait(state) >= 2 * HOUR


@pytest.mark.parametrize(
    ("outcome", "items"),
    [
        (replace(GOOD, items=b"22222222"), b"22222222"),
        (replace(GOOD, items=b"22222222", delta=True), b"2222222211111111"),
        (replace(GOOD, items=b""), b""),
        (replace(GOOD, not_modified=True), b"11111111"),
        (failed(), b"11111111"),
    ],
)
def test_the_items_of_the_last_document_are_remembered(outcome: Retrieved, items: bytes) -> None:
    assert next_state(replace(OLD, items=b"11111111"), outcome, NOW, POLICY, []).items == items
