"""Moves as they are asked for, on tickets that several households share."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import Outcome
from actions.routing.rules import Rules
from actions.tickets import moving
from actions.tickets.access import get_mover, lock_ticket
from actions.tickets.commands import Move, MoveTicket
from actions.tickets.crowd import grow
from actions.tickets.joining import find_joined, find_next_reporter, leave_ticket
from actions.tickets.model import Ticket
from actions.tickets.moves import RESIDENT, check_move


async def move_ticket(session: AsyncSession, command: MoveTicket, now: datetime, rules: Rules) -> Outcome:
    """As ``moving.move_ticket``; one household that needs it no more does not end it for the others."""
    if command.move is Move.WITHDRAW and command.actor.kind == RESIDENT and command.actor.id is not None:
        ticket = await lock_ticket(session, command.ticket_id)
        if await _is_for_others_too(session, ticket, command.actor.id):
            mover = await get_mover(session, command.actor)
            check_move(Move.WITHDRAW, ticket.status, mover.role)
            return await leave_ticket(session, ticket, mover, now, rules)
    outcome = await moving.move_ticket(session, command, now, rules)
    if command.move is not Move.MERGE:
        return outcome
    merged = await lock_ticket(session, command.ticket_id)
    if merged.merged_into_id is None:
        return outcome
    grown = await grow(session, await lock_ticket(session, merged.merged_into_id), now, rules)
    return Outcome(outcome.replies + grown.replies, outcome.events + grown.events, outcome.value)


async def _is_for_others_too(session: AsyncSession, ticket: Ticket, resident_id: int) -> bool:
    if ticket.reporter_id == resident_id:
        return await find_next_reporter(session, ticket, resident_id) is not None
    return await find_joined(session, ticket, resident_id) is not None
