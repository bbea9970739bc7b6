"""Feed documents: what stands in them, that validators and readers take them, and that their bytes never vary."""

import io
import json
import locale
import os
import subprocess
import sys
import time
from calendar import timegm
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feeds.model import (
    Enclosure,
    Entry,
    Feed,
    FeedHead,
    FeedKind,
    Origin,
    Person,
    Published,
    Related,
    Site,
    Source,
    SourceKind,
    Tombstone,
)
from feeds.publish.assembly import FORMATS, Format
from feeds.render import feedgen_mended, opml
from feeds.render.complete import complete_entry, looks_like_html
from feeds.text import dates, plaintext
from support import validity

atom, rss, jsonfeed = FORMATS

BASE = "http://127.0.0.1:8080"
SITE = Site("urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "Tin nhà", "", "", BASE, "vi")
SEEDS = Source("k", "seeds", SourceKind.SEEDS, "Seeds")
OUTLET = Source("k2", "vnexpress", SourceKind.FEED, "VnExpress", "https://vnexpress.net/rss/tin-moi.rss")
DAY = datetime(2024, 12, 16, 5, tzinfo=UTC)
NOW = datetime(2025, 1, 1, tzinfo=UTC)
FEED = Feed("all", "urn:uuid:6ba7b811-9dad-11d1-80b4-00c04fd430c8", "Tất cả", FeedKind.ALL)
HEAD = FeedHead(FEED, SITE, DAY + timedelta(hours=1))
ATOM = {"a": "http://www.w3.org/2005/Atom", "m": "http://search.yahoo.com/mrss/"}
DC = "{http://purl.org/dc/elements/1.1/}"
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
MEDIA = "{http://search.yahoo.com/mrss/}"

WIRE = Entry(
    source_id="k",
    id="urn:uuid:0a3c9b54-7d2e-5f10-9a6b-0d5a4f3e2c11",
    title="Tổng Bí thư Tô Lâm dự Hội nghị toàn quốc",
    updated=dates.distinct(DAY, "wire"),
    published=DAY,
    dated=True,
    summary="Sáng 16.12, tại Hà Nội, Ban Tổ chức Trung ương tổ chức Hội nghị.",
    content="<p>VHO - Sáng 16.12, tại Hà Nội.</p>\n<p>Theo TTXVN</p>",
    language="vi",
    credit="TTXVN",
)
EXTERNAL = replace(
    WIRE,
    id="https://vnexpress.net/bao-so-3-4812345.html",
    title="Bão số 3",
    permalink="https://vnexpress.net/bao-so-3-4812345.html?a=1&b=2",
    authors=(Person("Nguyễn An", "an@vnexpress.net", "https://vnexpress.net/an"), Person("Lê Bình")),
    categories=("Thời sự", "R&D"),
    enclosures=(
        Enclosure("https://vnexpress.net/a.mp3", "audio/mpeg", 1234),
        Enclosure("https://vnexpress.net/b.pdf", "application/pdf"),
    ),
    comments="https://vnexpress.net/bao-so-3#c",
    credit="",
    image="https://vnexpress.net/bao.jpg",
    origin=Origin(
        "tag:vnexpress.net,2001:rss", "VnExpress", OUTLET.url, "https://vnexpress.net/", DAY, "© VnExpress & tác giả"
    ),
)


def published(
    entry: Entry, source: Source = SEEDS, related: tuple[Related, ...] = (), lender: Related | None = None
) -> Published:
    page = f"{BASE}/entries/0a3c9b54-7d2e-5f10-9a6b-0d5a4f3e2c11"
    return Published(entry, page, source, entry.updated, 1, related, lender)


def atom_entry(entry: Entry, source: Source = SEEDS, related: tuple[Related, ...] = ()) -> etree._Element:
    return first(parsed(atom, published(entry, source, related)), "a:entry")


def rss_item(entry: Entry, source: Source = SEEDS) -> etree._Element:
    return first(parsed(rss, published(entry, source)), "channel/item")


def json_item(entry: Entry, source: Source = SEEDS, related: tuple[Related, ...] = ()) -> dict[str, Any]:
    return dict(json.loads(jsonfeed.fragment(published(entry, source, related), SITE)))


def first(parent: etree._Element, path: str) -> etree._Element:
    found = parent.find(path, ATOM)
    assert found is not None, path
    return found


def text_of(parent: etree._Element, path: str) -> str:
    return "".join(str(part) for part in first(parent, path).itertext())


def parsed(format_: Format, *entries: Published, head: FeedHead = HEAD) -> etree._Element:
    return etree.fromstring(format_.document(head, [format_.fragment(entry, SITE) for entry in entries]))


def findings(head: FeedHead, entries: list[Published]) -> list[str]:
    """What validators say of the three documents, but for what is accepted."""
    found = []
    for format_, suffix, check in (
        (atom, "atom", validity.check_atom),
        (rss, "rss", validity.check_rss),
        (jsonfeed, "json", validity.check_json),
    ):
        body = format_.document(head, [format_.fragment(entry, head.site) for entry in entries])
        found += validity.refused(check(body, f"{BASE}/feeds/{head.feed.slug}.{suffix}", NOW))
    return [f"{finding}" for finding in found]


def values(element: etree._Element, path: str) -> list[str]:
    found = element.xpath(path, namespaces=ATOM)
    assert isinstance(found, list), path
    return [str(one) for one in found]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("@xml:lang", ["vi"]),
        ("a:id/text()", [WIRE.id]),
        ("a:title[not(@type)]/text()", [WIRE.title]),
        ("a:updated/text()", [dates.rfc3339(WIRE.updated)]),
        ("a:published/text()", ["2024-12-16T05:00:00Z"]),
        ("a:author/a:name/text()", ["Tin nhà"]),
        ("a:contributor/a:name/text()", ["TTXVN"]),
        ("a:link/@rel", ["alternate"]),
        ("a:link/@href", [f"{BASE}/entries/0a3c9b54-7d2e-5f10-9a6b-0d5a4f3e2c11"]),
        ("a:link/@type", ["text/html"]),
        ("a:category", []),
        ("a:summary[not(@type)]/text()", [WIRE.summary]),
        ("a:content[@type='html']/text()", [WIRE.content]),
        ("a:source", []),
    ],
)
def test_a_wire_story_in_atom(path: str, expected: list[str]) -> None:
    assert values(atom_entry(WIRE), path) == expected


