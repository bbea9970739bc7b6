"""Fetching, from a real server on the loopback that answers well, badly, slowly or for ever."""

import asyncio
import gzip
import hashlib
import os
import pickle
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import FetchError
from support.origin import Origin as KeepingOrigin
from worker.fetch.conditional_get import fetch
from worker.fetch.connect import session
from worker.fetch.http1 import Chunks
from worker.fetch.policy import FetchPolicy, Lookup, resolve
from worker.model import Fetched

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEED = b"<rss version='2.0'><channel><title>A</title></channel></rss>"
POLICY = FetchPolicy(
    user_agent="seedfeed/1 (+http://127.0.0.1)",
    timeout=timedelta(seconds=10),
    max_body=100_000,
    allow=(ip_network("127.0.0.1/32"),),
    per_host=4,
    concurrency=16,
)
IMPATIENT = replace(POLICY, timeout=timedelta(seconds=0.3))

Route = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers by the routes of its server, and notes every request."""

    server: "Origin"
    timeout = 5

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers.items())))
        self.server.routes[self.path](self)

    def raw(self, *parts: bytes) -> None:
        for part in parts:
            self.wfile.write(part)

    def log_message(self, format: str, *args: object) -> None:
        """Not in the output of the tests."""


class Origin(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes: dict[str, Route] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.done = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up on a hostile answer is what these tests are about."""

    def answer(self, path: str, status: int = 200, headers: Sequence[tuple[str, str]] = (), body: bytes = FEED) -> str:
        """Serves this at `path`; returns its URL."""
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers)]
        if not any(name in ("Content-Length", "Transfer-Encoding") for name, _ in headers):
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, "Connection: close", "", ""]).encode("utf-8", "surrogateescape")
        return self.serve(path, lambda handler: handler.raw(head, body))

    def serve(self, path: str, route: Route) -> str:
        self.routes[path] = route
        return self.url + path

    def requests(self, path: str) -> list[dict[str, str]]:
        return [headers for where, headers in self.seen if where == path]


@pytest.fixture
def origin() -> Iterator[Origin]:
    server = Origin()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.done.set()
    server.shutdown()
    thread.join()
    server.server_close()


# Of a fetch: None is for one that a budget put off.
Outcome = Fetched | FetchError | None


def ask(
    url: str,
    policy: FetchPolicy = POLICY,
    lookup: Lookup = resolve,
    etag: str = "",
    last_modified: str = "",
    body_digest: str = "",
    once: bool = False,
) -> Fetched | FetchError:
    async def run() -> Outcome:
        async with session(policy, lookup) as client:
            return await fetch(client, url, policy, NOW, etag, last_modified, body_digest, once)

    result = asyncio.run(run())
    assert result is not None, "without a budget nothing is put off"
    return result


def good(result: Outcome) -> Fetched:
    assert isinstance(result, Fetched), result
    return result


def bad(result: Outcome) -> FetchError:
    assert isinstance(result, FetchError), result
    assert result.__traceback__ is None and result.__context__ is None
    again = pickle.loads(pickle.dumps(result))
    assert again.args == result.args
    return result


def test_a_document_comes_with_where_it_is_from_and_its_validators(origin: Origin) -> None:
    headers = [
        ("Content-Type", "Application/RSS+XML; Charset=UTF-8"),
        ("ETag", 'W/"x-ü"'),
        ("Last-Modified", "yesterday, as we say"),
    ]
    url = origin.answer("/feed?a=%2Fb", headers=headers)
    fetched = good(ask(url))
    document = fetched.document
    assert document is not None
    assert (document.name, document.url, document.body, document.retrieved_at) == (url, url, FEED, NOW)
    assert (document.media_type, document.charset) == ("application/rss+xml", "utf-8")
    assert (document.etag, document.last_modified) == (fetched.etag, fetched.last_modified)
    assert (fetched.etag, fetched.last_modified) == ('W/"x-ü"', "yesterday, as we say")
    assert fetched.body_digest == hashlib.sha256(FEED).hexdigest()
    assert (fetched.permanent_url, fetched.links, fetched.fresh_for) == ("", (), 0)


def test_a_request_says_who_asks_for_what_and_nothing_else(origin: Origin) -> None:
    origin.answer("/feed", headers=[("Set-Cookie", "a=b")])
    url = f"http://own.test:{origin.server_port}/feed"

    async def twice() -> None:
        async with session(POLICY, lambda host: ["127.0.0.1"]) as client:
            for _ in range(2):
                good(await fetch(client, url, POLICY, NOW))

    asyncio.run(twice())
    assert len(origin.requests("/feed")) == 2
    for headers in origin.requests("/feed"):
        assert headers.keys() == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
        assert headers["User-Agent"] == POLICY.user_agent
        assert headers["Accept-Encoding"] == "gzip"
        assert "application/atom+xml" in headers["Accept"]


def test_validators_are_sent_back_verbatim_and_304_is_not_modified(origin: Origin) -> None:
    url = origin.answer("/feed", 304, [("Cache-Control", "max-age=600")], b"")
    fetched = good(ask(url, etag="unquoted, and ü", last_modified="yesterday", body_digest="d"))
    (headers,) = origin.requests("/feed")
    assert headers["If-None-Match"].encode("latin-1").decode() == "unquoted, and ü"
    assert headers["If-Modified-Since"] == "yesterday"
    assert fetched == Fetched(None, "unquoted, and ü", "yesterday", "d", fresh_for=600)


def test_a_304_may_bring_new_validators(origin: Origin) -> None:
    url = origin.answer("/feed", 304, [("ETag", '"2"')], b"")
    fetched = good(ask(url, etag='"1"', last_modified="yesterday"))
    assert (fetched.etag, fetched.last_modified) == ('"2"', "yesterday")


def test_the_same_bytes_again_are_not_modified_and_their_new_validators_are_kept(origin: Origin) -> None:
    url = origin.answer("/feed", headers=[("ETag", '"new"'), ("Cache-Control", "max-age=60")])
    digest = hashlib.sha256(FEED).hexdigest()
    assert good(ask(url, etag='"old"', body_digest=digest)) == Fetched(None, '"new"', "", digest, 60.0)


@pytest.mark.parametrize("etag", ['"caf\udce9"', '"a\x01b"', '"' + "e" * 5000 + '"'])
def test_a_validator_that_cannot_be_sent_back_is_not_kept(origin: Origin, etag: str) -> None:
    got = ask(origin.answer("/feed", headers=[("ETag", etag)]))
    assert isinstance(got, FetchError) or got.etag == ""


