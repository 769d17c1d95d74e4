"""What staff do with a hand-off in a chat script: ``{staff: …, handoff: take|say|back|pass|ticket|step_in}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from actions.handoffs import commands as h
from actions.handoffs.model import Handoff, State
from tests.support.world import World


async def _latest(world: World, *where: Any) -> Handoff:
    async with world.parts.db.read() as session:
        found = await session.scalar(select(Handoff).where(*where).order_by(Handoff.id.desc()).limit(1))
    assert found is not None, "there is no hand-off"
    return found


async def handoff_command(world: World, step: Mapping[str, Any]) -> Any:
    """The command of such a step, for the latest hand-off (of ``party``, where it is named)."""
    staff, what, text = world.staff[step["staff"]], step["handoff"], str(step.get("text", ""))
    if what == "step_in":
        resident, chat = step["party"], step.get("room", "东区群")
        chat_id = world.chat_id(chat, resident)
        return h.StepIn(world.community_id, chat_id, world.residents[resident], staff, chat != "私聊")
    of = (Handoff.resident_id == world.residents[step["party"]],) if "party" in step else ()
    handoff = await _latest(world, *of)
    once = f"{world.clock.now().isoformat()}"
    match what:
        case "take":
            return h.TakeHandoff(handoff.id, staff)
        case "say":
            return h.SpeakInHandoff(handoff.id, staff, text, once, private=bool(step.get("private")))
        case "back":
            return h.HandBack(handoff.id, staff)
        case "ticket":
            return h.OpenHandoffTicket(handoff.id, staff, step["service"], text, once)
    team = world.teams[step["to_team"]] if "to_team" in step else None
    colleague = world.staff[step["to_staff"]] if "to_staff" in step else None
    return h.PassHandoff(handoff.id, staff, team, colleague, text)


async def check_handoff(world: World, wanted: Mapping[str, Any]) -> None:
    """Fields of the latest hand-off; people and team by name, ``open`` how many are not over."""
    wanted = dict(wanted)
    if "open" in wanted:
        async with world.parts.db.read() as session:
            count = select(func.count()).select_from(Handoff).where(Handoff.state != State.ENDED)
            found: Any = await session.scalar(count)
        assert found == wanted.pop("open"), f"{found} are open"
    if not wanted:
        return
    handoff = await _latest(world)
    for key, value in wanted.items():
        found = getattr(handoff, "team_id" if key == "team" else key)
        if key in ("taken_by", "meant_for"):
            found = next((n for n, i in world.staff.items() if i == found), None)
        elif key == "team":
            found = next((body for body, i in world.teams.items() if i == found), None)
        assert found == value, f"{key} is {found!r}, not {value!r}"
