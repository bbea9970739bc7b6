"""Word documents as seeds: what becomes of them, and what is refused before it costs anything."""

import io
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from docx.document import Document as WordDocument
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import SeedError
from feeds.model import Person
from support.docx_files import LONG_AGO, PNG, RELS, W, by_hand, made, p, packed, styles
from worker.entries.sanitise import sanitise
from worker.model import Document, RawEntry, Reading
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.story import complete_reading
from worker.seeds.readers import docx, read

# A MiB that shrinks to less than half, but not to nothing.
NOISE = Random(4).randbytes(2**19).hex().encode()
SEEN = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
CONTEXT = SeedContext(zone=ZoneInfo("Asia/Ho_Chi_Minh"), first_seen=SEEN)


def reading(body: bytes) -> Reading:
    return complete_reading(docx.read(body, CONTEXT), "", CONTEXT, text_first=True)


def entry(body: bytes) -> RawEntry:
    return reading(body).entry


def refused(body: bytes) -> SeedError:
    with pytest.raises(SeedError) as caught:
        docx.read(body, CONTEXT)
    assert caught.value.code == "E_DOCX"
    return caught.value


def tried(body: bytes) -> None:
    """Reads bytes that may be anything: an entry, or a reason."""
    with suppress(SeedError):
        reading(body)


# What is refused


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not a Word .docx"),
        (b"PK\x03\x04", "not a Word .docx"),
        (b"plain words", "not a Word .docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "not a Word .docx"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "password protected",
        ),
        (packed({"a.txt": "a"}), "not a Word .docx"),
        (packed({"_rels/.rels": RELS, "xl/workbook.xml": "<a/>"}), "not a Word .docx"),
        (packed({"_rels/.rels": RELS, "word/document.xml": "<a"}), "not a Word .docx"),
        (packed({"word/document.xml": "<a/>", "../evil": "b"}), "not a Word .docx"),
        (packed({"word/document.xml": "<a/>", "/etc/evil": "b"}), "not a Word .docx"),
        (packed({f"word/{n}.xml": "" for n in range(300)}), "too many parts"),
        (packed({f"word/media/{n}.png": "" for n in range(2100)}), "too many parts"),
        (packed({"word/document.xml": NOISE * 11}), "10 MiB"),
        (packed({"word/media/a.png": b"\0" * (51 * 2**20)}), "50 MiB"),
        (packed({"word/media/a.png": b"\0" * (3 * 2**20)}), "a hundred times"),
        (packed({"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "entities"),
        (packed({"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16")}), "entities"),
    ],
)
def test_what_is_no_document_is_refused(body: bytes, words: str) -> None:
    assert words in refused(body).message


def test_a_lie_about_sizes_does_not_help_a_bomb() -> None:
    body = packed({"word/media/a.png": b"\0" * (60 * 2**20)})
    honest = (60 * 2**20).to_bytes(4, "little")
    assert honest in body
    refused(body.replace(honest, (10).to_bytes(4, "little")))


def test_a_document_of_endless_depth_is_read_or_refused() -> None:
    deep = "<w:sdt><w:sdtContent>" * 2000 + p("a") + "</w:sdtContent></w:sdt>" * 2000
    assert "not a Word" in refused(by_hand(deep)).message
    deep = "<w:smartTag>" * 200 + "<w:r><w:t>a</w:t></w:r>" + "</w:smartTag>" * 200
    assert entry(by_hand(p("T") + f"<w:p>{deep}</w:p>")).content == "<p>a</p>"


# Titles


@pytest.mark.parametrize(
    ("body", "title", "content"),
    [
        (by_hand(p("Mưa lớn ở Tân Lâm") + p("Nước lên.")), "Mưa lớn ở Tân Lâm", "<p>Nước lên.</p>"),
        (by_hand(p("Nước lên nhanh.") + p("B.")), "Nước lên nhanh.", "<p>B.</p>"),
        (by_hand(p("A", "T1") + p("B"), styles=styles(("T1", "heading 1", ""))), "A", "<p>B</p>"),
        (by_hand(p("K") + p("A", "Ti") + p("B"), styles=styles(("Ti", "Title", ""))), "A", "<p>K</p>\n<p>B</p>"),
        (by_hand(p("A") + p("B", "x"), styles=styles(("x", "mine", "y"), ("y", "heading 3", "x"))), "A", "<h3>B</h3>"),
        (by_hand(p("A") + p("B", "q"), styles=styles(("q", "Quote", ""))), "A", "<blockquote><p>B</p></blockquote>"),
        (by_hand(p("A") + p("B", "t"), styles=styles(("t", "toc 1", ""))), "A", ""),
        (by_hand(p("A") + p("B"), main="word/document2.xml"), "A", "<p>B</p>"),
        (by_hand(p("A") + p("B")).replace(b"x", b"x"), "A", "<p>B</p>"),
        (by_hand(p("µ¸", run='<w:rFonts w:ascii=".VnTime"/>') + p("B")), "àá", "<p>B</p>"),
    ],
)
def test_the_title_leaves_the_text(body: bytes, title: str, content: str) -> None:
    found = entry(body)
    assert (found.title, found.content) == (title, content)


