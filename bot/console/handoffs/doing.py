"""The buttons and forms of a hand-off's page, and the one on a ticket's: each is one order to the room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput
from actions.handoffs import commands as h
from actions.handoffs.model import Handoff
from actions.tickets.access import can_see_reporter
from actions.tickets.commands import OpenedTicket
from bot.console import pages, sessions
from bot.console.access import WORKERS, access_ticket, check_page, viewer_of
from bot.console.forms import read_form, save_pictures, text_of
from bot.console.handoffs.talk import access_row
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.messages import ChatKind
from bot.storage.queries_chat import find_chat

Form = Mapping[str, Any]
Build = Callable[[Handoff, int, Form, tuple[str, ...]], Any]


def _say(handoff: Handoff, who: int, form: Form, pictures: tuple[str, ...]) -> h.SpeakInHandoff:
    private = form.get("where") == "private"
    return h.SpeakInHandoff(handoff.id, who, text_of(form, "text"), _once(form), private, pictures)


def _ticket(handoff: Handoff, who: int, form: Form, pictures: tuple[str, ...]) -> h.OpenHandoffTicket:
    return h.OpenHandoffTicket(handoff.id, who, text_of(form, "service", 48), text_of(form, "text"), _once(form))


def _pass(handoff: Handoff, who: int, form: Form, pictures: tuple[str, ...]) -> h.PassHandoff:
    kind, _, number = text_of(form, "to", 24).partition(":")
    if kind not in ("team", "staff") or not (number.isascii() and number.isdecimal() and len(number) < 16):
        raise InvalidInput("nobody", phrase="handoff.whom")
    team, colleague = (int(number), None) if kind == "team" else (None, int(number))
    return h.PassHandoff(handoff.id, who, team, colleague, text_of(form, "text", 300))


def _once(form: Form) -> str:
    """The form's own number; sent twice it is done once."""
    once = text_of(form, "once", 32)
    if not (once.isascii() and once.isalnum()):
        raise InvalidInput("no number", phrase="console.bad_form")
    return once


BUILD: Mapping[str, Build] = {
    "take": lambda handoff, who, form, _: h.TakeHandoff(handoff.id, who),
    "back": lambda handoff, who, form, _: h.HandBack(handoff.id, who),
    "say": _say,
    "pass": _pass,
    "ticket": _ticket,
}


async def act(request: web.Request) -> web.Response:
    """Do it, and back to the page; the room asks again who may."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    async with console.db.read() as db:
        handoff = (await access_row(request, db)).handoff
    build = BUILD.get(text_of(form, "do", 16))
    try:
        if build is None:
            raise InvalidInput("no such button", phrase="console.bad_form")
        pictures: tuple[str, ...] = ()
        if build is _say:
            pictures = await save_pictures(form, console, viewer, handoff.community_id)
        outcome = await console.performer.run(build(handoff, viewer.id, form, pictures))
        done = console.phrases.render("console.handoff_done")
        if isinstance(outcome.value, OpenedTicket):
            done = console.phrases.render("console.handoff_ticket", {"ref": outcome.value.ref})
        if build is not _say:  # what was said stands in the talk
            await sessions.add_flash(request, done)
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(f"/console/handoffs/{handoff.id}")


async def step_in(request: web.Request) -> web.Response:
    """From a ticket: speak with its reporter where they said it, instead of the bot."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, WORKERS)
    async with console.db.read() as db:
        ticket = await access_ticket(db, viewer, int(request.match_info["id"]))
        chat = await find_chat(db, ticket.chat_id)
    try:
        talks = chat is not None and chat.kind in (ChatKind.GROUP, ChatKind.PRIVATE)
        if chat is None or not talks or ticket.reporter_id is None or not can_see_reporter(ticket, viewer.staff):
            raise InvalidInput("nobody to talk with", phrase="error.no_reporter")
        in_group = chat.kind == ChatKind.GROUP
        command = h.StepIn(ticket.community_id, chat.id, ticket.reporter_id, viewer.id, in_group)
        outcome = await console.performer.run(command)
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return pages.redirect(f"/console/tickets/{ticket.id}")
    return pages.redirect(f"/console/handoffs/{outcome.value}")
