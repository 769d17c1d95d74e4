"""Steps of chat scripts about surveys, quizzes and polls: what staff do, and what must be counted then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from actions.people.doors import open_household
from actions.people.home_model import HomeState, Residence
from actions.people.model import OrgUnit, Resident
from actions.polls import commands as p
from actions.polls.handlers import tally
from actions.polls.model import Poll
from actions.surveys import commands as s
from actions.surveys.model import Answered, QuizEntry, QuizPrize, Response, Survey
from actions.surveys.questions import Question
from bot.clock import LOCAL_ZONE
from tests.support.world import World

KEYS = frozenset(
    "survey questions with_home responses voices hands prizes named whose opens closes poll code_for".split()
)


async def latest(world: World) -> Survey:
    async with world.parts.db.read() as session:
        return (await session.scalars(select(Survey).order_by(Survey.id.desc()).limit(1))).one()


def _instant(step: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(str(step[name])).replace(tzinfo=LOCAL_ZONE) if name in step else None


async def survey_command(world: World, step: Mapping[str, Any]) -> Any:
    """The command of ``{staff: …, survey: …}``; of surveys the latest is meant. "open" also writes it."""
    who, what = world.staff[step["staff"]], str(step["survey"])
    if what == "home":
        await _move_in(world, step["with_home"])
        return None
    if what == "poll":
        options = tuple(str(step["text"]).split("/"))
        return p.StartPoll(
            world.community_id, str(step["poll"]), options, staff_id=who, closes_at=_instant(step, "closes")
        )
    if what == "new":
        await _write(world, step, who)
        return s.OpenSurvey((await latest(world)).id, who)
    survey = await latest(world)
    match what:
        case "close":
            return s.CloseSurvey(survey.id, who)
        case "remind":
            return s.RemindNow(survey.id, who)
        case "publish":
            return s.PublishSurvey(survey.id, who, str(step["text"]), "下个月办")
        case "hand":
            async with world.parts.db.read() as session:
                entry = select(QuizEntry.code).where(QuizEntry.resident_id == world.residents[step["code_for"]])
                code = await session.scalar(entry) or ""
                mine = QuizPrize.resident_id == world.residents[step["code_for"]]
                place = await session.scalar(select(QuizPrize.place).where(mine))
            return s.HandPrize(survey.id, who, place or 0, code[-4:])
    raise AssertionError(f"nobody can {what}")


async def _write(world: World, step: Mapping[str, Any], who: int) -> None:
    template = str(step.get("template", ""))
    made = s.CreateSurvey(world.community_id, who, str(step.get("title", "")), template)
    survey_id = int((await world.parts.performer.run(made)).value)
    for row in step.get("questions", ()):
        await world.parts.performer.run(s.SaveQuestion(survey_id, who, Question.from_json({"key": "", **row})))
    survey = await latest(world)
    prizes = tuple(s.Prize(str(name), int(count)) for name, count in dict(step.get("prizes", {})).items())
    setting = s.Setting(
        survey.title, survey.intro, str(step.get("whose", survey.who)), not (step.get("named") or survey.is_quiz),
        (world.community_id,), _instant(step, "opens"), _instant(step, "closes"), True,
        len(survey.questions) - 1 if survey.is_quiz else 0, prizes,
    )  # fmt: skip
    await world.parts.performer.run(s.SetSurvey(survey_id, who, setting))


async def _move_in(world: World, names: Mapping[str, str]) -> None:
    """Verified homes, nickname → "building-unit-room"."""
    async with world.parts.db.write() as session:
        for name, door in names.items():
            building, unit, room = door.split("-")
            place = select(OrgUnit).where(OrgUnit.code == building, OrgUnit.community_id == world.community_id)
            home = await open_household(session, (await session.scalars(place)).one(), unit, room)
            resident = await session.get_one(Resident, world.residents[name])
            resident.household_id = home.id
            session.add(
                Residence(community_id=world.community_id, resident_id=resident.id, building_id=home.building_id,
                          unit=unit, room=room, state=HomeState.VERIFIED, claimed_at=world.clock.now())
            )  # fmt: skip


async def check_survey(world: World, step: Mapping[str, Any]) -> None:
    """``responses``: answers in any order; ``voices``: how many voices; ``hands``: of the latest poll."""
    async with world.parts.db.read() as session:
        if "responses" in step:
            found = [one.answers for one in await session.scalars(select(Response))]
            assert sorted(map(str, found)) == sorted(str(dict(one)) for one in step["responses"]), f"{found}"
        if "voices" in step:
            voices = (await session.scalars(select(Answered.voice))).all()
            assert len(voices) == step["voices"], f"{voices}"
        if "hands" in step:
            poll = (await session.scalars(select(Poll).order_by(Poll.id.desc()).limit(1))).one()
            counts = await tally(session, poll)
            assert counts == step["hands"], f"{counts}"
