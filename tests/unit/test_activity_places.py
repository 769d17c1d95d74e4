"""Whatever residents and staff do in whatever order: no place is given twice, and nobody overtakes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from actions.activities.commands import (
    ChangeActivity,
    CreateActivity,
    Details,
    LeaveActivity,
    Party,
    SignUp,
    Which,
)
from actions.activities.model import Activity, Signup
from actions.errors import ActionError
from actions.people.model import Resident, Role
from tests.support.desk import NOON, Desk, open_desk

STARTS = NOON + timedelta(days=3)
PEOPLE = 7
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.integers(0, PEOPLE - 1), st.integers(1, 4)),
        st.tuples(st.just("leave"), st.integers(0, PEOPLE - 1), st.just(0)),
        st.tuples(st.just("places"), st.just(0), st.integers(1, 9)),
    ),
    max_size=25,
)


def details(capacity: int) -> Details:
    return Details("羽毛球友谊赛", "文体中心", STARTS, STARTS + timedelta(hours=2), capacity)


async def play(desk: Desk, moves: list[tuple[str, int, int]]) -> None:
    session, community = desk.session, await desk.community_id()
    people = [
        Resident(community_id=community, nickname=f"居民{n}", unit="", room="", created_at=NOON) for n in range(PEOPLE)
    ]
    session.add_all(people)
    staff = (await desk.staff_row(Role.COMMITTEE)).id
    await session.flush()
    which = Which((await desk.do(CreateActivity(community, details(4), staff))).value)
    for what, who, number in moves:
        before = await line(desk)
        command: Any = LeaveActivity(community, people[who].id, which)
        if what == "join":
            command = SignUp(community, people[who].id, which, Party(total=number))
        if what == "places":
            command = ChangeActivity(which.activity_id or 0, staff, details(number))
        with suppress(ActionError):
            await desk.do(command)
        await check(desk, before)


async def line(desk: Desk) -> list[tuple[int, str, int]]:
    signups = await desk.session.scalars(select(Signup).order_by(Signup.number))
    return [(one.number, one.state, one.headcount) for one in signups]


async def check(desk: Desk, before: list[tuple[int, str, int]]) -> None:
    activity, now = (await desk.session.scalars(select(Activity))).one(), await line(desk)
    confirmed = [headcount for _, state, headcount in now if state == "confirmed"]
    assert sum(confirmed) == activity.taken <= activity.capacity
    waiting = [(number, headcount) for number, state, headcount in now if state == "waitlisted"]
    if waiting:  # the first in line does not fit, or it would have a place
        assert waiting[0][1] > activity.left
    had = {number for number, state, _ in before if state == "waitlisted"}
    moved_up = {number for number, state, _ in now if state == "confirmed"} & had
    still = {number for number, _ in waiting} & had
    assert not moved_up or not still or max(moved_up) < min(still), "somebody overtook"
    stayed = {number for number, state, _ in before if state == "confirmed"}
    assert not stayed & {number for number, _ in waiting}, "a place was taken away"


@settings(max_examples=50, deadline=None)
@given(moves=MOVES)
def test_no_place_is_given_twice_and_nobody_overtakes(community_file: Path, moves: list[tuple[str, int, int]]) -> None:
    async def run() -> None:
        async with open_desk(community_file) as desk:
            await play(desk, moves)
            await desk.session.rollback()

    asyncio.run(run())
