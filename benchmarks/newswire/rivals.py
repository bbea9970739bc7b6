"""Hard negatives: entries that share their wording with others and tell another story.

Series are drafted once and written many times with other facts: `SERIES` says how, its templates stand in the tables of
the languages. Digests, follow-ups and live blogs are made of other articles' text.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .grammar import Facts, Language, Writer
from .markup import Article, paragraphs_of


@dataclass(frozen=True, slots=True)
class Habit:
    """How a series comes.

    hours: between issues, at least and at most. same: text that every issue repeats to the letter beside the templates,
    in sentences at most. own: text of one issue only, in sentences at most. still: the share of the numbers, times and
    people that are the same in every issue. stays: always about one place.
    """

    hours: tuple[int, int]
    same: int = 0
    own: int = 0
    still: float = 0.0
    stays: bool = False


SERIES = {
    "weather": Habit((12, 24), same=2, still=0.1, stays=True),
    "stocks": Habit((24, 24), same=1, own=3),
    "gold": Habit((6, 24), same=3, still=0.2, stays=True),
    "lottery": Habit((24, 48), same=3, stays=True),
    "quake": Habit((3, 60), same=2, own=1),
    "quarterly": Habit((2, 30), same=4, own=3),
    "police": Habit((4, 40), same=2, own=2, still=0.1),
    "release": Habit((20, 60), same=2, own=3, still=0.3),
    "podcast": Habit((24, 60), same=3, own=4, still=0.4),
    "recurring": Habit((24, 24), same=5, own=1, stays=True),
    "obituary": Habit((5, 60), same=2, own=4),
    "appointment": Habit((5, 60), same=3, own=2, still=0.2),
    "sports": Habit((2, 60), same=1, own=4),
    "bulletin": Habit((6, 30), same=3, still=0.3, stays=True),
    "event": Habit((5, 60), same=4, own=1, still=0.4),
    "job": Habit((5, 60), same=4, still=0.3),
}
MADE_OF_OTHERS = ("digest", "follow_up", "live_blog")
KINDS = (*SERIES, *MADE_OF_OTHERS)


def series(kind: str, tongue: Language, start: datetime, issues: int, rng: random.Random) -> Iterator[Article]:
    """So many issues of one series, each with its own facts."""
    habit = SERIES[kind]
    writer = Writer(rng, tongue)
    title = writer.draft(f"{kind}.title")
    pool = tongue.tables[kind]
    chosen = sorted(rng.sample(range(1, len(pool)), rng.randint(min(4, len(pool) - 1), len(pool) - 1)))
    places = [rng.choice(tongue.tables["place"])] if habit.stays else []
    usual = writer.facts(start, places=places)
    drafts = [writer.settle(writer.complete(pool[n]), usual, habit.still) for n in (0, *chosen)]
    repeated = [writer.write(draft, usual) for draft in writer.sentences(rng.randint(habit.same // 2, habit.same))]
    spared = rng.choice((0.0, 0.1))
    number, moment = rng.randint(2, 160), start
    for issue in range(number, number + issues):
        facts = writer.facts(moment, issue, places=places)
        told = drafts[:1] + [draft for draft in drafts[1:] if rng.random() >= spared]
        heading, told = writer.agree(title, told, facts)
        written = [writer.write(draft, facts) for draft in told]
        own = rng.randint(1, habit.own) if habit.own and rng.random() < 0.5 else 0
        place = rng.randint(1, len(written))
        written[place:place] = [writer.write(draft, facts) for draft in writer.sentences(own)]
        paragraphs = paragraphs_of([*written, *repeated], rng)
        yield Article(tongue, writer.topic, writer.write(heading, facts), paragraphs, facts)
        moment += timedelta(hours=rng.randint(*habit.hours), minutes=rng.randint(0, 50))


def digest(stories: Sequence[Article], moment: datetime, rng: random.Random) -> Article:
    """The leads of several stories in one entry."""
    tongue = stories[0].language
    writer = Writer(rng, tongue)
    facts = writer.facts(moment)
    opening = [(writer.write(writer.draft("digest"), facts),)] if rng.random() < 0.6 else []
    leads = [tuple(story.sentences[: rng.choice((1, 2, 2, 3))]) for story in stories]
    title = writer.write(writer.draft("digest.title"), facts)
    return Article(tongue, writer.topic, title, (*opening, *leads), facts)


def follow_up(story: Article, moment: datetime, rng: random.Random) -> Article:
    """What came of a story, with 20 to 60 % of its text quoted from it, mostly after a new opening."""
    writer = Writer(rng, story.language, story.topic)
    facts = writer.facts(moment, people=story.facts.people[:2], places=story.facts.places[:2])
    share = rng.uniform(0.2, 0.6)
    own = [writer.write(draft, facts) for draft in writer.sentences(rng.randint(5, 16))]
    length = share / (1 - share) * sum(map(len, own))
    # A quotation takes up the story from its beginning.
    quoted, start = [], 0 if rng.random() < 0.6 else rng.randint(0, len(story.sentences) // 2)
    for sentence in story.sentences[start:]:
        if length <= 0:
            break
        quoted.append(sentence)
        length -= len(sentence)
    bridge = [writer.write(writer.draft("follow_up"), facts)] if rng.random() < 0.6 else []
    # One in ten opens with what it quotes.
    split = rng.choices((len(own), rng.randint(2, len(own)), 0), (6, 3, 1))[0]
    sentences = [*own[:split], *bridge, *quoted, *own[split:]]
    title = writer.write(writer.draft("follow_up.title"), facts)
    return Article(story.language, story.topic, title, paragraphs_of(sentences, rng), facts)


def live_blog(tongue: Language, start: datetime, posts: int, rng: random.Random) -> Iterator[Article]:
    """Posts of one page: each its own news, then background that all of them share."""
    writer = Writer(rng, tongue)
    facts = writer.facts(start)
    background = [writer.write(draft, facts) for draft in writer.sentences(rng.randint(2, 5))]
    title = writer.draft("live_blog.title")
    one_title = rng.random() < 0.5
    for _ in range(posts):
        now = Facts(facts.people, facts.places, start, facts.issue)
        news = [writer.write(draft, now) for draft in writer.sentences(rng.randint(2, 8))]
        shared = background[: rng.randint(1, len(background))] if rng.random() < 0.85 else []
        stamp = (writer.write(writer.draft("live_blog"), now),)
        heading = title if one_title else writer.draft("headline")
        paragraphs = (stamp, *paragraphs_of(news, rng), *paragraphs_of(shared, rng))
        yield Article(tongue, writer.topic, writer.write(heading, now), paragraphs, now)
        start += timedelta(minutes=rng.randint(10, 150))
