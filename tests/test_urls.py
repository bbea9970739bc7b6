"""URLs and ids: made absolute, compared, checked, and shown without secrets."""

import re
from collections.abc import Callable
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.text import dates, plaintext, urls

PIECES = (
    "http:// https: // e.org www. / .. /./ ? # & &amp; amp; % %4 %41 @ : :80 :443 [ ::1 ] \\ é \u200b utm_a=x a=1 0x7"
)
pieces = st.lists(st.sampled_from([*PIECES.split(), " ", "\n", "\x00"]) | st.text(max_size=2)).map("".join)


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("http://example.org", "http://example.org"),
        ("https://example.org/a?b=1&c=%C3%A9#d", "https://example.org/a?b=1&c=%C3%A9#d"),
        ("HTTP://Example.ORG/A", "http://example.org/A"),
        ('http://e.org/A b|c{d}[e]<f>"g^h`i\\j', "http://e.org/A%20b%7Cc%7Bd%7D%5Be%5D%3Cf%3E%22g%5Eh%60i%5Cj"),
        ("http://e.org/?q=[1]&x=ă#ệ#2", "http://e.org/?q=%5B1%5D&x=%C4%83#%E1%BB%87%232"),
        ("http://e.org/100%/%zz%41", "http://e.org/100%25/%25zz%41"),
        ("https://việtnam.vn/đường", "https://xn--vitnam-jk8b.vn/%C4%91%C6%B0%E1%BB%9Dng"),
        ("http://例え。テスト/", "http://xn--r8jz45g.xn--zckzah/"),
        ("http://faß.de/", "http://xn--fa-hia.de/"),
        ("http://user:secret@e.org/", "http://e.org/"),
        ("http://a@b@e.org/", "http://e.org/"),
        (" \n\u200bhttp://e.org/a\tb\n", "http://e.org/ab"),
        ("http:/e.org/x", "http://e.org/x"),
        ("http:///e.org/x", "http://e.org/x"),
        ("http://e.org/?a=1&amp;b=2&amp;amp;c", "http://e.org/?a=1&b=2&c"),
        ("http://e.org:/x", "http://e.org/x"),
        ("http://e.org:08080/x", "http://e.org:8080/x"),
        ("http://[::FFFF:1.2.3.4]:80/", "http://[::ffff:102:304]:80/"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
        ("http://①②⑦.0.0.1/", "http://127.0.0.1/"),
        ("http://ex%61mple.org/", "http://example.org/"),
        ("http://a_b.example/", "http://a_b.example/"),
        ("http://e.org/\ud800", "http://e.org/"),
    ],
)
def test_a_web_address_becomes_plain_ascii(url: str, absolute: str) -> None:
    assert urls.absolute(url) == absolute


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "javascript:alert(1)",
        " JaVa\nScript:alert(1)",
        "data:text/html,x",
        "mailto:a@e.org",
        "ftp://e.org/",
        "feed:http://e.org/",
        "/a/b",
        "//e.org/a",
        "www.e.org",
        "http:e.org",
        "http://",
        "http://?",
        "http://e.org:99999/",
        "http://e.org:a/",
        "http://[::1",
        "http://[fe80::1%25eth0]/",
        "http://exa mple.org/",
        "http://ex%2Fmple.org/",
        "http://a..b/",
        "http://e.org/\x00",
        "http://8.8.8.8\\@127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://" + "a" * 64 + ".org",
        "http://e.org/" + "a" * 10_000,
    ],
)
def test_what_is_no_web_address_is_nothing(url: str) -> None:
    assert urls.absolute(url) == ""


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("c", "http://e.org/a/c"),
        ("../c", "http://e.org/c"),
        ("../../../c", "http://e.org/c"),
        ("/x y", "http://e.org/x%20y"),
        ("?q=1", "http://e.org/a/b?q=1"),
        ("#f", "http://e.org/a/b?x#f"),
        ("//h.org/x", "http://h.org/x"),
        ("https://h.org/", "https://h.org/"),
        ("/\\evil.org", "http://e.org/%5Cevil.org"),
        ("", ""),
        ("javascript:x", ""),
        ("//[x", ""),
    ],
)
def test_a_relative_url_is_resolved_against_its_base(url: str, absolute: str) -> None:
    assert urls.absolute(url, "http://user:pw@e.org/a/b?x#y") == absolute


