"""A survey in the chat: question by question, by button, number or word; kept until it is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import MoveRefused, NotFound
from actions.inserting import insert_many_once
from actions.outcome import NOTHING_FITS, Audience, Button, Outcome, Reply
from actions.people.model import Resident
from actions.routing.rules import Rules
from actions.surveys.access import access_as_resident, check_open, has_answered, page_button, voice_of
from actions.surveys.answering import hand_in
from actions.surveys.book import SurveyTools
from actions.surveys.commands import AnswerTalk, StartTalk, StopTalk, Talking, Thanked
from actions.surveys.model import Survey, SurveyState, SurveyTalk
from actions.surveys.questions import Kind, Question, may_be_asked, shown
from actions.surveys.reading import BadAnswer, check_answer, next_question, read_spoken

MOST_BUTTONS = 8  # options shown as buttons; more are answered by number
MOST_STEPS = 11


async def start_talk(
    session: AsyncSession, command: StartTalk, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """Begin, or go on where it was left."""
    found = await _find_open(session, command, now)
    if not found:
        return Outcome(value=NOTHING_FITS)
    if len(found) > 1:
        buttons = tuple(Button("button.survey.named", f"survey:start:{one.id}", {"title": one.title}) for one in found)
        return Outcome((Reply("survey.which", buttons=buttons),))
    survey, resident = await access_as_resident(session, found[0].id, command.resident_id)
    check_open(survey, now)
    voice = await voice_of(session, survey, resident)
    if await has_answered(session, survey.id, voice):
        raise MoveRefused("answered", phrase=f"survey.answered_already.{survey.who}", title=survey.title)
    row = {"survey_id": survey.id, "resident_id": resident.id, "community_id": survey.community_id, "answers": {}}
    await insert_many_once(session, SurveyTalk, [row], ("survey_id", "resident_id"))
    talk = await session.get_one(SurveyTalk, (survey.id, resident.id))
    here = (Reply("survey.told_in_private"),) if command.in_group else ()
    phrase = "survey.talk.on" if talk.answers else "survey.talk.begin"
    named = rules.words["survey_anonymous" if survey.anonymous else "survey_named"]
    first = _private(survey, resident.id, phrase, title=survey.title, many=len(survey.questions), named=named)
    asked = await _ask_next(session, survey, resident, talk, now, rules, tools)
    return Outcome((*here, first, *asked.replies), asked.events, asked.value)


async def _find_open(session: AsyncSession, command: StartTalk, now: datetime) -> Sequence[Survey]:
    query = select(Survey).where(Survey.community_id == command.community_id)
    if command.survey_id is not None:
        one = await session.scalar(query.where(Survey.id == command.survey_id))
        if one is None:
            raise NotFound(f"survey {command.survey_id}", phrase="survey.none_such")
        return [one]
    rows = await session.scalars(query.where(Survey.state == SurveyState.OPEN).order_by(Survey.id.desc()).limit(4))
    return [one for one in rows if one.takes_answers(now)]


async def answer_talk(
    session: AsyncSession, command: AnswerTalk, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """Keep the answer and ask the next; after the last it is handed in."""
    survey, resident = await access_as_resident(session, command.survey_id, command.resident_id)
    talk = await session.get(SurveyTalk, (survey.id, resident.id))
    if talk is None or not survey.takes_answers(now):
        raise MoveRefused("over", phrase="survey.talk.over", title=survey.title)
    questions = survey.asked
    asked = next_question(questions, talk.answers)
    question = next((one for one in shown(questions, talk.answers) if one.key == command.key), None)
    question = question if command.key else asked
    if question is None:  # a button of a question that is not asked any more answers no other one
        return await _ask_next(session, survey, resident, talk, now, rules, tools)
    try:
        value = _pressed(question, command.value) if command.key else read_spoken(question, command.text, command.plain)
        kept = check_answer(question, value)
    except BadAnswer as error:
        again = _private(survey, resident.id, error.phrase, **error.params)
        return Outcome((again, ask(survey, question, resident.id, talk.answers)), value=Talking(survey.id, True))
    talk.answers = _pruned(questions, {**talk.answers, question.key: kept})
    await session.flush()
    return await _ask_next(session, survey, resident, talk, now, rules, tools)


def _pressed(question: Question, value: str) -> Any:
    """A button's value; not trusted, so it is checked like any other answer."""
    if value == "no":
        return None
    if not (value.isascii() and value.isdecimal() and len(value) < 8):
        raise BadAnswer(question, "say_again")
    number = int(value)
    return [number] if question.kind == Kind.MULTIPLE else number


