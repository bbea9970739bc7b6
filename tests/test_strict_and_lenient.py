"""Two lanes, one result: what the strict and the lenient lane make of the same document, and item digests."""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.model import Person
from worker.model import DIGEST_BYTES, Deletion, Document, ParsedFeed, RawOrigin
from worker.parse import lenient, parse, prolog, strict

NOW = datetime(2026, 11, 20, tzinfo=UTC)
URL = "https://site.example/feed.xml"

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "atom": "http://www.w3.org/2005/Atom",
        "content": "http://purl.org/rss/1.0/modules/content/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "dcterms": "http://purl.org/dc/terms/",
        "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
        "fh": "http://purl.org/syndication/history/1.0",
        "at": "http://purl.org/atompub/tombstones/1.0",
        "georss": "http://www.georss.org/georss",
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "media": "http://search.yahoo.com/mrss/",
        "podcast": "https://podcastindex.org/namespace/1.0",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
        "sy": "http://purl.org/rss/1.0/modules/syndication/",
        "thr": "http://purl.org/syndication/thread/1.0",
        "wfw": "http://wellformedweb.org/CommentAPI/",
    }.items()
)
# Of items, channel and attributes of the root.
Make = Callable[..., str]
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'


def document(body: str | bytes) -> Document:
    return Document(name=URL, body=body.encode() if isinstance(body, str) else body, retrieved_at=NOW, url=URL)


def rss(*items: str, channel: str = "", root: str = "") -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0" {NAMESPACES} {root}><channel>{channel}{inside}</channel></rss>'


def rdf(*items: str, channel: str = "", root: str = "") -> str:
    inside = "".join(f'<item rdf:about="https://a.example/{n}">{item}</item>' for n, item in enumerate(items))
    # The namespace of RSS 1.0 goes before Atom's: feedparser takes the first that it knows for the version.
    return f'<rdf:RDF {RDF} {NAMESPACES} {root}><channel rdf:about="/">{channel}</channel>{inside}</rdf:RDF>'


def atom(*entries: str, channel: str = "", root: str = "") -> str:
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES} {root}>{channel}{inside}</feed>'


def by_strict(known: Document) -> ParsedFeed | None:
    text, _ = prolog.clean(prolog.decoded_text(known)[0])
    return strict.parse(prolog.without_declaration(text), known, frozenset())


def by_lenient(known: Document) -> ParsedFeed:
    text, _ = prolog.clean(prolog.decoded_text(known)[0])
    return lenient.parse(text, known)


def said(feed: ParsedFeed) -> ParsedFeed:
    """What a feed says, whoever read it; captions and groups of files are in no dictionary of feedparser's."""
    entries = tuple(
        replace(
            entry,
            digest=b"",
            enclosures=tuple(replace(one, title="", group=0) for one in entry.enclosures),
        )
        for entry in feed.entries
    )
    return replace(feed, entries=entries, lane="", items=(), warnings=())


def differences(one: ParsedFeed, other: ParsedFeed) -> set[str]:
    """Names of fields, those of entries after a dot."""
    found = {f.name for f in fields(ParsedFeed) if getattr(said(one), f.name) != getattr(said(other), f.name)}
    if "entries" in found and len(one.entries) == len(other.entries):
        found.remove("entries")
        for mine, theirs in zip(said(one).entries, said(other).entries, strict=True):
            found |= {f".{f.name}" for f in fields(mine) if getattr(mine, f.name) != getattr(theirs, f.name)}
    return found


