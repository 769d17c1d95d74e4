"""What residents say of where they live, waiting for a grid worker's word; and finding somebody."""

from __future__ import annotations

from aiohttp import web

from actions.errors import ActionError, InvalidInput
from actions.people.home_commands import SettleClaim
from actions.people.home_model import Residence
from actions.people.settling import SETTLERS
from bot.console import pages, sessions
from bot.console.access import check_page, viewer_of
from bot.console.audit import add_audit
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import Console, console_of
from bot.console.ticket_forms import refusal_words
from bot.phones import read_phone
from bot.sealing import ContactSeals
from bot.storage.queries_homes import find_people, list_buildings, list_claims


async def show_claims(request: web.Request) -> web.Response:
    """The queue, and who was looked for."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, SETTLERS)
    text = request.query.get("q", "").strip()[:32]
    async with console.db.read() as db:
        claims = await list_claims(db, viewer.area)
        buildings = await list_buildings(db, viewer.area)
        found = await find_people(db, viewer.area, text, phone_mark(console, text)) if text else []
    context = {"claims": claims, "buildings": buildings, "found": found, "q": text}
    return await pages.render(request, "homes/list.html", context)


def phone_mark(console: Console, text: str) -> str:
    """What somebody is found by who gave that phone; "" for what is no phone."""
    phone = read_phone(text)
    return ContactSeals(console.settings).mark(phone) if phone else ""


async def settle(request: web.Request) -> web.Response:
    """Confirm, refuse, move, or end."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, SETTLERS)
    what = text_of(form, "what", 8)
    command = SettleClaim(
        int(request.match_info["id"]),
        viewer.id,
        what,
        text_of(form, "reason", 200),
        number_of(form, "building"),
        text_of(form, "unit", 16),
        text_of(form, "room", 8),
    )
    try:
        if what not in ("confirm", "refuse", "move", "end"):
            raise InvalidInput("no word", phrase="console.bad_form")
        await console.performer.run(command)
        async with console.db.write() as db:
            claim = await db.get_one(Residence, command.residence_id)
            subject = f"resident:{claim.resident_id}"
            add_audit(db, viewer.staff, f"home_{what}", console.clock.now(), subject=subject)
        await sessions.add_flash(request, console.phrases.render(f"console.homes.done_{what}"))
    except ActionError as error:
        if error.code == "not_found":
            raise
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect("/console/homes")
