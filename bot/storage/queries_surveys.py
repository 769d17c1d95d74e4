"""Surveys and polls for the console's and the residents' pages. Who may read them is asked by the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit, Resident
from actions.polls.handlers import tally
from actions.polls.model import Poll
from actions.surveys.model import (
    Answered,
    QuizEntry,
    QuizPrize,
    Response,
    Survey,
    SurveyChange,
    SurveyState,
)

MOST_LISTED = 60
KNOWN = (SurveyState.OPEN, SurveyState.CLOSED)


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """A line of a list. ``answers``: how many have answered; ``place``: the community."""

    survey: Survey
    answers: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class PollRow:
    """A poll with its hands."""

    poll: Poll
    counts: Sequence[int]


async def list_surveys(session: AsyncSession, communities: Sequence[int], *states: str) -> list[SurveyRow]:
    """Those in such states, the newest first."""
    query = (
        select(Survey, OrgUnit.name)
        .join(OrgUnit, OrgUnit.id == Survey.community_id)
        .where(Survey.community_id.in_(communities), Survey.state.in_(states))
        .order_by(Survey.id.desc())
        .limit(MOST_LISTED)
    )
    rows = (await session.execute(query)).tuples().all()
    counts = await count_answers(session, [survey.id for survey, _ in rows])
    return [SurveyRow(survey, counts.get(survey.id, 0), place) for survey, place in rows]


async def count_answers(session: AsyncSession, ids: Sequence[int]) -> dict[int, int]:
    """How many have answered each of them."""
    query = select(Answered.survey_id, func.count()).where(Answered.survey_id.in_(ids)).group_by(Answered.survey_id)
    return {survey_id: int(count) for survey_id, count in await session.execute(query)} if ids else {}


async def load_answers(session: AsyncSession, survey_id: int) -> list[Mapping[str, Any]]:
    """What was answered, in the order of random numbers."""
    query = select(Response.answers).where(Response.survey_id == survey_id).order_by(Response.id)
    return list(await session.scalars(query))


async def list_comparable(session: AsyncSession, survey: Survey, communities: Sequence[int]) -> list[SurveyRow]:
    """Other rounds of it, and the same template elsewhere, as far as it was sent."""
    same = [Survey.series_id == survey.series_id]
    if survey.template:
        same.append((Survey.template == survey.template) & Survey.community_id.in_(communities))
    query = (
        select(Survey, OrgUnit.name)
        .join(OrgUnit, OrgUnit.id == Survey.community_id)
        .where(or_(*same), Survey.community_id.in_(communities), Survey.id != survey.id, Survey.state.in_(KNOWN))
        .order_by(Survey.community_id, Survey.id)
        .limit(MOST_LISTED)
    )
    rows = (await session.execute(query)).tuples().all()
    counts = await count_answers(session, [one.id for one, _ in rows])
    return [SurveyRow(one, counts.get(one.id, 0), place) for one, place in rows]


async def list_changes(session: AsyncSession, survey_id: int) -> Sequence[SurveyChange]:
    """Slips that were put right, in order."""
    query = select(SurveyChange).where(SurveyChange.survey_id == survey_id).order_by(SurveyChange.id)
    return (await session.scalars(query)).all()


async def list_entries(session: AsyncSession, survey_id: int) -> Sequence[QuizEntry]:
    """Who is in the draw of a quiz."""
    query = select(QuizEntry).where(QuizEntry.survey_id == survey_id, QuizEntry.qualified.is_(True))
    return (await session.scalars(query.order_by(QuizEntry.entry_hash))).all()


async def find_entry(session: AsyncSession, survey_id: int, resident_id: int) -> QuizEntry | None:
    """A resident's own entry."""
    query = select(QuizEntry).where(QuizEntry.survey_id == survey_id, QuizEntry.resident_id == resident_id)
    found: QuizEntry | None = await session.scalar(query)
    return found


async def list_prizes(session: AsyncSession, survey_id: int) -> list[tuple[QuizPrize, str]]:
    """Prizes in order with what the winner is called."""
    query = (
        select(QuizPrize, Resident.nickname)
        .join(Resident, Resident.id == QuizPrize.resident_id)
        .where(QuizPrize.survey_id == survey_id)
        .order_by(QuizPrize.place)
    )
    return [(prize, name) for prize, name in (await session.execute(query)).tuples()]


async def list_polls(session: AsyncSession, communities: Sequence[int]) -> list[PollRow]:
    """The newest first."""
    query = select(Poll).where(Poll.community_id.in_(communities)).order_by(Poll.id.desc()).limit(MOST_LISTED // 3)
    return [PollRow(poll, await tally(session, poll)) for poll in await session.scalars(query)]


async def find_linked(session: AsyncSession, token: str) -> Survey | None:
    """The survey of a link."""
    found: Survey | None = await session.scalar(select(Survey).where(Survey.token == token))
    return found
