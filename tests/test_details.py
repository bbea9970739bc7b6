"""From what a source says to what every output says of it: episodes, files, rights, via; nothing of private sources."""

import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from lxml import etree
from test_media_rss import NAMES, outline

from feeds.app import Application
from feeds.publish.assembly import FORMATS
from feeds.settings.load import load_settings
from feeds.text.urls import page_uuid
from support import validity
from support.asgi import ask
from support.ingest import Bench, bench
from support.origin import Origin

# Podcasts with and without owners, escaped texts in plain ones, groups of media, RSS 1.0.
REAL = (
    "fastfe-1883db9e2736546b.atom",
    "feed-r-rss_2_0_anchorfm_xml.rss",
    "feed-r-rss_2_0_ch9_xml.rss",
    "feed-r-rss_2_0_spiegel_xml.rss",
    "feed-r-rss_1_0_iso8859_xml.rdf",
)
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:atom="http://www.w3.org/2005/Atom"'
)


def rss(*items: str, channel: str = "<title>Quay</title>") -> bytes:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0" {SPACES}><channel>{channel}{inside}</channel></rss>'.encode()


def item(n: int, more: str = "", host: str = "quay.example") -> str:
    words = " ".join(f"word{n}{part}" for part in "abcdefghijklmnopqrstuvwxyz")
    return (
        f"<title>Story {n}</title><link>https://{host}/{n}</link><guid>https://{host}/{n}</guid>"
        f"<pubDate>Sun, 01 Mar 2026 0{n}:00:00 GMT</pubDate><description>{words}</description>{more}"
    )


TALK = (
    '<enclosure url="https://quay.example/1.mp3" length="0" type="audio/mpeg"/>'
    "<itunes:duration>01:31:11</itunes:duration><itunes:explicit>no</itunes:explicit>"
    '<itunes:image href="https://quay.example/1.jpg"/>'
)
FORMS = (
    '<media:group><media:content url="https://quay.example/low.mp4" type="video/mp4" bitrate="300.5" duration="90"/>'
    '<media:content url="https://quay.example/high.mp4" type="video/mp4" bitrate="900" width="640" height="x"/>'
    "</media:group>"
    '<media:content url="https://quay.example/p.png" type="image/png"><media:title>The pier &amp; cranes</media:title>'
    '</media:content><media:thumbnail url="https://quay.example/t.png" width="40" height="30"/>'
)
STATED = '<dc:rights>© Ann</dc:rights><atom:link rel="via" href="https://ann.example/"/>'


def all_of(running: Bench, suffix: str) -> bytes:
    found = running.store.representations.of(f"/feeds/all.{suffix}")
    assert found is not None
    return found.body


def faults(running: Bench) -> list[Any]:
    checks = {"atom": validity.check_atom, "rss": validity.check_rss, "json": validity.check_json}
    return [
        found
        for suffix, check in checks.items()
        for found in validity.refused(
            check(all_of(running, suffix), f"http://127.0.0.1:8080/feeds/all.{suffix}", running.clock.now)
        )
    ]


@pytest.mark.parametrize("broken", [b"", b"</i>"], ids=["strict lane", "lenient lane"])
def test_an_episode_of_a_podcast_arrives_as_one(tmp_path: Path, broken: bytes) -> None:
    explicit = "<title>Quay</title><itunes:explicit>true</itunes:explicit>"
    silent = TALK.replace("<itunes:explicit>no</itunes:explicit>", "").replace("1.mp3", "2.mp3")
    body = rss(item(1, TALK), item(2, silent), item(3), channel=explicit)
    with Origin() as origin, bench(tmp_path) as running:
        origin.put("/quay", body.replace(b"</channel>", broken + b"</channel>"), "application/rss+xml")
        running.subscribe(origin.url("/quay"))
        running.cycle()
        assert faults(running) == []
        channel = etree.fromstring(all_of(running, "rss")).find("channel")
        assert channel is not None
        assert outline(channel, "itunes:explicit") == ["explicit: true"]
        shown = sorted(channel.iterfind("item"), key=lambda one: one[0].text or "")
        assert [outline(one, "itunes:*") for one in shown] == [
            ["author: quay", "image href=https://quay.example/1.jpg", "duration: 1:31:11", "explicit: false"],
            ["author: quay", "image href=https://quay.example/1.jpg", "duration: 1:31:11", "explicit: true"],
            [],
        ]
        items = {one["title"]: one for one in json.loads(all_of(running, "json"))["items"]}
        assert items["Story 1"]["attachments"][0]["duration_in_seconds"] == 5471
        assert (items["Story 1"]["_seedfeed"]["explicit"], items["Story 2"]["_seedfeed"]["explicit"]) == (False, True)
        assert "explicit" not in items["Story 3"]["_seedfeed"]


