"""The forms of what is made public: each is one order to the room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from actions.bulletins import commands as b
from actions.bulletins.access import BULLETIN_WRITERS, DEED_WRITERS, HEADS
from actions.bulletins.model import Bulletin, GoodDeed, RepairPicture
from actions.errors import ActionError, InvalidInput, NotFound
from actions.people.model import Role
from bot.clock import LOCAL_ZONE
from bot.console import pages, sessions
from bot.console.access import access_ticket, check_page, community_ids, viewer_of
from bot.console.community.reading import get_community, render_bulletins
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_bulletins import list_places, list_repairs
from bot.storage.queries_ledger import find_neighbour

Form = Mapping[str, Any]
DEEDS, BULLETINS, PAGE = "/console/community", "/console/community/bulletins", "/console/community/page"
LONGEST = 4000  # characters of a form's field; the room says how long a text may be


async def write_deed(request: web.Request) -> web.Response:
    """Write one down; whoever is named is asked."""
    here, form = await _here(request, DEED_WRITERS), await read_form(request)
    command: Any
    try:
        nominee = await _find(request, here, form) if text_of(form, "nickname", 32) else None
        text, who, minor = text_of(form, "text", LONGEST), text_of(form, "who", 32), bool(form.get("minor"))
        command = b.WriteDeed(here, viewer_of(request).id, text, who, _source(form), minor, nominee)
    except ActionError as error:
        command = error
    return await _done(request, DEEDS, command)


async def settle_deed(request: web.Request) -> web.Response:
    """Find whom it is about, put it right, note a yes, let it be told, or not."""
    viewer, form = viewer_of(request), await read_form(request)
    check_page(viewer, DEED_WRITERS)
    deed = await _ours(request, GoodDeed)
    command: Any
    try:
        command = await _deed_command(request, form, deed)
    except ActionError as error:
        command = error
    return await _done(request, DEEDS, command)


async def _deed_command(request: web.Request, form: Form, deed: GoodDeed) -> Any:
    who, text = viewer_of(request).id, text_of(form, "text", LONGEST)
    match text_of(form, "do", 16):
        case "ask":
            return b.AskConsent(deed.id, who, await _find(request, deed.community_id, form))
        case "edit":
            return b.EditDeed(deed.id, who, text, text_of(form, "who", 32), bool(form.get("minor")))
        case "record":
            return b.RecordConsent(deed.id, who, text_of(form, "call", 8), text_of(form, "name", 32), text)
        case "approve":
            return b.ApproveDeed(deed.id, who, await _places(request, deed.community_id, form))
        case "refuse":
            return b.RefuseDeed(deed.id, who, text)
        case "withdraw":
            return b.WithdrawDeed(deed.id, staff_id=who, reason=text)
        case _:
            raise InvalidInput("no such button", phrase="console.bad_form")


async def write_bulletin(request: web.Request) -> web.Response:
    """Hand it in; what is wrong is said above the form as it was filled in."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, BULLETIN_WRITERS)
    try:
        command = await _bulletin_command(request, form)
        await console.performer.run(command)
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        return await render_bulletins(request, typed, status=422)
    await sessions.add_flash(request, console.phrases.render("console.community.handed_in"))
    return pages.redirect(BULLETINS)


async def _bulletin_command(request: web.Request, form: Form) -> b.SubmitBulletin:
    async with console_of(request).db.read() as db:
        ids = await community_ids(db, viewer_of(request))
    here = number_of(form, "community") or ids[0]
    if here not in ids:
        raise NotFound("elsewhere", phrase="console.no_such_page")
    return b.SubmitBulletin(
        here, viewer_of(request).id, text_of(form, "kind", 12), text_of(form, "title", LONGEST),
        text_of(form, "text", LONGEST), text_of(form, "issuer", LONGEST), _instant(form), _source(form),
        await _places(request, here, form), text_of(form, "words", 120), bool(form.get("private_confirmed")),
        bool(form.get("slips_confirmed")), number_of(form, "corrects"), text_of(form, "why", 200),
    )  # fmt: skip