@pytest.mark.parametrize(
    ("inside", "content"),
    [
        ("<w:ins><w:r><w:t>a</w:t></w:r></w:ins><w:del><w:r><w:delText>b</w:delText></w:r></w:del>", "<p>a</p>"),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>b</w:t></w:r><w:r><w:t>a</w:t></w:r>", "<p>a</p>"),
        ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>a</w:t></w:r>', "<p>a</p>"),
        ('<w:fldSimple w:instr="PAGE"><w:r><w:t>7</w:t></w:r></w:fldSimple>', "<p>7</p>"),
        ('<w:bdo w:val="rtl"><w:r><w:t>שלום</w:t></w:r></w:bdo>', '<p dir="rtl">שלום</p>'),
        ("<w:r><w:t>a</w:t><w:br/><w:t>b</w:t></w:r>", "<p>a<br>b</p>"),
        ("<w:r><w:rPr><w:b/></w:rPr><w:t>a</w:t></w:r>", "<p><strong>a</strong></p>"),
        ('<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>2</w:t></w:r>', "<p><sup>2</sup></p>"),
        ('<w:hyperlink r:id="gone" xmlns:r="x"><w:r><w:t>a</w:t></w:r></w:hyperlink>', "<p>a</p>"),
        ('<w:r><w:footnoteReference w:id="9"/><w:t>a</w:t></w:r>', "<p>a</p>"),
    ],
)
def test_marks_in_a_paragraph(inside: str, content: str) -> None:
    assert entry(by_hand(p("T") + f"<w:p>{inside}</w:p>")).content == content


def _m(name: str, *inside: str) -> str:
    return f"<m:{name}>{''.join(inside)}</m:{name}>"


def _r(words: str) -> str:
    return _m("r", _m("t", words))


def _of(name: str, properties: str = "", **parts: str) -> str:
    return _m(name, properties, *(_m(part, inside) for part, inside in parts.items()))


def _pr(name: str, **stated: str) -> str:
    return _m(name, *(f'<m:{key} m:val="{value}"/>' for key, value in stated.items()))


