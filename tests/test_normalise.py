"""Whatever a source says becomes an Entry that the rest of the program may trust."""

import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model import Enclosure, Entry, Origin, Person, Source, SourceKind
from feeds.text import dates
from feeds.text.plaintext import plain, xml_safe
from worker.entries.markup import rotated, shows_the_same
from worker.entries.normalise import Context, normalise
from worker.entries.sanitise import sanitise, text_of_sanitised
from worker.model import Document, RawEntry
from worker.parse import parse

NOW = datetime(2026, 11, 20, 8, 30, 15, 250_000, tzinfo=UTC)
SOURCE = Source(key="8f4b1c54-5b0e-4c0e-9d6f-1f2f5a0d3c11", slug="site", kind=SourceKind.FEED, title="Site")
BASE = "https://site.example/blog/feed.xml"
PAGE = "https://site.example/blog/1"
CONTEXT = Context(source=SOURCE, base=BASE, now=NOW, language="en")
ID = "urn:uuid:4b4cbf0e-1b1c-4a43-9a7f-2d9a5f3c7e10"


def entry_of(context: Context = CONTEXT, /, **said: Any) -> Entry:
    return normalise(RawEntry(**{"link": PAGE, **said}), context, ID)


# The oracle: what a browser would build of published content.

FORBIDDEN = {"script", "style", "iframe", "frame", "object", "embed", "svg", "math", "form", "input", "button", "link"}
FORBIDDEN |= {"meta", "base", "textarea", "select", "template", "noscript", "title", "applet", "canvas"}
URLS = {"href", "src", "poster", "action", "cite", "background", "data", "srcset", "formaction", "xlink:href"}


def faults(html: str) -> list[str]:
    """Why HTML may not be published; empty when it may."""
    found = [] if xml_safe(html) == html else ["characters"]
    tree = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)
    for element in tree.iter():
        if element is tree:
            continue
        if not isinstance(element.tag, str):
            found.append("comment")
            continue
        if element.tag in FORBIDDEN:
            found.append(element.tag)
        for name, value in element.attrib.items():
            if name.startswith("on") or name in ("style", "class", "id", "name", "srcset", "autoplay", "target"):
                found.append(f"{element.tag} {name}")
            if name in URLS and not re.fullmatch(r"(?:https?://[a-z0-9\[]|(?:mailto|tel):)[!-~]*", value):
                found.append(f"{element.tag} {name}={value}")
        if element.tag == "img" and (
            not element.get("src") or {element.get("width"), element.get("height")} & {"0", "1"}
        ):
            found.append("pixel")
    return found


# Content.


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
        ("a &lt; b &amp; c", "a &lt; b &amp; c"),
        ('<a href="/x y|z">l</a>', '<a href="https://site.example/x%20y%7Cz">l</a>'),
        ('<a href="2">l</a>', '<a href="https://site.example/blog/2">l</a>'),
        ('<a href="//e.example/đ">l</a>', '<a href="https://e.example/%C4%91">l</a>'),
        ('<a href="#note">l</a>', '<a href="https://site.example/blog/1#note">l</a>'),
        ('<a href="mailto:a@e.example?subject=x y">l</a>', '<a href="mailto:a@e.example?subject=x%20y">l</a>'),
        ('<a href="http://u:p@e.example/">l</a>', '<a href="http://e.example/">l</a>'),
        ('<a href=" java\nscript:alert(1)">l</a>', "<a>l</a>"),
        ('<a href="&#1;javascript:alert(1)" onclick="x()">l</a>', "<a>l</a>"),
        ('<a href="data:text/html,x">l</a>', "<a>l</a>"),
        ('<a href="">l</a>', "<a>l</a>"),
        ('<p style="x" class="y" id="z" lang="vi" title="t" dir="RTL">p</p>', '<p lang="vi" dir="rtl">p</p>'),
        ('<p lang="vi_VN">a</p><p lang="x y!">b</p>', '<p lang="vi-VN">a</p><p>b</p>'),
        ('<q cite="/c">a</q><del cite="javascript:x" datetime="2024-12-16">b</del>',
         '<q cite="https://site.example/c">a</q><del datetime="2024-12-16">b</del>'),
        ('<nav><menu type="x"><li>a</menu></nav><bdo dir="RTL">b</bdo>',
         '<nav><menu><li>a</li></menu></nav><span dir="rtl">b</span>'),
        ('<ol type="a" start="3"><li value="7">a</ol>', '<ol type="a" start="3"><li value="7">a</li></ol>'),
        ("<script>x</script><style>y</style><svg><a>z</a></svg><template>w</template>p", "p"),
        ("<form action=/x><input name=a>text</form>", "<div>text</div>"),
        ("<iframe></iframe><object></object><embed src=x>", ""),
        ("<!-- c --><![CDATA[x]]>y", "xy"),
        ('<img src="a.png" width="300px" height="50%" onerror="x()">',
         '<img src="https://site.example/blog/a.png" width="300">'),
        ('<img src="a.png" srcset="b.png 2x" sizes="1" loading="lazy">', '<img src="https://site.example/blog/a.png">'),
        ('x<img src="p.gif" width="1" height="1">', "x"),
        ('x<img src="p.gif" height=0>', "x"),
        ('x<img src="data:image/gif;base64,R0">', "x"),
        ('<img src="data:image/gif;base64,R0" data-src="/real.png" alt="a">',
         '<img src="https://site.example/real.png" alt="a">'),
        ("<picture><source srcset=a.webp><img src=a.png></picture>",
         '<picture><img src="https://site.example/blog/a.png"></picture>'),
        ('<video autoplay src="v.mp4" poster="p.png"></video>',
         '<video src="https://site.example/blog/v.mp4" poster="https://site.example/blog/p.png" controls=""></video>'),
        ('<video poster="javascript:x"><source src="v.webm" type="video/webm"></video>',
         '<video controls=""><source src="https://site.example/blog/v.webm" type="video/webm"></video>'),
        ("a\x0bb&#1;c\ufffed\ud800e&#xFFFE;f", "a b cdef"),
        ("<p>unclosed <b>b", "<p>unclosed <b>b</b></p>"),
    ],
)  # fmt: skip
def test_foreign_html_becomes_harmless(html: str, safe: str) -> None:
    assert sanitise(html, BASE, PAGE) == safe
    assert faults(safe) == []


