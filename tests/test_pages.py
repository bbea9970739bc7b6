"""Pages for people: what a browser, a screen reader, a search engine and a feed reader find in them."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model import (
    Enclosure,
    Entry,
    Feed,
    FeedKind,
    Origin,
    Person,
    Published,
    Related,
    Revision,
    Site,
    Source,
    SourceKind,
)
from feeds.render.html import pages
from feeds.text import plaintext

BASE = "https://news.example"
SITE = Site("urn:uuid:6d0f7a3e-2b1c-5d4e-8f90-123456789abc", "Bản tin", "Tin & more", "Toà soạn", BASE, "vi")
FIRST = datetime(2024, 12, 16, 5, tzinfo=UTC)
SEEDS = Source("k1", "seeds", SourceKind.SEEDS, "Bản tin")
WEATHER = Source("k2", "weather", SourceKind.FEED, "Weather Notes", "https://w.example/feed", "https://w.example/")
PRIVATE = Source(
    "k3", "inner", SourceKind.FEED, "Inner", "https://p.example/feed?key=1", "https://p.example/", private=True
)
ALL = Feed("all", "urn:f:1", "All stories", FeedKind.ALL)
OWN = Feed("seeds", "urn:f:2", "Our own", FeedKind.SEEDS)
VIETNAMESE = Feed("lang-vi", "urn:f:3", "Tiếng Việt", FeedKind.LANG, "vi", language="vi")
FROM_WEATHER = Feed("source-weather", "urn:f:4", "Weather Notes", FeedKind.SOURCE, "weather")
ENTRY = Entry(
    "k2", "tag:w.example,2024:1", "Snow & <ice>", FIRST, FIRST, True, "https://w.example/1", language="en",
    summary="It <snowed>.", content="<p>It snowed.</p>", origin=Origin("https://w.example/", "Weather Notes", "f"),
)  # fmt: skip


def published(source: Source = WEATHER, related: tuple[Related, ...] = (), **changes: Any) -> Published:
    entry = replace(ENTRY, source_id=source.key, **changes)
    return Published(entry, f"{BASE}/entries/u-1", source, FIRST, related=related)


def seed(**changes: Any) -> Published:
    return published(SEEDS, **{"permalink": "", "origin": None, "language": "vi"} | changes)


def parsed(page: bytes) -> Element:
    """The page as a tree; raises for any parse error of the HTML standard."""
    tree: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(
        page, transport_encoding="utf-8"
    )
    return tree


def entry_page(shown: Published, *feeds: Feed, site: Site = SITE) -> Element:
    return parsed(pages.page_of_entry(site, shown, feeds))


def find(tree: Element, path: str) -> Element:
    found = tree.find(path)
    assert found is not None, path
    return found


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def facts(tree: Element) -> dict[str, str]:
    return {words(row[0]): words(row[1]) for row in tree.findall(".//dl/div")}


def alternates(tree: Element) -> list[str]:
    return [link.get("href", "") for link in tree.findall("head/link") if link.get("rel") == "alternate"]


def three(stem: str) -> list[str]:
    return [f"{stem}.atom", f"{stem}.rss", f"{stem}.json"]


VERSIONS = [
    Revision(3, FIRST + timedelta(days=2), "Snow & <ice>", "", "<p>It <b>snowed</b> for two days &amp; nights.</p>"),
    Revision(2, FIRST + timedelta(days=1), "Snow & <ice>", "", "<p>It snowed for <i>three</i> days &amp; nights.</p>"),
    Revision(1, FIRST, "Rain & <ice>", "", "<p>It snowed for three days &amp; nights.</p><script>alert(1)</script>"),
]
PAGES: dict[str, Callable[[], bytes]] = {
    "home": lambda: pages.home(SITE, [ALL, VIETNAMESE], [seed(), published()], [SEEDS, WEATHER], "Mind <this>."),
    "an empty home": lambda: pages.home(SITE, [], [], []),
    "feed": lambda: pages.page_of_feed(SITE, VIETNAMESE, [seed(), published()], FIRST),
    "an empty feed": lambda: pages.page_of_feed(SITE, ALL, [], FIRST),
    "external entry": lambda: pages.page_of_entry(SITE, published(), [ALL, FROM_WEATHER]),
    "full entry": lambda: pages.page_of_entry(
        SITE,
        published(
            related=(Related("Snö", "https://s.example/", "Sverige"),),
            authors=(Person("Ada", uri="https://w.example/ada"), Person("Bo")),
            categories=("Winter", "R&D"),
            enclosures=(Enclosure("https://w.example/a", "audio/ogg"), Enclosure("https://w.example/b", "image/png")),
            image="https://w.example/i.jpg",
            comments="https://w.example/1#c",
            credit="AP",
        ),
        [ALL],
    ),
    "seed": lambda: pages.page_of_entry(SITE, seed(), [ALL, OWN]),
    "error": lambda: pages.error(SITE, 404, "Not found", "There is no <such> page."),
    "search": lambda: pages.search(SITE, 'tô "lâm" <&', [published()]),
    "a search without a query": lambda: pages.search(SITE, "", []),
    "versions": lambda: pages.revisions(SITE, published(), VERSIONS),
    "versions of nothing": lambda: pages.revisions(SITE, seed(), []),
    "the second page of a feed": lambda: pages.page_of_feed(SITE, VIETNAMESE, [published()], FIRST, number=2, last=2),
    "a wrong search": lambda: pages.search(SITE, "(", [], "expected )\n  (\n   ^"),
}  # fmt: skip


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
class TestEveryPage:
    def test_is_html_without_parse_errors_and_small(self, page: Callable[[], bytes]) -> None:
        body = page()
        assert body.startswith(b"<!DOCTYPE html>")
        parsed(body)
        assert len(body) < 50_000

    def test_is_the_same_bytes_each_time(self, page: Callable[[], bytes]) -> None:
        assert page() == page()

    def test_has_one_first_heading_and_skips_no_level(self, page: Callable[[], bytes]) -> None:
        levels = [int(element.tag[1]) for element in parsed(page()).iter() if re.fullmatch("h[1-6]", str(element.tag))]
        assert levels.count(1) == 1
        assert all(deeper - level <= 1 for level, deeper in zip([0, *levels], levels, strict=False))

    def test_has_landmarks_and_a_link_that_skips_to_the_content(self, page: Callable[[], bytes]) -> None:
        body = find(parsed(page()), "body")
        assert [child.tag for child in body] == ["a", "header", "main", "footer"]
        assert body[0].get("href") == "#" + body[2].get("id", "")
        assert body.find(".//nav[@aria-label]") is not None

    def test_names_every_field_and_every_section(self, page: Callable[[], bytes]) -> None:
        tree = parsed(page())
        ids = [element.get("id") for element in tree.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        assert {field.get("id") for field in tree.iter("input")} <= {label.get("for") for label in tree.iter("label")}
        assert {section.get("aria-labelledby") for section in tree.iter("section")} <= set(ids)

    def test_needs_no_script_and_loads_nothing_for_itself(self, page: Callable[[], bytes]) -> None:
        tree = parsed(page())
        assert {"script", "iframe", "object", "embed"}.isdisjoint(element.tag for element in tree.iter())
        links = {link.get("rel"): link.get("href") for link in tree.findall("head/link")}
        assert links.keys() <= {"alternate", "canonical", "icon"}
        assert links["icon"] == "/favicon.ico", "the browser would ask for it anyway"
        assert not [
            name for element in tree.iter() for name in element.attrib if name.startswith("on") or name == "style"
        ]
        assert "url(" not in words(find(tree, "head/style"))

    def test_suits_a_telephone_and_states_languages(self, page: Callable[[], bytes]) -> None:
        tree = parsed(page())
        metas = {meta.get("name"): meta.get("content") for meta in tree.findall("head/meta")}
        assert metas["viewport"] == "width=device-width, initial-scale=1"
        assert tree.get("lang") == "en"
        assert all(article.get("lang") and article.get("dir") for article in tree.iter("article"))

    def test_inlines_the_style_that_its_hash_allows(self, page: Callable[[], bytes]) -> None:
        style = re.findall(rb"<style>(.*?)</style>", page(), re.DOTALL)
        assert len(style) == 1
        digest = base64.b64encode(hashlib.sha256(style[0]).digest()).decode()
        assert f"'sha256-{digest}'" == pages.STYLE_HASH

    def test_points_to_the_feed_of_everything_in_three_forms(self, page: Callable[[], bytes]) -> None:
        assert alternates(parsed(page()))[-3:] == three(f"{BASE}/feeds/all")


@pytest.mark.parametrize(
    ("page", "own"),
    [
        (pages.home(SITE, [ALL], [], []), []),
        (pages.page_of_feed(SITE, VIETNAMESE, [], FIRST), three(f"{BASE}/feeds/lang-vi")),
        (pages.page_of_feed(SITE, ALL, [], FIRST), []),
        (
            pages.page_of_entry(SITE, published(), [ALL, VIETNAMESE, FROM_WEATHER]),
            three(f"{BASE}/feeds/source-weather"),
        ),
        (pages.page_of_entry(SITE, seed(), [ALL, OWN]), three(f"{BASE}/feeds/seeds")),
        (pages.page_of_entry(SITE, published(), [ALL, OWN]), []),
        (pages.page_of_entry(SITE, published(), [VIETNAMESE, ALL]), three(f"{BASE}/feeds/lang-vi")),
        (pages.page_of_entry(SITE, published(), []), []),
        (pages.error(SITE, 404, "Not found", "…"), []),
        (pages.search(SITE, "tô lâm&x", []), []),
    ],
)  # fmt: skip
def test_autodiscovery_names_the_page_s_own_feed_first_and_no_feed_twice(page: bytes, own: list[str]) -> None:
    assert alternates(parsed(page)) == [*own, *three(f"{BASE}/feeds/all")]


def test_autodiscovery_states_the_media_types_and_titles() -> None:
    links = parsed(pages.page_of_feed(SITE, VIETNAMESE, [], FIRST)).findall("head/link[@rel='alternate']")
    assert [(link.get("type"), link.get("title")) for link in links[:3]] == [
        ("application/atom+xml", "Tiếng Việt (Atom)"),
        ("application/rss+xml", "Tiếng Việt (RSS)"),
        ("application/feed+json", "Tiếng Việt (JSON Feed)"),
    ]


def test_the_home_page_says_how_to_subscribe_and_lists_feeds_stories_and_sources() -> None:
    tree = parsed(
        pages.home(SITE, [ALL, VIETNAMESE], [seed(title="Tin mới")], [SEEDS, WEATHER, PRIVATE], "Mind <this>.")
    )
    assert words(find(tree, ".//h1")) == "Bản tin"
    assert words(find(tree, ".//p[@class='notice']")) == "Mind <this>."
    feeds = find(tree, ".//section[@id='feeds']")
    assert words(find(feeds, "p")).startswith("A feed reader shows you new stories as they come: copy this address")
    everything, parts = find(feeds, "dl"), find(feeds, "ul")
    assert [link.get("href") for link in everything.iter("a")] == three(f"{BASE}/feeds/all")
    assert [link.get("href") for link in parts.iter("a")] == ["/feeds/lang-vi", *three(f"{BASE}/feeds/lang-vi")]
    assert words(find(tree, ".//section[@id='newest']//h3/a")) == "Tin mới"
    assert [words(row) for row in find(tree, ".//section[@id='sources']").iter("li")] == ["Bản tin", "Weather Notes"]
    assert find(tree, ".//section[@id='sources']//a").get("href") == "https://w.example/"


def test_a_feed_page_shows_its_addresses_in_full_and_its_entries_in_the_given_order() -> None:
    entries = [published(title="Second", published=FIRST - timedelta(days=400)), published(title="First")]
    tree = parsed(pages.page_of_feed(SITE, VIETNAMESE, entries, FIRST))
    assert facts(tree) == dict(zip(["Atom", "RSS", "JSON Feed"], three(f"{BASE}/feeds/lang-vi"), strict=True))
    assert [words(title) for title in tree.iter("h3")] == ["Second", "First"]
    assert find(tree, ".//main/p//time").get("datetime") == "2024-12-16T05:00:00Z"
    assert find(tree, ".//h3/a").get("href") == "/entries/u-1"


@pytest.mark.parametrize(
    ("shown", "robots", "canonical"),
    [
        (published(), "noindex", "https://w.example/1"),
        (published(permalink=""), "noindex", None),
        (seed(), None, f"{BASE}/entries/u-1"),
        (seed(permalink="https://elsewhere.example/"), None, f"{BASE}/entries/u-1"),
    ],
)
def test_only_what_is_ours_is_indexed_and_the_rest_names_its_origin(
    shown: Published, robots: str | None, canonical: str | None
) -> None:
    head = find(entry_page(shown), "head")
    metas = {meta.get("name"): meta.get("content") for meta in head.findall("meta")}
    links = {link.get("rel"): link.get("href") for link in head.findall("link")}
    assert (metas.get("robots"), links.get("canonical")) == (robots, canonical)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "Published 16 December 2024, 05:00 UTC"),
        ({"dated": False}, "First seen 16 December 2024, 05:00 UTC"),
        ({"updated": FIRST + timedelta(microseconds=123456)}, "Published 16 December 2024, 05:00 UTC"),
        ({"updated": FIRST - timedelta(days=1)}, "Published 16 December 2024, 05:00 UTC"),
        (
            {"updated": datetime(2025, 1, 2, 13, 4, 5, tzinfo=UTC)},
            "Published 16 December 2024, 05:00 UTC Updated 2 January 2025, 13:04 UTC",
        ),
        ({"authors": (Person("Ada"),)}, "By Ada Published 16 December 2024, 05:00 UTC"),
        ({"authors": (Person("Ada"), Person("Bo"))}, "By Ada and Bo Published 16 December 2024, 05:00 UTC"),
        (
            {"authors": (Person("Ada"), Person("Bo"), Person("Cy"))},
            "By Ada, Bo and Cy Published 16 December 2024, 05:00 UTC",
        ),
    ],
)
def test_an_entry_says_by_whom_and_when(changes: dict[str, Any], line: str) -> None:
    assert words(find(entry_page(published(**changes)), ".//article/header/p")) == f"Weather Notes {line}"


def test_a_seed_without_a_by_line_is_the_site_s_author_s() -> None:
    assert words(find(entry_page(seed()), ".//article/header/p")).startswith("By Toà soạn Published")
    assert words(find(entry_page(seed(), site=replace(SITE, author="")), ".//article/header/p")).startswith("Published")


def marks(tree: Element) -> list[tuple[str, str]]:
    """What changed, without the words that only screen readers say."""
    found = []
    for section in tree.iter("section"):
        for mark in section.iter():
            if mark.tag in ("ins", "del"):
                found.append((str(mark.tag), words(mark).partition(": ")[2]))
    return found


def test_versions_show_words_that_went_and_came_the_newest_change_first() -> None:
    tree = parsed(pages.revisions(SITE, published(), VERSIONS))
    assert marks(tree) == [("del", "three"), ("ins", "two"), ("del", "Rain"), ("ins", "Snow")]
    headings = [words(heading) for heading in tree.iter("h2")]
    assert headings == [
        "Version 3, since 18 December 2024, 05:00 UTC",
        "Version 2, since 17 December 2024, 05:00 UTC",
    ]
    assert "Version 1 is from 16 December 2024, 05:00 UTC." in words(tree)
    # Readers that see no colours and no lines are told in words.
    assert "removed: three" in words(tree) and "added: two" in words(tree)
    assert not list(tree.iter("script"))
    assert find(tree, "head/meta[@name='robots']").get("content") == "noindex"
    assert find(tree, ".//main//a").get("href") == "/entries/u-1"


def test_a_version_in_which_no_word_changed_says_so() -> None:
    moved = replace(
        VERSIONS[0], content='<p><a href="https://w.example/2">It snowed</a> for two days &amp; nights.</p>'
    )
    tree = parsed(pages.revisions(SITE, published(), [moved, replace(VERSIONS[0], number=2)]))
    assert marks(tree) == []
    assert "No word changed" in words(tree)


def test_a_summary_s_change_is_shown_where_the_text_did_not_change() -> None:
    new, old = replace(VERSIONS[0], summary="Two days.", content=""), replace(VERSIONS[1], summary="A day.", content="")
    assert marks(parsed(pages.revisions(SITE, published(), [new, old]))) == [("del", "A day."), ("ins", "Two days.")]


def test_versions_run_in_the_direction_of_their_language() -> None:
    tree = parsed(pages.revisions(SITE, published(language="ar"), VERSIONS))
    changes = [div for div in tree.iter("div") if div.get("class") == "changes"]
    assert [(div.get("lang"), div.get("dir")) for div in changes] == [("ar", "rtl")] * 2


def test_very_many_and_very_long_versions_make_no_endless_page() -> None:
    texts = [" ".join(f"word{n}x{number}" for n in range(20_000)) for number in range(12)]
    many = [Revision(12 - n, FIRST - timedelta(hours=n), "T", "", f"<p>{text_}</p>") for n, text_ in enumerate(texts)]
    page = pages.revisions(SITE, published(), many)
    assert len(page) < 400_000
    tree = parsed(page)
    assert len(list(tree.iter("h2"))) == pages.MOST_REVISIONS
    assert "More changed in this version than is shown here." in words(tree)
    assert "Older versions are kept, but not shown here." in words(tree)


@pytest.mark.parametrize(("public", "revision", "linked"), [(True, 2, True), (True, 1, False), (False, 2, False)])
def test_an_entry_s_page_links_to_its_versions_if_everybody_may_see_them(
    public: bool, revision: int, linked: bool
) -> None:
    page = pages.page_of_entry(SITE, replace(published(), revision=revision), [ALL], revisions=public)
    assert ("/entries/u-1/revisions" in page.decode()) is linked


def test_a_feed_is_shown_in_pages_that_lead_to_one_another() -> None:
    for number in (1, 2, 3):
        tree = parsed(pages.page_of_feed(SITE, VIETNAMESE, [published()], FIRST, number=number, last=3))
        turns = {link.get("rel"): link.get("href") for link in tree.iter("a") if link.get("rel") in ("prev", "next")}
        assert (
            turns
            == {
                1: {"next": "/feeds/lang-vi/page/2"},
                2: {"prev": "/feeds/lang-vi", "next": "/feeds/lang-vi/page/3"},
                3: {"prev": "/feeds/lang-vi/page/2"},
            }[number]
        )
        assert ("Subscribe" in [words(heading) for heading in tree.iter("h2")]) is (number == 1)
        own = "" if number == 1 else f"/page/{number}"
        assert find(tree, "head/link[@rel='canonical']").get("href") == f"{BASE}/feeds/lang-vi{own}"


@pytest.mark.parametrize(
    ("title", "number", "expected"),
    [
        ("Bản tin", 1, "All stories – Bản tin"),
        ("Bản tin: own articles", 1, "own articles – Bản tin"),
        ("Bản tin: Chính trị", 2, "Chính trị, page 2 – Bản tin"),
        ("Weather Notes", 1, "Weather Notes – Bản tin"),
    ],
)
def test_a_feed_page_names_the_site_once(title: str, number: int, expected: str) -> None:
    page = pages.page_of_feed(SITE, replace(VIETNAMESE, title=title), [published()], FIRST, number=number, last=2)
    assert words(find(parsed(page), "head/title")) == expected


def test_long_lists_on_the_home_page_end_with_where_the_rest_is() -> None:
    feeds = [replace(VIETNAMESE, slug=f"lang-{n}") for n in range(pages.MOST_LISTED + 3)]
    sources = [replace(WEATHER, title=f"Source {n}") for n in range(pages.MOST_LISTED + 5)]
    tree = parsed(pages.home(SITE, [ALL, *feeds], [], [*sources, PRIVATE]))
    for section, rest, where in (("feeds", 3, "opml"), ("sources", 5, "sources.opml")):
        rows = list(find(tree, f".//section[@id='{section}']/ul").iter("li"))
        assert len(rows) == pages.MOST_LISTED + 1
        assert words(rows[-1]).startswith(f"and {rest} more, in the list of all")
        assert find(rows[-1], "a").get("href") == f"{BASE}/{where}"


def test_a_feed_can_be_opened_in_readers_that_can_reach_it() -> None:
    for page in (pages.page_of_feed(SITE, ALL, [], FIRST), pages.home(SITE, [ALL], [], [])):
        links = {words(link): link.get("href", "") for link in find(parsed(page), ".//p[@class='readers']").iter("a")}
        assert links["an app on this device"] == f"feed:{BASE}/feeds/all.atom"
        assert (
            links["Feedly"] == "https://feedly.com/i/subscription/feed%2Fhttps%3A%2F%2Fnews.example%2Ffeeds%2Fall.atom"
        )
        assert len(links) == 6


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]", "192.168.1.4", "box.local", "intranet"])
def test_readers_on_the_web_are_left_out_where_they_cannot_reach_the_feed(host: str) -> None:
    page = pages.page_of_feed(replace(SITE, base_url=f"http://{host}"), ALL, [], FIRST)
    links = find(parsed(page), ".//p[@class='readers']").findall("a")
    assert [link.get("href") for link in links] == [f"feed:http://{host}/feeds/all.atom"]


def test_a_private_feed_is_offered_to_no_reader_and_no_search_engine() -> None:
    tree = parsed(pages.page_of_feed(SITE, ALL, [published()], FIRST, private=True))
    assert tree.find(".//p[@class='readers']") is None
    assert find(tree, "head/meta[@name='robots']").get("content") == "noindex"


def test_a_link_preview_finds_title_summary_and_picture() -> None:
    head = find(entry_page(published(image="https://w.example/i.jpg")), "head")
    told = {meta.get("property"): meta.get("content") for meta in head.findall("meta") if meta.get("property")}
    assert told == {
        "og:type": "article", "og:title": "Snow & <ice>", "og:site_name": "Bản tin", "og:url": f"{BASE}/entries/u-1",
        "og:description": "It <snowed>.", "og:image": "https://w.example/i.jpg",
    }  # fmt: skip
    assert find(head, "meta[@name='description']").get("content") == "It <snowed>."


def test_a_long_title_is_cut_in_lists_and_whole_on_its_own_page() -> None:
    shown = published(title="A long title " * 60)
    assert len(words(find(parsed(pages.page_of_feed(SITE, ALL, [shown], FIRST)), ".//h3"))) <= 250
    assert words(find(entry_page(shown), ".//h1")) == ("A long title " * 60).strip()


def test_times_are_told_to_machines_in_whole_seconds() -> None:
    tree = entry_page(published(published=FIRST + timedelta(microseconds=123456)))
    assert find(tree, ".//time").get("datetime") == "2024-12-16T05:00:00Z"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (published(), {"First published by": "Weather Notes"}),
        (
            published(origin=Origin("o", "Snow Wire", "https://o.example/feed", rights="© 2024 Ada")),
            {"First published by": "Snow Wire", "Rights": "© 2024 Ada", "Source": "Weather Notes"},
        ),
        (published(origin=None), {"First published by": "Weather Notes"}),
        (seed(), {"Source": "Bản tin"}),
        (seed(permalink="https://e.example/x"), {"Link": "https://e.example/x", "Source": "Bản tin"}),
        (
            seed(credit="TTXVN", categories=("Chính trị", "R&D")),
            {"Credit": "TTXVN", "Categories": "Chính trị, R&D", "Source": "Bản tin"},
        ),
    ],
)
def test_an_entry_says_where_it_comes_from(shown: Published, expected: dict[str, str]) -> None:
    assert facts(entry_page(shown)) == expected


def test_an_entry_links_to_its_origin_its_feeds_and_other_outlets() -> None:
    related = (Related("Snö i norr", "https://s.example/1", "Sverige"),)
    about = find(entry_page(published(related=related), ALL, VIETNAMESE), ".//article/footer")
    links = [(words(link), link.get("href")) for link in about.iter("a")]
    assert links == [
        ("Snö i norr", "https://s.example/1"),
        ("Weather Notes", "https://w.example/1"),
        ("All stories", "/feeds/all"),
        ("Tiếng Việt", "/feeds/lang-vi"),
    ]
    assert "Sverige" in words(about)
    snow = Feed("category-sno", "urn:uuid:2", f"{SITE.title}: Snö", FeedKind.CATEGORY, "sno")
    about = find(entry_page(published(categories=("snö", "R&D")), ALL, snow), ".//article/footer")
    assert [(words(link), link.get("href")) for link in about.iter("a")][1] == ("snö", "/feeds/category-sno")
    assert "snö, R&D" in words(about)


def test_an_entry_s_page_says_whose_text_it_shows() -> None:
    lent = replace(published(), lender=Related("Snö i norr", "https://s.example/1", "Sverige"))
    page = entry_page(lent)
    assert facts(page)["Full text"] == "Sverige"
    assert "https://s.example/1" in [link.get("href") for link in find(page, ".//dl").iter("a")]


@pytest.mark.parametrize("permalink", ["", "https://other.example/1"])
def test_a_private_source_s_address_stands_on_no_page(permalink: str) -> None:
    origin = Origin(PRIVATE.url, "Inner", PRIVATE.url, PRIVATE.link)
    shown = published(PRIVATE, permalink=permalink, origin=origin)
    for page in (
        pages.page_of_entry(SITE, shown, [ALL]),
        pages.page_of_feed(SITE, ALL, [shown], FIRST),
        pages.home(SITE, [ALL], [shown], [PRIVATE]),
    ):
        assert b"p.example" not in page


@pytest.mark.parametrize(
    ("enclosure", "row"),
    [
        (Enclosure("https://w.example/a/wind%20up.mp3", "audio/mpeg", 12_345_678), "wind up.mp3 (audio/mpeg, 12 MB)"),
        (Enclosure("https://w.example/s.pdf", "", 999_400), "s.pdf (999 KB)"),
        (Enclosure("https://w.example/v.mp4?x=1", "video/mp4", 3_400_000_000), "v.mp4 (video/mp4, 3.4 GB)"),
        (Enclosure("https://w.example/s.pdf", "application/pdf", 999), "s.pdf (application/pdf, 999 bytes)"),
        (Enclosure("https://w.example/s.pdf", "", 999_600), "s.pdf (1.0 MB)"),
        (Enclosure("https://w.example/s.ogg", "audio/ogg", 0), "s.ogg (audio/ogg)"),
        (Enclosure("https://w.example/", "", None), "w.example"),
    ],
)  # fmt: skip
def test_a_file_is_a_plain_link_with_its_type_and_size(enclosure: Enclosure, row: str) -> None:
    tree = entry_page(published(enclosures=(enclosure,)))
    shown = find(tree, ".//footer//li")
    assert (words(shown), find(shown, "a").get("href")) == (row, enclosure.url)
    assert not [*tree.iter("audio"), *tree.iter("video"), *tree.iter("img")]


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"image": "https://w.example/i.jpg"}, ["https://w.example/i.jpg"]),
        ({"enclosures": (Enclosure("https://w.example/e.png", "image/png", 5),)}, ["https://w.example/e.png"]),
        (
            {"image": "https://w.example/e.png", "enclosures": (Enclosure("https://w.example/e.png", "image/png"),)},
            ["https://w.example/e.png"],
        ),
        (
            {
                "image": "https://w.example/i?a=1&b=2",
                "content": '<p><img src="https://w.example/i?a=1&amp;b=2" alt="Ice"></p>',
            },
            ["https://w.example/i?a=1&b=2"],
        ),
    ],
)
def test_each_picture_is_shown_once(changes: dict[str, Any], shown: list[str]) -> None:
    pictures = list(entry_page(published(**changes)).iter("img"))
    assert [picture.get("src") for picture in pictures] == shown
    assert all(picture.get("alt") is not None for picture in pictures)


@pytest.mark.parametrize(
    ("content", "summary", "shown"),
    [
        ("<p>It <em>snowed</em> &amp; froze.</p>", "s", "<p>It <em>snowed</em> &amp; froze.</p>"),
        ("<h1>Snow</h1><hr><h2>Ice</h2>", "s", "<h2>Snow</h2><hr><h2>Ice</h2>"),
        ("", "Snow < ice.", "<p>Snow &lt; ice.</p>"),
        ("", "", ""),
    ],
)
def test_content_stands_as_it_is_but_leaves_the_first_heading_to_the_title(
    content: str, summary: str, shown: str
) -> None:
    page = pages.page_of_entry(SITE, published(content=content, summary=summary), []).decode()
    body = re.search(r'<div class="content">\s*(.*?)\s*</div>', page, re.DOTALL)
    assert body is not None
    assert body[1] == shown


@pytest.mark.parametrize(
    ("language", "lang", "direction"),
    [
        ("en", "en", "ltr"),
        ("vi", "vi", "ltr"),
        ("ar", "ar", "rtl"),
        ("ar-EG", "ar-EG", "rtl"),
        ("he", "he", "rtl"),
        ("fa", "fa", "rtl"),
        ("ur-PK", "ur-PK", "rtl"),
        ("yi", "yi", "rtl"),
        ("ckb", "ckb", "rtl"),
        ("dv", "dv", "rtl"),
        ("az-Arab-IR", "az-Arab-IR", "rtl"),
        ("ar-Latn", "ar-Latn", "ltr"),
        ("ku", "ku", "ltr"),
        ("pa-PK", "pa-PK", "ltr"),
        ("", "vi", "ltr"),
    ],
)
def test_an_entry_has_its_language_and_direction_wherever_it_stands(language: str, lang: str, direction: str) -> None:
    shown = published(language=language)
    for page in (
        pages.page_of_entry(SITE, shown, []),
        pages.page_of_feed(SITE, ALL, [shown], FIRST),
        pages.home(SITE, [], [shown], []),
        pages.search(SITE, "x", [shown]),
    ):
        article = find(parsed(page), ".//article")
        assert (article.get("lang"), article.get("dir")) == (lang, direction)
        # A title that starts with another script's word still runs in its language's direction.
        title = next(bdi for bdi in article.iter("bdi") if words(bdi) == shown.entry.title)
        assert title.get("dir") == (direction if language else None)
        # Our own English words do not.
        line = find(article, ".//p[@class='meta points']")
        assert line.get("lang") == "en"
        assert {point.get("dir") for point in line.findall("span")} == {"ltr"}


def test_foreign_names_cannot_turn_the_text_around_them() -> None:
    shown = published(
        related=(Related("عنوان", "https://s.example/1", "جريدة"),), authors=(Person("كاتب"),), categories=("طقس",),
        credit="وكالة",
    )  # fmt: skip
    isolated = {words(bdi) for bdi in entry_page(shown, FROM_WEATHER).iter("bdi")}
    assert {"عنوان", "جريدة", "كاتب", "طقس", "وكالة", "Snow & <ice>", "Weather Notes"} <= isolated


HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'&amp;{{ 7*7 }}"


def test_whatever_sources_say_stays_text() -> None:
    shown = published(
        related=(Related(HOSTILE, "https://s.example/", HOSTILE),), title=HOSTILE, summary=HOSTILE, content="",
        authors=(Person(HOSTILE),), categories=(HOSTILE,), credit=HOSTILE, language="en",
        origin=Origin("o", HOSTILE, "f", rights=HOSTILE),
    )  # fmt: skip
    source = replace(WEATHER, title=HOSTILE)
    feed = replace(ALL, title=HOSTILE)
    site = replace(SITE, title=HOSTILE, subtitle=HOSTILE, author=HOSTILE)
    for page in (
        pages.home(site, [feed], [shown], [source], HOSTILE),
        pages.page_of_feed(site, feed, [shown], FIRST),
        pages.page_of_entry(site, replace(shown, source=source), [feed]),
        pages.error(site, 400, HOSTILE, HOSTILE),
        pages.search(site, HOSTILE, [shown], ""),
        pages.search(site, HOSTILE, [], HOSTILE),
        pages.revisions(site, shown, [replace(old, title=f"{HOSTILE} {old.number}") for old in VERSIONS]),
    ):
        tree = parsed(page)
        assert not [*tree.iter("script"), *tree.iter("img")]
        assert HOSTILE in words(find(tree, "body"))


def test_links_between_pages_work_under_any_host_and_below_a_path() -> None:
    site = replace(SITE, base_url="https://example.org/news")
    shown = replace(published(), page="https://example.org/news/entries/u-1")
    tree = parsed(pages.page_of_feed(site, VIETNAMESE, [shown], FIRST))
    assert find(tree, ".//h3/a").get("href") == "/news/entries/u-1"
    assert find(tree, ".//header//a").get("href") == "/news/"
    assert find(tree, ".//form").get("action") == "/news/search"
    assert alternates(tree)[0] == "https://example.org/news/feeds/lang-vi.atom"


def test_a_search_keeps_its_words_in_the_field_and_is_not_indexed() -> None:
    tree = parsed(pages.search(SITE, 'lang:vi "xây dựng"\x00', []))
    assert find(tree, ".//input").get("value") == 'lang:vi "xây dựng"'
    assert find(tree, "head/meta[@name='robots']").get("content") == "noindex"
    assert "Nothing was found." in words(tree)


def test_a_query_that_cannot_be_read_is_answered_with_the_place() -> None:
    tree = parsed(pages.search(SITE, "(", [], "expected )\n  (\n   ^"))
    assert "".join(find(tree, ".//pre").itertext()) == "expected )\n  (\n   ^"
    assert find(tree, ".//pre").tag == "pre" and "Nothing was found." not in words(tree)


def test_an_error_says_what_happened_and_leads_home() -> None:
    tree = parsed(pages.error(SITE, 404, "Not found", "There is no such page."))
    assert words(find(tree, ".//h1")) == "Not found"
    assert "There is no such page." in words(tree) and "404" in words(tree)
    assert find(tree, ".//main//a").get("href") == "/"


anything = st.text().map(plaintext.xml_safe)


@settings(deadline=None, max_examples=60)
@given(title=anything.filter(str.strip), words_of=anything, language=st.sampled_from(["", "vi", "ar"]))
def test_any_text_gives_a_page_without_parse_errors(title: str, words_of: str, language: str) -> None:
    shown = published(
        title=title, summary=words_of, content="", language=language, credit=words_of, authors=(Person(title),)
    )
    for page in (pages.page_of_entry(SITE, shown, [ALL]), pages.page_of_feed(SITE, ALL, [shown], FIRST)):
        parsed(page)
        assert page.decode()


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "least"), [("ink", 7), ("muted", 4.5), ("link", 4.5), ("seen", 4.5), ("edge", 3)]
)  # fmt: skip
@pytest.mark.parametrize("back", ["paper", "panel"])
def test_colours_have_the_contrast_of_wcag_aa(scheme: int, front: str, back: str, least: float) -> None:
    style = pages.error(SITE, 404, "", "").decode()
    schemes = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    assert len(schemes) == 2
    light, dark = sorted((_luminance(schemes[scheme][front]), _luminance(schemes[scheme][back])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least


@pytest.mark.parametrize(
    "rule",
    [
        ":focus-visible",
        "@media (prefers-color-scheme: dark)",
        "img { max-width: 100%; height: auto; }",
        "color-scheme: light dark",
    ],
)
def test_the_style_has(rule: str) -> None:
    assert rule in pages.error(SITE, 404, "", "").decode()
