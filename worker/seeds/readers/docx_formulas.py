"""Formulas of Word (ECMA-376 part 1 §22.1), which mammoth does not know, become runs that it does.

Each becomes a tree of MathML, so that `worker.entries.formulas` writes it as it writes those of pages; what is above or
below the line gets a style of characters that `STYLES` makes <sup> or <sub> of, also within one another: e^(x^2).
"""

import re
from collections.abc import Callable, Iterator
from itertools import product

from lxml import etree
from lxml import html as lxml_html

from worker.entries.formulas import formula_line
from worker.seeds.readers.ooxml import NO, M, W, replace, text_run

_DEEPEST = 3
_LEVELS = [path for depth in range(1, _DEEPEST + 1) for path in product(("sup", "sub"), repeat=depth)]
#: For mammoth's style map.
STYLES = tuple(f"r.seed-{'-'.join(path)} => {' > '.join(path)}" for path in _LEVELS)

_TOKEN = re.compile(r"(?P<mn>\d+(?:[.,]\d+)*)|(?P<mi>[^\W\d_]+)|(?P<mo>\S)")
# Characters above and below that have a place of their own in plain text.
_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")


def show_formulas(root: etree._Element) -> int:
    """Puts runs in the place of formulas; the number of those with words."""
    count = 0
    for element in list(root.iter(M + "oMath")):
        said = formula_line(_row("math", element))
        count += bool(said)
        replace(element, list(_runs(lxml_html.fragment_fromstring(said, create_parent="span"), ())))
    for element in list(root.iter(M + "oMathPara")):
        element.tag = W + "smartTag"
    return count


def in_plain_text(run: etree._Element, words: str) -> str:
    """The words of a run in plain text, where what is above or below has no style: 10⁶, x^(a + b)."""
    style = run.find(f"{W}rPr/{W}rStyle")
    level = (style.get(W + "val") or "") if style is not None else ""
    if not level.startswith(("seed-sup", "seed-sub")):
        return words
    moved = words.translate(_RAISED if level.startswith("seed-sup") else _LOWERED)
    if level.count("-") == 1 and all(one != other for one, other in zip(words, moved, strict=True)):
        return moved
    return f"{'^' if level.startswith('seed-sup') else '_'}{words if len(words) == 1 else f'({words})'}"


def _runs(element: etree._Element, path: tuple[str, ...]) -> Iterator[etree._Element]:
    if element.text:
        yield _run(element.text, path)
    for child in element:
        yield from _runs(child, (*path, str(child.tag)))
        if child.tail:
            yield _run(child.tail, path)


def _run(words: str, path: tuple[str, ...]) -> etree._Element:
    run = text_run(words)
    if path:
        properties = etree.Element(W + "rPr")
        etree.SubElement(properties, W + "rStyle").set(W + "val", f"seed-{'-'.join(path[:_DEEPEST])}")
        run.insert(0, properties)
    return run


def _node(tag: str, *parts: etree._Element, **attributes: str) -> etree._Element:
    made = etree.Element(tag, attributes)
    made.extend(parts)
    return made


def _word(tag: str, words: str) -> etree._Element:
    made = etree.Element(tag)
    made.text = words
    return made


def _row(tag: str, element: etree._Element | None) -> etree._Element:
    """What is in an element, as one element of MathML."""
    made = etree.Element(tag)
    for child in element if element is not None else ():
        name = etree.QName(child)
        if name.localname.endswith("Pr"):
            continue
        if name.localname == "r":
            made.extend(_tokens(child))
        elif name.namespace == M[1:-1] and name.localname in _WRITERS:
            made.append(_WRITERS[name.localname](child))
        else:
            made.extend(_row("mrow", child))
    return made


def _tokens(run: etree._Element) -> Iterator[etree._Element]:
    words = "".join(part.text or "" for part in run.iter(M + "t", W + "t"))
    if run.find(f"{M}rPr/{M}nor") is not None:
        yield _word("mtext", words)
        return
    for token in _TOKEN.finditer(words):
        yield _word(token.lastgroup or "mo", token[0])


