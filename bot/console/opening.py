"""Open a ticket for somebody who phoned or came by: a resident of the chat, or somebody who has none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from aiohttp import web
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, InvalidInput
from actions.outcome import Outcome
from actions.people.home_commands import SaveContact
from actions.people.model import Level, OrgUnit, Resident
from actions.tickets.behalf import KINS, kin_of
from actions.tickets.commands import OpenTicket, Where
from actions.tips.commands import LeaveTip
from bot.console import pages, sessions
from bot.console.access import WORKERS, Viewer, check_page, community_ids, viewer_of
from bot.console.forms import number_of, read_form, save_pictures, text_of
from bot.console.homes.claims import phone_mark
from bot.console.parts import console_of
from bot.console.queues import family_options
from bot.console.ticket_forms import refusal_words
from bot.phones import read_name, read_phone
from bot.sealing import ContactSeals
from bot.storage.queries_homes import find_people, find_person
from bot.storage.tables import Picture
from bot.tip_pictures import TipPictures


async def show_form(request: web.Request) -> web.Response:
    """The form; filled in with who was found and chosen."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, WORKERS)
    wanted, filled = request.query.get("resident", ""), dict[str, Any]()
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 16:
        async with console.db.read() as db:
            resident = await find_person(db, viewer.area, int(wanted))
            if resident is not None:
                filled = await _filled_with(db, resident)
    return await _render(request, filled)


async def _filled_with(db: AsyncSession, resident: Resident) -> dict[str, Any]:
    building = await db.get(OrgUnit, resident.building_id) if resident.building_id else None
    return {
        "resident": resident.id,
        "resident_name": resident.nickname,
        "community": str(resident.community_id),
        "building": building.code or building.name if building is not None else "",
        "unit": resident.unit,
        "room": resident.room,
    }


async def _render(request: web.Request, filled: Mapping[str, Any], *, status: int = 200) -> web.Response:
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        communities = (await db.scalars(select(OrgUnit).where(OrgUnit.id.in_(ids)).order_by(OrgUnit.id))).all()
        query = select(OrgUnit.code).where(OrgUnit.community_id.in_(ids), OrgUnit.level == "building")
        buildings = (await db.scalars(query.distinct())).all()
        text = request.query.get("q", "").strip()[:32] if request.method == "GET" else ""
        found = await find_people(db, viewer.area, text, phone_mark(console, text)) if text else []
    context = {
        "communities": communities,
        "buildings": sorted(buildings, key=lambda code: (len(code), code)),
        "families": family_options(console.rules),
        "filled": defaultdict(str, filled),
        "found": found,
        "kins": KINS,
        "q": text,
    }
    return await pages.render(request, "new_ticket.html", context, status=status)


