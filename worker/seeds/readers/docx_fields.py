"""Fields of Word become what they show: text, links, marks; their codes leave (ECMA-376 part 1 §17.16).

mammoth takes the switches of a code for a part of its address, and drops simple fields, fields within codes, and what
is shown without a stored result. A field that is never closed is no field: nothing below it is hidden.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from worker.seeds.readers import docx_symbols
from worker.seeds.readers.ooxml import NO, W, detach, link_runs, replace, text_run, value

_TOKEN = re.compile(
    r'\\(?P<switch>[^\s\\"“”„])|["“”„](?P<quoted>(?:\\.|[^"“”\\])*)["“”]?|(?P<bare>[^\s"“”„]+)', re.DOTALL
)
_ESCAPE = re.compile(r'\\([\\"“”])')
# Switches of HYPERLINK and SYMBOL that are followed by a value; those of format are followed by one in every field.
_VALUED = {"HYPERLINK": "lot", "SYMBOL": "fs", "INCLUDEPICTURE": "c"}
_FORMAT = "*#@"
# An element of an equation without elements in it, and its options.
_EQUATION = re.compile(r"\\([a-z]+)((?:\s*\\[a-z]+(?:\s?\d+)?(?:\\?[^\s\w\\(])?)*)\s*\(([^()]*)\)", re.IGNORECASE)
_EQUATION_FORMAT = re.compile(r'\\\*\s*(?:"[^"]*"|\S+)')
_MOST_PARTS, _LONGEST_EQUATION = 500, 2000
# More than Word nests.
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class _Code:
    """The code of a field. kind: in capitals."""

    kind: str = ""
    arguments: tuple[str, ...] = ()
    switches: dict[str, str] = field(default_factory=dict)
    source: str = ""

    @property
    def address(self) -> str:
        """Where a link leads; "" for other fields, and for places within the document."""
        if self.kind != "HYPERLINK":
            return ""
        address, place = (self.arguments[0] if self.arguments else ""), self.switches.get("l", "")
        if not address:
            return place if "://" in place else ""
        return f"{address.partition('#')[0]}#{place}" if place else address


@dataclass(slots=True)
class _Field:
    """An open field. form: its state, if it is a field of a form. result: its result has begun."""

    form: etree._Element | None
    parts: list[str] = field(default_factory=list)
    code: _Code = field(default_factory=_Code)
    result: bool = False
    shown: bool = False


def show_fields(root: etree._Element) -> None:
    """Replaces all fields below `root` by what they show."""
    for simple in list(root.iter(W + "fldSimple")):
        _make_complex(simple)
    for run in [run for run in root.iter(W + "r") if run.find(W + "fldChar") is not None]:
        _split(run)
    closed = _closed(root)
    opened: list[_Field] = []
    numbers = 0
    for run in list(root.iter(W + "r")):
        char = run.find(W + "fldChar")
        if char is None:
            _result(run, opened)
            continue
        match char.get(W + "fldCharType") if char in closed else "":
            case "begin":
                opened.append(_Field(char.find(W + "ffData")))
            case "separate":
                opened[-1].code, opened[-1].result = parse("".join(opened[-1].parts)), True
            case "end":
                ended = opened.pop()
                code = ended.code if ended.result else parse("".join(ended.parts))
                numbers += code.kind.startswith("AUTONUM")
                if words := "" if ended.shown else _without_result(code, ended.form, numbers):
                    shown = text_run(words)
                    run.addprevious(shown)
                    if words.startswith(("https://", "http://")):
                        _link(shown, words)
                    _result(shown, opened)
        detach(run)


def parse(source: str) -> _Code:
    """The parts of a code, whatever their order; quotation marks may be typographic."""
    kind, arguments, switches, waiting = "", [], {}, ""
    for token in _TOKEN.finditer(source):
        if (switch := token["switch"]) is not None:
            waiting = switch.lower() if switch.lower() in _VALUED.get(kind, "") or switch in _FORMAT else ""
            switches[switch.lower()] = ""
            continue
        said = _ESCAPE.sub(r"\1", token["quoted"]) if token["quoted"] is not None else token["bare"]
        if not kind:
            kind = said.upper()
        elif waiting:
            switches[waiting], waiting = said, ""
        else:
            arguments.append(said.strip())
    return _Code(kind, tuple(arguments), switches, source)


def _result(run: etree._Element, opened: Sequence[_Field]) -> None:
    """A run that begins, ends or separates nothing: part of a code, or shown."""
    codes = run.findall(W + "instrText")
    inner = next((one for one in reversed(opened) if not one.result), None)
    for code in codes:
        if opened and not opened[-1].result:
            opened[-1].parts.append(code.text or "")
        detach(code)
    if inner is not None and opened[-1].result:  # the result of a field within a code
        inner.parts.append("".join(part.text or "" for part in run.iter(W + "t")))
        detach(run)
        return
    if not opened or inner is not None or not any(part.tag != W + "rPr" for part in run):
        return
    for one in opened:
        one.shown = True
    if address := next((one.code.address for one in reversed(opened) if one.code.address), ""):
        _link(run, address)


def _link(run: etree._Element, address: str) -> None:
    if next(run.iterancestors(W + "hyperlink"), None) is None:
        before, behind = link_runs(address)
        run.addprevious(before)
        run.addnext(behind)


def _make_complex(simple: etree._Element) -> None:
    """A simple field in the form of a complex one, around the same runs."""
    made = [etree.Element(W + "r") for _ in range(4)]
    for run, kind in zip((made[0], made[2], made[3]), ("begin", "separate", "end"), strict=True):
        etree.SubElement(run, W + "fldChar").set(W + "fldCharType", kind)
    etree.SubElement(made[1], W + "instrText").text = simple.get(W + "instr") or ""
    simple.tag = W + "smartTag"
    simple[:0] = made[:3]
    simple.append(made[3])


def _split(run: etree._Element) -> None:
    """Gives each mark of a field a run of its own; what is beside it keeps its properties."""
    properties = run.find(W + "rPr")
    runs: list[etree._Element] = []
    for child in run.iterchildren(etree.Element):
        mark = child.tag == W + "fldChar"
        if child.tag == W + "rPr":
            continue
        if not runs or mark or runs[-1].find(W + "fldChar") is not None:
            runs.append(etree.Element(W + "r"))
            if properties is not None and not mark:
                runs[-1].append(_copy(properties))
        runs[-1].append(child)
    replace(run, runs)


def _copy(element: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(element))


def _closed(root: etree._Element) -> set[etree._Element]:
    """The marks of those fields that have an end."""
    opened: list[list[etree._Element]] = []
    closed: set[etree._Element] = set()
    for char in (char for run in root.iter(W + "r") for char in run.findall(W + "fldChar")):
        kind = char.get(W + "fldCharType")
        if kind == "begin":
            opened.append([char])
        elif opened:
            if kind == "separate" and len(opened[-1]) > 1:
                continue
            opened[-1].append(char)
            if kind == "end":
                marks = opened.pop()
                closed.update(marks if len(opened) < _DEEPEST else ())
    return closed


# Fields that show something without a stored result


def _without_result(code: _Code, form: etree._Element | None, number: int) -> str:
    match code.kind:
        case "FORMCHECKBOX":
            return "☒" if _checked(form) else "☐"
        case "FORMDROPDOWN":
            return _chosen(form)
        case "SYMBOL":
            return _symbol(code)
        case "MACROBUTTON" | "GOTOBUTTON":
            return " ".join(code.arguments[1:])
        case "QUOTE":
            return " ".join(code.arguments)
        case "EQ":
            return _equation(code.source)
        case "AUTONUM" | "AUTONUMLGL" | "AUTONUMOUT":
            return f"{number}."
        case "HYPERLINK":
            return code.address
        case "INCLUDEPICTURE":
            return next((one for one in code.arguments if one.startswith(("https://", "http://"))), "")
    return ""


def _checked(form: etree._Element | None) -> bool:
    states = [state for name in ("checked", "default") for state in (form.iter(W + name) if form is not None else ())]
    return bool(states) and value(states[0]) not in NO


def _chosen(form: etree._Element | None) -> str:
    entries = [value(entry) for entry in form.iter(W + "listEntry")] if form is not None else []
    chosen = [value(state) for state in form.iter(W + "result", W + "default")] if form is not None else []
    place = int(chosen[0]) if chosen and chosen[0].isdecimal() else 0
    return entries[place] if place < len(entries) else ""


def _symbol(code: _Code) -> str:
    said = code.arguments[0] if code.arguments else ""
    try:
        number = int(said, 16 if said.lower().startswith("0x") else 10)
    except ValueError:
        return said[:1]
    return docx_symbols.symbol(code.switches.get("f", ""), number)


def _equation(source: str) -> str:
    """An equation on one line: a/b, √x. Its own parentheses are other characters until the code is read."""
    text = _EQUATION_FORMAT.sub("", source.strip()[2:_LONGEST_EQUATION])
    for _ in range(_MOST_PARTS):
        text, found = _EQUATION.subn(_part_of_equation, text)
        if not found:
            break
    return " ".join(text.translate({1: "(", 2: ")"}).split())


def _part_of_equation(found: re.Match[str]) -> str:
    parts = [part.strip() for part in re.split("[,;]", found[3])]
    match found[1].lower():
        case "f" if len(parts) == 2:
            return "/".join(part if part.isalnum() else f"\1{part}\2" for part in parts)
        case "r":
            return f"{''.join(parts[:-1])}√{parts[-1] if parts[-1].isalnum() else f'{chr(1)}{parts[-1]}{chr(2)}'}"
        case "b":
            return f"\1{', '.join(parts)}\2"
        case "l" | "a":
            return ", ".join(parts)
    return "".join(parts)