def _part(element: etree._Element, name: str) -> etree._Element:
    return _row("mrow", element.find(M + name))


def _stated(element: etree._Element, name: str, default: str) -> str:
    """A property of a formula; one that is there without a value is empty."""
    found = next(element.iterfind(f"./*/{M}{name}"), None)
    return (found.get(M + "val") or "") if found is not None else default


def _of(tag: str, *names: str) -> Callable[[etree._Element], etree._Element]:
    return lambda element: _node(tag, *(_part(element, name) for name in names))


def _fraction(element: etree._Element) -> etree._Element:
    line = {"linethickness": "0"} if _stated(element, "type", "bar") == "noBar" else {}
    return _node("mfrac", _part(element, "num"), _part(element, "den"), **line)


def _root(element: etree._Element) -> etree._Element:
    degree, base = _part(element, "deg"), _part(element, "e")
    hidden = _stated(element, "degHide", "0") not in NO
    return _node("msqrt", base) if hidden or not len(degree) else _node("mroot", base, degree)


def _nary(element: etree._Element) -> etree._Element:
    """A sum, an integral, with what is below and above its sign."""
    sign = _word("mo", _stated(element, "chr", "∫"))
    below, above = _part(element, "sub"), _part(element, "sup")
    if len(below) and len(above):
        sign = _node("munderover", sign, below, above)
    elif len(below) or len(above):
        sign = _node("munder", sign, below) if len(below) else _node("mover", sign, above)
    return _node("mrow", sign, _node("mspace"), _part(element, "e"))


def _delimited(element: etree._Element) -> etree._Element:
    begin, between, end = (
        _stated(element, name, default) for name, default in (("begChr", "("), ("sepChr", "|"), ("endChr", ")"))
    )
    made = _node("mrow", _word("mo", begin))
    for place, part in enumerate(element.iterfind(M + "e")):
        made.extend([_word("mo", between)] * bool(place))
        made.append(_row("mrow", part))
    made.append(_word("mo", end))
    return made


def _function(element: etree._Element) -> etree._Element:
    of = _part(element, "e")
    first = element.find(f"{M}e/*")
    space = () if first is not None and first.tag == M + "d" else (_node("mspace"),)
    return _node("mrow", _part(element, "fName"), *space, of)


def _accented(element: etree._Element) -> etree._Element:
    return _node("mrow", _part(element, "e"), _word("mtext", _stated(element, "chr", "\u0302")))


def _barred(element: etree._Element) -> etree._Element:
    bar = "\u0305" if _stated(element, "pos", "bot") == "top" else "\u0332"
    return _node("mrow", _part(element, "e"), _word("mtext", bar))


def _phantom(element: etree._Element) -> etree._Element:
    return _part(element, "e") if _stated(element, "show", "1") not in NO else _node("mspace")


def _before(element: etree._Element) -> etree._Element:
    marks = _node("msubsup", _node("mrow"), _part(element, "sub"), _part(element, "sup"))
    return _node("mrow", marks, _part(element, "e"))


def _matrix(element: etree._Element) -> etree._Element:
    rows = ((_row("mtd", cell) for cell in row.iterfind(M + "e")) for row in element.iterfind(M + "mr"))
    return _node("mtable", *(_node("mtr", *row) for row in rows))


def _stacked(element: etree._Element) -> etree._Element:
    return _node("mtable", *(_node("mtr", _row("mtd", line)) for line in element.iterfind(M + "e")))


_WRITERS: dict[str, Callable[[etree._Element], etree._Element]] = {
    "f": _fraction,
    "sSup": _of("msup", "e", "sup"),
    "sSub": _of("msub", "e", "sub"),
    "sSubSup": _of("msubsup", "e", "sub", "sup"),
    "limLow": _of("munder", "e", "lim"),
    "limUpp": _of("mover", "e", "lim"),
    "sPre": _before,
    "rad": _root,
    "nary": _nary,
    "d": _delimited,
    "func": _function,
    "acc": _accented,
    "bar": _barred,
    "phant": _phantom,
    "m": _matrix,
    "eqArr": _stacked,
}
