"""The scripted origin keeps HTTP's rules where tests rely on them, and breaks them where tests ask for it."""

import gzip
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from support.origin import Origin, Request, Response
from support.site import PATIENCE_SECONDS

DOCUMENTS = Path(__file__).parent / "documents" / "feeds"
BODY = b"<feed>" + b"x" * 500 + b"</feed>"
ETAG = '"v1"'
MODIFIED = "Mon, 16 Dec 2024 05:00:00 GMT"


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as running:
        yield running


def _connection(origin: Origin) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", int(origin.base.rpartition(":")[2]), timeout=PATIENCE_SECONDS)


def _ask(origin: Origin, path: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = _connection(origin)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_a_document_is_served_with_its_type_and_validators(origin: Origin) -> None:
    origin.put("/feed", BODY, "application/atom+xml", etag=ETAG, last_modified=MODIFIED, headers={"X-Own": "1"})
    response, body = _ask(origin, "/feed")
    assert (response.status, response.version, body) == (200, 11, BODY)
    sent = ("Content-Type", "ETag", "Last-Modified", "X-Own", "Content-Length")
    assert [response.headers[name] for name in sent] == ["application/atom+xml", ETAG, MODIFIED, "1", str(len(BODY))]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": ETAG}, 304),
        ({"If-None-Match": f'"v0", W/{ETAG}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"v0"'}, 200),
        ({"If-Modified-Since": MODIFIED}, 304),
        ({"If-Modified-Since": "Sun, 15 Dec 2024 05:00:00 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-None-Match": '"v0"', "If-Modified-Since": MODIFIED}, 200),  # ETag decides, RFC 9110 §13.2.2
    ],
)
def test_a_conditional_request_is_answered_from_the_validators(
    origin: Origin, headers: dict[str, str], status: int
) -> None:
    origin.put("/feed", BODY, etag=ETAG, last_modified=MODIFIED)
    response, body = _ask(origin, "/feed", **headers)
    assert (response.status, body) == (status, b"" if status == 304 else BODY)
    assert response.headers["ETag"] == ETAG


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, br", "gzip"), ("br;q=1, gzip;q=0.5", "gzip"), ("gzip;q=0", None), ("br", None), ("", None)],
)
def test_gzip_is_sent_to_whoever_asks(origin: Origin, accepted: str, coding: str | None) -> None:
    origin.put("/feed", BODY)
    response, body = _ask(origin, "/feed", Accept_Encoding=accepted)
    assert response.headers["Content-Encoding"] == coding
    assert response.headers["Vary"] == "Accept-Encoding"
    assert (gzip.decompress(body) if coding else body) == BODY


def test_a_body_that_brings_its_own_coding_is_not_compressed_again(origin: Origin) -> None:
    packed = gzip.compress(BODY)
    origin.put("/feed", packed, headers={"Content-Encoding": "gzip"})
    assert _ask(origin, "/feed", Accept_Encoding="gzip")[1] == packed


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_names_its_target(origin: Origin, status: int) -> None:
    origin.redirect("/old", origin.url("/feed"), status)
    response, _ = _ask(origin, "/old")
    assert (response.status, response.headers["Location"]) == (status, origin.url("/feed"))


@pytest.mark.parametrize("chunked", [False, True])
def test_a_chunked_body_and_a_measured_one_are_the_same(origin: Origin, chunked: bool) -> None:
    origin.put("/feed", BODY, chunked=chunked)
    response, body = _ask(origin, "/feed")
    assert (body, response.headers["Transfer-Encoding"]) == (BODY, "chunked" if chunked else None)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_can_be_cut_off(origin: Origin, chunked: bool) -> None:
    origin.put("/feed", BODY, cut=100, chunked=chunked)
    with pytest.raises(http.client.IncompleteRead) as caught:
        _ask(origin, "/feed")
    assert caught.value.partial == BODY[:100]


def test_a_body_can_drip_byte_by_byte(origin: Origin) -> None:
    origin.put("/feed", b"drops", drip=0.02)
    connection = _connection(origin)
    connection.request("GET", "/feed")
    response = connection.getresponse()
    first = response.read1(100)
    assert 0 < len(first) < 5
    assert first + response.read() == b"drops"
    connection.close()


def test_leaving_ends_drips_and_delays_at_once() -> None:
    with Origin() as origin:
        origin.put("/drip", b"drops", drip=600)
        connection = _connection(origin)
        connection.request("GET", "/drip")
        response = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    response.close()
    connection.close()


def test_a_delay_precedes_the_answer(origin: Origin) -> None:
    origin.put("/feed", BODY, delay=0.05)
    assert _ask(origin, "/feed")[0].status == 200


def test_a_script_answers_each_request_as_it_likes(origin: Origin) -> None:
    answers = iter([Response(503, headers={"Retry-After": "9"}), Response(200, BODY)])
    origin.put("/feed", script=lambda request: next(answers))
    first, second = _ask(origin, "/feed")[0], _ask(origin, "/feed")[0]
    assert (first.status, first.headers["Retry-After"], second.status) == (503, "9", 200)


def test_an_error_in_a_script_is_raised_at_the_end() -> None:
    def broken(request: Request) -> Response:
        raise LookupError(request.path)

    with pytest.raises(LookupError, match="/feed"), Origin() as origin:
        origin.put("/feed", script=broken)
        assert _ask(origin, "/feed")[0].status == 500


def test_requests_are_recorded_with_what_was_answered(origin: Origin) -> None:
    origin.put("/feed", BODY, etag=ETAG)
    origin.put("/callback", status=202)
    _ask(origin, "/feed?page=2", User_Agent="reader/1")
    _ask(origin, "/feed", "HEAD")
    _ask(origin, "/nothing")
    _ask(origin, "/callback", "POST")
    origin.remove("/feed")
    _ask(origin, "/feed")
    seen = [(request.method, request.path, request.status) for request in origin.requests]
    assert seen == [
        ("GET", "/feed?page=2", 200),
        ("HEAD", "/feed", 200),
        ("GET", "/nothing", 404),
        ("POST", "/callback", 202),
        ("GET", "/feed", 404),
    ]
    assert origin.requests[0].headers["user-agent"] == "reader/1"


def test_one_connection_carries_several_requests(origin: Origin) -> None:
    origin.put("/feed", BODY, etag=ETAG)
    connection = _connection(origin)
    statuses = []
    for headers in ({}, {"If-None-Match": ETAG}, {}):
        connection.request("GET", "/feed", headers=headers)
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
    connection.close()
    assert statuses == [200, 304, 200]


EXPECTED: dict[str, Any] = json.loads((DOCUMENTS / "expected.json").read_text("utf-8"))["documents"]


@pytest.mark.parametrize("name", EXPECTED)
def test_each_document_says_where_it_is_from_and_holds_the_expected_entries(name: str) -> None:
    body = (DOCUMENTS / name).read_bytes()
    entries = EXPECTED[name]["entries"]
    assert b"ritten for these tests" in body[:400]
    if name.endswith(".json"):
        count = len(json.loads(body)["items"])
    else:
        root = etree.fromstring(body)
        count = sum(1 for element in root.iter("{*}item", "{*}entry"))
    assert count == len(entries)
    keys = {"title", "link", "id", "published", "authors", "categories", "enclosures", "content", "content_urls"}
    assert all(entry.keys() == keys for entry in entries)
    assert any(entry["published"] is None for entry in entries)
