"""How many households a ticket affects."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import Resident
from actions.tickets.homes import household_of
from actions.tickets.model import Follower, Ticket


async def count_households(session: AsyncSession, ticket: Ticket) -> int:
    """Households of reporter and followers; a ticket without a reporter (somebody phoned) stands for one more."""
    query = (
        select(Resident.id, Resident.household_id, Resident.building_id, Resident.unit, Resident.room)
        .join(Follower, Follower.resident_id == Resident.id)
        .where(Follower.ticket_id == ticket.id)
    )
    households = {household_of(*row) for row in (await session.execute(query)).tuples()}
    phoned = select(func.count()).select_from(Ticket)
    unnamed = await session.scalar(phoned.where(Ticket.merged_into_id == ticket.id, Ticket.reporter_id.is_(None)))
    return max(1, len(households) + (unnamed or 0) + (ticket.reporter_id is None))
