"""What the open web sends in place of a good feed: each has one clear outcome, and the next document is read.

The numbers are the rows of a table of bad inputs; every row up to 57 is here, or in HELD with the test that holds it.
Documents come from a scripted origin and are read as a poll reads them; where it matters what is remembered, through
whole cycles over a home, with a clock that the test moves.
"""

import errno
import gzip
import pickle
import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest

from feeds.errors import FetchError
from feeds.model import FetchState, Source, SourceKind, Status, Subscription
from feeds.settings.load import Home, load_settings
from support.ingest import bench
from support.origin import Origin, Request, Response
from support.site import free_port
from worker.cycle.fetching import Answer, Fetcher
from worker.cycle.ingest import Ingest
from worker.cycle.polls import MOST_LEASED
from worker.cycle.report import CycleReport
from worker.cycle.retrieve import read
from worker.fetch.policy import Budget, FetchPolicy
from worker.model import Fetched, Retrieved
from worker.run.supervise import ingesting
from worker.subscribe.subscriptions import subscribe

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = FetchPolicy(
    user_agent="seedfeed/1",
    timeout=timedelta(seconds=10),
    max_body=15 * 2**20,
    allow=(ip_network("127.0.0.1/32"),),
    per_host=4,
    concurrency=16,
)
STRICT = replace(POLICY, allow=())

# What other tests hold, with what only they can do: names whose addresses change, certificates, sockets that misbehave.
HELD = {
    2: "test_fetch.py::test_a_name_is_refused_if_any_of_its_addresses_is_forbidden",
    4: "test_fetch.py::test_a_name_that_changes_its_address_between_two_requests_is_refused",
    10: "test_fetch.py::test_a_name_that_nobody_knows_is_told",
    11: "test_fetch.py::test_a_certificate_that_nobody_vouches_for_is_refused",
    12: "test_fetch.py::test_one_deadline_holds_over_everything",
    13: "test_fetch.py::test_an_endless_body_is_stopped",
    31: "test_encoding.py::test_what_is_no_text_or_in_doubt_is_refused_with_what_it_looks_like",
    47: "test_child.py::test_what_goes_wrong_in_a_child_is_told_and_the_next_task_is_done",
    # Seeds: pipes and links, permissions, size, half-written, empty, .docx, names, copies and folders, front matter.
    49: "test_scan.py::test_links_pipes_and_sockets_are_refused",
    50: "test_scan.py::test_an_unreadable_file_keeps_its_known_state",
    51: "test_scan.py::test_a_file_over_the_limit_is_not_read",
    52: "test_scan.py::test_a_fresh_file_waits_until_it_has_rested",
    53: "test_seed_readers.py::test_what_cannot_be_read_is_refused_never_guessed",
    54: "test_docx.py::test_what_is_no_document_is_refused",
    55: "test_scan.py::test_strange_names_are_read_and_can_be_written_anywhere",
    56: "test_seed_life.py::test_a_folder_that_is_not_mounted_withdraws_nothing",
    57: "test_seed_readers.py::test_a_mistake_in_front_matter_is_told_with_its_line",
}


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as server:
        yield server


def subscription(url: str, state: FetchState | None = None, *, key: int = 0, timezone: str = "") -> Subscription:
    source = Source(str(UUID(int=key)), "outlet", SourceKind.FEED, "Outlet", url=url, timezone=timezone)
    return Subscription(source, state or FetchState())


def answers(
    policy: FetchPolicy, *subscriptions: Subscription, room: int = 2**26
) -> Iterator[tuple[Subscription, Answer]]:
    woken = Event()
    with Fetcher(policy, Budget(room), woken.set) as fetcher:
        fetcher.start(subscriptions, NOW)
        while fetcher.busy:
            assert woken.wait(20)
            woken.clear()
            yield from fetcher.arrived()


def retrieve(url: str, policy: FetchPolicy = POLICY, state: FetchState | None = None, timezone: str = "") -> Retrieved:
    ((one, answer),) = answers(policy, subscription(url, state, timezone=timezone))
    assert isinstance(answer, Fetched | FetchError)
    result = read(one.source, answer, "UTC", one.state.items)
    assert (result.error is None) or (result.entries, result.not_modified) == ((), False)
    return result


def refused(result: Retrieved, code: str, message: str = "") -> str:
    """The message of an error: one plain line without secrets."""
    assert result.error is not None, result
    told = result.error.message
    assert (result.error.code, message in told) == (code, True), str(result.error)
    assert told.isprintable() and len(told) < 400 and told.endswith("."), told
    assert (result.etag, result.last_modified, result.body_digest) == ("", "", "")
    return told


def rss(*items: str, head: str = "<title>Outlet</title>", prolog: str = "") -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'{prolog}<rss version="2.0"><channel>{head}{body}</channel></rss>'.encode()


def story(n: int, text: str = "Some words.", more: str = "") -> str:
    link = f"https://outlet.example/{n}"
    return f"<title>Story {n}</title><link>{link}</link><guid>{link}</guid><description>{text}</description>{more}"


GOOD = rss(story(1))


def titles(result: Retrieved) -> list[str]:
    assert result.error is None, str(result.error)
    return [entry.title for entry in result.entries]


def codes(result: Retrieved) -> set[str]:
    return {warning.partition(":")[0] for warning in result.warnings}


