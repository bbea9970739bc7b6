"""What outlets do to a story that they take over: the edit operators, and the HTML that an entry is sent as."""

import html
import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html.entities import codepoint2name

from .grammar import Facts, Language, Writer

# So many of the copies are of each level.
LEVELS = {"exact": 1.2, "light": 24.0, "medium": 29.0, "heavy": 25.0, "summary": 20.0}
Paragraphs = tuple[tuple[str, ...], ...]
Change = Callable[[str], str]

_TONES = dict(zip("òa óa ỏa õa ọa òe óe ỏe õe ọe ùy úy ủy ũy ụy".split(),
                  "oà oá oả oã oạ oè oé oẻ oẽ oẹ uỳ uý uỷ uỹ uỵ".split(), strict=True))  # fmt: skip
_TONE = re.compile(rf"(?<![qQ])({'|'.join(_TONES)})(?!\w)")
_GROUPED = re.compile(r"(?<=\d)([.,])(?=\d{3}(?!\d))")
_DAY = re.compile(r"\b(\d\d?)/(\d\d?)\b(?!/)")
_NUMBER = re.compile(r"\d+")
_STRAIGHT = str.maketrans("“”‘’–—", "\"\"''--")


@dataclass(frozen=True, slots=True)
class Article:
    """A text before it is marked up: sentences in paragraphs, and what is needed to report more of the same."""

    language: Language
    topic: str
    title: str
    paragraphs: Paragraphs
    facts: Facts

    @property
    def sentences(self) -> list[str]:
        return [sentence for paragraph in self.paragraphs for sentence in paragraph]

    def text(self) -> str:
        return "\n".join(" ".join(paragraph) for paragraph in self.paragraphs)


@dataclass(frozen=True, slots=True)
class Sent:
    """An entry as a feed would send it."""

    title: str
    html: str
    summary: str


def paragraphs_of(sentences: Sequence[str], rng: random.Random) -> Paragraphs:
    """Paragraphs of one to four sentences."""
    rest, made = list(sentences), []
    while rest:
        size = rng.choices((1, 2, 3, 4), (4, 5, 3, 1))[0]
        made.append(tuple(rest[:size]))
        del rest[:size]
    return tuple(made)


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
    if level == "heavy" and not exact_numbers and rng.random() < 0.3:
        article = _corrected(article, rng)
    return send(_credited(article, writer), rng, _changes(article.language.code, rng), rng.random() < 0.25)


def _medium(article: Article, writer: Writer, rng: random.Random) -> Article:
    article = _cut(article, rng.uniform(0.05, 0.25), rng)
    article = _regrouped(article, rng, reorder=rng.random() < 0.2)
    article = _reworded(article, rng.uniform(0, 0.03), writer)
    return _reported(article, rng.uniform(0.05, 0.15), writer) if rng.random() < 0.4 else article


def _heavy(article: Article, writer: Writer, rng: random.Random) -> Article:
    article = _cut(article, rng.uniform(0.25, 0.55), rng)
    article = _regrouped(article, rng, reorder=rng.random() < 0.6)
    article = _reworded(article, rng.uniform(0.01, 0.05), writer)
    return _reported(article, rng.uniform(0.1, 0.3), writer) if rng.random() < 0.6 else article


def _summarised(article: Article, writer: Writer) -> Sent:
    """200 to 400 characters of the lead; two in five as the content too."""
    rng = writer.rng
    change = _changes(article.language.code, rng)
    text = change(lead(article, rng.randint(200, 400), rng.choice(("...", "…", " […]", " [...]"))))
    if rng.random() < 0.3:
        text = _said(writer, "prefix", article.facts) + text
    title = change(article.title)
    return Sent(title, f"<p>{html.escape(text, quote=False)}</p>" if rng.random() < 0.4 else "", text)


def lead(article: Article, length: int, ending: str) -> str:
    """The beginning of an article, cut at a word where it is longer."""
    text = " ".join(article.sentences)
    if len(text) <= length:
        return text
    return text[: length + 1].rpartition(" ")[0].rstrip(" ,;:") + ending


