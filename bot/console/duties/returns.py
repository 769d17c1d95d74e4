"""What the list sends to the wrong desk: how often, why, and what was settled in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit, Team
from actions.tickets.model import Ticket, TicketReturn
from bot.storage.queries import Area, visible

LOOKED_AT = timedelta(days=90)
MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Sent:
    """A service that was sent back: by which team, why, how often."""

    service: str
    team: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A service for which it was decided whose it is: for which team, how often."""

    service: str
    body: str
    team: str
    count: int


async def list_returns(db: AsyncSession, area: Area, community_id: int, now: datetime) -> Sequence[Sent]:
    """The returns of three months, the commonest first; of the tickets that the reader may see."""
    query = (
        select(TicketReturn.service, Team.name, TicketReturn.reason, func.count())
        .join(Ticket, Ticket.id == TicketReturn.ticket_id)
        .join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)
        .outerjoin(Team, Team.id == TicketReturn.from_team_id)
        .where(TicketReturn.community_id == community_id, TicketReturn.at > now - LOOKED_AT, visible(area))
        .group_by(TicketReturn.service, Team.name, TicketReturn.reason)
        .order_by(func.count().desc(), TicketReturn.service)
    )
    rows = (await db.execute(query.limit(MOST_ROWS))).tuples()
    return [Sent(service, team or "", reason, count) for service, team, reason, count in rows]


async def list_settled(db: AsyncSession, area: Area, community_id: int, now: datetime) -> Sequence[Settled]:
    """What was settled in three months, by service and the team that has it."""
    query = (
        select(Ticket.service, Team.body, Team.name, func.count())
        .join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)
        .join(Team, Team.id == Ticket.team_id)
        .where(Ticket.community_id == community_id, Ticket.settled_at > now - LOOKED_AT, visible(area))
        .group_by(Ticket.service, Team.body, Team.name)
        .order_by(func.count().desc(), Ticket.service)
    )
    rows = (await db.execute(query.limit(MOST_ROWS))).tuples()
    return [Settled(*row) for row in rows]
