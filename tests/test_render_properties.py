"""Whatever stands in the store, what is published of it is valid, and the same bytes in any process and any order.

Entries are made to hurt: control characters, marks of direction, markup and references where plain text belongs,
addresses that are none, texts without end, nothing at all. Only what `worker.entries.normalise` promises is kept:
content is sanitised, languages are known, dates are not in the future, and `updated` differs.
"""

import os
import pickle
import re
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from feeds.model import Decision, Enclosure, Entry, Origin, Person, Source, Verdict
from feeds.publish import catalogue, regenerate
from feeds.settings.schema import Settings
from feeds.store.representations import Aside
from feeds.text.dates import distinct
from support.builders import NOW, SEEDS, opened, settings, source, subscribe
from support.validity.homes import faults
from worker.entries.sanitise import sanitise

PIECES = (
    "<b>", "</b>", "<script>alert(1)</script>", "<!--", "-->", "]]>", "<![CDATA[", "<p>a<p>b", "<br/", "</p", "<li>x",
    "&", "&amp;", "&amp;amp;", "&copy", "&copy;", "&#60;b&#62;", "&#x26;", "&nosuch;", "AT&T", "a < b", "a <b", "\"'`=",
    "\x00", "\x0b", "\x1f", "\x7f", "\x85", "\x9f", "\u200b", "\u200f", "\u202e", "\u2066", "\u2028", "\ufeff",
    "\ufffd", "\ufffe", "\uffff", "\U0001f6a2", "\U0010ffff", "\ue000", "e\u0301\u0301\u0301", "đường", "مرحبا", "שלום",
    "你好", " ", "\n", "\t", "\r\n", "LONG", "ada@example.com", "Ada <ada@example.com>", "{{ 7 * 7 }}", "%(x)s",
    "\\",
    "<a href='/b'>c</a>", "<img src=x onerror=alert(1)>", "<svg><path/></svg>", "<table><td>x", "<div/>", "&lt;i&gt;",
)  # fmt: skip
ADDRESSES = (
    "", "https://paper.example/1", "http://paper.example", "HTTPS://Paper.Example:443/a/../b?x[]=1#y z", "/relative",
    "//paper.example/x", "javascript:alert(1)", "data:text/html,x", "mailto:ada@example.com", "urn:isbn:1", "tag:x",
    "#a", "http://", "http:///x", "http://[::1]/x", "http://[bad/x", "https://paper.example/tàu|{b}", "https://例え.example/道",
    "https://paper.example/50%", "https://u:p@paper.example/", "http://localhost/x.mp3", "https://paper.example/\x01",
    "https://paper.example/a\nb", "https://paper.example/" + "LONG", "ftp://paper.example/x", "http://a:99999/",
)  # fmt: skip


def _long(words: str) -> str:
    return words.replace("LONG", "x" * 4000)


