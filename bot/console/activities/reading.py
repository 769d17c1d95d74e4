"""The door to activities in the console, and what their forms bring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.commands import Details
from actions.activities.making import LONGEST_ABOUT, LONGEST_PLACE, LONGEST_TITLE, LONGEST_WHOM
from actions.activities.model import Activity
from actions.errors import InvalidInput, NotFound
from bot.clock import LOCAL_ZONE, local
from bot.console.access import community_ids, viewer_of
from bot.console.forms import number_of, text_of

FIELDS = ("title", "place", "starts", "ends", "closes", "capacity", "for_whom", "about", "area", "homes_only")


async def access_activity(request: web.Request, db: AsyncSession) -> Activity:
    """The activity of the address. Raises NotFound: to staff of elsewhere it does not exist."""
    activity = await db.get(Activity, int(request.match_info["id"]))
    if activity is None or activity.community_id not in await community_ids(db, viewer_of(request)):
        raise NotFound("no such activity", phrase="console.no_such_page")
    return activity


def details_of(form: Mapping[str, Any]) -> Details:
    """What a form says an activity is. Raises InvalidInput with what must be put right."""
    starts, ends = instant_of(form, "starts", "activity.bad.start"), instant_of(form, "ends", "activity.bad.end")
    closes = instant_of(form, "closes", "activity.bad.closes") if text_of(form, "closes", 20) else None
    capacity = text_of(form, "capacity", 20)
    if not (capacity.isascii() and capacity.isdecimal()):
        raise InvalidInput("capacity", phrase="activity.bad.capacity", most=5000)
    return Details(
        text_of(form, "title", LONGEST_TITLE),
        text_of(form, "place", LONGEST_PLACE),
        starts,
        ends,
        int(capacity),
        text_of(form, "for_whom", LONGEST_WHOM),
        text_of(form, "about", LONGEST_ABOUT),
        closes,
        bool(form.get("homes_only")),
        number_of(form, "area"),
    )


def instant_of(form: Mapping[str, Any], name: str, phrase: str) -> datetime:
    """A wall-clock instant. Raises InvalidInput."""
    try:
        return datetime.fromisoformat(text_of(form, name, 20)).replace(tzinfo=LOCAL_ZONE)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("no instant", phrase=phrase) from error


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
