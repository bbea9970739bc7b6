"""Web pages as seeds: what they state of themselves, the article in them, and what is left out."""

import re
from datetime import UTC, datetime

import pytest

from worker.seeds.newswire.context import SeedContext
from worker.seeds.readers import html

CONTEXT = SeedContext(UTC, datetime(2026, 1, 1, tzinfo=UTC))
STORY = "".join(
    f"<p>Paragraph {number} tells how the ferry to Port Ellery was mended by the harbour's own people, "
    "who had waited all winter for a spare part from the mainland.</p>"
    for number in range(1, 7)
)
LINKED = (
    '<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"WebSite"},'
    '{"@type":"NewsArticle","headline":"Ferry sails again","author":[{"@type":"Person","name":"Ada Quill"}],'
    '"datePublished":"2025-03-03T08:30:00+07:00","inLanguage":"en-GB"}]}</script>'
)


def whole(head: str, article: str = STORY) -> str:
    return (
        f'<html lang="en"><head><title>Ferry sails again | The Ellery Post</title>{head}</head><body>'
        '<nav><a href="/">Menu one</a><a href="/b">Menu two</a></nav>'
        '<div class="cookie-banner">We use cookies</div>'
        f"<article><h1>Ferry sails again</h1>{article}</article>"
        '<aside class="related"><a href="/c">Read next</a></aside><footer>All rights reserved</footer></body></html>'
    )


@pytest.mark.parametrize(
    ("head", "published", "author"),
    [
        (LINKED, "2025-03-03T01:30:00Z", "Ada Quill"),
        ('<meta property="article:published_time" content="2025-03-03T01:30:00Z">', "2025-03-03T01:30:00Z", ""),
        ('<meta name="author" content="By Ada Quill">', "", "Ada Quill"),
        ('<meta property="article:published_time" content="2031-03-03T01:30:00Z">', "", ""),
    ],
)
def test_takes_what_a_page_states(head: str, published: str, author: str) -> None:
    entry = html.read(whole(head), "", CONTEXT).entry
    assert (entry.title, entry.published) == ("Ferry sails again", published)
    assert [person.name for person in entry.authors] == ([author] if author else [])


def test_keeps_the_article_and_leaves_out_what_stands_around_it() -> None:
    content = html.read(whole(""), "", CONTEXT).entry.content
    assert all(f"Paragraph {number} tells" in content for number in range(1, 7))
    for words in ("Menu one", "We use cookies", "Read next", "All rights reserved"):
        assert words not in content


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><td>Fare</td></tr></table>",
        "<blockquote>We sail.</blockquote>",
        "<ul><li>Oil</li></ul>",
        "<pre><code>x = 1</code></pre>",
        '<figure><img src="a.jpg" alt="Quay"><figcaption>The quay</figcaption></figure>',
    ],
)
def test_keeps_markup_of_the_article(markup: str) -> None:
    content = html.read(whole("", STORY + markup + STORY), "", CONTEXT).entry.content
    assert markup.split(">")[0].split()[0] in content


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        *((one, True) for one in ("no-print", "d-print-none", "hidden-print", "noprint", "screen-only")),
        *((one, True) for one in ("do-not-print", "print-hide", "d-print-block", "print", "print:hidden", "no-ads")),
        *((one, True) for one in ("has-sidebar", "elementor-widget elementor-widget-text-editor")),
        *((one, False) for one in ("print-only", "visible-print-block", "d-none mt-1 d-print-flex")),
        *((one, False) for one in ("share", "elementor-widget elementor-widget-share-buttons", "no-print share")),
    ],
)
def test_of_what_concerns_printing_only_what_is_printed_alone_is_left_out(named: str, kept: bool) -> None:
    told = f'{STORY}<div class="{named}"><p>The mayor paid 7 crowns.</p></div>'
    printing = '<div class="print"><a href="#p">Print this</a></div><p class="icon-print"><a href="#q">Print it</a></p>'
    for page in (whole("", told + printing), f"<nav>Menu</nav>{told}{printing}"):
        content = html.read(page, "", CONTEXT).entry.content
        assert ("7 crowns" in content) is kept
        assert "Print" not in content


@pytest.mark.parametrize(
    "markup",
    [
        "<datalist id=x><option value=1>OPTION</option></datalist>",
        "<form><p>Rate it</p><select><optgroup label=a><option>OPTION</optgroup></select></form>",
        "<template><p>OPTION</p></template>",
        "<dialog open><p>OPTION</p></dialog>",
        "<style>.OPTION { color: red; & p { margin: 0 } }</style>",
        "<p>One <style>@scope (.OPTION) {\n\n p { margin: 0 } }</style> more</p>",
        "<svg><style>.OPTION { p { fill: red } }</style></svg>",
    ],
)
def test_what_is_chosen_from_and_what_sheets_say_is_no_text(markup: str) -> None:
    for page in (whole("", STORY + markup + "<p>The end.</p>"), STORY + markup + "<p>The end.</p>"):
        content = html.read(page, "", CONTEXT).entry.content
        assert "OPTION" not in re.sub(r"(?s)<style.*?</style>", "", content)
        assert content.count("Paragraph ") == 6
        assert "The end." in content


