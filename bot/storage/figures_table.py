"""The figures as rows: all, each level, each body below it; small numbers hidden from those outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from actions.routing.rules import CLIMB
from bot.storage.figures import STEPS, WHOLE, Figures, Seat, Share, middle, ninetieth, total

SMALL = 5  # below it somebody might be recognised
SHARES = ("response", "solution", "satisfaction")
COUNTS = ("opened", "gone", "returned", "reopened", "escalated")
PARTS = ("silent", "pending")


@dataclass(slots=True)
class Row:
    """One line. ``kind``: all, level or body. ``hidden``: the names of its numbers that are not shown."""

    kind: str
    level: str = ""
    team_id: int | None = None
    name: str = ""
    figures: Figures = field(default_factory=Figures)
    hidden: set[str] = field(default_factory=set)

    def number(self, name: str) -> int:
        """A number by its name: "opened", "response.base", "spans.closed"."""
        part, _, rest = name.partition(".")
        if part == "spans":
            return len(self.figures.spans[rest])
        return int(getattr(getattr(self.figures, part), rest) if rest else getattr(self.figures, part))

    def shown(self, name: str) -> int | None:
        """The number, or None when it is hidden."""
        return None if name in self.hidden else self.number(name)

    def rate(self, share: str, *, answered: bool = False) -> float | None:
        """Of all that count, or of those who answered; None when there is none or it is hidden."""
        # what few people said is not told by the share of all who were asked either
        if self.hidden & {f"{share}.base", f"{share}.answered"}:
            return None
        found: Share = getattr(self.figures, share)
        return found.rate_of_answered if answered else found.rate

    def times(self, step: str) -> tuple[float, float] | None:
        """Median and ninth decile of a step in minutes; None when there is none or it is hidden."""
        spans = self.figures.spans[step]
        half, most = middle(spans), ninetieth(spans)
        if half is None or most is None or f"spans.{step}" in self.hidden:
            return None
        return half.total_seconds() / 60, most.total_seconds() / 60


NUMBERS: tuple[str, ...] = (
    *COUNTS,
    *(f"{share}.{part}" for share in SHARES for part in ("base", *PARTS)),
    "satisfaction.answered",
    *(f"spans.{step}" for step in (*STEPS, WHOLE)),
)


def build_rows(found: Mapping[Seat, Figures], names: Mapping[int, str]) -> list[Row]:
    """All first, then from the lowest level up, each followed by its bodies by name."""
    rows = [Row("all", figures=total(found.values()))]
    for level in sorted({seat.level for seat in found}, key=_rank):
        seats = {seat: figures for seat, figures in found.items() if seat.level == level}
        rows.append(Row("level", level, figures=total(seats.values())))
        bodies = [Row("body", level, seat.team_id, _name(seat, names), figures) for seat, figures in seats.items()]
        rows += sorted(bodies, key=lambda row: (row.team_id is None, row.name))
    return rows


def _name(seat: Seat, names: Mapping[int, str]) -> str:
    return names.get(seat.team_id, "") if seat.team_id is not None else ""


def _rank(level: str) -> int:
    return CLIMB.index(level) if level in CLIMB else len(CLIMB)


def hide_small(rows: Sequence[Row]) -> None:
    """Hide every number from 1 to 4, and as many others as it takes that no sum gives a hidden one away."""
    whole, levels = rows[0], [row for row in rows if row.kind == "level"]
    for name in NUMBERS:
        _hide(name, [whole])
        _hide_among(name, whole, levels)
        for level in levels:
            _hide_among(name, level, [row for row in rows if row.kind == "body" and row.level == level.level])


def _hide(name: str, rows: Iterable[Row]) -> None:
    for row in rows:
        if 0 < row.number(name) < SMALL:
            row.hidden.add(name)


def _hide_among(name: str, above: Row, parts: Sequence[Row]) -> None:
    """Parts of a hidden sum are hidden with it. Of a shown sum, never one alone and never so little together."""
    if name in above.hidden:
        for row in parts:
            row.hidden.add(name)
        return
    _hide(name, parts)
    open_ones = sorted((r for r in parts if name not in r.hidden and r.number(name)), key=lambda r: r.number(name))
    while _gives_away(name, [row for row in parts if name in row.hidden]) and open_ones:
        open_ones.pop(0).hidden.add(name)


def _gives_away(name: str, hidden: Sequence[Row]) -> bool:
    return len(hidden) == 1 or 0 < sum(row.number(name) for row in hidden) < SMALL
