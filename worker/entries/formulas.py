"""Formulas as a line of HTML, since validators accept no MathML inside feeds: e<sup>kt</sup>, 1/2, √(x).

Takes a tree of MathML Core, whatever made it: the markup of a page, or Word's own formulas. What stands above or below
another keeps its place by <sup>, <sub>, signs and brackets, so that no number becomes another one.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

_TIGHT = frozenset("()[]{}|‖⟨⟩⌊⌋⌈⌉!′″.^~¯")
_INVISIBLE = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064"))
_UNWRITTEN = frozenset(("annotation", "annotation-xml", "mphantom"))
# Of a fraction without a line, as in a binomial coefficient.
_ZERO = re.compile(r"\s*0+(?:\.0*)?\s*(?:[a-z%]|\Z)", re.IGNORECASE)
# What needs no brackets above or below the line of a fraction, or under a root.
_SINGLE = re.compile(r"[\d.,]*|[^\W\d]+\d*|\([^()]*\)")


def formula_line(math: Any) -> str:
    """The line of HTML that says what a <math> element says; "" if it says nothing."""
    return " ".join(_written(math).split())


def _row(element: Any, parts: Sequence[str]) -> str:
    """The children of an element, one after the other."""
    line = [escape((element.text or "").strip(), quote=False)]
    children = _children(element)
    for place, (child, made) in enumerate(zip(children, parts, strict=True)):
        between = 0 < place < len(children) - 1
        before = line[-1][-1:] or "".join(line)[-1:]
        if child.tag == "mo" and made and between and made not in _TIGHT:
            made = f"{made} " if made in (",", ";", ":") else f" {made} "
        elif (before.isalnum() or before == ")") and made[:1].isalnum():
            fraction = place and "mfrac" in (child.tag, children[place - 1].tag)
            made = f" {made}" if fraction or (before.isdigit() and made[:1].isdigit()) else made
        line += [made, escape((child.tail or "").strip(), quote=False)]
    return "".join(line)


def _children(element: Any) -> list[Any]:
    return [child for child in element if isinstance(child.tag, str) and child.tag not in _UNWRITTEN]


def _written(element: Any) -> str:
    parts = [_written(child) for child in _children(element)]
    match element.tag, parts:
        case (("msup" | "mover"), [base, above]):
            return f"{base}<sup>{above}</sup>"
        case (("msub" | "munder"), [base, below]):
            return f"{base}<sub>{below}</sub>"
        case (("msubsup" | "munderover"), [base, below, above]):
            return f"{base}<sub>{below}</sub><sup>{above}</sup>"
        case "mfrac", [above, below] if _ZERO.match(element.get("linethickness", "")):
            return f"{above}; {below}"
        case "mfrac", [above, below]:
            return f"{_grouped(above)}/{_grouped(below)}"
        case "mroot", [base, degree]:
            return f"<sup>{degree}</sup>√{_grouped(base)}"
        case "msqrt", _:
            return f"√{_grouped(_row(element, parts))}"
        case "mfenced", _:
            inner = ", ".join(parts)
            return f"{escape(element.get('open', '('))}{inner}{escape(element.get('close', ')'))}"
        case "mtable", _:
            return f"[{'; '.join(parts)}]"
        case "mtr" | "mlabeledtr", _:
            return ", ".join(parts)
        case "mspace", _:
            return " "
        case (("mi" | "mn" | "mo" | "ms"), _):
            return escape(" ".join("".join(element.itertext()).split()).translate(_INVISIBLE), quote=False)
        case "mtext", _:
            return escape("".join(element.itertext()).translate(_INVISIBLE), quote=False)
    return _row(element, parts)


def _grouped(written: str) -> str:
    bare = re.sub(r"<[^<>]*>", "", written)
    return written if _SINGLE.fullmatch(bare) else f"({written})"
