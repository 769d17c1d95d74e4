"""Which shift is meant, and the doors to duties, shifts and places in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed, NotFound
from actions.people.model import Resident, Role, StaffMember
from actions.people.units import works_in
from actions.routing.rules import Rules
from actions.shifts.commands import WhichShift
from actions.shifts.model import COMES, Duty, Shift, ShiftSignup, ShiftState, SignupState

WORKERS = frozenset(Role) - {Role.SUPERVISOR}
PLANNERS = frozenset({Role.ADMIN, Role.COMMITTEE, Role.WORKSTATION, Role.GRID_WORKER, Role.POLICE})


async def lock_shift(session: AsyncSession, shift_id: int) -> Shift:
    """The shift, fresh and held until the commit: places are given one at a time. Raises NotFound."""
    query = select(Shift).where(Shift.id == shift_id).with_for_update()
    shift = await session.scalar(query.execution_options(populate_existing=True))
    if shift is None:
        raise NotFound(f"shift {shift_id}", phrase="shift.none_such")
    return shift


async def lock_duty(session: AsyncSession, duty_id: int) -> Duty:
    """The duty, fresh and held until the commit. Raises NotFound."""
    query = select(Duty).where(Duty.id == duty_id).with_for_update()
    duty = await session.scalar(query.execution_options(populate_existing=True))
    if duty is None:
        raise NotFound(f"duty {duty_id}", phrase="shift.none_such")
    return duty


async def access_staff(
    session: AsyncSession, staff_id: int, community_id: int, roles: frozenset[Role] = WORKERS
) -> StaffMember:
    """Somebody of the staff there. Raises NotFound elsewhere, NotAllowed for another role."""
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not staff.active or not await works_in(session, staff, community_id):
        raise NotFound("not of their community", phrase="shift.none_such")
    if staff.role not in roles:
        raise NotAllowed(f"not for {staff.role}")
    return staff


async def access_signup(session: AsyncSession, signup_id: int, staff_id: int) -> tuple[Shift, ShiftSignup]:
    """A place with its shift, held, for staff who work there. Raises NotFound."""
    signup = await session.get(ShiftSignup, signup_id)
    if signup is None:
        raise NotFound(f"signup {signup_id}", phrase="shift.none_such")
    await access_staff(session, staff_id, signup.community_id)
    shift = await lock_shift(session, signup.shift_id)
    await session.refresh(signup)
    return shift, signup


async def get_resident(session: AsyncSession, resident_id: int, community_id: int) -> Resident:
    """Somebody of that community. Raises NotFound."""
    resident = await session.get(Resident, resident_id)
    if resident is None or resident.community_id != community_id:
        raise NotFound(f"resident {resident_id}", phrase="shift.none_such")
    return resident


async def get_of_community(session: AsyncSession, shift_id: int, community_id: int) -> Shift:
    """The shift of a line or button. Raises NotFound, also for one of elsewhere."""
    shift = await session.get(Shift, shift_id)
    if shift is None or shift.community_id != community_id:
        raise NotFound(f"shift {shift_id}", phrase="shift.none_such")
    return shift


async def find_signup(session: AsyncSession, shift_id: int, resident_id: int) -> ShiftSignup | None:
    """The resident's place, in whatever state, or None."""
    query = select(ShiftSignup).where(ShiftSignup.shift_id == shift_id, ShiftSignup.resident_id == resident_id)
    found: ShiftSignup | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def list_signups(session: AsyncSession, shift_id: int, states: Sequence[str] = COMES) -> Sequence[ShiftSignup]:
    """In the order they signed up, those who lead first."""
    query = select(ShiftSignup).where(ShiftSignup.shift_id == shift_id, ShiftSignup.state.in_(states))
    found = (await session.scalars(query.execution_options(populate_existing=True))).all()
    return sorted(found, key=lambda one: (one.role != "lead", one.signed_at, one.id))


async def list_coming(session: AsyncSession, community_id: int, now: datetime) -> Sequence[Shift]:
    """Shifts one can still come to, the next first."""
    query = select(Shift).where(Shift.community_id == community_id, Shift.state == ShiftState.OPEN, Shift.ends_at > now)
    return (await session.scalars(query.order_by(Shift.starts_at, Shift.id))).all()


async def list_own(session: AsyncSession, community_id: int, resident_id: int, now: datetime) -> Sequence[Shift]:
    """Shifts that the resident comes to and that are not closed."""
    query = (
        select(Shift)
        .join(ShiftSignup, ShiftSignup.shift_id == Shift.id)
        .where(
            Shift.community_id == community_id,
            Shift.state == ShiftState.OPEN,
            ShiftSignup.resident_id == resident_id,
            ShiftSignup.state.in_(COMES),
        )
    )
    return (await session.scalars(query.order_by(Shift.starts_at, Shift.id))).all()


async def find_running(
    session: AsyncSession, community_id: int, resident_id: int, shift_id: int | None = None
) -> tuple[Shift, ShiftSignup] | None:
    """The shift that the resident is on just now, with their place."""
    query = (
        select(Shift, ShiftSignup)
        .join(ShiftSignup, ShiftSignup.shift_id == Shift.id)
        .where(
            ShiftSignup.resident_id == resident_id,
            ShiftSignup.state == SignupState.ON_DUTY,
            Shift.community_id == community_id,
        )
    )
    if shift_id is not None:
        query = query.where(Shift.id == shift_id)
    row = (await session.execute(query.order_by(Shift.starts_at.desc()).limit(1))).tuples().one_or_none()
    return (row[0], row[1]) if row is not None else None


async def choose(
    session: AsyncSession, community_id: int, which: WhichShift, among: Sequence[Shift], rules: Rules
) -> list[Shift]:
    """The one of a line or button, else those that fit what was said."""
    if which.shift_id is not None:
        return [await get_of_community(session, which.shift_id, community_id)]
    return meant(which, among, rules)


def meant(which: WhichShift, among: Sequence[Shift], rules: Rules) -> list[Shift]:
    """Those of the day and time that were named; a title that was named narrows it."""
    zone = rules.calendar.zone
    found = [
        one
        for one in among
        if (not which.days or one.starts_at.astimezone(zone).date() in which.days)
        and which.hours[0] <= one.starts_at.astimezone(zone).hour < which.hours[1]
    ]
    named = [one for one in found if which.text and one.title in which.text]
    return named or found