RELATED = (Related("Storm no. 3", "https://tuoitre.vn/1", "Tuổi Trẻ"),)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a:id/text()", [EXTERNAL.id]),
        ("a:author/a:name/text()", ["Nguyễn An", "Lê Bình"]),
        ("a:author/a:email/text()", ["an@vnexpress.net"]),
        ("a:author/a:uri/text()", ["https://vnexpress.net/an"]),
        ("a:link[@rel='alternate']/@href", [EXTERNAL.permalink]),
        ("a:link[@rel='enclosure']/@href", ["https://vnexpress.net/a.mp3", "https://vnexpress.net/b.pdf"]),
        ("a:link[@rel='enclosure']/@type", ["audio/mpeg", "application/pdf"]),
        ("a:link[@rel='enclosure']/@length", ["1234"]),
        ("a:link[@rel='related']/@*", ["related", "https://tuoitre.vn/1", "Tuổi Trẻ"]),
        ("a:link[@rel='replies']/@href", ["https://vnexpress.net/bao-so-3#c"]),
        ("a:category/@term", ["Thời sự", "R&D"]),
        ("a:source/a:id/text()", ["tag:vnexpress.net,2001:rss"]),
        ("a:source/a:title/text()", ["VnExpress"]),
        ("a:source/a:updated/text()", ["2024-12-16T05:00:00Z"]),
        ("a:source/a:link[@rel='self']/@href", [OUTLET.url]),
        ("a:source/a:link[@rel='alternate']/@href", ["https://vnexpress.net/"]),
        ("a:source/a:rights/text()", ["© VnExpress & tác giả"]),
        ("m:thumbnail/@url", ["https://vnexpress.net/bao.jpg"]),
        ("m:content", []),
    ],
)
def test_an_external_entry_in_atom(path: str, expected: list[str]) -> None:
    assert values(atom_entry(EXTERNAL, OUTLET, RELATED), path) == expected


def test_an_external_entry_says_at_its_foot_where_it_comes_from() -> None:
    link = "https://vnexpress.net/bao-so-3-4812345.html?a=1&amp;b=2"
    foot = f'<p>Theo TTXVN</p>\n<p>Source: <a href="{link}">VnExpress</a></p>'
    assert text_of(atom_entry(EXTERNAL, OUTLET), "a:content").endswith(foot)
    assert text_of(rss_item(EXTERNAL, OUTLET), ENCODED).endswith(foot)
    assert json_item(EXTERNAL, OUTLET)["content_html"].endswith(foot)
    assert "Source:" not in text_of(atom_entry(WIRE), "a:content")


LENDER = Related("Storm no. 3", "https://tuoitre.vn/1?a=1&b=2", "Tuổi Trẻ")


def test_a_lent_text_says_at_its_foot_whose_it_is() -> None:
    shown = published(EXTERNAL, OUTLET, (), LENDER)
    own = '<p>Source: <a href="https://vnexpress.net/bao-so-3-4812345.html?a=1&amp;b=2">VnExpress</a></p>'
    foot = f'<p>Theo TTXVN</p>\n<p>Full text: <a href="https://tuoitre.vn/1?a=1&amp;b=2">Tuổi Trẻ</a></p>\n{own}'
    item = json.loads(jsonfeed.fragment(shown, SITE))
    assert item["content_html"].endswith(foot)
    assert item["_seedfeed"]["content_from"] == {
        "title": "Storm no. 3",
        "url": "https://tuoitre.vn/1?a=1&b=2",
        "source": "Tuổi Trẻ",
    }
    assert text_of(parsed(atom, shown), "a:entry/a:content").endswith(foot)
    assert text_of(parsed(rss, shown), f"channel/item/{ENCODED}").endswith(foot)