@pytest.mark.parametrize("status", [200, 304])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], 0),
        ([("Cache-Control", "public, MAX-AGE=600")], 600),
        ([("Cache-Control", "public"), ("Cache-Control", 'max-age="600"')], 600),
        ([("Cache-Control", "max-age=600"), ("Age", "500")], 100),
        ([("Cache-Control", "max-age=600"), ("Age", "700")], 0),
        ([("Cache-Control", "max-age=600"), ("Age", "-5")], 600),
        ([("Cache-Control", "max-age=600, no-cache")], 0),
        ([("Cache-Control", "no-store, max-age=600")], 0),
        ([("Cache-Control", 'no-cache="Set-Cookie", max-age=600')], 600),
        ([("Cache-Control", "max-age=-1")], 0),
        ([("Cache-Control", "max-age=soon")], 0),
        ([("Cache-Control", "max-age=" + "9" * 5000)], 366 * 86400),
        (
            [
                ("Cache-Control", "max-age=60"),
                ("Expires", "Sun, 01 Mar 2026 13:00:00 GMT"),
                ("Date", "Sun, 01 Mar 2026 12:00:00 GMT"),
            ],
            60,
        ),
        ([("Expires", "Sun, 01 Mar 2026 13:00:00 GMT"), ("Date", "Sun, 01 Mar 2026 12:50:00 GMT")], 600),
        ([("Expires", "Sun, 01 Mar 2026 12:10:00 GMT")], 600),  # no Date: now
        ([("Expires", "Sun, 01 Mar 2026 11:00:00 GMT")], 0),
        ([("Expires", "0")], 0),
    ],
)
def test_freshness_is_read_from_an_answer_and_from_304_alike(
    origin: Origin, status: int, headers: list[tuple[str, str]], seconds: float
) -> None:
    url = origin.answer("/feed", status, headers, FEED if status == 200 else b"")
    assert good(ask(url, etag='"1"')).fresh_for == seconds


@pytest.mark.parametrize(
    ("headers", "minute"),
    [
        ([("Date", "Sun, 01 Mar 2026 12:00:00 GMT")], 0),
        ([("Date", "Sun, 01 Mar 2026 12:00:00 GMT"), ("Age", "600")], 10),  # from a cache
        ([("Date", "noon")], None),
        ([], None),
    ],
)
def test_what_the_clock_of_an_origin_says_is_read(
    origin: Origin, headers: list[tuple[str, str]], minute: int | None
) -> None:
    said = good(ask(origin.answer("/feed", headers=headers))).date
    assert said == (None if minute is None else datetime(2026, 3, 1, 12, minute, tzinfo=UTC))


def test_link_headers_are_read(origin: Origin) -> None:
    url = origin.answer(
        "/a/feed",
        headers=[
            ("Link", '<https://hub.example/>; rel="hub", </self>; REL=Self; type="Application/Atom+XML"; title="a, b"'),
            ("Link", '<other>; rel=alternate, <javascript:1>; rel=hub, <x>; rel=up; anchor="#y", <<, >; ,'),
        ],
    )
    assert good(ask(url)).links == (
        ("https://hub.example/", "hub", ""),
        (f"{origin.url}/self", "self", "application/atom+xml"),
        (f"{origin.url}/a/other", "alternate", ""),
    )


LATER = "It is asked again later."
NO_MORE = "When it has said so three times over 72 hours, it is asked no more; its entries stay."


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, f"127.0.0.1 does not understand the request (400). {LATER}"),
        (
            401,
            "127.0.0.1 asks for a user name and a password (401). Write them into the feed's URL, before the host, as"
            f" in https://name:password@127.0.0.1/. {LATER}",
        ),
        (
            403,
            "127.0.0.1 refuses to give it to us (403). If a browser gets it, ask its owner to let feed readers in."
            f" {LATER}",
        ),
        (404, f"There is nothing at this address (404). If it stays so, look for the feed's new address. {LATER}"),
        (410, f"It is gone for good, says 127.0.0.1 (410). Look for its new address, or remove it. {NO_MORE}"),
        (418, f"127.0.0.1 does not accept the request (418 I'm a Teapot). {LATER}"),
        (429, f"127.0.0.1 is asked too often (429). {LATER}"),
        (451, f"127.0.0.1 may not give it to us, for legal reasons (451). {LATER}"),
        (499, f"127.0.0.1 does not accept the request (499). {LATER}"),
        (500, f"127.0.0.1 has a fault of its own (500 Internal Server Error). {LATER}"),
        (502, f"127.0.0.1 cannot reach the machine behind it (502). {LATER}"),
        (503, f"127.0.0.1 is overloaded or being worked on (503). {LATER}"),
        (504, f"127.0.0.1 waited too long for the machine behind it (504). {LATER}"),
        (599, f"127.0.0.1 has a fault of its own (599). {LATER}"),
        (206, f"The answer was 206 Partial Content, which brings no document. {LATER}"),
        (226, f"The answer was 226, a part of a document that was not asked for in this form. {LATER}"),
        (300, f"The answer was 300 Multiple Choices, which brings no document. {LATER}"),
        (305, f"The answer was 305 Use Proxy, which brings no document. {LATER}"),
    ],
)
def test_every_status_that_is_no_answer_is_told_in_its_own_words(origin: Origin, status: int, message: str) -> None:
    error = bad(ask(origin.answer("/feed", status)))
    assert (error.code, error.status, error.retry_after, error.message) == ("E_HTTP", status, None, message)
    once = bad(ask(origin.url + "/feed", once=True))
    assert once.message == message.removesuffix(LATER).removesuffix(NO_MORE).rstrip()


def test_a_password_that_is_not_accepted_is_told_as_such(origin: Origin) -> None:
    origin.answer("/feed", 401)
    error = bad(ask(f"http://me:geheim@127.0.0.1:{origin.server_port}/feed"))
    assert error.message == f"127.0.0.1 does not accept the user name and password in the feed's URL (401). {LATER}"


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("90", "It is asked again after the 90 s that it wants."),
        ("120", "It is asked again after the 2 minutes that it wants."),
        ("5000", "It is asked again after the 84 minutes that it wants."),
        ("Sun, 01 Mar 2026 18:30:00 GMT", "It is asked again after the 7 hours that it wants."),
        ("604800", "It is asked again after the 7 days that it wants."),
        ("Tue, 19 Jan 2038 03:14:07 GMT", "It wants over a year without requests; it is asked again after 7 days."),
        ("1000000", "It wants 12 days without requests; it is asked again after 7 days."),
        ("0", LATER),
        ("soon", LATER),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_an_origin_wants_is_told(origin: Origin, status: int, wanted: str, told: str) -> None:
    date = ("Date", "Sun, 01 Mar 2026 12:00:00 GMT")
    error = bad(ask(origin.answer("/feed", status, [("Retry-After", wanted), date])))
    assert error.message.endswith(f"({status}). {told}")


