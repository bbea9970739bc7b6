"""What keeps its shape in a plain text, and what only looks like it."""

import re
from datetime import UTC, datetime

import pytest

from worker.seeds.newswire.context import SeedContext
from worker.seeds.readers import text

CONTEXT = SeedContext(zone=UTC, first_seen=datetime(2026, 1, 10, tzinfo=UTC))
PROSE = "The harbour office gave them out this morning to all who asked for them at the gate, as it does each week."


def content(middle: str) -> str:
    """What is published of these lines between two paragraphs."""
    published = text.read(f"What the day brought\n{PROSE}\n\n{middle}\n\n{PROSE}\n", "", CONTEXT).entry.content
    begin, end = f"<p>{PROSE}</p>\n", f"\n<p>{PROSE}</p>"
    assert published.startswith(begin)
    assert published.endswith(end)
    return published[len(begin) : -len(end)]


@pytest.mark.parametrize(
    ("lines", "cells"),
    [
        ("Fish     Price   Change\nCod       4.20    +0.10\nHerring   2.10    -0.05", "Fish,Price,Change,Cod,4.2"),
        ("Name     Catch\n-------  -----\nAda         12\nBob          7", "Name,Catch,Ada,12,Bob,7"),
        ("10:00  The mayor opens\n11:00  Boats in a row\n12:30  Soup for all", "10:00,The mayor opens,11:00"),
        ("  Cod      4  a\n  Herring  2\n  Plaice   3  b", "Cod,4,a,Herring,2,,Plaice,3,b"),
    ],
)  # fmt: skip
def test_lines_with_gaps_at_the_same_places_are_a_table(lines: str, cells: str) -> None:
    found = re.findall(r"<td>(.*?)</td>", content(lines))
    assert ",".join(found).startswith(cells)


@pytest.mark.parametrize(
    "lines",
    [
        "def count(boats):\n    total = 0\n    for boat in boats:\n        total += 1\n    return total",
        "$ ls -l boats\n$ cat boats.txt | wc",
        "int main() {\n\treturn 0;\n}",
    ],
)
def test_indented_lines_with_the_signs_of_code_stay_as_they_are(lines: str) -> None:
    indented = "\n".join(f"    {line}" for line in lines.split("\n"))
    assert content(indented) == f"<pre>{lines.expandtabs(4)}</pre>"


def test_a_drawn_table_stays_as_it_is() -> None:
    drawn = "+-----+---+\n| Cod | 4 |\n+-----+---+"
    assert content(drawn) == f"<pre>{drawn}</pre>"


@pytest.mark.parametrize(
    "stanza",
    [
        "Over the water the ferry goes,\nslow as a cow in June,\ncarrying what nobody knows\nunder the morning moon.",
        "Shall I compare thee to a summer's day\nThou art more lovely and more temperate\n"
        "Rough winds do shake the darling buds of May\nAnd summer's lease hath all too short a date",
        "Sóng đưa con thuyền ra khơi xa\nGió mang câu hát về quê nhà\nMẹ ngồi bên bến chờ con\nNắng chiều phai nhạt",
        "床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。",
    ],
)
def test_a_stanza_keeps_its_lines(stanza: str) -> None:
    assert re.sub("</?p[^>]*>", "", content(stanza)) == stanza.replace("\n", "<br>\n")


def test_lines_of_verse_keep_what_they_are_indented_by() -> None:
    assert "<br>\n\u00a0\u00a0slow as" in content("Over the water\n  slow as a cow\ncarrying what\n  nobody knows")


@pytest.mark.parametrize(
    "lines",
    [
        "The ferry left the pier at seven this\nmorning with eleven people on board,\n"
        "three weeks after its engine had failed\nin a storm that nobody will forget.",
        "The ferry left the pier at seven this morning with eleven people on\nboard, three weeks after its engine had\n"
        "failed in a storm that nobody on the island will forget.",
        "The  ferry left  the pier at seven this  morning with  eleven people\n"
        "on board,  three weeks  after its engine had  failed in  a storm that\nnobody on  the island  will forget.",
        "    The ferry left the pier at seven this morning with eleven people on\n"
        "    board, three weeks after its engine had failed in a storm that nobody\n    will forget.",
    ],
)
def test_prose_that_was_wrapped_justified_or_indented_is_joined(lines: str) -> None:
    assert not re.search("<br>|<pre>|<td>", content(lines))


@pytest.mark.parametrize(
    "lines",
    [
        "The ferry left.  The captain said no.\nThe town sang.  The mayor wept.\nThe day ended.  Night fell.",
        "The price of fish rose.\nBread is cheaper.\nAll were glad.\nNobody wept.",
        "The ferry came in at last.\nMany people saw it.\nTran Mao\nLe Diep Anh",
        "One line\nand another",
    ],
)
def test_short_sentences_are_paragraphs(lines: str) -> None:
    assert content(lines).count("<p>") == lines.count("\n") + 1
