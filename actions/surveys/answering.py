"""An answer comes in: checked, counted once, and kept apart from who gave it where that was promised."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import MoveRefused, NotAllowed
from actions.outcome import Outcome
from actions.people.model import Resident
from actions.routing.rules import Rules
from actions.surveys.access import access_as_resident, check_open, survey_event, voice_of
from actions.surveys.book import SurveyTools
from actions.surveys.commands import AnswerSurvey, Thanked
from actions.surveys.model import Answered, Response, Survey, SurveyTalk, Who
from actions.surveys.questions import Kind
from actions.surveys.quiz import enter, has_played
from actions.surveys.reading import check_answers

NUMBER_BITS = 52  # of a random row number: as large as every reader of JSON can hold


async def answer_survey(
    session: AsyncSession, command: AnswerSurvey, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """All of it or nothing; the second of one household is told that it has answered."""
    if command.resident_id is None:
        linked = await session.get(Survey, command.survey_id)
        if linked is None or linked.who != Who.LINK or not command.device:
            raise NotAllowed("nobody is signed in", phrase="survey.sign_in")
        return await hand_in(session, linked, None, f"d{command.device}", command.answers, "link", now, rules, tools)
    survey, resident = await access_as_resident(session, command.survey_id, command.resident_id)
    voice = await voice_of(session, survey, resident)
    return await hand_in(session, survey, resident, voice, command.answers, "page", now, rules, tools)


async def _hold_still(session: AsyncSession, survey_id: int) -> None:
    """Its questions and its state stay as they are until the commit; others may answer at the same time."""
    await session.execute(select(Survey.id).where(Survey.id == survey_id).with_for_update(read=True))


async def hand_in(
    session: AsyncSession,
    survey: Survey,
    resident: Resident | None,
    voice: str,
    given: Mapping[str, Any],
    how: str,
    now: datetime,
    rules: Rules,
    tools: SurveyTools,
) -> Outcome:
    """Check and keep it. Outcome.value: Thanked."""
    await _hold_still(session, survey.id)
    await session.refresh(survey)
    check_open(survey, now)
    answers = check_answers(survey.asked, given)
    if resident is not None and survey.is_quiz and await has_played(session, survey, resident.id):
        raise MoveRefused("has moved", phrase="survey.answered_already.resident", title=survey.title)
    await _count(session, survey, voice)
    for question in survey.asked:
        if question.kind == Kind.TEXT and answers.get(question.key):
            answers[question.key] = tools.scrub(answers[question.key])
    named = resident.id if resident is not None and not survey.anonymous else None
    session.add(
        Response(
            id=secrets.randbits(NUMBER_BITS) + 1,
            community_id=survey.community_id,
            survey_id=survey.id,
            resident_id=named,
            answers=answers,
            answered_on=now.astimezone(rules.calendar.zone).date(),
            how=how,
        )
    )
    thanked = Thanked()
    if resident is not None:
        mine = (SurveyTalk.survey_id == survey.id, SurveyTalk.resident_id == resident.id)
        await session.execute(delete(SurveyTalk).where(*mine))
        if survey.is_quiz:
            thanked = await enter(session, survey, resident.id, answers)
    await session.flush()
    return Outcome(events=(survey_event("SurveyAnswered", survey),), value=thanked)


async def _count(session: AsyncSession, survey: Survey, voice: str) -> None:
    """Raise MoveRefused for a voice that was heard, also when both come at the same instant."""
    try:
        async with session.begin_nested():
            session.add(Answered(survey_id=survey.id, voice=voice, community_id=survey.community_id))
            await session.flush()
    except IntegrityError as error:
        raise MoveRefused("answered", phrase=f"survey.answered_already.{survey.who}", title=survey.title) from error