def test_other_outlets_are_atom_links_of_an_item_behind_its_own() -> None:
    item = first(parsed(rss, published(EXTERNAL, OUTLET, RELATED)), "channel/item")
    links = [dict(link.items()) for link in item.iterfind("a:link", ATOM)]
    assert links == [{"rel": "related", "href": "https://tuoitre.vn/1", "title": "Tuổi Trẻ"}]
    assert item.findtext("link") == EXTERNAL.permalink
    assert [etree.QName(child).localname for child in item].index("link") < len(item) - 1


def test_one_address_at_two_outlets_is_named_for_each_of_them() -> None:
    twice = (*RELATED, Related("Storm", "https://tuoitre.vn/1", "Aggregator"), *RELATED)
    links = values(atom_entry(EXTERNAL, OUTLET, twice), "a:link[@rel='related']/@title")
    assert links == ["Tuổi Trẻ", "Aggregator"]


def test_a_picture_is_media_content_only_where_no_enclosure_could_be_hidden_by_it() -> None:
    entry = replace(EXTERNAL, enclosures=())
    assert values(atom_entry(entry), "m:content/@url") == [entry.image]
    assert [element.get("url") for element in rss_item(entry).iterfind(f"{MEDIA}content")] == [entry.image]


def test_a_seed_with_a_link_opens_there() -> None:
    assert values(atom_entry(replace(WIRE, permalink="https://a.vn/b")), "a:link/@href") == ["https://a.vn/b"]


def test_an_external_entry_without_a_by_line_is_its_outlets() -> None:
    entry = replace(EXTERNAL, authors=())
    assert values(atom_entry(entry, OUTLET), "a:author/a:name/text()") == ["VnExpress"]
    assert rss_item(entry, OUTLET).findtext(f"{DC}creator") == "VnExpress"


def test_nobody_learns_the_url_of_a_private_source() -> None:
    secret = "https://vnexpress.net/rss/token-123"
    entry = replace(EXTERNAL, origin=Origin(secret, "VnExpress", secret, "https://vnexpress.net/", DAY))
    source = replace(OUTLET, url=secret, private=True)
    for format_ in (atom, rss, jsonfeed):
        assert b"token-123" not in format_.fragment(published(entry, source), SITE)


RSS_WIRE = {
    "title": [WIRE.title],
    "link": [f"{BASE}/entries/0a3c9b54-7d2e-5f10-9a6b-0d5a4f3e2c11"],
    "description": [WIRE.summary],
    ENCODED: [WIRE.content],
    "guid": [WIRE.id],
    "pubDate": ["Mon, 16 Dec 2024 05:00:00 GMT"],
    f"{DC}creator": ["Tin nhà"],
    f"{DC}source": ["TTXVN"],
    f"{DC}language": ["vi"],
    "author": [],
    "source": [],
}
RSS_EXTERNAL = {
    "link": [EXTERNAL.permalink],
    f"{DC}creator": ["Nguyễn An", "Lê Bình"],
    "category": ["Thời sự", "R&D"],
    "comments": [EXTERNAL.comments],
    "source": ["VnExpress"],
    "author": [],
}


@pytest.mark.parametrize(
    ("entry", "source", "tag", "expected"),
    [(WIRE, SEEDS, *row) for row in RSS_WIRE.items()] + [(EXTERNAL, OUTLET, *row) for row in RSS_EXTERNAL.items()],
)
def test_an_item_in_rss(entry: Entry, source: Source, tag: str, expected: list[str]) -> None:
    assert [element.text for element in rss_item(entry, source).iterfind(tag)] == expected


def test_rss_has_one_enclosure_and_the_others_as_media() -> None:
    """liferea lists both, so that a file has one of them."""
    item = rss_item(EXTERNAL, OUTLET)
    assert [dict(element.items()) for element in item.iterfind("enclosure")] == [
        {"url": "https://vnexpress.net/a.mp3", "length": "1234", "type": "audio/mpeg"}
    ]
    assert [dict(element.items()) for element in item.iterfind(f"{MEDIA}content")] == [
        {"url": "https://vnexpress.net/b.pdf", "type": "application/pdf"},
    ]
    assert first(item, "guid").get("isPermaLink") == "false"
    assert first(item, "source").get("url") == OUTLET.url


def test_an_rss_enclosure_says_zero_and_octets_for_what_is_unknown() -> None:
    entry = replace(WIRE, enclosures=(Enclosure("https://a.vn/b"),))
    assert dict(first(rss_item(entry), "enclosure").items()) == {
        "url": "https://a.vn/b",
        "length": "0",
        "type": "application/octet-stream",
    }


def test_rss_gives_credit_as_a_contributor_where_the_source_stands_beside_it() -> None:
    item = rss_item(replace(EXTERNAL, credit="TTXVN & AP"), OUTLET)
    assert (item.findtext("source"), item.find(f"{DC}source")) == ("VnExpress", None)
    assert item.findtext(f"{DC}contributor") == "TTXVN & AP"


