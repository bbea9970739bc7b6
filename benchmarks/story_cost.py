"""What looking for repeats costs a new entry that repeats nothing, and how that grows with what is stored.

    python benchmarks/story_cost.py 10000 1000000:30000 1000000

For each size a store is filled with that many entries, all of them inside the window, or as many as stand behind the
colon; then articles come that nobody printed before, and are fingerprinted and folded as in a cycle. As Markdown it
prints the CPU time for each of them, by part, how the sum grows from the first size to the others, and the index's
bytes for each entry inside the window.
"""

import argparse
import random
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap
from uuid import NAMESPACE_DNS, uuid5

import numpy as np
from newswire import generate
from newswire.languages import LANGUAGES

from feeds.model import Decision, Entry, Source, SourceKind, Verdict
from feeds.settings.schema import Settings
from feeds.store import Store
from feeds.text.plaintext import plain, tokens
from worker.entries.fingerprint import KEY_BYTES, fingerprint
from worker.entries.normalise import Context, normalise
from worker.model import RawEntry
from worker.stories.folding import Folding

NOW = datetime(2026, 3, 20, tzinfo=UTC)
SOURCE = Source(str(uuid5(NAMESPACE_DNS, "wire")), "wire", SourceKind.FEED, "Wire")
KEYS = 20
ROUNDS = 5


def articles(count: int, seed: int) -> list[Entry]:
    """Full texts of about 1,900 characters, a third in each language; none repeats another.

    Their words stand in any order: made-up sentences share more phrases with each other than real ones do.
    """
    found: list[Entry] = []
    rng = random.Random(seed)
    while len(found) < count:
        for one in generate(6 * count, seed, tuple(LANGUAGES)):
            if one.kind == "original" and len(plain(one.html)) > 600:
                text = "<p>" + "</p><p>".join(scrambled(plain(one.html)[:1900], rng)) + "</p>"
                raw = RawEntry(title=one.title, content=text, published=NOW.isoformat(), language=one.language)
                found.append(normalise(raw, Context(SOURCE, "https://example.org/", NOW), f"urn:new:{seed}:{one.n}"))
        seed += 1
    return found[:count]


def scrambled(text: str, rng: random.Random) -> Iterator[str]:
    """Paragraphs of the same words, or pieces of words where there are no spaces."""
    pieces = [piece for word in text.split() for piece in ([word] if word.isascii() else wrap(word, 6))]
    rng.shuffle(pieces)
    for start in range(0, len(pieces), 60):
        yield " ".join(pieces[start : start + 60])


def fill(store: Store, count: int, inside: int) -> None:
    """Entries, the last of them found by keys as random as hashes are, stored as cycles store them."""
    rng = np.random.default_rng(count)
    until = int((NOW + timedelta(hours=60)).timestamp() * 1e6)
    published = int((NOW - timedelta(hours=12)).timestamp() * 1e6)
    with store.transaction() as transaction:
        store.sources.put(transaction, SOURCE, now=NOW, category_slugs={})
        number = store.connection.execute("SELECT n FROM sources").fetchone()[0]
    for start in range(0, count, 20_000):
        block = range(start + 1, min(start + 20_000, count) + 1)
        keys = rng.integers(0, 2 ** (8 * KEY_BYTES), (len(block), KEYS), dtype=np.uint64)
        packed = keys.astype("<u8").view(np.uint8).reshape(len(block), KEYS, 8)[:, :, :KEY_BYTES]
        with store.transaction():
            store.connection.executemany(
                "INSERT INTO entries (n, id, uuid, source, title, permalink, canonical, summary, content, language,"
                " lang, credit, comments, image, authors, categories, enclosures, origin, published_us, dated,"
                " updated_us, first_seen_us, listed_us, digest, text_digest, change) VALUES (?, ?, ?, ?, 'T', '', '',"
                " '', '', '', '', '', '', '', '[]', '[]', '[]', '', ?, 1, ?, ?, ?, '', ?, 1)",
                [(n, f"urn:old:{n}", f"old-{n}", number, *[published] * 4, f"{n:032x}") for n in block],
            )
            store.connection.executemany(
                "INSERT INTO prints (entry, keys, until_us) VALUES (?, ?, ?)",
                [(n, one.tobytes(), until) for n, one in zip(block, packed, strict=True) if n > count - inside],
            )
            store.connection.executemany(
                "INSERT INTO passages (key, entry) VALUES (?, ?)",
                sorted(
                    (key, n) for n, row in zip(block, keys.tolist(), strict=True) if n > count - inside for key in row
                ),
            )


def measure(stored: int, inside: int, folder: Path) -> tuple[float, float, float]:
    """CPU microseconds for the fingerprint and for the fold of one new entry, and the index's bytes for each stored."""
    with closing(Store.open(folder / f"{stored}-{inside}.sqlite")) as store:
        before = _bytes(store)
        fill(store, stored, inside)
        size = (_bytes(store) - before) / inside
        folding = Folding(store, Settings())
        prints, folds = [], []
        for number in range(ROUNDS):
            fresh = articles(200, 1000 * stored + number)
            words = [tokens(plain(entry.content)) for entry in fresh]
            start = time.process_time()
            for one in words:
                fingerprint(one)
            prints.append((time.process_time() - start) / len(fresh) * 1e6)
            with store.transaction() as transaction:
                store.entries.apply(transaction, [Decision(one, Verdict.NEW, "") for one in fresh], NOW, {})
            start = time.process_time()
            copies = folding.fold(NOW)
            folds.append((time.process_time() - start) / len(fresh) * 1e6)
            assert copies == 0, "made-up articles repeat each other"
        return min(prints), min(folds), size


def _bytes(store: Store) -> int:
    """Of the tables and indexes that repeats are found by."""
    names = ("passages", "prints", "prints_until", "undecided", "stories")
    marks = ", ".join("?" * len(names))
    row = store.connection.execute(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({marks}) AND aggregate = 1", names)
    return int(row.fetchone()[0] or 0)


def table(sizes: list[tuple[int, int]]) -> Iterator[str]:
    yield "| stored | inside | fingerprint µs | look-up and keeping µs | together | growth | index bytes/entry |"
    yield "|---|---|---|---|---|---|---|"
    first = 0.0
    with TemporaryDirectory() as folder:
        for stored, inside in sizes:
            prints, folds, size = measure(stored, inside, Path(folder))
            first = first or prints + folds
            growth = (prints + folds) / first
            figures = f"{prints:.0f} | {folds:.0f} | {prints + folds:.0f} | {growth:.2f} | {size:,.0f}"
            yield f"| {stored:,} | {inside:,} | {figures} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", default=["10000", "1000000:30000"], metavar="STORED[:INSIDE]")
    asked = [[int(number) for number in size.split(":")] for size in parser.parse_args().sizes]
    for line in table([(size[0], size[-1]) for size in asked]):
        print(line, flush=True)


if __name__ == "__main__":
    main()
