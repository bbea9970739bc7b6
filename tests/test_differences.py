"""Differences between versions: what people see of an edit, and what it costs."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.render.html.differences import CONTEXT, Kind, Run, differences, paragraphs_of_html

FILLER = [f"word{n}" for n in range(60)]


def told(old: list[str], new: list[str]) -> str:
    """[-removed-]{+added+}, and … for what is left out."""
    marks = {Kind.SAME: "{}", Kind.REMOVED: "[-{}-]", Kind.ADDED: "{{+{}+}}"}
    runs = differences(old, new)
    return "".join("…" if run.kind is Kind.LEFT_OUT else marks[run.kind].format(run.words) for run in runs)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (["The same."], ["The same."], ""),
        (["The  same."], ["The same."], ""),
        ([], [], ""),
        ([], ["New."], "{+New.\n+}"),
        (["Old."], [], "[-Old.\n-]"),
        (
            ["The bridge is closed until Friday, they say."], ["The bridge is closed until Sunday, they say."],
            "The bridge is closed until [-Friday, -]{+Sunday, +}they say.\n",
        ),
        # The last word of a paragraph: one paragraph still.
        (["It is closed until Friday"], ["It is closed until Sunday"], "It is closed until [-Friday-]{+Sunday\n+}"),
        (["One.", "Three."], ["One.", "Two.", "Three."], "One.\n{+Two.\n+}Three.\n"),
        (["One.", "Two.", "Three."], ["One.", "Three."], "One.\n[-Two.\n-]Three.\n"),
        # A word between two changes is no rest for the eye.
        (["a b c d e f g"], ["a X c Y e f g"], "a [-b c d -]{+X c Y +}e f g\n"),
        # What has nothing in common is no patchwork.
        (["the cat of the house"], ["the end of all our hope is near us"],
         "[-the cat of the house\n-]{+the end of all our hope is near us\n+}"),
        # Thai and Chinese have no spaces between words.
        (["他今天去北京开会讨论合作"], ["他明天去北京开会讨论合作"], "他[-今-]{+明+}天去北京开会讨论合作\n"),
        (["كتاب جديد عن تاريخ القاهرة"], ["كتاب قديم عن تاريخ القاهرة"], "كتاب [-جديد -]{+قديم +}عن تاريخ القاهرة\n"),
    ],
)  # fmt: skip
def test_an_edit_is_told_word_by_word(old: list[str], new: list[str], expected: str) -> None:
    assert told(old, new) == expected


def test_long_passages_without_a_change_are_left_out() -> None:
    text = " ".join(FILLER)
    assert differences([f"{text} old {text}"], [f"{text} new {text}"]) == (
        Run(Kind.LEFT_OUT, count=60 - CONTEXT),
        Run(Kind.SAME, " ".join(FILLER[-CONTEXT:]) + " "),
        Run(Kind.REMOVED, "old "),
        Run(Kind.ADDED, "new "),
        Run(Kind.SAME, " ".join(FILLER[:CONTEXT]) + " "),
        Run(Kind.LEFT_OUT, count=60 - CONTEXT),
    )


def test_paragraphs_are_those_that_a_browser_shows() -> None:
    html = "<h2>Head</h2><p>One <b>bold</b><br>two &amp; three</p><ul><li>a</li><li>b</li></ul><p> </p>end"
    assert paragraphs_of_html(html) == ["Head", "One bold", "two & three", "a", "b", "end"]


texts = st.lists(st.text("ab c", min_size=0, max_size=12), max_size=6)


@given(texts, texts)
def test_both_texts_can_be_read_from_their_differences(old: list[str], new: list[str]) -> None:
    runs = differences(old, new)
    if not runs:
        assert " ".join(old).split() == " ".join(new).split()
        return
    for side, kind in ((old, Kind.REMOVED), (new, Kind.ADDED)):
        kept = " ".join(run.words for run in runs if run.kind in (Kind.SAME, kind))
        left_out = sum(run.count for run in runs)
        assert left_out or kept.split() == " ".join(side).split()


DRAW = random.Random(1)
HUGE = [
    [[" ".join(DRAW.choice("abcde") for _ in range(60)) for _ in range(800)] for _ in range(2)],
    [[" ".join(DRAW.choice("ab") for _ in range(50_000))] for _ in range(2)],
    [[f"p{n} a {last}" for n in range(20_000)] for last in "bc"],
    [["same"] * 20_000 + ["x"], ["y"] + ["same"] * 20_000],
]


@pytest.mark.parametrize(("old", "new"), HUGE, ids=["few words", "two words", "many edits", "one paragraph, moved"])
def test_no_text_takes_long(old: list[str], new: list[str]) -> None:
    began = time.process_time()
    assert differences(old, new)
    assert time.process_time() - began < 3
