"""Tickets that may be about the same fault: remembered for staff, and what staff said of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import MoveRefused, NotAllowed, NotFound
from actions.inserting import insert_once
from actions.outcome import Outcome
from actions.routing.rules import Rules
from actions.tickets.access import Mover, access_as, get_mover
from actions.tickets.commands import DecideLikeness, Move, MoveTicket
from actions.tickets.history import add_article
from actions.tickets.model import Likeness, Ticket
from actions.tickets.sharing import move_ticket
from actions.tickets.tell import ticket_event

SAME, DIFFERENT = "same", "different"


async def suggest(session: AsyncSession, ticket: Ticket, others: Sequence[int], now: datetime) -> None:
    """Remember what the new ticket may be the same as. ``others``: ids."""
    for other in others:
        row = {"community_id": ticket.community_id, "ticket_id": ticket.id, "other_id": other, "found_at": now,
               "verdict": ""}  # fmt: skip
        await insert_once(session, Likeness, row, ("ticket_id", "other_id"))


async def keep_apart(session: AsyncSession, ticket: Ticket, other: Ticket, mover: Mover, now: datetime) -> None:
    """They are not the same: never suggest it again."""
    await suggest(session, ticket, (other.id,), now)
    query = select(Likeness).where(Likeness.ticket_id == ticket.id, Likeness.other_id == other.id)
    _decide((await session.scalars(query)).one(), DIFFERENT, mover, now)


async def decide_likeness(session: AsyncSession, command: DecideLikeness, now: datetime, rules: Rules) -> Outcome:
    """Merge the newer into the older, or remember that they are two."""
    mover = await get_mover(session, command.actor)
    likeness = await session.get(Likeness, command.likeness_id)
    if mover.staff is None or mover.role == "supervisor":
        raise NotAllowed("only working staff decide that")
    if likeness is None:
        raise NotFound(f"likeness {command.likeness_id}")
    ticket = await access_as(session, likeness.ticket_id, mover)
    other = await access_as(session, likeness.other_id, mover)
    await session.refresh(likeness)
    if likeness.verdict:
        raise MoveRefused("decided already", phrase="refused.likeness_decided")
    _decide(likeness, SAME if command.same else DIFFERENT, mover, now)
    if command.same:
        merge = MoveTicket(ticket.id, Move.MERGE, command.actor, into_ref=other.ref)
        return await move_ticket(session, merge, now, rules)
    for one, its in ((ticket, other), (other, ticket)):
        add_article(session, one, mover, now, "not_same", text=its.ref, internal=True)
    await session.flush()
    return Outcome(events=(ticket_event("TicketChanged", ticket), ticket_event("TicketChanged", other)))


def _decide(likeness: Likeness, verdict: str, mover: Mover, now: datetime) -> None:
    likeness.verdict, likeness.decided_at = verdict, now
    likeness.decided_by = mover.staff.id if mover.staff else None
