"""The number of a ticket and the entries of its history."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.tickets.access import Mover
from actions.tickets.model import Article, Ticket, TicketCounter

_HELD = "openings held"  # by this transaction, in which community
_COUNT = text(
    "INSERT INTO ticket_counter (community_id, counted_on, last) VALUES (:community, :day, 1) "
    "ON CONFLICT (community_id, counted_on) DO UPDATE SET last = ticket_counter.last + 1 RETURNING last"
).bindparams(
    bindparam("community", type_=TicketCounter.__table__.c.community_id.type),
    bindparam("day", type_=TicketCounter.__table__.c.counted_on.type),
)


_HOLD = text(
    "INSERT INTO ticket_counter (community_id, counted_on, last) VALUES (:community, :day, 0) "
    "ON CONFLICT (community_id, counted_on) DO UPDATE SET last = ticket_counter.last"
).bindparams(
    bindparam("community", type_=TicketCounter.__table__.c.community_id.type),
    bindparam("day", type_=TicketCounter.__table__.c.counted_on.type),
)


async def hold_openings(session: AsyncSession, community_id: int, day: date) -> None:
    """Nobody else opens a ticket in that community until the commit: what is found open until then is all there is."""
    held = session.info.get(_HELD)
    if held == (session.get_transaction(), community_id):
        return
    await session.execute(_HOLD, {"community": community_id, "day": day})
    if not session.in_nested_transaction():  # a savepoint that is rolled back lets go of it
        session.info[_HELD] = session.get_transaction(), community_id


async def next_ref(session: AsyncSession, community_id: int, day: date) -> str:
    """The next number of that community and day. Gap-free: a rollback gives the number back."""
    last = await session.scalar(_COUNT, {"community": community_id, "day": day})
    return f"{day:%Y%m%d}-{last:04d}"


def add_article(
    session: AsyncSession,
    ticket: Ticket,
    mover: Mover,
    now: datetime,
    move: str,
    *,
    text: str = "",
    told: str = "",
    status_from: str = "",
    internal: bool = False,
    pictures: tuple[str, ...] = (),
) -> None:
    """Write down who did what, when and why, and what the resident was told."""
    session.add(
        Article(
            community_id=ticket.community_id,
            ticket_id=ticket.id,
            at=now,
            actor=mover.actor.kind,
            actor_id=mover.actor.id,
            actor_name=mover.name,
            move=move,
            level=ticket.level,
            team_id=ticket.team_id,
            status_from=status_from or ticket.status,
            status_to=ticket.status,
            text=text,
            told=told,
            internal=internal,
            pictures=list(pictures),
        )
    )
