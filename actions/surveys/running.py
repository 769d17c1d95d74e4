"""A survey runs: it opens and closes at the minute, groups get a card, those who have not answered a reminder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused
from actions.inserting import insert_many_once
from actions.outcome import Event, Outcome, Reply
from actions.people.model import Resident
from actions.routing.rules import Rules
from actions.surveys.access import (
    access_as_maker,
    check_area,
    check_open,
    lock_survey,
    page_button,
    survey_event,
    talk_button,
    tell_groups,
    tell_resident,
)
from actions.surveys.book import SurveyTools
from actions.surveys.commands import (
    CloseSurvey,
    DoSurvey,
    OpenSurvey,
    PublishSurvey,
    RemindNow,
    RemindResidents,
    SetReminders,
)
from actions.surveys.making import check_prize_quiz
from actions.surveys.model import Answered, Survey, SurveyOptOut, SurveyReminder, SurveyState, SurveyTalk, Who
from actions.surveys.planning import TURNS, plan, reminder_at
from actions.surveys.questions import check_ready
from actions.surveys.quiz import commit_seed, draw_prizes

LONGEST_WORDS = 1000
A_QUESTION = 15  # seconds; for the card's "takes about … minutes"


async def due_surveys(session: AsyncSession, now: datetime, limit: int) -> Sequence[int]:
    """Those the clock has to look at now."""
    query = select(Survey.id).where(Survey.next_at <= now).order_by(Survey.next_at, Survey.id)
    return (await session.scalars(query.limit(limit))).all()


async def open_survey(
    session: AsyncSession, command: OpenSurvey, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """At once, or at its time if that lies ahead."""
    survey = await access_as_maker(session, command.survey_id, command.staff_id)
    if survey.state != SurveyState.DRAFT:
        raise MoveRefused(f"is {survey.state}", phrase="survey.opened_already")
    check_ready(survey.asked, quiz=survey.is_quiz)
    await check_area(session, survey)
    if not survey.title:
        raise InvalidInput("no title", phrase="survey.bad.title", longest=40)
    if survey.closes_at is not None and survey.closes_at <= max(now, survey.opens_at or now):
        raise InvalidInput("closes before it opens", phrase="survey.bad.closes")
    check_prize_quiz(survey)
    commit_seed(survey)
    if survey.opens_at is not None and survey.opens_at > now:
        survey.state = SurveyState.SCHEDULED
        plan(survey, now)
        await session.flush()
        return Outcome(events=(survey_event("SurveyChanged", survey),), value=survey.id)
    return await _open(session, survey, now, rules)


async def _open(session: AsyncSession, survey: Survey, now: datetime, rules: Rules) -> Outcome:
    survey.state, survey.opened_at = SurveyState.OPEN, now
    plan(survey, now)
    await session.flush()
    cards = tell_groups(
        survey,
        f"survey.card.{survey.purpose}" + ("" if survey.closes_at else ".no_end"),
        "card",
        (page_button(survey), talk_button(survey)),
        intro=survey.intro,
        many=len(survey.questions),
        minutes=max(1, round(len(survey.questions) * A_QUESTION / 60)),
        whose=rules.words[f"survey_who_{survey.who}"],
        named=rules.words["survey_anonymous" if survey.anonymous else "survey_named"],
        until=instant_words(survey.closes_at, rules) if survey.closes_at else "",
        seed_hash=survey.seed_hash,
    )
    return Outcome(tuple(cards), (survey_event("SurveyChanged", survey),), survey.id)


def instant_words(at: datetime, rules: Rules) -> str:
    """ "11月20日 18:00" on the wall clock."""
    here = at.astimezone(rules.calendar.zone)
    return f"{here.month}月{here.day}日 {here:%H:%M}"


async def close_survey(
    session: AsyncSession, command: CloseSurvey, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """Now."""
    survey = await access_as_maker(session, command.survey_id, command.staff_id)
    if survey.state != SurveyState.OPEN:
        raise MoveRefused(f"is {survey.state}", phrase="survey.is_closed")
    return await _close(session, survey, now)


async def _close(session: AsyncSession, survey: Survey, now: datetime) -> Outcome:
    """Half-said answers of talks go: nobody has agreed to hand them in."""
    survey.state, survey.closed_at = SurveyState.CLOSED, now
    plan(survey, now)
    await session.execute(delete(SurveyTalk).where(SurveyTalk.survey_id == survey.id))
    replies = await draw_prizes(session, survey) if survey.is_quiz else []
    await session.flush()
    return Outcome(tuple(replies), (survey_event("SurveyChanged", survey),), survey.id)


async def do_survey(
    session: AsyncSession, command: DoSurvey, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """Open, remind or close, whatever is due; after an outage only what still helps."""
    survey = await lock_survey(session, command.survey_id)
    if survey.next_at is None or survey.next_at > now:
        return Outcome()
    if survey.state == SurveyState.SCHEDULED:
        if survey.closes_at is not None and survey.closes_at <= now:  # its whole time went by in an outage
            return await _close(session, survey, now)
        return await _open(session, survey, now, rules)
    if survey.closes_at is not None and survey.closes_at <= now:
        return await _close(session, survey, now)
    at = reminder_at(survey)
    if at is None or at > now:
        plan(survey, now)
        return Outcome()
    # who has not answered is known outside this room: they come back with RemindResidents
    return Outcome(events=(_reminders_due(survey),), value=survey.id)


def _reminders_due(survey: Survey) -> Event:
    data = {"turn": survey.reminded + 1, "who": survey.who, "unit_ids": list(survey.unit_ids)}
    return survey_event("SurveyRemindersDue", survey, **data)


async def remind_now(
    session: AsyncSession, command: RemindNow, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """The next turn at once, if one is left."""
    survey = await access_as_maker(session, command.survey_id, command.staff_id)
    check_open(survey, now)
    if survey.who == Who.LINK:
        raise MoveRefused("nobody is known", phrase="survey.link_reminds_nobody")
    if survey.reminded >= TURNS or survey.remind_asked_at is not None:
        raise MoveRefused("enough", phrase="survey.reminded_enough", most=TURNS)
    survey.remind_asked_at = now
    plan(survey, now)
    await session.flush()
    return Outcome(events=(survey_event("SurveyChanged", survey),), value=survey.id)


async def remind_residents(
    session: AsyncSession, command: RemindResidents, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """A few in one transaction with what is said to them; who was reminded in this turn is not again."""
    survey = await lock_survey(session, command.survey_id)
    if survey.reminded >= command.turn or not survey.takes_answers(now):
        return Outcome()
    rows = [
        {"survey_id": survey.id, "resident_id": one, "turn": command.turn, "community_id": survey.community_id}
        for one in command.resident_ids
    ]
    await insert_many_once(session, SurveyReminder, rows, ("survey_id", "resident_id", "turn"))
    if command.last:
        survey.reminded, survey.remind_asked_at = command.turn, None
        plan(survey, now)
    await session.flush()
    buttons = (page_button(survey), talk_button(survey))
    until = instant_words(survey.closes_at, rules) if survey.closes_at else ""
    phrase = "survey.remind" if until else "survey.remind.no_end"
    told = [
        replace(
            tell_resident(survey, one, phrase, f"remind:{command.turn}", buttons, until=until), until=survey.closes_at
        )
        for one in command.resident_ids
    ]
    return Outcome(tuple(told), (survey_event("SurveyChanged", survey),) if command.last else ())


async def set_reminders(
    session: AsyncSession, command: SetReminders, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """The resident's word holds until they say otherwise."""
    resident = await session.get_one(Resident, command.resident_id)
    await session.execute(delete(SurveyOptOut).where(SurveyOptOut.resident_id == resident.id))
    if not command.wanted:
        session.add(SurveyOptOut(resident_id=resident.id, community_id=resident.community_id))
    await session.flush()
    return Outcome((Reply("survey.reminders_on" if command.wanted else "survey.reminders_off"),))


async def publish_survey(
    session: AsyncSession, command: PublishSurvey, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """What was found and what will be done, in the groups and on its page."""
    survey = await access_as_maker(session, command.survey_id, command.staff_id)
    found, doing = command.found.strip(), command.doing.strip()
    if survey.state != SurveyState.CLOSED:
        raise MoveRefused("still open", phrase="survey.close_first")
    if not found or not doing or max(len(found), len(doing)) > LONGEST_WORDS:
        raise InvalidInput("say both", phrase="survey.bad.publish", longest=LONGEST_WORDS)
    first = survey.published_at is None
    survey.found, survey.doing, survey.published_at = found, doing, now
    await session.flush()
    answers = int(await session.scalar(select(func.count()).where(Answered.survey_id == survey.id)) or 0)
    key = "published" if first else f"published:{int(now.timestamp())}"
    buttons = (page_button(survey, "button.survey.results"),)
    cards = tell_groups(survey, "survey.published", key, buttons, found=found, doing=doing, answers=answers)
    return Outcome(tuple(cards), (survey_event("SurveyChanged", survey),), survey.id)
