"""Does what a timer is for, if it still applies. Doing it twice does nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.outcome import Outcome
from actions.people.model import OrgUnit
from actions.routing.desks import find_desk, get_community
from actions.routing.rules import Rules
from actions.tickets import timers
from actions.tickets.access import Mover, get_mover, lock_ticket
from actions.tickets.commands import CLOCK, DoTimer, Move, MoveTicket
from actions.tickets.history import add_article
from actions.tickets.model import OPEN_STATUSES, Status, Ticket, Timer
from actions.tickets.moving import make_move
from actions.tickets.tell import Saying, tell_reporter, tell_staff, ticket_event
from actions.tickets.timers import Kind
from actions.tickets.words import rating_buttons

_RUNNING = OPEN_STATUSES - {Status.HANDLED, Status.CHECKED, Status.SUSPENDED}
_APPLIES: dict[str, frozenset[Status]] = {
    Kind.DEADLINE_SOON: _RUNNING,
    Kind.DEADLINE: _RUNNING,
    Kind.SUSPENDED_EXPIRE: frozenset({Status.SUSPENDED}),
    Kind.CHECK_WAITS: frozenset({Status.HANDLED, Status.CHECKED}),
    Kind.RATING_REMINDER: frozenset({Status.CLOSED}),
    Kind.RATING_EXPIRE: frozenset({Status.CLOSED}),
    Kind.OVERSEE_SOON: _RUNNING,
    Kind.OVERSEE_LATE: _RUNNING,
}


async def do_timer(session: AsyncSession, command: DoTimer, now: datetime, rules: Rules) -> Outcome:
    """Do it once. A timer done or cancelled before, or not due yet, does nothing."""
    found = await session.get(Timer, command.timer_id)
    if found is None:
        raise NotFound(f"timer {command.timer_id}")
    # the ticket first, as every move takes them in that order
    ticket = await lock_ticket(session, found.ticket_id)
    query = select(Timer).where(Timer.id == command.timer_id).with_for_update()
    timer = (await session.scalars(query.execution_options(populate_existing=True))).one()
    if timer.state != "todo" or timer.due_at > now:
        return Outcome()
    timer.done_at = now
    if ticket.status not in _APPLIES.get(timer.kind, ()):
        timer.state, timer.note = "cancelled", f"ticket is {ticket.status}"
        return Outcome()
    if timer.kind == Kind.DEADLINE_SOON and ticket.due_at is not None and ticket.due_at <= now:
        timer.state, timer.note = "cancelled", "late already"  # after an outage; the deadline itself speaks
        return Outcome()
    timer.state = "done"
    await session.flush()
    clock = await get_mover(session, CLOCK)
    outcome = await _do(session, Kind(timer.kind), ticket, clock, now, rules)
    await session.flush()
    return outcome


async def _do(
    session: AsyncSession, kind: Kind, ticket: Ticket, clock: Mover, now: datetime, rules: Rules
) -> Outcome:
    if kind is Kind.DEADLINE:
        return await _late(session, ticket, clock, now, rules)
    if kind is Kind.SUSPENDED_EXPIRE:
        closes = rules.service(ticket.service).after_suspended == "close"
        move = Move.CLOSE if closes else Move.RESUME
        return await make_move(session, ticket, clock, MoveTicket(ticket.id, move, CLOCK), now, rules)
    if kind is Kind.RATING_EXPIRE:
        command = MoveTicket(ticket.id, Move.EXPIRE_RATING, CLOCK)
        return await make_move(session, ticket, clock, command, now, rules)
    if kind is Kind.RATING_REMINDER:
        return await _ask_again(session, ticket, clock, now, rules)
    urgent = bool(ticket.emergency)
    add_article(session, ticket, clock, now, kind, internal=True)
    return Outcome(
        (tell_staff(ticket, rules, f"staff.{kind}", await _round(session, ticket, kind), urgent=urgent),)
    )


async def _late(session: AsyncSession, ticket: Ticket, clock: Mover, now: datetime, rules: Rules) -> Outcome:
    """One level up, with a new time; at the top staff are told, once."""
    unit = await session.get(OrgUnit, ticket.org_unit_id) or await get_community(session, ticket.community_id)
    desk = await find_desk(session, rules, ticket.service, unit, now, above=ticket.level, team_id=ticket.team_id)
    climbs = rules.terms.climbs("late") or (bool(ticket.emergency) and rules.terms.climbs("emergency"))
    if desk is not None and climbs:
        command = MoveTicket(ticket.id, Move.ESCALATE, CLOCK)
        return await make_move(session, ticket, clock, command, now, rules)
    add_article(session, ticket, clock, now, Kind.DEADLINE, internal=True)
    step = await _round(session, ticket, Kind.DEADLINE)
    staff = tell_staff(ticket, rules, "staff.late_top", step, urgent=bool(ticket.emergency))
    return Outcome((staff,), (ticket_event("TicketLate", ticket),))


async def _ask_again(
    session: AsyncSession, ticket: Ticket, clock: Mover, now: datetime, rules: Rules
) -> Outcome:
    expires_at = rules.calendar.due(now, rules.terms.rating_expire)
    await timers.schedule(session, ticket, Kind.RATING_EXPIRE, expires_at)
    add_article(session, ticket, clock, now, Kind.RATING_REMINDER, told="rating.reminder")
    saying = Saying("rating.reminder", buttons=rating_buttons(ticket.id))
    return Outcome(tell_reporter(ticket, rules, saying, str(Kind.RATING_REMINDER)))


async def _round(session: AsyncSession, ticket: Ticket, kind: Kind) -> str:
    done = select(Timer.id).where(Timer.ticket_id == ticket.id, Timer.kind == kind, Timer.state == "done")
    return f"{kind}:{len((await session.scalars(done)).all())}"
