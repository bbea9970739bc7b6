"""A web page as an entry: saved or written by hand, whole or in part.

libxml2 reads any markup; a page that it cannot read becomes plain text. `html_article` finds the article,
`html_metadata` reads what the page says about itself, and the article's own text counts only for what neither front
matter nor the page says. `worker.entries.normalise` sanitises.
"""

import codecs
import html
import re
from collections.abc import Iterator

from lxml import etree

from feeds.model import Person
from feeds.text import dates, plaintext
from feeds.text.urls import absolute
from worker.entries.hidden import lost, without_hidden
from worker.entries.substitutes import Report, substituted
from worker.model import Evidence, RawEntry, Reading
from worker.seeds.newswire.context import SeedContext
from worker.seeds.newswire.credits import beside_release
from worker.seeds.readers import header_lines, html_article, html_mail, html_metadata
from worker.seeds.readers.headline import is_bare_headline
from worker.seeds.readers.html_article import remove_element, text_of
from worker.seeds.readers.html_metadata import Metadata

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]+)""", re.IGNORECASE)
_CHARSET_WITHIN = 4096
_SEPARATOR = re.compile(r"\s+[|·•–—»:-]\s+")
_TITLE_CLASS = re.compile(r"(?:^|\s)(?:title|MsoTitle)(?:\s|$)")
_BYLINE = re.compile(r"(?i)(?:^|[\s_-])(?:by-?line|author|author-?name|tac-?gia|submitted|meta|posted)(?:$|[\s_])")
_LONGEST_BYLINE = 80
_MOST_TOLD = 20
_HEADS = ("h1", "h2", "h3", "h4", "p", "b", "strong", "font", "div")
_DEEP = 200
_LONGEST_TITLE = 200
_REFERENCE = re.compile(r"&#(?:[0-9]{1,8}|x[0-9a-f]{1,8});?", re.IGNORECASE)
# What a reader of the page would choose from, or was asked when it was saved.
_CONTROLS = re.compile(
    r"<(select|dialog)(?=[\s>])[^<>]*>(?:(?!</?(?:select|dialog)\b).)*+</\1\s*>", re.IGNORECASE | re.DOTALL
)
_WHOLE = re.compile(r"(?i)<(?:html|head|body|!doctype)\b")


def declared_charset(body: bytes) -> str:
    """The codec that a page's <meta> names, "" if it names no existing one (WHATWG HTML §4.2.5.4)."""
    found = _CHARSET.search(body, 0, _CHARSET_WITHIN)
    try:
        return codecs.lookup(found[1].decode("ascii")).name if found else ""
    except LookupError:
        return ""


