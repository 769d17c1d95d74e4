"""What is put forward here, what waits for whom, and several tickets made one matter."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import select

from actions.errors import ActionError, InvalidInput
from actions.proposals.commands import RaiseMatter
from actions.proposals.drafting import LONGEST_TEXT, LONGEST_TITLE, MOST_TICKETS
from actions.proposals.finding import DESKS
from actions.tickets.model import Ticket
from bot.console import pages, sessions
from bot.console.access import check_page, community_ids, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.proposals.reading import rules_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_activities import list_areas
from bot.storage.queries_proposals import CLUSTERED, find_clusters, list_proposals

OVER = ("done", "declined", "refused", "merged", "lapsed", "withdrawn")


async def show_proposals(request: web.Request) -> web.Response:
    """By who is to do something next; everybody of the staff may look."""
    console, viewer, rules = console_of(request), viewer_of(request), rules_of(request)
    now = console.clock.now()
    today = rules.today(now)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        context = {
            "waiting": await list_proposals(db, ids, ("waiting",), today),
            "answering": await list_proposals(db, ids, ("answering",), today),
            "talked": await list_proposals(db, ids, ("gathering", "discussing", "voting"), today),
            "doing": await list_proposals(db, ids, ("doing",), today),
            "over": await list_proposals(db, ids, OVER, today),
            "clusters": await find_clusters(db, ids[0], now, rules) if viewer.role in DESKS and ids else [],
            "rules": rules,
            "at_desk": viewer.role in DESKS,
        }
    return await pages.render(request, "proposals/list.html", context)


async def show_new(request: web.Request) -> web.Response:
    """The form; with the tickets that are named in the address."""
    check_page(viewer_of(request), DESKS)
    return await _form(request, request.query.get("tickets", ""))


async def _form(
    request: web.Request, wanted: str, *, title: str = "", text: str = "", status: int = 200
) -> web.Response:
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        here = (await community_ids(db, viewer))[0]
        tickets = await _tickets(request, wanted)
        areas = await list_areas(db, here)
    written = text or "\n".join(dict.fromkeys(one.text.strip() for one in tickets))[:LONGEST_TEXT]
    context = {
        "tickets": tickets, "areas": areas, "title": title, "text": written, "longest": LONGEST_TEXT,
        "longest_title": LONGEST_TITLE, "wanted": ",".join(str(one.id) for one in tickets),
    }  # fmt: skip
    return await pages.render(request, "proposals/new.html", context, status=status)


async def _tickets(request: web.Request, wanted: str) -> Sequence[Ticket]:
    """Those of our community that may be talked over; the rest are left out."""
    numbers = [
        int(one) for one in wanted.split(",")[:MOST_TICKETS] if one.isascii() and one.isdecimal() and len(one) < 16
    ]
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        here = (await community_ids(db, viewer))[0]
        query = select(Ticket).where(
            Ticket.id.in_(numbers), Ticket.community_id == here, Ticket.confidential.is_(False), Ticket.emergency == ""
        )
        found = (await db.scalars(query.order_by(Ticket.id))).all()
    return [one for one in found if one.service.partition("/")[0] in (*CLUSTERED, "consult")]


async def make_new(request: web.Request) -> web.Response:
    """Public at once; who reported is told."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, DESKS)
    wanted = str(form.get("tickets", ""))[:2000]
    title, text = str(form.get("title", "")).strip(), str(form.get("text", "")).replace("\r\n", "\n").strip()
    try:
        async with console.db.read() as db:
            here = (await community_ids(db, viewer))[0]
        tickets = await _tickets(request, wanted)
        if len(title) > 200 or len(text) > 5000 or "\x00" in title + text:
            raise InvalidInput("too long", phrase="proposal.bad.text", most=LONGEST_TEXT)
        reporters = {one.id: one.reporter_id or 0 for one in tickets}
        unit = number_of(form, "area")
        command = RaiseMatter(here, viewer.id, text_of(form, "title"), text, reporters, unit)
        outcome = await console.performer.run(command)
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return await _form(request, wanted, title=title[:100], text=text[:2000], status=422)
    await sessions.add_flash(request, console.phrases.render("console.proposal.raise"))
    return pages.redirect(f"/console/proposals/{outcome.value}")