# Rows 1 to 9: where requests may go.


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "10.1.2.3", "169.254.169.254", "[64:ff9b::7f00:1]", "localhost"]
)
def test_row_1_an_address_that_is_not_public_is_not_dialled(origin: Origin, host: str) -> None:
    port = origin.base.rpartition(":")[2]
    told = refused(retrieve(f"http://{host}:{port}/", STRICT), "E_ADDR", "is not a public address")
    assert "worker.allow_networks" in told
    assert origin.connections == 0


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/", "http://[::1]/", "//169.254.169.254/latest/", "http://127.0.0.2/"]
)
def test_row_3_a_redirect_to_a_private_address_is_not_followed(origin: Origin, target: str) -> None:
    origin.redirect("/feed", target, 302)
    refused(retrieve(origin.url("/feed")), "E_ADDR", "(after a redirect from 127.0.0.1)")


ODD_HOSTS = ["2130706433", "0x7f.1", "127.1", "0", "①②⑦.0.0.1", "0177.0.0.1"]


@pytest.mark.parametrize("host", ODD_HOSTS)
def test_row_5_a_host_in_odd_notation_is_refused_and_not_added(origin: Origin, host: str, tmp_path: Path) -> None:
    url = f"http://{host}:{origin.base.rpartition(':')[2]}/"
    refused(retrieve(url), "E_URL", f'Not a usable address: "{host}". Write the host as a name or as four decimal')
    with pytest.raises(FetchError, match="Not a usable address"):
        subscribe(Home(tmp_path), POLICY, url, category="", title="", now=NOW, choose=lambda found: found[0])
    assert list(tmp_path.rglob("*.opml")) == []
    assert origin.connections == 0


@pytest.mark.parametrize(
    "scheme", ["file:///etc/passwd", "gopher://a.example/", "data:text/xml,<rss/>", "ftp://a.example/"]
)
def test_row_6_other_schemes_are_refused(scheme: str) -> None:
    refused(
        retrieve(scheme), "E_SCHEME", f"Only http and https addresses can be fetched, not {scheme.partition(':')[0]}."
    )


def test_row_7_a_password_in_an_address_is_sent_and_shown_nowhere(origin: Origin) -> None:
    def private(request: Request) -> Response:
        known = request.headers["Authorization"] == "Basic bWU6Z2VoZWlt"
        return Response(200, GOOD) if known else Response(401)

    origin.put("/feed", script=private)
    url = origin.url("/feed").replace("http://", "http://me:geheim@")
    result = retrieve(url)
    assert titles(result) == ["Story 1"]
    assert b"geheim" not in pickle.dumps(result)
    origin.put("/feed", b"no feed")
    assert b"geheim" not in pickle.dumps(retrieve(url))


def test_row_8_redirects_end_after_ten_and_in_a_circle(origin: Origin) -> None:
    for n in range(12):
        origin.redirect(f"/{n}", f"/{n + 1}")
    refused(retrieve(origin.url("/0")), "E_REDIRECT", "Gave up after 10 redirects, last: ")
    origin.redirect("/a", "/b")
    origin.redirect("/b", "/a")
    refused(retrieve(origin.url("/a")), "E_REDIRECT", "in a circle")


@pytest.mark.parametrize("target", ["javascript:1", "http://", "http://[::1", "file:///etc/passwd", "http://a b/"])
def test_row_9_a_redirect_to_no_usable_address_is_told(origin: Origin, target: str) -> None:
    origin.redirect("/feed", target)
    refused(retrieve(origin.url("/feed")), "E_REDIRECT", "Redirect from 127.0.0.1 to an unusable address.")


# Rows 12 to 19: bodies that are too slow, too big, packed, cut or of another kind.


def test_row_12_a_body_that_drips_ends_at_the_timeout(origin: Origin) -> None:
    origin.put("/feed", GOOD, drip=0.05)
    told = refused(retrieve(origin.url("/feed"), replace(POLICY, timeout=timedelta(seconds=0.3))), "E_SLOW")
    assert re.match(r"127\.0\.0\.1 did not finish within 0\.3 s \(\d+ bytes received\)\.", told)


def test_row_13_a_body_over_the_limit_is_not_read(origin: Origin) -> None:
    origin.put("/feed", rss(story(1, "x" * 300_000)), headers={"Content-Encoding": "identity"})
    refused(retrieve(origin.url("/feed"), replace(POLICY, max_body=2**17)), "E_BIG", "Larger than 128 KiB; stopped.")


def test_row_14_a_small_body_that_unpacks_to_200_mb_is_stopped(origin: Origin) -> None:
    packer = zlib.compressobj(9, wbits=31)
    piece = bytes(2**20)
    bomb = b"".join(packer.compress(piece) for _ in range(200)) + packer.flush()
    assert len(bomb) < 210_000
    origin.put("/feed", bomb, headers={"Content-Encoding": "gzip"})
    refused(retrieve(origin.url("/feed")), "E_BIG", "Larger than 15 MiB after decompression; stopped.")


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "x-unknown", "deflate", "utf-8"])
def test_row_15_what_is_packed_is_unpacked_whatever_it_is_called(origin: Origin, coding: str) -> None:
    origin.put("/feed", gzip.compress(gzip.compress(GOOD)), headers={"Content-Encoding": coding})
    assert titles(retrieve(origin.url("/feed"))) == ["Story 1"]


