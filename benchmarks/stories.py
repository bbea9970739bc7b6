"""How well repeats of a story are told from other stories of the same wording, beside what one would else use.

    python -m benchmarks.stories --entries 4000 --seed 2

Every method reads the same made-up stream (`newswire/`), oldest entry first, and names for each entry the one that it
is folded under. As Markdown it prints how well the stories agree with the labels, and what it cost; then what was found
at each level of editing, for each language, and which kinds of hard negatives were folded wrongly. `--dump FILE` writes
the stream as lines of JSON instead. The figure of `python -m benchmarks` is one number of the first table.
"""

import argparse
import html
import json
import re
import sys
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol
from uuid import NAMESPACE_DNS, uuid5
from zlib import crc32

import numpy as np

from benchmarks.figures import Measured, Options
from benchmarks.newswire import Entry, dump, generate
from benchmarks.newswire.edits import LEVELS
from benchmarks.newswire.languages import LANGUAGES
from benchmarks.processes import fresh
from feeds.model import Decision, Source, SourceKind, Verdict
from feeds.model import Entry as StoredEntry
from feeds.settings.schema import Settings
from feeds.store import Store
from worker.entries.normalise import Context, normalise
from worker.model import RawEntry
from worker.stories.folding import Folding

WINDOW = timedelta(hours=72)
_TAG = re.compile(r"<[^>]*>")
_MARK = re.compile("[\u0300-\u036f\u200b-\u200f]+")
_TOKEN = re.compile(r"[\u0e00-\u0e7f]|\d+|[^\W\d_\u0e00-\u0e7f]+")


def measure(options: Options) -> Iterator[Measured]:
    entries = options.size("entries", 120, 1200, 8000)
    ours, theirs = (fresh(errors, name, entries)[0] for name in ("seedfeed", SIMHASH))
    yield Measured("repeats told from other stories: errors of pairs", ours, None, "simhash", theirs)


def errors(method: str, entries: int) -> float:
    """Per cent of pairs of one story that were missed or wrongly made, as F1 counts them."""
    stream = generate(entries, seed=2)
    return 100 * (1 - f1(*score(stream, METHODS[method]().fold(stream)).pairs))


class Method(Protocol):
    """A way to tell repeats. fold: for each entry of a stream, oldest first, the place of the entry that it is folded
    under, or its own."""

    name: str

    def fold(self, entries: Sequence[Entry]) -> list[int]: ...


def tokens(entry: Entry) -> list[str]:
    """Words, runs of digits and Thai characters of an entry's text, without marks of accent and tone."""
    text = html.unescape(html.unescape(_TAG.sub(" ", entry.html or entry.summary)))
    text = _MARK.sub("", unicodedata.normalize("NFKD", text.lower())).replace("đ", "d")
    return _TOKEN.findall(text)


def shingles(entry: Entry) -> set[bytes]:
    """Runs of five words, or of twelve characters in Thai; the whole of a shorter text."""
    words = tokens(entry)
    size = 12 if entry.language == "th" else 5
    runs = range(max(1, len(words) - size + 1))
    return {" ".join(words[start : start + size]).encode() for start in runs}


class SimHash:
    """Charikar's fingerprint of 64 bits; the closest earlier entry within 72 hours, no further than `distance`."""

    def __init__(self, distance: int) -> None:
        self.name = f"simhash 64, distance <= {distance}"
        self._distance = distance

    def fold(self, entries: Sequence[Entry]) -> list[int]:
        prints = np.zeros(len(entries), np.uint64)
        leads, oldest = list(range(len(entries))), 0
        for n, entry in enumerate(entries):
            while entries[oldest].published < entry.published - WINDOW:
                oldest += 1
            prints[n] = _simhash(shingles(entry))
            if n > oldest:
                distances = np.bitwise_count(prints[oldest:n] ^ prints[n])
                closest = int(distances.argmin())
                if distances[closest] <= self._distance:
                    leads[n] = leads[oldest + closest]
        return leads


