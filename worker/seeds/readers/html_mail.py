"""Takes out of a mail that was saved as a page what is not its text: who wrote it to whom, and what it answers.

A mail that is forwarded is the text itself. What mail programs put around one that is answered decides, if an article
of some length is above it.
"""

import re
from collections.abc import Iterator

from lxml import etree

from worker.seeds.readers import header_lines
from worker.seeds.readers.html_article import remove_element, text_of

# Gmail, Yahoo, Thunderbird, Proton, Zoho, Tuta, GMX.
_QUOTES = frozenset(
    "gmail_quote yahoo_quoted moz-cite-prefix protonmail_quote zmail_extra tutanota_quote gmx_quote".split()
)
_REPLY = re.compile(r"(?:x_)*(?:divRplyFwdMsg|appendonsend)")
_RULED = re.compile(r"border-top:\s*(?:solid|\d)|border:\s*none;\s*border-top", re.IGNORECASE)
_INNER = ("p", "div", "table", "ul", "ol")


def take_mails(chosen: etree._Element, *, article: bool) -> tuple[int, bool]:
    """Removes the headers of mails, and the mails that are quoted below an article. Returns how many, and whether one
    was cut off with its text.

    article: the page says that it is one. Without traces of a mail program, it quotes the mails that it shows.
    """
    count, below, cut = 0, _below_article(chosen), False
    quotes = [one for one in chosen.iter("div", "blockquote") if one is not chosen and _is_quote(one)]
    headers = _headers(chosen)
    if not (quotes or any(map(_is_of_program, headers)) or (not article and _is_mail(headers, below))):
        return 0, False
    for quote in quotes:
        if quote in below and _is_within(quote, chosen):
            before = quote.getprevious()
            if before is not None and before.tag in ("p", "div") and header_lines.is_attribution(text_of(before)):
                remove_element(before)
            remove_element(quote)
            count += 1
            cut = True
    for element in headers:
        if _is_within(element, chosen):
            if element in below and _answers(element):
                _remove_below(chosen, element)
                cut = True
            remove_element(element)
            count += 1
    return count, cut


def _is_mail(headers: list[etree._Element], below: set[etree._Element]) -> bool:
    """Whether a page is a mail by its words: its header is at the top, or a line says that a mail follows."""
    return any(
        header_lines.is_mark(_line_above(one))
        or header_lines.is_mark(_lines_of(one).partition("\n")[0])
        or header_lines.is_forwarded(_lines_of(one))
        or not (one in below or header_lines.announces(_line_above(one)))
        for one in headers
    )


def _line_above(element: etree._Element) -> str:
    """The words of what is before an element, "" if there are none."""
    around: etree._Element | None = element
    while around is not None:
        before = around.getprevious()
        while before is not None:
            if words := (before.tail or "").strip() or text_of(before):
                return words
            before = before.getprevious()
        around = around.getparent()
    return ""


def unprinted(root: etree._Element) -> str:
    """Leaves of a page that Gmail made to be printed the subject and the text of its first mail, whose moment it gives.

    Any other page stays as it is, and gives "".
    """
    body = next(root.iter("body"), root)
    main = next((one for one in body.iter("div") if _named(one, "maincontent")), None)
    mail = next((one for one in main.iter("table") if _named(one, "message")), None) if main is not None else None
    rows = list(mail.iterfind("tr")) or list(mail.iterfind("tbody/tr")) if mail is not None else []
    subject = next((text_of(one) for one in main.iter("b")), "") if main is not None else ""
    if len(rows) < 2 or not subject or len(rows[-1]) != 1:
        return ""
    sent, text = text_of(rows[0][-1]), rows[-1][0]
    body.clear()
    etree.SubElement(body, "h1").text = subject
    text.tag, text.tail = "div", None
    body.append(text)
    return sent


def _named(element: etree._Element, name: str) -> bool:
    return name in (element.get("class") or "").split()


def _is_quote(element: etree._Element) -> bool:
    quoted = not _QUOTES.isdisjoint((element.get("class") or "").split()) or element.get("type") == "cite"
    # Dashes around "Forwarded message", in any language.
    return quoted and not text_of(element).startswith("-----")


def _headers(chosen: etree._Element) -> list[etree._Element]:
    """The elements that are nothing but the header of a mail."""
    blocks = (one for one in chosen.iter("p", "div", "td", "pre") if one is not chosen)
    leaves = (one for one in blocks if next(one.iterdescendants(*_INNER), None) is None or _REPLY.fullmatch(_id(one)))
    return [one for one in leaves if ":" in text_of(one) and header_lines.is_mail_header(_lines_of(one))]


def _id(element: etree._Element) -> str:
    return element.get("id") or ""


def _answers(header: etree._Element) -> bool:
    """Whether the header is set above a mail that is answered: behind a rule, or a line that says so."""
    before = header.getprevious()
    lined = before is not None and (before.tag == "hr" or header_lines.is_mark(text_of(before)))
    lines = _lines_of(header)
    marked = _is_of_program(header) or lined or header_lines.is_mark(lines.partition("\n")[0])
    return marked and not header_lines.is_forwarded(lines)


def _is_of_program(header: etree._Element) -> bool:
    """Whether a mail program has set the header above a mail, in its own way."""
    near = [one for one in (header, header.getparent()) if one is not None]
    return any(_RULED.search(one.get("style") or "") or _REPLY.fullmatch(_id(one)) for one in near)


def _below_article(chosen: etree._Element) -> set[etree._Element]:
    """The elements that an article of some length is above."""
    letters = 0
    below: set[etree._Element] = set()
    for event, one in etree.iterwalk(chosen, events=("start", "end")):
        if event == "start" and letters >= header_lines.LONG_ABOVE:
            below.add(one)
        letters += len(((one.text if event == "start" else one.tail) or "").strip())
    return below


def _is_within(element: etree._Element, chosen: etree._Element) -> bool:
    """Whether an element has not been removed with another one."""
    return any(one is chosen for one in element.iterancestors())


def _remove_below(chosen: etree._Element, element: etree._Element) -> None:
    """Removes all that follows an element."""
    while element is not chosen:
        element.tail = None
        for after in list(element.itersiblings()):
            after.tail = None
            remove_element(after)
        parent = element.getparent()
        assert parent is not None
        element = parent


def _lines_of(element: etree._Element) -> str:
    """The words of an element, a line each for what <br> parts and for what begins with a bold name and a colon."""
    return "\n".join(words for line in "".join(_texts(element)).split("\n") if (words := " ".join(line.split())))


def _texts(element: etree._Element) -> Iterator[str]:
    for event, one in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            named = one.tag in ("b", "strong") and f"{text_of(one)}{(one.tail or '').strip()[:1]}".find(":") > 0
            yield "\n" if one.tag in ("br", *_INNER) or named else ""
            yield (one.text or "").replace("\n", " ")
        elif one is not element:
            yield (one.tail or "").replace("\n", " ")
