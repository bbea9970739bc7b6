"""Fields of Word documents: what they show stays, their codes leave; so do breaks and signs that are elements."""

import pytest

from support.docx_files import content, p


def run(inside: str) -> str:
    return f"<w:r>{inside}</w:r>"


def words(said: str) -> str:
    return run(f'<w:t xml:space="preserve">{said}</w:t>')


def char(kind: str, form: str = "") -> str:
    return run(f'<w:fldChar w:fldCharType="{kind}">{form}</w:fldChar>')


def code(said: str) -> str:
    return run(f'<w:instrText xml:space="preserve">{said}</w:instrText>')


def complex_field(said: str, result: str | None = None, form: str = "") -> str:
    """A field of this code; result: its runs, None if none is stored."""
    stored = "" if result is None else char("separate") + result
    return char("begin", form) + code(said) + stored + char("end")


A = '<a href="https://c.example/a">x</a>'
CHECKED = "<w:ffData><w:checkBox><w:default w:val='0'/><w:checked/></w:checkBox></w:ffData>"
CHOICE = (
    "<w:ffData><w:ddList><w:result w:val='1'/><w:listEntry w:val='A'/><w:listEntry w:val='B'/></w:ddList></w:ffData>"
)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (' HYPERLINK "https://c.example/a" \\t "_blank" ', A),
        (' HYPERLINK \\t "_blank" \\o "A tip" "https://c.example/a" ', A),
        (" hyperlink https://c.example/a \\h ", A),
        (" HYPERLINK “https://c.example/a” \\o “a tip” ", A),
        ('HYPERLINK"https://c.example/a"\\o"tip"', A),
        (' HYPERLINK "https://c.example/a" \\l "part 2" ', '<a href="https://c.example/a#part%202">x</a>'),
        (' HYPERLINK "https://c.example/a\\"b" ', '<a href="https://c.example/a%22b">x</a>'),
        (' HYPERLINK "mailto:a@c.example?subject=Hi there" ', '<a href="mailto:a@c.example?subject=Hi%20there">x</a>'),
        (' HYPERLINK \\l "part" ', "x"),
        (" REF _Ref1 \\r \\h ", "x"),
        (' DATE \\@ "d MMMM yyyy" ', "x"),
        (" MERGEFIELD Name \\* MERGEFORMAT ", "x"),
        (" FORMTEXT ", "x"),
    ],
)
def test_the_first_argument_of_a_link_is_its_address(said: str, shown: str) -> None:
    assert content(f"<w:p>{complex_field(said, words('x'))}</w:p>") == f"<p>{shown}</p>"
    simple = said.replace('"', "&quot;")
    assert content(f'<w:p><w:fldSimple w:instr="{simple}">{words("x")}</w:fldSimple></w:p>') == f"<p>{shown}</p>"


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        (  # the code in several runs, the words in several formats
            char("begin")
            + code(" HYPER")
            + code('LINK "https://c.ex')
            + code('ample/a" \\o "t" ')
            + char("separate")
            + words("x")
            + run("<w:rPr><w:b/></w:rPr><w:t>y</w:t>")
            + char("end")
            + words("z"),
            A + '<strong><a href="https://c.example/a">y</a></strong>z',
        ),
        (  # all in one run
            run(
                '<w:fldChar w:fldCharType="begin"/><w:instrText>HYPERLINK "https://c.example/a"</w:instrText>'
                '<w:fldChar w:fldCharType="separate"/><w:t>x</w:t><w:fldChar w:fldCharType="end"/><w:t>z</w:t>'
            ),
            A + "z",
        ),
        (  # a field in a code
            char("begin")
            + code(' HYPERLINK "https://c.example/')
            + complex_field(" MERGEFIELD id ", words("a"))
            + code('" \\t "_blank" ')
            + char("separate")
            + words("x")
            + char("end"),
            A,
        ),
        (
            char("begin")
            + code(" IF ")
            + complex_field(" MERGEFIELD a ", words("unseen"))
            + code(' = "x" "yes" "no" ')
            + char("separate")
            + words("yes")
            + char("end"),
            "yes",
        ),
        (  # a field in a result
            char("begin")
            + code(' HYPERLINK "https://c.example/a" ')
            + char("separate")
            + complex_field(" PAGEREF _x \\h ", words("x"))
            + char("end")
            + words("z"),
            A + "z",
        ),
        (f"<w:del>{complex_field(' HYPERLINK a ', words('old'))}</w:del>" + words("new"), "new"),
        (words("a") + char("begin") + code(' HYPERLINK "https://c.example/" ') + words("b"), "ab"),
        (words("a") + char("end") + words("b") + char("separate"), "ab"),
        ("<w:fldChar w:fldCharType='begin'/>" + words("a") + char("separate") + words("b") + char("end"), "ab"),
        (complex_field(" FORMCHECKBOX ", form=CHECKED) + complex_field(" FORMCHECKBOX "), "☒☐"),
        (complex_field(" FORMDROPDOWN ", form=CHOICE), "B"),
        (complex_field(" SYMBOL 183 \\f Symbol \\s 10 ") + complex_field(" SYMBOL 0x20AC \\u "), "•€"),
        (complex_field(" MACROBUTTON NoMacro [Click here] "), "[Click here]"),
        (complex_field(" EQ \\f(\\r(2),b+1) "), "(√2)/(b+1)"),
        (complex_field(" EQ \\* jc2 \\* &quot;Font:MS&quot; \\* hps10 \\o\\ad(\\s\\up 9(かん),漢) "), "かん漢"),
        (complex_field(" AUTONUM ") + complex_field(" AUTONUM "), "1.2."),
        (complex_field(' XE "term" ') + words("a"), "a"),
        ("<w:sdt><w:sdtPr><w14:checkbox/></w:sdtPr><w:sdtContent>" + words("☒") + "</w:sdtContent></w:sdt>", "☒"),
    ],
)
def test_a_field_shows_its_result_and_nothing_of_its_code(inside: str, shown: str) -> None:
    assert content(f"<w:p>{inside}</w:p>") == f"<p>{shown}</p>"


