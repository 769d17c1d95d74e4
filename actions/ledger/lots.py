"""Which of somebody's hours end when: the oldest are spent first, and what was reversed never happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.ledger.model import TimeEntry, TimePosting


@dataclass(frozen=True, slots=True)
class Lot:
    """Minutes that are left of those that end on a day."""

    expires_on: date
    minutes: int


def lots_of(credits: Iterable[tuple[date, int]], spent: int) -> list[Lot]:
    """What is left of each day's hours after ``spent`` minutes, the oldest first."""
    by_day: dict[date, int] = {}
    for day, minutes in credits:
        by_day[day] = by_day.get(day, 0) + minutes
    left = []
    for day in sorted(by_day):
        used = min(spent, by_day[day])
        spent -= used
        if by_day[day] > used:
            left.append(Lot(day, by_day[day] - used))
    return left


async def list_lots(session: AsyncSession, account_id: int) -> list[Lot]:
    """What somebody still has, by when it ends."""
    back = aliased(TimeEntry)
    query = (
        select(TimePosting.credit_id, TimePosting.expires_on, TimePosting.minutes)
        .join(TimeEntry, TimeEntry.id == TimePosting.entry_id)
        .outerjoin(back, back.reverses_id == TimeEntry.id)
        .where(
            or_(TimePosting.debit_id == account_id, TimePosting.credit_id == account_id),
            TimeEntry.reverses_id.is_(None),
            back.id.is_(None),
        )
    )
    rows = (await session.execute(query)).tuples().all()
    credits = [(day, minutes) for credit, day, minutes in rows if credit == account_id and day is not None]
    return lots_of(credits, sum(minutes for credit, _, minutes in rows if credit != account_id))
