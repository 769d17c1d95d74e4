"""Two neighbours want the last place, or the same stand-in, at once; the clock rings twice: it is done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from actions.ledger.model import TimeAccount, TimeClaim
from actions.polls.commands import RaiseHand, StartPoll
from actions.polls.model import Poll
from actions.shifts import commands as c
from actions.shifts.clock import due_shifts
from actions.shifts.finding import lock_shift
from actions.shifts.model import Duty, RoutePoint, Shift, ShiftSignup, StandIn
from bot.clock import FixedClock
from bot.performer import Performer
from bot.storage.tables import OutboxRow
from tests.integration.test_ledger_at_once import Town, open_town
from tests.support.postgres import own_postgres

DETAILS = c.DutyDetails("夜间巡逻", "东门", "每天 20:00–22:00，1名巡逻员＋1名带队", "patrol", points=("西门", "车库"))


@pytest.fixture(params=["sqlite", "postgresql"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(own_postgres()) if request.param == "postgresql" else ""
        yield await stack.enter_async_context(open_town(tmp_path, url))


async def ring(town: Town) -> None:
    async with town.parts.db.read() as session:
        due = await due_shifts(session, town.parts.clock.now(), 200)
    for command in due * 2:  # two schedulers, or one that was killed after its commit
        await town.parts.performer.run(command)


async def test_places_stand_ins_and_hours_go_once(town: Town) -> None:
    here, staff, clock = town.world.community_id, town.world.staff["钱主任"], town.parts.clock
    assert isinstance(clock, FixedClock)
    people = [town.world.residents[name] for name in ("王阿姨", "老李", "小陈", "阿芬")]
    duty = await town.do(c.SaveDuty(here, staff, DETAILS))
    first, second = (await town.rows(select(Shift).order_by(Shift.starts_at)))[:2]
    which = c.WhichShift(first.id)

    # one place in each role, wanted four times over
    wants: list[Any] = [c.JoinShift(here, who, which) for who in people]
    assert await town.at_once(*wants) == ["done", *["move_refused"] * 3]
    wants = [c.JoinShift(here, who, which, "lead") for who in people]
    assert (await town.at_once(*wants)).count("done") in (1, 2)  # who patrols may come to lead instead
    shift = (await town.rows(select(Shift).where(Shift.id == first.id)))[0]
    held = [one.role for one in await town.rows(select(ShiftSignup)) if one.state == "confirmed"]
    assert (held.count("patrol"), held.count("lead")) == (shift.patrol_taken, shift.leads_taken)
    assert max(shift.patrol_taken, shift.leads_taken) == 1

    # somebody asks who stands in, two take it at once
    await town.do(c.JoinShift(here, people[0], c.WhichShift(second.id)))
    await town.do(c.LeaveShift(here, people[0], c.WhichShift(second.id), wants_stand_in=True))
    takers = [c.TakeOver(here, who, (await town.rows(select(StandIn.id)))[0]) for who in people[1:3]]
    assert await town.at_once(*takers) == ["done", "done"]  # the second is told that it is settled
    rows = await town.rows(select(ShiftSignup).where(ShiftSignup.shift_id == second.id))
    assert sorted(one.state for one in rows) == ["cancelled", "confirmed"]

    # there, the route, and out: twice each
    clock.move_to(second.starts_at)
    who = next(one.resident_id for one in rows if one.state == "confirmed")
    code = (await town.rows(select(RoutePoint.code).where(RoutePoint.duty_id == duty)))[0]
    await town.at_once(*[c.PassPoint(here, who, code)] * 2)
    clock.move_to(second.ends_at + timedelta(minutes=3))
    await town.at_once(*[c.CheckOutShift(here, who)] * 2)
    claims = await town.rows(select(TimeClaim))
    assert [(one.source.partition(":")[0], one.minutes, one.state) for one in claims] == [("shift", 120, "confirmed")]
    accounts = await town.rows(select(TimeAccount).where(TimeAccount.holder == who))
    assert [one.balance for one in accounts] == [120]


async def test_an_outage_and_a_clock_that_rings_twice_make_no_shift_twice(town: Town) -> None:
    here, staff, clock = town.world.community_id, town.world.staff["钱主任"], town.parts.clock
    assert isinstance(clock, FixedClock)
    await town.do(c.SaveDuty(here, staff, DETAILS))
    await ring(town)
    clock.advance(timedelta(days=40))  # nobody was here
    await ring(town)
    days = await town.rows(select(Shift.on_day).order_by(Shift.on_day))
    today = clock.now().date()
    assert len(days) == len(set(days))
    assert [day for day in days if day >= today] == [today + timedelta(days=n) for n in range(21)]
    gap = [day for day in days if today - timedelta(days=19) < day < today]
    assert gap == []  # what lies behind is not made up
    assert {one.state for one in await town.rows(select(Shift).where(Shift.on_day < today))} == {"ended"}


async def test_what_breaks_in_the_middle_leaves_nothing_behind(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    here, staff, clock = town.world.community_id, town.world.staff["钱主任"], town.parts.clock
    assert isinstance(clock, FixedClock)
    who = town.world.residents["老李"]
    await town.do(c.SaveDuty(here, staff, DETAILS))
    shift = (await town.rows(select(Shift).order_by(Shift.starts_at)))[0]
    await town.do(c.JoinShift(here, who, c.WhichShift(shift.id)))
    clock.move_to(shift.starts_at)
    await town.do(c.CheckInShift(here, who))
    clock.move_to(shift.ends_at)

    async def broken(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(Performer, "render", broken)  # everything is done, but what is to be said is not written
        with pytest.raises(RuntimeError):
            await town.do(c.CheckOutShift(here, who))
    assert await town.rows(select(func.count(TimeClaim.id))) == [0]
    assert [one.state for one in await town.rows(select(ShiftSignup))] == ["on_duty"]
    await town.do(c.CheckOutShift(here, who))
    assert [one.minutes for one in await town.rows(select(TimeClaim))] == [120]
    assert await town.rows(select(func.count(Duty.id))) == [1]


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
async def test_a_plan_that_changes_takes_its_shifts_along_and_old_offers_are_no_offers(town: Town) -> None:
    here, staff, clock = town.world.community_id, town.world.staff["钱主任"], town.parts.clock
    assert isinstance(clock, FixedClock)
    laoli, xiaochen = (town.world.residents[name] for name in ("老李", "小陈"))
    duty = await town.do(c.SaveDuty(here, staff, DETAILS))
    first, second = (await town.rows(select(Shift).order_by(Shift.starts_at)))[:2]
    await town.do(c.JoinShift(here, laoli, c.WhichShift(first.id)))
    for who in (laoli, xiaochen):
        await town.do(c.JoinShift(here, who, c.WhichShift(second.id), "lead" if who == laoli else "patrol"))
    await town.do(c.LeaveShift(here, xiaochen, c.WhichShift(second.id)))
    await town.do(c.LeaveShift(here, laoli, c.WhichShift(second.id)))

    # whoever was reminded of the old hour is reminded of the new one
    clock.move_to(first.starts_at - timedelta(hours=1))
    await ring(town)
    await town.do(c.SaveDuty(here, staff, replace(DETAILS, rule="每天 23:00–23:50，1名巡逻员＋1名带队"), duty))
    clock.advance(timedelta(hours=3))
    await ring(town)
    keys = [one.effect_key or "" for one in await town.rows(select(OutboxRow))]
    assert len([key for key in keys if ":remind:" in key]) == 2

    # a day that is none any more goes, also where somebody had signed up and left
    await town.do(c.LeaveShift(here, laoli, c.WhichShift(first.id), wants_stand_in=True))
    await town.do(c.SaveDuty(here, staff, replace(DETAILS, rule="每周三 23:00–23:50，1名巡逻员＋1名带队"), duty))
    shifts = await town.rows(select(Shift).order_by(Shift.starts_at))
    assert [one.state for one in shifts[:2]] == ["open", "cancelled"]

    # nobody took it over; three days later the words are about something else
    await ring(town)
    clock.advance(timedelta(days=3))
    await ring(town)
    assert (await town.parts.performer.run(c.TakeOver(here, xiaochen))).replies == ()


@pytest.mark.parametrize("town", ["postgresql"], indirect=True)
async def test_whoever_waited_for_a_lock_looks_again(town: Town) -> None:
    here, staff, clock = town.world.community_id, town.world.staff["钱主任"], town.parts.clock
    assert isinstance(clock, FixedClock)
    who = town.world.residents["老李"]
    await town.do(c.SaveDuty(here, staff, DETAILS))
    await town.do(c.SaveDuty(here, staff, replace(DETAILS, title="车库值守")))
    one, other, late = (await town.rows(select(Shift).order_by(Shift.starts_at, Shift.id)))[:3]

    # nobody is on two patrols at one time, whichever way they said yes
    joins = [c.JoinShift(here, who, c.WhichShift(shift.id)) for shift in (one, other)]
    assert await town.at_once(*joins) == ["done", "move_refused"]
    going = (await town.rows(select(ShiftSignup).where(ShiftSignup.state == "confirmed")))[0].shift_id

    # who takes a place over and the clock that calls staff do not wait for each other
    await town.do(c.JoinShift(here, who, c.WhichShift(late.id)))
    await town.do(c.LeaveShift(here, who, c.WhichShift(late.id), wants_stand_in=True))
    offer = (await town.rows(select(StandIn)))[0]
    async with town.parts.db.write() as session:
        await lock_shift(session, late.id)
        clock_rings = asyncio.create_task(town.do(c.DoStandIn(offer.id)))
        await asyncio.wait({clock_rings}, timeout=0.3)
        (await session.get_one(StandIn, offer.id)).state = "taken"
        await session.flush()
    await clock_rings

    # nobody is there on a shift that was cancelled in that moment
    clock.move_to(one.starts_at - timedelta(minutes=10))
    async with town.parts.db.write() as session:
        shift = await lock_shift(session, going)
        comes = asyncio.create_task(town.do(c.CheckInShift(here, who)))
        await asyncio.wait({comes}, timeout=0.3)
        shift.state, shift.next_at = "cancelled", None
    await comes
    assert not await town.rows(select(ShiftSignup).where(ShiftSignup.state == "on_duty"))

    # no hand goes up behind the count
    poll = await town.do(StartPoll(here, "几点巡逻", ("早", "晚"), staff_id=staff))
    async with town.parts.db.write() as session:
        row = await session.get_one(Poll, poll, with_for_update=True)
        raises = asyncio.create_task(town.at_once(RaiseHand(here, who, 0, poll)))
        await asyncio.wait({raises}, timeout=0.3)
        row.closed_at = clock.now()
    assert await raises == ["move_refused"]
