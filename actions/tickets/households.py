"""How many households a ticket affects."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

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


# written out, past the ORM: of all that a report does, this is done for every one. It counts as ``count_households``
_COUNTED = text(
    "UPDATE ticket SET version = version + 1, affected = ("
    " SELECT count(DISTINCT CASE WHEN r.building_id IS NOT NULL AND r.room <> ''"
    " THEN CAST(r.building_id AS VARCHAR) || '/' || r.unit || '/' || r.room"
    " WHEN r.household_id IS NOT NULL THEN 'h' || CAST(r.household_id AS VARCHAR)"
    " ELSE 'r' || CAST(r.id AS VARCHAR) END)"
    " FROM follower f JOIN resident r ON r.id = f.resident_id WHERE f.ticket_id = :ticket"
    ") + ("
    " SELECT count(*) FROM ticket m WHERE m.merged_into_id = :ticket AND m.reporter_id IS NULL"
    ") + CASE WHEN reporter_id IS NULL THEN 1 ELSE 0 END "
    "WHERE id = :ticket RETURNING affected, version"
).bindparams(bindparam("ticket", type_=Ticket.__table__.c.id.type))


async def keep_count(session: AsyncSession, ticket: Ticket) -> None:
    """Count anew after somebody came to a ticket that is held, and keep it, in one statement."""
    affected, version = (await session.execute(_COUNTED, {"ticket": ticket.id})).one()
    set_committed_value(ticket, "affected", affected)
    set_committed_value(ticket, "version", version)
