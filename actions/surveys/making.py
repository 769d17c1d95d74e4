"""A survey is written: from nothing, a template or an earlier round. The first answer freezes it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.outcome import Outcome
from actions.routing.rules import Rules
from actions.surveys.access import (
    access_as_maker,
    check_area,
    get_maker,
    has_answers,
    survey_event,
)
from actions.surveys.book import SurveyTools
from actions.surveys.commands import (
    CorrectQuestion,
    CreateSurvey,
    DropQuestion,
    MoveQuestion,
    SaveQuestion,
    SetSurvey,
    Setting,
)
from actions.surveys.model import Purpose, Survey, SurveyChange, SurveyState, Who
from actions.surveys.planning import plan
from actions.surveys.questions import Question, check_questions, next_key, tidy

LONGEST_TITLE, LONGEST_INTRO = 40, 1000
LONGEST_TIME = timedelta(days=366)
MOST_PRIZES = 100
ALIKE = 0.75  # of a text before and after; less is another question, not a slip of the pen


async def create_survey(
    session: AsyncSession, command: CreateSurvey, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """A draft."""
    await get_maker(session, command.staff_id, command.community_id)
    survey = Survey(
        community_id=command.community_id,
        purpose=Purpose.QUIZ if command.quiz else Purpose.SURVEY,
        title=command.title.strip()[:LONGEST_TITLE],
        questions=[],
        unit_ids=[command.community_id],
        token=secrets.token_urlsafe(16),
        who=Who.RESIDENT if command.quiz else Who.HOUSEHOLD,
        anonymous=not command.quiz,
        staff_id=command.staff_id,
        made_at=now,
        state=SurveyState.DRAFT,
    )
    if command.copy_of is not None:
        await _copy(session, survey, command.copy_of)
    elif command.template:
        _begin_with(survey, command.template, tools)
    session.add(survey)
    await session.flush()
    survey.series_id = survey.series_id or survey.id
    return Outcome(events=(survey_event("SurveyChanged", survey),), value=survey.id)


def _begin_with(survey: Survey, code: str, tools: SurveyTools) -> None:
    template = tools.templates.get(code)
    if template is None:
        raise NotFound(f"template {code}", phrase="survey.none_such")
    survey.template, survey.title = code, survey.title or template.title
    survey.intro = template.intro
    survey.purpose = Purpose.QUIZ if template.quiz else Purpose.SURVEY
    survey.who = Who.RESIDENT if template.quiz else Who.HOUSEHOLD
    survey.anonymous = not template.quiz
    survey.questions = [question.as_json() for question in template.questions]


async def _copy(session: AsyncSession, survey: Survey, other_id: int) -> None:
    """The next round: the same questions under the same keys, so that rounds can be set side by side."""
    other = await session.get(Survey, other_id)
    if other is None or other.community_id != survey.community_id:
        raise NotFound(f"survey {other_id}", phrase="survey.none_such")
    series = Survey.series_id == other.series_id
    last = await session.scalar(select(func.max(Survey.round)).where(series))
    for name in ("purpose", "intro", "questions", "template", "series_id", "who", "anonymous", "unit_ids", "remind"):
        setattr(survey, name, getattr(other, name))
    survey.title, survey.round = survey.title or other.title, (last or 0) + 1
    survey.pass_score, survey.prizes = other.pass_score, other.prizes


async def set_survey(
    session: AsyncSession, command: SetSurvey, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """All of it before the first answer, afterwards only its end."""
    survey, setting = await access_as_maker(session, command.survey_id, command.staff_id), command.setting
    _check_setting(survey, setting, now)
    if survey.state == SurveyState.CLOSED:
        raise MoveRefused("closed", phrase="survey.is_closed")
    if survey.state == SurveyState.OPEN:
        await _set_while_open(session, survey, setting)
    else:
        _take_over(survey, setting)
        await check_area(session, survey)
        if survey.state == SurveyState.SCHEDULED and (survey.opens_at is None or survey.opens_at <= now):
            raise InvalidInput("opens in the past", phrase="survey.bad.opens")
    if survey.state != SurveyState.DRAFT:
        check_prize_quiz(survey)
    plan(survey, now)
    await session.flush()
    return Outcome(events=(survey_event("SurveyChanged", survey),), value=survey.id)


def check_prize_quiz(survey: Survey) -> None:
    """Raise InvalidInput for a quiz without prizes, or one that never ends: its draw would never come."""
    if survey.is_quiz and (not survey.prizes or survey.closes_at is None):
        raise InvalidInput("no prizes or no end", phrase="survey.bad.quiz_ready")


async def _set_while_open(session: AsyncSession, survey: Survey, setting: Setting) -> None:
    """Who was told of it was told who may answer and whether their name stands with it: that stays."""
    same = (survey.who, survey.anonymous, survey.unit_ids) == (setting.who, setting.anonymous, list(setting.unit_ids))
    frozen = await has_answers(session, survey.id)
    texts = (survey.title, survey.intro) == (setting.title.strip(), setting.intro.strip())
    prizes = survey.pass_score == setting.pass_score and survey.prizes == _prizes(setting)
    if not same or (frozen and not texts) or not prizes:
        raise MoveRefused("it is open", phrase="survey.frozen")
    survey.title, survey.intro = setting.title.strip(), setting.intro.strip()
    survey.closes_at, survey.remind = setting.closes_at, setting.remind


def _prizes(setting: Setting) -> list[dict[str, object]]:
    return [{"name": one.name.strip(), "count": one.count} for one in setting.prizes]


def _check_setting(survey: Survey, setting: Setting, now: datetime) -> None:
    title, intro = setting.title.strip(), setting.intro.strip()
    if not title or len(title) > LONGEST_TITLE:
        raise InvalidInput("title", phrase="survey.bad.title", longest=LONGEST_TITLE)
    if len(intro) > LONGEST_INTRO:
        raise InvalidInput("intro", phrase="survey.bad.intro", longest=LONGEST_INTRO)
    if setting.who not in list(Who) or not setting.unit_ids:
        raise InvalidInput("who", phrase="survey.bad.area")
    if survey.is_quiz and (setting.anonymous or setting.who == Who.LINK):
        raise InvalidInput("a quiz knows who plays", phrase="survey.bad.quiz_named")
    if setting.who == Who.LINK and not setting.anonymous:
        raise InvalidInput("a link knows nobody", phrase="survey.bad.link_named")
    begins = max(now, setting.opens_at or now)
    if setting.closes_at is not None and not begins < setting.closes_at <= begins + LONGEST_TIME:
        raise InvalidInput("closes", phrase="survey.bad.closes")
    _check_prizes(survey, setting)


def _check_prizes(survey: Survey, setting: Setting) -> None:
    if not survey.is_quiz:
        if setting.prizes:
            raise InvalidInput("prizes", phrase="survey.bad.prizes", most=MOST_PRIZES)
        return
    good = all(0 < len(one.name.strip()) <= LONGEST_TITLE and one.count > 0 for one in setting.prizes)
    if not good or sum(one.count for one in setting.prizes) > MOST_PRIZES:
        raise InvalidInput("prizes", phrase="survey.bad.prizes", most=MOST_PRIZES)
    if not 0 <= setting.pass_score <= len(survey.questions):
        raise InvalidInput("pass", phrase="survey.bad.pass", most=len(survey.questions))


def _take_over(survey: Survey, setting: Setting) -> None:
    survey.title, survey.intro = setting.title.strip(), setting.intro.strip()
    survey.who, survey.anonymous, survey.unit_ids = setting.who, setting.anonymous, list(setting.unit_ids)
    survey.opens_at, survey.closes_at, survey.remind = setting.opens_at, setting.closes_at, setting.remind
    survey.pass_score, survey.prizes = setting.pass_score, _prizes(setting)


async def _write(session: AsyncSession, survey: Survey, questions: Sequence[Question]) -> Outcome:
    """Put them in the place of those that are there; refused once somebody has answered."""
    if survey.state == SurveyState.CLOSED or await has_answers(session, survey.id):
        raise MoveRefused("answers are in", phrase="survey.frozen")
    check_questions(questions, quiz=survey.is_quiz)
    if survey.state != SurveyState.DRAFT and not questions:
        raise InvalidInput("nothing left", phrase="survey.bad.none")
    survey.questions = [question.as_json() for question in questions]
    survey.pass_score = min(survey.pass_score, len(questions))
    await session.flush()
    return Outcome(events=(survey_event("SurveyChanged", survey),), value=survey.id)


async def save_question(
    session: AsyncSession, command: SaveQuestion, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """A new one, or another in the place of an old one."""
    survey = await access_as_maker(session, command.survey_id, command.staff_id)
    questions, question = survey.asked, tidy(command.question)
    if not question.key:
        return await _write(session, survey, [*questions, replace(question, key=next_key(questions))])
    at = _place(questions, question.key)
    return await _write(session, survey, [*questions[:at], question, *questions[at + 1 :]])


def _place(questions: Sequence[Question], key: str) -> int:
    at = next((n for n, one in enumerate(questions) if one.key == key), None)
    if at is None:
        raise NotFound(f"question {key}", phrase="survey.none_such")
    return at


async def move_question(
    session: AsyncSession, command: MoveQuestion, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """At the edge nothing happens."""
    survey = await access_as_maker(session, command.survey_id, command.staff_id)
    questions = survey.asked
    at = _place(questions, command.key)
    other = at - 1 if command.up else at + 1
    if 0 <= other < len(questions):
        questions[at], questions[other] = questions[other], questions[at]
    return await _write(session, survey, questions)


async def drop_question(
    session: AsyncSession, command: DropQuestion, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """Refused while another hangs on it."""
    survey = await access_as_maker(session, command.survey_id, command.staff_id)
    questions = survey.asked
    at = _place(questions, command.key)
    return await _write(session, survey, [*questions[:at], *questions[at + 1 :]])


async def correct_question(
    session: AsyncSession, command: CorrectQuestion, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """A slip of the pen, with a note that stays; more than that is another question, and that is a new round."""
    survey = await access_as_maker(session, command.survey_id, command.staff_id)
    questions = survey.asked
    at = _place(questions, command.key)
    question, text = questions[at], command.text.strip()
    if command.option is not None and command.option not in range(len(question.options)):
        raise NotFound("no such option", phrase="survey.none_such")
    before = question.text if command.option is None else question.options[command.option]
    if not command.note.strip():
        raise InvalidInput("no note", phrase="survey.say_why")
    if SequenceMatcher(None, before, text, autojunk=False).ratio() < ALIKE:
        raise MoveRefused("another question", phrase="survey.not_a_slip")
    if command.option is None:
        questions[at] = replace(question, text=text)
    else:
        options = list(question.options)
        options[command.option] = text
        questions[at] = replace(question, options=tuple(options))
    check_questions(questions, quiz=survey.is_quiz)
    survey.questions = [one.as_json() for one in questions]
    session.add(
        SurveyChange(
            community_id=survey.community_id,
            survey_id=survey.id,
            staff_id=command.staff_id,
            at=now,
            before=before,
            after=text,
            note=command.note.strip()[:200],
        )
    )
    await session.flush()
    return Outcome(events=(survey_event("SurveyChanged", survey),), value=survey.id)
