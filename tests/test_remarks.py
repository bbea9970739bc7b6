"""What an author meant for editors leaves Markdown and plain text; code and everything else stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import SeedError
from worker.seeds.readers.remarks import unsure_note, without_remarks


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        # Obsidian
        ("a %%NO%% b", "a  b"),
        ("a\n\n%%\nNO\n\nNO\n%%\n\nb", "a\n\n\n\nb"),
        ("%%NO%%\na", "\na"),
        ("100%% of it, 50%% of that", "100%% of it, 50%% of that"),
        ("`%%yes%%` and ``%%`yes%%`` %%NO%%", "`%%yes%%` and ``%%`yes%%`` "),
        ("```\n%%yes%%\n```\n%%NO%%", "```\n%%yes%%\n```\n"),
        ("~~~\n%%yes", "~~~\n%%yes"),
        ("a\n\n    %%yes\n\n    %%yes\n\nyes\n\n```mermaid\n%%{init: {}}%%\n```\nyes",) * 2,
        ("a\n\n\t%%yes\nyes %%NO\n```\n%%\n```\nNO%% b", "a\n\n\t%%yes\nyes  b"),
        ("- a\n\n    %%NO%%\n\n1. b\n\n    c\n\n    %%NO%%", "- a\n\n    \n\n1. b\n\n    c\n\n    "),
        ("a\n    %%NO%%\n   b\n\n    %%NO%%", "a\n    \n   b\n\n    "),
        # CriticMarkup: iA Writer, MultiMarkdown, Obsidian
        ("a{>>NO<<} b", "a b"),
        ("a {--NO--}{++yes++} b", "a yes b"),
        ("a {~~NO~>yes~~} b", "a yes b"),
        ("a {==yes==}{>>NO<<} b", "a yes b"),
        # Jekyll and Liquid, Eleventy and Nunjucks, Ghost and Handlebars, Docusaurus and MDX, Logseq and Org
        ("a {% comment %}NO\nNO{% endcomment %} b", "a  b"),
        ("a {%- comment -%}NO{%- endcomment -%} b", "a  b"),
        ("a {# NO #} b", "a  b"),
        ("a {{< comment >}}NO{{< /comment >}} b", "a  b"),
        ("a {{% comment %}}NO{{% /comment %}} b", "a  b"),
        ("## yes {#anchor}", "## yes {#anchor}"),
        ("a {{!-- NO --}} b", "a  b"),
        ("a {/* NO */} b", "a  b"),
        ("a\n#+BEGIN_COMMENT\nNO\n#+END_COMMENT\nb", "a\n\nb"),
        # Google Docs
        ("A crane[a] is tall.\nIt is red[b].\n\n[a]NO\n[b]NO\nNO", "A crane is tall.\nIt is red.\n"),
        ("See [a] and\n\n[a]: https://a.example/", "See [a] and\n\n[a]: https://a.example/"),
        ("[a]nd so on", "[a]nd so on"),
    ],
)
def test_remarks_leave_markdown(body: str, kept: str) -> None:
    assert without_remarks(body, markdown=True)[0] == kept


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("a {>>NO<<} b {--NO--}{++yes++}", "a  b yes"),
        ("a\n<!-- NO\nNO -->\nb", "a\n\nb"),
        ("The tag <!-- is a comment --> of HTML", "The tag <!-- is a comment --> of HTML"),
        ("a %%yes%% {# yes #}", "a %%yes%% {# yes #}"),
        ("A crane[a] is tall.\n\n[a]NO", "A crane is tall.\n"),
        # Word
        ("A crane[LP1] is\ntall [A2]and old.\n\n [LP1]NO\n [A2]NO\nNO", "A crane is\ntall and old.\n"),
        ("A crane [Đ1] is tall.\n\n [Đ1]NO", "A crane  is tall.\n"),
        ("A crane [R1] is tall [R2].\n\n[R1] yes\n[R2] yes", "A crane [R1] is tall [R2].\n\n[R1] yes\n[R2] yes"),
        ("A crane[LP1] is tall.\n\n[LP2]yes", "A crane[LP1] is tall.\n\n[LP2]yes"),
        ("The road [A1]\nand [A2] yes", "The road [A1]\nand [A2] yes"),
    ],
)
def test_remarks_leave_plain_text(body: str, kept: str) -> None:
    assert without_remarks(body, markdown=False)[0] == kept


@pytest.mark.parametrize(
    ("notes", "unsure"),
    [
        ("No effect[R1] was seen.\n\n[R1] Journal of Bones, 2019.", "[R1] Journal of Bones, 2019."),
        ("A crane[CT1].\nIt is red[CT2].\n\n[CT1] One.\n[CT2] Two.", "[CT1] One."),
        ("A crane [Đ1] is tall.\n\n[Đ1]Is it?", "[Đ1]Is it?"),
        ("遺跡が掘られた[注1]。\n\n[注1] 『骨の雑誌』", ""),
        ("유적[역주1]이 있다.\n\n[역주1] 잡지", ""),
        ("A crane [R1] is tall.\n\n[R1] Journal.", ""),
        ("A crane[LP1] is tall.\n\n [LP1]Is it?", ""),
    ],
)
def test_notes_that_may_be_comments_are_asked_about(notes: str, unsure: str) -> None:
    assert unsure_note(notes) == unsure
    if unsure:
        assert without_remarks(notes, markdown=False)[0] == notes


def test_a_comment_without_an_end_is_a_question() -> None:
    with pytest.raises(SeedError) as caught:
        without_remarks("a\n\n%%\nto the end of the note", markdown=True)
    assert (caught.value.code, caught.value.message[:6]) == ("E_HELD", "line 3")


@pytest.mark.parametrize(
    "part", ["{--", "`", "``a", "%% ", "{# ", "<!--\n", "[a]", "\n[A1]a", "```\n", "{% comment %}", "a%%\n%%a"]
)
def test_marks_without_an_end_take_no_time(part: str) -> None:
    for markdown in (True, False):
        try:
            without_remarks(part * 100_000, markdown=markdown)
        except SeedError as error:
            assert error.code == "E_HELD"


@given(st.lists(st.sampled_from(
    ["%%", "{>>", "<<}", "{++", "++}", "`", "```\n", "\n", "a", "[a]", "{~~", "~>", "~~}", "<!--", "-->", "{# ", "#}"]
), max_size=30), st.booleans())  # fmt: skip
def test_any_text_is_read_or_asked_about(parts: list[str], markdown: bool) -> None:
    try:
        kept, _ = without_remarks("".join(parts), markdown=markdown)
    except SeedError as error:
        assert error.code == "E_HELD"
    else:
        assert len(kept) <= sum(map(len, parts)) + 1
