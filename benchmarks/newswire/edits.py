"""What outlets do to a story that they take over: the edit operators, by levels."""

import html
import random
import re
from dataclasses import replace
from functools import cache

from .grammar import Facts, Writer
from .languages import LANGUAGES
from .markup import Article, Sent, changes, lead, paragraphs_of, send

# So many of the copies are of each level.
LEVELS = {"exact": 1.2, "light": 24.0, "medium": 29.0, "heavy": 25.0, "summary": 20.0}

_NUMBER = re.compile(r"\d+")


def copy(article: Article, sent: Sent, level: str, rng: random.Random, exact_numbers: bool = False) -> Sent:
    """What another outlet sends of an article. sent: how the original was. exact_numbers: corrects none."""
    if level == "exact":
        return sent
    writer = Writer(rng, article.language, article.topic)
    if rng.random() < 0.5:
        suffix = rng.choice((" | ", " - ")) + rng.choice(article.language.tables["outlet"])
        new = article.title + suffix if exact_numbers else writer.write(writer.draft("headline"), article.facts)
        article = replace(article, title=new)
    if level == "summary":
        return _summarised(article, writer)
    if level == "medium":
        article = _medium(article, writer, rng)
    elif level == "heavy":
        article = _heavy(article, writer, rng)
    if level in ("medium", "heavy") and not exact_numbers and rng.random() < 0.25:
        article = _corrected(article, rng)
    return send(_credited(article, writer), rng, changes(article.language.code, rng), rng.random() < 0.25)


def _medium(article: Article, writer: Writer, rng: random.Random) -> Article:
    article = _cut(article, rng.uniform(0.05, 0.25), rng)
    article = _regrouped(article, rng, reorder=rng.random() < 0.2)
    article = _reworded(article, rng.uniform(0, 0.03), writer)
    return _reported(article, rng.uniform(0.05, 0.15), writer) if rng.random() < 0.4 else article


def _heavy(article: Article, writer: Writer, rng: random.Random) -> Article:
    article = _cut(article, rng.uniform(0.25, 0.55), rng)
    article = _regrouped(article, rng, reorder=rng.random() < 0.6)
    article = _reworded(article, rng.uniform(0.01, 0.07), writer)
    return _reported(article, rng.uniform(0.1, 0.3), writer) if rng.random() < 0.7 else article


def _summarised(article: Article, writer: Writer) -> Sent:
    """200 to 400 characters of the lead; two in five as the content too."""
    rng = writer.rng
    change = changes(article.language.code, rng)
    text = change(lead(article, rng.randint(200, 400), rng.choice(("...", "…", " […]", " [...]"))))
    if rng.random() < 0.3:
        text = _said(writer, "prefix", article.facts) + text
    title = change(article.title)
    return Sent(title, f"<p>{html.escape(text, quote=False)}</p>" if rng.random() < 0.4 else "", text)


def _cut(article: Article, share: float, rng: random.Random) -> Article:
    """Takes out paragraphs, sentences and ends of sentences, more towards the end; the opening mostly stays."""
    paragraphs = [list(paragraph) for paragraph in article.paragraphs]
    keep = 1 if rng.random() < 0.85 else 0
    spare = share * len(article.text())
    while spare > 0 and len(paragraphs) > keep + 1:
        place = rng.choices(range(keep, len(paragraphs)), range(2, len(paragraphs) - keep + 2))[0]
        before = sum(map(len, paragraphs[place]))
        match rng.choice(("paragraph", "sentence", "end of a sentence")):
            case "paragraph":
                paragraphs[place] = []
            case "sentence":
                paragraphs[place].pop(rng.randrange(len(paragraphs[place])))
            case _:
                sentence = rng.randrange(len(paragraphs[place]))
                paragraphs[place][sentence] = _shortened(paragraphs[place][sentence])
        spare -= before - sum(map(len, paragraphs[place]))
        paragraphs = [paragraph for paragraph in paragraphs if paragraph]
    return replace(article, paragraphs=tuple(map(tuple, paragraphs)))


def _shortened(sentence: str) -> str:
    """Up to a comma, or a space in Thai, if that leaves more than half; else nothing is taken."""
    mark = ", " if ", " in sentence else " "
    start, found, _ = sentence.rpartition(mark)
    enough = found and len(start) > len(sentence) / 2 and not {"“", "”"} & set(sentence)
    return start + sentence[-1:] * (sentence[-1:] == ".") if enough else sentence


