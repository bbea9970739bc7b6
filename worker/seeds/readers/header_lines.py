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
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.\w")
# The line above an answered mail: when, who, and "wrote" in any language.
_SOMEBODY = re.compile(r"[<(\[][^\s@<>]+@[^\s@<>]+\.\w[^<>]*[>)\]]")
_MOMENT = re.compile(r"\b\d{4}\b|\d{1,2}[:.h]\d\d|\d{1,2}[/.]\d{1,2}[/.]\d\d")
_MARK_ABOVE = re.compile(
    r"(?:^|\n)[ \t>]*(?:[-_=*]{3,}[ \t]*[^\W\d_][^\n]{0,60}?[-_=*]{3,}|(?i:begin forwarded message:))\s*\Z"
)
# Behind it a mail program puts the name and the numbers of whoever writes (RFC 3676 §4.3).
_SIGNATURE = re.compile(r"^-- ?\n", re.MULTILINE)
_REACHED = re.compile(r"@|www\.|\d{3}")
_LONGEST_ATTRIBUTION, _LONGEST_SIGNATURE, _NEAR = 300, 15, 200
_HEADING = re.compile(r"(?:\s*\n)*#[ \t]+\S[^\n]*\n(?:[ \t]*\n)*")
_UNDERLINED = re.compile(r"(?:\s*\n)*\S[^\n]*\n(?:={3,}|-{3,})[ \t]*\n(?:[ \t]*\n)*")
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
    """A header without fences. start, end: of its text. mail: it is that of a mail, whose addresses are nobody's."""

    fields: Mapping[str, Value] = field(default_factory=dict)
    start: int = 0
    end: int = 0
    mail: bool = False


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
        return Above(_of_mail(fields), start, end, mail=True)
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


def without_mail_headers(text: str) -> tuple[str, bool]:
    """The text without the headers of mails that were forwarded or answered in it, and whether there were any.

    Without addresses they are such only below a line that says so.
    """
    kept: list[str] = []
    start = position = 0
    while found := _SENDER.search(text, position):
        position = found.end()
        if header_keys.meaning(found[0].lstrip("> \t").strip("*_\t:： ")) != "mail":
            continue
        block = _block(text, found.start())
        above = _MARK_ABOVE.search(text, max(start, found.start() - _NEAR), found.start())
        if block and block.mail and (above or _ADDRESS.search(text[block.start : block.end])):
            kept.append(text[start : above.start() if above else block.start])
            start = position = block.end
    return "".join((*kept, text[start:])), bool(kept)


def is_mail_header(text: str) -> bool:
    """Whether lines are the header of a mail, with an address, and nothing else."""
    try:
        block = _block(text, 0) if _ADDRESS.search(text) else None
    except Unclear:
        return False
    return block is not None and block.mail and not text[block.end :].strip()


def without_answers(text: str, *, mail: bool) -> tuple[str, bool]:
    """The text without quoted mails below the lines that say who wrote them, and whether there were any.

    mail: it is known to be a mail: then a name with an address or a quotation is enough, and its signature goes, too.
    """
    lines = text.split("\n")
    kept: list[str] = []
    number = answers = 0
    while number < len(lines):
        last = _attribution(lines, number, mail=mail)
        if last is None:
            kept.append(lines[number])
            number += 1
            continue
        answers += 1
        number = last + 1
        while number < len(lines) and (lines[number].startswith(">") or _is_quoted_next(lines, number)):
            number += 1
    text = "\n".join(kept)
    if mail and (found := _SIGNATURE.search(text)):
        behind = text[found.end() :].rstrip("\n")
        # Without its space the line may as well part two parts of a text.
        if behind.count("\n") < _LONGEST_SIGNATURE and ("-- " in found[0] or _REACHED.search(behind)):
            text = text[: found.start()]
    return text, answers > 0


def _attribution(lines: Sequence[str], number: int, *, mail: bool) -> int | None:
    """The last line of an attribution that begins in this line, such as "On …, Hoa <hoa@desk.example> wrote:"."""
    said = ""
    for last in range(number, min(number + 3, len(lines))):
        line = lines[last].strip()
        if not line or line.startswith((">", "#", "|")) or len(said) + len(line) > _LONGEST_ATTRIBUTION:
            return None
        said = f"{said} {line}"
        if line.endswith((":", "：")):
            quoted = last + 1 < len(lines) and (lines[last + 1].startswith(">") or _is_quoted_next(lines, last + 1))
            named = _SOMEBODY.search(said) is not None
            sure = (named or quoted) if mail else (named and quoted)
            field = KEY_LINE.fullmatch(said.strip())
            known = field is not None and header_keys.meaning(field["key"])
            return last if sure and _MOMENT.search(said) and not known else None
    return None


def _is_quoted_next(lines: Sequence[str], number: int) -> bool:
    """Whether a line is blank, and the next one that is not is a quotation."""
    following = next((line for line in lines[number : number + 3] if line.strip()), "")
    return not lines[number].strip() and following.startswith(">")


def _is_mail(fields: Mapping[str, Value], meant: Sequence[str]) -> bool:
    people = meant.count("mail")
    addressed = any(isinstance(value, str) and _ADDRESS.search(value) for value in fields.values())
    return people >= 1 and people + meant.count("subject") + ("date" in meant) >= (2 if addressed else 3)


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
