"""Finding the feed behind a page."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ParseError
from worker.model import Document
from worker.subscribe.discover import (
    CANDIDATES_MAX,
    Candidate,
    candidate_feeds,
    looks_like_feed,
    not_a_feed,
    well_known,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = "https://a.example/blog/page"
CHANNEL = "UC" + "x-Y_9" * 4 + "ab"
CHANNEL_FEED = f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}"


def document(html: str | bytes, url: str = PAGE, charset: str = "utf-8", media_type: str = "text/html") -> Document:
    body = html.encode() if isinstance(html, str) else html
    return Document(url, body, NOW, url=url, media_type=media_type, charset=charset)


def urls(html: str | bytes, url: str = PAGE) -> list[str]:
    return [one.url for one in candidate_feeds(document(html, url))]


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/feed">', "https://a.example/feed"),
        ('<link rel="ALTERNATE home" type="Application/Atom+XML; charset=utf-8" href="f">', "https://a.example/blog/f"),
        ("<link rel=alternate type=application/feed+json href=//b.example/x>", "https://b.example/x"),
        ('<link rel="alternate" type="application/rdf+xml" href="x.rdf">', "https://a.example/blog/x.rdf"),
        ('<link rel="alternate" type="application/json" href="/feed.json">', "https://a.example/feed.json"),
        ('<link rel="alternate" type="text/xml" href="/rss">', "https://a.example/rss"),
        ('<link rel="feed" href="/updates">', "https://a.example/updates"),
        (
            '<base href="/other/"><link rel="alternate" type="application/rss+xml" href="f">',
            "https://a.example/other/f",
        ),
        ('<link rel="alternate" type="application/rss+xml" href="feed://a.example/feed">', "https://a.example/feed"),
        ('<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">', ""),
        ('<link rel="alternate" type="application/rss+xml">', ""),
        ('<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">', ""),
        ('<link rel="alternate" type="application/json+oembed" href="/oembed?url=x">', ""),
        ('<link rel="alternate" hreflang="de" href="/de/">', ""),
        ('<link rel="stylesheet" type="text/css" href="/feed">', ""),
    ],
)
def test_a_page_announces_its_feeds_in_link_elements(link: str, found: str) -> None:
    assert urls(f"<html><head>{link}</head><body>x</body></html>") == ([found] if found else [])


@pytest.mark.parametrize(
    ("href", "feed"),
    [
        ("/feed", True),
        ("/feed/", True),
        ("/blog/rss.xml", True),
        ("/atom.xml", True),
        ("index.xml", True),
        ("/news.rss", True),
        ("/feed.json", True),
        ("/rss/world", False),
        ("/tin-moi.rss", True),
        ("/?feed=rss2", True),
        ("/posts?format=atom&x=1", True),
        ("https://feeds.b.example/world", True),
        ("https://rss.b.example/", False),
        ("/feedback", False),
        ("/sitemap.xml", False),
        ("/about-rss.html", False),
        ("/format?feeder=rss", False),
        ("mailto:feed@a.example", False),
    ],
)
def test_a_link_in_the_text_counts_if_it_looks_like_a_feed(href: str, feed: bool) -> None:
    assert bool(urls(f'<p><a href="{href}">x</a>')) is feed


@pytest.mark.parametrize("name", ["RSS", " Atom ", "RSS feeds", "web feed", "<b>Feeds</b>"])
def test_a_link_with_the_name_of_a_feed_counts_wherever_it_leads(name: str) -> None:
    assert urls(f'<a href="/all.html">{name}</a> <a href="/x">RSS is dead</a>') == ["https://a.example/all.html"]


def test_what_a_site_is_known_for_goes_before_what_its_page_says() -> None:
    html = '<link rel="alternate" type="application/atom+xml" href="/a/b/commits/main.atom" title="Commits">'
    assert [one.rpartition("/")[2] for one in urls(html, "https://github.com/a/b")] == [
        "releases.atom",
        "tags.atom",
        "commits.atom",
        "main.atom",
    ]


def test_announced_feeds_go_before_headers_and_links_and_feeds_of_comments_come_last() -> None:
    html = """<head>
      <link rel="alternate" type="application/rss+xml" title="A » Comments Feed" href="/comments/feed/">
      <link rel="alternate" type="application/rss+xml" title="A &raquo;  Feed" href="/feed/">
      </head><body><a href="/rss.xml"><b>All</b> news</a> <a href="/feed/#top">again</a></body>"""
    headers = [
        ("https://a.example/h.atom", "alternate", "application/atom+xml"),
        ("https://hub.example/", "hub", ""),
        ("https://a.example/de", "alternate", "text/html"),
    ]
    assert candidate_feeds(document(html), headers) == (
        Candidate("https://a.example/feed/", "A » Feed", "application/rss+xml"),
        Candidate("https://a.example/h.atom", "", "application/atom+xml"),
        Candidate("https://a.example/rss.xml", "All news", ""),
        Candidate("https://a.example/comments/feed/", "A » Comments Feed", "application/rss+xml"),
    )


def test_link_headers_count_even_where_there_is_no_page() -> None:
    headers = [("https://a.example/f", "alternate", "application/rss+xml")]
    assert [one.url for one in candidate_feeds(document(b""), headers)] == ["https://a.example/f"]


def test_a_page_in_its_own_charset_gives_its_titles_right() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/f" title="Новости">'
    for charset in ("windows-1251", "no-such-charset"):
        head = f'<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">{link}'
        page = document(head.encode("windows-1251"), charset=charset)
        assert [one.title for one in candidate_feeds(page)] == ["Новости"]


def test_titles_in_utf8_are_read_without_a_stated_charset() -> None:
    page = document('<link rel="alternate" type="application/rss+xml" href="/f" title="Tin tức">', charset="")
    assert [one.title for one in candidate_feeds(page)] == ["Tin tức"]


def test_a_page_full_of_links_gives_a_few_dozen() -> None:
    assert len(urls("".join(f'<a href="/{n}/feed">x</a>' for n in range(5000)))) == CANDIDATES_MAX


@pytest.mark.parametrize(
    ("url", "html"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}", "<title>A</title>"),
        (f"https://m.youtube.com/channel/{CHANNEL}/videos", "<title>A</title>"),
        ("https://www.youtube.com/@a", f'<link rel="canonical" href="https://www.youtube.com/channel/{CHANNEL}">'),
        ("https://youtube.com/@a", f'<script>var d = {{"externalId":"{CHANNEL}","x":1}}</script>'),
    ],
)
def test_a_channel_of_youtube_has_a_feed(url: str, html: str) -> None:
    assert urls(f"<html>{html}<p>x", url)[0] == CHANNEL_FEED


@pytest.mark.parametrize("url", [f"https://youtube.com.evil.example/channel/{CHANNEL}", PAGE])
def test_another_site_is_not_youtube(url: str) -> None:
    assert urls(f'<html><script>"channelId":"{CHANNEL}"</script>', url) == []


def test_well_known_places_start_below_the_page_and_end_at_the_root() -> None:
    places = well_known("https://a.example/blog/?page=2#x")
    assert places[0] == "https://a.example/blog/feed"
    for path in ("/feed", "/rss.xml", "/atom.xml", "/index.xml", "/feed.xml", "/feed.json"):
        assert f"https://a.example{path}" in places
    assert len(places) == len(set(places)) < 20
    assert well_known("https://a.example")[0] == "https://a.example/feed"


@pytest.mark.parametrize(
    ("url", "first"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}", CHANNEL_FEED),
        (
            "https://www.youtube.com/playlist?list=PLx_1",
            "https://www.youtube.com/feeds/videos.xml?playlist_id=PLx_1",
        ),
    ],
)
def test_the_well_known_place_of_a_channel_is_its_feed(url: str, first: str) -> None:
    assert well_known(url)[0] == first


@pytest.mark.parametrize("url", ["", "x", "file:///etc/passwd", "mailto:a@b", "http://"])
def test_what_is_no_web_address_has_no_well_known_places(url: str) -> None:
    assert well_known(url) == ()


RSS = '<rss version="2.0"><channel></channel></rss>'


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (RSS.encode(), True),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n" + RSS.encode(), True),
        (b"\n\n  <?xml version='1.0'?>" + RSS.encode(), True),
        (b"<b>Warning</b>: mysql_connect()<br />\n" + RSS.encode(), True),
        (b"<!-- <html> --><!DOCTYPE rss PUBLIC 'x' 'y'>" + RSS.encode(), True),
        (RSS.encode("utf-16"), True),
        ("\ufeff".encode("utf-16-be") + RSS.encode("utf-16-be"), True),
        (b'<feed xmlns="http://www.w3.org/2005/Atom">', True),
        (b'<a:feed xmlns:a="http://www.w3.org/2005/Atom">', True),
        (b'<rdf:RDF xmlns="http://purl.org/rss/1.0/">', True),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', True),
        (b'{"items": [], "version":"https:\\/\\/jsonfeed.org\\/version\\/1"}', True),
        (b"<!DOCTYPE html><html><feed></html>", False),
        (b"<html><body><rss></body></html>", False),
        (b"<!doctype HTML PUBLIC 'x'><rss>", False),
        (b'<opml version="2.0">', False),
        (b"<?xml version='1.0'?><urlset>", False),
        (b"<feedback>", False),
        (b'{"items": []}', False),
        (b"", False),
        (b"\x89PNG\r\n", False),
    ],
)
def test_a_feed_is_told_by_how_it_begins(body: bytes, verdict: bool) -> None:
    assert looks_like_feed(document(body)) is verdict


def test_a_feed_is_no_page_to_look_for_feeds_in() -> None:
    assert urls('<rss><channel><item><a href="/feed">x</a></item></channel></rss>') == []


# fmt: off
JUNK = st.lists(
    st.sampled_from([
        "<html", "<link", "<base", "<a", 'href="', 'rel="alternate"', 'type="application/rss+xml"', 'title="', ">", '"',
        "</a>", "\0", "&#0;", "&#xD800;", "<?xml", "?>", "<!--", "-->", "http://[", "//x:", "../", "\ud800", "ｆ",
        "<![CDATA[", "]]>", "<title>", "/feed", "<meta charset=utf-16>",
    ]),
    max_size=40,
).map(lambda parts: " ".join(parts).encode("utf-8", "surrogatepass"))
# fmt: on


@given(st.binary() | JUNK, st.sampled_from(["", "utf-8", "utf-16", "utf-7", "x", "\0", "idna", "base64", "ü"]))
def test_any_bytes_can_be_looked_at(body: bytes, charset: str) -> None:
    page = document(body, charset=charset)
    for one in candidate_feeds(page):
        assert one.url.startswith(("http://", "https://"))
    looks_like_feed(page)


@pytest.mark.parametrize("body", [b"<div>" * 100_000, b"<a href=/feed>" * 20_000, b"<!--" * 100_000, b"<" * 1_000_000])
def test_a_page_made_to_be_slow_is_read_all_the_same(body: bytes) -> None:
    assert len(candidate_feeds(document(body))) <= 1


def no_feed(code: str = "E_NOTFEED") -> ParseError:
    return ParseError(PAGE, "This is a web page, not a feed.", code)


@pytest.mark.parametrize(
    ("html", "message"),
    [
        ("<p>Log in", "This is a web page, not a feed."),
        (
            '<link rel=alternate type=application/atom+xml href="http://a:geheim@a.example/f#x"><a href="/rss">All</a>',
            "This is a web page, not a feed. Feed links on it: http://a.example/f, https://a.example/rss.",
        ),
        (
            "".join(f'<link rel=alternate type=application/rss+xml href="/{n}">' for n in range(9)),
            "This is a web page, not a feed. Feed links on it: https://a.example/0, https://a.example/1,"
            " https://a.example/2, https://a.example/3, https://a.example/4.",
        ),
        (f'<a href="/{"x" * 500}/feed">Feed</a>', "This is a web page, not a feed."),
    ],
)
def test_a_page_in_place_of_a_feed_is_told_with_the_feeds_that_it_points_to(html: str, message: str) -> None:
    told = not_a_feed(document(html), no_feed())
    assert (told.name, told.message, told.code) == (PAGE, message, "E_NOTFEED")


def test_links_of_the_answer_count_and_another_error_stays_as_it_is() -> None:
    header = (("https://a.example/h.atom", "alternate", "application/atom+xml"),)
    assert "Feed links on it: https://a.example/h.atom." in not_a_feed(document("<p>x"), no_feed(), header).message
    other = no_feed("E_XML")
    assert not_a_feed(document('<a href="/rss">x</a>'), other).args == other.args
