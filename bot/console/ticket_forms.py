"""What is done from a ticket's page: moves, notes, answers; each through its command."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput
from actions.tickets.commands import AnswerTicket, LowerTicket, Move, MoveTicket, NoteTicket, OverseeTicket
from actions.tickets.model import Ticket
from actions.tickets.moves import allowed_moves
from bot.clock import LOCAL_ZONE
from bot.console import pages, sessions
from bot.console.access import Viewer, access_ticket, viewer_of
from bot.console.forms import number_of, read_form, save_pictures, text_of
from bot.console.parts import Console, console_of
from bot.console.replies import rehearse
from bot.errors import PhraseMissing

DONE = "console.done"


async def _ticket(request: web.Request) -> Ticket:
    async with console_of(request).db.read() as db:
        return await access_ticket(db, viewer_of(request), int(request.match_info["id"]))


async def move_ticket(request: web.Request) -> web.Response:
    """Make a move and come back to the ticket."""
    ticket, form = await _ticket(request), await read_form(request)
    return await _run(request, ticket, form, _move_command, DONE)


async def note_ticket(request: web.Request) -> web.Response:
    """Write an internal note."""
    ticket, form = await _ticket(request), await read_form(request)
    return await _run(request, ticket, form, _note_command, "console.noted")


async def answer_ticket(request: web.Request) -> web.Response:
    """Answer the resident, in the group or privately."""
    ticket, form = await _ticket(request), await read_form(request)
    return await _run(request, ticket, form, _answer_command, "console.answered")


async def lower_ticket(request: web.Request) -> web.Response:
    """Hand it down again."""
    ticket, form = await _ticket(request), await read_form(request)
    return await _run(request, ticket, form, _lower_command, DONE)


async def oversee_ticket(request: web.Request) -> web.Response:
    """Watch over it with a deadline."""
    ticket, form = await _ticket(request), await read_form(request)
    return await _run(request, ticket, form, _oversee_command, "console.overseen")


async def preview(request: web.Request) -> web.Response:
    """What the resident would see, exactly, without doing it."""
    console, viewer = console_of(request), viewer_of(request)
    ticket, form = await _ticket(request), await read_form(request)
    build = _move_command if request.match_info["form"] == "move" else _answer_command
    problem, previews = "", []
    try:
        previews = await rehearse(console, build(viewer, ticket, form, ()))
    except ActionError as error:
        problem = refusal_words(console, error)
    text = pages.render_part(request, "preview.html", {"previews": previews, "problem": problem})
    return web.Response(text=text, content_type="text/html")


async def _run(request: web.Request, ticket: Ticket, form: Mapping[str, Any], build: Any, done: str) -> web.Response:
    console, viewer = console_of(request), viewer_of(request)
    try:
        check_worker(viewer, ticket, form, console.rules.sealed)
        pictures = await save_pictures(form, console, viewer, ticket.community_id)
        await console.performer.run(build(viewer, ticket, form, pictures))
        await sessions.add_flash(request, console.phrases.render(done))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(f"/console/tickets/{ticket.id}")


def check_worker(viewer: Viewer, ticket: Ticket, form: Mapping[str, Any], sealed: frozenset[str]) -> None:
    """Before a picture is kept: refuse who may do nothing here. The room asks again, and more closely."""
    if viewer.role == "supervisor":
        raise InvalidInput("supervisors only look", phrase="console.read_only")
    if str(form.get("service", "")) in sealed:
        raise InvalidInput("a tip is no ticket", phrase="console.seal_instead")
    if form.get("move") and str(form["move"]) not in allowed_moves(ticket, viewer.staff):
        raise InvalidInput("not now", phrase="console.not_now")


def refusal_words(console: Console, error: ActionError) -> str:
    """Why it was refused, as people read it."""
    try:
        return console.phrases.render(error.phrase, error.params)
    except PhraseMissing:
        return console.phrases.render("console.refused")


def _move_command(viewer: Viewer, ticket: Ticket, form: Mapping[str, Any], pictures: tuple[str, ...]) -> MoveTicket:
    name = text_of(form, "move", 24)
    if name not in set(Move):
        raise InvalidInput("no such move", phrase="console.bad_form")
    return MoveTicket(
        ticket_id=ticket.id,
        move=Move(name),
        actor=viewer.actor,
        text=text_of(form, "text"),
        tell=text_of(form, "tell"),
        pictures=pictures,
        team_id=number_of(form, "team_id"),
        assignee_id=number_of(form, "assignee_id"),
        into_ref=text_of(form, "into_ref", 20),
        version=number_of(form, "version") or 0,
        reason=text_of(form, "reason", 16),
        service=text_of(form, "service", 48),
        call=text_of(form, "call", 12),
    )


def _note_command(viewer: Viewer, ticket: Ticket, form: Mapping[str, Any], pictures: tuple[str, ...]) -> NoteTicket:
    text = text_of(form, "text")
    if not text and not pictures:
        raise InvalidInput("empty note", phrase="console.empty")
    return NoteTicket(ticket.id, viewer.actor, text, pictures)


def _lower_command(viewer: Viewer, ticket: Ticket, form: Mapping[str, Any], pictures: tuple[str, ...]) -> LowerTicket:
    return LowerTicket(ticket.id, viewer.actor, text_of(form, "text"), number_of(form, "version") or 0)


def _oversee_command(
    viewer: Viewer, ticket: Ticket, form: Mapping[str, Any], pictures: tuple[str, ...]
) -> OverseeTicket:
    try:
        until = datetime.fromisoformat(text_of(form, "until", 20)).replace(tzinfo=LOCAL_ZONE)
    except ValueError as error:
        raise InvalidInput("no instant", phrase="error.oversee_until") from error
    return OverseeTicket(ticket.id, viewer.actor, text_of(form, "text"), until, number_of(form, "version") or 0)


def _answer_command(viewer: Viewer, ticket: Ticket, form: Mapping[str, Any], pictures: tuple[str, ...]) -> AnswerTicket:
    text = text_of(form, "text")
    if not text and not pictures:
        raise InvalidInput("empty answer", phrase="console.empty")
    return AnswerTicket(ticket.id, viewer.actor, text, private=form.get("where") == "private", pictures=pictures)
