"""Neighbours' help for the console's page and the residents' own. Who may read it is asked by the page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.people.model import Resident
from actions.pool.model import LIVE, Match, MatchState, Need, NeedState, Volunteer

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


async def list_asked(session: AsyncSession, resident_id: int, since: datetime) -> list[tuple[Need, str]]:
    """What a resident asked for, with who helps: all that is not over, and what was asked since; the newest first."""
    query = (
        select(Need, Resident.nickname)
        .outerjoin(Resident, Resident.id == Need.helper_id)
        .where(Need.resident_id == resident_id, or_(Need.state.in_(LIVE), Need.made_at > since))
        .order_by(Need.id.desc())
        .limit(MOST_ROWS)
    )
    return [(need, name or "") for need, name in await session.execute(query)]


async def list_offered(session: AsyncSession, resident_id: int) -> list[tuple[Match, Need]]:
    """What a volunteer is asked to help with and has not answered; who needs it is not told yet."""
    query = (
        select(Match, Need)
        .join(Need, Need.id == Match.need_id)
        .where(Match.resident_id == resident_id, Match.state == MatchState.OFFERED, Need.state == NeedState.OPEN)
        .order_by(Match.id)
        .limit(MOST_ROWS)
    )
    return list((await session.execute(query)).tuples())


async def list_taken(session: AsyncSession, resident_id: int, since: datetime) -> list[tuple[Need, str]]:
    """What a volunteer took on, with who asked: all that is not over, and what was asked since; the newest first."""
    query = (
        select(Need, Resident.nickname)
        .join(Resident, Resident.id == Need.resident_id)
        .where(
            Need.helper_id == resident_id,
            or_(
                Need.state.in_((NeedState.MATCHED, NeedState.STAFF)),
                (Need.state == NeedState.DONE) & (Need.made_at > since),
            ),
        )
        .order_by(Need.id.desc())
        .limit(MOST_ROWS)
    )
    return list((await session.execute(query)).tuples())


async def find_volunteer(session: AsyncSession, resident_id: int) -> Volunteer | None:
    """What a resident said they can help with."""
    found: Volunteer | None = await session.scalar(select(Volunteer).where(Volunteer.resident_id == resident_id))
    return found