@pytest.mark.parametrize(
    ("html", "shown", "altered"),
    [
        # Frames, objects and players: a link; their own words, if they have any.
        ('<iframe src="//v.example/e?a=1&amp;b=2" title="The film"></iframe>z',
         '<a href="https://v.example/e?a=1&amp;b=2">The film</a> z', "1 frames became links"),
        ('<iframe src="https://v.example/e"/>z', '<a href="https://v.example/e">v.example</a> z',
         "1 frames became links"),
        ('<iframe src="//t.example/p" width=1></iframe><iframe src="/x" style="display: none"></iframe>z', "z", ""),
        ('<object data="/a.pdf"><p>Words</p></object><embed src="https://v.example/b.mp3">',
         '<a href="https://site.example/a.pdf">/a.pdf</a> <p>Words</p> <a href="https://v.example/b.mp3">v.example</a>',
         "2 frames became links"),
        # Formulas: MathML Core, its prefixes, annotations and what nothing ends.
        ("<math display=block><msup><mi>e</mi><mrow><mi>k</mi><mi>t</mi></mrow></msup></math>", "e<sup>kt</sup>",
         "1 formulas became text"),
        ("<mml:math><mml:msqrt><mml:mi>x</mml:mi><mml:mo>&plus;</mml:mo><mml:mn>1</mml:mn></mml:msqrt></mml:math>",
         "√(x + 1)", "1 formulas became text"),
        ("<math><mfrac><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow><mn>2</mn></mfrac></math>", "(a &lt; b)/2",
         "1 formulas became text"),
        ("<math><semantics><msub><mi>x</mi><mn>1</mn></msub><annotation>x_1</annotation></semantics></math>",
         "x<sub>1</sub>", "1 formulas became text"),
        ("<math><semantics><annotation>x_1</annotation></semantics></math>", "x_1", "1 formulas became text"),
        ('<math alttext="x^2"></math>', "x^2", "1 formulas became text"),
        ("<p>a<math><mi>x</mi><p>after", "<p>ax</p><p>after</p>", ""),
        ('<span class="katex"><math><mi>x</mi></math><span class="katex-html"><span>x</span></span></span>z',
         "<span>x</span>z", "1 formulas became text"),
        ('<span class="katex"><span class="katex-html">x</span></span>z', "<span><span>x</span></span>z", ""),
        ("<math>" + "<mrow>" * 60 + "<mn>2</mn><mfrac><mn>1</mn><mrow><mn>2</mn><mi>x</mi></mrow></mfrac><mi>y</mi>"
         + "</mrow>" * 60 + '<mfrac linethickness="0"><mi>n</mi><mi>k</mi></mfrac></math>', "2 1/(2x) y n; k",
         "1 formulas became text"),
        ('<script type="math/tex">a<b</script>', "a&lt;b", "1 formulas became text"),
        # Drawings.
        ("<svg><title>Map</title><desc>The port.</desc><text>Quay <tspan>1</tspan></text><style>x</style></svg>z",
         "Map. The port. Quay 1 z", "1 drawings became their words"),
        ("a<svg><path d=z /></svg>b", "ab", "1 drawings without words were left out"),
        ("caf\ufffd, na\ufffd\ufffdve", "caf?, na?ve", "3 damaged characters became question marks"),
        ("&#55357;&#56832;, &#12;", "😀,", ""),
        # Fields, and what an HTML parser takes for a comment.
        ("<select><option>One<option>Two</select><textarea>a <b></textarea>",
         "<ul><li>One</li><li>Two</li></ul><pre>a &lt;b&gt;</pre>", "2 fields of forms became text"),
        ("<![CDATA[<p>One</p>]]>", "<p>One</p>", ""),
        ("I </3 it, <?> <!important> <!doctype html><?xml?><![if !mso]>y<![endif]><!-- <math> -->z",
         "I &lt;/3 it, &lt;?&gt; &lt;!important&gt; yz", ""),
        ('<p>A</p><?php $a->b("<i>hunter2</i>"); ?><p>B<?= $x > 1 ?></p><% if (x > 1) %><!ENTITY x "y"><? echo 1; ?>C',
         "<p>A</p><p>B</p>C", "5 pieces of a server's code were left out"),
        ('<pre><?php $a->b(); ?></pre><code><% x %></code> <a href="/<?php echo $x; ?>">B</a>',
         '<pre>&lt;?php $a-&gt;b(); ?&gt;</pre><code>&lt;% x %&gt;</code> <a href="/">B</a>',
         "1 pieces of a server's code were left out"),
        ('A<?xml:namespace prefix="o" ns="u" /><p>really?></p><?php $a = "hunter2";<p>B</p><?',
         "A<p>really?></p><p>B</p>&lt;?", "1 pieces of a server's code were left out"),
        ("A <text>word</text>, a <list>of</list> <o:p><set>them</set></o:p>", "A word, a of them", ""),
        # What would take the words after it along, and what a "<" begins that is no tag.
        ('<p>See <a href="/r>the report</a>.</p><p class="b">Two</p>',
         '<p>See <a href="/r">the report</a>.</p><p>Two</p>', ""),
        ("<p>One</p><!--more-><p>Two</p><!-- more --!<p>Three</p>", "<p>One</p><p>Two</p><p>Three</p>", ""),
        ("<p>One</p><!-- note <p>Two</p>", "<p>One</p>", "1 comments without an end were left out with what follows"),
        ("<style>p{} <p>One</p>", "<p>One</p>", ""),
        ("<title>Head<p>One</p>", "Head<p>One</p>", ""),
        ("<p>One</p><script>x<p>Two</p>", "<p>One</p>", "1 scripts without an end were left out with what follows"),
        ("<template><p>One</p></template>z", "z", "1 templates for scripts were left out"),
        ("<template shadowrootmode=open><p>One</p></template><template>z", "<p>One</p>z", ""),
        ("<noembed>a<noframes>b<plaintext>c<p>d</p>", "abc<p>d</p>", ""),
        ("<!CDATA[One]]> <![CDATA [two]]> <![cdata[three]]>", "One two three", ""),
        ("<p>one <x <y> two three</p><p>Four</p>", "<p>one &lt;x two three</p><p>Four</p>", ""),
        ("<p>the <title tag is> good</p>", "<p>the &lt;title tag is&gt; good</p>", ""),
        ("if a < b and b<c then <T> vector<int> x", "if a &lt; b and b&lt;c then &lt;T&gt; vector&lt;int&gt; x", ""),
        ("<p>if x<y then z; if y>x then w</p>", "<p>if x&lt;y then z; if y&gt;x then w</p>", ""),
        ("<p>One</p><script src=x.js><p>Two</p>", "<p>One</p><p>Two</p>", ""),
        ('<b title="a<b" data-x="<i>y</i>">An <an@b.example></b>', "<b>An &lt;an@b.example&gt;</b>", ""),
        # Elements that would let words run together.
        ("<fieldset><legend>Port</legend>in field</fieldset><form>b</form>c",
         "<div><p>Port</p>in field</div><div>b</div>c", ""),
        ('a<img src="data:x" alt="Chart">b', "a Chart b",
         "1 pictures without an address of the web became their words"),
        # Pictures whose address is for a script, for another format or for a larger screen.
        ('<img data-srcset="/a-4.jpg 400w, /a-8.jpg 800w">', '<img src="https://site.example/a-8.jpg">', ""),
        ('<img src="data:x" srcset="/w_1,h_2/a.jpg 1x, /w_3,h_4/a.jpg 2x">',
         '<img src="https://site.example/w_3,h_4/a.jpg">', ""),
        ("<picture><source srcset='/c.avif'><source srcset='/c.jpg 1x'><img alt=c></picture>",
         '<picture><img src="https://site.example/c.jpg" alt="c"></picture>', ""),
        ('<img src="/lazy-blank.gif" data-hires="https://e.example/d.png?w=1">',
         '<img src="https://e.example/d.png?w=1">', ""),
        ('<img src="data:x"><noscript><img src="/d.jpg" alt="d"></noscript>',
         '<img src="https://site.example/d.jpg" alt="d">', ""),
        ('<img data-src="/d.jpg"><noscript><img src="/d.jpg"></noscript>', '<img src="/d.jpg">', ""),
        ('a<noscript>Turn it on.<img src="//t.example/p" width=1></noscript>', "a",
         "1 notes for readers without scripts were left out"),
        ('a<noscript><iframe src="//v.example/e"></iframe></noscript>', 'a <a href="//v.example/e">v.example</a> ',
         "1 frames became links"),
        ('<noscript><a href="/p">the poll</a></noscript>', '<a href="/p">the poll</a>', ""),
        ('<noscript>See <a href="/p">the poll</a></noscript>', '<a href="/p">the poll</a>',
         "1 notes for readers without scripts were left out"),
        ('<img src="//z.example/whitedot.jpg" data-actualsrc="/b">', '<img src="/b">', ""),
        ('<img src="none.gif" zoomfile="/z.jpg" file="/b.jpg"><img src="/a.jpg" nitro-lazy-src="/n">',
         '<img src="/b.jpg"><img src="/n">', ""),
        ('<img src="/a.gif" data-pagespeed-lazy-src="/b.jpg.pagespeed.ic.x.webp">',
         '<img src="/b.jpg.pagespeed.ic.x.webp">', ""),
        ('<img data-cfsrc="/b.jpg" style="display:none;visibility:hidden">z', '<img src="/b.jpg">z', ""),
        ('<div data-bg="/b.jpg"></div><a data-background-image="url(\'/c.jpg\')"></a>',
         '<div><img src="/b.jpg"></div><a><img src="/c.jpg"></a>', "2 backgrounds of empty boxes became pictures"),
        ('<div role="img" aria-label="A map" style="background:url(/m.png)"></div>',
         '<div><img src="/m.png" alt="A map"></div>', "1 backgrounds of empty boxes became pictures"),
        ('<i role="img" aria-label="Rain"></i><i aria-label="no"></i><i role="img" aria-label="Sun">☀</i>',
         "<i>Rain</i><i></i><i>☀</i>", ""),
        ('<svg role="img" aria-label="The port"><path d=z /></svg>', "The port", "1 drawings became their words"),
        # Pages of frames, and of AMP.
        ('<frameset><frame src="/m.html"><frame src="/n.html" title="News"><noframes><body><p>All</p></body></noframes>'
         "</frameset>",
         '<div><p> <a href="/m.html">/m.html</a> </p><p> <a href="/n.html">News</a> </p><p>All</p></div>',
         "2 frames became links"),
        ("a<noframes>b</noframes>", "a", ""),
        ('<amp-anim src="/a.gif"></amp-anim><amp-video src="/v.mp4"><p>Film</p></amp-video>'
         '<amp-audio src="/s.mp3"></amp-audio>',
         '<img src="/a.gif"><video src="/v.mp4"><p>Film</p></video><audio src="/s.mp3"></audio>', ""),
        ('<img src="spinner.svg" data-srcset="/d.jpg 1x">', '<img src="/d.jpg">', ""),
        ("<picture><source srcset='/c.avif'><source srcset='/c.jpg 9w'></picture>",
         '<picture><img src="/c.jpg"></picture>', ""),
        ('<image src="/d.jpg"><input type=image src="/e.jpg" alt=e />',
         '<img src="/d.jpg"><img src="/e.jpg" alt="e">', ""),
        ('<div style="background: url(&quot;/d.jpg&quot;)"> </div>', '<div><img src="/d.jpg"></div>',
         "1 backgrounds of empty boxes became pictures"),
        ('<div style="background-image:url(/d.jpg)">a</div>', "<div>a</div>", ""),
        # Players and frames whose address a script knows.
        ('<video data-src="/v.mp4"></video><audio><source data-src=/v.mp3></audio>',
         '<video src="/v.mp4"></video><audio><source src="/v.mp3"></audio>', ""),
        ('<div data-oembed-url="https://v.example/e"></div>',
         '<div> <a href="https://v.example/e">v.example</a> </div>', "1 frames became links"),
        ('<div data-oembed-url="https://v.example/e"><iframe src="https://v.example/e"></iframe></div>',
         '<div> <a href="https://v.example/e">v.example</a> </div>', "1 frames became links"),
        ('<p class="fb-video" data-href="https://f.example/v/1"></p>',
         '<p> <a href="https://f.example/v/1">f.example</a> </p>', "1 frames became links"),
        ('<lite-youtube videoid="a-1" title="Tide"></lite-youtube><amp-youtube data-videoid="b"></amp-youtube>',
         '<a href="https://www.youtube.com/watch?v=a-1">Tide</a> '
         '<a href="https://www.youtube.com/watch?v=b">www.youtube.com</a>', "2 frames became links"),
        ('<amp-iframe src="https://v.example/e"></amp-iframe><script src="https://gist.github.com/a/b.js"></script>',
         '<a href="https://v.example/e">v.example</a> <a href="https://gist.github.com/a/b">gist.github.com</a>',
         "2 frames became links"),
        ('<iframe srcdoc="<p>Tide &amp;amp; wind</p>"></iframe>', "<p>Tide &amp; wind</p>",
         "1 frames became their words"),
        ("<pre>#include <stdio.h>\n<sys/types.h> vector<int> x <b>y</b> <x>z</x></pre>",
         "<pre>#include &lt;stdio.h>\n&lt;sys/types.h> vector&lt;int> x <b>y</b> z</pre>", ""),
        ("<pre>map<std::string,int> m; if (a<b && c>d) f<Bar*>(x); for(i=0;i<n;i++){a[i]=b>c;} <b>y</b></pre>",
         "<pre>map&lt;std::string,int&gt; m; if (a&lt;b &amp;&amp; c&gt;d) f&lt;Bar*&gt;(x); "
         "for(i=0;i&lt;n;i++){a[i]=b&gt;c;} <b>y</b></pre>", ""),
        ("<pre><xs:schema xmlns:xs='x'><xs:element/></xs:schema> x<o:p></o:p></pre>",
         "<pre>&lt;xs:schema xmlns:xs='x'&gt;&lt;xs:element/&gt;&lt;/xs:schema&gt; x</pre>", ""),
        ("<p>A List<String>, map<K,V>, x<wbr>y z<o:p></o:p> <Tip>w</Tip> v<my-el>u</my-el></p>",
         "<p>A List&lt;String&gt;, map&lt;K,V&gt;, x<wbr>y z w vu</p>", ""),
        ("<xmp>a <b></xmp>c<xmp>d", "<pre>a &lt;b&gt;</pre>cd", ""),
        ('<map><area href="/n" alt="North"><area href="s.html" alt="South"><area nohref alt=""></map>',
         '<a href="/n">North</a> <a href="s.html">South</a>', ""),
        ('<map><area href="javascript:x" alt="North"></map>', "<a>North</a>", ""),
        ('<svg><a xlink:href="https://v.example/"><text>Quay</text></a><image href="/d.jpg"/></svg>',
         'Quay <a href="https://v.example/">v.example</a> <img src="/d.jpg">', "1 drawings became their words"),
        ('<img alt="A &quot;cat&quot;" src="data:x"><img src="data:x">', "A &quot;cat&quot;",
         "1 pictures without an address of the web became their words, "
         "1 pictures without an address of the web were left out"),
        # Links that programs of the reader open, and those that nothing may.
        ('<a href="TEL:+84 1">a</a><a href="magnet:?xt=urn:btih:x&amp;dn=y">b</a><a href="ftp://f.example/x y">c</a>',
         '<a href="tel:+84%201">a</a><a href="magnet:?xt=urn:btih:x&amp;dn=y">b</a><a href="ftp://f.example/x%20y">c</a>',
         ""),
        ('<a href="intent:x">a</a><a href="javascript:x">b</a>', "<a>a</a><a>b</a>",
         "1 links of a kind that is not published (intent) became text"),
        ("".join(f'<a href="{kind}:x">{kind} </a>' for kind in "abbcdefg"),
         "".join(f"<a>{kind} </a>" for kind in "abbcdefg"),
         "8 links of a kind that is not published (a, b, c, d, e and others) became text"),
    ],
)  # fmt: skip
def test_what_a_reader_would_miss_has_a_substitute_and_is_told(html: str, shown: str, altered: str) -> None:
    entry = entry_of(content=html)
    assert entry.content.replace("  ", " ") == sanitise(shown, PAGE, PAGE)
    assert ", ".join(f"{count} {what}" for what, count in entry.altered) == altered


