"""OPML documents as they are found: mended where there is one reading only, else refused with the place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import SeedError
from worker.opml.outlines import parse, walk


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'<opml a="&" b="&copy=1">\n<body x="&"/></opml>', ("line 1 (and 2 more): a bare & was read as &amp;",)),
        (b'<opml>\n<body x="&nbsp;"/></opml>', ("line 2: an entity of HTML was read as its character",)),
        (b'\n\n<?xml version="1.0"?><opml/>', ("line 1: nothing may stand before <?xml",)),
        (b'<?xml version="1.0" encoding="utf-16"?><opml/>', ("line 1: it is not utf-16, but UTF-8",)),
        ('<?xml version="1.0" encoding="ascii"?><opml x="\u0102"/>'.encode(), ()),
        (b"<opml>\0</opml>", ("line 1: 1 characters that XML forbids were left out",)),
        (b"<!-- & &nbsp; --><opml><![CDATA[ & ]]><?x & ?>&#38;&amp;</opml>", ()),
    ],
)  # fmt: skip
def test_what_has_one_reading_only_is_mended_and_told(body: bytes, told: tuple[str, ...]) -> None:
    assert parse(body, "a.opml").mended == told


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "line 1, column 1: there is no element in it"),
        (b"<opml>\n <a>\n</opml>", "line 3, column 3: <a> of line 2 is not closed before this"),
        (b"<opml>\n <a>\n", "line 3, column 1: it ends before <a> of line 2 is closed"),
        (b"<opml/>\n<opml/>", "line 2, column 1: something follows the end of the document"),
        (b'<opml>\n<a text="a "b" c"/></opml>', "line 2, column 13: this is not well-formed XML"),
        (b"<opml>\n<a b='1' b='2'/></opml>", "line 2, column 10: an attribute stands here twice"),
        (b"<html><body/></html>", "line 1, column 1: <html> is no OPML document"),
        (b"<!DOCTYPE opml SYSTEM 'x'>\n<opml>&such;</opml>", "line 2, column 7: &such; is defined nowhere"),
        (b"<!DOCTYPE opml [<!ENTITY a '&#60;'>]>\n<opml/>", "declares entities, which are not read"),
        (b"<opml>\n<a x='\xe9'/></opml>", "line 2, column 7: byte 0xE9 is not UTF-8"),
        (b"<?xml version='1.0' encoding='utf-7'?><opml/>", "its encoding utf-7 cannot be read"),
        (b"<?xml version='1.0' encoding='base64'?><opml/>", "its encoding base64 cannot be read"),
        (b"<opml>\n" + b"<outline>\n" * 300, "line 201, column 1: elements are nested over 200 deep"),
    ],
)  # fmt: skip
def test_a_broken_list_says_where_and_what(body: bytes, words: str) -> None:
    with pytest.raises(SeedError) as caught:
        parse(body, "a.opml")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [b"<!--" * 100_000, b"<opml>" + b"&" * 200_000, b"<opml a='" + b"<" * 500_000, b" " * 500_000, b"<?" * 200_000],
    ids=["comments", "ampersands", "value", "spaces", "instructions"],
)
def test_what_is_made_to_be_slow_is_refused_all_the_same(body: bytes) -> None:
    with pytest.raises(SeedError):
        parse(body, "a.opml")


# fmt: off
PIECES = st.lists(
    st.sampled_from([
        "<outline", "/>", ">", "</outline>", ' text="', '"', " xmlUrl='", "'", "&", "&amp;", "&nbsp;", "&#0;",
        "&#x10FFFF;", "<!--", "-->", "<![CDATA[", "]]>", "<?x", "?>", "\n", "ệ", "\0", "<body>", "</body>", "&none;",
    ]),
    max_size=30,
).map("".join)
# fmt: on


@given(PIECES, st.sampled_from(["utf-8", "utf-16", "cp1258"]))
def test_every_element_knows_where_it_stands(inside: str, codec: str) -> None:
    try:
        tree = parse(f"<opml>{inside}</opml>".encode(codec, "replace"), "a.opml")
    except SeedError as error:
        assert "line " in error.message
        return
    for node in walk(tree.root):
        name = node.tag.encode()
        assert tree.text[node.start :].startswith(b"<" + name)
        assert tree.text[: node.opened].endswith(b">")
        assert tree.text[: node.end].endswith(b">")
        assert node.closing == node.end or tree.text[node.closing :].startswith(b"</" + name)
        assert tree.text.count(b"\n", 0, node.start) == node.line - 1
