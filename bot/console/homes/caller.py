"""Who phoned about a ticket: shown to who may work on it, each look written down."""

from __future__ import annotations

from aiohttp import web

from actions.errors import NotFound
from actions.people.doors import door_words
from actions.people.home_model import Contact
from actions.people.model import OrgUnit
from actions.tickets.access import can_see_reporter
from bot.console import pages
from bot.console.access import WORKERS, access_ticket, check_page, viewer_of
from bot.console.audit import add_audit
from bot.console.parts import console_of
from bot.sealing import ContactSeals


async def show_caller(request: web.Request) -> web.Response:
    """Name, phone and door."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, WORKERS)
    async with console.db.write() as db:
        ticket = await access_ticket(db, viewer, int(request.match_info["id"]))
        contact = await db.get(Contact, ticket.caller_id) if ticket.caller_id else None
        if contact is None or not can_see_reporter(ticket, viewer.staff):
            raise NotFound("nobody phoned", phrase="console.no_such_page")
        building = await db.get(OrgUnit, contact.building_id) if contact.building_id else None
        add_audit(db, viewer.staff, "caller_viewed", console.clock.now(), subject=f"ticket:{ticket.id}")
    seals = ContactSeals(console.settings)
    context = {
        "ticket": ticket,
        "name": seals.open(contact.name_sealed),
        "phone": seals.open(contact.phone_sealed),
        "door": door_words(building, contact.unit, contact.room),
    }
    return await pages.render(request, "homes/caller.html", context)