@pytest.mark.parametrize(
    ("body", "headers", "cut", "chunked"),
    [
        (gzip.compress(GOOD, mtime=0)[:-10], {"Content-Encoding": "gzip"}, None, False),
        (gzip.compress(GOOD, mtime=0)[:20], {"Content-Encoding": "gzip"}, None, True),
        (GOOD, {"Content-Encoding": "identity", "Content-Length": "5000"}, 100, False),
        (GOOD, {"Content-Encoding": "identity"}, 100, True),
    ],
)
def test_row_16_an_answer_that_is_cut_is_not_read_and_its_etag_not_kept(
    origin: Origin, body: bytes, headers: dict[str, str], cut: int | None, chunked: bool
) -> None:
    origin.put("/feed", body, etag='"1"', headers=headers, cut=cut, chunked=chunked)
    told = refused(retrieve(origin.url("/feed")), "E_CUT")
    assert re.match(r"The answer ended early \(\d+ bytes\)\.", told)


def test_row_17_of_a_document_that_ends_early_the_complete_entries_are_kept_and_no_validator(origin: Origin) -> None:
    whole = rss(story(1), story(2), story(3))
    origin.put(
        "/feed", whole[: whole.index(b"Story 3") + 40], etag='"1"', last_modified="Sun, 01 Mar 2026 12:00:00 GMT"
    )
    result = retrieve(origin.url("/feed"))
    assert titles(result) == ["Story 1", "Story 2"]
    assert "W_CUT" in codes(result)
    assert (result.etag, result.last_modified, result.body_digest) == ("", "", "")


@pytest.mark.parametrize("body", [b"", b" \r\n\t\n", b"\xef\xbb\xbf \n"])
def test_row_18_an_empty_answer_is_no_feed_without_entries(origin: Origin, body: bytes) -> None:
    origin.put("/feed", body, etag='"1"')
    refused(retrieve(origin.url("/feed")), "E_EMPTY", "Empty answer.")


PAGE = b'<!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" href="/rss"><title>Log in</title>'


def test_row_19_a_web_page_is_told_as_such(origin: Origin) -> None:
    origin.put("/feed", PAGE, media_type="text/html", etag='"1"')
    refused(retrieve(origin.url("/feed")), "E_NOTFEED", "This is a web page, not a feed.")


def test_row_19_the_feeds_that_a_page_points_to_are_named(origin: Origin) -> None:
    origin.put("/feed", PAGE, media_type="text/html")
    refused(retrieve(origin.url("/feed")), "E_NOTFEED", f"Feed links on it: {origin.url('/rss')}.")


def test_row_21_a_304_to_a_request_without_condition_is_told(origin: Origin) -> None:
    origin.put("/feed", status=304)
    refused(retrieve(origin.url("/feed")), "E_HTTP", "The answer was 304 without a condition in the request.")


# Rows 24 to 33: entities, characters and encodings.

LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefg", "bcdefgh", strict=True)
)
ENTITIES = [
    LAUGHS + "]>",
    f"<!DOCTYPE l [\n<!ENTITY a '{'x' * 100_000}'>\n]>",
    "<!DOCTYPE l [<!ENTITY % p '<!ENTITY a 1>'> %p;]>",
    '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "<!-- first --><!DOCTYPE l [ <!entity a 'x'> ]>",
]


@pytest.mark.parametrize("prolog", ENTITIES, ids=range(len(ENTITIES)))
def test_row_24_a_feed_that_defines_entities_is_refused(origin: Origin, prolog: str) -> None:
    origin.put("/feed", rss(story(1, "&h;&a;&a;"), prolog=prolog))
    refused(retrieve(origin.url("/feed")), "E_ENTITY", "This feed defines XML entities, which is not allowed.")


def test_row_25_an_external_dtd_is_accepted_and_never_fetched(origin: Origin) -> None:
    doctype = f'<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "{origin.url("/rss.dtd")}">'
    origin.put("/feed", rss(story(1), prolog=doctype).replace(b'"2.0"', b'"0.91"'))
    assert titles(retrieve(origin.url("/feed"))) == ["Story 1"]
    assert [request.path for request in origin.requests] == ["/feed"]


_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@pytest.mark.parametrize(
    "bad", ["\0", "\x0b", "&#1;", "\ufffe", "&#xFFFF;", "&#xD800;", "&#x110000;", "&#99999999999;"]
)
def test_rows_26_and_27_characters_that_xml_forbids_cost_no_entry(origin: Origin, bad: str) -> None:
    origin.put("/feed", rss(story(1, f"be{bad}fore").replace("Story", f"St{bad}ory"), story(2)))
    result = retrieve(origin.url("/feed"))
    assert "W_CHARS" in codes(result)
    first, second = result.entries
    assert (re.sub("[? ]", "", first.title), second.title) == ("Story1", "Story 2")
    assert not any(_ILLEGAL.search(text) for text in (first.title, first.summary, first.content))


@pytest.mark.parametrize(("declaration", "words"), [('<?xml version="1.0" encoding="utf-8"?>', 1), ("", 3)])
def test_row_28_one_bad_byte_spoils_one_character(origin: Origin, declaration: str, words: int) -> None:
    body = rss(story(1, "Zürich, Đà Nẵng " * words), story(2, "ein@e Münze"), prolog=declaration)
    origin.put("/feed", body.replace(b"@", b"\xff"))
    result = retrieve(origin.url("/feed"))
    first, second = result.entries
    assert "Zürich, Đà Nẵng" in first.summary
    assert re.search(r"ein\W?e Münze", second.summary)


