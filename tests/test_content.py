"""Foreign HTML on a page of ours: headings, wide things, pictures that keep their place, links with names."""

import re

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.render.html.content import content_for_page
from worker.entries.sanitise import sanitise

LAZY = 'loading="lazy" decoding="async"'
FULL = 'aria-label="The picture in full size"'
SRC = 'src="https://a.example/i"'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("words", "words"),
        ("<p>It <em>snowed</em> &amp; froze.</p>", "<p>It <em>snowed</em> &amp; froze.</p>"),
        ('<h1 lang="vi">A</h1><h2>B</h2>', '<h2 lang="vi">A</h2><h2>B</h2>'),
        # One box around the outermost of what may be wide.
        (
            "<table><tbody><tr><td><table></table><pre>x</pre></td></tr></tbody></table>",
            '<div class="wide" role="group" tabindex="0" aria-label="Table"><table><tbody><tr><td><table></table>'
            "<pre>x</pre></td></tr></tbody></table></div>",
        ),
        (
            "<pre>a</pre><pre>b</pre>",
            '<div class="wide" role="group" tabindex="0" aria-label="Preformatted text"><pre>a</pre></div>'
            '<div class="wide" role="group" tabindex="0" aria-label="Preformatted text"><pre>b</pre></div>',
        ),
        # Pictures: of a stated size, of none, linked already.
        (f'<p><img {SRC} width="3" height="2"></p>', f'<p><img alt="" {SRC} width="3" height="2" {LAZY}></p>'),
        (f"<p><img {SRC}></p>", f'<p><a href="https://a.example/i" {FULL}><img alt="" {SRC} {LAZY}></a></p>'),
        (
            f'<p><img {SRC} alt="Snow" width="300"></p>',
            f'<p><a href="https://a.example/i"><img alt="Snow" {SRC} width="300" {LAZY}></a></p>',
        ),
        (
            f'<p><img {SRC} alt="Snow" width="0" height="0"> It snowed.</p>',
            f'<p><a href="https://a.example/i"><img alt="Snow" {SRC} width="0" height="0" {LAZY}></a> It snowed.</p>',
        ),
        (
            f'<a href="https://a.example/"><img {SRC}></a>',
            f'<a href="https://a.example/"><img alt="Picture" {SRC} {LAZY}></a>',
        ),
        (
            f'<a href="https://a.example/"><img {SRC}> words</a>',
            f'<a href="https://a.example/"><img alt="" {SRC} {LAZY}> words</a>',
        ),
        # In the middle of a line, and in place of a sign.
        (f'<p>a <img {SRC} alt="x²"> b</p>', f'<p>a <img alt="x²" {SRC} class="inline" {LAZY}> b</p>'),
        (
            f"<p>a <img {SRC}></p><p>b</p>",
            f'<p>a <a href="https://a.example/i" {FULL}><img alt="" {SRC} {LAZY}></a></p><p>b</p>',
        ),
        (f"a<br><img {SRC}><br>b", f'a<br><a href="https://a.example/i" {FULL}><img alt="" {SRC} {LAZY}></a><br>b'),
        (f'<p>Hm <img {SRC} alt="🙂"></p>', f'<p>Hm <img alt="🙂" {SRC} class="sign" {LAZY}></p>'),
        # Links around nothing.
        ('a<a href="https://a.example/"></a>b', "ab"),
        ('a<a href="https://a.example/"> <b></b></a>b', "a <b></b>b"),
        ('<a href="https://a.example/"><audio></audio></a>', '<a href="https://a.example/"><audio></audio></a>'),
    ],
)  # fmt: skip
def test_content_is_put_right(html: str, expected: str) -> None:
    found = content_for_page(html)
    # The order of attributes says nothing.
    assert _ordered(found) == _ordered(expected)


_ATTRIBUTE = re.compile('[a-z-]+="[^"]*"')


def _ordered(html: str) -> str:
    def tag(match: "re.Match[str]") -> str:
        return f"<{match[1]} {' '.join(sorted(_ATTRIBUTE.findall(match[2])))}>"

    return re.sub('<([a-z0-9]+)((?: [a-z-]+="[^"]*")+)>', tag, html)


_PIECES = [
    "<p>", "</p>", "<table><tr><td>", "</table>", "<pre>", "</pre>", '<a href="/x">', "</a>", '<img src="/i">',
    '<img src="/i" alt="&quot;<b>">', "<ul><li>", "</ul>", "words ", "<br>", "<h1>", "</h1>", "&lt;img&gt; ", "<b>",
]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=25))
def test_whatever_was_sanitised_stays_whole_and_says_the_same(pieces: list[str]) -> None:
    html = sanitise("".join(pieces), "https://a.example/")
    made = content_for_page(html)
    before, after = (html5lib.parseFragment(text, namespaceHTMLElements=False) for text in (html, made))
    assert "".join(after.itertext()) == "".join(before.itertext())
    assert len(list(after.iter("img"))) == len(list(before.iter("img")))
    assert all(image.get("alt") is not None for image in after.iter("img"))
    for link in after.iter("a"):
        assert list(link.iter("a")) == [link]
        assert "".join(link.itertext()).strip() or link.find(".//img") is not None or link.find(".//video") is not None
