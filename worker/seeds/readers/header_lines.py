"""Lines of `key: value`, as people and programs write them: inside fences when they are no strict YAML or TOML, and
without fences above a text, as Pelican, MultiMarkdown, Notion, Logseq and mail programs do.

Each value is the words behind the colon. Pure.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import TypeAlias

from feeds.text import dates
from worker.seeds.newswire.mails import ADDRESS
from worker.seeds.readers import header_keys, holding_lines

Value: TypeAlias = "str | list[Value] | dict[str, Value]"

# A key begins with a letter; marks above and below letters belong to it.
KEY_LINE = re.compile(
    r"""["']?(?P<key>[^\W\d][^\n:：="'“”<>{}\[\]|#!?;,()*]{0,39}?)["']?[ \t]*(?:::?|[：=])(?!//)(?P<value>.*)"""
)
_ITEM = re.compile(r"[ \t]*[-*•][ \t]+(?P<value>\S.*)")
# One of these at least is in a header without fences.
_OF_A_TEXT = frozenset({"title", "date", "updated", "author", "authors", "tags", "categories", "summary", "lang"})
_BULLET = re.compile(r"^[-*] ")
_BLOCK = re.compile(r"[|>][+-]?\d?")
_MOST_LINES = 100
_FENCE = re.compile(r"(?:---|\+\+\+|\.\.\.)[ \t]*")
_ENCODED = re.compile(r"(?i)content-(?:type: multipart/|transfer-encoding: (?:base64|quoted-printable))")
_QUOTED = re.compile(r"^(?:>[ \t]?)+")
# Outlook writes a tabulator, and no colon.
_TABBED = re.compile(r"(?P<key>[^\W\d][^\t:]{0,20})\t+(?P<value>.*)")
_SENDER = re.compile(r"^(?:>[ \t]?)*(?:\*\*|__)?[^\W\d][^\n\t:：]{0,20}[\t:：]", re.MULTILINE)
# The line above a mail in a mailbox (RFC 4155).
_MBOX = re.compile(r"From \S+@\S+ [^\n]*\d{4}[^\n]*\n")
# Markdown: "**From:** …", several of them on a line, too.
_BOLD = re.compile(r"(\*\*|__)([^\W\d][^*_\n:：]{0,20})(?:([:：])\1|\1([:：]))")
_NEXT_BOLD = re.compile(r"(?<=\S)[ \t]+(?=(?:\*\*|__)[^\W\d][^*_\n:：]{0,20}(?:[:：](?:\*\*|__)|(?:\*\*|__)[:：]))")
_FORWARDED = re.compile(r"(?i:begin forwarded message:)\s*\n|[-_=*>\s]{3,60}[^\n]{0,60}[-_=*\s]{3,60}\n|[-_=]{5,}\s*\n")
# The line above an answered mail: when, who, and "wrote" in any language.
_SOMEBODY = re.compile(r"[<(\[][^\s@<>]+@[^\s@<>]+\.\w[^<>]*[>)\]]")
_MOMENT = re.compile(r"\b\d{4}\b|\d{1,2}[:.h]\d\d|\d{1,2}[/.]\d{1,2}[/.]\d\d")
_MARK_ABOVE = re.compile(
    r"(?:^|\n)[ \t>]*(?:[-_=*]{3,}[ \t]*[^\W\d_][^\n]{0,60}?[-_=*]{3,}|(?i:begin forwarded message:))\s*\Z"
)
_RULE = re.compile(r"[-_=]{5,}")
_RULED_ABOVE = re.compile(r"(?:^|\n)_{5,}\s*\Z")
#: Below that much text a mail is one that it answers, or that an article quotes.
LONG_ABOVE = 100
CUT_MAIL = (
    "The mail below it is left out, as one that it answers. If the article quotes it, take away the line of the mail"
    " program above it, such as “-----Original Message-----” or “On …, … wrote:”."
)
# What mail programs of several languages write before a subject, or between dashes.
_FORWARDS = re.compile(
    r"(?im):\s*(?:fwd?|wg|tr|rv|enc|i|vb|doorst|vs|pd|转发|轉寄|全文转发|转)\s*[:：]"
    r"|^[-\s]{3,}.{0,3}(?:forward|weiterg|transf|reenv|chuyển|inoltr|doorg)|begin forwarded"
)
# Behind it a mail program puts the name and the numbers of whoever writes (RFC 3676 §4.3).
_SIGNATURE = re.compile(r"^-- ?\n", re.MULTILINE)
_REACHED = re.compile(r"@|www\.|\d{3}")
_LONGEST_ATTRIBUTION, _ATTRIBUTION_LINES, _LONGEST_SIGNATURE, _NEAR = 300, 3, 15, 200
#: A block of code in Markdown: what is in it is its example.
FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*\n(?s:.*?)(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE)
_HEADING = re.compile(r"(?:\s*\n)*#[ \t]+\S[^\n]*\n(?:[ \t]*\n)*")
_UNDERLINED = re.compile(r"(?:\s*\n)*(?!`{3}|~{3})\S[^\n]*\n(?:={3,}|-{3,})[ \t]*\n(?:[ \t]*\n)*")
# Nikola's ".. title: x", reStructuredText's and AsciiDoc's ":title: x", Org's "#+TITLE: x".
MARKED = re.compile(r"^(?:\.\. |:(?=[^\W\d][\w -]*:)|#\+)")


