"""The door to activities in the console, and what their forms bring."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.model import Activity
from actions.errors import NotFound
from bot.clock import local
from bot.console.access import community_ids, viewer_of


async def access_activity(request: web.Request, db: AsyncSession) -> Activity:
    """The activity of the address. Raises NotFound: to staff of elsewhere it does not exist."""
    activity = await db.get(Activity, int(request.match_info["id"]))
    if activity is None or activity.community_id not in await community_ids(db, viewer_of(request)):
        raise NotFound("no such activity", phrase="console.no_such_page")
    return activity


def filled_from(activity: Activity) -> dict[str, str]:
    """The form as it stands for an activity."""
    until = "" if activity.closes_at == activity.starts_at else form_time(activity.closes_at)
    return {
        "title": activity.title,
        "place": activity.place,
        "starts": form_time(activity.starts_at),
        "ends": form_time(activity.ends_at),
        "closes": until,
        "capacity": str(activity.capacity),
        "for_whom": activity.for_whom,
        "about": activity.about,
        "area": str(activity.org_unit_id),
        "homes_only": "1" if activity.homes_only else "",
    }


def form_time(at: datetime | None) -> str:
    """As a browser's field of day and time wants it."""
    return f"{local(at):%Y-%m-%dT%H:%M}" if at is not None else ""
