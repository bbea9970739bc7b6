"""Finds the article of a web page and removes everything around it.

If the page marks its article, that is used. Otherwise trafilatura finds the article's text, and the smallest part of
the page that holds it is taken, with its own markup. Menus, boxes and lists of links inside are removed. A fragment, or
a page without any of these, is taken whole.
"""

import re
from collections.abc import Iterator

from lxml import etree

_NEVER = (
    "script", "style", "template", "noscript", "iframe", "object", "embed", "form", "button", "select", "input",
    "textarea", "svg", "dialog",
)  # fmt: skip
_AROUND = ("nav", "aside", "footer", "menu")
_BOX = re.compile(
    r"(?i)(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|side-?bar|footer|foot|header|masthead|banner|cookies?|"
    r"consent|gdpr|share|sharing|share-?buttons?|social|follow-us|related|recommended|recommendations|more-stories|"
    r"read-?more|also-?read|most-?read|popular|trending|newsletter|subscribe|subscription|signup|sign-up|comments?|"
    r"comment-list|respond|disqus|ads?|adverts?|advertisement|sponsor(?:ed)?|promo|promotion|outbrain|taboola|widget|"
    r"popup|modal|overlay|toolbar|tags?|tag-?list|pagination|pager|login|search|skip-?link|byline-social|"
    r"author-?bio|about-author|copyright|legal|tin-lien-quan|box-tin|lien-quan|tin-khac|binh-luan|chia-se|quang-cao|"
    r"te-puede-interesar|relacionad[oa]s|suscri(?:pcion|bete)|publicidad|compartir|lire-aussi|a-lire|partager|publicite|"
    r"mehr-zum-thema|werbung|anzeige|teilen|empfehlungen|correlati|condividi|pubblicita|leia-tambem|publicidade)(?:$|[\s_-])"
)
# Classes that say where an element is shown, or what is not beside it; and that of any part in pages of Elementor.
_MODIFIER = re.compile(
    r"(?i)(?<![^\s])(?:no|non|not|do-not|has|with|without|hide|hidden)[-_]\S+|\S*no-?print\S*|\S*print-(?:no|none|hid)\S*|"
    r"elementor-widget"
)
_PRINTED_ONLY = re.compile(
    r"(?i)(?<![^\s])(?:print-?only|only-?print|visible-print|show-(?:for|on)-print|d-none (?:.* )?d-print-(?!none))"
)
_OF_PRINTING = re.compile(r"(?i)(?:^|[\s_-])print(?:$|[\s_-])")
_BODY = re.compile(
    r"(?i)(?:^|\s)(?:article-?body|articlebody|article__body|article-?content|article__content|entry-?content|"
    r"post-?content|post-?body|story-?body|story-?content|content-?body|main-?content|td-post-content|"
    r"detail-?content|fck_detail|cms-body|news-?content|news-?detail)(?:$|\s)"
)
_STANDFIRST = re.compile(
    r"(?i)(?:^|[\s_-])(?:description|sapo|standfirst|lead|lede|dek|intro|excerpt|chapo|teaser-text|abstract)(?:[\s_-]|$)"
)
_GOOGLE_MARK, _GOOGLE_NOTE = re.compile(r"cmnt_ref\d+"), re.compile(r"cmnt\d+")
_WORD_REMARK = re.compile(r"(?:^|\s)(?:MsoComment(?:Reference|Text|Subject)|msocom(?:anchor|off|txt))(?:\s|$)")
_WORD_COMMENTS = re.compile(r"mso-element:\s*comment")
_LONGEST_STANDFIRST = 700
_FEWEST_LETTERS = 200
_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search", "dialog", "menu", "alert"})
_SKIPPED = frozenset({"body", "html", "main", "article"})


def furnished(root: etree._Element) -> bool:
    """Whether the page has anything besides an article."""
    return any(_is_around(element) for element in root.iter(etree.Element)) or any(
        _only_links(element) for element in root.iter("ul", "ol", "div", "p", "td")
    )


def article(root: etree._Element, page: str) -> tuple[etree._Element, int]:
    """The element with the article, with foreign parts removed, and the number of removed parts.

    page: the whole document as text, for trafilatura. Changes the tree.
    """
    for element in list(root.iter(*_NEVER)):
        remove_element(element)
    body = next(root.iter("body"), root)
    chosen = _marked_article(body)
    if chosen is None and not furnished(body):
        return body, 0
    if chosen is None:
        chosen = _find_article(body, page)
    dropped = _clear(chosen)
    _with_standfirst(body, chosen)
    return chosen, dropped


