"""Subscriptions as OPML, read from what people and programs write, and written without spoiling it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import SeedError
from feeds.render import opml as rendered
from feeds.render.opml import label
from feeds.text.plaintext import xml_safe
from worker.opml import opml
from worker.opml.opml import Outline, add, merge, remove

SAMPLE = Path(__file__).parent / "documents" / "samples" / "subscriptions.opml"

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


NEW = Outline("https://new.example/rss?a=1&b=2", 'N "ệw" <x>', "https://new.example/", ("Sea",))
XML = '<?xml version="1.0" encoding="{}"?>\n'
LISTS = {
    "with tabs and CRLF": b'<opml>\r\n<body>\r\n\t<outline text="A"  xmlUrl = "https://a.example/"\r\n/>\r\n</body></opml>',
    "in windows-1252": f"{XML.format('windows-1252')}<opml>\n <body>\n  <!-- é -->\n </body></opml>\n".encode("cp1252"),
    "in UTF-16": f'{XML.format("utf-16")}<opml><body>\n<outline text="ệ"/>\n</body></opml>'.encode("utf-16"),
    "with a mark": b"\xef\xbb\xbf<opml>\n<body>\n</body>\n</opml>",
    "with a doctype": b"<!DOCTYPE opml SYSTEM 'x'>\n<OPML><Body>\n<?x?><![CDATA[ &nbsp; <outline> ]]>\n</Body></OPML>",
    "with a comment at the end": b'<opml><body>\n <outline text="B">\n  </outline>\n  <!-- end --> \n</body></opml>',
}


@pytest.mark.parametrize("body", LISTS.values(), ids=LISTS)
def test_a_subscription_comes_and_goes_and_every_other_byte_stays(body: bytes) -> None:
    grown = add(body, NEW)
    assert NEW in read(grown, "a")
    assert len(read(grown, "a")) == len(read(body, "a")) + 1
    assert remove(grown, NEW.url) == body


def test_what_is_nested_in_a_subscription_stays_when_that_goes() -> None:
    body = b"""<opml><body>
    <outline text="A" xmlUrl="https://a.example/"><outline text="F"><outline xmlUrl="https://a.example/"/></outline>
      <outline text="B" xmlUrl="https://b.example/"/>
    </outline>
    <outline text="A" xmlUrl="https://a.example/"><outline><!-- x --><outline xmlUrl="https://a.example/"/></outline></outline>
    </body></opml>"""
    shrunk = remove(body, "https://a.example/") or b""
    assert read(shrunk, "a") == (Outline("https://b.example/", "B"),)
    assert b"a.example" not in shrunk
    assert b'"F"' not in shrunk


@pytest.mark.parametrize(
    "body", [b"<opml/>", b"<opml><body/></opml>", b"<opml>\n <head/>\n</opml>", b"<opml><body></body></opml>"]
)
def test_a_list_without_lines_gets_them(body: bytes) -> None:
    grown = add(body, NEW)
    assert read(grown, "a") == (NEW,)
    assert read(remove(grown, NEW.url) or b"", "a") == ()


def test_a_folder_that_is_there_is_used_and_one_that_is_no_folder_is_not() -> None:
    body = (
        b'<opml><body>\n<outline text="Sea" type="link" url="https://a.example/"/>\n'
        b'<outline text="Sea" xmlUrl="https://sea.example/"/>\n<outline text=" Sea "/>\n</body></opml>'
    )
    grown = add(body, NEW)
    assert grown.startswith(body[: body.index(b"/>\n</body>")])
    assert grown.count(b'text="Sea"') == 2
    assert read(grown, "a")[-1] == NEW


@pytest.mark.parametrize(
    ("outline", "expected"),
    [
        ('text="A" XMLURL="https://a.example/"', Outline("https://a.example/", "A")),
        ('title="A" xmlurl="https://a.example/"', Outline("https://a.example/", "A")),
        ('text="A" type="RSS" url="https://a.example/"', Outline("https://a.example/", "A")),
        ('text="A" type="atom" URL="https://a.example/"', Outline("https://a.example/", "A")),
        ('text="A" type="link" url="https://a.example/news.rss?x"', Outline("https://a.example/news.rss?x", "A")),
        ('text="A" xmlUrl="feed://a.example/x"', Outline("http://a.example/x", "A")),
        ('text="A" xmlUrl=" https://a.example/x y.xml "', Outline("https://a.example/x%20y.xml", "A")),
        ('text="A" xmlUrl="feed:https://a.example/x"', Outline("https://a.example/x", "A")),
        ('text="https://a.example/" xmlUrl="https://a.example/"', Outline("https://a.example/")),
        (
            'text="A" category=",/B / C/,, D  d"  xmlUrl="https://a.example/"',
            Outline("https://a.example/", "A", "", ("B", "C", "D d")),
        ),
        (
            'text="A&nbsp;&eacute; & B&C" xmlUrl="https://a.example/?a&copy=1"',
            Outline("https://a.example/?a&copy=1", "A é & B&C"),
        ),
        ('text="A &#233;&lt;b&gt;&#xe9;&LT;" xmlUrl="https://a.example/"', Outline("https://a.example/", "A é<b>é<")),
        ('text="A\x01\x0b" xmlUrl="https://a.example/"', Outline("https://a.example/", "A")),
    ],
)
def test_outlines_as_programs_write_them(outline: str, expected: Outline) -> None:
    assert read(f"<opml><body><outline {outline}/></body></opml>".encode(), "a") == (expected,)


def test_what_is_no_subscription_is_told_with_its_line() -> None:
    body = b"""<opml><body>
    <outline text="In" type="include" url="https://a.example/x"/>
    <outline text="List" type="link" url="https://a.example/LIST.opml?x"/>
    <outline text="Page" type="link" url="https://lan:pw@a.example/"/>
    <outline text="None" type="rss"/>
    <outline text="Odd" xmlUrl="javascript:alert(1)"/>
    <outline text="Folder"/>
    <outline text="Off" isComment="TRUE" xmlUrl="x"><outline type="include"/></outline>
    </body></opml>"""
    reading = opml.read(body, "a.opml")
    assert reading.outlines == ()
    assert reading.skipped == (
        'line 2: "In" includes https://a.example/x, which is not fetched; import that list itself',
        'line 3: "List" includes https://a.example/LIST.opml?x, which is not fetched; import that list itself',
        'line 5: "None" is left out: it has no xmlUrl',
        'line 6: "Odd" is left out: javascript:alert(1) is no address of the web',
    )
    assert reading.links == (
        'line 4: "Page" is a link; `seedfeed add https://a.example/` follows its feed, if it has one',
    )


def test_thousands_of_outlines_are_read_and_written() -> None:
    many = [Outline(f"https://a.example/{n}", f"T{n}", "", (f"F{n % 40}", "x")) for n in range(5000)]
    body = merge(None, many)
    assert len(read(body, "a")) == 5000
    assert remove(add(body, NEW), NEW.url) == body


@given(
    st.lists(
        st.builds(
            Outline,
            url=st.from_regex(r"https?://[a-z]{1,8}\.example/[a-z0-9?=&]{0,8}", fullmatch=True),
            title=names.map(label).filter(bool) | st.just(""),
            link=st.sampled_from(["", "https://a.example/?a&b"]),
            categories=st.lists(names.map(label).filter(bool), max_size=3, unique=True).map(tuple),
        ),
        max_size=6,
        unique_by=lambda outline: outline.url,
    )
)
def test_an_export_is_imported_with_the_same_titles_and_categories(outlines: list[Outline]) -> None:
    exported = rendered.subscriptions(
        "T", [rendered.ListedFeed(o.title, o.url, o.link, o.categories) for o in outlines]
    )
    taken = merge(None, read(exported, "a"))
    for found in (read(exported, "a"), read(taken, "a")):
        assert {(o.url, o.title, o.link, frozenset(o.categories)) for o in found} == {
            (o.url, o.title, o.link, frozenset(o.categories)) for o in outlines
        }
