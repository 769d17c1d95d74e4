"""What answers come to: means on 0–100, dimensions, counts, who said nothing; groups too small to be told are hidden.

A scale from ``low`` to ``high`` is mapped linearly: ``low`` is 0, ``high`` is 100. An indicator's mean is that of those
who answered it; a dimension's is the plain mean of its indicators, the overall one that of the dimensions. Nothing is
rounded before it is printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from actions.surveys.questions import Kind, Question

SMALL = 5  # fewer than so many are not told apart
Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """One question. ``asked``: who came to it; ``said``: who answered; ``mean``: scales on 0–100, numbers plain."""

    question: Question
    asked: int
    said: int
    mean: Fraction | None = None
    counts: tuple[int, ...] = ()  # of each option or step
    rows: tuple[tuple[int, ...], ...] = ()  # of a matrix: counts of each row
    texts: tuple[str, ...] = ()

    @property
    def silent(self) -> int:
        """Who came to it and did not say."""
        return self.asked - self.said


@dataclass(frozen=True, slots=True)
class Report:
    """The whole. ``dimensions`` in the order in which they come up; ``overall`` is None without any."""

    answers: int
    questions: tuple[Counted, ...]
    dimensions: tuple[tuple[str, Fraction | None], ...] = ()
    overall: Fraction | None = None

    def mean_of(self, key: str) -> Fraction | None:
        """The mean of one question."""
        return next((one.mean for one in self.questions if one.question.key == key), None)


@dataclass(frozen=True, slots=True)
class Group:
    """Part of those who answered. ``report`` None: too few to be told."""

    name: str
    size: int | None
    report: Report | None = field(default=None)


def one_decimal(value: Fraction | None) -> str:
    """As the study prints it: half goes up; "—" for nothing."""
    if value is None:
        return "—"
    tenths = (abs(value) * 20 + 1) // 2
    sign = "-" if value < 0 and tenths else ""
    return f"{sign}{tenths // 10}.{tenths % 10}"


def mean(values: Sequence[Fraction | int]) -> Fraction | None:
    """The plain mean, exactly."""
    return Fraction(sum(Fraction(one) for one in values)) / len(values) if values else None


def score_of(question: Question, value: int) -> Fraction:
    """A step of a scale on 0–100."""
    return Fraction(100 * (value - question.low), question.high - question.low)


def count(question: Question, answers: Sequence[Answers]) -> Counted:
    """One question over all answers."""
    asked = [one[question.key] for one in answers if question.key in one]
    said = [value for value in asked if value is not None]
    base = Counted(question, len(asked), len(said))
    match question.kind:
        case Kind.SCALE:
            scores = [score_of(question, value) for value in said]
            return Counted(question, len(asked), len(said), mean(scores), _tally(said, question.steps))
        case Kind.SINGLE:
            return Counted(question, len(asked), len(said), counts=_tally(said, range(len(question.options))))
        case Kind.MULTIPLE:
            each = [one for value in said for one in value]
            return Counted(question, len(asked), len(said), counts=_tally(each, range(len(question.options))))
        case Kind.NUMBER:
            return Counted(question, len(asked), len(said), mean(said))
        case Kind.RANKING:
            return Counted(question, len(asked), len(said), counts=_points(said, len(question.options)))
        case Kind.MATRIX:
            columns = range(len(question.options))
            rows = tuple(_tally([value[n] for value in said], columns) for n in range(len(question.rows)))
            return Counted(question, len(asked), len(said), rows=rows)
    return Counted(question, base.asked, base.said, texts=tuple(sorted(str(value) for value in said)))


def _tally(values: Sequence[Any], steps: range) -> tuple[int, ...]:
    return tuple(sum(1 for value in values if value == step) for step in steps)


def _points(values: Sequence[Sequence[int]], many: int) -> tuple[int, ...]:
    """The first place gives as many points as there are options, the last one."""
    return tuple(sum(many - value.index(option) for value in values) for option in range(many))


def report(questions: Sequence[Question], answers: Sequence[Answers]) -> Report:
    """All of it."""
    counted = tuple(count(question, answers) for question in questions)
    names = dict.fromkeys(one.dimension for one in questions if one.is_indicator)
    dimensions = tuple((name, _dimension(name, counted)) for name in names)
    known = [value for _, value in dimensions if value is not None]
    return Report(len(answers), counted, dimensions, mean(known))


def _dimension(name: str, counted: Sequence[Counted]) -> Fraction | None:
    inside = [one for one in counted if one.question.is_indicator and one.question.dimension == name]
    return mean([one.mean for one in inside if one.mean is not None])


def break_down(questions: Sequence[Question], answers: Sequence[Answers], by: Question) -> list[Group]:
    """A report for each option of ``by``. If one group alone were hidden it could be reckoned back: then two are."""
    parts = [[one for one in answers if one.get(by.key) == place] for place in range(len(by.options))]
    told = hide([len(part) for part in parts])
    return [
        Group(name, size, report(questions, part) if size else None)
        for name, part, size in zip(by.options, parts, told, strict=True)
    ]


def hide(counts: Sequence[int]) -> list[int | None]:
    """Numbers of people with those too small taken out, and one more if only one was."""
    told: list[int | None] = [None if 0 < one < SMALL else one for one in counts]
    left = [one for one in told if one]
    if told.count(None) == 1 and left:
        told[told.index(min(left))] = None
    return told


def cross(one: Question, by: Question, answers: Sequence[Answers]) -> list[list[int | None]]:
    """Counts of each option (or step) of ``one`` in a row for each option of ``by``; small ones are hidden."""
    columns = list(one.steps) if one.kind == Kind.SCALE else list(range(len(one.options)))
    rows = []
    for place in range(len(by.options)):
        inside = [answer.get(one.key) for answer in answers if answer.get(by.key) == place]
        rows.append([sum(1 for value in inside if _chose(value, column)) for column in columns])
    return _hide_table(rows)


def _chose(value: Any, column: int) -> bool:
    return column in value if isinstance(value, list) else value is not None and value == column


def _hide_table(rows: list[list[int]]) -> list[list[int | None]]:
    """No hidden cell stands alone in its row or column, or the sums would give it away."""
    hidden = {(r, c) for r, row in enumerate(rows) for c, cell in enumerate(row) if 0 < cell < SMALL}
    lines = [[(r, c) for c in range(len(rows[0]))] for r in range(len(rows))] if rows else []
    lines += [[(r, c) for r in range(len(rows))] for c in range(len(rows[0]))] if rows else []
    changed = True
    while changed:
        changed = False
        for line in lines:
            left = [(rows[r][c], r, c) for r, c in line if (r, c) not in hidden and rows[r][c]]
            if sum(cell in hidden for cell in line) == 1 and left:
                _, r, c = min(left)
                hidden.add((r, c))
                changed = True
    return [[None if (r, c) in hidden else cell for c, cell in enumerate(row)] for r, row in enumerate(rows)]