@pytest.mark.parametrize("base", ["", "mailto:a@e.org", "/a"])
def test_a_base_that_is_no_web_address_is_none(base: str) -> None:
    assert urls.absolute("b", base) == ""


@given(pieces, pieces)
def test_an_absolute_url_is_ascii_and_its_own(url: str, base: str) -> None:
    absolute = urls.absolute(url, base)
    assert urls.absolute(absolute) == absolute
    assert not absolute or re.fullmatch(r"https?://[a-z0-9._\[\]:-]+([/?#][!-~]*)?", absolute)
    assert not re.search(r'[ |{}<>"^`\\@].*', absolute.partition("//")[2].partition("/")[0])


@pytest.mark.parametrize(
    "url", ["http://[x]/", "http://[::1", "http://a\u2100b/", "http://e.org:x/", "//u\u2100@e.org/"]
)
def test_a_url_whose_host_cannot_be_told_has_no_parts(url: str) -> None:
    assert not any(urls.parts_of(url))


@given(pieces | st.text(), pieces | st.text())
def test_any_text_is_taken_apart_joined_and_compared(url: str, base: str) -> None:
    assert urls.parts_of(url).port in (None, *range(65536))
    assert isinstance(urls.joined(base, url), str)
    assert isinstance(urls.feed_key(url), str)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a?b=2&a=1",
        "http://example.org/a/?b=2&a=1",
        "http://www.Example.org:80/a?b=2&a=1#c",
        "https://example.org:443/a?utm_source=x&b=2&UTM_Medium=y&a=1&fbclid=z",
        "https://example.org/x/../a?b=2&amp;a=1",
        "https://example.org/%61?b=2&&a=1",
    ],
)
def test_urls_of_one_page_share_a_canonical_url(url: str) -> None:
    assert urls.canonical(url) == "https://example.org/a?b=2&a=1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://e.org/?p=1", "http://e.org/?p=2"),
        ("http://e.org/a", "http://e.org/A"),
        ("http://e.org/?a=1&b=2", "http://e.org/?b=2&a=1"),
        ("http://e.org:8080/", "http://e.org/"),
        ("http://www.org/", "http://org/"),
        ("http://e.org/%2F", "http://e.org//"),
    ],
)
def test_urls_of_two_pages_have_two_canonical_urls(one: str, other: str) -> None:
    assert urls.canonical(one) != urls.canonical(other)


@pytest.mark.parametrize("url", ["", "mailto:a@e.org", "/a"])
def test_what_is_no_web_page_has_no_canonical_url(url: str) -> None:
    assert urls.canonical(url) == ""


@given(pieces)
def test_a_canonical_url_is_its_own(url: str) -> None:
    assert urls.canonical(urls.canonical(url)) == urls.canonical(url)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("http://example.org", True),
        ("HTTP://Example.org/a?b#c", True),
        ("https://example.org/?p=123", True),
        ("urn:uuid:8f14e45f-ceea-467f-a0e6-3f5f5f5f5f5f", True),
        ("urn:isbn:0451450523", True),
        ("tag:example.org,2024:x", True),
        ("tag:a@example.org,2024-12-16:x/y", True),
        ("tag:blogger.com,1999:blog-1.post-2", True),
        ("info:doi/10.1000/182", True),
        ("", False),
        ("12345", False),
        ("/a", False),
        (" http://example.org/", False),
        ("http://example.org/\n", False),
        ("http://example.org/a b", False),
        ("http://example.org/é", False),
        ("http://example.org/[a]", False),
        ("http://example.org/%zz", False),
        ("http://example.org/#a#b", False),
        ("http://user:pw@example.org/", False),
        ("http:///x", False),
        ("urn:uuid:123", False),
        ("urn:x:a/b", False),
        ("tag:Example.org,2024:x", False),
        ("tag:example.org:x", False),
        ("yt:video:abc", False),
        ("javascript:x", False),
        ("data:,x", False),
        ("http://example.org/" + "a" * 2048, False),
    ],
)
def test_an_id_is_an_absolute_ascii_uri_that_names_something(text: str, answer: bool) -> None:
    assert urls.valid_id(text) is answer