def take_remarks(root: etree._Element) -> int:
    """Removes what editors wrote for each other in Word and Google Docs: comments, their marks, and what a
    tracked change deletes. Returns the number of removed parts.
    """
    found = [element for element in root.iter(etree.Element) if _is_remark(element)]
    for element in found:
        remove_element(element)
    return len(found)


def _is_remark(element: etree._Element) -> bool:
    key, link = element.get("id") or "", element.get("href") or ""
    if _GOOGLE_MARK.fullmatch(key):
        return True
    if element.tag in ("div", "p"):
        # Google Docs puts each comment into a box of its own.
        marks = [one for one in element.iter("a") if _GOOGLE_NOTE.fullmatch(one.get("id") or "")]
        if marks and text_of(element).startswith(text_of(marks[0])):
            return True
    return bool(
        _WORD_REMARK.search(element.get("class") or "")
        or _WORD_COMMENTS.search(element.get("style") or "")
        or link.startswith("#_msocom_")
        or (element.tag == "del" and (element.get("cite") or "").lower().startswith("mailto:"))
    )


def _marked_article(body: etree._Element) -> etree._Element | None:
    """The element that the page itself marks as its article."""
    tests = (
        lambda element: "articlebody" in (element.get("itemprop") or "").lower(),
        lambda element: _BODY.search(f"{element.get('class') or ''} {element.get('id') or ''}") is not None,
        lambda element: element.tag == "article",
        lambda element: element.tag == "main" or element.get("role") == "main",
    )
    for test in tests:
        found = [element for element in body.iter(etree.Element) if test(element) and text_of(element)]
        found = [one for one in found if not any(other in one.iterancestors() for other in found if other is not one)]
        if len(found) == 1 and (found[0].tag in _SKIPPED or len(text_of(found[0])) >= _FEWEST_LETTERS):
            return found[0]
    return None


def _with_standfirst(body: etree._Element, chosen: etree._Element) -> None:
    """Copies the standfirst to the top of the article if the page has it outside."""
    for element in body.iter("p", "div", "h2", "h3"):
        named, words = element.get("class") or "", text_of(element)
        if not (_STANDFIRST.search(named) and 20 <= len(words) <= _LONGEST_STANDFIRST):
            continue
        if element is chosen or chosen in element.iterancestors() or element in chosen.iterancestors():
            return
        if not any(_is_around(one) for one in element.iterancestors()) and words not in text_of(chosen):
            first = etree.Element("p")
            first.text, first.tail = words, chosen.text
            chosen.text = None
            chosen.insert(0, first)
        return


def _find_article(body: etree._Element, page: str) -> etree._Element:
    """The smallest element with nearly all the text that trafilatura takes for the article."""
    from trafilatura import extract

    text = extract(page, output_format="txt", include_comments=False, include_tables=True, favor_recall=True) or ""
    lines = [_squeezed(line) for line in text.split("\n") if len(line) > 30]
    if not lines:
        return body
    chosen = body
    while True:
        inner = [child for child in chosen if isinstance(child.tag, str)]
        holds = [child for child in inner if _share(child, lines) >= 0.9]
        if not holds or chosen.tag in ("p", "td"):
            return chosen
        chosen = holds[0]


def _share(element: etree._Element, lines: list[str]) -> float:
    words = _squeezed(text_of(element))
    return sum(len(line) for line in lines if line in words) / sum(map(len, lines))


def _squeezed(words: str) -> str:
    return re.sub(r"\W+", "", words)


def _clear(chosen: etree._Element) -> int:
    """Removes what is inside the article but not part of it; returns the number of removed parts."""
    around = [element for element in chosen.iter(etree.Element) if element is not chosen and _is_foreign(element)]
    count = 0
    whole = max(1, len(text_of(chosen)))
    for element in around:
        # An element with most of the article in it is not a box.
        if element.getparent() is not None and len(text_of(element)) < whole * 0.5:
            remove_element(element)
            count += 1
    for element in list(chosen.iter("ul", "ol", "div", "p", "td")):
        if element.getparent() is not None and element is not chosen and _only_links(element):
            remove_element(element)
            count += 1
    return count


