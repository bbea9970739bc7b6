"""Feeds to read, in two shapes: in many copies, so that texts repeat, or so that no two copies say the same.

They are those of a folder, or made up: full texts and summaries of many lengths in four languages. Each copy has ids
and links of its own, as outlets have that take over a text; in a copy that must not repeat the texts of others every
word is exchanged for another of the same document: lengths, languages and markup stay as they are.
"""

import random
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, count, islice
from pathlib import Path

from lxml import etree

from worker.model import Document
from worker.parse import parse

SUFFIXES = {".rss": "application/rss+xml", ".atom": "application/atom+xml", ".rdf": "application/rdf+xml"}
MADE_UP = 130
ENTRIES = 18
#: Feeds that never change, to warm up with, are short.
STILL_ENTRIES = 2
NOW = datetime(2026, 11, 24, tzinfo=UTC)
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_TEXTS = {"title", "description", "summary", "content", "encoded"}
_NAMES = {"guid", "id", "link", "origLink"}
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_PARTS = re.compile(r"(<[^>]*>|&[^\s;]{1,10};|https?://\S+)|([^\W\d_]{3,})")
_WORDS = {
    "en": "the harbour council wrote that a winter ferry would stop at both piers until spring because repairs on"
    " northern quay took longer than planned and nobody had asked small boats to wait engineers found rust in every"
    " second beam while market stalls stayed open late under yellow lamps with soup bread old songs",
    "de": "der Rat der kleinen Stadt hat am Abend beschlossen dass die Brücke über den Fluss im Frühling neu gebaut"
    " wird weil viele Bürger seit Jahren auf einen sicheren Weg zur Schule warten und die alte Straße für Räder zu"
    " schmal geworden ist niemand wollte länger mit dem Bau zögern trotz höherer Kosten",
    "fr": "la commune a décidé de rénover le vieux moulin près de la rivière où chaque été des enfants apprennent à"
    " nager pendant que leurs parents discutent des récoltes et du prix du blé on espère ouvrir une salle de lecture"
    " avant l'hiver avec des chaises neuves et beaucoup de lumière",
    "vi": "ủy ban xã cho biết con đường ven sông sẽ được sửa trước mùa mưa để học sinh đi lại an toàn người dân góp"
    " công làm hàng rào trồng thêm cây bóng mát và dọn sạch kênh mương nhiều gia đình đã nhường đất cho dự án nhà văn"
    " hóa mới có phòng đọc sách sân chơi và một khu vườn nhỏ",
}


def feeds_of(folder: Path | None) -> Iterator[tuple[str, bytes]]:
    """The suffix and the bytes of every feed of a folder, or of those that are made up."""
    if folder is None:
        for n in range(MADE_UP):
            yield (".atom" if n % 2 else ".rss"), made_up(n)
        return
    for path in sorted(folder.iterdir()):
        if path.suffix in SUFFIXES or path.suffix == ".xml":
            yield (path.suffix if path.suffix in SUFFIXES else ".rss"), path.read_bytes()