def test_forms_captions_sizes_rights_and_via_arrive(tmp_path: Path) -> None:
    with Origin() as origin, bench(tmp_path) as running:
        origin.put("/quay", rss(item(1, FORMS + STATED)), "application/rss+xml")
        running.subscribe(origin.url("/quay"))
        running.cycle()
        assert faults(running) == []
        entry = etree.fromstring(all_of(running, "atom")).find("a:entry", NAMES)
        assert entry is not None
        assert outline(entry, "media:*") == [
            "group",
            "content url=https://quay.example/high.mp4 type=video/mp4 bitrate=900 width=640",
            "content url=https://quay.example/low.mp4 type=video/mp4 isDefault=true bitrate=300 duration=90",
            "thumbnail url=https://quay.example/t.png width=40 height=30",
        ]
        assert outline(entry, "a:rights|a:link[@rel='via']") == [
            "rights: © Ann",
            "link rel=via href=https://ann.example/ title=ann.example",
        ]
        application = Application(running.home, load_settings(running.home, {}))
        with closing(application.shelf):
            assert "© Ann" in ask(application, f"/entries/{page_uuid('https://quay.example/1')}").text


PLANET = (
    "<title>Planet</title><link>https://planet.example/</link><managingEditor>editor@planet.example (Ed)"
    "</managingEditor><copyright>© Planet</copyright>"
)


def test_what_a_source_took_over_is_its_outlet_s_and_names_who_led_there(tmp_path: Path) -> None:
    taken = item(1, '<source url="https://ann.example/feed">Ann\'s</source>', host="ann.example")
    with Origin() as origin, bench(tmp_path) as running:
        origin.put("/planet", rss(taken, item(2), channel=PLANET), "application/rss+xml")
        running.subscribe(origin.url("/planet"))
        running.cycle()
        assert faults(running) == []
        feed = etree.fromstring(all_of(running, "atom"))
        said = {
            entry.findtext("a:title", "", NAMES): (
                entry.findtext("a:author/a:name", "", NAMES),
                entry.findtext("a:source/a:title", "", NAMES),
                [link.get("href") for link in entry.iterfind("a:link[@rel='via']", NAMES)],
            )
            for entry in feed.iterfind("a:entry", NAMES)
        }
        assert said == {
            "Story 1": ("Ann's", "Ann's", ["https://planet.example/"]),
            "Story 2": ("Ed", "planet", []),
        }


WORDS = "<content:encoded>&lt;p&gt;At length, uncut.&lt;/p&gt;</content:encoded>"


@pytest.mark.parametrize(
    ("content", "shown"),
    [("full", {"uncut", "word1a", "pier"}), ("summary", {"word1a", "pier"}), ("link", set())],
)
def test_as_much_as_may_be_shown_is_shown_in_every_format_and_page(
    tmp_path: Path, content: str, shown: set[str]
) -> None:
    settings = f'[publish]\ncontent = "{content}"\n'
    with Origin() as origin, bench(tmp_path, settings) as running:
        origin.put("/quay", rss(item(1, WORDS + FORMS)), "application/rss+xml")
        running.subscribe(origin.url("/quay"))
        running.cycle()
        assert faults(running) == []
        texts = {suffix: all_of(running, suffix).decode() for suffix in ("atom", "rss", "json")}
        for suffix, text in texts.items():
            assert {word for word in ("uncut", "word1a", "pier") if word in text} == shown, suffix
            assert "Story 1" in text
            assert "https://quay.example/1" in text
        application = Application(running.home, load_settings(running.home, {}))
        with closing(application.shelf):
            for path in ("/", "/feeds/all", "/search?q=story", f"/entries/{page_uuid('https://quay.example/1')}"):
                page = ask(application, path).text
                assert "Story 1" in page
                assert {word for word in ("uncut", "word1a") if word in page} <= shown, path


