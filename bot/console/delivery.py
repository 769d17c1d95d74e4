"""What waits to be said, what was said, what could not be said and may be sent again."""

from __future__ import annotations

from aiohttp import web

from actions.errors import NotFound
from bot.console import pages, sessions
from bot.console.access import DELIVERY_ROLES, RESEND_ROLES, check_page, community_ids, viewer_of
from bot.console.audit import add_audit
from bot.console.parts import console_of
from bot.inbox import try_again
from bot.live import INBOX, OUTBOX
from bot.outbox import resend
from bot.storage.queries_chat import count_deliveries, list_deliveries, list_stuck_arrivals

STATES = ("failed", "waiting", "sent", "cancelled")


async def show_deliveries(request: web.Request) -> web.Response:
    """The outbox by state, and messages of residents that could not be handled."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, DELIVERY_ROLES)
    state = request.query.get("state", "failed")
    state = state if state in STATES else "failed"
    page = request.query.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 else 1
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        context = {
            "rows": await list_deliveries(db, ids, state, max(1, number)),
            "counts": await count_deliveries(db, ids),
            "stuck": await list_stuck_arrivals(db, ids) if state == "failed" else (),
            "state": state,
            "states": STATES,
            "page": max(1, number),
            "may_resend": viewer.role in RESEND_ROLES,
        }
    return await pages.render(request, "deliveries.html", context)


async def resend_one(request: web.Request) -> web.Response:
    """Put a dead letter back into the outbox."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, RESEND_ROLES)
    outbox_id, now = int(request.match_info["id"]), console.clock.now()
    async with console.db.write() as db:
        done = [await resend(db, outbox_id, community, now) for community in await community_ids(db, viewer)]
        if not any(done):
            raise NotFound(f"outbox {outbox_id}", phrase="console.no_such_page")
        add_audit(db, viewer.staff, "resent", now, subject=f"outbox:{outbox_id}")
    await console.live.publish(OUTBOX, {})
    await sessions.add_flash(request, console.phrases.render("console.resent"))
    return pages.redirect("/console/deliveries?state=failed")


async def retry_arrival(request: web.Request) -> web.Response:
    """Have a resident's message that could not be handled handled once more."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, RESEND_ROLES)
    inbox_id, now = int(request.match_info["id"]), console.clock.now()
    async with console.db.write() as db:
        done = [await try_again(db, inbox_id, community, now) for community in await community_ids(db, viewer)]
        if not any(done):
            raise NotFound(f"inbox {inbox_id}", phrase="console.no_such_page")
        add_audit(db, viewer.staff, "retried", now, subject=f"inbox:{inbox_id}")
    await console.live.publish(INBOX, {})
    await sessions.add_flash(request, console.phrases.render("console.retried"))
    return pages.redirect("/console/deliveries?state=failed")
