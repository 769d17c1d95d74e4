"""The forms of patrols: each is one order to the room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput
from actions.shifts import commands as c
from actions.shifts.finding import PLANNERS
from actions.shifts.making import LONGEST_ABOUT, LONGEST_PLACE, LONGEST_TITLE
from actions.shifts.model import Shift
from bot.console import pages, sessions
from bot.console.access import WORKERS, check_page, community_ids, viewer_of
from bot.console.activities.listing import texts_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.shifts.reading import access_duty, access_shift, find_resident, render_form
from bot.console.ticket_forms import refusal_words

Form = Mapping[str, Any]


def details_from(request: web.Request, form: Form) -> c.DutyDetails:
    """What the form says. Raises InvalidInput."""
    hours, kind = console_of(request).hours, text_of(form, "kind", 32)
    if hours is not None:
        hours.kind(kind)
    points = tuple(one for line in text_of(form, "points", 2000).split("\n") if (one := line.strip()))
    return c.DutyDetails(
        text_of(form, "title", LONGEST_TITLE + 1), text_of(form, "place", LONGEST_PLACE + 1),
        text_of(form, "rule", 120), kind, text_of(form, "about", LONGEST_ABOUT + 1), points, number_of(form, "area"),
    )  # fmt: skip


async def make_new(request: web.Request) -> web.Response:
    """A new duty: its shifts of the next weeks are there at once."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, PLANNERS)
    async with console.db.read() as db:
        here = (await community_ids(db, viewer))[0]
    try:
        await console.performer.run(c.SaveDuty(here, viewer.id, details_from(request, form)))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return await render_form(request, texts_of(form), None, status=422)
    await sessions.add_flash(request, console.phrases.render("console.shift.saved"))
    return pages.redirect("/console/shifts")


async def change_duty(request: web.Request) -> web.Response:
    """Another form, or the end of it."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, PLANNERS)
    async with console.db.read() as db:
        duty = await access_duty(request, db)
    try:
        command: Any
        if text_of(form, "do", 16) == "end":
            command = c.EndDuty(duty.id, viewer.id, text_of(form, "text", 201))
        else:
            command = c.SaveDuty(duty.community_id, viewer.id, details_from(request, form), duty.id)
        await console.performer.run(command)
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return pages.redirect(f"/console/shifts/duties/{duty.id}")
    await sessions.add_flash(request, console.phrases.render("console.shift.saved"))
    return pages.redirect("/console/shifts")


async def act(request: web.Request) -> web.Response:
    """Do it, and back to the page; the room asks again what is allowed."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, WORKERS)
    async with console.db.read() as db:
        shift = await access_shift(request, db)
    try:
        await console.performer.run(await _command(request, shift, form))
        await sessions.add_flash(request, console.phrases.render("console.shift.done"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(f"/console/shifts/{shift.id}")


async def _command(request: web.Request, shift: Shift, form: Form) -> Any:
    who, do, signup = viewer_of(request).id, text_of(form, "do", 16), number_of(form, "signup") or 0
    match do:
        case "cancel":
            return c.CancelShift(shift.id, who, text_of(form, "text", 201))
        case "add":
            resident = await find_resident(request, shift.community_id, text_of(form, "nickname", 32))
            return c.AddToShift(shift.id, who, resident.id, text_of(form, "role", 8))
        case "remove":
            return c.RemoveFromShift(signup, who)
        case "settle":
            minutes = number_of(form, "minutes")
            return c.SettleSignup(signup, who, -1 if minutes is None else minutes)
        case "absent":
            return c.SettleSignup(signup, who, 0)
        case _:
            raise InvalidInput("no such button", phrase="console.bad_form")
