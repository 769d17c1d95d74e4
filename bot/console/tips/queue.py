"""The queue: numbers, states and times. For some roles figures only."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import select

from actions.people.model import OrgUnit
from actions.tips.access import COUNTERS, OVERSEERS, READERS
from actions.tips.model import TipState
from bot.console import pages
from bot.console.access import check_page, community_ids, viewer_of
from bot.console.parts import console_of
from bot.storage.queries_tips import count_tips, list_tips


async def show_queue(request: web.Request) -> web.Response:
    """What waits, and how much there is."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, COUNTERS)
    lists = viewer.role in READERS | OVERSEERS
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        names = await db.execute(select(OrgUnit.id, OrgUnit.name).where(OrgUnit.id.in_(ids)))
        context = {
            "lists": lists,
            "may_read": viewer.role in READERS,
            "figures": await count_tips(db, ids),
            "states": [str(state) for state in TipState],
            "communities": {unit_id: name for unit_id, name in names},
            "waiting": await list_tips(db, ids) if lists else [],
            "closed": await list_tips(db, ids, closed=True) if lists else [],
        }
    return await pages.render(request, "tips/list.html", context)