@pytest.mark.parametrize("text", [{}, {"summary_text": True, "content_text": True, "title_html": False}])
@pytest.mark.parametrize("mark", ["<![CDATA[", "<!CDATA[", "<![cdata ["])
def test_marks_of_cdata_around_a_whole_text_are_no_text(mark: str, text: dict[str, bool]) -> None:
    title, summary, content = (f"{mark}{words}]]>" for words in ("A & b", "<p>S</p>", "<p>C</p>"))
    entry = entry_of(title=title, summary=summary, content=content, **text)
    assert (entry.title, entry.summary, entry.content) == ("A & b", "S", "<p>C</p>")


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Spin <math><msub><mi>x</mi><mn>1</mn></msub><annotation>x_1</annotation></math> ice", "Spin x1 ice"),
        ('<mml:math xmlns:mml="urn:m"><mml:mi>x</mml:mi></mml:math> <jats:italic>ice</jats:italic>', "x ice"),
        ("<svg><title>Map</title></svg> of the port", "Map of the port"),
    ],
)
def test_a_title_says_what_its_formulas_and_drawings_say(title: str, shown: str) -> None:
    assert entry_of(title=title, title_html=True).title == shown


PAYLOADS = [
    "<!--><img src=x onerror=alert(1)>-->",
    '<a href="&#x6a;avascript:alert(1)">x</a>',
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    '<svg><set attributeName=href to="javascript:alert(1)"></svg>',
    '<form action="javascript:alert(1)"><input type=submit></form>',
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<template><img src=x onerror=alert(1)></template>",
    "<select><iframe><script>alert(1)</script></iframe></select>",
    "<xmp><img src=x onerror=alert(1)></xmp><textarea></textarea><img/src=x/onerror=alert(1)>",
    "<plaintext><script>x",
    '<img data-src="x\' onerror=alert(1) \'" src=data:x>',
    "<img data-src='\"><script>alert(1)</script>' src=data:x>",
    '<abbr title="<img a="> hello " b="<time datetime=" c=">x</time> onmouseover=alert(1) "',
    '<a href="https://e.example/&quot; onmouseover=&quot;x">y</a>',
    '<source src="javascript:x"><source><audio src=javascript:y>',
    '<a href="http://[::1]/"><a href="https:evil"><a href="\\\\evil"><a href="///evil">',
    "<base href=https://evil.example/><a href=x>y</a><meta http-equiv=refresh content=0>",
]  # fmt: skip
PIECES = sorted({piece for payload in PAYLOADS for piece in re.findall(r"<[^>]*>?|[^<]+", payload)})
PIECES += ["<p>", "</p>", "<b>", "</b>", "<table>", "<tr>", "<td>", "</table>", "<svg>", "</svg>", "<math>", "<style>"]
PIECES += ["</style>", "<!--", "-->", "<![CDATA[", "]]>", "&lt;", "&#0;", "\x00", "\x0b", "\ud800", "\ufffe", "<title>"]
PIECES += ["</title>", "<select>", "<option>", "<foreignObject>", '"', "'", "`", "\t", "\n", " ", "=", "x", "&quot;"]
PIECES += ["<noscript>", "</noscript>", "<iframe src=/x>", "</math>", "<object>", "<picture>", "<textarea>", "<mi>"]
PIECES += ["<?", "</ ", "<img srcset='/a 2x'>"]


