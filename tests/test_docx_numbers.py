"""Numbers that Word puts before paragraphs by itself: the reader sees what Word shows."""

from collections.abc import Mapping, Sequence

import pytest

from support.docx_files import W, content, p
from worker.seeds.readers.docx_counting import written


def level(at: int, form: str = "decimal", text: str = "", start: int = 1, more: str = "") -> str:
    said = text or f"%{at + 1}."
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{said}"/>'
        f"<w:rPr>{'<w:rFonts w:ascii=' + chr(34) + '.VnTime' + chr(34) + '/>' if '§' in said else ''}</w:rPr></w:lvl>"
    )


def numbering(definitions: Sequence[Sequence[str]], lists: Mapping[int, tuple[int, str]], more: str = "") -> str:
    """lists: by their ids, the definition and what they override of it."""
    defined = "".join(
        f'<w:abstractNum w:abstractNumId="{key}">{"".join(levels)}</w:abstractNum>'
        for key, levels in enumerate(definitions)
    )
    named = "".join(
        f'<w:num w:numId="{key}"><w:abstractNumId w:val="{of}"/>{override}</w:num>'
        for key, (of, override) in lists.items()
    )
    return f'<w:numbering xmlns:w="{W}">{defined}{more}{named}</w:numbering>'


def item(words: str, of: int | None = 1, at: int | None = 0, style: str = "") -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    place = f'<w:ilvl w:val="{at}"/>' if at is not None else ""
    number = f'<w:numPr>{place}<w:numId w:val="{of}"/></w:numPr>' if of is not None else ""
    return f"<w:p><w:pPr>{named}{number}</w:pPr><w:r><w:t>{words}</w:t></w:r></w:p>"


def begins(at: int) -> str:
    return f'<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{at}"/></w:lvlOverride>'


def overridden(other: str) -> str:
    return f'<w:lvlOverride w:ilvl="0">{other}</w:lvlOverride>'


SIMPLE = numbering(
    [[level(0), level(1, "lowerLetter", "%2)"), level(2, "lowerRoman")]],
    {1: (0, ""), 2: (0, begins(1)), 3: (0, begins(5))},
)
LEGAL = numbering([[level(0), level(1, text="%1.%2."), level(2, "lowerLetter", "%3)")]], {1: (0, "")})
WITH_BULLETS = numbering([[level(0)], [level(0, "bullet", "•"), level(1, "bullet", "o")]], {1: (0, ""), 2: (1, "")})


@pytest.mark.parametrize(
    ("body", "numbers", "shown"),
    [
        # a list stays a list where its bare form shows the same numbers
        (item("a") + item("b"), SIMPLE, "<ol><li>a</li><li>b</li></ol>"),
        (item("a") + "<w:p/>" + item("b"), SIMPLE, "<ol><li>a</li><li>b</li></ol>"),
        (
            item("a") + item("x", 2, 1) + item("b"),
            WITH_BULLETS,
            "<ol><li>a<ul><li>x</li></ul></li><li>b</li></ol>",
        ),
        (
            item("a") + item("b") + p("c") + item("d", 2) + item("e", 2),
            SIMPLE,
            "<ol><li>a</li><li>b</li></ol>\n<p>c</p>\n<ol><li>d</li><li>e</li></ol>",
        ),
        # else numbers are text
        (item("a") + p("b") + item("c"), SIMPLE, "<p>1. a</p>\n<p>b</p>\n<p>2. c</p>"),
        (item("a") + item("x", 2) + item("b"), WITH_BULLETS, "<p>1. a</p>\n<ul><li>x</li></ul>\n<p>2. b</p>"),
        (item("a") + item("b", 2) + item("c", 2), SIMPLE, "<p>1. a</p>\n<p>1. b</p>\n<p>2. c</p>"),
        (item("a", 3) + item("b", 3), SIMPLE, "<p>5. a</p>\n<p>6. b</p>"),
        (
            item("a") + item("x", at=1) + item("y", at=1) + item("b") + item("z", at=1) + item("i", at=2),
            SIMPLE,
            "<p>1. a</p>\n<p>a) x</p>\n<p>b) y</p>\n<p>2. b</p>\n<p>a) z</p>\n<p>i. i</p>",
        ),
        (
            item("a") + item("b", at=1) + item("c", at=1) + item("d", at=2) + item("e") + item("f", at=1),
            LEGAL,
            "<p>1. a</p>\n<p>1.1. b</p>\n<p>1.2. c</p>\n<p>a) d</p>\n<p>2. e</p>\n<p>2.1. f</p>",
        ),
        (item("b", at=1) + item("a"), LEGAL, "<p>1.1. b</p>\n<p>1. a</p>"),
        (item("a") + item("") + item("b"), SIMPLE, "<p>1. a</p>\n<p>3. b</p>"),
        (
            item("Phạm vi") + p("x") + item("Giờ"),
            numbering([[level(0, text="Điều %1.")]], {1: (0, "")}),
            "<p>Điều 1. Phạm vi</p>\n<p>x</p>\n<p>Điều 2. Giờ</p>",
        ),
        (item("a"), numbering([[level(0, text="§iÒu %1.")]], {1: (0, "")}), "<p>Điều 1. a</p>"),
        (
            item("a") + item("b", at=1),
            numbering([[level(0, "upperRoman"), level(1, text="%1.%2", more="<w:isLgl/>")]], {1: (0, "")}),
            "<p>I. a</p>\n<p>1.1 b</p>",
        ),
        (
            item("a") + item("b", at=1) + item("c") + item("d", at=1),
            numbering([[level(0), level(1, text="Art. %2", more='<w:lvlRestart w:val="0"/>')]], {1: (0, "")}),
            "<p>1. a</p>\n<p>Art. 1 b</p>\n<p>2. c</p>\n<p>Art. 2 d</p>",
        ),
        (
            item("a", 7),
            numbering([[level(0)]], {7: (0, overridden(level(0, "lowerLetter", "(%1)")))}),
            "<p>(a) a</p>",
        ),
        (
            item("本规定"),
            numbering([[level(0, "chineseCounting", "第%1条", 12, '<w:suff w:val="nothing"/>')]], {1: (0, "")}),
            "<p>第十二条本规定</p>",
        ),
        (item("a"), numbering([[level(0, "none", " ")]], {1: (0, "")}), "<p>a</p>"),
        (item("a"), numbering([[level(0, "bullet", "NB:")]], {1: (0, "")}), "<p>NB: a</p>"),
        (item("a", 0) + item("b", 99), SIMPLE, "<p>a</p>\n<p>b</p>"),
        (
            f"<w:tbl><w:tr><w:tc>{item('')}</w:tc><w:tc>{p('a')}</w:tc></w:tr></w:tbl>",
            SIMPLE,
            "<table><tr><td><p>1.</p></td><td><p>a</p></td></tr></table>",
        ),
    ],
)
def test_numbers_are_those_that_word_shows(body: str, numbers: str, shown: str) -> None:
    assert content(body, numbering=numbers) == shown