def _simhash(features: set[bytes]) -> np.uint64:
    """The sign, bit by bit, of the sum of all features' hashes."""
    halves = [(crc32(feature), crc32(feature, 0x5EED)) for feature in features]
    bits = np.unpackbits(np.array(halves, ">u4").view(np.uint8).reshape(-1, 8), axis=1)
    return np.uint64(np.packbits(bits.sum(axis=0) * 2 > len(halves)).view(">u8")[0])


class MinHash:
    """datasketch: 128 permutations, an LSH index, the best estimated resemblance of .6 or more within 72 hours."""

    def __init__(self, least: float = 0.6, permutations: int = 128) -> None:
        self.name = f"MinHash datasketch, {permutations} permutations, J >= {least}"
        self._least, self._permutations = least, permutations

    def fold(self, entries: Sequence[Entry]) -> list[int]:
        import datasketch

        index = datasketch.MinHashLSH(threshold=self._least, num_perm=self._permutations)
        prints, leads, oldest = [], list(range(len(entries))), 0
        for n, entry in enumerate(entries):
            while entries[oldest].published < entry.published - WINDOW:
                index.remove(oldest)
                oldest += 1
            prints.append(datasketch.MinHash(num_perm=self._permutations))
            prints[n].update_batch(sorted(shingles(entry)))
            found = [(prints[n].jaccard(prints[other]), -other) for other in index.query(prints[n])]
            if found and max(found)[0] >= self._least:
                leads[n] = leads[-max(found)[1]]
            index.insert(n, prints[n])
        return leads


class Seedfeed:
    """Our own way, the whole of it: normalised as from a feed, stored, and folded before the next publication."""

    name = "Seedfeed"

    def fold(self, entries: Sequence[Entry]) -> list[int]:
        with TemporaryDirectory() as folder:
            for _ in fold_with_seedfeed(entries, Path(folder)):
                pass
            with closing(Store.open_readonly(Path(folder) / "store.sqlite")) as store:
                leads = store.connection.execute(
                    "SELECT e.id, coalesce(l.id, e.id) AS lead FROM entries AS e LEFT JOIN entries AS l ON l.n = e.lead"
                ).fetchall()
        places = {f"urn:entry:{entry.n}": entry.n for entry in entries}
        found = {places[row["id"]]: places[row["lead"]] for row in leads}
        return [found[entry.n] for entry in entries]


def fold_with_seedfeed(entries: Sequence[Entry], folder: Path) -> Iterator[tuple[int, float, float]]:
    """Folds a stream in a new store; gives for each batch its length, and the CPU and wall seconds of the folding."""
    with closing(Store.open(folder / "store.sqlite")) as store:
        sources = {
            outlet: Source(str(uuid5(NAMESPACE_DNS, outlet)), f"o{n}", SourceKind.FEED, outlet)
            for n, outlet in enumerate(sorted({entry.outlet for entry in entries}))
        }
        with store.transaction() as transaction:
            for source in sources.values():
                store.sources.put(transaction, source, now=entries[0].published, category_slugs={})
        folding = Folding(store, Settings())
        for start in range(0, len(entries), _AT_ONCE):
            batch = entries[start : start + _AT_ONCE]
            now = batch[-1].published
            taken = [_taken(entry, sources[entry.outlet], now) for entry in batch]
            with store.transaction() as transaction:
                store.entries.apply(transaction, [Decision(one, Verdict.NEW, "") for one in taken], now, {})
            began, spent = time.perf_counter(), time.process_time()
            folding.fold(now)
            yield len(batch), time.process_time() - spent, time.perf_counter() - began


# So many entries arrive between two listings.
_AT_ONCE = 50


