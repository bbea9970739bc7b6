"""Markdown as seeds: tables, struck words, footnotes, bare addresses, headings."""

from datetime import UTC, datetime

import pytest

from worker.seeds.newswire.context import SeedContext
from worker.seeds.readers import markdown

CONTEXT = SeedContext(UTC, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("body", "within"),
    [
        ("|a|b|\n|-|-|\n|1|2|", "<td>1</td>"),
        ("~~gone~~", "<s>gone</s>"),
        ("See https://tide.example/a.", 'href="https://tide.example/a"'),
        ("Tide[^1].\n\n[^1]: At six.", "<sup>[1]</sup>"),
        ("Tide[^1].\n\n[^1]: At six.", "At six."),
        ("![Quay](quay.jpg)", 'src="quay.jpg"'),
        # Callouts, properties, shortcodes and Liquid.
        (
            "> [!note]- Mind *it*\n> The gap.",
            "<strong>Mind <em>it</em></strong></p>\n<p>The gap.</p>\n</blo",
        ),
        ("> [!TIP]\n> The gap.", "<p><strong>Tip</strong></p>\n<p>The gap.</p>"),
        ("> > [!info]", "<blockquote>\n<blockquote>\n<p><strong>Info</strong></p>\n</blockquote>"),
        ("- First\n  id:: 63f1\n  collapsed:: true\n- std::string", "<li>First</li>\n<li>std::string</li>"),
        (
            'A\n\n{{< figure src="a b.png" alt="A *pier*" caption="At *dawn*" >}}',
            '><img src="a%20b.png" alt="A *pier*" /><br />\nAt <em>dawn</em></p>',
        ),
        ('A\n\n{% include figure.html src="a.png" %}', '><img src="a.png" alt="" /></p>'),
        ("A\n\n{{< youtube w7F-2 >}}", '<a href="https://www.youtube.com/watch?v=w7F-2">'),
        ("{% highlight go %}\nx := 1\n{% endhighlight %}", '<code class="language-go">x := 1\n</code>'),
        ('[it]({{< relref "a.md" >}})', '<a href="a.md">it</a>'),
        ("![pic]({{ site.baseurl }}/a.png) {{ x }}", '<img src="/a.png" alt="pic" /> <code>{{ x'),
        ("![pic]( {{ site.url }}{{ site.baseurl }}/a.png 'T')", '<img src="/a.png" alt="pic" title="T" />'),
        ("![pic]({{ '/a b.png' | relative_url }})", 'src="/a%20b.png"'),
        ('![pic]({{ "a.png" | prepend: "/img/" | absolute_url }}#x)', 'src="/img/a.png#x"'),
        ("![pic]({{ '/a.png' | url }})", 'src="/a.png"'),
        ("<img src=\"{{ '/a.png' | relative_url }}\" alt=pic>", '<img src="/a.png" alt=pic>'),
        ("![pic][1]\n\n[1]: {{ site.baseurl }}/a.png", '<img src="/a.png" alt="pic" />'),
        ("[story]({% post_url 2026-05-04-quay %}#top)", '<a href="2026-05-04-quay.md#top">story</a>'),
        ("[story]({{ site.baseurl }}{% link _posts/2026-05-04-quay.md %})", '<a href="2026-05-04-quay.md">story</a>'),
        ("[home]({% link index.md %})", '<a href="/index.md">home</a>'),
        ("`![pic]({{ site.baseurl }}/a.png)`", "<code>![pic]({{ site.baseurl }}/a.png)</code>"),
        (r"$\frac{{a}}{{b}} + x^{{2}}$", r"$\frac{{a}}{{b}} + x^{{2}}$"),
        ("A {{% notice %}}told{{% /notice %}}{{ x | y }} B", "A told<code>{{ x | y }}</code> B"),
        ("```\n> [!note] {{< x >}}\nid:: 1\n```", "&gt; [!note] {{&lt; x &gt;}}\nid:: 1"),
        ("`{{< x >}}` { % } {{", "<code>{{&lt; x &gt;}}</code> { % } {{"),
        # Links of Obsidian and Logseq.
        ("At ![[the quay.jpg|300]].", '>At <img src="the%20quay.jpg" alt="" />.</p>'),
        ("![[quay.JPG|The quay]]", '<img src="quay.JPG" alt="The quay" />'),
        (
            "See [[Note|the note]], [[Other]], [[A#b]], [[#Part]] ![[Whole]].",
            ">See the note, Other, A, Part Whole.</p>",
        ),
        ("|a|\n|-|\n|[[N\\|the note]]|", "<td>the note</td>"),
        ("`[[a]]` [[]] [[^1]]", "<code>[[a]]</code> [[]] [[^1]]"),
        ("[[1]] [[2]](/b)\n\n[1]: /a", '[<a href="/a">1</a>] <a href="/b">[2]</a>'),
    ],
)
def test_renders(body: str, within: str) -> None:
    assert within in markdown.read(body, "", CONTEXT).entry.content


def test_takes_the_first_heading_for_the_title() -> None:
    entry = markdown.read("# Tide\n\nHigh at six.", "", CONTEXT).entry
    assert entry.title == "Tide"
    assert "<h1>" not in entry.content
    assert "High at six." in entry.content


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("M1 <span hidden>HID</span>", "M1"),
        ("Lead <span style='visibility:hidden'>HID</span> seen", "Lead seen"),
        ("Lead <b style='display:none'>HID <i>HID</i> HID</b>seen", "Lead seen"),
        ("Lead <template>HID</template>seen", "Lead seen"),
        ("AT&T, a < b <br>and <b>more</b>", "AT&T, a < b and more"),
        ("`<span hidden>` hides <b>words</b>", "<span hidden> hides words"),
    ],
)
def test_titles_and_paragraphs_have_only_what_is_shown(line: str, words: str) -> None:
    reading = markdown.read(f"# {line}\n\n{line}", "", CONTEXT)
    assert (reading.entry.title, reading.paragraphs) == (words, (words,))


def test_what_another_tool_would_fill_in_is_left_out_with_one_warning() -> None:
    found = markdown.read("# A\n\nSee {{< gallery >}} and {% toc %} here.\n\n{{< toc >}}", "", CONTEXT)
    assert found.entry.content.endswith(">See  and  here.</p>")
    assert [warning.partition(" is ")[0] for warning in found.warnings] == ["{{< gallery >}}"]
    assert markdown.read("# A\n\n`{{< x >}}` {{ y }}", "", CONTEXT).warnings == ()
