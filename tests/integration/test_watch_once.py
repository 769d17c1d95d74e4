"""Of neighbours who go and look at once one goes, and a worry that several have is one, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from actions.tickets.model import Ticket
from actions.watch import commands as c
from actions.watch.model import Worry
from bot.clock import FixedClock
from bot.storage.tables import OutboxRow
from tests.integration.test_ledger_at_once import Town, open_town
from tests.support.postgres import own_postgres

CREW = ("老李", "小陈", "阿芬")


@pytest.fixture(params=["sqlite", "postgresql"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(own_postgres()) if request.param == "postgresql" else ""
        yield await stack.enter_async_context(open_town(tmp_path, url))


async def test_the_first_who_goes_is_the_one_and_the_others_need_not(town: Town) -> None:
    here, clock, desk = town.world.community_id, town.parts.clock, town.world.staff["钱主任"]
    assert isinstance(clock, FixedClock)
    crew = [town.world.residents[name] for name in CREW]
    group = await town.do(c.MakeWatch(here, desk, "守望小组", crew[0], tuple(crew[1:]), ("张奶奶",), "form:1"))
    for who in crew:
        await town.do(c.AnswerWatch(group, who, True))

    said = [(town.world.residents["王阿姨"], "said:1"), (crew[0], "said:2"), (crew[0], "said:2")]
    await town.at_once(*[c.SayWorry(here, who, "张奶奶今天没开门", source) for who, source in said])
    (worry,) = await town.rows(select(Worry))
    assert {worry.resident_id, *worry.also} == {who for who, _ in said}

    going = [c.GoAndLook(worry.id, who) for who in crew for _ in range(2)]
    outcomes = await asyncio.gather(*map(town.parts.performer.run, going))
    answers = [reply.phrase for outcome in outcomes for reply in outcome.replies if reply.immediate]
    assert (answers.count("watch.you_go"), answers.count("watch.somebody_goes")) == (1, 5)
    (worry,) = await town.rows(select(Worry))
    assert (worry.state, worry.goer_id in crew) == ("going", True)
    told = await town.rows(select(OutboxRow.effect_key).where(OutboxRow.effect_key.like(f"%watch:%{worry.id}:goes%")))
    assert len(told) == 4, told  # the staff, who was worried, and the two who need not

    clock.advance(timedelta(minutes=41))
    await town.at_once(c.DoWorry(worry.id), c.DoWorry(worry.id))
    assert [one.service for one in await town.rows(select(Ticket))] == ["care/visit"]
    assert await town.at_once(c.TellFound(worry.id, worry.goer_id, True), c.TellFound(worry.id, worry.goer_id, False))
    (worry,) = await town.rows(select(Worry))
    assert worry.state in ("well", "help")
    assert len(await town.rows(select(Ticket))) == 1  # staff were called already