def _regrouped(article: Article, rng: random.Random, reorder: bool) -> Article:
    """Merges and splits paragraphs, and perhaps moves some."""
    paragraphs = list(article.paragraphs)
    if reorder and len(paragraphs) > 2:
        for _ in range(rng.randint(1, 3)):
            paragraphs.insert(rng.randrange(1, len(paragraphs)), paragraphs.pop(rng.randrange(1, len(paragraphs))))
    match rng.choice(("merge", "split", "regroup", "as it is")):
        case "merge":
            paragraphs = [sum(paragraphs[n : n + 2], ()) for n in range(0, len(paragraphs), 2)]
        case "split":
            paragraphs = [(sentence,) for paragraph in paragraphs for sentence in paragraph]
        case "regroup":
            paragraphs = list(paragraphs_of([sentence for paragraph in paragraphs for sentence in paragraph], rng))
    return replace(article, paragraphs=tuple(paragraphs))


@cache
def _editable(code: str) -> tuple[re.Pattern[str], dict[str, str], frozenset[str]]:
    """Finds known words, so that none is edited within another; then what may stand for some, and all that may go."""
    tables = LANGUAGES[code].tables
    pairs = dict(swap.split(">") for swap in tables["swap"])
    nouns = [word for name, words in tables.items() if name.startswith("noun.") for word in words]
    words = sorted({*pairs, *tables["adj"], *nouns}, key=len, reverse=True)
    edge = "" if code == "th" else r"\b"
    return re.compile(f"{edge}({'|'.join(map(re.escape, words))}){edge}"), pairs, frozenset({*pairs, *tables["adj"]})


def _reworded(article: Article, share: float, writer: Writer) -> Article:
    """Edits about this share of the words: other words for them, words dropped, words put in."""
    tongue, rng = article.language, writer.rng
    words, pairs, editable = _editable(tongue.code)

    def edited(word: re.Match[str]) -> str:
        if word[0] not in editable or rng.random() > share * 5:
            return word[0]
        match rng.choice(("swap", "swap", "drop", "insert")):
            case "swap":
                return pairs.get(word[0]) or rng.choice(tongue.tables["adj"])
            case "drop":
                return ""
        return f"{word[0]}{tongue.space}{rng.choice(tongue.tables['insert'])}"

    def sentence(text: str) -> str:
        return words.sub(edited, text).replace("  ", " ")

    return replace(article, paragraphs=tuple(tuple(map(sentence, paragraph)) for paragraph in article.paragraphs))


def _reported(article: Article, share: float, writer: Writer) -> Article:
    """Adds the outlet's own reporting, up to this share of the text, in front, in the middle or at the end."""
    wanted, own = share * len(article.text()), []
    for draft in writer.sentences(20):
        if wanted < 0:
            break
        own.append(writer.write(draft, article.facts))
        wanted -= len(own[-1])
    paragraphs = list(article.paragraphs)
    place = writer.rng.choice((0, len(paragraphs) // 2, len(paragraphs)))
    paragraphs[place:place] = paragraphs_of(own, writer.rng)
    return replace(article, paragraphs=tuple(paragraphs))


def _corrected(article: Article, rng: random.Random) -> Article:
    """The same article with one number corrected."""
    numbers = sum(len(_NUMBER.findall(sentence)) for sentence in article.sentences)
    rest = rng.randrange(numbers) if numbers else 0

    def corrected(number: re.Match[str]) -> str:
        nonlocal rest
        rest -= 1
        return str(int(number[0]) + rng.randint(1, 9)) if rest == -1 else number[0]

    paragraphs = (tuple(_NUMBER.sub(corrected, text) for text in paragraph) for paragraph in article.paragraphs)
    return replace(article, paragraphs=tuple(paragraphs))


def _credited(article: Article, writer: Writer) -> Article:
    """With an outlet's prefix before the text and its credits after it, either of them or none."""
    paragraphs = list(article.paragraphs)
    if writer.rng.random() < 0.4:
        first, *others = paragraphs[0]
        paragraphs[0] = (_said(writer, "prefix", article.facts) + first, *others)
    if writer.rng.random() < 0.5:
        paragraphs.append((_said(writer, "footer", article.facts),))
    return replace(article, paragraphs=tuple(paragraphs))


def _said(writer: Writer, name: str, facts: Facts) -> str:
    """A prefix keeps the space at its end, which the tables cannot show."""
    text = writer.write(writer.draft(name), facts)
    return f"{text} " if name == "prefix" else text
