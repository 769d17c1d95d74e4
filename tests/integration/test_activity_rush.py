"""A hundred residents sign up at once, on real databases: each place is given once, the rest stand in order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from actions.activities.commands import CreateActivity, Details, LeaveActivity, SignUp, Which
from actions.activities.model import Activity, Signup
from actions.people.model import Resident
from bot.storage.tables import OutboxRow
from tests.benchmarks.crowd import build_crowd
from tests.integration.test_same_at_once import world_on
from tests.support.world import START, World

CROWD, PLACES = 100, 30


async def make(world: World, capacity: int) -> int:
    starts = START + timedelta(days=3)
    details = Details("羽毛球友谊赛", "文体中心", starts, starts + timedelta(hours=2), capacity)
    made = await world.parts.performer.run(CreateActivity(world.community_id, details, world.staff["钱主任"]))
    return int(made.value)


async def line(world: World) -> tuple[Activity, list[Signup]]:
    async with world.parts.db.read() as session:
        activity = (await session.scalars(select(Activity))).one()
        return activity, list(await session.scalars(select(Signup).order_by(Signup.number)))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_hundred_at_once_for_thirty_places(kind: str, tmp_path: Path) -> None:
    async with world_on(kind, tmp_path) as world:
        which = Which(await make(world, PLACES))
        crowd = [one.resident_id for one in await build_crowd(world, CROWD)]
        twice = [SignUp(world.community_id, one, which) for one in (*crowd, *crowd)]  # everybody presses twice
        await asyncio.gather(*(world.parts.performer.run(command) for command in twice))
        activity, signups = await line(world)
        assert [one.state for one in signups] == ["confirmed"] * PLACES + ["waitlisted"] * (CROWD - PLACES)
        assert [one.number for one in signups] == list(range(1, CROWD + 1))
        assert activity.taken == PLACES
        leaving = [LeaveActivity(world.community_id, one.resident_id or 0, which) for one in signups[:20]]
        await asyncio.gather(*(world.parts.performer.run(command) for command in leaving))
        activity, signups = await line(world)
        assert [one.state for one in signups] == (
            ["cancelled"] * 20 + ["confirmed"] * PLACES + ["waitlisted"] * (CROWD - PLACES - 20)
        )
        assert activity.taken == PLACES
        async with world.parts.db.read() as session:
            keys = await session.scalars(select(OutboxRow.effect_key).where(OutboxRow.effect_key.like("%:up:%")))
            assert len(keys.all()) == 20  # each of those who moved up was told, once


async def test_a_hundred_in_the_group_do_not_drown_it(tmp_path: Path) -> None:
    async with world_on("sqlite", tmp_path) as world:
        activity_id = await make(world, PLACES)
        crowd = await build_crowd(world, CROWD)
        await world.settle()
        for number, one in enumerate(crowd):
            world.residents[str(number)] = one.resident_id
            world.groups[f"群{number}"] = one.group_id
            await world.say(str(number), "我报名", chat=f"群{number}", button=f"activity:join:{activity_id}")
        await world.settle()
        _, signups = await line(world)
        assert [one.state for one in signups] == ["confirmed"] * PLACES + ["waitlisted"] * (CROWD - PLACES)
        assert [one.name for one in signups] == [(await name(world, one.resident_id)) for one in crowd]


async def name(world: World, resident_id: int) -> str:
    async with world.parts.db.read() as session:
        return (await session.get_one(Resident, resident_id)).nickname
