"""Before and after of repairs, where the reporter has agreed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.bulletins.model import RepairPicture
from bot.community.section import Line, Place, Section

MOST = 6


async def load(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Those of the month, the youngest first."""
    wanted = (
        RepairPicture.community_id == place.community_id,
        RepairPicture.state == "shown",
        RepairPicture.asked_at >= place.start,
        RepairPicture.asked_at < place.end,
    )
    found = await session.scalars(select(RepairPicture).where(*wanted).order_by(RepairPicture.id.desc()).limit(MOST))
    return [Line(one.caption, pictures=tuple(id_ for id_ in (one.before, one.after) if id_)) for one in found]


SECTION = Section("pictures", "fixed", load)
