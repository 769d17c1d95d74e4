"""Who has not answered a survey and may be reminded: an order to the surveys room, some at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, cast, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.notices.model import NoticeOptOut
from actions.outcome import Event
from actions.people.home_model import MEMBER, Contact, HomeState, Residence
from actions.people.model import OrgUnit, Resident
from actions.surveys.commands import RemindResidents
from actions.surveys.model import Answered, Survey, SurveyOptOut, SurveyReminder, Who

AT_ONCE = 50  # residents a transaction


async def find_unanswered(session: AsyncSession, event: Event, _now: datetime) -> RemindResidents:
    """The next few; none left: the turn is over."""
    data: Mapping[str, Any] = event.data
    survey_id, turn = data["survey_id"], data["turn"]
    query = await _invited(session, event.community_id, data["who"], data["unit_ids"])
    told = exists().where(
        SurveyReminder.survey_id == survey_id, SurveyReminder.resident_id == Resident.id, SurveyReminder.turn == turn
    )
    answered = exists().where(Answered.survey_id == survey_id, Answered.voice == _voice(data["who"]))
    wants_none = Resident.id.in_(select(SurveyOptOut.resident_id)) | Resident.id.in_(select(NoticeOptOut.resident_id))
    due = query.where(~told, ~answered, ~wants_none).order_by(Resident.id).limit(AT_ONCE + 1)
    ids = (await session.scalars(due)).all()
    return RemindResidents(survey_id, turn, tuple(ids[:AT_ONCE]), last=len(ids) <= AT_ONCE)


def _voice(who: str) -> Any:
    """As ``actions.surveys.access.voice_of`` writes it."""
    match who:
        case Who.HOUSEHOLD:
            return literal("h") + cast(Resident.household_id, String)
        case Who.PHONE:
            return literal("p") + Contact.phone_mark
    return literal("r") + cast(Resident.id, String)


async def _invited(session: AsyncSession, community_id: int, who: str, unit_ids: list[int]) -> Select[Any]:
    query = select(Resident.id).where(Resident.community_id == community_id)
    if unit_ids and community_id not in unit_ids:
        inside = [
            one.id
            for unit in await session.scalars(select(OrgUnit).where(OrgUnit.id.in_(unit_ids)))
            for one in await session.scalars(select(OrgUnit).where(OrgUnit.path.startswith(unit.path, autoescape=True)))
        ]
        query = query.where(Resident.building_id.in_(inside))
    if who == Who.HOUSEHOLD:
        member = exists().where(
            Residence.resident_id == Resident.id, Residence.kind == MEMBER, Residence.state == HomeState.VERIFIED
        )
        query = query.where(Resident.household_id.is_not(None), member)
    if who == Who.PHONE:
        query = query.join(Contact, Contact.resident_id == Resident.id).where(Contact.phone_mark != "")
    return query


async def count_invited(session: AsyncSession, survey: Survey) -> int | None:
    """How many voices there could be now; None where nobody knows."""
    if survey.who == Who.LINK:
        return None
    query = await _invited(session, survey.community_id, survey.who, survey.unit_ids)
    counted = {Who.HOUSEHOLD: Resident.household_id, Who.PHONE: Contact.phone_mark}.get(Who(survey.who), Resident.id)
    return int(await session.scalar(query.with_only_columns(func.count(func.distinct(counted)))) or 0)