def prepare(folder: str, feeds: int, still: int, repeat: bool, corpus: str) -> dict[str, int]:
    """Writes the documents of an origin: `N.now.SUFFIX`, and `N.before.SUFFIX` of one feed in twenty, which lacks the
    newest entry.

    Gives the number of entries in all, and of feeds that change. corpus: "" for made-up feeds. still: further feeds.
    """
    target = Path(folder)
    found = [(suffix, body) for suffix, body in feeds_of(Path(corpus) if corpus else None) if _count(body)]
    # Only what is well-formed can be rewritten.
    again = [one for one in found if _tree(one[1]) is not None]
    rounds = chain(((one, 0) for one in found), ((one, copy) for copy in count(1) for one in again))
    chosen = list(islice(rounds, feeds))
    counts = [_count(body) for (_, body), _ in chosen]
    changing = [n for n, ((_, body), _) in enumerate(chosen) if counts[n] > 1 and _tree(body) is not None]
    sample = set(random.Random(5).sample(changing, max(1, feeds // 20)))
    for n, ((suffix, body), copy) in enumerate(chosen):
        if copy:
            body = copied(body, copy, repeat)
        if n in sample:
            body = _rewritten(body)  # so that the entries that stay have the same bytes in both
            (target / f"{n}.before{suffix}").write_bytes(without_newest(body))
        (target / f"{n}.now{suffix}").write_bytes(body)
    for n in range(feeds, feeds + still):
        (target / f"{n}.now{'.atom' if n % 2 else '.rss'}").write_bytes(made_up(10_000 + n, STILL_ENTRIES))
    return {"entries": sum(counts), "changing": len(sample)}


def _count(body: bytes) -> int:
    try:
        return len(parse(Document(name="feed", body=body, retrieved_at=NOW, url="https://site.example/")).entries)
    except Exception:
        return 0


def _tree(body: bytes) -> "etree._Element | None":
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return None


def _items(root: "etree._Element") -> list["etree._Element"]:
    return [one for one in root.iter("{*}item", "{*}entry") if isinstance(one.tag, str)]


def without_newest(body: bytes) -> bytes:
    """The document without its first item."""
    root = _tree(body)
    assert root is not None
    first = _items(root)[0]
    parent = first.getparent()
    assert parent is not None
    parent.remove(first)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _rewritten(body: bytes) -> bytes:
    root = _tree(body)
    assert root is not None
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def copied(body: bytes, copy: int, repeat: bool) -> bytes:
    """The same document with other ids and links; in other words too, unless its texts may repeat."""
    root = _tree(body)
    assert root is not None
    items = _items(root)
    for item in items:
        if about := item.get(_ABOUT):
            item.set(_ABOUT, _another(about, copy))
        for one in item.iter():
            name = _name(one)
            if name in _NAMES and one.text and one.text.strip():
                one.text = _another(one.text.strip(), copy)
            if name == "link" and (href := one.get("href")):
                one.set("href", _another(href, copy))
    if not repeat:
        _exchange_words([one for item in items for one in item.iter() if _name(one) in _TEXTS], copy)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _exchange_words(texts: Sequence["etree._Element"], copy: int) -> None:
    words = sorted({word for one in texts for text in one.itertext() for _, word in _PARTS.findall(str(text)) if word})
    others = list(words)
    random.Random(copy).shuffle(others)
    exchanged = dict(zip(words, others, strict=True))

    def say(text: str | None) -> str | None:
        return text and _PARTS.sub(lambda found: str(found[1] or exchanged.get(found[2], found[2])), text)

    for one in {below: None for text in texts for below in text.iter() if isinstance(below.tag, str)}:
        if _name(one) not in _NAMES:
            one.text = say(one.text)
        one.tail = say(one.tail)


def _name(one: "etree._Element") -> str:
    return etree.QName(one).localname if isinstance(one.tag, str) else ""


def _another(address: str, copy: int) -> str:
    return f"{address}{'&' if '?' in address else '?'}copy={copy}"


def made_up(n: int, entries: int = ENTRIES) -> bytes:
    """The bytes of feed `n`, newest entry first: RSS 2.0 if it is even, else Atom; the same number, the same bytes."""
    language = list(_WORDS)[n // 2 % len(_WORDS)]
    site = f"http://site{n}.example"
    updated = _moment(n, entries - 1)
    numbers = range(entries - 1, -1, -1)
    # One feed in three leaves its language to be guessed.
    stated = n % 3 > 0
    if n % 2:
        tag = f' xml:lang="{language}"' if stated else ""
        head = f'<feed xmlns="http://www.w3.org/2005/Atom"{tag}><title>Made-up paper {n}</title><id>{site}/</id>'
        head += f'<link href="{site}/"/><updated>{updated:%Y-%m-%dT%H:%M:%SZ}</updated>'
        whole = "".join(_atom_entry(n, number, language, site) for number in numbers)
        return f'<?xml version="1.0" encoding="utf-8"?>\n{head}{whole}</feed>\n'.encode()
    tag = f"<language>{language}</language>" if stated else ""
    head = f"<title>Made-up paper {n}</title><link>{site}/</link><description>News of {n}</description>{tag}"
    head += f"<pubDate>{_rfc822(updated)}</pubDate>"
    whole = "".join(_rss_item(n, number, language, site) for number in numbers)
    namespaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    start = f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" {namespaces}><channel>'
    return f"{start}{head}{whole}</channel></rss>\n".encode()


def _atom_entry(n: int, number: int, language: str, site: str) -> str:
    title, summary, html = text_of(n, number, language, site)
    moment = f"{_moment(n, number):%Y-%m-%dT%H:%M:%SZ}"
    content = f'<content type="html">{_escaped(html)}</content>' if html else ""
    return (
        f"<entry><title>{title}</title><id>tag:site{n}.example,2026:{number}</id>"
        f'<link rel="alternate" type="text/html" href="{site}/story/{number}?utm_source=feed"/>'
        f"<published>{moment}</published><updated>{moment}</updated><author><name>Author {number % 7}</name></author>"
        f'<category term="Section {number % 5}"/><summary>{summary}</summary>{content}</entry>\n'
    )


def _rss_item(n: int, number: int, language: str, site: str) -> str:
    title, summary, html = text_of(n, number, language, site)
    content = f"<content:encoded><![CDATA[{html}]]></content:encoded>" if html else ""
    return (
        f"<item><title>{title}</title><link>{site}/story/{number}?utm_source=feed</link>"
        f'<guid isPermaLink="false">{n}-{number}</guid><pubDate>{_rfc822(_moment(n, number))}</pubDate>'
        f"<dc:creator>Author {number % 7}</dc:creator><category>Section {number % 5}</category>"
        f"<description>{summary}</description>{content}</item>\n"
    )


def text_of(n: int, number: int, language: str, site: str) -> tuple[str, str, str]:
    """Title, summary and HTML of an entry, in words of no other: a third are summaries, the others 60 to 900 words."""
    rng = random.Random(n * 1_000_003 + number)
    length = 0 if n % 3 == 2 else min(900, 60 + int(rng.expovariate(1 / 250)))
    words = rng.choices(_WORDS[language].split(), k=40 + length)
    title, summary = " ".join(words[:8]).capitalize(), " ".join(words[8:40]).capitalize()
    paragraphs = [_paragraph(words[at : at + 60], rng, number) for at in range(40, len(words), 60)]
    if length:
        paragraphs.insert(1, f'<p><img src="/images/{number}.jpg" alt="" width="640" height="360"></p>')
    return title, f"{summary}.", "".join(paragraphs).replace('="/', f'="{site}/' if n % 4 else '="/')


def _paragraph(words: Sequence[str], rng: random.Random, number: int) -> str:
    at = rng.randrange(len(words))
    linked = f'<a href="/story/{number}/{at}">{words[at]}</a>'
    return f"<p>{' '.join((*words[:at], linked, *words[at + 1 :]))}.</p>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _moment(n: int, number: int) -> datetime:
    return _EPOCH + timedelta(hours=number * 5, minutes=n % 60, seconds=n % 53)


def _rfc822(moment: datetime) -> str:
    return f"{moment:%a, %d %b %Y %H:%M:%S GMT}"
