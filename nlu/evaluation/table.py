"""Figures as a short table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from nlu.evaluation.comparing import Changed, Comparison, Verdict
from nlu.evaluation.figures import Figures
from nlu.evaluation.values import main_figures, said_label

MOST_LABELS = 40  # rows of the table of intents; with more only the worst are told
MOST_PAIRS = 5
SENTENCES = {
    Verdict.BETTER: "The new model is better.",
    Verdict.WORSE: "The new model is worse.",
    Verdict.NO_CLEAR_DIFFERENCE: "No clear difference between the two models.",
}


def figures_table(figures: Figures) -> str:
    """The main figures, the intents, and the labels that are mixed up most."""
    lines = [f"{name.replace('_', ' '):32s} {_number(name, value)}" for name, value in main_figures(figures).items()]
    return "\n".join([*lines, "", *_intents(figures), "", *_worst(figures)]).rstrip() + "\n"


def comparison_table(comparison: Comparison) -> str:
    """What changed, in a few lines."""
    old, new = main_figures(comparison.old), main_figures(comparison.new)
    lines = [f"{'':32s} {'old':>8s} {'new':>8s}"]
    lines += [
        f"{name.replace('_', ' '):32s} {_number(name, old[name])} {_number(name, value)}"
        for name, value in new.items()
        if name in old and name != "sentences"
    ]
    lines += [
        f"newly right {len(comparison.newly_right)}, newly wrong {len(comparison.newly_wrong)}, "
        f"p = {comparison.p_value:.3g} (exact McNemar)",
        SENTENCES[comparison.verdict],
        *_missed(comparison.emergencies_newly_missed),
    ]
    return "\n".join(lines) + "\n"


def _number(name: str, value: float) -> str:
    return f"{value:8.0f}" if isinstance(value, int) or name.endswith("per_second") else f"{value:8.3f}"


def _intents(figures: Figures) -> Iterator[str]:
    rows = [(name, score) for name, score in figures.by_intent.items() if score.true]
    if len(rows) > MOST_LABELS:
        rows = sorted(rows, key=lambda row: row[1].f1)[:MOST_LABELS]
        yield f"The {MOST_LABELS} intents understood worst:"
    width = max([6, *(len(name) for name, _ in rows)])
    yield f"{'intent':{width}s} precision  recall      f1     of"
    for name, score in rows:
        yield f"{name:{width}s} {score.precision:9.3f} {score.recall:7.3f} {score.f1:7.3f} {score.true:6d}"


def _worst(figures: Figures) -> Iterator[str]:
    if figures.worst:
        yield "mixed up most:"
    for confused in figures.worst[:MOST_PAIRS]:
        yield f"{len(confused.pairs):5d} × {confused.true} taken for {confused.said}"


def _missed(rows: tuple[Changed, ...]) -> Iterator[str]:
    if rows:
        yield f"{len(rows)} emergencies are heard no longer:"
    for row in rows:
        yield f"  {row.example.text}  ({said_label((row.example, row.new))})"
