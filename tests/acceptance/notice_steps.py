"""Steps of scripts in which notices are written, decided, taken back, and people are asked how they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from actions.notices.commands import (
    AddCarePerson,
    DecideNotice,
    Draft,
    EndCarePerson,
    RecallNotice,
    SendMissed,
    SetWelcome,
    StartCareRound,
    SubmitNotice,
)
from actions.notices.model import CareEntry, CarePerson, Notice, NoticeAnswer
from actions.notices.repeats import read_rule
from actions.people.model import OrgUnit
from bot.clock import LOCAL_ZONE
from tests.support.world import World

KEYS = frozenset("notice title area repeat template due corrects confirmed hours answers care is".split())


async def notice_command(world: World, step: Mapping[str, Any]) -> Any:
    """What a member of staff does in such a step; ``title`` finds a notice that is there."""
    who, do = world.staff[step["staff"]], step["notice"]
    match do:
        case "submit" | "correct" | "keep":
            return await _submit(world, step, who)
        case "approve" | "refuse":
            return DecideNotice((await _find(world, step)).id, who, do == "approve", str(step.get("reason", "")))
        case "recall":
            return RecallNotice((await _find(world, step)).id, who, str(step.get("reason", "")))
        case "send_missed":
            return SendMissed((await _find(world, step)).id, who)
        case "welcome":
            return SetWelcome(world.community_id, who, str(step["text"]))
        case "care_add":
            resident = world.residents[step["to"]]
            return AddCarePerson(world.community_id, who, resident, bool(step.get("confirmed", True)))
        case "care_end":
            async with world.parts.db.read() as session:
                query = select(CarePerson.id).where(CarePerson.resident_id == world.residents[step["to"]])
                return EndCarePerson((await session.scalars(query)).one(), who)
        case _:
            assert do == "care", f"nothing is called {do}"
            return StartCareRound(world.community_id, who, str(step.get("text", "")), int(step.get("hours", 4)))


async def _submit(world: World, step: Mapping[str, Any], who: int) -> SubmitNotice:
    due = datetime.fromisoformat(str(step["due"])).replace(tzinfo=LOCAL_ZONE) if "due" in step else None
    repeat = read_rule(str(step["repeat"])) if "repeat" in step else None
    async with world.parts.db.read() as session:
        names = [step["area"]] if isinstance(step.get("area", []), str) else list(step.get("area", ()))
        units = {unit.name: unit.id for unit in await session.scalars(select(OrgUnit))}
    template = str(step.get("template", ""))
    ready = world.parts.book.templates.get(template)
    title = str(step.get("title", ready.title if ready else ""))
    text = str(step.get("text", ready.text if ready else ""))
    areas = tuple(units[name] for name in names)
    private = bool(step.get("private"))
    draft = Draft(title, text, areas, tuple(step.get("pictures", ())), private, template, due, repeat)
    corrects = (await _find(world, {"title": step["corrects"]})).id if "corrects" in step else None
    sure = bool(step.get("confirmed"))
    return SubmitNotice(
        world.community_id, who, draft, keep=step["notice"] == "keep", private_confirmed=sure, slips_confirmed=sure,
        corrects_id=corrects,
    )  # fmt: skip


async def _find(world: World, step: Mapping[str, Any]) -> Notice:
    async with world.parts.db.read() as session:
        query = select(Notice).order_by(Notice.id.desc())
        if "title" in step:
            query = query.where(Notice.title == step["title"])
        return (await session.scalars(query.limit(1))).one()


async def check_notice(world: World, step: Mapping[str, Any]) -> None:
    """``is``: the state of the notice; ``answers``: who said what to it; ``care``: how everybody of the round is."""
    names = {resident_id: name for name, resident_id in world.residents.items()}
    async with world.parts.db.read() as session:
        if "is" in step:
            notice = await _find(world, step if "notice" in step else {})
            assert notice.state == step["is"], f"it is {notice.state}"
        if "answers" in step:
            answers = {names[one.resident_id]: one.word for one in await session.scalars(select(NoticeAnswer))}
            assert answers == step["answers"], f"answers are {answers}"
        if "care" in step:
            words = {names[one.resident_id]: one.word for one in await session.scalars(select(CareEntry))}
            assert words == step["care"], f"they are {words}"
