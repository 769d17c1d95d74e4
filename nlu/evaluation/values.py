"""Figures and comparisons as JSON values: shares rounded, what was not measured left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nlu.evaluation.comparing import Changed, Comparison
from nlu.evaluation.figures import Alarms, Figures, Pair, Scope, Score, Slice, Speaking

MOST_EXAMPLES = 10  # sentences told for two labels that are mixed up

Values = dict[str, Any]


def figures_as_json(figures: Figures) -> Values:
    """Every figure, and the sentences behind those that went wrong."""
    told: Values = {
        **main_figures(figures),
        "by_intent": {name: score_as_json(score) for name, score in figures.by_intent.items()},
        "by_category": {name: score_as_json(score) for name, score in figures.by_category.items()},
        "entities": {kind: score_as_json(score) for kind, score in figures.entities.items()},
        "slices": {note: _slice(values) for note, values in figures.slices.items()},
        "calibration": [_rounded(vars(found)) for found in figures.calibration.bins],
        "confusion": [[true, said, count] for (true, said), count in figures.confusion.counts.items()],
        "worst": [
            {"true": c.true, "said": c.said, "count": len(c.pairs), "examples": _told(c.pairs)} for c in figures.worst
        ],
    }
    if figures.matters is not None:
        told["matters"] = {"messages": figures.matters.messages, **score_as_json(figures.matters.intents)}
    parts = {"alarms": _alarms(figures.alarms), "speaking": _speaking(figures.speaking), "scope": _scope(figures.scope)}
    return {key: value for key, value in {**told, **parts}.items() if value not in (None, {}, [])}


def main_figures(figures: Figures) -> dict[str, float]:
    """The figures that fit into a few lines; one that makes no sense for the examples is missing."""
    alarms, speaking, entities, matters = figures.alarms, figures.speaking, figures.entity_score, figures.matters
    found: dict[str, float | None] = {
        "sentences": figures.examples,
        "accuracy": figures.accuracy,
        "macro_f1": figures.macro_f1,
        "weighted_f1": figures.weighted_f1,
        "lenient_accuracy": figures.lenient_accuracy,
        "category_accuracy_given_intent": figures.category_accuracy,
        "intent_and_category_accuracy": share(figures.whole_right, figures.whole_asked),
        "ece": figures.calibration.ece,
        "auroc": figures.scope.auroc if figures.scope else None,
        "entity_f1": entities.f1 if entities else None,
        "emergencies": alarms.true if alarms and alarms.true else None,
        "emergencies_heard": alarms.heard if alarms and alarms.true else None,
        "false_alarms_on_chitchat": share(alarms.false, alarms.chitchat) if alarms else None,
        "speaks_on_chitchat": share(speaking.on_chitchat, speaking.chitchat) if speaking else None,
        "speaks_when_right": share(speaking.rightly, speaking.matters) if speaking else None,
        "matters_f1": matters.intents.f1 if matters else None,
        "messages_parted_rightly": matters.parted_share if matters else None,
        "sentences_per_second": figures.per_second,
    }
    return {key: round(value, 4) for key, value in found.items() if value is not None}


def comparison_as_json(comparison: Comparison) -> Values:
    """What changed between two models."""
    return {
        "verdict": comparison.verdict.value,
        "p_value": round(comparison.p_value, 4),
        "old": main_figures(comparison.old),
        "new": main_figures(comparison.new),
        "hears_fewer_emergencies": comparison.hears_fewer_emergencies,
        "by_intent": {
            name: {"old": score_as_json(change.old), "new": score_as_json(change.new), "f1": round(change.f1, 4)}
            for name, change in comparison.by_intent.items()
        },
        "newly_right": [_changed(row) for row in comparison.newly_right],
        "newly_wrong": [_changed(row) for row in comparison.newly_wrong],
        "emergencies_newly_missed": [_changed(row) for row in comparison.emergencies_newly_missed],
        "emergencies_newly_heard": [_changed(row) for row in comparison.emergencies_newly_heard],
        "new_false_alarms": [_changed(row) for row in comparison.new_false_alarms],
    }


def score_as_json(score: Score) -> dict[str, float]:
    """Precision, recall and F1 with the numbers they come from."""
    shares = {"precision": score.precision, "recall": score.recall, "f1": score.f1}
    return {**_rounded(shares), "support": score.true, "said": score.said, "hits": score.hits}


def share(part: int, whole: int) -> float | None:
    """A share; None of nothing."""
    return part / whole if whole else None


def said_label(pair: Pair) -> str:
    """The label that was said."""
    parse = pair[1].parse
    return f"{parse.intent}/{parse.category}" if parse.category else parse.intent


def _told(pairs: Sequence[Pair]) -> list[Values]:
    return [
        {
            "text": example.text,
            "true": example.label,
            "said": said_label((example, answer)),
            "confidence": round(answer.parse.confidence, 4),
            "why": list(answer.parse.why),
        }
        for example, answer in pairs[:MOST_EXAMPLES]
    ]


def _changed(row: Changed) -> Values:
    return {
        "text": row.example.text,
        "true": row.example.label,
        "old": said_label((row.example, row.old)),
        "new": said_label((row.example, row.new)),
        "old_confidence": round(row.old.parse.confidence, 4),
        "new_confidence": round(row.new.parse.confidence, 4),
    }


def _slice(values: Slice) -> dict[str, float]:
    return {"sentences": values.examples, **_rounded({"accuracy": values.accuracy, "macro_f1": values.macro_f1})}


def _alarms(alarms: Alarms | None) -> Values | None:
    if alarms is None:
        return None
    numbers = {key: value for key, value in vars(alarms).items() if isinstance(value, int)}
    return {**numbers, "missed": _told(alarms.missed), "false_examples": _told(alarms.false_examples)}


def _speaking(speaking: Speaking | None) -> Values | None:
    if speaking is None:
        return None
    numbers = {key: value for key, value in vars(speaking).items() if isinstance(value, int)}
    return {**numbers, "examples": _told(speaking.examples)}


def _scope(scope: Scope | None) -> Values | None:
    if scope is None:
        return None
    curve = [_rounded(vars(point)) for point in scope.curve]
    return {**_rounded(vars(scope)), "label": scope.label, "curve": curve}


def _rounded(values: Mapping[str, Any]) -> dict[str, float]:
    return {k: round(v, 4) for k, v in values.items() if isinstance(v, int | float)}
