import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.automatic import AUTOMATIC, feed_id, is_automatic
from feeds.errors import QueryError
from feeds.model import FeedKind, Source, SourceKind
from feeds.publish.catalogue import automatic_feeds, configured_feeds
from feeds.search.query import And, Everything, Filter, Not, Or, Phrase, Query, parse
from feeds.settings.schema import Settings
from feeds.store.listings import Listed, window

SITE = "urn:uuid:7b3a9f1e-4c2d-4f7a-9a51-0d6b1a2c3e4f"
A, B, C, D = (Phrase(letter) for letter in "abcd")


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("", Everything()),
        (" \t\u00a0\n", Everything()),
        ("to lam", And((Phrase("to"), Phrase("lam")))),
        ('"xây  dựng"', Phrase("xây dựng", phrase=True)),
        ("a OR b c", Or((A, And((B, C))))),
        ("(a OR b) c", And((Or((A, B)), C))),
        ("a (b c)", And((A, B, C))),
        ("a OR (b OR c) OR d", Or((A, B, C, D))),
        ("((a))", A),
        ("-a", Not(A)),
        ("--a", Not(Not(A))),
        ("-(a OR b)", Not(Or((A, B)))),
        ('-"a b"', Not(Phrase("a b", phrase=True))),
        ("a-b", Phrase("a-b")),
        ("a -b", And((A, Not(B)))),
        ("a(b)c", And((A, B, C))),
        ('a"b"', And((A, Phrase("b", phrase=True)))),
        ("or OR and", Or((Phrase("or"), Phrase("and")))),
        ('"OR"', Phrase("OR", phrase=True)),
        ("16:30", Phrase("16:30")),
        ("tướng:x", Phrase("tướng:x")),
        ("Breaking: a", And((Phrase("Breaking:"), A))),
        ("(a Live:)", And((A, Phrase("Live:")))),
        ("-Live:", Not(Phrase("Live:"))),
        ("a - b", And((A, Phrase("-"), B))),
        ("(a -)", And((A, Phrase("-")))),
        ("-", Phrase("-")),
        ("--", Not(Phrase("-"))),
        ("a\x00b\x07c", And((A, B, C))),
        ("a\ud800b", And((A, B))),
        ("source:vn-express", Filter("source", "vn-express")),
        ("SOURCE:BBC", Filter("source", "bbc")),
        ('source:"bbc"', Filter("source", "bbc")),
        ("category:Politics", Filter("category", "Politics")),
        ('category:"Chính trị" x', And((Filter("category", "Chính trị"), Phrase("x")))),
        ("lang:zh-Hans", Filter("lang", "zh-hans")),
        ('author:"Tô Lâm"', Filter("author", "Tô Lâm")),
        ("author:a:b", Filter("author", "a:b")),
        ("is:seed -has:enclosure", And((Filter("is", "seed"), Not(Filter("has", "enclosure"))))),
        ("after:2024-12-16", Filter("after", "2024-12-16", date(2024, 12, 16))),
        ("before:2024-02-29", Filter("before", "2024-02-29", date(2024, 2, 29))),
        ("x https://a.example/A_(b)?c=d:e", And((Phrase("x"), Phrase("https://a.example/A_(b)?c=d:e")))),
        ("(HTTP://a.example)", Phrase("HTTP://a.example")),
        ("feed://x", Phrase("feed://x")),
        ("-mailto:x@y.example", Not(Phrase("mailto:x@y.example"))),
        ("https:// a", And((Phrase("https://"), A))),
        ("-urn:uuid:1-2", Not(Phrase("urn:uuid:1-2"))),
        ("tag:a.example,2024:x", Phrase("tag:a.example,2024:x")),
        (
            'category:politics lang:vi "xây dựng"',
            And((Filter("category", "politics"), Filter("lang", "vi"), Phrase("xây dựng", phrase=True))),
        ),
    ],
)
def test_a_query_becomes_a_tree(query: str, tree: Query) -> None:
    assert parse(query) == tree


