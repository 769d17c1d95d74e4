"""Shifts that still lack somebody: where help is wanted. Full ones are not shown, nor who goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.shifts.model import Shift, ShiftState
from bot.community.section import Line, Place, Section

AHEAD = timedelta(days=7)
MOST = 10


async def load(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Those of the next week, the next first."""
    wanted = (
        Shift.community_id == place.community_id,
        Shift.state == ShiftState.OPEN,
        Shift.starts_at >= place.now,
        Shift.starts_at < place.now + AHEAD,
        Shift.patrol + Shift.leads > Shift.patrol_taken + Shift.leads_taken,
    )
    found = await session.scalars(select(Shift).where(*wanted).order_by(Shift.starts_at, Shift.id).limit(MOST))
    return [
        Line(
            one.title,
            when=one.starts_at,
            place=one.place,
            href=f"/shifts/{one.id}",
            mark=place.say("community.mark.short", {"count": one.short}),
        )
        for one in found
    ]


SECTION = Section("shifts", "on", load)
