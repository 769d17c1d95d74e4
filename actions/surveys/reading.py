"""Answers: as a page posts them, as somebody says them in the chat, and whether they are answers at all.

An answer is JSON: the place of an option (0…), a list of places, a step of a scale, a text, a number, a date as
ISO 8601; ``None``: would not or could not say, which is counted as such.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from actions.errors import InvalidInput
from actions.surveys.questions import Kind, Question, shown

LONGEST_ANSWER = 500
REFUSE = "no"  # the field and the word of who would rather not say
_NO = re.compile(
    r"不愿(?:意)?(?:回答|说|答|填)?|不想(?:说|答|回答|填)|跳过|不方便(?:说|答)?|下一题|不答|不清楚|说不(?:好|清|准)"
)
_NUMBERS = re.compile(r"\d+")
_EDGES = " \t\n，,。.！!；;、选第个项分"
Get = Callable[[str], Sequence[str]]  # the values of a field


class BadAnswer(InvalidInput):
    """This is no answer to that question; ``key`` names it."""

    code = "bad_answer"

    def __init__(self, question: Question, what: str, **params: Any) -> None:
        super().__init__(what, phrase=f"survey.answer.{what}", question=question.text, **params)
        self.key = question.key


def read_posted(questions: Sequence[Question], get: Get) -> dict[str, Any]:
    """What a form holds. Raises BadAnswer; what was left empty is not in it."""
    found: dict[str, Any] = {}
    for question in questions:
        field = f"q.{question.key}"
        if get(f"{field}.{REFUSE}"):
            found[question.key] = None
            continue
        value = _posted(question, field, get)
        if value is not None:
            found[question.key] = value
    return found


def _posted(question: Question, field: str, get: Get) -> Any:
    given = [value.strip() for value in get(field) if value.strip()]
    match question.kind:
        case Kind.MULTIPLE:
            return sorted({_whole(question, one) for one in given}) or None
        case Kind.MATRIX:
            rows = [get(f"{field}.{n}") for n in range(len(question.rows))]
            return [_whole(question, row[0]) if row else None for row in rows] if any(rows) else None
        case Kind.RANKING:
            return _ranked(question, [get(f"{field}.{n}") for n in range(len(question.options))])
    if not given:
        return None
    return given[0] if question.kind in (Kind.TEXT, Kind.DATE) else _whole(question, given[0])


def _ranked(question: Question, given: Sequence[Sequence[str]]) -> list[int] | None:
    """The options in the order that was given them as numbers."""
    places = [row[0].strip() if row else "" for row in given]
    if not any(places):
        return None
    numbers = [_whole(question, one) if one else 0 for one in places]
    if sorted(numbers) != list(range(1, len(places) + 1)):
        raise BadAnswer(question, "ranking", many=len(places))
    return [numbers.index(n) for n in range(1, len(places) + 1)]


def _whole(question: Question, text: str) -> int:
    sign, digits = (-1, text[1:]) if text[:1] in ("-", "－") else (1, text)
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise BadAnswer(question, "number")
    return sign * int(digits)


def read_spoken(question: Question, text: str, plain: str = "") -> Any:
    """What somebody says to a question in the chat; ``plain``: in simplified characters. Raises BadAnswer."""
    said = text.strip(_EDGES)
    said = said if said in question.options else (plain or text).strip(_EDGES)
    if _NO.fullmatch(said):
        return None
    if question.kind == Kind.TEXT:
        return text.strip()[:LONGEST_ANSWER]
    if question.kind == Kind.DATE:
        return _spoken_day(question, said)
    if said in question.options:
        place = question.options.index(said)
        return (
            [place] if question.kind == Kind.MULTIPLE else place + (question.low if question.kind == Kind.SCALE else 0)
        )
    numbers = [int(one) for one in _NUMBERS.findall(said) if len(one) < 10]
    if not numbers or re.sub(r"[\d\s、,，和.;；分元岁]", "", said):
        raise BadAnswer(question, "say_again")
    return _from_numbers(question, numbers, said)


def _from_numbers(question: Question, numbers: Sequence[int], said: str) -> Any:
    places = [one - 1 for one in numbers]
    match question.kind:
        case Kind.SINGLE:
            return places[0] if len(places) == 1 else _again(question)
        case Kind.MULTIPLE:
            return sorted(set(places))
        case Kind.RANKING | Kind.MATRIX:
            # "213" said in one go stands for 2, 1, 3
            many = len(question.rows if question.kind == Kind.MATRIX else question.options)
            if len(numbers) == 1 and many > 1 and len(str(numbers[0])) == many < 10:
                places = [int(digit) - 1 for digit in str(numbers[0])]
            return places
    return numbers[0] if len(numbers) == 1 else _again(question)


def _again(question: Question) -> Any:
    raise BadAnswer(question, "say_again")


def _spoken_day(question: Question, said: str) -> str:
    numbers = [int(one) for one in _NUMBERS.findall(said)]
    try:
        return date(*numbers).isoformat()
    except (TypeError, ValueError, OverflowError) as error:
        raise BadAnswer(question, "date") from error


def check_answer(question: Question, value: Any) -> Any:
    """The value as it is kept; ``None`` stays what it is. Raises BadAnswer."""
    if value is None:
        return None
    many = len(question.options)
    match question.kind:
        case Kind.SINGLE if _is_place(value, many):
            return value
        case Kind.MULTIPLE if isinstance(value, list) and all(_is_place(one, many) for one in value):
            return _check_many(question, sorted(set(value)))
        case Kind.SCALE if isinstance(value, int) and value in question.steps:
            return value
        case Kind.MATRIX if isinstance(value, list) and len(value) == len(question.rows):
            return _check_matrix(question, value)
        case Kind.RANKING if isinstance(value, list) and sorted(value) == list(range(many)):
            return value
        case Kind.NUMBER if isinstance(value, int) and question.low <= value <= question.high:
            return value
        case Kind.TEXT if isinstance(value, str):
            return value.strip()[:LONGEST_ANSWER] or None
        case Kind.DATE if isinstance(value, str):
            return _check_day(question, value)
        case Kind.SCALE | Kind.NUMBER:
            raise BadAnswer(question, "range", low=question.low, high=question.high)
        case Kind.RANKING:
            raise BadAnswer(question, "ranking", many=many)
    raise BadAnswer(question, "choose")


def _is_place(value: Any, many: int) -> bool:
    return isinstance(value, int) and 0 <= value < many


def _check_many(question: Question, value: list[int]) -> list[int] | None:
    most = question.most or len(question.options)
    if value and not question.least <= len(value) <= most:
        raise BadAnswer(question, "how_many", least=question.least, most=most)
    return value or None


def _check_matrix(question: Question, value: list[Any]) -> list[Any]:
    if not all(one is None or _is_place(one, len(question.options)) for one in value):
        raise BadAnswer(question, "choose")
    if question.required and None in value:
        raise BadAnswer(question, "every_row")
    return value


def _check_day(question: Question, value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise BadAnswer(question, "date") from error


def check_answers(questions: Sequence[Question], given: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to all that is asked on this way through the questionnaire, and to nothing else. Raises BadAnswer."""
    kept = {question.key: check_answer(question, given.get(question.key)) for question in questions}
    found: dict[str, Any] = {}
    for question in shown(questions, kept):
        if question.required and question.key not in given:
            raise BadAnswer(question, "missing")
        found[question.key] = kept[question.key]
    return found


def next_question(questions: Sequence[Question], answers: Mapping[str, Any]) -> Question | None:
    """The next one to be asked of who has answered so far; None: all is answered."""
    return next((one for one in shown(questions, answers) if one.key not in answers), None)
