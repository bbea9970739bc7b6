"""Plain text as a careful editor reads it: headline, paragraphs, lists, links, by-line and credit."""

import html
import re
import time
import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.errors import SeedError
from feeds.text.links import with_links
from worker.model import Document, RawEntry
from worker.seeds.newswire import credits
from worker.seeds.newswire.context import SeedContext
from worker.seeds.readers import read
from worker.seeds.readers import text as wire

SEEN = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
CONTEXT = SeedContext(zone=ZoneInfo("Asia/Ho_Chi_Minh"), first_seen=SEEN)
PROSE = "The ferry left the pier at seven this morning with eleven people and a cello on board."


def entry(text: str) -> RawEntry:
    return wire.read(text, "", CONTEXT).entry


@pytest.mark.parametrize(
    ("line", "language", "names"),
    [
        ("Bài, ảnh: Đoàn Hữu Lãm", "vi", ("Đoàn Hữu Lãm",)),
        ("Bài và ảnh: Mai Hoa - Quốc Bảo", "vi", ("Mai Hoa", "Quốc Bảo")),
        ("Tin, ảnh: MAI HOA", "vi", ("MAI HOA",)),
        ("PV: Lê Anh", "vi", ("Lê Anh",)),
        ("Tác giả: Lê Diệp Anh và Trần Mạo", "vi", ("Lê Diệp Anh", "Trần Mạo")),
        ("Bài học từ cơn bão", "vi", ()),
        ("By Maren Oldcastle", "en", ("Maren Oldcastle",)),
        ("By Maren Oldcastle, Staff Writer", "en", ("Maren Oldcastle",)),
        ("By Maren Oldcastle and Tom de Birch", "en", ("Maren Oldcastle", "Tom de Birch")),
        ("BY MAREN OLDCASTLE (Coastline)", "en", ("MAREN OLDCASTLE",)),
        ("By the end of the day it was full", "en", ()),
        ("By Friday the ferry will run again.", "en", ()),
        ("Par Élodie Marchais", "fr", ("Élodie Marchais",)),
        ("Par ailleurs, le bac reste gratuit", "fr", ()),
        ("Von Jörg Hüttner und Änne Groß", "de", ("Jörg Hüttner", "Änne Groß")),
        ("Von Montag an gilt der Fahrplan", "de", ()),
        ("Por Lucía Andrade e Íñigo Salas", "es", ("Lucía Andrade", "Íñigo Salas")),
        ("Por eso se cerró", "es", ()),
        ("Di Chiara Venier", "it", ("Chiara Venier",)),
        ("Текст: Анна Белова", "ru", ("Анна Белова",)),
        ("بقلم: ليلى الحداد", "ar", ("ليلى الحداد",)),
        ("מאת: נועה ברק", "he", ("נועה ברק",)),
        ("लेखक: मीरा शर्मा", "hi", ("मीरा शर्मा",)),
        ("เรื่อง: มาลี สุขใจ", "th", ("มาลี สุขใจ",)),
        ("文：佐藤みどり", "ja", ("佐藤みどり",)),
        ("记者：王小明", "zh", ("王小明",)),
        ("김하늘 기자", "ko", ("김하늘",)),
    ],
)
def test_a_by_line_names_its_authors_and_prose_names_nobody(line: str, language: str, names: tuple[str, ...]) -> None:
    assert credits.byline(line, language) == names


