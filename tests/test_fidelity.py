"""Nothing that a feed says is lost on the way: documents in, entries out, and what readers find in our documents."""

import io
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest

from feeds.model import Enclosure, Entry, Feed, FeedHead, FeedKind, Person, Published, Site, Source, SourceKind
from feeds.render import atom as our_atom
from feeds.render import jsonfeed as our_json
from feeds.render import rss as our_rss
from support import validity
from support.builders import BASE
from worker.cycle.retrieve import entries_of
from worker.model import Document
from worker.parse import parse

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DAY = datetime(2024, 12, 16, 5, tzinfo=UTC)
URL = "https://quay.example/feed.xml"
SOURCE = Source("6ba7b812-9dad-11d1-80b4-00c04fd430c8", "quay", SourceKind.FEED, "Quay", URL)
NAMESPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:thr="http://purl.org/syndication/thread/1.0"'
)


def rss(item: str) -> str:
    return f'<rss version="2.0" {NAMESPACES}><channel><title>Quay</title><item>{item}</item></channel></rss>'


def atom(entry: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES}><title>Quay</title><entry>{entry}</entry></feed>'


def atom03(entry: str) -> str:
    return f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Quay</title><entry>{entry}</entry></feed>'


def broken(item: str) -> str:
    """An end tag too many, so that the lenient lane reads it."""
    return f'<rss version="2.0" {NAMESPACES}><channel><title>Quay</title><item>{item}</item></i></channel></rss>'


def read(body: str | bytes) -> tuple[Entry, ...]:
    encoded = body.encode() if isinstance(body, str) else body
    document = Document(name=URL, body=encoded, retrieved_at=NOW, url=URL)
    return entries_of(SOURCE, document, parse(document), "")[0]


PODCAST = '<enclosure url="/1.mp3" length="123" type="audio/mpeg"/>'
ANN = "<name>Ann</name><email>ann@quay.example</email><uri>/ann</uri>"
ESCAPED = "Ships &lt;b&gt;come&lt;/b&gt; and go"

VIDEO = (
    "<media:group><media:description>See https://shop.example/fog\n\nOn List&lt;String&gt; and\n0:00 Fog &amp;amp; wind"
    "</media:description></media:group>"
)
VIDEO_SHOWN = {
    "content": '<p>See <a href="https://shop.example/fog">https://shop.example/fog</a></p>\n'
    "<p>On List&lt;String&gt; and<br>0:00 Fog &amp;amp; wind</p>"
}

