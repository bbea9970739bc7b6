"""Whether a seed says that it is not for readers, or not yet: in its header, its properties, its name or its folder.

A clear statement is followed, in the words of any tool. In doubt nothing is published and the author is asked, since
what was published cannot be taken back; `draft: false` settles every doubt. Pure.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import dropwhile
from pathlib import PurePosixPath

from feeds.errors import SeedError
from feeds.text import dates
from worker.seeds.file_names import dated
from worker.seeds.formats import FORMATS
from worker.seeds.newswire.context import SeedContext
from worker.seeds.readers import header_keys, header_lines, holding_lines
from worker.seeds.readers.header_lines import Value

_ASK = "Nothing of this version is published until that is changed"
_ANYWAY = "`draft: false` stands above its text, between two lines of `---`"
_AS_HEADER = "write what it says above the text between two lines of `---`, as `publish_at: 2024-12-16 08:30`"
_OF_SUBJECT = (
    "if that is a day of what it tells of, write `draft: false` above the text between two lines of `---`; if it is the"
    " day from which it is public, `publish_at: 2024-12-16 08:30`."
)
_EMPHASIS = re.compile(r"^[-*]\s|[*_#]{1,3}")
_FEW_WORDS, _MANY_WORDS = 4, 12
# In languages without spaces between words.
_FEW_LETTERS = 12
# The first line and the one below it, either of which may be the title.
_AT_TOP = 2
# What ends a sentence, which a headline is not.
_FULL_STOP = ".。।…?!"
# Between a headline and what stands beside it on its line: "Cranes – DRAFT", "Draft | Cranes".
_APART = re.compile(r"\s+[-–—•·]+\s+|\s*[|—]\s*")
# The event of a year: "Draft 2026".
_EVENT = re.compile(r"\S+ [12]\d{3}")
_PARTED = re.compile(r"\s+[-–—•·]+\s+|\s*[|:：]\s+")
# What mail programs write before a subject.
_ANSWERED = re.compile(
    r"^(?:(?:re|fwd?|aw|wg|tr|rv|sv|vs|enc|rif|res|antw|doorst|odp|pd|ynt|ilt|trả lời|chuyển tiếp"
    r"|回复|转发|答复|返信|転送)\s*[:：]\s*)+",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"[(（\[【]([^()（）\[\]【】]+)[)）\]】]")
_LABEL = re.compile(r"[\s\[({*_]*([^\s:：–—]+(?: [^\s:：–—]+)?)\s*[:：]\s*\S")
# In words: "not for publication".
_LONGEST_MARK = 4


@dataclass(frozen=True, slots=True)
class Holding:
    """What keeps a seed from readers. held: which statement does, in words, or "". not_before: moments that have
    to come first. dated: those of them that the entry bears as its date. expires: the first end. timed: the last
    statement of a moment in words that are not ours.
    """

    held: str = ""
    timed: str = ""
    not_before: tuple[datetime, ...] = ()
    dated: tuple[datetime, ...] = ()
    expires: datetime | None = None
    warnings: tuple[str, ...] = ()


class _Doubt(Exception):
    """A statement that may hold the seed back. told: what it is, as the beginning of a sentence."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


class _Unknown(Exception):
    """A value that says nothing about publication."""


