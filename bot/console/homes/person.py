"""One resident as staff see them: the nickname in front; name and phone at the back, each look written down."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput, NotFound
from actions.people.home_commands import SaveContact
from actions.people.model import Resident
from actions.people.settling import SETTLERS
from bot.console import pages, sessions
from bot.console.access import check_page, viewer_of
from bot.console.audit import add_audit
from bot.console.forms import read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.phones import read_name, read_phone
from bot.sealing import ContactSeals
from bot.storage.queries_homes import find_contact, find_person, list_buildings, list_homes


async def show_person(request: web.Request) -> web.Response:
    """Nickname and homes."""
    return await _show(request, {})


async def show_identity(request: web.Request) -> web.Response:
    """The same with name and phone; who looked, and when, is written down before they are shown."""
    console, viewer = console_of(request), viewer_of(request)
    resident = await _access(request)
    async with console.db.write() as db:
        contact = await find_contact(db, resident.id)
        add_audit(db, viewer.staff, "identity_viewed", console.clock.now(), subject=f"resident:{resident.id}")
    known = {"name": "", "phone": ""}
    if contact is not None:
        seals = ContactSeals(console.settings)
        known = {"name": seals.open(contact.name_sealed), "phone": seals.open(contact.phone_sealed)}
    return await _show(request, {"identity": known})


async def save(request: web.Request) -> web.Response:
    """Take name and phone down."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    resident = await _access(request)
    try:
        seals, now = ContactSeals(console.settings), console.clock.now()
        command = contact_command(seals, resident, text_of(form, "name", 64), text_of(form, "phone", 32))
        async with console.db.write() as db:
            await console.performer.perform(db, command, now)
            add_audit(db, viewer.staff, "identity_written", now, subject=f"resident:{resident.id}")
        await sessions.add_flash(request, console.phrases.render("console.homes.contact_saved"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(f"/console/residents/{resident.id}")


def contact_command(seals: ContactSeals, resident: Resident, name: str, phone: str) -> SaveContact:
    """The order to keep them. Raises InvalidInput for what is no name and no phone."""
    plain_name, plain_phone = read_name(name), read_phone(phone)
    if name and not plain_name:
        raise InvalidInput("no name", phrase="home.name_wrong")
    if (phone and not plain_phone) or not (plain_name or plain_phone):
        raise InvalidInput("no phone", phrase="home.phone_wrong")
    return SaveContact(
        resident.community_id,
        seals.seal(plain_name),
        seals.seal(plain_phone),
        seals.mark(plain_phone),
        resident_id=resident.id,
    )


async def _access(request: web.Request) -> Resident:
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, SETTLERS)
    async with console.db.read() as db:
        resident = await find_person(db, viewer.area, int(request.match_info["id"]))
    if resident is None:
        raise NotFound("no such resident", phrase="console.no_such_page")
    return resident


async def _show(request: web.Request, more: dict[str, Any]) -> web.Response:
    console, viewer = console_of(request), viewer_of(request)
    resident = await _access(request)
    async with console.db.read() as db:
        homes = await list_homes(db, resident.id)
        known = await find_contact(db, resident.id)
        buildings = await list_buildings(db, viewer.area)
    context = {"resident": resident, "homes": homes, "has_contact": known is not None, "identity": None}
    return await pages.render(request, "homes/person.html", {**context, "buildings": buildings, **more})