@pytest.mark.parametrize("html", PAYLOADS)
def test_known_attacks_come_out_harmless(html: str) -> None:
    assert faults(sanitise(html, BASE, PAGE)) == []


@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
@settings(max_examples=400, deadline=None)
def test_any_mixture_of_attacks_comes_out_harmless(html: str) -> None:
    safe = sanitise(html, BASE, PAGE)
    assert faults(safe) == []
    assert text_of_sanitised(safe) == plain(safe)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000,
        "".join(f"<font color={number}><p>" for number in range(20_000)),
        "".join(f"<font color={number}></x>" for number in range(20_000)),
        "".join(f"<p><font color={number}>" for number in range(250)) + "</p>x<p>" * 40_000,
        "<div><table></div></table>" * 5_000,
        "<div><select></div></select>" * 5_000,
        "<div><!--</div>-->" * 5_000,
        "<!--><div>" * 5_000,
        "<p " + " ".join(f"a{number}" for number in range(60_000)) + ">x",
        "<i>x</i>" * 30_000,
    ],
)
def test_markup_that_would_choke_the_parser_becomes_text(html: str) -> None:
    safe = sanitise(html + "<p>The <b>end</b>", BASE)
    assert "<b>" not in safe
    assert faults(safe) == []


def test_long_but_simple_content_keeps_its_markup() -> None:
    paragraph = '<p>Some <b>words</b> and <a href="/x">a link</a>.<br>More<p>Unclosed<ul><li>one<li>two</ul>'
    drawing = "<svg>" + '<path d="M0 0"/>' * 1_000 + "</svg>"
    picture = f'<img src="data:image/png;base64,{"A" * 100_000}"><p>after'
    safe = sanitise(paragraph * 500 + drawing + picture, BASE)
    assert safe.count("<li>") == 1_000
    assert safe.endswith("<p>after</p>")


