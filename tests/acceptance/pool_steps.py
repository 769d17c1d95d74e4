"""Steps of chat scripts about neighbours' help: what staff do, and how the latest need stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from actions.pool import commands as c
from actions.pool.model import Need, Volunteer
from tests.support.world import World

KEYS = frozenset({"pool", "need"})


async def latest(world: World) -> Need:
    async with world.parts.db.read() as session:
        found = await session.scalar(select(Need).order_by(Need.id.desc()).limit(1))
    assert found is not None, "nobody asked for help"
    return found


async def pool_command(world: World, step: Mapping[str, Any]) -> Any:
    """The command of a step by staff; of needs the latest is meant."""
    what, staff = str(step["pool"]), world.staff[step["staff"]]
    if what == "allow":
        who = world.residents[str(step["name"])]
        async with world.parts.db.read() as session:
            volunteer = (await session.scalars(select(Volunteer.id).where(Volunteer.resident_id == who))).one()
        return c.AllowVisits(volunteer, staff, True)
    need = await latest(world)
    if what == "cancel":
        return c.CancelNeed(need.id, staff_id=staff, text=str(step.get("text", "")))
    assert what == "settle", f"nobody can {what}"
    return c.SettleNeed(need.id, staff, int(step["minutes"]))


async def check_need(world: World, wanted: str) -> None:
    """The state of the latest."""
    need = await latest(world)
    assert need.state == wanted, f"it is {need.state}"
