"""Conditional requests: one validator for the same bytes, and who gets 304."""

import gzip
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.http.conditional import bases, coded_etag, etag, not_modified, takes_delta
from feeds.text.dates import http_date

TAG = '"abc"'
CHANGED = datetime(2025, 1, 10, 12, tzinfo=UTC)
NOW = CHANGED + timedelta(days=7)
AT_THAT_MOMENT = http_date(CHANGED)
BEFORE = http_date(CHANGED - timedelta(seconds=1))


def test_the_same_bytes_have_the_same_strong_tag() -> None:
    tag = etag(b"snow")
    assert tag == etag(bytes([*b"snow"]))
    assert tag.startswith('"')
    assert tag.endswith('"')
    assert tag.isascii()


@given(st.binary(max_size=50), st.binary(max_size=50))
@settings(max_examples=40, deadline=None)
def test_other_bytes_have_another_tag(one: bytes, other: bytes) -> None:
    assert (etag(one) == etag(other)) is (one == other)


def test_a_coded_body_has_a_strong_tag_of_its_own() -> None:
    assert coded_etag(TAG, "gzip") == '"abc-gzip"'
    assert coded_etag(TAG, "") == TAG
    assert coded_etag(etag(b"snow"), "gzip") != etag(gzip.compress(b"snow", mtime=0)) != etag(b"snow")


@pytest.mark.parametrize(
    ("if_none_match", "answer"),
    [
        ('"abc"', True),
        ('W/"abc"', True),  # weak comparison, RFC 9110 §13.1.2
        ('"abc-gzip"', True),  # the same document, under the coding that we gave it out in
        ('W/"abc-gzip"', True),
        ('"x", "abc"', True),
        ('"x","abc","y"', True),
        ('"x, abc", W/"abc"', True),
        ("*", True),
        (" * ", True),
        ('"x"', False),
        ('"x, abc"', False),
        ('"ABC"', False),
        ('""', False),
        ('"abc-br"', True),
        ('W/"abc-zstd", "x"', True),
        ('"abc-deflate"', False),  # not one of ours
        ('"abc-gzip-gzip"', False),
        ("abc", False),  # not quoted: no entity tag
        ('"abc', False),
        ("nonsense", False),
    ],
)
def test_if_none_match_is_a_list_of_tags_or_a_star(if_none_match: str, answer: bool) -> None:
    assert not_modified(if_none_match, "", TAG, CHANGED, NOW) is answer


@pytest.mark.parametrize(
    ("if_modified_since", "answer"),
    [
        (AT_THAT_MOMENT, True),
        (http_date(CHANGED + timedelta(days=1)), True),
        (http_date(NOW), True),
        (http_date(NOW + timedelta(seconds=1)), False),  # a clock was ahead
        (BEFORE, False),
        ("Friday, 10-Jan-25 12:00:00 GMT", True),  # the two old forms, RFC 9110 §5.6.7
        ("Fri Jan 10 12:00:00 2025", True),
        ("2025-01-10T12:00:00Z", False),  # a date that cannot be read counts as absent
        ("yesterday", False),
        ("", False),
    ],
)
def test_if_modified_since_compares_with_the_last_change(if_modified_since: str, answer: bool) -> None:
    assert not_modified("", if_modified_since, TAG, CHANGED, NOW) is answer


@pytest.mark.parametrize(
    ("if_none_match", "if_modified_since", "answer"),
    [
        (TAG, BEFORE, True),
        ('"x"', AT_THAT_MOMENT, False),  # the tag decides, RFC 9110 §13.2.2
        ("nonsense", AT_THAT_MOMENT, False),
    ],
)
def test_if_none_match_goes_before_if_modified_since(if_none_match: str, if_modified_since: str, answer: bool) -> None:
    assert not_modified(if_none_match, if_modified_since, TAG, CHANGED, NOW) is answer


def test_nothing_asked_is_nothing_matched() -> None:
    assert not not_modified("", "", TAG, CHANGED, NOW)


def test_a_fraction_of_a_second_makes_nothing_newer_than_the_header_could_say() -> None:
    assert not_modified("", AT_THAT_MOMENT, TAG, CHANGED.replace(microsecond=999_999), NOW)


def test_a_moment_in_another_zone_is_the_same_moment() -> None:
    assert not_modified("", AT_THAT_MOMENT, TAG, CHANGED.astimezone(timezone(timedelta(hours=7))), NOW)


@pytest.mark.parametrize(
    ("if_none_match", "found"),
    [
        ('"abc"', [('"abc"', '"abc"')]),
        ('"abc-br", W/"x", "y-gzip"', [('"abc-br"', '"abc"'), ('"y-gzip"', '"y"')]),
        ('W/"abc"', []),  # weak: its bytes may have been others
        ("*", []),
        ("", []),
        ("abc", []),
    ],
)
def test_a_delta_starts_from_a_strong_tag(if_none_match: str, found: list[tuple[str, str]]) -> None:
    assert bases(if_none_match) == found


@pytest.mark.parametrize(
    ("a_im", "answer"),
    [
        ("feed", True),
        ("FEED", True),
        ("vcdiff, feed;q=0.5", True),
        ("gzip;q=0.3 , feed", True),
        ("feed;q=0", False),
        ("feed; q=0.000", False),
        ("feedx", False),
        ("x-feed", False),
        ("vcdiff", False),
        ("", False),
    ],
)
def test_a_im_names_what_a_client_takes(a_im: str, answer: bool) -> None:
    assert takes_delta(a_im) is answer


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_no_header_value_raises(one: str, other: str) -> None:
    assert not_modified(one, other, TAG, CHANGED, NOW) in (True, False)
    assert takes_delta(one) in (True, False)
    assert all(tag.startswith('"') for pair in bases(one) for tag in pair)