def _pruned(questions: Sequence[Question], answers: dict[str, Any]) -> dict[str, Any]:
    """An answer that was changed may have closed the way to others."""
    asked = {one.key for one in shown(questions, answers)}
    return {key: value for key, value in answers.items() if key in asked}


async def _ask_next(
    session: AsyncSession,
    survey: Survey,
    resident: Resident,
    talk: SurveyTalk,
    now: datetime,
    rules: Rules,
    tools: SurveyTools,
) -> Outcome:
    question = next_question(survey.asked, talk.answers)
    if question is not None:
        return Outcome((ask(survey, question, resident.id, talk.answers),), value=Talking(survey.id, True))
    voice = await voice_of(session, survey, resident)
    done = await hand_in(session, survey, resident, voice, talk.answers, "chat", now, rules, tools)
    thanks = _thanks(survey, resident.id, done.value)
    return Outcome((thanks,), done.events, Talking(survey.id, False))


def _thanks(survey: Survey, resident_id: int, thanked: Thanked) -> Reply:
    if not survey.is_quiz:
        return _private(survey, resident_id, "survey.thanks", title=survey.title)
    phrase = "survey.quiz.entered" if thanked.qualified else "survey.quiz.not_qualified"
    params = {"score": thanked.score, "of": thanked.of, "code": thanked.code, "pass": survey.pass_score}
    return _private(survey, resident_id, phrase, (page_button(survey, "button.survey.right"),), **params)


def ask(survey: Survey, question: Question, resident_id: int, answers: dict[str, Any]) -> Reply:
    """One question as a message: where one is, the words, the options with their numbers, buttons where they fit."""
    number = len(answers) + 1
    many = max(number, len(may_be_asked(survey.asked, answers)))
    params: dict[str, Any] = {"number": number, "many": many, "question": question.text, "hint": question.hint}
    params |= {"low": question.low, "high": question.high, "least": question.least}
    params["most"] = question.most or len(question.options)
    params["options"] = "\n".join(f"{n} {one}" for n, one in enumerate(question.options, _first(question)))
    params["rows"] = "\n".join(f"{n}）{one}" for n, one in enumerate(question.rows, 1))
    phrase = f"survey.ask.{question.kind}"
    if question.kind == Kind.SCALE and not question.options:
        phrase += ".plain"
    return _private(survey, resident_id, phrase, _buttons(survey, question), **params)


def _first(question: Question) -> int:
    return question.low if question.kind == Kind.SCALE else 1


def _buttons(survey: Survey, question: Question) -> tuple[Button, ...]:
    value = f"survey:a:{survey.id}:{question.key}"
    found: list[Button] = []
    if question.kind == Kind.SINGLE and len(question.options) <= MOST_BUTTONS:
        found = [
            Button("button.survey.option", f"{value}:{n}", {"option": one}) for n, one in enumerate(question.options)
        ]
    if question.kind == Kind.SCALE and len(question.steps) <= MOST_STEPS:
        names = question.options or tuple(str(step) for step in question.steps)
        found = [
            Button("button.survey.option", f"{value}:{step}", {"option": name})
            for step, name in zip(question.steps, names, strict=True)
        ]
    stop = Button("button.survey.stop", f"survey:stop:{survey.id}")
    return (*found, Button("button.survey.no", f"{value}:no"), stop)


def _private(
    survey: Survey, resident_id: int, phrase: str, buttons: tuple[Button, ...] = (), **params: object
) -> Reply:
    return Reply(
        phrase,
        params,
        to=Audience.PRIVATE,
        resident_id=resident_id,
        community_id=survey.community_id,
        buttons=buttons,
    )


async def stop_talk(
    session: AsyncSession, command: StopTalk, now: datetime, rules: Rules, tools: SurveyTools
) -> Outcome:
    """What was said stays until the survey closes."""
    survey, resident = await access_as_resident(session, command.survey_id, command.resident_id)
    button = Button("button.survey.go_on", f"survey:start:{survey.id}")
    return Outcome((_private(survey, resident.id, "survey.talk.stopped", (button,)),), value=Talking(survey.id, False))
