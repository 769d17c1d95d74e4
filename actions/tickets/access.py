"""The door to tickets: who may see one, and who may see whose it is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.util import identity_key

from actions.errors import NotAllowed, NotFound
from actions.people.model import OrgUnit, Resident, Role, StaffMember
from actions.tickets.commands import Actor
from actions.tickets.model import Follower, Ticket
from actions.tickets.moves import RESIDENT

# who may read what was said in confidence without being the team that works on it
TRUSTED = frozenset({Role.POLICE, Role.COMMITTEE, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Mover:
    """An actor as looked up: the role decides which moves are theirs."""

    actor: Actor
    role: str
    staff: StaffMember | None = None
    resident: Resident | None = None

    @property
    def name(self) -> str:
        """As it stands in the history."""
        if self.staff is not None:
            return self.staff.name
        return self.resident.nickname if self.resident is not None else self.actor.name


async def get_mover(session: AsyncSession, actor: Actor) -> Mover:
    """Look the actor up. Raises NotFound, and NotAllowed for staff who have left."""
    if actor.kind == "staff":
        staff = await session.get(StaffMember, actor.id) if actor.id else None
        if staff is None:
            raise NotFound(f"staff {actor.id}")
        if not staff.active:
            raise NotAllowed(f"staff {actor.id} is not active")
        return Mover(actor, staff.role, staff=staff)
    if actor.kind == RESIDENT:
        resident = await session.get(Resident, actor.id) if actor.id else None
        if resident is None:
            raise NotFound(f"resident {actor.id}")
        return Mover(actor, RESIDENT, resident=resident)
    return Mover(actor, actor.kind)


_HELD = (
    select(Ticket)
    .where(Ticket.id == bindparam("id"))
    .with_for_update()
    .execution_options(populate_existing=True, autoflush=False)
)


async def lock_ticket(session: AsyncSession, ticket_id: int) -> Ticket:
    """The ticket, fresh and held until the commit. Raises NotFound."""
    known = session.identity_map.get(identity_key(Ticket, ticket_id))
    if known is not None and known in session.dirty:
        await session.flush()  # or what is changed already would be read over
    ticket: Ticket | None = await session.scalar(_HELD, {"id": ticket_id})
    if ticket is None:
        raise NotFound(f"ticket {ticket_id}", phrase="ticket.none_such")
    return ticket


async def access_ticket(session: AsyncSession, ticket_id: int, person: StaffMember | Resident) -> Ticket:
    """The ticket if this person may see it. Raises NotFound: to others it does not exist."""
    ticket = await lock_ticket(session, ticket_id)
    if isinstance(person, StaffMember):
        seen = await _staff_may_see(session, ticket, person)
    else:
        seen = await is_follower(session, ticket, person.id)
    if not seen:
        raise NotFound(f"ticket {ticket_id}", phrase="ticket.none_such")
    return ticket


async def access_as(session: AsyncSession, ticket_id: int, mover: Mover) -> Ticket:
    """As ``access_ticket`` for whoever moves; the clock and the bot see everything."""
    person = mover.staff or mover.resident
    return await (access_ticket(session, ticket_id, person) if person else lock_ticket(session, ticket_id))


def can_see_reporter(ticket: Ticket, staff: StaffMember) -> bool:
    """Whether that staff member may know who said it: of what is confidential only who works on it."""
    if not ticket.confidential:
        return True
    return staff.id == ticket.assignee_id or (ticket.team_id is not None and staff.team_id == ticket.team_id)


async def is_follower(session: AsyncSession, ticket: Ticket, resident_id: int) -> bool:
    """Whether that resident reported the ticket or follows it."""
    if ticket.reporter_id == resident_id:
        return True
    query = select(Follower.id).where(Follower.ticket_id == ticket.id, Follower.resident_id == resident_id)
    return await session.scalar(query) is not None


async def _staff_may_see(session: AsyncSession, ticket: Ticket, staff: StaffMember) -> bool:
    if staff.id == ticket.assignee_id or (staff.team_id is not None and staff.team_id == ticket.team_id):
        return True
    if ticket.confidential and staff.role not in TRUSTED:
        return False
    seat = await session.get(OrgUnit, staff.org_unit_id)
    place = await session.get(OrgUnit, ticket.org_unit_id)
    return seat is not None and place is not None and seat.covers(place)
