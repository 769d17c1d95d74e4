"""The pictures of the report, drawn as SVG: heat map of mistakes, reliability diagram, out-of-scope curve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nlu.evaluation.figures import Bin, Calibration, Confusion, Scope
from nlu.evaluation.markup import Markup, join, tag

FEW = 40  # labels up to which a cell has room for its number
PLOT, EDGE = 340, 46  # pixels of a diagram's square and of the room around it


def heat_map(confusion: Confusion) -> Markup:
    """Rows are what is true, columns what was said; the darker, the larger the share of the row."""
    labels = confusion.labels
    cell, letters = (30, 11) if len(labels) <= FEW else (10, 8)
    margin = max([40, *(_width(label, letters) for label in labels)]) + 8
    side = margin + cell * len(labels) + 4
    places = {label: at for at, label in enumerate(labels)}
    totals: Counter[str] = Counter()
    for (true, _), count in confusion.counts.items():
        totals[true] += count
    cells = [
        _cell(places[true], places[said], count, totals[true], (true, said), cell, margin)
        for (true, said), count in confusion.counts.items()
    ]
    names = [_names(label, at, cell, letters, margin) for label, at in places.items()]
    grid = tag("rect", x=margin, y=margin, width=cell * len(labels), height=cell * len(labels), class_="field")
    return _svg(side, side, "Confusion matrix: rows are true, columns are said", grid, *cells, *names)


def _cell(
    row: int, column: int, count: int, total: int, names: tuple[str, str], cell: int, margin: int
) -> Markup:
    share = count / total
    x, y = margin + column * cell, margin + row * cell
    colour = "30,110,180" if row == column else "200,50,40"
    told = names[0] if row == column else f"{names[0]} taken for {names[1]}"
    fill = f"rgba({colour},{0.15 + 0.85 * share:.2f})"
    size = cell - 1
    box = tag("rect", tag("title", f"{told}: {count} of {total}"), x=x, y=y, width=size, height=size, fill=fill)
    if cell < 20:
        return box
    number = tag("text", count, x=x + cell / 2, y=y + cell / 2 + 4, class_="count light" if share > 0.5 else "count")
    return join([box, number])


def _names(label: str, at: int, cell: int, letters: int, margin: int) -> Markup:
    middle = margin + at * cell + cell / 2
    size = "small" if letters < 11 else None
    left = tag("text", label, x=margin - 6, y=middle + letters / 3, text_anchor="end", class_=size)
    turned = f"rotate(-90 {middle + letters / 3:g} {margin - 6})"
    top = tag("text", label, x=middle + letters / 3, y=margin - 6, transform=turned, class_=size)
    return join([left, top])


def _width(label: str, letters: int) -> int:
    return int(sum(1.0 if ord(char) > 0x2E7F else 0.6 for char in label) * letters)


def reliability(calibration: Calibration) -> Markup:
    """How often right against how sure: on the diagonal the confidence can be believed. Bars tell how many."""
    most = max([1, *(found.examples for found in calibration.bins)])
    bars = [_bar(found, 0.25 * found.examples / most) for found in calibration.bins]
    points = [(b.confidence, b.accuracy) for b in calibration.bins]
    dots = [
        tag("circle", tag("title", f"sure {x:.2f}, right {y:.2f}"), cx=_x(x), cy=_y(y), r=4, class_="dot")
        for x, y in points
    ]
    return _plot("Reliability diagram", "confidence", "share right", *bars, _diagonal(), _line(points, "a"), *dots)


def _bar(found: Bin, height: float) -> Markup:
    told = f"{found.examples} sentences, mean confidence {found.confidence:.2f}, right {found.accuracy:.2f}"
    left, width = _x(found.low) + 1, PLOT * (found.high - found.low) - 2
    title = tag("title", told)
    return tag("rect", title, x=left, y=_y(height), width=width, height=PLOT * height, class_="bar")


def scope_curve(scope: Scope) -> Markup:
    """What a threshold costs: in-scope sentences that stay above it, and out-of-scope ones that do too."""
    inside = [(point.threshold, point.recall) for point in scope.curve]
    outside = [(point.threshold, point.false_speaking) for point in scope.curve]
    key = join(
        tag("text", text, x=EDGE + 10, y=_y(at), class_=f"key {kind}")
        for text, at, kind in (("in scope kept", 0.08, "a"), (f"{scope.label} let through", 0.02, "b"))
    )
    lines = (_line(inside, "a"), _line(outside, "b"))
    return _plot("Out-of-scope curve", "threshold on 1 − p(out of scope)", "share", *lines, key)


def bar(share: float) -> Markup:
    """A share as a bar in a table."""
    full = tag("rect", x=0, y=0, width=100, height=10, class_="field")
    part = tag("rect", x=0, y=0, width=round(100 * share, 1), height=10, class_="part")
    return tag("svg", full, part, viewBox="0 0 100 10", width=100, height=10, aria_hidden="true")


def _plot(name: str, across: str, up: str, *inside: Markup) -> Markup:
    field = tag("rect", x=EDGE, y=EDGE / 2, width=PLOT, height=PLOT, class_="field")
    ticks = [
        join(
            [
                tag("text", f"{at:g}", x=_x(at), y=_y(0) + 16, text_anchor="middle"),
                tag("text", f"{at:g}", x=EDGE - 6, y=_y(at) + 4, text_anchor="end"),
                tag("line", x1=_x(0), x2=_x(1), y1=_y(at), y2=_y(at), class_="grid"),
            ]
        )
        for at in (0, 0.2, 0.4, 0.6, 0.8, 1)
    ]
    middle = EDGE / 2 + PLOT / 2
    names = (
        tag("text", across, x=_x(0.5), y=_y(0) + 36, text_anchor="middle"),
        tag("text", up, x=12, y=middle, text_anchor="middle", transform=f"rotate(-90 12 {middle:g})"),
    )
    return _svg(PLOT + 2 * EDGE, PLOT + EDGE / 2 + 48, name, field, *ticks, *inside, *names)


def _svg(width: float, height: float, name: str, *inside: Markup) -> Markup:
    box = f"0 0 {width:g} {height:g}"
    drawn = tag("svg", tag("title", name), *inside, role="img", viewBox=box, width=width, height=height)
    return tag("div", drawn, class_="wide")


def _diagonal() -> Markup:
    return tag("line", x1=_x(0), y1=_y(0), x2=_x(1), y2=_y(1), class_="diagonal")


def _line(points: Sequence[tuple[float, float]], kind: str) -> Markup:
    return tag("polyline", points=" ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points), class_=f"line {kind}")


def _x(share: float) -> float:
    return EDGE + PLOT * share


def _y(share: float) -> float:
    return EDGE / 2 + PLOT * (1 - share)
