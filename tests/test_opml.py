"""Subscriptions as OPML, read from what people and programs write, and written without spoiling it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import SeedError
from feeds.text import xml_safe
from worker.seeds import opml
from worker.seeds.opml import Outline, add, merge, remove

SAMPLE = Path(__file__).parents[1] / "seeds" / "subscriptions.opml"

DOCUMENT = b"""\
<?xml version="1.0" encoding="UTF-8"?>
<!-- mine -->
<opml version="1.0">
  <head><title>Feeds</title><ownerName>Lan</ownerName></head>
  <body>
    <!-- daily -->
    <outline text="News">
      <outline text="Vi\xe1\xbb\x87t Nam" title="ignored">
        <outline type="rss" text="VHO" xmlUrl=" https://vho.example/rss " htmlUrl="https://vho.example/" starred="yes"/>
      </outline>
      <outline text="World" xmlurl="https://world.example/feed?a=1&amp;b=2" category="/Boston/Weather,Press"/>
    </outline>
    <outline text="Alone" title="Alone, too" xmlUrl="https://alone.example/atom"/>
    <outline text="Also here" xmlUrl="https://vho.example/rss" category="Culture"/>
    <outline text="Not a feed" url="https://a.example/" type="link"/>
    <outline text="off" isComment="true"><outline text="Off" xmlUrl="https://off.example/rss"/></outline>
  </body>
</opml>
"""


def read(body: bytes, name: str) -> tuple[Outline, ...]:
    return opml.read(body, name).outlines


def test_folders_and_category_attributes_are_categories() -> None:
    assert read(DOCUMENT, "a.opml") == (
        Outline("https://vho.example/rss", "VHO", "https://vho.example/", ("News", "Việt Nam", "Culture")),
        Outline("https://world.example/feed?a=1&b=2", "World", "", ("News", "Boston", "Weather", "Press")),
        Outline("https://alone.example/atom", "Alone", ""),
    )


def test_our_own_sample_is_empty_and_valid() -> None:
    assert read(SAMPLE.read_bytes(), SAMPLE.name) == ()


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
def test_other_encodings_are_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?><opml><body><outline text="é" xmlUrl="https://e.example/"/></body></opml>'
    assert read(text.encode(encoding), "a.opml") == (Outline("https://e.example/", "é"),)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"", 1),
        (b"not xml", 1),
        (b"<opml>\n<body>\n<outline text='a&nosuch;' xmlUrl='https://a.example/'/>\n</body></opml>", 3),
        (b"<opml>\n<body>\n<outline text='a' xmlUrl='https://a.example/' text='b'/>\n</body></opml>", 3),
        (b"<opml>\n<body>", 2),
        (b"<rss version='2.0'/>", 1),
        (b"<!DOCTYPE opml [\n<!ENTITY a 'aaaa'>]>\n<opml><body><outline text='&a;' xmlUrl='x'/></body></opml>", 2),
        (b"<!DOCTYPE opml [\n<!ENTITY % a SYSTEM 'file:///etc/passwd'>]>\n<opml/>", 2),
        (b"<?xml version='1.0' encoding='klingon'?><opml/>", 1),
        (b"<opml><body>" + b"<outline>" * 300 + b"</outline>" * 300 + b"</body></opml>", 1),
        (b"<opml><body>\n\xff</body></opml>", 2),
    ],
)
def test_what_is_no_opml_is_refused_with_its_line(body: bytes, line: int) -> None:
    with pytest.raises(SeedError) as caught:
        read(body, "feeds/a.opml")
    assert (caught.value.name, caught.value.code) == ("feeds/a.opml", "E_OPML")
    assert f"line {line}, column " in str(caught.value)


def test_the_first_subscription_makes_a_document() -> None:
    assert add(None, Outline("https://a.example/rss", "A & B", "https://a.example/", ("News",))) == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<opml version="2.0">\n'
        b"  <head>\n"
        b"    <title>Subscriptions</title>\n"
        b"  </head>\n"
        b"  <body>\n"
        b'    <outline text="News">\n'
        b'      <outline type="rss" text="A &amp; B" title="A &amp; B" xmlUrl="https://a.example/rss" '
        b'htmlUrl="https://a.example/"/>\n'
        b"    </outline>\n"
        b"  </body>\n"
        b"</opml>\n"
    )


def test_adding_keeps_what_is_there() -> None:
    grown = add(DOCUMENT, Outline("https://new.example/rss", "New", categories=("News",)))
    for kept in (
        b"<!-- mine -->",
        b"<!-- daily -->",
        b'starred="yes"',
        b"<ownerName>Lan</ownerName>",
        b'version="1.0"',
    ):
        assert kept in grown
    assert grown.count(b'text="News"') == 1
    assert set(read(grown, "a")) == {*read(DOCUMENT, "a"), Outline("https://new.example/rss", "New", "", ("News",))}
    assert add(grown, Outline("https://new.example/rss", "Other title")) == grown


def test_removing_takes_every_mention_and_folders_that_this_emptied() -> None:
    shrunk = remove(DOCUMENT, "https://vho.example/rss")
    assert shrunk is not None
    assert b"vho.example" not in shrunk
    assert "Việt Nam".encode() not in shrunk
    assert b'text="News"' in shrunk
    assert b"<!-- daily -->" in shrunk
    assert read(shrunk, "a") == read(DOCUMENT, "a")[1:]
    assert remove(shrunk, "https://vho.example/rss") is None


def test_the_sample_takes_a_subscription_and_gives_it_back() -> None:
    outline = Outline("https://a.example/rss", "A", "https://a.example/")
    grown = add(SAMPLE.read_bytes(), outline)
    assert read(grown, "a") == (outline,)
    assert remove(grown, outline.url) == SAMPLE.read_bytes()


def test_merging_adds_what_is_new() -> None:
    merged = merge(DOCUMENT, [*read(DOCUMENT, "a"), Outline("https://b.example/", "B"), Outline("https://b.example/")])
    assert read(merged, "a") == (*read(DOCUMENT, "a"), Outline("https://b.example/", "B"))


names = st.text(min_size=1, max_size=20).map(lambda text: " ".join(xml_safe(text).split())).filter(bool)


@given(
    st.lists(
        st.builds(
            Outline,
            url=st.from_regex(r"https://[a-z]{1,8}\.example/[a-z0-9?=&]{0,8}", fullmatch=True),
            title=names,
            categories=st.lists(names, max_size=3, unique=True).map(tuple),
        ),
        max_size=6,
        unique_by=lambda outline: outline.url,
    )
)
def test_what_is_written_comes_back(outlines: list[Outline]) -> None:
    written = merge(None, outlines)
    assert written == merge(written, outlines)
    found = {outline.url: outline for outline in read(written, "a")}
    assert {url: (outline.title, set(outline.categories)) for url, outline in found.items()} == {
        outline.url: (outline.title, set(outline.categories)) for outline in outlines
    }


@given(st.binary(max_size=200))
def test_any_bytes_give_subscriptions_or_a_seed_error(body: bytes) -> None:
    for whole in (body, b"<opml><body>" + body + b"</body></opml>"):
        try:
            read(whole, "a.opml")
        except SeedError as error:
            assert error.code == "E_OPML"
