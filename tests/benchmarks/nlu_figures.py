"""What is measured of each way to understand, and how it is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

HEADS = ("", "sentences/s", "p50 ms", "p99 ms", "memory MB", "first answer s", "× stock DIET")


@dataclass(frozen=True)
class Work:
    """What one row has to read."""

    texts: Sequence[str]
    warm_up: Sequence[str]  # none of the texts: what was read once is remembered
    batch: int  # in one process
    in_flight: int  # over HTTP
    seconds: float  # in one process, at least


@dataclass(frozen=True)
class Figures:
    """One row of the table."""

    per_second: float
    p50_ms: float
    p99_ms: float
    memory_mb: float
    first_answer_s: float
    asked_twice: float | None = None  # share of the texts that went on to the second stage, where it is known

    @classmethod
    def of(cls, per_second: float, took: Sequence[float], memory_mb: float, first_answer_s: float) -> Figures:
        """`took`: the seconds of each text."""
        hundredths = quantiles(took, n=100, method="inclusive")
        return cls(per_second, 1000 * hundredths[49], 1000 * hundredths[98], memory_mb, first_answer_s)


def write_table(rows: Mapping[str, Figures], stock: str) -> str:
    """Markdown; `stock` names the row that the others are compared with."""
    lines = [HEADS, ("---", *["--:"] * (len(HEADS) - 1))]
    lines += [(name, *_cells(row, row.per_second / rows[stock].per_second)) for name, row in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(row: Figures, ratio: float) -> tuple[str, ...]:
    cells = (f"{row.per_second:,.0f}", f"{row.p50_ms:.1f}", f"{row.p99_ms:.1f}")
    return (*cells, f"{row.memory_mb:.0f}", f"{row.first_answer_s:.1f}", f"{ratio:.1f}")
