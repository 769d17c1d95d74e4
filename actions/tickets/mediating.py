"""From a ticket about a dispute to mediation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotAllowed
from actions.outcome import Button, Event, Outcome
from actions.routing.rules import Rules
from actions.tickets import timers
from actions.tickets.access import access_as, get_mover, lock_ticket
from actions.tickets.cards import place_words
from actions.tickets.commands import BOT, Actor, AskMediation, FollowMediation
from actions.tickets.history import add_article
from actions.tickets.model import OPEN_STATUSES, Ticket
from actions.tickets.moves import RESIDENT, WORKERS
from actions.tickets.tell import ticket_event

FAMILY = "dispute/"
LONGEST = 4000  # characters of what was said that go into the application


def mediation_button(ticket: Ticket) -> tuple[Button, ...]:
    """Under the answer to who reported a dispute: they may ask for mediation with one tap."""
    button = Button("button.mediation.apply", f"mediation:apply:{ticket.id}")
    return (button,) if ticket.service.startswith(FAMILY) else ()


async def ask_mediation(session: AsyncSession, command: AskMediation, now: datetime, rules: Rules) -> Outcome:
    """What must be known to open a case. Who merely follows the ticket cannot ask in the reporter's name."""
    mover = await get_mover(session, command.actor)
    ticket = await access_as(session, command.ticket_id, mover)
    own = mover.role == RESIDENT and mover.actor.id == ticket.reporter_id
    if not own and mover.role not in WORKERS:
        raise NotAllowed("not the reporter", phrase="error.not_your_move")
    if not ticket.service.startswith(FAMILY):
        raise InvalidInput("not a dispute", phrase="mediation.no_dispute")
    if ticket.status not in OPEN_STATUSES:
        raise NotAllowed("the ticket is over", phrase="mediation.ticket_over")
    application = {
        "kind": ticket.service,
        "text": ticket.text[:LONGEST],
        "org_unit_id": ticket.org_unit_id,
        "place": place_words(ticket, rules),
        "applicant_id": ticket.reporter_id,
        "ticket_id": ticket.id,
        "staff_id": mover.staff.id if mover.staff is not None else None,
        "consented": own,
    }
    return Outcome(events=(Event("MediationAsked", ticket.community_id, {"application": application}),))


async def follow_mediation(session: AsyncSession, command: FollowMediation, now: datetime, rules: Rules) -> Outcome:
    """Talking takes longer than a repair: nobody is late while a mediator leads it, and nothing is forgotten after."""
    mover = await get_mover(session, Actor("staff", command.staff_id) if command.staff_id else BOT)
    ticket = await lock_ticket(session, command.ticket_id)
    add_article(session, ticket, mover, now, command.what, text=command.ref, internal=True)
    if ticket.status in OPEN_STATUSES:
        await timers.cancel(session, ticket)
        ticket.due_at = None
        if not command.runs:
            service = rules.service(ticket.service)
            ticket.due_at = rules.due(service, now)
            await timers.schedule_deadline(session, ticket, rules, service.deadline, now)
    await session.flush()
    return Outcome(events=(ticket_event("TicketChanged", ticket),), value=ticket.id)
