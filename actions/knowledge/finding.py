"""Which guide holds for whom: a community's own wins over one that ships under the same key."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.errors import NotFound
from actions.knowledge.model import SHARED, Guide
from actions.people.model import OrgUnit, Resident


def holds_for(community_id: int) -> ColumnElement[bool]:
    """The guides of a community: its own, and those that ship and that it has not made its own."""
    own = aliased(Guide)
    replaced = exists(select(own.id).where(own.community_id == community_id, own.key == Guide.key))
    return or_(Guide.community_id == community_id, (Guide.community_id == SHARED) & ~replaced)


async def get_guide(session: AsyncSession, community_id: int, guide_id: int, *, lock: bool = False) -> Guide:
    """The guide as it holds for that community. Raises NotFound."""
    query = select(Guide).where(Guide.id == guide_id, holds_for(community_id))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    guide = await session.scalar(query)
    if guide is None:
        raise NotFound(f"guide {guide_id}", phrase="guide.none_such")
    return guide


async def find_usable(
    session: AsyncSession, community_id: int, guide_id: int, resident_id: int, on: date
) -> Guide | None:
    """The guide if it may be said to that resident on that day: valid, and of where they live."""
    query = select(Guide).where(Guide.id == guide_id, holds_for(community_id))
    guide = await session.scalar(query.execution_options(populate_existing=True))
    if guide is None or not guide.is_valid(on):
        return None
    if guide.org_unit_id is None or await _lives_there(session, resident_id, guide.org_unit_id):
        return guide
    return None


async def _lives_there(session: AsyncSession, resident_id: int, org_unit_id: int) -> bool:
    resident = await session.get(Resident, resident_id)
    area = await session.get(OrgUnit, org_unit_id)
    if resident is None or area is None:
        return False
    home = await session.get(OrgUnit, resident.building_id or resident.community_id)
    return home is not None and area.covers(home)
