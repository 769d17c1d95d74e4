"""One page: needs that wait for staff, needs on their way, volunteers; and writing one down for somebody."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput
from actions.pool import commands as c
from actions.pool.model import Need, NeedState, Volunteer
from actions.pool.tell import KEEPERS, when_words
from bot.console import pages, sessions
from bot.console.access import check_ours, check_page, community_ids, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_ledger import find_neighbour
from bot.storage.queries_pool import list_needs, list_volunteers

Form = Mapping[str, Any]


async def _here(request: web.Request) -> int:
    """The viewer's community. Raises NotFound for other roles."""
    viewer = viewer_of(request)
    check_page(viewer, KEEPERS)
    async with console_of(request).db.read() as db:
        return (await community_ids(db, viewer))[0]


async def show_pool(request: web.Request) -> web.Response:
    """No door stands here: it is for the one neighbour who comes."""
    console, here = console_of(request), await _here(request)
    async with console.db.read() as db:
        context = {
            "waiting": await list_needs(db, here, NeedState.STAFF),
            "going": await list_needs(db, here, NeedState.OPEN, NeedState.MATCHED),
            "over": await list_needs(db, here, NeedState.DONE, NeedState.CANCELLED),
            "volunteers": await list_volunteers(db, here),
            "when_words": lambda need: when_words(need, console.rules),
            "number": secrets.token_urlsafe(12),
        }
    return await pages.render(request, "pool/pool.html", context)


async def _done(request: web.Request, command: Any | ActionError) -> web.Response:
    console = console_of(request)
    try:
        if isinstance(command, ActionError):
            raise command
        outcome = await console.performer.run(command)
        if isinstance(command, c.AskForHelp) and not isinstance(outcome.value, int):
            raise InvalidInput("no such kind", phrase="console.pool.which")
        await sessions.add_flash(request, console.phrases.render("console.pool.done"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect("/console/pool")


async def enter(request: web.Request) -> web.Response:
    """For an elder who came by or phoned: the resident gets the answers in private."""
    here, form, who = await _here(request), await read_form(request), viewer_of(request).id
    command: Any
    try:
        async with console_of(request).db.read() as db:
            resident, count = await find_neighbour(db, here, text_of(form, "nickname", 32))
        if resident is None:
            raise InvalidInput("no such resident", phrase="console.no_such_resident", count=count)
        day, source = _day(form), f"form:{text_of(form, 'number', 40)}"
        part = text_of(form, "part", 1)
        command = c.AskForHelp(
            here, resident.id, text_of(form, "text", 201), source, day, part if part in ("m", "a", "e") else "",
            day is None, bool(form.get("at_home")), staff_id=who,
        )  # fmt: skip
    except ActionError as error:
        command = error
    return await _done(request, command)


def _day(form: Form) -> date | None:
    text = text_of(form, "day", 10)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInput("no day", phrase="console.bad_form") from error


async def settle(request: web.Request) -> web.Response:
    """So many minutes, or taken back with a reason."""
    here, form, who = await _here(request), await read_form(request), viewer_of(request).id
    number = await _ours(request, Need, here)
    command: Any
    try:
        if text_of(form, "do", 16) == "settle":
            minutes = number_of(form, "minutes")
            command = c.SettleNeed(number, who, -1 if minutes is None else minutes)
        else:
            command = c.CancelNeed(number, staff_id=who, text=text_of(form, "text", 200))
    except ActionError as error:
        command = error
    return await _done(request, command)


async def allow(request: web.Request) -> web.Response:
    """This volunteer may go into homes, or no longer."""
    here, form = await _here(request), await read_form(request)
    number = await _ours(request, Volunteer, here)
    return await _done(request, c.AllowVisits(number, viewer_of(request).id, form.get("do") == "allow"))


async def _ours(request: web.Request, model: type[Need] | type[Volunteer], here: int) -> int:
    number = int(request.match_info["id"])
    async with console_of(request).db.read() as db:
        await check_ours(db, model, number, here)
    return number


ROUTES = (
    web.get("/pool", show_pool),
    web.post("/pool/new", enter),
    web.post(r"/pool/needs/{id:\d{1,15}}", settle),
    web.post(r"/pool/volunteers/{id:\d{1,15}}", allow),
)
