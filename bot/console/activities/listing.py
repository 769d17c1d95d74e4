"""What is planned, what waits for a word, what is over; and making a new one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from actions.activities.commands import CreateActivity
from actions.activities.model import ActivityState
from actions.errors import ActionError
from bot.console import pages, sessions
from bot.console.access import WORKERS, check_page, community_ids, viewer_of
from bot.console.forms import read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.decide.activity_forms import details_from
from bot.decide.notice import LONGEST_NOTICE, read_notice
from bot.storage.queries_activities import list_activities, list_areas

OVER = (ActivityState.ENDED, ActivityState.CANCELLED, ActivityState.DECLINED)


async def show_activities(request: web.Request) -> web.Response:
    """Three lists; everybody may see them, the supervisor too."""
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        context = {
            "proposed": await list_activities(db, ids, (ActivityState.PROPOSED,)),
            "planned": await list_activities(db, ids, (ActivityState.OPEN,)),
            "over": await list_activities(db, ids, OVER, newest=True),
        }
    return await pages.render(request, "activities/list.html", context)


async def show_new(request: web.Request) -> web.Response:
    """The empty form."""
    check_page(viewer_of(request), WORKERS)
    return await _render_new(request, {"capacity": "30"})


async def _render_new(
    request: web.Request, filled: Mapping[str, str], *, status: int = 200, read: bool = False
) -> web.Response:
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        areas = await list_areas(db, ids[0])
    context = {"filled": defaultdict(str, filled), "areas": areas, "read": read, "longest": LONGEST_NOTICE}
    return await pages.render(request, "activities/new.html", context, status=status)


async def make_new(request: web.Request) -> web.Response:
    """Read what was pasted and show it; or make it, and it is announced."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, WORKERS)
    try:
        if form.get("do") == "read":
            found = read_notice(text_of(form, "notice", LONGEST_NOTICE), console.clock.now())
            return await _render_new(request, found, read=True)
        async with console.db.read() as db:
            ids = await community_ids(db, viewer)
        outcome = await console.performer.run(CreateActivity(ids[0], details_from(form), viewer.id))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return await _render_new(request, texts_of(form), status=422)
    await sessions.add_flash(request, console.phrases.render("console.activity.made"))
    return pages.redirect(f"/console/activities/{outcome.value}")


def texts_of(form: Mapping[str, Any]) -> dict[str, str]:
    """What was written, to be shown again."""
    return {key: value for key, value in form.items() if isinstance(value, str)}
