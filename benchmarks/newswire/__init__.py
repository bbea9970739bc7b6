"""A made-up newswire whose repeats are known: entries of many outlets in Vietnamese, English and Thai.

`generate(entries, seed)` gives a stream by date. About two entries in five repeat another, edited as outlets edit what
they take over (`edits.py`); a third are hard negatives, which share wording with others and tell another story
(`rivals.py`); the rest are articles of their own. The same numbers give the same stream. All text is made from tables
of words (`grammar.py`), so that articles on a topic share its vocabulary and names and hardly a run of five words.
"""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from .edits import LEVELS, copy
from .grammar import Language, Writer
from .languages import LANGUAGES
from .markup import Article, Sent, paragraphs_of, send
from .rivals import KINDS, SERIES, digest, follow_up, live_blog, series

REPEATS = 0.4
RIVALS = 0.35
# A tenth of the repeats are of hard negatives: a weather report is taken over as well.
REPEATED_RIVALS = 0.1
PERIOD = timedelta(days=14)
SPREAD = timedelta(hours=48)
_START = datetime(2026, 3, 2, tzinfo=UTC)
_FIRST_KINDS = ("original", *KINDS)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the stream. n: its place. html: its content, "" where a feed has summaries only.

    story: entries of one label are repeats of each other. kind: the level of a copy, "original", or a hard negative's.
    """

    n: int
    outlet: str
    title: str
    html: str
    summary: str
    published: datetime
    language: str
    story: str
    kind: str


@dataclass(slots=True)
class _Draft:
    article: Article
    sent: Sent
    published: datetime
    story: str
    kind: str


def generate(entries: int = 4000, seed: int = 1, languages: Sequence[str] = tuple(LANGUAGES)) -> tuple[Entry, ...]:
    """A stream, oldest first; the languages have equal shares."""
    drafts: list[_Draft] = []
    for n, code in enumerate(languages):
        share = entries // len(languages) + (n < entries % len(languages))
        drafts += _drafts(LANGUAGES[code], share, random.Random(f"{seed} {code}"))
    drafts.sort(key=lambda draft: draft.published)
    rng = random.Random(seed)
    return tuple(
        Entry(
            n,
            rng.choice(draft.article.language.tables["outlet"]),
            draft.sent.title,
            draft.sent.html,
            draft.sent.summary,
            draft.published,
            draft.article.language.code,
            draft.story,
            draft.kind,
        )
        for n, draft in enumerate(drafts)
    )


def dump(entries: Iterable[Entry]) -> Iterator[str]:
    """The entries as lines of JSON."""
    for entry in entries:
        yield json.dumps({**asdict(entry), "published": entry.published.isoformat()}, ensure_ascii=False)


def _drafts(tongue: Language, count: int, rng: random.Random) -> list[_Draft]:
    repeats, rivals = round(count * REPEATS), round(count * RIVALS)
    articles = list(_articles(tongue, count - repeats - rivals, rng))
    firsts = [_first(article, "original", n, rng) for n, article in enumerate(articles)]
    others = [
        _first(article, kind, len(firsts) + n, rng)
        for n, (kind, article) in enumerate(_rivals(tongue, rivals, articles, rng))
    ]
    of_rivals = round(repeats * REPEATED_RIVALS)
    copies = [*_copies(firsts, repeats - of_rivals, rng), *_copies(others, of_rivals, rng)]
    return [*firsts, *others, *copies]


def _first(article: Article, kind: str, number: int, rng: random.Random) -> _Draft:
    label = f"{article.language.code}-{number}"
    return _Draft(article, send(article, rng), article.facts.moment, label, kind)


def _articles(tongue: Language, count: int, rng: random.Random) -> Iterator[Article]:
    """Articles of 150 to 950 words. Those of a beat, a topic in a region, have people and places in common."""
    beats = [(Writer(rng, tongue, topic), rng) for topic in tongue.topics for _ in range(4)]
    casts = [([writer.person() for _ in range(6)], rng.sample(tongue.tables["place"], 6)) for writer, _ in beats]
    for _ in range(count):
        beat = rng.randrange(len(beats))
        writer, (people, places) = beats[beat][0], casts[beat]
        facts = writer.facts(_moment(rng), people=rng.sample(people, 3), places=rng.sample(places, 3))
        drafts = writer.sentences(round(rng.triangular(8, 36, 13)))
        sentences = [writer.write(draft, facts) for draft in drafts]
        title = writer.write(writer.draft("headline"), facts)
        yield Article(tongue, writer.topic, title, paragraphs_of(sentences, rng), facts)


def _moment(rng: random.Random) -> datetime:
    return _START + timedelta(seconds=rng.randrange(round(PERIOD.total_seconds())))


def _rivals(
    tongue: Language, count: int, articles: Sequence[Article], rng: random.Random
) -> Iterator[tuple[str, Article]]:
    """As many of each kind."""
    for n, kind in enumerate(KINDS):
        wanted = count // len(KINDS) + (n < count % len(KINDS))
        while wanted > 0:
            few = min(wanted, rng.randint(5, 10))
            for article in _some(kind, tongue, few, articles, rng):
                yield kind, article
            wanted -= few


def _some(kind: str, tongue: Language, few: int, articles: Sequence[Article], rng: random.Random) -> Iterator[Article]:
    if kind in SERIES:
        yield from series(kind, tongue, _moment(rng), few, rng)
    elif kind == "live_blog":
        yield from live_blog(tongue, _moment(rng), few, rng)
    elif kind == "follow_up":
        for story in rng.choices(articles, k=few):
            yield follow_up(story, story.facts.moment + timedelta(hours=rng.uniform(3, 60)), rng)
    else:
        for _ in range(few):
            moment = _moment(rng)
            of_the_day = sorted(articles, key=lambda story: abs(story.facts.moment - moment))[:12]
            yield digest(rng.sample(of_the_day, min(len(of_the_day), rng.randint(4, 6))), moment, rng)


def _copies(firsts: Sequence[_Draft], count: int, rng: random.Random) -> Iterator[_Draft]:
    """So many copies of some of these, each within 48 hours; now and then one comes before its original."""
    weights = [rng.expovariate(1) if rng.random() < 0.7 else 0.0 for _ in firsts]
    if not any(weights):
        return
    for first in rng.choices(firsts, weights, k=count):
        of_rival = first.kind != "original"
        level = rng.choices(list(LEVELS), list(LEVELS.values()))[0]
        if of_rival and level in ("heavy", "summary"):
            level = rng.choice(("light", "medium"))
        later = timedelta(hours=min(rng.expovariate(1 / 8), 47.5))
        published = min(first.article.facts.moment + later, first.article.facts.moment + SPREAD)
        if rng.random() < 0.3:
            first.published, published = published, first.published
        sent = copy(first.article, first.sent, level, rng, exact_numbers=of_rival)
        yield _Draft(first.article, sent, published, first.story, level)