texts = st.one_of(
    st.just(""),
    st.lists(st.sampled_from(PIECES), max_size=6).map(lambda pieces: _long("".join(pieces))),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
addresses = st.one_of(st.sampled_from(ADDRESSES).map(_long), texts)
moments = st.one_of(
    st.sampled_from([NOW, datetime(1990, 1, 1, tzinfo=UTC), NOW - timedelta(microseconds=1)]),
    st.integers(0, 12_600).map(lambda days: datetime(1990, 1, 2, tzinfo=UTC) + timedelta(days=days)),
)
early = st.sampled_from([datetime(1, 1, 2, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC)])
people = st.builds(Person, name=texts, email=st.one_of(texts, st.just("ada@example.com")), uri=addresses)
numbers = st.one_of(st.none(), st.integers(-1, 2**40))
enclosures = st.builds(
    Enclosure,
    url=addresses,
    type=st.one_of(st.sampled_from(["audio/mpeg", "image/png", "mp3", "*/*", ""]), texts),
    length=numbers,
)
origins = st.builds(
    Origin, id=addresses, title=texts, feed_url=addresses, link=addresses, updated=st.none() | moments, rights=texts
)
entries = st.builds(
    Entry,
    source_id=st.sampled_from([SEEDS.key, source("hills").key]),
    id=st.one_of(
        st.uuids().map(lambda one: one.urn),
        st.sampled_from([one for one in ADDRESSES if one]),
        texts.filter(bool),
    ),
    title=texts.map(lambda words: words or " "),
    updated=moments,
    published=moments | early,
    dated=st.booleans(),
    permalink=addresses,
    authors=st.lists(people, max_size=3).map(tuple),
    categories=st.lists(texts, max_size=3).map(tuple),
    enclosures=st.lists(enclosures, max_size=3).map(tuple),
    summary=texts,
    content=texts.map(lambda html: sanitise(html, "https://paper.example/1")),
    language=st.sampled_from(["", "vi", "ar", "zh-Hant"]),
    credit=texts,
    comments=addresses,
    image=addresses,
    origin=st.none() | origins,
)
sources = st.builds(
    lambda title, link, private, content: source("hills", title=title, link=link, private=private, content=content),
    title=texts,
    link=addresses,
    private=st.booleans(),
    content=st.sampled_from(["full", "summary", "link"]),
)
sites = st.fixed_dictionaries({"title": texts, "subtitle": texts, "author": texts})
homes = st.tuples(st.lists(entries, max_size=4, unique_by=lambda one: one.id), sources, sites)

# In JSON a title is plain text, and "</b>" what it says. A file on a host without a dot stays where it is.
MEANT = ("title: </", "InvalidURLAttribute")

Made = tuple[list[Entry], Source, dict[str, str]]


def published(made: Made, backwards: bool = False) -> tuple[str, list[str], tuple[Aside, ...]]:
    """A digest of all newest documents, their faults, and the entries that the gate set aside."""
    taken, outlet, words = made
    site: Settings = settings(feed_limit=2, publish={"automatic": ["all", "seeds", "source", "lang"]}).model_copy(
        update=words
    )
    with TemporaryDirectory() as root, closing(opened(Path(root))) as store:
        store.connection.execute("PRAGMA synchronous = OFF")  # it need not outlive a power cut
        subscribe(store, outlet)
        with store.transaction() as transaction:
            for one in reversed(taken) if backwards else taken:
                days = sum(one.id.encode()) % 9  # so that some stand in archives alone
                place = distinct(NOW - timedelta(days=days), one.id)
                kept = Entry(
                    **{name: getattr(one, name) for name in one.__slots__} | {"updated": distinct(one.updated, one.id)}
                )
                store.entries.apply(transaction, [Decision(kept, Verdict.NEW, "it is new", listed_at=place)], NOW, {})
        feeds = catalogue.feeds_of(site, store, catalogue.site_of(site, store))
        outcome = regenerate.publish(store, site, NOW, wanted=list(feeds))
        rows = store.connection.execute("SELECT path, body FROM representations ORDER BY path").fetchall()
        assert not outcome.held
        found = [fault for fault in faults(store, site) if not any(map(fault.__contains__, MEANT))]
        # Archives are filled in the order of storing: the number of the one before depends on that, nothing else does.
        bodies = [(row["path"], re.sub(rb"/archive/[0-9]+\.atom", b"/archive", row["body"])) for row in rows]
        return sha256(repr(bodies).encode()).hexdigest(), found, outcome.aside


def test_any_store_renders_to_valid_documents_and_twice_to_the_same_bytes() -> None:
    seen: list[tuple[Made, str]] = []

    @given(homes)
    @profile(max_examples=int(os.environ.get("RENDER_EXAMPLES", "30")))
    def check(made: Made) -> None:
        digest, found, aside = published(made)
        assert (found, aside) == ([], ())
        seen.append((made, digest))

    check()
    last = seen[-20:]
    again = subprocess.run(
        [sys.executable, __file__],
        input=pickle.dumps([made for made, _ in last]),
        env={**os.environ, "PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
    )
    assert pickle.loads(again.stdout) == [digest for _, digest in last]


if __name__ == "__main__":
    # Another process, day and order: the same bytes.
    sys.stdout.buffer.write(pickle.dumps([published(made, True)[0] for made in pickle.load(sys.stdin.buffer)]))