# Accepted differences: where feedparser is wrong or loses something. Each line has a document that shows it, the field,
# what the strict lane says of it and what the lenient one says. Nothing else may differ.
OWNER = "<itunes:owner><itunes:name>Owner</itunes:name><itunes:email>o@a.example</itunes:email></itunes:owner>"
LEAK = "<itunes:summary>channel</itunes:summary><description>d</description>"
ACCEPTED = {
    "feedparser writes the name of a podcast's owner over its author's": (
        rss("<guid>1</guid>", channel=f"<itunes:author>Ann</itunes:author>{OWNER}"),
        "authors",
        (Person("Ann"),),
        (Person("Owner"),),
    ),
    "two descriptions of a channel change what feedparser makes of those of its first item": (
        rss("<description>long and bold</description><itunes:summary>plain</itunes:summary>", channel=LEAK),
        ".summary",
        "long and bold",
        "plain",
    ),
    "feedparser takes elements inside unknown ones for the feed's own": (
        rss(
            "<guid>1</guid>",
            channel="<title>T</title><podcast:liveItem status='live'><guid>live</guid></podcast:liveItem>",
        ),
        "id",
        "",
        "live",
    ),
    "feedparser gives an author without a name that of the author before": (
        atom("<id>1</id><author><name>Ann</name></author><author><uri>/bob</uri></author>"),
        ".authors",
        (Person("Ann"), Person("", uri="/bob")),
        (Person("Ann"), Person("Ann", uri="/bob")),
    ),
    "feedparser writes the name of a nested author over the author before": (
        atom("<id>1</id><dc:creator>Ann</dc:creator><author><name>Bob</name></author>"),
        ".authors",
        (Person("Ann"), Person("Bob")),
        (Person("Bob"), Person("Bob")),
    ),
    "feedparser keeps no text of an element that it does not know if it bears an attribute": (
        rss("<guid>1</guid><comments title='c'>https://a.example/c</comments>"),
        ".comments",
        "https://a.example/c",
        "",
    ),
    "feedparser lets an empty link hide that the guid is one": (
        rss("<link/><guid>https://a.example/1</guid>"),
        ".link",
        "https://a.example/1",
        "",
    ),
    "feedparser lets the title of an image inside an item count as the item's": (
        rss("<guid>1</guid><image><title>logo</title></image>"),
        ".title",
        "",
        "logo",
    ),
}
# Fields of real documents that differ, by which of the reasons above.
IN_CORPUS = {
    "feed-r-rss_2_0_anchorfm_xml.rss": {"authors"},
    "feed-r-rss_2_0_bbc_xml.rss": {"authors"},
    "feed-r-rss_2_0_heated_xml.rss": {"authors"},
    "feed-r-rss_2_0_spiegel_xml.rss": {"authors"},
    "feed-r-rss_2_0_ch9_xml.rss": {".summary", ".summary_text", ".content", ".content_text"},
    "venus-feed_xml.atom": {"authors", "id", "link", "updated", "links"},
}


@pytest.mark.parametrize("reason", ACCEPTED)
def test_an_accepted_difference_is_still_one(reason: str) -> None:
    body, field, mine, theirs = ACCEPTED[reason]
    one, other = by_strict(document(body)), by_lenient(document(body))
    assert one is not None
    assert field in differences(one, other)
    if field.startswith("."):
        assert getattr(one.entries[0], field[1:]) == mine
        assert getattr(other.entries[0], field[1:]) == theirs
    else:
        assert (getattr(one, field), getattr(other, field)) == (mine, theirs)


def test_only_the_strict_lane_keeps_captions_and_groups_of_files() -> None:
    forms = "".join(f'<media:content url="/{n}.mp3" bitrate="{n}"/>' for n in (64, 128))
    picture = '<media:content url="/p.png" width="4" height="3"><media:title>The pier</media:title></media:content>'
    known = document(rss(f"<guid>1</guid><media:group>{forms}</media:group>{picture}"))
    one, other = by_strict(known), by_lenient(known)
    assert one is not None
    assert [(file.title, file.group) for file in one.entries[0].enclosures] == [("", 1), ("", 1), ("The pier", 0)]
    assert [(file.bitrate, file.width, file.height) for file in one.entries[0].enclosures] == [
        (64, None, None),
        (128, None, None),
        (None, 4, 3),
    ]
    assert differences(one, other) == set()


def test_both_lanes_say_the_same_of_every_real_feed_that_both_can_read(corpus: Path) -> None:
    both = 0
    for path in sorted(path for path in corpus.iterdir() if path.suffix in (".rss", ".atom", ".rdf")):
        known = document(path.read_bytes())
        one = by_strict(known)
        if one is not None:
            both += 1
            assert differences(one, by_lenient(known)) == IN_CORPUS.get(path.name, set()), path.name
    files = {known["file"] for known in json.loads((corpus / "manifest.json").read_text())}
    assert both > len(files) * 0.9


