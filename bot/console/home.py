"""The first page: how today stands."""

from __future__ import annotations

from datetime import datetime, time

from aiohttp import web

from actions.ledger.access import WRITERS
from actions.people.settling import SETTLERS
from bot.clock import LOCAL_ZONE, local
from bot.console import pages
from bot.console.access import WORKERS, community_ids, viewer_of
from bot.console.parts import console_of
from bot.storage.queries import Filter, count_queues, count_today, list_tickets
from bot.storage.queries_handoffs import count_waiting
from bot.storage.queries_homes import count_claims
from bot.storage.queries_ledger import count_to_settle
from bot.storage.queries_waiting import count_to_decide

MOST_ROWS = 8


async def show_home(request: web.Request) -> web.Response:
    """Figures of today and what is due first."""
    console, viewer = console_of(request), viewer_of(request)
    now = console.clock.now()
    start = datetime.combine(local(now).date(), time(0), LOCAL_ZONE)
    async with console.db.read() as db:
        figures = await count_today(db, viewer.area, start, now)
        counts = await count_queues(db, viewer.area, now)
        queue = next((name for name in ("mine", "team") if counts[name]), "area")
        urgent, _ = await list_tickets(db, viewer.area, Filter(queue="area", emergency=True), now)
        rows, _ = await list_tickets(db, viewer.area, Filter(queue=queue), now)
        claims = await count_claims(db, viewer.area) if viewer.role in SETTLERS else None
        hours = await count_to_settle(db, viewer.staff.community_id or 0) if viewer.role in WRITERS else None
        communities = await community_ids(db, viewer)
        approvers = console.book.approvers
        decide = await count_to_decide(db, communities, viewer.role, viewer.id, approvers)
        waiting = await count_waiting(db, viewer.area) if viewer.role in WORKERS else None
    # danger anywhere in the area comes before one's own queue
    first = {row.ticket.id: row for row in (*urgent, *rows)}
    context = {
        "figures": figures,
        "counts": counts,
        "rows": list(first.values())[:MOST_ROWS],
        "queue": queue,
        "claims": claims,
        "hours": hours,
        "waiting": waiting,
        "decide": decide,
        "today": local(now),
    }
    return await pages.render(request, "home.html", context)