def judge(
    fields: Mapping[str, Value],
    path: str,
    title: str,
    context: SeedContext,
    publication: Sequence[tuple[str, str]] = (),
    opening: Sequence[str] = (),
    below: Sequence[str] = (),
) -> Holding:
    """What a header, and a file's path and title, say of publication. publication: `Reading.publication`. opening: the
    first lines of the text. below: those that the file has below its header, which a heading may have joined.

    Raises SeedError, unless a clear statement holds the seed back: E_HELD in doubt, E_META for a moment that is none.
    The message begins with the key, for a line number.
    """
    seed_format = FORMATS.get(PurePosixPath(path).suffix.lower())
    headed = seed_format is not None and seed_format.text
    ask = f"{_ASK}, or {_ANYWAY}." if headed else f"{_ASK}."
    settled = any(isinstance(value, str) and header_keys.settles(key, value) for key, value in fields.items())
    held, timed, warnings = "", "", list[str]()
    errors: list[SeedError] = []
    moments: dict[str, list[datetime]] = {"not_before": [], "dated": [], "expires": []}
    for key, value in fields.items():
        try:
            said, kind, moment = _statement(key, value, context)
            held = held or said
            if moment:
                moments[kind].append(moment)
                timed = timed if key.lower() in header_keys.KEYS else f"its header says “{key}: {_words(value)}”"
        except _Unknown:
            if header_keys.of_a_page(key):
                continue
            close = header_keys.meant_for(key)[1] if not header_keys.meaning(key) else ""
            told = f"front matter key {key!r} is not known and was ignored"
            warnings.append(f"{told}; did you mean {close!r}?" if close else f"{told}.")
        except _Doubt as doubt:
            if settled:
                warnings.append(f"{key}: {doubt.told} It is published, since draft is false.")
            else:
                errors.append(SeedError("", f"{key}: {doubt.told} {ask}", "E_HELD"))
        except SeedError as error:
            errors.append(error)
    day, _ = dated(path)
    if day and not settled and not any(header_keys.meaning(key) in ("date", "publish_at") for key in fields):
        begin = datetime.combine(day, time(), context.zone)
        if begin > context.first_seen:
            moments["not_before"].append(begin)
            timed = f"its name says {day}"
    # A line that ends with a full stop is none.
    headlines = dict.fromkeys((title, *(line for line in opening[:_AT_TOP] if line[-1:] not in _FULL_STOP)))
    is_timed = bool(moments["dated"] or moments["not_before"])
    doubts = (
        *(doubt for key, value in publication for doubt in _stated(key, value, context)),
        *_unready(path, title, fields, opening, context),
        *_opening(opening, context, timed=is_timed, headed=headed),
        *(_opening(below, context, timed=is_timed, headed=headed) if len(below) > 1 else ()),
        *(doubt for line in headlines for doubt in _marked(line, context)),
        *_labelled(title),
    )
    if doubts and not settled:
        errors.append(SeedError("", f"{doubts[0]} {ask}", "E_HELD"))
    understood = f"its header says “{held}”" if held else ""
    if not understood and not settled:
        understood = next(_understood(path, title, opening, context), "")
        if understood and headed:
            understood = f"{understood}; it is published once {_ANYWAY}"
    if errors and not understood:
        raise errors[0]
    return Holding(
        understood,
        timed,
        (*moments["not_before"], *moments["dated"]),
        tuple(moments["dated"]),
        min(moments["expires"], default=None),
        tuple(warnings),
    )


_NONE: tuple[str, str, datetime | None] = ("", "", None)


def _statement(key: str, value: Value, context: SeedContext) -> tuple[str, str, datetime | None]:
    """What holds the seed back, and a moment with its kind. Raises _Doubt, and _Unknown for what says nothing."""
    meant = header_keys.meaning(key)
    if meant in ("mail", "subject", "other"):
        meant = ""
    if isinstance(value, dict):
        _look_inside(value, context)
    words = _words(value)
    written = f"{key}: {words}"
    if not meant:
        _doubt_unknown(key, words, value, context)
        raise _Unknown
    if meant in ("date", "updated") and key.lower() != meant and words and not any(map(str.isdigit, words)):
        raise _Unknown  # `data` is Portuguese, Italian and Polish for it
    if meant not in header_keys.HOLDING or not words or words in ("~", "null"):
        return _NONE
    said = header_keys.says(words)
    if meant == "draft":
        if said == "yes":
            return written, "", None
        return _NONE if said == "no" else _unsure(key, words, everything=True)
    if meant == "locked":
        return (written, "", None) if said != "no" and isinstance(value, str) else _NONE
    if meant in ("status", "stage"):
        if said in ("held", "no"):
            return written, "", None
        return _NONE if said in ("shown", "yes") else _unsure(key, words, everything=meant == "status")
    if meant == "publish":
        if said in ("no", "held"):
            return written, "", None
        if said in ("yes", "shown", "now"):
            return _NONE
        moment = _moment(words, context)
        return ("", "dated", moment) if moment else _unsure(key, words)
    return _of_time(key, meant, words, context)


