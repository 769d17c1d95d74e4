"""One page: worries that go on, the groups with who agreed, a new group."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput
from actions.watch import commands as c
from actions.watch.model import LIVE, WatchGroup, Worry, WorryState
from actions.watch.tell import KEEPERS
from bot.console import pages, sessions
from bot.console.access import check_ours, check_page, community_ids, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_ledger import find_neighbour
from bot.storage.queries_watch import list_groups, list_worries

_BETWEEN = re.compile(r"[\s,，、;；]+")


async def _here(request: web.Request) -> int:
    """The viewer's community. Raises NotFound for other roles."""
    viewer = viewer_of(request)
    check_page(viewer, KEEPERS)
    async with console_of(request).db.read() as db:
        return (await community_ids(db, viewer))[0]


async def show_watch(request: web.Request) -> web.Response:
    """No doors stand here."""
    console, here = console_of(request), await _here(request)
    async with console.db.read() as db:
        context = {
            "going": await list_worries(db, here, *LIVE),
            "over": await list_worries(db, here, WorryState.WELL, WorryState.HELP),
            "groups": await list_groups(db, here),
            "number": secrets.token_urlsafe(12),
        }
    return await pages.render(request, "watch/watch.html", context)


async def _done(request: web.Request, command: Any | ActionError) -> web.Response:
    console = console_of(request)
    try:
        if isinstance(command, ActionError):
            raise command
        await console.performer.run(command)
        await sessions.add_flash(request, console.phrases.render("console.watch.done"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect("/console/watch")


async def _neighbour(request: web.Request, here: int, nickname: str) -> int:
    async with console_of(request).db.read() as db:
        resident, count = await find_neighbour(db, here, nickname)
    if resident is None:
        raise InvalidInput("no such resident", phrase="console.watch.no_such", name=nickname, count=count)
    return resident.id


async def make(request: web.Request) -> web.Response:
    """Lead and members by their nicknames; all of them are asked in private."""
    here, form, who = await _here(request), await read_form(request), viewer_of(request).id
    command: Any
    try:
        lead = await _neighbour(request, here, text_of(form, "lead", 32))
        members = [await _neighbour(request, here, one) for one in _names(form, "members", 600)]
        command = c.MakeWatch(
            here, who, text_of(form, "title", 40), lead, tuple(members), tuple(_names(form, "names", 100)),
            f"form:{text_of(form, 'number', 40)}",
        )  # fmt: skip
    except ActionError as error:
        command = error
    return await _done(request, command)


def _names(form: Mapping[str, Any], field: str, longest: int) -> list[str]:
    return [one for one in _BETWEEN.split(text_of(form, field, longest)) if one]


async def change(request: web.Request) -> web.Response:
    """Ask one more, take one out, another lead, the end."""
    here, form, who = await _here(request), await read_form(request), viewer_of(request).id
    number, do = await _ours(request, WatchGroup, here), text_of(form, "do", 8)
    command: Any
    try:
        if do not in ("add", "drop", "lead", "end"):
            raise InvalidInput("do", phrase="console.bad_form")
        resident = number_of(form, "resident") if do != "add" else None
        if do == "add":
            resident = await _neighbour(request, here, text_of(form, "nickname", 32))
        command = c.ChangeWatch(number, who, do, resident)
    except ActionError as error:
        command = error
    return await _done(request, command)


async def settle(request: web.Request) -> web.Response:
    """Staff have seen to it."""
    here, form, who = await _here(request), await read_form(request), viewer_of(request).id
    number = await _ours(request, Worry, here)
    command: Any
    try:
        command = c.SettleWorry(number, who, text_of(form, "text", 201))
    except ActionError as error:
        command = error
    return await _done(request, command)


async def _ours(request: web.Request, model: type[WatchGroup] | type[Worry], here: int) -> int:
    number = int(request.match_info["id"])
    async with console_of(request).db.read() as db:
        await check_ours(db, model, number, here)
    return number


ROUTES = (
    web.get("/watch", show_watch),
    web.post("/watch/new", make),
    web.post(r"/watch/groups/{id:\d{1,15}}", change),
    web.post(r"/watch/worries/{id:\d{1,15}}", settle),
)