def test_a_body_over_half_a_mebibyte_is_published_as_the_beginning_of_its_text() -> None:
    safe = sanitise("<p>Đà Nẵng</p>" * 60_000, BASE)
    assert len(safe.encode()) < 512 * 1024
    assert safe.startswith("<p>Đà Nẵng Đà Nẵng")
    assert safe.endswith("…</p>")


def test_plain_content_becomes_paragraphs() -> None:
    assert entry_of(content="a < b\nc\n\nd", content_text=True).content == "<p>a &lt; b<br>c</p>\n<p>d</p>"


# Title and summary.


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ({"title": "Tom &amp; <b>Jerry</b>"}, "Tom & Jerry"),
        ({"title": "a <b> &amp;", "title_html": False}, "a <b> &amp;"),
        ({"title": '<span style="display:none">HID</span>Quay', "title_html": True}, "Quay"),
        ({"title": "<span hidden>HID</span>", "title_html": True, "content": "<p>Quay</p>"}, "Quay"),
        ({"title": "  two\n lines\u202e "}, "two lines"),
        ({"title": "x" * 2000}, "x" * 999 + "…"),
        ({"title": "<img src=x onerror=alert(1)>", "content": "<p>First words of it.</p>"}, "First words of it."),
        ({"content": "<p>" + "word " * 40 + "</p>"}, ("word " * 16).strip() + "…"),
        ({"summary": "Only a summary"}, "Only a summary"),
        ({"link": "https://site.example/2024/t%E1%BA%BFt/"}, "site.example/2024/tết"),
        ({"link": ""}, "Untitled"),
        ({"link": "", "title": "\u200b", "content": "<p>\u2066</p>"}, "Untitled"),
    ],
)
def test_a_title_is_plain_and_never_empty(said: dict[str, object], title: str) -> None:
    assert entry_of(**said).title == title


def test_a_summary_with_markup_is_the_content_where_there_is_none() -> None:
    entry = entry_of(title="t", summary='<p>One <a href="/1">two</a>.</p>')
    assert entry.content == '<p>One <a href="https://site.example/1">two</a>.</p>'
    assert entry.summary == "One two."


def test_a_long_plain_summary_is_the_content_where_there_is_none() -> None:
    text = ("Some words. " * 60).strip()
    entry = entry_of(title="t", summary=text, summary_text=True)
    assert entry.content == f"<p>{text}</p>"
    assert len(entry.summary) <= 400
    assert entry.summary.endswith("…")


@pytest.mark.parametrize(
    ("said", "summary"),
    [
        ({"content": "<p>Text</p>", "summary": "Short &amp; sweet"}, "Short & sweet"),
        ({"content": "<p>Text</p>", "summary": "a &amp; b", "summary_text": True}, "a &amp; b"),
        # Blogger's plain texts are escaped once too often.
        ({"content": "<p>Text</p>", "summary": "a &amp;&nbsp;b &lt; c", "summary_text": True}, "a & b < c"),
        ({"content": "<p>One</p><p>two</p>"}, "One two"),
        ({"content": "<p>Text</p>", "summary": "<img src=x>"}, "Text"),
        ({}, ""),
    ],
)
def test_a_summary_is_plain_text(said: dict[str, object], summary: str) -> None:
    assert entry_of(**said).summary == summary


def test_a_summary_from_the_content_ends_at_a_word() -> None:
    entry = entry_of(content="<p>" + "sentence " * 200 + "</p>")
    assert 300 <= len(entry.summary) <= 400
    assert entry.summary.endswith("sentence…")


# Dates.


@pytest.mark.parametrize(
    ("published", "updated", "expected"),
    [
        ("Mon, 16 Dec 2024 12:00:00 +0700", "", ("2024-12-16T05:00:00Z", "2024-12-16T05:00:00Z", True)),
        ("2024-12-16", "2024-12-17", ("2024-12-16T00:00:00Z", "2024-12-17T00:00:00Z", True)),
        ("", "2024-12-17T00:00:00Z", ("2024-12-17T00:00:00Z", "2024-12-17T00:00:00Z", True)),
        ("2024-12-16", "2024-12-15", ("2024-12-16T00:00:00Z", "2024-12-16T00:00:00Z", True)),
        ("2024-12-16", "2999-01-01", ("2024-12-16T00:00:00Z", "2024-12-16T00:00:00Z", True)),
        ("", "", ("2026-11-20T08:30:15Z", "2026-11-20T08:30:15Z", False)),
        ("2999-01-01", "", ("2026-11-20T08:30:15Z", "2026-11-20T08:30:15Z", False)),
        ("2026-11-20T09:00:00Z", "", ("2026-11-20T08:30:15Z", "2026-11-20T08:30:15Z", False)),
        ("1970-01-01T00:00:00Z", "", ("2026-11-20T08:30:15Z", "2026-11-20T08:30:15Z", False)),
        ("0001-01-01T00:00:00Z", "junk", ("2026-11-20T08:30:15Z", "2026-11-20T08:30:15Z", False)),
    ],
)
def test_dates_are_utc_plausible_and_never_in_the_future(
    published: str, updated: str, expected: tuple[str, str, bool]
) -> None:
    entry = entry_of(published=published, updated=updated)
    whole = entry.updated.replace(microsecond=0)
    assert (dates.rfc3339(entry.published), dates.rfc3339(whole), entry.dated) == expected or (
        whole == NOW.replace(microsecond=0) - timedelta(seconds=1)  # its fraction would lie after now
    )
    assert entry.published <= NOW
    assert entry.updated <= NOW


