"""Neighbours' help for the console's page. Who may read it is asked by the page."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.people.model import Resident
from actions.pool.model import Need, NeedState, Volunteer

MOST_ROWS = 100


async def list_needs(session: AsyncSession, community_id: int, *states: NeedState) -> list[tuple[Need, str, str]]:
    """Needs in those states with who asked and who helps, the newest first."""
    helper = aliased(Resident)
    query = (
        select(Need, Resident.nickname, helper.nickname)
        .join(Resident, Resident.id == Need.resident_id)
        .outerjoin(helper, helper.id == Need.helper_id)
        .where(Need.community_id == community_id, Need.state.in_(states))
        .order_by(Need.id.desc())
        .limit(MOST_ROWS)
    )
    return [(need, asker, name or "") for need, asker, name in await session.execute(query)]


async def list_volunteers(session: AsyncSession, community_id: int) -> list[tuple[Volunteer, str]]:
    """Volunteers with what they are called; those who rest behind the others."""
    query = (
        select(Volunteer, Resident.nickname)
        .join(Resident, Resident.id == Volunteer.resident_id)
        .where(Volunteer.community_id == community_id)
        .order_by(Volunteer.active.desc(), Volunteer.id)
        .limit(MOST_ROWS)
    )
    return [(volunteer, name) for volunteer, name in await session.execute(query)]