def _taken(entry: Entry, source: Source, now: datetime) -> StoredEntry:
    raw = RawEntry(
        title=entry.title,
        title_html=False,
        content=entry.html,
        summary=entry.summary,
        published=entry.published.isoformat(),
        link=f"https://{source.slug}.example/{entry.n}",
        language=entry.language,
    )
    return normalise(raw, Context(source, "https://example.org/", now), f"urn:entry:{entry.n}")


SIMHASH = "simhash-12"
METHODS: Mapping[str, Callable[[], Method]] = {
    "seedfeed": Seedfeed,
    "simhash-3": lambda: SimHash(3),
    SIMHASH: lambda: SimHash(12),
    "minhash": MinHash,
}


@dataclass(frozen=True, slots=True)
class Scores:
    """How well predicted stories agree with the labels.

    pairs: precision and recall over pairs of entries. b_cubed: the F1 of the same, meant over entries. held: of the
    entries held back, how many have an earlier twin, and the other way round.
    """

    pairs: tuple[float, float]
    b_cubed: float
    held: tuple[float, float]


def score(entries: Sequence[Entry], leads: Sequence[int]) -> Scores:
    """leads: for each entry the `n` of the one that it is folded under, or its own."""
    labels, predicted = Counter(entry.story for entry in entries), Counter(leads)
    both = Counter(zip((entry.story for entry in entries), leads, strict=True))
    common = _pairs(both)
    precision = _share(sum(size * size / predicted[lead] for (_, lead), size in both.items()), len(entries))
    recall = _share(sum(size * size / labels[label] for (label, _), size in both.items()), len(entries))
    earlier = with_earlier_twin(entries)
    held = {entry.n for entry, lead in zip(entries, leads, strict=True) if lead != entry.n}
    return Scores(
        pairs=(_share(common, _pairs(predicted)), _share(common, _pairs(labels))),
        b_cubed=f1(precision, recall),
        held=(_share(len(held & earlier), len(held)), _share(len(held & earlier), len(earlier))),
    )