@pytest.mark.parametrize(
    ("query", "position", "said"),
    [
        ("a foo:bar", 2, 'no filter "foo:"'),
        ("example:org", 0, "quotation marks"),
        ('Live:"a"', 0, 'no filter "live:"'),
        ("author: a", 7, "a name"),
        ("https://example.org/a)", 21, "no parenthesis is open here"),
        ("a source:", 9, "slug of a source"),
        ("source: a", 7, "slug of a source"),
        ("source:a_b", 7, "slug of a source"),
        ('category:""', 10, "name of a category"),
        ("lang:vietnamesisch", 5, "language code"),
        ("is:draft", 3, "is:seed"),
        ("has:image", 4, "has:enclosure"),
        ("after:yesterday", 6, "a date, like"),
        ("after:16.12.2024", 6, "a date, like"),
        ("before:2023-02-29", 7, "the calendar has no 2023-02-29"),
        ("before:0000-01-01", 7, "the calendar has no"),
        ("a (b", 2, "not closed"),
        ("a (", 2, "not closed"),
        ("((a)", 0, "not closed"),
        ("a) b", 1, "no parenthesis is open"),
        (")", 0, "no parenthesis is open"),
        ("a ()", 2, "nothing in these parentheses"),
        ('a "b', 2, "no partner"),
        ('author:"b', 7, "no partner"),
        ('a ""', 2, "nothing between"),
        ('" "', 0, "nothing between"),
        ("a OR", 2, "OR needs a term after"),
        ("(a OR)", 3, "OR needs a term after"),
        ("a OR OR b", 2, "OR needs a term after"),
        ("OR a", 0, "OR needs a term before"),
        ("(OR a)", 1, "OR needs a term before"),
        ("-OR", 0, "right behind it"),
        ("a" * 1001, 1000, "at most 1,000 characters"),
        ("a " * 51, 100, "at most 50 terms"),
        ("(" * 21 + "a" + ")" * 21, 20, "at most 20 deep"),
        ("-" * 21 + "a", 20, "at most 20 deep"),
        ("(" * 1000, 20, "at most 20 deep"),
    ],
)
def test_a_query_that_cannot_be_read_points_at_the_place(query: str, position: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert caught.value.position == position
    assert said in caught.value.message


@pytest.mark.parametrize("query", ["a" * 1000, "a " * 50, "(" * 20 + "a" + ")" * 20, "-" * 20 + "a"])
def test_the_limits_themselves_are_allowed(query: str) -> None:
    parse(query)


def test_the_pointer_stands_under_the_place_whatever_characters_come_before() -> None:
    with pytest.raises(QueryError) as caught:
        parse("a\n\x00\tb (")
    assert str(caught.value).splitlines()[1:] == ["  a   b (", "        ^"]


@given(st.text(max_size=1100))
def test_any_text_is_a_query_or_a_query_error(query: str) -> None:
    _parse_or_fail(query)


_PIECES = [
    "a",
    "OR",
    "-",
    "(",
    ")",
    '"',
    " ",
    "  ",
    "lang:",
    "vi",
    "after:",
    "2024-01-01",
    'author:"x y"',
    ":",
    "\x00",
    "đ",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=80).map("".join))
def test_any_mix_of_the_language_is_a_query_or_a_query_error(query: str) -> None:
    _parse_or_fail(query)


def _parse_or_fail(query: str) -> None:
    try:
        parse(query)
    except QueryError as error:
        assert 0 <= error.position <= len(query)
        assert len(error.query) <= len(query)


def _source(slug: str, *, private: bool = False, kind: SourceKind = SourceKind.FEED, title: str = "") -> Source:
    return Source(key=str(uuid.uuid4()), slug=slug, kind=kind, title=title, language="vi", private=private)


def _automatic(kinds: tuple[str, ...] = AUTOMATIC) -> dict[str, tuple[str, FeedKind, str, str, str]]:
    feeds = automatic_feeds(
        site_id=SITE,
        site_title="Home",
        sources=[
            _source("seeds", kind=SourceKind.SEEDS, title="Home"),
            _source("bbc", title="BBC News"),
            _source("untitled"),
            _source("secret", private=True, title="Secret"),
        ],
        categories={"politics": "Politics", "chinh-tri": "Chính trị"},
        languages=["vi", "zh-Hans", "ZH", "", "en-GB", "haw"],
        settings=Settings.of({"publish": {"automatic": list(kinds)}, "feed_limit": 20}),
    )
    assert all(feed.limit == 20 and feed.id == feed_id(SITE, feed.slug) for feed in feeds)
    return {feed.slug: (feed.title, feed.kind, feed.value, feed.duplicates, feed.language) for feed in feeds}