_BLOCKS = frozenset(
    "address article aside blockquote center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li"
    " main nav ol p pre section table tbody td tfoot th thead tr ul video audio".split()
)
_CONTAINERS = ("div", "section", "article", "main", "center", "td", "body")


def add_paragraphs(chosen: etree._Element) -> None:
    """Puts loose text into paragraphs: text in a <div> beside blocks, or between two <br>."""
    for container in [chosen, *chosen.iter(*_CONTAINERS)]:
        broken = any(_two_breaks(element) for element in container.iterchildren("br"))
        blocks = any(child.tag in _BLOCKS for child in container)
        loose = (container.text or "").strip() or any(
            (child.tail or "").strip() or child.tag not in _BLOCKS for child in container
        )
        # A table cell or single line stays as it is unless it is broken into paragraphs.
        if loose and (broken or (blocks and container.tag != "td")):
            _wrap(container)
        elif loose and not blocks and container.tag == "div" and container is not chosen and text_of(container):
            container.tag = "p"


def _two_breaks(element: etree._Element) -> bool:
    after = element.getnext()
    return after is not None and after.tag == "br" and not (element.tail or "").strip()


def _wrap(container: etree._Element) -> None:
    """Puts each run of loose text and inline elements into a <p>."""
    children = list(container)
    first, container.text = container.text, None
    for child in children:
        container.remove(child)
    run = etree.Element("p")
    run.text = first

    def close() -> None:
        nonlocal run
        if text_of(run) or run.find(".//img") is not None:
            run.text = (run.text or "").lstrip()
            if len(run):
                run[-1].tail = (run[-1].tail or "").rstrip()
            else:
                run.text = run.text.rstrip()
            edge = run[-1] if len(run) else None
            if edge is not None and edge.tag == "br" and not (edge.tail or "").strip():
                run.remove(edge)
            container.append(run)
        run = etree.Element("p")

    for number, child in enumerate(children):
        tail, child.tail = child.tail, None
        if child.tag in _BLOCKS:
            close()
            container.append(child)
            run.text = tail
            continue
        following = children[number + 1] if number + 1 < len(children) else None
        blank = child.tag == "br" and not (tail or "").strip()
        doubled = blank and following is not None and following.tag == "br"
        if doubled or (child.tag == "br" and not text_of(run) and run.find(".//img") is None):
            close()
            run.text = tail if not doubled else None
            continue
        child.tail = tail
        run.append(child)
    close()


def _is_foreign(element: etree._Element) -> bool:
    """Whether it is around an article, or a sign that says nothing; what shows a picture says something."""
    is_sign = element.get("aria-hidden") == "true" and next(element.iter("img", "picture"), None) is None
    return _is_around(element) or is_sign


def _is_around(element: etree._Element) -> bool:
    if not isinstance(element.tag, str) or element.tag in _SKIPPED:
        return False
    stated = f"{element.get('class') or ''} {element.get('id') or ''}"
    named = _MODIFIER.sub(" ", stated)
    if element.tag == "header":
        return element.find(".//h1") is None
    return bool(
        element.tag in _AROUND
        or (element.get("role") or "") in _ROLES
        or _PRINTED_ONLY.search(stated)
        or (_OF_PRINTING.search(named) and _all_links(element))
        or (_BOX.search(named) and not _BODY.search(named) and not element.tag.startswith("h"))
    )


def _only_links(element: etree._Element) -> bool:
    """Whether this is a list of at least three links with hardly any other words."""
    return len(list(element.iter("a"))) >= 3 and _all_links(element) and text_of(element) != ""


def _all_links(element: etree._Element) -> bool:
    """Whether there are hardly any words beside those of links."""
    return sum(len(text_of(link)) for link in element.iter("a")) >= 0.9 * len(text_of(element))


def remove_element(element: etree._Element) -> None:
    """Removes an element from the tree, but not the text after it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


_BREAKS = frozenset("br p div li dt dd td th tr h1 h2 h3 h4 h5 h6 blockquote pre figcaption section article".split())


def text_of(element: etree._Element) -> str:
    """The words of an element on one line; those of different lines and blocks are apart."""
    return " ".join("".join(_texts(element)).split())


def _texts(element: etree._Element) -> Iterator[str]:
    for event, one in etree.iterwalk(element, events=("start", "end")):
        if one.tag in _BREAKS:
            yield " "
        if event == "start":
            yield one.text or ""
        elif one is not element:
            yield one.tail or ""