# What a document says, and the fields of its one entry.
SAID: dict[str, tuple[str, dict[str, Any]]] = {
    "a file alone": (rss(PODCAST), {"enclosures": (Enclosure("https://quay.example/1.mp3", "audio/mpeg", 123),)}),
    "a file alone, ill-formed": (
        broken(PODCAST),
        {"enclosures": (Enclosure("https://quay.example/1.mp3", "audio/mpeg", 123),)},
    ),
    "a file without length and type": (
        rss('<enclosure url="/1.mp3"/>'),
        {"enclosures": (Enclosure("https://quay.example/1.mp3", "audio/mpeg"),)},
    ),
    "a file with a length as people write it": (
        rss('<enclosure url="/1.mp3" length="1,234" type="audio/mpeg; x=y"/>'),
        {"enclosures": (Enclosure("https://quay.example/1.mp3", "audio/mpeg", 1234),)},
    ),
    "a picture alone": (rss('<media:thumbnail url="/1.png"/>'), {"image": "https://quay.example/1.png"}),
    "an old name of a podcast's picture": (
        rss('<itunes:link rel="image" href="/2.png"/>'),
        {"image": "https://quay.example/2.png"},
    ),
    "a category alone": (rss("<category>Ferries</category>"), {"categories": ("Ferries",)}),
    "a row of tags": (rss("<tags>Ferries, Tides</tags>"), {"categories": ("Ferries", "Tides")}),
    "a label alone": (atom('<category label="Ferries"/>'), {"categories": ("Ferries",)}),
    "an author alone": (
        atom(f"<author>{ANN}</author>"),
        {"authors": (Person("Ann", "ann@quay.example", "https://quay.example/ann"),)},
    ),
    "an author alone, in RSS": (
        rss("<author>ann@quay.example (Ann)</author>"),
        {"authors": (Person("Ann", "ann@quay.example"),)},
    ),
    "a date alone": (rss("<pubDate>Mon, 16 Dec 2024 12:00:00 ICT</pubDate>"), {"published": DAY, "dated": True}),
    "a date alone, of Atom 0.3": (atom03("<issued>2024-12-16T05:00:00Z</issued>"), {"published": DAY}),
    "the page of comments alone": (rss("<comments>/c</comments>"), {"comments": "https://quay.example/c"}),
    "the page of replies alone": (atom('<link rel="replies" href="/c"/>'), {"comments": "https://quay.example/c"}),
    "its language alone": (rss("<dc:language>vi</dc:language>"), {"language": "vi"}),
    "content without a summary": (
        atom(f'<content type="html">{ESCAPED}</content>'),
        {"content": "Ships <b>come</b> and go", "summary": "Ships come and go"},
    ),
    "content without a summary, of Atom 0.3": (
        atom03(f'<content type="text/html" mode="escaped">{ESCAPED}</content>'),
        {"content": "Ships <b>come</b> and go", "summary": "Ships come and go"},
    ),
    "plain content without a summary": (
        atom("<content>1 &lt; 2</content>"),
        {"content": "<p>1 &lt; 2</p>", "title": "1 < 2"},
    ),
    "content in base64": (
        atom('<content type="application/octet-stream">U2hpcHMgPGI+Y29tZTwvYj4=</content>'),
        {"content": "Ships <b>come</b>"},
    ),
    "content in base64, of Atom 0.3": (
        atom03('<content type="text/html" mode="base64">U2hpcHMgPGI+Y29tZTwvYj4=</content>'),
        {"content": "Ships <b>come</b>"},
    ),
    "a picture in base64 is no text": (
        atom('<id>urn:x:1</id><content type="application/octet-stream">iVBORw0KGgo=</content>'),
        {"content": ""},
    ),
    "a frame that ends in itself": (
        rss("<description>One &lt;iframe src='https://v.example/1'/&gt; &lt;i&gt;two&lt;/i&gt;</description>"),
        {"content": 'One  <a href="https://v.example/1">v.example</a>  <i>two</i>'},
    ),
    "an object that nothing ends": (
        rss("<description>One &lt;OBJECT data='x'&gt; &lt;i&gt;two&lt;/i&gt;</description>"),
        {"content": "One  <i>two</i>"},
    ),
    "a frame that is ended": (
        rss("<description>One &lt;iframe src='x'&gt;hidden&lt;/iframe&gt; &lt;i&gt;two&lt;/i&gt;</description>"),
        {"content": "One  <i>two</i>"},
    ),
    "the description of a video": (atom(VIDEO), VIDEO_SHOWN),
    "the description of a video, in RSS": (rss(VIDEO), VIDEO_SHOWN),
    "the description of a video, ill-formed": (broken(VIDEO), VIDEO_SHOWN),
    "tags in the description of a video": (
        atom("<title>Fog</title>" + VIDEO.replace("On List&lt;String&gt;", "On &lt;b&gt;tags&lt;/b&gt;")),
        {"content": VIDEO_SHOWN["content"].replace("On List&lt;String&gt;", "On &lt;b&gt;tags&lt;/b&gt;")},
    ),
    "the description of a video as HTML": (
        rss('<media:description type="html">A &lt;b&gt;film&lt;/b&gt;</media:description>'),
        {"content": "A <b>film</b>"},
    ),
    "a film that only Flash plays": (
        rss('<media:content url="https://v.example/1" type="application/x-shockwave-flash"/>'),
        {"enclosures": ()},
    ),
    "types of a language in angle brackets": (
        rss("<dc:description>On List&lt;String&gt;\nand more</dc:description>"),
        {"content": "<p>On List&lt;String&gt;<br>and more</p>"},
    ),
    "lines of plain text that the document indents": (
        atom("<summary>One\n      two</summary>"),
        {"content": "", "summary": "One two"},
    ),
    "a title alone, ill-formed": (broken("<title>Ferries &amp; tides</title>"), {"title": "Ferries & tides"}),
    "JSON with a short version": (
        '{"version": "1.0", "items": [{"author": {"name": "Smith & Sons (Ltd)"}, "attachments": [{"url": "/1.mp3"}]}]}',
        {
            "authors": (Person("Smith & Sons (Ltd)"),),
            "enclosures": (Enclosure("https://quay.example/1.mp3", "audio/mpeg"),),
        },
    ),
    "channels of CDF": ('<CHANNEL><TITLE>Quay</TITLE><ITEM LASTMOD="2024-12-16T05:00:00Z"></ITEM></CHANNEL>', {}),
}


