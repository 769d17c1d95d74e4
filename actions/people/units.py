"""The org tree: district, street, community, grid, building."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import Level, OrgUnit


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
