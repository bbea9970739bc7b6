"""Every document in tests/documents/seeds/ becomes the entry that stands beside it.

`python tests/test_seed_documents.py [DIRECTORY]` prints the score, field by field, and what differs.
"""

import html
import json
import re
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import html as lxml_html

from feeds.errors import SeedError
from feeds.model import Entry, Source, SourceKind
from worker.entries.normalise import Context, normalise
from worker.model import Document
from worker.seeds.newswire.context import SeedContext
from worker.seeds.readers import read

DOCUMENTS = Path(__file__).parent / "documents" / "seeds"
OWN = Source("00000000-0000-0000-0000-000000000001", "seeds", SourceKind.SEEDS, "Test home")
_KINDS = {"h1": "h", "h2": "h", "h3": "h", "h4": "h", "li": "li", "th": "cell", "td": "cell"}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def documents(folder: Path = DOCUMENTS) -> list[tuple[Path, Path]]:
    """Each document with its expectation."""
    wanted = {path.stem: path for path in folder.glob("*.json")}
    return [
        (path, wanted[path.stem]) for path in sorted(folder.iterdir()) if path.suffix != ".json" and path.stem in wanted
    ]


def entry_of(path: Path, conditions: dict[str, str]) -> Entry:
    """The entry as the worker makes it."""
    zone, seen = ZoneInfo(conditions["zone"]), moment(conditions["first_seen"])
    modified = moment(conditions["modified"]) if "modified" in conditions else seen
    document = Document(conditions.get("folder", "") + path.name, path.read_bytes(), seen)
    reading, _ = read(document, SeedContext(zone, seen, modified, encoding=conditions.get("encoding", "")))
    context = Context(source=OWN, base="http://127.0.0.1:8080/", now=seen, zone=zone, undated=seen)
    return normalise(reading.entry, context, "urn:uuid:00000000-0000-0000-0000-000000000002")


def blocks(content: str) -> list[Any]:
    """The blocks that a reader sees, as the expectations write them."""
    if not content:
        return []
    found: list[Any] = []
    root = lxml_html.fragment_fromstring(content, create_parent="div")
    for element in root.iter("p", "h1", "h2", "h3", "h4", "li", "td", "th", "pre", "figcaption"):
        if element.tag == "li" and element.find("p") is not None:
            continue
        own = (
            element.xpath("string()")
            if element.tag != "li"
            else "".join(element.xpath("text()|*[not(self::ul or self::ol)]//text()"))
        )
        text = " ".join(own.split())
        parents = {parent.tag for parent in element.iterancestors()}
        kind = _KINDS.get(element.tag) or ("quote" if "blockquote" in parents else "li" if "li" in parents else "")
        if text and not (element.tag == "p" and parents & {"td", "th"}):
            found.append({kind: text} if kind else text)
    return found


def compared(path: Path, wanted: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Every field that the expectation names: (wanted, got)."""
    conditions = wanted["conditions"]
    try:
        entry = entry_of(path, conditions)
    except SeedError as error:
        return {field: (value, error.code) for field, value in wanted.items() if field != "conditions"}
    published = entry.published.strftime("%Y-%m-%dT%H:%M:%SZ")
    got: dict[str, Any] = {
        "title": entry.title,
        "title_max": len(entry.title),
        "title_prefix_of": entry.title,
        "published": published if entry.dated else "first_seen",
        "language": entry.language,
        "authors": [author.name for author in entry.authors],
        "credit": entry.credit,
        "summary": entry.summary,
        "paragraphs": blocks(entry.content),
        "links": re.findall(r'href="([^"]*)"', html.unescape(entry.content)),
        "images": re.findall(r'<img[^>]* src="([^"]*)"', html.unescape(entry.content)),
        "categories": list(entry.categories),
        "direction": "rtl" if re.match(r'<\w+ dir="rtl"', entry.content) else "",
        "refused": "",
    }
    pairs = {field: (value, got.get(field)) for field, value in wanted.items() if field != "conditions"}
    if "title_max" in pairs:
        pairs["title_max"] = (True, len(entry.title) <= wanted["title_max"])
    if "title_prefix_of" in pairs:
        pairs["title_prefix_of"] = (True, wanted["title_prefix_of"].startswith(entry.title.rstrip("…")))
    if "summary" in pairs and len(wanted["summary"]) > 400:
        pairs["summary"] = (True, wanted["summary"].startswith(entry.summary.rstrip("…").rstrip()))
    for name in ("contains", "lacks"):
        if name in pairs:
            text = " ".join(str(block) for block in got["paragraphs"])
            pairs[name] = ([], [words for words in wanted[name] if (words in text) != (name == "contains")])
    return pairs


@pytest.mark.parametrize("name", [path.name for path, _ in documents()])
def test_a_document_becomes_the_entry_beside_it(name: str) -> None:
    path = DOCUMENTS / name
    pairs = compared(path, json.loads(path.with_suffix(".json").read_text("utf-8")))
    assert {field: got for field, (_, got) in pairs.items()} == {field: want for field, (want, _) in pairs.items()}


def test_there_are_documents_of_every_kind_and_language() -> None:
    kinds = Counter(path.suffix for path, _ in documents())
    languages = {json.loads(wanted.read_text("utf-8")).get("language") for _, wanted in documents()}
    assert kinds.keys() >= {".txt", ".md", ".html", ".docx"}
    assert kinds.total() >= 60
    assert languages >= set("vi en fr de es pt it ru uk ar he hi th ja zh ko".split())


def score(folder: Path) -> None:
    right: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for path, wanted in documents(folder):
        pairs = compared(path, json.loads(wanted.read_text("utf-8")))
        for field, (want, got) in pairs.items():
            every[field] += 1
            right[field] += want == got
            if want != got:
                print(f"{path.name}: {field}\n   want {want!r}\n   got  {got!r}")
        if wrong := sum(want != got for want, got in pairs.values()):
            print(f"{path.name}: {len(pairs) - wrong} of {len(pairs)} fields right")
    for field in sorted(every):
        print(f"{field:16} {right[field]:4} of {every[field]:4}")
    print(f"{'all':16} {right.total():4} of {every.total():4}: {right.total() / max(1, every.total()):.1%}")


if __name__ == "__main__":
    score(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS)