class Unclear(Exception):
    """A line that cannot be understood. line: its number, from 1. reason: in an editor's words."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Above:
    """A header without fences. start, end: of its text. mail: it is that of a mail, whose addresses are nobody's.
    people: how many of its lines name them.
    """

    fields: Mapping[str, Value] = field(default_factory=dict)
    start: int = 0
    end: int = 0
    mail: bool = False
    people: int = 0


def listed_in(value: Value) -> list[str] | None:
    """The words of a list, or of one line with commas; None for anything else. A list within a list, as Hexo writes a
    category with one below it, is more of them.
    """
    if isinstance(value, str):
        return value.split(",")
    if not isinstance(value, list):
        return None
    parts = [[part] if isinstance(part, str) else listed_in(part) for part in value]
    return None if None in parts else [word for words in parts for word in words or ()]


def fields_of(lines: Sequence[str]) -> dict[str, Value]:
    """The fields in these lines, by key as written. Raises Unclear."""
    fields: dict[str, Value] = {}
    key = ""
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = KEY_LINE.fullmatch(line.strip())
        indented = line[0] in " \t"
        if found and (not indented or not key or header_keys.meaning(found["key"])):
            key = found["key"].strip()
            if key in fields:
                raise Unclear(number, f"{key} is there twice; keep the one that counts")
            fields[key] = _value(found["value"], number)
        elif (item := _ITEM.fullmatch(line)) and key:
            above, one = fields[key], _value(item["value"], number)
            fields[key] = [*above, one] if isinstance(above, list) else [above, one] if above else [one]
        elif indented and key and isinstance(fields[key], str):
            fields[key] = f"{fields[key]} {line.strip()}".strip()
        else:
            raise Unclear(number, "a line of the form `key: value` is expected")
    return fields


def _value(written: str, number: int) -> Value:
    """A value on one line: words, with or without quotation marks, or a list in brackets."""
    words = written.strip()
    if _BLOCK.fullmatch(words):
        return ""
    for mark in "\"'":
        if words.startswith(mark):
            end = words.find(mark, 1)
            if end < 0:
                raise Unclear(number, "the quotation mark is not closed")
            rest = words[end + 1 :].strip()
            return words[1:end] if not rest or rest.startswith("#") else words
    if words.startswith("["):
        inner, closed, rest = words[1:].partition("]")
        if not closed:
            raise Unclear(number, "the bracket [ is not closed")
        return words if rest.strip() else [part.strip(" \"'") for part in inner.split(",") if part.strip(" \"'")]
    return re.sub(r"\s+#\s.*", "", words)


def looks_like_header(lines: Sequence[str]) -> bool:
    """Whether lines between two fences are a header: most are keys or belong to one, and a key is known."""
    shown = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    keyed = [found for line in shown if line[0] not in " \t" and (found := KEY_LINE.fullmatch(line.strip()))]
    known = any(header_keys.meaning(found["key"]) or header_keys.meant_for(found["key"])[0] for found in keyed)
    below = sum(line[0] in " \t" or _ITEM.fullmatch(line) is not None for line in shown)
    return bool(keyed) and (known or len(keyed) > 1) and (len(keyed) + below) * 2 > len(shown)


def above(text: str, *, markdown: bool) -> Above | None:
    """The header without fences at the top of a text, or below its heading, as Notion and Pelican write it."""
    begin = len(text) - len(text.lstrip())
    if box := _MBOX.match(text, begin):
        begin = box.end()
    if forwarded := _FORWARDED.match(text, begin):
        begin = forwarded.end()
    if found := _block(text, begin):
        return found
    heading = (_HEADING.match(text) if markdown else None) or _UNDERLINED.match(text)
    return _block(text, heading.end()) if heading else None


def _block(text: str, start: int) -> Above | None:
    """The header from `start` to the next blank line, if every line there belongs to one."""
    fields: dict[str, Value] = {}
    key, end, bold = "", start, False
    for _ in range(_MOST_LINES):
        stop = text.find("\n", end)
        line = text[end : stop if stop >= 0 else len(text)]
        if not line.strip():
            break
        if key and _FENCE.fullmatch(line):
            end = stop + 1 if stop >= 0 else len(text)
            break
        line = MARKED.sub("", _QUOTED.sub("", line, count=1))
        if not line:
            break
        if _BOLD.match(line):
            bold = True
            *before, line = [_BOLD.sub(r"\2:", part, count=1).rstrip() for part in _NEXT_BOLD.split(line)]
            for part in before:
                key, _, value = part.partition(":")
                fields.setdefault(key, value.strip())
        found = KEY_LINE.fullmatch(_BULLET.sub("", line).strip())
        if (tabbed := _TABBED.fullmatch(line)) and header_keys.meaning(tabbed["key"]) in ("mail", "subject", "date"):
            found = tabbed
        if found and line[0] not in " \t" and "=" not in line[: found.start("value")]:
            key = found["key"].strip()
            fields.setdefault(key, found["value"].strip())
        elif key and line[0] in " \t":
            fields[key] = f"{fields[key]} {line.strip()}"
        else:
            return None
        end = stop + 1 if stop >= 0 else len(text)
    meant = [header_keys.meaning(key) for key in fields]
    if _is_mail(fields, meant):
        if any(_ENCODED.match(f"{key}: {value}") for key, value in fields.items()):
            raise Unclear(0, "is a mail as mail programs send it, in parts or encoded; save its text alone")
        return Above(_of_mail(fields), start, end, mail=True, people=meant.count("mail"))
    if bold:
        return None
    ours = [one for one in meant if one and one not in ("mail", "subject")]
    clear = all(_is_clear(key, str(value)) for key, value in fields.items())
    decides = holds(fields) or any(header_keys.settles(key, str(value)) for key, value in fields.items())
    whole = len(ours) == len(meant) and clear and (not _OF_A_TEXT.isdisjoint(ours) or decides)
    alone = text.startswith("::", start + len(key))  # as Logseq writes a page's properties
    return Above(fields, start, end) if whole and (len(ours) > 1 or decides or alone) else None


def _is_clear(key: str, said: str) -> bool:
    """Whether a key that decides on publication has a value that does, or is written small.

    "Hidden: the story" is a line of a text.
    """
    meaning = header_keys.meaning(key)
    if meaning not in header_keys.HOLDING or header_keys.says(said) or key.islower():
        return True
    if meaning in ("publish_at", "not_before", "expires"):
        return holding_lines.of_time(said) or dates.parse(said, lenient=True) is not None
    return any(map(str.isdigit, said))


def without_mail_headers(text: str, *, mail: bool) -> tuple[str, bool, bool]:
    """The text without the headers of mails that were forwarded in it, and without those that it answers; whether
    a line says of one that it was; and whether a mail was cut off. Without such a line they have an address, and two
    people in them.

    mail: it is known to be a mail. Otherwise a header that a program's line is not above, and an article is, stays:
    the article quotes that mail.
    """
    shown = _without_code(text)
    kept: list[str] = []
    start = position = 0
    marked = False
    while found := _SENDER.search(shown, position):
        position = found.end()
        if header_keys.meaning(found[0].lstrip("> \t").strip("*_\t:： ")) != "mail":
            continue
        block = _block(shown, found.start())
        if block is None or not block.mail:
            continue
        above = _MARK_ABOVE.search(shown, max(start, found.start() - _NEAR), found.start())
        mark = above or _RULED_ABOVE.search(shown, max(start, found.start() - _NEAR), found.start())
        if not mail and (_goes_on(shown, block, mark.start()) if mark else _quotes_below(shown[: found.start()])):
            continue
        if mark and mark.start() >= LONG_ABOVE and not is_forwarded(shown[mark.start() : block.end]):
            return "".join((*kept, text[start : mark.start()])), True, True
        if above or (block.people > 1 and ADDRESS.search(shown[block.start : block.end])):
            kept.append(text[start : above.start() if above else block.start])
            start = position = block.end
            marked = marked or above is not None
    return "".join((*kept, text[start:])), marked, False


def _quotes_below(above: str) -> bool:
    """Whether what is above the header of a mail is an article of some length, or announces what it quotes."""
    said = above.rstrip("> \t\n")
    return len(said) >= LONG_ABOVE or announces(said)


def announces(words: str) -> bool:
    """Whether words end as those do that a quotation follows."""
    return words.endswith((":", "：", ":**", ":*", ":__"))


def _goes_on(shown: str, block: Above, mark: int) -> bool:
    """Whether a mail is announced above the line of its program, or is a quotation that something else follows."""
    below = [line for line in shown[block.end :].split("\n") if line.strip()]
    quoted = shown[block.start] == ">" and not all(line.startswith(">") for line in below)
    return quoted or announces(shown[:mark].rstrip("> \t\n"))


def _without_code(text: str) -> str:
    """The text with nothing in place of its blocks of code, as long as before."""
    return FENCED.sub(lambda block: re.sub(r"[^\n]", "`", block[0]), text)


def is_mail_header(text: str) -> bool:
    """Whether lines are the header of a mail, behind a line that says that it was answered, and nothing else."""
    first, _, rest = text.partition("\n")
    text = rest if is_mark(first) else text
    try:
        block = _block(text, 0)
    except Unclear:
        return False
    return block is not None and block.mail and not text[block.end :].strip()


def is_mark(line: str) -> bool:
    """Whether a line says that a mail follows, as "-----Original Message-----" does, or is a rule above one."""
    return _MARK_ABOVE.fullmatch(f"\n{line}") is not None or _RULE.fullmatch(line) is not None


def is_forwarded(header: str) -> bool:
    """Whether lines of the header of a mail, and the mark above it, say that it is forwarded, not answered."""
    return _FORWARDS.search(header) is not None


def is_attribution(line: str) -> bool:
    """Whether a line says when somebody wrote what is quoted below it."""
    return len(line) <= _LONGEST_ATTRIBUTION and line.endswith((":", "：")) and _MOMENT.search(line) is not None


def without_answers(text: str, *, mail: bool) -> str:
    """The text without quoted mails below the lines that say who wrote them.

    mail: it is known to be a mail: then a name with an address or a quotation is enough, and its signature goes, too.
    Otherwise a quotation in the midst of a text is its own.
    """
    lines, shown = text.split("\n"), _without_code(text).split("\n")
    kept: list[str] = []
    number = begin = 0
    while number < len(lines):
        first = _attribution(shown, number, begin, mail=mail)
        kept.append(lines[number])
        number += 1
        if first is None:
            continue
        end = number
        while end < len(lines) and (lines[end].startswith(">") or _is_quoted_next(lines, end)):
            end += 1
        above = kept[: first - number]
        if not mail and any(map(str.strip, above)) and any(map(str.strip, lines[end:])):
            continue
        kept, number, begin = above, end, end
    text = "\n".join(kept)
    if mail and (found := _SIGNATURE.search(_without_code(text))):
        behind = text[found.end() :].rstrip("\n")
        # Without its space the line may as well part two parts of a text.
        if behind.count("\n") < _LONGEST_SIGNATURE and ("-- " in found[0] or _REACHED.search(behind)):
            text = text[: found.start()]
    return text


def _attribution(lines: Sequence[str], last: int, begin: int, *, mail: bool) -> int | None:
    """The first line of an attribution that ends in this line, such as "On …, Hoa <hoa@desk.example> wrote:".

    It has as few lines as say when and who; those above are the text's. begin: the first line that may belong to it.
    """
    if not lines[last].rstrip().endswith((":", "：")):
        return None
    quoted = last + 1 < len(lines) and (lines[last + 1].startswith(">") or _is_quoted_next(lines, last + 1))
    said, first, named = "", None, False
    for number in range(last, max(last - _ATTRIBUTION_LINES, begin - 1), -1):
        line = lines[number].strip()
        if not line or line.startswith((">", "#", "|")) or len(said) + len(line) > _LONGEST_ATTRIBUTION:
            break
        if first is not None and (named or line.endswith((".", "!", "?")) or not _SOMEBODY.search(line)):
            break
        said = f"{line} {said}".strip()
        named = _SOMEBODY.search(said) is not None
        field = KEY_LINE.fullmatch(said)
        known = field is not None and header_keys.meaning(field["key"])
        if ((named or quoted) if mail else (named and quoted)) and _MOMENT.search(said) and not known:
            first = number
    return first


def _is_quoted_next(lines: Sequence[str], number: int) -> bool:
    """Whether a line is blank, and the next one that is not is a quotation."""
    following = next((line for line in lines[number : number + 3] if line.strip()), "")
    return not lines[number].strip() and following.startswith(">")


def _is_mail(fields: Mapping[str, Value], meant: Sequence[str]) -> bool:
    people = meant.count("mail")
    addressed = any(isinstance(value, str) and ADDRESS.search(value) for value in fields.values())
    # "From: Dunmore, to: Hook, date: daily" is a ferry.
    sent = any(header_keys.meaning(key) == "date" and any(map(str.isdigit, str(fields[key]))) for key in fields)
    return people >= 1 and people + meant.count("subject") + sent >= (2 if addressed else 3)


def _of_mail(fields: Mapping[str, Value]) -> dict[str, Value]:
    """The subject and the moment of a mail; who wrote it, and to whom, is not for readers."""
    subject = next((fields[key] for key in fields if header_keys.meaning(key) in ("subject", "title")), "")
    # Outlook's "Sent" is a moment, which other programs call "Date".
    of_time = (value for kind in ("date", "mail") for key, value in fields.items() if header_keys.meaning(key) == kind)
    stated = (value for value in map(str, of_time) if "@" not in value)
    sent = next((value for value in stated if not value.isdigit() and dates.parse(value, lenient=True)), "")
    return {"title": _decoded(str(subject)), "date": sent}


def _decoded(subject: str) -> str:
    """A subject as it is meant (RFC 2047)."""
    if "=?" not in subject:
        return subject
    try:
        return str(make_header(decode_header(subject)))
    except (ValueError, LookupError, HeaderParseError):
        return subject


def holds(fields: Mapping[str, Value], *, timed: bool = True) -> bool:
    """Whether a field says that the text is not public, or not yet. timed: moments count, too."""
    for key, value in fields.items():
        meant, said = header_keys.meaning(key), header_keys.says(value) if isinstance(value, str) else ""
        if (
            (meant == "draft" and said == "yes")
            or (meant == "publish" and said in ("no", "held"))
            or (meant in ("status", "stage") and said in ("no", "held"))
            or (timed and meant in ("publish_at", "expires") and any(map(str.isdigit, str(value))))
        ):
            return True
    return False
