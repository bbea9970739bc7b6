"""Which lines are one paragraph: text that was broken at a width, set in, or written a line each."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from worker.model import RawEntry
from worker.seeds.newswire.context import SeedContext
from worker.seeds.readers import text as wire

CONTEXT = SeedContext(zone=ZoneInfo("UTC"), first_seen=datetime(2026, 1, 10, 3, 0, tzinfo=UTC))
LEAD = (
    "The ferry came back to the pier this morning after three weeks in the\n"
    "yard, with eleven people and a cello on board and a crowd on the quay.\n"
)
REST = (
    "Nobody had counted the gulls. The harbour master said that the next\n"
    "sailing would leave at noon, weather allowing, and that tickets were\n"
    "sold at the kiosk.\n"
)
ITEM = "- no bicycles in the wheelhouse, whatever their owners\n  may say\n- no dogs\n"
LONG_HEADLINE = "Ferry returns to Port Ellery after three weeks in the yard, and"
VERSE = "The ferry comes, the ferry goes,\nand where it goes nobody knows.\n\nIt takes the mail,\nit takes the cow,\n"
JAPANESE = (
    "　渡し船が三週間ぶりに再\n開した。港には住民が集ま\nり、再会を喜んだという。\n"
    "　次の便は正午に出る予定。\n切符は売店で買える。\n（沿岸通信）\n"
)
CHINESE = (
    "渡轮今天上午恢复通航，码头上聚集\n了许多居民。船长表示，安全是第一\n位的。\n\n"
    "下一班渡轮将于中午出发，船票可以\n在售票亭购买。\n"
)
THAI = (
    "เรือข้ามฟากกลับมาให้บริการอีกครั้งเมื่อเช้านี้หลังซ่อม\nนานสามสัปดาห์ มีผู้โดยสารสิบเอ็ดคนบนเรือ\n\n"
    "เที่ยวต่อไปออกเวลาเที่ยง ซื้อตั๋วได้ที่ร้านริมท่าเรือ\n"
)


def entry(text: str) -> RawEntry:
    return wire.read(text, "", CONTEXT).entry


@pytest.mark.parametrize(
    ("text", "title", "paragraphs"),
    [
        (f"Ferry returns\n\n{LEAD}\n{REST}", "Ferry returns", 2),
        (f"Ferry returns\nBy Maren Oldcastle\n\n{LEAD}\n{REST}", "Ferry returns", 2),
        (f"Ferry returns\nBy Maren Oldcastle\n\n{LEAD}\n{REST}Source: Harbour Wire\n", "Ferry returns", 3),
        (f"Ferry returns\n\n{LEAD}\n{REST}\n(Harbour Wire)\n", "Ferry returns", 3),
        # A headline that was wrapped, and one whose second line is another one's.
        (f"{LONG_HEADLINE}\nnobody counts gulls\n\n{LEAD}\n{REST}", f"{LONG_HEADLINE} nobody counts gulls", 2),
        (f"Ferry returns\nThree weeks of repairs end\n\n{LEAD}\n{REST}", "Ferry returns", 3),
        ("Ferry returns to Port Ellery\nafter three weeks\n\nOne. \n\nTwo.\n",
         "Ferry returns to Port Ellery after three weeks", 2),
        # No blank lines: the width tells, and a short line ends a paragraph.
        (f"Ferry returns\n{LEAD}{REST}{LEAD}{REST}", "Ferry returns", 2),
        (f"Ferry returns\n\n{LEAD}\n{ITEM}\n{REST}", "Ferry returns", 2),
        # Lines that are paragraphs, and verse, stay apart.
        (f"Verse\n\n{VERSE}", "Verse", 4),
        ("Rules\n\nNo dogs on board after ten at night.\nNo bicycles on board before seven.\n\nSo it is.\n",
         "Rules", 3),
        ("Ferry returns\nThe ferry came back.\nNobody counted the gulls.\n", "Ferry returns", 2),
        # Scripts without spaces are joined without one.
        (f"渡し船が再開\n\n{JAPANESE}", "渡し船が再開", 3),
        (f"渡轮恢复通航\n\n{CHINESE}", "渡轮恢复通航", 2),
        (f"เรือกลับมาแล้ว\n\n{THAI}", "เรือกลับมาแล้ว", 2),
    ],
)  # fmt: skip
def test_wrapped_lines_are_told_by_their_width(text: str, title: str, paragraphs: int) -> None:
    raw = entry(text)
    assert raw.title == title
    assert raw.content.count("<p") == paragraphs
    assert not re.search("[\u3040-\u9fff] [\u3040-\u9fff]|[\u0e00-\u0e7f] นาน", raw.content)


def test_an_item_keeps_what_hangs_below_it() -> None:
    raw = entry(f"Ferry returns\n\n{LEAD}\n{ITEM}")
    assert "<li>no bicycles in the wheelhouse, whatever their owners may say</li>" in raw.content


def test_a_word_that_was_broken_at_a_hyphen_keeps_it() -> None:
    text = LEAD.replace("three weeks in the\n", "three weeks on dry-\nland in the ").replace(
        "crowd on the quay", "crowd"
    )
    assert "dry-land" in entry(f"Ferry returns\n\n{text}\n{REST}").content