def test_the_page_of_a_urn_uuid_has_that_uuid() -> None:
    assert urls.page_uuid("urn:uuid:8F14E45F-ceea-467f-a0e6-3f5f5f5f5f5f") == "8f14e45f-ceea-467f-a0e6-3f5f5f5f5f5f"
    assert urls.page_uuid("http://e.org/a") == str(uuid5(NAMESPACE_URL, "http://e.org/a"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:pw@e.org/x", "http://e.org/x"),
        ("https://token@e.org", "https://e.org"),
        ("//user:pw@e.org", "//e.org"),
        ("http://a:b@c:d@e.org/", "http://e.org/"),
        ("http://user:pa/ss@e.org/", "http://e.org/"),
        ("http://user:p#a?b@e.org/", "http://e.org/"),
        ("http://e.org/@user", "http://e.org/@user"),
        ("http://e.org:80/@user", "http://e.org:80/@user"),
        ("http://[::1]:80/@user", "http://[::1]:80/@user"),
        ("http://e.org/?mail=a@b", "http://e.org/?mail=a@b"),
        ("mailto:a@e.org", "mailto:a@e.org"),
        ("no url", "no url"),
    ],
)
def test_a_shown_url_has_no_credentials(url: str, shown: str) -> None:
    assert urls.without_credentials(url) == shown


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://E.org:80/x", "e.org"),
        ("http://user:pw@e.org", "e.org"),
        ("http://[::1]:80/", "[::1]"),
        ("/x", ""),
        ("", ""),
    ],
)
def test_the_host_of_a_url_is_lower_case_and_without_its_port(url: str, host: str) -> None:
    assert urls.host(url) == host


HOSTILE = [
    *(
        "\x00",
        " ",
        "\n",
        "-",
        "a",
        "0",
        "<",
        ">",
        "&",
        "&#",
        "&#9",
        "%",
        "/",
        "/..",
        "?",
        "@",
        ":",
        "a:",
        "//",
        "[",
        "é",
    ),
    *("<a", "<a '>' ", '<a ">', "<!--", "<script>", "</", "<p>", "e\u0301", "ก", "\u0e34", "\ud800", "..", "http://"),
]


def test_a_hundred_kilobytes_of_anything_are_taken_in_one_pass() -> None:
    """No time is asserted: a quadratic step would hold the suite up for minutes."""
    for piece in HOSTILE:
        sample = piece * (100_000 // len(piece))
        of_text: Callable[[str], object]
        for of_text in (
            plaintext.xml_safe,
            plaintext.plain,
            plaintext.as_html_paragraphs,
            plaintext.fold,
            plaintext.tokens,
            plaintext.slug,
            plaintext.clean_title,
        ):
            of_text(sample)
        for prefix in ("", "http://", "http://e.org/", "http://e.org/?", "//a:"):
            of_url: Callable[[str], object]
            for of_url in (urls.absolute, urls.canonical, urls.valid_id, urls.without_credentials, urls.host):
                of_url(prefix + sample)
        plaintext.language_tag(sample)
        plaintext.shorten(sample, 90_000)
        dates.parse(sample)
        dates.parse_http_date(sample)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a:b@x.example/f?token=1&page=2#top", "https://x.example/f?page=2#top"),
        ("https://x.example/f?a=1&access_token=z&b=2", "https://x.example/f?a=1&b=2"),
        ("https://x.example/f?private_token=z", "https://x.example/f"),
        ("https://x.example/f?feed_token=z&amp=1;rss-key=a8f7e6d5c4", "https://x.example/f?amp=1"),
        ("https://x.example/f?API_KEY=z&pwd=q&jwt=e&user.secret=s", "https://x.example/f"),
        ("https://x.example/f?key=a8f7e6d5c4b3&sig=0a0a0a0a", "https://x.example/f"),
        ("https://x.example/f?key=news&auth=anna&tokens=3&keyword=a1b2c3d4e5", None),
        ("https://x.example/token=1?q=a?token#token=1", None),
        ("no address", None),
    ],
)
def test_what_lets_a_reader_in_is_no_part_of_a_public_address(url: str, shown: str | None) -> None:
    assert urls.without_secrets(url) == (url if shown is None else shown)
