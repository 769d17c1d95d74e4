"""What one may take part in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.model import Activity, ActivityState
from bot.community.section import Line, Place, Section

AHEAD = timedelta(days=31)
MOST = 30


async def load(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Those of the next month, the next first."""
    wanted = (
        Activity.community_id == place.community_id,
        Activity.state.in_((ActivityState.OPEN, ActivityState.CANCELLED)),
        Activity.ends_at >= place.now,
        Activity.starts_at < place.now + AHEAD,
    )
    found = await session.scalars(select(Activity).where(*wanted).order_by(Activity.starts_at, Activity.id).limit(MOST))
    return [_line(one, place) for one in found]


def _line(one: Activity, place: Place) -> Line:
    mark = ""
    if one.state == ActivityState.CANCELLED:
        mark = "cancelled"
    elif one.takes_signups(place.now):
        mark = "signup"
    words = place.say(f"community.mark.{mark}") if mark else ""
    return Line(one.title, when=one.starts_at, place=one.place, href=f"/activities/{one.id}", mark=words)


SECTION = Section("activities", "on", load)
