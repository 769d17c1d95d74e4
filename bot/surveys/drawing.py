"""A report as pictures (SVG): the radar of dimensions and the bars of indicators, drawn without a browser."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin
from xml.sax.saxutils import escape, quoteattr

FONT = "'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif"
COLORS = ("#067a43", "#b3261e", "#0b57a4", "#8a5a00", "#6b3fa0", "#00687a")
INK, GREY, GRID = "#191919", "#595959", "#d5d5d5"
WIDTH = 720
RINGS = (20, 40, 60, 80, 100)
Line = tuple[str, Sequence[float | None]]  # what it is called, a value on 0–100 for each name


def draw_radar(title: str, names: Sequence[str], lines: Sequence[Line]) -> str:
    """One closed line for each round or community; a value nobody knows is left out."""
    middle, radius, top = WIDTH / 2, 190.0, 280.0
    parts = [_text(middle, 36, title, 22, bold=True)]
    for ring in RINGS:
        points = [_spoke(middle, top, radius * ring / 100, n, len(names)) for n in range(len(names))]
        parts.append(f'<polygon points="{_points(points)}" fill="none" stroke="{GRID}"/>')
        parts.append(_text(middle + 6, top - radius * ring / 100 + 5, str(ring), 11, GREY, "start"))
    for n, name in enumerate(names):
        x, y = _spoke(middle, top, radius, n, len(names))
        parts.append(f'<line x1="{middle}" y1="{top}" x2="{x:.1f}" y2="{y:.1f}" stroke="{GRID}"/>')
        lx, ly = _spoke(middle, top, radius + 24, n, len(names))
        anchor = "middle" if abs(lx - middle) < 20 else "start" if lx > middle else "end"
        own = _value(lines[0][1][n]) if len(lines) == 1 else ""
        parts.append(_text(lx, ly + 5, f"{name} {own}".strip(), 16, anchor=anchor))
    for number, (_, values) in enumerate(lines):
        color = COLORS[number % len(COLORS)]
        points = [
            _spoke(middle, top, radius * (value or 0) / 100, n, len(names))
            for n, value in enumerate(values)
            if value is not None
        ]
        parts.append(f'<polygon points="{_points(points)}" fill="{color}22" stroke="{color}" stroke-width="2.5"/>')
    height = 520 + 26 * len(lines)
    parts += _legend(lines, 516)
    return _svg(height, parts, title)


def draw_bars(title: str, names: Sequence[str], lines: Sequence[Line]) -> str:
    """A bar for each name and line; long names stand above their bars."""
    bar, gap, y = 18, 10, 66.0
    parts = [_text(WIDTH / 2, 36, title, 22, bold=True)]
    for n, name in enumerate(names):
        parts.append(_text(24, y + 14, name, 15, anchor="start"))
        y += 22
        for number, (_, values) in enumerate(lines):
            value = values[n]
            wide = (WIDTH - 120) * (value or 0) / 100
            parts.append(f'<rect x="24" y="{y:.0f}" width="{WIDTH - 120}" height="{bar}" fill="#f0f0f0"/>')
            color = COLORS[number % len(COLORS)]
            parts.append(f'<rect x="24" y="{y:.0f}" width="{wide:.1f}" height="{bar}" fill="{color}"/>')
            parts.append(_text(WIDTH - 84, y + 14, _value(value), 15, anchor="start"))
            y += bar + 3
        y += gap
    parts += _legend(lines, y + 10)
    return _svg(int(y) + 24 + 26 * len(lines), parts, title)


def _legend(lines: Sequence[Line], top: float) -> list[str]:
    if len(lines) < 2:
        return []
    found = []
    for number, (name, _) in enumerate(lines):
        y = top + 26 * number
        found.append(f'<rect x="24" y="{y}" width="18" height="14" fill="{COLORS[number % len(COLORS)]}"/>')
        found.append(_text(52, y + 13, name, 15, anchor="start"))
    return found


def _spoke(x: float, y: float, length: float, n: int, many: int) -> tuple[float, float]:
    angle = 2 * pi * n / max(many, 1) - pi / 2
    return x + length * cos(angle), y + length * sin(angle)


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _value(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f}"


def _text(
    x: float, y: float, text: str, size: int, color: str = INK, anchor: str = "middle", *, bold: bool = False
) -> str:
    weight = ' font-weight="600"' if bold else ""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" text-anchor="{anchor}"'
    return f"<text {place}{weight}>{escape(text)}</text>"


def _svg(height: int, parts: Sequence[str], title: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    back = f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    return f'{head} role="img" aria-label={quoteattr(title)} font-family="{FONT}">{back}{"".join(parts)}</svg>'
