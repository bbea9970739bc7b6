"""Articles of the made-up newswire, and how an outlet writes and marks them up."""

import html
import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html.entities import codepoint2name

from .grammar import Facts, Language, Writer

Paragraphs = tuple[tuple[str, ...], ...]
Change = Callable[[str], str]

_TONES = dict(zip("òa óa ỏa õa ọa òe óe ỏe õe ọe ùy úy ủy ũy ụy".split(),
                  "oà oá oả oã oạ oè oé oẻ oẽ oẹ uỳ uý uỷ uỹ uỵ".split(), strict=True))  # fmt: skip
_TONE = re.compile(rf"(?<![qQ])({'|'.join(_TONES)})(?!\w)")
_GROUPED = re.compile(r"(?<=\d)([.,])(?=\d{3}(?!\d))")
_DAY = re.compile(r"\b(\d\d?)/(\d\d?)\b(?!/)")
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


def lead(article: Article, length: int, ending: str) -> str:
    """The beginning of an article, cut at a word where it is longer."""
    text = " ".join(article.sentences)
    if len(text) <= length:
        return text
    return text[: length + 1].rpartition(" ")[0].rstrip(" ,;:") + ending


def changes(code: str, rng: random.Random) -> Change:
    """How an outlet writes characters and numbers."""
    wanted: list[Change] = []
    if rng.random() < 0.4:
        wanted.append(lambda text: text.translate(_STRAIGHT))
    if rng.random() < 0.25:
        wanted.append(_other_numbers)
    if code == "vi" and rng.random() < 0.35:
        wanted.append(lambda text: _TONE.sub(lambda tone: _TONES[tone[1]], text))
    if rng.random() < 0.2:
        wanted.append(lambda text: unicodedata.normalize("NFD", text))

    def change(text: str) -> str:
        for each in wanted:
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
    summary = change(lead(article, rng.randint(150, 300), "...")) if rng.random() < 0.7 else ""
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
