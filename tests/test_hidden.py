"""What no browser shows is taken out of markup, and nothing else."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Source, SourceKind
from worker.entries.hidden import lost, without_hidden
from worker.entries.normalise import Context, normalise
from worker.entries.sanitise import sanitise
from worker.entries.warnings import describe_repairs, hidden_words
from worker.model import RawEntry
from worker.seeds.newswire.context import SeedContext
from worker.seeds.readers import html

SOURCE = Source("6ba7b812-9dad-11d1-80b4-00c04fd430c8", "quay", SourceKind.FEED, "Quay", "https://quay.example/feed")
NOW = datetime(2026, 11, 20, tzinfo=UTC)
CONTEXT = SeedContext(UTC, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "markup",
    [
        "<p hidden>NO</p>",
        "<p hidden=''>NO</p>",
        "<p HIDDEN=until-found>NO</p>",
        "<p style='display:none'>NO</p>",
        '<p style="color:red; DISPLAY : None !important">NO</p>',
        "<p style=display:none>NO</p>",
        "<p style='display&#58;none'>NO</p>",
        "<p style='display:/**/none'>NO</p>",
        "<span style='display:none;mso-hide:all'>NO</span>",
        "<div style='visibility:hidden'>NO</div>",
        "<div style='visibility: collapse'>NO</div>",
        "<div style='max-height:0px;overflow:hidden'>NO</div>",
        "<div hidden><div>NO</div>NO<p>NO</div>",
        "<div hidden><p>NO<br>NO</div>",
        "<ul><li>yes<li hidden>NO<li>yes</ul>",
        "<table><tr style='display:none'><td>NO<td>NO<tr><td>yes</table>",
        "<p hidden>NO<p>yes</p>",
        "<p hidden>NO<div>yes</div>",
        "<section><span hidden>NO</section>",
        "<p>yes <span hidden>NO</p>",
        "<font style='display:none'>NO</font>",
        "<my-note hidden>NO</my-note>",
        "<form hidden><b>NO</b></form>",
        "<dialog>NO</dialog>",
        "<datalist><option>NO</datalist>",
        "<style>.s { color: red; & .x { display: none } p { margin: 0 } }</style><div class=s><p class=x>NO</p></div>",
        "<style>.x { display: none; &:hover { color: red } }</style><p class=x>NO</p>",
        "<style>p { color: red; &.x { display: none } }</style><p class=x>NO</p>",
        "<style>p { .s & { display: none } }</style><div class=s><p>NO</p></div><p>yes</p>",
        "<style>.s, .t { > .x, > b { i { display: none } } }</style><div class=t><b><i>NO</i></b></div>",
        "<style>div { b { i { display: none } } }</style><div><b><i>NO</i></b></div>",
        "<style>@scope (.s) { .x { display: none } }</style><div class=s><p class=x>NO</p></div><p class=x>yes</p>",
        "<style>@layer a { @layer b { .x { display: none } } }</style><p class=x>NO</p>",
        "<style>p { @media screen { &.x { display: none } } }</style><p class=x>NO</p>",
        "<style>b::before { content: '} p {' } .x { display: none }</style><p class=x>NO</p>",
        "<style>.x { b { color: red } display: none }</style><p class=x>NO</p>",
        "<style>" + ".a," * 20_000 + ".x:is(p, .b), b { display: none }</style><p class=x>NO</p>",
        "<p hidden>NO" + "<a href=x>" * 10_000 + "</p>",
        "<p hidden>NO</p><a onclick='this" + ".parentNode" * 5_000 + "'></a>",
        "<p style='display:none ! important'>NO</p>",
        "<p style='display:none!important;display:block'>NO</p>",
        "<p style='content-visibility:hidden'>NO</p>",
        "<div style='height:0;width:0;overflow:hidden;opacity:0'>NO</div>",
        "<style>\n<!--\n.x{display:none}\n-->\n</style><p class=x>NO</p>",
        "<style>@media screen { .x { display: none } }</style><p class=x>NO</p>",
        '<style media="print, screen">.x{display:none}</style><p class=x>NO</p>',
        "<style MEDIA=all>.x{display:none}</style><p class=x>NO</p>",
        '<style media="">.x{display:none}</style><p class=x>NO</p>',
        "<style>@supports (display:grid){.x{display:none}}</style><p class=x>NO</p>",
        "<p>yes <ac:placeholder>NO</ac:placeholder></p>",
        "<p hidden>NO<!-- </p> -->NO</p>",
        "<p hidden>NO<script>'</p>'</script>NO</p>",
        "<style>.note { color: red; display: none }</style><p class='a note'>NO</p>",
        "<style>p.note, #x {visibility:hidden}</style><p class=note>NO</p><p id=x>NO</p>",
        "<style>@media print { p { display: block } } .note{display:none}</style><p class=note>NO</p>",
        "<img hidden src='NO.png'>",
        '<img hidden src="NO.png" />',
        '<p hidden class="a" >NO</p >',
        "<textarea hidden>NO</textarea>",
        "<div popover>NO</div>",
        "<style>.post .internal{display:none}</style><div class=post><p class='a internal'>NO</p></div>",
        "<style>section > .note{display:none}</style><section><p class=note>NO</p></section>",
        "<style>section p.note{display:none}</style><section><p class=note>NO</p></section>",
        "<style>b + i{display:none}</style><p><b></b><i>NO</i></p>",
        "<style>#main .internal{visibility:hidden}</style><div id=main><p class=internal>NO</p></div>",
        "<style>[data-internal]{display:none}</style><p data-internal>NO</p>",
        "<style>p[data-to='staff'] {display:none}</style><p data-to=staff>NO</p>",
        "<style>:is(.q, .r){display:none}</style><p class=q>NO</p>",
        "<style>section p:not(.on){display:none}</style><section><p>NO</p></section>",
        "<style>.s p:first-child{display:none}</style><div class=s><p>NO</p></div>",
        "<style>@layer base { .s .x{display:none} }</style><div class=s><p class=x>NO</p></div>",
        "<style>.x{display:none!important}</style><p class=x style='display:block'>NO</p>",
        "<style>.s .x{display:none!important} .s .x.on{display:block}</style><div class=s><p class='x on'>NO</p></div>",
        "<style>"
        + "".join(f".a{n}{{display:none}}" for n in range(2000))
        + ".x{display:none}</style><p class=x>NO</p>",
    ],
)
def test_hidden_parts_leave_and_what_is_around_them_stays(markup: str) -> None:
    kept, taken = without_hidden(f"<p>yes before</p>{markup}<p>yes after</p>")
    assert "NO" not in kept
    assert taken
    shown = sanitise(kept, "https://a.example/")
    assert shown.startswith("<p>yes before</p>")
    assert shown.endswith("<p>yes after</p>")
    assert kept.count("yes") == 2 + markup.count("yes")


_TEXT = " ".join(f"word{n}" for n in range(60))
_SLIDE = "<div class=slide><img src='{0}.jpg'><p>yes {0}</p></div>"


@pytest.mark.parametrize(
    ("markup", "on_pages"),
    [  # on_pages: whether it stays on an editor's page, too, since a state of the page, or an opener, refers to it
        ("<style>.s .slide{display:none}</style><p>a</p><div class=s>"
         + _SLIDE.format(1) + _SLIDE.format(2) + "<a class=next>Next</a></div>", False),
        ("<style>.slide{display:none}.slide:first-child{display:block}</style><p>a</p><div>"
         + _SLIDE.format(1) + _SLIDE.format(2) + "</div>", False),
        ("<style>.s > div:not(:first-child){display:none}</style><div class=s>"
         "<div>yes 1</div><div>yes 2</div></div>", False),
        ("<style>.panel{display:none}</style><p>a</p><button>Q</button><div class=panel>yes 1</div><p>yes 2", False),
        ("<style>.t{display:none}</style><p>a</p><button onclick=\"open(event, 'x')\">X</button><hr>"
         "<div id=x class=t>yes 1</div><p>yes 2</p>", True),
        ("<style>.faq > .panel{max-height:0;overflow:hidden}.faq.open > .panel{max-height:9em}</style>"
         "<div class=faq><h3>yes 1</h3><div class=panel>yes 2</div></div>", False),
        ("<style>.tabs [role=tabpanel]:not(.active){display:none}</style><div class=tabs>"
         "<div role=tabpanel class=active>yes 1</div><div role=tabpanel>yes 2</div></div>", True),
        ("<style>.g .item{display:none}.g .item.active{display:block}</style><div class=g>"
         "<div class='item active'>yes 1</div><div class=item>yes 2</div></div>", True),
        ("<style>.tab{display:none}.active{display:block}</style><div>"
         "<div class='tab active'>yes 1</div><div class=tab>yes 2</div></div>", True),
        ("<style>.more{display:none} #t:checked ~ .more{display:block}</style>"
         "<p>yes 1</p><input id=t type=checkbox><div class=more>yes 2</div>", True),
        ("<style>[x-cloak]{display:none !important}</style><p>a</p><div x-cloak>yes</div>", True),
        ("<p>a</p><div x-show=open style='display:none'>yes</div>", True),
        ("<style>[v-cloak]{display:none}</style><p>a</p><p v-cloak>yes</p>", True),
        ("<style>.ng-cloak{display:none}</style><p>a</p><div class=ng-cloak>yes</div>", True),
        ("<p>a</p><h3><button aria-controls=s>yes</button></h3><hr><div id=s hidden>yes</div>", True),
        ("<p>a <a href='#' onclick='more()'>More</a></p><p hidden>yes</p><p hidden>yes</p>", False),
        ("<p>a</p><div><div><button>Q</button></div><div><div style='display:none'>yes</div></div></div>", False),
        ("<p>a <a onclick=\"show('m')\">More</a></p><p>b</p><div id=m style='display:none'>yes</div>", True),
        ("<p>a<a href='#n1'>1</a></p><p>b</p><div id=n1 style='display:none'>yes</div>", True),
        ("<style>.later{display:none}</style><p>a</p><p class=later>yes</p><p>b</p>"
         "<script>for (const one of document.querySelectorAll('.later')) one.style.display = 'block'</script>", True),
        ("<style>img.lazy{display:none}</style><p>a</p><img class=lazy src=blank.gif>"
         "<noscript><img class=lazy src=a.jpg></noscript>", True),
        ("<style>.lazy-box{visibility:hidden}</style><p>a</p><figure class=lazy-box><img data-src=b></figure>", True),
        ("<style>.a{display:none}</style><p>a</p><div class=qa><h3>Q</h3><div class=a>yes</div></div>", False),
        ("<h3>Q 1</h3><div style='display:none'>yes</div><h3>Q 2</h3><div style='display:none'>yes</div>", False),
        ("<p>a</p><div class=w><div class=h>Spoiler</div><div style='display:none'>yes</div></div>", False),
        ("<p>a</p><div class=myTabs><div style='display:none'>yes</div></div>", False),
        ("<div><div class=c style='display:block'>1</div><div class=c style='display:none'>yes</div></div>", False),
        ("<style>ul.g li{display:none}</style><p>a</p><ul class=g><li>yes 1</li><li>yes 2</li></ul>", False),
        ("<p>a</p><div class='wow fadeIn' style='visibility:hidden'>yes</div>", False),
        ("<p>a</p><div style='display:none'>" + _TEXT + "</div>", False),
        ("<p>a</p><a href='#' data-bs-target='.m'>More</a><div><p class=m hidden>yes</p></div>", True),
        ("<p>a</p><button commandfor=d command=show-modal>M</button><hr><div popover id=d>yes</div>", True),
        ("<p>a</p><button @click.prevent=\"$('.b .m').show()\">M</button><hr><div class=m hidden>yes</div>", True),
        ("<p>a</p><button onclick='m.hidden = false'>M</button><hr><div id=m hidden>yes</div>", True),
        ("<p>a</p><button onclick='this.nextElementSibling.hidden = false'>Q</button><div hidden>yes</div>", True),
        ("<h3><a onclick='this.parentNode.nextElementSibling.hidden = 0'>Q</a></h3><p hidden>yes</p><p>a</p>", True),
        ("<style>.p{display:none}</style><button class=q>Q</button><div class=p>yes</div><p>a</p><script>for (const one"
         " of document.getElementsByClassName('q')) one.onclick = () => show(one.nextElementSibling)</script>", True),
        ("<p>a</p><button onclick='print()'>Print</button><p hidden>yes</p>", False),
        ("<style>.note{display:none}</style><p>a</p><button>Print</button><p class=note>yes</p>", False),
        ("<p>a</p><button onclick=\"one.style.display = 'block'\">Q</button><p class=block hidden>yes</p>", False),
        ("<p>a</p><script>page.note = 1</script><div><p class=note hidden>yes</p></div>", False),
        ("<p>a</p><div role=tabpanel aria-labelledby=t hidden>yes</div>", False),
        ("<div class='s-a slide active'>yes</div><style>.slide{display:none}.slide.active{display:block}</style>"
         "<div class=slide id=b>yes</div>", True),
        ("<style>details > p{display:none} details[open] > p{display:block}</style>"
         "<details><summary>yes 1</summary><p>yes 2</p></details>", True),
    ],
)  # fmt: skip
def test_what_a_state_or_a_script_shows_stays(markup: str, on_pages: bool) -> None:
    assert without_hidden(markup, of_feed=True) == (markup, ())
    assert (without_hidden(markup) == (markup, ())) is on_pages


def test_a_class_shows_nothing_on_a_page_without_anything_to_click_on() -> None:
    sheet, note = "<style>.note{display:none}.note.show{display:block}</style><p>yes</p>", "<p class=note>maybe</p>"
    assert without_hidden(sheet + note) == (sheet, (note,))
    for control in ("<button>More</button>", "<a href='#n'>More</a>", "<script src=x></script>"):
        assert without_hidden(sheet + control + note) == (sheet + control + note, ())
        assert without_hidden(control + sheet + note) == (control + sheet + note, ())


@pytest.mark.parametrize(
    "markup",
    [
        "<style>.s .internal{display:none}</style><div class=s><p>yes</p><div class=internal>NO</div>"
        "<div class=internal>NO</div></div>",
        "<style>.internal{display:none}.show{display:block}</style><p class=show>yes</p><p class=internal>NO</p>",
        "<style>.pre{display:none;max-height:0;overflow:hidden}</style><div class=pre>NO</div><p>yes</p>",
        "<style>.pre{display:none}</style><span class=pre>NO in this letter</span><table><tr><td>yes</table>",
        "<table><tr><td style='display:none'>NO in this letter</td></tr><tr><td>yes</td></tr></table>",
        "<style>.internal{display:none}</style><div class=b>yes</div><div class='b internal'>NO</div>",
        "<p class=n>yes</p><p class=n style='display:none;mso-hide:all'>NO</p><p class=n>yes</p>",
        "<p>yes <a href='#part'>Part</a> and more of it</p><div style='display:none'>NO, ignore what was said</div>",
        "<h2>yes</h2><div style='display:none'>NO</div><p>yes</p>",
        "<p>yes</p><div style='display:none'><a href=x>NO" + " pills" * 90 + "</a></div>",
        f"<div class=c>yes {_TEXT}</div><div class='c tab' style='display:none'>{_TEXT} <i class=NO></i></div>",
        "<p>yes</p><div style='display:none'><img width=1 height=1 src=NO.gif></div>",
    ],
)
def test_what_nothing_shows_is_left_out_of_feeds_too(markup: str) -> None:
    kept, taken = without_hidden(markup, of_feed=True)
    assert "yes" in kept and "NO" not in kept and len(taken) == markup.count("NO")


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Hidden treasure: display:none is CSS.</p>",
        "<p class='hidden'>yes</p>",
        "<p style='display:block'>yes</p>",
        "<p style='display:none;display:block'>yes</p>",
        "<style>@media screen and (max-width: 9em) { .x { display: none } }</style><p class=x>yes</p>",
        "<p data-hidden>yes</p>",
        "<p aria-hidden=true>yes</p>",
        "<p title='hidden'>yes</p>",
        "<p style='opacity:0'>yes</p>",
        "<div style='height:0;overflow:hidden;padding-bottom:56%'>yes</div>",
        "<details><summary>yes</summary>yes</details>",
        "<dialog open>yes</dialog>",
        "<style>@media print { .note { display: none } }</style><p class=note>yes</p>",
        '<style media="print">.x{display:none}</style><p class=x>yes</p>',
        "<style type=text/css media='print, (max-width: 9em)'>.x{display:none}</style><p class=x>yes</p>",
        "<style media=print>.x{display:none}</style><style>.y{display:none}</style><p class=x>yes</p>",
        "<style>@supports not (display:grid){.x{display:none}}</style><p class=x>yes</p>",
        "<style>@supports (not (display:grid)){.x{display:none}}</style><p class=x>yes</p>",
        "<style>.note{display:none} .note.on{display:block}</style><p class='note on'>yes</p>",
        "<style>.note{display:none}</style><p class=note style='display:block'>yes</p>",
        "<style>.js .note{display:none}</style><p class=note>yes</p>",
        "<style>.s > .note{display:none}</style><div class=s><div><p class=note>yes</p></div></div>",
        "<style>.s .note{display:none} .s .on{display:block}</style><div class=s><p class='note on'>yes</p></div>",
        "<style>.s .note{display:none}</style><div class=s><p class=note style='display:block'>yes</p></div>",
        "<style>.s p:hover, .s p::before, .s p:unheard-of, p[{display:none}</style><div class=s><p>yes</p></div>",
        "<style>@media print{.s p{display:none}}</style><div class=s><p>yes</p></div>",
        "<body style='visibility:hidden'><p>yes</p></body>",
        "<style>.s { .x { display: none } }</style><p class=x>yes</p>",
        "<style>.x { @media print { display: none } }</style><p class=x>yes</p>",
        "<style>.x { @container (width < 9em) { display: none } }</style><p class=x>yes</p>",
        "<style>@container side (width < 9em) { .x { display: none } }</style><p class=x>yes</p>",
        "<style>@scope (.s) to (.x) { p { display: none } }</style><div class=s><p class=x>yes</p></div>",
        "<style>@starting-style { .x { display: none } }</style><p class=x>yes</p>",
        "<style>.x { display: none; .on & { display: block } }</style><div class=on><p class=x>yes</p></div>",
        "<style>b::before { content: '} p { display: none } ' }</style><p>yes</p>",
        "<style>" + "p{" * 5000 + "display:none" + "}" * 5000 + "</style><p>yes</p>",
        "<!-- <p hidden> --><p>yes</p>",
        "<div style='display:none'>All that there is.</div>",
    ],
)
def test_what_is_shown_stays(markup: str) -> None:
    assert without_hidden(markup) == (markup, ())


def test_what_a_reader_of_a_page_kept_is_not_judged_again() -> None:
    own = Source("6ba7b812-9dad-11d1-80b4-00c04fd430c9", "own", SourceKind.SEEDS, "Own", "")
    part = "<p style='display:none'>{}</p>"
    page = f"<h1>Quay</h1><p>a <a onclick='more(a1)'>More</a></p>{part}".format("NO: ask the harbour office")
    read = html.read(page + "<p id=a1 hidden>yes</p>", "", CONTEXT).entry
    entry = normalise(read, Context(own, "local:/", NOW), "urn:x:1")
    assert "yes" in entry.content and "NO" not in entry.content
    markdown = RawEntry(title="Quay", content=f"<p>yes</p>{part}".format("NO: ask the harbour office"))
    for one in (entry, normalise(markdown, Context(own, "local:/", NOW), "urn:x:2")):
        told = "1 hidden parts with words were left out, like 'NO: ask the harbour office', 5 words in all"
        assert hidden_words(dict(one.altered)) == told


def test_words_that_nothing_shows_are_told() -> None:
    note = "For the editor: " + " ".join(f"word{n}" for n in range(12))
    letter = f"<p>Seen.</p>{'<p>More is seen here.</p>' * 60}<p hidden>{{}}</p><p hidden>A few words.</p>"
    raw = [
        RawEntry(guid="1", content=letter.format(note)),
        RawEntry(guid="2", title="B", content=letter.format("Short")),
    ]
    entries = [normalise(one, Context(SOURCE, "https://a.example/", NOW), f"urn:x:{one.guid}") for one in raw]
    told = describe_repairs(raw, entries)
    assert told[0].startswith("W_HIDDEN: 1 hidden parts with words were left out, like 'For the editor: word0")
    assert told[0].endswith(", 27 words in all")
    assert told[1:] == ("W_ALTER: 3 hidden parts were left out",)
    assert note[:50] in lost(*without_hidden(letter.format(note)), of_feed=True)[0]


@given(st.lists(st.sampled_from(
    ["<p>", "<p hidden>", "</p>", "<div hidden>", "</div>", "<li hidden>", "<ul>", "</ul>", "<img hidden>", "a", "<b>",
     "</b>", "<style>p{display:none}", "</style>", "<!--", "-->", "<td style='display:none'>", "<", ">", "'", '"']
), max_size=40))  # fmt: skip
def test_any_markup_loses_only_whole_parts(parts: list[str]) -> None:
    html = "".join(parts)
    kept, taken = without_hidden(html)
    assert len(kept) + sum(map(len, taken)) == len(html)