def _of_time(key: str, meant: str, words: str, context: SeedContext) -> tuple[str, str, datetime | None]:
    said = header_keys.says(words)
    moment = _moment(words, context)
    if header_keys.embargoes(key) and moment and moment < dates.EARLIEST:
        moment = None  # a figure was taken for a year
    if moment:
        return "", "dated" if meant == "publish_at" else meant, moment
    if said == "no" or (said == "now" and meant != "expires"):
        return _NONE
    if said in ("yes", "held", "now"):
        raise _Doubt(f"{f'{key}: {words}'!r} says that it is held back, but not until when.")
    if header_keys.strict(key) and not header_keys.embargoes(key):
        raise SeedError("", f"{key}: {words!r} is no date; write it as 2024-12-16 or 2024-12-16 08:30.", "E_META")
    if (perhaps := dates.parse(words, context.zone, lenient=True)) and perhaps > context.first_seen:
        raise _Doubt(f"{words!r} is no date.")
    unread = perhaps is None or perhaps < dates.EARLIEST or dates.ambiguous(words)
    if meant != "expires" and unread and (header_keys.embargoes(key) or holding_lines.of_time(words)):
        raise _Doubt(f"{words!r} is no date; write it as 2024-12-16 or 2024-12-16 08:30.")
    raise _Unknown


def _unsure(key: str, words: str, *, everything: bool = False) -> tuple[str, str, datetime | None]:
    """For a value that does not answer: a doubt if the key can mean nothing else; otherwise it is an unknown key."""
    if everything or header_keys.strict(key) or header_keys.unready(words):
        raise _Doubt(f"{words!r} does not say whether it may be published.")
    raise _Unknown


def _doubt_unknown(key: str, words: str, value: Value, context: SeedContext) -> None:
    """Raises _Doubt if an unknown key would hold the seed back as what it was perhaps meant for."""
    meant, close = header_keys.meant_for(key) if not header_keys.meaning(key) else ("", "")
    said, moment = header_keys.says(words), _moment(words, context)
    if (
        (meant == "draft" and said == "yes")
        or (meant == "publish" and said in ("no", "held"))
        or (meant in ("status", "stage") and said == "held")
        or (meant == "expires" and moment)
        or (meant in ("publish", "publish_at", "not_before", "date") and moment and moment > context.first_seen)
    ):
        raise _Doubt(f"is not known; was {close!r} meant? {f'{key}: {words}'!r} would then hold it back.")
    if isinstance(value, str) and header_keys.unready(words):
        raise _Doubt(f"{words!r} says that it is not finished.")


def _look_inside(value: Mapping[str, Value], context: SeedContext) -> None:
    """Raises _Doubt for a table that holds the seed back: `build: {render: never}`, `params: {draft: true}`."""
    for inner, said in value.items():
        try:
            held, _, moment = _statement(inner, said, context) if isinstance(said, str) else _NONE
        except (_Unknown, SeedError):
            continue
        if held or (moment and moment > context.first_seen):
            raise _Doubt(f"{f'{inner}: {_words(said)}'!r} in it would hold it back.")


def _moment(words: str, context: SeedContext) -> datetime | None:
    unsure = (words.isdigit() and len(words) != 4) or dates.ambiguous(words)
    return None if unsure else dates.parse(words, context.zone)


def _words(value: Value) -> str:
    """A value on one line; a list of one as its only part."""
    parts = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else None
    if parts is None:
        return " ".join(str(value).split())
    return ", ".join(map(_words, parts))


