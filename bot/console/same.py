"""On a ticket's page: what may be the same fault, who joined it, what was merged in, what else is open nearby."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, NotFound
from actions.tickets.commands import DecideLikeness, PartReport
from actions.tickets.model import JoinedReport, Likeness, Ticket
from bot.console import pages, sessions
from bot.console.access import WORKERS, Viewer, access_ticket, check_page, viewer_of
from bot.console.forms import read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_same import list_alike, list_joined, list_merged_in, list_nearby

_MOST_NEARBY = 5


async def facts_of(db: AsyncSession, viewer: Viewer, ticket: Ticket, knows_reporter: bool) -> dict[str, Any]:
    """For the template. What is confidential stands alone: nothing joins it, nothing is set beside it."""
    if ticket.confidential:
        return {"alike": [], "joined": [], "nearby": [], "merged_in": await list_merged_in(db, viewer.area, ticket)}
    alike = await list_alike(db, viewer.area, ticket)
    merged_in = await list_merged_in(db, viewer.area, ticket)
    shown = [*(one.other.id for one in alike), *(one.id for one in merged_in)]
    return {
        "alike": alike,
        "joined": await list_joined(db, ticket) if knows_reporter else [],
        "merged_in": merged_in,
        "nearby": await list_nearby(db, viewer.area, ticket, shown, _MOST_NEARBY),
    }


async def decide(request: web.Request) -> web.Response:
    """ "是同一件" or "不是同一件", with one press."""
    ticket, form = await _ticket(request), await read_form(request)
    async with console_of(request).db.read() as db:
        likeness = await db.get(Likeness, int(request.match_info["likeness"]))
        if likeness is None or ticket.id not in (likeness.ticket_id, likeness.other_id):
            raise NotFound("no such likeness", phrase="console.no_such_page")
        for one in (likeness.ticket_id, likeness.other_id):  # who sees one of two does not decide on both
            await access_ticket(db, viewer_of(request), one)
    same = text_of(form, "same", 3) == "yes"
    done = "console.merged" if same else "console.not_same"
    return await _run(request, ticket, DecideLikeness(likeness.id, viewer_of(request).actor, same), done)


async def part(request: web.Request) -> web.Response:
    """Give a report that joined by mistake a ticket of its own."""
    ticket = await _ticket(request)
    async with console_of(request).db.read() as db:
        report = await db.get(JoinedReport, int(request.match_info["report"]))
    if report is None or report.ticket_id != ticket.id:
        raise NotFound("no such report", phrase="console.no_such_page")
    return await _run(request, ticket, PartReport(report.id, viewer_of(request).actor), "console.parted")


async def _ticket(request: web.Request) -> Ticket:
    viewer = viewer_of(request)
    check_page(viewer, WORKERS)
    async with console_of(request).db.read() as db:
        return await access_ticket(db, viewer, int(request.match_info["id"]))


async def _run(request: web.Request, ticket: Ticket, command: DecideLikeness | PartReport, done: str) -> web.Response:
    console = console_of(request)
    try:
        await console.performer.run(command)
        await sessions.add_flash(request, console.phrases.render(done))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(f"/console/tickets/{ticket.id}")