@pytest.mark.parametrize(("body", "fields"), SAID.values(), ids=SAID)
def test_an_entry_says_what_its_document_said(body: str, fields: dict[str, Any]) -> None:
    (entry,) = read(body)
    assert {name: getattr(entry, name) for name in fields} == fields


def test_entries_without_name_and_text_are_told_apart_and_keep_their_ids() -> None:
    items = "<category>A</category></item><item><category>B</category></item><item>" + PODCAST
    ids = [[entry.id for entry in read(rss(items))] for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


@pytest.mark.parametrize(("label", "title"), [("cp437", "Gabès ½"), ("ibm775", "Čiurlionis"), ("cp1125", "Їжак")])
def test_old_code_pages_are_read(label: str, title: str) -> None:
    body = f'<?xml version="1.0" encoding="{label}"?>{rss(f"<title>{title}</title>")}'
    assert read(body.encode(label))[0].title == title


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("<rss><channel><title>Caf&eacute;</title></channel></rss>", "Café"),
        ("<CHANNEL><TITLE>Quay</TITLE></CHANNEL>", "Quay"),
    ],
)
def test_a_feed_without_entries_says_its_title(body: str, title: str) -> None:
    assert parse(Document(name=URL, body=body.encode(), retrieved_at=NOW, url=URL)).title == title


# Out again: every document of SAID, as readers of ours find it.

SITE = Site("urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "Home", "", "", BASE, "en")
HEAD = FeedHead(Feed("all", "urn:uuid:6ba7b811-9dad-11d1-80b4-00c04fd430c8", "All", FeedKind.ALL), SITE, NOW)
FORMATS = {
    "atom": (our_atom, validity.check_atom),
    "rss": (our_rss, validity.check_rss),
    "json": (our_json, validity.check_json),
}


def published(entries: Iterable[Entry], form: Any) -> bytes:
    made = [Published(entry, f"{BASE}/e/{n}", SOURCE, NOW) for n, entry in enumerate(entries)]
    fragments = [form.fragment(one, SITE) for one in made]
    document: bytes = form.frame(HEAD, fragments).around(fragments)
    return document


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(("body", "_fields"), SAID.values(), ids=SAID)
def test_validators_take_what_is_published(body: str, _fields: dict[str, Any], suffix: str) -> None:
    form, check = FORMATS[suffix]
    judge: Callable[[bytes, str], list[validity.Finding]] = check
    assert validity.refused(judge(published(read(body), form), f"{BASE}/feeds/all.{suffix}")) == []


@pytest.mark.parametrize("suffix", ["atom", "rss"])
@pytest.mark.parametrize(("body", "_fields"), SAID.values(), ids=SAID)
def test_feedparser_finds_in_our_documents_what_was_said(body: str, _fields: dict[str, Any], suffix: str) -> None:
    (entry,) = read(body)
    (found,) = feedparser.parse(io.BytesIO(published([entry], FORMATS[suffix][0]))).entries
    assert found.id == entry.id
    assert tuple(found.published_parsed[:6]) == entry.published.timetuple()[:6]
    assert set(entry.categories) <= {tag.term for tag in found.get("tags", ())}
    files = [(one.href, one.type, int(one.get("length", 0))) for one in found.get("enclosures", ())]
    assert files == [(file.url, file.type, file.length or 0) for file in entry.enclosures]
    for text in filter(None, (entry.image, entry.comments, *(author.name for author in entry.authors))):
        assert text in str(found)
    if entry.content:  # a line that names the source stands below it
        assert found.content[-1].value.replace("<br />", "<br>").startswith(entry.content)
