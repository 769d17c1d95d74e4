"""How the addresses of surveys are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from actions.polls.commands import StartPoll
from actions.surveys.commands import (
    AnswerSurvey,
    CloseSurvey,
    CreateSurvey,
    OpenSurvey,
    Prize,
    SaveQuestion,
    SetSurvey,
    Setting,
)
from actions.surveys.model import Survey
from tests.support.access_asks import GONE, Make
from tests.support.access_town import Ask, Town
from tests.support.surveys import SCORE
from tests.support.world import START


async def new_survey(town: Town, *, answered: bool = False) -> int:
    """With one indicator; ``answered``: closed, with an answer of each of five residents by name."""
    here, desk = town.here.community_id, town.person("committee").id
    survey_id = int((await town.do(CreateSurvey(here, desk, town.new_word("问卷")))).value)
    await town.do(SaveQuestion(survey_id, desk, SCORE))
    if answered:
        setting = Setting("问卷", who="resident", anonymous=False, unit_ids=(here,))
        await town.do(SetSurvey(survey_id, desk, setting))
        await town.do(OpenSurvey(survey_id, desk))
        for who in town.here.residents.values():
            await town.do(AnswerSurvey(survey_id, who, {"q1": 4}))
    return survey_id


def on_survey(path: str = "", form: Mapping[str, Any] | None = None, *, answered: bool = False) -> Make:
    async def make(town: Town) -> Ask:
        survey_id = await new_survey(town, answered=answered)
        return Ask(f"/surveys/{survey_id}{path}", form or {}, Ask(f"/surveys/{GONE}{path}", form or {}))

    return make


async def begun(town: Town) -> Ask:
    return Ask("/surveys/new", {"template": "service", "title": town.new_word("问卷")})


async def poll(town: Town) -> Ask:
    return Ask("/surveys/polls", {"poll": f"义诊{town.count()}放在上午还是下午", "hours": "2"})


async def end_of_poll(town: Town) -> Ask:
    here, desk = town.here.community_id, town.person("committee").id
    number = (await town.do(StartPoll(here, town.new_word("投票"), ("好", "不好"), staff_id=desk))).value
    return Ask("/surveys/polls/end", {"poll": number}, Ask("/surveys/polls/end", {"poll": GONE}))


async def draw(town: Town) -> Ask:
    """Of a quiz that is over."""
    here, desk = town.here.community_id, town.person("committee").id
    quiz = int((await town.do(CreateSurvey(here, desk, template="fire_quiz"))).value)
    closes = START + timedelta(days=60)
    prizes = (Prize("大米", 1),)
    setting = Setting("问答", who="resident", anonymous=False, unit_ids=(here,), closes_at=closes, prizes=prizes)
    await town.do(SetSurvey(quiz, desk, setting))
    await town.do(OpenSurvey(quiz, desk))
    await town.do(CloseSurvey(quiz, desk))
    assert (await town.newest(Survey, Survey.id == quiz)).state == "closed"
    return Ask(f"/surveys/{quiz}/draw.json", missing=Ask(f"/surveys/{GONE}/draw.json"))


SURVEYS: dict[str, Make] = {
    "POST /surveys/new": begun,
    "POST /surveys/polls": poll,
    "POST /surveys/polls/end": end_of_poll,
    "GET /surveys/{id}": on_survey(),
    "POST /surveys/{id}/act open": on_survey("/act", {"do": "open"}),
    "GET /surveys/{id}/results": on_survey("/results", answered=True),
    "GET /surveys/{id}/results.xlsx": on_survey("/results.xlsx", answered=True),
    "GET /surveys/{id}/{chart}.svg": on_survey("/radar.svg", answered=True),
    "GET /surveys/{id}/draw.json": draw,
}