def _stated(key: str, value: str, context: SeedContext) -> Iterator[str]:
    """What a document says of itself in another place than its text: a title, a moment, or what its reader found."""
    if key == "headline":
        yield from _marked(value, context)
    elif key == "description":
        if holding_lines.verdict(value, context, top=True) or header_keys.aside(value):
            yield f"says “{key}: {value}”."
    elif header_keys.meaning(key) == "publish_at" or header_keys.embargoes(key):
        with suppress(_Unknown):
            try:
                _, _, moment = _statement(key, value, context)
            except (_Doubt, SeedError):
                moment = datetime.max.replace(tzinfo=UTC)
            if moment and moment > context.first_seen:
                yield f"says “{key}: {value}”."
    else:
        yield f"says “{key}: {value}”."


def _understood(path: str, title: str, opening: Sequence[str], context: SeedContext) -> Iterator[str]:
    """What says so beyond doubt, so that it withdraws what is public: a folder or a name that says nothing else, or
    puts it apart, and a first line that says nothing else.
    """
    file = PurePosixPath(path)
    for folder in file.parts[:-1]:
        if header_keys.unready(folder) and not header_keys.of_a_term(folder):
            yield f"it lies in the folder {folder}/"
    if _set_apart(file.stem, title, context):
        yield "its name says that it is not for readers yet"
    for line in opening[:_AT_TOP]:
        if holding_lines.verdict(line, context) == "unready":
            yield f"it begins with the line “{line}”"
    if any(map(header_keys.unready, _bracketed(title))):
        yield f"its title is “{title}”"


def _unready(
    path: str, title: str, fields: Mapping[str, Value], opening: Sequence[str], context: SeedContext
) -> Iterator[str]:
    """Signs of an unfinished text beside its header: tags, folders, the file's name, the title."""
    for key, value in fields.items():
        if header_keys.meaning(key) in ("tags", "categories"):
            for part in header_lines.listed_in(value) or ():
                if header_keys.aside(part.strip().lstrip("#")):
                    yield f"{key}: the tag {part.strip()!r} says that it is not for readers yet."
    file = PurePosixPath(path)
    words = " ".join((title, *opening))
    for folder in file.parts[:-1]:
        if header_keys.of_a_term(folder):
            continue
        if header_keys.of_folders(holding_lines.without_own(_BRACKETED.sub("", folder))):
            yield f"lies in the folder {folder}/, whose name says that it is not for readers."
        if header_keys.aside(folder) or _named_unready(folder, None, words, context):
            yield f"lies in the folder {folder}/, whose name says that it is not for readers yet."
    if _named_unready(file.stem, title, " ".join(opening), context):
        yield "has a name that says that it is not for readers yet."


def _bracketed(title: str) -> list[str]:
    """What stands in brackets in a headline, and not within a sentence: "as much (confidential) information as"."""
    found = _BRACKETED.finditer(title)
    return [
        one[1] for one in found if one[1].isupper() or not one.start() or not title[one.end() :].lstrip()[:1].islower()
    ]


def _marked(subject: str, context: SeedContext) -> Iterator[str]:
    """What a headline says beside itself in words that could be a line of their own: in brackets, behind or before a
    dash, or in capitals that the rest of it has not.
    """
    title = _ANSWERED.sub("", subject)
    parts = [title] if title != subject else []
    apart = _APART.split(title)
    parts += [*_bracketed(title), *(part for part in apart if len(apart) > 1 and _says_of(part, title))]
    if title[-1:] not in _FULL_STOP and not holding_lines.names_embargo(title, sure=False):
        parts += [
            *(part for part in (*_PARTED.split(title), title.rpartition(", ")[2]) if part.isupper()),
            *(part for part in _loud(title.split()) if not _goes_on(part, title)),
        ]
    for part in parts:
        if holding_lines.verdict(part, context, top=part.isupper()):
            yield f"has the headline {title!r}, which says “{part}”."


def _labelled(title: str) -> Iterator[str]:
    """A word before a headline that says so of it: "Draft: Cranes return", not "Confidential: how banks work"."""
    label = _LABEL.match(_ANSWERED.sub("", title))
    if label and _is_state(label[1], title):
        yield f"has the headline {title!r}, which says “{label[1]}”."