@pytest.mark.parametrize(
    ("formula", "content", "title"),
    [
        (_of("f", num=_r("K"), den=_r("2")), "K/2", "K/2"),
        (_r("2") + _of("f", num=_r("1"), den=_r("2")) + _r("x"), "2 1/2 x", "2 1/2 x"),
        (_of("f", num=_r("a+b"), den=_r("2c")), "(a + b)/(2c)", "(a + b)/(2c)"),
        (_of("f", _pr("fPr", type="noBar"), num=_r("n"), den=_r("k")), "n; k", "n; k"),
        (_r("E=m") + _of("sSup", e=_r("c"), sup=_r("2")), "E = mc<sup>2</sup>", "E = mc²"),
        (_of("sSup", e=_r("10"), sup=_r("-6")), "10<sup>-6</sup>", "10⁻⁶"),
        (_of("sSup", e=_r("e"), sup=_of("sSup", e=_r("x"), sup=_r("2"))), "e<sup>x<sup>2</sup></sup>", "e^x^2"),
        (_of("sSubSup", e=_r("x"), sub=_r("1"), sup=_r("a+b")), "x<sub>1</sub><sup>a + b</sup>", "x₁^(a + b)"),
        (_of("sPre", sub=_r("6"), sup=_r("14"), e=_r("C")), "<sub>6</sub><sup>14</sup>C", "₆¹⁴C"),
        (_of("rad", _pr("radPr", degHide="1"), deg="", e=_r("x+1")), "√(x + 1)", "√(x + 1)"),
        (_of("rad", deg=_r("3"), e=_r("x")), "<sup>3</sup>√x", "³√x"),
        (_of("nary", _pr("naryPr", chr="∑"), sub=_r("1"), sup=_r("n"), e=_r("x")), "∑<sub>1</sub><sup>n</sup> x",
         "∑₁ⁿ x"),
        (_of("nary", sub=_r("0"), sup="", e=_r("dx")), "∫<sub>0</sub> dx", "∫₀ dx"),
        (_m("d", _pr("dPr", begChr="[", sepChr=",", endChr="]"), _m("e", _r("x")), _m("e", _r("y"))), "[x, y]",
         "[x, y]"),
        (_of("func", fName=_r("sin"), e=_r("x")) + _of("func", fName=_r("f"), e=_of("d", e=_r("x"))), "sin xf(x)",
         "sin xf(x)"),
        (_of("limLow", e=_r("lim"), lim=_r("x→0")), "lim<sub>x → 0</sub>", "lim_(x → 0)"),
        (_of("acc", _pr("accPr", chr="\u20d7"), e=_r("v")) + _of("bar", _pr("barPr", pos="top"), e=_r("x")),
         "v\u20d7x\u0305", "v\u20d7x\u0305"),
        (_m("m", *(_m("mr", _m("e", _r(one)), _m("e", _r(other))) for one, other in ("ab", "cd"))), "[a, b; c, d]",
         "[a, b; c, d]"),
        (_m("eqArr", _m("e", _r("x=1")), _m("e", _r("y=2"))), "[x = 1; y = 2]", "[x = 1; y = 2]"),
        (_m("r", "<m:rPr><m:nor/></m:rPr>", _m("t", "rate of ")) + _r("x"), "rate of x", "rate of x"),
        (_m("r", "<w:rPr><w:vanish/></w:rPr>", _m("t", "secret")) + f"<w:ins>{_r('a')}</w:ins>" + _r("&lt;b"),
         "a &lt; b", "a < b"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_a_formula_keeps_its_structure_in_the_text_and_in_a_title(formula: str, content: str, title: str) -> None:
    namespace = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    line = f'{p("It is ")[:-6]}<m:oMath xmlns:m="{namespace}">{formula}</m:oMath></w:p>'
    read = docx.read(by_hand(p("Head") + p("Text.") + line), CONTEXT)
    assert read.entry.content.endswith(f'<p data-paragraph="1">It is {content}</p>')
    assert docx.read(by_hand(line), CONTEXT).entry.title == f"It is {title}".strip()
    told = [one.value for one in read.evidence if one.field == "altered"]
    assert told == (["1 formulas became text"] if formula else [])


def test_what_is_hidden_deleted_or_a_comment_is_not_published() -> None:
    hiding = "".join(
        f'<w:style w:type="{kind}" w:styleId="{key}"><w:name w:val="{key}"/>{more}</w:style>'
        for kind, key, more in (
            ("character", "Note", "<w:rPr><w:vanish/></w:rPr>"),
            ("paragraph", "Notes", "<w:rPr><w:vanish/></w:rPr>"),
            ("paragraph", "More", '<w:basedOn w:val="Notes"/>'),
        )
    )
    body = (
        p("T")
        + p("NO", run='<w:rStyle w:val="Note"/>')
        + p("NO", "Notes")
        + p("NO", "More")
        + p("yes", "Notes", '<w:vanish w:val="0"/>')
        + "<w:p><w:moveFrom><w:r><w:t>NO</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>yes</w:t></w:r></w:moveTo></w:p>"
        + '<w:p><w:commentRangeStart w:id="0"/><w:r><w:t>yes</w:t></w:r><w:commentRangeEnd w:id="0"/>'
        + '<w:r><w:commentReference w:id="0"/></w:r></w:p>'
        + f"<w:tbl><w:tr><w:trPr><w:hidden/></w:trPr><w:tc>{p('NO')}</w:tc></w:tr>"
        + f"<w:tr><w:tc>{p('yes')}</w:tc></w:tr></w:tbl>"
    )
    comments = f'<w:comments xmlns:w="{W}"><w:comment w:id="0" w:author="A">{p("NO")}</w:comment></w:comments>'
    found = reading(by_hand(body, styles=f'<w:styles xmlns:w="{W}">{hiding}</w:styles>', comments=comments))
    assert found.entry.content.count("yes") == 4
    assert "NO" not in found.entry.content
    assert any(one.value == "hidden text" for one in found.evidence)


@pytest.mark.parametrize(
    ("status", "keywords", "said"),
    [
        ("Draft", "", (("status", "Draft"),)),
        ("In Bearbeitung", "", (("status", "In Bearbeitung"),)),
        ("Final", "drafting; sea", ()),
        ("Version 2", "", ()),
        ("", "sea; draft", (("keywords", "draft"),)),
    ],
)
def test_a_document_that_says_that_it_is_a_draft_is_told(
    status: str, keywords: str, said: tuple[tuple[str, str], ...]
) -> None:
    found = reading(made(lambda word: word.add_paragraph("T"), content_status=status, keywords=keywords))
    assert found.publication == said


CUSTOM = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
    '<property name="{}"><vt:lpwstr>{}</vt:lpwstr></property></Properties>'
)


@pytest.mark.parametrize(
    ("part", "markup", "said"),
    [
        ("header1", '<w:p><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml" id="PowerPlusWaterMarkObject1">'
         '<v:textpath string="DRAFT"/></v:shape></w:pict></w:p>', "watermark: DRAFT"),
        ("header2", p("DRAFT - NOT FOR RELEASE"), "the head or foot of its pages: DRAFT - NOT FOR RELEASE"),
        ("footer1", "<w:p><w:r><w:t>CONFIDENTIAL</w:t><w:tab/><w:t>Page 1</w:t></w:r></w:p>",
         "the head or foot of its pages: CONFIDENTIAL Page 1"),
        *(
            ("footer1", p(line), f"the head or foot of its pages: {line}")
            for line in (
                "Acme Ltd. | Confidential", "Acme – Confidential", "Confidential – Page 1 of 3",
                "Confidential | Page 1",
                "Vertraulich - Seite 1", "Dự thảo - Trang 1", "Page 1 DRAFT", "Private and Confidential",
                "Company Confidential", "Draft – for discussion only", "Draft for consultation", "Internal",
                "The Quay Press • RESTRICTED • 3", "The Quay Press (draft)",
            )
        ),
        *(
            ("footer1", p(line), "")
            for line in (
                "Draft beer – Page 1", "The Quay Press | Page 1 of 3", "Private Eye - 3", "EMBARGO – 1 January 2020",
                "Confidential papers – The Quay Press", "Sample sizes | 3",
            )
        ),
        *(
            ("header1", '<w:p><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml">'
             f'<v:textpath string="{word}"/></v:shape></w:pict></w:p>', f"watermark: {word}")
            for word in ("DO NOT COPY", "Internal", "SAMPLE")
        ),
        ("header1", p("EMBARGO: 1 January 2030 10:00"), "the head or foot of its pages: EMBARGO: 1 January 2030 10:00"),
        ("header1", p("EMBARGO: 1 January 2020 10:00") + p("The Quay Press"), ""),
        ("header1", p("Draft law of the port"), ""),
        ("Status", "Draft", "Status: Draft"),
        ("Status", "Final", ""),
        ("MSIP_Label_1a2b_Name", "Highly Confidential", "label: Highly Confidential"),
        ("MSIP_Label_1a2b_Name", "Highly Confidential\\All Employees",
         "label: Highly Confidential\\All Employees"),
        ("MSIP_Label_1a2b_Name", "Public", ""),
        ("Client", "Harbour", ""),
    ],
)  # fmt: skip
def test_marks_of_a_draft_beside_the_text_are_told(part: str, markup: str, said: str) -> None:
    text = f'<w:document xmlns:w="{W}"><w:body>{p("T")}{p("Text.")}</w:body></w:document>'
    kind = part[:6]
    more = (
        {f"word/{part}.xml": f'<w:hdr xmlns:w="{W}">{markup}</w:hdr>'}
        if kind in ("header", "footer")
        else {"docProps/custom.xml": CUSTOM.format(part, markup)}
    )
    found = reading(packed({"_rels/.rels": RELS, "word/document.xml": text, **more}))
    assert [f"{key}: {value}" for key, value in found.publication] == ([said] if said else [])
    assert "DRAFT" not in found.entry.content


def test_a_subject_that_says_draft_is_told() -> None:
    found = reading(made(lambda word: word.add_paragraph("T"), subject="DRAFT"))
    assert found.publication == (("subject", "DRAFT"),)


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("DRAFT - Cranes of the quay", True),
        ("[Draft] Cranes of the quay", True),
        ("Cranes of the quay - CONFIDENTIAL", True),
        ("Draft law - a guide", False),
        ("The draft of 1920 - a guide", False),
    ],
)
def test_a_title_in_the_properties_that_says_draft_is_told_under_any_heading(stated: str, said: bool) -> None:
    found = reading(made(lambda word: (word.add_heading("Cranes", 1), word.add_paragraph("T")), title=stated))
    assert found.entry.title == "Cranes"
    assert found.publication == ((("title", stated),) if said else ())


