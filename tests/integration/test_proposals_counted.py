"""Support that comes at once opens one discussion; a month is counted from what really happened in it."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import func, select

from actions.proposals import commands as p
from actions.proposals.model import Proposal, Step, Support
from bot.storage.queries_index import count_month
from tests.support.postgres import own_postgres
from tests.support.world import World, open_world

NOVEMBER = date(2026, 11, 1)


async def raised(world: World) -> int:
    order = p.RaiseMatter(world.community_id, world.staff["吴社工"], "东门装充电桩", "商量在东门装几个充电桩。")
    return int((await world.parts.performer.run(order)).value)


async def all_at_once(world: World) -> None:
    do, here, number = world.parts.performer.run, world.community_id, await raised(world)
    orders = [p.SupportProposal(here, who, p.Meant(number)) for who in world.residents.values()]
    await asyncio.gather(*(do(order) for order in (*orders, *orders)))
    async with world.parts.db.read() as session:
        proposal = await session.get_one(Proposal, number)
        rows = await session.scalar(select(func.count()).select_from(Support))
        opened = await session.scalar(select(func.count()).select_from(Step).where(Step.kind == "enough"))
    assert (proposal.state, proposal.supporters, rows, opened) == ("discussing", 5, 5, 1)
    await do(p.AddArgument(here, world.residents["老李"], number, "for", "早就该装了", "line:1"))
    world.clock.advance(timedelta(days=20))  # the answer is late
    month, rules = NOVEMBER, world.parts.consulting
    async with world.parts.db.read() as session:
        facts = await count_month(session, here, month, world.clock.now(), rules)
        later = await count_month(session, here, date(2026, 12, 1), world.clock.now(), rules)
    assert (facts.matters, facts.residents, facts.participants, facts.forms) == (1, 5, 5, 1)
    assert (facts.answers_due, facts.answered) == (0, 0)
    assert (later.answers_due, later.answered, later.steps_due, later.in_time) == (1, 0, 1, 0)


async def test_support_at_once_is_counted_once_on_sqlite(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await all_at_once(world)


async def test_support_at_once_is_counted_once_on_postgresql(tmp_path: Path) -> None:
    async with own_postgres() as url, open_world(tmp_path, url) as world:
        await all_at_once(world)