# windows-1258 writes a letter and its mark one after the other: composed is what everybody else writes.
VIETNAMESE = rss(story(1, "Đà N\u0103\u0303ng"), prolog="<?xml version='1.0' encoding='windows-1258'?>").decode()


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (rss(story(1, "Đà Nẵng")), "windows-1258"),
        (rss(story(1, "Đà Nẵng"), prolog='<?xml version="1.0" encoding="iso-8859-1"?>'), ""),
        (rss(story(1, "Đà Nẵng")).decode().encode("utf-16"), "utf-8"),
        (VIETNAMESE.encode("cp1258"), ""),
        (VIETNAMESE.encode("cp1258"), "utf-8"),
        (VIETNAMESE.replace(" encoding='windows-1258'", "").encode("cp1258"), "windows-1258"),
    ],
)
def test_rows_29_and_30_the_bytes_tell_their_encoding_whatever_is_said_of_them(
    origin: Origin, body: bytes, charset: str
) -> None:
    origin.put("/feed", body, media_type=f"text/xml; charset={charset}" if charset else "text/xml")
    (entry,) = retrieve(origin.url("/feed")).entries
    assert entry.summary == "Đà Nẵng"


@pytest.mark.parametrize(
    "body",
    [
        GOOD.decode().encode("utf-16"),
        b"\xff\xfe" + GOOD.decode().encode("utf-16-le"),
        b"\xfe\xff" + GOOD.decode().encode("utf-16-be"),
        b"\xef\xbb\xbf" + GOOD,
        b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD,
    ],
)
def test_row_32_byte_order_marks_are_read_and_removed(origin: Origin, body: bytes) -> None:
    origin.put("/feed", body)
    assert titles(retrieve(origin.url("/feed"))) == ["Story 1"]


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (b'<?xml version="1.0" encoding="utf-7"?>' + GOOD, ""),
        (GOOD, "utf-7"),
        (GOOD.decode().encode("utf-32"), ""),
        (('<?xml version="1.0"?>' + GOOD.decode()).encode("cp037"), ""),
        (b'<?xml version="1.0" encoding="ebcdic-cp-us"?>' + GOOD, ""),
    ],
)
def test_row_33_encodings_that_hide_markup_are_refused(origin: Origin, body: bytes, charset: str) -> None:
    origin.put("/feed", body, media_type=f"text/xml; charset={charset}" if charset else "text/xml")
    refused(retrieve(origin.url("/feed")), "E_ENC", "is not read")


# Rows 34 to 42 and 45 to 48: entries.


def test_row_34_too_many_entries_are_refused_and_many_are_cut(origin: Origin) -> None:
    origin.put("/most", rss(*("<guid>1</guid>" for _ in range(100_000))))
    refused(retrieve(origin.url("/most")), "E_MANY", "Has 100,000 entries; the limit is 10,000.")
    origin.put("/many", rss(*(f"<title>{n}</title>" for n in range(2_000))))
    result = retrieve(origin.url("/many"))
    assert titles(result) == [str(n) for n in range(1_000)]
    assert "W_MANY" in codes(result)


def test_row_35_a_title_of_10_mb_is_cut(origin: Origin) -> None:
    origin.put("/feed", rss(story(1).replace("Story 1", "word " * 2_000_000), story(2)))
    first, second = titles(retrieve(origin.url("/feed")))
    assert first.startswith("word word") and first.endswith("…") and len(first) <= 1_001
    assert second == "Story 2"


def test_row_36_a_guid_of_1_mb_names_the_same_entry_every_time(origin: Origin) -> None:
    item = f"<title>A</title><guid isPermaLink='false'>{'g' * 1_000_000}</guid>"
    ids = set()
    for text in ("One text.", "Another text."):
        origin.put("/feed", rss(item + f"<description>{text}</description>"))
        (entry,) = retrieve(origin.url("/feed")).entries
        ids.add(entry.id)
    (id_,) = ids
    assert len(id_) < 100


def test_row_37_entries_without_guid_and_link_are_told_apart_and_empty_ones_left_out(origin: Origin) -> None:
    items = ["<title>A</title><description>One.</description>", "<title>B</title>", "", "<category> </category>"]
    origin.put("/feed", rss(*items))
    first, second = (retrieve(origin.url("/feed")) for _ in range(2))
    assert titles(first) == ["A", "B"]
    assert "W_NOID" in codes(first)
    assert [one.id for one in first.entries] == [one.id for one in second.entries]
    assert len({one.id for one in first.entries}) == 2


@pytest.mark.parametrize(
    "date",
    [
        "Fri, 01 Mar 2999 12:00:00 GMT", "9999-12-31T23:59:59Z", "Mon, 51 Feb 2026 10:00:00 GMT", "now",
        "hôm qua lúc 8 giờ rưỡi sáng",
        "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "-1", "9" * 400, "Sun, 99 Foo",
    ],
)  # fmt: skip
def test_rows_40_and_41_a_date_that_cannot_be_meant_is_none(origin: Origin, date: str) -> None:
    origin.put("/feed", rss(story(1, more=f"<pubDate>{date}</pubDate>"), story(2)))
    first, _ = retrieve(origin.url("/feed")).entries
    assert (first.published, first.dated) == (NOW, False)


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("Mon, 31 Feb 2026 10:00:00 GMT", datetime(2026, 2, 28, 10, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 10:00:00 +99:99", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("Thu, 25 Dec 2025 24:12:03 GMT", datetime(2025, 12, 25, 0, 12, 3, tzinfo=UTC)),
    ],
)
def test_rows_40_and_41_one_impossible_part_leaves_the_rest_of_a_date(
    origin: Origin, date: str, published: datetime
) -> None:
    origin.put("/feed", rss(story(1, more=f"<pubDate>{date}</pubDate>")))
    (entry,) = retrieve(origin.url("/feed")).entries
    assert (entry.published, entry.dated) == (published, True)