def test_deleted_cells_and_prompts_are_not_published() -> None:
    cells = f"<w:tc>{p('yes')}</w:tc><w:tc><w:tcPr><w:cellDel/></w:tcPr>{p('NO')}</w:tc>"
    gone = f"<w:tr><w:tc><w:tcPr><w:cellDel/></w:tcPr>{p('NO')}</w:tc></w:tr>"
    prompt = "<w:sdt><w:sdtPr>{}</w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"
    body = (
        p("T")
        + f"<w:tbl><w:tr>{cells}</w:tr>{gone}</w:tbl>"
        + prompt.format("<w:showingPlcHdr/>", p("NO"))
        + prompt.format('<w:showingPlcHdr w:val="0"/>', p("yes"))
        + f"<w:p>{prompt.format('<w:showingPlcHdr/>', '<w:r><w:t>NO</w:t></w:r>')}<w:r><w:t>yes</w:t></w:r></w:p>"
    )
    content = entry(by_hand(body)).content
    assert content.count("yes") == 3
    assert "NO" not in content


def test_strict_documents_are_read() -> None:
    strict = f'<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body>{p("A")}{p("B")}</w:body>'
    body = packed({"_rels/.rels": RELS, "word/document.xml": strict + "</w:document>"})
    assert W not in strict
    assert entry(body).content == "<p>B</p>"


