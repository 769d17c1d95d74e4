"""The buttons and forms of an activity's page: each is one order to the room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from actions.activities import commands as a
from actions.activities.model import Activity
from actions.errors import ActionError, InvalidInput
from bot.console import pages, sessions
from bot.console.access import WORKERS, check_page, viewer_of
from bot.console.activities.reading import access_activity
from bot.console.forms import number_of, read_form, save_pictures, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.decide.activity_forms import details_from

Form = Mapping[str, Any]
Build = Callable[[Activity, int, Form, tuple[str, ...]], Any]


def _text(form: Form) -> str:
    return text_of(form, "text", 500)


def _signup(form: Form) -> int:
    return number_of(form, "signup") or 0


BUILD: Mapping[str, Build] = {
    "approve": lambda one, who, form, _: a.DecideActivity(one.id, who, True),
    "decline": lambda one, who, form, _: a.DecideActivity(one.id, who, False, _text(form)),
    "change": lambda one, who, form, _: a.ChangeActivity(one.id, who, details_from(form)),
    "cancel": lambda one, who, form, _: a.CancelActivity(one.id, who, _text(form)),
    "add": lambda one, who, form, _: a.AddByStaff(
        one.id, who, text_of(form, "name", 32), number_of(form, "headcount") or 0
    ),
    "remove": lambda one, who, form, _: a.RemoveByStaff(_signup(form), who),
    "attended": lambda one, who, form, _: a.RecordAttendance(_signup(form), who, True),
    "absent": lambda one, who, form, _: a.RecordAttendance(_signup(form), who, False),
    "thank": lambda one, who, form, pictures: a.ThankAll(one.id, who, _text(form), pictures),
}


async def act(request: web.Request) -> web.Response:
    """Do it, and back to the page; the room asks again what is allowed."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, WORKERS)
    async with console.db.read() as db:
        activity = await access_activity(request, db)
    do = text_of(form, "do", 16)
    try:
        if do not in BUILD:
            raise InvalidInput("no such button", phrase="console.bad_form")
        pictures = await save_pictures(form, console, viewer, activity.community_id) if do == "thank" else ()
        await console.performer.run(BUILD[do](activity, viewer.id, form, pictures))
        await sessions.add_flash(request, console.phrases.render(f"console.activity.{do}"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(f"/console/activities/{activity.id}")
