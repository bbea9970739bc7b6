"""Content codings: the same bytes have the same forms, and everyone gets one that they take."""

import gzip
from datetime import timedelta
from random import Random

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.http.codings import CODINGS, LEAST_BYTES, choose_coding, encode, form, forms
from feeds.publish.assembly import LEAST_AGE, MOST_AGE, max_age_of
from support.builders import NOW

FEED = b"".join(b"<entry><id>urn:x:%d</id><title>Story %d of the day</title></entry>" % (n, n) for n in range(100))
OFFERED = ("br", "zstd", "gzip")


def test_every_form_is_shorter_and_unpacks_to_the_same() -> None:
    made = forms(FEED)
    assert tuple(made) == CODINGS
    assert brotli.decompress(made["br"]) == FEED
    assert gzip.decompress(made["gzip"]) == FEED
    assert zstandard.ZstdDecompressor().decompress(made["zstd"]) == FEED
    assert all(len(form) < len(FEED) for form in made.values())


@pytest.mark.parametrize("body", [FEED, FEED * 150], ids=["small", "large"])
def test_the_same_bytes_have_the_same_forms(body: bytes) -> None:
    assert forms(body) == forms(bytes([*body]))
    assert {coding: encode(body, coding) for coding in CODINGS} == forms(body)
    assert all(form(body, coding) == (coding, made) for coding, made in forms(body).items()), "sent once or kept"


def test_what_is_small_or_does_not_shrink_has_no_form() -> None:
    for body in (b"a" * (LEAST_BYTES - 1), Random(1).randbytes(1000)):
        assert forms(body) == {}
        assert form(body, "gzip, br") == ("", body)


@pytest.mark.parametrize(
    ("accept_encoding", "coding"),
    [
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),  # what browsers send: liked all the same, so what is offered first
        ("gzip, zstd", "zstd"),
        ("br;q=0.5, gzip", "gzip"),
        ("deflate, gzip;q=1.0, *;q=0.5", "gzip"),
        ("gzip; q=0.001", "gzip"),
        ("*", "br"),
        ("br;q=0, *;q=0.1", "zstd"),  # what is named goes before the star
        ("", ""),
        ("identity", ""),
        ("deflate", ""),
        ("gzip;q=0", ""),
        ("gzip ; q=0.0", ""),
        ("gzip;q=.", ""),
        ("gzip;q=nan", ""),
        ("notgzip", ""),
        ("identity, gzip;q=0.5", ""),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("gzip;q=0.1, identity;q=0", "gzip"),
        ("gzip;q=0.1, *;q=0", "gzip"),
        ("*;q=0, identity", ""),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("deflate, identity;q=0", None),
        ("gzip;q=2", ""),
        ("gzip, gzip;q=0", "gzip"),  # twice: the first is what it says
        ("gzip" + " " * 300, "gzip"),
        (",,;q=1,", ""),
    ],
)
def test_a_client_gets_the_form_that_it_likes_best(accept_encoding: str, coding: str | None) -> None:
    assert choose_coding(accept_encoding, OFFERED) == coding


def test_a_document_without_forms_is_sent_as_it_is() -> None:
    assert choose_coding("gzip, br", ()) == ""
    assert choose_coding("gzip, identity;q=0", ()) is None


@given(st.text(max_size=260))
@settings(max_examples=100, deadline=None)
def test_no_header_raises(accept_encoding: str) -> None:
    assert choose_coding(accept_encoding, OFFERED) in (None, "", *OFFERED)


@pytest.mark.parametrize(
    ("gaps", "age"),
    [
        ([], LEAST_AGE),
        ([timedelta()], LEAST_AGE),
        ([timedelta(minutes=20)] * 5, timedelta(minutes=5)),
        ([timedelta(minutes=20), timedelta(days=30), timedelta(minutes=20)], timedelta(minutes=5)),  # one silence
        ([timedelta(days=1)] * 5, MOST_AGE),
        ([timedelta(seconds=10)] * 5, LEAST_AGE),
        ([timedelta(minutes=20)] * 20 + [timedelta()] * 400, timedelta(minutes=5)),  # an old flood
    ],
)
def test_a_copy_is_good_for_a_quarter_of_the_time_between_entries(gaps: list[timedelta], age: timedelta) -> None:
    listed = [NOW]
    for gap in gaps:
        listed.append(listed[-1] - gap)
    assert max_age_of(listed) == age