def test_an_undated_entry_bears_the_moment_it_was_first_seen() -> None:
    first = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)
    entry = entry_of(replace(CONTEXT, undated=first), title="t")
    assert (entry.published, entry.dated) == (first, False)
    assert entry.updated.replace(microsecond=0) == first


def test_a_date_without_a_zone_is_read_in_the_zone_of_the_source() -> None:
    context = replace(CONTEXT, zone=ZoneInfo("Asia/Ho_Chi_Minh"))
    assert dates.rfc3339(entry_of(context, published="2024-12-16 12:00:00").published) == "2024-12-16T05:00:00Z"


def test_two_entries_of_one_moment_differ_in_updated() -> None:
    raw = RawEntry(title="t", published="2024-12-16T05:00:00Z")
    assert normalise(raw, CONTEXT, "urn:x:1").updated != normalise(raw, CONTEXT, "urn:x:2").updated


# People, categories, files, URLs, language.


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (Person("Ann Lee"), Person("Ann Lee")),
        (Person("ann@site.museum (Ann Lee)"), Person("Ann Lee", "ann@site.museum")),
        (Person("Ann Lee <ann@site.example>"), Person("Ann Lee", "ann@site.example")),
        (Person("Ann Lee (ann@site.example)"), Person("Ann Lee", "ann@site.example")),
        (Person('"Ann Lee" mailto:ann@site.example'), Person("Ann Lee", "ann@site.example")),
        (Person("ann@site.example"), Person("ann", "ann@site.example")),
        (Person("", "ann@site.example"), Person("ann", "ann@site.example")),
        (Person("Ann", "ann at site dot example"), Person("Ann")),
        (Person("Ann", "mailto:ann@site.example"), Person("Ann", "ann@site.example")),
        (Person("Ann", "ann@localhost"), Person("Ann")),
        (Person("Tom &amp; <b>Ann</b>"), Person("Tom & Ann")),
        (Person("@ann"), Person("@ann")),
        (Person("", uri="https://ann.example/"), Person("ann.example", uri="https://ann.example/")),
        (Person("Ann", uri="/ann"), Person("Ann", uri="https://site.example/ann")),
        (Person("Ann", uri="javascript:x"), Person("Ann")),
    ],
)
def test_names_and_addresses_of_authors_are_told_apart(person: Person, expected: Person) -> None:
    assert entry_of(authors=(person,)).authors == (expected,)


def test_authors_are_distinct_at_most_twenty_and_the_feeds_own_if_there_are_none() -> None:
    many = tuple(Person(f"Author {number}") for number in range(30))
    assert len(entry_of(authors=(Person("ann"), Person("Ann"), Person(" "), *many)).authors) == 20
    context = replace(CONTEXT, authors=(Person("ed@site.example (Ed)"),))
    assert entry_of(context).authors == (Person("Ed", "ed@site.example"),)
    assert entry_of(context, authors=(Person("Ann"),)).authors == (Person("Ann"),)


def test_categories_are_plain_distinct_short_and_few() -> None:
    said = ("News", "news", " Đảng &amp; Dân ", "", "<b>x</b>", "y" * 200, *(f"c{number}" for number in range(60)))
    categories = entry_of(categories=said).categories
    assert categories[:4] == ("News", "Đảng & Dân", "x", "y" * 99 + "…")
    assert len(categories) == 50


def test_enclosures_are_absolute_typed_and_distinct() -> None:
    said = (
        Enclosure("a.mp3", "Audio/MPEG; x=1", 5),
        Enclosure("https://site.example/blog/a.mp3", "audio/mpeg", 9),
        Enclosure("/b.M4A?x=1", "*/*", -1),
        Enclosure("/c", "junk"),
        Enclosure("javascript:x"),
        *(Enclosure(f"/{number}.webp") for number in range(60)),
    )
    enclosures = entry_of(enclosures=said).enclosures
    assert enclosures[:4] == (
        Enclosure("https://site.example/blog/a.mp3", "audio/mpeg", 5),
        Enclosure("https://site.example/b.M4A?x=1", "audio/mp4"),
        Enclosure("https://site.example/c"),
        Enclosure("https://site.example/0.webp", "image/webp"),
    )
    assert len(enclosures) == 50


@pytest.mark.parametrize("field", ["link", "comments", "image"])
@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("2", "https://site.example/blog/2"),
        ("https://a.example/đ?q=[x]", "https://a.example/%C4%91?q=%5Bx%5D"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("https://u:p@a.example/", "https://a.example/"),
    ],
)
def test_every_url_is_absolute_http_or_left_out(field: str, said: str, url: str) -> None:
    assert getattr(entry_of(**{field: said}), "permalink" if field == "link" else field) == url


def test_references_resolve_against_the_entrys_own_base() -> None:
    entry = entry_of(base="https://site.example/other/", link="2", content='<a href="3">x</a>')
    assert entry.permalink == "https://site.example/other/2"
    assert entry.content == '<a href="https://site.example/other/3">x</a>'


@pytest.mark.parametrize(
    ("by_operator", "by_entry", "by_feed", "language"),
    [
        ("fr", "vi", "en", "fr"),
        ("", "vi_VN", "en", "vi-VN"),
        ("", "english", "en-us", "en-US"),
        ("", "", "x!", "de"),
        ("", "", "", "de"),
    ],
)
def test_a_language_is_guessed_only_where_nobody_states_one(
    by_operator: str, by_entry: str, by_feed: str, language: str
) -> None:
    context = replace(CONTEXT, source=replace(SOURCE, language=by_operator), language=by_feed)
    text = "Der Ausschuss trifft sich nächste Woche wieder, um den Haushalt zu beraten."
    assert entry_of(context, title="Neuer Haushalt", summary=text, language=by_entry).language == language


def test_the_rest_is_taken_over() -> None:
    origin = Origin(id="urn:x:feed", title="Site", feed_url=BASE)
    entry = entry_of(replace(CONTEXT, origin=origin), credit=" TTXVN &amp; co ")
    assert (entry.id, entry.source_id, entry.origin, entry.credit) == (ID, SOURCE.key, origin, "TTXVN & co")


# Digests.

TEXT = "<p>" + " ".join(f"word{chr(97 + number)}" for number in range(24)) + "</p>"