def test_formulas_drawings_and_frames_keep_what_a_person_could_read_and_are_told() -> None:
    formula = "<math><msup><mi>e</mi><mn>2</mn></msup></math>"
    frame = '<iframe src="https://v.example/1" title="Film"></iframe>'
    markup = f"<p>Law: {formula} <svg><title>Map of the port</title></svg> {frame}</p>"
    reading = html.read(whole("", STORY + markup + STORY), "", CONTEXT)
    for kept in ("Law: e<sup>2</sup>", "Map of the port", '<a href="https://v.example/1">Film</a>'):
        assert kept in reading.entry.content
    told = {one.value for one in reading.evidence if one.field == "altered"}
    assert told == {"1 formulas became text", "1 drawings became their words", "1 frames became links"}


def test_properties_of_a_page_of_notion_are_no_text_and_its_tags_are_categories() -> None:
    def row(kind: str, name: str, value: str) -> str:
        return f'<tr class="property-row property-row-{kind}"><th><span class="icon"></span>{name}</th>{value}</tr>'

    table = "".join(
        (
            row("person", "Owner", '<td><span class="user">Ines Farrowdale</span></td>'),
            row("multi_select", "Tags", '<td><span class="selected-value select-value-color-red">port</span>'
                '<span class="selected-value">sea, wind</span></td>'),
            row("text", "Notes", "<td>Call the pilot</td>"),
        )
    )  # fmt: skip
    page = whole(
        "", f'<header><h1 class="page-title">Tide</h1><table class="properties">{table}</table></header>{STORY}'
    )
    reading = html.read(page, "", CONTEXT)
    assert reading.entry.categories == ("port", "sea, wind")
    assert not any(word in reading.entry.content for word in ("Ines", "Owner", "port", "pilot"))
    assert "Owner, Tags, Notes" in [one.passage for one in reading.evidence]


_E_MC2 = "<math><mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></math>"


@pytest.mark.parametrize(
    ("markup", "kept"),
    [
        (
            f'<span class="mwe"><span style="display: none;">{_E_MC2}</span><img src="x_files/a.svg" aria-hidden="true"'
            ' class="mwe-math-fallback-image-inline" alt="{E=mc^{2}}"></span>',
            '<span class="mwe"><span style="display: none;">E = mc<sup>2</sup></span></span>',
        ),
        (
            '<span class="mjx-chtml"><span class="mjx-math" aria-hidden="true"><span>E=mc2</span></span><span>'
            f'{_E_MC2}</span></span><script type="math/tex">E=mc^2</script>',
            '<span class="mjx-chtml"><span>E = mc<sup>2</sup></span></span>',
        ),
        (f"<span hidden>{_E_MC2}</span>", ""),
        ('<img src="/b.png" aria-hidden="true">', '<img src="/b.png" aria-hidden="true">'),
        (
            '<a href="/b" aria-hidden="true"><img src="/b.png"></a>',
            '<a href="/b" aria-hidden="true"><img src="/b.png"></a>',
        ),
        ('<b aria-hidden="true">*</b>', '<b aria-hidden="true">*</b>'),
    ],
)
def test_what_only_a_voice_passes_over_is_shown_and_a_formula_once(markup: str, kept: str) -> None:
    content = html.read(f"<body><h1>Tide</h1><p>It is {markup} here.</p><p>Low at noon.</p></body>", "", CONTEXT)
    assert f">It is {kept} here.</p>" in content.entry.content


@pytest.mark.parametrize(
    "body", ["<h1>Tide</h1><p>High at six.</p>", "<p>High at six.</p><footer>Low at noon, and nobody at sea.</footer>"]
)
def test_takes_a_fragment_whole(body: str) -> None:
    entry = html.read(body, "", CONTEXT).entry
    assert "High at six." in entry.content
    assert ("Low at noon" in entry.content) == ("Low at noon" in body)


@pytest.mark.parametrize("body", ["<b" * 100_000, "<div>" * 20_000 + "x", "", "\0", "<" * 100_000])
def test_reads_any_markup(body: str) -> None:
    html.read(body, "", CONTEXT)


def test_words_deeper_than_the_parser_follows_are_not_lost() -> None:
    found = html.read("<div>" * 5_000 + "Deep words" + "</div>" * 5_000, "", CONTEXT)
    assert "Deep words" in found.entry.content


def test_a_marked_by_line_is_the_author_and_leaves_the_article() -> None:
    article = "<article><h1>T</h1><div class='post-byline'>By Ada Quill</div><p>It rained in Varn.</p></article>"
    found = html.read(f"<html><body><nav>N</nav>{article}</body></html>", "", CONTEXT).entry
    assert [author.name for author in found.authors] == ["Ada Quill"]
    assert "Quill" not in found.content


@pytest.mark.parametrize(
    "head",
    ["<base href='https://post.example/news/'>", "<link rel=canonical href='https://post.example/news/'>"],
)
def test_what_a_saved_page_refers_to_is_found_where_it_was(head: str) -> None:
    found = html.read(f"<html><head>{head}</head><body><h1>T</h1><p><img src=a.jpg></p></body></html>", "", CONTEXT)
    assert found.entry.base == "https://post.example/news/"