@pytest.mark.parametrize(
    ("status", "header"),
    [
        (403, ("cf-mitigated", "challenge")),
        (200, ("cf-mitigated", "challenge")),
        (202, ("x-amzn-waf-action", "challenge")),
        (405, ("x-amzn-waf-action", "captcha")),
        (403, ("X-DataDome", "protected")),
        (403, ("X-Sucuri-Block", "GEO02")),
    ],
)
def test_a_bot_wall_is_told_from_its_origin(origin: Origin, status: int, header: tuple[str, str]) -> None:
    error = bad(ask(origin.answer("/feed", status, [header], b"<html>Are you human?</html>")))
    assert (error.code, error.status) == ("E_WALL", status)
    assert error.message == (
        f"127.0.0.1 is behind a bot wall, which answered {status} in its place; only its owner can let us in. {LATER}"
    )


def test_a_wall_that_lets_us_in_is_none(origin: Origin) -> None:
    assert good(ask(origin.answer("/feed", headers=[("X-DataDome", "protected")]))).document


@pytest.mark.parametrize(
    ("etag", "last_modified", "asked"),
    [('"1"', "", "feed"), ("", "yesterday", "feed"), ('"1"', "yesterday", "feed"), ("", "", None)],
)
def test_new_entries_alone_are_asked_for_with_every_conditional_request(
    origin: Origin, etag: str, last_modified: str, asked: str | None
) -> None:
    url = origin.answer("/feed")
    good(ask(url, etag=etag, last_modified=last_modified, body_digest="d"))
    (headers,) = origin.requests("/feed")
    assert headers.get("A-IM") == asked


@pytest.mark.parametrize(
    ("headers", "etag", "last_modified"),
    [
        ([("ETag", '"2"'), ("Last-Modified", "today")], '"2"', "today"),
        ([("ETag", '"2"')], '"2"', "yesterday"),
        ([], '"1"', "yesterday"),  # still new to those: the same entries come again, and nothing is lost
    ],
)
def test_an_answer_of_new_entries_alone_is_marked_and_keeps_validators_but_no_digest(
    origin: Origin, headers: list[tuple[str, str]], etag: str, last_modified: str
) -> None:
    url = origin.answer("/feed", 226, [("IM", "feed"), *headers])
    fetched = good(ask(url, etag='"1"', last_modified="yesterday", body_digest=hashlib.sha256(FEED).hexdigest()))
    assert fetched.delta is True
    assert fetched.document is not None and fetched.document.body == FEED
    assert (fetched.etag, fetched.last_modified, fetched.body_digest) == (etag, last_modified, "")


@pytest.mark.parametrize(
    ("im", "etag"),
    [("feed", ""), ("", '"1"'), ("vcdiff", '"1"'), ("feed, gzip", '"1"')],
)
def test_a_part_of_a_document_that_was_not_asked_for_is_refused(origin: Origin, im: str, etag: str) -> None:
    error = bad(ask(origin.answer("/feed", 226, [("IM", im)] if im else []), etag=etag))
    assert (error.code, error.status) == ("E_HTTP", 226)


def test_a_whole_document_is_no_delta_whatever_it_says(origin: Origin) -> None:
    fetched = good(ask(origin.answer("/feed", headers=[("IM", "feed")]), etag='"1"'))
    assert (fetched.delta, fetched.body_digest) == (False, hashlib.sha256(FEED).hexdigest())


@pytest.mark.parametrize("etag", ['"1"', 'W/"1"', "W/1", "1", '" 1, 2 "', '""', 'w/"lower"', '"a""b"', "'single'"])
def test_validators_come_back_as_they_were_sent(origin: Origin, etag: str) -> None:
    url = origin.answer("/feed", headers=[("ETag", etag), ("Last-Modified", "Mon,  1 Mar 26")])
    first = good(ask(url))
    good(ask(url, etag=first.etag, last_modified=first.last_modified))
    sent = origin.requests("/feed")[1]
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == (etag, "Mon,  1 Mar 26")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("-1", None),
        ("1000000000", 366 * 86400),
        ("9" * 5000, 366 * 86400),
        ("soon", None),
        ("１２", None),
        ("Sun, 01 Mar 2026 12:10:00 GMT", 300),  # five minutes after the Date of the answer
        ("Sunday, 01-Mar-26 12:10:00 GMT", 300),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
    ],
)
def test_retry_after_is_read_in_both_forms(origin: Origin, status: int, value: str, seconds: float | None) -> None:
    headers = [("Retry-After", value), ("Date", "Sun, 01 Mar 2026 12:05:00 GMT")]
    assert bad(ask(origin.answer("/feed", status, headers))).retry_after == seconds


def test_a_retry_after_date_counts_from_now_when_the_answer_has_no_date(origin: Origin) -> None:
    url = origin.answer("/feed", 503, [("Retry-After", "Sun, 01 Mar 2026 12:10:00 GMT")])
    assert bad(ask(url)).retry_after == 600


@pytest.mark.parametrize("status", [200, 403, 503])
def test_a_bot_wall_is_called_so(origin: Origin, status: int) -> None:
    error = bad(ask(origin.answer("/feed", status, [("cf-mitigated", "challenge"), ("Retry-After", "60")])))
    assert (error.code, error.status, error.retry_after) == ("E_WALL", status, 60)


def test_304_to_an_unconditional_request_is_an_error(origin: Origin) -> None:
    error = bad(ask(origin.answer("/feed", 304, body=b"")))
    assert (error.code, error.status) == ("E_HTTP", 304)


@pytest.mark.parametrize(("status", "body"), [(200, b""), (200, b" \r\n"), (204, b"")])
def test_an_empty_answer_is_an_error_and_not_a_feed_without_entries(origin: Origin, status: int, body: bytes) -> None:
    assert bad(ask(origin.answer("/feed", status, body=body))).code == "E_EMPTY"


