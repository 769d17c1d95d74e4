"""The end of a hand-off, however it comes: the talk is the bot's again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.handoffs.model import Ending, Handoff, HandoffThread, State
from actions.handoffs.tell import add_step, handoff_event
from actions.outcome import Event


async def end(
    session: AsyncSession, handoff: Handoff, how: Ending, now: datetime, staff_id: int | None = None
) -> Event:
    """Give the talk back in all its chats."""
    handoff.state, handoff.ended_at, handoff.ended_how = State.ENDED, now, how
    handoff.next_at, handoff.unanswered_since, handoff.changed_at = None, None, now
    free = update(HandoffThread).where(HandoffThread.handoff_id == handoff.id).values(thread=None)
    await session.execute(free.execution_options(synchronize_session=False))
    await add_step(session, handoff, f"end_{how}", now, staff_id=staff_id, key="end")
    return handoff_event("HandoffEnded", handoff)
