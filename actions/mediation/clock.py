"""What falls due in mediation: meetings to be reminded of, promises, visits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.mediation.access import lock_case
from actions.mediation.commands import DoMediation
from actions.mediation.following import ask_visit, remind_item
from actions.mediation.model import MediationSession, MediationVisit, PerformanceItem
from actions.mediation.talk import tell_session
from actions.outcome import Outcome
from actions.routing.rules import Rules


async def due_mediation(session: AsyncSession, now: datetime, limit: int) -> list[DoMediation]:
    """What is due now."""
    meetings = select(MediationSession.id).where(MediationSession.remind_at <= now)
    items = select(PerformanceItem.id).where(PerformanceItem.next_at <= now)
    visits = select(MediationVisit.id).where(MediationVisit.asked_at.is_(None), MediationVisit.due_at <= now)
    found = []
    for what, query in (("session", meetings), ("item", items), ("visit", visits)):
        found += [DoMediation(what, one) for one in await session.scalars(query.limit(limit))]
    return found


async def do_mediation(session: AsyncSession, command: DoMediation, now: datetime, rules: Rules) -> Outcome:
    """Doing it twice does nothing."""
    if command.what == "item":
        return await remind_item(session, command.id, now, rules)
    if command.what == "visit":
        return await ask_visit(session, command.id, now, rules)
    planned = await session.get(MediationSession, command.id)
    if planned is None or planned.remind_at is None or planned.remind_at > now:
        return Outcome()
    case = await lock_case(session, planned.case_id)
    planned.remind_at = None
    return Outcome(await tell_session(session, case, planned, rules, "soon"), value=case.id)
