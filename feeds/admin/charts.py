"""Small charts as SVG shapes: columns of numbers as attributes of paths, since the pages' CSP takes no inline styles.

Pure geometry. What a chart shows is told in words beside it, by whoever draws it.
"""

from collections.abc import Sequence


def columns(rows: Sequence[Sequence[float]], width: int, height: int, top: float = 0) -> list[str]:
    """The path of each row of values, stacked in their order from below; as many columns as a row is long.

    top: the value that reaches the upper edge, at least the highest stack. A value above nothing shows at least one
    unit high: it must not look like none.
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
    """Short: one digit after the point where it is needed."""
    return f"{value:.1f}".removesuffix(".0")
