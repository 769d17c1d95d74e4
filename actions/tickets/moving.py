"""Makes a move of the loop: is it allowed, what changes, what is written down, who is told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused
from actions.outcome import Outcome
from actions.routing.rules import Rules
from actions.tickets.access import Mover, access_as, get_mover
from actions.tickets.commands import Move, MoveTicket
from actions.tickets.effects import EFFECTS, Step
from actions.tickets.history import add_article
from actions.tickets.model import Ticket
from actions.tickets.moves import CALLS, RESIDENT, Row, check_move, is_held_up
from actions.tickets.tell import ticket_event
from actions.tickets.words import spread_word


async def move_ticket(session: AsyncSession, command: MoveTicket, now: datetime, rules: Rules) -> Outcome:
    """One move, by whom it belongs to, on the version they saw. Raises any ActionError."""
    mover = await get_mover(session, command.actor)
    ticket = await access_as(session, command.ticket_id, mover)
    if command.version and command.version != ticket.version:
        raise MoveRefused("somebody was faster", phrase="error.faster")
    if command.move is Move.RATE:
        raise InvalidInput("a rating needs its score", phrase="error.score")
    if mover.role == RESIDENT and ticket.reporter_id != command.actor.id:
        raise MoveRefused("not the reporter", phrase="error.not_reporter")
    return await make_move(session, ticket, mover, command, now, rules)


async def make_move(
    session: AsyncSession, ticket: Ticket, mover: Mover, command: MoveTicket, now: datetime, rules: Rules
) -> Outcome:
    """The move itself, on a ticket that is held. Access is not asked here, the table is."""
    row = check_move(command.move, ticket.status, mover.role)
    if is_held_up(ticket, command.move):
        phrase = "refused.settled" if ticket.settled_at is not None else "refused.unsettled"
        raise MoveRefused(f"{command.move} must wait", phrase=phrase)
    _check_text(row, command)
    step = Step(
        session, ticket, mover, command, now, rules, status_from=ticket.status, level_from=ticket.level
    )
    step.team_from = ticket.team_id
    step.reason = _call_words(step)
    status_to = row.to or ticket.status_before or ticket.status
    if (effect := EFFECTS.get(command.move)) is not None:
        await effect(step)
    ticket.status = status_to if row.to or command.move is Move.RESUME else ticket.status
    if command.move is Move.RESUME:
        ticket.status_before = ""
    replies, told = await spread_word(step)
    add_article(
        session, ticket, mover, now, command.move,
        text=step.reason + (command.text or step.note), told=told, status_from=step.status_from,
        pictures=command.pictures,
    )  # fmt: skip
    await session.flush()
    who = {"actor": mover.actor.kind, "actor_id": mover.actor.id, "emergency": ticket.emergency}
    event = ticket_event("TicketMoved", ticket, move=command.move, status_from=step.status_from, **who)
    return Outcome(replies, (event,), ticket.id)


def _call_words(step: Step) -> str:
    """What came of the call that a closing owes to who phoned. Raises InvalidInput without one."""
    command = step.command
    if command.move is not Move.CLOSE or not step.ticket.call_back or step.mover.staff is None:
        return ""
    if command.call not in CALLS:
        raise InvalidInput("somebody must be phoned", phrase="needs_text.call")
    return step.rules.words[f"call_{command.call}"]


def _check_text(row: Row, command: MoveTicket) -> None:
    if row.needs_text and not (command.text.strip() or command.tell.strip() or command.pictures):
        raise InvalidInput(f"{row.move} needs words", phrase=f"needs_text.{row.move}")