async def withdraw_bulletin(request: web.Request) -> web.Response:
    """Take it back everywhere, with the reason."""
    check_page(viewer_of(request), BULLETIN_WRITERS)
    bulletin, form = await _ours(request, Bulletin), await read_form(request)
    command = b.WithdrawBulletin(bulletin.id, viewer_of(request).id, str(form.get("text", "")))
    return await _done(request, BULLETINS, command)


async def set_public(request: web.Request) -> web.Response:
    """Allow the link, or let it end."""
    here, form = await _here(request, HEADS), await read_form(request)
    return await _done(request, PAGE, b.SetPublicPage(here, viewer_of(request).id, form.get("public") == "1"))


async def offer_picture(request: web.Request) -> web.Response:
    """Ask the reporter whether before and after may be shown."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, HEADS)
    command: Any
    try:
        async with console.db.read() as db:
            ticket = await access_ticket(db, viewer, number_of(form, "ticket") or 0)
            rows = await list_repairs(db, ticket.community_id, [ticket.service])
        row = next((row for row in rows if row.ticket.id == ticket.id), None)
        if row is None or ticket.reporter_id is None:
            raise InvalidInput("nothing to show", phrase="console.bad_form")
        before, after = text_of(form, "before", 40) or row.before[0], text_of(form, "after", 40)
        if before not in row.before or (after and after not in row.after):
            raise InvalidInput("not its picture", phrase="console.bad_form")
        caption = text_of(form, "caption", LONGEST)
        command = b.OfferPicture(ticket.community_id, viewer.id, ticket.id, ticket.reporter_id, before, after, caption)
    except NotFound:
        raise
    except ActionError as error:
        command = error
    return await _done(request, PAGE, command)


async def remove_picture(request: web.Request) -> web.Response:
    """Off the page."""
    check_page(viewer_of(request), HEADS)
    picture = await _ours(request, RepairPicture)
    return await _done(request, PAGE, b.RemovePicture(picture.id, viewer_of(request).id))


async def _here(request: web.Request, roles: frozenset[Role]) -> int:
    check_page(viewer_of(request), roles)
    async with console_of(request).db.read() as db:
        return await get_community(request, db)


async def _ours(request: web.Request, model: Any) -> Any:
    """The row of the address. Raises NotFound: another community's is not there."""
    async with console_of(request).db.read() as db:
        row = await db.get(model, int(request.match_info["id"]))
        ids = await community_ids(db, viewer_of(request))
    if row is None or row.community_id not in ids:
        raise NotFound("elsewhere", phrase="console.no_such_page")
    return row


async def _find(request: web.Request, here: int, form: Form) -> int:
    async with console_of(request).db.read() as db:
        found, count = await find_neighbour(db, here, text_of(form, "nickname", 32))
    if found is None:
        raise InvalidInput("no such resident", phrase="console.no_such_resident", count=count)
    return found.id


async def _places(request: web.Request, here: int, form: Any) -> tuple[int, ...]:
    """The ticked places, if they are of that community; none: all of it."""
    given = {str(value) for value in form.getall("units", ())}
    async with console_of(request).db.read() as db:
        known = await list_places(db, here)
    return tuple(one.id for one in known if str(one.id) in given)


def _source(form: Form) -> str:
    number = text_of(form, "number", 40)
    if not number:
        raise InvalidInput("no number", phrase="console.bad_form")
    return f"form:{number}"


def _instant(form: Form) -> datetime:
    try:
        return datetime.fromisoformat(text_of(form, "at", 20)).replace(tzinfo=LOCAL_ZONE)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("no instant", phrase="bulletin.when") from error


async def _done(request: web.Request, to: str, command: Any | ActionError) -> web.Response:
    """Do it, say so or why not, and back to the page."""
    console = console_of(request)
    try:
        if isinstance(command, ActionError):
            raise command
        await console.performer.run(command)
        await sessions.add_flash(request, console.phrases.render("console.community.done"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(to)
