"""Rounds of care by the clock: one for each occasion, also after an outage or when two clocks ring at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.errors import InvalidInput, NotAllowed
from actions.notices.care_plans import DAYTIME, next_of
from actions.notices.commands import PauseCarePlan, PlanCare
from actions.notices.model import CareEntry, CarePerson, CarePlan, CareRound, CareStart
from actions.notices.repeats import Rule
from actions.tickets.model import Ticket
from bot.clock import LOCAL_ZONE
from bot.scheduling.timetable import CARE, NOTICES
from bot.storage.tables import OutboxRow
from tests.support.postgres import own_postgres
from tests.support.world import START, World, open_world

WEEKLY = Rule("week", 9, numbers=(1,))
BEFORE = Rule("holiday", 10, before=2)


@pytest.fixture
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    if getattr(request, "param", "sqlite") == "sqlite":
        async with open_world(tmp_path) as opened:
            yield opened
        return
    async with own_postgres() as url, open_world(tmp_path, url) as opened:
        yield opened


async def alone(world: World, *names: str) -> None:
    async with world.parts.db.write() as session:
        session.add_all(
            CarePerson(community_id=world.community_id, resident_id=world.residents[name],
                       staff_id=world.staff["钱主任"], consented_at=START)
            for name in names
        )  # fmt: skip


async def plan(world: World, rule: Rule, who: str = "钱主任") -> int:
    done = await world.parts.performer.run(PlanCare(world.community_id, world.staff[who], rule, 4))
    return int(done.value)


async def at(world: World, *when: int) -> None:
    """The clock shows that local time, and rings."""
    year, month, day, hour, minute = (*when, 0)[:5]
    world.clock.move_to(datetime(year, month, day, hour, minute, tzinfo=LOCAL_ZONE))
    await world.jobs.run(NOTICES)
    await world.jobs.run(CARE)
    await world.settle()


async def rows(world: World, query: Any) -> list[Any]:
    async with world.parts.db.read() as session:
        return list(await session.scalars(query))


async def occasions(world: World) -> list[tuple[str, str]]:
    found = await rows(world, select(CareRound).order_by(CareRound.id))
    return [(f"{one.started_at.astimezone(LOCAL_ZONE):%m-%d %H}", one.occasion) for one in found]


@pytest.mark.parametrize("world", ["sqlite", "postgresql"], indirect=True)
async def test_each_week_one_round_and_one_before_a_holiday(world: World) -> None:
    await alone(world, "王阿姨", "老李")
    await plan(world, WEEKLY)
    await plan(world, BEFORE)
    await at(world, 2026, 11, 24, 8, 59)
    assert await occasions(world) == []
    await at(world, 2026, 11, 24, 9)
    await asyncio.gather(*(world.jobs.run(CARE) for _ in range(3)))
    assert await occasions(world) == [("11-24 09", "日常")]
    asked = [row for row in await rows(world, select(OutboxRow)) if "您今天好吗" in row.body["text"]]
    assert len(asked) == 2
    await at(world, 2026, 11, 24, 13)
    assert {entry.word for entry in await rows(world, select(CareEntry))} == {"silent"}
    assert len(await rows(world, select(Ticket).where(Ticket.service == "care/visit"))) == 2
    for day in (1, 8, 15, 22, 29):
        await at(world, 2026, 12, day, 9, 1)
        await at(world, 2026, 12, day, 14)
    await at(world, 2026, 12, 30, 10)  # New Year is on Friday
    assert (await occasions(world))[-2:] == [("12-29 09", "日常"), ("12-30 10", "元旦")]
    assert len(await occasions(world)) == 7


async def test_after_an_outage_the_latest_occasion_begins_once_and_by_day(world: World) -> None:
    await alone(world, "王阿姨")
    plan_id = await plan(world, WEEKLY)
    await at(world, 2026, 12, 8, 22)  # three Tuesdays were slept through, and now it is night
    assert await occasions(world) == []
    await at(world, 2026, 12, 9, 8)
    await at(world, 2026, 12, 9, 13)
    assert await occasions(world) == [("12-09 08", "日常")]
    await at(world, 2026, 12, 20, 9)  # five days late: of no more use, and the staff are told
    assert len(await occasions(world)) == 1
    missed = [row for row in await rows(world, select(OutboxRow)) if "问候错过】12月15日" in row.body["text"]]
    assert len(missed) == 1
    await at(world, 2026, 12, 22, 9)
    assert len(await occasions(world)) == 2
    starts = await rows(world, select(CareStart).where(CareStart.plan_id == plan_id).order_by(CareStart.id))
    assert [one.round_id is not None for one in starts] == [True, False, True]


async def test_paused_it_rests_and_what_fell_into_the_pause_is_not_made_up_for(world: World) -> None:
    await alone(world, "王阿姨")
    plan_id, who = await plan(world, WEEKLY), world.staff["钱主任"]
    await world.parts.performer.run(PauseCarePlan(plan_id, who, True))
    await at(world, 2026, 11, 24, 10)
    await world.parts.performer.run(PauseCarePlan(plan_id, who, False))
    await at(world, 2026, 11, 24, 11)
    assert await occasions(world) == []
    [kept] = await rows(world, select(CarePlan))
    upcoming = next_of(kept, world.clock.now(), world.parts.rules.calendar)
    assert upcoming == datetime(2026, 12, 1, 9, tzinfo=LOCAL_ZONE)
    changed = await plan(world, Rule("week", 15, numbers=(2,)))
    assert changed == plan_id
    await at(world, 2026, 11, 25, 15)
    assert await occasions(world) == [("11-25 15", "日常")]


async def test_wrong_plans_are_refused(world: World) -> None:
    for rule in (Rule("day", 9), Rule("week", DAYTIME[-1] + 1, numbers=(1,)), Rule("holiday", 9, before=8)):
        with pytest.raises(InvalidInput):
            await plan(world, rule)
    with pytest.raises(NotAllowed):
        await plan(world, WEEKLY, "李师傅")
    assert await rows(world, select(CarePlan)) == []