def test_an_origin_without_a_feed_is_named_in_rss_all_the_same() -> None:
    assert EXTERNAL.origin
    item = rss_item(replace(EXTERNAL, origin=replace(EXTERNAL.origin, feed_url="")), OUTLET)
    assert (item.find("source"), item.findtext(f"{DC}source")) == (None, "VnExpress")


def test_an_item_without_a_summary_is_described_by_its_content_once() -> None:
    item = rss_item(replace(WIRE, summary=""))
    assert item.findtext("description") == WIRE.content
    assert item.find(ENCODED) is None


@pytest.mark.parametrize(
    ("title", "atom_bytes", "rss_bytes"),
    [
        ("Giá < 3 & tăng", b"<title>Gi\xc3\xa1 &lt; 3 &amp; t", b"<title>Gi\xc3\xa1 &#x3C; 3 &#x26; t"),
        ("AT&T", b"<title>AT&amp;T</title>", b"<title>AT&#x26;T</title>"),
        ("&copy", b'<title type="html">&amp;amp;copy</title>', b"<title>&#x26;copy</title>"),
        ("a<br", b'<title type="html">a&amp;lt;br</title>', b"<title>a&#x26;lt;br</title>"),
        (
            "How <img onerror=x> works",
            b'<title type="html">How &amp;lt;img ',
            b"<title>How &#x26;lt;img ",
        ),
        ("x </b>", b'<title type="html">x &amp;lt;/b&amp;gt;</title>', b"<title>x &#x26;lt;/b&#x26;gt;</title>"),
        ("&#8217;", b'<title type="html">&amp;amp;#8217;</title>', b"<title>&#x26;#8217;</title>"),
    ],
)
def test_a_title_that_looks_like_markup_stays_the_text_that_it_is(
    title: str, atom_bytes: bytes, rss_bytes: bytes
) -> None:
    entry = published(replace(WIRE, title=title))
    assert atom_bytes in atom.fragment(entry, SITE)
    assert rss_bytes in rss.fragment(entry, SITE)
    assert json.loads(jsonfeed.fragment(entry, SITE))["title"] == title


@pytest.mark.parametrize(
    ("words", "markup"),
    [
        ("AT&T", False),
        ("3 < 4 & 5 > 4", False),
        ("R&D; Q&A", False),
        ("&copy 2024", True),
        ("&copyright", True),
        ("&1", True),
        ("<b", True),
        ("</b>", True),
        ("&#x26;", True),
        ("<3", False),
    ],
)
def test_words_that_validators_take_for_markup(words: str, markup: bool) -> None:
    assert looks_like_html(words) is markup


def test_an_entry_in_json() -> None:
    assert json_item(EXTERNAL, OUTLET, RELATED) == {
        "id": EXTERNAL.id,
        "url": EXTERNAL.permalink,
        "title": "Bão số 3",
        "content_html": complete_entry(published(EXTERNAL, OUTLET), SITE).entry.content,
        "summary": WIRE.summary,
        "image": "https://vnexpress.net/bao.jpg",
        "date_published": "2024-12-16T05:00:00Z",
        "date_modified": dates.rfc3339(WIRE.updated),
        "authors": [{"name": "Nguyễn An", "url": "https://vnexpress.net/an"}, {"name": "Lê Bình"}],
        "tags": ["Thời sự", "R&D"],
        "language": "vi",
        "attachments": [
            {"url": "https://vnexpress.net/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 1234},
            {"url": "https://vnexpress.net/b.pdf", "mime_type": "application/pdf"},
        ],
        "_seedfeed": {
            "source": {"title": "VnExpress", "url": OUTLET.url, "rights": "© VnExpress & tác giả"},
            "comments": EXTERNAL.comments,
            "related": [{"title": "Storm no. 3", "url": "https://tuoitre.vn/1", "source": "Tuổi Trẻ"}],
        },
    }
    assert json_item(WIRE)["_seedfeed"] == {"credit": "TTXVN"}


HUB = replace(HEAD, hub=f"{BASE}/hub", site=replace(SITE, subtitle="Tin tức", author="Ban biên tập"))


def test_the_head_of_an_atom_feed() -> None:
    feed = parsed(atom, published(WIRE), head=HUB)
    assert values(feed, "@xml:lang") == ["vi"]
    assert values(feed, "a:id/text()") == [FEED.id]
    assert values(feed, "a:updated/text()") == ["2024-12-16T06:00:00Z"]
    assert values(feed, "a:title/text()|a:subtitle/text()") == ["Tất cả", "Tin tức"]
    assert values(feed, "a:author/a:name/text()") == ["Ban biên tập"]
    assert values(feed, "a:generator/text()") == ["Seedfeed"]
    assert [dict(link.items()) for link in feed.findall("a:link", ATOM)] == [
        {"href": f"{BASE}/feeds/all.atom", "rel": "self", "type": "application/atom+xml"},
        {"href": f"{BASE}/hub", "rel": "hub"},
        {"href": f"{BASE}/feeds/all", "rel": "alternate", "type": "text/html"},
    ]


def test_the_head_of_an_rss_feed() -> None:
    channel = first(parsed(rss, published(WIRE), head=HUB), "channel")
    assert {element.tag: element.text for element in channel if not element.tag.startswith("{")} == {
        "title": "Tất cả",
        "link": f"{BASE}/feeds/all",
        "description": "Tin tức",
        "generator": "Seedfeed",
        "language": "vi",
        "lastBuildDate": "Mon, 16 Dec 2024 06:00:00 GMT",
        "item": None,
    }
    assert [dict(link.items()) for link in channel.iterfind("{http://www.w3.org/2005/Atom}link")] == [
        {"href": f"{BASE}/feeds/all.rss", "rel": "self", "type": "application/rss+xml"},
        {"href": f"{BASE}/hub", "rel": "hub"},
    ]
    assert channel[-1].tag == "item"


def test_the_head_of_a_json_feed() -> None:
    feed = json.loads(jsonfeed.document(HUB, []))
    assert feed == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Tất cả",
        "home_page_url": f"{BASE}/feeds/all",
        "feed_url": f"{BASE}/feeds/all.json",
        "description": "Tin tức",
        "language": "vi",
        "authors": [{"name": "Ban biên tập"}],
        "hubs": [{"type": "WebSub", "url": f"{BASE}/hub"}],
        "items": [],
    }


