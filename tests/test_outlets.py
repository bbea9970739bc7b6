"""One story in many outlets, from their feeds to what readers and operators see: real feeds over a real loopback."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from support.articles import cut, decomposed, html, other, text
from support.ingest import Bench, Desk, bench
from support.origin import Origin
from support.site import ids
from support.validity import ACCEPTED, check_atom, check_json, check_rss

NAMES = ("hill-post", "coast-echo", "marsh-mail", "delta-sun", "reed-times")
#: What each prints of it: nobody the same.
PRINTED = (
    text("en"),
    f"HARLOW (Quarry Wire) - {text('en', (0, 1, 2, 3))}\nReporting by Quarry Wire",
    cut(text("en"), 380),
    text("en", (0, 2, 1, 4)),
    decomposed(text("en").replace("first bus", "very first bus").replace("340", "345")),
)
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def feed(number: int, *stories: tuple[str, str], dated: bool = True) -> bytes:
    """The RSS of an outlet. stories: name and text."""
    date = "<pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate>" if dated else ""
    items = "".join(
        f"<item><title>{NAMES[number]}: {name}</title><link>https://outlet{number}.example/{name}</link>"
        f"<guid>https://outlet{number}.example/{name}</guid>{date}<description>{escape(html(said))}</description></item>"
        for name, said in stories
    )
    return f'<rss version="2.0"><channel><title>{NAMES[number]}</title>{items}</channel></rss>'.encode()


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as made:
        yield made


def document(made: Bench, path: str) -> bytes:
    found = made.store.representations.of(path)
    assert found, path
    return found.body


def test_a_story_of_five_outlets_is_one_entry_that_names_the_others(tmp_path: Path, origin: Origin) -> None:
    for number, said in enumerate(PRINTED):
        stories = [("bridge", said)] + ([("diary", other("en"))] if number == 0 else [])
        origin.put(f"/{NAMES[number]}", feed(number, *stories), media_type="application/rss+xml")
    with bench(tmp_path) as made:
        made.subscribe(*(origin.url(f"/{NAMES[number]}") for number in range(5)))
        report = made.cycle()
        assert (report.new, report.duplicates, report.failures) == (2, 4, [])
        slugs = [f"source-{NAMES[number]}" for number in range(5)]
        for slug in slugs:
            made.ingest.inbox().ask("want", slug, made.clock())
        made.cycle(minutes=10)

        tree = etree.fromstring(document(made, "/feeds/all.atom"))
        lead = "https://outlet0.example/bridge"
        assert sorted(one.text or "" for one in tree.iterfind("a:entry/a:id", ATOM)) == [
            lead,
            "https://outlet0.example/diary",
        ]
        links = tree.iterfind(f"a:entry[a:id='{lead}']/a:link[@rel='related']", ATOM)
        assert {(link.get("title"), link.get("href")) for link in links} == {
            (NAMES[number], f"https://outlet{number}.example/bridge") for number in range(1, 5)
        }
        for number, slug in enumerate(slugs):
            assert f"https://outlet{number}.example/bridge" in ids(document(made, f"/feeds/{slug}.atom")), slug
        for path in ("/feeds/all.atom", "/feeds/all.rss", "/feeds/all.json", f"/feeds/{slugs[2]}.atom"):
            check = {"atom": check_atom, "rss": check_rss, "json": check_json}[path.rpartition(".")[2]]
            findings = check(document(made, path), f"{made.ingest.settings.base_url}{path}")
            assert [finding for finding in findings if finding.code not in ACCEPTED] == [], path

        before = document(made, "/feeds/all.atom")
        made.cycle(minutes=10)
        assert document(made, "/feeds/all.atom") == before


def test_a_copy_that_comes_later_moves_nothing_but_the_links_of_its_lead(tmp_path: Path, origin: Origin) -> None:
    for number in range(2):
        origin.put(f"/{NAMES[number]}", feed(number, *[("bridge", PRINTED[number])][number:]), media_type="text/xml")
    with bench(tmp_path) as made:
        made.subscribe(*(origin.url(f"/{NAMES[number]}") for number in range(2)))
        made.cycle()
        (before,) = json.loads(document(made, "/feeds/all.json"))["items"]
        origin.put(f"/{NAMES[1]}", feed(1, ("bridge", PRINTED[1])), media_type="text/xml")
        made.cycle(minutes=30)
        (after,) = json.loads(document(made, "/feeds/all.json"))["items"]
    related = after["_seedfeed"].pop("related")
    assert [one["source"] for one in related] == [NAMES[1]]
    assert after == before


def test_an_operator_sees_parts_and_joins_stories_by_command(tmp_path: Path, origin: Origin) -> None:
    site = Desk(tmp_path)
    for number in range(2):
        stories = [("bridge", PRINTED[number])] + ([("diary", other("en"))] if number else [])
        origin.put(f"/{NAMES[number]}", feed(number, *stories, dated=False), media_type="text/xml")
    outlines = "".join(f'<outline type="rss" text="O{n}" xmlUrl="{origin.url(f"/{NAMES[n]}")}"/>' for n in range(2))
    site.drop("subscriptions.opml", f'<opml version="2.0"><head/><body>{outlines}</body></opml>')
    site.cycle()
    lead, copy, diary = (
        f"https://outlet{place}" for place in ("0.example/bridge", "1.example/bridge", "1.example/diary")
    )

    def folded() -> dict[str, tuple[Any, Any]]:
        return {line["id"]: (line["story"], line["folded"]) for line in site.entries()}

    assert folded() == {lead: (lead, False), copy: (lead, True), diary: (None, False)}
    line = json.loads(site.seedfeed("why", copy, "--json"))
    assert (line["duplicate_of"], line["how"], line["share"] > 0.7) == (lead, "text", True)
    assert "stands by itself now" in site.seedfeed("split", copy)
    assert "stands under" in site.seedfeed("merge", lead, diary)
    site.cycle()
    assert folded() == {lead: (lead, False), copy: (None, False), diary: (lead, True)}
    assert sorted(ids(site.documents()["/feeds/all.atom"])) == [lead, copy]
    refused = site.attempt("split", copy)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "it stands under no other entry" in refused.stderr