def read(body: str, title: str, context: SeedContext) -> Reading:
    """The entry of an HTML page. title: from front matter; "" to take the article's <h1>, else what the page states.

    The <h1> used as the title leaves the content.
    """
    body, hidden = without_hidden(body)
    unseen = lost(body, hidden)
    report = Report()
    body = substituted(_CONTROLS.sub(" ", body), report)
    root = _tree(body)
    if root is None or _lost(root, body):
        plain = plaintext.plain(body)
        return Reading(
            RawEntry(title=title, title_html=False, content=plaintext.as_html_paragraphs(plain), unseen=unseen),
            paragraphs=(plain,),
        )
    stated = html_metadata.of(root)
    edited = bool(stated.published) or html_metadata.is_article(root)
    if sent := html_mail.unprinted(root):
        stated.take("published", sent, "the header of the mail")
    publication = html_metadata.publication(root)
    tags, properties = html_metadata.take_properties(root)
    remarks = html_article.take_remarks(root)
    page_title = next((words for element in root.iter("title") if (words := text_of(element))), "")
    chosen, dropped = html_article.article(root, body if _WHOLE.search(body[:4096]) else f"<html><body>{body}")
    mails, cut = html_mail.take_mails(chosen, article=edited)
    publication += [("headline", words) for words in (*stated.titles, page_title) if words]
    named, origin = (title, "") if title else _title(root, chosen, stated, page_title)
    evidence = [Evidence("title", named, origin)] if origin else []
    heads = (element for element in chosen.iter(*_HEADS) if element is not chosen and text_of(element) == named)
    heading = next(heads, None)
    if heading is not None:
        remove_element(heading)
    html_article.add_paragraphs(chosen)
    signed = _bylines(chosen)
    if signed and not stated.authors:
        stated.take("authors", signed, "the by-line of the article")
    paragraphs = [element for element in chosen.iter("p") if text_of(element)]
    for number, element in enumerate(paragraphs):
        element.set("data-paragraph", str(number))
    evidence += [Evidence("altered", f"{count} {what}", "the page") for what, count in report.items()]
    if dropped:
        evidence.append(Evidence("dropped", f"{dropped} parts around or within the article", "the page"))
    if tags:
        evidence.append(Evidence("categories", ", ".join(tags), "the properties of the page"))
    if properties:
        evidence.append(Evidence("dropped", "the properties of the page", "the page", ", ".join(properties)))
    if remarks:
        evidence.append(Evidence("dropped", f"{remarks} comments and tracked deletions", "the page"))
    if mails:
        evidence.append(Evidence("dropped", "who wrote the mail, and to whom, and what it answers", "the page"))
    notes = [words[:_LONGEST_BYLINE] for part in hidden if (words := " ".join(plaintext.plain(part).split()))]
    evidence += [Evidence("dropped", "what a browser does not show", "the page", words) for words in notes[:_MOST_TOLD]]
    published = _moment(stated.published, context)
    entry = RawEntry(
        title=named,
        title_html=False,
        summary=stated.description,
        summary_text=True,
        content=_inner(chosen),
        published=published,
        updated=_moment(stated.modified, context),
        authors=tuple(Person(name) for name in stated.authors),
        categories=tags,
        language=stated.language,
        image=stated.image,
        base=_address(root, stated),
        unseen=unseen,
    )
    kept = [one for one in stated.evidence if one.field != "published" or published]
    told = tuple(text_of(element) for element in paragraphs)
    warnings = (header_lines.CUT_MAIL,) if cut else ()
    return Reading(entry, (*evidence, *kept), warnings=warnings, paragraphs=told, publication=tuple(publication))


def _lost(root: etree._Element, body: str) -> bool:
    """Whether the parser lost words, as libxml2 does for elements nested deeper than its limit."""
    return body.count("<") > _DEEP and len(text_of(root)) * 2 < len(" ".join(plaintext.plain(body).split()))


def _address(root: etree._Element, stated: Metadata) -> str:
    """The page's original URL as it states it, which relative references resolve against; "" if it does not."""
    base = next((element.get("href") or "" for element in root.iter("base")), "")
    links = (element for element in root.iter("link") if "canonical" in (element.get("rel") or "").lower().split())
    for url in (base, *(element.get("href") or "" for element in links), stated.url):
        if absolute(url):
            return url
    return ""


def _bylines(chosen: etree._Element) -> tuple[str, ...]:
    """Names in elements marked as by-lines, which leave the article."""
    for element in list(chosen.iter(etree.Element)):
        words = text_of(element)
        if (
            element is chosen
            or not _BYLINE.search(element.get("class") or "")
            or not 2 <= len(words) <= _LONGEST_BYLINE
        ):
            continue
        if html_metadata.is_signed_and_dated(words):
            remove_element(element)  # its name and date are in the metadata
            continue
        found = html_metadata.names_of_people([words])
        if found and all(len(name.split()) <= 5 and name[0].isupper() for name in found):
            remove_element(element)
            return found
    return ()