@pytest.mark.parametrize("format_", [atom, rss])
def test_no_hub_is_named_when_there_is_none(format_: Format) -> None:
    assert b"hub" not in format_.document(HEAD, [])


def test_tombstones_stand_before_the_entries_and_bring_their_namespace_only_when_there_are_any() -> None:
    head = replace(HEAD, tombstones=(Tombstone("tag:a.vn,2024:1", DAY), Tombstone("not an id", DAY)))
    feed = parsed(atom, published(WIRE), head=head)
    at = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
    one, other = feed.findall(at)
    assert dict(one.items()) == {"ref": "tag:a.vn,2024:1", "when": "2024-12-16T05:00:00Z"}
    assert other.get("ref", "").startswith("urn:uuid:")
    assert [child.tag for child in feed].index(at) < [child.tag for child in feed].index(f"{{{ATOM['a']}}}entry")
    assert b"tombstones" not in atom.document(HEAD, [])


@pytest.mark.parametrize(
    ("format_", "namespaces"),
    [(atom, {"": ATOM["a"], **feedgen_mended.ATOM_NAMESPACES}), (rss, dict(feedgen_mended.RSS_NAMESPACES))],
)
def test_the_root_declares_what_fragments_use_and_fragments_declare_nothing(
    format_: Format, namespaces: dict[str, str]
) -> None:
    declared = etree.fromstring(format_.document(HEAD, [])).nsmap
    assert {prefix or "": uri for prefix, uri in declared.items()} == namespaces
    for source in (SEEDS, OUTLET):
        assert b"xmlns" not in format_.fragment(published(replace(EXTERNAL, enclosures=()), source), SITE)


FH = "{http://purl.org/syndication/history/1.0}"
PAGES = f"{BASE}/feeds/all/archive"
NEWEST = replace(HUB, prev_archive=f"{PAGES}/7.atom")
ARCHIVE = replace(
    HUB,
    archive=True,
    self_path="/feeds/all/archive/7.atom",
    prev_archive=f"{PAGES}/6.atom",
    next_archive=f"{PAGES}/8.atom",
)
OLDEST = replace(ARCHIVE, self_path="/feeds/all/archive/1.atom", prev_archive="", next_archive=f"{PAGES}/2.atom")


@pytest.mark.parametrize(
    ("head", "mark", "links"),
    [
        (HUB, None, {}),
        (replace(HUB, complete=True), "complete", {}),
        (replace(NEWEST, complete=True), "complete", {}),  # RFC 5005 §2: it has no other documents
        (NEWEST, None, {"prev-archive": f"{PAGES}/7.atom"}),
        (
            ARCHIVE,
            "archive",
            {
                "current": f"{BASE}/feeds/all.atom",
                "prev-archive": f"{PAGES}/6.atom",
                "next-archive": f"{PAGES}/8.atom",
            },
        ),
        (OLDEST, "archive", {"current": f"{BASE}/feeds/all.atom", "next-archive": f"{PAGES}/2.atom"}),
    ],
)
def test_a_document_says_which_part_of_a_feed_it_is(head: FeedHead, mark: str | None, links: dict[str, str]) -> None:
    for format_, check in ((atom, validity.check_atom), (rss, validity.check_rss)):
        body = format_.document(head, [format_.fragment(published(WIRE), SITE)])
        root = etree.fromstring(body)
        feed = root if format_ is atom else first(root, "channel")
        found = {link.get("rel"): link.get("href") for link in feed.findall("a:link", ATOM)}
        own = f"{BASE}{head.self_path}" if head.self_path else f"{BASE}/feeds/all.{format_.suffix}"
        assert found.pop("self") == own
        current = {"current": f"{BASE}/feeds/all.{format_.suffix}"} if head.archive else {}
        assert {rel: url for rel, url in found.items() if rel not in ("hub", "alternate")} == links | current
        assert [etree.QName(child).localname for child in feed if child.tag.startswith(FH)] == ([mark] if mark else [])
        assert (FH[1:-1].encode() in body) is bool(mark)
        assert validity.refused(check(body, own, NOW)) == []