@pytest.mark.parametrize(
    ("line", "language", "name"),
    [
        ("Theo TTXVN", "vi", "TTXVN"),
        ("(Theo báo Khê Giang)", "vi", "báo Khê Giang"),
        ("Nguồn: Thông tấn xã Khê Giang", "vi", "Thông tấn xã Khê Giang"),
        ("Theo đó, mọi việc đã xong", "vi", ""),
        ("Theo báo cáo của ban tổ chức", "vi", ""),
        ("Theo TTXVN.", "vi", ""),
        ("(Ảnh minh họa)", "vi", ""),
        ("(Hết)", "vi", ""),
        ("(Thông tấn xã Khê Giang)", "vi", "Thông tấn xã Khê Giang"),
        ("(Reuters)", "en", "Reuters"),
        ("-- Harbour Wire", "en", "Harbour Wire"),
        ("Source: https://river.example/a", "en", "https://river.example/a"),
        ("(END)", "en", ""),
        ("(Photo: archive)", "en", ""),
        ("He said so (Reuters)", "en", ""),
        ("(Agence Rive)", "fr", "Agence Rive"),
        ("Source : Le Courrier", "fr", "Le Courrier"),
        ("Quelle: dpa", "de", "dpa"),
        ("Fuente: EFE", "es", "EFE"),
        ("Fonte: Ansa", "it", "Ansa"),
        ("Источник: ТАСС", "ru", "ТАСС"),
        ("Джерело: Укрінформ", "uk", "Укрінформ"),
        ("المصدر: رويترز", "ar", "رويترز"),
        ("מקור: סוכנות הגל", "he", "סוכנות הגל"),
        ("स्रोत: भाषा", "hi", "भाषा"),
        ("ที่มา: ไทยพีบีเอส", "th", "ไทยพีบีเอส"),
        ("出典：共同", "ja", "共同"),
        ("来源：新华社", "zh", "新华社"),
        ("（新华社）", "zh", "新华社"),
        ("출처: 연합뉴스", "ko", "연합뉴스"),
        ("(Tidende)", "xx", "Tidende"),
        ("(en liten by)", "xx", ""),
    ],
)
def test_a_credit_line_names_where_the_text_is_from(line: str, language: str, name: str) -> None:
    assert credits.credit(line, language) == name


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("See https://a.example/x.", 'See <a href="https://a.example/x">https://a.example/x</a>.'),
        ("(https://a.example/x_(y))", '(<a href="https://a.example/x_(y)">https://a.example/x_(y)</a>)'),
        ("www.a.example, too", '<a href="https://www.a.example">www.a.example</a>, too'),
        ("Xem http://v.example/Hà nhé", 'Xem <a href="http://v.example/H%C3%A0">http://v.example/Hà</a> nhé'),
        ("詳しくはhttps://a.example/をご覧", '詳しくは<a href="https://a.example/">https://a.example/</a>をご覧'),
        ("a@b.example & c", '<a href="mailto:a@b.example">a@b.example</a> &amp; c'),
        ("https://a.example/?x=1&y=2", '<a href="https://a.example/?x=1&amp;y=2">https://a.example/?x=1&amp;y=2</a>'),
        ("javascript:alert(1) http:// x@y", "javascript:alert(1) http:// x@y"),
    ],
)  # fmt: skip
def test_bare_addresses_become_links_without_the_punctuation_around_them(text: str, made: str) -> None:
    assert with_links(text) == made