# Documents of a word processor


def test_a_document_with_everything() -> None:
    def build(document: WordDocument) -> None:
        document.add_heading("The mill of Oberlind turns again", 0)
        document.add_heading("Water", 1)
        document.add_paragraph("One", "List Bullet")
        document.add_paragraph("Two", "List Number")
        table = document.add_table(1, 2)
        table.cell(0, 0).text = "left"
        document.add_picture(io.BytesIO(PNG))

    found = reading(
        made(
            build,
            author="Mara Lindqvist",
            created=LONG_AGO,
            modified=LONG_AGO + timedelta(days=1),
            keywords="water; mills",
        )
    )
    raw = found.entry
    assert raw.title == "The mill of Oberlind turns again"
    for part in ("<h1>Water</h1>", "<ul><li>One</li></ul>", "<ol><li>Two</li></ol>", "<td><p>left</p></td>"):
        assert part in raw.content
    assert 'src="embedded:image1.png"' in raw.content
    assert [(file.name, file.media_type, file.body) for file in found.embedded] == [
        ("embedded:image1.png", "image/png", PNG)
    ]
    assert [person.name for person in raw.authors] == ["Mara Lindqvist"]
    assert (raw.published, raw.updated) == ("2025-05-04T08:30:00Z", "2025-05-05T08:30:00Z")
    assert raw.categories == ("water", "mills")
    assert {"title", "authors", "published"} <= {item.field for item in found.evidence}


def test_what_templates_say_is_not_believed() -> None:
    raw = entry(made(lambda document: document.add_paragraph("A"), title="Document1"))
    assert (raw.title, raw.published, raw.updated, raw.authors, raw.summary) == ("A", "", "", (), "")


def test_a_date_after_first_sight_is_not_believed() -> None:
    raw = entry(made(lambda document: document.add_paragraph("A"), created=SEEN + timedelta(days=1)))
    assert raw.published == ""


def test_a_core_title_that_means_something_is_the_title() -> None:
    raw = entry(made(lambda document: document.add_paragraph("Some words."), title="A bridge for Varn"))
    assert (raw.title, raw.content) == ("A bridge for Varn", "<p>Some words.</p>")


def test_a_document_of_pictures_alone_takes_its_title_from_its_name() -> None:
    raw = through(made(lambda document: document.add_picture(io.BytesIO(PNG))))
    assert raw.title == "a"
    assert "embedded:image1.png" in raw.content


def test_a_table_alone_is_content() -> None:
    raw = through(by_hand("<w:tbl><w:tr><w:tc>" + p("C") + "</w:tc></w:tr></w:tbl>"))
    assert "C" in raw.content


def test_footnotes_stand_below_the_text() -> None:
    notes = f'<w:footnotes xmlns:w="{W}"><w:footnote w:id="2">{p("Said in Varn.")}</w:footnote></w:footnotes>'
    inside = '<w:p><w:r><w:t>a</w:t><w:footnoteReference w:id="2"/></w:r></w:p>'
    raw = entry(by_hand(p("T") + inside, footnotes=notes))
    assert "Said in Varn." in raw.content
    assert raw.content.startswith("<p>a<sup>[1]</sup></p>")
    assert "href" not in raw.content