def test_a_search_has_urls_of_its_own() -> None:
    head = replace(HUB, self_path="/search.json?q=a", page_path="/search?q=a")
    feed = json.loads(jsonfeed.document(head, []))
    assert (feed["feed_url"], feed["home_page_url"]) == (f"{BASE}/search.json?q=a", f"{BASE}/search?q=a")
    links = parsed(atom, published(WIRE), head=replace(head, self_path="/search.atom?q=a")).findall("a:link", ATOM)
    assert [link.get("href") for link in links if link.get("rel") != "hub"] == [
        f"{BASE}/search.atom?q=a",
        f"{BASE}/search?q=a",
    ]


HOSTILE = {
    "control characters": "a\x00b\x0b\x1bc\x85d\x93e\x94",
    "lone surrogates": "a\ud800b\udfff",
    "noncharacters": "a\ufffe\uffff\ufffd\U0001fffe\ufdd0",
    "the end of CDATA": "]]></title></entry>]]>",
    "markup": "<script>alert(1)</script><b>x</b></p>",
    "entities": "&nbsp;&lt;&amp;amp;&#0;&#xD800;&#99999999999999999999999;",
    "bidi overrides": "abc\u202etxt.exe\u2066\ufeff",
    "nothing": "",
    "white space": " \t\r\n\u3000 ",
    "a megabyte": "Chữ" * 200_000,
    "an e-mail address": "Lê An <an@example.vn>",
    "emoji and NFD": "👩‍👩‍👧 đẹp",
}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_entry_renders_and_stays_valid(words: str) -> None:
    origin = Origin(words, words, words, words, None, words)
    entry = replace(
        EXTERNAL,
        id=words,
        updated=dates.distinct(DAY, "hostile"),
        title=words,
        permalink=words,
        authors=(Person(words, words, words), Person("An", "an@b", "javascript:alert(1)")),
        categories=(words, words, ""),
        enclosures=(
            Enclosure(words, words, -1, -1, words, 0, -5, 2**70, -1),
            Enclosure("https://a.vn/b c|d.mp3", "*/*", 0, 2**40, words, group=1),
            Enclosure("https://a.vn/e.mp3", "audio/mpeg", 0, 9, words, group=1),
        ),
        image_size=(0, -1),
        rights=words,
        via=words,
        explicit=True,
        summary=words,
        content=plaintext.as_html_paragraphs(words),
        language=words,
        credit=words,
        comments=words,
        image=words,
        origin=origin,
    )
    related = (Related(words, "https://a.vn/1", words), Related(words, words, words))
    head = replace(
        HUB, feed=replace(FEED, id=words, title=words, language=words), site=replace(HUB.site, subtitle=words)
    )
    hostile = published(entry, replace(OUTLET, title=words), related, Related(words, "https://a.vn/1", words))
    found = findings(head, [hostile, published(WIRE)])
    # A JSON text is plain by its standard, whatever it looks like; there is no type=html to say so.
    assert [line for line in found if "ContainsHTML" not in line] == []


@pytest.mark.parametrize("content", ["<p>x</p>", ""])
def test_documents_of_good_entries_are_without_a_fault(content: str) -> None:
    head = replace(HUB, tombstones=(Tombstone("tag:a.vn,2024:1", DAY),))
    entries = [
        published(replace(WIRE, content=content)),
        published(replace(EXTERNAL, content=content), OUTLET, RELATED, LENDER),
    ]
    entries[1] = replace(entries[1], entry=replace(entries[1].entry, updated=dates.distinct(DAY, "external")))
    assert findings(head, entries) == []
    assert findings(HEAD, []) == []


def test_a_date_before_1990_is_left_out() -> None:
    entry = replace(WIRE, published=datetime(1975, 4, 30, tzinfo=UTC))
    assert values(atom_entry(entry), "a:published") == []
    assert rss_item(entry).find("pubDate") is None
    assert "date_published" not in json_item(entry)


def test_the_same_values_give_the_same_bytes_in_another_process_with_another_locale() -> None:
    program = (
        "import sys, time; sys.path[:0] = sys.argv[1:]\n"
        "from test_render import *\n"
        "for f in (atom, rss, jsonfeed):\n"
        "    sys.stdout.buffer.write(f.document(HUB, [f.fragment(published(EXTERNAL, OUTLET, RELATED), SITE)]))\n"
    )
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C", "PYTHONUTF8": "1"}
    run = subprocess.run(
        [sys.executable, "-c", program, str(here.parent), str(here)], env=environment, capture_output=True, check=True
    )
    ours = b"".join(
        format_.document(HUB, [format_.fragment(published(EXTERNAL, OUTLET, RELATED), SITE)])
        for format_ in (atom, rss, jsonfeed)
    )
    assert run.stdout == ours


