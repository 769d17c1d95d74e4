"""How many households a ticket affects."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import Resident
from actions.tickets.homes import household_column
from actions.tickets.model import Follower, Ticket

_NAMED = (
    select(func.count(household_column().distinct()))
    .select_from(Follower)
    .join(Resident, Resident.id == Follower.resident_id)
    .where(Follower.ticket_id == bindparam("ticket"))
)
_UNNAMED = (
    select(func.count())
    .select_from(Ticket)
    .where(Ticket.merged_into_id == bindparam("ticket"), Ticket.reporter_id.is_(None))
)
_HOUSEHOLDS = select(_NAMED.scalar_subquery() + _UNNAMED.scalar_subquery()).execution_options(autoflush=False)


async def count_households(session: AsyncSession, ticket: Ticket) -> int:
    """Households of reporter and followers; a ticket without a reporter (somebody phoned) stands for one more."""
    counted = await session.scalar(_HOUSEHOLDS, {"ticket": ticket.id}) or 0
    return max(1, counted + (ticket.reporter_id is None))
