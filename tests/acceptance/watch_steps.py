"""Steps of chat scripts about the neighbour watch: what staff do, and how the latest worry stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from actions.watch import commands as c
from actions.watch.model import WatchGroup, Worry
from tests.support.world import World

KEYS = frozenset({"watch", "lead", "members", "names", "name", "worry"})


async def newest(world: World, model: Any) -> Any:
    async with world.parts.db.read() as session:
        return await session.scalar(select(model).order_by(model.id.desc()).limit(1))


async def watch_command(world: World, step: Mapping[str, Any]) -> Any:
    """The command of a step by staff; of groups and worries the latest is meant."""
    what, staff = str(step["watch"]), world.staff[step["staff"]]
    if what == "make":
        members = tuple(world.residents[one] for one in step["members"])
        return c.MakeWatch(
            world.community_id, staff, "3栋守望", world.residents[step["lead"]], members,
            tuple(step.get("names", ())), f"form:{world.said}",
        )  # fmt: skip
    if what == "settle":
        return c.SettleWorry((await newest(world, Worry)).id, staff, str(step.get("text", "")))
    who = world.residents[str(step["name"])] if "name" in step else None
    return c.ChangeWatch((await newest(world, WatchGroup)).id, staff, what, who)


async def check_worry(world: World, wanted: str) -> None:
    """The state of the latest; "none": nobody said one."""
    worry = await newest(world, Worry)
    assert (worry.state if worry is not None else "none") == wanted
