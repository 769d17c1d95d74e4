"""Questions as values: kinds, what may be asked when, and whether a questionnaire can be walked through to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, NoReturn

from actions.errors import InvalidInput

MOST_QUESTIONS = 60
MOST_OPTIONS = 20
MOST_ROWS = 10
LONGEST_TEXT, LONGEST_OPTION = 120, 40
LONGEST_HINT = 200
WIDEST = 1_000_000  # of a number


class Kind(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    SCALE = "scale"
    MATRIX = "matrix"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    RANKING = "ranking"


CHOICES = frozenset({Kind.SINGLE, Kind.MULTIPLE, Kind.RANKING})
BRANCHING = frozenset({Kind.SINGLE, Kind.MULTIPLE, Kind.SCALE, Kind.NUMBER})


@dataclass(frozen=True, slots=True)
class Condition:
    """A question is asked only if an earlier one was answered so: one of ``values`` chosen, or within low..high."""

    key: str
    values: tuple[int, ...] = ()
    low: int | None = None
    high: int | None = None

    def holds(self, answer: Any) -> bool:
        """Whether an answer fits; no answer never does."""
        if isinstance(answer, list):
            return any(one in self.values for one in answer)
        if answer is None or isinstance(answer, str):
            return False
        if self.values:
            return answer in self.values
        return (self.low is None or answer >= self.low) and (self.high is None or answer <= self.high)


@dataclass(frozen=True, slots=True)
class Question:
    """One question. ``key`` stays the same from round to round; choices are answered by their place, from 0.

    ``options`` of a scale are the words for its steps, of a matrix those of its columns. ``dimension`` makes a scale
    an indicator of the report; ``group`` lets the report be broken down by a single choice. ``right`` and ``explain``
    are a quiz's.
    """

    key: str
    kind: str
    text: str
    options: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    low: int = 1
    high: int = 5
    least: int = 1
    most: int = 0  # 0: as many as there are
    required: bool = True
    hint: str = ""
    dimension: str = ""
    group: bool = False
    show_if: Condition | None = None
    right: tuple[int, ...] = ()
    explain: str = ""

    @property
    def steps(self) -> range:
        """The values of a scale."""
        return range(self.low, self.high + 1)

    @property
    def is_indicator(self) -> bool:
        """Whether its mean on 0–100 counts into a dimension."""
        return self.kind == Kind.SCALE and bool(self.dimension)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, without what is as usual."""
        usual = asdict(_USUAL)
        found = {name: value for name, value in asdict(self).items() if name in _ALWAYS or value != usual[name]}
        if self.show_if is not None:
            found["show_if"] = asdict(self.show_if)
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Question:
        """What ``as_json`` gave, or a template's file says."""
        given = dict(data)
        for name in ("options", "rows", "right"):
            given[name] = tuple(given.get(name, ()))
        condition = given.pop("show_if", None)
        if condition:
            condition = Condition(**{**condition, "values": tuple(condition.get("values", ()))})
        return cls(**given, show_if=condition or None)


_ALWAYS = ("key", "kind", "text")
_USUAL = Question("", "", "")


def read_questions(rows: Sequence[Mapping[str, Any]]) -> list[Question]:
    """The questions of a survey's row, in order."""
    return [Question.from_json(row) for row in rows]


def next_key(questions: Sequence[Question]) -> str:
    """A key that no question has."""
    taken = {question.key for question in questions}
    return next(key for n in range(1, MOST_QUESTIONS * 4) if (key := f"q{n}") not in taken)


def tidy(question: Question) -> Question:
    """Without blanks at the edges and empty lines."""
    return replace(
        question,
        text=question.text.strip(),
        hint=question.hint.strip(),
        dimension=question.dimension.strip(),
        explain=question.explain.strip(),
        options=tuple(one.strip() for one in question.options if one.strip()),
        rows=tuple(one.strip() for one in question.rows if one.strip()),
    )


def check_questions(questions: Sequence[Question], *, quiz: bool = False) -> None:
    """Raise InvalidInput for the first thing that is wrong, with the number of its question."""
    if len(questions) > MOST_QUESTIONS:
        raise InvalidInput("too many", phrase="survey.bad.too_many", most=MOST_QUESTIONS)
    for number, question in enumerate(questions, 1):
        _check_one(number, question)
        _check_condition(number, question, questions)
        if quiz:
            _check_right(number, question)


