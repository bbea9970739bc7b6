"""Sentences from tables of words: the grammar that all languages of the made-up newswire share.

A table is `name: alternative|alternative|...`; indented lines go on with the one before. An alternative may ask for
others in braces, `{noun}`, which are chosen when a text is drafted, and for facts in brackets, `[n:20-80]`, which are
filled in when it is written. A draft that is written twice with other facts is two issues of one series: the same
wording, another story. `noun.health` holds the nouns of a topic, and `{noun}` takes most of its words from there.

Facts: [p1] to [p4] people, [a1] to [a4] places, [n:LOW-HIGH] a number, [f:LOW-HIGH] one with a decimal, [d] a date
nearby, [date] the day itself, [time], [issue] the number of the issue, [digits:K] so many digits; the name of a table
stands for one of its words.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_ASKED = re.compile(r"\{([\w.]+)\}")
_FACT = re.compile(r"\[(\w+)(?::(\d+)(?:-(\d+))?)?\]")
_AN = re.compile(r"\b([Aa]) (?=[aeiou])")
# The first letter of a text or a sentence.
_BEGINNING = re.compile(r"^\W*\w|(?<=[.?] )\w")
_OWN_TOPIC = 0.7


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the newswire. tables: alternatives by name. topics: what `.` separates in the names of tables.

    point, group: how decimals and thousands are set off. space: what stands between words.
    """

    code: str
    tables: Mapping[str, Sequence[str]]
    topics: Sequence[str]
    point: str
    group: str
    space: str = " "


@dataclass(frozen=True, slots=True)
class Facts:
    """What an issue is about."""

    people: Sequence[str]
    places: Sequence[str]
    moment: datetime
    issue: int = 1


def read_tables(text: str) -> dict[str, tuple[str, ...]]:
    """The tables of a language. ValueError for a name that is asked for and not there."""
    tables: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if line and not line[0].isspace():
            name, _, line = line.partition(":")
        tables.setdefault(name, []).extend(part.strip() for part in line.split("|") if part.strip())
    del tables[""]
    asked = {symbol for parts in tables.values() for part in parts for symbol in _ASKED.findall(part)}
    known = tables.keys() | {name.partition(".")[0] for name in tables}
    if missing := asked - known:
        raise ValueError(f"no table {sorted(missing)}")
    return {name: tuple(parts) for name, parts in tables.items()}


def language(code: str, text: str, point: str, group: str, space: str = " ") -> Language:
    tables = read_tables(text)
    topics = sorted(name.partition(".")[2] for name in tables if name.startswith("noun."))
    return Language(code, tables, topics, point, group, space)


class Writer:
    """Drafts and writes texts of one language on one topic."""

    def __init__(self, rng: random.Random, tongue: Language, topic: str = "") -> None:
        self.rng = rng
        self.tongue = tongue
        self.topic = topic or rng.choice(tongue.topics)

    def choose(self, name: str) -> str:
        tables = self.tongue.tables
        if name in tables:
            return self.rng.choice(tables[name])
        topic = self.topic if self.rng.random() < _OWN_TOPIC else self.rng.choice(self.tongue.topics)
        return self.rng.choice(tables[f"{name}.{topic}"])

    def draft(self, name: str) -> str:
        """An alternative of a table with all that it asks for; facts are left open."""
        return self.complete(self.choose(name))

    def complete(self, text: str) -> str:
        while _ASKED.search(text):
            text = _ASKED.sub(lambda asked: self.choose(asked[1]), text)
        return text

    def write(self, text: str, facts: Facts) -> str:
        """A draft with its facts, its sentences beginning with capital letters."""
        text = _FACT.sub(lambda fact: self._fact(fact, facts), text)
        if self.tongue.code == "en":
            text = _AN.sub(r"\1n ", text)
        return _BEGINNING.sub(lambda letter: letter[0].upper(), text)

    def settle(self, draft: str, facts: Facts, share: float) -> str:
        """A draft in which about this share of the numbers, times and people are filled in for all issues."""

        def settled(fact: re.Match[str]) -> str:
            lasting = fact[1] in ("n", "f", "time", "digits") or fact[1][0] == "p"
            return self._fact(fact, facts) if lasting and self.rng.random() < share else fact[0]

        return _FACT.sub(settled, draft)

    def agree(self, title: str, drafts: Sequence[str], facts: Facts) -> tuple[str, list[str]]:
        """A title and drafts in which the numbers of the title stand again where the text first asks for the like."""
        drafts = list(drafts)
        for fact in list(_FACT.finditer(title)):
            place = next((n for n, draft in enumerate(drafts) if fact[0] in draft), None)
            if place is not None and fact[0] in title:
                value = self._fact(fact, facts)
                title = title.replace(fact[0], value, 1)
                drafts[place] = drafts[place].replace(fact[0], value, 1)
        return title, drafts

    def sentences(self, count: int) -> list[str]:
        """Drafts of running text. No template comes twice before all have come."""
        templates = list(self.tongue.tables["sentence"])
        self.rng.shuffle(templates)
        return [self.complete(templates[n % len(templates)]) for n in range(count)]

    def _fact(self, fact: re.Match[str], facts: Facts) -> str:
        kind, low, high = fact[1], int(fact[2] or 2), int(fact[3] or 900)
        rng = self.rng
        match kind[0], kind[1:]:
            case "p", place if place.isdecimal():
                return facts.people[int(place) - 1]
            case "a", place if place.isdecimal():
                return facts.places[int(place) - 1]
        match kind:
            case "n":
                return self.number(rng.randint(low, high))
            case "f":
                return self.number(rng.randint(low * 10, high * 10 + 9), decimals=1)
            case "d":
                return self.day(facts.moment - timedelta(days=rng.randint(-20, 40)))
            case "date":
                return self.day(facts.moment)
            case "time":
                return f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}"
            case "issue":
                return str(facts.issue)
            case "digits":
                return "".join(rng.choices("0123456789", k=low))
        if kind in self.tongue.tables:
            return self.rng.choice(self.tongue.tables[kind])
        raise ValueError(f"no such fact: {fact[0]}")

    def number(self, value: int, decimals: int = 0) -> str:
        whole, rest = divmod(value, 10**decimals)
        grouped = f"{whole:,}".replace(",", self.tongue.group)
        return f"{grouped}{self.tongue.point}{rest}" if decimals else grouped

    def day(self, moment: datetime) -> str:
        months = self.tongue.tables["month"]
        return f"{moment.day}{'/' if months[0].isdecimal() else ' '}{months[moment.month - 1]}"

    def person(self) -> str:
        return self.complete("{person}")

    def facts(self, moment: datetime, issue: int = 1, people: Sequence[str] = (), places: Sequence[str] = ()) -> Facts:
        """Facts of an issue; people and places beyond those given are made up."""
        all_people = list(people) + [self.person() for _ in range(4 - len(people))]
        others = [place for place in self.tongue.tables["place"] if place not in places]
        return Facts(all_people, list(places) + self.rng.sample(others, 4 - len(places)), moment, issue)