def test_numbers_of_styles_count() -> None:
    def style(key: str, name: str, number: str, base: str = "", kind: str = "paragraph") -> str:
        on = f'<w:basedOn w:val="{base}"/>' if base else ""
        own = f"<w:pPr><w:numPr>{number}</w:numPr></w:pPr>" if number else ""
        return f'<w:style w:type="{kind}" w:styleId="{key}"><w:name w:val="{name}"/>{on}{own}</w:style>'

    sheet = (
        style("H1", "heading 1", '<w:numId w:val="1"/>')
        + style("H2", "heading 2", '<w:ilvl w:val="1"/><w:numId w:val="1"/>', "H1")
        + style("L", "List Number", '<w:numId w:val="2"/>')
        + style("L2", "mine", "", "L")
        + style("N", "list", '<w:numId w:val="3"/>', kind="numbering")
    )
    chapters = [
        level(0, "upperRoman", "Chương %1.", more='<w:pStyle w:val="H1"/>'),
        level(1, text="Điều %2.", more='<w:pStyle w:val="H2"/>'),
    ]
    linked = '<w:abstractNum w:abstractNumId="9"><w:numStyleLink w:val="N"/></w:abstractNum>'
    numbers = numbering(
        [chapters, [level(0)], [level(0, text="Rule %1:")]], {1: (0, ""), 2: (1, ""), 3: (2, ""), 4: (9, "")}, linked
    )
    body = (
        item("a", None, style="H1") + item("b", None, style="H2") + p("x") + item("c", None, style="H2")
        + item("d", None, style="H1") + item("e", None, style="H2") + item("off", 0, style="H2")
        + item("f", None, style="L") + item("g", None, style="L2") + p("x") + item("h", 4)
    )  # fmt: skip
    assert content(body, numbering=numbers, styles=f'<w:styles xmlns:w="{W}">{sheet}</w:styles>').split("\n") == [
        "<h1>Chương I. a</h1>", "<h2>Điều 1. b</h2>", "<p>x</p>", "<h2>Điều 2. c</h2>",
        "<h1>Chương II. d</h1>", "<h2>Điều 1. e</h2>", "<h2>off</h2>",
        "<ol><li>f</li><li>g</li></ol>", "<p>x</p>", "<p>Rule 1: h</p>",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("upperRoman", {4: "IV", 1999: "MCMXCIX"}),
        ("lowerLetter", {26: "z", 27: "aa", 53: "aaa"}),
        ("chineseCounting", {10: "十", 11: "十一", 20: "二十", 101: "一百〇一", 110: "一百一十"}),
        ("chineseLegalSimplified", {11: "壹拾壹", 105: "壹佰零伍"}),
        ("koreanCounting", {11: "십일", 100: "백"}),
        ("japaneseCounting", {11: "十一", 1111: "千百十一"}),
        ("hebrew1", {1: "א", 15: "טו", 21: "כא"}),
        ("ordinal", {1: "1st", 11: "11th", 22: "22nd"}),
        ("ordinalText", {3: "Third", 30: "30"}),
        ("decimalEnclosedCircle", {3: "③", 21: "21"}),
        ("decimalZero", {3: "03", 12: "12"}),
        ("decimalFullWidth", {12: "１２"}),
        ("hindiNumbers", {12: "१२"}),
        ("russianLower", {2: "б"}),
        ("chicago", {1: "*", 5: "**"}),
        ("unheard of", {3: "3"}),
        ("upperLetter", {0: "0"}),
    ],
)
def test_numbers_are_written_in_the_forms_of_word(form: str, said: Mapping[int, str]) -> None:
    assert {number: written(number, form) for number in said} == said
