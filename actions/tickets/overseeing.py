"""What those above do with a ticket besides working on it: hand it down again, and watch over it with a deadline."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotAllowed
from actions.outcome import Outcome, Reply
from actions.people.model import OrgUnit, Role, StaffMember
from actions.routing.desks import Desk, get_community, look_around
from actions.routing.rules import CLIMB, Rules
from actions.tickets import timers
from actions.tickets.access import Mover, access_as, get_mover
from actions.tickets.cards import time_words
from actions.tickets.commands import LowerTicket, OverseeTicket
from actions.tickets.history import add_article
from actions.tickets.model import OPEN_STATUSES, Status, Ticket
from actions.tickets.moves import ARBITERS, waits_for_settlement
from actions.tickets.tell import Saying, tell_reporter, tell_staff, ticket_event
from actions.tickets.timers import Kind

RUNNING = OPEN_STATUSES - {Status.HANDLED, Status.CHECKED, Status.SUSPENDED}
LONGEST = timedelta(days=92)
_TOPS = {Role.COMMITTEE: "community", Role.STREET: "street", Role.DISTRICT: "district"}


def is_above(ticket: Ticket, staff: StaffMember) -> bool:
    """Whether that person answers for the level at which the ticket stands, or for one above."""
    if staff.role not in ARBITERS:
        return False
    top = _TOPS.get(Role(staff.role)) or ("community" if staff.community_id is not None else "district")
    return ticket.level in CLIMB and CLIMB.index(ticket.level) <= [str(level) for level in CLIMB].index(top)


def may_lower(ticket: Ticket, staff: StaffMember) -> bool:
    """Whether they may hand it down: it stands above the lowest level, and nobody waits for a settlement."""
    lowest = ticket.level not in CLIMB[1:]
    return is_above(ticket, staff) and ticket.status in RUNNING and not lowest and not waits_for_settlement(ticket)


def may_oversee(ticket: Ticket, staff: StaffMember) -> bool:
    """Whether they may watch over it."""
    return is_above(ticket, staff) and ticket.status in RUNNING


async def lower_ticket(session: AsyncSession, command: LowerTicket, now: datetime, rules: Rules) -> Outcome:
    """To the desk of the next level down that has a team, with a reason; late, it gets a shorter time of its own."""
    mover = await get_mover(session, command.actor)
    ticket = await access_as(session, command.ticket_id, mover)
    _check(command.version, command.text, ticket, mover)
    if mover.staff is None or not may_lower(ticket, mover.staff):
        raise MoveRefused("not theirs to hand down", phrase="refused.lower")
    desk = await _desk_below(session, ticket, now, rules)
    if desk is None:
        raise MoveRefused("no desk below", phrase="refused.lower_bottom")
    ticket.team_id, ticket.level, ticket.assignee_id = desk.team.id, desk.level, None
    if ticket.due_at is None or ticket.due_at <= now:
        length = rules.service(ticket.service).deadline.share(rules.terms.escalated_percent)
        ticket.due_at = rules.calendar.due(now, length)
        await timers.schedule_deadline(session, ticket, rules, length, now)
    add_article(session, ticket, mover, now, "lower", text=command.text, told="ticket.lowered")
    await session.flush()
    heard = tell_reporter(ticket, rules, Saying("ticket.lowered", {"who": desk.team.name}), "lower")
    staff = tell_staff(ticket, rules, "staff.lowered", "lower", urgent=bool(ticket.emergency))
    return Outcome((*heard, staff), (ticket_event("TicketMoved", ticket, move="lower"),), ticket.id)


async def _desk_below(session: AsyncSession, ticket: Ticket, now: datetime, rules: Rules) -> Desk | None:
    unit = await session.get(OrgUnit, ticket.org_unit_id) or await get_community(session, ticket.community_id)
    around = await look_around(session, unit)
    route = around.route(rules, ticket.service, now)
    for level in reversed(CLIMB[: CLIMB.index(ticket.level)]):
        for body in route.bodies_at(level, now, rules.calendar):
            team = next((team for team in around.teams if team.body == body and team.id != ticket.team_id), None)
            if team is not None:
                return Desk(team, level)
    return None


async def oversee_ticket(session: AsyncSession, command: OverseeTicket, now: datetime, rules: Rules) -> Outcome:
    """A deadline of the leader's own beside the ticket's; who holds it hears at once, before it and when it passed."""
    mover = await get_mover(session, command.actor)
    ticket = await access_as(session, command.ticket_id, mover)
    _check(command.version, command.text, ticket, mover)
    if mover.staff is None or not may_oversee(ticket, mover.staff):
        raise MoveRefused("not theirs to oversee", phrase="refused.oversee")
    if not now < command.until <= now + LONGEST:
        raise InvalidInput("no such deadline", phrase="error.oversee_until")
    ticket.overseen_until = command.until
    await schedule_oversight(session, ticket, now)
    until = time_words(command.until, rules)
    add_article(session, ticket, mover, now, "oversee", text=f"{until} {command.text}", internal=True)
    await session.flush()
    reply: Reply = tell_staff(ticket, rules, "staff.overseen", "oversee", tonight=True, until=until, by=mover.name)
    return Outcome((reply,), (ticket_event("TicketChanged", ticket),), ticket.id)


async def schedule_oversight(session: AsyncSession, ticket: Ticket, now: datetime) -> None:
    """Its reminder, when a fifth of the time is left, and its end."""
    await timers.cancel(session, ticket, Kind.OVERSEE_SOON, Kind.OVERSEE_LATE)
    until = ticket.overseen_until
    if until is not None and until > now:
        await timers.schedule(session, ticket, Kind.OVERSEE_SOON, until - (until - now) / 5)
        await timers.schedule(session, ticket, Kind.OVERSEE_LATE, until)


def _check(version: int, text: str, ticket: Ticket, mover: Mover) -> None:
    if mover.staff is None:
        raise NotAllowed("only staff")
    if version and version != ticket.version:
        raise MoveRefused("somebody was faster", phrase="error.faster")
    if not text.strip():
        raise InvalidInput("no words", phrase="needs_text.above")