GZIPPED = gzip.compress(FEED, mtime=0)
TWICE = gzip.compress(GZIPPED, mtime=0)
THRICE = gzip.compress(TWICE, mtime=0)
HALF = len(FEED) // 2


# RFC 1952 §2.2.
TWO_MEMBERS = gzip.compress(FEED[:HALF], mtime=0) + gzip.compress(FEED[HALF:], mtime=0)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("identity", FEED),
        ("", FEED),
        ("gzip", GZIPPED),
        ("X-GZip", GZIPPED),
        ("gzip", TWO_MEMBERS),
        ("gzip", GZIPPED + b"\0" * 20),
        ("gzip", GZIPPED + b"<!-- cached -->"),
        ("gzip", GZIPPED + b"\x1f"),
        # Packed, though nothing or something else says so.
        ("identity", GZIPPED),
        ("none", TWICE),
        ("gzip", TWICE),
        ("gzip, gzip", TWICE),
        ("utf-8", THRICE),
        ("br", GZIPPED),
        # Not packed, whatever says so.
        ("utf-8", FEED),
        ("none", FEED),
        ("gzip", FEED),
        ("br, deflate", FEED),
        ("aes128gcm", FEED),
        # Not asked for, and read by browsers.
        ("deflate", zlib.compress(FEED)),
        ("deflate", zlib.compress(FEED)[2:-4]),  # without the wrapper of RFC 1950
        ("br", brotli.compress(FEED)),
        ("br, identity", brotli.compress(FEED)),
        ("gzip, br", brotli.compress(GZIPPED)),
    ],
)
def test_a_body_is_unpacked(origin: Origin, coding: str, body: bytes) -> None:
    document = good(ask(origin.answer("/feed", headers=[("Content-Encoding", coding)], body=body))).document
    assert document is not None and document.body == FEED


def test_gzip_is_unpacked_however_it_is_cut_into_pieces(origin: Origin) -> None:
    body = gzip.compress(FEED[:HALF]) + gzip.compress(FEED[HALF:])

    def drip(handler: Handler) -> None:
        handler.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        handler.raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        for place in range(len(body)):
            handler.raw(body[place : place + 1])
            time.sleep(0.001)

    document = good(ask(origin.serve("/feed", drip))).document
    assert document is not None and document.body == FEED


@pytest.mark.parametrize(
    ("coding", "body", "told"),
    [
        ("zstd", b"\x28\xb5\x2f\xfd\0\0", "zstd"),
        ("aes128gcm", bytes(40), "aes128gcm"),
        ("\x7f" * 200, bytes(40), "\\x7f" * 10),
        ("br", bytes(40), "br"),
        ("deflate", bytes(40), "deflate"),
        ("gzip", GZIPPED[:-8] + b"\0" * 8, "gzip"),
        ("", b"\x1f\x8b" + b"\0" * 50, "gzip"),
        ("gzip", gzip.compress(THRICE, mtime=0), "gzip more than 3 times over"),
    ],
)
def test_what_cannot_be_unpacked_is_told(origin: Origin, coding: str, body: bytes, told: str) -> None:
    error = bad(ask(origin.answer("/feed", headers=[("Content-Encoding", coding)], body=body)))
    assert (error.code, error.message) == (
        "E_CODING",
        f"Sent as {told}, which is damaged, or cannot be unpacked here. {LATER}",
    )


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([("Content-Encoding", "gzip")], GZIPPED[:-9]),
        ([("Content-Encoding", "gzip")], GZIPPED[:-1]),
        ([("Content-Encoding", "gzip")], GZIPPED + GZIPPED[:-9]),
        ([], GZIPPED[:-9]),
        ([("Content-Encoding", "br")], brotli.compress(FEED)[:-9]),
        ([("Content-Length", "1000")], FEED),
        ([("Transfer-Encoding", "chunked")], b"1000\r\n" + FEED),
        ([("Transfer-Encoding", "chunked")], b"%x\r\n%s\r\n" % (len(FEED), FEED)),
    ],
)
def test_an_answer_that_ends_early_is_no_answer(origin: Origin, headers: list[tuple[str, str]], body: bytes) -> None:
    error = bad(ask(origin.answer("/feed", headers=headers, body=body)))
    assert error.code == "E_CUT"
    assert f"({len(body)} bytes)" in error.message or "Transfer-Encoding" in dict(headers)


def test_a_body_without_a_stated_length_ends_with_its_connection(origin: Origin) -> None:
    url = origin.serve("/feed", lambda handler: handler.raw(b"HTTP/1.0 200 OK\r\n\r\n", FEED))
    document = good(ask(url)).document
    assert document is not None and document.body == FEED


def test_a_body_of_just_the_limit_is_taken_and_one_byte_more_is_not(origin: Origin) -> None:
    policy = replace(POLICY, max_body=len(FEED))
    for coding, body in (("identity", FEED), ("gzip", GZIPPED)):
        headers = [("Content-Encoding", coding)]
        if len(body) <= len(FEED):
            assert good(ask(origin.answer("/feed", headers=headers, body=body), policy)).document
        smaller = replace(policy, max_body=len(FEED) - 1)
        error = bad(ask(origin.answer("/feed", headers=headers, body=body), smaller))
        assert error.code == "E_BIG"
        assert "worker.max_body" in error.message


def endless(handler: Handler) -> None:
    handler.raw(b"HTTP/1.1 200 OK\r\n\r\n")
    while not handler.server.done.is_set():
        handler.raw(b" " * 65536)


def endless_gzip(handler: Handler) -> None:
    handler.raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
    while not handler.server.done.is_set():
        handler.raw(gzip.compress(b"") * 1000)


@pytest.mark.parametrize("route", [endless, endless_gzip])
def test_an_endless_body_is_stopped(origin: Origin, route: Route) -> None:
    assert bad(ask(origin.serve("/feed", route))).code == "E_BIG"


BOMB = gzip.compress(bytes(50 * 2**20), mtime=0)


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", BOMB), ("", gzip.compress(BOMB, mtime=0)), ("br", brotli.compress(bytes(50 * 2**20), quality=5))],
    ids=["gzip", "twice", "br"],
)
def test_a_bomb_is_stopped_before_it_unfolds(origin: Origin, coding: str, body: bytes) -> None:
    error = bad(ask(origin.answer("/feed", headers=[("Content-Encoding", coding)], body=body)))
    assert error.code == "E_BIG"
    assert error.message.startswith("Larger than 100000 bytes after decompression; stopped.")


