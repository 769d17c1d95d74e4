"""The part of the report that sets two models side by side."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.evaluation.comparing import Changed, Comparison, Verdict
from nlu.evaluation.markup import Markup, join, table, tag
from nlu.evaluation.table import SENTENCES
from nlu.evaluation.values import main_figures, said_label

MOST = 100  # sentences of a list
CLASSES = {Verdict.BETTER: "verdict better", Verdict.WORSE: "verdict worse"}


def comparison_section(comparison: Comparison, other: str) -> Markup:
    """Verdict, figures, intents, and the sentences that changed."""
    gained, lost = len(comparison.newly_right), len(comparison.newly_wrong)
    return join(
        [
            tag("p", SENTENCES[comparison.verdict], class_=CLASSES.get(comparison.verdict, "verdict")),
            tag("p", f"Old model: {other}", class_="soft"),
            tag(
                "p",
                f"{gained} sentences are newly right, {lost} newly wrong (intent, and category where one is given). "
                f"Two equally good models would differ at least so much with probability {comparison.p_value:.3g} "
                "(exact McNemar test).",
            ),
            _figures(comparison),
            _intents(comparison),
            _changes("Emergencies newly missed", comparison.emergencies_newly_missed),
            _changes("Emergencies newly heard", comparison.emergencies_newly_heard),
            _changes("New false alarms on chit-chat", comparison.new_false_alarms),
            _changes("Newly wrong", comparison.newly_wrong),
            _changes("Newly right", comparison.newly_right),
        ]
    )


def _figures(comparison: Comparison) -> Markup:
    old, new = main_figures(comparison.old), main_figures(comparison.new)
    rows = [
        (name.replace("_", " "), f"{old[name]:g}", f"{value:g}", f"{value - old[name]:+.4g}")
        for name, value in new.items()
        if name in old and name != "sentences"
    ]
    return table(("figure", "old", "new", "change"), rows)


def _intents(comparison: Comparison) -> Markup:
    rows = [
        (name, f"{c.old.f1:.3f}", f"{c.new.f1:.3f}", f"{c.f1:+.3f}", f"{c.precision:+.3f}", f"{c.recall:+.3f}")
        for name, c in comparison.by_intent.items()
    ]
    heads = ("intent", "old F1", "new F1", "F1", "precision", "recall")
    return tag("details", tag("summary", "Intents"), table(heads, rows), open="open" if len(rows) <= MOST else None)


def _changes(title: str, changed: Sequence[Changed]) -> Markup:
    if not changed:
        return Markup("")
    rows = [
        (
            row.example.text,
            row.example.label,
            f"{said_label((row.example, row.old))} {row.old.parse.confidence:.2f}",
            f"{said_label((row.example, row.new))} {row.new.parse.confidence:.2f}",
        )
        for row in changed[:MOST]
    ]
    more = tag("p", f"and {len(changed) - MOST} more", class_="soft") if len(changed) > MOST else None
    return tag(
        "details",
        tag("summary", f"{title} ({len(changed)})"),
        table(("sentence", "true", "old", "new"), rows),
        more,
    )
