"""The staff group: what the bot told the people on duty, and the button that answers a call."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import select

from actions.people.model import OrgUnit
from bot.console import pages
from bot.console.access import WORKERS, check_page, community_ids, viewer_of
from bot.console.parts import console_of
from bot.storage.queries_alarms import list_alarms, may_work_on
from bot.storage.queries_chat import list_staff_lines


async def show_staff_chat(request: web.Request) -> web.Response:
    """The last lines; new ones come by themselves."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, WORKERS)
    now = console.clock.now()
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        wanted = request.query.get("community", "")
        chosen = next((i for i in ids if str(i) == wanted), ids[0] if ids else 0)
        chat, lines = await list_staff_lines(db, chosen)
        alarms = [row for row in await list_alarms(db, [chosen]) if await may_work_on(db, viewer.area, row, now)]
        communities = (await db.scalars(select(OrgUnit).where(OrgUnit.id.in_(ids)).order_by(OrgUnit.id))).all()
    context = {"chat": chat, "lines": lines, "communities": communities, "chosen": chosen, "alarms": alarms}
    return await pages.render(request, "staff_chat.html", context)
