"""A survey's report as pages, charts and workbooks want it: loaded, counted, and hidden where too few have answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.surveys.model import Survey
from actions.surveys.questions import Kind, Question
from actions.surveys.results import SMALL, Group, Report, break_down, cross, one_decimal, report
from bot.clock import local
from bot.storage.queries_surveys import SurveyRow, load_answers
from bot.surveys.drawing import Line
from bot.surveys.reach import count_invited


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a report shows. ``hidden``: too few have answered; then there are no figures at all."""

    survey: Survey
    answers: int
    invited: int | None
    hidden: bool
    report: Report
    groups: tuple[tuple[Question, tuple[Group, ...]], ...] = ()

    @property
    def rate(self) -> str:
        """Answers of those who could answer, in percent."""
        return "—" if not self.invited else one_decimal(Fraction(100 * min(self.answers, self.invited), self.invited))

    @property
    def indicators(self) -> list[Any]:
        """The counted questions that have a mean on 0–100."""
        return [one for one in self.report.questions if one.question.kind == Kind.SCALE]


async def load_sheet(session: AsyncSession, survey: Survey) -> Sheet:
    """As it stands now."""
    answers = await load_answers(session, survey.id)
    invited = await count_invited(session, survey)
    questions = survey.asked
    if len(answers) < SMALL and survey.anonymous:
        return Sheet(survey, len(answers), invited, True, report(questions, ()))
    groups = tuple(
        (one, tuple(break_down(questions, answers, one))) for one in questions if one.group and one.kind == Kind.SINGLE
    )
    return Sheet(survey, len(answers), invited, False, report(questions, answers), groups)


async def load_cross(
    session: AsyncSession, survey: Survey, one: str, by: str
) -> tuple[Question, Question, list[list[int | None]]] | None:
    """How the answers to one question lie in the groups of another; small cells are hidden."""
    questions = {question.key: question for question in survey.asked}
    first, second = questions.get(one), questions.get(by)
    if first is None or second is None or first.key == second.key or second.kind != Kind.SINGLE:
        return None
    if first.kind not in (Kind.SINGLE, Kind.MULTIPLE, Kind.SCALE):
        return None
    answers = await load_answers(session, survey.id)
    return (first, second, cross(first, second, answers)) if len(answers) >= SMALL else None


def as_float(value: Fraction | None) -> float | None:
    """For charts: what is printed, so that picture and table say the same."""
    return None if value is None else float(one_decimal(value))


def charts_of(sheets: Sequence[tuple[str, Sheet]]) -> dict[str, tuple[list[str], list[Line]]]:
    """Names and lines of the two charts; of several surveys those names that the first one has."""
    _, first = sheets[0]
    dimensions = [name for name, _ in first.report.dimensions]
    keys = {one.question.key: one.question.text for one in first.indicators}
    radar: list[Line] = []
    bars: list[Line] = []
    for name, sheet in sheets:
        known: Mapping[str, Fraction | None] = {} if sheet.hidden else dict(sheet.report.dimensions)
        radar.append((name, [as_float(known.get(one)) for one in dimensions]))
        bars.append((name, [None if sheet.hidden else as_float(sheet.report.mean_of(key)) for key in keys]))
    return {"radar": (dimensions, radar), "bars": (list(keys.values()), bars)}


def call(row: SurveyRow, *, places: bool) -> str:
    """What a survey is called beside others."""
    place = f"{row.place} " if places else ""
    when = row.survey.opened_at
    return f"{place}第{row.survey.round}轮{f'（{local(when):%Y-%m}）' if when else ''}"
