"""Lines of `key: value`, as people and programs write them: inside fences when they are no strict YAML or TOML, and
without fences above a text, as Pelican, MultiMarkdown, Notion, Logseq and mail programs do.

Each value is the words behind the colon. Pure.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from worker.seeds.readers import header_keys

Value: TypeAlias = "str | list[Value] | dict[str, Value]"

# A key begins with a letter; marks above and below letters belong to it.
KEY_LINE = re.compile(
    r"""["']?(?P<key>[^\W\d][^\n:：="'“”<>{}\[\]|#!?;,()*]{0,39}?)["']?[ \t]*(?:::?|[：=])(?!//)(?P<value>.*)"""
)
_ITEM = re.compile(r"[ \t]*[-*•][ \t]+(?P<value>\S.*)")
_BULLET = re.compile(r"^[-*] ")
_BLOCK = re.compile(r"[|>][+-]?\d?")
_MOST_LINES = 100
_FORWARDED = re.compile(r"[-_=*>\s]{3,}[^\n]{0,60}[-_=*\s]{3,}\n|[-_=]{5,}\s*\n")
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.\w")
_HEADING = re.compile(r"(?:\s*\n)*#[ \t]+\S[^\n]*\n(?:[ \t]*\n)*")


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
    """The header without fences at the top of a text, or below the first heading of Markdown, as Notion writes it."""
    begin = len(text) - len(text.lstrip())
    if forwarded := _FORWARDED.match(text, begin):
        begin = forwarded.end()
    if found := _block(text, begin):
        return found
    heading = _HEADING.match(text) if markdown else None
    return _block(text, heading.end()) if heading else None


def _block(text: str, start: int) -> Above | None:
    """The header from `start` to the next blank line, if every line there belongs to one."""
    fields: dict[str, Value] = {}
    key, end = "", start
    for _ in range(_MOST_LINES):
        stop = text.find("\n", end)
        line = text[end : stop if stop >= 0 else len(text)]
        if not line.strip():
            break
        found = KEY_LINE.fullmatch(_BULLET.sub("", line).strip())
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
        return Above(_of_mail(fields), start, end, mail=True)
    ours = [one for one in meant if one and one not in ("mail", "subject")]
    whole = len(ours) == len(meant) and any(one != "other" for one in ours)
    return Above(fields, start, end) if whole and (len(ours) > 1 or holds(fields)) else None


def _is_mail(fields: Mapping[str, Value], meant: Sequence[str]) -> bool:
    people = meant.count("mail")
    addressed = any(isinstance(value, str) and _ADDRESS.search(value) for value in fields.values())
    return people >= 1 and people + meant.count("subject") + ("date" in meant) >= (2 if addressed else 3)


def _of_mail(fields: Mapping[str, Value]) -> dict[str, Value]:
    """The subject and the moment of a mail; who wrote it, and to whom, is not for readers."""
    subject = next((fields[key] for key in fields if header_keys.meaning(key) in ("subject", "title")), "")
    sent = next((fields[key] for key in fields if header_keys.meaning(key) == "date"), "")
    return {"title": subject, "date": sent}


def holds(fields: Mapping[str, Value], *, timed: bool = True) -> bool:
    """Whether a field says that the text is not public, or not yet. timed: moments count, too."""
    for key, value in fields.items():
        meant, said = header_keys.meaning(key), header_keys.says(value) if isinstance(value, str) else ""
        if (
            (meant == "draft" and said == "yes")
            or (meant == "publish" and said in ("no", "held"))
            or (meant in ("status", "stage") and said == "held")
            or (timed and meant in ("publish_at", "expires") and any(map(str.isdigit, str(value))))
        ):
            return True
    return False
