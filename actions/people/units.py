"""The org tree: district, street, community, grid, building; and who works in which part of it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import Level, OrgUnit, StaffMember


async def add_unit(
    session: AsyncSession,
    level: Level,
    name: str,
    parent: OrgUnit | None,
    *,
    code: str = "",
    aliases: tuple[str, ...] = (),
) -> OrgUnit:
    """A new org unit below ``parent``, with its path and community filled in."""
    parent_id = parent.id if parent else None
    unit = OrgUnit(level=level, name=name, code=code, aliases=list(aliases), parent_id=parent_id, path="/")
    session.add(unit)
    await session.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    unit.community_id = unit.id if level == Level.COMMUNITY else (parent.community_id if parent else None)
    await session.flush()
    return unit


async def works_in(session: AsyncSession, staff: StaffMember, community_id: int) -> bool:
    """Whether a community is theirs: the one they work for, or, above the communities, one that their unit covers."""
    if staff.community_id is not None:
        return staff.community_id == community_id
    seat = await session.get(OrgUnit, staff.org_unit_id)
    community = await session.get(OrgUnit, community_id)
    return seat is not None and community is not None and seat.covers(community)
