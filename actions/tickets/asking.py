"""What a resident asks about their own tickets."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed, NotFound
from actions.outcome import Audience, Outcome, Reply
from actions.routing.rules import Rules
from actions.tickets.access import Mover, get_mover
from actions.tickets.cards import ticket_params
from actions.tickets.commands import ListMyTickets, ShowTicket
from actions.tickets.model import OPEN_STATUSES, Follower, Ticket
from actions.tickets.tell import Saying, answer

_MOST_LISTED = 8


def own_tickets(community_id: int, resident_id: int) -> Select[tuple[Ticket]]:
    """The tickets a resident reported or follows, the latest first."""
    followed = select(Follower.ticket_id).where(
        Follower.community_id == community_id, Follower.resident_id == resident_id
    )
    mine = or_(Ticket.reporter_id == resident_id, Ticket.id.in_(followed))
    return select(Ticket).where(Ticket.community_id == community_id, mine).order_by(Ticket.id.desc())


async def find_own_ticket(
    session: AsyncSession, community_id: int, mover: Mover, ref: str, *, only_open: bool = False
) -> Ticket:
    """By its number or its last digits; without one the latest open, else the latest. Raises NotFound."""
    if mover.resident is None:
        raise NotAllowed("only residents have tickets of their own")
    mine = own_tickets(community_id, mover.resident.id)
    if ref.startswith("#"):  # our own key, from a quoted card
        found = await session.scalar(mine.where(Ticket.id == int(ref[1:])).limit(1))
        phrase = "ticket.none_such"
    elif digits := re.sub(r"[^0-9]", "", ref):
        whole = len(digits) == 12
        number = f"{digits[:8]}-{digits[8:]}" if whole else f"%-{digits[-4:].zfill(4)}"
        found = await session.scalar(mine.where(Ticket.ref.like(number)).limit(1))
        phrase = "ticket.none_such"
    else:
        found = await session.scalar(mine.where(Ticket.status.in_(OPEN_STATUSES)).limit(1))
        phrase = "ticket.none_open"
        if found is None and not only_open:
            found = await session.scalar(mine.limit(1))
    if found is None:
        raise NotFound(f"no own ticket {ref!r}", phrase=phrase)
    return found


async def show_ticket(session: AsyncSession, command: ShowTicket, now: datetime, rules: Rules) -> Outcome:
    """How it stands, with its card."""
    mover = await get_mover(session, command.actor)
    ticket = await find_own_ticket(session, command.community_id, mover, command.ref)
    promises = ticket.open311_status == "open" and ticket.due_at is not None and ticket.due_at > now
    saying = Saying("ticket.shown" if promises else "ticket.shown_over", card=True)
    return Outcome(answer(ticket, mover, rules, saying), value=ticket.id)


async def list_my_tickets(
    session: AsyncSession, command: ListMyTickets, now: datetime, rules: Rules
) -> Outcome:
    """The latest tickets of a resident, in private."""
    mover = await get_mover(session, command.actor)
    if mover.resident is None:
        raise NotAllowed("only residents have tickets of their own")
    query = own_tickets(command.community_id, mover.resident.id).limit(_MOST_LISTED)
    tickets = list(await session.scalars(query))
    line = rules.words["list_line"]
    lines = "\n".join(line.format_map(ticket_params(ticket, rules)) for ticket in tickets)
    reply = Reply(
        "ticket.list" if tickets else "ticket.list_empty",
        {"lines": lines, "count": len(tickets)},
        to=Audience.PRIVATE,
        resident_id=mover.resident.id,
        community_id=command.community_id,
    )
    return Outcome((reply,), value=tuple(ticket.id for ticket in tickets))