def test_a_stated_length_over_the_limit_is_not_even_read(origin: Origin) -> None:
    url = origin.answer("/feed", headers=[("Content-Length", "100001")], body=b"")
    assert bad(ask(url)).code == "E_BIG"


def silent(handler: Handler) -> None:
    handler.server.done.wait(5)


def slow_headers(handler: Handler) -> None:
    handler.raw(b"HTTP/1.1 200 OK\r\n")
    while not handler.server.done.wait(0.02):
        handler.raw(b"X-More: 1\r\n"[:1])


def slow_body(handler: Handler) -> None:
    handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    while not handler.server.done.wait(0.02):
        handler.raw(b" ")


def endless_continue(handler: Handler) -> None:
    while not handler.server.done.wait(0.001):
        handler.raw(b"HTTP/1.1 100 Continue\r\n\r\n")


def slow_redirects(handler: Handler) -> None:
    handler.server.done.wait(0.1)
    path = f"{handler.path}x"
    handler.server.routes[path] = slow_redirects
    handler.raw(f"HTTP/1.1 302 X\r\nLocation: {path}\r\nContent-Length: 0\r\n\r\n".encode())


@pytest.mark.parametrize("route", [silent, slow_headers, slow_body, endless_continue, slow_redirects])
def test_one_deadline_holds_over_everything(origin: Origin, route: Route) -> None:
    error = bad(ask(origin.serve("/feed", route), IMPATIENT))
    assert error.code == "E_SLOW"
    assert error.message.startswith("127.0.0.1 did not finish within 0.3 s (")
    assert "worker.timeout" in error.message


def test_a_name_server_that_never_answers_is_slow_too() -> None:
    release = threading.Event()

    def lookup(host: str) -> list[str]:
        release.wait(5)
        return ["127.0.0.1"]

    try:
        assert bad(ask("http://slow.test/", IMPATIENT, lookup)).code == "E_SLOW"
    finally:
        release.set()


UNANSWERED = """
import asyncio, threading
from datetime import UTC, datetime, timedelta
from worker.fetch.conditional_get import fetch
from worker.fetch.connect import session
from worker.fetch.policy import FetchPolicy

policy = FetchPolicy("x", timedelta(seconds=0.1), 1000, (), 4, 16)

async def run():
    async with session(policy, lambda host: threading.Event().wait()) as client:
        print((await fetch(client, "http://slow.test/", policy, datetime.now(UTC))).code)

asyncio.run(run())
"""


def test_a_process_ends_while_a_name_server_is_silent() -> None:
    ended = subprocess.run([sys.executable, "-c", UNANSWERED], check=True, timeout=60, capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("E_SLOW\n", "")


def test_waiting_for_a_turn_does_not_count_against_the_deadline(origin: Origin) -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def route(handler: Handler) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.1)
        with lock:
            running[0] -= 1
        handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")

    policy = replace(POLICY, per_host=2, timeout=timedelta(seconds=2))
    urls = [origin.serve(f"/{number}", route) for number in range(44)]

    async def run() -> list[Outcome]:
        async with session(policy) as client:
            return list(await asyncio.gather(*(fetch(client, url, policy, NOW) for url in urls)))

    assert all(isinstance(result, Fetched) for result in asyncio.run(run()))
    assert most[0] <= 2


def redirect(origin: Origin, path: str, location: str, status: int = 302) -> str:
    return origin.answer(path, status, [("Location", location)], b"moved")


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [
        ([], False),
        ([301], True),
        ([308, 301, 308], True),
        ([302], False),
        ([301, 302], False),
        ([307, 308], False),
        ([303], False),
    ],
)
def test_redirects_are_followed_and_the_permanent_ones_told(
    origin: Origin, statuses: list[int], permanent: bool
) -> None:
    for number, status in enumerate(statuses):
        redirect(origin, f"/dir/{number}", f"{number + 1}#part", status)
    final = origin.answer(f"/dir/{len(statuses)}", headers=[("Link", "<x>; rel=self")])
    fetched = good(ask(f"{origin.url}/dir/0"))
    assert fetched.document is not None
    assert (fetched.document.name, fetched.document.url) == (f"{origin.url}/dir/0", final)
    assert fetched.permanent_url == (final if permanent else "")
    assert fetched.links == ((f"{origin.url}/dir/x", "self", ""),)


def test_a_path_with_backslashes_is_followed_as_browsers_follow_it(origin: Origin) -> None:
    final = origin.answer("/dir/new")
    fetched = good(ask(redirect(origin, "/old", r"\dir\new")))
    assert fetched.document is not None
    assert fetched.document.url == final


def test_validators_follow_a_redirect_within_the_same_host(origin: Origin) -> None:
    url = redirect(origin, "/old", "/new", 301)
    origin.answer("/new", 304, body=b"")
    fetched = good(ask(url, etag='"1"'))
    assert (fetched.document, fetched.etag, fetched.permanent_url) == (None, '"1"', f"{origin.url}/new")


@pytest.mark.parametrize(
    "location",
    [
        "javascript:1",
        "file:///etc/passwd",
        "data:text/xml,<rss/>",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1",
        "http://example.org:25/",
        "http://8.8.8.8\\@127.0.0.1/",
        "http://",
        "",
    ],
)
def test_a_redirect_to_an_unusable_address_is_an_error(origin: Origin, location: str) -> None:
    assert bad(ask(redirect(origin, "/feed", location))).code == "E_REDIRECT"


def test_a_redirect_that_names_no_place_is_an_error(origin: Origin) -> None:
    assert bad(ask(origin.answer("/feed", 301))).code == "E_REDIRECT"


def test_redirects_in_a_circle_are_noticed_at_once(origin: Origin) -> None:
    url = redirect(origin, "/a", "/b")
    redirect(origin, "/b", "/a")
    assert bad(ask(url)).code == "E_REDIRECT"
    assert len(origin.seen) == 2


def test_a_cookie_that_a_redirect_sets_is_sent_within_this_fetch(origin: Origin) -> None:
    def gate(handler: Handler) -> None:
        if "seen=a=b" in handler.headers.get("Cookie", ""):
            handler.raw(raw(LENGTH, b"Connection: close"))
        else:
            cookies = [b"Set-Cookie: seen=a=b; Path=/; HttpOnly", b"Set-Cookie: later=1; Path=/elsewhere"]
            handler.raw(raw(*cookies, b"Location: /feed", b"Content-Length: 0", status=b"HTTP/1.1 302 X", body=b""))

    url = origin.serve("/feed", gate)
    assert good(ask(url)).document and good(ask(url)).document
    assert [headers.get("Cookie", "") for headers in origin.requests("/feed")] == ["", "seen=a=b"] * 2