def test_a_link_over_two_paragraphs_leads_from_both() -> None:
    first = char("begin") + code(' HYPERLINK "https://c.example/a" \\t "_b" ') + char("separate") + words("x")
    found = content(f"<w:p>{first}</w:p><w:p>{words('x')}{char('end')}{words('y')}</w:p>")
    assert found == f"<p>{A}</p>\n<p>{A}y</p>"


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        ("<w:t>a</w:t><w:cr/><w:t>b</w:t>", "a<br>b"),
        ("<w:t>a</w:t><w:br w:type='page'/><w:t>b</w:t><w:br w:type='column'/><w:t>c</w:t>", "a<br>b<br>c"),
        ("<w:br w:type='page'/><w:t>a</w:t><w:br w:type='page'/>", "a"),
        ("<w:t>a</w:t><w:br w:type='odd'/><w:t>b</w:t>", "a<br>b"),
        ("<w:t>a</w:t><w:ptab/><w:t>b</w:t><w:tab/><w:t>c</w:t>", "a\tb\tc"),
        ("<w:t>e</w:t><w:noBreakHyphen/><w:t>mail</w:t>", "e\u2011mail"),
        ("<w:t>a</w:t><w:softHyphen/><w:t>b</w:t>", "a\xadb"),
        ("<w:sym w:font='Wingdings' w:char='F0FC'/><w:sym w:font='Symbol' w:char='f061'/>", "✓α"),
        ("<w:sym w:font='Segoe UI Symbol' w:char='2713'/><w:sym w:font='x'/><w:t>a</w:t>", "✓a"),
        ("<w:rPr><w:rFonts w:ascii='Wingdings'/></w:rPr><w:t>\uf0fc</w:t>", "✓"),
        (
            "<w:ruby><w:rt><w:r><w:t>かん</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>漢</w:t></w:r></w:rubyBase></w:ruby>",
            "漢(かん)",
        ),
        ("<w:rPr><w:b/></w:rPr><w:t>a</w:t><w:footnoteReference w:id='9'/>", "<strong>a</strong>"),
    ],
)
def test_breaks_and_signs_keep_words_apart(inside: str, shown: str) -> None:
    assert content(f"<w:p>{run(inside)}</w:p>") == f"<p>{shown}</p>"


def test_a_link_without_its_relation_keeps_words_and_layout() -> None:
    inside = '<w:hyperlink r:id="gone"><w:r><w:rPr><w:b/></w:rPr><w:t>a</w:t></w:r></w:hyperlink>'
    assert content(f"<w:p>{inside}</w:p>" + p("b")) == "<p><strong>a</strong></p>\n<p>b</p>"


@pytest.mark.parametrize("control", ["\f", "\v", "\x01", "&#12;", "&#x0B;"])
def test_characters_that_xml_forbids_are_white_space(control: str) -> None:
    assert content(p(f"a{control}b", run="<w:b/>")) == "<p><strong>a b</strong></p>"
