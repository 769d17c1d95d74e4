"""Open a ticket for somebody who phoned or came by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web
from sqlalchemy import delete, select

from actions.errors import ActionError, InvalidInput
from actions.people.model import OrgUnit, Resident
from actions.tickets.commands import OpenTicket, Where
from actions.tips.commands import LeaveTip
from bot.console import pages, sessions
from bot.console.access import WORKERS, check_page, community_ids, viewer_of
from bot.console.forms import read_form, save_pictures, text_of
from bot.console.parts import console_of
from bot.console.queues import family_options
from bot.console.ticket_forms import refusal_words
from bot.storage.tables import Picture
from bot.tip_pictures import TipPictures


async def show_form(request: web.Request) -> web.Response:
    """The empty form."""
    check_page(viewer_of(request), WORKERS)
    return await _render(request, {})


async def _render(request: web.Request, filled: Mapping[str, Any], *, status: int = 200) -> web.Response:
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        communities = (await db.scalars(select(OrgUnit).where(OrgUnit.id.in_(ids)).order_by(OrgUnit.id))).all()
        query = select(OrgUnit.code).where(OrgUnit.community_id.in_(ids), OrgUnit.level == "building")
        buildings = (await db.scalars(query.distinct())).all()
    context = {
        "communities": communities,
        "buildings": sorted(buildings, key=lambda code: (len(code), code)),
        "families": family_options(console.rules),
        "filled": defaultdict(str, filled),
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
        outcome = await console.performer.run(command)
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return await _render(request, {k: v for k, v in form.items() if isinstance(v, str)}, status=422)
    await sessions.add_flash(request, console.phrases.render("console.opened", {"ref": outcome.value.ref}))
    return pages.redirect(f"/console/tickets/{outcome.value.ticket_id}")


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
        reporter_id = None
        if nickname := text_of(form, "nickname", 32):
            query = select(Resident.id).where(Resident.community_id == community_id, Resident.nickname == nickname)
            found = (await db.scalars(query.limit(2))).all()
            if len(found) != 1:
                raise InvalidInput("no such resident", phrase="console.no_such_resident", count=len(found))
            reporter_id = found[0]
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
    )


PLACE = ("building", "unit", "floor", "room", "spot")
