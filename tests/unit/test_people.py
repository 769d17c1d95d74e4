"""Org units, teams and staff by command; signing in and the lock-out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actions.errors import InvalidInput, NotFound
from actions.people.commands import (
    CreateOrgUnit,
    CreateStaff,
    CreateTeam,
    RecordSignIn,
    SetPassword,
    SetStaffActive,
)
from actions.people.model import Level, OrgUnit, Role
from tests.support.desk import Desk


async def test_a_unit_knows_its_path_and_community(desk: Desk) -> None:
    grid = await desk.unit(Level.GRID)
    made = await desk.do(CreateOrgUnit(Level.BUILDING, "9栋", grid.id, "9"))
    unit = await desk.session.get_one(OrgUnit, made.value)
    assert (unit.path, unit.community_id) == (f"{grid.path}{unit.id}/", await desk.community_id())
    assert grid.covers(unit)
    assert not unit.covers(grid)


@pytest.mark.parametrize(
    ("level", "name"), [("galaxy", "银河"), ("building", " "), ("street", "街中街"), ("grid", "格中格")]
)
async def test_a_unit_lies_below_its_parent_and_has_a_name(desk: Desk, level: str, name: str) -> None:
    with pytest.raises(InvalidInput):
        await desk.do(CreateOrgUnit(level, name, (await desk.unit(Level.GRID)).id))


async def test_what_hangs_on_nothing_is_not_found(desk: Desk) -> None:
    for command in (
        CreateOrgUnit(Level.GRID, "三网格", 999),
        CreateTeam(999, "police", "警务室"),
        CreateStaff("x", "某人", Role.POLICE, 999, "hash"),
        CreateStaff("x", "某人", Role.POLICE, 1, "hash", team_id=999),
        SetPassword(999, "hash"),
        RecordSignIn(999, True),
    ):
        with pytest.raises(NotFound):
            await desk.do(command)


async def test_a_body_and_a_login_are_there_once(desk: Desk) -> None:
    community = await desk.community_id()
    with pytest.raises(InvalidInput) as team:
        await desk.do(CreateTeam(community, "police", "又一个警务室"))
    with pytest.raises(InvalidInput) as login:
        await desk.do(CreateStaff(f" {Role.POLICE} ", "另一位", Role.POLICE, community, "hash"))
    with pytest.raises(InvalidInput):
        await desk.do(CreateStaff("new", "某人", "king", community, "hash"))
    assert (team.value.phrase, login.value.phrase) == ("error.team_exists", "error.login_taken")


async def test_five_wrong_passwords_lock_and_five_more_lock_twice_as_long(desk: Desk) -> None:
    staff = await desk.staff_row(Role.POLICE)
    for _ in range(5):
        assert not (await desk.do(RecordSignIn(staff.id, False))).value
    assert staff.locked_until == desk.now + timedelta(minutes=15)
    assert not (await desk.do(RecordSignIn(staff.id, True))).value
    desk.now += timedelta(minutes=15)
    for _ in range(5):
        await desk.do(RecordSignIn(staff.id, False))
    assert staff.locked_until == desk.now + timedelta(minutes=30)
    desk.now += timedelta(minutes=30)
    assert (await desk.do(RecordSignIn(staff.id, True))).value
    assert (staff.failed_sign_ins, staff.locked_until, staff.last_sign_in_at) == (0, None, desk.now)


async def test_no_lock_is_longer_than_a_day(desk: Desk) -> None:
    staff = await desk.staff_row(Role.POLICE)
    staff.failed_sign_ins = 4999
    await desk.do(RecordSignIn(staff.id, False))
    assert staff.locked_until == desk.now + timedelta(days=1)


async def test_a_new_password_ends_the_lock_and_who_has_left_is_not_let_in(desk: Desk) -> None:
    staff = await desk.staff_row(Role.POLICE)
    for _ in range(5):
        await desk.do(RecordSignIn(staff.id, False))
    await desk.do(SetPassword(staff.id, "new hash"))
    assert (await desk.do(RecordSignIn(staff.id, True))).value
    await desk.do(SetStaffActive(staff.id, False))
    assert not (await desk.do(RecordSignIn(staff.id, True))).value
