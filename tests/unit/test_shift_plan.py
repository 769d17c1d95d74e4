"""When a patrol comes, in plain words; and that whatever people do, no place is given twice."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from actions.errors import ActionError, InvalidInput
from actions.people.model import Resident, Role
from actions.routing.calendar import WorkCalendar
from actions.shifts import commands as c
from actions.shifts.model import Shift, ShiftSignup, StandIn
from actions.shifts.plan import Plan, plan_words, read_plan
from tests.support.desk import NOON, Desk, open_desk

CALENDAR = WorkCalendar()


@pytest.mark.parametrize(
    ("said", "plan"),
    [
        ("每周二、四晚 19:30–21:00，需要 2 名巡逻员＋1 名带队", Plan("week", 1170, 1260, 2, 1, (1, 3))),
        ("每周二四晚七点半至九点，2人", Plan("week", 1170, 1260, 2, 0, (1, 3))),
        ("每晚8点到10点，3人", Plan("day", 1200, 1320, 3)),
        ("工作日早上7点半到8点半 需要两名志愿者、一名带队", Plan("workday", 450, 510, 2, 1)),
        ("周一至周五 22:00-次日1:00 2人", Plan("week", 1320, 1500, 2, 0, (0, 1, 2, 3, 4))),
        ("每周末晚上10点到12点，4名队员", Plan("week", 1320, 1440, 4, 0, (5, 6))),
        ("每周六上午九点到十一点，带队1人，巡逻员5人，节假日停", Plan("week", 540, 660, 5, 1, (5,), True)),
        ("星期天下午2点—4点 需要一名带队", Plan("week", 840, 960, 0, 1, (6,))),
        ("每周五晚10点到1点 2人", Plan("week", 1320, 1500, 2, 0, (4,))),
    ],
)
def test_a_plan_is_read_as_people_say_it(said: str, plan: Plan) -> None:
    assert read_plan(said) == plan


@pytest.mark.parametrize(
    ("said", "phrase"),
    [
        ("", "shift.plan.unclear"),
        ("有空就去 19:30-21:00 2人", "shift.plan.unclear"),
        ("每周二晚上，2人", "shift.plan.no_times"),
        ("每天 25:00-26:00，2人", "shift.plan.no_times"),
        ("每天 08:00-21:00，2人", "shift.plan.bad_times"),
        ("每天 20:00-22:00", "shift.plan.no_needs"),
        ("每天 20:00-22:00，60人", "shift.plan.too_many"),
        ("每" * 200, "shift.plan.unclear"),
    ],
)
def test_what_is_no_plan_is_told_how_to_write_one(said: str, phrase: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_plan(said)
    assert refused.value.phrase == phrase


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["day", "workday", "week"]), st.integers(0, 1439), st.integers(1, 720), st.integers(0, 9),
    st.integers(0, 3), st.sets(st.integers(0, 6), min_size=1), st.booleans(),
)  # fmt: skip
def test_what_is_shown_back_reads_as_the_same_plan(
    kind: str, start: int, span: int, patrol: int, leads: int, days: set[int], skips: bool
) -> None:
    weekdays = tuple(sorted(days)) if kind == "week" else ()
    plan = Plan(kind, start, start + span, patrol or int(not leads), leads, weekdays, skips and kind != "workday")
    assert read_plan(plan_words(plan)) == plan


def test_holidays_are_kept_or_left_out_as_it_was_said() -> None:
    feast = date(2026, 10, 1)  # a Thursday
    always, skips = read_plan("每周四 20:00-22:00 2人"), read_plan("每周四 20:00-22:00 2人，节假日停")
    assert (always.falls_on(feast, CALENDAR), skips.falls_on(feast, CALENDAR)) == (True, False)
    assert skips.falls_on(feast + timedelta(days=14), CALENDAR)
    assert not read_plan("工作日 7:30-8:30 2人").falls_on(feast, CALENDAR)
    days = [date(2026, 9, 19) + timedelta(days=n) for n in range(30)]
    made_up = next(day for day in days if CALENDAR.is_workday(day) and day.weekday() > 4)  # 调休
    assert read_plan("工作日 7:30-8:30 2人").falls_on(made_up, CALENDAR)


PEOPLE = 5
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["join", "lead", "leave", "stand_in", "take", "fewer", "more"]), st.integers(0, PEOPLE - 1)
    ),
    max_size=22,
)


async def play(desk: Desk, moves: list[tuple[str, int]]) -> None:
    session, here = desk.session, await desk.community_id()
    people = [
        Resident(community_id=here, nickname=f"居民{n}", unit="", room="", created_at=NOON) for n in range(PEOPLE)
    ]
    session.add_all(people)
    staff = (await desk.staff_row(Role.COMMITTEE)).id
    await session.flush()

    def form(patrol: int) -> c.DutyDetails:
        return c.DutyDetails("夜间巡逻", "东门", f"每周六 20:00–22:00，{patrol}名巡逻员＋1名带队", "patrol")

    duty = (await desk.do(c.SaveDuty(here, staff, form(2)))).value
    shift = (await session.scalars(select(Shift).order_by(Shift.starts_at))).first()
    assert shift is not None
    which = c.WhichShift(shift.id)
    for what, number in moves:
        who = (here, people[number].id)
        command: Any = {
            "join": c.JoinShift(*who, which),
            "lead": c.JoinShift(*who, which, "lead"),
            "leave": c.LeaveShift(*who, which),
            "stand_in": c.LeaveShift(*who, which, True),
            "take": c.TakeOver(*who),
            "fewer": c.SaveDuty(here, staff, form(1), duty),
            "more": c.SaveDuty(here, staff, form(3), duty),
        }[what]
        with suppress(ActionError):
            await desk.do(command)
        await check(desk, shift.id)


async def check(desk: Desk, shift_id: int) -> None:
    """Who goes is counted right in each role, and nobody is asked to stand in for a place that is nobody's."""
    shift = (await desk.session.scalars(select(Shift).where(Shift.id == shift_id))).one()
    rows = (await desk.session.scalars(select(ShiftSignup).where(ShiftSignup.shift_id == shift_id))).all()
    held = [one.role for one in rows if one.state == "confirmed"]
    assert (shift.patrol_taken, shift.leads_taken) == (held.count("patrol"), held.count("lead"))
    assert shift.patrol_taken <= shift.patrol
    assert shift.leads_taken <= shift.leads
    open_ones = (await desk.session.scalars(select(StandIn.signup_id).where(StandIn.state == "open"))).all()
    assert len(open_ones) == len(set(open_ones))
    assert set(open_ones) <= {one.id for one in rows if one.state == "confirmed"}


@settings(max_examples=12, deadline=None)
@given(moves=MOVES)
def test_no_place_is_given_twice_whatever_people_do(community_file: Path, moves: list[tuple[str, int]]) -> None:
    async def run() -> None:
        async with open_desk(community_file) as desk:
            await play(desk, moves)
            await desk.session.rollback()

    asyncio.run(run())