def test_row_40_seconds_since_1970_are_a_date(origin: Origin) -> None:
    origin.put("/feed", rss(story(1, more="<pubDate>1743300000</pubDate>")))
    (entry,) = retrieve(origin.url("/feed")).entries
    assert (entry.published, entry.dated) in (
        (datetime(2025, 3, 30, 2, tzinfo=UTC), True),
        (NOW, False),
    )


def test_row_42_an_hour_that_the_clocks_skip_is_a_date_all_the_same(origin: Origin) -> None:
    origin.put("/feed", rss(story(1, more="<pubDate>2025-03-30 02:30:00</pubDate>")))
    (berlin,) = retrieve(origin.url("/feed"), timezone="Europe/Berlin").entries
    (utc,) = retrieve(origin.url("/feed")).entries
    assert berlin.published in (datetime(2025, 3, 30, 0, 30, tzinfo=UTC), datetime(2025, 3, 30, 1, 30, tzinfo=UTC))
    assert utc.published == datetime(2025, 3, 30, 2, 30, tzinfo=UTC)


NASTY = [
    "<p>fine</p><script>alert(1)</script>",
    "<p onclick='alert(1)'>fine</p>",
    "<p>fine</p><svg onload=alert(1)><set to=javascript:alert(1)></svg>",
    "<p>fine</p><!--><img src=x onerror=alert(1)>-->",
    '<p>fine</p><a href="&#x6a;avascript:alert(1)">x</a>',
    '<p>fine</p><a href="&#1; javascript:alert(1)">x</a>',
    "<p>fine</p><form action=javascript:alert(1)><input type=password></form>",
    "<p style='background:url(javascript:alert(1))'>fine</p>",
]


@pytest.mark.parametrize("html", NASTY)
def test_row_45_html_that_does_something_is_cleaned_without_an_error(origin: Origin, html: str) -> None:
    origin.put("/feed", rss(story(1, f"<![CDATA[{html}]]>")))
    (entry,) = retrieve(origin.url("/feed")).entries
    assert "fine" in entry.content
    for word in ("alert", "script", "<svg", "<form", "<input", "onclick", "onerror", "style"):
        assert word not in entry.content.lower()


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 300 + "fine" + "</div>" * 300,
        "<b>x</b>" * 30_000 + "fine",
        f"<p {' '.join(f'a{n}=1' for n in range(20_000))}>fine</p>",
        "<font color=1><p>" * 39_000 + "fine",
    ],
    ids=["nested", "tags", "attributes", "fonts"],
)
def test_row_46_html_that_would_choke_the_sanitiser_becomes_text(origin: Origin, html: str) -> None:
    origin.put("/feed", rss(story(1, f"<![CDATA[{html}]]>"), story(2)))
    first, second = retrieve(origin.url("/feed")).entries
    assert "fine" in first.content + first.summary
    assert "<div" not in first.content and "<b>" not in first.content and "<font" not in first.content
    assert second.title == "Story 2"


@pytest.mark.parametrize(
    "body",
    [
        rss(story(1, "AT&T and <b>bold"), story(2)),
        rss(story(1, "a &nbsp; b &undefined; c"), story(2)),
        rss(story(1, more="<x:y>undeclared</x:y>"), story(2)),
        b"<br />\nWarning: mysql_connect() in /var/www on line 3\n" + rss(story(1), story(2)),
    ],
)
def test_row_48_a_document_that_is_not_well_formed_gives_its_entries(origin: Origin, body: bytes) -> None:
    origin.put("/feed", body)
    result = retrieve(origin.url("/feed"))
    assert titles(result) == ["Story 1", "Story 2"]
    assert any(re.match(r"W_XML: .*\d+:\d+", warning) for warning in result.warnings), result.warnings


def test_row_48_with_nothing_of_a_feed_in_it_it_is_an_error(origin: Origin) -> None:
    origin.put("/feed", b"<rss version='2.0'><channel><title>x</channel></rss>")
    refused(retrieve(origin.url("/feed")), "E_XML", "ot well-formed")


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (f"<title>{'word ' * 1_000}</title>", "W_LONG"),
        ("<title>A</title><guid>g</guid></item><item><title>A</title><guid>g</guid>", "W_DUPID"),
        ("<title>A</title><pubDate>Fri, 01 Mar 2999 12:00:00 GMT</pubDate>", "W_DATE"),
        (f"<title>A</title><description><![CDATA[{'<div>' * 300}fine]]></description>", "W_COMPLEX"),
        ("<title>{{ post.title }}</title><description>fine</description>", "W_TITLE"),
        ("<title>&lt;#if x&gt;${title!}&lt;/#if&gt;</title><description>fine</description>", "W_TITLE"),
    ],
    ids=["row_35", "row_38", "row_40", "row_46", "template", "directives"],
)
def test_rows_35_38_40_and_46_a_repair_is_told_in_a_warning(origin: Origin, item: str, code: str) -> None:
    origin.put("/feed", rss(item))
    assert code in codes(retrieve(origin.url("/feed")))


