"""Text: made safe, plain, comparable and short."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.text import plaintext

any_text = st.text(st.characters() | st.characters(categories=["Cs", "Cc", "Cn"]))
markup = st.lists(
    st.sampled_from(
        ["<", ">", "<b", "</p>", "<br/>", "<!--", "-->", "<script>", "</script", "'", '"', "=", "&", "&lt;"]
    )
    | st.text(max_size=3)
).map("".join)


@given(any_text)
def test_safe_text_goes_through_xml(sample: str) -> None:
    safe = plaintext.xml_safe(sample)
    element = etree.Element("title")
    element.text = safe
    assert (etree.fromstring(etree.tostring(element)).text or "") == safe
    assert plaintext.xml_safe(safe) == safe


@pytest.mark.parametrize(
    ("sample", "safe"),
    [
        ("a\x00b\x0bc\x7fd\x0c\x01e", "ab c d e"),
        ("tab\tline\n", "tab\tline\n"),
        ("\x93quoted\x94 \x85", "“quoted” …"),
        ("\x81\x8d", ""),
        ("\ud800x\udfff", "x"),
        ("caf\ufffd\ufffd \ufffe\uffff\ufdd0\U0001fffe\U0010ffff", "caf? "),
        ("Tô Lâm 😀 日本", "Tô Lâm 😀 日本"),
        (unicodedata.normalize("NFD", "Đảng"), unicodedata.normalize("NFD", "Đảng")),
    ],
)
def test_characters_that_xml_or_validators_refuse_are_mapped_or_dropped(sample: str, safe: str) -> None:
    assert plaintext.xml_safe(sample) == safe


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("", ""),
        ("AT&amp;T", "AT&T"),
        ("AT&T", "AT&T"),
        ("a &lt; b", "a < b"),
        ("a < b", "a < b"),
        ("a<b", "a<b"),
        ("I <3 you", "I <3 you"),
        ("<b>x</b>", "x"),
        ("H<sub>2</sub>O", "H2O"),
        ("a<br>b<BR/>c", "a b c"),
        ("<p>a</p><p>b</p>", "a b"),
        ("<td>1</td><td>2</td>", "1 2"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),  # once
        ("&lt;b&gt;", "<b>"),
        ("a&nbsp;\u2028 b\n\tc", "a b c"),
        ("x<script>if (a < b) '</b>'</script>y", "x y"),
        ("x<STYLE type=a>p { }</Style >y", "x y"),
        ("x<script>never closed", "x"),
        ("a<!-- <b> > -->b<!-- never closed", "ab"),
        ("<![CDATA[<b>T</b>]]>", "T"),
        ("<?php echo 1 ?>x<!doctype html>", "x"),
        ("<a title=\"a > b\" href='<'>x</a>", "x"),
        ('<a title="never closed>x</a>', "x"),
        ("<<b>a>", "<a>"),
        ("<p class=x'>it</p>isn't", "it isn't"),
        ("&#x80;&#0;&#xD800;&#x110000;x", "€?x"),
        ("&#55357;&#56832; &#xD83D;&#xDE00; &#56832;&#55357;", "😀 😀 ?"),
        ("&#" + "9" * 5000 + ";x", "x"),
        ("&hearts;&notaname;", "♥¬aname;"),  # as browsers read it
    ],
)
def test_html_becomes_one_line_of_plain_text(html: str, plain: str) -> None:
    assert plaintext.plain(html) == plain


@given(markup)
def test_plain_text_is_one_safe_line_whatever_the_markup(html: str) -> None:
    plain = plaintext.plain(html)
    assert plain == " ".join(plain.split()) == plaintext.xml_safe(plain)


@given(st.text())
def test_escaped_text_becomes_itself_again(sample: str) -> None:
    escaped = sample.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plaintext.plain(escaped) == " ".join(plaintext.xml_safe(sample).split())


@pytest.mark.parametrize(
    ("sample", "html"),
    [
        ("", ""),
        (" \n\n ", ""),
        ("one", "<p>one</p>"),
        ("one\ntwo\n \n\nthree <b> & four\r\nfive", "<p>one<br>two</p>\n<p>three &lt;b&gt; &amp; four<br>five</p>"),
    ],
)
def test_blank_lines_set_paragraphs_apart(sample: str, html: str) -> None:
    assert plaintext.as_html_paragraphs(sample) == html


@pytest.mark.parametrize(
    ("sample", "folded"),
    [
        ("Tô Lâm", "to lam"),
        ("ĐẢNG đường", "dang duong"),
        (unicodedata.normalize("NFD", "Hòa"), "hoa"),
        ("“Straße” – ﬁn…", '"strasse" - fin...'),
        ("Łódź, İstanbul, søster", "lodz, istanbul, soster"),
        ("Ὀδυσσεύς ЙОГ", "οδυσσευσ иог"),
        ("２０２４ ๒๕๖๗ ١٢", "2024 2567 12"),
        ("đi\u200bbộ\u00ad", "dibo"),
        ("ที่นี่", "ที่ นี่"),
        ("日本 go", "日 本 go"),
        ("ガ", "ガ"),
        ("한국어", "한국어"),
    ],
)
def test_folded_text_has_no_case_and_no_diacritics(sample: str, folded: str) -> None:
    assert plaintext.fold(sample) == folded


@given(any_text)
def test_folding_twice_changes_nothing_more(sample: str) -> None:
    assert plaintext.fold(plaintext.fold(sample)) == plaintext.fold(sample)


@given(any_text)
def test_tokens_are_the_same_for_folded_text(sample: str) -> None:
    assert plaintext.tokens(plaintext.fold(sample)) == plaintext.tokens(sample)


@given(st.text("abc Đảng ộ ướ 12.-é“”…"))
def test_tokens_do_not_depend_on_case_or_normal_form(sample: str) -> None:
    assert plaintext.tokens(sample.upper()) == plaintext.tokens(sample)
    assert plaintext.tokens(unicodedata.normalize("NFD", sample)) == plaintext.tokens(
        unicodedata.normalize("NFC", sample)
    )


@pytest.mark.parametrize(
    ("sample", "tokens"),
    [
        ("", []),
        ("Bão số 3: 1.234 nhà", ["bao", "so", "3", "1", "234", "nha"]),
        ("1,234", ["1", "234"]),
        ("covid19 b2b x_y don't", ["covid", "19", "b", "2", "b", "x", "y", "don", "t"]),
        ("ที่นี่ 日本", ["ที่", "นี่", "日", "本"]),
        ("हिन्दी 3", ["हिन्दी", "3"]),
        ("Новости, 5 мая", ["новости", "5", "мая"]),
        ("日本2024年news", ["日", "本", "2024", "年", "news"]),
    ],
)
def test_tokens_are_words_numbers_and_letters_of_scripts_without_spaces(sample: str, tokens: list[str]) -> None:
    assert plaintext.tokens(sample) == tokens


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Chính trị", "chinh-tri"),
        ("Đảng", "dang"),
        ("  --Kinh tế & Xã hội-- ", "kinh-te-xa-hoi"),
        ("日本 News", "news"),
        ("Straße Æther", "strasse-aether"),
        ("a" * 80, "a" * 60),
        ("x" * 59 + " y", "x" * 59),
    ],
)
def test_a_slug_is_the_folded_name(name: str, slug: str) -> None:
    assert plaintext.slug(name) == slug


def test_a_name_without_latin_letters_gets_a_slug_of_its_own() -> None:
    assert re.fullmatch("x[0-9a-f]{6}", plaintext.slug(""))
    assert re.fullmatch("x-[0-9a-f]{6}", plaintext.slug("日本"))
    assert plaintext.slug("日本") != plaintext.slug("中国")


@given(any_text)
def test_every_slug_is_fit_for_a_url(name: str) -> None:
    slug = plaintext.slug(name)
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= 60


@pytest.mark.parametrize(
    ("limit", "short"),
    [
        (0, ""),
        (1, "…"),
        (5, "Hell…"),
        (11, "Hello…"),
        (12, "Hello world…"),
        (17, "Hello world again"),
    ],
)
def test_a_text_is_cut_after_a_word(limit: int, short: str) -> None:
    assert plaintext.shorten("Hello world again", limit) == short


def test_a_cut_leaves_no_letter_without_its_mark() -> None:
    assert plaintext.shorten(unicodedata.normalize("NFD", "éé"), 3) == unicodedata.normalize("NFD", "é…")[:3]


@pytest.mark.parametrize(
    ("whole", "limit", "short"),
    [("ที่นี่", 3, "…"), ("ดีดี", 3, "ดี…"), ("ทำไป", 2, "…"), ("มาไป", 3, "มา…"), ("क्षमा", 3, "…"), ("भाषा", 3, "भा…")],
)
def test_a_cut_parts_no_syllable_sign_from_its_letter(whole: str, limit: int, short: str) -> None:
    assert plaintext.shorten(whole, limit) == short


@given(any_text, st.integers(0, 30))
def test_a_shortened_text_is_never_longer_than_its_limit(sample: str, limit: int) -> None:
    assert len(plaintext.shorten(sample, limit)) <= limit


@pytest.mark.parametrize(
    ("sample", "title"),
    [
        ("  A\n title\u2028x ", "A title x"),
        ("evil\u202egpj.exe\u2069", "evilgpj.exe"),
        ("\ufeff\u200e\u200bTitle\u200f", "Title"),
        ("\u200b \u200e", ""),
        ("a\U000e0041b", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("<b> & &amp;", "<b> & &amp;"),
    ],
)
def test_a_title_is_one_visible_line(sample: str, title: str) -> None:
    assert plaintext.clean_title(sample) == title


def test_a_title_has_at_most_a_thousand_characters() -> None:
    title = plaintext.clean_title("word " * 2_000_000)
    assert len(title) <= 1000
    assert title.endswith("word…")


@pytest.mark.parametrize(
    ("sample", "tag"),
    [
        ("vi", "vi"),
        ("vi_VN", "vi-VN"),
        ("VI-vn", "vi-VN"),
        ("vi_VN.UTF-8", "vi-VN"),
        (" en, vi", "en"),
        ("eng", "en"),
        ("vie-VN", "vi-VN"),
        ("iw", "he"),
        ("en-UK", "en-GB"),
        ("zh_hans_cn", "zh-Hans-CN"),
        ("zh-cmn-Hant", "zh-cmn-Hant"),
        ("cmn-Hans-CN", "zh-Hans-CN"),
        ("yue", "zh-yue"),
        ("yue-Hant-HK", "zh-yue-Hant-HK"),
        ("nan_TW", "zh-nan-TW"),
        ("arb", "ar"),
        ("arz-EG", "ar-arz-EG"),
        ("ckb", "ku-Arab"),
        ("ckb-IQ", "ku-Arab-IQ"),
        ("ckb-Arab-IQ", "ku-Arab"),
        ("prs", "fa-AF"),
        ("prs-AF", "fa-AF"),
        ("zsm-MY", "ms-MY"),
        ("de-1996", "de-1996"),
        ("es-419", "es-419"),
        ("en-US-u-co-phonebk", "en-US-u-co-phonebk"),
        ("fil", "fil"),
        ("vi-VIỆT", "vi"),
        ("en-", "en"),
        ("english", ""),
        ("xx-invalid!", ""),
        ("und", ""),
        ("x-private", ""),
        ("i-klingon", ""),
        ("", ""),
        ("ЕN", ""),
    ],
)
def test_a_language_tag_is_that_of_a_known_language_in_its_usual_case(sample: str, tag: str) -> None:
    assert plaintext.language_tag(sample) == tag


@given(any_text | st.text("aevinzhx-_1", max_size=20))
def test_a_language_tag_is_its_own_tag(sample: str) -> None:
    tag = plaintext.language_tag(sample)
    assert plaintext.language_tag(tag) == tag
