"""Markdown as seeds: tables, struck words, footnotes, bare addresses, headings."""

from datetime import UTC, datetime

import pytest

from worker.seeds.newswire.context import SeedContext
from worker.seeds.readers import markdown

CONTEXT = SeedContext(UTC, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("body", "within"),
    [
        ("|a|b|\n|-|-|\n|1|2|", "<td>1</td>"),
        ("~~gone~~", "<s>gone</s>"),
        ("See https://tide.example/a.", 'href="https://tide.example/a"'),
        ("Tide[^1].\n\n[^1]: At six.", "<sup>[1]</sup>"),
        ("Tide[^1].\n\n[^1]: At six.", "At six."),
        ("![Quay](quay.jpg)", 'src="quay.jpg"'),
        # Links of Obsidian and Logseq.
        ("At ![[the quay.jpg|300]].", '>At <img src="the%20quay.jpg" alt="" />.</p>'),
        ("![[quay.JPG|The quay]]", '<img src="quay.JPG" alt="The quay" />'),
        (
            "See [[Note|the note]], [[Other]], [[A#b]], [[#Part]] ![[Whole]].",
            ">See the note, Other, A, Part Whole.</p>",
        ),
        ("|a|\n|-|\n|[[N\\|the note]]|", "<td>the note</td>"),
        ("`[[a]]` [[]] [[^1]]", "<code>[[a]]</code> [[]] [[^1]]"),
        ("[[1]] [[2]](/b)\n\n[1]: /a", '[<a href="/a">1</a>] <a href="/b">[2]</a>'),
    ],
)
def test_renders(body: str, within: str) -> None:
    assert within in markdown.read(body, "", CONTEXT).entry.content


def test_takes_the_first_heading_for_the_title() -> None:
    entry = markdown.read("# Tide\n\nHigh at six.", "", CONTEXT).entry
    assert entry.title == "Tide"
    assert "<h1>" not in entry.content
    assert "High at six." in entry.content


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("M1 <span hidden>HID</span>", "M1"),
        ("Lead <span style='visibility:hidden'>HID</span> seen", "Lead seen"),
        ("Lead <b style='display:none'>HID <i>HID</i> HID</b>seen", "Lead seen"),
        ("Lead <template>HID</template>seen", "Lead seen"),
        ("AT&T, a < b <br>and <b>more</b>", "AT&T, a < b and more"),
        ("`<span hidden>` hides <b>words</b>", "<span hidden> hides words"),
    ],
)
def test_titles_and_paragraphs_have_only_what_is_shown(line: str, words: str) -> None:
    reading = markdown.read(f"# {line}\n\n{line}", "", CONTEXT)
    assert (reading.entry.title, reading.paragraphs) == (words, (words,))