@pytest.mark.parametrize(
    "change",
    [
        {"published": "2024-12-16", "updated": "2024-12-17"},
        {"link": PAGE + "?utm_source=feed"},
        {"content": TEXT.replace(" ", "\n  ")},
        {"content": TEXT.replace("<p>", "<div><p class=x>") + "</div>"},
        {"content": TEXT + "<p>12 comments</p>"},
        {"content": TEXT + "<p>12 bình luận</p>"},
        {"content": "<p>1.234 lượt xem</p>" + TEXT},
        {"content": TEXT + "<p>Points: 34</p>", "_as": TEXT + "<p>Points: 35</p>"},
        {"content": TEXT + "<p>5 hours ago</p>", "_as": TEXT + "<p>a day ago</p>"},
        {"content": TEXT + "<p>2024-12-16T05:00:00Z</p>", "_as": TEXT + "<p>2024-12-17T06:01:02Z</p>"},
        {"image": "/other.png", "comments": "/c"},
    ],
)
def test_a_digest_stays_when_nothing_new_is_said(change: dict[str, str]) -> None:
    before = {"title": "t", "content": change.pop("_as", TEXT)}
    assert entry_of(**before).digest == entry_of(**{**before, **change}).digest


def test_the_order_of_lists_and_counters_in_titles_say_nothing_new() -> None:
    lists = {"categories": ("b", "a"), "authors": (Person("y"), Person("x"))}
    turned = {name: tuple(reversed(values)) for name, values in lists.items()}
    one, other = entry_of(title="Story (3 comments)", **lists), entry_of(title="Story (12 comments)", **turned)
    assert one.digest == other.digest
    assert rotated(one.markup, other.markup)
    assert not shows_the_same(one.markup, other.markup)
    assert entry_of(**lists).markup == entry_of(**turned).markup
    assert len({one.digest, one.former, other.former, ""}) == 4
    assert entry_of(title="Story").former == ""
    assert entry_of(title="Story", categories=("a", "b")).digest != entry_of(title="Story", categories=("a",)).digest


@pytest.mark.parametrize(
    "change",
    [
        {"title": "T2"},
        {"link": PAGE + "?id=2"},
        {"content": TEXT + "<p>more</p>"},
        {"content": TEXT + "<p>5 dead</p>"},
        {"categories": ("x",)},
        {"authors": (Person("x"),)},
        {"enclosures": (Enclosure("/x.mp3"),)},
    ],
)
def test_a_digest_moves_when_something_new_is_said(change: dict[str, object]) -> None:
    before = {"title": "t", "content": TEXT + "<p>3 dead</p>"}
    assert entry_of(**before).digest != entry_of(**{**before, **change}).digest


def test_the_text_digest_is_of_the_text_alone_and_only_of_enough_of_it() -> None:
    one = entry_of(title="a", content=TEXT)
    other = entry_of(title="b", content=TEXT.upper().replace("P>", "div>"), link="/2")
    assert one.text_digest == other.text_digest != ""
    assert entry_of(title="a", content="<p>too few words</p>").text_digest == ""


# Episodes.


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("1834", 1834),
        ("30:34", 1834),
        ("0:30:34", 1834),
        (" 01:30:34.5 ", 5434),
        ("90:00", 5400),
        ("0", None),
        ("", None),
        ("half an hour", None),
        ("-5", None),
        ("1:2:3:4", None),
        ("99:59:59", 359_999),
        ("360000", None),
        ("٣٠:٣٤", None),
    ],
)
def test_the_duration_of_an_episode_is_that_of_its_first_file_that_plays(said: str, seconds: int | None) -> None:
    files = (Enclosure("/p.jpg", "image/jpeg"), Enclosure("/1.mp3", "audio/mpeg"), Enclosure("/2.mp4", "video/mp4"))
    entry = entry_of(title="t", enclosures=files, duration=said)
    assert [file.duration for file in entry.enclosures] == [None, seconds, None]


def test_a_file_that_is_told_of_twice_is_one_with_all_that_is_said() -> None:
    files = (
        Enclosure("/1.mp3", "audio/mpeg", 0),
        Enclosure("/1.mp3", "audio/x-own", 9, 60, "A &amp; <b>B</b>", 128, None, None, 1),
    )
    entry = entry_of(title="t", enclosures=files, duration="1:30")
    assert [replace(file, url="") for file in entry.enclosures] == [
        Enclosure("", "audio/mpeg", 9, 60, "A & B", 128, None, None, 1)
    ]


@pytest.mark.parametrize(
    ("own", "of_feed", "type_", "explicit"),
    [
        (None, None, "audio/mpeg", None),
        (True, None, "audio/mpeg", True),
        (None, True, "video/mp4", True),
        (False, True, "audio/mpeg", False),
        (True, True, "image/png", None),  # nothing plays
    ],
)
def test_an_episode_is_as_explicit_as_it_says_or_its_feed(
    own: bool | None, of_feed: bool | None, type_: str, explicit: bool | None
) -> None:
    raw = RawEntry(guid="1", title="t", enclosures=(Enclosure("https://a.example/1", type_),), explicit=own)
    assert normalise(raw, replace(CONTEXT, explicit=of_feed), "urn:x:1").explicit is explicit


# All of it.

WILD = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.sampled_from(
        ["https://a.example/x", "//[", "http://[::1", "javascript:x", "2024-12-16", "99999-99-99", "a@b.cd"]
    ),
)
PEOPLE = st.builds(Person, WILD, WILD, WILD)
NUMBER = st.none() | st.integers(1, 10**6)
FILES = st.builds(Enclosure, WILD, WILD, st.none() | st.integers(), NUMBER, WILD, NUMBER, NUMBER, NUMBER)
RAW = st.builds(
    RawEntry,
    **{field.name: WILD for field in fields(RawEntry) if field.type in (str, "str")},
    title_html=st.booleans(),
    summary_text=st.booleans(),
    content_text=st.booleans(),
    authors=st.lists(PEOPLE, max_size=3).map(tuple),
    categories=st.lists(WILD, max_size=3).map(tuple),
    enclosures=st.lists(FILES, max_size=3).map(tuple),
    explicit=st.none() | st.booleans(),
    image_size=st.none() | st.tuples(st.integers(1, 9), st.integers(1, 9)),
)


def trusted(entry: Entry) -> None:
    """The invariants of feeds.model."""
    texts = [entry.title, entry.summary, entry.credit, entry.language, entry.rights, *entry.categories]
    texts += [file.title for file in entry.enclosures]
    texts += [text for person in entry.authors for text in (person.name, person.email)]
    assert entry.title
    assert all(text == xml_safe(text) == " ".join(text.split()) for text in texts)
    assert all(person.name and "@" not in urlsplit(person.uri).netloc for person in entry.authors)
    urls = [entry.permalink, entry.comments, entry.image, entry.via, *(person.uri for person in entry.authors)]
    assert all(url == "" or re.fullmatch(r"https?://[!-~]+", url) for url in urls)
    assert all(re.fullmatch(r"https?://[!-~]+", enclosure.url) for enclosure in entry.enclosures)
    assert entry.published.tzinfo is UTC
    assert entry.updated.tzinfo is UTC
    assert max(entry.published, entry.updated) <= NOW
    assert faults(entry.content) == []
    assert re.fullmatch(r"[0-9a-f]{32}", entry.digest)