# Documents that Hypothesis makes.

TEXT = st.sampled_from(
    ["", " ", "plain", "  padded\n", "a &amp; b", "a &amp;amp; b", "2 &lt; 3", "&lt;b&gt;bold&lt;/b&gt;",
     "<![CDATA[<p>para</p>]]>", "<![CDATA[a & b < c]]>", "<![CDATA[x]]>tail<![CDATA[]]>", "Hà Nội", "&#233;t&#xE9;",
     "Ã©", "One.\n\nTwo.",
     "&#x1F600;", "std::vector&lt;int&gt;", "a<!-- comment -->b", "&lt;br&gt;",
     "&lt;p&gt;One&lt;/p&gt;\n\n&lt;p&gt;Two",
     "\u200b", "&#160;x&#160;", "&#x92;", "&amp;eacute;", "&lt;img src=x onerror=y&gt;"]
)  # fmt: skip
ADDRESS = st.sampled_from(
    ["https://a.example/1", "https://a.example/?a=1&amp;b=2", "/relative", "rel?x=1", " https://a.example/padded ",
     "HTTP://A.example/", "//b.example/x", "tag:a.example,2024:1", "post-1", "#f", "javascript:alert(1)",
     "https://b.example/ế", "https:////c.example/x", "<![CDATA[https://a.example/?a=1&b=2]]>"]
)  # fmt: skip
REFERENCE = ADDRESS.filter(lambda address: "<" not in address)
DATE = st.sampled_from(
    ["Mon, 16 Dec 2024 12:00:00 +0700", "2024-12-16T05:00:00Z", "16 Dec 2024", "2024-12-16",
     "Tue, 31 Feb 2024 25:00 EST",
     "", "yesterday", "20241216T050000Z", "2024-12-16 05:00", "Thu, 01 Jan 2004 19:48:21 PDT", "1700000000", "2003",
     "2024-366", "2024-12-16T05:00:00.123456+07:00"]
)  # fmt: skip
AUTHOR = st.sampled_from(
    [
        "Ann",
        "ann@a.example",
        "ann@a.example (Ann Lee)",
        "Ann Lee &lt;ann@a.example&gt;",
        "",
        "a@b.museum",
        "<![CDATA[A]]>",
    ]
)
KIND = st.sampled_from(["", ' type="text"', ' type="html"', ' type="text/html"', ' type="TEXT/PLAIN"'])
MEDIA_TYPE = st.sampled_from(["", ' type="audio/mpeg"', ' type="Image/JPEG"', ' type="text/html"', ' medium="image"'])
LENGTH = st.sampled_from(["", ' length="12"', ' length="x"', ' length="-1"', ' length=" 7 "'])
SCOPE = st.sampled_from(
    ["", "", "", ' xml:base="https://base.example/a/"', ' xml:base="b/"', ' xml:base="javascript:x"', ' xml:lang="vi"',
     ' xml:lang="pt_BR" xml:base="/root/"', ' xml:lang=""', ' lang="de"']
)  # fmt: skip
REL = st.sampled_from(
    ["", ' rel="alternate"', ' rel="self"', ' rel="hub"', ' rel="enclosure"', ' rel="replies"', ' rel="NEXT"',
     ' rel="prev-archive"', ' rel="via"', ' rel="alternate" type="application/pdf"']
)  # fmt: skip
XHTML = st.sampled_from(
    ["<div xmlns='http://www.w3.org/1999/xhtml'>a <b class='x'>b</b> &lt; c<br/>d</div>",
     "<h:div xmlns:h='http://www.w3.org/1999/xhtml'><h:p>one</h:p><h:img SRC='/i.png' alt='&quot;'/></h:div>",
     "\n <div xmlns='http://www.w3.org/1999/xhtml'>one</div><div xmlns='http://www.w3.org/1999/xhtml'>two</div>",
     "text",
     "<div xmlns='http://www.w3.org/1999/xhtml'/>", "<p xmlns='http://www.w3.org/1999/xhtml'><![CDATA[a<b]]></p>"]
)  # fmt: skip