SECRET = "hush"
MARKS = ("hush.example", "source-hush", "ab12token", "klient", "story 3", "word3")


def test_nothing_of_a_private_source_stands_in_any_output(tmp_path: Path) -> None:
    """Its stories are told by a public source too, which leads, and lends nothing away."""
    # Archive pages of one entry.
    settings = f'feed_limit = 1\n[sources.{SECRET}]\nprivate = true\ncategories = ["Klient"]\n'
    told = item(1, "<author>hush@hush.example (Hush)</author>" + TALK.replace("quay", "hush"), host="hush.example")
    with Origin() as origin, bench(tmp_path, settings) as running:
        running.home.seeds.joinpath("own.txt").write_text("Our own story\n\nOf the harbour.\n", encoding="utf-8")
        origin.put("/quay", rss(item(1), item(2)), "application/rss+xml")
        origin.put(f"/ab12token/{SECRET}", rss(told, item(3, host="hush.example")), "application/rss+xml")
        running.subscribe(origin.url(f"/ab12token/{SECRET}"), origin.url("/quay"))
        running.cycle()
        running.cycle(seconds=5)
        private = running.store.entries.find("https://hush.example/3")
        assert private is not None, "it is in the store all the same"
        application = Application(running.home, load_settings(running.home, {}))
        with closing(application.shelf):
            feeds = application.shelf.feeds()
            assert {"all", "seeds", "source-quay"} <= feeds.keys()
            paths = ["/", "/opml", "/sources.opml", f"/search?q={SECRET}", "/search?q=story", "/search?q=word3a"]
            paths += [f"/search?q={quote(f'source:{SECRET}')}", "/search?q=-is:seed"]
            paths += [f"/search.{format_.suffix}?q=-is:seed" for format_ in FORMATS]
            paths += ["/feeds/all/archive/1.atom", "/feeds/all/archive/2.atom"]
            for slug in feeds:
                paths += [f"/feeds/{slug}", *(f"/feeds/{slug}.{format_.suffix}" for format_ in FORMATS)]
            pages = {path: ask(application, path) for path in paths}
            entries = {uuid for page in pages.values() for uuid in re.findall(r"/entries/([0-9a-f-]{36})", page.text)}
            assert len(entries) == 3
            pages |= {f"/entries/{uuid}": ask(application, f"/entries/{uuid}") for uuid in entries}
            for path, page in pages.items():
                assert page.status == 200, path
                # What was asked for stands in the field of a search, and in the addresses of the search as a feed.
                asked = path.partition("?q=")[2]
                marks = [mark for mark in (*MARKS, SECRET) if mark not in asked]
                assert [mark for mark in marks if mark in page.text.lower()] == [], path
            for n in (1, 3):
                assert ask(application, f"/entries/{page_uuid(f'https://hush.example/{n}')}").status == 404
            for suffix in ("atom", "rss", "json"):
                assert ask(application, f"/feeds/source-{SECRET}.{suffix}").status == 404


def test_real_feeds_become_valid_documents(tmp_path: Path, corpus: Path) -> None:
    with Origin() as origin, bench(tmp_path) as running:
        for name in REAL:
            origin.put(f"/{name}", (corpus / name).read_bytes())
        running.subscribe(*(origin.url(f"/{name}") for name in REAL))
        running.cycle()
        assert len(running.store.sources.active()) == len(REAL) + 1
        assert len(json.loads(all_of(running, "json"))["items"]) > 10
        assert faults(running) == []