@pytest.mark.parametrize(
    ("host", "cookie", "sent"),
    [
        ("b.test", "own=1", ""),
        ("www.a.test", "own=1", ""),
        ("www.a.test", "own=1; Domain=a.test", "own=1"),
        ("a.test", "own=1; Secure", ""),
        ("a.test", "own=1; Max-Age=0", ""),
        ("a.test", "own=1", "own=1"),
        ("a.test", "own=1; Domain=b.test", ""),
        ("b.test", "own=1; Domain=b.test", ""),
    ],
)
def test_a_cookie_goes_to_the_host_that_it_is_for(origin: Origin, host: str, cookie: str, sent: str) -> None:
    port = origin.server_port
    origin.answer("/a", 302, [("Location", f"http://{host}:{port}/b"), ("Set-Cookie", cookie)])
    origin.answer("/b")
    lookup = names(a_test="127.0.0.1", b_test="127.0.0.1", www_a_test="127.0.0.1")
    assert good(ask(f"http://a.test:{port}/a", lookup=lookup)).document
    assert origin.requests("/b")[0].get("Cookie", "") == sent


def test_a_redirect_that_sets_ever_the_same_cookie_is_a_circle_and_one_with_ever_new_ones_is_too_long(
    origin: Origin,
) -> None:
    url = origin.answer("/same", 302, [("Location", "/same"), ("Set-Cookie", "a=1")])
    assert bad(ask(url)).message.startswith("The redirects run in a circle, last: ")
    assert len(origin.seen) == 2
    count = iter(range(100))

    def ever_new(handler: Handler) -> None:
        handler.raw(raw(b"Location: /new", b"Set-Cookie: a=%d" % next(count), LENGTH, status=b"HTTP/1.1 302 X"))

    assert bad(ask(origin.serve("/new", ever_new))).message.startswith("Gave up after 10 redirects, last: ")


def test_ten_redirects_are_followed_and_no_more(origin: Origin) -> None:
    for number in range(11):
        redirect(origin, f"/{number}", f"/{number + 1}")
    origin.answer("/11")
    assert good(ask(f"{origin.url}/1")).document
    error = bad(ask(f"{origin.url}/0"))
    assert error.code == "E_REDIRECT"
    assert error.message.startswith("Gave up after 10 redirects")


def test_bytes_of_a_location_that_are_not_utf8_are_asked_for_as_they_came(origin: Origin) -> None:
    url = redirect(origin, "/feed", "/caf\udce9")
    origin.answer("/caf%E9")
    assert good(ask(url)).document


def names(**known: str) -> Callable[[str], list[str]]:
    return lambda host: known[host.replace(".", "_")].split()


def test_credentials_and_validators_go_to_their_own_host_only(origin: Origin) -> None:
    port = origin.server_port
    redirect(origin, "/a", "/b")
    redirect(origin, "/b", f"http://evil:pass@other.test:{port}/c")
    redirect(origin, "/c", f"http://own.test:{port}/d")
    origin.answer("/d")
    url = f"http://me%40x:geheim@own.test:{port}/a"
    result = good(ask(url, lookup=names(own_test="127.0.0.1", other_test="127.0.0.1"), etag='"1"', last_modified="y"))
    assert result.document is not None
    assert (result.document.name, result.document.url) == (f"http://own.test:{port}/a", f"http://own.test:{port}/d")
    private = {"Authorization", "If-None-Match", "If-Modified-Since"}
    assert [private & headers.keys() for _, headers in origin.seen] == [private, private, set(), private]
    assert origin.seen[0][1]["Authorization"] == "Basic bWVAeDpnZWhlaW0="  # me@x:geheim


@pytest.mark.parametrize("path", ["/404", "/cut", "/circle", "/silent", "/packed", "/away"])
def test_a_password_is_in_no_error(origin: Origin, path: str) -> None:
    origin.answer("/404", 404)
    origin.answer("/cut", headers=[("Content-Length", "1000")])
    redirect(origin, "/circle", "/circle")
    origin.serve("/silent", silent)
    origin.answer("/packed", body=GZIPPED[:-8] + bytes(8))
    redirect(origin, "/away", "http://127.0.0.2/")
    error = bad(ask(f"http://user:geheim@127.0.0.1:{origin.server_port}{path}", IMPATIENT))
    assert "geheim" not in repr(error) + str(error)
    assert error.name == origin.url + path


NOWHERE = replace(POLICY, allow=())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"])
def test_an_address_that_is_not_public_is_not_dialled(origin: Origin, host: str) -> None:
    error = bad(ask(f"http://{host}:{origin.server_port}/feed", NOWHERE))
    assert error.code == "E_ADDR"
    assert 'add "127.0.0.1/32" to worker.allow_networks in seeds/site.toml' in error.message or host == "localhost"
    assert origin.seen == []


@pytest.mark.parametrize("found", ["127.0.0.1", "8.8.8.8 127.0.0.1", "127.0.0.1 8.8.8.8", "2606:4700::1111 ::1"])
def test_a_name_is_refused_if_any_of_its_addresses_is_forbidden(origin: Origin, found: str) -> None:
    error = bad(ask(f"http://mixed.test:{origin.server_port}/", NOWHERE, names(mixed_test=found)))
    assert error.code == "E_ADDR"
    private = "::1" if "::1" in found.split() else "127.0.0.1"
    assert error.message.startswith(f"Refused mixed.test: it resolves to {private}, which is not a public address.")
    assert origin.seen == []


def test_a_redirect_to_a_private_address_is_refused_and_says_who_sent_us(origin: Origin) -> None:
    for location in (f"http://127.0.0.2:{origin.server_port}/", f"http://inside.test:{origin.server_port}/"):
        url = redirect(origin, "/feed", location)
        error = bad(ask(url, lookup=names(inside_test="127.0.0.2")))
        assert error.code == "E_ADDR"
        assert "(after a redirect from 127.0.0.1)" in error.message
    assert [path for path, _ in origin.seen] == ["/feed", "/feed"]


