"""feedgen's faults, one by one: each is absent from our documents. The numbers are those of its list of faults."""

import locale
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree
from test_media_rss import NAMES, element, outline
from test_render import BASE, EXTERNAL, HUB, OUTLET, SITE, WIRE, published

from feeds.model import Enclosure, Entry, Person, Related
from feeds.publish.assembly import FORMATS
from feeds.text import dates

atom, rss, _ = FORMATS

BOTH = (atom, rss)
FULL = replace(
    EXTERNAL,
    via="https://planet.example/",
    title="a <b>b</b>",
    enclosures=(Enclosure("https://a.vn/1.mp3", "audio/mpeg", 5), Enclosure("https://a.vn/2.ogg", "", None)),
)
OTHER = Related("Storm", "https://tuoitre.vn/1", "Tuổi Trẻ")


def entry(format_: Any, shown: Entry = FULL) -> etree._Element:
    return element(format_, shown, related=(OTHER,))


def head(format_: Any) -> etree._Element:
    return etree.fromstring(format_.document(HUB, []))


def links_keep_their_attributes() -> None:
    assert outline(entry(atom), "a:link")[:3] == [
        f"link rel=alternate type=text/html href={EXTERNAL.permalink}",
        "link rel=enclosure href=https://a.vn/1.mp3 type=audio/mpeg length=5",
        "link rel=enclosure href=https://a.vn/2.ogg",
    ]
    assert outline(entry(atom), "a:link[@title]")[0] == "link rel=related href=https://tuoitre.vn/1 title=Tuổi Trẻ"


def entries_stand_in_their_order() -> None:
    shown = [replace(WIRE, id=f"tag:a.vn,2024:{n}") for n in range(3)]
    for format_ in BOTH:
        body = format_.document(HUB, [format_.fragment(published(one), SITE) for one in shown])
        places = [body.index(one.id.encode()) for one in shown]
        assert places == sorted(places)


def dates_are_the_feed_s_own() -> None:
    assert head(atom).findtext("a:updated", "", NAMES) == dates.rfc3339(HUB.updated) == "2024-12-16T06:00:00Z"
    assert head(rss).findtext("channel/lastBuildDate") == "Mon, 16 Dec 2024 06:00:00 GMT"


def no_text_breaks_a_document() -> None:
    words = "a\x00\x0b\ud800\ufffe\x85\ufffd&nbsp;<br>"
    silent = replace(WIRE, title=words, summary="", content=words, authors=(Person(words),), credit=words)
    for format_ in BOTH:
        one = entry(format_, replace(silent, title="", content="", permalink=""))
        assert outline(one, "a:title|title")
        text = "".join(str(part) for part in entry(format_, silent).itertext())
        assert "a" in text
        assert not set("\x85\ufffd") & set(text)


def content_is_of_type_html() -> None:
    (content,) = entry(atom).iterfind("a:content", NAMES)
    assert content.items() == [("type", "html")]
    assert b"CDATA" not in atom.fragment(published(WIRE), SITE) + rss.fragment(published(WIRE), SITE)


def a_title_like_markup_says_what_it_is() -> None:
    assert outline(entry(atom), "a:title") == ["title type=html: a &lt;b&gt;b&lt;/b&gt;"]
    named = replace(HUB, feed=replace(HUB.feed, title="&copy <b>x</b>"))
    (title,) = etree.fromstring(atom.document(named, [])).iterfind("a:title", NAMES)
    assert (title.get("type"), title.text) == ("html", "&amp;copy &lt;b&gt;x&lt;/b&gt;")


def an_origin_is_whole() -> None:
    assert [etree.QName(one).localname for one in entry(atom).iterfind("a:source/*", NAMES)] == [
        "id", "title", "updated", "link", "link", "rights"
    ]  # fmt: skip


def any_relation_is_kept() -> None:
    relations = {link.get("rel") for link in entry(atom).iterfind("a:link", NAMES)}
    assert relations == {"alternate", "enclosure", "related", "via", "replies"}
    assert {link.get("rel") for link in entry(rss).iterfind("a:link", NAMES)} == {"related", "via"}


def rss_keeps_what_it_is_told() -> None:
    channel = head(rss).find("channel")
    assert channel is not None
    assert [link.get("rel") for link in channel.iterfind("a:link", NAMES)] == ["self", "hub"]
    assert channel.findtext("link") == f"{BASE}/feeds/all"
    item = entry(rss)
    assert item.findtext("link") == EXTERNAL.permalink
    assert outline(item, "dc:creator") == ["creator: Nguyễn An", "creator: Lê Bình"]
    assert outline(item, "enclosure") == ["enclosure url=https://a.vn/1.mp3 length=5 type=audio/mpeg"]
    assert [one.get("url") for one in item.iterfind("media:content", NAMES)] == [
        "https://a.vn/2.ogg",
        "https://a.vn/1.mp3",
    ]
    unknown = entry(rss, replace(FULL, enclosures=FULL.enclosures[1:]))
    assert outline(unknown, "enclosure") == ["enclosure url=https://a.vn/2.ogg length=0 type=application/octet-stream"]


def a_head_has_no_entries() -> None:
    assert b"<entry" not in atom.document(HUB, [])
    assert b"<item" not in rss.document(HUB, [])


def no_locale_is_set() -> None:
    for format_ in BOTH:
        format_.document(HUB, [format_.fragment(published(FULL, OUTLET), SITE)])


def dates_of_any_year_are_written() -> None:
    for year, told in ((1, False), (1969, False), (2024, True)):
        shown = replace(WIRE, published=datetime(year, 1, 1, 0, 0, 0, 7, tzinfo=UTC))
        assert bool(outline(entry(atom, shown), "a:published")) is told
        assert bool(outline(entry(rss, shown), "pubDate")) is told


def kept_fragments_are_not_read_again() -> None:
    """So that a feed of any length costs its one new entry."""
    for format_ in BOTH:
        assert b"\n<what/>\n<ever/>\n" in format_.document(HUB, [b"<what/>", b"<ever/>"])


FAULTS: dict[str, Callable[[], None]] = {
    "1: links of entries lose all but their address": links_keep_their_attributes,
    "2: the order is turned round": entries_stand_in_their_order,
    "3: a feed is dated now": dates_are_the_feed_s_own,
    "4: one character costs the whole feed": no_text_breaks_a_document,
    "5: content gets types that are none": content_is_of_type_html,
    "6: titles are of type text whatever they say": a_title_like_markup_says_what_it_is,
    "7: a source is a title and a link": an_origin_is_whole,
    "8: five relations are allowed": any_relation_is_kept,
    "9: RSS loses links, authors and enclosures": rss_keeps_what_it_is_told,
    "10: extensions of entries cannot be left out": a_head_has_no_entries,
    "11: the locale of the process is switched": no_locale_is_set,
    "12: dates are refused": dates_of_any_year_are_written,
    "13: the whole feed is built each time": kept_fragments_are_not_read_again,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_feedgen_s_is_mended(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def switched(*_: object) -> str:
        raise AssertionError("the locale of the process is not ours to set")

    monkeypatch.setattr(locale, "setlocale", switched)
    FAULTS[fault]()
