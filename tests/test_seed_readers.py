"""Seed files to raw entries: plain text, Markdown, pages and their front matter."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.errors import SeedError
from feeds.model import Person
from feeds.text.dates import rfc3339
from support import docx_files
from worker.model import Document, RawEntry
from worker.seeds.newswire.context import SeedContext
from worker.seeds.readers import FORMATS, read
from worker.seeds.readers.front_matter import Front

SEEN = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
SAMPLES = Path(__file__).parent / "documents" / "samples"


def both(body: str | bytes, name: str = "a.txt", **more: Any) -> tuple[RawEntry, Front]:
    body = body.encode() if isinstance(body, str) else body
    document = Document(name=name, body=body, retrieved_at=SEEN)
    reading, front = read(document, SeedContext(zone=HANOI, first_seen=SEEN, **more))
    return reading.entry, front


def entry(body: str | bytes, name: str = "a.txt", **more: Any) -> RawEntry:
    return both(body, name, **more)[0]


def paragraphs(raw: RawEntry) -> list[str]:
    return re.findall(r"<p>(.*?)</p>", raw.content, re.DOTALL)


def refusal(body: str | bytes, name: str = "a.txt", **more: Any) -> SeedError:
    with pytest.raises(SeedError) as caught:
        entry(body, name, **more)
    assert caught.value.name == name
    return caught.value


# Plain text


@pytest.mark.parametrize(
    "marks",
    [
        ("FOR IMMEDIATE RELEASE",), ("Press Release",), ("PRESSEMITTEILUNG",), ("THÔNG CÁO BÁO CHÍ",),
        ("COMMUNIQUÉ DE PRESSE",), ("新聞稿",), ("BASIN BÜLTENİ",), ("PRESS RELEASE", "For immediate release:"),
        ("Pressemitteilung Nr. 12/2025",), ("PRESS RELEASE – 3 November 2025",),
    ],
)  # fmt: skip
def test_a_line_that_a_press_release_follows_is_not_its_title(marks: tuple[str, ...]) -> None:
    body = "\n\n".join((*marks, "Cranes are back in the harbour", "They came at dawn to the pier."))
    parts = "".join(docx_files.p(words) for words in body.split("\n\n"))
    headed = "".join(f"<h1>{words}</h1>" for words in body.split("\n\n")[:-1])
    found = [
        entry(body, "a.txt"), entry(body.replace("Cranes", "# Cranes"), "a.md"), entry(f"# {body}", "a.md"),
        entry(f"<article>{headed}<p>They came at dawn to the pier.</p></article>", "a.html"),
        entry(docx_files.by_hand(parts), "a.docx"),
    ]  # fmt: skip
    bare = not any(map(str.isdigit, marks[-1]))
    for number, one in enumerate(found):
        assert "They came at dawn" in one.content
        if bare or number in (0, 3):
            assert one.title == "Cranes are back in the harbour", number
        if bare and number != 3:
            assert marks[0] not in one.content
    if not bare:
        assert marks[-1].split()[-1] in f"{found[0].content} {found[0].published}"


@pytest.mark.parametrize("line", ["Press release: cranes are back", "Press release on cranes", "Release of a press"])
def test_a_headline_about_a_press_release_stays_one(line: str) -> None:
    assert entry(f"{line}\n\nCranes are back\n\nThey came at dawn.\n").title == line


def test_the_real_wire_story_is_read_to_its_last_paragraph(real_seeds: Path) -> None:
    (path,) = real_seeds.glob("*.txt")
    lines = path.read_text(encoding="utf-8").split("\n")
    raw, front = both(path.read_bytes(), path.name)
    assert raw.title == lines[0]
    assert raw.published == "2024-12-16T05:00:00Z"
    assert raw.credit == "TTXVN"
    assert (raw.authors, raw.categories, raw.language) == ((), (), "vi")
    assert raw.summary.startswith("Sáng 16.12, tại Hà Nội, ")
    assert raw.summary.endswith(" chỉ đạo tại Hội nghị.")
    assert paragraphs(raw) == [lines[1].removesuffix(" <").replace(" <", ""), *lines[2:13], "Theo TTXVN"]
    assert raw.content.count("<p>") == 13
    assert front == Front()


def test_our_own_wire_story_is_read_like_it() -> None:
    raw = entry((SAMPLES / "hoi-sach-van-khe.txt").read_bytes())
    assert raw.title == "Vân Khê khai mạc Hội sách bến sông lần thứ bảy năm 2025"
    assert raw.published == "2025-10-18T05:00:00Z"
    assert raw.credit == "Thông tấn xã Khê Giang"
    assert raw.summary.startswith("Sáng 18.10, tại bến đò cũ")
    assert len(paragraphs(raw)) == 9
    assert paragraphs(raw)[0].startswith("BSK - Sáng 18.10")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\u2028", "\u2029", "\n\n", " <\n", "\t\n \n"])
def test_any_line_end_separates_paragraphs(end: str) -> None:
    raw = entry(end.join(["Title", "One.", "Two.", "Three."]))
    assert (raw.title, paragraphs(raw)) == ("Title", ["One.", "Two.", "Three."])


def test_lines_wrapped_at_a_width_are_joined() -> None:
    raw = entry(
        "The ferry runs again\n\n"
        "After three weeks in the yard, the ferry left\nat seven this morning. It carried eleven\npeople.\n\n"
        "The mayor waved.\n\n"
        "Four bicycles and a cello were on board; the\ncello had a ticket.\n"
    )
    assert paragraphs(raw) == [
        "After three weeks in the yard, the ferry left at seven this morning. It carried eleven people.",
        "The mayor waved.",
        "Four bicycles and a cello were on board; the cello had a ticket.",
    ]


def test_lines_that_were_broken_on_purpose_stay_apart() -> None:
    raw = entry("A song\n\nRow, row,\nrow your boat\n\nGently down the stream,\nmerrily\n")
    assert len(paragraphs(raw)) == 4
    raw = entry("A list\n\nBring these along, please, whoever comes:\n- a cup\n- bread\n\nThank you.\n")
    assert "<ul>\n<li>a cup</li>\n<li>bread</li>\n</ul>" in raw.content


def test_markup_in_plain_text_is_text() -> None:
    raw = entry("AT&T <b>bold</b>\n<script>alert(1)</script> & more\n")
    assert (raw.title, raw.title_html) == ("AT&T <b>bold</b>", False)
    assert raw.content == "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; more</p>"


def test_a_file_without_a_headline_keeps_all_of_its_text() -> None:
    text = "One long paragraph without an end. " * 20
    raw = entry(text)
    assert len(raw.title) <= 150
    assert paragraphs(raw) == [text.strip()]


# Bytes


@pytest.mark.parametrize(
    "body",
    [
        "Tiếng Việt\nĐây.".encode(),
        b"\xef\xbb\xbf" + "Tiếng Việt\nĐây.".encode(),
        b"\xef\xbb\xbf\xef\xbb\xbf" + "Tiếng Việt\nĐây.".encode(),
        "Tiếng Việt\nĐây.".encode("utf-16"),
        "Tiếng Việt\nĐây.".encode("utf-16-le"),
        "Tiếng Việt\nĐây.".encode("utf-16-be"),
        b"\xfe\xff" + "Tiếng Việt\nĐây.".encode("utf-16-be"),
        unicodedata.normalize("NFD", "Tiếng Việt\nĐây.").encode(),
    ],
)
def test_unicode_is_read_with_and_without_a_mark(body: bytes) -> None:
    raw = entry(body)
    assert (raw.title, raw.content) == ("Tiếng Việt", "<p>Đây.</p>")


# windows-1258 writes the marks of tones behind their letters.
LEGACY = "Tiê\u0301n đô\u0323\nMô\u0323t.".encode("windows-1258")


def test_other_encodings_are_read_when_somebody_names_them() -> None:
    assert refusal(LEGACY).code == "E_ENC"
    assert "looks like windows-1258" in str(refusal(LEGACY))  # too short to be certain
    assert entry(LEGACY, encoding="windows-1258").title == "Tiến độ"
    assert entry(b"---\nencoding: windows-1258\n---\n" + LEGACY).title == "Tiến độ"
    assert entry(b'+++\nencoding = "cp1258"\n+++\n' + LEGACY, "a.md").content == "<p>Tiến độ\nMột.</p>"
    assert refusal(LEGACY, "a.md", encoding="windows-1258").code == "E_ENC"  # the setting is for .txt
    page = b"<meta charset=windows-1258><h1>" + LEGACY.partition(b"\n")[0] + b"</h1>"
    assert entry(page, "a.html").title == "Tiến độ"


def test_a_declared_encoding_does_not_spoil_what_is_unicode() -> None:
    assert entry("Tiến độ\nMột.", encoding="windows-1258").title == "Tiến độ"
    assert entry("Tiến độ\nMột.".encode("utf-16-le"), encoding="utf-16-le").title == "Tiến độ"
    japanese = "---\nencoding: iso-2022-jp\n---\n日本語\n本文".encode("iso-2022-jp")
    assert entry(japanese).title == "日本語"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "W_EMPTY"),
        (b" \r\n\t\xc2\xa0", "W_EMPTY"),
        (b"\xef\xbb\xbf", "W_EMPTY"),
        ("\u200b\u200d\n".encode(), "W_EMPTY"),
        (b"\0\0\0\0", "E_ENC"),
        (b"---\ndraft: true\n---\n\n", "W_EMPTY"),
        (b"abc\xff\xfe", "E_ENC"),
        (b"\xff\xfea", "E_ENC"),
        ("UTF-32".encode("utf-32"), "E_ENC"),
        (b"---\nencoding: utf-7\n---\n\xff", "E_ENC"),
        (b"---\nencoding: base64\n---\n\xff", "E_ENC"),
        (b"---\nencoding: klingon\n---\n\xff", "E_ENC"),
        (b"---\nencoding: euc-jp\n---\n\xff", "E_ENC"),
    ],
)
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
def test_what_cannot_be_read_is_refused_never_guessed(body: bytes, code: str, suffix: str) -> None:
    assert refusal(body, "news/a" + suffix).code == code


# Front matter

YAML = """\
---
id: urn:uuid:11111111-2222-3333-4444-555555555555
title: "Bên sông: một buổi sáng"
date: 2025-03-01 08:30
updated: 2025-03-02T10:00:00Z
author: Lê Diệp Anh <anh@example.org>
tags: [sông, nước]
categories: Đời sống, Văn hóa
lang: vi
link: https://example.org/a
summary: Một buổi sáng.
image: bien.jpg
draft: yes
publish_at: 2025-04-01
expires: '2027-01-01 00:00'
credit: TTX Khê Giang
layout: wide
colour: blue
---
Thân bài.
"""

TOML = """\
+++
id = "urn:uuid:11111111-2222-3333-4444-555555555555"
title = "Bên sông: một buổi sáng"
date = 2025-03-01 08:30:00
updated = 2025-03-02T10:00:00Z
authors = [{name = "Lê Diệp Anh", email = "anh@example.org"}]
tags = ["sông", "nước"]
categories = ["Đời sống", "Văn hóa"]
lang = "vi"
link = "https://example.org/a"
summary = "Một buổi sáng."
image = "bien.jpg"
draft = true
publish_at = 2025-04-01
expires = "2027-01-01 00:00"
credit = "TTX Khê Giang"
layout = "wide"
colour = "blue"
+++
Thân bài.
"""


@pytest.mark.parametrize("body", [YAML, TOML, YAML.replace("\n", "\r\n"), "\ufeff" + TOML])
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
def test_front_matter_says_what_the_text_does_not(body: str, suffix: str) -> None:
    raw, front = both(body, "Tin tức/đời sống/a" + suffix)
    assert raw.title == "Bên sông: một buổi sáng"
    assert "Thân bài." in raw.content
    assert "layout" not in raw.content
    assert (raw.published, raw.updated) == ("2025-03-01T01:30:00Z", "2025-03-02T10:00:00Z")
    assert raw.authors == (Person("Lê Diệp Anh", "anh@example.org"),)
    assert raw.categories == ("Tin tức", "đời sống", "Văn hóa", "sông", "nước")
    assert (raw.language, raw.link, raw.image) == ("vi", "https://example.org/a", "bien.jpg")
    assert (raw.summary, raw.credit) == ("Một buổi sáng.", "TTX Khê Giang")
    assert front.id == "urn:uuid:11111111-2222-3333-4444-555555555555"
    assert front.draft
    assert front.publish_at == datetime(2025, 3, 31, 17, 0, tzinfo=UTC)
    assert front.expires == datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    assert front.updated == datetime(2025, 3, 2, 10, 0, tzinfo=UTC)
    # Of layout, which a tool that makes pages reads, there is nothing to say.
    assert front.warnings == ("front matter key 'colour' is not known and was ignored.",)


@pytest.mark.parametrize(
    "said",
    [
        "image: {url: a.png, alt: A pier}", "image: [a.png]", "image: [a.png, b.png]", "image:\n  src: a.png\n  alt: x",
        "image:\n  - url: a.png\n    caption: x", "cover:\n  image: a.png\n  relative: true", "image: a.png",
    ],
)  # fmt: skip
def test_a_picture_is_found_in_what_tools_say_of_it(said: str) -> None:
    assert both(f"---\ntitle: A pier\n{said}\n---\nText.\n", "a.md")[0].image == "a.png"


@pytest.mark.parametrize(
    ("fields", "published", "publish_at"),
    [
        ("date: 2025-03-01", "2025-03-01T05:00:00Z", "2025-02-28T17:00:00Z"),  # noon; free from the day's start
        ("date: 2026-01-10", "2026-01-09T17:00:00Z", "2026-01-09T17:00:00Z"),  # noon would be after first sight
        ("date: 2026-03-01 06:00", "2026-02-28T23:00:00Z", "2026-02-28T23:00:00Z"),
        ("date: 1/3/2025", "2025-03-01T05:00:00Z", "2025-02-28T17:00:00Z"),
        ("publish_at: 2026-03-01 06:00", "2026-02-28T23:00:00Z", "2026-02-28T23:00:00Z"),
        ("date: 2025-03-01\npublish_at: 2026-03-01", "2025-03-01T05:00:00Z", "2026-02-28T17:00:00Z"),
        ("date:", "", ""),
        ("date: ~", "", ""),
    ],
)
def test_only_front_matter_schedules(fields: str, published: str, publish_at: str) -> None:
    raw, front = both(f"---\ntitle: T\n{fields}\n---\nText.\n", "a.md")
    assert raw.published == published
    assert front.publish_at == (datetime.fromisoformat(publish_at) if publish_at else None)


@pytest.mark.parametrize(
    ("front", "shown"),
    [
        (Front(), True),
        (Front(draft=True), False),
        (Front(publish_at=SEEN), True),
        (Front(publish_at=datetime(2027, 1, 1, tzinfo=UTC)), False),
        (Front(expires=SEEN), False),
        (Front(expires=datetime(2027, 1, 1, tzinfo=UTC)), True),
    ],
)
def test_drafts_and_what_is_too_early_or_expired_are_not_shown(front: Front, shown: bool) -> None:
    assert front.published(SEEN) is shown


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("---\ntitle: a\ndate: soon\n---\n", "header line 3: date: 'soon' is no date"),
        ("---\ndate: 2O30-01-01\n---\n", "header line 2: date: '2O30-01-01' is no date"),
        ("---\npublish_at: 2O30-01-01\n---\n", "header line 2: publish_at: '2O30-01-01' is no date"),
        ("---\npublish_at: 30-01-01\n---\n", "header line 2: publish_at: '30-01-01' is no date"),
        ("---\nexpires: 3O January 2020\n---\n", "header line 2: expires: '3O January 2020' is no date"),
        ("---\ndate: 20250301\n---\n", "header line 2: date"),
        ("---\ntags: {a: b}\n---\n", "header line 2: tags: a list of words"),
        ("---\ntitle: [a]\n---\n", "header line 2: title: one value"),
        ("---\ndraft: perhaps\n---\n", "header line 2: draft: true or false"),
        ("---\nx: !!python/object/apply:os.system [ls]\n---\n", "header line 2: tags (!name)"),
        ("---\na: &a [x]\nb: *a\n---\n", "header line 2: anchors"),
        ("---\na: *b\n---\n", "header line 2: aliases"),
        ("---\na: [[[[[[[x]]]]]]]\n---\n", "header line 2: nested"),
        ("---\na: " + "[" * 9000 + "\n---\n", "header line 2: nested"),
        ("---\ntitle: a\n", "header line 1: no line of ---"),
        ("---\ntitle: " + "x" * 17_000 + "\n---\n", "longer than 16 KiB"),
        ("+++\ntitle = 'a'\ntitle = 'b'\n+++\n", "header line 3"),
        ("+++\na = " + "[" * 9000 + "\n+++\n", "header line"),
        ("+++\ndate = 2025\n+++\n", "header line 2: date"),
        ("---\ntitle: {{title}}\n---\n", "header line 2: title: {{title}} is a placeholder of a template"),
        ("---\ntitle: <% tp.file.title %>\n---\n", "header line 2: title: <% tp.file.title %> is a placeholder"),
        ("---\ntitle: a\n{{ x }}: y\n---\n", "header line 3: a line of the form `key: value`"),
        ("---\ntitle: a\n[b]: c\n---\n", "header line 3: a line of the form `key: value`"),
    ],
)
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
def test_a_mistake_in_front_matter_is_told_with_its_line(header: str, told: str, suffix: str) -> None:
    error = refusal(header + "Text.\n", "a" + suffix)
    assert error.code == "E_META"
    assert told in str(error)


@pytest.mark.parametrize(
    ("word", "by_file"),
    [
        ("last-modified", True), ("Last Modified", True), ("git Last Modified", True), ("Created", False),
        ("git Created", False), ("today", False), ("now", False), ("jetzt", False), ("{{ date }}", False),
        ("{{date}} {{time}}", False), ("<% tp.date.now() %>", False), ('"`r Sys.Date()`"', False), ("$DATE$", False),
    ],
)  # fmt: skip
def test_a_date_that_another_tool_would_fill_in_is_that_of_the_file_and_told(word: str, by_file: bool) -> None:
    modified = SEEN - timedelta(days=3)
    raw, front = both(f"---\ntitle: A\ndate: {word}\nupdated: {word}\n---\nText.\n", "a.md", modified=modified)
    assert raw.published == (rfc3339(modified) if by_file else "")
    assert front.published(SEEN)
    assert [warning.partition(":")[0] for warning in front.warnings] == ["date", "updated"]


@pytest.mark.parametrize(
    "body", ["---\nA rule above.\n---\nText\n", "----\nx: y\n", "--- \nJust a rule\n", "+++\nx\n+++\n"]
)
def test_a_rule_above_the_text_is_no_front_matter(body: str) -> None:
    words = re.findall(r"\w+", entry(body).title + " " + entry(body).content)
    assert set(re.findall(r"\w+", body)) <= set(words)


NAMED = "---\nlayout: post\n---\n"
PROSE = "The second day was calm, and we mended the nets of all four boats on the quay."


@pytest.mark.parametrize(
    ("name", "body", "title", "published"),
    [
        ("2025-11-04-second-post.md", NAMED + PROSE, "Second post", "2025-11-04T05:00:00Z"),
        ("posts/2025-11-03-first.md", NAMED + "# First\n\n" + PROSE, "First", "2025-11-03T05:00:00Z"),
        ("2025-11-04-second-post.html", NAMED + f"<p>{PROSE}</p>", "Second post", "2025-11-04T05:00:00Z"),
        ("2025_11_04 Nhật ký.md", PROSE, "Nhật ký", "2025-11-04T05:00:00Z"),
        ("2025-11-04-the-log/index.md", PROSE, "The log", "2025-11-04T05:00:00Z"),
        ("2025-11-04.md", PROSE, "2025-11-04", "2025-11-04T05:00:00Z"),
        ("2025-11-04-a.txt", "A log\n" + PROSE, "A log", "2025-11-04T05:00:00Z"),
        ("2026-01-10-today.md", PROSE, "Today", "2026-01-10T03:00:00Z"),
        # The header goes before the name; in plain text so does the dateline.
        ("2025-11-04-a.md", "---\ndate: 2025-11-01\n---\n" + PROSE, "A", "2025-11-01T05:00:00Z"),
        (
            "2025-11-04-a.txt",
            "A log\nOn 3 November 2025 the boats left.\nAll of them.\n",
            "A log",
            "2025-11-03T05:00:00Z",
        ),
        ("2025-13-04-a.md", PROSE, "2025-13-04-a", ""),
        ("20251104.md", PROSE, "20251104", ""),
        ("Cranes 0123456789abcdef0123456789abcdef.md", PROSE, "Cranes", ""),
    ],
)
def test_a_name_may_begin_with_the_date(name: str, body: str, title: str, published: str) -> None:
    raw = entry(body, name)
    assert (raw.title, raw.published) == (title, published)


@pytest.mark.parametrize(
    ("header", "waits"), [("", True), ("---\ndraft: false\n---\n", False), ("---\ndate: 2025-01-01\n---\n", False)]
)
def test_a_day_to_come_in_a_name_is_waited_for(header: str, waits: bool) -> None:
    raw, front = both(header + PROSE, "2026-03-01-spring.md")
    assert front.published(SEEN) is not waits
    assert front.held == ("its name says 2026-03-01" if waits else "")
    assert not waits or front.published(datetime.fromisoformat(raw.published))


def test_values_are_the_words_that_stand_there() -> None:
    raw = entry("---\ntitle: 2024\nlang: no\nauthor: null\nlink: ~\n---\nTekst.\n", "a.md")
    assert (raw.title, raw.language, raw.authors, raw.link) == ("2024", "no", (), "")


def test_without_a_by_line_the_author_is_the_sites() -> None:
    assert entry("T\nText.").authors == ()
    assert entry("T\nText.", author="The Society").authors == (Person("The Society"),)
    assert entry("---\nauthor: Maren\n---\nT\nText.", author="The Society").authors == (Person("Maren"),)
    assert entry("T\nText.", language="vi").language == "vi"


# Markdown


@pytest.mark.parametrize(
    ("body", "title", "content"),
    [
        ("# Title *here*\n\nText.\n", "Title here", "<p>Text.</p>"),
        ("Title\n=====\n\nText.\n", "Title", "<p>Text.</p>"),
        ("## Title\n\nText.\n", "Title", "<p>Text.</p>"),
        ("Before.\n\n# Title\n\nText.\n", "Title", "<p>Before.</p>\n<p>Text.</p>"),
        ("Before.\n\n## Part\n\nText.\n", "Part", "<p>Before.</p>\n<h2>Part</h2>\n<p>Text.</p>"),
        ("> # Quoted\n\nText.\n", "my-file", "<blockquote>\n<h1>Quoted</h1>\n</blockquote>\n<p>Text.</p>"),
        ("Only text.\n", "my-file", "<p>Only text.</p>"),
        ("---\ntitle: T\n---\n# T\n\nText.\n", "T", "<p>Text.</p>"),
        ("---\ntitle: T\n---\n# Other\n\nText.\n", "T", "<h1>Other</h1>\n<p>Text.</p>"),
        ("# `code` ![picture](a.png) &amp; more\n\nText.\n", "code picture & more", "<p>Text.</p>"),
        ("~~gone~~ <b>kept</b>\n", "my-file", "<p><s>gone</s> <b>kept</b></p>"),
        ("![only](picture.png)\n", "my-file", '<p><img src="picture.png" alt="only" /></p>'),
    ],
)
def test_markdown_takes_its_title_from_the_first_heading(body: str, title: str, content: str) -> None:
    raw = entry(body, "notes/my-file.md")
    assert (raw.title, raw.title_html, raw.content) == (title, False, content)


def test_our_own_markdown_sample_has_a_table_and_its_front_matter() -> None:
    raw, front = both((SAMPLES / "a-lighthouse-keeps-its-log.md").read_bytes(), "a.md")
    assert raw.title == "A lighthouse keeps its log again"
    assert "<table>" in raw.content
    assert raw.categories == ("sea", "weather", "archives")
    assert front.warnings == ()


def test_more_markdown_than_anybody_reads_is_refused() -> None:
    assert refusal("word " * 120_000, "a.md").code == "E_BIG"


# Pages


def test_our_own_page_gives_what_its_head_and_body_say() -> None:
    raw = entry((SAMPLES / "the-bakery-on-quince-street.html").read_bytes(), "a.html")
    assert raw.title == "The bakery on Quince Street"
    assert raw.authors == (Person("Ines Farrowdale"),)
    assert (raw.published, raw.language) == ("2025-06-14T09:00:00Z", "en")
    assert raw.summary.startswith("A bakery in Little Hollow")
    assert len(paragraphs(raw)) == 6
    assert "<h1>" not in raw.content
    assert "Food" not in raw.content


@pytest.mark.parametrize(
    ("body", "title", "content"),
    [
        ("<p>One.</p><p>Two.</p>", "my-file", "<p>One.</p><p>Two.</p>"),
        ("<title>T</title><p>One.</p>", "T", "<p>One.</p>"),
        ("<title>T</title><h1>H</h1><p>One.</p>", "H", "<p>One.</p>"),
        ("<body><nav>N</nav><main><h1>H</h1>tail <p>One.</p></main>", "H", "<p>tail</p><p>One.</p>"),
        ("<article>1</article><article>2</article>", "my-file", "<article>1</article><article>2</article>"),
        ("<script>x</script><style>y</style>Text &amp; more", "my-file", "Text &amp; more"),
        ("<h1></h1><h1>H</h1><p>One.", "H", "<h1></h1><p>One.</p>"),
        ("Only text & 1 < 2", "my-file", "Only text &amp; 1 &lt; 2"),
        ('<img src="a.png">', "my-file", '<img src="a.png">'),
    ],
)
def test_pages_and_fragments_give_title_and_content(body: str, title: str, content: str) -> None:
    raw = entry(body, "my-file.htm")
    assert (raw.title, raw.content) == (title, content)


def test_a_page_dated_after_first_sight_is_not_believed() -> None:
    assert entry('<meta name="date" content="2031-01-01"><h1>H</h1>x', "a.html").published == ""


@pytest.mark.parametrize("body", ["<div>" * 50_000 + "x", "<b" * 20_000 + "x", "<p>x" * 50_000, "x<!--" * 9999, "<h1>"])
def test_broken_pages_are_read_or_refused(body: str) -> None:
    try:
        entry(body, "a.html")
    except SeedError as error:
        assert error.code == "W_EMPTY"


# Any bytes


@given(body=st.binary(max_size=400), suffix=st.sampled_from(sorted(FORMATS)))
@example(b"---\n", ".md")
@example(b"\xff\xfe\x00\xd8", ".txt")
@example(b"<![CDATA[", ".html")
def test_any_bytes_give_an_entry_or_a_seed_error(body: bytes, suffix: str) -> None:
    try:
        raw = entry(body, "a" + suffix)
    except SeedError as error:
        assert error.code
    else:
        assert raw.title


@given(
    body=st.text(st.sampled_from("---+++\n:=\"'[]{}&*!<>#|~_`()\t abcé1.9date title"), max_size=200),
    suffix=st.sampled_from(sorted(FORMATS)),
)
def test_any_text_of_markup_gives_an_entry_or_a_seed_error(body: str, suffix: str) -> None:
    for start in ("", "---\n", "+++\n"):
        try:
            assert entry(start + body + "\n" + start, "a" + suffix).title
        except SeedError as error:
            assert error.code


@pytest.mark.parametrize("control", ["\f", "\v", "\x01", "\x08", "\x1c", "\x1f", "\x7f"])
def test_control_characters_are_white_space_in_every_kind_of_file(control: str) -> None:
    header = f'---\ntitle: Rain{control}in Varn\nauthor: "Ada{control}Holm"\ntags: [a{control}b]\n---\n'
    for suffix in (".txt", ".md", ".html"):
        raw = entry(f"{header}It rained all the day.\n", f"a{suffix}")
        assert (raw.title, raw.authors, raw.categories) == ("Rain in Varn", (Person("Ada Holm"),), ("a b",))
    assert entry(f'+++\ntitle = "Rain{control}in Varn"\n+++\nText.\n').title == "Rain in Varn"
    line = f"It rained{control}all the day."
    told = ["It rained", "all the day."] if control in "\f\v" else ["It rained all the day."]
    assert paragraphs(entry(f"Rain\n{line}\nMore.\n"))[:-1] == told
    assert entry(f"# Rain{control}in Varn\n\n{line}\n", "a.md").content == "<p>It rained all the day.</p>"
    page = f"<h1>Rain{control}in Varn</h1>{line}<p title='a{control}b'>And{control}the next.</p>{control}"
    for markup in (page, page.replace(control, f"&#{ord(control)};"), page.replace(control, f"&#x{ord(control):X};")):
        raw = entry(markup, "a.html")
        assert (raw.title, [" ".join(one.split()) for one in paragraphs(raw)]) == (
            "Rain in Varn",
            ["It rained all the day."],
        )
        assert "And the next." in " ".join(raw.content.split())


def test_a_reference_to_a_space_that_does_not_break_stays() -> None:
    assert "10\xa0km" in entry("<h1>Tide</h1><p>10&#160;km&#x2009;off</p>", "a.html").content


RAINED = "It rained all the day, and the river rose by a metre."
DAY = "2 January 2025"
STATED = "---\ndate: 2024-05-05\n---\n"


@pytest.mark.parametrize(
    ("body", "suffix", "published", "above"),
    [
        (f"Rain\n{DAY}\n{RAINED}\nMore.\n", ".txt", "2025-01-02", []),
        (f"2 January 2025\nRain in Varn\n{RAINED}\nMore.\n", ".txt", "2025-01-02", []),
        (f"Rain\nPublished: 2 January 2025, 18:30\n{RAINED}\nMore.\n", ".txt", "2025-01-02", []),
        (f"# Rain\n\n{DAY}\n\n{RAINED}\n", ".md", "2025-01-02", []),
        (f"<h1>Rain</h1><p>{DAY}</p><p>{RAINED}</p>", ".html", "2025-01-02", []),
        # It stays where it says more, is not believed, or another date counts.
        (f"Rain\nVarn, 2 January 2025\n{RAINED}\nMore.\n", ".txt", "2025-01-02", ["Varn, 2 January 2025"]),
        (f"Rain\n2 January 2099\n{RAINED}\nMore.\n", ".txt", "", ["2 January 2099"]),
        (f"{STATED}Rain\n{DAY}\n{RAINED}\nMore.\n", ".txt", "2024-05-05", [DAY]),
        (f"{STATED}# Rain\n\n{DAY}\n\n{RAINED}\n", ".md", "2024-05-05", [DAY]),
        (
            f"<meta property='article:published_time' content='2024-05-05'><h1>Rain</h1><p>{DAY}</p><p>{RAINED}</p>",
            ".html",
            "2024-05-05",
            [DAY],
        ),
    ],
)
def test_a_line_that_is_the_date_leaves_the_text(body: str, suffix: str, published: str, above: list[str]) -> None:
    raw = entry(body, f"a{suffix}")
    assert raw.published[:10] == published
    told = paragraphs(raw)
    assert told[: told.index(RAINED)] == above
