"""A need goes to one neighbour, and its hours into the book once, however often and at once it is pressed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from actions.ledger.model import TimeAccount, TimeClaim
from actions.pool import commands as c
from actions.pool.model import Match, Need, Volunteer
from bot.clock import FixedClock
from tests.integration.test_ledger_at_once import Town, open_town
from tests.support.postgres import own_postgres


@pytest.fixture(params=["sqlite", "postgresql"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(own_postgres()) if request.param == "postgresql" else ""
        yield await stack.enter_async_context(open_town(tmp_path, url))


async def test_one_takes_it_and_the_hours_go_once(town: Town) -> None:
    here, clock = town.world.community_id, town.parts.clock
    assert isinstance(clock, FixedClock)
    asker, *helpers = (town.world.residents[name] for name in ("王阿姨", "老李", "小陈", "阿芬"))
    for who in helpers:
        await town.do(c.OfferHelp(here, who, "我会辅导作业"))
    for _ in range(2):  # the same message twice is one need
        await town.do(c.AskForHelp(here, asker, "谁能辅导作业", "said:1", any_day=True, at_home=False))
    need = (await town.rows(select(Need)))[0].id
    await town.at_once(c.DoNeed(need), c.DoNeed(need))
    offers = await town.rows(select(Match).order_by(Match.id))
    assert sorted(one.resident_id for one in offers) == sorted(helpers)

    await town.at_once(*[c.AnswerOffer(one.id, one.resident_id, True) for one in offers])
    states = [one.state for one in await town.rows(select(Match))]
    assert (states.count("accepted"), states.count("passed")) == (1, 2)
    helper = (await town.rows(select(Need)))[0].helper_id
    assert helper is not None

    clock.advance(timedelta(days=1, minutes=1))
    await town.do(c.DoNeed(need))
    stranger = next(who for who in helpers if who != helper)
    assert await town.at_once(c.SayHelped(need, stranger, 60)) == ["not_found"]
    assert await town.at_once(c.SayHelped(need, helper, 600)) == ["invalid_input"]
    both = [c.SayHelped(need, helper, 60), c.SayHelped(need, helper, 120), c.SayHelped(need, asker)] * 2
    await town.at_once(*both)
    claims = await town.rows(select(TimeClaim))
    assert [(one.source, one.state) for one in claims] == [(f"need:{need}", "confirmed")]
    assert claims[0].minutes in (60, 120)  # whichever was first
    accounts = await town.rows(select(TimeAccount).where(TimeAccount.holder == helper))
    assert [one.balance for one in accounts] == [claims[0].minutes]


async def test_a_home_is_offered_only_to_whom_staff_have_met(town: Town) -> None:
    here, staff = town.world.community_id, town.world.staff["钱主任"]
    asker, helper = town.world.residents["王阿姨"], town.world.residents["老李"]
    await town.do(c.OfferHelp(here, helper, "我可以帮邻居买菜"))
    need = await town.do(c.AskForHelp(here, asker, "请人帮我买菜", "said:2", any_day=True, at_home=True))
    await town.do(c.DoNeed(need))
    assert await town.rows(select(Match)) == []
    assert (await town.rows(select(Need)))[0].state == "staff"
    await town.do(c.CancelNeed(need, staff_id=staff, text="另外安排"))
    volunteer = (await town.rows(select(Volunteer)))[0].id
    assert await town.at_once(c.AllowVisits(volunteer, town.world.staff["李师傅"], True)) == ["not_found"]
    await town.do(c.AllowVisits(volunteer, staff, True))
    again = await town.do(c.AskForHelp(here, asker, "请人帮我买菜", "said:3", any_day=True, at_home=True))
    await town.do(c.DoNeed(again))
    assert [one.resident_id for one in await town.rows(select(Match))] == [helper]
