"""What falls due for a ticket: rows to be claimed by a tick. Which one is done is said in ``ticking``."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.routing.calendar import Deadline
from actions.routing.rules import Rules
from actions.tickets.model import Ticket, Timer


class Kind(StrEnum):
    """What a timer is for. The question for the rating is in the closing text itself, so it needs none."""

    DEADLINE_SOON = "deadline_soon"
    DEADLINE = "deadline"
    SUSPENDED_EXPIRE = "suspended_expire"
    CHECK_WAITS = "check_waits"
    RATING_REMINDER = "rating_reminder"
    RATING_EXPIRE = "rating_expire"
    OVERSEE_SOON = "oversee_soon"
    OVERSEE_LATE = "oversee_late"


async def schedule(
    session: AsyncSession, ticket: Ticket, kind: Kind, due_at: datetime, *, first: bool = False
) -> None:
    """Add a timer. Its key counts the rounds of its kind, so that each round happens once.

    ``first``: the ticket is new, so there is nothing to count.
    """
    rounds = 0
    if not first:
        count = (
            select(func.count()).select_from(Timer).where(Timer.ticket_id == ticket.id, Timer.kind == kind)
        )
        rounds = await session.scalar(count) or 0
    session.add(
        Timer(
            community_id=ticket.community_id,
            ticket_id=ticket.id,
            kind=kind,
            key=f"ticket:{ticket.id}:{kind}:{rounds + 1}",
            due_at=due_at,
        )
    )


async def cancel(session: AsyncSession, ticket: Ticket, *kinds: Kind) -> None:
    """Cancel what is still to do of these kinds; without kinds, everything."""
    waiting = update(Timer).where(Timer.ticket_id == ticket.id, Timer.state == "todo")
    if kinds:
        waiting = waiting.where(Timer.kind.in_(kinds))
    await session.execute(waiting.values(state="cancelled").execution_options(synchronize_session="fetch"))


async def schedule_deadline(
    session: AsyncSession,
    ticket: Ticket,
    rules: Rules,
    length: Deadline,
    now: datetime,
    *,
    first: bool = False,
) -> None:
    """Set the reminder and the deadline anew after ``due_at`` was set; ``length`` is the whole time given."""
    if not first:
        await cancel(session, ticket, Kind.DEADLINE, Kind.DEADLINE_SOON)
    if ticket.due_at is None or ticket.due_at <= now:
        return
    await schedule(session, ticket, Kind.DEADLINE, ticket.due_at, first=first)
    left = rules.calendar.spent(now, ticket.due_at, working=length.working)
    kept = timedelta(minutes=length.minutes) * (100 - rules.terms.remind_percent) / 100
    if (minutes := int((left - kept).total_seconds() // 60)) > 0:
        soon = rules.calendar.due(now, Deadline(minutes, length.working))
        await schedule(session, ticket, Kind.DEADLINE_SOON, soon, first=first)


async def due_timers(session: AsyncSession, now: datetime, limit: int) -> list[int]:
    """Ids of the timers that are due, the oldest first."""
    query = select(Timer.id).where(Timer.state == "todo", Timer.due_at <= now)
    return list(await session.scalars(query.order_by(Timer.due_at, Timer.id).limit(limit)))
