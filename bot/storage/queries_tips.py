"""Tips for the console: numbers, states, times and who has read them; what was said is not among it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import StaffMember, Team
from actions.tips.model import Tip, TipEntry, TipReading
from actions.tips.moving import CLOSED

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class TipRow:
    """A case in the queue."""

    tip: Tip
    team: str


@dataclass(frozen=True, slots=True)
class Step:
    """That something was said or done, and by whom of the staff."""

    at: datetime
    kind: str
    who: str


async def list_tips(session: AsyncSession, communities: Sequence[int], *, closed: bool = False) -> list[TipRow]:
    """Open cases, the unread in front and the longest waiting first; or those that were closed last."""
    over = Tip.state.in_(CLOSED)
    query = select(Tip, Team.name).outerjoin(Team, Team.id == Tip.team_id).where(Tip.community_id.in_(communities))
    if closed:
        query = query.where(over, Tip.unread_since.is_(None)).order_by(Tip.closed_at.desc())
    else:
        query = query.where(~over | Tip.unread_since.is_not(None))
        query = query.order_by(Tip.unread_since.is_(None), Tip.unread_since, Tip.received_at)
    return [TipRow(tip, team or "") for tip, team in await session.execute(query.limit(MOST_ROWS))]


async def count_tips(session: AsyncSession, communities: Sequence[int]) -> Mapping[str, int]:
    """How many there are by state, and how many wait to be opened."""
    mine = Tip.community_id.in_(communities)
    states = await session.execute(select(Tip.state, func.count()).where(mine).group_by(Tip.state))
    unread = await session.scalar(select(func.count()).where(mine, Tip.unread_since.is_not(None)))
    return {**{state: count for state, count in states}, "unread": unread or 0}


async def find_tip(session: AsyncSession, communities: Sequence[int], tip_id: int) -> TipRow | None:
    """A case of those communities, or None."""
    query = select(Tip, Team.name).outerjoin(Team, Team.id == Tip.team_id)
    row = (await session.execute(query.where(Tip.id == tip_id, Tip.community_id.in_(communities)))).one_or_none()
    return TipRow(row[0], row[1] or "") if row is not None else None


async def list_steps(session: AsyncSession, tip_id: int) -> list[Step]:
    """What was done, in order."""
    query = select(TipEntry.at, TipEntry.kind, StaffMember.name)
    query = query.outerjoin(StaffMember, StaffMember.id == TipEntry.staff_id).where(TipEntry.tip_id == tip_id)
    return [Step(at, kind, name or "") for at, kind, name in await session.execute(query.order_by(TipEntry.id))]


async def list_readings(session: AsyncSession, tip_id: int) -> list[TipReading]:
    """Every opening, the first in front."""
    query = select(TipReading).where(TipReading.tip_id == tip_id).order_by(TipReading.id)
    return list(await session.scalars(query))
