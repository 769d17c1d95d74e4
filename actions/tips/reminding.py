"""What nobody has opened yet is not forgotten: the staff group is told again, a few times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import Outcome
from actions.routing.rules import Rules
from actions.tips.access import lock_tip
from actions.tips.commands import RemindTip
from actions.tips.model import Tip
from actions.tips.sealing import Seals
from actions.tips.telling import tell_staff, tip_event

MOST_REMINDERS = 10


async def due_tips(session: AsyncSession, now: datetime, most: int) -> Sequence[int]:
    """Ids of the cases that somebody must be reminded of."""
    query = select(Tip.id).where(Tip.remind_at <= now).order_by(Tip.remind_at).limit(most)
    return list(await session.scalars(query))


async def remind_tip(session: AsyncSession, command: RemindTip, now: datetime, rules: Rules, seals: Seals) -> Outcome:
    """Remind, and again after as long; in the end the case stands in the queue as unread."""
    tip = await lock_tip(session, command.tip_id)
    if tip.remind_at is None or tip.remind_at > now:
        return Outcome()
    tip.reminded += 1
    tip.remind_at = rules.calendar.due(now, rules.terms.tip_unread) if tip.reminded < MOST_REMINDERS else None
    await session.flush()
    return Outcome((tell_staff(tip, rules, "staff.tip_unread", "unread"),), (tip_event("TipChanged", tip),), tip.id)