@given(RAW, WILD)
@settings(max_examples=400, deadline=None)
def test_any_raw_entry_becomes_an_entry_that_can_be_trusted(raw: RawEntry, base: str) -> None:
    context = replace(CONTEXT, base=base, language="", authors=(Person(base),))
    entry = normalise(raw, context, ID)
    trusted(entry)
    assert normalise(raw, context, ID) == entry


def test_every_entry_of_real_feeds_can_be_trusted_and_loses_no_text(corpus: Path) -> None:
    for path in sorted(path for path in corpus.glob("*") if path.suffix in (".rss", ".atom", ".rdf")):
        document = Document(name=path.name, body=path.read_bytes(), retrieved_at=NOW, url=BASE)
        for raw in parse(document).entries:
            entry = normalise(raw, CONTEXT, ID)
            trusted(entry)
            assert text_of_sanitised(entry.content) == plain(entry.content), path.name
            assert bool(raw.link) == bool(entry.permalink), (path.name, raw.link)
            assert entry.title != "Untitled" or not (raw.title or raw.content or raw.summary), path.name
            assert entry.authors or not raw.authors, path.name


# What an entry shows besides its words.

PICTURE = '<p>Words.</p><img src="https://e.example/p.jpg?Expires=1&amp;Signature=a">'


@pytest.mark.parametrize(
    ("content", "shows", "rotates"),
    [
        (PICTURE, "the same", True),
        (PICTURE.replace("=1", "=2").replace("=a", "=b"), "other addresses", True),
        (PICTURE.replace("p.jpg", "q.jpg"), "another markup", False),
        (PICTURE.replace("<p>Words.</p>", "<p><del>Words.</del></p>"), "another markup", False),
        (PICTURE.replace("Expires=1", "id=1"), "another markup", False),
        ("<p>Words.</p>", "another markup", False),
        ('<p><a href="https://e.example/1">Words.</a></p>', "another markup", False),
    ],
)
def test_markup_tells_addresses_that_rotate_from_other_changes(content: str, shows: str, rotates: bool) -> None:
    old, new = entry_of(content=PICTURE), entry_of(content=content)
    assert new.digest == old.digest
    assert (new.markup == old.markup) == (shows == "the same")
    assert rotated(new.markup, old.markup) == rotates


LONG = "Words that are long enough to be cut. " * 20
ROTATING: list[dict[str, Any]] = [
    {"link": "https://e.example/story?sid={n}", "content": LONG},
    {"link": "https://www{n}.e.example/story;jsessionid=a{n}b", "content": LONG},
    {"link": "https://e.example/{n}00000000/story", "content": ""},
    {"content": '<p>Words.</p><img src="https://img{n}.e.example/p.jpg?t={n}">'},
    {"content": '<p>Words.</p><iframe src="https://cdn{n}.e.example/v"></iframe>'},
    {"content": '<p>Words.</p><embed src="//CDN{n}.example:8080/v?x={n}">'},
    {"content": f"<p>Listen: https://c.example/a.mp3?token={{n}} (or https://c.example/b#{{n}}). {LONG}</p>"},
    {"content": f"Listen: www.c.example/a.mp3?a=1&b={{n}}. {LONG}", "content_text": True},
    {"title": "", "content": f"https://c.example/a.mp3?token={{n}} {LONG}"},
    {"title": "", "summary": "https://c.example/a?token={n} is short", "summary_text": True},
    {"title": "At https://c.example/a?token={n} now", "content": LONG},
    {"content": "<p>聞く：https://c.example/a?token={n}を聞く</p>"},
    {"enclosures": (Enclosure("https://cdn{n}.e.example/0123456789abcde{n}/a.mp3?t={n}", "audio/mpeg"),)},
]


@pytest.mark.parametrize("said", ROTATING)
def test_what_rotates_in_any_address_is_no_change_of_the_entry(said: dict[str, Any]) -> None:
    def at(n: int) -> Entry:
        files = tuple(replace(file, url=file.url.replace("{n}", str(n))) for file in said.get("enclosures", ()))
        texts = {name: value.replace("{n}", str(n)) for name, value in said.items() if isinstance(value, str)}
        return entry_of(**{"title": "Title", **said, **texts, "enclosures": files})

    found = [at(n) for n in range(1, 11)]
    assert len({one.digest for one in found}) == 1
    assert len({one.markup for one in found}) == 10
    assert all(rotated(one.markup, found[0].markup) for one in found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://e.example/1", "https://e.example/2"),
        ("https://e.example/?b=1&p=1", "https://e.example/?b=1&p=2"),
        ("https://e.example/a?b=1 two", "https://e.example/a?b=1 three"),
        ("https://e.example/a?b=1を見て", "https://e.example/a?b=1を聞いて"),
        (
            '<a href="https://cdn1.example/">cdn1.example</a> v1.2',
            '<a href="https://cdn1.example/">cdn1.example</a> v1.3',
        ),
    ],
)
def test_words_beside_an_address_that_may_rotate_are_a_change(one: str, other: str) -> None:
    assert entry_of(title="t", content=one).digest != entry_of(title="t", content=other).digest


def test_an_address_in_a_file_of_the_operator_never_only_rotates() -> None:
    own = replace(CONTEXT, source=replace(CONTEXT.source, kind=SourceKind.SEEDS))
    one, other = (
        normalise(RawEntry(guid="1", title="t", content=f"https://e.example/?p={n}"), own, ID) for n in range(2)
    )
    assert one.digest != other.digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://e.example/a.mp3?Expires=1&Signature=a", "https://e.example/a.mp3?Expires=2&Signature=b"),
        ("https://e.example/a.mp3?1700000000", "https://e.example/a.mp3?1700000001"),
        ("https://e.example/a.mp3?v=1&X-Amz-Date=1", "https://e.example/a.mp3?v=1&X-Amz-Date=2"),
    ],
)
def test_a_file_whose_address_is_signed_anew_is_no_change(one: str, other: str) -> None:
    first, second = (entry_of(enclosures=(Enclosure(url, "audio/mpeg"),)) for url in (one, other))
    assert first.digest == second.digest
    assert first.digest != entry_of(enclosures=(Enclosure("https://e.example/b.mp3", "audio/mpeg"),)).digest
    assert rotated(first.markup, second.markup) and first.markup != second.markup