def test_automatic_feeds_cover_everything_but_private_sources() -> None:
    assert _automatic() == {
        "all": ("Home", FeedKind.ALL, "", "fold", ""),
        "seeds": ("Home: own articles", FeedKind.SEEDS, "", "fold", ""),
        "source-bbc": ("BBC News", FeedKind.SOURCE, "bbc", "all", "vi"),
        "source-untitled": ("untitled", FeedKind.SOURCE, "untitled", "all", "vi"),
        "category-chinh-tri": ("Home: Chính trị", FeedKind.CATEGORY, "chinh-tri", "fold", ""),
        "category-politics": ("Home: Politics", FeedKind.CATEGORY, "politics", "fold", ""),
        "lang-en": ("Home: English", FeedKind.LANG, "en", "fold", "en"),
        "lang-haw": ("Home: haw", FeedKind.LANG, "haw", "fold", "haw"),
        "lang-vi": ("Home: Vietnamese", FeedKind.LANG, "vi", "fold", "vi"),
        "lang-zh": ("Home: Chinese", FeedKind.LANG, "zh", "fold", "zh"),
    }


@pytest.mark.parametrize(
    ("kinds", "slugs"),
    [
        ((), set()),
        (("all",), {"all"}),
        (("seeds", "lang"), {"seeds", "lang-en", "lang-haw", "lang-vi", "lang-zh"}),
        (("source",), {"source-bbc", "source-untitled"}),
        (("category",), {"category-chinh-tri", "category-politics"}),
    ],
)
def test_only_the_kinds_asked_for_are_made(kinds: tuple[str, ...], slugs: set[str]) -> None:
    assert _automatic(kinds).keys() == slugs


def test_every_automatic_name_is_reserved() -> None:
    assert all(map(is_automatic, [*_automatic(), "health"]))
    assert not any(map(is_automatic, ["politics", "source", "lang", "category", "language-vi", "all-news"]))


def test_configured_feeds_take_title_and_limit_from_elsewhere_when_they_have_none() -> None:
    building = {"title": "Building", "query": 'lang:vi "xây dựng"', "duplicates": "all", "limit": 7}
    settings = Settings.of({"feed_limit": 20, "feeds": {"building": building, "plain": {}}})
    first, plain = configured_feeds(settings, SITE)
    assert (first.title, first.value, first.duplicates, first.limit) == tuple(building.values())
    assert (plain.title, plain.value, plain.duplicates, plain.limit) == ("plain", "", "fold", 20)
    assert first.kind is FeedKind.QUERY
    assert first.id == feed_id(SITE, "building")


def test_a_feed_id_is_frozen_by_site_and_slug() -> None:
    assert feed_id(SITE, "all") == f"urn:uuid:{uuid.uuid5(uuid.UUID(SITE[9:]), 'feed:all')}"
    assert feed_id(SITE, "all") != feed_id(SITE, "seeds")


NOON = datetime(2024, 12, 16, 12, tzinfo=UTC)
DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("hours_ago", "limit", "span", "most", "held"),
    [
        ([], 50, DAY, 500, 0),
        ([0, 1, 2], 50, DAY, 500, 3),
        ([0, 1, 2, 30, 40], 1, DAY, 500, 3),  # all within the span, though the limit is lower
        ([0, 30, 40, 50], 3, DAY, 500, 3),  # the limit, though they are older than the span
        ([0, 24, 25], 1, DAY, 500, 2),  # the edge of the span is within it
        ([100, 101, 102, 130], 1, DAY, 500, 3),  # counted from the newest entry, however old it is
        ([0] * 600, 50, DAY, 500, 500),
        ([0] * 600, 550, DAY, 500, 500),
        ([0, 0, 0, 30], 1, timedelta(0), 500, 3),
        ([0, 1, 2, 3], 1, DAY, 2, 2),
    ],
)
def test_a_document_holds_the_limit_and_all_of_the_span(
    hours_ago: list[int], limit: int, span: timedelta, most: int, held: int
) -> None:
    listed = [Listed(0, "", NOON, NOON - timedelta(hours=hours), 0) for hours in hours_ago]
    assert len(window(listed, limit, span, most)) == held