def test_one_bad_source_costs_no_other(origin: Origin) -> None:
    origin.put("/good", GOOD)
    origin.put("/bomb", rss(prolog=LAUGHS + "]>"))
    origin.put("/slow", GOOD, drip=0.05)
    urls = [origin.url(f"/{name}") for name in ("good", "bomb", "slow", "missing", "good")] + ["file:///x"]
    policy = replace(POLICY, timeout=timedelta(seconds=2))
    found: dict[int, object] = {}
    for one, answer in answers(policy, *(subscription(url, key=n) for n, url in enumerate(urls))):
        assert isinstance(answer, Fetched | FetchError)
        result = read(one.source, answer, "UTC")
        found[UUID(result.key).int] = result.error.code if result.error else titles(result)
    assert found == {
        0: ["Story 1"], 1: "E_ENTITY", 2: "E_SLOW", 3: "E_HTTP", 4: ["Story 1"], 5: "E_SCHEME"
    }  # fmt: skip


# Rows 20 to 23, 38, 39, 43, 44: what is remembered.


@dataclass(slots=True)
class Follower:
    """A home that follows feeds of an origin, by a clock that stands until it is moved."""

    ingest: Ingest
    now: datetime = NOW
    stop: Event = field(default_factory=Event)

    def poll(self, after: timedelta = timedelta()) -> CycleReport:
        self.now += after
        report = CycleReport()
        self.ingest.read_seeds(report)
        with self.ingest.store.transaction() as transaction:
            self.ingest.store.polls.make_due(transaction, self.now)
        self.ingest.poll(report)
        self.ingest.publish(report)
        return report

    def state(self, slug: str = "feed") -> FetchState:
        (key,) = (one.key for one in self.ingest.store.sources.all() if one.slug == slug)
        return self.ingest.store.polls.state(key)

    def wait(self) -> timedelta:
        due = self.state().next_poll_at
        assert due is not None
        return due - self.now


@contextmanager
def following(root: Path, *urls: str, worker: str = 'executor = "threads:1"\ntimeout = "5s"') -> Iterator[Follower]:
    home = Home(root)
    home.seeds.mkdir(parents=True, exist_ok=True)
    outlines = "".join(f'<outline type="rss" text="{url.rpartition("/")[2]}" xmlUrl="{url}"/>' for url in urls)
    home.subscriptions.write_text(f'<opml version="2.0"><head/><body>{outlines}</body></opml>', encoding="utf-8")
    home.settings_file.write_text(
        f'title = "Test home"\nbase_url = "http://127.0.0.1:{free_port()}"\n[seeds]\nsettle = "0s"\n'
        f'[worker]\nallow_networks = ["127.0.0.0/8"]\n{worker}\n',
        encoding="utf-8",
    )
    held: list[Follower] = []
    with ingesting(home, load_settings(home, {}), lambda: held[0].now if held else NOW) as ingest:
        held.append(Follower(ingest))
        yield held[0]


def rows(root: Path, query: str) -> list[tuple[object, ...]]:
    """What stands in the store, as another process sees it."""
    store = sqlite3.connect(f"file:{root / 'data' / 'seedfeed.sqlite'}?mode=ro", uri=True)
    try:
        return store.execute(query).fetchall()
    finally:
        store.close()


def test_a_good_source_is_published_while_another_hangs_and_a_third_takes_its_reader_half_a_minute(
    origin: Origin, tmp_path: Path
) -> None:
    over = Event()

    def hang(request: Request) -> Response:
        over.wait(60)
        return Response(503)

    def published() -> bool:
        query = "SELECT 1 FROM representations WHERE path = '/feeds/all.atom' AND instr(body, 'Story 1')"
        return bool(rows(tmp_path, query))

    origin.put("/hang", script=hang)
    # Not well-formed, and an author on whom feedparser's expression for addresses spends half a minute.
    origin.put("/slow", rss(story(2, "<b>bold", more=f"<author>{'a' * 60_000}</author>")))
    origin.put("/good", GOOD)
    urls = map(origin.url, ("/slow", "/hang", "/good"))
    with following(tmp_path, *urls, worker='executor = "processes:2"\ntimeout = "60s"') as follower:
        report = CycleReport()
        follower.ingest.read_seeds(report)
        try:
            follower.ingest.poll(report, between=lambda: not published())
        finally:
            over.set()
        assert published() and report.polled == 1
        assert follower.state("good").polls == 1 and follower.state("slow").polls == follower.state("hang").polls == 0


def test_a_source_that_failed_for_a_limit_is_asked_again_once_the_limit_is_another(
    origin: Origin, tmp_path: Path
) -> None:
    origin.put("/feed", rss(story(1, "x" * 1_100_000)), headers={"Content-Encoding": "identity"})
    limits = 'executor = "threads:1"\nmax_body = "1MB"'
    with following(tmp_path, origin.url("/feed"), worker=limits) as follower:
        follower.poll()
        assert follower.state().error.startswith("E_BIG: ")
    with following(tmp_path, origin.url("/feed"), worker=limits) as follower:
        follower.ingest.cycle(Event())
        assert follower.state().polls == 0 and len(origin.requests) == 1
    with following(tmp_path, origin.url("/feed"), worker='executor = "threads:1"') as follower:
        follower.ingest.cycle(Event())
        assert (follower.state().polls, follower.state().error) == (1, "")


