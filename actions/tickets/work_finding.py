"""Which tickets a member of staff means, and which wait for them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit, StaffMember
from actions.tickets.access import TRUSTED
from actions.tickets.commands import Move
from actions.tickets.model import OPEN_STATUSES, Status, Ticket
from actions.tickets.work_commands import WorkOn

MOST_LISTED = 6


def theirs(staff: StaffMember) -> ColumnElement[bool]:
    """Tickets they hold, or that their team holds and nobody of it has taken."""
    held = Ticket.assignee_id == staff.id
    if staff.team_id is None:
        return held
    return or_(held, and_(Ticket.team_id == staff.team_id, Ticket.assignee_id.is_(None)))


async def find_meant(session: AsyncSession, staff: StaffMember, command: WorkOn) -> Sequence[Ticket]:
    """The tickets that may be meant, at most six; those they may not see do not exist."""
    digits = re.sub(r"[^0-9]", "", command.ref)
    if digits:
        return await _by_number(session, staff, digits)
    states = frozenset({Status.SUSPENDED}) if command.do == Move.RESUME else OPEN_STATUSES
    query = select(Ticket).where(theirs(staff), Ticket.status.in_(states))
    found = list(await session.scalars(query.order_by(Ticket.due_at, Ticket.id).limit(MOST_LISTED)))
    held = [ticket for ticket in found if ticket.assignee_id == staff.id]
    return held if held and command.do != Move.TAKE else found


async def _by_number(session: AsyncSession, staff: StaffMember, digits: str) -> Sequence[Ticket]:
    """By the whole number or its last digits: what is open goes first, then the latest."""
    number = f"{digits[:8]}-{digits[8:]}" if len(digits) == 12 else f"%-{digits[-4:].zfill(4)}"
    query = select(Ticket).join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)
    query = query.where(Ticket.ref.like(number), or_(theirs(staff), await _inside(session, staff)))
    found = list(await session.scalars(query.order_by(Ticket.id.desc()).limit(MOST_LISTED)))
    return [ticket for ticket in found if ticket.status in OPEN_STATUSES] or found[:1]


async def _inside(session: AsyncSession, staff: StaffMember) -> ColumnElement[bool]:
    seat = await session.get_one(OrgUnit, staff.org_unit_id)
    inside: ColumnElement[bool] = OrgUnit.path.startswith(seat.path, autoescape=True)
    if staff.role not in TRUSTED:
        inside = and_(inside, Ticket.confidential.is_(False))
    return and_(inside, Ticket.community_id == staff.community_id) if staff.community_id is not None else inside
