"""What follows when many households are affected."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import MoveRefused
from actions.outcome import Event, Outcome, Reply
from actions.routing.rules import Rules
from actions.tickets import timers
from actions.tickets.access import get_mover
from actions.tickets.commands import BOT, Move, MoveTicket
from actions.tickets.history import add_article
from actions.tickets.model import Status, Ticket
from actions.tickets.moving import make_move
from actions.tickets.tell import tell_staff, ticket_event

_NOBODYS_YET = frozenset({Status.REPORTED, Status.VERIFIED, Status.RETURNED})
_SHORTENED = frozenset({*_NOBODYS_YET, Status.ACCEPTED, Status.DISPATCHED})
_SHARE = 50  # percent of the whole time that is left from the second mark on


async def grow(session: AsyncSession, ticket: Ticket, now: datetime, rules: Rules) -> Outcome:
    """After a household came to it: at each mark staff hear it, at the second time is halved, at the third it climbs.

    Each mark is passed once, whatever the number does later. It climbs only while nobody works on it.
    """
    marks = rules.terms.crowd
    passed = max((mark for mark in marks if mark <= ticket.affected), default=0)
    if passed <= ticket.crowd:
        return Outcome()
    before, ticket.crowd = ticket.crowd, passed
    shortened = len(marks) > 1 and before < marks[1] <= passed and await _halve(session, ticket, now, rules)
    bot = await get_mover(session, BOT)
    add_article(session, ticket, bot, now, "crowd", text=str(ticket.affected), internal=True)
    await session.flush()
    phrase = "staff.crowd_sooner" if shortened else "staff.crowd"
    urgent = len(marks) > 1 and passed >= marks[1]
    replies: tuple[Reply, ...] = (tell_staff(ticket, rules, phrase, f"crowd:{passed}", tonight=urgent),)
    events: tuple[Event, ...] = (ticket_event("TicketChanged", ticket, affected=ticket.affected),)
    climbs = len(marks) > 2 and rules.terms.climbs("affected")
    if climbs and before < marks[2] <= passed and ticket.assignee_id is None and ticket.status in _NOBODYS_YET:
        climbed = await _climb(session, ticket, now, rules)
        replies, events = replies + climbed.replies, events + climbed.events
    return Outcome(replies, events)


async def _halve(session: AsyncSession, ticket: Ticket, now: datetime, rules: Rules) -> bool:
    length = rules.service(ticket.service).deadline.share(_SHARE)
    sooner = rules.calendar.due(now, length)
    if ticket.status not in _SHORTENED or ticket.due_at is None or ticket.due_at <= sooner:
        return False
    ticket.due_at = sooner
    await timers.schedule_deadline(session, ticket, rules, length, now)
    return True


async def _climb(session: AsyncSession, ticket: Ticket, now: datetime, rules: Rules) -> Outcome:
    bot = await get_mover(session, BOT)
    try:
        return await make_move(session, ticket, bot, MoveTicket(ticket.id, Move.ESCALATE, BOT), now, rules)
    except MoveRefused:  # it stands at the top
        return Outcome()
