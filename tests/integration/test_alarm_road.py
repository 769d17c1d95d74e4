"""An alarm on the whole road: what fails beside it holds up no answer, and two who act at once do not page twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.emergencies.commands import AcknowledgeAlarm, DoAlarm, RaiseAlarm
from actions.emergencies.model import Alarm, AlarmPage
from actions.outcome import Outcome
from bot.storage.tables import ChatMessage
from tests.support.postgres import own_postgres
from tests.support.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


async def said(world: World) -> list[str]:
    async with world.parts.db.read() as session:
        lines = await session.scalars(select(ChatMessage.text).where(ChatMessage.sender == "bot"))
        return list(lines)


async def test_a_cry_for_help_is_answered_though_nobody_can_be_paged(world: World) -> None:
    async def fails(session: AsyncSession, command: Any, now: datetime, **_: Any) -> Outcome:
        raise RuntimeError("the roster is broken")

    performer = world.parts.performer
    performer._catalogue = {**performer._catalogue, RaiseAlarm: fails}
    await world.say("王阿姨", "3栋2单元着火了")
    await world.settle()
    lines = await said(world)
    assert any("先打119！" in line for line in lines)
    assert any("【紧急】火情，3栋2单元" in line for line in lines)
    assert not any("【呼叫】" in line for line in lines)


async def test_on_postgresql_clock_and_staff_at_once_page_nobody_after_somebody_has_heard(tmp_path: Path) -> None:
    async with own_postgres() as url, open_world(tmp_path, url) as world:
        await world.say("王阿姨", "3栋2单元着火了")
        await world.settle()
        async with world.parts.db.read() as session:
            alarm = (await session.scalars(select(Alarm))).one()
        world.clock.move_to(alarm.next_at or world.clock.now())
        run, steward = world.parts.performer.run, world.staff["李师傅"]
        clocks = [run(DoAlarm(alarm.id)) for _ in range(4)]
        await asyncio.gather(*clocks, run(AcknowledgeAlarm(alarm.ticket_id, steward)))
        async with world.parts.db.read() as session:
            alarm = (await session.scalars(select(Alarm))).one()
            pages = len((await session.scalars(select(AlarmPage.id))).all())
        assert (alarm.state, alarm.next_at) == ("acknowledged", None)
        assert pages in (1, 2)  # the clock may have been first, but only once
