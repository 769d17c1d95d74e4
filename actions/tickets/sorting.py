"""A ticket that is something else than it was taken for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.routing.rules import Rules
from actions.tickets import timers
from actions.tickets.model import Ticket


async def sort_anew(session: AsyncSession, ticket: Ticket, code: str, now: datetime, rules: Rules) -> None:
    """Of that service from now on, with its deadline."""
    service = rules.service(code)
    ticket.service, ticket.emergency = service.code, service.emergency
    # what was once said in confidence stays so
    ticket.confidential = ticket.confidential or service.confidential
    due = rules.due(service, ticket.opened_at)
    # what would be late already as the new kind begins anew: its new desk never had a chance
    ticket.due_at = due if due > now else rules.due(service, now)
    await timers.schedule_deadline(session, ticket, rules, service.deadline, now)
