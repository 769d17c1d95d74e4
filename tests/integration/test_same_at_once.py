"""Two hundred residents say the same at once, on real databases: one ticket, every household counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from actions.tickets.commands import Actor, OpenTicket, Where
from actions.tickets.model import Follower, JoinedReport, Ticket
from tests.benchmarks.crowd import build_crowd
from tests.support.postgres import own_postgres
from tests.support.world import World, open_world

CROWD = 200
WAYS = ("3栋1单元电梯停了", "三栋一单元的电梯不动了", "3幢1单元電梯壞咗", "3栋1单元电梯坏了没人管吗")


@asynccontextmanager
async def world_on(kind: str, folder: Path) -> AsyncIterator[World]:
    if kind == "sqlite":
        async with open_world(folder) as world:
            yield world
    else:
        async with own_postgres() as url, open_world(folder, url) as world:
            yield world


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_crowd_at_once_makes_one_ticket(kind: str, tmp_path: Path) -> None:
    async with world_on(kind, tmp_path) as world:
        crowd = await build_crowd(world, CROWD)
        commands = [
            OpenTicket(
                world.community_id,
                "service_request/elevator",
                WAYS[number % len(WAYS)],
                Actor("resident", one.resident_id),
                reporter_id=one.resident_id,
                chat_id=one.group_id,
                where=Where("3", "1"),
                may_join=True,
            )
            for number, one in enumerate(crowd)
        ]
        outcomes = await asyncio.gather(*(world.parts.performer.run(command) for command in commands))
        async with world.parts.db.read() as session:
            (ticket,) = (await session.scalars(select(Ticket))).all()
            joined = await session.scalar(select(func.count()).select_from(JoinedReport))
            following = await session.scalar(select(func.count()).select_from(Follower))
    assert sum(not outcome.value.joined for outcome in outcomes) == 1
    assert (ticket.affected, ticket.crowd, joined, following) == (CROWD, 30, CROWD - 1, CROWD)
