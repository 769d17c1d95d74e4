"""The queue: who waits and for how long, whom one has oneself, whom colleagues have."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from actions.handoffs.model import State
from bot.console import pages
from bot.console.access import WORKERS, check_page, viewer_of
from bot.console.handoffs.waiting import read_wait
from bot.console.parts import console_of
from bot.storage.queries_handoffs import list_ended, list_handoffs


async def show_handoffs(request: web.Request) -> web.Response:
    """Those of one's area, as tickets are."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, WORKERS)
    async with console.db.read() as db:
        rows = await list_handoffs(db, viewer.area)
        ended = await list_ended(db, viewer.area)
    waiting = [row for row in rows if row.handoff.state == State.WAITING]
    # what was passed to oneself, and to one's own team, in front
    waiting.sort(key=lambda row: (row.handoff.meant_for != viewer.id, row.handoff.team_id != viewer.staff.team_id))
    mine = [row for row in rows if row.handoff.taken_by == viewer.id]
    others = [row for row in rows if row not in waiting and row not in mine]
    context = {
        "waiting": waiting,
        "mine": mine,
        "others": others,
        "ended": ended,
        "wait": partial(read_wait, console.phrases, console.rules),
    }
    return await pages.render(request, "handoffs/list.html", context)
