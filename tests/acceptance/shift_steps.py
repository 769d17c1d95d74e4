"""Steps of chat scripts about shifts: what staff do with a duty, and who goes, passes and finds what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select

from actions.shifts import commands as s
from actions.shifts.model import Duty, HazardFound, PointVisit, RoutePoint, Shift, ShiftSignup
from tests.support.world import World

KEYS = frozenset("shift on_day rule points crew shifts passed found point_of".split())


async def find_shift(world: World, day: Any = None) -> Shift:
    """The shift of that day, or the first."""
    query = select(Shift).order_by(Shift.starts_at)
    if day:
        query = query.where(Shift.on_day == date.fromisoformat(str(day)))
    async with world.parts.db.read() as session:
        found = await session.scalar(query.limit(1))
    assert found is not None, f"there is no shift on {day}"
    return found


async def point_code(world: World, name: str) -> str:
    """What stands on the card of a point."""
    async with world.parts.db.read() as session:
        return (await session.scalars(select(RoutePoint.code).where(RoutePoint.name == name))).one()


async def shift_command(world: World, step: Mapping[str, Any]) -> Any:
    """The command of a step by staff."""
    what, staff, text = str(step["shift"]), world.staff[step["staff"]], str(step.get("text", ""))
    if what in ("save", "change"):
        details = s.DutyDetails(
            str(step.get("title", "夜间巡逻")), str(step.get("place", "东门岗亭")), str(step["rule"]), "patrol",
            points=tuple(step.get("points", ())),
        )  # fmt: skip
        async with world.parts.db.read() as session:
            known = await session.scalar(select(Duty.id).order_by(Duty.id.desc()).limit(1))
        return s.SaveDuty(world.community_id, staff, details, known if what == "change" else None)
    shift = await find_shift(world, step.get("on_day"))
    if what == "end":
        return s.EndDuty(shift.duty_id, staff, text)
    if what == "cancel":
        return s.CancelShift(shift.id, staff, text)
    who = world.residents[str(step["name"])]
    if what == "add":
        return s.AddToShift(shift.id, staff, who, str(step.get("kind", "patrol")))
    async with world.parts.db.read() as session:
        mine = select(ShiftSignup.id).where(ShiftSignup.shift_id == shift.id, ShiftSignup.resident_id == who)
        signup = (await session.scalars(mine)).one()
    if what == "remove":
        return s.RemoveFromShift(signup, staff)
    assert what == "settle", f"nobody can {what}"
    return s.SettleSignup(signup, staff, int(step["minutes"]))


async def check_shifts(world: World, step: Mapping[str, Any]) -> None:
    """``crew``: name → state and role; ``shifts``: how many are open; ``passed``, ``found``: points and tickets."""
    async with world.parts.db.read() as session:
        if "shifts" in step:
            count = await session.scalar(select(func.count()).where(Shift.state == "open"))
            assert count == step["shifts"], f"{count} shifts"
        if not {"crew", "passed", "found"} & set(step):
            return
        shift = await find_shift(world, step.get("on_day"))
        rows = (await session.scalars(select(ShiftSignup).where(ShiftSignup.shift_id == shift.id))).all()
        passed = await session.scalar(select(func.count()).where(PointVisit.shift_id == shift.id))
        found = await session.scalar(select(func.count()).where(HazardFound.shift_id == shift.id))
    crew = {one.name: f"{one.state} {one.role}" for one in rows if one.state != "cancelled"}
    assert "crew" not in step or crew == dict(step["crew"]), f"{crew}"
    held = [one.role for one in rows if one.state != "cancelled"]
    assert (shift.patrol_taken, shift.leads_taken) == (held.count("patrol"), held.count("lead"))
    assert passed == step.get("passed", passed), f"{passed} points passed"
    assert found == step.get("found", found), f"{found} tickets found"