def _tree(body: str) -> etree._Element | None:
    # Without huge_tree, a deep or long page would be cut off silently. NUL ends a document for libxml2 before 2.14.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_pis=True, remove_comments=True)
    try:
        body = _REFERENCE.sub(_without_control, body).replace("\0", "")
        return etree.fromstring(body.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None


def _without_control(found: re.Match[str]) -> str:
    """A reference to a character, a space in place of one that XML cannot hold."""
    letter = html.unescape(found[0])
    return found[0] if letter and plaintext.xml_safe(letter) == letter else " "


def _title(root: etree._Element, chosen: etree._Element, stated: Metadata, page_title: str) -> tuple[str, str]:
    """The title, and where it was found; both "" if the page has none.

    The <h1> that the page's own titles name; else the article's, the only one, what the page states, <title>.
    """
    within, everywhere = (
        [words for one in part.iter("h1") if (words := text_of(one)) and beside_release(words) is None]
        for part in (chosen, root)
    )
    titles = [*stated.titles, page_title]
    same = [words for words in (*within, *everywhere) if any(_names(title, words) for title in titles)]
    for found, source in (
        (same[:1], "the <h1> that the page's title names"),
        (within[:1], "the article's <h1>"),
        (everywhere[:1] if len(everywhere) == 1 and not stated.titles else [], "the page's <h1>"),
        (stated.titles[:1], "the page's metadata"),
        (everywhere[:1], "the page's first <h1>"),
        (_set_large(root, page_title), "the words that are set as a title"),
        ([_without_site(page_title, stated.site_name)] if page_title else [], "<title>"),
        (_at_the_top(chosen), "the first line"),
    ):
        if found and found[0]:
            return found[0], source
    return "", ""


def _set_large(root: etree._Element, page_title: str) -> list[str]:
    """The title of a page without <h1>: a paragraph marked as one, or the part of <title> that the page shows."""
    named = [element for element in root.iter("p", "div", "span") if _TITLE_CLASS.search(element.get("class") or "")]
    if named and 2 <= len(text_of(named[0])) <= _LONGEST_TITLE:
        return [text_of(named[0])]
    parts = [part for part in _SEPARATOR.split(page_title) if len(part) > 8] if _SEPARATOR.search(page_title) else []
    shown = {text_of(element) for element in root.iter("h2", "h3", "b", "strong", "font", "span", "p")}
    return [part for part in parts if part in shown][:1]


def _at_the_top(chosen: etree._Element) -> list[str]:
    """The first words of a fragment, if they are set apart, are not a sentence, and more follows."""
    for element in chosen.iter(*_HEADS):
        words = text_of(element)
        if words and element is not chosen:
            more = len(text_of(chosen)) > len(words) and text_of(chosen).startswith(words)
            return [words] if more and is_bare_headline(words) else []
    return []


def _names(title: str, heading: str) -> bool:
    """Whether a title equals this heading, with or without the site's name before or after it."""
    one, other = title.casefold(), heading.casefold()
    return one == other or (len(other) > 8 and (one.startswith(other) or one.endswith(other)))


def _without_site(title: str, site: str) -> str:
    """A <title> without the site's name, if the page confirms what that is."""
    parts = _SEPARATOR.split(title)
    if site and len(parts) > 1:
        for end, kept in ((parts[-1], 0), (parts[0], -1)):
            if end.casefold() == site.casefold():
                return title[: -len(end)].rstrip(" |·•–—»:-") if kept == 0 else title[len(end) :].lstrip(" |·•–—»:-")
    return title


def _inner(element: etree._Element) -> str:
    """The markup inside an element."""
    parts = [html.escape(element.text or "", quote=False)]
    parts.extend(_serialised(element))
    return "".join(parts).strip()


def _serialised(element: etree._Element) -> Iterator[str]:
    for child in element:
        if child.tag not in {"head", "title"}:
            yield etree.tostring(child, encoding="unicode", method="html")


def _moment(stated: str, context: SeedContext) -> str:
    """A stated date, unless it is later than the file's first sight; without an hour it is noon."""
    moment = dates.parse(stated, context.zone, lenient=True) if stated else None
    if moment and not re.search(r"\d\s?(?:[:hH]\d|T\d|[ap]\.?m)", stated):
        local = moment.astimezone(context.zone).replace(hour=12)
        moment = local if local <= context.first_seen else moment
    return dates.rfc3339(moment) if moment and moment <= context.first_seen else ""