async def open_ticket(request: web.Request) -> web.Response:
    """Open it and go to its page."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, WORKERS)
    try:
        command = await _command(request, form)
        if command.service in console.rules.sealed:
            return await _seal(request, command)
        outcome = await _open(request, command, form)
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return await _render(request, {k: v for k, v in form.items() if isinstance(v, str)}, status=422)
    await sessions.add_flash(request, console.phrases.render("console.opened", {"ref": outcome.value.ref}))
    return pages.redirect(f"/console/tickets/{outcome.value.ticket_id}")


async def _open(request: web.Request, command: OpenTicket, form: Mapping[str, Any]) -> Outcome:
    """The ticket, and who phoned, in one transaction."""
    console, now = console_of(request), console_of(request).clock.now()
    name, phone = text_of(form, "caller", 64), text_of(form, "phone", 32)
    async with console.db.write() as db:
        if phone or name:
            contact = await _contact(request, db, command, name, phone)
            caller_id = (await console.performer.perform(db, contact, now)).value
            command = replace(command, caller_id=caller_id)
        outcome = await console.performer.perform(db, command, now)
    await console.performer.tell(outcome.events)
    return outcome


async def _contact(
    request: web.Request, db: AsyncSession, command: OpenTicket, name: str, phone: str
) -> SaveContact:
    """Name, phone and door of the caller, sealed. Raises InvalidInput."""
    plain_name, plain_phone = read_name(name), read_phone(phone)
    if name and not plain_name:
        raise InvalidInput("no name", phrase="home.name_wrong")
    if not plain_phone:
        raise InvalidInput("no phone", phrase="console.caller_phone_wrong")
    seals = ContactSeals(console_of(request).settings)
    query = select(OrgUnit.id).where(
        OrgUnit.community_id == command.community_id,
        OrgUnit.level == Level.BUILDING,
        OrgUnit.code == command.where.building,
    )
    building_id = await db.scalar(query.limit(1)) if command.where.room else None
    mark = seals.mark(plain_phone)
    where = command.where
    return SaveContact(
        command.community_id,
        seals.seal(plain_name),
        seals.seal(plain_phone),
        mark,
        building_id=building_id,
        unit=where.unit,
        room=where.room,
    )


async def _seal(request: web.Request, command: OpenTicket) -> web.Response:
    """What is told in confidence on the phone is no ticket either."""
    console, viewer = console_of(request), viewer_of(request)
    pictures = TipPictures(console.settings.var / "pictures")
    tip = LeaveTip(
        command.community_id,
        command.service,
        command.text,
        asdict(command.where),
        command.reporter_id,
        command.pictures,
        await pictures.read(command.pictures),
        staff_id=viewer.id,
    )
    outcome = await console.performer.run(tip)
    async with console.db.write() as db:
        await db.execute(delete(Picture).where(Picture.id.in_(command.pictures)))
    await pictures.remove(command.pictures)
    await sessions.add_flash(request, console.phrases.render("console.sealed", {"ref": outcome.value.ref}))
    return pages.redirect("/console/")


async def _command(request: web.Request, form: Mapping[str, Any]) -> OpenTicket:
    console, viewer = console_of(request), viewer_of(request)
    text, service = text_of(form, "text"), text_of(form, "service", 48)
    if not text:
        raise InvalidInput("no text", phrase="console.empty")
    if service not in console.rules.services:
        raise InvalidInput("no such service", phrase="console.choose_service")
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        wanted = text_of(form, "community", 15)
        community_id = int(wanted) if wanted.isascii() and wanted.isdigit() else ids[0] if len(ids) == 1 else 0
        if community_id not in ids:
            raise InvalidInput("no such community", phrase="console.choose_community")
        reporter_id = await _chosen(db, viewer, community_id, number_of(form, "resident"))
        if reporter_id is None and (nickname := text_of(form, "nickname", 32)):
            query = select(Resident.id).where(Resident.community_id == community_id, Resident.nickname == nickname)
            found = (await db.scalars(query.limit(2))).all()
            if len(found) != 1:
                raise InvalidInput("no such resident", phrase="console.no_such_resident", count=len(found))
            reporter_id = found[0]
    source = text_of(form, "source", 8)
    phone = text_of(form, "phone", 32)
    if form.get("call_back") and not phone:
        raise InvalidInput("no phone to call back", phrase="console.call_back_needs_phone")
    return OpenTicket(
        community_id=community_id,
        service=service,
        text=text,
        actor=viewer.actor,
        reporter_id=reporter_id,
        where=Where(*(text_of(form, name, 64 if name == "spot" else 16) for name in PLACE)),
        pictures=await save_pictures(form, console, viewer, community_id),
        emergency=console.rules.services[service].emergency,
        in_group=False,
        on_behalf=kin_of(text_of(form, "on_behalf", 8)),
        source=source if source in SOURCES else SOURCES[0],
        # whoever has no chat hears how it ended by phone
        call_back=bool(phone) and (reporter_id is None or bool(form.get("call_back"))),
    )


async def _chosen(db: AsyncSession, viewer: Viewer, community_id: int, resident_id: int | None) -> int | None:
    """The resident that was found and chosen, if they are theirs to choose. Raises InvalidInput."""
    if resident_id is None:
        return None
    resident = await find_person(db, viewer.area, resident_id)
    if resident is None or resident.community_id != community_id:
        raise InvalidInput("no such resident", phrase="console.no_such_resident", count=0)
    return resident.id


SOURCES = ("phone", "visit")
PLACE = ("building", "unit", "floor", "room", "spot")