def relations(*each: tuple[str, str, str]) -> str:
    inside = "".join(
        f'<Relationship Id="{key}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
        f'Target="{target}" TargetMode="External"/>'
        for key, kind, target in each
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inside}</Relationships>'
    )


R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def with_relations(body: str, rels: str) -> bytes:
    xml = f'<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{body}</w:body></w:document>'
    return packed({"_rels/.rels": RELS, "word/document.xml": xml, "word/_rels/document.xml.rels": rels})


def test_a_script_for_a_link_does_not_get_through() -> None:
    link = '<w:p><w:hyperlink r:id="r9"><w:r><w:t>&lt;script&gt;a</w:t></w:r></w:hyperlink></w:p>'
    raw = entry(with_relations(p("T") + link, relations(("r9", "hyperlink", "javascript:alert(1)"))))
    clean = sanitise(raw.content, "https://a.test/")
    assert "javascript" not in clean
    assert "<script" not in clean
    assert "a</" in clean


def test_a_linked_picture_is_never_read() -> None:
    drawing = (
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData>'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill>'
        '<a:blip r:link="r9"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
    )
    rels = relations(("r9", "image", "file:///etc/passwd"))
    found = reading(with_relations(p("T") + p("B") + drawing, rels))
    assert found.entry.content == "<p>B</p>"
    assert not found.embedded
    assert "linked" in found.warnings[0]


def test_what_the_text_tells_goes_before_the_properties() -> None:
    def build(document: WordDocument) -> None:
        for line in ("Rain in Varn", "By Ada Holm", "VARN, 2 January 2025 (Coastwire) - It rained all the day."):
            document.add_paragraph(line)

    raw = entry(made(build, author="Someone Else", created=LONG_AGO))
    assert (raw.published, raw.authors, raw.language) == ("2025-01-02T05:00:00Z", (Person("Ada Holm"),), "en")
    assert raw.content == "<p>VARN, 2 January 2025 (Coastwire) - It rained all the day.</p>"


# The whole way, through the child


def through(body: bytes) -> RawEntry:
    return read(Document("news/a.docx", body, SEEN), CONTEXT)[0].entry


def test_a_document_is_read_in_the_child() -> None:
    raw = through(by_hand(p("A") + p("B")))
    assert (raw.title, raw.content, raw.categories) == ("A", "<p>B</p>", ("news",))


def test_errors_name_the_file() -> None:
    with pytest.raises(SeedError) as caught:
        through(b"no")
    assert (caught.value.name, caught.value.code) == ("news/a.docx", "E_DOCX")
    with pytest.raises(SeedError) as caught:
        through(by_hand(""))
    assert caught.value.code == "W_EMPTY"


def test_a_long_document_is_read_without_its_layout() -> None:
    body = by_hand(p("T") + "".join(p(f"Words of line {n}, {n * n}.") for n in range(60_000)))
    found = read(Document("a.docx", body, SEEN), CONTEXT)[0]
    assert found.entry.title == "T"
    assert found.entry.content.endswith("<p>Words of line 59999, 3599880001.</p>")
    assert "too long" in found.warnings[0]


# Any bytes


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise(body: bytes) -> None:
    tried(body)
    tried(b"PK\x03\x04" + body)


SOUND = p("A", "h") + p("B", run="<w:vanish/>") + "<w:tbl><w:tr><w:tc>" + p("C") + "</w:tc></w:tr></w:tbl>"
TAGS = ("p", "r", "t", "tbl", "tr", "tc", "sdt", "sdtContent", "pPr", "rPr", "vMerge", "hyperlink", "fldChar", "br")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), max_size=4), st.sampled_from(("", "x", "-1")))
def test_no_damage_raises(swaps: list[tuple[str, str]], junk: str) -> None:
    xml = SOUND
    for before, after in swaps:
        xml = xml.replace(f"<w:{before}", f"<w:{after}").replace(f"</w:{before}>", f"</w:{after}>")
    tried(by_hand(xml.replace('w:val="h"', f'w:val="{junk}"')))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2000), st.integers(0, 255))
def test_no_broken_zip_raises(place: int, byte: int) -> None:
    body = bytearray(by_hand(SOUND))
    body[place % len(body)] = byte
    tried(bytes(body))
