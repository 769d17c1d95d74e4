"""Surveys at their edges: a stale button, a survey emptied before it opens, a player who moves, midnight."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from actions.errors import InvalidInput, MoveRefused
from actions.people.model import Resident
from actions.surveys import commands as s
from actions.surveys.model import Survey, SurveyTalk
from actions.surveys.questions import Condition, Kind, Question
from bot.conversations import Conversation, Surveying
from bot.decide.decision import Case, Run, Surroundings
from bot.decide.surveys import decide_survey
from bot.messages import ChatKind, Message
from bot.storage.queries_surveys import SurveyRow
from bot.surveys.figures import call
from bot.understanding import Understanding
from tests.support.desk import NOON
from tests.support.surveys import SCORE, YES_NO, Office, open_office

RIGHT = Question("", Kind.SINGLE, "几点报警？", ("随时", "白天"), right=(0,))
MORE = Question("", Kind.SINGLE, "还来吗？", ("来", "不来"), show_if=Condition("q1", (1,)))


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with open_office() as opened:
        yield opened


async def test_a_button_of_a_question_that_is_no_longer_asked_answers_no_other(office: Office) -> None:
    number, who = await office.draft(YES_NO, MORE, SCORE), office.people["amei"]
    await office.open(number)
    await office.do(s.StartTalk(office.community, who, number))
    for key, value in (("q1", "1"), ("q1", "0"), ("q2", "1")):
        await office.do(s.AnswerTalk(number, who, key=key, value=value))
    talk = await office.session.get(SurveyTalk, (number, who))
    assert talk is not None
    assert talk.answers == {"q1": 0}


async def test_what_waits_for_its_time_cannot_lose_what_it_needs_to_open(office: Office) -> None:
    number = await office.draft(YES_NO)
    await office.set(number, opens_at=office.now + timedelta(hours=2))
    await office.open(number)
    with pytest.raises(InvalidInput):
        await office.do(s.DropQuestion(number, office.desk, "q1"))

    quiz, later = await office.draft(RIGHT, quiz=True), office.now + timedelta(days=2)
    prizes = (s.Prize("毛巾", 1),)
    await office.set(quiz, opens_at=office.now + timedelta(hours=2), closes_at=later, prizes=prizes)
    await office.open(quiz)
    for lacking in ({"prizes": ()}, {"prizes": prizes, "closes_at": None}):
        with pytest.raises(InvalidInput) as refused:
            await office.set(quiz, opens_at=office.now + timedelta(hours=2), **lacking)
        assert refused.value.phrase == "survey.bad.quiz_ready"


async def test_who_moves_to_another_home_plays_once_all_the_same(office: Office) -> None:
    quiz = await office.draft(RIGHT, quiz=True)
    closes_at, prizes = office.now + timedelta(days=2), (s.Prize("毛巾", 1),)
    await office.set(quiz, who="household", closes_at=closes_at, prizes=prizes)
    await office.open(quiz)
    await office.answer(quiz, "amei", q1=0)
    amei, laoli = [await office.session.get_one(Resident, office.people[name]) for name in ("amei", "laoli")]
    amei.household_id = laoli.household_id
    with pytest.raises(MoveRefused):
        await office.answer(quiz, "amei", q1=0)


def test_a_round_is_called_by_the_month_on_the_wall() -> None:
    survey = Survey(round=2, opened_at=datetime(2026, 10, 31, 17, tzinfo=UTC))  # one in the morning of November 1st
    assert call(SurveyRow(survey, 0, ""), places=False) == "第2轮（2026-11）"


@pytest.mark.parametrize(("said", "kept"), [("參加過", {"q1": 0}), ("不願意回答", {"q1": None})])
async def test_an_option_said_in_traditional_characters_is_that_option(
    office: Office, said: str, kept: dict[str, int | None]
) -> None:
    number, who = await office.draft(YES_NO, SCORE), office.people["amei"]
    await office.open(number)
    await office.do(s.StartTalk(office.community, who, number))
    message = Message(1, office.community, 1, ChatKind.PRIVATE, who, "amei", said, NOON)
    talk = Conversation(surveying=Surveying(number, NOON))
    decided = decide_survey(Case(message, Understanding(said, "chitchat", 0.5), talk, Surroundings(), NOON))
    assert isinstance(decided, Run)
    await office.do(decided.command)
    row = await office.session.get(SurveyTalk, (number, who))
    assert row is not None
    assert row.answers == kept