def test_rendering_leaves_the_locale_of_the_process_alone() -> None:
    before = locale.setlocale(locale.LC_ALL)
    rss.document(HEAD, [rss.fragment(published(WIRE), SITE)])
    assert locale.setlocale(locale.LC_ALL) == before


# Anything that a Python string can hold, lone surrogates too.
ANYTHING = st.text(st.characters(), max_size=40) | st.sampled_from(
    [words for words in HOSTILE.values() if len(words) < 99]
)
# Hypothesis wants bounds without a zone.
MOMENTS = st.datetimes(
    datetime(1990, 1, 1, tzinfo=UTC).replace(tzinfo=None), DAY.replace(tzinfo=None), timezones=st.just(UTC)
)
NUMBER = st.none() | st.integers()
ANY_ENTRY = st.builds(
    Entry,
    source_id=st.just("k"),
    id=ANYTHING,
    title=ANYTHING,
    updated=MOMENTS,
    published=st.datetimes(timezones=st.just(UTC)),
    dated=st.booleans(),
    permalink=ANYTHING,
    authors=st.lists(st.builds(Person, ANYTHING, ANYTHING, ANYTHING), max_size=3).map(tuple),
    categories=st.lists(ANYTHING, max_size=3).map(tuple),
    enclosures=st.lists(
        st.builds(
            Enclosure,
            ANYTHING | st.sampled_from(["https://a.vn/1.mp3", "https://a.vn/2.mp4"]),
            ANYTHING | st.just("audio/mpeg"),
            NUMBER,
            NUMBER,
            ANYTHING,
            NUMBER,
            NUMBER,
            NUMBER,
            st.integers(-1, 2),
        ),
        max_size=3,
    ).map(tuple),
    image_size=st.none() | st.tuples(st.integers(), st.integers()),
    rights=ANYTHING,
    via=ANYTHING | st.just("https://b.vn/"),
    explicit=st.none() | st.booleans(),
    summary=ANYTHING,
    content=ANYTHING,
    language=ANYTHING,
    credit=ANYTHING,
    comments=ANYTHING,
    image=ANYTHING,
    origin=st.none() | st.builds(Origin, ANYTHING, ANYTHING, ANYTHING, ANYTHING, st.none() | MOMENTS, ANYTHING),
)


@given(ANY_ENTRY, st.sampled_from([SEEDS, OUTLET]), ANYTHING)
@settings(deadline=None)
def test_any_entry_renders_to_well_formed_documents_and_always_the_same(
    entry: Entry, source: Source, words: str
) -> None:
    shown = published(entry, source, (Related(words, words, words),))
    site = replace(SITE, title=words, subtitle=words, author=words)
    head = replace(HEAD, feed=replace(FEED, title=words), site=site)
    for format_ in (atom, rss, jsonfeed):
        fragment = format_.fragment(shown, site)
        body = format_.document(head, [fragment])
        assert fragment in body
        assert body == format_.document(head, [format_.fragment(shown, site)])
        if format_ is jsonfeed:
            assert len(json.loads(body)["items"]) == 1
        else:
            root = etree.fromstring(body)
            assert len(root.findall("channel/item") + root.findall("a:entry", ATOM)) == 1


# feedparser takes texts that could be UTF-8 read as Latin-1 for just that, and mends them; a "Đ" keeps it from it.
WORDS = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"], exclude_characters="<>&@\ufffd"),
    min_size=1,
    max_size=20,
).map("Đ{}".format)
Drawn = tuple[str, str, str, datetime, bool, int]
DRAWN = st.tuples(WORDS, WORDS, WORDS, MOMENTS, st.booleans(), st.integers(0, 2))


def read_back_entry(number: int, drawn: Drawn) -> Published:
    title, name, body, moment, external, files = drawn
    entry = replace(
        EXTERNAL if external else WIRE,
        id=f"tag:a.vn,2024:{number}",
        title=title,
        permalink=f"https://a.vn/{number}?a=1&b=2",
        authors=(Person(name),),
        content=plaintext.as_html_paragraphs(body),
        published=moment.replace(microsecond=0),
        updated=dates.distinct(moment, str(number)),
        enclosures=tuple(Enclosure(f"https://a.vn/{n}.mp3", "audio/mpeg", n + 1) for n in range(files)),
    )
    return published(entry, OUTLET if external else SEEDS)


def moment_of(fields: time.struct_time) -> datetime:
    return datetime.fromtimestamp(timegm(fields), UTC)


def bare(words: str) -> str:
    return "".join(plaintext.plain(words).split())


