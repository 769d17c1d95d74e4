"""Who is looking, and the only doors to what they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.people.model import OrgUnit, Role, StaffMember
from actions.tickets.access import TRUSTED
from actions.tickets.commands import Actor
from actions.tickets.model import Ticket
from bot.storage.queries import Area, find_ticket

CONTEXT_ROLES = frozenset({Role.COMMITTEE, Role.ADMIN})  # may ask for what others said around it
CLOCK_ROLES = frozenset({Role.ADMIN, Role.COMMITTEE, Role.WORKSTATION, Role.SUPERVISOR})
DELIVERY_ROLES = frozenset({Role.ADMIN, Role.COMMITTEE, Role.WORKSTATION})
RESEND_ROLES = frozenset({Role.ADMIN, Role.COMMITTEE})
# the three rates compare bodies: for those who answer for several, and for the outside supervisor
FIGURE_ROLES = frozenset(
    {Role.ADMIN, Role.COMMITTEE, Role.WORKSTATION, Role.STREET, Role.DISTRICT, Role.SUPERVISOR}
)
TEACHERS = frozenset({Role.ADMIN})  # may change what the bot understands and says
WORKERS = frozenset(Role) - {Role.SUPERVISOR}


@dataclass(frozen=True, slots=True)
class Viewer:
    """The signed-in staff member with their place in the tree."""

    staff: StaffMember
    unit: OrgUnit

    @property
    def id(self) -> int:
        return self.staff.id

    @property
    def role(self) -> str:
        return self.staff.role

    @property
    def actor(self) -> Actor:
        return Actor("staff", self.staff.id, self.staff.name)

    @property
    def area(self) -> Area:
        """What they may see: their unit and below; an admin of a community all of it."""
        staff, path = self.staff, self.unit.path
        if staff.role == Role.ADMIN and staff.community_id is not None:
            path = "/"  # still bound to the community by its id
        return Area(staff.id, staff.team_id, staff.community_id, path, staff.role in TRUSTED)


VIEWER = web.RequestKey("viewer", Viewer)


def viewer_of(request: web.Request) -> Viewer:
    """Who is signed in; the guard has made sure that somebody is."""
    return request[VIEWER]


async def find_viewer(session: AsyncSession, staff_id: int) -> Viewer | None:
    """The staff member with their unit, if they still work here."""
    query = (
        select(StaffMember, OrgUnit)
        .join(OrgUnit, OrgUnit.id == StaffMember.org_unit_id)
        .where(StaffMember.id == staff_id, StaffMember.active.is_(True))
    )
    row = (await session.execute(query)).tuples().one_or_none()
    return Viewer(*row) if row else None


async def access_ticket(session: AsyncSession, viewer: Viewer, ticket_id: int) -> Ticket:
    """The ticket if they may see it. Raises NotFound: to others it does not exist."""
    ticket = await find_ticket(session, viewer.area, ticket_id)
    if ticket is None:
        raise NotFound(f"ticket {ticket_id}", phrase="console.no_such_page")
    return ticket


def check_page(viewer: Viewer, roles: frozenset[Role]) -> None:
    """Raise NotFound for a page that is not for their role."""
    if viewer.role not in roles:
        raise NotFound(f"page not for {viewer.role}", phrase="console.no_such_page")


async def check_ours(session: AsyncSession, model: type[Any], number: int, community_id: int) -> None:
    """Whether a row with a ``community_id`` is ours. Raises NotFound: another community's is not there."""
    row = await session.get(model, number)
    if row is None or row.community_id != community_id:
        raise NotFound("elsewhere", phrase="console.no_such_page")


async def community_ids(session: AsyncSession, viewer: Viewer) -> list[int]:
    """The communities they look at: their own, or all below their unit."""
    if viewer.staff.community_id is not None:
        return [viewer.staff.community_id]
    query = select(OrgUnit.id).where(
        OrgUnit.level == "community", OrgUnit.path.startswith(viewer.unit.path, autoescape=True)
    )
    return list((await session.scalars(query.order_by(OrgUnit.id))).all())