def test_a_name_that_changes_its_address_between_two_requests_is_refused(origin: Origin) -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    url = f"http://rebind.test:{origin.server_port}/feed"
    origin.answer("/feed")

    async def run() -> list[Outcome]:
        async with session(POLICY, lambda host: next(answers)) as client:
            return [await fetch(client, url, POLICY, NOW) for _ in range(2)]

    first, second = asyncio.run(run())
    good(first)
    assert bad(second).code == "E_ADDR"
    assert len(origin.seen) == 1


def certified(folder: Path) -> ssl.SSLContext:
    """A certificate for 127.0.0.1, `crt` in the folder, and what a server needs to show it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: no certificate to show")
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key", "-out", "crt"]
    subprocess.run(made, cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "crt", folder / "key")
    return context


ASK = """
import asyncio, sys
from test_fetch import ask
result = ask(sys.argv[1], once=True)
print(getattr(result, "code", "document"), getattr(result, "message", ""))
"""


@pytest.mark.parametrize(
    ("credentials", "told"),
    [
        ("", "document"),
        ("me:geheim@", "E_REDIRECT 127.0.0.1 leads from https to http at 127.0.0.1, where passwords can be overheard"),
    ],
)
def test_a_password_is_not_taken_from_https_to_http(
    origin: Origin, tmp_path: Path, credentials: str, told: str
) -> None:
    origin.answer("/feed")
    secure = Origin()
    secure.socket = certified(tmp_path).wrap_socket(secure.socket, server_side=True)
    thread = threading.Thread(target=secure.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        redirect(secure, "/feed", f"{origin.url}/feed")
        url = f"https://{credentials}127.0.0.1:{secure.server_port}/feed"
        paths = os.pathsep.join([*(path for path in sys.path if path), str(Path(__file__).parent)])
        environment = {**os.environ, "PYTHONPATH": paths, "SSL_CERT_FILE": str(tmp_path / "crt")}
        done = subprocess.run([sys.executable, "-c", ASK, url], env=environment, capture_output=True, text=True)
        assert done.stdout.startswith(told), done.stdout + done.stderr
        assert len(secure.seen) == 1
        assert len(origin.seen) == (0 if credentials else 1)
    finally:
        secure.done.set()
        secure.shutdown()
        thread.join()
        secure.server_close()


def test_two_sources_of_one_host_share_a_connection() -> None:
    with KeepingOrigin() as origin:
        for number in range(3):
            origin.put(f"/{number}", FEED, etag='"1"')
        policy = replace(POLICY, per_host=1)

        async def run() -> list[Outcome]:
            async with session(policy) as client:
                first = [fetch(client, origin.url(f"/{number}"), policy, NOW) for number in range(3)]
                again = [fetch(client, origin.url(f"/{number}"), policy, NOW, etag='"1"') for number in range(3)]
                return [*await asyncio.gather(*first), *await asyncio.gather(*again)]

        assert all(isinstance(one, Fetched) for one in asyncio.run(run()))
        assert [request.status for request in origin.requests] == [200, 200, 200, 304, 304, 304]
        assert origin.connections == 1


@pytest.mark.parametrize("url", ["http://127.1/", "http://2130706433/", "http://a b/", "x", "", "http://[::1", "//x/y"])
def test_an_unusable_url_is_returned_as_an_error_too(url: str) -> None:
    assert bad(ask(url)).code == "E_URL"


def test_another_scheme_is_refused() -> None:
    assert bad(ask("file:///etc/passwd")).code == "E_SCHEME"


def unknown(host: str) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize("lookup", [unknown, lambda host: []])
def test_a_name_that_nobody_knows_is_told(lookup: Lookup) -> None:
    error = bad(ask("http://nowhere.test/feed", lookup=lookup))
    assert (error.code, error.message) == ("E_DNS", f"Could not find nowhere.test. {LATER}")


def unanswered(host: str) -> list[str]:
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def test_a_name_server_that_cannot_be_asked_is_told_from_a_name_that_nobody_knows() -> None:
    error = bad(ask("http://nowhere.test/feed", lookup=unanswered))
    assert (error.code, error.message) == (
        "E_DNS",
        f"Could not look up nowhere.test: no name server answered. {LATER}",
    )


def test_a_closed_port_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening
        error = bad(ask(f"http://127.0.0.1:{taken.getsockname()[1]}/"))
    assert (error.code, error.message) == ("E_CONNECT", f"127.0.0.1 refused the connection. {LATER}")


def test_a_server_that_hangs_up_is_told(origin: Origin) -> None:
    error = bad(ask(origin.serve("/feed", lambda handler: None)))
    assert (error.code, error.message) == ("E_CONNECT", f"127.0.0.1 closed the connection without an answer. {LATER}")


LENGTH = b"Content-Length: %d" % len(FEED)
CHUNKED = b"Transfer-Encoding: chunked"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(FEED), FEED)


def raw(*headers: bytes, status: bytes = b"HTTP/1.1 200 OK", body: bytes = FEED, end: bytes = b"\r\n") -> bytes:
    return end.join((status, *headers, b"", b"")) + body


AS_BROWSERS_READ_IT = {
    "a header of 200 KB": raw(b"Content-Security-Policy: " + b"x" * 200_000, LENGTH),
    "a thousand headers": raw(*[b"Link: <x>; rel=preload"] * 1000, LENGTH),
    "more bytes than stated": raw(LENGTH, body=FEED + b"<!-- more -->"),
    "more bytes than stated, and the end": raw(LENGTH, b"Connection: close", body=FEED + b"HTTP/1.1 408 X\r\n\r\n"),
    "equal lengths": raw(LENGTH, LENGTH),
    "equal lengths in one line": raw(LENGTH + b", %d" % len(FEED)),
    "lengths that are none": raw(b"Content-Length: -5", b"Content-Length:", b"Content-Length: +7"),
    "chunks and a length": raw(CHUNKED, b"Content-Length: 5", body=CHUNKS),
    "spaces in a name": raw(b"X Powered By: x", b"X-A : x", b" X-B: x", LENGTH),
    "a space behind the name": raw(LENGTH.replace(b":", b" :"), body=FEED + b"more"),
    "lines that are no headers": raw(b"no colon", b": no name", "Größe: 1".encode(), LENGTH),
    "forbidden characters": raw(b"X-A: \0", b"X-B: \x01", b"X-C: a\rb", LENGTH),
    "a folded line": raw(b"X-A: a\r\n b", LENGTH),
    "bare line feeds": raw(CHUNKED, body=CHUNKS.replace(b"\r\n", b"\n"), end=b"\n"),
    "no encoding": raw(b"Transfer-Encoding: identity", LENGTH),
    "packed in transfer": raw(
        b"Transfer-Encoding: gzip, Chunked", body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(GZIPPED), GZIPPED)
    ),
    "more after the last chunk": raw(CHUNKED, body=CHUNKS + b"more"),
    "no line after the last chunk": raw(CHUNKED, body=CHUNKS[:-2]),
    "a trailer": raw(CHUNKED, body=CHUNKS[:-2] + b"X-A: b\r\n\r\n"),
    "spaces and extensions of chunks": raw(CHUNKED, body=b"00" + CHUNKS.replace(b"\r\n", b" ;a=b \r\n", 1)),
    "hints before": b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + raw(LENGTH),
    "an offer of HTTP/2": raw(b"Upgrade: h2,h2c", b"Connection: Upgrade, close", LENGTH),
    "a version without a number": raw(LENGTH, status=b"HTTP 200 OK"),
    "another version": raw(LENGTH, status=b"http/2 200"),
    "no status": raw(LENGTH, status=b"HTTP/1.1 OK"),
    "spaces in the status line": raw(LENGTH, status=b"HTTP/1.1  200"),
    "no space after the status": raw(LENGTH, status=b"HTTP/1.1 200OK"),
    "a byte order mark before": b"\xef\xbb\xbf" + raw(LENGTH),
    "empty lines before": b"\r\n\r\n" + raw(LENGTH),
}


@pytest.mark.parametrize("name", AS_BROWSERS_READ_IT)
def test_http_that_browsers_read_is_read(origin: Origin, name: str) -> None:
    document = good(ask(origin.serve("/feed", lambda handler: handler.raw(AS_BROWSERS_READ_IT[name])))).document
    assert document is not None and document.body == FEED


def test_what_follows_one_answer_is_not_taken_for_the_next(origin: Origin) -> None:
    answer = raw(LENGTH, body=FEED + raw(b"Content-Length: 6", body=b"forged"))

    async def run() -> list[Fetched | FetchError | None]:
        async with session(POLICY) as client:
            return [await fetch(client, url, POLICY, NOW) for url in urls]

    urls = [origin.serve(f"/{number}", lambda handler: handler.raw(answer)) for number in range(3)]
    Handler.protocol_version, before = "HTTP/1.1", Handler.protocol_version
    try:
        bodies = [
            fetched.document.body for fetched in asyncio.run(run()) if isinstance(fetched, Fetched) and fetched.document
        ]
    finally:
        Handler.protocol_version = before
    assert bodies == [FEED] * 3


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=4), st.data())
def test_chunks_are_the_same_however_they_are_cut_into_pieces(parts: list[bytes], data: st.DataObject) -> None:
    sent = b"".join(b"%X;x\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\nX: y\r\n\r\n"
    places = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=8)))
    reader, again = Chunks(), Chunks()
    pieces = [sent[start:end] for start, end in zip([0, *places], [*places, len(sent)], strict=True)]
    written = b"".join(reader.feed(piece) for piece in pieces if not reader.done)
    assert reader.done and again.feed(written) == written
    body = b"".join(part for line, part in _lines_and_parts(written))
    assert body == b"".join(parts)


def _lines_and_parts(chunks: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The size lines and the data of chunks that are exactly as RFC 9112 has them."""
    while chunks:
        line, _, rest = chunks.partition(b"\r\n")
        size = int(line, 16)
        assert rest[size : size + 2] == b"\r\n"
        yield line, rest[:size]
        chunks = rest[size + 2 :]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not answer in HTTP: what it sent begins with 'SSH-2.0-OpenSSH_9.2'."),
        (b"<rss/>", "does not answer in HTTP: what it sent begins with '<rss/>'."),
        (b"HTTP/1.1 99999 OK\r\n\r\n", "does not answer in HTTP: what it sent begins with 'HTTP/1.1 99999 OK'."),
        (
            b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n",
            "sent over 256 KiB of headers, which is more than browsers take.",
        ),
        (
            b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 100_000,
            "sent over 256 KiB of headers, which is more than browsers take.",
        ),
        (raw(LENGTH, b"Content-Length: 7"), f"states two lengths for its answer, 7 and {len(FEED)} bytes."),
        (raw(CHUNKED, body=b"0x" + CHUNKS), "sent its answer in chunks that do not fit together."),
        (raw(CHUNKED, body=CHUNKS.replace(b"\r\n0", b"x\r\n0")), "sent its answer in chunks that do not fit together."),
        (b"HTTP/1.1 200 OK\r\nX: y\r\nCon", "broke off in the middle of its headers."),
    ],
)
def test_an_answer_that_is_no_http_says_what_is_wrong(origin: Origin, answer: bytes, told: str) -> None:
    def route(handler: Handler) -> None:
        handler.raw(answer)
        if b"chunked" in answer:
            handler.server.done.wait(5)  # a fault is told when it comes, not at the end of the connection

    error = bad(ask(origin.serve("/feed", route)))
    assert (error.code, error.message) == ("E_HTTP", f"127.0.0.1 {told} {LATER}")