def test_of_large_documents_no_more_are_held_than_there_is_room_for(origin: Origin) -> None:
    for name in ("one", "two"):
        origin.put(f"/{name}", rss(story(1, "x" * 1_200_000)))
    sources = [subscription(origin.url(f"/{name}"), key=n) for n, name in enumerate(("one", "two"))]
    found = [answer for _, answer in answers(POLICY, *sources, room=2_000_000)]
    assert sorted(isinstance(answer, Fetched) for answer in found) == [False, True] and None in found


ENTRIES = "SELECT id, title, summary FROM entries ORDER BY id"
DOCUMENTS = "SELECT path, body, etag FROM representations ORDER BY path"


def test_row_20_a_304_changes_nothing_but_when_to_ask_again(origin: Origin, tmp_path: Path) -> None:
    origin.put("/feed", GOOD, etag='"1"')
    with following(tmp_path, origin.url("/feed")) as follower:
        follower.poll()
        before = rows(tmp_path, ENTRIES), rows(tmp_path, DOCUMENTS)
        first = follower.state()
        report = follower.poll(timedelta(hours=1))
        assert [request.status for request in origin.requests] == [200, 304]
        assert (report.failures, report.published) == ([], ())
        assert (rows(tmp_path, ENTRIES), rows(tmp_path, DOCUMENTS)) == before
        state = follower.state()
        assert (state.etag, state.status, state.error) == ('"1"', Status.OK, "")
        assert state.last_success == NOW + timedelta(hours=1)
        assert first.next_poll_at is not None and state.next_poll_at is not None
        assert state.next_poll_at > first.next_poll_at


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("7200", timedelta(hours=2), timedelta(hours=3)),
        ("Sun, 01 Mar 2026 15:00:00 GMT", timedelta(hours=3), timedelta(hours=4)),
        ("-5", timedelta(minutes=4), timedelta(minutes=6)),
        ("1000000000", timedelta(days=7), timedelta(days=8)),
        ("soon", timedelta(minutes=4), timedelta(minutes=6)),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_row_22_a_wait_that_an_origin_asks_for_is_kept_up_to_seven_days(
    origin: Origin, tmp_path: Path, status: int, value: str, least: timedelta, most: timedelta
) -> None:
    headers = {"Retry-After": value, "Date": "Sun, 01 Mar 2026 12:00:00 GMT"}
    origin.put("/feed", status=status, headers=headers)
    with following(tmp_path, origin.url("/feed")) as follower:
        follower.poll()
        assert follower.state().status is Status.FAILING
        assert least <= follower.wait() <= most


@pytest.mark.parametrize("status", [401, 403, 404, 410, 500, 502])
def test_row_23_an_error_keeps_entries_and_validators_and_is_told(origin: Origin, tmp_path: Path, status: int) -> None:
    origin.put("/feed", GOOD, etag='"1"')
    with following(tmp_path, origin.url("/feed")) as follower:
        follower.poll()
        before = rows(tmp_path, ENTRIES), rows(tmp_path, DOCUMENTS)
        origin.put("/feed", status=status, etag='"2"')
        report = follower.poll(timedelta(hours=1))
        assert len(report.failures) == 1 and f"({status}" in report.failures[0]
        state = follower.state()
        assert (state.etag, state.status, state.failures) == ('"1"', Status.FAILING, 1)
        assert (rows(tmp_path, ENTRIES), rows(tmp_path, DOCUMENTS)) == before


def test_row_23_410_three_times_over_72_hours_ends_polling_and_keeps_the_entries(
    origin: Origin, tmp_path: Path
) -> None:
    origin.put("/feed", GOOD, etag='"1"')
    with following(tmp_path, origin.url("/feed")) as follower:
        follower.poll()
        origin.put("/feed", status=410)
        for hours, status in ((1, Status.FAILING), (36, Status.FAILING), (37, Status.GONE)):
            follower.poll(timedelta(hours=hours))
            assert follower.state().status is status
        asked = len(origin.requests)
        follower.poll(timedelta(days=1))
        assert len(origin.requests) == asked
        assert len(rows(tmp_path, ENTRIES)) == 1


def test_row_38_a_guid_that_comes_three_times_is_one_entry_with_the_newest_date(origin: Origin, tmp_path: Path) -> None:
    def version(day: int) -> str:
        text = f"Text of day {day}."
        more = f"<pubDate>{day:02} Jan 2026 10:00:00 GMT</pubDate>"
        return f"<title>Day {day}</title><guid isPermaLink='false'>g</guid><description>{text}</description>{more}"

    origin.put("/feed", rss(version(2), version(3), version(1)))
    with following(tmp_path, origin.url("/feed")) as follower:
        follower.poll()
        (first,) = rows(tmp_path, ENTRIES)
        assert first[1] == "Day 3"
        report = follower.poll(timedelta(hours=1))
        assert (report.new, report.changed) == (0, 0)
        origin.put("/feed", rss(version(1), version(3), version(2), head="<title>Outlet, again</title>"))
        report = follower.poll(timedelta(hours=1))
        assert (report.new, report.changed) == (0, 0)
        assert rows(tmp_path, ENTRIES) == [first]


def test_row_39_a_guid_of_another_source_is_another_entry(origin: Origin, tmp_path: Path) -> None:
    for name in ("one", "two"):
        item = f"<title>By {name}</title><guid>https://x.example/1</guid><description>Text of {name}.</description>"
        origin.put(f"/{name}", rss(item))
    with following(tmp_path, origin.url("/one"), origin.url("/two")) as follower:
        follower.poll()
        first = {row[1]: row for row in rows(tmp_path, ENTRIES)}
        assert first.keys() == {"By one", "By two"}
        assert len({row[0] for row in first.values()}) == 2
        report = follower.poll(timedelta(hours=1))
        assert (report.new, report.changed) == (0, 0)
        assert {row[1]: row for row in rows(tmp_path, ENTRIES)} == first


