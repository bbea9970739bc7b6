"""Markup whose tags, quotations and comments do not end."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.entries.tags import mended


@pytest.mark.parametrize(
    ("markup", "rewritten"),
    [
        # A quotation that is not closed ends with its tag, whatever the next quotation mark is for.
        ('<a href="/r>one</a> two', '<a href="/r">one</a> two'),
        ('<a href="/r>one</a> <p class="b">two</p>', '<a href="/r">one</a> <p class="b">two</p>'),
        ("<a href='/r>one</a> it's", "<a href='/r'>one</a> it's"),
        ('<a href="/r>one</a> 5" wide', '<a href="/r">one</a> 5" wide'),
        ('<p title="x>one</p><p title="y">two</p>', '<p title="x">one</p><p title="y">two</p>'),
        # One that is closed may have markup in it.
        ('<img alt="<b>a</b>" src="/x">', '<img alt="&lt;b&gt;a&lt;/b&gt;" src="/x">'),
        (
            '<img src="data:image/svg+xml,<svg><g/></svg>">',
            '<img src="data:image/svg+xml,&lt;svg&gt;&lt;g/&gt;&lt;/svg&gt;">',
        ),
        ("<p title='it's' class=b>one</p>", "<p title='it' class=\"b\">one</p>"),
        ("<a href=/it's>one</a>", '<a href="/it\'s">one</a>'),
        (
            '<p data-x=\'{"a": "<b>c</b>", "d": "it\'s"}\'>one',
            '<p data-x=\'{"a": "&lt;b&gt;c&lt;/b&gt;", "d": "it\'>one',
        ),
        ('<a href="/?a=<b>&c=d">one</a>', '<a href="/?a=&lt;b&gt;&c=d">one</a>'),
        # A tag that another begins in has ended, or never was one.
        ("<p <b>one</b>", "<p><b>one</b>"),
        ("</b <i>one</i>", "</b><i>one</i>"),
        ('<a href="/r" <b>one</b></a>', '<a href="/r"><b>one</b></a>'),
        ("<o:p <b>one</b>", "<o:p><b>one</b>"),
        ("i<j <b>one</b>", "i&lt;j <b>one</b>"),
        ("one <b and more</p>", "one &lt;b and more</p>"),
        ("one <a... <b>two</b>", "one ... <b>two</b>"),
        ('<img src="/a.jpg alt="b"/>', '<img src="/a.jpg" alt="b"/>'),
        ("<img src='/a.jpg alt='b' width='3'> it's", "<img src='/a.jpg' alt='b' width='3'> it's"),
        ('<img src="/a.jpg b=" alt="c">', '<img src="/a.jpg b=" alt="c">'),
        ('<img alt="A "b" c" src="/d">', '<img alt="A &quot;b&quot; c" src="/d">'),
        ('<img alt="" title="b" hidden class="c">', '<img alt="" title="b" hidden class="c">'),
        ("<<one>> and <<two more>>", "&lt;&lt;one&gt;&gt; and &lt;&lt;two more&gt;&gt;"),
        # What is cut off has no words, unless it was no tag.
        ('one <a href="/r', "one "),
        ('one <a href="/r" title', "one "),
        ("one <blockq", "one "),
        ("one</p", "one"),
        ("x<y", "x&lt;y"),
        ("x<script and more", "x&lt;script and more"),
        # Comments, and elements in which there are no tags.
        ("<!-- a --!>b<!-->c<!---->d", "<!-- a --!>b<!-->c<!---->d"),
        ("a<!--more->b<!-- x -- >c<!-- y \u2014>d<!-- z --!<p>e", "abcd<p>e"),
        ("a<!-- b > c <p>d", "a"),
        ("<script>if (a<b && c>d) e('<p')</script><p <b>f", "<script>if (a<b && c>d) e('<p')</script><p><b>f"),
        ("<script>a<b", "<script>a&lt;b"),
    ],
)
def test_tags_end_and_words_stay(markup: str, rewritten: str) -> None:
    assert mended(markup, Counter()) == rewritten


PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<a href='/x",
        '<b title="',
        '"',
        "'",
        ">",
        "<",
        "<x ",
        " y",
        "=",
        "<!--",
        "-->",
        "->",
        "</",
        "<style>",
    ]
)


@given(st.lists(PIECES | st.sampled_from(["word", " "]), max_size=20).map("".join))
def test_what_is_mended_needs_no_mending(markup: str) -> None:
    once = mended(markup, Counter())
    assert mended(once, Counter()) == once