def test_https_to_a_server_without_it_is_told(origin: Origin) -> None:
    error = bad(ask(f"https://127.0.0.1:{origin.server_port}/"))
    assert error.code == "E_TLS"
    assert error.message.startswith("No secure connection to 127.0.0.1: ")


def test_a_certificate_that_nobody_vouches_for_is_refused(origin: Origin, tmp_path: Path) -> None:
    origin.socket = certified(tmp_path).wrap_socket(origin.socket, server_side=True)
    error = bad(ask(f"https://127.0.0.1:{origin.server_port}/"))
    assert error.code == "E_TLS"
    assert error.message.startswith("The certificate of 127.0.0.1 is not trusted: ")
    assert origin.seen == []


def test_a_proxy_of_the_environment_is_not_used(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert good(ask(origin.answer("/feed"))).document


def test_a_policy_and_what_was_fetched_can_cross_a_process_pool(origin: Origin) -> None:
    fetched = good(ask(origin.answer("/feed")))
    assert pickle.loads(pickle.dumps((POLICY, fetched))) == (POLICY, fetched)


def test_a_bug_is_not_taken_for_an_error_of_the_source(origin: Origin) -> None:
    def broken(host: str) -> list[str]:
        raise KeyError(host)

    with pytest.raises(KeyError):
        ask("http://a.test/", lookup=broken)
