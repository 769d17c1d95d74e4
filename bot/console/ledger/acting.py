"""The forms of the time bank: each is one order to the room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput, NotFound
from actions.ledger import commands as c
from actions.ledger.access import DESKS, HEADS, WRITERS
from actions.ledger.model import ShopOrder, TimeClaim
from actions.people.model import Role
from bot.console import pages, sessions
from bot.console.access import check_page, community_ids, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_ledger import find_entry_of, find_neighbour

Form = Mapping[str, Any]


def minutes_of(form: Form, name: str = "hours") -> int:
    """Hours as they were typed: "2", "1.5". Raises InvalidInput, also for those below zero."""
    try:
        minutes = round(float(text_of(form, name, 10)) * 60)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("no number", phrase="ledger.more_than_nothing") from error
    if minutes <= 0:
        raise InvalidInput("not more than nothing", phrase="ledger.more_than_nothing")
    return minutes


def _day(form: Form) -> date:
    try:
        return date.fromisoformat(text_of(form, "day", 10))
    except ValueError as error:
        raise InvalidInput("no day", phrase="console.bad_form") from error


def _source(form: Form) -> str:
    number = text_of(form, "number", 40)
    if not number:
        raise InvalidInput("no number", phrase="console.bad_form")
    return f"form:{number}"


async def _here(request: web.Request, roles: frozenset[Role]) -> int:
    """The viewer's community. Raises NotFound for other roles."""
    viewer = viewer_of(request)
    check_page(viewer, roles)
    async with console_of(request).db.read() as db:
        return (await community_ids(db, viewer))[0]


async def _resident(request: web.Request, here: int, form: Form) -> int:
    async with console_of(request).db.read() as db:
        found, count = await find_neighbour(db, here, text_of(form, "nickname", 32))
    if found is None:
        raise InvalidInput("no such resident", phrase="console.no_such_resident", count=count)
    return found.id


async def _ours(request: web.Request, model: type[TimeClaim] | type[ShopOrder], here: int) -> int:
    """The id of the address, of a row of ours. Raises NotFound: another community's is not there."""
    number = int(request.match_info["id"])
    async with console_of(request).db.read() as db:
        row: TimeClaim | ShopOrder | None = await db.get(model, number)
    if row is None or row.community_id != here:
        raise NotFound("elsewhere", phrase="console.no_such_page")
    return number


async def _done(request: web.Request, to: str, command: Any | ActionError) -> web.Response:
    """Do it, say so or why not, and back to the page."""
    console = console_of(request)
    try:
        if isinstance(command, ActionError):
            raise command
        await console.performer.run(command)
        await sessions.add_flash(request, console.phrases.render("console.ledger.done"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(to)


async def enter(request: web.Request) -> web.Response:
    """Hours that staff have seen given."""
    here, form, who = await _here(request, WRITERS), await read_form(request), viewer_of(request).id
    command: Any
    try:
        resident = await _resident(request, here, form)
        kind, note = text_of(form, "kind", 32), text_of(form, "note", 500)
        command = c.EnterHours(here, who, resident, kind, minutes_of(form), _day(form), _source(form), note)
    except ActionError as error:
        command = error
    return await _done(request, "/console/ledger", command)


async def settle_claim(request: web.Request) -> web.Response:
    """Confirm, put right, or refuse."""
    here, form, who = await _here(request, WRITERS), await read_form(request), viewer_of(request).id
    claim = await _ours(request, TimeClaim, here)
    command: Any
    try:
        text, do = text_of(form, "text", 200), text_of(form, "do", 16)
        if do == "confirm":
            command = c.ConfirmClaim(claim, who)
        elif do == "amend":
            command = c.AmendClaim(claim, who, minutes_of(form), text)
        else:
            command = c.RefuseClaim(claim, who, text)
    except ActionError as error:
        command = error
    return await _done(request, "/console/ledger", command)


async def save_item(request: web.Request) -> web.Response:
    """Something for the shop: an empty stock is a service."""
    here, form, who = await _here(request, DESKS), await read_form(request), viewer_of(request).id
    command: Any
    try:
        command = c.SaveItem(
            here, who, text_of(form, "name", 100), minutes_of(form), number_of(form, "stock"),
            text_of(form, "note", 200), bool(form.get("active")), number_of(form, "item"),
        )  # fmt: skip
    except ActionError as error:
        command = error
    return await _done(request, "/console/ledger/shop", command)


async def settle_order(request: web.Request) -> web.Response:
    """Handed over against the code, or cancelled."""
    here, form, who = await _here(request, DESKS), await read_form(request), viewer_of(request).id
    order = await _ours(request, ShopOrder, here)
    text = str(form.get("text", ""))
    command = c.HandOverOrder(order, who) if form.get("do") == "hand_over" else c.CancelOrder(order, who, text=text)
    return await _done(request, "/console/ledger/shop", command)


async def grant(request: web.Request) -> web.Response:
    """From the fund to somebody who needs it."""
    here, form, who = await _here(request, HEADS), await read_form(request), viewer_of(request).id
    command: Any
    try:
        resident, text = await _resident(request, here, form), text_of(form, "text", 200)
        command = c.GrantHours(here, who, resident, minutes_of(form), text, _source(form))
    except ActionError as error:
        command = error
    return await _done(request, "/console/ledger/books", command)


async def offer_gift(request: web.Request) -> web.Response:
    """Somebody at the desk wants to give hours to a neighbour: they are asked in private, and only they can say so."""
    here, form = await _here(request, DESKS), await read_form(request)
    command: Any
    try:
        giver, name = await _resident(request, here, form), text_of(form, "taker", 32)
        offer = int.from_bytes(sha256(_source(form).encode()).digest()[:5])  # one form is one gift, as one message is
        command = c.OfferGift(here, giver, name, offer, minutes_of(form))
    except ActionError as error:
        command = error
    return await _done(request, "/console/ledger/books", command)


async def reverse(request: web.Request) -> web.Response:
    """Take an entry back by a new one."""
    here, form, who = await _here(request, HEADS), await read_form(request), viewer_of(request).id
    async with console_of(request).db.read() as db:
        found = await find_entry_of(db, here, int(request.match_info["id"]))
    if found is None:
        raise NotFound("elsewhere", phrase="console.no_such_page")
    command = c.ReverseEntry(found[0].id, who, str(form.get("text", "")))
    return await _done(request, f"/console/ledger/residents/{found[1]}", command)