def _says_of(part: str, title: str) -> bool:
    """Whether what a dash parts from a headline can say so of it: some words, or one that means nothing else."""
    several = " " in part and not _EVENT.fullmatch(part) and not header_keys.of_facts(part)
    return several or _is_state(part, title)


def _is_state(word: str, title: str) -> bool:
    """Whether a word in a headline names the state of a text, and nothing else: "Draft", not "Confidential"."""
    meant = header_keys.meaning(word)
    if holding_lines.names_embargo(word, sure=False):
        # "Embargo – how Cuba lives" names a subject, and a line that names a moment, too, is judged as a whole.
        return meant == "draft" and not holding_lines.names_embargo(title, sure=False)
    # Of the keys that hold back only those that mean nothing else.
    sure = header_keys.strict(word) or meant != "draft"
    return sure and header_keys.unready(word) and header_keys.says(word) == "held" and not header_keys.of_facts(word)


def _goes_on(part: str, title: str) -> bool:
    """Whether what a headline begins with is a part of its sentence or its subject: "NỘI BỘ lục đục"."""
    follows = next(iter(title.removeprefix(part).split()), "") if title.startswith(part) else ""
    return header_keys.of_a_term(f"{part} {follows}") or (header_keys.of_facts(part) and follows[:1].islower())


def _loud(words: Sequence[str]) -> Iterator[str]:
    """The words in capitals that a headline or a name begins or ends with, if it has others: "HOLD Cranes return"."""
    loud = [word.isupper() or holding_lines.is_figure(word) for word in words]
    if not all(loud):
        begin, end = loud.index(False), loud[::-1].index(False)
        # "DRAFT A crane returns"
        single = begin > 1 and len(words[begin - 1]) == 1
        parts = map(" ".join, (words[:begin], words[: begin - 1] if single else (), words[len(words) - end :]))
        yield from (part for part in parts if part.isupper() and "," not in part[:-1])


def _named_unready(stem: str, title: str | None, text: str, context: SeedContext) -> bool:
    """Whether a name says so: apart, in capitals, or as its first or last words, unless the story has them.

    title: of the story, or None for a folder, which has many.
    """
    if _set_apart(stem, title or "", context):
        return True
    words = _parts(stem)
    dashed = re.split(r"\s[-–—]\s", stem)
    apart = (
        *[stem][: stem.isupper()],
        *_BRACKETED.findall(stem),
        *dashed[: len(dashed) - 1],
        *dashed[1:],
        *_loud(words),
    )
    if any(holding_lines.verdict(part, context, top=True) and not _within(part, title or "") for part in apart):
        return True
    for backwards in (False, True):
        drops = holding_lines.goes_beside if backwards else holding_lines.is_figure
        begins = list(dropwhile(drops, words[::-1] if backwards else words))
        for count in range(1, min(_LONGEST_MARK, len(begins)) + 1):
            mark, around = (" ".join(begins[:n][:: -1 if backwards else 1]) for n in (count, count + 1))
            says = header_keys.unready if count > 1 else header_keys.aside
            if not says(mark.rstrip("0123456789")) or _of_a_term(around):
                continue
            alone = header_keys.only_alone(mark)
            if alone and title is None and around != mark:
                continue
            # "draft-law-passed" speaks of a draft, and so does its title, or of a draft law its text.
            if not (_within(mark, title or "") or _within(mark if alone else around, text)):
                return True
    return False


def _within(words: str, text: str) -> bool:
    return header_keys.bare_words(words) in header_keys.bare_words(text)


def _of_a_term(words: str) -> bool:
    """Whether words are those of a subject, or begin or end with two that are."""
    parts = words.split()
    return any(header_keys.of_a_term(" ".join(some)) for some in (parts, parts[:2], parts[-2:]))