def _pairs(sizes: Counter[Any]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def with_earlier_twin(entries: Sequence[Entry]) -> set[int]:
    """Which entries repeat one that came before, by their `n`."""
    seen: set[str] = set()
    twins = set()
    for entry in entries:
        if entry.story in seen:
            twins.add(entry.n)
        seen.add(entry.story)
    return twins


def found_by_kind(entries: Sequence[Entry], leads: Sequence[int]) -> dict[str, tuple[int, int]]:
    """By level of editing: how many of those with an earlier twin were put into a story with one, and how many there
    were. `original` are those that came after a copy of theirs."""
    earlier = with_earlier_twin(entries)
    stories: dict[int, set[str]] = defaultdict(set)
    found, all_of = Counter[str](), Counter[str]()
    for entry, lead in zip(entries, leads, strict=True):
        if entry.n in earlier:
            all_of[entry.kind] += 1
            found[entry.kind] += entry.story in stories[lead]
        stories[lead].add(entry.story)
    return {kind: (found[kind], all_of[kind]) for kind in (*LEVELS, "original")}


def false_folds(entries: Sequence[Entry], leads: Sequence[int]) -> dict[str, tuple[int, int]]:
    """By kind: how many stand in a predicted story together with an entry of another label, and how many there are."""
    stories: dict[int, set[str]] = defaultdict(set)
    for entry, lead in zip(entries, leads, strict=True):
        stories[lead].add(entry.story)
    wrong, all_of = Counter[str](), Counter[str]()
    for entry, lead in zip(entries, leads, strict=True):
        all_of[entry.kind] += 1
        wrong[entry.kind] += len(stories[lead]) > 1
    return {kind: (wrong[kind], all_of[kind]) for kind in all_of}


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    leads: Sequence[int]
    cpu: float


def results_of(names: Sequence[str], entries: Sequence[Entry]) -> Iterator[Result]:
    for name in names:
        method = METHODS[name]()
        start = time.process_time()
        leads = method.fold(entries)
        cpu = time.process_time() - start
        print(f"{method.name}: {cpu:.1f} CPU s", file=sys.stderr, flush=True)
        yield Result(method.name, leads, cpu)


def tables(entries: Sequence[Entry], results: Sequence[Result]) -> Iterator[str]:
    """What every method found, as Markdown."""
    stories, twins = len({entry.story for entry in entries}), len(with_earlier_twin(entries))
    yield f"{len(entries)} entries in {stories} stories, {twins} of them repeats."
    heads = ("pair P", "R", "F1", "B³ F1", "held back P", "R", "CPU µs/entry")
    yield from _heading("method", heads)
    for result in results:
        scores = score(entries, result.leads)
        figures = (*scores.pairs, f1(*scores.pairs), scores.b_cubed, *scores.held)
        cells = [*map(_figure, figures), f"{result.cpu / len(entries) * 1e6:,.0f}"]
        yield f"| {result.name} | {' | '.join(cells)} |"
    by_level = [found_by_kind(entries, result.leads) for result in results]
    yield from _crossed("found, by level", results, by_level)
    codes = [code for code in LANGUAGES if any(entry.language == code for entry in entries)]
    yield from _heading("pair P / R, by language", codes)
    for result in results:
        yield f"| {result.name} | {' | '.join(_of_language(entries, result, code) for code in codes)} |"
    yield from _crossed("folded with another story", results, [false_folds(entries, each.leads) for each in results])


def _of_language(entries: Sequence[Entry], result: Result, code: str) -> str:
    places = [n for n, entry in enumerate(entries) if entry.language == code]
    scores = score([entries[n] for n in places], [result.leads[n] for n in places])
    return " / ".join(map(_figure, scores.pairs))


def _crossed(head: str, results: Sequence[Result], counted: Sequence[Mapping[str, tuple[int, int]]]) -> Iterator[str]:
    """A table whose rows are kinds and whose columns are methods."""
    yield from _heading(head, [result.name for result in results])
    for kind in counted[0]:
        yield f"| {kind} | {' | '.join(f'{some} of {whole}' for some, whole in (each[kind] for each in counted))} |"


def _heading(first: str, others: Sequence[str]) -> Iterator[str]:
    yield f"\n| {first} | {' | '.join(others)} |"
    yield f"|---|{'---|' * len(others)}"


def _figure(value: float) -> str:
    return f"{value:.3f}"


def read(path: Path) -> tuple[Entry, ...]:
    """A stream of labelled entries, oldest first whatever their order in the file."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    names = {field.name for field in fields(Entry)}
    kept = [{name: value for name, value in line.items() if name in names} for line in lines]
    made = [Entry(**{**line, "published": datetime.fromisoformat(line["published"])}) for line in kept]
    made.sort(key=lambda entry: (entry.published, entry.n))
    return tuple(replace(entry, n=n) for n, entry in enumerate(made))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=4000)
    parser.add_argument(
        "--seed", type=int, default=2, help="another seed is another stream; tune on one, tell of another"
    )
    parser.add_argument("--language", action="append", choices=list(LANGUAGES), help="only this; may be repeated")
    parser.add_argument("--only", action="append", choices=list(METHODS), help="only this method; may be repeated")
    parser.add_argument("--dump", type=Path, metavar="FILE", help="write the stream as lines of JSON, measure nothing")
    parser.add_argument("--read", type=Path, metavar="FILE", help="a stream as --dump writes it, of whatever origin")
    options = parser.parse_args()
    if options.read:
        entries = read(options.read)
    else:
        entries = generate(options.entries, options.seed, options.language or tuple(LANGUAGES))
    if options.dump:
        options.dump.write_text("".join(f"{line}\n" for line in dump(entries)), encoding="utf-8")
        return
    results = list(results_of(options.only or list(METHODS), entries))
    print("\n".join(tables(entries, results)))


if __name__ == "__main__":
    main()
