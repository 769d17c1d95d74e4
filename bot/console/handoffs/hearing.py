"""What open pages hear of hand-offs: only of those that their reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.console import pages
from bot.console.access import WORKERS, Viewer
from bot.console.parts import console_of
from bot.storage.queries_handoffs import find_handoff

CALLS = frozenset({"HandoffAsked", "HandoffPassed", "HandoffLate"})  # somebody should come


async def events_of(request: web.Request, viewer: Viewer, payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Server-sent events as (name, text): the page asks anew; who is meant gets a word at the side."""
    if viewer.role not in WORKERS:
        return []
    async with console_of(request).db.read() as db:
        row = await find_handoff(db, viewer.area, payload["handoff_id"])
    if row is None:
        return []
    events = [("handoffs", "")]
    theirs = viewer.staff.team_id is not None and viewer.staff.team_id == row.handoff.team_id
    if payload.get("name") in CALLS and (theirs or row.handoff.meant_for == viewer.id):
        events.append(("toast", pages.render_part(request, "handoffs/toast.html", {"row": row})))
    return events
