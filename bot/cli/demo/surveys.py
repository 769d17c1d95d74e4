"""The demo's surveys: one that is over and published, one that is being answered, a prize quiz and a poll."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from actions.errors import ActionError
from actions.polls.commands import RaiseHand, StartPoll
from actions.surveys import commands as s
from actions.surveys.model import Survey
from bot.bootstrap import Parts
from bot.cli.demo.errors import StoryWrong
from bot.cli.demo.people import Cast
from bot.clock import LOCAL_ZONE, FixedClock, local
from bot.outbox import Outbox

AT = time(10, 20)
NOTHING_SAID = "-"  # among the marks of somebody


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where it is played."""

    parts: Parts
    clock: FixedClock
    cast: Cast


async def load_surveys(
    parts: Parts, clock: FixedClock, outbox: Outbox, data: Sequence[Mapping[str, Any]], cast: Cast, end: datetime
) -> None:
    """Through the real commands, each on its day or, without one, at the end of the story. Raises StoryWrong."""
    stage, today = _Stage(parts, clock, cast), local(end).date()
    for one in data:
        days = one.get("days")
        at = end if days is None else datetime.combine(today + timedelta(days=days), AT, LOCAL_ZONE)
        clock.move_to(at)
        try:
            await (_poll if "poll" in one else _ask)(stage, one)
        except (KeyError, ValueError, TypeError, ActionError) as wrong:
            raise StoryWrong(f"surveys.yml: {one.get('template', one.get('poll'))}: {wrong!r}") from wrong
        while await outbox.deliver_due("demo"):
            pass


async def _ask(stage: _Stage, one: Mapping[str, Any]) -> None:
    run, cast, desk = stage.parts.performer.run, stage.cast, stage.cast.staff[one["by"]]
    survey_id = int((await run(s.CreateSurvey(cast.community_id, desk, template=one["template"]))).value)
    async with stage.parts.db.read() as session:
        survey = await session.get_one(Survey, survey_id)
    closes_at = stage.clock.now() + timedelta(days=int(one["lasts"]))
    await run(s.SetSurvey(survey_id, desk, _setting(survey, one, closes_at)))
    await run(s.OpenSurvey(survey_id, desk))
    for who, answers in one["answers"].items():
        await run(s.AnswerSurvey(survey_id, cast.residents[who], _answers(survey, answers)))
    if "found" in one:
        stage.clock.move_to(closes_at)
        await run(s.DoSurvey(survey_id))
        stage.clock.advance(timedelta(hours=2))
        await run(s.PublishSurvey(survey_id, desk, one["found"], one["doing"]))


def _setting(survey: Survey, one: Mapping[str, Any], closes_at: datetime) -> s.Setting:
    return s.Setting(
        survey.title,
        survey.intro,
        survey.who,
        survey.anonymous,
        tuple(survey.unit_ids),
        closes_at=closes_at,
        pass_score=int(one.get("pass", 0)),
        prizes=tuple(s.Prize(name, int(count)) for name, count in one.get("prizes", {}).items()),
    )


def _answers(survey: Survey, given: Mapping[str, Any] | str) -> Mapping[str, Any]:
    """As written; of a text each sign but "/" is for the next question, and behind a blank stands the last answer."""
    if not isinstance(given, str):
        return given
    marks, _, words = given.partition(" ")
    asked = [question.key for question in survey.asked]
    found: dict[str, Any] = {
        key: None if mark == NOTHING_SAID else int(mark)
        for key, mark in zip(asked, marks.replace("/", ""), strict=False)
    }
    return found | ({asked[-1]: words} if words else {})


async def _poll(stage: _Stage, one: Mapping[str, Any]) -> None:
    run, cast = stage.parts.performer.run, stage.cast
    starter, group = cast.residents[one["by"]], cast.groups[cast.home_group[one["by"]]]
    closes_at = stage.clock.now() + timedelta(days=int(one["lasts"]))
    poll = StartPoll(cast.community_id, one["poll"], tuple(one["options"]), starter, chat_id=group, closes_at=closes_at)
    poll_id = int((await run(poll)).value)
    for who, option in one["hands"].items():
        await run(RaiseHand(cast.community_id, cast.residents[who], int(option), poll_id, group, from_group=True))
