"""Activities for the console's and the residents' pages. Who may read them is asked by the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.model import COMES, Activity, ActivityState, Signup, SignupState
from actions.people.model import OrgUnit, Resident

MOST_PAST = 60
KNOWN = (ActivityState.OPEN, ActivityState.CANCELLED, ActivityState.ENDED)


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """A line of a list. ``own``: how the resident who looks stands in it."""

    activity: Activity
    waiting: int = 0
    own: str = ""


async def list_activities(
    session: AsyncSession, communities: Sequence[int], states: Sequence[str], *, newest: bool = False
) -> list[ActivityRow]:
    """Those in such states, the next or the newest first."""
    order = Activity.starts_at.desc() if newest else Activity.starts_at
    query = select(Activity).where(Activity.community_id.in_(communities), Activity.state.in_(states))
    activities = (await session.scalars(query.order_by(order, Activity.id).limit(MOST_PAST))).all()
    waiting = await _waiting(session, [one.id for one in activities])
    return [ActivityRow(one, waiting.get(one.id, 0)) for one in activities]


async def list_between(
    session: AsyncSession, community_id: int, resident_id: int, start: datetime, end: datetime
) -> list[ActivityRow]:
    """What residents may know of that begins in a stretch of time, with how one of them stands in it."""
    query = (
        select(Activity, Signup.state)
        .outerjoin(Signup, (Signup.activity_id == Activity.id) & (Signup.resident_id == resident_id))
        .where(Activity.community_id == community_id, Activity.state.in_(KNOWN))
        .where(Activity.starts_at >= start, Activity.starts_at < end)
    )
    rows = (await session.execute(query.order_by(Activity.starts_at, Activity.id))).all()
    waiting = await _waiting(session, [one.id for one, _ in rows])
    return [ActivityRow(one, waiting.get(one.id, 0), own or "") for one, own in rows]


async def _waiting(session: AsyncSession, ids: Sequence[int]) -> dict[int, int]:
    if not ids:
        return {}
    query = select(Signup.activity_id, func.count()).where(
        Signup.activity_id.in_(ids), Signup.state == SignupState.WAITLISTED
    )
    return {activity_id: count for activity_id, count in await session.execute(query.group_by(Signup.activity_id))}


async def list_line(session: AsyncSession, activity_id: int) -> list[Signup]:
    """All sign-ups in order of their line, those who left behind them."""
    query = select(Signup).where(Signup.activity_id == activity_id).order_by(Signup.number)
    found = list(await session.scalars(query))
    return sorted(found, key=lambda one: (one.state == SignupState.CANCELLED, one.number))


async def find_proposer(session: AsyncSession, activity: Activity) -> str:
    """What the resident who proposed it is called, or ""."""
    resident = await session.get(Resident, activity.resident_id) if activity.resident_id else None
    return resident.nickname if resident is not None else ""


async def list_areas(session: AsyncSession, community_id: int) -> Sequence[OrgUnit]:
    """The community, its grids and buildings, as areas whose groups can be told."""
    query = select(OrgUnit).where(OrgUnit.community_id == community_id)
    return (await session.scalars(query.order_by(OrgUnit.path))).all()


async def find_own(session: AsyncSession, activity_id: int, resident_id: int) -> Signup | None:
    """The resident's sign-up that counts or counted, or None."""
    query = select(Signup).where(Signup.activity_id == activity_id, Signup.resident_id == resident_id)
    found: Signup | None = await session.scalar(query.where(Signup.state != SignupState.CANCELLED))
    return found


async def list_own(session: AsyncSession, resident_id: int) -> Sequence[Activity]:
    """What a resident goes to, for their calendar."""
    query = (
        select(Activity)
        .join(Signup, Signup.activity_id == Activity.id)
        .where(Signup.resident_id == resident_id, Signup.state.in_(COMES), Activity.state.in_(KNOWN))
    )
    return (await session.scalars(query.order_by(Activity.starts_at))).all()
