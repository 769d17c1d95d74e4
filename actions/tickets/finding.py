"""What residents ask for without saying which: the ticket talked of just now, the one they have open."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotAllowed, NotFound
from actions.outcome import Audience, Button, Outcome, Reply
from actions.routing.rules import Rules
from actions.tickets.access import get_mover
from actions.tickets.cards import ticket_params
from actions.tickets.commands import FollowReported, FollowTicket, Move, MoveTicket, WithdrawOpen
from actions.tickets.following import follow_ticket
from actions.tickets.model import OPEN_STATUSES, Ticket
from actions.tickets.opening import open_ticket
from actions.tickets.sharing import move_ticket

WITHDRAW_BUTTON = "withdraw:{}"
_TALKED_OF_FOR = timedelta(minutes=10)
_MOST_OFFERED = 3


async def follow_reported(session: AsyncSession, command: FollowReported, now: datetime, rules: Rules) -> Outcome:
    """Follow what was reported in that message, or just now in that chat; else open their own, if they gave one."""
    query = select(Ticket.id).where(
        Ticket.community_id == command.community_id,
        Ticket.chat_id == command.chat_id,
        Ticket.status.in_(OPEN_STATUSES),
        Ticket.confidential.is_(False),
    )
    if command.message_id is not None:
        query = query.where(Ticket.message_id == command.message_id)
    else:
        query = query.where(Ticket.opened_at > now - _TALKED_OF_FOR)
    if command.own is not None:
        query = query.where(Ticket.service == command.own.service)
    found = await session.scalar(query.order_by(Ticket.id.desc()).limit(1))
    if found is None:
        return Outcome() if command.own is None else await open_ticket(session, command.own, now, rules)
    return await follow_ticket(session, FollowTicket(found, command.actor), now, rules)


async def withdraw_open(session: AsyncSession, command: WithdrawOpen, now: datetime, rules: Rules) -> Outcome:
    """Withdraw the one matter a resident has open; of several, ask in private which."""
    mover = await get_mover(session, command.actor)
    if mover.resident is None:
        raise NotAllowed("only residents have tickets of their own")
    query = select(Ticket).where(
        Ticket.community_id == command.community_id,
        Ticket.reporter_id == mover.resident.id,
        Ticket.status.in_(OPEN_STATUSES),
    )
    if command.emergency:
        query = query.where(Ticket.emergency != "")
    tickets = list(await session.scalars(query.order_by(Ticket.id.desc()).limit(_MOST_OFFERED)))
    if not tickets and not command.addressed:
        return Outcome()
    if not tickets:
        raise NotFound("no open ticket", phrase="ticket.none_open")
    if len(tickets) == 1:
        return await move_ticket(session, MoveTicket(tickets[0].id, Move.WITHDRAW, command.actor), now, rules)
    buttons = tuple(
        Button("button.withdraw", WITHDRAW_BUTTON.format(ticket.id), ticket_params(ticket, rules)) for ticket in tickets
    )
    reply = Reply(
        "ticket.which_withdraw",
        to=Audience.PRIVATE,
        resident_id=mover.resident.id,
        community_id=command.community_id,
        buttons=buttons,
    )
    return Outcome((reply,))
