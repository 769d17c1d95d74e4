"""A ticket that should have been a tip is made one."""

from __future__ import annotations

from aiohttp import web

from actions.errors import ActionError, InvalidInput
from bot.console import pages, sessions
from bot.console.access import access_ticket, viewer_of
from bot.console.audit import add_audit
from bot.console.forms import read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import check_worker, refusal_words
from bot.live import OUTBOX
from bot.ticket_sealing import seal_ticket
from bot.tip_pictures import TipPictures


async def seal(request: web.Request) -> web.Response:
    """Its words are sealed; the ticket that is left says nothing."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    now, pictures = console.clock.now(), TipPictures(console.settings.var / "pictures")
    async with console.db.read() as db:
        ticket = await access_ticket(db, viewer, int(request.match_info["id"]))
    try:
        check_worker(viewer, ticket, {}, console.rules.sealed)
        service = text_of(form, "service", 48)
        if service not in console.rules.sealed:
            raise InvalidInput("no tip", phrase="console.choose_service")
        async with console.db.write() as db:
            opened, gone = await seal_ticket(console.performer, db, ticket.id, service, now, pictures)
            add_audit(db, viewer.staff, "ticket_sealed", now, subject=ticket.ref)
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return pages.redirect(f"/console/tickets/{ticket.id}")
    await pictures.remove(gone)
    await console.live.publish(OUTBOX, {})
    await sessions.add_flash(request, console.phrases.render("console.sealed", {"ref": opened.ref}))
    return pages.redirect("/console/")
