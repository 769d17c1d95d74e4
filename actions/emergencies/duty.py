"""The duty roster: who is on duty for a place now, adding and removing shifts, handing one over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.emergencies.commands import AddShift, HandOver, RemoveShift
from actions.emergencies.model import DutyShift
from actions.errors import InvalidInput, NotAllowed, NotFound
from actions.outcome import Audience, Event, Outcome, Reply
from actions.people.model import OrgUnit, Role, StaffMember
from actions.people.units import works_in
from actions.routing.rules import Rules

EDITORS = frozenset({Role.ADMIN, Role.COMMITTEE})
WORKERS = frozenset(Role) - {Role.SUPERVISOR}
LONGEST = timedelta(days=7)
MOST_DAYS = 62
MOST_TURNS = 9


async def find_on_duty(session: AsyncSession, unit: OrgUnit, now: datetime) -> list[StaffMember]:
    """Who is on duty for that place now, who is paged first in front; nobody twice."""
    query = (
        select(StaffMember, OrgUnit)
        .join(DutyShift, DutyShift.staff_id == StaffMember.id)
        .join(OrgUnit, OrgUnit.id == DutyShift.org_unit_id)
        .where(
            DutyShift.community_id == unit.community_id,
            DutyShift.starts_at <= now,
            DutyShift.ends_at > now,
            StaffMember.active.is_(True),
        )
        .order_by(DutyShift.turn, DutyShift.id)
    )
    rows = (await session.execute(query)).tuples()
    near = (staff for staff, seat in rows if seat.covers(unit) or unit.covers(seat))
    return list({staff.id: staff for staff in near}.values())


async def get_worker(session: AsyncSession, staff_id: int, community_id: int | None = None) -> StaffMember:
    """Somebody who works, and in that community: who works elsewhere is not there. Raises NotFound, NotAllowed."""
    staff = await session.get(StaffMember, staff_id)
    if staff is None or (community_id is not None and not await works_in(session, staff, community_id)):
        raise NotFound(f"staff {staff_id}", phrase="error.no_staff")
    if not staff.active or staff.role not in WORKERS:
        raise NotAllowed(f"staff {staff_id} does not work on this")
    return staff


async def add_shift(session: AsyncSession, command: AddShift, now: datetime, rules: Rules) -> Outcome:
    """The shift, repeated at the same hours on the days that follow."""
    await _check_editor(session, command.by_id, command.community_id)
    await _check_seat(session, command)
    _check_times(command, now)
    for day in range(command.days):
        later = timedelta(days=day)
        session.add(
            DutyShift(
                community_id=command.community_id,
                org_unit_id=command.org_unit_id,
                staff_id=command.staff_id,
                turn=command.turn,
                starts_at=command.starts_at + later,
                ends_at=command.ends_at + later,
                note=command.note,
                added_by=command.by_id,
            )
        )
    await session.flush()
    return Outcome(events=(Event("DutyChanged", command.community_id),))


async def remove_shift(session: AsyncSession, command: RemoveShift, now: datetime, rules: Rules) -> Outcome:
    """Take it away; of one that runs the past is kept."""
    shift = await _lock_shift(session, command.shift_id)
    await _check_editor(session, command.by_id, shift.community_id)
    if shift.starts_at < now:
        shift.ends_at = min(shift.ends_at, now)
    else:
        await session.delete(shift)
    await session.flush()
    return Outcome(events=(Event("DutyChanged", shift.community_id),))


async def hand_over(session: AsyncSession, command: HandOver, now: datetime, rules: Rules) -> Outcome:
    """The rest of the shift goes to the other one; the staff group hears of it, the note stands in the roster."""
    shift = await _lock_shift(session, command.shift_id)
    by = await get_worker(session, command.by_id)
    if by.id != shift.staff_id:
        await _check_editor(session, by.id, shift.community_id)
    to = await get_worker(session, command.to_id, shift.community_id)
    before = await session.get(StaffMember, shift.staff_id)
    if not shift.starts_at <= now < shift.ends_at:
        raise InvalidInput("the shift does not run now", phrase="error.shift_not_now")
    if to.id == shift.staff_id:
        raise InvalidInput("cannot be handed to them", phrase="error.shift_to_whom")
    ends_at, shift.ends_at = shift.ends_at, now
    session.add(
        DutyShift(
            community_id=shift.community_id,
            org_unit_id=shift.org_unit_id,
            staff_id=to.id,
            turn=shift.turn,
            starts_at=now,
            ends_at=ends_at,
            taken_from_id=shift.id,
            note=command.note,
            added_by=by.id,
        )
    )
    await session.flush()
    params = {"name": before.name if before else "", "to": to.name}
    told = Reply("duty.handed_over", params, to=Audience.STAFF, community_id=shift.community_id, urgent=True)
    return Outcome((told,), (Event("DutyChanged", shift.community_id),))


async def _lock_shift(session: AsyncSession, shift_id: int) -> DutyShift:
    shift = await session.scalar(select(DutyShift).where(DutyShift.id == shift_id).with_for_update())
    if shift is None:
        raise NotFound(f"shift {shift_id}", phrase="error.no_shift")
    return shift


async def _check_editor(session: AsyncSession, staff_id: int, community_id: int) -> None:
    staff = await get_worker(session, staff_id)
    if staff.role not in EDITORS or not await works_in(session, staff, community_id):
        raise NotAllowed(f"staff {staff_id} does not keep the roster")


async def _check_seat(session: AsyncSession, command: AddShift) -> None:
    await get_worker(session, command.staff_id, command.community_id)
    unit = await session.get(OrgUnit, command.org_unit_id)
    if unit is None or unit.community_id != command.community_id:
        raise InvalidInput("not of this community", phrase="error.shift_to_whom")


def _check_times(command: AddShift, now: datetime) -> None:
    length = command.ends_at - command.starts_at
    if not timedelta(0) < length <= LONGEST or command.ends_at <= now:
        raise InvalidInput(f"a shift of {length}", phrase="error.shift_times")
    if not (1 <= command.days <= MOST_DAYS and 1 <= command.turn <= MOST_TURNS):
        raise InvalidInput(f"{command.days} days, turn {command.turn}", phrase="error.shift_days", most=MOST_DAYS)


async def list_backups(session: AsyncSession, community_id: int, team_id: int | None) -> Sequence[StaffMember]:
    """Who is paged when nobody on duty answers: the team that answers for it, or else all who work on the spot."""
    here = select(StaffMember).where(StaffMember.active.is_(True), StaffMember.role.in_(WORKERS))
    if team_id is not None:
        team = (await session.scalars(here.where(StaffMember.team_id == team_id).order_by(StaffMember.id))).all()
        if team:
            return team
    on_the_spot = (Role.COMMITTEE, Role.WORKSTATION, Role.STEWARD, Role.GRID_WORKER)
    query = here.where(StaffMember.community_id == community_id, StaffMember.role.in_(on_the_spot))
    return (await session.scalars(query.order_by(StaffMember.id))).all()
