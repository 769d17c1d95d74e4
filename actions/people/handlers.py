"""The handlers of the people room: async (session, command, now) → Outcome."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.outcome import Outcome
from actions.people.commands import (
    CreateOrgUnit,
    CreateStaff,
    CreateTeam,
    RecordSignIn,
    SetPassword,
    SetStaffActive,
)
from actions.people.model import Level, OrgUnit, Role, StaffMember, Team
from actions.people.units import add_unit

FAILURES_BEFORE_LOCK = 5
_LOCKED_FOR = timedelta(minutes=15)


async def create_org_unit(session: AsyncSession, command: CreateOrgUnit, now: datetime) -> Outcome:
    """A unit one or more levels below its parent; its path says where it lies."""
    levels = list(Level)
    if command.level not in levels or not command.name.strip():
        raise InvalidInput(f"level {command.level!r}, name {command.name!r}")
    parent = await session.get(OrgUnit, command.parent_id) if command.parent_id else None
    if command.parent_id and parent is None:
        raise NotFound(f"org unit {command.parent_id}")
    if parent is not None and levels.index(Level(parent.level)) >= levels.index(Level(command.level)):
        raise InvalidInput(f"a {command.level} does not lie in a {parent.level}")
    unit = await add_unit(
        session, Level(command.level), command.name, parent, code=command.code, aliases=command.aliases
    )
    return Outcome(value=unit.id)


async def create_team(session: AsyncSession, command: CreateTeam, now: datetime) -> Outcome:
    """A team; of each body there is one at an org unit."""
    unit = await _get_unit(session, command.org_unit_id)
    same = select(Team.id).where(Team.org_unit_id == unit.id, Team.body == command.body)
    if await session.scalar(same) is not None or not command.body or not command.name.strip():
        raise InvalidInput(f"team {command.body!r} at {unit.id}", phrase="error.team_exists")
    team = Team(
        community_id=unit.community_id,
        org_unit_id=unit.id,
        body=command.body,
        name=command.name,
        duty_phone=command.duty_phone,
    )
    session.add(team)
    await session.flush()
    return Outcome(value=team.id)


async def create_staff(session: AsyncSession, command: CreateStaff, now: datetime) -> Outcome:
    """Somebody who works here; the login is theirs alone."""
    if command.role not in list(Role) or not command.login.strip() or not command.name.strip():
        raise InvalidInput(f"role {command.role!r}, login {command.login!r}")
    unit = await _get_unit(session, command.org_unit_id)
    if command.team_id is not None and await session.get(Team, command.team_id) is None:
        raise NotFound(f"team {command.team_id}")
    taken = select(StaffMember.id).where(StaffMember.login == command.login.strip())
    if await session.scalar(taken) is not None:
        raise InvalidInput(f"login {command.login!r} is taken", phrase="error.login_taken")
    staff = StaffMember(
        community_id=unit.community_id,
        org_unit_id=unit.id,
        team_id=command.team_id,
        login=command.login.strip(),
        name=command.name.strip(),
        role=command.role,
        password_hash=command.password_hash,
        phone=command.phone,
        created_at=now,
    )
    session.add(staff)
    await session.flush()
    return Outcome(value=staff.id)


async def set_staff_active(session: AsyncSession, command: SetStaffActive, now: datetime) -> Outcome:
    """Whether this person may sign in and move tickets."""
    staff = await _lock_staff(session, command.staff_id)
    staff.active = command.active
    await session.flush()
    return Outcome(value=staff.id)


async def set_password(session: AsyncSession, command: SetPassword, now: datetime) -> Outcome:
    """Take the new password and forget the failures with the old one."""
    staff = await _lock_staff(session, command.staff_id)
    staff.password_hash = command.password_hash
    staff.failed_sign_ins, staff.locked_until = 0, None
    await session.flush()
    return Outcome(value=staff.id)


async def record_sign_in(session: AsyncSession, command: RecordSignIn, now: datetime) -> Outcome:
    """Count failures; every fifth in a row locks for a while, each time twice as long, up to a day.

    Who is locked out is not let in by the right password either, and guessing on does not count.
    """
    staff = await _lock_staff(session, command.staff_id)
    if is_locked(staff, now) or not staff.active:
        return Outcome(value=False)
    if command.right:
        staff.failed_sign_ins, staff.locked_until, staff.last_sign_in_at = 0, None, now
    else:
        staff.failed_sign_ins += 1
        rounds, rest = divmod(staff.failed_sign_ins, FAILURES_BEFORE_LOCK)
        if rest == 0:
            # the exponent is bounded, or a patient guesser makes the number huge
            staff.locked_until = now + min(_LOCKED_FOR * 2 ** min(rounds - 1, 10), timedelta(days=1))
    await session.flush()
    return Outcome(value=command.right)


def is_locked(staff: StaffMember, now: datetime) -> bool:
    """Whether signing in is refused for now."""
    return staff.locked_until is not None and staff.locked_until > now


async def _get_unit(session: AsyncSession, unit_id: int) -> OrgUnit:
    unit = await session.get(OrgUnit, unit_id)
    if unit is None:
        raise NotFound(f"org unit {unit_id}")
    return unit


async def _lock_staff(session: AsyncSession, staff_id: int) -> StaffMember:
    query = select(StaffMember).where(StaffMember.id == staff_id).with_for_update()
    staff = await session.scalar(query.execution_options(populate_existing=True))
    if staff is None:
        raise NotFound(f"staff {staff_id}")
    return staff