def test_row_43_an_entry_that_disappears_from_its_feed_stays(origin: Origin, tmp_path: Path) -> None:
    origin.put("/feed", rss(story(1), story(2)))
    with following(tmp_path, origin.url("/feed")) as follower:
        follower.poll()
        before = rows(tmp_path, ENTRIES), rows(tmp_path, DOCUMENTS)
        for items in ((story(2),), ()):
            origin.put("/feed", rss(*items))
            report = follower.poll(timedelta(hours=1))
            assert (report.new, report.changed, report.withdrawn) == (0, 0, 0)
        assert (rows(tmp_path, ENTRIES), rows(tmp_path, DOCUMENTS)) == before


LONG = "Of this story number {n} there are enough words to prove that it is the same one: " + "and so on " * 20


def _item(n: int, guid: str, day: int) -> str:
    return (
        f"<title>Story {n}</title><link>https://outlet.example/{n}</link><guid isPermaLink='false'>{guid}</guid>"
        f"<description>{LONG.format(n=n)}</description><pubDate>{day:02} Jan 2026 10:00:00 GMT</pubDate>"
    )


def test_row_44_entries_that_are_all_dated_anew_are_not_new(origin: Origin, tmp_path: Path) -> None:
    origin.put("/feed", rss(*(_item(n, f"g{n}", 1) for n in range(8))))
    with following(tmp_path, origin.url("/feed")) as follower:
        follower.poll()
        before = rows(tmp_path, ENTRIES), rows(tmp_path, DOCUMENTS)
        origin.put("/feed", rss(*(_item(n, f"g{n}", 20) for n in range(8))))
        report = follower.poll(timedelta(hours=1))
        assert (report.new, report.changed) == (0, 0)
        assert (rows(tmp_path, ENTRIES), rows(tmp_path, DOCUMENTS)) == before


def test_row_44_entries_whose_guids_are_all_new_are_not_announced_again(origin: Origin, tmp_path: Path) -> None:
    origin.put("/feed", rss(*(_item(n, f"g{n}", 1) for n in range(8))))
    with following(tmp_path, origin.url("/feed")) as follower:
        follower.poll()
        before = rows(tmp_path, ENTRIES), rows(tmp_path, DOCUMENTS)
        origin.put("/feed", rss(*(_item(n, f"other-{n}", 1) for n in range(8))))
        report = follower.poll(timedelta(hours=1))
        assert (report.new, report.changed) == (0, 0)
        assert (rows(tmp_path, ENTRIES), rows(tmp_path, DOCUMENTS)) == before


def test_every_row_has_a_test_here_or_where_it_is_said() -> None:
    here = Path(__file__)
    names = re.findall(r"^def test_rows?_(\d+)(?:_and_(\d+))?", here.read_text("utf-8"), re.MULTILINE)
    told = {int(number) for found in names for number in found if number}
    assert told | HELD.keys() == set(range(1, 58))
    for place in HELD.values():
        file, _, name = place.partition("::")
        assert f"\ndef {name}(" in (here.parent / file).read_text("utf-8"), place


def test_a_machine_that_cannot_begin_to_fetch_is_an_error_and_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    def unopened(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("worker.cycle.fetching.session", unopened)
    with pytest.raises(OSError, match="Too many open files"), Fetcher(POLICY, Budget(2**20), Event().set):
        pass


def test_a_host_with_many_sources_keeps_no_other_waiting(origin: Origin) -> None:
    go, most, begun = Event(), POLICY.per_host, [0]

    def slow(_: Request) -> Response:
        begun[0] += 1
        assert go.wait(20)
        return Response(404)

    origin.put("/slow", script=slow)
    with Origin("127.0.0.2") as other:
        urls = [f"{origin.url('/slow')}?{n}" for n in range(20)] + [f"{other.url('/quick')}?{n}" for n in range(9)]
        policy = replace(POLICY, allow=(ip_network("127.0.0.0/8"),), concurrency=most + 1)
        order = []
        for one, _ in answers(policy, *(subscription(url, key=n) for n, url in enumerate(urls))):
            order.append(one.source.url)
            if len(order) == 9:
                assert begun[0] <= most
                go.set()
    assert sorted(order[:9]) == sorted(urls[20:])
    assert sorted(order) == sorted(urls)


def test_thousands_that_are_due_are_taken_in_by_and_by_each_once(tmp_path: Path) -> None:
    count = MOST_LEASED + 100
    outlines = "".join(f'<outline xmlUrl="http://10.0.{n // 250}.{n % 250}/"/>' for n in range(count))
    stop = Event()
    with bench(tmp_path) as home:
        (home.home.seeds / "many.opml").write_text(f"<opml><body>{outlines}</body></opml>", encoding="utf-8")
        for failures in (1, 2):
            report = home.ingest.cycle(stop, everything=True)
            assert report.polled == len(report.failures) == count
            assert {one.state.failures for one in home.ingest.store.sources.report() if one.source.url} == {failures}
        stop.set()
        home.clock.advance(days=30)
        assert home.ingest.cycle(stop, everything=True).polled == 0
        stop.clear()
        assert home.ingest.cycle(stop).polled == count, "what was not reached is still due"
