"""The consultation index (社区协商指数) of a month. Pure: counts in, parts and value out.

    breadth      people·min(1, participants ÷ (target·residents)) + (1 − people)·min(1, forms used ÷ forms)
    response     answers given ÷ answers due
    completion   mean percent of the tasks due ÷ 100
    timeliness   steps done in time ÷ steps due
    innovation   points for each confirmed innovation, up to a most

    index = Σ weight·part ÷ Σ weight, over the parts that have something to divide by, ·100, + innovation, at most 100

A part with nothing to divide by is not there: it is neither 0 nor 1. A month in which no matter was open has no index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from actions.proposals.rules import IndexRules

BREADTH, RESPONSE, COMPLETION, TIMELINESS = "breadth", "response", "completion", "timeliness"
ORDER = (BREADTH, RESPONSE, COMPLETION, TIMELINESS)


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """What was counted. ``matters``: proposals and conventions open at some time of the month; ``percents``: the sum
    of how far the due tasks were at its end; ``forms``: different forms of consulting that were used."""

    matters: int = 0
    residents: int = 0
    participants: int = 0
    forms: int = 0
    answers_due: int = 0
    answered: int = 0
    tasks_due: int = 0
    percents: int = 0
    steps_due: int = 0
    in_time: int = 0
    innovations: int = 0


@dataclass(frozen=True, slots=True)
class ConsultationIndex:
    """``parts``: 0 to 1, or None where there was nothing to divide by. ``value``: tenths of a point, or None."""

    parts: Mapping[str, Fraction | None]
    bonus: int
    value: int | None


def index_of(facts: MonthFacts, rules: IndexRules) -> ConsultationIndex:
    """The index of a month; exact, rounded once at the end (a half up)."""
    parts = {
        BREADTH: _breadth(facts, rules),
        RESPONSE: _share(facts.answered, facts.answers_due),
        COMPLETION: _share(facts.percents, 100 * facts.tasks_due),
        TIMELINESS: _share(facts.in_time, facts.steps_due),
    }
    bonus = min(rules.innovation * facts.innovations, rules.most_innovation)
    if not facts.matters:
        return ConsultationIndex(dict.fromkeys(ORDER), bonus, None)
    counted = {code: part for code, part in parts.items() if part is not None and rules.weights[code]}
    weight = sum(rules.weights[code] for code in counted)
    if not weight:
        return ConsultationIndex(parts, bonus, None)
    mean = sum((rules.weights[code] * part for code, part in counted.items()), Fraction()) / weight
    points = min(Fraction(100), 100 * mean + bonus)
    return ConsultationIndex(parts, bonus, int(points * 10 + Fraction(1, 2)))


def _breadth(facts: MonthFacts, rules: IndexRules) -> Fraction | None:
    if not facts.residents:
        return None
    people = min(Fraction(1), Fraction(100 * facts.participants, rules.target * facts.residents))
    forms = min(Fraction(1), Fraction(facts.forms, rules.forms))
    return (rules.people * people + (100 - rules.people) * forms) / 100


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None
