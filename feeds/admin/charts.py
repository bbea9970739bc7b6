"""Small charts as SVG shapes: columns of numbers as attributes of paths, since the pages' CSP forbids inline styles.

Pure geometry. The caller also states in words what a chart shows.
"""

from collections.abc import Sequence


def columns(rows: Sequence[Sequence[float]], width: int, height: int, top: float = 0) -> list[str]:
    """The path of each row of values, stacked in order from the bottom; one column for each value of a row.

    top: the value that reaches the upper edge; at least the highest stack is used. A value above 0 is at least one unit
    high, so that it does not look like 0.
    """
    if not rows or not rows[0]:
        return ["" for _ in rows]
    count = len(rows[0])
    highest = max(top, *(sum(values) for values in zip(*rows, strict=True)))
    step = width / count
    thick = max(1.0, step - max(1.0, step * 0.2))
    paths = []
    base = [0.0] * count
    for row in rows:
        parts = []
        for place, value in enumerate(row):
            if value <= 0:
                continue
            tall = max(1.0, value / highest * height)
            bottom = height - base[place]
            base[place] = min(float(height), base[place] + tall)
            shape = f"M{_n(place * step)} {_n(bottom)}v{_n(-min(tall, bottom))}h{_n(thick)}v{_n(min(tall, bottom))}z"
            parts.append(shape)
        paths.append("".join(parts))
    return paths


def _n(value: float) -> str:
    """A short number: one decimal place, only if needed."""
    return f"{value:.1f}".removesuffix(".0")
