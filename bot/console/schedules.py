"""What the clock will do, and what it did."""

from __future__ import annotations

from aiohttp import web

from bot.console import pages
from bot.console.access import CLOCK_ROLES, check_page, viewer_of
from bot.console.parts import console_of
from bot.storage.queries_chat import list_ticks, list_timers


async def show_schedules(request: web.Request) -> web.Response:
    """Timers to come, timers that failed, ticks that did something."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, CLOCK_ROLES)
    async with console.db.read() as db:
        context = {
            "coming": await list_timers(db, viewer.area, "todo"),
            "failed": await list_timers(db, viewer.area, "failed"),
            "ticks": await list_ticks(db),
        }
    return await pages.render(request, "schedules.html", context)