def _set_apart(stem: str, title: str, context: SeedContext) -> bool:
    """Whether a name says nothing else, or says it apart or in capitals."""
    words = _parts(stem)
    if header_keys.only_alone(stem) and any(header_keys.is_spelled(stem, word) for word in _parts(title)):
        return False  # "nhap", of "Nhập cư giảm"
    parts = re.split(r"\s[-–—]\s|\.|--" + ("|_" if re.search(r"[\s-]", stem) else ""), stem)
    apart = [*_BRACKETED.findall(stem), parts[0], parts[-1], *(word for word in words if word.isupper())]
    if stem.isupper() and len(words) > 1:
        apart = [part for part in apart if not header_keys.only_alone(part)]
    return any(map(header_keys.unready, apart)) or holding_lines.verdict(" ".join(words), context) == "unready"


def _parts(stem: str) -> list[str]:
    """The words of a name."""
    return [word for word in re.split(r"[\s_.()\[\]-]+", stem) if word]


def _opening(lines: Sequence[str], context: SeedContext, *, timed: bool, headed: bool) -> Iterator[str]:
    """Signs of an unfinished text at its top: a line that says so, a field of a header that is none, an embargo.

    timed: the header says from when on it is public. headed: a file of this kind may have one.
    """
    for number, line in enumerate(lines):
        place = "ends" if number > 1 and line == lines[-1] else "begins"
        tags = [word[1:] for word in line.split() if word.startswith("#")]
        only_tags = len(tags) == len(line.split())
        stated = holding_lines.verdict(line, context, top=number < _AT_TOP)
        if stated == "unready" or (only_tags and any(map(header_keys.aside, "/".join(tags).split("/")))):
            yield f"{place} with the line {line!r}, which says that it is not for readers yet."
        found = header_lines.KEY_LINE.fullmatch(_EMPHASIS.sub("", header_lines.MARKED.sub("", line)).strip(" \t[]()"))
        if found:
            key, value = found["key"].strip(), found["value"].strip()
            if _field_holds(key, value, context, number=number, timed=timed):
                advice = f"take it out, or {_AS_HEADER}." if headed else "take it out when it may be published."
                if headed and header_keys.meaning(key) == "not_before":
                    advice = _OF_SUBJECT
                yield f"{place} with the line {line!r}; {advice}"
            listed = re.split(r"[\s,;]+", value.replace("#", "")) if header_keys.meaning(key) == "tags" else ()
            if any(map(header_keys.aside, listed)):
                yield f"{place} with the line {line!r}, which says that it is not for readers yet."
        if stated == "embargo" and not timed:
            advice = _AS_HEADER if headed else "take it out when it may be published"
            yield f"{place} with the line {line!r}, which says that it is not public yet; {advice}."


def _field_holds(key: str, value: str, context: SeedContext, *, number: int, timed: bool) -> bool:
    """Whether a line of a text, as a field of a header, would hold it back or be asked about.

    A key in small letters is one. With a capital, or in letters that have none, it may be words of the text ("Status:
    endangered", "Published: Monday"): its value must say more, or it is the first line. number: of the line, from 0.
    """
    small, meant, of_time = key.islower(), header_keys.meaning(key), holding_lines.of_time(value)
    unspaced = not value.isascii() and " " not in value
    if len(value.split()) > (_MANY_WORDS if small else _FEW_WORDS) or (unspaced and len(value) > _FEW_LETTERS):
        return False
    if (timed and meant in ("publish_at", "not_before")) or (not small and header_keys.of_facts(key)):
        return False
    try:
        held, _, moment = _statement(key, value, context)
    except _Unknown:
        return number < _AT_TOP and small and meant in header_keys.HOLDING and meant != "stage"
    except (_Doubt, SeedError):
        opens = not number and key != key.lower() and header_keys.strict(key)
        if meant == "publish":  # otherwise it is the day on which it was
            return (small or (opens and not of_time)) and not any(map(str.isdigit, value))
        sure = header_keys.embargoes(key) or (header_keys.unready(key) and " " in key)
        return small or opens or sure or of_time or header_keys.says(value) == "held"
    if held:
        return small or header_keys.strict(key) or header_keys.unready(value)
    return bool(moment and moment > context.first_seen and meant != "expires")