@pytest.mark.parametrize(
    ("lines", "content"),
    [
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("• a\n• b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("- a", "<p>- a</p>"),
        ("1. a\n3. b", "<p>1. a</p>\n<p>3. b</p>"),
        ("- Who goes?\n- I do.", "<p>- Who goes?</p>\n<p>- I do.</p>"),
        ("– So they said.\n– Yes.", "<p>– So they said.</p>\n<p>– Yes.</p>"),
        ("> quoted\n> more", "<blockquote>\n<p>quoted</p>\n<p>more</p>\n</blockquote>"),
        ("a < b <\n<", "<p>a &lt; b</p>"),
        ("line<br>\n&nbsp;next", "<p>line</p>\n<p>next</p>"),
        ("AT&amp;T<br/><br>\n</p> <BR > next < br />", "<p>AT&amp;T</p>\n<p>next</p>"),
        ("Write &amp; for it, and <b> for bold", "<p>Write &amp;amp; for it, and &lt;b&gt; for bold</p>"),
        ("a) x\nb) y", '<ol type="a">\n<li>x</li>\n<li>y</li>\n</ol>'),
        ("c) x\nd) y", '<ol type="a" start="3">\n<li>x</li>\n<li>y</li>\n</ol>'),
        ("d) x\nđ) y", "<p>d) x</p>\n<p>đ) y</p>"),
        ("so\u00adft\ufeff z\u200bero می\u200cخواهم", "<p>soft zero می\u200cخواهم</p>"),
    ],
)
def test_lists_quotations_and_stray_marks(lines: str, content: str) -> None:
    assert entry(f"A title\n{lines}\n").content == content


def table(*rows: str) -> str:
    """A table with these rows, whose cells have a bar between them."""
    lines = ("<tr>" + "".join(f"<td>{cell}</td>" for cell in row.split("|")) + "</tr>" for row in rows)
    return "\n".join(("<table>", *lines, "</table>"))


@pytest.mark.parametrize(
    ("lines", "content"),
    [
        ("Day\tHigh\tLow\nMon\t6:10\t12:30\nTue\t\t1 < 2", table("Day|High|Low", "Mon|6:10|12:30", "Tue||1 &lt; 2")),
        ("\tMon\tTue\nHigh\t1\t2", table("|Mon|Tue", "High|1|2")),
        ("a\tb\t\t\nc\td\t\t", table("a|b", "c|d")),
        ("a\tb\tc\nd\te", table("a|b|c", "d|e|")),
        ("Name\t\tAge\nAda\t\t\t30\nBo\t40", table("Name|Age", "Ada|30", "Bo|40")),
        ("1.\tAda\t30\n2.\tBo\t40", table("1.|Ada|30", "2.|Bo|40")),
        ("The first.\na\tb\nc\td\nThe last.", f"<p>The first.</p>\n{table('a|b', 'c|d')}\n<p>The last.</p>"),
        # What has tabs and is no table.
        ("1.\ta\n2.\tb", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("•\ta\n•\tb", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("Place:\tHall\nTime:\t9 am", "<p>Place: Hall</p>\n<p>Time: 9 am</p>"),
        ("One\tline.\nAnother.", "<p>One line.</p>\n<p>Another.</p>"),
        ("\tOne goes on.\n\tTwo goes on.", "<p>One goes on.</p>\n<p>Two goes on.</p>"),
    ],
)
def test_lines_with_tabs_in_columns_are_a_table(lines: str, content: str) -> None:
    assert entry(f"A title\n{lines}\n").content == content


def test_a_table_alone_gives_its_first_row_as_title_and_keeps_it() -> None:
    raw = entry("No.\tName\n1\tAda\n2\tBo\n")
    assert (raw.title, raw.content) == ("No. Name", table("No.|Name", "1|Ada", "2|Bo"))


@pytest.mark.parametrize(
    ("first", "title", "mark"),
    [
        ("# Ferry returns", "Ferry returns", "#"),
        ("Title: Ferry returns", "Ferry returns", "Title:"),
        ("HEADLINE: Ferry returns", "Ferry returns", "HEADLINE:"),
        ("Tiêu đề: Phà trở lại", "Phà trở lại", "Tiêu đề:"),
        ("Titre : le bac revient", "le bac revient", "Titre :"),
        ("标题：渡轮恢复通航", "渡轮恢复通航", "标题："),
        ("Ferry returns\n=============", "Ferry returns", "============="),
        # What looks like a mark and is none.
        ("#ferry is back", "#ferry is back", ""),
        ("Titles: two for Ellery", "Titles: two for Ellery", ""),
        ("POLITICS", "POLITICS", ""),
        ("“We are back”", "“We are back”", ""),
    ],
)
def test_a_mark_before_the_headline_is_dropped_and_told(first: str, title: str, mark: str) -> None:
    reading = wire.read(f"{first}\n\n{PROSE}\n", "", CONTEXT)
    assert reading.entry.title == title
    assert reading.entry.content == f"<p>{PROSE}</p>"
    assert [one.passage for one in reading.evidence if one.field == "dropped"] == ([mark] if mark else [])


@pytest.mark.parametrize("mark", ["-30-", "###", "(END)", "ENDS", "* * *", "(Photo: archive)"])
def test_a_credit_stands_above_the_mark_that_a_story_ends(mark: str) -> None:
    raw = entry(f"Title\n{PROSE}\n(Harbour Wire)\n{mark}\n")
    assert raw.credit == "Harbour Wire"
    assert raw.content.endswith(f"<p>(Harbour Wire)</p>\n<p>{mark}</p>")


def test_a_line_between_headline_and_lead_is_no_lead_and_hides_no_dateline() -> None:
    raw = entry(
        f"Ferry returns\nThree weeks of repairs end\nPORT ELLERY, March 3, 2025 (Coastline) — {PROSE}\n{PROSE}\n"
    )
    assert raw.summary.startswith("PORT ELLERY, ")
    assert raw.published.startswith("2025-03-03")
    assert "<p>Three weeks of repairs end</p>" in raw.content


def test_sub_headings_stand_between_running_paragraphs_only() -> None:
    raw = entry(f"Title\n{PROSE}\nA new bridge\n{PROSE}\nSource: Wire\n")
    assert "<h2>A new bridge</h2>" in raw.content
    assert raw.content.endswith("<p>Source: Wire</p>")
    assert "<h2>" not in entry("Row, row\nrow your boat\nGently down\nthe stream\n").content


def test_text_from_right_to_left_says_so() -> None:
    raw = entry(
        "عودة العبّارة إلى الجزيرة\nعادت العبّارة إلى الجزيرة صباح اليوم بعد ثلاثة أسابيع.\nIn English, for once.\n"
    )
    assert raw.content.startswith('<p dir="rtl">')
    assert '<p dir="ltr">In English' in raw.content


@pytest.mark.parametrize(
    ("first", "title"),
    [
        ("x" * 119, "x" * 119),
        ("Words without an end " * 8, ("Words without an end " * 8).strip()),
        ("A short one. " + "And then a very long one that goes on and on " * 5, None),
        ("word " * 60, None),
        ("語" * 300, None),
    ],
)
def test_a_long_first_paragraph_gives_a_headline_and_stays(first: str, title: str | None) -> None:
    raw = entry(f"{first}\nMore of it.\n")
    if title:
        assert raw.title == title
        assert raw.content == "<p>More of it.</p>"
    else:
        assert len(raw.title) <= 120
        assert first.startswith(raw.title.rstrip("…"))
        assert first.strip() in raw.content


@pytest.mark.parametrize(
    "text",
    [
        "Title\n\n  The first paragraph is set in by two\nspaces and goes on here in the next line\nand one more.\n"
        "  The second one begins here and goes\non until it ends.\n",
        "Title\n\nThe first paragraph is set in by two\nspaces and goes on here in the next\nline and one more.\n\n"
        "The second one begins here and goes\non until it ends.\n",
    ],
)
def test_wrapped_lines_are_joined(text: str) -> None:
    assert entry(text).content.count("<p>") == 2


def test_a_headline_of_a_script_without_spaces_is_cut_where_a_clause_ends() -> None:
    clause = "渡轮今天上午在海岸镇恢复通航"
    raw = entry(f"{'，'.join([clause] * 20)}。\n再见。\n")
    assert raw.title.endswith("通航…")
    assert len(raw.title) <= 120


def test_a_headline_that_stands_twice_stands_once() -> None:
    raw = entry(f"Ferry returns\n\nFerry returns\n\n{PROSE}\n")
    assert raw.content == f"<p>{PROSE}</p>"


AWKWARD = [
    "<", "-", "(", "http://", "a@", "1.", "&", "\u0301", "語", "\n", "\t", "<br>", "16/12 ", "aà", "a+", "&nbsp;", "> ",
    "Words: ", "\u200b",
]  # fmt: skip


@pytest.mark.parametrize("piece", AWKWARD)
def test_reading_takes_time_in_proportion_to_the_text(piece: str) -> None:
    def seconds(count: int) -> float:
        run = piece * (count // len(piece))
        text = f"Title\nx{run}y\n{run}\n" + "x\n" * (count // 8)
        began = time.process_time()
        wire.read(text, "", CONTEXT)
        return time.process_time() - began

    # Four times the text would take sixteen times the time if anything were quadratic.
    assert seconds(120_000) < 9 * max(seconds(30_000), 0.1)


def test_millions_of_lines_lose_nothing_and_take_no_element_each() -> None:
    raw = entry("Title\n" + "x\n" * 150_000 + "the end\n")
    assert raw.content.count("x") == 150_000
    assert raw.content.endswith("the end</p>")
    assert raw.content.count("<p") <= 100_000


def test_marks_that_stand_everywhere_are_not_told_one_by_one() -> None:
    reading = wire.read("Title\n" + "word <\n" * 1000, "", CONTEXT)
    assert "<" not in re.sub(r"</?p>|<br>", "", reading.entry.content)
    assert sum(one.field == "dropped" for one in reading.evidence) < 50


def words(text: str) -> list[str]:
    return sorted(re.findall(r"\w+", text))


SIGNS = st.sampled_from(
    [*"abc ÀệĐ.,:;-–<>()\n\n\n\t1/6", "Theo ", "By ", "- ", "> ", "16.12", "www.a.example", "「", "語", "\u2028"]
)


@given(st.lists(SIGNS, max_size=120).map("".join))
@example("Title: A\nb")
@example("a\na) b\nb) c\nx")
@example("a\nwww.a.example語")
@example("Title\nBy Ada Holm\nText of it.\n\nTheo TTXVN")
@example("a:\n> ")
def test_no_word_is_lost(text: str) -> None:
    document = Document("a.txt", text.encode(), SEEN)
    try:
        reading, _ = read(document, CONTEXT)
    except SeedError as error:
        assert error.code in {"W_EMPTY", "E_META"}
        return
    raw = reading.entry
    content = re.sub(r'<ol start="(\d+)">', r"<ol>\1", raw.content)
    shown = html.unescape(re.sub(r"<[^<>]*>", "\n", re.sub(r"</?a\b[^<>]*>", "", content)))
    told = f"{raw.title}\n{shown}\n" + "\n".join(author.name for author in raw.authors)
    for one in reading.evidence:
        told += f"\n{one.passage}" if one.field in {"authors", "dropped"} else ""
    numbers = {word for word in words(text) if word.isdigit() and len(word) <= 3}
    assert set(words(unicodedata.normalize("NFC", text))) - set(words(told)) <= numbers