def _cut(article: Article, share: float, rng: random.Random) -> Article:
    """Takes sentences and whole paragraphs out, more of them towards the end; the opening mostly stays."""
    paragraphs = [list(paragraph) for paragraph in article.paragraphs]
    keep = 1 if rng.random() < 0.85 else 0
    spare = share * len(article.text())
    while spare > 0 and len(paragraphs) > keep + 1:
        place = rng.choices(range(keep, len(paragraphs)), range(2, len(paragraphs) - keep + 2))[0]
        lost = paragraphs[place] if rng.random() < 0.5 else [rng.choice(paragraphs[place])]
        spare -= sum(map(len, lost))
        paragraphs[place] = [sentence for sentence in paragraphs[place] if sentence not in lost]
        paragraphs = [paragraph for paragraph in paragraphs if paragraph]
    return replace(article, paragraphs=tuple(map(tuple, paragraphs)))


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
def _editable(code: str, swaps: tuple[str, ...], adjectives: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    pairs = dict(swap.split(">") for swap in swaps)
    words = sorted({*pairs, *adjectives}, key=len, reverse=True)
    edge = "" if code == "th" else r"\b"
    return re.compile(f"{edge}({'|'.join(map(re.escape, words))}){edge}"), pairs


def _reworded(article: Article, share: float, writer: Writer) -> Article:
    """Edits about this share of the words: other words for them, words dropped, words put in."""
    tables, rng = article.language.tables, writer.rng
    words, pairs = _editable(article.language.code, tuple(tables["swap"]), tuple(tables["adj"]))

    def edited(word: re.Match[str]) -> str:
        if rng.random() > share * 5:
            return word[0]
        match rng.choice(("swap", "swap", "drop", "insert")):
            case "swap":
                return pairs.get(word[0]) or rng.choice(tables["adj"])
            case "drop":
                return ""
        return f"{word[0]}{article.language.space}{rng.choice(tables['insert'])}"

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
    places = [(n, found) for n, text in enumerate(article.sentences) for found in _NUMBER.finditer(text)]
    if not places:
        return article
    wrong, found = rng.choice(places)
    counted, corrected = 0, []
    for paragraph in article.paragraphs:
        texts = list(paragraph)
        if counted <= wrong < counted + len(texts):
            text = texts[wrong - counted]
            right = str(int(found[0]) + rng.randint(1, 9))
            texts[wrong - counted] = text[: found.start()] + right + text[found.end() :]
        counted += len(texts)
        corrected.append(tuple(texts))
    return replace(article, paragraphs=tuple(corrected))


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


def _changes(code: str, rng: random.Random) -> Change:
    """How an outlet writes characters and numbers."""
    changes: list[Change] = []
    if rng.random() < 0.4:
        changes.append(lambda text: text.translate(_STRAIGHT))
    if rng.random() < 0.25:
        changes.append(_other_numbers)
    if code == "vi" and rng.random() < 0.35:
        changes.append(lambda text: _TONE.sub(lambda tone: _TONES[tone[1]], text))
    if rng.random() < 0.2:
        changes.append(lambda text: unicodedata.normalize("NFD", text))

    def change(text: str) -> str:
        for each in changes:
            text = each(text)
        return text

    return change


def _other_numbers(text: str) -> str:
    """1.234 for 1,234 and the other way round; 16.12 for 16/12."""
    text = _GROUPED.sub(lambda mark: "." if mark[1] == "," else ",", text)
    return _DAY.sub(r"\1.\2", text)


def send(article: Article, rng: random.Random, change: Change = str, entities: bool = False) -> Sent:
    """Marks an article up. change: applied to all text. entities: characters beyond ASCII are written as such."""
    texts = [change(" ".join(paragraph)) for paragraph in article.paragraphs]
    written = rng.choice((_named, _numeric, _doubled)) if entities else _plain
    marked = [written(text) for text in texts]
    tables = article.language.tables
    match rng.choice(("p", "p", "div", "br", "rich", "nested")):
        case "p":
            body = "".join(f"<p>{text}</p>" for text in marked)
        case "div":
            body = "\n".join(f'<div class="text">{text}</div>' for text in marked)
        case "br":
            body = "<br /><br />\n".join(marked)
        case "nested":
            body = "".join(f"<p><span>{text}</span></p>\n" for text in marked)
            body = f'<div class="article"><div class="body">{body}</div></div>'
        case _:
            writer = Writer(rng, article.language, article.topic)
            caption = written(change(writer.write(writer.draft("caption"), article.facts)))
            number = rng.randint(1000, 99999)
            figure = f'<figure><img src="/i/{number}.jpg" alt=""><figcaption>{caption}</figcaption></figure>'
            marked[0] = f"<strong>{marked[0]}</strong>"
            body = "".join(f"<p>{_linked(text, rng)}</p>" for text in marked)
            body = figure + body if rng.random() < 0.6 else body.replace("</p>", f"</p>{figure}", 1)
    summary = change(lead(article, rng.randint(150, 300), "..."))
    if rng.random() < 0.3:
        summary = rng.choice(("", change(str(tables["footer"][0].partition("{")[0]).strip(" :"))))
    return Sent(change(article.title), body, summary)


def _linked(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    place = rng.randrange(len(words))
    if rng.random() < 0.5 and not set("&<>") & set(words[place]):
        words[place] = f'<a href="https://news.example/{rng.randint(1, 999)}">{words[place]}</a>'
    return " ".join(words)


def _plain(text: str) -> str:
    return html.escape(text, quote=False)


def _named(text: str) -> str:
    return "".join(
        f"&{codepoint2name[ord(letter)]};" if ord(letter) > 127 and ord(letter) in codepoint2name else letter
        for letter in _plain(text)
    )


def _numeric(text: str) -> str:
    return _plain(text).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _doubled(text: str) -> str:
    """Escaped once too often, as careless software does."""
    return html.escape(_named(text).replace('"', "&quot;"), quote=False)