def texts(*names: str, values: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[str]:
    return st.builds(
        lambda name, scope, value: f"<{name}{scope}>{value}</{name}>", st.sampled_from(names), SCOPE, values
    )


def bare(*names: str, values: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[str]:
    return st.builds(lambda name, value: f"<{name}>{value}</{name}>", st.sampled_from(names), values)


MODULES = st.one_of(
    texts("dc:title", "dc:description", "dc:subject", "dc:language", "dc:rights", "dc:publisher", "dc:contributor"),
    texts("dc:date", "dcterms:issued", "dcterms:modified", "dcterms:created", values=DATE),
    texts("content:encoded", "itunes:summary", "itunes:subtitle", "media:credit"),
    bare("itunes:keywords", "media:keywords"),
    texts("media:title", "media:description", "georss:point", "slash:comments", "thr:total", "podcast:season"),
    bare("feedburner:origLink", values=ADDRESS),
    texts("wfw:commentRss", values=ADDRESS),
    bare("itunes:duration", values=st.sampled_from(["1834", "30:34", " 1:30:34 ", "", "x"])),
    bare("itunes:explicit", values=st.sampled_from(["yes", "clean", "True", "no", "maybe", ""])),
    st.builds(lambda url: f'<itunes:image href="{url}"/>', REFERENCE),
    st.builds(lambda url: f'<media:thumbnail url="{url}" width="1"/>', REFERENCE),
    st.builds(
        lambda url, kind, inner: (
            f'<media:content url="{url}"{kind} fileSize="5" duration="1.5" width="0" height="">{inner}</media:content>'
        ),
        REFERENCE,
        MEDIA_TYPE,
        st.one_of(st.just(""), texts("media:title", "media:description", "media:credit")),
    ),
    st.builds(
        lambda url, text, kind: (
            f'<media:group><media:content url="{url}"{kind}/><media:title>{text}</media:title>'
            f'<media:thumbnail url="{url}"/></media:group>'
        ),
        REFERENCE,
        TEXT,
        MEDIA_TYPE,
    ),
    st.builds(
        lambda rel, url, kind: f'<atom:link{rel} href="{url}"{kind if "type" not in rel else ""}/>',
        REL,
        REFERENCE,
        MEDIA_TYPE.filter(lambda kind: "medium" not in kind),
    ),
)
RSS_ITEM = st.one_of(
    texts("title", "description", "category", "rights"),
    texts("link", "guid", values=ADDRESS),
    bare("comments", values=ADDRESS),
    texts("pubDate", "atom:updated", "atom:published", values=DATE),
    texts("author", "dc:creator", "itunes:author", values=AUTHOR.filter(bool)),
    st.builds(lambda id_: f'<guid isPermaLink="false">{id_}</guid>', ADDRESS),
    st.builds(lambda term: f'<category domain="d">{term}</category>', TEXT),
    st.builds(lambda url, title: f'<source url="{url}">{title}</source>', REFERENCE, TEXT),
    st.builds(lambda url, kind, size: f'<enclosure url="{url}"{kind}{size}/>', REFERENCE, MEDIA_TYPE, LENGTH),
    MODULES,
    MODULES,
)
ATOM_TEXT = st.one_of(
    st.builds(
        lambda name, kind, scope, text: f"<{name}{kind}{scope}>{text}</{name}>",
        st.sampled_from(["title", "summary", "content", "rights"]),
        KIND,
        SCOPE,
        TEXT,
    ),
    st.builds(
        lambda name, scope, text: f'<{name} type="xhtml"{scope}>{text}</{name}>',
        st.sampled_from(["title", "summary", "content"]),
        SCOPE,
        XHTML,
    ),
)
ATOM_AUTHOR = st.builds(
    lambda name, email, uri: f"<author><name>{name}</name>{email}{uri}</author>",
    st.sampled_from(["Ann", "Bob", "Đặng"]),
    st.sampled_from(["", "<email>ann@a.example</email>"]),
    st.sampled_from(["", "<uri>/ann</uri>", "<uri>https://a.example/</uri>"]),
)
ATOM_LINK = st.builds(
    lambda rel, url, kind, size, scope: f'<link{rel} href="{url}"{kind if "type" not in rel else ""}{size}{scope}/>',
    REL,
    REFERENCE,
    MEDIA_TYPE.filter(lambda kind: "medium" not in kind),
    LENGTH,
    SCOPE,
)
ATOM_COMMON = st.one_of(ATOM_TEXT, ATOM_LINK, texts("id", values=ADDRESS), texts("updated", values=DATE))
OF_FEED = ATOM_COMMON.filter(lambda element: not element.startswith(("<summary", "<content")))
ATOM_ENTRY = st.one_of(
    ATOM_COMMON,
    texts("published", values=DATE),
    ATOM_AUTHOR,
    st.builds(lambda term: f'<category term="{term}" label="L" scheme="s"/>', st.sampled_from(["", "a", "b"])),
    st.builds(lambda name: f"<contributor><name>{name}</name></contributor>", TEXT),
    st.builds(
        lambda src, kind: f'<content src="{src}"{kind}/>', REFERENCE, MEDIA_TYPE.filter(lambda k: "med" not in k)
    ),
    st.builds(
        lambda inner: f"<source>{''.join(inner)}</source>", st.lists(st.one_of(OF_FEED, ATOM_AUTHOR), max_size=4)
    ),
    MODULES,
)
FEED = st.one_of(
    texts("title", "dc:rights"),
    bare("sy:updatePeriod", "ttl"),
    bare("sy:updatePeriod", values=st.sampled_from(["hourly", "daily", "Weekly", " monthly", "never"])),
    bare("sy:updateFrequency", "ttl", values=st.sampled_from(["1", "2", "0", "-1", "90", "x", "99999999999"])),
    texts("language", "dc:language", values=st.sampled_from(["en", "vi-VN", ""])),
    texts("lastBuildDate", "pubDate", "dc:date", values=DATE),
    texts("link", values=ADDRESS),
    texts("managingEditor", "dc:creator", values=AUTHOR.filter(bool)),
    st.just("<skipHours><hour>0</hour><hour> 24</hour><hour>7</hour><hour>x</hour></skipHours>"),
    st.just("<skipDays><day>Monday</day><day>sunday</day><day>Someday</day></skipDays>"),
    st.just("<image><url>/i.png</url><title>logo</title><link>/logo</link></image>"),
    st.just("<fh:complete/>"),
    st.just("<cloud domain='a' port='80'/>"),
    st.builds(lambda rel, url: f'<atom:link{rel} href="{url}"/>', REL, REFERENCE),
)
ATOM_FEED = st.one_of(
    OF_FEED,
    ATOM_AUTHOR,
    texts("subtitle", "generator", "icon", "logo"),
    st.just('<at:deleted-entry ref="tag:a.example,2024:&amp;9" when="2024-12-16T05:00:00Z"/>'),
    st.just("<fh:complete/>"),
)


def of(make: Make, item: st.SearchStrategy[str], channel: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    items = st.lists(st.lists(item, max_size=7).map("".join), max_size=3)
    return st.builds(
        lambda items, channel, root: make(*items, channel="".join(channel), root=root),
        items,
        st.lists(channel, max_size=5),
        SCOPE,
    )


DOCUMENTS = st.one_of(of(rss, RSS_ITEM, FEED), of(rdf, RSS_ITEM, FEED), of(atom, ATOM_ENTRY, ATOM_FEED))


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(DOCUMENTS)
def test_both_lanes_say_the_same_of_every_document(body: str) -> None:
    one = by_strict(document(body))
    if one is not None:
        other = by_lenient(document(body))
        assert differences(one, other) == set()


# What each lane says of the parts of a feed that feedparser has no words for.


@pytest.mark.parametrize("read", [by_strict, by_lenient])
def test_rhythm_links_and_tombstones(read: Callable[[Document], ParsedFeed]) -> None:
    feed = read(
        document(
            rss(
                "<guid>1</guid>",
                channel="<ttl>30</ttl><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
                "<skipHours><hour>0</hour><hour>24</hour><hour>05</hour></skipHours><skipDays><day>Sunday</day></skipDays>"
                "<atom:link rel='hub' href='https://hub.example/'/><atom:link rel='self' href='/feed.xml'/>"
                "<atom:link rel='prev' href='?page=2'/><atom:link rel='alternate' href='/'/><fh:complete/>"
                "<at:deleted-entry ref='urn:x:9' when='2024-12-16T05:00:00Z'/>",
            )
        )
    )
    assert (feed.ttl, feed.skip_hours, feed.skip_days) == (720, frozenset({0, 5}), frozenset({6}))
    assert feed.links == (
        ("hub", "https://hub.example/"),
        ("self", URL),
        ("previous", "https://site.example/feed.xml?page=2"),
    )
    assert (feed.complete, feed.deletions) == (True, (Deletion("urn:x:9", "2024-12-16T05:00:00Z"),))


@pytest.mark.parametrize("read", [by_strict, by_lenient])
def test_what_the_source_marks_as_not_public_is_left_out(read: Callable[[Document], ParsedFeed]) -> None:
    control = "<app:control xmlns:app='{}'><app:draft>{}</app:draft></app:control>"
    wp = "xmlns:wp='http://wordpress.org/export/1.2/'"
    items = [
        control.format("http://www.w3.org/2007/app", "yes"),
        control.format("http://purl.org/atom/app#", "yes"),
        control.format("http://www.w3.org/2007/app", "no"),
        *(f"<wp:status {wp}>{status}</wp:status>" for status in ("draft", "private", "future", "publish", "inherit")),
        f"<wp:post_password {wp}>secret</wp:post_password>",
        f"<wp:post_password {wp}></wp:post_password>",
    ]
    feed = read(document(rss(*(f"<guid>{number}</guid>{item}" for number, item in enumerate(items)))))
    assert [entry.guid for entry in feed.entries] == ["2", "6", "7", "9"]
    assert feed.warnings == ("W_DRAFT: 6 entries that the source marks as not public were left out",)


BLOGGER = "http://schemas.google.com/blogger/2018"
APP, OLD_APP = "http://www.w3.org/2007/app", "http://purl.org/atom/app#"


def by_repair(document: Document) -> ParsedFeed:
    """As a document is read that is not well-formed, without SAX."""
    broken = document.body.replace(b"</feed>", b"<category term=a></feed>")
    return by_lenient(replace(document, body=broken))


@pytest.mark.parametrize("read", [by_strict, by_lenient, by_repair])
@pytest.mark.parametrize(
    ("mark", "public"),
    [
        (f"<status xmlns='{BLOGGER}'>DRAFT</status>", False),
        (f"<status xmlns='{BLOGGER}'>LIVE</status>", True),
        (f"<b:status xmlns:b='{BLOGGER}'>SCHEDULED</b:status>", False),
        (f"<b:status xmlns:b='{BLOGGER}'>SOFT_TRASHED</b:status>", False),
        (f"<old:control xmlns:old='{OLD_APP}'><old:draft>yes</old:draft></old:control>", False),
        (f"<old:control xmlns:old='{OLD_APP}'><old:draft>no</old:draft></old:control>", True),
        (f"<x:control xmlns:x='{APP}'><x:draft> Yes </x:draft></x:control>", False),
        (f"<control xmlns='{APP}'><draft>yes</draft></control>", False),
        (
            f"<b:control xmlns:b='{OLD_APP}'><b:draft>yes</b:draft></b:control>"
            f"<a:control xmlns:a='{APP}'><a:draft>no</a:draft></a:control>",
            False,
        ),
        ("<p:status xmlns:p='http://wordpress.org/export/1.1/'>pending</p:status>", False),
        ("<s:status xmlns:s='https://orders.example/'>shipped</s:status>", True),
    ],
)
def test_a_mark_of_drafts_is_known_by_its_namespace(
    read: Callable[[Document], ParsedFeed], mark: str, public: bool
) -> None:
    feed = read(document(atom(f"<id>urn:1</id><title>t</title>{mark}<link href='/1'/>", "<id>urn:2</id>")))
    assert [entry.guid for entry in feed.entries] == ["urn:1"] * public + ["urn:2"]


@pytest.mark.parametrize("read", [by_strict, by_lenient])
def test_an_entry_of_another_feed_names_it(read: Callable[[Document], ParsedFeed]) -> None:
    entries = read(
        document(rss("<guid>1</guid><source url='https://o.example/feed'>Other</source>", "<guid>2</guid>"))
    ).entries
    assert [entry.origin for entry in entries] == [RawOrigin("Other", feed_url="https://o.example/feed"), None]
    source = (
        "<source><id>urn:o</id><title>Other</title><link rel='self' href='https://o.example/feed'/><link href='/o'/>"
        "<updated>2024-12-16T05:00:00Z</updated><rights>©</rights><author><name>Ann</name></author></source>"
    )
    entry = read(document(atom(f"<id>urn:1</id><title>t</title>{source}"))).entries[0]
    assert entry.origin == RawOrigin("Other", "urn:o", "https://o.example/feed", "/o", "2024-12-16T05:00:00Z", "©")
    assert entry.authors == (Person("Ann"),)
    assert (entry.title, entry.guid) == ("t", "urn:1")


# Which lane.

STRICT = rss("<guid>1</guid>")


@pytest.mark.parametrize(
    ("body", "lane"),
    [
        (STRICT, "strict"),
        ('<?xml version="1.0" encoding="utf-8"?>\n' + STRICT, "strict"),
        (rdf("<title>t</title>"), "strict"),
        (atom("<id>urn:1</id>"), "strict"),
        (STRICT.replace("<rss ", '<rss xmlns="http://backend.userland.com/rss2" '), "strict"),
        (STRICT.replace("</channel>", ""), "lenient"),
        (rss("<guid>1</guid><title>a &nbsp; b & c</title>"), "strict"),
        ('<!DOCTYPE rss SYSTEM "x.dtd">' + rss("<guid>1</guid><title>a &nbsp; b</title>"), "strict"),
        ('<!DOCTYPE rss SYSTEM "x.dtd">' + STRICT, "strict"),
        (rss("<guid>1</guid><unknown:title>t</unknown:title>"), "lenient"),
        ('<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><id>1</id></entry></feed>', "lenient"),
        ('<CHANNEL><ITEM HREF="/1"><TITLE>t</TITLE></ITEM></CHANNEL>', "lenient"),
        (rss("<guid>1</guid><description>not <b>escaped</b></description>"), "lenient"),
        (rss("<guid>1</guid><item><guid>2</guid></item>"), "lenient"),
        (rss("<guid>1</guid><description>" + "<b>" * 300 + "</b>" * 300 + "</description>"), "lenient"),
        ("<br>" + STRICT, "lenient"),
        (STRICT + "junk", "lenient"),
    ],
)
def test_the_lane_is_chosen_by_the_document(body: str, lane: str) -> None:
    feed = parse(document(body))
    assert (feed.lane, len(feed.entries) > 0) == (lane, True)


def test_a_document_of_very_much_markup_goes_to_the_lane_that_can_be_killed() -> None:
    text = rss("<guid>1</guid>" + "<category/>" * strict.MOST_MARKUP)
    assert strict.parse(text, document(text), frozenset()) is None


# Digests of items.

THREE = [f"<guid>{n}</guid><title>t{n}</title>" for n in "abc"]
MAKERS: dict[str, Make] = {
    "rss": lambda items, channel="", root="": rss(*items, channel=channel, root=root),
    "rss with a comment": lambda items, channel="", root="": rss(
        *items, channel=f"<!-- <item> -->{channel}", root=root
    ),
    "rdf": lambda items, channel="", root="": rdf(*items, channel=channel, root=root),
    "not well-formed": lambda items, channel="", root="": rss(
        *items, channel=f"{channel}<title>A & B</title>", root=root
    ),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_only_what_was_not_seen_is_built(maker: str) -> None:
    make = MAKERS[maker]
    before = parse(document(make(THREE)))
    assert [len(digest) for digest in before.items] == [DIGEST_BYTES] * 3
    assert [entry.digest for entry in before.entries] == list(before.items)
    again = parse(document(make(THREE)), before.items)
    assert (again.items, again.entries) == (before.items, ())
    changed = parse(document(make([THREE[0], THREE[1] + "<category>new</category>", THREE[2]])), before.items)
    assert [one == other for one, other in zip(before.items, changed.items, strict=True)] == [True, False, True]
    assert [entry.title for entry in changed.entries] == ["tb"]
    assert changed.entries[0].digest == changed.items[1]


@pytest.mark.parametrize("maker", ["rss", "rss with a comment", "not well-formed"])
def test_items_keep_their_digests_wherever_they_stand(maker: str) -> None:
    make = MAKERS[maker]
    before = parse(document(make(THREE))).items
    assert parse(document(make([*THREE[::-1], "<guid>d</guid>"]))).items[:3] == before[::-1]


@pytest.mark.parametrize(
    ("channel", "root", "same"),
    [
        ("<lastBuildDate>Mon, 16 Dec 2024 05:00:00 GMT</lastBuildDate><ttl>5</ttl>", "", True),
        ("<language>vi</language>", "", False),
        ("<managingEditor>Ann</managingEditor>", "", False),
        ("", 'xml:lang="vi"', False),
        ("", 'xml:base="https://b.example/"', False),
        ("", 'xmlns:new="https://b.example/"', False),
    ],
)
def test_digests_change_with_what_the_document_says_of_all_its_items(channel: str, root: str, same: bool) -> None:
    before, after = parse(document(rss(*THREE))).items, parse(document(rss(*THREE, channel=channel, root=root))).items
    assert [one == other for one, other in zip(before, after, strict=True)] == [same] * 3


@pytest.mark.parametrize("maker", MAKERS)
def test_items_that_share_their_guid_are_always_built(maker: str) -> None:
    items = ["<guid>a</guid><title>1</title>", "<guid>b</guid>", "<guid>a</guid><title>2</title>"]
    before = parse(document(MAKERS[maker](items)))
    assert [entry.guid for entry in parse(document(MAKERS[maker](items)), before.items).entries] == ["a", "a"]


def test_the_digest_of_an_item_does_not_depend_on_how_it_is_cut_out() -> None:
    """CDATA that looks like items: no cut between items is certain."""
    tricky = ["<guid>a</guid><title>t</title><description><![CDATA[</item><item>]]></description>", *THREE]
    before = parse(document(rss(*tricky)))
    assert len(set(before.items)) == 4
    changed = parse(document(rss(tricky[0].replace("</item><item>", "</item>x<item>"), *THREE)), before.items)
    assert [entry.guid for entry in changed.entries if entry.title == "t"] == ["a"]
    assert changed.items[1:] == before.items[1:]


def test_items_of_json_feeds_have_digests_too() -> None:
    def feed(*items: dict[str, object]) -> bytes:
        return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()

    before = parse(document(feed({"id": "a", "content_text": "x"}, {"id": "b", "content_text": "x"})))
    after = parse(document(feed({"id": "a", "content_text": "y"}, {"id": "b", "content_text": "x"})), before.items)
    assert [entry.guid for entry in after.entries] == ["a"]
    assert after.items[1] == before.items[1]


def test_the_lenient_lane_may_run_elsewhere() -> None:
    asked = []

    def elsewhere(text: str, known: Document) -> ParsedFeed:
        asked.append(known.name)
        return lenient.parse(text, known)

    parse(document(rss("<guid>1</guid>")), lenient=elsewhere)
    assert asked == []
    assert parse(document(rss("<guid>1</guid><title>A</title></i>")), lenient=elsewhere).entries[0].title == "A"
    assert asked == [URL]
