"""One activity: who comes, who waits, who came; its code for the door; its pictures."""

from __future__ import annotations

import io
from collections import defaultdict

import segno
from aiohttp import web

from actions.activities.model import Activity, ActivityState, SignupState
from actions.activities.tell import when_words
from actions.errors import NotFound
from bot.console import pages
from bot.console.access import WORKERS, viewer_of
from bot.console.activities.reading import access_activity, filled_from
from bot.console.parts import console_of
from bot.console.pictures import picture_file
from bot.storage.queries_activities import find_proposer, list_areas, list_line


async def show_activity(request: web.Request) -> web.Response:
    """Everything about it; the supervisor sees it without its buttons."""
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        activity = await access_activity(request, db)
        line = await list_line(db, activity.id)
        proposer, areas = await find_proposer(db, activity), await list_areas(db, activity.community_id)
    now = console.clock.now()
    came = [one for one in line if one.state == SignupState.ATTENDED]
    context = {
        "activity": activity,
        "when": when_words(activity, console.rules),
        "coming": [one for one in line if one.state not in (SignupState.WAITLISTED, SignupState.CANCELLED)],
        "waiting": [one for one in line if one.state == SignupState.WAITLISTED],
        "gone": [one for one in line if one.state == SignupState.CANCELLED],
        "came": sum(one.headcount for one in came),
        "proposer": proposer,
        "areas": areas,
        "filled": defaultdict(str, filled_from(activity)),
        "may_work": viewer.role in WORKERS,
        "may_change": activity.state == ActivityState.OPEN and activity.starts_at > now,
        "at_door": activity.takes_check_ins(now) or activity.state == ActivityState.ENDED,
        "has_begun": activity.starts_at <= now and activity.state in (ActivityState.OPEN, ActivityState.ENDED),
    }
    return await pages.render(request, "activities/activity.html", context)


async def show_door(request: web.Request) -> web.Response:
    """A sheet for the door: the code in large digits, and as a picture to be scanned."""
    console = console_of(request)
    async with console.db.read() as db:
        activity = await access_activity(request, db)
    if activity.state != ActivityState.OPEN or viewer_of(request).role not in WORKERS:
        raise NotFound("no door", phrase="console.no_such_page")
    address = f"{console.settings.public_url}/activities/{activity.id}/in?code={activity.code}"
    context = {"activity": activity, "when": when_words(activity, console.rules), "qr": _qr(address)}
    return await pages.render(request, "activities/door.html", context)


def _qr(address: str) -> str:
    """Drawn into the page itself: made of our own digits only."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", border=4, xmldecl=False, svgns=False, omitsize=True)
    return out.getvalue().decode()


async def show_picture(request: web.Request) -> web.StreamResponse:
    """A picture of it."""
    console, picture = console_of(request), request.match_info["picture"]
    async with console.db.read() as db:
        activity: Activity = await access_activity(request, db)
    if picture not in activity.pictures:
        raise NotFound("picture", phrase="console.no_such_page")
    return await picture_file(request, picture)
