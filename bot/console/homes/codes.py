"""The doors of a building, and slips with codes for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import segno
from aiohttp import web

from actions.errors import ActionError, InvalidInput, NotFound
from actions.people.doors import door_words
from actions.people.home_commands import MakeCodes, RegisterDoors
from actions.people.model import Household, OrgUnit
from actions.people.settling import SETTLERS
from bot.clock import local
from bot.console import pages, sessions
from bot.console.access import check_page, viewer_of
from bot.console.audit import add_audit
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_homes import list_buildings, list_doors

_RANGE = re.compile(r"(\d{1,5})(?:[-~—至到])(\d{1,5})")
_UNIT = re.compile(r"[0-9A-Za-z]{0,8}")
_ROOM = re.compile(r"[0-9A-Za-z-]{1,8}")
MOST_AT_ONCE = 400


async def show_doors(request: web.Request) -> web.Response:
    """The doors of the chosen building."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, SETTLERS)
    wanted = request.query.get("building", "")
    async with console.db.read() as db:
        buildings = await list_buildings(db, viewer.area)
        chosen = next((b for b in buildings if str(b.id) == wanted), None)
        if wanted and chosen is None:
            raise NotFound("no such building", phrase="console.no_such_page")
        doors = await list_doors(db, chosen.id, console.clock.now()) if chosen is not None else []
    return await pages.render(request, "homes/codes.html", {"buildings": buildings, "chosen": chosen, "doors": doors})


async def make(request: web.Request) -> web.Response:
    """Make codes and show them, this once, as slips to be cut out."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, SETTLERS)
    try:
        ids = tuple(int(v) for v in form.getall("doors", ()) if str(v).isdecimal())[:MOST_AT_ONCE]  # type: ignore[attr-defined]
        uses, days = number_of(form, "uses") or 0, number_of(form, "days") or 0
        now = console.clock.now()
        async with console.db.write() as db:
            made = await console.performer.perform(
                db, MakeCodes(viewer.id, ids, uses, timedelta(days=min(days, 9999))), now
            )
            slips = [await _slip(db, request, household_id, code) for household_id, code in made.value.items()]
            add_audit(db, viewer.staff, "codes_made", now, subject=f"households:{len(slips)}")
    except ActionError as error:
        if error.code == "not_found":
            raise
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return pages.redirect(_back(form))
    until = local(now + timedelta(days=days))
    return await pages.render(request, "homes/slips.html", {"slips": slips, "uses": uses, "until": until})


async def _slip(db: Any, request: web.Request, household_id: int, code: str) -> Mapping[str, str]:
    household = await db.get_one(Household, household_id)
    building = await db.get_one(OrgUnit, household.building_id)
    # behind the #: what a browser never sends
    link = f"{console_of(request).settings.public_url}/mine#{code}"
    return {
        "door": door_words(building, household.unit, household.room),
        "code": code,
        "qr": segno.make(link, error="m").svg_data_uri(scale=3, border=2),
    }


async def register(request: web.Request) -> web.Response:
    """Doors of a building, as a list or in ranges."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, SETTLERS)
    try:
        unit = text_of(form, "unit", 8)
        rooms = read_rooms(text_of(form, "rooms", 2000))
        if not _UNIT.fullmatch(unit):
            raise InvalidInput("unit", phrase="home.doors_unread", most=MOST_AT_ONCE)
        command = RegisterDoors(viewer.id, number_of(form, "building") or 0, unit, rooms)
        outcome = await console.performer.run(command)
        await sessions.add_flash(request, console.phrases.render("console.homes.doors_new", {"count": outcome.value}))
    except ActionError as error:
        if error.code == "not_found":
            raise
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(_back(form))


def read_rooms(text: str) -> tuple[str, ...]:
    """ "101-104 201、202" → each of them. () for what cannot be read."""
    rooms: list[str] = []
    for word in re.split(r"[\s,，、;；]+", text.strip()):
        if (span := _RANGE.fullmatch(word)) is not None:
            first, last = int(span[1]), int(span[2])
            if not first <= last <= first + 99:
                return ()
            rooms += [str(number) for number in range(first, last + 1)]
        elif _ROOM.fullmatch(word):
            rooms.append(word)
        else:
            return ()
    return tuple(rooms)


def _back(form: Mapping[str, Any]) -> str:
    building = text_of(form, "building", 15)
    return f"/console/homes/codes?building={building}" if building.isdecimal() else "/console/homes/codes"