def check_ready(questions: Sequence[Question], *, quiz: bool) -> None:
    """As ``check_questions``, and there is something to ask."""
    if not questions:
        raise InvalidInput("no questions", phrase="survey.bad.none")
    check_questions(questions, quiz=quiz)


def _bad(number: int, what: str, **params: Any) -> NoReturn:
    raise InvalidInput(what, phrase=f"survey.bad.{what}", number=number, **params)


def _check_one(number: int, question: Question) -> None:
    if question.kind not in list(Kind):
        _bad(number, "kind")
    if not question.text or len(question.text) > LONGEST_TEXT:
        _bad(number, "text", longest=LONGEST_TEXT)
    if any(len(one) > LONGEST_OPTION for one in (*question.options, *question.rows)):
        _bad(number, "long_option", longest=LONGEST_OPTION)
    if len(set(question.options)) != len(question.options) or len(set(question.rows)) != len(question.rows):
        _bad(number, "twice")
    if question.kind in CHOICES and not 2 <= len(question.options) <= MOST_OPTIONS:
        _bad(number, "options", most=MOST_OPTIONS)
    if question.kind == Kind.MATRIX and not (1 <= len(question.rows) <= MOST_ROWS and 2 <= len(question.options) <= 7):
        _bad(number, "matrix", most=MOST_ROWS)
    if question.kind == Kind.MULTIPLE and not 1 <= question.least <= (question.most or len(question.options)) <= len(
        question.options
    ):
        _bad(number, "how_many")
    _check_span(number, question)


def _check_span(number: int, question: Question) -> None:
    if question.kind == Kind.SCALE and not (0 <= question.low < question.high <= 100):
        _bad(number, "scale")
    if question.kind == Kind.SCALE and question.options and len(question.options) != len(question.steps):
        _bad(number, "scale_words", steps=len(question.steps))
    if question.kind == Kind.NUMBER and not -WIDEST <= question.low < question.high <= WIDEST:
        _bad(number, "span")


def _check_right(number: int, question: Question) -> None:
    if question.kind not in (Kind.SINGLE, Kind.MULTIPLE) or question.show_if is not None:
        _bad(number, "quiz_kind")
    if not question.right or any(one not in range(len(question.options)) for one in question.right):
        _bad(number, "right")
    if question.kind == Kind.SINGLE and len(question.right) != 1:
        _bad(number, "right")


def _check_condition(number: int, question: Question, questions: Sequence[Question]) -> None:
    """What is asked later or of itself is a loop; what no answer can fulfil is a dead end."""
    condition = question.show_if
    if condition is None:
        return
    at = next((n for n, one in enumerate(questions, 1) if one.key == condition.key), None)
    if at is None:
        _bad(number, "no_such")
    if at >= number:
        _bad(number, "loop", other=at)
    other = questions[at - 1]
    if other.kind not in BRANCHING:
        _bad(number, "no_branch", other=at)
    if other.kind in CHOICES:
        possible = bool(condition.values) and all(one in range(len(other.options)) for one in condition.values)
    else:
        low = other.low if condition.low is None else condition.low
        high = other.high if condition.high is None else condition.high
        possible = not condition.values and max(low, other.low) <= min(high, other.high)
    if not possible:
        _bad(number, "dead_end", other=at)


def shown(questions: Sequence[Question], answers: Mapping[str, Any]) -> list[Question]:
    """Those that are asked of who has answered so; what hangs on a question that is not asked is not asked either."""
    found: list[Question] = []
    asked: dict[str, Any] = {}
    for question in questions:
        condition = question.show_if
        if condition is None or (condition.key in asked and condition.holds(asked[condition.key])):
            found.append(question)
            asked[question.key] = answers.get(question.key)
    return found


def may_be_asked(questions: Sequence[Question], answers: Mapping[str, Any]) -> list[Question]:
    """Those that were asked or may still be: what hangs on an answer that is still to come counts."""
    found: list[Question] = []
    for question in questions:
        condition = question.show_if
        before = {one.key for one in found}
        waits = condition is not None and condition.key in before and condition.key not in answers
        if condition is None or waits or (condition.key in before and condition.holds(answers[condition.key])):
            found.append(question)
    return found