@given(st.lists(DRAWN, min_size=1, max_size=3))
@settings(deadline=None)
def test_a_reader_reads_every_entry_back(drawn: list[Drawn]) -> None:
    entries = [read_back_entry(number, values) for number, values in enumerate(drawn)]
    for format_ in (atom, rss):
        body = format_.document(HEAD, [format_.fragment(entry, SITE) for entry in entries])
        feed = feedparser.parse(io.BytesIO(body))
        assert not feed.bozo
        assert len(feed.entries) == len(entries)
        for read, wrote in zip(feed.entries, entries, strict=True):
            entry = complete_entry(wrote, SITE).entry
            assert " ".join(unescape(read.title).split()) == entry.title
            assert (read.id, read.link) == (entry.id, entry.permalink)
            assert moment_of(read.published_parsed) == entry.published
            assert read.author.split() == entry.authors[0].name.split()
            assert bare(read.content[0].value) == bare(entry.content)
            files = entry.enclosures[:1] if format_ is rss else entry.enclosures
            assert [(file.href, file.type, file.length) for file in read.enclosures] == [
                (file.url, file.type, str(file.length)) for file in files
            ]
    items = json.loads(jsonfeed.document(HEAD, [jsonfeed.fragment(entry, SITE) for entry in entries]))["items"]
    for item, wrote in zip(items, entries, strict=True):
        entry = complete_entry(wrote, SITE).entry
        assert (item["id"], item["url"], item["title"]) == (entry.id, entry.permalink, entry.title)
        assert item["content_html"] == entry.content
        assert dates.parse(item["date_published"]) == entry.published
        assert [author["name"] for author in item["authors"]] == [author.name for author in entry.authors]
        assert [file["url"] for file in item.get("attachments", [])] == [file.url for file in entry.enclosures]
    assert findings(HEAD, entries) == []


OUTLINES = [
    opml.ListedFeed("Báo A & B", "https://a.vn/rss", "https://a.vn/", ("Tin tức", "Việt Nam")),
    opml.ListedFeed("", "https://u:p@b.vn/rss?a=1&b=2"),
    opml.ListedFeed("C", "https://c.vn/rss", "", ("Tin tức",)),
]


def test_subscriptions_stand_in_their_folders() -> None:
    body = opml.subscriptions("Tin nhà", OUTLINES)
    root = etree.fromstring(body)
    news = first(root, "body/outline[@text='Tin tức']")
    assert dict(news.items()) == {"text": "Tin tức"}, "a folder with a title looks like a feed without a type"
    assert root.get("version") == "2.0"
    assert root.findtext("head/title") == "Tin nhà"
    assert dict(news[0][0].items()) == {
        "type": "rss",
        "text": "Báo A & B",
        "title": "Báo A & B",
        "xmlUrl": "https://a.vn/rss",
        "htmlUrl": "https://a.vn/",
    }
    assert [outline.get("text") for outline in news] == ["Việt Nam", "C"]
    assert validity.refused(validity.check_opml(body)) == []
    assert body == opml.subscriptions("Tin nhà", OUTLINES)


@pytest.mark.parametrize(("credentials", "url"), [(False, "https://b.vn/rss?a=1&b=2"), (True, OUTLINES[1].url)])
def test_a_list_holds_passwords_only_when_told_to(credentials: bool, url: str) -> None:
    root = etree.fromstring(opml.subscriptions("x", OUTLINES, credentials=credentials))
    assert [outline.get("xmlUrl") for outline in root.iterfind("body/outline[@xmlUrl]")] == [url]
    assert first(root, "body/outline[@xmlUrl]").get("text") == "https://b.vn/rss"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("R&D", "R & D"),
        ("AT&T &amp; Co", "AT & T & Co"),
        ("A & B", "A & B"),
        ("Q &", "Q &"),
        ("I <3 cats", "I ‹3 cats"),
        ("a < b && c", "a ‹ b && c"),
        ("<b>Bold</b>", "Bold"),
        ("R&D;x &copy", "R & D;x ©"),
    ],
)
def test_names_in_lists_are_valid_as_text_and_as_html(words: str, shown: str) -> None:
    body = opml.subscriptions(words, [opml.ListedFeed(words, "https://a.vn/?a&b", "", (words,))])
    assert {outline.get("text") for outline in etree.fromstring(body).iter("outline")} == {shown}
    assert validity.refused(validity.check_opml(body)) == []


def test_a_list_without_feeds_has_an_outline_that_is_none() -> None:
    body = opml.subscriptions("Tin nhà", [])
    assert validity.refused(validity.check_opml(body)) == []
    (outline,) = etree.fromstring(body).iterfind("body/outline")
    assert outline.get("isComment") == "true", "importers leave it alone"


def test_published_feeds_as_opml() -> None:
    body = opml.published_feeds(SITE, [FEED])
    assert [dict(outline.items()) for outline in etree.fromstring(body).iterfind("body/outline")] == [
        {
            "type": "rss",
            "text": "Tất cả",
            "title": "Tất cả",
            "xmlUrl": f"{BASE}/feeds/all.atom",
            "htmlUrl": f"{BASE}/feeds/all",
        }
    ]
    assert validity.refused(validity.check_opml(body)) == []


@given(ANYTHING, ANYTHING)
@settings(deadline=None)
def test_any_outline_renders(words: str, url: str) -> None:
    assert etree.fromstring(opml.subscriptions(words, [opml.ListedFeed(words, url, words, (words, url))])) is not None
