"""Words and pictures inside of drawings of Word: in whatever program's markup, they are published."""

import pytest

from support.docx_files import NAMESPACES, PNG, content, p

RELATED = {
    "i1": ("image", "media/a.png"),
    "web": ("image", "https://c.example/p.png"),
    "c1": ("chart", "charts/chart1.xml"),
    "d1": ("diagramData", "diagrams/data1.xml"),
}
ALL = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMESPACES.items())


def series(name: str, *values: str) -> str:
    def points(*said: str) -> str:
        return "".join(f'<c:pt idx="{at}"><c:v>{one}</c:v></c:pt>' for at, one in enumerate(said))

    return (
        f"<c:ser><c:tx><c:strRef><c:strCache>{points(name)}</c:strCache></c:strRef></c:tx><c:cat><c:strRef><c:strCache>"
        f"{points('Q1', 'Q2')}</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:numCache>{points(*values)}"
        "</c:numCache></c:numRef></c:val></c:ser>"
    )


DIAGRAM = ("Plan", "Build")
PARTS: dict[str, str | bytes] = {
    "media__a.png": PNG,
    "charts__chart1": (
        f"<c:chartSpace {ALL}><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Ships </a:t></a:r><a:r><a:t>a year</a:t>"
        f"</a:r></a:p></c:rich></c:tx></c:title><c:plotArea><c:barChart>{series('North', '1', '2')}"
        f"{series('South', '3', '4.5')}</c:barChart></c:plotArea></c:chart></c:chartSpace>"
    ),
    "diagrams__data1": (
        f"<dgm:dataModel {ALL}><dgm:ptLst>"
        + "".join(f"<dgm:pt><dgm:t><a:p><a:r><a:t>{one}</a:t></a:r></a:p></dgm:t></dgm:pt>" for one in DIAGRAM)
        + "</dgm:ptLst></dgm:dataModel>"
    ),
}  # fmt: skip


def box(said: str) -> str:
    return f"<w:txbxContent>{p(said)}</w:txbxContent>"


def shape(said: str) -> str:
    return f"<wps:wsp><wps:txbx>{box(said)}</wps:txbx></wps:wsp>"


def vml(said: str, name: str = "rect") -> str:
    return f"<w:pict><v:{name}><v:textbox>{box(said)}</v:textbox></v:{name}></w:pict>"


def picture(key: str = "i1", kind: str = "embed") -> str:
    return (
        '<pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="n" descr="seen"/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:{kind}="{key}"/></pic:blipFill></pic:pic>'
    )


def drawing(inside: str, click: str = "") -> str:
    return (
        f'<w:drawing><wp:inline><wp:docPr id="1" name="x" descr="seen">{click}</wp:docPr><a:graphic><a:graphicData>'
        f"{inside}</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )


def alternatives(newest: str, others: str | None = None) -> str:
    fallback = f"<mc:Fallback>{others}</mc:Fallback>" if others is not None else ""
    return f'<mc:AlternateContent><mc:Choice Requires="wps">{newest}</mc:Choice>{fallback}</mc:AlternateContent>'


IMAGE = '<img alt="seen" src="embedded:image1.png">'
CHART = "\n".join((
    "<p>Ships a year</p>",
    "<table><tr><td></td><td><p>North</p></td><td><p>South</p></td></tr><tr><td><p>Q1</p></td><td><p>1</p></td><td><p>3</p>"
    "</td></tr><tr><td><p>Q2</p></td><td><p>2</p></td><td><p>4.5</p></td></tr></table>",
))  # fmt: skip


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        (alternatives(drawing(shape("Box")), vml("Box")), "<p>ab</p>\n<p>Box</p>"),
        (alternatives(drawing(shape("Box"))), "<p>ab</p>\n<p>Box</p>"),
        (alternatives(drawing(shape("Box")), ""), "<p>ab</p>\n<p>Box</p>"),
        (drawing(shape("Box")), "<p>ab</p>\n<p>Box</p>"),
        (
            alternatives(drawing(f"<wpg:wgp>{shape('One')}{shape('Two')}</wpg:wgp>"), drawing(picture())),
            f"<p>a{IMAGE}b</p>\n<p>One</p>\n<p>Two</p>",
        ),
        (alternatives(drawing(f"<wpg:wgp>{picture()}{shape('Cap')}</wpg:wgp>")), f"<p>a{IMAGE}b</p>\n<p>Cap</p>"),
        (
            drawing(
                f"<wps:wsp><wps:txbx><w:txbxContent>{p('x')}<w:p><w:r>{drawing(shape('y'))}</w:r></w:p>{p('z')}"
                "</w:txbxContent></wps:txbx></wps:wsp>"
            ),
            "<p>ab</p>\n<p>x</p>\n<p>y</p>\n<p>z</p>",
        ),
        (vml("Box", "oval"), "<p>ab</p>\n<p>Box</p>"),
        # Hidden in the Selection Pane.
        (drawing(shape("NO")).replace("<wp:docPr ", '<wp:docPr hidden="1" '), "<p>ab</p>"),
        (alternatives(drawing(shape("NO")).replace("<wp:docPr ", '<wp:docPr hidden="1" '), vml("NO")), "<p>ab</p>"),
        (drawing(picture()).replace("<pic:cNvPr ", '<pic:cNvPr hidden="true" '), "<p>ab</p>"),
        (vml("NO").replace("<v:rect>", '<v:rect style="width:9pt;visibility:hidden">'), "<p>ab</p>"),
        ('<w:pict><v:shape><v:textpath string="Art"/></v:shape></w:pict>', "<p>ab</p>\n<p>Art</p>"),
        (
            drawing("<x:c xmlns:x='y'><a:txBody><a:p><a:r><a:t>In</a:t></a:r></a:p></a:txBody></x:c>"),
            "<p>ab</p>\n<p>In</p>",
        ),
        (alternatives("<x:symEx xmlns:x='y'/>", "<w:t>😀</w:t>"), "<p>a😀b</p>"),
        (drawing('<c:chart r:id="c1"/>'), f"<p>ab</p>\n{CHART}"),
        (drawing('<dgm:relIds r:dm="d1"/>'), "<p>ab</p>\n<p>Plan</p>\n<p>Build</p>"),
        (drawing(picture("web", "link")), '<p>a<a href="https://c.example/p.png">https://c.example/p.png</a>b</p>'),
        (drawing(picture(), '<a:hlinkClick r:id="gone"/>'), f"<p>a{IMAGE}b</p>"),
        (
            "<w:rPr><w:b/></w:rPr><w:t>x</w:t><w:pict><v:shape><v:imagedata r:id='no'/></v:shape></w:pict>",
            "<p>a<strong>x</strong>b</p>",
        ),
    ],
)
def test_what_a_drawing_says_and_shows_is_published(inside: str, shown: str) -> None:
    body = f"<w:p><w:r><w:t>a</w:t></w:r><w:r>{inside}</w:r><w:r><w:t>b</w:t></w:r></w:p>"
    assert content(body, RELATED, **PARTS) == shown
