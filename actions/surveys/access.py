"""The doors of the room: who may make surveys, who may answer, and as whose voice an answer counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.outcome import Audience, Button, Event, Reply
from actions.people.doors import verified_household
from actions.people.home_model import Contact
from actions.people.model import OrgUnit, Resident, Role, StaffMember
from actions.people.units import works_in
from actions.surveys.model import Answered, Survey, SurveyState, Who

MAKERS = frozenset({Role.COMMITTEE, Role.WORKSTATION, Role.ADMIN})
READERS = MAKERS | {Role.STREET, Role.DISTRICT, Role.SUPERVISOR}


async def get_maker(session: AsyncSession, staff_id: int, community_id: int) -> StaffMember:
    """Somebody who may make surveys there. Raises NotFound, NotAllowed."""
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not staff.active or not await works_in(session, staff, community_id):
        raise NotFound(f"staff {staff_id}", phrase="survey.none_such")
    if staff.role not in MAKERS:
        raise NotAllowed(f"surveys are not for {staff.role}", phrase="survey.not_yours")
    return staff


async def lock_survey(session: AsyncSession, survey_id: int) -> Survey:
    """The survey, fresh and held until the commit. Raises NotFound."""
    query = select(Survey).where(Survey.id == survey_id).with_for_update()
    survey = await session.scalar(query.execution_options(populate_existing=True))
    if survey is None:
        raise NotFound(f"survey {survey_id}", phrase="survey.none_such")
    return survey


async def access_as_maker(session: AsyncSession, survey_id: int, staff_id: int) -> Survey:
    """The survey, held, for who may change it."""
    survey = await lock_survey(session, survey_id)
    await get_maker(session, staff_id, survey.community_id)
    return survey


async def has_answers(session: AsyncSession, survey_id: int) -> bool:
    """Whether anybody has answered."""
    return await session.scalar(select(Answered.voice).where(Answered.survey_id == survey_id).limit(1)) is not None


async def check_area(session: AsyncSession, survey: Survey) -> None:
    """Raise InvalidInput for places that are not of its community."""
    query = select(OrgUnit).where(OrgUnit.id.in_(survey.unit_ids))
    found = (await session.scalars(query)).all()
    if len(found) != len(set(survey.unit_ids)) or any(one.community_id != survey.community_id for one in found):
        raise InvalidInput("no area", phrase="survey.bad.area")


async def access_as_resident(session: AsyncSession, survey_id: int, resident_id: int) -> tuple[Survey, Resident]:
    """Both, if the survey is of their community and known to residents. Raises NotFound."""
    survey, resident = await session.get(Survey, survey_id), await session.get(Resident, resident_id)
    if survey is None or resident is None or survey.community_id != resident.community_id:
        raise NotFound(f"survey {survey_id}", phrase="survey.none_such")
    if survey.state in (SurveyState.DRAFT, SurveyState.SCHEDULED):
        raise NotFound(f"survey {survey_id}", phrase="survey.none_such")
    return survey, resident


def check_open(survey: Survey, now: datetime) -> None:
    """Raise MoveRefused when it takes no answers now."""
    if not survey.takes_answers(now):
        over = survey.state == SurveyState.CLOSED or (survey.closes_at is not None and now >= survey.closes_at)
        phrase = "survey.over" if over else "survey.closed"
        raise MoveRefused("it is not open", phrase=phrase, title=survey.title)


async def voice_of(session: AsyncSession, survey: Survey, resident: Resident) -> str:
    """As whose their answer counts. Raises NotAllowed with what they can do about it."""
    if not await _lives_inside(session, survey, resident):
        raise NotAllowed("another area", phrase="survey.not_your_area")
    match survey.who:
        case Who.HOUSEHOLD:
            household = await verified_household(session, resident.id)
            if household is None:
                raise NotAllowed("no verified home", phrase="survey.needs_home")
            return f"h{household.id}"
        case Who.PHONE:
            mark = await session.scalar(select(Contact.phone_mark).where(Contact.resident_id == resident.id))
            if not mark:
                raise NotAllowed("no phone", phrase="survey.needs_phone")
            return f"p{mark}"
    return f"r{resident.id}"


async def _lives_inside(session: AsyncSession, survey: Survey, resident: Resident) -> bool:
    if not survey.unit_ids or survey.community_id in survey.unit_ids:
        return True
    home = await session.get(OrgUnit, resident.building_id) if resident.building_id is not None else None
    if home is None:
        return False
    units = await session.scalars(select(OrgUnit).where(OrgUnit.id.in_(survey.unit_ids)))
    return any(unit.covers(home) for unit in units)


async def has_answered(session: AsyncSession, survey_id: int, voice: str) -> bool:
    """Whether this voice has been heard."""
    return await session.get(Answered, (survey_id, voice)) is not None


def survey_event(name: str, survey: Survey, **data: object) -> Event:
    """A fact about a survey."""
    return Event(name, survey.community_id, {"survey_id": survey.id, **data})


def page_button(survey: Survey, phrase: str = "button.survey.page") -> Button:
    """To its page; where there are no pages, the value starts the talk."""
    return Button(phrase, f"/surveys/{survey.id}")


def talk_button(survey: Survey) -> Button:
    """To be asked one by one in private."""
    return Button("button.survey.talk", f"survey:start:{survey.id}")


def tell_groups(
    survey: Survey, phrase: str, key: str, buttons: tuple[Button, ...] = (), **params: object
) -> list[Reply]:
    """A line in each of the groups of its area; a group in two areas gets it once."""
    return [
        Reply(
            phrase,
            {"title": survey.title, "survey_id": survey.id, **params},
            to=Audience.AREA,
            community_id=survey.community_id,
            org_unit_id=unit_id,
            buttons=buttons,
            immediate=False,
            effect_key=f"survey:{survey.id}:{key}",
        )
        for unit_id in survey.unit_ids or [survey.community_id]
    ]


def tell_resident(
    survey: Survey, resident_id: int, phrase: str, key: str, buttons: tuple[Button, ...] = (), **params: object
) -> Reply:
    """A line in private, when it is no longer night."""
    return Reply(
        phrase,
        {"title": survey.title, **params},
        to=Audience.PRIVATE,
        resident_id=resident_id,
        community_id=survey.community_id,
        buttons=buttons,
        immediate=False,
        effect_key=f"survey:{survey.id}:{key}:{resident_id}",
    )
